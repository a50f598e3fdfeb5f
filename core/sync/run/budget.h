/*
 * The budget of API calls. An org has so many calls in 24 hours, and others live on them too: Perly counts
 * its own by purpose, reads from every answer what the whole org has used (Sforce-Limit-Info), and stops
 * before the reserve that the configuration keeps for others (limits.api_reserve), or before its own ceiling
 * of a day (limits.api_calls_per_day). The last calls are kept for what matters most: the pull stops first,
 * then actions, and scores last. What a person asks for (connect, check, setup) is a few dozen calls, which
 * only the ceiling stops.
 *
 *     session.budget.purpose = BUDGET_PULL       what the requests from here on are for
 *     TRY(job, budget_allows(...))               the request layer asks it for each request
 *
 * Counts are stored with the renewals of the lease and with its return; a process that dies forgets the calls
 * of its last ten seconds.
 */
#ifndef PERLY_SYNC_RUN_BUDGET_H
#define PERLY_SYNC_RUN_BUDGET_H

#include "config/document.h"
#include "salesforce/limits.h"
#include "store/store.h"

/* In the order of what is given up last. */
typedef enum BudgetPurpose {
    BUDGET_SESSION, /* tokens, who we are, which versions there are */
    BUDGET_CHECK,
    BUDGET_SETUP,
    BUDGET_PUSH, /* scores */
    BUDGET_ACT,  /* Tasks, posts */
    BUDGET_PULL,
    BUDGET_PURPOSE_COUNT
} BudgetPurpose;

/* "session", "check", "setup", "push", "act", "pull": as storage keeps it. A literal. */
Slice budget_purpose_name(BudgetPurpose purpose);

enum {
    /* Of what is ours, in hundredths: the pull leaves these to actions and scores, actions to scores. */
    BUDGET_KEPT_FOR_WRITES = 10,
    BUDGET_KEPT_FOR_SCORES = 5,
    /* How long a reading of the org's use is believed before another call looks again. */
    BUDGET_BELIEVED_MS = 60 * 60 * 1000,
    /* How often GET /limits is asked. */
    BUDGET_LIMITS_MS = 6 * 60 * 60 * 1000
};

typedef struct Budget {
    BudgetPurpose purpose;                  /* of requests from now on */
    uint64_t counts[BUDGET_PURPOSE_COUNT];  /* since the command began */
    uint64_t waiting[BUDGET_PURPOSE_COUNT]; /* not yet stored */
    uint64_t storing[BUDGET_PURPOSE_COUNT]; /* in the transaction that runs */
    uint64_t cycles;                        /* pulls begun, not yet stored */
    uint64_t cycles_storing;

    SfLimit org;                 /* calls of the org in 24 hours */
    int64_t org_ms;              /* when that was read, by our clock */
    uint32_t org_reading;        /* raised with every reading */
    uint32_t org_reading_stored; /* the last one that is stored, or being stored */
    SfLimit query_jobs;          /* of Bulk */
    SfLimit query_mb;            /* of its results */
    SfLimit ingest_batches;
    int64_t limits_ms;       /* when /limits was asked last; 0: never */
    int64_t bulk_refused_ms; /* when Salesforce refused a Bulk query for want of them; 0: it took one since */
    bool limits_new;         /* not yet stored */
    bool refusal_new;        /* bulk_refused_ms is not yet stored */

    int64_t day;    /* days since 1970, UTC: of `today` */
    uint64_t today; /* our own calls of that day */

    double reserve;  /* part of the org's calls kept for others */
    int64_t ceiling; /* of our own calls a day; 0: none */
} Budget;

/* Before a command: nothing is counted or known. */
void budget_init(Budget *budget, const ConfigLimits *limits);

/* A request with the session begins: the ceiling counts it at once, since several run side by side. */
void budget_begin_call(Budget *budget, int64_t now_ms);

/* Counts one request that left. `purpose` is the request's, "oauth.token"; `headers` its answer's. */
void budget_count(Budget *budget, Slice purpose, Slice headers, int64_t now_ms);

/* Counts a pull of all objects: what the forecast divides by. */
void budget_count_cycle(Budget *budget);

/*
 * ERROR_API_BUDGET, with what is short and when it is looked at again; its text lives in `arena`. What is not
 * known does not stop anything.
 */
Error budget_allows(const Budget *budget, Arena *arena, BudgetPurpose purpose, int64_t now_ms);

/*
 * The same of another Bulk query: jobs or megabytes of the day are gone but for the others' part, or
 * Salesforce refused one within the hour. A small window can do without (rest.h); nothing else can.
 */
Error budget_allows_bulk(const Budget *budget, Arena *arena, int64_t now_ms);
bool budget_bulk_short(const Budget *budget, int64_t now_ms);

/* Salesforce refused a Bulk query for want of them: there may be none until it has taken one again. */
void budget_bulk_refused(Budget *budget, int64_t now_ms);
void budget_bulk_taken(Budget *budget);
bool budget_bulk_doubtful(const Budget *budget);

/* GET /limits is due; what it said (an error: nothing, and not asked again soon). */
bool budget_limits_due(const Budget *budget, int64_t now_ms);
void budget_limits_take(Budget *budget, const SfLimits *limits, int64_t now_ms);

/* Adds the operations that store what is not stored yet; budget_stored tells whether they were applied. */
void budget_store(Budget *budget, StoreOps *ops, int64_t now_ms);
void budget_stored(Budget *budget, bool applied);

/* Nothing that was counted is stored any more: the tables were erased. */
void budget_forget(Budget *budget);

/* The parameters of BUDGET_READ, one of its rows, and a StoreRows for them whose context is the Budget. */
void budget_take_row(Budget *budget, RowView row);
void budget_params(Budget *budget, StoreParams *params, Arena *arena, int64_t now_ms);
uint32_t budget_take(void *context, const RowBatch *batch);

/* Total since the command began. */
uint64_t budget_calls(const Budget *budget);

/* "2026-11-27" of a time. */
enum { BUDGET_DAY_BYTES = sizeof "2026-11-27" - 1 };
void budget_day_text(int64_t ms, char text[BUDGET_DAY_BYTES]);

#endif
