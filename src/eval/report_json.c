/* A report read back from the JSON that it was written as. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/metrics.h"
#include "eval/report.h"

/* The number at @key; null is NaN. */
static double number(const json_t *o, const char *key, bool *sound)
{
    const json_t *v = json_object_get(o, key);
    *sound &= json_is_number(v) || json_is_null(v);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static size_t count(const json_t *o, const char *key, bool *sound)
{
    json_int_t v = json_integer_value(json_object_get(o, key));
    *sound &= json_is_integer(json_object_get(o, key)) && v >= 0;
    return v > 0 ? (size_t)v : 0;
}

static void read_interval(const json_t *range, double *lo, double *hi, bool *sound)
{
    const json_t *a = json_array_get(range, 0), *b = json_array_get(range, 1);
    const bool    known = json_is_number(a) && json_is_number(b);
    *sound &= known || !range || json_is_null(range);
    *lo = known ? json_number_value(a) : (double)NAN;
    *hi = known ? json_number_value(b) : (double)NAN;
}

static void read_task(huse_eval_task *x, const json_t *o, bool *sound)
{
    const json_t *random = json_object_get(o, "random"), *interval = json_object_get(o, "interval");
    for (int f = 0; f < HUSE_FIGURES; f++) {
        x->mean[f] = number(o, huse_figure_name[f], sound);
        x->random[f] = number(random, huse_figure_name[f], sound);
        read_interval(json_object_get(interval, huse_figure_name[f]), &x->lo[f], &x->hi[f], sound);
        x->present |= isfinite(x->mean[f]);
    }
    x->queries = count(o, "queries", sound);
    x->left_out = count(o, "left_out", sound);
}

static void read_pair(huse_eval_pair *x, const json_t *o, bool *sound)
{
    x->median_rank = number(o, "median_rank", sound);
    x->r1 = number(o, "R@1", sound);
    x->r5 = number(o, "R@5", sound);
    x->r10 = number(o, "R@10", sound);
    x->present = isfinite(x->median_rank) != 0;
}

static void read_attribute(huse_eval_attribute *x, const json_t *o, bool mixed, bool *sound)
{
    huse_eval_attribute y = {1, number(o, "P@10", sound), number(o, "class_share", sound), mixed ? number(o, "mix", sound) : 0};
    *x = isfinite(y.p10) ? y : (huse_eval_attribute){0};
}

static void read_accuracy(huse_eval_report *r, const json_t *o, bool *sound)
{
    r->fusion_weight = number(o, "fusion_weight", sound);
    r->classified = isfinite(r->fusion_weight) != 0;
    r->accuracy_image = number(o, "image", sound);
    r->accuracy_text = number(o, "text", sound);
    r->accuracy_fusion = number(o, "fusion", sound);
}

static huse_split split_named(const char *name)
{
    huse_split s = HUSE_SPLIT_TEST;
    while (s > HUSE_SPLIT_NONE && (!name || strcmp(name, huse_split_name(s)) != 0))
        s--;
    return s;
}

bool huse_eval_report_from_json(huse_eval_report *r, const json_t *o)
{
    bool          sound = true;
    const json_t *retrieval = json_object_get(o, "retrieval"), *instance = json_object_get(o, "instance"),
                 *search = json_object_get(o, "attribute_search");
    const char   *model = json_string_value(json_object_get(o, "model"));
    r->split = split_named(json_string_value(json_object_get(o, "split")));
    snprintf(r->model, sizeof r->model, "%s", model ? model : "");
    r->items = count(o, "queries", &sound);
    r->left_out = count(o, "left_out", &sound);
    r->classes = count(o, "classes", &sound);
    for (int t = 0; t < HUSE_TASKS; t++)
        read_task(&r->task[t], json_object_get(retrieval, huse_task_name[t]), &sound);
    read_pair(&r->instance[0], json_object_get(instance, "I2T"), &sound);
    read_pair(&r->instance[1], json_object_get(instance, "T2I"), &sound);
    r->true_pair_distance = number(o, "true_pair_distance", &sound);
    r->other_pair_distance = number(o, "other_pair_distance", &sound);
    r->spearman_tree = number(o, "spearman_tree", &sound);
    read_accuracy(r, json_object_get(o, "accuracy"), &sound);
    read_attribute(&r->shared, json_object_get(search, "shared"), false, &sound);
    read_attribute(&r->visible, json_object_get(search, "visible"), true, &sound);
    read_attribute(&r->hidden, json_object_get(search, "hidden"), true, &sound);
    return sound;
}
