/* How often an opportunity's close date was moved to a later day while it was open. */
#include "base/time.h"
#include "score/internal.h"

bool slips_of_history(const SlipsHistory *history, Slice opportunity, Slice closed_stage, int64_t *slips)
{
    const FeatureRows rows = history->rows;
    const uint32_t first = feature_group_find(rows, opportunity);
    int64_t before = INT64_MAX;
    *slips = 0;
    uint32_t at = first;
    for (; at < rows.count && slice_equal(rows.items[at].group, opportunity); at++) {
        const RowView row = rows.items[at].view;
        if (row_state(row, history->close_date) != ROW_VALUE) {
            continue;
        }
        const int64_t after = row_int64(row, history->close_date);
        const Slice stage = feature_text(row, history->stage);
        const bool closed = closed_stage.length != 0 && slice_equal(stage, closed_stage);
        *slips += after > before && !closed;
        before = after;
    }
    return at != first;
}

static bool is_later(const LoggedChange *change)
{
    int64_t before = 0;
    int64_t after = 0;
    return change->old_known && change->new_known && time_parse(change->old_text, &before).code == ERROR_OK &&
           time_parse(change->new_text, &after).code == ERROR_OK && after > before;
}

int64_t slips_of_changes(const ChangeIndex *index, const FeaturesView *view, Slice opportunity, bool closed)
{
    const BlockRange range = change_index_find(index, opportunity);
    bool closed_before = closed; /* before the version of the record that is looked at */
    int64_t seen_ms = INT64_MAX;
    int64_t stamp_ms = INT64_MAX;
    int64_t slips = 0;
    for (uint32_t i = range.count; i-- > 0;) { /* newest first: what it is now is known */
        const LoggedChange *change = &index->changes[index->order[range.first + i]];
        if (!feature_counts(view, change->seen_ms, change->stamp_ms)) {
            continue;
        }
        if (change->seen_ms != seen_ms || change->stamp_ms != stamp_ms) {
            closed = closed_before;
            seen_ms = change->seen_ms;
            stamp_ms = change->stamp_ms;
        }
        if (slice_equal(change->column, SLICE("is_closed"))) {
            closed_before = slice_equal(change->old_text, SLICE("true"));
        } else if (slice_equal(change->column, SLICE("close_date"))) {
            slips += !closed && is_later(change);
        }
    }
    return slips;
}
