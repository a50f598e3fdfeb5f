/* The operators on any two values. The VM has the common cases inline and comes here for the rest. */
#include "base/number.h"
#include "base/time.h"
#include "cel/program.h"
#include "cel/text.h"

enum { NANOS_PER_MS = 1000000 };

static CelValue no_overload(void)
{
    return cel_error(CEL_ERROR_OVERLOAD,
                     "no such overload: the operator does not take values of these types");
}

static CelValue overflow(void)
{
    return cel_error(CEL_ERROR_OVERFLOW, "integer overflow");
}

bool cel_duration_nanos(int64_t ms, int64_t nanos, int64_t *all)
{
    return !__builtin_mul_overflow(ms + (ms < 0), (int64_t)NANOS_PER_MS, all) &&
           !__builtin_add_overflow(*all, nanos - (ms < 0 ? NANOS_PER_MS : 0), all);
}

CelValue cel_duration_checked(int64_t ms, int64_t nanos)
{
    if (nanos < 0) {
        nanos += NANOS_PER_MS;
        ms--;
    } else if (nanos >= NANOS_PER_MS) {
        nanos -= NANOS_PER_MS;
        ms++;
    }
    int64_t all = 0;
    if (!cel_duration_nanos(ms, nanos, &all)) {
        return cel_error(CEL_ERROR_RANGE, "a duration is longer than 292 years");
    }
    return cel_duration(ms, (uint32_t)nanos);
}

CelValue cel_timestamp_checked(int64_t ms, int64_t nanos)
{
    if (nanos < 0) {
        nanos += NANOS_PER_MS;
        ms--;
    } else if (nanos >= NANOS_PER_MS) {
        nanos -= NANOS_PER_MS;
        ms++;
    }
    if (ms < TIME_MS_MIN || ms > TIME_MS_MAX) {
        return cel_error(CEL_ERROR_RANGE, "a timestamp is outside the years 0001 to 9999");
    }
    return cel_timestamp(ms, (uint32_t)nanos);
}

static CelValue join_text(const CelCall *call, const CelValue *a, const CelValue *b)
{
    const size_t length = (size_t)a->length + b->length;
    if (length > CEL_RESULT_BYTES_MAX || !cel_charge(call, length / 8)) {
        return length > CEL_RESULT_BYTES_MAX ? CEL_ERROR_MEMORY : CEL_ERROR_COST;
    }
    if (a->length == 0 || b->length == 0) {
        return a->length == 0 ? *b : *a;
    }
    char *text = arena_alloc(call->arena, length, 1);
    if (text == NULL) {
        return CEL_ERROR_MEMORY;
    }
    memcpy(text, a->as.text, a->length);
    memcpy(text + a->length, b->as.text, b->length);
    CelValue joined = *a;
    joined.as.text = text;
    joined.length = (uint32_t)length;
    return joined;
}

static CelValue join_lists(const CelCall *call, const CelValue *a, const CelValue *b)
{
    CelWalk walks[] = {{.list = *a}, {.list = *b}};
    CelValue item;
    size_t at = 0;
    if (!cel_charge(call, cel_list_cost(a) + cel_list_cost(b))) {
        return CEL_ERROR_COST;
    }
    const size_t count = (size_t)cel_list_count(a) + cel_list_count(b);
    if (!cel_charge(call, 2 * (uint64_t)count)) {
        return CEL_ERROR_COST;
    }
    CelValue *items =
        count > CEL_RESULT_BYTES_MAX / sizeof(CelValue) ? NULL : ARENA_ARRAY(call->arena, CelValue, count);
    for (size_t i = 0; i < 2 && items != NULL; i++) {
        while (cel_walk_next(&walks[i], &item)) {
            items[at++] = item;
        }
    }
    return items == NULL ? CEL_ERROR_MEMORY : cel_list(items, (uint32_t)count);
}

static CelValue add(const CelCall *call, const CelValue *a, const CelValue *b)
{
    int64_t sum = 0;
    uint64_t usum = 0;
    switch ((CelKind)a->kind) {
    case CEL_INT:
        return __builtin_add_overflow(a->as.integer, b->as.integer, &sum) ? overflow() : cel_int(sum);
    case CEL_UINT:
        return __builtin_add_overflow(a->as.uinteger, b->as.uinteger, &usum) ? overflow() : cel_uint(usum);
    case CEL_DOUBLE: return cel_double(a->as.number + b->as.number);
    case CEL_STRING:
    case CEL_BYTES: return join_text(call, a, b);
    case CEL_LIST: return join_lists(call, a, b);
    case CEL_DURATION:
        return cel_duration_checked(a->as.integer + b->as.integer, (int64_t)a->length + b->length);
    default: return no_overload();
    }
}

static CelValue subtract(const CelValue *a, const CelValue *b)
{
    int64_t difference = 0;
    uint64_t udifference = 0;
    switch ((CelKind)a->kind) {
    case CEL_INT:
        return __builtin_sub_overflow(a->as.integer, b->as.integer, &difference) ? overflow()
                                                                                 : cel_int(difference);
    case CEL_UINT:
        return __builtin_sub_overflow(a->as.uinteger, b->as.uinteger, &udifference) ? overflow()
                                                                                    : cel_uint(udifference);
    case CEL_DOUBLE: return cel_double(a->as.number - b->as.number);
    case CEL_DURATION:
    case CEL_TIMESTAMP:
        return cel_duration_checked(a->as.integer - b->as.integer, (int64_t)a->length - b->length);
    default: return no_overload();
    }
}

static CelValue multiply(const CelValue *a, const CelValue *b)
{
    int64_t product = 0;
    uint64_t uproduct = 0;
    switch ((CelKind)a->kind) {
    case CEL_INT:
        return __builtin_mul_overflow(a->as.integer, b->as.integer, &product) ? overflow() : cel_int(product);
    case CEL_UINT:
        return __builtin_mul_overflow(a->as.uinteger, b->as.uinteger, &uproduct) ? overflow()
                                                                                 : cel_uint(uproduct);
    case CEL_DOUBLE: return cel_double(a->as.number * b->as.number);
    default: return no_overload();
    }
}

static CelValue divide(const CelValue *a, const CelValue *b, bool remainder)
{
    if (a->kind == CEL_DOUBLE && !remainder) {
        return cel_double(a->as.number / b->as.number);
    }
    if (a->kind != CEL_INT && a->kind != CEL_UINT) {
        return no_overload();
    }
    if (b->as.uinteger == 0) {
        return cel_error(CEL_ERROR_DIVISION, remainder ? "modulus by zero" : "division by zero");
    }
    if (a->kind == CEL_UINT) {
        return cel_uint(remainder ? a->as.uinteger % b->as.uinteger : a->as.uinteger / b->as.uinteger);
    }
    if (b->as.integer == -1) {
        if (remainder) {
            return cel_int(0);
        }
        return a->as.integer == INT64_MIN ? overflow() : cel_int(-a->as.integer);
    }
    return cel_int(remainder ? a->as.integer % b->as.integer : a->as.integer / b->as.integer);
}

static CelValue times(CelOpcode opcode, const CelValue *a, const CelValue *b)
{
    const bool forward = a->kind == CEL_TIMESTAMP && b->kind == CEL_DURATION;
    if (opcode == OP_ADD && (forward || (a->kind == CEL_DURATION && b->kind == CEL_TIMESTAMP))) {
        return cel_timestamp_checked(a->as.integer + b->as.integer, (int64_t)a->length + b->length);
    }
    if (opcode == OP_SUBTRACT && forward) {
        return cel_timestamp_checked(a->as.integer - b->as.integer, (int64_t)a->length - b->length);
    }
    return no_overload();
}

static CelValue arithmetic(const CelCall *call, CelOpcode opcode, const CelValue *a, const CelValue *b)
{
    if (a->kind != b->kind) {
        return times(opcode, a, b);
    }
    switch (opcode) {
    case OP_ADD: return add(call, a, b);
    case OP_SUBTRACT: return subtract(a, b);
    case OP_MULTIPLY: return multiply(a, b);
    default: return divide(a, b, opcode == OP_MODULO);
    }
}

static CelValue negate(const CelValue *a)
{
    if (a->kind == CEL_DOUBLE) {
        return cel_double(-a->as.number);
    }
    if (a->kind != CEL_INT) {
        return no_overload();
    }
    return a->as.integer == INT64_MIN ? overflow() : cel_int(-a->as.integer);
}

/* False (or true for OR) decides; else unknown is stronger than an error, and an error than a value. */
static CelValue logical(const CelValue *a, const CelValue *b, bool decisive)
{
    if ((a->kind == CEL_BOOL && (a->as.integer != 0) == decisive) ||
        (b->kind == CEL_BOOL && (b->as.integer != 0) == decisive)) {
        return cel_bool(decisive);
    }
    if (a->kind == CEL_UNKNOWN || b->kind == CEL_UNKNOWN) {
        return a->kind == CEL_UNKNOWN ? *a : *b;
    }
    if (a->kind == CEL_BOOL && b->kind == CEL_BOOL) {
        return cel_bool(!decisive);
    }
    if (a->kind == CEL_ERROR || b->kind == CEL_ERROR) {
        return a->kind == CEL_ERROR ? *a : *b;
    }
    return no_overload();
}

static CelValue contains(const CelCall *call, const CelValue *item, const CelValue *container)
{
    if (container->kind == CEL_MAP) {
        const CelValue *found = cel_map_find(call, container->as.map, item);
        return found != NULL && found->kind == CEL_ERROR ? *found : cel_bool(found != NULL);
    }
    return container->kind == CEL_LIST ? cel_list_contains(call, container, item) : no_overload();
}

/* A number as the position of an element; false when it is not a whole one. */
static bool position_of(const CelValue *index, uint64_t *position)
{
    int64_t integer = 0;
    switch ((CelKind)index->kind) {
    case CEL_INT: integer = index->as.integer; break;
    case CEL_UINT: *position = index->as.uinteger; return true;
    case CEL_DOUBLE:
        if (!number_to_int64(index->as.number, &integer) || (double)integer != index->as.number) {
            return false;
        }
        break;
    default: return false;
    }
    *position = (uint64_t)integer;
    return true;
}

static CelValue element(const CelCall *call, const CelValue *list, const CelValue *index)
{
    uint64_t position = 0;
    if (!position_of(index, &position)) {
        return cel_error(CEL_ERROR_ARGUMENT, "the index of a list must be a whole number");
    }
    return cel_list_element(call, list, position);
}

CelValue cel_optional(Arena *arena, const CelValue *value)
{
    CelValue *inner = ARENA_NEW(arena, CelValue);
    if (inner == NULL) {
        return CEL_ERROR_MEMORY;
    }
    *inner = *value;
    return (CelValue){.kind = CEL_OPTIONAL, .as.items = inner};
}

static CelValue none(void)
{
    return (CelValue){.kind = CEL_OPTIONAL};
}

static CelValue index_of(const CelCall *call, const CelValue *a, const CelValue *b)
{
    if (a->kind == CEL_LIST) {
        return element(call, a, b);
    }
    if (a->kind == CEL_MAP) {
        const CelValue *found = cel_map_find(call, a->as.map, b);
        return found == NULL ? cel_error(CEL_ERROR_KEY, "no such key") : *found;
    }
    if (a->kind == CEL_OBJECT && b->kind == CEL_STRING) {
        return cel_field(call, a, cel_text(*b));
    }
    return no_overload();
}

/* What is missing is none; an optional is looked into. */
static CelValue optional_result(const CelCall *call, const CelValue *found)
{
    if (found->kind == CEL_ERROR) {
        return found->code == CEL_ERROR_KEY || found->code == CEL_ERROR_INDEX ? none() : *found;
    }
    return found->kind == CEL_UNKNOWN ? *found : cel_optional(call->arena, found);
}

static CelValue optional_index(const CelCall *call, const CelValue *a, const CelValue *b)
{
    const CelValue found = index_of(call, a, b);
    return optional_result(call, &found);
}

static CelValue index_any(const CelCall *call, const CelValue *a, const CelValue *b, bool optional)
{
    if (a->kind == CEL_OPTIONAL) {
        return a->as.items == NULL ? *a : optional_index(call, a->as.items, b);
    }
    return optional ? optional_index(call, a, b) : index_of(call, a, b);
}

CelValue cel_field(const CelCall *call, const CelValue *operand, Slice name)
{
    if (operand->kind == CEL_MAP) {
        const CelValue key = cel_string(name);
        const CelValue *found = cel_map_find(call, operand->as.map, &key);
        return found == NULL ? cel_error(CEL_ERROR_KEY, "no such key") : *found;
    }
    if (operand->kind != CEL_OBJECT) {
        return cel_error(CEL_ERROR_OVERLOAD, "no such overload: the value has no fields");
    }
    const RowSchema *schema = operand->as.rows->schema;
    if (!cel_charge(call, schema->column_count / 4)) {
        return CEL_ERROR_COST;
    }
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (slice_equal(schema->columns[i].name, name)) {
            return cel_column(row_at(operand->as.rows->batch, operand->length), schema->columns[i].type, i);
        }
    }
    return cel_error(CEL_ERROR_KEY, "no such field");
}

static CelValue optional_field(const CelCall *call, const CelValue *a, Slice name)
{
    const CelValue found = cel_field(call, a, name);
    return optional_result(call, &found);
}

static CelValue field_any(const CelCall *call, const CelValue *a, Slice name, bool optional)
{
    if (a->kind == CEL_OPTIONAL) {
        if (a->as.items != NULL && a->as.items->kind != CEL_MAP && a->as.items->kind != CEL_OBJECT) {
            return cel_error(CEL_ERROR_KEY, "no such key: the value in the optional has no fields");
        }
        return a->as.items == NULL ? *a : optional_field(call, a->as.items, name);
    }
    return optional ? optional_field(call, a, name) : cel_field(call, a, name);
}

static CelValue has_field(const CelCall *call, const CelValue *a, Slice name)
{
    if (a->kind == CEL_OPTIONAL) {
        return a->as.items == NULL ? cel_bool(false) : has_field(call, a->as.items, name);
    }
    const CelValue found = cel_field(call, a, name);
    if (found.kind == CEL_ERROR) {
        return found.code == CEL_ERROR_KEY ? cel_bool(false) : found;
    }
    return cel_bool(found.kind != CEL_UNKNOWN);
}

static CelValue compare(const CelCall *call, const CelValue *a, const CelValue *b, uint8_t wanted)
{
    unsigned order = 0;
    if (!cel_charge(call, cel_compare_cost(a, b))) {
        return CEL_ERROR_COST;
    }
    return cel_compare(a, b, &order) ? cel_bool((order & wanted) != 0) : no_overload();
}

static CelValue equal(const CelCall *call, const CelValue *a, const CelValue *b, bool wanted)
{
    const CelValue result = cel_equal(call, a, b);
    return result.kind == CEL_BOOL ? cel_bool((result.as.integer != 0) == wanted) : result;
}

static CelValue search(const CelCall *call, CelSearch search, const CelValue *a, const CelValue *b)
{
    return a->kind == CEL_STRING && b->kind == CEL_STRING ? cel_search_value(call, search, a, b)
                                                          : no_overload();
}

CelValue cel_operate(const CelCall *call, CelOpcode opcode, uint8_t flag, const CelValue *a,
                     const CelValue *b)
{
    if (opcode == OP_AND || opcode == OP_OR) {
        return logical(a, b, opcode == OP_OR);
    }
    if (a->kind <= CEL_ERROR) {
        return opcode == OP_HAS_FIELD && a->kind == CEL_UNKNOWN ? cel_bool(false) : *a;
    }
    if (b->kind <= CEL_ERROR && opcode != OP_NEGATE && opcode != OP_NOT) {
        return *b;
    }
    switch (opcode) {
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_MODULO: return arithmetic(call, opcode, a, b);
    case OP_NEGATE: return negate(a);
    case OP_NOT: return a->kind == CEL_BOOL ? cel_bool(a->as.integer == 0) : no_overload();
    case OP_COMPARE: return compare(call, a, b, flag);
    case OP_EQUAL:
    case OP_NOT_EQUAL: return equal(call, a, b, opcode == OP_EQUAL);
    case OP_IN: return contains(call, a, b);
    case OP_SEARCH: return search(call, (CelSearch)flag, a, b);
    case OP_INDEX:
    case OP_OPTIONAL_INDEX: return index_any(call, a, b, opcode == OP_OPTIONAL_INDEX);
    case OP_FIELD:
    case OP_OPTIONAL_FIELD: return field_any(call, a, cel_text(*b), opcode == OP_OPTIONAL_FIELD);
    case OP_HAS_FIELD: return has_field(call, a, cel_text(*b));
    default: return no_overload();
    }
}

bool cel_operator_find(Slice name, CelOpcode *opcode, uint8_t *flag)
{
    static const struct {
        Slice name;
        uint8_t opcode;
        uint8_t flag;
    } operators[] = {
        {SLICE_INIT("_+_"), OP_ADD, 0},
        {SLICE_INIT("_-_"), OP_SUBTRACT, 0},
        {SLICE_INIT("_*_"), OP_MULTIPLY, 0},
        {SLICE_INIT("_/_"), OP_DIVIDE, 0},
        {SLICE_INIT("_%_"), OP_MODULO, 0},
        {SLICE_INIT("-_"), OP_NEGATE, 0},
        {SLICE_INIT("!_"), OP_NOT, 0},
        {SLICE_INIT("_<_"), OP_COMPARE, CEL_LESS},
        {SLICE_INIT("_<=_"), OP_COMPARE, CEL_LESS | CEL_SAME},
        {SLICE_INIT("_>_"), OP_COMPARE, CEL_GREATER},
        {SLICE_INIT("_>=_"), OP_COMPARE, CEL_GREATER | CEL_SAME},
        {SLICE_INIT("_==_"), OP_EQUAL, 0},
        {SLICE_INIT("_!=_"), OP_NOT_EQUAL, 0},
        {SLICE_INIT("@in"), OP_IN, 0},
        {SLICE_INIT("_[_]"), OP_INDEX, 0},
        {SLICE_INIT("_[?_]"), OP_OPTIONAL_INDEX, 0},
        {SLICE_INIT("_&&_"), OP_AND, 0},
        {SLICE_INIT("_||_"), OP_OR, 0},
    };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (name.length == operators[i].name.length && name.data[1] == operators[i].name.data[1] &&
            slice_equal(operators[i].name, name)) {
            *opcode = (CelOpcode)operators[i].opcode;
            *flag = operators[i].flag;
            return true;
        }
    }
    return false;
}
