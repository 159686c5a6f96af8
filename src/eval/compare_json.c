/* Figures item by item to and from JSON, and rows of a comparison as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/compare.h"
#include "eval/report.h"

static const double UNIT = 1e7; /* single figures are kept as whole numbers of 1 / UNIT */
enum { MOST_ITEMS = 1 << 26 };

/* Rows of @f figures; a row that is not there is null, and so is a single figure. */
static json_t *rows_json(const float *x, size_t n, size_t f)
{
    json_t *a = json_array();
    for (size_t i = 0; x && i < n; i++) {
        json_t *row = json_array();
        size_t  known = 0;
        for (size_t k = 0; k < f; k++) {
            float v = x[i * f + k];
            known += isfinite(v) != 0;
            json_array_append_new(row, isfinite(v) ? json_integer((json_int_t)llrint((double)v * UNIT)) : json_null());
        }
        if (!known) {
            json_decref(row);
            row = json_null();
        }
        json_array_append_new(a, row);
    }
    if (x)
        return a;
    json_decref(a);
    return json_null();
}

json_t *huse_eval_items_json(const huse_eval_items *x)
{
    json_t *o = json_object(), *figures = json_object(), *cls = json_array();
    for (size_t i = 0; i < x->n; i++)
        json_array_append_new(cls, json_integer(x->cls[i]));
    for (int t = 0; t < HUSE_TASKS; t++)
        json_object_set_new(figures, huse_task_name[t], rows_json(x->figure[t], x->n, HUSE_FIGURES));
    json_object_set_new(o, "report", huse_eval_report_json(&x->report));
    json_object_set_new(o, "images", json_integer((json_int_t)x->report.images));
    json_object_set_new(o, "texts", json_integer((json_int_t)x->report.texts));
    json_object_set_new(o, "class", cls);
    json_object_set_new(o, "figures", figures);
    json_object_set_new(o, "right", rows_json(x->right, x->n, HUSE_ACCURACIES));
    return o;
}

static huse_status broken(const char *what, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA, "“%s” is missing or is not what it should be", what);
}

static bool read_figure(const json_t *v, float *out)
{
    double x = (double)json_integer_value(v) / UNIT;
    *out = json_is_integer(v) ? (float)x : NAN;
    return json_is_null(v) || (json_is_integer(v) && x >= 0 && x <= 1);
}

static huse_status read_rows(float **out, const json_t *a, size_t n, size_t f, const char *what, huse_err *err)
{
    *out = NULL;
    if (json_is_null(a))
        return HUSE_OK;
    if (json_array_size(a) != n)
        return broken(what, err);
    float *x = huse_xcalloc(n * f + 1, sizeof *x);
    bool   sound = true;
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(a, i);
        sound &= json_is_null(row) || json_array_size(row) == f;
        for (size_t k = 0; k < f; k++)
            sound &= json_is_null(row) ? (x[i * f + k] = NAN, true) : read_figure(json_array_get(row, k), &x[i * f + k]);
    }
    if (sound) {
        *out = x;
        return HUSE_OK;
    }
    free(x);
    return broken(what, err);
}

static size_t count(const json_t *o, const char *key, bool *sound)
{
    json_int_t v = json_integer_value(json_object_get(o, key));
    *sound &= json_is_integer(json_object_get(o, key)) && v >= 0;
    return v > 0 ? (size_t)v : 0;
}

huse_status huse_eval_items_from_json(huse_eval_items *x, const json_t *o, huse_err *err)
{
    huse_eval_items y = {0};
    const json_t   *cls = json_object_get(o, "class"), *figures = json_object_get(o, "figures");
    bool            sound = huse_eval_report_from_json(&y.report, json_object_get(o, "report"));
    y.report.images = count(o, "images", &sound);
    y.report.texts = count(o, "texts", &sound);
    y.n = json_array_size(cls);
    if (!sound || !y.n || y.n > MOST_ITEMS)
        return broken("report", err);
    y.cls = huse_xcalloc(y.n, sizeof *y.cls);
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < y.n && s == HUSE_OK; i++) {
        json_int_t k = json_integer_value(json_array_get(cls, i));
        y.cls[i] = (int32_t)k;
        if (!json_is_integer(json_array_get(cls, i)) || k < 0 || k > INT32_MAX)
            s = broken("class", err);
    }
    for (int t = 0; t < HUSE_TASKS && s == HUSE_OK; t++)
        s = read_rows(&y.figure[t], json_object_get(figures, huse_task_name[t]), y.n, HUSE_FIGURES, huse_task_name[t], err);
    if (s == HUSE_OK)
        s = read_rows(&y.right, json_object_get(o, "right"), y.n, HUSE_ACCURACIES, "right", err);
    if (s == HUSE_OK)
        *x = y;
    else
        huse_eval_items_free(&y);
    return s;
}

json_t *huse_compare_json(const huse_compare_row *row)
{
    json_t *o = huse_eval_report_json(&row->mean), *accuracy = json_object_get(o, "accuracy"), *interval = json_object();
    bool    any = false;
    for (int k = 0; k < HUSE_ACCURACIES; k++) {
        bool known = isfinite(row->accuracy_lo[k]) && isfinite(row->accuracy_hi[k]);
        json_object_set_new(interval, huse_accuracy_name[k],
                            known ? json_pack("[ff]", row->accuracy_lo[k], row->accuracy_hi[k]) : json_null());
        any |= known;
    }
    if (any)
        json_object_set(accuracy, "interval", interval);
    json_decref(interval);
    return o;
}
