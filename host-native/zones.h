/* The file of time zones, perly_zones.bin, which is part of the program (CMakeLists.txt writes it as C). */
#ifndef PERLY_NATIVE_ZONES_H
#define PERLY_NATIVE_ZONES_H

#include <stddef.h>

const char *native_zones(void);
size_t native_zones_length(void);

#endif
