/* Evaluations that are kept: made, written beside the models, and read back. Whoever evaluates reads what was written, so that both ways give
 * the same. */
#include "eval/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "eval/compare_table.h"
#include "eval/report.h"

static const char FORMAT[] = "huse-evaluation";
enum { VERSION = 1, MOST_CLASSES = 1 << 24 };
#define MOST_BYTES ((size_t)1 << 32)

const char *huse_eval_accuracy_name(int k)
{
    return huse_accuracy_name[k];
}

/* ---- what it is of ---- */

/* Everything of the catalogue that figures depend on. */
static huse_key catalogue_key(const huse_items *items)
{
    huse_sha256_ctx *c = huse_sha256_begin();
    for (size_t i = 0; i < items->n; i++) {
        const huse_item  *it = &items->item[i];
        const char       *text = it->text ? it->text : "", *path = it->cls >= 0 ? items->class_path[it->cls] : "";
        const char        how[2] = {(char)('0' + (int)it->split), it->text != NULL};
        huse_sha256_add(c, it->id, strlen(it->id) + 1);
        huse_sha256_add(c, text, strlen(text) + 1);
        huse_sha256_add(c, path, strlen(path) + 1);
        huse_sha256_add(c, how, sizeof how);
    }
    return huse_sha256_end(c);
}

/* Two keys in hexadecimal: of the model's description, which holds the hashes of its files, and of the catalogue. */
typedef struct origin {
    char model[65], catalogue[65];
} origin;

static huse_status origin_of(origin *o, const char *workspace, const char *model, const huse_items *items, huse_err *err)
{
    huse_key    k = catalogue_key(items);
    char       *path = huse_format("%s/models/%s/meta.json", workspace, model);
    huse_key_hex(o->catalogue, &k);
    huse_status s = huse_sha256_file(&k, path, err);
    if (s == HUSE_OK)
        huse_key_hex(o->model, &k);
    free(path);
    return s;
}

static char *path_of(const char *workspace, const char *model, huse_split split)
{
    return huse_format("%s/evaluations/%s-%s.json", workspace, model, huse_split_name(split));
}

/* ---- writing ---- */

static json_t *text_json(const char *s)
{
    json_t *o = json_string(s);
    return o ? o : json_string("");
}

/* The catalogue's classes, then those that only the model knows; @of: the place of each of the model's. */
static json_t *classes_json(const huse_items *items, const huse_model *m, int32_t *of)
{
    json_t *a = json_array();
    for (size_t k = 0; k < items->n_classes; k++)
        json_array_append_new(a, text_json(items->class_path[k]));
    for (size_t k = 0; k < m->K; k++) {
        ptrdiff_t at = huse_items_find_class(items, m->class_path[k]);
        of[k] = (int32_t)(at >= 0 ? (size_t)at : json_array_size(a));
        if (at < 0)
            json_array_append_new(a, text_json(m->class_path[k]));
    }
    return a;
}

static json_t *found_json(const huse_eval_found *f, const huse_items *items, const huse_model *m, const origin *from)
{
    json_t  *o = json_object(), *ids = json_array(), *taken = json_array();
    int32_t *of = huse_xcalloc(m->K + 1, sizeof *of);
    json_object_set_new(o, "format", json_string(FORMAT));
    json_object_set_new(o, "version", json_integer(VERSION));
    json_object_set_new(o, "model", text_json(m->id));
    json_object_set_new(o, "model_key", json_string(from->model));
    json_object_set_new(o, "catalogue_key", json_string(from->catalogue));
    json_object_set_new(o, "when", json_integer((json_int_t)time(NULL)));
    json_object_set_new(o, "method", text_json(f->items.report.method));
    json_object_set_new(o, "classes", classes_json(items, m, of));
    for (size_t i = 0; i < f->items.n; i++) {
        json_array_append_new(ids, text_json(items->item[f->item[i]].id));
        json_array_append_new(taken, json_integer(f->taken && f->taken[i] >= 0 ? of[f->taken[i]] : -1));
    }
    json_object_set_new(o, "ids", ids);
    json_object_set_new(o, "taken", taken);
    json_object_set_new(o, "items", huse_eval_items_json(&f->items));
    free(of);
    return o;
}

/* Best effort: what cannot be kept is computed again next time. */
static void keep(const char *workspace, const char *model, huse_split split, const json_t *o)
{
    huse_err none;
    char    *dir = huse_fs_join(workspace, "evaluations"), *path = path_of(workspace, model, split);
    if (huse_fs_mkdirs(dir, &none) == HUSE_OK) {
        char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
        huse_fs_remove_stale(dir);
        (void)!huse_fs_write_atomic(path, text, strlen(text), &none);
        free(text);
    }
    free(path);
    free(dir);
}

/* ---- reading ---- */

static void items_free(huse_evaluation_items *x)
{
    for (size_t i = 0; x->id && i < x->items.n; i++)
        free(x->id[i]);
    for (size_t i = 0; x->class_path && i < x->n_classes; i++)
        free(x->class_path[i]);
    free(x->id);
    free(x->taken);
    free(x->class_path);
    huse_eval_items_free(&x->items);
    free(x);
}

/* A list of @n strings, in fresh memory; NULL when it is none. */
static char **read_strings(const json_t *a, size_t n)
{
    char **s = huse_xcalloc(n + 1, sizeof *s);
    size_t got = 0;
    while (got < n && json_is_string(json_array_get(a, got))) {
        s[got] = huse_xstrdup(json_string_value(json_array_get(a, got)));
        got++;
    }
    if (got == n && json_array_size(a) == n)
        return s;
    huse_fs_free_names(s, got);
    return NULL;
}

static huse_status read_items(huse_evaluation_items *x, const json_t *o, huse_err *err)
{
    const json_t *classes = json_object_get(o, "classes"), *taken = json_object_get(o, "taken");
    HUSE_TRY(huse_eval_items_from_json(&x->items, json_object_get(o, "items"), err));
    x->n_classes = json_array_size(classes);
    if (x->n_classes > MOST_CLASSES)
        return huse_fail(err, HUSE_BAD_DATA, "it has %zu classes", x->n_classes);
    x->class_path = read_strings(classes, x->n_classes);
    x->id = read_strings(json_object_get(o, "ids"), x->items.n);
    x->taken = huse_xcalloc(x->items.n + 1, sizeof *x->taken);
    bool sound = x->class_path && x->id && json_array_size(taken) == x->items.n;
    for (size_t i = 0; i < x->items.n && sound; i++) {
        json_int_t k = json_integer_value(json_array_get(taken, i));
        x->taken[i] = (int32_t)k;
        sound = json_is_integer(json_array_get(taken, i)) && k >= -1 && k < (json_int_t)x->n_classes &&
                (size_t)x->items.cls[i] < x->n_classes;
    }
    return sound ? HUSE_OK : huse_fail(err, HUSE_BAD_DATA, "its items and classes do not fit each other");
}

static bool equals(const json_t *o, const char *key, const char *s)
{
    const char *have = json_string_value(json_object_get(o, key));
    return have && strcmp(have, s) == 0;
}

static huse_status evaluation_of(huse_evaluation **out, const json_t *o, const char *model, const origin *now, huse_err *err)
{
    const char *method = json_string_value(json_object_get(o, "method"));
    if (!equals(o, "format", FORMAT) || json_integer_value(json_object_get(o, "version")) != VERSION || !equals(o, "model", model))
        return huse_fail(err, HUSE_BAD_DATA, "it is no evaluation of this model");
    huse_evaluation_items *x = huse_xcalloc(1, sizeof *x);
    huse_status            s = read_items(x, o, err);
    if (s != HUSE_OK) {
        items_free(x);
        return s;
    }
    huse_evaluation *e = huse_xcalloc(1, sizeof *e);
    e->items = x;
    e->report = x->items.report;
    snprintf(e->report.method, sizeof e->report.method, "%s", method ? method : "");
    snprintf(e->model, sizeof e->model, "%s", model);
    e->when = json_integer_value(json_object_get(o, "when"));
    e->fresh = equals(o, "model_key", now->model) && equals(o, "catalogue_key", now->catalogue);
    huse_evaluation_count(e);
    *out = e;
    return HUSE_OK;
}

void huse_evaluation_free(huse_evaluation *e)
{
    if (!e)
        return;
    items_free(e->items);
    free(e->cls);
    free(e->pair);
    free(e);
}

/* ---- both ---- */

/* The catalogue, the model (its id, where only that is wanted) and what they are. */
static huse_status open_both(huse_workspace *ws, const char *id, huse_items **items, huse_model **m, origin *from, huse_err *err)
{
    const char *dir = huse_workspace_dir(ws);
    HUSE_TRY(huse_items_load(items, ws, err));
    huse_status s = huse_model_open(m, dir, id, err);
    if (s == HUSE_OK)
        s = origin_of(from, dir, (*m)->id, *items, err);
    return s;
}

huse_status huse_evaluation_run(huse_workspace *ws, const huse_host *host, const huse_eval_options *opt, huse_evaluation **out,
                                huse_err *err)
{
    huse_items     *items = NULL;
    huse_model     *m = NULL;
    origin          from;
    huse_eval_found found = {.item = NULL};
    huse_status     s = open_both(ws, opt->model, &items, &m, &from, err);
    if (s == HUSE_OK)
        s = huse_evaluate_items(items, m, huse_workspace_dir(ws), host, opt, &found, err);
    if (s == HUSE_OK) {
        json_t *o = found_json(&found, items, m, &from);
        s = evaluation_of(out, o, m->id, &from, err);
        if (s == HUSE_OK && !huse_stopped(opt->stop))
            keep(huse_workspace_dir(ws), m->id, opt->split, o);
        json_decref(o);
    }
    huse_eval_found_free(&found);
    huse_model_close(m);
    huse_items_free(items);
    return s;
}

huse_status huse_evaluation_load(huse_workspace *ws, const char *model, huse_split split, huse_evaluation **out, huse_err *err)
{
    huse_items *items = NULL;
    huse_model *m = NULL;
    origin      now;
    char       *path = NULL, *text = NULL;
    size_t      n;
    json_t     *o = NULL;
    huse_status s = open_both(ws, model, &items, &m, &now, err);
    if (s == HUSE_OK) {
        path = path_of(huse_workspace_dir(ws), m->id, split);
        s = huse_fs_read(path, MOST_BYTES, &text, &n, err);
    }
    if (s == HUSE_OK)
        s = huse_json_parse(&o, text, n, path, err);
    if (s == HUSE_OK) {
        s = evaluation_of(out, o, m->id, &now, err);
        if (s != HUSE_OK)
            huse_fail_prefix(err, "%s", path);
    }
    json_decref(o);
    free(text);
    free(path);
    huse_model_close(m);
    huse_items_free(items);
    return s;
}

/* ---- as text ---- */

char *huse_evaluation_text(const huse_evaluation *e, huse_report_format format)
{
    if (format == HUSE_REPORT_JSON) {
        json_t *o = huse_eval_report_json(&e->report);
        char   *text = json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        json_decref(o);
        return text;
    }
    huse_compare_row         row = {.label = e->report.method[0] ? e->report.method : e->model, .mean = e->report};
    const huse_compare_style style = {.name = "model", .title = huse_split_name(e->report.split)};
    for (int k = 0; k < HUSE_ACCURACIES; k++)
        row.accuracy_lo[k] = row.accuracy_hi[k] = (double)NAN;
    return huse_compare_text(&row, 1, format, &style);
}

huse_status huse_models_published(const char *workspace, char ***id, size_t *n, huse_err *err)
{
    char       *dir = huse_fs_join(workspace, "models"), **name = NULL;
    size_t      all = 0, kept = 0;
    huse_status s = huse_fs_is_dir(dir) ? huse_fs_list(dir, &name, &all, err) : HUSE_OK;
    for (size_t i = 0; i < all && s == HUSE_OK; i++) {
        char *meta = huse_format("%s/%s/meta.json", dir, name[i]);
        if (*name[i] != '.' && huse_fs_exists(meta))
            name[kept++] = name[i];
        else
            free(name[i]);
        free(meta);
    }
    free(dir);
    if (s == HUSE_OK) {
        *id = name;
        *n = kept;
    }
    return s;
}
