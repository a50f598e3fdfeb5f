#include "salesforce/headers.h"

#include "base/http_date.h"
#include "base/number.h"
#include "job/request.h"

bool sf_server_time(Slice headers, int64_t *ms)
{
    return http_date_parse(slice_trim(request_header(headers, SLICE("date"))), ms).code == ERROR_OK;
}

static bool parse_usage(Slice text, uint64_t *used, uint64_t *limit)
{
    const size_t slash = slice_find_byte(text, '/', 0);
    return number_parse_uint64(slice_part(text, 0, slash), used).code == ERROR_OK &&
           number_parse_uint64(slice_part(text, slash + 1, text.length), limit).code == ERROR_OK;
}

bool sf_limit_info_read(Slice headers, SfLimitInfo *info)
{
    static const Slice name = SLICE_INIT("api-usage=");
    const Slice text = request_header(headers, SLICE("sforce-limit-info"));
    for (size_t at = 0; at < text.length;) {
        const size_t end = slice_find_byte(text, ';', at);
        const Slice part = slice_trim(slice_part(text, at, end));
        SfLimitInfo read = {0};
        if (slice_starts_with(part, name) &&
            parse_usage(slice_part(part, name.length, part.length), &read.used, &read.limit)) {
            *info = read;
            return true;
        }
        at = end + 1;
    }
    return false;
}
