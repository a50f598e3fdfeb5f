#include "clock.h"
#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_MS = 60000 };

typedef struct Timer {
    double at; /* mono */
    uint32_t call;
} Timer;

struct NativeClock {
    Timer *heap; /* the earliest first */
    size_t count;
    size_t capacity;
    /* Of a test clock only: */
    CURL *easy;
    char *url;
    double wall;
    double mono;
    bool told; /* the server believes that we wait */
    bool gone; /* nobody listened there when it was asked last */
    NativeBuffer text;
    NativeBuffer answer;
};

static double milliseconds(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    const int64_t whole = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    return (double)whole;
}

NativeClock *native_clock_new(void)
{
    return calloc(1, sizeof(NativeClock));
}

void native_clock_read(NativeClock *clock, double *wall_ms, double *mono_ms)
{
    *wall_ms = clock->url != NULL ? clock->wall : milliseconds(CLOCK_REALTIME);
    *mono_ms = clock->url != NULL ? clock->mono : milliseconds(CLOCK_BOOTTIME);
}

static double mono_now(NativeClock *clock)
{
    double wall = 0;
    double mono = 0;
    native_clock_read(clock, &wall, &mono);
    return mono;
}

static void swap(Timer *a, Timer *b)
{
    const Timer kept = *a;
    *a = *b;
    *b = kept;
}

static void rise(NativeClock *clock, size_t at)
{
    while (at > 0 && clock->heap[at].at < clock->heap[(at - 1) / 2].at) {
        swap(&clock->heap[at], &clock->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sink(NativeClock *clock, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < clock->count; child++) {
            least = clock->heap[child].at < clock->heap[least].at ? child : least;
        }
        if (least == at) {
            return;
        }
        swap(&clock->heap[at], &clock->heap[least]);
        at = least;
    }
}

bool native_clock_timer(NativeClock *clock, uint32_t call, double delay_ms)
{
    if (clock->count == clock->capacity) {
        const size_t capacity = clock->capacity == 0 ? 16 : 2 * clock->capacity;
        Timer *heap = realloc(clock->heap, capacity * sizeof *heap);
        if (heap == NULL) {
            return false;
        }
        clock->heap = heap;
        clock->capacity = capacity;
    }
    const double delay = delay_ms > 0 ? delay_ms : 0;
    clock->heap[clock->count] = (Timer){mono_now(clock) + delay, call};
    rise(clock, clock->count++);
    return true;
}

bool native_clock_hurry(NativeClock *clock, uint32_t call)
{
    for (size_t i = 0; i < clock->count; i++) {
        if (clock->heap[i].call == call) {
            clock->heap[i].at = -INFINITY;
            rise(clock, i);
            return true;
        }
    }
    return false;
}

bool native_clock_due(NativeClock *clock, uint32_t *call)
{
    if (clock->count == 0 || clock->heap[0].at > mono_now(clock)) {
        return false;
    }
    *call = clock->heap[0].call;
    clock->heap[0] = clock->heap[--clock->count];
    sink(clock, 0);
    return true;
}

int native_clock_wait_ms(NativeClock *clock)
{
    if (clock->count == 0) {
        return PIECE_MS;
    }
    const double left = clock->heap[0].at - mono_now(clock);
    if (!(left > 0)) {
        return 0;
    }
    /* A virtual deadline comes by an answer, not by waiting. */
    return clock->url != NULL || left > PIECE_MS ? PIECE_MS : (int)left;
}

bool native_clock_is_test(const NativeClock *clock)
{
    return clock->url != NULL;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    native_buffer_bytes(context, bytes, size * count);
    return size * count;
}

static bool find_number(const char *json, const char *name, double *value)
{
    const char *at = strstr(json, name);
    char *end = NULL;
    if (at == NULL) {
        return false;
    }
    const double number = strtod(at + strlen(name), &end);
    if (end == at + strlen(name)) {
        return false;
    }
    *value = floor(number);
    return true;
}

static bool take_times(NativeClock *clock, const char *json)
{
    return find_number(json, "\"wall\":", &clock->wall) && find_number(json, "\"mono\":", &clock->mono);
}

static void write_process(NativeBuffer *buffer)
{
    native_buffer_format(buffer, "{\"process\":\"perly-%ld\"", (long)getpid());
}

/* A short request to the clock, answered before this returns. */
static bool ask(NativeClock *clock, const char *path, bool post)
{
    NativeBuffer url = {0};
    NativeBuffer body = {0};
    native_buffer_format(&url, "%s/_clock%s", clock->url, path);
    write_process(&body);
    native_buffer_text(&body, "}");
    native_buffer_clear(&clock->answer);
    const char *url_text = native_buffer_cstr(&url);
    const char *body_text = native_buffer_cstr(&body);
    const bool ok = url_text != NULL && body_text != NULL &&
                    curl_easy_setopt(clock->easy, CURLOPT_URL, url_text) == CURLE_OK &&
                    (post ? curl_easy_setopt(clock->easy, CURLOPT_COPYPOSTFIELDS, body_text)
                          : curl_easy_setopt(clock->easy, CURLOPT_HTTPGET, 1L)) == CURLE_OK;
    const CURLcode code = ok ? curl_easy_perform(clock->easy) : CURLE_OUT_OF_MEMORY;
    clock->gone = code == CURLE_COULDNT_CONNECT;
    native_buffer_free(&url);
    native_buffer_free(&body);
    return code == CURLE_OK && native_buffer_cstr(&clock->answer) != NULL;
}

static bool is_loopback(const char *url)
{
    return strncmp(url, "http://127.0.0.1:", 17) == 0 || strncmp(url, "http://localhost:", 17) == 0 ||
           strncmp(url, "http://[::1]:", 13) == 0;
}

static bool prepare(NativeClock *clock)
{
    clock->easy = curl_easy_init();
    return clock->easy != NULL &&
           curl_easy_setopt(clock->easy, CURLOPT_WRITEFUNCTION, on_answer) == CURLE_OK &&
           curl_easy_setopt(clock->easy, CURLOPT_WRITEDATA, &clock->answer) == CURLE_OK &&
           curl_easy_setopt(clock->easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(clock->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(clock->easy, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(clock->easy, CURLOPT_TIMEOUT, 30L) == CURLE_OK;
}

NativeClock *native_clock_test_new(const char *url, NativeBuffer *problem)
{
    if (!is_loopback(url)) {
        native_buffer_format(problem, "PERLY_TEST_CLOCK is %s, which is not a loopback address", url);
        return NULL;
    }
    NativeClock *clock = native_clock_new();
    char *copy = strdup(url);
    if (clock == NULL || copy == NULL) {
        free(clock);
        free(copy);
        native_buffer_text(problem, "there is not enough memory");
        return NULL;
    }
    copy[strlen(copy) - (copy[strlen(copy) - 1] == '/' ? 1 : 0)] = '\0';
    clock->url = copy;
    if (!prepare(clock) || !ask(clock, "/register", true) || !ask(clock, "", false) ||
        !take_times(clock, clock->answer.bytes)) {
        native_buffer_format(problem, "the test clock at %s does not answer", url);
        native_clock_free(clock);
        return NULL;
    }
    return clock;
}

void native_clock_free(NativeClock *clock)
{
    if (clock == NULL) {
        return;
    }
    if (clock->easy != NULL) {
        (void)ask(clock, "/unregister", true);
        curl_easy_cleanup(clock->easy);
    }
    native_buffer_free(&clock->text);
    native_buffer_free(&clock->answer);
    free(clock->url);
    free(clock->heap);
    free(clock);
}

NativeText native_clock_request(NativeClock *clock, uint32_t open)
{
    if (clock->url == NULL) {
        return NATIVE_TEXT("");
    }
    NativeBuffer body = {0};
    write_process(&body);
    if (clock->count > 0) {
        native_buffer_format(&body, ",\"at_mono\":%.0f", clock->heap[0].at);
    } else {
        native_buffer_text(&body, ",\"at_mono\":null");
    }
    native_buffer_format(&body, ",\"open\":%u}", open);
    native_buffer_clear(&clock->text);
    native_buffer_format(
        &clock->text,
        "POST %s/_clock/timer HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        clock->url, body.length);
    native_buffer_bytes(&clock->text, body.bytes, body.length);
    const bool ok = !body.failed && !clock->text.failed;
    native_buffer_free(&body);
    if (!ok) {
        return NATIVE_TEXT("");
    }
    clock->told = true;
    return (NativeText){clock->text.bytes, clock->text.length};
}

void native_clock_answer(NativeClock *clock, const char *body, size_t length)
{
    native_buffer_clear(&clock->answer);
    native_buffer_bytes(&clock->answer, body, length);
    const char *json = native_buffer_cstr(&clock->answer);
    if (json != NULL && strstr(json, "\"fired\":true") != NULL) {
        clock->told = false;
        (void)take_times(clock, json);
    }
}

void native_clock_woke(NativeClock *clock)
{
    if (clock->url == NULL) {
        return;
    }
    if (clock->told) {
        (void)ask(clock, "/busy", true);
        clock->told = false;
    }
    if (ask(clock, "", false)) {
        (void)take_times(clock, clock->answer.bytes);
    } else if (clock->gone) {
        (void)fprintf(stderr, "perly: the test clock at %s is gone, and time with it\n", clock->url);
        exit(EXIT_FAILURE); /* as a kill would: what is committed is committed */
    }
}
