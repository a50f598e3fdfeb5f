/* The function table (functions.def) as the checker, the compiler and the VM use it. */
#ifndef PERLY_CEL_FUNCTIONS_H
#define PERLY_CEL_FUNCTIONS_H

#include "cel/internal.h"

/* What an implementation gets besides its arguments. */
typedef struct CelCall {
    Arena *arena; /* of the results */
    const CelCalendar *calendar;
    uint64_t *cost; /* to be raised by what the size of the arguments costs */
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

/* What looking at so much text costs. Short texts are free, so that the common cases stay quick. */
enum { CEL_SHORT_TEXT = 64 };

static inline uint64_t cel_text_cost(size_t bytes)
{
    return bytes > CEL_SHORT_TEXT ? bytes / 16 : 0;
}

static inline bool cel_is_text(const CelValue *value)
{
    return value->kind == CEL_STRING || value->kind == CEL_BYTES;
}

/* What looking at a value costs. */
static inline uint64_t cel_value_cost(const CelValue *value)
{
    return cel_is_text(value) ? cel_text_cost(value->length) : 0;
}

/* What cel_compare of the two costs. */
static inline uint64_t cel_compare_cost(const CelValue *a, const CelValue *b)
{
    return cel_is_text(a) && cel_is_text(b) ? cel_text_cost(a->length < b->length ? a->length : b->length)
                                            : 0;
}

/* What finding the elements of a list costs: those of a text list are found by their separators. */
static inline uint64_t cel_list_cost(const CelValue *list)
{
    return list->form == CEL_LIST_TEXT ? list->length / 8U : 0;
}

/*
 * CEL's equality: numbers by value whatever their kinds, NaN equal to nothing, different kinds unequal. A
 * bool, or unknown when only an unknown element decides, or an error when the structure is deeper than the
 * limit. Charges 1 for each pair of elements: values share parts, so they may be far larger than the memory
 * they take.
 */
CelValue cel_equal(const CelCall *call, const CelValue *a, const CelValue *b);

/* True, false, unknown or error: is the item equal to an element? */
CelValue cel_list_contains(const CelCall *call, const CelValue *list, const CelValue *item);

/* A string among the elements of a text list, without making them values. Charges nothing. */
bool cel_text_list_contains(Slice list, Slice item);

/* Walks the elements of a list of any form without memory: text elements are found one after another. */
typedef struct CelWalk {
    CelValue list;
    uint32_t at; /* element, or byte of a text list */
} CelWalk;

bool cel_walk_next(CelWalk *walk, CelValue *item);

/* The element at `position`, or an error. */
CelValue cel_list_element(const CelCall *call, const CelValue *list, uint64_t position);

/*
 * The elements as an array, as cel_items gives them, charged for. False, and what is wrong in `*error`: no
 * memory, or the cost.
 */
bool cel_items_of(const CelCall *call, const CelValue *list, const CelValue **items, uint32_t *count,
                  CelValue *error);

/*
 * The value of a key (a double finds the integer it equals), NULL when there is none, or the error of the
 * cost, which no map holds. Charges 1 for each key it is compared with.
 */
const CelValue *cel_map_find(const CelCall *call, const CelMap *map, const CelValue *wanted);

/* As cel_map_add, charged for: CEL_MAP_NO_COST. */
CelMapResult cel_map_insert(const CelCall *call, CelMap *map, const CelValue *key, const CelValue *value);

/* A number of any kind as a double; 0 for what is none. */
double cel_number(const CelValue *value);

#define CEL_COST_MESSAGE "the expression costs too much to evaluate"
#define CEL_ERROR_COST cel_error(CEL_ERROR_LIMIT, CEL_COST_MESSAGE)
#define CEL_ERROR_MEMORY cel_error(CEL_ERROR_LIMIT, "the result is too large")

#endif
