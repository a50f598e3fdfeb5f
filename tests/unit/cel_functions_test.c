/* What functions.def and macros.def promise: order, signatures, and examples that give what they say. */
#include "cel/cel.h"
#include "cel/functions.h"
#include "test.h"
#include <sys/mman.h>

typedef struct Example {
    Slice name;
    Slice doc;
    Slice text;
    Slice result;
} Example;

#define OVERLOAD(name, style, signature, implementation, cost)
#define FUNCTION(name, style, doc, example, result)                                                          \
    {SLICE_INIT(name), SLICE_INIT(doc), SLICE_INIT(example), SLICE_INIT(result)},
#define MACRO(name, member, minimum, maximum, shape, loop, doc, example, result)                             \
    {SLICE_INIT(#name), SLICE_INIT(doc), SLICE_INIT(example), SLICE_INIT(result)},
static const Example FUNCTIONS[] = {
#include "cel/functions.def"
};
static const Example MACROS[] = {
#include "cel/macros.def"
};

/* Memory that can be made read-only: pages of the system, as many as an example takes at most. */
enum { PAGES_MAX = 64 };

typedef struct PageAllocator {
    Allocator allocator;
    void *pages[PAGES_MAX];
    size_t bytes[PAGES_MAX];
    size_t count;
} PageAllocator;

static void *map_page(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)old_bytes;
    PageAllocator *pages = context;
    void *page = mmap(NULL, new_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(block == NULL && new_bytes > 0 && page != MAP_FAILED && pages->count < PAGES_MAX);
    pages->pages[pages->count] = page;
    pages->bytes[pages->count++] = new_bytes;
    return page;
}

static void protect(const PageAllocator *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        CHECK_INT(mprotect(pages->pages[i], pages->bytes[i], PROT_READ), 0, "read-only");
    }
}

/*
 * The program is in memory that nobody can write to, and two evaluations take turns with it. From the second
 * turn on nothing is allocated of the system.
 */
static void evaluate(const CelProgram *program, const char *name)
{
    TestAllocator memory;
    Arena arena;
    Arena scratch[2];
    CelEvaluation *evaluations[2] = {NULL, NULL};
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < 2; i++) {
        arena_init(&scratch[i], &memory.allocator, 0);
        CHECK_ERROR(cel_evaluation_create(&arena, program, &scratch[i], &evaluations[i]), ERROR_OK, name);
    }
    for (size_t turn = 0; turn < 6; turn++) {
        const size_t i = turn % 2;
        arena_reset(&scratch[i]);
        CHECK_NAMED(cel_is_true(cel_evaluate(evaluations[i])), name);
        if (turn == 1) {
            memory.calls = 0;
            memory.fail_at = 1;
        }
    }
    CHECK_INT(memory.calls, 0, name);
    memory.fail_at = 0;
    arena_free(&scratch[0]);
    arena_free(&scratch[1]);
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
}

/* CEL_CHECK_NONE: what calls a function is then not folded, so that it is called. */
static void check_example(const Example *example, CelChecking checking)
{
    PageAllocator pages = {.allocator = {map_page, &pages}};
    Arena arena;
    CelIssues issues;
    CelEnvironment *environment = NULL;
    const CelProgram *program = NULL;
    arena_init(&arena, &pages.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 0);
    buffer_append(&text, SLICE("("));
    buffer_append(&text, example->text);
    buffer_append(&text, SLICE(") == ("));
    buffer_append(&text, example->result);
    buffer_append(&text, SLICE(")"));
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    cel_set_checking(environment, checking);
    const Error error = cel_compile(&arena, environment, buffer_slice(&text), &issues, &program);
    CHECK_TEXT(error.message, SLICE(""), example->text.data);
    if (error.code == ERROR_OK) {
        protect(&pages);
        evaluate(program, example->text.data);
    }
    for (size_t i = 0; i < pages.count; i++) {
        CHECK_INT(munmap(pages.pages[i], pages.bytes[i]), 0, "unmapped");
    }
}

static void check_examples(const Example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_example(&examples[i], CEL_CHECK_ADMIN);
        check_example(&examples[i], CEL_CHECK_NONE);
    }
}

static void examples_give_what_they_say(void)
{
    check_examples(FUNCTIONS, sizeof FUNCTIONS / sizeof FUNCTIONS[0]);
    check_examples(MACROS, sizeof MACROS / sizeof MACROS[0]);
}

static void functions_are_sorted_and_found(void)
{
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        uint32_t first = 0;
        uint32_t end = 0;
        CHECK_NAMED(i == 0 || slice_compare(FUNCTIONS[i - 1].name, FUNCTIONS[i].name) < 0,
                    FUNCTIONS[i].name.data);
        CHECK_NAMED(cel_function_find(FUNCTIONS[i].name, &first, &end) && end > first,
                    FUNCTIONS[i].name.data);
        CHECK_NAMED(FUNCTIONS[i].doc.data[FUNCTIONS[i].doc.length - 1] == '.' ||
                        FUNCTIONS[i].doc.data[FUNCTIONS[i].doc.length - 1] == '?',
                    FUNCTIONS[i].name.data);
    }
    uint32_t first = 0;
    uint32_t end = 0;
    CHECK(!cel_function_find(SLICE("none"), &first, &end));
}

static void signatures_are_read_to_their_end(void)
{
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        const char *at = cel_overloads[i].signature;
        while (*at != '>' && *at != '\0') {
            CHECK_NAMED(strchr("biudsyntrN*ACloTm", *at) != NULL, cel_overloads[i].signature);
            at = cel_signature_skip(at);
            at += *at == '+';
        }
        CHECK_NAMED(*at == '>' && *cel_signature_skip(at + 1) == '\0', cel_overloads[i].signature);
    }
}

TEST_MAIN(examples_give_what_they_say, functions_are_sorted_and_found, signatures_are_read_to_their_end)
