#include "model/optimiser.h"

#include <math.h>

enum { PIECE = 16384 };

typedef struct job {
    const huse_optimiser *o;
    const huse_params    *p;
    float                *w, *m, *v;
    const float          *g;
    float                 rate, root; /* AdamW: lr / (1 − β1^t), 1 / √(1 − β2^t) */
} job;

static void adamw(const job *j, size_t i0, size_t i1, float shrink)
{
    const huse_optimiser *o = j->o;
    float                *w = j->w, *m = j->m, *v = j->v;
    const float          *g = j->g;
    for (size_t i = i0; i < i1; i++) {
        m[i] = o->beta1 * m[i] + (1.0f - o->beta1) * g[i];
        v[i] = o->beta2 * v[i] + (1.0f - o->beta2) * g[i] * g[i];
        w[i] = w[i] * shrink - j->rate * m[i] / (sqrtf(v[i]) * j->root + o->eps);
    }
}

static void rmsprop(const job *j, size_t i0, size_t i1)
{
    const huse_optimiser *o = j->o;
    float                *w = j->w, *m = j->m, *v = j->v;
    const float          *g = j->g;
    for (size_t i = i0; i < i1; i++) {
        v[i] = o->beta2 * v[i] + (1.0f - o->beta2) * g[i] * g[i];
        m[i] = o->beta1 * m[i] + o->lr * g[i] / sqrtf(v[i] + o->eps);
        w[i] -= m[i];
    }
}

/* Pieces are numbered over the whole block; a piece may span several rows of the table. */
static void piece(void *ctx, size_t i, int worker)
{
    const job *j = ctx;
    size_t     from = i * PIECE, to = HUSE_MIN(from + PIECE, j->p->floats);
    (void)worker;
    if (j->o->kind == HUSE_RMSPROP) {
        rmsprop(j, from, to);
        return;
    }
    for (size_t k = 0; k < j->p->n; k++) {
        size_t a = j->p->param[k].at, b = k + 1 < j->p->n ? j->p->param[k + 1].at : j->p->floats;
        float  shrink = j->p->param[k].decay ? 1.0f - j->o->lr * j->o->weight_decay : 1.0f;
        if (a < to && b > from)
            adamw(j, HUSE_MAX(a, from), HUSE_MIN(b, to), shrink);
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
