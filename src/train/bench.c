#include "train/bench.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "train/bench_cell.h"
#include "train/bench_now.h"
#include "train/bench_plan.h"
#include "train/dataset.h"
#include "train/trainer.h"

enum { QUICK_STEPS = 240, QUICK_EPOCHS = 4 };
/* What the figures depend on beside data and settings: raised when the same settings come to mean something else. */
static const char FIGURES[] = "bench 1 of huse-tui " HUSE_VERSION;

typedef struct bench {
    huse_workspace           *ws;
    const huse_host          *host;
    const huse_bench_options *opt;
    huse_bench_result        *out;
    huse_plan_row            *plan; /* by row of the result */
    huse_bench_sets          *tuned;
    bool                     *waits; /* for trials that are not finished */
    huse_key                  fingerprint;
    int                       lock;
    huse_bench_teller        *teller; /* NULL: nobody is told */
    huse_bench_progress       at;
    double                    started, done_here; /* cells of this life, the present one by its share */
    double                    first;              /* share of the present cell when it was taken up; −1: not yet known */
} bench;

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* ---- progress ---- */

static void on_step(void *ctx, const huse_progress *p)
{
    bench *b = ctx;
    double share = (double)p->step / (double)p->steps, spent = now() - b->started;
    if (b->first < 0)
        b->first = share;
    double here = b->done_here + share - b->first, left = (double)(b->at.cells - b->at.cell) + 1 - share;
    b->at.step = p->step;
    b->at.steps = p->steps;
    b->at.seconds_left = here > 0 ? spent / here * left : (double)NAN;
    huse_bench_tell(b->teller, &b->at, false);
    if (b->opt->progress)
        b->opt->progress(b->opt->ctx, &b->at);
}

static void on_embedding(void *ctx, const char *what, size_t done, size_t total)
{
    const bench *b = ctx;
    if (b->opt->embedding)
        b->opt->embedding(b->opt->ctx, what, done, total);
}

static void on_message(void *ctx, const char *text)
{
    const bench *b = ctx;
    if (b->opt->message)
        b->opt->message(b->opt->ctx, text);
}

/* ---- what there is to be done ---- */

static huse_status measure_data(bench *b, size_t *n_train, bool *validated, huse_err *err)
{
    huse_dataset *d;
    HUSE_TRY(huse_dataset_open(&d, b->ws, err));
    b->fingerprint = huse_dataset_fingerprint_with_test(d);
    b->out->classes = d->items->n_classes;
    *n_train = d->n_split[HUSE_SPLIT_TRAIN];
    *validated = d->n_split[HUSE_SPLIT_VAL] > 0;
    size_t n_test = d->n_split[HUSE_SPLIT_TEST];
    huse_dataset_close(d);
    if (!n_test)
        return huse_fail(err, HUSE_BAD_DATA, "no test item has a class and a feature: there is nothing to compare the methods on");
    return HUSE_OK;
}

static huse_status decide_steps(bench *b, size_t n_train, huse_err *err)
{
    huse_train_params p;
    HUSE_TRY(huse_train_params_init(&p, "default", err));
    p.steps = b->opt->steps;
    b->out->steps = huse_trainer_steps(&p, n_train);
    if (b->opt->quick && !b->opt->steps) {
        long per_epoch = (long)(n_train / HUSE_MAX((size_t)1, HUSE_MIN((size_t)p.batch, n_train)));
        b->out->steps = HUSE_MIN(b->out->steps, HUSE_MAX((long)QUICK_STEPS, QUICK_EPOCHS * per_epoch));
    }
    huse_train_params_fini(&p);
    return HUSE_OK;
}

/* workspace/bench/ID, which belongs to this process from here on. */
static huse_status take_folder(bench *b, huse_err *err)
{
    char             hex[65];
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_sha256_add(c, FIGURES, sizeof FIGURES);
    huse_sha256_add(c, &b->fingerprint, sizeof b->fingerprint);
    huse_key k = huse_sha256_end(c);
    huse_key_hex(hex, &k);
    b->out->dir = huse_format("%s/bench/%.16s", huse_workspace_dir(b->ws), hex);
    if (b->opt->finished)
        return HUSE_OK;
    HUSE_TRY(huse_fs_mkdirs(b->out->dir, err));
    char       *lock = huse_fs_join(b->out->dir, "lock");
    huse_status s = huse_fs_lock(&b->lock, lock, err);
    if (s != HUSE_OK)
        b->lock = -1;
    free(lock);
    if (s == HUSE_OK)
        b->teller = huse_bench_teller_new(b->out->dir);
    return s == HUSE_OK ? huse_cells_prepare(b->out->dir, err) : s;
}

static void add_row(bench *b, const huse_plan_row *plan)
{
    huse_bench_result *r = b->out;
    size_t             n = r->n_rows++;
    b->plan = huse_xrealloc(b->plan, r->n_rows * sizeof *b->plan);
    b->tuned = huse_xrealloc(b->tuned, r->n_rows * sizeof *b->tuned);
    r->row = huse_xrealloc(r->row, r->n_rows * sizeof *r->row);
    b->plan[n] = *plan;
    b->waits = huse_xrealloc(b->waits, r->n_rows * sizeof *b->waits);
    b->tuned[n] = (huse_bench_sets){.n = 0};
    b->waits[n] = false;
    r->row[n] = (huse_bench_row){.label = huse_xstrdup(plan->label), .settings = huse_xstrdup(""), .ablation = plan->ablation,
                                 .score_name = huse_method_score(plan->method)};
    r->row[n].seed = huse_xcalloc((size_t)r->seeds, sizeof *r->row[n].seed);
    r->row[n].val_score = huse_xcalloc((size_t)r->seeds, sizeof *r->row[n].val_score);
    r->row[n].best_step = huse_xcalloc((size_t)r->seeds, sizeof *r->row[n].best_step);
    r->row[n].cell = huse_xcalloc((size_t)r->seeds, sizeof *r->row[n].cell);
}

static huse_status plan_methods(bench *b, huse_err *err)
{
    huse_plan_row *rows;
    size_t         n;
    HUSE_TRY(huse_plan_rows(b->opt->methods, &rows, &n, err));
    for (size_t i = 0; i < n; i++)
        add_row(b, &rows[i]);
    free(rows);
    b->out->n_methods = n;
    return HUSE_OK;
}

/* Trials of a row: 0 where it has nothing to tune. */
static long trials_of(const bench *b, size_t row)
{
    huse_bench_sets none;
    return b->opt->tune && !b->plan[row].ablation && huse_plan_trial(&b->plan[row], 0, &none) ? b->opt->tune : 0;
}

/* ---- cells ---- */

static huse_status check_stop(const bench *b, huse_err *err)
{
    int sig = b->opt->stop ? *b->opt->stop : 0;
    return sig ? huse_fail(err, sig == SIGTERM ? HUSE_TERMINATED : HUSE_INTERRUPTED, "stopped between two cells") : HUSE_OK;
}

/* Its figures into @c, in words what it is into *text, and, for what is no trial, its name into the row. */
static huse_status one_cell(bench *b, size_t row, const huse_bench_sets *tuned, long seed, long trial, huse_cell *c,
                            char **text, huse_err *err)
{
    huse_train_params p;
    HUSE_TRY(check_stop(b, err));
    HUSE_TRY(huse_plan_params(&b->plan[row], tuned, b->out->steps, seed, &p, err));
    huse_cell_job j = {.ws = b->ws, .host = b->host, .dir = b->out->dir, .fingerprint = b->fingerprint, .params = &p,
                       .trial = trial > 0, .finished = b->opt->finished != 0, .keep = b->opt->keep != 0, .stop = b->opt->stop, .progress = on_step, .embedding = on_embedding,
                       .message = on_message, .ctx = b};
    bool   done = huse_cell_done(&j);
    b->out->cells++;
    b->at.label = b->plan[row].label;
    b->at.seed = seed;
    b->at.trial = trial;
    b->at.trials = trial ? b->opt->tune : 0;
    b->at.cell++;
    b->at.step = b->at.steps = 0;
    b->first = -1;
    if (!done)
        huse_bench_tell(b->teller, &b->at, true);
    if (!done && b->opt->progress)
        b->opt->progress(b->opt->ctx, &b->at);
    huse_status s = huse_cell_get(&j, c, err);
    b->out->finished += s == HUSE_OK;
    if (s == HUSE_DIVERGED)
        huse_fail_prefix(err, "%s, seed %ld", b->at.label, seed);
    if (s == HUSE_OK && !done)
        b->done_here += b->first < 0 ? 0 : 1 - b->first;
    if (s == HUSE_OK)
        *text = huse_plan_settings(&b->plan[row], &p);
    if (s == HUSE_OK && !trial)
        b->out->row[row].cell[b->out->row[row].n_seeds] = huse_cell_name(&j);
    huse_train_params_fini(&p);
    return s;
}

/* A cell that is not finished, where only finished ones are wanted. */
static bool unfinished(const bench *b, huse_status s)
{
    return s == HUSE_NOT_FOUND && b->opt->finished;
}

static huse_status tune(bench *b, size_t row, huse_err *err)
{
    huse_bench_row *r = &b->out->row[row];
    long            n = trials_of(b, row);
    r->trial = huse_xcalloc((size_t)n + 1, sizeof *r->trial);
    for (long k = 0; k < n; k++) {
        huse_bench_sets  sets;
        huse_bench_trial *t = &r->trial[k];
        huse_cell        c = {0};
        huse_plan_trial(&b->plan[row], k, &sets);
        huse_status s = one_cell(b, row, &sets, 1, k + 1, &c, &t->settings, err);
        if (unfinished(b, s)) {
            b->waits[row] = true;
            continue;
        }
        HUSE_TRY(s);
        t->score = c.score;
        t->best_step = c.best_step;
        huse_cell_free(&c);
        r->n_trials++;
        if (k == 0 || (isfinite(t->score) && !(t->score <= r->trial[r->chosen].score))) {
            r->chosen = (size_t)k;
            b->tuned[row] = sets;
        }
    }
    return HUSE_OK;
}

static huse_status train_rows(bench *b, size_t first, size_t end, huse_err *err)
{
    for (long s = 0; s < b->out->seeds; s++)
        for (size_t i = first; i < end; i++) {
            huse_bench_row *r = &b->out->row[i];
            huse_cell       c = {0};
            char           *text = NULL;
            if (b->waits[i]) { /* its settings are not known yet */
                b->out->cells++;
                continue;
            }
            huse_status status = one_cell(b, i, &b->tuned[i], s + 1, 0, &c, &text, err);
            if (unfinished(b, status))
                continue;
            HUSE_TRY(status);
            r->seed[r->n_seeds] = c.items;
            r->val_score[r->n_seeds] = c.score;
            r->best_step[r->n_seeds++] = c.best_step;
            free(r->settings);
            r->settings = text;
        }
    return HUSE_OK;
}

/* The row of full HUSE among the methods, SIZE_MAX when it was not asked for. */
static size_t full_row(const bench *b)
{
    huse_plan_row full = huse_plan_full_huse();
    for (size_t i = 0; i < b->out->n_methods; i++)
        if (strcmp(b->plan[i].label, full.label) == 0)
            return i;
    return SIZE_MAX;
}

/* Ablations change what tuning chose for HUSE; the first row is that itself. */
static huse_status plan_ablations(bench *b, huse_err *err)
{
    huse_plan_row     full = huse_plan_full_huse(), *rows;
    huse_train_params p;
    size_t            n, from = full_row(b);
    huse_bench_sets   tuned = from == SIZE_MAX ? (huse_bench_sets){.n = 0} : b->tuned[from];
    HUSE_TRY(huse_plan_params(&full, &tuned, b->out->steps, 1, &p, err));
    huse_plan_ablations(&p, b->out->classes, &rows, &n);
    huse_train_params_fini(&p);
    const bool waits = from != SIZE_MAX && b->waits[from];
    add_row(b, &full);
    b->tuned[b->out->n_rows - 1] = tuned;
    b->waits[b->out->n_rows - 1] = waits;
    for (size_t i = 0; i < n; i++) {
        add_row(b, &rows[i]);
        b->tuned[b->out->n_rows - 1] = tuned;
        b->waits[b->out->n_rows - 1] = waits;
    }
    free(rows);
    return HUSE_OK;
}

/* ---- what was asked for, for those who look at it later ---- */

static json_t *order_json(const huse_bench_options *o, const char *dir)
{
    json_t *j = json_object();
    json_object_set_new(j, "format", json_string("huse-bench-order"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "folder", json_string(strrchr(dir, '/') + 1));
    json_object_set_new(j, "methods", o->methods ? json_string(o->methods) : json_null());
    json_object_set_new(j, "seeds", json_integer(o->seeds));
    json_object_set_new(j, "tune", json_integer(o->tune));
    json_object_set_new(j, "steps", json_integer(o->steps));
    json_object_set_new(j, "quick", json_integer(o->quick != 0));
    json_object_set_new(j, "ablate", json_integer(o->ablate != 0));
    return j;
}

static huse_status write_order(const bench *b, huse_err *err)
{
    char       *path = huse_format("%s/bench/last.json", huse_workspace_dir(b->ws));
    json_t     *o = order_json(b->opt, b->out->dir);
    char       *text = json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    huse_status s = huse_fs_write_atomic(path, text, strlen(text), err);
    free(text);
    json_decref(o);
    free(path);
    return s;
}

/* A whole number of the order; false when it is none or out of range. */
static bool read_number(const json_t *o, const char *key, long most, long *out)
{
    const json_t *v = json_object_get(o, key);
    *out = (long)json_integer_value(v);
    return json_is_integer(v) && *out >= 0 && *out <= most;
}

static huse_status read_order(const json_t *o, huse_bench_options *opt, char **methods, huse_err *err)
{
    const json_t *names = json_object_get(o, "methods");
    long          quick, ablate;
    if (!read_number(o, "seeds", 100, &opt->seeds) || !read_number(o, "tune", 1000, &opt->tune) ||
        !read_number(o, "steps", 100000000, &opt->steps) || !read_number(o, "quick", 1, &quick) || !read_number(o, "ablate", 1, &ablate) ||
        (!json_is_null(names) && !json_is_string(names)))
        return huse_fail(err, HUSE_BAD_DATA, "it does not hold what a bench writes");
    opt->quick = (int)quick;
    opt->ablate = (int)ablate;
    opt->methods = *methods = json_is_string(names) ? huse_xstrdup(json_string_value(names)) : NULL;
    return HUSE_OK;
}

huse_status huse_bench_finished(huse_workspace *ws, const huse_host *host, volatile const int *stop, huse_bench_result **out, huse_err *err)
{
    enum { MOST_ORDER = 1 << 16 };
    huse_bench_options opt = {.finished = 1, .stop = stop};
    char              *path = huse_format("%s/bench/last.json", huse_workspace_dir(ws)), *text = NULL, *methods = NULL;
    size_t             n;
    json_t            *o = NULL;
    huse_status        s = huse_fs_read(path, MOST_ORDER, &text, &n, err);
    if (s == HUSE_OK)
        s = huse_json_parse(&o, text, n, path, err);
    if (s == HUSE_OK) {
        s = read_order(o, &opt, &methods, err);
        if (s != HUSE_OK)
            huse_fail_prefix(err, "%s", path);
    }
    if (s == HUSE_OK)
        s = huse_bench(ws, host, &opt, out, err);
    json_decref(o);
    free(methods);
    free(text);
    free(path);
    return s;
}

static huse_status run(bench *b, huse_err *err)
{
    size_t             n_train;
    bool               validated;
    huse_embed_options how = {.fit_as_before = true, .stop = b->opt->stop, .progress = b->opt->embedding, .ctx = b->opt->ctx};
    huse_embed_report  embedded;
    HUSE_TRY(plan_methods(b, err));
    if (!b->opt->finished)
        HUSE_TRY(huse_embed(b->ws, b->host, &how, &embedded, err));
    HUSE_TRY(measure_data(b, &n_train, &validated, err));
    if (b->opt->tune && !validated)
        return huse_fail(err, HUSE_BAD_DATA, "no validation item has a class and a feature: there is nothing to tune on");
    HUSE_TRY(decide_steps(b, n_train, err));
    HUSE_TRY(take_folder(b, err));
    if (!b->opt->finished)
        HUSE_TRY(write_order(b, err));
    b->started = now();
    b->at.seeds = b->out->seeds;
    b->at.cells = b->out->n_methods * (size_t)b->out->seeds;
    for (size_t i = 0; i < b->out->n_methods; i++)
        b->at.cells += (size_t)trials_of(b, i);
    for (size_t i = 0; i < b->out->n_methods; i++)
        HUSE_TRY(tune(b, i, err));
    if (b->opt->ablate) {
        HUSE_TRY(plan_ablations(b, err));
        b->at.cells += (b->out->n_rows - b->out->n_methods) * (size_t)b->out->seeds;
    }
    HUSE_TRY(train_rows(b, 0, b->out->n_methods, err));
    return train_rows(b, b->out->n_methods, b->out->n_rows, err);
}

huse_status huse_bench(huse_workspace *ws, const huse_host *host, const huse_bench_options *opt, huse_bench_result **out,
                       huse_err *err)
{
    bench b = {.ws = ws, .host = host, .opt = opt, .lock = -1, .at = {.seconds_left = (double)NAN}};
    b.out = huse_xcalloc(1, sizeof *b.out);
    b.out->seeds = HUSE_MAX(opt->seeds, 1L);
    huse_status s = run(&b, err);
    if (b.lock >= 0)
        close(b.lock);
    huse_bench_teller_free(b.teller); /* whoever watches the file finds the lock free */
    free(b.plan);
    free(b.tuned);
    free(b.waits);
    if (s == HUSE_OK)
        *out = b.out;
    else
        huse_bench_free(b.out);
    return s;
}

void huse_bench_free(huse_bench_result *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_rows; i++) {
        huse_bench_row *row = &r->row[i];
        for (size_t s = 0; s < row->n_seeds; s++) {
            huse_eval_items_free(&row->seed[s]);
            free(row->cell[s]);
        }
        for (size_t k = 0; row->trial && k < row->n_trials; k++)
            free(row->trial[k].settings);
        free(row->trial);
        free(row->seed);
        free(row->cell);
        free(row->val_score);
        free(row->best_step);
        free(row->settings);
        free(row->label);
    }
    free(r->row);
    free(r->dir);
    free(r);
}
