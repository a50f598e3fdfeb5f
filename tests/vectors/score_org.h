/* Accounts with children from a seed, the same on every build: for comparing bits, not for believing. */
#ifndef PERLY_TESTS_VECTORS_SCORE_ORG_H
#define PERLY_TESTS_VECTORS_SCORE_ORG_H

#include "score/features.h"

#define SCORE_ORG_NOW_MS INT64_C(1795420800000) /* 2026-11-23T08:00:00Z */

/* Adds accounts first..first+count and all that belongs to them. */
Error score_org_add(Arena *arena, uint64_t seed, uint32_t first, uint32_t count, Features *features);

#endif
