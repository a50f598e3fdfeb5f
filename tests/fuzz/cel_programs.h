/*
 * Random well-typed programs of the expression language, made of functions.def: any overload of the table may
 * stand wherever a value of its result's type is wanted, its arguments are made the same way, and so are the
 * bodies of macros, which use the variables around them.
 */
#ifndef PERLY_TESTS_FUZZ_CEL_PROGRAMS_H
#define PERLY_TESTS_FUZZ_CEL_PROGRAMS_H

#include "base/buffer.h"

enum { CEL_LETTERS_MAX = 48, CEL_NO_OVERLOAD = UINT32_MAX };

typedef struct CelRandomProgram {
    Slice text;
    char type[CEL_LETTERS_MAX]; /* of its result, in the letters of functions.def */
    uint32_t root;              /* the overload that gives the result, or CEL_NO_OVERLOAD */
} CelRandomProgram;

/*
 * Reads bytes as a recipe: the same bytes, the same program; when they end, what is still open is closed in
 * the shortest way. Variables: `account` and `rows` of columns name (text), arr (double), n (int), at (time),
 * tags (list), b (bool); `now`. False when the text would be too long.
 */
bool cel_program_write(Arena *arena, const uint8_t *data, size_t size, CelRandomProgram *program);

/*
 * Writes the program and evaluates it for three rows: twice, and as it is compiled without the checker's
 * knowledge of types. Asserts that all give the same, and that it is a value of the type, unknown or an
 * error. True when some row gave a value; `*root` as above.
 */
bool cel_program_agrees(const uint8_t *data, size_t size, uint32_t *root);

#endif
