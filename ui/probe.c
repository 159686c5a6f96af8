#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"

#define COLOURS_MAX 256

/* Colour registers, sixel area now and at most, cell and window in pixels, synchronised output. */
#define SEQUENCES "\x1b[?1;1;0S\x1b[?2;1;0S\x1b[?2;4;0S\x1b[16t\x1b[14t\x1b[?2026$p"
#define KITTY     "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
#define GROUND    0x181818 /* of a terminal that does not say */
#define COLOURS   "\x1b]4;255;?\x1b\\\x1b]11;?\x1b\\" /* the last of 256, which TERM=xterm does not promise; the background */
#define ATTRIBUTES "\x1b[c"

const char *ui_probe_questions(void)
{
    const char *term = getenv("TERM"), *tmux = getenv("TMUX"), *sty = getenv("STY");
    if (!term || strncmp(term, "vt", 2) == 0) /* the real ones print strings that they do not know */
        return SEQUENCES ATTRIBUTES;
    /* tmux and screen take APC as a window's title */
    if ((tmux && *tmux) || (sty && *sty) || strncmp(term, "screen", 6) == 0 || strncmp(term, "tmux", 4) == 0)
        return SEQUENCES COLOURS ATTRIBUTES;
    return SEQUENCES KITTY COLOURS ATTRIBUTES;
}

static void graphics_reply(ui_probe *p, const ui_reply *r)
{
    if (r->n < 3 || r->param[1] != 0)
        return;
    if (r->param[0] == 1) {
        p->registers = r->param[2];
    } else if (r->param[0] == 2 && r->n >= 4) { /* asked twice, answered in order */
        if (p->n_area++ == 0) {
            p->area_w = r->param[2];
            p->area_h = r->param[3];
        } else {
            p->area_max_w = r->param[2];
            p->area_max_h = r->param[3];
        }
    }
}

/* "11;rgb:RRRR/GGGG/BBBB" with 1 to 4 hexadecimal digits each, or rgba: with one more. */
static ui_back background(const char *text, uint32_t *rgb)
{
    static const int weight[3] = {299, 587, 114};
    const char      *p = strncmp(text, "11;rgb", 6) == 0 ? strchr(text, ':') : NULL;
    double           luma = 0;
    for (int i = 0; i < 3; i++) {
        char *end = NULL;
        long  v = p ? strtol(p + 1, &end, 16) : -1;
        long  digits = p ? end - p - 1 : 0;
        if (digits < 1 || digits > 4 || v < 0 || (i < 2 && *end != '/'))
            return UI_BACK_UNKNOWN;
        const double share = (double)v / (double)((1L << 4 * digits) - 1);
        luma += weight[i] * share;
        *rgb = *rgb << 8 | (uint32_t)(share * 255 + .5);
        p = end;
    }
    return luma > 600 ? UI_BACK_LIGHT : luma < 400 ? UI_BACK_DARK : UI_BACK_UNKNOWN;
}

void ui_probe_reply(ui_probe *p, const ui_reply *r)
{
    if (r->prefix == '_') {
        p->kitty = p->kitty || strcmp(r->text, "Gi=31;OK") == 0;
    } else if (r->prefix == ']') {
        p->has_256 = p->has_256 || strncmp(r->text, "4;255;rgb", 9) == 0;
        if (strncmp(r->text, "11;", 3) == 0)
            p->back = background(r->text, &p->ground);
    } else if (r->prefix == '?' && r->final == 'c') {
        p->done = true;
        for (int i = 0; i < r->n; i++)
            p->sixel = p->sixel || r->param[i] == 4;
    } else if (r->prefix == '?' && r->final == 'S') {
        graphics_reply(p, r);
    } else if (r->prefix == '?' && r->final == 'y' && r->n >= 2 && r->param[0] == 2026) {
        p->sync = r->param[1] == 1 || r->param[1] == 2;
    } else if (!r->prefix && r->final == 't' && r->n >= 3 && r->param[0] == 6) {
        p->cell_h = r->param[1];
        p->cell_w = r->param[2];
    } else if (!r->prefix && r->final == 't' && r->n >= 3 && r->param[0] == 4) {
        p->text_h = r->param[1];
        p->text_w = r->param[2];
    }
}

bool ui_screen_measure(int fd, ui_screen_size *s)
{
    struct winsize ws;
    if (ioctl(fd, TIOCGWINSZ, &ws) != 0)
        return false;
    *s = (ui_screen_size){ws.ws_col, ws.ws_row, ws.ws_xpixel, ws.ws_ypixel};
    return true;
}

static bool plausible(int w, int h)
{
    return w >= 2 && h >= 4 && w <= 200 && h <= 400;
}

/* In order of trust: the sixel area where it is the whole text area, the cell as asked, the kernel's pixels, the window as asked. */
static void cell_size(const ui_probe *p, const ui_screen_size *s, int *w, int *h)
{
    const int cols = HUSE_MAX(s->cols, 1), rows = HUSE_MAX(s->rows, 1);
    bool area = p->n_area > 0 && p->area_w % cols == 0 && p->area_h % rows == 0 && p->area_w != p->area_max_w &&
                p->area_h != p->area_max_h && plausible(p->area_w / cols, p->area_h / rows);
    bool feigned = s->px_w == 640 && s->px_h == 480 && (640 % cols || 480 % rows);
    if (area) {
        *w = p->area_w / cols;
        *h = p->area_h / rows;
    } else if (plausible(p->cell_w, p->cell_h)) {
        *w = p->cell_w;
        *h = p->cell_h;
    } else if (plausible(s->px_w / cols, s->px_h / rows) && !feigned) {
        *w = s->px_w / cols;
        *h = s->px_h / rows;
    } else if (plausible(p->text_w / cols, p->text_h / rows)) {
        *w = p->text_w / cols;
        *h = p->text_h / rows;
    } else {
        *w = 8;
        *h = 16;
    }
}

ui_gfx ui_probe_gfx(const ui_probe *p, ui_gfx_wish wish, const ui_screen_size *s)
{
    ui_gfx g = {.colours = COLOURS_MAX, .symbols = wish != UI_WISH_BLOCKS && ui_gfx_has_symbols(), .back = p->back};
    g.ground = p->back == UI_BACK_UNKNOWN ? GROUND : p->ground & 0xffffff;
    cell_size(p, s, &g.cell_w, &g.cell_h);
    if (p->registers >= 2)
        g.colours = HUSE_MIN(p->registers, COLOURS_MAX);
    if (wish == UI_WISH_NONE)
        g.mode = UI_GFX_NONE;
    else if (wish == UI_WISH_KITTY || (wish == UI_WISH_AUTO && p->kitty))
        g.mode = UI_GFX_KITTY;
    else if (wish == UI_WISH_SIXEL || (wish == UI_WISH_AUTO && p->sixel))
        g.mode = UI_GFX_SIXEL;
    else
        g.mode = ui_gfx_cell_mode();
    if (g.mode == UI_GFX_16 && p->has_256)
        g.mode = UI_GFX_256;
    return g;
}

/* ---- asking and waiting, for commands that draw once ---- */

typedef struct waiting {
    ui_probe *probe;
    bool      interrupted;
} waiting;

static void on_event(void *ctx, const ui_event *e)
{
    waiting *w = ctx;
    if (e->kind == UI_EVENT_REPLY)
        ui_probe_reply(w->probe, &e->reply);
    else if (e->kind == UI_EVENT_KEY && e->key == UI_CTRL('c'))
        w->interrupted = true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_replies(int fd, waiting *w)
{
    ui_input     *in = ui_input_new(true);
    const int64_t end = now_ms() + (getenv("SSH_CONNECTION") ? 3000 : 1000);
    while (!w->probe->done && !w->interrupted) {
        struct pollfd p = {fd, POLLIN, 0};
        int64_t       left = end - now_ms();
        char          data[256];
        if (left <= 0 || poll(&p, 1, (int)left) <= 0)
            break;
        ssize_t n = read(fd, data, sizeof data);
        if (n <= 0)
            break;
        ui_input_feed(in, data, (size_t)n, on_event, w);
    }
    ui_input_free(in);
}

/* While the terminal is raw no signal may end us, so they wait for that second. */
static bool ask_raw(int fd, waiting *w)
{
    struct termios saved, raw;
    sigset_t       all, old;
    if (tcgetpgrp(fd) != getpgrp() || tcgetattr(fd, &saved) != 0)
        return false;
    raw = saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    const char *ask = ui_probe_questions();
    bool        asked = tcsetattr(fd, TCSADRAIN, &raw) == 0 && huse_fs_write_all(fd, ask, strlen(ask));
    if (asked)
        read_replies(fd, w);
    tcsetattr(fd, TCSADRAIN, &saved);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return asked;
}

bool ui_probe_wait(ui_probe *p)
{
    waiting w = {p, false};
    *p = (ui_probe){.done = false};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !ui_gfx_may_ask())
        return false;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    bool asked = ask_raw(fd, &w);
    close(fd);
    if (w.interrupted)
        raise(SIGINT);
    return asked && p->done;
}
