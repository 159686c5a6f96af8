/* The parts of a BERT: weights, and the forward pass over packed rows. */
#ifndef HUSE_BERT_H
#define HUSE_BERT_H

#include "base/arrays.h"
#include "base/pool.h"
#include "encode/bert_config.h"
#include "tensor/panel.h"

/* Pieces of a text, [CLS] and [SEP] included; less where the model has fewer positions. */
#define HUSE_BERT_MAX_PIECES ((size_t)512)

typedef struct huse_bert_norm {
    float *gain, *bias;
} huse_bert_norm;

typedef struct huse_bert_layer {
    huse_panel qkv, out, up, down; /* qkv: queries, keys and values side by side */
    huse_bert_norm attention, output;
} huse_bert_layer;

typedef struct huse_bert_weights {
    huse_bert_config config;
    bool first; /* of the last layer the first token, not the mean over all */
    const huse_bert_kernels *kernels;
    const float *word, *position, *type; /* (vocab,hidden), (positions,hidden), (hidden) */
    huse_bert_norm embedding;
    huse_bert_layer *layer;
    void **owned; /* every block to free, but the layers' products */
    size_t owned_n, owned_cap;
} huse_bert_weights;

/** Takes the weights from @st; names with or without "bert.", any float type. The embedding tables
 * are borrowed from @st where they are float32. BAD_DATA names a missing array, a wrong shape or a
 * value that is not finite. Free with huse_bert_weights_free, also after a failure. */
huse_status huse_bert_weights_load(huse_bert_weights *w, const huse_bert_config *c,
                                   const huse_safetensors *st, const char *label,
                                   huse_err *err) HUSE_MUST_CHECK;
void huse_bert_weights_free(huse_bert_weights *w);

/** Texts whose rows lie one behind the other, without padding. */
typedef struct huse_bert_batch {
    const int32_t *id;   /* (rows) vocabulary ids, all below vocab */
    const size_t *start; /* (texts+1) first row of each text */
    size_t texts;
    float *const *out; /* (texts) where each text's 4 · hidden features go */
} huse_bert_batch;

/** Mean over tokens of the last four layers' hidden states (Devlin et al. 2019; METHOD 10), or of
 * the last of them the first token's (Reimers and Gurevych 2019 name both poolings). The
 * bits of a text's features depend neither on its batch nor on the pool, which may be NULL. */
void huse_bert_forward(const huse_bert_weights *w, huse_pool *pool, const huse_bert_batch *batch);

#endif
