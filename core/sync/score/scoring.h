/*
 * Scoring one cut: accounts in order of Id, some at a time with all their children, through the pure function
 * of score.h, the rules after it, and what came of both into storage.
 *
 * An account for which a rule fired is written in the run's last transaction, together with its actions:
 * limits are known only then, and a level that is stored without its action would never cause it again. All
 * others are written with their chunk, so memory does not grow with the org. Nor does it with what accounts
 * have: a chunk of too many rows is read again with fewer accounts.
 */
#ifndef PERLY_SYNC_SCORE_SCORING_H
#define PERLY_SYNC_SCORE_SCORING_H

#include "rules/scored.h"
#include "sync/run/session.h"
#include "sync/score/cause.h"
#include "sync/score/rolling_up.h"
#include "sync/score/tally.h"
#include "sync/score/verdict.h"

/* The most of a chunk; of one account there may be more rows. */
enum { SCORING_CHUNK_ACCOUNTS = 200, SCORING_CHUNK_ROWS = 1 << 14 };
enum { SCORING_WHOLE_MS = 24 * 60 * 60 * 1000 };

/* What an earlier scoring found of an account's components. */
typedef struct ScoringKept {
    Slice account_id;
    Slice components; /* JSON, of score_components_json */
} ScoringKept;

/* Rows that are kept for all chunks. */
typedef struct ScoringBatches {
    RowBatch *items;
    uint32_t count;
} ScoringBatches;

/* Ids of accounts, in order. */
typedef struct ScoringIds {
    Slice *items;
    size_t count;
} ScoringIds;

enum { SCORING_PARTS = 9 }; /* kinds of children that are read */

typedef struct Scoring {
    Job job; /* first */
    Session *session;
    const Model *model;
    Slice certificate; /* of the pulls before it (certificate.h); empty: there was none */
    int64_t cut_ms;    /* `now` of every expression: the server's time */
    bool whole;        /* every account, not only the dirty ones */
    uint32_t frozen;   /* entities that could not be pulled: what needs them stays as it was */

    int64_t cut;     /* its number */
    int64_t last_ms; /* of the cut before; TIME_MS_MIN: none */
    int64_t last_whole_ms;
    bool same_model; /* as the last cut of every account */
    Arena memory;    /* the job's: rules run, deferred rows */
    Arena chunk;     /* rows of some accounts; reset for the next ones */
    Arena views;     /* the chunk as it was at an earlier scoring */
    Arena scratch;   /* of one scoring */
    StoreQuery query;
    Entity entity; /* whose rows are being read */
    uint32_t part; /* of the chunk's rows, the same */
    Slice after_id;
    Slice first_id; /* of the chunk */
    Slice last_id;
    uint32_t chunk_room;     /* accounts of the next one, at most */
    uint32_t chunk_fits;     /* chunks since the room changed */
    uint32_t chunk_patience; /* so many fit before more room is tried again */
    uint32_t chunk_accounts;
    uint64_t chunk_rows; /* theirs; those beyond SCORING_CHUNK_ROWS are counted alone */
    ScoringBatches users;
    ScoringIds merged;    /* accounts that others were merged into since they were scored last */
    ScoringIds loaded;    /* accounts that a mass load of the past alone has changed since */
    int64_t loaded_least; /* as many accounts at once are a mass load */
    bool loaded_due;      /* so many may have changed */
    ScoringBatches rates;
    Features features;
    ScoredChunk rows;  /* what earlier scorings left of the chunk's accounts */
    ScoringKept *kept; /* of the chunk's accounts, in order of Id; when something is frozen */
    size_t kept_count;
    size_t kept_room;
    Scorer *scorer;
    Causes causes;
    RulesScored rules_scored;
    RulesEarlier *earlier;
    StoreParams park; /* rows of OUTBOX_PARK: entries that cannot be read, and wait for a person */
    uint32_t to_park; /* how many */
    RulesInput rules_input;
    RulesRun *rules;
    RulesOutcome outcome;
    Verdicts now;            /* rows written with the chunk */
    Verdicts deferred;       /* rows written in the end */
    int64_t scored_accounts; /* of the whole connection */
    TallyRead earlier_tally;
    Tally tally;          /* of the cut: what is written with the chunks, in the end all of it */
    Tally deferred_tally; /* of the accounts that are written in the end */
    double began_mono_ms;
    RollingUp rolling_up;
} Scoring;

/* Starts the job as an effect of `parent`. What stands before `cut` is filled in. */
void scoring_start(Engine *engine, Job *parent, Scoring *scoring);

#endif
