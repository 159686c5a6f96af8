#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "encode/effnet.h"
#include "encode/model_file.h"

#define BN_EPS 1e-3f /* of the TensorFlow original */

static const struct {
    size_t repeat, k, stride, expand, out;
} stages[] = {
    {1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40},  {3, 3, 2, 6, 80},
    {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320},
};

void huse_effnet_shape(huse_effnet *net)
{
    size_t at = 0, in = HUSE_EFFNET_STEM, side = HUSE_PICTURE_SIDE / 2;
    for (size_t s = 0; s < HUSE_COUNT(stages); s++)
        for (size_t j = 0; j < stages[s].repeat; j++) {
            huse_effnet_block *b = &net->block[at++];
            b->k = stages[s].k;
            b->stride = j ? 1 : stages[s].stride;
            b->in = at == 1 ? HUSE_EFFNET_PATCH : in;
            b->wide = in * stages[s].expand;
            b->out = stages[s].out;
            b->side_in = side;
            b->side_out = (side + b->stride - 1) / b->stride;
            b->row = (b->side_out - 1) * b->stride + b->k;
            b->pad = (b->row - side) / 2;
            b->residual = b->stride == 1 && b->in == b->out;
            in = b->out;
            side = b->side_out;
        }
    HUSE_ASSERT(at == HUSE_EFFNET_BLOCKS);
}

/* The two families of names: of the lukemelas port, and of timm. */
typedef struct names {
    bool timm;
    char conv[64], bn[64];
} names;

static void name_stem(names *n)
{
    snprintf(n->conv, sizeof n->conv, n->timm ? "conv_stem.weight" : "_conv_stem.weight");
    snprintf(n->bn, sizeof n->bn, n->timm ? "bn1" : "_bn0");
}

static void name_head(names *n)
{
    snprintf(n->conv, sizeof n->conv, n->timm ? "conv_head.weight" : "_conv_head.weight");
    snprintf(n->bn, sizeof n->bn, n->timm ? "bn2" : "_bn1");
}

enum part { EXPAND, DEPTHWISE, PROJECT };

static void name_block(names *n, size_t block, enum part part)
{
    static const char *const port[] = {"_expand_conv", "_depthwise_conv", "_project_conv"};
    static const char *const first[] = {"", "conv_dw", "conv_pw"};
    static const char *const other[] = {"conv_pw", "conv_dw", "conv_pwl"};
    if (!n->timm) {
        snprintf(n->conv, sizeof n->conv, "_blocks.%zu.%s.weight", block, port[part]);
        snprintf(n->bn, sizeof n->bn, "_blocks.%zu._bn%d", block, (int)part);
        return;
    }
    size_t stage = 0, within = block;
    while (within >= stages[stage].repeat)
        within -= stages[stage++].repeat;
    snprintf(n->conv, sizeof n->conv, "blocks.%zu.%zu.%s.weight", stage, within,
             block ? other[part] : first[part]);
    snprintf(n->bn, sizeof n->bn, "blocks.%zu.%zu.bn%d", stage, within,
             block ? (int)part + 1 : (int)part);
}

/* Names that an encoder has no use for: the classifier, and counters of the training that made the
 * weights. */
static bool unused_name(const char *name)
{
    static const char tail[] = ".num_batches_tracked";
    size_t n = strlen(name), t = sizeof tail - 1;
    return strncmp(name, "_fc.", 4) == 0 || strncmp(name, "classifier.", 11) == 0 ||
           (n > t && strcmp(name + n - t, tail) == 0);
}

static huse_status get_bn(huse_model_file *w, const names *n, const char *what, size_t channels,
                          float **x, huse_err *err)
{
    char name[96];
    snprintf(name, sizeof name, "%s.%s", n->bn, what);
    return huse_model_file_get(w, name, 1, &channels, x, err);
}

/* Convolution and batch norm as one: w (out,in,k,k) · g/√(v+ε), bias β − m·g/√(v+ε). */
static huse_status folded(huse_model_file *w, const names *n, size_t out, size_t in, size_t k,
                          float **weight, float **bias, huse_err *err)
{
    size_t dim[4] = {out, in, k, k}, per = in * k * k;
    float *g = NULL, *beta = NULL, *mean = NULL, *var = NULL, *x = NULL;
    huse_status status;
    if ((status = huse_model_file_get(w, n->conv, 4, dim, &x, err)) != HUSE_OK ||
        (status = get_bn(w, n, "weight", out, &g, err)) != HUSE_OK ||
        (status = get_bn(w, n, "bias", out, &beta, err)) != HUSE_OK ||
        (status = get_bn(w, n, "running_mean", out, &mean, err)) != HUSE_OK ||
        (status = get_bn(w, n, "running_var", out, &var, err)) != HUSE_OK)
        goto out;
    for (size_t o = 0; o < out; o++) {
        if (var[o] < 0) {
            status =
                huse_fail(err, HUSE_BAD_DATA, "the variance %s.running_var is negative", n->bn);
            goto out;
        }
        float scale = g[o] / sqrtf(var[o] + BN_EPS);
        for (size_t i = 0; i < per; i++)
            x[o * per + i] *= scale;
        beta[o] -= mean[o] * scale;
    }
    *weight = x;
    *bias = beta;
    x = beta = NULL;
out:
    free(x);
    free(g);
    free(beta);
    free(mean);
    free(var);
    return status;
}

static huse_status load_panel(huse_model_file *w, const names *n, huse_panel *p, size_t out,
                              size_t in, huse_err *err)
{
    float *weight, *bias;
    HUSE_TRY(folded(w, n, out, in, 1, &weight, &bias, err));
    huse_panel_pack(p, true, in, out, weight, in, bias);
    free(weight);
    free(bias);
    return HUSE_OK;
}

/* (32,3,3,3) with the channel first becomes (27,32) with the channel last, as patches lie in a
 * picture's rows. */
static huse_status load_stem(huse_model_file *w, names *n, huse_panel *p, huse_err *err)
{
    float *weight, *bias, turned[HUSE_EFFNET_PATCH * HUSE_EFFNET_STEM];
    name_stem(n);
    HUSE_TRY(folded(w, n, HUSE_EFFNET_STEM, 3, 3, &weight, &bias, err));
    for (size_t o = 0; o < HUSE_EFFNET_STEM; o++)
        for (size_t c = 0; c < 3; c++)
            for (size_t tap = 0; tap < 9; tap++)
                turned[(tap * 3 + c) * HUSE_EFFNET_STEM + o] = weight[(o * 3 + c) * 9 + tap];
    huse_panel_pack(p, false, HUSE_EFFNET_PATCH, HUSE_EFFNET_STEM, turned, HUSE_EFFNET_STEM, bias);
    free(weight);
    free(bias);
    return HUSE_OK;
}

static huse_status load_depthwise(huse_model_file *w, const names *n, huse_effnet_block *b,
                                  huse_err *err)
{
    float *weight;
    size_t taps = b->k * b->k;
    HUSE_TRY(folded(w, n, b->wide, 1, b->k, &weight, &b->dw_bias, err));
    b->dw = huse_xaligned(taps * b->wide * sizeof *b->dw);
    for (size_t c = 0; c < b->wide; c++)
        for (size_t t = 0; t < taps; t++)
            b->dw[t * b->wide + c] = weight[c * taps + t];
    free(weight);
    return HUSE_OK;
}

static huse_status load_block(huse_model_file *w, names *n, size_t i, huse_effnet_block *b,
                              huse_err *err)
{
    if (i == 0) {
        HUSE_TRY(load_stem(w, n, &b->expand, err));
    } else {
        name_block(n, i, EXPAND);
        HUSE_TRY(load_panel(w, n, &b->expand, b->wide, b->in, err));
    }
    name_block(n, i, DEPTHWISE);
    HUSE_TRY(load_depthwise(w, n, b, err));
    name_block(n, i, PROJECT);
    return load_panel(w, n, &b->project, b->out, b->wide, err);
}

/* timm's efficientnet_lite0 has the same names and shapes as its tf_efficientnet_lite0, but another
 * padding and input range: only the config.json that timm puts beside the weights tells them apart.
 */
static huse_status check_architecture(const char *dir, huse_err *err)
{
    huse_status status = HUSE_OK;
    char *path = huse_fs_join(dir, "config.json"), *text = NULL;
    size_t n;
    json_t *root = NULL;
    if (!huse_fs_exists(path))
        goto out;
    if ((status = huse_fs_read(path, 1 << 20, &text, &n, err)) != HUSE_OK ||
        (status = huse_json_parse(&root, text, n, path, err)) != HUSE_OK)
        goto out;
    const char *name = json_string_value(json_object_get(root, "architecture"));
    if (name && strcmp(name, "tf_efficientnet_lite0") != 0)
        status = huse_fail(err, HUSE_BAD_DATA,
                           "%s says that the weights are of %s; only tf_efficientnet_lite0 is read",
                           path, name);
out:
    json_decref(root);
    free(text);
    free(path);
    return status;
}

huse_status huse_effnet_load(huse_effnet *net, const char *dir, huse_err *err)
{
    huse_model_file *w = NULL;
    names n = {.timm = false};
    huse_status status;
    HUSE_TRY(huse_model_file_open(&w, dir, err));
    if ((status = check_architecture(dir, err)) != HUSE_OK)
        goto out;
    n.timm = huse_model_file_has(w, "conv_stem.weight");
    if (!n.timm && !huse_model_file_has(w, "_conv_stem.weight")) {
        status =
            huse_fail(err, HUSE_BAD_DATA,
                      "%s/model.safetensors holds another network than EfficientNet-Lite0", dir);
        goto out;
    }
    for (size_t i = 0; i < HUSE_EFFNET_BLOCKS; i++)
        if ((status = load_block(w, &n, i, &net->block[i], err)) != HUSE_OK)
            goto out;
    name_head(&n);
    if ((status = load_panel(w, &n, &net->head, HUSE_EFFNET_DIM,
                             net->block[HUSE_EFFNET_BLOCKS - 1].out, err)) != HUSE_OK)
        goto out;
    if ((status = huse_model_file_all_read(w, unused_name, err)) != HUSE_OK)
        goto out;
    net->base.hash = *huse_model_file_hash(w);
out:
    huse_model_file_close(w);
    return status;
}

void huse_effnet_free_weights(huse_effnet *net)
{
    for (size_t i = 0; i < HUSE_EFFNET_BLOCKS; i++) {
        huse_panel_free(&net->block[i].expand);
        huse_panel_free(&net->block[i].project);
        free(net->block[i].dw);
        free(net->block[i].dw_bias);
    }
    huse_panel_free(&net->head);
}
