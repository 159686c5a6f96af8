/* Feature rows made elsewhere: a .npy file and a file of item ids, one a line, or JSONL. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "data/embed.h"

#define IDS_MAX ((size_t)1 << 30)

/* Cuts the lines of @data apart in place; a last line without an end counts, an empty last one does not. */
static char **split_lines(char *data, size_t n, size_t *lines)
{
    char **line = NULL;
    size_t room = 0, m = 0;
    for (size_t at = 0; at < n;) {
        char *end = memchr(data + at, '\n', n - at);
        size_t len = end != NULL ? (size_t)(end - data) - at : n - at;
        if (m == room) {
            room = room > 0 ? 2 * room : 1024;
            line = huse_xrealloc(line, room * sizeof *line);
        }
        line[m++] = data + at;
        if (len > 0 && data[at + len - 1] == '\r')
            data[at + len - 1] = '\0';
        data[at + len] = '\0';
        at += len + 1;
    }
    *lines = m;
    return line;
}

/* Keys of the items named, each item once. @at: the lines that name them; NULL: the first, the second and so on. */
static huse_status find_items(const huse_items *items, char *const *line, const size_t *at, size_t n, const char *file, huse_key *key,
                              huse_err *err)
{
    size_t *seen = huse_xcalloc(items->n + 1, sizeof *seen);
    huse_status s = HUSE_OK;
    for (size_t i = 0; s == HUSE_OK && i < n; i++) {
        size_t    here = at != NULL ? at[i] : i + 1;
        ptrdiff_t item = huse_items_find(items, line[i]);
        if (item < 0)
            s = huse_fail(err, HUSE_BAD_DATA, "%s, line %zu: there is no item \"%.100s\"", file, here, line[i]);
        else if (seen[item] != 0)
            s = huse_fail(err, HUSE_BAD_DATA, "%s, line %zu: the item \"%.100s\" stands in line %zu already", file, here, line[i],
                          seen[item]);
        else
            key[i] = huse_features_item_key(line[i]);
        if (item >= 0)
            seen[item] = here;
    }
    free(seen);
    return s;
}

static huse_status check_rows(const float *x, size_t n, size_t dim, size_t ids, const char *npy, const char *file, huse_err *err)
{
    if (n != ids)
        return huse_fail(err, HUSE_BAD_DATA, "%s has %zu rows, %s has %zu ids", npy, n, file, ids);
    if (n == 0 || dim == 0)
        return huse_fail(err, HUSE_BAD_DATA, "%s has no rows", npy);
    if (dim > HUSE_GIVEN_DIM_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s has %zu columns, at most %d are taken", npy, dim, HUSE_GIVEN_DIM_MAX);
    for (size_t i = 0; i < n * dim; i++)
        if (!isfinite(x[i]))
            return huse_fail(err, HUSE_BAD_DATA, "%s, row %zu, column %zu: not a finite number", npy, i / dim + 1, i % dim + 1);
    return HUSE_OK;
}

/* A name for these rows: segments of another one are passed over. */
static huse_key hash_rows(const huse_key *key, const float *x, size_t n, size_t dim)
{
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_sha256_add(c, key, n * sizeof *key);
    huse_sha256_add(c, x, n * dim * sizeof *x);
    return huse_sha256_end(c);
}

static huse_status replace_rows(huse_embedder *e, const char *encoder, const huse_key *key, const float *x, size_t n, size_t dim,
                                huse_err *err)
{
    huse_features *f = NULL;
    huse_key hash = hash_rows(key, x, n, dim);
    size_t dropped;
    HUSE_TRY(huse_features_open(&f, huse_workspace_dir(e->ws), encoder, dim, &hash, err));
    huse_status s = huse_features_append(f, key, x, n, err);
    if (s == HUSE_OK)
        s = huse_features_compact(f, NULL, NULL, &dropped, err);
    huse_features_close(f);
    return s;
}

/* The items that the rows belong to: those that the file names, or without one those of the catalogue. */
static huse_status name_rows(const huse_items *items, const char *npy, const char *ids, const float *x, size_t n, size_t dim,
                             huse_key **key, huse_err *err)
{
    char *data = NULL, **line = NULL;
    size_t bytes = 0, lines = items->n;
    huse_status s = HUSE_OK;
    if (ids != NULL) {
        HUSE_TRY(huse_fs_read(ids, IDS_MAX, &data, &bytes, err));
        line = split_lines(data, bytes, &lines);
    }
    s = check_rows(x, n, dim, lines, npy, ids != NULL ? ids : "the catalogue", err);
    if (s == HUSE_OK) {
        *key = huse_xcalloc(n, sizeof **key);
        for (size_t i = 0; ids == NULL && i < n; i++)
            (*key)[i] = huse_features_item_key(items->item[i].id);
        if (ids != NULL)
            s = find_items(items, line, NULL, n, ids, *key, err);
    }
    free(data);
    free(line);
    return s;
}

static huse_status embed_npy(huse_embedder *e, const char *encoder, const char *npy, const char *ids, size_t *n, huse_err *err)
{
    float *x = NULL;
    huse_key *key = NULL;
    size_t dim = 0;
    char *beside = ids == NULL || *ids == '\0' ? huse_npy_ids(npy) : NULL;
    huse_status s = huse_npy_read(npy, &x, n, &dim, err);
    if (s == HUSE_OK)
        s = name_rows(e->items, npy, beside != NULL || (ids != NULL && *ids == '\0') ? beside : ids, x, *n, dim, &key, err);
    if (s == HUSE_OK)
        s = replace_rows(e, encoder, key, x, *n, dim, err);
    free(beside);
    free(x);
    free(key);
    return s;
}

static huse_status embed_jsonl(huse_embedder *e, const char *encoder, const char *file, size_t *n, huse_err *err)
{
    huse_given_rows g;
    bool text = strcmp(encoder, HUSE_EXTERNAL_TEXT) == 0;
    HUSE_TRY(huse_given_rows_jsonl(&g, file, text ? "text_vector" : "image_vector", err));
    huse_key *key = huse_xcalloc(g.n, sizeof *key);
    huse_status s = check_rows(g.x, g.n, g.dim, g.n, file, file, err);
    if (s == HUSE_OK)
        s = find_items(e->items, g.id, g.line, g.n, file, key, err);
    if (s == HUSE_OK)
        s = replace_rows(e, encoder, key, g.x, g.n, g.dim, err);
    *n = g.n;
    free(key);
    huse_given_rows_free(&g);
    return s;
}

huse_status huse_embed_external(huse_embedder *e, const char *encoder, const char *file, const char *ids, huse_err *err)
{
    size_t n = 0, length = strlen(file);
    bool jsonl = length > 6 && strcasecmp(file + length - 6, ".jsonl") == 0;
    if (jsonl)
        HUSE_TRY(embed_jsonl(e, encoder, file, &n, err));
    else
        HUSE_TRY(embed_npy(e, encoder, file, ids, &n, err));
    e->report->rows_given += n;
    return HUSE_OK;
}
