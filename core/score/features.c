/* From stored rows to a block: children put to their accounts, derived columns computed. */
#include "score/features.h"

#include "base/time.h"
#include "score/internal.h"

#define YEAR_MS (INT64_C(365) * 86400000)

void features_init(Features *features, Arena *arena, const Model *model)
{
    *features = (Features){.model = model, .arena = arena};
}

Error features_add(Features *features, Entity entity, const RowBatch *rows)
{
    FeatureBatch *batch = ARENA_NEW(features->arena, FeatureBatch);
    if (batch == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a block"));
    }
    *batch = (FeatureBatch){.rows = *rows, .entity = entity};
    if (features->last == NULL) {
        features->first = batch;
    } else {
        features->last->next = batch;
    }
    features->last = batch;
    features->rows[entity] += rows->row_count;
    return ERROR_NONE;
}

void features_signals(Features *features, const SuppliedSignal *signals, size_t count)
{
    features->signals = signals;
    features->signal_count = count;
}

void features_changes(Features *features, const LoggedChange *changes, size_t count)
{
    features->changes = changes;
    features->change_count = count;
}

/* Numbers of the columns that derived ones are made of or written to. */
typedef struct Columns {
    uint32_t account_owner;
    uint32_t account_owner_changes_out; /* _out: of the row that expressions see; the others: as stored */
    uint32_t account_touch_out;
    uint32_t account_currency;
    uint32_t contact_account;
    uint32_t contact_bounced;
    uint32_t contact_roles_out;
    uint32_t contact_active_out;
    uint32_t contact_touch_out;
    uint32_t opportunity_currency;
    uint32_t opportunity_close_date;
    uint32_t opportunity_stage;
    uint32_t opportunity_closed;
    uint32_t opportunity_slips_out;
    uint32_t history_stage;
    uint32_t history_close_date;
    uint32_t history_was;
    uint32_t activity_contacts;
    uint32_t activity_contacts_out;
    uint32_t activity_kind;
    uint32_t activity_at;
    uint32_t activity_done;
    uint32_t role_role;
    uint32_t role_record;
} Columns;

typedef struct Maker {
    const Features *features;
    Arena *arena; /* of the making: nothing of the block is in it */
    FeaturesView view;
    ChangeIndex changes;
    Columns columns;
    FeatureRows rows[ENTITY_COUNT];
    MoneyRates rates;
    RowWriter writers[ENTITY_COUNT];
    BlockAccount *ranges;
    BlockSignal *signals;
    uint32_t *user_numbers; /* of each user row: its place in the block, or BLOCK_NO_ROW */
    int64_t *touches;       /* of each contact row */
    Slice *people;          /* contacts of each activity row; NULL: those that it names are all */
} Maker;

static const EntitySchema *schema_of(const Maker *maker, Entity entity)
{
    return &maker->features->model->schemas.entities[entity];
}

static uint32_t stored_column(const Maker *maker, Entity entity, Slice name)
{
    return schema_column(&schema_of(maker, entity)->stored, name);
}

static uint32_t out_column(const Maker *maker, Entity entity, Slice name)
{
    return schema_column(&schema_of(maker, entity)->row, name);
}

static void find_columns(Maker *maker)
{
    maker->columns = (Columns){
        .account_owner = stored_column(maker, ENTITY_ACCOUNT, SLICE("owner_id")),
        .account_owner_changes_out = out_column(maker, ENTITY_ACCOUNT, SLICE("owner_changes")),
        .account_touch_out = out_column(maker, ENTITY_ACCOUNT, SLICE("last_touch")),
        .account_currency = stored_column(maker, ENTITY_ACCOUNT, SLICE("currency")),
        .contact_account = stored_column(maker, ENTITY_CONTACT, SLICE("account_id")),
        .contact_bounced = stored_column(maker, ENTITY_CONTACT, SLICE("email_bounced")),
        .contact_roles_out = out_column(maker, ENTITY_CONTACT, SLICE("roles")),
        .contact_active_out = out_column(maker, ENTITY_CONTACT, SLICE("active")),
        .contact_touch_out = out_column(maker, ENTITY_CONTACT, SLICE("last_touch")),
        .opportunity_currency = stored_column(maker, ENTITY_OPPORTUNITY, SLICE("currency")),
        .opportunity_close_date = stored_column(maker, ENTITY_OPPORTUNITY, SLICE("close_date")),
        .opportunity_stage = stored_column(maker, ENTITY_OPPORTUNITY, SLICE("stage")),
        .opportunity_closed = stored_column(maker, ENTITY_OPPORTUNITY, SLICE("is_closed")),
        .history_stage = stored_column(maker, ENTITY_HISTORY, SLICE("stage")),
        .history_close_date = stored_column(maker, ENTITY_HISTORY, SLICE("close_date")),
        .history_was = stored_column(maker, ENTITY_HISTORY, SLICE("was")),
        .opportunity_slips_out = out_column(maker, ENTITY_OPPORTUNITY, SLICE("slips")),
        .activity_contacts = stored_column(maker, ENTITY_ACTIVITY, SLICE("contact_ids")),
        .activity_contacts_out = out_column(maker, ENTITY_ACTIVITY, SLICE("contact_ids")),
        .activity_kind = stored_column(maker, ENTITY_ACTIVITY, SLICE("kind")),
        .activity_at = stored_column(maker, ENTITY_ACTIVITY, SLICE("at")),
        .activity_done = stored_column(maker, ENTITY_ACTIVITY, SLICE("done")),
        .role_role = stored_column(maker, ENTITY_ROLE, SLICE("role")),
        .role_record = stored_column(maker, ENTITY_ROLE, SLICE("record_id")),
    };
}

/* The rows from `*at` on whose group is `account`; rows of accounts before it are passed over. */
static BlockRange take_group(FeatureRows rows, uint32_t *at, Slice account)
{
    while (*at < rows.count && slice_compare(rows.items[*at].group, account) < 0) {
        (*at)++;
    }
    BlockRange range = {*at, 0};
    while (*at < rows.count && slice_equal(rows.items[*at].group, account)) {
        (*at)++;
        range.count++;
    }
    return range;
}

static bool is_touch(const Maker *maker, RowView activity)
{
    const Columns *columns = &maker->columns;
    const Slice kind = feature_text(activity, columns->activity_kind);
    return row_state(activity, columns->activity_at) == ROW_VALUE &&
           row_int64(activity, columns->activity_at) <= maker->view.now_ms &&
           row_state(activity, columns->activity_done) == ROW_VALUE &&
           row_bool(activity, columns->activity_done) &&
           (slice_equal(kind, SLICE("call")) || slice_equal(kind, SLICE("email")) ||
            slice_equal(kind, SLICE("meeting")));
}

static Slice people_of(const Maker *maker, uint32_t activity)
{
    return maker->people != NULL ? maker->people[activity]
                                 : feature_text(maker->rows[ENTITY_ACTIVITY].items[activity].view,
                                                maker->columns.activity_contacts);
}

/* Each contact of the activity was met then; activities come in order of time. */
static void touch_contacts(Maker *maker, RowView activity, Slice ids, BlockRange contacts)
{
    for (size_t at = 0; at < ids.length;) {
        const size_t end = slice_find_byte(ids, ';', at);
        const uint32_t contact =
            feature_rows_find(maker->rows[ENTITY_CONTACT], contacts, slice_part(ids, at, end));
        if (contact != BLOCK_NO_ROW) {
            maker->touches[contact] = row_int64(activity, maker->columns.activity_at);
        }
        at = end + 1;
    }
}

/* The time of the last touch, INT64_MIN for none. */
static int64_t find_touches(Maker *maker, const BlockAccount *ranges)
{
    int64_t last = INT64_MIN;
    for (uint32_t i = 0; i < ranges->activities.count; i++) {
        const RowView activity = maker->rows[ENTITY_ACTIVITY].items[ranges->activities.first + i].view;
        if (is_touch(maker, activity)) {
            last = row_int64(activity, maker->columns.activity_at);
            touch_contacts(maker, activity, people_of(maker, ranges->activities.first + i), ranges->contacts);
        }
    }
    return last;
}

static int64_t count_owner_changes(const Maker *maker, Slice account)
{
    const BlockRange range = change_index_find(&maker->changes, account);
    int64_t count = 0;
    for (uint32_t i = 0; i < range.count; i++) {
        const LoggedChange *change = &maker->changes.changes[maker->changes.order[range.first + i]];
        count += slice_equal(change->column, SLICE("owner_id")) &&
                 change->stamp_ms > maker->view.now_ms - YEAR_MS && change->stamp_ms <= maker->view.now_ms &&
                 feature_counts(&maker->view, change->seen_ms, change->stamp_ms);
    }
    return count;
}

/* From its history where Salesforce shows one; else from the changes that were seen here. */
static int64_t count_slips(const Maker *maker, const FeatureRow *opportunity)
{
    const Columns *columns = &maker->columns;
    const SlipsHistory history = {maker->rows[ENTITY_HISTORY], columns->history_stage,
                                  columns->history_close_date, columns->history_was};
    const bool closed = row_state(opportunity->view, columns->opportunity_closed) == ROW_VALUE &&
                        row_bool(opportunity->view, columns->opportunity_closed);
    const Slice stage = closed ? feature_text(opportunity->view, columns->opportunity_stage) : SLICE("");
    int64_t slips = 0;
    return slips_of_history(&history, opportunity->id, stage, &slips)
               ? slips
               : slips_of_changes(&maker->changes, &maker->view, opportunity->id, closed);
}

static void write_money(const Maker *maker, Entity entity, RowView row, RowWriter *writer, uint32_t column)
{
    const Columns *columns = &maker->columns;
    const bool dated = entity == ENTITY_OPPORTUNITY;
    const Slice currency =
        feature_text(row, dated ? columns->opportunity_currency : columns->account_currency);
    const uint32_t stored = STORED_FIXED_COUNT + column - 1;
    if (row_state(row, stored) != ROW_VALUE || !money_is_converted(&maker->rates, currency)) {
        return;
    }
    const bool known = dated && row_state(row, columns->opportunity_close_date) == ROW_VALUE;
    const int64_t day_ms = known ? row_int64(row, columns->opportunity_close_date) : TIME_MS_MIN;
    double amount = row_double(row, stored);
    if (money_convert(&maker->rates, currency, day_ms, &amount)) {
        row_writer_double(writer, column, amount);
    } else {
        row_writer_null(writer, column); /* unknown, and never taken for another currency's */
    }
}

/* The id, attributes and mapped columns; the derived ones are the caller's, before it ends the row. */
static RowWriter *begin_row(Maker *maker, Entity entity, RowView row)
{
    const EntitySchema *schema = schema_of(maker, entity);
    RowWriter *writer = &maker->writers[entity];
    row_writer_begin(writer);
    row_writer_copy_value(writer, 0, row, STORED_ID);
    for (uint32_t i = 1; i < schema->derived_first; i++) {
        row_writer_copy_value(writer, i, row, STORED_FIXED_COUNT + i - 1);
        if (schema->money[i] && (entity == ENTITY_ACCOUNT || entity == ENTITY_OPPORTUNITY)) {
            write_money(maker, entity, row, writer, i);
        }
    }
    return writer;
}

/* Of a contact that another account shares, only the roles on this account and its opportunities. */
static bool role_counts(const Maker *maker, const FeatureRow *role, const FeatureRow *contact,
                        BlockRange opportunities)
{
    if (role->account.length != 0) {
        return slice_equal(role->account, contact->group);
    }
    const Slice record = feature_text(role->view, maker->columns.role_record);
    bool counts = slice_equal(feature_text(contact->view, maker->columns.contact_account), contact->group) ||
                  slice_equal(record, contact->group);
    for (uint32_t i = 0; i < opportunities.count && !counts; i++) {
        counts = slice_equal(record, maker->rows[ENTITY_OPPORTUNITY].items[opportunities.first + i].id);
    }
    return counts;
}

/* Each role once, in order, joined by ';'. Roles of one contact stand together. */
static Error write_roles(Maker *maker, RowWriter *writer, const FeatureRow *contact, BlockRange opportunities)
{
    const FeatureRows rows = maker->rows[ENTITY_ROLE];
    uint32_t low = feature_group_find(rows, contact->id);
    Buffer list;
    Slice last = SLICE("");
    buffer_init(&list, maker->arena, 0);
    for (; low < rows.count && slice_equal(rows.items[low].group, contact->id); low++) {
        const Slice role = rows.items[low].id;
        if (role.length > 0 && !slice_equal(role, last) &&
            role_counts(maker, &rows.items[low], contact, opportunities)) {
            buffer_append(&list, list.length > 0 ? SLICE(";") : SLICE(""));
            for (size_t i = 0; i < role.length; i++) {
                buffer_append_byte(&list, (char)(role.data[i] == ';' ? ',' : role.data[i]));
            }
            last = role;
        }
    }
    row_writer_text(writer, maker->columns.contact_roles_out, buffer_slice(&list));
    return list.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for roles")) : ERROR_NONE;
}

static Error write_contacts(Maker *maker, const BlockAccount *taken)
{
    const BlockRange range = taken->contacts;
    const Columns *columns = &maker->columns;
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        const FeatureRow *row = &maker->rows[ENTITY_CONTACT].items[i];
        RowWriter *writer = begin_row(maker, ENTITY_CONTACT, row->view);
        RETURN_IF_ERROR(write_roles(maker, writer, row, taken->opportunities));
        const bool bounced = row_state(row->view, columns->contact_bounced) == ROW_VALUE &&
                             row_bool(row->view, columns->contact_bounced);
        row_writer_bool(writer, columns->contact_active_out, !bounced);
        if (maker->touches[i] != INT64_MIN) {
            row_writer_time(writer, columns->contact_touch_out, maker->touches[i]);
        }
        RETURN_IF_ERROR(row_writer_end(writer));
    }
    return ERROR_NONE;
}

static Error write_opportunities(Maker *maker, BlockRange range)
{
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        const FeatureRow *row = &maker->rows[ENTITY_OPPORTUNITY].items[i];
        RowWriter *writer = begin_row(maker, ENTITY_OPPORTUNITY, row->view);
        row_writer_int64(writer, maker->columns.opportunity_slips_out, count_slips(maker, row));
        RETURN_IF_ERROR(row_writer_end(writer));
    }
    return ERROR_NONE;
}

static Error write_activities(Maker *maker, BlockRange range)
{
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        const Slice people = people_of(maker, i);
        RowWriter *writer = begin_row(maker, ENTITY_ACTIVITY, maker->rows[ENTITY_ACTIVITY].items[i].view);
        if (maker->people != NULL && people.length != 0) {
            row_writer_text(writer, maker->columns.activity_contacts_out, people);
        }
        RETURN_IF_ERROR(row_writer_end(writer));
    }
    return ERROR_NONE;
}

/* Users are few and shared: each one that owns an account is written once, when it is first met. */
static Error write_owner(Maker *maker, Slice owner, uint32_t *number)
{
    const FeatureRows users = maker->rows[ENTITY_USER];
    const uint32_t user = feature_rows_find(users, (BlockRange){0, users.count}, owner);
    *number = BLOCK_NO_ROW;
    if (user == BLOCK_NO_ROW) {
        return ERROR_NONE;
    }
    if (maker->user_numbers[user] == BLOCK_NO_ROW) {
        maker->user_numbers[user] = maker->writers[ENTITY_USER].row_count;
        RETURN_IF_ERROR(row_writer_end(begin_row(maker, ENTITY_USER, users.items[user].view)));
    }
    *number = maker->user_numbers[user];
    return ERROR_NONE;
}

/* What is written, so that ranges count rows of the block and not those of accounts that were not added. */
static Error write_account(Maker *maker, uint32_t number, const BlockAccount *taken)
{
    const FeatureRow *row = &maker->rows[ENTITY_ACCOUNT].items[number];
    BlockAccount *ranges = &maker->ranges[number];
    *ranges = (BlockAccount){
        .contacts = {maker->writers[ENTITY_CONTACT].row_count, taken->contacts.count},
        .opportunities = {maker->writers[ENTITY_OPPORTUNITY].row_count, taken->opportunities.count},
        .activities = {maker->writers[ENTITY_ACTIVITY].row_count, taken->activities.count},
    };
    const int64_t touch = find_touches(maker, taken);
    RETURN_IF_ERROR(write_contacts(maker, taken));
    RETURN_IF_ERROR(write_opportunities(maker, taken->opportunities));
    RETURN_IF_ERROR(write_activities(maker, taken->activities));
    RETURN_IF_ERROR(
        write_owner(maker, feature_text(row->view, maker->columns.account_owner), &ranges->owner));
    RowWriter *writer = begin_row(maker, ENTITY_ACCOUNT, row->view);
    if (touch != INT64_MIN) {
        row_writer_time(writer, maker->columns.account_touch_out, touch);
    }
    row_writer_int64(writer, maker->columns.account_owner_changes_out, count_owner_changes(maker, row->id));
    return row_writer_end(writer);
}

static Error write_accounts(Maker *maker)
{
    uint32_t contact = 0;
    uint32_t opportunity = 0;
    uint32_t activity = 0;
    const FeatureRows accounts = maker->rows[ENTITY_ACCOUNT];
    for (uint32_t i = 0; i < accounts.count; i++) {
        const Slice id = accounts.items[i].id;
        if (i > 0 && slice_equal(id, accounts.items[i - 1].id)) {
            return error_make(ERROR_INTERNAL, SLICE("an account was added twice to a block"));
        }
        const BlockAccount taken = {
            .contacts = take_group(maker->rows[ENTITY_CONTACT], &contact, id),
            .opportunities = take_group(maker->rows[ENTITY_OPPORTUNITY], &opportunity, id),
            .activities = take_group(maker->rows[ENTITY_ACTIVITY], &activity, id),
        };
        RETURN_IF_ERROR(write_account(maker, i, &taken));
    }
    return ERROR_NONE;
}

/* The newest value of each imported signal; of two of one time the later in the list. */
static void fill_signals(Maker *maker)
{
    const Features *features = maker->features;
    const FeatureRows accounts = maker->rows[ENTITY_ACCOUNT];
    const uint32_t width = features->model->config->signal_count;
    for (size_t i = 0; i < features->signal_count; i++) {
        const SuppliedSignal *supplied = &features->signals[i];
        const uint32_t signal = model_signal_find(features->model, supplied->name);
        if (signal == UINT32_MAX || features->model->signals[signal].program != NULL ||
            supplied->at_ms > maker->view.now_ms ||
            !feature_counts(&maker->view, supplied->first_seen_ms, supplied->at_ms)) {
            continue;
        }
        const uint32_t account =
            feature_rows_find(accounts, (BlockRange){0, accounts.count}, supplied->account_id);
        if (account == BLOCK_NO_ROW) {
            continue;
        }
        BlockSignal *known = &maker->signals[(size_t)account * width + signal];
        if (!known->known || supplied->at_ms >= known->at_ms) {
            *known = (BlockSignal){true, supplied->at_ms, supplied->value};
        }
    }
}

static Error out_of_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a block"));
}

static Error prepare(Maker *maker)
{
    const Features *features = maker->features;
    RETURN_IF_ERROR(
        change_index_make(maker->arena, features->changes, features->change_count, &maker->changes));
    find_columns(maker);
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        RETURN_IF_ERROR(feature_rows_make(features, maker->arena, &maker->view, &maker->changes,
                                          (Entity)entity, &maker->rows[entity]));
        row_writer_init(&maker->writers[entity], maker->arena, &schema_of(maker, (Entity)entity)->row, 0);
    }
    /* Roles are looked up by contact and listed by name. */
    FeatureRows *roles = &maker->rows[ENTITY_ROLE];
    for (uint32_t i = 0; i < roles->count; i++) {
        roles->items[i].id = feature_text(roles->items[i].view, maker->columns.role_role);
        roles->items[i].date = 0;
    }
    const Schemas *schemas = &features->model->schemas;
    RETURN_IF_ERROR(feature_rates_make(maker->arena, schemas, maker->rows[ENTITY_RATE], &maker->rates));
    RETURN_IF_ERROR(feature_relations_join(maker->arena, schemas, maker->view.now_ms, maker->rows));
    RETURN_IF_ERROR(feature_rows_sort(maker->arena, *roles));
    RETURN_IF_ERROR(feature_emails_join(maker->arena, schemas, maker->rows));
    RETURN_IF_ERROR(feature_attendees_join(maker->arena, schemas, maker->rows, &maker->people));
    maker->user_numbers = ARENA_ARRAY(maker->arena, uint32_t, maker->rows[ENTITY_USER].count);
    maker->touches = ARENA_ARRAY(maker->arena, int64_t, maker->rows[ENTITY_CONTACT].count);
    if (maker->user_numbers == NULL || maker->touches == NULL) {
        return out_of_memory();
    }
    for (uint32_t i = 0; i < maker->rows[ENTITY_USER].count; i++) {
        maker->user_numbers[i] = BLOCK_NO_ROW;
    }
    for (uint32_t i = 0; i < maker->rows[ENTITY_CONTACT].count; i++) {
        maker->touches[i] = INT64_MIN;
    }
    return ERROR_NONE;
}

static Error finish_rows(Maker *maker, Arena *arena, Entity entity, RowBatch *batch)
{
    Slice bytes;
    RETURN_IF_ERROR(row_writer_finish_in(&maker->writers[entity], arena, &bytes));
    return row_batch_open(batch, bytes, &schema_of(maker, entity)->row);
}

static Error make_block(Maker *maker, Arena *arena, Block *block)
{
    const Features *features = maker->features;
    RETURN_IF_ERROR(prepare(maker));
    const size_t accounts = maker->rows[ENTITY_ACCOUNT].count;
    maker->ranges = ARENA_ARRAY(arena, BlockAccount, accounts);
    maker->signals = ARENA_ARRAY(arena, BlockSignal, accounts * features->model->config->signal_count);
    if (maker->ranges == NULL || maker->signals == NULL) {
        return out_of_memory();
    }
    RETURN_IF_ERROR(write_accounts(maker));
    fill_signals(maker);
    *block = (Block){.ranges = maker->ranges,
                     .signals = maker->signals,
                     .signal_count = features->model->config->signal_count,
                     .now_ms = maker->view.now_ms};
    RETURN_IF_ERROR(finish_rows(maker, arena, ENTITY_ACCOUNT, &block->accounts));
    RETURN_IF_ERROR(finish_rows(maker, arena, ENTITY_CONTACT, &block->contacts));
    RETURN_IF_ERROR(finish_rows(maker, arena, ENTITY_OPPORTUNITY, &block->opportunities));
    RETURN_IF_ERROR(finish_rows(maker, arena, ENTITY_ACTIVITY, &block->activities));
    return finish_rows(maker, arena, ENTITY_USER, &block->users);
}

Error features_block(const Features *features, Arena *arena, Arena *scratch, FeaturesView view, Block *result)
{
    const ArenaMark mark = arena_mark(scratch);
    Maker *maker = ARENA_NEW(scratch, Maker);
    if (maker == NULL) {
        return out_of_memory();
    }
    *maker = (Maker){.features = features, .arena = scratch, .view = view};
    Block block;
    const Error error = make_block(maker, arena, &block);
    arena_rewind(scratch, mark);
    if (error.code == ERROR_OK) {
        *result = block;
    }
    return error;
}
