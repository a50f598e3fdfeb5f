/* Inside core/score: the evaluations of a model's programs, and what they are bound to. */
#ifndef PERLY_SCORE_SCORER_H
#define PERLY_SCORE_SCORER_H

#include "score/internal.h"

/* A program ready to run, with the slots it reads, so that nothing else is bound. */
typedef struct Unit {
    const CelProgram *program;
    CelEvaluation *evaluation;
    const uint16_t *slots;
    uint32_t slot_count;
} Unit;

struct Scorer {
    const Model *model;
    Arena *scratch;
    CelValue *values; /* of all slots, for the account that is being looked at */
    CelRows rows[SLOT_ACTIVITIES + 1];
    Unit filter;
    Unit *signals;
    Unit *components;
    Unit *gates;
    Unit *segments;
    Unit *rules;
    Unit *dues;
    Unit *texts; /* every program of every template */
    uint32_t text_count;
};

/* Sets the values of the model's slots, without the signals. */
void scorer_bind(Scorer *scorer, const ScoreInput *input);

/* The result lives in the scratch arena or in the block. */
CelValue unit_run(Scorer *scorer, const Unit *unit);

/* A TemplateValue whose context is the scorer. */
CelValue scorer_template_value(void *context, const CelProgram *program);

#endif
