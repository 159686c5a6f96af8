/* What a network needs to turn raw feature rows into embeddings: trained arrays, standardisation, TF-IDF. */
#ifndef HUSE_WEIGHTS_H
#define HUSE_WEIGHTS_H

#include "encode/tfidf.h"
#include "model/net.h"

typedef struct huse_weights {
    huse_params params;
    float      *w;                       /* block by the table; owned */
    size_t      image_dim, text_dim;     /* widths of encoder rows; the text tower takes text_dim + TF-IDF width */
    float      *image_mean, *image_inv;  /* (image_dim) */
    float      *text_mean, *text_inv;    /* (text_dim + TF-IDF width) */
    huse_tfidf *tfidf;                   /* NULL: no TF-IDF features */
    float       logit_scale;
    const float *psi; /* (K,D) where the class is the largest cosine with these; borrowed; NULL: class layers, if any */
} huse_weights;

void huse_weights_fini(huse_weights *w);

/** Raw rows (n,image_dim) → unit embeddings (n,D). Thread-safe with a pool of one's own (or NULL). */
void huse_weights_embed_images(const huse_weights *w, huse_pool *pool, const float *rows, size_t n, float *out);
/** Raw rows (n,text_dim) with their strings → unit embeddings (n,D). */
void huse_weights_embed_texts(const huse_weights *w, huse_pool *pool, const float *rows, const char *const *text,
                              size_t n, float *out);
/** Whether there is something to tell classes by. */
bool huse_weights_classifies(const huse_weights *w);
/** Class probabilities (n,K) of embeddings: softmax of the class layer's logits, or of s · cos(e, ψ). Only where it classifies. */
void huse_weights_classify(const huse_weights *w, huse_pool *pool, const float *e, size_t n, bool image, float *p);

/** The statistics and the TF-IDF model as arrays for a bundle: at most HUSE_WEIGHTS_ARRAYS. Views borrow from @w. */
#define HUSE_WEIGHTS_ARRAYS (4 + HUSE_TFIDF_ARRAYS)
size_t huse_weights_arrays(const huse_weights *w, huse_array out[HUSE_WEIGHTS_ARRAYS]);
/** Reads them back; shape and widths must be set in @w->params, image_dim, text_dim. @tfidf: whether there is a TF-IDF model. */
huse_status huse_weights_load_stats(huse_weights *w, const huse_safetensors *st, bool tfidf, huse_err *err) HUSE_MUST_CHECK;

#endif
