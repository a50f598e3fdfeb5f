#include "sync/plan/certificate.h"

#include "base/time.h"
#include "map/attributes.h"
#include "sync/run/statements.h"

static const struct {
    Slice key;
    uint32_t column;
} members[] = {
    {SLICE_INIT("object"), PULL_OBJECT},
    {SLICE_INIT("state"), PULL_STATE},
    {SLICE_INIT("up_to"), PULL_UP_TO},
    {SLICE_INIT("started_at"), PULL_STARTED},
    {SLICE_INIT("rows"), PULL_RECEIVED},
    {SLICE_INIT("rows_announced"), PULL_ANNOUNCED},
    {SLICE_INIT("inserted"), PULL_INSERTED},
    {SLICE_INIT("changed"), PULL_CHANGED},
    {SLICE_INIT("left_out"), PULL_LEFT_OUT},
    {SLICE_INIT("rejected"), PULL_REJECTED},
    {SLICE_INIT("rejected_ids"), PULL_REJECTED_IDS},
    {SLICE_INIT("nul_bytes"), PULL_NUL_BYTES},
    {SLICE_INIT("org_rows"), PULL_ORG_ROWS},
    {SLICE_INIT("held_rows"), PULL_HELD_ROWS},
    {SLICE_INIT("counted_at"), PULL_COUNTED},
    {SLICE_INIT("unseen_fields"), PULL_UNSEEN},
    {SLICE_INIT("api"), PULL_API},
    {SLICE_INIT("failed_since"), PULL_FAILED_SINCE},
    {SLICE_INIT("code"), PULL_ERROR_CODE},
    {SLICE_INIT("error"), PULL_ERROR},
};

static void write_value(JsonWriter *json, RowView row, uint32_t column)
{
    char time[TIME_TEXT_BYTES];
    switch (sync_statement(STATEMENT_STATUS_PULLS)->results.data[column]) {
    case 'i': json_write_int64(json, row_int64(row, column)); break;
    case 'm':
        time_print(row_int64(row, column), time);
        json_write_text(json, slice_make(time, sizeof time));
        break;
    default: json_write_text(json, row_text(row, column)); break;
    }
}

void certificate_write(JsonWriter *json, RowView row, bool brief)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const bool known = row_state(row, members[i].column) == ROW_VALUE;
        if (known || !brief) {
            json_write_key(json, members[i].key);
        }
        if (known) {
            write_value(json, row, members[i].column);
        } else if (!brief) {
            json_write_null(json);
        }
    }
}

/* Objects that the org has; of what is read besides their windows ("Account (ids)") only what failed. */
static bool is_kept(RowView row)
{
    return row_state(row, PULL_FAILED_SINCE) == ROW_VALUE ||
           (source_find(row_text(row, PULL_OBJECT)) != SOURCE_COUNT &&
            !slice_equal(row_text(row, PULL_STATE), SLICE("absent")));
}

static uint32_t take_rows(void *context, const RowBatch *batch)
{
    Certificate *certificate = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        if (is_kept(row_at(batch, i))) {
            json_write_object_begin(&certificate->json);
            certificate_write(&certificate->json, row_at(batch, i), true);
            json_write_object_end(&certificate->json);
        }
    }
    return PERLY_MORE;
}

void certificate_read(Certificate *certificate, Job *job, Arena *arena)
{
    buffer_init(&certificate->text, arena, 0);
    certificate->json = (JsonWriter){&certificate->text, false};
    json_write_array_begin(&certificate->json);
    store_query(job, &certificate->query, sync_statement(STATEMENT_STATUS_PULLS), NULL, take_rows,
                certificate);
}

Slice certificate_end(Certificate *certificate)
{
    json_write_array_end(&certificate->json);
    return certificate->text.failed ? SLICE("") : buffer_slice(&certificate->text);
}
