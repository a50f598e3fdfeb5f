/*
 * cJSON's hooks take no context, so the arena of the parse in progress is a static variable: the only one of
 * the core, and the reason why one thread runs all cores of a process.
 */
#ifndef PERLY_JSON_CJSON_MEMORY_H
#define PERLY_JSON_CJSON_MEMORY_H

#include "base/arena.h"

/* Until the matching leave, cJSON allocates from `arena`. Not nested. */
void json_memory_enter(Arena *arena);
void json_memory_leave(void);

/* What cJSON is compiled with in place of libc's functions. Memory is released with its arena. */
void *json_cjson_allocate(size_t bytes);
void json_cjson_release(void *block);

/* cJSON grows blocks only to print: NULL. */
void *json_cjson_resize(void *block, size_t bytes);

/* The NUL-terminated text is a number (the strict pass has seen to that); `*end` is behind it. */
double json_cjson_strtod(const char *text, char **end);

#endif
