/*
 * Values of the expression language: 16 bytes, a kind and a union. Integers are exact, text is a slice of
 * somebody else's bytes, error and unknown are values like any other, since `&&`, `||` and `?:` absorb them.
 *
 * Whoever makes a value owns what it points to; a result of an evaluation lives until its scratch arena is
 * reset, or as long as the rows and the program that it may point into, whichever ends first.
 */
#ifndef PERLY_CEL_VALUE_H
#define PERLY_CEL_VALUE_H

#include "base/buffer.h"
#include "row/row.h"

/* In this order: the first two are not data, and `kind <= CEL_ERROR` asks for both at once. */
typedef enum CelKind {
    CEL_UNKNOWN,
    CEL_ERROR,
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_LIST,
    CEL_MAP,
    CEL_TYPE,
    CEL_OPTIONAL,
    CEL_OBJECT,
    CEL_KIND_COUNT
} CelKind;

/* What went wrong, for programs; the message is for people. */
typedef enum CelErrorKind {
    CEL_ERROR_OTHER,
    CEL_ERROR_SYNTAX,
    CEL_ERROR_OVERLOAD,
    CEL_ERROR_OVERFLOW,
    CEL_ERROR_DIVISION,
    CEL_ERROR_KEY,
    CEL_ERROR_INDEX,
    CEL_ERROR_CONVERSION,
    CEL_ERROR_RANGE,
    CEL_ERROR_UNDECLARED,
    CEL_ERROR_ARGUMENT,
    CEL_ERROR_LIMIT,
    CEL_ERROR_KIND_COUNT
} CelErrorKind;

/* How the elements of a list are kept. */
typedef enum CelListForm {
    CEL_LIST_ITEMS, /* an array of values */
    CEL_LIST_TEXT,  /* a ROW_LIST column in place: text joined by ';', `length` in bytes */
    CEL_LIST_ROWS   /* rows of a batch in place: each element is an object */
} CelListForm;

typedef struct CelValue CelValue;
typedef struct CelMap CelMap;

/* A range of rows of one batch, for lists of objects and for single rows. Outlives the values made of it. */
typedef struct CelRows {
    const RowBatch *batch;
    const RowSchema *schema;
    uint32_t first;
    uint32_t count;
} CelRows;

struct CelValue {
    uint8_t kind;    /* CelKind */
    uint8_t form;    /* of a list: CelListForm */
    uint16_t code;   /* of an error: CelErrorKind; of an unknown: slot of the variable, or CEL_NO_SLOT */
    uint32_t length; /* text: bytes; list: elements (see CelListForm); times: nanoseconds below the
                        millisecond; object: row; error: offset in the source; unknown: column */
    union {
        bool boolean;
        int64_t integer; /* also whole milliseconds of times, floored */
        uint64_t uinteger;
        double number;
        const char *text; /* string, bytes, name of a type, NUL-terminated message of an error */
        const CelValue *items;
        const CelMap *map;
        const CelRows *rows;
    } as; /* of an optional: `items`, NULL for none */
};

/* Insertion order is kept. `index` is NULL for a few entries, else an open hash table of entry number + 1. */
struct CelMap {
    CelValue *entries; /* key, value, key, value... */
    uint32_t *index;
    uint32_t count;
    uint32_t capacity;
    uint32_t index_mask;
};

#define CEL_NO_SLOT UINT16_C(0xFFFF)
#define CEL_NO_OFFSET UINT32_C(0xFFFFFFFF)
/* Largest count of whole milliseconds of a duration: 2^63 nanoseconds, 292 years, as in cel-go. */
#define CEL_DURATION_MS_MAX INT64_C(9223372036854)

static inline CelValue cel_null(void)
{
    return (CelValue){.kind = CEL_NULL};
}

static inline CelValue cel_bool(bool value)
{
    return (CelValue){.kind = CEL_BOOL, .as.integer = value};
}

static inline CelValue cel_int(int64_t value)
{
    return (CelValue){.kind = CEL_INT, .as.integer = value};
}

static inline CelValue cel_uint(uint64_t value)
{
    return (CelValue){.kind = CEL_UINT, .as.uinteger = value};
}

static inline CelValue cel_double(double value)
{
    return (CelValue){.kind = CEL_DOUBLE, .as.number = value};
}

/* The bytes must be UTF-8 of less than 4 GiB and stay while the value is used. */
static inline CelValue cel_string(Slice text)
{
    return (CelValue){.kind = CEL_STRING, .length = (uint32_t)text.length, .as.text = text.data};
}

static inline CelValue cel_bytes(Slice bytes)
{
    return (CelValue){.kind = CEL_BYTES, .length = (uint32_t)bytes.length, .as.text = bytes.data};
}

/* `nanos` 0..999,999: what is left below the millisecond. */
static inline CelValue cel_timestamp(int64_t ms, uint32_t nanos)
{
    return (CelValue){.kind = CEL_TIMESTAMP, .length = nanos, .as.integer = ms};
}

/* Negative durations are floored to the millisecond, so `nanos` is never negative. */
static inline CelValue cel_duration(int64_t ms, uint32_t nanos)
{
    return (CelValue){.kind = CEL_DURATION, .length = nanos, .as.integer = ms};
}

static inline CelValue cel_list(const CelValue *items, uint32_t count)
{
    return (CelValue){.kind = CEL_LIST, .form = CEL_LIST_ITEMS, .length = count, .as.items = items};
}

/* The rows first..first+count of the batch, as a list of objects. */
static inline CelValue cel_rows(const CelRows *rows)
{
    return (CelValue){.kind = CEL_LIST, .form = CEL_LIST_ROWS, .length = rows->count, .as.rows = rows};
}

/* `row` counts from the batch's start, not from rows->first. */
static inline CelValue cel_object(const CelRows *rows, uint32_t row)
{
    return (CelValue){.kind = CEL_OBJECT, .length = row, .as.rows = rows};
}

static inline CelValue cel_map(const CelMap *map)
{
    return (CelValue){.kind = CEL_MAP, .as.map = map};
}

static inline CelValue cel_type_value(Slice name)
{
    return (CelValue){.kind = CEL_TYPE, .length = (uint32_t)name.length, .as.text = name.data};
}

/* A value that the host does not know, such as a signal past its max_age. */
static inline CelValue cel_unknown(void)
{
    return (CelValue){.kind = CEL_UNKNOWN, .code = CEL_NO_SLOT};
}

/* `message` is a literal, or lives as long as the value. */
CelValue cel_error(CelErrorKind kind, const char *message);

/* Text of a string, bytes or the name of a type. */
static inline Slice cel_text(CelValue value)
{
    return (Slice){value.as.text, value.length};
}

static inline bool cel_is_true(CelValue value)
{
    return value.kind == CEL_BOOL && value.as.integer != 0;
}

/* "overload", "division"...: stable. A literal. */
Slice cel_error_kind_name(CelErrorKind kind);

/* The name of the value's type as `type(x)` has it: "int", "list", "google.protobuf.Timestamp". */
Slice cel_kind_name(CelKind kind);

/*
 * CEL's order of two values. False when they have none (different kinds, lists, NaN is ordered but `*order`
 * is then CEL_UNORDERED).
 */
enum { CEL_LESS = 1, CEL_SAME = 2, CEL_GREATER = 4, CEL_UNORDERED = 8 };
bool cel_compare(const CelValue *a, const CelValue *b, unsigned *order);

/* Elements of a list, whatever its form; counting a text list costs a pass over its bytes. */
uint32_t cel_list_count(const CelValue *list);

/*
 * The elements of a list as an array: its own, or one made in `arena`. NULL when there is no memory (and for
 * an empty list possibly a pointer that must not be read: look at `*count`).
 */
const CelValue *cel_items(Arena *arena, const CelValue *list, uint32_t *count);

static inline const CelValue *cel_list_items(Arena *arena, CelValue list, uint32_t *count)
{
    return cel_items(arena, &list, count);
}

/* An empty map with room for `capacity` entries; NULL when there is no memory. */
CelMap *cel_map_create(Arena *arena, uint32_t capacity);

typedef enum CelMapResult {
    CEL_MAP_OK,
    CEL_MAP_REPEATED,
    CEL_MAP_BAD_KEY,
    CEL_MAP_NO_MEMORY,
    CEL_MAP_NO_COST /* of an evaluation only */
} CelMapResult;

/* Adds an entry. Keys are bool, int, uint or string; 1 and 1u are the same key. */
CelMapResult cel_map_add(Arena *arena, CelMap *map, const CelValue *key, const CelValue *value);

/*
 * Appends a value as string(x) and "%s" have it: a duration in seconds with an `s`, a timestamp as RFC 3339,
 * lists and maps in brackets, unknown as "-". Give the buffer a limit: a value may be longer as text than all
 * memory.
 */
void cel_value_print(Buffer *text, CelValue value);

/* One column of a row as a value: unknown when it is absent or null. */
CelValue cel_column(RowView row, RowType type, uint32_t column);

#endif
