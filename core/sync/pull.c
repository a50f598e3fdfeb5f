#include "sync/pull.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/time.h"
#include "salesforce/soql.h"
#include "sync/event.h"
#include "sync/statements.h"

#define PULL_POINTS(X)                                                                                       \
    X(CHECKPOINT) X(CREATE) X(OPENED) X(STATUS) X(PAUSE) X(PAGE) X(COMMIT) X(FORGET) X(DONE) X(DELETE)

static JobStatus pull_step(Job *job, const Completion *got);
static void pull_close(Job *job);
JOB_KIND(pull_kind, "pull", PULL_POINTS, pull_step, pull_close);

static Slice object_of(const Pull *pull)
{
    return source_facts(pull->plan->source)->sobject;
}

/* The checkpoint. */

static int64_t time_or(RowView row, uint32_t column, int64_t otherwise)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : otherwise;
}

static Slice text_or_empty(Pull *pull, RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? arena_copy(&pull->memory, row_text(row, column)) : SLICE("");
}

static uint32_t take_checkpoint(void *context, const RowBatch *batch)
{
    Pull *pull = context;
    const RowView row = row_at(batch, 0);
    pull->from_ms = time_or(row, 1, TIME_MS_MIN);
    pull->to_ms = time_or(row, 2, TIME_MS_MIN);
    pull->fields = text_or_empty(pull, row, 3);
    pull->job_id = text_or_empty(pull, row, 4);
    pull->job_version = text_or_empty(pull, row, 5);
    pull->locator = text_or_empty(pull, row, 6);
    pull->last_end_ms = time_or(row, 7, TIME_MS_MIN);
    pull->rows_before = (uint64_t)(row_state(row, 8) == ROW_VALUE ? row_int64(row, 8) : 0);
    pull->resumed = slice_equal(row_text(row, 0), SLICE("running")) && pull->job_id.length != 0;
    return PERLY_MORE;
}

static void read_checkpoint(Pull *pull)
{
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_PULL_READ);
    store_params_begin(&params, &pull->memory, statement);
    row_writer_text(&params.writer, 0, object_of(pull));
    pull->last_end_ms = TIME_MS_MIN;
    store_query(&pull->job, &pull->query, statement, &params, take_checkpoint, pull);
}

/* The hash of the SELECT list: a job of other fields is not taken up again. */
static Error hash_fields(Pull *pull, Slice *hash)
{
    Sha256 sha;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&sha);
    for (uint32_t i = 0; i < pull->plan->fields.column_count; i++) {
        sha256_update(&sha, pull->plan->fields.columns[i].name);
        sha256_update(&sha, pull->plan->missing[i] ? SLICE("-") : SLICE(","));
    }
    sha256_finish(&sha, digest);
    char *text = arena_alloc(&pull->memory, 16, 1);
    if (text == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"));
    }
    hash_hex(digest, 8, text);
    *hash = slice_make(text, 16);
    return ERROR_NONE;
}

/* Decides between going on with the stored job and a new window. */
static Error open_window(Pull *pull)
{
    Slice hash = {NULL, 0};
    RETURN_IF_ERROR(hash_fields(pull, &hash));
    if (pull->resumed && slice_equal(hash, pull->fields)) {
        return ERROR_NONE;
    }
    pull->resumed = false;
    pull->rows_before = 0;
    pull->fields = hash;
    pull->locator = SLICE("");
    if (pull->session->server_ms == 0) {
        return error_make(ERROR_SF_ANSWER,
                          SLICE("Salesforce's answers carry no Date: no window can be closed"));
    }
    pull->to_ms = pull->session->server_ms - PULL_LAG_MS;
    const bool everything = pull->full || pull->last_end_ms == TIME_MS_MIN;
    pull->from_ms = everything ? TIME_MS_MIN : pull->last_end_ms - PULL_OVERLAP_MS;
    return ERROR_NONE;
}

/* The Bulk job. */

static void create_job(Pull *pull)
{
    const RowSchema *fields = &pull->plan->fields;
    Slice *names = ARENA_ARRAY(&pull->memory, Slice, fields->column_count);
    size_t count = 0;
    Slice soql = {NULL, 0};
    Error error = names == NULL ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull")) : ERROR_NONE;
    if (error.code == ERROR_OK) {
        for (uint32_t i = 0; i < fields->column_count; i++) {
            if (!pull->plan->missing[i]) {
                names[count++] = fields->columns[i].name;
            }
        }
        const SfSelect select = {.object = object_of(pull),
                                 .columns = names,
                                 .column_count = count,
                                 .window_column = SLICE("SystemModstamp"),
                                 .from_ms = pull->from_ms,
                                 .to_ms = pull->to_ms};
        error = sf_soql_select(&pull->memory, &select, &soql);
    }
    if (error.code == ERROR_OK) {
        error = sf_bulk_query_create(&pull->memory, pull->session->api_version, soql, &pull->spec);
    }
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    request_send(&pull->job, &pull->request, &pull->spec);
}

static Error read_job(Pull *pull, const Completion *got)
{
    RETURN_IF_ERROR(sf_bulk_job_read(&pull->memory, got->body, &pull->bulk));
    pull->rows_announced = pull->bulk.processed;
    return ERROR_NONE;
}

static Error take_job(Pull *pull, const Completion *got)
{
    RETURN_IF_ERROR(read_job(pull, got));
    RETURN_IF_ERROR(sf_bulk_job_error(&pull->memory, &pull->bulk));
    pull->job_id = arena_copy(&pull->memory, slice_make(pull->bulk.id, sizeof pull->bulk.id));
    pull->job_version =
        pull->bulk.api_version.length == 0 ? pull->session->api_version : pull->bulk.api_version;
    return ERROR_NONE;
}

static void store_window(Pull *pull)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &pull->job);
    session_guard(pull->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_OPEN));
    row_writer_text(&params.writer, 0, object_of(pull));
    row_writer_null(&params.writer, 1);
    if (pull->from_ms != TIME_MS_MIN) {
        row_writer_time(&params.writer, 1, pull->from_ms);
    }
    row_writer_time(&params.writer, 2, pull->to_ms);
    row_writer_text(&params.writer, 3, pull->fields);
    row_writer_text(&params.writer, 4, pull->job_id);
    row_writer_text(&params.writer, 5, pull->job_version);
    row_writer_time(&params.writer, 6, pull->session->server_ms);
    row_writer_bool(&params.writer, 7, pull->load->loading);
    store_ops_run(&ops, &params);
    if (pull->load->loading) {
        store_ops_load_begin(&ops, source_facts(pull->plan->source)->entity);
    }
    store_apply(&pull->job, &ops);
}

/* A slice that ends before the next poll ends here: the job goes on in Salesforce. */
static bool over_by(const Pull *pull, double delay_ms)
{
    const Engine *engine = pull->job.engine;
    return engine->stopping && engine->mono_ms + delay_ms >= engine->stop_mono_ms;
}

static void pause(Pull *pull)
{
    const double delay_ms = sf_bulk_poll_delay_ms(pull->polls - 1);
    if (over_by(pull, delay_ms)) {
        engine_fail(&pull->job, error_make(ERROR_CANCELLED, SLICE("stopped")));
        return;
    }
    engine_timer(&pull->job, delay_ms);
}

static void poll_job(Pull *pull)
{
    const Error error = sf_bulk_query_poll(&pull->memory, pull->job_version, pull->job_id, &pull->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    request_send(&pull->job, &pull->request, &pull->spec);
}

/* A job that was begun long ago may be gone (results are kept for 7 days): then the window is opened anew. */
static Error read_status(Pull *pull, const Completion *got)
{
    pull->lost = pull->resumed && got->error.code == ERROR_SF_RECORD_GONE;
    if (pull->lost) {
        pull->fields = SLICE("");
        return open_window(pull);
    }
    RETURN_IF_ERROR(got->error);
    return read_job(pull, got);
}

/* Pages. */

/* One whose last page was committed before a crash has all its rows. */
static bool has_more(const Pull *pull)
{
    return pull->locator.length != 0 || pull->rows_before + pull->rows < pull->rows_announced;
}

/* As many rows as a third of the time left allows at the measured rate (ARCHITECTURE, "Deadlines"). */
static uint32_t page_rows(const Pull *pull)
{
    const Engine *engine = pull->job.engine;
    if (!engine->stopping) {
        return pull->page_rows_max;
    }
    const double left_ms = engine->stop_mono_ms - engine->mono_ms;
    const double rate = pull->rows_per_ms > 0 ? pull->rows_per_ms : 2;
    int64_t rows = 0;
    (void)number_to_int64(left_ms / 3 * rate, &rows);
    rows = rows < PULL_PAGE_ROWS_MIN ? PULL_PAGE_ROWS_MIN : rows;
    return rows > pull->page_rows_max ? pull->page_rows_max : (uint32_t)rows;
}

static void fetch_page(Pull *pull)
{
    if (over_by(pull, 0)) {
        engine_fail(&pull->job, error_make(ERROR_CANCELLED, SLICE("stopped")));
        return;
    }
    pull->page_began_ms = pull->job.engine->mono_ms;
    const Error error = sf_bulk_query_page(&pull->memory, pull->job_version, pull->job_id, page_rows(pull),
                                           pull->locator, NULL, &pull->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    page_fetch(&pull->page, &pull->spec, pull->to_ms, pull->load->loading);
}

/* The last batch of the page and the next locator, in one transaction. */
static void commit_page(Pull *pull)
{
    StoreOps ops;
    StoreParams params;
    const Slice locator = pull->page.answer_facts.last ? SLICE("") : pull->page.answer_facts.locator;
    pull->locator = arena_copy(&pull->memory, locator);
    store_ops_begin(&ops, &pull->job);
    session_guard(pull->session, &ops);
    const Error error = page_finish(&pull->page, &ops);
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_PAGE));
    row_writer_text(&params.writer, 0, object_of(pull));
    row_writer_text(&params.writer, 1, pull->locator);
    row_writer_int64(&params.writer, 2, (int64_t)pull->page.row_count);
    store_ops_run(&ops, &params);
    store_apply(&pull->job, &ops);
}

static void count_page(Pull *pull)
{
    const double took_ms = pull->job.engine->mono_ms - pull->page_began_ms;
    pull->rows += pull->page.row_count;
    pull->inserted += pull->page.inserted;
    pull->changed += pull->page.changed;
    pull->rows_per_ms = took_ms > 0 ? (double)pull->page.row_count / took_ms : pull->rows_per_ms;
    Event event;
    event_begin(&event, &pull->memory, SLICE("progress"));
    event_text(&event, SLICE("object"), object_of(pull));
    event_uint64(&event, SLICE("rows"), pull->rows);
    event_uint64(&event, SLICE("total"), pull->rows_announced);
    event_send(&event, pull->job.engine);
}

/* The job as a whole: what it announced is what its pages brought. */
static Error check_rows(Pull *pull)
{
    const uint64_t rows = pull->rows_before + pull->rows;
    if (rows == pull->rows_announced) {
        return ERROR_NONE;
    }
    char want[NUMBER_TEXT_BYTES];
    char got[NUMBER_TEXT_BYTES];
    const Slice announced = slice_make(want, number_print_uint64(pull->rows_announced, want));
    return ERROR_TEXT(&pull->memory, ERROR_SF_ROW_COUNT, SLICE("the Bulk job for "), object_of(pull),
                      SLICE(" announced "), announced, SLICE(" rows and had "),
                      slice_make(got, number_print_uint64(rows, got)));
}

/* The next pull begins a new job: this one will never be any better. */
static void forget_job(Pull *pull)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &pull->job);
    session_guard(pull->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_FAILED));
    row_writer_text(&params.writer, 0, object_of(pull));
    row_writer_text(&params.writer, 1, pull->refused.message);
    store_ops_run(&ops, &params);
    store_apply(&pull->job, &ops);
}

/* The table is loaded: its sources are compared from now on. */
static void end_load(const Pull *pull, StoreOps *ops)
{
    const Slice entity = source_facts(pull->plan->source)->entity;
    store_ops_load_end(ops, entity);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        StoreParams params;
        if (slice_equal(source_facts((Source)source)->entity, entity)) {
            store_params_begin(&params, ops->arena, sync_statement(STATEMENT_PULL_LOADED));
            row_writer_text(&params.writer, 0, source_facts((Source)source)->sobject);
            store_ops_run(ops, &params);
        }
    }
}

static void store_done(Pull *pull)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &pull->job);
    session_guard(pull->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_DONE));
    row_writer_text(&params.writer, 0, object_of(pull));
    row_writer_time(&params.writer, 1, pull->to_ms);
    row_writer_time(&params.writer, 2, pull->session->server_ms);
    store_ops_run(&ops, &params);
    pull->load->open--;
    if (pull->load->loading && pull->load->open == 0) {
        end_load(pull, &ops);
    }
    store_apply(&pull->job, &ops);
}

/* One page is left to lapse by itself, in 7 days: that costs no API call. */
static bool worth_deleting(const Pull *pull)
{
    return pull->rows_announced > pull->page_rows_max;
}

static void delete_job(Pull *pull)
{
    const Error error = sf_bulk_query_delete(&pull->memory, pull->job_version, pull->job_id, &pull->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    request_send(&pull->job, &pull->request, &pull->spec);
}

static void tell_done(Pull *pull)
{
    Event event;
    event_begin(&event, &pull->memory, SLICE("pulled"));
    event_text(&event, SLICE("object"), object_of(pull));
    event_uint64(&event, SLICE("rows"), pull->rows);
    event_uint64(&event, SLICE("new"), pull->inserted);
    event_uint64(&event, SLICE("changed"), pull->changed);
    event_send(&event, pull->job.engine);
}

static void close_page(Pull *pull)
{
    if (pull->page_open) {
        page_close(&pull->page);
        pull->page_open = false;
    }
}

static Error open_page(Pull *pull)
{
    pull->page_open = true;
    return page_open(&pull->page, &pull->job, pull->plan, session_guard, pull->session);
}

static JobStatus pull_step(Job *job, const Completion *got)
{
    Pull *const pull = (Pull *)job;
    JOB_BEGIN(job, PULL_POINTS);

    AWAIT(job, CHECKPOINT, read_checkpoint(pull));
    TRY(job, open_page(pull));
    TRY(job, open_window(pull));

    do {
        if (!pull->resumed) {
            AWAIT(job, CREATE, create_job(pull));
            TRY(job, take_job(pull, got));
            AWAIT(job, OPENED, store_window(pull));
        }
        do {
            if (pull->polls++ != 0 || !pull->resumed) { /* one taken up again has waited already */
                AWAIT(job, PAUSE, pause(pull));
            }
            AWAIT_ANY(job, STATUS, poll_job(pull));
            TRY(job, read_status(pull, got));
        } while (!pull->lost && !sf_bulk_job_ended(&pull->bulk));
    } while (pull->lost);

    pull->refused = sf_bulk_job_error(&pull->memory, &pull->bulk);
    while (pull->refused.code == ERROR_OK && has_more(pull)) {
        AWAIT(job, PAGE, fetch_page(pull));
        AWAIT(job, COMMIT, commit_page(pull));
        count_page(pull);
        if (pull->locator.length == 0) {
            break;
        }
    }
    close_page(pull); /* its memory is more than making the indexes needs */
    pull->refused = pull->refused.code == ERROR_OK ? check_rows(pull) : pull->refused;
    if (pull->refused.code != ERROR_OK) {
        AWAIT_ANY(job, FORGET, forget_job(pull));
        TRY(job, pull->refused);
    }
    AWAIT(job, DONE, store_done(pull));
    if (worth_deleting(pull)) {
        AWAIT_ANY(job, DELETE, delete_job(pull));
    }
    tell_done(pull);
    JOB_END(job);
}

static void pull_close(Job *job)
{
    Pull *pull = (Pull *)job;
    close_page(pull);
    arena_free(&pull->memory);
}

void pull_start(Engine *engine, Job *parent, Pull *pull)
{
    arena_init(&pull->memory, &engine->allocator, 0);
    pull->job.arena = &pull->memory;
    job_start(engine, parent, &pull->job, &pull_kind);
}
