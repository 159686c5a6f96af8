#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gfx_kitty.h"
#include "term.h"

#define CACHE_BYTES ((size_t)64 << 20)
#define CACHE_ENTRIES 4096

typedef struct kept {
    ui_picture picture;
    uint64_t   serial, used;
} kept;

/* A picture on the screen, or about to be. */
typedef struct placed {
    ui_rect  rect;   /* the cells that it covers */
    uint64_t serial; /* of the kept picture */
    uint32_t place;  /* kitty's number for it here; 0: drawn in another way */
    bool     painted;
} placed;

struct ui_screen {
    ui_gfx   gfx;
    bool     sync;
    kept    *kept;
    size_t   n_kept, bytes;
    uint64_t serial, clock;
    placed  *placed;
    size_t   n_placed;
    ui_kitty *kitty; /* NULL where the terminal does not speak it */
    uint32_t place;
    uint8_t *fill; /* (h, w) of the canvas shown last */
    int      w, h;
    int      cursor_x, cursor_y;
};

ui_screen *ui_screen_new(void)
{
    ui_screen *s = huse_xcalloc(1, sizeof *s);
    s->kept = huse_xcalloc(CACHE_ENTRIES, sizeof *s->kept);
    return s;
}

static void drop_kept(ui_screen *s, size_t i)
{
    s->bytes -= s->kept[i].picture.bytes.len;
    huse_buf_free(&s->kept[i].picture.bytes);
    s->kept[i] = s->kept[--s->n_kept];
}

void ui_screen_free(ui_screen *s)
{
    if (!s)
        return;
    while (s->n_kept)
        drop_kept(s, 0);
    ui_term_on_leave(NULL, NULL, NULL);
    ui_kitty_free(s->kitty);
    free(s->kept);
    free(s->placed);
    free(s->fill);
    free(s);
}

static void write_out(huse_buf *b)
{
    /* a terminal that is gone shows up as the end of its input */
    if (b->len)
        (void)!ui_term_write(b->data, b->len);
    huse_buf_free(b);
}

/* Takes all pictures out of a terminal that keeps them. */
static void clear_kitty(void *ctx)
{
    ui_screen *s = ctx;
    huse_buf   b = {0};
    if (s->kitty)
        ui_kitty_clear(s->kitty, &b);
    write_out(&b);
}

void ui_screen_forget(ui_screen *s)
{
    clear_kitty(s);
    s->n_placed = 0;
    if (s->fill)
        memset(s->fill, UI_FILL_SPACE, (size_t)s->w * (size_t)s->h);
    ui_term_forget();
}

void ui_screen_gfx(ui_screen *s, const ui_gfx *g, bool sync)
{
    s->gfx = *g;
    s->sync = sync;
    ui_term_back(g->back);
    if (g->mode == UI_GFX_KITTY && !s->kitty) {
        s->kitty = ui_kitty_new((uint32_t)getpid() << 16);
        ui_term_on_leave(clear_kitty, s, "\x1b_Ga=d,d=A,q=2\x1b\\");
    }
}

/* ---- pictures that are ready ---- */

static kept *find(const ui_screen *s, const ui_slot *slot)
{
    for (size_t i = 0; i < s->n_kept; i++) {
        const ui_want *w = &s->kept[i].picture.want;
        if (w->cols == slot->rect.w && w->rows == slot->rect.h && memcmp(w->key, slot->key, sizeof w->key) == 0 &&
            ui_gfx_same(&w->gfx, &s->gfx))
            return &s->kept[i];
    }
    return NULL;
}

void ui_screen_keep(ui_screen *s, ui_picture *p)
{
    while (s->n_kept && (s->n_kept == CACHE_ENTRIES || s->bytes + p->bytes.len > CACHE_BYTES)) {
        size_t oldest = 0;
        for (size_t i = 1; i < s->n_kept; i++)
            if (s->kept[i].used < s->kept[oldest].used)
                oldest = i;
        drop_kept(s, oldest);
    }
    s->bytes += p->bytes.len;
    s->kept[s->n_kept++] = (kept){.picture = *p, .serial = ++s->serial, .used = ++s->clock};
    p->bytes = (huse_buf){0};
}

size_t ui_screen_missing(const ui_screen *s, const ui_canvas *c, ui_want *want, size_t max)
{
    size_t n = 0;
    if (s->gfx.mode == UI_GFX_NONE)
        return 0;
    for (size_t i = 0; i < c->n_slots && n < max; i++) {
        const ui_slot *slot = &c->slot[i];
        if (find(s, slot))
            continue;
        want[n] = (ui_want){.cols = slot->rect.w, .rows = slot->rect.h, .gfx = s->gfx, .drawing = slot->drawing, .part = slot->part};
        memcpy(want[n++].key, slot->key, sizeof slot->key);
    }
    return n;
}

void ui_screen_frames(ui_screen *s, ui_canvas *c)
{
    for (size_t i = 0; i < c->n_slots;) {
        kept *k = find(s, &c->slot[i]);
        if (!k || k->picture.bytes.len) {
            i++;
            continue;
        }
        ui_canvas_frame(c, c->slot[i].rect, k->picture.err.status == HUSE_NOT_FOUND ? "picture not embedded" : k->picture.err.msg);
        c->slot[i] = c->slot[--c->n_slots];
    }
}

/* ---- placing ---- */

static void set_fill(ui_screen *s, ui_rect r, uint8_t fill)
{
    for (int y = HUSE_MAX(r.y, 0); y < HUSE_MIN(r.y + r.h, s->h); y++)
        for (int x = HUSE_MAX(r.x, 0); x < HUSE_MIN(r.x + r.w, s->w); x++)
            s->fill[(size_t)y * (size_t)s->w + (size_t)x] = fill;
}

/* What stands in a box whose drawing is not ready yet: a curve that grows does not vanish while its next picture is made. */
static kept *before(const ui_screen *s, const ui_slot *slot)
{
    for (size_t i = 0; i < s->n_placed; i++)
        for (size_t k = 0; k < s->n_kept && memcmp(&s->placed[i].rect, &slot->rect, sizeof slot->rect) == 0; k++)
            if (s->kept[k].serial == s->placed[i].serial && ui_gfx_same(&s->kept[k].picture.want.gfx, &s->gfx))
                return &s->kept[k];
    return NULL;
}

/* Where the pictures of the canvas go. Fresh, as many as *n. */
static placed *place(ui_screen *s, const ui_canvas *c, size_t *n)
{
    placed *p = huse_xcalloc(c->n_slots, sizeof *p);
    *n = 0;
    for (size_t i = 0; i < c->n_slots; i++) {
        const ui_slot *slot = &c->slot[i];
        kept          *k = find(s, slot);
        if (!k && slot->drawing)
            k = before(s, slot);
        if (!k)
            continue;
        const ui_gfx_fit *f = &k->picture.fit;
        k->used = ++s->clock;
        p[*n] = (placed){.serial = k->serial};
        p[(*n)++].rect = (ui_rect){slot->rect.x, slot->top ? slot->rect.y : slot->rect.y + slot->rect.h - f->rows, f->cols, f->rows};
    }
    return p;
}

static bool same_place(const placed *a, const placed *b)
{
    return a->serial == b->serial && memcmp(&a->rect, &b->rect, sizeof a->rect) == 0;
}

/* Takes over that a picture stands already. Kitty's that must go are hidden by their number; the cells of others are marked with the other
 * filler: curses then writes a glyph into each, which is what erases everywhere. True when there are any of these. */
static bool erase_old(ui_screen *s, placed *now, size_t n)
{
    bool     any = false;
    huse_buf hidden = {0};
    for (size_t i = 0; i < s->n_placed; i++) {
        const placed *old = &s->placed[i];
        bool          stays = false;
        for (size_t k = 0; k < n && !stays; k++)
            if (same_place(old, &now[k])) {
                now[k].painted = old->painted;
                now[k].place = old->place;
                stays = true;
            }
        if (!stays && old->place) {
            ui_kitty_hide(s->kitty, old->serial, old->place, &hidden);
        } else if (!stays && old->painted) {
            set_fill(s, old->rect, UI_FILL_B);
            any = true;
        }
    }
    write_out(&hidden);
    return any;
}

static void resize_fill(ui_screen *s, const ui_canvas *c)
{
    if (s->fill && s->w == c->w && s->h == c->h)
        return;
    free(s->fill);
    s->w = c->w;
    s->h = c->h;
    s->fill = huse_xcalloc((size_t)c->w * (size_t)c->h, 1);
    s->n_placed = 0;
}

static void write_text(const char *text)
{
    (void)!ui_term_write(text, strlen(text)); /* as in write_out */
}

void ui_screen_show(ui_screen *s, const ui_canvas *c, bool pictures)
{
    size_t n = 0;
    resize_fill(s, c);
    placed *now = pictures ? place(s, c, &n) : NULL;
    if (s->sync)
        write_text("\x1b[?2026h");
    if (erase_old(s, now, n))
        ui_term_show(c, s->fill, true);
    memset(s->fill, UI_FILL_SPACE, (size_t)s->w * (size_t)s->h);
    bool waiting = false;
    for (size_t i = 0; i < n; i++) {
        const ui_rect r = now[i].rect;
        set_fill(s, r, UI_FILL_A);
        set_fill(s, (ui_rect){r.x - 1, r.y, 1, r.h}, UI_FILL_EDGE); /* curses may write again the first cell that is no space */
        waiting = waiting || !now[i].painted;
    }
    free(s->placed);
    s->placed = now;
    s->n_placed = n;
    s->cursor_x = c->cursor_x;
    s->cursor_y = c->cursor_y;
    ui_term_show(c, s->fill, waiting);
    if (s->sync && !waiting)
        write_text("\x1b[?2026l");
}

/* ---- painting ---- */

static const kept *by_serial(const ui_screen *s, uint64_t serial)
{
    for (size_t i = 0; i < s->n_kept; i++)
        if (s->kept[i].serial == serial)
            return &s->kept[i];
    return NULL;
}

/* One picture in one buffer: place saved, picture, place restored. */
static void paint(ui_screen *s, const kept *k, placed *at)
{
    const ui_picture *p = &k->picture;
    const ui_rect     r = at->rect;
    huse_buf    b = {0};
    const char *line = p->bytes.data;
    huse_buf_str(&b, "\x1b" "7\x1b[0m");
    if (p->want.gfx.mode == UI_GFX_SIXEL) {
        huse_buf_fmt(&b, "\x1b[%d;%dH", r.y + 1, r.x + 1);
        huse_buf_add(&b, line, p->bytes.len);
    } else if (p->want.gfx.mode == UI_GFX_KITTY) {
        s->place = s->place % INT32_MAX + 1;
        at->place = s->place;
        huse_buf_fmt(&b, "\x1b[%d;%dH", r.y + 1, r.x + 1);
        ui_kitty_show(s->kitty, k->serial, line, p->bytes.len, p->fit, at->place, &b);
    } else {
        for (int y = 0; y < r.h; y++) {
            size_t len = strcspn(line, "\n");
            huse_buf_fmt(&b, "\x1b[%d;%dH", r.y + y + 1, r.x + 1);
            huse_buf_add(&b, line, len);
            line += len + (line[len] == '\n');
        }
    }
    huse_buf_str(&b, "\x1b" "8");
    write_out(&b);
}

bool ui_screen_paint(ui_screen *s, bool (*stop)(void))
{
    bool any = false, left = false;
    for (size_t i = 0; i < s->n_placed && !left; i++) {
        placed *p = &s->placed[i];
        if (p->painted)
            continue;
        left = any && stop();
        if (left)
            continue;
        const kept *k = by_serial(s, p->serial);
        if (k)
            paint(s, k, p);
        p->painted = true;
        any = true;
    }
    if (any && s->sync)
        write_text("\x1b[?2026l");
    return !left;
}
