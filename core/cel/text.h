/* Text of values, and helpers for text counted in characters. */
#ifndef PERLY_CEL_TEXT_H
#define PERLY_CEL_TEXT_H

#include "base/buffer.h"
#include "cel/functions.h"

/* A text to be built: no longer than may be, nor than what is left of the cost can pay for. */
void cel_build(const CelCall *call, Buffer *text);
/* What was built, paid for; or the error of the limit that it came to. */
CelValue cel_built(const CelCall *call, const Buffer *text);

/* As cel_value_print; what it takes besides the buffer is charged for, and the buffer fails without it. */
void cel_append(const CelCall *call, Buffer *text, const CelValue *value);

/* The byte where character `position` begins, or SIZE_MAX beyond the end (which is itself a position). */
size_t cel_byte_of(Slice text, int64_t position);

/* Texts are short: words of 8 bytes, the last two overlapping, are quicker than a call. */
static inline bool cel_same_bytes(const char *a, const char *b, size_t length)
{
    uint64_t x = 0;
    uint64_t y = 0;
    if (length >= 4 && length <= sizeof x) {
        memcpy(&x, a, 4);
        memcpy(&y, b, 4);
        memcpy((char *)&x + 4, a + length - 4, 4);
        memcpy((char *)&y + 4, b + length - 4, 4);
        return x == y;
    }
    if (length < sizeof x) {
        for (size_t i = 0; i < length; i++) {
            if (a[i] != b[i]) {
                return false;
            }
        }
        return true;
    }
    for (size_t i = 0; i + sizeof x < length; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y) {
            return false;
        }
    }
    memcpy(&x, a + length - sizeof x, sizeof x);
    memcpy(&y, b + length - sizeof y, sizeof y);
    return x == y;
}

/*
 * As slice_find, in time linear in the text: a long text that begins as `wanted` does, but is not, is charged
 * for. SIZE_MAX too when that costs too much, and then any charge fails.
 */
size_t cel_find(const CelCall *call, Slice text, Slice wanted, size_t start);
/* The same from the end: the last place up to `start`. */
size_t cel_find_last(const CelCall *call, Slice text, Slice wanted, size_t start);

/* startsWith, endsWith and contains: functions of two strings, and the instruction SEARCH. */
typedef enum CelSearch { CEL_SEARCH_START, CEL_SEARCH_END, CEL_SEARCH_ANYWHERE } CelSearch;

/*
 * Without a call, and 8 bytes at a time: `wanted`, which is not empty, can begin only where its first byte
 * is. The bytes that differ from it make a zero in `differ`; a borrow marks too many, but never too few.
 */
static inline bool cel_search_short(Slice text, Slice wanted)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t first = ones * (unsigned char)wanted.data[0];
    const size_t last = text.length - wanted.length;
    size_t at = 0;
    for (; at <= last && text.length - at >= sizeof first; at += sizeof first) {
        uint64_t differ = 0;
        memcpy(&differ, text.data + at, sizeof differ);
        differ ^= first;
        for (uint64_t found = (differ - ones) & ~differ & (ones << 7); found != 0; found &= found - 1) {
            const size_t start = at + (size_t)__builtin_ctzll(found) / 8;
            if (start <= last && cel_same_bytes(text.data + start, wanted.data, wanted.length)) {
                return true;
            }
        }
    }
    for (; at <= last; at++) {
        if (text.data[at] == wanted.data[0] && cel_same_bytes(text.data + at, wanted.data, wanted.length)) {
            return true;
        }
    }
    return false;
}

/* A short `wanted`, that is to say: of CEL_SHORT_TEXT bytes at most. A longer one is for cel_find. */
static inline bool cel_search(CelSearch search, Slice text, Slice wanted)
{
    if (wanted.length == 0 || text.length < wanted.length) {
        return wanted.length == 0;
    }
    switch (search) {
    case CEL_SEARCH_START: return cel_same_bytes(text.data, wanted.data, wanted.length);
    case CEL_SEARCH_END:
        return cel_same_bytes(text.data + text.length - wanted.length, wanted.data, wanted.length);
    default:
        return text.length < CEL_SHORT_TEXT ? cel_search_short(text, wanted)
                                            : slice_find(text, wanted, 0) != SIZE_MAX;
    }
}

/* In instructions; with what functions.def says. */
static inline uint64_t cel_search_cost(CelSearch search, Slice text)
{
    return search == CEL_SEARCH_ANYWHERE ? 3 + text.length / 8 : 1;
}

/* Any two texts, charged for. */
CelValue cel_search_value(const CelCall *call, CelSearch search, const CelValue *text,
                          const CelValue *wanted);

#endif
