/* Evaluate's frame, its views, and what is said where there is nothing to show. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "pane_evaluate.h"

const char *ui_eval_ago(char out[32], int64_t seconds)
{
    if (seconds < 90)
        snprintf(out, 32, "just now");
    else if (seconds < 5400)
        snprintf(out, 32, "%d min ago", (int)(seconds / 60));
    else if (seconds < 172800)
        snprintf(out, 32, "%d h ago", (int)(seconds / 3600));
    else
        snprintf(out, 32, "%d days ago", (int)HUSE_MIN(seconds / 86400, (int64_t)99999));
    return out;
}

/* ---- headings ---- */

static int tabs_width(int gap)
{
    int w = -gap;
    for (int v = 0; v < UI_EVAL_VIEWS; v++)
        w += (int)strlen(ui_eval_view_name((ui_eval_view)v)) + gap;
    return w;
}

/* The views, the one in front emphasised; where they do not fit, that one alone between its neighbours' signs. Returns where it ends. */
static int draw_tabs(const ui_evaluate *e, ui_canvas *c, int y)
{
    const int gap = e->w >= 4 + tabs_width(2) ? 2 : 1;
    int       x = 2;
    if (4 + tabs_width(gap) > e->w)
        return x + ui_canvas_printf(c, x, y, e->w - x - 1, UI_ACCENT | UI_BOLD, "[ %s ]", ui_eval_view_name(e->view));
    for (int v = 0; v < UI_EVAL_VIEWS; v++) {
        const char *name = ui_eval_view_name((ui_eval_view)v);
        ui_canvas_hit(c, (ui_rect){x, y, (int)strlen(name), 1}, UI_HIT_EVAL_VIEW + v);
        x += ui_canvas_text(c, x, y, e->w - x, v == (int)e->view ? UI_ACCENT | UI_BOLD : UI_DIM, name) + gap;
    }
    return x - gap;
}

/* What the figures are of, and how old they are. */
static void draw_freshness(const ui_evaluate *e, ui_canvas *c, int x, int y)
{
    char text[256], ago[32];
    if (!e->ev)
        return;
    if (e->running)
        snprintf(text, sizeof text, "evaluating… %d %%", e->permille / 10);
    else if (!e->ev->fresh)
        snprintf(text, sizeof text, "! the catalogue has changed since");
    else
        snprintf(text, sizeof text, "%.120s, %s", e->ev->report.model, ui_eval_ago(ago, (int64_t)time(NULL) - e->ev->when));
    if (x + 2 + (int)huse_text_width(text) < e->w)
        ui_canvas_text_right(c, e->w - 1, y, e->w - x - 3, e->ev->fresh ? UI_DIM : UI_WARN, text);
}

/* ---- pictures ---- */

static void draw_picture(const ui_evaluate *e, ui_canvas *c, const char *id, ui_rect box)
{
    const ptrdiff_t at = id ? ui_evaluate_item(e, id) : -1;
    if (at < 0)
        return;
    const huse_items   *items = e->opened->items;
    const huse_item    *item = &items->item[at];
    const huse_picture *p = item->n_pictures ? ui_fill_picture(e->ctx->fill, &items->picture[item->picture]) : NULL;
    const int           picture_h = box.h - 1;
    if (p && p->state == HUSE_PICTURE_OK && p->has_key && e->pictures)
        ui_canvas_picture(c, (ui_rect){box.x, box.y, box.w, picture_h}, p->key, false);
    else
        ui_canvas_frame(c, (ui_rect){box.x, box.y, box.w, picture_h}, e->pictures ? "no picture" : "");
    ui_canvas_text(c, box.x, box.y + picture_h, box.w, UI_DIM, item->text && *item->text ? item->text : item->id);
}

/* A row of pictures that are as high as wide. */
static void draw_pictures(const ui_evaluate *e, ui_canvas *c, ui_rect r, const char *const *id)
{
    const int cw = HUSE_MAX(e->gfx.cell_w, 1), ch = HUSE_MAX(e->gfx.cell_h, 1);
    const int w = HUSE_MAX(HUSE_MIN((r.h - 1) * ch / cw, r.w), 4);
    for (int i = 0; i < HUSE_PAIR_ITEMS && (i + 1) * (w + 2) - 2 <= r.w; i++)
        draw_picture(e, c, id[i], (ui_rect){r.x + i * (w + 2), r.y, w, r.h});
}

static void draw_confusion(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    const size_t           row = ui_table_selected(&e->table[UI_EVAL_CONFUSIONS]);
    const huse_class_pair *p = row == SIZE_MAX ? NULL : &e->ev->pair[row];
    if (!p)
        return;
    const bool wide = r.w > 60; /* beside each other, else below */
    const int  h = wide ? r.h : r.h / 2, w = wide ? r.w / 2 - 1 : r.w;
    ui_rect    a = {r.x, r.y, w, h}, b = {wide ? r.x + w + 2 : r.x, wide ? r.y : r.y + h, w, h};
    ui_canvas_name(c, a.x, a.y, a.w, UI_PLAIN, p->from);
    draw_pictures(e, c, (ui_rect){a.x, a.y + 1, a.w, HUSE_MIN(a.h - 1, 10)}, p->wrong);
    const int said = ui_canvas_text(c, b.x, b.y, b.w, UI_DIM, "taken for ");
    ui_canvas_name(c, b.x + said, b.y, b.w - said, UI_PLAIN, p->to);
    draw_pictures(e, c, (ui_rect){b.x, b.y + 1, b.w, HUSE_MIN(b.h - 1, 10)}, p->right);
}

/* ---- states ---- */

static void say(ui_canvas *c, ui_rect r, const char *what, const char *more)
{
    ui_rect t = {r.x + 2, r.y + 1, HUSE_MIN(r.w - 4, 72), r.h - 1};
    int     n = t.h > 0 ? ui_canvas_wrap(c, t, UI_PLAIN, what) : 0;
    t.y += n + 1;
    t.h -= n + 1;
    if (t.h > 0)
        ui_canvas_wrap(c, t, UI_DIM, more);
}

/* What stands where there is no evaluation. False: there is one. */
static bool draw_without(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    char text[400];
    if (!e->opened) {
        return true;
    } else if (e->opened->status != HUSE_OK) {
        say(c, r, e->opened->err.msg, "q quits.");
    } else if (!e->opened->trained && e->opened->items->n_classes < 2) {
        say(c, r, "There is nothing to evaluate: that takes a trained model, and training takes pictures of two classes or more.",
            "Classes come with the catalogue: folders such as Cats/tabby.jpg, or a column “class”. The paper's own figures are in the view “paper”.");
    } else if (!e->opened->trained) {
        snprintf(text, sizeof text, "huse-tui train %.200s  makes one. The paper's own figures are in the view “paper”.", e->ctx->dir ? e->ctx->dir : "WORKSPACE");
        say(c, r, "There is no model yet. Once one is trained, this shows what it achieves: retrieval in four directions, hierarchical precision and "
                  "accuracy with their intervals, class by class, and the labels that it doubts.", text);
    } else if (e->running) {
        snprintf(text, sizeof text, "Evaluating… %d %%", e->permille / 10);
        say(c, r, text, "Every test item asks for every other. E again stops it.");
    } else if (!e->state.asked) {
        say(c, r, "Looking for an evaluation…", "");
    } else if (e->state.status != HUSE_OK && e->state.status != HUSE_NOT_FOUND && e->state.status != HUSE_INTERRUPTED && !e->ev) {
        say(c, r, e->state.why, "E evaluates anew.");
    } else if (!e->ev) {
        say(c, r, "This model is not evaluated yet.", "E evaluates it on the test split: seconds to minutes. The result is kept and is here at once next time.");
    } else {
        return false;
    }
    return true;
}

/* ---- the one under the cursor ---- */

static ui_rect draw_line(ui_canvas *c, ui_rect r, unsigned style, const char *label, const char *text, float p)
{
    char       share[16];
    const int  said = ui_canvas_text(c, r.x, r.y, r.w, UI_DIM, label), end = r.x + r.w;
    const int  w = ui_canvas_text_right(c, end, r.y, 5, UI_PLAIN, ui_share(share, (double)p, 3));
    ui_canvas_name(c, r.x + said, r.y, r.w - said - w - 1, style, text);
    return (ui_rect){r.x, r.y + 1, r.w, r.h - 1};
}

/* Examples of a class, to compare the picture with. */
static void draw_examples(const ui_evaluate *e, ui_canvas *c, ui_rect r, const char *path)
{
    const huse_items *items = e->opened->items;
    const ptrdiff_t   cls = huse_items_find_class(items, path);
    const char       *id[HUSE_PAIR_ITEMS] = {NULL};
    for (size_t i = 0; cls >= 0 && e->doubts.example && i < UI_EXAMPLES; i++) {
        const uint32_t item = e->doubts.example[(size_t)cls * UI_EXAMPLES + i];
        id[i] = item < items->n ? items->item[item].id : NULL;
    }
    draw_pictures(e, c, r, id);
}

static void draw_doubt(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    const ui_doubt *d = ui_evaluate_doubt(e);
    if (!d)
        return;
    const huse_item *it = &e->opened->items->item[d->item];
    const char      *own[HUSE_PAIR_ITEMS] = {it->id};
    const bool       wide = r.w > 60;
    ui_rect          left = {r.x, r.y, wide ? r.w / 3 : r.w, wide ? r.h : HUSE_MIN(r.h / 2, 14)};
    ui_rect          right = {wide ? r.x + left.w + 2 : r.x, wide ? r.y : r.y + left.h + 1, wide ? r.w - left.w - 2 : r.w, wide ? r.h : r.h - left.h - 1};
    draw_pictures(e, c, left, own);
    right = draw_line(c, right, UI_PLAIN, "labelled ", d->now ? d->now : d->label, d->p);
    right = draw_line(c, right, UI_BOLD, "the model says ", d->best, d->p_best);
    if (right.h > 3)
        draw_examples(e, c, (ui_rect){right.x, right.y, right.w, HUSE_MIN(right.h, 9)}, d->best);
    right.y += HUSE_MIN(right.h, 9) + 1;
    right.h -= HUSE_MIN(right.h, 9) + 1;
    if (right.h > 0)
        ui_canvas_text(c, right.x, right.y, right.w, UI_DIM, "a right as it is   A another class   u undo");
}

/* ---- views ---- */

static void draw_table_view(const ui_evaluate *e, ui_canvas *c, const ui_eval_layout *l)
{
    ui_table_draw(&e->table[e->view], c, l->table, true, UI_HIT_EVAL_ROW);
    if (!l->side.h)
        return;
    if (l->side.x > 2)
        ui_canvas_rule_down(c, l->side.x - 2, l->body.y, l->body.h);
    else
        ui_canvas_rule(c, 0, l->side.y - 1, e->w);
    if (e->view == UI_EVAL_CONFUSIONS)
        draw_confusion(e, c, l->side);
    else if (e->view == UI_EVAL_SUSPECTS)
        draw_doubt(e, c, l->side);
}

static void draw_no_methods(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    char text[300];
    if (e->bench || e->bench_on) {
        snprintf(text, sizeof text, "The comparison goes on: %.255s", e->bench_says);
        say(c, r, text, e->bench ? "Its tables fill up here as trainings are finished. b stops it; what is finished stays."
                                 : "Its tables fill up here as trainings are finished. Another program trains them.");
    } else if (e->methods_state.waits) {
        say(c, r, "Reading what is finished…", "");
    } else if (e->methods_state.status == HUSE_OK) {
        say(c, r, "Stopped.", "E reads it again.");
    } else if (e->methods_state.status == HUSE_NOT_FOUND) {
        say(c, r, "The methods of the paper are not compared on this catalogue, as it is now.",
            "b trains them all, as a program of its own: minutes with --quick, hours with several seeds. It goes on when this program is quit, and "
            "may be stopped and gone on with at any time. The paper's own figures are in the view “paper”.");
    } else {
        say(c, r, e->methods_state.why, "b begins the comparison anew; what is finished stays.");
    }
}

static void draw_methods(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    if (!e->methods) {
        draw_no_methods(e, c, r);
        return;
    }
    if ((e->bench || e->bench_on) && r.h > 2) {
        const int x = ui_canvas_text(c, r.x + 2, r.y, r.w - 4, UI_ACCENT, "under way  ");
        ui_canvas_text(c, r.x + 2 + x, r.y, r.w - 4 - x, UI_PLAIN, e->bench_says);
        r.y += 2;
        r.h -= 2;
    }
    ui_sheet_draw(&e->sheet[UI_EVAL_METHODS], c, r);
}

static void draw_suspects(const ui_evaluate *e, ui_canvas *c, const ui_eval_layout *l)
{
    char text[160], n[32];
    if (e->doubts.n) {
        draw_table_view(e, c, l);
    } else if (e->doubts_state.waits) {
        say(c, l->body, "Asking the model what it takes every item for…", "");
    } else if (!e->doubts_state.here && e->doubts_state.status == HUSE_OK) {
        say(c, l->body, "Stopped.", "E asks again.");
    } else if (e->doubts_state.status != HUSE_OK) {
        say(c, l->body, e->doubts_state.why, "");
    } else if (e->doubts.settled) {
        snprintf(text, sizeof text, "Every label that the model doubts was looked at: %s of them.", ui_thousands(n, e->doubts.settled));
        say(c, l->body, text, "u takes the last one back.");
    } else {
        say(c, l->body, "The model doubts no label: it finds every item's own class the most probable.", "");
    }
}

static void draw_compare(const ui_evaluate *e, ui_canvas *c, ui_rect r)
{
    if (e->versus)
        ui_sheet_draw(&e->sheet[UI_EVAL_COMPARE], c, r);
    else if (e->versus_state.waits)
        say(c, r, e->other[0] ? "Comparing…" : "Looking for models…", e->other[0] ? "A model that was not evaluated yet is evaluated first." : "");
    else if (e->versus_state.status != HUSE_OK)
        say(c, r, e->versus_state.why, "Enter chooses another model.");
    else if (e->n_models < 2)
        say(c, r, "There is one model only.", "Train another, and this compares them: figures with paired intervals, and which neighbours each class gained and lost.");
    else
        say(c, r, "Enter chooses the model to compare with.", "Figures with paired intervals, and which neighbours each class gained and lost.");
}

static void draw_view(const ui_evaluate *e, ui_canvas *c, const ui_eval_layout *l)
{
    switch (e->view) {
    case UI_EVAL_METHODS:
        draw_methods(e, c, l->body);
        break;
    case UI_EVAL_SUSPECTS:
        draw_suspects(e, c, l);
        break;
    case UI_EVAL_COMPARE:
        draw_compare(e, c, l->body);
        break;
    case UI_EVAL_CLASSES:
    case UI_EVAL_CONFUSIONS:
        if (e->view == UI_EVAL_CONFUSIONS && !e->ev->n_pairs)
            say(c, l->body, e->ev->report.classified ? "No item is taken for another class than its own." : "This model tells no classes apart.", "");
        else
            draw_table_view(e, c, l);
        break;
    default:
        ui_sheet_draw(&e->sheet[e->view], c, l->body);
    }
}

void ui_evaluate_draw(const void *st, ui_canvas *c)
{
    const ui_evaluate *e = st;
    ui_eval_layout     l;
    ui_evaluate_arrange(e, &l);
    if (l.small) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    ui_canvas_rule(c, 0, 2, c->w);
    if (l.rule)
        ui_canvas_rule(c, 0, c->h - 2, c->w);
    draw_freshness(e, c, draw_tabs(e, c, 1), 1);
    const bool own = e->view == UI_EVAL_METHODS || e->view == UI_EVAL_SUSPECTS || e->view == UI_EVAL_COMPARE; /* need no evaluation */
    const bool open = e->opened && e->opened->status == HUSE_OK && (e->opened->trained || e->view == UI_EVAL_METHODS);
    if (e->view == UI_EVAL_PAPER)
        ui_sheet_draw(&e->sheet[UI_EVAL_PAPER], c, l.body);
    else if ((own && open) || !draw_without(e, c, l.body))
        draw_view(e, c, &l);
}
