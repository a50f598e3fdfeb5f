/* Compiling a configuration: order of signals, cycles, types, and mistakes in expressions with their place.
 */
#include "config/model.h"
#include "test.h"

typedef struct Compiled {
    TestAllocator allocator;
    Arena arena;
    ConfigIssues issues;
    Config *config;
    Model *model;
    Error error;
} Compiled;

static void compile_with(Compiled *compiled, const char *text, const MappedColumn *mapped, size_t count)
{
    *compiled = (Compiled){.config = NULL};
    test_allocator_init(&compiled->allocator);
    arena_init(&compiled->arena, &compiled->allocator.allocator, 0);
    compiled->error = config_read(&compiled->arena, slice_from_text(text), SLICE("a.json"), &compiled->issues,
                                  &compiled->config);
    CHECK_ERROR(compiled->error, ERROR_OK, text);
    if (compiled->error.code == ERROR_OK) {
        compiled->error = model_compile(&compiled->arena, compiled->config, mapped, count, NULL,
                                        &compiled->issues, &compiled->model);
    }
}

static void end(Compiled *compiled)
{
    arena_free(&compiled->arena);
    CHECK_INT(compiled->allocator.bytes, 0, "nothing is kept");
}

static void default_compiles(void)
{
    Compiled compiled;
    compile_with(&compiled, "", NULL, 0);
    for (uint32_t i = 0; i < compiled.issues.count && i < CONFIG_ISSUES_MAX; i++) {
        CHECK_TEXT(compiled.issues.items[i].message, SLICE(""), "an issue of the default");
    }
    CHECK_ERROR(compiled.error, ERROR_OK, "default");
    if (compiled.model != NULL) {
        CHECK(compiled.model->rules[0].reads_change);
        CHECK(compiled.model->rules[0].due != NULL);
        const uint32_t breadth = model_component_find(compiled.model, SLICE("breadth"));
        CHECK_INT(compiled.model->components[breadth].needs,
                  1 << ENTITY_ACCOUNT | 1 << ENTITY_CONTACT | 1 << ENTITY_ACTIVITY | 1 << ENTITY_EMAIL |
                      1 << ENTITY_RELATION | 1 << ENTITY_ATTENDEE,
                  "needs");
        const uint32_t recency = model_component_find(compiled.model, SLICE("recency"));
        CHECK_INT(compiled.model->components[recency].needs,
                  1 << ENTITY_ACCOUNT | 1 << ENTITY_ACTIVITY | 1 << ENTITY_EMAIL,
                  "who was invited is nothing to it");
        CHECK_INT(compiled.model->rules[0].needs, 0, "a rule about risk follows the score, which is frozen");
        const uint32_t sponsor = model_component_find(compiled.model, SLICE("sponsor"));
        CHECK((compiled.model->components[sponsor].needs & 1U << ENTITY_ROLE) != 0);
        CHECK_INT(compiled.model->filter_column, UINT32_MAX, "no filter");
        CHECK_INT(compiled.model->needs, (1 << ENTITY_COUNT) - 1 - (1 << ENTITY_USER) - (1 << ENTITY_RATE),
                  "all but users and rates");
    }
    end(&compiled);
}

static void signals_follow_what_they_read(void)
{
    Compiled compiled;
    compile_with(&compiled,
                 "{\"model\":{\"components\":[{\"name\":\"x\",\"weight\":1,\"score\":\"signals.a\"}],"
                 "\"signals\":{\"a\":\"signals.b + signals.c\",\"b\":\"signals.c * 2\",\"c\":\"7\"}}}",
                 NULL, 0);
    CHECK_ERROR(compiled.error, ERROR_OK, "compiles");
    if (compiled.model != NULL) {
        CHECK_TEXT(compiled.model->signals[0].config->name, SLICE("c"), "first");
        CHECK_TEXT(compiled.model->signals[1].config->name, SLICE("b"), "second");
        CHECK_TEXT(compiled.model->signals[2].config->name, SLICE("a"), "third");
        CHECK_INT(model_signal_find(compiled.model, SLICE("a")), 2, "found");
        CHECK_INT(model_signal_find(compiled.model, SLICE("z")), UINT32_MAX, "not found");
    }
    end(&compiled);
}

static void mapped_columns_have_types(void)
{
    static const MappedColumn mapped[] = {{ENTITY_ACCOUNT, SLICE_INIT("arr"), ROW_DOUBLE, false, false},
                                          {ENTITY_CONTACT, SLICE_INIT("vip"), ROW_BOOL, false, false}};
    Compiled compiled;
    compile_with(
        &compiled,
        "{\"mapping\":{\"account\":{\"arr\":\"record.ARR__c\"},\"contact\":{\"vip\":\"record.VIP__c\"}},"
        "\"model\":{\"components\":[{\"name\":\"x\",\"weight\":1,\"score\":\"account.arr + "
        "double(contacts.filter(c, c.vip).size())\"}]}}",
        mapped, 2);
    CHECK_ERROR(compiled.error, ERROR_OK, "compiles");
    if (compiled.model != NULL) {
        const EntitySchema *account = &compiled.model->schemas.entities[ENTITY_ACCOUNT];
        const uint32_t stored = schema_column(&account->stored, SLICE("arr"));
        CHECK_INT(stored, STORED_FIXED_COUNT + account->attribute_count, "after the attributes");
        CHECK_INT(schema_column(&account->row, SLICE("arr")), stored + 1 - STORED_FIXED_COUNT,
                  "as expressions see it");
        CHECK_INT(schema_column(&account->row, SLICE("last_touch")), account->derived_first,
                  "derived ones follow");
    }
    end(&compiled);
}

/* A filter over the record is computed when the account is pulled, and read as a column. */
static void filters(void)
{
    Compiled compiled;
    compile_with(&compiled, "{\"salesforce\":{\"filter\":{\"account\":\"record.Type == 'Customer'\"}}}", NULL,
                 0);
    CHECK_ERROR(compiled.error, ERROR_OK, "over record");
    if (compiled.model != NULL) {
        CHECK(compiled.model->filter == NULL && compiled.model->filter_column != UINT32_MAX);
    }
    end(&compiled);
    compile_with(&compiled, "{\"salesforce\":{\"filter\":{\"account\":\"account.type == 'Customer'\"}}}",
                 NULL, 0);
    CHECK_ERROR(compiled.error, ERROR_OK, "over account");
    if (compiled.model != NULL) {
        CHECK(compiled.model->filter != NULL && compiled.model->filter_column == UINT32_MAX);
    }
    end(&compiled);
}

/* Without an org, a field's type is unknown: nothing is refused that may be right. */
static void unknown_types_are_not_refused(void)
{
    Compiled compiled;
    compile_with(
        &compiled,
        "{\"mapping\":{\"account\":{\"arr\":\"record.ARR__c\"}},"
        "\"model\":{\"components\":[{\"name\":\"x\",\"weight\":1,\"score\":\"account.arr * 2.0\"}]}}",
        NULL, 0);
    CHECK_ERROR(compiled.error, ERROR_OK, "compiles");
    end(&compiled);
}

typedef struct BadCase {
    const char *name;
    const char *text;
    ErrorCode code;
    const char *message;
    const char *pointer;
    uint32_t line;
    uint32_t column;
} BadCase;

#define COMPONENT(score) "{\"model\":{\"components\":[{\"name\":\"x\",\"weight\":1,\"score\":" score "}]}}"
#define SIGNALS(signals)                                                                                     \
    "{\"model\":{\"components\":[{\"name\":\"x\",\"weight\":1,\"score\":\"1\"}],\"signals\":{" signals "}}}"
#define RULE(when, text)                                                                                     \
    "{\"rules\":[{\"name\":\"r\",\"when\":\"" when "\",\"chatter\":{\"text\":\"" text "\"}}]}"

static const BadCase bad_cases[] = {
    {"cycle", SIGNALS("\"a\":\"signals.b\",\"b\":\"signals.c + 1\",\"c\":\"has(signals.b) ? 1 : 2\""),
     ERROR_CONFIG_CYCLE, "signals that read each other in a circle: b -> c -> b", "/model/signals/b", 1, 93},
    {"own cycle", SIGNALS("\"a\":\"signals.a + 1\""), ERROR_CONFIG_CYCLE,
     "signals that read each other in a circle: a -> a", "/model/signals/a", 1, 77},
    {"misspelt", COMPONENT("\"1 + account.emploees\""), ERROR_CEL_UNDECLARED, NULL,
     "/model/components/0/score", 1, 68},
    {"escaped before", COMPONENT("\"\\u0022\\u0022 + account.emploees\""), ERROR_CEL_UNDECLARED, NULL,
     "/model/components/0/score", 1, 56},
    {"syntax", COMPONENT("\"1 +\""), ERROR_CEL_SYNTAX, NULL, "/model/components/0/score", 1, 60},
    {"type", COMPONENT("\"account.name\""), ERROR_CEL_TYPE, "a number is needed here, this is string",
     "/model/components/0/score", 1, 56},
    {"null", COMPONENT("\"account.name == null ? 1 : 2\""), ERROR_CEL_TYPE, NULL, "/model/components/0/score",
     1, 70},
    {"loops in loops",
     COMPONENT("\"contacts.filter(a, contacts.all(b, contacts.all(c, contacts.all(d, a.active && "
               "d.active)))).size()\""),
     ERROR_CEL_LIMIT, NULL, "/model/components/0/score", 1, 149},
    {"undeclared signal", COMPONENT("\"signals.nosuch\""), ERROR_CEL_UNDECLARED, NULL,
     "/model/components/0/score", 1, 57},
    {"rows as signal", SIGNALS("\"a\":\"contacts\""), ERROR_CEL_TYPE, NULL, "/model/signals/a", 1, 77},
    {"condition", RULE("score", "x"), ERROR_CEL_TYPE, "true or false is needed here, this is int",
     "/rules/0/when", 1, 30},
    {"rule's names are not the model's", COMPONENT("\"score\""), ERROR_CEL_UNDECLARED, NULL,
     "/model/components/0/score", 1, 57},
    {"open template", RULE("true", "a ${score"), ERROR_CONFIG_VALUE, "`${` without its `}`",
     "/rules/0/chatter/text", 1, 55},
    {"dollar", RULE("true", "costs $5"), ERROR_CONFIG_VALUE, NULL, "/rules/0/chatter/text", 1, 55},
    {"in a template", RULE("true", "to ${scor}"), ERROR_CEL_UNDECLARED, NULL, "/rules/0/chatter/text", 1, 61},
    {"days",
     "{\"rules\":[{\"name\":\"r\",\"when\":\"true\",\"task\":{\"subject\":\"s\",\"due\":{\"business_days\":"
     "\"1.5\"}}}]}",
     ERROR_CEL_TYPE, "an integer is needed here, this is double", "/rules/0/task/due/business_days", 1, 82},
};

static void mistakes_have_a_place(void)
{
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const BadCase *bad = &bad_cases[i];
        Compiled compiled;
        compile_with(&compiled, bad->text, NULL, 0);
        CHECK_ERROR(compiled.error, bad->code, bad->name);
        CHECK_NAMED(compiled.model == NULL && compiled.issues.count >= 1, bad->name);
        if (bad->message != NULL) {
            CHECK_TEXT(compiled.error.message, slice_from_text(bad->message), bad->name);
        }
        CHECK_TEXT(compiled.error.place.source, SLICE("a.json"), bad->name);
        CHECK_TEXT(compiled.error.place.pointer, slice_from_text(bad->pointer), bad->name);
        CHECK_INT(compiled.error.place.line, bad->line, bad->name);
        CHECK_INT(compiled.error.place.column, bad->column, bad->name);
        end(&compiled);
    }
}

static void a_misspelt_name_is_corrected(void)
{
    Compiled compiled;
    compile_with(&compiled, COMPONENT("\"account.emploees\""), NULL, 0);
    CHECK(slice_find(compiled.error.message, SLICE("`employees`"), 0) != SIZE_MAX);
    end(&compiled);
}

static void templates(void)
{
    static const struct {
        const char *text;
        uint32_t parts;
        uint32_t programs;
    } cases[] = {{"plain", 1, 0},
                 {"${score}", 1, 1},
                 {"a ${score} b", 3, 1},
                 {"$$${score}$$", 3, 1},
                 {"${ {'a}': 1}.size() }", 1, 1},
                 {"${'}' + '$'}!", 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char document[256];
        (void)snprintf(document, sizeof document, RULE("true", "%s"), cases[i].text);
        Compiled compiled;
        compile_with(&compiled, document, NULL, 0);
        CHECK_ERROR(compiled.error, ERROR_OK, cases[i].text);
        if (compiled.model != NULL) {
            const Template *text = &compiled.model->rules[0].chatter_text;
            uint32_t programs = 0;
            for (uint32_t j = 0; j < text->count; j++) {
                programs += text->parts[j].program != NULL;
            }
            CHECK_INT(text->count, cases[i].parts, cases[i].text);
            CHECK_INT(programs, cases[i].programs, cases[i].text);
        }
        end(&compiled);
    }
}

static void survives_every_failing_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        TestAllocator allocator;
        Arena arena;
        ConfigIssues issues;
        Config *config = NULL;
        Model *model = NULL;
        test_allocator_init(&allocator);
        allocator.fail_at = fail_at;
        arena_init(&arena, &allocator.allocator, 0);
        Error error = config_read(&arena, SLICE(""), SLICE(""), &issues, &config);
        if (error.code == ERROR_OK) {
            error = model_compile(&arena, config, NULL, 0, NULL, &issues, &model);
        }
        CHECK((error.code == ERROR_OK) == (model != NULL));
        if (error.code != ERROR_OK) {
            CHECK_ERROR(error, ERROR_OUT_OF_MEMORY, "no memory");
        }
        arena_free(&arena);
        CHECK_INT(allocator.bytes, 0, "all is given back");
        if (error.code == ERROR_OK || fail_at > 10000) {
            CHECK(error.code == ERROR_OK);
            return;
        }
    }
}

TEST_MAIN(default_compiles, signals_follow_what_they_read, mapped_columns_have_types, filters,
          unknown_types_are_not_refused, mistakes_have_a_place, a_misspelt_name_is_corrected, templates,
          survives_every_failing_allocation)
