#include "eval/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"
#include "base/fs.h"

#define MAX_ID_BYTES ((size_t)1 << 30)

/* Vectors of one modality by catalogue item, -1: none. */
typedef struct source {
    const float *row;
    float       *owned;
    ptrdiff_t   *at; /* (items->n) */
    size_t       n, d;
} source;

static void source_free(source *s)
{
    free(s->owned);
    free(s->at);
}

static source source_new(const huse_items *items)
{
    source s = {.at = huse_xcalloc(items->n + 1, sizeof *s.at)};
    for (size_t i = 0; i < items->n; i++)
        s.at[i] = -1;
    return s;
}

static source from_model(const huse_items *items, const huse_model *m, bool text)
{
    source         s = source_new(items);
    const int32_t *item = text ? m->text_item : m->image_item;
    s.n = text ? m->n_texts : m->n_images;
    s.row = text ? m->text_row : m->image_row;
    s.d = m->D;
    for (size_t r = 0; r < s.n; r++) {
        ptrdiff_t i = huse_items_find(items, m->item_id[item[r]]);
        /* an item whose text was taken away since has no say in text figures */
        if (i >= 0 && (!text || items->item[i].text))
            s.at[i] = (ptrdiff_t)r;
    }
    return s;
}

/* Unit rows stay as they are, bit for bit; others are normalised. A zero row is no vector. */
static huse_status normalise(float *row, size_t d, bool *zero)
{
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += (double)row[c] * (double)row[c];
    *zero = sum == 0;
    if (!isfinite(sum))
        return HUSE_BAD_DATA;
    float scale = sum > 0 && fabs(sum - 1) > 1e-4 ? (float)(1 / sqrt(sum)) : 1;
    for (size_t c = 0; c < d && scale != 1; c++)
        row[c] *= scale;
    return HUSE_OK;
}

/* Catalogue items in the order of the rows: by the id file, or the catalogue, or the split's part of it. */
static huse_status row_order(const huse_items *items, huse_split split, const char *file, const char *ids, size_t n,
                             ptrdiff_t *order, huse_err *err)
{
    size_t k = 0;
    if (!ids) {
        size_t in_split = 0;
        for (size_t i = 0; i < items->n; i++)
            in_split += items->item[i].split == split;
        if (n != items->n && n != in_split)
            return huse_fail(err, HUSE_BAD_DATA, "%s has %zu rows, but the catalogue has %zu items, %zu of them %s; name them with --ids",
                             file, n, items->n, in_split, huse_split_name(split));
        for (size_t i = 0; i < items->n; i++)
            if (n == items->n || items->item[i].split == split)
                order[k++] = (ptrdiff_t)i;
        return HUSE_OK;
    }
    char  *data;
    size_t bytes;
    HUSE_TRY(huse_fs_read(ids, MAX_ID_BYTES, &data, &bytes, err));
    huse_status s = HUSE_OK;
    for (char *p = data, *end; p < data + bytes && s == HUSE_OK; p = end + 1) {
        end = memchr(p, '\n', (size_t)(data + bytes - p));
        end = end ? end : data + bytes;
        *end = 0;
        if (end > p && end[-1] == '\r')
            end[-1] = 0;
        ptrdiff_t i = k < n ? huse_items_find(items, p) : 0;
        if (i < 0)
            s = huse_fail(err, HUSE_BAD_DATA, "%s:%zu: no item “%.100s” in the catalogue", ids, k + 1, p);
        else if (k < n)
            order[k] = i;
        k++;
    }
    free(data);
    if (s == HUSE_OK && k != n)
        s = huse_fail(err, HUSE_BAD_DATA, "%s has %zu rows, but %s names %zu items", file, n, ids, k);
    return s;
}

static huse_status from_file(source *out, const huse_items *items, huse_split split, const char *file, const char *ids, huse_err *err)
{
    source s = source_new(items);
    HUSE_ASSERT(file);
    huse_status status = huse_npy_read(file, &s.owned, &s.n, &s.d, err);
    if (status != HUSE_OK) {
        source_free(&s);
        return status;
    }
    ptrdiff_t *order = huse_xcalloc(s.n + 1, sizeof *order);
    char *beside = ids ? NULL : huse_npy_ids(file);
    status = row_order(items, split, file, ids ? ids : beside, s.n, order, err);
    free(beside);
    for (size_t r = 0; r < s.n && status == HUSE_OK; r++) {
        bool zero;
        status = normalise(s.owned + r * s.d, s.d, &zero);
        if (status != HUSE_OK)
            huse_fail(err, status, "%s: row %zu (item “%.100s”) holds a value that is not finite", file, r + 1, items->item[order[r]].id);
        else if (s.at[order[r]] >= 0)
            status = huse_fail(err, HUSE_BAD_DATA, "%s: two rows for item “%.100s”", file, items->item[order[r]].id);
        else if (!zero)
            s.at[order[r]] = (ptrdiff_t)r;
    }
    free(order);
    if (status == HUSE_OK) {
        s.row = s.owned;
        *out = s;
    } else {
        source_free(&s);
    }
    return status;
}

static float *gather(const huse_eval_rows *r, const source *s, bool *has)
{
    float *x = NULL;
    for (size_t k = 0; k < r->n; k++) {
        ptrdiff_t at = s->at ? s->at[r->item[k]] : -1;
        has[k] = at >= 0;
        if (at < 0)
            continue;
        if (!x)
            x = huse_xaligned(r->n * r->d * sizeof *x);
        memcpy(x + k * r->d, s->row + (size_t)at * r->d, r->d * sizeof *x);
    }
    return x;
}

/* The items of the split that have a class and a vector. */
static huse_status gather_rows(huse_eval_rows *r, const huse_items *items, huse_split split, const source *image, const source *text,
                               huse_err *err)
{
    *r = (huse_eval_rows){.d = image->d ? image->d : text->d};
    r->item = huse_xcalloc(items->n + 1, sizeof *r->item);
    for (size_t i = 0; i < items->n; i++) {
        const huse_item *it = &items->item[i];
        if (it->split != split)
            continue;
        bool any = (image->at && image->at[i] >= 0) || (text->at && text->at[i] >= 0);
        if (it->cls >= 0 && any)
            r->item[r->n++] = (uint32_t)i;
        else
            r->left_out++;
    }
    if (!r->n) {
        free(r->item);
        r->item = NULL;
        return huse_fail(err, HUSE_BAD_DATA, "no %s item has a class and a vector, so there is nothing to evaluate",
                         huse_split_name(split));
    }
    r->has_image = huse_xcalloc(r->n, sizeof *r->has_image);
    r->has_text = huse_xcalloc(r->n, sizeof *r->has_text);
    r->cls = huse_xcalloc(r->n, sizeof *r->cls);
    r->str = huse_xcalloc(r->n, sizeof *r->str);
    r->image = gather(r, image, r->has_image);
    r->text = gather(r, text, r->has_text);
    for (size_t k = 0; k < r->n; k++) {
        r->cls[k] = items->item[r->item[k]].cls;
        r->str[k] = items->item[r->item[k]].text ? items->item[r->item[k]].text : "";
    }
    r->class_path = items->class_path;
    r->tree = huse_taxonomy_new(items->class_path, items->n_classes);
    return HUSE_OK;
}

huse_status huse_eval_rows_model(huse_eval_rows *r, const huse_items *items, huse_split split, const huse_model *m, huse_err *err)
{
    source      image = from_model(items, m, false), text = from_model(items, m, true);
    huse_status s = gather_rows(r, items, split, &image, &text, err);
    source_free(&image);
    source_free(&text);
    return s;
}

huse_status huse_eval_rows_files(huse_eval_rows *r, const huse_items *items, huse_split split, const char *image_file,
                                 const char *text_file, const char *ids, huse_err *err)
{
    source      image = {0}, text = {0};
    huse_status s = HUSE_OK;
    if (image_file)
        s = from_file(&image, items, split, image_file, ids, err);
    if (s == HUSE_OK && text_file)
        s = from_file(&text, items, split, text_file, ids, err);
    if (s == HUSE_OK && image_file && text_file && image.d != text.d)
        s = huse_fail(err, HUSE_BAD_DATA, "%s has %zu columns but %s has %zu: they are not of one space", image_file, image.d, text_file,
                      text.d);
    if (s == HUSE_OK)
        s = gather_rows(r, items, split, &image, &text, err);
    source_free(&image);
    source_free(&text);
    return s;
}

void huse_eval_rows_free(huse_eval_rows *r)
{
    free(r->item);
    free(r->image);
    free(r->text);
    free(r->has_image);
    free(r->has_text);
    free(r->cls);
    free(r->str);
    huse_taxonomy_free(r->tree);
    *r = (huse_eval_rows){0};
}

huse_eval_set huse_eval_rows_set(const huse_eval_rows *r)
{
    return (huse_eval_set){
        .n = r->n, .d = r->d, .image = r->image, .text = r->text, .has_image = r->has_image, .has_text = r->has_text,
        .cls = r->cls, .str = r->str, .tree = r->tree,
    };
}
