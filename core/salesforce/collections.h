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

#endif
