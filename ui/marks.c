#include "marks.h"

#include <stdlib.h>
#include <string.h>

enum { TOPIC_READ };

struct ui_marks {
    ui_worker       *worker;
    const huse_items *items;
    void (*changed)(void *ctx, const char *why);
    void     *ctx;
    bool     *on;      /* (items->n) as shown */
    bool     *kept;    /* (items->n) as the workspace has them, so far as is known */
    uint32_t *pending; /* (items->n) changes on their way */
    size_t    count;
};

/* One change to be written, or (without items) the reading of all. */
typedef struct mark_job {
    ui_job            job;
    const huse_items *items;
    size_t           *item; /* (n) */
    size_t            n, written;
    bool              value;
    bool             *read; /* (items->n) */
    huse_status       status;
    huse_err          err;
} mark_job;

static void free_job(ui_job *job)
{
    mark_job *m = (mark_job *)job;
    free(m->item);
    free(m->read);
    free(m);
}

static void count(ui_marks *m)
{
    m->count = 0;
    for (size_t i = 0; i < m->items->n; i++)
        m->count += m->on[i];
}

/* ---- reading ---- */

static void run_read(ui_job *job, const ui_tools *t)
{
    mark_job       *m = (mark_job *)job;
    huse_workspace *ws = NULL;
    m->read = huse_xcalloc(HUSE_MAX(m->items->n, 1), sizeof *m->read);
    m->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &m->err);
    if (m->status == HUSE_OK)
        m->status = huse_marks(ws, m->items, m->read, &m->err);
    huse_workspace_close(ws);
}

static void read_done(void *st, ui_job *job)
{
    ui_marks *m = st;
    mark_job *read = (mark_job *)job;
    for (size_t i = 0; i < m->items->n && read->status == HUSE_OK; i++) {
        m->kept[i] = read->read[i];
        if (!m->pending[i]) /* else it was changed meanwhile */
            m->on[i] = read->read[i];
    }
    count(m);
    m->changed(m->ctx, read->status == HUSE_OK ? NULL : read->err.msg);
}

static mark_job *new_job(ui_marks *m, void (*run)(ui_job *, const ui_tools *), void (*done)(void *, ui_job *))
{
    mark_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run, .done = done, .free = free_job, .lane = UI_LANE_FACTS, .topic = run == run_read ? TOPIC_READ : UI_EACH};
    j->items = m->items;
    return j;
}

static void read_all(ui_marks *m)
{
    if (m->worker)
        ui_worker_post(m->worker, m, &new_job(m, run_read, read_done)->job);
}

/* ---- another catalogue ---- */

/* The number that an item of @items has now; SIZE_MAX: it is gone. */
static size_t item_now(const ui_marks *m, const huse_items *items, size_t item)
{
    if (items == m->items)
        return item;
    const ptrdiff_t at = huse_items_find(m->items, items->item[item].id);
    return at < 0 ? SIZE_MAX : (size_t)at;
}

static void make_room(ui_marks *m)
{
    const size_t n = HUSE_MAX(m->items->n, 1);
    m->on = huse_xcalloc(n, sizeof *m->on);
    m->kept = huse_xcalloc(n, sizeof *m->kept);
    m->pending = huse_xcalloc(n, sizeof *m->pending);
}

void ui_marks_follow(ui_marks *m, const huse_items *items)
{
    const ui_marks was = *m;
    m->items = items;
    make_room(m);
    for (size_t i = 0; i < was.items->n; i++) {
        const bool   any = was.on[i] || was.kept[i] || was.pending[i];
        const size_t at = any ? item_now(m, was.items, i) : SIZE_MAX;
        if (at == SIZE_MAX)
            continue;
        m->on[at] = was.on[i];
        m->kept[at] = was.kept[i];
        m->pending[at] = was.pending[i];
    }
    free(was.on);
    free(was.kept);
    free(was.pending);
    count(m);
    read_all(m);
}

/* ---- writing ---- */

static void run_write(ui_job *job, const ui_tools *t)
{
    mark_job       *m = (mark_job *)job;
    huse_workspace *ws = NULL;
    m->status = huse_workspace_open(&ws, t->dir, 0, &m->err);
    while (m->status == HUSE_OK && m->written < m->n) {
        m->status = huse_mark(ws, &m->items->item[m->item[m->written]], m->value, &m->err);
        m->written += m->status == HUSE_OK;
    }
    huse_workspace_close(ws);
}

static void write_done(void *st, ui_job *job)
{
    ui_marks *m = st;
    mark_job *w = (mark_job *)job;
    for (size_t i = 0; i < w->n; i++) {
        const size_t item = item_now(m, w->items, w->item[i]);
        if (item == SIZE_MAX)
            continue;
        if (i < w->written)
            m->kept[item] = w->value;
        if (--m->pending[item] == 0) /* the last word; the same as is shown, if all went well */
            m->on[item] = m->kept[item];
    }
    count(m);
    if (w->status != HUSE_OK)
        m->changed(m->ctx, w->err.msg);
}

static void write_change(ui_marks *m, size_t *item, size_t n, bool value)
{
    mark_job *j = new_job(m, run_write, write_done);
    j->item = item;
    j->n = n;
    j->value = value;
    for (size_t i = 0; i < n; i++) {
        m->on[item[i]] = value;
        m->pending[item[i]] += m->worker != NULL;
    }
    count(m);
    if (m->worker)
        ui_worker_post(m->worker, m, &j->job);
    else
        free_job(&j->job);
}

/* ---- as seen by panes ---- */

ui_marks *ui_marks_new(ui_worker *w, const huse_items *items, void (*changed)(void *ctx, const char *why), void *ctx)
{
    ui_marks *m = huse_xcalloc(1, sizeof *m);
    *m = (ui_marks){.worker = w, .items = items, .changed = changed, .ctx = ctx};
    make_room(m);
    read_all(m);
    return m;
}

void ui_marks_free(ui_marks *m)
{
    if (!m)
        return;
    free(m->on);
    free(m->kept);
    free(m->pending);
    free(m);
}

bool ui_marks_has(const ui_marks *m, size_t item)
{
    return m && item < m->items->n && m->on[item];
}

size_t ui_marks_count(const ui_marks *m)
{
    return m ? m->count : 0;
}

void ui_marks_set(ui_marks *m, size_t item, bool on)
{
    if (item >= m->items->n || m->on[item] == on)
        return;
    size_t *one = huse_xmalloc(sizeof *one);
    *one = item;
    write_change(m, one, 1, on);
}

void ui_marks_clear(ui_marks *m)
{
    size_t n = 0, *all = huse_xcalloc(HUSE_MAX(m->count, 1), sizeof *all);
    for (size_t i = 0; i < m->items->n; i++)
        if (m->on[i])
            all[n++] = i;
    if (n)
        write_change(m, all, n, false);
    else
        free(all);
}

size_t ui_marks_next(const ui_marks *m, size_t item)
{
    for (; m && item < m->items->n; item++)
        if (m->on[item])
            return item;
    return SIZE_MAX;
}
