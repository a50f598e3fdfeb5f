#include "salesforce/headers.h"

#include "base/http_date.h"
#include "base/number.h"
#include "job/request.h"

bool sf_server_time(Slice headers, int64_t *ms)
{
    return http_date_parse(slice_trim(request_header(headers, SLICE("date"))), ms).code == ERROR_OK;
}

/* "17/250" up to the end or a '('. */
static bool parse_usage(Slice text, uint64_t *used, uint64_t *limit)
{
    const size_t slash = slice_find_byte(text, '/', 0);
    const size_t end = slice_find_byte(text, '(', slash);
    return number_parse_uint64(slice_part(text, 0, slash), used).code == ERROR_OK &&
           number_parse_uint64(slice_trim(slice_part(text, slash + 1, end)), limit).code == ERROR_OK;
}

bool sf_limit_info_read(Slice headers, SfLimitInfo *info)
{
    static const Slice org_name = SLICE_INIT("api-usage=");
    static const Slice app_name = SLICE_INIT("per-app-api-usage=");
    const Slice text = request_header(headers, SLICE("sforce-limit-info"));
    SfLimitInfo read = {0};
    bool has_org = false;
    for (size_t at = 0; at < text.length;) {
        const size_t end = slice_find_byte(text, ';', at);
        const Slice part = slice_trim(slice_part(text, at, end));
        if (slice_starts_with(part, org_name)) {
            has_org = parse_usage(slice_part(part, org_name.length, part.length), &read.used, &read.limit);
        } else if (slice_starts_with(part, app_name)) {
            read.has_app =
                parse_usage(slice_part(part, app_name.length, part.length), &read.app_used, &read.app_limit);
        }
        at = end + 1;
    }
    if (has_org) {
        *info = read;
    }
    return has_org;
}
