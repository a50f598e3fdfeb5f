#include "salesforce.h"
#include "salesforce/describe.h"

#define REST                                                                                                 \
    "\"aggregatable\":true,\"calculated\":false,\"createable\":true,\"updateable\":true,\"filterable\":"     \
    "true,"                                                                                                  \
    "\"nillable\":true,\"compoundFieldName\":null,\"defaultValue\":null"
#define NAME                                                                                                 \
    "{\"name\":\"Name\",\"label\":\"Account "                                                                \
    "Name\",\"type\":\"string\",\"soapType\":\"xsd:string\",\"length\":255,"                                 \
    "\"precision\":0,\"scale\":0,\"custom\":false,\"referenceTo\":[],\"relationshipName\":null," REST "}"
#define OWNER                                                                                                \
    "{\"name\":\"OwnerId\",\"label\":\"Owner "                                                               \
    "ID\",\"type\":\"reference\",\"soapType\":\"tns:ID\",\"length\":18,"                                     \
    "\"referenceTo\":[\"User\",\"Group\"],\"relationshipName\":\"Owner\"," REST "}"
#define SCORE                                                                                                \
    "{\"name\":\"Perly_Health_Score__c\",\"label\":\"Perly Health Score\",\"type\":\"double\","              \
    "\"soapType\":\"xsd:double\",\"length\":0,\"precision\":3,\"scale\":0,\"custom\":true,"                  \
    "\"permissionable\":true,"                                                                               \
    "\"calculated\":true,\"updateable\":false}"
#define RATING                                                                                               \
    "{\"name\":\"Rating\",\"type\":\"picklist\",\"soapType\":\"xsd:string\",\"restrictedPicklist\":true,"    \
    "\"picklistValues\":[{\"active\":true,\"label\":\"Hot\",\"validFor\":null,\"value\":\"Hot\"},"           \
    "{\"active\":false,\"value\":\"Old\"},{\"active\":true,\"value\":\"Cold\"}]}"
#define ADDRESS                                                                                              \
    "{\"name\":\"BillingAddress\",\"type\":\"address\",\"soapType\":\"urn:address\",\"queryByDistance\":"    \
    "true}"
#define ACCOUNT(fields)                                                                                      \
    "{\"actionOverrides\":[],\"childRelationships\":[{\"childSObject\":\"Contact\",\"field\":\"AccountId\"}" \
    "],"                                                                                                     \
    "\"createable\":true,\"custom\":false,\"feedEnabled\":true,\"fields\":[" fields                          \
    "],\"keyPrefix\":\"001\",\"label\":\"Account\",\"mergeable\":true,\"name\":\"Account\",\"queryable\":"   \
    "true,"                                                                                                  \
    "\"replicateable\":true,\"updateable\":true,\"urls\":{\"sobject\":\"/x\"}}"

static void reads_fields(void)
{
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    Arena *aside = scratch_open(&other);
    SfDescribe account;
    CHECK_ERROR(sf_describe_read(arena, aside,
                                 SLICE(ACCOUNT(NAME "," OWNER "," SCORE "," RATING "," ADDRESS)),
                                 SF_PICKLISTS_READ, &account),
                ERROR_OK, "describe");
    arena_reset(aside); /* nothing may point there */
    CHECK_TEXT(account.name, SLICE("Account"), "object");
    CHECK_TEXT(slice_make(account.key_prefix, 3), SLICE("001"), "prefix");
    CHECK(account.flags.createable && account.flags.updateable && account.flags.feed_enabled &&
          !account.flags.custom);
    CHECK(account.flags.queryable && account.flags.replicateable);
    CHECK_INT(account.field_count, 5, "fields");
    CHECK_TEXT(account.fields[4].name, SLICE("BillingAddress"), "in the org's order");
    const SfDescribeField *name = sf_describe_find(&account, SLICE("NAME"));
    CHECK(name == &account.fields[0] && name->type == SF_TYPE_TEXT && name->length == 255 && name->in_bulk);
    CHECK(name->createable && name->updateable && !name->custom);
    const SfDescribeField *owner = sf_describe_find(&account, SLICE("OwnerId"));
    CHECK(owner->type == SF_TYPE_REFERENCE && owner->in_bulk);
    const SfDescribeField *score = sf_describe_find(&account, SLICE("Perly_Health_Score__c"));
    CHECK(score->type == SF_TYPE_DOUBLE && score->precision == 3 && score->scale == 0 && score->custom);
    CHECK(score->calculated && !score->updateable);
    const SfDescribeField *rating = sf_describe_find(&account, SLICE("Rating"));
    CHECK(rating->type == SF_TYPE_PICKLIST && rating->picklist_count == 2 && rating->restricted_picklist);
    CHECK_TEXT(rating->picklist[1], SLICE("Cold"), "active values alone");
    CHECK(account.fields[4].type == SF_TYPE_OTHER && !account.fields[4].in_bulk);
    CHECK(sf_describe_find(&account, SLICE("Missing__c")) == NULL);
    CHECK_ERROR(sf_describe_read(arena, aside, SLICE(ACCOUNT(RATING)), SF_PICKLISTS_SKIP, &account), ERROR_OK,
                "skip");
    CHECK_INT(account.fields[0].picklist_count, 0, "not asked for");
    CHECK_ERROR(sf_describe_read(arena, aside, SLICE(ACCOUNT("")), SF_PICKLISTS_SKIP, &account), ERROR_OK,
                "none");
    CHECK_INT(account.field_count, 0, "no field is visible");
    scratch_close(&scratch);
    scratch_close(&other);
}

static void tells_what_bulk_can_select(void)
{
    static const struct {
        Slice soap_type;
        bool in_bulk;
    } rows[] = {
        {SLICE_INIT("tns:ID"), true},
        {SLICE_INIT("xsd:string"), true},
        {SLICE_INIT("xsd:double"), true},
        {SLICE_INIT("xsd:dateTime"), true},
        {SLICE_INIT("xsd:anyType"), true},
        {SLICE_INIT("xsd:base64Binary"), false},
        {SLICE_INIT("urn:address"), false},
        {SLICE_INIT("urn:location"), false},
        {SLICE_INIT("tns:json"), false},
        {SLICE_INIT("urn:JunctionIdListNames"), false},
        {SLICE_INIT(""), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NAMED(sf_describe_in_bulk(rows[i].soap_type) == rows[i].in_bulk, rows[i].soap_type.data);
    }
}

static void refuses_other_documents(void)
{
    static const Slice bad[] = {
        SLICE_INIT(""),
        SLICE_INIT("[]"),
        SLICE_INIT("{}"),
        SLICE_INIT("{\"fields\":{}}"),
        SLICE_INIT("{\"fields\":[]}"),
        SLICE_INIT(ACCOUNT("{}")),
        SLICE_INIT(ACCOUNT("null")),
        SLICE_INIT(ACCOUNT("{\"name\":\"\",\"type\":\"id\"}")),
        SLICE_INIT(ACCOUNT("{\"name\":\"A\"}")),
        SLICE_INIT(ACCOUNT("{\"name\":\"A\",\"type\":\"id\",\"length\":-1}")),
        SLICE_INIT(ACCOUNT("{\"name\":\"A\",\"type\":\"id\",\"custom\":\"yes\"}")),
        SLICE_INIT(ACCOUNT("{\"name\":\"A\",\"type\":\"id\",\"picklistValues\":[{\"value\":1}]}")),
        SLICE_INIT("{\"name\":\"Account\",\"fields\":[" NAME),
    };
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    Arena *aside = scratch_open(&other);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SfDescribe describe;
        CHECK_ERROR(sf_describe_read(arena, aside, bad[i], SF_PICKLISTS_READ, &describe), ERROR_SF_ANSWER,
                    bad[i].data);
    }
    scratch_close(&scratch);
    scratch_close(&other);
}

/* A describe of many fields takes the memory of its result, not of its document. */
static void keeps_memory_to_the_result(void)
{
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    Arena *aside = scratch_open(&other);
    Buffer body;
    buffer_init(&body, arena, 0);
    buffer_append(&body, SLICE("{\"name\":\"Account\",\"fields\":["));
    for (int i = 0; i < SF_DESCRIBE_FIELDS_MAX; i++) {
        buffer_append(&body, i == 0 ? SLICE(NAME) : SLICE("," NAME));
    }
    buffer_append(&body, SLICE("]}"));
    SfDescribe describe;
    CHECK_ERROR(sf_describe_read(arena, aside, buffer_slice(&body), SF_PICKLISTS_READ, &describe), ERROR_OK,
                "2,000");
    CHECK_INT(describe.field_count, SF_DESCRIBE_FIELDS_MAX, "fields");
    CHECK(other.memory.bytes_peak < 128 << 10);
    body.length -= 2;
    buffer_append(&body, SLICE("," NAME "]}"));
    CHECK_ERROR(sf_describe_read(arena, aside, buffer_slice(&body), SF_PICKLISTS_READ, &describe),
                ERROR_SF_ANSWER, "2,001");
    scratch_close(&scratch);
    scratch_close(&other);
}

typedef struct Seen {
    size_t count;
    bool feed;
    char name[16];
    char prefix[3];
} Seen;

static Error see(void *context, const SfObject *object)
{
    Seen *seen = context;
    seen->count++;
    seen->feed = object->flags.feed_enabled;
    if (object->name.length < sizeof seen->name) {
        memcpy(seen->name, object->name.data, object->name.length);
    }
    memcpy(seen->prefix, object->key_prefix, sizeof seen->prefix);
    return object->name.length > 10 ? error_make(ERROR_CANCELLED, SLICE("enough")) : ERROR_NONE;
}

static void reads_describe_global(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    Seen seen = {0};
    CHECK_ERROR(
        sf_describe_global_read(arena,
                                SLICE("{\"encoding\":\"UTF-8\",\"maxBatchSize\":200,\"sobjects\":["
                                      "{\"name\":\"AIModel\",\"keyPrefix\":null,\"feedEnabled\":false},"
                                      "{\"name\":\"Account\",\"keyPrefix\":\"001\",\"feedEnabled\":true}]}"),
                                see, &seen),
        ERROR_OK, "global");
    CHECK(seen.count == 2 && seen.feed);
    CHECK_TEXT(slice_make(seen.prefix, 3), SLICE("001"), "prefix");
    CHECK_ERROR(
        sf_describe_global_read(arena, SLICE("{\"sobjects\":[{\"name\":\"ALongObjectName\"}]}"), see, &seen),
        ERROR_CANCELLED, "the callback's error");
    CHECK_ERROR(sf_describe_global_read(arena, SLICE("{\"sobjects\":[{}]}"), see, &seen), ERROR_SF_ANSWER,
                "no name");
    CHECK_ERROR(sf_describe_global_read(arena, SLICE("{}"), see, &seen), ERROR_SF_ANSWER, "no list");
    scratch_close(&scratch);
}

static void asks_for_one_or_all(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_describe(arena, SLICE("66.0"), SLICE("Account"), &spec), ERROR_OK, "one");
    CHECK_SPEC(arena, spec, "describe: GET /services/data/v66.0/sobjects/Account/describe\n", "one");
    CHECK_ERROR(sf_describe_global(arena, SLICE("66.0"), &spec), ERROR_OK, "all");
    CHECK_SPEC(arena, spec, "describe.global: GET /services/data/v66.0/sobjects\n", "all");
    scratch_close(&scratch);
}

TEST_MAIN(reads_fields, tells_what_bulk_can_select, refuses_other_documents, keeps_memory_to_the_result,
          reads_describe_global, asks_for_one_or_all)
