/*
 * The errors of perly_score.wasm, in place of base/error_facts.c: those of hosts, storage and Salesforce are
 * never raised by scoring alone (a test compares), and their texts would be a fortieth of the module.
 */
#include "base/error_facts.h"

#define TOLD(name)                                                                                           \
    (ERROR_##name <= ERROR_REGEX_SYNTAX ||                                                                   \
     (ERROR_##name >= ERROR_CONFIG_KEY && ERROR_##name <= ERROR_CONFIG_FIELD))
#define TEXT(name, literal)                                                                                  \
    {                                                                                                        \
        TOLD(name) ? (literal) : "", TOLD(name) ? sizeof(literal) - 1 : 0                                    \
    }

const ErrorFacts error_facts[ERROR_CODE_COUNT] = {
#define ERROR_CODE(name, class, exit, remedy)                                                                \
    [ERROR_##name] = {TEXT(name, #name), TEXT(name, remedy), ERROR_CLASS_##class, exit},
#include "base/error_codes.def"
#undef ERROR_CODE
};
