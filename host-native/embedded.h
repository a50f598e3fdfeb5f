/* Files that are part of the program (embed.cmake writes them as C). */
#ifndef PERLY_NATIVE_EMBEDDED_H
#define PERLY_NATIVE_EMBEDDED_H

#include <stddef.h>

/* perly_zones.bin: the time zones. */
const char *native_zones(void);
size_t native_zones_length(void);

/* perly-config.schema.json: the JSON Schema of a configuration. */
const char *native_schema(void);
size_t native_schema_length(void);

#endif
