/* bench/ID/cells/NAME.json, the run below running/NAME while it goes on, its log in metrics/NAME.jsonl, and embeddings/NAME
 * where they are kept. */
#include "train/bench_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "eval/evaluate.h"
#include "train/config.h"
#include "train/session.h"

enum { CELL_VERSION = 2, MOST_BYTES = 1 << 30 };
static const char FORMAT[] = "huse-tui/bench-cell";
static const char *const folders[] = {"cells", "running", "metrics", "embeddings"};

/* A cell while it is trained. */
typedef struct under_way {
    const huse_cell_job *job;
    char                *name, *running;
    huse_cell           *out;
} under_way;

void huse_cell_free(huse_cell *c)
{
    huse_eval_items_free(&c->items);
}

static char *cell_path(const char *dir, const char *folder, const char *name, const char *ending)
{
    return huse_format("%s/%s/%s%s", dir, folder, name, ending);
}

static json_t *settings(const huse_cell_job *j)
{
    json_t *o = huse_train_params_json(j->params);
    json_object_set_new(o, "trial", json_boolean(j->trial));
    return o;
}

char *huse_cell_name(const huse_cell_job *j)
{
    json_t  *o = settings(j);
    char    *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS), hex[65];
    huse_key k = huse_sha256(text, strlen(text));
    huse_key_hex(hex, &k);
    free(text);
    json_decref(o);
    return huse_format("%s-%s-%ld-%.12s", j->params->method, j->trial ? "trial" : "seed", j->params->seed, hex);
}

/* ---- finished cells ---- */

static huse_status read_cell(const huse_cell_job *j, const json_t *o, huse_cell *c, huse_err *err)
{
    const json_t *score = json_object_get(o, "best_score"), *step = json_object_get(o, "best_step");
    const char   *format = json_string_value(json_object_get(o, "format"));
    json_t       *mine = settings(j);
    char         *a = json_dumps(mine, JSON_COMPACT | JSON_SORT_KEYS);
    char         *b = json_dumps(json_object_get(o, "settings"), JSON_COMPACT | JSON_SORT_KEYS);
    bool          fits = format && strcmp(format, FORMAT) == 0 && b && strcmp(a, b) == 0 &&
                json_integer_value(json_object_get(o, "version")) == CELL_VERSION && json_is_integer(step) &&
                (json_is_number(score) || json_is_null(score));
    free(a);
    free(b);
    json_decref(mine);
    if (!fits)
        return huse_fail(err, HUSE_BAD_DATA, "it is not of these settings");
    c->score = json_is_number(score) ? json_number_value(score) : (double)NAN;
    c->best_step = (long)json_integer_value(step);
    return j->trial ? HUSE_OK : huse_eval_items_from_json(&c->items, json_object_get(o, "test"), err);
}

/* NOT_FOUND: not finished. */
static huse_status load(const huse_cell_job *j, const char *name, huse_cell *c, huse_err *err)
{
    char       *path = cell_path(j->dir, "cells", name, ".json"), *text;
    char       *kept = cell_path(j->dir, "embeddings", name, "");
    size_t      n;
    json_t     *o;
    bool        whole = !j->keep || j->trial || huse_fs_is_dir(kept);
    huse_status s = whole ? huse_fs_read(path, MOST_BYTES, &text, &n, err) : huse_fail(err, HUSE_NOT_FOUND, "%s", kept);
    *c = (huse_cell){.score = (double)NAN};
    if (s == HUSE_OK) {
        s = huse_json_parse(&o, text, n, path, err);
        free(text);
        if (s == HUSE_OK) {
            s = read_cell(j, o, c, err);
            json_decref(o);
            if (s != HUSE_OK)
                huse_fail_prefix(err, "%s", path);
        }
    }
    free(kept);
    free(path);
    return s;
}

bool huse_cell_done(const huse_cell_job *j)
{
    char *name = huse_cell_name(j), *path = cell_path(j->dir, "cells", name, ".json");
    char *kept = cell_path(j->dir, "embeddings", name, "");
    bool  done = huse_fs_exists(path) && (!j->keep || j->trial || huse_fs_is_dir(kept));
    free(kept);
    free(path);
    free(name);
    return done;
}

/* Once a cell is kept its run goes; the run's log stays. Each part may have been done before. */
static huse_status put_away(const char *dir, const char *name, huse_err *err)
{
    char       *running = cell_path(dir, "running", name, ""), *runs = huse_fs_join(running, "runs");
    char       *log = cell_path(dir, "metrics", name, ".jsonl");
    char      **run = NULL;
    size_t      n = 0;
    huse_status s = HUSE_OK;
    if (huse_fs_is_dir(runs))
        s = huse_fs_list(runs, &run, &n, err);
    for (size_t i = 0; i < n; i++) {
        char *from = huse_format("%s/%s/metrics.jsonl", runs, run[i]);
        if (huse_fs_exists(from) && rename(from, log) != 0)
            s = huse_fail_errno(err, "%s", log);
        free(from);
    }
    huse_fs_free_names(run, n);
    if (s == HUSE_OK)
        s = huse_fs_remove_tree(running, err);
    free(log);
    free(runs);
    free(running);
    return s;
}

huse_status huse_cells_prepare(const char *dir, huse_err *err)
{
    char      **name, *running = huse_fs_join(dir, "running");
    size_t      n;
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < HUSE_COUNT(folders) && s == HUSE_OK; i++) {
        char *path = huse_fs_join(dir, folders[i]);
        s = huse_fs_mkdirs(path, err);
        if (s == HUSE_OK)
            huse_fs_remove_stale(path);
        free(path);
    }
    if (s == HUSE_OK)
        s = huse_fs_list(running, &name, &n, err);
    if (s == HUSE_OK) {
        for (size_t i = 0; i < n && s == HUSE_OK; i++) {
            char *path = cell_path(dir, "cells", name[i], ".json");
            if (huse_fs_exists(path))
                s = put_away(dir, name[i], err);
            free(path);
        }
        huse_fs_free_names(name, n);
    }
    free(running);
    return s;
}

/* ---- measuring ---- */

static huse_eval_set set_of(const huse_split_rows *r, size_t D, const huse_taxonomy *tree)
{
    return (huse_eval_set){r->n, D, r->image, r->text, r->has_image, r->has_text, r->cls, r->str, tree};
}

static void measure_classes(huse_eval_items *x, const huse_split_rows *test, const float *pi, const float *pt, size_t K)
{
    const huse_eval_answers a = {.n = test->n, .K = K, .image = pi, .text = pt, .has_image = test->has_image, .has_text = test->has_text,
                                 .cls = test->cls};
    float *fused = huse_xaligned((test->n * K + 1) * sizeof *fused);
    x->right = huse_xcalloc(test->n * HUSE_ACCURACIES + 1, sizeof *x->right);
    huse_eval_accuracies(&x->report, &a, fused, x->right, NULL);
    free(fused);
}

static void count(huse_eval_report *r, const huse_split_rows *test, const huse_dataset *d)
{
    bool  *seen = huse_xcalloc(d->items->n_classes + 1, sizeof *seen);
    size_t all = 0;
    for (size_t i = 0; i < d->items->n; i++)
        all += d->items->item[i].split == HUSE_SPLIT_TEST;
    r->split = HUSE_SPLIT_TEST;
    r->items = test->n;
    r->left_out = all - test->n;
    for (size_t i = 0; i < test->n; i++) {
        r->images += test->has_image[i];
        r->texts += test->has_text[i];
        r->classes += !seen[test->cls[i]];
        seen[test->cls[i]] = true;
    }
    free(seen);
}

/* Rows that are there, with their ids beside them. */
static huse_status keep_rows(const char *dir, const char *what, const float *x, size_t d, const bool *has, const huse_split_rows *r,
                             const huse_dataset *data, huse_err *err)
{
    char       *path = huse_format("%s/%s.npy", dir, what), *beside = huse_format("%s/%s.ids.txt", dir, what);
    float      *rows = huse_xaligned((r->n * d + 1) * sizeof *rows);
    huse_buf    ids = {0};
    size_t      n = 0;
    huse_buf_str(&ids, "");
    for (size_t i = 0; i < r->n; i++) {
        if (!has[i])
            continue;
        memcpy(rows + n++ * d, x + i * d, d * sizeof *rows);
        huse_buf_fmt(&ids, "%s\n", data->items->item[r->item[i]].id);
    }
    huse_status s = huse_npy_write(path, rows, n, d, err);
    if (s == HUSE_OK)
        s = huse_fs_write_atomic(beside, ids.data, ids.len, err);
    huse_buf_free(&ids);
    free(rows);
    free(beside);
    free(path);
    return s;
}

/* running/NAME/embeddings, to be moved to its place when it is whole. */
static huse_status keep_split(const under_way *u, const char *split, const huse_split_rows *r, const float *p[2], const huse_trainer *t,
                              huse_err *err)
{
    char       *dir = huse_fs_join(u->running, "embeddings");
    const huse_shape *shape = &t->net->params.shape;
    huse_status s = huse_fs_mkdirs(dir, err);
    for (int m = 0; m < 2 && s == HUSE_OK; m++) {
        char *name = huse_format("%s-%s", split, m ? "text" : "image"), *classes = huse_format("%s-classes", name);
        s = keep_rows(dir, name, m ? r->text : r->image, shape->D, m ? r->has_text : r->has_image, r, t->data, err);
        if (s == HUSE_OK && p[m])
            s = keep_rows(dir, classes, p[m], shape->K, m ? r->has_text : r->has_image, r, t->data, err);
        free(classes);
        free(name);
    }
    free(dir);
    return s;
}

typedef struct split_answers {
    huse_split_rows rows;
    float          *p[2]; /* class probabilities, NULL where no classes are told */
} split_answers;

static void answer(split_answers *a, const huse_trainer *t, const huse_weights *w, huse_split split)
{
    size_t K = w->params.shape.K;
    huse_split_rows_make(&a->rows, t->data, w, t->pool, split);
    for (int m = 0; m < 2 && huse_weights_classifies(w); m++) {
        a->p[m] = huse_xaligned((a->rows.n * K + 1) * sizeof *a->p[m]);
        huse_weights_classify(w, t->pool, m ? a->rows.text : a->rows.image, a->rows.n, m == 0, a->p[m]);
    }
}

static void answers_free(split_answers *a)
{
    huse_split_rows_free(&a->rows);
    free(a->p[0]);
    free(a->p[1]);
}

static huse_status measure(const under_way *u, const huse_trainer *t, huse_eval_items *x, huse_err *err)
{
    huse_weights        w = t->setup.weights;
    split_answers       test = {.p = {NULL}}, val = {.p = {NULL}};
    huse_eval_options   how = {.split = HUSE_SPLIT_TEST};
    huse_status         s = HUSE_OK;
    w.w = t->net->w;
    answer(&test, t, &w, HUSE_SPLIT_TEST);
    answer(&val, t, &w, HUSE_SPLIT_VAL);
    huse_eval_set set = set_of(&test.rows, w.params.shape.D, t->tree);
    *x = (huse_eval_items){.n = test.rows.n};
    x->cls = huse_xcalloc(x->n, sizeof *x->cls);
    memcpy(x->cls, test.rows.cls, x->n * sizeof *x->cls);
    count(&x->report, &test.rows, t->data);
    huse_eval_measure(&x->report, t->pool, &set, &how, t->method->joined, x->figure);
    if (test.p[0]) {
        x->report.fusion_weight = huse_split_fusion_weight(&val.rows, &w, t->pool);
        measure_classes(x, &test.rows, test.p[0], test.p[1], w.params.shape.K);
    }
    if (u->job->keep)
        s = keep_split(u, "test", &test.rows, (const float *[]){test.p[0], test.p[1]}, t, err);
    if (u->job->keep && s == HUSE_OK)
        s = keep_split(u, "val", &val.rows, (const float *[]){val.p[0], val.p[1]}, t, err);
    answers_free(&test);
    answers_free(&val);
    return s;
}

/* ---- training ---- */

static huse_status finish(void *ctx, const huse_trainer *t, huse_err *err)
{
    under_way *u = ctx;
    huse_key   now = huse_dataset_fingerprint_with_test(t->data);
    if (!huse_key_equal(&now, &u->job->fingerprint))
        return huse_fail(err, HUSE_BAD_DATA, "the catalogue or its features changed meanwhile: start again");
    u->out->score = t->at.best_score;
    u->out->best_step = t->data->n_split[HUSE_SPLIT_VAL] && t->at.best_step ? t->at.best_step : t->at.step;
    return u->job->trial ? HUSE_OK : measure(u, t, &u->out->items, err);
}

static huse_status write_cell(const under_way *u, huse_err *err)
{
    const huse_cell_job *j = u->job;
    char       *path = cell_path(j->dir, "cells", u->name, ".json"), *made = huse_fs_join(u->running, "embeddings"),
               *kept = cell_path(j->dir, "embeddings", u->name, "");
    json_t     *o = json_object();
    huse_status s = HUSE_OK;
    json_object_set_new(o, "format", json_string(FORMAT));
    json_object_set_new(o, "version", json_integer(CELL_VERSION));
    json_object_set_new(o, "settings", settings(j));
    json_object_set_new(o, "best_step", json_integer(u->out->best_step));
    json_object_set_new(o, "best_score", isfinite(u->out->score) ? json_real(u->out->score) : json_null());
    json_object_set_new(o, "test", j->trial ? json_null() : huse_eval_items_json(&u->out->items));
    char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (j->keep && !j->trial) {
        s = huse_fs_remove_tree(kept, err);
        if (s == HUSE_OK && rename(made, kept) != 0)
            s = huse_fail_errno(err, "%s", kept);
    }
    if (s == HUSE_OK)
        s = huse_fs_write_atomic(path, text, strlen(text), err);
    free(text);
    json_decref(o);
    free(kept);
    free(made);
    free(path);
    return s;
}

static huse_status train(under_way *u, huse_err *err)
{
    const huse_cell_job *j = u->job;
    huse_train_report    report;
    huse_session         session = {u->running, finish, u};
    huse_train_options   opt = {.params = j->params, .resume = 1, .no_publish = 1, .stop = j->stop, .progress = j->progress,
                                .embedding = j->embedding, .message = j->message, .ctx = j->ctx};
    huse_status s = huse_train_session(j->ws, j->host, &opt, &session, &report, err);
    if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        return huse_fail(err, s, "stopped in %s", u->name);
    if (s == HUSE_BAD_DATA || s == HUSE_USAGE) { /* what was left of it is of no use: next time from its start */
        huse_err none;
        (void)!huse_fs_remove_tree(u->running, &none);
    }
    return s;
}

huse_status huse_cell_get(const huse_cell_job *j, huse_cell *c, huse_err *err)
{
    huse_err    why = {0};
    under_way   u = {.job = j, .name = huse_cell_name(j), .out = c};
    huse_status s = load(j, u.name, c, &why);
    u.running = cell_path(j->dir, "running", u.name, "");
    if (s != HUSE_OK && j->finished) {
        s = huse_fail(err, HUSE_NOT_FOUND, "%s", why.msg);
    } else if (s != HUSE_OK) {
        if (s != HUSE_NOT_FOUND && j->message)
            j->message(j->ctx, why.msg);
        s = train(&u, err);
        if (s == HUSE_DIVERGED && j->trial) { /* such settings are not to be chosen, no more */
            *c = (huse_cell){.score = (double)NAN};
            s = HUSE_OK;
        }
        if (s == HUSE_OK)
            s = write_cell(&u, err);
        huse_cell_free(c);
        if (s == HUSE_OK)
            s = put_away(j->dir, u.name, err);
        if (s == HUSE_OK)
            s = load(j, u.name, c, err);
    }
    free(u.running);
    free(u.name);
    return s;
}
