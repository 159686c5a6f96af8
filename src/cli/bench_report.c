#include "cli/bench_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/text.h"
#include "cli/asking.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "eval/report.h"

enum { DRAWS = 2000, SEED = 1 };
static const char PAPER[] = "the paper's own on UPMC Food-101";

cli_bench_rows cli_bench_compare(const huse_bench_result *r, int threads, volatile const int *stop)
{
    cli_bench_rows rows = {.n = r->n_rows, .n_methods = r->n_methods};
    huse_pool     *pool = huse_pool_new(threads);
    rows.row = huse_xcalloc(r->n_rows + 1, sizeof *rows.row);
    for (size_t i = 0; i < r->n_rows; i++) {
        rows.row[i].label = r->row[i].label;
        rows.row[i].seed = r->row[i].seed;
        rows.row[i].n_seeds = r->row[i].n_seeds;
    }
    huse_compare(pool, rows.row, rows.n_methods, DRAWS, SEED, stop);
    huse_compare(pool, rows.row + rows.n_methods, rows.n - rows.n_methods, DRAWS, SEED, stop);
    huse_pool_free(pool);
    return rows;
}

static double mean(const double *x, long n)
{
    double sum = 0;
    for (long i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* ---- text and Markdown ---- */

static void add_tables(huse_buf *b, const huse_compare_row *row, size_t n, huse_table_format format, const huse_compare_style *style)
{
    char *text = huse_compare_tables(row, n, format, style);
    huse_buf_str(b, text);
    free(text);
}

static void settings(huse_buf *b, const huse_bench_result *r, bool markdown)
{
    char   s[16], steps[32];
    size_t width = 0;
    for (size_t i = 0; i < r->n_rows; i++)
        width = HUSE_MAX(width, huse_text_width(r->row[i].label));
    cli_thousands(steps, (size_t)r->steps);
    huse_buf_fmt(b, "\n%sSettings%s, %s steps of the default preset: what is a method's own, and its mean\nvalidation score\n%s",
                 markdown ? "**" : "", markdown ? "**" : "", steps, markdown ? "\n" : "");
    for (size_t i = 0; i < r->n_rows; i++) {
        const huse_bench_row *x = &r->row[i];
        if (i == r->n_methods) /* the row of HUSE again */
            continue;
        huse_buf_fmt(b, "%s%s%*s", markdown ? "- " : "  ", x->label, markdown ? 0 : (int)(width - huse_text_width(x->label)), "");
        huse_buf_fmt(b, "  %s%s%s %s\n", x->settings, x->settings[0] ? "; " : "", x->score_name,
                     cli_share(s, mean(x->val_score, r->seeds), 3));
    }
}

static void trials(huse_buf *b, const huse_bench_result *r, bool markdown)
{
    bool any = false;
    char s[16];
    for (size_t i = 0; i < r->n_rows; i++)
        for (size_t k = 0; k < r->row[i].n_trials; k++) {
            const huse_bench_trial *t = &r->row[i].trial[k];
            if (!any)
                huse_buf_fmt(b, "\n%sTrials%s on validation data, the first as the preset has it; > was chosen\n%s",
                             markdown ? "**" : "", markdown ? "**" : "", markdown ? "\n" : "");
            any = true;
            if (!k && !markdown)
                huse_buf_fmt(b, "  %s\n", r->row[i].label);
            huse_buf_fmt(b, "%s%s%s", markdown ? "- " : "  ", markdown ? r->row[i].label : "", k == r->row[i].chosen ? " > " : "   ");
            huse_buf_fmt(b, "%zu  %s %s  %s\n", k + 1, r->row[i].score_name, cli_share(s, t->score, 3), t->settings);
        }
}

static char *csv(const huse_bench_result *r, const cli_bench_rows *rows)
{
    huse_buf           b = {0};
    huse_compare_style style = {.name = "methods", .title = "", .classes = r->classes};
    huse_buf_str(&b, HUSE_COMPARE_CSV_HEADER);
    add_tables(&b, rows->row, rows->n_methods, HUSE_TABLE_CSV, &style);
    style.name = "ablation";
    if (rows->n > rows->n_methods)
        add_tables(&b, rows->row + rows->n_methods, rows->n - rows->n_methods, HUSE_TABLE_CSV, &style);
    return b.data;
}

char *cli_bench_text(const huse_bench_result *r, const cli_bench_rows *rows, huse_table_format format)
{
    huse_buf         b = {0};
    char             queries[32], title[96];
    bool             markdown = format == HUSE_TABLE_MARKDOWN;
    huse_compare_row paper[HUSE_PAPER_ROWS];
    if (format == HUSE_TABLE_CSV)
        return csv(r, rows);
    cli_thousands(queries, rows->row[0].mean.items);
    huse_buf_fmt(&b,
                 "%s test queries; means of %ld seed%s. %s best of its column; = not to be told\n"
                 "from it: the paired 95 %% interval of the difference includes zero.\n\n", queries, r->seeds, r->seeds == 1 ? "" : "s", markdown ? "Bold:" : "*");
    snprintf(title, sizeof title, "test split");
    add_tables(&b, rows->row, rows->n_methods, format, &(huse_compare_style){.title = title, .classes = r->classes});
    if (rows->n > rows->n_methods) {
        huse_buf_str(&b, "\n");
        snprintf(title, sizeof title, "ablations of %.20s", rows->row[rows->n_methods].label);
        add_tables(&b, rows->row + rows->n_methods, rows->n - rows->n_methods, format,
                   &(huse_compare_style){.title = title, .paper = true, .classes = r->classes});
    }
    settings(&b, r, markdown);
    trials(&b, r, markdown);
    huse_buf_str(&b, "\nThe paper's figures are of another catalogue: to see the order of the methods,\n"
                     "not to be compared with those above.\n\n");
    size_t n = huse_paper_rows(paper);
    add_tables(&b, paper, n, format, &(huse_compare_style){.title = PAPER, .sparse = true, .paper = true});
    return b.data;
}

/* ---- JSON ---- */

static json_t *trials_json(const huse_bench_row *x)
{
    json_t *list = json_array();
    for (size_t k = 0; k < x->n_trials; k++) {
        json_t *t = json_object();
        json_object_set_new(t, "settings", out_json_str(x->trial[k].settings));
        json_object_set_new(t, "score", out_json_real(x->trial[k].score));
        json_object_set_new(t, "best_step", json_integer(x->trial[k].best_step));
        json_object_set_new(t, "chosen", json_boolean(k == x->chosen));
        json_array_append_new(list, t);
    }
    return list;
}

static json_t *row_json(const huse_bench_result *r, size_t i, const huse_compare_row *row)
{
    const huse_bench_row *x = &r->row[i];
    json_t               *o = huse_compare_json(row), *how = json_object();
    json_t               *scores = json_array(), *steps = json_array(), *cells = json_array();
    for (long s = 0; s < r->seeds; s++) {
        json_array_append_new(scores, out_json_real(x->val_score[s]));
        json_array_append_new(steps, json_integer(x->best_step[s]));
        json_array_append_new(cells, out_json_str(x->cell[s]));
    }
    json_object_set_new(how, "settings", out_json_str(x->settings));
    json_object_set_new(how, "score", json_string(x->score_name));
    json_object_set_new(how, "validation", scores);
    json_object_set_new(how, "best_step", steps);
    json_object_set_new(how, "cells", cells);
    json_object_set_new(how, "trials", trials_json(x));
    json_object_set_new(o, "training", how);
    return o;
}

/* The expectation of every task that some row has, and of a guessed class. */
static json_t *random_json(const huse_bench_result *r, const cli_bench_rows *rows)
{
    json_t *o = json_object(), *retrieval = json_object(), *accuracy = json_object();
    for (int t = 0; t < HUSE_TASKS; t++) {
        json_t *figures = json_object();
        size_t  i = 0;
        while (i < rows->n_methods && !rows->row[i].mean.task[t].present)
            i++;
        for (int f = 0; f < HUSE_FIGURES; f++)
            json_object_set_new(figures, huse_figure_name[f],
                                i < rows->n_methods ? out_json_real(rows->row[i].mean.task[t].random[f]) : json_null());
        json_object_set_new(retrieval, huse_task_name[t], figures);
    }
    for (int k = 0; k < HUSE_ACCURACIES; k++)
        json_object_set_new(accuracy, huse_accuracy_name[k], out_json_real(1.0 / (double)r->classes));
    json_object_set_new(o, "retrieval", retrieval);
    json_object_set_new(o, "accuracy", accuracy);
    return o;
}

json_t *cli_bench_json(const huse_bench_result *r, const cli_bench_rows *rows)
{
    json_t *o = json_object(), *methods = json_object();
    json_object_set_new(o, "schema", json_string("huse-tui/bench"));
    json_object_set_new(o, "version", json_integer(1));
    json_object_set_new(o, "seeds", json_integer(r->seeds));
    json_object_set_new(o, "steps", json_integer(r->steps));
    out_json_path(o, "folder", r->dir);
    for (size_t i = 0; i < rows->n_methods; i++)
        json_object_set_new(methods, r->row[i].label, row_json(r, i, &rows->row[i]));
    json_object_set_new(o, "methods", methods);
    json_object_set_new(o, "random", random_json(r, rows));
    if (rows->n > rows->n_methods) {
        json_t *ablations = json_object();
        for (size_t i = rows->n_methods; i < rows->n; i++)
            json_object_set_new(ablations, r->row[i].label, row_json(r, i, &rows->row[i]));
        json_object_set_new(o, "ablations", ablations);
    }
    return o;
}
