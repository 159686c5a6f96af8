/* From trained weights to a published model: index rows, class vectors, and the scalars chosen on validation data. */
#ifndef HUSE_PUBLISH_H
#define HUSE_PUBLISH_H

#include "huse/train.h"
#include "model/model.h"
#include "train/setup.h"
#include "train/validate.h"

/** Rows of every item that has a feature, in catalogue order; arrays that a huse_model borrows. Free with
 *  huse_catalogue_rows_free. */
typedef struct huse_catalogue_rows {
    uint32_t    *item; /* (n_items) the item's place in the data set */
    const char **item_id;
    int32_t     *image_item, *text_item;
    float       *image_row, *text_row, *attribute;
    uint8_t     *has_text;
    int64_t     *word_start;
    uint32_t    *word_index;
    float       *word_value;
} huse_catalogue_rows;
/** Embeds the items by the weights of @m and sets ids and rows in it. */
void huse_catalogue_rows_embed(huse_catalogue_rows *r, huse_model *m, const huse_dataset *d, huse_pool *pool);
/** Then the rest of the index: attributes, by the ridge map of @m where there is no text, and words. */
void huse_catalogue_rows_describe(huse_catalogue_rows *r, huse_model *m, const huse_dataset *d, huse_pool *pool);
/** The embeddings of a split out of them. Free with huse_split_rows_free. */
void huse_catalogue_rows_split(const huse_catalogue_rows *r, const huse_model *m, const huse_dataset *d, huse_split split,
                               huse_split_rows *out);
void huse_catalogue_rows_free(huse_catalogue_rows *r);

/** Publishes the weights of @setup (w filled) as models/RUN-step-N; sets @id (64 bytes). @enc: the text encoder of the features. @untuned: set
 *  where it does not answer and the attribute mixes stay at their defaults: no reason to lose a run. */
huse_status huse_publish(huse_workspace *ws, const huse_dataset *d, const huse_setup *setup, huse_pool *pool,
                         const huse_text_encoder *enc, const char *run, const char *method, long step, char id[64], huse_err *untuned,
                         huse_err *err) HUSE_MUST_CHECK;

/** Ridge map and attribute mixes of @m by the validation split @val (METHOD 8): *ridge (image_dim+1, sentence_dim) owned by the caller, NULL when
 *  there is nothing to learn from; sets m->ridge, m->rerank and m->rerank_hidden. @enc makes the text rows of @d, NULL: none does.
 *  @untuned as above. */
huse_status huse_publish_attributes(huse_model *m, float **ridge, const huse_dataset *d, const huse_split_rows *val,
                                    huse_pool *pool, const huse_text_encoder *enc, huse_err *untuned, huse_err *err) HUSE_MUST_CHECK;

#endif
