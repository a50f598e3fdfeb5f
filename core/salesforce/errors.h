/*
 * What an answer that is not a success means. Salesforce speaks of errors in four shapes:
 *
 *     [{"message":"...","errorCode":"INVALID_FIELD","fields":["X__c"]}]      data, Tooling, Bulk and Connect
 * APIs
 *     {"success":false,"errors":[{"statusCode":"...","message":"..."}]}      one record of a collection
 *     {"error":"invalid_grant","error_description":"..."}                    OAuth (revoke: the same as a
 * form) HTML, plain text or nothing                                            proxies, maintenance, login
 * pages
 *
 * All end in one table, code by code, which decides the ErrorCode and with it the class (try again, refresh,
 * reconnect, skip the record, stop) and the remedy. Sources: REST API Developer Guide "Status Codes and Error
 * Responses", Object Reference "Status Codes", Salesforce help "OAuth 2.0 Authorization Errors".
 */
#ifndef PERLY_SALESFORCE_ERRORS_H
#define PERLY_SALESFORCE_ERRORS_H

#include "base/error.h"

/*
 * The table: Salesforce's code to ours. Some codes cover several situations, which only the message tells
 * apart (REQUEST_LIMIT_EXCEEDED: the daily quota or too many at once). `otherwise` for a code that is not in
 * it.
 */
ErrorCode sf_error_code(Slice code, Slice message, ErrorCode otherwise);

/* The same for the two texts of an OAuth error; unknown ones are ERROR_SF_OAUTH_REQUEST. */
ErrorCode sf_oauth_error_code(Slice error, Slice description);

#endif
