/*
 * Types as the checker knows them. A type is an immutable tree; the plain ones are shared constants, so two
 * of them are the same when their addresses are. `dyn` agrees with everything: what is not known is checked
 * when the expression runs.
 */
#ifndef PERLY_CEL_TYPE_H
#define PERLY_CEL_TYPE_H

#include "base/buffer.h"
#include "cel/value.h"

typedef enum CelTypeKind {
    CEL_TYPE_DYN,
    CEL_TYPE_NULL,
    CEL_TYPE_BOOL,
    CEL_TYPE_INT,
    CEL_TYPE_UINT,
    CEL_TYPE_DOUBLE,
    CEL_TYPE_STRING,
    CEL_TYPE_BYTES,
    CEL_TYPE_TIMESTAMP,
    CEL_TYPE_DURATION,
    CEL_TYPE_NUMBER, /* a parameter that takes int, uint and double; never the type of an expression */
    CEL_TYPE_PLAIN_COUNT,
    CEL_TYPE_LIST = CEL_TYPE_PLAIN_COUNT, /* parameters[0] */
    CEL_TYPE_MAP,                         /* parameters[0] keys, [1] values */
    CEL_TYPE_TYPE,                        /* the type of a type; parameters[0] */
    CEL_TYPE_ABSTRACT, /* `name` and parameters: optional_type(T), and what a host declares */
    CEL_TYPE_OBJECT,   /* a row: `schema` */
    CEL_TYPE_PARAMETER /* T in a signature: `name` */
} CelTypeKind;

typedef struct CelType CelType;
struct CelType {
    CelTypeKind kind;
    uint32_t count;
    const CelType *const *parameters;
    Slice name;
    const RowSchema *schema;
    uint32_t variable; /* a parameter that the checker has made: its number, from 1 */
};

/* One of the kinds before CEL_TYPE_PLAIN_COUNT: a shared constant. */
const CelType *cel_type_plain(CelTypeKind kind);

/* NULL when there is no memory, here and below. */
const CelType *cel_type_list(Arena *arena, const CelType *element);
const CelType *cel_type_map(Arena *arena, const CelType *key, const CelType *value);
const CelType *cel_type_object(Arena *arena, Slice name, const RowSchema *schema);
const CelType *cel_type_make(Arena *arena, CelTypeKind kind, Slice name, const CelType *const *parameters,
                             uint32_t count);

/* The type of a column's values: a text column is a string, a list column a list(string). */
const CelType *cel_type_of_column(RowType type);

/*
 * Reads "int", "list(string)", "map(string, dyn)", "optional_type(int)", "set(T)" (any other name with
 * parameters is abstract, a single capital letter a parameter). ERROR_CEL_TYPE.
 */
Error cel_type_parse(Arena *arena, Slice text, const CelType **type);

/* The text that cel_type_parse reads; an object prints its name. */
void cel_type_print(Buffer *buffer, const CelType *type);

#endif
