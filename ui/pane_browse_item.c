/* The page of an item: itself, what the model makes of it, and what is near it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_browse.h"

/* ---- itself ---- */

static void next_lines(ui_rect *r, int n)
{
    r->y += n;
    r->h -= n;
}

/* "image says Dresses .97, Tunics .02" */
static void draw_says(ui_canvas *c, ui_rect *r, const char *what, const huse_class_score *s, size_t n)
{
    char number[16];
    int  x = r->x;
    if (!s || r->h < 1)
        return;
    x += ui_canvas_text(c, x, r->y, r->w, UI_DIM, what) + 1;
    for (size_t i = 0; i < n && (i == 0 || s[i].p >= .005f); i++) {
        const int left = r->x + r->w - x - 6;
        if (left < 6)
            break;
        x += ui_canvas_name(c, x, r->y, HUSE_MIN(left, 28), i ? UI_DIM : UI_BOLD, ui_browse_last(s[i].class_path)) + 1;
        x += ui_canvas_text(c, x, r->y, 5, i ? UI_DIM : UI_PLAIN, ui_share(number, (double)s[i].p, 2)) + 2;
    }
    next_lines(r, 1);
}

static void draw_words(const ui_browse *b, ui_canvas *c, ui_rect r, const huse_item *item, const ui_known *f)
{
    const bool focus = b->at.area == UI_AREA_ITEM;
    const int  lines = HUSE_MAX(r.h - 5, 1);
    if (focus)
        ui_canvas_text(c, r.x - 1, r.y, 1, UI_ACCENT | UI_BOLD, "▌");
    if (focus)
        ui_canvas_cursor(c, r.x, r.y);
    next_lines(&r, ui_canvas_wrap(c, (ui_rect){r.x, r.y, r.w, HUSE_MIN(lines, 8)}, focus ? UI_BOLD : UI_PLAIN, ui_browse_caption(item)));
    if (r.h >= 5)
        next_lines(&r, 1);
    const int says_at = r.y;
    if (f && f->part[UI_SAYS].here && f->part[UI_SAYS].status == HUSE_OK) {
        draw_says(c, &r, "image says", f->image, f->n_says);
        draw_says(c, &r, "text says ", f->text, f->n_says);
        draw_says(c, &r, "both say  ", f->image && f->text ? f->fusion : NULL, f->n_says);
    } else if (f && f->part[UI_SAYS].here && r.h > 0) {
        ui_canvas_wrap(c, (ui_rect){r.x, r.y, r.w, HUSE_MIN(r.h, 3)}, UI_DIM, f->part[UI_SAYS].why);
    }
    next_lines(&r, says_at + 4 - r.y); /* what follows does not move when these become known */
    if (r.h > 0 && ui_marks_has(b->ctx->marks, (size_t)b->at.item))
        ui_canvas_text(c, r.x, r.y, r.w, UI_ACCENT, "* marked");
}

static void draw_self(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l, const ui_known *f)
{
    const huse_item *item = &b->opened->items->item[b->at.item];
    ui_rect          r = l->item;
    ui_canvas_hit(c, r, UI_HIT_AREA + UI_AREA_ITEM);
    if (l->image_tiles.picture_h) {
        const int w = HUSE_MIN(ui_browse_square(b, r.h), r.w / 2);
        ui_browse_draw_picture(b, c, item, (ui_rect){r.x, r.y, w, r.h}, true);
        r.x += w + 3;
        r.w -= w + 3;
    } else {
        r.x++;
        r.w--;
    }
    draw_words(b, c, r, item, f);
}

/* ---- what is near ---- */

static void draw_hit(const ui_browse *b, ui_canvas *c, ui_rect row, int part, const huse_hit *hit, bool selected)
{
    char number[16];
    int  x = row.x;
    if (selected) {
        ui_canvas_text(c, row.x - 1, row.y, 1, UI_ACCENT | UI_BOLD, "▌");
        ui_canvas_cursor(c, row.x + 6, row.y);
    }
    ui_canvas_text_right(c, x + 4, row.y, 5, UI_PLAIN, ui_share(number, (double)hit->score, 3));
    x += 6;
    const int      end = row.x + row.w;
    const unsigned style = selected ? UI_BOLD : UI_PLAIN;
    if (part == UI_CLASSES) {
        ui_canvas_name(c, x, row.y, end - x, style, ui_browse_last(hit->class_path));
        return;
    }
    const int w = row.w >= 48 ? 16 : 0;
    if (ui_marks_has(b->ctx->marks, (size_t)hit->item))
        x += ui_canvas_text(c, x, row.y, 2, UI_ACCENT | UI_BOLD, "* ");
    ui_canvas_text(c, x, row.y, end - x - (w ? w + 2 : 0), style, ui_browse_caption(&b->opened->items->item[hit->item]));
    if (w)
        ui_canvas_text(c, end - w, row.y, w, UI_DIM, ui_browse_last(hit->class_path));
}

static void draw_list(const ui_browse *b, ui_canvas *c, ui_rect r, int part, ui_area area, const ui_known *f)
{
    static const char *const name[] = {[UI_IMAGES] = "nearest images", [UI_TEXTS] = "nearest texts", [UI_CLASSES] = "nearest classes"};
    ui_browse_heading(b, c, r.x, r.y - 1, r.w, area, name[part]);
    ui_canvas_hit(c, r, UI_HIT_ITEM + (part << 20));
    if (!f || !f->part[part].here)
        return;
    const huse_answer *a = &f->answer[part];
    if (!a->n && r.h > 0)
        ui_canvas_wrap(c, (ui_rect){r.x, r.y, r.w, HUSE_MIN(r.h, 3)}, UI_DIM,
                       f->part[part].status != HUSE_OK ? f->part[part].why : a->note[0] ? a->note : "none");
    for (size_t i = 0; i < (size_t)HUSE_MAX(r.h, 0) && b->at.hit_top[part] + i < a->n; i++) {
        const size_t  at = b->at.hit_top[part] + i;
        const ui_rect row = {r.x, r.y + (int)i, r.w, 1};
        ui_canvas_hit(c, row, UI_HIT_ITEM + (part << 20) + (int)at);
        draw_hit(b, c, row, part, &a->hit[at], b->at.area == area && b->at.hit[part] == at);
    }
}

static void draw_images(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l, const ui_known *f)
{
    const ui_tiles    *t = &l->image_tiles;
    const huse_answer *a = f ? &f->answer[UI_IMAGES] : NULL;
    const ui_rect      r = l->images;
    char               number[16];
    if (!t->picture_h || !a || !a->n) {
        draw_list(b, c, r, UI_IMAGES, UI_AREA_IMAGES, f);
        return;
    }
    ui_browse_heading(b, c, r.x, r.y - 1, r.w, UI_AREA_IMAGES, "nearest images");
    ui_canvas_hit(c, r, UI_HIT_ITEM + (UI_IMAGES << 20));
    for (int i = 0; i < t->columns * t->rows; i++) {
        const size_t at = b->at.hit_top[UI_IMAGES] * (size_t)t->columns + (size_t)i;
        if (at >= a->n)
            break;
        const huse_hit *hit = &a->hit[at];
        const int       x = r.x - 1 + i % t->columns * t->w, y = r.y + i / t->columns * t->h;
        const ui_tile   tile = {(size_t)hit->item, ui_browse_last(hit->class_path), ui_share(number, (double)hit->score, 3),
                                b->at.area == UI_AREA_IMAGES && b->at.hit[UI_IMAGES] == at};
        ui_canvas_hit(c, (ui_rect){x, y, t->w, t->h}, UI_HIT_ITEM + (UI_IMAGES << 20) + (int)at);
        ui_browse_draw_tile(b, c, t, x, y, &tile);
    }
}

void ui_browse_draw_item(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l)
{
    const ui_known *f = ui_browse_facts(b);
    draw_self(b, c, l, f);
    draw_images(b, c, l, f);
    draw_list(b, c, l->texts, UI_TEXTS, UI_AREA_TEXTS, f);
    draw_list(b, c, l->classes, UI_CLASSES, UI_AREA_CLASSES, f);
}
