/* Inside core/config: reading a parsed document into plain structs, mistakes collected on the way. */
#ifndef PERLY_CONFIG_INTERNAL_H
#define PERLY_CONFIG_INTERNAL_H

#include "base/nearest.h"
#include "config/document.h"
#include "json/document.h"
#include "json/writer.h"

typedef struct Reader {
    Arena *arena; /* of the result; the document's tree lies in another */
    ConfigIssues *issues;
    Config *config;
    bool out_of_memory;
} Reader;

/* A mistake about `value`. The message is joined of the parts, in the reader's arena. */
void reader_issue(Reader *reader, JsonValue value, ErrorCode code, const Slice *parts, size_t count);
#define READER_ISSUE(reader, value, code, ...)                                                               \
    reader_issue((reader), (value), (code), (const Slice[]){__VA_ARGS__},                                    \
                 sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice))

/* True when `value` is an object. Keys that are not in the list are mistakes; no list (NULL): any key. */
bool reader_object(Reader *reader, JsonValue value, const Slice *keys, size_t count);
#define READER_OBJECT(reader, value, ...)                                                                    \
    reader_object((reader), (value), (const Slice[]){__VA_ARGS__},                                           \
                  sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice))

/*
 * Each of these leaves `*result` alone and returns true when the value is absent; when it is something else
 * than what is wanted, that is a mistake and they return false.
 */
bool reader_text(Reader *reader, JsonValue value, Slice *result);
bool reader_config_text(Reader *reader, JsonValue value, ConfigText *result);
bool reader_bool(Reader *reader, JsonValue value, bool *result);
bool reader_int(Reader *reader, JsonValue value, int64_t lowest, int64_t highest, int64_t *result);
bool reader_double(Reader *reader, JsonValue value, double lowest, double highest, double *result);
bool reader_duration(Reader *reader, JsonValue value, int64_t *ms);
/* The number of the choice. */
bool reader_choice(Reader *reader, JsonValue value, const Slice *choices, size_t count, size_t *result);

/* A mistake when `object` has no member `key`. */
bool reader_required(Reader *reader, JsonValue object, Slice key);

/* A letter, then letters, digits, '_' and, with `dashes`, '-'; at most CONFIG_NAME_BYTES_MAX. */
bool reader_name(Reader *reader, JsonValue value, Slice name, bool dashes);

/* The elements of an array of at most `count_max`; false (and a mistake) when it is none, or longer. */
bool reader_array(Reader *reader, JsonValue value, size_t count_max, uint32_t *count);

/* `count` zeroed elements; NULL sets out_of_memory. */
void *reader_alloc(Reader *reader, size_t count, size_t bytes, size_t align);
#define READER_ARRAY(reader, Type, count)                                                                    \
    ((Type *)reader_alloc((reader), (count), sizeof(Type), _Alignof(Type)))

/* A copy in the reader's arena. */
Slice reader_copy(Reader *reader, Slice text);

/* Sections of the document. */
void config_read_mapping(Reader *reader, JsonValue mapping);
void config_read_model(Reader *reader, JsonValue model);
void config_read_rules(Reader *reader, JsonValue rules);
void config_read_holidays(Reader *reader, JsonValue holidays);
void config_write_holidays(JsonWriter *writer, const Config *config);
void config_read_refresh(Reader *reader, JsonValue names);
void config_write_refresh(JsonWriter *writer, const ConfigSalesforce *salesforce);

/* A filter over `record` becomes a column of the account, CONFIG_FILTER_COLUMN. */
void config_map_filter(Reader *reader);

/* default.json, read: what it leaves out filled in, and its hashes. */
extern const Config config_default;

/* Fills in the hashes. ERROR_OUT_OF_MEMORY. */
Error config_hashes(Arena *arena, Config *config);

#endif
