/* The report of an evaluation: filling, JSON, and figures by name. */
#include "eval/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define UNKNOWN ((double)NAN)

void huse_eval_report_init(huse_eval_report *r, const char *split)
{
    *r = (huse_eval_report){ .split = split };
    for (int t = 0; t < HUSE_TASKS; t++) {
        huse_retrieval *x = &r->retrieval[t];
        for (int f = 0; f < HUSE_FIGURES; f++)
            x->mean[f] = x->random[f] = x->lo[f] = x->hi[f] = UNKNOWN;
    }
    for (int i = 0; i < 2; i++)
        r->instance[i] = (huse_instance){ false, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN };
    r->accuracy_image = r->accuracy_text = r->accuracy_fusion = r->fusion_weight = UNKNOWN;
    r->true_pair = r->other_pair = r->spearman_tree = UNKNOWN;
    r->shared = r->visible = r->hidden = (huse_attribute_figure){ UNKNOWN, UNKNOWN };
    r->mix_visible = r->mix_hidden = UNKNOWN;
}

void huse_eval_report_free(huse_eval_report *r)
{
    for (int t = 0; t < HUSE_TASKS; t++)
        huse_retrieval_free(&r->retrieval[t]);
}

void huse_eval_report_space(huse_eval_report *r, huse_pool *pool, const huse_eval_set *s, const huse_retrieval_options *opt)
{
    huse_eval_report_free(r);
    r->queries = s->n;
    huse_eval_retrieval(pool, s, opt, r->retrieval);
    huse_eval_instance(pool, s, r->instance);
    huse_eval_gap(pool, s, &r->true_pair, &r->other_pair);
    r->spearman_tree = huse_eval_spearman_tree(s);
}

/* --- JSON --- */

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static void put(json_t *o, const char *key, double v)
{
    json_object_set_new(o, key, number(v));
}

static json_t *retrieval_json(const huse_retrieval *x)
{
    json_t *o = json_object(), *random = json_object(), *interval = json_object();
    for (int f = 0; f < HUSE_FIGURES; f++) {
        const char *name = huse_figure_name[f];
        put(o, name, x->mean[f]);
        put(random, name, x->random[f]);
        json_t *range = json_null();
        if (isfinite(x->lo[f]) && isfinite(x->hi[f])) {
            range = json_array();
            json_array_append_new(range, json_real(x->lo[f]));
            json_array_append_new(range, json_real(x->hi[f]));
        }
        json_object_set_new(interval, name, range);
    }
    json_object_set_new(o, "queries", json_integer((json_int_t)x->queries));
    json_object_set_new(o, "left_out", json_integer((json_int_t)x->left_out));
    json_object_set_new(o, "random", random);
    json_object_set_new(o, "interval", interval);
    return o;
}

static json_t *instance_json(const huse_instance *x)
{
    json_t *o = json_object();
    put(o, "median_rank", x->median_rank);
    put(o, "R@1", x->r1);
    put(o, "R@5", x->r5);
    put(o, "R@10", x->r10);
    return o;
}

static json_t *attribute_json(const huse_attribute_figure *x)
{
    json_t *o = json_object();
    put(o, "P@10", x->p10);
    put(o, "class_share", x->class_share);
    return o;
}

json_t *huse_eval_report_json(const huse_eval_report *r)
{
    json_t *o = json_object(), *retrieval = json_object(), *instance = json_object();
    json_t *accuracy = json_object(), *search = json_object();
    json_object_set_new(o, "schema", json_string("huse-tui/eval"));
    json_object_set_new(o, "version", json_integer(1));
    json_object_set_new(o, "split", json_string(r->split ? r->split : ""));
    json_object_set_new(o, "queries", json_integer((json_int_t)r->queries));
    for (int t = 0; t < HUSE_TASKS; t++)
        json_object_set_new(retrieval, huse_task_name[t], retrieval_json(&r->retrieval[t]));
    json_object_set_new(o, "retrieval", retrieval);
    for (int i = 0; i < 2; i++)
        json_object_set_new(instance, huse_task_name[i ? HUSE_T2I : HUSE_I2T], instance_json(&r->instance[i]));
    json_object_set_new(o, "instance", instance);
    put(accuracy, "image", r->accuracy_image);
    put(accuracy, "text", r->accuracy_text);
    put(accuracy, "fusion", r->accuracy_fusion);
    put(accuracy, "fusion_weight", r->fusion_weight);
    json_object_set_new(o, "accuracy", accuracy);
    put(o, "true_pair_distance", r->true_pair);
    put(o, "other_pair_distance", r->other_pair);
    put(o, "spearman_tree", r->spearman_tree);
    json_object_set_new(search, "shared", attribute_json(&r->shared));
    json_t *visible = attribute_json(&r->visible), *hidden = attribute_json(&r->hidden);
    put(visible, "mix", r->mix_visible);
    put(hidden, "mix", r->mix_hidden);
    json_object_set_new(search, "visible", visible);
    json_object_set_new(search, "hidden", hidden);
    json_object_set_new(o, "attribute_search", search);
    return o;
}

/* --- figures by name --- */

/* The value at a dotted path below @o, or NULL. Borrowed. No key holds a dot. */
static const json_t *at_path(const json_t *o, const char *path)
{
    while (o && *path) {
        size_t n = strcspn(path, ".");
        char *key = huse_xstrndup(path, n);
        o = json_object_get(o, key);
        free(key);
        path += n + (path[n] == '.');
    }
    return o;
}

/* The number or null that @path names in @o, with "retrieval." understood; NULL: no such figure. */
static const json_t *figure_at(const json_t *o, const char *path)
{
    const json_t *v = at_path(o, path);
    if (!v)
        v = at_path(json_object_get(o, "retrieval"), path);
    return json_is_number(v) || json_is_null(v) ? v : NULL;
}

bool huse_eval_report_figure(const huse_eval_report *r, const char *path, double *value)
{
    json_t *o = huse_eval_report_json(r);
    const json_t *v = figure_at(o, path);
    bool found = json_is_number(v);
    if (found)
        *value = json_number_value(v);
    json_decref(o);
    return found;
}

/* Digits with a point, as "0.9", ".9", "-1", "12.5"; the whole string. */
static bool parse_decimal(const char *s, double *value)
{
    double sign = *s == '-' ? -1 : 1, v = 0, unit = 1;
    s += *s == '-' || *s == '+';
    size_t digits = strspn(s, "0123456789"), total = digits;
    for (size_t i = 0; i < digits; i++)
        v = v * 10 + (s[i] - '0');
    s += digits;
    if (*s == '.') {
        digits = strspn(++s, "0123456789");
        total += digits;
        for (size_t i = 0; i < digits; i++) {
            v = v * 10 + (s[i] - '0');
            unit *= 10;
        }
        s += digits;
    }
    *value = sign * v / unit;
    return *s == '\0' && total > 0 && total <= 15; /* more digits than a double holds */
}

/* The task whose name is nearest to the start of @path, for a message. */
static const char *nearest_task(const char *path)
{
    char *head = huse_xstrndup(path, strcspn(path, "."));
    const char *name = huse_text_nearest(head, huse_task_name, HUSE_TASKS);
    free(head);
    return name;
}

huse_status huse_eval_report_check(const huse_eval_report *r, const char *spec, huse_err *err)
{
    const char *equals = strrchr(spec, '=');
    double limit = 0;
    if (!equals || !parse_decimal(equals + 1, &limit))
        return huse_fail(err, HUSE_USAGE, "'%s' is not FIGURE=NUMBER, as in T2I.R@1=.9", spec);
    char *path = huse_xstrndup(spec, (size_t)(equals - spec));
    json_t *o = huse_eval_report_json(r);
    const json_t *v = figure_at(o, path);
    huse_status st = HUSE_OK;
    if (!v) {
        const char *near = nearest_task(path);
        st = near ? huse_fail(err, HUSE_USAGE, "there is no figure '%s'; did you mean %s.R@1?", path, near)
                  : huse_fail(err, HUSE_USAGE, "there is no figure '%s'; the names are those of eval --json", path);
    } else if (!json_is_number(v)) {
        st = huse_fail(err, HUSE_THRESHOLD, "%s is not known here", path);
    } else if (json_number_value(v) < limit) {
        long long part = llrint(fabs(json_number_value(v)) * 1e4); /* no %f: its point depends on the locale */
        st = huse_fail(err, HUSE_THRESHOLD, "%s is %s%lld.%04lld, below %s", path, json_number_value(v) < 0 ? "-" : "",
                       part / 10000, part % 10000, equals + 1);
    }
    json_decref(o);
    free(path);
    return st;
}
