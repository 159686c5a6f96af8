#include "model/losses.h"
#include "tensor/rows.h"

double huse_loss_class(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w)
{
    const huse_shape *shape = &net->params.shape;
    const huse_param *p = &net->params.param[huse_params_find(&net->params, "class.weight")];
    size_t            M = b->n_image + b->n_text;
    huse_head_logits(&net->params, net->w, pool, net->E, M, false, s, net->logits);
    /* the gradient by W e + b carries the scale s once more (logits = s (W e + b)) */
    double sum = huse_rows_cross_entropy(pool, net->logits, M, shape->K, b->y, w * s / (float)M, net->row_loss);
    huse_gemm(pool, false, false, M, shape->D, shape->K, 1.0f, net->logits, shape->K, net->w + p->at, shape->D, 1.0f,
              net->dE, shape->D);
    huse_linear_bwd(pool, net->E, M, shape->D, net->w + p->at, shape->K, net->logits, net->g + p->at,
                    net->g + p[1].at, NULL, false, 0.0f);
    return sum / (double)M;
}
