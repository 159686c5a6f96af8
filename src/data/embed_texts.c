#include <stdlib.h>
#include <string.h>

#include "data/embed.h"
#include "data/remotes.h"

enum { BATCH = 256 };

static int by_key(const void *a, const void *b)
{
    const huse_missing *x = a, *y = b;
    int c = memcmp(x->key.byte, y->key.byte, sizeof x->key.byte);
    return c != 0 ? c : (x->item > y->item) - (x->item < y->item);
}

static int by_item(const void *a, const void *b)
{
    const huse_missing *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

huse_missing *huse_embed_missing(const huse_items *items, const huse_features *f, size_t *n, size_t *without, size_t *with)
{
    huse_missing *list = huse_xcalloc(items->n + 1, sizeof *list);
    size_t m = 0, unique = 0, texts = 0;
    for (size_t i = 0; i < items->n; i++) {
        const char *text = items->item[i].text;
        if (text == NULL)
            continue;
        texts++;
        huse_missing x = { huse_features_text_key(text), i };
        if (f == NULL || huse_features_find(f, &x.key) == NULL)
            list[m++] = x;
    }
    qsort(list, m, sizeof *list, by_key);
    for (size_t i = 0; i < m; i++)
        if (unique == 0 || !huse_key_equal(&list[unique - 1].key, &list[i].key))
            list[unique++] = list[i];
    qsort(list, unique, sizeof *list, by_item);
    *with = texts - m;
    *without = m;
    *n = unique;
    return list;
}

size_t huse_embed_tokens(const char *text)
{
    size_t ascii = 0, other = 0;
    for (const char *p = text; *p; p++) {
        ascii += (unsigned char)*p < 0x80;
        other += ((unsigned char)*p & 0xC0) == 0xC0;
    }
    return (ascii + 3) / 4 + other + 2;
}

/* Whoever pays should know before it begins. */
static void announce(const huse_embedder *e, const huse_missing *list, size_t n)
{
    size_t tokens = 0;
    if (e->text->host == NULL || e->host->warn == NULL || n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        tokens += huse_embed_tokens(e->items->item[list[i].item].text);
    char *msg = huse_format("%zu text%s, about %zu tokens, %s to %s", n, n == 1 ? "" : "s", tokens, n == 1 ? "goes" : "go", e->text->host);
    e->host->warn(e->host->ctx, msg);
    free(msg);
}

static huse_status encode_batch(huse_embedder *e, huse_features *f, const huse_missing *list, size_t n, float *rows, huse_err *err)
{
    const char **text = huse_xcalloc(n, sizeof *text);
    huse_key    *key = huse_xcalloc(n, sizeof *key);
    for (size_t i = 0; i < n; i++) {
        text[i] = e->items->item[list[i].item].text;
        key[i] = list[i].key;
    }
    huse_status s = huse_text_encode(e->text, e->pool, text, n, rows, e->opt->stop, err);
    if (s == HUSE_OK)
        s = huse_features_append(f, key, rows, n, err);
    free(text);
    free(key);
    return s;
}

huse_status huse_embed_texts(huse_embedder *e, huse_err *err)
{
    if (e->text == NULL)
        return HUSE_OK;
    huse_features *f = NULL;
    size_t n = 0, dropped, batches = 0;
    HUSE_TRY(huse_features_open(&f, huse_workspace_dir(e->ws), e->names.text, e->text->dim, &e->text->hash, err));
    const size_t batch = e->text->host != NULL ? HUSE_REMOTE_AT_ONCE : (size_t)BATCH;
    huse_missing *list = huse_embed_missing(e->items, f, &n, &e->report->texts_new, &e->report->texts_kept);
    float *rows = huse_xaligned(batch * e->text->dim * sizeof *rows);
    announce(e, list, n);
    huse_status s = HUSE_OK;
    for (size_t at = 0; s == HUSE_OK && at < n; at += batch, batches++) {
        huse_embed_progress(e, "texts", at, n);
        s = huse_embed_check_stop(e, err);
        if (s == HUSE_OK)
            s = encode_batch(e, f, list + at, HUSE_MIN(n - at, batch), rows, err);
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
