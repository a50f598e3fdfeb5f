/* What it holds to tell why scores changed: a block is no more than its rows, and views of one time are held.
 */
#include "sync/score/cause.h"

#include "base/buffer.h"
#include "score_scene.h"

enum { ACCOUNTS = 20, ACTIVITIES = 100 };

/* Accounts of a hundred calls each, one a day. */
static Slice many_rows(Arena *arena, int64_t first_ms)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, SLICE("{\"account\":["));
    for (int i = 0; i < ACCOUNTS; i++) {
        char row[64];
        (void)snprintf(row, sizeof row, "%s{\"id\":\"001%02d\",\"created\":\"2024-01-01\"}",
                       i == 0 ? "" : ",", i);
        buffer_append(&text, slice_from_text(row));
    }
    buffer_append(&text, SLICE("],\"activity\":["));
    for (int i = 0; i < ACCOUNTS * ACTIVITIES; i++) {
        char row[160];
        char time[TIME_TEXT_BYTES + 1] = "";
        time_print(first_ms + (int64_t)(i / ACCOUNTS) * 86400000, time);
        (void)snprintf(row, sizeof row,
                       "%s{\"id\":\"00T%05d\",\"account_id\":\"001%02d\",\"kind\":\"call\",\"at\":\"%s\","
                       "\"first_seen\":\"%s\",\"done\":true}",
                       i == 0 ? "" : ",", i, i % ACCOUNTS, time, time);
        buffer_append(&text, slice_from_text(row));
    }
    buffer_append(&text, SLICE("]}"));
    return buffer_slice(&text);
}

static size_t bytes_of(const RowBatch *rows)
{
    return (size_t)rows->row_count * rows->row_stride + rows->heap_bytes;
}

static void a_block_is_its_rows(void)
{
    Scene scene;
    Arena arena;
    Block block;
    const int64_t first_ms = at("2026-05-01");
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, many_rows(&scene.scratch, first_ms), features_view_now(at("2026-11-12")))) {
        return;
    }
    arena_init(&arena, &scene.allocator.allocator, 0);
    CHECK_ERROR(
        features_block(&scene.features, &arena, &scene.scratch, features_view_now(at("2026-11-12")), &block),
        ERROR_OK, "block");
    CHECK_INT(block.activities.row_count, ACCOUNTS * ACTIVITIES, "all activities");
    const size_t rows = bytes_of(&block.accounts) + bytes_of(&block.activities);
    CHECK_NAMED(arena.page_bytes < 3 * rows, "pages that double, and rows in them");
    arena_free(&arena);
    scene_end(&scene);
}

/* Accounts that were scored last at as many times as there are accounts, again and again. */
static void views_of_one_time_are_held(void)
{
    Scene scene;
    Arena views;
    Arena chunk;
    Causes causes;
    const int64_t now_ms = at("2026-08-20");
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, many_rows(&scene.scratch, at("2026-05-01")), features_view_now(now_ms))) {
        return;
    }
    arena_init(&views, &scene.allocator.allocator, 0);
    arena_init(&chunk, &scene.allocator.allocator, 0);
    causes_begin(&causes, &chunk, &views, &scene.scratch, &scene.features, scene.scorer, scene.model, now_ms);
    size_t held = 0;
    for (uint32_t i = 0; i < 3 * ACCOUNTS; i++) {
        const int64_t then_ms = now_ms - (int64_t)(1 + i % ACCOUNTS) * 86400000;
        ScoreChange change;
        bool known = false;
        ScoreResult result = scene_score(&scene, i % ACCOUNTS, now_ms, (ScoreState){0});
        CHECK_ERROR(causes_find(&causes, &result, then_ms, &change, &known), ERROR_OK, "causes");
        CHECK_NAMED(known, "the change is known");
        held = i == 0 ? views.page_bytes + scene.scratch.page_bytes : held;
    }
    CHECK_NAMED(views.page_bytes + scene.scratch.page_bytes <= held + held / 4, "as much as for the first");
    arena_free(&chunk);
    arena_free(&views);
    scene_end(&scene);
}

TEST_MAIN(a_block_is_its_rows, views_of_one_time_are_held)
