#include "sync/admin/signals.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/time.h"
#include "config/document.h"
#include "csv/reader.h"
#include "salesforce/ids.h"
#include "sync/run/command.h"
#include "sync/run/statements.h"

#define IMPORT_POINTS(X) X(WRITE)

enum { DAY_MS = 24 * 60 * 60 * 1000, NOW_LAG_MS = 5 * 60 * 1000, ACCOUNT_SLOTS = 2 * SIGNALS_ROWS_MAX };

/* Columns of a CSV, in the order of a value's members. */
typedef enum Column { COLUMN_ACCOUNT, COLUMN_NAME, COLUMN_VALUE, COLUMN_AT, COLUMN_COUNT } Column;

typedef struct Import {
    Job job; /* first */
    Command *command;
    const Config *config;
    ConfigIssues issues;
    Arena memory;
    Arena row; /* of one row */
    Slice source;
    uint64_t line;
    uint32_t columns[COLUMN_COUNT]; /* of a CSV: where each stands; UINT32_MAX: nowhere */
    bool has_columns;
    CsvReader csv;
    uint64_t first_line; /* of the text, in its file */
    StoreParams values;
    StoreParams dirty;
    char (*accounts)[SF_ID_BYTES]; /* a set: those that became dirty already; open addressing */
    uint32_t account_count;
    uint64_t rows;
    uint64_t failed;
    Error error; /* of the whole import */
} Import;

static JobStatus import_step(Job *job, const Completion *got);
static void import_close(Job *job);
JOB_KIND(import_kind, "import", import_step, import_close);

/* One value, as a row says it. */
typedef struct Given {
    Slice account;
    Slice name;
    double value;
    Slice at; /* empty: as of now */
} Given;

static Error find_signal(Import *import, Slice name)
{
    const Config *config = import->config;
    for (uint32_t i = 0; i < config->signal_count; i++) {
        if (!slice_equal(config->signals[i].name, name)) {
            continue;
        }
        return config->signals[i].expression.text.length == 0
                   ? ERROR_NONE
                   : ERROR_TEXT(&import->row, ERROR_COMMAND_ARGUMENT, SLICE("the signal "), name,
                                SLICE(" is computed by the configuration, not imported"));
    }
    return ERROR_TEXT(&import->row, ERROR_COMMAND_ARGUMENT, SLICE("the configuration has no signal called "),
                      name);
}

/* True when the account was not in the set yet; SIGNALS_ROWS_MAX keeps the set at most half full. */
static bool add_account(Import *import, const char id[SF_ID_BYTES])
{
    uint32_t at = (uint32_t)hash64(1, slice_make(id, SF_ID_BYTES)) & (ACCOUNT_SLOTS - 1);
    while (import->accounts[at][0] != '\0') {
        if (memcmp(import->accounts[at], id, SF_ID_BYTES) == 0) {
            return false;
        }
        at = (at + 1) & (ACCOUNT_SLOTS - 1);
    }
    memcpy(import->accounts[at], id, SF_ID_BYTES);
    import->account_count++;
    return true;
}

static Error next_row(StoreParams *params, bool first)
{
    if (!first) {
        RETURN_IF_ERROR(row_writer_end(&params->writer));
        row_writer_begin(&params->writer);
    }
    return ERROR_NONE;
}

static Error add_value(Import *import, const Given *given)
{
    const int64_t now = import->job.engine->wall_ms;
    char id[SF_ID_BYTES];
    int64_t at = now - import->config->salesforce.lag_ms - NOW_LAG_MS; /* the next cut knows it */
    RETURN_IF_ERROR(sf_id_import(given->account, id));
    if (!slice_equal(sf_id_object(slice_make(id, SF_ID_BYTES)), SLICE("Account"))) {
        return ERROR_TEXT(&import->row, ERROR_SF_ID, SLICE("this is no account's id: "), given->account);
    }
    RETURN_IF_ERROR(find_signal(import, given->name));
    if (given->at.length != 0) {
        RETURN_IF_ERROR(time_parse(given->at, &at));
    }
    if (at > now + DAY_MS) {
        return ERROR_TEXT(&import->row, ERROR_TIME_SYNTAX, SLICE("this time lies in the future: "),
                          given->at);
    }
    if (import->rows == SIGNALS_ROWS_MAX) {
        import->error = error_make(ERROR_LIMIT_EXCEEDED, SLICE("more than 32,768 values in one command"));
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(next_row(&import->values, import->rows++ == 0));
    RowWriter *row = &import->values.writer;
    row_writer_text(row, 0, slice_make(id, SF_ID_BYTES));
    row_writer_text(row, 1, given->name);
    row_writer_time(row, 2, at);
    row_writer_double(row, 3, given->value);
    row_writer_time(row, 4, now);
    if (add_account(import, id)) {
        RETURN_IF_ERROR(next_row(&import->dirty, import->account_count == 1));
        row_writer_text(&import->dirty.writer, 0, slice_make(id, SF_ID_BYTES));
        row_writer_time(&import->dirty.writer, 1, now);
    }
    return ERROR_NONE;
}

/* Tells a row's error and goes on; errors of the machine end the import. */
static void take_error(Import *import, Error error)
{
    if (error.code == ERROR_OK) {
        return;
    }
    if (error.code == ERROR_OUT_OF_MEMORY) {
        import->error = error;
        return;
    }
    if (import->failed++ >= SIGNALS_FAILURES_TOLD) {
        return;
    }
    Event event;
    Buffer id;
    buffer_init(&id, &import->row, 0);
    buffer_append(&id, SLICE("line "));
    buffer_append_uint64(&id, import->line);
    event_begin(&event, &import->row, SLICE("record_failed"));
    event_text(&event, SLICE("object"), import->source);
    event_text(&event, SLICE("id"), buffer_slice(&id));
    event_error(&event, (Error){.code = error.code, .message = error.message});
    event_send(&event, import->job.engine);
}

/* JSON: {"account_id":"001...","name":"usage","value":80,"at":"..."} */

static Error read_object(JsonValue object, Given *given)
{
    const JsonValue value = json_get(object, SLICE("value"));
    bool truth = false;
    RETURN_IF_ERROR(json_expect_object(object));
    RETURN_IF_ERROR(json_text(json_get(object, SLICE("account_id")), &given->account));
    RETURN_IF_ERROR(json_text(json_get(object, SLICE("name")), &given->name));
    RETURN_IF_ERROR(json_text_or(json_get(object, SLICE("at")), SLICE(""), &given->at));
    if (json_type(value) == JSON_BOOL) {
        RETURN_IF_ERROR(json_bool(value, &truth));
        given->value = truth ? 1 : 0;
        return ERROR_NONE;
    }
    return json_double(value, &given->value);
}

static void take_object(Import *import, JsonValue object)
{
    Given given;
    Error error = read_object(object, &given);
    if (error.code == ERROR_OK) {
        error = add_value(import, &given);
    }
    take_error(import, error);
}

static void take_lines(Import *import, Slice text)
{
    import->line = import->first_line;
    for (size_t at = 0; at < text.length && import->error.code == ERROR_OK; import->line++) {
        const size_t end = slice_find_byte(text, '\n', at);
        const Slice line = slice_trim(slice_part(text, at, end));
        at = end + 1;
        arena_reset(&import->row);
        if (line.length == 0) {
            continue;
        }
        JsonDocument document;
        const Error error = json_parse(&import->row, line, &document);
        if (error.code == ERROR_OK) {
            take_object(import, json_root(&document));
        } else {
            take_error(import, error);
        }
    }
}

/* CSV. */

static void take_header(Import *import, const Slice *fields, uint32_t count)
{
    static const Slice names[COLUMN_COUNT][2] = {{SLICE_INIT("account_id"), SLICE_INIT("account id")},
                                                 {SLICE_INIT("name"), SLICE_INIT("signal")},
                                                 {SLICE_INIT("value"), SLICE_INIT("value")},
                                                 {SLICE_INIT("at"), SLICE_INIT("time")}};
    for (uint32_t column = 0; column < COLUMN_COUNT; column++) {
        import->columns[column] = UINT32_MAX;
        for (uint32_t i = 0; i < count; i++) {
            const Slice field = slice_trim(fields[i]);
            if (slice_equal_ignoring_case(field, names[column][0]) ||
                slice_equal_ignoring_case(field, names[column][1])) {
                import->columns[column] = i;
            }
        }
        if (import->columns[column] == UINT32_MAX && column != COLUMN_AT && import->error.code == ERROR_OK) {
            import->error = ERROR_TEXT(&import->memory, ERROR_COMMAND_ARGUMENT,
                                       SLICE("the first line has no column "), names[column][0]);
            import->error.place = (Place){.source = import->source, .line = 1};
        }
    }
    import->has_columns = true;
}

static Error read_number(Slice text, double *value)
{
    if (slice_equal_ignoring_case(text, SLICE("true")) || slice_equal_ignoring_case(text, SLICE("false"))) {
        *value = text.length == 4 ? 1 : 0;
        return ERROR_NONE;
    }
    return number_parse_double(text, value);
}

static Slice field_of(const Import *import, Column column, const Slice *fields, uint32_t count)
{
    const uint32_t at = import->columns[column];
    return at < count ? slice_trim(fields[at]) : SLICE("");
}

static CsvAnswer take_fields(void *context, const Slice *fields, uint32_t count)
{
    Import *import = context;
    Given given;
    arena_reset(&import->row);
    import->line = import->first_line + import->csv.row_line - 1;
    if (!import->has_columns) {
        take_header(import, fields, count);
    } else if (count > 1 || fields[0].length != 0) {
        given.account = field_of(import, COLUMN_ACCOUNT, fields, count);
        given.name = field_of(import, COLUMN_NAME, fields, count);
        given.at = field_of(import, COLUMN_AT, fields, count);
        Error error = read_number(field_of(import, COLUMN_VALUE, fields, count), &given.value);
        if (error.code == ERROR_OK) {
            error = add_value(import, &given);
        }
        take_error(import, error);
    }
    return import->error.code == ERROR_OK ? CSV_MORE : CSV_STOP;
}

static Error take_csv(Import *import, Slice header, Slice text)
{
    const CsvSink sink = {take_fields, import};
    const Slice texts[] = {header, text};
    size_t taken = 0;
    for (size_t i = header.length == 0 ? 1 : 0; i < 2; i++) {
        RETURN_IF_ERROR(csv_reader_init(&import->csv, &import->memory, sink, NULL));
        Error error = csv_reader_feed(&import->csv, texts[i], true, &taken);
        if (error.code == ERROR_CSV_SYNTAX) { /* of a file: fetching it again helps nobody */
            error.code = ERROR_COMMAND_ARGUMENT;
            error.place.source = import->source;
            error.place.line += (uint32_t)import->first_line - 1;
        }
        RETURN_IF_ERROR(import->error);
        RETURN_IF_ERROR(error);
    }
    return ERROR_NONE;
}

/* The command. */

static Error take_rows(Import *import, JsonValue rows)
{
    RETURN_IF_ERROR(json_expect_array(rows));
    for (JsonValue row = json_first(rows); json_present(row) && import->error.code == ERROR_OK;
         row = json_next(row)) {
        import->line++;
        arena_reset(&import->row);
        take_object(import, row);
    }
    return import->error;
}

static Error read_input(Import *import)
{
    const JsonValue arguments = import->command->arguments;
    const JsonValue rows = json_get(arguments, SLICE("rows"));
    Slice text = {NULL, 0};
    Slice header = {NULL, 0};
    int64_t line = 1;
    if (json_present(rows)) {
        return take_rows(import, rows);
    }
    RETURN_IF_ERROR(json_text(json_get(arguments, SLICE("text")), &text));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("header")), SLICE(""), &header));
    RETURN_IF_ERROR(json_int64_or(json_get(arguments, SLICE("line")), 1, &line));
    import->first_line = line< 1 || line > UINT32_MAX ? 1 : (uint64_t)line;
    if (slice_starts_with(slice_trim(text), SLICE("{"))) {
        take_lines(import, text);
        return import->error;
    }
    return take_csv(import, header, text);
}

static Error prepare(Import *import)
{
    const JsonValue arguments = import->command->arguments;
    Slice text = {NULL, 0};
    Slice name = {NULL, 0};
    Config *config = NULL;
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("config")), SLICE(""), &text));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("config_name")), SLICE("configuration"), &name));
    RETURN_IF_ERROR(config_read(&import->memory, text, name, &import->issues, &config));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("name")), SLICE("signals"), &import->source));
    import->config = config;
    import->accounts = arena_calloc(&import->memory, ACCOUNT_SLOTS, SF_ID_BYTES, 1);
    if (import->accounts == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an import"));
    }
    store_params_begin(&import->values, &import->memory, sync_statement(STATEMENT_SIGNAL_WRITE));
    store_params_begin(&import->dirty, &import->memory, sync_statement(STATEMENT_SIGNAL_DIRTY));
    return read_input(import);
}

static void write_values(Import *import)
{
    StoreOps ops;
    const Error error = prepare(import);
    if (error.code != ERROR_OK) {
        engine_fail(&import->job, error);
        return;
    }
    store_ops_begin(&ops, &import->job);
    session_guard(import->command->session, &ops);
    if (import->rows > 0) {
        store_ops_run(&ops, &import->values);
        store_ops_run(&ops, &import->dirty);
    }
    store_apply(&import->job, &ops);
}

static void tell_imported(Import *import)
{
    Event event;
    event_begin(&event, &import->memory, SLICE("imported"));
    event_text(&event, SLICE("name"), import->source);
    event_uint64(&event, SLICE("rows"), import->rows);
    event_uint64(&event, SLICE("accounts"), import->account_count);
    event_uint64(&event, SLICE("failed"), import->failed);
    event_send(&event, import->job.engine);
}

static JobStatus import_step(Job *job, const Completion *got)
{
    Import *const import = (Import *)job;
    JOB_BEGIN(job, IMPORT_POINTS);
    AWAIT(job, WRITE, write_values(import));
    tell_imported(import);
    JOB_END(job);
}

static void import_close(Job *job)
{
    Import *import = (Import *)job;
    arena_free(&import->row);
    arena_free(&import->memory);
}

void signals_import_start(Command *command)
{
    Import *import = COMMAND_CHILD(command, Import);
    if (import == NULL) {
        return;
    }
    import->command = command;
    import->first_line = 1;
    arena_init(&import->memory, &command->job.engine->allocator, 0);
    arena_init(&import->row, &command->job.engine->allocator, 0);
    import->job.arena = &import->memory;
    command_run_child(command, &import->job, &import_kind);
}
