/* base64 (RFC 4648 §4). */
#include "base/base64.h"
#include "cel/library.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

CelValue cel_fn_base64_encode(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice bytes = cel_text(arguments[0]);
    const size_t room = BASE64_TEXT_BYTES(bytes.length);
    (void)count;
    if (room > CEL_RESULT_BYTES_MAX || !cel_charge(call, room / 4)) {
        return room > CEL_RESULT_BYTES_MAX ? CEL_ERROR_MEMORY : CEL_ERROR_COST;
    }
    char *text = arena_alloc(call->arena, room, 1);
    return text == NULL ? CEL_ERROR_MEMORY : cel_string((Slice){text, base64_print(bytes, text)});
}

static int digit_of(char byte)
{
    const char *found = byte == '\0' ? NULL : memchr(ALPHABET, byte, sizeof ALPHABET - 1);
    return found == NULL ? -1 : (int)(found - ALPHABET);
}

CelValue cel_fn_base64_decode(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    Slice text = cel_text(arguments[0]);
    const bool padded = text.length % 4 == 0;
    (void)count;
    for (unsigned i = 0; i < 2 && padded && text.length > 0 && text.data[text.length - 1] == '='; i++) {
        text.length--;
    }
    if (text.length % 4 == 1) {
        return cel_error(CEL_ERROR_ARGUMENT, "the text is not base64");
    }
    if (!cel_charge(call, text.length / 4)) {
        return CEL_ERROR_COST;
    }
    char *out = arena_alloc(call->arena, text.length / 4 * 3 + 3, 1);
    size_t at = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.length && out != NULL; i++) {
        const int digit = digit_of(text.data[i]);
        if (digit < 0) {
            return cel_error(CEL_ERROR_ARGUMENT, "the text is not base64");
        }
        group = group << 6 | (uint32_t)digit;
        if (i % 4 != 0) {
            out[at++] = (char)(group >> (6 - 2 * (i % 4)));
        }
    }
    return out == NULL ? CEL_ERROR_MEMORY : cel_bytes((Slice){out, at});
}
