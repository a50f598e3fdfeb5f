/* From a rule that fires to its actions: who gets the Task, when it is due, what it says. */
#include "base/assert.h"
#include "base/business_days.h"
#include "base/number.h"
#include "rules/internal.h"
#include "rules/local_day.h"

/* What making the actions of one firing needs. */
typedef struct Firing {
    RulesRun *run;
    Subject *subject;
    const ConfigRule *config;
    uint32_t rule;
    int64_t count;
    RulesCause cause;
} Firing;

static Candidate *add_candidate(const Firing *firing, RulesKind kind)
{
    RulesRun *run = firing->run;
    const RulesAccount *account = firing->subject->account;
    Slice id = {NULL, 0};
    Candidate *made = ARENA_NEW(run->arena, Candidate);
    if (made == NULL || !rules_subject_id(run, firing->subject, &id)) {
        return NULL;
    }
    char number[NUMBER_TEXT_BYTES];
    const Slice count = slice_make(number, number_print_int64(firing->count, number));
    made->action =
        (RulesAction){.kind = kind, .rule = firing->config->name, .account_id = id, .cause = firing->cause};
    rules_key(run->input.org_id, kind, firing->config->name, id, count, made->action.key);
    made->worth = account->worth;
    made->level = account->scored ? account->level : RISK_LOW;
    made->score = account->scored ? account->score : INT32_MAX;
    made->rule = firing->rule;
    *run->last = made;
    run->last = &made->next;
    run->candidate_count++;
    return made;
}

/*
 * The text of a rule, or the plain one that stands in for it: an alarm with dull words is better than none.
 * Only a want of memory is an error.
 */
static Error rule_text(const Firing *firing, RulesText which, Slice *text)
{
    RulesRun *run = firing->run;
    const RulesEvaluator *evaluator = &run->input.evaluator;
    const Error error = evaluator->text(evaluator->context, run->arena, firing->rule, which, text);
    if (error.code == ERROR_OK || error.code == ERROR_OUT_OF_MEMORY) {
        return error;
    }
    const RulesAccount *account = firing->subject->account;
    Buffer plain;
    buffer_init(&plain, run->arena, 0);
    buffer_append(&plain, account->name.length > 0 ? account->name : account->id);
    buffer_append(&plain, SLICE(": rule "));
    buffer_append(&plain, firing->config->name);
    RulesNote note = {.kind = NOTE_TEXT, .rule = firing->rule};
    if (plain.failed || !rules_subject_id(run, firing->subject, &note.account_id) ||
        !arena_keep(run->arena, error.message, &note.detail)) {
        return RULES_NO_MEMORY;
    }
    *text = which == RULES_DESCRIPTION ? SLICE("") : buffer_slice(&plain);
    return rules_note_add(run, note);
}

static const RulesUser *active_user(const RulesRun *run, Slice id)
{
    const RulesUser *user = id.length == 0 ? NULL : rules_user_find(run, id);
    return user != NULL && user->active ? user : NULL;
}

/* Owner, the owner's manager, fallback; the first who can be given a Task. */
static Error assign(const Firing *firing, Candidate *made)
{
    RulesRun *run = firing->run;
    const Slice owner_id = firing->subject->account->owner_id;
    const Slice fallback = run->input.config->salesforce.fallback_owner;
    const RulesUser *owner = rules_user_find(run, owner_id);
    made->assignee = active_user(run, owner_id);
    if (made->assignee == NULL && owner != NULL) {
        made->assignee = active_user(run, owner->manager_id);
    }
    if (made->assignee == NULL) {
        made->assignee = active_user(run, fallback);
    }
    if (made->assignee != NULL) {
        made->action.owner_id = made->assignee->id;
        return ERROR_NONE;
    }
    Buffer why;
    buffer_init(&why, run->arena, 0);
    buffer_append(&why, owner_id.length == 0 ? SLICE("the account has no owner, ")
                        : owner == NULL
                            ? SLICE("the account's owner is not among the users, ")
                            : SLICE("neither the account's owner nor the owner's manager is active, "));
    buffer_append(&why, fallback.length == 0 ? SLICE("and salesforce.fallback_owner is not set")
                                             : SLICE("and salesforce.fallback_owner is no active user"));
    made->action.fate = RULES_PARKED;
    made->action.why = buffer_slice(&why);
    return why.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

static Error set_due(const Firing *firing, Candidate *made)
{
    RulesRun *run = firing->run;
    const RulesInput *input = &run->input;
    int64_t count = firing->config->due_business_days;
    const Error error = input->evaluator.due(input->evaluator.context, run->arena, firing->rule, &count);
    if (error.code == ERROR_OUT_OF_MEMORY) {
        return error;
    }
    if (error.code != ERROR_OK) {
        RulesNote note = {.kind = NOTE_TEXT, .rule = firing->rule, .account_id = made->action.account_id};
        if (!arena_keep(run->arena, error.message, &note.detail)) {
            return RULES_NO_MEMORY;
        }
        RETURN_IF_ERROR(rules_note_add(run, note));
    }
    const Slice zone = made->assignee == NULL ? SLICE("") : made->assignee->zone;
    const int64_t today = rules_local_day(input->zones, zone, input->now_ms);
    made->action.due_day = business_days_after(today, count, input->holidays, input->holiday_count);
    if (firing->config->reminder_hour >= 0) {
        made->action.has_reminder = true;
        made->action.reminder_ms =
            rules_local_hour(input->zones, zone, made->action.due_day, firing->config->reminder_hour);
    }
    return ERROR_NONE;
}

/* Thousandths as points with at most one decimal, rounded half up. */
static void append_points(Buffer *buffer, int32_t thousandths)
{
    const int64_t tenths = ((int64_t)thousandths + 50) / 100;
    buffer_append_int64(buffer, tenths / 10);
    if (tenths % 10 != 0) {
        buffer_append_byte(buffer, '.');
        buffer_append_int64(buffer, tenths % 10);
    }
    buffer_append(buffer, tenths == 10 ? SLICE(" point") : SLICE(" points"));
}

/* A line is "- ", the reason and its points, at most 30 units; room for them is kept in every description. */
enum { REASON_UNITS_MAX = 500, REASONS_UNITS_MAX = RULES_REASONS_MAX * (REASON_UNITS_MAX + 32) + 16 };

static void append_reasons(Buffer *buffer, const RulesAccount *account)
{
    for (uint32_t i = 0; i < account->reason_count && i < RULES_REASONS_MAX; i++) {
        if (i == 0) {
            buffer_append(buffer, buffer->length == 0 ? SLICE("Why:\n") : SLICE("\n\nWhy:\n"));
        }
        buffer_append(buffer, i == 0 ? SLICE("- ") : SLICE("\n- "));
        rules_line_cut(buffer, account->reasons[i], REASON_UNITS_MAX);
        buffer_append(buffer, SLICE(" ("));
        append_points(buffer, account->reason_points[i]);
        buffer_append_byte(buffer, ')');
    }
}

static Error write_task(const Firing *firing, Candidate *made)
{
    Arena *arena = firing->run->arena;
    const RulesAccount *account = firing->subject->account;
    Slice subject = {NULL, 0};
    Slice description = {NULL, 0};
    RETURN_IF_ERROR(rule_text(firing, RULES_SUBJECT, &subject));
    RETURN_IF_ERROR(rule_text(firing, RULES_DESCRIPTION, &description));
    if (slice_starts_with(subject, RULES_SUBJECT_PREFIX)) {
        subject = slice_part(subject, RULES_SUBJECT_PREFIX.length, subject.length);
    }
    Buffer line;
    buffer_init(&line, arena, 0);
    buffer_append(&line, RULES_SUBJECT_PREFIX);
    rules_line_cut(&line, subject, RULES_SUBJECT_UNITS_MAX - RULES_SUBJECT_PREFIX.length);
    made->action.subject = rules_text_finish(&line);
    Buffer body;
    buffer_init(&body, arena, 0);
    rules_text_cut(&body, slice_trim(description),
                   RULES_DESCRIPTION_UNITS_MAX - REASONS_UNITS_MAX - RULES_MARKER_UNITS);
    append_reasons(&body, account);
    rules_marker_end(&body, made->action.key);
    made->action.description = rules_text_finish(&body);
    made->action.priority = firing->config->task_priority;
    if (account->reason_count > 0 && !arena_keep(arena, account->reasons[0], &made->reason)) {
        return RULES_NO_MEMORY;
    }
    return line.failed || body.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

static Error fire_task(const Firing *firing)
{
    Candidate *made = add_candidate(firing, RULES_TASK);
    if (made == NULL) {
        return RULES_NO_MEMORY;
    }
    RETURN_IF_ERROR(assign(firing, made));
    RETURN_IF_ERROR(set_due(firing, made));
    return write_task(firing, made);
}

static Error fire_post(const Firing *firing)
{
    Candidate *made = add_candidate(firing, RULES_CHATTER);
    if (made == NULL) {
        return RULES_NO_MEMORY;
    }
    Slice text = {NULL, 0};
    RETURN_IF_ERROR(rule_text(firing, RULES_POST, &text));
    Buffer body;
    buffer_init(&body, firing->run->arena, 0);
    rules_text_cut(&body, slice_trim(text), RULES_POST_UNITS_MAX - RULES_MARKER_UNITS);
    rules_marker_end(&body, made->action.key);
    made->action.text = rules_text_finish(&body);
    /* A mention notifies: nobody who has left, and an account without an owner has a post all the same. */
    const RulesUser *owner = active_user(firing->run, firing->subject->account->owner_id);
    if (firing->config->chatter_mentions_owner && owner != NULL) {
        made->action.owner_id = owner->id;
    }
    return body.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

Error rules_fire(RulesRun *run, Subject *subject, uint32_t rule, int64_t count, RulesCause cause)
{
    const Firing firing = {run, subject, &run->input.config->rules[rule], rule, count, cause};
    if (firing.config->has_task) {
        RETURN_IF_ERROR(fire_task(&firing));
    }
    return firing.config->has_chatter ? fire_post(&firing) : ERROR_NONE;
}
