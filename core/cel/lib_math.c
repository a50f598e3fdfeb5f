/* The math extension. */
#include "base/number.h"
#include "cel/library.h"
#include "cel/program.h"

#define ROUNDING(name, base)                                                                                 \
    CelValue cel_fn_##name(const CelCall *call, const CelValue *arguments, uint32_t count)                   \
    {                                                                                                        \
        (void)call;                                                                                          \
        (void)count;                                                                                         \
        return cel_double(base(arguments[0].as.number));                                                     \
    }

ROUNDING(ceil, number_ceil)
ROUNDING(floor, number_floor)
ROUNDING(round, number_round)
ROUNDING(trunc, number_trunc)

CelValue cel_fn_sqrt(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_double(__builtin_sqrt(cel_number(&arguments[0])));
}

CelValue cel_fn_abs(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue value = arguments[0];
    (void)call;
    (void)count;
    if (value.kind == CEL_INT && value.as.integer < 0) {
        return value.as.integer == INT64_MIN ? cel_error(CEL_ERROR_OVERFLOW, "integer overflow")
                                             : cel_int(-value.as.integer);
    }
    return value.kind == CEL_DOUBLE ? cel_double(__builtin_fabs(value.as.number)) : value;
}

CelValue cel_fn_sign(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue value = arguments[0];
    (void)call;
    (void)count;
    switch ((CelKind)value.kind) {
    case CEL_INT: return cel_int((value.as.integer > 0) - (value.as.integer < 0));
    case CEL_UINT: return cel_uint(value.as.uinteger > 0);
    default:
        return value.as.number != value.as.number
                   ? value
                   : cel_double((double)((value.as.number > 0) - (value.as.number < 0)));
    }
}

CelValue cel_fn_is_nan(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(arguments[0].as.number != arguments[0].as.number);
}

CelValue cel_fn_is_inf(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(__builtin_isinf(arguments[0].as.number) != 0);
}

CelValue cel_fn_is_finite(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(__builtin_isfinite(arguments[0].as.number) != 0);
}

static CelValue with_bits(const CelValue *like, uint64_t bits)
{
    CelValue value = *like;
    value.as.uinteger = bits;
    return value;
}

CelValue cel_fn_bit_and(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return with_bits(&arguments[0], arguments[0].as.uinteger & arguments[1].as.uinteger);
}

CelValue cel_fn_bit_or(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return with_bits(&arguments[0], arguments[0].as.uinteger | arguments[1].as.uinteger);
}

CelValue cel_fn_bit_xor(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return with_bits(&arguments[0], arguments[0].as.uinteger ^ arguments[1].as.uinteger);
}

CelValue cel_fn_bit_not(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return with_bits(&arguments[0], ~arguments[0].as.uinteger);
}

static CelValue shift(const CelValue *arguments, bool left)
{
    const int64_t bits = arguments[1].as.integer;
    if (bits < 0) {
        return cel_error(CEL_ERROR_ARGUMENT, "a shift by a negative offset");
    }
    if (bits > 63) {
        return with_bits(&arguments[0], 0);
    }
    const uint64_t value = arguments[0].as.uinteger;
    return with_bits(&arguments[0], left ? value << bits : value >> bits);
}

CelValue cel_fn_shift_left(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return shift(arguments, true);
}

CelValue cel_fn_shift_right(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return shift(arguments, false);
}

/* Of the arguments, or of the elements of the one list; `wanted` is the order that replaces the best so far.
 */
static CelValue extreme(const CelCall *call, const CelValue *arguments, uint32_t count, unsigned wanted)
{
    if (count == 1 && arguments[0].kind == CEL_LIST) {
        CelValue error = cel_null();
        if (!cel_items_of(call, &arguments[0], &arguments, &count, &error)) {
            return error;
        }
        if (count == 0) {
            return cel_error(CEL_ERROR_ARGUMENT, "the list is empty");
        }
    }
    CelValue best = arguments[0];
    for (uint32_t i = 0; i < count; i++) {
        unsigned order = 0;
        if (arguments[i].kind == CEL_UNKNOWN) {
            return arguments[i];
        }
        if (arguments[i].kind < CEL_INT || arguments[i].kind > CEL_DOUBLE ||
            !cel_compare(&arguments[i], &best, &order)) {
            return cel_error(CEL_ERROR_OVERLOAD, "no such overload: only numbers can be compared here");
        }
        best = order == wanted ? arguments[i] : best;
    }
    return best;
}

CelValue cel_fn_greatest(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    return extreme(call, arguments, count, CEL_GREATER);
}

CelValue cel_fn_least(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    return extreme(call, arguments, count, CEL_LESS);
}
