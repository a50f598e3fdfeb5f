/* From a score to a level. */
#include "base/buffer.h"
#include "score/internal.h"

RiskLevel score_level_plain(const ConfigRisk *risk, int64_t score)
{
    RiskLevel level = RISK_LOW;
    while (level < RISK_CRITICAL && score < risk->edges[level]) {
        level = (RiskLevel)(level + 1);
    }
    return level;
}

/* A better level is reached when it, or one still better, was the candidate for as long as the hold. */
static void hold(const ConfigRisk *risk, RiskLevel better, int64_t now_ms, ScoreState *state)
{
    if (!state->has_candidate || better < state->candidate) {
        state->candidate_since_ms =
            now_ms; /* a candidate that rises restarts the hold, one that falls keeps it */
    }
    state->has_candidate = true;
    state->candidate = better;
    if (now_ms - state->candidate_since_ms >= risk->hold_up_ms) {
        state->level = better;
        state->has_candidate = false;
    }
}

ScoreState score_level(const ConfigRisk *risk, const ScoreState *previous, int32_t score, int64_t now_ms,
                       int64_t *due_ms)
{
    ScoreState state = *previous;
    state.scored_before = true;
    state.scored = true;
    state.score = score;
    *due_ms = 0;
    const RiskLevel worst = score_level_plain(risk, (int64_t)score + risk->hysteresis);
    const RiskLevel best = score_level_plain(risk, (int64_t)score - risk->hysteresis);
    if (!previous->scored) {
        state.level = score_level_plain(risk, score);
        state.has_candidate = false;
    } else if (worst > previous->level) {
        state.level = worst;
        state.has_candidate = false;
    } else if (best < previous->level) {
        hold(risk, best, now_ms, &state);
    } else {
        state.has_candidate = false;
    }
    if (state.has_candidate) {
        *due_ms = state.candidate_since_ms + risk->hold_up_ms;
    } else {
        state.candidate = RISK_LOW;
        state.candidate_since_ms = 0;
    }
    return state;
}

bool score_level_edge(const ConfigRisk *risk, RiskLevel level, int32_t score, int32_t *edge)
{
    const RiskLevel plain = score_level_plain(risk, score);
    if (plain == level) {
        return false;
    }
    *edge = (int32_t)(plain < level ? risk->edges[level - 1] + risk->hysteresis
                                    : risk->edges[level] - risk->hysteresis - 1);
    return true;
}

Slice score_standing(Arena *arena, const ConfigRisk *risk, RiskLevel level, int32_t score)
{
    int32_t edge = 0;
    Buffer text;
    if (!score_level_edge(risk, level, score, &edge)) {
        return SLICE("");
    }
    buffer_init(&text, arena, 0);
    buffer_append(&text, SLICE("still "));
    buffer_append(&text, risk_level_name(level));
    if (edge < 0 || edge > SCORE_MAX) {
        return buffer_slice(&text); /* no score leaves it */
    }
    buffer_append(&text, SLICE(" until "));
    if (score_level_plain(risk, score) < level && score >= edge) {
        buffer_append(&text, risk_level_name(score_level_plain(risk, score - risk->hysteresis)));
        buffer_append(&text, SLICE(" has held for "));
        score_append_duration(&text, risk->hold_up_ms);
    } else {
        buffer_append_int64(&text, edge);
    }
    return buffer_slice(&text);
}
