#include <jansson.h>
#include <string.h>

#include "base/bundle.h"
#include "encode/bert_config.h"

enum { STEPS_MAX = 16 };

static huse_status check_step(const json_t *step, size_t i, bool *pools, const char *label, huse_err *err)
{
    const char *type = json_string_value(json_object_get(step, "type"));
    const char *path = json_string_value(json_object_get(step, "path"));
    const char *dot = type ? strrchr(type, '.') : NULL, *kind = dot ? dot + 1 : type ? type : "";
    if (i == 0 && strcmp(kind, "Transformer") == 0 && path && !*path)
        return HUSE_OK;
    if (i == 1 && strcmp(kind, "Pooling") == 0 && path && strcmp(path, "1_Pooling") == 0) {
        *pools = true;
        return HUSE_OK;
    }
    if (i > 1 && strcmp(kind, "Normalize") == 0)
        return HUSE_OK;
    return huse_fail(err, HUSE_BAD_DATA, "%s: its step %zu is “%.40s”; only a network, the pooling of its tokens and a normalisation are run",
                     label, i + 1, kind);
}

static huse_status check_steps(const json_t *steps, bool *pools, const char *label, huse_err *err)
{
    const size_t n = json_array_size(steps);
    if (!json_is_array(steps) || n > STEPS_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s: is not a list of steps", label);
    *pools = false;
    for (size_t i = 0; i < n; i++)
        HUSE_TRY(check_step(json_array_get(steps, i), i, pools, label, err));
    return *pools ? HUSE_OK : huse_fail(err, HUSE_BAD_DATA, "%s: makes no sentence vectors, it does not pool tokens", label);
}

/* Either a word, or a member of its own for each kind of pooling. */
static huse_status read_pooling(const json_t *root, bool *first, const char *label, huse_err *err)
{
    const char   *chosen = NULL, *key;
    const json_t *value, *mode = json_object_get(root, "pooling_mode");
    size_t        n = 0;
    if (json_is_string(mode)) {
        chosen = json_string_value(mode);
        n = 1;
    } else {
        json_object_foreach((json_t *)(uintptr_t)root, key, value)
            if (strncmp(key, "pooling_mode_", 13) == 0 && json_is_true(value)) {
                chosen = key + 13;
                n++;
            }
    }
    if (n == 1 && (strcmp(chosen, "mean_tokens") == 0 || strcmp(chosen, "mean") == 0))
        *first = false;
    else if (n == 1 && (strcmp(chosen, "cls_token") == 0 || strcmp(chosen, "cls") == 0))
        *first = true;
    else
        return huse_fail(err, HUSE_BAD_DATA, "%s: tokens are pooled by %s%.40s; the mean of all and the first one are run", label,
                         n > 1 ? "several of which " : "", n ? chosen : "nothing that is known");
    return HUSE_OK;
}

huse_status huse_bert_pooling_parse(bool *first, const char *const text[2], const size_t n[2], const char *const label[2], huse_err *err)
{
    bool        read = false, pools = true;
    json_t     *steps = NULL, *root = NULL;
    huse_status s = HUSE_OK;
    if (text[0]) {
        s = huse_json_parse(&steps, text[0], n[0], label[0], err);
        if (s == HUSE_OK)
            s = check_steps(steps, &pools, label[0], err);
        if (s == HUSE_OK && !text[1])
            s = huse_fail(err, HUSE_BAD_DATA, "%s is missing: how tokens are pooled cannot be told", label[1]);
    }
    if (s == HUSE_OK && text[1]) {
        s = huse_json_parse(&root, text[1], n[1], label[1], err);
        if (s == HUSE_OK && !json_is_object(root))
            s = huse_fail(err, HUSE_BAD_DATA, "%s: is not a JSON object", label[1]);
        if (s == HUSE_OK)
            s = read_pooling(root, &read, label[1], err);
    }
    json_decref(steps);
    json_decref(root);
    if (s == HUSE_OK)
        *first = read;
    return s;
}
