#include "sync/run/over_table.h"

typedef struct Parameter {
    char letter;
    char type; /* of statements (store.h) */
    Slice cast;
} Parameter;

static const Parameter parameters[] = {
    {'n', 't', SLICE_INIT("::text")},        {'p', 't', SLICE_INIT("::text")},
    {'o', 't', SLICE_INIT("::text")},        {'a', 'b', SLICE_INIT("::boolean")},
    {'t', 'm', SLICE_INIT("::timestamptz")}, {'r', 'i', SLICE_INIT("::bigint")},
};

enum { PARAMETERS_MAX = sizeof parameters / sizeof parameters[0] };

/* Writing a statement for one database; parameters are numbered as they come. */
typedef struct Render {
    Buffer *sql;
    bool postgresql;
    Slice table;
    Slice account;
    const Parameter *order[PARAMETERS_MAX];
    uint32_t count;
} Render;

static const Parameter *find_parameter(char letter)
{
    for (size_t i = 0; i < PARAMETERS_MAX; i++) {
        if (parameters[i].letter == letter) {
            return &parameters[i];
        }
    }
    return NULL;
}

static void render_parameter(Render *render, const Parameter *parameter)
{
    uint32_t at = 0;
    while (at < render->count && render->order[at] != parameter) {
        at++;
    }
    if (at == render->count) {
        render->order[render->count++] = parameter;
    }
    buffer_append_byte(render->sql, render->postgresql ? '$' : '?');
    buffer_append_int64(render->sql, at + 1);
    buffer_append(render->sql, render->postgresql ? parameter->cast : SLICE(""));
}

static void render(Render *out, Slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        char next = '\0';
        if (i + 1 < text.length) {
            next = text.data[i + 1];
        }
        const Parameter *parameter = c == ':' ? find_parameter(next) : NULL;
        if (parameter != NULL) {
            render_parameter(out, parameter);
            i += 1;
        } else if (c == '{') {
            i += 2;
            buffer_append(out->sql, out->postgresql && next != 'A' ? SLICE("{schema}.") : SLICE(""));
            if (next == 'T') {
                buffer_append_byte(out->sql, '"');
                buffer_append(out->sql, out->table);
                buffer_append_byte(out->sql, '"');
            } else if (next == 'A') {
                render(out, out->account);
            }
        } else {
            buffer_append_byte(out->sql, c);
        }
    }
}

static Slice make_text(Source source, Slice text, bool postgresql, Arena *arena, Render *out)
{
    Buffer sql;
    buffer_init(&sql, arena, 0);
    *out = (Render){.sql = &sql,
                    .postgresql = postgresql,
                    .table = source_facts(source)->entity,
                    .account = source == SOURCE_ACCOUNT ? SLICE("held.id") : SLICE("held.account_id")};
    render(out, text);
    out->sql = NULL;
    return sql.failed ? (Slice){NULL, 0} : buffer_slice(&sql);
}

static void set_parameters(const OverTable *values, const Render *out, RowWriter *row)
{
    for (uint32_t i = 0; i < out->count; i++) {
        switch (out->order[i]->letter) {
        case 'n': row_writer_text(row, i, values->name); break;
        case 'p': row_writer_text(row, i, values->prefix); break;
        case 'o': row_writer_text(row, i, source_facts(values->source)->sobject); break;
        case 'a': row_writer_bool(row, i, values->accept); break;
        case 't': row_writer_time(row, i, values->at_ms); break;
        default: row_writer_int64(row, i, values->rows); break;
        }
    }
}

void over_table_run(StoreOps *ops, Slice name, Slice text, const OverTable *values)
{
    Render out;
    StoreParams params;
    Buffer whole;
    char letters[PARAMETERS_MAX];
    Statement *statement = ARENA_NEW(ops->arena, Statement);
    buffer_init(&whole, ops->arena, 0);
    buffer_append(&whole, name);
    buffer_append(&whole, source_facts(values->source)->sobject);
    const Slice sqlite = make_text(values->source, text, false, ops->arena, &out);
    const Slice postgresql = make_text(values->source, text, true, ops->arena, &out);
    for (uint32_t i = 0; i < out.count; i++) {
        letters[i] = out.order[i]->type;
    }
    Slice types = {NULL, 0};
    if (statement == NULL || whole.failed || sqlite.data == NULL || postgresql.data == NULL ||
        !arena_keep(ops->arena, slice_make(letters, out.count), &types)) {
        ops->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a statement"));
        return;
    }
    *statement = (Statement){buffer_slice(&whole), sqlite, postgresql, types, SLICE("")};
    store_params_begin(&params, ops->arena, statement);
    set_parameters(values, &out, &params.writer);
    store_ops_run(ops, &params);
}
