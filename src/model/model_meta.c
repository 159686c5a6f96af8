#include "model/model_meta.h"

#include <string.h>

/* Scalars: sizes of the network and widths of its inputs, then real numbers. */
#define SIZES(X)                        \
    X("hidden", weights.params.shape.hidden)             \
    X("image_layers", weights.params.shape.image_layers) \
    X("text_layers", weights.params.shape.text_layers)   \
    X("image_in", weights.params.shape.image_in)         \
    X("text_in", weights.params.shape.text_in)           \
    X("class_layers", weights.params.shape.heads)        \
    X("dim", D)                         \
    X("image_dim", image_dim)           \
    X("text_dim", text_dim)             \
    X("sentence_at", sentence_at)       \
    X("sentence_dim", sentence_dim)     \
    X("psi_dim", P)
#define REALS(X) /* name, field, range */   \
    X("logit_scale", logit_scale, 1e-6, 1e6) \
    X("fusion_weight", fusion_weight, 0, 1) \
    X("rerank", rerank, 0, 1)               \
    X("rerank_hidden", rerank_hidden, 0, 1)
#define STRINGS(X)                      \
    X("run", run)                       \
    X("method", method)                 \
    X("image_encoder", image_encoder)   \
    X("text_encoder", text_encoder)

json_t *huse_model_meta(const huse_model *m)
{
    json_t *o = json_object(), *classes = json_array();
    char    hex[65];
#define PUT_SIZE(name, field) json_object_set_new(o, name, json_integer((json_int_t)m->field));
    SIZES(PUT_SIZE)
#define PUT_REAL(name, field, low, high) json_object_set_new(o, name, json_real(m->field));
    REALS(PUT_REAL)
#define PUT_STRING(name, field) json_object_set_new(o, name, json_string(m->field));
    STRINGS(PUT_STRING)
    json_object_set_new(o, "step", json_integer(m->step));
    huse_key_hex(hex, &m->image_encoder_hash);
    json_object_set_new(o, "image_encoder_hash", json_string(hex));
    huse_key_hex(hex, &m->text_encoder_hash);
    json_object_set_new(o, "text_encoder_hash", json_string(hex));
    json_object_set_new(o, "tfidf", json_boolean(m->weights.tfidf != NULL));
    for (size_t k = 0; k < m->K; k++)
        json_array_append_new(classes, json_string(m->class_path[k]));
    json_object_set_new(o, "classes", classes);
    return o;
}

static huse_status wrong(huse_err *err, const char *name)
{
    return huse_fail(err, HUSE_BAD_DATA, "the model's meta.json: “%s” is missing or out of range", name);
}

static huse_status get_size(const json_t *meta, const char *name, size_t *out, huse_err *err)
{
    const json_t *v = json_object_get(meta, name);
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > 1 << 22)
        return wrong(err, name);
    *out = (size_t)json_integer_value(v);
    return HUSE_OK;
}

static huse_status get_real(const json_t *meta, const char *name, double low, double high, double *out, huse_err *err)
{
    const json_t *v = json_object_get(meta, name);
    double        x = json_number_value(v);
    if (!json_is_number(v) || !(x >= low && x <= high))
        return wrong(err, name);
    *out = x;
    return HUSE_OK;
}

static huse_status get_string(const json_t *meta, const char *name, char **out, huse_err *err)
{
    const char *s = json_string_value(json_object_get(meta, name));
    if (!s || strlen(s) > 255)
        return wrong(err, name);
    *out = huse_xstrdup(s);
    return HUSE_OK;
}

static huse_status get_key(const json_t *meta, const char *name, huse_key *out, huse_err *err)
{
    const char *s = json_string_value(json_object_get(meta, name));
    return s && huse_key_parse(out, s) ? HUSE_OK : wrong(err, name);
}

/* Well-formed paths in strictly rising byte order. */
static huse_status get_classes(huse_model *m, const json_t *meta, huse_err *err)
{
    const json_t *list = json_object_get(meta, "classes");
    if (!json_is_array(list) || json_array_size(list) == 0)
        return wrong(err, "classes");
    m->class_path = huse_xcalloc(json_array_size(list), sizeof *m->class_path);
    for (; m->K < json_array_size(list); m->K++) {
        const char *s = json_string_value(json_array_get(list, m->K));
        if (!s || huse_class_path_fault(s, strlen(s)) || (m->K && strcmp(m->class_path[m->K - 1], s) >= 0))
            return wrong(err, "classes");
        m->class_path[m->K] = huse_xstrdup(s);
    }
    return HUSE_OK;
}

huse_status huse_model_read_meta(huse_model *m, const json_t *meta, huse_err *err)
{
#define GET_SIZE(name, field) HUSE_TRY(get_size(meta, name, &m->field, err));
    SIZES(GET_SIZE)
#define GET_REAL(name, field, low, high) HUSE_TRY(get_real(meta, name, low, high, &m->field, err));
    REALS(GET_REAL)
#define GET_STRING(name, field) HUSE_TRY(get_string(meta, name, &m->field, err));
    STRINGS(GET_STRING)
    HUSE_TRY(get_key(meta, "image_encoder_hash", &m->image_encoder_hash, err));
    HUSE_TRY(get_key(meta, "text_encoder_hash", &m->text_encoder_hash, err));
    HUSE_TRY(get_classes(m, meta, err));
    const json_t *v = json_object_get(meta, "step");
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return wrong(err, "step");
    m->step = (long)json_integer_value(v);
    if (m->sentence_at > m->text_dim || m->sentence_dim > m->text_dim - m->sentence_at)
        return wrong(err, "sentence_dim");
    m->weights.params.shape.D = m->D;
    m->weights.params.shape.K = m->K;
    m->weights.image_dim = m->image_dim;
    m->weights.text_dim = m->text_dim;
    m->weights.logit_scale = (float)m->logit_scale;
    huse_shape shape = m->weights.params.shape;
    return huse_params_init(&m->weights.params, &shape, err);
}
