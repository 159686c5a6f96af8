/* meta.json of a model: one description for its reader and its writer. */
#ifndef HUSE_MODEL_META_H
#define HUSE_MODEL_META_H

#include <jansson.h>

#include "model/model.h"

/** New reference. */
json_t *huse_model_meta(const huse_model *m);
/** Fills names, widths, shape and scalars of @m (strings owned by @m). BAD_DATA names the member at fault. */
huse_status huse_model_read_meta(huse_model *m, const json_t *meta, huse_err *err) HUSE_MUST_CHECK;

#endif
