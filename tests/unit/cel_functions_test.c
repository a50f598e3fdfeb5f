/* What functions.def and macros.def promise: order, signatures, and examples that give what they say. */
#include "cel/cel.h"
#include "cel/functions.h"
#include "test.h"

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

static void check_example(const Example *example)
{
    TestAllocator memory;
    Arena arena;
    CelIssues issues;
    CelEnvironment *environment = NULL;
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 0);
    buffer_append(&text, SLICE("("));
    buffer_append(&text, example->text);
    buffer_append(&text, SLICE(") == ("));
    buffer_append(&text, example->result);
    buffer_append(&text, SLICE(")"));
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    const Error error = cel_compile(&arena, environment, buffer_slice(&text), &issues, &program);
    CHECK_TEXT(error.message, SLICE(""), example->text.data);
    if (error.code == ERROR_OK) {
        CHECK_ERROR(cel_evaluation_create(&arena, program, &arena, &evaluation), ERROR_OK, "evaluation");
        CHECK_NAMED(cel_is_true(cel_evaluate(evaluation)), example->text.data);
    }
    arena_free(&arena);
}

static void examples_give_what_they_say(void)
{
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        check_example(&FUNCTIONS[i]);
    }
    for (size_t i = 0; i < sizeof MACROS / sizeof MACROS[0]; i++) {
        check_example(&MACROS[i]);
    }
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
