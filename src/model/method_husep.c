/* HUSE-P: α L_class, shared class layer, + β · distance to ψ (eq. 13) + γ L_gap. */
#include "model/methods.h"

HUSE_METHOD_LOSS(husep)
{
    (void)scratch;
    term[HUSE_TERM_CLASS] = huse_loss_class(net, pool, b, (float)o->logit_scale, (float)o->alpha);
    term[HUSE_TERM_SEMANTIC] = huse_loss_psi(net, pool, b, o->graph, (float)o->beta);
    term[HUSE_TERM_GAP] = huse_loss_gap(net, pool, b, (float)o->gamma);
}
