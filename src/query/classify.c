/* What the model takes items for: of the catalogue, of elsewhere, and where it doubts a label (METHOD 9). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/engine.h"

enum { BLOCK = 256 };

huse_status huse_engine_need_classes(const huse_engine *e, huse_err *err)
{
    if (e->model == NULL)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: run huse-tui train");
    if (!huse_model_classifies(e->model))
        return huse_fail(err, HUSE_BAD_DATA, "the model “%.60s” was trained by a method that learns no classes (%.40s): it cannot tell them apart",
                         e->model->id, e->model->method ? e->model->method : "unknown");
    return HUSE_OK;
}

/* The best k of p (K), best first, ties by smaller class. */
static huse_class_score *best_classes(const huse_engine *e, const float *p, size_t k)
{
    size_t K = e->model->K;
    huse_near *near = huse_xmalloc(K * sizeof *near);
    for (size_t c = 0; c < K; c++)
        near[c] = (huse_near){ (uint32_t)c, p[c] };
    k = huse_near_choose(near, K, k);
    huse_class_score *out = huse_xcalloc(k + 1, sizeof *out);
    for (size_t i = 0; i < k; i++)
        out[i] = (huse_class_score){ e->class_of[near[i].row], near[i].score, e->model->class_path[near[i].row] };
    free(near);
    return out;
}

void huse_engine_fuse(const huse_model *m, const float *image, const float *text, float *out)
{
    float w = image == NULL ? 0 : text == NULL ? 1 : (float)m->fusion_weight;
    for (size_t c = 0; c < m->K; c++)
        out[c] = (image != NULL ? w * image[c] : 0) + (text != NULL ? (1 - w) * text[c] : 0);
}

static void lists(const huse_engine *e, const float *image, const float *text, size_t k, huse_class_score *out[3])
{
    out[0] = image != NULL ? best_classes(e, image, k) : NULL;
    out[1] = text != NULL ? best_classes(e, text, k) : NULL;
    out[2] = NULL;
    if (image == NULL && text == NULL)
        return;
    float *p = huse_xmalloc(e->model->K * sizeof *p);
    huse_engine_fuse(e->model, image, text, p);
    out[2] = best_classes(e, p, k);
    free(p);
}

huse_status huse_classify_item(huse_engine *e, size_t item, size_t k, huse_class_score **image, huse_class_score **text,
                               huse_class_score **fusion, huse_err *err)
{
    HUSE_TRY(huse_engine_need_classes(e, err));
    HUSE_ASSERT(item < e->items->n);
    const huse_model *m = e->model;
    int32_t row[2] = { e->row_of[0][item], e->row_of[1][item] };
    if (row[0] < 0 && row[1] < 0)
        return huse_fail(err, HUSE_NOT_FOUND, "the model has no row of item “%.100s”: huse-tui embed adds what is new",
                         e->items->item[item].id);
    float *p = huse_xaligned(2 * m->K * sizeof *p);
    huse_pool *pool = huse_engine_enter(e);
    if (row[0] >= 0)
        huse_model_classify(m, pool, m->image_row + (size_t)row[0] * m->D, 1, true, p);
    if (row[1] >= 0)
        huse_model_classify(m, pool, m->text_row + (size_t)row[1] * m->D, 1, false, p + m->K);
    huse_engine_leave(e, pool);
    huse_class_score *list[3], **to[3] = { image, text, fusion };
    lists(e, row[0] >= 0 ? p : NULL, row[1] >= 0 ? p + m->K : NULL, k, list);
    for (int i = 0; i < 3; i++) {
        if (to[i] != NULL)
            *to[i] = list[i];
        else
            free(list[i]);
    }
    free(p);
    return HUSE_OK;
}

/* Probabilities by text of the items that have one: p (n,K), has (n). */
static huse_status classify_texts(huse_engine *e, huse_pool *pool, const char *const *text, size_t n, float *p, bool *has,
                                  huse_err *err)
{
    const huse_model *m = e->model;
    const char *given[BLOCK];
    size_t from[BLOCK], got = 0;
    for (size_t i = 0; i < n; i++) {
        has[i] = text != NULL && text[i] != NULL && !e->wordless;
        if (has[i]) {
            from[got] = i;
            given[got++] = text[i];
        }
    }
    if (got == 0)
        return HUSE_OK;
    const huse_text_encoder *enc;
    HUSE_TRY(huse_engine_text_encoder(e, &enc, err));
    float *rows = huse_xaligned(got * (enc->dim + m->D + m->K) * sizeof *rows), *x = rows + got * enc->dim, *q = x + got * m->D;
    huse_status s = huse_text_encode(enc, pool, given, got, rows, NULL, err);
    if (s != HUSE_OK) {
        free(rows);
        return s;
    }
    huse_model_embed_texts(m, pool, rows, given, got, x);
    huse_model_classify(m, pool, x, got, false, q);
    for (size_t i = 0; i < got; i++)
        memcpy(p + from[i] * m->K, q + i * m->K, m->K * sizeof *p);
    free(rows);
    return HUSE_OK;
}

/* The same by picture; why[i]: what is wrong with one. */
static huse_status classify_pictures(huse_engine *e, huse_pool *pool, const char *const *picture, size_t n, float *p, bool *has,
                                     huse_opinion *out, huse_err *err)
{
    const huse_model *m = e->model;
    const huse_image_encoder *enc = NULL;
    float *x = huse_xaligned(m->D * sizeof *x);
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < n && s == HUSE_OK; i++) {
        has[i] = false;
        if (picture == NULL || picture[i] == NULL)
            continue;
        if (enc == NULL)
            s = huse_engine_image_encoder(e, &enc, err);
        if (s != HUSE_OK)
            break;
        float *row = NULL;
        huse_err why;
        huse_status one = huse_engine_picture(e, enc, pool, picture[i], &row, &why);
        if (one == HUSE_OK) {
            huse_model_embed_images(m, pool, row, 1, x);
            huse_model_classify(m, pool, x, 1, true, p + i * m->K);
            has[i] = true;
            free(row);
        } else {
            out[i].why = huse_xstrdup(why.msg);
        }
    }
    free(x);
    return s;
}

static huse_status classify_block(huse_engine *e, huse_pool *pool, const char *const *text, const char *const *picture, size_t n,
                                  size_t k, huse_opinion *out, huse_err *err)
{
    size_t K = e->model->K;
    bool has[2][BLOCK];
    float *p = huse_xaligned(2 * n * K * sizeof *p);
    huse_status s = classify_texts(e, pool, text, n, p + n * K, has[1], err);
    if (s == HUSE_OK)
        s = classify_pictures(e, pool, picture, n, p, has[0], out, err);
    for (size_t i = 0; s == HUSE_OK && i < n; i++) {
        huse_class_score *list[3];
        lists(e, has[0][i] ? p + i * K : NULL, has[1][i] ? p + (n + i) * K : NULL, k, list);
        out[i].image = list[0];
        out[i].text = list[1];
        out[i].fusion = list[2];
        out[i].n = HUSE_MIN(k, K);
    }
    free(p);
    return s;
}

huse_status huse_classify_new(huse_engine *e, const char *const *text, const char *const *picture, size_t n, size_t k,
                              huse_opinion *out, huse_err *err)
{
    HUSE_TRY(huse_engine_need_classes(e, err));
    if (n > 0)
        memset(out, 0, n * sizeof *out);
    huse_pool *pool = huse_engine_enter(e);
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < n && s == HUSE_OK; i += BLOCK)
        s = classify_block(e, pool, text != NULL ? text + i : NULL, picture != NULL ? picture + i : NULL, HUSE_MIN(n - i, BLOCK), k,
                           out + i, err);
    huse_engine_leave(e, pool);
    for (size_t i = 0; i < n && s != HUSE_OK; i++)
        huse_opinion_free(&out[i]);
    return s;
}

void huse_opinion_free(huse_opinion *o)
{
    free(o->image);
    free(o->text);
    free(o->fusion);
    free(o->why);
    *o = (huse_opinion){ .n = 0 };
}

/* ---- suspects ---- */

int32_t *huse_engine_model_classes(const huse_engine *e)
{
    int32_t *k = huse_xmalloc((e->items->n_classes + 1) * sizeof *k);
    for (size_t c = 0; c < e->items->n_classes; c++)
        k[c] = -1;
    for (size_t c = 0; c < e->model->K; c++)
        if (e->class_of[c] >= 0)
            k[e->class_of[c]] = (int32_t)c;
    return k;
}

void huse_engine_classify_rows(const huse_engine *e, huse_pool *pool, int t, const uint32_t *item, size_t n, float *p, bool *has)
{
    const huse_model *m = e->model;
    const float *rows = t ? m->text_row : m->image_row;
    float *x = huse_xaligned(n * (m->D + m->K) * sizeof *x), *q = x + n * m->D;
    size_t got = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t row = e->row_of[t][item[i]];
        has[i] = row >= 0;
        if (has[i])
            memcpy(x + got++ * m->D, rows + (size_t)row * m->D, m->D * sizeof *x);
    }
    if (got > 0)
        huse_model_classify(m, pool, x, got, t == 0, q);
    for (size_t i = 0, from = 0; i < n; i++)
        if (has[i])
            memcpy(p + i * m->K, q + from++ * m->K, m->K * sizeof *p);
    free(x);
}

/* Fills *out and returns true when another class is more probable than the label. */
static bool doubted(const huse_engine *e, size_t item, const int32_t *class_of, const float *image, const float *text, float *p,
                    huse_suspect *out)
{
    const huse_model *m = e->model;
    int32_t cls = e->items->item[item].cls, label = class_of[cls];
    size_t best = 0;
    if (image == NULL && text == NULL)
        return false;
    huse_engine_fuse(m, image, text, p);
    for (size_t c = 1; c < m->K; c++)
        if (p[c] > p[best])
            best = c;
    if (!(p[best] > p[label]))
        return false;
    *out = (huse_suspect){ (int32_t)item, cls, e->class_of[best], p[label], p[best], e->items->class_path[cls], m->class_path[best] };
    return true;
}

static int by_gap(const void *a, const void *b)
{
    const huse_suspect *x = a, *y = b;
    float dx = x->p_best - x->p, dy = y->p_best - y->p;
    if (dx != dy)
        return dx > dy ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

huse_status huse_suspects(huse_engine *e, huse_split split, size_t k, huse_suspect **out, size_t *n, size_t *total, huse_err *err)
{
    HUSE_TRY(huse_engine_need_classes(e, err));
    size_t K = e->model->K, items = 0, found = 0;
    int32_t *class_of = huse_engine_model_classes(e);
    uint32_t *item = huse_xmalloc((e->items->n + 1) * sizeof *item);
    for (size_t i = 0; i < e->items->n; i++) {
        const huse_item *it = &e->items->item[i];
        if (it->cls >= 0 && class_of[it->cls] >= 0 && (split == HUSE_SPLIT_NONE || it->split == split))
            item[items++] = (uint32_t)i;
    }
    huse_suspect *list = huse_xcalloc(items + 1, sizeof *list);
    float *p = huse_xaligned((2 * BLOCK + 1) * K * sizeof *p);
    bool has[2][BLOCK];
    huse_pool *pool = huse_engine_enter(e);
    for (size_t first = 0; first < items; first += BLOCK) {
        size_t m = HUSE_MIN((size_t)BLOCK, items - first);
        for (int t = 0; t < 2; t++)
            huse_engine_classify_rows(e, pool, t, item + first, m, p + (size_t)t * BLOCK * K, has[t]);
        for (size_t i = 0; i < m; i++)
            found += doubted(e, item[first + i], class_of, has[0][i] ? p + i * K : NULL, has[1][i] ? p + (BLOCK + i) * K : NULL,
                             p + 2 * BLOCK * K, &list[found]);
    }
    huse_engine_leave(e, pool);
    qsort(list, found, sizeof *list, by_gap);
    *out = list;
    *n = HUSE_MIN(k, found);
    *total = found;
    free(p);
    free(item);
    free(class_of);
    return HUSE_OK;
}
