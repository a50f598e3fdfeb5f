/*
 * The session with Salesforce: who we are, the tokens, and how requests get one. Tokens live in one arena
 * that is wiped on release; at rest they are sealed. Refreshing is done by one job at a time, under the
 * lease: the new refresh token is durable before the access token that came with it is used, since presenting
 * a rotated one again revokes the whole grant (Salesforce help, "Refresh Token Rotation").
 */
#ifndef PERLY_SYNC_RUN_SESSION_H
#define PERLY_SYNC_RUN_SESSION_H

#include "base/zones.h"
#include "job/request.h"
#include "salesforce/oauth.h"
#include "store/store.h"
#include "sync/run/budget.h"

typedef struct Session {
    Engine *engine;
    RequestPolicy policy;
    Arena facts;   /* org, user, host: no secrets */
    Arena secrets; /* access token, refresh token, client secret */
    bool connected;
    Slice org_id;
    Slice user_id;
    Slice username;
    Slice login_base;
    Slice instance_url;
    Slice client_id;
    Slice scope;
    Slice api_version;
    Slice flow;     /* grant.h */
    Slice sign_key; /* of flow jwt: the name of the host's key */
    Slice rotation; /* "on", "off": whether a refresh brings another refresh token; empty: not known yet */
    bool presented; /* a refresh token was presented, and no answer came */
    int64_t refreshed_ms;
    Slice access_token;
    Slice refresh_token;
    Slice client_secret;
    const Zones *zones;      /* or NULL: every day is that of UTC, and a named zone is a mistake */
    struct Refresh *refresh; /* running, or NULL */
    Request *waiting;        /* requests that wait for it */
    Job *renewing;           /* the job that waits for it; or NULL */
    Budget budget;           /* of API calls */
    int64_t server_ms;       /* Salesforce's time: of the last Date header, corrected; 0 before the first */
    int64_t skew_ms;         /* how far the clock that stamps records is ahead of the one of Date headers */
    int64_t skew_stored_ms;
    int64_t lease_token;  /* 0: no lease */
    double renewed_ms;    /* monotonic time of the last renewal */
    uint32_t streams;     /* pages of Bulk results that are being read (stream.h) */
    bool no_result_pages; /* this org does not link to them: they are read by locator */
    bool bulk_told;       /* in this cycle, that Bulk queries are short */
    bool bulk_asked;      /* a Bulk query is asked for, and not yet answered */
} Session;

/* Takes over `engine->policy`. */
void session_init(Session *session, Engine *engine);

/* Wipes and frees. */
void session_close(Session *session);

/* Forgets tokens, facts and what was counted: as before the first session_set_facts. */
void session_clear(Session *session);

/* ERROR_STORE_GUARD once the lease may be another's: nothing more is sent, least of all a refresh token. */
Error session_may_send(const Session *session);

/* What the budget says of a request for this purpose now: ERROR_API_BUDGET, its text in `arena`. */
Error session_may_call(const Session *session, Arena *arena, BudgetPurpose purpose);

/* The same of another Bulk query. */
Error session_may_bulk(const Session *session, Arena *arena);
bool session_bulk_short(const Session *session);

/*
 * One is asked for, and what became of it. After a refusal for want of them one asks for all: while
 * session_bulk_asked is true the others wait for its answer.
 */
void session_bulk_ask(Session *session);
void session_bulk_answered(Session *session, Error error);
bool session_bulk_asked(const Session *session);

/* Copies what is not secret; slices of `from` may live anywhere. ERROR_OUT_OF_MEMORY. */
Error session_set_facts(Session *session, const Session *from);

/* Copies the secrets; the old ones are wiped. */
Error session_set_secrets(Session *session, Slice access_token, Slice refresh_token, Slice client_secret);

/* The record that is sealed, and its reading. */
void session_write_secrets(const Session *session, Buffer *record);
Error session_read_secrets(Session *session, Slice record);

/*
 * The record of the seal and unseal ports: the purpose binds an envelope to its org, so that one copied from
 * another connection's database does not open.
 */
void session_seal_record(const Session *session, Slice bytes, Buffer *record);

/*
 * `created_ms` is the stamp of a record that the answer tells which came last: the hosts that answer may have
 * another clock than those that stamp records. A difference of more than SESSION_SKEW_MS corrects server_ms,
 * from now on.
 */
void session_learn_clock(Session *session, int64_t created_ms);

/* Adds what was learnt so, unless it is stored: a window that is read by REST has nothing to learn from. */
void session_keep_clock(Session *session, StoreOps *ops);

enum { SESSION_SKEW_MS = 60 * 1000 };

/* True when the connection as a whole does not work until a person acts. */
bool session_is_lost(Error error);

/* Adds what a command learnt of the connection: that it is lost, and why, or that it works. */
void session_note(StoreOps *ops, Error error);

/* Adds the guard of the lease: a transaction of a process that lost it changes nothing. */
void session_guard(void *context, StoreOps *ops);

#endif
