#include "train/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/encoders.h"

/* Mean train embeddings of each class by modality; not normalised, zero where there are none. */
static void class_means(const huse_dataset *d, const huse_catalogue_rows *r, const huse_model *m, float *image, float *text)
{
    size_t  D = m->D, K = m->K;
    double *sum = huse_xcalloc(K * D, sizeof *sum);
    size_t *count = huse_xcalloc(K, sizeof *count);
    for (int t = 0; t < 2; t++) {
        const float   *rows = t ? r->text_row : r->image_row;
        const int32_t *row_item = t ? r->text_item : r->image_item;
        float         *mean = t ? text : image;
        memset(sum, 0, K * D * sizeof *sum);
        memset(count, 0, K * sizeof *count);
        for (size_t i = 0; i < (t ? m->n_texts : m->n_images); i++) {
            const huse_item *it = &d->items->item[r->item[row_item[i]]];
            if (it->split != HUSE_SPLIT_TRAIN || it->cls < 0)
                continue;
            count[it->cls]++;
            for (size_t c = 0; c < D; c++)
                sum[(size_t)it->cls * D + c] += (double)rows[i * D + c];
        }
        for (size_t k = 0; k < K; k++)
            for (size_t c = 0; count[k] && c < D; c++)
                mean[k * D + c] = (float)(sum[k * D + c] / (double)count[k]);
    }
    free(sum);
    free(count);
}

/* What every published model takes from the data set and the weights; strings and arrays are borrowed. */
static void describe(huse_model *m, const huse_dataset *d, const huse_setup *s)
{
    m->D = s->weights.params.shape.D;
    m->K = s->weights.params.shape.K;
    m->class_path = (char **)(uintptr_t)d->items->class_path;
    m->image_encoder = (char *)(uintptr_t)d->image_encoder;
    m->text_encoder = (char *)(uintptr_t)d->text_encoder;
    m->image_encoder_hash = s->image_hash;
    m->text_encoder_hash = s->text_hash;
    m->image_dim = d->image_dim;
    m->text_dim = d->text_dim;
    m->sentence_at = d->sentence_at;
    m->sentence_dim = d->sentence_dim;
    m->weights = s->weights;
    m->tfidf = s->weights.tfidf;
    m->logit_scale = (double)s->weights.logit_scale;
    m->psi = s->psi;
    m->P = s->graph.P;
}

huse_status huse_publish(huse_workspace *ws, const huse_dataset *d, const huse_setup *setup, huse_pool *pool,
                         const huse_text_encoder *enc, const char *run, const char *method, long step, char id[64], huse_err *untuned,
                         huse_err *err)
{
    huse_model          m = {.step = step};
    huse_catalogue_rows rows;
    huse_split_rows     val;
    float              *means, *ridge = NULL;
    describe(&m, d, setup);
    snprintf(id, 64, "%s-step-%ld", run, step);
    m.id = id;
    m.run = (char *)(uintptr_t)run;
    m.method = (char *)(uintptr_t)method;
    huse_catalogue_rows_embed(&rows, &m, d, pool);
    means = huse_xaligned(2 * m.K * m.D * sizeof *means);
    class_means(d, &rows, &m, means, means + m.K * m.D);
    m.class_image = means;
    m.class_text = means + m.K * m.D;
    huse_catalogue_rows_split(&rows, &m, d, HUSE_SPLIT_VAL, &val);
    m.fusion_weight = huse_split_fusion_weight(&val, &m.weights, pool);
    huse_status s = huse_publish_attributes(&m, &ridge, d, &val, pool, enc, untuned, err);
    if (s == HUSE_OK) {
        huse_catalogue_rows_describe(&rows, &m, d, pool);
        s = huse_model_publish(&m, huse_workspace_dir(ws), err);
    }
    huse_split_rows_free(&val);
    huse_catalogue_rows_free(&rows);
    free(means);
    free(ridge);
    return s;
}

/* 1 for a model that was trained; greater for its successors, whose names end in ".2", ".3" …; *stem: bytes of the name without that. */
static long generation(const char *id, int *stem)
{
    const char *dot = strrchr(id, '.');
    if (!dot || !dot[1] || strlen(dot) > 10 || strspn(dot + 1, "0123456789") != strlen(dot + 1)) {
        *stem = (int)strlen(id);
        return 1;
    }
    *stem = (int)(dot - id);
    return strtol(dot + 1, NULL, 10);
}

/* "run-1-step-480" → "run-1-step-480.2", ".2" → ".3", …: the next name that is not taken. */
static char *successor_id(const char *workspace, const char *id)
{
    int stem;
    for (long n = generation(id, &stem) + 1;; n++) {
        char *name = huse_format("%.*s.%ld", stem, id, n), *path = huse_format("%s/models/%s", workspace, name);
        bool  taken = huse_fs_exists(path);
        free(path);
        if (!taken)
            return name;
        free(name);
    }
}

/* A successor that has one itself holds nothing that the two do not. Readers keep what they have open. */
static void remove_replaced(const char *workspace, const char *id)
{
    huse_err none;
    int      stem;
    if (generation(id, &stem) < 2)
        return;
    char *path = huse_format("%s/models/%s", workspace, id);
    (void)!huse_fs_remove_tree(path, &none); /* a leftover costs its room, no more */
    free(path);
}

/* Nothing to do when the model's rows are those of the catalogue already. */
static bool rows_match(const huse_model *old, const huse_model *m)
{
    if (old->n_items != m->n_items || old->n_images != m->n_images || old->n_texts != m->n_texts)
        return false;
    for (size_t i = 0; i < m->n_items; i++)
        if (strcmp(old->item_id[i], m->item_id[i]) != 0)
            return false;
    size_t words = (size_t)m->word_start[m->n_items];
    return memcmp(old->image_item, m->image_item, m->n_images * sizeof *m->image_item) == 0 &&
           memcmp(old->text_item, m->text_item, m->n_texts * sizeof *m->text_item) == 0 &&
           memcmp(old->image_row, m->image_row, m->n_images * m->D * sizeof(float)) == 0 &&
           memcmp(old->text_row, m->text_row, m->n_texts * m->D * sizeof(float)) == 0 &&
           memcmp(old->attribute, m->attribute, m->n_items * m->sentence_dim * sizeof(float)) == 0 &&
           memcmp(old->has_text, m->has_text, m->n_items) == 0 &&
           memcmp(old->word_start, m->word_start, (m->n_items + 1) * sizeof *m->word_start) == 0 &&
           memcmp(old->word_index, m->word_index, words * sizeof *m->word_index) == 0 &&
           memcmp(old->word_value, m->word_value, words * sizeof *m->word_value) == 0;
}

/* Rows from elsewhere are known by their width alone: each delivery of them has a hash of its own. */
static bool made_by(const huse_key *hash, size_t dim, const char *encoder, const huse_features *store)
{
    return !store || (huse_features_dim(store) == dim &&
                      (huse_features_external(encoder) || huse_key_equal(hash, huse_features_hash(store))));
}

static huse_status fits(const huse_model *m, const huse_dataset *d, huse_err *err)
{
    if (strcmp(m->image_encoder, d->image_encoder) != 0 || strcmp(m->text_encoder, d->text_encoder) != 0 ||
        !made_by(&m->image_encoder_hash, m->image_dim, d->image_encoder, d->image_store) ||
        !made_by(&m->text_encoder_hash, m->text_dim, d->text_encoder, d->text_store))
        return huse_fail(err, HUSE_BAD_DATA,
                         "model %s was made with other encoders (%s, %s) than the features (%s, %s): train again", m->id,
                         m->image_encoder, m->text_encoder, d->image_encoder, d->text_encoder);
    return HUSE_OK;
}

huse_status huse_publish_successor(huse_workspace *ws, const huse_host *host, huse_err *err)
{
    const char         *dir = huse_workspace_dir(ws);
    huse_model         *old = NULL;
    huse_dataset       *d = NULL;
    huse_pool          *pool = NULL;
    huse_catalogue_rows rows;
    huse_status         s = huse_model_open(&old, dir, NULL, err);
    if (s == HUSE_NOT_FOUND)
        return HUSE_OK;
    if (s == HUSE_OK)
        s = huse_dataset_open(&d, ws, err);
    if (s == HUSE_OK)
        s = fits(old, d, err);
    if (s == HUSE_OK) {
        huse_model m = *old;
        pool = huse_pool_new(host->threads);
        huse_catalogue_rows_embed(&rows, &m, d, pool);
        huse_catalogue_rows_describe(&rows, &m, d, pool);
        if (!rows_match(old, &m)) {
            m.id = successor_id(dir, old->id);
            s = huse_model_publish(&m, dir, err);
            if (s == HUSE_OK)
                remove_replaced(dir, old->id);
            free(m.id);
        }
        huse_catalogue_rows_free(&rows);
    }
    huse_pool_free(pool);
    huse_dataset_close(d);
    huse_model_close(old);
    return s;
}
