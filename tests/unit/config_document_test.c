/* The configuration document: defaults, what replaces what, hashes, and every kind of mistake with its place.
 */
#include "config/document.h"
#include "json/writer.h"
#include "test.h"

static Slice read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file == NULL) {
        return SLICE("");
    }
    char *bytes = arena_alloc(arena, 1 << 16, 1);
    const size_t length = fread(bytes, 1, 1 << 16, file);
    CHECK_INT(fclose(file), 0, path);
    return slice_make(bytes, length);
}

static void begin(TestAllocator *allocator, Arena *arena)
{
    test_allocator_init(allocator);
    arena_init(arena, &allocator->allocator, 0);
}

static Slice canonical_of(Arena *arena, const Config *config)
{
    Slice text = SLICE("");
    CHECK_ERROR(config_write_canonical(arena, config, &text), ERROR_OK, "canonical");
    return text;
}

/* What the canonical text does not show: where each expression and template stands. */
static void check_pointers(const Config *file, const Config *built_in)
{
    for (uint32_t i = 0; i < file->signal_count; i++) {
        CHECK_TEXT(built_in->signals[i].expression.pointer, file->signals[i].expression.pointer, "signal");
    }
    for (uint32_t i = 0; i < file->component_count; i++) {
        CHECK_TEXT(built_in->components[i].score.pointer, file->components[i].score.pointer, "component");
        CHECK_TEXT(built_in->components[i].reason.pointer, file->components[i].reason.pointer, "reason");
    }
    for (uint32_t i = 0; i < file->gate_count; i++) {
        CHECK_TEXT(built_in->gates[i].when.pointer, file->gates[i].when.pointer, "gate");
        CHECK_TEXT(built_in->gates[i].reason.pointer, file->gates[i].reason.pointer, "reason of a gate");
    }
    for (uint32_t i = 0; i < file->rule_count; i++) {
        const ConfigRule *ours = &built_in->rules[i];
        const ConfigRule *theirs = &file->rules[i];
        CHECK_TEXT(ours->when.pointer, theirs->when.pointer, "rule");
        CHECK_TEXT(ours->due_expression.pointer, theirs->due_expression.pointer, "due");
        CHECK_TEXT(ours->task_subject.pointer, theirs->task_subject.pointer, "subject");
        CHECK_TEXT(ours->task_description.pointer, theirs->task_description.pointer, "description");
        CHECK_TEXT(ours->chatter_text.pointer, theirs->chatter_text.pointer, "post");
        CHECK_INT(ours->due_business_days, theirs->due_business_days, "business days");
        CHECK_INT(ours->reminder_hour, theirs->reminder_hour, "reminder");
    }
}

static void default_is_the_file(void)
{
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *built_in = NULL;
    Config *file = NULL;
    const Slice text = read_file(&arena, PERLY_ROOT "/core/config/default.json");
    CHECK_ERROR(config_read(&arena, SLICE(""), SLICE(""), &issues, &built_in), ERROR_OK, "default");
    CHECK_ERROR(config_read(&arena, text, SLICE("default.json"), &issues, &file), ERROR_OK, "file");
    CHECK(built_in != NULL && file != NULL);
    if (built_in != NULL && file != NULL) {
        CHECK_TEXT(canonical_of(&arena, file), canonical_of(&arena, built_in),
                   "node toolchain/embed_default.mjs keeps them the same");
        CHECK_TEXT(slice_make(file->hash, sizeof file->hash), slice_make(built_in->hash, sizeof file->hash),
                   "hash");
        check_pointers(file, built_in);
        CHECK_TEXT(slice_make(file->model_hash, sizeof file->hash),
                   slice_make(built_in->model_hash, sizeof file->hash), "hash of the model");
        CHECK_INT(built_in->component_count, 11, "components");
        CHECK_INT(built_in->rule_count, 2, "rules");
        CHECK_INT(built_in->salesforce.poll_ms, 7200000, "poll");
        CHECK_INT(built_in->salesforce.lag_ms, 300000, "lag");
        CHECK_INT(built_in->salesforce.overlap_ms, 600000, "overlap");
    }
    arena_free(&arena);
    CHECK_INT(allocator.bytes, 0, "nothing is kept");
}

/* The canonical text is itself a document, and reading it changes nothing. */
static void canonical_is_a_fixed_point(void)
{
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *first = NULL;
    Config *second = NULL;
    const Slice text = SLICE(
        "{\"salesforce\":{\"login\":\"acme.my.salesforce.com\",\"poll\":\"90m\",\"filter\":{\"account\":"
        "\"account.type == "
        "'Customer'\"},\"fallback_owner\":\"005000000000001\",\"small_windows\":\"rest\",\"lag\":\"15m\","
        "\"overlap\":\"2h\"},\"mapping\":{"
        "\"account\":{\"*\":true,\"arr\":"
        "\"record.ARR__c\"}},\"model\":{\"signals\":{\"nps\":{\"imported\":true,\"max_age\":\"2w\"}},"
        "\"components\":"
        "[{\"name\":\"nps\",\"weight\":1.5,\"score\":\"signals.nps\"}],\"segments\":[{\"when\":\"account.arr "
        "> "
        "1.0\",\"weights\":{\"nps\":2}}]},\"rules\":[{\"name\":\"r\",\"when\":\"risk.changed\",\"task\":{"
        "\"subject\":"
        "\"x\",\"due\":{\"business_days\":3}},\"cooldown\":\"14d\"}]}");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &first), ERROR_OK, "first");
    if (first != NULL) {
        CHECK_ERROR(config_read(&arena, canonical_of(&arena, first), SLICE("b.json"), &issues, &second),
                    ERROR_OK, "second");
    }
    CHECK(second != NULL);
    if (second != NULL) {
        CHECK_TEXT(canonical_of(&arena, second), canonical_of(&arena, first), "canonical");
        CHECK_TEXT(slice_make(second->model_hash, sizeof second->model_hash),
                   slice_make(first->model_hash, sizeof first->model_hash), "model hash");
        CHECK_TEXT(second->salesforce.small_windows, SLICE("rest"), "small windows");
        CHECK_INT(second->salesforce.lag_ms, 900000, "lag");
        CHECK_INT(second->salesforce.overlap_ms, 7200000, "overlap");
        CHECK_INT(first->signal_count, 1, "components bring their own signals");
        CHECK_INT(first->gate_count, 0, "and gates");
        CHECK_INT(first->rules[0].mode, RULE_SHADOW, "a rule of an admin begins in shadow");
        CHECK_INT(first->rules[0].cooldown_ms, INT64_C(1209600000), "cooldown");
        CHECK(first->mappings[ENTITY_ACCOUNT].all_fields);
        CHECK_TEXT(first->mappings[ENTITY_ACCOUNT].items[0].expression.pointer, SLICE("/mapping/account/arr"),
                   "pointer");
    }
    arena_free(&arena);
}

/*
 * It is what RFC 8785 makes of it: every object's keys in order. A hash names a model in score rows and a
 * configuration in actions for ever, so these two are kept as they were when the document was first hashed.
 */
static void canonical_is_in_order(void)
{
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *config = NULL;
    JsonDocument document;
    Buffer sorted;
    buffer_init(&sorted, &arena, 0);
    JsonWriter writer = {&sorted, false};
    const Slice text =
        SLICE("{\"salesforce\":{\"login\":\"acme.my.salesforce.com\",\"poll\":\"90m\",\"filter\":{\"acc"
              "ount\":\"account.type == 'Customer'\"},\"fallback_owner\":\"005000000000001\"},\"mapping"
              "\":{\"account\":{\"*\":true,\"arr\":\"record.ARR__c\",\"zz_b\":\"record.B__c\",\"a1\":\""
              "record.A__c\"}},\"model\":{\"signals\":{\"nps\":{\"imported\":true,\"max_age\":\"2w\"},"
              "\"zed\":{\"value\":\"1.0\"}},\"components\":[{\"name\":\"nps\",\"weight\":1.5,\"score\":"
              "\"signals.nps\",\"reason\":\"\\u00e9 \\u0001 \\\"x\\\" ${signals.nps}\"},{\"name\":\"alp"
              "ha\",\"weight\":3,\"score\":\"10.0\",\"optional\":true},{\"name\":\"beta\",\"weight\":0."
              "1,\"score\":\"10.0\"}],\"gates\":[{\"name\":\"g\",\"when\":\"signals.nps < 3.0\",\"at_mo"
              "st\":33.3,\"reason\":\"low\"}],\"segments\":[{\"when\":\"account.arr > 1.0\",\"weights\""
              ":{\"nps\":2}}]},\"rules\":[{\"name\":\"r\",\"when\":\"risk.changed\",\"task\":{\"subject"
              "\":\"x\",\"description\":\"d\",\"due\":{\"business_days\":3},\"reminder\":{\"hour\":9}},"
              "\"cooldown\":\"14d\"},{\"name\":\"r2\",\"when\":\"risk.changed\",\"chatter\":{\"text\":"
              "\"x\",\"mention\":\"owner\"},\"task\":{\"subject\":\"x\",\"due\":{\"business_days\":\"1 "
              "+ 1\"}},\"mode\":\"shadow\"}],\"holidays\":[\"2026-12-25\"],\"limits\":{\"api_calls_per_"
              "day\":100,\"api_reserve\":0.25}}");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &config), ERROR_OK, "read");
    CHECK(config != NULL);
    if (config != NULL) {
        CHECK_ERROR(json_parse(&arena, canonical_of(&arena, config), &document), ERROR_OK, "canonical");
        CHECK_ERROR(json_write_canonical(&writer, json_root(&document)), ERROR_OK, "sorted");
        CHECK_TEXT(canonical_of(&arena, config), buffer_slice(&sorted), "canonical");
        CHECK_TEXT(slice_make(config->hash, sizeof config->hash),
                   SLICE("a925f8be97a67de21441f3786f7f1006ae250ae343d88afff4779a7b643a8285"), "hash");
        CHECK_TEXT(slice_make(config->model_hash, sizeof config->model_hash),
                   SLICE("2966f53a99bac89429b282168bab6580d9962af4c77eb15c33fce56695714b80"), "model hash");
    }
    arena_free(&arena);
}

static void merges_over_the_default(void)
{
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *config = NULL;
    Config *plain = NULL;
    const Slice text =
        SLICE("{\"model\":{\"risk\":{\"hysteresis\":0},\"signals\":{\"cadence\":\"50.0\",\"zz\":\"1\"}},"
              "\"limits\":{\"tasks_per_owner_day\":9}}");
    CHECK_ERROR(config_read(&arena, SLICE(""), SLICE(""), &issues, &plain), ERROR_OK, "default");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &config), ERROR_OK, "merged");
    CHECK(config != NULL && plain != NULL);
    if (config != NULL && plain != NULL) {
        CHECK_INT(config->risk.hysteresis, 0, "hysteresis");
        CHECK_INT(config->risk.edges[RISK_LOW], 75, "levels stay");
        CHECK_INT(config->component_count, plain->component_count, "components stay");
        CHECK_INT(config->signal_count, plain->signal_count + 1, "signals are joined");
        CHECK_INT(config->limits.tasks_per_owner_day, 9, "limit");
        CHECK_INT(config->limits.actions_at_least, 25, "other limits stay");
        CHECK(memcmp(config->model_hash, plain->model_hash, sizeof config->model_hash) != 0);
    }
    Config *limits = NULL;
    CHECK_ERROR(
        config_read(&arena, SLICE("{\"limits\":{\"api_reserve\":0.5}}"), SLICE("a.json"), &issues, &limits),
        ERROR_OK, "limits alone");
    if (limits != NULL && plain != NULL) {
        CHECK(memcmp(limits->model_hash, plain->model_hash, sizeof limits->model_hash) == 0);
        CHECK(memcmp(limits->hash, plain->hash, sizeof limits->hash) != 0);
    }
    arena_free(&arena);
}

/* 24h and 1d, 1 and 1.0, other order and other white space: the same configuration. */
static void equal_documents_hash_equal(void)
{
    static const Slice texts[] = {
        SLICE_INIT("{\"model\":{\"minimum_coverage\":1,\"risk\":{\"hold_up\":\"24h\",\"hysteresis\":3}}}"),
        SLICE_INIT("{ \"model\": { \"risk\": { \"hysteresis\": 3.0, \"hold_up\": \"1d\" },\n "
                   "\"minimum_coverage\": 1.0 } }"),
        SLICE_INIT("{\"rules\":[],\"model\":{\"minimum_coverage\":1e0,\"risk\":{\"hold_up\":\"1440m\","
                   "\"hysteresis\":3}}}"),
    };
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *configs[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < 3; i++) {
        CHECK_ERROR(config_read(&arena, texts[i], SLICE("a.json"), &issues, &configs[i]), ERROR_OK, "read");
    }
    if (configs[0] != NULL && configs[1] != NULL && configs[2] != NULL) {
        CHECK(memcmp(configs[0]->hash, configs[1]->hash, SHA256_HEX_BYTES) == 0);
        CHECK(memcmp(configs[0]->hash, configs[2]->hash, SHA256_HEX_BYTES) != 0);
        CHECK(memcmp(configs[0]->model_hash, configs[2]->model_hash, SHA256_HEX_BYTES) == 0);
    }
    arena_free(&arena);
}

/* A key that joined after configurations were stored: written out as it is by default, it changes no hash. */
static void default_of_a_later_key_hashes_as_before(void)
{
    static const struct {
        Slice text;
        bool same;
    } cases[] = {{SLICE_INIT("{\"salesforce\":{\"small_windows\":\"bulk\"}}"), true},
                 {SLICE_INIT("{\"salesforce\":{\"lag\":\"300s\",\"overlap\":\"10m\"}}"), true},
                 {SLICE_INIT("{\"salesforce\":{\"lag\":\"15m\"}}"), false},
                 {SLICE_INIT("{\"salesforce\":{\"overlap\":\"2h\"}}"), false},
                 {SLICE_INIT("{\"salesforce\":{\"small_windows\":\"rest\"}}"), false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TestAllocator allocator;
        Arena arena;
        begin(&allocator, &arena);
        ConfigIssues issues;
        Config *plain = NULL;
        Config *config = NULL;
        CHECK_ERROR(config_read(&arena, SLICE(""), SLICE(""), &issues, &plain), ERROR_OK, "default");
        CHECK_ERROR(config_read(&arena, cases[i].text, SLICE("a.json"), &issues, &config), ERROR_OK, "read");
        if (plain != NULL && config != NULL) {
            CHECK(slice_find(canonical_of(&arena, plain), SLICE("small_windows"), 0) == SIZE_MAX);
            CHECK((memcmp(config->hash, plain->hash, SHA256_HEX_BYTES) == 0) == cases[i].same);
            CHECK(memcmp(config->model_hash, plain->model_hash, SHA256_HEX_BYTES) == 0);
        }
        arena_free(&arena);
    }
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

static void reads_holidays(void)
{
    TestAllocator allocator;
    Arena arena;
    ConfigIssues issues;
    Config *config = NULL;
    Config *again = NULL;
    Config *none = NULL;
    begin(&allocator, &arena);
    const Slice text = SLICE("{\"holidays\":[\"2027-01-01\",\"2026-12-25\",\"1969-12-31\",\"2026-12-25\"]}");
    const Slice counting[] = {
        SLICE("{\"model\":{\"signals\":{\"d\":{\"value\":\"business_days(now, now)\"}}}}"),
        SLICE("{\"model\":{\"signals\":{\"d\":{\"value\":\"business_days(now, now)\"}}},"
              "\"holidays\":[\"2026-12-25\"]}")};
    Config *counts[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        CHECK_ERROR(config_read(&arena, counting[i], SLICE("c.json"), &issues, &counts[i]), ERROR_OK,
                    "counts");
    }
    CHECK(memcmp(counts[0]->model_hash, counts[1]->model_hash, sizeof counts[0]->model_hash) != 0);
    CHECK_ERROR(config_read(&arena, SLICE(""), SLICE(""), &issues, &none), ERROR_OK, "none");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &config), ERROR_OK, "holidays");
    if (config != NULL && none != NULL) {
        CHECK_INT(none->holiday_count, 0, "none as shipped");
        CHECK_INT(config->holiday_count, 3, "each day once");
        CHECK_INT(config->holidays[0], -1, "in order");
        CHECK_INT(config->holidays[1], 20812, "2026-12-25");
        CHECK_INT(config->holidays[2], 20819, "2027-01-01");
        CHECK(memcmp(config->model_hash, none->model_hash, sizeof none->model_hash) ==
              0); /* it counts none */
        CHECK(memcmp(config->hash, none->hash, sizeof none->hash) != 0);
        CHECK_ERROR(config_read(&arena, canonical_of(&arena, config), SLICE("b.json"), &issues, &again),
                    ERROR_OK, "again");
        CHECK_TEXT(canonical_of(&arena, again), canonical_of(&arena, config), "the same document");
        CHECK(memcmp(again->model_hash, config->model_hash, sizeof none->model_hash) == 0);
    }
    arena_free(&arena);
}

static void reads_fields_to_refresh(void)
{
    TestAllocator allocator;
    Arena arena;
    ConfigIssues issues;
    Config *config = NULL;
    Config *again = NULL;
    begin(&allocator, &arena);
    const Slice text =
        SLICE("{\"salesforce\":{\"refresh\":[\"Contact.B__c\",\"Account.A__c\",\"Contact.B__c\"]}}");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &config), ERROR_OK, "refresh");
    if (config != NULL) {
        CHECK_INT(config->salesforce.refresh_count, 2, "each field once");
        CHECK_TEXT(config->salesforce.refresh[0], SLICE("Account.A__c"), "in order");
        CHECK_ERROR(config_read(&arena, canonical_of(&arena, config), SLICE("b.json"), &issues, &again),
                    ERROR_OK, "again");
        CHECK_TEXT(canonical_of(&arena, again), canonical_of(&arena, config), "the same document");
    }
    arena_free(&arena);
}

static const BadCase bad_cases[] = {
    {"syntax", "{\"model\":\n  {,}}", ERROR_JSON_SYNTAX, NULL, "", 2, 4},
    {"key", "{\"modle\":{}}", ERROR_CONFIG_KEY, "unknown key `modle`; did you mean `model`?", "/modle", 1,
     10},
    {"far key", "{\"qwertyuiop\":{}}", ERROR_CONFIG_KEY, "unknown key `qwertyuiop`", "/qwertyuiop", 1, 15},
    {"deep key", "{\"model\":{\"risk\":{\"histeresis\":1}}}", ERROR_CONFIG_KEY,
     "unknown key `histeresis`; did you mean `hysteresis`?", "/model/risk/histeresis", 1, 32},
    {"root type", "[]", ERROR_JSON_TYPE, NULL, "", 1, 1},
    {"section type", "{\"limits\":3}", ERROR_JSON_TYPE, NULL, "/limits", 1, 11},
    {"holiday", "{\"holidays\":[\"2026-12-25\",\"25.12.2026\"]}", ERROR_CONFIG_VALUE,
     "`25.12.2026` is no day: write it as 2026-12-25", "/holidays/1", 1, 27},
    {"no such day", "{\"holidays\":[\"2026-02-30\"]}", ERROR_CONFIG_VALUE, NULL, "/holidays/0", 1, 14},
    {"refresh", "{\"salesforce\":{\"refresh\":[\"Account.A__c\",\"Acount.A__c\"]}}", ERROR_CONFIG_VALUE,
     "`Acount.A__c` is no field of an object that is pulled: write it as Account.Usage__c",
     "/salesforce/refresh/1", 1, 42},
    {"refresh of no field", "{\"salesforce\":{\"refresh\":[\"Account.\"]}}", ERROR_CONFIG_VALUE, NULL,
     "/salesforce/refresh/0", 1, 27},
    {"holiday type", "{\"holidays\":{}}", ERROR_JSON_TYPE, NULL, "/holidays", 1, 13},
    {"weight type", "{\"model\":{\"components\":[{\"name\":\"a\",\"score\":\"1\",\"weight\":\"1\"}]}}",
     ERROR_JSON_TYPE, NULL, "/model/components/0/weight", 1, 58},
    {"range", "{\"limits\":{\"api_reserve\":2}}", ERROR_CONFIG_VALUE, "out of range: from 0 to 1 is allowed",
     "/limits/api_reserve", 1, 26},
    {"fraction", "{\"model\":{\"risk\":{\"hysteresis\":1.5}}}", ERROR_JSON_TYPE, NULL,
     "/model/risk/hysteresis", 1, 32},
    {"hysteresis hides Critical", "{\"model\":{\"risk\":{\"hysteresis\":25}}}", ERROR_CONFIG_VALUE,
     "no account would become Critical any more: the hysteresis must be less than the edge of High",
     "/model/risk", 1, 18},
    {"hysteresis hides Low", "{\"model\":{\"risk\":{\"levels\":{\"Low\":96}}}}", ERROR_CONFIG_VALUE,
     "no account would become Low any more: the edge of Low and the hysteresis must be 100 at most",
     "/model/risk", 1, 18},
    {"duration", "{\"salesforce\":{\"poll\":\"2 hours\"}}", ERROR_CONFIG_VALUE,
     "`2 hours` is no duration: write an integer and s, m, h, d or w, such as 24h", "/salesforce/poll", 1,
     23},
    {"poll", "{\"salesforce\":{\"poll\":\"1s\"}}", ERROR_CONFIG_VALUE, NULL, "/salesforce/poll", 1, 23},
    {"login", "{\"salesforce\":{\"login\":\"sandbx\"}}", ERROR_CONFIG_VALUE, NULL, "/salesforce/login", 1,
     24},
    {"version", "{\"salesforce\":{\"api_version\":\"66\"}}", ERROR_CONFIG_VALUE, NULL,
     "/salesforce/api_version", 1, 30},
    {"touch", "{\"salesforce\":{\"touch\":\"often\"}}", ERROR_CONFIG_VALUE,
     "`often` is not allowed here: write daily, weekly or never", "/salesforce/touch", 1, 24},
    {"lag", "{\"salesforce\":{\"lag\":\"4m\"}}", ERROR_CONFIG_VALUE,
     "too short: rows that become visible late would be missed", "/salesforce/lag", 1, 22},
    {"overlap", "{\"salesforce\":{\"overlap\":\"8d\"}}", ERROR_CONFIG_VALUE, "too long",
     "/salesforce/overlap", 1, 26},
    {"small windows", "{\"salesforce\":{\"small_windows\":\"soap\"}}", ERROR_CONFIG_VALUE,
     "`soap` is not allowed here: write bulk or rest", "/salesforce/small_windows", 1, 32},
    {"small windows type", "{\"salesforce\":{\"small_windows\":true}}", ERROR_JSON_TYPE, NULL,
     "/salesforce/small_windows", 1, 32},
    {"levels", "{\"model\":{\"risk\":{\"levels\":{\"Low\":40}}}}", ERROR_CONFIG_VALUE, NULL,
     "/model/risk/levels", 1, 28},
    {"critical", "{\"model\":{\"risk\":{\"levels\":{\"Critical\":5}}}}", ERROR_CONFIG_VALUE, NULL,
     "/model/risk/levels", 1, 28},
    {"missing", "{\"model\":{\"components\":[{\"name\":\"a\",\"weight\":1}]}}", ERROR_CONFIG_VALUE,
     "`score` is missing", "/model/components/0", 1, 25},
    {"no weight", "{\"model\":{\"components\":[]}}", ERROR_CONFIG_VALUE, NULL, "/model/components", 1, 24},
    {"twice",
     "{\"rules\":[{\"name\":\"a\",\"when\":\"true\",\"chatter\":{\"text\":\"x\"}},"
     "{\"name\":\"a\",\"when\":\"true\",\"chatter\":{\"text\":\"x\"}}]}",
     ERROR_CONFIG_VALUE, "`a` is defined twice", "/rules/1", 1, 61},
    {"idle rule", "{\"rules\":[{\"name\":\"a\",\"when\":\"true\"}]}", ERROR_CONFIG_VALUE, NULL, "/rules/0", 1,
     11},
    {"mode", "{\"rules\":[{\"name\":\"a\",\"when\":\"true\",\"mode\":\"yes\",\"chatter\":{\"text\":\"\"}}]}",
     ERROR_CONFIG_VALUE, "`yes` is not allowed here: write shadow, on or off", "/rules/0/mode", 1, 44},
    {"column name", "{\"mapping\":{\"account\":{\"ARR\":\"record.ARR__c\"}}}", ERROR_CONFIG_VALUE, NULL,
     "/mapping/account/ARR", 1, 30},
    {"own column", "{\"mapping\":{\"account\":{\"last_touch\":\"record.X\"}}}", ERROR_CONFIG_VALUE, NULL,
     "/mapping/account/last_touch", 1, 37},
    {"sql", "{\"mapping\":{\"account\":{\"a; drop table\":\"record.X\"}}}", ERROR_CONFIG_VALUE, NULL,
     "/mapping/account/a; drop table", 1, 40},
    {"whole opportunity", "{\"mapping\":{\"opportunity\":{\"*\":true}}}", ERROR_CONFIG_VALUE, NULL,
     "/mapping/opportunity/*", 1, 32},
    {"max_age", "{\"model\":{\"signals\":{\"a\":{\"value\":\"1\",\"max_age\":\"1d\"}}}}", ERROR_CONFIG_VALUE,
     NULL, "/model/signals/a/max_age", 1, 49},
    {"two sources", "{\"model\":{\"signals\":{\"a\":{\"value\":\"1\",\"imported\":true}}}}",
     ERROR_CONFIG_VALUE, NULL, "/model/signals/a", 1, 26},
    {"segment", "{\"model\":{\"segments\":[{\"when\":\"true\",\"weights\":{\"recencie\":1}}]}}",
     ERROR_CONFIG_KEY, "unknown key `recencie`; did you mean `recency`?",
     "/model/segments/0/weights/recencie", 1, 60},
    {"repeated key", "{\"rules\":[],\"rules\":[]}", ERROR_JSON_SYNTAX, NULL, "", 1, 13},
};

static void mistakes_have_a_place(void)
{
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const BadCase *bad = &bad_cases[i];
        TestAllocator allocator;
        Arena arena;
        begin(&allocator, &arena);
        ConfigIssues issues;
        Config *config = NULL;
        const Error error =
            config_read(&arena, slice_from_text(bad->text), SLICE("a.json"), &issues, &config);
        CHECK_ERROR(error, bad->code, bad->name);
        CHECK_NAMED(config == NULL && issues.count == 1, bad->name);
        if (bad->message != NULL) {
            CHECK_TEXT(error.message, slice_from_text(bad->message), bad->name);
        }
        CHECK_TEXT(error.place.source, SLICE("a.json"), bad->name);
        CHECK_TEXT(error.place.pointer, slice_from_text(bad->pointer), bad->name);
        CHECK_INT(error.place.line, bad->line, bad->name);
        CHECK_INT(error.place.column, bad->column, bad->name);
        arena_free(&arena);
        CHECK_INT(allocator.bytes, 0, bad->name);
    }
}

static void all_mistakes_are_told(void)
{
    TestAllocator allocator;
    Arena arena;
    begin(&allocator, &arena);
    ConfigIssues issues;
    Config *config = NULL;
    const Slice text = SLICE("{\"a\":1,\"limits\":{\"b\":2,\"api_reserve\":7},\"rules\":[{\"c\":1}]}");
    CHECK_ERROR(config_read(&arena, text, SLICE("a.json"), &issues, &config), ERROR_CONFIG_KEY, "first");
    CHECK_INT(issues.count, 7, "a, c, name, when, the rule does nothing, b, api_reserve");
    arena_free(&arena);
}

static void survives_every_failing_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        TestAllocator allocator;
        Arena arena;
        begin(&allocator, &arena);
        allocator.fail_at = fail_at;
        ConfigIssues issues;
        Config *config = NULL;
        const Error error = config_read(&arena, SLICE("{\"mapping\":{\"account\":{\"arr\":\"record.A\"}}}"),
                                        SLICE("a.json"), &issues, &config);
        const bool done = error.code == ERROR_OK;
        CHECK(done == (config != NULL));
        if (!done) {
            CHECK_ERROR(error, ERROR_OUT_OF_MEMORY, "no memory");
        }
        arena_free(&arena);
        CHECK_INT(allocator.bytes, 0, "all is given back");
        if (done || fail_at > 10000) {
            CHECK(done);
            return;
        }
    }
}

static void durations(void)
{
    static const struct {
        const char *text;
        bool good;
        int64_t ms;
    } cases[] = {{"0s", true, 0},
                 {"90s", true, 90000},
                 {"24h", true, 86400000},
                 {"2w", true, 1209600000},
                 {"36525d", true, INT64_C(3155760000000)},
                 {"36526d", false, 0},
                 {"", false, 0},
                 {"h", false, 0},
                 {"-1h", false, 0},
                 {"1.5h", false, 0},
                 {"1 h", false, 0},
                 {"1H", false, 0},
                 {"1ms", false, 0},
                 {"99999999999999999999d", false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 0;
        CHECK_NAMED(config_duration(slice_from_text(cases[i].text), &ms) == cases[i].good, cases[i].text);
        CHECK_INT(ms, cases[i].ms, cases[i].text);
    }
}

TEST_MAIN(reads_holidays, reads_fields_to_refresh, default_is_the_file, canonical_is_a_fixed_point,
          canonical_is_in_order, merges_over_the_default, equal_documents_hash_equal,
          default_of_a_later_key_hashes_as_before, mistakes_have_a_place, all_mistakes_are_told,
          survives_every_failing_allocation, durations)
