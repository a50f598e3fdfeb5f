/* Texts with ${expressions} in them. */
#include "config/compiler.h"

/* Behind the '}' that ends the expression which begins at `at`, or 0: braces in text and in maps do not
 * count. */
static size_t find_end(Slice text, size_t at)
{
    size_t depth = 1;
    char quote = 0;
    for (; at < text.length; at++) {
        const char byte = text.data[at];
        if (quote != 0) {
            if (byte == '\\') {
                at++;
            } else if (byte == quote) {
                quote = 0;
            }
        } else if (byte == '"' || byte == '\'') {
            quote = byte;
        } else if (byte == '{') {
            depth++;
        } else if (byte == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return 0;
}

typedef struct Parts {
    TemplatePart *items;
    uint32_t count;
} Parts;

/* Where the literal from `at` on ends: at the next '$' or the end. */
static size_t literal_end(Slice text, size_t at)
{
    return slice_find_byte(text, '$', at);
}

/* A '$' at `at`: an expression, or "$$". Returns where to go on, or 0 after a mistake. */
static size_t compile_dollar(ModelCompiler *compiler, const ConfigText *text, size_t at, Parts *parts)
{
    const char next = (char)(at + 1 < text->text.length ? text->text.data[at + 1] : '\0');
    TemplatePart *part = &parts->items[parts->count++];
    if (next == '$') {
        part->literal = SLICE("$");
        return at + 2;
    }
    const size_t end = next == '{' ? find_end(text->text, at + 2) : 0;
    if (end == 0) {
        COMPILER_ISSUE(
            compiler, text, ERROR_CONFIG_VALUE,
            next == '{' ? SLICE("`${` without its `}`")
                        : SLICE("`$` begins an expression, as in ${score}; write `$$` for the sign itself"));
        return 0;
    }
    part->program = compile_part(compiler, text, at + 2, end - 1, EXPRESSION_TEXT);
    return end;
}

static size_t count_parts(Slice text)
{
    size_t count = 1;
    for (size_t at = slice_find_byte(text, '$', 0); at < text.length;
         at = slice_find_byte(text, '$', at + 1)) {
        count += 2;
    }
    return count;
}

Template compile_template(ModelCompiler *compiler, const ConfigText *text)
{
    const Template none = {NULL, 0};
    Parts parts = {ARENA_ARRAY(compiler->arena, TemplatePart, count_parts(text->text)), 0};
    if (parts.items == NULL) {
        compiler->out_of_memory = true;
        return none;
    }
    for (size_t at = 0; at < text->text.length;) {
        const size_t end = literal_end(text->text, at);
        if (end > at) {
            parts.items[parts.count++].literal = slice_part(text->text, at, end);
        }
        at = end == text->text.length ? end : compile_dollar(compiler, text, end, &parts);
        if (at == 0) {
            return none;
        }
    }
    return (Template){parts.items, parts.count};
}
