/*
 * The configuration document: one JSON text per connection, read into plain structs with every default filled
 * in. perly-config.schema.json describes it for editors, default.json is the one that is in force without
 * any.
 *
 * What a document leaves out comes from the default: `salesforce`, `mapping`, `limits`, `model.risk` and
 * `model.minimum_coverage` member by member, `rules` as a whole. A document that has `model.components`
 * brings its own signals, gates and segments; one that has not keeps the default's components and gates, and
 * its signals replace or join those of the default.
 *
 *     ConfigIssues issues;
 *     Config *config = NULL;
 *     Error error = config_read(arena, text, SLICE("perly.json"), &issues, &config);
 *     if (error.code != ERROR_OK) { ... issues.items[0..issues.count) ... }
 *
 * Expressions are kept as text here; model.h compiles them.
 */
#ifndef PERLY_CONFIG_DOCUMENT_H
#define PERLY_CONFIG_DOCUMENT_H

#include "base/error.h"
#include "base/sha256.h"

enum {
    CONFIG_ISSUES_MAX = 32,
    CONFIG_SIGNALS_MAX = 200,
    CONFIG_COMPONENTS_MAX = 50,
    CONFIG_GATES_MAX = 20,
    CONFIG_SEGMENTS_MAX = 20,
    CONFIG_RULES_MAX = 100,
    CONFIG_HOLIDAYS_MAX = 1000,
    CONFIG_MAPPINGS_MAX = 500, /* of one entity */
    CONFIG_NAME_BYTES_MAX = 60,
    CONFIG_HISTORY_MONTHS = 36,    /* unless `limits` says otherwise */
    CONFIG_LAG_MS = 5 * 60 * 1000, /* unless `salesforce` does, here and below; no less either */
    CONFIG_OVERLAP_MS = 10 * 60 * 1000
};

typedef enum Entity {
    ENTITY_ACCOUNT,
    ENTITY_CONTACT,
    ENTITY_OPPORTUNITY,
    ENTITY_ACTIVITY,
    ENTITY_USER,
    ENTITY_ROLE,     /* contact_role: who has which role on an account or opportunity; from here on nothing is
                        mapped */
    ENTITY_HISTORY,  /* opportunity_history: what each opportunity became, change by change */
    ENTITY_EMAIL,    /* email: messages, which become activities */
    ENTITY_RELATION, /* account_contact: accounts that a contact belongs to besides its own */
    ENTITY_RATE,     /* currency_rate: what amounts are converted by */
    ENTITY_ATTENDEE, /* activity_contact: contacts that an activity or a message was with besides the one it
                        names */
    ENTITY_COUNT
} Entity;

/* In order of badness: `a > b` means a is worse. */
typedef enum RiskLevel { RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_CRITICAL, RISK_LEVEL_COUNT } RiskLevel;

/* "Low", "Medium", "High", "Critical": as Salesforce's picklist has them. A literal. */
Slice risk_level_name(RiskLevel level);
/* False when it is no level's name. */
bool risk_level_find(Slice name, RiskLevel *level);

/* All mistakes found, each with source, JSON pointer, line and column. More than the maximum are only
 * counted. */
typedef struct ConfigIssues {
    Error items[CONFIG_ISSUES_MAX];
    uint32_t count;
} ConfigIssues;

/*
 * A text of the document and its JSON pointer, for errors about it that are found later (config_error). Empty
 * text: none.
 */
typedef struct ConfigText {
    Slice text;
    Slice pointer;
    bool built_in; /* it comes from the default document */
} ConfigText;

/* The mapping that a filter over `record` becomes: true when the account is scored. */
#define CONFIG_FILTER_COLUMN "perly_filter"

/* One column: `expression` is CEL over `record`. */
typedef struct ConfigMapping {
    Slice name;
    ConfigText expression;
} ConfigMapping;

typedef struct ConfigMappings {
    ConfigMapping *items; /* in order of name */
    uint32_t count;
    bool all_fields; /* "*": every custom field besides */
} ConfigMappings;

/* Either `expression`, or a value that Perly supplies under the signal's name. */
typedef struct ConfigSignal {
    Slice name;
    Slice label;
    ConfigText expression; /* empty text: imported */
    int64_t max_age_ms;    /* of an imported one; 0: no limit */
} ConfigSignal;

typedef struct ConfigComponent {
    Slice name;
    Slice label;
    double weight;
    bool optional; /* not missed when unknown: it counts towards coverage only when it is known */
    ConfigText score;
    ConfigText reason; /* a template */
} ConfigComponent;

/* While `when` is true the score is at most `at_most`. */
typedef struct ConfigGate {
    Slice name;
    Slice label;
    ConfigText when;
    double at_most;
    ConfigText reason;
} ConfigGate;

/* Other weights for some accounts: the first segment whose condition is true counts. */
typedef struct ConfigSegment {
    ConfigText when;
    double *weights; /* one a component */
} ConfigSegment;

typedef struct ConfigRisk {
    int64_t edges[RISK_LEVEL_COUNT]; /* lower edge of each level, inclusive; Critical's is 0 */
    int64_t hysteresis;
    int64_t hold_up_ms;
} ConfigRisk;

typedef enum RuleMode { RULE_SHADOW, RULE_ON, RULE_OFF } RuleMode;

typedef struct ConfigRule {
    Slice name;
    ConfigText when;
    ConfigText task_subject; /* templates, here and below */
    ConfigText task_description;
    Slice task_priority;       /* "High", "Normal", "Low" */
    int64_t due_business_days; /* 0..365; when `due_expression` is empty */
    ConfigText due_expression; /* CEL of int */
    int64_t reminder_hour;     /* 0..23 of the due day, in the assignee's zone; -1: no reminder */
    ConfigText chatter_text;
    int64_t cooldown_ms;
    RuleMode mode;
    bool has_task;
    bool has_chatter;
    bool chatter_mentions_owner;
    bool on_first;
} ConfigRule;

typedef struct ConfigLimits {
    int64_t actions_at_least;
    double actions_percent;
    int64_t tasks_per_owner_day;
    double api_reserve;        /* 0..1, part of the org's daily calls left to others */
    int64_t api_calls_per_day; /* of our own, UTC; 0: no ceiling */
    int64_t history_months;    /* kept whole: scores and changes; behind them one score a month */
} ConfigLimits;

typedef struct ConfigSalesforce {
    Slice login; /* "production", "sandbox" or a My Domain host */
    Slice api_version;
    int64_t poll_ms;
    int64_t lag_ms;       /* windows end so long before the server's time */
    int64_t overlap_ms;   /* and begin so long before the end of the last one */
    Slice touch;          /* "daily", "weekly", "never" */
    Slice fallback_owner; /* user id that gets Tasks of accounts without an active owner; may be empty */
    Slice *refresh;       /* "Account.Usage__c": fields that change without a stamp, in order */
    uint32_t refresh_count;
    Slice small_windows;       /* "bulk", "rest": what windows of what changed are read by */
    ConfigText filter_account; /* CEL over `account` or over `record`; empty: every account */
} ConfigSalesforce;

typedef struct Config {
    ConfigSalesforce salesforce;
    ConfigMappings mappings[ENTITY_COUNT];
    const ConfigSignal *signals; /* in order of name */
    const ConfigComponent *components;
    const ConfigGate *gates;
    const ConfigSegment *segments;
    const ConfigRule *rules;
    uint32_t signal_count;
    uint32_t component_count;
    uint32_t gate_count;
    uint32_t segment_count;
    uint32_t rule_count;
    ConfigRisk risk;
    double minimum_coverage;
    ConfigLimits limits;
    int64_t *holidays; /* days since 1970-01-01, ascending: no business days */
    uint32_t holiday_count;
    Slice source; /* name of the document, and its text: for errors */
    Slice text;
    char hash[SHA256_HEX_BYTES];       /* of config_write_canonical */
    char model_hash[SHA256_HEX_BYTES]; /* of mapping, filter, model, holidays: what scores come from */
} Config;

/*
 * Reads a document; an empty text is the default. `source` is its name in errors, e.g. a file. The result
 * lives in `arena` and needs neither text nor source afterwards. On failure the first mistake is returned,
 * all are in `issues`: ERROR_JSON_SYNTAX, ERROR_JSON_TYPE, ERROR_CONFIG_KEY, ERROR_CONFIG_VALUE,
 * ERROR_TEXT_ENCODING, ERROR_LIMIT_EXCEEDED; or ERROR_OUT_OF_MEMORY.
 */
Error config_read(Arena *arena, Slice text, Slice source, ConfigIssues *issues, Config **result);

/*
 * An error about a text of the configuration, with source, pointer, line and column (of the default: source
 * and pointer). An error of an expression has its own line and column in `inner` (0: none): they move the
 * place into the text.
 */
Error config_error(Arena *arena, const Config *config, const ConfigText *text, ErrorCode code, Slice message,
                   Place inner);

/* Keeps an error. */
void config_issue_add(ConfigIssues *issues, Error error);

/*
 * The document as JSON, canonical (RFC 8785): keys sorted, shortest numbers, defaults filled in. Equal
 * configurations give equal bytes. ERROR_OUT_OF_MEMORY.
 */
Error config_write_canonical(Arena *arena, const Config *config, Slice *text);

/* "90s", "30m", "24h", "14d", "2w": an integer and a unit. False when it is none or over 100 years. */
bool config_duration(Slice text, int64_t *ms);

#endif
