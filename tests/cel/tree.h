/* The parser's tree as text, in the form of cel-go's debug printer, so that it can be compared with it. */
#ifndef PERLY_TESTS_CEL_TREE_H
#define PERLY_TESTS_CEL_TREE_H

#include "base/buffer.h"

/* The tree of `source`, without white space; '!' and the first mistake when there is one. */
void tree_print(Buffer *answer, Slice source);

#endif
