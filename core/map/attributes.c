#include "map/attributes.h"

#include "base/assert.h"

static const SourceFacts sources[SOURCE_COUNT] = {
#define SOURCE(source, sobject, entity, deleted, master, filter, grant, optional, without)                   \
    [SOURCE_##                                                                                               \
        source] = {SLICE_INIT(sobject), SLICE_INIT(entity), (deleted) != 0, (master) != 0, (optional) != 0},
#include "map/attributes.def"
};

static const SourceTexts texts[SOURCE_COUNT] = {
#define SOURCE(source, sobject, entity, deleted, master, filter, grant, optional, without)                   \
    [SOURCE_##source] = {SLICE_INIT(filter), SLICE_INIT(without), SLICE_INIT(grant),                         \
                         SLICE_INIT("can_read_" sobject)},
#include "map/attributes.def"
};

static const AttributeFacts attributes[] = {
#define ATTRIBUTE(source, name, type, logged, expression, doc)                                               \
    {SOURCE_##source, SLICE_INIT(#name), ROW_##type, (logged) != 0},
#include "map/attributes.def"
};

static const Slice expressions[] = {
#define ATTRIBUTE(source, name, type, logged, expression, doc) SLICE_INIT(expression),
#include "map/attributes.def"
};

static const DerivedFacts derived[] = {
#define DERIVED(entity, name, type, doc) {SLICE_INIT(entity), SLICE_INIT(#name), ROW_##type},
#include "map/attributes.def"
};

static const struct {
    Source source;
    Slice field;
} optional_fields[] = {
#define OPTIONAL(source, field) {SOURCE_##source, SLICE_INIT(field)},
#include "map/attributes.def"
};

const SourceFacts *source_facts(Source source)
{
    perly_assert((unsigned)source < SOURCE_COUNT);
    return &sources[source];
}

const SourceTexts *source_texts(Source source)
{
    perly_assert((unsigned)source < SOURCE_COUNT);
    return &texts[source];
}

Slice source_stamp(Source source)
{
    return source == SOURCE_OPPORTUNITY_FIELD_HISTORY ? SLICE("CreatedDate") : SLICE("SystemModstamp");
}

Source source_better(Source source)
{
    return source == SOURCE_OPPORTUNITY_FIELD_HISTORY ? SOURCE_OPPORTUNITY_HISTORY : SOURCE_COUNT;
}

bool source_names_account(Source source)
{
    bool names = false;
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        names =
            names || (attributes[i].source == source && slice_equal(attributes[i].name, SLICE("account_id")));
    }
    return names;
}

bool source_may_lack(Source source, Slice field)
{
    for (size_t i = 0; i < sizeof optional_fields / sizeof optional_fields[0]; i++) {
        if (optional_fields[i].source == source && slice_equal(optional_fields[i].field, field)) {
            return true;
        }
    }
    return false;
}

Source source_find(Slice sobject)
{
    for (unsigned i = 0; i < SOURCE_COUNT; i++) {
        if (slice_equal(sources[i].sobject, sobject)) {
            return (Source)i;
        }
    }
    return SOURCE_COUNT;
}

const AttributeFacts *attribute_facts(size_t *count)
{
    *count = sizeof attributes / sizeof attributes[0];
    return attributes;
}

Slice attribute_expression(size_t attribute)
{
    perly_assert(attribute < sizeof expressions / sizeof expressions[0]);
    return expressions[attribute];
}

const DerivedFacts *derived_facts(size_t *count)
{
    *count = sizeof derived / sizeof derived[0];
    return derived;
}
