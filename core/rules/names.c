/* The names of what rules answer, and their keys. */
#include "base/assert.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "rules/internal.h"

Slice rules_cause_name(RulesCause cause)
{
    static const Slice names[RULES_CAUSE_COUNT] = {[CAUSE_CUSTOMER] = SLICE_INIT("customer"),
                                                   [CAUSE_TIME] = SLICE_INIT("time"),
                                                   [CAUSE_DATA] = SLICE_INIT("data"),
                                                   [CAUSE_MODEL] = SLICE_INIT("model")};
    perly_assert(cause < RULES_CAUSE_COUNT);
    return names[cause];
}

Slice rules_kind_name(RulesKind kind)
{
    static const Slice names[] = {[RULES_TASK] = SLICE_INIT("task"),
                                  [RULES_CHATTER] = SLICE_INIT("chatter"),
                                  [RULES_DIGEST] = SLICE_INIT("digest")};
    perly_assert(kind <= RULES_DIGEST);
    return names[kind];
}

typedef struct NoteWords {
    Slice name;
    Slice text;
} NoteWords;

static const NoteWords note_words[RULES_NOTE_COUNT] = {
    [NOTE_UNKNOWN] = {SLICE_INIT("unknown"),
                      SLICE_INIT("the condition is unknown: data that it reads is missing")},
    [NOTE_ERROR] = {SLICE_INIT("error"), SLICE_INIT("the condition ended in an error")},
    [NOTE_BASELINE] = {SLICE_INIT("baseline"), SLICE_INIT("it is the account's very first score")},
    [NOTE_FIRST_LOOK] = {SLICE_INIT("first_look"),
                         SLICE_INIT("the rule, as it is now, sees the account for the first time")},
    [NOTE_COOLDOWN] = {SLICE_INIT("cooldown"), SLICE_INIT("the rule fired for the account not long ago")},
    [NOTE_SHADOW] = {SLICE_INIT("shadow"), SLICE_INIT("the rule is in shadow: it counts and sends nothing")},
    [NOTE_MODEL] = {SLICE_INIT("model"), SLICE_INIT("only the model changed, not the customer")},
    [NOTE_MERGE] = {SLICE_INIT("merge"), SLICE_INIT("only a merge of records changed the account")},
    [NOTE_IMPORT] = {SLICE_INIT("import"), SLICE_INIT("only an import of records changed the account")},
    [NOTE_LIMIT] = {SLICE_INIT("limit"),
                    SLICE_INIT("the owner has as many new Tasks today as the limit allows: it "
                               "is a line of the day's digest")},
    [NOTE_TEXT] = {SLICE_INIT("text"),
                   SLICE_INIT("a text of the rule could not be made: a plain one stands in for it")},
};

Slice rules_note_name(RulesNoteKind kind)
{
    perly_assert(kind < RULES_NOTE_COUNT);
    return note_words[kind].name;
}

Slice rules_note_text(RulesNoteKind kind)
{
    perly_assert(kind < RULES_NOTE_COUNT);
    return note_words[kind].text;
}

void rules_key(Slice org_id, RulesKind kind, Slice rule, Slice subject, Slice number,
               char key[RULES_KEY_BYTES])
{
    const Slice parts[] = {org_id, rules_kind_name(kind), rule, subject, number};
    uint8_t digest[SHA256_BYTES];
    Sha256 hash;
    sha256_init(&hash);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sha256_update(&hash, parts[i]);
        sha256_update(&hash, SLICE("\n"));
    }
    sha256_finish(&hash, digest);
    hash_hex(digest, RULES_KEY_BYTES / 2, key);
}
