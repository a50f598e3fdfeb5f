/*
 * SOQL statements. Values are quoted and names are checked here and nowhere else, so that nothing from a
 * configuration can end a literal or begin a clause.
 *
 *     const SfSelect select = {.object = SLICE("Account"), .columns = columns, .column_count = 2,
 *                              .window_column = SLICE("SystemModstamp"), .from_ms = from, .to_ms = to};
 *     RETURN_IF_ERROR(sf_soql_select(arena, &select, &soql));
 *
 *     SELECT Id,Name FROM Account WHERE SystemModstamp >= 2026-11-23T06:00:00.000Z
 *     AND SystemModstamp < 2026-11-23T08:00:00.000Z                              (one line, one space)
 */
#ifndef PERLY_SALESFORCE_SOQL_H
#define PERLY_SALESFORCE_SOQL_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"

/* SOQL and SOSL Reference, "SOQL SELECT Syntax" and "String Character Limits". */
enum {
    SF_SOQL_CHARACTERS_MAX = 100000,
    SF_SOQL_TEXT_CHARACTERS_MAX = 4000,
    SF_IDENTIFIER_BYTES_MAX = 80,
    SF_PATH_PARTS_MAX = 6 /* five relationships and a field */
};

/*
 * True for an API name: a letter, then letters, digits and '_', at most 80 in all ("Name", "acme__ARR__c",
 * "Parent__r"). Whether the org has it is for describe to say.
 */
bool sf_identifier_valid(Slice text);

/* True for one to six identifiers joined by dots: "Name", "Owner.Manager.Name". */
bool sf_field_path_valid(Slice text);

/*
 * Appends text as a literal in single quotes. ERROR_SF_SOQL, with nothing appended, when it has a NUL byte,
 * which no literal can hold, or more than 4,000 characters.
 */
Error sf_soql_append_text(Buffer *soql, Slice text);

/* Appends an instant as an unquoted literal in UTC: 2026-11-23T08:00:00.000Z. */
void sf_soql_append_time(Buffer *soql, int64_t ms);

typedef struct SfSelect {
    Slice object;
    const Slice *columns; /* paths; at least one */
    size_t column_count;
    Slice window_column; /* "SystemModstamp"; empty: no window */
    int64_t from_ms;     /* included; TIME_MS_MIN: from the beginning */
    int64_t to_ms;       /* not included; TIME_MS_MAX: without an end */
    Slice id_from;       /* Id >= it; empty: from the first */
    Slice id_to;         /* Id < it; empty: to the last */
    Slice where;         /* a further condition, put in parentheses; SOQL that we wrote ourselves, or empty */
    Slice order; /* "Id"; empty for Bulk, where an order turns chunking off (Bulk API 2.0, Create a Query Job)
                  */
    bool descending;
    uint32_t limit; /* 0: none */
} SfSelect;

/*
 * The statement, in `arena`. ERROR_SF_SOQL names the part that is no identifier, or a statement above 100,000
 * characters.
 */
Error sf_soql_select(Arena *arena, const SfSelect *select, Slice *soql);

#endif
