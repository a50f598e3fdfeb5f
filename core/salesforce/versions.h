/*
 * API versions. Negotiated once a connection and pinned; each Bulk job keeps the version that created it,
 * since its results are served at no other.
 */
#ifndef PERLY_SALESFORCE_VERSIONS_H
#define PERLY_SALESFORCE_VERSIONS_H

#include "job/request.h"

/* What Perly is written for, and the oldest it works with (REST API Developer Guide, "API End-of-Life
 * Policy"). */
#define SF_VERSION_OURS SLICE("66.0")
#define SF_VERSION_OLDEST SLICE("62.0")

/* True for "66.0": one to three digits, a dot, one digit. */
bool sf_version_valid(Slice text);

/* Order of versions as numbers: "9.0" is less than "60.0". Both are valid. <0, 0, >0. */
int sf_version_compare(Slice a, Slice b);

/* Asks which versions the org's instance serves. */
Error sf_versions(Arena *arena, RequestSpec *spec);

/*
 * Picks from the answer the greatest version not above `wanted` (a sandbox may be ahead of us, an org behind)
 * and not below SF_VERSION_OLDEST. ERROR_SF_VERSION when there is none, with what the org offers. `version`
 * lives in `arena`.
 */
Error sf_versions_negotiate(Arena *arena, Slice body, Slice wanted, Slice *version);

#endif
