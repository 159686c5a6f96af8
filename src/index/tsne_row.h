/* The forces on one row, for every instruction set; included by the files that compile it with their own flags. */
#ifndef HUSE_TSNE_ROW_H
#define HUSE_TSNE_ROW_H

#include <string.h>

#include "index/tsne.h"

typedef float tsne_lanes __attribute__((vector_size(64)));

static inline float tsne_sum(const tsne_lanes *v)
{
    float s[16];
    memcpy(s, v, sizeof s);
    for (int w = 8; w > 0; w /= 2)
        for (int l = 0; l < w; l++)
            s[l] += s[l + w];
    return s[0];
}

static inline huse_tsne_force tsne_row(const float *p, const float *x, const float *y, size_t n, size_t i)
{
    tsne_lanes pull_x = { 0 }, pull_y = { 0 }, push_x = { 0 }, push_y = { 0 }, z = { 0 };
    for (size_t j = 0; j < n; j += 16) {
        tsne_lanes px, dx, dy;
        memcpy(&px, p + j, sizeof px);
        memcpy(&dx, x + j, sizeof dx);
        memcpy(&dy, y + j, sizeof dy);
        dx = x[i] - dx;
        dy = y[i] - dy;
        const tsne_lanes near = 1.0F / (1.0F + dx * dx + dy * dy), near2 = near * near;
        px *= near;
        z += near;
        pull_x += px * dx;
        pull_y += px * dy;
        push_x += near2 * dx;
        push_y += near2 * dy;
    }
    return (huse_tsne_force){ { tsne_sum(&pull_x), tsne_sum(&pull_y) }, { tsne_sum(&push_x), tsne_sum(&push_y) }, tsne_sum(&z) };
}

#endif
