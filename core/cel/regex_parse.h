/* The two halves of the parser: regex_parse.c (expressions) and regex_parse_class.c (escapes and classes). */
#ifndef PERLY_CEL_REGEX_PARSE_H
#define PERLY_CEL_REGEX_PARSE_H

#include "cel/regex_internal.h"

enum { FLAG_FOLD = 1, FLAG_LINES = 2, FLAG_DOT_NEWLINE = 4, FLAG_UNGREEDY = 8 };

/* A group that is open, or the whole pattern. */
typedef struct Group {
    uint32_t start;     /* its first instruction */
    uint32_t branch;    /* the first instruction of the alternative being read */
    uint32_t jumps;     /* from the ends of the alternatives before (program_branch) */
    uint32_t flags;     /* to restore at its end */
    uint32_t index;     /* of the capture, 0: none */
    uint32_t copies;    /* the most often that something in it is repeated */
    bool branch_filled; /* the alternative being read takes at least one character */
    bool nullable;      /* an alternative before can match nothing */
    size_t place;       /* of its parenthesis in the pattern */
} Group;

/* What a repetition applies to. */
typedef struct Atom {
    bool exists;
    uint32_t start;  /* its first instruction */
    uint32_t copies; /* product of the repetitions in it */
    bool nullable;   /* can match nothing */
} Atom;

typedef struct Parser {
    Arena *arena;
    Slice pattern; /* valid UTF-8 */
    size_t at;     /* what comes next in the pattern */
    uint32_t flags;
    ProgramBuilder program;
    ClassBuilder set;  /* the class being read */
    ClassBuilder part; /* of it */
    Group *groups;     /* [0] is the whole pattern */
    uint32_t depth;    /* index of the innermost open group */
    uint32_t group_capacity;
    uint32_t depth_limit;
    Slice *names;
    uint32_t captures;
    uint32_t name_capacity;
    Atom atom;
    Error error;
} Parser;

/* The byte `ahead` of the next one, or -1 behind the end. */
static inline int parser_peek(const Parser *parser, size_t ahead)
{
    return parser->pattern.length - parser->at > ahead ? (uint8_t)parser->pattern.data[parser->at + ahead]
                                                       : -1;
}

/* Sets the error "text: argument" at `start`, the argument being the pattern up to `end`; returns false. */
bool parser_fail(Parser *parser, Slice text, size_t start, size_t end);

/* Takes the next code point; false, and no error, at the end of the pattern. */
bool parser_rune(Parser *parser, uint32_t *rune);

/* At a backslash: a single code point. */
bool parser_escape(Parser *parser, uint32_t *rune);

/*
 * At a backslash: \d \D \s \S \w \W \p \P into `parser->set`; `*found` false, and nothing read, when it is
 * something else.
 */
bool parser_class_escape(Parser *parser, bool *found);

/* At '[': the class into `parser->set`, tidy. */
bool parser_class(Parser *parser);

#endif
