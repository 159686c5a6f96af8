#include <stdlib.h>
#include <string.h>

#include "tensor/rows.h"
#include "train/publish.h"

enum { BLOCK = 512 };

/* Embeds the listed items of one modality in blocks. */
static float *embed_items(const huse_model *m, const huse_dataset *d, huse_pool *pool, bool text, const uint32_t *item,
                          size_t n)
{
    size_t      dim = text ? d->text_dim : d->image_dim, D = m->D;
    float      *out = huse_xaligned(n * D * sizeof *out), *raw = huse_xaligned(BLOCK * dim * sizeof *raw);
    const char *str[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t k = HUSE_MIN(BLOCK, n - i);
        if (text) {
            huse_dataset_gather_texts(d, item + i, k, raw, str);
            huse_model_embed_texts(m, pool, raw, str, k, out + i * D);
        } else {
            huse_dataset_gather_images(d, item + i, k, raw);
            huse_model_embed_images(m, pool, raw, k, out + i * D);
        }
    }
    free(raw);
    return out;
}

/* Sentence vectors of texts; of what has none, its picture mapped by ridge; else zero. */
static void fill_attributes(huse_catalogue_rows *r, const huse_model *m, const huse_dataset *d, huse_pool *pool)
{
    size_t   S = m->sentence_dim, k = 0;
    float   *raw = huse_xaligned(BLOCK * m->image_dim * sizeof *raw), *out = huse_xaligned(BLOCK * S * sizeof *out);
    uint32_t item[BLOCK];
    size_t   at[BLOCK];
    for (size_t i = 0; i <= m->n_items; i++) {
        if (i < m->n_items && d->text[r->item[i]])
            huse_rows_normalise(NULL, d->text[r->item[i]] + m->sentence_at, 1, S, r->attribute + i * S, NULL);
        else if (i < m->n_items && m->ridge && d->image[r->item[i]]) {
            at[k] = i;
            item[k++] = r->item[i];
        }
        if (!k || (k < BLOCK && i < m->n_items))
            continue;
        huse_dataset_gather_images(d, item, k, raw);
        huse_model_picture_sentences(m, pool, raw, k, out);
        for (size_t b = 0; b < k; b++)
            memcpy(r->attribute + at[b] * S, out + b * S, S * sizeof *out);
        k = 0;
    }
    free(raw);
    free(out);
}

static void add_words(huse_catalogue_rows *r, const huse_model *m, const char *text, size_t i, size_t *cap)
{
    huse_sparse row = {0};
    if (m->tfidf && text)
        huse_tfidf_sparse(m->tfidf, text, &row);
    size_t at = (size_t)r->word_start[i];
    if (at + row.n > *cap) {
        *cap = HUSE_MAX(at + row.n, *cap * 2);
        r->word_index = huse_xrealloc(r->word_index, *cap * sizeof *r->word_index);
        r->word_value = huse_xrealloc(r->word_value, *cap * sizeof *r->word_value);
    }
    for (size_t k = 0; k < row.n; k++) {
        r->word_index[at + k] = row.index[k];
        r->word_value[at + k] = row.value[k];
    }
    r->word_start[i + 1] = (int64_t)(at + row.n);
    huse_sparse_free(&row);
}

void huse_catalogue_rows_embed(huse_catalogue_rows *r, huse_model *m, const huse_dataset *d, huse_pool *pool)
{
    size_t    n = 0, images = 0, texts = 0, all = d->items->n;
    uint32_t *image = huse_xcalloc(all, sizeof *image), *text = huse_xcalloc(all, sizeof *text);
    memset(r, 0, sizeof *r);
    r->item = huse_xcalloc(all, sizeof *r->item);
    r->item_id = huse_xcalloc(all, sizeof *r->item_id);
    r->image_item = huse_xcalloc(all, sizeof *r->image_item);
    r->text_item = huse_xcalloc(all, sizeof *r->text_item);
    r->has_text = huse_xcalloc(all, 1);
    for (uint32_t i = 0; i < all; i++) {
        if (!d->image[i] && !d->text[i])
            continue;
        if (d->image[i]) {
            r->image_item[images] = (int32_t)n;
            image[images++] = i;
        }
        if (d->text[i]) {
            r->text_item[texts] = (int32_t)n;
            text[texts++] = i;
        }
        r->has_text[n] = d->text[i] != NULL;
        r->item_id[n] = d->items->item[i].id;
        r->item[n++] = i;
    }
    m->n_items = n;
    m->n_images = images;
    m->n_texts = texts;
    m->item_id = r->item_id;
    m->image_item = r->image_item;
    m->text_item = r->text_item;
    m->has_text = r->has_text;
    m->image_row = r->image_row = embed_items(m, d, pool, false, image, images);
    m->text_row = r->text_row = embed_items(m, d, pool, true, text, texts);
    free(image);
    free(text);
}

void huse_catalogue_rows_describe(huse_catalogue_rows *r, huse_model *m, const huse_dataset *d, huse_pool *pool)
{
    size_t n = m->n_items, cap = 4096;
    r->attribute = huse_xaligned(n * m->sentence_dim * sizeof *r->attribute);
    r->word_start = huse_xcalloc(n + 1, sizeof *r->word_start);
    r->word_index = huse_xcalloc(cap, sizeof *r->word_index);
    r->word_value = huse_xcalloc(cap, sizeof *r->word_value);
    fill_attributes(r, m, d, pool);
    for (size_t i = 0; i < n; i++)
        add_words(r, m, d->text[r->item[i]] ? d->items->item[r->item[i]].text : NULL, i, &cap);
    m->attribute = r->attribute;
    m->word_start = r->word_start;
    m->word_index = r->word_index;
    m->word_value = r->word_value;
}

void huse_catalogue_rows_split(const huse_catalogue_rows *r, const huse_model *m, const huse_dataset *d, huse_split split,
                               huse_split_rows *out)
{
    size_t D = m->D;
    huse_split_rows_init(out, d, D, split);
    for (int t = 0; t < 2; t++) { /* both lists ascend by item */
        const int32_t *row_item = t ? r->text_item : r->image_item;
        const float   *rows = t ? r->text_row : r->image_row;
        size_t         n = t ? m->n_texts : m->n_images;
        for (size_t i = 0, k = 0; i < out->n; i++) {
            while (k < n && r->item[row_item[k]] < out->item[i])
                k++;
            if (k < n && r->item[row_item[k]] == out->item[i])
                memcpy((t ? out->text : out->image) + i * D, rows + k * D, D * sizeof *rows);
        }
    }
}

void huse_catalogue_rows_free(huse_catalogue_rows *r)
{
    free(r->item);
    free(r->item_id);
    free(r->image_item);
    free(r->text_item);
    free(r->image_row);
    free(r->text_row);
    free(r->attribute);
    free(r->has_text);
    free(r->word_start);
    free(r->word_index);
    free(r->word_value);
}
