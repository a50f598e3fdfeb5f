#include "sync/pull/part.h"

#include "map/mapper.h"
#include "perly/host.h"

enum { WRITTEN_ID, WRITTEN_SEEN, WRITTEN_HASH, WRITTEN_FIXED_COUNT };

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rows in part"));
}

/* The number of a column of the whole plan's table in a stored row; UINT32_MAX: there is none. */
static uint32_t place_of(const Plan *whole, Slice name)
{
    for (uint32_t i = 0; i < whole->column_count; i++) {
        if (slice_equal(whole->columns[i].name, name)) {
            return PART_OLD_HASH + PLAN_FIXED_COUNT + i - PLAN_HASH;
        }
    }
    return UINT32_MAX;
}

static Error list_written(Part *part, Arena *arena)
{
    const Plan *plan = part->plan;
    const uint32_t count = WRITTEN_FIXED_COUNT + plan->table_columns;
    RowColumn *columns = ARENA_ARRAY(arena, RowColumn, count);
    part->flags = ARENA_ARRAY(arena, uint32_t, count);
    if (columns == NULL || part->flags == NULL) {
        return no_memory();
    }
    columns[WRITTEN_ID] = plan->table.columns[PLAN_ID];
    columns[WRITTEN_SEEN] = plan->table.columns[PLAN_SEEN];
    columns[WRITTEN_HASH] = plan->table.columns[PLAN_HASH];
    memcpy(columns + WRITTEN_FIXED_COUNT, plan->table.columns + PLAN_FIXED_COUNT,
           plan->table_columns * sizeof *columns);
    part->flags[WRITTEN_ID] = PERLY_COLUMN_KEY;
    part->written = (RowSchema){columns, count};
    return ERROR_NONE;
}

Error part_init(Part *part, Arena *arena, const Plan *plan)
{
    const Plan *whole = plan->whole;
    *part =
        (Part){.plan = plan,
               .old = {whole->table.columns + PLAN_HASH, PLAN_FIXED_COUNT - PLAN_HASH + whole->table_columns},
               .places = ARENA_ARRAY(arena, uint32_t, plan->column_count),
               .columns = ARENA_ARRAY(arena, uint32_t, whole->table.column_count),
               .account = place_of(whole, SLICE("account_id"))};
    if (part->places == NULL || part->columns == NULL) {
        return no_memory();
    }
    memset(part->columns, 0xff, whole->table.column_count * sizeof *part->columns);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const uint32_t place = place_of(whole, plan->columns[i].name);
        part->places[i] = place;
        if (place != UINT32_MAX) {
            part->columns[PLAN_HASH + place - PART_OLD_HASH] = PLAN_FIXED_COUNT + i;
        }
    }
    return list_written(part, arena);
}

void part_begin(Part *part, Arena *arena)
{
    row_writer_init(&part->rehashed, arena, &part->plan->whole->table, 0);
}

Error part_hash(Part *part, RowView row, RowView old, int64_t *hash)
{
    RowWriter *whole = &part->rehashed;
    buffer_clear(&whole->rows);
    buffer_clear(&whole->heap);
    row_writer_begin(whole);
    for (uint32_t i = PLAN_DELETED; i < whole->schema->column_count; i++) {
        const uint32_t place = PART_OLD_HASH + i - PLAN_HASH;
        const uint32_t read = part->columns[i];
        row_writer_null(whole, i);
        row_writer_copy_value(whole, i, read == UINT32_MAX ? old : row, read == UINT32_MAX ? place : read);
    }
    if (whole->states != NULL) {
        *hash = mapper_hash(whole, 0);
    }
    return row_writer_end(whole);
}

Error part_write(const Part *part, RowView row, int64_t hash, RowWriter *out)
{
    row_writer_begin(out);
    row_writer_text(out, WRITTEN_ID, row_text(row, PLAN_ID));
    row_writer_time(out, WRITTEN_SEEN, row_int64(row, PLAN_SEEN));
    row_writer_int64(out, WRITTEN_HASH, hash);
    for (uint32_t i = 0; i < part->plan->table_columns; i++) {
        row_writer_null(out, WRITTEN_FIXED_COUNT + i);
        row_writer_copy_value(out, WRITTEN_FIXED_COUNT + i, row, PLAN_FIXED_COUNT + i);
    }
    return row_writer_end(out);
}
