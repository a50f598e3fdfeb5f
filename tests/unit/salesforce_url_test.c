#include "salesforce.h"
#include "salesforce/url.h"

static void encodes(void)
{
    Scratch scratch;
    Buffer text;
    buffer_init(&text, scratch_open(&scratch), 0);
    sf_url_append(&text, SLICE("aZ09-._~ +&=/?#%'\"\n\xc3\xa9"));
    CHECK_TEXT(buffer_slice(&text), SLICE("aZ09-._~%20%2B%26%3D%2F%3F%23%25%27%22%0A%C3%A9"), "every class");
    buffer_clear(&text);
    buffer_append(&text, SLICE("/x?"));
    sf_url_append_pair(&text, SLICE("a"), SLICE("1 2"));
    sf_url_append_pair(&text, SLICE("b"), SLICE(""));
    CHECK_TEXT(buffer_slice(&text), SLICE("/x?a=1%202&b="), "pairs");
    scratch_close(&scratch);
}

static void finds_parameters(void)
{
    static const struct {
        Slice query;
        ErrorCode code;
        bool found;
        Slice value;
    } rows[] = {
        {SLICE_INIT("code=aPrx.%3D%3D&state=s"), ERROR_OK, true, SLICE_INIT("aPrx.==")},
        {SLICE_INIT("state=s&code=x"), ERROR_OK, true, SLICE_INIT("x")},
        {SLICE_INIT("code=a+b%2Bc"), ERROR_OK, true, SLICE_INIT("a b+c")},
        {SLICE_INIT("code="), ERROR_OK, true, SLICE_INIT("")},
        {SLICE_INIT("code"), ERROR_OK, true, SLICE_INIT("")},
        {SLICE_INIT("code=a=b"), ERROR_OK, true, SLICE_INIT("a=b")},
        {SLICE_INIT("xcode=1&codex=2"), ERROR_OK, false, SLICE_INIT("")},
        {SLICE_INIT("&&=&"), ERROR_OK, false, SLICE_INIT("")},
        {SLICE_INIT(""), ERROR_OK, false, SLICE_INIT("")},
        {SLICE_INIT("code=1&code=2"), ERROR_SF_ANSWER, false, SLICE_INIT("")},
        {SLICE_INIT("code=%"), ERROR_SF_ANSWER, false, SLICE_INIT("")},
        {SLICE_INIT("code=%4"), ERROR_SF_ANSWER, false, SLICE_INIT("")},
        {SLICE_INIT("code=%4&x=1"), ERROR_SF_ANSWER, false, SLICE_INIT("")},
        {SLICE_INIT("code=%zz"), ERROR_SF_ANSWER, false, SLICE_INIT("")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Slice value = SLICE("");
        bool found = false;
        CHECK_ERROR(sf_url_parameter(arena, rows[i].query, SLICE("code"), &value, &found), rows[i].code,
                    rows[i].query.data);
        CHECK_NAMED(found == rows[i].found, rows[i].query.data);
        CHECK_TEXT(value, rows[i].value, rows[i].query.data);
    }
    scratch_close(&scratch);
}

TEST_MAIN(encodes, finds_parameters)
