/*
 * Any text as a number and as a time: what is accepted prints, and reads back, as the same value, and is what
 * the C library reads.
 */
#include "base/number.h"
#include "base/time.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_same(double a, double b)
{
    uint64_t bits[2];
    memcpy(&bits[0], &a, sizeof bits[0]);
    memcpy(&bits[1], &b, sizeof bits[1]);
    return bits[0] == bits[1];
}

static void check_double(Slice text)
{
    double value = 0;
    if (number_parse_double(text, &value).code != ERROR_OK) {
        return;
    }
    char *terminated = malloc(text.length + 1);
    require(terminated != NULL);
    memcpy(terminated, text.data, text.length);
    terminated[text.length] = '\0';
    const double reference = strtod(terminated, NULL);
    free(terminated);
    require(is_same(reference, value));

    char *printed = malloc(NUMBER_TEXT_BYTES);
    require(printed != NULL);
    double again = 0;
    const size_t length = number_print_double(value, printed);
    require(number_parse_double(slice_make(printed, length), &again).code == ERROR_OK);
    require(is_same(again, value));
    free(printed);

    char *longer = malloc(320 + 17);
    require(longer != NULL);
    const size_t exact = number_print_exponent(value, 17, longer);
    require(number_parse_double(slice_make(longer, exact), &again).code == ERROR_OK);
    require(is_same(again, value));
    require(number_print_fixed(value, (unsigned)(text.length % 18), longer) > 0);
    free(longer);
}

static void check_int64(Slice text)
{
    int64_t value = 0;
    int64_t again = 0;
    char printed[NUMBER_TEXT_BYTES];
    if (number_parse_int64(text, &value).code == ERROR_OK) {
        const size_t length = number_print_int64(value, printed);
        require(number_parse_int64(slice_make(printed, length), &again).code == ERROR_OK && again == value);
    }
}

static void check_time(Slice text)
{
    int64_t ms = 0;
    int64_t again = 0;
    int64_t seconds = 0;
    int32_t nanos = 0;
    char printed[TIME_TEXT_BYTES];
    const bool known = time_parse(text, &ms).code == ERROR_OK;
    if (known) {
        time_print(ms, printed);
        require(time_parse(slice_make(printed, sizeof printed), &again).code == ERROR_OK && again == ms);
    }
    if (time_parse_rfc3339(text, &seconds, &nanos).code == ERROR_OK) {
        require(known && seconds * 1000 + nanos / 1000000 == ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Slice text = slice_make((const char *)data, size);
    check_double(text);
    check_int64(text);
    check_time(text);
    return 0;
}
