/*
 * The core under the native host, driven by a test: each line of stdin is a command (JSON), each event is a
 * line on stdout. Ends with stdin. A test reads exactly what the core says, without a command line in
 * between.
 *
 *     core_run DATABASE KEY_FILE
 *
 * CORE_RUN_KILL=KIND:N ends the process by SIGKILL at the N-th effect of a kind: `request` (sent), `answer`
 * (its head read), `commit` (about to begin), `committed` (ended, the core does not know yet).
 * CORE_RUN_EFFECTS=FILE writes how many of each kind there were, how often commands asked for memory, and the
 * most bytes of it that the core had at once, when the process ends.
 * CORE_RUN_NO_MEMORY=N refuses the N-th request for memory of the commands; N+ refuses all from there on.
 * CORE_RUN_SETTLED=FILE keeps a copy of the database's log as it was when it was last written to the disk:
 * what is in it survives a power cut. CORE_RUN_BATCH_MS=N lets every batch of rows (a transaction of 256 KiB
 * or more) take so long. PERLY_TEST_CLOCK=URL takes the time from the local Salesforce.
 */
#include "embedded.h"
#include "loop.h"
#include "perly/perly.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_BYTES = 256 << 10 };

typedef enum Effect { REQUEST, ANSWER, COMMIT, COMMITTED, EFFECTS } Effect;

static const char *const effect_names[EFFECTS] = {"request", "answer", "commit", "committed"};

/* Which effect is the last one; ports of the native host stand behind ours. */
typedef struct Runner {
    PerlyHost inner;
    Perly *perly;
    long effects[EFFECTS];
    Effect kill_kind;
    long kill_at; /* 0: never */
    long batch_ms;
    size_t memory_bytes;
    size_t memory_bytes_most;
    bool running; /* commands, that is; what comes before is not counted */
    long allocations;
    long refuse_from; /* requests for memory, up to and without refuse_to; 0: none */
    long refuse_to;
} Runner;

static void count_effect(Runner *runner, Effect kind)
{
    if (++runner->effects[kind] == runner->kill_at && kind == runner->kill_kind) {
        (void)fflush(stdout);
        kill(getpid(), SIGKILL);
    }
}

static void write_effects(const Runner *runner)
{
    const char *path = getenv("CORE_RUN_EFFECTS");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL) {
        return;
    }
    for (int kind = 0; kind < EFFECTS; kind++) {
        (void)fprintf(file, "%s\"%s\":%ld", kind == 0 ? "{" : ",", effect_names[kind], runner->effects[kind]);
    }
    (void)fprintf(file, ",\"allocations\":%ld,\"memory\":%zu}\n", runner->allocations,
                  runner->memory_bytes_most);
    (void)fclose(file);
}

static void read_environment(Runner *runner)
{
    const char *batch_ms = getenv("CORE_RUN_BATCH_MS");
    runner->batch_ms = batch_ms == NULL ? 0 : strtol(batch_ms, NULL, 10);
    const char *refused = getenv("CORE_RUN_NO_MEMORY");
    if (refused != NULL) {
        runner->refuse_from = strtol(refused, NULL, 10);
        runner->refuse_to = strchr(refused, '+') == NULL ? runner->refuse_from + 1 : LONG_MAX;
    }
    const char *text = getenv("CORE_RUN_KILL");
    const char *colon = text == NULL ? NULL : strchr(text, ':');
    for (int kind = 0; colon != NULL && kind < EFFECTS; kind++) {
        const size_t length = strlen(effect_names[kind]);
        if ((size_t)(colon - text) == length && strncmp(text, effect_names[kind], length) == 0) {
            runner->kill_kind = (Effect)kind;
            runner->kill_at = strtol(colon + 1, NULL, 10);
        }
    }
}

/* The linker puts it in the place of fdatasync, by which the store settles (CMakeLists.txt). */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the names are the linker's */
int __real_fdatasync(int file);
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): as above */
int __wrap_fdatasync(int file);

int __wrap_fdatasync(int file)
{
    const int result = __real_fdatasync(file);
    const char *path = getenv("CORE_RUN_SETTLED");
    char made[4096];
    (void)snprintf(made, sizeof made, "%s.new", path == NULL ? "" : path);
    FILE *copy = path == NULL ? NULL : fopen(made, "w");
    if (copy == NULL) {
        return result;
    }
    char bytes[1 << 14];
    off_t at = 0;
    for (ssize_t got = 1; got > 0; at += got) {
        got = pread(file, bytes, sizeof bytes, at);
        (void)fwrite(bytes, 1, got > 0 ? (size_t)got : 0, copy);
    }
    (void)fclose(copy);
    (void)rename(made, path);
    return result;
}

static void write_log(void *context, uint32_t level, const char *text, size_t length)
{
    (void)context;
    (void)fprintf(stderr, "log %u %.*s\n", level, (int)length, text);
}

static void write_event(void *context, const char *json, size_t length)
{
    (void)context;
    (void)fwrite(json, 1, length, stdout);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
}

/* Ports that count, then do what the native host does. The others go to it directly. */

static void send_request(void *context, uint32_t call, uint32_t flags, const char *request, size_t length)
{
    Runner *runner = context;
    runner->inner.http_send(runner->inner.context, call, flags, request, length);
    count_effect(runner, REQUEST);
}

static void apply(void *context, uint32_t call, const char *record, size_t length)
{
    Runner *runner = context;
    count_effect(runner, COMMIT);
    if (length >= BATCH_BYTES) {
        const struct timespec pause = {runner->batch_ms / 1000, runner->batch_ms % 1000 * 1000000};
        (void)nanosleep(&pause, NULL);
    }
    runner->inner.store_apply(runner->inner.context, call, record, length);
    count_effect(runner, COMMITTED);
}

#define PASS_RECORD(name)                                                                                    \
    static void pass_##name(void *context, uint32_t call, const char *record, size_t length)                 \
    {                                                                                                        \
        Runner *runner = context;                                                                            \
        runner->inner.name(runner->inner.context, call, record, length);                                     \
    }

PASS_RECORD(store_migrate)
PASS_RECORD(store_query)
PASS_RECORD(store_compare)
PASS_RECORD(seal)
PASS_RECORD(unseal)
PASS_RECORD(sign)

static void *pass_memory_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    Runner *runner = context;
    if (runner->running && new_bytes > old_bytes && ++runner->allocations >= runner->refuse_from &&
        runner->allocations < runner->refuse_to) {
        return NULL;
    }
    runner->memory_bytes += new_bytes - old_bytes;
    if (runner->memory_bytes > runner->memory_bytes_most) {
        runner->memory_bytes_most = runner->memory_bytes;
    }
    return runner->inner.memory_resize(runner->inner.context, block, old_bytes, new_bytes);
}

static void pass_flow(void *context, uint32_t call, uint32_t flow)
{
    Runner *runner = context;
    runner->inner.flow(runner->inner.context, call, flow);
}

static void pass_cancel(void *context, uint32_t call)
{
    Runner *runner = context;
    runner->inner.cancel(runner->inner.context, call);
}

static void pass_timer(void *context, uint32_t call, double delay_ms)
{
    Runner *runner = context;
    runner->inner.timer(runner->inner.context, call, delay_ms);
}

static void pass_random(void *context, char *bytes, size_t length)
{
    Runner *runner = context;
    runner->inner.random(runner->inner.context, bytes, length);
}

static void pass_log(void *context, uint32_t level, const char *text, size_t length)
{
    Runner *runner = context;
    runner->inner.log(runner->inner.context, level, text, length);
}

static void pass_event(void *context, const char *json, size_t length)
{
    Runner *runner = context;
    runner->inner.event(runner->inner.context, json, length);
}

static PerlyHost counting_host(Runner *runner)
{
    return (PerlyHost){.context = runner,
                       .memory_resize = pass_memory_resize,
                       .http_send = send_request,
                       .store_migrate = pass_store_migrate,
                       .store_apply = apply,
                       .store_query = pass_store_query,
                       .store_compare = pass_store_compare,
                       .flow = pass_flow,
                       .cancel = pass_cancel,
                       .timer = pass_timer,
                       .random = pass_random,
                       .seal = pass_seal,
                       .unseal = pass_unseal,
                       .sign = pass_sign,
                       .log = pass_log,
                       .event = pass_event};
}

/* Completions. */

static void to_http_head(void *context, double wall, double mono, uint32_t call, uint32_t status,
                         const char *headers, size_t length)
{
    Runner *runner = context;
    count_effect(runner, ANSWER);
    perly_http_head(runner->perly, wall, mono, call, status, headers, length);
}

static uint32_t to_http_body(void *context, double wall, double mono, uint32_t call, const char *bytes,
                             size_t length)
{
    return perly_http_body(((Runner *)context)->perly, wall, mono, call, bytes, length);
}

static void to_http_end(void *context, double wall, double mono, uint32_t call, uint32_t outcome,
                        const char *text, size_t length)
{
    perly_http_end(((Runner *)context)->perly, wall, mono, call, outcome, text, length);
}

static uint32_t to_store_rows(void *context, double wall, double mono, uint32_t call, const char *batch,
                              size_t length)
{
    return perly_store_rows(((Runner *)context)->perly, wall, mono, call, batch, length);
}

static void to_call_end(void *context, double wall, double mono, uint32_t call, uint32_t end,
                        const char *payload, size_t length)
{
    perly_call_end(((Runner *)context)->perly, wall, mono, call, end, payload, length);
}

static void to_timer_fire(void *context, double wall, double mono, uint32_t call)
{
    perly_timer_fire(((Runner *)context)->perly, wall, mono, call);
}

static int fail(const char *what, const NativeEnd *end)
{
    (void)fprintf(stderr, "core_run: %s: %.*s\n", what, (int)end->payload.length, end->payload.bytes);
    return 1;
}

static void run_commands(NativeLoop *loop, Perly *perly)
{
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t length = getline(&line, &capacity, stdin); length > 0;
         length = getline(&line, &capacity, stdin)) {
        double wall = 0;
        double mono = 0;
        native_loop_time(loop, &wall, &mono);
        perly_command_run(perly, wall, mono, line, (size_t)length);
        while (perly_core_busy(perly)) {
            native_loop_turn(loop, NULL, 0);
        }
    }
    free(line);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: core_run DATABASE KEY_FILE\n");
        return 4;
    }
    NativeStore *store = NULL;
    NativeKeys keys;
    NativeEnd end = native_store_open(argv[1], &store);
    if (end.end != PERLY_END_OK) {
        return fail("database", &end);
    }
    end = native_keys_load(&keys, argv[2], true);
    if (end.end != PERLY_END_OK) {
        return fail("key", &end);
    }
    NativeBuffer problem = {0};
    const char *clock_url = getenv("PERLY_TEST_CLOCK");
    NativeClock *clock = clock_url == NULL ? native_clock_new() : native_clock_test_new(clock_url, &problem);
    if (clock == NULL) {
        (void)fprintf(stderr, "core_run: clock: %.*s\n", (int)problem.length, problem.bytes);
        return 1;
    }
    char folder[4096]; /* dirname writes into its argument */
    (void)snprintf(folder, sizeof folder, "%s", argv[2]);
    const NativeLoopOptions options = {.clock = clock,
                                       .store = store,
                                       .keys = &keys,
                                       .sign_folder = dirname(folder),
                                       .http = {.loopback_only = true},
                                       .log = write_log,
                                       .event = write_event};
    NativeLoop *loop = native_loop_new(&options);
    Runner runner = {.kill_at = 0};
    read_environment(&runner);
    native_loop_ports(loop, &runner.inner);
    const PerlyHost host = counting_host(&runner);
    Perly *perly = perly_core_new(&host, PERLY_DIALECT_SQLITE);
    runner.perly = perly;
    if (perly_zones_set(perly, native_zones(), native_zones_length()) != 0) {
        (void)fprintf(stderr, "core_run: the zones were refused\n");
        return 1;
    }
    const NativeSink sink = {&runner,       to_http_head, to_http_body, to_http_end,
                             to_store_rows, to_call_end,  to_timer_fire};
    native_loop_deliver_to(loop, &sink);
    runner.running = true;
    run_commands(loop, perly);
    write_effects(&runner);
    perly_core_free(perly);
    native_loop_free(loop);
    native_clock_free(clock);
    native_store_close(store);
    native_keys_wipe(&keys);
    return 0;
}
