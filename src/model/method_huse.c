/* HUSE (eq. 5) and the instance term. */
#include "model/methods.h"

HUSE_METHOD_LOSS(huse)
{
    const bool apart = net->params.shape.heads == 2; /* shared in the paper */
    term[HUSE_TERM_CLASS] = (apart ? huse_loss_class_apart : huse_loss_class)(net, pool, b, (float)o->logit_scale, (float)o->alpha);
    term[HUSE_TERM_SEMANTIC] = huse_loss_graph(net, pool, b, o->graph, (float)o->zeta, (float)o->beta, scratch);
    term[HUSE_TERM_GAP] = huse_loss_gap(net, pool, b, (float)o->gamma);
    if (o->instance > 0)
        term[HUSE_TERM_INSTANCE] = huse_loss_instance(net, pool, b, (float)o->instance_tau, (float)o->instance, scratch);
}
