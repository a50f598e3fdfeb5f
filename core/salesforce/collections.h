/*
 * sObject Collections: up to 200 records a request, one API call, results in the order of the input (REST API
 * Developer Guide, "sObject Collections"). allOrNone is false: one record's failure is that record's failure.
 */
#ifndef PERLY_SALESFORCE_COLLECTIONS_H
#define PERLY_SALESFORCE_COLLECTIONS_H

#include "job/request.h"
#include "salesforce/record.h"

enum { SF_COLLECTION_RECORDS_MAX = 200 };

/*
 * Updates records by id. May be repeated: the same values again are the same records. 1 to 200 records, an
 * assertion otherwise.
 */
Error sf_collection_update(Arena *arena, Slice version, const SfRecord *records, size_t count,
                           RequestSpec *spec);

/*
 * Creates or updates by an external id, which is among each record's fields. May be repeated when that field
 * is unique: whoever comes second updates.
 */
Error sf_collection_upsert(Arena *arena, Slice version, Slice object, Slice key_field,
                           const SfRecord *records, size_t count, RequestSpec *spec);

/* Creates records: once, since a repetition would create them again. */
Error sf_collection_create(Arena *arena, Slice version, const SfRecord *records, size_t count,
                           RequestSpec *spec);

/* What became of one record of a collection. */
typedef struct SfResult {
    Error error;          /* ERROR_OK: it was written; else why not, in the words of sf_record_error */
    char id[SF_ID_BYTES]; /* of the record that was written; zeros when there is none */
    bool created;         /* upsert: it was not there before */
} SfResult;

/*
 * Reads the results of a request with `count` records, in its order, into `results`. Messages live in
 * `arena`; each result is parsed in `scratch`, another arena. ERROR_SF_ANSWER for another document or another
 * number of results, which would tell one record of another's fate.
 */
Error sf_collection_read(Arena *arena, Arena *scratch, Slice body, SfResult *results, size_t count);

#endif
