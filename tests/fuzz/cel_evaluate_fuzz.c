/*
 * Evaluation on random well-typed programs (cel_programs.h), of which the input is the recipe: so the typed
 * instructions and the slow ones agree.
 */
#include "cel_programs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t root = CEL_NO_OVERLOAD;
    (void)cel_program_agrees(data, size, &root);
    return 0;
}
