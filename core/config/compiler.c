/* One expression: compiled, its type judged, its mistakes placed in the document. */
#include "config/compiler.h"

#include "base/utf8.h"
#include "map/column_type.h"

void compiler_issue(ModelCompiler *compiler, const ConfigText *text, ErrorCode code, const Slice *parts,
                    size_t count, Place inner)
{
    const Error joined = error_join(compiler->arena, code, parts, count);
    config_issue_add(compiler->issues,
                     config_error(compiler->arena, compiler->config, text, code, joined.message, inner));
}

static ErrorCode code_of(CelErrorKind kind)
{
    switch (kind) {
    case CEL_ERROR_SYNTAX: return ERROR_CEL_SYNTAX;
    case CEL_ERROR_UNDECLARED: return ERROR_CEL_UNDECLARED;
    case CEL_ERROR_LIMIT: return ERROR_CEL_LIMIT;
    default: return ERROR_CEL_TYPE;
    }
}

/* `start` is where the expression begins in the text; the issue's place is moved by it. */
static void add_issue(ModelCompiler *compiler, const ConfigText *text, size_t start, const CelIssue *issue)
{
    Place inner = {.line = issue->line, .column = issue->column};
    const Slice before = slice_part(text->text, 0, start);
    if (slice_find_byte(before, '\n', 0) < before.length) {
        inner.line = 2; /* not on the first line: the place is that of the whole text */
    } else if (inner.line == 1) {
        inner.column += (uint32_t)utf8_count(before);
    }
    const Slice parts[] = {issue->message, issue->suggestion.length > 0 ? SLICE("; ") : SLICE(""),
                           issue->suggestion};
    compiler_issue(compiler, text, code_of(issue->kind), parts, sizeof parts / sizeof parts[0], inner);
}

static bool is_plain(const CelType *type)
{
    switch (type->kind) {
    case CEL_TYPE_DYN:
    case CEL_TYPE_BOOL:
    case CEL_TYPE_INT:
    case CEL_TYPE_UINT:
    case CEL_TYPE_DOUBLE:
    case CEL_TYPE_STRING:
    case CEL_TYPE_TIMESTAMP:
    case CEL_TYPE_DURATION: return true;
    default: return false;
    }
}

static bool fits(const CelType *type, ExpressionKind kind)
{
    if (type->kind == CEL_TYPE_DYN) {
        return true;
    }
    RowType column = ROW_TEXT;
    switch (kind) {
    case EXPRESSION_COLUMN: return type->kind == CEL_TYPE_NULL || column_type(type, &column);
    case EXPRESSION_SIGNAL:
    case EXPRESSION_TEXT:
        return is_plain(type) || (type->kind == CEL_TYPE_LIST && is_plain(type->parameters[0]));
    case EXPRESSION_NUMBER:
        return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT || type->kind == CEL_TYPE_DOUBLE;
    case EXPRESSION_INT: return type->kind == CEL_TYPE_INT;
    case EXPRESSION_CONDITION: return type->kind == CEL_TYPE_BOOL;
    }
    return false;
}

static Slice wanted(ExpressionKind kind)
{
    switch (kind) {
    case EXPRESSION_COLUMN:
        return SLICE("a column holds text, a number, a time, true or false, or a list of texts; this is ");
    case EXPRESSION_NUMBER: return SLICE("a number is needed here, this is ");
    case EXPRESSION_INT: return SLICE("an integer is needed here, this is ");
    case EXPRESSION_CONDITION: return SLICE("true or false is needed here, this is ");
    case EXPRESSION_SIGNAL:
    case EXPRESSION_TEXT: break;
    }
    return SLICE("a single value or a list of such is needed here, this is ");
}

const CelProgram *compile_part(ModelCompiler *compiler, const ConfigText *text, size_t start, size_t end,
                               ExpressionKind kind)
{
    CelIssues issues = {.count = 0};
    const CelProgram *program = NULL;
    const Error error = cel_compile(compiler->arena, compiler->environment,
                                    slice_part(text->text, start, end), &issues, &program);
    for (uint32_t i = 0; i < issues.count && i < CEL_ISSUES_MAX; i++) {
        add_issue(compiler, text, start, &issues.items[i]);
    }
    if (error.code != ERROR_OK && issues.count == 0) {
        compiler->out_of_memory |= error.code == ERROR_OUT_OF_MEMORY;
        COMPILER_ISSUE(compiler, text, error.code, error.message);
    }
    if (error.code != ERROR_OK) {
        return NULL;
    }
    const CelType *type = cel_program_type(program);
    if (!fits(type, kind)) {
        Buffer name;
        buffer_init(&name, compiler->arena, 0);
        cel_type_print(&name, type);
        COMPILER_ISSUE(compiler, text, ERROR_CEL_TYPE, wanted(kind), buffer_slice(&name));
        return NULL;
    }
    return program;
}

const CelProgram *compile_expression(ModelCompiler *compiler, const ConfigText *text, ExpressionKind kind)
{
    return compile_part(compiler, text, 0, text->text.length, kind);
}

static bool reads(const Model *model, const CelProgram *program, ModelSlot slot, Entity entity, Slice column)
{
    if (!cel_program_reads(program, slot)) {
        return false;
    }
    const uint32_t number = schema_column(&model->schemas.entities[entity].row, column);
    return number != UINT32_MAX && cel_program_reads_column(program, slot, number);
}

static bool reads_rated(const Model *model, const CelProgram *program, ModelSlot slot, Entity entity)
{
    const EntitySchema *schema = &model->schemas.entities[entity];
    bool found = false;
    const uint32_t count = cel_program_reads(program, slot) ? schema->row.column_count : 0;
    for (uint32_t i = 1; i < count && !found; i++) {
        found = schema->rated[i] && cel_program_reads_column(program, slot, i);
    }
    return found;
}

uint32_t program_needs(const Model *model, const CelProgram *program)
{
    static const struct {
        ModelSlot slot;
        Entity entity;
    } rows[] = {{SLOT_ACCOUNT, ENTITY_ACCOUNT},
                {SLOT_OWNER, ENTITY_USER},
                {SLOT_CONTACTS, ENTITY_CONTACT},
                {SLOT_OPPORTUNITIES, ENTITY_OPPORTUNITY},
                {SLOT_ACTIVITIES, ENTITY_ACTIVITY}};
    uint32_t needs = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        needs |= cel_program_reads(program, rows[i].slot) ? UINT32_C(1) << rows[i].entity : 0;
    }
    /* Derived columns are made of other entities' rows. */
    if (reads(model, program, SLOT_ACCOUNT, ENTITY_ACCOUNT, SLICE("last_touch")) ||
        reads(model, program, SLOT_CONTACTS, ENTITY_CONTACT, SLICE("last_touch"))) {
        needs |= UINT32_C(1) << ENTITY_ACTIVITY;
    }
    needs |= (needs & UINT32_C(1) << ENTITY_ACTIVITY) != 0 ? UINT32_C(1) << ENTITY_EMAIL : 0;
    if (reads(model, program, SLOT_CONTACTS, ENTITY_CONTACT, SLICE("last_touch")) ||
        reads(model, program, SLOT_ACTIVITIES, ENTITY_ACTIVITY, SLICE("contact_ids"))) {
        needs |= UINT32_C(1) << ENTITY_ATTENDEE;
    }
    needs |= (needs & UINT32_C(1) << ENTITY_CONTACT) != 0 ? UINT32_C(1) << ENTITY_RELATION : 0;
    if (reads(model, program, SLOT_CONTACTS, ENTITY_CONTACT, SLICE("roles"))) {
        needs |= UINT32_C(1) << ENTITY_ROLE | UINT32_C(1) << ENTITY_OPPORTUNITY;
    }
    if (reads(model, program, SLOT_OPPORTUNITIES, ENTITY_OPPORTUNITY, SLICE("slips"))) {
        needs |= UINT32_C(1) << ENTITY_HISTORY;
    }
    if (reads_rated(model, program, SLOT_ACCOUNT, ENTITY_ACCOUNT) ||
        reads_rated(model, program, SLOT_OPPORTUNITIES, ENTITY_OPPORTUNITY)) {
        needs |= UINT32_C(1) << ENTITY_RATE;
    }
    uint32_t count = 0;
    const uint16_t *slots = cel_program_slots(program, &count);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t signal = (uint32_t)slots[i] - SLOT_SIGNALS; /* huge for what comes before them */
        needs |= signal < model->config->signal_count ? model->signals[signal].needs : 0;
    }
    return needs;
}
