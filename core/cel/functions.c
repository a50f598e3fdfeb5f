#include "cel/functions.h"
#include "cel/library.h"

#define GLOBAL CEL_STYLE_GLOBAL
#define MEMBER CEL_STYLE_MEMBER
#define BOTH CEL_STYLE_BOTH
#define FUNCTION(name, style, doc)
#define EXAMPLE(text, result)
#define OVERLOAD(name, style, signature, implementation, cost)                                               \
    {name, signature, implementation, style, cost, sizeof(name) - 1},

const CelOverload cel_overloads[] = {
#include "cel/functions.def"
};

const uint32_t cel_overload_count = sizeof cel_overloads / sizeof cel_overloads[0];

/* As slice_compare, without its call: names differ within their first bytes, or not at all. */
static int compare_names(Slice a, Slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    for (size_t i = 0; i < shorter; i++) {
        if (a.data[i] != b.data[i]) {
            return (unsigned char)a.data[i] - (unsigned char)b.data[i];
        }
    }
    return (a.length > b.length) - (a.length < b.length);
}

bool cel_function_find(Slice name, uint32_t *first, uint32_t *end)
{
    uint32_t low = 0;
    uint32_t high = cel_overload_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (compare_names(cel_overload_name(middle), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    while (low < cel_overload_count && compare_names(cel_overload_name(low), name) == 0) {
        low++;
    }
    *end = low;
    return low > *first;
}

const char *cel_signature_skip(const char *signature)
{
    while (*signature == 'l' || *signature == 'o' || *signature == 'T') {
        signature++;
    }
    if (*signature == 'm') {
        return cel_signature_skip(cel_signature_skip(signature + 1));
    }
    return signature + 1;
}

/* Elements of lists and maps are looked at only as far as an overload depends on them: numbers of any kind.
 */
static bool kind_fits(const char *signature, const CelValue *value)
{
    switch (*signature) {
    case 'b': return value->kind == CEL_BOOL;
    case 'i': return value->kind == CEL_INT;
    case 'u': return value->kind == CEL_UINT;
    case 'd': return value->kind == CEL_DOUBLE;
    case 's': return value->kind == CEL_STRING;
    case 'y': return value->kind == CEL_BYTES;
    case 'n': return value->kind == CEL_NULL;
    case 't': return value->kind == CEL_TIMESTAMP;
    case 'r': return value->kind == CEL_DURATION;
    case 'N': return value->kind >= CEL_INT && value->kind <= CEL_DOUBLE;
    case 'l': return value->kind == CEL_LIST;
    case 'm': return value->kind == CEL_MAP;
    case 'o': return value->kind == CEL_OPTIONAL;
    case 'T': return value->kind == CEL_TYPE;
    default: return true;
    }
}

static bool overload_fits(const char *signature, const CelValue *arguments, uint32_t count)
{
    uint32_t i = 0;
    while (*signature != '>') {
        const char *next = cel_signature_skip(signature);
        if (i == count || !kind_fits(signature, &arguments[i])) {
            return false;
        }
        i++;
        if (*next == '+') {
            while (i < count && kind_fits(signature, &arguments[i])) {
                i++;
            }
            next++;
        }
        signature = next;
    }
    return i == count;
}

uint32_t cel_overload_for(uint32_t function, bool member, const CelValue *arguments, uint32_t count)
{
    const unsigned style = member ? CEL_STYLE_MEMBER : CEL_STYLE_GLOBAL;
    const Slice name = cel_overload_name(function);
    for (uint32_t i = function; i < cel_overload_count && slice_equal(cel_overload_name(i), name); i++) {
        if ((cel_overloads[i].style & style) != 0 &&
            overload_fits(cel_overloads[i].signature, arguments, count)) {
            return i;
        }
    }
    return UINT32_MAX;
}
