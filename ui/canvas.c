#include "canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "gfx.h"

bool ui_rect_overlap(ui_rect a, ui_rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Leaves the first @kept. */
static void drop_slots(ui_canvas *c, size_t kept)
{
    while (c->n_slots > kept)
        ui_drawing_drop(c->slot[--c->n_slots].drawing);
}

void ui_canvas_reset(ui_canvas *c, int w, int h)
{
    HUSE_ASSERT(w >= 0 && h >= 0);
    if (w != c->w || h != c->h || !c->cell) {
        free(c->cell);
        c->cell = huse_xmalloc((size_t)w * (size_t)h * sizeof *c->cell);
        c->w = w;
        c->h = h;
    }
    drop_slots(c, 0);
    c->n_hits = 0;
    c->cursor_x = c->cursor_y = -1;
    ui_canvas_blank(c, (ui_rect){0, 0, w, h}, UI_PLAIN);
}

void ui_canvas_free(ui_canvas *c)
{
    drop_slots(c, 0);
    free(c->cell);
    free(c->slot);
    free(c->hit);
    *c = (ui_canvas){0};
}

static ui_cell *at(const ui_canvas *c, int x, int y)
{
    return x >= 0 && y >= 0 && x < c->w && y < c->h ? &c->cell[(size_t)y * (size_t)c->w + (size_t)x] : NULL;
}

/* Half of a wide character that loses its other half becomes blank. */
static void unpair(ui_canvas *c, int x, int y)
{
    ui_cell *cell = at(c, x, y), *left = at(c, x - 1, y), *right = at(c, x + 1, y);
    if (cell->width == 0 && left)
        *left = (ui_cell){.style = left->style, .width = 1};
    if (cell->width == 2 && right)
        *right = (ui_cell){.style = right->style, .width = 1};
}

static void put(ui_canvas *c, int x, int y, unsigned style, const char *text, size_t n, int width)
{
    ui_cell *cell = at(c, x, y), *right = width == 2 ? at(c, x + 1, y) : NULL;
    if (!cell || (width == 2 && !right))
        return;
    unpair(c, x, y);
    *cell = (ui_cell){.style = (uint16_t)style, .width = (uint8_t)width};
    if (n != 1 || *text != ' ')
        memcpy(cell->text, text, HUSE_MIN(n, sizeof cell->text - 1));
    if (right) {
        unpair(c, x + 1, y);
        *right = (ui_cell){.style = (uint16_t)style, .width = 0};
        cell->width = 2; /* unpairing its old right half may have touched it */
        memcpy(cell->text, text, HUSE_MIN(n, sizeof cell->text - 1));
    }
}

void ui_canvas_blank(ui_canvas *c, ui_rect r, unsigned style)
{
    for (int y = HUSE_MAX(r.y, 0); y < HUSE_MIN(r.y + r.h, c->h); y++) {
        int x0 = HUSE_MAX(r.x, 0), x1 = HUSE_MIN(r.x + r.w, c->w);
        if (x0 >= x1)
            continue;
        if (x0 > 0 && at(c, x0, y)->width == 0)
            unpair(c, x0, y);
        if (x1 < c->w && at(c, x1, y)->width == 0)
            *at(c, x1, y) = (ui_cell){.style = at(c, x1, y)->style, .width = 1};
        for (int x = x0; x < x1; x++)
            *at(c, x, y) = (ui_cell){.style = (uint16_t)style, .width = 1};
    }
}

/* Length of the next character of clean text with its marks, and its columns. */
static size_t next_cluster(const char *s, int *columns)
{
    int32_t cp;
    size_t  len = huse_utf8_decode(s, strnlen(s, 4), &cp);
    *columns = HUSE_MAX(huse_char_width(cp), 1);
    while (s[len]) {
        size_t more = huse_utf8_decode(s + len, strnlen(s + len, 4), &cp);
        if (cp < 0x300 || huse_char_width(cp) != 0)
            break;
        len += more;
    }
    return len;
}

static bool is_selector(int32_t cp)
{
    return (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

/* What only asks for another drawing of its neighbours, between @last and @next (0: none). How many columns come of it differs between
 * terminals, so it is left out, and the parts stand beside each other. */
static bool is_style(int32_t last, int32_t cp, int32_t next)
{
    if (is_selector(cp))
        return true;
    if (cp == 0x200c || cp == 0x200d) /* joiners: of scripts that join, and of emoji */
        return last >= 0x300 && next >= 0x300;
    if (cp == 0xad) /* a place to hyphenate */
        return last > ' ' && next > ' ';
    if (cp >= 0x1f3fb && cp <= 0x1f3ff) /* tones of skin */
        return last >= 0x261d;
    return cp >= 0xe0020 && cp <= 0xe007f && last == 0x1f3f4; /* whose flag a black flag stands for */
}

char *ui_canvas_clean(const char *text, size_t n)
{
    huse_buf kept = {0};
    int32_t  cp, next, last = 0;
    huse_buf_str(&kept, "");
    for (size_t i = 0, len; i < n; i += len) {
        len = huse_utf8_decode(text + i, n - i, &cp);
        next = 0;
        if (cp >= 0x80 && i + len < n)
            huse_utf8_decode(text + i + len, n - i - len, &next);
        if (cp >= 0x80 && is_style(last, cp, next))
            continue;
        huse_buf_add(&kept, text + i, len);
        last = cp;
    }
    char *clean = huse_text_sanitise(kept.data, kept.len);
    huse_buf_free(&kept);
    return clean;
}

static char *clean_text(const char *text)
{
    return ui_canvas_clean(text, strlen(text));
}

static int width_of(const char *clean)
{
    int total = 0;
    for (int w; *clean; total += w)
        clean += next_cluster(clean, &w);
    return total;
}

/* Draws at most @n bytes of clean text; returns the columns taken. */
static int draw(ui_canvas *c, int x, int y, unsigned style, const char *clean, size_t n)
{
    int start = x;
    for (size_t i = 0; i < n && clean[i];) {
        int    w;
        size_t len = next_cluster(clean + i, &w);
        put(c, x, y, style, clean + i, len, w);
        x += w;
        i += len;
    }
    return x - start;
}

/* Bytes of the longest start that takes at most @columns. */
static size_t fit(const char *clean, int columns)
{
    size_t n = 0;
    for (int w; clean[n]; columns -= w) {
        size_t len = next_cluster(clean + n, &w);
        if (w > columns)
            break;
        n += len;
    }
    return n;
}

static int draw_cut(ui_canvas *c, int x, int y, int columns, unsigned style, const char *clean)
{
    if (columns <= 0)
        return 0;
    if (width_of(clean) <= columns)
        return draw(c, x, y, style, clean, SIZE_MAX);
    int w = draw(c, x, y, style, clean, fit(clean, columns - 1));
    return w + draw(c, x + w, y, style, "…", SIZE_MAX);
}

int ui_canvas_text(ui_canvas *c, int x, int y, int columns, unsigned style, const char *text)
{
    char *clean = clean_text(text);
    int   w = draw_cut(c, x, y, columns, style, clean);
    free(clean);
    return w;
}

int ui_canvas_text_right(ui_canvas *c, int right, int y, int columns, unsigned style, const char *text)
{
    char *clean = clean_text(text);
    int   w = HUSE_MIN(width_of(clean), columns);
    w = draw_cut(c, right - w, y, w, style, clean);
    free(clean);
    return w;
}

int ui_canvas_name(ui_canvas *c, int x, int y, int columns, unsigned style, const char *text)
{
    char *clean = clean_text(text);
    int   wide = width_of(clean), w = 0;
    if (wide <= columns || columns < 8) {
        w = draw_cut(c, x, y, columns, style, clean);
    } else {
        const char *tail = clean;
        for (int left = wide, cw; left > columns - columns / 3 - 1; left -= cw)
            tail += next_cluster(tail, &cw);
        w = draw(c, x, y, style, clean, fit(clean, columns / 3));
        w += draw(c, x + w, y, style, "…", SIZE_MAX);
        w += draw(c, x + w, y, style, tail, SIZE_MAX);
    }
    free(clean);
    return w;
}

int ui_canvas_printf(ui_canvas *c, int x, int y, int columns, unsigned style, const char *fmt, ...)
{
    char    text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return ui_canvas_text(c, x, y, columns, style, text);
}

int ui_canvas_width(const char *clean)
{
    return width_of(clean);
}

size_t ui_canvas_break(const char *clean, size_t n, int columns, size_t *next)
{
    size_t end = HUSE_MIN(fit(clean, columns), n);
    *next = end;
    if (end == n)
        return n;
    if (!end) { /* a wide character in one column */
        int w;
        *next = next_cluster(clean, &w);
        return 0;
    }
    const size_t whole = end;
    while (end > 0 && clean[end] != ' ')
        end--;
    size_t lead = 0; /* spaces that a line begins with are its own */
    while (clean[lead] == ' ')
        lead++;
    if (end <= lead)
        end = whole;
    for (*next = end; *next < n && clean[*next] == ' ';)
        ++*next;
    return end;
}

int ui_canvas_wrap(ui_canvas *c, ui_rect r, unsigned style, const char *text)
{
    char  *clean = clean_text(text);
    size_t n = strlen(clean), done = 0, next;
    int    line = 0;
    for (; done < n && line < r.h && r.w > 0; line++, done += next) {
        const size_t part = ui_canvas_break(clean + done, n - done, r.w, &next);
        if (line + 1 == r.h)
            draw_cut(c, r.x, r.y + line, r.w, style, clean + done);
        else
            draw(c, r.x, r.y + line, style, clean + done, part);
    }
    free(clean);
    return line;
}

void ui_canvas_rule(ui_canvas *c, int x, int y, int w)
{
    for (int i = 0; i < w; i++)
        put(c, x + i, y, UI_DIM, "─", strlen("─"), 1);
}

void ui_canvas_rule_down(ui_canvas *c, int x, int y, int h)
{
    for (int i = 0; i < h; i++)
        put(c, x, y + i, UI_DIM, "│", strlen("│"), 1);
}

void ui_canvas_frame(ui_canvas *c, ui_rect r, const char *why)
{
    if (r.w < 2 || r.h < 2)
        return;
    const int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
    ui_canvas_rule(c, r.x, r.y, r.w);
    ui_canvas_rule(c, r.x, bottom, r.w);
    ui_canvas_rule_down(c, r.x, r.y, r.h);
    ui_canvas_rule_down(c, right, r.y, r.h);
    put(c, r.x, r.y, UI_DIM, "┌", 3, 1);
    put(c, right, r.y, UI_DIM, "┐", 3, 1);
    put(c, r.x, bottom, UI_DIM, "└", 3, 1);
    put(c, right, bottom, UI_DIM, "┘", 3, 1);
    ui_rect inner = {r.x + 2, r.y + HUSE_MAX((r.h - 1) / 2, 1), r.w - 4, HUSE_MAX(HUSE_MIN(r.h / 2 - 1, 3), 1)};
    if (r.h > 2)
        ui_canvas_wrap(c, inner, UI_DIM, why);
}

void ui_canvas_bar(ui_canvas *c, int x, int y, int w, unsigned style, double share)
{
    const int halves = (int)(HUSE_MAX(HUSE_MIN(share, 1.0), 0.0) * w * 2 + .5);
    for (int i = 0; i < halves / 2; i++)
        put(c, x + i, y, style, "━", strlen("━"), 1);
    if (halves % 2)
        put(c, x + halves / 2, y, style, "╸", strlen("╸"), 1);
}

/* NULL where the box breaks the rules. */
static ui_slot *add_slot(ui_canvas *c, ui_rect r)
{
    if (r.w < 1 || r.h < 1 || r.x < 1 || r.y < 0 || r.x + r.w > c->w || r.y + r.h >= c->h)
        return NULL;
    if (c->n_slots == c->cap_slots) {
        c->cap_slots = c->cap_slots ? 2 * c->cap_slots : 32;
        c->slot = huse_xrealloc(c->slot, c->cap_slots * sizeof *c->slot);
    }
    ui_slot *s = &c->slot[c->n_slots++];
    *s = (ui_slot){.rect = r};
    return s;
}

void ui_canvas_picture(ui_canvas *c, ui_rect r, const uint8_t key[32], bool top)
{
    ui_slot *s = add_slot(c, r);
    if (!s)
        return;
    s->top = top;
    memcpy(s->key, key, sizeof s->key);
}

void ui_canvas_drawing(ui_canvas *c, ui_rect r, ui_drawing *d, int px, int py, int cell_w, int cell_h)
{
    const int w = UI_GFX_SIDE / cell_w, h = UI_GFX_SIDE / cell_h;
    if (r.w > w) {
        ui_canvas_drawing(c, (ui_rect){r.x + w, r.y, r.w - w, r.h}, d, px + w * cell_w, py, cell_w, cell_h);
        r.w = w;
    }
    if (r.h > h) {
        ui_canvas_drawing(c, (ui_rect){r.x, r.y + h, r.w, r.h - h}, d, px, py + h * cell_h, cell_w, cell_h);
        r.h = h;
    }
    ui_slot *s = add_slot(c, r);
    if (!s)
        return;
    s->top = true;
    s->drawing = ui_drawing_hold(d);
    s->part = (ui_part_of){px, py, r.w * cell_w, r.h * cell_h};
    ui_drawing_key(d, s->part, s->key);
}

void ui_canvas_hit(ui_canvas *c, ui_rect r, int what)
{
    if (c->n_hits == c->cap_hits) {
        c->cap_hits = c->cap_hits ? 2 * c->cap_hits : 32;
        c->hit = huse_xrealloc(c->hit, c->cap_hits * sizeof *c->hit);
    }
    c->hit[c->n_hits++] = (ui_hit){r, what};
}

const ui_hit *ui_canvas_at(const ui_canvas *c, int x, int y)
{
    for (size_t i = c->n_hits; i-- > 0;)
        if (ui_rect_overlap(c->hit[i].rect, (ui_rect){x, y, 1, 1}))
            return &c->hit[i];
    return NULL;
}

void ui_canvas_cover(ui_canvas *c, ui_rect r)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n_slots; i++)
        if (ui_rect_overlap(c->slot[i].rect, r))
            ui_drawing_drop(c->slot[i].drawing);
        else
            c->slot[kept++] = c->slot[i];
    c->n_slots = kept;
    ui_canvas_hit(c, r, 0);
    ui_canvas_blank(c, r, UI_PLAIN);
}

void ui_canvas_cursor(ui_canvas *c, int x, int y)
{
    c->cursor_x = x >= 0 && x < c->w ? x : -1;
    c->cursor_y = y >= 0 && y < c->h ? y : -1;
}

static bool in_slot(const ui_canvas *c, int x, int y)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (ui_rect_overlap(c->slot[i].rect, (ui_rect){x, y, 1, 1}))
            return true;
    return false;
}

char *ui_canvas_dump(const ui_canvas *c)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (int y = 0; y < c->h; y++) {
        for (int x = 0; x < c->w; x++) {
            const ui_cell *cell = at(c, x, y);
            if (cell->width)
                huse_buf_str(&b, cell->text[0] ? cell->text : in_slot(c, x, y) ? "░" : " ");
        }
        while (b.len && b.data[b.len - 1] == ' ')
            b.len--;
        huse_buf_str(&b, "\n");
    }
    return b.data;
}
