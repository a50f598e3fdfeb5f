/* The section "rules". */
#include "config/internal.h"

enum { BUSINESS_DAYS_MAX = 365 };

static void read_due(Reader *reader, JsonValue due, ConfigRule *rule)
{
    if (!json_present(due) || !READER_OBJECT(reader, due, SLICE("business_days"))) {
        return;
    }
    const JsonValue days = json_get(due, SLICE("business_days"));
    if (json_type(days) == JSON_TEXT) {
        reader_config_text(reader, days, &rule->due_expression);
    } else {
        reader_int(reader, days, 0, BUSINESS_DAYS_MAX, &rule->due_business_days);
    }
}

static void read_reminder(Reader *reader, JsonValue reminder, ConfigRule *rule)
{
    if (json_present(reminder) && READER_OBJECT(reader, reminder, SLICE("hour")) &&
        reader_required(reader, reminder, SLICE("hour"))) {
        reader_int(reader, json_get(reminder, SLICE("hour")), 0, 23, &rule->reminder_hour);
    }
}

static void read_task(Reader *reader, JsonValue task, ConfigRule *rule)
{
    static const Slice priorities[] = {SLICE_INIT("High"), SLICE_INIT("Normal"), SLICE_INIT("Low")};
    size_t priority = 1;
    if (!READER_OBJECT(reader, task, SLICE("subject"), SLICE("due"), SLICE("priority"), SLICE("description"),
                       SLICE("reminder")) ||
        !reader_required(reader, task, SLICE("subject"))) {
        return;
    }
    rule->has_task = true;
    reader_config_text(reader, json_get(task, SLICE("subject")), &rule->task_subject);
    reader_config_text(reader, json_get(task, SLICE("description")), &rule->task_description);
    reader_choice(reader, json_get(task, SLICE("priority")), priorities,
                  sizeof priorities / sizeof priorities[0], &priority);
    rule->task_priority = priorities[priority];
    read_due(reader, json_get(task, SLICE("due")), rule);
    read_reminder(reader, json_get(task, SLICE("reminder")), rule);
}

static void read_chatter(Reader *reader, JsonValue chatter, ConfigRule *rule)
{
    static const Slice mentions[] = {SLICE_INIT("nobody"), SLICE_INIT("owner")};
    size_t mention = 0;
    if (READER_OBJECT(reader, chatter, SLICE("text"), SLICE("mention")) &&
        reader_required(reader, chatter, SLICE("text"))) {
        reader_choice(reader, json_get(chatter, SLICE("mention")), mentions,
                      sizeof mentions / sizeof mentions[0], &mention);
        rule->chatter_mentions_owner = mention == 1;
        rule->has_chatter = true;
        reader_config_text(reader, json_get(chatter, SLICE("text")), &rule->chatter_text);
    }
}

static bool read_rule(Reader *reader, JsonValue value, ConfigRule *rule)
{
    static const Slice modes[] = {
        [RULE_SHADOW] = SLICE_INIT("shadow"), [RULE_ON] = SLICE_INIT("on"), [RULE_OFF] = SLICE_INIT("off")};
    size_t mode = RULE_SHADOW;
    *rule = (ConfigRule){.name = SLICE(""),
                         .task_priority = SLICE("Normal"),
                         .due_business_days = 2,
                         .reminder_hour = -1,
                         .cooldown_ms = 0};
    if (!READER_OBJECT(reader, value, SLICE("name"), SLICE("when"), SLICE("task"), SLICE("chatter"),
                       SLICE("cooldown"), SLICE("on_first"), SLICE("mode"))) {
        return false;
    }
    const bool complete =
        reader_required(reader, value, SLICE("name")) & reader_required(reader, value, SLICE("when"));
    const JsonValue task = json_get(value, SLICE("task"));
    const JsonValue chatter = json_get(value, SLICE("chatter"));
    reader_text(reader, json_get(value, SLICE("name")), &rule->name);
    reader_config_text(reader, json_get(value, SLICE("when")), &rule->when);
    reader_duration(reader, json_get(value, SLICE("cooldown")), &rule->cooldown_ms);
    reader_bool(reader, json_get(value, SLICE("on_first")), &rule->on_first);
    reader_choice(reader, json_get(value, SLICE("mode")), modes, sizeof modes / sizeof modes[0], &mode);
    rule->mode = (RuleMode)mode;
    if (json_present(task)) {
        read_task(reader, task, rule);
    }
    if (json_present(chatter)) {
        read_chatter(reader, chatter, rule);
    }
    if (!json_present(task) && !json_present(chatter)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("the rule does nothing: add `task` or `chatter`"));
        return false;
    }
    return complete && reader_name(reader, json_get(value, SLICE("name")), rule->name, true);
}

void config_read_rules(Reader *reader, JsonValue rules)
{
    Config *config = reader->config;
    uint32_t count = 0;
    if (!reader_array(reader, rules, CONFIG_RULES_MAX, &count)) {
        return;
    }
    ConfigRule *read = READER_ARRAY(reader, ConfigRule, count);
    config->rules = read;
    config->rule_count = 0;
    for (JsonValue item = json_first(rules); read != NULL && json_present(item); item = json_next(item)) {
        ConfigRule *rule = &read[config->rule_count];
        if (!read_rule(reader, item, rule)) {
            continue;
        }
        for (uint32_t i = 0; i < config->rule_count; i++) {
            if (slice_equal(config->rules[i].name, rule->name)) {
                READER_ISSUE(reader, item, ERROR_CONFIG_VALUE, SLICE("`"), rule->name,
                             SLICE("` is defined twice"));
            }
        }
        config->rule_count++;
    }
}
