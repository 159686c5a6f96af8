/* EfficientNet-Lite0 (Tan & Le 2019; the Lite form: no squeeze-excite, ReLU6): the parts that its
 * files share. */
#ifndef HUSE_EFFNET_H
#define HUSE_EFFNET_H

#include <stdatomic.h>

#include "encode/depthwise.h"
#include "encode/encoder.h"
#include "encode/model_file.h"
#include "tensor/panel.h"

enum {
    HUSE_EFFNET_BLOCKS = 16,
    HUSE_EFFNET_STEM = 32,  /* channels after the stem */
    HUSE_EFFNET_PATCH = 27, /* 3 x 3 x 3 values that make one stem output */
    HUSE_EFFNET_DIM = 1280,
};

/** An inverted bottleneck: 1x1 expand, k x k depthwise, 1x1 project. In block 0 the stem stands for
 *  the expansion, its @in being patches of the picture. Batch norm is folded in. */
typedef struct huse_effnet_block {
    size_t in, wide, out;     /* channels */
    size_t side_in, side_out; /* pixels, at the depthwise convolution */
    size_t k, stride, pad;    /* pad: left and top, TensorFlow's "SAME" */
    size_t row;               /* pixels of a padded input row */
    bool residual;
    huse_panel expand, project;
    float *dw, *dw_bias; /* (k*k, wide), (wide) */
} huse_effnet_block;

/** Working memory of one thread. */
typedef struct huse_effnet_lane {
    float *ring;   /* padded rows between expansion and depthwise */
    float *strip;  /* rows between depthwise and projection; head outputs */
    float *patch;  /* one row of stem patches */
    float *wide;   /* a whole picture between depthwise and projection */
    float *act[2]; /* block inputs and outputs */
} huse_effnet_lane;

typedef struct huse_effnet_scratch {
    size_t lanes;
    huse_effnet_lane lane[];
} huse_effnet_scratch;

typedef struct huse_effnet {
    huse_image_encoder base;
    char name[HUSE_MODEL_NAME_MAX];
    huse_effnet_block block[HUSE_EFFNET_BLOCKS];
    huse_panel head;
    huse_dw_kernel depthwise;
    float *zeros; /* a padded row outside the picture */
    _Atomic(huse_effnet_scratch *) spare; /* kept for the next call; a second caller makes its own */
} huse_effnet;

/** Sizes of all blocks; weights untouched. */
void huse_effnet_shape(huse_effnet *net);
/** Reads and folds the weights of DIR. The shape is set. On failure what was allocated is for
 * huse_effnet_free_weights. */
huse_status huse_effnet_load(huse_effnet *net, const char *dir, huse_err *err) HUSE_MUST_CHECK;
void huse_effnet_free_weights(huse_effnet *net);

/** One picture through the network. @pool NULL: all in the calling thread, on lane @worker. Same
 * bits either way. */
void huse_effnet_forward(const huse_effnet *net, huse_effnet_scratch *s, huse_pool *pool,
                         int worker, const uint8_t *rgb, float *out);
huse_effnet_scratch *huse_effnet_scratch_new(const huse_effnet *net, size_t lanes);
void huse_effnet_scratch_free(huse_effnet_scratch *s);

#endif
