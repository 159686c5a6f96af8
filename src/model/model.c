#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "model/methods.h"
#include "model/model_meta.h"
#include "tensor/rows.h"

struct huse_model_private {
    huse_bundle *bundle;
    float       *node_vector;
    const char **item_id;
};

static const char WEIGHTS_FILE[] = "weights.safetensors", INDEX_FILE[] = "index.safetensors";

/* ---- reading ---- */

static huse_status get(const huse_safetensors *st, const char *name, huse_dtype t, int ndim, size_t d0, size_t d1,
                       const void *out, huse_err *err)
{
    const huse_array *a;
    const size_t      dim[2] = {d0, d1};
    HUSE_TRY(huse_safetensors_get(st, name, t, ndim, dim, &a, err));
    memcpy((void *)out, &a->data, sizeof a->data);
    return HUSE_OK;
}

/* The same for a matrix that a query computes with: every number finite. Index rows are not looked through: they are read as
 * they are needed, and a score that is not a number is never among the answers. */
static huse_status get_finite(const huse_safetensors *st, const char *name, size_t rows, size_t cols, const float **out,
                              huse_err *err)
{
    HUSE_TRY(get(st, name, HUSE_F32, 2, rows, cols, out, err));
    if (!huse_all_finite(*out, rows * cols))
        return huse_fail(err, HUSE_BAD_DATA, "%s holds numbers that are not finite", name);
    return HUSE_OK;
}

/* A method without a class layer may tell classes by ψ, which then is as wide as the space. */
static huse_status choose_class_vectors(huse_model *m, huse_err *err)
{
    const huse_method *method = huse_method_find(m->method);
    if (!method || method->class_by != HUSE_CLASS_PSI || m->weights.params.shape.heads)
        return HUSE_OK;
    if (m->P != m->D)
        return huse_fail(err, HUSE_BAD_DATA, "class vectors of %zu dimensions for a space of %zu", m->P, m->D);
    m->weights.psi = m->psi;
    return HUSE_OK;
}

static huse_status read_weights(huse_model *m, huse_err *err)
{
    const huse_safetensors *st;
    void                   *w;
    HUSE_TRY(huse_bundle_arrays(m->priv->bundle, WEIGHTS_FILE, &st, err));
    HUSE_TRY(huse_params_check(&m->weights.params, "", st, err));
    HUSE_TRY(huse_try_alloc(&w, m->weights.params.floats, sizeof(float), err));
    m->weights.w = w;
    HUSE_TRY(huse_params_load(&m->weights.params, "", st, m->weights.w, err));
    bool tfidf = json_is_true(json_object_get(huse_bundle_meta(m->priv->bundle), "tfidf"));
    HUSE_TRY(huse_weights_load_stats(&m->weights, st, tfidf, err));
    m->tfidf = m->weights.tfidf;
    HUSE_TRY(get_finite(st, "psi", m->K, m->P, &m->psi, err));
    HUSE_TRY(get_finite(st, "class.image_mean", m->K, m->D, &m->class_image, err));
    HUSE_TRY(get_finite(st, "class.text_mean", m->K, m->D, &m->class_text, err));
    if (huse_safetensors_find(st, "ridge"))
        HUSE_TRY(get_finite(st, "ridge", m->image_dim + 1, m->sentence_dim, &m->ridge, err));
    return choose_class_vectors(m, err);
}

/* NUL-separated ids: every string ends inside the array. */
static huse_status read_ids(huse_model *m, const huse_safetensors *st, huse_err *err)
{
    const huse_array *a;
    const size_t      any = SIZE_MAX;
    HUSE_TRY(huse_safetensors_get(st, "item_ids", HUSE_U8, 1, &any, &a, err));
    const char *s = a->data, *end = s + a->dim[0];
    if (a->dim[0] && end[-1])
        return huse_fail(err, HUSE_BAD_DATA, "the model's item ids are cut short");
    for (const char *c = s; c < end; c += strlen(c) + 1)
        m->n_items++;
    m->priv->item_id = huse_xcalloc(m->n_items, sizeof *m->priv->item_id);
    for (size_t i = 0; i < m->n_items; s += strlen(s) + 1)
        m->priv->item_id[i++] = s;
    m->item_id = m->priv->item_id;
    return HUSE_OK;
}

static bool rising_below(const int32_t *x, size_t n, size_t limit)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] < 0 || (size_t)x[i] >= limit || (i && x[i - 1] >= x[i]))
            return false;
    return true;
}

static huse_status read_words(huse_model *m, const huse_safetensors *st, huse_err *err)
{
    const huse_array *a;
    const size_t      any = SIZE_MAX;
    HUSE_TRY(get(st, "word_start", HUSE_I64, 1, m->n_items + 1, 0, &m->word_start, err));
    HUSE_TRY(huse_safetensors_get(st, "word_index", HUSE_I32, 1, &any, &a, err));
    m->word_index = a->data;
    size_t n = a->dim[0];
    HUSE_TRY(get(st, "word_value", HUSE_F32, 1, n, 0, &m->word_value, err));
    for (size_t i = 0; i <= m->n_items; i++)
        if (m->word_start[i] < (i ? m->word_start[i - 1] : 0) || (uint64_t)m->word_start[i] > n ||
            (i == 0 && m->word_start[0]))
            return huse_fail(err, HUSE_BAD_DATA, "the model's word table is inconsistent");
    return HUSE_OK;
}

static huse_status read_index(huse_model *m, huse_err *err)
{
    const huse_safetensors *st;
    const huse_array       *a;
    const size_t            any = SIZE_MAX;
    HUSE_TRY(huse_bundle_arrays(m->priv->bundle, INDEX_FILE, &st, err));
    HUSE_TRY(read_ids(m, st, err));
    HUSE_TRY(huse_safetensors_get(st, "image_item", HUSE_I32, 1, &any, &a, err));
    m->image_item = a->data;
    m->n_images = a->dim[0];
    HUSE_TRY(huse_safetensors_get(st, "text_item", HUSE_I32, 1, &any, &a, err));
    m->text_item = a->data;
    m->n_texts = a->dim[0];
    if (!rising_below(m->image_item, m->n_images, m->n_items) || !rising_below(m->text_item, m->n_texts, m->n_items))
        return huse_fail(err, HUSE_BAD_DATA, "the model's rows do not fit its items");
    HUSE_TRY(get(st, "image_rows", HUSE_F32, 2, m->n_images, m->D, &m->image_row, err));
    HUSE_TRY(get(st, "text_rows", HUSE_F32, 2, m->n_texts, m->D, &m->text_row, err));
    HUSE_TRY(get(st, "attributes", HUSE_F32, 2, m->n_items, m->sentence_dim, &m->attribute, err));
    HUSE_TRY(get(st, "has_text", HUSE_U8, 1, m->n_items, 0, &m->has_text, err));
    return read_words(m, st, err);
}

static huse_status derive_tree(huse_model *m, huse_err *err)
{
    void *vectors;
    m->tree = huse_taxonomy_new((const char *const *)m->class_path, m->K);
    HUSE_TRY(huse_try_alloc(&vectors, m->tree->n * m->D, sizeof(float), err));
    m->node_vector = m->priv->node_vector = vectors;
    huse_model_node_vectors(m->tree, m->D, m->class_image, m->class_text, m->priv->node_vector);
    return HUSE_OK;
}

static huse_status current_id(const char *workspace, char **id, huse_err *err)
{
    char       *path = huse_fs_join(workspace, "models/CURRENT"), *text;
    size_t      n;
    huse_status s = huse_fs_read(path, 256, &text, &n, err);
    if (s == HUSE_OK) {
        text[strcspn(text, "\n")] = '\0';
        *id = text;
    } else if (s == HUSE_NOT_FOUND) {
        huse_fail(err, s, "%s has no model yet: train it", workspace);
    }
    free(path);
    return s;
}

/* *gone: CURRENT names a model that is not there. */
static huse_status open_one(huse_model **out, const char *workspace, const char *id, bool *gone, huse_err *err)
{
    huse_model *m = huse_xcalloc(1, sizeof *m);
    char       *models = huse_fs_join(workspace, "models"), *dir = NULL;
    huse_status s = HUSE_OK;
    m->priv = huse_xcalloc(1, sizeof *m->priv);
    if (id)
        m->id = huse_xstrdup(id);
    else
        s = current_id(workspace, &m->id, err);
    if (s == HUSE_OK && (!*m->id || *m->id == '.' || strchr(m->id, '/')))
        s = huse_fail(err, HUSE_NOT_FOUND, "“%s” is no model name", m->id);
    if (s == HUSE_OK) {
        dir = huse_fs_join(models, m->id);
        s = huse_bundle_open(&m->priv->bundle, dir, HUSE_MODEL_FORMAT, HUSE_MODEL_VERSION, HUSE_CHECK_SIZES, err);
        *gone = s == HUSE_NOT_FOUND && !id;
        if (*gone)
            s = huse_fail(err, HUSE_BAD_DATA, "models/CURRENT names it, but it is gone");
    }
    if (s == HUSE_OK)
        s = huse_model_read_meta(m, huse_bundle_meta(m->priv->bundle), err);
    if (s == HUSE_OK)
        s = read_weights(m, err);
    if (s == HUSE_OK)
        s = read_index(m, err);
    if (s == HUSE_OK)
        s = derive_tree(m, err);
    if (s == HUSE_OK) {
        *out = m;
    } else {
        if (dir)
            huse_fail_prefix(err, "model %s", m->id);
        huse_model_close(m);
    }
    free(models);
    free(dir);
    return s;
}

huse_status huse_model_open(huse_model **out, const char *workspace, const char *id, huse_err *err)
{
    bool        gone = false;
    huse_status s = open_one(out, workspace, id, &gone, err);
    for (int again = 0; gone && again < 3; again++) /* a successor may have replaced it between its name and its opening */
        s = open_one(out, workspace, id, &gone, err);
    return s;
}

void huse_model_close(huse_model *m)
{
    if (!m)
        return;
    huse_weights_fini(&m->weights);
    huse_taxonomy_free(m->tree);
    for (size_t k = 0; k < m->K; k++)
        free(m->class_path[k]);
    free(m->class_path);
    free(m->id);
    free(m->run);
    free(m->method);
    free(m->image_encoder);
    free(m->text_encoder);
    if (m->priv) {
        huse_bundle_close(m->priv->bundle);
        free(m->priv->node_vector);
        free(m->priv->item_id);
    }
    free(m->priv);
    free(m);
}

/* ---- derived vectors and embedding ---- */

static void unit(float *x, size_t d)
{
    double norm = 0;
    for (size_t c = 0; c < d; c++)
        norm += (double)x[c] * (double)x[c];
    if (norm > 0)
        for (size_t c = 0; c < d; c++)
            x[c] = (float)((double)x[c] / sqrt(norm));
}

void huse_model_node_vectors(const huse_taxonomy *t, size_t D, const float *class_image, const float *class_text,
                             float *node_vector)
{
    float *own = huse_xaligned(t->n * D * sizeof *own);
    for (size_t i = 0; i < t->n; i++) {
        size_t k = (size_t)t->cls[i];
        for (size_t c = 0; t->cls[i] >= 0 && c < D; c++)
            own[i * D + c] = class_image[k * D + c] + class_text[k * D + c];
        unit(own + i * D, D);
    }
    memset(node_vector, 0, t->n * D * sizeof *node_vector);
    for (size_t i = t->n; i-- > 0;) { /* children come after their parents */
        bool   inner = t->cls[i] < 0;
        float *v = node_vector + i * D;
        for (int32_t k = (int32_t)i; inner && k < t->end[i]; k++)
            for (size_t c = 0; c < D; c++)
                v[c] += own[(size_t)k * D + c];
        if (!inner)
            memcpy(v, own + i * D, D * sizeof *v);
        unit(v, D);
    }
    free(own);
}

void huse_model_embed_images(const huse_model *m, huse_pool *pool, const float *features, size_t n, float *out)
{
    huse_weights_embed_images(&m->weights, pool, features, n, out);
}

void huse_model_embed_texts(const huse_model *m, huse_pool *pool, const float *rows, const char *const *text, size_t n,
                            float *out)
{
    huse_weights_embed_texts(&m->weights, pool, rows, text, n, out);
}

bool huse_model_classifies(const huse_model *m)
{
    return huse_weights_classifies(&m->weights);
}

bool huse_model_joined(const huse_model *m)
{
    const huse_method *method = m->method ? huse_method_find(m->method) : NULL;
    return !method || method->joined;
}

void huse_model_classify(const huse_model *m, huse_pool *pool, const float *e, size_t n, bool image, float *p)
{
    huse_weights_classify(&m->weights, pool, e, n, image, p);
}

void huse_model_picture_sentences(const huse_model *m, huse_pool *pool, const float *features, size_t n, float *out)
{
    enum { BLOCK = 512 };
    size_t in = m->image_dim, S = m->sentence_dim;
    float *x = huse_xaligned(HUSE_MIN(n, BLOCK) * in * sizeof *x);
    HUSE_ASSERT(m->ridge != NULL);
    for (size_t r = 0; r < n; r += BLOCK) {
        size_t k = HUSE_MIN(BLOCK, n - r);
        memcpy(x, features + r * in, k * in * sizeof *x);
        huse_rows_standardise(pool, x, k, in, m->weights.image_mean, m->weights.image_inv);
        for (size_t i = 0; i < k; i++)
            memcpy(out + (r + i) * S, m->ridge + in * S, S * sizeof *out);
        huse_gemm(pool, false, false, k, S, in, 1.0f, x, in, m->ridge, S, 1.0f, out + r * S, S);
        huse_rows_normalise(pool, out + r * S, k, S, out + r * S, NULL);
    }
    free(x);
}

/* ---- writing ---- */

static huse_status write_weights(huse_bundle_writer *w, const huse_model *m, huse_err *err)
{
    huse_array a[HUSE_MAX_PARAMS + HUSE_WEIGHTS_ARRAYS + 4];
    char       names[HUSE_MAX_PARAMS][64];
    size_t     n = m->weights.params.n;
    huse_params_arrays(&m->weights.params, "", m->weights.w, names, a);
    n += huse_weights_arrays(&m->weights, a + n);
    a[n++] = huse_array_2d("psi", HUSE_F32, m->psi, m->K, m->P);
    a[n++] = huse_array_2d("class.image_mean", HUSE_F32, m->class_image, m->K, m->D);
    a[n++] = huse_array_2d("class.text_mean", HUSE_F32, m->class_text, m->K, m->D);
    if (m->ridge)
        a[n++] = huse_array_2d("ridge", HUSE_F32, m->ridge, m->image_dim + 1, m->sentence_dim);
    return huse_bundle_add_arrays(w, WEIGHTS_FILE, a, n, err);
}

static huse_status write_index(huse_bundle_writer *w, const huse_model *m, huse_err *err)
{
    huse_buf ids = {0};
    for (size_t i = 0; i < m->n_items; i++)
        huse_buf_add(&ids, m->item_id[i], strlen(m->item_id[i]) + 1);
    size_t           words = (size_t)m->word_start[m->n_items];
    const huse_array a[] = {
        huse_array_1d("item_ids", HUSE_U8, ids.data, ids.len),
        huse_array_1d("image_item", HUSE_I32, m->image_item, m->n_images),
        huse_array_1d("text_item", HUSE_I32, m->text_item, m->n_texts),
        huse_array_2d("image_rows", HUSE_F32, m->image_row, m->n_images, m->D),
        huse_array_2d("text_rows", HUSE_F32, m->text_row, m->n_texts, m->D),
        huse_array_2d("attributes", HUSE_F32, m->attribute, m->n_items, m->sentence_dim),
        huse_array_1d("has_text", HUSE_U8, m->has_text, m->n_items),
        huse_array_1d("word_start", HUSE_I64, m->word_start, m->n_items + 1),
        huse_array_1d("word_index", HUSE_I32, m->word_index, words),
        huse_array_1d("word_value", HUSE_F32, m->word_value, words),
    };
    huse_status s = huse_bundle_add_arrays(w, INDEX_FILE, a, HUSE_COUNT(a), err);
    huse_buf_free(&ids);
    return s;
}

huse_status huse_model_publish(const huse_model *m, const char *workspace, huse_err *err)
{
    huse_bundle_writer *w;
    char               *models = huse_fs_join(workspace, "models"), *current = huse_fs_join(models, "CURRENT");
    huse_status         s = huse_fs_mkdirs(models, err);
    if (s == HUSE_OK)
        s = huse_bundle_begin(&w, models, m->id, err);
    if (s == HUSE_OK) {
        s = write_weights(w, m, err);
        if (s == HUSE_OK)
            s = write_index(w, m, err);
        if (s == HUSE_OK) {
            json_t *meta = huse_model_meta(m);
            s = huse_bundle_commit(w, HUSE_MODEL_FORMAT, HUSE_MODEL_VERSION, meta, err);
            json_decref(meta);
        } else {
            huse_bundle_abort(w);
        }
    }
    if (s == HUSE_OK) {
        char *line = huse_format("%s\n", m->id);
        s = huse_fs_write_atomic(current, line, strlen(line), err);
        free(line);
    }
    free(models);
    free(current);
    return s;
}
