/*
 * What `status` tells of API calls: how many Perly made today and for what, what the org has left, what is
 * short, and a forecast of calls a day for the polling interval in force and for others, and of what
 * salesforce.touch costs. Two questions whose
 * rows are gathered, then told as events "status" of the names "api calls" and "forecast".
 */
#ifndef PERLY_SYNC_ADMIN_STATUS_USAGE_H
#define PERLY_SYNC_ADMIN_STATUS_USAGE_H

#include "sync/run/query.h"

/* One day of table api_usage. */
typedef struct StatusUsageDay {
    char day[BUDGET_DAY_BYTES];
    int64_t calls[BUDGET_PURPOSE_COUNT];
    int64_t cycles;
} StatusUsageDay;

enum { STATUS_USAGE_DAYS = 8 };

/* The state of the query. Zeroed before the first question. */
typedef struct StatusUsage {
    StatusUsageDay days[STATUS_USAGE_DAYS]; /* in order, those that had calls */
    uint32_t day_count;
    Budget budget;
    int64_t scored; /* accounts with a score, which `touch` writes when nothing else does */
} StatusUsage;

/* Of STATUS_USAGE the first of the days looked at, of BUDGET_READ today. */
void status_usage_params(Query *query, RowWriter *row);
Error status_usage_row(Query *query, RowView row);
Error status_usage_limit(Query *query, RowView row);
Error status_usage_tell(Query *query);

#endif
