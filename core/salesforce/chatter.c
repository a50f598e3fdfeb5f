#include "salesforce/chatter.h"

#include "base/assert.h"
#include "salesforce/internal.h"
#include "salesforce/record.h"
#include "salesforce/soql.h"

enum { MARKER_ROOM = 64 };

static void append_body(Buffer *body, Slice text, Slice key)
{
    perly_assert(sf_key_valid(key));
    sf_text_append(body, text, SF_CHATTER_UNITS_MAX - MARKER_ROOM);
    buffer_append(body, SLICE("\n\n"));
    sf_marker_append(body, key);
}

Error sf_chatter_post(Arena *arena, Slice version, Slice account_id, Slice text, Slice key, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/sobjects/FeedItem"));
    Buffer post;
    buffer_init(&post, arena, 0);
    append_body(&post, text, key);
    const SfField fields[] = {SF_TEXT_FIELD(SLICE("ParentId"), account_id),
                              SF_TEXT_FIELD(SLICE("Type"), SLICE("TextPost")),
                              SF_TEXT_FIELD(SLICE("Body"), buffer_slice(&post))};
    const SfRecord record = {.fields = fields, .field_count = sizeof fields / sizeof fields[0]};
    Buffer body;
    buffer_init(&body, arena, 0);
    sf_record_append(&body, &record);
    body.failed = body.failed || post.failed;
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, SLICE("chatter.post"), &path, SPEC_JSON, &body));
    spec->once = true;
    return ERROR_NONE;
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
    buffer_append(&body, SLICE("{\"body\":{\"messageSegments\":[{\"type\":\"Mention\""));
    spec_json_pair(&body, SLICE("id"), user_id);
    buffer_append(&body, SLICE("},{\"type\":\"Text\""));
    spec_json_pair(&body, SLICE("text"), buffer_slice(&post));
    buffer_append(&body, SLICE("}]},\"feedElementType\":\"FeedItem\""));
    spec_json_pair(&body, SLICE("subjectId"), account_id);
    buffer_append_byte(&body, '}');
    body.failed = body.failed || post.failed;
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, SLICE("chatter.mention"), &path, SPEC_JSON, &body));
    spec->once = true;
    return ERROR_NONE;
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
