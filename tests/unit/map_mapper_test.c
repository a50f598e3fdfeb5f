/* From CSV records to rows of a table: order of columns, types, what is mended and counted, and the hash. */
#include "map/mapper.h"

#include "csv/reader.h"
#include "test.h"

enum { NAME, EMPLOYEES, REVENUE, CREATED, COLUMN_COUNT };

static const PlanField org[] = {
    {SLICE_INIT("Id"), ROW_TEXT, false, false},
    {SLICE_INIT("SystemModstamp"), ROW_TIME, false, false},
    {SLICE_INIT("IsDeleted"), ROW_BOOL, false, false},
    {SLICE_INIT("MasterRecordId"), ROW_TEXT, false, false},
    {SLICE_INIT("Name"), ROW_TEXT, false, false},
    {SLICE_INIT("NumberOfEmployees"), ROW_INT64, false, false},
    {SLICE_INIT("AnnualRevenue"), ROW_DOUBLE, false, false},
    {SLICE_INIT("CreatedDate"), ROW_TIME, false, false},
};
static const char header[] =
    "AnnualRevenue,Id,name,SystemModstamp,CreatedDate,IsDeleted,MasterRecordId,NumberOfEmployees\n";
static const char *const names[COLUMN_COUNT] = {"name", "employees", "revenue", "created"};

typedef struct World {
    TestAllocator memory;
    Arena arena;
    Plan *plan;
    Mapper mapper;
    CsvReader csv;
    RowWriter rows;
    Error error;
    bool header_done;
} World;

static CsvAnswer take_row(void *context, const Slice *fields, uint32_t count)
{
    World *world = context;
    const MapperRecord record = {fields, count, world->csv.row};
    world->error = world->header_done ? mapper_row(&world->mapper, &record, 5000, &world->rows)
                                      : mapper_header(&world->mapper, fields, count);
    world->header_done = true;
    return world->error.code == ERROR_OK ? CSV_MORE : CSV_STOP;
}

static void begin_with(World *world, const PlanMappings *mappings)
{
    *world = (World){.header_done = false};
    test_allocator_init(&world->memory);
    arena_init(&world->arena, &world->memory.allocator, 0);
    CHECK_ERROR(
        plan_make(&world->arena, SOURCE_ACCOUNT, org, sizeof org / sizeof org[0], mappings, &world->plan),
        ERROR_OK, "plan");
    CHECK_ERROR(mapper_init(&world->mapper, &world->arena, world->plan), ERROR_OK, "mapper");
    row_writer_init(&world->rows, &world->arena, &world->plan->table, 0);
}

static void begin(World *world)
{
    const PlanMappings none = {.count = 0};
    begin_with(world, &none);
}

static void read(World *world, Slice text)
{
    size_t taken = 0;
    const CsvSink sink = {take_row, world};
    CHECK_ERROR(csv_reader_init(&world->csv, &world->arena, sink, NULL), ERROR_OK, "reader");
    world->header_done = false;
    (void)csv_reader_feed(&world->csv, slice_from_text(header), false, &taken);
    (void)csv_reader_feed(&world->csv, text, true, &taken);
}

static void end(World *world)
{
    mapper_free(&world->mapper);
    arena_free(&world->arena);
    CHECK_INT(world->memory.bytes, 0, "all memory is given back");
}

static RowBatch finish(World *world)
{
    Slice bytes = {NULL, 0};
    RowBatch batch = {0};
    CHECK_ERROR(world->error, ERROR_OK, "rows");
    CHECK_ERROR(row_writer_finish(&world->rows, &bytes), ERROR_OK, "finish");
    CHECK_ERROR(row_batch_open(&batch, bytes, &world->plan->table), ERROR_OK, "batch");
    return batch;
}

static uint32_t column(const World *world, const char *name)
{
    for (uint32_t i = 0; i < world->plan->table.column_count; i++) {
        if (slice_equal(world->plan->table.columns[i].name, slice_from_text(name))) {
            return i;
        }
    }
    CHECK_NAMED(false, name);
    return 0;
}

static void reads_columns_by_name(void)
{
    World world;
    begin(&world);
    read(&world,
         SLICE("1.5,001A,\"Ac\"\"me\",2026-01-02T03:04:05.000Z,2020-01-01T00:00:00.000+0000,true,001B,7.0\r\n"
               ",001C,,2026-01-02T03:04:05.000+0000,,false,,\n"));
    const RowBatch batch = finish(&world);
    CHECK_INT(batch.row_count, 2, "rows");
    const RowView full = row_at(&batch, 0);
    CHECK_TEXT(row_text(full, PLAN_ID), SLICE("001A"), "id");
    CHECK_INT(row_int64(full, PLAN_STAMP), INT64_C(1767323045000), "stamp");
    CHECK_INT(row_int64(full, PLAN_SEEN), 5000, "seen");
    CHECK(row_bool(full, PLAN_DELETED));
    CHECK_TEXT(row_text(full, PLAN_MASTER_ID), SLICE("001B"), "master");
    CHECK_TEXT(row_text(full, column(&world, names[NAME])), SLICE("Ac\"me"), "a doubled quote");
    CHECK_INT(row_int64(full, column(&world, names[EMPLOYEES])), 7, "an integer that has a fraction of zero");
    CHECK(row_double(full, column(&world, names[REVENUE])) == 1.5);
    CHECK_INT(row_int64(full, column(&world, names[CREATED])), INT64_C(1577836800000), "created");
    const RowView empty = row_at(&batch, 1);
    CHECK_INT(row_int64(empty, PLAN_STAMP), row_int64(full, PLAN_STAMP), "both forms of a time are one time");
    for (int i = 0; i < COLUMN_COUNT; i++) {
        CHECK_INT(row_state(empty, column(&world, names[i])), ROW_NULL, names[i]);
    }
    CHECK_INT(row_state(empty, column(&world, "parent_id")), ROW_NULL, "a field that the org lacks");
    end(&world);
}

/* Lists become texts as Salesforce has them; what is no finite number, or no text, is an error, never null.
 */
static void keeps_what_expressions_give(void)
{
    static const PlanMapping items[] = {
        {SLICE_INIT("words"), SLICE_INIT("record.Name.split(' ').filter(w, w != 'x')"), false},
        {SLICE_INIT("each"), SLICE_INIT("record.AnnualRevenue / double(record.NumberOfEmployees)"), false}};
    const PlanMappings mappings = {.items = items, .count = 2};
    World world;
    begin_with(&world, &mappings);
    read(&world, SLICE("6,001000000000001AAA,a x b,2026-01-02T03:04:05Z,,false,,4\n"
                       "6,001000000000002AAA,x,2026-01-02T03:04:05Z,,false,,0\n"
                       "6,001000000000003AAA,a;b,2026-01-02T03:04:05Z,,false,,\n"));
    const RowBatch batch = finish(&world);
    const uint32_t words = column(&world, "words");
    const uint32_t each = column(&world, "each");
    CHECK_INT(world.plan->table.columns[words].type, ROW_LIST, "a list");
    CHECK_TEXT(row_text(row_at(&batch, 0), words), SLICE("a;b"), "joined");
    CHECK_NAMED(row_double(row_at(&batch, 0), each) == 1.5, "a quotient");
    CHECK_INT(row_state(row_at(&batch, 1), words), ROW_VALUE, "an empty list is known");
    CHECK_TEXT(row_text(row_at(&batch, 1), words), SLICE(""), "and empty");
    CHECK_INT(row_state(row_at(&batch, 1), each), ROW_NULL, "infinity");
    CHECK_INT(row_state(row_at(&batch, 2), words), ROW_NULL, "the mark in an element");
    CHECK_INT(row_state(row_at(&batch, 2), each), ROW_NULL, "unknown, and no error");
    CHECK_INT(world.mapper.bad_results, 2, "errors");
    end(&world);
}

static void mends_what_is_wrong(void)
{
    World world;
    begin(&world);
    read(&world,
         SLICE("x,001A,caf\xC3\xA9 \xFF\xE2\x82,2026-01-02T03:04:05Z,2020-02-30T00:00:00.000Z,false,,7x\n"
               "1,001B,\"a\xC3\0\xA9\",2026-01-02T03:04:05Z,,false,,\n"));
    const RowBatch batch = finish(&world);
    const RowView row = row_at(&batch, 0);
    CHECK_TEXT(row_text(row, column(&world, names[NAME])), SLICE("caf\xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD"),
               "one U+FFFD for each maximal part");
    CHECK_INT(row_state(row, column(&world, names[REVENUE])), ROW_NULL, "no number");
    CHECK_INT(row_state(row, column(&world, names[EMPLOYEES])), ROW_NULL, "no integer");
    CHECK_INT(row_state(row, column(&world, names[CREATED])), ROW_NULL, "a date that does not exist");
    CHECK_TEXT(row_text(row_at(&batch, 1), column(&world, names[NAME])), SLICE("a\xC3\xA9"),
               "a NUL inside a letter is dropped before the text is judged");
    CHECK_INT(world.mapper.bad_text, 1, "texts");
    CHECK_INT(world.mapper.bad_values, 3, "values");
    end(&world);
}

/* A row of which a value is lost is named, once, with the first column that lost one. */
static void names_rows_that_are_not_as_they_came(void)
{
    World world;
    begin(&world);
    read(&world, SLICE("x,001000000000001AAA,Acme,2026-01-02T03:04:05Z,2026-01-02T03:04:05Z,false,,7x\n"
                       "7,001000000000002AAA,Acme,2026-01-02T03:04:05Z,2026-01-02T03:04:05Z,false,,7\n"
                       "7,001B,Acme,2026-01-02T03:04:05Z,,false,,x\n"));
    (void)finish(&world);
    CHECK_INT(world.mapper.rejected_rows, 2, "rows");
    CHECK_INT(world.mapper.rejected_kept, 1, "an id that is none is counted, not kept");
    CHECK_TEXT(slice_make(world.mapper.rejected[0].id, MAPPER_ID_BYTES), SLICE("001000000000001AAA"), "id");
    CHECK_NAMED(world.mapper.rejected[0].column.length != 0, "column");
    CHECK_TEXT(slice_make(world.mapper.rejected[0].text, world.mapper.rejected[0].text_bytes), SLICE("7x"),
               "what it had there");
    mapper_count_anew(&world.mapper);
    CHECK_INT(world.mapper.rejected_rows + world.mapper.rejected_kept + world.mapper.bad_values, 0, "anew");
    end(&world);
}

/* Of each pair of records: whether the hashes are equal. Stamp and id are not hashed. */
static void hashes_the_content(void)
{
    static const struct {
        const char *name;
        Slice second;
        bool equal;
    } cases[] = {
        {"another id and stamp", SLICE_INIT("1,002,ab,2027-01-02T03:04:05Z,,false,,1\n"), true},
        {"quotes around values", SLICE_INIT("\"1\",\"001\",\"ab\",2026-01-02T03:04:05Z,,false,,\"1\"\n"),
         true},
        {"another text of the same length", SLICE_INIT("1,001,ac,2026-01-02T03:04:05Z,,false,,1\n"), false},
        {"deleted", SLICE_INIT("1,001,ab,2026-01-02T03:04:05Z,,true,,1\n"), false},
        {"null", SLICE_INIT("1,001,,2026-01-02T03:04:05Z,,false,,1\n"), false},
        {"text in the next column", SLICE_INIT("1,001,,2026-01-02T03:04:05Z,,false,ab,1\n"), false},
        {"another number", SLICE_INIT("1,001,ab,2026-01-02T03:04:05Z,,false,,2\n"), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World world;
        begin(&world);
        read(&world, SLICE("1,001,ab,2026-01-02T03:04:05Z,,false,,1\n"));
        read(&world, cases[i].second);
        const RowBatch batch = finish(&world);
        const bool equal = row_int64(row_at(&batch, 0), PLAN_HASH) == row_int64(row_at(&batch, 1), PLAN_HASH);
        CHECK_INT(equal, cases[i].equal, cases[i].name);
        end(&world);
    }
}

static void refuses_what_it_cannot_trust(void)
{
    static const struct {
        const char *name;
        Slice text;
    } cases[] = {
        {"a field is missing", SLICE_INIT("1,001,ab,2026-01-02T03:04:05Z,,false,\n")},
        {"no id", SLICE_INIT("1,,ab,2026-01-02T03:04:05Z,,false,,1\n")},
        {"no stamp", SLICE_INIT("1,001,ab,,,false,,1\n")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World world;
        begin(&world);
        read(&world, cases[i].text);
        CHECK_ERROR(world.error, ERROR_SF_PAGE_ROW, cases[i].name);
        end(&world);
    }
}

/* Of a refused value its beginning is kept, up to a letter that would be cut in two. */
static void keeps_the_beginning_of_what_was_refused(void)
{
    static const char before[] =
        "7,001000000000001AAA,Acme,2026-01-02T03:04:05Z,2026-01-02T03:04:05Z,false,,7";
    char row[sizeof before + MAPPER_REJECTED_BYTES + MAPPER_REJECTED_BYTES + 1];
    size_t length = sizeof before - 1;
    memcpy(row, before, length);
    for (int i = 0; i < MAPPER_REJECTED_BYTES; i++) {
        row[length++] = '\xC3';
        row[length++] = '\xA9';
    }
    row[length++] = '\n';
    World world;
    begin(&world);
    read(&world, slice_make(row, length));
    (void)finish(&world);
    const MapperRejected *rejected = &world.mapper.rejected[0];
    CHECK_INT(world.mapper.rejected_kept, 1, "rows");
    CHECK_INT(rejected->text_bytes, MAPPER_REJECTED_BYTES - 1, "\"7\" and 99 letters of two bytes");
    end(&world);
}

TEST_MAIN(reads_columns_by_name, keeps_what_expressions_give, mends_what_is_wrong,
          names_rows_that_are_not_as_they_came, keeps_the_beginning_of_what_was_refused, hashes_the_content,
          refuses_what_it_cannot_trust)
