#include "eval/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)HUSE_EVAL_TASKS == (int)HUSE_TASKS && (int)HUSE_EVAL_FIGURES == (int)HUSE_FIGURES, "public and inner tables differ");

const char *huse_eval_task_name(int task)
{
    return huse_task_name[task];
}

const char *huse_eval_figure_name(int figure)
{
    return huse_figure_name[figure];
}

/* Pictures and texts are compared with each other. */
static bool is_joint(int task)
{
    return task == HUSE_I2T || task == HUSE_T2I;
}

/* What rests on that. */
static void empty_joint_cells(huse_eval_report *r)
{
    for (int t = 0; t < HUSE_TASKS; t++) {
        huse_eval_task *x = &r->task[t];
        if (!is_joint(t))
            continue;
        *x = (huse_eval_task){.present = 0};
        for (int f = 0; f < HUSE_FIGURES; f++)
            x->mean[f] = x->random[f] = x->lo[f] = x->hi[f] = (double)NAN;
    }
    memset(r->instance, 0, sizeof r->instance);
    r->true_pair_distance = r->other_pair_distance = r->spearman_tree = (double)NAN;
}

void huse_eval_measure(huse_eval_report *r, huse_pool *pool, const huse_eval_set *set, const huse_eval_options *opt, bool joined,
                       float *per_query[HUSE_TASKS])
{
    huse_retrieval         got[HUSE_TASKS];
    huse_retrieval_options how = {.keep_per_query = per_query != NULL, .draws = opt->draws, .seed = opt->seed,
                                  .stop = opt->stop, .permille = opt->permille};
    huse_instance          pair[2];
    memset(got, 0, sizeof got);
    huse_eval_retrieval(pool, set, &how, got);
    for (int t = 0; t < HUSE_TASKS; t++) {
        huse_eval_task *to = &r->task[t];
        to->present = got[t].present;
        to->queries = got[t].queries;
        to->left_out = got[t].left_out;
        memcpy(to->mean, got[t].mean, sizeof to->mean);
        memcpy(to->random, got[t].random, sizeof to->random);
        memcpy(to->lo, got[t].lo, sizeof to->lo);
        memcpy(to->hi, got[t].hi, sizeof to->hi);
        if (per_query && got[t].present && (joined || !is_joint(t)))
            per_query[t] = got[t].per_query;
        else
            huse_retrieval_free(&got[t]);
    }
    if (huse_stopped(opt->stop))
        return;
    huse_eval_instance(pool, set, pair);
    for (int t = 0; t < 2; t++)
        r->instance[t] = (huse_eval_pair){pair[t].present, pair[t].median_rank, pair[t].r1, pair[t].r5, pair[t].r10};
    huse_eval_gap(pool, set, &r->true_pair_distance, &r->other_pair_distance);
    r->spearman_tree = huse_eval_spearman_tree(set);
    if (!joined)
        empty_joint_cells(r);
}

/* The model's class of each catalogue class; items of classes that it does not know are always wrong (-1). */
static int32_t *model_classes(const huse_eval_rows *rows, const huse_model *m)
{
    int32_t *cls = huse_xcalloc(rows->n, sizeof *cls);
    for (size_t k = 0; k < rows->n; k++) {
        int32_t node = huse_taxonomy_find(m->tree, rows->class_path[rows->cls[k]]);
        cls[k] = node >= 0 ? m->tree->cls[node] : -1;
    }
    return cls;
}

void huse_eval_accuracies(huse_eval_report *r, const huse_eval_answers *a, float *fused, float *right, int32_t *best)
{
    bool *any = huse_xcalloc(a->n + 1, sizeof *any);
    for (size_t k = 0; k < a->n; k++)
        any[k] = a->has_image[k] || a->has_text[k];
    huse_eval_fuse(a->image, a->text, a->has_image, a->has_text, r->fusion_weight, a->n, a->K, fused);
    r->classified = 1;
    r->accuracy_image = huse_eval_accuracy(a->image, a->has_image, a->cls, a->n, a->K);
    r->accuracy_text = huse_eval_accuracy(a->text, a->has_text, a->cls, a->n, a->K);
    r->accuracy_fusion = huse_eval_accuracy(fused, any, a->cls, a->n, a->K);
    if (right) {
        huse_eval_right(a->image, a->has_image, a->cls, a->n, a->K, right, HUSE_ACCURACIES);
        huse_eval_right(a->text, a->has_text, a->cls, a->n, a->K, right + 1, HUSE_ACCURACIES);
        huse_eval_right(fused, any, a->cls, a->n, a->K, right + 2, HUSE_ACCURACIES);
    }
    for (size_t k = 0; best && k < a->n; k++) {
        const float *p = fused + k * a->K;
        best[k] = any[k] ? 0 : -1;
        for (size_t c = 1; any[k] && c < a->K; c++)
            if (p[c] > p[best[k]])
                best[k] = (int32_t)c;
    }
    free(any);
}

static huse_status fill_accuracy(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows, const huse_model *m,
                                 huse_eval_found *found, huse_err *err)
{
    size_t      n = rows->n, K = m->K;
    void       *image = NULL, *text = NULL, *fused = NULL;
    huse_status s = huse_try_alloc(&image, n * sizeof(float), K, err);
    if (s == HUSE_OK)
        s = huse_try_alloc(&text, n * sizeof(float), K, err);
    if (s == HUSE_OK)
        s = huse_try_alloc(&fused, n * sizeof(float), K, err);
    if (s == HUSE_OK) {
        huse_eval_answers a = {.n = n, .K = K, .image = image, .text = text, .has_image = rows->has_image, .has_text = rows->has_text,
                               .cls = model_classes(rows, m)};
        if (rows->image)
            huse_model_classify(m, pool, rows->image, n, true, image);
        if (rows->text)
            huse_model_classify(m, pool, rows->text, n, false, text);
        r->fusion_weight = (double)m->fusion_weight;
        if (found) {
            found->items.right = huse_xcalloc(n * HUSE_ACCURACIES + 1, sizeof *found->items.right);
            found->taken = huse_xcalloc(n + 1, sizeof *found->taken);
        }
        huse_eval_accuracies(r, &a, fused, found ? found->items.right : NULL, found ? found->taken : NULL);
        free((void *)(uintptr_t)a.cls);
    }
    free(image);
    free(text);
    free(fused);
    return s;
}

static void fill_counts(huse_eval_report *r, const huse_eval_rows *rows, size_t n_classes)
{
    bool *seen = huse_xcalloc(n_classes + 1, sizeof *seen);
    r->items = rows->n;
    r->left_out = rows->left_out;
    for (size_t k = 0; k < rows->n; k++) {
        r->images += rows->has_image[k];
        r->texts += rows->has_text[k];
        r->classes += !seen[rows->cls[k]];
        seen[rows->cls[k]] = true;
    }
    free(seen);
}

void huse_eval_found_free(huse_eval_found *f)
{
    huse_eval_items_free(&f->items);
    free(f->item);
    free(f->taken);
    *f = (huse_eval_found){.item = NULL};
}

/* All figures of gathered rows; @m NULL: of vectors from elsewhere. */
static huse_status evaluate_rows(huse_eval_report *r, const huse_eval_rows *rows, const huse_items *items, const huse_model *m,
                                 const char *workspace, const huse_host *host, const huse_eval_options *opt, huse_eval_found *found,
                                 huse_err *err)
{
    huse_eval_set set = huse_eval_rows_set(rows);
    huse_pool    *pool = huse_pool_new(host->threads);
    huse_status   s = HUSE_OK;
    fill_counts(r, rows, items->n_classes);
    huse_eval_measure(r, pool, &set, opt, !m || huse_model_joined(m), found ? found->items.figure : NULL);
    if (m) {
        snprintf(r->model, sizeof r->model, "%s step %ld", m->run, m->step);
        snprintf(r->method, sizeof r->method, "%s", m->method);
        if (huse_model_classifies(m) && !huse_stopped(opt->stop))
            s = fill_accuracy(r, pool, rows, m, found, err);
    }
    if (s == HUSE_OK && m && huse_model_joined(m) && !huse_stopped(opt->stop))
        s = huse_eval_attributes(r, pool, rows, items, m, workspace, host, opt->seed, err);
    if (s == HUSE_OK && huse_stopped(opt->stop))
        s = huse_fail(err, HUSE_INTERRUPTED, "stopped");
    huse_pool_free(pool);
    return s;
}

huse_status huse_evaluate_items(const huse_items *items, const huse_model *m, const char *workspace, const huse_host *host,
                                const huse_eval_options *opt, huse_eval_found *found, huse_err *err)
{
    huse_eval_rows  rows = {0};
    huse_eval_found f = {.items.report = {.split = opt->split}};
    HUSE_TRY(huse_eval_rows_model(&rows, items, opt->split, m, err));
    huse_status s = evaluate_rows(&f.items.report, &rows, items, m, workspace, host, opt, &f, err);
    f.items.n = rows.n;
    f.items.cls = rows.cls;
    f.item = rows.item;
    rows.cls = NULL;
    rows.item = NULL;
    huse_eval_rows_free(&rows);
    if (s == HUSE_OK)
        *found = f;
    else
        huse_eval_found_free(&f);
    return s;
}

huse_status huse_evaluate(huse_workspace *ws, const huse_host *host, const huse_eval_options *opt, huse_eval_report *report, huse_err *err)
{
    huse_items      *items = NULL;
    huse_model      *m = NULL;
    huse_eval_rows   rows = {0};
    huse_eval_report r = {.split = opt->split};
    bool             files = opt->image_embeddings || opt->text_embeddings;
    huse_status      s = huse_items_load(&items, ws, err);
    if (s == HUSE_OK && !files)
        s = huse_model_open(&m, huse_workspace_dir(ws), opt->model, err);
    if (s == HUSE_OK && files)
        s = huse_eval_rows_files(&rows, items, opt->split, opt->image_embeddings, opt->text_embeddings, opt->ids, err);
    else if (s == HUSE_OK)
        s = huse_eval_rows_model(&rows, items, opt->split, m, err);
    if (s == HUSE_OK)
        s = evaluate_rows(&r, &rows, items, m, huse_workspace_dir(ws), host, opt, NULL, err);
    if (s == HUSE_OK)
        *report = r;
    huse_eval_rows_free(&rows);
    huse_model_close(m);
    huse_items_free(items);
    return s;
}
