/* How often an opportunity's close date was moved to a later day while it was open. */
#include "base/time.h"
#include "score/internal.h"

/* Rows of one opportunity. */
typedef struct Slips {
    const SlipsHistory *history;
    BlockRange range;
    Slice closed_stage;
} Slips;

static RowView view_of(const Slips *slips, uint32_t at)
{
    return slips->history->rows.items[at].view;
}

static bool is_closing(const Slips *slips, uint32_t at)
{
    return slips->closed_stage.length != 0 &&
           slice_equal(feature_text(view_of(slips, at), slips->history->stage), slips->closed_stage);
}

static bool has_date(const Slips *slips, uint32_t at)
{
    return row_state(view_of(slips, at), slips->history->close_date) == ROW_VALUE;
}

/* A row of the field history: it tells one field alone, with the value before. */
static bool tells_before(const Slips *slips, uint32_t at)
{
    return row_state(view_of(slips, at), slips->history->was) == ROW_VALUE;
}

/* Rows that each tell the whole opportunity. */
static bool count_versions(const Slips *slips, int64_t *count)
{
    int64_t before = INT64_MAX;
    bool found = false;
    for (uint32_t at = slips->range.first; at < slips->range.first + slips->range.count; at++) {
        if (!has_date(slips, at) || tells_before(slips, at)) {
            continue;
        }
        const int64_t after = row_int64(view_of(slips, at), slips->history->close_date);
        *count += after > before && !is_closing(slips, at);
        before = after;
        found = true;
    }
    return found;
}

/* What changed at one time is told by a row each; rows are in order of time. */
static bool is_closed_with(const Slips *slips, uint32_t row)
{
    const FeatureRow *items = slips->history->rows.items;
    const uint32_t end = slips->range.first + slips->range.count;
    uint32_t at = row;
    while (at > slips->range.first && items[at - 1].date == items[row].date) {
        at--;
    }
    while (at < end && items[at].date == items[row].date && !is_closing(slips, at)) {
        at++;
    }
    return at < end && items[at].date == items[row].date;
}

static bool count_fields(const Slips *slips, int64_t *count)
{
    bool found = false;
    for (uint32_t at = slips->range.first; at < slips->range.first + slips->range.count; at++) {
        if (!has_date(slips, at) || !tells_before(slips, at)) {
            continue;
        }
        const RowView row = view_of(slips, at);
        const bool later = row_int64(row, slips->history->close_date) > row_int64(row, slips->history->was);
        *count += later && !is_closed_with(slips, at);
        found = true;
    }
    return found;
}

bool slips_of_history(const SlipsHistory *history, Slice opportunity, Slice closed_stage, int64_t *count)
{
    const FeatureRows rows = history->rows;
    Slips slips = {history, {feature_group_find(rows, opportunity), 0}, closed_stage};
    uint32_t at = slips.range.first;
    while (at < rows.count && slice_equal(rows.items[at].group, opportunity)) {
        at++;
    }
    slips.range.count = at - slips.range.first;
    *count = 0;
    return count_versions(&slips, count) || count_fields(&slips, count);
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
