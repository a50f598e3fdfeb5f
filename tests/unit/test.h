/*
 * The unit tests' frame. A test file is a list of functions and a main:
 *
 *     static void counts_code_points(void)
 *     {
 *         CHECK_INT(utf8_count(SLICE("a")), 1, "one letter");
 *     }
 *     TEST_MAIN(counts_code_points)
 *
 * A failed check prints its place, its name and both values, is counted, and the test goes on.
 */
#ifndef PERLY_TESTS_UNIT_TEST_H
#define PERLY_TESTS_UNIT_TEST_H

#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct TestState {
    int checks;
    int failures;
} TestState;

TestState *test_state(void);

/* The C library's realloc as the core's allocator. `fail_at` > 0 makes that many-th allocation fail. */
typedef struct TestAllocator {
    Allocator allocator; /* hand out &this->allocator */
    long calls;
    long fail_at;
    size_t bytes;      /* held now */
    size_t bytes_peak; /* most ever held */
} TestAllocator;

void test_allocator_init(TestAllocator *allocator);

void test_check(bool ok, const char *file, int line, const char *what);
void test_check_int(int64_t got, int64_t want, const char *file, int line, const char *what);
void test_check_text(Slice got, Slice want, const char *file, int line, const char *what);

#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
/* `name` tells which row of a table failed. */
#define CHECK_NAMED(condition, name) test_check((condition), __FILE__, __LINE__, (name))
#define CHECK_INT(got, want, name) test_check_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, (name))
#define CHECK_TEXT(got, want, name) test_check_text((got), (want), __FILE__, __LINE__, (name))
#define CHECK_ERROR(error, want, name)                                                                       \
    test_check_text(error_name((error).code), error_name(want), __FILE__, __LINE__, (name))

typedef void TestFunction(void);

int test_run(TestFunction *const *tests, size_t count);

#define TEST_MAIN(...)                                                                                       \
    int main(void)                                                                                           \
    {                                                                                                        \
        static TestFunction *const tests[] = {__VA_ARGS__};                                                  \
        return test_run(tests, sizeof tests / sizeof tests[0]);                                              \
    }

#endif
