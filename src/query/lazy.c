/* What an engine opens at first use: encoders, the decoder, frozen features. */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/encoders.h"
#include "data/semantics.h"
#include "encode/remote.h"
#include "query/engine.h"

static bool known(const huse_key *k)
{
    static const huse_key none;
    return !huse_key_equal(k, &none);
}

/* True when an encoder made the rows of features/@folder; "-crop" says how pictures were fitted, not by which encoder. */
static bool made_by(const char *encoder, const char *folder)
{
    size_t n = strlen(encoder);
    return strncmp(encoder, folder, n) == 0 && (folder[n] == '\0' || strcmp(folder + n, HUSE_CROP_SUFFIX) == 0);
}

static huse_status not_here(const char *folder, const char *ask, huse_err *err)
{
    if (huse_features_external(folder))
        return huse_fail(err, HUSE_BAD_DATA, "the features came from elsewhere and their encoder is not here: ask with %s", ask);
    if (*folder == '\0')
        return huse_fail(err, HUSE_BAD_DATA, "nothing is embedded yet: run huse-tui embed");
    return huse_fail(err, HUSE_BAD_DATA, "the features were made by “%s”, which is not here or has other weights: ask with %s, or see "
                                         "huse-tui models", folder, ask);
}

/* The frozen features; the lazy lock is held. */
static huse_status frozen_locked(huse_engine *e, huse_err *err)
{
    if (e->frozen != NULL)
        return HUSE_OK;
    return huse_frozen_open(&e->frozen, e->workspace != NULL ? e->workspace : "", err);
}

static huse_status text_locked(huse_engine *e, huse_err *err)
{
    static const char ask[] = "@item or class:Path";
    const char *folder = e->model != NULL ? e->model->text_encoder : NULL;
    const huse_key *hash = e->model != NULL ? &e->model->text_encoder_hash : NULL;
    if (folder == NULL) {
        HUSE_TRY(frozen_locked(e, err));
        folder = e->frozen->text_encoder;
        hash = e->frozen->text_store != NULL ? huse_features_hash(e->frozen->text_store) : NULL;
    }
    if (*folder == '\0' || huse_features_external(folder))
        return not_here(folder, ask, err);
    if (e->text == NULL)
        HUSE_TRY(huse_encoders_open_text_for(&e->host, e->workspace != NULL ? e->workspace : "", folder, false, &e->text, err));
    if (!made_by(e->text->name, folder) || (hash != NULL && known(hash) && !huse_key_equal(hash, &e->text->hash)) ||
        (e->model != NULL && e->model->text_dim != e->text->dim))
        return not_here(folder, ask, err);
    return HUSE_OK;
}

huse_status huse_engine_text_encoder(huse_engine *e, const huse_text_encoder **enc, huse_err *err)
{
    pthread_mutex_lock(&e->lazy);
    huse_status s = text_locked(e, err);
    pthread_mutex_unlock(&e->lazy);
    if (s == HUSE_OK)
        *enc = e->text;
    return s;
}

const char *huse_engine_asks(huse_engine *e)
{
    const char *folder = NULL, *host = NULL;
    pthread_mutex_lock(&e->lazy);
    if (e->model != NULL)
        folder = e->model->text_encoder;
    else if (frozen_locked(e, NULL) == HUSE_OK)
        folder = e->frozen->text_encoder;
    /* other encoders are not opened for an answer that is known */
    if (folder != NULL && strncmp(folder, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX - 1) == 0 && text_locked(e, NULL) == HUSE_OK)
        host = e->text->host;
    pthread_mutex_unlock(&e->lazy);
    return host;
}

void huse_engine_warm(huse_engine *e)
{
    static const char *const word[] = { "a" };
    const huse_text_encoder *enc;
    if (huse_engine_text_encoder(e, &enc, NULL) != HUSE_OK || enc->host != NULL)
        return;
    float *row = huse_xaligned(enc->dim * sizeof *row);
    huse_status s = huse_text_encode(enc, NULL, word, 1, row, NULL, NULL);
    (void)s; /* it runs here, and cannot fail */
    free(row);
}

static huse_status image_locked(huse_engine *e, huse_err *err)
{
    static const char ask[] = "words, @item or class:Path";
    const char *folder = e->model != NULL ? e->model->image_encoder : NULL;
    const huse_key *hash = e->model != NULL ? &e->model->image_encoder_hash : NULL;
    if (folder == NULL) {
        HUSE_TRY(frozen_locked(e, err));
        folder = e->frozen->image_encoder;
        hash = e->frozen->image_store != NULL ? huse_features_hash(e->frozen->image_store) : NULL;
    }
    if (*folder == '\0' || huse_features_external(folder))
        return not_here(folder, ask, err);
    if (e->image == NULL)
        HUSE_TRY(huse_encoders_open_image_for(&e->host, folder, &e->image, err));
    if (!made_by(e->image->name, folder) || (hash != NULL && known(hash) && !huse_key_equal(hash, &e->image->hash)) ||
        (e->model != NULL && e->model->image_dim != e->image->dim))
        return not_here(folder, ask, err);
    if (e->decoder == NULL) {
        size_t n = strlen(folder), suffix = strlen(HUSE_CROP_SUFFIX);
        huse_decode_options opt = { .feature_side = HUSE_PICTURE_SIDE,
                                    .crop = n > suffix && strcmp(folder + n - suffix, HUSE_CROP_SUFFIX) == 0 };
        if (e->decode_path == NULL)
            return huse_fail(err, HUSE_FAILED, "no huse-decode program is known: pictures cannot be read");
        HUSE_TRY(huse_decoder_new(&e->decoder, e->decode_path, 1, &opt, err));
    }
    return HUSE_OK;
}

huse_status huse_engine_image_encoder(huse_engine *e, const huse_image_encoder **enc, huse_err *err)
{
    pthread_mutex_lock(&e->lazy);
    huse_status s = image_locked(e, err);
    pthread_mutex_unlock(&e->lazy);
    if (s == HUSE_OK)
        *enc = e->image;
    return s;
}

huse_status huse_engine_picture(huse_engine *e, const huse_image_encoder *enc, huse_pool *pool, const char *path, float **row,
                                huse_err *err)
{
    char *data = NULL;
    size_t n = 0;
    huse_decoded picture = { 0 };
    HUSE_TRY(huse_fs_read(path, HUSE_PICTURE_MAX_BYTES, &data, &n, err));
    huse_status s = huse_decoder_decode(e->decoder, data, n, &picture, err);
    free(data);
    if (s != HUSE_OK)
        return huse_fail_prefix(err, "%.200s", path);
    float *out = huse_xaligned(enc->dim * sizeof *out);
    enc->encode(enc, pool, picture.feature, 1, out);
    huse_decoded_free(&picture);
    *row = out;
    return HUSE_OK;
}

huse_status huse_engine_frozen_texts(huse_engine *e, huse_pool *pool, huse_err *err)
{
    pthread_mutex_lock(&e->lazy);
    huse_status s = frozen_locked(e, err);
    if (s == HUSE_OK && !e->frozen->texts_read) {
        /* rows of an encoder that is not here are compared whole */
        bool here = text_locked(e, NULL) == HUSE_OK;
        s = huse_frozen_read_texts(e->frozen, e->items, pool, here ? e->text : NULL, err);
    }
    pthread_mutex_unlock(&e->lazy);
    return s;
}

huse_status huse_engine_frozen_pictures(huse_engine *e, huse_pool *pool, huse_err *err)
{
    pthread_mutex_lock(&e->lazy);
    huse_status s = frozen_locked(e, err);
    if (s == HUSE_OK)
        s = huse_frozen_read_pictures(e->frozen, e->items, pool, err);
    pthread_mutex_unlock(&e->lazy);
    return s;
}

/* Into @out, fresh memory. */
static huse_status name_sentences(float **out, const huse_text_encoder *enc, huse_pool *pool, const char *const *class_path, size_t k, huse_err *err)
{
    char **name = huse_semantics_names(class_path, k);
    float *rows = huse_xaligned((k * enc->dim + 1) * sizeof *rows);
    const huse_status s = huse_text_encode(enc, pool, (const char *const *)name, k, rows, NULL, err);
    if (s == HUSE_OK) {
        *out = huse_xaligned((k * enc->sentence_dim + 1) * sizeof **out);
        huse_text_encoder_sentences(enc, rows, k, *out);
    }
    for (size_t i = 0; i < k; i++)
        free(name[i]);
    free(name);
    free(rows);
    return s;
}

huse_status huse_engine_name_sentences(huse_engine *e, const huse_text_encoder *enc, huse_pool *pool, const float **sentence, huse_err *err)
{
    pthread_mutex_lock(&e->lazy);
    huse_status s = HUSE_OK;
    if (e->name_sentence == NULL)
        s = name_sentences(&e->name_sentence, enc, pool, (const char *const *)e->model->class_path, e->model->K, err);
    *sentence = e->name_sentence;
    pthread_mutex_unlock(&e->lazy);
    return s;
}

huse_status huse_engine_frozen_classes(huse_engine *e, huse_pool *pool, const float **sentence, huse_err *err)
{
    const huse_text_encoder *enc;
    HUSE_TRY(huse_engine_text_encoder(e, &enc, err));
    HUSE_TRY(huse_engine_frozen_texts(e, pool, err));
    pthread_mutex_lock(&e->lazy);
    huse_frozen *f = e->frozen;
    huse_status s = HUSE_OK;
    if (f->class_sentence == NULL)
        s = name_sentences(&f->class_sentence, enc, pool, e->items->class_path, e->items->n_classes, err);
    *sentence = f->class_sentence;
    pthread_mutex_unlock(&e->lazy);
    return s;
}
