/* libFuzzer target: the CSV reader. */
#include "fuzz_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_rows(huse_csv_read, data, n, n % 4 ? NULL : "text=t,class=c");
}
