/* Encoders: pictures a second one by one and by 32, and milliseconds of a typed query (1 x 12
 * tokens) and of 8 texts of 128 tokens; medians. Usage: bench_encoders MODELS_DIR [threads
 * [image|text]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "encode/encoder.h"

enum { ROUNDS = 9, BATCH = 32, PICTURE_BYTES = HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE * 3 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median ms of one call out of ROUNDS rounds of @calls each, after one call to warm up. */
static double median_ms(void (*call)(void *ctx), void *ctx, int calls)
{
    double ms[ROUNDS];
    call(ctx);
    for (int r = 0; r < ROUNDS; r++) {
        double start = now_ms();
        for (int i = 0; i < calls; i++)
            call(ctx);
        ms[r] = (now_ms() - start) / calls;
    }
    qsort(ms, ROUNDS, sizeof *ms, by_value);
    return ms[ROUNDS / 2];
}

typedef struct image_case {
    huse_image_encoder *e;
    huse_pool *pool;
    uint8_t *rgb;
    float *out;
    size_t n;
} image_case;

static void encode_images(void *ctx)
{
    image_case *c = ctx;
    c->e->encode(c->e, c->pool, c->rgb, c->n, c->out);
}

static void bench_images(huse_image_encoder *e, huse_pool *pool)
{
    image_case c = {.e = e, .pool = pool, .rgb = huse_xmalloc(BATCH * PICTURE_BYTES)};
    c.out = huse_xcalloc(BATCH * e->dim, sizeof *c.out);
    for (unsigned i = 0; i < BATCH * PICTURE_BYTES; i++)
        c.rgb[i] = (uint8_t)(i * 2654435761u >> 24);
    c.n = 1;
    printf("%s batch 1: %.1f img/s\n", e->name, 1e3 / median_ms(encode_images, &c, 20));
    c.n = BATCH;
    printf("%s batch %d: %.1f img/s\n", e->name, BATCH,
           BATCH * 1e3 / median_ms(encode_images, &c, 1));
    free(c.rgb);
    free(c.out);
    e->free(e);
}

typedef struct text_case {
    huse_text_encoder *e;
    huse_pool *pool;
    const char **text;
    float *out;
    size_t n;
} text_case;

static void encode_texts(void *ctx)
{
    text_case *c = ctx;
    c->e->encode(c->e, c->pool, c->text, c->n, c->out, NULL, NULL);
}

/* @n texts of @words words that are one token each; two more tokens frame a text. */
static void bench_texts(huse_text_encoder *e, huse_pool *pool, size_t n, int words, int calls)
{
    huse_buf text = {0};
    text_case c = {.e = e, .pool = pool, .text = huse_xcalloc(n, sizeof *c.text), .n = n};
    c.out = huse_xcalloc(n * e->dim, sizeof *c.out);
    for (int i = 0; i < words; i++)
        huse_buf_str(&text, i % 2 ? "dress " : "red ");
    for (size_t i = 0; i < n; i++)
        c.text[i] = text.data;
    printf("%s %zu x %d tokens: %.2f ms\n", e->name, n, words + 2,
           median_ms(encode_texts, &c, calls));
    free(c.text);
    free(c.out);
    huse_buf_free(&text);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_encoders MODELS_DIR [threads [image|text]]\n");
        return 2;
    }
    huse_pool *pool = huse_pool_new(argc > 2 ? atoi(argv[2]) : 2);
    const char *only = argc > 3 ? argv[3] : "";
    char *effnet = huse_fs_join(argv[1], "effnet-lite0"),
         *bert = huse_fs_join(argv[1], "minilm-l6");
    huse_image_encoder *image;
    huse_text_encoder *text;
    huse_err err;
    if (strcmp(only, "text") != 0) {
        if (huse_effnet_open(&image, effnet, &err) == HUSE_OK)
            bench_images(image, pool);
        else
            printf("%s\n", err.msg);
        bench_images(huse_image_fallback(), pool);
    }
    if (strcmp(only, "image") != 0) {
        if (huse_bert_open(&text, bert, &err) == HUSE_OK) {
            bench_texts(text, pool, 1, 10, 50);
            bench_texts(text, pool, 8, 126, 3);
            text->free(text);
        } else {
            printf("%s\n", err.msg);
        }
    }
    free(effnet);
    free(bert);
    huse_pool_free(pool);
    return 0;
}
