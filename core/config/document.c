/* The document as a whole: the default, and what the given one says differently. */
#include "config/document.h"

#include "config/internal.h"

/* Over a year, since scores look back 365 days. */
enum {
    TREE_BYTES_MAX = 256 << 20,
    HISTORY_MONTHS_MIN = 13,
    HISTORY_MONTHS_MAX = 1200,
    DAY_MS = 24 * 60 * 60 * 1000
};

static const Slice level_names[RISK_LEVEL_COUNT] = {
    [RISK_LOW] = SLICE_INIT("Low"),
    [RISK_MEDIUM] = SLICE_INIT("Medium"),
    [RISK_HIGH] = SLICE_INIT("High"),
    [RISK_CRITICAL] = SLICE_INIT("Critical"),
};

Slice risk_level_name(RiskLevel level)
{
    return level_names[level];
}

bool risk_level_find(Slice name, RiskLevel *level)
{
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        if (slice_equal(name, level_names[i])) {
            *level = (RiskLevel)i;
            return true;
        }
    }
    return false;
}

/* "production", "sandbox", or a host: letters, digits, dots and dashes. */
static void read_login(Reader *reader, JsonValue value, Slice *login)
{
    Slice text = *login;
    if (!reader_text(reader, value, &text) || !json_present(value)) {
        return;
    }
    const bool word = slice_equal(text, SLICE("production")) || slice_equal(text, SLICE("sandbox"));
    bool host = slice_find_byte(text, '.', 0) < text.length || slice_find_byte(text, ':', 0) < text.length;
    for (size_t i = 0; host && i < text.length; i++) {
        const char byte = text.data[i];
        host = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
               byte == '.' || byte == '-' || byte == ':' || byte == '/';
    }
    if (!word && !host) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), text,
                     SLICE("` is no login: write production, sandbox, or the My Domain host such as "
                           "acme.my.salesforce.com"));
        return;
    }
    *login = text;
}

static void read_api_version(Reader *reader, JsonValue value, Slice *version)
{
    Slice text = *version;
    if (!reader_text(reader, value, &text) || !json_present(value)) {
        return;
    }
    if (text.length != 4 || text.data[0] < '1' || text.data[0] > '9' || text.data[1] < '0' ||
        text.data[1] > '9' || text.data[2] != '.' || text.data[3] != '0') {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), text,
                     SLICE("` is no API version: write two digits and .0, such as 66.0"));
        return;
    }
    *version = text;
}

static void read_filter(Reader *reader, JsonValue filter)
{
    if (json_present(filter) && READER_OBJECT(reader, filter, SLICE("account"))) {
        reader_config_text(reader, json_get(filter, SLICE("account")),
                           &reader->config->salesforce.filter_account);
    }
}

static void read_word(Reader *reader, JsonValue value, const Slice *words, size_t count, Slice *word)
{
    size_t at = 0;
    if (reader_choice(reader, value, words, count, &at) && json_present(value)) {
        *word = words[at];
    }
}

/* What a shorter one misses is missed for good: a row becomes visible long after its stamp (long
 * transactions). */
static void read_span(Reader *reader, JsonValue value, int64_t min_ms, int64_t max_ms, int64_t *ms)
{
    if (reader_duration(reader, value, ms) && (*ms < min_ms || *ms > max_ms)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     *ms < min_ms ? SLICE("too short: rows that become visible late would be missed")
                                  : SLICE("too long"));
    }
}

static void read_salesforce(Reader *reader, JsonValue value)
{
    static const Slice touches[] = {SLICE_INIT("daily"), SLICE_INIT("weekly"), SLICE_INIT("never")};
    static const Slice apis[] = {SLICE_INIT("bulk"), SLICE_INIT("rest")};
    ConfigSalesforce *salesforce = &reader->config->salesforce;
    if (!READER_OBJECT(reader, value, SLICE("login"), SLICE("api_version"), SLICE("poll"), SLICE("filter"),
                       SLICE("refresh"), SLICE("touch"), SLICE("fallback_owner"), SLICE("small_windows"),
                       SLICE("lag"), SLICE("overlap"))) {
        return;
    }
    read_login(reader, json_get(value, SLICE("login")), &salesforce->login);
    read_api_version(reader, json_get(value, SLICE("api_version")), &salesforce->api_version);
    const JsonValue poll = json_get(value, SLICE("poll"));
    if (reader_duration(reader, poll, &salesforce->poll_ms) && salesforce->poll_ms < 60000) {
        READER_ISSUE(reader, poll, ERROR_CONFIG_VALUE, SLICE("too short: poll every minute at most"));
    }
    read_span(reader, json_get(value, SLICE("lag")), CONFIG_LAG_MS, DAY_MS, &salesforce->lag_ms);
    read_span(reader, json_get(value, SLICE("overlap")), CONFIG_OVERLAP_MS, INT64_C(7) * DAY_MS,
              &salesforce->overlap_ms);
    read_word(reader, json_get(value, SLICE("touch")), touches, sizeof touches / sizeof touches[0],
              &salesforce->touch);
    read_word(reader, json_get(value, SLICE("small_windows")), apis, sizeof apis / sizeof apis[0],
              &salesforce->small_windows);
    reader_text(reader, json_get(value, SLICE("fallback_owner")), &salesforce->fallback_owner);
    config_read_refresh(reader, json_get(value, SLICE("refresh")));
    read_filter(reader, json_get(value, SLICE("filter")));
}

static void read_limits(Reader *reader, JsonValue value)
{
    ConfigLimits *limits = &reader->config->limits;
    if (!READER_OBJECT(reader, value, SLICE("actions_per_run"), SLICE("tasks_per_owner_day"),
                       SLICE("api_reserve"), SLICE("api_calls_per_day"), SLICE("history_months"))) {
        return;
    }
    const JsonValue actions = json_get(value, SLICE("actions_per_run"));
    if (json_present(actions) && READER_OBJECT(reader, actions, SLICE("at_least"), SLICE("percent"))) {
        reader_int(reader, json_get(actions, SLICE("at_least")), 0, 1000000, &limits->actions_at_least);
        reader_double(reader, json_get(actions, SLICE("percent")), 0, 100, &limits->actions_percent);
    }
    reader_int(reader, json_get(value, SLICE("tasks_per_owner_day")), 1, 1000, &limits->tasks_per_owner_day);
    reader_double(reader, json_get(value, SLICE("api_reserve")), 0, 1, &limits->api_reserve);
    reader_int(reader, json_get(value, SLICE("api_calls_per_day")), 0, 100000000, &limits->api_calls_per_day);
    reader_int(reader, json_get(value, SLICE("history_months")), HISTORY_MONTHS_MIN, HISTORY_MONTHS_MAX,
               &limits->history_months);
}

static void read_sections(Reader *reader, JsonValue root)
{
    static const struct {
        Slice key;
        void (*read)(Reader *reader, JsonValue value);
    } sections[] = {
        {SLICE_INIT("salesforce"), read_salesforce}, {SLICE_INIT("mapping"), config_read_mapping},
        {SLICE_INIT("model"), config_read_model},    {SLICE_INIT("rules"), config_read_rules},
        {SLICE_INIT("limits"), read_limits},         {SLICE_INIT("holidays"), config_read_holidays},
    };
    Slice schema = SLICE("");
    if (!READER_OBJECT(reader, root, SLICE("$schema"), SLICE("salesforce"), SLICE("mapping"), SLICE("model"),
                       SLICE("rules"), SLICE("limits"), SLICE("holidays"))) {
        return;
    }
    reader_text(reader, json_get(root, SLICE("$schema")), &schema);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const JsonValue section = json_get(root, sections[i].key);
        if (json_present(section)) {
            sections[i].read(reader, section);
        }
    }
}

/* The tree is as large as thirty texts, so it has an arena of its own. */
static Error read_text(Reader *reader, Slice text, Slice source)
{
    Arena tree;
    JsonDocument document;
    arena_init(&tree, reader->arena->allocator, TREE_BYTES_MAX);
    Error error = json_parse(&tree, text, &document);
    if (error.code == ERROR_OK) {
        document.source = source;
        read_sections(reader, json_root(&document));
    } else {
        error = error_copy(reader->arena, error);
        error.place.source = source;
        config_issue_add(reader->issues, error);
    }
    arena_free(&tree);
    return reader->out_of_memory
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to read the configuration"))
           : reader->issues->count > 0 ? reader->issues->items[0]
                                       : ERROR_NONE;
}

static Error read_over_default(Arena *arena, Slice text, Slice source, ConfigIssues *issues, Config *config)
{
    Reader reader = {.arena = arena, .issues = issues, .config = config};
    config->text = reader_copy(&reader, text);
    config->source = reader_copy(&reader, source);
    RETURN_IF_ERROR(read_text(&reader, text, config->source));
    config_map_filter(&reader);
    if (reader.out_of_memory) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to read the configuration"));
    }
    return config_hashes(arena, config);
}

Error config_read(Arena *arena, Slice text, Slice source, ConfigIssues *issues, Config **result)
{
    issues->count = 0;
    Config *config = ARENA_NEW(arena, Config);
    if (config == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to read the configuration"));
    }
    *config = config_default;
    if (text.length > 0) {
        RETURN_IF_ERROR(read_over_default(arena, text, source, issues, config));
    }
    *result = config;
    return ERROR_NONE;
}

/* The next part of a JSON pointer, unescaped (in place: names of a configuration have neither ~ nor /). */
static Slice pointer_part(Slice pointer, size_t *at)
{
    const size_t end = slice_find_byte(pointer, '/', *at);
    const Slice part = slice_part(pointer, *at, end);
    *at = end + 1;
    return part;
}

static JsonValue find_pointer(JsonValue value, Slice pointer)
{
    for (size_t at = 1; at < pointer.length + 1 && json_present(value);) {
        const Slice part = pointer_part(pointer, &at);
        if (json_type(value) != JSON_ARRAY) {
            value = json_get(value, part);
            continue;
        }
        size_t index = 0;
        for (size_t i = 0; i < part.length; i++) {
            index = index * 10 + (size_t)(part.data[i] - '0');
        }
        value = json_first(value);
        for (; index > 0; index--) {
            value = json_next(value);
        }
    }
    return value;
}

/* A place inside a text: on its first line, if nothing before it is escaped, the column is exact. */
static uint32_t inner_column(const ConfigText *text, Place inner)
{
    if (inner.line != 1 || inner.column == 0) {
        return 0;
    }
    uint32_t column = 1;
    for (size_t i = 0; i < text->text.length && column < inner.column; i++) {
        const unsigned char byte = (unsigned char)text->text.data[i];
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            return 0;
        }
        column += (byte & 0xC0U) != 0x80U ? 1 : 0;
    }
    return inner.column;
}

Error config_error(Arena *arena, const Config *config, const ConfigText *text, ErrorCode code, Slice message,
                   Place inner)
{
    Error error = error_make(code, message);
    error.place.source = text->built_in ? SLICE("default.json") : config->source;
    error.place.pointer = text->pointer;
    if (text->built_in) {
        return error;
    }
    Arena tree;
    JsonDocument document;
    arena_init(&tree, arena->allocator, TREE_BYTES_MAX);
    if (json_parse(&tree, config->text, &document).code == ERROR_OK) {
        const JsonValue value = find_pointer(json_root(&document), text->pointer);
        if (json_present(value)) {
            const Place place = json_error(value, code, message).place;
            error.place.line = place.line;
            error.place.column = place.column + inner_column(text, inner);
        }
    }
    arena_free(&tree);
    return error;
}
