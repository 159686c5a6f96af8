/* Separate: each tower for itself, with a class layer of its own; nothing joins them. */
#include "model/methods.h"

HUSE_METHOD_LOSS(separate)
{
    (void)scratch;
    term[HUSE_TERM_CLASS] = huse_loss_class_apart(net, pool, b, (float)o->logit_scale, 1.0f);
}
