#include "model/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"

enum { MAX_LAYERS = 12, MAX_DIM = 65536 };

static void add(huse_params *p, const char *part, const char *what, size_t rows, size_t cols, size_t fan_in)
{
    HUSE_ASSERT(p->n < HUSE_MAX_PARAMS);
    huse_param *r = &p->param[p->n++];
    snprintf(r->name, sizeof r->name, "%s.%s", part, what);
    r->rows = rows;
    r->cols = cols;
    r->fan_in = fan_in;
    r->at = p->floats;
    r->decay = rows > 1;
    p->floats += (rows * cols + 15) & ~(size_t)15;
}

static void add_layer(huse_params *p, const char *part, size_t out, size_t in)
{
    add(p, part, "weight", out, in, in);
    p->param[p->n - 1].decay = true; /* also for one output */
    add(p, part, "bias", 1, out, in);
    p->param[p->n - 1].decay = false;
}

static void add_tower(huse_params *p, const char *tower, size_t in, size_t layers)
{
    char part[24];
    for (size_t i = 0; in && i <= layers; i++) {
        snprintf(part, sizeof part, "%s.%zu", tower, i);
        add_layer(p, part, i < layers ? p->shape.hidden : p->shape.D, i ? p->shape.hidden : in);
    }
}

huse_status huse_params_init(huse_params *p, const huse_shape *s, huse_err *err)
{
    if (s->image_layers > MAX_LAYERS || s->text_layers > MAX_LAYERS || !s->hidden || !s->D || !s->K ||
        s->image_in > MAX_DIM || s->text_in > MAX_DIM || s->hidden > MAX_DIM || s->D > MAX_DIM ||
        s->K > ((size_t)1 << 22) || s->heads > 2 || (!s->image_in && !s->text_in))
        return huse_fail(err, HUSE_BAD_DATA, "a network of these sizes cannot be built");
    memset(p, 0, sizeof *p);
    p->shape = *s;
    add_tower(p, "image", s->image_in, s->image_layers);
    add_tower(p, "text", s->text_in, s->text_layers);
    if (s->heads)
        add_layer(p, "class", s->K, s->D);
    if (s->heads == 2)
        add_layer(p, "class_text", s->K, s->D);
    return HUSE_OK;
}

bool huse_all_finite(const float *x, size_t n)
{
    float sum = 0; /* becomes NaN and stays so at the first that is not finite */
    for (size_t i = 0; i < n; i++)
        sum += x[i] * 0.0f;
    return sum == 0.0f;
}

size_t huse_params_find(const huse_params *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->param[i].name, name) == 0)
            return i;
    huse_fatal(__FILE__, __LINE__, name);
}

void huse_params_randomise(const huse_params *p, uint64_t seed, float *block)
{
    memset(block, 0, p->floats * sizeof *block);
    for (size_t i = 0; i < p->n; i++) {
        const huse_param *r = &p->param[i];
        const double      bound = 1.0 / sqrt((double)r->fan_in);
        huse_rng          rng;
        huse_rng_init(&rng, seed, ((uint64_t)1 << 40) + i);
        for (size_t k = 0; k < r->rows * r->cols; k++)
            block[r->at + k] = (float)((2.0 * huse_rng_uniform(&rng) - 1.0) * bound);
    }
}

static bool is_bias(const huse_param *r)
{
    size_t n = strlen(r->name);
    return n > 5 && strcmp(r->name + n - 5, ".bias") == 0;
}

void huse_params_arrays(const huse_params *p, const char *prefix, const float *block, char (*names)[64],
                        huse_array *out)
{
    for (size_t i = 0; i < p->n; i++) {
        const huse_param *r = &p->param[i];
        snprintf(names[i], sizeof names[i], "%s%s", prefix, r->name);
        out[i] = is_bias(r) ? huse_array_1d(names[i], HUSE_F32, block + r->at, r->cols)
                            : huse_array_2d(names[i], HUSE_F32, block + r->at, r->rows, r->cols);
    }
}

static huse_status find(const huse_param *r, const char *prefix, const huse_safetensors *st, const huse_array **a, huse_err *err)
{
    char         name[64];
    const size_t dim[2] = {r->rows, r->cols};
    snprintf(name, sizeof name, "%s%s", prefix, r->name);
    return huse_safetensors_get(st, name, HUSE_F32, is_bias(r) ? 1 : 2, is_bias(r) ? dim + 1 : dim, a, err);
}

huse_status huse_params_check(const huse_params *p, const char *prefix, const huse_safetensors *st, huse_err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        const huse_array *a;
        HUSE_TRY(find(&p->param[i], prefix, st, &a, err));
        if (!huse_all_finite(a->data, huse_array_count(a)))
            return huse_fail(err, HUSE_BAD_DATA, "%s%s holds numbers that are not finite", prefix, p->param[i].name);
    }
    return HUSE_OK;
}

huse_status huse_params_load(const huse_params *p, const char *prefix, const huse_safetensors *st, float *block,
                             huse_err *err)
{
    HUSE_TRY(huse_params_check(p, prefix, st, err));
    memset(block, 0, p->floats * sizeof *block);
    for (size_t i = 0; i < p->n; i++) {
        const huse_array *a;
        HUSE_TRY(find(&p->param[i], prefix, st, &a, err));
        memcpy(block + p->param[i].at, a->data, huse_array_count(a) * sizeof *block);
    }
    return HUSE_OK;
}
