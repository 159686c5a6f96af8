/* Doubted labels as a working list: accepted, changed, taken back. Every change is written by a worker at once, into the catalogue and its
 * journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "huse/browse.h"
#include "pane_evaluate.h"

void ui_evaluate_forget_doubts(ui_evaluate *e)
{
    for (size_t i = 0; i < e->doubts.n; i++)
        free(e->doubts.doubt[i].now);
    free(e->doubts.doubt);
    free(e->doubts.example);
    e->doubts = (ui_doubts){.n = 0};
}

const ui_doubt *ui_evaluate_doubt(const ui_evaluate *e)
{
    const size_t row = ui_table_selected(&e->table[UI_EVAL_SUSPECTS]);
    return row < e->doubts.n ? &e->doubts.doubt[row] : NULL;
}

static ui_doubt *find(ui_evaluate *e, int64_t rowid)
{
    for (size_t i = 0; i < e->doubts.n; i++)
        if (e->doubts.doubt[i].rowid == rowid)
            return &e->doubts.doubt[i];
    return NULL;
}

/* ---- writing ---- */

typedef struct label_job {
    ui_job            job;
    huse_item         item;    /* its strings live as long as the engine */
    char             *was, *now;
    bool              undo;
    huse_label_undone undone;
    huse_status       status;
    huse_err          err;
} label_job;

static void free_job(ui_job *job)
{
    label_job *j = (label_job *)job;
    huse_label_undone_free(&j->undone);
    free(j->was);
    free(j->now);
    free(j);
}

static void run_label(ui_job *job, const ui_tools *t)
{
    label_job      *j = (label_job *)job;
    huse_workspace *ws = NULL;
    j->status = huse_workspace_open(&ws, t->dir, 0, &j->err);
    if (j->status == HUSE_OK && j->undo)
        j->status = huse_label_undo(ws, &j->undone, &j->err);
    else if (j->status == HUSE_OK)
        j->status = huse_label_set(ws, &j->item, j->was, j->now, &j->err);
    huse_workspace_close(ws);
}

static void stale(ui_evaluate *e)
{
    if (e->ev)
        e->ev->fresh = false;
}

static void label_done(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    label_job   *j = (label_job *)job;
    ui_doubt    *d = find(e, j->item.rowid);
    if (d && j->status == HUSE_OK) {
        const bool changed = !d->label || strcmp(j->now, d->label) != 0;
        d->fate = changed ? UI_LABEL_CHANGED : UI_LABEL_KEPT;
        free(d->now);
        d->now = changed ? huse_xstrdup(j->now) : NULL;
        e->doubts.undoable++;
        if (strcmp(j->now, j->was) != 0)
            stale(e);
        ui_say(e->ctx, changed ? "%s is of class %s now; u takes it back" : "%s: the label %s is right; u takes it back", j->item.id, j->now);
    } else if (d) {
        d->fate = d->now ? UI_LABEL_CHANGED : UI_LABEL_OPEN;
    }
    if (j->status != HUSE_OK)
        ui_warn(e->ctx, "%s", j->err.msg);
    ui_evaluate_fill_doubts(e);
}

static void undo_done(void *st, ui_job *job)
{
    ui_evaluate             *e = st;
    label_job               *j = (label_job *)job;
    const huse_label_undone *u = &j->undone;
    if (j->status != HUSE_OK) {
        ui_warn(e->ctx, "%s", j->err.msg);
        return;
    }
    ui_doubt *d = find(e, u->rowid);
    if (d) {
        const bool changed = u->to && d->label && strcmp(u->to, d->label) != 0;
        free(d->now);
        d->now = changed ? huse_xstrdup(u->to) : NULL;
        d->fate = changed ? UI_LABEL_CHANGED : UI_LABEL_OPEN;
    }
    e->doubts.undoable -= e->doubts.undoable > 0;
    if (u->from && u->to && strcmp(u->from, u->to) != 0)
        stale(e);
    ui_say(e->ctx, "%s is %s again, and open", u->id, u->to ? u->to : "without a class");
    ui_evaluate_fill_doubts(e);
    if (d)
        ui_table_select(&e->table[UI_EVAL_SUSPECTS], (size_t)(d - e->doubts.doubt), ui_evaluate_page(e));
}

static void post(ui_evaluate *e, label_job *j, void (*done)(void *, ui_job *))
{
    j->job = (ui_job){.run = run_label, .done = done, .free = free_job, .lane = UI_LANE_QUERY, .topic = UI_EACH};
    ui_post(e->ctx, e, &j->job);
}

static void set_label(ui_evaluate *e, const char *path)
{
    const size_t row = ui_table_selected(&e->table[UI_EVAL_SUSPECTS]);
    ui_doubt    *d = row < e->doubts.n ? &e->doubts.doubt[row] : NULL;
    if (!d || d->fate == UI_LABEL_WAITS)
        return;
    label_job *j = huse_xcalloc(1, sizeof *j);
    j->item = e->opened->items->item[d->item];
    j->was = huse_xstrdup(d->now ? d->now : d->label);
    j->now = huse_xstrdup(path);
    d->fate = UI_LABEL_WAITS;
    post(e, j, label_done);
    ui_evaluate_fill_doubts(e);
    ui_table *t = &e->table[UI_EVAL_SUSPECTS];
    ui_list_to(&t->list, t->list.cursor + 1, ui_evaluate_page(e));
}

void ui_evaluate_accept(ui_evaluate *e)
{
    const ui_doubt *d = ui_evaluate_doubt(e);
    if (e->view != UI_EVAL_SUSPECTS || !d)
        ui_say(e->ctx, "labels are accepted and changed in the view “suspects”");
    else
        set_label(e, d->now ? d->now : d->label);
}

void ui_evaluate_undo(ui_evaluate *e)
{
    label_job *j = huse_xcalloc(1, sizeof *j);
    j->undo = true;
    post(e, j, undo_done);
}

/* ---- another class ---- */

static bool is_class(const ui_evaluate *e, const char *path)
{
    if (e->opened->engine ? huse_node_find(e->opened->engine, path) > 0 : huse_items_find_class(e->opened->items, path) >= 0)
        return true;
    for (size_t i = 0; i < e->doubts.n; i++) /* or one that the model knows, or was given already */
        if (strcmp(e->doubts.doubt[i].best, path) == 0)
            return true;
    return false;
}

static void class_typed(void *st, const char *text)
{
    ui_evaluate *e = st;
    if (!*text)
        return;
    if (is_class(e, text))
        set_label(e, text);
    else
        ui_warn(e->ctx, "there is no class “%.200s”; Tab completes", text);
}

static char *complete_class(void *st, const char *text)
{
    ui_evaluate *e = st;
    const char **path = NULL;
    size_t       n = 0;
    char        *best = NULL;
    if (!e->opened->engine)
        return NULL;
    huse_complete(e->opened->engine, HUSE_COMPLETE_CLASS, text, 1, &path, &n);
    if (n)
        best = huse_xstrdup(path[0]);
    free(path);
    return best;
}

void ui_evaluate_relabel(ui_evaluate *e)
{
    const ui_doubt *d = ui_evaluate_doubt(e);
    if (e->view != UI_EVAL_SUSPECTS || !d) {
        ui_say(e->ctx, "labels are accepted and changed in the view “suspects”");
        return;
    }
    const ui_prompt p = {.label = "class", .text = d->best, .hint = "a class of the catalogue; Tab completes", .done = class_typed,
                         .complete = complete_class};
    ui_ask_line(e->ctx, e, &p);
}
