/*
 * The first rule set of the benchmark: eight signals and five conditions over accounts read in place from a
 * batch of rows, combined to a score. The accounts come from the generator that all engines use, so the mean
 * score must be theirs (54.972748 at 100,000).
 */
#include "cel_score.h"

#include "base/number.h"
#include "cel/cel.h"

enum { SIGNALS = 8, TAGS_MAX = 4, BLOCK = 256 };

#define NOW_MS INT64_C(1780272000000)
#define DAY_MS INT64_C(86400000)

/* In the order of rules.mjs. */
static const char *const EXPRESSION_TEXTS[SCORE_EXPRESSIONS] = {
    "account.seats_total > 0.0 ? 100.0 * account.seats_used / account.seats_total : 0.0",
    "account.usage_prev > 0.0 ? (account.usage - account.usage_prev) / account.usage_prev * 100.0 : 0.0",
    ("account.last_login > now - duration(\"168h\") ? 100.0 : account.last_login > now - duration(\"720h\") "
     "? "
     "50.0 : 0.0"),
    "account.p1_tickets > 0.0 ? 0.0 : account.open_tickets <= 3.0 ? 100.0 : 60.0",
    "has(account.nps) ? (account.nps + 100.0) / 2.0 : 50.0",
    "account.plan in [\"enterprise\", \"business\"] ? 100.0 : account.plan == \"pro\" ? 70.0 : 40.0",
    "account.renewal - now < duration(\"2160h\") ? (account.contract.auto_renew ? 80.0 : 30.0) : 100.0",
    "has(account.csm_email) && account.csm_email.endsWith(\"@example.com\") ? 100.0 : 40.0",
    "account.arr >= 100000.0 && account.usage < account.usage_prev * 0.7",
    "\"at-risk\" in account.tags || account.p1_tickets > 2.0",
    ("account.industry.startsWith(\"Tech\") && account.region in [\"EMEA\", \"APAC\"] && "
     "!account.contract.auto_renew"),
    "account.name.contains(\"Bank\") && now - account.created > duration(\"8760h\")",
    "has(account.nps) && account.nps < 0.0 && account.renewal < now + duration(\"1440h\")",
};

static const double WEIGHTS[SCORE_EXPRESSIONS] = {0.20, 0.15, 0.15, 0.10, 0.10, 0.10, 0.10,
                                                  0.10, -15,  -20,  -5,   -3,   -12};

enum {
    NAME,
    ARR,
    PLAN,
    SEATS_TOTAL,
    SEATS_USED,
    USAGE,
    USAGE_PREV,
    OPEN_TICKETS,
    P1_TICKETS,
    INDUSTRY,
    REGION,
    TAGS,
    LAST_LOGIN,
    CREATED,
    RENEWAL,
    AUTO_RENEW,
    NPS,
    CSM_EMAIL,
    COLUMN_COUNT
};

static const RowColumn COLUMNS[COLUMN_COUNT] = {
    {SLICE_INIT("name"), ROW_TEXT},         {SLICE_INIT("arr"), ROW_DOUBLE},
    {SLICE_INIT("plan"), ROW_TEXT},         {SLICE_INIT("seats_total"), ROW_DOUBLE},
    {SLICE_INIT("seats_used"), ROW_DOUBLE}, {SLICE_INIT("usage"), ROW_DOUBLE},
    {SLICE_INIT("usage_prev"), ROW_DOUBLE}, {SLICE_INIT("open_tickets"), ROW_DOUBLE},
    {SLICE_INIT("p1_tickets"), ROW_DOUBLE}, {SLICE_INIT("industry"), ROW_TEXT},
    {SLICE_INIT("region"), ROW_TEXT},       {SLICE_INIT("tags"), ROW_LIST},
    {SLICE_INIT("last_login"), ROW_TIME},   {SLICE_INIT("created"), ROW_TIME},
    {SLICE_INIT("renewal"), ROW_TIME},      {SLICE_INIT("contract.auto_renew"), ROW_BOOL},
    {SLICE_INIT("nps"), ROW_DOUBLE},        {SLICE_INIT("csm_email"), ROW_TEXT},
};
static const RowSchema SCHEMA = {COLUMNS, COLUMN_COUNT};

static uint32_t below(uint32_t *state, uint32_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % limit;
}

static void write_tags(RowWriter *writer, uint32_t *state)
{
    static const char *const tags[] = {"beta", "at-risk", "vip", "reference", "onboarding"};
    char text[64];
    size_t length = 0;
    const uint32_t count = below(state, TAGS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const Slice tag = slice_from_text(tags[below(state, 5)]);
        if (i > 0) {
            text[length++] = ';';
        }
        memcpy(text + length, tag.data, tag.length);
        length += tag.length;
    }
    row_writer_text(writer, TAGS, (Slice){text, length});
}

/* The order of the calls to the generator is that of rules.mjs. */
static void write_account(RowWriter *writer, uint32_t *state, uint32_t number, Arena *arena)
{
    static const char *const first[] = {"Northern", "Blue", "Øresund", "Grand", "東京", "Delta"};
    static const char *const second[] = {"Bank", "Foods", "Energy", "Labs", "Bankers Union", "Air"};
    static const char *const plans[] = {"free", "pro", "business", "enterprise"};
    static const char *const industries[] = {"Technology", "Banking", "Tech Services", "Retail", "Energy"};
    static const char *const regions[] = {"EMEA", "APAC", "AMER", "LATAM"};
    const ArenaMark mark = arena_mark(arena);
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, slice_from_text(first[below(state, 6)]));
    buffer_append(&text, SLICE(" "));
    buffer_append(&text, slice_from_text(second[below(state, 6)]));
    buffer_append(&text, SLICE(" "));
    buffer_append_uint64(&text, number);
    row_writer_begin(writer);
    row_writer_text(writer, NAME, buffer_slice(&text));
    row_writer_double(writer, ARR, below(state, 400000) + 0.5);
    row_writer_text(writer, PLAN, slice_from_text(plans[below(state, 4)]));
    row_writer_double(writer, SEATS_TOTAL, below(state, 200));
    row_writer_double(writer, SEATS_USED, below(state, 150));
    row_writer_double(writer, USAGE, below(state, 10000) / 3.0);
    row_writer_double(writer, USAGE_PREV, below(state, 10000) / 3.0);
    row_writer_double(writer, OPEN_TICKETS, below(state, 8));
    row_writer_double(writer, P1_TICKETS, below(state, 12) < 8 ? 0 : below(state, 5));
    row_writer_text(writer, INDUSTRY, slice_from_text(industries[below(state, 5)]));
    row_writer_text(writer, REGION, slice_from_text(regions[below(state, 4)]));
    write_tags(writer, state);
    row_writer_time(writer, LAST_LOGIN, NOW_MS - (int64_t)below(state, 60 * 86400) * 1000);
    row_writer_time(writer, CREATED, NOW_MS - (int64_t)below(state, 3000U * 86400U) * 1000);
    row_writer_time(writer, RENEWAL, NOW_MS + ((int64_t)below(state, 400) - 30) * DAY_MS);
    (void)below(state, 3);
    row_writer_bool(writer, AUTO_RENEW, below(state, 2) == 1);
    if (below(state, 3) != 0) {
        row_writer_double(writer, NPS, (double)below(state, 201) - 100);
    }
    if (below(state, 4) != 0) {
        buffer_clear(&text);
        buffer_append(&text, SLICE("user"));
        buffer_append_uint64(&text, below(state, 500));
        buffer_append(&text, below(state, 3) != 0 ? SLICE("@example.com") : SLICE("@example.org"));
        row_writer_text(writer, CSM_EMAIL, buffer_slice(&text));
    }
    (void)row_writer_end(writer);
    arena_rewind(arena, mark);
}

static Error make_rows(ScoreBench *bench, uint32_t count)
{
    RowWriter writer;
    Slice bytes = {0};
    uint32_t state = 0x9E3779B9;
    row_writer_init(&writer, &bench->arena, &SCHEMA, (size_t)1 << 30);
    for (uint32_t i = 0; i < count; i++) {
        write_account(&writer, &state, i, &bench->scratch);
    }
    RETURN_IF_ERROR(row_writer_finish(&writer, &bytes));
    return row_batch_open(&bench->batch, bytes, &SCHEMA);
}

static double contribution(unsigned expression, const CelValue *value)
{
    if (expression < SIGNALS) {
        return WEIGHTS[expression] * value->as.number;
    }
    return cel_is_true(*value) ? WEIGHTS[expression] : 0;
}

Error score_bench_init(ScoreBench *bench, const Allocator *allocator, uint32_t count)
{
    CelEnvironment *environment = NULL;
    arena_init(&bench->arena, allocator, 0);
    arena_init(&bench->scratch, allocator, 0);
    RETURN_IF_ERROR(make_rows(bench, count));
    RETURN_IF_ERROR(cel_environment_create(&bench->arena, &environment));
    RETURN_IF_ERROR(cel_declare_row(environment, SLICE("account"), &SCHEMA));
    RETURN_IF_ERROR(cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)));
    bench->environment = environment;
    return ERROR_NONE;
}

Error score_bench_compile(ScoreBench *bench)
{
    for (unsigned i = 0; i < SCORE_EXPRESSIONS; i++) {
        RETURN_IF_ERROR(cel_compile(&bench->arena, bench->environment, slice_from_text(EXPRESSION_TEXTS[i]),
                                    &bench->issues, &bench->programs[i]));
        RETURN_IF_ERROR(cel_evaluation_create(&bench->arena, bench->programs[i], &bench->scratch,
                                              &bench->evaluations[i]));
        cel_bind(bench->evaluations[i], 1, cel_timestamp(NOW_MS, 0));
    }
    return ERROR_NONE;
}

Error score_bench_compile_text(ScoreBench *bench, Slice text)
{
    const ArenaMark mark = arena_mark(&bench->arena);
    const CelProgram *program = NULL;
    const Error error = cel_compile(&bench->arena, bench->environment, text, &bench->issues, &program);
    arena_rewind(&bench->arena, mark);
    return error;
}

/* One account after another, as rules need it that use each other's results. */
static void score_each(ScoreBench *bench, const CelRows *rows, double *scores)
{
    for (uint32_t row = 0; row < rows->count; row++) {
        for (unsigned i = 0; i < SCORE_EXPRESSIONS; i++) {
            cel_bind_row(bench->evaluations[i], 0, rows, rows->first + row);
            const CelValue value = cel_evaluate(bench->evaluations[i]);
            scores[row] += contribution(i, &value);
        }
    }
}

/* One rule after another. */
static void score_block(ScoreBench *bench, const CelRows *rows, double *scores)
{
    CelValue values[BLOCK];
    for (unsigned i = 0; i < SCORE_EXPRESSIONS; i++) {
        cel_evaluate_rows(bench->evaluations[i], 0, rows, values);
        for (uint32_t row = 0; row < rows->count; row++) {
            scores[row] += contribution(i, &values[row]);
        }
    }
}

static double score_rows(ScoreBench *bench, const RowBatch *batch, bool together)
{
    double sum = 0;
    for (uint32_t first = 0; first < batch->row_count; first += BLOCK) {
        const uint32_t left = batch->row_count - first;
        const CelRows rows = {batch, &SCHEMA, first, left < BLOCK ? left : BLOCK};
        double scores[BLOCK] = {0};
        (together ? score_block : score_each)(bench, &rows, scores);
        for (uint32_t row = 0; row < rows.count; row++) {
            sum += scores[row] < 0 ? 0 : (scores[row] > 100 ? 100 : scores[row]);
        }
        arena_reset(&bench->scratch);
    }
    return sum;
}

double score_bench_run(ScoreBench *bench, bool together)
{
    return score_rows(bench, &bench->batch, together) / bench->batch.row_count;
}

Error score_bench_rows(ScoreBench *bench, Slice bytes, double *sum)
{
    RowBatch batch;
    RETURN_IF_ERROR(row_batch_open(&batch, bytes, &SCHEMA));
    *sum = score_rows(bench, &batch, true);
    return ERROR_NONE;
}
