#include "encode/bert_config.h"

#include <jansson.h>
#include <string.h>

#include "base/bundle.h"

static huse_status read_size(const json_t *root, const char *key, size_t min, size_t max,
                             size_t *out, const char *label, huse_err *err)
{
    const json_t *v = json_object_get(root, key);
    if (!v)
        return huse_fail(err, HUSE_BAD_DATA, "%s: has no %s", label, key);
    if (!json_is_integer(v))
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s is not a whole number", label, key);
    json_int_t i = json_integer_value(v);
    if (i < (json_int_t)min || i > (json_int_t)max)
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s is %lld; %zu to %zu can be used", label, key,
                         (long long)i, min, max);
    *out = (size_t)i;
    return HUSE_OK;
}

static huse_status read_act(const json_t *root, huse_bert_act *act, const char *label,
                            huse_err *err)
{
    static const struct {
        const char *name;
        huse_bert_act act;
    } known[] = {
        {"gelu", HUSE_ACT_GELU},
        {"gelu_new", HUSE_ACT_GELU_TANH},
        {"gelu_pytorch_tanh", HUSE_ACT_GELU_TANH},
        {"relu", HUSE_ACT_RELU},
    };
    const json_t *v = json_object_get(root, "hidden_act");
    if (v && !json_is_string(v))
        return huse_fail(err, HUSE_BAD_DATA, "%s: hidden_act is not a string", label);
    const char *name = v ? json_string_value(v) : "gelu";
    for (size_t i = 0; i < HUSE_COUNT(known); i++)
        if (strcmp(name, known[i].name) == 0) {
            *act = known[i].act;
            return HUSE_OK;
        }
    return huse_fail(err, HUSE_BAD_DATA,
                     "%s: hidden_act \"%.40s\" is unknown; gelu, gelu_new and relu can be used",
                     label, name);
}

/* The value of @key, when there is one, must be @want. */
static huse_status want_string(const json_t *root, const char *key, const char *want,
                               const char *label, huse_err *err)
{
    const json_t *v = json_object_get(root, key);
    const char *s = json_string_value(v);
    if (!v || (s && strcmp(s, want) == 0))
        return HUSE_OK;
    return huse_fail(err, HUSE_BAD_DATA, "%s: %s is \"%.40s\"; only \"%s\" can be used", label, key,
                     s ? s : "not a string", want);
}

static huse_status read_config(huse_bert_config *c, const json_t *root, const char *label,
                               huse_err *err)
{
    HUSE_TRY(want_string(root, "model_type", "bert", label, err));
    HUSE_TRY(want_string(root, "position_embedding_type", "absolute", label, err));
    if (json_is_true(json_object_get(root, "is_decoder")))
        return huse_fail(err, HUSE_BAD_DATA, "%s: is_decoder is set; only encoders can be used",
                         label);
    if (json_object_size(json_object_get(root, "auto_map")))
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s: auto_map says that the network is code of its own, which is never run",
                         label);
    HUSE_TRY(read_size(root, "hidden_size", 1, 8192, &c->hidden, label, err));
    HUSE_TRY(read_size(root, "num_hidden_layers", 4, 128, &c->layers, label, err));
    HUSE_TRY(read_size(root, "num_attention_heads", 1, 256, &c->heads, label, err));
    HUSE_TRY(read_size(root, "intermediate_size", 1, 65536, &c->inner, label, err));
    HUSE_TRY(read_size(root, "vocab_size", 3, HUSE_WORDPIECE_MAX_PIECES, &c->vocab, label, err));
    HUSE_TRY(read_size(root, "max_position_embeddings", 8, 65536, &c->positions, label, err));
    HUSE_TRY(read_size(root, "type_vocab_size", 1, 1024, &c->types, label, err));
    HUSE_TRY(read_act(root, &c->act, label, err));
    if (c->hidden % c->heads)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s: hidden_size %zu is not a multiple of num_attention_heads %zu", label,
                         c->hidden, c->heads);
    const json_t *eps = json_object_get(root, "layer_norm_eps");
    double e = eps ? json_number_value(eps) : 1e-12;
    if (!(e > 0 && e < 1))
        return huse_fail(err, HUSE_BAD_DATA, "%s: layer_norm_eps is not between 0 and 1", label);
    c->eps = (float)e;
    return HUSE_OK;
}

static huse_status parse_object(json_t **root, const char *data, size_t n, const char *label,
                                huse_err *err)
{
    json_t *j;
    HUSE_TRY(huse_json_parse(&j, data, n, label, err));
    if (!json_is_object(j)) {
        json_decref(j);
        return huse_fail(err, HUSE_BAD_DATA, "%s: is not a JSON object", label);
    }
    *root = j;
    return HUSE_OK;
}

huse_status huse_bert_config_parse(huse_bert_config *c, const char *data, size_t n,
                                   const char *label, huse_err *err)
{
    json_t *root;
    HUSE_TRY(parse_object(&root, data, n, label, err));
    huse_bert_config read = {0};
    huse_status st = read_config(&read, root, label, err);
    json_decref(root);
    if (st == HUSE_OK)
        *c = read;
    return st;
}

static huse_status read_bool(const json_t *root, const char *key, bool missing, bool *out,
                             const char *label, huse_err *err)
{
    const json_t *v = json_object_get(root, key);
    if (v && !json_is_null(v) && !json_is_boolean(v))
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s is neither true nor false", label, key);
    *out = v && json_is_boolean(v) ? json_is_true(v) : missing;
    return HUSE_OK;
}

/* The same algorithm by either name; a null is as good as nothing. */
static huse_status check_tokenizer(const json_t *root, const char *label, huse_err *err)
{
    const json_t *class = json_object_get(root, "tokenizer_class");
    const char   *name = json_string_value(class);
    if (class && !json_is_null(class) &&
        (!name || (strcmp(name, "BertTokenizer") != 0 && strcmp(name, "BertTokenizerFast") != 0)))
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s: tokenizer_class is \"%.40s\"; only BertTokenizer can be used", label,
                         name ? name : "not a string");
    if (json_is_false(json_object_get(root, "do_basic_tokenize")))
        return huse_fail(err, HUSE_BAD_DATA, "%s: do_basic_tokenize is off, which is not run",
                         label);
    return HUSE_OK;
}

huse_status huse_bert_config_tokenizer(huse_wordpiece_options *o, const char *data, size_t n,
                                       const char *label, huse_err *err)
{
    huse_wordpiece_options read = {true, true, true};
    if (data) {
        json_t *root;
        HUSE_TRY(parse_object(&root, data, n, label, err));
        huse_status st = check_tokenizer(root, label, err);
        if (st == HUSE_OK)
            st = read_bool(root, "do_lower_case", true, &read.lower_case, label, err);
        if (st == HUSE_OK)
            st = read_bool(root, "strip_accents", read.lower_case, &read.strip_accents, label, err);
        if (st == HUSE_OK)
            st = read_bool(root, "tokenize_chinese_chars", true, &read.split_cjk, label, err);
        json_decref(root);
        if (st != HUSE_OK)
            return st;
    }
    *o = read;
    return HUSE_OK;
}
