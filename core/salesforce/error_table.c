#include "salesforce/errors.h"

/*
 * One row a meaning. A row with a `mark` holds only for messages that contain it and stands before the row of
 * the same code without one. Rows are few and errors are rare: they are searched from the top.
 */
typedef struct CodeRow {
    Slice code;
    Slice mark;
    ErrorCode meaning;
} CodeRow;

#define ROW(code, meaning)                                                                                   \
    {                                                                                                        \
        SLICE_INIT(#code), {NULL, 0}, ERROR_##meaning                                                        \
    }
#define ROW_WITH(code, mark, meaning)                                                                        \
    {                                                                                                        \
        SLICE_INIT(#code), SLICE_INIT(mark), ERROR_##meaning                                                 \
    }

static const CodeRow data_rows[] = {
    /* The session. Two kinds of 401 that a new token does not cure come first. */
    ROW_WITH(INVALID_SESSION_ID, "not valid for use with the", SF_SCOPE),
    ROW_WITH(INVALID_SESSION_ID, "not attached to Agent", SF_APP_DETACHED),
    ROW(INVALID_SESSION_ID, SF_SESSION_EXPIRED),
    ROW(INVALID_AUTH_HEADER, SF_SESSION_EXPIRED),
    ROW(INVALID_OPERATION_WITH_EXPIRED_PASSWORD, SF_PASSWORD_EXPIRED),
    ROW(API_CURRENTLY_DISABLED, SF_API_DISABLED),
    ROW(API_DISABLED_FOR_ORG, SF_API_DISABLED),
    ROW(UNSUPPORTED_API_VERSION, SF_VERSION),
    ROW(ORG_LOCKED, SF_ORG_INACTIVE),
    /* Limits. HTTP 403, never 429, for both the quota and the 25 long requests. */
    ROW_WITH(REQUEST_LIMIT_EXCEEDED, "Concurrent", SF_CONCURRENCY),
    ROW(REQUEST_LIMIT_EXCEEDED, SF_API_LIMIT),
    ROW_WITH(LIMIT_EXCEEDED, "bulk", SF_BULK_LIMIT),
    ROW_WITH(LIMIT_EXCEEDED, "Bulk", SF_BULK_LIMIT),
    ROW(LIMIT_EXCEEDED, SF_ORG_LIMIT),
    ROW(EXCEEDED_QUOTA, SF_BULK_LIMIT),
    ROW(EXCEEDED_MAX_BULK_JOBS, SF_BULK_LIMIT),
    ROW(CUSTOM_FIELD_LIMIT_EXCEEDED, SF_ORG_LIMIT),
    ROW(STORAGE_LIMIT_EXCEEDED, SF_STORAGE_FULL),
    ROW(EXCEEDED_ID_LIMIT, SF_REQUEST_TOO_LONG),
    ROW(TXN_SECURITY_METERING_ERROR, SF_TRANSACTION_SECURITY),
    /* Weather. */
    ROW(SERVER_UNAVAILABLE, SF_BUSY),
    ROW(SERVICE_UNAVAILABLE, SF_BUSY), /* Connect API: over its own limit of an hour */
    ROW(UNKNOWN_EXCEPTION, SF_UNAVAILABLE),
    ROW(REQUEST_RUNNING_TOO_LONG, SF_QUERY_TIMEOUT),
    ROW(QUERY_TIMEOUT, SF_QUERY_TIMEOUT),
    ROW(UNABLE_TO_LOCK_ROW, SF_RECORD_LOCKED),
    /* Queries. */
    ROW_WITH(API_ERROR, "Implementation restriction", SF_VIEW_ALL_NEEDED),
    /* "... not supported in Bulk Query", "... in Bulk V2 Query with CSV content type" */
    ROW_WITH(API_ERROR, "not supported in Bulk", SF_QUERY_UNSUPPORTED),
    ROW_WITH(FEATURENOTENABLED, "not supported in Bulk", SF_QUERY_UNSUPPORTED),
    ROW_WITH(FUNCTIONALITY_NOT_ENABLED, "not supported in Bulk", SF_QUERY_UNSUPPORTED),
    ROW_WITH(MALFORMED_QUERY, "Implementation restriction", SF_VIEW_ALL_NEEDED),
    ROW(MALFORMED_QUERY, SF_QUERY_INVALID),
    ROW(QUERY_TOO_COMPLICATED, SF_QUERY_INVALID),
    ROW(INVALIDENTITY, SF_QUERY_UNSUPPORTED),
    ROW(INVALID_QUERY_LOCATOR, SF_CURSOR_EXPIRED),
    ROW_WITH(INVALID_TYPE, "does not support query", SF_QUERY_UNSUPPORTED),
    ROW(INVALID_TYPE, SF_OBJECT_UNKNOWN),
    ROW(INVALID_FIELD, SF_FIELD_UNKNOWN),
    /* Permissions and features. */
    ROW(INSUFFICIENT_ACCESS, SF_PERMISSION),
    ROW(FUNCTIONALITY_NOT_ENABLED, SF_CHATTER_OFF),
    ROW(FEATURENOTENABLED, SF_API_DISABLED),
    ROW(INVALID_FIELD_FOR_INSERT_UPDATE, SF_FIELD_READ_ONLY),
    ROW(DUPLICATE_DEVELOPER_NAME, SF_NAME_TAKEN),
    /* Records that are gone. */
    ROW(ENTITY_IS_DELETED, SF_RECORD_GONE),
    ROW(NOT_FOUND, SF_RECORD_GONE),
    ROW(INVALID_CROSS_REFERENCE_KEY, SF_RECORD_GONE),
    ROW(MALFORMED_ID, SF_RECORD_GONE),
    /* Records that Salesforce does not take. */
    ROW(FIELD_CUSTOM_VALIDATION_EXCEPTION, SF_VALIDATION_RULE),
    ROW(CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY, SF_TRIGGER_FAILED),
    ROW(CANNOT_EXECUTE_FLOW_TRIGGER, SF_TRIGGER_FAILED),
    ROW(REQUIRED_FIELD_MISSING, SF_REQUIRED_FIELD),
    ROW(INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST, SF_PICKLIST_VALUE),
    ROW(STRING_TOO_LONG, SF_VALUE_REFUSED),
    ROW(NUMBER_OUTSIDE_VALID_RANGE, SF_VALUE_REFUSED),
    ROW(FIELD_INTEGRITY_EXCEPTION, SF_VALUE_REFUSED),
    ROW(FIELD_FILTER_VALIDATION_EXCEPTION, SF_VALUE_REFUSED),
    ROW(INSUFFICIENT_ACCESS_OR_READONLY, SF_ACCESS_DENIED),
    ROW(INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY, SF_ACCESS_DENIED),
    ROW(TRANSFER_REQUIRES_READ, SF_ACCESS_DENIED),
    ROW(INACTIVE_OWNER_OR_USER, SF_OWNER_INACTIVE),
    ROW(DUPLICATES_DETECTED, SF_DUPLICATE_RULE),
    ROW(DUPLICATE_VALUE, SF_DUPLICATE_VALUE),
    ROW(ALL_OR_NONE_OPERATION_ROLLED_BACK, SF_ROLLED_BACK),
    ROW(PROCESSING_HALTED, SF_ROLLED_BACK),
    ROW(BATCH_PROCESSING_HALTED, SF_ROLLED_BACK),
};

static const CodeRow oauth_rows[] = {
    ROW_WITH(invalid_grant, "inactive user", SF_USER_INACTIVE),
    ROW_WITH(invalid_grant, "ip restricted", SF_IP_RESTRICTED),
    ROW_WITH(invalid_grant, "login hours", SF_IP_RESTRICTED),
    ROW_WITH(invalid_grant, "approved this consumer", SF_USER_NOT_APPROVED),
    ROW_WITH(invalid_grant, "no client credentials user", SF_RUN_AS_MISSING),
    ROW_WITH(invalid_grant, "invalid assertion", SF_CLIENT_REFUSED),
    ROW_WITH(invalid_grant, "udience", SF_OAUTH_REQUEST),
    ROW_WITH(invalid_grant, "authentication failure", SF_LOGIN_REFUSED),
    ROW_WITH(invalid_grant, "activation secret invalid", SF_LOGIN_REFUSED),
    ROW(invalid_grant, SF_ACCESS_REVOKED),
    ROW(invalid_token, SF_ACCESS_REVOKED),
    ROW(invalid_client_id, SF_CLIENT_REFUSED),
    ROW(invalid_client, SF_CLIENT_REFUSED),
    ROW(access_denied, SF_OAUTH_DENIED),
    {SLICE_INIT("access-denied"), {NULL, 0}, ERROR_SF_OAUTH_DENIED}, /* as a page of help spells it */
    ROW(invalid_app_access, SF_APP_BLOCKED),
    ROW(app_blocked, SF_APP_BLOCKED),
    ROW(fail_close_app_blocked, SF_APP_BLOCKED),
    ROW(OAUTH_APP_BLOCKED, SF_APP_BLOCKED),
    ROW(OAUTH_APP_ACCESS_DENIED, SF_APP_BLOCKED),
    ROW(app_not_found, SF_APP_BLOCKED),
    ROW(oauth_flow_disabled, SF_APP_BLOCKED),
    ROW(ecapp_policy_not_found, SF_APP_BLOCKED),
    ROW(oauth_policy_not_found, SF_APP_BLOCKED),
    ROW(invalid_session_level, SF_APP_BLOCKED),
    ROW(inactive_org, SF_ORG_INACTIVE),
    ROW(inactive_user, SF_USER_INACTIVE),
    ROW(rate_limit_exceeded, SF_LOGIN_RATE),
    ROW(server_error, SF_UNAVAILABLE),
    ROW(service_unavailable, SF_UNAVAILABLE),
    ROW(temporarily_unavailable, SF_UNAVAILABLE),
    ROW(system_down, SF_UNAVAILABLE),
    ROW(unknown_error, SF_UNAVAILABLE),
    ROW(slow_down, SF_UNAVAILABLE),
};

static ErrorCode look_up(const CodeRow *rows, size_t count, Slice code, Slice message, ErrorCode otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(rows[i].code, code) && slice_find(message, rows[i].mark, 0) != SIZE_MAX) {
            return rows[i].meaning;
        }
    }
    return otherwise;
}

ErrorCode sf_error_code(Slice code, Slice message, ErrorCode otherwise)
{
    return look_up(data_rows, sizeof data_rows / sizeof data_rows[0], code, message, otherwise);
}

ErrorCode sf_oauth_error_code(Slice error, Slice description)
{
    return look_up(oauth_rows, sizeof oauth_rows / sizeof oauth_rows[0], error, description,
                   ERROR_SF_OAUTH_REQUEST);
}
