#include "salesforce.h"
#include "salesforce/soql.h"

static void checks_identifiers(void)
{
    static const struct {
        Slice text;
        bool identifier;
        bool path;
    } rows[] = {
        {SLICE_INIT("Id"), true, true},
        {SLICE_INIT("acme__ARR__c"), true, true},
        {SLICE_INIT("Owner.Name"), false, true},
        {SLICE_INIT("A.B.C.D.E.F"), false, true},
        {SLICE_INIT("A.B.C.D.E.F.G"), false, false},
        {SLICE_INIT("Owner."), false, false},
        {SLICE_INIT(".Name"), false, false},
        {SLICE_INIT("Owner..Name"), false, false},
        {SLICE_INIT(""), false, false},
        {SLICE_INIT("1abc"), false, false},
        {SLICE_INIT("_abc"), false, false},
        {SLICE_INIT("Id FROM User"), false, false},
        {SLICE_INIT("Id,Name"), false, false},
        {SLICE_INIT("Id)"), false, false},
        {SLICE_INIT("COUNT()"), false, false},
        {SLICE_INIT("N\xc3\xa4me"), false, false},
        {SLICE_INIT("Id\0x"), false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NAMED(sf_identifier_valid(rows[i].text) == rows[i].identifier, rows[i].text.data);
        CHECK_NAMED(sf_field_path_valid(rows[i].text) == rows[i].path, rows[i].text.data);
    }
    char long_name[SF_IDENTIFIER_BYTES_MAX + 1];
    memset(long_name, 'a', sizeof long_name);
    CHECK(sf_identifier_valid(slice_make(long_name, SF_IDENTIFIER_BYTES_MAX)));
    CHECK(!sf_identifier_valid(slice_make(long_name, SF_IDENTIFIER_BYTES_MAX + 1)));
}

static void quotes_text(void)
{
    static const struct {
        Slice text;
        Slice quoted;
    } rows[] = {
        {SLICE_INIT(""), SLICE_INIT("''")},
        {SLICE_INIT("Acme"), SLICE_INIT("'Acme'")},
        {SLICE_INIT("O'Hara"), SLICE_INIT("'O\\'Hara'")},
        {SLICE_INIT("' OR Name != '"), SLICE_INIT("'\\' OR Name != \\''")},
        {SLICE_INIT("\\"), SLICE_INIT("'\\\\'")},
        {SLICE_INIT("\\' OR Id != null"), SLICE_INIT("'\\\\\\' OR Id != null'")},
        {SLICE_INIT("a\nb\rc\td\be\ff"), SLICE_INIT("'a\\nb\\rc\\td\\be\\ff'")},
        {SLICE_INIT("\"50%_\""), SLICE_INIT("'\"50%_\"'")},
        {SLICE_INIT("Z\xc3\xbcrich \xf0\x9f\x98\x80"), SLICE_INIT("'Z\xc3\xbcrich \xf0\x9f\x98\x80'")},
    };
    Scratch scratch;
    Buffer soql;
    buffer_init(&soql, scratch_open(&scratch), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buffer_clear(&soql);
        CHECK_ERROR(sf_soql_append_text(&soql, rows[i].text), ERROR_OK, rows[i].text.data);
        CHECK_TEXT(buffer_slice(&soql), rows[i].quoted, rows[i].text.data);
    }
    buffer_clear(&soql);
    CHECK_ERROR(sf_soql_append_text(&soql, SLICE("a\0b")), ERROR_SF_SOQL, "NUL");
    static char long_text[SF_SOQL_TEXT_CHARACTERS_MAX + 1];
    memset(long_text, 'a', sizeof long_text);
    CHECK_ERROR(sf_soql_append_text(&soql, slice_make(long_text, sizeof long_text)), ERROR_SF_SOQL, "4,001");
    CHECK_INT(soql.length, 0, "nothing appended");
    CHECK_ERROR(sf_soql_append_text(&soql, slice_make(long_text, sizeof long_text - 1)), ERROR_OK, "4,000");
    scratch_close(&scratch);
}

#define AT_0600 INT64_C(1795413600000) /* 2026-11-23T06:00:00.000Z */
#define AT_0800 INT64_C(1795420800000)

static const Slice two_columns[] = {SLICE_INIT("Id"), SLICE_INIT("Owner.Name")};
static const Slice bad_columns[] = {SLICE_INIT("Id"), SLICE_INIT("Name FROM User")};

static const struct {
    const char *name;
    SfSelect select;
    ErrorCode code;
    Slice soql;
} statements[] = {
    {"window",
     {SLICE_INIT("Account"),
      two_columns,
      2,
      SLICE_INIT("SystemModstamp"),
      AT_0600,
      AT_0800,
      {0},
      {0},
      {0},
      {0},
      false,
      0},
     ERROR_OK,
     SLICE_INIT("SELECT Id,Owner.Name FROM Account WHERE SystemModstamp >= 2026-11-23T06:00:00.000Z AND "
                "SystemModstamp < 2026-11-23T08:00:00.000Z")},
    {"open at the start",
     {SLICE_INIT("Account"),
      two_columns,
      1,
      SLICE_INIT("SystemModstamp"),
      TIME_MS_MIN,
      AT_0800,
      {0},
      {0},
      {0},
      {0},
      false,
      0},
     ERROR_OK,
     SLICE_INIT("SELECT Id FROM Account WHERE SystemModstamp < 2026-11-23T08:00:00.000Z")},
    {"open at both ends",
     {SLICE_INIT("Account"),
      two_columns,
      1,
      SLICE_INIT("SystemModstamp"),
      TIME_MS_MIN,
      TIME_MS_MAX,
      {0},
      {0},
      {0},
      {0},
      false,
      0},
     ERROR_OK,
     SLICE_INIT("SELECT Id FROM Account")},
    {"condition, order from the end, limit",
     {SLICE_INIT("Task"),
      two_columns,
      1,
      SLICE_INIT("SystemModstamp"),
      AT_0600,
      TIME_MS_MAX,
      {0},
      {0},
      SLICE_INIT("WhatId = null OR WhoId = null"),
      SLICE_INIT("Id"),
      true,
      200},
     ERROR_OK,
     SLICE_INIT("SELECT Id FROM Task WHERE SystemModstamp >= 2026-11-23T06:00:00.000Z AND (WhatId = null OR "
                "WhoId = null) ORDER BY Id DESC LIMIT 200")},
    {"ids",
     {SLICE_INIT("Task"),
      two_columns,
      1,
      SLICE_INIT("SystemModstamp"),
      TIME_MS_MIN,
      AT_0800,
      SLICE_INIT("00TF000000000V"),
      SLICE_INIT("00TF000000000z"),
      {0},
      {0},
      false,
      0},
     ERROR_OK,
     SLICE_INIT(
         "SELECT Id FROM Task WHERE SystemModstamp < 2026-11-23T08:00:00.000Z AND Id >= '00TF000000000V' AND "
         "Id < '00TF000000000z'")},
    {"ids to the last",
     {SLICE_INIT("Task"),
      two_columns,
      1,
      {0},
      TIME_MS_MIN,
      TIME_MS_MAX,
      SLICE_INIT("00TF000000000V"),
      {0},
      {0},
      {0},
      false,
      0},
     ERROR_OK,
     SLICE_INIT("SELECT Id FROM Task WHERE Id >= '00TF000000000V'")},
    {"condition alone",
     {SLICE_INIT("Task"), two_columns, 1, {0}, 0, 0, {0}, {0}, SLICE_INIT("IsDeleted = true"), {0}, false, 0},
     ERROR_OK,
     SLICE_INIT("SELECT Id FROM Task WHERE (IsDeleted = true)")},
    {"no column",
     {SLICE_INIT("Task"), two_columns, 0, {0}, 0, 0, {0}, {0}, {0}, {0}, false, 0},
     ERROR_SF_SOQL,
     {0}},
    {"hostile column",
     {SLICE_INIT("Task"), bad_columns, 2, {0}, 0, 0, {0}, {0}, {0}, {0}, false, 0},
     ERROR_SF_SOQL,
     {0}},
    {"hostile object",
     {SLICE_INIT("Task WHERE"), two_columns, 1, {0}, 0, 0, {0}, {0}, {0}, {0}, false, 0},
     ERROR_SF_SOQL,
     {0}},
    {"hostile order",
     {SLICE_INIT("Task"), two_columns, 1, {0}, 0, 0, {0}, {0}, {0}, SLICE_INIT("Id LIMIT 1"), false, 0},
     ERROR_SF_SOQL,
     {0}},
    {"hostile window",
     {SLICE_INIT("Task"), two_columns, 1, SLICE_INIT("a b"), AT_0600, AT_0800, {0}, {0}, {0}, {0}, false, 0},
     ERROR_SF_SOQL,
     {0}},
};

static void builds_statements(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        Slice soql = {NULL, 0};
        CHECK_ERROR(sf_soql_select(arena, &statements[i].select, &soql), statements[i].code,
                    statements[i].name);
        CHECK_TEXT(soql, statements[i].soql, statements[i].name);
    }
    scratch_close(&scratch);
}

static void bounds_statements(void)
{
    enum { COLUMNS = 20000 };
    static Slice columns[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = SLICE("Name1");
    }
    const SfSelect select = {.object = SLICE("Account"), .columns = columns, .column_count = COLUMNS};
    Scratch scratch;
    Slice soql = {NULL, 0};
    CHECK_ERROR(sf_soql_select(scratch_open(&scratch), &select, &soql), ERROR_SF_SOQL, "120,000 characters");
    scratch_close(&scratch);

    Arena small;
    arena_init(&small, &scratch.memory.allocator, 16);
    CHECK_ERROR(sf_soql_select(&small, &select, &soql), ERROR_OUT_OF_MEMORY, "no memory");
    arena_free(&small);
}

TEST_MAIN(checks_identifiers, quotes_text, builds_statements, bounds_statements)
