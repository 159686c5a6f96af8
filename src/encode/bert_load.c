#include <stdlib.h>
#include <string.h>

#include "encode/bert.h"

typedef struct loader {
    huse_bert_weights *w;
    const huse_safetensors *st;
    const char *prefix, *label;
    huse_err *err;
    float *rows; /* float32 copy of the layer under way */
    size_t rows_cap;
} loader;

static float *own(huse_bert_weights *w, void *p)
{
    if (w->owned_n == w->owned_cap) {
        w->owned_cap = w->owned_cap ? 2 * w->owned_cap : 64;
        w->owned = huse_xrealloc(w->owned, w->owned_cap * sizeof *w->owned);
    }
    w->owned[w->owned_n++] = p;
    return p;
}

void huse_bert_weights_free(huse_bert_weights *w)
{
    for (size_t i = 0; i < w->owned_n; i++)
        free(w->owned[i]);
    free(w->owned);
    for (size_t i = 0; w->layer && i < w->config.layers; i++) {
        huse_panel_free(&w->layer[i].qkv);
        huse_panel_free(&w->layer[i].out);
        huse_panel_free(&w->layer[i].up);
        huse_panel_free(&w->layer[i].down);
    }
    free(w->layer);
    *w = (huse_bert_weights){0};
}

/* Finds prefix + name, or with the names of older files: LayerNorm.gamma and LayerNorm.beta. */
static const huse_array *find(const loader *l, const char *name)
{
    char *full = huse_format("%s%s", l->prefix, name);
    const huse_array *a = huse_safetensors_find(l->st, full);
    const char *const *swap = NULL;
    static const char *const gain[] = {"LayerNorm.weight", "gamma"}, *const bias[] = {
                                                                         "LayerNorm.bias", "beta"};
    size_t n = strlen(full);
    if (!a)
        for (size_t i = 0; i < 2; i++) {
            swap = i ? bias : gain;
            size_t tail = strlen(swap[0]);
            if (a || n < tail || strcmp(full + n - tail, swap[0]) != 0)
                continue;
            char *old =
                huse_format("%.*s.%s", (int)(n - tail + strlen("LayerNorm")), full, swap[1]);
            a = huse_safetensors_find(l->st, old);
            free(old);
        }
    free(full);
    return a;
}

static huse_status check_finite(const loader *l, const char *name, const float *x, size_t n)
{
    if (!l->w->kernels->finite(x, n))
        return huse_fail(l->err, HUSE_BAD_DATA, "%s: %s holds a value that is not a finite number",
                         l->label, name);
    return HUSE_OK;
}

/* Array @name of shape (rows,cols), or (cols) when @rows is 0. */
static huse_status get(const loader *l, const char *name, size_t rows, size_t cols,
                       const huse_array **out)
{
    const huse_array *a = find(l, name);
    if (!a)
        return huse_fail(l->err, HUSE_BAD_DATA, "%s: has no array %s%s", l->label, l->prefix, name);
    bool fits = rows ? a->ndim == 2 && a->dim[0] == rows && a->dim[1] == cols
                     : a->ndim == 1 && a->dim[0] == cols;
    if (!fits && rows)
        return huse_fail(l->err, HUSE_BAD_DATA,
                         "%s: %s is not of the shape (%zu, %zu) that config.json gives", l->label,
                         name, rows, cols);
    if (!fits)
        return huse_fail(l->err, HUSE_BAD_DATA,
                         "%s: %s is not of the shape (%zu) that config.json gives", l->label, name,
                         cols);
    *out = a;
    return HUSE_OK;
}

static huse_status copy(const loader *l, const char *name, size_t rows, size_t cols, float *out)
{
    const huse_array *a;
    HUSE_TRY(get(l, name, rows, cols, &a));
    huse_status st = huse_array_to_f32(a, out, l->err);
    if (st != HUSE_OK)
        return huse_fail_prefix(l->err, "%s", l->label);
    return check_finite(l, name, out, huse_array_count(a));
}

/* Borrows the array from the file, or makes a float32 copy. */
static huse_status table(const loader *l, const char *name, size_t rows, size_t cols,
                         const float **out)
{
    const huse_array *a;
    HUSE_TRY(get(l, name, rows, cols, &a));
    if (a->dtype == HUSE_F32 && (uintptr_t)a->data % sizeof(float) == 0) {
        *out = a->data;
        return check_finite(l, name, *out, rows * cols);
    }
    void *p;
    HUSE_TRY(huse_try_alloc(&p, rows * cols, sizeof(float), l->err));
    own(l->w, p);
    *out = p;
    return copy(l, name, rows, cols, p);
}

static huse_status vector(const loader *l, const char *name, size_t n, float **out)
{
    *out = own(l->w, huse_xaligned(n * sizeof **out));
    return copy(l, name, 0, n, *out);
}

static huse_status norm(const loader *l, const char *at, size_t n, huse_bert_norm *out)
{
    char *gain = huse_format("%s.LayerNorm.weight", at),
         *bias = huse_format("%s.LayerNorm.bias", at);
    huse_status st = vector(l, gain, n, &out->gain);
    if (st == HUSE_OK)
        st = vector(l, bias, n, &out->bias);
    free(gain);
    free(bias);
    return st;
}

/* @parts linear layers of the same input, side by side. */
static huse_status dense(loader *l, const char *const *at, size_t parts, size_t k, size_t n,
                         huse_panel *out)
{
    size_t need = parts * n * (k + 1);
    if (need > l->rows_cap) {
        void *p;
        HUSE_TRY(huse_try_alloc(&p, need, sizeof(float), l->err));
        free(l->rows);
        l->rows = p;
        l->rows_cap = need;
    }
    float *bias = l->rows + parts * n * k;
    huse_status st = HUSE_OK;
    for (size_t i = 0; i < parts && st == HUSE_OK; i++) {
        char *weight_name = huse_format("%s.weight", at[i]),
             *bias_name = huse_format("%s.bias", at[i]);
        st = copy(l, weight_name, n, k, l->rows + i * n * k);
        if (st == HUSE_OK)
            st = copy(l, bias_name, 0, n, bias + i * n);
        free(weight_name);
        free(bias_name);
    }
    if (st == HUSE_OK)
        huse_panel_pack(out, true, k, parts * n, l->rows, k, bias);
    return st;
}

static huse_status load_layer(loader *l, size_t i, huse_bert_layer *out)
{
    static const char *const names[] = {"attention.self.query", "attention.self.key",
                                        "attention.self.value", "attention.output.dense",
                                        "intermediate.dense",   "output.dense",
                                        "attention.output",     "output"};
    const huse_bert_config *c = &l->w->config;
    char *at[HUSE_COUNT(names)];
    for (size_t j = 0; j < HUSE_COUNT(names); j++)
        at[j] = huse_format("encoder.layer.%zu.%s", i, names[j]);
    const char *const *name = (const char *const *)at;
    huse_status st = dense(l, name, 3, c->hidden, c->hidden, &out->qkv);
    if (st == HUSE_OK)
        st = dense(l, name + 3, 1, c->hidden, c->hidden, &out->out);
    if (st == HUSE_OK)
        st = dense(l, name + 4, 1, c->hidden, c->inner, &out->up);
    if (st == HUSE_OK)
        st = dense(l, name + 5, 1, c->inner, c->hidden, &out->down);
    if (st == HUSE_OK)
        st = norm(l, name[6], c->hidden, &out->attention);
    if (st == HUSE_OK)
        st = norm(l, name[7], c->hidden, &out->output);
    for (size_t j = 0; j < HUSE_COUNT(names); j++)
        free(at[j]);
    return st;
}

huse_status huse_bert_weights_load(huse_bert_weights *w, const huse_bert_config *c,
                                   const huse_safetensors *st, const char *label, huse_err *err)
{
    *w = (huse_bert_weights){.config = *c, .kernels = huse_bert_kernels_best()};
    loader l = {.w = w, .st = st, .prefix = "", .label = label, .err = err};
    if (huse_safetensors_find(st, "bert.embeddings.word_embeddings.weight"))
        l.prefix = "bert.";
    w->layer = huse_xcalloc(c->layers, sizeof *w->layer);
    HUSE_TRY(table(&l, "embeddings.word_embeddings.weight", c->vocab, c->hidden, &w->word));
    HUSE_TRY(
        table(&l, "embeddings.position_embeddings.weight", c->positions, c->hidden, &w->position));
    HUSE_TRY(table(&l, "embeddings.token_type_embeddings.weight", c->types, c->hidden, &w->type));
    HUSE_TRY(norm(&l, "embeddings", c->hidden, &w->embedding));
    huse_status ok = HUSE_OK;
    for (size_t i = 0; i < c->layers && ok == HUSE_OK; i++)
        ok = load_layer(&l, i, &w->layer[i]);
    free(l.rows);
    return ok;
}
