#include "cel_programs.h"

#include "base/assert.h"
#include "cel/functions.h"

enum { DEPTH_MAX = 6, VARIABLES_MAX = 24, TEXT_BYTES_MAX = 1 << 16 };

typedef char Type[CEL_LETTERS_MAX];

/* What A and C of a signature stand for; empty: not known yet. */
typedef struct Bound {
    Type a;
    Type c;
    bool a_is_key;
} Bound;

typedef struct Writer {
    const uint8_t *data;
    size_t size;
    size_t at;
    Buffer *text;
    Type variables[VARIABLES_MAX]; /* of the macros around: v0, v1... */
    unsigned variable_count;
} Writer;

/* One way to make a value without a function of the table. In the text $[type] is an expression, # the name
 * of the next variable, ^[type] the place from which on there is that variable. */
typedef struct Rule {
    const char *gives;
    const char *text;
} Rule;

/* The first of a type is what ends a program. */
static const Rule LEAVES[] = {
    {"b", "true"},
    {"b", "false"},
    {"b", "account.b"},
    {"b", "has(account.arr)"},
    {"i", "1"},
    {"i", "0"},
    {"i", "2"},
    {"i", "-7"},
    {"i", "9223372036854775807"},
    {"i", "account.n"},
    {"u", "1u"},
    {"u", "0u"},
    {"u", "18446744073709551615u"},
    {"d", "0.5"},
    {"d", "-1e308"},
    {"d", "3.0"},
    {"d", "account.arr"},
    {"s", "'a'"},
    {"s", "account.name"},
    {"s", "''"},
    {"s", "'\xC3\x86\xF0\x9F\x98\x80'"},
    {"s", "'12'"},
    {"s", "'+02:00'"},
    {"s", "'UTC'"},
    {"s", "'%s:%d'"},
    {"s", "'2026-11-09T08:00:00.5Z'"},
    {"s", "'1h30m'"},
    {"s", "'aGk='"},
    {"s", "'(a|\xC3\x86)+'"},
    {"y", "b'a'"},
    {"y", "b'\\xff'"},
    {"n", "null"},
    {"t", "now"},
    {"t", "account.at"},
    {"t", "timestamp(0)"},
    {"r", "duration('90m')"},
    {"r", "duration('-1.5s')"},
    {"ls", "account.tags"},
    {"li", "rows.map(r, r.n)"},
    {"ld", "rows.map(r, r.arr)"},
    {"ls", "rows.map(r, r.name)"},
    {"lA", "[$[A]]"},
    {"ll*", "[[0, 0.5], [2, 100]]"},
    {"lA", "[$[A]].filter(e, false)"},
    {"mAC", "{$[A]: $[C]}"},
    {"oA", "optional.of($[A])"},
    {"oA", "{'a': $[A]}.?b"},
    {"TA", "type($[A])"},
    {"*", "dyn($[A])"},
};

static const Rule RULES[] = {
    {"A", "cel.bind(#, $[C]^[C], $[A])"},
    {"A", "cel.block([$[C], $[A]], cel.index(1))"},
    {"A", "{'a': $[A]}.a"},
    {"A", "{$[C]: $[A]}[$[C]]"},
    {"b", "has({'a': $[A]}.a)"},
    {"b", "$[lA].exists(#^[A], $[b])"},
    {"b", "$[lA].all(#^[A], $[b])"},
    {"b", "$[lA].exists_one(#^[A], $[b])"},
    {"b", "$[mAC].all(#^[A], $[b])"},
    {"b", "$[lA].exists(#^[i], #^[A], $[b])"},
    {"b", "$[mAC].all(#^[A], #^[C], $[b])"},
    {"b", "$[lA].existsOne(#^[i], #^[A], $[b])"},
    {"b", "rows.exists(r, r.n == $[i])"},
    {"b", "rows.all(r, has(r.arr) && r.arr < $[d])"},
    {"b", "(account.arr > $[d] ? $[b] : $[b])"},
    {"b", "(account.name in [$[s], 'a'] ? $[b] : false)"},
    {"i", "rows.filter(r, r.b).size()"},
    {"lA", "[$[A], $[A]]"},
    {"lA", "[?$[oA], $[A]]"},
    {"lA", "$[lA].filter(#^[A], $[b])"},
    {"lA", "$[lC].map(#^[C], $[A])"},
    {"lA", "$[lC].map(#^[C], $[b], $[A])"},
    {"lA", "$[lA].sortBy(#^[A], $[i])"},
    {"lA", "$[lC].transformList(#^[i], #^[C], $[A])"},
    {"lA", "$[lC].transformList(#^[i], #^[C], $[b], $[A])"},
    {"mAC", "{$[A]: $[C], $[A]: $[C]}"},
    {"mAC", "{?$[A]: $[oC]}"},
    {"mAC", "$[mAC].transformMap(#^[A], #^[C], $[C])"},
    {"mAC", "$[mAC].transformMap(#^[A], #^[C], $[b], $[C])"},
    {"mAC", "$[lC].transformMapEntry(#^[i], #^[C], {$[A]: $[C]})"},
    {"oA", "$[oC].optMap(#^[C], $[A])"},
    {"oA", "$[oC].optFlatMap(#^[C], $[oA])"},
    {"oA", "{'a': $[A]}.?a"},
};

static const char *const ANY[] = {"i", "d", "s", "b", "u", "t", "r", "y", "n", "li", "ls", "ld", "msi", "oi"};
static const char *const KEYS[] = {"s", "i", "u", "b"};
static const char *const NUMBERS[] = {"i", "d", "u"};

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(array)[0]))

static unsigned draw(Writer *writer, unsigned limit)
{
    const unsigned byte = writer->at < writer->size ? writer->data[writer->at] : 0;
    writer->at++;
    return byte % limit;
}

static void copy_type(char *to, const char *from, size_t length)
{
    perly_assert(length < CEL_LETTERS_MAX);
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Does one type fit the pattern? What A and C stand for is found, and must be the same wherever they stand.
 */
static bool match(const char *pattern, const char *type, Bound *bound)
{
    if (*pattern == 'A' || *pattern == 'C') {
        char *known = *pattern == 'A' ? bound->a : bound->c;
        const size_t length = (size_t)(cel_signature_skip(type) - type);
        if (known[0] != '\0') {
            return strlen(known) == length && memcmp(known, type, length) == 0;
        }
        copy_type(known, type, length);
        return true;
    }
    if (*pattern != *type) {
        return false;
    }
    if (*pattern == 'm') {
        return match(pattern + 1, type + 1, bound) &&
               match(cel_signature_skip(pattern + 1), cel_signature_skip(type + 1), bound);
    }
    return strchr("loT", *pattern) == NULL || match(pattern + 1, type + 1, bound);
}

static const char *draw_type(Writer *writer, bool key)
{
    return key ? KEYS[draw(writer, COUNT(KEYS))] : ANY[draw(writer, COUNT(ANY))];
}

/* The pattern with A, C and N replaced by types, drawn where they are not bound. */
static void resolve(Writer *writer, const char *pattern, Bound *bound, char *type)
{
    size_t length = 0;
    for (const char *end = cel_signature_skip(pattern); pattern < end; pattern++) {
        const char *part = pattern;
        if (*pattern == 'A' || *pattern == 'C') {
            char *known = *pattern == 'A' ? bound->a : bound->c;
            if (known[0] == '\0') {
                const char *drawn = draw_type(writer, *pattern == 'A' && bound->a_is_key);
                copy_type(known, drawn, strlen(drawn));
            }
            part = known;
        } else if (*pattern == 'N') {
            part = NUMBERS[draw(writer, COUNT(NUMBERS))];
        }
        const size_t count = part == pattern ? 1 : strlen(part);
        perly_assert(length + count < CEL_LETTERS_MAX);
        memcpy(type + length, part, count);
        length += count;
    }
    type[length] = '\0';
}

static void write_type(Writer *writer, const char *type, unsigned depth);

static void write_pattern(Writer *writer, const char *pattern, Bound *bound, unsigned depth)
{
    Type type;
    resolve(writer, pattern, bound, type);
    write_type(writer, type, depth);
}

static void write_name(Writer *writer, unsigned variable)
{
    buffer_append_byte(writer->text, 'v');
    buffer_append_uint64(writer->text, variable);
}

static void write_rule(Writer *writer, const Rule *rule, Bound *bound, unsigned depth)
{
    const unsigned variables = writer->variable_count;
    bound->a_is_key = strstr(rule->text, "[mA") != NULL || rule->gives[0] == 'm';
    for (const char *at = rule->text; *at != '\0'; at++) {
        if (*at == '#') {
            write_name(writer, writer->variable_count);
        } else if (at[0] == '$' && at[1] == '[') {
            write_pattern(writer, at + 2, bound, depth - (depth > 0));
            at = strchr(at, ']');
        } else if (at[0] == '^' && at[1] == '[') {
            if (writer->variable_count < VARIABLES_MAX) {
                resolve(writer, at + 2, bound, writer->variables[writer->variable_count]);
            }
            writer->variable_count++;
            at = strchr(at, ']');
        } else {
            buffer_append_byte(writer->text, *at);
        }
    }
    writer->variable_count = variables;
}

/* The n-th of the rules, or of their first when there is none, that give the type; so many when n is too
 * many. */
static unsigned find_rule(const Rule *rules, unsigned count, const char *type, unsigned n, const Rule **found,
                          Bound *bound)
{
    unsigned fitting = 0;
    for (unsigned i = 0; i < count; i++) {
        Bound tried = {{0}, {0}, false};
        if (match(rules[i].gives, type, &tried) && fitting++ == n) {
            *found = &rules[i];
            *bound = tried;
        }
    }
    return fitting;
}

static void write_by_rules(Writer *writer, const Rule *rules, unsigned count, const char *type,
                           unsigned depth)
{
    const Rule *rule = NULL;
    Bound bound = {{0}, {0}, false};
    const unsigned fitting = find_rule(rules, count, type, UINT32_MAX, &rule, &bound);
    perly_assert(fitting > 0);
    (void)find_rule(rules, count, type, draw(writer, fitting), &rule, &bound);
    write_rule(writer, rule, &bound, depth);
}

static bool write_variable(Writer *writer, const char *type)
{
    const unsigned start = writer->variable_count == 0 ? 0 : draw(writer, 2 * writer->variable_count);
    for (unsigned i = start; i < writer->variable_count && i < VARIABLES_MAX; i++) {
        if (strcmp(writer->variables[i], type) == 0) {
            write_name(writer, i);
            return true;
        }
    }
    return false;
}

typedef struct Call {
    const CelOverload *overload;
    const char *next; /* of the signature */
    Bound bound;
    unsigned depth;
} Call;

static void write_parameter(Writer *writer, Call *call)
{
    buffer_append_byte(writer->text, '(');
    write_pattern(writer, call->next, &call->bound, call->depth);
    buffer_append_byte(writer->text, ')');
    call->next = cel_signature_skip(call->next);
}

/* "_?_:_" is a text with places for its operands, but for "@in" and the sign and the '!' in front. */
static void write_operator(Writer *writer, Call *call)
{
    const char *shape = call->overload->name[0] == '@' ? "_ in _" : call->overload->name;
    for (; *shape != '\0'; shape++) {
        if (*shape == '_') {
            write_parameter(writer, call);
        } else {
            buffer_append_byte(writer->text, *shape);
        }
    }
}

static void write_call(Writer *writer, Call *call)
{
    const CelOverload *overload = call->overload;
    const bool member =
        overload->style == CEL_STYLE_MEMBER || (overload->style == CEL_STYLE_BOTH && draw(writer, 2) == 1);
    if (member) {
        write_parameter(writer, call);
        buffer_append_byte(writer->text, '.');
    }
    buffer_append(writer->text, slice_from_text(overload->name));
    buffer_append_byte(writer->text, '(');
    for (bool first = true; *call->next != '>'; first = false) {
        const char *parameter = call->next;
        buffer_append(writer->text, first ? SLICE("") : SLICE(", "));
        write_parameter(writer, call);
        if (*call->next == '+') {
            call->next = draw(writer, 3) > 0 && call->depth > 0 ? parameter : call->next + 1;
            call->depth -= call->depth > 0;
        }
    }
    buffer_append_byte(writer->text, ')');
}

/*
 * What nothing is known of, as in optional.none(), gets its type from a value beside it: the checker takes
 * the first overload that fits what is open, and its type with it.
 */
static void write_overload(Writer *writer, uint32_t overload, const Bound *bound, const char *type,
                           unsigned depth)
{
    Call call = {&cel_overloads[overload], cel_overloads[overload].signature, *bound, depth - (depth > 0)};
    const bool open = *call.next == '>';
    call.bound.a_is_key = strstr(call.next, "mA") != NULL;
    buffer_append(writer->text, open ? SLICE("(true ? ") : SLICE("("));
    if (strchr("_@!-", call.overload->name[0]) != NULL) {
        write_operator(writer, &call);
    } else {
        write_call(writer, &call);
    }
    if (open) {
        buffer_append(writer->text, SLICE(" : "));
        write_by_rules(writer, LEAVES, COUNT(LEAVES), type, 0);
    }
    buffer_append_byte(writer->text, ')');
}

/* A map's key has a type that keys may have, whatever the result of looking it up. */
static bool gives(uint32_t overload, const char *type, Bound *bound)
{
    const char *signature = cel_overloads[overload].signature;
    *bound = (Bound){{0}, {0}, false};
    if (!match(strchr(signature, '>') + 1, type, bound)) {
        return false;
    }
    return strstr(signature, "mA") == NULL || bound->a[0] == '\0' || strchr("siub", bound->a[0]) != NULL;
}

static bool write_by_table(Writer *writer, const char *type, unsigned depth)
{
    Bound bound;
    unsigned fitting = 0;
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        fitting += gives(i, type, &bound);
    }
    unsigned left = fitting == 0 ? 0 : draw(writer, fitting);
    for (uint32_t i = 0; i < cel_overload_count && fitting > 0; i++) {
        if (gives(i, type, &bound) && left-- == 0) {
            write_overload(writer, i, &bound, type, depth);
            return true;
        }
    }
    return false;
}

static void write_type(Writer *writer, const char *type, unsigned depth)
{
    const unsigned way = draw(writer, 8);
    if (depth > 0 && writer->at < writer->size) {
        if (way < 5 && write_by_table(writer, type, depth)) {
            return;
        }
        if (way < 7 && type[0] != '*' && !(type[0] == 'n' && depth == 1)) {
            write_by_rules(writer, RULES, COUNT(RULES), type, depth);
            return;
        }
    }
    if (!write_variable(writer, type)) {
        write_by_rules(writer, LEAVES, COUNT(LEAVES), type, 0);
    }
}

bool cel_program_write(Arena *arena, const uint8_t *data, size_t size, CelRandomProgram *program)
{
    Buffer text;
    Writer writer = {.data = data, .size = size, .text = &text};
    buffer_init(&text, arena, TEXT_BYTES_MAX);
    const unsigned high = draw(&writer, 256);
    const unsigned overload = high << 8 | draw(&writer, 256);
    const unsigned depth = 1 + draw(&writer, DEPTH_MAX);
    program->root = CEL_NO_OVERLOAD;
    if (draw(&writer, 4) > 0) {
        Bound bound = {{0}, {0}, false};
        program->root = overload % cel_overload_count;
        const char *signature = cel_overloads[program->root].signature;
        bound.a_is_key = strstr(signature, "mA") != NULL;
        resolve(&writer, strchr(signature, '>') + 1, &bound, program->type);
        write_overload(&writer, program->root, &bound, program->type, depth);
    } else {
        const char *type = ANY[overload % COUNT(ANY)];
        copy_type(program->type, type, strlen(type));
        write_type(&writer, type, depth);
    }
    program->text = buffer_slice(&text);
    return !text.failed;
}
