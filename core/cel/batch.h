/*
 * Inside core/cel: a block of rows, and an instruction for all of them at once. batch.c says what becomes of
 * a block, batch_ops.c what an instruction does to its columns.
 */
#ifndef PERLY_CEL_BATCH_H
#define PERLY_CEL_BATCH_H

#include "cel/internal.h"
#include "cel/program.h"

enum { BLOCK_ROWS = CEL_BLOCK_ROWS };

/* Rows of a block, a bit each. */
typedef uint64_t RowSet;

/* A constant, variable or register of the frame. CEL_NULL: of a kind that is not kept here. */
typedef struct Column {
    union {
        int64_t integers[BLOCK_ROWS]; /* ints; milliseconds of times, which have no part of one */
        double numbers[BLOCK_ROWS];
        uint32_t places[BLOCK_ROWS][2]; /* text and text lists: offset from `heap`, bytes */
    } as;
    RowSet bools;
    RowSet rows; /* those that have a value */
    const char *heap;
    CelKind kind;
} Column;

struct CelBlock {
    CelEvaluation *evaluation;
    const CelInstruction *code; /* the program's */
    RowSet *waiting;            /* one set an instruction */
    Column *columns;            /* one each of the frame */
    CelValue *results;
    RowView first; /* the block's first row */
    size_t row_stride;
    uint32_t view;  /* of the rows */
    uint32_t count; /* of the block's rows */
    RowSet alive;   /* neither finished nor left */
    RowSet left;
    RowSet charged;  /* rows that have a cost */
    uint64_t *costs; /* of those */
};

typedef struct CelBlock Block;

/* The rows of a set, one after another. */
#define EACH_ROW(set)                                                                                        \
    for (RowSet rest_ = (set), row = 0; rest_ != 0 && (row = (RowSet)__builtin_ctzll(rest_), true);          \
         rest_ &= rest_ - 1)

/*
 * One instruction of the batch form for the rows of `set`, whose operands have values: `base` is what batch.c
 * takes it for. The rows for which it was done; the others cannot stay in the block.
 */
RowSet cel_batch_do(Block *block, const CelInstruction *code, CelOpcode base, RowSet set);

#endif
