/* DeViSE*: both towers learn the fixed class vectors ψ (eq. 13), without a class layer. */
#include "model/methods.h"

HUSE_METHOD_LOSS(devise)
{
    (void)scratch;
    term[HUSE_TERM_SEMANTIC] = huse_loss_psi(net, pool, b, o->graph, 1.0f);
}
