/*
 * The conformance suite's questions to the engine, answered alike by the native and the wasm builds. On the
 * wire a case is as in tests/vectors/answer.h: uint32 count, then texts, each a uint32 length and its bytes.
 *
 *     eval EXPRESSION CONTAINER CHECKING [var NAME TYPE VALUE | fn NAME STYLE RESULT COUNT PARAMETER...]...
 *     type (the same)      the type alone
 *     tree EXPRESSION      the tree, as cel-go's debug printer has it
 *     hostile NUMBER       name, wanted and got of a row of hostile.def, a line each; nothing behind the last
 *
 * CHECKING is standard, none or admin. A value is one letter and what follows: n null, b0 b1 bool, i u
 * decimal, d 16 hexadecimal digits of the bits, s y a length, ':' and bytes, t the same for the name of a
 * type, l m a count, ':' and elements (keys and values), T D nanoseconds (decimal, a timestamp as seconds '.'
 * nanoseconds), o0 o1 an optional, x unknown, - a variable that is declared but not bound.
 *
 * Answers: the type, a newline, and the value in the same letters; '!' kind ' ' message is an error.
 */
#ifndef PERLY_TESTS_CEL_ANSWER_H
#define PERLY_TESTS_CEL_ANSWER_H

#include "base/buffer.h"

/* `zone_file` may be empty. */
void cel_answer(Slice encoded, Slice zone_file, Buffer *answer);

#endif
