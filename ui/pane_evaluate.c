/* Evaluate: what the model achieves, class by class and beside others, and the labels that it doubts. */
#include "pane_evaluate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ui_eval_view_name(ui_eval_view v)
{
    static const char *const name[UI_EVAL_VIEWS] = {"tables", "methods", "paper", "classes", "confusions", "suspects", "compare", "attribute"};
    return name[v];
}

bool ui_eval_has_table(ui_eval_view v)
{
    return v == UI_EVAL_CLASSES || v == UI_EVAL_CONFUSIONS || v == UI_EVAL_SUSPECTS;
}

ptrdiff_t ui_evaluate_item(const ui_evaluate *e, const char *id)
{
    return e->opened && e->opened->items ? huse_items_find(e->opened->items, id) : -1;
}

/* ---- division ---- */

#define SMALL_W 20
#define SMALL_H 5
#define WIDE_W  110 /* from here on pictures stand beside the table */
#define SIDE_W  46

static bool has_side(const ui_evaluate *e)
{
    return (e->view == UI_EVAL_CONFUSIONS || e->view == UI_EVAL_SUSPECTS) && e->table[e->view].list.n > 0;
}

void ui_evaluate_arrange(const ui_evaluate *e, ui_eval_layout *l)
{
    *l = (ui_eval_layout){.small = e->w < SMALL_W || e->h < SMALL_H};
    if (l->small)
        return;
    l->rule = e->h >= 10;
    l->body = (ui_rect){0, 3, e->w, HUSE_MAX(e->h - 4 - l->rule, 0)};
    l->table = l->body;
    if (!has_side(e))
        return;
    if (e->w >= WIDE_W && l->body.h >= 12) {
        l->table.w = e->w - SIDE_W - 2;
        l->side = (ui_rect){l->table.w + 2, l->body.y, SIDE_W - 1, l->body.h};
    } else if (l->body.h >= 14) {
        const int h = HUSE_MIN(l->body.h / 2, 10);
        l->table.h -= h + 1;
        l->side = (ui_rect){1, l->body.y + l->table.h + 1, e->w - 2, h};
    }
}

size_t ui_evaluate_page(const ui_evaluate *e)
{
    ui_eval_layout l;
    ui_evaluate_arrange(e, &l);
    return (size_t)HUSE_MAX(l.table.h - (e->table[e->view].column ? ui_table_heads(&e->table[e->view]) : 1), 1);
}

/* ---- acts ---- */

static void show_view(ui_evaluate *e, ui_eval_view v)
{
    e->view = v;
    if (e->table[v].column)
        ui_list_to(&e->table[v].list, e->table[v].list.cursor, ui_evaluate_page(e));
    ui_evaluate_ask(e);
}

static void go_to_view(ui_evaluate *e, ui_eval_view v)
{
    show_view(e, v);
    if (v == UI_EVAL_SUSPECTS)
        ui_say(e->ctx, "a right as it is · A another class · u take back · Enter the item");
    else if (v == UI_EVAL_COMPARE && e->n_models > 1)
        ui_say(e->ctx, "Enter chooses the model to compare with");
}

static void turn_view(ui_evaluate *e, int by)
{
    go_to_view(e, (ui_eval_view)(((int)e->view + by + UI_EVAL_VIEWS) % UI_EVAL_VIEWS));
}

static void measure(ui_evaluate *e)
{
    if (!e->opened->trained)
        ui_say(e->ctx, "there is no model yet; it is evaluated once one is trained");
    else if (e->running)
        ui_evaluate_stop(e);
    else if (e->view == UI_EVAL_METHODS)
        ui_evaluate_ask_methods(e);
    else if (e->view == UI_EVAL_SUSPECTS)
        ui_evaluate_ask_doubts(e);
    else if (e->view == UI_EVAL_COMPARE)
        ui_evaluate_ask_versus(e);
    else
        ui_evaluate_run(e);
}

/* The class that the cursor stands on, or NULL. */
static const char *subject(const ui_evaluate *e)
{
    const size_t row = ui_table_selected(&e->table[e->view]);
    if (!e->ev || row == SIZE_MAX)
        return NULL;
    return e->view == UI_EVAL_CLASSES ? e->ev->cls[row].path : e->view == UI_EVAL_CONFUSIONS ? e->ev->pair[row].from : NULL;
}

static void enter(ui_evaluate *e)
{
    const ui_doubt *d = e->view == UI_EVAL_SUSPECTS ? ui_evaluate_doubt(e) : NULL;
    if (d) {
        huse_buf term = {0};
        huse_buf_fmt(&term, "@%s", e->opened->items->item[d->item].id);
        ui_lead(e->ctx, UI_PANE_BROWSE, '=', term.data);
        huse_buf_free(&term);
        return;
    }
    if (e->view == UI_EVAL_COMPARE) {
        ui_evaluate_choose_model(e);
        return;
    }
    const char *path = ui_eval_has_table(e->view) ? subject(e) : NULL;
    if (path)
        ui_lead(e->ctx, UI_PANE_BROWSE, '=', path);
}

static void sort_next(ui_evaluate *e)
{
    ui_table *t = &e->table[e->view];
    if (!ui_eval_has_table(e->view) || !t->list.n) {
        ui_say(e->ctx, "there is nothing to sort here");
        return;
    }
    ui_table_sort_next(t, ui_evaluate_page(e));
    if (t->sort == UI_UNSORTED)
        ui_say(e->ctx, "in the usual order");
    else
        ui_say(e->ctx, "by %s%s%s", t->column[t->sort].group ? t->column[t->sort].group : "", t->column[t->sort].group ? " " : "",
               t->column[t->sort].head);
}

static bool act_on_labels(ui_evaluate *e, enum ui_action a)
{
    switch (a) {
    case UI_ACT_ACCEPT:
        ui_evaluate_accept(e);
        return true;
    case UI_ACT_RELABEL:
        ui_evaluate_relabel(e);
        return true;
    case UI_ACT_UNDO:
        ui_evaluate_undo(e);
        return true;
    default:
        return false;
    }
}

static bool move(ui_evaluate *e, enum ui_action a)
{
    ui_eval_layout l;
    if (ui_eval_has_table(e->view))
        return ui_list_move(&e->table[e->view].list, a, ui_evaluate_page(e));
    ui_evaluate_arrange(e, &l);
    return ui_sheet_move(&e->sheet[e->view], a, l.body.h);
}

static bool evaluate_act(void *st, enum ui_action a)
{
    ui_evaluate *e = st;
    if (!e->opened || e->opened->status != HUSE_OK)
        return false;
    ui_evaluate_refresh(e); /* something else may have stopped the workers */
    switch (a) {
    case UI_ACT_VIEW:
    case UI_ACT_VIEWBACK:
        turn_view(e, a == UI_ACT_VIEW ? 1 : -1);
        return true;
    case UI_ACT_MEASURE:
        measure(e);
        return true;
    case UI_ACT_SORT:
        sort_next(e);
        return true;
    case UI_ACT_OPEN:
        enter(e);
        return true;
    case UI_ACT_BENCH:
        ui_evaluate_bench(e);
        return true;
    case UI_ACT_EXPORT:
        ui_evaluate_export(e);
        return true;
    case UI_ACT_PICTURES:
        e->pictures = !e->pictures && e->ctx->fetch_pictures;
        return true;
    default:
        return act_on_labels(e, a) || move(e, a);
    }
}

/* ---- mouse ---- */

static void evaluate_pick(void *st, int what, bool twice)
{
    ui_evaluate *e = st;
    const int    kind = what & UI_HIT_EVAL_KIND, at = what & ~UI_HIT_EVAL_KIND;
    if (kind == UI_HIT_EVAL_VIEW && at < UI_EVAL_VIEWS) {
        go_to_view(e, (ui_eval_view)at);
    } else if (kind == UI_HIT_EVAL_ROW && ui_eval_has_table(e->view)) {
        ui_list_to(&e->table[e->view].list, (size_t)at, ui_evaluate_page(e));
        if (twice)
            enter(e);
    }
}

static void evaluate_wheel(void *st, int what, int by)
{
    ui_evaluate   *e = st;
    ui_eval_layout l;
    (void)what;
    ui_evaluate_arrange(e, &l);
    if (ui_eval_has_table(e->view))
        ui_list_scroll(&e->table[e->view].list, 3 * by, ui_evaluate_page(e));
    else
        for (int i = 0; i < 3; i++)
            (void)ui_sheet_move(&e->sheet[e->view], by < 0 ? UI_ACT_UP : UI_ACT_DOWN, l.body.h);
}

/* ---- the loop's calls ---- */

static void evaluate_open(void *st, const ui_ctx *ctx)
{
    ui_evaluate *e = st;
    e->ctx = ctx;
    e->pictures = ctx->fetch_pictures;
    ui_evaluate_fill(e);
}

static void evaluate_opened(void *st, const ui_opened *o)
{
    ui_evaluate *e = st;
    e->opened = o;
    if (o->status == HUSE_OK && o->trained)
        ui_evaluate_load(e);
}

static void evaluate_renewed(void *st, const ui_opened *was)
{
    ui_evaluate *e = st;
    const bool   measured = e->running; /* of the model before */
    (void)was;
    huse_evaluation_free(e->ev);
    huse_versus_free(e->versus);
    e->ev = NULL;
    e->versus = NULL;
    e->state = e->doubts_state = e->versus_state = (ui_state){.here = false};
    e->methods_state.asked = false;
    ui_evaluate_forget_doubts(e);
    ui_evaluate_fill_doubts(e);
    ui_evaluate_refresh(e);
    if (measured)
        ui_evaluate_run(e);
    else
        ui_evaluate_load(e);
    ui_evaluate_ask(e);
}

static void evaluate_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_evaluate *e = st;
    e->w = w;
    e->h = h;
    e->gfx = *gfx;
    show_view(e, e->view);
}

static bool evaluate_typing(const void *st)
{
    (void)st;
    return false;
}

static void evaluate_close(void *st)
{
    ui_evaluate *e = st;
    huse_evaluation_free(e->ev);
    huse_methods_free(e->methods);
    huse_versus_free(e->versus);
    ui_evaluate_forget_doubts(e);
    ui_child_free(e->bench);
    ui_file_ask_free(&e->file);
    for (size_t i = 0; i < e->n_models; i++)
        free(e->model[i]);
    free(e->model);
    for (int v = 0; v < UI_EVAL_VIEWS; v++) {
        ui_sheet_clear(&e->sheet[v]);
        ui_table_free(&e->table[v]);
    }
}

const ui_pane_ops ui_pane_evaluate = {
    .name = "Evaluate",
    .state_size = sizeof(ui_evaluate),
    .open = evaluate_open,
    .resize = evaluate_resize,
    .typing = evaluate_typing,
    .act = evaluate_act,
    .opened = evaluate_opened,
    .renewed = evaluate_renewed,
    .pick = evaluate_pick,
    .wheel = evaluate_wheel,
    .runs = ui_evaluate_look,
    .draw = ui_evaluate_draw,
    .close = evaluate_close,
};
