#include "query/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

const char *huse_target_name(huse_target t)
{
    static const char *const name[] = { "image", "text", "class" };
    return name[t];
}

/* An id and its first eight bytes as a number, which decides most comparisons without looking at the id. */
typedef struct named {
    uint64_t    first;
    const char *id;
    uint32_t    item;
} named;

static int by_id(const void *a, const void *b)
{
    const named *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return strcmp(x->id, y->id);
}

static uint32_t *sorted_ids(const huse_items *items)
{
    named *list = huse_xmalloc((items->n + 1) * sizeof *list);
    uint32_t *order = huse_xmalloc((items->n + 1) * sizeof *order);
    for (size_t i = 0; i < items->n; i++) {
        const char *id = items->item[i].id;
        uint64_t first = 0;
        for (size_t k = 0, ended = 0; k < 8; k++) {
            ended = ended || id[k] == '\0';
            first = first << 8 | (ended ? 0 : (unsigned char)id[k]);
        }
        list[i] = (named){ first, id, (uint32_t)i };
    }
    qsort(list, items->n, sizeof *list, by_id);
    for (size_t i = 0; i < items->n; i++)
        order[i] = list[i].item;
    free(list);
    return order;
}

const uint32_t *huse_engine_by_id(huse_engine *e)
{
    pthread_mutex_lock(&e->lazy);
    if (e->by_id == NULL)
        e->by_id = sorted_ids(e->items);
    pthread_mutex_unlock(&e->lazy);
    return e->by_id;
}

ptrdiff_t huse_engine_item(huse_engine *e, const char *id)
{
    const uint32_t *order = huse_engine_by_id(e);
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
    e->wordless = m->class_text != NULL;
    for (size_t i = 0; e->wordless && i < m->K * m->D; i++)
        e->wordless = m->class_text[i] == 0;
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
    huse_engine_tree_init(e);
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
    huse_engine_tree_fini(e);
    huse_folded_free(e->folded);
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
    free(e->name_sentence);
    free(e->workspace);
    free(e->models_dir);
    free(e->decode_path);
    free(e->label);
    pthread_mutex_destroy(&e->lazy);
    pthread_mutex_destroy(&e->working);
    free(e);
}

bool huse_engine_classifies(const huse_engine *e)
{
    return e->model != NULL && huse_model_classifies(e->model);
}

bool huse_engine_trained(const huse_engine *e)
{
    return e->model != NULL;
}

const char *huse_engine_model(const huse_engine *e)
{
    return e->label;
}

double huse_engine_mix(const huse_engine *e)
{
    return e->model && e->model->sentence_dim > 0 ? e->model->rerank : 0;
}

const huse_items *huse_engine_items(const huse_engine *e)
{
    return e->items;
}

size_t huse_engine_classes(const huse_engine *e)
{
    return e->model != NULL ? e->model->K : 0;
}

huse_index *huse_engine_index(huse_engine *e, int t, huse_pool *pool)
{
    const huse_model *m = e->model;
    size_t rows = t ? m->n_texts : m->n_images;
    pthread_mutex_lock(&e->lazy);
    if (e->index[t] == NULL)
        e->index[t] = huse_index_view(t ? m->text_row : m->image_row, rows, m->D);
    bool again = e->asked[t];
    e->asked[t] = true;
    pthread_mutex_unlock(&e->lazy);
    if (again && rows >= HUSE_INDEX_COPY_VALUES / m->D)
        huse_index_quantise(e->index[t], pool);
    return e->index[t];
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
