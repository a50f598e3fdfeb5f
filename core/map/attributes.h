/*
 * The list of attributes.def as data: which Salesforce objects are pulled, which table their rows become, and
 * the standard attributes of each.
 */
#ifndef PERLY_MAP_ATTRIBUTES_H
#define PERLY_MAP_ATTRIBUTES_H

#include "row/row.h"

typedef enum Source {
#define SOURCE(source, sobject, entity, deleted, master, filter, grant, optional, without) SOURCE_##source,
#include "map/attributes.def"
    SOURCE_COUNT
} Source;

typedef struct SourceFacts {
    Slice sobject;
    Slice entity; /* table */
    bool has_deleted;
    bool has_master;
    bool optional; /* an org may lack it */
} SourceFacts;

const SourceFacts *source_facts(Source source);

/* What is told or done with a source, apart: scoring alone does without. */
typedef struct SourceTexts {
    Slice filter;   /* CEL, or empty */
    Slice without;  /* what is done when an org lacks it, a sentence; empty: nothing is missed */
    Slice grant;    /* what lets a user see it, a sentence */
    Slice can_read; /* "can_read_Account": how `check` names it */
} SourceTexts;

const SourceTexts *source_texts(Source source);

/* The field that tells when a row changed last, by which it is pulled: rows of a field history never change.
 */
Slice source_stamp(Source source);

/* The source that is pulled instead while the org shows it; SOURCE_COUNT: none. */
Source source_better(Source source);

/* True when its rows have the attribute account_id. */
bool source_names_account(Source source);

/* True when an org may lack the field, and nobody is told. */
bool source_may_lack(Source source, Slice field);

/* The source of an sObject name, spelled as Salesforce spells it; SOURCE_COUNT when it is none of ours. */
Source source_find(Slice sobject);

typedef struct AttributeFacts {
    Source source;
    Slice name;
    RowType type;
    bool logged;
} AttributeFacts;

/* All attributes, those of one source together; `*count` of them. */
const AttributeFacts *attribute_facts(size_t *count);

/* CEL over `record`, of the attribute with this number in attribute_facts. */
Slice attribute_expression(size_t attribute);

typedef struct DerivedFacts {
    Slice entity;
    Slice name;
    RowType type;
} DerivedFacts;

const DerivedFacts *derived_facts(size_t *count);

#endif
