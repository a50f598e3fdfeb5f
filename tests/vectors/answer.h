/*
 * Vectors: cases in JSON that the native, Emscripten and wasi builds must answer identically. A case is
 * {"op": name, "args": [texts], "result": text}; the driver (vectors.test.mjs) sends each one to every build
 * and compares the answers with the expectation and with each other.
 *
 * On the wire a case is: uint32 count, then `count` texts (the op first), each a uint32 length and its bytes.
 * An answer is text; an error answers "error CODE: message".
 */
#ifndef PERLY_TESTS_VECTORS_ANSWER_H
#define PERLY_TESTS_VECTORS_ANSWER_H

#include "base/buffer.h"

/* Appends the answer to one encoded case. An op that is not known answers "unknown op". */
void vectors_answer(Slice encoded, Buffer *answer);

#endif
