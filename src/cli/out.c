#include "cli/out.h"

#include <errno.h>
#include <langinfo.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

#define FLUSH_AT ((size_t)1 << 16)

/* One process has one standard output, so its state is static. Only the main thread prints. */
static struct {
    out_options opt;
    bool        color, ascii, err_color, err_ascii, err_tty;
    bool        failed;
    huse_buf    buf;      /* standard output, not yet written */
    bool        progress; /* a progress line stands on the terminal */
    double      progress_at;
} out;

static bool is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool wants_color(int fd, out_color when)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");
    if (when != OUT_COLOR_AUTO)
        return when == OUT_COLOR_ALWAYS;
    if (no && *no)
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

void out_setup(const out_options *opt)
{
    out.opt = *opt;
    out.err_tty = isatty(STDERR_FILENO);
    out.color = wants_color(STDOUT_FILENO, opt->color);
    out.err_color = wants_color(STDERR_FILENO, opt->color);
    out.ascii = isatty(STDOUT_FILENO) && !is_utf8();
    out.err_ascii = out.err_tty && !is_utf8();
    if (opt->progress == OUT_PROGRESS_AUTO) {
        const char *term = getenv("TERM");
        if (!out.err_tty || !term || strcmp(term, "dumb") == 0)
            out.opt.progress = OUT_PROGRESS_PLAIN;
    }
    out.progress_at = -1e9;
}

bool out_has_color(void)
{
    return out.color;
}

int out_columns(void)
{
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
        return ws.ws_col;
    return 80;
}

static void end_by_sigpipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
    _exit(141);
}

bool out_flush(void)
{
    if (out.buf.len && !out.failed && !huse_fs_write_all(STDOUT_FILENO, out.buf.data, out.buf.len)) {
        if (errno == EPIPE)
            end_by_sigpipe();
        int e = errno;
        out.failed = true;
        char *msg = huse_format("standard output: %s", strerror(e));
        out_error(HUSE_FAILED, msg, "");
        free(msg);
    }
    out.buf.len = 0;
    return !out.failed;
}

/* A terminal without UTF-8 gets a question mark for what it cannot show. */
static void add_safe(huse_buf *b, const char *s, size_t n, bool ascii)
{
    if (!ascii) {
        huse_text_sanitise_to(b, s, n);
        return;
    }
    char *clean = huse_text_sanitise(s, n);
    for (const char *p = clean; *p; p++)
        if ((unsigned char)*p < 0x80)
            huse_buf_add(b, p, 1);
        else if (((unsigned char)*p & 0xC0) == 0xC0)
            huse_buf_add(b, "?", 1);
    free(clean);
}

static void add_styled(huse_buf *b, out_style style, const char *s, size_t n, bool color, bool ascii)
{
    static const char *const on[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[33m"};
    bool styled = color && style != OUT_PLAIN && n > 0;
    if (styled)
        huse_buf_str(b, on[style]);
    add_safe(b, s, n, ascii);
    if (styled)
        huse_buf_str(b, "\x1b[0m");
}

HUSE_PRINTF(1, 0) static char *format_v(const char *fmt, va_list ap, size_t *n)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    HUSE_ASSERT(len >= 0);
    char *s = huse_xmalloc((size_t)len + 1);
    vsnprintf(s, (size_t)len + 1, fmt, ap);
    *n = (size_t)len;
    return s;
}

void out_add(out_style style, const char *fmt, ...)
{
    va_list ap;
    size_t  n;
    va_start(ap, fmt);
    char *s = format_v(fmt, ap, &n);
    va_end(ap);
    add_styled(&out.buf, style, s, n, out.color, out.ascii);
    free(s);
}

void out_cell(out_style style, int width, const char *text)
{
    size_t columns = (size_t)abs(width);
    char  *clean = huse_text_sanitise(text, strlen(text));
    size_t w = huse_text_width(clean);
    bool   cut = w > columns;
    size_t n = cut ? huse_text_fit(clean, columns - 1) : strlen(clean);
    char  *s = huse_format("%.*s%s", (int)n, clean, cut ? "…" : "");
    w = huse_text_width(s);
    size_t fill = columns > w ? columns - w : 0;
    if (width < 0)
        out_add(OUT_PLAIN, "%*s", (int)fill, "");
    out_add(style, "%s", s);
    if (width > 0)
        out_add(OUT_PLAIN, "%*s", (int)fill, "");
    free(s);
    free(clean);
}

void out_end(void)
{
    while (out.buf.len && out.buf.data[out.buf.len - 1] == ' ')
        out.buf.len--;
    huse_buf_add(&out.buf, "\n", 1);
    if (out.buf.len >= FLUSH_AT)
        out_flush();
}

void out_line(const char *fmt, ...)
{
    va_list ap;
    size_t  n;
    va_start(ap, fmt);
    char *s = format_v(fmt, ap, &n);
    va_end(ap);
    add_safe(&out.buf, s, n, out.ascii);
    free(s);
    out_end();
}

void out_fields(const char *const *field, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            huse_buf_add(&out.buf, "\t", 1);
        add_safe(&out.buf, field[i], strlen(field[i]), out.ascii);
    }
    huse_buf_add(&out.buf, "\n", 1);
    if (out.buf.len >= FLUSH_AT)
        out_flush();
}

void out_text(const char *text)
{
    for (const char *end; *text; text = end + (*end == '\n')) {
        end = strchrnul(text, '\n');
        add_safe(&out.buf, text, (size_t)(end - text), out.ascii);
        huse_buf_add(&out.buf, "\n", 1);
    }
}

void out_json(json_t *j, bool one_line)
{
    char *s = out_json_string(j, one_line);
    huse_buf_str(&out.buf, s);
    huse_buf_add(&out.buf, "\n", 1);
    free(s);
    if (out.buf.len >= FLUSH_AT)
        out_flush();
}

/* ---- standard error ---- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void write_err(huse_buf *b)
{
    if (!huse_fs_write_all(STDERR_FILENO, b->data, b->len) && errno == EPIPE)
        end_by_sigpipe();
    huse_buf_free(b);
}

void out_progress_end(void)
{
    if (out.progress && !huse_fs_write_all(STDERR_FILENO, "\r\x1b[K", 4))
        out.opt.progress = OUT_PROGRESS_NONE;
    out.progress = false;
    out.progress_at = -1e9;
}

HUSE_PRINTF(2, 0) static void note_v(const char *prefix, const char *fmt, va_list ap)
{
    if (out.opt.quiet)
        return;
    size_t   n;
    char    *s = format_v(fmt, ap, &n);
    huse_buf b = {0};
    out_progress_end();
    huse_buf_str(&b, prefix);
    add_safe(&b, s, n, out.err_ascii);
    huse_buf_add(&b, "\n", 1);
    write_err(&b);
    free(s);
}

void out_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    note_v("huse-tui: ", fmt, ap);
    va_end(ap);
}

void out_note_line(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    note_v("", fmt, ap);
    va_end(ap);
}

void out_error(huse_status status, const char *msg, const char *hint)
{
    huse_buf b = {0};
    out_progress_end();
    if (out.opt.json) {
        json_t *e = json_object(), *j = json_object();
        json_object_set_new(e, "code", json_string(huse_status_name(status)));
        json_object_set_new(e, "message", out_json_str(msg));
        json_object_set_new(e, "hint", hint && *hint ? out_json_str(hint) : json_null());
        json_object_set_new(j, "error", e);
        char *s = out_json_string(j, true);
        huse_buf_str(&b, s);
        free(s);
    } else {
        add_styled(&b, OUT_BOLD, "huse-tui:", 9, out.err_color, false);
        huse_buf_str(&b, " ");
        add_safe(&b, msg, strlen(msg), out.err_ascii);
        if (hint && *hint) {
            huse_buf_str(&b, "\n          ");
            add_safe(&b, hint, strlen(hint), out.err_ascii);
        }
    }
    huse_buf_add(&b, "\n", 1);
    write_err(&b);
}

bool out_progress_due(void)
{
    if (out.opt.quiet || out.opt.progress == OUT_PROGRESS_NONE)
        return false;
    double every = out.opt.progress == OUT_PROGRESS_AUTO ? .1 : out.opt.progress == OUT_PROGRESS_JSON ? 1 : 30;
    double t = now();
    if (out.progress_at < 0 && out.opt.progress == OUT_PROGRESS_PLAIN) {
        out.progress_at = t; /* quick work stays silent where the lines are kept */
        return false;
    }
    return t - out.progress_at >= every;
}

static void progress_json(huse_buf *b, const char *what, size_t done, size_t total, const char *more)
{
    json_t *p = json_object(), *j = json_object();
    json_object_set_new(p, "what", out_json_str(what));
    json_object_set_new(p, "done", out_json_count(done));
    json_object_set_new(p, "total", total ? out_json_count(total) : json_null());
    json_object_set_new(p, "more", out_json_str(more));
    json_object_set_new(j, "progress", p);
    char *s = out_json_string(j, true);
    huse_buf_str(b, s);
    free(s);
}

static void progress(const char *what, size_t done, size_t total, bool bytes, const char *more)
{
    if (!out_progress_due())
        return;
    huse_buf b = {0}, line = {0};
    if (out.opt.progress == OUT_PROGRESS_JSON) {
        progress_json(&b, what, done, total, more);
    } else {
        if (bytes)
            huse_buf_fmt(&line, "%s %.1f / %.1f MB", what, (double)done / 1e6, (double)total / 1e6);
        else
            huse_buf_fmt(&line, total ? "%s %zu / %zu" : "%s %zu", what, done, total);
        if (total)
            huse_buf_fmt(&line, "  %2.0f %%", 100.0 * (double)done / (double)total);
        if (*more)
            huse_buf_fmt(&line, "  %s", more);
        char  *clean = huse_text_sanitise(line.data, line.len);
        size_t columns = 80;
        struct winsize ws;
        if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1)
            columns = ws.ws_col - 1u;
        bool live = out.opt.progress == OUT_PROGRESS_AUTO;
        huse_buf_str(&b, live ? "\r" : "");
        add_safe(&b, clean, live ? huse_text_fit(clean, columns) : strlen(clean), out.err_ascii);
        huse_buf_str(&b, live ? "\x1b[K" : "");
        out.progress = live;
        free(clean);
    }
    if (!out.progress)
        huse_buf_add(&b, "\n", 1);
    write_err(&b);
    huse_buf_free(&line);
    out.progress_at = now();
}

void out_progress(const char *what, size_t done, size_t total, const char *more)
{
    progress(what, done, total, false, more);
}

void out_progress_bytes(const char *what, size_t done, size_t total, const char *more)
{
    progress(what, done, total, true, more);
}
