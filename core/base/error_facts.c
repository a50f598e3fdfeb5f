#include "base/error_facts.h"

const ErrorFacts error_facts[ERROR_CODE_COUNT] = {
#define ERROR_CODE(name, class, exit, remedy)                                                                \
    [ERROR_##name] = {SLICE_INIT(#name), SLICE_INIT(remedy), ERROR_CLASS_##class, exit},
#include "base/error_codes.def"
#undef ERROR_CODE
};
