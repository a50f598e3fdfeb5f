/*
 * Numbers against tables, and against the C library of this machine, which rounds correctly (glibc) and is
 * asked only in the C locale.
 */
#include "base/internal.h"
#include "base/number.h"
#include "test.h"

#include <math.h>

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t random_finite(uint64_t *state)
{
    uint64_t bits = 0;
    do {
        bits = random_next(state);
    } while (number_biased_exponent(bits) == DOUBLE_EXPONENT_SPECIAL);
    return bits;
}

static uint64_t parse_bits(Slice text)
{
    double value = 12345.0;
    const Error error = number_parse_double(text, &value);
    return error.code == ERROR_OK ? number_bits(value) : UINT64_MAX;
}

static void parses_integers(void)
{
    static const struct {
        const char *text;
        ErrorCode code;
        int64_t value;
    } rows[] = {
        {"0", ERROR_OK, 0},
        {"-0", ERROR_OK, 0},
        {"007", ERROR_OK, 7},
        {"9223372036854775807", ERROR_OK, INT64_MAX},
        {"-9223372036854775808", ERROR_OK, INT64_MIN},
        {"9223372036854775808", ERROR_NUMBER_SYNTAX, 0},
        {"-9223372036854775809", ERROR_NUMBER_SYNTAX, 0},
        {"99999999999999999999999", ERROR_NUMBER_SYNTAX, 0},
        {"", ERROR_NUMBER_SYNTAX, 0},
        {"-", ERROR_NUMBER_SYNTAX, 0},
        {"+1", ERROR_NUMBER_SYNTAX, 0},
        {" 1", ERROR_NUMBER_SYNTAX, 0},
        {"1 ", ERROR_NUMBER_SYNTAX, 0},
        {"1.0", ERROR_NUMBER_SYNTAX, 0},
        {"--1", ERROR_NUMBER_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 77;
        const Error error = number_parse_int64(slice_from_text(rows[i].text), &value);
        CHECK_ERROR(error, rows[i].code, rows[i].text);
        CHECK_INT(value, rows[i].code == ERROR_OK ? rows[i].value : 77, rows[i].text);
    }
    uint64_t value = 77;
    CHECK_ERROR(number_parse_uint64(SLICE("18446744073709551615"), &value), ERROR_OK, "largest");
    CHECK(value == UINT64_MAX);
    CHECK_ERROR(number_parse_uint64(SLICE("18446744073709551616"), &value), ERROR_NUMBER_SYNTAX, "beyond");
    CHECK_ERROR(number_parse_uint64(SLICE("-1"), &value), ERROR_NUMBER_SYNTAX, "negative");
    const Error range = number_parse_uint64(SLICE("18446744073709551616"), &value);
    CHECK_TEXT(range.message, SLICE("integer out of range"), "range has its own message");
}

static void prints_integers(void)
{
    char text[NUMBER_TEXT_BYTES];
    CHECK_TEXT(slice_make(text, number_print_int64(INT64_MIN, text)), SLICE("-9223372036854775808"), "least");
    CHECK_TEXT(slice_make(text, number_print_int64(0, text)), SLICE("0"), "zero");
    CHECK_TEXT(slice_make(text, number_print_uint64(UINT64_MAX, text)), SLICE("18446744073709551615"),
               "most");
}

static void refuses_what_is_no_number(void)
{
    static const char *const texts[] = {"",    "-",   "+",    ".",     "-.",       "e5",   "1e",
                                        "1e+", "1e-", "1e5.", "1.2.3", " 1",       "1 ",   "inf",
                                        "nan", "NaN", "0x10", "1_0",   "Infinity", "1e5x", "--1",
                                        "+-1", "1,5", "1f",   ".e1",   "1e 5",     "\xb2", "1d5"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value = 77.0;
        CHECK_ERROR(number_parse_double(slice_from_text(texts[i]), &value), ERROR_NUMBER_SYNTAX, texts[i]);
        CHECK_NAMED(value == 77.0, texts[i]);
    }
    static const char *const beyond[] = {"1e309",
                                         "-1e309",
                                         "1e999",
                                         "1e99999999999999999999999999",
                                         "1.7976931348623158079372897140530341507993413271003782694e308",
                                         "17976931348623159e292"};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        double value = 77.0;
        const Error error = number_parse_double(slice_from_text(beyond[i]), &value);
        CHECK_ERROR(error, ERROR_NUMBER_SYNTAX, beyond[i]);
        CHECK_TEXT(error.message, SLICE("number out of range"), beyond[i]);
    }
}

/* Cases known from the literature to break parsers, and the edges of the format. */
static void parses_hard_cases(void)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } rows[] = {
        {"0", 0},
        {"-0", DOUBLE_SIGN},
        {"-0.0e5", DOUBLE_SIGN},
        {"0e999999999999999999999", 0},
        {"+5", 0x4014000000000000},
        {"5.", 0x4014000000000000},
        {".5", 0x3fe0000000000000},
        {"1E+2", 0x4059000000000000},
        {"0001.5000", 0x3ff8000000000000},
        {"9007199254740993", 0x4340000000000000},
        {"9007199254740993.0", 0x4340000000000000},
        {"9007199254740993.00000000000000000000000000001", 0x4340000000000001},
        {"9007199254740995", 0x4340000000000002},
        {"4503599627370496.5", 0x4330000000000000},
        {"4503599627370497.5", 0x4330000000000002},
        {"1e22", 0x4480f0cf064dd592},
        {"1e23", 0x44b52d02c7e14af6},
        {"8.5e-3", 0x3f816872b020c49c},
        {"2.2250738585072011e-308", 0x000fffffffffffff},
        {"2.2250738585072012e-308", 0x0010000000000000},
        {"2.2250738585072014e-308", 0x0010000000000000},
        {"5e-324", 1},
        {"4.9406564584124654e-324", 1},
        {"2.4703282292062327208e-324", 0},
        {"2.4703282292062328e-324", 1},
        {"7.4e-324", 1},
        {"7.5e-324", 2},
        {"1e-400", 0},
        {"1e-99999999999999999999999999", 0},
        {"1.7976931348623157e308", 0x7fefffffffffffff},
        {"1.7976931348623158e308", 0x7fefffffffffffff},
        {"6.631236846766476e-316", 0x0000000008000000},
        {"0.500000000000000166533453693773481063544750213623046875", 0x3fe0000000000002},
        {"3.518437208883201171875e13", 0x42c0000000000002},
        {"62.5364939768271845828", 0x404f44abd5aa7ca4},
        {"8.10109172351e-10", 0x3e0bd5cbaef0fd0c},
        {"1.50000000000000011102230246251565", 0x3ff8000000000000},
        {"1.50000000000000011102230246251565404236316680908203125", 0x3ff8000000000000},
        {"1.500000000000000111022302462515654042363166809082031251", 0x3ff8000000000001},
        {"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207"
         "096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764"
         "475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177"
         "904174497791",
         0x7fefffffffffffff},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t want = number_bits(strtod(rows[i].text, NULL));
        CHECK_NAMED(want == rows[i].bits, rows[i].text);
        CHECK_INT(parse_bits(slice_from_text(rows[i].text)), rows[i].bits, rows[i].text);
    }
}

static void put(char *text, Slice part)
{
    memcpy(text, part.data, part.length);
}

/* A mantissa longer than any buffer, whose last digit decides. */
static void parses_any_number_of_digits(void)
{
    enum { LENGTH = 100000 };
    static char text[LENGTH + 16];
    memset(text, '0', LENGTH);
    put(text, SLICE("9007199254740993."));
    CHECK_INT(parse_bits(slice_make(text, LENGTH)), 0x4340000000000000, "a tie with many zeros");
    text[LENGTH - 1] = '1';
    CHECK_INT(parse_bits(slice_make(text, LENGTH)), 0x4340000000000001, "and a one");
    memset(text, '0', LENGTH);
    put(text + LENGTH, SLICE("1e100000"));
    text[1] = '.';
    CHECK_INT(parse_bits(slice_make(text, LENGTH + 8)), number_bits(10.0),
              "zeros that the exponent takes back");
    memset(text, '0', LENGTH);
    text[0] = '1';
    put(text + LENGTH, SLICE("e-99999"));
    CHECK_INT(parse_bits(slice_make(text, LENGTH + 7)), number_bits(1.0), "and the other way");
}

/* Little-endian long integer of this test alone. */
typedef struct Long {
    uint32_t limbs[48];
} Long;

static void long_multiply(Long *number, uint32_t factor)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < 48; i++) {
        carry += (uint64_t)number->limbs[i] * factor;
        number->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    CHECK(carry == 0);
}

static int long_bits(const Long *number)
{
    for (int i = 48 * 32 - 1; i >= 0; i--) {
        if (((number->limbs[i / 32] >> (i % 32)) & 1U) != 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool long_bit(const Long *number, int bit)
{
    return ((number->limbs[bit / 32] >> (bit % 32)) & 1U) != 0;
}

static Long long_from_wide(Wide wide)
{
    return (Long){
        {(uint32_t)wide.low, (uint32_t)(wide.low >> 32), (uint32_t)wide.high, (uint32_t)(wide.high >> 32)}};
}

/* m = floor(10^k * 2^s): for k >= 0 by its bits, else since m * 10^-k <= 2^s < (m + 1) * 10^-k. */
static void powers_of_ten_are_exact_to_128_bits(void)
{
    for (int32_t k = POWER_MIN; k <= POWER_MAX; k++) {
        const Wide power = number_power(k);
        Wide next = power;
        next.high += number_add(&next.low, 1);
        const bool wrapped = next.high == 0 && next.low == 0;
        Long exact = k >= 0 ? (Long){{1}} : long_from_wide(power);
        Long above = long_from_wide(next);
        for (int32_t i = 0; i < (k < 0 ? -k : k); i++) {
            long_multiply(&exact, 10);
            long_multiply(&above, 10);
        }
        const int length = long_bits(&exact);
        if (k >= 0) {
            bool same = length - 1 == number_log2_power(k);
            bool rest = false;
            for (int i = 0; i < length; i++) {
                const int from_top = length - 1 - i;
                const uint64_t word = from_top < 64 ? power.high : power.low;
                same =
                    same && (from_top >= 128 || long_bit(&exact, i) == ((word >> (63 - from_top % 64)) & 1U));
                rest = rest || (from_top >= 128 && long_bit(&exact, i));
            }
            CHECK_NAMED(same && rest == !number_power_is_exact(k), "10^k, k >= 0");
        } else {
            const int scale = 127 - number_log2_power(k);
            CHECK_NAMED(!wrapped && (power.high >> 63) == 1, "normalised");
            CHECK_NAMED(length <= scale, "10^k, k < 0: not above");
            CHECK_NAMED(long_bits(&above) == scale + 1, "10^k, k < 0: not below");
        }
    }
}

static void parses_what_the_c_library_prints(void)
{
    uint64_t state = 1;
    char text[64];
    int wrong = 0;
    for (int i = 0; i < 400000; i++) {
        const uint64_t bits = random_finite(&state);
        const int length = snprintf(text, sizeof text, "%.*e", 15 + i % 6, number_from_bits(bits));
        const uint64_t want = i % 6 < 1 ? number_bits(strtod(text, NULL)) : bits;
        wrong += parse_bits(slice_make(text, (size_t)length)) != want ? 1 : 0;
    }
    CHECK_INT(wrong, 0, "random doubles, 16 to 21 digits");
}

static void parses_random_decimals(void)
{
    uint64_t state = 2;
    char text[64];
    int wrong = 0;
    for (int i = 0; i < 400000; i++) {
        const uint64_t word = random_next(&state);
        const unsigned long long digits = random_next(&state) >> (word % 61);
        const int exponent = (int)((word >> 8) % 660) - 345;
        int length = 0;
        if (i % 2 == 0) {
            length = snprintf(text, sizeof text, "%llue%d", digits, exponent);
        } else { /* as a spreadsheet writes them */
            length = snprintf(text, sizeof text, "%llu.%03u", digits, (unsigned)(word >> 40) % 1000);
        }
        const double want = strtod(text, NULL);
        const uint64_t bits = isinf(want) ? UINT64_MAX : number_bits(want);
        wrong += parse_bits(slice_make(text, (size_t)length)) != bits ? 1 : 0;
    }
    CHECK_INT(wrong, 0, "random decimals");
}

enum { HALFWAY_TEXT_BYTES = EXACT_DIGITS + 64 };

/* The text of a halfway point (side 0), or one 30 digits longer that is just below (-1) or above (1) it. */
static size_t print_halfway(const ExactDecimal *half, int side, char *text)
{
    const size_t count = (size_t)half->count;
    size_t length = 1 + count;
    text[0] = '.';
    memcpy(text + 1, half->digits, count);
    text[count] = (char)(half->digits[count - 1] - (side < 0 ? 1 : 0));
    if (side != 0) {
        memset(text + length, side < 0 ? '9' : '0', 30);
        length += 30;
        text[length - 1] = side < 0 ? '9' : '1';
    }
    return length + (size_t)snprintf(text + length, 16, "e%d", half->point);
}

static void parses_halfway_points(void)
{
    uint64_t state = 3;
    char text[HALFWAY_TEXT_BYTES];
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_finite(&state) & ~DOUBLE_SIGN;
        bits = i % 4 == 0 ? bits & (DOUBLE_HIDDEN - 1) : bits; /* subnormal */
        bits = i % 4 == 1 ? (bits & (DOUBLE_HIDDEN - 1)) + ((uint64_t)(1023 + i % 64) << 52) : bits;
        ExactDecimal half;
        number_exact(2 * number_significand(bits) + 1, number_exponent(bits) - 1, &half);
        for (int side = -1; side <= 1; side++) {
            const size_t length = print_halfway(&half, side, text);
            const uint64_t up = side > 0 || (side == 0 && (bits & 1) != 0) ? 1 : 0;
            if (bits + up < DOUBLE_INFINITY) {
                wrong += parse_bits(slice_make(text, length)) != bits + up ? 1 : 0;
                wrong += number_bits(strtod(text, NULL)) != bits + up ? 1 : 0;
            }
        }
    }
    CHECK_INT(wrong, 0, "halfway points");
}

static void prints_as_ecmascript_does(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {5.0, "5"},
        {0.1, "0.1"},
        {-1.5, "-1.5"},
        {100.0, "100"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e-6, "0.000001"},
        {1.234e-6, "0.000001234"},
        {1e-7, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {1e23, "1e+23"},
        {9007199254740992.0, "9007199254740992"},
        {9007199254740994.0, "9007199254740994"},
        {9007199254740993e3, "9007199254740993000"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {0x1p-44, "5.684341886080802e-14"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {2e-44, "2e-44"},
        {4.35, "4.35"},
        {0.3, "0.3"},
        {0.30000000000000004, "0.30000000000000004"},
        {1e300, "1e+300"},
        {2.0e-3, "0.002"},
        {4294967296.5, "4294967296.5"},
        {299792.458, "299792.458"},
    };
    char text[NUMBER_TEXT_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(slice_make(text, number_print_double(rows[i].value, text)), slice_from_text(rows[i].text),
                   rows[i].text);
    }
    CHECK_TEXT(slice_make(text, number_print_double((double)NAN, text)), SLICE("NaN"), "NaN");
    CHECK_TEXT(slice_make(text, number_print_double((double)INFINITY, text)), SLICE("Infinity"), "inf");
    CHECK_TEXT(slice_make(text, number_print_double(-(double)INFINITY, text)), SLICE("-Infinity"), "-inf");
}

/*
 * Reads back; no rounding of the value to one digit less reads back; and of its own length it is the nearest.
 * (At a power of two the nearest of a length may not read back while another one does: those are compared by
 * reading back alone.)
 */
static bool is_shortest(double value)
{
    char text[NUMBER_TEXT_BYTES];
    const size_t length = number_print_double(value, text);
    if (parse_bits(slice_make(text, length)) != number_bits(value)) {
        return false;
    }
    char digits[40] = {0};
    int count = 0;
    for (size_t i = 0; i < length && text[i] != 'e'; i++) {
        if (text[i] >= '1' || (text[i] == '0' && count > 0)) {
            digits[count++] = text[i];
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    char other[64];
    if (count > 1) {
        (void)snprintf(other, sizeof other, "%.*e", count - 2, value);
        if (number_bits(strtod(other, NULL)) == number_bits(value)) {
            return false;
        }
    }
    (void)snprintf(other, sizeof other, "%.*e", count - 1, value);
    const char *first = other[0] == '-' ? other + 1 : other;
    const bool nearest =
        first[0] == digits[0] && (count == 1 || memcmp(first + 2, digits + 1, (size_t)count - 1) == 0);
    return nearest || (number_bits(value) & (DOUBLE_HIDDEN - 1)) == 0;
}

static void prints_the_shortest(void)
{
    uint64_t state = 4;
    int wrong = 0;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = random_finite(&state);
        bits = i % 8 == 0 ? bits & (DOUBLE_SIGN | (DOUBLE_HIDDEN - 1)) : bits; /* subnormal */
        wrong += is_shortest(number_from_bits(bits)) ? 0 : 1;
        const double small = (double)(random_next(&state) >> (8 + i % 50)) / 100.0;
        wrong += is_shortest(small) ? 0 : 1;
    }
    for (uint64_t exponent = 0; exponent < DOUBLE_EXPONENT_SPECIAL; exponent++) {
        for (uint64_t step = 0; step < 5; step++) {
            const uint64_t bits = (exponent << DOUBLE_FRACTION_BITS) + step;
            wrong += bits < 2 || is_shortest(number_from_bits(bits - 2)) ? 0 : 1;
        }
    }
    CHECK_INT(wrong, 0, "shortest and nearest");
}

static void prints_fixed_and_exponent_as_c_does(void)
{
    uint64_t state = 5;
    static const double known[] = {0.0,    -0.0, 0.5,   1.5,   2.5,     -0.5, 0.05, 0.25,
                                   0.35,   9.5,  99.95, 9.999, 1e22,    1e23, 1e-5, 5e-324,
                                   0.0001, 1.0,  100.0, 0.6,   123.456, 1e300};
    char got[512];
    char want[512];
    int wrong = 0;
    for (size_t i = 0; i < 60000; i++) {
        const uint64_t word = random_next(&state);
        double value = number_from_bits(random_finite(&state));
        value = i % 3 == 1 ? (double)(int64_t)(word >> (word % 60)) / 1024.0 : value; /* has many ties */
        value = i % 3 == 2 ? known[(i / 3) % (sizeof known / sizeof known[0])] : value;
        const unsigned digits = i % 10 == 0 ? (unsigned)(word >> 50) % 101 : (unsigned)(word >> 50) % 12;
        size_t length = number_print_fixed(value, digits, got);
        int expected = snprintf(want, sizeof want, "%.*f", (int)digits, value);
        wrong += slice_equal(slice_make(got, length), slice_make(want, (size_t)expected)) ? 0 : 1;
        length = number_print_exponent(value, digits, got);
        expected = snprintf(want, sizeof want, "%.*e", (int)digits, value);
        wrong += slice_equal(slice_make(got, length), slice_make(want, (size_t)expected)) ? 0 : 1;
    }
    CHECK_INT(wrong, 0, "fixed and exponent form");
    CHECK_TEXT(slice_make(got, number_print_fixed(-0.001, 2, got)), SLICE("-0.00"), "keeps the sign");
    CHECK_INT(number_print_fixed(-1.7976931348623157e308, 100, got), 1 + 309 + 1 + 100, "the longest");
}

static void converts_checked(void)
{
    static const struct {
        double value;
        bool fits;
        int64_t result;
    } rows[] = {
        {0.0, true, 0},
        {-0.0, true, 0},
        {1.9, true, 1},
        {-1.9, true, -1},
        {-0x1p63, true, INT64_MIN},
        {0x1p63, false, 0},
        {0x1.fffffffffffffp62, true, INT64_C(9223372036854774784)},
        {-0x1.0000000000001p63, false, 0},
        {1e300, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t result = 77;
        CHECK_INT(number_to_int64(rows[i].value, &result), rows[i].fits, "fits");
        CHECK_INT(result, rows[i].fits ? rows[i].result : 77, "result");
    }
    int64_t result = 77;
    CHECK(!number_to_int64((double)NAN, &result) && !number_to_int64((double)INFINITY, &result) &&
          result == 77);
    uint64_t positive = 77;
    CHECK(!number_to_uint64((double)NAN, &positive) && !number_to_uint64(-1.0, &positive));
    CHECK(!number_to_uint64(0x1p64, &positive) && positive == 77);
    CHECK(number_to_uint64(-0.9, &positive) && positive == 0);
    CHECK(number_to_uint64(0x1.fffffffffffffp63, &positive) && positive == UINT64_C(18446744073709549568));
}

/* Rounding by way of integers, as an independent reference: mode 0 trunc, 1 floor, 2 ceil, 3 round. */
static uint64_t rounded_by_integer(double value, int mode)
{
    const uint64_t sign = number_bits(value) & DOUBLE_SIGN;
    if (!(value > -0x1p52 && value < 0x1p52)) {
        return number_bits(value);
    }
    int64_t whole = (int64_t)value;
    const double rest = value - (double)whole;
    whole -= (mode == 1 && rest < 0) || (mode == 3 && rest <= -0.5) ? 1 : 0;
    whole += (mode == 2 && rest > 0) || (mode == 3 && rest >= 0.5) ? 1 : 0;
    return number_bits((double)whole) | sign;
}

static void rounds_to_integers(void)
{
    uint64_t state = 6;
    int wrong = 0;
    static const double known[] = {
        0.0,  -0.0, 0.5,    -0.5,   0.49999999999999994, -0.49999999999999994, 1.5,   2.5,
        -2.5, 1.0,  0x1p52, 0x1p53, 4503599627370495.5,  4503599627370494.5,   1e300, 5e-324};
    for (size_t i = 0; i < 300000; i++) {
        double value = number_from_bits(random_finite(&state));
        value =
            i % 2 == 0 ? (double)(int64_t)random_next(&state) / (double)(UINT64_C(1) << (i / 2 % 64)) : value;
        value = i < 16 ? known[i] : value;
        wrong += number_bits(number_trunc(value)) == rounded_by_integer(value, 0) ? 0 : 1;
        wrong += number_bits(number_floor(value)) == rounded_by_integer(value, 1) ? 0 : 1;
        wrong += number_bits(number_ceil(value)) == rounded_by_integer(value, 2) ? 0 : 1;
        wrong += number_bits(number_round(value)) == rounded_by_integer(value, 3) ? 0 : 1;
    }
    CHECK_INT(wrong, 0, "round, trunc, floor, ceil");
    CHECK(isnan(number_round((double)NAN)) && isnan(number_ceil((double)NAN)));
    CHECK(number_round((double)INFINITY) == (double)INFINITY &&
          number_floor(-(double)INFINITY) == -(double)INFINITY);
}

TEST_MAIN(parses_integers, prints_integers, refuses_what_is_no_number, parses_hard_cases,
          parses_any_number_of_digits, powers_of_ten_are_exact_to_128_bits, parses_what_the_c_library_prints,
          parses_random_decimals, parses_halfway_points, prints_as_ecmascript_does, prints_the_shortest,
          prints_fixed_and_exponent_as_c_does, converts_checked, rounds_to_integers)
