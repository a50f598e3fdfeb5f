#include "base/error.h"
#include "test.h"

static void every_code_is_complete(void)
{
    for (int i = 0; i < ERROR_CODE_COUNT; i++) {
        const ErrorCode code = (ErrorCode)i;
        const Slice name = error_name(code);
        const Slice remedy = error_remedy(code);
        CHECK(name.length > 1 && name.length < 40);
        for (size_t at = 0; at < name.length; at++) {
            const char c = name.data[at];
            CHECK((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
        }
        if (code == ERROR_OK) {
            CHECK(error_class(code) == ERROR_CLASS_NONE && error_exit(code) == 0 && remedy.length == 0);
            continue;
        }
        char text[64];
        (void)snprintf(text, sizeof text, "%.*s", (int)name.length, name.data);
        CHECK_NAMED(error_class(code) > ERROR_CLASS_NONE && error_class(code) <= ERROR_CLASS_STOP_JOB, text);
        CHECK_NAMED(error_exit(code) >= 1 && error_exit(code) <= 6, text);
        CHECK_NAMED(remedy.length > 5, text);
        CHECK_NAMED(remedy.length > 0 && remedy.data[remedy.length - 1] != '.', text);
        for (int other = 0; other < i; other++) {
            CHECK_NAMED(!slice_equal(name, error_name((ErrorCode)other)), text);
        }
    }
}

static void joins_a_message(void)
{
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    char part[] = "ARR__c";
    const Error error =
        ERROR_TEXT(&arena, ERROR_JSON_TYPE, SLICE("no field "), slice_from_text(part), SLICE(""));
    part[0] = 'x';
    CHECK_ERROR(error, ERROR_JSON_TYPE, "code");
    CHECK_TEXT(error.message, SLICE("no field ARR__c"), "a copy");
    CHECK(error.place.line == 0 && error.place.source.length == 0 && error.place.pointer.length == 0);
    CHECK_TEXT(error_join(&arena, ERROR_INTERNAL, NULL, 0).message, SLICE(""), "of nothing");
    arena_free(&arena);

    memory.fail_at = memory.calls + 1;
    arena_init(&arena, &memory.allocator, 0);
    const Error full = ERROR_TEXT(&arena, ERROR_JSON_TYPE, SLICE("no field "), SLICE("ARR__c"));
    CHECK_ERROR(full, ERROR_JSON_TYPE, "the code stays when there is no memory");
    CHECK_TEXT(full.message, SLICE("no field "), "the first part");
    arena_free(&arena);
}

static Error fails_when(bool failing, int *steps)
{
    RETURN_IF_ERROR(failing ? error_make(ERROR_CANCELLED, SLICE("stopped")) : ERROR_NONE);
    (*steps)++;
    return ERROR_NONE;
}

static void returns_early(void)
{
    int steps = 0;
    CHECK_ERROR(fails_when(true, &steps), ERROR_CANCELLED, "handed up");
    CHECK_INT(steps, 0, "nothing done after it");
    CHECK_ERROR(fails_when(false, &steps), ERROR_OK, "no error");
    CHECK_INT(steps, 1, "went on");
}

TEST_MAIN(every_code_is_complete, joins_a_message, returns_early)
