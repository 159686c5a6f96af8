/* What a run answered to the same queries at different times, and which neighbours its classes gained and lost. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pane_train.h"

/* ---- probes ---- */

static const huse_probe_moment *moments(const ui_train *t, size_t *n)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    *n = 0;
    return f ? huse_follow_probes(f->follow, n) : NULL;
}

size_t ui_train_probes(const ui_train *t)
{
    size_t                   n;
    const huse_probe_moment *m = moments(t, &n);
    return n ? m[n - 1].n : 0;
}

/* The first one, the newest, and between them that of the cursor, or of half of the steps. */
static size_t choose(const ui_train *t, const huse_probe_moment *m, size_t n, size_t at[3])
{
    if (n < 3) {
        for (size_t i = 0; i < n; i++)
            at[i] = i;
        return n;
    }
    const double want = isfinite(t->at) ? t->at : (double)(m[0].step + m[n - 1].step) / 2;
    size_t       best = 1;
    for (size_t i = 2; i + 1 < n; i++)
        if (fabs((double)m[i].step - want) < fabs((double)m[best].step - want))
            best = i;
    at[0] = 0;
    at[1] = best;
    at[2] = n - 1;
    return 3;
}

static const huse_probe_answer *answer_of(const huse_probe_moment *m, const char *text)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->answer[i].text, text) == 0)
            return &m->answer[i];
    return NULL;
}

static void draw_hit(const ui_train *t, ui_canvas *c, ui_rect box, const char *id)
{
    const huse_items *items = t->opened && t->opened->status == HUSE_OK ? t->opened->items : NULL;
    const ptrdiff_t   i = items ? huse_items_find(items, id) : -1;
    if (i < 0) {
        ui_canvas_frame(c, box, "gone");
        return;
    }
    const huse_item    *item = &items->item[i];
    const huse_picture *p = item->n_pictures ? &items->picture[item->picture] : NULL;
    if (p && p->state == HUSE_PICTURE_OK && p->has_key && t->pictures)
        ui_canvas_picture(c, box, p->key, false);
    else
        ui_canvas_frame(c, box, item->text && *item->text ? item->text : item->id);
}

static int square(const ui_train *t, int rows)
{
    const int cw = HUSE_MAX(t->gfx.cell_w, 1), ch = HUSE_MAX(t->gfx.cell_h, 1);
    return HUSE_MAX((rows * ch + cw / 2) / cw, 4);
}

static const char *caption_of(const ui_train *t, const char *id)
{
    const huse_items *items = t->opened && t->opened->status == HUSE_OK ? t->opened->items : NULL;
    const ptrdiff_t   i = items ? huse_items_find(items, id) : -1;
    return i >= 0 && items->item[i].text && *items->item[i].text ? items->item[i].text : id;
}

/* The best answers of one moment: pictures beside each other, or lines where there is no room for pictures. */
static void draw_answer(const ui_train *t, ui_canvas *c, ui_rect r, const huse_probe_answer *a)
{
    const int side = square(t, r.h);
    if (!a || !a->n) {
        ui_canvas_text(c, r.x + 1, r.y, r.w - 1, UI_DIM, a ? "no answer" : "not asked");
        return;
    }
    if (!t->pictures || r.h < 3 || side + 1 > r.w) {
        for (size_t i = 0; i < a->n && (int)i < r.h; i++)
            ui_canvas_text(c, r.x + 1, r.y + (int)i, r.w - 2, UI_PLAIN, caption_of(t, a->hit[i].item));
        return;
    }
    for (size_t i = 0; i < a->n && (int)(i + 1) * (side + 1) <= r.w; i++)
        draw_hit(t, c, (ui_rect){r.x + 1 + (int)i * (side + 1), r.y, side, r.h}, a->hit[i].item);
}

static void moment_text(char out[48], const huse_probe_moment *m, bool newest)
{
    char n[32];
    snprintf(out, 48, newest ? "now, step %s" : "step %s", ui_thousands(n, (size_t)HUSE_MAX(m->step, 0)));
}

static void draw_moments(const ui_train *t, ui_canvas *c, ui_rect r, const huse_probe_moment *m, const size_t *at, size_t k, size_t n,
                         const char *text, bool headed)
{
    const int w = r.w / (int)HUSE_MAX(k, 1);
    for (size_t i = 0; i < k; i++) {
        const int x = r.x + (int)i * w;
        char      step[48];
        moment_text(step, &m[at[i]], at[i] + 1 == n && n > 1);
        if (headed)
            ui_canvas_text(c, x + 1, r.y, w - 1, UI_DIM, step);
        draw_answer(t, c, (ui_rect){x, r.y + headed, w - 1, r.h - headed}, answer_of(&m[at[i]], text));
    }
}

static void say_none(const ui_train *t, ui_canvas *c, ui_rect r)
{
    const huse_run_info *run = ui_train_info(t);
    ui_canvas_wrap(c, r, UI_DIM, run && huse_run_is_live(run->state) ? "No probes yet: they are asked of every validation. / chooses the queries."
                                                                     : "This run has no probes: queries that are asked of every validation.");
}

void ui_train_draw_strip(const ui_train *t, ui_canvas *c, ui_rect r)
{
    size_t                   n, at[3];
    const huse_probe_moment *m = moments(t, &n);
    if (!n || !m[n - 1].n)
        return;
    const size_t probes = m[n - 1].n, which = t->probe % probes, k = choose(t, m, n, at);
    const char  *text = m[n - 1].answer[which].text;
    const int    w = HUSE_MIN(HUSE_MAX(r.w / 6, 12), 24);
    ui_canvas_text(c, r.x, r.y, w, UI_DIM, "probe");
    if (probes > 1)
        ui_canvas_printf(c, r.x + 6, r.y, w - 6, UI_DIM, "%zu of %zu", which + 1, probes);
    ui_canvas_wrap(c, (ui_rect){r.x, r.y + 1, w - 1, HUSE_MIN(r.h - 2, 3)}, UI_PLAIN, text);
    if (probes > 1)
        ui_canvas_text(c, r.x, r.y + r.h - 1, w, UI_DIM, "n next");
    draw_moments(t, c, (ui_rect){r.x + w, r.y, r.w - w, r.h}, m, at, k, n, text, true);
}

void ui_train_draw_probes(const ui_train *t, ui_canvas *c, ui_rect r)
{
    size_t                   n, at[3];
    const huse_probe_moment *m = moments(t, &n);
    if (!n || !m[n - 1].n) {
        say_none(t, c, r);
        return;
    }
    const size_t probes = m[n - 1].n, k = choose(t, m, n, at);
    const int    rows = HUSE_MAX((r.h - 1) / HUSE_MAX(HUSE_MIN((int)probes, (r.h - 1) / 5), 1), 2), shown = HUSE_MAX((r.h - 1) / rows, 1);
    const size_t first = (int)probes <= shown ? 0 : HUSE_MIN(t->probe, probes - (size_t)shown);
    const int    w = r.w / (int)HUSE_MAX(k, 1);
    for (size_t i = 0; i < k; i++) {
        char text[48];
        moment_text(text, &m[at[i]], at[i] + 1 == n && n > 1);
        ui_canvas_text(c, r.x + (int)i * w + 1, r.y, w - 1, UI_DIM, text);
    }
    for (int i = 0; i < shown && first + (size_t)i < probes; i++) {
        const char *text = m[n - 1].answer[first + (size_t)i].text;
        const int   y = r.y + 1 + i * rows;
        ui_canvas_text(c, r.x + 1, y, r.w - 1, first + (size_t)i == t->probe % probes ? UI_BOLD : UI_PLAIN, text);
        draw_moments(t, c, (ui_rect){r.x, y + 1, r.w, rows - 1}, m, at, k, n, text, false);
    }
}

/* ---- drift ---- */

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int draw_names(ui_canvas *c, int x, int y, int right, const char *sign, unsigned style, const char *const *path, size_t n)
{
    const int from = x;
    for (size_t i = 0; i < n && right - x > 4; i++) {
        x += ui_canvas_text(c, x, y, right - x, style | UI_BOLD, sign);
        x += ui_canvas_text(c, x, y, right - x, UI_PLAIN, last_of(path[i])) + 2;
    }
    return x - from;
}

void ui_train_draw_drift(const ui_train *t, ui_canvas *c, ui_rect r)
{
    char      since[32], step[32];
    const int name = HUSE_MIN(HUSE_MAX(r.w / 4, 14), 28);
    if (!t->n_drift) {
        const ui_followed *f = ui_train_followed(t, t->shown);
        size_t             n = 0;
        if (f)
            huse_follow_drift_steps(f->follow, &n);
        ui_canvas_wrap(c, r, UI_DIM, t->drift_why[0] ? t->drift_why : n > 1 ? "No class has changed its neighbours."
                                     : "Not known yet: the neighbourhoods of classes are kept at every validation; two are needed.");
        return;
    }
    const huse_drift *first = &t->drift[0];
    ui_canvas_printf(c, r.x, r.y, r.w, UI_DIM, "neighbours gained and lost from step %s%s to step %s, most changed first",
                     ui_thousands(since, (size_t)HUSE_MAX(first->since, 0)), strcmp(t->pinned, t->shown) == 0 ? " (pinned)" : "",
                     ui_thousands(step, (size_t)HUSE_MAX(first->step, 0)));
    for (size_t i = t->drift_top; i < t->n_drift && r.y + 1 + (int)(i - t->drift_top) < r.y + r.h; i++) {
        const huse_drift *d = &t->drift[i];
        const int         y = r.y + 1 + (int)(i - t->drift_top), half = (r.w - name) / 2;
        ui_canvas_name(c, r.x, y, name - 2, UI_BOLD, last_of(t->drift_class[i]));
        draw_names(c, r.x + name, y, r.x + name + half - 1, "+", UI_HUE(3), d->gained, d->n_gained);
        draw_names(c, r.x + name + half, y, r.x + r.w, "−", UI_WARN, d->lost, d->n_lost);
    }
}
