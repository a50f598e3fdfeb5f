/*
 * Changed rows collected over batches: which ones wait, a key that comes again while its row waits, and that
 * any order of rows ends as if each had been written at once.
 */
#include "sync/pull/batch.h"

#include "perly/host.h"
#include "test.h"

enum { KEYS = 40, BATCH_ROWS = 16, ROUNDS = 300, BATCHES = 12, SEEN = 9000 };

static const PlanField org[] = {
    {SLICE_INIT("Id"), ROW_TEXT, false, false},        {SLICE_INIT("SystemModstamp"), ROW_TIME, false, false},
    {SLICE_INIT("IsDeleted"), ROW_BOOL, false, false}, {SLICE_INIT("MasterRecordId"), ROW_TEXT, false, false},
    {SLICE_INIT("Name"), ROW_TEXT, false, false},
};

typedef struct Version {
    int64_t stamp;
    int64_t hash;
} Version;

typedef struct World {
    TestAllocator memory;
    Arena plan_arena;
    Arena arena; /* of a batch */
    Plan *plan;
    RowWriter rows;
    Collected collected;
    Version stored[KEYS];
    int64_t known_ms; /* end of the pull before */
    uint64_t state;
} World;

static void begin(World *world, uint64_t seed)
{
    *world = (World){.state = seed * 2 + 1};
    test_allocator_init(&world->memory);
    arena_init(&world->plan_arena, &world->memory.allocator, 0);
    arena_init(&world->arena, &world->memory.allocator, 0);
    CHECK_ERROR(plan_make(&world->plan_arena, SOURCE_ACCOUNT, org, sizeof org / sizeof org[0],
                          &(PlanMappings){.count = 0}, &world->plan),
                ERROR_OK, "plan");
    collected_open(&world->collected, &world->memory.allocator, &world->plan->table);
}

static void end(World *world)
{
    collected_close(&world->collected);
    arena_free(&world->arena);
    arena_free(&world->plan_arena);
    CHECK_INT(world->memory.bytes, 0, "all memory is given back");
}

static uint32_t below(World *world, uint32_t limit)
{
    world->state = world->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->state >> 33) % limit;
}

static void begin_rows(World *world)
{
    arena_reset(&world->arena);
    row_writer_init(&world->rows, &world->arena, &world->plan->table, 0);
}

static void key_text(uint32_t key, char text[3])
{
    text[0] = 'K';
    text[1] = (char)('0' + key / 10);
    text[2] = (char)('0' + key % 10);
}

static uint32_t key_of(RowView row)
{
    const Slice id = row_text(row, PLAN_ID);
    return (uint32_t)(id.data[1] - '0') * 10 + (uint32_t)(id.data[2] - '0');
}

static void add_row(World *world, uint32_t key, Version version)
{
    char text[3];
    key_text(key, text);
    row_writer_begin(&world->rows);
    for (uint32_t i = 0; i < world->plan->table.column_count; i++) {
        row_writer_null(&world->rows, i);
    }
    row_writer_text(&world->rows, PLAN_ID, slice_make(text, sizeof text));
    row_writer_time(&world->rows, PLAN_STAMP, version.stamp);
    row_writer_time(&world->rows, PLAN_SEEN, SEEN);
    row_writer_int64(&world->rows, PLAN_HASH, version.hash);
    CHECK_ERROR(row_writer_end(&world->rows), ERROR_OK, "row");
}

/* What a storage answers to batch_sieve. */
static Slice answer_of(World *world, const Batch *batch)
{
    static const RowColumn key_column = {SLICE_INIT("id"), ROW_TEXT};
    static const RowSchema key_schema = {&key_column, 1};
    Buffer record;
    RowWriter none;
    buffer_init(&record, &world->arena, 0);
    row_writer_init(&none, &world->arena, &key_schema, 0);
    record_uint32(&record, batch->count);
    for (uint32_t i = 0; i < batch->count; i++) {
        const RowView row = row_at(&batch->rows, batch->order[i]);
        const Version stored = world->stored[key_of(row)];
        const uint32_t verdict = stored.stamp == 0                          ? PERLY_COMPARE_ABSENT
                                 : stored.hash == row_int64(row, PLAN_HASH) ? PERLY_COMPARE_SAME
                                                                            : PERLY_COMPARE_DIFFERENT;
        buffer_append_byte(&record, (char)verdict);
    }
    while (record.length % 4 != 0) {
        buffer_append_byte(&record, 0);
    }
    record_rows(&record, &none);
    CHECK(!record.failed);
    return buffer_slice(&record);
}

/* Opens the rows as a batch and sieves it; how many were unchanged. */
static uint32_t sieve(World *world)
{
    Batch batch;
    CHECK_ERROR(batch_open(&batch, &world->arena, world->plan, &world->rows, world->known_ms), ERROR_OK,
                "open");
    CHECK_ERROR(batch_sieved(&batch, answer_of(world, &batch), &world->collected), ERROR_OK, "sieved");
    CHECK(!batch_next(&batch, 100)); /* nothing is left of it */
    return batch.unchanged;
}

/* One row as the storage takes it: a newer one stays; of an equal one the stamp is raised. */
static void take(Version *stored, Version version)
{
    if (version.stamp >= stored->stamp) {
        *stored = version;
    }
}

/* Writes what was collected, in parts, as batch_compare's answer tells; checks the order of Id. */
static void flush(World *world)
{
    Batch batch;
    uint32_t last = 0;
    uint32_t taken = 0;
    arena_reset(&world->arena);
    CHECK_ERROR(batch_open(&batch, &world->arena, world->plan, &world->collected.rows, world->known_ms),
                ERROR_OK, "flush");
    while (batch_next(&batch, 400)) {
        for (uint32_t i = batch.from; i < batch.to; i++) {
            const RowView row = row_at(&batch.rows, batch.order[i]);
            const uint32_t key = key_of(row);
            CHECK(taken++ == 0 || key > last);
            last = key;
            take(&world->stored[key], (Version){row_int64(row, PLAN_STAMP), row_int64(row, PLAN_HASH)});
        }
    }
    CHECK_INT(taken, batch.count, "the parts are all of it");
    collected_clear(&world->collected);
    CHECK(collected_is_empty(&world->collected));
}

static void unchanged_rows_do_not_wait(void)
{
    World world;
    begin(&world, 1);
    world.stored[1] = (Version){100, 11};
    world.stored[2] = (Version){100, 22};
    begin_rows(&world);
    add_row(&world, 3, (Version){200, 33});
    add_row(&world, 2, (Version){200, 23});
    add_row(&world, 1, (Version){100, 11});
    world.known_ms = 150;
    CHECK_INT(sieve(&world), 1, "one is as it was");
    CHECK_INT(world.collected.rows.row_count, 2, "a changed one and a new one wait");
    CHECK(collected_may_have(&world.collected, SLICE("K02")));
    CHECK(collected_may_have(&world.collected, SLICE("K03")));
    CHECK(!collected_may_have(&world.collected, SLICE("K01")));
    flush(&world);
    CHECK(!collected_may_have(&world.collected, SLICE("K02")));
    CHECK_INT(world.stored[2].hash, 23, "changed");
    CHECK_INT(world.stored[3].hash, 33, "new");
    end(&world);
}

/* It became another one and the old one again, while the org was read. */
static void a_key_that_comes_again_waits_too(void)
{
    World world;
    begin(&world, 1);
    world.stored[1] = (Version){100, 11};
    begin_rows(&world);
    add_row(&world, 1, (Version){200, 12});
    CHECK_INT(sieve(&world), 0, "changed");
    begin_rows(&world);
    add_row(&world, 1, (Version){300, 11});
    CHECK_INT(sieve(&world), 0, "as the stored one, but that is about to change");
    CHECK_INT(world.collected.rows.row_count, 2, "both wait");
    flush(&world);
    CHECK_INT(world.stored[1].hash, 11, "the newest counts");
    end(&world);
}

/* It was modified since the last pull, and is what it was: an older version may come after it. */
static void an_unchanged_row_that_is_newer_waits(void)
{
    World world;
    begin(&world, 1);
    world.known_ms = 150;
    world.stored[1] = (Version){100, 11};
    begin_rows(&world);
    add_row(&world, 1, (Version){300, 11});
    CHECK_INT(sieve(&world), 0, "its stamp is to be raised");
    flush(&world);
    begin_rows(&world);
    add_row(&world, 1, (Version){200, 12});
    CHECK_INT(sieve(&world), 0, "another one");
    flush(&world);
    CHECK_INT(world.stored[1].hash, 11, "the newest counts");
    end(&world);
}

static void any_order_ends_as_if_written_at_once(void)
{
    World world;
    begin(&world, 7);
    for (int round = 0; round < ROUNDS; round++) {
        Version want[KEYS];
        world.known_ms = 1 + round / 2 * 10;
        memcpy(want, world.stored, sizeof want);
        for (int i = 0; i < BATCHES; i++) {
            begin_rows(&world);
            for (int row = 0; row < BATCH_ROWS; row++) {
                const uint32_t key = below(&world, KEYS);
                const int64_t stamp = world.known_ms + (int64_t)below(&world, 10); /* rounds overlap */
                const Version version = {stamp, stamp % 4};                        /* values come again */
                add_row(&world, key, version);
                take(&want[key], version);
            }
            (void)sieve(&world);
            if (below(&world, 4) == 0) {
                flush(&world);
            }
        }
        flush(&world);
        for (uint32_t key = 0; key < KEYS; key++) {
            CHECK_INT(world.stored[key].hash, want[key].hash, "the same row");
        }
    }
    end(&world);
}

static void is_full_at_its_size(void)
{
    World world;
    begin(&world, 1);
    uint32_t rows = 0;
    while (!collected_is_full(&world.collected)) {
        begin_rows(&world);
        for (uint32_t key = 0; key < KEYS; key++) {
            add_row(&world, key, (Version){100, 1});
        }
        const RowBatch batch = row_writer_view(&world.rows);
        for (uint32_t key = 0; key < KEYS; key++) {
            CHECK_ERROR(collected_add(&world.collected, &batch, key), ERROR_OK, "add");
        }
        rows += KEYS;
    }
    CHECK_INT(world.collected.rows.row_count, rows, "rows");
    CHECK(row_writer_bytes(&world.collected.rows) >= COLLECTED_BYTES);
    end(&world);
}

/* Each allocation fails once: an error, and what waits is as before. */
static void memory_runs_out(void)
{
    long calls = 1;
    for (bool failed = true; failed; calls++) {
        World world;
        begin(&world, 1);
        begin_rows(&world);
        for (uint32_t key = 0; key < KEYS; key++) {
            add_row(&world, key, (Version){100, 1});
        }
        const RowBatch batch = row_writer_view(&world.rows);
        world.memory.fail_at = world.memory.calls + calls;
        Error error = ERROR_NONE;
        uint32_t added = 0;
        while (added < KEYS && error.code == ERROR_OK) {
            error = collected_add(&world.collected, &batch, added);
            added += error.code == ERROR_OK ? 1 : 0;
        }
        failed = world.memory.calls >= world.memory.fail_at;
        CHECK(error.code == ERROR_OK || error.code == ERROR_OUT_OF_MEMORY);
        CHECK_INT(world.collected.rows.row_count, added, "what was added before stays");
        world.memory.fail_at = 0;
        end(&world);
    }
    CHECK(calls > 2);
}

TEST_MAIN(unchanged_rows_do_not_wait, a_key_that_comes_again_waits_too, an_unchanged_row_that_is_newer_waits,
          any_order_ends_as_if_written_at_once, is_full_at_its_size, memory_runs_out)
