/*
 * What scoring leaves of an account, as rows: the current health, a row of history when anything differs, the
 * states of the rules, and the update of the three fields in Salesforce when it shows something else.
 */
#ifndef PERLY_SYNC_SCORE_VERDICT_H
#define PERLY_SYNC_SCORE_VERDICT_H

#include "rules/rules.h"
#include "score/features.h"
#include "score/score.h"
#include "store/store.h"

/* The row of `health` before this scoring; all zero when there is none. */
typedef struct Health {
    Slice account_id;
    ScoreState state;
    int64_t scored_at_ms;
    Slice model_hash;
    int64_t hash;
    bool has_pushed; /* fields were sent at least once */
    bool pushed_score_known;
    int64_t pushed_score;
    Slice pushed_level;
    int64_t pushed_at_ms;
    Slice refused; /* fields that Salesforce refused for good, as the outbox has them; or empty */
} Health;

typedef struct StoredRuleState {
    Slice account_id;
    Slice rule;
    RulesState state;
} StoredRuleState;

/* What the storage knows of a chunk's accounts besides their records; arrays grow in the chunk's arena. */
typedef struct ScoredChunk {
    Health *health; /* in order of account id */
    size_t health_count;
    size_t health_room;
    StoredRuleState *rules;
    size_t rule_count;
    size_t rule_room;
    SuppliedSignal *signals;
    size_t signal_count;
    size_t signal_room;
    LoggedChange *changes;
    size_t change_count;
    size_t change_room;
} ScoredChunk;

/* One row of the statements HEALTH_READ, RULE_STATE_READ, SIGNAL_READ, CHANGE_READ. ERROR_OUT_OF_MEMORY. */
Error scored_add_health(ScoredChunk *chunk, Arena *arena, RowView row);
Error scored_add_rule(ScoredChunk *chunk, Arena *arena, RowView row);
Error scored_add_signal(ScoredChunk *chunk, Arena *arena, RowView row);
Error scored_add_change(ScoredChunk *chunk, Arena *arena, RowView row);

/* The health of an account, or NULL. */
const Health *scored_find(const ScoredChunk *chunk, Slice account_id);

/* The states of the configuration's rules for an account, into `states` (one a rule). */
void scored_rules(const ScoredChunk *chunk, const Config *config, Slice account_id, RulesState *states);

/* Rows to be written together. */
typedef struct Verdicts {
    Arena *arena;
    RowWriter health;
    RowWriter score;
    RowWriter rules;
    RowWriter outbox;
    StoreParams done; /* DIRTY_DONE */
    bool has_done;
} Verdicts;

void verdicts_begin(Verdicts *verdicts, Arena *arena);

typedef struct Verdict {
    const Model *model;
    const ScoreResult *result;
    const Health *before; /* or NULL */
    const RulesState *rules_before;
    const RulesState *rules_after;
    int64_t cut;
    int64_t cut_ms;
} Verdict;

/* Adds one account's rows; texts are copied. ERROR_OUT_OF_MEMORY. */
Error verdicts_add(Verdicts *verdicts, Arena *scratch, const Verdict *verdict);

/* Adds an action as an entry of the outbox. */
Error verdicts_add_action(Verdicts *verdicts, const RulesAction *action, int64_t cut, int64_t cut_ms);

/* Adds the operations. The verdicts are then empty. */
void verdicts_write(Verdicts *verdicts, StoreOps *ops);

#endif
