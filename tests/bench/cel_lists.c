/* The rules and the activities of lists.mjs, so the mean score must be the same. */
#include "cel_lists.h"

enum { SIGNALS = 4, ACTIVITIES_MAX = 12 };

#define NOW_MS INT64_C(1780272000000)

static const char *const EXPRESSION_TEXTS[LIST_EXPRESSIONS] = {
    "activities.filter(a, a.at > now - duration(\"720h\")).size() >= 3 ? 100.0 : 40.0",
    ("activities.exists(a, a.kind == \"meeting\" && a.at > now - duration(\"2160h\")) ? "
     "100.0 : 30.0"),
    "activities.all(a, a.minutes <= 90.0) ? 100.0 : 60.0",
    "activities.map(a, a.minutes).exists(m, m > 110.0) ? 100.0 : 50.0",
    "activities.filter(a, a.kind == \"email\" && !a.answered).size() > 2",
    "activities.exists_one(a, a.kind == \"call\")",
    "size(activities) == 0",
};

static const double WEIGHTS[LIST_EXPRESSIONS] = {0.4, 0.3, 0.2, 0.1, -20, -5, -30};

enum { KIND, MINUTES, AT, ANSWERED, COLUMN_COUNT };

static const RowColumn COLUMNS[COLUMN_COUNT] = {{SLICE_INIT("kind"), ROW_TEXT},
                                                {SLICE_INIT("minutes"), ROW_DOUBLE},
                                                {SLICE_INIT("at"), ROW_TIME},
                                                {SLICE_INIT("answered"), ROW_BOOL}};
static const RowSchema SCHEMA = {COLUMNS, COLUMN_COUNT};

static uint32_t below(uint32_t *state, uint32_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % limit;
}

/* The order of the calls to the generator is that of lists.mjs. */
static void write_activity(RowWriter *writer, uint32_t *state)
{
    static const char *const kinds[] = {"email", "call", "meeting", "note"};
    row_writer_begin(writer);
    row_writer_text(writer, KIND, slice_from_text(kinds[below(state, 4)]));
    row_writer_double(writer, MINUTES, below(state, 120));
    row_writer_time(writer, AT, NOW_MS - (int64_t)below(state, 200 * 86400) * 1000);
    row_writer_bool(writer, ANSWERED, below(state, 2) == 1);
    (void)row_writer_end(writer);
}

static Error make_rows(ListBench *bench)
{
    RowWriter writer;
    Slice bytes = {0};
    uint32_t state = 0x9E3779B9;
    uint32_t first = 0;
    row_writer_init(&writer, &bench->arena, &SCHEMA, (size_t)1 << 30);
    for (uint32_t i = 0; i < bench->accounts; i++) {
        const uint32_t count = below(&state, ACTIVITIES_MAX);
        for (uint32_t j = 0; j < count; j++) {
            write_activity(&writer, &state);
        }
        bench->ranges[i] = (CelRows){&bench->batch, &SCHEMA, first, count};
        first += count;
    }
    RETURN_IF_ERROR(row_writer_finish(&writer, &bytes));
    return row_batch_open(&bench->batch, bytes, &SCHEMA);
}

Error list_bench_init(ListBench *bench, const Allocator *allocator, uint32_t accounts)
{
    CelEnvironment *environment = NULL;
    arena_init(&bench->arena, allocator, 0);
    arena_init(&bench->scratch, allocator, 0);
    bench->accounts = accounts;
    bench->ranges = ARENA_ARRAY(&bench->arena, CelRows, accounts);
    if (bench->ranges == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the ranges"));
    }
    RETURN_IF_ERROR(make_rows(bench));
    RETURN_IF_ERROR(cel_environment_create(&bench->arena, &environment));
    RETURN_IF_ERROR(cel_declare_rows(environment, SLICE("activities"), &SCHEMA));
    RETURN_IF_ERROR(cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)));
    for (unsigned i = 0; i < LIST_EXPRESSIONS; i++) {
        const CelProgram *program = NULL;
        RETURN_IF_ERROR(cel_compile(&bench->arena, environment, slice_from_text(EXPRESSION_TEXTS[i]),
                                    &bench->issues, &program));
        RETURN_IF_ERROR(
            cel_evaluation_create(&bench->arena, program, &bench->scratch, &bench->evaluations[i]));
        cel_bind(bench->evaluations[i], 1, cel_timestamp(NOW_MS, 0));
    }
    return ERROR_NONE;
}

double list_bench_run(ListBench *bench)
{
    double sum = 0;
    for (uint32_t account = 0; account < bench->accounts; account++) {
        double score = 0;
        for (unsigned i = 0; i < LIST_EXPRESSIONS; i++) {
            cel_bind_rows(bench->evaluations[i], 0, &bench->ranges[account]);
            const CelValue value = cel_evaluate(bench->evaluations[i]);
            score += i < SIGNALS ? WEIGHTS[i] * value.as.number : (cel_is_true(value) ? WEIGHTS[i] : 0);
        }
        sum += score < 0 ? 0 : (score > 100 ? 100 : score);
        arena_reset(&bench->scratch);
    }
    return sum / bench->accounts;
}
