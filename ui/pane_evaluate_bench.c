/* The comparison of methods as a program of its own, and files that views are written to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "pane_evaluate.h"

/* ---- bench ---- */

/* The last whole line of what was printed, in fresh memory. */
static char *last_line(char *text)
{
    size_t end = strlen(text);
    while (end && (text[end - 1] == '\n' || text[end - 1] == '\r'))
        end--;
    size_t from = end;
    while (from && text[from - 1] != '\n')
        from--;
    char *line = huse_xstrndup(text + from, end - from);
    free(text);
    return line;
}

/* "HUSE-P seed 1 of 3, step 120 / 800   cell 4 of 27  12 m left" out of a line of progress; false: it is none. */
static bool read_progress(ui_evaluate *e, const char *line)
{
    json_t  *o;
    huse_err none;
    if (huse_json_parse(&o, line, strlen(line), "progress", &none) != HUSE_OK)
        return false;
    const json_t *p = json_object_get(o, "progress");
    const char   *what = json_string_value(json_object_get(p, "what")), *more = json_string_value(json_object_get(p, "more"));
    char          done[32], total[32];
    if (what && more) {
        ui_thousands(done, (size_t)HUSE_MAX(json_integer_value(json_object_get(p, "done")), (json_int_t)0));
        ui_thousands(total, (size_t)HUSE_MAX(json_integer_value(json_object_get(p, "total")), (json_int_t)0));
        snprintf(e->bench_says, sizeof e->bench_says, "%.60s %s / %s · %.60s", what, done, total, more);
        (void)sscanf(more, "cell %zu", &e->bench_cell);
    }
    json_decref(o);
    return what && more;
}

static void bench_ended(ui_evaluate *e, int code)
{
    char                    *line = last_line(ui_child_errors(e->bench));
    static const char        prefix[] = "huse-tui: ";
    const char              *said = strncmp(line, prefix, strlen(prefix)) == 0 ? line + strlen(prefix) : line;
    ui_child_free(e->bench);
    e->bench = NULL;
    e->bench_says[0] = 0;
    ui_look(e->ctx, false);
    if (code == 0)
        ui_say(e->ctx, "the comparison is finished: ] leads to “methods”");
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
    if (!e->bench && !e->running)
        return false;
    if (t - e->looked_at > 400) { /* another pane may have had enough of it */
        e->looked_at = t;
        ui_look(e->ctx, true);
    }
    if (!e->bench)
        return true;
    const size_t cell = e->bench_cell;
    char        *line = last_line(ui_child_errors(e->bench));
    (void)read_progress(e, line);
    free(line);
    if (ui_child_ended(e->bench, &code))
        bench_ended(e, code);
    else if (e->bench_cell != cell && cell && e->view == UI_EVAL_METHODS)
        ui_evaluate_ask_methods(e);
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

static void write_now(void *st)
{
    ui_evaluate *e = st;
    huse_err     err;
    char        *text = e->file ? text_of(e, format_of(e->file)) : NULL;
    if (text && huse_fs_write_atomic(e->file, text, strlen(text), &err) == HUSE_OK)
        ui_say(e->ctx, "%s written to %.300s", ui_eval_view_name(e->view), e->file);
    else if (text)
        ui_warn(e->ctx, "%s", err.msg);
    free(text);
    free(e->file);
    e->file = NULL;
}

static void file_named(void *st, const char *text)
{
    ui_evaluate *e = st;
    const char  *home = getenv("HOME");
    while (*text == ' ')
        text++;
    if (!*text)
        return;
    free(e->file);
    e->file = strncmp(text, "~/", 2) == 0 && home && *home ? huse_fs_join(home, text + 2) : huse_xstrdup(text);
    if (huse_fs_is_dir(e->file)) {
        ui_warn(e->ctx, "%.300s is a folder; a file is needed", text);
    } else if (huse_fs_exists(e->file)) {
        char question[160];
        snprintf(question, sizeof question, "%.120s exists. Replace it?", text);
        ui_confirm(e->ctx, e, question, write_now);
    } else {
        write_now(e);
    }
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
    ui_ask_line(e->ctx, e, &(ui_prompt){.label = "export to", .text = name, .hint = "file.csv, file.md or file.json", .done = file_named});
}
