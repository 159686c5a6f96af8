#include "eval/evaluate.h"

#include <stdlib.h>
#include <string.h>

struct huse_evaluation {
    huse_eval_report report;
    huse_split       split;
    char            *model;
    size_t           left_out, classes;
};

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

static huse_status fill_accuracy(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows, const huse_model *m, huse_err *err)
{
    size_t      n = rows->n, K = m->K;
    void       *image = NULL, *text = NULL, *fused = NULL;
    huse_status s = huse_try_alloc(&image, n * sizeof(float), K, err);
    if (s == HUSE_OK)
        s = huse_try_alloc(&text, n * sizeof(float), K, err);
    if (s == HUSE_OK)
        s = huse_try_alloc(&fused, n * sizeof(float), K, err);
    if (s == HUSE_OK) {
        int32_t *cls = model_classes(rows, m);
        bool    *any = huse_xcalloc(n, sizeof *any);
        for (size_t k = 0; k < n; k++)
            any[k] = rows->has_image[k] || rows->has_text[k];
        if (rows->image)
            huse_model_classify(m, pool, rows->image, n, true, image);
        if (rows->text)
            huse_model_classify(m, pool, rows->text, n, false, text);
        huse_eval_fuse(image, text, rows->has_image, rows->has_text, (double)m->fusion_weight, n, K, fused);
        r->accuracy_image = huse_eval_accuracy(image, rows->has_image, cls, n, K);
        r->accuracy_text = huse_eval_accuracy(text, rows->has_text, cls, n, K);
        r->accuracy_fusion = huse_eval_accuracy(fused, any, cls, n, K);
        r->fusion_weight = (double)m->fusion_weight;
        free(any);
        free(cls);
    }
    free(image);
    free(text);
    free(fused);
    return s;
}

static size_t count_classes(const huse_eval_rows *rows, size_t n_classes)
{
    bool  *seen = huse_xcalloc(n_classes + 1, sizeof *seen);
    size_t n = 0;
    for (size_t k = 0; k < rows->n; k++) {
        n += !seen[rows->cls[k]];
        seen[rows->cls[k]] = true;
    }
    free(seen);
    return n;
}

static huse_status gather(huse_eval_rows *rows, huse_model **m, const huse_items *items, const char *workspace,
                          const huse_eval_options *opt, huse_err *err)
{
    if (opt->image_embeddings || opt->text_embeddings)
        return huse_eval_rows_files(rows, items, opt->split, opt->image_embeddings, opt->text_embeddings, opt->ids, err);
    HUSE_TRY(huse_model_open(m, workspace, opt->model, err));
    return huse_eval_rows_model(rows, items, opt->split, *m, err);
}

huse_status huse_evaluate(huse_evaluation **out, huse_workspace *ws, const huse_host *host, const huse_eval_options *opt, huse_err *err)
{
    huse_items     *items = NULL;
    huse_model     *m = NULL;
    huse_eval_rows  rows = {0};
    const char     *dir = huse_workspace_dir(ws);
    huse_evaluation e = {.split = opt->split};
    huse_status     s = huse_items_load(&items, ws, err);
    huse_eval_report_init(&e.report, huse_split_name(opt->split));
    if (s == HUSE_OK)
        s = gather(&rows, &m, items, dir, opt, err);
    if (s == HUSE_OK) {
        huse_pool             *pool = huse_pool_new(host->threads);
        huse_eval_set          set = huse_eval_rows_set(&rows);
        huse_retrieval_options how = {.draws = opt->draws, .seed = opt->seed};
        huse_eval_report_space(&e.report, pool, &set, &how);
        if (m)
            s = fill_accuracy(&e.report, pool, &rows, m, err);
        if (m && s == HUSE_OK)
            huse_eval_attributes(&e.report, pool, &rows, items, m, host, dir, opt->seed);
        huse_pool_free(pool);
    }
    if (s == HUSE_OK) {
        e.model = huse_xstrdup(m ? m->id : "");
        e.left_out = rows.left_out;
        e.classes = count_classes(&rows, items->n_classes);
        *out = huse_xmalloc(sizeof **out);
        **out = e;
    } else {
        huse_eval_report_free(&e.report);
    }
    huse_eval_rows_free(&rows);
    huse_model_close(m);
    huse_items_free(items);
    return s;
}

void huse_evaluation_free(huse_evaluation *e)
{
    if (!e)
        return;
    huse_eval_report_free(&e->report);
    free(e->model);
    free(e);
}

const huse_eval_report *huse_evaluation_report(const huse_evaluation *e)
{
    return &e->report;
}

const char *huse_evaluation_model(const huse_evaluation *e)
{
    return e->model;
}

huse_split huse_evaluation_split(const huse_evaluation *e)
{
    return e->split;
}

size_t huse_evaluation_items(const huse_evaluation *e)
{
    return e->report.queries;
}

size_t huse_evaluation_left_out(const huse_evaluation *e)
{
    return e->left_out;
}

size_t huse_evaluation_classes(const huse_evaluation *e)
{
    return e->classes;
}

bool huse_evaluation_figure(const huse_evaluation *e, const char *path, double *value)
{
    return huse_eval_report_figure(&e->report, path, value);
}

huse_status huse_evaluation_check(const huse_evaluation *e, const char *spec, huse_err *err)
{
    return huse_eval_report_check(&e->report, spec, err);
}

char *huse_evaluation_table(const huse_evaluation *e)
{
    const huse_eval_row row = {"HUSE", &e->report};
    const huse_eval_row elsewhere = {"vectors", &e->report};
    return huse_eval_report_table(*e->model ? &row : &elsewhere, 1, *e->model ? e->model : "vectors made elsewhere");
}
