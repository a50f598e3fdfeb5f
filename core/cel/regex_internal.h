/*
 * What the files of the regular expression engine share. A pattern goes from regex_parse.c (syntax) through
 * regex_class.c (sets of code points) and regex_program.c (instructions) to a Regex; regex_analyse.c and
 * regex_table.c look for what makes searches fast; regex_match.c searches.
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
    OP_MATCH,
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
    OP_CONDITION  /* x: AT_... that all must hold */
} RegexOp;

/*
 * A program is a list of instructions; each goes to the next one unless it says otherwise. A RUNE or CLASS
 * that can take a sequence of several bytes is followed by `waits` WAITs: it looks at the whole sequence at
 * its first byte, then goes to the WAIT from which on the remaining bytes are passed over. So every thread
 * takes exactly one byte at a time, and threads that arrive at different widths stay in order of priority.
 * While a program is built, x of JUMP, FORK_... and WAIT is relative, so that code can be moved and
 * copied; in a finished one it is the index.
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
    uint32_t ascii[4]; /* bit n: code point n is in it */
    uint32_t first;    /* the ranges from U+0080 on, sorted, in Regex.ranges */
    uint32_t count;
} RegexClass;

/* The answer to "is there a match", one look-up a character (regex_table.c). */
typedef struct RegexTable {
    const uint8_t *next; /* [state * columns + column]: a state, TABLE_MATCH or TABLE_DEAD */
    uint8_t column_of[128];
    uint8_t begin[4]; /* the first state, by what stands before it */
    uint8_t columns;
    bool ascii_only; /* does not know what to do with a byte above 0x7F */
} RegexTable;

enum { TABLE_MATCH = 255, TABLE_DEAD = 254, TABLE_STATES_MAX = 250 };

struct Regex {
    const RegexInst *program;
    const RegexClass *classes;
    const RuneRange *ranges;
    const Slice *names;      /* of groups 1.., `groups` of them */
    const RegexTable *table; /* NULL: none */
    uint32_t instructions;
    uint32_t class_count;
    uint32_t groups;
    uint32_t forks;      /* instructions that put one aside: the depth of the search's stack */
    uint32_t conditions; /* all AT_... that occur */
    bool anchored;       /* matches at the text's beginning only */
    bool has_byte;       /* has a \C */
    bool has_first;      /* every match begins with a byte of `first` */
    bool literal_only;   /* `literal` is the whole pattern, but for the two anchors */
    bool literal_begin;  /* \A before it */
    bool literal_end;    /* \z after it */
    uint8_t literal_length;
    char literal[LITERAL_BYTES_MAX]; /* every match begins with it */
    uint32_t first[8];
};

static inline bool regex_bit(const uint32_t *bits, uint32_t index)
{
    return (bits[index >> 5] >> (index & 31U) & 1U) != 0;
}

static inline void regex_bit_set(uint32_t *bits, uint32_t index)
{
    bits[index >> 5] |= 1U << (index & 31U);
}

/* regex_class.c: a set of code points that is being built. */
typedef struct ClassBuilder {
    Arena *arena;
    RuneRange *ranges;
    uint32_t count;
    uint32_t capacity;
    uint32_t settled; /* how many class_settle left */
    bool failed;      /* no memory */
} ClassBuilder;

void class_init(ClassBuilder *builder, Arena *arena);
void class_clear(ClassBuilder *builder);
void class_add(ClassBuilder *builder, uint32_t low, uint32_t high);
/* To be called after each part of a long set: tidies now and then, so that memory stays bounded. */
void class_settle(ClassBuilder *builder);
/* Sorted, no two ranges touching. */
void class_tidy(ClassBuilder *builder);
/* Becomes its complement in U+0000..U+10FFFF; tidy afterwards. */
void class_negate(ClassBuilder *builder);
/* Adds all that differs from a member in case alone (simple folding); tidy afterwards. */
void class_fold(ClassBuilder *builder);
/* \d \s \w by their letter, or a POSIX class by name ("alpha"). False when there is none. */
bool class_add_named(ClassBuilder *builder, Slice name);

/* regex_unicode.c. "Lu", "L", "Any": the set of categories, 0 when there is none of that name. */
uint32_t unicode_category_mask(Slice name);
void unicode_add_category(ClassBuilder *builder, uint32_t mask);
bool unicode_in_category(uint32_t mask, uint32_t rune);
void unicode_add_folds(ClassBuilder *builder, uint32_t count);

/* regex_unicode_tables.c, generated: see toolchain/regex_unicode.py for the two formats. */
extern const uint8_t unicode_category_runs[];
extern const uint8_t unicode_fold_runs[];
extern const size_t unicode_fold_runs_bytes;

/* regex_program.c: instructions that are being built. */
typedef struct ProgramBuilder {
    Arena *arena;
    RegexInst *code;
    RegexClass *classes;
    RuneRange *ranges;
    uint32_t count;
    uint32_t capacity;
    uint32_t limit;
    uint32_t class_count;
    uint32_t class_capacity;
    uint32_t range_count;
    uint32_t range_capacity;
    bool too_large; /* the limit was reached; later calls do nothing */
    bool failed;    /* no memory; likewise */
} ProgramBuilder;

void program_init(ProgramBuilder *program, Arena *arena, uint32_t limit);
void program_emit(ProgramBuilder *program, RegexOp op, int32_t x);
void program_rune(ProgramBuilder *program, uint32_t rune);
/* `set` is tidy. */
void program_class(ProgramBuilder *program, const ClassBuilder *set);
/* What was emitted from `start` on becomes a first choice; the next is emitted after it. See program_join. */
void program_branch(ProgramBuilder *program, uint32_t start, uint32_t *jumps);
/* After the last branch: all choices go on from here. */
void program_join(ProgramBuilder *program, uint32_t jumps);
/* How often something is repeated: min to max times, max -1 without end. */
typedef struct Repeat {
    int32_t min;
    int32_t max;
    bool lazy;
} Repeat;

/* Repeats what was emitted from `start` on; `nullable` says that it can match nothing. */
void program_repeat(ProgramBuilder *program, uint32_t start, bool nullable, Repeat repeat);
void program_finish(ProgramBuilder *program, Regex *regex);

/* regex_analyse.c: literal prefix, first bytes, anchors. False: no memory. */
bool regex_analyse(Regex *regex, Arena *scratch);

/* regex_table.c: sets regex->table, or leaves it NULL when it would be large. False: no memory. */
bool regex_table_build(Regex *regex, Arena *arena, uint32_t states_max);
/* REGEX_LIMIT: the table cannot tell (a byte above 0x7F), or the steps were used up. */
RegexResult regex_table_search(const Regex *regex, Slice text, size_t from, uint64_t *steps);

/* regex_decode.c: the code point at `at` (or RUNE_LENIENT, RUNE_INVALID) and its length in bytes. */
uint32_t regex_decode(Slice text, size_t at, uint32_t *bytes);
bool regex_class_has(const Regex *regex, const RegexClass *set, uint32_t rune);
bool regex_is_word(uint32_t byte);

/* Room for one more element; doubles. NULL (and `*capacity` unchanged) without memory. */
void *regex_grow(Arena *arena, void *block, uint32_t count, uint32_t *capacity, size_t bytes, size_t align);

#endif
