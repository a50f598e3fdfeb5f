/* Inside core/score: the order of rows, and the passes that make a block. */
#ifndef PERLY_SCORE_INTERNAL_H
#define PERLY_SCORE_INTERNAL_H

#include "map/money.h"
#include "score/features.h"
#include "score/score.h"

/*
 * Whole numbers near `values` whose sum is `total`, by largest remainder: each is rounded down, then those
 * with the largest remainders are raised (of equal ones the first).
 */
void score_apportion(const double *values, size_t count, int64_t total, int32_t *result);

/* Appends a template with the values that `value_of` gives. False when an expression ended in an error. */
typedef CelValue TemplateValue(void *context, const CelProgram *program);
bool template_print(Buffer *buffer, const Template *text, TemplateValue *value_of, void *context);

/* In the largest unit that gives an integer: 36h, 2d. */
void score_append_duration(Buffer *buffer, int64_t ms);

/* A stored row on its way into a block, with the keys by which it is put in order. */
typedef struct FeatureRow {
    Slice group; /* account id of a child, contact id of a role, opportunity id of its history, Task of a
                    message; else empty */
    int64_t date;
    Slice id;
    Slice account; /* of a role that a relation tells: on which account it is; else empty */
    RowView view;
    uint32_t position; /* of a change in the log */
} FeatureRow;

typedef struct FeatureRows {
    FeatureRow *items;
    uint32_t count;
} FeatureRows;

/* By group, date, id. Stable. ERROR_OUT_OF_MEMORY. */
Error feature_rows_sort(Arena *arena, FeatureRows rows);

/* The change log by record: entries of one record together, oldest first. */
typedef struct ChangeIndex {
    const LoggedChange *changes;
    uint32_t *order; /* positions in `changes` by id, then by the time they were seen */
    uint32_t count;
} ChangeIndex;

Error change_index_make(Arena *arena, const LoggedChange *changes, size_t count, ChangeIndex *index);

/* The entries of one record: index->order[range.first...]. No two records of an org have the same id. */
BlockRange change_index_find(const ChangeIndex *index, Slice id);

/* Whether a fact counts (FeaturesView). */
bool feature_counts(const FeaturesView *view, int64_t seen_ms, int64_t date_ms);

/* The rows of an entity as they were at the view's time, deleted ones left out. */
Error feature_rows_make(const Features *features, Arena *arena, const FeaturesView *view,
                        const ChangeIndex *index, Entity entity, FeatureRows *rows);

/* A copy in order of Id, for feature_rows_find over all of them; group and date are empty. */
Error feature_rows_by_id(Arena *arena, FeatureRows rows, FeatureRows *ordered);

/* The first row of a group, in rows by group; where it would stand when there is none. */
uint32_t feature_group_find(FeatureRows rows, Slice group);

/*
 * Puts the e-mail messages of a block among its activities: `rows` has those of each entity, in order.
 * ERROR_OUT_OF_MEMORY.
 */
Error feature_emails_join(Arena *arena, const Schemas *schemas, FeatureRows rows[ENTITY_COUNT]);

/*
 * The contacts of each activity (`rows[ENTITY_ACTIVITY]`, in its order), joined by ';': the one that it names
 * and those that its relations name, each once. `*people` is NULL when there are no relations: then the
 * stored ones are all. ERROR_OUT_OF_MEMORY.
 */
Error feature_attendees_join(Arena *arena, const Schemas *schemas, const FeatureRows rows[ENTITY_COUNT],
                             Slice **people);

/*
 * Puts contacts under the accounts that relations name, beside their own, and the relations' roles among the
 * roles: those are in no order yet, `id` is the role. A relation that has ended by `now_ms` is none.
 */
Error feature_relations_join(Arena *arena, const Schemas *schemas, int64_t now_ms,
                             FeatureRows rows[ENTITY_COUNT]);

/* The rates of the rows of currency_rate, in their order: by currency, then by their first day. */
Error feature_rates_make(Arena *arena, const Schemas *schemas, FeatureRows rows, MoneyRates *rates);

/* The rows of opportunity_history, and the numbers of three of its columns as stored. */
typedef struct SlipsHistory {
    FeatureRows rows; /* by opportunity, then by time */
    uint32_t stage;
    uint32_t close_date;
    uint32_t was;
} SlipsHistory;

/*
 * Moves of the close date to a later day, as the opportunity's history tells them: by rows that tell the
 * whole opportunity or, where there are none, by those that tell one field. A row whose stage is
 * `closed_stage` (empty: it is open) closed the opportunity: its day is no plan any more. False when no date
 * is told.
 */
bool slips_of_history(const SlipsHistory *history, Slice opportunity, Slice closed_stage, int64_t *count);

/* The same from the change log. `closed`: the opportunity is closed now, in this view. */
int64_t slips_of_changes(const ChangeIndex *index, const FeaturesView *view, Slice opportunity, bool closed);

/* The number of `id` in rows first..first+count, which are in order of id; BLOCK_NO_ROW: it is not there. */
uint32_t feature_rows_find(FeatureRows rows, BlockRange range, Slice id);

/* A column's text; empty when there is none. */
Slice feature_text(RowView view, uint32_t column);

#endif
