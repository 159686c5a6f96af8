/* HIE*: α L_class, one class layer per modality, + β · distance to ψ (eq. 13). */
#include "model/methods.h"

HUSE_METHOD_LOSS(hie)
{
    (void)scratch;
    term[HUSE_TERM_CLASS] = huse_loss_class_apart(net, pool, b, (float)o->logit_scale, (float)o->alpha);
    term[HUSE_TERM_SEMANTIC] = huse_loss_psi(net, pool, b, o->graph, (float)o->beta);
}
