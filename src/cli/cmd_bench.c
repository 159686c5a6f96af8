#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/host.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"

/* ---- progress ---- */

static void on_progress(void *ctx, const huse_bench_progress *p)
{
    char what[96], more[96], left[32];
    (void)ctx;
    if (!out_progress_due())
        return;
    if (p->trial)
        snprintf(what, sizeof what, "%.32s trial %ld of %ld, step", p->label, p->trial, p->trials);
    else
        snprintf(what, sizeof what, "%.32s seed %ld of %ld, step", p->label, p->seed, p->seeds);
    size_t at = (size_t)snprintf(more, sizeof more, "cell %zu of %zu", p->cell, p->cells);
    if (p->seconds_left >= 0) {
        cli_duration(left, sizeof left, p->seconds_left);
        snprintf(more + at, sizeof more - at, "  %s left", left);
    }
    out_progress(what, (size_t)p->step, (size_t)p->steps, more);
}

static void on_embedding(void *ctx, const char *what, size_t done, size_t total)
{
    cli_progress_step(ctx, what, done, total);
}

static void on_message(void *ctx, const char *text)
{
    (void)ctx;
    out_note("%s", text);
}

/* ---- output ---- */

/* A line of a table; the figure before a * is bold in its place. */
static void print_line(char *line)
{
    char *from = line;
    for (char *star; (star = strchr(from, '*')); from = star + 1) {
        char *figure = star;
        while (figure > from && (isdigit((unsigned char)figure[-1]) || figure[-1] == '.'))
            figure--;
        *star = 0;
        if (figure == star) {
            out_add(OUT_PLAIN, "%s*", from);
            continue;
        }
        out_add(OUT_PLAIN, "%.*s", (int)(figure - from), from);
        out_add(OUT_BOLD, "%s", figure);
        out_add(OUT_PLAIN, star[1] ? " " : "");
    }
    out_add(OUT_PLAIN, "%s", from);
    out_end();
}

static void print_text(char *text, bool bold)
{
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && rest;) {
        if (bold)
            print_line(line);
        else
            out_line("%s", line);
    }
}

static huse_status print_result(cli *c, const huse_bench_result *r, int threads, volatile const int *stop, huse_err *err)
{
    const char       *path = cli_str(c, "output");
    huse_table_format format = cli_flag(c, "csv") ? HUSE_TABLE_CSV : cli_flag(c, "markdown") ? HUSE_TABLE_MARKDOWN : HUSE_TABLE_TEXT;
    cli_bench_rows    rows = cli_bench_compare(r, threads, stop);
    huse_status       s = HUSE_OK;
    char             *text = NULL;
    if (huse_stopped(stop))
        s = huse_fail(err, HUSE_INTERRUPTED, "stopped while the methods were compared");
    else if (cli_flag(c, "json") && !path)
        out_json(cli_bench_json(r, &rows), false);
    else if (cli_flag(c, "json"))
        text = out_json_string(cli_bench_json(r, &rows), false);
    else
        text = cli_bench_text(r, &rows, format);
    if (path && s == HUSE_OK)
        s = huse_fs_write_atomic(path, text, strlen(text), err);
    else if (text)
        print_text(text, format == HUSE_TABLE_TEXT && out_has_color());
    free(text);
    free(rows.row);
    return s;
}

static huse_status check_formats(const cli *c, huse_err *err)
{
    if (cli_flag(c, "json") + cli_flag(c, "csv") + cli_flag(c, "markdown") > 1)
        return huse_fail(err, HUSE_USAGE, "bench: one of --json, --csv and --markdown at a time");
    return HUSE_OK;
}

huse_status cmd_bench(cli *c, huse_err *err)
{
    huse_workspace    *ws = NULL;
    huse_bench_result *r = NULL;
    cli_host           host;
    cli_progress       embedding = {.start = 0};
    HUSE_TRY(check_formats(c, err));
    huse_bench_options opt = {
        .methods = cli_str(c, "methods"),
        .seeds = cli_flag(c, "quick") && !cli_given(c, "seeds") ? 1 : cli_int(c, "seeds"),
        .tune = cli_int(c, "tune"),
        .steps = cli_int(c, "steps"),
        .quick = cli_flag(c, "quick"),
        .ablate = cli_flag(c, "ablate"),
        .keep = cli_flag(c, "keep"),
        .stop = cli_stop_catch(),
        .progress = on_progress,
        .embedding = on_embedding,
        .message = on_message,
        .ctx = &embedding,
    };
    HUSE_TRY(cli_workspace_open(c, c->arg[0], 0, &ws, err));
    cli_host_init(&host, c);
    huse_status s = huse_bench(ws, &host.host, &opt, &r, err);
    out_progress_end();
    s = cli_stop_status(s);
    if (s == HUSE_OK)
        s = cli_stop_status(print_result(c, r, host.host.threads, opt.stop, err));
    if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        cli_hint(c, s, "The same command goes on from there.");
    if (s == HUSE_OK && opt.keep)
        out_note("the embeddings are in %s/embeddings", r->dir);
    huse_bench_free(r);
    cli_host_free(&host);
    huse_workspace_close(ws);
    return s;
}
