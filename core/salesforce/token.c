#include "salesforce/token.h"

#include "base/number.h"
#include "salesforce/internal.h"
#include "salesforce/login.h"

static Error refuse(Slice message)
{
    return error_make(ERROR_SF_ANSWER, message);
}

/* ".../id/<org id>/<user id>", each with 15 or 18 characters. */
static Error read_identity_url(Slice url, SfToken *token)
{
    const size_t mark = slice_find(url, SLICE("/id/"), 0);
    const size_t start = mark == SIZE_MAX ? url.length : mark + 4;
    const size_t slash = slice_find_byte(url, '/', start);
    const Slice org_id = slice_part(url, start, slash);
    const Slice user_id = slice_part(url, slash + 1, url.length);
    if (sf_id_normalise(org_id, token->org_id).code != ERROR_OK ||
        sf_id_normalise(user_id, token->user_id).code != ERROR_OK) {
        return refuse(SLICE("the token answer's id names no org and user"));
    }
    return ERROR_NONE;
}

/* Every value is text, numbers too; some answers leave them out. */
static int64_t number_of(JsonValue root, Slice key)
{
    Slice text = SLICE("");
    int64_t number = 0;
    const JsonValue value = json_get(root, key);
    if (json_type(value) == JSON_TEXT && json_text(value, &text).code == ERROR_OK) {
        return number_parse_int64(text, &number).code == ERROR_OK && number > 0 ? number : 0;
    }
    return json_int64_or(value, 0, &number).code == ERROR_OK && number > 0 ? number : 0;
}

static Error read_token(Arena *arena, Slice body, Slice login_base, SfToken *token)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    SfToken read = {0};
    Slice type = SLICE("");
    RETURN_IF_ERROR(answer_text_required(arena, root, SLICE("access_token"), &read.access_token));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("refresh_token"), SLICE(""), &read.refresh_token));
    RETURN_IF_ERROR(answer_text_required(arena, root, SLICE("instance_url"), &read.instance_url));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("scope"), SLICE(""), &read.scope));
    RETURN_IF_ERROR(answer_text_required(arena, root, SLICE("id"), &read.identity_url));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("token_type"), SLICE("Bearer"), &type));
    if (!slice_equal_ignoring_case(type, SLICE("Bearer"))) {
        return refuse(SLICE("the token answer's token_type is not Bearer"));
    }
    RETURN_IF_ERROR(sf_instance_url_check(read.instance_url, login_base));
    RETURN_IF_ERROR(read_identity_url(read.identity_url, &read));
    read.issued_ms = number_of(root, SLICE("issued_at"));
    read.expires_in_s = number_of(root, SLICE("expires_in"));
    *token = read;
    return ERROR_NONE;
}

Error sf_token_read(Arena *arena, Slice body, Slice login_base, SfToken *token)
{
    SfToken read = {0};
    RETURN_IF_ERROR(answer_error(SLICE("token answer"), read_token(arena, body, login_base, &read)));
    if (!spec_is_visible(read.access_token) || !spec_is_visible(read.refresh_token)) {
        return refuse(SLICE("the token answer's token has characters that no token has"));
    }
    *token = read;
    return ERROR_NONE;
}

bool sf_scope_has(Slice scope, Slice name)
{
    for (size_t at = 0; at < scope.length;) {
        const size_t end = slice_find_byte(scope, ' ', at);
        if (slice_equal(slice_part(scope, at, end), name)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

Error sf_scope_check(Slice scope, bool refresh_wanted)
{
    if (!sf_scope_has(scope, SLICE("api")) && !sf_scope_has(scope, SLICE("full"))) {
        return error_make(ERROR_SF_SCOPE, SLICE("the app was not granted the scope api"));
    }
    if (refresh_wanted && !sf_scope_has(scope, SLICE("refresh_token")) &&
        !sf_scope_has(scope, SLICE("offline_access"))) {
        return error_make(ERROR_SF_SCOPE, SLICE("the app was not granted the scope refresh_token"));
    }
    return ERROR_NONE;
}

Error sf_identity(Arena *arena, Slice identity_url, RequestSpec *spec)
{
    const Slice origin = sf_url_origin(identity_url);
    Slice base = SLICE("");
    Buffer path;
    if (sf_login_base(arena, origin, &base).code != ERROR_OK) {
        return refuse(SLICE("the identity URL is not on a login host of Salesforce"));
    }
    buffer_init(&path, arena, 0);
    buffer_append(&path, slice_part(identity_url, origin.length, identity_url.length));
    if (!spec_is_visible(buffer_slice(&path))) {
        return refuse(SLICE("the identity URL has characters that no URL has"));
    }
    RETURN_IF_ERROR(spec_finish(spec, METHOD_GET, SLICE("oauth.identity"), &path, SLICE(""), NULL));
    spec->base = base;
    return ERROR_NONE;
}

static Error read_id(JsonValue root, Slice key, char id[SF_ID_BYTES])
{
    const JsonValue value = json_get(root, key);
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_text(value, &text));
    return sf_id_normalise(text, id).code == ERROR_OK
               ? ERROR_NONE
               : json_error(value, ERROR_JSON_TYPE, SLICE("not an id"));
}

static Error read_identity(Arena *arena, Slice body, SfIdentity *identity)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    const JsonValue urls = json_get(root, SLICE("urls"));
    SfIdentity read = {0};
    RETURN_IF_ERROR(read_id(root, SLICE("organization_id"), read.org_id));
    RETURN_IF_ERROR(read_id(root, SLICE("user_id"), read.user_id));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("username"), SLICE(""), &read.username));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("timezone"), SLICE(""), &read.timezone));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("locale"), SLICE(""), &read.locale));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("user_type"), SLICE(""), &read.user_type));
    RETURN_IF_ERROR(json_bool_or(json_get(root, SLICE("active")), true, &read.active));
    read.has_chatter =
        json_present(json_get(urls, SLICE("feed_elements"))) || json_present(json_get(urls, SLICE("feeds")));
    *identity = read;
    return ERROR_NONE;
}

Error sf_identity_read(Arena *arena, Slice body, SfIdentity *identity)
{
    return answer_error(SLICE("identity answer"), read_identity(arena, body, identity));
}
