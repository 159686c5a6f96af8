#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "child.h"
#include "history.h"

enum { LOOK_MS = 100, SHORT_MS = 4000 };

struct ui_shell {
    const ui_command *command;
    size_t            n_commands;
    char             *history_file;
    ui_history       *history;
    const ui_ctx     *ctx;
    ui_child         *child;  /* running, or the last one; NULL: none yet */
    char             *title;  /* what was typed */
    bool              runs;
    int64_t           began, due;
};

ui_shell *ui_shell_new(const ui_command *command, size_t n, const char *history_file)
{
    ui_shell *s = huse_xcalloc(1, sizeof *s);
    *s = (ui_shell){.command = command, .n_commands = n, .history_file = history_file ? huse_xstrdup(history_file) : NULL, .due = INT64_MAX};
    s->history = ui_history_new(history_file);
    return s;
}

static void save_history(ui_shell *s)
{
    size_t   n = 0;
    char   **line = ui_history_unsaved(s->history, &n);
    huse_err err;
    if (s->history_file && n && ui_history_write(s->history_file, line, n, &err) == HUSE_OK)
        ui_history_saved(s->history, n);
    for (size_t i = 0; i < n; i++)
        free(line[i]);
    free(line);
}

void ui_shell_free(ui_shell *s)
{
    if (!s)
        return;
    save_history(s);
    ui_history_free(s->history);
    ui_child_free(s->child);
    free(s->history_file);
    free(s->title);
    free(s);
}

/* ---- words ---- */

/* Appends the word at @p, with its NUL; returns what is behind it, NULL: a quote is open. */
static const char *read_word(const char *p, huse_buf *out)
{
    char quote = 0;
    for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
        if (!quote && (*p == '"' || *p == '\''))
            quote = *p;
        else if (quote && *p == quote)
            quote = 0;
        else if (*p == '\\' && quote != '\'' && p[1])
            huse_buf_add(out, ++p, 1);
        else
            huse_buf_add(out, p, 1);
    }
    huse_buf_add(out, "", 1);
    return quote ? NULL : p;
}

huse_status ui_shell_words(const char *line, const char *dir, char ***word, size_t *n, huse_err *err)
{
    huse_buf text = {0};
    size_t   count = 0;
    for (const char *p = line; p && *(p += strspn(p, " \t"));) {
        const size_t from = text.len;
        const bool   percent = p[0] == '%' && (!p[1] || p[1] == ' ' || p[1] == '\t') && dir;
        const char  *next = read_word(p, &text);
        if (!next) {
            huse_buf_free(&text);
            return huse_fail(err, HUSE_USAGE, "a quotation mark is not closed");
        }
        if (percent) {
            text.len = from;
            huse_buf_add(&text, dir, strlen(dir) + 1);
        }
        p = next;
        count++;
    }
    if (!count)
        return huse_fail(err, HUSE_USAGE, "there is no command");
    *word = huse_xmalloc((count + 1) * sizeof **word + text.len);
    char *at = (char *)(*word + count + 1);
    memcpy(at, text.data, text.len);
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
        (*word)[i] = at;
    (*word)[count] = NULL;
    *n = count;
    huse_buf_free(&text);
    return HUSE_OK;
}

/* ---- what was printed ---- */

/* Standard output, then what it complained of. */
static void show_output(ui_shell *s)
{
    char    *out = ui_child_output(s->child), *errors = ui_child_errors(s->child), title[128];
    huse_buf text = {0};
    int      code = 0;
    huse_buf_str(&text, out);
    if (*out && *errors)
        huse_buf_str(&text, "\n");
    huse_buf_str(&text, errors);
    free(out);
    free(errors);
    if (s->runs)
        snprintf(title, sizeof title, "%.90s · running", s->title);
    else if (ui_child_ended(s->child, &code) && code)
        snprintf(title, sizeof title, "%.90s · failed (%d)", s->title, code);
    else
        snprintf(title, sizeof title, "%.120s", s->title);
    if (!text.len)
        huse_buf_str(&text, s->runs ? "It has printed nothing yet." : "It printed nothing.");
    ui_say(s->ctx, "%s", "");
    ui_page(s->ctx, title, text.data);
}

static void has_ended(ui_shell *s, bool at_once, int64_t now_ms)
{
    int code = 0;
    s->runs = false;
    s->due = INT64_MAX;
    (void)ui_child_ended(s->child, &code);
    if (at_once && now_ms - s->began <= SHORT_MS)
        show_output(s);
    else if (code)
        ui_warn(s->ctx, "%.80s failed (%d): : and Enter show what it printed", s->title, code);
    else
        ui_say(s->ctx, "%.80s has ended: : and Enter show what it printed", s->title);
}

int64_t ui_shell_due(const ui_shell *s)
{
    return s->due;
}

bool ui_shell_look(ui_shell *s, bool at_once, int64_t now_ms)
{
    s->due = s->runs ? now_ms + LOOK_MS : INT64_MAX;
    if (!s->runs || !ui_child_ended(s->child, NULL))
        return false;
    has_ended(s, at_once, now_ms);
    return true;
}

bool ui_shell_progress(const ui_shell *s, char whole[96], char brief[40])
{
    ui_progress p;
    char        a[32], b[32];
    if (!s->runs || !ui_child_progress(s->child, &p))
        return false;
    snprintf(brief, 40, p.total ? "%s/%s" : "%s", ui_thousands(a, p.done), ui_thousands(b, p.total));
    snprintf(whole, 96, "%.30s %s%s%.24s", p.what, brief, *p.more ? "  " : "", p.more);
    return true;
}

bool ui_shell_stop(ui_shell *s)
{
    if (!s->runs)
        return false;
    ui_child_stop(s->child);
    return true;
}

/* ---- running ---- */

static const ui_command *find_command(const ui_shell *s, const char *name)
{
    for (size_t i = 0; i < s->n_commands; i++)
        if (strcmp(s->command[i].name, name) == 0)
            return &s->command[i];
    return NULL;
}

static bool start(ui_shell *s, const ui_command *c, char *const *word, size_t n, huse_err *err)
{
    const char **argv = huse_xcalloc(n + 4, sizeof *argv);
    ui_child    *child = NULL;
    size_t       at = 0;
    argv[at++] = "huse-tui";
    argv[at++] = word[0];
    argv[at++] = "--progress=json"; /* for the first row */
    if (c->workspace && s->ctx->dir)
        argv[at++] = s->ctx->dir;
    for (size_t i = 1; i < n; i++)
        argv[at++] = word[i];
    const bool started = ui_child_start(&child, argv, err) == HUSE_OK;
    free(argv);
    if (!started)
        return false;
    ui_child_free(s->child);
    s->child = child;
    return true;
}

/* Without blanks around it. Fresh memory. */
static char *title_of(const char *line)
{
    line += strspn(line, " \t");
    size_t n = strlen(line);
    while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    return huse_xstrndup(line, n);
}

static void run(ui_shell *s, const char *line, char *const *word, size_t n)
{
    const ui_command *c = find_command(s, word[0]);
    huse_err          err = {0};
    if (!c) {
        ui_warn(s->ctx, "there is no command “%.60s”; Tab completes their names, : help lists them", word[0]);
    } else if (!start(s, c, word, n, &err)) {
        ui_warn(s->ctx, "%.300s", err.msg);
    } else {
        free(s->title);
        s->title = title_of(line);
        s->runs = true;
        s->began = ui_now_ms();
        s->due = s->began + LOOK_MS;
        ui_say(s->ctx, "%.80s is running; Ctrl-C stops it", s->title);
    }
}

static void line_done(void *st, const char *line)
{
    ui_shell *s = st;
    char    **word = NULL;
    size_t    n = 0;
    huse_err  err = {0};
    ui_history_rest(s->history);
    if (!line[strspn(line, " \t")]) {
        if (s->child)
            show_output(s);
        return;
    }
    if (ui_history_add(s->history, line))
        save_history(s);
    if (s->runs)
        ui_warn(s->ctx, "%.80s is still running; Ctrl-C stops it", s->title);
    else if (ui_shell_words(line, s->ctx->dir, &word, &n, &err) != HUSE_OK)
        ui_warn(s->ctx, "%.200s", err.msg);
    else
        run(s, line, word, n);
    free(word);
}

static void line_cancelled(void *st)
{
    ui_history_rest(((ui_shell *)st)->history);
}

/* The longest beginning that all commands beginning with @text share, and a blank behind a whole name. */
static char *complete(void *st, const char *text)
{
    const ui_shell *s = st;
    const char     *found = NULL;
    size_t          n = strlen(text), common = 0, matches = 0;
    for (size_t i = 0; i < s->n_commands; i++) {
        const char *name = s->command[i].name;
        if (strncmp(name, text, n) != 0)
            continue;
        if (matches++ == 0) {
            found = name;
            common = strlen(name);
        }
        while (strncmp(name, found, common) != 0)
            common--;
    }
    return matches ? huse_format("%.*s%s", (int)common, found, matches == 1 ? " " : "") : NULL;
}

static char *earlier(void *st, const char *text, int by)
{
    ui_shell   *s = st;
    const char *line = by < 0 ? ui_history_older(s->history, text) : ui_history_newer(s->history);
    return line ? huse_xstrdup(line) : NULL;
}

void ui_shell_ask(ui_shell *s, const ui_ctx *ctx)
{
    char hint[128];
    s->ctx = ctx;
    snprintf(hint, sizeof hint, "%s", s->runs    ? "Enter: what it has printed so far"
                                      : s->child ? "a command; Enter alone: what the last one printed"
                                                 : "a command, as eval, doctor, export --what items -o items.csv");
    const ui_prompt p = {.label = ":", .text = "", .hint = hint, .done = line_done, .cancelled = line_cancelled, .complete = complete,
                         .earlier = earlier};
    ui_ask_line(ctx, s, &p);
}
