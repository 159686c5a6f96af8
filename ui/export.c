#include "export.h"

#include <stdio.h>
#include <stdlib.h>

#include "marks_export.h"

typedef struct export_job {
    ui_job            job;
    const huse_items *items;
    size_t           *at, n, rows;
    char             *file;
    huse_status       status;
    huse_err          err;
} export_job;

static void run_export(ui_job *job, const ui_tools *t)
{
    export_job *j = (export_job *)job;
    (void)t;
    j->status = ui_marks_export(j->items, j->at, j->n, j->file, &j->rows, &j->err);
}

static void export_done(void *st, ui_job *job)
{
    ui_export  *x = st;
    export_job *j = (export_job *)job;
    char        items[32], *whole = realpath(j->file, NULL);
    if (j->status != HUSE_OK)
        ui_warn(x->ctx, "%s", j->err.msg);
    else
        ui_say(x->ctx, "%s marked %s, %zu line%s, written to %s", ui_thousands(items, j->n), j->n == 1 ? "item" : "items", j->rows,
               j->rows == 1 ? "" : "s", whole ? whole : j->file);
    free(whole);
}

static void free_export(ui_job *job)
{
    export_job *j = (export_job *)job;
    free(j->at);
    free(j->file);
    free(j);
}

static void export_to(void *st, const char *file)
{
    ui_export      *x = st;
    const ui_marks *m = x->ctx->marks;
    export_job     *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_export, .done = export_done, .free = free_export, .lane = UI_LANE_BACK, .topic = x->topic, .lasting = true};
    j->items = x->ctx->opened->items;
    j->at = huse_xcalloc(HUSE_MAX(ui_marks_count(m), 1), sizeof *j->at);
    for (size_t i = 0; (i = ui_marks_next(m, i)) != SIZE_MAX && j->n < ui_marks_count(m); i++)
        j->at[j->n++] = i;
    j->file = huse_xstrdup(file);
    ui_post(x->ctx, x, &j->job);
}

void ui_export_ask(ui_export *x, const ui_ctx *ctx, int topic)
{
    x->ctx = ctx;
    x->topic = topic;
    char label[64], n[32];
    if (!ui_marks_count(x->ctx->marks)) {
        ui_say(x->ctx, "nothing is marked; Space marks");
        return;
    }
    snprintf(label, sizeof label, "export %s marked to", ui_thousands(n, ui_marks_count(x->ctx->marks)));
    ui_file_ask_begin(&x->file, ctx, label, "marked.csv", "file.csv, file.jsonl, or any other name for paths", export_to, x);
}

void ui_export_free(ui_export *x)
{
    ui_file_ask_free(&x->file);
}
