/* What functions.def and macros.def promise: order, signatures, and examples that give what they say. */
#include "cel/cel.h"
#include "cel/functions.h"
#include "test.h"
#include <sys/mman.h>

typedef enum RowKind { ROW_OF_FUNCTION, ROW_OF_OVERLOAD, ROW_OF_EXAMPLE } RowKind;

/* A row of the table: a function's name and documentation, an overload's name and signature, or an example
 * and its result. */
typedef struct Row {
    RowKind kind;
    Slice first;
    Slice second;
} Row;

#define FUNCTION(name, style, doc) {ROW_OF_FUNCTION, SLICE_INIT(name), SLICE_INIT(doc)},
#define OVERLOAD(name, style, signature, implementation, cost)                                               \
    {ROW_OF_OVERLOAD, SLICE_INIT(name), SLICE_INIT(signature)},
#define EXAMPLE(text, result) {ROW_OF_EXAMPLE, SLICE_INIT(text), SLICE_INIT(result)},
#define MACRO(name, member, minimum, maximum, shape, loop, doc, example, result)                             \
    {ROW_OF_EXAMPLE, SLICE_INIT(example), SLICE_INIT(result)},
static const Row FUNCTIONS[] = {
#include "cel/functions.def"
};
static const Row MACROS[] = {
#include "cel/macros.def"
};

enum { FUNCTION_ROWS = sizeof FUNCTIONS / sizeof FUNCTIONS[0] };

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
static void check_example(const Row *example, CelChecking checking)
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
    buffer_append(&text, example->first);
    buffer_append(&text, SLICE(") == ("));
    buffer_append(&text, example->second);
    buffer_append(&text, SLICE(")"));
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    cel_set_checking(environment, checking);
    const Error error = cel_compile(&arena, environment, buffer_slice(&text), &issues, &program);
    CHECK_TEXT(error.message, SLICE(""), example->first.data);
    if (error.code == ERROR_OK) {
        protect(&pages);
        evaluate(program, example->first.data);
    }
    for (size_t i = 0; i < pages.count; i++) {
        CHECK_INT(munmap(pages.pages[i], pages.bytes[i]), 0, "unmapped");
    }
}

static void check_examples(const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == ROW_OF_EXAMPLE) {
            check_example(&rows[i], CEL_CHECK_ADMIN);
            check_example(&rows[i], CEL_CHECK_NONE);
        }
    }
}

static void examples_give_what_they_say(void)
{
    check_examples(FUNCTIONS, FUNCTION_ROWS);
    check_examples(MACROS, sizeof MACROS / sizeof MACROS[0]);
}

/* A conversion of what has the type already. */
static bool is_identity(const Row *overload)
{
    static const char *const types[] = {"bool", "bytes",  "double",    "duration",
                                        "int",  "string", "timestamp", "uint"};
    bool named = false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        named = named || slice_equal(overload->first, slice_from_text(types[i]));
    }
    return named && overload->second.length == 3 && overload->second.data[0] == overload->second.data[2];
}

/* The signature, with one letter for numbers of any kind. */
static Slice shape_of(const Row *overload, char shape[32])
{
    size_t length = 0;
    for (size_t i = 0; i < overload->second.length; i++) {
        const char letter = overload->second.data[i];
        if (letter != '+') {
            shape[length++] = (char)(strchr("iudN", letter) != NULL ? '#' : letter);
        }
    }
    return slice_make(shape, length);
}

/* Has an overload of the function's rows, from `first` on, that has this shape an example below it? */
static bool has_example(size_t first, Slice shape)
{
    char other[32];
    for (size_t i = first; i < FUNCTION_ROWS && FUNCTIONS[i].kind != ROW_OF_FUNCTION; i++) {
        if (FUNCTIONS[i].kind == ROW_OF_OVERLOAD && i + 1 < FUNCTION_ROWS &&
            FUNCTIONS[i + 1].kind == ROW_OF_EXAMPLE && slice_equal(shape_of(&FUNCTIONS[i], other), shape)) {
            return true;
        }
    }
    return false;
}

static void overloads_of_another_meaning_have_an_example(void)
{
    char shape[32];
    size_t first = 0;
    for (size_t i = 0; i < FUNCTION_ROWS; i++) {
        if (FUNCTIONS[i].kind == ROW_OF_FUNCTION) {
            first = i + 1;
        } else if (FUNCTIONS[i].kind == ROW_OF_OVERLOAD && !is_identity(&FUNCTIONS[i])) {
            CHECK_TEXT(has_example(first, shape_of(&FUNCTIONS[i], shape)) ? SLICE("") : FUNCTIONS[i].second,
                       SLICE(""), FUNCTIONS[i].first.data);
        }
    }
}

static void functions_are_sorted_and_found(void)
{
    Slice before = SLICE("");
    for (size_t i = 0; i < FUNCTION_ROWS; i++) {
        uint32_t first = 0;
        uint32_t end = 0;
        const Row *row = &FUNCTIONS[i];
        if (row->kind != ROW_OF_FUNCTION) {
            continue;
        }
        CHECK_NAMED(slice_compare(before, row->first) < 0, row->first.data);
        CHECK_NAMED(cel_function_find(row->first, &first, &end) && end > first, row->first.data);
        const char last = row->second.data[row->second.length - 1];
        CHECK_NAMED(last == '.' || last == '?', row->first.data);
        before = row->first;
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

TEST_MAIN(examples_give_what_they_say, overloads_of_another_meaning_have_an_example,
          functions_are_sorted_and_found, signatures_are_read_to_their_end)
