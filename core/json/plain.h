/* Inside core/json: text that stands in JSON as it is, which is most of most documents. */
#ifndef PERLY_JSON_PLAIN_H
#define PERLY_JSON_PLAIN_H

#include "base/slice.h"

static inline bool json_is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
}

/*
 * How many bytes from `at` on are ASCII without controls, quotes and backslashes. Eight at a time: a byte's
 * high bit in `odd` is set when it is none of them, and may be set in bytes above such a one, which are then
 * looked at one by one.
 */
static inline size_t json_plain_run(Slice bytes, size_t at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t end = at;
    while (bytes.length - end >= sizeof(uint64_t)) {
        uint64_t eight = 0;
        memcpy(&eight, bytes.data + end, sizeof eight);
        const uint64_t quotes = eight ^ ones * '"';
        const uint64_t slashes = eight ^ ones * '\\';
        const uint64_t odd = (eight - ones * ' ') | (quotes - ones) | (slashes - ones) | eight;
        if ((odd & ones * 0x80) != 0) {
            break;
        }
        end += sizeof eight;
    }
    while (end < bytes.length && json_is_plain((unsigned char)bytes.data[end])) {
        end++;
    }
    return end - at;
}

#endif
