/*
 * The rows of a Bulk job of scores: what the CSV says, what becomes of entries that cannot be sent, and that
 * a whole job of them fits in the memory that is meant for it.
 */
#include "sync/act/push_bulk_rows.h"

#include "test.h"

static const char fields[] = "{\"Perly_Health_Score__c\":87,\"Perly_Risk_Level__c\":\"High\","
                             "\"Perly_Last_Updated__c\":\"2026-11-23T08:00:00.000Z\"}";

typedef struct World {
    TestAllocator memory;
    BulkPush push;
} World;

static void begin(World *world, uint32_t room)
{
    *world = (World){.push = {.counts = NULL}};
    test_allocator_init(&world->memory);
    arena_init(&world->push.memory, &world->memory.allocator, 0);
    arena_init(&world->push.page, &world->memory.allocator, 0);
    outbox_items_init(&world->push.items, &world->push.memory, room, true);
    CHECK_ERROR(world->push.items.error, ERROR_OK, "room for items");
}

static void end(World *world)
{
    arena_free(&world->push.memory);
    arena_free(&world->push.page);
    CHECK_INT(world->memory.bytes, 0, "all memory is given back");
}

/* An entry as it is read from table outbox: its texts are copied. */
static void add(World *world, const char *json)
{
    OutboxItems *items = &world->push.items;
    char id[SF_ID_BYTES];
    char text[] = "001000000000000";
    for (uint32_t rest = items->count, at = sizeof text - 2; rest != 0; rest /= 10, at--) {
        text[at] = (char)('0' + rest % 10);
    }
    CHECK_ERROR(sf_id_normalise(slice_from_text(text), id), ERROR_OK, text);
    OutboxItem *item = &items->items[items->count++];
    *item = (OutboxItem){.kind = OUTBOX_FIELDS, .key = SLICE("0123456789abcdef0123456789abcdef01234567")};
    CHECK(arena_keep(items->arena, slice_make(id, sizeof id), &item->account_id));
    CHECK(arena_keep(items->arena, slice_from_text(json), &item->fields));
}

static void writes_a_row_an_entry(void)
{
    World world;
    begin(&world, 6);
    add(&world, fields);
    add(&world, "{\"Perly_Health_Score__c\":null,\"Perly_Risk_Level__c\":null}");
    add(&world, "{\"Perly_Health_Score__c\":[1]}");
    add(&world, "{\"Perly_Health_Score__c\":");
    add(&world, "{\"Perly_Risk_Level__c\":\"a \\\"b\\\"\"}");
    add(&world, "{\"Perly_Health_Score__c\":1,\"AnnualRevenue\":1}");
    const OutboxItem *items = world.push.items.items;
    CHECK_ERROR(bulk_rows_write(&world.push), ERROR_OK, "written");
    CHECK_TEXT(world.push.csv_text,
               SLICE("\"Id\",\"Perly_Health_Score__c\",\"Perly_Risk_Level__c\",\"Perly_Last_Updated__c\"\n"
                     "\"001000000000000AAA\",\"87\",\"High\",\"2026-11-23T08:00:00.000Z\"\n"
                     "\"001000000000001AAA\",\"#N/A\",\"#N/A\",\"\"\n"
                     "\"001000000000004AAA\",\"\",\"a \"\"b\"\"\",\"\"\n"),
               "the text");
    CHECK(!items[0].bad && items[0].has_score && items[0].score == 87);
    CHECK_TEXT(items[0].level, SLICE("High"), "what the first shows");
    CHECK(!items[1].bad && !items[1].has_score && items[1].level.length == 0);
    CHECK_ERROR(items[2].error, ERROR_JSON_TYPE, "a list is no value");
    CHECK_TEXT(items[2].error.message, SLICE("not a value of a field"), "its message");
    CHECK_TEXT(items[2].error.place.pointer, SLICE("/Perly_Health_Score__c"), "its place");
    CHECK_ERROR(items[3].error, ERROR_JSON_SYNTAX, "half a document");
    CHECK_ERROR(items[5].error, ERROR_JSON_TYPE, "a field of the customer's");
    CHECK(items[2].bad && items[3].bad && items[5].bad);
    end(&world);
}

/* What is kept of an entry is its row of the text, not the document that it was read from. */
static void keeps_no_document(void)
{
    World world;
    begin(&world, BULK_PUSH_ROWS_MAX);
    for (uint32_t i = 0; i < BULK_PUSH_ROWS_MAX; i++) {
        add(&world, fields);
    }
    const size_t before = world.memory.bytes;
    CHECK_ERROR(bulk_rows_write(&world.push), ERROR_OK, "written");
    CHECK_INT(world.push.items.count, BULK_PUSH_ROWS_MAX, "all of them");
    const size_t grown = world.memory.bytes_peak - before;
    CHECK_NAMED(grown < (2 << 20) + (128 << 10), "the text's buffer, and a page of the arena");
    end(&world);
}

/* The sum of texts is bounded: entries beyond it wait for the next job. */
static void leaves_what_is_too_much_to_the_next_job(void)
{
    World world;
    static char large[2048];
    const int length = snprintf(large, sizeof large, "{\"Perly_Risk_Level__c\":\"%01500d\"}", 0);
    CHECK(length > 1500);
    begin(&world, 4000);
    for (uint32_t i = 0; i < 4000; i++) {
        add(&world, large);
    }
    CHECK_ERROR(bulk_rows_write(&world.push), ERROR_OK, "written");
    CHECK(world.push.items.count > 2000 && world.push.items.count < 4000);
    CHECK(world.push.csv_text.length < BULK_PUSH_BYTES_MAX + sizeof large);
    end(&world);
}

TEST_MAIN(writes_a_row_an_entry, keeps_no_document, leaves_what_is_too_much_to_the_next_job)
