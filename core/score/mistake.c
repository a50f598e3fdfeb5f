/* Errors of expressions, for people. */
#include "score/score.h"

/* The place within the expression comes from the program, that of the expression from the document. */
static Error explain(Arena *arena, const Model *model, const CelProgram *program, const ConfigText *text,
                     const ScoreResult *result, CelValue value)
{
    Place inner = {.line = 0};
    if (program != NULL && value.length != CEL_NO_OFFSET) {
        inner = cel_error_explain(arena, program, value).place;
    }
    Error error =
        config_error(arena, model->config, text, ERROR_CEL_EVALUATION, slice_from_text(value.as.text), inner);
    error.place.source = result->account_id;
    return error;
}

bool score_mistake(Arena *arena, const Model *model, const ScoreResult *result, Error *error)
{
    for (uint32_t i = 0; i < model->config->signal_count; i++) {
        const ModelSignal *signal = &model->signals[i];
        if (result->signals[i].value.kind == CEL_ERROR) {
            *error = explain(arena, model, signal->program, &signal->config->expression, result,
                             result->signals[i].value);
            return true;
        }
    }
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        const ModelComponent *component = &model->components[i];
        if (result->components[i].known == SCORE_ERROR) {
            *error = explain(arena, model, component->score, &component->config->score, result,
                             result->components[i].error);
            return true;
        }
    }
    return false;
}
