/* A time as SQLite stores it: "2026-11-23T08:00:00.000Z", always 24 bytes, in the order of time. */
#ifndef PERLY_HOST_NATIVE_TIME_TEXT_H
#define PERLY_HOST_NATIVE_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NATIVE_TIME_BYTES = 24 };

/* `ms` since 1970, UTC. False outside of the years 0001 to 9999. */
bool native_time_print(int64_t ms, char text[NATIVE_TIME_BYTES]);

/* Prints times one after the other into the same place; the date stays while the day does. */
typedef struct NativeTimePrinter {
    int64_t day_ms; /* the day whose date stands in `text` */
    int64_t ms;     /* the time that stands there */
    char text[NATIVE_TIME_BYTES];
} NativeTimePrinter;

void native_time_printer_init(NativeTimePrinter *printer);

/* As native_time_print, into printer->text. */
bool native_time_print_next(NativeTimePrinter *printer, int64_t ms);

/* Reads exactly that form; false for anything else. */
bool native_time_parse(const char *text, size_t length, int64_t *ms);

#endif
