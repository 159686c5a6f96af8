/* What Train starts and steers: trainers are programs of their own, which the interface reaches through the files of their runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pane_train.h"

/* ---- programs ---- */

static void forget_task(ui_train *t, size_t i)
{
    ui_child_free(t->task[i].child);
    memmove(t->task + i, t->task + i + 1, (--t->n_tasks - i) * sizeof *t->task);
}

void ui_train_forget_tasks(ui_train *t)
{
    while (t->n_tasks)
        forget_task(t, 0);
}

void ui_train_start(ui_train *t, char **argv, ui_child_kind kind, const char *run)
{
    huse_err  err;
    ui_child *child = NULL;
    if (t->n_tasks == UI_CHILDREN_MAX)
        ui_warn(t->ctx, "%d programs run already that were started here", UI_CHILDREN_MAX);
    else if (ui_child_start(&child, (const char *const *)argv, &err) != HUSE_OK)
        ui_warn(t->ctx, "%s", err.msg);
    free(argv);
    if (!child)
        return;
    t->task[t->n_tasks] = (ui_task){.child = child, .kind = kind};
    snprintf(t->task[t->n_tasks++].run, sizeof t->task->run, "%s", run);
    ui_look(t->ctx, true);
}

static void tell_end(ui_train *t, const ui_task *task, int code)
{
    char       *why = ui_child_last_line(task->child);
    const char *run = task->run[0] ? task->run : "the run";
    const bool  asked = code == huse_status_exit_code(HUSE_INTERRUPTED) || code == huse_status_exit_code(HUSE_TERMINATED);
    static const char prefix[] = "huse-tui: ";
    const char *said = strncmp(why, prefix, strlen(prefix)) == 0 ? why + strlen(prefix) : why;
    if (code == 0 && task->kind == UI_CHILD_PUBLISH)
        ui_say(t->ctx, "%s is published: Search answers with it", run);
    else if (code == 0)
        ui_say(t->ctx, "%s has finished", run);
    else if (asked)
        ui_say(t->ctx, "%s has stopped; p goes on", run);
    else if (code > 128)
        ui_warn(t->ctx, "%s: its trainer was killed (signal %d)", run, code - 128);
    else
        ui_warn(t->ctx, "%s%s%s", task->run[0] ? run : "", task->run[0] ? ": " : "", *said ? said : "it could not be started");
    free(why);
}

/* Which run a program trains shows by the one that appears. */
static void name_task(ui_train *t, ui_task *task)
{
    const huse_run_info *run = ui_train_row(t, 0);
    if (task->kind != UI_CHILD_START || task->run[0] || !run || !huse_run_is_live(run->state))
        return;
    for (size_t i = 0; i < t->n_tasks; i++)
        if (strcmp(t->task[i].run, run->id) == 0)
            return;
    if (run->started + 5 >= (int64_t)time(NULL))
        memcpy(task->run, run->id, sizeof task->run);
}

bool ui_train_look_after(ui_train *t)
{
    bool changed = false;
    for (size_t i = 0; i < t->n_tasks;) {
        int code = 0;
        name_task(t, &t->task[i]);
        changed = changed || !t->task[i].run[0]; /* what it prints is shown */
        if (!ui_child_ended(t->task[i].child, &code)) {
            i++;
            continue;
        }
        tell_end(t, &t->task[i], code);
        forget_task(t, i);
        changed = true;
        if (!t->n_tasks)
            ui_look(t->ctx, false);
    }
    return changed;
}

void ui_train_task_text(const ui_train *t, char *out, size_t size)
{
    *out = 0;
    for (size_t i = 0; i < t->n_tasks; i++) {
        const ui_task *task = &t->task[i];
        if (task->kind == UI_CHILD_START && task->run[0])
            continue;
        const huse_run_info *run = task->run[0] ? huse_runs_find(t->ctx->runs, task->run) : NULL;
        if (task->kind == UI_CHILD_RESUME && run && huse_run_is_live(run->state))
            continue;
        char *said = ui_child_last_line(task->child);
        snprintf(out, size, "%s %s%s%.160s", task->run[0] ? task->run : "a new run",
                 task->kind == UI_CHILD_PUBLISH ? "is being published" : "is being prepared", *said ? ": " : "", said);
        free(said);
    }
}

/* ---- steering ---- */

static bool publishes(const ui_train *t, const char *run)
{
    for (size_t i = 0; i < t->n_tasks; i++)
        if (strcmp(t->task[i].run, run) == 0 && t->task[i].kind != UI_CHILD_START)
            return true;
    return false;
}

void ui_train_pause(ui_train *t)
{
    const huse_run_info *run = ui_train_info(t);
    huse_err             err;
    char                 n[32];
    if (!run) {
        ui_say(t->ctx, "there is no run yet; r starts one");
    } else if (huse_run_is_live(run->state)) {
        const bool pause = run->state != HUSE_RUN_PAUSED;
        if (huse_run_pause(t->ctx->dir, run->id, pause, &err) != HUSE_OK)
            ui_warn(t->ctx, "%s", err.msg);
        else
            ui_say(t->ctx, pause ? "%s pauses; p goes on" : "%s goes on", run->id);
        ui_look(t->ctx, t->n_tasks > 0);
    } else if (publishes(t, run->id)) {
        ui_say(t->ctx, "%s is being worked on already", run->id);
    } else if (run->can_resume) {
        ui_train_start(t, ui_child_resume(t->ctx->dir, run->id, false), UI_CHILD_RESUME, run->id);
        ui_say(t->ctx, "%s goes on from its newest checkpoint, before step %s", run->id, ui_thousands(n, (size_t)HUSE_MAX(run->step + 1, 0)));
    } else {
        ui_say(t->ctx, "%s has taken all its steps; r starts another one", run->id);
    }
}

void ui_train_stop(ui_train *t)
{
    const huse_run_info *run = ui_train_info(t);
    huse_err             err;
    for (size_t i = 0; i < t->n_tasks; i++)
        if (!t->task[i].run[0]) { /* it has no run yet that could be asked */
            ui_child_stop(t->task[i].child);
            ui_say(t->ctx, "what was being prepared stops");
            return;
        }
    if (!run || !huse_run_is_live(run->state)) {
        ui_say(t->ctx, run ? "%s does not train" : "there is no run yet; r starts one", run ? run->id : "");
        return;
    }
    if (huse_run_stop(t->ctx->dir, run->id, &err) != HUSE_OK)
        ui_warn(t->ctx, "%s", err.msg);
    else
        ui_say(t->ctx, "%s writes a checkpoint and stops; p goes on later", run->id);
    ui_look(t->ctx, t->n_tasks > 0);
}

void ui_train_publish(ui_train *t)
{
    const huse_run_info *run = ui_train_info(t);
    if (!run)
        ui_say(t->ctx, "there is no run yet; r starts one");
    else if (huse_run_is_live(run->state))
        ui_say(t->ctx, "%s still trains and publishes its best at the end; x stops it before", run->id);
    else if (publishes(t, run->id))
        ui_say(t->ctx, "%s is being worked on already", run->id);
    else
        ui_train_start(t, ui_child_resume(t->ctx->dir, run->id, true), UI_CHILD_PUBLISH, run->id);
}

/* ---- hyper-parameters of a run that goes on ---- */

/* An option's name, or how formulas write it. */
static const char *option_of(const char *name)
{
    static const char *const greek[][2] = {{"α", "alpha"}, {"β", "beta"}, {"γ", "gamma"}, {"ζ", "zeta"}};
    for (size_t i = 0; i < HUSE_COUNT(greek); i++)
        if (strcmp(name, greek[i][0]) == 0)
            return greek[i][1];
    return name;
}

/* "lr 5e-4", "lr=5e-4", "β := 30". */
static void take_setting(void *st, const char *text)
{
    ui_train            *t = st;
    const huse_run_info *run = ui_train_info(t);
    huse_err             err;
    if (!run)
        return;
    char        *name = huse_xstrdup(text + strspn(text, " "));
    const size_t len = strcspn(name, " =:");
    const char  *value = name + len + strspn(name + len, " =:");
    char        *end = name + strlen(name);
    while (end > value && end[-1] == ' ')
        *--end = 0;
    char *option = huse_xstrndup(name, len);
    if (!*option || !*value)
        ui_warn(t->ctx, "a name and a value are needed: lr 5e-4");
    else if (huse_run_set(t->ctx->dir, run->id, option_of(option), value, &err) != HUSE_OK)
        ui_warn(t->ctx, "%s", err.msg);
    else
        ui_say(t->ctx, huse_run_is_live(run->state) ? "%s: %s := %s from the next step on" : "%s: %s := %s once it goes on", run->id,
               option_of(option), value);
    free(option);
    free(name);
    ui_look(t->ctx, t->n_tasks > 0);
}

void ui_train_steer(ui_train *t)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    huse_steering      s;
    huse_err           err;
    huse_buf           b = {0};
    char               value[24];
    const huse_run_info *run = ui_train_info(t);
    if (!f || !run) {
        ui_say(t->ctx, "there is no run yet; r starts one");
        return;
    }
    if (!huse_run_is_live(run->state) && !run->can_resume) {
        ui_say(t->ctx, "%s has taken all its steps; r starts another one", run->id);
        return;
    }
    if (huse_follow_steering(f->follow, &s, &err) != HUSE_OK) {
        ui_warn(t->ctx, "%s", err.msg);
        return;
    }
    huse_buf_str(&b, "now ");
    for (size_t i = 0; i < s.n; i++)
        huse_buf_fmt(&b, "%s%s %s", i ? ", " : "", s.live[i].option, ui_number(value, s.live[i].wanted));
    ui_ask_line(t->ctx, t, &(ui_prompt){.label = "set", .text = "", .hint = b.data, .done = take_setting});
    huse_buf_free(&b);
}

/* ---- probes ---- */

/* Queries with ";" between them. */
static void take_probes(void *st, const char *text)
{
    ui_train            *t = st;
    const huse_run_info *run = ui_train_info(t);
    const char          *probe[HUSE_PROBES_MAX + 1];
    char                *copy;
    const size_t         n = ui_train_split_probes(text, probe, &copy);
    huse_err             err;
    if (run && huse_run_probe(t->ctx->dir, run->id, probe, n, &err) != HUSE_OK)
        ui_warn(t->ctx, "%s", err.msg);
    else if (run)
        ui_say(t->ctx, n ? "%s: asked from the next validation on" : "%s: no probes from the next validation on", run->id);
    free(copy);
}

void ui_train_ask_probes(ui_train *t)
{
    const ui_followed       *f = ui_train_followed(t, t->shown);
    huse_buf                 b = {0};
    size_t                   n = 0;
    const huse_probe_moment *m = f ? huse_follow_probes(f->follow, &n) : NULL;
    if (!f) {
        ui_say(t->ctx, "there is no run yet; r starts one");
        return;
    }
    huse_buf_str(&b, "");
    for (size_t i = 0; n && i < m[n - 1].n; i++)
        huse_buf_fmt(&b, "%s%s", i ? "; " : "", m[n - 1].answer[i].text);
    ui_ask_line(t->ctx, t, &(ui_prompt){.label = "probes", .text = b.data, .hint = "queries with ; between them, asked of every validation",
                                        .done = take_probes});
    huse_buf_free(&b);
}

/* ---- the log ---- */

static void log_event(huse_buf *b, const huse_run_event *e)
{
    static const char *const what[] = {
        [HUSE_EVENT_START] = "started",  [HUSE_EVENT_RESUME] = "went on from here", [HUSE_EVENT_PAUSE] = "paused",
        [HUSE_EVENT_GO_ON] = "went on",  [HUSE_EVENT_SET] = "set",                  [HUSE_EVENT_STOP] = "stopped",
        [HUSE_EVENT_END] = "took all its steps", [HUSE_EVENT_EARLY] = "ended early: nothing better for too long",
        [HUSE_EVENT_DIVERGED] = "diverged", [HUSE_EVENT_PUBLISHED] = "published",
    };
    char      step[32], value[24], when[32] = "";
    struct tm at;
    const time_t time = (time_t)e->time;
    if (e->time && localtime_r(&time, &at))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &at);
    huse_buf_fmt(b, "%9s  %-19s  %s", ui_thousands(step, (size_t)HUSE_MAX(e->step, 0)), when, what[e->kind]);
    if (e->kind == HUSE_EVENT_SET)
        huse_buf_fmt(b, " %s := %s", e->option, ui_number(value, e->value));
    if (e->text && *e->text)
        huse_buf_fmt(b, " %s", e->text);
    huse_buf_str(b, "\n");
}

static void log_settings(huse_buf *b, const huse_train_params *p)
{
    huse_buf_str(b, "\nSettings at its start\n");
    for (size_t i = 0; p && i < huse_hp_count(); i++) {
        char *value = huse_train_params_text(p, i);
        huse_buf_fmt(b, "  %-18s %s\n", huse_hp_at(i)->option, value);
        free(value);
    }
}

static void log_figures(huse_buf *b, const huse_follow *f)
{
    const huse_follow_validations v = huse_follow_checks(f);
    char                          step[32], x[9][16];
    if (!v.n)
        return;
    huse_buf_str(b, "\nValidations\n     step   mean   I2I   I2T   T2I   T2T   image  text  fusion\n");
    for (size_t i = 0; i < v.n; i++) {
        huse_buf_fmt(b, "%9s  %5s", ui_thousands(step, (size_t)HUSE_MAX(v.step[i], 0)), ui_share(x[0], v.score[i], 3));
        for (int k = 0; k < 4; k++)
            huse_buf_fmt(b, " %5s", ui_share(x[k], v.r1[k][i], 3));
        for (int k = 0; k < 3; k++)
            huse_buf_fmt(b, "  %5s", ui_share(x[k], v.accuracy[k][i], 3));
        huse_buf_str(b, i == v.best ? "  best\n" : "\n");
    }
}

void ui_train_show_log(ui_train *t)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    huse_buf           b = {0};
    char               title[96], notice[512];
    size_t             n = 0;
    if (!f) {
        ui_say(t->ctx, "there is no run yet; r starts one");
        return;
    }
    const huse_run_event *e = huse_follow_events(f->follow, &n);
    ui_train_sentence(f->follow, &b);
    huse_buf_str(&b, "\n");
    ui_train_notice(t, notice, sizeof notice);
    if (notice[0])
        huse_buf_fmt(&b, "! %s\n", notice);
    huse_buf_str(&b, "\n     step  when\n");
    for (size_t i = 0; i < n; i++)
        log_event(&b, &e[i]);
    log_figures(&b, f->follow);
    log_settings(&b, huse_follow_params(f->follow));
    snprintf(title, sizeof title, "log of %s", t->shown);
    ui_page(t->ctx, title, b.data);
}
