/* The training loop: steering, logging, validation, checkpoints. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "train/config.h"
#include "train/trainer.h"

enum { LOG_EVERY = 10 };
/* A loss this many times the first one, or not finite, is divergence. */
static const double DIVERGED_AT = 50.0;

typedef struct loop {
    huse_trainer             *t;
    const huse_train_options *opt;
    double                    started, seconds_before; /* monotonic; trained in earlier lives */
    long                      first_step;
    size_t                    next_event;
    bool                      stopped; /* by control.json */
    bool                      enough;  /* early stopping */
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

static huse_status steer(loop *l, const json_t *control, huse_err *err)
{
    const char   *option;
    json_t       *wanted;
    huse_trainer *t = l->t;
    json_object_foreach((json_t *)(uintptr_t)control, option, wanted)
    {
        double low, high, *value = huse_train_params_live(&t->params, option, &low, &high), x = json_number_value(wanted);
        if (!value || !json_is_number(wanted) || !(x >= low && x <= high) || !(x < *value || x > *value))
            continue;
        *value = x;
        HUSE_TRY(huse_run_log(t->run, json_pack("{s:I,s:s,s:f}", "step", (json_int_t)t->at.step + 1, "set", option,
                                                "value", x), err));
    }
    return HUSE_OK;
}

/* Reads control.json between steps; a pause naps until it is lifted. */
static huse_status obey(loop *l, huse_err *err)
{
    bool paused = false;
    do {
        json_t *control = huse_run_control(l->t->run);
        if (control) {
            huse_status s = steer(l, control, err);
            l->stopped = json_is_true(json_object_get(control, "stop"));
            paused = json_is_true(json_object_get(control, "pause"));
            json_decref(control);
            if (s != HUSE_OK)
                return s;
        }
        if (paused && !l->stopped) {
            double before = now();
            nanosleep(&(struct timespec){0, 100000000}, NULL);
            l->started += now() - before;
        }
    } while (paused && !l->stopped && !must_stop(l));
    return HUSE_OK;
}

/* ---- reports ---- */

static huse_progress progress_of(const loop *l)
{
    const huse_trainer *t = l->t;
    huse_progress       p = {.run = t->run->id, .step = t->at.step, .steps = t->steps, .loss = t->loss,
                             .l_class = t->term[0], .l_graph = t->term[1], .l_gap = t->term[2],
                             .l_instance = t->term[3], .lr = huse_trainer_lr(t, t->at.step),
                             .best_score = t->at.best_score, .best_step = t->at.best_step};
    double spent = now() - l->started, steps = (double)(t->at.step - l->first_step);
    p.items_per_s = spent > 0 ? steps * (double)t->sampler.rows / spent : 0;
    p.seconds = l->seconds_before + spent;
    p.seconds_left = steps > 0 ? spent / steps * (double)(t->steps - t->at.step) : (double)NAN;
    p.val_score = (double)NAN;
    return p;
}

static huse_status log_step(const loop *l, const huse_progress *p, huse_err *err)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(p->step));
    json_object_set_new(o, "loss", real(p->loss));
    json_object_set_new(o, "class", real(p->l_class));
    json_object_set_new(o, "graph", real(p->l_graph));
    json_object_set_new(o, "gap", real(p->l_gap));
    json_object_set_new(o, "instance", real(p->l_instance));
    json_object_set_new(o, "lr", real(p->lr));
    json_object_set_new(o, "items_per_s", real(p->items_per_s));
    json_object_set_new(o, "seconds", real(p->seconds));
    return huse_run_log(l->t->run, o, err);
}

static json_t *reals(const double *x, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, real(x[i]));
    return a;
}

static huse_status log_validation(const loop *l, const huse_validation *v, huse_err *err)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(l->t->at.step));
    json_object_set_new(o, "val_R@1", reals(v->r1, 4));
    json_object_set_new(o, "val_HP@10", reals(v->hp10, 4));
    json_object_set_new(o, "val_accuracy", reals(v->accuracy, 3));
    json_object_set_new(o, "val_score", real(v->score));
    return huse_run_log(l->t->run, o, err);
}

/* ---- checkpoints ---- */

/* A full disk does not end a run: the old checkpoints stand and the next one is tried again. */
static bool save(loop *l)
{
    huse_trainer *t = l->t;
    huse_err      err;
    t->at.seconds = l->seconds_before + now() - l->started;
    if (huse_checkpoint_write(t->run, &t->at, &t->params, &t->net->params, t->net->w, t->m, t->v, &err) == HUSE_OK)
        return true;
    char text[640];
    snprintf(text, sizeof text, "no checkpoint at step %ld, the older ones stand: %s", t->at.step, err.msg);
    say(l, text);
    return false;
}

static huse_status validate(loop *l, huse_err *err)
{
    huse_trainer   *t = l->t;
    huse_validation v;
    huse_weights    w = huse_trainer_weights(t);
    huse_checkpoint before = t->at;
    huse_validate(&v, t->data, &w, t->pool, t->tree, HUSE_SPLIT_VAL);
    HUSE_TRY(log_validation(l, &v, err));
    bool better = isfinite(v.score) && !(v.score < t->at.best_score);
    if (better) {
        t->at.best_score = v.score;
        t->at.best_step = t->at.step;
        t->at.validations_since_best = 0;
    } else {
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
    return HUSE_OK;
}

static huse_status after_step(loop *l, huse_err *err)
{
    huse_trainer *t = l->t;
    bool          last = t->at.step == t->steps;
    if (t->at.first_loss == 0)
        t->at.first_loss = t->loss;
    if (!isfinite(t->loss) || t->loss > DIVERGED_AT * fmax(t->at.first_loss, 0.1))
        return huse_fail(err, HUSE_DIVERGED,
                         "training diverged at step %ld (loss %g); try a smaller learning rate than %g", t->at.step,
                         t->loss, t->params.lr);
    if (t->at.step % LOG_EVERY == 0 || t->at.step == 1 || last) {
        huse_progress p = progress_of(l);
        HUSE_TRY(log_step(l, &p, err));
        if (l->opt->progress)
            l->opt->progress(l->opt->ctx, &p);
    }
    if (t->data->n_split[HUSE_SPLIT_VAL] && (t->at.step % t->validate_every == 0 || last))
        return validate(l, err);
    if (t->at.step % t->checkpoint_every == 0 || last)
        save(l);
    return HUSE_OK;
}

huse_status huse_trainer_run(huse_trainer *t, const huse_train_options *opt, huse_err *err)
{
    loop l = {t, opt, now(), t->at.seconds, t->at.step, 0, false, false};
    l.enough = t->params.patience && t->at.validations_since_best >= t->params.patience;
    while (t->at.step < t->steps && !l.enough) {
        replay_events(&l);
        HUSE_TRY(obey(&l, err));
        if (must_stop(&l) || l.stopped) {
            save(&l);
            bool term = opt->stop && *opt->stop == SIGTERM;
            return huse_fail(err, term ? HUSE_TERMINATED : HUSE_INTERRUPTED,
                             "stopped at step %ld of %ld; go on with --resume", t->at.step, t->steps);
        }
        huse_trainer_step(t);
        HUSE_TRY(after_step(&l, err));
    }
    t->at.seconds = l.seconds_before + now() - l.started;
    return HUSE_OK;
}
