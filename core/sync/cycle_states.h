/*
 * What a cycle keeps of its pulls for the next one, in table `pull`: where each object stands, what failed
 * and since when, and of what a person was told. What a pull itself keeps is its checkpoint (checkpoint.h).
 */
#ifndef PERLY_SYNC_CYCLE_STATES_H
#define PERLY_SYNC_CYCLE_STATES_H

#include "sync/cycle.h"

/* The effect: reads what earlier cycles left, into those parts of the cycle that go on with it. */
void cycle_states_read(Cycle *cycle);

/* The first load of the table that an object fills: sources of one table share it. */
PullLoad *cycle_load(Cycle *cycle, Source source);

/* The effect: stores what failed in this cycle, and which fields are not seen. */
void cycle_states_store(Cycle *cycle);

/* The effect, when outages_untold and outages_tell have told: stores that. `cut_ms`: the cut's time. */
void cycle_states_told(Cycle *cycle, int64_t cut_ms);

#endif
