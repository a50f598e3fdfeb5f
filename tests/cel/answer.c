#include "answer.h"

#include "base/number.h"
#include "base/zones.h"
#include "cel/cel.h"
#include "hostile.h"
#include "tree.h"

enum { TEXTS_MAX = 256, DEPTH_MAX = 64 };

/* A value's text being read. */
typedef struct Reader {
    Arena *arena;
    Slice text;
    size_t at;
    unsigned depth;
} Reader;

static CelValue read_value(Reader *reader);

/* Up to `end`, which is passed. */
static Slice read_until(Reader *reader, char end)
{
    const size_t start = reader->at;
    const size_t found = slice_find_byte(reader->text, end, start);
    reader->at = found < reader->text.length ? found + 1 : found;
    return slice_part(reader->text, start, found);
}

static uint64_t read_count(Reader *reader)
{
    uint64_t count = 0;
    (void)number_parse_uint64(read_until(reader, ':'), &count);
    return count;
}

static Slice read_bytes(Reader *reader)
{
    const size_t length = (size_t)read_count(reader);
    const Slice bytes = slice_part(reader->text, reader->at, reader->at + length);
    reader->at += length;
    return bytes;
}

static int64_t read_int(Reader *reader)
{
    int64_t value = 0;
    (void)number_parse_int64(read_until(reader, ';'), &value);
    return value;
}

static double read_bits(Reader *reader)
{
    const Slice digits = read_until(reader, ';');
    uint64_t bits = 0;
    double value = 0;
    for (size_t i = 0; i < digits.length; i++) {
        const char c = digits.data[i];
        bits = bits * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

static CelValue read_list(Reader *reader)
{
    const uint32_t count = (uint32_t)read_count(reader);
    CelValue *items = ARENA_ARRAY(reader->arena, CelValue, count);
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        items[i] = read_value(reader);
    }
    return cel_list(items, count);
}

static CelValue read_map(Reader *reader)
{
    const uint32_t count = (uint32_t)read_count(reader);
    CelMap *map = cel_map_create(reader->arena, count);
    for (uint32_t i = 0; i < count && map != NULL; i++) {
        const CelValue key = read_value(reader);
        const CelValue value = read_value(reader);
        (void)cel_map_add(reader->arena, map, &key, &value);
    }
    return map == NULL ? cel_unknown() : cel_map(map);
}

static CelValue read_uint(Reader *reader)
{
    uint64_t value = 0;
    (void)number_parse_uint64(read_until(reader, ';'), &value);
    return cel_uint(value);
}

static CelValue read_duration(Reader *reader)
{
    const int64_t nanos = read_int(reader);
    const int64_t below = (nanos % 1000000 + 1000000) % 1000000;
    return cel_duration((nanos - below) / 1000000, (uint32_t)below);
}

/* Seconds, '.', nanoseconds, as print_timestamp writes it. */
static CelValue read_timestamp(Reader *reader)
{
    int64_t seconds = 0;
    (void)number_parse_int64(read_until(reader, '.'), &seconds);
    const int64_t nanos = read_int(reader);
    return cel_timestamp(seconds * 1000 + nanos / 1000000, (uint32_t)(nanos % 1000000));
}

static CelValue read_value(Reader *reader)
{
    if (reader->at >= reader->text.length || ++reader->depth > DEPTH_MAX) {
        return cel_unknown();
    }
    CelValue value = cel_unknown();
    switch (reader->text.data[reader->at++]) {
    case 'n': value = cel_null(); break;
    case 'b': value = cel_bool(reader->text.data[reader->at++] == '1'); break;
    case 'i': value = cel_int(read_int(reader)); break;
    case 'u': value = read_uint(reader); break;
    case 'd': value = cel_double(read_bits(reader)); break;
    case 's': value = cel_string(read_bytes(reader)); break;
    case 'y': value = cel_bytes(read_bytes(reader)); break;
    case 't': value = cel_type_value(read_bytes(reader)); break;
    case 'l': value = read_list(reader); break;
    case 'm': value = read_map(reader); break;
    case 'T': value = read_timestamp(reader); break;
    case 'D': value = read_duration(reader); break;
    default: break;
    }
    reader->depth--;
    return value;
}

static void print_value(Buffer *out, CelValue value);

static void print_bytes(Buffer *out, char letter, Slice bytes)
{
    buffer_append_byte(out, letter);
    buffer_append_uint64(out, bytes.length);
    buffer_append_byte(out, ':');
    buffer_append(out, bytes);
}

static void print_bits(Buffer *out, double number)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t bits = 0;
    memcpy(&bits, &number, sizeof bits);
    buffer_append_byte(out, 'd');
    for (unsigned i = 0; i < 16; i++) {
        buffer_append_byte(out, hex[bits >> (60 - 4 * i) & 15]);
    }
    buffer_append_byte(out, ';');
}

/* Seconds and nanoseconds, floored, since the nanoseconds of a timestamp alone do not fit into 64 bits. */
static void print_timestamp(Buffer *out, CelValue value)
{
    const int64_t below = (value.as.integer % 1000 + 1000) % 1000;
    buffer_append_byte(out, 'T');
    buffer_append_int64(out, (value.as.integer - below) / 1000);
    buffer_append_byte(out, '.');
    buffer_append_int64(out, below * 1000000 + value.length);
    buffer_append_byte(out, ';');
}

static void print_list(Buffer *out, CelValue list)
{
    uint32_t count = 0;
    const CelValue *items = cel_list_items(out->arena, list, &count);
    buffer_append_byte(out, 'l');
    buffer_append_uint64(out, count);
    buffer_append_byte(out, ':');
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        print_value(out, items[i]);
    }
}

static void print_map(Buffer *out, const CelMap *map)
{
    buffer_append_byte(out, 'm');
    buffer_append_uint64(out, map->count);
    buffer_append_byte(out, ':');
    for (uint32_t i = 0; i < 2 * map->count; i++) {
        print_value(out, map->entries[i]);
    }
}

static void print_number(Buffer *out, char letter, CelValue value)
{
    buffer_append_byte(out, letter);
    if (letter == 'u') {
        buffer_append_uint64(out, value.as.uinteger);
    } else {
        buffer_append_int64(out, value.as.integer);
    }
    buffer_append_byte(out, ';');
}

static void print_value(Buffer *out, CelValue value)
{
    switch ((CelKind)value.kind) {
    case CEL_NULL: buffer_append_byte(out, 'n'); break;
    case CEL_BOOL: buffer_append(out, value.as.integer != 0 ? SLICE("b1") : SLICE("b0")); break;
    case CEL_INT: print_number(out, 'i', value); break;
    case CEL_UINT: print_number(out, 'u', value); break;
    case CEL_DOUBLE: print_bits(out, value.as.number); break;
    case CEL_STRING: print_bytes(out, 's', cel_text(value)); break;
    case CEL_BYTES: print_bytes(out, 'y', cel_text(value)); break;
    case CEL_TYPE: print_bytes(out, 't', cel_text(value)); break;
    case CEL_LIST: print_list(out, value); break;
    case CEL_MAP: print_map(out, value.as.map); break;
    case CEL_TIMESTAMP: print_timestamp(out, value); break;
    case CEL_DURATION: print_number(out, 'D', cel_int(value.as.integer * 1000000 + value.length)); break;
    case CEL_OPTIONAL:
        buffer_append(out, value.as.items == NULL ? SLICE("o0") : SLICE("o1"));
        if (value.as.items != NULL) {
            print_value(out, *value.as.items);
        }
        break;
    case CEL_ERROR:
        buffer_append_byte(out, '!');
        buffer_append(out, cel_error_kind_name((CelErrorKind)value.code));
        buffer_append_byte(out, ' ');
        buffer_append(out, slice_from_text(value.as.text));
        break;
    case CEL_UNKNOWN:
    case CEL_OBJECT:
    case CEL_KIND_COUNT: buffer_append_byte(out, 'x'); break;
    }
}

typedef struct Question {
    Arena *arena;
    CelEnvironment *environment;
    Slice texts[TEXTS_MAX];
    uint32_t count;
    CelValue values[TEXTS_MAX];
    uint32_t value_count;
} Question;

static bool read_texts(Question *question, Slice encoded)
{
    size_t at = 4;
    if (encoded.length < 4) {
        return false;
    }
    memcpy(&question->count, encoded.data, 4);
    for (uint32_t i = 0; i < question->count; i++) {
        uint32_t length = 0;
        if (i == TEXTS_MAX || at + 4 > encoded.length) {
            return false;
        }
        memcpy(&length, encoded.data + at, 4);
        question->texts[i] = slice_part(encoded, at + 4, at + 4 + length);
        at += 4 + (size_t)length;
    }
    return true;
}

static uint32_t declare_variable(Question *question, uint32_t at)
{
    const CelType *type = NULL;
    const Slice value = question->texts[at + 3];
    Reader reader = {.arena = question->arena, .text = value};
    if (cel_type_parse(question->arena, question->texts[at + 2], &type).code == ERROR_OK &&
        cel_declare(question->environment, question->texts[at + 1], type).code == ERROR_OK) {
        question->values[question->value_count++] = read_value(&reader);
    }
    return at + 4;
}

static uint32_t declare_function(Question *question, uint32_t at)
{
    const CelType *types[16] = {NULL};
    const CelType *result = NULL;
    uint64_t count = 0;
    (void)number_parse_uint64(question->texts[at + 4], &count);
    (void)cel_type_parse(question->arena, question->texts[at + 3], &result);
    for (uint32_t i = 0; i < count && i < 16; i++) {
        (void)cel_type_parse(question->arena, question->texts[at + 5 + i], &types[i]);
    }
    (void)cel_declare_function(question->environment, question->texts[at + 1],
                               slice_equal(question->texts[at + 2], SLICE("member")), types, (uint32_t)count,
                               result);
    return at + 5 + (uint32_t)count;
}

static void declare_all(Question *question)
{
    cel_set_container(question->environment, question->texts[2]);
    cel_set_checking(question->environment, slice_equal(question->texts[3], SLICE("none")) ? CEL_CHECK_NONE
                                            : slice_equal(question->texts[3], SLICE("admin"))
                                                ? CEL_CHECK_ADMIN
                                                : CEL_CHECK_STANDARD);
    for (uint32_t at = 4; at < question->count;) {
        at = slice_equal(question->texts[at], SLICE("fn")) ? declare_function(question, at)
                                                           : declare_variable(question, at);
    }
}

static void answer_program(const Question *question, const CelProgram *program, bool run, Buffer *answer)
{
    CelEvaluation *evaluation = NULL;
    cel_type_print(answer, cel_program_type(program));
    if (!run ||
        cel_evaluation_create(question->arena, program, question->arena, &evaluation).code != ERROR_OK) {
        return;
    }
    for (uint32_t i = 0; i < question->value_count; i++) {
        cel_bind(evaluation, i, question->values[i]);
    }
    buffer_append_byte(answer, '\n');
    print_value(answer, cel_evaluate(evaluation));
}

static void answer_hostile(const Question *question, Buffer *answer)
{
    uint64_t number = 0;
    if (number_parse_uint64(question->texts[1], &number).code == ERROR_OK && number < hostile_count) {
        const Hostile *row = &hostile_rows[number];
        buffer_append(answer, row->name);
        buffer_append_byte(answer, '\n');
        buffer_append(answer, row->wanted);
        buffer_append_byte(answer, '\n');
        buffer_append(answer, hostile_run(question->arena, row));
    }
}

void cel_answer(Slice encoded, Slice zone_file, Buffer *answer)
{
    Question *question = ARENA_NEW(answer->arena, Question);
    CelIssues *issues = ARENA_NEW(answer->arena, CelIssues);
    const CelProgram *program = NULL;
    Zones zones;
    if (question == NULL || issues == NULL || !read_texts(question, encoded) || question->count < 2) {
        buffer_append(answer, SLICE("!other not a case"));
        return;
    }
    question->arena = answer->arena;
    if (slice_equal(question->texts[0], SLICE("tree"))) {
        tree_print(answer, question->texts[1]);
        return;
    }
    if (slice_equal(question->texts[0], SLICE("hostile"))) {
        answer_hostile(question, answer);
        return;
    }
    (void)cel_environment_create(question->arena, &question->environment);
    if (zone_file.length > 0 && zones_open(&zones, zone_file).code == ERROR_OK) {
        cel_set_calendar(question->environment, (CelCalendar){.zones = &zones});
    }
    declare_all(question);
    const Error error =
        cel_compile(question->arena, question->environment, question->texts[1], issues, &program);
    if (error.code == ERROR_OK) {
        answer_program(question, program, slice_equal(question->texts[0], SLICE("eval")), answer);
        return;
    }
    buffer_append_byte(answer, '!');
    buffer_append(answer, cel_error_kind_name(issues->count > 0 ? issues->items[0].kind : CEL_ERROR_OTHER));
    buffer_append_byte(answer, ' ');
    buffer_append(answer, error.message);
}
