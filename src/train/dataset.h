/* Features of a workspace's items, ready to be gathered into batches. */
#ifndef HUSE_DATASET_H
#define HUSE_DATASET_H

#include "base/arena.h"
#include "data/features.h"
#include "encode/encoder.h"
#include "encode/tfidf.h"
#include "huse/encode.h"

typedef struct huse_dataset {
    huse_items    *items;         /* owned */
    huse_features *image_store, *text_store;
    char           image_encoder[64], text_encoder[64];
    huse_key       image_hash, text_hash; /* of the encoders, as their stores say; zero without one */
    size_t         image_dim, text_dim;
    size_t         sentence_at, sentence_dim; /* tail of a text row; 0 wide for rows from elsewhere */
    const float  **image;         /* (n) raw row of each item (mean of its pictures), NULL: none */
    const float  **text;          /* (n) raw row of each item's own text, NULL: none */
    float         *stand_in;      /* (K,text_dim) rows of the words of class paths, for training items without text */
    char         **class_words;   /* (K) those words */
    uint32_t      *split[4];      /* items with a class and a feature, by huse_split */
    size_t         n_split[4];
    huse_arena    *arena;
} huse_dataset;

/** Opens catalogue and feature stores as embed left them. BAD_DATA when there are no features at all. */
huse_status huse_dataset_open(huse_dataset **d, huse_workspace *ws, huse_err *err) HUSE_MUST_CHECK;
void        huse_dataset_close(huse_dataset *d); /* NULL is fine */
/** Learns from @enc where the sentence lies in a text row, and how wide a row is where no item has a text. Nothing is done
 *  when another encoder made the rows. */
void huse_dataset_use_encoder(huse_dataset *d, const huse_text_encoder *enc);
/** Encodes the class words that training items without text need. @enc must be the encoder that made the text rows, else nothing is done. */
huse_status huse_dataset_stand_ins(huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc, huse_err *err) HUSE_MUST_CHECK;

/** Text and raw row that train item @i: its own, or its class's stand-in; false when it has neither. */
bool huse_dataset_train_text(const huse_dataset *d, uint32_t item, const char **text, const float **row);

/** Hash of everything a run depends on: ids, classes, splits and content of the items, encoders and their weights. */
huse_key huse_dataset_fingerprint(const huse_dataset *d);
/** The same with the test items, on which figures depend. */
huse_key huse_dataset_fingerprint_with_test(const huse_dataset *d);

/** Raw rows of a list of items, gathered: image (n,image_dim) or text (n,text_dim) with their strings. Items must have them. */
void huse_dataset_gather_images(const huse_dataset *d, const uint32_t *item, size_t n, float *out);
void huse_dataset_gather_texts(const huse_dataset *d, const uint32_t *item, size_t n, float *out, const char **text);

#endif
