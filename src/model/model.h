/* A published model: everything a query needs, in one read-only bundle (DESIGN 3). */
#ifndef HUSE_MODEL_H
#define HUSE_MODEL_H

#include "base/bundle.h"
#include "base/pool.h"
#include "base/sha256.h"
#include "data/taxonomy.h"
#include "model/weights.h"

#define HUSE_MODEL_FORMAT "huse-model"
#define HUSE_MODEL_VERSION 1

/** Immutable after opening; arrays are mapped. Any thread may read. */
typedef struct huse_model {
    char  *id;      /* name under models/ */
    char  *run, *method;
    long   step;
    size_t D, K;    /* embedding width, classes */
    char **class_path;       /* (K) in byte order */
    huse_taxonomy *tree;     /* of class_path */

    char    *image_encoder, *text_encoder;
    huse_key image_encoder_hash, text_encoder_hash;
    size_t   image_dim, text_dim;        /* widths of the encoders' rows */
    size_t   sentence_at, sentence_dim;  /* tail of a text row */
    const huse_tfidf *tfidf; /* NULL: no TF-IDF features */
    huse_weights weights;

    const float *psi;        /* (K,P) unit rows */
    size_t       P;
    const float *class_image, *class_text; /* (K,D) mean train embeddings, not normalised; zero rows where there are none */
    const float *node_vector; /* (tree->n, D) unit vectors for browsing (METHOD 10); zero rows where undefined */
    const float *ridge;      /* (image_dim+1, sentence_dim): standardised image feature (last row: bias) → sentence space; NULL: no ridge map */
    double logit_scale, fusion_weight; /* s, w of METHOD 9 */
    double rerank, rerank_hidden;      /* m of METHOD 8 with the candidates' texts visible, and hidden */

    /* index rows: items of the catalogue at the time of publishing, by id */
    size_t             n_items;
    const char *const *item_id;   /* (n_items) */
    size_t             n_images, n_texts;
    const float       *image_row; /* (n_images, D) unit */
    const int32_t     *image_item; /* (n_images) index into item_id, ascending */
    const float       *text_row;  /* (n_texts, D) unit */
    const int32_t     *text_item;
    const float       *attribute; /* (n_items, sentence_dim) unit: the text's sentence vector, else the picture mapped by ridge, else 0 */
    const uint8_t     *has_text;  /* (n_items) */
    const int64_t     *word_start; /* (n_items+1) CSR of the items' sparse TF-IDF rows */
    const uint32_t    *word_index;
    const float       *word_value;

    struct huse_model_private *priv;
} huse_model;

/** Opens models/@id of a workspace, or what CURRENT names when @id is NULL. NOT_FOUND when there is no model. */
huse_status huse_model_open(huse_model **m, const char *workspace, const char *id, huse_err *err) HUSE_MUST_CHECK;
void        huse_model_close(huse_model *m); /* NULL is fine */

/** Builds the bundle models/@m->id from a filled struct (arrays borrowed; tree and node_vector are derived, not written) and
 *  makes CURRENT name it. Readers of an older model are not disturbed. */
huse_status huse_model_publish(const huse_model *m, const char *workspace, huse_err *err) HUSE_MUST_CHECK;
/** node_vector (tree->n, D) of METHOD 10 from class_image and class_text. */
void huse_model_node_vectors(const huse_taxonomy *tree, size_t D, const float *class_image, const float *class_text,
                             float *node_vector);

/** Image features (n,image_dim), raw → unit embeddings (n,D). */
void huse_model_embed_images(const huse_model *m, huse_pool *pool, const float *features, size_t n, float *out);
/** Text rows (n,text_dim), raw, and their strings → unit embeddings (n,D). */
void huse_model_embed_texts(const huse_model *m, huse_pool *pool, const float *rows, const char *const *text, size_t n, float *out);
/** Whether it tells classes at all: methods without class layer and class vectors do not (METHOD 6). */
bool huse_model_classifies(const huse_model *m);
/** Whether pictures and texts share a space; false for Separate, whose towers know nothing of each other. */
bool huse_model_joined(const huse_model *m);
/** Unit embeddings (n,D) → class probabilities (n,K). Only where it classifies. @image: which class layer, for methods with two. */
void huse_model_classify(const huse_model *m, huse_pool *pool, const float *e, size_t n, bool image, float *p);
/** Raw image features (n,image_dim) → unit vectors in sentence space (n,sentence_dim). Only when ridge is there. */
void huse_model_picture_sentences(const huse_model *m, huse_pool *pool, const float *features, size_t n, float *out);

#endif
