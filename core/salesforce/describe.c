#include "salesforce/describe.h"

#include "salesforce/internal.h"
#include "salesforce/url.h"

Error sf_describe(Arena *arena, Slice version, Slice object, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/sobjects/"));
    sf_url_append(&path, object);
    buffer_append(&path, SLICE("/describe"));
    return spec_finish(spec, METHOD_GET, SLICE("describe"), &path, SLICE(""), NULL);
}

Error sf_describe_global(Arena *arena, Slice version, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/sobjects"));
    return spec_finish(spec, METHOD_GET, SLICE("describe.global"), &path, SLICE(""), NULL);
}

static const struct {
    Slice name;
    SfType type;
} types[] = {
    {SLICE_INIT("id"), SF_TYPE_ID},
    {SLICE_INIT("reference"), SF_TYPE_REFERENCE},
    {SLICE_INIT("string"), SF_TYPE_TEXT},
    {SLICE_INIT("phone"), SF_TYPE_TEXT},
    {SLICE_INIT("email"), SF_TYPE_TEXT},
    {SLICE_INIT("url"), SF_TYPE_TEXT},
    {SLICE_INIT("combobox"), SF_TYPE_TEXT},
    {SLICE_INIT("encryptedstring"), SF_TYPE_TEXT},
    {SLICE_INIT("textarea"), SF_TYPE_TEXTAREA},
    {SLICE_INIT("picklist"), SF_TYPE_PICKLIST},
    {SLICE_INIT("multipicklist"), SF_TYPE_MULTIPICKLIST},
    {SLICE_INIT("int"), SF_TYPE_INT},
    {SLICE_INIT("long"), SF_TYPE_INT},
    {SLICE_INIT("double"), SF_TYPE_DOUBLE},
    {SLICE_INIT("percent"), SF_TYPE_DOUBLE},
    {SLICE_INIT("currency"), SF_TYPE_CURRENCY},
    {SLICE_INIT("boolean"), SF_TYPE_BOOL},
    {SLICE_INIT("date"), SF_TYPE_DATE},
    {SLICE_INIT("datetime"), SF_TYPE_DATETIME},
    {SLICE_INIT("time"), SF_TYPE_TIME},
};

static SfType type_of(Slice name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice_equal(types[i].name, name)) {
            return types[i].type;
        }
    }
    return SF_TYPE_OTHER;
}

bool sf_describe_in_bulk(Slice soap_type)
{
    /* Simple values and ids; all else is base64, an address, a location or a structure. */
    return (slice_starts_with(soap_type, SLICE("xsd:")) &&
            !slice_equal(soap_type, SLICE("xsd:base64Binary"))) ||
           slice_equal(soap_type, SLICE("tns:ID"));
}

void sf_describe_settle(SfDescribeField *field)
{
    field->type = type_of(field->type_name);
    field->in_bulk = sf_describe_in_bulk(field->soap_type);
}

/* A size that does not fit is cut: none of Salesforce's is near. */
static Error read_size(JsonValue field, Slice key, uint32_t *size)
{
    bool found = false;
    uint64_t count = 0;
    RETURN_IF_ERROR(answer_count(field, key, &found, &count));
    *size = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
    return ERROR_NONE;
}

/* The active values of a picklist. */
static Error read_picklist(Arena *arena, JsonValue list, const Slice **texts, size_t *count)
{
    const size_t room = json_count(list);
    Slice *read = ARENA_ARRAY(arena, Slice, room);
    size_t length = 0;
    if (read == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe"));
    }
    for (JsonValue item = json_first(list); json_present(item); item = json_next(item)) {
        Slice text = SLICE("");
        bool active = true;
        RETURN_IF_ERROR(json_text_or(json_get(item, SLICE("value")), SLICE(""), &text));
        RETURN_IF_ERROR(json_bool_or(json_get(item, SLICE("active")), true, &active));
        if (active) {
            if (!arena_keep(arena, text, &read[length])) {
                return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe"));
            }
            length++;
        }
    }
    *texts = read;
    *count = length;
    return ERROR_NONE;
}

static Error read_flags(JsonValue value, SfDescribeField *field)
{
    const struct {
        Slice key;
        bool *flag;
    } flags[] = {
        {SLICE("calculated"), &field->calculated},
        {SLICE("custom"), &field->custom},
        {SLICE("createable"), &field->createable},
        {SLICE("updateable"), &field->updateable},
        {SLICE("externalId"), &field->external_id},
        {SLICE("unique"), &field->unique},
        {SLICE("restrictedPicklist"), &field->restricted_picklist},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        RETURN_IF_ERROR(answer_flag(value, flags[i].key, flags[i].flag));
    }
    return ERROR_NONE;
}

static Error read_field(Arena *arena, JsonValue value, SfPicklists picklists, SfDescribeField *field)
{
    RETURN_IF_ERROR(answer_text_required(arena, value, SLICE("name"), &field->name));
    RETURN_IF_ERROR(answer_text(arena, value, SLICE("label"), SLICE(""), &field->label));
    RETURN_IF_ERROR(answer_text_required(arena, value, SLICE("type"), &field->type_name));
    RETURN_IF_ERROR(answer_text(arena, value, SLICE("soapType"), SLICE(""), &field->soap_type));
    RETURN_IF_ERROR(read_size(value, SLICE("length"), &field->length));
    RETURN_IF_ERROR(read_size(value, SLICE("precision"), &field->precision));
    RETURN_IF_ERROR(read_size(value, SLICE("scale"), &field->scale));
    RETURN_IF_ERROR(read_flags(value, field));
    if (picklists == SF_PICKLISTS_READ) {
        RETURN_IF_ERROR(read_picklist(arena, json_get(value, SLICE("picklistValues")), &field->picklist,
                                      &field->picklist_count));
    }
    sf_describe_settle(field);
    return ERROR_NONE;
}

/* Fields of an object that is being read; the array doubles, since the answer does not say how many there
 * are. */
typedef struct Fields {
    Arena *arena;
    SfPicklists picklists;
    SfDescribeField *items;
    size_t count;
    size_t room;
} Fields;

static Error add_field(void *context, JsonValue value)
{
    enum { ROOM_MIN = 64 };
    Fields *fields = context;
    if (fields->count == SF_DESCRIBE_FIELDS_MAX) {
        return error_make(ERROR_SF_ANSWER, SLICE("a describe with more than 2,000 fields"));
    }
    if (fields->count == fields->room) {
        const size_t room = fields->room == 0 ? ROOM_MIN : fields->room * 2;
        SfDescribeField *items = arena_resize(fields->arena, fields->items, fields->room * sizeof *items,
                                              room * sizeof *items, _Alignof(SfDescribeField));
        if (items == NULL) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe"));
        }
        fields->items = items;
        fields->room = room;
    }
    SfDescribeField field = {0};
    RETURN_IF_ERROR(read_field(fields->arena, value, fields->picklists, &field));
    fields->items[fields->count++] = field;
    return ERROR_NONE;
}

static Error read_object(JsonValue value, SfObject *object)
{
    const struct {
        Slice key;
        bool *flag;
    } flags[] = {
        {SLICE("custom"), &object->flags.custom},
        {SLICE("queryable"), &object->flags.queryable},
        {SLICE("createable"), &object->flags.createable},
        {SLICE("updateable"), &object->flags.updateable},
        {SLICE("replicateable"), &object->flags.replicateable},
        {SLICE("feedEnabled"), &object->flags.feed_enabled},
    };
    Slice prefix = SLICE("");
    RETURN_IF_ERROR(json_text(json_get(value, SLICE("name")), &object->name));
    RETURN_IF_ERROR(json_text_or(json_get(value, SLICE("label")), SLICE(""), &object->label));
    RETURN_IF_ERROR(json_text_or(json_get(value, SLICE("keyPrefix")), SLICE(""), &prefix));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        RETURN_IF_ERROR(answer_flag(value, flags[i].key, flags[i].flag));
    }
    if (prefix.length == sizeof object->key_prefix) {
        memcpy(object->key_prefix, prefix.data, sizeof object->key_prefix);
    }
    return ERROR_NONE;
}

static Error read_describe(Arena *arena, Arena *scratch, Slice body, SfPicklists picklists,
                           SfDescribe *describe)
{
    Fields fields = {.arena = arena, .picklists = picklists};
    JsonDocument document;
    SfObject object = {0};
    RETURN_IF_ERROR(answer_split(scratch, body, SLICE("fields"), add_field, &fields, &document));
    RETURN_IF_ERROR(read_object(json_root(&document), &object));
    if (!arena_keep(arena, object.name, &object.name) || !arena_keep(arena, object.label, &object.label)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe"));
    }
    *describe = (SfDescribe){.name = object.name,
                             .label = object.label,
                             .flags = object.flags,
                             .fields = fields.items,
                             .field_count = fields.count};
    memcpy(describe->key_prefix, object.key_prefix, sizeof describe->key_prefix);
    return ERROR_NONE;
}

Error sf_describe_read(Arena *arena, Arena *scratch, Slice body, SfPicklists picklists, SfDescribe *describe)
{
    return answer_error(SLICE("describe"), read_describe(arena, scratch, body, picklists, describe));
}

const SfDescribeField *sf_describe_find(const SfDescribe *describe, Slice name)
{
    for (size_t i = 0; i < describe->field_count; i++) {
        if (slice_equal_ignoring_case(describe->fields[i].name, name)) {
            return &describe->fields[i];
        }
    }
    return NULL;
}

typedef struct Objects {
    SfObjectFunction *object;
    void *context;
} Objects;

static Error on_object(void *context, JsonValue value)
{
    const Objects *objects = context;
    SfObject object = {0};
    RETURN_IF_ERROR(read_object(value, &object));
    return objects->object(objects->context, &object);
}

Error sf_describe_global_read(Arena *scratch, Slice body, SfObjectFunction *object, void *context)
{
    Objects objects = {object, context};
    return answer_error(SLICE("describeGlobal"),
                        answer_split(scratch, body, SLICE("sobjects"), on_object, &objects, NULL));
}
