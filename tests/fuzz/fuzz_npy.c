/* .npy: whatever the bytes, an error or rows of the announced shape. */
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    float *x = NULL;
    size_t n = 0, d = 0;
    huse_err err = {0};
    huse_status s = huse_npy_parse(data, size, "fuzz", &x, &n, &d, &err);
    HUSE_ASSERT(s == HUSE_OK ? x != NULL : x == NULL && s == HUSE_BAD_DATA && err.msg[0]);
    HUSE_ASSERT(n == 0 || n * d * 4 <= size);
    for (size_t i = 0; i < n * d; i++)
        (void)*(volatile float *)&x[i];
    free(x);
    return 0;
}

/* Mostly the length word is made to fit the header again. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4 == 0 || size < 13)
        return size;
    size_t start = data[6] == 1 ? 10 : 12;
    const uint8_t *end = memchr(data + start, '}', size - start);
    if (end) {
        size_t len = (size_t)(end - data) + 1 - start;
        data[8] = (uint8_t)len;
        data[9] = (uint8_t)(len >> 8);
    }
    return size;
}
