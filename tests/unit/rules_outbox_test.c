#include "rules/outbox.h"
#include "test.h"

enum { NOW = 1000000 };

typedef struct NextCase {
    const char *name;
    OutboxState state;
    bool repeatable;
    int64_t attempt;
    int64_t looks;
    OutboxEventKind event;
    int64_t retry_after_ms;
    OutboxState want;
    int64_t want_attempt;
    int64_t want_looks;
    int64_t want_pause_ms; /* 0: at once */
    bool want_stop;
} NextCase;

static const NextCase next_cases[] = {
    {"a claim counts an attempt", OUTBOX_READY, false, 0, 0, OUTBOX_CLAIM, 0, OUTBOX_CLAIMED, 1, 0, 0, false},
    {"a later claim too", OUTBOX_READY, false, 3, 0, OUTBOX_CLAIM, 0, OUTBOX_CLAIMED, 4, 0, 0, false},
    {"what was sent is done", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_OK, 0, OUTBOX_DONE, 1, 0, 0, false},
    {"an unclear post is looked up soon", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_MAYBE, 0, OUTBOX_UNCLEAR, 1, 0,
     10000, false},
    {"one that Salesforce was too busy for is looked up once", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_DECLINED,
     0, OUTBOX_UNCLEAR, 1, 1, 5000, false},
    {"when Salesforce wants it", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_DECLINED, 2000, OUTBOX_UNCLEAR, 1, 1,
     2000, false},
    {"and later each time", OUTBOX_CLAIMED, false, 3, 0, OUTBOX_DECLINED, 2000, OUTBOX_UNCLEAR, 3, 1, 8000,
     false},
    {"at most an hour later", OUTBOX_CLAIMED, false, 20, 0, OUTBOX_DECLINED, 2000, OUTBOX_UNCLEAR, 20, 1,
     3600000, false},
    {"unless Salesforce wants more", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_DECLINED, 7200000, OUTBOX_UNCLEAR, 1,
     1, 7200000, false},
    {"an upsert that Salesforce was too busy for is repeated", OUTBOX_CLAIMED, true, 1, 0, OUTBOX_DECLINED,
     2000, OUTBOX_READY, 1, 0, 2000, false},
    {"an unclear upsert is repeated after a pause", OUTBOX_CLAIMED, true, 1, 0, OUTBOX_MAYBE, 0, OUTBOX_READY,
     1, 0, 15000, false},
    {"a passing failure is repeated at once", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_RETRY_SOON, 0, OUTBOX_READY,
     1, 0, 0, false},
    {"but not again and again at once", OUTBOX_CLAIMED, false, 2, 0, OUTBOX_RETRY_SOON, 0, OUTBOX_READY, 2, 0,
     30000, false},
    {"first pause", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_RETRY_LATER, 0, OUTBOX_READY, 1, 0, 15000, false},
    {"second pause", OUTBOX_CLAIMED, false, 2, 0, OUTBOX_RETRY_LATER, 0, OUTBOX_READY, 2, 0, 30000, false},
    {"fifth pause", OUTBOX_CLAIMED, false, 5, 0, OUTBOX_RETRY_LATER, 0, OUTBOX_READY, 5, 0, 240000, false},
    {"longest pause", OUTBOX_CLAIMED, false, 20, 0, OUTBOX_RETRY_LATER, 0, OUTBOX_READY, 20, 0, 3600000,
     false},
    {"Retry-After is obeyed", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_RETRY_LATER, 90000, OUTBOX_READY, 1, 0,
     90000, false},
    {"a shorter Retry-After does not shorten", OUTBOX_CLAIMED, false, 5, 0, OUTBOX_RETRY_LATER, 1000,
     OUTBOX_READY, 5, 0, 240000, false},
    {"Retry-After may exceed the longest pause", OUTBOX_CLAIMED, false, 20, 0, OUTBOX_RETRY_LATER, 7200000,
     OUTBOX_READY, 20, 0, 7200000, false},
    {"attempts end", OUTBOX_CLAIMED, false, OUTBOX_ATTEMPTS_MAX, 0, OUTBOX_RETRY_LATER, 0, OUTBOX_FAILED,
     OUTBOX_ATTEMPTS_MAX, 0, 0, false},
    {"one before the last goes on", OUTBOX_CLAIMED, false, OUTBOX_ATTEMPTS_MAX - 1, 0, OUTBOX_RETRY_LATER, 0,
     OUTBOX_READY, OUTBOX_ATTEMPTS_MAX - 1, 0, 3600000, false},
    {"a block stops the run and counts no attempt", OUTBOX_CLAIMED, false, 3, 0, OUTBOX_BLOCKED, 0,
     OUTBOX_READY, 2, 0, 0, true},
    {"a block never ends in failure", OUTBOX_CLAIMED, false, OUTBOX_ATTEMPTS_MAX, 0, OUTBOX_BLOCKED, 0,
     OUTBOX_READY, OUTBOX_ATTEMPTS_MAX - 1, 0, 0, true},
    {"a refused record has failed", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_REFUSED, 0, OUTBOX_FAILED, 1, 0, 0,
     false},
    {"after a crash a post is looked up first", OUTBOX_CLAIMED, false, 1, 0, OUTBOX_CRASHED, 0,
     OUTBOX_UNCLEAR, 1, 0, 10000, false},
    {"after a crash an upsert is repeated at once", OUTBOX_CLAIMED, true, 1, 0, OUTBOX_CRASHED, 0,
     OUTBOX_READY, 1, 0, 0, false},
    {"an entry that always crashes ends", OUTBOX_CLAIMED, true, OUTBOX_ATTEMPTS_MAX, 0, OUTBOX_CRASHED, 0,
     OUTBOX_FAILED, OUTBOX_ATTEMPTS_MAX, 0, 0, false},
    {"a find is adopted", OUTBOX_UNCLEAR, false, 1, 0, OUTBOX_FOUND, 0, OUTBOX_DONE, 1, 0, 0, false},
    {"a find at the second look too", OUTBOX_UNCLEAR, false, 1, 1, OUTBOX_FOUND, 0, OUTBOX_DONE, 1, 0, 0,
     false},
    {"the first miss is followed by another look", OUTBOX_UNCLEAR, false, 1, 0, OUTBOX_NOT_FOUND, 0,
     OUTBOX_UNCLEAR, 1, 1, 60000, false},
    {"the second miss sends again", OUTBOX_UNCLEAR, false, 1, 1, OUTBOX_NOT_FOUND, 0, OUTBOX_READY, 1, 0, 0,
     false},
    {"a failed look counts for nothing", OUTBOX_UNCLEAR, false, 1, 1, OUTBOX_LOOK_FAILED, 0, OUTBOX_UNCLEAR,
     1, 1, 10000, false},
    {"a person approves what is held", OUTBOX_HELD, false, 0, 0, OUTBOX_APPROVE, 0, OUTBOX_READY, 0, 0, 0,
     false},
    {"a person drops what is held", OUTBOX_HELD, false, 0, 0, OUTBOX_DROP, 0, OUTBOX_DROPPED, 0, 0, 0, false},
    {"what is parked can be sent", OUTBOX_PARKED, false, 0, 0, OUTBOX_APPROVE, 0, OUTBOX_READY, 0, 0, 0,
     false},
    {"what failed begins anew", OUTBOX_FAILED, false, 30, 0, OUTBOX_APPROVE, 0, OUTBOX_READY, 0, 0, 0, false},
    {"what is not sent yet can be dropped", OUTBOX_READY, false, 2, 0, OUTBOX_DROP, 0, OUTBOX_DROPPED, 2, 0,
     0, false},
};

static void follows_the_table(void)
{
    for (size_t i = 0; i < sizeof next_cases / sizeof next_cases[0]; i++) {
        const NextCase *row = &next_cases[i];
        const OutboxEntry entry = {row->state, row->repeatable, row->attempt, row->looks, 0};
        const OutboxEvent event = {row->event, row->retry_after_ms};
        const OutboxNext next = outbox_next(&entry, event, NOW, 0);
        CHECK_TEXT(outbox_state_name(next.state), outbox_state_name(row->want), row->name);
        CHECK_INT(next.attempt, row->want_attempt, row->name);
        CHECK_INT(next.looks, row->want_looks, row->name);
        CHECK_INT(next.not_before_ms, row->want_pause_ms == 0 ? 0 : NOW + row->want_pause_ms, row->name);
        CHECK_INT(next.stop, row->want_stop, row->name);
    }
}

/* Every pair that no row above shows is denied, and so are all events of what is done or dropped. */
static void denies_all_else(void)
{
    for (uint32_t state = 0; state < OUTBOX_STATE_COUNT; state++) {
        for (uint32_t event = 0; event < OUTBOX_EVENT_COUNT; event++) {
            bool shown = false;
            for (size_t i = 0; i < sizeof next_cases / sizeof next_cases[0]; i++) {
                shown = shown || (next_cases[i].state == state && next_cases[i].event == event);
            }
            if (state == OUTBOX_PARKED || state == OUTBOX_FAILED) {
                shown = shown || event == OUTBOX_DROP;
            }
            CHECK_INT(outbox_allows((OutboxState)state, (OutboxEventKind)event), shown, "allowed as shown");
        }
    }
}

static void spreads_pauses(void)
{
    const OutboxEntry entry = {OUTBOX_CLAIMED, false, 3, 0, 0};
    const OutboxEvent event = {OUTBOX_RETRY_LATER, 0};
    CHECK_INT(outbox_next(&entry, event, NOW, 0).not_before_ms, NOW + 60000, "no jitter");
    CHECK_INT(outbox_next(&entry, event, NOW, UINT32_C(1) << 31).not_before_ms, NOW + 52500,
              "half the jitter");
    CHECK(outbox_next(&entry, event, NOW, UINT32_MAX).not_before_ms >= NOW + 45000);
    CHECK(outbox_next(&entry, event, NOW, UINT32_MAX).not_before_ms < NOW + 45010);
    const OutboxEntry post = {OUTBOX_CLAIMED, false, 1, 0, 0};
    CHECK_INT(outbox_next(&post, (OutboxEvent){OUTBOX_MAYBE, 0}, NOW, UINT32_MAX).not_before_ms,
              NOW + OUTBOX_FIRST_LOOK_MS, "settling is never shortened");
}

/* After an unclear attempt: two looks, a minute apart, before anything is sent; then the attempt counts. */
static void settles_before_it_repeats(void)
{
    OutboxEntry entry = {OUTBOX_READY, false, 0, 0, 0};
    int64_t now = NOW;
    int64_t sent_at[2] = {0, 0};
    int sends = 0;
    int looks = 0;
    for (int turn = 0; turn < 1000 && sends < 2; turn++, now += 1000) {
        OutboxEvent events[2] = {{OUTBOX_CLAIM, 0}, {OUTBOX_MAYBE, 0}};
        if (now < entry.not_before_ms) {
            continue;
        }
        const bool look = entry.state == OUTBOX_UNCLEAR;
        if (look) {
            CHECK(now - sent_at[0] >= OUTBOX_FIRST_LOOK_MS + (int64_t)looks * OUTBOX_SETTLE_MS);
            events[0].kind = OUTBOX_NOT_FOUND;
            looks++;
        }
        sent_at[sends] = look ? sent_at[sends] : now;
        sends += !look;
        for (int i = 0; i < (look ? 1 : 2); i++) {
            const OutboxNext next = outbox_next(&entry, events[i], now, 0);
            entry = (OutboxEntry){next.state, false, next.attempt, next.looks, next.not_before_ms};
        }
    }
    CHECK_INT(sends, 2, "sent twice in the end");
    CHECK_INT(looks, OUTBOX_LOOKS, "looked up twice between");
    CHECK(sent_at[1] - sent_at[0] >= OUTBOX_FIRST_LOOK_MS + OUTBOX_SETTLE_MS);
    CHECK_INT(entry.attempt, 2, "both attempts are counted");
}

static void reads_errors(void)
{
    static const struct {
        ErrorCode code;
        OutboxEventKind want;
    } cases[] = {
        {ERROR_OK, OUTBOX_OK},
        {ERROR_REQUEST_UNCLEAR, OUTBOX_MAYBE},
        {ERROR_HTTP_CUT, OUTBOX_MAYBE},
        {ERROR_SF_UNAVAILABLE, OUTBOX_MAYBE},
        {ERROR_SF_BUSY, OUTBOX_RETRY_LATER},
        {ERROR_SF_ANSWER, OUTBOX_MAYBE},
        {ERROR_CANCELLED, OUTBOX_MAYBE},
        {ERROR_OUT_OF_MEMORY, OUTBOX_MAYBE},
        {ERROR_HTTP_UNREACHABLE, OUTBOX_RETRY_LATER},
        {ERROR_SF_RECORD_LOCKED, OUTBOX_RETRY_LATER},
        {ERROR_SF_RATE_LIMIT, OUTBOX_RETRY_LATER},
        {ERROR_SF_DUPLICATE_VALUE, OUTBOX_RETRY_SOON},
        {ERROR_SF_SESSION_EXPIRED, OUTBOX_BLOCKED},
        {ERROR_SF_ACCESS_REVOKED, OUTBOX_BLOCKED},
        {ERROR_SF_API_LIMIT, OUTBOX_BLOCKED},
        {ERROR_SF_CHATTER_OFF, OUTBOX_BLOCKED},
        {ERROR_SF_RECORD_GONE, OUTBOX_REFUSED},
        {ERROR_SF_VALIDATION_RULE, OUTBOX_REFUSED},
        {ERROR_SF_OWNER_INACTIVE, OUTBOX_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Error error = error_make(cases[i].code, SLICE(""));
        CHECK_INT(outbox_event(error), cases[i].want, error_name(cases[i].code).data);
    }
    for (uint32_t code = 0; code < ERROR_CODE_COUNT; code++) {
        const OutboxEventKind kind = outbox_event(error_make((ErrorCode)code, SLICE("")));
        CHECK(outbox_allows(OUTBOX_CLAIMED, kind));
    }
}

static void names_states(void)
{
    for (uint32_t i = 0; i < OUTBOX_STATE_COUNT; i++) {
        OutboxState state = OUTBOX_STATE_COUNT;
        CHECK(outbox_state_find(outbox_state_name((OutboxState)i), &state));
        CHECK_INT(state, i, "the name leads back");
    }
    OutboxState untouched = OUTBOX_DONE;
    CHECK(!outbox_state_find(SLICE("Ready"), &untouched));
    CHECK_INT(untouched, OUTBOX_DONE, "untouched");
}

TEST_MAIN(follows_the_table, denies_all_else, spreads_pauses, settles_before_it_repeats, reads_errors,
          names_states)
