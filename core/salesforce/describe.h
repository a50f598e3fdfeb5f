/*
 * What an object looks like to this user in this org (REST API Developer Guide, "sObject Describe"). A field
 * that the user may not read is absent, not flagged. Described again before each window, so that a new field
 * is not missed; If-Modified-Since makes an unchanged describe a 304 without a body.
 */
#ifndef PERLY_SALESFORCE_DESCRIBE_H
#define PERLY_SALESFORCE_DESCRIBE_H

#include "job/request.h"

/* composite.h describes many at once, and only those that changed. */
Error sf_describe(Arena *arena, Slice version, Slice object, RequestSpec *spec);
Error sf_describe_global(Arena *arena, Slice version, RequestSpec *spec);

/* Field types as describe names them; those that Perly has no use for are SF_TYPE_OTHER. */
typedef enum SfType {
    SF_TYPE_OTHER,
    SF_TYPE_ID,
    SF_TYPE_REFERENCE,
    SF_TYPE_TEXT, /* string, phone, email, url, combobox, encryptedstring */
    SF_TYPE_TEXTAREA,
    SF_TYPE_PICKLIST,
    SF_TYPE_MULTIPICKLIST,
    SF_TYPE_INT,    /* int, long */
    SF_TYPE_DOUBLE, /* double, percent */
    SF_TYPE_CURRENCY,
    SF_TYPE_BOOL,
    SF_TYPE_DATE,
    SF_TYPE_DATETIME,
    SF_TYPE_TIME
} SfType;

typedef struct SfDescribeField {
    Slice name;
    Slice label;
    Slice type_name;       /* "currency" */
    Slice soap_type;       /* "xsd:double" */
    const Slice *picklist; /* active values in order; when asked for */
    size_t picklist_count;
    SfType type;
    uint32_t length;    /* characters */
    uint32_t precision; /* digits in all */
    uint32_t scale;     /* digits after the point */
    bool calculated;    /* a formula or roll-up: changes without touching SystemModstamp */
    bool custom;
    bool createable;
    bool updateable;
    bool external_id;
    bool unique;
    bool restricted_picklist;
    bool in_bulk; /* sf_describe_in_bulk */
} SfDescribeField;

typedef struct SfObjectFlags {
    bool custom;
    bool queryable;
    bool createable;
    bool updateable;
    bool replicateable;
    bool feed_enabled;
} SfObjectFlags;

typedef struct SfDescribe {
    Slice name;
    Slice label;
    char key_prefix[3]; /* zeros when the object has none */
    SfObjectFlags flags;
    const SfDescribeField *fields; /* in the org's order */
    size_t field_count;
} SfDescribe;

enum { SF_DESCRIBE_FIELDS_MAX = 2000 };

typedef enum SfPicklists { SF_PICKLISTS_SKIP, SF_PICKLISTS_READ } SfPicklists;

/*
 * Reads an object's describe. The result lives in `arena`; fields are parsed one by one in `scratch`, another
 * arena, so that memory is that of the result. ERROR_SF_ANSWER for another document, and for one with more
 * than SF_DESCRIBE_FIELDS_MAX fields.
 */
Error sf_describe_read(Arena *arena, Arena *scratch, Slice body, SfPicklists picklists, SfDescribe *describe);

/* The field of that API name, whose case does not count; NULL when the user sees none. */
const SfDescribeField *sf_describe_find(const SfDescribe *describe, Slice name);

/*
 * Whether a Bulk query can select a field of this soapType: compound, binary and structured ones it refuses
 * (Bulk API 2.0, "Create a Query Job").
 */
bool sf_describe_in_bulk(Slice soap_type);

/* Sets `type` and `in_bulk` of a field from its two type names: for one that was stored and read again. */
void sf_describe_settle(SfDescribeField *field);

/* One object of describeGlobal. */
typedef struct SfObject {
    Slice name;
    Slice label;
    char key_prefix[3];
    SfObjectFlags flags;
} SfObject;

/* Valid during the call. */
typedef Error SfObjectFunction(void *context, const SfObject *object);

/* Calls `object` for each object that the user sees. One that is missing is not there, or not to be seen. */
Error sf_describe_global_read(Arena *scratch, Slice body, SfObjectFunction *object, void *context);

#endif
