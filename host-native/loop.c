#include "loop.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* The requests of the test clock; the core counts its calls from 1 up and never comes here. */
enum { TEST_PAUSE_MS = 2 };
#define CLOCK_CALLS UINT32_C(0xfffffff0)
#define PAUSE_CALL UINT32_C(0)

/* A completion that waits for its turn. */
typedef struct Ended {
    struct Ended *next;
    uint32_t call;
    NativeEnd end;
} Ended;

typedef struct OpenQuery {
    struct OpenQuery *next;
    NativeQuery *query;
    uint32_t call;
    bool waiting;
    bool cancelled;
} OpenQuery;

struct NativeLoop {
    NativeLoopOptions options;
    NativeSink sink;
    NativeHttp *http;
    Ended *first;
    Ended **last;
    OpenQuery *queries;
    NativeBuffer rows;
    NativeBuffer clock_body;
    uint32_t clock_call; /* the newest of the test clock's; answers to older ones say nothing */
    uint32_t open;       /* the core's requests that have not ended */
    bool delivered;      /* in this turn */
    bool paused;
};

void native_loop_time(NativeLoop *loop, double *wall_ms, double *mono_ms)
{
    native_clock_read(loop->options.clock, wall_ms, mono_ms);
}

/* A call whose end cannot be kept would leave the core waiting forever: there is no going on. */
static void *need(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void ended(NativeLoop *loop, uint32_t call, NativeEnd end)
{
    Ended *made = need(calloc(1, sizeof *made));
    made->call = call;
    made->end = end;
    *loop->last = made;
    loop->last = &made->next;
}

static void on_head(void *context, uint32_t call, uint32_t status, const char *headers, size_t length)
{
    NativeLoop *loop = context;
    double wall = 0;
    double mono = 0;
    if (call < CLOCK_CALLS) {
        loop->delivered = true;
        native_loop_time(loop, &wall, &mono);
        loop->sink.http_head(loop->sink.context, wall, mono, call, status, headers, length);
    }
}

static uint32_t on_body(void *context, uint32_t call, const char *bytes, size_t length)
{
    NativeLoop *loop = context;
    double wall = 0;
    double mono = 0;
    if (call >= CLOCK_CALLS) {
        native_buffer_bytes(&loop->clock_body, bytes, call == loop->clock_call ? length : 0);
        return 0;
    }
    loop->delivered = true;
    native_loop_time(loop, &wall, &mono);
    return loop->sink.http_body(loop->sink.context, wall, mono, call, bytes, length);
}

static void on_end(void *context, uint32_t call, uint32_t outcome, const char *text, size_t length)
{
    NativeLoop *loop = context;
    double wall = 0;
    double mono = 0;
    loop->delivered = true;
    if (call < CLOCK_CALLS) {
        loop->open--;
        native_loop_time(loop, &wall, &mono);
        loop->sink.http_end(loop->sink.context, wall, mono, call, outcome, text, length);
    } else if (call == loop->clock_call) {
        native_clock_answer(loop->options.clock, loop->clock_body.bytes, loop->clock_body.length);
        native_buffer_clear(&loop->clock_body);
    }
}

static bool before_send(void *context)
{
    NativeLoop *loop = context;
    return loop->options.store == NULL || native_store_settle(loop->options.store);
}

NativeLoop *native_loop_new(const NativeLoopOptions *options)
{
    NativeLoop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return NULL;
    }
    loop->options = *options;
    loop->options.http.loopback_only = native_clock_is_test(options->clock);
    loop->last = &loop->first;
    loop->http =
        native_http_new(&loop->options.http, &(NativeHttpSink){loop, on_head, on_body, on_end, before_send});
    if (loop->http == NULL) {
        free(loop);
        return NULL;
    }
    return loop;
}

void native_loop_free(NativeLoop *loop)
{
    if (loop == NULL) {
        return;
    }
    native_http_free(loop->http);
    while (loop->first != NULL) {
        Ended *gone = loop->first;
        loop->first = gone->next;
        native_end_free(&gone->end);
        free(gone);
    }
    while (loop->queries != NULL) {
        OpenQuery *gone = loop->queries;
        loop->queries = gone->next;
        native_query_close(gone->query);
        free(gone);
    }
    native_buffer_free(&loop->rows);
    native_buffer_free(&loop->clock_body);
    free(loop);
}

void native_loop_deliver_to(NativeLoop *loop, const NativeSink *sink)
{
    loop->sink = *sink;
}

void native_loop_pause(NativeLoop *loop, double delay_ms)
{
    if (!native_clock_timer(loop->options.clock, PAUSE_CALL, delay_ms)) {
        abort();
    }
    loop->paused = true;
}

bool native_loop_paused(const NativeLoop *loop)
{
    return loop->paused;
}

/* The ports. */

static void *memory_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block,
                   new_bytes); /* aligned to 16 where max_align_t is, on every 64-bit system we build for */
}

static void http_send(void *context, uint32_t call, uint32_t flags, const char *request, size_t length)
{
    NativeLoop *loop = context;
    loop->open++;
    native_http_send(loop->http, call, flags, request, length);
}

static void store_migrate(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_store_migrate(loop->options.store, record, length));
}

static void store_apply(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_store_apply(loop->options.store, record, length));
}

static void store_compare(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_store_compare(loop->options.store, record, length));
}

static void store_query(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    NativeQuery *query = NULL;
    const NativeEnd end = native_store_query(loop->options.store, record, length, &query);
    if (query == NULL) {
        ended(loop, call, end);
        return;
    }
    OpenQuery *opened = need(calloc(1, sizeof *opened));
    opened->query = query;
    opened->call = call;
    OpenQuery **last = &loop->queries;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = opened;
}

static OpenQuery *find_query(NativeLoop *loop, uint32_t call)
{
    OpenQuery *query = loop->queries;
    while (query != NULL && query->call != call) {
        query = query->next;
    }
    return query;
}

static void flow(void *context, uint32_t call, uint32_t wanted)
{
    NativeLoop *loop = context;
    OpenQuery *query = find_query(loop, call);
    if (query != NULL) {
        query->waiting = wanted == PERLY_FLOW_WAIT;
    } else {
        (void)native_http_flow(loop->http, call, wanted);
    }
}

/* What was done inside its port is over already; its end stands in the queue. */
static void cancel(void *context, uint32_t call)
{
    NativeLoop *loop = context;
    OpenQuery *query = find_query(loop, call);
    if (query != NULL) {
        query->cancelled = true;
    } else if (!native_http_cancel(loop->http, call)) {
        (void)native_clock_hurry(loop->options.clock, call);
    }
}

static void timer(void *context, uint32_t call, double delay_ms)
{
    if (!native_clock_timer(((NativeLoop *)context)->options.clock, call, delay_ms)) {
        abort();
    }
}

static void fill_random(void *context, char *bytes, size_t length)
{
    (void)context;
    if (!native_random(bytes, length)) {
        abort();
    }
}

static void seal(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_seal(loop->options.keys, record, length));
}

static void unseal(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_unseal(loop->options.keys, record, length));
}

static void sign(void *context, uint32_t call, const char *record, size_t length)
{
    NativeLoop *loop = context;
    ended(loop, call, native_sign(loop->options.sign_folder, record, length));
}

static void write_log(void *context, uint32_t level, const char *text, size_t length)
{
    const NativeLoopOptions *options = &((NativeLoop *)context)->options;
    options->log(options->context, level, text, length);
}

static void write_event(void *context, const char *json, size_t length)
{
    const NativeLoopOptions *options = &((NativeLoop *)context)->options;
    options->event(options->context, json, length);
}

void native_loop_ports(NativeLoop *loop, PerlyHost *host)
{
    *host = (PerlyHost){
        .context = loop,
        .memory_resize = memory_resize,
        .http_send = http_send,
        .store_migrate = store_migrate,
        .store_apply = store_apply,
        .store_query = store_query,
        .store_compare = store_compare,
        .flow = flow,
        .cancel = cancel,
        .timer = timer,
        .random = fill_random,
        .seal = seal,
        .unseal = unseal,
        .sign = sign,
        .log = write_log,
        .event = write_event,
    };
}

/* The turn. */

static void deliver_end(NativeLoop *loop, uint32_t call, NativeEnd *end)
{
    double wall = 0;
    double mono = 0;
    loop->delivered = true;
    native_loop_time(loop, &wall, &mono);
    loop->sink.call_end(loop->sink.context, wall, mono, call, end->end,
                        end->payload.length > 0 ? end->payload.bytes : "", end->payload.length);
    if (end->payload.length > 0) {
        explicit_bzero(end->payload.bytes, end->payload.length); /* it may have been unsealed */
    }
    native_end_free(end);
}

/* Those that are queued now; what they cause has its turn after the network had one. */
static void deliver_ended(NativeLoop *loop)
{
    Ended *list = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    while (list != NULL) {
        Ended *done = list;
        list = done->next;
        deliver_end(loop, done->call, &done->end);
        free(done);
    }
}

static void deliver_timers(NativeLoop *loop)
{
    uint32_t call = 0;
    while (native_clock_due(loop->options.clock, &call)) {
        double wall = 0;
        double mono = 0;
        loop->delivered = true;
        if (call == PAUSE_CALL) {
            loop->paused = false;
            continue;
        }
        native_loop_time(loop, &wall, &mono);
        loop->sink.timer_fire(loop->sink.context, wall, mono, call);
    }
}

/* Takes a query out of the list and ends it. */
static void end_query(NativeLoop *loop, OpenQuery **link, NativeEnd end)
{
    OpenQuery *gone = *link;
    const uint32_t call = gone->call;
    *link = gone->next;
    native_query_close(gone->query);
    free(gone);
    deliver_end(loop, call, &end);
}

/* One batch of one query. True when it has ended. */
static bool deliver_rows(NativeLoop *loop, OpenQuery **link)
{
    OpenQuery *open = *link;
    double wall = 0;
    double mono = 0;
    if (open->cancelled) {
        end_query(loop, link, (NativeEnd){PERLY_END_CANCELLED, {0}});
        return true;
    }
    if (open->waiting) {
        return false;
    }
    const NativeEnd end = native_query_rows(open->query, &loop->rows);
    if (end.end != PERLY_END_OK || loop->rows.length == 0) {
        end_query(loop, link, end);
        return true;
    }
    loop->delivered = true;
    native_loop_time(loop, &wall, &mono);
    if (loop->sink.store_rows(loop->sink.context, wall, mono, open->call, loop->rows.bytes,
                              loop->rows.length) != 0) {
        open->waiting = true;
    }
    return false;
}

static void deliver_queries(NativeLoop *loop)
{
    for (OpenQuery **link = &loop->queries; *link != NULL;) {
        if (!deliver_rows(loop, link)) {
            link = &(*link)->next;
        }
    }
}

/* Tells the test clock what we wait for; nothing on the real one. */
static void tell_clock(NativeLoop *loop)
{
    const NativeText request = native_clock_request(loop->options.clock, loop->open);
    if (request.length > 0) {
        native_buffer_clear(&loop->clock_body);
        loop->clock_call = CLOCK_CALLS + ((loop->clock_call + 1) & 0xf);
        native_http_send(loop->http, loop->clock_call, PERLY_HTTP_IDEMPOTENT, request.bytes, request.length);
        native_http_run(loop->http);
    }
}

/*
 * With a test clock. An answer of the local Salesforce comes within moments, so the clock is told only of
 * waits that are longer. The time is read before anything that woke us is delivered.
 */
static void wait_for_test_clock(NativeLoop *loop, NativeWatch *watches, uint32_t watch_count)
{
    if (!native_http_wait(loop->http, TEST_PAUSE_MS, watches, watch_count)) {
        tell_clock(loop);
        if (!loop->delivered && loop->first == NULL) {
            (void)native_http_wait(loop->http, native_clock_wait_ms(loop->options.clock), watches,
                                   watch_count);
        }
    }
    native_clock_woke(loop->options.clock);
}

/* Which descriptors are readable now. */
static void look(NativeWatch *watches, uint32_t watch_count)
{
    for (uint32_t i = 0; i < watch_count; i++) {
        struct pollfd one = {watches[i].fd, POLLIN, 0};
        watches[i].ready = poll(&one, 1, 0) > 0;
    }
}

void native_loop_turn(NativeLoop *loop, NativeWatch *watches, uint32_t watch_count)
{
    loop->delivered = false;
    for (uint32_t i = 0; i < watch_count; i++) {
        watches[i].ready = false;
    }
    deliver_ended(loop);
    deliver_timers(loop);
    deliver_queries(loop);
    native_http_run(loop->http);
    if (loop->delivered || loop->first != NULL) {
        look(watches, watch_count); /* a signal is heard however busy the loop is */
        return;
    }
    if (native_clock_is_test(loop->options.clock)) {
        wait_for_test_clock(loop, watches, watch_count);
    } else {
        (void)native_http_wait(loop->http, native_clock_wait_ms(loop->options.clock), watches, watch_count);
    }
}
