#include "train/bench_now.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "huse/report.h"

#define NAME "now.json"
enum { BYTES = 512, REST_MS = 500, MOST_ORDER = 1 << 16 };

struct huse_bench_teller {
    char   *path;
    int     fd;
    int64_t told; /* milliseconds */
};

/* ---- telling ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

huse_bench_teller *huse_bench_teller_new(const char *dir)
{
    huse_bench_teller *t = huse_xcalloc(1, sizeof *t);
    t->path = huse_fs_join(dir, NAME);
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    t->told = INT64_MIN / 2;
    return t;
}

void huse_bench_tell(huse_bench_teller *t, const huse_bench_progress *p, bool at_once)
{
    const int64_t ms = now_ms();
    if (!t || t->fd < 0 || (!at_once && ms - t->told < REST_MS))
        return;
    char    text[BYTES];
    json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "row", p->label, "seed", (json_int_t)p->seed, "seeds",
                          (json_int_t)p->seeds, "trial", (json_int_t)p->trial, "trials", (json_int_t)p->trials, "cell",
                          (json_int_t)p->cell, "cells", (json_int_t)p->cells, "step", (json_int_t)p->step, "steps",
                          (json_int_t)p->steps);
    if (isfinite(p->seconds_left))
        json_object_set_new(o, "seconds_left", json_real(p->seconds_left));
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    const int n = snprintf(text, sizeof text, "%-*s\n", BYTES - 2, line ? line : "");
    free(line);
    if (n == BYTES - 1 && pwrite(t->fd, text, (size_t)n, 0) == n) /* always as long as before: a reader finds a whole one */
        t->told = ms;
}

void huse_bench_teller_free(huse_bench_teller *t)
{
    if (!t)
        return;
    if (t->fd >= 0) {
        close(t->fd);
        unlink(t->path);
    }
    free(t->path);
    free(t);
}

/* ---- looking ---- */

static json_t *read_object(const char *path)
{
    char    *text = NULL;
    size_t   n;
    json_t  *o = NULL;
    huse_err none;
    if (huse_fs_read(path, MOST_ORDER, &text, &n, &none) != HUSE_OK || huse_json_parse(&o, text, n, path, &none) != HUSE_OK)
        o = NULL;
    free(text);
    return o;
}

static size_t count_of(const json_t *o, const char *key)
{
    const json_int_t v = json_integer_value(json_object_get(o, key));
    return v > 0 ? (size_t)v : 0;
}

static void take(huse_bench_now *out, const json_t *o)
{
    const char *row = json_string_value(json_object_get(o, "row"));
    snprintf(out->row, sizeof out->row, "%s", row ? row : "");
    out->seed = count_of(o, "seed");
    out->seeds = count_of(o, "seeds");
    out->trial = count_of(o, "trial");
    out->trials = count_of(o, "trials");
    out->cell = count_of(o, "cell");
    out->cells = count_of(o, "cells");
    out->step = count_of(o, "step");
    out->steps = count_of(o, "steps");
    const json_t *left = json_object_get(o, "seconds_left");
    out->seconds_left = json_is_number(left) ? json_number_value(left) : (double)NAN;
}

bool huse_bench_look(const char *workspace, huse_bench_now *out)
{
    char       *bench = huse_fs_join(workspace, "bench"), *last = huse_fs_join(bench, "last.json");
    json_t     *order = huse_fs_exists(last) ? read_object(last) : NULL;
    const char *folder = json_string_value(json_object_get(order, "folder"));
    bool        on = false;
    *out = (huse_bench_now){.seconds_left = (double)NAN};
    if (folder && strspn(folder, "0123456789abcdef") == strlen(folder) && strlen(folder) < sizeof out->folder) {
        char *dir = huse_fs_join(bench, folder), *lock = huse_fs_join(dir, "lock"), *now = huse_fs_join(dir, NAME);
        snprintf(out->folder, sizeof out->folder, "%s", folder);
        on = huse_fs_locked(lock);
        json_t *o = on && huse_fs_exists(now) ? read_object(now) : NULL;
        take(out, o);
        json_decref(o);
        free(now);
        free(lock);
        free(dir);
    }
    json_decref(order);
    free(last);
    free(bench);
    return on;
}
