/*
 * How a connection gets its session: by the grant that a person gave in the browser (and a refresh token), by
 * an assertion that the host signs (JWT bearer, RFC 7523), or by the app's own secret (client credentials).
 * The last two have no refresh token: a session that is over is followed by another login.
 *
 *     if (grant_needs_signature(session)) { TRY(grant_jwt(...)); AWAIT(SIGN, grant_sign(...)); }
 *     AWAIT(TOKEN, request_try(... grant_request(...)))
 */
#ifndef PERLY_SYNC_RUN_GRANT_H
#define PERLY_SYNC_RUN_GRANT_H

#include "sync/run/session.h"

/* As storage keeps it; an empty flow is GRANT_CODE. */
#define GRANT_CODE SLICE("code")
#define GRANT_JWT SLICE("jwt")
#define GRANT_CLIENT_CREDENTIALS SLICE("client_credentials")

enum {
    GRANT_JWT_LIFETIME_S = 170, /* Salesforce takes 180 at most, by its own clock */
    GRANT_SKEW_MS = 30 * 1000   /* a clock that is this wrong explains a refused assertion */
};

/* True for the flows whose session is renewed by another login. */
bool grant_is_headless(const Session *session);

bool grant_needs_signature(const Session *session);

/* The text to be signed, into `input`; ends 170 s ahead of Salesforce's clock, or of ours before it is known.
 */
Error grant_jwt(Arena *arena, const Session *session, Slice *input);

/* The effect: signs `input` under the connection's key; the completion's body is the signature. */
void grant_sign(Job *job, const Session *session, Slice input);

/* Reads that signature; ERROR_SIGN_KEY in the host's words when there is none. */
Error grant_signed(Arena *arena, const Completion *got, Slice *signature);

/* The token request of the flow; `input` and `signature` are of the assertion, else unused. */
Error grant_request(Arena *arena, const Session *session, Slice input, Slice signature, RequestSpec *spec);

/*
 * Whether another assertion than the one that was signed at `signed_ms` (mono) has a chance: the refused one
 * was made by a clock that is wrong, and the answer told Salesforce's time; or it ended while answers were
 * waited for.
 */
bool grant_signs_again(const Session *session, double signed_ms, Error error);

#endif
