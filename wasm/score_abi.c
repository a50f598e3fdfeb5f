/*
 * perly_score.wasm: score.h as exports. It imports nothing; wasm/ABI.md is its document, and the build
 * compares the two.
 *
 * Bytes that come in were allocated by perly_memory_alloc and belong to the guest: each entry frees them.
 */
#include "memory.h"
#include "perly/score.h"

/* The instance of this memory: the one variable of the module. */
static PerlyScore **instance(void)
{
    static PerlyScore *score;
    return &score;
}

/* The version of the ABI, seen by name without running anything; the number is the minor version. */
uint32_t perly_abi_v1(void);
WASM_EXPORT(perly_abi_v1) uint32_t perly_abi_v1(void)
{
    return 1;
}

uint32_t wasm_score_new(void);
WASM_EXPORT(perly_score_new) uint32_t wasm_score_new(void)
{
    *instance() = perly_score_new(wasm_memory_resize, NULL);
    return *instance() == NULL ? 0 : 1;
}

uint32_t wasm_score_zones(char *bytes, uint32_t length);
WASM_EXPORT(perly_score_zones) uint32_t wasm_score_zones(char *bytes, uint32_t length)
{
    const uint32_t done = perly_score_zones(*instance(), bytes, length);
    perly_memory_free(bytes);
    return done;
}

uint32_t wasm_score_open(char *json, uint32_t length);
WASM_EXPORT(perly_score_open) uint32_t wasm_score_open(char *json, uint32_t length)
{
    const uint32_t done = perly_score_open(*instance(), json, length);
    perly_memory_free(json);
    return done;
}

uint32_t wasm_score_add(char *table, uint32_t table_length, char *batch, uint32_t batch_length);
WASM_EXPORT(perly_score_add)
uint32_t wasm_score_add(char *table, uint32_t table_length, char *batch, uint32_t batch_length)
{
    const uint32_t done = perly_score_add(*instance(), table, table_length, batch, batch_length);
    perly_memory_free(table);
    perly_memory_free(batch);
    return done;
}

uint32_t wasm_score_run(double now_ms);
WASM_EXPORT(perly_score_run) uint32_t wasm_score_run(double now_ms)
{
    return perly_score_run(*instance(), now_ms);
}

const char *wasm_score_answer(void);
WASM_EXPORT(perly_score_answer) const char *wasm_score_answer(void)
{
    size_t length = 0;
    return perly_score_answer(*instance(), &length);
}

uint32_t wasm_score_answer_length(void);
WASM_EXPORT(perly_score_answer_length) uint32_t wasm_score_answer_length(void)
{
    size_t length = 0;
    (void)perly_score_answer(*instance(), &length);
    return (uint32_t)length;
}
