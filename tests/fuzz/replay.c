/*
 * A harness without libFuzzer, for the tests: its seeds, then so many changed copies of them, from a fixed
 * seed, so that every run is the same. What it finds aborts, as under libFuzzer (toolchain/fuzz.sh).
 *
 *     replay FOLDER_OF_SEEDS RUNS
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS_MAX = 256, BYTES_MAX = 4096, EDITS_MAX = 4, PATH_BYTES = 1024 };

typedef struct Input {
    uint8_t bytes[BYTES_MAX];
    size_t size;
} Input;

typedef struct Replay {
    Input *seeds;
    size_t count;
    uint64_t random;
} Replay;

static size_t below(Replay *replay, size_t limit)
{
    replay->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (replay->random ^ (replay->random >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return limit == 0 ? 0 : (size_t)((mixed ^ (mixed >> 31)) % limit);
}

static void insert(Input *input, size_t at, const uint8_t *bytes, size_t count)
{
    count = count > BYTES_MAX - input->size ? BYTES_MAX - input->size : count;
    memmove(input->bytes + at + count, input->bytes + at, input->size - at);
    memmove(input->bytes + at, bytes, count);
    input->size += count;
}

static void erase(Input *input, size_t at, size_t count)
{
    memmove(input->bytes + at, input->bytes + at + count, input->size - at - count);
    input->size -= count;
}

static void edit(Replay *replay, Input *input)
{
    static const uint8_t edges[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '(', ')', '{', '\n', '0', '9', '-', ','};
    const size_t at = below(replay, input->size);
    const uint8_t edge = edges[below(replay, sizeof edges)];
    const Input *other = &replay->seeds[below(replay, replay->count)];
    const size_t from = below(replay, other->size);
    switch (below(replay, 6)) {
    case 0:
        if (input->size > 0) {
            input->bytes[at] ^= (uint8_t)(1U << below(replay, 8));
        }
        break;
    case 1:
        if (input->size > 0) {
            input->bytes[at] = edge;
        }
        break;
    case 2: insert(input, at, &edge, 1); break;
    case 3: erase(input, at, below(replay, input->size - at + 1)); break;
    case 4: insert(input, at, other->bytes + from, below(replay, other->size - from + 1)); break;
    default:
        erase(input, at, input->size - at);
        insert(input, at, other->bytes + from, other->size - from);
        break;
    }
}

static int read_seed(const char *folder, const char *name, Input *seed)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
    (void)fclose(file);
    return 1;
}

static int read_seeds(Replay *replay, const char *folder)
{
    struct dirent **names = NULL;
    const int count = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.' && replay->count < SEEDS_MAX) {
            replay->count += (size_t)read_seed(folder, names[i]->d_name, &replay->seeds[replay->count]);
        }
        free(names[i]);
    }
    free(names);
    return replay->count > 0;
}

/* From memory of exactly its size, so that reading one byte too many is seen. */
static void run(const Input *input)
{
    uint8_t *bytes = malloc(input->size == 0 ? 1 : input->size);
    if (bytes == NULL) {
        abort();
    }
    memcpy(bytes, input->bytes, input->size);
    (void)LLVMFuzzerTestOneInput(bytes, input->size);
    free(bytes);
}

int main(int argc, char **argv)
{
    Replay replay = {.seeds = calloc(SEEDS_MAX, sizeof(Input)), .random = 1};
    if (argc != 3 || replay.seeds == NULL || !read_seeds(&replay, argv[1])) {
        (void)fprintf(stderr, "usage: replay FOLDER_OF_SEEDS RUNS; the folder must have seeds\n");
        return 4;
    }
    for (size_t i = 0; i < replay.count; i++) {
        run(&replay.seeds[i]);
    }
    const long runs = strtol(argv[2], NULL, 10);
    for (long i = 0; i < runs; i++) {
        Input input = replay.seeds[below(&replay, replay.count)];
        for (size_t edits = 1 + below(&replay, EDITS_MAX); edits > 0; edits--) {
            edit(&replay, &input);
        }
        run(&input);
    }
    (void)printf("%zu seeds and %ld changed copies\n", replay.count, runs);
    free(replay.seeds);
    return 0;
}
