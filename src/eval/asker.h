/* Embeds the queries of attribute search by a model. */
#ifndef HUSE_ASKER_H
#define HUSE_ASKER_H

#include "encode/encoder.h"
#include "eval/attribute.h"
#include "model/model.h"

typedef struct huse_asker {
    const huse_model        *m;
    const huse_text_encoder *enc; /* that made the model's text rows */
    huse_pool               *pool;
    huse_status              status; /* why nothing measured with this counts, with @err; HUSE_OK: it does */
    huse_err                 err;
} huse_asker;

/** A huse_attribute_embed; @ctx: a huse_asker. Where the encoder fails all rows are zeros, and the asker says so. */
void huse_asker_embed(void *ctx, const char *const *text, size_t n, float *shared, float *sentence, huse_sparse *words);

#endif
