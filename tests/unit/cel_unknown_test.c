/*
 * Unknown values, function by function (design: "unknown is never scored as bad"). For each overload of
 * functions.def and each of its parameters a call is made where that parameter is unknown and the others are
 * not: the result is unknown, but for those that EXCEPTIONS names. The same with an unknown element in each
 * list. What has rules of its own (the operators that absorb, the macros) has vectors by hand, and a
 * function, an operator or a macro without any fails.
 */
#include "cel/cel.h"
#include "cel/functions.h"
#include "test.h"

enum { PARAMETERS_MAX = 8 };

static TestAllocator memory;
static Arena arena;

/* Nothing is bound, so all of these are unknown. */
static const struct {
    char letter;
    Slice name;
    const char *known;
    CelTypeKind kind;
} TYPES[] = {
    {'b', SLICE_INIT("ub"), "true", CEL_TYPE_BOOL},
    {'i', SLICE_INIT("ui"), "1", CEL_TYPE_INT},
    {'u', SLICE_INIT("uu"), "1u", CEL_TYPE_UINT},
    {'d', SLICE_INIT("ud"), "1.5", CEL_TYPE_DOUBLE},
    {'s', SLICE_INIT("us"), "'UTC'", CEL_TYPE_STRING},
    {'y', SLICE_INIT("uy"), "b'a'", CEL_TYPE_BYTES},
    {'t', SLICE_INIT("ut"), "timestamp(0)", CEL_TYPE_TIMESTAMP},
    {'r', SLICE_INIT("ur"), "duration('1h')", CEL_TYPE_DURATION},
    {'N', SLICE_INIT("ui"), "1", CEL_TYPE_INT},
    {'A', SLICE_INIT("ui"), "1", CEL_TYPE_INT},
    {'C', SLICE_INIT("ui"), "1", CEL_TYPE_INT},
    {'*', SLICE_INIT("ux"), "dyn(1)", CEL_TYPE_DYN},
};

enum { TYPE_COUNT = sizeof TYPES / sizeof TYPES[0] };

static size_t type_of(char letter)
{
    size_t i = 0;
    while (i < TYPE_COUNT && TYPES[i].letter != letter) {
        i++;
    }
    return i;
}

static CelEnvironment *make_environment(void)
{
    CelEnvironment *environment = NULL;
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (strchr("NAC", TYPES[i].letter) == NULL) {
            CHECK_ERROR(cel_declare(environment, TYPES[i].name, cel_type_plain(TYPES[i].kind)), ERROR_OK,
                        "variable");
        }
    }
    return environment;
}

/* The result as text, "-" when it is unknown, '!' and a kind for an error, or the mistake. */
static Slice evaluate(Slice text)
{
    CelIssues *issues = ARENA_NEW(&arena, CelIssues);
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    Buffer shown;
    buffer_init(&shown, &arena, 0);
    const Error error = cel_compile(&arena, make_environment(), text, issues, &program);
    if (error.code != ERROR_OK) {
        return error.message;
    }
    CHECK_ERROR(cel_evaluation_create(&arena, program, &arena, &evaluation), ERROR_OK, "evaluation");
    const CelValue value = cel_evaluate(evaluation);
    if (value.kind == CEL_ERROR) {
        buffer_append_byte(&shown, '!');
        buffer_append(&shown, cel_error_kind_name((CelErrorKind)value.code));
    } else {
        cel_value_print(&shown, value);
    }
    return buffer_slice(&shown);
}

/* A value of the type at `*signature`, which is passed. `unknown`: of the whole value, or of a list's
 * element. */
typedef enum Part { PART_KNOWN, PART_UNKNOWN, PART_ELEMENT } Part;

static void write_value(Buffer *out, const char *signature, Part part)
{
    const char letter = *signature;
    if (part == PART_UNKNOWN && strchr("lmoT", letter) != NULL) {
        buffer_append(out, SLICE("ux"));
    } else if (letter == 'l') {
        buffer_append_byte(out, '[');
        write_value(out, signature + 1, PART_KNOWN);
        if (part == PART_ELEMENT) {
            buffer_append(out, SLICE(", "));
            write_value(out, signature + 1, PART_UNKNOWN);
        }
        buffer_append_byte(out, ']');
    } else if (letter == 'm') {
        buffer_append(out, SLICE("{1: 1}"));
    } else if (letter == 'o') {
        buffer_append(out, SLICE("optional.of("));
        write_value(out, signature + 1, PART_KNOWN);
        buffer_append_byte(out, ')');
    } else {
        const size_t type = type_of(letter);
        CHECK_NAMED(type < TYPE_COUNT, signature);
        buffer_append(out, part == PART_UNKNOWN ? TYPES[type].name : slice_from_text(TYPES[type].known));
    }
}

typedef struct Call {
    Slice name;
    bool member;
    Slice arguments[PARAMETERS_MAX];
    uint32_t count;
} Call;

/* "_?_:_" with the arguments in place of the '_'; the names of those that are written otherwise. */
static void write_operator(Buffer *out, const Call *call)
{
    uint32_t next = 0;
    const Slice pattern = slice_equal(call->name, SLICE("@in")) ? SLICE("_ in _") : call->name;
    for (size_t i = 0; i < pattern.length; i++) {
        if (pattern.data[i] != '_') {
            buffer_append_byte(out, pattern.data[i]);
            continue;
        }
        buffer_append_byte(out, '(');
        buffer_append(out, call->arguments[next++]);
        buffer_append_byte(out, ')');
    }
}

static bool is_operator(Slice name)
{
    return slice_find_byte(SLICE("_@!-"), name.data[0], 0) < 4;
}

static Slice write_call(const Call *call)
{
    Buffer out;
    buffer_init(&out, &arena, 0);
    if (is_operator(call->name)) {
        write_operator(&out, call);
        buffer_append_byte(&out, '\0');
        return slice_make(out.data, out.length - 1);
    }
    if (call->member) {
        buffer_append_byte(&out, '(');
        buffer_append(&out, call->arguments[0]);
        buffer_append(&out, SLICE(")."));
    }
    buffer_append(&out, call->name);
    buffer_append_byte(&out, '(');
    for (uint32_t i = call->member; i < call->count; i++) {
        buffer_append(&out, i > call->member ? SLICE(", ") : SLICE(""));
        buffer_append(&out, call->arguments[i]);
    }
    buffer_append_byte(&out, ')');
    buffer_append_byte(&out, '\0'); /* so that it can name the check */
    return slice_make(out.data, out.length - 1);
}

/* Where a part is unknown and the result is not; "=": it is as without the unknown element. */
typedef struct Exception {
    Slice name;
    uint32_t parameter;
    Part part;
    Slice result;
} Exception;

#define EXCEPT(name, parameter, part, result)                                                                \
    {                                                                                                        \
        SLICE_INIT(name), parameter, part, SLICE_INIT(result)                                                \
    }
static const Exception EXCEPTIONS[] = {
    EXCEPT("@in", 1, PART_ELEMENT, "="),
    EXCEPT("_+_", 0, PART_ELEMENT, "[1, -, 1]"),
    EXCEPT("_+_", 1, PART_ELEMENT, "[1, 1, -]"),
    EXCEPT("avg", 0, PART_ELEMENT, "="),
    EXCEPT("first", 0, PART_ELEMENT, "="),
    EXCEPT("flatten", 0, PART_ELEMENT, "[1, -]"),
    EXCEPT("format", 1, PART_ELEMENT, "="),
    EXCEPT("max", 0, PART_ELEMENT, "="),
    EXCEPT("min", 0, PART_ELEMENT, "="),
    EXCEPT("reverse", 0, PART_ELEMENT, "[-, 1]"),
    EXCEPT("sets.contains", 0, PART_ELEMENT, "="),
    EXCEPT("sets.intersects", 0, PART_ELEMENT, "="),
    EXCEPT("sets.intersects", 1, PART_ELEMENT, "="),
    EXCEPT("size", 0, PART_ELEMENT, "2"),
    EXCEPT("slice", 0, PART_ELEMENT, "="),
    EXCEPT("steps", 1, PART_ELEMENT, "="),
    EXCEPT("sum", 0, PART_ELEMENT, "="),
};
#undef EXCEPT

static Slice expected(Slice name, uint32_t parameter, Part part)
{
    for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof EXCEPTIONS[0]; i++) {
        const Exception *exception = &EXCEPTIONS[i];
        if (slice_equal(exception->name, name) && exception->parameter == parameter &&
            exception->part == part) {
            return exception->result;
        }
    }
    return SLICE("-");
}

/* The calls of one overload, as a function or as a member, with the given part of one parameter unknown. */
static void check_overload(const CelOverload *overload, bool member, uint32_t unknown, Part part)
{
    Call call = {.name = {overload->name, overload->name_length}, .member = member};
    bool applies = false;
    Slice known = SLICE("");
    for (const char *at = overload->signature; *at != '>'; call.count++) {
        Buffer argument;
        buffer_init(&argument, &arena, 0);
        const Part here = call.count == unknown ? part : PART_KNOWN;
        applies = applies || (here != PART_KNOWN && (here == PART_UNKNOWN ? *at != 'n' : *at == 'l'));
        write_value(&argument, at, here);
        call.arguments[call.count] = buffer_slice(&argument);
        if (call.count == unknown) {
            Buffer plain;
            buffer_init(&plain, &arena, 0);
            write_value(&plain, at, PART_KNOWN);
            known = buffer_slice(&plain);
        }
        at = cel_signature_skip(at);
        at += *at == '+';
    }
    if (applies) {
        const Slice text = write_call(&call);
        Slice wanted = expected(call.name, unknown, part);
        if (slice_equal(wanted, SLICE("="))) {
            call.arguments[unknown] = known;
            wanted = evaluate(write_call(&call));
        }
        CHECK_TEXT(evaluate(text), wanted, text.data);
    }
    arena_reset(&arena);
}

/* && and || absorb, which the vectors by hand show; ?: likewise. */
static bool absorbs(const char *name)
{
    return strcmp(name, "_&&_") == 0 || strcmp(name, "_||_") == 0 || strcmp(name, "_?_:_") == 0;
}

static void every_overload_spreads_unknown(void)
{
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        const CelOverload *overload = &cel_overloads[i];
        for (uint32_t parameter = 0; parameter < PARAMETERS_MAX && !absorbs(overload->name); parameter++) {
            for (unsigned style = 0; style < 2; style++) {
                if ((overload->style & (style == 0 ? CEL_STYLE_GLOBAL : CEL_STYLE_MEMBER)) != 0) {
                    check_overload(overload, style == 1, parameter, PART_UNKNOWN);
                    check_overload(overload, style == 1, parameter, PART_ELEMENT);
                }
            }
        }
    }
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
}

/* What is told by hand: of an operator or a function by its name, of a macro by name and number of arguments.
 */
typedef struct Vector {
    Slice about;
    Slice text;
    Slice result;
} Vector;

#define ROW(about, text, result)                                                                             \
    {                                                                                                        \
        SLICE_INIT(about), SLICE_INIT(text), SLICE_INIT(result)                                              \
    }
static const Vector VECTORS[] = {
    ROW("_&&_", "ub && true", "-"),
    ROW("_&&_", "ub && false", "false"),
    ROW("_&&_", "false && ub", "false"),
    ROW("_&&_", "true && ub", "-"),
    ROW("_&&_", "ub && 1 / 0 == 1", "-"),
    ROW("_&&_", "1 / 0 == 1 && ub", "-"),
    ROW("_&&_", "ub && ub", "-"),
    ROW("_||_", "ub || false", "-"),
    ROW("_||_", "ub || true", "true"),
    ROW("_||_", "true || ub", "true"),
    ROW("_||_", "false || ub", "-"),
    ROW("_||_", "1 / 0 == 1 || ub", "-"),
    ROW("_||_", "ub || 1 / 0 == 1", "-"),
    ROW("_?_:_", "ub ? 1 : 2", "-"),
    ROW("_?_:_", "ub ? 1 : 1", "-"),
    ROW("_?_:_", "true ? 1 : ui", "1"),
    ROW("_?_:_", "false ? ui : 2", "2"),
    ROW("_?_:_", "true ? ui : 2", "-"),
    ROW("_?_:_", "ub ? 1 / 0 : 2", "-"),
    ROW("@in", "1 in [1, ui]", "true"),
    ROW("@in", "2 in [1, ui]", "-"),
    ROW("@in", "ui in []", "-"),
    ROW("_==_", "[1, ui] == [2, 3]", "false"),
    ROW("_==_", "[1, ui] == [1, 3]", "-"),
    ROW("_==_", "[1, ui] == [1]", "false"),
    ROW("_==_", "{'a': ui} == {'a': 1}", "-"),
    ROW("_==_", "{'a': ui} == {'b': 1}", "false"),
    ROW("_!=_", "[1, ui] != [2, 3]", "true"),
    ROW("_!=_", "[1, ui] != [1, 3]", "-"),
    ROW("_[_]", "[1, ui][0]", "1"),
    ROW("_[_]", "[1, ui][1]", "-"),
    ROW("_[_]", "{'a': ui}['a']", "-"),
    ROW("_[_]", "{'a': ui, 'b': 2}['b']", "2"),
    ROW("_[_]", "{us: 1}.size()", "-"),
    ROW("_[?_]", "[1, ui][?1]", "-"),
    ROW("_[?_]", "{'a': ui}.?a", "-"),
    ROW("first", "[ui, 1].first()", "-"),
    ROW("last", "[ui, 1].last().value()", "1"),
    ROW("join", "['a', us].join()", "-"),
    ROW("sort", "[2, ui, 1].sort()", "-"),
    ROW("distinct", "[1, ui, 1].distinct()", "-"),
    ROW("format", "'%s'.format([us])", "-"),
    ROW("slice", "[1, ui].slice(0, 2)", "[1, -]"),
    ROW("sets.contains", "sets.contains([1, ui], [2])", "-"),
    ROW("sets.intersects", "sets.intersects([1, ui], [2])", "-"),
    ROW("steps", "steps(1, [[0, 1], [5, ui]])", "-"),
    ROW("steps", "steps(ui, [[0, 1]])", "-"),
    ROW("optional.of", "optional.of(ui).orValue(1)", "-"),
    ROW("coalesce", "coalesce(ui)", "-"),
    ROW("coalesce", "coalesce(ui, ui, 3)", "3"),
    ROW("coalesce", "coalesce(ui, 1 / 0, 3)", "!division"),
    ROW("coalesce", "coalesce(2, 1 / 0)", "2"),
    ROW("sum", "sum([ui])", "0"),
    ROW("sum", "sum([1, ui, 2])", "3"),
    ROW("avg", "avg([ui])", "-"),
    ROW("avg", "avg([1, ui, 2])", "1.5"),
    ROW("min", "min([ui])", "-"),
    ROW("min", "min([2, ui, 1])", "1"),
    ROW("max", "max([ui])", "-"),
    ROW("max", "max([2, ui, 1])", "2"),
    ROW("percent", "percent(1, 0)", "-"),
    ROW(".f", "ux.a", "-"),
    ROW(".f", "{'a': ui}.a", "-"),
    ROW(".f", "{'a': ui, 'b': 2}.b", "2"),
    ROW(".f", "{'a': ui}.b", "!key"),
    ROW(".?f", "ux.?a", "-"),
    ROW(".?f", "{'a': ui}.?a", "-"),
    ROW(".?f", "{'a': ui}.?b.hasValue()", "false"),
    ROW(".?f", "{'a': {'b': ui}}.?a.b", "-"),
    ROW(".?f", "{'a': {'b': ui}}.?a.?b.orValue(1)", "-"),
    ROW("[?u]", "[1, ?ux]", "[1, -]"),
    ROW("[?u]", "[?optional.of(ui), ?optional.none()]", "[-]"),
    ROW("[?u]", "[?{'a': ui}.?a, 2].size()", "2"),
    ROW("{?k: u}", "{?'a': ux}", "{a: -}"),
    ROW("{?k: u}", "{?'a': {'b': ui}.?b}", "{a: -}"),
    ROW("{?k: u}", "{?'a': {'b': ui}.?c}", "{}"),
    ROW("{?k: u}", "{?us: optional.of(1)}", "-"),
    ROW("{k: v}", "{'a': ui}", "{a: -}"),
    ROW("{k: v}", "{us: 1}", "-"),
    ROW("map as range", "{'a': ui}.all(k, k == 'a')", "true"),
    ROW("map as range", "{'a': ui}.all(k, v, v > 0)", "-"),
    ROW("map as range", "{'a': ui, 'b': 0}.all(k, v, v > 0)", "false"),
    ROW("map as range", "{'a': ui, 'b': 1}.exists(k, v, v > 0)", "true"),
    ROW("map as range", "{'a': ui}.exists_one(k, v, v > 0)", "-"),
    ROW("map as range", "{'a': ui}.exists_one(k, k == 'a')", "true"),
    ROW("map as range", "{'a': ui}.filter(k, k == 'a')", "[a]"),
    ROW("map as range", "{'a': ui}.map(k, k)", "[a]"),
    ROW("map as range", "{'a': ui}.map(k, ub, k)", "-"),
    ROW("map as range", "{'a': ui}.transformList(k, v, v)", "[-]"),
    ROW("has/1", "has({'a': ui}.a)", "false"),
    ROW("has/1", "has({'a': ui}.b)", "false"),
    ROW("has/1", "has(ux.a)", "false"),
    ROW("all/2", "[1, ui].all(x, x > 0)", "-"),
    ROW("all/2", "[1, ui].all(x, x > 1)", "false"),
    ROW("all/2", "[ui, 1].all(x, x > 1)", "false"),
    ROW("all/2", "ux.all(x, true)", "-"),
    ROW("all/2", "[].all(x, ub)", "true"),
    ROW("all/3", "[1, ui].all(i, x, x > 0)", "-"),
    ROW("all/3", "[1, ui].all(i, x, i > 0 && x > 0)", "false"),
    ROW("exists/2", "[1, ui].exists(x, x == 1)", "true"),
    ROW("exists/2", "[ui, 1].exists(x, x == 1)", "true"),
    ROW("exists/2", "[1, ui].exists(x, x == 2)", "-"),
    ROW("exists/2", "ux.exists(x, true)", "-"),
    ROW("exists/3", "[ui, 1].exists(i, x, x == 1 && i == 1)", "true"),
    ROW("exists/3", "[ui, 1].exists(i, x, x == 2)", "-"),
    ROW("exists_one/2", "[1, ui].exists_one(x, x == 1)", "-"),
    ROW("exists_one/2", "[1, 1, ui].exists_one(x, x == 1)", "-"),
    ROW("exists_one/2", "ux.exists_one(x, true)", "-"),
    ROW("exists_one/3", "[1, ui].exists_one(i, x, x == 1)", "-"),
    ROW("existsOne/2", "[1, ui].existsOne(x, x == 1)", "-"),
    ROW("existsOne/3", "[1, ui].existsOne(i, x, x == 1)", "-"),
    ROW("filter/2", "[1, ui].filter(x, x == 1)", "-"),
    ROW("filter/2", "[1, ui].filter(x, true)", "[1, -]"),
    ROW("filter/2", "[1, 2].filter(x, ub)", "-"),
    ROW("filter/2", "ux.filter(x, true)", "-"),
    ROW("map/2", "[1, ui].map(x, x + 1)", "[2, -]"),
    ROW("map/2", "[1, 2].map(x, ui)", "[-, -]"),
    ROW("map/2", "ux.map(x, 1)", "-"),
    ROW("map/3", "[1, 2].map(x, ub, x)", "-"),
    ROW("map/3", "[1, 2].map(x, x > 1, x + ui)", "[-]"),
    ROW("map/3", "ux.map(x, true, x)", "-"),
    ROW("sortBy/2", "[1, 2].sortBy(x, x + ui)", "-"),
    ROW("sortBy/2", "ux.sortBy(x, x)", "-"),
    ROW("transformList/3", "[1, ui].transformList(i, x, x + i)", "[1, -]"),
    ROW("transformList/4", "[1, ui].transformList(i, x, ub, x)", "-"),
    ROW("transformList/4", "[1, ui].transformList(i, x, i > 0, x)", "[-]"),
    ROW("transformList/3", "ux.transformList(i, x, x)", "-"),
    ROW("transformMap/3", "{'a': ui}.transformMap(k, v, v + 1)", "{a: -}"),
    ROW("transformMap/4", "{'a': 1}.transformMap(k, v, ub, v)", "-"),
    ROW("transformMap/4", "{'a': 1, 'b': ui}.transformMap(k, v, k == 'b', v)", "{b: -}"),
    ROW("transformMap/3", "ux.transformMap(k, v, v)", "-"),
    ROW("transformMapEntry/3", "{'a': ui}.transformMapEntry(k, v, {k: v})", "{a: -}"),
    ROW("transformMapEntry/3", "{'a': us}.transformMapEntry(k, v, {v: k})", "-"),
    ROW("transformMapEntry/3", "ux.transformMapEntry(k, v, {k: v})", "-"),
    ROW("transformMapEntry/4", "{'a': 1}.transformMapEntry(k, v, ub, {k: v})", "-"),
    ROW("transformMapEntry/4", "{'a': 1, 'b': ui}.transformMapEntry(k, v, k == 'b', {k: v})", "{b: -}"),
    ROW("optMap/2", "optional.of(1).optMap(x, x + ui)", "-"),
    ROW("optMap/2", "optional.none().optMap(x, x + ui).hasValue()", "false"),
    ROW("optMap/2", "optional.of(ui).optMap(x, x)", "-"),
    ROW("optFlatMap/2", "optional.of(1).optFlatMap(x, optional.of(x + ui))", "-"),
    ROW("optFlatMap/2", "optional.of(ui).optFlatMap(x, optional.of(x))", "-"),
    ROW("bind/3", "cel.bind(x, ui, 1)", "1"),
    ROW("bind/3", "cel.bind(x, ui, x + 1)", "-"),
    ROW("bind/3", "cel.bind(x, ui, coalesce(x, 2))", "2"),
    ROW("block/2", "cel.block([ui], cel.index(0) + 1)", "-"),
    ROW("block/2", "cel.block([ui], 1)", "1"),
    ROW("index/1", "cel.block([1, ui], coalesce(cel.index(1), cel.index(0)))", "1"),
    ROW("iterVar/2", "[ui].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1)", "[-]"),
};

enum { VECTOR_COUNT = sizeof VECTORS / sizeof VECTORS[0] };

static void vectors_by_hand(void)
{
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        CHECK_TEXT(evaluate(VECTORS[i].text), VECTORS[i].result, VECTORS[i].text.data);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static bool has_vector(Slice about)
{
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        if (slice_equal(VECTORS[i].about, about)) {
            return true;
        }
    }
    return false;
}

static void nothing_is_without_a_vector(void)
{
    static const struct {
        const char *name;
        unsigned minimum;
        unsigned maximum;
    } MACROS[] = {
#define MACRO(name, member, minimum, maximum, shape, loop, doc, example, result) {#name, minimum, maximum},
#include "cel/macros.def"
#undef MACRO
    };
    static const Slice SYNTAX[] = {SLICE_INIT(".f"),      SLICE_INIT(".?f"),    SLICE_INIT("[?u]"),
                                   SLICE_INIT("{?k: u}"), SLICE_INIT("{k: v}"), SLICE_INIT("map as range")};
    for (size_t i = 0; i < sizeof MACROS / sizeof MACROS[0]; i++) {
        for (unsigned count = MACROS[i].minimum; count <= MACROS[i].maximum; count++) {
            char about[64];
            const int length = snprintf(about, sizeof about, "%s/%u", MACROS[i].name, count);
            CHECK_NAMED(has_vector((Slice){about, (size_t)length}), about);
        }
    }
    for (size_t i = 0; i < sizeof SYNTAX / sizeof SYNTAX[0]; i++) {
        CHECK_NAMED(has_vector(SYNTAX[i]), SYNTAX[i].data);
    }
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        if (absorbs(cel_overloads[i].name)) {
            CHECK_NAMED(has_vector(slice_from_text(cel_overloads[i].name)), cel_overloads[i].name);
        }
    }
    for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof EXCEPTIONS[0]; i++) {
        uint32_t first = 0;
        uint32_t end = 0;
        CHECK_NAMED(cel_function_find(EXCEPTIONS[i].name, &first, &end), EXCEPTIONS[i].name.data);
    }
}

TEST_MAIN(every_overload_spreads_unknown, vectors_by_hand, nothing_is_without_a_vector)
