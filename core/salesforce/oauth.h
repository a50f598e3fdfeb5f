/*
 * OAuth 2.0 (RFC 6749, 7636, 7523; Salesforce help "OAuth Authorization Flows"): what to send to the login
 * host. The answers are read by token.h.
 *
 *     connect:  sf_oauth_pkce, sf_oauth_authorize_url -> a person allows -> sf_oauth_redirect_read
 *               -> sf_oauth_by_code
 *     later:    sf_oauth_by_refresh, under the lease; the new refresh token is stored before it is used
 *     headless: sf_oauth_by_client_credentials, or sf_oauth_jwt_input -> the host signs ->
 * sf_oauth_by_assertion
 *
 * Requests hold secrets: their arena is wiped, not only reset. All are anonymous (no session is sent). Codes
 * and refresh tokens are presented once: one that is presented twice revokes the whole grant. A headless
 * login whose answer was lost is asked for again.
 */
#ifndef PERLY_SALESFORCE_OAUTH_H
#define PERLY_SALESFORCE_OAUTH_H

#include "job/request.h"

typedef struct SfApp {
    Slice client_id;
    Slice client_secret; /* empty: a public client, which sends none */
    Slice redirect_uri;  /* exactly as the app has it registered; unused by the headless flows */
    Slice scopes;        /* separated by spaces; empty: SF_SCOPES_DEFAULT */
} SfApp;

/* `full` does not imply refresh_token. */
#define SF_SCOPES_DEFAULT SLICE("api refresh_token full")

enum {
    SF_PKCE_RANDOM_BYTES = 32,
    SF_PKCE_TEXT_BYTES = 43 /* RFC 7636 §4.1: 43 to 128 characters */
};

/* A verifier, kept until the code arrives, and its challenge (S256), which goes into the URL. Also good as
 * state: sf_oauth_random_text. */
typedef struct SfPkce {
    char verifier[SF_PKCE_TEXT_BYTES];
    char challenge[SF_PKCE_TEXT_BYTES];
} SfPkce;

/* 32 bytes from the host's generator as 43 characters that may stand in a URL: a verifier, or a state. */
void sf_oauth_random_text(const char random[SF_PKCE_RANDOM_BYTES], char text[SF_PKCE_TEXT_BYTES]);

void sf_oauth_pkce(const char random[SF_PKCE_RANDOM_BYTES], SfPkce *pkce);

/* The URL a person opens. `state` must be unguessable, is used once, and belongs to this app, host and
 * verifier. */
Error sf_oauth_authorize_url(Arena *arena, const SfApp *app, Slice login_base, Slice state,
                             const SfPkce *pkce, Slice *url);

/*
 * Reads where the browser was sent: a whole URL, a path with a query, or a bare query. `state` is compared in
 * constant time. Gives the code, decoded once. ERROR_SF_OAUTH_STATE when the answer is to another question or
 * has no code; else what Salesforce's error means (ERROR_SF_OAUTH_DENIED, ERROR_SF_APP_BLOCKED, ...).
 */
Error sf_oauth_redirect_read(Arena *arena, Slice url, Slice state, Slice *code);

/* The code lives 15 minutes and is used up by this, whatever the answer. */
Error sf_oauth_by_code(Arena *arena, const SfApp *app, Slice login_base, Slice code, const SfPkce *pkce,
                       RequestSpec *spec);

Error sf_oauth_by_refresh(Arena *arena, const SfApp *app, Slice login_base, Slice refresh_token,
                          RequestSpec *spec);

/* Only on a My Domain host and with a secret; ERROR_SF_LOGIN_HOST for login.salesforce.com and test. */
Error sf_oauth_by_client_credentials(Arena *arena, const SfApp *app, Slice login_base, RequestSpec *spec);

/*
 * The text to sign with RS256: base64url(header).base64url(claims). `audience` is the login base; `expires_s`
 * is Salesforce's time (from a Date header) plus three minutes at most.
 */
Error sf_oauth_jwt_input(Arena *arena, Slice client_id, Slice username, Slice audience, int64_t expires_s,
                         Slice *input);

/* `input` as signed, and the raw bytes of its signature. Gives a session without a refresh token. */
Error sf_oauth_by_assertion(Arena *arena, Slice login_base, Slice input, Slice signature, RequestSpec *spec);

/* Ends a token; a refresh token ends the grant with all its sessions. May be repeated. */
Error sf_oauth_revoke(Arena *arena, Slice login_base, Slice token, RequestSpec *spec);

#endif
