/* Plans of some columns, and what columns are made of as text. */
#include "map/plan.h"

#include "base/zones.h"
#include "test.h"

static const PlanField org[] = {
    {SLICE_INIT("Id"), ROW_TEXT, false, false},
    {SLICE_INIT("SystemModstamp"), ROW_TIME, false, false},
    {SLICE_INIT("IsDeleted"), ROW_BOOL, false, false},
    {SLICE_INIT("MasterRecordId"), ROW_TEXT, false, false},
    {SLICE_INIT("CreatedDate"), ROW_TIME, false, false},
    {SLICE_INIT("Name"), ROW_TEXT, false, false},
    {SLICE_INIT("AnnualRevenue"), ROW_DOUBLE, false, true},
    {SLICE_INIT("Days__c"), ROW_DOUBLE, true, false},
};
enum { ORG_COUNT = sizeof org / sizeof org[0] };

static const PlanMapping mappings[] = {
    {SLICE_INIT("days"), SLICE_INIT("record.Days__c"), false},
    {SLICE_INIT("gone"), SLICE_INIT("record.IsDeleted ? 1 : 0"), false},
    {SLICE_INIT("worth"), SLICE_INIT("record.AnnualRevenue * 2.0"), false},
};

static const PlanMappings mapped = {.items = mappings, .count = 3};

typedef struct World {
    TestAllocator memory;
    Arena arena;
} World;

static void begin(World *world)
{
    test_allocator_init(&world->memory);
    arena_init(&world->arena, &world->memory.allocator, 0);
}

static void end(World *world)
{
    arena_free(&world->arena);
    CHECK_INT(world->memory.bytes, 0, "nothing is kept");
}

/* The fields that are selected, joined by ','. */
static Slice selected(World *world, const Plan *plan)
{
    Buffer text;
    buffer_init(&text, &world->arena, 0);
    for (uint32_t i = 0; i < plan->fields.column_count; i++) {
        if (!plan->missing[i]) {
            buffer_append(&text, text.length == 0 ? SLICE("") : SLICE(","));
            buffer_append(&text, plan->fields.columns[i].name);
        }
    }
    return buffer_slice(&text);
}

static void selects_what_a_part_needs(void)
{
    static const struct {
        Slice name;
        Slice fields;
        RowType type;
        bool calculated;
        bool money;
    } cases[] = {
        {SLICE_INIT("revenue"), SLICE_INIT("Id,SystemModstamp,AnnualRevenue"), ROW_DOUBLE, false, true},
        {SLICE_INIT("days"), SLICE_INIT("Id,SystemModstamp,Days__c"), ROW_DOUBLE, true, false},
        {SLICE_INIT("gone"), SLICE_INIT("Id,SystemModstamp,IsDeleted"), ROW_INT64, false, false},
        {SLICE_INIT("worth"), SLICE_INIT("Id,SystemModstamp,AnnualRevenue"), ROW_DOUBLE, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World world;
        Plan *whole = NULL;
        Plan *plan = NULL;
        begin(&world);
        CHECK_ERROR(plan_make(&world.arena, SOURCE_ACCOUNT, org, ORG_COUNT, &mapped, &whole), ERROR_OK,
                    cases[i].name.data);
        CHECK_ERROR(plan_make_part(&world.arena, whole, org, ORG_COUNT, &mapped, &cases[i].name, 1, &plan),
                    ERROR_OK, cases[i].name.data);
        if (plan != NULL) {
            CHECK(plan->whole == whole && !whole->partial);
            CHECK(plan->partial && plan->filter == NULL && plan->column_count == 1);
            CHECK_TEXT(selected(&world, plan), cases[i].fields, cases[i].name.data);
            CHECK_TEXT(plan->columns[0].name, cases[i].name, "the column");
            CHECK_INT(plan->columns[0].type, cases[i].type, cases[i].name.data);
            CHECK_INT(plan->columns[0].calculated, cases[i].calculated, cases[i].name.data);
            CHECK_INT(plan->columns[0].money, cases[i].money, cases[i].name.data);
        }
        end(&world);
    }
}

static Slice recipes_of(World *world, size_t org_count, PlanMappings list)
{
    Plan *plan = NULL;
    Slice recipes = SLICE("");
    CHECK_ERROR(plan_make(&world->arena, SOURCE_ACCOUNT, org, org_count, &list, &plan), ERROR_OK, "plan");
    if (plan != NULL) {
        CHECK_ERROR(plan_recipes(&world->arena, plan, &recipes), ERROR_OK, "recipes");
    }
    return recipes;
}

static Slice entry_of(Slice recipes, Slice name)
{
    const size_t at = slice_find(recipes, name, 0);
    return at == SIZE_MAX ? SLICE("") : slice_part(recipes, at, slice_find_byte(recipes, ';', at));
}

static void tells_what_columns_are_made_of(void)
{
    static const PlanMapping other[] = {
        {SLICE_INIT("days"), SLICE_INIT("record.Days__c"), false},
        {SLICE_INIT("worth"), SLICE_INIT("record.AnnualRevenue * 3.0"), false}};
    World world;
    begin(&world);
    const Slice whole = recipes_of(&world, ORG_COUNT, mapped);
    const Slice again = recipes_of(&world, ORG_COUNT, mapped);
    const Slice fewer = recipes_of(&world, ORG_COUNT, (PlanMappings){.items = other, .count = 2});
    const Slice without = recipes_of(&world, ORG_COUNT - 2, (PlanMappings){.count = 0});
    CHECK_TEXT(whole, again, "the same twice");
    CHECK_TEXT(entry_of(whole, SLICE("days=")), entry_of(fewer, SLICE("days=")), "whatever stands beside it");
    CHECK(!slice_equal(entry_of(whole, SLICE("worth=")), entry_of(fewer, SLICE("worth="))));
    CHECK_TEXT(entry_of(whole, SLICE("name=")), entry_of(without, SLICE("name=")), "of its own fields");
    CHECK(!slice_equal(entry_of(whole, SLICE("revenue=")), entry_of(without, SLICE("revenue="))));
    CHECK_INT(entry_of(whole, SLICE("days=")).length, 13, "name, eight digits");
    end(&world);
}

/* Whose values may change with the calendar alone: those that ask it. */
static void tells_what_columns_ask_of_the_calendar(void)
{
    static char file[ZONES_BYTES_MAX];
    static const int64_t holidays[] = {20782};
    static const PlanMapping asking[] = {
        {SLICE_INIT("days"), SLICE_INIT("business_days(record.CreatedDate, record.SystemModstamp)"), false},
        {SLICE_INIT("hour"), SLICE_INIT("record.CreatedDate.getHours('Europe/Berlin')"), false},
        {SLICE_INIT("worth"), SLICE_INIT("record.AnnualRevenue * 2.0"), false}};
    static const struct {
        Slice name;
        bool holidays;
        bool zones;
    } cases[] = {{SLICE_INIT("days="), true, true},
                 {SLICE_INIT("hour="), false, true},
                 {SLICE_INIT("worth="), false, false}};
    Zones zones;
    World world;
    begin(&world);
    FILE *from = fopen(PERLY_ROOT "/toolchain/perly_zones.bin", "rb");
    CHECK_NAMED(from != NULL, "perly_zones.bin");
    const size_t length = from == NULL ? 0 : fread(file, 1, sizeof file, from);
    CHECK(from != NULL && fclose(from) == 0);
    CHECK_ERROR(zones_open(&zones, slice_make(file, length)), ERROR_OK, "zones");
    PlanMappings list = {asking, 3, {.zones = &zones}};
    const Slice before = recipes_of(&world, ORG_COUNT, list);
    list.calendar = (CelCalendar){&zones, holidays, 1};
    const Slice holiday = recipes_of(&world, ORG_COUNT, list);
    file[4]++; /* of the release's name */
    const Slice release = recipes_of(&world, ORG_COUNT, list);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Slice entry = entry_of(holiday, cases[i].name);
        CHECK_INT(!slice_equal(entry_of(before, cases[i].name), entry), cases[i].holidays,
                  cases[i].name.data);
        CHECK_INT(!slice_equal(entry_of(release, cases[i].name), entry), cases[i].zones, cases[i].name.data);
    }
    end(&world);
}

/* What could never get into its column is told before any row is read. */
static void refuses_what_no_column_holds(void)
{
    static const struct {
        PlanMapping mapping;
        Slice message; /* empty: good */
    } cases[] = {
        {{SLICE_INIT("age"), SLICE_INIT("record.SystemModstamp - record.CreatedDate"), false},
         SLICE_INIT("no column holds duration: make `age` text")},
        {{SLICE_INIT("both"), SLICE_INIT("[record.AnnualRevenue, 1.0]"), false},
         SLICE_INIT("no column holds list(double): make `both` text")},
        {{SLICE_INIT("employees"), SLICE_INIT("record.AnnualRevenue / 1000.0"), false},
         SLICE_INIT("`employees` is an integer, and this is double")},
        {{SLICE_INIT("created"), SLICE_INIT("record.Name + '!'"), false},
         SLICE_INIT("`created` is a time, and this is string")},
        {{SLICE_INIT("created"), SLICE_INIT("record.IsDeleted"), false},
         SLICE_INIT("`created` is a time, and IsDeleted is true or false")},
        {{SLICE_INIT("created"), SLICE_INIT("record.SystemModstamp"), false}, SLICE_INIT("")},
        {{SLICE_INIT("employees"), SLICE_INIT("record.AnnualRevenue"), false}, SLICE_INIT("")},
        {{SLICE_INIT("employees"), SLICE_INIT("int(record.AnnualRevenue)"), false}, SLICE_INIT("")},
        {{SLICE_INIT("revenue"), SLICE_INIT("int(record.AnnualRevenue)"), false}, SLICE_INIT("")},
        {{SLICE_INIT("type"), SLICE_INIT("['a', record.Name]"), false}, SLICE_INIT("")},
        {{SLICE_INIT("names"), SLICE_INIT("record.Name.split(' ')"), false}, SLICE_INIT("")},
        {{SLICE_INIT("any"), SLICE_INIT("dyn(record.Name)"), false}, SLICE_INIT("")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World world;
        Plan *plan = NULL;
        const PlanMappings list = {.items = &cases[i].mapping, .count = 1};
        begin(&world);
        const Error error = plan_make(&world.arena, SOURCE_ACCOUNT, org, ORG_COUNT, &list, &plan);
        CHECK_ERROR(error, cases[i].message.length == 0 ? ERROR_OK : ERROR_CEL_TYPE,
                    cases[i].mapping.expression.data);
        CHECK_TEXT(slice_part(error.message, 0, cases[i].message.length), cases[i].message,
                   cases[i].mapping.expression.data);
        end(&world);
    }
}

/* Those beyond the entity's table come last, and one that joins or leaves the table is made otherwise. */
static void keeps_further_columns_apart(void)
{
    static const PlanMapping further[] = {
        {SLICE_INIT("worth"), SLICE_INIT("record.AnnualRevenue * 2.0"), false},
        {SLICE_INIT("days"), SLICE_INIT("record.Days__c"), true}};
    const PlanMappings list = {.items = further, .count = 2};
    const Slice name = SLICE("days");
    World world;
    Plan *plan = NULL;
    Plan *part = NULL;
    begin(&world);
    const Slice inside = entry_of(recipes_of(&world, ORG_COUNT, mapped), SLICE("days="));
    CHECK(!slice_equal(inside, entry_of(recipes_of(&world, ORG_COUNT, list), SLICE("days="))));
    CHECK_ERROR(plan_make(&world.arena, SOURCE_ACCOUNT, org, ORG_COUNT, &list, &plan), ERROR_OK, "plan");
    CHECK_INT(plan->column_count, plan->table_columns + 1, "one is further");
    CHECK_TEXT(plan->columns[plan->table_columns].name, name, "the last");
    CHECK_ERROR(plan_make_part(&world.arena, plan, org, ORG_COUNT, &list, &name, 1, &part), ERROR_OK, "part");
    CHECK_INT(part->table_columns, 0, "of it alone");
    CHECK_INT(part->column_count, 1, "of it alone");
    end(&world);
}

/* Whatever an org lacks, or hides, expressions are whole: what is missing is not known. */
static void makes_plans_of_orgs_that_lack_all(void)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const char *name = source_facts((Source)source)->sobject.data;
        World world;
        Plan *plan = NULL;
        begin(&world);
        CHECK_ERROR(plan_make(&world.arena, (Source)source, org, 5, &(PlanMappings){.count = 0}, &plan),
                    ERROR_OK, name);
        if (plan != NULL) {
            CHECK_INT(plan->filter != NULL, source_texts((Source)source)->filter.length != 0, name);
        }
        end(&world);
    }
}

TEST_MAIN(selects_what_a_part_needs, tells_what_columns_are_made_of, tells_what_columns_ask_of_the_calendar,
          refuses_what_no_column_holds, keeps_further_columns_apart, makes_plans_of_orgs_that_lack_all)
