/* Types of mapped columns without an org: what the expressions themselves tell. */
#include "config/compiler.h"
#include "map/column_type.h"

/* A mistake in the expression is noted; its type is then as unknown as that of a field. */
static bool guess_type(ModelCompiler *compiler, const ConfigText *text, RowType *type)
{
    CelEnvironment *const environment = compiler->environment;
    compiler->environment = NULL;
    *type = ROW_TEXT;
    bool known = false;
    if (cel_environment_create(compiler->arena, &compiler->environment).code == ERROR_OK &&
        cel_declare(compiler->environment, SLICE("record"), cel_type_plain(CEL_TYPE_DYN)).code == ERROR_OK) {
        cel_set_calendar(compiler->environment, compiler->calendar);
        const CelProgram *program = compile_expression(compiler, text, EXPRESSION_COLUMN);
        known = program != NULL && column_type(cel_program_type(program), type);
    } else {
        compiler->out_of_memory = true;
    }
    compiler->environment = environment;
    return known;
}

bool guess_columns(ModelCompiler *compiler, MappedColumn **columns, size_t *count)
{
    const Config *config = compiler->config;
    size_t total = 0;
    bool known = true;
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        total += config->mappings[entity].count;
    }
    *columns = ARENA_ARRAY(compiler->arena, MappedColumn, total);
    if (*columns == NULL) {
        compiler->out_of_memory = true;
        return false;
    }
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        const ConfigMappings *mappings = &config->mappings[entity];
        known &= !mappings->all_fields;
        for (uint32_t i = 0; i < mappings->count; i++) {
            MappedColumn *column = &(*columns)[(*count)++];
            *column = (MappedColumn){.entity = (Entity)entity, .name = mappings->items[i].name};
            const bool guessed = guess_type(compiler, &mappings->items[i].expression, &column->type);
            if (!guessed && slice_equal(column->name, SLICE(CONFIG_FILTER_COLUMN))) {
                column->type = ROW_BOOL;
            }
            known &= guessed;
        }
    }
    return known;
}
