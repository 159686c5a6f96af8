#include "train/setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/semantics.h"
#include "model/methods.h"

enum { SETUP_VERSION = 1 };
static const char FORMAT[] = "huse-setup", FILE_NAME[] = "setup.safetensors";

/* ---- statistics of the train split ---- */

typedef struct moments {
    double *sum, *square;
    size_t  n, d;
} moments;

static void moments_init(moments *m, size_t d)
{
    *m = (moments){huse_xcalloc(d, sizeof(double)), huse_xcalloc(d, sizeof(double)), 0, d};
}

static void moments_add(moments *m, const float *row)
{
    m->n++;
    for (size_t c = 0; c < m->d; c++) {
        m->sum[c] += (double)row[c];
        m->square[c] += (double)row[c] * (double)row[c];
    }
}

/* A dimension that does not vary is switched off: its inverse deviation is 0. */
static void moments_finish(moments *m, float **mean, float **inv)
{
    *mean = huse_xaligned(m->d * sizeof(float));
    *inv = huse_xaligned(m->d * sizeof(float));
    for (size_t c = 0; m->n && c < m->d; c++) {
        double mu = m->sum[c] / (double)m->n, var = m->square[c] / (double)m->n - mu * mu;
        (*mean)[c] = (float)mu;
        (*inv)[c] = var > 1e-12 * (mu * mu + 1e-12) ? (float)(1.0 / sqrt(var)) : 0.0f;
    }
    free(m->sum);
    free(m->square);
}

static void image_statistics(huse_weights *w, const huse_dataset *d)
{
    moments m;
    moments_init(&m, d->image_dim);
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++) {
        const float *row = d->image[d->split[HUSE_SPLIT_TRAIN][i]];
        if (row)
            moments_add(&m, row);
    }
    moments_finish(&m, &w->image_mean, &w->image_inv);
}

static void text_statistics(huse_weights *w, const huse_dataset *d)
{
    size_t  extra = w->tfidf ? huse_tfidf_dense_dim(w->tfidf) : 0;
    float  *x = huse_xaligned((d->text_dim + extra) * sizeof *x);
    moments m;
    moments_init(&m, d->text_dim + extra);
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++) {
        const char  *text;
        const float *row;
        if (!huse_dataset_train_text(d, d->split[HUSE_SPLIT_TRAIN][i], &text, &row))
            continue;
        memcpy(x, row, d->text_dim * sizeof *x);
        if (extra)
            huse_tfidf_dense(w->tfidf, NULL, &text, 1, x + d->text_dim);
        moments_add(&m, x);
    }
    moments_finish(&m, &w->text_mean, &w->text_inv);
    free(x);
}

static void learn_tfidf(huse_weights *w, const huse_dataset *d, const huse_train_params *p)
{
    size_t       n = 0;
    const char **text = huse_xcalloc(d->n_split[HUSE_SPLIT_TRAIN], sizeof *text);
    const float *row;
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++)
        n += huse_dataset_train_text(d, d->split[HUSE_SPLIT_TRAIN][i], &text[n], &row);
    if (p->tfidf_dim && n)
        w->tfidf = huse_tfidf_fit(text, n, (size_t)p->tfidf_terms, (size_t)p->tfidf_dim, (uint64_t)p->seed);
    free(text);
}

/* The network that the method asks for; ψ and the TF-IDF width are known. */
static huse_status shape_weights(huse_setup *s, size_t P, const huse_dataset *d, const huse_train_params *p, size_t tfidf,
                                 huse_err *err)
{
    const huse_method *m = huse_method_find(p->method);
    huse_weights      *w = &s->weights;
    const bool         apart = m->loss == huse_method_huse && p->class_layers == 2;
    huse_shape shape = {d->image_dim, d->text_dim ? d->text_dim + tfidf : 0, (size_t)p->hidden,
                        (size_t)p->image_layers, (size_t)p->text_layers, m->psi_wide ? P : (size_t)p->dim, d->items->n_classes,
                        apart ? 2 : m->heads};
    w->image_dim = d->image_dim;
    w->text_dim = d->text_dim;
    w->logit_scale = (float)p->logit_scale;
    w->psi = m->class_by == HUSE_CLASS_PSI ? s->psi : NULL;
    return huse_params_init(&w->params, &shape, err);
}

static void make_graph(huse_setup *s, size_t K, size_t P)
{
    if (K <= HUSE_MATRIX_CLASSES) {
        s->A = huse_xaligned(K * K * sizeof *s->A);
        huse_semantics_from_psi(s->psi, K, P, s->A);
    }
    s->graph = (huse_graph){K, P, s->A, s->psi};
}

huse_status huse_setup_make(huse_setup *s, const huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc,
                            const huse_train_params *p, huse_err *err)
{
    size_t P;
    memset(s, 0, sizeof *s);
    if (d->text_dim)
        learn_tfidf(&s->weights, d, p);
    HUSE_TRY(huse_setup_psi(&s->psi, &P, d, pool, enc, s->weights.tfidf, p, err));
    HUSE_TRY(shape_weights(s, P, d, p, s->weights.tfidf ? huse_tfidf_dense_dim(s->weights.tfidf) : 0, err));
    image_statistics(&s->weights, d);
    text_statistics(&s->weights, d);
    make_graph(s, d->items->n_classes, P);
    s->fingerprint = huse_dataset_fingerprint(d);
    s->image_hash = d->image_hash;
    s->text_hash = d->text_hash;
    return HUSE_OK;
}

void huse_setup_fini(huse_setup *s)
{
    huse_weights_fini(&s->weights);
    free(s->A);
    free(s->psi);
    memset(s, 0, sizeof *s);
}

/* ---- runs/ID/setup/ ---- */

huse_status huse_setup_write(const huse_setup *s, const char *run_dir, huse_err *err)
{
    huse_bundle_writer *w;
    huse_array          a[HUSE_WEIGHTS_ARRAYS + 1];
    size_t              n = huse_weights_arrays(&s->weights, a);
    char                hex[65];
    a[n++] = huse_array_2d("psi", HUSE_F32, s->psi, s->graph.K, s->graph.P);
    HUSE_TRY(huse_bundle_begin(&w, run_dir, "setup", err));
    if (huse_bundle_add_arrays(w, FILE_NAME, a, n, err) != HUSE_OK) {
        huse_bundle_abort(w);
        return err ? err->status : HUSE_FAILED;
    }
    json_t *meta = json_object();
    huse_key_hex(hex, &s->fingerprint);
    json_object_set_new(meta, "fingerprint", json_string(hex));
    json_object_set_new(meta, "tfidf", json_boolean(s->weights.tfidf != NULL));
    json_object_set_new(meta, "tfidf_dim",
                        json_integer(s->weights.tfidf ? (json_int_t)huse_tfidf_dense_dim(s->weights.tfidf) : 0));
    huse_status st = huse_bundle_commit(w, FORMAT, SETUP_VERSION, meta, err);
    json_decref(meta);
    return st;
}

static huse_status read_arrays(huse_setup *s, huse_bundle *b, const huse_dataset *d, const huse_train_params *p,
                               huse_err *err)
{
    const huse_safetensors *st;
    const huse_array       *psi;
    const json_t           *meta = huse_bundle_meta(b);
    const size_t            dim[2] = {d->items->n_classes, SIZE_MAX};
    const json_int_t        tfidf = json_integer_value(json_object_get(meta, "tfidf_dim"));
    char                    hex[65];
    s->fingerprint = huse_dataset_fingerprint(d);
    huse_key_hex(hex, &s->fingerprint);
    const char *was = json_string_value(json_object_get(meta, "fingerprint"));
    if (!was || strcmp(was, hex) != 0)
        return huse_fail(err, HUSE_BAD_DATA,
                         "the catalogue or its features changed since this run started: start a new one");
    if (tfidf < 0 || tfidf > (json_int_t)HUSE_TFIDF_MAX_DENSE)
        return huse_fail(err, HUSE_BAD_DATA, "setup/meta.json: “tfidf_dim” is out of range");
    HUSE_TRY(huse_bundle_arrays(b, FILE_NAME, &st, err));
    HUSE_TRY(huse_safetensors_get(st, "psi", HUSE_F32, 2, dim, &psi, err));
    if (!huse_all_finite(psi->data, huse_array_count(psi)))
        return huse_fail(err, HUSE_BAD_DATA, "setup: psi holds numbers that are not finite");
    s->psi = huse_xaligned(huse_array_count(psi) * sizeof *s->psi);
    memcpy(s->psi, psi->data, huse_array_count(psi) * sizeof *s->psi);
    HUSE_TRY(shape_weights(s, psi->dim[1], d, p, (size_t)tfidf, err));
    HUSE_TRY(huse_weights_load_stats(&s->weights, st, json_is_true(json_object_get(meta, "tfidf")), err));
    make_graph(s, psi->dim[0], psi->dim[1]);
    s->image_hash = d->image_hash;
    s->text_hash = d->text_hash;
    return HUSE_OK;
}

huse_status huse_setup_read(huse_setup *s, const char *run_dir, const huse_dataset *d, const huse_train_params *p,
                            huse_err *err)
{
    huse_bundle *b;
    char        *dir = huse_fs_join(run_dir, "setup");
    memset(s, 0, sizeof *s);
    huse_status st = huse_bundle_open(&b, dir, FORMAT, SETUP_VERSION, HUSE_CHECK_HASHES, err);
    if (st == HUSE_OK) {
        st = read_arrays(s, b, d, p, err);
        huse_bundle_close(b);
    }
    free(dir);
    return st;
}
