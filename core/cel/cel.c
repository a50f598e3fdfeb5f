/* The public functions: compile, bind, evaluate. */
#include "cel/cel.h"
#include "cel/checker.h"
#include "cel/compiler.h"
#include "cel/parser.h"
#include "cel/program.h"
#include "cel/text.h"

const char cel_no_states[ROW_COLUMNS_MAX] = {0};

/* Fewer rows are not worth a block. */
enum { ROWS_MIN = 8 };

static Error first_issue(const CelContext *context)
{
    const CelIssue *issue = &context->issues->items[0];
    ErrorCode code = ERROR_CEL_TYPE;
    switch (issue->kind) {
    case CEL_ERROR_SYNTAX: code = ERROR_CEL_SYNTAX; break;
    case CEL_ERROR_UNDECLARED: code = ERROR_CEL_UNDECLARED; break;
    case CEL_ERROR_LIMIT: code = ERROR_CEL_LIMIT; break;
    default: break;
    }
    Error error = error_make(code, cel_issue_text(context->arena, context->source, issue));
    error.place.line = issue->line;
    error.place.column = issue->column;
    return error;
}

static Error out_of_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to compile an expression"));
}

Error cel_compile(Arena *arena, const CelEnvironment *environment, Slice text, CelIssues *issues,
                  const CelProgram **program)
{
    issues->count = 0;
    CelContext context = {.arena = arena, .environment = environment, .issues = issues};
    context.source = text;
    if (text.length <= CEL_SOURCE_BYTES_MAX && !arena_keep(arena, text, &context.source)) {
        return out_of_memory();
    }
    CelNode *root = cel_parse(&context);
    uint32_t steps = 0;
    CelChecker checker = {.context = &context, .environment = environment, .steps = &steps};
    if (issues->count == 0 && !context.out_of_memory) {
        cel_check(&checker, root);
    }
    const CelProgram *made = NULL;
    if (issues->count == 0 && !context.out_of_memory) {
        cel_fold(&context, root);
        if (environment->budget > 0) {
            cel_check_budget(&checker, root);
        }
        if (context.has_loop) {
            cel_simplify(&context, root);
        }
        made = issues->count == 0 ? cel_generate(&checker, root) : NULL;
    }
    if (context.out_of_memory) {
        return out_of_memory();
    }
    if (issues->count > 0) {
        return first_issue(&context);
    }
    if (!cel_verify(made)) {
        return error_make(ERROR_INTERNAL, SLICE("an expression was compiled to a broken program"));
    }
    *program = made;
    return ERROR_NONE;
}

const CelType *cel_program_type(const CelProgram *program)
{
    return program->type;
}

static bool variable_of(const CelProgram *program, uint32_t slot, uint32_t *variable)
{
    for (uint32_t i = 0; i < program->variable_count; i++) {
        if (program->slots[i] == slot) {
            *variable = i;
            return true;
        }
    }
    return false;
}

const uint16_t *cel_program_slots(const CelProgram *program, uint32_t *count)
{
    *count = program->variable_count;
    return program->slots;
}

bool cel_program_reads(const CelProgram *program, uint32_t slot)
{
    uint32_t variable = 0;
    return variable_of(program, slot, &variable);
}

bool cel_program_reads_column(const CelProgram *program, uint32_t slot, uint32_t column)
{
    uint32_t variable = 0;
    if (!variable_of(program, slot, &variable) || program->schemas[variable] == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < program->read_count; i++) {
        if (program->reads[i].schema == program->schemas[variable] && program->reads[i].column == column) {
            return true;
        }
    }
    return program->reads_any;
}

uint32_t cel_program_cost(const CelProgram *program, bool *has_loop)
{
    uint32_t cost = program->code_count;
    *has_loop = program->has_loop;
    for (uint32_t i = 0; i < program->code_count; i++) {
        if (program->code[i].opcode == OP_CALL) {
            cost += cel_overloads[program->code[i].a].cost;
        }
        if (program->code[i].opcode == OP_SEARCH) {
            cost += (uint32_t)cel_search_cost(program->code[i].flag, (Slice){0});
        }
    }
    return cost;
}

Error cel_evaluation_create(Arena *arena, const CelProgram *program, Arena *scratch,
                            CelEvaluation **evaluation)
{
    CelEvaluation *made = ARENA_NEW(arena, CelEvaluation);
    const uint32_t writable = program->constant_count + program->variable_count;
    CelValue *frame = ARENA_ARRAY(arena, CelValue, (size_t)writable + program->register_count);
    CelView *views = ARENA_ARRAY(arena, CelView, program->view_count);
    if (made == NULL || frame == NULL || views == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an evaluation"));
    }
    if (program->constant_count > 0) {
        memcpy(frame, program->constants, program->constant_count * sizeof *frame);
    }
    for (uint32_t i = 0; i < program->view_count; i++) {
        views[i].row.states = cel_no_states;
    }
    for (uint32_t i = 0; i < program->variable_count; i++) {
        frame[program->constant_count + i] = cel_unknown();
        frame[program->constant_count + i].code = program->slots[i];
        if (program->views[i] != CEL_NO_VIEW) {
            views[program->views[i]].object = frame[program->constant_count + i];
        }
    }
    *made = (CelEvaluation){
        .program = program, .frame = frame, .views = views, .scratch = scratch, .cost_limit = CEL_COST_MAX};
    made->call = (CelCall){
        .arena = scratch, .calendar = &program->calendar, .cost = &made->cost, .cost_limit = CEL_COST_MAX};
    *evaluation = made;
    return ERROR_NONE;
}

void cel_set_cost_limit(CelEvaluation *evaluation, uint64_t cost)
{
    evaluation->cost_limit = cost;
    evaluation->call.cost_limit = cost;
}

static void bind_variable(CelEvaluation *evaluation, uint32_t variable, CelValue value)
{
    const CelProgram *program = evaluation->program;
    evaluation->frame[program->constant_count + variable] = value;
    if (program->views[variable] != CEL_NO_VIEW) {
        cel_view_set(&evaluation->views[program->views[variable]], &value);
    }
}

void cel_bind(CelEvaluation *evaluation, uint32_t slot, CelValue value)
{
    uint32_t variable = 0;
    if (value.kind == CEL_UNKNOWN) {
        value.code = (uint16_t)slot;
    }
    if (variable_of(evaluation->program, slot, &variable)) {
        bind_variable(evaluation, variable, value);
    }
}

void cel_bind_row(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows, uint32_t row)
{
    cel_bind(evaluation, slot, cel_object(rows, row));
}

void cel_bind_rows(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows)
{
    cel_bind(evaluation, slot, cel_rows(rows));
}

static CelValue evaluate_row(CelEvaluation *evaluation, uint32_t variable, const CelRows *rows, uint32_t row)
{
    bind_variable(evaluation, variable, cel_object(rows, row));
    return cel_evaluate(evaluation);
}

/* The last row is always evaluated by itself, so that variable and cost are then its own. */
static void evaluate_rows(CelEvaluation *evaluation, uint32_t variable, const CelRows *rows,
                          CelValue *results)
{
    CelBlock *block = rows->count < ROWS_MIN ? NULL : cel_block_create(evaluation, variable, rows);
    for (uint32_t i = 0; i < rows->count; i += CEL_BLOCK_ROWS) {
        const uint32_t rest = rows->count - i;
        const uint32_t count = rest < CEL_BLOCK_ROWS ? rest : CEL_BLOCK_ROWS;
        uint64_t left =
            block == NULL ? ~UINT64_C(0) : cel_block_run(block, rows, rows->first + i, count, results + i);
        left |= rest == count ? UINT64_C(1) << (count - 1) : 0;
        for (uint32_t j = 0; j < count && left >> j != 0; j++) {
            if ((left >> j & 1) != 0) {
                results[i + j] = evaluate_row(evaluation, variable, rows, rows->first + i + j);
            }
        }
    }
}

void cel_evaluate_rows(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows, CelValue *results)
{
    uint32_t variable = 0;
    if (variable_of(evaluation->program, slot, &variable)) {
        evaluate_rows(evaluation, variable, rows, results);
        return;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        results[i] = cel_evaluate(evaluation);
    }
}

uint64_t cel_evaluation_cost(const CelEvaluation *evaluation)
{
    return evaluation->cost;
}

Error cel_error_explain(Arena *arena, const CelProgram *program, CelValue error)
{
    CelIssues issues = {.count = 0};
    CelContext context = {.arena = arena, .source = program->source, .issues = &issues};
    const uint32_t offset = error.length == CEL_NO_OFFSET ? 0 : error.length;
    ISSUE(&context, (CelErrorKind)error.code, offset, slice_from_text(error.as.text));
    Error explained = first_issue(&context);
    explained.code = ERROR_CEL_EVALUATION;
    return explained;
}
