#include "base/assert.h"
#include "base/hash.h"
#include "base/number.h"
#include "cel/functions.h"

/* Below this count a map is searched entry by entry. */
enum { MAP_INDEX_MIN = 9, EQUAL_DEPTH_MAX = 64 };

Slice cel_error_kind_name(CelErrorKind kind)
{
    static const Slice names[CEL_ERROR_KIND_COUNT] = {
        [CEL_ERROR_OTHER] = SLICE_INIT("other"),       [CEL_ERROR_SYNTAX] = SLICE_INIT("syntax"),
        [CEL_ERROR_OVERLOAD] = SLICE_INIT("overload"), [CEL_ERROR_OVERFLOW] = SLICE_INIT("overflow"),
        [CEL_ERROR_DIVISION] = SLICE_INIT("division"), [CEL_ERROR_KEY] = SLICE_INIT("key"),
        [CEL_ERROR_INDEX] = SLICE_INIT("index"),       [CEL_ERROR_CONVERSION] = SLICE_INIT("conversion"),
        [CEL_ERROR_RANGE] = SLICE_INIT("range"),       [CEL_ERROR_UNDECLARED] = SLICE_INIT("undeclared"),
        [CEL_ERROR_ARGUMENT] = SLICE_INIT("argument"), [CEL_ERROR_LIMIT] = SLICE_INIT("limit"),
    };
    return names[kind];
}

CelValue cel_error(CelErrorKind kind, const char *message)
{
    return (CelValue){.kind = CEL_ERROR, .code = (uint16_t)kind, .length = CEL_NO_OFFSET, .as.text = message};
}

Slice cel_kind_name(CelKind kind)
{
    static const Slice names[CEL_KIND_COUNT] = {
        [CEL_UNKNOWN] = SLICE_INIT("unknown"),
        [CEL_ERROR] = SLICE_INIT("error"),
        [CEL_NULL] = SLICE_INIT("null_type"),
        [CEL_BOOL] = SLICE_INIT("bool"),
        [CEL_INT] = SLICE_INIT("int"),
        [CEL_UINT] = SLICE_INIT("uint"),
        [CEL_DOUBLE] = SLICE_INIT("double"),
        [CEL_STRING] = SLICE_INIT("string"),
        [CEL_BYTES] = SLICE_INIT("bytes"),
        [CEL_TIMESTAMP] = SLICE_INIT("google.protobuf.Timestamp"),
        [CEL_DURATION] = SLICE_INIT("google.protobuf.Duration"),
        [CEL_LIST] = SLICE_INIT("list"),
        [CEL_MAP] = SLICE_INIT("map"),
        [CEL_TYPE] = SLICE_INIT("type"),
        [CEL_OPTIONAL] = SLICE_INIT("optional_type"),
        [CEL_OBJECT] = SLICE_INIT("object"),
    };
    return names[kind];
}

static unsigned order_of(bool less, bool same)
{
    return less ? CEL_LESS : (same ? CEL_SAME : CEL_GREATER);
}

static unsigned order_doubles(double a, double b)
{
    if (a != a || b != b) {
        return CEL_UNORDERED;
    }
    return order_of(a < b, a == b);
}

/* Out of the integers' range a double decides by its size alone; inside, both are compared as doubles. */
static unsigned order_int_double(int64_t a, double b)
{
    if (b != b) {
        return CEL_UNORDERED;
    }
    if (b < -9223372036854775808.0) {
        return CEL_GREATER;
    }
    if (b > 9223372036854775808.0) {
        return CEL_LESS;
    }
    return order_doubles((double)a, b);
}

static unsigned order_uint_double(uint64_t a, double b)
{
    if (b != b) {
        return CEL_UNORDERED;
    }
    if (b < 0) {
        return CEL_GREATER;
    }
    if (b > 18446744073709551616.0) {
        return CEL_LESS;
    }
    return order_doubles((double)a, b);
}

static unsigned order_int_uint(int64_t a, uint64_t b)
{
    if (a < 0 || b > (uint64_t)INT64_MAX) {
        return CEL_LESS;
    }
    return order_of(a < (int64_t)b, a == (int64_t)b);
}

static unsigned order_reversed(unsigned order)
{
    return order == CEL_LESS ? CEL_GREATER : (order == CEL_GREATER ? CEL_LESS : order);
}

static bool is_number(const CelValue *value)
{
    return value->kind >= CEL_INT && value->kind <= CEL_DOUBLE;
}

/* Both are numbers of different kinds. */
static unsigned order_mixed(const CelValue *a, const CelValue *b)
{
    if (a->kind > b->kind) {
        return order_reversed(order_mixed(b, a));
    }
    if (b->kind == CEL_UINT) {
        return order_int_uint(a->as.integer, b->as.uinteger);
    }
    return a->kind == CEL_INT ? order_int_double(a->as.integer, b->as.number)
                              : order_uint_double(a->as.uinteger, b->as.number);
}

bool cel_compare(const CelValue *a, const CelValue *b, unsigned *order)
{
    if (a->kind != b->kind) {
        if (!is_number(a) || !is_number(b)) {
            return false;
        }
        *order = order_mixed(a, b);
        return true;
    }
    switch ((CelKind)a->kind) {
    case CEL_BOOL:
    case CEL_INT:
        *order = order_of(a->as.integer < b->as.integer, a->as.integer == b->as.integer);
        return true;
    case CEL_UINT:
        *order = order_of(a->as.uinteger < b->as.uinteger, a->as.uinteger == b->as.uinteger);
        return true;
    case CEL_DOUBLE: *order = order_doubles(a->as.number, b->as.number); return true;
    case CEL_STRING:
    case CEL_BYTES: {
        const int text = slice_compare(cel_text(*a), cel_text(*b));
        *order = order_of(text < 0, text == 0);
        return true;
    }
    case CEL_TIMESTAMP:
    case CEL_DURATION: {
        const bool equal_ms = a->as.integer == b->as.integer;
        *order = order_of(a->as.integer < b->as.integer || (equal_ms && a->length < b->length),
                          equal_ms && a->length == b->length);
        return true;
    }
    case CEL_UNKNOWN:
    case CEL_ERROR:
    case CEL_NULL:
    case CEL_LIST:
    case CEL_MAP:
    case CEL_TYPE:
    case CEL_OPTIONAL:
    case CEL_OBJECT:
    case CEL_KIND_COUNT: break;
    }
    return false;
}

bool cel_walk_next(CelWalk *walk, CelValue *item)
{
    if (walk->list.form == CEL_LIST_TEXT) {
        const Slice text = cel_text(walk->list);
        if (text.length == 0 || walk->at > text.length) {
            return false;
        }
        const size_t end = slice_find_byte(text, ';', walk->at);
        *item = cel_string(slice_part(text, walk->at, end));
        walk->at = (uint32_t)end + 1;
        return true;
    }
    if (walk->at >= walk->list.length) {
        return false;
    }
    *item = walk->list.form == CEL_LIST_ITEMS
                ? walk->list.as.items[walk->at]
                : cel_object(walk->list.as.rows, walk->list.as.rows->first + walk->at);
    walk->at++;
    return true;
}

uint32_t cel_list_count(const CelValue *list)
{
    if (list->form != CEL_LIST_TEXT) {
        return list->length;
    }
    uint32_t count = list->length == 0 ? 0 : 1;
    for (uint32_t i = 0; i < list->length; i++) {
        count += list->as.text[i] == ';';
    }
    return count;
}

/* Elements are short: no call to find their separators. */
static Slice text_piece(Slice text, uint64_t position)
{
    size_t start = 0;
    for (; position > 0; start++) {
        position -= text.data[start] == ';';
    }
    return slice_part(text, start, slice_find_byte(text, ';', start));
}

CelValue cel_list_element(const CelCall *call, const CelValue *list, uint64_t position)
{
    if (!cel_charge(call, cel_list_cost(list))) {
        return CEL_ERROR_COST;
    }
    if (position >= cel_list_count(list)) {
        return cel_error(CEL_ERROR_INDEX, "index out of range");
    }
    switch ((CelListForm)list->form) {
    case CEL_LIST_TEXT: return cel_string(text_piece(cel_text(*list), position));
    case CEL_LIST_ROWS: return cel_object(list->as.rows, list->as.rows->first + (uint32_t)position);
    case CEL_LIST_ITEMS: break;
    }
    return list->as.items[position];
}

bool cel_items_of(const CelCall *call, const CelValue *list, const CelValue **items, uint32_t *count,
                  CelValue *error)
{
    const uint64_t each = list->form == CEL_LIST_ITEMS ? 2 : 4;
    if (!cel_charge(call, cel_list_cost(list)) || !cel_charge(call, each * cel_list_count(list))) {
        *error = CEL_ERROR_COST;
        return false;
    }
    *items = cel_items(call->arena, list, count);
    if (*items == NULL && *count > 0) {
        *error = CEL_ERROR_MEMORY;
        return false;
    }
    return true;
}

const CelValue *cel_items(Arena *arena, const CelValue *list, uint32_t *count)
{
    *count = cel_list_count(list);
    if (list->form == CEL_LIST_ITEMS) {
        return list->as.items;
    }
    CelValue *items = ARENA_ARRAY(arena, CelValue, *count);
    CelWalk walk = {.list = *list};
    CelValue item;
    for (uint32_t i = 0; items != NULL && cel_walk_next(&walk, &item); i++) {
        items[i] = item;
    }
    return items;
}

static CelValue equal_at(const CelCall *call, const CelValue *a, const CelValue *b, unsigned depth);

/* Keeps false over unknown over true. True when the answer is final. */
static bool equal_part(const CelCall *call, CelValue *result, const CelValue *a, const CelValue *b,
                       unsigned depth)
{
    const CelValue part = equal_at(call, a, b, depth);
    const bool decided = part.kind == CEL_BOOL ? !cel_is_true(part) : part.kind == CEL_ERROR;
    *result = part.kind != CEL_BOOL || decided ? part : *result;
    return decided;
}

static CelValue equal_lists(const CelCall *call, const CelValue *a, const CelValue *b, unsigned depth)
{
    if (!cel_charge(call, cel_list_cost(a) + cel_list_cost(b))) {
        return CEL_ERROR_COST;
    }
    if (cel_list_count(a) != cel_list_count(b)) {
        return cel_bool(false);
    }
    CelValue result = cel_bool(true);
    CelWalk left = {.list = *a};
    CelWalk right = {.list = *b};
    CelValue x;
    CelValue y;
    while (cel_walk_next(&left, &x) && cel_walk_next(&right, &y)) {
        if (equal_part(call, &result, &x, &y, depth)) {
            break;
        }
    }
    return result;
}

static CelValue equal_maps(const CelCall *call, const CelMap *a, const CelMap *b, unsigned depth)
{
    if (a->count != b->count) {
        return cel_bool(false);
    }
    CelValue result = cel_bool(true);
    for (uint32_t i = 0; i < a->count; i++) {
        const CelValue *other = cel_map_find(call, b, &a->entries[2 * (size_t)i]);
        if (other == NULL) {
            return cel_bool(false);
        }
        if (equal_part(call, &result, &a->entries[2 * (size_t)i + 1], other, depth)) {
            break;
        }
    }
    return result;
}

static CelValue equal_at(const CelCall *call, const CelValue *a, const CelValue *b, unsigned depth)
{
    unsigned order = 0;
    if (a->kind <= CEL_ERROR) {
        return *a;
    }
    if (b->kind <= CEL_ERROR) {
        return *b;
    }
    if (!cel_charge(call, (depth > 0) + cel_compare_cost(a, b))) {
        return CEL_ERROR_COST;
    }
    if (depth > EQUAL_DEPTH_MAX) {
        return cel_error(CEL_ERROR_LIMIT, "values are nested too deeply to be compared");
    }
    if (cel_compare(a, b, &order)) {
        return cel_bool(order == CEL_SAME);
    }
    if (a->kind != b->kind) {
        return cel_bool(false);
    }
    switch ((CelKind)a->kind) {
    case CEL_NULL: return cel_bool(true);
    case CEL_TYPE: return cel_bool(slice_equal(cel_text(*a), cel_text(*b)));
    case CEL_LIST: return equal_lists(call, a, b, depth + 1);
    case CEL_MAP: return equal_maps(call, a->as.map, b->as.map, depth + 1);
    case CEL_OPTIONAL:
        if (a->as.items == NULL || b->as.items == NULL) {
            return cel_bool(a->as.items == b->as.items);
        }
        return equal_at(call, a->as.items, b->as.items, depth + 1);
    case CEL_OBJECT: return cel_bool(a->as.rows->batch == b->as.rows->batch && a->length == b->length);
    case CEL_UNKNOWN:
    case CEL_ERROR:
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
    case CEL_KIND_COUNT: break;
    }
    return cel_bool(false);
}

CelValue cel_equal(const CelCall *call, const CelValue *a, const CelValue *b)
{
    return equal_at(call, a, b, 0);
}

bool cel_text_list_contains(Slice list, Slice item)
{
    for (size_t at = 0; at < list.length || (at == list.length && at > 0);) {
        size_t end = at; /* elements are short: no call to find their end */
        while (end < list.length && list.data[end] != ';') {
            end++;
        }
        if (end - at == item.length && slice_equal(slice_part(list, at, end), item)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

CelValue cel_list_contains(const CelCall *call, const CelValue *list, const CelValue *item)
{
    CelValue result = cel_bool(false);
    if (list->form == CEL_LIST_TEXT && !cel_charge(call, list->length)) {
        return CEL_ERROR_COST;
    }
    if (list->form == CEL_LIST_TEXT && item->kind == CEL_STRING) {
        return cel_bool(cel_text_list_contains(cel_text(*list), cel_text(*item)));
    }
    CelWalk walk = {.list = *list};
    CelValue element;
    while (cel_walk_next(&walk, &element)) {
        const CelValue equal = equal_at(call, &element, item, 1);
        if (cel_is_true(equal)) {
            return equal;
        }
        if (equal.kind != CEL_BOOL) {
            result = equal;
        }
        if (equal.kind == CEL_ERROR && equal.code == CEL_ERROR_LIMIT) {
            break;
        }
    }
    return result;
}

/* Numbers that are equal as keys get equal hashes; a double key has been turned into an integer before. */
static uint32_t key_hash(const CelValue *key)
{
    if (key->kind == CEL_STRING) {
        return (uint32_t)hash64(1, cel_text(*key));
    }
    const uint64_t mixed = key->as.uinteger * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(mixed >> 32) + (key->kind == CEL_BOOL);
}

static bool key_equal(const CelValue *a, const CelValue *b)
{
    unsigned order = 0;
    return (a->kind != CEL_STRING || a->length == b->length) && cel_compare(a, b, &order) &&
           order == CEL_SAME;
}

static void index_put(CelMap *map, uint32_t entry)
{
    uint32_t at = key_hash(&map->entries[2 * (size_t)entry]) & map->index_mask;
    while (map->index[at] != 0) {
        at = (at + 1) & map->index_mask;
    }
    map->index[at] = entry + 1;
}

static bool index_build(Arena *arena, CelMap *map)
{
    uint32_t size = 16;
    while (size < 2 * map->capacity) {
        size *= 2;
    }
    map->index = ARENA_ARRAY(arena, uint32_t, size);
    map->index_mask = size - 1;
    for (uint32_t i = 0; map->index != NULL && i < map->count; i++) {
        index_put(map, i);
    }
    return map->index != NULL;
}

CelMap *cel_map_create(Arena *arena, uint32_t capacity)
{
    CelMap *map = ARENA_NEW(arena, CelMap);
    if (map == NULL) {
        return NULL;
    }
    map->capacity = capacity < 4 ? 4 : capacity;
    map->entries = ARENA_ARRAY(arena, CelValue, 2 * (size_t)map->capacity);
    return map->entries == NULL ? NULL : map;
}

static bool map_grow(Arena *arena, CelMap *map)
{
    const size_t old_bytes = 2 * sizeof(CelValue) * (size_t)map->capacity;
    CelValue *entries = arena_resize(arena, map->entries, old_bytes, 2 * old_bytes, _Alignof(CelValue));
    if (entries == NULL) {
        return false;
    }
    map->entries = entries;
    map->capacity *= 2;
    map->index = NULL;
    return true;
}

CelMapResult cel_map_insert(const CelCall *call, CelMap *map, const CelValue *key, const CelValue *value)
{
    if (key->kind != CEL_BOOL && key->kind != CEL_INT && key->kind != CEL_UINT && key->kind != CEL_STRING) {
        return CEL_MAP_BAD_KEY;
    }
    const CelValue *found = cel_map_find(call, map, key);
    if (found != NULL) {
        return found->kind == CEL_ERROR ? CEL_MAP_NO_COST : CEL_MAP_REPEATED;
    }
    if (map->count == map->capacity && !map_grow(call->arena, map)) {
        return CEL_MAP_NO_MEMORY;
    }
    perly_assert(map->entries != NULL); /* it was made with room, or has grown */
    map->entries[2 * (size_t)map->count] = *key;
    map->entries[2 * (size_t)map->count + 1] = *value;
    map->count++;
    if (map->index != NULL) {
        index_put(map, map->count - 1);
    } else if (map->count >= MAP_INDEX_MIN && !index_build(call->arena, map)) {
        return CEL_MAP_NO_MEMORY;
    }
    return CEL_MAP_OK;
}

CelMapResult cel_map_add(Arena *arena, CelMap *map, const CelValue *key, const CelValue *value)
{
    uint64_t cost = 0;
    const CelCall call = {.arena = arena, .cost = &cost, .cost_limit = UINT64_MAX};
    return cel_map_insert(&call, map, key, value);
}

/* The integer that a double equals, so that both hash alike; false when there is none. */
static bool key_normal(CelValue *key)
{
    if (key->kind != CEL_DOUBLE) {
        return true;
    }
    const double number = key->as.number;
    int64_t integer = 0;
    uint64_t uinteger = 0;
    if (number_to_int64(number, &integer) && (double)integer == number) {
        *key = cel_int(integer);
        return true;
    }
    if (number_to_uint64(number, &uinteger) && (double)uinteger == number) {
        *key = cel_uint(uinteger);
        return true;
    }
    return false;
}

/* The value at an entry when its key is the one wanted. */
static const CelValue *entry_match(const CelMap *map, uint32_t entry, const CelValue *key)
{
    const CelValue *at = &map->entries[2 * (size_t)entry];
    return key_equal(at, key) ? at + 1 : NULL;
}

const CelValue *cel_map_find(const CelCall *call, const CelMap *map, const CelValue *wanted)
{
    static const CelValue out_of_cost = {
        .kind = CEL_ERROR, .code = CEL_ERROR_LIMIT, .length = CEL_NO_OFFSET, .as.text = CEL_COST_MESSAGE};
    const CelValue *found = NULL;
    CelValue key = *wanted;
    uint32_t tried = 0;
    if (!key_normal(&key)) {
        return NULL;
    }
    if (!cel_charge(call, cel_value_cost(&key))) {
        return &out_of_cost;
    }
    if (map->index == NULL) {
        while (tried < map->count && found == NULL) {
            found = entry_match(map, tried++, &key);
        }
    } else {
        uint32_t at = key_hash(&key) & map->index_mask;
        while (map->index[at] != 0 && found == NULL) {
            found = entry_match(map, map->index[at] - 1, &key);
            at = (at + 1) & map->index_mask;
            tried++;
        }
    }
    return cel_charge(call, tried) ? found : &out_of_cost;
}

CelValue cel_column(RowView row, RowType type, uint32_t column)
{
    if (row_state(row, column) != ROW_VALUE) {
        return (CelValue){.kind = CEL_UNKNOWN, .code = CEL_NO_SLOT, .length = column};
    }
    switch (type) {
    case ROW_INT64: return cel_int(row_int64(row, column));
    case ROW_DOUBLE: return cel_double(row_double(row, column));
    case ROW_BOOL: return cel_bool(row_bool(row, column));
    case ROW_TEXT: return cel_string(row_text(row, column));
    case ROW_BYTES: return cel_bytes(row_text(row, column));
    case ROW_TIME: return cel_timestamp(row_int64(row, column), 0);
    case ROW_LIST: {
        CelValue list = cel_string(row_text(row, column));
        list.kind = CEL_LIST;
        list.form = CEL_LIST_TEXT;
        return list;
    }
    case ROW_TYPE_COUNT: break;
    }
    return cel_unknown();
}
