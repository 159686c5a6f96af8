#include "model/optimiser.h"

#include <math.h>

#include "tensor/elementwise.h"

enum { PIECE = 16384 };

typedef struct job {
    const huse_optimiser *o;
    const huse_params    *p;
    float                *w, *m, *v;
    const float          *g;
    float                 rate, root; /* AdamW: lr / (1 − β1^t), 1 / √(1 − β2^t) */
} job;

/* Pieces are numbered over the whole block; a piece may span several rows of the table. */
static void piece(void *ctx, size_t i, int worker)
{
    const job              *j = ctx;
    const huse_optimiser   *o = j->o;
    const huse_elementwise *e = huse_elementwise_best();
    size_t                  from = i * PIECE, to = HUSE_MIN(from + PIECE, j->p->floats);
    (void)worker;
    if (o->kind == HUSE_RMSPROP) {
        e->rmsprop(o->beta1, o->beta2, o->lr, o->eps, j->w + from, j->g + from, j->m + from, j->v + from, to - from);
        return;
    }
    for (size_t k = 0; k < j->p->n; k++) {
        size_t a = j->p->param[k].at, b = k + 1 < j->p->n ? j->p->param[k + 1].at : j->p->floats;
        float  shrink = j->p->param[k].decay ? 1.0f - o->lr * o->weight_decay : 1.0f;
        a = HUSE_MAX(a, from);
        b = HUSE_MIN(b, to);
        if (a < b)
            e->adamw(&(huse_adamw_step){o->beta1, o->beta2, shrink, j->rate, j->root, o->eps}, j->w + a, j->g + a, j->m + a,
                     j->v + a, b - a);
    }
}

void huse_optimiser_step(const huse_optimiser *o, huse_pool *pool, const huse_params *p, long step, float *w,
                         const float *g, float *m, float *v)
{
    job j = {.o = o, .p = p, .w = w, .m = m, .v = v, .g = g};
    j.rate = (float)((double)o->lr / (1.0 - pow((double)o->beta1, (double)step)));
    j.root = (float)(1.0 / sqrt(1.0 - pow((double)o->beta2, (double)step)));
    huse_pool_run(pool, (p->floats + PIECE - 1) / PIECE, piece, &j);
}
