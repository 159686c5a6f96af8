/* The human tables of an evaluation. */
#include <math.h>

#include "base/text.h"
#include "eval/columns.h"
#include "eval/metrics.h"
#include "eval/report.h"

enum { WIDTH = 4, GAP = 3, CUTS = 3 };

enum kind { MEAN, RANDOM, HALF_WIDTH };

static double figure(const huse_eval_task *x, int f, enum kind kind)
{
    if (!x->present)
        return (double)NAN;
    if (kind == HALF_WIDTH)
        return (x->hi[f] - x->lo[f]) / 2;
    return kind == RANDOM ? x->random[f] : x->mean[f];
}

static bool any(const huse_eval_report *r, int f, enum kind kind)
{
    for (int t = 0; t < HUSE_TASKS; t++) {
        if (isfinite(figure(&r->task[t], f, kind)))
            return true;
    }
    return false;
}

/* Figures first .. first+count of one task, each in its column. */
static void figures(huse_buf *b, const huse_eval_task *x, int first, int count, enum kind kind)
{
    for (int f = 0; f < count; f++) {
        if (f)
            huse_column_spaces(b, 1);
        huse_column_share(b, figure(x, first + f, kind), WIDTH);
    }
}

/* What a table shows, for the functions that write its lines. */
struct table {
    const huse_eval_row *row;
    size_t n, label_width;
    int first, count; /* figures */
};

static void task_line(huse_buf *b, const struct table *t, const char *label,
                      const huse_eval_report *r, enum kind kind)
{
    huse_column_cell(b, label, t->label_width, false);
    for (int k = HUSE_I2I; k <= HUSE_T2T; k++) {
        figures(b, &r->task[k], t->first, t->count, kind);
        if (k < HUSE_T2T)
            huse_column_spaces(b, (size_t)(GAP + (CUTS - t->count) * (WIDTH + 1)));
    }
    huse_buf_str(b, "\n");
}

static void distinct_line(huse_buf *b, const struct table *t, const char *label,
                          const huse_eval_report *r, enum kind kind)
{
    huse_column_cell(b, label, t->label_width, false);
    figures(b, &r->task[HUSE_T2T_DISTINCT], HUSE_R1, CUTS, kind);
    huse_column_spaces(b, GAP);
    figures(b, &r->task[HUSE_T2T_DISTINCT], HUSE_HP2, CUTS, kind);
    huse_column_spaces(b, GAP);
    figures(b, &r->task[HUSE_T2T_DISTINCT], HUSE_MAP, 1, kind);
    huse_buf_str(b, "\n");
}

typedef void line_fn(huse_buf *b, const struct table *t, const char *label,
                     const huse_eval_report *r, enum kind kind);

static void lines(huse_buf *b, const struct table *t, line_fn *line)
{
    for (size_t i = 0; i < t->n; i++) {
        line(b, t, t->row[i].label, t->row[i].report, MEAN);
        if (any(t->row[i].report, t->first, HALF_WIDTH))
            line(b, t, "  ± 95 %", t->row[i].report, HALF_WIDTH);
    }
    if (any(t->row[0].report, t->first, RANDOM))
        line(b, t, "random", t->row[0].report, RANDOM);
}

static void task_table(huse_buf *b, struct table t, int first, int count)
{
    t.first = first;
    t.count = count;
    huse_column_spaces(b, t.label_width);
    for (int k = HUSE_I2I; k <= HUSE_T2T; k++)
        huse_column_cell(b, huse_task_name[k], k < HUSE_T2T ? CUTS * (WIDTH + 1) - 1 + GAP : 0, false);
    huse_buf_str(b, "\n");
    lines(b, &t, task_line);
}

static void accuracy_table(huse_buf *b, const huse_eval_row *row, size_t n, size_t label_width)
{
    bool classified = false;
    for (size_t i = 0; i < n; i++)
        classified |= row[i].report->classified;
    if (!classified)
        return;
    huse_buf_str(b, "\nTable 3  top-1 accuracy\n");
    huse_column_spaces(b, label_width);
    huse_buf_str(b, "image   text  fusion\n");
    for (size_t i = 0; i < n; i++) {
        const huse_eval_report *r = row[i].report;
        huse_column_cell(b, row[i].label, label_width, false);
        huse_column_share(b, r->classified ? r->accuracy_image : (double)NAN, 5);
        huse_column_share(b, r->classified ? r->accuracy_text : (double)NAN, 7);
        huse_column_share(b, r->classified ? r->accuracy_fusion : (double)NAN, 8);
        if (r->classified && isfinite(r->fusion_weight)) {
            huse_buf_str(b, "   image weight ");
            huse_column_share(b, r->fusion_weight, 0);
        }
        huse_buf_str(b, "\n");
    }
}

static void instance_table(huse_buf *b, const huse_eval_report *r)
{
    huse_buf_str(b, "\nOwn other half        R@1   R@5  R@10   median rank\n");
    for (int i = 0; i < 2; i++) {
        const huse_eval_pair *x = &r->instance[i];
        huse_buf_str(b, i ? "  text asks image   " : "  image asks text   ");
        huse_column_share(b, x->present ? x->r1 : (double)NAN, 5);
        huse_column_share(b, x->present ? x->r5 : (double)NAN, 6);
        huse_column_share(b, x->present ? x->r10 : (double)NAN, 6);
        huse_buf_str(b, "   ");
        if (x->present) {
            huse_column_count(b, (size_t)x->median_rank);
            huse_buf_str(b, x->median_rank > floor(x->median_rank) ? ".5\n" : "\n");
        } else {
            huse_buf_str(b, "–\n");
        }
    }
}

static void attribute_line(huse_buf *b, const char *label, const huse_eval_attribute *x, bool mixed)
{
    huse_column_cell(b, label, 20, false);
    huse_column_share(b, x->present ? x->p10 : (double)NAN, 5);
    huse_column_share(b, x->present ? x->class_share : (double)NAN, 14);
    if (mixed && x->present) {
        huse_buf_str(b, "   mix ");
        huse_column_share(b, x->mix, 0);
    }
    huse_buf_str(b, "\n");
}

static void space_lines(huse_buf *b, const huse_eval_report *r)
{
    huse_buf_str(b, "\nDistance of true pairs ");
    huse_column_share(b, r->true_pair_distance, 0);
    huse_buf_str(b, ", of all other pairs ");
    huse_column_share(b, r->other_pair_distance, 0);
    huse_buf_str(b, ".\nRank correlation of class centroids with the tree ");
    huse_column_share(b, r->spearman_tree, 0);
    huse_buf_str(b, ".\n");
}

char *huse_eval_report_table(const huse_eval_row *row, size_t n)
{
    HUSE_ASSERT(n > 0);
    huse_buf b = {0};
    const huse_eval_report *r = row[0].report;
    struct table t = {.row = row, .n = n, .label_width = 10, .first = HUSE_R1, .count = CUTS};
    for (size_t i = 0; i < n; i++)
        t.label_width = HUSE_MAX(t.label_width, huse_text_width(row[i].label) + 2);

    huse_buf_fmt(&b, "Table 1  R@1 / R@5 / R@10, %s split, ", huse_split_name(r->split));
    huse_column_count(&b, r->items);
    huse_buf_fmt(&b, " queries%s%s\n", r->model[0] ? "   " : "", r->model);
    task_table(&b, t, HUSE_R1, CUTS);
    huse_buf_str(&b, "\nTable 2  HP@2 / HP@5 / HP@10\n");
    task_table(&b, t, HUSE_HP2, CUTS);
    huse_buf_str(&b, "\nMean average precision\n");
    task_table(&b, t, HUSE_MAP, 1);
    huse_buf_str(&b, "\nT2T without texts equal to the query: R@1 / 5 / 10, HP@2 / 5 / 10, mAP\n");
    lines(&b, &t, distinct_line);
    accuracy_table(&b, row, n, t.label_width);
    instance_table(&b, r);
    space_lines(&b, r);
    if (r->shared.present) {
        huse_buf_str(&b, "\nAttribute search     P@10   class share\n");
        attribute_line(&b, "  shared space", &r->shared, false);
        attribute_line(&b, "  texts visible", &r->visible, true);
        attribute_line(&b, "  texts hidden", &r->hidden, true);
    }
    return b.data;
}
