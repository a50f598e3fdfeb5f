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

#include "json/document.h"

/*
 * Classifies an answer with any status but 2xx and 304, and an HTML page that comes with 2xx. The error's
 * message, in `arena`, is Salesforce's code and sentence, the fields it names and the HTTP status: on one
 * line, cut at SF_MESSAGE_BYTES_MAX. Never fails itself: a body that cannot be read leaves the status to
 * decide.
 *
 * A 401 is ERROR_SF_SESSION_EXPIRED (class refresh) except for those that a new session would not cure.
 */
Error sf_classify(Arena *arena, uint32_t status, Slice headers, Slice body);

enum { SF_MESSAGE_BYTES_MAX = 800 };

/*
 * The error of one record in a collection or of one subrequest, in the same words. `place.pointer` is the
 * record's id, when it is known. `fields` may be empty.
 */
Error sf_record_error(Arena *arena, Slice code, Slice message, const Slice *fields, size_t field_count,
                      Slice record_id);

/*
 * The table: Salesforce's code to ours. Some codes cover several situations, which only the message tells
 * apart (REQUEST_LIMIT_EXCEEDED: the daily quota or too many at once). `otherwise` for a code that is not in
 * it.
 */
ErrorCode sf_error_code(Slice code, Slice message, ErrorCode otherwise);

/*
 * The same from JSON: {"statusCode":"...","message":"...","fields":[]} of a collection or tree, or with
 * errorCode of a subrequest. What is missing is left out of the message; another value altogether is
 * ERROR_SF_REFUSED.
 */
Error sf_record_error_read(Arena *arena, JsonValue value, Slice record_id);

/*
 * An OAuth error in the words of sf_classify: from a token answer, or from a redirect (`status` 0). The
 * description is Salesforce's; it never holds a token.
 */
Error sf_oauth_error(Arena *arena, Slice error, Slice description, uint32_t status);

/* The same for the two texts of an OAuth error; unknown ones are ERROR_SF_OAUTH_REQUEST. */
ErrorCode sf_oauth_error_code(Slice error, Slice description);

/*
 * Bulk writes the error of a row as "CODE:message:fields--" (Bulk API 2.0, "Get Job Failed Record Results").
 * The error in the words of sf_record_error.
 */
Error sf_bulk_row_error(Arena *arena, Slice text, Slice record_id);

#endif
