/*
 * Included before the first line of cJSON.c: what it takes from libc, taken from the core instead. The same
 * bits on every target, memory from an arena, and neither stdio nor locale in the wasm builds. Printing is
 * never called (core/json/writer.h prints) and fails if it were.
 */
#ifndef PERLY_JSON_CJSON_SHIM_H
#define PERLY_JSON_CJSON_SHIM_H

/* First, so that the names below do not change their declarations. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/cjson_memory.h"

static inline int json_cjson_lower(int byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

#undef tolower
#define tolower(byte) json_cjson_lower(byte)
#define malloc json_cjson_allocate
#define realloc json_cjson_resize
#define free json_cjson_release
#define strtod json_cjson_strtod
#define sprintf(...) (-1)
#define sscanf(...) (0)

#endif
