/* What the checker and the compiler read of an environment. */
#ifndef PERLY_CEL_ENVIRONMENT_H
#define PERLY_CEL_ENVIRONMENT_H

#include "cel/internal.h"
#include "cel/regex.h"

typedef struct CelVariable {
    Slice name;
    const CelType *type;
} CelVariable;

/* An overload that a host has declared for the checker. */
typedef struct CelHostFunction {
    Slice name;
    const CelType *const *parameters;
    const CelType *result;
    uint32_t count;
    bool member;
    const struct CelHostFunction *next;
} CelHostFunction;

/* A pattern that programs share. */
typedef struct CelPattern {
    struct CelPattern *next;
    Slice text;
    Regex *regex;
    uint64_t work; /* of regex_compile */
} CelPattern;

typedef struct CelPatterns {
    CelPattern *first;
} CelPatterns;

struct CelEnvironment {
    Arena *arena;
    CelPatterns *patterns; /* NULL: not shared */
    CelVariable *variables;
    uint32_t variable_count;
    uint32_t variable_capacity;
    bool has_dots; /* a variable or the container has a dot */
    CelChecking checking;
    uint64_t budget; /* 0: none */
    Slice container;
    const CelHostFunction *functions;
    CelCalendar calendar;
};

#endif
