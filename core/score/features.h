/*
 * Makes a block of stored rows: puts children to their accounts, in order, leaves out what is deleted or was
 * not known at the time asked for, and computes the derived columns of attributes.def (last touch, roles,
 * active, slips).
 *
 *     Features features;
 *     features_init(&features, arena, model);
 *     RETURN_IF_ERROR(features_add(&features, ENTITY_ACCOUNT, &accounts));
 *     RETURN_IF_ERROR(features_add(&features, ENTITY_CONTACT, &contacts));
 *     ...
 *     RETURN_IF_ERROR(features_block(&features, arena, scratch, features_view_now(cut_ms), &block));
 *
 * Rows may come in any order and in any number of batches, each Id once. Children of accounts that are not
 * added are left out. features_block may be called again with another view of the same rows.
 */
#ifndef PERLY_SCORE_FEATURES_H
#define PERLY_SCORE_FEATURES_H

#include "config/model.h"
#include "snapshot/block.h"

/* One value that Perly supplied, as storage keeps it. */
typedef struct SuppliedSignal {
    Slice account_id;
    Slice name;
    int64_t at_ms;
    int64_t first_seen_ms;
    double value;
} SuppliedSignal;

/* An entry of the change log; `old` as the log keeps it. */
typedef struct LoggedChange {
    Slice id;
    Slice column;
    bool old_known; /* false: the value was null */
    bool new_known;
    Slice old_text;
    Slice new_text;
    int64_t stamp_ms; /* SystemModstamp of the row that brought it */
    int64_t seen_ms;
} LoggedChange;

/*
 * Which facts count. A fact (a row that appeared, a value that changed) has a date (of an activity its `at`,
 * of a new row its creation or else SystemModstamp, of a changed value SystemModstamp) and the time at which
 * it was seen. It counts when seen by `known_ms`, or seen by `late_ms` and dated up to `dated_ms`.
 */
typedef struct FeaturesView {
    int64_t now_ms; /* for derived columns: windows end here */
    int64_t known_ms;
    int64_t late_ms;
    int64_t dated_ms;
} FeaturesView;

/* All that was seen by `now_ms`. */
static inline FeaturesView features_view_now(int64_t now_ms)
{
    return (FeaturesView){now_ms, INT64_MAX, INT64_MIN, INT64_MIN};
}

typedef struct FeatureBatch {
    RowBatch rows;
    struct FeatureBatch *next;
    Entity entity;
} FeatureBatch;

typedef struct Features {
    const Model *model;
    Arena *arena;
    FeatureBatch *first;
    FeatureBatch *last;
    const SuppliedSignal *signals;
    const LoggedChange *changes;
    size_t signal_count;
    size_t change_count;
    uint64_t rows[ENTITY_COUNT];
} Features;

/* `arena` holds the notes about what is added, and outlives the features as the model does. */
void features_init(Features *features, Arena *arena, const Model *model);

/* Rows of schema model->schemas.entities[entity].stored. The batch's bytes stay until the last block is made.
 */
Error features_add(Features *features, Entity entity, const RowBatch *rows);

/* In any order; the array stays until the last block is made. */
void features_signals(Features *features, const SuppliedSignal *signals, size_t count);

/*
 * The change log of the rows added; the array stays until the last block is made. In any order, but for
 * changes of one value that were seen at one time: the older comes first.
 */
void features_changes(Features *features, const LoggedChange *changes, size_t count);

/*
 * The block in `arena` (another than the features' one may be given), alone: what it takes to make it,
 * several times as much, is given back to `scratch`, another arena. ERROR_OUT_OF_MEMORY,
 * ERROR_LIMIT_EXCEEDED; ERROR_INTERNAL when an account was added twice.
 */
Error features_block(const Features *features, Arena *arena, Arena *scratch, FeaturesView view,
                     Block *result);

#endif
