/* The function table (functions.def) as the checker, the compiler and the VM use it. */
#ifndef PERLY_CEL_FUNCTIONS_H
#define PERLY_CEL_FUNCTIONS_H

#include "cel/internal.h"

/* What an implementation gets besides its arguments. */
typedef struct CelCall {
    Arena *arena;              /* of the results */
    const struct Zones *zones; /* or NULL */
    uint64_t *cost;            /* to be raised by what the size of the arguments costs */
    uint64_t cost_limit;
} CelCall;

/* Arguments are neither unknown nor errors and have the kinds of the overload's signature. */
typedef CelValue CelFunction(const CelCall *call, const CelValue *arguments, uint32_t count);

typedef enum CelStyle { CEL_STYLE_GLOBAL = 1, CEL_STYLE_MEMBER = 2, CEL_STYLE_BOTH = 3 } CelStyle;

typedef struct CelOverload {
    const char *name;
    const char *signature;
    CelFunction *run; /* NULL: an instruction */
    uint8_t style;
    uint8_t cost;
    uint8_t name_length;
} CelOverload;

extern const CelOverload cel_overloads[];
extern const uint32_t cel_overload_count;

/* The overloads [*first, *end) of a function; false when there is none of that name. */
bool cel_function_find(Slice name, uint32_t *first, uint32_t *end);

static inline Slice cel_overload_name(uint32_t overload)
{
    return (Slice){cel_overloads[overload].name, cel_overloads[overload].name_length};
}

/* Past one type of a signature. */
const char *cel_signature_skip(const char *signature);

/* Is there an overload for arguments of these kinds? Its number, or UINT32_MAX. */
uint32_t cel_overload_for(uint32_t function, bool member, const CelValue *arguments, uint32_t count);

/* Adds to the cost; false (and an error is due) when the limit is passed. */
static inline bool cel_charge(const CelCall *call, uint64_t cost)
{
    *call->cost += cost;
    return *call->cost <= call->cost_limit;
}

/* A number of any kind as a double; 0 for what is none. */
double cel_number(const CelValue *value);

#define CEL_ERROR_COST cel_error(CEL_ERROR_LIMIT, "the expression costs too much to evaluate")
#define CEL_ERROR_MEMORY cel_error(CEL_ERROR_LIMIT, "the result is too large")

#endif
