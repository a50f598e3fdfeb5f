#include "sync/upkeep/erasing.h"

#include "perly/host.h"
#include "sync/run/statements.h"
#include "json/writer.h"

static const Slice nobody = SLICE_INIT("a former contact");

void erasing_note(StoreOps *ops, int64_t at_ms)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_ERASING_NOTE));
    row_writer_time(&params.writer, 0, at_ms);
    store_ops_run(ops, &params);
}

static Error add(Erasing *erasing, RowView row)
{
    enum { ROOM_MIN = 16 };
    if (erasing->count == erasing->room) {
        const uint32_t room = erasing->room == 0 ? ROOM_MIN : 2 * erasing->room;
        ErasedPerson *persons =
            arena_resize(erasing->arena, erasing->persons, erasing->room * sizeof *persons,
                         room * sizeof *persons, _Alignof(ErasedPerson));
        if (persons == NULL) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase"));
        }
        erasing->persons = persons;
        erasing->room = room;
    }
    ErasedPerson *person = &erasing->persons[erasing->count++];
    *person = (ErasedPerson){.id = arena_copy(erasing->arena, row_text(row, 0)),
                             .account_id = arena_copy(erasing->arena, row_text(row, 1)),
                             .name = arena_copy(erasing->arena, row_text(row, 2))};
    return person->id.data == NULL || person->account_id.data == NULL || person->name.data == NULL
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase"))
               : ERROR_NONE;
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
        ops->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase"));
        return SLICE("");
    }
    return slice_part(buffer_slice(&text), 1, text.length - 1);
}

static Slice between(StoreOps *ops, Slice left, Slice text, Slice right)
{
    Buffer joined;
    buffer_init(&joined, ops->arena, 0);
    buffer_append(&joined, left);
    buffer_append(&joined, text);
    buffer_append(&joined, right);
    if (joined.failed) {
        ops->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for persons to erase"));
    }
    return buffer_slice(&joined);
}

static void clean(StoreOps *ops, SyncStatement statement, Slice account_id, Slice what, Slice with)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(statement));
    row_writer_text(&params.writer, 0, account_id);
    row_writer_text(&params.writer, 1, what);
    row_writer_text(&params.writer, 2, with);
    store_ops_run(ops, &params);
}

/* The name as a word of its own in the JSON of a text: "Li" is not erased from "Client", nor from an id. */
static void clean_name(StoreOps *ops, SyncStatement statement, Slice account_id, Slice name)
{
    static const Slice before[] = {SLICE_INIT(" "), SLICE_INIT("\""), SLICE_INIT("\\n"), SLICE_INIT("(")};
    static const Slice after[] = {SLICE_INIT(" "), SLICE_INIT("\""), SLICE_INIT("\\"),
                                  SLICE_INIT(","), SLICE_INIT("."),  SLICE_INIT(";"),
                                  SLICE_INIT(":"), SLICE_INIT(")"),  SLICE_INIT("'")};
    for (size_t b = 0; b < sizeof before / sizeof before[0]; b++) {
        for (size_t a = 0; a < sizeof after / sizeof after[0]; a++) {
            clean(ops, statement, account_id, between(ops, before[b], name, after[a]),
                  between(ops, before[b], nobody, after[a]));
        }
    }
}

void erasing_write(const Erasing *erasing, StoreOps *ops)
{
    static const SyncStatement texts[] = {STATEMENT_ERASING_OUTBOX, STATEMENT_ERASING_SCORES,
                                          STATEMENT_ERASING_HEALTH};
    for (uint32_t i = 0; i < erasing->count; i++) {
        const ErasedPerson *person = &erasing->persons[i];
        const Slice name = is_name(person->name) ? escaped(ops, person->name) : SLICE("");
        for (size_t t = 0; name.length != 0 && t < sizeof texts / sizeof texts[0]; t++) {
            clean_name(ops, texts[t], person->account_id, name);
        }
        clean(ops, STATEMENT_ERASING_ACTIVITIES, person->account_id, person->id, SLICE(""));
        clean(ops, STATEMENT_ERASING_END, person->account_id, person->id, SLICE(""));
    }
}
