#include "salesforce.h"
#include "salesforce/text.h"

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

TEST_MAIN(cuts_at_characters)
