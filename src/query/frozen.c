#include "query/frozen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/encoders.h"
#include "data/item_rows.h"

void huse_unit(float *x, size_t d)
{
    double square = 0;
    for (size_t i = 0; i < d; i++)
        square += (double)x[i] * (double)x[i];
    double per = square > 0 ? 1 / sqrt(square) : 0;
    for (size_t i = 0; i < d; i++)
        x[i] = (float)((double)x[i] * per);
}

static huse_status open_store(huse_features **f, const char *workspace, const char *encoder, huse_err *err)
{
    if (*encoder == '\0')
        return HUSE_OK;
    huse_err why;
    huse_status s = huse_features_open(f, workspace, encoder, 0, NULL, &why);
    if (s == HUSE_OK || s == HUSE_NOT_FOUND)
        return HUSE_OK;
    return huse_fail(err, s, "%s", why.msg);
}

huse_status huse_frozen_open(huse_frozen **out, const char *workspace, huse_err *err)
{
    huse_encoder_names names;
    HUSE_TRY(huse_encoders_current(workspace, &names, err));
    huse_frozen *f = huse_xcalloc(1, sizeof *f);
    memcpy(f->text_encoder, names.text, sizeof f->text_encoder);
    memcpy(f->image_encoder, names.image, sizeof f->image_encoder);
    huse_status s = open_store(&f->text_store, workspace, f->text_encoder, err);
    if (s == HUSE_OK)
        s = open_store(&f->image_store, workspace, f->image_encoder, err);
    if (s == HUSE_OK)
        *out = f;
    else
        huse_frozen_free(f);
    return s;
}

void huse_frozen_free(huse_frozen *f)
{
    if (f == NULL)
        return;
    if (f->text_store != NULL)
        huse_features_close(f->text_store);
    if (f->image_store != NULL)
        huse_features_close(f->image_store);
    free(f->sentence);
    free(f->has_text);
    free(f->picture);
    free(f->centre);
    free(f->has_picture);
    free(f->class_sentence);
    free(f);
}

enum { BLOCK = 256 };

typedef struct read_job {
    huse_frozen      *f;
    const huse_items *items;
    size_t            at;       /* first column of the sentence in a text row */
    bool              external; /* rows by item, not by content */
} read_job;

static void read_text(const read_job *job, size_t i)
{
    const huse_item *it = &job->items->item[i];
    huse_frozen *f = job->f;
    if (it->text == NULL)
        return;
    const float *row = huse_item_text_row(f->text_store, job->external, it);
    if (row == NULL)
        return;
    memcpy(f->sentence + i * f->sentence_dim, row + job->at, f->sentence_dim * sizeof *row);
    huse_unit(f->sentence + i * f->sentence_dim, f->sentence_dim);
    f->has_text[i] = true;
}

static void read_picture(const read_job *job, size_t i)
{
    huse_frozen *f = job->f;
    float *out = f->picture + i * f->image_dim;
    const float *row = huse_item_image_row(f->image_store, job->external, job->items, &job->items->item[i], out);
    if (row != NULL && row != out)
        memcpy(out, row, f->image_dim * sizeof *out);
    f->has_picture[i] = row != NULL;
}

static void text_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const read_job *job = ctx;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, job->items->n); i++)
        read_text(job, i);
}

static void picture_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const read_job *job = ctx;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, job->items->n); i++)
        read_picture(job, i);
}

static void place_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const read_job *job = ctx;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, job->items->n); i++)
        if (job->f->has_picture[i])
            huse_frozen_place_picture(job->f, job->f->picture + i * job->f->image_dim);
}

static size_t count(const bool *has, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += has[i];
    return sum;
}

huse_status huse_frozen_read_texts(huse_frozen *f, const huse_items *items, huse_pool *pool, const huse_text_encoder *enc,
                                   huse_err *err)
{
    if (f->texts_read)
        return HUSE_OK;
    size_t width = f->text_store != NULL ? huse_features_dim(f->text_store) : 0;
    bool parted = enc != NULL && enc->sentence_dim > 0 && enc->sentence_at + enc->sentence_dim <= width;
    void *rows = NULL;
    bool *has;
    f->sentence_dim = parted ? enc->sentence_dim : width;
    HUSE_TRY(huse_try_alloc(&rows, items->n + 1, HUSE_MAX(f->sentence_dim, 1) * sizeof(float), err));
    has = huse_xcalloc(items->n + 1, sizeof(bool));
    f->sentence = rows;
    f->has_text = has;
    read_job job = { f, items, parted ? enc->sentence_at : 0, huse_features_external(f->text_encoder) };
    if (f->text_store != NULL)
        huse_pool_run(pool, (items->n + BLOCK - 1) / BLOCK, text_block, &job);
    f->n_texts = count(f->has_text, items->n);
    f->texts_read = true;
    return HUSE_OK;
}

huse_status huse_frozen_read_pictures(huse_frozen *f, const huse_items *items, huse_pool *pool, huse_err *err)
{
    if (f->pictures_read)
        return HUSE_OK;
    void *rows = NULL;
    bool *has;
    f->image_dim = f->image_store != NULL ? huse_features_dim(f->image_store) : 0;
    HUSE_TRY(huse_try_alloc(&rows, items->n + 1, HUSE_MAX(f->image_dim, 1) * sizeof(float), err));
    has = huse_xcalloc(items->n + 1, sizeof(bool));
    f->picture = rows;
    f->has_picture = has;
    f->centre = huse_xcalloc(f->image_dim + 1, sizeof *f->centre);
    read_job job = { f, items, 0, huse_features_external(f->image_encoder) };
    if (f->image_store != NULL)
        huse_pool_run(pool, (items->n + BLOCK - 1) / BLOCK, picture_block, &job);
    f->n_pictures = count(f->has_picture, items->n);
    double *sum = huse_xcalloc(f->image_dim + 1, sizeof *sum);
    for (size_t i = 0; i < items->n; i++)
        for (size_t c = 0; f->has_picture[i] && c < f->image_dim; c++)
            sum[c] += (double)f->picture[i * f->image_dim + c];
    /* of two pictures the mean lies between them: taken away, it would leave opposites */
    for (size_t c = 0; f->n_pictures > 2 && c < f->image_dim; c++)
        f->centre[c] = (float)(sum[c] / (double)f->n_pictures);
    free(sum);
    huse_pool_run(pool, (items->n + BLOCK - 1) / BLOCK, place_block, &job);
    f->pictures_read = true;
    return HUSE_OK;
}

void huse_frozen_place_picture(const huse_frozen *f, float *row)
{
    for (size_t c = 0; c < f->image_dim; c++)
        row[c] -= f->centre[c];
    huse_unit(row, f->image_dim);
}
