/*
 * What a scoring reads: the users once, then chunk by chunk some accounts in order of Id with their children,
 * and what earlier scorings left of them. Each read is an effect of the scoring job; what cannot be kept is
 * the query's error.
 */
#ifndef PERLY_SYNC_SCORE_SCORING_ROWS_H
#define PERLY_SYNC_SCORE_SCORING_ROWS_H

#include "sync/score/scoring.h"

/* The users, kept for all chunks; afterwards scoring_list_users makes the rules' view of them. */
void scoring_read_users(Scoring *scoring);
Error scoring_list_users(Scoring *scoring);

/* Accounts that others were merged into: what that changes is no customer's doing. */
void scoring_read_merged(Scoring *scoring);

/*
 * A mass load of records of the past (an import, a migration) is no customer's doing either: new contacts,
 * or new activities and opportunities that took place or were to close more than a day before the last cut,
 * of at least 25 accounts and a tenth of those with a score, made within ten minutes. Accounts of which
 * anything else changed are none of it, and neither is what a program writes of the present, however much:
 * that is what `limits.actions_per_run` is for. `loaded_due` tells whether it is worth a look: only when so
 * many accounts wait to be scored.
 */
void scoring_read_load_due(Scoring *scoring);
void scoring_read_loaded(Scoring *scoring);

bool scoring_has_id(const ScoringIds *ids, Slice account_id);

/* What amounts are converted by, kept for all chunks. */
void scoring_read_rates(Scoring *scoring);

/* Tasks of the last two days, which count against their owners' limit. */
void scoring_read_earlier(Scoring *scoring);

/* Begins a chunk with the next accounts after `after_id`: all of them, or those that are dirty. */
void scoring_read_accounts(Scoring *scoring);

/* Begins a chunk with the one account whose id is `after_id`. */
void scoring_read_account(Scoring *scoring);

/* The children of the chunk's accounts of the kind that is scoring->part (scoring_sql.h). */
void scoring_read_part(Scoring *scoring);

/*
 * Whether the children were kept: they are not when they are too many, and then the chunk is begun again,
 * with fewer accounts. More are tried again, the later the more often that failed: where accounts of a whole
 * cut that was stopped are still to be scored among those that have been, a chunk reads what is between them.
 */
bool scoring_fits(Scoring *scoring);

/* What is known of the chunk's accounts besides records, into scoring->rows. */
void scoring_read_health(Scoring *scoring);
void scoring_read_kept(Scoring *scoring);
void scoring_read_rules(Scoring *scoring);
void scoring_read_signals(Scoring *scoring);
void scoring_read_changes(Scoring *scoring);

#endif
