/*
 * ceiling_columns CSV DB ROWS COLUMN...: peers/sqlite_ceiling.c in its mode `cols-rowid`, storing the named
 * columns alone, the key first. The CSV is split and undoubled into memory beforehand; only SQLite is timed:
 * a prepared upsert a row, WAL, synchronous=NORMAL, 10,000 rows a transaction. Environment: PAGE, CACHE_KB,
 * SORTED=0 (shuffled).
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS_MAX = 64 };

typedef struct Text {
    const char *bytes;
    int length;
} Text;

typedef struct Input {
    Text header[COLUMNS_MAX];
    int width;
    Text *cells;
    long count;
} Input;

static double seconds(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double cpu_seconds(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "ceiling_columns: %s: %s\n", what, why);
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail(sql, sqlite3_errmsg(db));
    }
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail(path, "cannot be opened");
        return NULL;
    }
    (void)fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (bytes == NULL || fread(bytes, 1, *length, file) != *length) {
        fail(path, "cannot be read");
        return NULL;
    }
    bytes[*length] = '\0';
    (void)fclose(file);
    return bytes;
}

/* One value, undoubled in place; `at` ends behind it. */
static Text take_value(char *bytes, size_t *at)
{
    char *begin = bytes + *at;
    char *end = begin;
    if (*begin != '"') {
        while (*end != ',' && *end != '\n') {
            end++;
        }
        *at += (size_t)(end - begin);
        return (Text){begin, (int)(end - begin)};
    }
    const char *from = ++begin;
    end = begin;
    while (*from != '"' || from[1] == '"') {
        from += *from == '"';
        *end++ = *from++;
    }
    *at = (size_t)(from + 1 - bytes);
    return (Text){begin, (int)(end - begin)};
}

static void split(char *bytes, size_t length, long max, Input *input)
{
    size_t at = 0;
    for (char end = ','; end == ','; end = bytes[at++]) {
        input->header[input->width++] = take_value(bytes, &at);
    }
    input->cells = malloc(sizeof *input->cells * (size_t)input->width * (size_t)max);
    if (input->cells == NULL) {
        fail("rows", "no memory");
    }
    while (at < length && input->count < max) {
        Text *row = input->cells + input->count++ * input->width;
        for (int i = 0; i < input->width; i++) {
            row[i] = take_value(bytes, &at);
            at++;
        }
    }
}

static int place_of(const Input *input, const char *name)
{
    for (int i = 0; i < input->width; i++) {
        if ((size_t)input->header[i].length == strlen(name) &&
            memcmp(input->header[i].bytes, name, strlen(name)) == 0) {
            return i;
        }
    }
    fail(name, "no such column");
    return -1;
}

static sqlite3 *open_database(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    sqlite3 *db = NULL;
    char text[4096];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "%s%s", path, ends[i]);
        (void)unlink(text);
    }
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        fail(path, sqlite3_errmsg(db));
    }
    if (getenv("PAGE") != NULL) {
        (void)snprintf(text, sizeof text, "PRAGMA page_size=%s", getenv("PAGE"));
        run(db, text);
    }
    if (getenv("CACHE_KB") != NULL) {
        (void)snprintf(text, sizeof text, "PRAGMA cache_size=-%s", getenv("CACHE_KB"));
        run(db, text);
    }
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, char *const *names, int count)
{
    char create[8192];
    char insert[8192];
    int c = snprintf(create, sizeof create, "CREATE TABLE account(");
    int n = snprintf(insert, sizeof insert, "INSERT INTO account VALUES(?");
    for (int i = 0; i < count; i++) {
        c += snprintf(create + c, sizeof create - (size_t)c, "%s\"%s\" TEXT%s", i > 0 ? "," : "", names[i],
                      i == 0 ? " PRIMARY KEY" : "");
        n += snprintf(insert + n, sizeof insert - (size_t)n, "%s", i > 0 ? ",?" : "");
    }
    (void)snprintf(create + c, sizeof create - (size_t)c, ")");
    n += snprintf(insert + n, sizeof insert - (size_t)n, ") ON CONFLICT(\"%s\") DO UPDATE SET ", names[0]);
    for (int i = 1; i < count; i++) {
        n += snprintf(insert + n, sizeof insert - (size_t)n, "%s\"%s\"=excluded.\"%s\"", i > 1 ? "," : "",
                      names[i], names[i]);
    }
    run(db, create);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, insert, -1, &statement, NULL) != SQLITE_OK) {
        fail(insert, sqlite3_errmsg(db));
    }
    return statement;
}

static long *make_order(long count)
{
    long *order = malloc(sizeof *order * (size_t)count);
    unsigned long long state = 88172645463325252ULL;
    if (order == NULL) {
        fail("order", "no memory");
        return NULL;
    }
    for (long i = 0; i < count; i++) {
        order[i] = i;
    }
    if (getenv("SORTED") == NULL || strcmp(getenv("SORTED"), "0") != 0) {
        return order;
    }
    for (long i = count - 1; i > 0; i--) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const long other = (long)(state % (unsigned long long)(i + 1));
        const long kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    return order;
}

static void load(sqlite3 *db, sqlite3_stmt *statement, const Input *input, const int *places, int count)
{
    const long *order = make_order(input->count);
    const double began = seconds();
    const double cpu_began = cpu_seconds();
    run(db, "BEGIN");
    for (long i = 0; i < input->count; i++) {
        const Text *row = input->cells + order[i] * input->width;
        for (int k = 0; k < count; k++) {
            (void)sqlite3_bind_text(statement, k + 1, row[places[k]].bytes, row[places[k]].length,
                                    SQLITE_STATIC);
        }
        if (sqlite3_step(statement) != SQLITE_DONE) {
            fail("upsert", sqlite3_errmsg(db));
        }
        (void)sqlite3_reset(statement);
        if ((i + 1) % 10000 == 0) {
            run(db, "COMMIT; BEGIN");
        }
    }
    run(db, "COMMIT");
    const double took = seconds() - began;
    const double cpu = cpu_seconds() - cpu_began;
    printf("{\"sqlite\":\"%s\",\"rows\":%ld,\"columns\":%d,\"seconds\":%.3f,\"cpu\":%.3f,\"rows_per_s\":%.0f,"
           "\"rows_per_cpu_s\":%.0f}\n",
           sqlite3_libversion(), input->count, count, took, cpu, (double)input->count / took,
           (double)input->count / cpu);
}

int main(int argc, char **argv)
{
    Input input = {.count = 0};
    int places[COLUMNS_MAX];
    size_t length = 0;
    if (argc < 5 || argc - 4 > COLUMNS_MAX) {
        fprintf(stderr, "usage: ceiling_columns CSV DB ROWS COLUMN...\n");
        return 4;
    }
    char *bytes = read_file(argv[1], &length);
    split(bytes, length, atol(argv[3]), &input);
    for (int i = 4; i < argc; i++) {
        places[i - 4] = place_of(&input, argv[i]);
    }
    sqlite3 *db = open_database(argv[2]);
    load(db, prepare(db, argv + 4, argc - 4), &input, places, argc - 4);
    (void)sqlite3_close_v2(db);
    return 0;
}
