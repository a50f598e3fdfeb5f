#include "sync/pull/stamps.h"

#include "map/plan.h"

static Error begin_rows(Stamps *stamps)
{
    Arena *arena = stamps->ops->arena;
    Statement *raise = ARENA_NEW(arena, Statement);
    if (raise == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for stamps"));
    }
    *raise =
        (Statement){.name = store_table_text(arena, SLICE("RAISE_"), stamps->table, SLICE("")),
                    .sqlite = store_table_text(arena, SLICE("UPDATE \""), stamps->table,
                                               SLICE("\" SET stamp = ?2 WHERE id = ?1 AND stamp < ?2")),
                    .postgresql = store_table_text(
                        arena, SLICE("UPDATE {schema}.\""), stamps->table,
                        SLICE("\" AS t SET stamp = p.stamp FROM unnest($1::text[], "
                              "$2::timestamptz[]) AS p(id, stamp) WHERE t.id = p.id AND t.stamp < p.stamp")),
                    .params = SLICE("tm")};
    if (raise->name.data == NULL || raise->sqlite.data == NULL || raise->postgresql.data == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for stamps"));
    }
    store_params_begin(&stamps->params, arena, raise);
    return ERROR_NONE;
}

void stamps_begin(Stamps *stamps, StoreOps *ops, Slice table)
{
    *stamps = (Stamps){.ops = ops, .table = table};
}

Error stamps_raise(Stamps *stamps, RowView row)
{
    if (stamps->params.statement == NULL) {
        RETURN_IF_ERROR(begin_rows(stamps));
    } else {
        store_params_next(stamps->ops, &stamps->params);
    }
    row_writer_text(&stamps->params.writer, 0, row_text(row, PLAN_ID));
    row_writer_time(&stamps->params.writer, 1, row_int64(row, PLAN_STAMP));
    return ERROR_NONE;
}

void stamps_write(Stamps *stamps)
{
    if (stamps->params.statement != NULL) {
        store_ops_run(stamps->ops, &stamps->params);
    }
}
