/* Cross-entropy through the class layers (eq. 6–8). */
#include "model/losses.h"
#include "tensor/rows.h"

/* Embeddings [from, from + n) of the batch through one class layer; returns the sum, adds w · gradient of it over @mean_of. */
static double head(huse_net *net, huse_pool *pool, const huse_batch *b, size_t from, size_t n, bool second, float s, float w,
                   size_t mean_of)
{
    const huse_shape *shape = &net->params.shape;
    const huse_param *p = &net->params.param[huse_params_find(&net->params, second ? "class_text.weight" : "class.weight")];
    const float      *E = net->E + from * shape->D;
    huse_head_logits(&net->params, net->w, pool, E, n, second, s, net->logits);
    /* the gradient by W e + b carries the scale s once more (logits = s (W e + b)) */
    double sum = huse_rows_cross_entropy(pool, net->logits, n, shape->K, b->y + from, w * s / (float)mean_of, net->row_loss);
    huse_gemm(pool, false, false, n, shape->D, shape->K, 1.0f, net->logits, shape->K, net->w + p->at, shape->D, 1.0f,
              net->dE + from * shape->D, shape->D);
    huse_linear_bwd(pool, E, n, shape->D, net->w + p->at, shape->K, net->logits, net->g + p->at, net->g + p[1].at, NULL, false,
                    0.0f);
    return sum;
}

double huse_loss_class(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w)
{
    size_t M = b->n_image + b->n_text;
    return head(net, pool, b, 0, M, false, s, w, M) / (double)M;
}

double huse_loss_class_apart(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w)
{
    const size_t from[2] = {0, b->n_image}, n[2] = {b->n_image, b->n_text}, sides = n[0] && n[1] ? 2 : 1;
    double       sum = 0;
    for (int t = 0; t < 2; t++)
        if (n[t])
            sum += head(net, pool, b, from[t], n[t], t == 1, s, w, n[t] * sides) / (double)(n[t] * sides);
    return sum;
}
