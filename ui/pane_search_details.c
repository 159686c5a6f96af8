/* The details of the selected result. The picture stands still; what is told of it scrolls. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_search.h"

#define SHEET_H 240 /* rows that are told at most */
#define TEXTS 6 /* nearest ones told */
#define SURE .005   /* what is less probable is not told */

/* What is told is drawn on a sheet of its own, of which a part is shown. */
typedef struct pen {
    const ui_search *s;
    ui_canvas       *c;
    int              y, w;
} pen;

static int wrapped(pen *p, unsigned style, const char *text, int most)
{
    const int n = ui_canvas_wrap(p->c, (ui_rect){1, p->y, p->w, most}, style, text);
    p->y += n;
    return n;
}

static void tell_path(pen *p, unsigned style, const char *path)
{
    char *spaced = ui_search_spaced(path);
    wrapped(p, style, spaced, 6);
    free(spaced);
}

/* How far it is above the next one; what would be told as 0 is a tie. */
static void tell_lead(pen *p, int x, float lead)
{
    char share[16];
    if (lead < .0005f)
        ui_canvas_text(p->c, x, p->y, p->w - x + 1, UI_DIM, " · level with the next");
    else
        ui_canvas_printf(p->c, x, p->y, p->w - x + 1, UI_DIM, " · %s above the next", ui_share(share, (double)lead, 3));
}

static void tell_score(pen *p, const huse_hit *hit)
{
    const ui_search *s = p->s;
    const huse_hit  *next = ui_search_at(s, s->cursor + 1);
    char             rank[32], total[32], score[16], cosine[16];
    int              x = 1;
    if (s->hits.scored) {
        x += ui_canvas_text(p->c, x, p->y, 6, UI_DIM, "score ");
        x += ui_canvas_text(p->c, x, p->y, 6, UI_BOLD, ui_share(score, (double)hit->score, 3)) + 3;
        x += ui_canvas_text(p->c, x, p->y, p->w - x, UI_DIM, "cosine ");
        ui_canvas_text(p->c, x, p->y++, p->w - x + 1, UI_PLAIN, ui_share(cosine, (double)hit->cosine, 3));
    }
    x = 1 + ui_canvas_printf(p->c, 1, p->y, p->w, UI_DIM, "%s of %s", ui_thousands(rank, s->cursor + 1), ui_thousands(total, s->hits.answer.total));
    if (s->hits.scored && next)
        tell_lead(p, x, hit->score - next->score);
    p->y++;
}

/* "image  Dresses .97  Tunics .02". A sign says that it is not the class of the catalogue. */
static void tell_opinion(pen *p, const char *what, const huse_class_score *o, size_t n, int32_t own)
{
    int  x = 1 + ui_canvas_text(p->c, 1, p->y, 6, UI_DIM, what);
    char share[16];
    const bool other = o && n && own >= 0 && o[0].cls != own;
    x = 7;
    if (!o)
        ui_canvas_text(p->c, x, p->y, p->w - x + 1, UI_DIM, "–");
    for (size_t i = 0; o && i < n && (i == 0 || (double)o[i].p >= SURE); i++) {
        const char *name = ui_search_class(o[i].class_path);
        const int   room = p->w + 1 - x, need = (int)huse_text_width(name) + 4;
        if (i > 0 && need > room)
            break;
        x += ui_canvas_text(p->c, x, p->y, room - 4, i == 0 ? UI_PLAIN : UI_DIM, name) + 1;
        x += ui_canvas_text(p->c, x, p->y, 5, i == 0 ? UI_BOLD : UI_DIM, ui_share(share, (double)o[i].p, 2));
        if (i == 0 && other)
            x += ui_canvas_text(p->c, x, p->y, 2, UI_WARN | UI_BOLD, " !");
        x += 2;
    }
    p->y++;
}

static void tell_classes(pen *p, const huse_item *item, const ui_facts *f)
{
    if (!p->s->opened->trained) {
        wrapped(p, UI_DIM, "No model yet, so no classes are told.", 3);
        return;
    }
    if (f && f->status != HUSE_OK) {
        wrapped(p, UI_DIM, f->err.msg, 4);
        return;
    }
    tell_opinion(p, "image", f ? f->image : NULL, f ? f->n : 0, item->cls);
    tell_opinion(p, "text", f ? f->text : NULL, f ? f->n : 0, item->cls);
    tell_opinion(p, "both", f ? f->both : NULL, f ? f->n : 0, item->cls);
}

/* Which of the texts before it says the same, or @i. */
static size_t same_before(const pen *p, const huse_answer *texts, size_t i)
{
    const huse_item *item = p->s->opened->items->item;
    for (size_t j = 0; j < i; j++)
        if (texts->hit[j].item >= 0 && !strcmp(ui_search_caption(&item[texts->hit[j].item]), ui_search_caption(&item[texts->hit[i].item])))
            return j;
    return i;
}

/* Each once, with how often it is there. */
static void tell_texts(pen *p, const ui_facts *f)
{
    if (!f || !f->texts.n)
        return;
    p->y++;
    ui_canvas_text(p->c, 1, p->y++, p->w, UI_DIM, "nearest texts");
    for (size_t i = 0, told = 0; i < f->texts.n && told < TEXTS; i++) {
        const huse_hit *hit = &f->texts.hit[i];
        char            score[16], times[32] = "";
        size_t          n = 0;
        int             x = 7;
        if (hit->item < 0 || same_before(p, &f->texts, i) != i)
            continue;
        told++;
        for (size_t j = i; j < f->texts.n; j++)
            n += f->texts.hit[j].item >= 0 && same_before(p, &f->texts, j) == i;
        ui_canvas_text_right(p->c, 5, p->y, 4, UI_DIM, ui_share(score, (double)hit->cosine, hit->cosine > .9995f || hit->cosine < 0 ? 2 : 3));
        if (n > 1)
            snprintf(times, sizeof times, "  × %zu", n);
        x += ui_canvas_text(p->c, x, p->y, p->w + 1 - x - (int)huse_text_width(times), UI_PLAIN,
                            ui_search_caption(&p->s->opened->items->item[hit->item]));
        ui_canvas_text(p->c, x, p->y++, p->w + 1 - x, UI_DIM, times);
    }
}

/* The other pictures of an item, side by side. */
static void tell_pictures(pen *p, const huse_item *item)
{
    const int cw = HUSE_MAX(p->s->gfx.cell_w, 1), ch = HUSE_MAX(p->s->gfx.cell_h, 1), w = HUSE_MAX(HUSE_MIN(p->w / 3 - 1, 16), 6);
    const int h = HUSE_MAX(w * cw / ch, 2), columns = HUSE_MAX(p->w / (w + 1), 1);
    if (item->n_pictures < 2)
        return;
    p->y++;
    ui_canvas_printf(p->c, 1, p->y++, p->w, UI_DIM, "%u pictures", (unsigned)item->n_pictures);
    if (!p->s->pictures)
        return;
    for (uint32_t i = 1; i < item->n_pictures && p->y + h < SHEET_H; i++) {
        const int column = (int)(i - 1) % columns;
        if (i > 1 && column == 0)
            p->y += h + 1;
        ui_search_draw_picture(p->s, p->c, item, i, (ui_rect){1 + column * (w + 1), p->y, w, h}, true);
    }
    p->y += h;
}

static void tell_item(pen *p, const huse_hit *hit)
{
    const huse_item *item = ui_search_item(p->s, hit);
    const ui_facts  *f = ui_search_facts(p->s, (size_t)hit->item);
    wrapped(p, UI_BOLD, ui_search_caption(item), 60);
    tell_path(p, UI_PLAIN, *hit->class_path ? hit->class_path : "no class");
    p->y++;
    tell_score(p, hit);
    p->y++;
    tell_classes(p, item, f);
    tell_texts(p, f);
    tell_pictures(p, item);
    p->y++;
    int x = 1 + ui_canvas_text(p->c, 1, p->y, 3, UI_DIM, "id ");
    x += ui_canvas_name(p->c, x, p->y, HUSE_MAX(p->w - x - 8, 4), UI_PLAIN, item->id);
    if (item->split)
        ui_canvas_printf(p->c, x, p->y, p->w - x + 1, UI_DIM, " · %s", huse_split_name(item->split));
    p->y++;
    if (ui_marks_has(p->s->ctx->marks, (size_t)hit->item))
        ui_canvas_text(p->c, 1, p->y++, p->w, UI_ACCENT, "* marked");
}

static void tell_class(pen *p, const huse_hit *hit)
{
    char count[32];
    tell_path(p, UI_BOLD, hit->class_path);
    p->y++;
    tell_score(p, hit);
    if (p->s->opened->engine) {
        const size_t n = ui_search_count(p->s, hit->class_path);
        ui_canvas_printf(p->c, 1, p->y++, p->w, UI_DIM, "%s item%s", ui_thousands(count, n), n == 1 ? "" : "s");
    }
    p->y++;
    wrapped(p, UI_DIM, "Enter shows it in Browse, s what is like it.", 3);
}

/* Draws everything on the sheet; returns its rows. */
static int tell(const ui_search *s, ui_canvas *sheet, int w, const huse_hit *hit)
{
    pen p = {.s = s, .c = sheet, .w = HUSE_MAX(w, 1)};
    ui_canvas_reset(sheet, p.w + 2, SHEET_H);
    if (hit->item >= 0)
        tell_item(&p, hit);
    else
        tell_class(&p, hit);
    return HUSE_MIN(p.y, SHEET_H - 1);
}

/* ---- where it stands ---- */

/* Boxes of the picture (h 0: none) and of what is told. */
static void divide(const ui_search *s, const ui_search_layout *l, const huse_hit *hit, ui_rect *picture, ui_rect *told)
{
    const int cw = HUSE_MAX(s->gfx.cell_w, 1), ch = HUSE_MAX(s->gfx.cell_h, 1);
    ui_rect   r = !l->page ? (ui_rect){l->panel.x + 3, l->panel.y, l->panel.w - 4, l->panel.h} : (ui_rect){1, l->body.y, l->body.w - 2, l->body.h};
    *picture = (ui_rect){0};
    *told = r;
    if (hit->item < 0 || !s->pictures)
        return;
    if (!l->page && r.h >= 12) {
        *picture = (ui_rect){r.x, r.y, r.w, HUSE_MAX(HUSE_MIN(r.w * cw / ch, r.h * 2 / 5), 1)};
        told->y += picture->h + 1;
        told->h -= picture->h + 1;
    } else if (l->page && s->w >= UI_SEARCH_PICTURES_W && s->h >= UI_SEARCH_PICTURES_H) {
        const int w = HUSE_MIN(r.w / 2, r.h * ch / cw);
        *picture = (ui_rect){r.x + 1, r.y, w, HUSE_MAX(HUSE_MIN(w * cw / ch, r.h), 1)};
        told->x += w + 3;
        told->w -= w + 3;
    }
}

int ui_search_details_hidden(const ui_search *s)
{
    ui_search_layout l;
    ui_canvas        sheet = {0};
    ui_rect          picture, told;
    const huse_hit  *hit = ui_search_selected(s);
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (!hit || l.small || !(l.panel.w || l.page))
        return 0;
    divide(s, &l, hit, &picture, &told);
    const int rows = tell(s, &sheet, told.w, hit);
    ui_canvas_free(&sheet);
    return HUSE_MAX(rows - told.h, 0);
}

/* Copies rows from @from on, with the pictures that lie wholly among them. */
static void show(ui_canvas *c, ui_rect r, const ui_canvas *sheet, int from, int rows)
{
    for (int y = 0; y < r.h && from + y < rows; y++)
        for (int x = 0; x < r.w; x++)
            if (r.x + x < c->w && r.y + y < c->h)
                c->cell[(r.y + y) * c->w + r.x + x] = sheet->cell[(from + y) * sheet->w + x + 1];
    for (size_t i = 0; i < sheet->n_slots; i++) {
        ui_rect at = sheet->slot[i].rect;
        if (at.y >= from && at.y + at.h <= from + r.h)
            ui_canvas_picture(c, (ui_rect){r.x + at.x - 1, r.y + at.y - from, at.w, at.h}, sheet->slot[i].key, true);
    }
}

void ui_search_draw_panel(const ui_search *s, ui_canvas *c, const ui_search_layout *l)
{
    const huse_hit *hit = ui_search_selected(s);
    ui_canvas       sheet = {0};
    ui_rect         picture, told;
    if (l->panel.w && !l->page)
        ui_canvas_rule_down(c, l->panel.x, l->panel.y, l->panel.h);
    if (!hit || !(l->panel.w || l->page))
        return;
    ui_canvas_hit(c, l->page ? l->body : l->panel, UI_PICK_DETAILS);
    divide(s, l, hit, &picture, &told);
    if (picture.h)
        ui_search_draw_picture(s, c, ui_search_item(s, hit), 0, picture, true);
    const int rows = tell(s, &sheet, told.w, hit), from = HUSE_MAX(HUSE_MIN(s->scroll, rows - told.h), 0);
    show(c, told, &sheet, from, rows);
    ui_canvas_free(&sheet);
    if (rows - from > told.h && told.h > 1 && told.w > 8)
        ui_canvas_text_right(c, told.x + told.w, told.y + told.h - 1, 3, UI_ACCENT, " ↓ ");
    if (s->focus == UI_FOCUS_DETAILS || (l->page && s->focus == UI_FOCUS_RESULTS))
        ui_canvas_cursor(c, told.x, told.y);
}
