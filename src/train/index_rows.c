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

/* The text's sentence vector, else the picture mapped by ridge, else zero. */
static void fill_attribute(const huse_model *m, const huse_dataset *d, uint32_t item, float *out)
{
    if (d->text[item])
        huse_rows_normalise(NULL, d->text[item] + m->sentence_at, 1, m->sentence_dim, out, NULL);
    else if (m->ridge && d->image[item])
        huse_model_picture_sentences(m, NULL, d->image[item], 1, out);
}

static void add_words(huse_index_rows *r, const huse_model *m, const char *text, size_t i, size_t *cap)
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

void huse_index_rows_make(huse_index_rows *r, huse_model *m, const huse_dataset *d, huse_pool *pool)
{
    size_t    n = 0, images = 0, texts = 0, cap = 4096, all = d->items->n;
    uint32_t *image = huse_xcalloc(all, sizeof *image), *text = huse_xcalloc(all, sizeof *text);
    memset(r, 0, sizeof *r);
    r->item_id = huse_xcalloc(all, sizeof *r->item_id);
    r->image_item = huse_xcalloc(all, sizeof *r->image_item);
    r->text_item = huse_xcalloc(all, sizeof *r->text_item);
    r->has_text = huse_xcalloc(all, 1);
    r->word_start = huse_xcalloc(all + 1, sizeof *r->word_start);
    r->word_index = huse_xcalloc(cap, sizeof *r->word_index);
    r->word_value = huse_xcalloc(cap, sizeof *r->word_value);
    r->attribute = huse_xaligned(all * m->sentence_dim * sizeof *r->attribute);
    for (uint32_t i = 0; i < all; i++) {
        if (!d->image[i] && !d->text[i])
            continue;
        r->item_id[n] = d->items->item[i].id;
        r->has_text[n] = d->text[i] != NULL;
        fill_attribute(m, d, i, r->attribute + n * m->sentence_dim);
        add_words(r, m, d->text[i] ? d->items->item[i].text : NULL, n, &cap);
        if (d->image[i]) {
            r->image_item[images] = (int32_t)n;
            image[images++] = i;
        }
        if (d->text[i]) {
            r->text_item[texts] = (int32_t)n;
            text[texts++] = i;
        }
        n++;
    }
    r->image_row = embed_items(m, d, pool, false, image, images);
    r->text_row = embed_items(m, d, pool, true, text, texts);
    m->n_items = n;
    m->n_images = images;
    m->n_texts = texts;
    m->item_id = r->item_id;
    m->image_item = r->image_item;
    m->text_item = r->text_item;
    m->image_row = r->image_row;
    m->text_row = r->text_row;
    m->attribute = r->attribute;
    m->has_text = r->has_text;
    m->word_start = r->word_start;
    m->word_index = r->word_index;
    m->word_value = r->word_value;
    free(image);
    free(text);
}

void huse_index_rows_free(huse_index_rows *r)
{
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
