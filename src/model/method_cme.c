/* CME: α L_class, one class layer per modality, + mean d(u_n,v_n) + λ · mean over m ≠ n of max(0, cos(u_m,v_n) − margin), both over the
 * batch's items that have both modalities. */
#include "model/methods.h"

typedef struct job {
    float  *S; /* (n,n) cosines, which become the gradient's coefficients */
    size_t  n;
    float   margin;
    double *row_sum;
} job;

static void hinge_row(void *ctx, size_t m, int worker)
{
    job   *j = ctx;
    float *row = j->S + m * j->n;
    double sum = 0;
    (void)worker;
    for (size_t n = 0; n < j->n; n++) {
        float h = row[n] - j->margin;
        bool  active = m != n && !(h <= 0.0f); /* what is no number stays in the sum, so that divergence is seen */
        sum += active ? (double)h : 0.0;
        row[n] = active ? 1.0f : 0.0f;
    }
    j->row_sum[m] = sum;
}

static double push_apart(huse_net *net, huse_pool *pool, const huse_batch *b, float margin, float w, huse_loss_scratch *scratch)
{
    size_t n = b->n_pair, D = net->params.shape.D;
    float *u = scratch->pair[0], *v = scratch->pair[1], *du = scratch->pair[2], *dv = scratch->pair[3];
    job    j = {scratch->square, n, margin, scratch->row_sum[0]};
    double sum = 0, others = (double)n * (double)(n - 1);
    if (n < 2)
        return 0;
    huse_pairs_gather(b, net->E, D, false, u);
    huse_pairs_gather(b, net->E, D, true, v);
    huse_gemm(pool, false, true, n, n, D, 1.0f, u, D, v, D, 0.0f, j.S, n);
    huse_pool_run(pool, n, hinge_row, &j);
    for (size_t m = 0; m < n; m++)
        sum += j.row_sum[m];
    const float scale = (float)((double)w / others);
    huse_gemm(pool, false, false, n, D, n, scale, j.S, n, v, D, 0.0f, du, D);
    huse_gemm(pool, true, false, n, D, n, scale, j.S, n, u, D, 0.0f, dv, D);
    huse_pairs_scatter(b, du, D, false, net->dE);
    huse_pairs_scatter(b, dv, D, true, net->dE);
    return sum / others;
}

HUSE_METHOD_LOSS(cme)
{
    term[HUSE_TERM_CLASS] = huse_loss_class_apart(net, pool, b, (float)o->logit_scale, (float)o->alpha);
    term[HUSE_TERM_GAP] = huse_loss_gap(net, pool, b, 1.0f);
    term[HUSE_TERM_SEMANTIC] = push_apart(net, pool, b, (float)o->margin, (float)o->lambda, scratch);
}
