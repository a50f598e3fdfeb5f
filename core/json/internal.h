/* Inside core/json: the keys of the objects that a scan is in, and the order of a document's nodes. */
#ifndef PERLY_JSON_INTERNAL_H
#define PERLY_JSON_INTERNAL_H

#include "json/strict.h"

/* FNV-1a, since keys come byte by byte. A collision refuses a document that is none of ours. */
#define JSON_KEY_HASH_START UINT64_C(0xCBF29CE484222325)

static inline uint64_t json_key_hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001B3);
}

/* Keeps the key just read. False: the scan has failed. */
bool json_keys_add(JsonScan *scan);

/* The innermost object ends: its keys are compared and forgotten. False: one came twice, the scan has failed.
 */
bool json_keys_end(JsonScan *scan);

struct cJSON;

/*
 * The node after `node` in the order of the text, or NULL. `path` has room for JSON_DEPTH_MAX and holds the
 * node's ancestors, `*depth` of them; both are kept up to date. Begin with the root and depth 0.
 */
const struct cJSON *json_node_following(const struct cJSON *node, const struct cJSON **path, size_t *depth);

#endif
