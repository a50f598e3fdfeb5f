/*
 * The parser at the ends of its means: each construct where the nodes run out, or the memory, at any of its
 * parts. A parent without its child, and the node that stands for one, must do no harm.
 */
#include "cel/cel.h"
#include "cel/parser.h"
#include "test.h"

static const char *const CONSTRUCTS[] = {
    "x",
    ".x",
    "x.a",
    "x.?a",
    "x.`a b`",
    "x[0]",
    "x[?0]",
    "x.a{}",
    "x{}",
    ".x.a{}",
    "x.a.b{c: 1}",
    "x.a.b.c{?d: 1, e: x.a{}}",
    "x.a{b: 1, c: [x.d{}]}",
    "!x.a{}",
    "true ? x.a{} : 1",
    "x.a(){}",
    "x.a[0]{}",
    "[x.a{}].b{}",
    "-1",
    "- x",
    "!x",
    "-x.a.b",
    "--x",
    "!!x.a",
    "'a'",
    "b'a'",
    "null",
    "1 + x",
    "1 + x - 2 * x / x % 2",
    "x == 1 || x == 2 || x == 3",
    "x && x && x && x",
    "x || x && x || x",
    "x < 1 == true != false",
    "1 in [1, 2]",
    "x ? 1 : 2",
    "x ? 1 : x ? 2 : x ? 3 : 4",
    "(x ? 1 : 2) ? 3 : 4",
    "((((x))))",
    "[]",
    "[1, ?x, 2,]",
    "[[[x]]]",
    "{}",
    "{'a': 1, ?'b': x, 'c': {'d': 2},}",
    "f()",
    "f(1, x, [2])",
    "x.f()",
    "x.f(1, x.g(2)).h(3)",
    ".f(x)",
    "size(x)",
    "has(x.a)",
    "has(x.a.?b.c)",
    "[1].all(y, y > 0)",
    "[1].exists(i, y, i > y)",
    "[1].exists_one(y, y > 0)",
    "[1].filter(y, y > 0)",
    "[1].map(y, y > 0, y + 1).map(y, y)",
    "[1].sortBy(y, -y)",
    "[1].transformList(i, y, i > 0, y)",
    "{1: 2}.transformMap(k, v, v + k)",
    "{1: 2}.transformMapEntry(k, v, {v: k})",
    "optional.of(1).optMap(y, y + 1)",
    "optional.of(1).optFlatMap(y, optional.of(y))",
    "cel.bind(y, x.a, y + y)",
    "cel.block([1, x, cel.index(0)], cel.index(1) + cel.index(2))",
    "[1].map(y, [2].map(z, cel.iterVar(0, 0)))",
    "x.a.matches('^(a|b)*$')",
    "'%s %d'.format([x, 1])",
};

enum { CONSTRUCT_COUNT = sizeof CONSTRUCTS / sizeof CONSTRUCTS[0], NODES = 30 };

static const CelChecking CHECKINGS[] = {CEL_CHECK_ADMIN, CEL_CHECK_STANDARD, CEL_CHECK_NONE};

static CelEnvironment *environment_for(Arena *arena, CelChecking checking)
{
    CelEnvironment *environment = NULL;
    CHECK_ERROR(cel_environment_create(arena, &environment), ERROR_OK, "environment");
    CHECK_ERROR(cel_declare(environment, SLICE("x"), cel_type_plain(CEL_TYPE_DYN)), ERROR_OK, "x");
    cel_set_checking(environment, checking);
    return environment;
}

/* As if the construct were the last of a long expression: `left` nodes are left for it. */
static void runs_out_of_nodes(void)
{
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < CONSTRUCT_COUNT; i++) {
        bool enough = false;
        for (uint32_t left = 0; left < NODES; left++) {
            CelIssues issues = {.count = 0};
            CelContext context = {.arena = &arena, .issues = &issues, .node_count = CEL_NODES_MAX - left};
            context.source = slice_from_text(CONSTRUCTS[i]);
            CHECK_NAMED(cel_parse(&context) != NULL, CONSTRUCTS[i]);
            enough = context.node_count <= CEL_NODES_MAX;
            CHECK_INT(issues.count > 0 && issues.items[0].kind == CEL_ERROR_LIMIT, !enough, CONSTRUCTS[i]);
            arena_reset(&arena);
        }
        CHECK_NAMED(enough, CONSTRUCTS[i]);
    }
    arena_free(&arena);
}

/* The same through the public entry, where it is cut in the middle of a name, in every mode. */
static void runs_out_of_nodes_in_every_mode(void)
{
    static const struct {
        const char *before;
        const char *part;
        size_t count;
        const char *after;
        const char *wanted;
    } ROWS[] = {
        {"\"x\"", " + \"x\"", 24999, ".a.a.a{}", "1:150002: the expression has too many parts"},
        {"[", "1,", 49997, "x.a{}]", "1:99999: the expression has too many parts"},
        {"[", "1,", 49998, "x.a{}]", "1:99999: the expression has too many parts"},
        {"[", "1,", 49998, "x.a.b{c:1}]", "1:99999: the expression has too many parts"},
        {"[", "1,", 49998, "!x.a{}]", "1:100000: the expression has too many parts"},
        {"[", "1,", 49998, "true?x.a{}:1]", "1:100002: the expression has too many parts"},
        {"\"x\"", ".a", 60000, "{}", "1:202: the expression is nested too deeply"},
    };
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < 3 * sizeof ROWS / sizeof ROWS[0]; i++) {
        Buffer text;
        CelIssues issues;
        const CelProgram *program = NULL;
        CelEnvironment *environment = environment_for(&arena, CHECKINGS[i % 3]);
        buffer_init(&text, &arena, 0);
        buffer_append(&text, slice_from_text(ROWS[i / 3].before));
        for (size_t j = 0; j < ROWS[i / 3].count; j++) {
            buffer_append(&text, slice_from_text(ROWS[i / 3].part));
        }
        buffer_append(&text, slice_from_text(ROWS[i / 3].after));
        const Error error = cel_compile(&arena, environment, buffer_slice(&text), &issues, &program);
        CHECK_ERROR(error, ERROR_CEL_LIMIT, ROWS[i / 3].after);
        CHECK_TEXT(slice_part(error.message, 0, slice_find_byte(error.message, '\n', 0)),
                   slice_from_text(ROWS[i / 3].wanted), ROWS[i / 3].after);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* One page, of which about `left` bytes are left, and no other. */
static Error compile_within(size_t left, const CelEnvironment *environment, Slice text)
{
    enum { PAGE = 1 << 16 };
    TestAllocator memory;
    Arena arena;
    CelIssues issues;
    const CelProgram *program = NULL;
    test_allocator_init(&memory);
    memory.fail_at = 2;
    arena_init(&arena, &memory.allocator, 0);
    CHECK(arena_alloc(&arena, PAGE, 1) != NULL);
    arena_reset(&arena);
    CHECK(arena_alloc(&arena, PAGE - left, 1) != NULL);
    const Error error = cel_compile(&arena, environment, text, &issues, &program);
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
    return error;
}

/* Every place where memory can end, for every construct: an error that says so, or a program or issues. */
static void survives_failing_memory(void)
{
    enum { STEP = 40, MOST = 1 << 16 };
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < (size_t)3 * CONSTRUCT_COUNT; i++) {
        const CelEnvironment *environment = environment_for(&arena, CHECKINGS[i % 3]);
        size_t left = 0;
        Error error;
        do {
            left += STEP;
            error = compile_within(left, environment, slice_from_text(CONSTRUCTS[i / 3]));
            CHECK_NAMED(error.code != ERROR_INTERNAL, CONSTRUCTS[i / 3]);
        } while (left + STEP < MOST && error.code == ERROR_OUT_OF_MEMORY);
        CHECK_NAMED(left > STEP && error.code != ERROR_OUT_OF_MEMORY, CONSTRUCTS[i / 3]);
    }
    arena_free(&arena);
}

TEST_MAIN(runs_out_of_nodes, runs_out_of_nodes_in_every_mode, survives_failing_memory)
