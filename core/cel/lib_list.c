/* Functions on lists, sets and optionals. */
#include "base/number.h"
#include "cel/library.h"
#include "cel/program.h"

static CelValue list_or_error(const CelValue *items, uint32_t count)
{
    return items == NULL ? CEL_ERROR_MEMORY : cel_list(items, count);
}

/* What follows the last separator of a text list. */
static CelValue last_piece(const CelCall *call, const CelValue *list)
{
    const Slice text = cel_text(*list);
    size_t at = text.length;
    if (!cel_charge(call, cel_list_cost(list))) {
        return CEL_ERROR_COST;
    }
    while (at > 0 && text.data[at - 1] != ';') {
        at--;
    }
    return cel_string(slice_part(text, at, text.length));
}

/* As optional.of() of the element: of an unknown one nothing is known. A list without length is empty. */
static CelValue element_at_end(const CelCall *call, const CelValue *list, bool last)
{
    if (list->length == 0) {
        return (CelValue){.kind = CEL_OPTIONAL};
    }
    const CelValue item = last && list->form == CEL_LIST_TEXT
                              ? last_piece(call, list)
                              : cel_list_element(call, list, last ? list->length - 1 : 0);
    return item.kind <= CEL_ERROR ? item : cel_optional(call->arena, &item);
}

CelValue cel_fn_first(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return element_at_end(call, &arguments[0], false);
}

CelValue cel_fn_last(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return element_at_end(call, &arguments[0], true);
}

CelValue cel_fn_distinct(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue *items = NULL;
    uint32_t length = 0;
    uint32_t kept = 0;
    CelValue error = cel_null();
    (void)count;
    if (!cel_items_of(call, &arguments[0], &items, &length, &error)) {
        return error;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, length);
    for (uint32_t i = 0; i < length && out != NULL; i++) {
        const CelValue so_far = cel_list(out, kept);
        const CelValue found = cel_list_contains(call, &so_far, &items[i]);
        if (found.kind != CEL_BOOL) {
            return found;
        }
        if (!cel_is_true(found)) {
            out[kept++] = items[i];
        }
    }
    return list_or_error(out, kept);
}

/* One level of lists inside the list replaced by their elements; `*flat` tells whether there were none. */
static CelValue flatten_once(const CelCall *call, const CelValue *list, bool *flat)
{
    const CelValue *items = NULL;
    uint32_t length = 0;
    uint64_t total = 0;
    CelValue error = cel_null();
    if (!cel_items_of(call, list, &items, &length, &error)) {
        return error;
    }
    *flat = true;
    for (uint32_t i = 0; i < length; i++) {
        const bool inner = items[i].kind == CEL_LIST;
        if (inner && !cel_charge(call, cel_list_cost(&items[i]))) {
            return CEL_ERROR_COST;
        }
        total += inner ? cel_list_count(&items[i]) : 1;
        *flat = *flat && !inner;
    }
    if (!cel_charge(call, 2 * total)) {
        return CEL_ERROR_COST;
    }
    if (total > CEL_RESULT_BYTES_MAX / sizeof(CelValue)) {
        return CEL_ERROR_MEMORY;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, (size_t)total);
    uint32_t at = 0;
    for (uint32_t i = 0; i < length && out != NULL; i++) {
        CelWalk inner = {.list = items[i].kind == CEL_LIST ? items[i] : cel_list(&items[i], 1)};
        CelValue item;
        while (cel_walk_next(&inner, &item)) {
            out[at++] = item;
        }
    }
    return list_or_error(out, at);
}

CelValue cel_fn_flatten(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const int64_t depth = count == 2 ? arguments[1].as.integer : 1;
    CelValue list = arguments[0];
    bool flat = false;
    if (depth < 0) {
        return cel_error(CEL_ERROR_ARGUMENT, "the depth must not be negative");
    }
    for (int64_t i = 0; i < depth && !flat && list.kind == CEL_LIST; i++) {
        list = flatten_once(call, &list, &flat);
    }
    return list;
}

CelValue cel_fn_range(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const int64_t length = arguments[0].as.integer;
    (void)count;
    if (length < 0) {
        return cel_error(CEL_ERROR_ARGUMENT, "lists.range: the size must not be negative");
    }
    if (length > (int64_t)(CEL_RESULT_BYTES_MAX / sizeof(CelValue)) ||
        !cel_charge(call, 2 * (uint64_t)length)) {
        return CEL_ERROR_MEMORY;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, (size_t)length);
    for (int64_t i = 0; i < length && out != NULL; i++) {
        out[i] = cel_int(i);
    }
    return list_or_error(out, (uint32_t)length);
}

CelValue cel_fn_reverse(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue *items = NULL;
    uint32_t length = 0;
    CelValue error = cel_null();
    (void)count;
    if (arguments[0].kind == CEL_STRING) {
        return cel_reverse_text(call, &arguments[0]);
    }
    if (!cel_items_of(call, &arguments[0], &items, &length, &error)) {
        return error;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, length);
    for (uint32_t i = 0; i < length && out != NULL; i++) {
        out[i] = items[length - 1 - i];
    }
    return list_or_error(out, length);
}

CelValue cel_fn_slice(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue *items = NULL;
    uint32_t length = 0;
    CelValue error = cel_null();
    const int64_t start = arguments[1].as.integer;
    const int64_t end = arguments[2].as.integer;
    (void)count;
    if (!cel_items_of(call, &arguments[0], &items, &length, &error)) {
        return error;
    }
    if (start < 0 || end > length || start > end) {
        return cel_error(start > end ? CEL_ERROR_RANGE : CEL_ERROR_INDEX, "index out of range");
    }
    return cel_list(start == end ? NULL : items + start, (uint32_t)(end - start));
}

/* Merges the sorted runs [from, middle) and [middle, to) of `places`, which point into `keys`. False: cost.
 */
static bool merge_runs(const CelCall *call, const CelValue *keys, const uint32_t *places, uint32_t *out,
                       uint32_t from, uint32_t middle, uint32_t to)
{
    uint32_t left = from;
    uint32_t right = middle;
    for (uint32_t at = from; at < to; at++) {
        unsigned order = CEL_LESS;
        if (left < middle && right < to) {
            const CelValue *a = &keys[places[left]];
            const CelValue *b = &keys[places[right]];
            if (!cel_charge(call, 1 + cel_compare_cost(a, b))) {
                return false;
            }
            (void)cel_compare(a, b, &order);
        }
        const bool take_left = right >= to || (left < middle && order != CEL_GREATER);
        out[at] = take_left ? places[left++] : places[right++];
    }
    return true;
}

/* A stable merge sort of places by their keys, bottom up. NULL: no memory, or the cost. */
static const uint32_t *sorted_places(const CelCall *call, const CelValue *keys, uint32_t count,
                                     CelValue *error)
{
    uint32_t *places = ARENA_ARRAY(call->arena, uint32_t, count);
    uint32_t *spare = ARENA_ARRAY(call->arena, uint32_t, count);
    *error = CEL_ERROR_MEMORY;
    if (places == NULL || spare == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        places[i] = i;
    }
    for (uint64_t run = 1; run < count; run *= 2) {
        for (uint64_t from = 0; from < count; from += 2 * run) {
            const uint64_t middle = from + run < count ? from + run : count;
            const uint64_t to = from + 2 * run < count ? from + 2 * run : count;
            if (!merge_runs(call, keys, places, spare, (uint32_t)from, (uint32_t)middle, (uint32_t)to)) {
                *error = CEL_ERROR_COST;
                return NULL;
            }
        }
        uint32_t *swap = places;
        places = spare;
        spare = swap;
    }
    return places;
}

/* All of one kind that has an order, as cel-go has it; else the error, or the key that is unknown; or null.
 */
static CelValue keys_wrong(const CelValue *keys, uint32_t count)
{
    CelValue wrong = cel_null();
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].kind == CEL_UNKNOWN) {
            return keys[i];
        }
        if (keys[i].kind < CEL_BOOL || keys[i].kind > CEL_DURATION) {
            wrong = cel_error(CEL_ERROR_OVERLOAD, "no such overload: these values have no order");
        } else if (keys[i].kind != keys[0].kind && wrong.kind != CEL_ERROR) {
            wrong = cel_error(CEL_ERROR_OVERLOAD, "list elements must have the same type");
        }
    }
    return wrong;
}

CelValue cel_sort_by(const CelCall *call, const CelValue *list, const CelValue *keys)
{
    uint32_t count = 0;
    uint32_t key_count = 0;
    CelValue error = cel_null();
    const CelValue *items = NULL;
    if (list->kind != CEL_LIST || keys->kind != CEL_LIST) {
        return list->kind != CEL_LIST ? *list : *keys;
    }
    if (!cel_items_of(call, list, &items, &count, &error)) {
        return error;
    }
    const CelValue *sort_keys = items;
    if (keys != list && !cel_items_of(call, keys, &sort_keys, &key_count, &error)) {
        return error;
    }
    error = keys_wrong(sort_keys, count);
    if (error.kind <= CEL_ERROR) {
        return error;
    }
    const uint32_t *places = sorted_places(call, sort_keys, count, &error);
    if (places == NULL) {
        return error;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, count);
    for (uint32_t i = 0; i < count && out != NULL; i++) {
        out[i] = items[places[i]];
    }
    return list_or_error(out, count);
}

CelValue cel_fn_sort(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return cel_sort_by(call, &arguments[0], &arguments[0]);
}

/* How the elements of `wanted` are found in `list`: all of them, or any of them. */
static CelValue contains_each(const CelCall *call, const CelValue *list, const CelValue *wanted, bool any)
{
    const CelValue *items = NULL;
    uint32_t count = 0;
    CelValue result = cel_bool(!any);
    if (!cel_items_of(call, wanted, &items, &count, &result)) {
        return result;
    }
    for (uint32_t i = 0; i < count; i++) {
        const CelValue found = cel_list_contains(call, list, &items[i]);
        if (found.kind == CEL_BOOL && cel_is_true(found) == any) {
            return found;
        }
        if (found.kind == CEL_ERROR && found.code == CEL_ERROR_LIMIT) {
            return found;
        }
        result = found.kind == CEL_BOOL ? result : found;
    }
    return result;
}

CelValue cel_fn_sets_contains(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return contains_each(call, &arguments[0], &arguments[1], false);
}

CelValue cel_fn_sets_equivalent(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    const CelValue forth = contains_each(call, &arguments[0], &arguments[1], false);
    const CelValue back = contains_each(call, &arguments[1], &arguments[0], false);
    return cel_operate(call, OP_AND, 0, &forth, &back);
}

CelValue cel_fn_sets_intersects(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return contains_each(call, &arguments[0], &arguments[1], true);
}

CelValue cel_fn_none(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)arguments;
    (void)count;
    return (CelValue){.kind = CEL_OPTIONAL};
}

CelValue cel_fn_optional_of(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return cel_optional(call->arena, &arguments[0]);
}

static bool is_zero(const CelValue *value)
{
    switch ((CelKind)value->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT: return value->as.uinteger == 0;
    case CEL_DOUBLE: return value->as.number == 0;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_LIST: return value->length == 0;
    case CEL_TIMESTAMP:
    case CEL_DURATION: return value->as.integer == 0 && value->length == 0;
    case CEL_MAP: return value->as.map->count == 0;
    case CEL_OPTIONAL: return value->as.items == NULL;
    default: return false;
    }
}

CelValue cel_fn_optional_of_non_zero(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return is_zero(&arguments[0]) ? (CelValue){.kind = CEL_OPTIONAL}
                                  : cel_optional(call->arena, &arguments[0]);
}

CelValue cel_fn_has_value(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(arguments[0].as.items != NULL);
}

CelValue cel_fn_value(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return arguments[0].as.items == NULL ? cel_error(CEL_ERROR_ARGUMENT, "optional.none() has no value")
                                         : *arguments[0].as.items;
}

CelValue cel_fn_or(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return arguments[0].as.items == NULL ? arguments[1] : arguments[0];
}

CelValue cel_fn_or_value(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return arguments[0].as.items == NULL ? arguments[1] : *arguments[0].as.items;
}

CelValue cel_fn_unwrap(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue *items = NULL;
    uint32_t length = 0;
    uint32_t kept = 0;
    CelValue error = cel_null();
    (void)count;
    if (!cel_items_of(call, &arguments[0], &items, &length, &error)) {
        return error;
    }
    CelValue *out = ARENA_ARRAY(call->arena, CelValue, length);
    for (uint32_t i = 0; i < length && out != NULL; i++) {
        if (items[i].kind != CEL_OPTIONAL) {
            return items[i].kind == CEL_UNKNOWN
                       ? items[i]
                       : cel_error(CEL_ERROR_OVERLOAD, "no such overload: an element is not an optional");
        }
        if (items[i].as.items != NULL) {
            out[kept++] = *items[i].as.items;
        }
    }
    return list_or_error(out, kept);
}
