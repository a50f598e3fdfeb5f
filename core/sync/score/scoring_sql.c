#include "sync/score/scoring_sql.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a statement of scoring"));
}

const EntitySchema *scoring_schema(const Scoring *scoring, Entity entity)
{
    return &scoring->model->schemas.entities[entity];
}

/* `text` with `by` in place of each `mark`. */
static void append_replaced(Buffer *sql, Slice text, Slice mark, Slice by)
{
    for (size_t at = 0; at < text.length;) {
        const size_t found = slice_find(text, mark, at);
        buffer_append(sql, slice_part(text, at, found));
        if (found == SIZE_MAX) {
            break;
        }
        buffer_append(sql, by);
        at = found + mark.length;
    }
}

/* SELECT of all stored columns, in both dialects; `condition` says which rows, with `{t}` for a table's
 * prefix. */
static Error write_select(Arena *arena, const EntitySchema *schema, Slice condition, bool postgresql,
                          Slice *text)
{
    Buffer sql;
    buffer_init(&sql, arena, 0);
    for (uint32_t i = 0; i < schema->stored.column_count; i++) {
        buffer_append(&sql, i == 0 ? SLICE("SELECT \"") : SLICE(", \""));
        buffer_append(&sql, schema->stored.columns[i].name);
        buffer_append_byte(&sql, '"');
    }
    buffer_append(&sql, SLICE(" FROM "));
    buffer_append(&sql, postgresql ? SLICE("{schema}.\"") : SLICE("\""));
    buffer_append(&sql, schema->table);
    buffer_append(&sql, SLICE("\" "));
    append_replaced(&sql, condition, SLICE("{t}"), postgresql ? SLICE("{schema}.") : SLICE(""));
    *text = buffer_slice(&sql);
    return sql.failed ? no_memory() : ERROR_NONE;
}

/*
 * A chunk's accounts stand between its first and its last. All of those between are in it, or those alone
 * that are dirty: then few of an org may be dirty, and what is between them is most of it.
 */
static const Slice between[2] = {SLICE_INIT("BETWEEN ?1 AND ?2"),
                                 SLICE_INIT("BETWEEN $1::text AND $2::text")};

static Slice in_chunk(const Scoring *scoring, bool postgresql)
{
    static const Slice dirty[2] = {
        SLICE_INIT("IN (SELECT account_id FROM dirty WHERE account_id BETWEEN ?1 AND ?2)"),
        SLICE_INIT(
            "IN (SELECT account_id FROM {schema}.dirty WHERE account_id BETWEEN $1::text AND $2::text)")};
    const bool all = scoring->whole || slice_equal(scoring->first_id, scoring->last_id);
    return all ? between[postgresql] : dirty[postgresql];
}

/* A text that asks for `mark` accounts, for those of the chunk. */
static Error of_chunk(const Scoring *scoring, Arena *arena, Slice text, Slice mark, bool postgresql,
                      Slice *made)
{
    Buffer sql;
    buffer_init(&sql, arena, 0);
    append_replaced(&sql, text, mark, in_chunk(scoring, postgresql));
    *made = buffer_slice(&sql);
    return sql.failed ? no_memory() : ERROR_NONE;
}

Error scoring_sql_select(const Scoring *scoring, Arena *arena, Entity entity, Slice name, Slice params,
                         Slice sqlite, Slice postgresql, Statement *statement)
{
    const EntitySchema *schema = scoring_schema(scoring, entity);
    *statement = (Statement){.name = name, .params = params};
    RETURN_IF_ERROR(write_select(arena, schema, sqlite, false, &statement->sqlite));
    return write_select(arena, schema, postgresql, true, &statement->postgresql);
}

/* Ids of messages: one whose Task is here belongs to the Task's account, whatever it is about. */
#define MESSAGES                                                                                             \
    "SELECT e.id FROM {t}activity AS task JOIN {t}email AS e ON e.activity_id = task.id WHERE "              \
    "task.account_id {a} UNION SELECT e.id FROM (SELECT id FROM {t}account WHERE id {a} UNION ALL SELECT "   \
    "id FROM {t}opportunity WHERE account_id {a}) AS about JOIN {t}email AS e ON e.related_id = about.id "   \
    "WHERE NOT EXISTS (SELECT 1 FROM {t}activity AS task WHERE task.id = e.activity_id AND NOT "             \
    "task.deleted)"

Error scoring_sql_part(Scoring *scoring, uint32_t part, Entity *entity, Statement *statement)
{
    static const Slice of_account = SLICE_INIT("WHERE account_id {a}");
    /* Our own Tasks are known by their key where the org has the field for it, and by their ids everywhere.
     */
    static const Slice of_doings =
        SLICE_INIT("WHERE account_id {a} AND id NOT IN (SELECT result_id FROM {t}outbox WHERE account_id {a} "
                   "AND result_id IS NOT NULL)");
    static const Slice of_contact =
        SLICE_INIT("WHERE contact_id IN (SELECT id FROM {t}contact WHERE account_id {a} UNION ALL SELECT "
                   "contact_id FROM {t}account_contact WHERE account_id {a} AND NOT direct)");
    static const Slice of_opportunity =
        SLICE_INIT("WHERE opportunity_id IN (SELECT id FROM {t}opportunity WHERE account_id {a})");
    static const Slice of_task = SLICE_INIT("WHERE id IN (" MESSAGES ")");
    static const Slice of_activity = SLICE_INIT(
        "WHERE activity_id IN (SELECT id FROM {t}activity WHERE account_id {a} UNION ALL " MESSAGES ")");
    /* Contacts of other accounts that the chunk's share. */
    static const Slice of_relation = SLICE_INIT(
        "WHERE id IN (SELECT contact_id FROM {t}account_contact WHERE account_id {a} AND NOT direct) AND "
        "(account_id IS NULL OR NOT account_id {a})");
    const struct {
        Entity entity;
        Slice name; /* of the statement */
        Slice condition;
    } parts[SCORING_PARTS] = {{ENTITY_CONTACT, SLICE("BLOCK_contact"), of_account},
                              {ENTITY_OPPORTUNITY, SLICE("BLOCK_opportunity"), of_account},
                              {ENTITY_ACTIVITY, SLICE("BLOCK_activity"), of_doings},
                              {ENTITY_ROLE, SLICE("BLOCK_role"), of_contact},
                              {ENTITY_RELATION, SLICE("BLOCK_relation"), of_account},
                              {ENTITY_EMAIL, SLICE("BLOCK_email"), of_task},
                              {ENTITY_ATTENDEE, SLICE("BLOCK_attendee"), of_activity},
                              {ENTITY_HISTORY, SLICE("BLOCK_history"), of_opportunity},
                              {ENTITY_CONTACT, SLICE("BLOCK_shared"), of_relation}};
    Slice conditions[2];
    *entity = parts[part].entity;
    for (unsigned i = 0; i < 2; i++) {
        RETURN_IF_ERROR(
            of_chunk(scoring, &scoring->chunk, parts[part].condition, SLICE("{a}"), i == 1, &conditions[i]));
    }
    return scoring_sql_select(scoring, &scoring->chunk, *entity, parts[part].name, SLICE("tt"), conditions[0],
                              conditions[1], statement);
}

Error scoring_sql_known(Scoring *scoring, SyncStatement which, Statement *statement)
{
    const Statement *whole = sync_statement(which);
    *statement = *whole;
    RETURN_IF_ERROR(of_chunk(scoring, &scoring->chunk, whole->sqlite, between[0], false, &statement->sqlite));
    return of_chunk(scoring, &scoring->chunk, whole->postgresql, between[1], true, &statement->postgresql);
}
