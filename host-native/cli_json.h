/*
 * The little JSON that a command line needs: reading members of the core's events, in place, and writing
 * strings. The core's own JSON is not for hosts, and its memory is the core's.
 */
#ifndef PERLY_HOST_NATIVE_CLI_JSON_H
#define PERLY_HOST_NATIVE_CLI_JSON_H

#include "buffer.h"

/*
 * The text of a member's value (a string with its quotes), or empty when there is none or the text is no
 * object. Keys with escapes are not found; the core writes none.
 */
NativeText cli_json_get(NativeText object, const char *key);

/* The elements of an array one after another: *at is 0 at first. False at the end. */
bool cli_json_next(NativeText array, size_t *at, NativeText *item);

/* Appends a string's characters; of any other value its text. */
void cli_json_plain(NativeBuffer *out, NativeText value);

bool cli_json_is(NativeText value, const char *word); /* "word" as a string, or true, false, null */
double cli_json_double(NativeText value, double otherwise);

/* Appends a string with quotes and escapes. */
void cli_json_string(NativeBuffer *json, NativeText text);

unsigned long cli_json_number(const char *text); /* digits; 0 for anything else */

#endif
