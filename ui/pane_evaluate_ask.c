/* What Evaluate asks the engine, in the background. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane_evaluate.h"

enum { QUICK_ITEMS = 20000 };

typedef struct eval_job {
    ui_job           job;
    huse_evaluation *ev;
    volatile int    *permille;
    huse_status      status;
    huse_err         err;
} eval_job;

static void free_job(ui_job *job)
{
    huse_evaluation_free(((eval_job *)job)->ev);
    free(job);
}

static void run_load(ui_job *job, const ui_tools *t)
{
    eval_job       *j = (eval_job *)job;
    huse_workspace *ws = NULL;
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_evaluation_load(ws, NULL, HUSE_SPLIT_TEST, &j->ev, &j->err);
    huse_workspace_close(ws);
}

static void run_measure(ui_job *job, const ui_tools *t)
{
    eval_job               *j = (eval_job *)job;
    huse_workspace         *ws = NULL;
    const huse_eval_options opt = {.split = HUSE_SPLIT_TEST, .draws = HUSE_EVAL_DRAWS, .seed = HUSE_EVAL_SEED, .stop = t->stop,
                                   .permille = j->permille};
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_evaluation_run(ws, t->host, &opt, &j->ev, &j->err);
    huse_workspace_close(ws);
}

static void take(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    eval_job    *j = (eval_job *)job;
    e->running = false;
    ui_look(e->ctx, e->bench != NULL);
    e->state = (ui_state){.here = j->status == HUSE_OK || e->ev, .asked = true, .status = j->status};
    if (j->status != HUSE_OK) {
        snprintf(e->state.why, sizeof e->state.why, "%.299s", j->err.msg);
        return;
    }
    huse_evaluation_free(e->ev);
    e->ev = j->ev;
    j->ev = NULL;
    ui_evaluate_fill(e);
}

static void take_measured(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    take(st, job);
    if (e->state.status != HUSE_OK)
        ui_warn(e->ctx, "%s", e->state.why);
    else
        ui_say(e->ctx, "evaluated on the %s split", huse_split_name(e->ev->report.split));
}

/* Nobody waits long for the figures of a catalogue of this size: they are not asked for first. */
static bool is_quick(const ui_evaluate *e)
{
    return e->opened && e->opened->trained && e->opened->items->n <= QUICK_ITEMS;
}

static void take_loaded(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    take(st, job);
    if (e->state.status == HUSE_NOT_FOUND && !e->ev && is_quick(e))
        ui_evaluate_run(e);
}

static void ask(ui_evaluate *e, int topic, void (*run)(ui_job *, const ui_tools *), void (*done)(void *, ui_job *))
{
    eval_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run, .done = done, .free = free_job, .lane = UI_LANE_BACK, .topic = topic};
    j->permille = &e->permille;
    ui_post(e->ctx, e, &j->job);
    ui_evaluate_refresh(e);
}

void ui_evaluate_refresh(ui_evaluate *e)
{
    e->running = ui_busy(e->ctx, e, UI_TOPIC_EVAL_RUN);
    e->methods_state.waits = ui_busy(e->ctx, e, UI_TOPIC_METHODS);
    e->doubts_state.waits = ui_busy(e->ctx, e, UI_TOPIC_DOUBTS);
    e->versus_state.waits = ui_busy(e->ctx, e, UI_TOPIC_VERSUS);
}

void ui_evaluate_load(ui_evaluate *e)
{
    if (!ui_busy(e->ctx, e, UI_TOPIC_EVAL_LOAD) && !e->running)
        ask(e, UI_TOPIC_EVAL_LOAD, run_load, take_loaded);
}

static void run_nothing(ui_job *job, const ui_tools *t)
{
    (void)t;
    ((eval_job *)job)->status = HUSE_INTERRUPTED;
}

static void take_nothing(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    (void)job;
    e->running = false;
    ui_look(e->ctx, e->bench != NULL);
    ui_say(e->ctx, "stopped; E begins anew");
}

/* A newer job of the topic stops the older. */
void ui_evaluate_stop(ui_evaluate *e)
{
    ask(e, UI_TOPIC_EVAL_RUN, run_nothing, take_nothing);
}

void ui_evaluate_run(ui_evaluate *e)
{
    e->permille = 0;
    ui_look(e->ctx, true);
    ask(e, UI_TOPIC_EVAL_RUN, run_measure, take_measured);
}

/* ---- all methods ---- */

typedef struct methods_job {
    ui_job        job;
    huse_methods *methods;
    huse_status   status;
    huse_err      err;
} methods_job;

static void run_methods(ui_job *job, const ui_tools *t)
{
    methods_job    *j = (methods_job *)job;
    huse_workspace *ws = NULL;
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_methods_load(ws, t->host, t->stop, &j->methods, &j->err);
    huse_workspace_close(ws);
}

static void free_methods(ui_job *job)
{
    huse_methods_free(((methods_job *)job)->methods);
    free(job);
}

static void keep_state(ui_state *s, huse_status status, const huse_err *err)
{
    *s = (ui_state){.here = status == HUSE_OK, .asked = true, .status = status};
    if (status != HUSE_OK)
        snprintf(s->why, sizeof s->why, "%.299s", err->msg);
}

static void take_methods(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    methods_job *j = (methods_job *)job;
    keep_state(&e->methods_state, j->status, &j->err);
    huse_methods_free(e->methods);
    e->methods = j->methods;
    j->methods = NULL;
    ui_evaluate_fill_methods(e);
}

void ui_evaluate_ask_methods(ui_evaluate *e)
{
    methods_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_methods, .done = take_methods, .free = free_methods, .lane = UI_LANE_BACK, .topic = UI_TOPIC_METHODS};
    e->methods_state.asked = true;
    ui_post(e->ctx, e, &j->job);
    ui_evaluate_refresh(e);
}

/* ---- doubts ---- */

typedef struct doubts_job {
    ui_job      job;
    ui_doubts   doubts;
    huse_status status;
    huse_err    err;
} doubts_job;

static bool has_picture(const huse_items *items, const huse_item *it)
{
    const huse_picture *p = it->n_pictures ? &items->picture[it->picture] : NULL;
    return p && p->state == HUSE_PICTURE_OK && p->has_key;
}

/* The first pictured items of every class, to look at beside a doubted one. */
static void find_examples(ui_doubts *d, const huse_items *items)
{
    const size_t n = items->n_classes;
    uint8_t     *have = huse_xcalloc(n + 1, sizeof *have);
    d->n_classes = n;
    d->example = huse_xcalloc(n * UI_EXAMPLES + 1, sizeof *d->example);
    for (size_t i = 0; i < n * UI_EXAMPLES; i++)
        d->example[i] = UINT32_MAX;
    for (size_t i = 0; i < items->n; i++) {
        const huse_item *it = &items->item[i];
        if (it->cls >= 0 && have[it->cls] < UI_EXAMPLES && has_picture(items, it))
            d->example[(size_t)it->cls * UI_EXAMPLES + have[it->cls]++] = (uint32_t)i;
    }
    free(have);
}

static void keep_doubts(ui_doubts *d, const huse_items *items, const huse_suspect *s, size_t n, const bool *settled)
{
    d->doubt = huse_xcalloc(n + 1, sizeof *d->doubt);
    for (size_t i = 0; i < n; i++) {
        const size_t item = (size_t)s[i].item;
        d->settled += settled[item];
        if (!settled[item])
            d->doubt[d->n++] = (ui_doubt){.item = item, .rowid = items->item[item].rowid, .label = s[i].class_path, .best = s[i].best_path,
                                          .p = s[i].p, .p_best = s[i].p_best};
    }
}

static void run_doubts(ui_job *job, const ui_tools *t)
{
    doubts_job       *j = (doubts_job *)job;
    ui_doubts        *d = &j->doubts;
    const huse_items *items = huse_engine_items(t->engine);
    huse_workspace   *ws = NULL;
    huse_suspect     *list = NULL;
    bool             *settled = huse_xcalloc(items->n + 1, sizeof *settled);
    size_t            n = 0;
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_labels_settled(ws, items, settled, &d->undoable, &j->err);
    huse_workspace_close(ws);
    if (j->status == HUSE_OK)
        j->status = huse_suspects(t->engine, HUSE_SPLIT_NONE, UI_DOUBTS_MAX, &list, &n, &d->total, &j->err);
    if (j->status == HUSE_OK) {
        keep_doubts(d, items, list, n, settled);
        find_examples(d, items);
    }
    free(list);
    free(settled);
}

static void free_doubts(ui_job *job)
{
    doubts_job *j = (doubts_job *)job;
    free(j->doubts.doubt);
    free(j->doubts.example);
    free(j);
}

static void take_doubts(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    doubts_job  *j = (doubts_job *)job;
    keep_state(&e->doubts_state, j->status, &j->err);
    ui_evaluate_forget_doubts(e);
    e->doubts = j->doubts;
    j->doubts = (ui_doubts){.n = 0};
    ui_evaluate_fill_doubts(e);
}

void ui_evaluate_ask_doubts(ui_evaluate *e)
{
    doubts_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_doubts, .done = take_doubts, .free = free_doubts, .lane = UI_LANE_BACK, .topic = UI_TOPIC_DOUBTS};
    e->doubts_state.asked = true;
    ui_post(e->ctx, e, &j->job);
    ui_evaluate_refresh(e);
}

/* ---- two models ---- */

typedef struct versus_job {
    ui_job       job;
    char         other[HUSE_MODEL_ID]; /* "": only which there are is asked */
    char         current[HUSE_MODEL_ID];
    char       **model;
    size_t       n_models;
    huse_versus *versus;
    huse_status  status;
    huse_err     err;
} versus_job;

/* What was kept of a model, or else made now. */
static huse_status evaluation_of(huse_workspace *ws, const ui_tools *t, const char *model, huse_evaluation **ev, huse_err *err)
{
    const huse_eval_options opt = {.split = HUSE_SPLIT_TEST, .model = model, .draws = HUSE_EVAL_DRAWS, .seed = HUSE_EVAL_SEED, .stop = t->stop};
    if (huse_evaluation_load(ws, model, HUSE_SPLIT_TEST, ev, err) == HUSE_OK) {
        if ((*ev)->fresh)
            return HUSE_OK;
        huse_evaluation_free(*ev);
        *ev = NULL;
    }
    return huse_evaluation_run(ws, t->host, &opt, ev, err);
}

static void run_versus(ui_job *job, const ui_tools *t)
{
    versus_job      *j = (versus_job *)job;
    huse_workspace  *ws = NULL;
    huse_evaluation *now = NULL, *other = NULL;
    j->status = huse_models_published(t->dir, &j->model, &j->n_models, j->current, &j->err);
    if (j->status != HUSE_OK || !j->other[0])
        return;
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = evaluation_of(ws, t, j->other, &other, &j->err);
    if (j->status == HUSE_OK)
        j->status = evaluation_of(ws, t, NULL, &now, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_versus_make(t->dir, t->host, other, now, t->stop, &j->versus, &j->err);
    huse_evaluation_free(now);
    huse_evaluation_free(other);
    huse_workspace_close(ws);
}

static void free_models(char **model, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(model[i]);
    free(model);
}

static void free_versus(ui_job *job)
{
    versus_job *j = (versus_job *)job;
    free_models(j->model, j->n_models);
    huse_versus_free(j->versus);
    free(j);
}

static void take_versus(void *st, ui_job *job)
{
    ui_evaluate *e = st;
    versus_job  *j = (versus_job *)job;
    keep_state(&e->versus_state, j->status, &j->err);
    free_models(e->model, e->n_models);
    e->model = j->model;
    e->n_models = j->n_models;
    memcpy(e->current, j->current, sizeof e->current);
    j->model = NULL;
    j->n_models = 0;
    huse_versus_free(e->versus);
    e->versus = j->versus;
    j->versus = NULL;
    ui_evaluate_fill_versus(e);
}

void ui_evaluate_ask_versus(ui_evaluate *e)
{
    versus_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_versus, .done = take_versus, .free = free_versus, .lane = UI_LANE_BACK, .topic = UI_TOPIC_VERSUS};
    snprintf(j->other, sizeof j->other, "%s", e->other);
    e->versus_state = (ui_state){.asked = true};
    ui_post(e->ctx, e, &j->job);
    ui_evaluate_refresh(e);
}

static void model_typed(void *st, const char *text)
{
    ui_evaluate *e = st;
    for (size_t i = 0; i < e->n_models; i++)
        if (strcmp(e->model[i], text) == 0) {
            snprintf(e->other, sizeof e->other, "%s", text);
            ui_evaluate_ask_versus(e);
            return;
        }
    if (*text)
        ui_warn(e->ctx, "there is no model “%.120s”; Tab completes", text);
}

/* The next model that begins as was typed; a whole name leads to the one after it. */
static char *complete_model(void *st, const char *text)
{
    const ui_evaluate *e = st;
    for (size_t i = 0; i < e->n_models; i++)
        if (strcmp(e->model[i], text) == 0)
            return huse_xstrdup(e->model[(i + 1) % e->n_models]);
    for (size_t i = 0; i < e->n_models; i++)
        if (strncmp(e->model[i], text, strlen(text)) == 0)
            return huse_xstrdup(e->model[i]);
    return NULL;
}

/* One that is not the current, the newest by name. */
static const char *another(const ui_evaluate *e)
{
    for (size_t i = e->n_models; i-- > 0;)
        if (strcmp(e->model[i], e->current) != 0)
            return e->model[i];
    return "";
}

void ui_evaluate_choose_model(ui_evaluate *e)
{
    const ui_prompt p = {.label = "compare with", .text = e->other[0] ? e->other : another(e), .hint = "a published model; Tab: the next one",
                         .done = model_typed, .complete = complete_model};
    if (e->n_models < 2)
        ui_say(e->ctx, "there is one model only: train another to compare them");
    else
        ui_ask_line(e->ctx, e, &p);
}

/* ---- whatever the view in front lacks ---- */

void ui_evaluate_ask(ui_evaluate *e)
{
    if (!e->opened || e->opened->status != HUSE_OK)
        return;
    if (e->view == UI_EVAL_METHODS && !e->methods_state.asked)
        ui_evaluate_ask_methods(e);
    if (e->view == UI_EVAL_SUSPECTS && e->opened->trained && !e->doubts_state.asked)
        ui_evaluate_ask_doubts(e);
    if (e->view == UI_EVAL_COMPARE && e->opened->trained && !e->versus_state.asked)
        ui_evaluate_ask_versus(e);
}
