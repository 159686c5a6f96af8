/* Figures of a split for weights that are still being trained. */
#ifndef HUSE_VALIDATE_H
#define HUSE_VALIDATE_H

#include "eval/metrics.h"
#include "model/methods.h"
#include "model/weights.h"
#include "train/dataset.h"

/** Embeddings of a split: items with a class; rows of a missing modality are zero. */
typedef struct huse_split_rows {
    size_t       n;
    float       *image, *text; /* (n,D) */
    bool        *has_image, *has_text;
    int32_t     *cls;
    const char **str; /* (n) texts, "" for none */
    const uint32_t *item;
} huse_split_rows;
/** All but the embeddings, which are zero. Free with huse_split_rows_free. */
void huse_split_rows_init(huse_split_rows *r, const huse_dataset *d, size_t D, huse_split split);
/** Embedded by the weights. Free likewise. */
void huse_split_rows_make(huse_split_rows *r, const huse_dataset *d, const huse_weights *w, huse_pool *pool, huse_split split);
void huse_split_rows_free(huse_split_rows *r);
/** The image weight w of METHOD 9 by validation rows. */
double huse_split_fusion_weight(const huse_split_rows *val, const huse_weights *w, huse_pool *pool);

typedef struct huse_validation {
    double r1[4], hp10[4], accuracy[3]; /* NaN where undefined */
    double score;                       /* mean of the R@1 that are defined, or as the method wants it of the accuracies; NaN if none */
} huse_validation;
/** Only what @method can fill. Thread-safe with a pool of one's own. */
void huse_validate(huse_validation *v, const huse_method *method, const huse_dataset *d, const huse_weights *w, huse_pool *pool,
                   const huse_taxonomy *tree, huse_split split);

#endif
