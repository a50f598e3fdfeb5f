/*
 * What Salesforce says in answer headers besides the body: its clock, and how much of the daily quota is
 * used. `headers` are the lines of a Completion: "name: value", names in lower case.
 */
#ifndef PERLY_SALESFORCE_HEADERS_H
#define PERLY_SALESFORCE_HEADERS_H

#include "base/error.h"

/*
 * Salesforce's clock, from the Date header, in whole seconds: the only clock that a window's end may come
 * from. False when the header is missing or broken.
 */
bool sf_server_time(Slice headers, int64_t *ms);

/* Sforce-Limit-Info: "api-usage=18/5000", perhaps with what this app alone used and may use, which is passed
 * over:
 * "; per-app-api-usage=17/250(appName=...)". */
typedef struct SfLimitInfo {
    uint64_t used; /* calls of the whole org in the running 24 hours; may exceed the limit */
    uint64_t limit;
} SfLimitInfo;

/* False when the header is missing (it often is, on errors) or is not of that form: unknown, not zero. */
bool sf_limit_info_read(Slice headers, SfLimitInfo *info);

#endif
