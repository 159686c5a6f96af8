/* Pages of pictures on standard output, for commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "gfx_kitty.h"
#include "probe.h"

#define GAP 2

typedef struct page {
    ui_gfx   g;
    int      cols, rows, per_line; /* of a picture's box; boxes beside each other */
    bool     color;
    huse_buf out;
} page;

bool ui_gfx_would_print(ui_gfx_wish wish)
{
    const char *term = getenv("TERM");
    if (wish == UI_WISH_AUTO)
        return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    return wish != UI_WISH_NONE;
}

/* Outside text of at most @columns, filled up with spaces when something follows. */
static void add_text(page *p, const char *text, int columns, bool more)
{
    char  *clean = huse_text_sanitise(text, strlen(text));
    if (!ui_locale_utf8())
        for (char *c = clean; *c; c++)
            *c = (unsigned char)*c < 0x80 ? *c : '?';
    size_t wide = huse_text_width(clean), room = (size_t)columns;
    bool   cut = wide > room;
    size_t n = cut ? huse_text_fit(clean, room - 1) : strlen(clean);
    const char *mark = !cut ? "" : ui_locale_utf8() ? "…" : "~";
    char  *shown = huse_format("%.*s%s", (int)n, clean, mark);
    wide = huse_text_width(shown);
    huse_buf_str(&p->out, shown);
    if (more)
        huse_buf_fmt(&p->out, "%*s", (int)(room - HUSE_MIN(wide, room)) + GAP, "");
    free(shown);
    free(clean);
}

static void add_captions(page *p, const ui_gfx_item *item, size_t n)
{
    for (size_t l = 0; l < HUSE_COUNT(item->caption); l++) {
        bool any = false;
        for (size_t i = 0; i < n; i++)
            any = any || item[i].caption[l];
        if (!any)
            break;
        huse_buf_str(&p->out, !p->color ? "" : l == 0 ? "\x1b[1m" : "\x1b[2m");
        for (size_t i = 0; i < n; i++)
            add_text(p, item[i].caption[l] ? item[i].caption[l] : "", p->cols, i + 1 < n);
        huse_buf_str(&p->out, p->color ? "\x1b[0m\n" : "\n");
    }
}

/* A picture's lines in cells, or those of its frame; *fit its size. Fresh, NUL-terminated. */
static char *cell_lines(const page *p, const ui_gfx_item *it, ui_gfx_fit *fit)
{
    huse_buf out = {0};
    huse_buf_str(&out, "");
    if (it->rgb) {
        *fit = ui_gfx_fit_box(&p->g, it->w, it->h, p->cols, p->rows);
        HUSE_ASSERT(ui_gfx_encode(&p->g, it->rgb, it->w, it->h, *fit, &out, NULL) == HUSE_OK);
    } else {
        page text = {.out = out};
        *fit = (ui_gfx_fit){.cols = p->cols, .rows = 1};
        add_text(&text, it->why ? it->why : "no picture", p->cols, true);
        text.out.len -= GAP;
        text.out.data[text.out.len] = 0;
        out = text.out;
    }
    return out.data;
}

static void add_cells(page *p, const ui_gfx_item *item, size_t n)
{
    char      **lines = huse_xcalloc(n, sizeof *lines), **next = huse_xcalloc(n, sizeof *next);
    ui_gfx_fit *fit = huse_xcalloc(n, sizeof *fit);
    int         most = 1;
    for (size_t i = 0; i < n; i++) {
        next[i] = lines[i] = cell_lines(p, &item[i], &fit[i]);
        most = HUSE_MAX(most, fit[i].rows);
    }
    for (int r = 0; r < most; r++) {
        for (size_t i = 0; i < n; i++) {
            const bool here = r >= most - fit[i].rows; /* they stand on their captions */
            if (here) {
                size_t len = strcspn(next[i], "\n");
                huse_buf_add(&p->out, next[i], len);
                next[i] += len + (next[i][len] == '\n');
            }
            if (i + 1 < n)
                huse_buf_fmt(&p->out, "%*s", p->cols - (here ? fit[i].cols : 0) + GAP, "");
        }
        huse_buf_str(&p->out, "\n");
    }
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
    free(next);
    free(fit);
}

/* Makes room by scrolling first, so that no picture touches the last line; then each is drawn from its own corner. */
static void add_pixels(page *p, const ui_gfx_item *item, size_t n)
{
    for (int r = 0; r < p->rows; r++)
        huse_buf_str(&p->out, "\n");
    huse_buf_fmt(&p->out, "\x1b[%dA", p->rows);
    for (size_t i = 0; i < n; i++) {
        const ui_gfx_item *it = &item[i];
        const int          x = (int)i * (p->cols + GAP);
        ui_gfx_fit         fit = ui_gfx_fit_box(&p->g, it->rgb ? it->w : 1, it->rgb ? it->h : 1, p->cols, p->rows);
        const int          y = it->rgb ? p->rows - fit.rows : p->rows - 1;
        huse_buf           bytes = {0};
        huse_buf_str(&p->out, "\x1b" "7");
        if (y)
            huse_buf_fmt(&p->out, "\x1b[%dB", y);
        if (x)
            huse_buf_fmt(&p->out, "\x1b[%dC", x);
        if (!it->rgb || ui_gfx_encode(&p->g, it->rgb, it->w, it->h, fit, &bytes, NULL) != HUSE_OK)
            add_text(p, it->why ? it->why : "no picture", p->cols, false);
        else if (p->g.mode == UI_GFX_KITTY)
            ui_kitty_print(bytes.data, bytes.len, fit, &p->out);
        else
            huse_buf_add(&p->out, bytes.data, bytes.len);
        huse_buf_str(&p->out, "\x1b" "8");
        huse_buf_free(&bytes);
    }
    huse_buf_fmt(&p->out, "\x1b[%dB", p->rows);
}

int ui_gfx_print(const ui_gfx_item *item, size_t n, const ui_gfx_page *opt)
{
    ui_probe       probe = {.done = false};
    ui_screen_size size = {80, 24, 0, 0};
    page           p = {.color = opt->color, .rows = opt->rows > 0 ? opt->rows : 8};
    if (opt->wish != UI_WISH_NONE)
        (void)ui_probe_wait(&probe); /* without an answer: cells */
    if (!ui_screen_measure(STDOUT_FILENO, &size) || size.cols < 1 || size.rows < 1)
        size = (ui_screen_size){80, 24, 0, 0};
    p.g = ui_probe_gfx(&probe, opt->wish, &size);
    if (p.g.mode == UI_GFX_NONE)
        return 0;
    p.rows = HUSE_MAX(HUSE_MIN(p.rows, size.rows - 4), 1);
    p.cols = HUSE_MAX(HUSE_MIN((p.rows * p.g.cell_h + p.g.cell_w / 2) / p.g.cell_w, size.cols), 1);
    p.per_line = HUSE_MAX((size.cols + GAP) / (p.cols + GAP), 1);
    int failed = 0, e = 0;
    for (size_t i = 0; i < n && !failed; i += (size_t)p.per_line) {
        size_t here = HUSE_MIN((size_t)p.per_line, n - i);
        p.out.len = 0;
        if (p.g.mode == UI_GFX_SIXEL || p.g.mode == UI_GFX_KITTY)
            add_pixels(&p, item + i, here);
        else
            add_cells(&p, item + i, here);
        add_captions(&p, item + i, here);
        if (i + here < n)
            huse_buf_str(&p.out, "\n");
        if (!huse_fs_write_all(STDOUT_FILENO, p.out.data, p.out.len)) {
            failed = -1;
            e = errno;
        }
    }
    huse_buf_free(&p.out);
    errno = e;
    return failed;
}
