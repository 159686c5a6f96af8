/* A small catalogue with picture rows from elsewhere, and a run over it that takes a second: for tests that need a trained model. */
#ifndef TRAIN_FIXTURE_H
#define TRAIN_FIXTURE_H

#include "base/arrays.h"
#include "base/rng.h"
#include "data_fixture.h"
#include "huse/train.h"

enum { CLASSES = 6, WIDTH = 24 };

static const huse_host host = { .threads = 2 };

/** Every @val-th item is of the val split, every @test-th of the others of test (0: none), the rest of train; every @flip-th carries the label of
 *  another class than its picture and text speak of (0: none). */
typedef struct shape {
    size_t n, val, test, flip;
    bool   texts;
} shape;

/** Which class item @i is of by its picture and text. */
static inline size_t true_class(size_t i)
{
    return i % CLASSES;
}

static inline bool is_flipped(const shape *s, size_t i)
{
    return s->flip && i % s->flip == s->flip / 2;
}

/** Imports the items and gives each a picture row near its class. */
static inline void fill_shape(fixture *f, const shape *s)
{
    huse_buf csv = { 0 }, ids = { 0 };
    float *x = huse_xaligned(s->n * WIDTH * sizeof *x);
    huse_rng r;
    huse_rng_init(&r, 4, 0);
    huse_buf_str(&csv, s->texts ? "id,class,split,text\n" : "id,class,split\n");
    for (size_t i = 0; i < s->n; i++) {
        size_t k = true_class(i), label = is_flipped(s, i) ? (k + 1) % CLASSES : k;
        huse_buf_fmt(&csv, "i%04zu,Group %zu/Class %zu,%s", i, label % 2, label,
                     i % s->val == 0 ? "val" : s->test && i % s->test == 0 ? "test" : "train");
        if (s->texts)
            huse_buf_fmt(&csv, ",thing %zu of kind %zu", i, k);
        huse_buf_str(&csv, "\n");
        huse_buf_fmt(&ids, "i%04zu\n", i);
        for (size_t c = 0; c < WIDTH; c++)
            x[i * WIDTH + c] = (float)huse_rng_normal(&r) + (c % CLASSES == k ? 1.5f : 0.0f);
    }
    OK(fx_import(f, "c.csv", csv.data, NULL));
    fx_text(f, "ids.txt", ids.data);
    OK(huse_npy_write(fx_path(f, "x.npy"), x, s->n, WIDTH, &f->err));
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
