/* Distance of embeddings to fixed class vectors (eq. 13). */
#include "model/losses.h"

double huse_loss_psi(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_graph *g, float w)
{
    const size_t M = b->n_image + b->n_text, D = net->params.shape.D;
    const float  scale = 2.0f * w / (float)M;
    double       sum = 0;
    (void)pool;
    HUSE_ASSERT(D == g->P);
    for (size_t m = 0; m < M; m++) {
        const float *e = net->E + m * D, *psi = g->psi + (size_t)b->y[m] * D;
        float       *de = net->dE + m * D;
        double       dot = 0;
        for (size_t c = 0; c < D; c++) {
            dot += (double)e[c] * (double)psi[c];
            de[c] -= scale * psi[c];
        }
        sum += 1.0 - dot;
    }
    return M ? 2.0 * sum / (double)M : 0.0;
}
