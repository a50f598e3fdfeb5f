/* Stored rows to blocks: order, derived columns, and rows as they were at another time. */
#include "score_scene.h"

static const Slice rows = SLICE_INIT(
    "{\"account\":[{\"id\":\"001b\",\"name\":\"B\"},{\"id\":\"001a\",\"name\":\"A\",\"owner_id\":\"005b\"},"
    "{\"id\":\"001x\",\"deleted\":true}],"
    "\"user\":[{\"id\":\"005a\",\"name\":\"Ann\"},{\"id\":\"005b\",\"name\":\"Bob\"}],"
    "\"contact\":[{\"id\":\"003c\",\"account_id\":\"001a\"},{\"id\":\"003a\",\"account_id\":\"001a\","
    "\"email_bounced\":true},{\"id\":\"003b\",\"account_id\":\"001b\"},{\"id\":\"003z\",\"account_id\":"
    "\"001z\"}],"
    "\"contact_role\":[{\"id\":\"r1\",\"contact_id\":\"003c\",\"role\":\"Evaluator\"},"
    "{\"id\":\"r2\",\"contact_id\":\"003c\",\"role\":\"Champion\"},"
    "{\"id\":\"r3\",\"contact_id\":\"003c\",\"role\":\"Evaluator\"},{\"id\":\"r4\",\"contact_id\":\"003b\"}],"
    "\"opportunity\":[{\"id\":\"006b\",\"account_id\":\"001a\",\"close_date\":\"2026-12-01\"},"
    "{\"id\":\"006a\",\"account_id\":\"001a\",\"close_date\":\"2026-12-24\"}],"
    "\"activity\":["
    "{\"id\":\"00T4\",\"account_id\":\"001a\",\"kind\":\"meeting\",\"at\":\"2027-01-01\",\"done\":true},"
    "{\"id\":\"00T1\",\"account_id\":\"001a\",\"kind\":\"call\",\"at\":\"2026-11-01\",\"done\":true,"
    "\"contact_ids\":"
    "\"003a;003c\"},"
    "{\"id\":\"00T2\",\"account_id\":\"001a\",\"kind\":\"email\",\"at\":\"2026-11-05\",\"done\":true,"
    "\"contact_ids\":"
    "\"003c;003b\"},"
    "{\"id\":\"00T3\",\"account_id\":\"001a\",\"kind\":\"other\",\"at\":\"2026-11-09\",\"done\":true},"
    "{\"id\":\"00T5\",\"account_id\":\"001a\",\"kind\":\"call\",\"at\":\"2026-11-10\",\"done\":false}],"
    "\"changes\":["
    "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-24T00:00:00."
    "000Z\","
    "\"new\":\"2026-11-24T00:00:00.000Z\",\"stamp\":\"2026-10-01\",\"seen\":\"2026-10-01\"},"
    "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-11-24T00:00:00."
    "000Z\","
    "\"new\":\"2026-11-20T00:00:00.000Z\",\"stamp\":\"2026-10-11\",\"seen\":\"2026-10-11\"},"
    "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-11-20T00:00:00."
    "000Z\","
    "\"new\":\"2026-12-24T00:00:00.000Z\",\"stamp\":\"2026-11-01\",\"seen\":\"2026-11-02\"},"
    "{\"id\":\"001a\",\"column\":\"owner_id\",\"old\":\"005a\",\"new\":\"005b\","
    "\"stamp\":"
    "\"2026-11-03\",\"seen\":\"2026-11-04\"},"
    "{\"id\":\"001a\",\"column\":\"owner_id\",\"old\":\"005b\",\"new\":\"005a\","
    "\"stamp\":"
    "\"2025-11-03\",\"seen\":\"2025-11-04\"}],"
    "\"signals\":[{\"account_id\":\"001a\",\"name\":\"usage\",\"at\":\"2026-11-01\",\"value\":70},"
    "{\"account_id\":\"001a\",\"name\":\"usage\",\"at\":\"2026-11-08\",\"value\":60},"
    "{\"account_id\":\"001a\",\"name\":\"usage\",\"at\":\"2027-11-08\",\"value\":1},"
    "{\"account_id\":\"001a\",\"name\":\"nosuch\",\"at\":\"2026-11-08\",\"value\":1}]}");

static Slice text_of(const Scene *scene, Entity entity, const RowBatch *batch, uint32_t row,
                     const char *column)
{
    const uint32_t number =
        schema_column(&scene->model->schemas.entities[entity].row, slice_from_text(column));
    const RowView view = row_at(batch, row);
    return row_state(view, number) == ROW_VALUE ? row_text(view, number) : SLICE("(none)");
}

static int64_t int_of(const Scene *scene, Entity entity, const RowBatch *batch, uint32_t row,
                      const char *column)
{
    const uint32_t number =
        schema_column(&scene->model->schemas.entities[entity].row, slice_from_text(column));
    const RowView view = row_at(batch, row);
    return row_state(view, number) == ROW_VALUE ? row_int64(view, number) : -1;
}

/* Of the first row; -1: unknown. */
static int64_t thousandths(const Scene *scene, Entity entity, const RowBatch *batch, const char *column)
{
    const uint32_t number =
        schema_column(&scene->model->schemas.entities[entity].row, slice_from_text(column));
    const RowView view = row_at(batch, 0);
    return row_state(view, number) == ROW_VALUE ? (int64_t)(row_double(view, number) * 1000) : -1;
}

static void order_and_ranges(void)
{
    Scene scene;
    if (!scene_model(&scene, SLICE("")) || !scene_rows(&scene, rows, features_view_now(at("2026-11-12")))) {
        return;
    }
    const Block *block = &scene.block;
    CHECK_INT(block->accounts.row_count, 2, "a deleted account is left out");
    CHECK_TEXT(text_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "id"), SLICE("001a"), "first account");
    CHECK_TEXT(text_of(&scene, ENTITY_ACCOUNT, &block->accounts, 1, "id"), SLICE("001b"), "second account");
    CHECK_INT(block->contacts.row_count, 3, "a contact of no account is left out");
    CHECK_INT(block->ranges[0].contacts.count, 2, "contacts of the first");
    CHECK_INT(block->ranges[1].contacts.first, 2, "contacts of the second");
    CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, &block->contacts, 0, "id"), SLICE("003a"), "contacts by id");
    CHECK_TEXT(text_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 0, "id"), SLICE("006b"),
               "by close date");
    CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, &block->activities, 0, "id"), SLICE("00T1"), "by time");
    CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, &block->activities, 4, "id"), SLICE("00T4"), "by time");
    CHECK_INT(block->ranges[1].activities.count, 0, "none");
    CHECK_INT(block->users.row_count, 1, "only owners");
    CHECK_TEXT(text_of(&scene, ENTITY_USER, &block->users, block->ranges[0].owner, "name"), SLICE("Bob"),
               "owner");
    CHECK_INT(block->ranges[1].owner, BLOCK_NO_ROW, "no owner");
    scene_end(&scene);
}

static void derived_columns(void)
{
    Scene scene;
    if (!scene_model(&scene, SLICE("")) || !scene_rows(&scene, rows, features_view_now(at("2026-11-12")))) {
        return;
    }
    const Block *block = &scene.block;
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "last_touch"), at("2026-11-05"),
              "neither the future, nor other, nor what is not done");
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 1, "last_touch"), -1, "no touch");
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "owner_changes"), 1, "within a year");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 0, "last_touch"), at("2026-11-01"), "003a");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 1, "last_touch"), at("2026-11-05"), "003c");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 2, "last_touch"), -1, "of another account");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 0, "active"), 0, "bounced");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 1, "active"), 1, "not bounced");
    CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, &block->contacts, 1, "roles"), SLICE("Champion;Evaluator"),
               "roles");
    CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, &block->contacts, 0, "roles"), SLICE(""),
               "no role is an empty list");
    CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 1, "slips"), 2,
              "later twice, earlier once");
    CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 0, "slips"), 0, "never");
    const uint32_t usage = model_signal_find(scene.model, SLICE("usage"));
    CHECK_INT(block->signals[usage].at_ms, at("2026-11-08"), "the newest that is not in the future");
    CHECK(block->signals[usage].known && block->signals[usage].value == 60);
    CHECK(!block->signals[block->signal_count + usage].known);
    scene_end(&scene);
}

/* The history tells what the change log cannot know, and where there is one the log does not count. */
static void slips_of_the_history(void)
{
    static const struct {
        const char *name;
        Slice more; /* of the opportunity and of sections */
        int64_t slips;
    } cases[] = {
        {"later, earlier, later; rows in any order",
         SLICE_INIT("}],\"opportunity_history\":["
                    "{\"id\":\"h3\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-09\",\"at\":\"2026-"
                    "10-03\"},"
                    "{\"id\":\"h1\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-01\",\"at\":\"2026-"
                    "10-01\"},"
                    "{\"id\":\"h2\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-10\",\"at\":\"2026-"
                    "10-02\"},"
                    "{\"id\":\"h4\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-24\",\"at\":\"2026-"
                    "10-04\"},"
                    "{\"id\":\"h5\",\"opportunity_id\":\"006b\",\"close_date\":\"2027-12-24\",\"at\":\"2026-"
                    "10-04\"}]"),
         2},
        {"closed on a later day",
         SLICE_INIT(",\"stage\":\"Closed Won\",\"is_closed\":true}],\"opportunity_history\":["
                    "{\"id\":\"h1\",\"opportunity_id\":\"006a\",\"stage\":\"Proposal\",\"close_date\":\"2026-"
                    "12-01\",\"at\":\"2026-10-01\"},"
                    "{\"id\":\"h2\",\"opportunity_id\":\"006a\",\"stage\":\"Proposal\",\"close_date\":\"2026-"
                    "12-02\",\"at\":\"2026-10-02\"},"
                    "{\"id\":\"h3\",\"opportunity_id\":\"006a\",\"stage\":\"Closed "
                    "Won\",\"close_date\":\"2026-12-09\",\"at\":\"2026-10-03\"}]"),
         1},
        {"the first row is no slip, and the log does not count",
         SLICE_INIT("}],\"opportunity_history\":["
                    "{\"id\":\"h1\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-01\",\"at\":\"2026-"
                    "10-01\"}],"
                    "\"changes\":[{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-24T00:00:00."
                    "000Z\",\"new\":"
                    "\"2026-11-24T00:00:00.000Z\",\"stamp\":\"2026-10-01\",\"seen\":\"2026-10-01\"}]"),
         0},
        {"field by field: later, earlier, and later as it was closed",
         SLICE_INIT(",\"stage\":\"Closed Won\",\"is_closed\":true}],\"opportunity_history\":["
                    "{\"id\":\"f1\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-01\",\"close_date\":\"2026-"
                    "12-02\",\"at\":\"2026-10-01\"},"
                    "{\"id\":\"f2\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-02\",\"close_date\":\"2026-"
                    "11-24\",\"at\":\"2026-10-02\"},"
                    "{\"id\":\"f3\",\"opportunity_id\":\"006a\",\"was\":\"2026-11-24\",\"close_date\":\"2026-"
                    "12-24\",\"at\":\"2026-10-03\"},"
                    "{\"id\":\"f4\",\"opportunity_id\":\"006a\",\"stage\":\"Closed "
                    "Won\",\"at\":\"2026-10-03\"}]"),
         1},
        {"field by field: closed at the same time by the row before, at another by one further on",
         SLICE_INIT(
             ",\"stage\":\"Closed Won\",\"is_closed\":true}],\"opportunity_history\":["
             "{\"id\":\"f1\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-01\",\"close_date\":\"2026-"
             "12-02\",\"at\":\"2026-10-01\"},"
             "{\"id\":\"f2\",\"opportunity_id\":\"006a\",\"stage\":\"Closed "
             "Won\",\"at\":\"2026-10-02\"},"
             "{\"id\":\"f3\",\"opportunity_id\":\"006a\",\"stage\":\"Proposal\",\"at\":\"2026-10-02\"},"
             "{\"id\":\"f4\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-02\",\"close_date\":\"2026-"
             "12-03\",\"at\":\"2026-10-02\"},"
             "{\"id\":\"f5\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-03\",\"close_date\":\"2026-"
             "12-04\",\"at\":\"2026-10-03\"}]"),
         2},
        {"field by field beside versions, which are the better ones",
         SLICE_INIT("}],\"opportunity_history\":["
                    "{\"id\":\"f1\",\"opportunity_id\":\"006a\",\"was\":\"2026-12-01\",\"close_date\":\"2026-"
                    "12-02\",\"at\":\"2026-10-02\"},"
                    "{\"id\":\"h1\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-01\",\"at\":\"2026-"
                    "10-01\"}]"),
         0},
        {"not known yet",
         SLICE_INIT("}],\"opportunity_history\":["
                    "{\"id\":\"h1\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-01\",\"at\":\"2026-"
                    "10-01\"},"
                    "{\"id\":\"h2\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-02\",\"at\":\"2026-"
                    "10-02\",\"first_seen\":\"2026-11-12\"},"
                    "{\"id\":\"h3\",\"opportunity_id\":\"006a\",\"close_date\":\"2026-12-09\",\"at\":\"2026-"
                    "10-03\",\"first_seen\":\"2026-11-14\"}]"),
         1},
        {"in the log: closed and moved at once, while closed, and opened again",
         SLICE_INIT(
             ",\"is_closed\":false}],\"changes\":["
             "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-01\",\"new\":\"2026-10-02\","
             "\"stamp\":\"2026-10-01\",\"seen\":\"2026-10-01\"},"
             "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-02\",\"new\":\"2026-10-03\","
             "\"stamp\":\"2026-10-02\",\"seen\":\"2026-10-02\"},"
             "{\"id\":\"006a\",\"column\":\"is_closed\",\"old\":\"false\",\"new\":\"true\","
             "\"stamp\":\"2026-10-02\",\"seen\":\"2026-10-02\"},"
             "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-03\",\"new\":\"2026-10-04\","
             "\"stamp\":\"2026-10-03\",\"seen\":\"2026-10-03\"},"
             "{\"id\":\"006a\",\"column\":\"is_closed\",\"old\":\"true\",\"new\":\"false\","
             "\"stamp\":\"2026-10-04\",\"seen\":\"2026-10-04\"},"
             "{\"id\":\"006a\",\"column\":\"close_date\",\"old\":\"2026-10-04\",\"new\":\"2026-10-05\","
             "\"stamp\":\"2026-10-04\",\"seen\":\"2026-10-04\"}]"),
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        Buffer json;
        FeaturesView view = features_view_now(at("2026-11-13"));
        view.known_ms = at("2026-11-13");
        if (!scene_model(&scene, SLICE(""))) {
            return;
        }
        buffer_init(&json, &scene.arena, 0);
        buffer_append(&json, SLICE("{\"account\":[{\"id\":\"001a\"}],\"opportunity\":[{\"id\":\"006a\","
                                   "\"account_id\":\"001a\""));
        buffer_append(&json, cases[i].more);
        buffer_append_byte(&json, '}');
        if (scene_rows(&scene, buffer_slice(&json), view)) {
            CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &scene.block.opportunities, 0, "slips"),
                      cases[i].slips, cases[i].name);
        }
        scene_end(&scene);
    }
}

/* A message with a Task is one activity, one without a row of its own, and what is about nothing here is
 * none. */
static void messages_are_activities(void)
{
    static const Slice messages = SLICE_INIT(
        "{\"account\":[{\"id\":\"001a\"},{\"id\":\"001b\"}],"
        "\"contact\":[{\"id\":\"003a\",\"account_id\":\"001a\"}],"
        "\"opportunity\":[{\"id\":\"006z\",\"account_id\":\"001a\"},{\"id\":\"006b\",\"account_id\":\"001b\"}"
        "],"
        "\"activity\":[{\"id\":\"00T1\",\"account_id\":\"001a\",\"kind\":\"other\",\"direction\":\"unknown\","
        "\"at\":\"2026-11-05\",\"done\":false,\"contact_ids\":\"003a\",\"owner_id\":\"005a\"},"
        "{\"id\":\"00T2\",\"account_id\":\"001a\",\"kind\":\"call\",\"at\":\"2026-11-04\",\"done\":true}],"
        "\"email\":[{\"id\":\"02s1\",\"activity_id\":\"00T1\",\"related_id\":\"001b\",\"direction\":\"in\","
        "\"at\":\"2026-11-03\"},"
        "{\"id\":\"02s2\",\"activity_id\":\"00T1\",\"related_id\":\"001a\",\"direction\":\"out\",\"at\":"
        "\"2026-11-06\"},"
        "{\"id\":\"02s3\",\"related_id\":\"006b\",\"direction\":\"out\",\"at\":\"2026-11-07\"},"
        "{\"id\":\"02s4\",\"related_id\":\"500a\",\"direction\":\"out\",\"at\":\"2026-11-08\"},"
        "{\"id\":\"02s5\",\"activity_id\":\"00T9\",\"related_id\":\"001a\",\"direction\":\"in\",\"at\":"
        "\"2026-11-01\"}]}");
    Scene scene;
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, messages, features_view_now(at("2026-11-12")))) {
        return;
    }
    const Block *block = &scene.block;
    static const struct {
        const char *id;
        const char *kind;
        const char *direction;
        const char *owner;
    } activities[] = {{"02s5", "email", "in", "(none)"},
                      {"00T1", "email", "in", "005a"},
                      {"00T2", "call", "(none)", "(none)"},
                      {"02s3", "email", "out", "(none)"}};
    CHECK_INT(block->activities.row_count, 4, "each once");
    CHECK_INT(block->ranges[0].activities.count, 3, "of the Task's account, and of what it is about");
    for (uint32_t i = 0; i < 4 && block->activities.row_count == 4; i++) {
        const RowBatch *rows_of = &block->activities;
        CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, rows_of, i, "id"), slice_from_text(activities[i].id),
                   "in order of the messages' time");
        CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, rows_of, i, "kind"), slice_from_text(activities[i].kind),
                   "kind");
        CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, rows_of, i, "direction"),
                   slice_from_text(activities[i].direction), "direction");
        CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, rows_of, i, "owner_id"),
                   slice_from_text(activities[i].owner), "owner");
    }
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 1, "last_touch"), at("2026-11-07"),
              "a message is a touch");
    CHECK_INT(int_of(&scene, ENTITY_CONTACT, &block->contacts, 0, "last_touch"), at("2026-11-03"),
              "of the contacts of its Task");
    scene_end(&scene);
}

/* A contact belongs to its own account and to those that relations name; its roles are told apart. */
static void shared_contacts(void)
{
    static const Slice shared = SLICE_INIT(
        "{\"account\":[{\"id\":\"001a\"},{\"id\":\"001b\"}],"
        "\"contact\":[{\"id\":\"003a\",\"account_id\":\"001a\",\"title\":\"Head\"},"
        "{\"id\":\"003b\",\"account_id\":\"001b\"},{\"id\":\"003z\",\"account_id\":\"001z\"}],"
        "\"opportunity\":[{\"id\":\"006b\",\"account_id\":\"001b\"}],"
        "\"contact_role\":[{\"id\":\"r1\",\"contact_id\":\"003a\",\"record_id\":\"006a\",\"role\":"
        "\"Champion\"},"
        "{\"id\":\"r2\",\"contact_id\":\"003a\",\"record_id\":\"006b\",\"role\":\"Evaluator\"}],"
        "\"account_contact\":["
        "{\"id\":\"07k1\",\"account_id\":\"001a\",\"contact_id\":\"003a\",\"roles\":\"Sponsor;Champion\","
        "\"active\":true,"
        "\"direct\":true},"
        "{\"id\":\"07k2\",\"account_id\":\"001b\",\"contact_id\":\"003a\",\"roles\":\"User;Buyer\","
        "\"active\":true,"
        "\"direct\":false,\"ends\":\"2026-11-12\"},"
        "{\"id\":\"07k3\",\"account_id\":\"001a\",\"contact_id\":\"003b\",\"roles\":\"Buyer\",\"active\":"
        "false,"
        "\"direct\":false},"
        "{\"id\":\"07k4\",\"account_id\":\"001b\",\"contact_id\":\"003z\",\"active\":true,\"direct\":false},"
        "{\"id\":\"07k5\",\"account_id\":\"001b\",\"contact_id\":\"003b\",\"active\":true,\"direct\":false},"
        "{\"id\":\"07k6\",\"account_id\":\"001b\",\"contact_id\":\"003y\",\"active\":true,\"direct\":false}],"
        "\"activity\":[{\"id\":\"00T1\",\"account_id\":\"001b\",\"kind\":\"call\",\"at\":\"2026-11-05\","
        "\"done\":true,"
        "\"contact_ids\":\"003a\"}]}");
    static const struct {
        const char *id;
        const char *roles;
        const char *touch;
    } contacts[] = {{"003a", "Champion;Evaluator;Sponsor", NULL},
                    {"003a", "Buyer;Evaluator;User", "2026-11-05"},
                    {"003b", "", NULL},
                    {"003z", "", NULL}};
    Scene scene;
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, shared, features_view_now(at("2026-11-12T18:00:00Z")))) {
        return;
    }
    const RowBatch *rows_of = &scene.block.contacts;
    CHECK_INT(scene.block.ranges[0].contacts.count, 1, "of its own account");
    CHECK_INT(scene.block.ranges[1].contacts.count, 3, "and shared ones, each once");
    for (uint32_t i = 0; i < 4 && rows_of->row_count == 4; i++) {
        CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, rows_of, i, "id"), slice_from_text(contacts[i].id), "who");
        CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, rows_of, i, "roles"), slice_from_text(contacts[i].roles),
                   "roles there");
        CHECK_INT(int_of(&scene, ENTITY_CONTACT, rows_of, i, "last_touch"),
                  contacts[i].touch == NULL ? -1 : at(contacts[i].touch), "met there");
    }
    CHECK_TEXT(text_of(&scene, ENTITY_CONTACT, rows_of, 1, "account_id"), SLICE("001a"), "its own account");
    scene_end(&scene);

    if (scene_model(&scene, SLICE("")) &&
        scene_rows(&scene, shared, features_view_now(at("2026-11-13T00:00:00Z")))) {
        CHECK_INT(scene.block.ranges[1].contacts.count, 2, "the day after its last day it has ended");
    }
    scene_end(&scene);
}

/* Shared Activities: an activity is with the contact that it names and with all that relations name. */
static void relations_name_contacts(void)
{
    static const Slice org = SLICE_INIT(
        "{\"account\":[{\"id\":\"001a\"}],\"contact\":[{\"id\":\"003a\",\"account_id\":\"001a\"},"
        "{\"id\":\"003b\",\"account_id\":\"001a\"},{\"id\":\"003c\",\"account_id\":\"001a\"}],"
        "\"activity\":[{\"id\":\"00T1\",\"account_id\":\"001a\",\"kind\":\"call\",\"at\":\"2026-11-05\","
        "\"done\":true,\"contact_ids\":\"003a\"},"
        "{\"id\":\"00U2\",\"account_id\":\"001a\",\"kind\":\"meeting\",\"at\":\"2026-11-07\",\"done\":true},"
        "{\"id\":\"00T3\",\"account_id\":\"001a\",\"kind\":\"call\",\"at\":\"2026-11-08\",\"done\":true,"
        "\"contact_ids\":\"003a\"}],"
        "\"activity_contact\":[{\"id\":\"0RT1\",\"activity_id\":\"00T1\",\"contact_id\":\"003a\"},"
        "{\"id\":\"0RT2\",\"activity_id\":\"00T1\",\"contact_id\":\"003b\"},"
        "{\"id\":\"0RT3\",\"activity_id\":\"00T1\",\"contact_id\":\"003c\",\"deleted\":true},"
        "{\"id\":\"0RE4\",\"activity_id\":\"00U2\",\"contact_id\":\"003b\"},"
        "{\"id\":\"0RE6\",\"activity_id\":\"00U2\"},"
        "{\"id\":\"0RT5\",\"activity_id\":\"00Tz\",\"contact_id\":\"003c\"}]}");
    static const char *const people[] = {"003a;003b", "003b", "003a"};
    static const char *const touches[] = {"2026-11-08", "2026-11-07", NULL};
    Scene scene;
    if (!scene_model(&scene, SLICE("")) || !scene_rows(&scene, org, features_view_now(at("2026-11-12")))) {
        return;
    }
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_TEXT(text_of(&scene, ENTITY_ACTIVITY, &scene.block.activities, i, "contact_ids"),
                   slice_from_text(people[i]), "each once");
        CHECK_INT(int_of(&scene, ENTITY_CONTACT, &scene.block.contacts, i, "last_touch"),
                  touches[i] == NULL ? -1 : at(touches[i]), "met");
    }
    scene_end(&scene);
}

/* In a scene's rows, as numbers of thousandths: amounts and revenue in the corporate currency. */
static void amounts_are_converted(void)
{
    static const struct {
        const char *name;
        Slice rates;
        Slice currency;
        Slice close_date;
        int64_t amount; /* of 1,000, in thousandths; -1: unknown */
        int64_t revenue;
    } cases[] = {
        {"one currency", SLICE_INIT(""), SLICE_INIT("USD"), SLICE_INIT("2026-11-01"), 1000000, 1000000},
        {"by the rate that has no day", SLICE_INIT("{\"id\":\"r1\",\"code\":\"USD\",\"rate\":1.25}"),
         SLICE_INIT("USD"), SLICE_INIT("2026-11-01"), 800000, 800000},
        {"the corporate one", SLICE_INIT("{\"id\":\"r1\",\"code\":\"EUR\",\"rate\":1}"), SLICE_INIT("EUR"),
         SLICE_INIT("2026-11-01"), 1000000, 1000000},
        {"no rate", SLICE_INIT("{\"id\":\"r1\",\"code\":\"EUR\",\"rate\":1}"), SLICE_INIT("USD"),
         SLICE_INIT("2026-11-01"), -1, -1},
        {"a rate of nothing", SLICE_INIT("{\"id\":\"r1\",\"code\":\"USD\",\"rate\":0}"), SLICE_INIT("USD"),
         SLICE_INIT("2026-11-01"), -1, -1},
        {"beyond all numbers", SLICE_INIT("{\"id\":\"r1\",\"code\":\"USD\",\"rate\":1e-307}"),
         SLICE_INIT("USD"), SLICE_INIT("2026-11-01"), -1, -1},
        {"of the day that it closes",
         SLICE_INIT(
             "{\"id\":\"r3\",\"code\":\"USD\",\"rate\":2,\"starts\":\"2026-11-01\"},"
             "{\"id\":\"r2\",\"code\":\"USD\",\"rate\":4,\"starts\":\"2026-01-01\",\"ends\":\"2026-11-01\"},"
             "{\"id\":\"r1\",\"code\":\"USD\",\"rate\":5}"),
         SLICE_INIT("USD"), SLICE_INIT("2026-11-01"), 500000, 200000},
        {"of the day before",
         SLICE_INIT(
             "{\"id\":\"r3\",\"code\":\"USD\",\"rate\":2,\"starts\":\"2026-11-01\"},"
             "{\"id\":\"r2\",\"code\":\"USD\",\"rate\":4,\"starts\":\"2026-01-01\",\"ends\":\"2026-11-01\"},"
             "{\"id\":\"r1\",\"code\":\"USD\",\"rate\":5}"),
         SLICE_INIT("USD"), SLICE_INIT("2026-10-31"), 250000, 200000},
        {"before all periods",
         SLICE_INIT("{\"id\":\"r2\",\"code\":\"USD\",\"rate\":4,\"starts\":\"2026-01-01\"},"
                    "{\"id\":\"r1\",\"code\":\"USD\",\"rate\":5}"),
         SLICE_INIT("USD"), SLICE_INIT("2025-10-31"), 200000, 200000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        Buffer json;
        if (!scene_model(&scene, SLICE(""))) {
            return;
        }
        buffer_init(&json, &scene.arena, 0);
        buffer_append(&json, SLICE("{\"account\":[{\"id\":\"001a\",\"revenue\":1000,\"currency\":\""));
        buffer_append(&json, cases[i].currency);
        buffer_append(&json,
                      SLICE("\"}],\"opportunity\":[{\"id\":\"006a\",\"account_id\":\"001a\",\"amount\":1000,"
                            "\"currency\":\""));
        buffer_append(&json, cases[i].currency);
        buffer_append(&json, SLICE("\",\"close_date\":\""));
        buffer_append(&json, cases[i].close_date);
        buffer_append(&json, SLICE("\"}],\"currency_rate\":["));
        buffer_append(&json, cases[i].rates);
        buffer_append(&json, SLICE("]}"));
        if (scene_rows(&scene, buffer_slice(&json), features_view_now(at("2026-11-12")))) {
            const Block *block = &scene.block;
            CHECK_INT(thousandths(&scene, ENTITY_OPPORTUNITY, &block->opportunities, "amount"),
                      cases[i].amount, cases[i].name);
            CHECK_INT(thousandths(&scene, ENTITY_ACCOUNT, &block->accounts, "revenue"), cases[i].revenue,
                      cases[i].name);
        }
        scene_end(&scene);
    }
}

/* The first of November: the later changes are undone. */
static void as_it_was(void)
{
    const int64_t then = at("2026-11-01T12:00:00Z");
    Scene scene;
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, rows, (FeaturesView){then, then, INT64_MIN, INT64_MIN})) {
        return;
    }
    const Block *block = &scene.block;
    CHECK_TEXT(text_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "owner_id"), SLICE("005a"), "owner then");
    CHECK_TEXT(text_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "name"), SLICE("A"), "other values stay");
    CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 0, "close_date"), at("2026-11-20"),
              "close date then");
    CHECK_TEXT(text_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 0, "id"), SLICE("006a"),
               "in order of the dates then");
    CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 0, "slips"), 1, "slips then");
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "last_touch"), at("2026-11-01"),
              "touch then");
    CHECK_INT(int_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "owner_changes"), 1, "of the year then");
    scene_end(&scene);
}

/* What is dated up to the first of November, though seen only the day after, counts as late data. */
static void what_came_late(void)
{
    const int64_t then = at("2026-11-01T12:00:00Z");
    Scene scene;
    if (!scene_model(&scene, SLICE("")) ||
        !scene_rows(&scene, rows, (FeaturesView){then, then, at("2026-11-12"), then})) {
        return;
    }
    const Block *block = &scene.block;
    CHECK_INT(int_of(&scene, ENTITY_OPPORTUNITY, &block->opportunities, 1, "close_date"), at("2026-12-24"),
              "changed on the first, seen on the second");
    CHECK_TEXT(text_of(&scene, ENTITY_ACCOUNT, &block->accounts, 0, "owner_id"), SLICE("005a"),
               "changed on the third");
    scene_end(&scene);
}

static void rows_that_appear(void)
{
    static const Slice activities = SLICE_INIT(
        "{\"account\":[{\"id\":\"001a\"}],\"activity\":["
        "{\"id\":\"00T1\",\"account_id\":\"001a\",\"at\":\"2026-11-01\",\"first_seen\":\"2026-11-01\"},"
        "{\"id\":\"00T2\",\"account_id\":\"001a\",\"at\":\"2026-11-01\",\"first_seen\":\"2026-11-09\"},"
        "{\"id\":\"00T3\",\"account_id\":\"001a\",\"at\":\"2026-11-08\",\"first_seen\":\"2026-11-09\"}]}");
    static const struct {
        const char *name;
        const char *known;
        const char *late;
        const char *dated;
        uint32_t count;
    } cases[] = {{"then", "2026-11-05", "2026-01-01", "2026-01-01", 1},
                 {"late", "2026-11-05", "2026-11-10", "2026-11-05", 2},
                 {"now", "2026-11-10", "2026-01-01", "2026-01-01", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        const FeaturesView view = {at(cases[i].known), at(cases[i].known), at(cases[i].late),
                                   at(cases[i].dated)};
        if (scene_model(&scene, SLICE("")) && scene_rows(&scene, activities, view)) {
            CHECK_INT(scene.block.activities.row_count, cases[i].count, cases[i].name);
        }
        scene_end(&scene);
    }
}

static void an_account_comes_once(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE(""))) {
        CHECK_ERROR(score_rows_add(&scene.arena, SLICE("{\"account\":[{\"id\":\"001a\"},{\"id\":\"001a\"}]}"),
                                   &scene.features),
                    ERROR_OK, "rows");
        CHECK_ERROR(
            features_block(&scene.features, &scene.arena, &scene.scratch, features_view_now(0), &scene.block),
            ERROR_INTERNAL, "twice");
    }
    scene_end(&scene);
}

/* Any order of the rows, and any cut into batches, gives the same block. */
static void order_of_arrival_is_nothing(void)
{
    Slice first = SLICE("");
    Scene scenes[2];
    for (unsigned i = 0; i < 2; i++) {
        Buffer text;
        Scene *scene = &scenes[i];
        if (!scene_model(scene, SLICE(""))) {
            return;
        }
        buffer_init(&text, &scene->arena, 0);
        buffer_append(&text, SLICE("{\"account\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"activity\":["));
        for (int64_t j = 0; j < 500; j++) {
            const int64_t number = i == 0 ? j : (j * 317 + 41) % 500;
            buffer_append(&text, j > 0 ? SLICE(",{\"id\":\"") : SLICE("{\"id\":\""));
            buffer_append_int64(&text, number);
            buffer_append(&text, number % 3 == 0 ? SLICE("\",\"account_id\":\"1\"")
                                                 : SLICE("\",\"account_id\":\"2\""));
            buffer_append(&text, number % 5 == 0 ? SLICE(",\"at\":\"2026-11-01\"}")
                                                 : SLICE(",\"at\":\"2026-11-02\"}"));
        }
        buffer_append(&text, SLICE("]}"));
        if (scene_rows(scene, buffer_slice(&text), features_view_now(at("2026-11-12")))) {
            const RowBatch *batch = &scene->block.activities;
            Buffer ids;
            buffer_init(&ids, &scene->arena, 0);
            for (uint32_t j = 0; j < batch->row_count; j++) {
                buffer_append(&ids, text_of(scene, ENTITY_ACTIVITY, batch, j, "id"));
                buffer_append_byte(&ids, ' ');
            }
            CHECK_INT(batch->row_count, 500, "all");
            if (i == 0) {
                first = buffer_slice(&ids);
            } else {
                CHECK_TEXT(buffer_slice(&ids), first, "the same order");
            }
        }
    }
    scene_end(&scenes[0]);
    scene_end(&scenes[1]);
}

TEST_MAIN(order_and_ranges, derived_columns, slips_of_the_history, messages_are_activities, shared_contacts,
          relations_name_contacts, amounts_are_converted, as_it_was, what_came_late, rows_that_appear,
          an_account_comes_once, order_of_arrival_is_nothing)
