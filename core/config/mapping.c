/* The section "mapping": columns that an entity has beyond the standard ones, or other expressions for those.
 */
#include "cel/cel.h"
#include "config/internal.h"
#include "map/attributes.h"

static const Slice entity_keys[ENTITY_COUNT] = {
    [ENTITY_ACCOUNT] = SLICE_INIT("account"),
    [ENTITY_CONTACT] = SLICE_INIT("contact"),
    [ENTITY_OPPORTUNITY] = SLICE_INIT("opportunity"),
    [ENTITY_ACTIVITY] = SLICE_INIT("activity"),
    [ENTITY_USER] = SLICE_INIT("user"),
    [ENTITY_ROLE] = SLICE_INIT("contact_role"),
};

/* Columns that every table has, and those that are computed when an account is scored. */
static bool is_taken(Slice entity, Slice name)
{
    static const Slice fixed[] = {SLICE_INIT("id"),         SLICE_INIT("stamp"),     SLICE_INIT("seen"),
                                  SLICE_INIT("first_seen"), SLICE_INIT("hash"),      SLICE_INIT("deleted"),
                                  SLICE_INIT("master_id"),  SLICE_INIT("account_id")};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (slice_equal(name, fixed[i])) {
            return true;
        }
    }
    if (slice_starts_with(name, SLICE("perly_"))) {
        return true;
    }
    size_t count = 0;
    const DerivedFacts *derived = derived_facts(&count);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(derived[i].entity, entity) && slice_equal(derived[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool is_column_name(Slice name)
{
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] >= 'A' && name.data[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

/* The place of `name` in the sorted list; a new one is made when it is not there. */
static ConfigMapping *place_for(ConfigMappings *mappings, Slice name)
{
    uint32_t at = 0;
    while (at < mappings->count && slice_compare(mappings->items[at].name, name) < 0) {
        at++;
    }
    if (at == mappings->count || !slice_equal(mappings->items[at].name, name)) {
        memmove(&mappings->items[at + 1], &mappings->items[at],
                (mappings->count - at) * sizeof mappings->items[0]);
        mappings->count++;
        mappings->items[at] = (ConfigMapping){.name = name};
    }
    return &mappings->items[at];
}

static void read_all_fields(Reader *reader, JsonValue value, Entity entity)
{
    if (entity != ENTITY_ACCOUNT && entity != ENTITY_CONTACT) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("`*` is for account and contact: name the fields that are needed"));
        return;
    }
    reader_bool(reader, value, &reader->config->mappings[entity].all_fields);
}

static void read_column(Reader *reader, JsonValue value, Entity entity)
{
    const Slice key = json_key(value);
    if (slice_equal(key, SLICE("*"))) {
        read_all_fields(reader, value, entity);
        return;
    }
    ConfigText expression = {.text = SLICE("")};
    if (!reader_name(reader, value, key, false) || !reader_config_text(reader, value, &expression)) {
        return;
    }
    if (!is_column_name(key)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), key,
                     SLICE("` becomes a column: write it in lower case"));
        return;
    }
    if (is_taken(entity_keys[entity], key)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), key,
                     SLICE("` is a column of Perly's own: choose another name"));
        return;
    }
    place_for(&reader->config->mappings[entity], reader_copy(reader, key))->expression = expression;
}

static void read_entity(Reader *reader, JsonValue value, Entity entity)
{
    if (!reader_object(reader, value, NULL, 0)) {
        return;
    }
    ConfigMappings *mappings = &reader->config->mappings[entity];
    const size_t count = json_count(value);
    if (count + mappings->count > CONFIG_MAPPINGS_MAX) {
        READER_ISSUE(reader, value, ERROR_LIMIT_EXCEEDED,
                     SLICE("too many: at most 500 fields of one object are mapped by name; use `*`"));
        return;
    }
    ConfigMapping *items = READER_ARRAY(reader, ConfigMapping, mappings->count + count);
    if (items == NULL) {
        return;
    }
    if (mappings->count > 0) {
        memcpy(items, mappings->items, mappings->count * sizeof items[0]);
    }
    mappings->items = items;
    for (JsonValue column = json_first(value); json_present(column); column = json_next(column)) {
        read_column(reader, column, entity);
    }
}

void config_read_mapping(Reader *reader, JsonValue mapping)
{
    if (!READER_OBJECT(reader, mapping, SLICE("account"), SLICE("contact"), SLICE("opportunity"),
                       SLICE("activity"), SLICE("user"))) {
        return;
    }
    for (unsigned entity = 0; entity < ENTITY_ROLE; entity++) {
        const JsonValue value = json_get(mapping, entity_keys[entity]);
        if (json_present(value)) {
            read_entity(reader, value, (Entity)entity);
        }
    }
}

void config_map_filter(Reader *reader)
{
    const ConfigText *filter = &reader->config->salesforce.filter_account;
    ConfigMappings *mappings = &reader->config->mappings[ENTITY_ACCOUNT];
    Slice *paths = NULL;
    uint32_t count = 0;
    bool whole = false;
    if (filter->text.length == 0) {
        return;
    }
    const Error error = cel_find_fields(reader->arena, filter->text, SLICE("record"), &paths, &count, &whole);
    reader->out_of_memory |= error.code == ERROR_OUT_OF_MEMORY;
    if (error.code != ERROR_OK || (count == 0 && !whole)) {
        return; /* over `account`, or wrong: compiling it will say so */
    }
    ConfigMapping *items = READER_ARRAY(reader, ConfigMapping, (size_t)mappings->count + 1);
    if (items != NULL) {
        if (mappings->count > 0) {
            memcpy(items, mappings->items, mappings->count * sizeof items[0]);
        }
        mappings->items = items;
        place_for(mappings, SLICE(CONFIG_FILTER_COLUMN))->expression = *filter;
    }
}
