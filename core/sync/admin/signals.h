/*
 * signals_import: values that Perly knows and Salesforce does not. At most SIGNALS_ROWS_MAX a command; a host
 * cuts a file at line ends. A row that is wrong is told and left out, the others are stored.
 *
 *     {"command":"signals_import","rows":[{"account_id":"001...","name":"usage","value":80,
 *      "at":"2026-11-23T08:00:00Z"}]}
 *     {"command":"signals_import","name":"usage.csv","header":"account_id,name,value,at","line":2,
 *      "text":"001...,usage,80,2026-11-23\n"}
 *
 * `text` is NDJSON when it begins with '{', else CSV, whose columns `header` names in any order (absent: the
 * first line of the text). `at` may be missing: ten minutes ago, which lies before the next cut whatever the
 * clocks say. The name must be a signal of the configuration that is imported. Told as
 * {"event":"record_failed","object":"usage.csv","id":"line 7", and the members of an error} for the first
 * rows that are refused, and {"event":"imported","rows":98,"accounts":40,"failed":2}. The accounts become
 * dirty: the next scoring looks at them.
 */
#ifndef PERLY_SYNC_ADMIN_SIGNALS_H
#define PERLY_SYNC_ADMIN_SIGNALS_H

enum { SIGNALS_ROWS_MAX = 32768, SIGNALS_FAILURES_TOLD = 20 };

#endif
