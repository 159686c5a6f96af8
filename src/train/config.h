/* Hyper-parameters to and from JSON, and the ones that may change while a run goes on. */
#ifndef HUSE_CONFIG_H
#define HUSE_CONFIG_H

#include <jansson.h>

#include "huse/train.h"

/** New reference with one member per row of params.def. */
json_t     *huse_train_params_json(const huse_train_params *p);
/** Overwrites every value of an initialised @p, or none: BAD_DATA when one is missing or out of range. A file that does not say the method
 *  (nor lambda and margin) leaves it as it is. */
huse_status huse_train_params_from_json(huse_train_params *p, const json_t *o, huse_err *err) HUSE_MUST_CHECK;
/** The value of a live hyper-parameter and its range, or NULL. */
double *huse_train_params_live(huse_train_params *p, const char *option, double *low, double *high);

#endif
