/* Stored rows as they were: what was not known at the view's time is left out, changed values are put back.
 */
#include "base/number.h"
#include "base/time.h"
#include "score/internal.h"

bool feature_counts(const FeaturesView *view, int64_t seen_ms, int64_t date_ms)
{
    return seen_ms <= view->known_ms || (seen_ms <= view->late_ms && date_ms <= view->dated_ms);
}

Slice feature_text(RowView view, uint32_t column)
{
    return row_state(view, column) == ROW_VALUE ? row_text(view, column) : SLICE("");
}

/* What the rows of one entity are read by. */
typedef struct Reading {
    const EntitySchema *schema;
    const FeaturesView *view;
    const ChangeIndex *index;
    uint32_t date_column;  /* UINT32_MAX: SystemModstamp */
    uint32_t group_column; /* UINT32_MAX: none */
    bool order_by_date;
} Reading;

/* Of an activity or a row of history its own time, of anything else its creation, for want of one
 * SystemModstamp. */
static int64_t appearance(const Reading *reading, RowView row)
{
    const uint32_t column = reading->date_column;
    if (column != UINT32_MAX && row_state(row, column) == ROW_VALUE) {
        return row_int64(row, column);
    }
    return row_state(row, STORED_STAMP) == ROW_VALUE ? row_int64(row, STORED_STAMP) : INT64_MIN;
}

static bool is_seen(const Reading *reading, RowView row)
{
    const int64_t seen =
        row_state(row, STORED_FIRST_SEEN) == ROW_VALUE ? row_int64(row, STORED_FIRST_SEEN) : INT64_MIN;
    return feature_counts(reading->view, seen, appearance(reading, row));
}

/* The oldest of the newest changes of a column that do not count: its `old` is the value. NULL: the row's
 * own. */
static const LoggedChange *undone(const Reading *reading, BlockRange range, Slice column)
{
    const LoggedChange *found = NULL;
    for (uint32_t i = range.count; i-- > 0;) {
        const LoggedChange *change = &reading->index->changes[reading->index->order[range.first + i]];
        if (!slice_equal(change->column, column)) {
            continue;
        }
        if (feature_counts(reading->view, change->seen_ms, change->stamp_ms)) {
            break;
        }
        found = change;
    }
    return found;
}

static bool has_undone(const Reading *reading, BlockRange range)
{
    for (uint32_t i = 0; i < range.count; i++) {
        const LoggedChange *change = &reading->index->changes[reading->index->order[range.first + i]];
        if (!feature_counts(reading->view, change->seen_ms, change->stamp_ms)) {
            return true;
        }
    }
    return false;
}

/* A value of the change log; what does not read as the column's type is null. */
static void write_text_as(RowWriter *writer, uint32_t column, RowType type, Slice text)
{
    int64_t integer = 0;
    double number = 0;
    row_writer_null(writer, column);
    switch (type) {
    case ROW_INT64:
        if (number_parse_int64(text, &integer).code == ERROR_OK) {
            row_writer_int64(writer, column, integer);
        }
        break;
    case ROW_DOUBLE:
        if (number_parse_double(text, &number).code == ERROR_OK) {
            row_writer_double(writer, column, number);
        }
        break;
    case ROW_TIME:
        if (time_parse(text, &integer).code == ERROR_OK) {
            row_writer_time(writer, column, integer);
        }
        break;
    case ROW_BOOL: row_writer_bool(writer, column, slice_equal(text, SLICE("true"))); break;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST: row_writer_text(writer, column, text); break;
    case ROW_TYPE_COUNT: break;
    }
}

static Error write_as_it_was(const Reading *reading, RowWriter *writer, RowView row, BlockRange range)
{
    const RowSchema *schema = &reading->schema->stored;
    row_writer_begin(writer);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        const LoggedChange *change = undone(reading, range, schema->columns[i].name);
        if (change == NULL) {
            row_writer_copy_value(writer, i, row, i);
        } else if (change->old_known) {
            write_text_as(writer, i, schema->columns[i].type, change->old_text);
        }
    }
    return row_writer_end(writer);
}

static void note_keys(const Reading *reading, FeatureRow *row)
{
    row->id = feature_text(row->view, STORED_ID);
    row->group =
        reading->group_column == UINT32_MAX ? SLICE("") : feature_text(row->view, reading->group_column);
    row->date = 0;
    if (reading->order_by_date && reading->date_column != UINT32_MAX) {
        const bool known = row_state(row->view, reading->date_column) == ROW_VALUE;
        row->date = known ? row_int64(row->view, reading->date_column) : INT64_MIN;
    }
}

/* `mended` numbers the rows that were written anew: their views are known when the writer has ended. */
typedef struct Mending {
    RowWriter writer;
    uint32_t *rows;
    uint32_t count;
} Mending;

static Error read_batch(const Reading *reading, const RowBatch *batch, FeatureRows *rows, Mending *mending)
{
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView view = row_at(batch, i);
        if (!is_seen(reading, view)) {
            continue;
        }
        FeatureRow *row = &rows->items[rows->count];
        row->view = view;
        const BlockRange range = change_index_find(reading->index, feature_text(view, STORED_ID));
        if (range.count > 0 && has_undone(reading, range)) {
            RETURN_IF_ERROR(write_as_it_was(reading, &mending->writer, view, range));
            mending->rows[mending->count++] = rows->count;
        }
        rows->count++;
    }
    return ERROR_NONE;
}

static Error finish_mending(const Reading *reading, Mending *mending, FeatureRows *rows)
{
    Slice bytes;
    RowBatch batch;
    if (mending->count == 0) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(row_writer_finish(&mending->writer, &bytes));
    RETURN_IF_ERROR(row_batch_open(&batch, bytes, &reading->schema->stored));
    for (uint32_t i = 0; i < mending->count; i++) {
        rows->items[mending->rows[i]].view = row_at(&batch, i);
    }
    return ERROR_NONE;
}

static void drop_deleted(FeatureRows *rows)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        const RowView view = rows->items[i].view;
        if (row_state(view, STORED_DELETED) != ROW_VALUE || !row_bool(view, STORED_DELETED)) {
            rows->items[kept++] = rows->items[i];
        }
    }
    rows->count = kept;
}

/* The column that tells what a row belongs to. */
static Slice group_of(Entity entity)
{
    switch (entity) {
    case ENTITY_ROLE: return SLICE("contact_id");
    case ENTITY_HISTORY: return SLICE("opportunity_id");
    case ENTITY_EMAIL:
    case ENTITY_ATTENDEE: return SLICE("activity_id");
    case ENTITY_RATE: return SLICE("code");
    case ENTITY_RELATION:
    case ENTITY_ACCOUNT:
    case ENTITY_CONTACT:
    case ENTITY_OPPORTUNITY:
    case ENTITY_ACTIVITY:
    case ENTITY_USER:
    case ENTITY_COUNT: break;
    }
    return SLICE("account_id");
}

static Reading reading_of(const Features *features, const FeaturesView *view, const ChangeIndex *index,
                          Entity entity)
{
    const EntitySchema *schema = &features->model->schemas.entities[entity];
    Reading reading = {.schema = schema, .view = view, .index = index};
    reading.group_column = schema_column(&schema->stored, group_of(entity));
    const bool dated = entity == ENTITY_ACTIVITY || entity == ENTITY_HISTORY || entity == ENTITY_EMAIL;
    reading.order_by_date = dated;
    reading.date_column = schema_column(&schema->stored, dated ? SLICE("at") : SLICE("created"));
    return reading;
}

Error feature_rows_make(const Features *features, Arena *arena, const FeaturesView *view,
                        const ChangeIndex *index, Entity entity, FeatureRows *rows)
{
    Reading reading = reading_of(features, view, index, entity);
    const size_t room = (size_t)features->rows[entity];
    Mending mending = {.rows = ARENA_ARRAY(arena, uint32_t, room)};
    *rows = (FeatureRows){ARENA_ARRAY(arena, FeatureRow, room), 0};
    if (mending.rows == NULL || rows->items == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a block"));
    }
    row_writer_init(&mending.writer, arena, &reading.schema->stored, 0);
    for (const FeatureBatch *batch = features->first; batch != NULL; batch = batch->next) {
        if (batch->entity == entity) {
            RETURN_IF_ERROR(read_batch(&reading, &batch->rows, rows, &mending));
        }
    }
    RETURN_IF_ERROR(finish_mending(&reading, &mending, rows));
    drop_deleted(rows);
    if (entity == ENTITY_OPPORTUNITY) { /* in a block by the day they close */
        reading.order_by_date = true;
        reading.date_column = schema_column(&reading.schema->stored, SLICE("close_date"));
    }
    if (entity == ENTITY_RATE) {
        reading.order_by_date = true;
        reading.date_column = schema_column(&reading.schema->stored, SLICE("starts"));
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        note_keys(&reading, &rows->items[i]);
    }
    return feature_rows_sort(arena, *rows);
}
