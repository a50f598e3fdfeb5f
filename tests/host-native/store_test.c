/* The SQLite adapter by itself; tests/store judges it together with the others. */
#include "perly/host.h"
#include "records.h"
#include "test.h"
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/perly-store-XXXXXX";
static char path[64];
static int databases;

static void expect(NativeEnd end, uint32_t wanted, const char *name)
{
    CHECK_INT(end.end, wanted, name);
    if (end.end != wanted) {
        (void)fprintf(stderr, "  %.*s\n", (int)end.payload.length, end.payload.bytes);
    }
    native_end_free(&end);
}

static NativeEnd apply(NativeStore *store, NativeBuffer *record)
{
    const NativeEnd end = native_store_apply(store, record->bytes, record->length);
    native_buffer_free(record);
    return end;
}

/* The first column of the rows of a SELECT, joined by spaces. */
static void expect_rows(NativeStore *store, const char *sql, uint32_t batch_bytes, const char *wanted)
{
    NativeBuffer record = {0};
    NativeBuffer rows = {0};
    NativeBuffer joined = {0};
    NativeQuery *query = NULL;
    records_query(&record, sql, sql, batch_bytes);
    expect(native_store_query(store, record.bytes, record.length, &query), PERLY_END_OK, sql);
    if (query != NULL) {
        do {
            expect(native_query_rows(query, &rows), PERLY_END_OK, sql);
            NativeBatch batch = {0};
            if (rows.length > 0 && native_batch_open(&batch, (NativeText){rows.bytes, rows.length}, 1)) {
                for (uint32_t i = 0; i < batch.row_count; i++) {
                    NativeText text = NATIVE_TEXT("?");
                    (void)native_row_text(&batch, native_batch_row(&batch, i), 0, &text);
                    native_buffer_text(&joined, joined.length > 0 ? " " : "");
                    native_buffer_slice(&joined, text);
                }
            }
        } while (rows.length > 0);
        native_query_close(query);
    }
    CHECK_TEXT(((Slice){joined.length > 0 ? joined.bytes : "", joined.length}), slice_from_text(wanted), sql);
    native_buffer_free(&record);
    native_buffer_free(&rows);
    native_buffer_free(&joined);
}

static NativeStore *fresh(void)
{
    NativeStore *store = NULL;
    NativeBuffer record = {0};
    (void)snprintf(path, sizeof path, "%s/%d.db", folder, ++databases);
    expect(native_store_open(path, &store), PERLY_END_OK, "open");
    records_schema(&record, 1, "one");
    expect(native_store_migrate(store, record.bytes, record.length), PERLY_END_OK, "migrate");
    native_buffer_free(&record);
    return store;
}

static const RecordsRow three[] = {{"001a", "Acme", 1, 1000, 1000, 1.5},
                                   {"001b", NULL, 2, 1000, 1000, 2.5},
                                   {"001c", "", 3, 1000, 1000, -0.0}};

static NativeEnd write_three(NativeStore *store)
{
    NativeBuffer record = {0};
    native_record_put_u32(&record, 1);
    records_upsert(&record, three, 3);
    return apply(store, &record);
}

static void writes_and_reads(void)
{
    NativeStore *store = fresh();
    struct stat status;
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    expect(write_three(store), PERLY_END_OK, "three rows");
    const RecordsRow again = {"001a", "Acme 2", 9, 2000, 2000, 3};
    NativeBuffer record = {0};
    native_record_put_u32(&record, 1);
    records_upsert(&record, &again, 1);
    NativeEnd end = apply(store, &record);
    CHECK_INT(end.payload.length, 4, "one count");
    expect(end, PERLY_END_OK, "one row again");
    static const char values[] =
        "SELECT id || '/' || coalesce(name, 'null') || '/' || stamp || '/' || seen FROM account ORDER BY id";
    static const char wanted[] = "001a/Acme 2/1970-01-01T00:00:02.000Z/1970-01-01T00:00:01.000Z "
                                 "001b/null/1970-01-01T00:00:01.000Z/1970-01-01T00:00:01.000Z "
                                 "001c//1970-01-01T00:00:01.000Z/1970-01-01T00:00:01.000Z";
    expect_rows(store, values, 1 << 20, wanted);
    expect_rows(store, values, 1, wanted); /* a row a batch */
    CHECK(native_store_settle(store));
    native_store_close(store);
}

static void guards_hold(void)
{
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    expect(write_three(store), PERLY_END_OK, "three rows");
    native_record_put_u32(&record, 2);
    records_statement(&record, "clear", "DELETE FROM account");
    records_guard(&record, "none", "UPDATE account SET hash = 1 WHERE id = 'x'", 1);
    expect(apply(store, &record), PERLY_END_GUARD, "guard");
    expect_rows(store, "SELECT count(*) FROM account", 100, "3");
    native_record_put_u32(&record, 2);
    records_guard(&record, "one", "UPDATE account SET hash = 1 WHERE id = '001a'", 1);
    records_statement(&record, "wrong", "DELETE FROM nothing");
    expect(apply(store, &record), PERLY_END_FAILED, "a table that is not there");
    native_record_put_u32(&record, 2);
    records_guard(&record, "one", "UPDATE account SET hash = 1 WHERE id = '001a'", 1);
    records_statement(&record, "clear", "DELETE FROM account");
    NativeEnd end = apply(store, &record);
    uint32_t counts[2] = {0};
    CHECK_INT(end.payload.length, sizeof counts, "two counts");
    memcpy(counts, end.payload.bytes, sizeof counts);
    CHECK_INT(counts[1], 3, "a DELETE of everything counts its rows");
    expect(end, PERLY_END_OK, "guard and run");
    native_store_close(store);
}

static void compares(void)
{
    static const RecordsRow asked[] = {{"001a", NULL, 1, 0, 0, 0},
                                       {"001b", NULL, 9, 1000, 1000, 0},
                                       {"001c", NULL, 9, 999, 5000, 0},
                                       {"001d", NULL, 9, 1000, 1000, 0},
                                       {"001c", NULL, 9, 1000, 999, 0}};
    static const unsigned char wanted[8] = {PERLY_COMPARE_SAME, PERLY_COMPARE_DIFFERENT, PERLY_COMPARE_OLDER,
                                            PERLY_COMPARE_ABSENT, PERLY_COMPARE_OLDER};
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    expect(write_three(store), PERLY_END_OK, "three rows");
    records_compare(&record, asked, 5);
    NativeEnd end = native_store_compare(store, record.bytes, record.length);
    CHECK_INT(end.end, PERLY_END_OK, "compare");
    NativeRecord answer = native_record_open(end.payload.bytes, end.payload.length);
    CHECK_INT(native_record_u32(&answer), 5, "verdicts");
    CHECK(memcmp(end.payload.bytes + 4, wanted, sizeof wanted) == 0);
    answer.at += sizeof wanted;
    NativeBatch old = {0};
    CHECK(native_batch_open(&old, native_record_batch(&answer), 3));
    CHECK_INT(old.row_count, 1, "one old row");
    CHECK_INT(native_row_state(native_batch_row(&old, 0), 1), NATIVE_NULL, "its name is null");
    native_end_free(&end);
    native_buffer_free(&record);
    native_store_close(store);
}

static void loads(void)
{
    static const RecordsRow twice[] = {{"001b", "newest", 1, 2000, 1, 1}, {"001b", "late", 1, 1999, 2, 1}};
    static const char indexes[] =
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'account' ORDER BY name";
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    native_record_put_u32(&record, 3);
    records_load(&record, PERLY_OP_LOAD_BEGIN, "account");
    records_load(&record, PERLY_OP_LOAD_BEGIN, "account");
    records_upsert(&record, three, 3);
    expect(apply(store, &record), PERLY_END_OK, "load");
    expect_rows(store, indexes, 100, "");
    native_store_close(store); /* a crash, as far as the load is concerned */
    expect(native_store_open(path, &store), PERLY_END_OK, "open again");
    native_record_put_u32(&record, 3);
    records_upsert(&record, &twice[0], 1);
    records_upsert(&record, &twice[1], 1);
    records_load(&record, PERLY_OP_LOAD_END, "account");
    expect(apply(store, &record), PERLY_END_OK, "end of load");
    expect_rows(store, indexes, 100, "account_key account_score");
    expect_rows(store, "SELECT id || coalesce(name, '-') FROM account ORDER BY id", 100,
                "001aAcme 001bnewest 001c");
    native_record_put_u32(&record, 2);
    records_load(&record, PERLY_OP_LOAD_END, "account");
    records_load(&record, PERLY_OP_LOAD_BEGIN, "account");
    expect(apply(store, &record), PERLY_END_OK, "neither does anything on a table with rows");
    expect_rows(store, indexes, 100, "account_key account_score");
    native_store_close(store);
}

static void migrates(void)
{
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    expect(write_three(store), PERLY_END_OK, "three rows");
    records_schema(&record, 2, "two");
    expect(native_store_migrate(store, record.bytes, record.length), PERLY_END_OK, "number 2");
    expect_rows(store, "SELECT name FROM account_names", 100, "migrated migrated migrated");
    expect(write_three(store), PERLY_END_OK, "three rows again");
    expect(native_store_migrate(store, record.bytes, record.length), PERLY_END_OK, "number 2 again");
    expect_rows(store, "SELECT coalesce(name, '-') FROM account_names", 100, "Acme - ");
    for (size_t cut = 0; cut < record.length; cut++) {
        char *copy = malloc(cut + 1);
        memcpy(copy, record.bytes, cut);
        NativeEnd end = native_store_migrate(store, copy, cut);
        CHECK(end.end == PERLY_END_FAILED || cut > record.length - 4);
        native_end_free(&end);
        free(copy);
    }
    native_buffer_free(&record);
    records_schema(&record, 1, "one");
    expect(native_store_migrate(store, record.bytes, record.length), PERLY_END_OK, "an older version");
    expect_rows(store, "SELECT number || hash FROM perly_schema", 100, "2two");
    native_buffer_free(&record);
    native_store_close(store);
}

static void queries_are_snapshots(void)
{
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    NativeBuffer rows = {0};
    NativeQuery *query = NULL;
    expect(write_three(store), PERLY_END_OK, "three rows");
    records_query(&record, "ids", "SELECT id FROM account", 1);
    expect(native_store_query(store, record.bytes, record.length, &query), PERLY_END_OK, "query");
    native_buffer_free(&record);
    native_record_put_u32(&record, 1);
    records_statement(&record, "clear", "DELETE FROM account");
    expect(apply(store, &record), PERLY_END_OK, "delete");
    int batches = 0;
    do {
        expect(native_query_rows(query, &rows), PERLY_END_OK, "rows");
        batches += rows.length > 0 ? 1 : 0;
    } while (rows.length > 0);
    CHECK_INT(batches, 3, "the rows of before the delete");
    native_query_close(query);
    native_buffer_free(&rows);
    native_store_close(store);
}

static void is_busy_and_full(void)
{
    NativeStore *store = fresh();
    sqlite3 *other = NULL;
    CHECK(sqlite3_open(path, &other) == SQLITE_OK);
    CHECK(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    expect(write_three(store), PERLY_END_BUSY, "somebody else writes");
    CHECK(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
    (void)sqlite3_close(other);
    native_store_close(store);
    CHECK(setenv("PERLY_TEST_STORE_PAGES", "10", 1) == 0);
    expect(native_store_open(path, &store), PERLY_END_OK, "open with a bound");
    CHECK(unsetenv("PERLY_TEST_STORE_PAGES") == 0);
    char long_name[40000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    uint32_t end = PERLY_END_OK;
    for (int i = 0; i < 20 && end == PERLY_END_OK; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%d", i);
        const RecordsRow row = {id, long_name, i, i, i, i};
        NativeBuffer record = {0};
        native_record_put_u32(&record, 1);
        records_upsert(&record, &row, 1);
        NativeEnd one = apply(store, &record);
        end = one.end;
        native_end_free(&one);
    }
    CHECK_INT(end, PERLY_END_FULL, "no space left");
    native_store_close(store);
}

/* Every prefix of a good record, and the record with each byte changed, ends somehow and breaks nothing. */
static void survives_hostile_records(void)
{
    NativeStore *store = fresh();
    NativeBuffer record = {0};
    NativeBuffer query = {0};
    native_record_put_u32(&record, 3);
    records_upsert(&record, three, 3);
    records_guard(&record, "g", "UPDATE account SET hash = 1", 3);
    records_load(&record, PERLY_OP_LOAD_END, "account");
    records_query(&query, "q", "SELECT id FROM account", 10);
    int ok = 0;
    for (size_t i = 0; i < record.length; i++) {
        char *copy = malloc(record.length);
        memcpy(copy, record.bytes, record.length);
        copy[i] = (char)(copy[i] ^ 0x81);
        NativeEnd end = native_store_apply(store, copy, record.length);
        ok += end.end == PERLY_END_OK ? 1 : 0;
        native_end_free(&end);
        free(copy);
        copy = malloc(i + 1);
        memcpy(copy, record.bytes, i);
        end = native_store_apply(store, copy, i);
        CHECK(end.end == PERLY_END_FAILED || i > record.length - 4); /* only padding is missing */
        native_end_free(&end);
        free(copy);
    }
    CHECK(ok > 0);
    for (size_t i = 0; i < query.length; i++) {
        NativeQuery *open = NULL;
        char *copy = malloc(query.length);
        memcpy(copy, query.bytes, query.length);
        copy[i] = (char)(copy[i] ^ 0x81);
        NativeEnd end = native_store_query(store, copy, query.length, &open);
        CHECK((open != NULL) == (end.end == PERLY_END_OK));
        native_end_free(&end);
        if (open != NULL) {
            native_query_close(open);
        }
        free(copy);
    }
    native_buffer_free(&record);
    native_buffer_free(&query);
    native_store_close(store);
}

static void makes_folder(void)
{
    CHECK(mkdtemp(folder) != NULL);
}

static void removes_folder(void)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (int number = 1; number <= databases; number++) {
        for (int i = 0; i < 3; i++) {
            char name[64];
            (void)snprintf(name, sizeof name, "%s/%d.db%s", folder, number, endings[i]);
            (void)unlink(name);
        }
    }
    CHECK_INT(rmdir(folder), 0, folder);
}

TEST_MAIN(makes_folder, writes_and_reads, guards_hold, compares, loads, migrates, queries_are_snapshots,
          is_busy_and_full, survives_hostile_records, removes_folder)
