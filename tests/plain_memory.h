/* Memory of the C library, for programs of the tests: the sanitizers see each block. */
#ifndef PERLY_TESTS_PLAIN_MEMORY_H
#define PERLY_TESTS_PLAIN_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

static inline void *plain_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

#endif
