#include "salesforce/chatter.h"

#include "base/assert.h"
#include "salesforce/internal.h"
#include "salesforce/record.h"
#include "salesforce/soql.h"
#include "salesforce/text.h"

enum { MARKER_ROOM = 64 };

static void append_body(Buffer *body, Slice text, Slice key)
{
    perly_assert(sf_key_valid(key));
    sf_text_append(body, text, SF_CHATTER_UNITS_MAX - MARKER_ROOM);
    sf_marker_end(body, key);
}

Error sf_chatter_post(Arena *arena, Slice version, Slice account_id, Slice text, Slice key, RequestSpec *spec)
{
    Buffer post;
    buffer_init(&post, arena, 0);
    append_body(&post, text, key);
    const SfField fields[] = {SF_TEXT_FIELD(SLICE("ParentId"), account_id),
                              SF_TEXT_FIELD(SLICE("Type"), SLICE("TextPost")),
                              SF_TEXT_FIELD(SLICE("Body"), buffer_slice(&post))};
    if (post.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a post"));
    }
    return sf_record_create(arena, version, SLICE("chatter.post"), SLICE("FeedItem"), fields,
                            sizeof fields / sizeof fields[0], spec);
}

static void write_segment(JsonWriter *json, Slice type, Slice name, Slice text)
{
    json_write_object_begin(json);
    spec_json_pair(json, SLICE("type"), type);
    spec_json_pair(json, name, text);
    json_write_object_end(json);
}

Error sf_chatter_post_mention(Arena *arena, Slice version, Slice account_id, Slice user_id, Slice text,
                              Slice key, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/chatter/feed-elements"));
    Buffer post;
    buffer_init(&post, arena, 0);
    buffer_append_byte(&post, ' ');
    append_body(&post, text, key);
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    json_write_key(&json, SLICE("body"));
    json_write_object_begin(&json);
    json_write_key(&json, SLICE("messageSegments"));
    json_write_array_begin(&json);
    write_segment(&json, SLICE("Mention"), SLICE("id"), user_id);
    write_segment(&json, SLICE("Text"), SLICE("text"), buffer_slice(&post));
    json_write_array_end(&json);
    json_write_object_end(&json);
    spec_json_pair(&json, SLICE("feedElementType"), SLICE("FeedItem"));
    spec_json_pair(&json, SLICE("subjectId"), account_id);
    json_write_object_end(&json);
    body.failed = body.failed || post.failed;
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, SLICE("chatter.mention"), &path, SPEC_JSON, &body));
    spec->once = true;
    return ERROR_NONE;
}

static Error read_element(Arena *arena, Slice body, char id[SF_ID_BYTES])
{
    JsonDocument document;
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    RETURN_IF_ERROR(json_text(json_get(json_root(&document), SLICE("id")), &text));
    return sf_id_normalise(text, id);
}

Error sf_chatter_mention_read(Arena *arena, Slice body, char id[SF_ID_BYTES])
{
    return answer_error(SLICE("answer to a post"), read_element(arena, body, id));
}

Error sf_chatter_find(Arena *arena, Slice account_id, Slice user_id, int64_t since_ms, Slice *soql)
{
    static const Slice columns[] = {SLICE_INIT("Id"), SLICE_INIT("Body"), SLICE_INIT("CreatedDate")};
    Buffer where;
    buffer_init(&where, arena, 0);
    buffer_append(&where, SLICE("ParentId = "));
    RETURN_IF_ERROR(sf_soql_append_text(&where, account_id));
    buffer_append(&where, SLICE(" AND CreatedById = "));
    RETURN_IF_ERROR(sf_soql_append_text(&where, user_id));
    if (where.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a SOQL statement"));
    }
    const SfSelect select = {.object = SLICE("AccountFeed"),
                             .columns = columns,
                             .column_count = sizeof columns / sizeof columns[0],
                             .window_column = SLICE("CreatedDate"),
                             .from_ms = since_ms,
                             .to_ms = TIME_MS_MAX,
                             .where = buffer_slice(&where),
                             .order = SLICE("CreatedDate"),
                             .descending = true,
                             .limit = SF_CHATTER_FEED_ROWS};
    return sf_soql_select(arena, &select, soql);
}

Error sf_chatter_error(Arena *arena, bool mention, Error error)
{
    const bool no_resource =
        error.code == ERROR_SF_RECORD_GONE && slice_starts_with(error.message, SLICE("NOT_FOUND"));
    if (error.code != ERROR_SF_CHATTER_OFF && error.code != ERROR_SF_OBJECT_UNKNOWN &&
        (mention || !no_resource)) {
        return error;
    }
    return ERROR_TEXT(arena, ERROR_SF_CHATTER_OFF,
                      SLICE("Chatter is off in the org, or the connected user has no access to it: "),
                      error.message);
}
