#include "rules/rules.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/sort.h"
#include "rules/internal.h"

static int compare_users(const void *a, const void *b)
{
    return slice_compare(((const RulesUser *)a)->id, ((const RulesUser *)b)->id);
}

static Error sort_users(RulesRun *run)
{
    const size_t count = run->input.user_count;
    const void **items = ARENA_ARRAY(run->arena, const void *, count);
    const void **spare = ARENA_ARRAY(run->arena, const void *, count);
    if (items == NULL || spare == NULL) {
        return RULES_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = &run->input.users[i];
    }
    run->users = (const RulesUser **)sort_pointers(items, spare, count, compare_users);
    return ERROR_NONE;
}

Error rules_begin(Arena *arena, const RulesInput *input, RulesRun **run)
{
    RulesRun *made = ARENA_NEW(arena, RulesRun);
    if (made == NULL) {
        return RULES_NO_MEMORY;
    }
    perly_assert(input->config->rule_count <= CONFIG_RULES_MAX);
    made->arena = arena;
    made->input = *input;
    made->last = &made->first;
    made->last_note = &made->first_note;
    for (uint32_t i = 0; i < input->config->rule_count; i++) {
        made->conditions[i] = (int64_t)(hash64(0, input->config->rules[i].when.text) | 1);
    }
    RETURN_IF_ERROR(sort_users(made));
    *run = made;
    return ERROR_NONE;
}

const RulesUser *rules_user_find(const RulesRun *run, Slice id)
{
    size_t first = 0;
    for (size_t end = run->input.user_count; first < end;) {
        const size_t middle = first + (end - first) / 2;
        const int order = slice_compare(run->users[middle]->id, id);
        if (order == 0) {
            return run->users[middle];
        }
        first = order < 0 ? middle + 1 : first;
        end = order < 0 ? end : middle;
    }
    return NULL;
}

Error rules_note_add(RulesRun *run, RulesNote note)
{
    run->note_counts[note.kind]++;
    if (run->note_count >= RULES_NOTES_MAX) {
        return ERROR_NONE;
    }
    NoteItem *item = ARENA_NEW(run->arena, NoteItem);
    if (item == NULL) {
        return RULES_NO_MEMORY;
    }
    item->note = note;
    *run->last_note = item;
    run->last_note = &item->next;
    run->note_count++;
    return ERROR_NONE;
}

bool rules_subject_id(RulesRun *run, Subject *subject, Slice *id)
{
    subject->id_kept = subject->id_kept || arena_keep(run->arena, subject->account->id, &subject->id);
    *id = subject->id;
    return subject->id_kept;
}

static Error add_note(RulesRun *run, Subject *subject, uint32_t rule, RulesNoteKind kind, int64_t until_ms)
{
    /* Beyond what is kept notes are only counted, and need no copy of the id. */
    Slice id = SLICE("");
    if (run->note_count < RULES_NOTES_MAX && !rules_subject_id(run, subject, &id)) {
        return RULES_NO_MEMORY;
    }
    return rules_note_add(run,
                          (RulesNote){.kind = kind, .rule = rule, .account_id = id, .until_ms = until_ms});
}

static int64_t size_of(int64_t points)
{
    return points < 0 ? -points : points;
}

/*
 * Whether model, merge and import are the only causes. Time passes between any two scorings and moves most
 * scores a little, so "only" is not "all else is 0": a change of level has another cause when it would have
 * happened without them, any other turn when the rest moved the score further than they did.
 */
static bool barred(const RulesAccount *account, bool is_change, RulesNoteKind *kind)
{
    const RulesChange *change = &account->change;
    const bool moved = change->merged || change->imported;
    if (account->baseline || !(change->model_changed || moved)) {
        return false;
    }
    const int64_t model = change->model_changed ? change->parts[CAUSE_MODEL] : 0;
    const int64_t data = (int64_t)change->parts[CAUSE_CUSTOMER] + change->parts[CAUSE_DATA];
    const int64_t rest = change->parts[CAUSE_TIME] + (moved ? 0 : data);
    const int64_t theirs = model + (moved ? data : 0);
    const bool only =
        is_change ? change->level_without == account->previous_level : size_of(rest) <= size_of(theirs);
    if (only && change->model_changed && (!moved || size_of(model) >= size_of(data))) {
        *kind = NOTE_MODEL;
    } else if (only) {
        *kind = change->merged ? NOTE_MERGE : NOTE_IMPORT;
    }
    return only;
}

/* The largest part in the direction of the whole change. */
static RulesCause main_cause(const RulesChange *change)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < RULES_CAUSE_COUNT; i++) {
        total += change->parts[i];
    }
    RulesCause cause = change->model_changed ? CAUSE_MODEL : (change->touched ? CAUSE_CUSTOMER : CAUSE_TIME);
    int64_t most = 0;
    for (uint32_t i = 0; i < RULES_CAUSE_COUNT; i++) {
        const int64_t part = change->parts[i];
        const int64_t size = total == 0 ? size_of(part) : (total < 0 ? -part : part);
        if (size > most) {
            most = size;
            cause = (RulesCause)i;
        }
    }
    return cause;
}

/* Why a rule whose condition has turned true does not fire after all. */
static bool silenced(const RulesRun *run, const RulesAccount *account, uint32_t rule,
                     const RulesState *before, bool is_change, RulesNote *note)
{
    const ConfigRule *config = &run->input.config->rules[rule];
    if (account->baseline && !config->on_first) {
        note->kind = NOTE_BASELINE;
        return true;
    }
    const bool edited = before->condition != 0 && before->condition != run->conditions[rule];
    const bool first = edited || (!before->seen && !config->on_first);
    if (first && !account->baseline && !is_change) {
        note->kind = NOTE_FIRST_LOOK;
        return true;
    }
    if (barred(account, is_change, &note->kind)) {
        return true;
    }
    if (before->last_fired_ms != 0 && run->input.now_ms - before->last_fired_ms < config->cooldown_ms) {
        note->kind = NOTE_COOLDOWN;
        note->until_ms = before->last_fired_ms + config->cooldown_ms;
        return true;
    }
    return false;
}

static Error look(RulesRun *run, Subject *subject, uint32_t rule, const RulesState *before, RulesState *after)
{
    const RulesAccount *account = subject->account;
    const RulesEvaluator *evaluator = &run->input.evaluator;
    const RulesAnswer answer = evaluator->condition(evaluator->context, rule);
    if (answer == RULES_FROZEN) {
        return add_note(run, subject, rule, NOTE_UNKNOWN, 0);
    }
    after->seen = true;
    if (answer == RULES_UNKNOWN || answer == RULES_ERROR) {
        return add_note(run, subject, rule, answer == RULES_ERROR ? NOTE_ERROR : NOTE_UNKNOWN, 0);
    }
    after->was_true = answer == RULES_TRUE;
    after->condition = run->conditions[rule];
    const bool is_change = account->changed && evaluator->reads_change(evaluator->context, rule);
    if (answer == RULES_FALSE || (before->was_true && !is_change)) {
        return ERROR_NONE;
    }
    RulesNote note = {0};
    if (silenced(run, account, rule, before, is_change, &note)) {
        return add_note(run, subject, rule, note.kind, note.until_ms);
    }
    after->fired = before->fired + 1;
    after->last_fired_ms = run->input.now_ms;
    run->fired[rule]++;
    if (run->input.config->rules[rule].mode == RULE_SHADOW) {
        return add_note(run, subject, rule, NOTE_SHADOW, 0);
    }
    return rules_fire(run, subject, rule, after->fired, main_cause(&account->change));
}

Error rules_account(RulesRun *run, const RulesAccount *account, const RulesState *before, RulesState *after)
{
    Subject subject = {.account = account};
    for (uint32_t rule = 0; rule < run->input.config->rule_count; rule++) {
        const RulesState was = before[rule];
        after[rule] = was;
        if (run->input.config->rules[rule].mode == RULE_OFF) {
            after[rule].condition = was.seen ? RULES_OFF_CONDITION : 0;
        } else if (!account->left_out) {
            RETURN_IF_ERROR(look(run, &subject, rule, &was, &after[rule]));
        }
    }
    return ERROR_NONE;
}
