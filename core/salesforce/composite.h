/*
 * Several reads in one API call (REST API Developer Guide, "Composite Batch" and "Composite"). Perly uses it
 * for the describes before each window: one call for all objects, and 304 for each that has not changed.
 */
#ifndef PERLY_SALESFORCE_COMPOSITE_H
#define PERLY_SALESFORCE_COMPOSITE_H

#include "job/request.h"
#include "json/document.h"
#include "json/split.h"

enum { SF_COMPOSITE_MAX = 25 };

typedef struct SfCompositeDescribe {
    Slice object;         /* "Account" */
    Slice modified_since; /* Last-Modified of the cached describe, or empty */
} SfCompositeDescribe;

/* Describes of 1 to SF_COMPOSITE_MAX objects. Each is asked by itself: one that fails does not stop the
 * others. */
Error sf_composite_describe(Arena *arena, Slice version, const SfCompositeDescribe *items, size_t count,
                            RequestSpec *spec);

typedef struct SfCompositePart {
    size_t index;        /* of the item that was asked */
    uint32_t status;     /* 200; 304 when it has not changed; else an error */
    Slice last_modified; /* for `modified_since` of the next; may be empty */
    Slice body;          /* the describe's JSON, for sf_describe_read; empty unless the status is 200 */
    Error error;         /* of a status that is neither 200 nor 304 */
} SfCompositePart;

/* Valid during the call: body, last_modified and error. */
typedef Error SfCompositeFunction(void *context, const SfCompositePart *part);

/* Reads the answer as it arrives: memory is that of its longest part. The caller's; its members are not. */
typedef struct SfCompositeReader {
    JsonSplitter splitter;
    Arena *scratch;
    SfCompositeFunction *part;
    void *context;
    size_t count;  /* parts read */
    size_t wanted; /* parts asked for */
} SfCompositeReader;

/*
 * `part` is called for each answer, in the order asked; its error ends the reading. `scratch` is used until
 * the last feed, and left to the caller to reset.
 */
void sf_composite_begin(SfCompositeReader *reader, Arena *scratch, size_t count, SfCompositeFunction *part,
                        void *context);

/*
 * Takes all bytes; `closed` says that nothing follows. Errors stay. ERROR_SF_ANSWER for another document, and
 * for another number of parts than were asked for.
 */
Error sf_composite_feed(SfCompositeReader *reader, Slice bytes, bool closed);

#endif
