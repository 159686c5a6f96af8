#include "encode/effnet.h"

#include <stdlib.h>

/* A call's share of the pictures: whole ones, one a task. */
typedef struct batch {
    const huse_effnet *net;
    huse_effnet_scratch *scratch;
    const uint8_t *rgb;
    float *out;
} batch;

enum { PICTURE_BYTES = HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE * 3 };

static void picture_task(void *ctx, size_t i, int worker)
{
    const batch *b = ctx;
    huse_effnet_forward(b->net, b->scratch, NULL, worker, b->rgb + i * PICTURE_BYTES,
                        b->out + i * HUSE_EFFNET_DIM);
}

/* Working memory is kept between calls: its pages would cost a tenth of the time of one picture. */
static huse_effnet_scratch *take_scratch(huse_effnet *net, size_t lanes)
{
    huse_effnet_scratch *s = atomic_exchange(&net->spare, NULL);
    if (s && s->lanes >= lanes)
        return s;
    huse_effnet_scratch_free(s);
    return huse_effnet_scratch_new(net, lanes);
}

static void encode(const huse_image_encoder *self, huse_pool *pool, const uint8_t *rgb, size_t n,
                   float *out)
{
    huse_effnet *net = (huse_effnet *)(uintptr_t)self; /* for its spare memory alone */
    size_t threads = (size_t)huse_pool_threads(pool);
    batch b = {.net = net, .scratch = take_scratch(net, threads), .rgb = rgb, .out = out};
    /* Pictures go one to a thread while there are enough for all; all threads share each of the
     * rest. */
    size_t whole = n - n % threads;
    huse_pool_run(pool, whole, picture_task, &b);
    for (size_t i = whole; i < n; i++)
        huse_effnet_forward(net, b.scratch, pool, 0, rgb + i * PICTURE_BYTES,
                            out + i * HUSE_EFFNET_DIM);
    huse_effnet_scratch_free(atomic_exchange(&net->spare, b.scratch));
}

static void effnet_free(huse_image_encoder *self)
{
    huse_effnet *net = (huse_effnet *)self;
    huse_effnet_free_weights(net);
    huse_effnet_scratch_free(net->spare);
    free(net->zeros);
    free(net);
}

huse_status huse_effnet_open(huse_image_encoder **e, const char *dir, huse_err *err)
{
    huse_effnet *net = huse_xcalloc(1, sizeof *net);
    size_t widest = 0;
    huse_model_name(net->name, dir);
    net->base.name = net->name;
    net->base.dim = HUSE_EFFNET_DIM;
    net->base.encode = encode;
    net->base.free = effnet_free;
    net->depthwise = huse_dw_best();
    huse_effnet_shape(net);
    for (size_t i = 0; i < HUSE_EFFNET_BLOCKS; i++)
        widest = HUSE_MAX(widest, net->block[i].row * net->block[i].wide);
    net->zeros = huse_xaligned(widest * sizeof *net->zeros);
    huse_status status = huse_effnet_load(net, dir, err);
    if (status != HUSE_OK) {
        effnet_free(&net->base);
        return status;
    }
    *e = &net->base;
    return HUSE_OK;
}
