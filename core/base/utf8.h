/*
 * UTF-8 (RFC 3629): overlong forms, surrogates and values above U+10FFFF are invalid.
 */
#ifndef PERLY_BASE_UTF8_H
#define PERLY_BASE_UTF8_H

#include "base/slice.h"

enum { UTF8_BYTES_MAX = 4 };

/*
 * Decodes the code point at `*at` (which must be less than the length) and moves `*at` past it. False at an
 * invalid sequence: `*at` then moves past the longest invalid prefix (Unicode ch. 3, "maximal subpart"), so a
 * loop always advances, and `*code_point` is U+FFFD.
 */
bool utf8_decode(Slice text, size_t *at, uint32_t *code_point);

/* Writes 1 to 4 bytes; `code_point` must be a scalar value (not a surrogate, at most U+10FFFF). */
size_t utf8_encode(uint32_t code_point, char bytes[UTF8_BYTES_MAX]);

/* The position of the first invalid byte, or the length when all is valid. */
size_t utf8_valid_length(Slice text);

/* Number of code points; an invalid maximal subpart counts as one. */
size_t utf8_count(Slice text);

#endif
