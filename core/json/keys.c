/*
 * No key may come twice in an object. Only hashes are kept, and only of objects that are open, so memory is
 * bounded whatever the length of the document; they are compared when the object ends, after a sort.
 */
#include "json/internal.h"

enum { KEY_ROOM_MIN = 8 };

uint64_t json_key_hash(Slice key)
{
    uint64_t hash = JSON_KEY_HASH_START;
    for (size_t i = 0; i < key.length; i++) {
        hash = json_key_hash_byte(hash, (unsigned char)key.data[i]);
    }
    return hash;
}

static void fail(JsonScan *scan, ErrorCode code, Slice message, uint32_t line, uint32_t column)
{
    scan->error = error_make(code, message);
    scan->error.place.line = line;
    scan->error.place.column = column;
}

bool json_keys_add(JsonScan *scan)
{
    if (scan->key_count == JSON_OPEN_KEYS_MAX) {
        fail(scan, ERROR_LIMIT_EXCEEDED, SLICE("JSON: more than 65,536 keys"), scan->key_line,
             scan->key_column);
        return false;
    }
    if (scan->key_count == scan->key_room) {
        const uint32_t room = scan->key_room == 0 ? KEY_ROOM_MIN : scan->key_room * 2;
        JsonKeySeen *keys = arena_resize(scan->arena, scan->keys, scan->key_room * sizeof *keys,
                                         room * sizeof *keys, _Alignof(JsonKeySeen));
        if (keys == NULL) {
            fail(scan, ERROR_OUT_OF_MEMORY, SLICE("JSON: no memory for the keys"), scan->key_line,
                 scan->key_column);
            return false;
        }
        scan->keys = keys;
        scan->key_room = room;
    }
    scan->keys[scan->key_count++] = (JsonKeySeen){scan->key_hash, scan->key_line, scan->key_column};
    return true;
}

static bool comes_after(const JsonKeySeen *a, const JsonKeySeen *b)
{
    if (a->hash != b->hash) {
        return a->hash > b->hash;
    }
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* Shell sort: in place, without recursion, and quick enough for 65,536. */
static void sort(JsonKeySeen *keys, uint32_t count)
{
    for (uint32_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : (uint32_t)((uint64_t)gap * 5 / 11)) {
        for (uint32_t i = gap; i < count; i++) {
            const JsonKeySeen key = keys[i];
            uint32_t at = i;
            for (; at >= gap && comes_after(&keys[at - gap], &key); at -= gap) {
                keys[at] = keys[at - gap];
            }
            keys[at] = key;
        }
    }
}

bool json_keys_end(JsonScan *scan)
{
    const uint32_t first = scan->first_key[scan->depth - 1];
    const uint32_t count = scan->key_count - first;
    scan->key_count = first;
    if (count < 2) {
        return true;
    }
    JsonKeySeen *keys = scan->keys + first;
    sort(keys, count);
    const JsonKeySeen *earliest = NULL;
    for (uint32_t i = 1; i < count; i++) {
        const bool twice = keys[i].hash == keys[i - 1].hash;
        if (twice && (earliest == NULL || keys[i].line < earliest->line ||
                      (keys[i].line == earliest->line && keys[i].column < earliest->column))) {
            earliest = &keys[i];
        }
    }
    if (earliest != NULL) {
        fail(scan, ERROR_JSON_SYNTAX, SLICE("JSON: this key was already given in the same object"),
             earliest->line, earliest->column);
    }
    return earliest == NULL;
}
