/* Following a run: its log as columns and events. */
#include "train/follow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "train/config.h"
#include "train/run.h"

enum { SERIES_MAX = 1 << 18, EVENTS_MAX = 1 << 16, TEXT_MAX = 512 };
enum { LOSS, TERM, LR = TERM + HUSE_TERMS, RATE, SECONDS, FIGURES };
enum { R1, HP10 = R1 + 4, ACCURACY = HP10 + 4, SCORE = ACCURACY + 3, BEST, CHECKS };

/* ---- series ---- */

static void thin(huse_series *s)
{
    for (size_t i = 0; 2 * i < s->n; i++) {
        s->step[i] = s->step[2 * i];
        for (size_t c = 0; c < s->width; c++)
            s->value[c][i] = s->value[c][2 * i];
    }
    s->n = (s->n + 1) / 2;
    s->thinned = true;
}

bool huse_series_add(huse_series *s, long step, const double *value)
{
    if (s->n && step <= s->step[s->n - 1])
        return false;
    if (s->n == SERIES_MAX)
        thin(s);
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->step = huse_xrealloc(s->step, s->cap * sizeof *s->step);
        for (size_t c = 0; c < s->width; c++)
            s->value[c] = huse_xrealloc(s->value[c], s->cap * sizeof *s->value[c]);
    }
    s->step[s->n] = step;
    for (size_t c = 0; c < s->width; c++)
        s->value[c][s->n] = value[c];
    s->n++;
    return true;
}

void huse_series_clear(huse_series *s)
{
    free(s->step);
    for (size_t c = 0; c < s->width; c++)
        free(s->value[c]);
    *s = (huse_series){.width = s->width};
}

/* ---- lines ---- */

static double number(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static void numbers(const json_t *o, const char *name, double *out, size_t n)
{
    const json_t *a = json_object_get(o, name);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(a, i);
        out[i] = json_is_number(v) ? json_number_value(v) : (double)NAN;
    }
}

static const char *const event_name[] = {
    [HUSE_EVENT_START] = "start", [HUSE_EVENT_RESUME] = "resume", [HUSE_EVENT_PAUSE] = "pause", [HUSE_EVENT_GO_ON] = "go on",
    [HUSE_EVENT_STOP] = "stop",   [HUSE_EVENT_END] = "end",       [HUSE_EVENT_EARLY] = "early", [HUSE_EVENT_DIVERGED] = "diverged",
    [HUSE_EVENT_PUBLISHED] = NULL};

const char *huse_run_event_name(huse_run_event_kind kind)
{
    return event_name[kind];
}

static const char *live_option(const char *option)
{
    for (size_t i = 0; i < huse_hp_count(); i++)
        if (huse_hp_at(i)->live && strcmp(huse_hp_at(i)->option, option) == 0)
            return huse_hp_at(i)->option;
    return NULL;
}

bool huse_run_event_read(const json_t *o, huse_run_event *e)
{
    const char *set = json_string_value(json_object_get(o, "set")), *model = json_string_value(json_object_get(o, "published"));
    const char *name = json_string_value(json_object_get(o, "event")), *text = json_string_value(json_object_get(o, "text"));
    *e = (huse_run_event){.step = (long)json_integer_value(json_object_get(o, "step")), .value = (double)NAN, .text = text ? text : "",
                          .time = (int64_t)json_integer_value(json_object_get(o, "time"))};
    if (set) {
        e->kind = HUSE_EVENT_SET;
        e->option = live_option(set);
        e->value = number(o, "value");
        return e->option && isfinite(e->value);
    }
    if (model) {
        e->kind = HUSE_EVENT_PUBLISHED;
        e->text = model;
        return true;
    }
    for (size_t i = 0; name && i < HUSE_COUNT(event_name); i++)
        if (event_name[i] && strcmp(event_name[i], name) == 0) {
            e->kind = (huse_run_event_kind)i;
            return true;
        }
    return false;
}

static void add_event(huse_follow *f, const huse_run_event *e)
{
    if (f->n_events == EVENTS_MAX)
        return;
    if (f->n_events == f->cap_events) {
        f->cap_events = f->cap_events ? 2 * f->cap_events : 16;
        f->event = huse_xrealloc(f->event, f->cap_events * sizeof *f->event);
    }
    f->event[f->n_events] = *e;
    f->event[f->n_events++].text = huse_xstrndup(e->text, strnlen(e->text, TEXT_MAX));
}

static bool add_check(huse_follow *f, long step, const json_t *o)
{
    double v[CHECKS];
    numbers(o, "val_R@1", v + R1, 4);
    numbers(o, "val_HP@10", v + HP10, 4);
    numbers(o, "val_accuracy", v + ACCURACY, 3);
    v[SCORE] = number(o, "val_score");
    const json_t *best = json_object_get(o, "best");
    v[BEST] = best ? (double)json_is_true(best) : (double)NAN;
    return huse_series_add(&f->checks, step, v);
}

static bool add_figures(huse_follow *f, long step, const json_t *o)
{
    double v[FIGURES];
    v[LOSS] = number(o, "loss");
    for (int i = 0; i < HUSE_TERMS; i++)
        v[TERM + i] = f->method->term[i].name ? number(o, f->method->term[i].name) : (double)NAN;
    v[LR] = number(o, "lr");
    v[RATE] = number(o, "items_per_s");
    v[SECONDS] = number(o, "seconds");
    return huse_series_add(&f->figures, step, v);
}

static bool take(void *ctx, const json_t *o)
{
    huse_follow   *f = ctx;
    huse_run_event e;
    const json_t  *number_of = json_object_get(o, "step");
    long           step = (long)json_integer_value(number_of);
    if (!json_is_integer(number_of) || step < 0)
        return false;
    if (json_object_get(o, "set") || json_object_get(o, "event") || json_object_get(o, "published")) {
        if (!huse_run_event_read(o, &e))
            return false;
        if (e.kind == HUSE_EVENT_START || e.kind == HUSE_EVENT_RESUME)
            f->steps = HUSE_MAX(0L, (long)json_integer_value(json_object_get(o, "steps")));
        add_event(f, &e);
        return true;
    }
    if (json_object_get(o, "val_score"))
        return add_check(f, step, o);
    return !json_object_get(o, "loss") || add_figures(f, step, o);
}

static void begin(void *ctx)
{
    huse_follow *f = ctx;
    huse_series_clear(&f->figures);
    huse_series_clear(&f->checks);
    for (size_t i = 0; i < f->n_events; i++)
        free((char *)(uintptr_t)f->event[i].text);
    f->n_events = 0;
    f->steps = 0;
    f->lives++;
}

/* ---- the object ---- */

huse_follow *huse_follow_new(const char *workspace, const char *run)
{
    huse_follow *f = huse_xcalloc(1, sizeof *f);
    f->id = huse_xstrdup(run);
    f->dir = huse_format("%s/runs/%s", workspace, run);
    f->tail = (huse_tail){.path = huse_fs_join(f->dir, "metrics.jsonl"), .line_max = HUSE_LOG_LINE};
    f->method = huse_method_find("huse");
    f->figures.width = FIGURES;
    f->checks.width = CHECKS;
    huse_follow_moments_init(&f->moments, f->dir);
    return f;
}

void huse_follow_free(huse_follow *f)
{
    if (!f)
        return;
    begin(f);
    free(f->event);
    huse_tail_fini(&f->tail);
    huse_follow_moments_fini(&f->moments);
    if (f->has_params)
        huse_train_params_fini(&f->params);
    free(f->dir);
    free(f->id);
    free(f);
}

static huse_status read_params(huse_follow *f, huse_err *err)
{
    huse_err unread;
    if (huse_run_number(f->id) < 0 || !huse_fs_is_dir(f->dir))
        return huse_fail(err, HUSE_NOT_FOUND, "there is no run %s", f->id);
    if (f->has_params || huse_run_params_at(f->dir, &f->params, &unread) != HUSE_OK)
        return HUSE_OK;
    f->has_params = true;
    f->method = huse_method_find(f->params.method);
    return HUSE_OK;
}

static void find_best(huse_follow *f)
{
    const double *score = f->checks.value[SCORE], *best = f->checks.value[BEST];
    f->best = f->checks.n;
    for (size_t i = 0; i < f->checks.n; i++)
        if (isfinite(score[i]) && (isfinite(best[i]) ? best[i] > 0 : f->best == f->checks.n || score[i] >= score[f->best]))
            f->best = i;
}

huse_status huse_follow_poll(huse_follow *f, bool *changed, bool *more, huse_err *err)
{
    bool             c[2] = {false, false}, m[2] = {false, false}, had = f->has_params;
    huse_tail_reader r = {begin, take, f};
    HUSE_TRY(read_params(f, err));
    huse_status s = huse_tail_poll(&f->tail, &r, &c[0], &m[0], err);
    if (f->figures.thinned || f->checks.thinned) {
        f->figures.thinned = f->checks.thinned = false;
        f->lives++;
    }
    find_best(f);
    if (s == HUSE_OK)
        s = huse_follow_moments_poll(&f->moments, &c[1], &m[1], err);
    if (changed)
        *changed = c[0] || c[1] || had != f->has_params;
    if (more)
        *more = m[0] || m[1];
    return s;
}

unsigned huse_follow_lives(const huse_follow *f)
{
    return f->lives;
}

size_t huse_follow_damaged(const huse_follow *f)
{
    return f->tail.damaged;
}

const huse_train_params *huse_follow_params(const huse_follow *f)
{
    return f->has_params ? &f->params : NULL;
}

huse_follow_steps huse_follow_figures(const huse_follow *f)
{
    double *const    *v = f->figures.value;
    huse_follow_steps s = {.n = f->figures.n, .step = f->figures.step, .loss = v[LOSS], .lr = v[LR], .items_per_s = v[RATE],
                           .seconds = v[SECONDS], .steps = f->steps};
    for (int i = 0; i < HUSE_TERMS; i++) {
        s.term[i] = v[TERM + i];
        s.term_name[i] = f->method->term[i].name;
    }
    return s;
}

huse_follow_validations huse_follow_checks(const huse_follow *f)
{
    double *const          *v = f->checks.value;
    huse_follow_validations c = {.n = f->checks.n, .step = f->checks.step, .score = v[SCORE], .best = f->best,
                                 .score_name = huse_method_score(f->method)};
    for (int i = 0; i < 4; i++) {
        c.r1[i] = v[R1 + i];
        c.hp10[i] = v[HP10 + i];
    }
    for (int i = 0; i < 3; i++)
        c.accuracy[i] = v[ACCURACY + i];
    return c;
}

const huse_run_event *huse_follow_events(const huse_follow *f, size_t *n)
{
    *n = f->n_events;
    return f->event;
}

/* ---- what is in force ---- */

/* Settings from before the last start that lie ahead of it are still to be replayed. */
static double in_force(const huse_follow *f, const char *option, double value)
{
    size_t life = 0;
    long   reached = f->figures.n ? f->figures.step[f->figures.n - 1] : 0;
    for (size_t i = 0; i < f->n_events; i++)
        if (f->event[i].kind == HUSE_EVENT_RESUME)
            life = i;
    for (size_t i = 0; i < f->n_events; i++) {
        const huse_run_event *e = &f->event[i];
        if (e->kind == HUSE_EVENT_SET && strcmp(e->option, option) == 0 && (i >= life || e->step <= reached))
            value = e->value;
    }
    return value;
}

huse_status huse_follow_steering(const huse_follow *f, huse_steering *s, huse_err *err)
{
    if (!f->has_params)
        return huse_fail(err, HUSE_BAD_DATA, "the settings of %s cannot be read", f->id);
    json_t *control = huse_run_control_read(f->dir);
    *s = (huse_steering){.pause = json_is_true(json_object_get(control, "pause")),
                         .stop = json_is_true(json_object_get(control, "stop"))};
    for (size_t i = 0; i < huse_hp_count() && s->n < HUSE_LIVE_MAX; i++) {
        const char *option = huse_hp_at(i)->option;
        double      low, high, *at = huse_train_params_live((huse_train_params *)(uintptr_t)&f->params, option, &low, &high);
        if (!at)
            continue;
        double now = in_force(f, option, *at), wanted = number(control, option);
        s->live[s->n].option = option;
        s->live[s->n].now = now;
        s->live[s->n].wanted = wanted >= low && wanted <= high ? wanted : now;
        s->live[s->n].low = low;
        s->live[s->n++].high = high;
    }
    json_decref(control);
    return HUSE_OK;
}
