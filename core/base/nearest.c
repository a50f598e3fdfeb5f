#include "base/nearest.h"

enum { NAME_BYTES_MAX = 64 };

static char lower(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The edits that make `a` of `b`, by three rows of the table at once: a swap looks two rows back. */
static size_t distance(Slice a, Slice b)
{
    size_t rows[3][NAME_BYTES_MAX + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *now = rows[2];
    for (size_t j = 0; j <= b.length; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            const char left = lower(a.data[i - 1]);
            const char right = lower(b.data[j - 1]);
            now[j] = least(last[j - 1] + (left != right ? 1 : 0), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && left == lower(b.data[j - 2]) && lower(a.data[i - 2]) == right) {
                now[j] = least(now[j], before[j - 2] + 1);
            }
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.length];
}

Nearest nearest_begin(Slice wanted)
{
    const bool comparable = wanted.length > 0 && wanted.length <= NAME_BYTES_MAX;
    return (Nearest){.wanted = wanted, .name = SLICE(""), .distance = comparable ? wanted.length / 3 + 2 : 0};
}

void nearest_consider(Nearest *nearest, Slice name)
{
    if (nearest->distance == 0 || name.length == 0 || name.length > NAME_BYTES_MAX) {
        return;
    }
    const size_t found = distance(nearest->wanted, name);
    if (found < nearest->distance && found < name.length) {
        nearest->name = name;
        nearest->distance = found;
    }
}

Slice nearest_name(Slice wanted, const Slice *names, size_t count)
{
    Nearest nearest = nearest_begin(wanted);
    for (size_t i = 0; i < count; i++) {
        nearest_consider(&nearest, names[i]);
    }
    return nearest.name;
}
