/* Frozen features of a catalogue, as an untrained engine compares them: sentence vectors of texts, centred rows of pictures. */
#ifndef HUSE_FROZEN_H
#define HUSE_FROZEN_H

#include "base/pool.h"
#include "data/features.h"
#include "encode/encoder.h"
#include "huse/workspace.h"

/** Rows by catalogue item; rows of items that have none are zero. */
typedef struct huse_frozen {
    char           text_encoder[64], image_encoder[64]; /* "": nothing embedded */
    huse_features *text_store, *image_store; /* NULL: nothing embedded */
    bool           texts_read, pictures_read;
    size_t         sentence_dim, n_texts;
    float         *sentence; /* (n,sentence_dim) unit */
    bool          *has_text; /* (n) */
    size_t         image_dim, n_pictures;
    float         *picture; /* (n,image_dim) unit, the catalogue's mean taken away */
    float         *centre;  /* (image_dim) that mean */
    bool          *has_picture; /* (n) */
    float         *class_sentence; /* (K,sentence_dim) unit, of the classes' names; NULL until asked for */
} huse_frozen;

/** Opens the feature stores of a workspace; what embed has not made is simply absent. */
huse_status huse_frozen_open(huse_frozen **f, const char *workspace, huse_err *err) HUSE_MUST_CHECK;
void        huse_frozen_free(huse_frozen *f); /* NULL is fine */
/** Fill the arrays, once. @enc: the encoder of the text store, or NULL when it is not here (then whole rows are compared). */
huse_status huse_frozen_read_texts(huse_frozen *f, const huse_items *items, huse_pool *pool, const huse_text_encoder *enc,
                                   huse_err *err) HUSE_MUST_CHECK;
huse_status huse_frozen_read_pictures(huse_frozen *f, const huse_items *items, huse_pool *pool, huse_err *err) HUSE_MUST_CHECK;

/** Brings a raw picture row (image_dim) to where the catalogue's are: centred, unit. */
void huse_frozen_place_picture(const huse_frozen *f, float *row);
/** x / |x|, 0 stays 0. */
void huse_unit(float *x, size_t d);

#endif
