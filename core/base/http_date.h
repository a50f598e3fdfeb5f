/*
 * Times in headers: RFC 9110 §5.6.7, which asks whoever reads one to take all three forms.
 */
#ifndef PERLY_BASE_HTTP_DATE_H
#define PERLY_BASE_HTTP_DATE_H

#include "base/error.h"

/*
 * Reads "Sun, 06 Nov 1994 08:49:37 GMT", or one of the two obsolete forms, into milliseconds since 1970. The
 * day's name is not compared. A two-digit year is read as 1970 to 2069. ERROR_TIME_SYNTAX otherwise.
 */
Error http_date_parse(Slice text, int64_t *ms);

#endif
