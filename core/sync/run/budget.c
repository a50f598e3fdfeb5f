#include "sync/run/budget.h"

#include "base/assert.h"
#include "base/number.h"
#include "base/time.h"
#include "salesforce/headers.h"
#include "sync/run/statements.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* Rows of table api_usage that have no day. */
#define LIMIT_CALLS SLICE("DailyApiRequests")
#define LIMIT_QUERY_JOBS SLICE("DailyBulkV2QueryJobs")
#define LIMIT_QUERY_MB SLICE("DailyBulkV2QueryFileStorageMB")
#define LIMIT_INGEST_BATCHES SLICE("DailyBulkApiBatches")
#define LIMIT_ASKED SLICE("limits")
#define LIMIT_REFUSED SLICE("bulk refused")

Slice budget_purpose_name(BudgetPurpose purpose)
{
    static const Slice names[BUDGET_PURPOSE_COUNT] = {
        [BUDGET_SESSION] = SLICE_INIT("session"), [BUDGET_CHECK] = SLICE_INIT("check"),
        [BUDGET_SETUP] = SLICE_INIT("setup"),     [BUDGET_PUSH] = SLICE_INIT("push"),
        [BUDGET_ACT] = SLICE_INIT("act"),         [BUDGET_PULL] = SLICE_INIT("pull"),
    };
    perly_assert((unsigned)purpose < BUDGET_PURPOSE_COUNT);
    return names[purpose];
}

void budget_init(Budget *budget, const ConfigLimits *limits)
{
    *budget = (Budget){.reserve = limits->api_reserve, .ceiling = limits->api_calls_per_day};
}

uint64_t budget_calls(const Budget *budget)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        sum += budget->counts[i];
    }
    return sum;
}

void budget_day_text(int64_t ms, char text[BUDGET_DAY_BYTES])
{
    char time[TIME_TEXT_BYTES];
    time_print(ms, time);
    memcpy(text, time, BUDGET_DAY_BYTES);
}

/* Counting. */

static void turn_day(Budget *budget, int64_t now_ms)
{
    if (budget->day != now_ms / DAY_MS) {
        budget->day = now_ms / DAY_MS;
        budget->today = 0;
    }
}

void budget_begin_call(Budget *budget, int64_t now_ms)
{
    turn_day(budget, now_ms);
    budget->today++;
}

void budget_count(Budget *budget, Slice purpose, Slice headers, int64_t now_ms)
{
    const bool of_session = slice_starts_with(purpose, SLICE("oauth."));
    const BudgetPurpose counted = of_session ? BUDGET_SESSION : budget->purpose;
    SfLimitInfo info;
    budget->counts[counted]++;
    budget->waiting[counted]++;
    if (sf_limit_info_read(headers, &info)) {
        const uint64_t remaining = info.used < info.limit ? info.limit - info.used : 0;
        budget->org = (SfLimit){.known = true, .max = info.limit, .remaining = remaining};
        budget->org_ms = now_ms;
        budget->org_reading++;
    }
}

void budget_count_cycle(Budget *budget)
{
    budget->cycles++;
}

/* Deciding. */

/* What must stay free of `whole` for a purpose to be served. */
static double kept(BudgetPurpose purpose, double whole)
{
    switch (purpose) {
    case BUDGET_PULL: return whole * BUDGET_KEPT_FOR_WRITES / 100;
    case BUDGET_ACT: return whole * BUDGET_KEPT_FOR_SCORES / 100;
    case BUDGET_SESSION:
    case BUDGET_CHECK:
    case BUDGET_SETUP:
    case BUDGET_PUSH:
    case BUDGET_PURPOSE_COUNT: break;
    }
    return 0;
}

static bool is_asked_by_person(BudgetPurpose purpose)
{
    return purpose == BUDGET_SESSION || purpose == BUDGET_CHECK || purpose == BUDGET_SETUP;
}

/* Nor is what was read by a clock that was far ahead of this one. */
static bool is_believed(int64_t at_ms, int64_t now_ms)
{
    const int64_t age_ms = now_ms - at_ms;
    return at_ms != 0 && age_ms < BUDGET_BELIEVED_MS && age_ms > -BUDGET_BELIEVED_MS;
}

static bool is_reserve_reached(const Budget *budget, BudgetPurpose purpose, int64_t now_ms)
{
    const double whole = (double)budget->org.max * (1 - budget->reserve);
    const double spare = (double)budget->org.remaining - (double)budget->org.max * budget->reserve;
    return budget->org.known && is_believed(budget->org_ms, now_ms) && !is_asked_by_person(purpose) &&
           spare <= kept(purpose, whole);
}

static bool is_ceiling_reached(const Budget *budget, BudgetPurpose purpose, int64_t now_ms)
{
    const double whole = (double)budget->ceiling;
    const uint64_t today = budget->day == now_ms / DAY_MS ? budget->today : 0;
    return budget->ceiling != 0 && whole - (double)today <= kept(purpose, whole);
}

static bool is_short(const Budget *budget, const SfLimit *limit, int64_t now_ms)
{
    return limit->known && is_believed(budget->limits_ms, now_ms) &&
           (double)limit->remaining <= (double)limit->max * budget->reserve;
}

/* Room for the texts of one message: as long as the block that it is written in. */
#define COUNT_ROOM ((char[NUMBER_TEXT_BYTES]){0})
#define TIME_ROOM ((char[TIME_TEXT_BYTES]){0})

static Slice count_text(char *text, uint64_t count)
{
    return slice_make(text, number_print_uint64(count, text));
}

static Slice time_text(char *text, int64_t ms)
{
    time_print(ms, text);
    text[sizeof "2026-11-23T08:00" - 1] = 'Z';
    return slice_make(text, sizeof "2026-11-23T08:00Z" - 1);
}

static Error reserve_error(const Budget *budget, Arena *arena, BudgetPurpose purpose)
{
    int64_t reserve = 0;
    (void)number_to_int64((double)budget->org.max * budget->reserve, &reserve);
    return ERROR_TEXT(arena, ERROR_API_BUDGET, SLICE("no calls are left to "), budget_purpose_name(purpose),
                      SLICE(": "), count_text(COUNT_ROOM, budget->org.remaining), SLICE(" of the org's "),
                      count_text(COUNT_ROOM, budget->org.max), SLICE(" API calls of 24 hours are free, and "),
                      count_text(COUNT_ROOM, (uint64_t)reserve),
                      SLICE(" are kept for others (limits.api_reserve); it is looked at again at "),
                      time_text(TIME_ROOM, budget->org_ms + BUDGET_BELIEVED_MS));
}

static Error ceiling_error(const Budget *budget, Arena *arena, BudgetPurpose purpose)
{
    return ERROR_TEXT(arena, ERROR_API_BUDGET, SLICE("no calls are left to "), budget_purpose_name(purpose),
                      SLICE(": Perly has made "), count_text(COUNT_ROOM, budget->today), SLICE(" of the "),
                      count_text(COUNT_ROOM, (uint64_t)budget->ceiling),
                      SLICE(" calls a day of limits.api_calls_per_day; it goes on at "),
                      time_text(TIME_ROOM, (budget->day + 1) * DAY_MS));
}

Error budget_allows(const Budget *budget, Arena *arena, BudgetPurpose purpose, int64_t now_ms)
{
    if (is_ceiling_reached(budget, purpose, now_ms)) {
        return ceiling_error(budget, arena, purpose);
    }
    if (is_reserve_reached(budget, purpose, now_ms)) {
        return reserve_error(budget, arena, purpose);
    }
    return ERROR_NONE;
}

static Error bulk_error(const Budget *budget, Arena *arena, const SfLimit *limit, Slice unit)
{
    return ERROR_TEXT(arena, ERROR_API_BUDGET, SLICE("no Bulk queries are left: "),
                      count_text(COUNT_ROOM, limit->remaining), SLICE(" of the org's "),
                      count_text(COUNT_ROOM, limit->max), unit,
                      SLICE(" of 24 hours are free, the others' part (limits.api_reserve); it is "
                            "looked at again at "),
                      time_text(TIME_ROOM, budget->limits_ms + BUDGET_BELIEVED_MS));
}

Error budget_allows_bulk(const Budget *budget, Arena *arena, int64_t now_ms)
{
    if (is_short(budget, &budget->query_jobs, now_ms)) {
        return bulk_error(budget, arena, &budget->query_jobs, SLICE(" jobs"));
    }
    if (is_short(budget, &budget->query_mb, now_ms)) {
        return bulk_error(budget, arena, &budget->query_mb, SLICE(" MB of results"));
    }
    if (is_believed(budget->bulk_refused_ms, now_ms)) {
        return ERROR_TEXT(
            arena, ERROR_API_BUDGET,
            SLICE("no Bulk queries are left: Salesforce refused one, as the org has used up those "
                  "of 24 hours; it is looked at again at "),
            time_text(TIME_ROOM, budget->bulk_refused_ms + BUDGET_BELIEVED_MS));
    }
    return ERROR_NONE;
}

bool budget_bulk_short(const Budget *budget, int64_t now_ms)
{
    return is_short(budget, &budget->query_jobs, now_ms) || is_short(budget, &budget->query_mb, now_ms) ||
           is_believed(budget->bulk_refused_ms, now_ms);
}

bool budget_bulk_doubtful(const Budget *budget)
{
    return budget->bulk_refused_ms != 0;
}

void budget_bulk_refused(Budget *budget, int64_t now_ms)
{
    budget->bulk_refused_ms = now_ms;
    budget->limits_new = true;
    budget->refusal_new = true;
}

void budget_bulk_taken(Budget *budget)
{
    budget->refusal_new = budget->refusal_new || budget->bulk_refused_ms != 0;
    budget->bulk_refused_ms = 0;
}

/* An allowance that was short is looked at again as soon as it is no longer believed. */
bool budget_limits_due(const Budget *budget, int64_t now_ms)
{
    const bool was_short = is_short(budget, &budget->query_jobs, budget->limits_ms) ||
                           is_short(budget, &budget->query_mb, budget->limits_ms) ||
                           budget->bulk_refused_ms >= budget->limits_ms;
    const int64_t age_ms = now_ms - budget->limits_ms;
    return budget->limits_ms == 0 || age_ms >= (was_short ? BUDGET_BELIEVED_MS : BUDGET_LIMITS_MS) ||
           age_ms <= -BUDGET_BELIEVED_MS;
}

void budget_limits_take(Budget *budget, const SfLimits *limits, int64_t now_ms)
{
    budget->query_jobs = limits->bulk_query_jobs;
    budget->query_mb = limits->bulk_query_mb;
    budget->ingest_batches = limits->bulk_batches;
    budget->limits_ms = now_ms;
    budget->limits_new = true;
}

/* Storing. */

static void add_usage(StoreOps *ops, int64_t now_ms, Slice purpose, uint64_t calls)
{
    char day[BUDGET_DAY_BYTES];
    StoreParams params;
    if (calls == 0) {
        return;
    }
    budget_day_text(now_ms, day);
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_API_USAGE_ADD));
    row_writer_text(&params.writer, 0, slice_make(day, sizeof day));
    row_writer_text(&params.writer, 1, purpose);
    row_writer_int64(&params.writer, 2, (int64_t)calls);
    store_ops_run(ops, &params);
}

static void write_limit(StoreOps *ops, Slice name, const SfLimit *limit, int64_t at_ms)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_API_LIMIT_WRITE));
    row_writer_text(&params.writer, 0, name);
    if (limit != NULL && limit->known) {
        row_writer_int64(&params.writer, 1, (int64_t)limit->max);
        row_writer_int64(&params.writer, 2, (int64_t)limit->remaining);
    } else {
        row_writer_null(&params.writer, 1);
        row_writer_null(&params.writer, 2);
    }
    if (at_ms != 0) {
        row_writer_time(&params.writer, 3, at_ms);
    } else {
        row_writer_null(&params.writer, 3);
    }
    store_ops_run(ops, &params);
}

void budget_store(Budget *budget, StoreOps *ops, int64_t now_ms)
{
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        add_usage(ops, now_ms, budget_purpose_name((BudgetPurpose)i), budget->waiting[i]);
        budget->storing[i] = budget->waiting[i];
        budget->waiting[i] = 0;
    }
    add_usage(ops, now_ms, SLICE("cycles"), budget->cycles);
    budget->cycles_storing = budget->cycles;
    budget->cycles = 0;
    if (budget->org.known && budget->org_reading != budget->org_reading_stored) {
        budget->org_reading_stored = budget->org_reading;
        write_limit(ops, LIMIT_CALLS, &budget->org, budget->org_ms);
    }
    if (budget->limits_new) {
        budget->limits_new = false;
        write_limit(ops, LIMIT_QUERY_JOBS, &budget->query_jobs, budget->limits_ms);
        write_limit(ops, LIMIT_QUERY_MB, &budget->query_mb, budget->limits_ms);
        write_limit(ops, LIMIT_INGEST_BATCHES, &budget->ingest_batches, budget->limits_ms);
        write_limit(ops, LIMIT_ASKED, NULL, budget->limits_ms);
    }
    if (budget->refusal_new) {
        budget->refusal_new = false;
        write_limit(ops, LIMIT_REFUSED, NULL, budget->bulk_refused_ms);
    }
}

void budget_stored(Budget *budget, bool applied)
{
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        budget->waiting[i] += applied ? 0 : budget->storing[i];
        budget->storing[i] = 0;
    }
    budget->cycles += applied ? 0 : budget->cycles_storing;
    budget->cycles_storing = 0;
    if (!applied) { /* facts, not sums: written again whatever became of the transaction */
        budget->org_reading_stored = budget->org_reading - 1;
        budget->limits_new = budget->limits_ms != 0 || budget->bulk_refused_ms != 0;
        budget->refusal_new = true; /* also that there is none any more */
    }
}

void budget_forget(Budget *budget)
{
    memset(budget->waiting, 0, sizeof budget->waiting);
    budget->cycles = 0;
    budget->org_reading_stored = budget->org_reading;
    budget->limits_new = false;
    budget->refusal_new = false;
}

/* Reading. */

void budget_params(Budget *budget, StoreParams *params, Arena *arena, int64_t now_ms)
{
    char day[BUDGET_DAY_BYTES];
    turn_day(budget, now_ms);
    budget_day_text(now_ms, day);
    store_params_begin(params, arena, sync_statement(STATEMENT_BUDGET_READ));
    row_writer_text(&params->writer, 0, slice_make(day, sizeof day));
}

/* name, max (of "today": our calls), remaining, at */
void budget_take_row(Budget *budget, RowView row)
{
    const bool known = row_state(row, 1) == ROW_VALUE && row_state(row, 2) == ROW_VALUE;
    const Slice name = row_text(row, 0);
    const int64_t at_ms = row_state(row, 3) == ROW_VALUE ? row_int64(row, 3) : 0;
    SfLimit limit = {.known = known};
    if (known) {
        limit.max = (uint64_t)row_int64(row, 1);
        limit.remaining = (uint64_t)row_int64(row, 2);
    }
    if (slice_equal(name, SLICE("today"))) {
        budget->today = limit.max;
    } else if (slice_equal(name, LIMIT_CALLS)) {
        budget->org = limit;
        budget->org_ms = at_ms;
    } else if (slice_equal(name, LIMIT_QUERY_JOBS)) {
        budget->query_jobs = limit;
    } else if (slice_equal(name, LIMIT_QUERY_MB)) {
        budget->query_mb = limit;
    } else if (slice_equal(name, LIMIT_INGEST_BATCHES)) {
        budget->ingest_batches = limit;
    } else if (slice_equal(name, LIMIT_ASKED)) {
        budget->limits_ms = at_ms;
    } else if (slice_equal(name, LIMIT_REFUSED)) {
        budget->bulk_refused_ms = at_ms;
    }
}

uint32_t budget_take(void *context, const RowBatch *batch)
{
    Budget *budget = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        budget_take_row(budget, row_at(batch, i));
    }
    return PERLY_MORE;
}
