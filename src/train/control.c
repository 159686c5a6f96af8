/* control.json: what a run is asked for, written by whoever steers and read by the trainer. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "base/text.h"
#include "huse/runs.h"
#include "train/config.h"
#include "train/probes.h"
#include "train/run.h"

enum { CONTROL_MAX = 1 << 20, LOCK_WAIT_MS = 2000 };
/* Two versions of a file written within this time may look the same. */
static const int64_t FRESH_NS = 100000000;

static char *control_path(const char *dir)
{
    return huse_fs_join(dir, "control.json");
}

static huse_stamp stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return (huse_stamp){0};
    return (huse_stamp){(uint64_t)st.st_ino, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, st.st_size};
}

static bool same_stamp(const huse_stamp *a, const huse_stamp *b)
{
    return a->ino == b->ino && a->mtime_ns == b->mtime_ns && a->size == b->size;
}

static json_t *read_control(const char *path)
{
    json_t *o = NULL;
    char   *text;
    size_t  n;
    if (huse_fs_read(path, CONTROL_MAX, &text, &n, NULL) != HUSE_OK)
        return NULL;
    if (huse_json_parse(&o, text, n, path, NULL) != HUSE_OK)
        o = NULL;
    free(text);
    if (o && !json_is_object(o)) {
        json_decref(o);
        o = NULL;
    }
    return o;
}

json_t *huse_run_control_read(const char *dir)
{
    char   *path = control_path(dir);
    json_t *o = read_control(path);
    free(path);
    return o;
}

/* ---- for the trainer ---- */

static bool fresh(const huse_stamp *s)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    int64_t age = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec - s->mtime_ns;
    return age > -FRESH_NS && age < FRESH_NS;
}

json_t *huse_run_control(huse_run *run, bool *old)
{
    char path[4096]; /* no allocation between steps */
    if (snprintf(path, sizeof path, "%s/control.json", run->dir) >= (int)sizeof path)
        return NULL;
    huse_stamp is = stamp_of(path);
    if (!is.ino || (same_stamp(&is, &run->control) && !fresh(&is)))
        return NULL;
    run->control = is;
    *old = same_stamp(&is, &run->control_was);
    return read_control(path);
}

void huse_run_control_again(huse_run *run)
{
    run->control = (huse_stamp){0};
}

/* ---- for those who steer ---- */

typedef void edit(json_t *control, const void *what);

/* Reads, changes and replaces it under a lock of its own. */
static huse_status change(const char *dir, edit *how, const void *what, huse_err *err)
{
    char *lock = huse_fs_join(dir, "control.lock"), *path = control_path(dir);
    int   fd = -1;
    huse_status s = huse_fs_lock_wait(&fd, lock, LOCK_WAIT_MS, err);
    if (s == HUSE_OK) {
        json_t *o = read_control(path);
        if (!o)
            o = json_object();
        how(o, what);
        char *text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        s = huse_fs_write_atomic(path, text, strlen(text), err);
        free(text);
        json_decref(o);
        close(fd);
    }
    free(lock);
    free(path);
    return s;
}

static void forget_orders(json_t *control, const void *what)
{
    (void)what;
    json_object_del(control, "pause");
    json_object_del(control, "stop");
}

void huse_run_control_settle(huse_run *run)
{
    json_t *o = huse_run_control_read(run->dir);
    char   *path = control_path(run->dir);
    if (json_is_true(json_object_get(o, "pause")) || json_is_true(json_object_get(o, "stop"))) {
        huse_err none;
        (void)!change(run->dir, forget_orders, NULL, &none); /* an order that stays is known as an old one */
    }
    run->control_was = stamp_of(path);
    json_decref(o);
    free(path);
}

static huse_status change_run(const char *workspace, const char *run, edit *how, const void *what, huse_err *err)
{
    char       *dir = huse_format("%s/runs/%s", workspace, run);
    huse_status s = huse_run_number(run) >= 0 && huse_fs_is_dir(dir) ? change(dir, how, what, err)
                                                               : huse_fail(err, HUSE_NOT_FOUND, "there is no run %s", run);
    free(dir);
    return s;
}

static void edit_pause(json_t *control, const void *what)
{
    json_object_set_new(control, "pause", json_boolean(*(const bool *)what));
}

huse_status huse_run_pause(const char *workspace, const char *run, bool pause, huse_err *err)
{
    return change_run(workspace, run, edit_pause, &pause, err);
}

static void edit_stop(json_t *control, const void *what)
{
    (void)what;
    json_object_set_new(control, "stop", json_true());
}

huse_status huse_run_stop(const char *workspace, const char *run, huse_err *err)
{
    return change_run(workspace, run, edit_stop, NULL, err);
}

typedef struct setting {
    const char *option;
    double      value;
} setting;

static void edit_setting(json_t *control, const void *what)
{
    const setting *s = what;
    json_object_set_new(control, s->option, json_real(s->value));
}

huse_status huse_run_set(const char *workspace, const char *run, const char *option, const char *value, huse_err *err)
{
    huse_train_params p;
    double            low, high, *live;
    setting           what = {.option = option};
    HUSE_TRY(huse_train_params_init(&p, "default", err));
    huse_status s = huse_train_params_set(&p, option, value, err);
    if (s == HUSE_OK && !(live = huse_train_params_live(&p, option, &low, &high)))
        s = huse_fail(err, HUSE_USAGE, "%s cannot be changed while a run goes on", option);
    else if (s == HUSE_OK)
        what.value = *live;
    huse_train_params_fini(&p);
    return s == HUSE_OK ? change_run(workspace, run, edit_setting, &what, err) : s;
}

huse_status huse_hp_check(const char *option, const char *value, huse_err *err)
{
    huse_train_params p;
    HUSE_TRY(huse_train_params_init(&p, "default", err));
    huse_status s = huse_train_params_set(&p, option, value, err);
    huse_train_params_fini(&p);
    return s;
}

static void edit_probes(json_t *control, const void *what)
{
    json_object_set(control, "probes", (json_t *)(uintptr_t)what);
}

huse_status huse_run_probe(const char *workspace, const char *run, const char *const *text, size_t n, huse_err *err)
{
    json_t     *list = json_array();
    huse_status s = huse_probes_check(text, n, err);
    for (size_t i = 0; s == HUSE_OK && i < n; i++)
        json_array_append_new(list, json_string(text[i]));
    if (s == HUSE_OK)
        s = change_run(workspace, run, edit_probes, list, err);
    json_decref(list);
    return s;
}
