/* perly/score.h as a host uses it: rows in, scores out, mistakes with their places, and memory that runs out.
 */
#include "perly/score.h"

#include "base/zones.h"
#include "score_scene.h"

static const Slice request = SLICE_INIT(
    "{\"config\":\"{\\\"model\\\":{\\\"components\\\":[{\\\"name\\\":\\\"size\\\",\\\"weight\\\":1,"
    "\\\"score\\\":\\\"double(account.employees)\\\"}]}}\",\"name\":\"scene.json\"}");

enum { NOW_MS = 1000000 };

/* One account, as a batch of the stored schema. */
static Slice account_rows(Scene *scene)
{
    const RowSchema *schema = &scene->model->schemas.entities[ENTITY_ACCOUNT].stored;
    RowWriter writer;
    Slice bytes = SLICE("");
    row_writer_init(&writer, &scene->arena, schema, 0);
    row_writer_begin(&writer);
    row_writer_text(&writer, STORED_ID, SLICE("001A"));
    row_writer_int64(&writer, schema_column(schema, SLICE("employees")), 90);
    CHECK_ERROR(row_writer_end(&writer), ERROR_OK, "row");
    CHECK_ERROR(row_writer_finish(&writer, &bytes), ERROR_OK, "batch");
    return bytes;
}

static Slice answer_of(const PerlyScore *score)
{
    size_t length = 0;
    const char *bytes = perly_score_answer(score, &length);
    return slice_make(bytes, length);
}

static bool answers(const PerlyScore *score, const char *text)
{
    return slice_find(answer_of(score), slice_from_text(text), 0) != SIZE_MAX;
}

static bool run(PerlyScore *score, Slice rows)
{
    return perly_score_open(score, request.data, request.length) == 1 &&
           perly_score_add(score, "account", 7, rows.data, rows.length) == 1 &&
           perly_score_run(score, NOW_MS) == 1;
}

static void rows_become_scores(void)
{
    Scene scene;
    TestAllocator memory;
    test_allocator_init(&memory);
    if (!scene_model(&scene, SLICE(""))) {
        return;
    }
    PerlyScore *score = perly_score_new(memory.allocator.resize, memory.allocator.context);
    CHECK(score != NULL && run(score, account_rows(&scene)));
    RowBatch batch;
    CHECK_ERROR(row_batch_open(&batch, answer_of(score), NULL), ERROR_OK, "scores");
    CHECK_INT(batch.row_count, 1, "accounts");
    CHECK_INT(row_int64(row_at(&batch, 0), 1), 90, "score");
    CHECK(perly_score_run(score, NOW_MS) == 1);
    CHECK_ERROR(row_batch_open(&batch, answer_of(score), NULL), ERROR_OK, "no scores");
    CHECK_INT(batch.row_count, 0, "rows are forgotten with their run");
    perly_score_free(score);
    CHECK_INT(memory.bytes, 0, "all is given back");
    arena_free(&scene.arena);
    arena_free(&scene.scratch);
}

static void mistakes_are_told(void)
{
    static const char wrong[] = "{\"config\":\"{\\\"model\\\":{\\\"signals\\\":{\\\"a\\\":\\\"1 +\\\"}}}\"}";
    TestAllocator memory;
    test_allocator_init(&memory);
    PerlyScore *score = perly_score_new(memory.allocator.resize, memory.allocator.context);
    CHECK(perly_score_run(score, NOW_MS) == 0 && answers(score, "no configuration is open"));
    CHECK(perly_score_add(score, "account", 7, "", 0) == 0 && answers(score, "no configuration is open"));
    CHECK(perly_score_open(score, "[", 1) == 0 && answers(score, "JSON_SYNTAX"));
    CHECK(perly_score_open(score, wrong, sizeof wrong - 1) == 0 && answers(score, "/model/signals/a"));
    CHECK(perly_score_open(score, "{}", 2) == 1 && answers(score, "\"contact_role\":[{\"name\":\"id\""));
    CHECK(perly_score_add(score, "lead", 4, "", 0) == 0 && answers(score, "no such table"));
    CHECK(perly_score_add(score, "account", 7, "nonsense", 8) == 0 && answers(score, "row batch"));
    CHECK(perly_score_run(score, 1e300) == 0 && answers(score, "CONFIG_VALUE"));
    perly_score_free(score);
    CHECK_INT(memory.bytes, 0, "all is given back");
}

/* Signals, mappings and the filter alike: without the file a named zone is a mistake. */
static void named_zones_need_their_file(void)
{
    static char file[ZONES_BYTES_MAX];
    static const Slice named[] = {
        SLICE_INIT("{\"config\":\"{\\\"model\\\":{\\\"signals\\\":{\\\"a\\\":"
                   "\\\"now.getHours('Europe/Berlin')\\\"}}}\"}"),
        SLICE_INIT("{\"config\":\"{\\\"mapping\\\":{\\\"account\\\":{\\\"a\\\":"
                   "\\\"timestamp(record.Since__c).getHours('Europe/Berlin')\\\"}}}\"}"),
        SLICE_INIT("{\"config\":\"{\\\"salesforce\\\":{\\\"filter\\\":{\\\"account\\\":"
                   "\\\"timestamp(record.Since__c).getHours('Europe/Berlin') > 9\\\"}}}\"}")};
    TestAllocator memory;
    test_allocator_init(&memory);
    FILE *from = fopen(PERLY_ROOT "/toolchain/perly_zones.bin", "rb");
    CHECK_NAMED(from != NULL, "perly_zones.bin");
    const size_t length = from == NULL ? 0 : fread(file, 1, sizeof file, from);
    CHECK(from != NULL && fclose(from) == 0);
    PerlyScore *score = perly_score_new(memory.allocator.resize, memory.allocator.context);
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
            CHECK_INT(perly_score_open(score, named[i].data, named[i].length), round, named[i].data);
            CHECK_INT(answers(score, "time zone"), 1 - round, named[i].data);
        }
        CHECK(perly_score_zones(score, file, length - 1) == 0 && answers(score, "ZONES_INVALID"));
        CHECK_INT(perly_score_zones(score, file, length), 1, "the file");
    }
    perly_score_free(score);
    CHECK_INT(memory.bytes, 0, "all is given back");
}

static void memory_may_run_out_anywhere(void)
{
    Scene scene;
    if (!scene_model(&scene, SLICE(""))) {
        return;
    }
    const Slice rows = account_rows(&scene);
    bool done = false;
    for (long fail_at = 1; !done; fail_at++) {
        TestAllocator memory;
        test_allocator_init(&memory);
        memory.fail_at = fail_at;
        PerlyScore *score = perly_score_new(memory.allocator.resize, memory.allocator.context);
        done = score != NULL && run(score, rows);
        CHECK(done || score == NULL || answers(score, "issues"));
        CHECK(!done || memory.calls < fail_at);
        perly_score_free(score);
        CHECK_INT(memory.bytes, 0, "all is given back");
    }
    arena_free(&scene.arena);
    arena_free(&scene.scratch);
}

TEST_MAIN(rows_become_scores, mistakes_are_told, named_zones_need_their_file, memory_may_run_out_anywhere)
