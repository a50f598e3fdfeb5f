#include "base/utf8.h"
#include "test.h"

static bool is_scalar(uint32_t code_point)
{
    return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

static void encodes_and_decodes_every_code_point(void)
{
    int wrong = 0;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        if (!is_scalar(code_point)) {
            continue;
        }
        char bytes[UTF8_BYTES_MAX];
        const size_t length = utf8_encode(code_point, bytes);
        const size_t want = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
        const Slice text = slice_make(bytes, length);
        size_t at = 0;
        uint32_t again = 0;
        wrong +=
            length == want && utf8_decode(text, &at, &again) && again == code_point && at == length ? 0 : 1;
        wrong += utf8_valid_length(text) == length && utf8_count(text) == 1 ? 0 : 1;
        /* Cut short, all of it is one invalid prefix. */
        at = 0;
        if (length > 1) {
            wrong += !utf8_decode(slice_make(bytes, length - 1), &at, &again) && at == length - 1 ? 0 : 1;
            wrong += again == 0xFFFD && utf8_valid_length(slice_make(bytes, length - 1)) == 0 ? 0 : 1;
        }
    }
    CHECK_INT(wrong, 0, "code points");
}

/* The code point at the start of four bytes, or UINT32_MAX when they begin with none. */
static uint32_t reference_decode(const unsigned char bytes[4])
{
    const unsigned lead = bytes[0];
    const unsigned length = lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    uint32_t value = length == 0 ? 0 : lead & (0x7FU >> length);
    for (unsigned k = 1; k < length; k++) {
        if ((bytes[k] & 0xC0U) != 0x80) {
            return UINT32_MAX;
        }
        value = (value << 6) | (bytes[k] & 0x3FU);
    }
    char shortest[UTF8_BYTES_MAX];
    return length != 0 && is_scalar(value) && utf8_encode(value, shortest) == length ? value : UINT32_MAX;
}

/* Every sequence of a lead byte and three others from a set that has all the edges. */
static void refuses_all_else(void)
{
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                          0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xFF};
    enum { EDGES = sizeof edges };
    int wrong = 0;
    for (unsigned lead = 0x80; lead <= 0xFF; lead++) {
        for (unsigned i = 0; i < EDGES * EDGES * EDGES; i++) {
            const unsigned char bytes[4] = {(unsigned char)lead, edges[i % EDGES], edges[i / EDGES % EDGES],
                                            edges[i / EDGES / EDGES]};
            const uint32_t want = reference_decode(bytes);
            const Slice text = slice_make((const char *)bytes, 4);
            size_t at = 0;
            uint32_t got = 0;
            const bool valid = utf8_decode(text, &at, &got);
            wrong += valid == (want != UINT32_MAX) && got == (valid ? want : 0xFFFD) ? 0 : 1;
            wrong += at >= 1 && at <= 4 && (valid || utf8_valid_length(text) == 0) ? 0 : 1;
        }
    }
    CHECK_INT(wrong, 0, "four bytes");
}

/* The Unicode Standard 15, chapter 3, tables 3-8 to 3-11: how many U+FFFD stand for each. */
static void replaces_maximal_subparts(void)
{
    static const struct {
        const char *text;
        size_t length;
        size_t count;
        size_t valid;
    } rows[] = {
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 9, 9, 0},
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 9, 9, 0},
        {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 9, 9, 0},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 9, 5, 0},
        {"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10, 4, 10},
        {"12345678901234567\x80", 18, 18, 17},
        {"1234567\xc3\xa4\xc3\xa4"
         "12345678\xff",
         20, 18, 19},
        {"a\0b", 3, 3, 3},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Slice text = slice_make(rows[i].text, rows[i].length);
        CHECK_INT(utf8_count(text), rows[i].count, "count");
        CHECK_INT(utf8_valid_length(text), rows[i].valid, "valid length");
    }
    CHECK_INT(utf8_valid_length((Slice){NULL, 0}), 0, "no data");
}

/* Wherever the fault lies relative to the words of eight bytes that are skipped at once. */
static void finds_the_first_fault_anywhere(void)
{
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'x', sizeof text);
        text[at] = '\x80';
        CHECK_INT(utf8_valid_length(slice_make(text, sizeof text)), at, "position");
    }
}

TEST_MAIN(encodes_and_decodes_every_code_point, refuses_all_else, replaces_maximal_subparts,
          finds_the_first_fault_anywhere)
