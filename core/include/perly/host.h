/*
 * The ports: what the core asks of its host. A host implements these functions and delivers completions
 * through perly.h; it knows nothing of Salesforce, SOQL, scores or rules. wasm/ABI.md is the same contract
 * for hosts that are not C.
 *
 * Rules for every port:
 * - A port never calls back into the core before it has returned. Completions are queued and delivered by the
 *   host's loop, one at a time.
 * - `call` is chosen by the core, from 1 up, and is not used again while it is open. Each call ends exactly
 *   once, also after `cancel`.
 * - (pointer, length) arguments belong to the core and are valid until the port returns; the host copies what
 *   it keeps. They are not NUL-terminated.
 * - One thread at a time runs an instance.
 *
 * Records (the arguments named `record`): little-endian uint32 fields and texts. A text is its length in
 * bytes (uint32), its bytes, and zero bytes up to the next multiple of 4. A batch is its length (uint32),
 * zero bytes up to the next multiple of 8 counted from the start of the record, and its bytes (a row batch,
 * as drawn in core/row/row.h). Records begin at a multiple of 8.
 *
 * Column types: 0 int64, 1 double, 2 bool, 3 text, 4 bytes, 5 time, 6 list. A list is stored as text. A time
 * is int64 milliseconds in a batch; SQLite stores it as text "2026-11-23T08:00:00.000Z", PostgreSQL as
 * timestamptz.
 */
#ifndef PERLY_HOST_H
#define PERLY_HOST_H

#include <stddef.h>
#include <stdint.h>

/* http_send flags: how a request may be repeated by the transport. */
enum {
    PERLY_HTTP_IDEMPOTENT = 0, /* a kept connection may be used */
    PERLY_HTTP_ONCE = 1        /* the host makes sure that no byte can be sent twice: a fresh connection */
};

/* How an HTTP call ended (perly_http_end). A host that cannot tell says MAYBE_SENT. */
enum {
    PERLY_HTTP_COMPLETE = 0,   /* head and whole body were delivered */
    PERLY_HTTP_NEVER_SENT = 1, /* name, connection, TLS or proxy failed before a byte of the request left */
    PERLY_HTTP_MAYBE_SENT = 2, /* anything else, a cut body or gzip stream included */
    PERLY_HTTP_CANCELLED = 3
};

/* How a storage, seal or sign call ended (perly_call_end). */
enum {
    PERLY_END_OK = 0,
    PERLY_END_GUARD = 1,  /* a guard did not affect the rows it must: nothing was written */
    PERLY_END_BUSY = 2,   /* locked, deadlock, serialisation, connection lost before commit: the same again */
    PERLY_END_FULL = 3,   /* no space left */
    PERLY_END_FAILED = 4, /* anything else: the text says what */
    PERLY_END_UNCLEAR = 5, /* the connection was lost during the commit: it may have been applied */
    PERLY_END_CANCELLED = 6
};

enum { PERLY_FLOW_WAIT = 0, PERLY_FLOW_RESUME = 1 };

enum { PERLY_LOG_ERROR = 0, PERLY_LOG_WARNING = 1, PERLY_LOG_INFO = 2, PERLY_LOG_DEBUG = 3 };

/* What text of a statement the core sends to this host's database. */
enum { PERLY_DIALECT_SQLITE = 0, PERLY_DIALECT_POSTGRESQL = 1 };

/* Operations of a store_apply record. */
enum {
    PERLY_OP_UPSERT = 1,
    PERLY_OP_RUN = 2,
    PERLY_OP_GUARD = 3,
    PERLY_OP_LOAD_BEGIN = 4,
    PERLY_OP_LOAD_END = 5
};

/* Flags of an upsert's column. */
enum {
    PERLY_COLUMN_KEY = 1, /* part of the key that decides whether a row is there */
    PERLY_COLUMN_KEEP = 2 /* written when the row is new, left alone when it is there */
};

/* Verdicts of store_compare, a byte a key. */
enum {
    PERLY_COMPARE_ABSENT = 0,
    PERLY_COMPARE_SAME = 1,  /* the stored hash is equal */
    PERLY_COMPARE_OLDER = 2, /* the stored row is newer than the one asked about: it must not be replaced */
    PERLY_COMPARE_DIFFERENT = 3 /* the old row follows */
};

typedef struct PerlyHost {
    void *context; /* first argument of every function */

    /*
     * Memory of the core: resizes `block` from old_bytes to new_bytes, aligned to 16. NULL and 0 allocate;
     * new_bytes 0 frees and returns NULL. NULL otherwise means no memory, and the block is unchanged. May be
     * called from inside any perly_ function. Not a port of the wasm builds, which own their memory.
     */
    void *(*memory_resize)(void *context, void *block, size_t old_bytes, size_t new_bytes);

    /*
     * Sends one HTTP/1.1 request, at most once. `request` is a message head as in RFC 9112 (request line with
     * an absolute URL, headers, blank line; CRLF) followed by the body, which is as long as Content-Length
     * says (none: no body). The host adds Host, Connection, Accept-Encoding: gzip, and inflates. A redirect
     * is delivered, not followed. TLS is verified; http: is accepted for loopback addresses only.
     * Completions: perly_http_head once, perly_http_body any number of times, perly_http_end once. A call
     * that fails before an answer has only the end.
     */
    void (*http_send)(void *context, uint32_t call, uint32_t flags, const char *request, size_t length);

    /*
     * Brings the database to the schema. Record:
     *     uint32 number of the schema; text hash of the schema; uint32 table count; each table:
     *         text name; uint32 flags (bit 0: WITHOUT ROWID in SQLite); uint32 column count; each column:
     *             text name; uint32 type; uint32 flags (bit 0 NOT NULL, bit 1 key); text default (SQL, or
     * empty) uint32 index count; each: text name; uint32 flags (bit 0 unique); uint32 column count; texts
     *     uint32 view count; each: text name; text SELECT of this dialect, or empty: the view goes
     *     uint32 migration count; each: uint32 number; text SQL of this dialect
     * The adapter keeps the (number, hash) that the database was brought to in table perly_schema, one row
     * for each hash, since the schema of a command that maps nothing and that of a cycle take turns; when the
     * one asked for is there it does nothing. Otherwise, in one transaction: the statements of each migration
     * with a number above the stored ones, in order (only when a number was stored); then CREATE of every
     * table and index that is missing, ADD COLUMN of every column that is missing, replacement of every view;
     * then the new row, and rows of smaller numbers go (all others, where there are views). Nothing is ever
     * dropped by the comparison. Ends by perly_call_end: OK, BUSY, FULL or FAILED.
     */
    void (*store_migrate)(void *context, uint32_t call, const char *record, size_t length);

    /*
     * Applies operations in order in one transaction, all or nothing. Record:
     *     uint32 operation count; each: uint32 kind (PERLY_OP_...), then
     *     UPSERT: text table; uint32 column count; each: text name, uint32 type, uint32 flags; batch of rows.
     *         The batch has these columns in this order; no value is absent; no two rows have the same key.
     *         Without a key column the rows are just inserted.
     *     RUN: statement (below); batch of parameters, run once for each row.
     *     GUARD: statement; batch of one row of parameters; uint32 rows. When the statement affects another
     *         number of rows, everything is rolled back and the call ends with GUARD.
     *     LOAD_BEGIN: text table. From here to its LOAD_END the table has no unique index on its key columns
     *         and may hold a key several times; an UPSERT inserts.
     *     LOAD_END: text table; uint32 column count; texts: columns. Keeps, of each key, the row that is the
     *         greatest by these columns, in this order, a null being less than anything (of equal rows any
     *         one), and makes the index. Both may be repeated; LOAD_BEGIN of a table that is not empty, and
     *         LOAD_END of one that is not loading, do nothing.
     * A statement is: text name (unique: adapters keep prepared statements by it); text SQL; uint32 parameter
     * count; each a uint32 type. PostgreSQL text names tables as {schema}.table; where its parameters are
     * arrays ($1::text[]) each is a column of all rows, and it is run once. Ends by perly_call_end; with OK
     * the payload is a record: for each operation a uint32, the rows that a RUN or GUARD affected, the rows
     * of an UPSERT.
     */
    void (*store_apply)(void *context, uint32_t call, const char *record, size_t length);

    /*
     * Runs one SELECT. Record: statement; batch of one row of parameters (or of none); uint32 column count;
     * each a uint32 type; uint32 the most bytes a result batch should have. Rows come by perly_store_rows,
     * one batch at a time, then perly_call_end. The rows are one snapshot of the database.
     */
    void (*store_query)(void *context, uint32_t call, const char *record, size_t length);

    /*
     * Looks rows up by key before they are written. Record: text table; text key column; text hash column;
     * text stamp column; text seen column; uint32 old-column count; each: text name, uint32 type; batch with
     * the columns key (text), hash (int64), stamp (time), seen (time), no key twice. A stored row is newer
     * when its (stamp, seen) is greater, a null being less than anything. Ends by perly_call_end, OK with a
     * record: uint32 count; that many verdict bytes, zero bytes up to a multiple of 4; batch of the old rows
     * (key first, then the old columns) of those that are DIFFERENT, in the order asked. Without old columns
     * the hash alone is asked for: a row is ABSENT, SAME or DIFFERENT, and no old row follows.
     */
    void (*store_compare)(void *context, uint32_t call, const char *record, size_t length);

    /* WAIT: deliver no more body or rows of this call until RESUME (and read no more from its socket). */
    void (*flow)(void *context, uint32_t call, uint32_t flow);

    /*
     * The call ends soon, as CANCELLED unless it was already over, a timer by firing; nothing else of it is
     * delivered before that.
     */
    void (*cancel)(void *context, uint32_t call);

    /* perly_timer_fire after `delay_ms` (0 or more) of monotonic time. */
    void (*timer)(void *context, uint32_t call, double delay_ms);

    /* Fills `bytes` from the system's cryptographic generator, at once. */
    void (*random)(void *context, char *bytes, size_t length);

    /*
     * AES-256-GCM under a key of the host. Record: text purpose (associated data); text bytes. Ends by
     * perly_call_end, OK with the envelope (seal) or the plain bytes (unseal):
     *     "PS", version 1, key id (4), nonce (12), ciphertext, tag (16)
     */
    void (*seal)(void *context, uint32_t call, const char *record, size_t length);
    void (*unseal)(void *context, uint32_t call, const char *record, size_t length);

    /* RS256 signature of bytes under a named key of the host. Record: text key name; text bytes. */
    void (*sign)(void *context, uint32_t call, const char *record, size_t length);

    /* One line for a person who operates the product; never a secret, never the content of a record. */
    void (*log)(void *context, uint32_t level, const char *text, size_t length);

    /* One JSON object: progress, state, results of commands. The same stream serves people and machines. */
    void (*event)(void *context, const char *json, size_t length);
} PerlyHost;

#endif
