/* Inside core/config: compiling the document's expressions. */
#ifndef PERLY_CONFIG_COMPILER_H
#define PERLY_CONFIG_COMPILER_H

#include "config/model.h"

typedef struct ModelCompiler {
    Arena *arena;
    const Config *config;
    Model *model;
    CelEnvironment *environment;
    CelCalendar calendar;
    ConfigIssues *issues;
    bool out_of_memory;
} ModelCompiler;

/* What an expression must give. */
typedef enum ExpressionKind {
    EXPRESSION_COLUMN, /* what a column holds (map/plan.h) */
    EXPRESSION_SIGNAL, /* a plain value, or a list of such */
    EXPRESSION_NUMBER,
    EXPRESSION_INT,
    EXPRESSION_CONDITION,
    EXPRESSION_TEXT /* part of a template: anything that can be printed */
} ExpressionKind;

/* A mistake about a text of the configuration. */
void compiler_issue(ModelCompiler *compiler, const ConfigText *text, ErrorCode code, const Slice *parts,
                    size_t count, Place inner);
#define COMPILER_ISSUE(compiler, text, code, ...)                                                            \
    compiler_issue((compiler), (text), (code), (const Slice[]){__VA_ARGS__},                                 \
                   sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice), (Place){.line = 0})

/* NULL, and a mistake noted, when `text` is wrong. */
const CelProgram *compile_expression(ModelCompiler *compiler, const ConfigText *text, ExpressionKind kind);

/* Empty for an empty text. */
Template compile_template(ModelCompiler *compiler, const ConfigText *text);

/* The expression in `text` from byte `start` to before `end`. */
const CelProgram *compile_part(ModelCompiler *compiler, const ConfigText *text, size_t start, size_t end,
                               ExpressionKind kind);

/*
 * Numbers of the configuration's signals in an order in which each comes after those it reads. False, and a
 * mistake noted that names the cycle, when there is none.
 */
bool order_signals(ModelCompiler *compiler, uint32_t *order);

/* Types of the mapped columns, found from their expressions alone; false when some remain unknown. */
bool guess_columns(ModelCompiler *compiler, MappedColumn **columns, size_t *count);

/* Bits of the entities that a program reads. */
uint32_t program_needs(const Model *model, const CelProgram *program);

#endif
