/*
 * What the login host answers: tokens, and who the user is. Everything here lives in the reader's arena,
 * which held secrets and is therefore wiped.
 */
#ifndef PERLY_SALESFORCE_TOKEN_H
#define PERLY_SALESFORCE_TOKEN_H

#include "job/request.h"
#include "salesforce/ids.h"

typedef struct SfToken {
    Slice access_token;
    Slice refresh_token; /* empty: none came, an earlier one stays valid. Else the earlier one is dead: store
                            this */
    Slice instance_url;  /* where data calls go; may change with every refresh */
    Slice scope;         /* granted ones, separated by spaces; may be empty for headless flows */
    Slice identity_url;  /* for sf_identity */
    char org_id[SF_ID_BYTES];
    char user_id[SF_ID_BYTES];
    int64_t issued_ms;    /* Salesforce's clock; 0 when it did not say */
    int64_t expires_in_s; /* 0: not said, as is usual; the org's session timeout decides */
} SfToken;

/*
 * Reads the answer of every token request. `login_base` tells whether loopback is to be believed.
 * ERROR_SF_ANSWER for another document, an instance_url that is none, or an identity URL without both ids; no
 * message ever holds a token.
 */
Error sf_token_read(Arena *arena, Slice body, Slice login_base, SfToken *token);

/* True when `name` is one of the scopes. */
bool sf_scope_has(Slice scope, Slice name);

/* ERROR_SF_SCOPE unless `scope` has api (or full) and, when wanted, refresh_token (or offline_access). */
Error sf_scope_check(Slice scope, bool refresh_wanted);

/*
 * Asks the identity URL who the session is. Its host must be a login host of Salesforce (or loopback), since
 * the session's token goes there: ERROR_SF_ANSWER otherwise. Costs no API call.
 */
Error sf_identity(Arena *arena, Slice identity_url, RequestSpec *spec);

typedef struct SfIdentity {
    char org_id[SF_ID_BYTES];
    char user_id[SF_ID_BYTES];
    Slice username;
    Slice timezone;  /* "America/Los_Angeles"; or empty */
    Slice locale;    /* "en_US"; or empty */
    Slice user_type; /* "STANDARD" */
    bool active;
    bool has_chatter; /* the answer names a feed */
} SfIdentity;

Error sf_identity_read(Arena *arena, Slice body, SfIdentity *identity);

#endif
