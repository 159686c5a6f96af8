/* The training loop: steering, logging, validation, checkpoints. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "train/config.h"
#include "train/follow.h"
#include "train/trainer.h"

enum { LOG_EVERY = 10 };
/* A loss this many times that of the first step, or not finite, is divergence. */
static const double DIVERGED_AT = 10.0;

typedef struct loop {
    huse_trainer             *t;
    const huse_train_options *opt;
    double                    started, seconds_before; /* monotonic; trained in earlier lives */
    long                      first_step, saved; /* saved: step of the newest checkpoint, 0: none */
    size_t                    next_event;
    bool                      stopped; /* by control.json */
    bool                      enough;  /* early stopping */
    bool                      unlogged; /* the log cannot be written, and this was said */
} loop;

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void say(const loop *l, const char *text)
{
    if (l->opt->message)
        l->opt->message(l->opt->ctx, text);
}

static bool must_stop(const loop *l)
{
    return l->opt->stop && *l->opt->stop;
}

static json_t *real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

/* ---- steering ---- */

static void replay_events(loop *l)
{
    huse_trainer *t = l->t;
    for (; l->next_event < t->n_events && t->event[l->next_event].step <= t->at.step + 1; l->next_event++) {
        const huse_event *e = &t->event[l->next_event];
        double            low, high, *value = huse_train_params_live(&t->params, e->option, &low, &high);
        if (value && e->step == t->at.step + 1 && e->value >= low && e->value <= high)
            *value = e->value;
    }
}

/* What the option will be once all that is still to be replayed has been. */
static double in_the_end(const loop *l, const char *option, double value)
{
    for (size_t i = l->next_event; i < l->t->n_events; i++)
        if (strcmp(l->t->event[i].option, option) == 0)
            value = l->t->event[i].value;
    return value;
}

static bool same(double a, double b)
{
    return !(a < b || a > b);
}

/* A new setting takes the place of what was to be replayed. */
static void forget_events(loop *l, const char *option)
{
    huse_trainer *t = l->t;
    size_t        n = l->next_event;
    for (size_t i = n; i < t->n_events; i++)
        if (strcmp(t->event[i].option, option) != 0)
            t->event[n++] = t->event[i];
    t->n_events = n;
}

/* A full disk does not end a run, it only costs lines; said once. */
static bool note(loop *l, json_t *line)
{
    huse_err err;
    if (huse_run_log(l->t->run, line, &err) == HUSE_OK) {
        l->unlogged = false;
        return true;
    }
    if (!l->unlogged)
        say(l, err.msg);
    l->unlogged = true;
    return false;
}

/* What happens to the run, for those who watch it. */
static void note_event(loop *l, huse_run_event_kind kind, const char *text)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(l->t->at.step));
    json_object_set_new(o, "event", json_string(huse_run_event_name(kind)));
    if (kind == HUSE_EVENT_START || kind == HUSE_EVENT_RESUME)
        json_object_set_new(o, "steps", json_integer(l->t->steps));
    if (text)
        json_object_set_new(o, "text", json_string(text));
    json_object_set_new(o, "time", json_integer((json_int_t)time(NULL)));
    note(l, o);
}

/* A change that cannot be logged could not be replayed: it waits until it can. @old: see huse_run_control. */
static void steer(loop *l, const json_t *control, bool old)
{
    const char   *option;
    json_t       *wanted;
    huse_trainer *t = l->t;
    json_object_foreach((json_t *)(uintptr_t)control, option, wanted)
    {
        double low, high, *value = huse_train_params_live(&t->params, option, &low, &high), x = json_number_value(wanted);
        if (!value || !json_is_number(wanted) || !(x >= low && x <= high))
            continue;
        /* What is still to be replayed counts too: a new wish for the value of now must outlast it. */
        double in_end = in_the_end(l, option, *value), is = old ? in_end : *value;
        if (same(x, is) && same(x, in_end))
            continue;
        if (!note(l, json_pack("{s:I,s:s,s:f}", "step", (json_int_t)t->at.step + 1, "set", option, "value", x))) {
            huse_run_control_again(t->run);
            continue;
        }
        forget_events(l, option);
        *value = x;
    }
}

/* Reads control.json between steps; a pause naps until it is lifted. Whoever resumes a run wants it to go on: a pause or
 * a stop from before counts no more. */
static void obey(loop *l)
{
    bool paused = false, old = false, waits = false;
    do {
        json_t *control = huse_run_control(l->t->run, &old);
        if (control) {
            steer(l, control, old);
            huse_probes_ask(l->t->probes, json_object_get(control, "probes"));
            l->stopped = !old && json_is_true(json_object_get(control, "stop"));
            paused = !old && json_is_true(json_object_get(control, "pause"));
            json_decref(control);
        }
        if (waits != (paused && !l->stopped)) {
            waits = !waits;
            note_event(l, waits ? HUSE_EVENT_PAUSE : HUSE_EVENT_GO_ON, NULL);
        }
        if (waits) {
            double before = now();
            nanosleep(&(struct timespec){0, 100000000}, NULL);
            l->started += now() - before;
        }
    } while (waits && !must_stop(l));
}

/* ---- reports ---- */

static huse_progress progress_of(const loop *l)
{
    const huse_trainer *t = l->t;
    huse_progress       p = {.run = t->run->id, .step = t->at.step, .steps = t->steps, .loss = t->loss,
                             .lr = huse_trainer_lr(t, t->at.step), .score_name = huse_method_score(t->method),
                             .best_score = t->at.best_score, .best_step = t->at.best_step};
    double *const term[HUSE_TERMS] = {&p.l_class, &p.l_graph, &p.l_gap, &p.l_instance};
    for (int i = 0; i < HUSE_TERMS; i++) {
        p.term_name[i] = t->method->term[i].name;
        *term[i] = p.term_name[i] ? t->term[i] : (double)NAN;
    }
    double spent = now() - l->started, steps = (double)(t->at.step - l->first_step);
    p.items_per_s = spent > 0 ? steps * (double)t->sampler.rows / spent : 0;
    p.seconds = l->seconds_before + spent;
    p.seconds_left = steps > 0 ? spent / steps * (double)(t->steps - t->at.step) : (double)NAN;
    p.val_score = (double)NAN;
    return p;
}

static void log_step(loop *l, const huse_progress *p)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(p->step));
    json_object_set_new(o, "loss", real(p->loss));
    for (int i = 0; i < HUSE_TERMS; i++)
        if (p->term_name[i])
            json_object_set_new(o, p->term_name[i], real(l->t->term[i]));
    json_object_set_new(o, "lr", real(p->lr));
    json_object_set_new(o, "items_per_s", real(p->items_per_s));
    json_object_set_new(o, "seconds", real(p->seconds));
    note(l, o);
}

static json_t *reals(const double *x, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, real(x[i]));
    return a;
}

static void log_validation(loop *l, const huse_validation *v, bool best)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(l->t->at.step));
    json_object_set_new(o, "val_R@1", reals(v->r1, 4));
    json_object_set_new(o, "val_HP@10", reals(v->hp10, 4));
    json_object_set_new(o, "val_accuracy", reals(v->accuracy, 3));
    json_object_set_new(o, "val_score", real(v->score));
    if (isfinite(v->score))
        json_object_set_new(o, "best", json_boolean(best));
    note(l, o);
}

/* ---- checkpoints ---- */

/* A full disk does not end a run: the old checkpoints stand and the next one is tried again. */
static bool save(loop *l)
{
    huse_trainer *t = l->t;
    t->at.seconds = l->seconds_before + now() - l->started;
    t->unsaved = huse_checkpoint_write(t->run, &t->at, &t->params, &t->net->params, t->net->w, t->m, t->v,
                                       &t->unsaved_why) != HUSE_OK;
    if (!t->unsaved) {
        l->saved = t->at.step;
        return true;
    }
    char text[sizeof t->unsaved_why.msg + 64];
    snprintf(text, sizeof text, "no checkpoint at step %ld, the older ones stand: %s", t->at.step, t->unsaved_why.msg);
    say(l, text);
    return false;
}

/* While the rate is high, small catalogues' figures jump about, and a lucky one would beat the finished weights: once the rate has come
 * down, what was best before gives way. */
static bool is_best(const huse_trainer *t, double score)
{
    const long settled = t->params.decay > 0.5 ? (2 * t->steps + 2) / 3 : 0;
    const bool first = t->at.best_step < settled && t->at.step >= settled;
    return isfinite(score) && (first || !(score < t->at.best_score));
}

static void validate(loop *l)
{
    huse_trainer   *t = l->t;
    huse_validation v;
    huse_weights    w = huse_trainer_weights(t);
    huse_checkpoint before = t->at;
    huse_validate(&v, t->method, t->data, &w, t->pool, t->tree, HUSE_SPLIT_VAL);
    const bool better = is_best(t, v.score);
    log_validation(l, &v, better);
    if (better) {
        t->at.best_score = v.score;
        t->at.best_step = t->at.step;
        t->at.validations_since_best = 0;
    } else if (isfinite(v.score)) { /* where nothing can be measured there is nothing to wait for */
        t->at.validations_since_best++;
    }
    if (!save(l) && better) /* a best step without its weights would be no use */
        t->at = before;
    l->enough = t->params.patience && t->at.validations_since_best >= t->params.patience;
    if (l->opt->progress) {
        huse_progress p = progress_of(l);
        memcpy(p.val_r1, v.r1, sizeof p.val_r1);
        memcpy(p.val_hp10, v.hp10, sizeof p.val_hp10);
        memcpy(p.val_acc, v.accuracy, sizeof p.val_acc);
        p.val_score = v.score;
        p.validated = 1;
        l->opt->progress(l->opt->ctx, &p);
    }
}

/* The first step's terms under today's weights, which steering may have changed. A term that was off then counts as chance. */
static bool diverged(const huse_trainer *t, double loss)
{
    const huse_objective o = huse_trainer_objective(t, t->at.step);
    double               first[HUSE_TERMS];
    memcpy(first, t->at.first, sizeof first);
    first[HUSE_TERM_INSTANCE] = fmax(first[HUSE_TERM_INSTANCE], log((double)t->sampler.rows));
    double was = huse_method_total(t->method, &o, first);
    return !isfinite(loss) || loss > DIVERGED_AT * fmax(was, 0.1);
}

static huse_status fail_diverged(const loop *l, long step, double loss, huse_err *err)
{
    char kept[80] = "";
    if (l->saved)
        snprintf(kept, sizeof kept, "; the checkpoint of step %ld stands", l->saved);
    return huse_fail(err, HUSE_DIVERGED, "training diverged at step %ld (loss %g)%s; try a smaller learning rate than %g",
                     step, loss, kept, l->t->params.lr);
}

static void probe(const loop *l)
{
    huse_weights w = huse_trainer_weights(l->t);
    huse_probes_take(l->t->probes, l->t->at.step, &w);
}

static huse_status after_step(loop *l, huse_err *err)
{
    huse_trainer *t = l->t;
    bool          last = t->at.step == t->steps;
    if (t->at.step == 1)
        memcpy(t->at.first, t->term, sizeof t->at.first);
    if (diverged(t, t->loss))
        return fail_diverged(l, t->at.step, t->loss, err);
    if (t->at.step % LOG_EVERY == 0 || t->at.step == 1 || last) {
        huse_progress p = progress_of(l);
        log_step(l, &p);
        if (l->opt->progress)
            l->opt->progress(l->opt->ctx, &p);
    }
    bool check = t->data->n_split[HUSE_SPLIT_VAL] && (t->at.step % t->validate_every == 0 || last);
    if (!check && t->at.step % t->checkpoint_every != 0 && !last)
        return HUSE_OK;
    /* The loss above is of the weights before this step: what is kept must be sound as it is now. */
    double ahead = huse_trainer_loss_ahead(t);
    if (diverged(t, ahead))
        return fail_diverged(l, t->at.step + 1, ahead, err);
    if (check)
        validate(l);
    else
        save(l);
    if (check || !t->data->n_split[HUSE_SPLIT_VAL])
        probe(l);
    return HUSE_OK;
}

static huse_status stop_here(loop *l, huse_err *err)
{
    huse_trainer *t = l->t;
    double        ahead = huse_trainer_loss_ahead(t);
    if (t->at.step && diverged(t, ahead))
        return fail_diverged(l, t->at.step + 1, ahead, err);
    if (!save(l))
        return huse_fail(err, HUSE_FAILED, "stopped at step %ld of %ld, which is not kept: %s", t->at.step, t->steps,
                         t->unsaved_why.msg);
    note_event(l, HUSE_EVENT_STOP, NULL);
    bool term = l->opt->stop && *l->opt->stop == SIGTERM;
    return huse_fail(err, term ? HUSE_TERMINATED : HUSE_INTERRUPTED, "stopped at step %ld of %ld; go on with --resume",
                     t->at.step, t->steps);
}

static huse_status take_steps(loop *l, huse_err *err)
{
    huse_trainer *t = l->t;
    while (t->at.step < t->steps && !l->enough) {
        replay_events(l);
        obey(l);
        if (must_stop(l) || l->stopped)
            return stop_here(l, err);
        huse_trainer_step(t);
        HUSE_TRY(after_step(l, err));
    }
    note_event(l, t->at.step < t->steps ? HUSE_EVENT_EARLY : HUSE_EVENT_END, NULL);
    return HUSE_OK;
}

huse_status huse_trainer_run(huse_trainer *t, const huse_train_options *opt, huse_err *err)
{
    loop l = {.t = t, .opt = opt, .started = now(), .seconds_before = t->at.seconds,
              .first_step = t->at.step, .saved = t->at.step};
    l.enough = t->params.patience && t->at.validations_since_best >= t->params.patience;
    if (t->at.step >= t->steps || l.enough) /* there was nothing to go on with: the log stays as it is */
        return HUSE_OK;
    note_event(&l, t->resumed ? HUSE_EVENT_RESUME : HUSE_EVENT_START, NULL);
    if (t->at.step == 0)
        probe(&l);
    l.started = now(); /* the first look at the probes is not training */
    huse_err why = {.status = HUSE_OK};
    huse_status s = take_steps(&l, &why);
    if (s == HUSE_DIVERGED)
        note_event(&l, HUSE_EVENT_DIVERGED, why.msg);
    if (s != HUSE_OK && err)
        *err = why;
    t->at.seconds = l.seconds_before + now() - l.started;
    return s;
}
