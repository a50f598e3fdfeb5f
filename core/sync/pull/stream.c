#include "sync/pull/stream.h"

#include "base/number.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

#define STREAM_POINTS(X) X(LIST) X(PAGE) X(COMMIT)

static JobStatus stream_step(Job *job, const Completion *got);
JOB_KIND(stream_kind, "stream", stream_step, stream_close);

/* As many rows as a third of the time left allows at the measured rate (ARCHITECTURE, "Deadlines"). */
uint32_t stream_page_rows(const Pull *pull)
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

static bool is_short_of_time(const Pull *pull)
{
    return stream_page_rows(pull) < pull->page_rows_max;
}

static PageWay way_of(const Pull *pull)
{
    if (pull->load != NULL && !pull->load->loading) {
        return PAGE_COMPARED;
    }
    return pull->by_list ? PAGE_LOADED : PAGE_LOADED_AHEAD;
}

/* Which stream begins. */

void stream_begin(Pull *pull, const JobKind *kind)
{
    PullStream *stream = pull->streams;
    while (stream->running) {
        stream++;
    }
    *stream = (PullStream){.pull = pull, .running = true};
    pull->streaming++;
    pull->session->streams++;
    job_start(pull->job.engine, &pull->job, &stream->job, kind);
}

/* Further streams, while there are pages for them, and places. */
static void start_more(Pull *pull)
{
    uint32_t waiting = pull->by_list && !pull->failing ? page_list_waiting(&pull->list) : 0;
    while (waiting > 1 && pull->streaming < PULL_STREAMS_MAX && pull->session->streams < PULL_STREAMS_ALL) {
        stream_begin(pull, &stream_kind);
        waiting--;
    }
}

/* Links. */

/* Before the last known page is taken, so that the others do not wait for the list. */
static bool must_list(const Pull *pull)
{
    return pull->by_list && pull->list.has_next && !pull->listing && !pull->failing &&
           page_list_waiting(&pull->list) < PULL_STREAMS_MAX && page_list_has_room(&pull->list);
}

static void ask_links(PullStream *stream)
{
    Pull *pull = stream->pull;
    pull->listing = true;
    request_try(&stream->job, &stream->request, &stream->spec,
                sf_bulk_query_links(&pull->memory, pull->checkpoint.job_version, pull->checkpoint.job_id,
                                    pull->list.next, &stream->spec));
}

/*
 * What stands in the way of a list does not stand in the way of the rows: streams_missed finds what is not
 * linked to.
 */
static void take_links(PullStream *stream, const Completion *got)
{
    Pull *pull = stream->pull;
    SfBulkLinks links = {.count = 0};
    pull->listing = false;
    if (got->error.code == ERROR_OK) {
        (void)sf_bulk_links_read(&pull->memory, got->body, &links); /* or none: what it failed with is lost */
    } else if (got->status == 404 || got->status == 400) {
        pull->session->no_result_pages = true;
    }
    page_list_add(&pull->list, &links);
}

/*
 * From the first page that is not stored on by locator: also over pages behind it that are stored. What comes
 * again changes nothing.
 */
static void leave_list(Pull *pull)
{
    Slice link;
    Slice locator = SLICE("");
    uint64_t again = 0;
    bool found = false;
    if (!page_list_rest(&pull->list, &link, &again) ||
        sf_bulk_link_locator(&pull->memory, link, &locator, &found).code != ERROR_OK || !found) {
        return; /* then pages as long as Salesforce makes them */
    }
    pull->by_list = false;
    pull->more = true;
    pull->repeated = again;
    pull->checkpoint.locator = locator;
}

/* A page. */

static bool take_page(PullStream *stream)
{
    Pull *pull = stream->pull;
    if (pull->failing) {
        return false;
    }
    if (pull->by_list && is_short_of_time(pull)) {
        if (pull->streaming > 1) {
            return false;
        }
        leave_list(pull);
    }
    return pull->by_list ? page_list_take(&pull->list, &stream->number, &stream->link) : pull->more;
}

Error stream_open_page(PullStream *stream)
{
    if (stream->page_open) {
        return ERROR_NONE;
    }
    stream->page_open = true;
    return page_open(&stream->page, &stream->job, stream->pull->plan, session_guard, stream->pull->session);
}

static Error page_spec(PullStream *stream)
{
    Pull *pull = stream->pull;
    const Checkpoint *at = &pull->checkpoint;
    if (pull_over_by(pull, 0)) {
        return error_make(ERROR_CANCELLED, SLICE("stopped"));
    }
    return pull->by_list ? sf_bulk_query_linked(&pull->memory, at->job_version, at->job_id, stream->link,
                                                NULL, &stream->spec)
                         : sf_bulk_query_page(&pull->memory, at->job_version, at->job_id,
                                              stream_page_rows(pull), at->locator, NULL, &stream->spec);
}

static void fetch_page(PullStream *stream)
{
    Pull *pull = stream->pull;
    const Error error = page_spec(stream);
    if (error.code != ERROR_OK) {
        engine_fail(&stream->job, error);
        return;
    }
    stream->began_ms = pull->job.engine->mono_ms;
    const PageFacts facts = {.rows_most = pull->rows_announced,
                             .seen_ms = pull->checkpoint.to_ms,
                             .known_ms = pull->checkpoint.last_end_ms,
                             .way = way_of(pull)};
    page_fetch(&stream->page, &stream->spec, &facts);
}

static Slice rejected_text(Arena *arena, const MapperRejected *rejected)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, rejected->column);
    buffer_append(&text, SLICE(": "));
    buffer_append(&text, slice_make(rejected->text, rejected->text_bytes));
    return text.failed ? rejected->column : buffer_slice(&text);
}

/* What was not taken as it came: rows with a value that their field's type refuses, and NUL bytes. */
static void store_rejected(const PullStream *stream, StoreOps *ops)
{
    StoreParams params;
    const Page *page = &stream->page;
    const Slice object = pull_name(stream->pull);
    const int64_t at_ms = stream->pull->session->server_ms;
    for (uint32_t i = 0; i < page->mapper.rejected_kept; i++) {
        const MapperRejected *rejected = &page->mapper.rejected[i];
        store_params_begin(&params, ops->arena, sync_statement(STATEMENT_REJECTED_WRITE));
        row_writer_text(&params.writer, 0, object);
        row_writer_text(&params.writer, 1, slice_make(rejected->id, MAPPER_ID_BYTES));
        row_writer_text(&params.writer, 2, rejected_text(ops->arena, rejected));
        row_writer_time(&params.writer, 3, at_ms);
        store_ops_run(ops, &params);
    }
    if (page->csv.nul_bytes != 0) {
        store_params_begin(&params, ops->arena, sync_statement(STATEMENT_NUL_COUNT));
        row_writer_text(&params.writer, 0, object);
        row_writer_time(&params.writer, 1, at_ms);
        row_writer_int64(&params.writer, 2, (int64_t)page->csv.nul_bytes);
        store_ops_run(ops, &params);
    }
}

/* Where the pull stands once the page is stored. */
static Error move_on(PullStream *stream)
{
    Pull *pull = stream->pull;
    const Page *page = &stream->page;
    if (pull->by_list) {
        page_list_done(&pull->list, stream->number, page->row_count);
        return ERROR_NONE;
    }
    const Slice locator = checkpoint_by_rest(&pull->checkpoint) ? page->query_facts.next_path
                          : page->answer_facts.last             ? SLICE("")
                                                                : page->answer_facts.locator;
    pull->more = locator.length != 0;
    return arena_keep(&pull->memory, locator, &pull->checkpoint.locator)
               ? ERROR_NONE
               : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a page's locator"));
}

Error stream_store_page(PullStream *stream, StoreOps *ops)
{
    Buffer list;
    Pull *pull = stream->pull;
    const Page *page = &stream->page;
    RETURN_IF_ERROR(move_on(stream));
    RETURN_IF_ERROR(page_finish(&stream->page, ops));
    buffer_init(&list, ops->arena, 0);
    if (pull->by_list) {
        page_list_print(&pull->list, &list);
    }
    const CheckpointPage brought = {.locator = pull->checkpoint.locator,
                                    .pages = buffer_slice(&list),
                                    .rows = page->row_count,
                                    .repeated = pull->repeated,
                                    .inserted = page->inserted,
                                    .changed = page->changed,
                                    .left_out = page->mapper.filtered,
                                    .rejected = page->mapper.rejected_rows};
    checkpoint_page(ops, pull_name(pull), &brought);
    store_rejected(stream, ops);
    if (list.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the list of pages"));
    }
    return ERROR_NONE;
}

/* The last batch of the page and where the next one is, in one transaction. */
static void commit_page(PullStream *stream)
{
    StoreOps ops;
    store_ops_begin(&ops, &stream->job);
    session_guard(stream->pull->session, &ops);
    store_ops_fail(&ops, stream_store_page(stream, &ops));
    store_apply(&stream->job, &ops);
}

void stream_count_page(PullStream *stream)
{
    Pull *pull = stream->pull;
    const Page *page = &stream->page;
    const double took_ms = pull->job.engine->mono_ms - stream->began_ms;
    pull->checkpoint.received += page->row_count - pull->repeated;
    pull->rows -= pull->rows < pull->repeated ? pull->rows : pull->repeated;
    pull->rows += page->row_count;
    pull->repeated = 0;
    pull->inserted += page->inserted;
    pull->changed += page->changed;
    pull->rows_per_ms = took_ms > 0 ? (double)page->row_count / took_ms : pull->rows_per_ms;
    Event event;
    event_begin(&event, &pull->memory, SLICE("progress"));
    event_text(&event, SLICE("object"), pull_name(pull));
    event_uint64(&event, SLICE("rows"), pull->checkpoint.received);
    event_uint64(&event, SLICE("total"), pull->rows_announced);
    event_send(&event, pull->job.engine);
}

static JobStatus stream_step(Job *job, const Completion *got)
{
    PullStream *const stream = (PullStream *)job;
    JOB_BEGIN(job, STREAM_POINTS);
    do {
        if (must_list(stream->pull)) {
            AWAIT_ANY(job, LIST, ask_links(stream));
            take_links(stream, got);
        }
        if (!take_page(stream)) {
            break;
        }
        start_more(stream->pull);
        TRY(job, stream_open_page(stream));
        AWAIT(job, PAGE, fetch_page(stream));
        AWAIT(job, COMMIT, commit_page(stream));
        stream_count_page(stream);
    } while (true);
    JOB_END(job);
}

void stream_close(Job *job)
{
    PullStream *stream = (PullStream *)job;
    Pull *pull = stream->pull;
    pull->failing = pull->failing || job->error.code != ERROR_OK;
    pull->streaming--;
    pull->session->streams--;
    stream->running = false;
    if (stream->page_open) {
        page_close(&stream->page); /* its memory is more than making the indexes needs */
    }
}

/* For the pull. */

/* It costs one call more for five pages. */
static bool pays(const Pull *pull)
{
    return way_of(pull) != PAGE_COMPARED && pull->rows_announced > pull->page_rows_max &&
           !pull->session->no_result_pages && !is_short_of_time(pull);
}

Error streams_reset(Pull *pull)
{
    if (pull->streams == NULL) {
        pull->streams = ARENA_ARRAY(&pull->memory, PullStream, PULL_STREAMS_MAX);
    }
    pull->failing = false;
    pull->listing = false;
    pull->by_list = false;
    pull->more = true;
    pull->repeated = 0;
    return pull->streams == NULL ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"))
                                 : ERROR_NONE;
}

Error streams_open(Pull *pull)
{
    const Checkpoint *at = &pull->checkpoint;
    RETURN_IF_ERROR(streams_reset(pull));
    pull->by_list = at->pages.length != 0;
    if (pull->by_list) {
        RETURN_IF_ERROR(page_list_read(&pull->list, at->pages));
    } else if (at->locator.length == 0) {
        pull->repeated = at->received; /* of a list that did not bring all */
        pull->by_list = at->received == 0 && pays(pull);
        page_list_begin(&pull->list);
    }
    return ERROR_NONE;
}

void streams_start(Pull *pull)
{
    stream_begin(pull, &stream_kind);
}

bool streams_missed(Pull *pull)
{
    if (!pull->by_list || pull->checkpoint.received == pull->rows_announced) {
        return false;
    }
    pull->by_list = false;
    pull->more = true;
    pull->repeated = pull->checkpoint.received;
    pull->checkpoint.locator = SLICE("");
    return true;
}
