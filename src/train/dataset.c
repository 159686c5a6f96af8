#include "train/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "data/encoders.h"
#include "data/item_rows.h"
#include "data/semantics.h"

/* The mean of several pictures is kept in the arena; @room: a row, replaced when it is used up. */
static const float *find_image(const huse_dataset *d, bool external, const huse_item *it, float **room)
{
    if (!*room)
        *room = huse_arena_alloc(d->arena, d->image_dim * sizeof **room);
    const float *row = huse_item_image_row(d->image_store, external, d->items, it, *room);
    if (row == *room)
        *room = NULL;
    return row;
}

static huse_status open_store(huse_features **f, const char *dir, const char *encoder, size_t *dim, huse_key *hash,
                              huse_err *err)
{
    if (!*encoder)
        return HUSE_OK;
    huse_status s = huse_features_open(f, dir, encoder, 0, NULL, err);
    if (s == HUSE_NOT_FOUND)
        return HUSE_OK;
    if (s == HUSE_OK) {
        *dim = huse_features_dim(*f);
        *hash = *huse_features_hash(*f);
    }
    return s;
}

static void fill(huse_dataset *d)
{
    size_t n = d->items->n;
    float *room = NULL;
    d->image = huse_xcalloc(n, sizeof *d->image);
    d->text = huse_xcalloc(n, sizeof *d->text);
    for (int s = 0; s < 4; s++)
        d->split[s] = huse_xcalloc(n, sizeof *d->split[s]);
    for (size_t i = 0; i < n; i++) {
        const huse_item *it = &d->items->item[i];
        d->image[i] = d->image_store ? find_image(d, huse_features_external(d->image_encoder), it, &room) : NULL;
        d->text[i] = d->text_store ? huse_item_text_row(d->text_store, huse_features_external(d->text_encoder), it) : NULL;
        if (it->cls >= 0 && it->split != HUSE_SPLIT_NONE && (d->image[i] || d->text[i]))
            d->split[it->split][d->n_split[it->split]++] = (uint32_t)i;
    }
    d->class_words = huse_xcalloc(d->items->n_classes, sizeof *d->class_words);
    for (size_t k = 0; k < d->items->n_classes; k++) {
        d->class_words[k] = huse_xstrdup(d->items->class_path[k]);
        for (char *c = d->class_words[k]; *c; c++)
            if (*c == '/')
                *c = ' ';
    }
}

huse_status huse_dataset_open(huse_dataset **out, huse_workspace *ws, huse_err *err)
{
    huse_dataset       *d = huse_xcalloc(1, sizeof *d);
    huse_encoder_names  names;
    const char         *dir = huse_workspace_dir(ws);
    huse_status         s = huse_items_load(&d->items, ws, err);
    d->arena = huse_arena_new((size_t)1 << 20);
    if (s == HUSE_OK)
        s = huse_encoders_current(dir, &names, err);
    if (s == HUSE_OK) {
        memcpy(d->image_encoder, names.image, sizeof d->image_encoder);
        memcpy(d->text_encoder, names.text, sizeof d->text_encoder);
        s = open_store(&d->image_store, dir, d->image_encoder, &d->image_dim, &d->image_hash, err);
    }
    if (s == HUSE_OK)
        s = open_store(&d->text_store, dir, d->text_encoder, &d->text_dim, &d->text_hash, err);
    if (s == HUSE_OK && !d->image_store && !d->text_store)
        s = huse_fail(err, HUSE_BAD_DATA, "%s has no features yet: run huse-tui embed", dir);
    if (s == HUSE_OK) {
        fill(d);
        *out = d;
    } else {
        huse_dataset_close(d);
    }
    return s;
}

void huse_dataset_close(huse_dataset *d)
{
    if (!d)
        return;
    for (size_t k = 0; d->class_words && k < d->items->n_classes; k++)
        free(d->class_words[k]);
    free(d->class_words);
    for (int s = 0; s < 4; s++)
        free(d->split[s]);
    free(d->image);
    free(d->text);
    free(d->stand_in);
    huse_features_close(d->image_store);
    huse_features_close(d->text_store);
    huse_items_free(d->items);
    huse_arena_free(d->arena);
    free(d);
}

void huse_dataset_use_encoder(huse_dataset *d, const huse_text_encoder *enc)
{
    if (strcmp(enc->name, d->text_encoder) != 0)
        return;
    d->sentence_at = enc->sentence_at;
    d->sentence_dim = enc->sentence_dim;
    if (!d->text_store) { /* class paths are the only words there are */
        d->text_dim = enc->dim;
        d->text_hash = enc->hash;
    }
}

huse_status huse_dataset_stand_ins(huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc, huse_err *err)
{
    huse_status s = HUSE_OK;
    bool *need = huse_xcalloc(d->items->n_classes, sizeof *need);
    bool  any = false;
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++) {
        uint32_t it = d->split[HUSE_SPLIT_TRAIN][i];
        if (!d->text[it])
            any = need[d->items->item[it].cls] = true;
    }
    if (any && strcmp(enc->name, d->text_encoder) == 0) {
        d->stand_in = huse_xaligned(d->items->n_classes * d->text_dim * sizeof *d->stand_in);
        for (size_t k = 0; s == HUSE_OK && k < d->items->n_classes; k++) {
            const char *words = d->class_words[k];
            if (need[k])
                s = huse_text_encode(enc, pool, &words, 1, d->stand_in + k * d->text_dim, NULL, err);
        }
    }
    free(need);
    return s;
}

bool huse_dataset_train_text(const huse_dataset *d, uint32_t item, const char **text, const float **row)
{
    const huse_item *it = &d->items->item[item];
    if (d->text[item]) {
        *text = it->text ? it->text : "";
        *row = d->text[item];
        return true;
    }
    if (!d->stand_in)
        return false;
    *text = d->class_words[it->cls];
    *row = d->stand_in + (size_t)it->cls * d->text_dim;
    return true;
}

static huse_key fingerprint(const huse_dataset *d, int last)
{
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_sha256_add(c, d->image_encoder, strlen(d->image_encoder) + 1);
    huse_sha256_add(c, d->text_encoder, strlen(d->text_encoder) + 1);
    if (d->image_store)
        huse_sha256_add(c, huse_features_hash(d->image_store), sizeof(huse_key));
    if (d->text_store)
        huse_sha256_add(c, huse_features_hash(d->text_store), sizeof(huse_key));
    for (size_t k = 0; k < d->items->n_classes; k++)
        huse_sha256_add(c, d->items->class_path[k], strlen(d->items->class_path[k]) + 1);
    for (int s = HUSE_SPLIT_TRAIN; s <= last; s++)
        for (size_t i = 0; i < d->n_split[s]; i++) {
            const huse_item *it = &d->items->item[d->split[s][i]];
            const uint8_t    what[3] = {(uint8_t)s, d->image[d->split[s][i]] != NULL, d->text[d->split[s][i]] != NULL};
            huse_sha256_add(c, what, sizeof what);
            huse_sha256_add(c, it->id, strlen(it->id) + 1);
            huse_sha256_add(c, &it->cls, sizeof it->cls);
            huse_sha256_add(c, it->text ? it->text : "", it->text ? strlen(it->text) + 1 : 1);
            for (uint32_t p = 0; p < it->n_pictures; p++)
                huse_sha256_add(c, d->items->picture[it->picture + p].key, 32);
        }
    return huse_sha256_end(c);
}

huse_key huse_dataset_fingerprint(const huse_dataset *d)
{
    return fingerprint(d, HUSE_SPLIT_VAL);
}

huse_key huse_dataset_fingerprint_with_test(const huse_dataset *d)
{
    return fingerprint(d, HUSE_SPLIT_TEST);
}

void huse_dataset_gather_images(const huse_dataset *d, const uint32_t *item, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * d->image_dim, d->image[item[i]], d->image_dim * sizeof *out);
}

void huse_dataset_gather_texts(const huse_dataset *d, const uint32_t *item, size_t n, float *out, const char **text)
{
    for (size_t i = 0; i < n; i++) {
        const char *own = d->items->item[item[i]].text;
        text[i] = own ? own : "";
        memcpy(out + i * d->text_dim, d->text[item[i]], d->text_dim * sizeof *out);
    }
}
