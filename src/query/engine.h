/* Inside of an engine: what the files of src/query share. */
#ifndef HUSE_ENGINE_H
#define HUSE_ENGINE_H

#include <pthread.h>

#include "encode/encoder.h"
#include "encode/picture.h"
#include "huse/browse.h"
#include "index/topk.h"
#include "model/model.h"
#include "query/frozen.h"
#include "query/parse.h"

/** Medians over all pairs of the nodes of a level (METHOD 10). */
typedef struct huse_medians {
    bool  known;
    float cosine;
    int   distance, least_distance;
} huse_medians;
#define HUSE_MEDIAN_LEVELS 8 /* deeper levels are not kept */

/** Names as completion compares them. */
typedef struct huse_folded huse_folded;

struct huse_engine {
    huse_items    *items;
    huse_model    *model; /* NULL: untrained */
    bool           borrowed; /* items and model are the caller's */
    bool           wordless; /* the model learnt from pictures alone: its text tower means nothing */
    char          *workspace, *models_dir, *decode_path, *label;
    huse_host      host; /* its strings are the two above */
    huse_taxonomy *tree; /* of the catalogue's classes */

    /* between the model's numbering and the catalogue's; -1: none */
    int32_t *item_of;    /* (model->n_items) item of the catalogue */
    int32_t *model_item; /* (items->n) */
    int32_t *row_of[2];  /* (items->n) row of the item in the image rows, the text rows */
    int32_t *class_of;   /* (model->K) class of the catalogue */

    /* the tree for browsing */
    huse_node *node;       /* (tree->n) */
    uint32_t  *below;      /* items with a class, by node in pre-order, then catalogue order */
    size_t    *below_from; /* (tree->n + 1) those at or below node i are below[below_from[i] .. below_from[tree->end[i]]) */

    pthread_mutex_t     lazy; /* guards what follows; what is there stays */
    uint32_t           *by_id; /* (items->n) in byte order of ids */
    huse_text_encoder  *text;
    huse_image_encoder *image;
    huse_decoder       *decoder;
    huse_frozen        *frozen;
    huse_index         *index[2]; /* image rows, text rows */
    huse_index         *attributes;
    float              *name_sentence; /* (model->K, S) of the names of the model's classes; only where it knows no texts */
    bool                asked[2]; /* a long-lived process: the second search makes the 8-bit copy */

    huse_folded        *folded;
    huse_medians        medians[HUSE_MEDIAN_LEVELS];

    /* up to score_all rows every candidate is scored; beyond, the short_list best by cosine and as many by attribute are */
    size_t score_all, short_list;

    pthread_mutex_t working; /* whoever holds it works on the pool; others work alone */
    huse_pool      *pool;
};

/** An engine over a catalogue and a model (NULL: untrained) that the caller keeps; @workspace may be NULL. For tests and programs that
 *  have both in memory. */
huse_engine *huse_engine_new(huse_items *items, huse_model *model, const char *workspace, const huse_host *host);

/** The engine's pool, or NULL when another thread works on it; give it back with huse_engine_leave. */
huse_pool *huse_engine_enter(huse_engine *e);
void       huse_engine_leave(huse_engine *e, huse_pool *pool);

/** Opened at first use, then kept. BAD_DATA when the encoder that made the features is not here. */
huse_status huse_engine_text_encoder(huse_engine *e, const huse_text_encoder **enc, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_engine_image_encoder(huse_engine *e, const huse_image_encoder **enc, huse_err *err) HUSE_MUST_CHECK;
/** Feature row (enc->dim) of a picture file; free(*row). */
huse_status huse_engine_picture(huse_engine *e, const huse_image_encoder *enc, huse_pool *pool, const char *path, float **row,
                                huse_err *err) HUSE_MUST_CHECK;
/** Frozen features of the catalogue, for untrained engines: the stores, and their arrays, each read at first use. */
huse_status huse_engine_frozen_texts(huse_engine *e, huse_pool *pool, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_engine_frozen_pictures(huse_engine *e, huse_pool *pool, huse_err *err) HUSE_MUST_CHECK;
/** (items->n_classes, sentence_dim) unit sentence vectors of the classes' names, borrowed. */
huse_status huse_engine_frozen_classes(huse_engine *e, huse_pool *pool, const float **sentence, huse_err *err) HUSE_MUST_CHECK;
/** The same for the classes of the model, (model->K, sentence_dim). */
huse_status huse_engine_name_sentences(huse_engine *e, const huse_text_encoder *enc, huse_pool *pool, const float **sentence, huse_err *err)
    HUSE_MUST_CHECK;

/** Index over the image rows (@t 0) or the text rows (1), kept; a second caller gets one with the 8-bit copy where that pays. */
huse_index *huse_engine_index(huse_engine *e, int t, huse_pool *pool);

/** Items in byte order of their ids, (items->n), kept. */
const uint32_t *huse_engine_by_id(huse_engine *e);
/** Index of the item with this id, or -1. */
ptrdiff_t huse_engine_item(huse_engine *e, const char *id);

/* ---- the tree (browse_tree.c) ---- */

void huse_engine_tree_init(huse_engine *e);
void huse_engine_tree_fini(huse_engine *e);
void huse_folded_free(huse_folded *f); /* NULL is fine */
/** Row of the item in the image rows, else in the text rows; NULL when it has neither. */
const float *huse_engine_row(const huse_engine *e, size_t item);

/* ---- classification (classify.c) ---- */

/** BAD_DATA when the model has no class layer; NOT_FOUND when there is no model. */
huse_status huse_engine_need_classes(const huse_engine *e, huse_err *err) HUSE_MUST_CHECK;
/** Class of the model for each class of the catalogue, -1: unknown to it. free() it. */
int32_t *huse_engine_model_classes(const huse_engine *e);
/** Probabilities p (n,K) of the rows in modality @t (0 image, 1 text) of n items, where has[i]. */
void huse_engine_classify_rows(const huse_engine *e, huse_pool *pool, int t, const uint32_t *item, size_t n, float *p, bool *has);
/** out (K) = w p_I + (1 − w) p_T, or the one that is there (METHOD 9). */
void huse_engine_fuse(const huse_model *m, const float *image, const float *text, float *out);

/* ---- names (names.c): NOT_FOUND names the nearest ---- */

huse_status huse_engine_find_item(huse_engine *e, const char *id, size_t *item, huse_err *err) HUSE_MUST_CHECK;
/** Node of a path, or of a last component that only one node has. */
huse_status huse_engine_find_node(const huse_taxonomy *tree, const char *path, int32_t *node, huse_err *err) HUSE_MUST_CHECK;

#endif
