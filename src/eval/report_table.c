/* The human tables of an evaluation. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "eval/report.h"

enum { WIDTH = 4, GAP = 3, CUTS = 3 };

static void spaces(huse_buf *b, size_t n)
{
    while (n-- > 0)
        huse_buf_str(b, " ");
}

/* @s in a column of at least @width, to the right or to the left. */
static void cell(huse_buf *b, const char *s, size_t width, bool right)
{
    size_t has = huse_text_width(s), pad = has < width ? width - has : 0;
    if (right)
        spaces(b, pad);
    huse_buf_str(b, s);
    if (!right)
        spaces(b, pad);
}

/* A share without its leading zero: ".871", "1.00", "-.034"; unknown: "–". Free of the locale. */
static void share(huse_buf *b, double v, size_t width)
{
    char text[32] = "–";
    if (isfinite(v)) {
        int milli = (int)lrint(fmin(fabs(v), 999.0) * 1000);
        const char *sign = v < 0 && milli > 0 ? "-" : "";
        if (milli < 1000)
            snprintf(text, sizeof text, "%s.%03d", sign, milli);
        else
            snprintf(text, sizeof text, "%s%d.%02d", sign, milli / 1000, milli % 1000 / 10);
    }
    cell(b, text, width, true);
}

/* 1852 as "1,852". */
static void grouped(huse_buf *b, size_t n)
{
    if (n >= 1000) {
        grouped(b, n / 1000);
        huse_buf_fmt(b, ",%03zu", n % 1000);
    } else {
        huse_buf_fmt(b, "%zu", n);
    }
}

/* One line of a table over tasks: three figures a task from @first on, of one kind. */
enum kind { MEAN, RANDOM, HALF_WIDTH };

static double figure(const huse_retrieval *x, int f, enum kind kind)
{
    if (kind == HALF_WIDTH)
        return (x->hi[f] - x->lo[f]) / 2;
    return kind == RANDOM ? x->random[f] : x->mean[f];
}

static void task_line(huse_buf *b, const char *label, size_t label_width, const huse_eval_report *r, int first, int count,
                      enum kind kind)
{
    cell(b, label, label_width, false);
    for (int t = 0; t < HUSE_TASKS; t++) {
        for (int f = 0; f < count; f++) {
            if (f)
                spaces(b, 1);
            share(b, figure(&r->retrieval[t], first + f, kind), WIDTH);
        }
        spaces(b, t + 1 < HUSE_TASKS ? (size_t)(GAP + (CUTS - count) * (WIDTH + 1)) : 0);
    }
    huse_buf_str(b, "\n");
}

static bool any(const huse_eval_report *r, int f, enum kind kind)
{
    for (int t = 0; t < HUSE_TASKS; t++) {
        if (isfinite(figure(&r->retrieval[t], f, kind)))
            return true;
    }
    return false;
}

static void task_table(huse_buf *b, const huse_eval_row *row, size_t n, size_t label_width, int first, int count)
{
    spaces(b, label_width);
    for (int t = 0; t < HUSE_TASKS; t++) {
        const char *name = t == HUSE_T2T_DISTINCT ? "T2T distinct" : huse_task_name[t];
        cell(b, name, t + 1 < HUSE_TASKS ? CUTS * (WIDTH + 1) - 1 + GAP : 0, false);
    }
    huse_buf_str(b, "\n");
    for (size_t i = 0; i < n; i++) {
        task_line(b, row[i].label, label_width, row[i].report, first, count, MEAN);
        if (any(row[i].report, first, HALF_WIDTH))
            task_line(b, "  ± 95 %", label_width, row[i].report, first, count, HALF_WIDTH);
    }
    if (any(row[0].report, first, RANDOM))
        task_line(b, "random", label_width, row[0].report, first, count, RANDOM);
}

static void accuracy_table(huse_buf *b, const huse_eval_row *row, size_t n, size_t label_width)
{
    huse_buf_str(b, "\nTable 3  top-1 accuracy\n");
    spaces(b, label_width);
    huse_buf_str(b, "image   text  fusion\n");
    for (size_t i = 0; i < n; i++) {
        const huse_eval_report *r = row[i].report;
        cell(b, row[i].label, label_width, false);
        share(b, r->accuracy_image, 5);
        share(b, r->accuracy_text, 7);
        share(b, r->accuracy_fusion, 8);
        if (isfinite(r->fusion_weight)) {
            huse_buf_str(b, "   image weight ");
            share(b, r->fusion_weight, 0);
        }
        huse_buf_str(b, "\n");
    }
}

static void instance_table(huse_buf *b, const huse_eval_report *r)
{
    huse_buf_str(b, "\nOwn other half        R@1   R@5  R@10   median rank\n");
    for (int i = 0; i < 2; i++) {
        const huse_instance *x = &r->instance[i];
        huse_buf_str(b, i ? "  text asks image   " : "  image asks text   ");
        share(b, x->r1, 5);
        share(b, x->r5, 6);
        share(b, x->r10, 6);
        huse_buf_str(b, "   ");
        if (x->present) {
            grouped(b, (size_t)x->median_rank);
            huse_buf_str(b, x->median_rank > floor(x->median_rank) ? ".5\n" : "\n");
        } else {
            huse_buf_str(b, "–\n");
        }
    }
}

static void attribute_line(huse_buf *b, const char *label, const huse_attribute_figure *f, double mix)
{
    cell(b, label, 20, false);
    share(b, f->p10, 5);
    share(b, f->class_share, 14);
    if (isfinite(mix)) {
        huse_buf_str(b, "   mix ");
        share(b, mix, 0);
    }
    huse_buf_str(b, "\n");
}

static void space_lines(huse_buf *b, const huse_eval_report *r)
{
    huse_buf_str(b, "\nDistance of true pairs ");
    share(b, r->true_pair, 0);
    huse_buf_str(b, ", of all others ");
    share(b, r->other_pair, 0);
    huse_buf_str(b, ". Rank correlation with the tree ");
    share(b, r->spearman_tree, 0);
    huse_buf_str(b, ".\n");
}

char *huse_eval_report_table(const huse_eval_row *row, size_t n, const char *title)
{
    HUSE_ASSERT(n > 0);
    huse_buf b = { 0 };
    const huse_eval_report *r = row[0].report;
    size_t label_width = strlen("  ± 95 %") + 1;
    for (size_t i = 0; i < n; i++)
        label_width = HUSE_MAX(label_width, huse_text_width(row[i].label) + 2);

    huse_buf_fmt(&b, "Table 1  R@1 / R@5 / R@10, %s split, ", r->split ? r->split : "");
    grouped(&b, r->queries);
    huse_buf_fmt(&b, " queries%s%s\n", title && *title ? "     " : "", title ? title : "");
    task_table(&b, row, n, label_width, HUSE_R1, CUTS);
    huse_buf_str(&b, "\nTable 2  HP@2 / HP@5 / HP@10\n");
    task_table(&b, row, n, label_width, HUSE_HP2, CUTS);
    huse_buf_str(&b, "\nMean average precision\n");
    task_table(&b, row, n, label_width, HUSE_MAP, 1);
    accuracy_table(&b, row, n, label_width);
    instance_table(&b, r);
    space_lines(&b, r);
    if (isfinite(r->shared.p10)) {
        huse_buf_str(&b, "\nAttribute search     P@10   class share\n");
        attribute_line(&b, "  shared space", &r->shared, (double)NAN);
        attribute_line(&b, "  texts visible", &r->visible, r->mix_visible);
        attribute_line(&b, "  texts hidden", &r->hidden, r->mix_hidden);
    }
    return b.data;
}
