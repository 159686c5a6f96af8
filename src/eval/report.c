/* The report of an evaluation as JSON, and its figures by name. */
#include "eval/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eval/metrics.h"

static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static void put(json_t *o, const char *key, double v)
{
    json_object_set_new(o, key, number(v));
}

/* A value that only counts when its part of the report is there. */
static void put_if(json_t *o, const char *key, int present, double v)
{
    put(o, key, present ? v : (double)NAN);
}

static json_t *task_json(const huse_eval_task *x)
{
    json_t *o = json_object(), *random = json_object(), *interval = json_object();
    bool intervals = false;
    for (int f = 0; f < HUSE_FIGURES; f++) {
        const char *name = huse_figure_name[f];
        put_if(o, name, x->present, x->mean[f]);
        put_if(random, name, x->present, x->random[f]);
        json_t *range = json_null();
        if (x->present && isfinite(x->lo[f]) && isfinite(x->hi[f])) {
            range = json_array();
            json_array_append_new(range, json_real(x->lo[f]));
            json_array_append_new(range, json_real(x->hi[f]));
            intervals = true;
        }
        json_object_set_new(interval, name, range);
    }
    json_object_set_new(o, "queries", json_integer((json_int_t)x->queries));
    json_object_set_new(o, "left_out", json_integer((json_int_t)x->left_out));
    json_object_set_new(o, "random", random);
    if (intervals)
        json_object_set(o, "interval", interval);
    json_decref(interval);
    return o;
}

static json_t *instance_json(const huse_eval_pair *x)
{
    json_t *o = json_object();
    put_if(o, "median_rank", x->present, x->median_rank);
    put_if(o, "R@1", x->present, x->r1);
    put_if(o, "R@5", x->present, x->r5);
    put_if(o, "R@10", x->present, x->r10);
    return o;
}

static json_t *attribute_json(const huse_eval_attribute *x, bool mixed)
{
    json_t *o = json_object();
    put_if(o, "P@10", x->present, x->p10);
    put_if(o, "class_share", x->present, x->class_share);
    if (mixed)
        put_if(o, "mix", x->present, x->mix);
    return o;
}

static json_t *accuracy_json(const huse_eval_report *r)
{
    json_t *o = json_object();
    put_if(o, "image", r->classified, r->accuracy_image);
    put_if(o, "text", r->classified, r->accuracy_text);
    put_if(o, "fusion", r->classified, r->accuracy_fusion);
    put_if(o, "fusion_weight", r->classified, r->fusion_weight);
    return o;
}

json_t *huse_eval_report_json(const huse_eval_report *r)
{
    json_t *o = json_object(), *retrieval = json_object(), *instance = json_object(),
           *search = json_object();
    json_t *model = r->model[0] ? json_string(r->model) : NULL;
    json_object_set_new(o, "schema", json_string("huse-tui/eval"));
    json_object_set_new(o, "version", json_integer(1));
    json_object_set_new(o, "model", model ? model : json_null());
    json_object_set_new(o, "split", json_string(huse_split_name(r->split)));
    json_object_set_new(o, "queries", json_integer((json_int_t)r->items));
    json_object_set_new(o, "left_out", json_integer((json_int_t)r->left_out));
    json_object_set_new(o, "classes", json_integer((json_int_t)r->classes));
    for (int t = 0; t < HUSE_TASKS; t++)
        json_object_set_new(retrieval, huse_task_name[t], task_json(&r->task[t]));
    json_object_set_new(o, "retrieval", retrieval);
    json_object_set_new(instance, "I2T", instance_json(&r->instance[0]));
    json_object_set_new(instance, "T2I", instance_json(&r->instance[1]));
    json_object_set_new(o, "instance", instance);
    json_object_set_new(o, "accuracy", accuracy_json(r));
    put(o, "true_pair_distance", r->true_pair_distance);
    put(o, "other_pair_distance", r->other_pair_distance);
    put(o, "spearman_tree", r->spearman_tree);
    json_object_set_new(search, "shared", attribute_json(&r->shared, false));
    json_object_set_new(search, "visible", attribute_json(&r->visible, true));
    json_object_set_new(search, "hidden", attribute_json(&r->hidden, true));
    json_object_set_new(o, "attribute_search", search);
    return o;
}

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

/* The task whose name is nearest to the start of @name, for a message. */
static const char *nearest_task(const char *name)
{
    char *head = huse_xstrndup(name, strcspn(name, "."));
    const char *near = huse_text_nearest(head, huse_task_name, HUSE_TASKS);
    free(head);
    return near ? near : huse_task_name[HUSE_T2I];
}

huse_status huse_eval_figure(const huse_eval_report *r, const char *name, double *value,
                             huse_err *err)
{
    json_t *o = huse_eval_report_json(r);
    const json_t *v = figure_at(o, name);
    if (v)
        *value = json_is_number(v) ? json_number_value(v) : (double)NAN;
    json_decref(o);
    if (!v)
        return huse_fail(err, HUSE_USAGE,
                         "no figure “%.60s”; the names are those of eval --json, as in %s.R@1",
                         name, nearest_task(name));
    return HUSE_OK;
}
