#include "cel/internal.h"

enum { TYPE_DEPTH_MAX = 32, TYPE_PARAMETERS_MAX = 8 };

static const CelType PLAIN[CEL_TYPE_PLAIN_COUNT] = {
    [CEL_TYPE_DYN] = {.kind = CEL_TYPE_DYN, .name = SLICE_INIT("dyn")},
    [CEL_TYPE_NULL] = {.kind = CEL_TYPE_NULL, .name = SLICE_INIT("null")},
    [CEL_TYPE_BOOL] = {.kind = CEL_TYPE_BOOL, .name = SLICE_INIT("bool")},
    [CEL_TYPE_INT] = {.kind = CEL_TYPE_INT, .name = SLICE_INIT("int")},
    [CEL_TYPE_UINT] = {.kind = CEL_TYPE_UINT, .name = SLICE_INIT("uint")},
    [CEL_TYPE_DOUBLE] = {.kind = CEL_TYPE_DOUBLE, .name = SLICE_INIT("double")},
    [CEL_TYPE_STRING] = {.kind = CEL_TYPE_STRING, .name = SLICE_INIT("string")},
    [CEL_TYPE_BYTES] = {.kind = CEL_TYPE_BYTES, .name = SLICE_INIT("bytes")},
    [CEL_TYPE_TIMESTAMP] = {.kind = CEL_TYPE_TIMESTAMP, .name = SLICE_INIT("timestamp")},
    [CEL_TYPE_DURATION] = {.kind = CEL_TYPE_DURATION, .name = SLICE_INIT("duration")},
    [CEL_TYPE_NUMBER] = {.kind = CEL_TYPE_NUMBER, .name = SLICE_INIT("number")},
};

const CelType *cel_type_plain(CelTypeKind kind)
{
    return &PLAIN[kind];
}

const CelType *cel_type_make(Arena *arena, CelTypeKind kind, Slice name, const CelType *const *parameters,
                             uint32_t count)
{
    CelType *type = ARENA_NEW(arena, CelType);
    const CelType **copy = ARENA_ARRAY(arena, const CelType *, count);
    if (type == NULL || copy == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (parameters[i] == NULL) {
            return NULL;
        }
        copy[i] = parameters[i];
    }
    *type = (CelType){.kind = kind, .count = count, .parameters = copy, .name = name};
    return type;
}

const CelType *cel_type_list(Arena *arena, const CelType *element)
{
    return cel_type_make(arena, CEL_TYPE_LIST, SLICE("list"), &element, 1);
}

const CelType *cel_type_map(Arena *arena, const CelType *key, const CelType *value)
{
    const CelType *const parameters[] = {key, value};
    return cel_type_make(arena, CEL_TYPE_MAP, SLICE("map"), parameters, 2);
}

const CelType *cel_type_object(Arena *arena, Slice name, const RowSchema *schema)
{
    CelType *type = ARENA_NEW(arena, CelType);
    if (type == NULL || !arena_keep(arena, name, &name)) {
        return NULL;
    }
    *type = (CelType){.kind = CEL_TYPE_OBJECT, .name = name, .schema = schema};
    return type;
}

const CelType *cel_type_of_column(RowType type)
{
    static const CelType *const text = &PLAIN[CEL_TYPE_STRING];
    static const CelType text_list = {
        .kind = CEL_TYPE_LIST, .count = 1, .parameters = &text, .name = SLICE_INIT("list")};
    switch (type) {
    case ROW_INT64: return &PLAIN[CEL_TYPE_INT];
    case ROW_DOUBLE: return &PLAIN[CEL_TYPE_DOUBLE];
    case ROW_BOOL: return &PLAIN[CEL_TYPE_BOOL];
    case ROW_TEXT: return &PLAIN[CEL_TYPE_STRING];
    case ROW_BYTES: return &PLAIN[CEL_TYPE_BYTES];
    case ROW_TIME: return &PLAIN[CEL_TYPE_TIMESTAMP];
    case ROW_LIST: return &text_list;
    case ROW_TYPE_COUNT: break;
    }
    return &PLAIN[CEL_TYPE_DYN];
}

typedef struct TypeReader {
    Arena *arena;
    Slice text;
    size_t at;
    unsigned depth;
} TypeReader;

static void skip_spaces(TypeReader *reader)
{
    while (reader->at < reader->text.length && reader->text.data[reader->at] == ' ') {
        reader->at++;
    }
}

static bool take(TypeReader *reader, char wanted)
{
    skip_spaces(reader);
    if (reader->at < reader->text.length && reader->text.data[reader->at] == wanted) {
        reader->at++;
        return true;
    }
    return false;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '.';
}

static const CelType *named_type(TypeReader *reader, Slice name, const CelType *const *parameters,
                                 uint32_t count)
{
    for (int kind = 0; count == 0 && kind < CEL_TYPE_PLAIN_COUNT; kind++) {
        if (slice_equal(PLAIN[kind].name, name)) {
            return &PLAIN[kind];
        }
    }
    if (slice_equal(name, SLICE("list")) && count == 1) {
        return cel_type_make(reader->arena, CEL_TYPE_LIST, SLICE("list"), parameters, 1);
    }
    if (slice_equal(name, SLICE("map")) && count == 2) {
        return cel_type_make(reader->arena, CEL_TYPE_MAP, SLICE("map"), parameters, 2);
    }
    if (slice_equal(name, SLICE("type")) && count <= 1) {
        return cel_type_make(reader->arena, CEL_TYPE_TYPE, SLICE("type"), parameters, count);
    }
    const bool parameter = count == 0 && name.length == 1 && name.data[0] >= 'A' && name.data[0] <= 'Z';
    const CelTypeKind kind = parameter ? CEL_TYPE_PARAMETER : CEL_TYPE_ABSTRACT;
    return arena_keep(reader->arena, name, &name)
               ? cel_type_make(reader->arena, kind, name, parameters, count)
               : NULL;
}

static const CelType *read_type(TypeReader *reader)
{
    const CelType *parameters[TYPE_PARAMETERS_MAX];
    uint32_t count = 0;
    skip_spaces(reader);
    const size_t start = reader->at;
    while (reader->at < reader->text.length && is_name_byte(reader->text.data[reader->at])) {
        reader->at++;
    }
    const Slice name = slice_part(reader->text, start, reader->at);
    if (name.length == 0 || ++reader->depth > TYPE_DEPTH_MAX) {
        return NULL;
    }
    if (take(reader, '(')) {
        do {
            const CelType *parameter = count < TYPE_PARAMETERS_MAX ? read_type(reader) : NULL;
            if (parameter == NULL) {
                return NULL;
            }
            parameters[count++] = parameter;
        } while (take(reader, ','));
        if (!take(reader, ')')) {
            return NULL;
        }
    }
    reader->depth--;
    return named_type(reader, name, parameters, count);
}

Error cel_type_parse(Arena *arena, Slice text, const CelType **type)
{
    TypeReader reader = {.arena = arena, .text = text};
    const CelType *read = read_type(&reader);
    skip_spaces(&reader);
    if (read == NULL || reader.at != text.length) {
        return ERROR_TEXT(arena, ERROR_CEL_TYPE, SLICE("not a type: "), text);
    }
    *type = read;
    return ERROR_NONE;
}

void cel_type_print(Buffer *buffer, const CelType *type)
{
    buffer_append(buffer, type->name);
    for (uint32_t i = 0; i < type->count; i++) {
        buffer_append(buffer, i == 0 ? SLICE("(") : SLICE(", "));
        cel_type_print(buffer, type->parameters[i]);
    }
    if (type->count > 0) {
        buffer_append(buffer, SLICE(")"));
    }
}
