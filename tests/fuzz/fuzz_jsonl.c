/* libFuzzer target: the JSONL reader. */
#include "fuzz_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_rows(huse_jsonl_read, data, n, n % 4 ? NULL : "text=t");
}
