#include "salesforce.h"
#include "salesforce/text.h"

#define KEY "0123456789abcdef0123456789abcdef01234567"
#define ELLIPSIS "\xe2\x80\xa6"
#define SMILE "\xf0\x9f\x98\x80" /* two UTF-16 code units */

static void cuts_at_characters(void)
{
    static const struct {
        Slice text;
        size_t units_max;
        Slice want;
    } rows[] = {
        {SLICE_INIT(""), 5, SLICE_INIT("")},
        {SLICE_INIT("abcde"), 5, SLICE_INIT("abcde")},
        {SLICE_INIT("abcdef"), 5, SLICE_INIT("abcd" ELLIPSIS)},
        {SLICE_INIT("\xc3\xa4\xc3\xb6\xc3\xbc"), 3, SLICE_INIT("\xc3\xa4\xc3\xb6\xc3\xbc")},
        {SLICE_INIT("\xc3\xa4\xc3\xb6\xc3\xbc"), 2, SLICE_INIT("\xc3\xa4" ELLIPSIS)},
        {SLICE_INIT("ab" SMILE), 4, SLICE_INIT("ab" SMILE)},
        {SLICE_INIT("ab" SMILE "c"), 4, SLICE_INIT("ab" ELLIPSIS)},
        {SLICE_INIT("ab"), 1, SLICE_INIT(ELLIPSIS)},
        {SLICE_INIT("ab"), 0, SLICE_INIT("")},
        {SLICE_INIT("a\0b\x01\tc\r\nd\x7f"), 20, SLICE_INIT("ab\tc\r\nd")},
        {SLICE_INIT("a\xff\xc3"), 20, SLICE_INIT("a\xef\xbf\xbd\xef\xbf\xbd")},
    };
    Scratch scratch;
    Buffer text;
    buffer_init(&text, scratch_open(&scratch), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buffer_clear(&text);
        sf_text_append(&text, rows[i].text, rows[i].units_max);
        CHECK_TEXT(buffer_slice(&text), rows[i].want, rows[i].text.data);
    }
    scratch_close(&scratch);
}

static void finds_its_marker_alone(void)
{
    static const struct {
        Slice text;
        bool found;
    } rows[] = {
        {SLICE_INIT("Health fell.\n\n[perly:" KEY "]"), true},
        {SLICE_INIT("<p>Health fell.</p><p>[perly:" KEY "]</p>"), true},
        {SLICE_INIT("[perly:0000000000000000000000000000000000000000] [perly:" KEY "]"), true},
        {SLICE_INIT("[perly:[perly:" KEY "]"), true},
        {SLICE_INIT("[perly:" KEY), false},
        {SLICE_INIT("[perly:" KEY "0]"), false},
        {SLICE_INIT("[perly:0123456789abcdef]"), false},
        {SLICE_INIT(KEY), false},
        {SLICE_INIT("[perly:"), false},
        {SLICE_INIT(""), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NAMED(sf_marker_found(rows[i].text, SLICE(KEY)) == rows[i].found, rows[i].text.data);
    }
    Scratch scratch;
    Buffer text;
    buffer_init(&text, scratch_open(&scratch), 0);
    sf_marker_append(&text, SLICE(KEY));
    CHECK_TEXT(buffer_slice(&text), SLICE("[perly:" KEY "]"), "marker");
    CHECK(sf_marker_found(buffer_slice(&text), SLICE(KEY)));
    scratch_close(&scratch);
    CHECK(sf_key_valid(SLICE(KEY)) && !sf_key_valid(SLICE("0123")) && !sf_key_valid(SLICE("")));
    CHECK(!sf_key_valid(SLICE("0123456789ABCDEF0123456789abcdef01234567")));
}

TEST_MAIN(cuts_at_characters, finds_its_marker_alone)
