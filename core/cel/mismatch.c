/* An operator or a function that does not take what it was given: what it got, and what it takes. */
#include "cel/checker.h"

enum { SHOWN_MAX = 4 }; /* signatures; more say less */

/* "_+_", "@in", "!_", "-_": names that nobody writes. */
static bool is_operator(Slice name)
{
    return name.length > 0 && slice_find_byte(SLICE("_@!-"), name.data[0], 0) < 4;
}

/* How the operator is written: "_?_:_" is `? :`. */
static void append_name(Buffer *out, Slice name)
{
    const bool spaced = slice_equal(name, SLICE("_?_:_"));
    const size_t first = name.length > 1 && name.data[0] == '@' ? 1 : 0;
    if (name.length < 2 || !is_operator(name)) {
        buffer_append(out, name);
        return;
    }
    for (size_t i = first; i < name.length; i++) {
        if (name.data[i] != '_') {
            buffer_append_byte(out, name.data[i]);
        } else if (spaced && i > 0 && i + 1 < name.length) {
            buffer_append_byte(out, ' ');
        }
    }
}

/* The type at `signature`, as the reference page has it. */
static void append_type(Buffer *out, const char *signature)
{
    static const char letters[] = "biudsyntrN*AC";
    static const char *const names[] = {"bool",      "int",       "uint",      "double",   "string",
                                        "bytes",     "null",      "timestamp", "duration", "number",
                                        "any value", "any value", "any value"};
    const char *const plain = strchr(letters, *signature);
    if (plain != NULL) {
        buffer_append(out, slice_from_text(names[plain - letters]));
        return;
    }
    const bool map = *signature == 'm';
    buffer_append(out, map                 ? SLICE("map")
                       : *signature == 'l' ? SLICE("list")
                       : *signature == 'o' ? SLICE("optional")
                                           : SLICE("type"));
    if (strchr("AC*", signature[1]) != NULL) {
        return; /* of anything */
    }
    buffer_append_byte(out, '(');
    append_type(out, signature + 1);
    if (map) {
        buffer_append(out, SLICE(", "));
        append_type(out, cel_signature_skip(signature + 1));
    }
    buffer_append_byte(out, ')');
}

/* "string.contains(string)", or "(bool, bool)" of an operator. */
static void append_signature(Buffer *out, Slice name, const char *signature, bool member)
{
    bool first = true;
    if (member) {
        append_type(out, signature);
        signature = cel_signature_skip(signature);
        buffer_append_byte(out, '.');
    }
    append_name(out, is_operator(name) ? SLICE("") : name);
    buffer_append_byte(out, '(');
    while (*signature != '>') {
        buffer_append(out, first ? SLICE("") : SLICE(", "));
        append_type(out, signature);
        signature = cel_signature_skip(signature);
        if (*signature == '+') {
            buffer_append(out, SLICE("..."));
            signature++;
        }
        first = false;
    }
    buffer_append_byte(out, ')');
}

/* What it takes; empty when it takes too much to be told. */
static Slice taken(CelChecker *checker, Slice name, bool member)
{
    Buffer out;
    uint32_t first = 0;
    uint32_t end = 0;
    uint32_t shown = 0;
    buffer_init(&out, checker->context->arena, 0);
    buffer_append(&out, SLICE("it takes "));
    for (uint32_t i = cel_function_find(name, &first, &end) ? first : end; i < end; i++) {
        if ((cel_overloads[i].style & (member ? CEL_STYLE_MEMBER : CEL_STYLE_GLOBAL)) != 0) {
            buffer_append(&out, shown == 0 ? SLICE("") : SLICE(" or "));
            append_signature(&out, name, cel_overloads[i].signature, member);
            shown++;
        }
    }
    return shown == 0 || shown > SHOWN_MAX ? SLICE("") : buffer_slice(&out);
}

static Slice advice(CelChecker *checker, Slice name, bool member, const CelType *const *types, uint32_t count)
{
    const CelType *left = count > 0 ? cel_resolve(checker, types[0]) : NULL;
    const CelType *right = count > 1 ? cel_resolve(checker, types[1]) : NULL;
    if (slice_equal(name, SLICE("_?_:_"))) {
        return left->kind == CEL_TYPE_BOOL || left->kind == CEL_TYPE_DYN
                   ? SLICE("both sides of `:` must have the same type")
                   : SLICE("the condition must be a bool");
    }
    if (count == 2 && cel_is_number(left) && cel_is_number(right)) {
        return SLICE("write both numbers alike: 2.0, or double(x)");
    }
    if (slice_equal(name, SLICE("_+_")) && count == 2 &&
        (left->kind == CEL_TYPE_STRING || right->kind == CEL_TYPE_STRING)) {
        return SLICE("text is joined with text alone: string(x)");
    }
    return taken(checker, name, member);
}

void cel_mismatch(CelChecker *checker, const CelNode *node, bool member, const CelType *const *types,
                  uint32_t count)
{
    Buffer given;
    Buffer name;
    buffer_init(&given, checker->context->arena, 0);
    buffer_init(&name, checker->context->arena, 0);
    append_name(&name, node->name);
    for (uint32_t i = 0; i < count; i++) {
        buffer_append(&given, i == 0 ? SLICE("") : SLICE(", "));
        cel_type_print(&given, cel_resolve_all(checker, types[i], 0));
    }
    ISSUE(checker->context, CEL_ERROR_OVERLOAD, node->offset, SLICE("`"), buffer_slice(&name),
          SLICE("` does not take ("), buffer_slice(&given), SLICE(")"));
    const Slice text = advice(checker, node->name, member, types, count);
    if (text.length > 0 && checker->context->issues->count <= CEL_ISSUES_MAX) {
        cel_issue_suggest(checker->context, text);
    }
}
