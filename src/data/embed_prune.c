#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/embed.h"

/* Every key that an item may ask for, sorted. */
typedef struct used {
    huse_key *key;
    size_t    n;
} used;

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(huse_key));
}

static bool is_used(void *ctx, const huse_key *key)
{
    const used *u = ctx;
    return u->n > 0 && bsearch(key, u->key, u->n, sizeof *u->key, by_key) != NULL;
}

/* Read anew: embed has just changed the pictures' keys. */
static huse_status collect(huse_embedder *e, used *u, huse_err *err)
{
    huse_items *items = NULL;
    HUSE_TRY(huse_items_load(&items, e->ws, err));
    u->key = huse_xcalloc(items->n_pictures + 2 * items->n + 1, sizeof *u->key);
    for (size_t i = 0; i < items->n_pictures; i++)
        if (items->picture[i].has_key)
            memcpy(u->key[u->n++].byte, items->picture[i].key, sizeof u->key->byte);
    for (size_t i = 0; i < items->n; i++) {
        u->key[u->n++] = huse_features_item_key(items->item[i].id);
        if (items->item[i].text != NULL)
            u->key[u->n++] = huse_features_text_key(items->item[i].text);
    }
    qsort(u->key, u->n, sizeof *u->key, by_key);
    huse_items_free(items);
    return HUSE_OK;
}

static huse_status prune_encoder(huse_embedder *e, const char *name, used *u, huse_err *err)
{
    huse_features *f = NULL;
    size_t dropped = 0;
    huse_status s = huse_features_open(&f, huse_workspace_dir(e->ws), name, 0, NULL, err);
    if (s == HUSE_NOT_FOUND)
        return HUSE_OK;
    if (s == HUSE_OK)
        s = huse_features_compact(f, is_used, u, &dropped, err);
    huse_features_close(f);
    e->report->pruned += dropped;
    return s;
}

static huse_status prune_features(huse_embedder *e, used *u, huse_err *err)
{
    char *all = huse_fs_join(huse_workspace_dir(e->ws), "features"), **names = NULL;
    size_t n = 0;
    huse_status s = huse_fs_exists(all) ? huse_fs_list(all, &names, &n, err) : HUSE_OK;
    for (size_t i = 0; s == HUSE_OK && i < n; i++) {
        char *dir = huse_fs_join(all, names[i]);
        if (names[i][0] != '.' && huse_fs_is_dir(dir))
            s = prune_encoder(e, names[i], u, err);
        free(dir);
    }
    huse_fs_free_names(names, n);
    free(all);
    return s;
}

huse_status huse_embed_prune(huse_embedder *e, huse_err *err)
{
    used u = { 0 };
    huse_thumbs *t = NULL;
    size_t dropped = 0;
    huse_status s = collect(e, &u, err);
    if (s == HUSE_OK)
        s = prune_features(e, &u, err);
    if (s == HUSE_OK)
        s = huse_thumbs_open(&t, huse_workspace_dir(e->ws), err);
    if (s == HUSE_OK)
        s = huse_thumbs_compact(t, is_used, &u, &dropped, err);
    huse_thumbs_close(t);
    e->report->pruned += dropped;
    free(u.key);
    return s;
}
