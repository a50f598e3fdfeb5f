#include "score/change.h"

#include "json/writer.h"
#include "score/internal.h"

enum { PARTS_MAX = 2 * (CONFIG_COMPONENTS_MAX + CONFIG_GATES_MAX) };

Slice change_cause_name(ChangeCause cause)
{
    static const Slice names[CHANGE_CAUSE_COUNT] = {
        [CHANGE_LATE] = SLICE_INIT("late"),
        [CHANGE_TIME] = SLICE_INIT("time"),
        [CHANGE_CUSTOMER] = SLICE_INIT("customer"),
        [CHANGE_MODEL] = SLICE_INIT("model"),
    };
    return names[cause];
}

static uint32_t find_gate(const Model *model, Slice name)
{
    for (uint32_t i = 0; i < model->config->gate_count; i++) {
        if (slice_equal(model->config->gates[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* Points that the component or gate of that name takes away; 0 when the model has none. */
static double points_of(const Model *model, const ScoreResult *result, const ChangePart *part)
{
    const uint32_t index =
        part->is_gate ? find_gate(model, part->name) : model_component_find(model, part->name);
    if (index == UINT32_MAX) {
        return 0;
    }
    return part->is_gate ? result->gates[index].points : result->components[index].points;
}

/* The components and gates of `model` that are not among the parts yet. */
static void add_parts(const Model *model, ScoreChange *change)
{
    const Config *config = model->config;
    const uint32_t before = change->part_count;
    for (uint32_t i = 0; i < config->component_count + config->gate_count; i++) {
        const bool is_gate = i >= config->component_count;
        const uint32_t index = is_gate ? i - config->component_count : i;
        const Slice name = is_gate ? config->gates[index].name : config->components[index].name;
        uint32_t at = 0;
        while (at < before &&
               (change->parts[at].is_gate != is_gate || !slice_equal(change->parts[at].name, name))) {
            at++;
        }
        if (at == before) {
            change->parts[change->part_count++] =
                (ChangePart){.name = name,
                             .label = is_gate ? config->gates[index].label : config->components[index].label,
                             .is_gate = is_gate};
        }
    }
}

/* One step: how far each part moved the score, in thousandths that add up to the step's difference. */
static void split_step(const ChangeInput *input, ChangeCause cause, ScoreChange *change)
{
    const ScoreResult *before = input->results[cause];
    const ScoreResult *after = input->results[cause + 1];
    const Model *model_after = input->models[cause == CHANGE_MODEL ? 1 : 0];
    double differences[PARTS_MAX];
    int32_t thousandths[PARTS_MAX];
    for (uint32_t i = 0; i < change->part_count; i++) {
        differences[i] = 1000 * (points_of(input->models[0], before, &change->parts[i]) -
                                 points_of(model_after, after, &change->parts[i]));
    }
    change->causes[cause] = after->raw_thousandths - before->raw_thousandths;
    score_apportion(differences, change->part_count, change->causes[cause], thousandths);
    for (uint32_t i = 0; i < change->part_count; i++) {
        change->parts[i].causes[cause] = thousandths[i];
        change->parts[i].total += thousandths[i];
    }
    change->total += change->causes[cause];
}

bool score_change(Arena *arena, const ChangeInput *input, ScoreChange *change, Error *error)
{
    *error = ERROR_NONE;
    for (unsigned i = 0; i <= CHANGE_CAUSE_COUNT; i++) {
        if (input->results[i]->unscored != SCORE_IS_SCORED) {
            return false;
        }
    }
    ScoreChange made = {.parts = ARENA_ARRAY(arena, ChangePart, PARTS_MAX)};
    if (made.parts == NULL) {
        *error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to explain a change"));
        return false;
    }
    add_parts(input->models[1], &made);
    add_parts(input->models[0], &made);
    for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
        split_step(input, (ChangeCause)cause, &made);
    }
    *change = made;
    return true;
}

/* For people. */

static Slice cause_text(ChangeCause cause)
{
    static const Slice texts[CHANGE_CAUSE_COUNT] = {
        [CHANGE_LATE] = SLICE_INIT(" (data arrived late)"),
        [CHANGE_TIME] = SLICE_INIT(" (time passed)"),
        [CHANGE_CUSTOMER] = SLICE_INIT(" (the customer changed)"),
        [CHANGE_MODEL] = SLICE_INIT(" (the model changed)"),
    };
    return texts[cause];
}

/* The cause that did most of it in the part's own direction. */
static ChangeCause main_cause(const ChangePart *part)
{
    unsigned most = 0;
    for (unsigned i = 1; i < CHANGE_CAUSE_COUNT; i++) {
        const bool more =
            part->total < 0 ? part->causes[i] < part->causes[most] : part->causes[i] > part->causes[most];
        most = more ? i : most;
    }
    return (ChangeCause)most;
}

/* "Recency of contact -5.2 (time passed)"; `tenths` of a point, not 0. */
static Slice part_text(Arena *arena, const ChangePart *part, int32_t tenths)
{
    const int32_t size = tenths < 0 ? -tenths : tenths;
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    buffer_append(&buffer, part->label);
    buffer_append(&buffer, tenths < 0 ? SLICE(" -") : SLICE(" +"));
    buffer_append_int64(&buffer, size / 10);
    if (size % 10 != 0) {
        buffer_append_byte(&buffer, '.');
        buffer_append_int64(&buffer, size % 10);
    }
    buffer_append(&buffer, cause_text(main_cause(part)));
    return buffer.failed ? SLICE("") : buffer_slice(&buffer);
}

static int32_t tenths_of(int32_t thousandths)
{
    return (thousandths + (thousandths < 0 ? -50 : 50)) / 100;
}

/* The part that moved the score most, in the level's direction, among those not told; UINT32_MAX: none. */
static uint32_t next_part(const ScoreChange *change, bool worse, const uint32_t *told, uint32_t count)
{
    uint32_t found = UINT32_MAX;
    int32_t most = 0;
    for (uint32_t i = 0; i < change->part_count; i++) {
        const int32_t moved = worse ? -change->parts[i].total : change->parts[i].total;
        bool is_told = false;
        for (uint32_t k = 0; k < count; k++) {
            is_told = is_told || told[k] == i;
        }
        if (moved > most && !is_told && tenths_of(moved) > 0) {
            most = moved;
            found = i;
        }
    }
    return found;
}

Error score_change_tell(Arena *arena, const ScoreChange *change, ScoreResult *result)
{
    const bool worse = result->level > result->previous.level ||
                       (result->level == result->previous.level && change->total < 0);
    Slice *texts = ARENA_ARRAY(arena, Slice, CHANGE_TEXTS_MAX);
    uint32_t told[CHANGE_TEXTS_MAX];
    uint32_t part_count = 0;
    uint32_t count = 0;
    if (texts == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to explain a change"));
    }
    if (result->level < result->previous.level && result->previous.has_candidate) {
        texts[count++] = SLICE("the earlier rise has held");
    }
    while (count < CHANGE_TEXTS_MAX) {
        const uint32_t part = next_part(change, worse, told, part_count);
        if (part == UINT32_MAX) {
            break;
        }
        told[part_count++] = part;
        texts[count] = part_text(arena, &change->parts[part], tenths_of(change->parts[part].total));
        if (texts[count++].length == 0) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to explain a change"));
        }
    }
    result->changes = texts;
    result->change_count = count;
    return ERROR_NONE;
}
