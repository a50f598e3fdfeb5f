/*
 * The expression language of mappings, signals, scores and rules: CEL, the Common Expression Language
 * (https://github.com/google/cel-spec), with the functions of functions.def.
 *
 * An expression is compiled once, against an environment that declares its variables, into a program that
 * never changes and that any number of evaluations may share. An evaluation holds the values of the
 * variables; rows are read in place. Evaluating takes memory from a scratch arena only, which the caller
 * resets when it has used the results.
 *
 *     CelEnvironment *environment = NULL;
 *     const CelProgram *program = NULL;
 *     CelEvaluation *evaluation = NULL;
 *     CelIssues issues;
 *     RETURN_IF_ERROR(cel_environment_create(arena, &environment));
 *     RETURN_IF_ERROR(cel_declare_row(environment, SLICE("account"), &schema));
 *     RETURN_IF_ERROR(cel_compile(arena, environment, SLICE("account.arr > 1000.0"), &issues, &program));
 *     RETURN_IF_ERROR(cel_evaluation_create(arena, program, scratch, &evaluation));
 *     const CelRows rows = {&batch, &schema, 0, batch.row_count};
 *     cel_bind_row(evaluation, 0, &rows, 7);
 *     const CelValue result = cel_evaluate(evaluation);
 *
 * A mapped field that is null or absent is *unknown*, not null: it spreads through operators and functions,
 * `&&`, `||` and `?:` absorb it where the other side decides, has() is false, coalesce() skips it, and sum,
 * avg, min and max leave it out. Lists may hold unknown elements. The result of an evaluation is a value,
 * unknown, or an error; it is never NULL and an evaluation cannot fail otherwise.
 *
 * In another project: the folders base, row and cel, compiled as C11 with -ffp-contract=off and their parent
 * as include path, and for sqrt() the C library's -lm. What the language has is REFERENCE.md, which is made
 * of the tables that the engine is made of (functions.def, macros.def); an editor's list is completions.json.
 * A test compiles just that, and runs the example above.
 */
#ifndef PERLY_CEL_CEL_H
#define PERLY_CEL_CEL_H

#include "cel/issues.h"
#include "cel/type.h"
#include "cel/value.h"

enum {
    CEL_SOURCE_BYTES_MAX = 1 << 20,
    /* Of nesting, of the text and of the tree; `a + b + c` is not deeper than a + b, nor else-if than if. */
    CEL_DEPTH_MAX = 100,
    CEL_NODES_MAX = 50000,    /* parts of one expression */
    CEL_VARIABLES_MAX = 1000, /* of an environment; a variable's slot is its number in order of declaration */
    CEL_RESULT_BYTES_MAX = 16 << 20 /* one text made by an expression */
};

/*
 * What an evaluation may cost unless told otherwise, in instructions: about a tenth of a second. What takes
 * memory is charged for it (8 bytes an instruction), so an evaluation takes less than 100 MB of its scratch
 * arena.
 */
#define CEL_COST_MAX UINT64_C(10000000)

typedef struct CelEnvironment CelEnvironment;
typedef struct CelProgram CelProgram;
typedef struct CelEvaluation CelEvaluation;
struct Zones; /* base/zones.h */

/*
 * An empty environment: the functions of functions.def and no variables. It and all that is declared live in
 * `arena`, and must outlive the compilations (not the programs). ERROR_OUT_OF_MEMORY.
 */
Error cel_environment_create(Arena *arena, CelEnvironment **environment);

/*
 * Programs compiled from now on share what equal patterns of matches() become. It lives in the environment's
 * arena, which must then outlive the programs. ERROR_OUT_OF_MEMORY.
 */
Error cel_share_patterns(CelEnvironment *environment);

/*
 * Declares a variable; its slot is the number of variables declared before. `name` may have dots
 * ("signals.days_since_touch"), and is copied. ERROR_LIMIT_EXCEEDED beyond CEL_VARIABLES_MAX, ERROR_CEL_TYPE
 * when the name is taken, ERROR_OUT_OF_MEMORY.
 */
Error cel_declare(CelEnvironment *environment, Slice name, const CelType *type);

/*
 * As cel_declare: an object whose fields are the columns of a schema, bound to one row at a time. A column
 * name may have dots ("Owner.Name"). The schema must outlive the programs.
 */
Error cel_declare_row(CelEnvironment *environment, Slice name, const RowSchema *schema);

/* As cel_declare_row: a list of such objects, bound to a range of rows. */
Error cel_declare_rows(CelEnvironment *environment, Slice name, const RowSchema *schema);

/* The slot of a variable; false when it is not declared. */
bool cel_variable_find(const CelEnvironment *environment, Slice name, uint32_t *slot);

/* A function that only the checker knows; running it is an error. For tools, and for the conformance suite.
 */
Error cel_declare_function(CelEnvironment *environment, Slice name, bool member,
                           const CelType *const *parameters, uint32_t count, const CelType *result);

/* What a host says of days, besides what a time is itself. It must outlive the evaluations. */
typedef struct CelCalendar {
    const struct Zones *zones; /* by name; NULL: a named zone is an error that says so */
    /* Days since 1970-01-01, ascending, each once: business_days() leaves them out, as it does Saturdays and
     * Sundays. */
    const int64_t *holidays;
    size_t holiday_count;
} CelCalendar;

/* The environment keeps a copy. Without it there are no zones and no holidays. */
void cel_set_calendar(CelEnvironment *environment, CelCalendar calendar);

/*
 * The namespace that names are looked up in first: "a.b" makes `x` mean a.b.x, a.x or x. It must outlive the
 * compilations.
 */
void cel_set_container(CelEnvironment *environment, Slice container);

typedef enum CelChecking {
    CEL_CHECK_ADMIN, /* the default: also compares int with double, as when it runs; refuses `field == null`
                      */
    CEL_CHECK_STANDARD, /* exactly the standard's rules */
    CEL_CHECK_NONE      /* nothing but syntax: mistakes are errors when the expression runs */
} CelChecking;
void cel_set_checking(CelEnvironment *environment, CelChecking checking);

/*
 * What an expression may cost at most (as in CEL_COST_MAX); one that may cost more is an issue of kind
 * CEL_ERROR_LIMIT when it is compiled. An estimate from above for lists of up to 100 elements: a list whose
 * length is not written in the text counts as one of 100. 0, as it is at first: nothing is estimated.
 */
void cel_set_budget(CelEnvironment *environment, uint64_t cost);

/*
 * Compiles `text` (which need not outlive the call) to a program in `arena`. On failure `*program` is
 * untouched and all mistakes found stand in `*issues`, the first of them also in the Error with line, column
 * and a caret: ERROR_CEL_SYNTAX, ERROR_CEL_TYPE, ERROR_CEL_UNDECLARED, ERROR_CEL_LIMIT; or
 * ERROR_OUT_OF_MEMORY.
 */
Error cel_compile(Arena *arena, const CelEnvironment *environment, Slice text, CelIssues *issues,
                  const CelProgram **program);

/* The type of the program's result. */
const CelType *cel_program_type(const CelProgram *program);

/* The slots of the variables that the program may read, each once; `*count` of them. They live with the
 * program. */
const uint16_t *cel_program_slots(const CelProgram *program, uint32_t *count);

/* May the program read this variable? And, of an object or a list of objects, this column? */
bool cel_program_reads(const CelProgram *program, uint32_t slot);
bool cel_program_reads_column(const CelProgram *program, uint32_t slot, uint32_t column);

/* The most instructions one evaluation takes, loops counted once and `*has_loop` set when there are any. */
uint32_t cel_program_cost(const CelProgram *program, bool *has_loop);

/* The instructions as text, one a line. */
Slice cel_program_disassemble(Arena *arena, const CelProgram *program);

/*
 * An evaluation with every variable unknown. It lives in `arena`; results are made in `scratch`, which the
 * caller resets (or rewinds) when they are no longer used. One evaluation serves one caller at a time.
 */
Error cel_evaluation_create(Arena *arena, const CelProgram *program, Arena *scratch,
                            CelEvaluation **evaluation);

/* The cost that one evaluation may reach; CEL_COST_MAX at first. */
void cel_set_cost_limit(CelEvaluation *evaluation, uint64_t cost);

/* Values stay bound until the next bind of the slot. What they point to stays the caller's. */
void cel_bind(CelEvaluation *evaluation, uint32_t slot, CelValue value);
void cel_bind_row(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows, uint32_t row);
void cel_bind_rows(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows);

CelValue cel_evaluate(CelEvaluation *evaluation);

/*
 * Evaluates once for each row of `rows`, bound to the object variable `slot`, into results[0..rows->count).
 * The scratch arena is not reset between rows.
 */
void cel_evaluate_rows(CelEvaluation *evaluation, uint32_t slot, const CelRows *rows, CelValue *results);

/* Cost of the last evaluation's loops and functions; instructions outside loops are not counted. */
uint64_t cel_evaluation_cost(const CelEvaluation *evaluation);

/* Line and column of a run-time error in the program's source, with its message. */
Error cel_error_explain(Arena *arena, const CelProgram *program, CelValue error);

/*
 * Static analysis without an environment: the paths that `text` may read of the object `variable`, such as
 * "ARR__c" (also for record['ARR__c']) and "Owner.Name", each once, in order. `*whole` is set when the
 * variable is used in any other way, so that no list can be complete. ERROR_CEL_SYNTAX when the text does not
 * parse.
 */
Error cel_find_fields(Arena *arena, Slice text, Slice variable, Slice **paths, uint32_t *count, bool *whole);

#endif
