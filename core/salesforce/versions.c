#include "salesforce/versions.h"

#include "salesforce/internal.h"

enum { MAJOR_DIGITS_MAX = 3 };

bool sf_version_valid(Slice text)
{
    const size_t dot = slice_find_byte(text, '.', 0);
    if (dot == 0 || dot > MAJOR_DIGITS_MAX || text.length != dot + 2) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (i != dot && (text.data[i] < '0' || text.data[i] > '9')) {
            return false;
        }
    }
    return text.data[0] != '0';
}

int sf_version_compare(Slice a, Slice b)
{
    if (a.length != b.length) { /* no leading zeros, one decimal: the longer is the greater */
        return a.length < b.length ? -1 : 1;
    }
    return slice_compare(a, b);
}

Error sf_versions(Arena *arena, RequestSpec *spec)
{
    Buffer path;
    buffer_init(&path, arena, 0);
    buffer_append(&path, SLICE("/services/data"));
    return spec_finish(spec, METHOD_GET, SLICE("versions"), &path, SLICE(""), NULL);
}

static Error read_best(Arena *arena, Slice body, Slice wanted, Slice *best, Slice *newest)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    RETURN_IF_ERROR(json_expect_array(root));
    for (JsonValue item = json_first(root); json_present(item); item = json_next(item)) {
        Slice version = SLICE("");
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("version")), &version));
        if (!sf_version_valid(version)) {
            continue; /* one that Perly could not ask for anyway */
        }
        if (newest->length == 0 || sf_version_compare(version, *newest) > 0) {
            *newest = version;
        }
        if (sf_version_compare(version, wanted) <= 0 &&
            (best->length == 0 || sf_version_compare(version, *best) > 0)) {
            *best = version;
        }
    }
    return ERROR_NONE;
}

Error sf_versions_negotiate(Arena *arena, Slice body, Slice wanted, Slice *version)
{
    Slice best = SLICE("");
    Slice newest = SLICE("");
    RETURN_IF_ERROR(answer_error(SLICE("list of versions"), read_best(arena, body, wanted, &best, &newest)));
    if (best.length == 0 || sf_version_compare(best, SF_VERSION_OLDEST) < 0) {
        return ERROR_TEXT(arena, ERROR_SF_VERSION, SLICE("Perly needs API version "), SF_VERSION_OLDEST,
                          SLICE(" to "), wanted, SLICE("; the newest of the org is "),
                          newest.length == 0 ? SLICE("none") : newest);
    }
    *version = best;
    return ERROR_NONE;
}
