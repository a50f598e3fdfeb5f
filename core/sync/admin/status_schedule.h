/*
 * What `status` tells when nothing goes on, which no other line shows: a line "schedule" where the newest row
 * of any pull is older than three polls and the lag of windows, member "age_ms", and a line "configuration"
 * where the one that was given has mistakes, so that no sync begins. Neither is there when all is well.
 */
#ifndef PERLY_SYNC_ADMIN_STATUS_SCHEDULE_H
#define PERLY_SYNC_ADMIN_STATUS_SCHEDULE_H

#include "config/document.h"
#include "sync/run/query.h"

/* Zeroed before the first row. */
typedef struct StatusSchedule {
    bool pulled; /* some pull has been whole */
    int64_t up_to_ms;
} StatusSchedule;

/* A row of STATUS_PULLS. */
void status_schedule_row(StatusSchedule *schedule, RowView row);

/* After the last. */
void status_schedule_end(Query *query, const StatusSchedule *schedule, const ConfigSalesforce *settings);

/* Reads the command's configuration anew, for its mistakes. ERROR_OUT_OF_MEMORY. */
Error status_schedule_config(Query *query);

#endif
