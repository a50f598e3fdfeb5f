#include "sync/admin/status_usage.h"

#include "sync/admin/status_line.h"

#include "base/number.h"
#include "sync/act/push_bulk.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, HOUR_MS = 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };

static int64_t now_ms(const Query *query)
{
    return query->job.engine->wall_ms;
}

void status_usage_params(Query *query, RowWriter *row)
{
    const bool days = query->questions[query->at].statement == STATEMENT_STATUS_USAGE;
    char day[BUDGET_DAY_BYTES];
    budget_day_text(now_ms(query) - (days ? (int64_t)(STATUS_USAGE_DAYS - 1) * DAY_MS : 0), day);
    row_writer_text(row, 0, slice_make(day, sizeof day));
}

/* day, purpose, calls */
Error status_usage_row(Query *query, RowView row)
{
    StatusUsage *usage = query->state;
    const Slice day = query_text(row, 0);
    const Slice purpose = query_text(row, 1);
    StatusUsageDay *last = usage->day_count == 0 ? NULL : &usage->days[usage->day_count - 1];
    if (last == NULL || !slice_equal(slice_make(last->day, sizeof last->day), day)) {
        if (usage->day_count == STATUS_USAGE_DAYS || day.length != BUDGET_DAY_BYTES) {
            return ERROR_NONE;
        }
        last = &usage->days[usage->day_count++];
        memcpy(last->day, day.data, BUDGET_DAY_BYTES);
    }
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        if (slice_equal(budget_purpose_name((BudgetPurpose)i), purpose)) {
            last->calls[i] = query_int(row, 2, 0);
        }
    }
    if (slice_equal(purpose, SLICE("cycles"))) {
        last->cycles = query_int(row, 2, 0);
    }
    return ERROR_NONE;
}

Error status_usage_limit(Query *query, RowView row)
{
    StatusUsage *usage = query->state;
    budget_take_row(&usage->budget, row);
    return ERROR_NONE;
}

/* The day that runs, all zero before its first call. */
static StatusUsageDay today_of(const StatusUsage *usage, int64_t ms)
{
    char day[BUDGET_DAY_BYTES];
    budget_day_text(ms, day);
    const bool there =
        usage->day_count != 0 && memcmp(usage->days[usage->day_count - 1].day, day, BUDGET_DAY_BYTES) == 0;
    return there ? usage->days[usage->day_count - 1] : (StatusUsageDay){.cycles = 0};
}

static void append_calls(Buffer *text, const StatusUsageDay *day)
{
    static const BudgetPurpose shown[] = {BUDGET_PULL,  BUDGET_PUSH,  BUDGET_ACT,
                                          BUDGET_CHECK, BUDGET_SETUP, BUDGET_SESSION};
    int64_t sum = 0;
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        sum += day->calls[i];
    }
    buffer_append_int64(text, sum);
    buffer_append(text, SLICE(" today"));
    const char *before = " (";
    for (size_t i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        if (day->calls[shown[i]] != 0) {
            buffer_append(text, slice_from_text(before));
            buffer_append(text, budget_purpose_name(shown[i]));
            buffer_append_byte(text, ' ');
            buffer_append_int64(text, day->calls[shown[i]]);
            before = ", ";
        }
    }
    buffer_append(text, sum == 0 ? SLICE("") : SLICE(")"));
}

static void append_org(Buffer *text, const Budget *budget)
{
    int64_t reserve = 0;
    if (!budget->org.known) {
        return;
    }
    (void)number_to_int64((double)budget->org.max * budget->reserve, &reserve);
    buffer_append(text, SLICE("; of the org's "));
    buffer_append_uint64(text, budget->org.max);
    buffer_append(text, SLICE(" in 24 hours "));
    buffer_append_uint64(text, budget->org.remaining);
    buffer_append(text, SLICE(" are free, "));
    buffer_append_int64(text, reserve);
    buffer_append(text, SLICE(" kept for others"));
    if (budget->ceiling != 0) {
        buffer_append(text, SLICE("; at most "));
        buffer_append_int64(text, budget->ceiling);
        buffer_append(text, SLICE(" of Perly's own a day"));
    }
}

static void tell_calls(Query *query, const StatusUsage *usage)
{
    const StatusUsageDay today = today_of(usage, now_ms(query));
    static const BudgetPurpose sparing[] = {BUDGET_PUSH, BUDGET_ACT, BUDGET_PULL};
    Error short_of = ERROR_NONE;
    for (size_t i = 0; i < sizeof sparing / sizeof sparing[0] && short_of.code == ERROR_OK; i++) {
        short_of = budget_allows(&usage->budget, &query->memory, sparing[i], now_ms(query));
    }
    if (short_of.code == ERROR_OK) {
        short_of = budget_allows_bulk(&usage->budget, &query->memory, now_ms(query));
    }
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    append_calls(&text, &today);
    append_org(&text, &usage->budget);
    if (short_of.code != ERROR_OK) {
        buffer_append(&text, SLICE(". "));
        buffer_append(&text, short_of.message);
    }
    status_begin(query, &event, SLICE("api calls"), true, &text); /* what is short now passes by itself */
    event_bool(&event, SLICE("short"), short_of.code != ERROR_OK);
    for (unsigned i = 0; i < BUDGET_PURPOSE_COUNT; i++) {
        event_int64(&event, budget_purpose_name((BudgetPurpose)i), today.calls[i]);
    }
    if (usage->budget.org.known) {
        event_uint64(&event, SLICE("org_limit"), usage->budget.org.max);
        event_uint64(&event, SLICE("org_free"), usage->budget.org.remaining);
        event_time(&event, SLICE("read_at"), usage->budget.org_ms);
    }
    event_send(&event, query->job.engine);
}

/* The forecast: what a cycle cost on the days looked at. The first day has the first pull of everything, and
 * counts only while there is no other. */
typedef struct CallRates {
    double cycle;  /* calls of a pull */
    double writes; /* calls a day for scores and actions */
} CallRates;

static bool measure(const StatusUsage *usage, CallRates *rates)
{
    int64_t pulls = 0;
    int64_t writes = 0;
    int64_t cycles = 0;
    uint32_t days = 0;
    for (uint32_t i = usage->day_count > 1 ? 1 : 0; i < usage->day_count; i++) {
        pulls += usage->days[i].calls[BUDGET_PULL];
        writes += usage->days[i].calls[BUDGET_PUSH] + usage->days[i].calls[BUDGET_ACT];
        cycles += usage->days[i].cycles;
        days++;
    }
    if (cycles == 0) {
        return false;
    }
    rates->cycle = (double)pulls / (double)cycles;
    rates->writes = (double)writes / days;
    return true;
}

static int64_t calls_a_day(const CallRates *rates, int64_t poll_ms)
{
    int64_t calls = 0;
    (void)number_to_int64(rates->cycle * (double)DAY_MS / (double)poll_ms + rates->writes + 0.5, &calls);
    return calls;
}

static void append_interval(Buffer *text, int64_t ms)
{
    const bool hours = ms % HOUR_MS == 0;
    buffer_append_int64(text, ms / (hours ? HOUR_MS : MINUTE_MS));
    buffer_append(text, hours ? SLICE(" h") : SLICE(" min"));
}

static void append_price(Buffer *text, const StatusUsage *usage, int64_t poll_ms, int64_t calls)
{
    buffer_append(text, SLICE("every "));
    append_interval(text, poll_ms);
    buffer_append(text, SLICE(": about "));
    buffer_append_counted(text, calls, SLICE("call{s} a day"));
    if (usage->budget.org.known && usage->budget.org.max != 0) {
        char digits[NUMBER_TEXT_BYTES];
        const double percent = (double)calls * 100 / (double)usage->budget.org.max;
        buffer_append(text, SLICE(" ("));
        buffer_append(text, slice_make(digits, number_print_fixed(percent, 1, digits)));
        buffer_append(text, SLICE(" % of the org's)"));
    }
}

/* What it costs to keep Perly Last Updated fresh on accounts that nothing else writes. */
typedef struct Touch {
    Slice word;
    int64_t days;   /* 0: never */
    int64_t writes; /* in that time, at most */
    int64_t calls;
} Touch;

static Touch touch_of(const StatusUsage *usage, Slice word)
{
    Touch touch = {.word = word, .writes = usage->scored};
    touch.days = slice_equal(word, SLICE("never")) ? 0 : slice_equal(word, SLICE("daily")) ? 1 : 7;
    touch.calls = touch.writes < BULK_PUSH_ROWS_MIN
                      ? (touch.writes + OUTBOX_ITEMS_MAX - 1) / OUTBOX_ITEMS_MAX
                      : (touch.writes + BULK_PUSH_ROWS_MAX - 1) / BULK_PUSH_ROWS_MAX * BULK_PUSH_CALLS;
    return touch;
}

static void append_touch(Buffer *text, const Touch *touch)
{
    if (touch->days == 0 || touch->writes == 0) {
        return;
    }
    buffer_append(text, SLICE("; touch "));
    buffer_append(text, touch->word);
    buffer_append(text, SLICE(" writes up to "));
    buffer_append_counted(text, touch->writes,
                          touch->days == 1 ? SLICE("account{s} a day") : SLICE("account{s} a week"));
    buffer_append(text, SLICE(" that did not change: about "));
    buffer_append_counted(text, touch->calls, SLICE("call{s}"));
    buffer_append(text, SLICE(", and each write runs the org's flows and triggers on Account"));
}

static void tell_forecast(Query *query, const StatusUsage *usage, const ConfigSalesforce *salesforce)
{
    const int64_t poll_ms = salesforce->poll_ms;
    const Touch touch = touch_of(usage, salesforce->touch);
    static const int64_t others[] = {(int64_t)2 * HOUR_MS, (int64_t)15 * MINUTE_MS};
    CallRates rates = {0, 0};
    Buffer text;
    Event event;
    if (!measure(usage, &rates)) {
        return; /* before the first pull nothing is known */
    }
    buffer_init(&text, &query->memory, 0);
    append_price(&text, usage, poll_ms, calls_a_day(&rates, poll_ms));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] != poll_ms) {
            buffer_append(&text, SLICE("; "));
            append_price(&text, usage, others[i], calls_a_day(&rates, others[i]));
        }
    }
    append_touch(&text, &touch);
    status_begin(query, &event, SLICE("forecast"), true, &text);
    event_int64(&event, SLICE("poll_minutes"), poll_ms / MINUTE_MS);
    event_int64(&event, SLICE("calls_per_day"), calls_a_day(&rates, poll_ms));
    event_int64(&event, SLICE("calls_per_day_2h"), calls_a_day(&rates, others[0]));
    event_int64(&event, SLICE("calls_per_day_15m"), calls_a_day(&rates, others[1]));
    event_text(&event, SLICE("touch"), touch.word);
    if (touch.days != 0) {
        event_int64(&event, SLICE("touch_days"), touch.days);
        event_int64(&event, SLICE("touch_writes"), touch.writes);
        event_int64(&event, SLICE("touch_calls"), touch.calls);
    }
    event_send(&event, query->job.engine);
}

Error status_usage_tell(Query *query)
{
    StatusUsage *usage = query->state;
    Config *config = NULL;
    RETURN_IF_ERROR(command_config(query->command, &query->memory, &config));
    usage->budget.reserve = config->limits.api_reserve;
    usage->budget.ceiling = config->limits.api_calls_per_day;
    usage->budget.day = now_ms(query) / DAY_MS;
    tell_calls(query, usage);
    tell_forecast(query, usage, &config->salesforce);
    return ERROR_NONE;
}
