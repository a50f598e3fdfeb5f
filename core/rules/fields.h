/*
 * The `fields` column of the outbox: the texts of an action as one JSON object.
 *
 *     {"owner_id":"005...","subject":"...","priority":"High","description":"...","due":"2026-11-25","reminder":
 *      "2026-11-25T08:00:00.000Z"}
 *     {"text":"...","mention":"005..."}
 */
#ifndef PERLY_RULES_FIELDS_H
#define PERLY_RULES_FIELDS_H

#include "rules/rules.h"

/* In `arena`. ERROR_OUT_OF_MEMORY. */
Error rules_fields_write(Arena *arena, const RulesAction *action, Slice *json);

/*
 * Reads what rules_fields_write wrote for an action of `kind`; the members that are no fields stay zero.
 * Texts are in `arena`. ERROR_JSON_SYNTAX, ERROR_JSON_TYPE, ERROR_TIME_SYNTAX, ERROR_OUT_OF_MEMORY.
 */
Error rules_fields_read(Arena *arena, RulesKind kind, Slice json, RulesAction *action);

/*
 * An earlier Task or digest from its row of the outbox, for the limits of the next run. `at_ms` is the time
 * of the cut that made it, `held` whether it still waits for a person. Errors as rules_fields_read.
 */
Error rules_earlier_read(Arena *arena, RulesKind kind, Slice json, int64_t at_ms, bool held,
                         RulesEarlier *earlier);

#endif
