/* The limits of a run: Tasks an assignee and day, the rest as a digest; and how much a run may cause at all.
 */
#include "base/number.h"
#include "base/sort.h"
#include "rules/internal.h"
#include "rules/local_day.h"

/* The Tasks of one assignee, the worst first, and the day on which they count. */
typedef struct Share {
    RulesRun *run;
    const Candidate *const *tasks;
    size_t count;
    const RulesUser *assignee;
    int64_t today;
} Share;

static int compare_numbers(double a, double b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

/* By assignee; then the worse level, the larger worth, the lower score. Ids and rules make it total. */
static int compare_tasks(const void *left, const void *right)
{
    const Candidate *a = left;
    const Candidate *b = right;
    int order = slice_compare(a->assignee->id, b->assignee->id);
    order = order != 0 ? order : (int)b->level - (int)a->level;
    order = order != 0 ? order : compare_numbers(b->worth, a->worth);
    order = order != 0 ? order : (a->score < b->score ? -1 : (a->score > b->score ? 1 : 0));
    order = order != 0 ? order : slice_compare(a->action.account_id, b->action.account_id);
    return order != 0 ? order : (a->rule < b->rule ? -1 : 1);
}

/* Earlier Tasks of the assignee on this day, and the day's digest. */
static uint64_t made_today(const Share *share, const RulesEarlier **digest)
{
    const RulesInput *input = &share->run->input;
    uint64_t count = 0;
    for (size_t i = 0; i < input->earlier_count; i++) {
        const RulesEarlier *earlier = &input->earlier[i];
        if (!slice_equal(earlier->owner_id, share->assignee->id) ||
            rules_local_day(input->zones, share->assignee->zone, earlier->at_ms) != share->today) {
            continue;
        }
        if (earlier->digest) {
            *digest = earlier;
        } else if (!earlier->held) {
            count++;
        }
    }
    return count;
}

static uint32_t priority_rank(Slice priority)
{
    return slice_equal(priority, SLICE("High")) ? 2 : (slice_equal(priority, SLICE("Low")) ? 0 : 1);
}

/* "- Acme is at Critical risk: no touch for 42 days (due 2026-11-25, 001...)" */
static void append_line(Buffer *body, const Candidate *task)
{
    enum { REASON_UNITS_MAX = 200 };
    const Slice subject = task->action.subject;
    char date[RULES_DATE_BYTES];
    rules_date_print(task->action.due_day, date);
    buffer_append(body, SLICE("\n- "));
    buffer_append(body, slice_part(subject, RULES_SUBJECT_PREFIX.length, subject.length));
    if (task->reason.length > 0) {
        buffer_append(body, SLICE(": "));
        rules_line_cut(body, task->reason, REASON_UNITS_MAX);
    }
    buffer_append(body, SLICE(" (due "));
    buffer_append(body, slice_make(date, sizeof date));
    buffer_append(body, SLICE(", "));
    buffer_append(body, task->action.account_id);
    buffer_append_byte(body, ')');
}

/* The text before the last `mark`, or all of it. */
static Slice before_last(Slice text, Slice mark)
{
    size_t end = text.length;
    for (size_t at = slice_find(text, mark, 0); at != SIZE_MAX; at = slice_find(text, mark, at + 1)) {
        end = at;
    }
    return slice_part(text, 0, end);
}

static uint32_t count_lines(Slice body)
{
    uint32_t count = 0;
    for (size_t at = slice_find(body, SLICE("\n- "), 0); at != SIZE_MAX;
         at = slice_find(body, SLICE("\n- "), at + 1)) {
        count++;
    }
    return count;
}

/*
 * The lines of earlier runs and of this one, as many as fit; the others are counted in the last line. Bytes
 * are never fewer than code units.
 */
static void append_lines(const Share *share, const RulesEarlier *earlier, uint32_t items, Buffer *body)
{
    enum { LINE_BYTES_MAX = 2000 };
    if (earlier != NULL) {
        const Slice lines = before_last(earlier->description, SLICE("\n\n[perly:"));
        buffer_append(body, before_last(lines, SLICE("\nand ")));
    } else {
        buffer_append(body, SLICE("Beyond the day's limit of new Tasks, the worst first:"));
    }
    for (size_t i = 0; i < share->count && body->length < RULES_DESCRIPTION_UNITS_MAX - LINE_BYTES_MAX; i++) {
        append_line(body, share->tasks[i]);
    }
    const uint32_t shown = count_lines(buffer_slice(body));
    if (shown < items) {
        buffer_append(body, SLICE("\nand "));
        buffer_append_uint64(body, items - shown);
        buffer_append(body, SLICE(" more"));
    }
}

static Error write_subject(Share *share, RulesAction *digest)
{
    Buffer subject;
    buffer_init(&subject, share->run->arena, 0);
    buffer_append(&subject, RULES_SUBJECT_PREFIX);
    buffer_append_uint64(&subject, digest->items);
    buffer_append(&subject, digest->items == 1 ? SLICE(" more account needs attention")
                                               : SLICE(" more accounts need attention"));
    digest->subject = buffer_slice(&subject);
    return subject.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

/* One Task for all of the share; `earlier` is the day's digest if there is one already. */
static Error write_digest(Share *share, const RulesEarlier *earlier, RulesAction *digest)
{
    char date[RULES_DATE_BYTES];
    Buffer body;
    buffer_init(&body, share->run->arena, 0);
    rules_date_print(share->today, date);
    *digest = (RulesAction){.kind = RULES_DIGEST,
                            .cause = share->tasks[0]->action.cause,
                            .owner_id = share->assignee->id,
                            .priority = share->tasks[0]->action.priority,
                            .due_day = share->tasks[0]->action.due_day,
                            .items = (uint32_t)share->count};
    rules_key(share->run->input.org_id, RULES_DIGEST, SLICE(""), share->assignee->id,
              slice_make(date, sizeof date), digest->key);
    if (earlier != NULL) {
        digest->amends = true;
        digest->fate = earlier->held ? RULES_HELD : RULES_SEND;
        digest->items += earlier->items;
        digest->priority = earlier->priority;
        digest->due_day = earlier->due_day >= share->today ? earlier->due_day : digest->due_day;
    }
    for (size_t i = 0; i < share->count; i++) {
        const RulesAction *task = &share->tasks[i]->action;
        digest->due_day = task->due_day < digest->due_day ? task->due_day : digest->due_day;
        digest->priority = priority_rank(task->priority) > priority_rank(digest->priority) ? task->priority
                                                                                           : digest->priority;
    }
    append_lines(share, earlier, digest->items, &body);
    rules_marker_end(&body, digest->key);
    digest->description = rules_text_finish(&body);
    RETURN_IF_ERROR(write_subject(share, digest));
    return body.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

/* The digests of all assignees. */
typedef struct Digests {
    RulesAction *items;
    uint32_t count;
} Digests;

static Error limit_share(Share *share, Digests *digests)
{
    const int64_t limit = share->run->input.config->limits.tasks_per_owner_day;
    const RulesEarlier *earlier = NULL;
    const uint64_t used = made_today(share, &earlier);
    const uint64_t allowed = limit > 0 ? (uint64_t)limit : 0;
    const uint64_t left = used < allowed ? allowed - used : 0;
    if (share->count <= left) {
        return ERROR_NONE;
    }
    share->tasks += left;
    share->count -= (size_t)left;
    RulesAction *digest = &digests->items[digests->count++];
    RETURN_IF_ERROR(write_digest(share, earlier, digest));
    for (size_t i = 0; i < share->count; i++) {
        Candidate *task = (Candidate *)share->tasks[i];
        task->digested = true;
        RETURN_IF_ERROR(
            rules_note_add(share->run, (RulesNote){.kind = NOTE_LIMIT,
                                                   .rule = task->rule,
                                                   .account_id = task->action.account_id,
                                                   .detail = slice_make(digest->key, RULES_KEY_BYTES)}));
    }
    return ERROR_NONE;
}

/* Sorts the Tasks that somebody gets, and limits each assignee's. */
static Error limit_tasks(RulesRun *run, Digests *digests)
{
    const void **items = ARENA_ARRAY(run->arena, const void *, run->candidate_count);
    const void **spare = ARENA_ARRAY(run->arena, const void *, run->candidate_count);
    digests->items = ARENA_ARRAY(run->arena, RulesAction, run->candidate_count);
    if (items == NULL || spare == NULL || digests->items == NULL) {
        return RULES_NO_MEMORY;
    }
    size_t count = 0;
    for (const Candidate *at = run->first; at != NULL; at = at->next) {
        if (at->action.kind == RULES_TASK && at->assignee != NULL) {
            items[count++] = at;
        }
    }
    const Candidate *const *tasks =
        (const Candidate *const *)sort_pointers(items, spare, count, compare_tasks);
    for (size_t first = 0; first < count;) {
        const RulesUser *assignee = tasks[first]->assignee;
        size_t end = first;
        while (end < count && tasks[end]->assignee == assignee) {
            end++;
        }
        Share share = {run, tasks + first, end - first, assignee,
                       rules_local_day(run->input.zones, assignee->zone, run->input.now_ms)};
        RETURN_IF_ERROR(limit_share(&share, digests));
        first = end;
    }
    return ERROR_NONE;
}

static Error gather(RulesRun *run, const Digests *digests, RulesOutcome *outcome)
{
    uint64_t causes[RULES_CAUSE_COUNT] = {0};
    RulesAction *actions = ARENA_ARRAY(run->arena, RulesAction, run->candidate_count + digests->count);
    RulesNote *notes = ARENA_ARRAY(run->arena, RulesNote, run->note_count);
    if (actions == NULL || notes == NULL) {
        return RULES_NO_MEMORY;
    }
    for (const Candidate *at = run->first; at != NULL; at = at->next) {
        causes[at->action.cause]++;
        if (!at->digested) {
            actions[outcome->action_count++] = at->action;
        }
    }
    for (uint32_t i = 0; i < digests->count; i++) {
        actions[outcome->action_count++] = digests->items[i];
    }
    for (const NoteItem *at = run->first_note; at != NULL; at = at->next) {
        notes[outcome->note_count++] = at->note;
    }
    for (uint32_t i = 1; i < RULES_CAUSE_COUNT; i++) {
        outcome->mostly = causes[i] > causes[outcome->mostly] ? (RulesCause)i : outcome->mostly;
    }
    outcome->actions = actions;
    outcome->notes = notes;
    return ERROR_NONE;
}

static uint64_t actions_allowed(const ConfigLimits *limits, uint64_t scored_accounts)
{
    int64_t share = 0;
    if (!number_to_int64(limits->actions_percent * (double)scored_accounts / 100, &share) || share < 0) {
        share = 0;
    }
    const int64_t more = share > limits->actions_at_least ? share : limits->actions_at_least;
    return more > 0 ? (uint64_t)more : 0;
}

/* For a person who decides about them: how many there are, and what they come from. */
static Error say_why(Arena *arena, RulesOutcome *outcome)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, SLICE("one run caused "));
    buffer_append_uint64(&text, outcome->sendable);
    buffer_append(&text, SLICE(" actions, most of them by \""));
    buffer_append(&text, rules_cause_name(outcome->mostly));
    buffer_append(&text, SLICE("\", and "));
    buffer_append_uint64(&text, outcome->allowed);
    buffer_append(&text, SLICE(" may be sent unseen (limits.actions_per_run)"));
    outcome->held_why = buffer_slice(&text);
    return text.failed ? RULES_NO_MEMORY : ERROR_NONE;
}

/* Too many for one run, a broken feed perhaps: a person looks before anything is sent. */
static Error hold(Arena *arena, RulesOutcome *outcome, RulesAction *actions)
{
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        outcome->sendable += actions[i].fate == RULES_PARKED ? 0 : 1;
    }
    outcome->held = outcome->sendable > outcome->allowed;
    if (!outcome->held) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(say_why(arena, outcome));
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        if (actions[i].fate == RULES_SEND) {
            actions[i].fate = RULES_HELD;
            actions[i].why = outcome->held_why;
        }
    }
    return ERROR_NONE;
}

Error rules_finish(RulesRun *run, uint64_t scored_accounts, RulesOutcome *outcome)
{
    Digests digests = {0};
    RulesOutcome made = {.allowed = actions_allowed(&run->input.config->limits, scored_accounts)};
    RETURN_IF_ERROR(limit_tasks(run, &digests));
    RETURN_IF_ERROR(gather(run, &digests, &made));
    memcpy(made.note_counts, run->note_counts, sizeof made.note_counts);
    memcpy(made.fired, run->fired, sizeof made.fired);
    RETURN_IF_ERROR(hold(run->arena, &made, (RulesAction *)made.actions));
    *outcome = made;
    return ERROR_NONE;
}
