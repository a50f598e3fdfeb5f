/*
 * native_driver DBFILE: the adapters of host-native behind frames on stdin and stdout, so that the
 * conformance suites, which are JavaScript, can judge them. A frame, both ways: five little-endian uint32
 * (payload length, kind, call, a, b), then the payload. Ends when stdin ends.
 *
 * Requests: 1 http_send (a = flags)  2 store_migrate  3 store_apply  4 store_query  5 store_compare
 *           6 flow (a, b)  7 cancel  8 timer (a = ms)  9 seal  10 unseal  11 sign  12 random (a = bytes)
 * Answers:  101 http_head (a = status)  102 http_body  103 http_end (a = outcome)  104 store_rows
 *           105 call_end (a = end)  106 timer_fire
 *
 * Body and rows are answered MORE, unless a flow(WAIT) frame came for the call (also before it was opened)
 * and no flow(RESUME) after it; a flow(RESUME) with b = 1 lets one piece come and answers WAIT again.
 * PERLY_HTTP_CONNECT_MS and PERLY_HTTP_IDLE_MS shorten the timeouts. Keys: DBFILE.key; DBFILE's folder signs.
 */
#include "loop.h"
#include "perly/perly.h"
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_BYTES = 20, READ_BYTES = 1 << 20, WAITING_MAX = 64 };

typedef struct Driver {
    NativeLoop *loop;
    PerlyHost host;
    NativeBuffer in;
    uint32_t waiting[WAITING_MAX];
    uint32_t waiting_count;
} Driver;

static void write_all(const void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t wrote = write(STDOUT_FILENO, (const char *)bytes + at, length - at);
        if (wrote < 0 && errno != EINTR) {
            exit(1);
        }
        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

static void answer(uint32_t kind, uint32_t call, uint32_t a, const char *bytes, size_t length)
{
    const uint32_t frame[5] = {(uint32_t)length, kind, call, a, 0};
    write_all(frame, sizeof frame);
    write_all(bytes, length);
}

static bool waits(const Driver *driver, uint32_t call)
{
    for (uint32_t i = 0; i < driver->waiting_count; i++) {
        if (driver->waiting[i] == call) {
            return true;
        }
    }
    return false;
}

static void set_flow(Driver *driver, uint32_t call, uint32_t flow)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < driver->waiting_count; i++) {
        if (driver->waiting[i] != call) {
            driver->waiting[kept++] = driver->waiting[i];
        }
    }
    driver->waiting_count = kept;
    if (flow == PERLY_FLOW_WAIT && kept < WAITING_MAX) {
        driver->waiting[driver->waiting_count++] = call;
    }
}

static void on_head(void *context, double wall, double mono, uint32_t call, uint32_t status,
                    const char *headers, size_t length)
{
    (void)context;
    (void)wall;
    (void)mono;
    answer(101, call, status, headers, length);
}

static uint32_t on_body(void *context, double wall, double mono, uint32_t call, const char *bytes,
                        size_t length)
{
    (void)wall;
    (void)mono;
    answer(102, call, 0, bytes, length);
    return waits(context, call) ? PERLY_WAIT : PERLY_MORE;
}

static void on_http_end(void *context, double wall, double mono, uint32_t call, uint32_t outcome,
                        const char *text, size_t length)
{
    (void)context;
    (void)wall;
    (void)mono;
    answer(103, call, outcome, text, length);
}

static uint32_t on_rows(void *context, double wall, double mono, uint32_t call, const char *batch,
                        size_t length)
{
    (void)wall;
    (void)mono;
    answer(104, call, 0, batch, length);
    return waits(context, call) ? PERLY_WAIT : PERLY_MORE;
}

static void on_call_end(void *context, double wall, double mono, uint32_t call, uint32_t end,
                        const char *payload, size_t length)
{
    (void)context;
    (void)wall;
    (void)mono;
    answer(105, call, end, payload, length);
}

static void on_timer(void *context, double wall, double mono, uint32_t call)
{
    (void)context;
    (void)wall;
    (void)mono;
    answer(106, call, 0, NULL, 0);
}

static void give_random(Driver *driver, uint32_t call, uint32_t length)
{
    char bytes[4096];
    const uint32_t count = length < sizeof bytes ? length : sizeof bytes;
    driver->host.random(driver->loop, bytes, count);
    answer(105, call, PERLY_END_OK, bytes, count);
}

static void request(Driver *driver, const uint32_t *frame, const char *payload)
{
    const PerlyHost *host = &driver->host;
    const uint32_t length = frame[0];
    const uint32_t call = frame[2];
    switch (frame[1]) {
    case 1: host->http_send(host->context, call, frame[3], payload, length); break;
    case 2: host->store_migrate(host->context, call, payload, length); break;
    case 3: host->store_apply(host->context, call, payload, length); break;
    case 4: host->store_query(host->context, call, payload, length); break;
    case 5: host->store_compare(host->context, call, payload, length); break;
    case 6:
        set_flow(driver, call, frame[4] == 1 ? PERLY_FLOW_WAIT : frame[3]);
        host->flow(host->context, call, frame[3]);
        break;
    case 7: host->cancel(host->context, call); break;
    case 8: host->timer(host->context, call, frame[3]); break;
    case 9: host->seal(host->context, call, payload, length); break;
    case 10: host->unseal(host->context, call, payload, length); break;
    case 11: host->sign(host->context, call, payload, length); break;
    case 12: give_random(driver, call, frame[3]); break;
    default: (void)fprintf(stderr, "native_driver: no request has the kind %u\n", frame[1]); exit(2);
    }
}

/* Serves the frames that have arrived whole. A payload is given from memory aligned to 16, as a record must
 * be. */
static void serve(Driver *driver)
{
    size_t at = 0;
    while (driver->in.length - at >= FRAME_BYTES) {
        uint32_t frame[5];
        memcpy(frame, driver->in.bytes + at, sizeof frame);
        if (driver->in.length - at - FRAME_BYTES < frame[0]) {
            break;
        }
        char *payload = malloc(frame[0] + 1);
        if (payload == NULL) {
            exit(1);
        }
        memcpy(payload, driver->in.bytes + at + FRAME_BYTES, frame[0]);
        request(driver, frame, payload);
        free(payload);
        at += FRAME_BYTES + frame[0];
    }
    if (at > 0) {
        memmove(driver->in.bytes, driver->in.bytes + at, driver->in.length - at);
        driver->in.length -= at;
    }
}

static bool read_some(Driver *driver)
{
    if (!native_buffer_reserve(&driver->in, READ_BYTES)) {
        exit(1);
    }
    const ssize_t got = read(STDIN_FILENO, driver->in.bytes + driver->in.length, READ_BYTES);
    driver->in.length += got > 0 ? (size_t)got : 0;
    return got > 0 || (got < 0 && errno == EINTR);
}

static void ignore_log(void *context, uint32_t level, const char *text, size_t length)
{
    (void)context;
    (void)fprintf(stderr, "log %u: %.*s\n", level, (int)length, text);
}

static void ignore_event(void *context, const char *json, size_t length)
{
    (void)context;
    (void)fprintf(stderr, "event: %.*s\n", (int)length, json);
}

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

static void check(NativeEnd end)
{
    if (end.end != PERLY_END_OK) {
        (void)fprintf(stderr, "native_driver: %.*s\n", (int)end.payload.length, end.payload.bytes);
        exit(1);
    }
}

static NativeClock *make_clock(void)
{
    const char *url = getenv("PERLY_TEST_CLOCK");
    NativeBuffer problem = {0};
    NativeClock *clock = url == NULL ? native_clock_new() : native_clock_test_new(url, &problem);
    if (clock == NULL) {
        (void)fprintf(stderr, "native_driver: %s\n", native_buffer_cstr(&problem));
        exit(1);
    }
    return clock;
}

int main(int argc, char **argv)
{
    static Driver driver;
    NativeStore *store = NULL;
    NativeKeys keys;
    char key_file[4096];
    char folder[4096];
    if (argc != 2) {
        (void)fprintf(stderr, "usage: native_driver DBFILE\n");
        return 2;
    }
    (void)snprintf(key_file, sizeof key_file, "%s.key", argv[1]);
    (void)snprintf(folder, sizeof folder, "%s", argv[1]);
    check(native_store_open(argv[1], &store));
    check(native_keys_load(&keys, key_file, true));
    NativeClock *clock = make_clock();
    driver.loop =
        native_loop_new(&(NativeLoopOptions){.clock = clock,
                                             .store = store,
                                             .keys = &keys,
                                             .sign_folder = dirname(folder),
                                             .http = {.connect_ms = number_of("PERLY_HTTP_CONNECT_MS"),
                                                      .idle_ms = number_of("PERLY_HTTP_IDLE_MS")},
                                             .log = ignore_log,
                                             .event = ignore_event});
    if (driver.loop == NULL) {
        return 1;
    }
    native_loop_ports(driver.loop, &driver.host);
    native_loop_deliver_to(
        driver.loop, &(NativeSink){&driver, on_head, on_body, on_http_end, on_rows, on_call_end, on_timer});
    NativeWatch input = {STDIN_FILENO, false};
    do {
        native_loop_turn(driver.loop, &input, 1);
        if (input.ready && !read_some(&driver)) {
            break;
        }
        serve(&driver);
    } while (true);
    native_loop_free(driver.loop);
    native_clock_free(clock);
    native_store_close(store);
    native_buffer_free(&driver.in);
    return 0;
}
