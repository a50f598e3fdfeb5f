#include "cel/cel.h"
#include "test.h"

/* An environment with rows, as the scoring of accounts has it. */
typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    Arena scratch;
    CelEnvironment *environment;
    CelIssues issues;
    RowBatch account_batch;
    RowBatch activity_batch;
    CelRows accounts;
    CelRows activities;
} Fixture;

enum { ACCOUNT, ACTIVITIES, NOW, SCORE, SLOT_COUNT };

static const RowColumn ACCOUNT_COLUMNS[] = {
    {SLICE_INIT("name"), ROW_TEXT},       {SLICE_INIT("arr"), ROW_DOUBLE},
    {SLICE_INIT("seats"), ROW_INT64},     {SLICE_INIT("active"), ROW_BOOL},
    {SLICE_INIT("tags"), ROW_LIST},       {SLICE_INIT("last_touch"), ROW_TIME},
    {SLICE_INIT("Owner.Name"), ROW_TEXT}, {SLICE_INIT("nothing"), ROW_DOUBLE},
};
static const RowSchema ACCOUNT_SCHEMA = {ACCOUNT_COLUMNS, 8};
static const RowColumn ACTIVITY_COLUMNS[] = {
    {SLICE_INIT("kind"), ROW_TEXT}, {SLICE_INIT("at"), ROW_TIME}, {SLICE_INIT("minutes"), ROW_INT64}};
static const RowSchema ACTIVITY_SCHEMA = {ACTIVITY_COLUMNS, 3};

#define NOW_MS INT64_C(1780272000000)
#define DAY_MS INT64_C(86400000)

static void write_accounts(Fixture *fixture)
{
    RowWriter writer;
    Slice bytes = {0};
    row_writer_init(&writer, &fixture->arena, &ACCOUNT_SCHEMA, 1 << 20);
    for (int64_t i = 0; i < 4; i++) {
        row_writer_begin(&writer);
        row_writer_text(&writer, 0, SLICE("Northern Bank"));
        if (i != 1) {
            row_writer_double(&writer, 1, 1000.5 * (double)i);
        }
        row_writer_int64(&writer, 2, 10 * i);
        row_writer_bool(&writer, 3, i % 2 == 0);
        row_writer_text(&writer, 4, i == 3 ? SLICE("") : SLICE("vip;at-risk"));
        row_writer_time(&writer, 5, NOW_MS - i * DAY_MS);
        row_writer_text(&writer, 6, SLICE("Ada"));
        row_writer_null(&writer, 7);
        CHECK_ERROR(row_writer_end(&writer), ERROR_OK, "account row");
    }
    CHECK_ERROR(row_writer_finish(&writer, &bytes), ERROR_OK, "accounts");
    CHECK_ERROR(row_batch_open(&fixture->account_batch, bytes, &ACCOUNT_SCHEMA), ERROR_OK, "open");
    fixture->accounts = (CelRows){&fixture->account_batch, &ACCOUNT_SCHEMA, 0, 4};
}

static void write_activities(Fixture *fixture)
{
    static const struct {
        Slice kind;
        int64_t age_days;
        int64_t minutes; /* -1: none */
    } rows[] = {{SLICE_INIT("meeting"), 1, 30},
                {SLICE_INIT("email"), 2, -1},
                {SLICE_INIT("meeting"), 100, 60},
                {SLICE_INIT("call"), 3, 15}};
    RowWriter writer;
    Slice bytes = {0};
    row_writer_init(&writer, &fixture->arena, &ACTIVITY_SCHEMA, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        row_writer_begin(&writer);
        row_writer_text(&writer, 0, rows[i].kind);
        row_writer_time(&writer, 1, NOW_MS - rows[i].age_days * DAY_MS);
        if (rows[i].minutes >= 0) {
            row_writer_int64(&writer, 2, rows[i].minutes);
        }
        CHECK_ERROR(row_writer_end(&writer), ERROR_OK, "activity row");
    }
    CHECK_ERROR(row_writer_finish(&writer, &bytes), ERROR_OK, "activities");
    CHECK_ERROR(row_batch_open(&fixture->activity_batch, bytes, &ACTIVITY_SCHEMA), ERROR_OK, "open");
    fixture->activities = (CelRows){&fixture->activity_batch, &ACTIVITY_SCHEMA, 0, 4};
}

static void set_up(Fixture *fixture)
{
    test_allocator_init(&fixture->memory);
    arena_init(&fixture->arena, &fixture->memory.allocator, 0);
    arena_init(&fixture->scratch, &fixture->memory.allocator, 0);
    write_accounts(fixture);
    write_activities(fixture);
    CHECK_ERROR(cel_environment_create(&fixture->arena, &fixture->environment), ERROR_OK, "environment");
    CelEnvironment *environment = fixture->environment;
    CHECK_ERROR(cel_declare_row(environment, SLICE("account"), &ACCOUNT_SCHEMA), ERROR_OK, "account");
    CHECK_ERROR(cel_declare_rows(environment, SLICE("activities"), &ACTIVITY_SCHEMA), ERROR_OK, "activities");
    CHECK_ERROR(cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)), ERROR_OK, "now");
    CHECK_ERROR(cel_declare(environment, SLICE("signals.score"), cel_type_plain(CEL_TYPE_DOUBLE)), ERROR_OK,
                "score");
}

static void tear_down(Fixture *fixture)
{
    arena_free(&fixture->arena);
    arena_free(&fixture->scratch);
    CHECK_INT(fixture->memory.bytes, 0, "all memory returned");
}

static CelEvaluation *prepare(Fixture *fixture, Slice text)
{
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    const Error error = cel_compile(&fixture->arena, fixture->environment, text, &fixture->issues, &program);
    CHECK_TEXT(error.message, SLICE(""), text.data);
    if (error.code != ERROR_OK) {
        return NULL;
    }
    CHECK_ERROR(cel_evaluation_create(&fixture->arena, program, &fixture->scratch, &evaluation), ERROR_OK,
                "evaluation");
    cel_bind_row(evaluation, ACCOUNT, &fixture->accounts, 2);
    cel_bind_rows(evaluation, ACTIVITIES, &fixture->activities);
    cel_bind(evaluation, NOW, cel_timestamp(NOW_MS, 0));
    return evaluation;
}

typedef struct Case {
    Slice text;
    Slice result; /* as string(x) has it; "-" is unknown, "!kind" an error */
} Case;

static void check_case(Fixture *fixture, const Case *row)
{
    CelEvaluation *evaluation = prepare(fixture, row->text);
    if (evaluation == NULL) {
        return;
    }
    const CelValue value = cel_evaluate(evaluation);
    Buffer shown;
    buffer_init(&shown, &fixture->arena, 0);
    if (value.kind == CEL_ERROR) {
        buffer_append_byte(&shown, '!');
        buffer_append(&shown, cel_error_kind_name((CelErrorKind)value.code));
    } else {
        cel_value_print(&shown, value);
    }
    CHECK_TEXT(buffer_slice(&shown), row->result, row->text.data);
}

static void check_cases(const Case *cases, size_t count)
{
    Fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < count; i++) {
        check_case(&fixture, &cases[i]);
    }
    tear_down(&fixture);
}

#define CHECK_CASES(cases) check_cases((cases), sizeof(cases) / sizeof(cases)[0])
#define ROW(text, result)                                                                                    \
    {                                                                                                        \
        SLICE_INIT(text), SLICE_INIT(result)                                                                 \
    }

static void reads_rows_in_place(void)
{
    static const Case cases[] = {
        ROW("account.name", "Northern Bank"),
        ROW("account.arr", "2001"),
        ROW("account['arr'] * 2.0", "4002"),
        ROW("account.arr > 2000", "true"),
        ROW("account.seats + 1", "21"),
        ROW("account.active", "true"),
        ROW("account.Owner.Name", "Ada"),
        ROW("'at-risk' in account.tags", "true"),
        ROW("account.tags.size()", "2"),
        ROW("account.tags[1]", "at-risk"),
        ROW("account.tags.map(t, t + '!').join(' ')", "vip! at-risk!"),
        ROW("(now - account.last_touch).getHours() / 24", "2"),
        ROW("activities.filter(a, a.kind == 'meeting' && a.at > now - days(90)).size()", "1"),
        ROW("activities.exists(a, a.kind == 'call')", "true"),
        ROW("activities.all(a, a.at < now)", "true"),
        ROW("activities.size()", "4"),
        ROW("activities[0].kind", "meeting"),
        ROW("activities.sortBy(a, a.at).map(a, a.kind)[0]", "meeting"),
        ROW("activities.map(a, a.at).max() == now - days(1)", "true"),
        ROW("linear((now - account.last_touch).getHours() / 24, 60, 7)", "100"),
    };
    CHECK_CASES(cases);
}

static void spreads_unknown(void)
{
    static const Case cases[] = {
        ROW("account.nothing", "-"),
        ROW("account.nothing + 1.0", "-"),
        ROW("1.0 / 0.0 + account.nothing", "-"),
        ROW("-account.nothing", "-"),
        ROW("account.nothing == 1.0", "-"),
        ROW("account.nothing != 1.0", "-"),
        ROW("account.nothing < 1.0", "-"),
        ROW("!(account.nothing < 1.0)", "-"),
        ROW("string(account.nothing)", "-"),
        ROW("math.greatest(account.nothing, 1.0)", "-"),
        ROW("account.nothing in [1.0]", "-"),
        ROW("1.0 in [account.nothing, 1.0]", "true"),
        ROW("1.0 in [account.nothing, 2.0]", "-"),
        ROW("[1.0, account.nothing] == [2.0, 3.0]", "false"),
        ROW("[1.0, account.nothing] == [1.0, 3.0]", "-"),
        ROW("{'a': account.nothing}.a", "-"),
        ROW("{'a': account.nothing}.size()", "1"),
        ROW("account.nothing < 1.0 && false", "false"),
        ROW("false && account.nothing < 1.0", "false"),
        ROW("account.nothing < 1.0 && true", "-"),
        ROW("account.nothing < 1.0 || true", "true"),
        ROW("account.nothing < 1.0 || false", "-"),
        ROW("account.nothing < 1.0 || 1 / 0 == 1", "-"),
        ROW("account.nothing < 1.0 && 1 / 0 == 1", "-"),
        ROW("1 / 0 == 1 && account.nothing < 1.0", "-"),
        ROW("account.nothing < 1.0 ? 1 : 2", "-"),
        ROW("true ? 1.0 : account.nothing", "1"),
        ROW("account.active ? 1.0 : account.nothing", "1"),
        ROW("has(account.nothing)", "false"),
        ROW("has(account.arr)", "true"),
        ROW("has(signals.score)", "false"),
        ROW("signals.score > 1.0", "-"),
        ROW("coalesce(account.nothing, 7.0)", "7"),
        ROW("coalesce(account.nothing, signals.score)", "-"),
        ROW("coalesce(account.nothing, account.arr, 1.0)", "2001"),
        ROW("sum([1.0, account.nothing, 2.0])", "3"),
        ROW("sum([account.nothing])", "0"),
        ROW("avg([1.0, account.nothing, 2.0])", "1.5"),
        ROW("avg([account.nothing])", "-"),
        ROW("min([account.nothing, 3.0, 2.0])", "2"),
        ROW("max([account.nothing])", "-"),
        ROW("max([account.nothing, 3.0])", "3"),
        ROW("activities.map(a, a.minutes).sum()", "105"),
        ROW("activities.map(a, a.minutes).avg()", "35"),
        ROW("activities.map(a, a.minutes).size()", "4"),
        ROW("activities.filter(a, a.minutes > 20).size()", "-"),
        ROW("activities.filter(a, has(a.minutes) && a.minutes > 20).size()", "2"),
        ROW("activities.exists(a, a.minutes > 50)", "true"),
        ROW("activities.exists(a, a.minutes > 500)", "-"),
        ROW("activities.all(a, a.minutes > 20)", "false"),
        ROW("activities.all(a, a.minutes > 1)", "-"),
        ROW("activities.exists_one(a, a.minutes > 50)", "-"),
        ROW("activities.sortBy(a, a.minutes).size()", "-"),
        ROW("[account.nothing].map(x, coalesce(x, 0.0))[0]", "0"),
        ROW("optional.of(account.nothing)", "-"),
        ROW("cel.bind(x, account.nothing, has(account.arr) ? 1.0 : x)", "1"),
        ROW("percent(1, 0)", "-"),
    };
    CHECK_CASES(cases);
}

static void adds_functions_for_scoring(void)
{
    static const Case cases[] = {
        ROW("linear(60, 60, 7)", "0"),
        ROW("linear(7, 60, 7)", "100"),
        ROW("linear(100, 60, 7)", "0"),
        ROW("linear(1, 60, 7)", "100"),
        ROW("linear(5.0, 0, 10u)", "50"),
        ROW("linear(5, 7, 7)", "!argument"),
        ROW("steps(-5, [[0, 10], [5, 50]])", "10"),
        ROW("steps(4.9, [[0, 10], [5, 50]])", "10"),
        ROW("steps(5, [[0, 10], [5, 50]])", "50"),
        ROW("steps(5, [])", "!argument"),
        ROW("steps(5, [[5, 1], [5, 2]])", "!argument"),
        ROW("decay(0, 7)", "1"),
        ROW("decay(7, 7)", "0.5"),
        ROW("decay(days(21), days(7))", "0.125"),
        ROW("decay(-1, 7)", "1"),
        ROW("decay(1, 0)", "!argument"),
        ROW("decay(1.0 / 0.0, 1.0 / 0.0)", "NaN"),
        ROW("decay(1.0, 3.0)", "0.7937005259840998"),
        ROW("decay(1e9, 1)", "0"),
        ROW("decay(1074, 1)", "5e-324"),
        ROW("days(1) == duration('24h')", "true"),
        ROW("days(0.5)", "43200s"),
        ROW("days(1e9)", "!range"),
        ROW("percent(1, 8)", "12.5"),
        ROW("sum([1, 2, 3])", "6"),
        ROW("[1.5, 2.5].sum()", "4"),
        ROW("sum([duration('1h'), duration('30m')])", "5400s"),
        ROW("sum([dyn(1), dyn(2.5)])", "3.5"),
        ROW("sum([9223372036854775807, 1])", "!overflow"),
        ROW("sum(['a'].map(x, dyn(x)))", "!overload"),
        ROW("avg([1, 2])", "1.5"),
        ROW("min(['b', 'a'])", "a"),
        ROW("business_days(timestamp('2026-11-20T09:00:00Z'), timestamp('2026-11-23T09:00:00Z'))", "1"),
        ROW("business_days(timestamp('2026-11-21T09:00:00Z'), timestamp('2026-11-22T09:00:00Z'))", "0"),
        ROW("business_days(timestamp('2026-11-27T09:00:00Z'), timestamp('2026-11-20T09:00:00Z'))", "-5"),
        ROW("business_days(timestamp('2026-11-20T23:00:00Z'), timestamp('2026-11-22T23:00:00Z'), '+02:00')",
            "1"),
    };
    CHECK_CASES(cases);
}

static void explains_mistakes(void)
{
    static const struct {
        Slice text;
        ErrorCode code;
        Slice message;
    } cases[] = {
        {SLICE_INIT("account.ar > 1"), ERROR_CEL_UNDECLARED,
         SLICE_INIT("1:8: no field `ar` on account; did you mean `arr`?\n | account.ar > 1\n |        ^")},
        {SLICE_INIT("acount.arr"), ERROR_CEL_UNDECLARED,
         SLICE_INIT("1:1: there is no variable `acount`; did you mean `account`?\n | acount.arr\n | ^")},
        {SLICE_INIT("account.name.contain('x')"), ERROR_CEL_UNDECLARED,
         SLICE_INIT("1:14: there is no function `contain`; did you mean `contains`?\n | "
                    "account.name.contain('x')\n |              ^")},
        {SLICE_INIT("account.arr + 1"), ERROR_CEL_TYPE,
         SLICE_INIT("1:13: `+` does not take (double, int); write both numbers alike: 2.0, or double(x)\n | "
                    "account.arr + 1\n |             ^")},
        {SLICE_INIT("account.arr == null"), ERROR_CEL_TYPE,
         SLICE_INIT("1:13: a field without a value is unknown, never null; write !has(account.arr)\n | "
                    "account.arr == null\n |             ^")},
        {SLICE_INIT("signals.score != null"), ERROR_CEL_TYPE,
         SLICE_INIT("1:15: a field without a value is unknown, never null; write has(signals.score)\n | "
                    "signals.score != null\n |               ^")},
        {SLICE_INIT("1 +"), ERROR_CEL_SYNTAX,
         SLICE_INIT("1:4: the expression ends here, expected a value, a name or `(`\n | 1 +\n |    ^")},
        {SLICE_INIT("1 = 2"), ERROR_CEL_SYNTAX,
         SLICE_INIT("1:3: '=' does not compare: write '=='\n | 1 = 2\n |   ^")},
        {SLICE_INIT("'日本' + x"), ERROR_CEL_UNDECLARED,
         SLICE_INIT("1:8: there is no variable `x`\n | '日本' + x\n |          ^")},
        {SLICE_INIT("account[signals.score]"), ERROR_CEL_TYPE,
         SLICE_INIT("1:16: the field must be named in quotes, so that it is known which fields are read\n | "
                    "account[signals.score]\n |                ^")},
        {SLICE_INIT("account.name.matches('a(')"), ERROR_CEL_TYPE,
         SLICE_INIT("1:22: the pattern is not valid: missing ): a(\n | account.name.matches('a(')\n |        "
                    "              ^")},
    };
    Fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const CelProgram *program = NULL;
        const Error error =
            cel_compile(&fixture.arena, fixture.environment, cases[i].text, &fixture.issues, &program);
        CHECK_ERROR(error, cases[i].code, cases[i].text.data);
        CHECK_TEXT(error.message, cases[i].message, cases[i].text.data);
        CHECK(program == NULL);
    }
    tear_down(&fixture);
}

static void collects_all_mistakes(void)
{
    Fixture fixture;
    set_up(&fixture);
    const CelProgram *program = NULL;
    const Slice text = SLICE("acount.arr > 1.0 &&\n  nam == 'x' && account.ar < 2.0");
    (void)cel_compile(&fixture.arena, fixture.environment, text, &fixture.issues, &program);
    CHECK_INT(fixture.issues.count, 3, "three mistakes");
    CHECK_INT(fixture.issues.items[1].line, 2, "line");
    CHECK_INT(fixture.issues.items[1].column, 3, "column");
    const Slice broken = SLICE("[1, , 2] + (3 + ) && foo(");
    (void)cel_compile(&fixture.arena, fixture.environment, broken, &fixture.issues, &program);
    CHECK(fixture.issues.count >= 3);
    tear_down(&fixture);
}

static void finds_fields(void)
{
    static const struct {
        Slice text;
        Slice paths;
        bool whole;
    } cases[] = {
        {SLICE_INIT("record.Name"), SLICE_INIT("Name"), false},
        {SLICE_INIT("record['ARR__c'] + record.ARR__c"), SLICE_INIT("ARR__c"), false},
        {SLICE_INIT("record.Owner.Name + record['Owner'].Id"), SLICE_INIT("Owner.Name,Owner.Id"), false},
        {SLICE_INIT("has(record.A) ? record.B : record.C.size()"), SLICE_INIT("A,B,C"), false},
        {SLICE_INIT("[1].map(record, record.X)"), SLICE_INIT(""), false},
        {SLICE_INIT("[record.Y].map(record, record.X)"), SLICE_INIT("Y"), false},
        {SLICE_INIT("record"), SLICE_INIT(""), true},
        {SLICE_INIT("record[x].A"), SLICE_INIT(""), true},
        {SLICE_INIT("cel.bind(r, record, r.A + record.B)"), SLICE_INIT("A,B"), false},
        {SLICE_INIT("record.filter(a, a.kind == 'x').map(b, b.at)"), SLICE_INIT("kind,at"), false},
        {SLICE_INIT("record.filter(a, a.kind == 'x').size() + record.size()"), SLICE_INIT("kind"), false},
        {SLICE_INIT("record.filter(a, a.kind == 'x')[0].at"), SLICE_INIT("kind"), true},
        {SLICE_INIT("other.A"), SLICE_INIT(""), false},
        {SLICE_INIT(".record.A"), SLICE_INIT("A"), false},
        {SLICE_INIT("record.?A.orValue(record.B)"), SLICE_INIT("A,B"), false},
        {SLICE_INIT("record[?'A'].hasValue()"), SLICE_INIT("A"), false},
        {SLICE_INIT("record.Tags.exists(i, t, t == record.B)"), SLICE_INIT("Tags,B"), false},
        {SLICE_INIT("cel.bind(record, record.A, record.B)"), SLICE_INIT("A"), false},
        {SLICE_INIT("record.A.map(record, record.X).size() > record.B"), SLICE_INIT("A,B"), false},
        {SLICE_INIT("(true ? record : other).A"), SLICE_INIT(""), true},
        {SLICE_INIT("[record][0].A"), SLICE_INIT(""), true},
        {SLICE_INIT("record == other"), SLICE_INIT(""), true},
        {SLICE_INIT("'A' in record"), SLICE_INIT(""), true},
        {SLICE_INIT("has(record.Owner.Name) || has(record.B)"), SLICE_INIT("Owner.Name,B"), false},
        {SLICE_INIT("record.all(r, r.A > record.filter(q, q.B == r.C).size())"), SLICE_INIT("A,B,C"), false},
        {SLICE_INIT("cel.bind(r, record.filter(a, a.A > 1), r.map(b, b.B))"), SLICE_INIT("A"), true},
        {SLICE_INIT("coalesce(record.A, record.B) > 0 ? record.C : 0"), SLICE_INIT("A,B,C"), false},
    };
    Fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Slice *paths = NULL;
        uint32_t count = 0;
        bool whole = false;
        const Error error =
            cel_find_fields(&fixture.arena, cases[i].text, SLICE("record"), &paths, &count, &whole);
        Buffer joined;
        buffer_init(&joined, &fixture.arena, 0);
        for (uint32_t j = 0; j < count; j++) {
            buffer_append(&joined, j == 0 ? SLICE("") : SLICE(","));
            buffer_append(&joined, paths[j]);
        }
        CHECK_ERROR(error, ERROR_OK, cases[i].text.data);
        CHECK_TEXT(buffer_slice(&joined), cases[i].paths, cases[i].text.data);
        CHECK_INT(whole, cases[i].whole, cases[i].text.data);
    }
    tear_down(&fixture);
}

static void tells_what_a_program_reads(void)
{
    Fixture fixture;
    set_up(&fixture);
    const CelProgram *program = NULL;
    const Slice text = SLICE("account.arr > 1.0 && activities.exists(a, a.kind == 'call')");
    CHECK_ERROR(cel_compile(&fixture.arena, fixture.environment, text, &fixture.issues, &program), ERROR_OK,
                "compiles");
    CHECK(cel_program_reads(program, ACCOUNT));
    CHECK(cel_program_reads(program, ACTIVITIES));
    CHECK(!cel_program_reads(program, NOW));
    CHECK(cel_program_reads_column(program, ACCOUNT, 1));
    CHECK(!cel_program_reads_column(program, ACCOUNT, 0));
    CHECK(cel_program_reads_column(program, ACTIVITIES, 0));
    CHECK(!cel_program_reads_column(program, ACTIVITIES, 1));
    tear_down(&fixture);
}

static void evaluates_rows_without_allocating(void)
{
    Fixture fixture;
    set_up(&fixture);
    CelEvaluation *evaluation = prepare(&fixture, SLICE("activities.filter(a, a.kind != 'x').size() > 0 && "
                                                        "account.name + '!' != '' && account.arr > 1.0"));
    CelValue results[4];
    cel_evaluate_rows(evaluation, ACCOUNT, &fixture.accounts, results);
    arena_reset(&fixture.scratch);
    fixture.memory.calls = 0;
    fixture.memory.fail_at = 1;
    for (int turn = 0; turn < 100; turn++) {
        cel_evaluate_rows(evaluation, ACCOUNT, &fixture.accounts, results);
        arena_reset(&fixture.scratch);
    }
    CHECK_INT(fixture.memory.calls, 0, "no allocation after the first turn");
    CHECK(results[0].kind == CEL_BOOL && !cel_is_true(results[0]));
    CHECK(results[1].kind == CEL_UNKNOWN);
    CHECK_INT(results[1].code, ACCOUNT, "which variable is unknown");
    CHECK_INT(results[1].length, 1, "which column is unknown");
    CHECK(cel_is_true(results[2]));
    fixture.memory.fail_at = 0;
    tear_down(&fixture);
}

static void bounds_cost_and_size(void)
{
    static const Case cases[] = {
        ROW("lists.range(10000).all(x, lists.range(10000).all(y, true))", "!limit"),
        ROW("lists.range(1000000).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaa').join().size() > 0", "!limit"),
        ROW("lists.range(100000000)", "!limit"),
        ROW("cel.bind(a, lists.range(1024).map(x, ';').join(), cel.bind(b, a + a + a + a + a + a + a + a, "
            "cel.bind(c, b + b + b + b + b + b + b + b, (c + c + c + c + c + c + c + c + c + c + c + c + c "
            "+ c + c).split(';').size())))",
            "983041"),
        ROW("cel.bind(a, lists.range(1024).map(x, ';').join(), cel.bind(b, a + a + a + a + a + a + a + a, "
            "cel.bind(c, b + b + b + b + b + b + b + b, (c + c + c + c + c + c + c + c + c + c + c + c + c "
            "+ c + c + c).split(';').size())))",
            "!limit"), /* 1,048,577 pieces are more than 16 MiB */
        ROW("'%.1000f'.format([1.0])", "!argument"),
    };
    CHECK_CASES(cases);
}

static void refuses_what_is_too_large(void)
{
    Fixture fixture;
    set_up(&fixture);
    static const struct {
        const char *name;
        char byte;
        size_t count;
        ErrorCode code;
    } cases[] = {{"deep parentheses", '(', 100000, ERROR_CEL_LIMIT},
                 {"deep lists", '[', 100000, ERROR_CEL_LIMIT},
                 {"deep maps", '{', 100000, ERROR_CEL_LIMIT},
                 {"many signs", '-', 500000, ERROR_CEL_SYNTAX},
                 {"too long", '1', 2000000, ERROR_CEL_LIMIT},
                 {"no text", ' ', 1000, ERROR_CEL_SYNTAX},
                 {"NUL", '\0', 10, ERROR_CEL_SYNTAX},
                 {"not UTF-8", (char)0xFF, 10, ERROR_CEL_SYNTAX},
                 {"a long number", '9', 500000, ERROR_CEL_SYNTAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const CelProgram *program = NULL;
        char *text = malloc(cases[i].count);
        memset(text, cases[i].byte, cases[i].count);
        const Error error = cel_compile(&fixture.arena, fixture.environment, (Slice){text, cases[i].count},
                                        &fixture.issues, &program);
        CHECK_ERROR(error, cases[i].code, cases[i].name);
        free(text);
    }
    tear_down(&fixture);
}

/* `before`, then `part` so many times, then `after`. */
static Slice repeated(Arena *arena, const char *before, const char *part, size_t count, const char *after)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, slice_from_text(before));
    for (size_t i = 0; i < count; i++) {
        buffer_append(&text, slice_from_text(part));
    }
    buffer_append(&text, slice_from_text(after));
    return buffer_slice(&text);
}

/* None of these may take long: each once was, or could be, quadratic or worse. */
static void compiles_hostile_text_in_time(void)
{
    Fixture fixture;
    set_up(&fixture);
    Arena *arena = &fixture.arena;
    Buffer doubling;
    buffer_init(&doubling, arena, 0);
    buffer_append(&doubling, SLICE("cel.bind(v0, {1: 1}, "));
    for (int i = 1; i < 40; i++) {
        buffer_append(&doubling, SLICE("cel.bind(v"));
        buffer_append_int64(&doubling, i);
        buffer_append(&doubling, SLICE(", {1: [v"));
        buffer_append_int64(&doubling, i - 1);
        buffer_append(&doubling, SLICE("].map(x, coalesce(x)), 2: [v"));
        buffer_append_int64(&doubling, i - 1);
        buffer_append(&doubling, SLICE("]}.transformMap(k, v, {v: v}), "));
    }
    buffer_append(&doubling, SLICE("v39"));
    for (int i = 0; i < 40; i++) {
        buffer_append(&doubling, SLICE(")"));
    }
    const Slice texts[] = {
        repeated(arena, "Msg{", "a: 1,", 40000, "b: 1}"),
        repeated(arena, "[", "nobody + ", 1, "1]"),
        repeated(arena, "[", "acount.arr, ", 15000, "1]"),
        repeated(arena, "[", "account.ar, ", 15000, "1]"),
        repeated(arena, "[", "1 + 'a', ", 12000, "1]"),
        repeated(arena, "true", " || account.arr > 1.0", 9000, ""),
        repeated(arena, "[", "account.name,", 20000, "''].size()"),
        repeated(arena, "'", "\\n", 400000, "'.size()"),
        buffer_slice(&doubling),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const CelProgram *program = NULL;
        const Error error = cel_compile(arena, fixture.environment, texts[i], &fixture.issues, &program);
        CHECK_NAMED(error.code != ERROR_INTERNAL && error.code != ERROR_OUT_OF_MEMORY, "a program or issues");
    }
    tear_down(&fixture);
}

static void survives_failing_memory(void)
{
    Fixture fixture;
    set_up(&fixture);
    const Slice text = SLICE("activities.filter(a, a.kind == 'call').map(a, {'k': a.kind}).size() + "
                             "(account.name.matches('^N') ? 1 : [1, 2, account.seats][0])");
    for (long fail_at = 1; fail_at < 200; fail_at++) {
        Arena arena;
        TestAllocator memory;
        const CelProgram *program = NULL;
        test_allocator_init(&memory);
        memory.fail_at = fail_at;
        arena_init(&arena, &memory.allocator, 0);
        const Error error = cel_compile(&arena, fixture.environment, text, &fixture.issues, &program);
        CHECK_NAMED(error.code == ERROR_OK || error.code == ERROR_OUT_OF_MEMORY,
                    "compiles or says no memory");
        arena_free(&arena);
        if (error.code == ERROR_OK) {
            break;
        }
    }
    tear_down(&fixture);
}

TEST_MAIN(reads_rows_in_place, spreads_unknown, adds_functions_for_scoring, explains_mistakes,
          collects_all_mistakes, finds_fields, tells_what_a_program_reads, evaluates_rows_without_allocating,
          bounds_cost_and_size, refuses_what_is_too_large, compiles_hostile_text_in_time,
          survives_failing_memory)
