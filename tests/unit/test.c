#include "test.h"

TestState *test_state(void)
{
    static TestState state;
    return &state;
}

static void *test_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    TestAllocator *self = context;
    if (new_bytes == 0) {
        self->bytes -= old_bytes;
        free(block);
        return NULL;
    }
    self->calls++;
    if (self->fail_at > 0 && self->calls == self->fail_at) {
        return NULL;
    }
    void *moved = realloc(block, new_bytes);
    if (moved != NULL) {
        self->bytes = self->bytes - old_bytes + new_bytes;
        self->bytes_peak = self->bytes > self->bytes_peak ? self->bytes : self->bytes_peak;
    }
    return moved;
}

void test_allocator_init(TestAllocator *allocator)
{
    *allocator = (TestAllocator){.allocator = {test_resize, allocator}};
}

static bool count_check(bool ok)
{
    test_state()->checks++;
    if (!ok) {
        test_state()->failures++;
    }
    return ok;
}

void test_check(bool ok, const char *file, int line, const char *what)
{
    if (!count_check(ok)) {
        (void)fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
}

void test_check_int(int64_t got, int64_t want, const char *file, int line, const char *what)
{
    if (!count_check(got == want)) {
        (void)fprintf(stderr, "%s:%d: %s: got %lld, want %lld\n", file, line, what, (long long)got,
                      (long long)want);
    }
}

static void print_quoted(Slice text)
{
    (void)fputc('"', stderr);
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c >= 0x7F || c == '"' || c == '\\') {
            (void)fprintf(stderr, "\\x%02x", c);
        } else {
            (void)fputc(c, stderr);
        }
    }
    (void)fputc('"', stderr);
}

void test_check_text(Slice got, Slice want, const char *file, int line, const char *what)
{
    if (!count_check(slice_equal(got, want))) {
        (void)fprintf(stderr, "%s:%d: %s: got ", file, line, what);
        print_quoted(got);
        (void)fprintf(stderr, ", want ");
        print_quoted(want);
        (void)fputc('\n', stderr);
    }
}

int test_run(TestFunction *const *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tests[i]();
    }
    TestState *state = test_state();
    if (state->checks == 0) {
        (void)fprintf(stderr, "no check was made\n");
        return 1;
    }
    (void)printf("%d checks in %zu tests, %d failed\n", state->checks, count, state->failures);
    return state->failures == 0 ? 0 : 1;
}
