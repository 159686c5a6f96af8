#include <stdlib.h>
#include <string.h>

#include "data/embed.h"

#define BATCH 256

/* A text without a row, and the first item that has it. */
typedef struct missing {
    huse_key key;
    size_t   item;
} missing;

static int by_key(const void *a, const void *b)
{
    const missing *x = a, *y = b;
    int c = memcmp(x->key.byte, y->key.byte, sizeof x->key.byte);
    return c != 0 ? c : (x->item > y->item) - (x->item < y->item);
}

static int by_item(const void *a, const void *b)
{
    const missing *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

/* Each missing text once, in catalogue order. */
static missing *list_missing(huse_embedder *e, const huse_features *f, size_t *n)
{
    missing *list = huse_xcalloc(e->items->n + 1, sizeof *list);
    size_t m = 0, unique = 0, texts = 0;
    for (size_t i = 0; i < e->items->n; i++) {
        const char *text = e->items->item[i].text;
        if (text == NULL)
            continue;
        texts++;
        missing x = { huse_features_text_key(text), i };
        if (huse_features_find(f, &x.key) == NULL)
            list[m++] = x;
    }
    qsort(list, m, sizeof *list, by_key);
    for (size_t i = 0; i < m; i++)
        if (unique == 0 || !huse_key_equal(&list[unique - 1].key, &list[i].key))
            list[unique++] = list[i];
    qsort(list, unique, sizeof *list, by_item);
    e->report->texts_kept = texts - m;
    e->report->texts_new = m;
    *n = unique;
    return list;
}

static huse_status encode_batch(huse_embedder *e, huse_features *f, const missing *list, size_t n, float *rows, huse_err *err)
{
    const char *text[BATCH];
    huse_key key[BATCH];
    for (size_t i = 0; i < n; i++) {
        text[i] = e->items->item[list[i].item].text;
        key[i] = list[i].key;
    }
    e->text->encode(e->text, e->pool, text, n, rows);
    return huse_features_append(f, key, rows, n, err);
}

huse_status huse_embed_texts(huse_embedder *e, huse_err *err)
{
    if (e->text == NULL)
        return HUSE_OK;
    huse_features *f = NULL;
    size_t n = 0, dropped, batches = 0;
    HUSE_TRY(huse_features_open(&f, huse_workspace_dir(e->ws), e->names.text, e->text->dim, &e->text->hash, err));
    missing *list = list_missing(e, f, &n);
    float *rows = huse_xaligned(BATCH * e->text->dim * sizeof *rows);
    huse_status s = HUSE_OK;
    for (size_t at = 0; s == HUSE_OK && at < n; at += BATCH, batches++) {
        huse_embed_progress(e, "texts", at, n);
        s = huse_embed_check_stop(e, err);
        if (s == HUSE_OK)
            s = encode_batch(e, f, list + at, HUSE_MIN(n - at, (size_t)BATCH), rows, err);
    }
    if (s == HUSE_OK && n > 0)
        huse_embed_progress(e, "texts", n, n);
    if (s == HUSE_OK && batches >= HUSE_EMBED_COMPACT_AT)
        s = huse_features_compact(f, NULL, NULL, &dropped, err);
    huse_features_close(f);
    free(rows);
    free(list);
    return s;
}
