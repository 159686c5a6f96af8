#define KERNELS      huse_elementwise_avx2
#define KERNELS_NAME "avx2"

#include "tensor/elementwise_body.h"
