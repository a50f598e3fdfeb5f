/*
 * What the files of this folder share: the run, and the steps that rules.c takes one after the other.
 */
#ifndef PERLY_RULES_INTERNAL_H
#define PERLY_RULES_INTERNAL_H

#include "base/buffer.h"
#include "rules/rules.h"

#define RULES_NO_MEMORY error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for actions"))

/* An action before the limits, with what decides who comes first. */
typedef struct Candidate {
    RulesAction action;
    const RulesUser *assignee; /* of a Task; NULL: not known, or parked */
    Slice reason;              /* the weightiest one, for a digest */
    double worth;
    RiskLevel level;
    int32_t score;
    uint32_t rule;
    bool digested;
    struct Candidate *next;
} Candidate;

typedef struct NoteItem {
    RulesNote note;
    struct NoteItem *next;
} NoteItem;

struct RulesRun {
    Arena *arena;
    RulesInput input;
    const RulesUser **users; /* in order of id */
    int64_t conditions[CONFIG_RULES_MAX];
    Candidate *first;
    Candidate **last;
    uint32_t candidate_count;
    NoteItem *first_note;
    NoteItem **last_note;
    uint32_t note_count;
    uint64_t note_counts[RULES_NOTE_COUNT];
    uint64_t fired[CONFIG_RULES_MAX];
};

/* NULL when there is no user of this id. */
const RulesUser *rules_user_find(const RulesRun *run, Slice id);

/* Counts a note and keeps it while there is room; its slices live in the run's arena. */
Error rules_note_add(RulesRun *run, RulesNote note);

/* An account under the rules, while rules_account runs. */
typedef struct Subject {
    const RulesAccount *account;
    Slice id; /* in the run's arena once it was needed */
    bool id_kept;
} Subject;

/* The account's id in the run's arena; false when there is no memory. */
__attribute__((warn_unused_result)) bool rules_subject_id(RulesRun *run, Subject *subject, Slice *id);

/* Makes the actions of a rule that fires for the `count`-th time. */
Error rules_fire(RulesRun *run, Subject *subject, uint32_t rule, int64_t count, RulesCause cause);

/* Appends `text` cut to `units_max` UTF-16 code units, with an ellipsis in place of what is cut. */
void rules_text_cut(Buffer *buffer, Slice text, size_t units_max);

/* The same on one line: line ends and tabs become spaces. */
void rules_line_cut(Buffer *buffer, Slice text, size_t units_max);

enum { RULES_MARKER_UNITS = 2 + 8 + RULES_KEY_BYTES }; /* two line feeds, "[perly:", the key, "]" */

/* Ends a text with the marker on a line of its own. */
void rules_marker_end(Buffer *buffer, const char key[RULES_KEY_BYTES]);

/* The buffer's text; what the buffer has beyond it goes back to the arena. NULL when the buffer failed. */
Slice rules_text_finish(Buffer *buffer);

#endif
