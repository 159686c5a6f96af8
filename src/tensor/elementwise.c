#define KERNELS      huse_elementwise_portable
#define KERNELS_NAME "portable"

#include "tensor/elementwise_body.h"

size_t huse_elementwise_all(const huse_elementwise *out[3])
{
    size_t n = 0;
    out[n++] = &huse_elementwise_portable;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        out[n++] = &huse_elementwise_avx2;
    if (n == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        out[n++] = &huse_elementwise_avx512;
    return n;
}

const huse_elementwise *huse_elementwise_best(void)
{
    const huse_elementwise *all[3];
    return all[huse_elementwise_all(all) - 1];
}
