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

static CelValue not_a_step(void)
{
    return cel_error(CEL_ERROR_ARGUMENT, "a step is a list of two numbers: [limit, score]");
}

/* NaN says nothing of an account: it is never the worst score, nor left out in silence. */
static CelValue not_a_number(void)
{
    return cel_error(CEL_ERROR_RANGE, "not a number");
}

static bool is_nan(const CelValue *value)
{
    return value->kind == CEL_DOUBLE && value->as.number != value->as.number;
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
    return score != score ? not_a_number() : cel_double(score > 0 ? (score > 100 ? 100 : score) : 0);
}

CelValue cel_fn_percent(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const double whole = cel_number(&arguments[1]);
    (void)call;
    (void)count;
    const double percent = cel_number(&arguments[0]) / whole * 100;
    if (whole == 0) {
        return cel_unknown();
    }
    return percent != percent ? not_a_number() : cel_double(percent);
}

/* [limit, score] as two numbers; else what is wrong, or the part of it that is unknown. */
static CelValue step_of(const CelValue *step, double pair[2])
{
    if (step->kind == CEL_UNKNOWN) {
        return *step;
    }
    if (step->kind != CEL_LIST || step->form != CEL_LIST_ITEMS || step->length != 2) {
        return not_a_step();
    }
    for (unsigned i = 0; i < 2; i++) {
        if (step->as.items[i].kind == CEL_UNKNOWN) {
            return step->as.items[i];
        }
        if (!is_number(&step->as.items[i])) {
            return not_a_step();
        }
        pair[i] = cel_number(&step->as.items[i]);
    }
    return cel_null();
}

CelValue cel_fn_steps(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const double x = cel_number(&arguments[0]);
    CelWalk walk = {.list = arguments[1]};
    CelValue item;
    double last[2] = {0, 0};
    double score = 0;
    bool first = true;
    (void)count;
    for (; cel_walk_next(&walk, &item); first = false) {
        double step[2] = {0, 0};
        const CelValue wrong = cel_charge(call, 1) ? step_of(&item, step) : CEL_ERROR_COST;
        if (wrong.kind <= CEL_ERROR) {
            return wrong;
        }
        if (!first && !(step[0] > last[0])) {
            return cel_error(CEL_ERROR_ARGUMENT, "the limits of steps() must rise");
        }
        if (first || x >= step[0]) {
            score = step[1];
        }
        last[0] = step[0];
    }
    if (first) {
        return cel_error(CEL_ERROR_ARGUMENT, "steps() needs at least one [limit, score]");
    }
    return x != x || score != score ? not_a_number() : cel_double(score);
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
 * 2^-x for x >= 0, or NaN. The whole part of x is exact; e^-y for y = the fraction times ln 2 is its Taylor
 * series by Horner's rule, 17 terms (the rest is below 2^-60). Additions and multiplications in a fixed
 * order, so the bits are the same on every machine; the error is below 2 units in the last place.
 */
static double half_to(double x)
{
    int64_t whole = 0;
    if (!number_to_int64(x, &whole)) {
        return x != x ? x : 0;
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

/* The next element of a list that is known, charged for. */
static bool next_known(const CelCall *call, CelWalk *walk, CelValue *item, CelValue *error)
{
    while (cel_walk_next(walk, item)) {
        if (!cel_charge(call, 1)) {
            *error = CEL_ERROR_COST;
            return false;
        }
        if (item->kind != CEL_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static CelValue sum(const CelCall *call, const CelValue *list, const CelValue *zero)
{
    CelWalk walk = {.list = *list};
    CelValue item;
    CelValue error = cel_null();
    CelValue total = cel_unknown();
    while (next_known(call, &walk, &item, &error)) {
        if (!is_number(&item) && item.kind != CEL_DURATION) {
            return not_numbers();
        }
        total = total.kind == CEL_UNKNOWN ? item : add(call, &total, &item);
    }
    if (error.kind == CEL_ERROR) {
        return error;
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
    CelWalk walk = {.list = arguments[0]};
    CelValue item;
    CelValue error = cel_unknown();
    uint32_t known = 0;
    double total = 0;
    (void)count;
    while (next_known(call, &walk, &item, &error)) {
        if (!is_number(&item)) {
            return not_numbers();
        }
        total += cel_number(&item);
        known++;
    }
    return known == 0 || error.kind == CEL_ERROR ? error : cel_double(total / known);
}

static CelValue extreme(const CelCall *call, const CelValue *list, unsigned wanted)
{
    CelWalk walk = {.list = *list};
    CelValue item;
    CelValue error = cel_null();
    CelValue best = cel_unknown();
    while (next_known(call, &walk, &item, &error)) {
        unsigned order = 0;
        const CelValue *other = best.kind == CEL_UNKNOWN ? &item : &best;
        if (is_nan(&item)) {
            return not_a_number();
        }
        if (!cel_charge(call, cel_compare_cost(&item, other))) {
            return CEL_ERROR_COST;
        }
        if (!cel_compare(&item, other, &order)) {
            return cel_error(CEL_ERROR_OVERLOAD, "no such overload: the elements have no order");
        }
        best = best.kind == CEL_UNKNOWN || order == wanted ? item : best;
    }
    return error.kind == CEL_ERROR ? error : best;
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
