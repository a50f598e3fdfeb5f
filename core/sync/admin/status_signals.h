/*
 * What `status` tells of the signals that Perly supplies: how old the values are. A line "signal NAME" of
 * each that has values: "accounts", "newest", "oldest" (of each account its last one), "age_ms" of the
 * newest; not ok when even that is past the signal's `max_age`, since then nothing is known of it any more.
 * Those of the configuration that were never imported stand in one line, "signals", member "never".
 */
#ifndef PERLY_SYNC_ADMIN_STATUS_SIGNALS_H
#define PERLY_SYNC_ADMIN_STATUS_SIGNALS_H

#include "sync/run/query.h"

/* Zeroed but for the configuration before the first row. */
typedef struct StatusSignals {
    Config *config;
    bool there[CONFIG_SIGNALS_MAX]; /* it has values */
} StatusSignals;

/* A row of STATUS_SIGNALS. */
Error status_signals_row(Query *query, StatusSignals *signals, RowView row);

/* After the last. */
Error status_signals_end(Query *query, const StatusSignals *signals);

#endif
