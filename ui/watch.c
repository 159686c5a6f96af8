#include "watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fs.h"
#include "huse/report.h"

#define REST_MS  1000 /* between two looks */
#define BLIND_MS 2000 /* the same where nobody tells of changes */
#define RUN_DIR  (IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO)
#define FOLDER   (IN_CREATE | IN_MOVED_TO | IN_DELETE)

typedef struct seen_dir { /* a folder that is watched */
    char *name; /* of a run; "" the workspace, "runs", "models" */
    int   wd;
} seen_dir;

struct ui_watch {
    huse_runs *runs;
    char      *dir;
    int        fd;
    seen_dir  *seen;
    size_t     n_seen;
    int        whole, models; /* watch descriptors: of the workspace, of its models */
    int64_t    last, due;
    bool       often, published, catalogue;
};

/* ---- what is watched ---- */

static int follow_dir(ui_watch *w, const char *name, const char *path, uint32_t mask)
{
    for (size_t i = 0; i < w->n_seen; i++)
        if (strcmp(w->seen[i].name, name) == 0)
            return w->seen[i].wd;
    const int wd = w->fd >= 0 ? inotify_add_watch(w->fd, path, mask | IN_ONLYDIR) : -1;
    if (wd < 0)
        return -1;
    w->seen = huse_xrealloc(w->seen, (w->n_seen + 1) * sizeof *w->seen);
    w->seen[w->n_seen++] = (seen_dir){huse_xstrdup(name), wd};
    return wd;
}

static void forget_dir(ui_watch *w, int wd)
{
    for (size_t i = 0; i < w->n_seen; i++)
        if (w->seen[i].wd == wd) {
            free(w->seen[i].name);
            w->seen[i--] = w->seen[--w->n_seen];
        }
}

static void follow_dirs(ui_watch *w)
{
    size_t               n;
    const huse_run_info *run = huse_runs_list(w->runs, &n);
    char                *runs = huse_fs_join(w->dir, "runs"), *models = huse_fs_join(w->dir, "models"), *bench = huse_fs_join(w->dir, "bench");
    huse_bench_now       now;
    w->whole = follow_dir(w, "", w->dir, IN_CREATE | IN_MODIFY);
    follow_dir(w, "bench", bench, FOLDER);
    (void)huse_bench_look(w->dir, &now);
    if (now.folder[0]) {
        char *path = huse_fs_join(bench, now.folder), *name = huse_format("bench/%s", now.folder);
        follow_dir(w, name, path, RUN_DIR);
        free(path);
        free(name);
    }
    follow_dir(w, "runs", runs, FOLDER);
    w->models = follow_dir(w, "models", models, FOLDER);
    for (size_t i = 0; i < n; i++) {
        char *path = huse_fs_join(runs, run[i].id), *name = huse_format("run/%s", run[i].id);
        follow_dir(w, name, path, RUN_DIR);
        free(path);
        free(name);
    }
    free(runs);
    free(models);
    free(bench);
}

/* ---- when to look ---- */

static void look_at(ui_watch *w, int64_t when)
{
    w->due = HUSE_MIN(w->due, when);
}

static bool any_live(const ui_watch *w)
{
    return ui_runs_live(w->runs) != NULL;
}

int ui_watch_fd(const ui_watch *w)
{
    return w->due == INT64_MAX || w->often ? w->fd : -1;
}

int64_t ui_watch_due(const ui_watch *w)
{
    return w->due;
}

void ui_watch_wake(ui_watch *w, int64_t now_ms)
{
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t n;
    while ((n = read(w->fd, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const struct inotify_event *)(bytes + at);
            if (e->mask & IN_IGNORED)
                forget_dir(w, e->wd);
            if (e->wd == w->models && e->len && strcmp(e->name, "CURRENT") == 0)
                w->published = true;
            if (e->wd == w->whole && (e->mask & IN_MODIFY) && e->len && strncmp(e->name, "catalogue.db", 12) == 0)
                w->catalogue = true;
            at += (ssize_t)(sizeof *e + e->len);
        }
    look_at(w, HUSE_MAX(now_ms, w->last + REST_MS));
}

bool ui_watch_look(ui_watch *w, int64_t now_ms)
{
    bool     changed = false;
    huse_err err;
    w->last = now_ms;
    w->due = INT64_MAX;
    if (huse_runs_refresh(w->runs, &changed, &err) != HUSE_OK)
        changed = false; /* the list as it was is shown, and the next look tries again */
    follow_dirs(w);
    if (w->often)
        look_at(w, now_ms + REST_MS);
    else if (w->fd < 0 && any_live(w))
        look_at(w, now_ms + BLIND_MS);
    return changed;
}

void ui_watch_soon(ui_watch *w)
{
    w->due = 0;
}

void ui_watch_often(ui_watch *w, bool often)
{
    if (often && !w->often)
        look_at(w, w->last + REST_MS);
    w->often = often;
}

bool ui_watch_catalogue(ui_watch *w)
{
    const bool was = w->catalogue;
    w->catalogue = false;
    return was;
}

bool ui_watch_published(ui_watch *w)
{
    const bool published = w->published;
    w->published = false;
    return published;
}

const huse_runs *ui_watch_runs(const ui_watch *w)
{
    return w->runs;
}

const huse_run_info *ui_runs_live(const huse_runs *runs)
{
    size_t               n = 0;
    const huse_run_info *run = runs ? huse_runs_list(runs, &n) : NULL;
    while (n-- > 0)
        if (huse_run_is_live(run[n].state))
            return &run[n];
    return NULL;
}

/* ---- life ---- */

ui_watch *ui_watch_new(const char *dir, huse_runs *runs)
{
    ui_watch *w = huse_xcalloc(1, sizeof *w);
    *w = (ui_watch){.runs = runs, .dir = huse_xstrdup(dir), .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .models = -1, .last = INT64_MIN / 2};
    follow_dirs(w);
    look_at(w, 0); /* what changed since the list was read */
    return w;
}

void ui_watch_free(ui_watch *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_seen; i++)
        free(w->seen[i].name);
    if (w->fd >= 0)
        close(w->fd);
    huse_runs_free(w->runs);
    free(w->seen);
    free(w->dir);
    free(w);
}
