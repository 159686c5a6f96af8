#include "train/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "train/config.h"

enum { LOCK_WAIT_MS = 500, LOG_MAX = 1 << 30, JSON_MAX = 1 << 20 };

/* N of "prefixN" with nothing after it, or -1. */
static long numbered(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    char  *end;
    if (strncmp(name, prefix, n) != 0 || name[n] < '0' || name[n] > '9')
        return -1;
    errno = 0;
    long v = strtol(name + n, &end, 10);
    return *end || errno ? -1 : v;
}

long huse_run_number(const char *id)
{
    return numbered(id, "run-");
}

static huse_status newest(const char *runs, long *n, huse_err *err)
{
    char **names;
    size_t count;
    *n = 0;
    HUSE_TRY(huse_fs_list(runs, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        long v = huse_run_number(names[i]);
        *n = HUSE_MAX(*n, v);
    }
    huse_fs_free_names(names, count);
    return HUSE_OK;
}

static char *file_of(const huse_run *run, const char *name)
{
    return huse_fs_join(run->dir, name);
}

static huse_status start(huse_run *run, huse_err *err)
{
    char       *lock = file_of(run, "lock"), *log = file_of(run, "metrics.jsonl");
    /* Not at once: whoever asks if the run goes on holds the lock for a moment. */
    huse_status s = huse_fs_lock_wait(&run->lock, lock, LOCK_WAIT_MS, err);
    if (s != HUSE_OK) {
        run->lock = -1;
        huse_fail_prefix(err, "run %s", run->id);
    } else {
        huse_fs_remove_stale(run->dir); /* a finished run writes no checkpoint that would do it */
        run->log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (run->log < 0)
            s = huse_fail_errno(err, "%s", log);
    }
    if (s == HUSE_OK)
        huse_run_control_settle(run);
    free(lock);
    free(log);
    return s;
}

static huse_run *run_new(const char *runs, char *id)
{
    huse_run *run = huse_xcalloc(1, sizeof *run);
    run->id = id;
    run->dir = huse_fs_join(runs, id);
    run->lock = run->log = -1;
    return run;
}

huse_status huse_run_create(huse_run **out, const char *workspace, const huse_train_params *p, huse_err *err)
{
    char       *runs = huse_fs_join(workspace, "runs"), *config = NULL;
    huse_run   *run = NULL;
    long        n;
    huse_status s = huse_fs_mkdirs(runs, err);
    if (s == HUSE_OK)
        s = newest(runs, &n, err);
    for (; s == HUSE_OK && !run; n++) {
        run = run_new(runs, huse_format("run-%ld", n + 1));
        if (mkdir(run->dir, 0777) == 0)
            break;
        if (errno != EEXIST)
            s = huse_fail_errno(err, "%s", run->dir);
        huse_run_close(run);
        run = NULL;
    }
    if (s == HUSE_OK)
        s = start(run, err);
    if (s == HUSE_OK) {
        json_t *o = huse_train_params_json(p);
        char   *text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        config = file_of(run, "config.json");
        s = huse_fs_write_atomic(config, text, strlen(text), err);
        free(text);
        json_decref(o);
    }
    if (s == HUSE_OK)
        *out = run;
    else
        huse_run_close(run);
    free(runs);
    free(config);
    return s;
}

huse_status huse_run_open(huse_run **out, const char *workspace, const char *id, huse_err *err)
{
    char       *runs = huse_fs_join(workspace, "runs");
    long        n = 0;
    huse_status s = HUSE_OK;
    if (!id)
        s = huse_fs_is_dir(runs) ? newest(runs, &n, err) : HUSE_OK;
    if (s == HUSE_OK && ((id && huse_run_number(id) < 0) || (!id && !n)))
        s = huse_fail(err, HUSE_NOT_FOUND, "%s has no run %s", workspace, id ? id : "yet");
    if (s == HUSE_OK) {
        huse_run *run = run_new(runs, id ? huse_xstrdup(id) : huse_format("run-%ld", n));
        s = huse_fs_is_dir(run->dir) ? start(run, err)
                                     : huse_fail(err, HUSE_NOT_FOUND, "%s has no run %s", workspace, run->id);
        if (s == HUSE_OK)
            *out = run;
        else
            huse_run_close(run);
    }
    free(runs);
    return s;
}

static huse_status read_params(const char *dir, huse_train_params *p, huse_err *err)
{
    char       *path = huse_fs_join(dir, "config.json"), *text;
    size_t      n;
    json_t     *o;
    huse_status s = huse_fs_read(path, JSON_MAX, &text, &n, err);
    if (s == HUSE_OK) {
        s = huse_json_parse(&o, text, n, path, err);
        free(text);
        if (s == HUSE_OK) {
            s = huse_train_params_from_json(p, o, err);
            json_decref(o);
        }
    }
    free(path);
    return s;
}

huse_status huse_run_params(const huse_run *run, huse_train_params *p, huse_err *err)
{
    return read_params(run->dir, p, err);
}

huse_status huse_run_params_at(const char *dir, huse_train_params *p, huse_err *err)
{
    HUSE_TRY(huse_train_params_init(p, "default", err));
    huse_status s = read_params(dir, p, err);
    if (s != HUSE_OK)
        huse_train_params_fini(p);
    return s;
}

void huse_run_close(huse_run *run)
{
    if (!run)
        return;
    if (run->log >= 0)
        close(run->log);
    if (run->lock >= 0)
        close(run->lock);
    free(run->id);
    free(run->dir);
    free(run);
}

/* Appends @line to an open file and steals it. What fails leaves no torn line. */
static huse_status append(int fd, json_t *line, const char *dir, const char *name, int64_t most, bool *full, huse_err *err)
{
    /* A setting is replayed to the bit; figures are for reading. */
    size_t      digits = json_object_get(line, "set") ? JSON_REAL_PRECISION((size_t)17) : JSON_REAL_PRECISION((size_t)9);
    char       *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER | digits);
    huse_buf    b = {0};
    struct stat st;
    huse_status s = HUSE_OK;
    huse_buf_str(&b, text);
    huse_buf_str(&b, "\n");
    bool known = fstat(fd, &st) == 0;
    *full = known && st.st_size + (int64_t)b.len > most;
    if (!*full && !huse_fs_write_all(fd, b.data, b.len)) {
        s = huse_fail_errno(err, "cannot write %s/%s", dir, name);
        if (known && ftruncate(fd, st.st_size) != 0)
            huse_fail_prefix(err, "a line is left torn");
    }
    huse_buf_free(&b);
    free(text);
    json_decref(line);
    return s;
}

huse_status huse_run_log(huse_run *run, json_t *line, huse_err *err)
{
    bool full;
    return append(run->log, line, run->dir, "metrics.jsonl", INT64_MAX, &full, err);
}

huse_status huse_run_append(const huse_run *run, const char *name, json_t *line, int64_t most, bool *full, huse_err *err)
{
    char *path = file_of(run, name);
    int   fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
    huse_status s = HUSE_OK;
    if (fd < 0) {
        s = huse_fail_errno(err, "%s", path);
        json_decref(line);
    } else {
        s = append(fd, line, run->dir, name, most, full, err);
        close(fd);
    }
    free(path);
    return s;
}

/* A line's event, if it is one. */
static bool read_event(const json_t *o, huse_event *e)
{
    const char *option = json_string_value(json_object_get(o, "set"));
    if (!option || strlen(option) >= sizeof e->option || !json_is_number(json_object_get(o, "value")))
        return false;
    e->step = (long)json_integer_value(json_object_get(o, "step"));
    snprintf(e->option, sizeof e->option, "%s", option);
    e->value = json_number_value(json_object_get(o, "value"));
    return true;
}

typedef struct events {
    huse_event *list;
    size_t      n;
} events;

/* Puts @e in its place by step; what an earlier life set at that step or later is undone by it. */
static void add_event(events *v, const huse_event *e)
{
    size_t n = 0, at;
    for (size_t i = 0; i < v->n; i++)
        if (v->list[i].step < e->step || strcmp(v->list[i].option, e->option) != 0)
            v->list[n++] = v->list[i];
    v->list = huse_xrealloc(v->list, (n + 1) * sizeof *v->list);
    for (at = n; at > 0 && v->list[at - 1].step > e->step; at--)
        v->list[at] = v->list[at - 1];
    v->list[at] = *e;
    v->n = n + 1;
}

/* Lines to keep into @keep, events into @v (NULL: not looked for). The last line may lack its end: it was never written whole. */
static void sift(char *text, size_t bytes, long step, huse_buf *keep, events *v)
{
    for (char *line = text, *end; (end = memchr(line, '\n', bytes - (size_t)(line - text))); line = end + 1) {
        json_t    *o = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        huse_event e;
        bool       event = v && o && read_event(o, &e);
        if (event)
            add_event(v, &e);
        if (o && (event || json_integer_value(json_object_get(o, "step")) <= step))
            huse_buf_add(keep, line, (size_t)(end - line) + 1);
        json_decref(o);
    }
}

/* The log becomes @keep; its name then means another file. */
static huse_status replace_log(huse_run *run, const char *path, const huse_buf *keep, huse_err *err)
{
    HUSE_TRY(huse_fs_write_atomic(path, keep->data ? keep->data : "", keep->len, err));
    int log = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (log < 0)
        return huse_fail_errno(err, "cannot open %s", path);
    close(run->log);
    run->log = log;
    return HUSE_OK;
}

huse_status huse_run_rewind(huse_run *run, long step, huse_event **list, size_t *n, huse_err *err)
{
    char       *path = file_of(run, "metrics.jsonl"), *text;
    size_t      bytes;
    huse_buf    keep = {0};
    events      v = {0};
    huse_status s = huse_fs_read(path, LOG_MAX, &text, &bytes, err);
    if (s == HUSE_OK) {
        sift(text, bytes, step, &keep, &v);
        free(text);
        if (keep.len != bytes)
            s = replace_log(run, path, &keep, err);
    }
    if (s == HUSE_OK) {
        *list = v.list;
        *n = v.n;
    } else {
        free(v.list);
    }
    huse_buf_free(&keep);
    free(path);
    return s;
}

huse_status huse_run_cut(const huse_run *run, const char *name, long step, huse_err *err)
{
    char       *path = file_of(run, name), *text;
    size_t      bytes;
    huse_buf    keep = {0};
    huse_status s = HUSE_OK;
    if (huse_fs_exists(path))
        s = huse_fs_read(path, LOG_MAX, &text, &bytes, err);
    else
        bytes = 0;
    if (s == HUSE_OK && bytes) {
        sift(text, bytes, step, &keep, NULL);
        if (keep.len != bytes)
            s = huse_fs_write_atomic(path, keep.data ? keep.data : "", keep.len, err);
        free(text);
    }
    huse_buf_free(&keep);
    free(path);
    return s;
}

bool huse_run_published(const huse_run *run, long step)
{
    char    *path = file_of(run, "metrics.jsonl"), *text;
    size_t   bytes;
    bool     yes = false;
    if (huse_fs_read(path, LOG_MAX, &text, &bytes, NULL) == HUSE_OK) {
        for (char *line = text, *end; (end = memchr(line, '\n', bytes - (size_t)(line - text))); line = end + 1) {
            json_t *o = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
            yes |= json_is_string(json_object_get(o, "published")) && json_integer_value(json_object_get(o, "step")) == step;
            json_decref(o);
        }
        free(text);
    }
    free(path);
    return yes;
}

static int by_value(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

huse_status huse_run_checkpoints(const huse_run *run, long **steps, size_t *n, huse_err *err)
{
    char **names;
    size_t count;
    HUSE_TRY(huse_fs_list(run->dir, &names, &count, err));
    *steps = huse_xcalloc(count, sizeof **steps);
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        long v = numbered(names[i], "step-");
        if (v >= 0)
            (*steps)[(*n)++] = v;
    }
    qsort(*steps, *n, sizeof **steps, by_value);
    huse_fs_free_names(names, count);
    return HUSE_OK;
}
