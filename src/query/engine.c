#include "query/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

const char *huse_target_name(huse_target t)
{
    static const char *const name[] = { "image", "text", "class" };
    return name[t];
}

static int by_id(const void *a, const void *b, void *ctx)
{
    const huse_items *items = ctx;
    return strcmp(items->item[*(const uint32_t *)a].id, items->item[*(const uint32_t *)b].id);
}

/* Items of the catalogue in the order of their ids. Called under the lazy lock, or before the engine is shared. */
static const uint32_t *sorted_ids(huse_engine *e)
{
    if (e->by_id != NULL)
        return e->by_id;
    e->by_id = huse_xmalloc((e->items->n + 1) * sizeof *e->by_id);
    for (size_t i = 0; i < e->items->n; i++)
        e->by_id[i] = (uint32_t)i;
    qsort_r(e->by_id, e->items->n, sizeof *e->by_id, by_id, e->items);
    return e->by_id;
}

ptrdiff_t huse_engine_item(huse_engine *e, const char *id)
{
    pthread_mutex_lock(&e->lazy);
    const uint32_t *order = sorted_ids(e);
    pthread_mutex_unlock(&e->lazy);
    size_t lo = 0, hi = e->items->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(e->items->item[order[mid]].id, id);
        if (c == 0)
            return order[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

static int32_t *minus_ones(size_t n)
{
    int32_t *x = huse_xmalloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = -1;
    return x;
}

/* A model is published in catalogue order, so most ids meet their item at once; only what was added or removed since is looked up. */
static void map_items(huse_engine *e)
{
    const huse_model *m = e->model;
    e->item_of = minus_ones(m->n_items);
    e->model_item = minus_ones(e->items->n);
    size_t next = 0;
    for (size_t i = 0; i < m->n_items; i++) {
        ptrdiff_t item = -1;
        if (next < e->items->n && strcmp(m->item_id[i], e->items->item[next].id) == 0)
            item = (ptrdiff_t)next;
        else
            item = huse_engine_item(e, m->item_id[i]);
        if (item < 0 || e->model_item[item] >= 0)
            continue;
        e->item_of[i] = (int32_t)item;
        e->model_item[item] = (int32_t)i;
        next = (size_t)item + 1;
    }
    const int32_t *row_item[2] = { m->image_item, m->text_item };
    const size_t rows[2] = { m->n_images, m->n_texts };
    for (int t = 0; t < 2; t++) {
        e->row_of[t] = minus_ones(e->items->n);
        for (size_t r = 0; r < rows[t]; r++)
            if (e->item_of[row_item[t][r]] >= 0)
                e->row_of[t][e->item_of[row_item[t][r]]] = (int32_t)r;
    }
    e->class_of = minus_ones(m->K);
    for (size_t k = 0; k < m->K; k++) {
        int32_t node = huse_taxonomy_find(e->tree, m->class_path[k]);
        if (node >= 0)
            e->class_of[k] = e->tree->cls[node];
    }
}

static char *copy_or_null(const char *s)
{
    return s != NULL ? huse_xstrdup(s) : NULL;
}

huse_engine *huse_engine_new(huse_items *items, huse_model *model, const char *workspace, const huse_host *host)
{
    huse_engine *e = huse_xcalloc(1, sizeof *e);
    e->items = items;
    e->model = model;
    e->borrowed = true;
    e->score_all = 200000;
    e->short_list = 4096;
    e->workspace = copy_or_null(workspace);
    e->host = *host;
    e->host.models_dir = e->models_dir = copy_or_null(host->models_dir);
    e->host.decode_path = e->decode_path = copy_or_null(host->decode_path);
    pthread_mutex_init(&e->lazy, NULL);
    pthread_mutex_init(&e->working, NULL);
    e->tree = huse_taxonomy_new(items->class_path, items->n_classes);
    if (model == NULL) {
        e->label = huse_xstrdup("untrained");
        return e;
    }
    e->label = huse_format("%s step %ld", model->run != NULL ? model->run : model->id, model->step);
    map_items(e);
    return e;
}

huse_status huse_engine_open(huse_engine **out, huse_workspace *ws, const huse_host *host, const char *model, huse_err *err)
{
    huse_items *items = NULL;
    huse_model *m = NULL;
    huse_err why;
    HUSE_TRY(huse_items_load(&items, ws, err));
    huse_status s = huse_model_open(&m, huse_workspace_dir(ws), model, &why);
    if (s != HUSE_OK && (s != HUSE_NOT_FOUND || model != NULL)) {
        huse_items_free(items);
        return huse_fail(err, s, "%s", why.msg);
    }
    *out = huse_engine_new(items, s == HUSE_OK ? m : NULL, huse_workspace_dir(ws), host);
    (*out)->borrowed = false;
    return HUSE_OK;
}

void huse_engine_close(huse_engine *e)
{
    if (e == NULL)
        return;
    huse_index_free(e->index[0]);
    huse_index_free(e->index[1]);
    huse_index_free(e->attributes);
    huse_frozen_free(e->frozen);
    if (e->text != NULL)
        e->text->free(e->text);
    if (e->image != NULL)
        e->image->free(e->image);
    if (e->decoder != NULL)
        huse_decoder_free(e->decoder);
    huse_pool_free(e->pool);
    huse_taxonomy_free(e->tree);
    if (!e->borrowed) {
        huse_model_close(e->model);
        huse_items_free(e->items);
    }
    free(e->item_of);
    free(e->model_item);
    free(e->row_of[0]);
    free(e->row_of[1]);
    free(e->class_of);
    free(e->by_id);
    free(e->workspace);
    free(e->models_dir);
    free(e->decode_path);
    free(e->label);
    pthread_mutex_destroy(&e->lazy);
    pthread_mutex_destroy(&e->working);
    free(e);
}

bool huse_engine_trained(const huse_engine *e)
{
    return e->model != NULL;
}

const char *huse_engine_model(const huse_engine *e)
{
    return e->label;
}

const huse_items *huse_engine_items(const huse_engine *e)
{
    return e->items;
}

size_t huse_engine_classes(const huse_engine *e)
{
    return e->model != NULL ? e->model->K : 0;
}

huse_pool *huse_engine_enter(huse_engine *e)
{
    if (pthread_mutex_trylock(&e->working) != 0)
        return NULL;
    if (e->pool == NULL)
        e->pool = huse_pool_new(e->host.threads);
    return e->pool;
}

void huse_engine_leave(huse_engine *e, huse_pool *pool)
{
    if (pool != NULL)
        pthread_mutex_unlock(&e->working);
}
