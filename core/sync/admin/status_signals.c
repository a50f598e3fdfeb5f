#include "sync/admin/status_signals.h"

#include "sync/admin/status_line.h"

enum { SIGNAL_NAME, SIGNAL_ACCOUNTS, SIGNAL_NEWEST, SIGNAL_OLDEST };

static bool is_imported(const ConfigSignal *signal)
{
    return signal->expression.text.length == 0;
}

static const ConfigSignal *find_signal(StatusSignals *signals, Slice name)
{
    for (uint32_t i = 0; i < signals->config->signal_count; i++) {
        const ConfigSignal *signal = &signals->config->signals[i];
        if (is_imported(signal) && slice_equal(signal->name, name)) {
            signals->there[i] = true;
            return signal;
        }
    }
    return NULL;
}

static int64_t age_of(const Query *query, RowView row, uint32_t column)
{
    return query->job.engine->wall_ms - row_int64(row, column);
}

static void append_ago(Buffer *text, const Query *query, RowView row, uint32_t column)
{
    status_append_time(text, row, column);
    buffer_append(text, SLICE(" ("));
    status_append_age(text, age_of(query, row, column));
    buffer_append(text, SLICE(" ago)"));
}

Error status_signals_row(Query *query, StatusSignals *signals, RowView row)
{
    const ConfigSignal *signal = find_signal(signals, row_text(row, SIGNAL_NAME));
    const int64_t max_ms = signal == NULL ? 0 : signal->max_age_ms;
    const bool ok = max_ms == 0 || age_of(query, row, SIGNAL_NEWEST) <= max_ms;
    Buffer name;
    Buffer text;
    Event event;
    buffer_init(&name, &query->memory, 0);
    buffer_append(&name, SLICE("signal "));
    buffer_append(&name, row_text(row, SIGNAL_NAME));
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, SLICE("up to "));
    append_ago(&text, query, row, SIGNAL_NEWEST);
    status_append_count(&text, row_int64(row, SIGNAL_ACCOUNTS), SLICE("account{s}, the oldest of "));
    append_ago(&text, query, row, SIGNAL_OLDEST);
    if (signal == NULL) {
        buffer_append(&text, SLICE("; the configuration has no such signal"));
    } else if (max_ms != 0) {
        buffer_append(&text, SLICE("; a value holds for "));
        status_append_age(&text, max_ms);
    }
    buffer_append(&text,
                  ok ? SLICE("")
                     : SLICE(", so nothing is known of it any more: import it anew, or take it out of the "
                             "configuration"));
    status_begin(query, &event, buffer_slice(&name), ok, &text);
    query_member_int(&event, SLICE("accounts"), row, SIGNAL_ACCOUNTS);
    query_member_time(&event, SLICE("newest"), row, SIGNAL_NEWEST);
    query_member_time(&event, SLICE("oldest"), row, SIGNAL_OLDEST);
    event_int64(&event, SLICE("age_ms"), age_of(query, row, SIGNAL_NEWEST));
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

Error status_signals_end(Query *query, const StatusSignals *signals)
{
    const Config *config = signals->config;
    Buffer text;
    Event event;
    uint32_t count = 0;
    buffer_init(&text, &query->memory, 0);
    for (uint32_t i = 0; i < config->signal_count; i++) {
        if (is_imported(&config->signals[i]) && !signals->there[i]) {
            buffer_append(&text,
                          count++ == 0 ? SLICE("never imported, and left out of scores: ") : SLICE(", "));
            buffer_append(&text, config->signals[i].name);
        }
    }
    if (count == 0) {
        return ERROR_NONE;
    }
    status_begin(query, &event, SLICE("signals"), true, &text);
    json_write_key(&event.json, SLICE("never"));
    json_write_array_begin(&event.json);
    for (uint32_t i = 0; i < config->signal_count; i++) {
        if (is_imported(&config->signals[i]) && !signals->there[i]) {
            json_write_text(&event.json, config->signals[i].name);
        }
    }
    json_write_array_end(&event.json);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}
