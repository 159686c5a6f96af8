/* AdamW (Loshchilov & Hutter 2019) and RMSProp with momentum (the paper's), one fused pass over all parameters. */
#ifndef HUSE_OPTIMISER_H
#define HUSE_OPTIMISER_H

#include "base/pool.h"
#include "model/params.h"

typedef enum huse_optimiser_kind { HUSE_ADAMW, HUSE_RMSPROP } huse_optimiser_kind;

typedef struct huse_optimiser {
    huse_optimiser_kind kind;
    float lr;
    float weight_decay; /* AdamW: decoupled, weights only */
    float beta1, beta2; /* AdamW: .9, .999; RMSProp: momentum, decay of the mean square: .9, .9 */
    float eps;          /* AdamW: 1e-8 beside the root; RMSProp: 1e-7 inside it */
} huse_optimiser;

/** One update number @step (from 1): w by gradient g; m, v are the moments (RMSProp: momentum, mean square). */
void huse_optimiser_step(const huse_optimiser *o, huse_pool *pool, const huse_params *p, long step, float *w,
                         const float *g, float *m, float *v);

#endif
