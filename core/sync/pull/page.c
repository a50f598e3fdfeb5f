#include "sync/pull/page.h"

#include "base/assert.h"
#include "base/number.h"

#define WRITER_POINTS(X) X(FULL) X(SIEVE) X(COMPARE) X(FURTHER) X(APPLY)

static JobStatus writer_step(Job *job, const Completion *got);
static void writer_close(Job *job);
JOB_KIND(writer_kind, "batch", writer_step, writer_close);

static size_t whole_batch_bytes(const Page *page)
{
    return !page->loading ? PAGE_COMPARED_BYTES : page->ahead ? PAGE_AHEAD_BYTES : PAGE_BATCH_BYTES;
}

/* With the memory that a batch of such rows takes, as far as so many can still come: growing takes twice
 * that. */
static void begin_rows(Page *page)
{
    PageRows *side = page->filling;
    arena_reset(&side->arena);
    row_writer_init(&side->rows, &side->arena, &page->plan->table, 0);
    if (page->row_bytes != 0) {
        const uint64_t left = page->rows_most - page->row_count;
        const size_t most = 1 + whole_batch_bytes(page) / (page->row_bytes + page->text_bytes);
        const size_t rows = left < most ? (size_t)left : most;
        row_writer_reserve(&side->rows, rows * page->row_bytes, rows * page->text_bytes + PAGE_SLACK);
    }
}

/* Rows. */

static bool is_full(const Page *page)
{
    return row_writer_bytes(&page->filling->rows) >= page->batch_bytes;
}

static Error map_row(Page *page, const MapperRecord *record)
{
    RETURN_IF_ERROR(mapper_row(&page->mapper, record, page->seen_ms, &page->filling->rows));
    page->row_count++;
    return ERROR_NONE;
}

static CsvAnswer take_row(void *context, const Slice *fields, uint32_t count)
{
    Page *page = context;
    if (!page->header_done) {
        page->header_done = true;
        page->error = mapper_header(&page->mapper, fields, count);
        return page->error.code == ERROR_OK ? CSV_MORE : CSV_STOP;
    }
    const MapperRecord record = {fields, count, page->csv.row};
    page->error = map_row(page, &record);
    if (page->error.code != ERROR_OK) {
        return CSV_STOP;
    }
    return is_full(page) ? CSV_WAIT : CSV_MORE;
}

static Error take_record(void *context, const Slice *cells, Slice bytes)
{
    Page *page = context;
    const MapperRecord record = {cells, page->query.column_count, bytes};
    return map_row(page, &record);
}

static bool is_query(const Page *page)
{
    return page->query.columns != NULL;
}

static Error begin_records(Page *page)
{
    const PageQuery *query = &page->query;
    page->records = (SfQueryRows){.columns = query->columns,
                                  .column_count = query->column_count,
                                  .total_max = query->total_max,
                                  .take = take_record,
                                  .context = page};
    RETURN_IF_ERROR(sf_query_rows_begin(&page->records, &page->reader_arena));
    return mapper_header(&page->mapper, query->columns, query->column_count);
}

/* Records are not waited in between: a page has few, so a batch is larger by one piece of the body at most.
 */
static Error read_bytes(Page *page, Slice bytes, bool closed, size_t *taken)
{
    *taken = bytes.length;
    return is_query(page) ? sf_query_rows_feed(&page->records, bytes, closed)
                          : csv_reader_feed(&page->csv, bytes, closed, taken);
}

/* Reads on; true when a batch is full and the rest of the bytes was kept. */
static bool feed(Page *page, Slice bytes, bool closed)
{
    size_t taken = 0;
    if (page->error.code != ERROR_OK) {
        return false;
    }
    const Error error = read_bytes(page, bytes, closed, &taken);
    if (error.code != ERROR_OK && page->error.code == ERROR_OK) {
        page->error = error;
    }
    const bool full = is_full(page);
    if (page->error.code == ERROR_OK && full && !closed) {
        buffer_append(&page->rest[page->keep], slice_part(bytes, taken, bytes.length));
    }
    return page->error.code == ERROR_OK && full && !closed;
}

static void wake_writer(Page *page, Error error)
{
    if (page->waiting) {
        page->waiting = false;
        engine_complete(&page->writer, &(Completion){.error = error});
    }
}

/* Rows may come in: there is room, and it is not what is being written. */
static bool may_read(const Page *page)
{
    return !page->full && page->filling != page->taken;
}

/* The next rows will be about as those of this batch. */
static void learn(Page *page)
{
    const RowWriter *rows = &page->filling->rows;
    page->row_bytes = rows->rows.length / rows->row_count;
    page->text_bytes = rows->heap.length / rows->row_count + 1;
    page->batch_bytes = whole_batch_bytes(page);
}

/* Gives a full batch to the writer, once it has no other. */
static void hand_over(Page *page)
{
    page->full = page->taken != NULL;
    if (page->full) {
        return;
    }
    page->taken = page->filling;
    learn(page);
    if (page->ahead) {
        page->filling = page->taken == &page->sides[0] ? &page->sides[1] : &page->sides[0];
        begin_rows(page);
    }
    wake_writer(page, ERROR_NONE);
}

/* The bytes that were kept; what is kept from now on goes elsewhere. */
static Slice take_rest(Page *page)
{
    const Slice bytes = buffer_slice(&page->rest[page->keep]);
    page->keep = 1 - page->keep;
    buffer_clear(&page->rest[page->keep]);
    return bytes;
}

/* Reads as far as there is room; false: the body waits. */
static bool read_on(Page *page, Slice bytes)
{
    while (feed(page, bytes, false)) {
        hand_over(page);
        if (!may_read(page)) {
            page->paused = true;
            return false;
        }
        bytes = take_rest(page);
    }
    page->paused = false;
    return true;
}

/* The sink. */

static void begin_body(Page *page)
{
    arena_reset(&page->reader_arena);
    const CsvSink sink = {take_row, page};
    page->error =
        is_query(page) ? begin_records(page) : csv_reader_init(&page->csv, &page->reader_arena, sink, NULL);
    page->header_done = false;
    page->row_count = 0;
    mapper_count_anew(&page->mapper);
    buffer_clear(&page->rest[page->keep]);
    page->full = false;
    if (page->filling != page->taken) {
        begin_rows(page); /* else the batch stays until it is written */
    }
}

/* A batch of the attempt before may still be on its way: an answer without a body ends after it. */
static uint32_t sink_reset(void *context)
{
    Page *page = context;
    begin_body(page);
    page->paused = !may_read(page);
    return page->paused ? PERLY_WAIT : PERLY_MORE;
}

static uint32_t sink_body(void *context, Slice bytes)
{
    Page *page = context;
    if (page->paused) {
        buffer_append(&page->rest[page->keep], bytes);
        return PERLY_WAIT;
    }
    return read_on(page, bytes) ? PERLY_MORE : PERLY_WAIT;
}

static Error check_page(Page *page)
{
    RETURN_IF_ERROR(sf_bulk_page_read(buffer_slice(&page->request.headers), &page->answer_facts));
    return sf_bulk_page_check(page->owner->arena, &page->answer_facts, page->row_count);
}

/* All pages together have totalSize rows, and none is without any. */
static Error check_query(Page *page)
{
    const SfQueryPage *facts = &page->query_facts;
    RETURN_IF_ERROR(sf_query_rows_end(&page->records, &page->query_facts));
    const uint64_t rows = page->query.before + facts->rows;
    const bool whole = facts->done ? rows == facts->total : rows < facts->total && facts->rows != 0;
    if (whole || facts->total > page->query.total_max) {
        return ERROR_NONE;
    }
    char want[NUMBER_TEXT_BYTES];
    char got[NUMBER_TEXT_BYTES];
    const Slice announced = slice_make(want, number_print_uint64(facts->total, want));
    return ERROR_TEXT(page->owner->arena, ERROR_SF_ROW_COUNT, SLICE("a query announced "), announced,
                      facts->total == 1 ? SLICE(" row and had ") : SLICE(" rows and had "),
                      slice_make(got, number_print_uint64(rows, got)),
                      facts->done ? SLICE("") : SLICE(" before its last page"));
}

static Error end_body(Page *page)
{
    (void)feed(page, SLICE(""), true);
    RETURN_IF_ERROR(page->error);
    return page->rest[page->keep].failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a page"))
           : is_query(page)              ? check_query(page)
                                         : check_page(page);
}

static Error sink_end(void *context)
{
    Page *page = context;
    perly_assert(!page->paused);
    return error_copy(page->owner->arena, end_body(page)); /* the next attempt takes the reader's arena */
}

static void sink_closed(void *context, Error error)
{
    Page *page = context;
    page->body_over = true;
    page->closed = error;
    wake_writer(page, error);
}

/* The writer. */

/* The effect: completes when a batch is full, or the body is over. */
static void wait_for_batch(Page *page)
{
    engine_begin(&page->writer);
    page->waiting = true;
    if (page->taken != NULL || page->body_over || page->writer.cancelled) {
        wake_writer(page, page->taken == NULL ? page->closed : ERROR_NONE);
    }
}

/*
 * Asks first which rows did not change: where little did before. Not of a part of the columns, which has no
 * hash. While rows are collected each batch is asked about: a key of it may be one of theirs.
 */
static bool is_sieved(const Page *page)
{
    const bool worth = page->few_changed || !collected_is_empty(&page->collected);
    return !page->loading && !page->plan->partial && worth;
}

static Error open_batch(Page *page)
{
    page->last = page->taken == NULL;
    page->taken = page->last ? page->filling : page->taken;
    PageRows *side = page->taken;
    page->answer = (Slice){NULL, 0};
    RETURN_IF_ERROR(page->loading
                        ? batch_open_loading(&page->batch, &side->arena, page->plan, &side->rows)
                        : batch_open(&page->batch, &side->arena, page->plan, &side->rows, page->known_ms));
    page->sieved = is_sieved(page);
    return ERROR_NONE;
}

/* The part that its owner commits, with the locator. */
static bool is_owners(const Page *page)
{
    return page->last && batch_is_last(&page->batch);
}

/* The answer is used within this step, or later, by the owner's too: then it is copied. */
static Error keep_answer(Page *page, Slice answer)
{
    if (!is_owners(page) && !plan_has_further(page->plan)) {
        page->answer = answer;
        return ERROR_NONE;
    }
    char *copy = arena_alloc(&page->taken->arena, answer.length, 8);
    if (copy == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a comparison"));
    }
    memcpy(copy, answer.data, answer.length);
    page->answer = slice_make(copy, answer.length);
    return ERROR_NONE;
}

static void count_batch(Page *page)
{
    Batch *batch = &page->batch;
    page->inserted += batch->inserted;
    page->changed += batch->changed;
    page->unchanged += batch->unchanged;
    batch->inserted = batch->changed = batch->unchanged = 0;
}

static void apply_batch(Page *page)
{
    StoreOps ops;
    store_ops_begin(&ops, &page->writer);
    page->guard(page->guard_context, &ops);
    store_ops_fail(&ops, batch_write(&page->batch, page->answer, &ops));
    store_apply(&page->writer, &ops);
}

/* The next batch will be about as this one, of which so many rows are written: how to ask. */
static void expect(Page *page, uint64_t written)
{
    page->few_changed = written * 4 < page->batch.unchanged;
}

/* Those that wait are to be written now: there are enough, or the next batch is not like this one, or none.
 */
static bool is_due(const Page *page)
{
    return collected_is_full(&page->collected) || page->last || !page->few_changed;
}

/*
 * The changed rows of a batch join those that wait. When these are due they become the batch, in the memory
 * of the one that is settled.
 */
static Error put_aside(Page *page, Slice answer)
{
    const uint32_t waited = page->collected.rows.row_count;
    RETURN_IF_ERROR(batch_sieved(&page->batch, answer, &page->collected));
    if (!page->last) {
        expect(page, page->collected.rows.row_count - waited);
    }
    count_batch(page);
    page->flushing = is_due(page);
    if (!page->flushing) {
        return ERROR_NONE;
    }
    arena_reset(&page->taken->arena);
    return batch_open(&page->batch, &page->taken->arena, page->plan, &page->collected.rows, page->known_ms);
}

/* All of the batch is committed, or waits. */
static void end_batch(Page *page)
{
    if (!page->sieved) {
        expect(page, (uint64_t)page->batch.inserted + page->batch.changed);
    }
    count_batch(page);
    if (page->flushing) {
        collected_clear(&page->collected);
        page->flushing = false;
    }
}

/* Takes the next one, and reads what came meanwhile, then lets the socket go on. */
static void next_batch(Page *page)
{
    page->taken = NULL;
    if (!page->ahead) {
        begin_rows(page);
    }
    if (page->full) {
        hand_over(page);
    }
    if (page->paused && read_on(page, take_rest(page))) {
        request_resume(&page->request);
    }
}

static JobStatus writer_step(Job *job, const Completion *got)
{
    Page *const page = (Page *)job;
    JOB_BEGIN(job, WRITER_POINTS);
    do {
        AWAIT(job, FULL, wait_for_batch(page));
        TRY(job, open_batch(page));
        if (page->sieved) {
            AWAIT(job, SIEVE, batch_sieve(job, &page->batch));
            TRY(job, put_aside(page, got->body));
        }
        while (batch_next(&page->batch, page->part_bytes)) {
            if (!page->loading) {
                AWAIT(job, COMPARE, batch_compare(job, &page->batch));
                TRY(job, keep_answer(page, got->body));
                if (plan_has_further(page->plan)) {
                    AWAIT(job, FURTHER, batch_ask_further(job, &page->batch, page->answer));
                    TRY(job, page->batch.further.error);
                }
            }
            if (is_owners(page)) {
                break;
            }
            AWAIT(job, APPLY, apply_batch(page));
        }
        if (page->last) {
            break; /* the last one: its owner commits what is left of it with the locator */
        }
        end_batch(page);
        next_batch(page);
    } while (true);
    JOB_END(job);
}

/* Without a writer the body has nowhere to go. */
static void writer_close(Job *job)
{
    Page *page = (Page *)job;
    if (job->error.code != ERROR_OK) {
        page->error = job->error;
        page->taken = NULL;
        request_abandon(&page->request, job->error);
    }
}

/* For the owner. */

Error page_open(Page *page, Job *owner, const Plan *plan, PageGuard *guard, void *guard_context)
{
    const Allocator *allocator = &owner->engine->allocator;
    *page = (Page){.owner = owner, .plan = plan, .guard = guard, .guard_context = guard_context};
    arena_init(&page->reader_arena, allocator, 0);
    arena_init(&page->sides[0].arena, allocator, 0);
    arena_init(&page->sides[1].arena, allocator, 0);
    arena_init(&page->rest_arena, allocator, 0);
    collected_open(&page->collected, allocator, &plan->table);
    buffer_init(&page->rest[0], &page->rest_arena, 0);
    buffer_init(&page->rest[1], &page->rest_arena, 0);
    page->part_bytes =
        owner->engine->dialect == PERLY_DIALECT_SQLITE ? PAGE_PART_BYTES_SQLITE : PAGE_PART_BYTES;
    page->sink = (Sink){page, sink_reset, sink_body, sink_end, sink_closed};
    return mapper_init(&page->mapper, owner->arena, plan);
}

void page_close(Page *page)
{
    mapper_free(&page->mapper);
    arena_free(&page->reader_arena);
    arena_free(&page->sides[0].arena);
    arena_free(&page->sides[1].arena);
    arena_free(&page->rest_arena);
    collected_close(&page->collected);
}

static void fetch(Page *page, const RequestSpec *spec, const PageFacts *facts)
{
    RequestSpec with_sink = *spec;
    with_sink.sink = &page->sink;
    page->seen_ms = facts->seen_ms;
    page->known_ms = facts->known_ms;
    page->rows_most = facts->rows_most;
    page->loading = facts->way != PAGE_COMPARED;
    page->ahead = facts->way == PAGE_LOADED_AHEAD;
    page->batch_bytes = page->row_bytes == 0 ? PAGE_FIRST_BYTES : whole_batch_bytes(page);
    page->body_over = false;
    page->closed = ERROR_NONE;
    page->filling = &page->sides[0];
    page->taken = NULL;
    page->full = false;
    page->paused = false;
    page->waiting = false;
    page->last = false;
    page->flushing = false;
    collected_clear(&page->collected);
    page->inserted = 0;
    page->changed = 0;
    page->unchanged = 0;
    job_start(page->owner->engine, page->owner, &page->writer, &writer_kind);
    request_send(page->owner, &page->request, &with_sink);
}

void page_fetch(Page *page, const RequestSpec *spec, const PageFacts *facts)
{
    page->query = (PageQuery){.columns = NULL};
    fetch(page, spec, facts);
}

void page_fetch_query(Page *page, const RequestSpec *spec, const PageQuery *query, const PageFacts *facts)
{
    page->query = *query;
    fetch(page, spec, facts);
}

Error page_finish(Page *page, StoreOps *ops)
{
    RETURN_IF_ERROR(batch_write(&page->batch, page->answer, ops));
    count_batch(page);
    return ERROR_NONE;
}
