/* A configuration that is ready to score, and the arenas of one answer. */
#ifndef PERLY_TESTS_VECTORS_SCORE_SETTING_H
#define PERLY_TESTS_VECTORS_SCORE_SETTING_H

#include "base/buffer.h"
#include "score/score.h"

typedef struct ScoreSetting {
    Arena instance;
    Arena page;
    Arena scratch;
    Model *model;
    Scorer *scorer;
} ScoreSetting;

Error score_setting_open(ScoreSetting *setting, const Allocator *allocator, Slice text);

/* Frees all; `error` with its message, which went away with the arenas, in the answer's arena. */
Error score_setting_close(ScoreSetting *setting, Error error, Buffer *answer);

#endif
