/* The one table of trainable arrays: it drives allocation, initialisation, optimiser, checkpoint and gradient checks. */
#ifndef HUSE_PARAMS_H
#define HUSE_PARAMS_H

#include "base/arrays.h"

/** What a network looks like (METHOD 2). */
typedef struct huse_shape {
    size_t image_in, text_in; /* feature widths; 0: no such tower */
    size_t hidden;            /* width of hidden layers */
    size_t image_layers, text_layers; /* hidden layers; one FC to D follows */
    size_t D, K;
    size_t heads; /* class layers: 0 none, 1 shared, 2 one per modality */
} huse_shape;

typedef struct huse_param {
    char   name[32]; /* "image.0.weight", "class.bias", "class_text.weight" */
    size_t rows, cols; /* weights (out,in); biases (1,out) */
    size_t fan_in;
    size_t at;       /* offset in the block, in floats, a multiple of 16 */
    bool   decay;    /* weight decay applies */
} huse_param;

#define HUSE_MAX_PARAMS 64

typedef struct huse_params {
    huse_shape shape;
    size_t     n, floats; /* rows of the table, floats of one block */
    huse_param param[HUSE_MAX_PARAMS];
} huse_params;

/** Fills the table. BAD_DATA when the shape is out of range (layers ≤ 12, dimensions ≤ 65,536). */
huse_status huse_params_init(huse_params *p, const huse_shape *shape, huse_err *err) HUSE_MUST_CHECK;
bool huse_all_finite(const float *x, size_t n);
/** Index of a name; aborts when there is none. */
size_t huse_params_find(const huse_params *p, const char *name);
/** Uniform ±1/√fan_in for weights and biases, by (seed, row of the table) alone. */
void huse_params_randomise(const huse_params *p, uint64_t seed, float *block);
/** Array views named @prefix + name into out[p->n]; names are written to @names (p->n × 64 bytes). */
void huse_params_arrays(const huse_params *p, const char *prefix, const float *block, char (*names)[64],
                        huse_array *out);
/** BAD_DATA unless a file holds all arrays named @prefix + name, in their shapes, every number finite. */
huse_status huse_params_check(const huse_params *p, const char *prefix, const huse_safetensors *st, huse_err *err) HUSE_MUST_CHECK;
/** Copies them into @block, which is untouched when that check fails. */
huse_status huse_params_load(const huse_params *p, const char *prefix, const huse_safetensors *st, float *block,
                             huse_err *err) HUSE_MUST_CHECK;

#endif
