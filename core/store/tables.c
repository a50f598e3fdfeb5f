#include "store/tables.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "perly/host.h"

#define TABLE(name, columns, indexes)                                                                        \
    {                                                                                                        \
        SLICE_INIT(name), SLICE_INIT(columns), SLICE_INIT(indexes), false                                    \
    }
#define SMALL_TABLE(name, columns)                                                                           \
    {                                                                                                        \
        SLICE_INIT(name), SLICE_INIT(columns), SLICE_INIT(""), true                                          \
    }

/* Small ones are WITHOUT ROWID in SQLite: there the table is its key's index. */
static const Table fixed_tables[] = {
    /* Who we are in Salesforce. One row. `sealed` is the envelope of the tokens. */
    TABLE("connection",
          "id i key, org_id t, user_id t, username t, login_host t, instance_url t, client_id t, "
          "redirect_uri t, "
          "scope t, api_version t, sealed y, state t, connected_at m, refreshed_at m, error t, "
          "flow t, sign_key t, rotation t, presented_at m, error_code t, skew_ms i",
          ""),
    /* Which process works, and of the cut that it scores what has been counted (`cut` is null: none). One
       row. */
    SMALL_TABLE("lease",
                "id i key, token i not null, counter i not null, holder t not null, renewed m, cut i, at m, "
                "started_at m, accounts i, changed i, low i, medium i, high i, critical i"),
    /* Where the pull of each Salesforce object stands; `failed_at`: its last failure. Of a sweep
       `unseen_since`: rows that are held are not seen any more. `told`: `failed_since` or, of a sweep,
       `unseen_since`, as a person was told. */
    TABLE("pull",
          "object t key, state t not null, window_start m, window_end m, goal m, fields t, job_id t, "
          "job_version "
          "t, locator t, rows_announced i, rows_received i, announced i, received i, inserted i, changed i, "
          "left_out i, rejected i, org_rows i, held_rows i, counted_at m, last_end m, first_done m, "
          "started_at m, "
          "finished_at m, failed_since m, error_code t, error t, loading b, everything b, done_columns t, "
          "refreshed_at m, pages t, unseen t, id_start t, id_end t, api t, gap i, unseen_since m, "
          "told m, failed_at m",
          ""),
    /*
     * What is remembered of single things, by `kind`: 'failed', an entry of the outbox that Salesforce
     * refused, and why; 'rejected', a row of the last pull that was not taken as it came, in which column,
     * and the beginning of what it had there; 'nul', how many NUL bytes the last pull dropped; 'forgotten', a
     * contact who asked to be forgotten, and is not kept whatever a pull brings; 'erasing', a person (object)
     * whose name (text) may still stand in texts of account `id`; 'quiet', a window from `since` to `at` of
     * which Salesforce said that it has no rows, until a sweep has looked (sweep.h); 'ingest', the Bulk
     * ingest job that is under way, at most one; 'made', what setup made in the org: what setup --undo
     * removes, and nothing else.
     */
    SMALL_TABLE("note", "kind t key, object t key, id t key, at m not null, since m, code t, text t"),
    /* Which rows Salesforce has: while a sweep runs. */
    TABLE("swept", "id t key, stamp m, seen m, first_seen m, hash i, deleted b, master_id t", ""),
    /* What the org has, as the connected user sees it: the fields of each object that is pulled and, with the
       name '', the object. */
    TABLE(
        "field",
        "object t key, name t key, position i not null, label t, type t not null, soap_type t, calculated b, "
        "custom b, since m not null, seen m not null, gone m, picklist t, modified t, replicateable b, "
        "key_prefix t, user_id t, api_version t",
        ""),
    /* Every configuration ever in force. */
    SMALL_TABLE("configuration", "hash t key, model_hash t not null, text t not null, since m not null"),
    /* Every change of a stored value; an insert is told by first_seen. */
    TABLE("change",
          "object t not null, id t not null, column_name t not null, old t, new t, stamp m, seen m not null",
          "change_record: object, id"),
    /* Accounts that must be scored again. */
    SMALL_TABLE("dirty", "account_id t key, since m not null"),
    /* What Perly tells about accounts, besides Salesforce. */
    SMALL_TABLE("signal", "account_id t key, name t key, at m key, value d, first_seen m not null"),
    /* One consistent moment of all objects, that scores are made of; `zones`: the release of the time zones;
     * `certificate`: what each pull brought (sync/plan/certificate.h).
     */
    TABLE("cut",
          "number i key, at m not null, started_at m not null, whole b not null, model_hash t not null, "
          "accounts i not null, scored i not null, changed i not null, actions i not null, held b not null, "
          "zones t, certificate t",
          ""),
    /* Scores (old ones thinned out, sync/upkeep/retaining.h), and the last one of each account. */
    TABLE(
        "score",
        "account_id t key, cut i key, scored_at m not null, model_hash t not null, raw d, score i, level t, "
        "candidate t, candidate_since m, coverage d, reasons t, components t, signals t, unscored t",
        ""),
    TABLE("health",
          "account_id t key, cut i not null, scored_at m not null, changed_at m not null, model_hash t not "
          "null, raw d, "
          "score i, level t, candidate t, candidate_since m, coverage d, reasons t, components t, signals t, "
          "unscored t, config_hash t, hash i, pushed_score i, pushed_level t, pushed_at m, root_id t, "
          "group_accounts i, group_score i, group_worst t, group_worst_id t, group_at_risk d, "
          "group_weighed_by t",
          "health_level: level, score; health_due: candidate_since"),
    /* The only way to Salesforce. */
    TABLE("outbox",
          "key t key, kind t not null, account_id t, rule t, cause t, cut i, fields t not null, state t not "
          "null, attempt "
          "i not null, looks i not null, token i, created_at m not null, not_before m, claimed_at m, sent_at "
          "m, "
          "result_id t, error t, why t, error_code t",
          "outbox_state: state, kind; outbox_account: account_id"),
    /* What each rule has seen of each account. */
    SMALL_TABLE("rule_state",
                "account_id t key, rule t key, was_true b, fired i not null, last_fired m, condition i"),
    /* Accounts that somebody outside wants scored again: appended without the lease, taken by the next cut.
     */
    SMALL_TABLE("inbox", "id t key, at m not null, kind t not null, body t"),
    /* API calls by day (UTC) and purpose; purpose 'cycles' counts pulls of all objects. With the day '': what
       the org allows in 24 hours and what is left of it, as it was read last. */
    SMALL_TABLE("api_usage", "day t key, purpose t key, calls i not null, max i, remaining i, at m"),
};

typedef struct Migration {
    uint32_t number;
    Slice sqlite;
    Slice postgresql;
} Migration;

static const Migration migrations[] = {
#define MIGRATION(number, sqlite, postgresql) {number, SLICE_INIT(sqlite), SLICE_INIT(postgresql)},
#include "store/migrations.def"
#undef MIGRATION
};

static uint32_t type_number(Slice letter)
{
    static const char letters[] = "idbtyml"; /* in the order of RowType */
    const char *found = letter.length == 1 ? strchr(letters, letter.data[0]) : NULL;
    perly_assert(found != NULL);
    return (uint32_t)(found - letters);
}

/* The next part before `separator`, trimmed; moves `at` past it. */
static Slice next_part(Slice text, char separator, size_t *at)
{
    const size_t end = slice_find_byte(text, separator, *at);
    const Slice part = slice_trim(slice_part(text, *at, end));
    *at = end + 1;
    return part;
}

static void append_column(Buffer *record, Slice column)
{
    size_t at = 0;
    record_text(record, next_part(column, ' ', &at));
    record_uint32(record, type_number(next_part(column, ' ', &at)));
    const Slice flags = slice_trim(slice_part(column, at, column.length));
    const bool key = slice_equal(flags, SLICE("key"));
    perly_assert(key || flags.length == 0 || slice_equal(flags, SLICE("not null")));
    record_uint32(record, (flags.length != 0 ? 1U : 0U) | (key ? 2U : 0U));
    record_text(record, SLICE(""));
}

static void append_list(Buffer *record, Slice list, char separator, void (*append)(Buffer *, Slice))
{
    const size_t count_at = record->length;
    uint32_t count = 0;
    record_uint32(record, 0);
    for (size_t at = 0; at < list.length; count++) {
        append(record, next_part(list, separator, &at));
    }
    record_patch(record, count_at, count);
}

static void append_index(Buffer *record, Slice index)
{
    size_t at = 0;
    Slice name = next_part(index, ':', &at);
    const bool unique = slice_starts_with(name, SLICE("unique "));
    name = unique ? slice_part(name, sizeof "unique " - 1, name.length) : name;
    record_text(record, name);
    record_uint32(record, unique ? 1 : 0);
    append_list(record, slice_part(index, at, index.length), ',', record_text);
}

static void append_table(Buffer *record, const Table *table)
{
    record_text(record, table->name);
    record_uint32(record, table->small ? 1 : 0);
    append_list(record, table->columns, ',', append_column);
    append_list(record, table->indexes, ';', append_index);
}

static void hash_table(Sha256 *hash, const Table *table)
{
    sha256_update(hash, table->name);
    sha256_update(hash, SLICE("\n"));
    sha256_update(hash, table->columns);
    sha256_update(hash, SLICE("\n"));
    sha256_update(hash, table->indexes);
    sha256_update(hash, table->small ? SLICE("\nsmall\n") : SLICE("\n"));
}

static void append_migrations(Buffer *record, uint32_t dialect)
{
    const size_t count = sizeof migrations / sizeof migrations[0];
    record_uint32(record, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        const bool postgresql = dialect == PERLY_DIALECT_POSTGRESQL;
        record_uint32(record, migrations[i].number);
        record_text(record, postgresql ? migrations[i].postgresql : migrations[i].sqlite);
    }
}

static void append_views(Buffer *record, const MoreTables *more)
{
    record_uint32(record, (uint32_t)more->view_count);
    for (size_t i = 0; i < more->view_count; i++) {
        record_text(record, more->views[i].name);
        record_text(record, more->views[i].select);
    }
}

void tables_schema(Buffer *record, uint32_t dialect, const MoreTables *more)
{
    const size_t fixed = sizeof fixed_tables / sizeof fixed_tables[0];
    const size_t count = fixed + more->table_count;
    Sha256 hash;
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX_BYTES];
    sha256_init(&hash);
    for (size_t i = 0; i < count; i++) {
        hash_table(&hash, i < fixed ? &fixed_tables[i] : &more->tables[i - fixed]);
    }
    for (size_t i = 0; i < more->view_count; i++) {
        sha256_update(&hash, more->views[i].select);
    }
    sha256_finish(&hash, digest);
    hash_hex(digest, sizeof digest, text);
    record_uint32(record, SCHEMA_NUMBER);
    record_text(record, slice_make(text, sizeof text));
    record_uint32(record, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        append_table(record, i < fixed ? &fixed_tables[i] : &more->tables[i - fixed]);
    }
    append_views(record, more);
    append_migrations(record, dialect);
}
