/* safetensors: whatever the bytes, an error or a file whose every array can be read. */
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static void check_array(const huse_safetensors *st, const huse_array *a)
{
    size_t n = huse_array_count(a), bytes = n * huse_dtype_bytes(a->dtype);
    HUSE_ASSERT(huse_safetensors_find(st, a->name) == a);
    HUSE_ASSERT(a->ndim >= 0 && a->ndim <= HUSE_MAX_DIMS && (bytes == 0 || a->data));
    for (size_t i = 0; i < bytes; i++)
        (void)((const volatile uint8_t *)a->data)[i];
    float *x = huse_xcalloc(n, sizeof *x);
    huse_status s = huse_array_to_f32(a, x, NULL);
    HUSE_ASSERT(s == HUSE_OK || s == HUSE_BAD_DATA);
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    huse_safetensors *st = NULL;
    huse_err err = {0};
    huse_status s = huse_safetensors_open_memory(&st, data, size, "fuzz", &err);
    HUSE_ASSERT(s == HUSE_OK ? st != NULL : st == NULL && s == HUSE_BAD_DATA && err.msg[0]);
    for (size_t i = 0; st && i < huse_safetensors_count(st); i++)
        check_array(st, huse_safetensors_at(st, i));
    huse_safetensors_close(st);
    return 0;
}

/* Three times in four the length word is made to fit the header again, else hardly a mutant would
 * get past it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4 == 0 || size < 10)
        return size;
    uint64_t end = size;
    while (end > 8 && data[end - 1] != '}')
        end--;
    if (end > 8) {
        end -= 8;
        memcpy(data, &end, sizeof end);
    }
    return size;
}
