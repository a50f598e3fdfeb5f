/*
 * The meaning of any answer: two bytes of status, headers up to an empty line, the body. There is always an
 * error, of a class, in one bounded line; and what is not Salesforce's never asks for a person when the
 * server is only ill.
 */
#include "salesforce.h"
#include "salesforce/errors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 100000) {
        return 0;
    }
    FuzzArenas arenas;
    fuzz_open(&arenas);
    const uint32_t status = 300U + (data[0] * 256U + data[1]) % 300U;
    const Slice rest = slice_make((const char *)data + 2, size - 2);
    const size_t found = slice_find(rest, SLICE("\n\n"), 0);
    const size_t split = found == SIZE_MAX ? rest.length : found;
    const Slice body = slice_part(rest, split + 2, rest.length);
    const Error error = sf_classify(&arenas.result, status, slice_part(rest, 0, split), body);
    perly_assert(error.code != ERROR_OK && error_class(error.code) != ERROR_CLASS_NONE);
    fuzz_check_message(error);
    if (body.length == 0 && status >= 500) {
        perly_assert(error_class(error.code) == ERROR_CLASS_RETRY_LATER);
    }
    const Error row = sf_bulk_row_error(&arenas.result, rest, SLICE("0015500001QdQWaAAN"));
    perly_assert(row.code != ERROR_OK);
    fuzz_check_message(row);
    fuzz_close(&arenas);
    return 0;
}
