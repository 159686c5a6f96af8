#include <immintrin.h>
#include <stdint.h>

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));

#define V_LANES        16
#define V_FMA(a, b, c) ((vf)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define V_MAX(a, b)    ((vf)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define V_SET1(s)      ((vf)_mm512_set1_ps(s))
#define KERNELS        huse_bert_kernels_avx512
#define KERNELS_NAME   "avx512"

#include "encode/bert_kernels_body.h"
