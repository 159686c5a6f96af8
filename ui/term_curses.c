#include "term.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/fs.h"
#include "base/text.h"
#include "gfx.h"
#include "glyphs.h"
#include "guard.h"

enum { PAIR_ACCENT = 1, PAIR_WARN, PAIR_DIM, PAIR_HUE };
#define FALLBACK_TERM "xterm-256color"
#define PASTE_ON  "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"
#define MOUSE_ON  "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"

static struct {
    SCREEN    *screen;
    ui_theme   theme;
    ui_accent  accent;
    ui_back    back;
    ui_palette palette;
    bool     utf8, color, mouse, unknown; /* unknown: what the terminal shows */
    int      w, h;
    ui_cell *cell; /* (h, w) as shown */
    uint8_t *fill;
    void   (*on_leave)(void *ctx);
    void    *leave_ctx;
} term;

/* NULL where the terminal has none. */
static const char *capability(const char *name)
{
    const char *s = tigetstr(name);
    return s && s != (char *)-1 && *s ? s : NULL;
}

/* Without the delays that terminfo writes as $<5>. */
static void add_capability(huse_buf *b, const char *name)
{
    const char *s = capability(name);
    for (const char *end; s && *s;) {
        if (s[0] == '$' && s[1] == '<' && (end = strchr(s, '>')))
            s = end + 1;
        else
            huse_buf_add(b, s++, 1);
    }
}

static void set_way_out(const char *more)
{
    huse_buf b = {0};
    huse_buf_str(&b, "\x1b\\\x1b[?2026l\x1b[?2004l" MOUSE_OFF); /* ends a picture cut short; modes off */
    huse_buf_str(&b, more ? more : "");
    add_capability(&b, "sgr0");
    add_capability(&b, "cnorm");
    add_capability(&b, "rmcup");
    ui_guard_on_exit(b.data);
    huse_buf_free(&b);
}

/* Terminals of direct colours keep their own first eight; every other number is taken for RGB. */
static int direct(int c)
{
    static const int level[6] = {0, 95, 135, 175, 215, 255};
    if (c < 8)
        return c;
    if (c < 16)
        return c - 8;
    const int i = c - 16, grey = 8 + 10 * (c - 232);
    return c >= 232 ? grey << 16 | grey << 8 | grey : level[i / 36] << 16 | level[i / 6 % 6] << 8 | level[i % 6];
}

static void set_pair(int pair, int *colour)
{
    if (*colour >= 0 && init_extended_pair(pair, COLORS > 256 ? direct(*colour) : *colour, -1) != OK)
        *colour = -1;
}

static void set_colours(void)
{
    if (!term.screen)
        return;
    term.palette = ui_theme_palette(term.theme, term.accent, term.back, term.color ? COLORS : 0);
    set_pair(PAIR_ACCENT, &term.palette.accent);
    set_pair(PAIR_WARN, &term.palette.warn);
    set_pair(PAIR_DIM, &term.palette.dim);
    for (int i = 0; i < UI_HUES; i++)
        set_pair(PAIR_HUE + i, &term.palette.hue[i]);
}

void ui_term_theme(ui_theme theme, ui_accent accent)
{
    term.theme = theme;
    term.accent = accent;
    set_colours();
}

void ui_term_back(ui_back back)
{
    if (term.back == back)
        return;
    term.back = back;
    set_colours();
    if (term.cell) /* every row goes through curses again, which writes what looks different now */
        memset(term.cell, 0xff, (size_t)term.w * (size_t)term.h * sizeof *term.cell);
}

huse_status ui_term_open(const char **note, huse_err *err)
{
    *note = NULL;
    use_env(FALSE);
    use_tioctl(TRUE);
    const char *type = getenv("TERM");
    /* xterm calls itself by a name of eight colours, but has 256 */
    if (type && strcmp(type, "xterm") == 0 && getenv("XTERM_VERSION"))
        term.screen = newterm(FALLBACK_TERM, stdout, stdin);
    if (!term.screen)
        term.screen = newterm(NULL, stdout, stdin);
    if (!term.screen) {
        term.screen = newterm(FALLBACK_TERM, stdout, stdin);
        *note = "This terminal's TERM is unknown here; it is taken for " FALLBACK_TERM ".";
    }
    if (!term.screen)
        return huse_fail(err, HUSE_FAILED, "this terminal is unknown, and so is " FALLBACK_TERM ": is ncurses-base installed?");
    if (!capability("cup") || !capability("clear")) {
        ui_term_close();
        return huse_fail(err, HUSE_FAILED, "this terminal (TERM=%.40s) cannot place a cursor", type ? type : "");
    }
    const char *no = getenv("NO_COLOR");
    raw();
    noecho();
    nonl();
    typeahead(-1);
    intrflush(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    idlok(stdscr, FALSE);
    idcok(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    term.utf8 = ui_locale_utf8();
    term.color = (!no || !*no) && has_colors() && start_color() == OK && use_default_colors() == OK && COLOR_PAIRS > PAIR_HUE + UI_HUES;
    set_colours();
    set_way_out(NULL);
    ui_term_resume();
    return HUSE_OK;
}

void ui_term_on_leave(void (*fn)(void *ctx), void *ctx, const char *crash)
{
    term.on_leave = fn;
    term.leave_ctx = ctx;
    if (term.screen)
        set_way_out(crash);
}

void ui_term_suspend(void)
{
    if (term.on_leave)
        term.on_leave(term.leave_ctx);
    (void)!ui_term_write(PASTE_OFF MOUSE_OFF, strlen(PASTE_OFF MOUSE_OFF)); /* if it fails, so will all that follows, and the loop sees it */
    endwin();
}

void ui_term_resume(void)
{
    reset_prog_mode();
    ui_term_forget();
    doupdate();
    (void)!ui_term_write(PASTE_ON, strlen(PASTE_ON));
    if (term.mouse)
        (void)!ui_term_write(MOUSE_ON, strlen(MOUSE_ON));
}

bool ui_term_mouse(bool on)
{
    term.mouse = on;
    return on ? ui_term_write(MOUSE_ON, strlen(MOUSE_ON)) : ui_term_write(MOUSE_OFF, strlen(MOUSE_OFF));
}

void ui_term_close(void)
{
    if (!term.screen)
        return;
    ui_term_suspend();
    ui_guard_on_exit("");
    delscreen(term.screen);
    free(term.cell);
    free(term.fill);
    term.screen = NULL;
    term.cell = NULL;
    term.fill = NULL;
}

void ui_term_resize(int w, int h)
{
    resizeterm(HUSE_MAX(h, 1), HUSE_MAX(w, 1));
}

void ui_term_forget(void)
{
    term.unknown = true;
    clearok(curscr, TRUE);
}

bool ui_term_write(const char *bytes, size_t n)
{
    return huse_fs_write_all(STDOUT_FILENO, bytes, n);
}

/* True when it takes two columns. */
static bool decode(const ui_cell *cell, wchar_t out[CCHARW_MAX + 1])
{
    size_t n = strlen(cell->text), len = 0;
    int    columns = 0;
    for (size_t i = 0; i < n && len < CCHARW_MAX;) {
        int32_t cp;
        i += huse_utf8_decode(cell->text + i, n - i, &cp);
        out[len++] = (wchar_t)cp;
        columns += wcwidth((wchar_t)cp);
    }
    out[len] = 0;
    if (!term.utf8) {
        out[0] = (wchar_t)ui_ascii((int32_t)out[0]);
        out[1] = 0;
    } else if (columns != cell->width) { /* curses must not disagree with us on where things are */
        out[0] = 0xfffd;
        out[1] = 0;
    } else {
        return columns == 2;
    }
    return false;
}

static attr_t attributes(unsigned style, short *pair)
{
    attr_t a = A_NORMAL;
    *pair = 0;
    if (style & UI_BOLD)
        a |= A_BOLD;
    if (style & UI_REVERSE)
        a |= A_REVERSE;
    if (style & UI_UNDERLINE)
        a |= A_UNDERLINE;
    const int hue = UI_HUE_OF(style);
    if (hue >= 0) {
        *pair = term.palette.hue[hue] >= 0 ? (short)(PAIR_HUE + hue) : 0;
    } else if (style & (UI_ACCENT | UI_WARN)) {
        const bool warn = style & UI_WARN, coloured = (warn ? term.palette.warn : term.palette.accent) >= 0;
        *pair = !coloured ? 0 : warn ? PAIR_WARN : PAIR_ACCENT;
        a |= coloured ? A_NORMAL : A_BOLD;
    } else if (style & UI_DIM) {
        *pair = term.palette.dim >= 0 ? PAIR_DIM : 0;
        a |= *pair ? A_NORMAL : A_DIM;
    }
    return a;
}

static void blank(wchar_t out[CCHARW_MAX + 1], uint8_t fill)
{
    static const wchar_t wide[] = {L' ', 0xa0, 0x2800, 0xa0}, plain[] = {L' ', L'.', L',', L'|'};
    out[0] = term.utf8 ? wide[fill] : plain[fill];
    out[1] = 0;
}

static void put_row(const ui_canvas *c, const uint8_t *fill, int y, int w)
{
    for (int x = 0, taken = 1; x < w; x += taken) {
        const size_t   i = (size_t)y * (size_t)c->w + (size_t)x;
        const ui_cell *cell = &c->cell[i];
        wchar_t        text[CCHARW_MAX + 1];
        short          pair;
        attr_t         a = attributes(cell->style, &pair);
        cchar_t        out;
        taken = 1;
        if (cell->text[0])
            taken += decode(cell, text);
        else
            blank(text, cell->width ? fill[i] : UI_FILL_SPACE);
        setcchar(&out, text, a, pair, NULL);
        mvwadd_wch(stdscr, y, x, &out);
    }
}

/* Remembers what is shown; true when the size is new. */
static bool resize_shown(const ui_canvas *c)
{
    const size_t n = (size_t)c->w * (size_t)c->h;
    if (term.cell && term.w == c->w && term.h == c->h)
        return false;
    term.w = c->w;
    term.h = c->h;
    term.cell = huse_xrealloc(term.cell, n * sizeof *term.cell);
    term.fill = huse_xrealloc(term.fill, n);
    return true;
}

void ui_term_show(const ui_canvas *c, const uint8_t *fill, bool busy)
{
    const int    h = HUSE_MIN(c->h, getmaxy(stdscr)), w = HUSE_MIN(c->w, getmaxx(stdscr));
    const size_t line = (size_t)c->w;
    const bool   all = resize_shown(c) || term.unknown, shown = !busy && c->cursor_x >= 0 && c->cursor_y >= 0;
    const bool   pictures = memchr(fill, UI_FILL_A, line * (size_t)c->h) != NULL;
    /* One row at a time: given several, curses looks for rows that moved and scrolls regions of the terminal, pictures included, and
     * idlok does not stop it. */
    leaveok(stdscr, TRUE);
    for (int y = 0; y < h; y++) {
        const size_t at = (size_t)y * line;
        if (!all && memcmp(term.cell + at, c->cell + at, line * sizeof *c->cell) == 0 && memcmp(term.fill + at, fill + at, line) == 0)
            continue;
        if (pictures) /* a cursor that passes over a picture bites a cell out of it */
            curs_set(0);
        put_row(c, fill, y, w);
        if (!all) {
            wnoutrefresh(stdscr);
            doupdate();
        }
    }
    memcpy(term.cell, c->cell, line * (size_t)c->h * sizeof *c->cell);
    memcpy(term.fill, fill, line * (size_t)c->h);
    if (all)
        clearok(curscr, TRUE);
    term.unknown = false;
    leaveok(stdscr, FALSE);
    if (!shown)
        curs_set(0);
    wmove(stdscr, shown ? HUSE_MIN(c->cursor_y, h - 1) : 0, shown ? HUSE_MIN(c->cursor_x, w - 1) : 0);
    wnoutrefresh(stdscr);
    doupdate();
    if (shown)
        curs_set(1);
}
