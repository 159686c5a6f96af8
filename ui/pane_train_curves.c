/* Which curves Train shows, what is said of them, and the cursor that walks along them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pane_train.h"

/* ---- views ---- */

static const struct {
    const char *name, *wide; /* wide: of two that stand side by side */
} views[UI_VIEWS] = {
    [UI_VIEW_LOSS] = {"loss", "curves"},    [UI_VIEW_CHECKS] = {"validation", NULL}, [UI_VIEW_TERMS] = {"terms", "terms"},
    [UI_VIEW_SCORES] = {"scores", NULL},    [UI_VIEW_RATE] = {"rate", "speed"},      [UI_VIEW_SPEED] = {"speed", NULL},
    [UI_VIEW_PROBES] = {"probes", "probes"}, [UI_VIEW_DRIFT] = {"drift", "drift"},
};

const char *ui_view_name(ui_train_view v, bool wide)
{
    return wide ? views[v].wide : views[v].name;
}

ui_train_view ui_view_first(ui_train_view v, bool wide)
{
    return wide && !views[v].wide ? (ui_train_view)(v - 1) : v;
}

ui_train_view ui_view_step(ui_train_view v, int by, bool wide)
{
    do
        v = (ui_train_view)(((int)v + UI_VIEWS + by) % UI_VIEWS);
    while (wide && !views[v].wide);
    return v;
}

/* ---- figures at a step ---- */

/* The last entry at or before the cursor; without one the last. n: there is none. */
static size_t entry_at(const ui_train *t, const double *step, size_t n)
{
    size_t i = n;
    while (i && isfinite(t->at) && step[i - 1] > t->at)
        i--;
    return i ? i - 1 : n;
}

static double value_at(const double *y, size_t i, size_t n)
{
    return i < n ? y[i] : (double)NAN;
}

static void add_figure(char *out, size_t size, const char *name, const char *value)
{
    const size_t n = strlen(out);
    snprintf(out + n, size - n, "%s%s %s", n ? "  " : "", name, value);
}

void ui_train_figures(const ui_train *t, bool checks, char *out, size_t size)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    char               text[24];
    *out = 0;
    if (!f)
        return;
    if (checks) {
        static const char *const accuracy[] = {"acc image", "text", "fusion"};
        const huse_follow_validations v = huse_follow_checks(f->follow);
        const size_t                  i = entry_at(t, f->check, f->n_checks);
        add_figure(out, size, "HP@10 T2I", ui_share(text, value_at(v.hp10[2], i, v.n), 3));
        for (int k = 0; k < 3; k++)
            add_figure(out, size, accuracy[k], ui_share(text, value_at(v.accuracy[k], i, v.n), 3));
        return;
    }
    const huse_follow_steps s = huse_follow_figures(f->follow);
    const size_t            i = entry_at(t, f->step, f->n);
    for (int k = 0; k < 4; k++)
        if (s.term_name[k])
            add_figure(out, size, s.term_name[k], ui_number(text, value_at(s.term[k], i, s.n)));
    add_figure(out, size, "lr", ui_number(text, value_at(s.lr, i, s.n)));
}

/* ---- charts ---- */

static void add_curve(ui_train_chart *c, const char *name, const double *x, const double *y, size_t n, unsigned style)
{
    if (c->chart.n < UI_CURVES_MAX)
        c->curve[c->chart.n++] = (ui_curve){.name = name, .x = x, .y = y, .n = n, .style = style};
}

/* The same figure of every other run that is drawn. */
typedef const double *pick_figure(const huse_follow_steps *s, const huse_follow_validations *v);

static void add_others(const ui_train *t, ui_train_chart *c, pick_figure *pick, bool checks)
{
    for (size_t i = 0, hue = 1; i < t->n_followed; i++) {
        const ui_followed *f = &t->followed[i];
        if (strcmp(f->id, t->shown) == 0)
            continue;
        const huse_follow_steps       s = huse_follow_figures(f->follow);
        const huse_follow_validations v = huse_follow_checks(f->follow);
        add_curve(c, f->id, checks ? f->check : f->step, pick(&s, &v), checks ? f->n_checks : f->n, UI_HUE(hue++));
    }
}

static const double *loss_of(const huse_follow_steps *s, const huse_follow_validations *v)
{
    (void)v;
    return s->loss;
}

static const double *rate_of(const huse_follow_steps *s, const huse_follow_validations *v)
{
    (void)v;
    return s->lr;
}

static const double *speed_of(const huse_follow_steps *s, const huse_follow_validations *v)
{
    (void)v;
    return s->items_per_s;
}

static const double *score_of(const huse_follow_steps *s, const huse_follow_validations *v)
{
    (void)s;
    return v->score;
}

static void note_at(const ui_train *t, ui_train_chart *c, double step, const char *what, double value, bool share)
{
    char text[24], n[32];
    if (share)
        ui_share(text, value, 3);
    else
        ui_number(text, value);
    if (isfinite(t->at) && isfinite(step))
        snprintf(c->note, sizeof c->note, "at %s: %s %s", ui_thousands(n, (size_t)HUSE_MAX(step, 0)), what, text);
    else
        snprintf(c->note, sizeof c->note, "%s %s", what, text);
}

/* One figure of all runs that are drawn. */
static void chart_steps(const ui_train *t, const ui_followed *f, ui_train_chart *c, pick_figure *pick, const char *title, const char *what)
{
    const huse_follow_steps       s = huse_follow_figures(f->follow);
    const huse_follow_validations v = huse_follow_checks(f->follow);
    const double                 *y = pick(&s, &v);
    const size_t                  i = entry_at(t, f->step, f->n);
    snprintf(c->title, sizeof c->title, "%s", title);
    add_curve(c, t->n_followed > 1 ? f->id : NULL, f->step, y, f->n, UI_HUE(0));
    add_others(t, c, pick, false);
    note_at(t, c, i < f->n ? f->step[i] : (double)NAN, what, value_at(y, i, f->n), false);
}

static void mark_best(ui_train_chart *c, const ui_followed *f, const huse_follow_validations *v)
{
    if (v->best < v->n) {
        c->chart.best_x = f->check[v->best];
        c->chart.best_y = v->score[v->best];
    }
}

static void chart_checks(const ui_train *t, const ui_followed *f, ui_train_chart *c)
{
    static const char *const direction[] = {"I2I", "I2T", "T2I", "T2T"};
    const huse_follow_validations v = huse_follow_checks(f->follow);
    const size_t                  i = entry_at(t, f->check, f->n_checks), n = f->n_checks;
    char                          text[24], step[32];
    const bool                    others = t->n_followed > 1, accuracy = strcmp(v.score_name, "R@1") != 0;
    snprintf(c->title, sizeof c->title, "validation %s", v.score_name);
    add_curve(c, others ? f->id : "mean", f->check, v.score, n, others ? UI_HUE(0) : UI_BOLD);
    for (int k = 0; !others && k < (accuracy ? 3 : 4); k++)
        add_curve(c, accuracy ? (const char *[]){"image", "text", "fusion"}[k] : direction[k], f->check, accuracy ? v.accuracy[k] : v.r1[k], n,
                  UI_HUE(k));
    if (others)
        add_others(t, c, score_of, true);
    mark_best(c, f, &v);
    note_at(t, c, i < n ? f->check[i] : (double)NAN, "mean", value_at(v.score, i, n), true);
    if (v.best < v.n && !isfinite(t->at)) {
        const size_t len = strlen(c->note);
        snprintf(c->note + len, sizeof c->note - len, "  best %s at %s", ui_share(text, v.score[v.best], 3),
                 ui_thousands(step, (size_t)HUSE_MAX(v.step[v.best], 0)));
    }
}

static void chart_terms(const ui_train *t, const ui_followed *f, ui_train_chart *c)
{
    const huse_follow_steps s = huse_follow_figures(f->follow);
    const size_t            i = entry_at(t, f->step, f->n);
    char                    n[32];
    snprintf(c->title, sizeof c->title, "terms of the loss");
    for (int k = 0; k < 4; k++)
        if (s.term_name[k])
            add_curve(c, s.term_name[k], f->step, s.term[k], f->n, UI_HUE(k));
    if (isfinite(t->at) && i < f->n)
        snprintf(c->note, sizeof c->note, "at %s", ui_thousands(n, (size_t)f->step[i]));
}

static void chart_scores(const ui_train *t, const ui_followed *f, ui_train_chart *c)
{
    const huse_follow_validations v = huse_follow_checks(f->follow);
    const size_t                  i = entry_at(t, f->check, f->n_checks);
    char                          n[32];
    snprintf(c->title, sizeof c->title, "HP@10, accuracy");
    add_curve(c, "HP@10 T2I", f->check, v.hp10[2], f->n_checks, UI_HUE(0));
    add_curve(c, "image", f->check, v.accuracy[0], f->n_checks, UI_HUE(1));
    add_curve(c, "text", f->check, v.accuracy[1], f->n_checks, UI_HUE(2));
    add_curve(c, "fusion", f->check, v.accuracy[2], f->n_checks, UI_HUE(3));
    if (isfinite(t->at) && i < f->n_checks)
        snprintf(c->note, sizeof c->note, "at %s", ui_thousands(n, (size_t)f->check[i]));
}

void ui_train_chart_of(const ui_train *t, ui_train_view view, ui_train_chart *c)
{
    static const double weight[] = {0, .8, .95};
    const ui_followed  *f = ui_train_followed(t, t->shown);
    *c = (ui_train_chart){.title = ""};
    c->chart = (ui_chart){.curve = c->curve, .title = c->title, .log = t->log, .at = t->at, .from = 0, .to = (double)NAN,
                          .low = (double)NAN, .high = (double)NAN, .best_x = (double)NAN, .best_y = (double)NAN};
    if (!f)
        return;
    if (view == UI_VIEW_LOSS)
        chart_steps(t, f, c, loss_of, "loss", "total");
    else if (view == UI_VIEW_RATE)
        chart_steps(t, f, c, rate_of, "learning rate", "lr");
    else if (view == UI_VIEW_SPEED)
        chart_steps(t, f, c, speed_of, "items/s", "now");
    else if (view == UI_VIEW_TERMS)
        chart_terms(t, f, c);
    else if (view == UI_VIEW_SCORES)
        chart_scores(t, f, c);
    else
        chart_checks(t, f, c);
    if (view == UI_VIEW_TERMS)
        c->chart.log = !t->log; /* they differ in size */
    if (view != UI_VIEW_CHECKS && view != UI_VIEW_SCORES)
        c->chart.smooth = weight[t->smooth];
    else
        c->chart.log = false;
    for (size_t k = 0; k < c->chart.n; k++) /* all views of a run share their steps */
        if (c->curve[k].n)
            c->chart.to = fmax(c->chart.to, c->curve[k].x[c->curve[k].n - 1]);
    if (f->n)
        c->chart.to = fmax(c->chart.to, f->step[f->n - 1]);
    c->chart.note = c->note;
}

/* ---- the cursor ---- */

void ui_train_move_cursor(ui_train *t, int by)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    ui_train_layout    l;
    ui_train_arrange(t, &l);
    if (!f || !f->n)
        return;
    if (!isfinite(t->at)) {
        t->at = f->step[f->n - 1];
        return;
    }
    const double width = (f->step[f->n - 1] - f->step[0]) / HUSE_MAX(l.left.w - 8, 8), to = t->at + by * width;
    size_t       at = 0;
    while (at + 1 < f->n && fabs(f->step[at + 1] - to) <= fabs(f->step[at] - to))
        at++;
    if (!(f->step[at] > t->at) && by > 0 && at + 1 < f->n)
        at++;
    if (!(f->step[at] < t->at) && by < 0 && at > 0)
        at--;
    t->at = f->step[at];
}

/* ---- in words ---- */

/* Index of the first or last finite value, n: none. */
static size_t finite_at(const double *y, size_t n, bool last)
{
    for (size_t i = 0; i < n; i++) {
        const size_t at = last ? n - 1 - i : i;
        if (isfinite(y[at]))
            return at;
    }
    return n;
}

void ui_train_sentence(const huse_follow *f, huse_buf *out)
{
    const huse_follow_steps       s = huse_follow_figures(f);
    const huse_follow_validations v = huse_follow_checks(f);
    const size_t                  a = finite_at(s.loss, s.n, false), b = finite_at(s.loss, s.n, true), c = finite_at(v.score, v.n, true);
    char                          from[24], to[24], step[32];
    if (a == s.n) {
        huse_buf_str(out, "nothing logged yet");
        return;
    }
    huse_buf_fmt(out, "loss %s from %s to %s at step %s", s.loss[b] < s.loss[a] ? "fell" : s.loss[b] > s.loss[a] ? "rose" : "stayed",
                 ui_number(from, s.loss[a]), ui_number(to, s.loss[b]), ui_thousands(step, (size_t)HUSE_MAX(s.step[b], 0)));
    if (c < v.n)
        huse_buf_fmt(out, "; validation %s %s at %s", v.score_name, ui_share(to, v.score[c], 3), ui_thousands(step, (size_t)HUSE_MAX(v.step[c], 0)));
    if (c < v.n && v.best < v.n)
        huse_buf_fmt(out, ", best %s at %s", ui_share(to, v.score[v.best], 3), ui_thousands(step, (size_t)HUSE_MAX(v.step[v.best], 0)));
}
