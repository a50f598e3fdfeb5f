/* "refresh": ["Account.Usage__c", ...]: fields that change without a stamp of their record, beyond those that
 * are known to (planning.c). Written in any order; kept sorted, each once. */
#include "config/internal.h"
#include "map/attributes.h"

static bool read_name(Reader *reader, JsonValue item, Slice *name)
{
    if (!reader_text(reader, item, name)) {
        return false;
    }
    const size_t dot = slice_find_byte(*name, '.', 0);
    if (dot + 1 >= name->length || source_find(slice_part(*name, 0, dot)) == SOURCE_COUNT) {
        READER_ISSUE(reader, item, ERROR_CONFIG_VALUE, SLICE("`"), *name,
                     SLICE("` is no field of an object that is pulled: write it as Account.Usage__c"));
        return false;
    }
    return true;
}

static void insert_name(ConfigSalesforce *salesforce, Slice name)
{
    uint32_t at = salesforce->refresh_count;
    while (at > 0 && slice_compare(salesforce->refresh[at - 1], name) > 0) {
        at--;
    }
    if (at > 0 && slice_equal(salesforce->refresh[at - 1], name)) {
        return;
    }
    memmove(&salesforce->refresh[at + 1], &salesforce->refresh[at],
            (salesforce->refresh_count - at) * sizeof *salesforce->refresh);
    salesforce->refresh[at] = name;
    salesforce->refresh_count++;
}

void config_read_refresh(Reader *reader, JsonValue names)
{
    enum { NAMES_MAX = 200 };
    ConfigSalesforce *salesforce = &reader->config->salesforce;
    uint32_t count = 0;
    if (!json_present(names) || !reader_array(reader, names, NAMES_MAX, &count)) {
        return;
    }
    salesforce->refresh_count = 0;
    salesforce->refresh = READER_ARRAY(reader, Slice, count + 1);
    if (salesforce->refresh == NULL) {
        return;
    }
    for (JsonValue item = json_first(names); json_present(item); item = json_next(item)) {
        Slice name = SLICE("");
        if (read_name(reader, item, &name)) {
            insert_name(salesforce, name);
        }
    }
}

void config_write_refresh(JsonWriter *writer, const ConfigSalesforce *salesforce)
{
    if (salesforce->refresh_count == 0) {
        return;
    }
    json_write_key(writer, SLICE("refresh"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < salesforce->refresh_count; i++) {
        json_write_text(writer, salesforce->refresh[i]);
    }
    json_write_array_end(writer);
}
