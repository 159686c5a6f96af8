#include "train/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

/* Positions of the split's items that have one modality, embedded in blocks and put in their places. */
static void embed_split(huse_split_rows *r, const huse_dataset *d, const huse_weights *w, huse_pool *pool, bool text)
{
    size_t       D = w->params.shape.D, dim = text ? w->text_dim : w->image_dim, k = 0;
    float       *raw = huse_xaligned(BLOCK * dim * sizeof *raw), *e = huse_xaligned(BLOCK * D * sizeof *e);
    float       *out = text ? r->text : r->image;
    const bool  *has = text ? r->has_text : r->has_image;
    uint32_t     item[BLOCK];
    size_t       at[BLOCK];
    const char  *str[BLOCK];
    for (size_t i = 0; i <= r->n; i++) {
        if (i < r->n && has[i]) {
            at[k] = i;
            item[k++] = r->item[i];
        }
        if (k < BLOCK && i < r->n)
            continue;
        if (text) {
            huse_dataset_gather_texts(d, item, k, raw, str);
            huse_weights_embed_texts(w, pool, raw, str, k, e);
        } else {
            huse_dataset_gather_images(d, item, k, raw);
            huse_weights_embed_images(w, pool, raw, k, e);
        }
        for (size_t j = 0; j < k; j++)
            memcpy(out + at[j] * D, e + j * D, D * sizeof *out);
        k = 0;
    }
    free(raw);
    free(e);
}

void huse_split_rows_init(huse_split_rows *r, const huse_dataset *d, size_t D, huse_split split)
{
    size_t n = d->n_split[split];
    *r = (huse_split_rows){.n = n, .item = d->split[split]};
    r->image = huse_xaligned(n * D * sizeof *r->image);
    r->text = huse_xaligned(n * D * sizeof *r->text);
    r->has_image = huse_xcalloc(n, sizeof *r->has_image);
    r->has_text = huse_xcalloc(n, sizeof *r->has_text);
    r->cls = huse_xcalloc(n, sizeof *r->cls);
    r->str = huse_xcalloc(n, sizeof *r->str);
    for (size_t i = 0; i < n; i++) {
        const huse_item *it = &d->items->item[r->item[i]];
        r->has_image[i] = d->image[r->item[i]] != NULL;
        r->has_text[i] = d->text[r->item[i]] != NULL;
        r->cls[i] = it->cls;
        r->str[i] = it->text ? it->text : "";
    }
}

void huse_split_rows_make(huse_split_rows *r, const huse_dataset *d, const huse_weights *w, huse_pool *pool, huse_split split)
{
    huse_split_rows_init(r, d, w->params.shape.D, split);
    embed_split(r, d, w, pool, false);
    embed_split(r, d, w, pool, true);
}

void huse_split_rows_free(huse_split_rows *r)
{
    free(r->image);
    free(r->text);
    free(r->has_image);
    free(r->has_text);
    free(r->cls);
    free(r->str);
}

static void accuracies(huse_validation *v, const huse_split_rows *r, const huse_weights *w, huse_pool *pool)
{
    size_t K = w->params.shape.K;
    float *pi = huse_xaligned(r->n * K * sizeof *pi), *pt = huse_xaligned(r->n * K * sizeof *pt);
    bool  *any = huse_xcalloc(r->n, sizeof *any);
    huse_weights_classify(w, pool, r->image, r->n, true, pi);
    huse_weights_classify(w, pool, r->text, r->n, false, pt);
    v->accuracy[0] = huse_eval_accuracy(pi, r->has_image, r->cls, r->n, K);
    v->accuracy[1] = huse_eval_accuracy(pt, r->has_text, r->cls, r->n, K);
    huse_eval_fuse(pi, pt, r->has_image, r->has_text, 0.5, r->n, K, pi);
    for (size_t i = 0; i < r->n; i++)
        any[i] = r->has_image[i] || r->has_text[i];
    v->accuracy[2] = huse_eval_accuracy(pi, any, r->cls, r->n, K);
    free(pi);
    free(pt);
    free(any);
}

double huse_split_fusion_weight(const huse_split_rows *val, const huse_weights *w, huse_pool *pool)
{
    size_t K = w->params.shape.K;
    if (!val->n || !huse_weights_classifies(w))
        return 0.5;
    float *pi = huse_xaligned(val->n * K * sizeof *pi), *pt = huse_xaligned(val->n * K * sizeof *pt);
    huse_weights_classify(w, pool, val->image, val->n, true, pi);
    huse_weights_classify(w, pool, val->text, val->n, false, pt);
    double best = huse_eval_fusion_weight(pi, pt, val->has_image, val->has_text, val->cls, val->n, K);
    free(pi);
    free(pt);
    return best;
}

static double mean_of_known(const double *x, size_t n)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            known++;
        }
    return known ? sum / (double)known : (double)NAN;
}

void huse_validate(huse_validation *v, const huse_method *method, const huse_dataset *d, const huse_weights *w, huse_pool *pool,
                   const huse_taxonomy *tree, huse_split split)
{
    huse_split_rows              r;
    huse_retrieval               got[HUSE_TASKS];
    const huse_retrieval_options opt = {.only_r1 = true};
    huse_split_rows_make(&r, d, w, pool, split);
    const huse_eval_set set = {r.n, w->params.shape.D, r.image, r.text, r.has_image, r.has_text, r.cls, NULL, tree};
    huse_eval_retrieval(pool, &set, &opt, got);
    for (int t = 0; t < 4; t++) {
        bool ok = got[t].present && got[t].queries && (method->joined || t == HUSE_I2I || t == HUSE_T2T);
        v->r1[t] = ok ? got[t].mean[HUSE_R1] : (double)NAN;
        v->hp10[t] = ok ? got[t].mean[HUSE_HP10] : (double)NAN;
    }
    for (int t = 0; t < HUSE_TASKS; t++)
        huse_retrieval_free(&got[t]);
    for (int k = 0; k < 3; k++)
        v->accuracy[k] = (double)NAN;
    if (huse_weights_classifies(w))
        accuracies(v, &r, w, pool);
    v->score = method->by_accuracy ? mean_of_known(v->accuracy, 3) : mean_of_known(v->r1, 4);
    huse_split_rows_free(&r);
}
