/*
 * Certificates: what the last pull of each object brought, beside what the org has of it. Their facts stand
 * in the rows of table `pull`; `status` tells them, and each cut that follows a pull keeps all of them
 * (column `certificate`, a JSON array of objects), so that the data which a score was made of can be judged
 * later. Those of the last CERTIFICATES_MAX cuts are kept; cuts that no pull went before have none.
 */
#ifndef PERLY_SYNC_PLAN_CERTIFICATE_H
#define PERLY_SYNC_PLAN_CERTIFICATE_H

#include "json/writer.h"
#include "store/store.h"

enum { CERTIFICATES_MAX = 500 }; /* 41 days of a cycle every two hours */

/* Columns of STATEMENT_STATUS_PULLS. */
enum {
    PULL_OBJECT,
    PULL_STATE,
    PULL_UP_TO,
    PULL_STARTED,
    PULL_RECEIVED_HERE,
    PULL_ANNOUNCED,
    PULL_RECEIVED,
    PULL_INSERTED,
    PULL_CHANGED,
    PULL_LEFT_OUT,
    PULL_REJECTED,
    PULL_ORG_ROWS,
    PULL_HELD_ROWS,
    PULL_COUNTED,
    PULL_FAILED_SINCE,
    PULL_ERROR_CODE,
    PULL_ERROR,
    PULL_REJECTED_IDS,
    PULL_UNSEEN,
    PULL_API,
    PULL_REJECTED_VALUES, /* of the first rows; no certificate keeps them: a person may ask to be forgotten */
    PULL_NUL_BYTES
};

/* Writes the facts of a row as members; without a value as null, or not at all when `brief`. */
void certificate_write(JsonWriter *json, RowView row, bool brief);

/* A reading of all; a member of the job's struct. */
typedef struct Certificate {
    Buffer text;
    JsonWriter json;
    StoreQuery query;
} Certificate;

/* The effect. The text lives in `arena`. */
void certificate_read(Certificate *certificate, Job *job, Arena *arena);

/* The array that was read. */
Slice certificate_end(Certificate *certificate);

#endif
