#include "train/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "tensor/rows.h"

static const uint64_t SHUFFLE_STREAM = (uint64_t)2 << 40;

static void learn_words(huse_sampler *s)
{
    s->words = huse_xcalloc(s->data->items->n, sizeof *s->words);
    for (size_t i = 0; s->setup->weights.tfidf && i < s->n; i++) {
        uint32_t     item = s->data->split[HUSE_SPLIT_TRAIN][i];
        const char  *text;
        const float *row;
        if (huse_dataset_train_text(s->data, item, &text, &row))
            huse_tfidf_sparse(s->setup->weights.tfidf, text, &s->words[item]);
    }
}

static int32_t class_of(const huse_sampler *s, uint32_t item)
{
    return s->data->items->item[item].cls;
}

static void learn_shares(huse_sampler *s, huse_arena *a, double balance)
{
    const size_t    K = s->data->items->n_classes;
    const uint32_t *train = s->data->split[HUSE_SPLIT_TRAIN];
    double          sum = 0;
    s->drawn_from = huse_arena_alloc(a, s->n * sizeof *s->drawn_from);
    s->share = huse_arena_alloc(a, K * sizeof *s->share);
    for (size_t i = 0; i < s->n; i++)
        s->share[class_of(s, train[i])]++;
    for (size_t k = 0; k < K; k++) {
        sum += s->share[k] > 0 ? pow(s->share[k], 1.0 - balance) : 0.0;
        s->share[k] = s->share[k] > 0 ? pow(s->share[k], -balance) : 0.0;
    }
    for (size_t k = 0; k < K; k++)
        s->share[k] *= (double)s->n / sum;
}

void huse_sampler_init(huse_sampler *s, huse_arena *a, const huse_dataset *data, const huse_setup *setup, size_t batch,
                       double balance, uint64_t seed)
{
    const huse_shape *shape = &setup->weights.params.shape;
    *s = (huse_sampler){.data = data, .setup = setup, .seed = seed, .n = data->n_split[HUSE_SPLIT_TRAIN], .epoch = -1};
    s->rows = HUSE_MIN(batch, s->n);
    s->per_epoch = s->n / s->rows;
    s->order = huse_arena_alloc(a, s->n * sizeof *s->order);
    s->image_item = huse_arena_alloc(a, s->rows * sizeof *s->image_item);
    s->text_item = huse_arena_alloc(a, s->rows * sizeof *s->text_item);
    s->text_row = huse_arena_alloc(a, s->rows * sizeof *s->text_row);
    s->batch.image = huse_arena_alloc(a, s->rows * shape->image_in * sizeof(float));
    s->batch.text = huse_arena_alloc(a, s->rows * shape->text_in * sizeof(float));
    s->batch.y = huse_arena_alloc(a, 2 * s->rows * sizeof(int32_t));
    s->batch.pair_image = huse_arena_alloc(a, s->rows * sizeof(uint32_t));
    s->batch.pair_text = huse_arena_alloc(a, s->rows * sizeof(uint32_t));
    learn_words(s);
    if (balance > 0)
        learn_shares(s, a, balance);
}

void huse_sampler_fini(huse_sampler *s)
{
    for (size_t i = 0; s->words && i < s->data->items->n; i++)
        huse_sparse_free(&s->words[i]);
    free(s->words);
    s->words = NULL;
}

/* The shuffled items one after the other, each as often as the sum of the shares passes a whole number. */
static void draw_by_share(huse_sampler *s, huse_rng *r)
{
    double sum = huse_rng_uniform(r);
    size_t n = 0;
    memcpy(s->drawn_from, s->order, s->n * sizeof *s->order);
    for (size_t i = 0; i < s->n; i++)
        for (sum += s->share[class_of(s, s->drawn_from[i])]; n < s->n && (double)(n + 1) <= sum; n++)
            s->order[n] = s->drawn_from[i];
    for (; n < s->n; n++) /* a rounding error may leave the last one */
        s->order[n] = s->drawn_from[s->n - 1];
    huse_rng_shuffle(r, s->order, s->n);
}

static void shuffle(huse_sampler *s, long epoch)
{
    huse_rng r;
    memcpy(s->order, s->data->split[HUSE_SPLIT_TRAIN], s->n * sizeof *s->order);
    huse_rng_init(&r, s->seed, SHUFFLE_STREAM + (uint64_t)epoch);
    huse_rng_shuffle(&r, s->order, s->n);
    if (s->share)
        draw_by_share(s, &r);
    s->epoch = epoch;
}

/* Rows of one item each, images first. */
static void load_row(void *ctx, size_t i, int worker)
{
    huse_sampler       *s = ctx;
    const huse_weights *w = &s->setup->weights;
    const huse_shape   *shape = &w->params.shape;
    (void)worker;
    if (i < s->batch.n_image) {
        float *x = s->batch.image + i * shape->image_in;
        memcpy(x, s->data->image[s->image_item[i]], shape->image_in * sizeof *x);
        huse_rows_standardise(NULL, x, 1, shape->image_in, w->image_mean, w->image_inv);
        return;
    }
    i -= s->batch.n_image;
    float *x = s->batch.text + i * shape->text_in;
    memcpy(x, s->text_row[i], w->text_dim * sizeof *x);
    if (w->tfidf)
        huse_tfidf_project(w->tfidf, &s->words[s->text_item[i]], x + w->text_dim);
    huse_rows_standardise(NULL, x, 1, shape->text_in, w->text_mean, w->text_inv);
}

void huse_sampler_load(huse_sampler *s, huse_pool *pool, long step)
{
    huse_batch *b = &s->batch;
    size_t      at = (size_t)(step - 1) % s->per_epoch * s->rows;
    long        epoch = (step - 1) / (long)s->per_epoch;
    int32_t    *y = b->y;
    if (epoch != s->epoch)
        shuffle(s, epoch);
    b->n_image = b->n_text = b->n_pair = 0;
    for (size_t i = 0; i < s->rows; i++) {
        uint32_t    item = s->order[at + i];
        const char *text;
        bool        own = s->data->text[item] != NULL;
        bool        image = s->data->image[item] != NULL;
        if (image)
            s->image_item[b->n_image++] = item;
        if (huse_dataset_train_text(s->data, item, &text, &s->text_row[b->n_text])) {
            if (image && own) { /* a stand-in is no partner of this very picture */
                b->pair_image[b->n_pair] = (uint32_t)b->n_image - 1;
                b->pair_text[b->n_pair++] = (uint32_t)b->n_text;
            }
            s->text_item[b->n_text++] = item;
        }
    }
    for (size_t i = 0; i < b->n_image; i++)
        *y++ = s->data->items->item[s->image_item[i]].cls;
    for (size_t i = 0; i < b->n_text; i++)
        *y++ = s->data->items->item[s->text_item[i]].cls;
    huse_pool_run(pool, b->n_image + b->n_text, load_row, s);
}
