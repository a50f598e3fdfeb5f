/*
 * Files that must be whole and there after a power cut. `errno` tells what went wrong.
 */
#ifndef PERLY_HOST_NATIVE_FILES_H
#define PERLY_HOST_NATIVE_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { NATIVE_PATH_MAX = 4096 };

/*
 * Makes the file with these bytes, for its owner only: all of it, or none. Where there is one already it is
 * left as it is, with EEXIST.
 */
bool native_file_make(const char *path, const char *bytes, size_t length);

/* Brings a file and its name to the disk. */
bool native_file_sync(const char *path);

#endif
