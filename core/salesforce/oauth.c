#include "salesforce/oauth.h"

#include "base/base64.h"
#include "base/sha256.h"
#include "salesforce/errors.h"
#include "salesforce/internal.h"
#include "salesforce/login.h"
#include "salesforce/url.h"

void sf_oauth_random_text(const char random[SF_PKCE_RANDOM_BYTES], char text[SF_PKCE_TEXT_BYTES])
{
    char digits[BASE64_TEXT_BYTES(SF_PKCE_RANDOM_BYTES)];
    (void)base64url_print(slice_make(random, SF_PKCE_RANDOM_BYTES), digits);
    memcpy(text, digits, SF_PKCE_TEXT_BYTES);
}

void sf_oauth_pkce(const char random[SF_PKCE_RANDOM_BYTES], SfPkce *pkce)
{
    uint8_t digest[SHA256_BYTES];
    Sha256 hash;
    sf_oauth_random_text(random, pkce->verifier);
    sha256_init(&hash);
    sha256_update(&hash, slice_make(pkce->verifier, SF_PKCE_TEXT_BYTES));
    sha256_finish(&hash, digest);
    sf_oauth_random_text((const char *)digest, pkce->challenge);
}

Error sf_oauth_authorize_url(Arena *arena, const SfApp *app, Slice login_base, Slice state,
                             const SfPkce *pkce, Slice *url)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, login_base);
    buffer_append(&text, SLICE("/services/oauth2/authorize?"));
    sf_url_append_pair(&text, SLICE("response_type"), SLICE("code"));
    sf_url_append_pair(&text, SLICE("client_id"), app->client_id);
    sf_url_append_pair(&text, SLICE("redirect_uri"), app->redirect_uri);
    sf_url_append_pair(&text, SLICE("scope"), app->scopes.length == 0 ? SF_SCOPES_DEFAULT : app->scopes);
    sf_url_append_pair(&text, SLICE("state"), state);
    sf_url_append_pair(&text, SLICE("code_challenge"), slice_make(pkce->challenge, SF_PKCE_TEXT_BYTES));
    sf_url_append_pair(&text, SLICE("code_challenge_method"), SLICE("S256"));
    if (text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the authorisation URL"));
    }
    *url = buffer_slice(&text);
    return ERROR_NONE;
}

/* In time that does not depend on where two texts of the same length differ. */
static bool equal_in_constant_time(Slice a, Slice b)
{
    unsigned difference = a.length == b.length ? 0 : 1;
    for (size_t i = 0; i < a.length && i < b.length; i++) {
        difference |= (unsigned char)a.data[i] ^ (unsigned char)b.data[i];
    }
    return difference == 0;
}

static Slice query_of(Slice url)
{
    const size_t fragment = slice_find_byte(url, '#', 0);
    const Slice whole = slice_trim(slice_part(url, 0, fragment));
    const size_t mark = slice_find_byte(whole, '?', 0);
    return mark == whole.length ? whole : slice_part(whole, mark + 1, whole.length);
}

Error sf_oauth_redirect_read(Arena *arena, Slice url, Slice state, Slice *code)
{
    const Slice query = query_of(url);
    Slice got_state = SLICE("");
    Slice got_code = SLICE("");
    Slice error = SLICE("");
    Slice description = SLICE("");
    bool has_state = false;
    bool has_code = false;
    bool has_error = false;
    bool has_description = false;
    RETURN_IF_ERROR(sf_url_parameter(arena, query, SLICE("state"), &got_state, &has_state));
    RETURN_IF_ERROR(sf_url_parameter(arena, query, SLICE("code"), &got_code, &has_code));
    RETURN_IF_ERROR(sf_url_parameter(arena, query, SLICE("error"), &error, &has_error));
    RETURN_IF_ERROR(
        sf_url_parameter(arena, query, SLICE("error_description"), &description, &has_description));
    /* An error page of Salesforce may come without a state; it can only end the attempt, so it is believed.
     */
    if ((has_state || !has_error) && !equal_in_constant_time(got_state, state)) {
        return error_make(ERROR_SF_OAUTH_STATE, SLICE("the answer's state is not the one that was sent"));
    }
    if (has_error) {
        return sf_oauth_error(arena, error, description, 0);
    }
    if (got_code.length == 0) {
        return error_make(ERROR_SF_OAUTH_STATE, SLICE("the answer has no authorisation code"));
    }
    *code = got_code;
    return ERROR_NONE;
}

static void begin_form(Buffer *form, Arena *arena, Slice grant_type)
{
    buffer_init(form, arena, 0);
    sf_url_append_pair(form, SLICE("grant_type"), grant_type);
}

static void append_client(Buffer *form, const SfApp *app)
{
    sf_url_append_pair(form, SLICE("client_id"), app->client_id);
    if (app->client_secret.length != 0) {
        sf_url_append_pair(form, SLICE("client_secret"), app->client_secret);
    }
}

static Error finish(Arena *arena, Slice login_base, Slice purpose, Slice path_text, const Buffer *form,
                    RequestSpec *spec)
{
    Buffer path;
    buffer_init(&path, arena, 0);
    buffer_append(&path, path_text);
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, purpose, &path, SPEC_FORM, form));
    spec->base = login_base;
    spec->anonymous = true;
    return ERROR_NONE;
}

static Error finish_token(Arena *arena, Slice login_base, bool once, const Buffer *form, RequestSpec *spec)
{
    RETURN_IF_ERROR(
        finish(arena, login_base, SLICE("oauth.token"), SLICE("/services/oauth2/token"), form, spec));
    spec->once = once;
    return ERROR_NONE;
}

Error sf_oauth_by_code(Arena *arena, const SfApp *app, Slice login_base, Slice code, const SfPkce *pkce,
                       RequestSpec *spec)
{
    Buffer form;
    begin_form(&form, arena, SLICE("authorization_code"));
    sf_url_append_pair(&form, SLICE("code"), code);
    append_client(&form, app);
    sf_url_append_pair(&form, SLICE("redirect_uri"), app->redirect_uri);
    sf_url_append_pair(&form, SLICE("code_verifier"), slice_make(pkce->verifier, SF_PKCE_TEXT_BYTES));
    return finish_token(arena, login_base, true, &form, spec);
}

Error sf_oauth_by_refresh(Arena *arena, const SfApp *app, Slice login_base, Slice refresh_token,
                          RequestSpec *spec)
{
    Buffer form;
    begin_form(&form, arena, SLICE("refresh_token"));
    sf_url_append_pair(&form, SLICE("refresh_token"), refresh_token);
    append_client(&form, app);
    return finish_token(arena, login_base, true, &form, spec);
}

Error sf_oauth_by_client_credentials(Arena *arena, const SfApp *app, Slice login_base, RequestSpec *spec)
{
    if (slice_equal(login_base, SLICE("https://login.salesforce.com")) ||
        slice_equal(login_base, SLICE("https://test.salesforce.com"))) {
        return error_make(ERROR_SF_LOGIN_HOST, SLICE("client credentials work on the My Domain host alone"));
    }
    Buffer form;
    begin_form(&form, arena, SLICE("client_credentials"));
    append_client(&form, app);
    return finish_token(arena, login_base, false, &form, spec);
}

Error sf_oauth_jwt_input(Arena *arena, Slice client_id, Slice username, Slice audience, int64_t expires_s,
                         Slice *input)
{
    Buffer claims;
    buffer_init(&claims, arena, 0);
    JsonWriter json = {&claims, false};
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("iss"), client_id);
    spec_json_pair(&json, SLICE("sub"), username);
    spec_json_pair(&json, SLICE("aud"), audience);
    json_write_int64_member(&json, SLICE("exp"), expires_s);
    json_write_object_end(&json);
    Buffer text;
    buffer_init(&text, arena, 0);
    base64url_append(&text, SLICE("{\"alg\":\"RS256\"}"));
    buffer_append_byte(&text, '.');
    base64url_append(&text, buffer_slice(&claims));
    if (claims.failed || text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an assertion"));
    }
    *input = buffer_slice(&text);
    return ERROR_NONE;
}

Error sf_oauth_by_assertion(Arena *arena, Slice login_base, Slice input, Slice signature, RequestSpec *spec)
{
    Buffer form;
    begin_form(&form, arena, SLICE("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    buffer_append(&form, SLICE("&assertion="));
    buffer_append(&form, input); /* base64url and dots: nothing to encode */
    buffer_append_byte(&form, '.');
    base64url_append(&form, signature);
    return finish_token(arena, login_base, false, &form, spec);
}

Error sf_oauth_revoke(Arena *arena, Slice login_base, Slice token, RequestSpec *spec)
{
    Buffer form;
    buffer_init(&form, arena, 0);
    sf_url_append_pair(&form, SLICE("token"), token);
    return finish(arena, login_base, SLICE("oauth.revoke"), SLICE("/services/oauth2/revoke"), &form, spec);
}
