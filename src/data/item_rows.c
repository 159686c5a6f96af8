#include "data/item_rows.h"

#include <string.h>

#include "data/encoders.h"

static const float *by_id(const huse_features *f, const huse_item *it)
{
    huse_key key = huse_features_item_key(it->id);
    return huse_features_find(f, &key);
}

const float *huse_item_image_row(const huse_features *f, bool external, const huse_items *items, const huse_item *it, float *mean)
{
    size_t       d = huse_features_dim(f), got = 0;
    const float *only = NULL;
    if (external)
        return by_id(f, it);
    for (uint32_t p = 0; p < it->n_pictures; p++) {
        const huse_picture *picture = &items->picture[it->picture + p];
        huse_key            key;
        if (!picture->has_key || picture->state != HUSE_PICTURE_OK)
            continue;
        memcpy(key.byte, picture->key, sizeof key.byte);
        const float *row = huse_features_find(f, &key);
        if (!row)
            continue;
        if (++got == 1) {
            only = row;
            continue;
        }
        if (got == 2)
            memcpy(mean, only, d * sizeof *mean);
        for (size_t c = 0; c < d; c++)
            mean[c] += row[c];
    }
    for (size_t c = 0; got > 1 && c < d; c++)
        mean[c] /= (float)got;
    return got > 1 ? mean : only;
}

const float *huse_item_text_row(const huse_features *f, bool external, const huse_item *it)
{
    if (external)
        return by_id(f, it);
    if (!it->text)
        return NULL;
    huse_key key = huse_features_text_key(it->text);
    return huse_features_find(f, &key);
}
