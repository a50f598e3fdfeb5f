#include "salesforce.h"
#include "salesforce/errors.h"

#define ID "0015500001QdQWaAAN"

static const struct {
    const char *name;
    Slice headers;
    Slice body;
    Slice message; /* empty: not compared */
    uint32_t status;
    ErrorCode code;
} rows[] = {
    {"data error", SLICE_INIT("content-type: application/json;charset=UTF-8\n"),
     SLICE_INIT("[ {\n  \"message\" : \"No such column 'X__c' on entity 'Account'.\",\n"
                "  \"errorCode\" : \"INVALID_FIELD\", \"fields\":[\"X__c\"]\n} ]"),
     SLICE_INIT("INVALID_FIELD: No such column 'X__c' on entity 'Account'. (fields: X__c), HTTP 400"), 400,
     ERROR_SF_FIELD_UNKNOWN},
    {"compile error", SLICE_INIT(""),
     SLICE_INIT(
         "[{\"message\":\"\\nSELECT Idd FROM Account\\n       ^\\nERROR at Row:1:Column:8\\nunexpected\","
         "\"errorCode\":\"MALFORMED_QUERY\"}]"),
     SLICE_INIT("MALFORMED_QUERY: SELECT Idd FROM Account ^ ERROR at Row:1:Column:8 unexpected, HTTP 400"),
     400, ERROR_SF_QUERY_INVALID},
    {"expired session", SLICE_INIT(""),
     SLICE_INIT("[{\"message\":\"Session expired or invalid\",\"errorCode\":\"INVALID_SESSION_ID\"}]"),
     SLICE_INIT("INVALID_SESSION_ID: Session expired or invalid, HTTP 401"), 401, ERROR_SF_SESSION_EXPIRED},
    {"401 that a refresh does not cure", SLICE_INIT(""),
     SLICE_INIT("[{\"message\":\"This session is not valid for use with the REST API\","
                "\"errorCode\":\"INVALID_SESSION_ID\"}]"),
     SLICE_INIT(""), 401, ERROR_SF_SCOPE},
    {"daily quota is a 403", SLICE_INIT(""),
     SLICE_INIT("[{\"message\":\"TotalRequests Limit exceeded.\",\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]"),
     SLICE_INIT("REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded., HTTP 403"), 403, ERROR_SF_API_LIMIT},
    {"several errors", SLICE_INIT(""),
     SLICE_INIT("[{\"message\":\"a\",\"errorCode\":\"STRING_TOO_LONG\",\"fields\":[]},{},{}]"),
     SLICE_INIT("STRING_TOO_LONG: a and 2 more, HTTP 400"), 400, ERROR_SF_VALUE_REFUSED},
    {"unknown code, known status", SLICE_INIT(""),
     SLICE_INIT("[{\"message\":\"m\",\"errorCode\":\"NEW_THING\"}]"), SLICE_INIT("NEW_THING: m, HTTP 503"),
     503, ERROR_SF_UNAVAILABLE},
    {"unknown code", SLICE_INIT(""), SLICE_INIT("[{\"message\":\"m\",\"errorCode\":\"NEW_THING\"}]"),
     SLICE_INIT("NEW_THING: m, HTTP 400"), 400, ERROR_SF_REFUSED},
    {"missing job", SLICE_INIT(""),
     SLICE_INIT("[{\"errorCode\":\"NOT_FOUND\",\"message\":\"The requested resource does not exist\"}]"),
     SLICE_INIT("NOT_FOUND: The requested resource does not exist, HTTP 404"), 404, ERROR_SF_RECORD_GONE},
    {"code of another type", SLICE_INIT(""), SLICE_INIT("[{\"errorCode\":7,\"message\":[]}]"),
     SLICE_INIT("HTTP 400"), 400, ERROR_SF_REFUSED},
    {"oauth", SLICE_INIT("content-type: application/json\n"),
     SLICE_INIT("{\"error\":\"invalid_grant\",\"error_description\":\"expired access/refresh token\"}"),
     SLICE_INIT("invalid_grant: expired access/refresh token, HTTP 400"), 400, ERROR_SF_ACCESS_REVOKED},
    {"oauth without a description", SLICE_INIT(""), SLICE_INIT("{\"error\":\"server_error\"}"),
     SLICE_INIT("server_error, HTTP 500"), 500, ERROR_SF_UNAVAILABLE},
    {"cut JSON", SLICE_INIT(""), SLICE_INIT("[{\"message\":\"Sess"),
     SLICE_INIT("[{\"message\":\"Sess, HTTP 401"), 401, ERROR_SF_SESSION_EXPIRED},
    {"empty list", SLICE_INIT(""), SLICE_INIT("[]"), SLICE_INIT("[], HTTP 500"), 500, ERROR_SF_UNAVAILABLE},
    {"empty 503", SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("HTTP 503"), 503, ERROR_SF_UNAVAILABLE},
    {"empty 502", SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("HTTP 502"), 502, ERROR_SF_UNAVAILABLE},
    {"empty 406", SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("HTTP 406"), 406, ERROR_SF_UNAVAILABLE},
    {"edge 420", SLICE_INIT("content-type: text/html\n"), SLICE_INIT("<html>we are setting things up</html>"),
     SLICE_INIT("not an answer of the API, HTTP 420"), 420, ERROR_SF_UNAVAILABLE},
    {"a page in place of an answer", SLICE_INIT("content-type: text/html\n"),
     SLICE_INIT("<html>log in</html>"), SLICE_INIT("not an answer of the API, HTTP 200"), 200,
     ERROR_SF_UNAVAILABLE},
    {"429", SLICE_INIT("retry-after: 3\n"), SLICE_INIT(""), SLICE_INIT("HTTP 429"), 429, ERROR_SF_RATE_LIMIT},
    {"maintenance page", SLICE_INIT("location: https://maintenance.example\n"), SLICE_INIT(""),
     SLICE_INIT("HTTP 302"), 302, ERROR_SF_REDIRECTED},
    {"several by external id", SLICE_INIT(""), SLICE_INIT("[\"/services/data/v66.0/sobjects/Task/00T\"]"),
     SLICE_INIT(""), 300, ERROR_SF_KEY_AMBIGUOUS},
    {"retired version", SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("HTTP 410"), 410, ERROR_SF_VERSION},
    {"URI too long", SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("HTTP 414"), 414, ERROR_SF_REQUEST_TOO_LONG},
    {"plain token error", SLICE_INIT("content-type: text/plain\n"), SLICE_INIT("Bad_OAuth_Token"),
     SLICE_INIT("Bad_OAuth_Token, HTTP 403"), 403, ERROR_SF_SESSION_EXPIRED},
    {"wrong org", SLICE_INIT(""), SLICE_INIT("Wrong_Org"), SLICE_INIT("Wrong_Org, HTTP 403"), 403,
     ERROR_SF_ORG_CHANGED},
    {"revoke speaks forms", SLICE_INIT("content-type: application/x-www-form-urlencoded;charset=UTF-8\n"),
     SLICE_INIT("error=unsupported_token_type&error_description=this+token+type+is+not+supported"),
     SLICE_INIT("unsupported_token_type: this token type is not supported, HTTP 400"), 400,
     ERROR_SF_OAUTH_REQUEST},
    {"binary rubbish", SLICE_INIT(""), SLICE_INIT("\x00\xff\x1b[31m"),
     SLICE_INIT("not an answer of the API, HTTP 500"), 500, ERROR_SF_UNAVAILABLE},
};

static void classifies_answers(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Error error = sf_classify(arena, rows[i].status, rows[i].headers, rows[i].body);
        CHECK_ERROR(error, rows[i].code, rows[i].name);
        if (rows[i].message.length != 0) {
            CHECK_TEXT(error.message, rows[i].message, rows[i].name);
        }
    }
    scratch_close(&scratch);
}

static void words_record_errors(void)
{
    static const Slice fields[] = {SLICE_INIT("Subject"), SLICE_INIT("OwnerId")};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    const Error error =
        sf_record_error(arena, SLICE("REQUIRED_FIELD_MISSING"),
                        SLICE("Required fields\n  are missing: [Subject, OwnerId]"), fields, 2, SLICE(ID));
    CHECK_ERROR(error, ERROR_SF_REQUIRED_FIELD, "code");
    CHECK_TEXT(
        error.message,
        SLICE("REQUIRED_FIELD_MISSING: Required fields are missing: [Subject, OwnerId] (fields: Subject, "
              "OwnerId)"),
        "one line");
    CHECK_TEXT(error.place.pointer, SLICE(ID), "place");
    static char long_text[5000];
    memset(long_text, 'x', sizeof long_text);
    long_text[SF_MESSAGE_BYTES_MAX / 2 - 1] = (char)0xc3; /* an e with an accent, astride the cut */
    long_text[SF_MESSAGE_BYTES_MAX / 2] = (char)0xa9;
    const Error cut =
        sf_record_error(arena, SLICE("X"), slice_make(long_text, sizeof long_text), NULL, 0, SLICE(""));
    CHECK_INT(cut.message.length, 3 + SF_MESSAGE_BYTES_MAX / 2 - 1, "cut before the character");
    scratch_close(&scratch);
}

static void reads_record_errors(void)
{
    static const struct {
        Slice json;
        Slice message;
        ErrorCode code;
    } records[] = {
        {SLICE_INIT("{\"statusCode\":\"ENTITY_IS_DELETED\",\"message\":\"entity is deleted\",\"fields\":[]}"),
         SLICE_INIT("ENTITY_IS_DELETED: entity is deleted"), ERROR_SF_RECORD_GONE},
        {SLICE_INIT("{\"errorCode\":\"PROCESSING_HALTED\",\"message\":\"halted\"}"),
         SLICE_INIT("PROCESSING_HALTED: halted"), ERROR_SF_ROLLED_BACK},
        {SLICE_INIT("{\"fields\":[\"a\",1,\"b\"]}"), SLICE_INIT(" (fields: a, b)"), ERROR_SF_REFUSED},
        {SLICE_INIT("[]"), SLICE_INIT(""), ERROR_SF_REFUSED},
        {SLICE_INIT("null"), SLICE_INIT(""), ERROR_SF_REFUSED},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        JsonDocument document;
        CHECK_ERROR(json_parse(arena, records[i].json, &document), ERROR_OK, records[i].json.data);
        const Error error = sf_record_error_read(arena, json_root(&document), SLICE(ID));
        CHECK_ERROR(error, records[i].code, records[i].json.data);
        CHECK_TEXT(error.message, records[i].message, records[i].json.data);
    }
    scratch_close(&scratch);
}

static void reads_bulk_row_errors(void)
{
    static const struct {
        Slice text;
        ErrorCode code;
        Slice message;
    } bulk[] = {
        {SLICE_INIT("INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"), ERROR_SF_RECORD_GONE,
         SLICE_INIT("INVALID_CROSS_REFERENCE_KEY: invalid cross reference id")},
        {SLICE_INIT("REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"),
         ERROR_SF_REQUIRED_FIELD,
         SLICE_INIT("REQUIRED_FIELD_MISSING: Required fields are missing: [Name] (fields: Name)")},
        {SLICE_INIT("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"),
         ERROR_SF_RECORD_LOCKED,
         SLICE_INIT("UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record")},
        {SLICE_INIT("InvalidBatch : Field name not found : X"), ERROR_SF_REFUSED,
         SLICE_INIT("InvalidBatch : Field name not found (fields: X)")},
        {SLICE_INIT("odd"), ERROR_SF_REFUSED, SLICE_INIT("odd")},
        {SLICE_INIT(""), ERROR_SF_REFUSED, SLICE_INIT("")},
        {SLICE_INIT("--"), ERROR_SF_REFUSED, SLICE_INIT("")},
        {SLICE_INIT(":::"), ERROR_SF_REFUSED, SLICE_INIT(":")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof bulk / sizeof bulk[0]; i++) {
        const Error error = sf_bulk_row_error(arena, bulk[i].text, SLICE(ID));
        CHECK_ERROR(error, bulk[i].code, bulk[i].text.data);
        CHECK_TEXT(error.message, bulk[i].message, bulk[i].text.data);
    }
    scratch_close(&scratch);
}

static void words_an_error_without_memory(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena small;
    arena_init(&small, &memory.allocator, 16);
    const Error error = sf_classify(&small, 503, SLICE(""), SLICE("x"));
    CHECK_ERROR(error, ERROR_SF_UNAVAILABLE, "the class survives");
    CHECK_TEXT(error.message, SLICE("Salesforce answered with an error"), "a literal");
    arena_free(&small);
}

TEST_MAIN(classifies_answers, words_record_errors, reads_record_errors, reads_bulk_row_errors,
          words_an_error_without_memory)
