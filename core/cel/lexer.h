/* Text to tokens, one at a time. A token is a place in the source; literals are decoded by the parser. */
#ifndef PERLY_CEL_LEXER_H
#define PERLY_CEL_LEXER_H

#include "base/buffer.h"

typedef enum CelTokenKind {
    TOKEN_END,
    TOKEN_BAD, /* `problem` says why */
    TOKEN_IDENT,
    TOKEN_QUOTED_IDENT, /* `a-b` in back quotes */
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_BYTES,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_IN,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_NOT,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE
} CelTokenKind;

typedef struct CelToken {
    CelTokenKind kind;
    uint32_t start;
    uint32_t length;
    const char *problem; /* a literal */
} CelToken;

/* The token at or after `at`, behind white space and comments. */
CelToken cel_token(Slice source, uint32_t at);

/*
 * The value of a STRING or BYTES token: quotes off, escapes decoded; a slice of the source when there are
 * none. NULL, or a literal that says what is wrong.
 */
const char *cel_token_text(Arena *arena, Slice source, const CelToken *token, Slice *text);

/* Words that may not be identifiers, though fields and methods may have such names. */
bool cel_is_reserved(Slice word);

#endif
