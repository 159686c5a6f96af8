/* Terms over items that have both modalities: the gap of eq. 12 and the instance term. */
#include <string.h>

#include "model/losses.h"
#include "tensor/rows.h"

double huse_loss_gap(huse_net *net, huse_pool *pool, const huse_batch *b, float w)
{
    size_t D = net->params.shape.D;
    double sum = 0;
    (void)pool;
    if (!b->n_pair)
        return 0;
    const float scale = w / (float)b->n_pair;
    for (size_t i = 0; i < b->n_pair; i++) {
        size_t       iu = b->pair_image[i] * D, iv = (b->n_image + b->pair_text[i]) * D;
        const float *u = net->E + iu, *v = net->E + iv;
        float       *du = net->dE + iu, *dv = net->dE + iv, dot = 0;
        for (size_t c = 0; c < D; c++) {
            dot += u[c] * v[c];
            du[c] -= scale * v[c];
            dv[c] -= scale * u[c];
        }
        sum += 1.0 - (double)dot;
    }
    return sum / (double)b->n_pair;
}

void huse_pairs_gather(const huse_batch *b, const float *E, size_t D, bool text, float *out)
{
    for (size_t i = 0; i < b->n_pair; i++)
        memcpy(out + i * D, E + (text ? b->n_image + b->pair_text[i] : b->pair_image[i]) * D, D * sizeof *out);
}

void huse_pairs_scatter(const huse_batch *b, const float *dx, size_t D, bool text, float *dE)
{
    for (size_t i = 0; i < b->n_pair; i++) {
        float *d = dE + (text ? b->n_image + b->pair_text[i] : b->pair_image[i]) * D;
        for (size_t c = 0; c < D; c++)
            d[c] += dx[i * D + c];
    }
}

double huse_loss_instance(huse_net *net, huse_pool *pool, const huse_batch *b, float tau, float w,
                          huse_loss_scratch *scratch)
{
    size_t  D = net->params.shape.D, n = b->n_pair;
    float  *u = scratch->pair[0], *v = scratch->pair[1], *du = scratch->pair[2], *dv = scratch->pair[3];
    double  sum = 0;
    if (n < 2)
        return 0;
    huse_pairs_gather(b, net->E, D, false, u);
    huse_pairs_gather(b, net->E, D, true, v);
    const float grad = w / (2.0f * (float)n * tau);
    for (int back = 0; back < 2; back++) { /* images ask texts, then texts ask images */
        const float *ask = back ? v : u, *answer = back ? u : v;
        float       *d_ask = back ? dv : du, *d_answer = back ? du : dv, *S = scratch->square;
        huse_gemm(pool, false, true, n, n, D, 1.0f / tau, ask, D, answer, D, 0.0f, S, n);
        sum += huse_rows_cross_entropy(pool, S, n, n, scratch->identity, grad, net->row_loss);
        huse_gemm(pool, false, false, n, D, n, 1.0f, S, n, answer, D, back ? 1.0f : 0.0f, d_ask, D);
        huse_gemm(pool, true, false, n, D, n, 1.0f, S, n, ask, D, back ? 1.0f : 0.0f, d_answer, D);
    }
    huse_pairs_scatter(b, du, D, false, net->dE);
    huse_pairs_scatter(b, dv, D, true, net->dE);
    return sum / (2.0 * (double)n);
}
