/* Figures into tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane_evaluate.h"

enum { DIGITS = 3, TASK_COLUMNS = 13 };

/* ---- shares ---- */

/* Three digits in four columns: 1 is 1.00, as the command line has it. */
static void set_share(ui_table *t, size_t column, unsigned style, double x)
{
    ui_table_share(t, column, style, x, fabs(x) >= .9995 ? 2 : DIGITS);
}

/* ---- tables of tasks ---- */

#define FIGURES(task, a, b, c) {a, task, true, false, 0, 0, false}, {b, task, true, false, 0, 0, false}, {c, task, true, false, 0, 0, false}
static const ui_column recall_columns[TASK_COLUMNS] = {
    {"", NULL, false, false, 8, 0, false}, FIGURES("I2I", "R@1", "R@5", "R@10"), FIGURES("I2T", "R@1", "R@5", "R@10"),
    FIGURES("T2I", "R@1", "R@5", "R@10"), FIGURES("T2T", "R@1", "R@5", "R@10")};
static const ui_column hp_columns[TASK_COLUMNS] = {
    {"", NULL, false, false, 8, 0, false}, FIGURES("I2I", "HP@2", "@5", "@10"), FIGURES("I2T", "HP@2", "@5", "@10"),
    FIGURES("T2I", "HP@2", "@5", "@10"), FIGURES("T2T", "HP@2", "@5", "@10")};
static const ui_column map_columns[] = {{"", NULL, false, false, 8, 0, false}, {"I2I", NULL, true, false, 0, 0, false},
                                        {"I2T", NULL, true, false, 0, 0, false}, {"T2I", NULL, true, false, 0, 0, false},
                                        {"T2T", NULL, true, false, 0, 0, false}};
static const ui_column distinct_columns[] = {{"", NULL, false, false, 8, 0, false}, FIGURES(" ", "R@1", "R@5", "R@10"),
                                             FIGURES("  ", "HP@2", "@5", "@10"), {"mAP", NULL, true, false, 0, 0, false}};
static const ui_column accuracy_columns[] = {{"", NULL, false, false, 8, 0, false}, {"image", NULL, true, false, 0, 0, false},
                                             {"text", NULL, true, false, 0, 0, false}, {"fusion", NULL, true, false, 0, 0, false},
                                             {"image's share", NULL, true, false, 0, 1, false}};
static const ui_column pair_columns[] = {{"", NULL, false, false, 8, 0, false}, {"R@1", NULL, true, false, 0, 0, false},
                                         {"R@5", NULL, true, false, 0, 0, false}, {"R@10", NULL, true, false, 0, 0, false},
                                         {"median rank", NULL, true, false, 0, 0, false}};
static const ui_column attribute_columns[] = {{"", NULL, false, false, 8, 0, false}, {"P@10", NULL, true, false, 0, 0, false},
                                              {"class share", NULL, true, false, 0, 0, false}, {"mix", NULL, true, false, 0, 0, false}};

/* Task and figure of each cell of a row behind the label. */
typedef struct place {
    int task, figure;
} place;

typedef enum part { MEAN, HALF, RANDOM } part;

static double figure_of(const huse_eval_task *x, int f, part p)
{
    if (!x->present)
        return (double)NAN;
    return p == MEAN ? x->mean[f] : p == RANDOM ? x->random[f] : (x->hi[f] - x->lo[f]) / 2;
}

static void add_row(ui_table *t, const huse_method_row *m, const char *label, const place *cell, size_t n, part p)
{
    ui_table_row(t);
    ui_table_text(t, 0, p == MEAN ? UI_PLAIN : UI_DIM, label);
    for (size_t i = 0; i < n; i++) {
        const huse_standing mark = p == MEAN ? m->mark[cell[i].task][cell[i].figure] : HUSE_STANDING_NONE;
        set_share(t, i + 1, p != MEAN ? UI_DIM : mark == HUSE_STANDING_BEST ? UI_BOLD : UI_PLAIN,
                  figure_of(&m->mean.task[cell[i].task], cell[i].figure, p));
    }
}

static bool knows(const huse_method_row *m, const place *cell, size_t n, part p)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(figure_of(&m->mean.task[cell[i].task], cell[i].figure, p)))
            return true;
    return false;
}

/* A row for each method, intervals below it, and chance below all. */
static void add_tasks(ui_sheet *s, const char *title, const ui_column *column, const place *cell, size_t n, const huse_method_row *m, size_t rows)
{
    ui_table *t = NULL;
    size_t    chance = SIZE_MAX;
    for (size_t r = 0; r < rows; r++) {
        if (!knows(&m[r], cell, n, MEAN))
            continue;
        t = t ? t : ui_sheet_add(s, title, column, n + 1);
        add_row(t, &m[r], m[r].label, cell, n, MEAN);
        if (knows(&m[r], cell, n, HALF))
            add_row(t, &m[r], " ± 95 %", cell, n, HALF);
        if (knows(&m[r], cell, n, RANDOM))
            chance = r;
    }
    if (chance != SIZE_MAX)
        add_row(t, &m[chance], "random", cell, n, RANDOM);
}

static void cells_of(place *cell, int first, int count)
{
    for (int task = 0; task < 4; task++)
        for (int f = 0; f < count; f++)
            cell[task * count + f] = (place){task, first + f};
}

static void add_accuracies(ui_sheet *s, const huse_method_row *m, size_t rows)
{
    ui_table *t = NULL;
    for (size_t r = 0; r < rows; r++) {
        const huse_eval_report *x = &m[r].mean;
        const double            v[] = {x->accuracy_image, x->accuracy_text, x->accuracy_fusion};
        if (!x->classified)
            continue;
        t = t ? t : ui_sheet_add(s, "Table 3  top-1 accuracy", accuracy_columns, HUSE_COUNT(accuracy_columns));
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, m[r].label);
        for (size_t k = 0; k < 3; k++)
            set_share(t, k + 1, m[r].accuracy_mark[k] == HUSE_STANDING_BEST ? UI_BOLD : UI_PLAIN, v[k]);
        if (isfinite(x->fusion_weight) && x->items)
            ui_table_share(t, 4, UI_DIM, x->fusion_weight, 2);
        if (!isfinite(m[r].accuracy_lo[0]) && !isfinite(m[r].accuracy_lo[1]))
            continue;
        ui_table_row(t);
        ui_table_text(t, 0, UI_DIM, " ± 95 %");
        for (size_t k = 0; k < 3; k++)
            set_share(t, k + 1, UI_DIM, (m[r].accuracy_hi[k] - m[r].accuracy_lo[k]) / 2);
    }
}

/* Tables 1 to 3, and mean average precision and T2T without equal texts where they are known. */
static void add_methods(ui_sheet *s, const huse_method_row *m, size_t rows, const char *split)
{
    static const place distinct[] = {{4, 0}, {4, 1}, {4, 2}, {4, 3}, {4, 4}, {4, 5}, {4, 6}};
    place              cell[12];
    char               title[160], n[32];
    snprintf(title, sizeof title, "Table 1  R@1 / R@5 / R@10%s", split);
    if (rows && m[0].mean.items)
        snprintf(title + strlen(title), sizeof title - strlen(title), ", %s queries", ui_thousands(n, m[0].mean.items));
    cells_of(cell, 0, 3);
    add_tasks(s, title, recall_columns, cell, 12, m, rows);
    cells_of(cell, 3, 3);
    add_tasks(s, "Table 2  HP@2 / HP@5 / HP@10", hp_columns, cell, 12, m, rows);
    add_accuracies(s, m, rows);
    cells_of(cell, 6, 1);
    add_tasks(s, "Mean average precision", map_columns, cell, 4, m, rows);
    add_tasks(s, "T2T without texts that equal the query's", distinct_columns, distinct, HUSE_COUNT(distinct), m, rows);
}

/* ---- one model ---- */

static void add_pairs(ui_sheet *s, const huse_eval_report *r)
{
    ui_table *t = ui_sheet_add(s, "Own other half", pair_columns, HUSE_COUNT(pair_columns));
    for (int i = 0; i < 2; i++) {
        const huse_eval_pair *x = &r->instance[i];
        char                  rank[48], n[32];
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, i ? "text asks image" : "image asks text");
        set_share(t, 1, UI_PLAIN, x->present ? x->r1 : (double)NAN);
        set_share(t, 2, UI_PLAIN, x->present ? x->r5 : (double)NAN);
        set_share(t, 3, UI_PLAIN, x->present ? x->r10 : (double)NAN);
        snprintf(rank, sizeof rank, "%s%s", x->present ? ui_thousands(n, (size_t)x->median_rank) : "–",
                 x->present && x->median_rank > floor(x->median_rank) ? ".5" : "");
        ui_table_text(t, 4, UI_PLAIN, rank);
        ui_table_value(t, 4, x->present ? x->median_rank : (double)NAN);
    }
    char a[16], b[16], c[16], note[160];
    snprintf(note, sizeof note, "distance of true pairs %s, of all others %s; rank correlation with the tree %s", ui_share(a, r->true_pair_distance, DIGITS),
             ui_share(b, r->other_pair_distance, DIGITS), ui_share(c, r->spearman_tree, DIGITS));
    ui_sheet_note(s, note);
}

static void add_attribute(ui_table *t, const char *label, const huse_eval_attribute *x, bool mixed)
{
    ui_table_row(t);
    ui_table_text(t, 0, UI_PLAIN, label);
    set_share(t, 1, UI_PLAIN, x->present ? x->p10 : (double)NAN);
    set_share(t, 2, UI_PLAIN, x->present ? x->class_share : (double)NAN);
    if (mixed)
        ui_table_share(t, 3, UI_DIM, x->present ? x->mix : (double)NAN, 2);
}

static void add_attributes(ui_sheet *s, const huse_eval_report *r)
{
    ui_table *t = ui_sheet_add(s, "Attribute search: three words of a text ask for pictures", attribute_columns, HUSE_COUNT(attribute_columns));
    add_attribute(t, "shared space alone", &r->shared, false);
    add_attribute(t, "texts visible", &r->visible, true);
    add_attribute(t, "texts hidden", &r->hidden, true);
    ui_sheet_note(s, r->shared.present ? "P@10: share of the first ten whose texts hold all three words; mix: share of the words in the score"
                                       : "not measured: the text encoder that made the model's features is not here");
}

static void fill_model(ui_evaluate *e)
{
    const huse_eval_report *r = &e->ev->report;
    char                    split[32];
    huse_method_row         m = {.label = r->method[0] ? r->method : "model", .mean = *r};
    for (int k = 0; k < HUSE_EVAL_ACCURACIES; k++)
        m.accuracy_lo[k] = m.accuracy_hi[k] = (double)NAN;
    snprintf(split, sizeof split, ", %s split", huse_split_name(r->split));
    ui_sheet_clear(&e->sheet[UI_EVAL_TABLES]);
    add_methods(&e->sheet[UI_EVAL_TABLES], &m, 1, split);
    add_pairs(&e->sheet[UI_EVAL_TABLES], r);
    ui_sheet_clear(&e->sheet[UI_EVAL_ATTRIBUTE]);
    add_attributes(&e->sheet[UI_EVAL_ATTRIBUTE], r);
}

/* ---- classes and confusions ---- */

#define NUMBER(head, group, drop, rising) {head, group, true, false, 0, drop, rising}
static const ui_column class_columns[] = {
    {"class", NULL, false, true, 18, 0, true}, NUMBER("items", NULL, 0, false), NUMBER("I2I", "R@1", 6, true), NUMBER("I2T", "R@1", 5, true),
    NUMBER("T2I", "R@1", 0, true), NUMBER("T2T", "R@1", 6, true), NUMBER("image", "accuracy", 4, true), NUMBER("text", "accuracy", 4, true),
    NUMBER("both", "accuracy", 0, true), NUMBER("missed", NULL, 7, false), {"most taken for", NULL, false, true, 12, 3, true},
    NUMBER("", NULL, 3, false)};

static void fill_classes(ui_evaluate *e)
{
    ui_table *t = &e->table[UI_EVAL_CLASSES];
    ui_table_begin(t, class_columns, HUSE_COUNT(class_columns));
    for (size_t i = 0; i < e->ev->n_classes; i++) {
        const huse_class_figure *c = &e->ev->cls[i];
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, c->path);
        ui_table_count(t, 1, UI_PLAIN, c->items);
        for (size_t k = 0; k < 4; k++)
            set_share(t, 2 + k, UI_PLAIN, c->r1[k]);
        for (size_t k = 0; k < HUSE_EVAL_ACCURACIES; k++)
            set_share(t, 6 + k, UI_PLAIN, c->accuracy[k]);
        ui_table_count(t, 9, c->missed ? UI_PLAIN : UI_DIM, c->missed);
        if (c->most) {
            ui_table_text(t, 10, UI_PLAIN, c->most);
            ui_table_count(t, 11, UI_DIM, c->most_count);
        }
    }
    ui_table_end(t, ui_evaluate_page(e));
}

static const ui_column pair_of_classes[] = {{"class", NULL, false, true, 14, 0, true}, {"taken for", NULL, false, true, 14, 0, true},
                                            NUMBER("items", NULL, 0, false), NUMBER("of", NULL, 2, false), NUMBER("share", NULL, 1, false)};

static void fill_confusions(ui_evaluate *e)
{
    ui_table *t = &e->table[UI_EVAL_CONFUSIONS];
    ui_table_begin(t, pair_of_classes, HUSE_COUNT(pair_of_classes));
    for (size_t i = 0; i < e->ev->n_pairs; i++) {
        const huse_class_pair *p = &e->ev->pair[i];
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, p->from);
        ui_table_text(t, 1, UI_PLAIN, p->to);
        ui_table_count(t, 2, UI_PLAIN, p->count);
        ui_table_count(t, 3, UI_DIM, p->of);
        set_share(t, 4, UI_PLAIN, (double)p->count / (double)p->of);
    }
    ui_table_end(t, ui_evaluate_page(e));
}

static void fill_paper(ui_evaluate *e)
{
    huse_method_row row[HUSE_PAPER_METHODS];
    huse_paper_methods(row);
    ui_sheet_clear(&e->sheet[UI_EVAL_PAPER]);
    add_methods(&e->sheet[UI_EVAL_PAPER], row, HUSE_PAPER_METHODS, ", UPMC Food-101");
}

/* ---- all methods ---- */

void ui_evaluate_fill_methods(ui_evaluate *e)
{
    const huse_methods *m = e->methods;
    ui_sheet           *s = &e->sheet[UI_EVAL_METHODS];
    ui_sheet_clear(s);
    if (!m)
        return;
    add_methods(s, m->row, m->n_methods, ", test split");
    if (m->n > m->n_methods)
        add_methods(s, m->row + m->n_methods, m->n - m->n_methods, ", ablations");
    char note[200], cells[32], steps[32];
    snprintf(note, sizeof note, "bold: best of its column; means of up to %ld seed%s, %s steps each; %zu of %s trainings finished", m->seeds,
             m->seeds == 1 ? "" : "s", ui_thousands(steps, (size_t)HUSE_MAX(m->steps, 0L)), m->finished, ui_thousands(cells, m->cells));
    if (s->n)
        ui_sheet_note(s, note);
}

/* ---- doubted labels ---- */

static const ui_column doubt_columns[] = {
    {"item", NULL, false, false, 16, 0, true}, {"label", NULL, false, true, 10, 0, true}, NUMBER("p", NULL, 0, true),
    {"model says", NULL, false, true, 10, 0, true}, NUMBER("p", NULL, 0, false), {"split", NULL, false, false, 0, 2, true},
    {"", NULL, false, true, 3, 0, false}};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What became of it, in a sign and a word. */
static void add_fate(ui_table *t, const ui_doubt *d)
{
    char text[300];
    if (d->fate == UI_LABEL_OPEN)
        return;
    if (d->fate == UI_LABEL_CHANGED)
        snprintf(text, sizeof text, "→ %.280s", last_part(d->now));
    else
        snprintf(text, sizeof text, "%s", d->fate == UI_LABEL_KEPT ? "right" : "…");
    ui_table_text(t, 6, UI_ACCENT, text);
}

void ui_evaluate_fill_doubts(ui_evaluate *e)
{
    ui_table         *t = &e->table[UI_EVAL_SUSPECTS];
    const huse_items *items = e->opened->items;
    ui_table_begin(t, doubt_columns, HUSE_COUNT(doubt_columns));
    for (size_t i = 0; i < e->doubts.n; i++) {
        const ui_doubt  *d = &e->doubts.doubt[i];
        const huse_item *it = &items->item[d->item];
        const unsigned   style = d->fate == UI_LABEL_OPEN ? UI_PLAIN : UI_DIM;
        ui_table_row(t);
        ui_table_text(t, 0, style, it->text && *it->text ? it->text : it->id);
        ui_table_text(t, 1, style, last_part(d->label));
        set_share(t, 2, UI_DIM, (double)d->p);
        ui_table_text(t, 3, style, last_part(d->best));
        set_share(t, 4, UI_DIM, (double)d->p_best);
        ui_table_text(t, 5, UI_DIM, huse_split_name(it->split));
        add_fate(t, d);
    }
    ui_table_end(t, ui_evaluate_page(e));
}

/* ---- two models ---- */

static const ui_column versus_columns[] = {{"", NULL, false, false, 0, 0, true}, {"", NULL, false, false, 0, 0, true},
                                           NUMBER("before", NULL, 0, false), NUMBER("now", NULL, 0, false),
                                           NUMBER("change", NULL, 0, false), NUMBER("from", "95 %", 0, false), NUMBER("to", "95 %", 0, false),
                                           {"", NULL, false, false, 0, 1, false}};
static const ui_column drift_columns[] = {{"class", NULL, false, true, 14, 0, true}, {"gained among its five nearest", NULL, false, false, 12, 0, true},
                                          {"lost", NULL, false, false, 12, 0, true}};

static void add_names(ui_table *t, size_t column, char *const *path, size_t n)
{
    huse_buf b = {0};
    huse_buf_str(&b, n ? "" : "–");
    for (size_t i = 0; i < n; i++)
        huse_buf_fmt(&b, "%s%s", i ? ", " : "", last_part(path[i]));
    ui_table_text(t, column, n ? UI_PLAIN : UI_DIM, b.data);
    huse_buf_free(&b);
}

static void add_changes(ui_sheet *s, const huse_versus *v)
{
    char      title[360], n[32];
    snprintf(title, sizeof title, "%.120s, and before that %.120s: %s items", v->b, v->a, ui_thousands(n, v->items));
    ui_table *t = ui_sheet_add(s, title, versus_columns, HUSE_COUNT(versus_columns));
    for (size_t i = 0; i < v->n_figures; i++) {
        const huse_versus_figure *f = &v->figure[i];
        const bool                apart = f->lo > 0 || f->hi < 0;
        ui_table_row(t);
        ui_table_text(t, 0, i && strcmp(v->figure[i - 1].task, f->task) == 0 ? UI_DIM : UI_PLAIN, f->task);
        ui_table_text(t, 1, UI_PLAIN, f->figure);
        set_share(t, 2, UI_PLAIN, f->a);
        set_share(t, 3, UI_PLAIN, f->b);
        ui_table_delta(t, 4, apart ? UI_BOLD : UI_DIM, f->b - f->a, DIGITS);
        ui_table_delta(t, 5, UI_DIM, f->lo, DIGITS);
        ui_table_delta(t, 6, UI_DIM, f->hi, DIGITS);
        ui_table_text(t, 7, apart ? UI_PLAIN : UI_DIM, !apart ? "" : f->lo > 0 ? "better" : "worse");
    }
    ui_sheet_note(s, "bold: the paired 95 % interval of the change leaves out zero");
}

static void add_drift(ui_sheet *s, const huse_versus *v)
{
    ui_table *t = ui_sheet_add(s, "Neighbourhoods of classes, the most changed first", drift_columns, HUSE_COUNT(drift_columns));
    size_t    same = 0;
    for (size_t i = 0; i < v->n_classes; i++) {
        const huse_versus_class *c = &v->cls[i];
        same += !c->n_gained;
        if (!c->n_gained)
            continue;
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, last_part(c->path));
        add_names(t, 1, c->gained, c->n_gained);
        add_names(t, 2, c->lost, c->n_lost);
    }
    char note[128], n[32];
    snprintf(note, sizeof note, v->too_many ? "not compared: these are too many classes" : "%s classes have the same five nearest as before",
             ui_thousands(n, same));
    ui_sheet_note(s, note);
}

void ui_evaluate_fill_versus(ui_evaluate *e)
{
    ui_sheet *s = &e->sheet[UI_EVAL_COMPARE];
    ui_sheet_clear(s);
    if (!e->versus)
        return;
    add_changes(s, e->versus);
    add_drift(s, e->versus);
}

void ui_evaluate_fill(ui_evaluate *e)
{
    if (!e->sheet[UI_EVAL_PAPER].n)
        fill_paper(e);
    if (!e->ev)
        return;
    fill_model(e);
    fill_classes(e);
    fill_confusions(e);
}
