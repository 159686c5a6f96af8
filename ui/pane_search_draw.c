#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_search.h"

#define SMALL_W 20
#define SMALL_H 5
#define TEXT_W 60 /* below: no pictures */
#define TEXT_H 15
#define WIDE_W 100 /* from here on the details stand beside the results */
#define TILE_GAP 2

/* ---- arrangement ---- */

static void arrange_tiles(const ui_search *s, ui_search_layout *l)
{
    const int cw = HUSE_MAX(s->gfx.cell_w, 1), ch = HUSE_MAX(s->gfx.cell_h, 1), target = l->body.h >= 30 ? 8 : 7;
    l->captions = l->body.h >= 30 ? 3 : 2;
    l->rows = HUSE_MAX((l->grid.h + 1) / (target + l->captions + 1), 1);
    l->tile_h = (l->grid.h + 1) / l->rows;
    l->picture_h = HUSE_MIN(l->tile_h - 1 - l->captions, 16);
    l->tile_h = l->picture_h + l->captions + 1;
    int square = HUSE_MAX((l->picture_h * ch + cw / 2) / cw, 8);
    l->columns = HUSE_MAX(l->grid.w / (square + 1 + TILE_GAP), 1);
    l->tile_w = l->grid.w / l->columns;
    l->picture_w = HUSE_MIN(square, l->tile_w - 1 - TILE_GAP);
}

void ui_search_arrange(const ui_search *s, ui_search_layout *l)
{
    *l = (ui_search_layout){.small = s->w < SMALL_W || s->h < SMALL_H};
    if (l->small)
        return;
    l->rule = s->h >= 10;
    l->body = (ui_rect){0, 3, s->w, HUSE_MAX(s->h - 4 - l->rule, 0)};
    const bool wide = s->w >= WIDE_W && s->h >= TEXT_H, details = s->details_asked ? s->details : wide;
    l->grid = l->body;
    if (details && wide) {
        int w = HUSE_MIN(HUSE_MAX(s->w / 3, 36), 64);
        l->panel = (ui_rect){s->w - w, l->body.y, w, l->body.h};
        l->grid.w -= w;
    } else {
        l->page = details;
    }
    l->tiles = s->pictures && s->target == HUSE_TARGET_IMAGE && s->w >= TEXT_W && s->h >= TEXT_H;
    if (l->tiles) {
        arrange_tiles(s, l);
    } else {
        l->columns = 1;
        l->rows = HUSE_MAX(l->grid.h, 1);
    }
}

/* ---- chrome ---- */

static const char *const view_name[] = {"images", "texts", "classes"};

/* "9,324 items · 11 ms", or "". */
static void describe(const ui_search *s, char *out, size_t size)
{
    char total[32];
    *out = 0;
    if (!s->answered)
        return;
    const char *what = s->hits.target == HUSE_TARGET_CLASS ? "classes" : "items";
    ui_thousands(total, s->hits.answer.total);
    if (s->hits.scored)
        snprintf(out, size, "%s %s · %.0f ms", total, what, s->hits.answer.ms);
    else
        snprintf(out, size, "%s %s", total, what);
}

static void draw_query(const ui_search *s, ui_canvas *c)
{
    char text[96];
    int  right = c->w - 1;
    describe(s, text, sizeof text);
    if (c->w >= WIDE_W) {
        int w = (int)huse_text_width(text);
        ui_canvas_text_right(c, right, 1, w, UI_DIM, text);
        right -= HUSE_MAX(w, 24) + 3;
    }
    if (c->w >= 48)
        for (int v = 2; v >= 0; v--) {
            const bool now = (int)s->target == v;
            right -= ui_canvas_text_right(c, right, 1, 8, now ? UI_ACCENT | UI_BOLD : UI_DIM, view_name[v]) + 2;
        }
    ui_canvas_text(c, 1, 1, 2, s->typing ? UI_ACCENT | UI_BOLD : UI_DIM, "›");
    ui_line_draw(&s->line, c, 3, 1, right - 3, s->typing, "type what you look for");
    ui_canvas_rule(c, 0, 2, c->w);
    if (s->error[0]) {
        size_t at = HUSE_MIN(s->error_at, s->line.n);
        char  *before = huse_xstrndup(s->line.text, at);
        int    x = s->error_at != SIZE_MAX ? 3 + (int)huse_text_width(before) : 3;
        const char *sign = s->error_at != SIZE_MAX && x <= c->w / 2 ? "^ " : "! ";
        x = x <= c->w / 2 ? x : 3;
        free(before);
        ui_canvas_blank(c, (ui_rect){x - 1, 2, c->w, 1}, UI_PLAIN);
        x += ui_canvas_text(c, x, 2, 2, UI_WARN | UI_BOLD, sign);
        ui_canvas_text(c, x, 2, c->w - x - 1, UI_PLAIN, s->error);
    } else if (c->w < WIDE_W && text[0]) {
        int w = (int)huse_text_width(text);
        ui_canvas_blank(c, (ui_rect){c->w - w - 3, 2, w + 2, 1}, UI_PLAIN);
        ui_canvas_text_right(c, c->w - 2, 2, w, UI_DIM, text);
    }
}

/* ---- one result ---- */

static const huse_item *item_of(const ui_search *s, const huse_hit *hit)
{
    return hit->item >= 0 ? &s->opened->items->item[hit->item] : NULL;
}

static const char *class_name(const huse_hit *hit)
{
    const char *slash = strrchr(hit->class_path, '/');
    return slash ? slash + 1 : hit->class_path;
}

/* "Apparel › Topwear › Kurtas". Fresh memory. */
static char *spaced_path(const char *path)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (; *path; path++) {
        if (*path == '/')
            huse_buf_str(&b, " › ");
        else
            huse_buf_add(&b, path, 1);
    }
    return b.data;
}

static const char *caption(const huse_item *item)
{
    return item->text && *item->text ? item->text : item->id;
}

static void draw_picture(const ui_search *s, ui_canvas *c, const huse_item *item, ui_rect box, bool top)
{
    const huse_items *items = s->opened->items;
    if (!item->n_pictures) {
        ui_canvas_frame(c, box, "no picture");
        return;
    }
    const huse_picture *p = &items->picture[item->picture];
    if (p->state == HUSE_PICTURE_OK && p->has_key)
        ui_canvas_picture(c, box, p->key, top);
    else
        ui_canvas_frame(c, box, p->state == HUSE_PICTURE_FAILED ? p->why ? p->why : "broken picture" : "not embedded yet");
}

static void draw_tile(const ui_search *s, ui_canvas *c, const ui_search_layout *l, int x, int y, const huse_hit *hit, bool selected)
{
    const huse_item *item = item_of(s, hit);
    const int        w = l->tile_w - 1 - TILE_GAP, end = x + 1 + w;
    int              line = y + l->picture_h;
    char             score[16] = "";
    draw_picture(s, c, item, (ui_rect){x + 1, y, l->picture_w, l->picture_h}, false);
    if (selected)
        for (int i = 0; i < l->picture_h + l->captions; i++)
            ui_canvas_text(c, x, y + i, 1, UI_ACCENT | UI_BOLD, "▌");
    ui_canvas_text(c, x + 1, line++, w, selected ? UI_BOLD : UI_PLAIN, caption(item));
    int taken = s->hits.scored ? ui_canvas_text_right(c, end, line, 5, UI_PLAIN, ui_share(score, (double)hit->score, 2)) + 1 : 0;
    ui_canvas_text(c, x + 1, line++, w - taken, UI_DIM, class_name(hit));
    if (l->captions > 2 && s->hits.scored)
        ui_canvas_bar(c, x + 1, line, w, selected ? UI_ACCENT : UI_DIM, (double)hit->score);
    if (selected && !s->typing)
        ui_canvas_cursor(c, x + 1, y + l->picture_h);
}

static void draw_line(const ui_search *s, ui_canvas *c, ui_rect grid, int y, size_t rank, const huse_hit *hit, bool selected)
{
    const huse_item *item = item_of(s, hit);
    char             text[32];
    int              x = grid.x + 1, end = grid.x + grid.w - 1;
    if (selected)
        ui_canvas_text(c, 0, y, 1, UI_ACCENT | UI_BOLD, "▌");
    if (grid.w >= 40)
        ui_canvas_text_right(c, x + 5, y, 6, UI_DIM, ui_thousands(text, rank + 1));
    x += grid.w >= 40 ? 7 : 0;
    if (s->hits.scored) {
        ui_canvas_text_right(c, x + 4, y, 5, UI_PLAIN, ui_share(text, (double)hit->score, 2));
        x += 6;
    }
    if (selected && !s->typing)
        ui_canvas_cursor(c, x, y);
    if (!item) {
        char *path = spaced_path(hit->class_path);
        ui_canvas_name(c, x, y, end - x, selected ? UI_BOLD : UI_PLAIN, path);
        free(path);
        return;
    }
    int w = HUSE_MIN(HUSE_MAX((end - x) / 4, 8), 24);
    ui_canvas_text(c, x, y, w, UI_DIM, class_name(hit));
    ui_canvas_text(c, x + w + 2, y, end - x - w - 2, selected ? UI_BOLD : UI_PLAIN, caption(item));
}

/* ---- details ---- */

static void draw_class_path(ui_canvas *c, ui_rect *r, unsigned style, const char *path)
{
    char *shown = spaced_path(path);
    int   n = ui_canvas_wrap(c, *r, style, shown);
    r->y += n;
    r->h -= n;
    free(shown);
}

static void next_lines(ui_rect *r, int n)
{
    r->y += n;
    r->h -= n;
}

static void draw_facts(const ui_search *s, ui_canvas *c, ui_rect r, const huse_hit *hit)
{
    const huse_item *item = item_of(s, hit);
    char             rank[32], total[32], score[16], cosine[16];
    if (item) {
        next_lines(&r, ui_canvas_wrap(c, (ui_rect){r.x, r.y, r.w, HUSE_MIN(r.h, 6)}, UI_BOLD, caption(item)) + 1);
        draw_class_path(c, &r, UI_PLAIN, *hit->class_path ? hit->class_path : "no class");
    } else {
        draw_class_path(c, &r, UI_BOLD, hit->class_path);
    }
    next_lines(&r, 1);
    if (r.h > 0 && s->hits.scored) {
        int x = r.x + ui_canvas_text(c, r.x, r.y, r.w, UI_DIM, "score ");
        x += ui_canvas_text(c, x, r.y, 6, UI_BOLD, ui_share(score, (double)hit->score, 3)) + 3;
        x += ui_canvas_text(c, x, r.y, r.x + r.w - x, UI_DIM, "cosine ");
        ui_canvas_text(c, x, r.y, r.x + r.w - x, UI_PLAIN, ui_share(cosine, (double)hit->cosine, 3));
        next_lines(&r, 1);
    }
    if (r.h > 0) {
        ui_thousands(rank, s->cursor + 1);
        ui_thousands(total, s->hits.answer.total);
        ui_canvas_printf(c, r.x, r.y, r.w, UI_DIM, "%s of %s", rank, total);
        next_lines(&r, 1);
    }
    if (r.h > 0 && item) {
        int w = ui_canvas_text(c, r.x, r.y, r.w, UI_DIM, "id ");
        ui_canvas_name(c, r.x + w, r.y, r.w - w, UI_PLAIN, item->id);
        next_lines(&r, 1);
    }
    if (r.h > 0 && item && item->split)
        ui_canvas_printf(c, r.x, r.y, r.w, UI_DIM, "split %s", huse_split_name(item->split));
}

static int picture_rows(const ui_search *s, int columns, int most)
{
    return HUSE_MAX(HUSE_MIN(columns * HUSE_MAX(s->gfx.cell_w, 1) / HUSE_MAX(s->gfx.cell_h, 1), most), 1);
}

static void draw_panel(const ui_search *s, ui_canvas *c, ui_rect r)
{
    const huse_hit *hit = ui_search_selected(s);
    ui_canvas_rule_down(c, r.x, r.y, r.h);
    r = (ui_rect){r.x + 3, r.y, r.w - 4, r.h};
    if (!hit)
        return;
    const huse_item *item = item_of(s, hit);
    if (item && s->pictures && r.h >= 12) {
        int rows = picture_rows(s, r.w, r.h - 9);
        draw_picture(s, c, item, (ui_rect){r.x, r.y, r.w, rows}, true);
        next_lines(&r, rows + 1);
    }
    draw_facts(s, c, r, hit);
}

static void draw_page(const ui_search *s, ui_canvas *c, ui_rect r)
{
    const huse_hit *hit = ui_search_selected(s);
    if (!hit)
        return;
    const huse_item *item = item_of(s, hit);
    r = (ui_rect){1, r.y, r.w - 2, r.h};
    if (item && s->pictures && s->w >= TEXT_W && s->h >= TEXT_H) {
        int w = r.w / 2;
        draw_picture(s, c, item, (ui_rect){r.x + 1, r.y, w, picture_rows(s, w, r.h)}, true);
        r.x += w + 3;
        r.w -= w + 3;
    }
    if (!s->typing)
        ui_canvas_cursor(c, r.x, r.y);
    draw_facts(s, c, r, hit);
}

/* ---- states without results ---- */

static void say(ui_canvas *c, ui_rect r, const char *what, const char *more)
{
    ui_rect t = {r.x + 3, r.y + 1, HUSE_MIN(r.w - 6, 76), r.h - 1};
    int     n = ui_canvas_wrap(c, t, UI_PLAIN, what);
    t.y += n + 1;
    t.h -= n + 1;
    if (more && t.h > 0)
        ui_canvas_wrap(c, t, UI_DIM, more);
}

static bool draw_state(const ui_search *s, ui_canvas *c, const ui_search_layout *l)
{
    if (s->opened && s->opened->status != HUSE_OK) {
        say(c, l->body, s->opened->err.msg, "Esc, then q quits.");
        return true;
    }
    if (s->opened && !s->opened->items->n) {
        say(c, l->body, "This catalogue is empty.", "huse-tui import CATALOGUE.csv -o WORKSPACE fills it: a .csv or .jsonl file, or a folder of pictures.");
        return true;
    }
    if (!s->answered)
        return true;
    if (s->hits.answer.n)
        return false;
    char text[160];
    snprintf(text, sizeof text, "Nothing found for “%.100s”.", s->hits.text);
    say(c, l->body, s->hits.answer.note[0] ? s->hits.answer.note : text, "] finds texts or classes instead; / changes the query.");
    return true;
}

void ui_search_draw(const void *st, ui_canvas *c)
{
    const ui_search *s = st;
    ui_search_layout l;
    ui_search_arrange(s, &l);
    if (l.small) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    draw_query(s, c);
    if (l.rule)
        ui_canvas_rule(c, 0, c->h - 2, c->w);
    if (draw_state(s, c, &l))
        return;
    if (l.page) {
        draw_page(s, c, l.body);
        return;
    }
    for (size_t i = 0; i < s->hits.answer.n && i < (size_t)(l.columns * l.rows); i++) {
        const huse_hit *hit = &s->hits.answer.hit[i];
        const size_t    rank = s->hits.skip + i;
        const bool      selected = !s->typing && rank == s->cursor;
        const int       row = (int)i / l.columns, column = (int)i % l.columns;
        if (l.tiles && hit->item >= 0)
            draw_tile(s, c, &l, l.grid.x + column * l.tile_w, l.grid.y + row * l.tile_h, hit, selected);
        else if (!l.tiles)
            draw_line(s, c, l.grid, l.grid.y + row, rank, hit, selected);
    }
    if (l.panel.w)
        draw_panel(s, c, l.panel);
}
