/* The reference catalogue of made-up items with its figures, for tests. */
#ifndef GOLDEN_METRICS_H
#define GOLDEN_METRICS_H

#include <csv.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"
#include "base/fs.h"

struct golden_csv {
    char **cell; /* (rows, 4): id, text, class, split */
    size_t cells;
};

static void golden_cell(void *s, size_t len, void *ctx)
{
    struct golden_csv *c = ctx;
    c->cell = huse_xrealloc(c->cell, (c->cells + 1) * sizeof *c->cell);
    c->cell[c->cells++] = huse_xstrndup(s ? s : "", len);
}

static void golden_row(int end, void *ctx)
{
    (void)end;
    (void)ctx;
}

/* Path of a file under the golden folder, or NULL when it is not there. */
static inline char *golden_path(const char *name)
{
    const char *root = getenv("GOLDEN");
    char *path = huse_fs_join(root ? root : "tests/golden", name);
    if (huse_fs_exists(path))
        return path;
    free(path);
    return NULL;
}

static inline json_t *golden_json(const char *name)
{
    char *path = golden_path(name);
    json_t *j = path ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    return j;
}

static inline float *golden_rows(const char *name, size_t *n, size_t *d)
{
    char *path = golden_path(name);
    float *x = NULL;
    if (path && huse_npy_read(path, &x, n, d, NULL) != HUSE_OK)
        x = NULL;
    free(path);
    return x;
}

static inline bool golden_csv_read(struct golden_csv *c, const char *name)
{
    char *path = golden_path(name), *data = NULL;
    size_t n = 0;
    *c = (struct golden_csv){0};
    bool ok = path && huse_fs_read(path, 1u << 24, &data, &n, NULL) == HUSE_OK;
    if (ok) {
        struct csv_parser p;
        csv_init(&p, 0);
        csv_parse(&p, data, n, golden_cell, golden_row, c);
        csv_fini(&p, golden_cell, golden_row, c);
        csv_free(&p);
        ok = c->cells >= 4 && c->cells % 4 == 0 && !strcmp(c->cell[1], "text") &&
             !strcmp(c->cell[2], "class");
    }
    free(data);
    free(path);
    return ok;
}

static inline void golden_csv_free(struct golden_csv *c)
{
    for (size_t i = 0; i < c->cells; i++)
        free(c->cell[i]);
    free(c->cell);
}

#endif
