#include "sync/pull/batch.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/sort.h"
#include "base/time.h"
#include "perly/host.h"
#include "sync/pull/stamps.h"
#include "sync/run/entities.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a batch of rows"));
}

/* Opening. */

typedef struct BatchKey {
    Slice id;
    uint32_t row;
} BatchKey;

static int compare_keys(const void *a, const void *b)
{
    return slice_compare(((const BatchKey *)a)->id, ((const BatchKey *)b)->id);
}

static Slice id_of(const Batch *batch, uint32_t row)
{
    return row_text(row_at(&batch->rows, row), PLAN_ID);
}

static bool is_in_order(const Batch *batch)
{
    for (uint32_t i = 1; i < batch->rows.row_count; i++) {
        if (slice_compare(id_of(batch, i - 1), id_of(batch, i)) >= 0) {
            return false;
        }
    }
    return true;
}

static int64_t stamp_of(const Batch *batch, uint32_t row)
{
    return row_int64(row_at(&batch->rows, row), PLAN_STAMP);
}

/* Keys of one Id lie side by side, in the order in which they came. */
static void keep_newest(Batch *batch, const void *const *sorted)
{
    const BatchKey *kept = NULL;
    for (uint32_t i = 0; i < batch->rows.row_count; i++) {
        const BatchKey *key = sorted[i];
        if (kept == NULL || !slice_equal(kept->id, key->id)) {
            batch->order[batch->count++] = key->row;
            kept = key;
        } else if (stamp_of(batch, key->row) >= stamp_of(batch, batch->order[batch->count - 1])) {
            batch->order[batch->count - 1] = key->row;
        }
    }
}

static Error put_in_order(Batch *batch)
{
    const uint32_t count = batch->rows.row_count;
    batch->order = ARENA_ARRAY(batch->arena, uint32_t, count);
    if (batch->order == NULL) {
        return no_memory();
    }
    if (is_in_order(batch)) {
        for (uint32_t i = 0; i < count; i++) {
            batch->order[i] = i;
        }
        batch->count = count;
        return ERROR_NONE;
    }
    const ArenaMark mark = arena_mark(batch->arena);
    BatchKey *keys = ARENA_ARRAY(batch->arena, BatchKey, count);
    const void **items = ARENA_ARRAY(batch->arena, const void *, 2 * (size_t)count);
    if (keys == NULL || items == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (BatchKey){id_of(batch, i), i};
        items[i] = &keys[i];
    }
    keep_newest(batch, sort_pointers(items, items + count, count, compare_keys));
    arena_rewind(batch->arena, mark);
    return ERROR_NONE;
}

static uint32_t account_column(const Plan *plan)
{
    if (plan->source == SOURCE_ACCOUNT) {
        return PLAN_ID;
    }
    for (uint32_t i = 0; i < plan->column_count; i++) {
        if (slice_equal(plan->columns[i].name, SLICE("account_id"))) {
            return PLAN_FIXED_COUNT + i;
        }
    }
    return UINT32_MAX;
}

static Error list_old(Batch *batch)
{
    const Plan *plan = batch->plan;
    if (!plan->partial) {
        batch->old = (RowSchema){plan->table.columns + PLAN_FIXED_COUNT, plan->table_columns};
    } else {
        RETURN_IF_ERROR(part_init(&batch->part, batch->arena, plan));
        batch->old = batch->part.old;
    }
    return plan_has_further(plan) ? further_init(&batch->further, batch->arena, plan, &batch->old)
                                  : ERROR_NONE;
}

Error batch_open(Batch *batch, Arena *arena, const Plan *plan, RowWriter *writer, int64_t known_ms)
{
    *batch = (Batch){.plan = plan, .arena = arena, .rows = row_writer_view(writer), .known_ms = known_ms};
    RETURN_IF_ERROR(list_old(batch));
    RETURN_IF_ERROR(put_in_order(batch));
    batch->mark = arena_mark(arena);
    return ERROR_NONE;
}

Error batch_open_loading(Batch *batch, Arena *arena, const Plan *plan, RowWriter *writer)
{
    *batch = (Batch){.plan = plan, .arena = arena, .loading = writer, .count = writer->row_count};
    RETURN_IF_ERROR(list_old(batch));
    batch->mark = arena_mark(arena);
    return ERROR_NONE;
}

/* Asking. */

/* A row's hash is of all its columns: when some are read, no row is settled by it. */
#define NO_HASH INT64_C(0x5f3c7a91d2e84b06)

static void ask(Job *job, Batch *batch, uint32_t from, uint32_t to, const RowSchema *old)
{
    const ArenaMark mark = arena_mark(batch->arena);
    LetterSchema letters;
    RowWriter keys;
    Slice bytes = {NULL, 0};
    letter_schema_init(&letters, SLICE("timm"));
    row_writer_init(&keys, batch->arena, &letters.schema, 0);
    Error error = ERROR_NONE;
    for (uint32_t i = from; i < to && error.code == ERROR_OK; i++) {
        const RowView row = row_at(&batch->rows, batch->order[i]);
        row_writer_begin(&keys);
        row_writer_text(&keys, 0, row_text(row, PLAN_ID));
        row_writer_int64(&keys, 1, batch->plan->partial ? NO_HASH : row_int64(row, PLAN_HASH));
        row_writer_time(&keys, 2, row_int64(row, PLAN_STAMP));
        row_writer_time(&keys, 3, row_int64(row, PLAN_SEEN));
        error = row_writer_end(&keys);
    }
    error = error.code == ERROR_OK ? row_writer_finish(&keys, &bytes) : error;
    if (error.code != ERROR_OK) {
        engine_fail(job, error);
        return;
    }
    store_compare(job, batch->plan->table_name, SLICE("id"), old, bytes);
    arena_rewind(batch->arena, mark);
}

void batch_sieve(Job *job, Batch *batch)
{
    static const RowSchema nothing;
    ask(job, batch, 0, batch->count, &nothing);
}

/* The stored row may have an earlier stamp, though it is as this one. */
static bool may_raise(const Batch *batch, uint32_t row)
{
    return !batch->plan->partial && stamp_of(batch, row) >= batch->known_ms;
}

Error batch_sieved(Batch *batch, Slice answer, Collected *collected)
{
    Slice verdicts = {NULL, 0};
    RowBatch old;
    RETURN_IF_ERROR(store_compare_read(answer, batch->count, &verdicts, &old));
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch->order[i];
        if (verdicts.data[i] == PERLY_COMPARE_SAME && !may_raise(batch, row) &&
            !collected_may_have(collected, id_of(batch, row))) {
            batch->unchanged++;
        } else {
            RETURN_IF_ERROR(collected_add(collected, &batch->rows, row));
        }
    }
    batch->count = 0;
    return ERROR_NONE;
}

/* As many rows as have so many bytes on an average. */
static uint32_t rows_of(const Batch *batch, size_t bytes)
{
    const uint32_t row_bytes = batch->rows.row_stride + batch->rows.heap_bytes / batch->rows.row_count;
    return 1 + (uint32_t)(bytes / row_bytes);
}

bool batch_next(Batch *batch, size_t bytes)
{
    if (batch_is_last(batch)) {
        return false;
    }
    const uint32_t left = batch->count - batch->to;
    const uint32_t most = batch->loading == NULL ? rows_of(batch, bytes) : left;
    batch->from = batch->to;
    batch->to += left < most + most / 2 ? left : most; /* no part of a few rows */
    arena_rewind(batch->arena, batch->mark);
    return true;
}

bool batch_is_last(const Batch *batch)
{
    return batch->to == batch->count;
}

void batch_compare(Job *job, Batch *batch)
{
    ask(job, batch, batch->from, batch->to, &batch->old);
}

static Error list_different(const Batch *batch, Slice answer, Buffer *ids)
{
    Slice verdicts = {NULL, 0};
    RowBatch old;
    RETURN_IF_ERROR(store_compare_read(answer, batch->to - batch->from, &verdicts, &old));
    for (uint32_t i = 0; i < batch->to - batch->from; i++) {
        if (verdicts.data[i] == PERLY_COMPARE_DIFFERENT) {
            buffer_append(ids, ids->length == 0 ? SLICE("[\"") : SLICE(",\""));
            buffer_append(ids, id_of(batch, batch->order[batch->from + i]));
            buffer_append_byte(ids, '"');
        }
    }
    buffer_append(ids, ids->length == 0 ? SLICE("") : SLICE("]"));
    return ids->failed ? no_memory() : ERROR_NONE;
}

void batch_ask_further(Job *job, Batch *batch, Slice answer)
{
    Buffer ids;
    buffer_init(&ids, batch->arena, 0);
    const Error error = list_different(batch, answer, &ids);
    if (error.code != ERROR_OK) {
        engine_fail(job, error);
        return;
    }
    further_read(job, &batch->further, buffer_slice(&ids));
}

/* Writing. */

typedef struct Output {
    Batch *batch;
    RowWriter rows;    /* to upsert */
    RowWriter further; /* values kept beside them, to upsert */
    RowWriter log;     /* of table change */
    RowWriter dirty;   /* of table dirty */
    RowWriter hashes;
    Stamps stamps;
    TextSet dirty_ids;
    uint32_t account_column; /* of plan->table: whose value is the row's account */
} Output;

static const RowColumn change_columns[] = {
    {SLICE_INIT("object"), ROW_TEXT}, {SLICE_INIT("id"), ROW_TEXT},  {SLICE_INIT("column_name"), ROW_TEXT},
    {SLICE_INIT("old"), ROW_TEXT},    {SLICE_INIT("new"), ROW_TEXT}, {SLICE_INIT("stamp"), ROW_TIME},
    {SLICE_INIT("seen"), ROW_TIME},
};
static const RowSchema change_schema = {change_columns, sizeof change_columns / sizeof change_columns[0]};

static const RowColumn dirty_columns[] = {{SLICE_INIT("account_id"), ROW_TEXT},
                                          {SLICE_INIT("since"), ROW_TIME}};
static const RowSchema dirty_schema = {dirty_columns, 2};

static const RowColumn hash_columns[] = {{SLICE_INIT("id"), ROW_TEXT}, {SLICE_INIT("hash"), ROW_INT64}};
static const RowSchema hash_schema = {hash_columns, 2};

static Error mark_dirty(Output *out, RowView row, uint32_t column, int64_t seen)
{
    if (column == UINT32_MAX || row_state(row, column) != ROW_VALUE) {
        return ERROR_NONE;
    }
    if (!text_set_add(&out->dirty_ids, row_text(row, column), 0)) {
        return ERROR_NONE;
    }
    row_writer_begin(&out->dirty);
    row_writer_text(&out->dirty, 0, row_text(row, column));
    row_writer_time(&out->dirty, 1, seen);
    return row_writer_end(&out->dirty);
}

/* A value as people read it in the change log; null stays null. */
static void log_value(RowWriter *log, uint32_t to, RowView row, uint32_t column, RowType type)
{
    char text[NUMBER_TEXT_BYTES];
    if (row_state(row, column) != ROW_VALUE) {
        row_writer_null(log, to);
        return;
    }
    switch (type) {
    case ROW_INT64:
        row_writer_text(log, to, slice_make(text, number_print_int64(row_int64(row, column), text)));
        break;
    case ROW_DOUBLE:
        row_writer_text(log, to, slice_make(text, number_print_double(row_double(row, column), text)));
        break;
    case ROW_BOOL: row_writer_text(log, to, row_bool(row, column) ? SLICE("true") : SLICE("false")); break;
    case ROW_TIME:
        time_print(row_int64(row, column), text);
        row_writer_text(log, to, slice_make(text, TIME_TEXT_BYTES));
        break;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST:
    case ROW_TYPE_COUNT: row_writer_text(log, to, row_text(row, column)); break;
    }
}

static bool same_value(RowView a, uint32_t a_column, RowView b, uint32_t b_column, RowType type)
{
    const bool a_value = row_state(a, a_column) == ROW_VALUE;
    const bool b_value = row_state(b, b_column) == ROW_VALUE;
    if (!a_value || !b_value) {
        return a_value == b_value;
    }
    if (type == ROW_TEXT || type == ROW_LIST || type == ROW_BYTES) {
        return slice_equal(row_text(a, a_column), row_text(b, b_column));
    }
    return row_int64(a, a_column) == row_int64(b, b_column); /* bits: doubles have no NaN and no -0.0 */
}

/* The column of the old row that holds a column of the plan. */
static uint32_t old_column(const Batch *batch, uint32_t column)
{
    return batch->plan->partial ? batch->part.places[column] : 1 + column;
}

static Error log_changes(Output *out, RowView row, RowView old)
{
    const Plan *plan = out->batch->plan;
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const PlanColumn *column = &plan->columns[i];
        const uint32_t at = PLAN_FIXED_COUNT + i;
        const uint32_t was = old_column(out->batch, i);
        if (!column->logged || same_value(row, at, old, was, column->type)) {
            continue;
        }
        row_writer_begin(&out->log);
        row_writer_text(&out->log, 0, source_facts(plan->source)->entity);
        row_writer_text(&out->log, 1, row_text(row, PLAN_ID));
        row_writer_text(&out->log, 2, column->name);
        log_value(&out->log, 3, old, was, column->type);
        log_value(&out->log, 4, row, at, column->type);
        row_writer_time(&out->log, 5, row_int64(row, PLAN_STAMP));
        row_writer_time(&out->log, 6, row_int64(row, PLAN_SEEN));
        RETURN_IF_ERROR(row_writer_end(&out->log));
    }
    return ERROR_NONE;
}

/* The column of the old row that tells its account; UINT32_MAX: none, or the row is the account. */
static uint32_t old_account(const Output *out)
{
    const Batch *batch = out->batch;
    if (batch->plan->partial) {
        return batch->part.account;
    }
    return out->account_column == UINT32_MAX || out->account_column == PLAN_ID
               ? UINT32_MAX
               : out->account_column - PLAN_FIXED_COUNT + 1;
}

/* What is a column of the entity's table. */
static Error copy_row(Output *out, RowView row)
{
    const uint32_t count = out->rows.schema->column_count;
    if (!plan_has_further(out->batch->plan)) {
        return row_writer_copy(&out->rows, row);
    }
    row_writer_begin(&out->rows);
    for (uint32_t i = 0; i < count; i++) {
        row_writer_null(&out->rows, i);
        row_writer_copy_value(&out->rows, i, row, i);
    }
    return row_writer_end(&out->rows);
}

/* What is kept beside it, and other than it was. */
static Error write_further(Output *out, RowView row, const RowView *old)
{
    const Plan *plan = out->batch->plan;
    for (uint32_t i = plan->table_columns; i < plan->column_count; i++) {
        const PlanColumn *column = &plan->columns[i];
        const uint32_t at = PLAN_FIXED_COUNT + i;
        const bool as_it_was = old == NULL
                                   ? row_state(row, at) != ROW_VALUE
                                   : same_value(row, at, *old, old_column(out->batch, i), column->type);
        if (!as_it_was) {
            RETURN_IF_ERROR(further_append(&out->further, row, at, column->name, column->type));
        }
    }
    return ERROR_NONE;
}

static Error write_row(Output *out, RowView row, const RowView *old)
{
    const int64_t seen = row_int64(row, PLAN_SEEN);
    RETURN_IF_ERROR(copy_row(out, row));
    RETURN_IF_ERROR(write_further(out, row, old));
    RETURN_IF_ERROR(mark_dirty(out, row, out->account_column, seen));
    if (old == NULL) {
        out->batch->inserted++;
        return ERROR_NONE;
    }
    out->batch->changed++;
    RETURN_IF_ERROR(mark_dirty(out, *old, old_account(out), seen));
    return log_changes(out, row, *old);
}

static Error write_hash(Output *out, RowView row, int64_t hash)
{
    row_writer_begin(&out->hashes);
    row_writer_text(&out->hashes, 0, row_text(row, PLAN_ID));
    row_writer_int64(&out->hashes, 1, hash);
    return row_writer_end(&out->hashes);
}

/* Some columns of a row that is there. One that has these values may have a hash of other columns, or none.
 */
static Error write_part(Output *out, RowView row, RowView old)
{
    Batch *batch = out->batch;
    const Plan *plan = batch->plan;
    int64_t hash = 0;
    bool same = true;
    for (uint32_t i = 0; i < plan->column_count && same; i++) {
        same = same_value(row, PLAN_FIXED_COUNT + i, old, old_column(batch, i), plan->columns[i].type);
    }
    RETURN_IF_ERROR(part_hash(&batch->part, row, old, &hash));
    if (same) {
        batch->unchanged++;
        return row_state(old, PART_OLD_HASH) == ROW_VALUE && row_int64(old, PART_OLD_HASH) == hash
                   ? ERROR_NONE
                   : write_hash(out, row, hash);
    }
    RETURN_IF_ERROR(part_write(&batch->part, row, hash, &out->rows));
    RETURN_IF_ERROR(write_further(out, row, &old));
    batch->changed++;
    RETURN_IF_ERROR(mark_dirty(out, row, out->account_column, row_int64(row, PLAN_SEEN)));
    RETURN_IF_ERROR(mark_dirty(out, old, old_account(out), row_int64(row, PLAN_SEEN)));
    return log_changes(out, row, old);
}

static Error write_compared(Output *out, Slice answer)
{
    Batch *batch = out->batch;
    Slice verdicts = {NULL, 0};
    RowBatch old;
    RETURN_IF_ERROR(store_compare_read(answer, batch->to - batch->from, &verdicts, &old));
    if (plan_has_further(batch->plan)) {
        RETURN_IF_ERROR(further_join(&batch->further, &old, &old));
    }
    uint32_t next_old = 0;
    for (uint32_t i = 0; i < batch->to - batch->from; i++) {
        const uint32_t at = batch->order[batch->from + i];
        const RowView row = row_at(&batch->rows, at);
        if (verdicts.data[i] == PERLY_COMPARE_ABSENT) {
            RETURN_IF_ERROR(batch->plan->partial ? ERROR_NONE : write_row(out, row, NULL));
        } else if (verdicts.data[i] == PERLY_COMPARE_DIFFERENT) {
            if (next_old == old.row_count) {
                return error_make(ERROR_STORE_FAILED, SLICE("the storage left out an old row"));
            }
            const RowView old_row = row_at(&old, next_old++);
            RETURN_IF_ERROR(batch->plan->partial ? write_part(out, row, old_row)
                                                 : write_row(out, row, &old_row));
        } else {
            batch->unchanged++;
            if (verdicts.data[i] == PERLY_COMPARE_SAME && may_raise(batch, at)) {
                RETURN_IF_ERROR(stamps_raise(&out->stamps, row));
            }
        }
    }
    return ERROR_NONE;
}

static void add_rows(StoreOps *ops, Slice table, const uint32_t *flags, RowWriter *writer)
{
    if (writer->row_count != 0) {
        store_ops_upsert(ops, table, flags, writer);
    }
}

static RowSchema table_schema(const Plan *plan)
{
    return (RowSchema){plan->table.columns, PLAN_FIXED_COUNT + plan->table_columns};
}

/* Rows of a first load in two tables. A record that stands in the batch twice is kept beside as it came last.
 */
static Error write_loaded(Batch *batch, StoreOps *ops)
{
    const RowBatch rows = row_writer_view(batch->loading);
    const RowSchema schema = table_schema(batch->plan);
    Output out = {.batch = batch};
    TextSet ids;
    row_writer_init(&out.rows, batch->arena, &schema, 0);
    row_writer_init(&out.further, batch->arena, &further_schema, 0);
    RETURN_IF_ERROR(text_set_init(&ids, batch->arena, rows.row_count));
    for (uint32_t i = 0; i < rows.row_count; i++) {
        RETURN_IF_ERROR(copy_row(&out, row_at(&rows, i)));
    }
    for (uint32_t i = rows.row_count; i > 0; i--) {
        const RowView row = row_at(&rows, i - 1);
        if (text_set_add(&ids, row_text(row, PLAN_ID), 0)) {
            RETURN_IF_ERROR(write_further(&out, row, NULL));
        }
    }
    add_rows(ops, batch->plan->table_name, batch->plan->flags, &out.rows);
    add_rows(ops, entities_field_table(batch->plan->source), further_flags, &out.further);
    return ERROR_NONE;
}

Error batch_write(Batch *batch, Slice answer, StoreOps *ops)
{
    static const uint32_t no_key[7];
    static const uint32_t dirty_flags[2] = {PERLY_COLUMN_KEY, PERLY_COLUMN_KEEP};
    static const uint32_t hash_flags[2] = {PERLY_COLUMN_KEY};
    const Slice table = batch->plan->table_name;
    if (batch->loading != NULL) {
        batch->inserted = batch->loading->row_count;
        if (plan_has_further(batch->plan)) {
            return write_loaded(batch, ops);
        }
        add_rows(ops, table, batch->plan->flags, batch->loading);
        return ERROR_NONE;
    }
    const uint32_t count = batch->to - batch->from;
    if (count == 0) {
        return ERROR_NONE;
    }
    Output out = {.batch = batch, .account_column = account_column(batch->plan)};
    const bool partial = batch->plan->partial;
    if (partial) {
        part_begin(&batch->part, batch->arena);
        row_writer_init(&out.hashes, batch->arena, &hash_schema, 0);
    }
    const RowSchema whole = table_schema(batch->plan);
    row_writer_init(&out.rows, batch->arena, partial ? &batch->part.written : &whole, 0);
    row_writer_init(&out.further, batch->arena, &further_schema, 0);
    row_writer_reserve(&out.rows, (size_t)count * batch->rows.row_stride,
                       (size_t)(batch->rows.heap_bytes / batch->rows.row_count) * count);
    stamps_begin(&out.stamps, ops, table);
    row_writer_init(&out.log, batch->arena, &change_schema, 0);
    row_writer_init(&out.dirty, batch->arena, &dirty_schema, 0);
    RETURN_IF_ERROR(text_set_init(&out.dirty_ids, batch->arena, (size_t)2 * count));
    RETURN_IF_ERROR(write_compared(&out, answer));
    add_rows(ops, table, partial ? batch->part.flags : batch->plan->flags, &out.rows);
    add_rows(ops, table, hash_flags, &out.hashes);
    if (out.further.row_count != 0) {
        add_rows(ops, entities_field_table(batch->plan->source), further_flags, &out.further);
    }
    stamps_write(&out.stamps);
    add_rows(ops, SLICE("change"), no_key, &out.log);
    add_rows(ops, SLICE("dirty"), dirty_flags, &out.dirty);
    return ERROR_NONE;
}
