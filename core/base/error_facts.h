/*
 * What error_codes.def says of each code, as data. An executable that raises some of them alone defines the
 * table itself (score/errors.c); otherwise the linker takes that of error_facts.c.
 */
#ifndef PERLY_BASE_ERROR_FACTS_H
#define PERLY_BASE_ERROR_FACTS_H

#include "base/error.h"

typedef struct ErrorFacts {
    Slice name;
    Slice remedy;
    ErrorClass class;
    int exit;
} ErrorFacts;

extern const ErrorFacts error_facts[ERROR_CODE_COUNT];

#endif
