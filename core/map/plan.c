#include "map/plan.h"

#include "base/hash.h"
#include "base/nearest.h"
#include "base/sha256.h"
#include "base/zones.h"
#include "map/column_type.h"
#include "perly/host.h"

static const RowColumn fixed_columns[PLAN_FIXED_COUNT] = {
    [PLAN_ID] = {SLICE_INIT("id"), ROW_TEXT},
    [PLAN_STAMP] = {SLICE_INIT("stamp"), ROW_TIME},
    [PLAN_SEEN] = {SLICE_INIT("seen"), ROW_TIME},
    [PLAN_FIRST_SEEN] = {SLICE_INIT("first_seen"), ROW_TIME},
    [PLAN_HASH] = {SLICE_INIT("hash"), ROW_INT64},
    [PLAN_DELETED] = {SLICE_INIT("deleted"), ROW_BOOL},
    [PLAN_MASTER_ID] = {SLICE_INIT("master_id"), ROW_TEXT},
};

/* What a column is made of, until the list of fields is complete and expressions can be compiled. */
typedef struct Draft {
    Slice expression; /* empty: a field as it is */
    bool typed;       /* the type is known beforehand */
} Draft;

typedef struct Builder {
    Arena *arena;
    Plan *plan;
    RowColumn *fields;
    size_t fields_max;
    const PlanField *org;
    size_t org_count;
    Draft *drafts;
    const Slice *wanted; /* names of columns; NULL: all */
    size_t wanted_count;
} Builder;

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a plan"));
}

static Error too_many(void)
{
    return error_make(ERROR_LIMIT_EXCEEDED, SLICE("too many fields are mapped"));
}

static const PlanField *find_field(const PlanField *org, size_t count, Slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(org[i].name, name)) {
            return &org[i];
        }
    }
    return NULL;
}

/*
 * The reference field by which a path begins: OwnerId of "Owner.Name", Partner__c of "Partner__r.Name". What
 * a reference leads to is described by another object, so the path's last part is not checked: Salesforce
 * does that when the query is made. NULL: `name` is no path, or there is no such field.
 */
static const PlanField *find_reference(const Builder *builder, Slice name)
{
    const size_t dot = slice_find_byte(name, '.', 0);
    const Slice first = slice_part(name, 0, dot);
    Buffer field;
    if (dot >= name.length) {
        return NULL;
    }
    const bool custom =
        slice_equal(slice_part(first, first.length < 3 ? 0 : first.length - 3, first.length), SLICE("__r"));
    buffer_init(&field, builder->arena, 0);
    buffer_append(&field, custom ? slice_part(first, 0, first.length - 1) : first);
    buffer_append(&field, custom ? SLICE("c") : SLICE("Id"));
    return find_field(builder->org, builder->org_count, buffer_slice(&field));
}

static bool is_there(const Builder *builder, Slice name)
{
    return find_field(builder->org, builder->org_count, name) != NULL ||
           find_reference(builder, name) != NULL;
}

/* "no field `ARR_c` on Account; did you mean `ARR__c`?" */
static Error unknown_field(Builder *builder, Slice name)
{
    const Slice object = source_facts(builder->plan->source)->sobject;
    Slice *names = ARENA_ARRAY(builder->arena, Slice, builder->org_count);
    Slice nearest = {NULL, 0};
    for (size_t i = 0; names != NULL && i < builder->org_count; i++) {
        names[i] = builder->org[i].name;
    }
    if (names != NULL) {
        nearest = nearest_name(name, names, builder->org_count);
    }
    if (nearest.length == 0) {
        return ERROR_TEXT(builder->arena, ERROR_CONFIG_FIELD, SLICE("no field `"), name, SLICE("` on "),
                          object);
    }
    return ERROR_TEXT(builder->arena, ERROR_CONFIG_FIELD, SLICE("no field `"), name, SLICE("` on "), object,
                      SLICE("; did you mean `"), nearest, SLICE("`?"));
}

/* The type of a field that the org lacks: expressions of attributes.def are compiled with it as unknown. */
static RowType type_of_missing(Slice name)
{
    static const struct {
        Slice name;
        RowType type;
    } types[] = {{SLICE_INIT("ActivityDate"), ROW_TIME},
                 {SLICE_INIT("ActivityDateTime"), ROW_TIME},
                 {SLICE_INIT("CompletedDateTime"), ROW_TIME},
                 {SLICE_INIT("CreatedDate"), ROW_TIME},
                 {SLICE_INIT("MessageDate"), ROW_TIME},
                 {SLICE_INIT("StartDateTime"), ROW_TIME},
                 {SLICE_INIT("Incoming"), ROW_BOOL},
                 {SLICE_INIT("IsActive"), ROW_BOOL},
                 {SLICE_INIT("IsChild"), ROW_BOOL},
                 {SLICE_INIT("IsRecurrence"), ROW_BOOL},
                 {SLICE_INIT("IsWhat"), ROW_BOOL}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice_equal(types[i].name, name)) {
            return types[i].type;
        }
    }
    return ROW_TEXT;
}

/* The index of a field in the list, which it joins when it is new. */
static Error add_field(Builder *builder, Slice name, bool must_exist, uint32_t *index)
{
    Plan *plan = builder->plan;
    for (uint32_t i = 0; i < plan->fields.column_count; i++) {
        if (slice_equal(plan->fields.columns[i].name, name)) {
            *index = i;
            plan->missing[i] = !is_there(builder, name);
            return ERROR_NONE;
        }
    }
    const PlanField *field = find_field(builder->org, builder->org_count, name);
    const bool there = is_there(builder, name);
    if (!there && must_exist) {
        return unknown_field(builder, name);
    }
    if (plan->fields.column_count == builder->fields_max) {
        return too_many();
    }
    *index = plan->fields.column_count++;
    builder->fields[*index] = field != NULL ? (RowColumn){field->name, field->type}
                                            : (RowColumn){name, there ? ROW_TEXT : type_of_missing(name)};
    plan->missing[*index] = !there;
    return ERROR_NONE;
}

/* A field that has its place in every record, and that a part does not read. */
static void leave_out_of_part(Builder *builder, uint32_t field)
{
    Plan *plan = builder->plan;
    plan->missing[field] = plan->missing[field] || builder->wanted != NULL;
}

static Error add_fixed_fields(Builder *builder)
{
    const SourceFacts *facts = source_facts(builder->plan->source);
    uint32_t index = 0;
    RETURN_IF_ERROR(add_field(builder, SLICE("Id"), true, &index));
    RETURN_IF_ERROR(add_field(builder, source_stamp(builder->plan->source), true, &index));
    if (facts->has_deleted) {
        RETURN_IF_ERROR(add_field(builder, SLICE("IsDeleted"), false, &index));
        leave_out_of_part(builder, index);
    }
    if (facts->has_master) {
        RETURN_IF_ERROR(add_field(builder, SLICE("MasterRecordId"), true, &index));
        leave_out_of_part(builder, index);
    }
    return ERROR_NONE;
}

/* "record.Name" and nothing else: the field is copied, no expression runs. */
static Slice plain_field(Slice expression)
{
    static const Slice prefix = SLICE_INIT("record.");
    if (!slice_starts_with(expression, prefix)) {
        return (Slice){NULL, 0};
    }
    const Slice name = slice_part(expression, prefix.length, expression.length);
    for (size_t i = 0; i < name.length; i++) {
        const char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
            return (Slice){NULL, 0};
        }
    }
    return name;
}

static bool is_calculated(const Builder *builder, Slice name)
{
    const PlanField *field = find_field(builder->org, builder->org_count, name);
    /* A parent changes without a trace in its children, as what a formula is made of does. */
    return field != NULL ? field->calculated : find_reference(builder, name) != NULL;
}

/* Amounts are converted where rows tell their currency: by the rate of the day on which an opportunity
 * closes. */
static Error add_currency(Builder *builder, uint32_t amount)
{
    Plan *plan = builder->plan;
    const bool told = plan->source == SOURCE_ACCOUNT || plan->source == SOURCE_OPPORTUNITY;
    if (!told || find_field(builder->org, builder->org_count, SLICE("CurrencyIsoCode")) == NULL) {
        return ERROR_NONE;
    }
    plan->money[amount] = true;
    RETURN_IF_ERROR(add_field(builder, SLICE("CurrencyIsoCode"), true, &plan->currency_field));
    return plan->source == SOURCE_ACCOUNT ? ERROR_NONE
                                          : add_field(builder, SLICE("CloseDate"), false, &plan->day_field);
}

static bool is_money(const Builder *builder, Slice name)
{
    const PlanField *field = find_field(builder->org, builder->org_count, name);
    return field != NULL && field->money;
}

static Error add_fields_of(Builder *builder, Slice expression, bool must_exist, PlanColumn *column)
{
    Slice *paths = NULL;
    uint32_t count = 0;
    bool whole = false;
    RETURN_IF_ERROR(cel_find_fields(builder->arena, expression, SLICE("record"), &paths, &count, &whole));
    if (whole) {
        return ERROR_TEXT(builder->arena, ERROR_CONFIG_FIELD, SLICE("name the fields that are read: "),
                          expression);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = 0;
        RETURN_IF_ERROR(add_field(builder, paths[i], must_exist, &index));
        column->calculated = column->calculated || is_calculated(builder, paths[i]);
        if (is_money(builder, paths[i])) {
            RETURN_IF_ERROR(add_currency(builder, index));
            column->converts = column->converts || builder->plan->money[index];
        }
    }
    return ERROR_NONE;
}

static PlanColumn *find_column(const Plan *plan, Slice name)
{
    for (uint32_t i = 0; i < plan->column_count; i++) {
        if (slice_equal(plan->columns[i].name, name)) {
            return &plan->columns[i];
        }
    }
    return NULL;
}

static const Slice type_words[ROW_TYPE_COUNT] = {
    [ROW_INT64] = SLICE_INIT("an integer"),     [ROW_DOUBLE] = SLICE_INIT("a number"),
    [ROW_BOOL] = SLICE_INIT("true or false"),   [ROW_TEXT] = SLICE_INIT("text"),
    [ROW_BYTES] = SLICE_INIT("bytes"),          [ROW_TIME] = SLICE_INIT("a time"),
    [ROW_LIST] = SLICE_INIT("a list of texts"),
};

/* Integers are numbers, and lists are kept as texts. */
static bool fits(RowType wanted, RowType found)
{
    const bool is_text = found == ROW_TEXT || found == ROW_LIST;
    return wanted == found || (wanted == ROW_DOUBLE && found == ROW_INT64) ||
           (is_text && (wanted == ROW_TEXT || wanted == ROW_LIST));
}

/* A field as it is comes as text, and is read as what its column holds. */
static bool reads(RowType wanted, RowType field)
{
    const bool is_text = wanted == ROW_TEXT || wanted == ROW_LIST || field == ROW_TEXT;
    return is_text || wanted == field || (wanted == ROW_INT64 && field == ROW_DOUBLE) || fits(wanted, field);
}

/* "`created` is a time, and this is string" */
static Error other_type(const Builder *builder, const PlanColumn *column, Slice what, Slice found)
{
    return ERROR_TEXT(builder->arena, ERROR_CEL_TYPE, SLICE("`"), column->name, SLICE("` is "),
                      type_words[column->type], SLICE(", and "), what, SLICE(" is "), found);
}

static Error fill_column(Builder *builder, PlanColumn *column, Slice expression, bool must_exist)
{
    const Slice field = plain_field(expression);
    Draft *draft = &builder->drafts[column - builder->plan->columns];
    if (field.length != 0) {
        const PlanField *found = find_field(builder->org, builder->org_count, field);
        draft->expression = SLICE("");
        column->expression = SLICE("");
        column->money = found != NULL && found->money;
        column->calculated = is_calculated(builder, field);
        column->converts = false;
        RETURN_IF_ERROR(add_field(builder, field, must_exist, &column->field));
        const RowType type = builder->fields[column->field].type;
        if (!draft->typed) {
            column->type = type;
        }
        return reads(column->type, type) ? ERROR_NONE : other_type(builder, column, field, type_words[type]);
    }
    draft->expression = expression;
    column->expression = expression;
    column->money = false;
    column->calculated = false;
    column->converts = false;
    return add_fields_of(builder, expression, must_exist, column);
}

static bool is_wanted(const Builder *builder, Slice name)
{
    bool wanted = builder->wanted == NULL;
    for (size_t i = 0; i < builder->wanted_count && !wanted; i++) {
        wanted = slice_equal(builder->wanted[i], name);
    }
    return wanted;
}

static Error add_attributes(Builder *builder)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    for (size_t i = 0; i < count; i++) {
        const AttributeFacts *facts = &attributes[i];
        if (facts->source == builder->plan->source && is_wanted(builder, facts->name)) {
            PlanColumn *column = &builder->plan->columns[builder->plan->column_count];
            *column = (PlanColumn){.name = facts->name, .type = facts->type, .logged = facts->logged};
            builder->drafts[builder->plan->column_count++].typed = true;
            builder->plan->table_columns++;
            RETURN_IF_ERROR(fill_column(builder, column, attribute_expression(i), false));
        }
    }
    return ERROR_NONE;
}

static Error add_mappings(Builder *builder, const PlanMappings *mappings)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const PlanMapping *mapping = &mappings->items[i];
        PlanColumn *column = find_column(builder->plan, mapping->name);
        if (!is_wanted(builder, mapping->name)) {
            continue;
        }
        if (column == NULL) {
            if (builder->plan->column_count == ROW_COLUMNS_MAX - PLAN_FIXED_COUNT) {
                return too_many();
            }
            column = &builder->plan->columns[builder->plan->column_count++];
            *column = (PlanColumn){.name = mapping->name, .type = ROW_TEXT, .logged = true};
            builder->plan->table_columns += mapping->further ? 0 : 1;
        }
        RETURN_IF_ERROR(fill_column(builder, column, mapping->expression, true));
    }
    return ERROR_NONE;
}

/* Compiling. */

/* Results that no row would ever get into the column: an admin is told of them beforehand. */
static Error settle_type(Builder *builder, PlanColumn *column, bool typed)
{
    const CelType *type = cel_program_type(column->program);
    RowType found = ROW_TEXT;
    const bool known = column_type(type, &found);
    const bool held = known || type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_NULL;
    if (!typed) {
        column->type = found;
    }
    if (held && (!known || fits(column->type, found))) {
        return ERROR_NONE;
    }
    Buffer name;
    buffer_init(&name, builder->arena, 0);
    cel_type_print(&name, type);
    return held ? other_type(builder, column, SLICE("this"), buffer_slice(&name))
                : ERROR_TEXT(builder->arena, ERROR_CEL_TYPE, SLICE("no column holds "), buffer_slice(&name),
                             SLICE(": make `"), column->name,
                             SLICE("` text, a number, a time, true or false, or a list of texts"));
}

static Error compile(Builder *builder)
{
    Plan *plan = builder->plan;
    CelEnvironment *environment = NULL;
    CelIssues issues;
    RETURN_IF_ERROR(cel_environment_create(builder->arena, &environment));
    cel_set_calendar(environment, plan->calendar);
    cel_set_budget(environment, CEL_COST_MAX);
    RETURN_IF_ERROR(cel_declare_row(environment, SLICE("record"), &plan->fields));
    for (uint32_t i = 0; i < plan->column_count; i++) {
        PlanColumn *column = &plan->columns[i];
        const Draft *draft = &builder->drafts[i];
        if (draft->expression.length != 0) {
            RETURN_IF_ERROR(
                cel_compile(builder->arena, environment, draft->expression, &issues, &column->program));
            RETURN_IF_ERROR(settle_type(builder, column, draft->typed));
        }
    }
    const Slice filter = source_texts(plan->source)->filter;
    return filter.length == 0 || plan->partial
               ? ERROR_NONE
               : cel_compile(builder->arena, environment, filter, &issues, &plan->filter);
}

/* A field of it may be missing: our own before `setup` has made them. */
static Error add_filter_fields(Builder *builder)
{
    const Slice filter = source_texts(builder->plan->source)->filter;
    PlanColumn column = {.calculated = false};
    return filter.length == 0 || builder->plan->partial ? ERROR_NONE
                                                        : add_fields_of(builder, filter, false, &column);
}

static void make_table(Builder *builder, RowColumn *table)
{
    Plan *plan = builder->plan;
    memcpy(table, fixed_columns, sizeof fixed_columns);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        table[PLAN_FIXED_COUNT + i] = (RowColumn){plan->columns[i].name, plan->columns[i].type};
    }
    plan->table = (RowSchema){table, PLAN_FIXED_COUNT + plan->column_count};
    plan->flags[PLAN_ID] = PERLY_COLUMN_KEY;
    plan->flags[PLAN_FIRST_SEEN] = PERLY_COLUMN_KEEP;
}

/* An empty plan with room for `columns_max` columns after the fixed ones. */
static Error begin(Builder *builder, Arena *arena, Source source, size_t columns_max, RowColumn **table)
{
    Plan *plan = ARENA_NEW(arena, Plan);
    *table = ARENA_ARRAY(arena, RowColumn, PLAN_FIXED_COUNT + columns_max);
    builder->arena = arena;
    builder->plan = plan;
    builder->fields = ARENA_ARRAY(arena, RowColumn, ROW_COLUMNS_MAX);
    builder->fields_max = ROW_COLUMNS_MAX;
    builder->drafts = ARENA_ARRAY(arena, Draft, columns_max);
    if (plan == NULL || *table == NULL || builder->fields == NULL || builder->drafts == NULL) {
        return no_memory();
    }
    *plan =
        (Plan){.source = source, .table_name = source_facts(source)->entity, .fields = {builder->fields, 0}};
    plan->columns = ARENA_ARRAY(arena, PlanColumn, columns_max);
    plan->flags = ARENA_ARRAY(arena, uint32_t, PLAN_FIXED_COUNT + columns_max);
    plan->missing = ARENA_ARRAY(arena, bool, ROW_COLUMNS_MAX);
    plan->money = ARENA_ARRAY(arena, bool, ROW_COLUMNS_MAX);
    plan->currency_field = UINT32_MAX;
    plan->day_field = UINT32_MAX;
    if (plan->columns == NULL || plan->flags == NULL || plan->missing == NULL || plan->money == NULL) {
        return no_memory();
    }
    return add_fixed_fields(builder);
}

static Error end(Builder *builder, RowColumn *table, Plan **result)
{
    builder->plan->column_fields = builder->plan->fields.column_count;
    builder->plan->partial = builder->wanted != NULL;
    RETURN_IF_ERROR(add_filter_fields(builder));
    RETURN_IF_ERROR(compile(builder));
    make_table(builder, table);
    *result = builder->plan;
    return ERROR_NONE;
}

static Error make(Builder *builder, Arena *arena, Source source, const PlanMappings *mappings, Plan **result)
{
    size_t attributes = 0;
    RowColumn *table = NULL;
    (void)attribute_facts(&attributes);
    RETURN_IF_ERROR(begin(builder, arena, source, attributes + mappings->count, &table));
    builder->plan->calendar = mappings->calendar;
    RETURN_IF_ERROR(add_attributes(builder));
    RETURN_IF_ERROR(add_mappings(builder, mappings));
    return end(builder, table, result);
}

Error plan_make(Arena *arena, Source source, const PlanField *org, size_t org_count,
                const PlanMappings *mappings, Plan **result)
{
    Builder builder = {.org = org, .org_count = org_count};
    return make(&builder, arena, source, mappings, result);
}

Error plan_make_part(Arena *arena, const Plan *whole, const PlanField *org, size_t org_count,
                     const PlanMappings *mappings, const Slice *names, size_t name_count, Plan **result)
{
    Builder builder = {.org = org, .org_count = org_count, .wanted = names, .wanted_count = name_count};
    RETURN_IF_ERROR(make(&builder, arena, whole->source, mappings, result));
    (*result)->whole = whole;
    (*result)->rates = whole->rates;
    return ERROR_NONE;
}

/*
 * By names in the text: one that only looks like a call costs a read of the column when a holiday is added,
 * or a new release of the zones comes.
 */
static void hash_calendar(const CelCalendar *calendar, Slice expression, Sha256 *sha)
{
    const bool counts = slice_find(expression, SLICE("business_days"), 0) != SIZE_MAX;
    if (counts && calendar->holiday_count > 0) {
        sha256_update(sha, slice_make((const char *)calendar->holidays,
                                      calendar->holiday_count * sizeof *calendar->holidays));
    }
    if (calendar->zones != NULL && (counts || slice_find(expression, SLICE("get"), 0) != SIZE_MAX)) {
        sha256_update(sha, zones_version(calendar->zones));
    }
}

/* Fields are named in the expression or are the field itself; whether the org has them is in the recipe. */
static Error hash_recipe(Arena *arena, const Plan *plan, const PlanColumn *column, Sha256 *sha)
{
    Slice *paths = NULL;
    uint32_t count = 0;
    bool whole = false;
    sha256_update(sha, column->expression);
    if (column->expression.length == 0) {
        sha256_update(sha, plan->fields.columns[column->field].name);
        sha256_update(sha, plan->missing[column->field] ? SLICE("-") : SLICE(","));
        return ERROR_NONE;
    }
    hash_calendar(&plan->calendar, column->expression, sha);
    RETURN_IF_ERROR(cel_find_fields(arena, column->expression, SLICE("record"), &paths, &count, &whole));
    if (column->converts && plan->rates != NULL) {
        money_hash(plan->rates, sha);
    }
    for (uint32_t i = 0; i < plan->fields.column_count; i++) {
        for (uint32_t f = 0; f < count; f++) {
            if (slice_equal(paths[f], plan->fields.columns[i].name)) {
                sha256_update(sha, paths[f]);
                sha256_update(sha, plan->missing[i] ? SLICE("-") : SLICE(","));
            }
        }
    }
    return ERROR_NONE;
}

Error plan_recipes(Arena *arena, const Plan *plan, Slice *recipes)
{
    enum { HASH_BYTES = 4 };
    Buffer text;
    buffer_init(&text, arena, 0);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        Sha256 sha;
        uint8_t digest[SHA256_BYTES];
        char hex[2 * HASH_BYTES];
        sha256_init(&sha);
        if (i >= plan->table_columns) {
            sha256_update(&sha, SLICE("further "));
        }
        RETURN_IF_ERROR(hash_recipe(arena, plan, &plan->columns[i], &sha));
        sha256_finish(&sha, digest);
        hash_hex(digest, HASH_BYTES, hex);
        buffer_append(&text, plan->columns[i].name);
        buffer_append_byte(&text, '=');
        buffer_append(&text, slice_make(hex, sizeof hex));
        buffer_append_byte(&text, ';');
    }
    *recipes = buffer_slice(&text);
    return text.failed ? no_memory() : ERROR_NONE;
}

Error plan_unseen(Arena *arena, const Plan *plan, Slice *names)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    for (uint32_t i = 0; i < plan->column_fields; i++) {
        const Slice name = plan->fields.columns[i].name;
        if (plan->missing[i] && !source_may_lack(plan->source, name)) {
            buffer_append(&text, text.length == 0 ? SLICE("") : SLICE(", "));
            buffer_append(&text, name);
        }
    }
    *names = buffer_slice(&text);
    return text.failed ? no_memory() : ERROR_NONE;
}

Error plan_make_ids(Arena *arena, Source source, const PlanField *org, size_t org_count, Slice table_name,
                    Plan **result)
{
    RowColumn *table = NULL;
    Builder builder = {.org = org, .org_count = org_count};
    RETURN_IF_ERROR(begin(&builder, arena, source, 0, &table));
    builder.plan->table_name = table_name;
    return end(&builder, table, result);
}
