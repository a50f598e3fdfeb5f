#include "answer.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/sha256.h"
#include "base/time.h"
#include "base/utf8.h"
#include "formats.h"
#include "score.h"

enum { ARGS_MAX = 8 };

typedef struct Op {
    Slice name;
    size_t args;
    Error (*answer)(const Slice *args, Buffer *answer);
} Op;

static void append_hex64(Buffer *answer, uint64_t value)
{
    uint8_t bytes[8];
    char text[16];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    hash_hex(bytes, sizeof bytes, text);
    buffer_append(answer, slice_make(text, sizeof text));
}

/* Doubles travel as the 16 hexadecimal digits of their bits. */
static uint64_t read_hex64(Slice text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        value = value * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

static double read_double(Slice text)
{
    const uint64_t bits = read_hex64(text);
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static Error double_print(const Slice *args, Buffer *answer)
{
    buffer_append_double(answer, read_double(args[0]));
    return ERROR_NONE;
}

static Error double_parse(const Slice *args, Buffer *answer)
{
    double value = 0;
    RETURN_IF_ERROR(number_parse_double(args[0], &value));
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    append_hex64(answer, bits);
    return ERROR_NONE;
}

static Error int64_parse(const Slice *args, Buffer *answer)
{
    int64_t value = 0;
    RETURN_IF_ERROR(number_parse_int64(args[0], &value));
    buffer_append_int64(answer, value);
    return ERROR_NONE;
}

static Error time_parse_op(const Slice *args, Buffer *answer)
{
    int64_t ms = 0;
    RETURN_IF_ERROR(time_parse(args[0], &ms));
    buffer_append_int64(answer, ms);
    return ERROR_NONE;
}

static Error double_digits(const Slice *args, Buffer *answer,
                           size_t (*print)(double value, unsigned digits, char *text))
{
    uint64_t digits = 0;
    RETURN_IF_ERROR(number_parse_uint64(args[1], &digits));
    char *room = buffer_reserve(answer, 320 + (size_t)digits);
    if (room != NULL) {
        answer->length += print(read_double(args[0]), (unsigned)digits, room);
    }
    return ERROR_NONE;
}

static Error double_fixed(const Slice *args, Buffer *answer)
{
    return double_digits(args, answer, number_print_fixed);
}

static Error double_exponent(const Slice *args, Buffer *answer)
{
    return double_digits(args, answer, number_print_exponent);
}

static Error double_round(const Slice *args, Buffer *answer)
{
    const double value = number_round(read_double(args[0]));
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    append_hex64(answer, bits);
    return ERROR_NONE;
}

static Error time_print_op(const Slice *args, Buffer *answer)
{
    int64_t ms = 0;
    RETURN_IF_ERROR(number_parse_int64(args[0], &ms));
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    buffer_append(answer, slice_make(text, sizeof text));
    return ERROR_NONE;
}

static Error sha256(const Slice *args, Buffer *answer)
{
    Sha256 hash;
    uint8_t digest[SHA256_BYTES];
    char text[SHA256_HEX_BYTES];
    sha256_init(&hash);
    sha256_update(&hash, args[0]);
    sha256_finish(&hash, digest);
    hash_hex(digest, sizeof digest, text);
    buffer_append(answer, slice_make(text, sizeof text));
    return ERROR_NONE;
}

static Error hash64_op(const Slice *args, Buffer *answer)
{
    append_hex64(answer, hash64(read_hex64(args[0]), args[1]));
    return ERROR_NONE;
}

static const Op ops[] = {
    {SLICE_INIT("double_print"), 1, double_print},
    {SLICE_INIT("double_parse"), 1, double_parse},
    {SLICE_INIT("double_fixed"), 2, double_fixed},
    {SLICE_INIT("double_exponent"), 2, double_exponent},
    {SLICE_INIT("double_round"), 1, double_round},
    {SLICE_INIT("int64_parse"), 1, int64_parse},
    {SLICE_INIT("time_parse"), 1, time_parse_op},
    {SLICE_INIT("time_print"), 1, time_print_op},
    {SLICE_INIT("sha256"), 1, sha256},
    {SLICE_INIT("hash64"), 2, hash64_op},
    {SLICE_INIT("csv_rows"), 2, formats_csv_rows},
    {SLICE_INIT("csv_agreement"), 2, formats_csv_agreement},
    {SLICE_INIT("json_canonical"), 1, formats_json_canonical},
    {SLICE_INIT("json_split"), 3, formats_json_split},
    {SLICE_INIT("score"), 3, score_told},
    {SLICE_INIT("score_many"), 3, score_many},
    {SLICE_INIT("score_org_rows"), 3, score_org_rows},
    {SLICE_INIT("score_org_scores"), 3, score_org_scores},
};

static uint32_t read_uint32(Slice encoded, size_t *at)
{
    uint32_t value = 0;
    if (encoded.length - *at >= sizeof value) {
        memcpy(&value, encoded.data + *at, sizeof value);
        *at += sizeof value;
    }
    return value;
}

static size_t read_texts(Slice encoded, Slice texts[ARGS_MAX])
{
    size_t at = 0;
    const uint32_t count = read_uint32(encoded, &at);
    size_t got = 0;
    while (got < count && got < ARGS_MAX) {
        const uint32_t length = read_uint32(encoded, &at);
        texts[got++] = slice_part(encoded, at, at + length);
        at += length;
    }
    return got;
}

void vectors_answer(Slice encoded, Buffer *answer)
{
    Slice texts[ARGS_MAX];
    const size_t count = read_texts(encoded, texts);
    for (size_t i = 0; count != 0 && i < sizeof ops / sizeof ops[0]; i++) {
        if (slice_equal(ops[i].name, texts[0]) && ops[i].args == count - 1) {
            const Error error = ops[i].answer(texts + 1, answer);
            if (error.code != ERROR_OK) {
                buffer_append(answer, SLICE("error "));
                buffer_append(answer, error_name(error.code));
                buffer_append(answer, SLICE(": "));
                buffer_append(answer, error.message);
            }
            return;
        }
    }
    buffer_append(answer, SLICE("unknown op"));
}
