/*
 * Automation rules: from the scores of one cut to actions. Pure like scoring: nothing is sent or stored here,
 * no clock is read, and the same input in any order of accounts gives the same actions with the same keys.
 *
 *     RulesRun *run = NULL;
 *     RETURN_IF_ERROR(rules_begin(arena, &input, &run));
 *     for each account, right after it was scored:
 *         RETURN_IF_ERROR(rules_account(run, &account, states_before, states_after));
 *     RETURN_IF_ERROR(rules_finish(run, scored_accounts, &outcome));
 *
 * When a rule fires. Its condition is true and was not true at the account's previous scoring; a condition
 * that reads risk.changed, risk.worsened or risk.improved fires at each change for which it is true. It does
 * not fire
 *   - on the very first score of an account, nor when the rule itself sees an account for the first time
 *     (unless the change of level that it reads happens just now): both are baselines, except for `on_first`;
 *   - at the first look with another condition than the last, or after it was off: what it says then was
 *     true before, for all that is known (again unless a change that it reads happens just now);
 *   - within `cooldown` of its last firing for the account;
 *   - when the change has no other cause than the model, a merge or an import;
 *   - when its condition is unknown or an error. Then the last answer that it did give is kept, so that a gap
 *     in the data does not make it fire again; a rule that never had an answer fires at its first `true`.
 * A rule in shadow does all this and keeps its states, but makes no action. What did not fire, and why, is in
 * `notes`; a condition that is merely false is not.
 *
 * Then the limits. Of an assignee's Tasks at most `tasks_per_owner_day` are new ones on that day in the
 * assignee's zone, the worst accounts first; the others become lines of one digest Task. If Tasks, posts and
 * digests together are more than the larger of `actions_at_least` and `actions_percent` of the scored
 * accounts, all of them are held for a person's approval.
 */
#ifndef PERLY_RULES_RULES_H
#define PERLY_RULES_RULES_H

#include "base/zones.h"
#include "config/document.h"

enum {
    RULES_KEY_BYTES = 40,
    RULES_REASONS_MAX = 3,               /* in a Task's description */
    RULES_SUBJECT_UNITS_MAX = 255,       /* in UTF-16 code units, as Salesforce counts; here and below */
    RULES_DESCRIPTION_UNITS_MAX = 31900, /* of 32,000 */
    RULES_POST_UNITS_MAX = 9400,         /* of 10,000 */
    RULES_NOTES_MAX = 10000,             /* kept in full; all are counted */
    RULES_OFF_CONDITION = 2              /* no condition has it: theirs are odd */
};

/*
 * Every Task's subject begins with it, so that people see who wrote it. The pull knows our own Tasks by their
 * key field (map/attributes.def); without that field they are activities of kind other, which no touch is
 * made of.
 */
#define RULES_SUBJECT_PREFIX SLICE("Perly: ")

/* What made the score move. The first four are the causes of score/change.h in other words. */
typedef enum RulesCause { CAUSE_CUSTOMER, CAUSE_TIME, CAUSE_DATA, CAUSE_MODEL, RULES_CAUSE_COUNT } RulesCause;

/* "customer", "time", "data" (it arrived late), "model". A literal. */
Slice rules_cause_name(RulesCause cause);

/* What is known of why an account's score is not what it was. */
typedef struct RulesChange {
    int32_t parts[RULES_CAUSE_COUNT]; /* thousandths of a point, positive is better; all 0: not known */
    bool touched;                     /* rows of the account changed since its previous scoring */
    bool model_changed;               /* the previous score was made with another model */
    bool merged;                      /* what changed came by a merge of records */
    bool imported;                    /* what changed came by an import of records */
    RiskLevel level_without;          /* the level without the parts of model, merge and import */
} RulesChange;

/* What rules read of one account beside their conditions. Nothing of it needs to outlive the call. */
typedef struct RulesAccount {
    Slice id;
    Slice name;
    Slice owner_id; /* empty: it has none */
    double worth;   /* schema_worth's, for the order in which owners are bothered; 0: not known */
    bool left_out;  /* by the filter: no rule looks at it, and its states stay */
    bool scored;
    bool baseline; /* the very first score */
    bool changed;  /* of level, since the previous scoring */
    int32_t score; /* while `scored`, as the next */
    RiskLevel level;
    RiskLevel previous_level;
    const Slice *reasons;         /* texts, the weightiest first */
    const int32_t *reason_points; /* thousandths lost by each */
    uint32_t reason_count;
    RulesChange change;
} RulesAccount;

/* Frozen: what the condition reads could not be pulled, so the rule has not looked at all. */
typedef enum RulesAnswer { RULES_FALSE, RULES_TRUE, RULES_UNKNOWN, RULES_FROZEN, RULES_ERROR } RulesAnswer;
typedef enum RulesText { RULES_SUBJECT, RULES_DESCRIPTION, RULES_POST } RulesText;

/*
 * Answers for the account that is being looked at; rules are numbered as in the configuration. score.h's
 * programs stand behind it in the product (rules/scored.h), tables in the tests.
 */
typedef struct RulesEvaluator {
    void *context;
    RulesAnswer (*condition)(void *context, uint32_t rule);
    bool (*reads_change)(void *context, uint32_t rule);
    /* In `arena`; empty when the rule has no such text. */
    Error (*text)(void *context, Arena *arena, uint32_t rule, RulesText which, Slice *text);
    Error (*due)(void *context, Arena *arena, uint32_t rule, int64_t *business_days);
} RulesEvaluator;

/* What a rule knows of an account from earlier scorings; zeroed when nothing is stored. */
typedef struct RulesState {
    bool seen;             /* it has looked at the account */
    bool was_true;         /* its last answer that was not unknown */
    int64_t fired;         /* how often, in shadow too */
    int64_t last_fired_ms; /* 0: never */
    int64_t condition;     /* of which `was_true` is the answer: rules_begin's number for its text; 0: not
                              told, RULES_OFF_CONDITION: the rule was off since */
} RulesState;

static inline bool rules_state_equal(const RulesState *a, const RulesState *b)
{
    return a->seen == b->seen && a->was_true == b->was_true && a->fired == b->fired &&
           a->last_fired_ms == b->last_fired_ms && a->condition == b->condition;
}

typedef struct RulesUser {
    Slice id;
    bool active;
    Slice manager_id; /* may be empty */
    Slice zone;       /* IANA name; empty or not known: UTC */
} RulesUser;

/* A Task or digest of the outbox, made in the last 48 hours and neither dropped nor parked. */
typedef struct RulesEarlier {
    Slice owner_id;
    int64_t at_ms; /* time of the cut that made it */
    /* Of a digest, to which lines may be added: as in its action. */
    Slice description;
    Slice priority;
    int64_t due_day;
    uint32_t items;
    bool held; /* does not count until it is approved */
    bool digest;
} RulesEarlier;

/* All of it outlives the run. */
typedef struct RulesInput {
    const Config *config; /* rules, limits, fallback owner */
    RulesEvaluator evaluator;
    Slice org_id;
    int64_t now_ms;     /* the cut's time */
    const Zones *zones; /* NULL: every zone is UTC */
    const RulesUser *users;
    size_t user_count;
    const RulesEarlier *earlier;
    size_t earlier_count;
    const int64_t *holidays; /* days since 1970-01-01, ascending; may be NULL */
    size_t holiday_count;
} RulesInput;

typedef enum RulesKind { RULES_TASK, RULES_CHATTER, RULES_DIGEST } RulesKind;

/* "task", "chatter", "digest". A literal. */
Slice rules_kind_name(RulesKind kind);

typedef enum RulesFate {
    RULES_SEND,
    RULES_HELD,  /* the run did too much: a person decides */
    RULES_PARKED /* a Task that nobody can be given */
} RulesFate;

/* A value, not yet a row of the outbox. Texts live in the run's arena. */
typedef struct RulesAction {
    RulesKind kind;
    RulesFate fate;
    char key[RULES_KEY_BYTES];
    Slice rule; /* empty for a digest, as the account is */
    Slice account_id;
    RulesCause cause;
    Slice owner_id; /* of a Task or digest: who gets it, empty when parked; of a post: who is mentioned, or
                       empty */
    Slice subject;
    Slice priority;
    Slice description;
    int64_t due_day; /* since 1970-01-01 */
    bool has_reminder;
    int64_t reminder_ms; /* UTC */
    Slice text;          /* of a post */
    uint32_t items;      /* of a digest: its lines, earlier ones included */
    bool amends;         /* a digest whose key is in the outbox already: its Task is updated */
    Slice why;           /* why it is parked or held; else empty */
} RulesAction;

typedef enum RulesNoteKind {
    NOTE_UNKNOWN,    /* the condition is unknown */
    NOTE_ERROR,      /* the condition ended in an error */
    NOTE_BASELINE,   /* the account's very first score */
    NOTE_FIRST_LOOK, /* the rule sees the account for the first time, as it is written now */
    NOTE_COOLDOWN,
    NOTE_SHADOW,
    NOTE_MODEL, /* caused by the model alone */
    NOTE_MERGE,
    NOTE_IMPORT,
    NOTE_LIMIT, /* a line of a digest in place of a Task of its own */
    NOTE_TEXT,  /* a text could not be made: a plain one stands in for it */
    RULES_NOTE_COUNT
} RulesNoteKind;

/* "unknown", "error", "baseline", "first_look", "cooldown", ... A literal. */
Slice rules_note_name(RulesNoteKind kind);
/* What it means, for people: "the condition is unknown: data that it reads is missing". A literal. */
Slice rules_note_text(RulesNoteKind kind);

typedef struct RulesNote {
    RulesNoteKind kind;
    uint32_t rule;
    Slice account_id;
    int64_t until_ms; /* of a cooldown: when it ends */
    Slice detail;     /* of NOTE_TEXT: the message; of NOTE_LIMIT: the digest's key; else empty */
} RulesNote;

typedef struct RulesOutcome {
    const RulesAction *actions; /* in the order of accounts and rules, then the digests by assignee */
    uint32_t action_count;
    const RulesNote *notes; /* the first RULES_NOTES_MAX */
    uint32_t note_count;
    uint64_t note_counts[RULES_NOTE_COUNT]; /* all */
    uint64_t fired[CONFIG_RULES_MAX];       /* of each rule, in shadow too */
    bool held;
    uint64_t sendable; /* actions that count: all but the parked ones */
    uint64_t allowed;  /* how many a run may cause */
    RulesCause mostly; /* the most frequent cause of the actions */
    Slice held_why;    /* a sentence for whoever decides, in the run's arena; empty: not held */
} RulesOutcome;

typedef struct RulesRun RulesRun;

/* The run lives in `arena`, and so do its actions: about 1 KB each. ERROR_OUT_OF_MEMORY. */
Error rules_begin(Arena *arena, const RulesInput *input, RulesRun **run);

/*
 * Puts the rules to one account. `before` and `after` have one state a rule of the configuration and may be
 * the same array. Each account comes once. ERROR_OUT_OF_MEMORY: the run is spent.
 */
Error rules_account(RulesRun *run, const RulesAccount *account, const RulesState *before, RulesState *after);

/*
 * Applies the limits. `scored_accounts` is how many accounts have a score, in this run or from before. Once a
 * run. ERROR_OUT_OF_MEMORY.
 */
Error rules_finish(RulesRun *run, uint64_t scored_accounts, RulesOutcome *outcome);

/*
 * The key of an action: the first 40 hexadecimal digits of SHA-256 over org id, kind, rule, subject and
 * number, each followed by a line feed. `subject` is the account's id and `number` the count of firings; of a
 * digest, whose rule is empty, the owner's id and the date. No time and no attempt is in a key.
 */
void rules_key(Slice org_id, RulesKind kind, Slice rule, Slice subject, Slice number,
               char key[RULES_KEY_BYTES]);

#endif
