#include "sync/pull/further.h"

#include "base/number.h"
#include "perly/host.h"
#include "sync/run/statements.h"

enum { FIELD_ID, FIELD_NAME, FIELD_TEXT, FIELD_NUMBER, FIELD_TIME, FIELD_COUNT };

static const RowColumn field_columns[FIELD_COUNT] = {{SLICE_INIT("id"), ROW_TEXT},
                                                     {SLICE_INIT("name"), ROW_TEXT},
                                                     {SLICE_INIT("text"), ROW_TEXT},
                                                     {SLICE_INIT("number"), ROW_DOUBLE},
                                                     {SLICE_INIT("time"), ROW_TIME}};
const RowSchema further_schema = {field_columns, FIELD_COUNT};
const uint32_t further_flags[FIELD_COUNT] = {PERLY_COLUMN_KEY, PERLY_COLUMN_KEY};

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for further fields"));
}

Error further_init(Further *further, Arena *arena, const Plan *plan, const RowSchema *old)
{
    const Plan *whole = plan->whole == NULL ? plan : plan->whole;
    const uint32_t count = whole->column_count - whole->table_columns;
    RowColumn *columns = ARENA_ARRAY(arena, RowColumn, 1 + (size_t)old->column_count + count);
    *further = (Further){.whole = whole, .arena = arena, .columns = columns, .asked = 1 + old->column_count};
    if (columns == NULL) {
        return no_memory();
    }
    columns[0] = whole->table.columns[PLAN_ID];
    memcpy(columns + 1, old->columns, old->column_count * sizeof *columns);
    RETURN_IF_ERROR(text_set_init(&further->places, arena, count));
    for (uint32_t i = 0; i < count; i++) {
        const PlanColumn *column = &whole->columns[whole->table_columns + i];
        columns[further->asked + i] = (RowColumn){column->name, column->type};
        (void)text_set_add(&further->places, column->name, further->asked + i);
    }
    further->joined = (RowSchema){columns, further->asked + count};
    return ERROR_NONE;
}

/* Reading. */

static uint32_t take(void *context, const RowBatch *batch)
{
    Further *further = context;
    for (uint32_t i = 0; i < batch->row_count && further->error.code == ERROR_OK; i++) {
        further->error = row_writer_copy(&further->found, row_at(batch, i));
    }
    return PERLY_MORE;
}

void further_read(Job *job, Further *further, Slice ids)
{
    const bool of_account = further->whole->source == SOURCE_ACCOUNT;
    StoreParams params;
    row_writer_init(&further->found, further->arena, &further_schema, 0);
    if (ids.length == 0) {
        engine_done(job);
        return;
    }
    const Statement *statement =
        sync_statement(of_account ? STATEMENT_FURTHER_ACCOUNT : STATEMENT_FURTHER_CONTACT);
    store_params_begin(&params, further->arena, statement);
    row_writer_text(&params.writer, 0, ids);
    store_query(job, &further->query, statement, &params, take, further);
}

/* Joining. */

static void join_value(RowWriter *rows, uint32_t at, RowView field)
{
    const RowType type = rows->schema->columns[at].type;
    const uint32_t from = type == ROW_TEXT || type == ROW_LIST ? FIELD_TEXT
                          : type == ROW_TIME                   ? FIELD_TIME
                                                               : FIELD_NUMBER;
    int64_t integer = 0;
    if (row_state(field, from) != ROW_VALUE) {
        return;
    }
    if (type == ROW_BOOL) {
        row_writer_bool(rows, at, row_double(field, from) != 0);
    } else if (type == ROW_INT64) {
        if (number_to_int64(row_double(field, from), &integer)) {
            row_writer_int64(rows, at, integer);
        }
    } else {
        row_writer_copy_value(rows, at, field, from);
    }
}

Error further_join(Further *further, const RowBatch *old, RowBatch *rows)
{
    const RowBatch found = row_writer_view(&further->found);
    RowWriter *joined = ARENA_NEW(further->arena, RowWriter);
    uint32_t next = 0;
    if (joined == NULL) {
        return no_memory();
    }
    row_writer_init(joined, further->arena, &further->joined, 0);
    for (uint32_t i = 0; i < old->row_count; i++) {
        const RowView row = row_at(old, i);
        const Slice id = row_text(row, 0);
        row_writer_begin(joined);
        for (uint32_t c = 0; c < further->joined.column_count; c++) {
            row_writer_null(joined, c);
        }
        for (uint32_t c = 0; c < further->asked; c++) {
            row_writer_copy_value(joined, c, row, c);
        }
        for (; next < found.row_count && slice_compare(row_text(row_at(&found, next), FIELD_ID), id) <= 0;
             next++) {
            const RowView field = row_at(&found, next);
            const uint32_t place = text_set_find(&further->places, row_text(field, FIELD_NAME));
            if (place != UINT32_MAX && slice_equal(row_text(field, FIELD_ID), id)) {
                join_value(joined, place, field);
            }
        }
        RETURN_IF_ERROR(row_writer_end(joined));
    }
    *rows = row_writer_view(joined);
    return ERROR_NONE;
}

/* Writing. */

Error further_append(RowWriter *rows, RowView row, uint32_t column, Slice name, RowType type)
{
    row_writer_begin(rows);
    row_writer_text(rows, FIELD_ID, row_text(row, PLAN_ID));
    row_writer_text(rows, FIELD_NAME, name);
    row_writer_null(rows, FIELD_TEXT);
    row_writer_null(rows, FIELD_NUMBER);
    row_writer_null(rows, FIELD_TIME);
    if (row_state(row, column) == ROW_VALUE) {
        switch (type) {
        case ROW_INT64: row_writer_double(rows, FIELD_NUMBER, (double)row_int64(row, column)); break;
        case ROW_DOUBLE: row_writer_double(rows, FIELD_NUMBER, row_double(row, column)); break;
        case ROW_BOOL: row_writer_double(rows, FIELD_NUMBER, row_bool(row, column) ? 1 : 0); break;
        case ROW_TIME: row_writer_time(rows, FIELD_TIME, row_int64(row, column)); break;
        case ROW_TEXT:
        case ROW_BYTES:
        case ROW_LIST:
        case ROW_TYPE_COUNT: row_writer_text(rows, FIELD_TEXT, row_text(row, column)); break;
        }
    }
    return row_writer_end(rows);
}

/* Names that are columns now, out of the table of fields. */
static void leave_fields(bool of_account, const FurtherMoves *moves, StoreOps *ops)
{
    StoreParams params;
    Buffer names;
    buffer_init(&names, ops->arena, 0);
    for (uint32_t i = 0; i < moves->into_count; i++) {
        buffer_append(&names, i == 0 ? SLICE("[\"") : SLICE(",\""));
        buffer_append(&names, moves->into[i]);
        buffer_append_byte(&names, '"');
    }
    buffer_append_byte(&names, ']');
    if (names.failed) {
        store_ops_fail(ops, no_memory());
    }
    store_params_begin(
        &params, ops->arena,
        sync_statement(of_account ? STATEMENT_FURTHER_NO_ACCOUNT : STATEMENT_FURTHER_NO_CONTACT));
    row_writer_text(&params.writer, 0, buffer_slice(&names));
    store_ops_run(ops, &params);
}

/* Runs "{before}account{after}", or the same of contacts. */
static void run_over(bool of_account, Slice name, Slice before, Slice after, StoreOps *ops)
{
    const Slice table = of_account ? SLICE("account") : SLICE("contact");
    const Slice schema = store_table_text(ops->arena, before, SLICE("{schema}."), table);
    const Statement statement = {.name = store_table_text(ops->arena, name, SLICE("_"), table),
                                 .sqlite = store_table_text(ops->arena, before, table, after),
                                 .postgresql = store_table_text(ops->arena, schema, after, SLICE("")),
                                 .params = SLICE("")};
    if (statement.name.data == NULL || statement.sqlite.data == NULL || statement.postgresql.data == NULL) {
        store_ops_fail(ops, no_memory());
        return;
    }
    store_ops_run_plain(ops, &statement);
}

/* A column whose values are in the table of fields now. */
static void leave_table(bool of_account, Slice column, StoreOps *ops)
{
    const Slice end = SLICE("\" IS NOT NULL");
    const Slice set = store_table_text(ops->arena, SLICE(" SET \""), column, SLICE("\" = NULL WHERE \""));
    const Slice name = store_table_text(ops->arena, SLICE("FURTHER_OUT_"), column, SLICE(""));
    run_over(of_account, name, SLICE("UPDATE "), store_table_text(ops->arena, set, column, end), ops);
}

void further_clear(Source source, StoreOps *ops)
{
    if (source == SOURCE_ACCOUNT || source == SOURCE_CONTACT) {
        run_over(source == SOURCE_ACCOUNT, SLICE("FURTHER_NONE"), SLICE("DELETE FROM "),
                 SLICE("_field WHERE true"), ops);
    }
}

void further_move(Source source, const FurtherMoves *moves, StoreOps *ops)
{
    const bool of_account = source == SOURCE_ACCOUNT;
    if (!of_account && source != SOURCE_CONTACT) {
        return;
    }
    if (moves->into_count != 0) {
        leave_fields(of_account, moves, ops);
    }
    for (uint32_t i = 0; i < moves->out_count; i++) {
        leave_table(of_account, moves->out[i], ops);
    }
}
