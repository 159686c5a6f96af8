/* What Evaluate asks the engine, in the background. */
#include <stdio.h>
#include <stdlib.h>

#include "pane_evaluate.h"

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
    e->state = (ui_state){.here = j->status == HUSE_OK || e->ev, .asked = true, .status = j->status};
    if (j->status != HUSE_OK)
        snprintf(e->state.why, sizeof e->state.why, "%.299s", j->err.msg);
    if (j->status != HUSE_OK)
        return;
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

static void ask(ui_evaluate *e, int topic, void (*run)(ui_job *, const ui_tools *), void (*done)(void *, ui_job *))
{
    eval_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run, .done = done, .free = free_job, .lane = UI_LANE_BACK, .topic = topic};
    j->permille = &e->permille;
    ui_post(e->ctx, e, &j->job);
}

bool ui_evaluate_running(const ui_evaluate *e)
{
    return ui_busy(e->ctx, e, UI_TOPIC_EVAL_RUN);
}

void ui_evaluate_load(ui_evaluate *e)
{
    if (!ui_busy(e->ctx, e, UI_TOPIC_EVAL_LOAD) && !ui_evaluate_running(e))
        ask(e, UI_TOPIC_EVAL_LOAD, run_load, take);
}

void ui_evaluate_run(ui_evaluate *e)
{
    if (ui_evaluate_running(e))
        return;
    e->permille = 0;
    ask(e, UI_TOPIC_EVAL_RUN, run_measure, take_measured);
}
