/* What a run would cost: some steps of it, taken in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "huse/runs.h"
#include "train/session.h"

enum { WARM_STEPS = 1, FEWEST_STEPS = 2 };
static const double TRIAL_SECONDS = 2.0;

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static huse_status go_on(volatile const int *stop, huse_err *err)
{
    return huse_stopped(stop) ? huse_fail(err, HUSE_INTERRUPTED, "the estimate was not wanted any more") : HUSE_OK;
}

static size_t count_new(const huse_items *items)
{
    size_t n = 0;
    for (size_t i = 0; i < items->n_pictures; i++)
        n += items->picture[i].state == HUSE_PICTURE_NEW;
    return n;
}

/* Weights of the text encoder, which stays open for the probes. */
static double encoder_bytes(const huse_host *host, const huse_text_encoder *enc)
{
    struct stat st;
    size_t      n = strlen(enc->name), suffix = strlen(HUSE_SENTENCE_SUFFIX);
    int         name = (int)(n > suffix && strcmp(enc->name + n - suffix, HUSE_SENTENCE_SUFFIX) == 0 ? n - suffix : n);
    char       *path = huse_format("%s/%.*s/model.safetensors", host->models_dir ? host->models_dir : "", name, enc->name);
    double      bytes = stat(path, &st) == 0 ? (double)st.st_size : 0;
    free(path);
    return bytes;
}

/* What the run holds while it trains: weights, gradients, moments, activations, the rows it reads, and a validation's embeddings. */
static double memory(const huse_trainer *t)
{
    const huse_dataset *d = t->data;
    const huse_shape   *shape = &t->net->params.shape;
    double rows = (double)d->items->n, val = (double)d->n_split[HUSE_SPLIT_VAL];
    double words = 0;
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++)
        words += 8.0 * (double)t->sampler.words[d->split[HUSE_SPLIT_TRAIN][i]].n;
    return (double)huse_arena_bytes(t->net->arena) + (double)huse_arena_bytes(d->arena) + words +
           rows * 4 * (double)(d->image_dim + d->text_dim) + val * (8.0 * (double)shape->D + 8.0 * (double)shape->K) +
           4.0 * (double)(shape->K * shape->K * (t->setup.A != NULL));
}

static huse_status measure(huse_trainer *t, volatile const int *stop, huse_train_cost *c, huse_err *err)
{
    long   steps = -WARM_STEPS;
    double begun = now();
    for (; steps < FEWEST_STEPS || now() - begun < TRIAL_SECONDS; steps++) {
        HUSE_TRY(go_on(stop, err));
        if (steps == 0)
            begun = now();
        huse_trainer_step(t);
    }
    c->steps_per_s = (double)steps / (now() - begun);
    c->items_per_s = c->steps_per_s * (double)t->sampler.rows;
    HUSE_TRY(go_on(stop, err));
    if (t->data->n_split[HUSE_SPLIT_VAL]) {
        huse_validation v;
        huse_weights    w = huse_trainer_weights(t);
        begun = now();
        huse_validate(&v, t->method, t->data, &w, t->pool, t->tree, HUSE_SPLIT_VAL);
        c->seconds_per_validation = now() - begun;
    }
    c->seconds = (double)t->steps / c->steps_per_s + ceil((double)t->steps / (double)t->validate_every) * c->seconds_per_validation;
    c->bytes = memory(t);
    return HUSE_OK;
}

static huse_status estimate(huse_trainer *t, huse_workspace *ws, const huse_host *host, const huse_train_params *p, huse_text_encoder **enc,
                            volatile const int *stop, huse_train_cost *c, huse_err *err)
{
    huse_items *items;
    HUSE_TRY(huse_items_load(&items, ws, err));
    c->pictures_new = count_new(items);
    huse_items_free(items);
    HUSE_TRY(huse_train_open_data(t, ws, host, enc, err));
    c->items = t->data->n_split[HUSE_SPLIT_TRAIN];
    c->classes = t->data->items->n_classes;
    HUSE_TRY(go_on(stop, err));
    HUSE_TRY(huse_train_copy_params(&t->params, p, err));
    HUSE_TRY(huse_setup_make(&t->setup, t->data, t->pool, *enc, &t->params, err));
    HUSE_TRY(go_on(stop, err));
    HUSE_TRY(huse_trainer_prepare(t, err));
    c->steps = t->steps;
    HUSE_TRY(measure(t, stop, c, err));
    c->bytes += encoder_bytes(host, *enc);
    return HUSE_OK;
}

huse_status huse_train_estimate(huse_workspace *ws, const huse_host *host, const huse_train_params *p, volatile const int *stop,
                                huse_train_cost *cost, huse_err *err)
{
    huse_trainer       t;
    huse_text_encoder *enc = NULL;
    memset(&t, 0, sizeof t);
    memset(cost, 0, sizeof *cost);
    t.pool = huse_pool_new(host->threads);
    huse_status s = estimate(&t, ws, host, p, &enc, stop, cost, err);
    huse_trainer_fini(&t);
    if (enc)
        enc->free(enc);
    return s;
}
