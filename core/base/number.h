/*
 * Numbers and their text: one parser and one printer for the whole product, the same bits on every target and
 * in every locale. No libm, no stdio.
 */
#ifndef PERLY_BASE_NUMBER_H
#define PERLY_BASE_NUMBER_H

#include "base/error.h"

/* Room enough for every number that a function below prints. */
enum { NUMBER_TEXT_BYTES = 32 };

/*
 * The whole slice must be a decimal integer: an optional '-' (for the signed form), then digits. No white
 * space, no '+'. ERROR_NUMBER_SYNTAX with a literal message that tells syntax from "out of range".
 */
Error number_parse_int64(Slice text, int64_t *value);
Error number_parse_uint64(Slice text, uint64_t *value);

/*
 * The whole slice must be a decimal number: optional '-' or '+', digits with an optional '.', optional
 * exponent; at least one digit before or after the point. Correctly rounded to nearest even (IEEE 754), for
 * any number of digits. "1e999" is an error (out of range), an underflow gives 0 or a subnormal. "inf", "nan"
 * and hexadecimal are ERROR_NUMBER_SYNTAX.
 */
Error number_parse_double(Slice text, double *value);

/* Decimal digits into `text` (NUMBER_TEXT_BYTES of room); the number of bytes written, no NUL. */
size_t number_print_int64(int64_t value, char *text);
size_t number_print_uint64(uint64_t value, char *text);

/*
 * The shortest decimal text that parses back to the same double, closest to it among those; in the form of
 * ECMAScript Number::toString: 5 prints "5", 0.1 "0.1", 1e21 "1e+21", 1.5e-7 "1.5e-7". -0.0 prints "-0", the
 * others "NaN", "Infinity", "-Infinity". Bytes written, no NUL.
 */
size_t number_print_double(double value, char *text);

/*
 * `digits` (0..100) decimals after the point, exactly as C's "%.*f" in the C locale rounds (half to even on
 * the exact binary value). `text` has room for 320 + digits bytes. Finite values only.
 */
size_t number_print_fixed(double value, unsigned digits, char *text);

/* As C's "%.*e": one digit, `digits` (0..100) decimals, 'e', sign, at least two exponent digits. */
size_t number_print_exponent(double value, unsigned digits, char *text);

/*
 * The only way from double to integer: false when `value` is NaN or its truncation toward zero does not fit
 * into int64 (or uint64); then nothing is written.
 */
bool number_to_int64(double value, int64_t *result);
bool number_to_uint64(double value, uint64_t *result);

/* Round half away from zero, exact for every finite double (no libm). NaN and infinities are returned. */
double number_round(double value);
double number_trunc(double value);
double number_floor(double value);
double number_ceil(double value);

#endif
