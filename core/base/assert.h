/*
 * Broken invariants. An Error tells of a world that misbehaves; an assertion tells of a bug in this program.
 * On in every build: a trap drops the wasm instance, or ends the native process with a core dump, before a
 * wrong value can reach storage or Salesforce.
 */
#ifndef PERLY_BASE_ASSERT_H
#define PERLY_BASE_ASSERT_H

#define perly_assert(condition)                                                                              \
    do {                                                                                                     \
        if (__builtin_expect(!(condition), 0)) {                                                             \
            __builtin_trap();                                                                                \
        }                                                                                                    \
    } while (0)

#endif
