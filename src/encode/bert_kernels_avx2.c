#include <immintrin.h>
#include <stdint.h>

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));

#define V_LANES        8
#define V_FMA(a, b, c) ((vf)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define V_MAX(a, b)    ((vf)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define V_SET1(s)      ((vf)_mm256_set1_ps(s))
#define KERNELS        huse_bert_kernels_avx2
#define KERNELS_NAME   "avx2"

#include "encode/bert_kernels_body.h"
