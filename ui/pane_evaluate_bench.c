/* The comparison of methods as a program of its own, and files that views are written to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/fs.h"
#include "pane_evaluate.h"

/* ---- bench ---- */

/* "HUSE-P, seed 1 of 3, step 120 / 800 · training 4 of 27 · 12 m left" */
static void say_progress(const huse_bench_now *now, char *out, size_t size)
{
    char     part[4][32];
    huse_buf b = {0};
    if (!now->row[0]) {
        snprintf(out, size, "being prepared");
        return;
    }
    huse_buf_fmt(&b, "%.60s, ", now->row);
    if (now->trials)
        huse_buf_fmt(&b, "trial %s of %s", ui_thousands(part[0], now->trial), ui_thousands(part[1], now->trials));
    else
        huse_buf_fmt(&b, "seed %s of %s", ui_thousands(part[0], now->seed), ui_thousands(part[1], now->seeds));
    if (now->steps)
        huse_buf_fmt(&b, ", step %s / %s", ui_thousands(part[0], now->step), ui_thousands(part[1], now->steps));
    huse_buf_fmt(&b, " · training %s of %s", ui_thousands(part[2], now->cell), ui_thousands(part[3], now->cells));
    if (now->seconds_left >= 0) {
        ui_duration(part[0], now->seconds_left);
        huse_buf_fmt(&b, " · %s left", part[0]);
    }
    snprintf(out, size, "%s", b.data);
    huse_buf_free(&b);
}

/* True when what is shown of it changed. */
static bool look_at_bench(ui_evaluate *e)
{
    huse_bench_now now;
    char           says[sizeof e->bench_says];
    const bool     was = e->bench_on;
    e->bench_on = e->ctx->dir && huse_bench_look(e->ctx->dir, &now);
    if (!e->bench_on) {
        if (was && !e->bench) {
            ui_say(e->ctx, "the comparison has ended that another program went on with");
            ui_evaluate_ask_methods(e);
        }
        return was;
    }
    say_progress(&now, says, sizeof says);
    const bool changed = !was || strcmp(says, e->bench_says) != 0;
    memcpy(e->bench_says, says, sizeof says);
    if (now.cell != e->bench_cell && e->bench_cell && e->view == UI_EVAL_METHODS)
        ui_evaluate_ask_methods(e);
    e->bench_cell = now.cell;
    return changed;
}

static void bench_ended(ui_evaluate *e, int code)
{
    char                    *line = ui_child_last_line(e->bench);
    static const char        prefix[] = "huse-tui: ";
    const char              *said = strncmp(line, prefix, strlen(prefix)) == 0 ? line + strlen(prefix) : line;
    ui_child_free(e->bench);
    e->bench = NULL;
    e->bench_on = false;
    ui_look(e->ctx, false);
    if (code == 0)
        ui_say(e->ctx, "the comparison is finished%s", e->view == UI_EVAL_METHODS ? "" : ": ] leads to “methods”");
    else if (code == huse_status_exit_code(HUSE_INTERRUPTED) || code == huse_status_exit_code(HUSE_TERMINATED))
        ui_say(e->ctx, "the comparison was stopped; b goes on where it was");
    else if (code > 128)
        ui_warn(e->ctx, "the comparison was killed (signal %d); b goes on where it was", code - 128);
    else
        ui_warn(e->ctx, "%.300s", *said ? said : "the comparison could not be started");
    free(line);
    ui_evaluate_ask_methods(e);
}

bool ui_evaluate_look(void *st, bool *more)
{
    ui_evaluate  *e = st;
    const int64_t t = ui_now_ms();
    int           code;
    (void)more;
    ui_evaluate_refresh(e);
    const bool changed = look_at_bench(e);
    if (!e->bench && !e->running)
        return changed;
    if (t - e->looked_at > 400) { /* another pane may have had enough of it */
        e->looked_at = t;
        ui_look(e->ctx, true);
    }
    if (e->bench && ui_child_ended(e->bench, &code))
        bench_ended(e, code);
    return true;
}

/* Words of a line, as a shell would take them without any quoting. */
static void start_bench(void *st, const char *text)
{
    enum { MOST = 32 };
    ui_evaluate *e = st;
    const char  *argv[MOST + 8] = {"huse-tui", "bench", e->ctx->dir, "--progress", "json", "--markdown"};
    size_t       n = 6;
    char        *words = huse_xstrdup(text), *rest = NULL;
    huse_err     err;
    for (char *w = strtok_r(words, " ", &rest); w && n < MOST; w = strtok_r(NULL, " ", &rest))
        argv[n++] = w;
    argv[n] = NULL;
    if (ui_child_start(&e->bench, argv, &err) != HUSE_OK) {
        e->bench = NULL;
        ui_warn(e->ctx, "%s", err.msg);
    } else {
        snprintf(e->bench_says, sizeof e->bench_says, "being prepared");
        e->bench_cell = 0;
        ui_look(e->ctx, true);
        ui_say(e->ctx, "all methods are being trained; it goes on when this program is quit");
    }
    free(words);
}

static void stop_bench(void *st)
{
    ui_evaluate *e = st;
    if (e->bench)
        ui_child_stop(e->bench);
}

void ui_evaluate_bench(ui_evaluate *e)
{
    const ui_prompt p = {.label = "bench", .text = "--quick", .hint = "--quick, --seeds N, --tune N, --methods NAME,…, --ablate; nothing: three seeds of each",
                         .done = start_bench};
    if (e->bench)
        ui_confirm(e->ctx, e, "Stop the comparison? What is finished stays.", stop_bench);
    else if (e->bench_on)
        ui_say(e->ctx, "a comparison goes on in another program, which alone can stop it");
    else
        ui_ask_line(e->ctx, e, &p);
}

/* ---- files ---- */

static ui_table_format format_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && strcmp(dot, ".json") == 0 ? UI_TABLE_JSON : dot && strcmp(dot, ".md") == 0 ? UI_TABLE_MARKDOWN : UI_TABLE_CSV;
}

/* What the view shows, with all its digits. NULL: it is empty. */
static char *text_of(const ui_evaluate *e, ui_table_format how)
{
    const huse_report_format format = how == UI_TABLE_JSON ? HUSE_REPORT_JSON : how == UI_TABLE_MARKDOWN ? HUSE_REPORT_MARKDOWN : HUSE_REPORT_CSV;
    if (ui_eval_has_table(e->view))
        return e->table[e->view].list.n ? ui_table_write(&e->table[e->view], how) : NULL;
    if (e->view == UI_EVAL_METHODS)
        return e->methods ? huse_methods_text(e->methods, format) : NULL;
    if (e->view == UI_EVAL_PAPER)
        return huse_paper_text(format);
    return e->ev ? huse_evaluation_text(e->ev, format) : NULL;
}

static void write_to(void *st, const char *file)
{
    const ui_evaluate *e = st;
    huse_err           err;
    char              *text = text_of(e, format_of(file));
    if (text && huse_fs_write_atomic(file, text, strlen(text), &err) == HUSE_OK)
        ui_say(e->ctx, "%s written to %.300s", ui_eval_view_name(e->view), file);
    else if (text)
        ui_warn(e->ctx, "%s", err.msg);
    free(text);
}

void ui_evaluate_export(ui_evaluate *e)
{
    char *text = text_of(e, UI_TABLE_CSV), name[64];
    if (!text) {
        ui_say(e->ctx, "there is nothing to export here yet");
        return;
    }
    free(text);
    snprintf(name, sizeof name, "%s.csv", ui_eval_view_name(e->view));
    ui_file_ask_begin(&e->file, e->ctx, "export to", name, "file.csv, file.md or file.json", write_to, e);
}
