/*
 * What a person sees of each event: a line with {members} in it, or a row of a table whose heading is printed
 * when it begins. What has no view is for machines. cli_view.c prints them.
 */
#ifndef PERLY_CLI_VIEWS_H
#define PERLY_CLI_VIEWS_H

#include "buffer.h"

/* How a member is shown. */
typedef enum Form {
    AS_TEXT,
    AS_COUNT,    /* 12,345 */
    AS_NUMBER,   /* at most one decimal */
    AS_PERCENT,  /* a part of 1: 34 % */
    AS_POINTS,   /* thousandths of a point: +1.3 */
    AS_EXACT,    /* the same, which sum: +1.250 */
    AS_CHANGE,   /* +3, -12 */
    AS_DURATION, /* milliseconds: 840 ms, 12.3 s, 4 min */
    AS_LEVEL,    /* coloured by risk */
    AS_MARK,     /* true: ok, false: act */
    AS_ANSWER,   /* yes: ok; no: missing, or what Perly does without; unknown */
    AS_LIST,     /* texts of an array, joined by "; " */
    AS_WHY,      /* the same, behind the event's "standing" where it has one */
    AS_STANDING, /* that alone, in commas: ", still High until 55" */
    AS_TIME,     /* 2026-11-23 08:00 UTC */
    AS_WORDS     /* can_read_Account: can read Account */
} Form;

typedef struct Column {
    const char *key;
    const char *title;
    int width; /* below 0: to the right; 0: the rest of the line */
    Form form;
} Column;

enum { COLUMNS_MAX = 10 };

typedef struct View {
    const char *event;
    const char *line;            /* NULL: a table */
    Column columns[COLUMNS_MAX]; /* ends with a key of NULL; of a line: forms of its members */
} View;

/* Of this event (a JSON object with the member "event"); NULL: it has none. */
const View *cli_find_view(NativeText event);

#endif
