/*
 * What the files of the regular expression engine share. A pattern goes from regex_parse.c (syntax) through
 * regex_class.c (sets of code points) and regex_program.c (instructions) to a Regex; regex_analyse.c and
 * regex_table.c look for what makes searches fast; regex_search.c and regex_match.c search. The part before
 * the Regex is in regex_build.h.
 */
#ifndef PERLY_CEL_REGEX_INTERNAL_H
#define PERLY_CEL_REGEX_INTERNAL_H

#include "cel/regex.h"

enum {
    RUNE_MAX = 0x10FFFF,
    /*
     * RE2 lets a set that holds all of U+0080..U+10FFFF match overlong forms and values above U+10FFFF too.
     * Such a sequence is decoded as this value, and such a set is stored with this upper end.
     */
    RUNE_LENIENT = 0x110000,
    RUNE_INVALID = 0x110001, /* a byte that begins no sequence: in no set */
    LITERAL_BYTES_MAX = 32
};

/* Conditions at a position between two bytes. */
enum {
    AT_LINE_BEGIN = 1,
    AT_LINE_END = 2,
    AT_TEXT_BEGIN = 4,
    AT_TEXT_END = 8,
    AT_WORD_EDGE = 16,
    AT_NO_WORD_EDGE = 32
};

typedef enum RegexOp {
    OP_MATCH, /* always the last instruction */
    /* These take one byte, or the first of several. */
    OP_RUNE,  /* x: code point */
    OP_CLASS, /* x: index of a class */
    OP_BYTE,  /* \C */
    OP_WAIT,  /* a byte after the first, already looked at; goes to x */
    /* These take none. */
    OP_JUMP,      /* to x */
    OP_FORK_NEXT, /* the next instruction, then x */
    OP_FORK_JUMP, /* x, then the next instruction */
    OP_CAPTURE,   /* x: slot */
    OP_CONDITION  /* x: AT_... that must hold */
} RegexOp;

/*
 * A program is a list of instructions; each goes to the next one unless it says otherwise. A RUNE or CLASS
 * that can take a sequence of several bytes is followed by `waits` WAITs: it looks at the whole sequence at
 * its first byte, then goes to the WAIT from which on the remaining bytes are passed over. So every thread
 * takes exactly one byte at a time, and threads that arrive at different widths stay in order of priority.
 * While a program is built, x of WAIT, JUMP and FORK_... is relative, so that code can be moved and copied;
 * in a finished one it is the index.
 */
typedef struct RegexInst {
    uint16_t op;
    uint16_t waits;
    int32_t x;
} RegexInst;

typedef struct RuneRange {
    uint32_t low;
    uint32_t high; /* inclusive */
} RuneRange;

typedef struct RegexClass {
    uint32_t ascii[4];       /* bit n: code point n is in it */
    uint32_t count;          /* of the ranges from U+0080 on */
    const RuneRange *ranges; /* sorted; never NULL */
} RegexClass;

/* The answer to "is there a match", one look-up a character (regex_table.c). A state is the index of its row.
 */
typedef struct RegexTable {
    const uint16_t *next; /* [state + column]: a state, TABLE_MATCH or TABLE_DEAD */
    uint16_t begin[6];    /* the first state, by regex_begin_index */
    uint8_t column_of[128];
    uint8_t columns;
    bool ascii_only; /* does not know what to do with a byte above 0x7F */
} RegexTable;

enum {
    TABLE_MATCH = 0xFFFF,
    TABLE_DEAD = 0xFFFE,
    TABLE_STATES_MAX = 250,
    TABLE_COLUMNS_BEHIND = 3 /* after those of ASCII: above U+007F, invalid bytes, the end */
};

typedef struct RegexName {
    const struct RegexName *next;
    Slice name;
    uint32_t index;
} RegexName;

struct Regex {
    const RegexInst *program;
    const RegexClass *classes;
    const RegexName *names;
    const RegexTable *table; /* NULL: none */
    uint32_t instructions;
    uint32_t class_count;
    uint32_t groups;
    uint32_t forks;      /* instructions that put one aside: the depth of a search's stack */
    uint32_t conditions; /* all AT_... that occur */
    bool anchored;       /* matches at the text's beginning only */
    bool has_byte;       /* has a \C */
    bool has_first;      /* every match that is not at the text's beginning begins with a byte of `first` */
    bool literal_only;   /* `literal` is the whole pattern */
    uint32_t first[8];
    uint32_t literal_length;
    char literal[LITERAL_BYTES_MAX]; /* every match begins with it */
};

static inline bool regex_bit(const uint32_t *bits, uint32_t index)
{
    return (bits[index >> 5] >> (index & 31U) & 1U) != 0;
}

static inline void regex_bit_set(uint32_t *bits, uint32_t index)
{
    bits[index >> 5] |= 1U << (index & 31U);
}

/* regex_decode.c: the code point at `from` (or RUNE_LENIENT, RUNE_INVALID), `left` > 0, and its length. */
uint32_t regex_decode(const uint8_t *from, size_t left, uint32_t *bytes);
bool regex_class_has(const RegexClass *set, uint32_t rune);
bool regex_is_word(uint32_t byte);

/*
 * What a byte means for the conditions behind it: AT_TEXT_BEGIN, AT_LINE_BEGIN, and AT_WORD_EDGE for a letter
 * of a word. -1: there is none.
 */
uint32_t regex_before(int byte);

/* The conditions that hold between regex_before of one byte and the next byte, -1 at the end. */
uint32_t regex_between(uint32_t before, int after);

/* The four values of regex_before as a small index. */
static inline uint32_t regex_begin_index(uint32_t before)
{
    return (before & 7U) | before >> 3;
}

/* regex_analyse.c: literal prefix, first bytes, anchors. False: no memory. */
bool regex_analyse(Regex *regex, Arena *scratch);

/*
 * Marks in `seen` all that `id` leads to without taking a byte where the conditions `holds` are true. `stack`
 * has room for regex->forks + 1.
 */
void regex_reach(const Regex *regex, uint32_t id, uint32_t holds, uint32_t *seen, uint32_t *stack);

/* regex_table.c: sets regex->table, or leaves it NULL when it would be large. False: no memory. */
bool regex_table_build(Regex *regex, Arena *arena, uint32_t states_max);

/* regex_match.c: as regex_search, without its short cuts. */
RegexResult regex_match(const Regex *regex, Arena *scratch, Slice text, size_t from, Slice *groups,
                        size_t group_count, uint64_t *steps);

/* A slot that no group has written. */
#define REGEX_UNSET UINT32_MAX

/* regex_search.c: slots, two a group, to slices. */
void regex_set_groups(Slice text, const uint32_t *slots, uint32_t slot_count, Slice *groups,
                      size_t group_count);

#endif
