#include "train/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "tensor/gemm.h"
#include "train/config.h"

enum { CHECKPOINT_VERSION = 1, KEEP = 3 };
static const char FORMAT[] = "huse-checkpoint", FILE_NAME[] = "state.safetensors";

static json_t *meta_of(const huse_checkpoint *c, const huse_train_params *p)
{
    json_t *o = json_object();
    json_object_set_new(o, "step", json_integer(c->step));
    json_object_set_new(o, "best_step", json_integer(c->best_step));
    json_object_set_new(o, "validations_since_best", json_integer(c->validations_since_best));
    json_object_set_new(o, "best_score", isfinite(c->best_score) ? json_real(c->best_score) : json_null());
    json_object_set_new(o, "seconds", json_real(c->seconds));
    json_object_set_new(o, "first_terms", json_pack("[f,f,f,f]", c->first[0], c->first[1], c->first[2], c->first[3]));
    json_object_set_new(o, "blas_core", json_string(huse_blas_core()));
    json_object_set_new(o, "params", huse_train_params_json(p));
    return o;
}

/* One rename first: a checkpoint is whole or gone, also for who looks while it is removed. */
static bool drop(const huse_run *run, long step)
{
    char *dir = huse_format("%s/step-%ld", run->dir, step);
    char *gone = huse_format("%s/.tmp-%ld-step-%ld", run->dir, (long)getpid(), step);
    bool  ok = rename(dir, gone) == 0 && huse_fs_remove_tree(gone, NULL) == HUSE_OK;
    free(dir);
    free(gone);
    return ok;
}

/* Removes all but the newest KEEP and the best; a failure here costs disk space only. */
static void prune(const huse_run *run, const huse_checkpoint *c)
{
    long  *steps;
    size_t n;
    if (huse_run_checkpoints(run, &steps, &n, NULL) != HUSE_OK)
        return;
    for (size_t i = 0; i + KEEP < n; i++)
        if (steps[i] != c->best_step && !drop(run, steps[i]))
            break;
    free(steps);
}

huse_status huse_checkpoint_write(huse_run *run, const huse_checkpoint *c, const huse_train_params *p,
                                  const huse_params *table, const float *w, const float *m, const float *v,
                                  huse_err *err)
{
    huse_bundle_writer *b;
    huse_array          a[3 * HUSE_MAX_PARAMS];
    char                names[3][HUSE_MAX_PARAMS][64], name[32];
    huse_params_arrays(table, "w.", w, names[0], a);
    huse_params_arrays(table, "m.", m, names[1], a + table->n);
    huse_params_arrays(table, "v.", v, names[2], a + 2 * table->n);
    snprintf(name, sizeof name, "step-%ld", c->step);
    HUSE_TRY(huse_bundle_begin(&b, run->dir, name, err));
    huse_status s = huse_bundle_add_arrays(b, FILE_NAME, a, 3 * table->n, err);
    if (s != HUSE_OK) {
        huse_bundle_abort(b);
        return s;
    }
    json_t *meta = meta_of(c, p);
    s = huse_bundle_commit(b, FORMAT, CHECKPOINT_VERSION, meta, err);
    json_decref(meta);
    if (s == HUSE_OK)
        prune(run, c);
    return s;
}

static bool whole_number(const json_t *meta, const char *name, long most, long *out)
{
    const json_t *v = json_object_get(meta, name);
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > most)
        return false;
    *out = (long)json_integer_value(v);
    return true;
}

static huse_status read_meta(huse_checkpoint *c, long step, const json_t *meta, huse_err *err)
{
    const json_t *best = json_object_get(meta, "best_score"), *first = json_object_get(meta, "first_terms");
    const json_t *seconds = json_object_get(meta, "seconds");
    const char   *core = json_string_value(json_object_get(meta, "blas_core"));
    if (!whole_number(meta, "step", step, &c->step) || c->step != step)
        return huse_fail(err, HUSE_BAD_DATA, "its meta.json names another step");
    bool good = whole_number(meta, "best_step", step, &c->best_step) &&
                whole_number(meta, "validations_since_best", step, &c->validations_since_best) &&
                (json_is_null(best) || json_is_number(best)) && json_is_number(seconds) && json_number_value(seconds) >= 0;
    c->best_score = json_is_number(best) ? json_number_value(best) : (double)NAN;
    c->seconds = json_number_value(seconds);
    for (size_t i = 0; i < HUSE_COUNT(c->first); i++) {
        good &= json_is_number(json_array_get(first, i));
        c->first[i] = json_number_value(json_array_get(first, i));
    }
    c->other_core = !core || strcmp(core, huse_blas_core()) != 0;
    return good ? HUSE_OK : huse_fail(err, HUSE_BAD_DATA, "its meta.json holds figures out of range");
}

/* Everything is looked at before anything is taken. */
static huse_status read_arrays(const huse_params *table, const huse_safetensors *st, float *w, float *m, float *v, huse_err *err)
{
    float *const      to[] = {w, m, v};
    const char *const prefix[] = {"w.", "m.", "v."};
    for (size_t i = 0; i < HUSE_COUNT(to); i++)
        HUSE_TRY(huse_params_check(table, prefix[i], st, err));
    for (size_t i = 0; i < HUSE_COUNT(to); i++)
        if (to[i])
            HUSE_TRY(huse_params_load(table, prefix[i], st, to[i], err));
    return HUSE_OK;
}

huse_status huse_checkpoint_read(const huse_run *run, long step, huse_checkpoint *c, huse_train_params *p,
                                 const huse_params *table, float *w, float *m, float *v, huse_err *err)
{
    const huse_safetensors *st;
    huse_bundle            *b;
    char                   *dir = huse_format("%s/step-%ld", run->dir, step);
    huse_status s = huse_bundle_open(&b, dir, FORMAT, CHECKPOINT_VERSION, HUSE_CHECK_HASHES, err);
    if (s == HUSE_OK) {
        huse_checkpoint read;
        s = read_meta(&read, step, huse_bundle_meta(b), err);
        if (s == HUSE_OK)
            s = huse_bundle_arrays(b, FILE_NAME, &st, err);
        if (s == HUSE_OK)
            s = read_arrays(table, st, w, m, v, err);
        if (s == HUSE_OK && p)
            s = huse_train_params_from_json(p, json_object_get(huse_bundle_meta(b), "params"), err);
        if (s == HUSE_OK)
            *c = read;
        else
            huse_fail_prefix(err, "checkpoint %s", dir);
        huse_bundle_close(b);
    }
    free(dir);
    return s;
}

huse_status huse_checkpoint_read_newest(const huse_run *run, huse_checkpoint *c, huse_train_params *p,
                                        const huse_params *table, float *w, float *m, float *v, char skipped[256],
                                        huse_err *err)
{
    long  *steps;
    size_t n;
    skipped[0] = '\0';
    HUSE_TRY(huse_run_checkpoints(run, &steps, &n, err));
    huse_status s = huse_fail(err, HUSE_NOT_FOUND, "run %s has no checkpoint", run->id);
    while (n-- > 0 && s != HUSE_OK) {
        huse_err why;
        s = huse_checkpoint_read(run, steps[n], c, p, table, w, m, v, &why);
        if (s != HUSE_OK)
            snprintf(skipped, 256, "checkpoint step-%ld is passed over: %.180s", steps[n], why.msg);
    }
    free(steps);
    return s == HUSE_OK ? s : huse_fail(err, HUSE_NOT_FOUND, "run %s has no checkpoint that verifies", run->id);
}
