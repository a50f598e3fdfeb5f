/* The command line's reading of events. */
#include "cli_json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(NativeText part, const uint8_t *data, size_t size)
{
    if (part.length > 0 &&
        (part.bytes < (const char *)data || part.bytes + part.length > (const char *)data + size)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const NativeText text = {(const char *)data, size};
    NativeBuffer out = {0};
    size_t at = 0;
    NativeText item = {"", 0};
    const NativeText member = cli_json_get(text, "a");
    within(member, data, size);
    within(cli_json_get(member, "b"), data, size);
    while (cli_json_next(text, &at, &item)) {
        within(item, data, size);
        cli_json_plain(&out, item);
    }
    cli_json_plain(&out, member);
    cli_json_plain(&out, text);
    cli_json_string(&out, text);
    (void)cli_json_double(member, 0);
    native_buffer_free(&out);
    return 0;
}
