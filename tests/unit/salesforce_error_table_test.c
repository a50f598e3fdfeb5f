#include "salesforce/errors.h"
#include "test.h"

typedef struct Row {
    Slice code;
    Slice message;
    ErrorCode meaning;
    ErrorClass class;
} Row;

/* What must be told apart, with the class that follows from it. */
static const Row data[] = {
    {SLICE_INIT("INVALID_SESSION_ID"), SLICE_INIT("Session expired or invalid"), ERROR_SF_SESSION_EXPIRED,
     ERROR_CLASS_REFRESH},
    {SLICE_INIT("INVALID_SESSION_ID"), SLICE_INIT("This session is not valid for use with the REST API"),
     ERROR_SF_SCOPE, ERROR_CLASS_RECONNECT},
    {SLICE_INIT("INVALID_SESSION_ID"), SLICE_INIT("Connected app is not attached to Agent"),
     ERROR_SF_APP_DETACHED, ERROR_CLASS_RECONNECT},
    {SLICE_INIT("REQUEST_LIMIT_EXCEEDED"), SLICE_INIT("TotalRequests Limit exceeded."), ERROR_SF_API_LIMIT,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("REQUEST_LIMIT_EXCEEDED"),
     SLICE_INIT("ConcurrentRequests (Concurrent API Requests) Limit exceeded."), ERROR_SF_CONCURRENCY,
     ERROR_CLASS_RETRY_LATER},
    {SLICE_INIT("LIMIT_EXCEEDED"), SLICE_INIT("Max bulk v2 query jobs (10000) per 24 hrs has been reached"),
     ERROR_SF_BULK_LIMIT, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("LIMIT_EXCEEDED"), SLICE_INIT("You have reached the limit of custom fields"),
     ERROR_SF_ORG_LIMIT, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("API_ERROR"), SLICE_INIT("Selecting compound data not supported in Bulk Query"),
     ERROR_SF_QUERY_UNSUPPORTED, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("API_ERROR"), SLICE_INIT("Blob field not supported in Bulk V2 Query with CSV content type"),
     ERROR_SF_QUERY_UNSUPPORTED, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("FEATURENOTENABLED"),
     SLICE_INIT("Aggregate Relationships not supported in Bulk Query with CSV content type"),
     ERROR_SF_QUERY_UNSUPPORTED, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("FUNCTIONALITY_NOT_ENABLED"),
     SLICE_INIT("Selecting compound data not supported in Bulk Query"), ERROR_SF_QUERY_UNSUPPORTED,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("FUNCTIONALITY_NOT_ENABLED"), SLICE_INIT("Chatter is not enabled"), ERROR_SF_CHATTER_OFF,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("API_ERROR"), SLICE_INIT("Implementation restriction: ..."), ERROR_SF_VIEW_ALL_NEEDED,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("UNABLE_TO_LOCK_ROW"), SLICE_INIT("unable to obtain exclusive access to this record"),
     ERROR_SF_RECORD_LOCKED, ERROR_CLASS_RETRY_LATER},
    {SLICE_INIT("ENTITY_IS_DELETED"), SLICE_INIT("entity is deleted"), ERROR_SF_RECORD_GONE,
     ERROR_CLASS_SKIP_RECORD},
    {SLICE_INIT("FIELD_CUSTOM_VALIDATION_EXCEPTION"), SLICE_INIT("Close date is in the past"),
     ERROR_SF_VALIDATION_RULE, ERROR_CLASS_SKIP_RECORD},
    {SLICE_INIT("INVALID_FIELD"), SLICE_INIT("No such column 'x' on entity 'Account'"),
     ERROR_SF_FIELD_UNKNOWN, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("INACTIVE_OWNER_OR_USER"), SLICE_INIT(""), ERROR_SF_OWNER_INACTIVE, ERROR_CLASS_SKIP_RECORD},
    {SLICE_INIT("SERVER_UNAVAILABLE"), SLICE_INIT(""), ERROR_SF_BUSY, ERROR_CLASS_RETRY_LATER},
    {SLICE_INIT("SOMETHING_NEW"), SLICE_INIT("x"), ERROR_SF_REFUSED, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT(""), SLICE_INIT(""), ERROR_SF_REFUSED, ERROR_CLASS_STOP_JOB},
};

static const Row oauth[] = {
    {SLICE_INIT("invalid_grant"), SLICE_INIT("expired access/refresh token"), ERROR_SF_ACCESS_REVOKED,
     ERROR_CLASS_RECONNECT},
    {SLICE_INIT("invalid_grant"), SLICE_INIT("inactive user"), ERROR_SF_USER_INACTIVE, ERROR_CLASS_RECONNECT},
    {SLICE_INIT("invalid_grant"), SLICE_INIT("ip restricted or invalid login hours"), ERROR_SF_IP_RESTRICTED,
     ERROR_CLASS_RECONNECT},
    {SLICE_INIT("invalid_grant"), SLICE_INIT("user hasn't approved this consumer"),
     ERROR_SF_USER_NOT_APPROVED, ERROR_CLASS_RECONNECT},
    {SLICE_INIT("invalid_grant"), SLICE_INIT("authentication failure - Invalid Password"),
     ERROR_SF_LOGIN_REFUSED, ERROR_CLASS_RECONNECT},
    {SLICE_INIT("invalid_client_id"), SLICE_INIT("client identifier invalid"), ERROR_SF_CLIENT_REFUSED,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("app_blocked"), SLICE_INIT(""), ERROR_SF_APP_BLOCKED, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("inactive_org"), SLICE_INIT(""), ERROR_SF_ORG_INACTIVE, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("rate_limit_exceeded"), SLICE_INIT("login rate exceeded"), ERROR_SF_LOGIN_RATE,
     ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("server_error"), SLICE_INIT(""), ERROR_SF_UNAVAILABLE, ERROR_CLASS_RETRY_LATER},
    {SLICE_INIT("redirect_uri_mismatch"), SLICE_INIT(""), ERROR_SF_OAUTH_REQUEST, ERROR_CLASS_STOP_JOB},
    {SLICE_INIT("access_denied"), SLICE_INIT("end-user denied authorization"), ERROR_SF_OAUTH_DENIED,
     ERROR_CLASS_RECONNECT},
    {SLICE_INIT("never_heard_of"), SLICE_INIT(""), ERROR_SF_OAUTH_REQUEST, ERROR_CLASS_STOP_JOB},
};

/* Every error that the login host may name (its own enumeration): the admin is told what to do about each. */
static const struct {
    ErrorCode meaning;
    const char *names[24];
} named[] = {
    {ERROR_SF_CLIENT_REFUSED, {"invalid_client_id", "invalid_client", NULL}},
    {ERROR_SF_APP_BLOCKED,
     {"invalid_app_access", "app_blocked", "fail_close_app_blocked", "app_not_found", "oauth_flow_disabled",
      "ecapp_policy_not_found", "oauth_policy_not_found", "invalid_session_level", NULL}},
    {ERROR_SF_ORG_INACTIVE, {"inactive_org", NULL}},
    {ERROR_SF_USER_INACTIVE, {"inactive_user", NULL}},
    {ERROR_SF_LOGIN_RATE, {"rate_limit_exceeded", NULL}},
    {ERROR_SF_UNAVAILABLE,
     {"server_error", "service_unavailable", "system_down", "unknown_error", "slow_down", NULL}},
    {ERROR_SF_ACCESS_REVOKED, {"invalid_grant", "invalid_token", NULL}},
    {ERROR_SF_OAUTH_DENIED, {"access_denied", "access-denied", NULL}},
    {ERROR_SF_OAUTH_REQUEST,
     {"unsupported_grant_type",
      "invalid_request",
      "invalid_scope",
      "redirect_uri_mismatch",
      "redirect_uri_missing",
      "unsupported_response_type",
      "immediate_unsuccessful",
      "invalid_assertion_type",
      "bad_jti_claim",
      "invalid_basic_auth_header",
      "use_dpop_nonce",
      "invalid_dpop_proof",
      "authorization_pending",
      "app_attest_failed",
      "installation_error",
      "invalid_otp",
      "login_error",
      "otp_error",
      "unsupported_token_type",
      NULL}},
};

static void every_name_of_the_login_host_has_a_meaning(void)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        for (size_t n = 0; named[i].names[n] != NULL; n++) {
            const ErrorCode code = sf_oauth_error_code(slice_from_text(named[i].names[n]), SLICE(""));
            CHECK_TEXT(error_name(code), error_name(named[i].meaning), named[i].names[n]);
        }
    }
}

static void data_codes_have_one_meaning(void)
{
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++) {
        const ErrorCode code = sf_error_code(data[i].code, data[i].message, ERROR_SF_REFUSED);
        CHECK_TEXT(error_name(code), error_name(data[i].meaning), data[i].message.data);
        CHECK_INT(error_class(code), data[i].class, data[i].code.data);
    }
}

static void oauth_errors_have_one_meaning(void)
{
    for (size_t i = 0; i < sizeof oauth / sizeof oauth[0]; i++) {
        const ErrorCode code = sf_oauth_error_code(oauth[i].code, oauth[i].message);
        CHECK_TEXT(error_name(code), error_name(oauth[i].meaning), oauth[i].message.data);
        CHECK_INT(error_class(code), oauth[i].class, oauth[i].code.data);
    }
}

/* A person reads a remedy for every error, and it goes on after it. */
static void every_error_has_a_remedy(void)
{
    for (int code = ERROR_OK + 1; code < ERROR_CODE_COUNT; code++) {
        const Slice remedy = error_remedy((ErrorCode)code);
        CHECK_NAMED(remedy.length > 10 && remedy.data[remedy.length - 1] != '.',
                    error_name((ErrorCode)code).data);
    }
}

TEST_MAIN(data_codes_have_one_meaning, oauth_errors_have_one_meaning,
          every_name_of_the_login_host_has_a_meaning, every_error_has_a_remedy)
