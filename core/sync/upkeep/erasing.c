#include "sync/upkeep/erasing.h"

#include "base/assert.h"
#include "json/writer.h"
#include "perly/host.h"
#include "sync/run/statements.h"

static const Slice nobody = SLICE_INIT("a former contact");

void erasing_note(StoreOps *ops, int64_t at_ms)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_ERASING_NOTE));
    row_writer_time(&params.writer, 0, at_ms);
    store_ops_run(ops, &params);
}

/* They come account by account. */
static Error add(Erasing *erasing, RowView row)
{
    perly_assert(erasing->count < ERASING_PERSONS_MAX);
    ErasedPerson *person = &erasing->persons[erasing->count++];
    *person = (ErasedPerson){.turn = 0};
    if (!ROW_KEEP(row, erasing->arena, {0, &person->id}, {1, &person->account_id}, {2, &person->name})) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase"));
    }
    if (erasing->count > 1 && slice_equal(person[-1].account_id, person->account_id)) {
        person->turn = person[-1].turn + 1;
    }
    return ERROR_NONE;
}

static uint32_t take(void *context, const RowBatch *batch)
{
    Erasing *erasing = context;
    for (uint32_t i = 0; i < batch->row_count && erasing->error.code == ERROR_OK; i++) {
        erasing->error = add(erasing, row_at(batch, i));
    }
    return PERLY_MORE;
}

void erasing_read(Job *job, Erasing *erasing)
{
    erasing->count = 0;
    store_query(job, &erasing->query, sync_statement(STATEMENT_ERASING_READ), NULL, take, erasing);
}

/* A name that could be a key or a value of the JSON that it is looked for in, such as "text" or "High", is
 * left where it is. */
static bool is_name(Slice name)
{
    static const Slice values[] = {SLICE_INIT("High"), SLICE_INIT("Normal"), SLICE_INIT("Low"),
                                   SLICE_INIT("Medium"), SLICE_INIT("Critical")};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (slice_equal(name, values[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < name.length; i++) {
        const char c = name.data[i];
        if ((c < 'a' || c > 'z') && c != '_') {
            return true;
        }
    }
    return false;
}

/* As it stands inside a JSON text. */
static Slice escaped(StoreOps *ops, Slice name)
{
    Buffer text;
    buffer_init(&text, ops->arena, 0);
    JsonWriter json = {&text, false};
    json_write_text(&json, name);
    if (text.failed) {
        store_ops_fail(ops, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase")));
        return SLICE("");
    }
    return slice_part(buffer_slice(&text), 1, text.length - 1);
}

/*
 * Columns with texts in which persons are named; `plain`: without the quotes of JSON around it. The name goes
 * as a word of its own: "Li" is not erased from "Client", nor from an id.
 */
static const struct {
    Slice table;
    struct {
        Slice name;
        bool plain;
    } columns[3];
    Slice rows; /* of the table, besides */
} texts[] = {
    {SLICE_INIT("outbox"),
     {{SLICE_INIT("fields"), false}, {SLICE_INIT("why"), true}, {SLICE_INIT("error"), true}},
     SLICE_INIT(" AND kind <> 'fields'")},
    {SLICE_INIT("score"),
     {{SLICE_INIT("reasons"), false}, {SLICE_INIT("components"), false}, {SLICE_INIT("signals"), false}},
     SLICE_INIT("")},
    {SLICE_INIT("health"),
     {{SLICE_INIT("reasons"), false}, {SLICE_INIT("components"), false}, {SLICE_INIT("signals"), false}},
     SLICE_INIT("")},
};

/* Signs before and after a word in a text of JSON, as SQL has them. */
static const char *const before[] = {" ", "\"", "\\n", "("};
static const char *const after[] = {" ", "\"", "\\", ",", ".", ";", ":", ")", "''"};

enum { BEFORE_COUNT = sizeof before / sizeof before[0], AFTER_COUNT = sizeof after / sizeof after[0] };

static void append_all(Buffer *sql, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append(sql, slice_from_text(parts[i]));
    }
}

#define APPEND(sql, ...)                                                                                     \
    append_all(sql, (const char *const[]){__VA_ARGS__},                                                      \
               sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *))

/*
 * The column with `what` replaced: a mark takes the place of each name that a sign follows, and what a sign
 * stands before of these becomes `with`.
 */
static void append_cleaned(Buffer *sql, Slice column, const char *mark, const char *what, const char *with)
{
    for (size_t i = 0; i < BEFORE_COUNT + AFTER_COUNT + 1; i++) {
        APPEND(sql, "replace(");
    }
    buffer_append(sql, column);
    for (size_t i = 0; i < AFTER_COUNT; i++) {
        APPEND(sql, ", ", what, " || '", after[i], "', ", mark, " || '", after[i], "')");
    }
    for (size_t i = 0; i < BEFORE_COUNT; i++) {
        APPEND(sql, ", '", before[i], "' || ", mark, ", '", before[i], "' || ", with, ")");
    }
    APPEND(sql, ", ", mark, ", ", what, ")");
}

/* What comes before and after the assignments differs as the databases read many rows of parameters. */
static Slice make_text(Arena *arena, size_t at, bool postgresql)
{
    const char *mark = postgresql ? "chr(1)" : "char(1)";
    const char *what = postgresql ? "p.what" : "?2";
    const char *with = postgresql ? "p.nobody" : "?3";
    Buffer found;
    Buffer sql;
    buffer_init(&found, arena, 0);
    buffer_init(&sql, arena, 0);
    APPEND(&sql, postgresql ? "UPDATE {schema}." : "UPDATE ");
    buffer_append(&sql, texts[at].table);
    APPEND(&sql, postgresql ? " AS t SET " : " SET ");
    for (size_t i = 0; i < 3; i++) {
        const Slice name = texts[at].columns[i].name;
        Buffer padded;
        buffer_init(&padded, arena, 0);
        APPEND(&padded, "' ' || ");
        buffer_append(&padded, name);
        APPEND(&padded, " || ' '");
        const bool plain = texts[at].columns[i].plain;
        APPEND(&sql, i == 0 ? "" : ", ");
        buffer_append(&sql, name);
        APPEND(&sql, plain ? " = trim(" : " = ");
        append_cleaned(&sql, plain ? buffer_slice(&padded) : name, mark, what, with);
        APPEND(&sql, plain ? ")" : "");
        APPEND(&found, i == 0 ? "coalesce(" : " || ' ' || coalesce(");
        buffer_append(&found, name);
        APPEND(&found, ", '')");
        sql.failed = sql.failed || padded.failed;
    }
    APPEND(&sql, postgresql
                     ? " FROM unnest($1::text[], $2::text[], $3::text[]) AS p(account, what, nobody) WHERE "
                       "t.account_id = p.account AND strpos("
                     : " WHERE account_id = ?1 AND instr(");
    buffer_append(&sql, buffer_slice(&found));
    APPEND(&sql, ", ", what, ") > 0");
    buffer_append(&sql, texts[at].rows);
    return sql.failed || found.failed ? (Slice){NULL, 0} : buffer_slice(&sql);
}

static bool open_text(StoreOps *ops, size_t at, Statement *statement, StoreParams *params)
{
    static const Slice names[] = {SLICE_INIT("ERASING_OUTBOX"), SLICE_INIT("ERASING_SCORE"),
                                  SLICE_INIT("ERASING_HEALTH")};
    *statement = (Statement){.name = names[at],
                             .sqlite = make_text(ops->arena, at, false),
                             .postgresql = make_text(ops->arena, at, true),
                             .params = SLICE("ttt")};
    if (statement->sqlite.data == NULL || statement->postgresql.data == NULL) {
        store_ops_fail(ops, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase")));
        return false;
    }
    store_params_begin(params, ops->arena, statement);
    return true;
}

/* Begins another row of parameters, but for the first. */
static void next_row(StoreOps *ops, StoreParams *params, uint32_t *rows)
{
    if ((*rows)++ != 0) {
        store_params_next(ops, params);
    }
}

/* Runs the statement for the persons whose turn it is, with their ids; at `turn` UINT32_MAX for all. */
static void clean_ids(const Erasing *erasing, StoreOps *ops, SyncStatement statement, uint32_t turn)
{
    StoreParams params;
    uint32_t rows = 0;
    store_params_begin(&params, ops->arena, sync_statement(statement));
    for (uint32_t i = 0; i < erasing->count; i++) {
        if (turn == UINT32_MAX || erasing->persons[i].turn == turn) {
            next_row(ops, &params, &rows);
            row_writer_text(&params.writer, 0, erasing->persons[i].account_id);
            row_writer_text(&params.writer, 1, erasing->persons[i].id);
        }
    }
    if (rows != 0) {
        store_ops_run(ops, &params);
    }
}

static void clean_names(const Erasing *erasing, StoreOps *ops, size_t text, uint32_t turn)
{
    Statement statement;
    StoreParams params;
    uint32_t rows = 0;
    if (!open_text(ops, text, &statement, &params)) {
        return;
    }
    for (uint32_t i = 0; i < erasing->count; i++) {
        if (erasing->persons[i].turn == turn && is_name(erasing->persons[i].name)) {
            next_row(ops, &params, &rows);
            row_writer_text(&params.writer, 0, erasing->persons[i].account_id);
            row_writer_text(&params.writer, 1, escaped(ops, erasing->persons[i].name));
            row_writer_text(&params.writer, 2, nobody);
        }
    }
    if (rows != 0) {
        store_ops_run(ops, &params);
    }
}

void erasing_write(const Erasing *erasing, StoreOps *ops)
{
    uint32_t turns = 0;
    for (uint32_t i = 0; i < erasing->count; i++) {
        turns = erasing->persons[i].turn < turns ? turns : erasing->persons[i].turn + 1;
    }
    for (uint32_t turn = 0; turn < turns; turn++) {
        for (size_t text = 0; text < sizeof texts / sizeof texts[0]; text++) {
            clean_names(erasing, ops, text, turn);
        }
        clean_ids(erasing, ops, STATEMENT_ERASING_ACTIVITIES, turn);
    }
    clean_ids(erasing, ops, STATEMENT_ERASING_END, UINT32_MAX);
}
