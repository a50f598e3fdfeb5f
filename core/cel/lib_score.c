/* What we add to CEL for scoring. Unknown elements of lists are left out; no libm, the same bits everywhere.
 */
#include "base/number.h"
#include "cel/library.h"
#include "cel/program.h"

double cel_number(const CelValue *value)
{
    switch ((CelKind)value->kind) {
    case CEL_INT: return (double)value->as.integer;
    case CEL_UINT: return (double)value->as.uinteger;
    case CEL_DOUBLE: return value->as.number;
    default: return 0;
    }
}

static bool is_number(const CelValue *value)
{
    return value->kind >= CEL_INT && value->kind <= CEL_DOUBLE;
}

static CelValue not_numbers(void)
{
    return cel_error(CEL_ERROR_OVERLOAD, "no such overload: the list holds something that is not a number");
}

CelValue cel_fn_linear(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const double x = cel_number(&arguments[0]);
    const double worst = cel_number(&arguments[1]);
    const double best = cel_number(&arguments[2]);
    (void)call;
    (void)count;
    if (worst == best) {
        return cel_error(CEL_ERROR_ARGUMENT, "linear() needs two different limits");
    }
    const double score = (x - worst) / (best - worst) * 100;
    return cel_double(!(score > 0) ? 0 : (score > 100 ? 100 : score));
}

CelValue cel_fn_percent(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const double whole = cel_number(&arguments[1]);
    (void)call;
    (void)count;
    return whole == 0 ? cel_unknown() : cel_double(cel_number(&arguments[0]) / whole * 100);
}

/* [limit, score] as two numbers; else what is wrong, or the part of it that is unknown. */
static CelValue step_of(const CelCall *call, const CelValue *step, double pair[2])
{
    uint32_t count = 0;
    const CelValue *items = step->kind == CEL_LIST ? cel_items(call->arena, step, &count) : NULL;
    if (step->kind == CEL_UNKNOWN) {
        return *step;
    }
    for (uint32_t i = 0; items != NULL && count == 2 && i < count; i++) {
        if (items[i].kind == CEL_UNKNOWN) {
            return items[i];
        }
    }
    if (items == NULL || count != 2 || !is_number(&items[0]) || !is_number(&items[1])) {
        return cel_error(CEL_ERROR_ARGUMENT, "a step is a list of two numbers: [limit, score]");
    }
    pair[0] = cel_number(&items[0]);
    pair[1] = cel_number(&items[1]);
    return cel_null();
}

CelValue cel_fn_steps(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    uint32_t length = 0;
    const double x = cel_number(&arguments[0]);
    const CelValue *steps = cel_items(call->arena, &arguments[1], &length);
    double last[2] = {0, 0};
    double score = 0;
    (void)count;
    if (length == 0 || !cel_charge(call, length)) {
        return length == 0 ? cel_error(CEL_ERROR_ARGUMENT, "steps() needs at least one [limit, score]")
                           : CEL_ERROR_COST;
    }
    for (uint32_t i = 0; i < length; i++) {
        double step[2] = {0, 0};
        const CelValue wrong = steps == NULL ? CEL_ERROR_MEMORY : step_of(call, &steps[i], step);
        if (wrong.kind <= CEL_ERROR) {
            return wrong;
        }
        if (i > 0 && !(step[0] > last[0])) {
            return cel_error(CEL_ERROR_ARGUMENT, "the limits of steps() must rise");
        }
        if (i == 0 || x >= step[0]) {
            score = step[1];
        }
        last[0] = step[0];
    }
    return cel_double(score);
}

/* 2^-n for n >= 0, exact; 0 below the smallest double. */
static double power_of_half(int64_t n)
{
    double result = 1;
    if (n > 1074) {
        return 0;
    }
    while (n > 1000) {
        result *= 0.5;
        n--;
    }
    const uint64_t bits = (uint64_t)(1023 - n) << 52;
    double power = 0;
    memcpy(&power, &bits, sizeof power);
    return result * power;
}

/*
 * 2^-x for x >= 0. The whole part of x is exact; e^-y for y = the fraction times ln 2 is its Taylor series by
 * Horner's rule, 17 terms (the rest is below 2^-60). Additions and multiplications in a fixed order, so the
 * bits are the same on every machine; the error is below 2 units in the last place.
 */
static double half_to(double x)
{
    int64_t whole = 0;
    if (!number_to_int64(x, &whole)) {
        return 0;
    }
    const double y = (x - (double)whole) * 0.69314718055994530942;
    double sum = 1;
    for (int term = 17; term > 0; term--) {
        sum = 1 - sum * y / term;
    }
    return sum * power_of_half(whole);
}

CelValue cel_fn_decay(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    double age = cel_number(&arguments[0]);
    double half_life = cel_number(&arguments[1]);
    (void)call;
    (void)count;
    if (arguments[0].kind == CEL_DURATION) {
        age = (double)arguments[0].as.integer + arguments[0].length / 1e6;
        half_life = (double)arguments[1].as.integer + arguments[1].length / 1e6;
    }
    if (!(half_life > 0)) {
        return cel_error(CEL_ERROR_ARGUMENT, "decay() needs a half-life greater than 0");
    }
    return cel_double(age > 0 ? half_to(age / half_life) : (age != age ? age : 1));
}

/* Sums of ints and doubles are doubles; everything else is as `+` has it. */
static CelValue add(const CelCall *call, const CelValue *a, const CelValue *b)
{
    if (a->kind != b->kind && is_number(a) && is_number(b)) {
        return cel_double(cel_number(a) + cel_number(b));
    }
    return cel_operate(call, OP_ADD, 0, a, b);
}

static CelValue sum(const CelCall *call, const CelValue *list, const CelValue *zero)
{
    uint32_t count = 0;
    const CelValue *items = cel_items(call->arena, list, &count);
    CelValue total = cel_unknown();
    if (!cel_charge(call, count)) {
        return CEL_ERROR_COST;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (items == NULL) {
            return CEL_ERROR_MEMORY;
        }
        if (items[i].kind == CEL_UNKNOWN) {
            continue;
        }
        if (!is_number(&items[i]) && items[i].kind != CEL_DURATION) {
            return not_numbers();
        }
        total = total.kind == CEL_UNKNOWN ? items[i] : add(call, &total, &items[i]);
    }
    return total.kind == CEL_UNKNOWN ? *zero : total;
}

CelValue cel_fn_sum(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    const CelValue zero = cel_int(0);
    return sum(call, &arguments[0], &zero);
}

CelValue cel_fn_sum_double(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    const CelValue zero = cel_double(0);
    return sum(call, &arguments[0], &zero);
}

CelValue cel_fn_sum_uint(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    const CelValue zero = cel_uint(0);
    return sum(call, &arguments[0], &zero);
}

CelValue cel_fn_sum_duration(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    const CelValue zero = cel_duration(0, 0);
    return sum(call, &arguments[0], &zero);
}

CelValue cel_fn_avg(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    uint32_t length = 0;
    uint32_t known = 0;
    double total = 0;
    const CelValue *items = cel_items(call->arena, &arguments[0], &length);
    (void)count;
    if (!cel_charge(call, length)) {
        return CEL_ERROR_COST;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (items == NULL) {
            return CEL_ERROR_MEMORY;
        }
        if (items[i].kind == CEL_UNKNOWN) {
            continue;
        }
        if (!is_number(&items[i])) {
            return not_numbers();
        }
        total += cel_number(&items[i]);
        known++;
    }
    return known == 0 ? cel_unknown() : cel_double(total / known);
}

static CelValue extreme(const CelCall *call, const CelValue *list, unsigned wanted)
{
    uint32_t count = 0;
    const CelValue *items = cel_items(call->arena, list, &count);
    CelValue best = cel_unknown();
    if (!cel_charge(call, count)) {
        return CEL_ERROR_COST;
    }
    for (uint32_t i = 0; i < count; i++) {
        unsigned order = 0;
        if (items == NULL) {
            return CEL_ERROR_MEMORY;
        }
        if (items[i].kind == CEL_UNKNOWN) {
            continue;
        }
        if (!cel_compare(&items[i], best.kind == CEL_UNKNOWN ? &items[i] : &best, &order)) {
            return cel_error(CEL_ERROR_OVERLOAD, "no such overload: the elements have no order");
        }
        best = best.kind == CEL_UNKNOWN || order == wanted ? items[i] : best;
    }
    return best;
}

CelValue cel_fn_max(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return extreme(call, &arguments[0], CEL_GREATER);
}

CelValue cel_fn_min(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return extreme(call, &arguments[0], CEL_LESS);
}
