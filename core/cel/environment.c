#include "cel/environment.h"

Error cel_environment_create(Arena *arena, CelEnvironment **environment)
{
    CelEnvironment *made = ARENA_NEW(arena, CelEnvironment);
    if (made == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an environment"));
    }
    made->arena = arena;
    *environment = made;
    return ERROR_NONE;
}

Error cel_share_patterns(CelEnvironment *environment)
{
    environment->patterns = ARENA_NEW(environment->arena, CelPatterns);
    return environment->patterns == NULL
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an environment"))
               : ERROR_NONE;
}

bool cel_variable_find(const CelEnvironment *environment, Slice name, uint32_t *slot)
{
    for (uint32_t i = 0; i < environment->variable_count; i++) {
        if (slice_equal(environment->variables[i].name, name)) {
            *slot = i;
            return true;
        }
    }
    return false;
}

static bool has_dot(Slice name)
{
    return slice_find_byte(name, '.', 0) < name.length;
}

Error cel_declare(CelEnvironment *environment, Slice name, const CelType *type)
{
    uint32_t slot = 0;
    if (cel_variable_find(environment, name, &slot)) {
        return ERROR_TEXT(environment->arena, ERROR_CEL_TYPE, SLICE("a variable is declared twice: "), name);
    }
    if (environment->variable_count == CEL_VARIABLES_MAX) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("more than 1000 variables are declared"));
    }
    if (environment->variable_count == environment->variable_capacity) {
        const size_t old = environment->variable_capacity * sizeof(CelVariable);
        CelVariable *grown =
            arena_resize(environment->arena, environment->variables, old,
                         old == 0 ? 16 * sizeof(CelVariable) : 2 * old, _Alignof(CelVariable));
        if (grown == NULL) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a variable"));
        }
        environment->variables = grown;
        environment->variable_capacity = old == 0 ? 16 : 2 * environment->variable_capacity;
    }
    Slice copy = {NULL, 0};
    if (type == NULL || !arena_keep(environment->arena, name, &copy)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a variable"));
    }
    environment->variables[environment->variable_count++] = (CelVariable){copy, type};
    environment->has_dots = environment->has_dots || has_dot(name);
    return ERROR_NONE;
}

Error cel_declare_row(CelEnvironment *environment, Slice name, const RowSchema *schema)
{
    return cel_declare(environment, name, cel_type_object(environment->arena, name, schema));
}

Error cel_declare_rows(CelEnvironment *environment, Slice name, const RowSchema *schema)
{
    const CelType *object = cel_type_object(environment->arena, name, schema);
    return cel_declare(environment, name, cel_type_list(environment->arena, object));
}

Error cel_declare_function(CelEnvironment *environment, Slice name, bool member,
                           const CelType *const *parameters, uint32_t count, const CelType *result)
{
    CelHostFunction *function = ARENA_NEW(environment->arena, CelHostFunction);
    /* A type that is made only to hold a copy of the parameters. */
    const CelType *holder =
        cel_type_make(environment->arena, CEL_TYPE_ABSTRACT, SLICE("function"), parameters, count);
    Slice copy = {NULL, 0};
    if (function == NULL || holder == NULL || !arena_keep(environment->arena, name, &copy)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a function"));
    }
    *function = (CelHostFunction){.name = copy,
                                  .parameters = holder->parameters,
                                  .result = result,
                                  .count = count,
                                  .member = member,
                                  .next = environment->functions};
    environment->functions = function;
    return ERROR_NONE;
}

void cel_set_calendar(CelEnvironment *environment, CelCalendar calendar)
{
    environment->calendar = calendar;
}

void cel_set_container(CelEnvironment *environment, Slice container)
{
    environment->container = container;
    environment->has_dots = environment->has_dots || container.length > 0;
}

void cel_set_budget(CelEnvironment *environment, uint64_t cost)
{
    environment->budget = cost;
}

void cel_set_checking(CelEnvironment *environment, CelChecking checking)
{
    environment->checking = checking;
}
