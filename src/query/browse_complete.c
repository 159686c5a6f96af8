/* Completion of class paths and item ids. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/engine.h"

/* Case-folded paths of all nodes, one after another. */
struct huse_folded {
    char   *text;
    size_t *at; /* (nodes) */
};

void huse_folded_free(huse_folded *f)
{
    if (f == NULL)
        return;
    free(f->text);
    free(f->at);
    free(f);
}

static const huse_folded *folded(huse_engine *e)
{
    pthread_mutex_lock(&e->lazy);
    if (e->folded == NULL) {
        huse_folded *f = huse_xcalloc(1, sizeof *f);
        huse_buf text = { 0 };
        f->at = huse_xmalloc(e->tree->n * sizeof *f->at);
        for (size_t i = 0; i < e->tree->n; i++) {
            char *path = huse_text_fold(e->tree->path[i]);
            f->at[i] = text.len;
            huse_buf_add(&text, path, strlen(path) + 1);
            free(path);
        }
        f->text = text.data;
        e->folded = f;
    }
    pthread_mutex_unlock(&e->lazy);
    return e->folded;
}

enum { WHOLE, LAST_PART, SOME_PART, INSIDE, NOWHERE };

/* Where in @path the key (n bytes) stands, at best. */
static int place_of(const char *path, const char *key, size_t n)
{
    int best = NOWHERE;
    if (strncmp(path, key, n) == 0)
        return WHOLE;
    for (const char *at = strstr(path, key); at != NULL && best != LAST_PART; at = strstr(at + 1, key)) {
        int place = at[-1] != '/' ? INSIDE : strchr(at, '/') != NULL ? SOME_PART : LAST_PART;
        best = HUSE_MIN(best, place);
    }
    return best;
}

typedef struct found {
    int      place;
    uint32_t node;
    size_t   items;
} found;

static int by_place(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->place != y->place)
        return x->place - y->place;
    if (x->items != y->items)
        return x->items > y->items ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static const char **classes(huse_engine *e, const char *prefix, size_t k, size_t *n)
{
    const huse_folded *f = folded(e);
    char *key = huse_text_fold(prefix);
    size_t len = strlen(key), kept = 0;
    found *list = huse_xmalloc(e->tree->n * sizeof *list);
    for (size_t i = 1; i < e->tree->n; i++) {
        int place = place_of(f->text + f->at[i], key, len);
        if (place != NOWHERE)
            list[kept++] = (found){ place, (uint32_t)i, e->node[i].items };
    }
    qsort(list, kept, sizeof *list, by_place);
    *n = HUSE_MIN(k, kept);
    const char **out = huse_xmalloc((*n + 1) * sizeof *out);
    for (size_t i = 0; i < *n; i++)
        out[i] = e->tree->path[list[i].node];
    free(list);
    free(key);
    return out;
}

static const char **ids(huse_engine *e, const char *prefix, size_t k, size_t *n)
{
    const uint32_t *order = huse_engine_by_id(e);
    const huse_item *item = e->items->item;
    size_t len = strlen(prefix), lo = 0, hi = e->items->n, kept = 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(item[order[mid]].id, prefix) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    k = HUSE_MIN(k, e->items->n - lo);
    const char **out = huse_xmalloc((k + 1) * sizeof *out);
    for (; kept < k && strncmp(item[order[lo]].id, prefix, len) == 0; lo++)
        out[kept++] = item[order[lo]].id;
    *n = kept;
    return out;
}

void huse_complete(huse_engine *e, huse_complete_kind kind, const char *prefix, size_t k, const char ***out, size_t *n)
{
    *out = kind == HUSE_COMPLETE_CLASS ? classes(e, prefix, k, n) : ids(e, prefix, k, n);
}
