/* Text to tree. Parsing never fails: what cannot be read becomes an ERROR node and an issue. */
#ifndef PERLY_CEL_PARSER_H
#define PERLY_CEL_PARSER_H

#include "cel/internal.h"

typedef struct CelParser {
    CelContext *context;
    CelToken token; /* the one looked at */
    unsigned depth; /* of nested expressions */
    uint32_t last_issue;
} CelParser;

CelNode *cel_parse(CelContext *context);

/* literal.c: the value of a number's token; false when it is out of range. `negative`: a '-' stands before
 * it. */
bool cel_literal_number(CelTokenKind kind, Slice text, bool negative, CelValue *value);

/*
 * Turns the call `name` on `target` (or NULL) with the linked `arguments` into a loop, a bind or a test, when
 * it is a macro; NULL when it is not. A macro with bad arguments is an issue and an ERROR node.
 */
CelNode *cel_expand_macro(CelContext *context, Slice name, CelNode *target, CelNode *arguments,
                          uint32_t offset);

#endif
