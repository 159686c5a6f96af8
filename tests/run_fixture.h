/* A small catalogue with picture rows from elsewhere, and settings of a run over it that takes moments. */
#ifndef RUN_FIXTURE_H
#define RUN_FIXTURE_H

#include "base/arrays.h"
#include "base/rng.h"
#include "data_fixture.h"
#include "huse/train.h"

enum { CLASSES = 6, WIDTH = 24 };

typedef struct heard {
    char text[4096];
} heard;

static inline void hear(void *ctx, const char *text)
{
    heard *h = ctx;
    strncat(h->text, text, sizeof h->text - strlen(h->text) - 1);
}

static const huse_host host = { .threads = 2 };

/* Imports @n items and gives each a picture row near its class; every @val-th is of the val split, the others of train. */
static inline void fill(fixture *f, size_t n, size_t val, bool texts)
{
    huse_buf csv = { 0 }, ids = { 0 };
    float *x = huse_xaligned(n * WIDTH * sizeof *x);
    huse_rng r;
    huse_rng_init(&r, 4, 0);
    huse_buf_str(&csv, texts ? "id,class,split,text\n" : "id,class,split\n");
    for (size_t i = 0; i < n; i++) {
        size_t k = i % CLASSES;
        huse_buf_fmt(&csv, "i%04zu,Group %zu/Class %zu,%s", i, k % 2, k, i % val == 0 ? "val" : "train");
        if (texts)
            huse_buf_fmt(&csv, ",thing %zu of kind %zu", i, k);
        huse_buf_str(&csv, "\n");
        huse_buf_fmt(&ids, "i%04zu\n", i);
        for (size_t c = 0; c < WIDTH; c++)
            x[i * WIDTH + c] = (float)huse_rng_normal(&r) + (c % CLASSES == k ? 1.5f : 0.0f);
    }
    OK(fx_import(f, "c.csv", csv.data, NULL));
    fx_text(f, "ids.txt", ids.data);
    OK(huse_npy_write(fx_path(f, "x.npy"), x, n, WIDTH, &f->err));
    huse_embed_options o = { .image_features = fx_path(f, "x.npy"), .ids = fx_path(f, "ids.txt") };
    huse_embed_report rep;
    OK(huse_embed(f->ws, &host, &o, &rep, &f->err));
    huse_buf_free(&csv);
    huse_buf_free(&ids);
    free(x);
}

static inline void small_run(huse_train_params *p)
{
    static const char *const set[][2] = { { "steps", "40" },      { "batch", "32" },      { "hidden", "24" },         { "dim", "16" },
                                          { "image-layers", "1" }, { "text-layers", "1" }, { "validate-every", "5" }, { "tfidf-dim", "32" },
                                          { "checkpoint-every", "5" }, { "psi", "tree" } };
    OK(huse_train_params_init(p, "default", NULL));
    for (size_t i = 0; i < HUSE_COUNT(set); i++)
        OK(huse_train_params_set(p, set[i][0], set[i][1], NULL));
}

#endif
