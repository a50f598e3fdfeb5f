/*
 * The compiled form of a configuration: every expression a CEL program, in an order in which each signal
 * comes after those it reads. Immutable, in one arena, shared by any number of scorings.
 *
 * Variables of expressions, by slot (ModelSlot): `account` and `owner` are rows, `contacts`, `opportunities`
 * and `activities` lists of rows, `now` is the time of the cut, `signals.<name>` the signals. Conditions and
 * texts of rules have besides: `score`, `coverage`, `risk.level`, `risk.changed`, `risk.worsened`,
 * `risk.improved`, `risk.standing` ("still High until 55", or empty: score.h, score_standing),
 * `previous.score`, `previous.level`, `reasons` (a list of texts: why points are missing,
 * the weightiest first) and `changes` (what moved the score since the previous scoring; empty when it is not
 * known).
 */
#ifndef PERLY_CONFIG_MODEL_H
#define PERLY_CONFIG_MODEL_H

#include "cel/cel.h"
#include "config/schema.h"

/* Slots of the environment. The signals follow in order of evaluation, then those of RuleSlot. */
typedef enum ModelSlot {
    SLOT_ACCOUNT,
    SLOT_OWNER,
    SLOT_CONTACTS,
    SLOT_OPPORTUNITIES,
    SLOT_ACTIVITIES,
    SLOT_NOW,
    SLOT_SIGNALS
} ModelSlot;

/* Slots after the signals: model->rule_slot + one of these. */
typedef enum RuleSlot {
    RULE_SCORE,
    RULE_COVERAGE,
    RULE_RISK_LEVEL,
    RULE_RISK_CHANGED,
    RULE_RISK_WORSENED,
    RULE_RISK_IMPROVED,
    RULE_RISK_STANDING,
    RULE_PREVIOUS_SCORE,
    RULE_PREVIOUS_LEVEL,
    RULE_REASONS,
    RULE_CHANGES,
    RULE_SLOT_COUNT
} RuleSlot;

/* Text with expressions in it: each part is `literal`, then the value of `program` (NULL: none). */
typedef struct TemplatePart {
    Slice literal;
    const CelProgram *program;
} TemplatePart;

typedef struct Template {
    const TemplatePart *parts;
    uint32_t count;
} Template;

/* `needs`: bit e is set when a value of entity e is read, through other signals too. */
typedef struct ModelSignal {
    const ConfigSignal *config;
    const CelProgram *program; /* NULL: imported */
    const CelType *type;
    uint32_t needs;
} ModelSignal;

typedef struct ModelComponent {
    const ConfigComponent *config;
    const CelProgram *score;
    Template reason;
    uint32_t needs;
} ModelComponent;

typedef struct ModelGate {
    const ConfigGate *config;
    const CelProgram *when;
    Template reason;
    uint32_t needs;
} ModelGate;

typedef struct ModelSegment {
    const ConfigSegment *config;
    const CelProgram *when;
} ModelSegment;

typedef struct ModelRule {
    const ConfigRule *config;
    const CelProgram *when;
    bool
        reads_change; /* the condition reads risk.changed, .worsened or .improved: each change is a new one */
    const CelProgram *due; /* NULL: config->due_business_days */
    Template task_subject;
    Template task_description;
    Template chatter_text;
    /* Entities without which the condition waits. None where it reads a change: that is told once, and made
     * of what is not frozen, so the rule decides by what is known then. */
    uint32_t needs;
} ModelRule;

typedef struct Model {
    const Config *config;
    Schemas schemas;
    /* In order of evaluation; signal i has slot SLOT_SIGNALS + i. */
    ModelSignal *signals;
    ModelComponent *components;
    ModelGate *gates;
    ModelSegment *segments;
    ModelRule *rules;
    uint32_t rule_slot;
    const CelProgram *filter; /* over `account`; NULL: none, or a column of the account decides */
    uint32_t filter_column;   /* CONFIG_FILTER_COLUMN of the account's row; UINT32_MAX: none */
    uint32_t needs;           /* of everything together, texts and rules included; accounts always */
} Model;

/*
 * Compiles `config`, which must outlive the model. `mapped` are the types of the mapped columns (in the
 * configuration's order: by entity, by name); NULL when they are not known yet, then those of the expressions
 * are taken and what remains unknown is not checked. `zones` may be NULL. On failure the first mistake is
 * returned, all are in `issues`: ERROR_CEL_..., ERROR_CONFIG_CYCLE, ERROR_CONFIG_VALUE; or
 * ERROR_OUT_OF_MEMORY.
 */
Error model_compile(Arena *arena, const Config *config, const MappedColumn *mapped, size_t mapped_count,
                    const struct Zones *zones, ConfigIssues *issues, Model **result);

/* What the configuration says of days, and the file of zones (NULL: none), to every expression in it. */
CelCalendar config_calendar(const Config *config, const struct Zones *zones);

/* The number of a signal, or UINT32_MAX. */
uint32_t model_signal_find(const Model *model, Slice name);

/* The number of a component, or UINT32_MAX. */
uint32_t model_component_find(const Model *model, Slice name);

#endif
