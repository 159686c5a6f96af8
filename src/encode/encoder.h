/* Frozen encoders: pictures and texts to feature rows. */
#ifndef HUSE_ENCODER_H
#define HUSE_ENCODER_H

#include "base/pool.h"
#include "base/sha256.h"

#define HUSE_IMAGE_MODEL "effnet-lite0" /* folders of the encoders that embed takes by itself */
#define HUSE_TEXT_MODEL  "minilm-l6"

#define HUSE_PICTURE_SIDE 224 /* encoders take 224 x 224 RGB */

/** An image encoder. Immutable once opened; one call at a time per pool. */
typedef struct huse_image_encoder huse_image_encoder;
struct huse_image_encoder {
    const char *name; /* directory under features/: "effnet-lite0", "color-hist" */
    size_t      dim;
    huse_key    hash; /* of the weights; of the name for weightless encoders */
    /** rgb (n,224,224,3) bytes → out (n,dim). Cannot fail. */
    void (*encode)(const huse_image_encoder *self, huse_pool *pool, const uint8_t *rgb, size_t n, float *out);
    void (*free)(huse_image_encoder *self);
};

/** A text encoder. The sentence vector is the L2-normalised tail of a feature row: row[sentence_at .. sentence_at+sentence_dim). */
typedef struct huse_text_encoder huse_text_encoder;
struct huse_text_encoder {
    const char *name; /* "minilm-l6", "word-hash" */
    const char *host; /* whose server is asked; NULL: it runs here, and cannot fail */
    size_t      dim, sentence_at, sentence_dim;
    huse_key    hash;
    /** n texts (UTF-8, any content) → out (n,dim). NETWORK: @host does not answer as it should. */
    huse_status (*encode)(const huse_text_encoder *self, huse_pool *pool, const char *const *text, size_t n, float *out,
                          volatile const int *stop, huse_err *err);
    void (*free)(huse_text_encoder *self);
};
/** n texts (UTF-8, any content) → out (n,dim). Fails only where enc->host is set: NETWORK, with the host in the message;
 *  INTERRUPTED: @stop (NULL: none) was set. After a failure @out holds nothing of use. */
huse_status huse_text_encode(const huse_text_encoder *enc, huse_pool *pool, const char *const *text, size_t n, float *out,
                             volatile const int *stop, huse_err *err) HUSE_MUST_CHECK;
/** out (n,sentence_dim): normalised sentence parts of rows (n,dim). */
void huse_text_encoder_sentences(const huse_text_encoder *enc, const float *rows, size_t n, float *out);

/** EfficientNet-Lite0 from DIR/model.safetensors (names of the lukemelas port or of timm's tf_efficientnet_lite0). NOT_FOUND when
 *  there is none; BAD_DATA when cut, altered (by DIR/SHA256SUMS if there) or another architecture (by names, shapes, and
 *  DIR/config.json if there: timm's efficientnet_lite0 without tf_ looks the same but pads otherwise). */
huse_status huse_effnet_open(huse_image_encoder **e, const char *dir, huse_err *err) HUSE_MUST_CHECK;
/** Colour and gradient histograms; needs no weights. Never fails. */
huse_image_encoder *huse_image_fallback(void);

/** Any BERT by DIR/config.json, DIR/vocab.txt and DIR/model.safetensors: rows are the last four layers' hidden states
 *  concatenated, mean over tokens (layers L−3 … L in that order); where DIR/1_Pooling/config.json has sentences read off the first token,
 *  the last quarter is that token's. Named after DIR's last component. A text's row has the same bits
 *  whatever is encoded with it and whatever the pool. Longer texts than the model takes keep their salient words (encode/salient.h).
 *  BAD_DATA says which file is cut, altered or of another architecture. */
huse_status huse_bert_open(huse_text_encoder **e, const char *dir, huse_err *err) HUSE_MUST_CHECK;
/** What huse_bert_open says of a folder before it looks at the weights. */
huse_status huse_bert_check(const char *dir, huse_err *err) HUSE_MUST_CHECK;
/** Hashed words and word pairs under a random projection; needs no weights. Never fails. */
huse_text_encoder *huse_text_fallback(void);
/** @whole's sentence vectors alone as rows: what a server that runs the same weights answers. Named like it with HUSE_SENTENCE_SUFFIX
 *  behind. Takes @whole over. */
huse_text_encoder *huse_text_sentences(huse_text_encoder *whole);
#define HUSE_SENTENCE_SUFFIX "-sentence"

#endif
