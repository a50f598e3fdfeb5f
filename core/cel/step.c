/*
 * The instructions that the interpreter (vm.c) and the batch form (batch.c) do not do at once: those that
 * make lists and maps, call functions, begin loops, and all others on operands of unusual kinds. Built for
 * size in the modules.
 */
#include "cel/text.h"
#include "cel/vm_ops.h"

/* A list that APPEND makes: `items` grows in the scratch arena, `capacity` stands in front of them. */
enum { LIST_CAPACITY_FIRST = 8 };

/* Gives an error the place of the instruction that made it, unless it has one. */
static void place(const CelProgram *program, const CelInstruction *at, CelValue *value)
{
    if (value->kind == CEL_ERROR && value->length == CEL_NO_OFFSET) {
        value->length = program->offsets[at - program->code];
    }
}

CelValue cel_call(const CelCall *call, uint32_t overload, const CelValue *arguments, uint32_t count)
{
    const CelOverload *entry = &cel_overloads[overload];
    uint64_t cost = entry->cost;
    for (uint32_t i = 0; i < count; i++) {
        if (arguments[i].kind <= CEL_ERROR) {
            return arguments[i];
        }
        cost += cel_value_cost(&arguments[i]);
    }
    return cel_charge(call, cost) ? entry->run(call, arguments, count) : CEL_ERROR_COST;
}

CelValue cel_call_dynamic(const CelCall *call, uint32_t function, bool member, const CelValue *arguments,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (arguments[i].kind <= CEL_ERROR) {
            return arguments[i];
        }
    }
    const uint32_t overload = cel_overload_for(function, member, arguments, count);
    if (overload == UINT32_MAX || cel_overloads[overload].run == NULL) {
        return cel_error(CEL_ERROR_OVERLOAD,
                         "no such overload: the function does not take values of these types");
    }
    return cel_call(call, overload, arguments, count);
}

CelValue cel_map_put(const CelCall *call, CelMap *map, const CelValue *key, const CelValue *value)
{
    if (key->kind <= CEL_ERROR) {
        return *key;
    }
    if (value->kind == CEL_ERROR) {
        return *value;
    }
    switch (cel_map_insert(call, map, key, value)) {
    case CEL_MAP_OK: return cel_map(map);
    case CEL_MAP_REPEATED: return cel_error(CEL_ERROR_KEY, "repeated key in a map");
    case CEL_MAP_BAD_KEY:
        return cel_error(CEL_ERROR_KEY, "unsupported key type: keys are bool, int, uint or string");
    case CEL_MAP_NO_COST: return CEL_ERROR_COST;
    case CEL_MAP_NO_MEMORY: break;
    }
    return CEL_ERROR_MEMORY;
}

static CelValue column_of(const CelEvaluation *evaluation, const CelInstruction *code, const CelValue *object)
{
    if (object->kind != CEL_OBJECT) {
        return object->kind <= CEL_ERROR ? *object : cel_error(CEL_ERROR_OVERLOAD, "not an object");
    }
    CelValue value = cel_column(row_at(object->as.rows->batch, object->length), (RowType)code->flag, code->b);
    const CelProgram *program = evaluation->program;
    const uint32_t variable = code->a - program->constant_count;
    if (value.kind == CEL_UNKNOWN && variable < program->variable_count) {
        value.code = program->slots[variable];
    }
    return value;
}

static CelValue has_column(const CelInstruction *code, const CelValue *object)
{
    if (object->kind != CEL_OBJECT) {
        return object->kind == CEL_ERROR ? *object : cel_bool(false);
    }
    const RowView row = row_at(object->as.rows->batch, object->length);
    return cel_bool(row_state(row, code->b) == ROW_VALUE);
}

static CelValue map_new(Arena *arena)
{
    const CelMap *map = cel_map_create(arena, 4);
    return map == NULL ? CEL_ERROR_MEMORY : cel_map(map);
}

static CelValue list_of(CelEvaluation *evaluation, const CelValue *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].kind == CEL_ERROR) {
            return values[i];
        }
    }
    CelValue *items = arena_alloc(evaluation->scratch, count * sizeof(CelValue), _Alignof(CelValue));
    if (items == NULL) {
        return CEL_ERROR_MEMORY;
    }
    if (count > 0) {
        memcpy(items, values, count * sizeof *items);
    }
    return cel_list(items, count);
}

/* Lists grow by doubling at powers of two of their length, so no capacity need be kept. */
static void list_append(CelEvaluation *evaluation, CelValue *list, const CelValue *item)
{
    const uint32_t count = list->length;
    const bool full = count == 0 || (count >= LIST_CAPACITY_FIRST && (count & (count - 1)) == 0);
    CelValue *items = (CelValue *)list->as.items;
    if (full) {
        const size_t capacity = count == 0 ? LIST_CAPACITY_FIRST : 2 * (size_t)count;
        items = capacity > CEL_RESULT_BYTES_MAX / sizeof(CelValue)
                    ? NULL
                    : arena_resize(evaluation->scratch, items, count * sizeof(CelValue),
                                   capacity * sizeof(CelValue), _Alignof(CelValue));
    }
    if (items == NULL) {
        *list = CEL_ERROR_MEMORY;
        return;
    }
    items[count] = *item;
    list->as.items = items;
    list->length = count + 1;
}

static CelValue not_optional(void)
{
    return cel_error(CEL_ERROR_OVERLOAD, "no such overload: `?` takes an optional");
}

/* True when the list goes on; false when it has become an error. */
static bool append(CelEvaluation *evaluation, const CelInstruction *code, CelValue *list,
                   const CelValue *item)
{
    if (list->kind != CEL_LIST) {
        return false;
    }
    if (code->opcode == OP_APPEND_OPTIONAL && item->kind > CEL_ERROR) {
        if (item->kind == CEL_OPTIONAL && item->as.items == NULL) {
            return true;
        }
        if (item->kind == CEL_OPTIONAL) {
            item = item->as.items;
        } else {
            *list = not_optional();
        }
    }
    if (item->kind == CEL_ERROR) {
        *list = *item;
    } else if (list->kind == CEL_LIST) {
        list_append(evaluation, list, item);
    }
    place(evaluation->program, code, list);
    return list->kind == CEL_LIST;
}

static CelValue put(CelEvaluation *evaluation, uint8_t optional, const CelValue *map, const CelValue *key,
                    const CelValue *value)
{
    if (map->kind != CEL_MAP) {
        return *map;
    }
    if (optional != 0 && value->kind > CEL_ERROR) {
        if (value->kind != CEL_OPTIONAL) {
            return not_optional();
        }
        if (value->as.items == NULL) {
            return *map;
        }
        value = value->as.items;
    }
    return cel_map_put(&evaluation->call, (CelMap *)map->as.map, key, value);
}

static CelValue merge(CelEvaluation *evaluation, const CelValue *map, const CelValue *entries)
{
    if (map->kind != CEL_MAP || entries->kind <= CEL_ERROR) {
        return map->kind != CEL_MAP ? *map : *entries;
    }
    if (entries->kind != CEL_MAP) {
        return cel_error(CEL_ERROR_OVERLOAD, "no such overload: an entry must be a map");
    }
    CelValue result = *map;
    for (uint32_t i = 0; i < entries->as.map->count && result.kind == CEL_MAP; i++) {
        const CelValue *entry = &entries->as.map->entries[2 * (size_t)i];
        result = put(evaluation, 0, map, &entry[0], &entry[1]);
    }
    return result;
}

/*
 * Makes iterator[0] what is iterated over and iterator[1] the position 0. A map takes the form of a text
 * list, which no array has either: next_element (vm.c) asks for both at once.
 */
static bool iterate(CelEvaluation *evaluation, CelValue *iterator, const CelValue *source, CelValue *result)
{
    if (source->kind != CEL_LIST && source->kind != CEL_MAP) {
        *result =
            source->kind <= CEL_ERROR
                ? *source
                : cel_error(CEL_ERROR_OVERLOAD, "no such overload: only lists and maps can be iterated over");
        return false;
    }
    iterator[0] = *source;
    iterator[1] = cel_int(0);
    if (source->kind == CEL_MAP) {
        iterator->form = CEL_LIST_TEXT;
    } else if (!cel_charge(&evaluation->call, cel_list_cost(source))) {
        *result = CEL_ERROR_COST;
        return false;
    }
    return true;
}

CelValue cel_no_value(const CelEvaluation *evaluation, const CelInstruction *code)
{
    const CelProgram *program = evaluation->program;
    const CelValue *object = &evaluation->views[code->a].object;
    if (object->kind != CEL_OBJECT && object->kind != CEL_UNKNOWN) {
        CelValue error = object->kind == CEL_ERROR ? *object : cel_error(CEL_ERROR_OVERLOAD, "not an object");
        place(program, code, &error);
        return error;
    }
    CelValue value = {.kind = CEL_UNKNOWN, .code = CEL_NO_SLOT, .length = code->b};
    for (uint32_t i = 0; i < program->variable_count; i++) {
        value.code = program->views[i] == code->a ? program->slots[i] : value.code;
    }
    return value;
}

static CelValue match(CelEvaluation *evaluation, const Regex *pattern, const CelValue *text)
{
    if (text->kind != CEL_STRING) {
        return text->kind <= CEL_ERROR
                   ? *text
                   : cel_error(CEL_ERROR_OVERLOAD, "no such overload: matches() takes strings");
    }
    return cel_match(&evaluation->call, pattern, cel_text(*text));
}

static CelValue known(const CelValue *value)
{
    return value->kind == CEL_ERROR ? *value : cel_bool(value->kind != CEL_UNKNOWN);
}

/* Of a condition that is neither true nor false. */
static CelValue not_bool(const CelValue *condition)
{
    return condition->kind <= CEL_ERROR
               ? *condition
               : cel_error(CEL_ERROR_OVERLOAD, "no matching overload: the condition is not a bool");
}

/* One step of APPEND, ITERATE and the like: false when the loop or literal is over with an error. */
static bool unwrap(const CelValue *source, CelValue *dst)
{
    if (source->kind == CEL_OPTIONAL && source->as.items != NULL) {
        *dst = *source->as.items;
        return true;
    }
    dst[-1] = source->kind == CEL_OPTIONAL || source->kind <= CEL_ERROR
                  ? *source
                  : cel_error(CEL_ERROR_OVERLOAD, "no such overload: not an optional");
    return false;
}

const CelInstruction *cel_step(CelEvaluation *evaluation, const CelInstruction *code)
{
    const CelProgram *program = evaluation->program;
    CelValue *frame = evaluation->frame;
    CelValue result = cel_null();
    switch ((CelOpcode)code->opcode) {
    case OP_HAS_VALUE: result = known(A); break;
    case OP_CALL: result = cel_call(&evaluation->call, code->a, B, code->flag); break;
    case OP_CALL_DYNAMIC:
        result = cel_call_dynamic(&evaluation->call, code->a, code->flag >= 128, B, code->flag & 127U);
        break;
    case OP_MATCH: result = match(evaluation, program->patterns[code->b], A); break;
    case OP_LIST: result = list_of(evaluation, A, code->b); break;
    case OP_LIST_NEW: result = cel_list(NULL, 0); break;
    case OP_APPEND:
    case OP_APPEND_OPTIONAL: return append(evaluation, code, DST, A) ? code : program->code + code->b - 1;
    case OP_MAP_NEW: result = map_new(evaluation->scratch); break;
    case OP_MAP_PUT: result = put(evaluation, code->flag, DST, A, B); break;
    case OP_MAP_MERGE: result = merge(evaluation, DST, A); break;
    case OP_ITERATE:
        if (iterate(evaluation, A, B, DST)) {
            return code + 1;
        }
        place(program, code, DST);
        return program->code + code[1].b - 1;
    case OP_SORT_BY: result = cel_sort_by(&evaluation->call, A, B); break;
    case OP_UNWRAP:
        if (unwrap(A, DST)) {
            return code + 1;
        }
        place(program, code, DST - 1);
        return program->code + code[1].b - 1;
    case OP_WRAP: result = A->kind <= CEL_ERROR ? *A : cel_optional(evaluation->scratch, A); break;
    case OP_COLUMN: result = column_of(evaluation, code, A); break;
    case OP_HAS_COLUMN: result = has_column(code, A); break;
    default: result = cel_operate(&evaluation->call, (CelOpcode)code->opcode, code->flag, A, B); break;
    }
    place(program, code, &result);
    *DST = result;
    return code;
}

const CelInstruction *cel_no_branch(const CelProgram *program, CelValue *frame, const CelInstruction *code)
{
    *DST = not_bool(A);
    place(program, code, DST);
    return program->code + code[1].b - 1;
}

CelValue cel_out_of_cost(const CelProgram *program, const CelInstruction *code)
{
    CelValue error = CEL_ERROR_COST;
    place(program, code, &error);
    return error;
}
