/* huse_train: features, run, training, publication. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "data/encoders.h"
#include "huse/runs.h"
#include "train/config.h"
#include "train/publish.h"
#include "train/session.h"

typedef struct job {
    huse_workspace           *ws;
    const huse_host          *host;
    const huse_train_options *opt;
    const huse_session       *session;
    huse_train_report        *report;
    huse_trainer              t;
    huse_text_encoder        *enc;
    bool                      resumed;
} job;

static huse_status embed(job *j, huse_err *err)
{
    huse_embed_options o = {.fit_as_before = true, .stop = j->opt->stop, .progress = j->opt->embedding, .ctx = j->opt->ctx};
    huse_embed_report  r;
    return huse_embed(j->ws, j->host, &o, &r, err);
}

static huse_status enough_data(const huse_dataset *d, huse_err *err)
{
    bool   any = false;
    size_t seen = 0, n = d->n_split[HUSE_SPLIT_TRAIN];
    bool  *cls = huse_xcalloc(d->items->n_classes, sizeof *cls);
    for (size_t i = 0; i < n; i++) {
        uint32_t it = d->split[HUSE_SPLIT_TRAIN][i];
        int32_t  k = d->items->item[it].cls;
        any |= d->image[it] != NULL;
        seen += !cls[k];
        cls[k] = true;
    }
    free(cls);
    if (!any)
        return huse_fail(err, HUSE_BAD_DATA, "no training item has a usable picture and a class; folders such as Cats/tabby.jpg or a "
                                             "class column give classes, huse-tui doctor tells of unusable pictures");
    if (seen < 2)
        return huse_fail(err, HUSE_BAD_DATA,
                         "the training items have %zu class: HUSE needs at least two; add some by folders or "
                         "by a class column", seen);
    return HUSE_OK;
}

huse_status huse_train_open_data(huse_trainer *t, huse_workspace *ws, const huse_host *host, huse_text_encoder **enc, huse_err *err)
{
    HUSE_TRY(huse_dataset_open(&t->data, ws, err));
    HUSE_TRY(enough_data(t->data, err));
    HUSE_TRY(huse_encoders_open_text_for(host, huse_workspace_dir(ws), t->data->text_encoder, true, enc, err));
    huse_dataset_use_encoder(t->data, *enc);
    return huse_dataset_stand_ins(t->data, t->pool, *enc, err);
}

huse_status huse_train_copy_params(huse_train_params *to, const huse_train_params *from, huse_err *err)
{
    json_t     *o = huse_train_params_json(from);
    huse_status s = huse_train_params_init(to, "default", err);
    if (s == HUSE_OK)
        s = huse_train_params_from_json(to, o, err);
    json_decref(o);
    return s;
}

static huse_status same_params(const huse_train_options *opt, const huse_train_params *have, const char *run, huse_err *err)
{
    const huse_train_params *asked = opt->params;
    for (size_t i = 0; i < huse_hp_count(); i++) {
        if (opt->given && !opt->given[i])
            continue;
        char *a = huse_train_params_text(asked, i), *b = huse_train_params_text(have, i);
        bool  same = strcmp(a, b) == 0;
        if (!same)
            huse_fail(err, HUSE_USAGE, "%s was started with --%s %s, not %s: resume it with its own settings or start a new run",
                      run, huse_hp_at(i)->option, b, a);
        free(a);
        free(b);
        if (!same)
            return HUSE_USAGE;
    }
    return HUSE_OK;
}

static huse_status make_setup(job *j, huse_err *err)
{
    char   text[160];
    size_t K = j->t.data->items->n_classes;
    HUSE_TRY(huse_setup_make(&j->t.setup, j->t.data, j->t.pool, j->enc, &j->t.params, err));
    if (strcmp(j->t.params.psi, "blend") == 0 && K > HUSE_MATRIX_CLASSES && j->opt->message) {
        snprintf(text, sizeof text, "%zu classes are too many for psi by blend (at most %d): it goes by name", K, HUSE_MATRIX_CLASSES);
        j->opt->message(j->opt->ctx, text);
    }
    return HUSE_OK;
}

/* Opens the run to go on with, or makes a new one: only once nothing of its settings can be refused any more. */
static huse_status open_run(job *j, huse_err *err)
{
    const char *dir = j->session ? j->session->folder : huse_workspace_dir(j->ws);
    if (j->opt->resume) {
        huse_status s = huse_run_open(&j->t.run, dir, j->opt->run, err);
        if (s == HUSE_OK) {
            char *config = huse_fs_join(j->t.run->dir, "config.json");
            bool  begun = huse_fs_exists(config);
            free(config);
            if (begun) {
                HUSE_TRY(huse_train_params_init(&j->t.params, "default", err));
                HUSE_TRY(huse_run_params(j->t.run, &j->t.params, err));
                j->resumed = true;
                return same_params(j->opt, &j->t.params, j->t.run->id, err);
            }
            s = huse_fs_remove_tree(j->t.run->dir, err); /* killed before it was described: start afresh */
            huse_run_close(j->t.run);
            j->t.run = NULL;
            if (s != HUSE_OK)
                return s;
        } else if (s != HUSE_NOT_FOUND || j->opt->run) {
            return s;
        }
    }
    HUSE_TRY(huse_train_copy_params(&j->t.params, j->opt->params, err));
    HUSE_TRY(make_setup(j, err));
    return huse_run_create(&j->t.run, dir, &j->t.params, err);
}

static huse_status open_setup(job *j, huse_err *err)
{
    char *dir = huse_fs_join(j->t.run->dir, "setup");
    bool  there = huse_fs_is_dir(dir);
    free(dir);
    if (there)
        return huse_setup_read(&j->t.setup, j->t.run->dir, j->t.data, &j->t.params, err);
    if (j->resumed)
        HUSE_TRY(make_setup(j, err));
    return huse_setup_write(&j->t.setup, j->t.run->dir, err);
}

static void say(const job *j, const char *text)
{
    if (*text && j->opt->message)
        j->opt->message(j->opt->ctx, text);
}

static bool has_checkpoint(const huse_run *run, long step)
{
    char *dir = huse_format("%s/step-%ld", run->dir, step);
    bool  there = huse_fs_is_dir(dir);
    free(dir);
    return there;
}

/* The best step's checkpoint may be gone: a newer best one took its place, and that one is damaged. */
static void forget_lost_best(huse_trainer *t)
{
    if (!t->at.best_step || has_checkpoint(t->run, t->at.best_step))
        return;
    t->at.best_step = t->at.validations_since_best = 0;
    t->at.best_score = (double)NAN;
}

static huse_status go_on(job *j, huse_err *err)
{
    huse_trainer *t = &j->t;
    char          skipped[256];
    huse_status   s = huse_checkpoint_read_newest(t->run, &t->at, &t->params, &t->net->params, t->net->w, t->m, t->v,
                                                  skipped, err);
    say(j, skipped);
    if (s == HUSE_OK && t->at.other_core)
        say(j, "this processor computes in another order than the one before: the run goes on, but not to the same bits");
    if (s == HUSE_NOT_FOUND) { /* no checkpoint yet: from the start */
        HUSE_TRY(huse_run_params(t->run, &t->params, err));
        huse_params_randomise(&t->net->params, (uint64_t)t->params.seed, t->net->w);
        memset(t->m, 0, t->net->params.floats * sizeof *t->m);
        memset(t->v, 0, t->net->params.floats * sizeof *t->v);
        s = HUSE_OK;
    }
    forget_lost_best(t);
    t->resumed = true;
    if (s == HUSE_OK)
        s = huse_run_rewind(t->run, t->at.step, &t->event, &t->n_events, err);
    return s;
}

static long best_step(const huse_trainer *t)
{
    return t->data->n_split[HUSE_SPLIT_VAL] && t->at.best_step ? t->at.best_step : t->at.step;
}

/* The best step's weights into the network. */
static huse_status load_best(job *j, huse_err *err)
{
    huse_trainer   *t = &j->t;
    huse_checkpoint c;
    if (best_step(t) == t->at.step)
        return HUSE_OK;
    return huse_checkpoint_read(t->run, best_step(t), &c, NULL, &t->net->params, t->net->w, NULL, NULL, err);
}

static huse_status publish(job *j, huse_err *err)
{
    huse_trainer *t = &j->t;
    huse_setup    s = t->setup;
    long          best = best_step(t);
    huse_err      why, untuned = {.status = HUSE_OK};
    char          text[640];
    s.weights.w = t->net->w;
    if (load_best(j, &why) != HUSE_OK) {
        snprintf(text, sizeof text, "the best step cannot be published, the last one is: %s", why.msg);
        say(j, text);
        best = t->at.step;
    }
    j->report->best_step = best;
    HUSE_TRY(huse_publish(j->ws, t->data, &s, t->pool, j->enc, t->run->id, t->method->name, best, j->report->model, &untuned, err));
    if (untuned.status != HUSE_OK) {
        snprintf(text, sizeof text, "how much attributes count stays at its default: %s", untuned.msg);
        say(j, text);
    }
    /* So that resuming it once more changes nothing. A line that cannot be written costs only another publication. */
    huse_err unsaid;
    huse_status logged = huse_run_log(t->run, json_pack("{s:I,s:s,s:I}", "step", (json_int_t)t->at.step, "published", j->report->model,
                                                        "time", (json_int_t)time(NULL)), &unsaid);
    (void)logged;
    return HUSE_OK;
}

/* A run that ended, was published and whose model is still there needs nothing more. */
static bool all_done(const job *j)
{
    const huse_trainer *t = &j->t;
    char               *model = huse_format("%s/models/%s-step-%ld", huse_workspace_dir(j->ws), t->run->id, best_step(t));
    bool                there = huse_fs_is_dir(model) && huse_run_published(t->run, t->at.step);
    free(model);
    return there;
}

static void start_probes(job *j)
{
    huse_trainer       *t = &j->t;
    huse_probes_options o = {.data = t->data, .setup = &t->setup, .method = t->method, .enc = j->enc, .pool = t->pool, .run = t->run,
                             .step = t->at.step, .items_between = (double)t->validate_every * (double)t->sampler.rows,
                             .text = j->opt->probe, .n = j->opt->n_probes, .message = j->opt->message, .ctx = j->opt->ctx};
    bool to_go_on = t->at.step < t->steps; /* else the run's files stay as they are */
    if (!j->opt->no_probes && !j->session && to_go_on)
        t->probes = huse_probes_new(&o);
}

static huse_status run_job(job *j, huse_err *err)
{
    HUSE_TRY(embed(j, err));
    HUSE_TRY(huse_train_open_data(&j->t, j->ws, j->host, &j->enc, err));
    HUSE_TRY(open_run(j, err));
    snprintf(j->report->run, sizeof j->report->run, "%s", j->t.run->id);
    if (j->opt->started)
        j->opt->started(j->opt->ctx, j->t.run->id, j->resumed);
    j->report->score_name = huse_method_score(huse_method_find(j->t.params.method));
    HUSE_TRY(open_setup(j, err));
    HUSE_TRY(huse_trainer_prepare(&j->t, err));
    if (j->resumed)
        HUSE_TRY(go_on(j, err));
    start_probes(j);
    huse_status s = huse_trainer_run(&j->t, j->opt, err);
    j->report->steps = j->t.at.step;
    j->report->best_score = j->t.at.best_score;
    j->report->best_step = j->t.at.best_step;
    j->report->seconds = j->t.at.seconds;
    if (s == HUSE_OK && j->opt->no_publish && j->t.unsaved)
        return huse_fail(err, HUSE_FAILED, "the end of %s is not kept: %s", j->t.run->id, j->t.unsaved_why.msg);
    if (s == HUSE_OK && j->session) {
        j->report->best_step = best_step(&j->t);
        HUSE_TRY(load_best(j, err));
        return j->session->finish(j->session->ctx, &j->t, err);
    }
    if (s != HUSE_OK || j->opt->no_publish)
        return s;
    if (j->resumed && all_done(j)) {
        snprintf(j->report->model, sizeof j->report->model, "%s-step-%ld", j->t.run->id, best_step(&j->t));
        j->report->best_step = best_step(&j->t);
        return HUSE_OK;
    }
    return publish(j, err);
}

huse_status huse_train(huse_workspace *ws, const huse_host *host, const huse_train_options *opt, huse_train_report *report,
                       huse_err *err)
{
    return huse_train_session(ws, host, opt, NULL, report, err);
}

static huse_status do_job(job *j, huse_status (*how)(job *j, huse_err *err), huse_err *err)
{
    memset(j->report, 0, sizeof *j->report);
    j->t.pool = huse_pool_new(j->host->threads);
    huse_status s = how(j, err);
    huse_trainer_fini(&j->t);
    if (j->enc)
        j->enc->free(j->enc);
    return s;
}

huse_status huse_train_session(huse_workspace *ws, const huse_host *host, const huse_train_options *opt, const huse_session *session,
                               huse_train_report *report, huse_err *err)
{
    job j = {.ws = ws, .host = host, .opt = opt, .session = session, .report = report};
    return do_job(&j, run_job, err);
}

/* The newest checkpoint says which is the best. The log stays as it is but for one line. */
static huse_status publish_job(job *j, huse_err *err)
{
    huse_trainer *t = &j->t;
    char          skipped[256];
    HUSE_TRY(huse_run_open(&t->run, huse_workspace_dir(j->ws), j->opt->run, err));
    HUSE_TRY(huse_run_params_at(t->run->dir, &t->params, err));
    j->resumed = true;
    HUSE_TRY(huse_train_open_data(t, j->ws, j->host, &j->enc, err));
    HUSE_TRY(open_setup(j, err));
    HUSE_TRY(huse_trainer_prepare(t, err));
    HUSE_TRY(huse_checkpoint_read_newest(t->run, &t->at, &t->params, &t->net->params, t->net->w, t->m, t->v, skipped, err));
    forget_lost_best(t);
    return publish(j, err);
}

huse_status huse_run_publish(huse_workspace *ws, const huse_host *host, const char *run, char model[64], huse_err *err)
{
    huse_train_options opt = {.run = run};
    huse_train_report  report;
    job                j = {.ws = ws, .host = host, .opt = &opt, .report = &report};
    huse_status        s = do_job(&j, publish_job, err);
    if (s == HUSE_OK)
        memcpy(model, report.model, 64);
    return s;
}
