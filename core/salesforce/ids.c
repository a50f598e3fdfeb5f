#include "salesforce/ids.h"

enum { GROUP_BYTES = 5 };

static const char checksum_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/* Object Reference, "Object Key Prefixes"; only objects that Perly meets. */
static const struct {
    char prefix[SF_ID_PREFIX_BYTES + 1];
    Slice object;
} key_prefixes[] = {
    {"001", SLICE_INIT("Account")},
    {"003", SLICE_INIT("Contact")},
    {"005", SLICE_INIT("User")},
    {"006", SLICE_INIT("Opportunity")},
    {"008", SLICE_INIT("OpportunityHistory")},
    {"00D", SLICE_INIT("Organization")},
    {"00G", SLICE_INIT("Group")},
    {"00K", SLICE_INIT("OpportunityContactRole")},
    {"00N", SLICE_INIT("CustomField")},
    {"00Q", SLICE_INIT("Lead")},
    {"00T", SLICE_INIT("Task")},
    {"00U", SLICE_INIT("Event")},
    {"00e", SLICE_INIT("Profile")},
    {"012", SLICE_INIT("RecordType")},
    {"01k", SLICE_INIT("FieldPermissions")},
    {"02Z", SLICE_INIT("AccountContactRole")},
    {"02s", SLICE_INIT("EmailMessage")},
    {"07k", SLICE_INIT("AccountContactRelation")},
    {"0D5", SLICE_INIT("FeedItem")},
    {"0PS", SLICE_INIT("PermissionSet")},
    {"0Pa", SLICE_INIT("PermissionSetAssignment")},
    {"500", SLICE_INIT("Case")},
    {"701", SLICE_INIT("Campaign")},
    {"800", SLICE_INIT("Contract")},
};

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_id_byte(char c)
{
    return is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool sf_id_valid(Slice text)
{
    if (text.length != SF_ID_SHORT_BYTES && text.length != SF_ID_BYTES) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (!is_id_byte(text.data[i])) {
            return false;
        }
    }
    return true;
}

/* Bit j of a digit is set when character j of its group of five is a capital. */
static void append_checksum(char id[SF_ID_BYTES])
{
    for (size_t group = 0; group < SF_ID_BYTES - SF_ID_SHORT_BYTES; group++) {
        unsigned bits = 0;
        for (size_t j = 0; j < GROUP_BYTES; j++) {
            bits |= is_capital(id[group * GROUP_BYTES + j]) ? 1U << j : 0U;
        }
        id[SF_ID_SHORT_BYTES + group] = checksum_digits[bits];
    }
}

static Error refuse(Slice text, Slice message)
{
    Error error = error_make(ERROR_SF_ID, message);
    error.place.pointer = text;
    return error;
}

Error sf_id_normalise(Slice text, char id[SF_ID_BYTES])
{
    if (!sf_id_valid(text)) {
        return refuse(text, SLICE("a Salesforce id has 15 or 18 letters and digits"));
    }
    memcpy(id, text.data, SF_ID_SHORT_BYTES);
    append_checksum(id);
    return ERROR_NONE;
}

Error sf_id_import(Slice text, char id[SF_ID_BYTES])
{
    char normal[SF_ID_BYTES];
    RETURN_IF_ERROR(sf_id_normalise(text, normal));
    if (text.length == SF_ID_BYTES && memcmp(normal, text.data, SF_ID_BYTES) != 0) {
        return refuse(text, SLICE("the last three characters of the id do not fit the case of the others"));
    }
    memcpy(id, normal, SF_ID_BYTES);
    return ERROR_NONE;
}

Slice sf_id_object(Slice id)
{
    if (sf_id_valid(id)) {
        for (size_t i = 0; i < sizeof key_prefixes / sizeof key_prefixes[0]; i++) {
            if (memcmp(key_prefixes[i].prefix, id.data, SF_ID_PREFIX_BYTES) == 0) {
                return key_prefixes[i].object;
            }
        }
    }
    return SLICE("");
}
