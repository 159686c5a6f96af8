/* Tables 1 to 3 of a comparison as text, Markdown and CSV. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eval/columns.h"
#include "eval/compare_table.h"

enum { ACCURACY = -1, WIDTH = 4, MOST_GROUPS = 4, PAPER_TABLES = 3 };

/* Figures of one task that stand together; task ACCURACY: image, text, fusion. */
typedef struct group {
    const char *name;
    int         task, first, count;
} group;

typedef struct table {
    const char *title;
    group       group[MOST_GROUPS];
    int         n_groups;
} table;

static const table tables[] = {
    {"Table 1  R@1 / R@5 / R@10",
     {{"I2I", HUSE_I2I, HUSE_R1, 3}, {"I2T", HUSE_I2T, HUSE_R1, 3}, {"T2I", HUSE_T2I, HUSE_R1, 3}, {"T2T", HUSE_T2T, HUSE_R1, 3}}, 4},
    {"Table 2  HP@2 / HP@5 / HP@10",
     {{"I2I", HUSE_I2I, HUSE_HP2, 3}, {"I2T", HUSE_I2T, HUSE_HP2, 3}, {"T2I", HUSE_T2I, HUSE_HP2, 3}, {"T2T", HUSE_T2T, HUSE_HP2, 3}}, 4},
    {"Table 3  top-1 accuracy", {{"image", ACCURACY, 0, 1}, {"text", ACCURACY, 1, 1}, {"fusion", ACCURACY, 2, 1}}, 3},
    {"Mean average precision",
     {{"I2I", HUSE_I2I, HUSE_MAP, 1}, {"I2T", HUSE_I2T, HUSE_MAP, 1}, {"T2I", HUSE_T2I, HUSE_MAP, 1}, {"T2T", HUSE_T2T, HUSE_MAP, 1}}, 4},
    {"T2T without texts equal to the query",
     {{"R@1 / 5 / 10", HUSE_T2T_DISTINCT, HUSE_R1, 3},
      {"HP@2 / 5 / 10", HUSE_T2T_DISTINCT, HUSE_HP2, 3},
      {"mAP", HUSE_T2T_DISTINCT, HUSE_MAP, 1}}, 3},
};

static double accuracy(const huse_eval_report *r, int f)
{
    const double v[HUSE_ACCURACIES] = {r->accuracy_image, r->accuracy_text, r->accuracy_fusion};
    return r->classified ? v[f] : (double)NAN;
}

static double value(const huse_compare_row *row, const group *g, int f)
{
    if (g->task == ACCURACY)
        return accuracy(&row->mean, f);
    return row->mean.task[g->task].present ? row->mean.task[g->task].mean[f] : (double)NAN;
}

static void interval(const huse_compare_row *row, const group *g, int f, double *lo, double *hi)
{
    bool a = g->task == ACCURACY;
    *lo = a ? row->accuracy_lo[f] : row->mean.task[g->task].lo[f];
    *hi = a ? row->accuracy_hi[f] : row->mean.task[g->task].hi[f];
}

static huse_standing mark_of(const huse_compare_row *row, const group *g, int f)
{
    return g->task == ACCURACY ? row->accuracy_mark[f] : row->mark[g->task][f];
}

/* The rows of a table, for what depends on all of them. */
typedef struct lines {
    const huse_compare_row   *row;
    size_t                    n;
    const huse_compare_style *style;
} lines;

/* The exact expectation; every row that has the task has the same. */
static double chance(const lines *l, const group *g, int f)
{
    const huse_compare_row *row = l->row;
    size_t                  n = l->n;
    if (g->task == ACCURACY)
        return l->style->classes ? 1.0 / (double)l->style->classes : (double)NAN;
    for (size_t r = 0; r < n; r++)
        if (row[r].mean.task[g->task].present)
            return row[r].mean.task[g->task].random[f];
    return (double)NAN;
}

static bool row_known(const huse_compare_row *row, const table *t)
{
    for (int k = 0; k < t->n_groups; k++)
        for (int f = 0; f < t->group[k].count; f++)
            if (isfinite(value(row, &t->group[k], t->group[k].first + f)))
                return true;
    return false;
}

static bool known(const huse_compare_row *row, size_t n, const table *t)
{
    for (size_t r = 0; r < n; r++)
        if (row_known(&row[r], t))
            return true;
    return false;
}

/* ---- text ---- */

static const char *const sign[] = {[HUSE_STANDING_NONE] = " ", [HUSE_STANDING_BEST] = "*", [HUSE_STANDING_LEVEL] = "="};

/* A line of figures, each followed by its mark in a column of its own; ends without spaces. */
typedef double pick(const lines *l, const group *g, int f);

static void text_line(huse_buf *b, const table *t, const char *label, size_t width, const lines *l, pick *figure, bool marked)
{
    huse_column_cell(b, label, width, false);
    for (int k = 0; k < t->n_groups; k++) {
        const group *g = &t->group[k];
        huse_column_spaces(b, k ? 1 : 0);
        size_t narrow = huse_text_width(g->name), cells = (size_t)g->count * (WIDTH + 1);
        huse_column_spaces(b, g->count == 1 && narrow > cells ? narrow - cells : 0);
        for (int f = g->first; f < g->first + g->count; f++) {
            huse_column_share(b, figure(l, g, f), WIDTH);
            huse_buf_str(b, marked ? sign[mark_of(l->row, g, f)] : " ");
        }
    }
    while (b->len && b->data[b->len - 1] == ' ')
        b->data[--b->len] = 0;
    huse_buf_str(b, "\n");
}

static double half_width(const huse_compare_row *row, const group *g, int f)
{
    double lo, hi;
    interval(row, g, f, &lo, &hi);
    return isfinite(value(row, g, f)) ? (hi - lo) / 2 : (double)NAN;
}

static double pick_mean(const lines *l, const group *g, int f)
{
    return value(l->row, g, f);
}

static double pick_half(const lines *l, const group *g, int f)
{
    return half_width(l->row, g, f);
}

static bool any_interval(const huse_compare_row *row, const table *t)
{
    for (int k = 0; k < t->n_groups; k++)
        if (isfinite(half_width(row, &t->group[k], t->group[k].first)))
            return true;
    return false;
}

static void text_table(huse_buf *b, const table *t, const huse_compare_row *row, size_t n, const huse_compare_style *style)
{
    size_t width = 10;
    for (size_t r = 0; r < n; r++)
        width = HUSE_MAX(width, huse_text_width(row[r].label) + 1);
    huse_buf_fmt(b, "%s%s%s\n", t->title, style->title[0] ? ", " : "", style->title);
    huse_column_spaces(b, width);
    for (int k = 0; k < t->n_groups; k++) {
        size_t cells = HUSE_MAX((size_t)t->group[k].count * (WIDTH + 1), huse_text_width(t->group[k].name)) + 1;
        huse_column_cell(b, t->group[k].name, k + 1 < t->n_groups ? cells : 0, false);
    }
    huse_buf_str(b, "\n");
    for (size_t r = 0; r < n; r++) {
        if (style->sparse && !row_known(&row[r], t))
            continue;
        const lines one = {&row[r], 1, style};
        text_line(b, t, row[r].label, width, &one, pick_mean, true);
        if (any_interval(&row[r], t))
            text_line(b, t, "  ± 95 %", width, &one, pick_half, false);
    }
    const lines all = {row, n, style};
    if (isfinite(chance(&all, &t->group[0], t->group[0].first)))
        text_line(b, t, "random", width, &all, chance, false);
}

/* ---- Markdown ---- */

static void markdown_cell(huse_buf *b, const huse_compare_row *row, const group *g, int f)
{
    huse_standing m = mark_of(row, g, f);
    double    half = half_width(row, g, f);
    huse_buf_str(b, m == HUSE_STANDING_BEST ? " **" : " ");
    huse_column_share(b, value(row, g, f), 0);
    huse_buf_str(b, m == HUSE_STANDING_BEST ? "**" : m == HUSE_STANDING_LEVEL ? "=" : "");
    if (isfinite(half)) {
        huse_buf_str(b, " ±");
        huse_column_share(b, half, 0);
    }
    huse_buf_str(b, " |");
}

/* "DeViSE*" would begin an emphasis. */
static void markdown_label(huse_buf *b, const char *label)
{
    huse_buf_str(b, "| ");
    for (; *label; label++) {
        if (strchr("*_|\\", *label))
            huse_buf_str(b, "\\");
        huse_buf_add(b, label, 1);
    }
    huse_buf_str(b, " |");
}

static void markdown_table(huse_buf *b, const table *t, const huse_compare_row *row, size_t n, const huse_compare_style *style)
{
    huse_buf_fmt(b, "**%s**%s%s\n\n| |", t->title, style->title[0] ? ", " : "", style->title);
    for (int k = 0; k < t->n_groups; k++)
        for (int f = t->group[k].first; f < t->group[k].first + t->group[k].count; f++) {
            const group *g = &t->group[k];
            huse_buf_fmt(b, " %s%s%s |", g->task == ACCURACY ? huse_accuracy_name[f] : huse_task_name[g->task],
                         g->task == ACCURACY ? "" : " ", g->task == ACCURACY ? "" : huse_figure_name[f]);
        }
    huse_buf_str(b, "\n|---|");
    for (int k = 0; k < t->n_groups; k++)
        for (int f = 0; f < t->group[k].count; f++)
            huse_buf_str(b, "---|");
    for (size_t r = 0; r < n; r++) {
        if (style->sparse && !row_known(&row[r], t))
            continue;
        huse_buf_str(b, "\n");
        markdown_label(b, row[r].label);
        for (int k = 0; k < t->n_groups; k++)
            for (int f = 0; f < t->group[k].count; f++)
                markdown_cell(b, &row[r], &t->group[k], t->group[k].first + f);
    }
    const lines all = {row, n, style};
    if (isfinite(chance(&all, &t->group[0], t->group[0].first))) {
        huse_buf_str(b, "\n| random |");
        for (int k = 0; k < t->n_groups; k++)
            for (int f = 0; f < t->group[k].count; f++) {
                huse_buf_str(b, " ");
                huse_column_share(b, chance(&all, &t->group[k], t->group[k].first + f), 0);
                huse_buf_str(b, " |");
            }
    }
    huse_buf_str(b, "\n");
}

/* ---- CSV ---- */

/* A share with nine digits after a point, whatever the locale; nothing when unknown. */
static void csv_number(huse_buf *b, double v)
{
    huse_buf_str(b, ",");
    if (!isfinite(v))
        return;
    long long nano = llrint(v * 1e9);
    huse_buf_fmt(b, "%s%lld.%09lld", nano < 0 ? "-" : "", (nano < 0 ? -nano : nano) / 1000000000, (nano < 0 ? -nano : nano) % 1000000000);
}

static void csv_line(huse_buf *b, const char *table_name, const char *label, const group *g, int f, double mean, double lo, double hi,
                     huse_standing m)
{
    static const char *const word[] = {[HUSE_STANDING_NONE] = "", [HUSE_STANDING_BEST] = "best", [HUSE_STANDING_LEVEL] = "level"};
    huse_buf_fmt(b, "%s,\"%s\",%s,%s", table_name, label, g->task == ACCURACY ? "accuracy" : huse_task_name[g->task],
                 g->task == ACCURACY ? huse_accuracy_name[f] : huse_figure_name[f]);
    csv_number(b, mean);
    csv_number(b, lo);
    csv_number(b, hi);
    huse_buf_fmt(b, ",%s\n", word[m]);
}

static void csv_table(huse_buf *b, const table *t, const huse_compare_row *row, size_t n, const huse_compare_style *style)
{
    const lines all = {row, n, style};
    for (size_t r = 0; r <= n; r++)
        for (int k = 0; k < t->n_groups; k++)
            for (int f = t->group[k].first; f < t->group[k].first + t->group[k].count; f++) {
                const group *g = &t->group[k];
                double       lo = (double)NAN, hi = (double)NAN;
                if (r < n) {
                    if (isfinite(value(&row[r], g, f)))
                        interval(&row[r], g, f, &lo, &hi);
                    csv_line(b, style->name, row[r].label, g, f, value(&row[r], g, f), lo, hi, mark_of(&row[r], g, f));
                } else if (isfinite(chance(&all, g, f))) {
                    csv_line(b, style->name, "random", g, f, chance(&all, g, f), lo, hi, HUSE_STANDING_NONE);
                }
            }
}

char *huse_compare_tables(const huse_compare_row *row, size_t n, huse_table_format format, const huse_compare_style *style)
{
    typedef void write(huse_buf *b, const table *t, const huse_compare_row *row, size_t n, const huse_compare_style *style);
    static write *const writer[] = {[HUSE_TABLE_TEXT] = text_table, [HUSE_TABLE_MARKDOWN] = markdown_table, [HUSE_TABLE_CSV] = csv_table};
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (size_t i = 0; i < (style->paper ? (size_t)PAPER_TABLES : HUSE_COUNT(tables)); i++) {
        if (!known(row, n, &tables[i]))
            continue;
        if (b.len && format != HUSE_TABLE_CSV)
            huse_buf_str(&b, "\n");
        writer[format](&b, &tables[i], row, n, style);
    }
    return b.data;
}

char *huse_compare_text(const huse_compare_row *row, size_t n, huse_report_format format, const huse_compare_style *style)
{
    const bool csv = format == HUSE_REPORT_CSV;
    char      *text = huse_compare_tables(row, n, csv ? HUSE_TABLE_CSV : HUSE_TABLE_MARKDOWN, style);
    char      *whole = huse_format("%s%s", csv ? HUSE_COMPARE_CSV_HEADER : "", text);
    free(text);
    return whole;
}
