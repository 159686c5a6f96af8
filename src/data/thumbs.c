/* Thumbnails: opening, finding, adding. */
#include "data/thumbs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "data/features_segment.h"
#include "data/thumbs_pack.h"

#define FORMAT "huse-thumbs"
#define VERSION 1
#define FILE_NAME "thumbs.safetensors"
#define ROWS_MAX 65536
#define BYTES_MAX ((size_t)64 << 20)
#define LOAD_TRIES 16
#define LOCK_WAIT_MS 10000
#define NUMBER_MAX 999999
#define FREE_SLOT UINT32_MAX

static void pack_close(huse_pack *p)
{
    huse_bundle_close(p->bundle);
    free(p->at);
}

static huse_status damaged(const huse_pack *p, const char *why, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA, "%s is damaged: %s", huse_bundle_dir(p->bundle), why);
}

static huse_status map_arrays(huse_pack *p, huse_err *err)
{
    const huse_safetensors *st;
    const huse_array *keys, *sizes, *bc1;
    json_int_t rows = json_integer_value(json_object_get(huse_bundle_meta(p->bundle), "rows"));
    if (rows < 1 || rows > ROWS_MAX)
        return damaged(p, "meta.json gives no valid rows", err);
    p->n = (size_t)rows;
    const size_t keys_dim[2] = { p->n, sizeof(huse_key) }, sizes_dim[2] = { p->n, 2 }, any[1] = { SIZE_MAX };
    HUSE_TRY(huse_bundle_arrays(p->bundle, FILE_NAME, &st, err));
    HUSE_TRY(huse_safetensors_get(st, "keys", HUSE_U8, 2, keys_dim, &keys, err));
    HUSE_TRY(huse_safetensors_get(st, "sizes", HUSE_U8, 2, sizes_dim, &sizes, err));
    HUSE_TRY(huse_safetensors_get(st, "bc1", HUSE_U8, 1, any, &bc1, err));
    p->key = keys->data;
    p->size = sizes->data;
    p->bc1 = bc1->data;
    p->at = huse_xcalloc(p->n, sizeof *p->at);
    size_t at = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->size[i][0] == 0 || p->size[i][1] == 0)
            return damaged(p, "a thumbnail without pixels", err);
        p->at[i] = at;
        at += huse_bc1_bytes(p->size[i][0], p->size[i][1]);
    }
    return at == huse_array_count(bc1) ? HUSE_OK : damaged(p, "its sizes do not add up", err);
}

static huse_status pack_open(huse_pack *out, const char *dir, unsigned number, huse_err *err)
{
    huse_pack p = { .number = number };
    char *path = huse_format("%s/%06u", dir, number);
    huse_status s = huse_bundle_open(&p.bundle, path, FORMAT, VERSION, HUSE_CHECK_SIZES, err);
    free(path);
    if (s == HUSE_OK)
        s = map_arrays(&p, err);
    if (s == HUSE_OK)
        *out = p;
    else
        pack_close(&p);
    return s;
}

huse_thumb huse_pack_at(const huse_pack *p, size_t row)
{
    return (huse_thumb){ p->key[row], p->size[row][0], p->size[row][1], p->bc1 + p->at[row] };
}

size_t huse_pack_full(const huse_thumb *thumb, size_t n)
{
    size_t bytes = 0, i = 0;
    while (i < n && i < ROWS_MAX && bytes < BYTES_MAX) {
        bytes += huse_bc1_bytes(thumb[i].w, thumb[i].h);
        i++;
    }
    return i;
}

huse_status huse_pack_write(const huse_thumbs *t, unsigned number, const huse_thumb *thumb, size_t n, huse_err *err)
{
    if (number > NUMBER_MAX)
        return huse_fail(err, HUSE_FAILED, "%s has no pack number left", t->dir);
    huse_buf bc1 = { 0 };
    huse_key *key = huse_xmalloc(n * sizeof *key);
    uint8_t(*size)[2] = huse_xmalloc(n * sizeof *size);
    for (size_t i = 0; i < n; i++) {
        HUSE_ASSERT(thumb[i].w > 0 && thumb[i].w < 256 && thumb[i].h > 0 && thumb[i].h < 256);
        key[i] = thumb[i].key;
        size[i][0] = (uint8_t)thumb[i].w;
        size[i][1] = (uint8_t)thumb[i].h;
        huse_buf_add(&bc1, thumb[i].bc1, huse_bc1_bytes(thumb[i].w, thumb[i].h));
    }
    const huse_array a[3] = {
        huse_array_2d("keys", HUSE_U8, key, n, sizeof *key),
        huse_array_2d("sizes", HUSE_U8, size, n, 2),
        huse_array_1d("bc1", HUSE_U8, bc1.data, bc1.len),
    };
    char *name = huse_format("%06u", number);
    huse_bundle_writer *w = NULL;
    json_t *meta = json_pack("{s:I}", "rows", (json_int_t)n);
    huse_status s = huse_bundle_begin(&w, t->dir, name, err);
    if (s == HUSE_OK)
        s = huse_bundle_add_arrays(w, FILE_NAME, a, HUSE_COUNT(a), err);
    if (s == HUSE_OK)
        s = huse_bundle_commit(w, FORMAT, VERSION, meta, err);
    else
        huse_bundle_abort(w);
    json_decref(meta);
    free(name);
    huse_buf_free(&bc1);
    free(key);
    free(size);
    return s;
}

/* Keys are SHA-256: any bits of them are a hash. */
static struct huse_thumb_slot *slot_of(const huse_thumbs *t, const huse_key *key)
{
    uint64_t h;
    memcpy(&h, key->byte, sizeof h);
    size_t i = h & (t->n_slots - 1);
    while (t->slot[i].pack != FREE_SLOT && !huse_key_equal(&t->pack[t->slot[i].pack].key[t->slot[i].row], key))
        i = (i + 1) & (t->n_slots - 1);
    return &t->slot[i];
}

bool huse_thumbs_slot(const huse_thumbs *t, const huse_key *key, struct huse_thumb_slot *at)
{
    if (t->n_slots == 0)
        return false;
    *at = *slot_of(t, key);
    return at->pack != FREE_SLOT;
}

static void enter(huse_thumbs *t, size_t pack)
{
    for (size_t i = 0; i < t->pack[pack].n; i++) {
        struct huse_thumb_slot *s = slot_of(t, &t->pack[pack].key[i]);
        if (s->pack != FREE_SLOT)
            continue;
        *s = (struct huse_thumb_slot){ (uint32_t)pack, (uint32_t)i };
        t->n++;
    }
}

/* Takes over @p. */
static void add_pack(huse_thumbs *t, const huse_pack *p)
{
    t->pack = huse_xrealloc(t->pack, (t->n_packs + 1) * sizeof *t->pack);
    t->pack[t->n_packs++] = *p;
    t->n_stored += p->n;
    if (t->n_slots >= 2 * t->n_stored) {
        enter(t, t->n_packs - 1);
        return;
    }
    t->n_slots = HUSE_MAX(t->n_slots, (size_t)64);
    while (t->n_slots < 2 * t->n_stored)
        t->n_slots *= 2;
    free(t->slot);
    t->slot = huse_xmalloc(t->n_slots * sizeof *t->slot);
    memset(t->slot, 0xff, t->n_slots * sizeof *t->slot);
    t->n = 0;
    for (size_t i = 0; i < t->n_packs; i++)
        enter(t, i);
}

static void unload(huse_thumbs *t)
{
    for (size_t i = 0; i < t->n_packs; i++)
        pack_close(&t->pack[i]);
    free(t->pack);
    free(t->slot);
    t->pack = NULL;
    t->slot = NULL;
    t->n_packs = t->n_stored = t->n = t->n_slots = 0;
}

static struct timespec changed_at(const huse_thumbs *t)
{
    struct stat st;
    return stat(t->dir, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

/* A compaction elsewhere writes all new packs before it removes an old one: when the listing is the same before and
 * after, every picture was seen. */
huse_status huse_thumbs_reload(huse_thumbs *t, huse_err *err)
{
    for (int i = 0; i < LOAD_TRIES; i++) {
        unsigned *before, *after;
        size_t n, m;
        unload(t);
        t->loaded = changed_at(t);
        HUSE_TRY(huse_segment_list(t->dir, &before, &n, err));
        huse_status s = HUSE_OK;
        for (size_t j = 0; s == HUSE_OK && j < n; j++) {
            huse_pack p;
            s = pack_open(&p, t->dir, before[j], err);
            if (s == HUSE_OK)
                add_pack(t, &p);
        }
        huse_status listed = huse_segment_list(t->dir, &after, &m, NULL);
        bool same = listed == HUSE_OK && n == m && (n == 0 || memcmp(before, after, n * sizeof *before) == 0);
        free(before);
        if (listed == HUSE_OK)
            free(after);
        if (same)
            return s;
    }
    return huse_fail(err, HUSE_FAILED, "%s is being changed all the time", t->dir);
}

huse_status huse_thumbs_open(huse_thumbs **out, const char *workspace, huse_err *err)
{
    huse_thumbs *t = huse_xcalloc(1, sizeof *t);
    t->dir = huse_fs_join(workspace, "thumbs");
    pthread_mutex_init(&t->lock, NULL);
    huse_status s = huse_thumbs_reload(t, err);
    if (s == HUSE_OK)
        *out = t;
    else
        huse_thumbs_close(t);
    return s;
}

void huse_thumbs_close(huse_thumbs *t)
{
    if (t == NULL)
        return;
    unload(t);
    pthread_mutex_destroy(&t->lock);
    free(t->dir);
    free(t);
}

size_t huse_thumbs_count(const huse_thumbs *t)
{
    return t->n;
}

bool huse_thumbs_has(const huse_thumbs *t, const huse_key *key)
{
    struct huse_thumb_slot at;
    return huse_thumbs_slot(t, key, &at);
}

static huse_status find(huse_thumbs *t, const huse_key *key, uint8_t **rgb, int *w, int *h, huse_err *err)
{
    struct huse_thumb_slot at;
    if (!huse_thumbs_slot(t, key, &at)) {
        struct timespec now = changed_at(t);
        if (now.tv_sec != t->loaded.tv_sec || now.tv_nsec != t->loaded.tv_nsec)
            HUSE_TRY(huse_thumbs_reload(t, err));
        if (!huse_thumbs_slot(t, key, &at))
            return huse_fail(err, HUSE_NOT_FOUND, "no thumbnail of this picture yet");
    }
    huse_thumb found = huse_pack_at(&t->pack[at.pack], at.row);
    *rgb = huse_xmalloc((size_t)found.w * (size_t)found.h * 3);
    huse_bc1_unpack(found.bc1, found.w, found.h, *rgb);
    *w = found.w;
    *h = found.h;
    return HUSE_OK;
}

huse_status huse_thumbs_find(huse_thumbs *t, const huse_key *key, uint8_t **rgb, int *w, int *h, huse_err *err)
{
    pthread_mutex_lock(&t->lock);
    huse_status s = find(t, key, rgb, w, h, err);
    pthread_mutex_unlock(&t->lock);
    return s;
}

huse_status huse_thumbs_lock(const huse_thumbs *t, int *fd, huse_err *err)
{
    HUSE_TRY(huse_fs_mkdirs(t->dir, err));
    char *path = huse_fs_join(t->dir, ".lock");
    huse_status s = huse_fs_lock_wait(fd, path, LOCK_WAIT_MS, err);
    free(path);
    return s;
}

huse_status huse_thumbs_append(huse_thumbs *t, const huse_thumb *thumb, size_t n, huse_err *err)
{
    int lock = -1;
    unsigned *number = NULL;
    size_t m = 0, n_numbers = 0;
    huse_thumb *fresh = huse_xcalloc(n, sizeof *fresh);
    for (size_t i = 0; i < n; i++)
        if (!huse_thumbs_has(t, &thumb[i].key))
            fresh[m++] = thumb[i];
    huse_status s = m > 0 ? huse_thumbs_lock(t, &lock, err) : HUSE_OK;
    if (s == HUSE_OK && m > 0)
        s = huse_segment_list(t->dir, &number, &n_numbers, err);
    unsigned next = n_numbers > 0 ? number[n_numbers - 1] + 1 : 0;
    for (size_t i = 0, k; s == HUSE_OK && i < m; i += k, next++) {
        huse_pack p;
        k = huse_pack_full(fresh + i, m - i);
        s = huse_pack_write(t, next, fresh + i, k, err);
        if (s == HUSE_OK)
            s = pack_open(&p, t->dir, next, err);
        if (s == HUSE_OK)
            add_pack(t, &p);
    }
    if (lock >= 0)
        close(lock);
    free(number);
    free(fresh);
    return s;
}
