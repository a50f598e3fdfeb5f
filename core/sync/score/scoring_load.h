/*
 * One account as storage has it, for scoring it again without a cut: into scoring->features, with its
 * children, the users, supplied signals and the change log.
 */
#ifndef PERLY_SYNC_SCORE_SCORING_LOAD_H
#define PERLY_SYNC_SCORE_SCORING_LOAD_H

#include "sync/score/scoring.h"

/* The effect: `scoring` is zeroed but for session and model. chunk_accounts is 0 when there is no such
 * account. */
void scoring_load_start(Engine *engine, Job *parent, Scoring *scoring, Slice account_id);

/* For one that was zeroed, or has ended: the rows go. */
void scoring_load_free(Scoring *scoring);

#endif
