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

/* Insertions, deletions and replacements that make `a` of `b`, without regard to case; one row of the table
 * at once. */
static size_t distance(Slice a, Slice b)
{
    size_t row[NAME_BYTES_MAX + 1];
    for (size_t j = 0; j <= b.length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            const size_t replaced = diagonal + (lower(a.data[i - 1]) != lower(b.data[j - 1]) ? 1 : 0);
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.length];
}

Slice nearest_name(Slice wanted, const Slice *names, size_t count)
{
    Slice best = SLICE("");
    if (wanted.length == 0 || wanted.length > NAME_BYTES_MAX) {
        return best;
    }
    size_t best_distance = wanted.length / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        if (names[i].length == 0 || names[i].length > NAME_BYTES_MAX) {
            continue;
        }
        const size_t found = distance(wanted, names[i]);
        if (found < best_distance && found < names[i].length) {
            best = names[i];
            best_distance = found;
        }
    }
    return best;
}
