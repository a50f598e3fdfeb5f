/*
 * A regular expression while it is compiled. Failure is remembered in the builder, the first one counts, and
 * it moves `at` to the end of the pattern: so every loop ends, and no function but the caller needs to ask.
 */
#ifndef PERLY_CEL_REGEX_BUILD_H
#define PERLY_CEL_REGEX_BUILD_H

#include "cel/regex_internal.h"

enum { FLAG_FOLD = 1, FLAG_LINES = 2, FLAG_DOT_NEWLINE = 4, FLAG_UNGREEDY = 8 };

/* A set of code points. */
typedef struct RuneSet {
    RuneRange *ranges;
    uint32_t count;
    uint32_t capacity;
    uint32_t settled; /* how many there were when they were last put in order */
} RuneSet;

/* A group that is open, or the whole pattern. */
typedef struct RegexGroup {
    struct RegexGroup *outer;
    const uint8_t *place; /* its parenthesis */
    uint32_t start;       /* its first instruction */
    uint32_t branch;      /* the first instruction of the alternative being read */
    uint32_t jumps;       /* from the ends of the alternatives before (program_branch) */
    uint32_t flags;       /* to restore at its end */
    uint32_t index;       /* of the capture, 0: none */
    uint32_t copies;      /* the most often that something in it is repeated */
    bool branch_filled;   /* the alternative being read takes at least one character */
    bool nullable;        /* an alternative before can match nothing */
} RegexGroup;

/* What a repetition would apply to. */
typedef struct RegexAtom {
    uint32_t start;  /* its first instruction */
    uint32_t copies; /* product of the repetitions in it */
    bool exists;
    bool nullable; /* can match nothing */
} RegexAtom;

/* How often: min to max times, max -1 without end. */
typedef struct RegexRepeat {
    int32_t min;
    int32_t max;
    bool lazy;
} RegexRepeat;

typedef struct RegexBuilder {
    Arena *arena;
    const uint8_t *pattern; /* valid UTF-8, our copy, with zeros behind it: a few bytes ahead can be read */
    const uint8_t *at;      /* what comes next */
    const uint8_t *end;
    uint32_t flags;
    uint32_t depth;
    uint32_t captures;
    RegexGroup *group; /* the innermost */
    RegexName *names;
    RegexAtom atom;
    RuneSet set;  /* the class being read */
    RuneSet part; /* of it */
    RegexInst *code;
    RegexClass *classes;
    uint32_t count;
    uint32_t capacity;
    uint32_t class_count;
    uint32_t class_capacity;
    uint32_t range_count; /* of all classes */
    RegexLimits limits;
    ErrorCode failure;
    const char *message;
    const uint8_t *from; /* the part of the pattern that the message quotes */
    const uint8_t *to;
    const uint8_t *place; /* the column */
} RegexBuilder;

/* ERROR_REGEX_SYNTAX, quoting the pattern from `from` to what comes next. */
void build_fail(RegexBuilder *build, const char *message, const uint8_t *from);
void build_fail_limit(RegexBuilder *build, const char *message);
void build_fail_memory(RegexBuilder *build);

/* Room for `count` + `more` elements; NULL and a failure without memory. */
void *build_grow(RegexBuilder *build, void *block, uint32_t count, uint32_t *capacity, uint32_t bytes);

/* The next code point; the pattern is not at its end. */
uint32_t build_rune(RegexBuilder *build);

/* regex_class.c */
void set_add(RegexBuilder *build, RuneSet *set, uint32_t low, uint32_t high);
/* Sorted, no two ranges touching. */
void set_tidy(RuneSet *set);
/* Becomes its complement in U+0000..U+10FFFF, tidy. */
void set_negate(RegexBuilder *build, RuneSet *set);
/* Adds what differs from a member in case alone (simple folding) if the flags say so; tidy afterwards. */
void set_fold(RegexBuilder *build, RuneSet *set);
bool set_has(const RuneSet *set, uint32_t rune);
/* \d \s \w by their letter, or a POSIX class by name ("alpha"). False when there is none. */
bool set_add_named(RegexBuilder *build, RuneSet *set, Slice name);

/* regex_unicode.c. "Lu", "L", "Any": the set of categories, 0 when there is none of that name. */
uint32_t unicode_category_mask(Slice name);

/* Ll Lm Lo Lt Lu Mc Mn Nd Nl Pc: what the name of a group is made of. */
enum { UNICODE_NAME_CATEGORIES = 0x177E0 };

void unicode_add_category(RegexBuilder *build, RuneSet *set, uint32_t mask);
/* Adds what one folding away from the members of the tidy set. */
void unicode_add_folds(RegexBuilder *build, RuneSet *set);

/* regex_unicode_tables.c, generated: toolchain/regex_unicode.mjs explains the two formats. */
extern const uint8_t unicode_category_runs[];
extern const uint8_t unicode_fold_runs[]; /* ends with an entry that begins above any code point */

/* regex_parse.c: the whole pattern, into the program. */
void parse_pattern(RegexBuilder *build);

/* regex_parse_class.c. At a backslash: a single code point. */
uint32_t parse_escape(RegexBuilder *build);
/* At a backslash: \d \D \s \S \w \W \p \P is added to the set. False, and nothing read, at anything else. */
bool parse_class_escape(RegexBuilder *build);
/* At '[': the class becomes the set. */
void parse_class(RegexBuilder *build);

/* regex_program.c */
void program_emit(RegexBuilder *build, RegexOp op, int32_t x);
/* build->set; it is made tidy. */
void program_class(RegexBuilder *build);
/* What was emitted from `start` on becomes a first choice; the next is emitted after it. */
void program_branch(RegexBuilder *build, uint32_t start, uint32_t *jumps);
/* After the last branch: all choices go on from here. */
void program_join(RegexBuilder *build, uint32_t jumps);
/* Repeats what was emitted from `start` on; `nullable`: it can match nothing. */
void program_repeat(RegexBuilder *build, uint32_t start, bool nullable, const RegexRepeat *repeat);
void program_finish(RegexBuilder *build, Regex *regex);

#endif
