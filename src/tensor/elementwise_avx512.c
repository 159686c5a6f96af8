#define KERNELS      huse_elementwise_avx512
#define KERNELS_NAME "avx512"

#include "tensor/elementwise_body.h"
