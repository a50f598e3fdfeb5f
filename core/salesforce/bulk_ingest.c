#include "salesforce/bulk_ingest.h"

#include "salesforce/internal.h"
#include "salesforce/url.h"

static void job_path(Buffer *path, Arena *arena, Slice version, Slice job_id, Slice rest)
{
    spec_path(path, arena, version, SLICE("/jobs/ingest/"));
    sf_url_append(path, job_id);
    buffer_append(path, rest);
}

Error sf_bulk_ingest_create(Arena *arena, Slice version, Slice object, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/jobs/ingest"));
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("object"), object);
    spec_json_pair(&json, SLICE("operation"), SLICE("update"));
    spec_json_pair(&json, SLICE("contentType"), SLICE("CSV"));
    spec_json_pair(&json, SLICE("lineEnding"), SLICE("LF"));
    json_write_object_end(&json);
    return spec_finish(spec, METHOD_POST, SLICE("ingest.create"), &path, SPEC_JSON, &body);
}

Error sf_bulk_ingest_upload(Arena *arena, Slice version, Slice job_id, Slice csv, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id, SLICE("/batches"));
    RETURN_IF_ERROR(spec_finish(spec, METHOD_PUT, SLICE("ingest.upload"), &path, SLICE(""), NULL));
    spec->content_type = SPEC_CSV;
    spec->body = csv;
    spec->once = true;
    return ERROR_NONE;
}

static Error finish_state(Arena *arena, Slice version, Slice job_id, Slice purpose, Slice state,
                          RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id, SLICE(""));
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("state"), state);
    json_write_object_end(&json);
    return spec_finish(spec, METHOD_PATCH, purpose, &path, SPEC_JSON, &body);
}

Error sf_bulk_ingest_close(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    RETURN_IF_ERROR(
        finish_state(arena, version, job_id, SLICE("ingest.close"), SLICE("UploadComplete"), spec));
    spec->once = true;
    return ERROR_NONE;
}

Error sf_bulk_ingest_abort(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    return finish_state(arena, version, job_id, SLICE("ingest.abort"), SLICE("Aborted"), spec);
}

Error sf_bulk_ingest_poll(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id, SLICE(""));
    return spec_finish(spec, METHOD_GET, SLICE("ingest.poll"), &path, SLICE(""), NULL);
}

Error sf_bulk_ingest_delete(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id, SLICE(""));
    return spec_finish(spec, METHOD_DELETE, SLICE("ingest.delete"), &path, SLICE(""), NULL);
}

Error sf_bulk_ingest_results(Arena *arena, Slice version, Slice job_id, SfBulkResults which, const Sink *sink,
                             RequestSpec *spec)
{
    static const Slice lists[] = {[SF_BULK_SUCCESSFUL] = SLICE_INIT("/successfulResults/"),
                                  [SF_BULK_FAILED_ROWS] = SLICE_INIT("/failedResults/")};
    Buffer path;
    job_path(&path, arena, version, job_id, lists[which]);
    RETURN_IF_ERROR(spec_finish(spec, METHOD_GET, SLICE("ingest.results"), &path, SLICE(""), NULL));
    spec->accept = SPEC_CSV;
    spec->sink = sink;
    return ERROR_NONE;
}
