#include "score_org.h"

#define DAY_MS INT64_C(86400000)

typedef struct Org {
    uint64_t random;
    RowWriter writers[ENTITY_COUNT];
    const Model *model;
} Org;

static uint64_t next_random(Org *org)
{
    org->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (org->random ^ (org->random >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static uint32_t below(Org *org, uint32_t limit)
{
    return (uint32_t)(next_random(org) % limit);
}

typedef struct Id {
    char text[18];
} Id;

static Slice make_id(Id *id, const char *prefix, uint32_t number, uint32_t child)
{
    memset(id->text, '0', sizeof id->text);
    memcpy(id->text, prefix, 3);
    for (size_t at = 17; number > 0; number /= 10) {
        id->text[--at] = (char)('0' + number % 10);
    }
    for (size_t at = 10; child > 0; child /= 10) {
        id->text[--at] = (char)('0' + child % 10);
    }
    id->text[17] = 'A';
    return slice_make(id->text, sizeof id->text);
}

static uint32_t column(const Org *org, Entity entity, const char *name)
{
    return schema_column(&org->model->schemas.entities[entity].stored, slice_from_text(name));
}

static void text(Org *org, Entity entity, const char *name, Slice value)
{
    row_writer_text(&org->writers[entity], column(org, entity, name), value);
}

/* One of a list, or nothing: a tenth of all values is missing. */
static void choice(Org *org, Entity entity, const char *name, const char *const *list, uint32_t count)
{
    if (below(org, 10) != 0) {
        text(org, entity, name, slice_from_text(list[below(org, count)]));
    }
}

static void number(Org *org, Entity entity, const char *name, double value)
{
    if (below(org, 10) != 0) {
        row_writer_double(&org->writers[entity], column(org, entity, name), value);
    }
}

static void moment(Org *org, Entity entity, const char *name, int32_t from_day, uint32_t days)
{
    if (below(org, 12) != 0) {
        row_writer_time(&org->writers[entity], column(org, entity, name),
                        SCORE_ORG_NOW_MS + from_day * DAY_MS +
                            (int64_t)(next_random(org) % ((uint64_t)days * (uint64_t)DAY_MS)));
    }
}

static void truth(Org *org, Entity entity, const char *name, uint32_t one_in)
{
    row_writer_bool(&org->writers[entity], column(org, entity, name), below(org, one_in) == 0);
}

static Error add_contact(Org *org, Slice account, uint32_t number_of, uint32_t child)
{
    static const char *const titles[] = {"CEO",
                                         "Chief Financial Officer",
                                         "Buyer",
                                         "Leiterin Einkauf \xC3\xBC",
                                         "VP Engineering",
                                         "\xF0\x9F\x8C\x8D Head"};
    static const char *const roles[] = {"Champion", "Evaluator", "Executive Sponsor", "Other"};
    Id contact;
    Id role;
    row_writer_begin(&org->writers[ENTITY_CONTACT]);
    text(org, ENTITY_CONTACT, "id", make_id(&contact, "003", number_of, child));
    text(org, ENTITY_CONTACT, "account_id", account);
    choice(org, ENTITY_CONTACT, "title", titles, 6);
    truth(org, ENTITY_CONTACT, "email_bounced", 6);
    RETURN_IF_ERROR(row_writer_end(&org->writers[ENTITY_CONTACT]));
    row_writer_begin(&org->writers[ENTITY_ROLE]);
    text(org, ENTITY_ROLE, "id", make_id(&role, "00K", number_of, child));
    text(org, ENTITY_ROLE, "contact_id", slice_make(contact.text, sizeof contact.text));
    choice(org, ENTITY_ROLE, "role", roles, 4);
    return row_writer_end(&org->writers[ENTITY_ROLE]);
}

static Error add_opportunity(Org *org, Slice account, uint32_t number_of, uint32_t child)
{
    static const char *const types[] = {"New Business", "Renewal", "Expansion"};
    static const char *const stages[] = {"Prospecting", "Proposal", "Negotiation", "Closed Won",
                                         "Closed Lost"};
    Id id;
    row_writer_begin(&org->writers[ENTITY_OPPORTUNITY]);
    text(org, ENTITY_OPPORTUNITY, "id", make_id(&id, "006", number_of, child));
    text(org, ENTITY_OPPORTUNITY, "account_id", account);
    choice(org, ENTITY_OPPORTUNITY, "type", types, 3);
    choice(org, ENTITY_OPPORTUNITY, "stage", stages, 5);
    number(org, ENTITY_OPPORTUNITY, "amount", (double)below(org, 1000000) / 7);
    moment(org, ENTITY_OPPORTUNITY, "close_date", -400, 600);
    moment(org, ENTITY_OPPORTUNITY, "created", -800, 400);
    truth(org, ENTITY_OPPORTUNITY, "is_closed", 2);
    truth(org, ENTITY_OPPORTUNITY, "is_won", 3);
    return row_writer_end(&org->writers[ENTITY_OPPORTUNITY]);
}

static Error add_activity(Org *org, Slice account, uint32_t number_of, uint32_t child)
{
    static const char *const kinds[] = {"call", "email", "meeting", "other"};
    static const char *const directions[] = {"in", "out", "unknown"};
    Id id;
    Id contact;
    row_writer_begin(&org->writers[ENTITY_ACTIVITY]);
    text(org, ENTITY_ACTIVITY, "id", make_id(&id, "00T", number_of, child));
    text(org, ENTITY_ACTIVITY, "account_id", account);
    text(org, ENTITY_ACTIVITY, "contact_ids", make_id(&contact, "003", number_of, 1 + below(org, 5)));
    choice(org, ENTITY_ACTIVITY, "kind", kinds, 4);
    choice(org, ENTITY_ACTIVITY, "direction", directions, 3);
    moment(org, ENTITY_ACTIVITY, "at", -420, 430);
    truth(org, ENTITY_ACTIVITY, "done", 1);
    return row_writer_end(&org->writers[ENTITY_ACTIVITY]);
}

static Error add_account(Org *org, uint32_t number_of)
{
    static const char *const types[] = {"Customer", "Prospect", "Partner"};
    static const char *const industries[] = {"Energy", "Banking", "Sant\xC3\xA9", "Media"};
    Id id;
    Id owner;
    const Slice account = make_id(&id, "001", number_of, 0);
    row_writer_begin(&org->writers[ENTITY_ACCOUNT]);
    text(org, ENTITY_ACCOUNT, "id", account);
    text(org, ENTITY_ACCOUNT, "name", account);
    text(org, ENTITY_ACCOUNT, "owner_id", make_id(&owner, "005", 1 + below(org, 9), 0));
    choice(org, ENTITY_ACCOUNT, "type", types, 3);
    choice(org, ENTITY_ACCOUNT, "industry", industries, 4);
    row_writer_int64(&org->writers[ENTITY_ACCOUNT], column(org, ENTITY_ACCOUNT, "employees"),
                     below(org, 5000));
    number(org, ENTITY_ACCOUNT, "revenue", (double)below(org, 100000000) / 3);
    moment(org, ENTITY_ACCOUNT, "created", -2000, 1900);
    RETURN_IF_ERROR(row_writer_end(&org->writers[ENTITY_ACCOUNT]));
    for (uint32_t child = below(org, 5); child > 0; child--) {
        RETURN_IF_ERROR(add_contact(org, account, number_of, child));
    }
    for (uint32_t child = below(org, 4); child > 0; child--) {
        RETURN_IF_ERROR(add_opportunity(org, account, number_of, child));
    }
    for (uint32_t child = below(org, 12); child > 0; child--) {
        RETURN_IF_ERROR(add_activity(org, account, number_of, child));
    }
    return ERROR_NONE;
}

static Error add_users(Org *org)
{
    for (uint32_t i = 1; i < 8; i++) {
        Id id;
        row_writer_begin(&org->writers[ENTITY_USER]);
        text(org, ENTITY_USER, "id", make_id(&id, "005", i, 0));
        text(org, ENTITY_USER, "name", slice_make(id.text, sizeof id.text));
        truth(org, ENTITY_USER, "active", 2);
        RETURN_IF_ERROR(row_writer_end(&org->writers[ENTITY_USER]));
    }
    return ERROR_NONE;
}

Error score_org_add(Arena *arena, uint64_t seed, uint32_t first, uint32_t count, Features *features)
{
    Org *org = ARENA_NEW(arena, Org);
    if (org == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for accounts"));
    }
    org->random = seed * UINT64_C(1000003) + first;
    org->model = features->model;
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        row_writer_init(&org->writers[entity], arena, &features->model->schemas.entities[entity].stored, 0);
    }
    RETURN_IF_ERROR(add_users(org));
    for (uint32_t i = 0; i < count; i++) {
        RETURN_IF_ERROR(add_account(org, first + i + 1));
    }
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        Slice bytes;
        RowBatch batch;
        RETURN_IF_ERROR(row_writer_finish(&org->writers[entity], &bytes));
        RETURN_IF_ERROR(row_batch_open(&batch, bytes, org->writers[entity].schema));
        RETURN_IF_ERROR(features_add(features, (Entity)entity, &batch));
    }
    return ERROR_NONE;
}
