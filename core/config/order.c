/* Signals may read each other; each is evaluated after those it reads. */
#include "config/compiler.h"

enum { WORDS = (CONFIG_SIGNALS_MAX + 63) / 64 };

/* For each signal, the bits of those it reads. */
typedef struct Reads {
    uint64_t bits[CONFIG_SIGNALS_MAX][WORDS];
} Reads;

static bool has_bit(const uint64_t *bits, uint32_t at)
{
    return (bits[at / 64] >> (at % 64) & 1) != 0;
}

static uint32_t find_signal(const Config *config, Slice path)
{
    const Slice name = slice_part(path, 0, slice_find_byte(path, '.', 0));
    for (uint32_t i = 0; i < config->signal_count; i++) {
        if (slice_equal(config->signals[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* A text that does not parse reads nothing: compiling it will say why. */
static void note_reads(ModelCompiler *compiler, uint32_t signal, Reads *reads)
{
    const Config *config = compiler->config;
    const Slice text = config->signals[signal].expression.text;
    Slice *paths = NULL;
    uint32_t count = 0;
    bool whole = false;
    if (slice_find(text, SLICE("signals"), 0) == SIZE_MAX) {
        return; /* most: they need not be parsed twice */
    }
    const Error error = cel_find_fields(compiler->arena, text, SLICE("signals"), &paths, &count, &whole);
    compiler->out_of_memory |= error.code == ERROR_OUT_OF_MEMORY;
    for (uint32_t i = 0; error.code == ERROR_OK && i < count; i++) {
        const uint32_t other = find_signal(config, paths[i]);
        if (other != UINT32_MAX) {
            reads->bits[signal][other / 64] |= UINT64_C(1) << (other % 64);
        }
    }
}

/* The first signal that `signal` reads and that has no place yet; UINT32_MAX: it can have its own. */
static uint32_t waits_for(const Reads *reads, uint32_t signal, const uint64_t *placed)
{
    for (uint32_t word = 0; word < WORDS; word++) {
        const uint64_t missing = reads->bits[signal][word] & ~placed[word];
        if (missing != 0) {
            return word * 64 + (uint32_t)__builtin_ctzll(missing);
        }
    }
    return UINT32_MAX;
}

/* From any signal without a place, the chain of what it waits for must come back to itself. */
static void tell_cycle(ModelCompiler *compiler, const Reads *reads, uint32_t signal, const uint64_t *placed)
{
    const Config *config = compiler->config;
    for (uint32_t i = 0; i < config->signal_count; i++) {
        signal = waits_for(reads, signal, placed);
    }
    Buffer message;
    buffer_init(&message, compiler->arena, 0);
    buffer_append(&message, SLICE("signals that read each other in a circle: "));
    uint32_t at = signal;
    do {
        buffer_append(&message, config->signals[at].name);
        buffer_append(&message, SLICE(" -> "));
        at = waits_for(reads, at, placed);
    } while (at != signal);
    buffer_append(&message, config->signals[signal].name);
    COMPILER_ISSUE(compiler, &config->signals[signal].expression, ERROR_CONFIG_CYCLE, buffer_slice(&message));
}

bool order_signals(ModelCompiler *compiler, uint32_t *order)
{
    const uint32_t count = compiler->config->signal_count;
    uint64_t placed[WORDS] = {0};
    Reads *reads = ARENA_NEW(compiler->arena, Reads);
    if (reads == NULL) {
        compiler->out_of_memory = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        note_reads(compiler, i, reads);
    }
    for (uint32_t done = 0; done < count; done++) {
        uint32_t next = 0;
        while (next < count && (has_bit(placed, next) || waits_for(reads, next, placed) != UINT32_MAX)) {
            next++;
        }
        if (next == count) {
            next = 0;
            while (has_bit(placed, next)) {
                next++;
            }
            tell_cycle(compiler, reads, next, placed);
            return false;
        }
        placed[next / 64] |= UINT64_C(1) << (next % 64);
        order[done] = next;
    }
    return true;
}
