#include "index/tsne_row.h"

huse_tsne_force huse_tsne_row_avx2(const float *p, const float *x, const float *y, size_t n, size_t i)
{
    return tsne_row(p, x, y, n, i);
}
