/*
 * Regular expressions with RE2's syntax and RE2's answers (https://github.com/google/re2/wiki/Syntax), in
 * time linear in the text: no pattern can hang the host.
 *
 * A pattern is compiled once into a Regex that never changes, so any number of searches may share it. A
 * search takes its memory from a scratch arena and gives it back before it returns. Matching is
 * leftmost-first, as in Perl: the leftmost match, and among those the one that a backtracking engine would
 * find first.
 *
 * Text is UTF-8. As in RE2, a byte that belongs to no valid sequence is matched by \C alone. Also as in RE2,
 * \B holds between the bytes of one character, so a pattern with \B or \C can match inside a character.
 *
 * What is not RE2's: \p{...} knows the general categories (and Any) of Unicode 15.0, not the scripts;
 * (?<name>...) is accepted beside (?P<name>...), as in RE2 since 2023; a pattern is limited by RegexLimits
 * instead of by memory; and where a loop can match nothing in several ways, as in (?:|()a+?)+b, RE2's choice
 * depends on how it lays out its program (some two random pairs of pattern and text in 4,000,000 differ).
 *
 *     Regex *regex = NULL;
 *     RETURN_IF_ERROR(regex_compile(arena, SLICE("(\\w+)@(\\w+)"), NULL, &regex));
 *     Slice groups[2];
 *     uint64_t steps = 100000;
 *     if (regex_search(regex, scratch, SLICE("to: ann@example"), 0, groups, 2, &steps) == REGEX_MATCH) {
 *         use(groups[1]); // "ann"
 *     }
 */
#ifndef PERLY_CEL_REGEX_H
#define PERLY_CEL_REGEX_H

#include "base/error.h"

typedef struct Regex Regex;

/* What a pattern may cost. regex_compile takes the defaults below for a member that is 0. */
typedef struct RegexLimits {
    uint32_t pattern_bytes; /* length of the pattern: 16,384 */
    uint32_t nesting;       /* groups within groups: 1,000 */
    uint32_t instructions;  /* of the compiled program ("a{1000}" takes 1,000, ".{1000}" 4,000), and ranges of
                               its classes: 65,536, which is also the most */
    uint32_t table_states;  /* states of the table that answers searches without groups: 128 (at most 250); 1
                               means no table, for a pattern that is used once */
    uint64_t *work; /* NULL, or raised by the instructions and ranges that were made, for a bad pattern
                       too: memory (about 16 bytes each) and time are in proportion */
} RegexLimits;

/*
 * Compiles `pattern`, which need not outlive the call; NULL `limits` means the defaults. The Regex lives in
 * `arena`. On failure `*regex` is untouched (what was allocated stays in the arena until it is rewound):
 * ERROR_REGEX_SYNTAX with RE2's message ("missing ): (a") and the column of the offending part,
 * ERROR_LIMIT_EXCEEDED naming the limit, or ERROR_OUT_OF_MEMORY.
 */
Error regex_compile(Arena *arena, Slice pattern, const RegexLimits *limits, Regex **regex);

typedef enum RegexResult {
    REGEX_NO_MATCH,
    REGEX_MATCH,
    REGEX_LIMIT,    /* the steps were used up (or the text is 4 GiB or longer): neither yes nor no */
    REGEX_NO_MEMORY /* the scratch arena is full: neither yes nor no */
} RegexResult;

/*
 * Finds the leftmost match that begins at `from` (0 .. text.length) or later. What stands before `from` is
 * still seen by ^, \A and \b.
 *
 * groups[0] becomes the whole match and groups[n] the n-th group; `data` NULL marks a group that took no
 * part, or that the pattern does not have. `groups` is written on REGEX_MATCH only and points into `text`.
 * `group_count` 0 (and `groups` NULL) asks only whether there is a match, which is much faster.
 *
 * `*steps` is how many steps the search may take, and is lowered by those taken. A step is a fixed small
 * amount of work, and a search takes at most (instructions + 1) * 2 for each byte of text.
 *
 * `scratch` is as it was found when the call returns, but keeps its pages: the second search allocates
 * nothing. It takes about 12 bytes an instruction, and 16 more for each instruction and group asked for.
 */
RegexResult regex_search(const Regex *regex, Arena *scratch, Slice text, size_t from, Slice *groups,
                         size_t group_count, uint64_t *steps);

/* Number of capturing groups, the whole match not counted. */
size_t regex_group_count(const Regex *regex);

/* The name of group `index` (1 .. count), as long as the Regex lives; empty for a group without a name. */
Slice regex_group_name(const Regex *regex, size_t index);

/* Size of the program: what a step costs at most, for callers that estimate. */
size_t regex_instruction_count(const Regex *regex);

#endif
