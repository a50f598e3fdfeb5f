#include "sync/run/grant.h"

bool grant_needs_signature(const Session *session)
{
    return slice_equal(session->flow, GRANT_JWT);
}

bool grant_is_headless(const Session *session)
{
    return grant_needs_signature(session) || slice_equal(session->flow, GRANT_CLIENT_CREDENTIALS);
}

static int64_t clock_ms(const Session *session)
{
    return session->server_ms != 0 ? session->server_ms : session->engine->wall_ms;
}

Error grant_jwt(Arena *arena, const Session *session, Slice *input)
{
    const int64_t expires_s = clock_ms(session) / 1000 + GRANT_JWT_LIFETIME_S;
    return sf_oauth_jwt_input(arena, session->client_id, session->username, session->login_base, expires_s,
                              input);
}

void grant_sign(Job *job, const Session *session, Slice input)
{
    Buffer record;
    buffer_init(&record, job->arena, 0);
    record_text(&record, session->sign_key);
    record_text(&record, input);
    engine_plain_call(job, job->engine->host.sign, buffer_slice(&record));
}

Error grant_signed(Arena *arena, const Completion *got, Slice *signature)
{
    if (got->error.code != ERROR_OK) {
        return got->error.code == ERROR_CANCELLED
                   ? got->error
                   : error_copy(arena, error_make(ERROR_SIGN_KEY, engine_host_reason(got->error)));
    }
    return arena_keep(arena, got->body, signature)
               ? ERROR_NONE
               : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a signature"));
}

Error grant_request(Arena *arena, const Session *session, Slice input, Slice signature, RequestSpec *spec)
{
    const SfApp app = {.client_id = session->client_id, .client_secret = session->client_secret};
    if (grant_needs_signature(session)) {
        return sf_oauth_by_assertion(arena, session->login_base, input, signature, spec);
    }
    if (grant_is_headless(session)) {
        return sf_oauth_by_client_credentials(arena, &app, session->login_base, spec);
    }
    if (session->refresh_token.length == 0) {
        return error_make(ERROR_SF_ACCESS_REVOKED,
                          SLICE("the session is over and there is no refresh token"));
    }
    return sf_oauth_by_refresh(arena, &app, session->login_base, session->refresh_token, spec);
}

static bool clock_was_wrong(const Session *session)
{
    const int64_t skew_ms = session->server_ms - session->engine->wall_ms;
    return session->server_ms != 0 && (skew_ms > GRANT_SKEW_MS || skew_ms < -GRANT_SKEW_MS);
}

bool grant_signs_again(const Session *session, double signed_ms, Error error)
{
    const ErrorClass class = error_class(error.code);
    const bool refused = class != ERROR_CLASS_RETRY_NOW && class != ERROR_CLASS_RETRY_LATER;
    const bool over = session->engine->mono_ms - signed_ms >= GRANT_JWT_LIFETIME_S * 1000.0;
    return error.code != ERROR_OK && grant_needs_signature(session) &&
           (clock_was_wrong(session) || (refused && over));
}
