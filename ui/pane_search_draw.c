#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_search.h"

#define LIST_W 36 /* of completions, at least */

/* ---- what is said of the answer ---- */

static const char *const view_name[] = {"images", "texts", "classes"};

/* "9,324 items · 11 ms · mix .8 · ", or the first @parts of it. */
static void describe(const ui_search *s, int parts, char *out, size_t size)
{
    char total[32], mix[16];
    *out = 0;
    if (!s->answered || parts < 1)
        return;
    const bool classes = s->hits.target == HUSE_TARGET_CLASS, one = s->hits.answer.total == 1;
    size_t     n = (size_t)snprintf(out, size, "%s %s · ", ui_thousands(total, s->hits.answer.total),
                                    classes ? one ? "class" : "classes" : one ? "item" : "items");
    if (!s->hits.scored || parts < 2)
        return;
    n += (size_t)snprintf(out + n, size - n, "%.0f ms · ", s->hits.answer.ms);
    if (!s->opened || !s->opened->trained || !s->opened->engine || parts < 3)
        return;
    const double m = s->hits.rerank < 0 ? huse_engine_mix(s->opened->engine) : s->hits.rerank;
    if (m <= 0)
        snprintf(out + n, size - n, "shared space · ");
    else if (m >= 1)
        snprintf(out + n, size - n, "words · ");
    else
        snprintf(out + n, size - n, "mix %s · ", ui_share(mix, m, 1));
}

/* Right-aligned before column @right, as many parts as there is room for; returns the columns taken. */
static int draw_said(const ui_search *s, ui_canvas *c, int right, int y, int room)
{
    char        said[128];
    const char *filter = s->filter ? s->filter : "all classes";
    const int   w = HUSE_MIN((int)huse_text_width(filter), HUSE_MAX(room / 2, 11));
    if (w > room)
        return 0;
    int parts = 3;
    do
        describe(s, parts, said, sizeof said);
    while (parts-- > 0 && w + (int)huse_text_width(said) > room);
    const int x = right - w - (int)huse_text_width(said);
    ui_canvas_blank(c, (ui_rect){x - 1, y, right - x + 2, 1}, UI_PLAIN);
    ui_canvas_text(c, x, y, room, UI_DIM, said);
    ui_canvas_name(c, right - w, y, w, s->filter ? UI_ACCENT : UI_DIM, filter);
    ui_canvas_hit(c, (ui_rect){right - w, y, w, 1}, UI_PICK_FILTER);
    return right - x;
}

/* ---- the query row ---- */

static int draw_views(const ui_search *s, ui_canvas *c, int right)
{
    for (int v = 2; v >= 0; v--) {
        const bool now = (int)s->target == v;
        const int  w = ui_canvas_text_right(c, right, 1, 8, now ? UI_ACCENT | UI_BOLD | UI_UNDERLINE : UI_DIM, view_name[v]);
        ui_canvas_hit(c, (ui_rect){right - w, 1, w, 1}, UI_PICK_VIEW + v);
        right -= w + 2;
    }
    return right;
}

/* The field of the class filter, at the right end; returns the column before it. */
static int draw_filter(const ui_search *s, ui_canvas *c)
{
    const int w = HUSE_MAX(HUSE_MIN(c->w * 2 / 5, 60), HUSE_MIN(30, c->w / 2)), x = c->w - w;
    const int at = x + ui_canvas_text(c, x, 1, w, UI_ACCENT | UI_BOLD, "class › ");
    ui_line_draw(&s->filter_line, c, at, 1, c->w - at - 1, true, "all classes");
    return x - 2;
}

static void draw_error(const ui_search *s, ui_canvas *c)
{
    const size_t at = HUSE_MIN(s->error_at, s->line.n);
    char        *before = huse_xstrndup(s->line.text, at);
    int          x = s->error_at != SIZE_MAX ? 3 + (int)huse_text_width(before) : 3;
    const char  *sign = s->error_at != SIZE_MAX && x <= c->w / 2 ? "^ " : "! ";
    x = x <= c->w / 2 ? x : 3;
    free(before);
    ui_canvas_blank(c, (ui_rect){x - 1, 2, c->w, 1}, UI_PLAIN);
    x += ui_canvas_text(c, x, 2, 2, UI_WARN | UI_BOLD, sign);
    const int room = c->w - x - 1, lines = ((int)huse_text_width(s->error) + room - 1) / HUSE_MAX(room, 1);
    if (lines > 1 && room > 20 && c->h > 12) /* the rest hangs over the results */
        ui_canvas_cover(c, (ui_rect){0, 3, c->w, HUSE_MIN(lines, 4)});
    ui_canvas_wrap(c, (ui_rect){x, 2, room, c->h > 12 ? HUSE_MIN(lines + 1, 4) : 1}, UI_PLAIN, s->error);
}

static void draw_query(const ui_search *s, ui_canvas *c)
{
    const bool wide = c->w >= UI_SEARCH_WIDE;
    int        right = c->w - 1;
    if (s->focus == UI_FOCUS_FILTER) {
        right = draw_filter(s, c);
    } else {
        if (wide)
            right -= HUSE_MAX(draw_said(s, c, right, 1, c->w / 2 - 16), 34) + 3;
        if (c->w >= 48)
            right = draw_views(s, c, right);
    }
    const bool focus = s->focus == UI_FOCUS_QUERY;
    ui_canvas_text(c, 1, 1, 2, focus ? UI_ACCENT | UI_BOLD : UI_DIM, "›");
    ui_line_draw(&s->line, c, 3, 1, right - 3, focus, "type what you look for");
    ui_canvas_hit(c, (ui_rect){0, 1, right, 1}, UI_PICK_QUERY);
    ui_canvas_rule(c, 0, 2, c->w);
    if (!wide && !s->error[0] && s->answered)
        draw_said(s, c, c->w - 2, 2, c->w - 6);
}

/* "3 marked" and "1–24 of 9,324" in the rule below. */
static void draw_foot(const ui_search *s, ui_canvas *c, const ui_search_layout *l)
{
    char         from[32], to[32], total[32], text[128] = "";
    const size_t n = s->hits.answer.total, page = (size_t)l->columns * (size_t)l->rows, marked = ui_marks_count(s->ctx->marks);
    ui_canvas_rule(c, 0, c->h - 2, c->w);
    if (s->answered && n > page && !l->page)
        snprintf(text, sizeof text, " %s–%s of %s ", ui_thousands(from, s->top + 1), ui_thousands(to, HUSE_MIN(s->top + page, n)),
                 ui_thousands(total, n));
    ui_canvas_text_right(c, c->w - 1, c->h - 2, c->w / 2, UI_DIM, text);
    int x = 1;
    if (marked) {
        snprintf(text, sizeof text, " * %s marked ", ui_thousands(from, marked));
        x += ui_canvas_text(c, x, c->h - 2, c->w / 2, UI_ACCENT, text) + 1;
    }
    *text = 0;
    if (s->asking)
        snprintf(text, sizeof text, " asking %.80s … ", s->opened->asks);
    else if (s->answered && n && s->hits.answer.words_alone)
        snprintf(text, sizeof text, " no answer from %.50s: words alone count, not what they mean ", s->opened->asks ? s->opened->asks : "?");
    else if (s->answered && n && s->hits.answer.unknown_words)
        snprintf(text, sizeof text, " no text has these words: by meaning alone ");
    ui_canvas_text(c, x, c->h - 2, HUSE_MAX(c->w - x - 24, 0), UI_DIM, text);
}

/* ---- names ---- */

static void draw_name(const ui_search *s, ui_canvas *c, ui_rect r, size_t i)
{
    const ui_names *names = &s->names;
    const bool      now = (int)i == names->at;
    const unsigned  style = now ? UI_REVERSE : UI_PLAIN, more = now ? UI_REVERSE : UI_DIM;
    int             right = r.x + r.w - 1;
    ui_canvas_blank(c, r, style);
    if (names->item[i] < 0) {
        char count[32];
        right -= ui_canvas_text_right(c, right, r.y, 10, more, ui_thousands(count, names->count[i])) + 2;
        ui_canvas_name(c, r.x + 1, r.y, right - r.x - 1, style, names->name[i]);
    } else {
        const int x = r.x + 1 + ui_canvas_name(c, r.x + 1, r.y, r.w / 2, style, names->name[i]) + 2;
        const char *text = s->opened->items->item[names->item[i]].text;
        ui_canvas_text(c, x, r.y, right - x, more, text ? text : "");
    }
    ui_canvas_hit(c, r, UI_PICK_NAME + (int)i);
}

static void draw_names(const ui_search *s, ui_canvas *c)
{
    const ui_names *names = &s->names;
    if (!names->open || (!names->n && s->focus != UI_FOCUS_FILTER) || c->h < 8)
        return;
    const bool filter = s->focus == UI_FOCUS_FILTER;
    const int  rows = HUSE_MIN(HUSE_MAX((int)names->n, 1), c->h - 6), w = HUSE_MIN(HUSE_MAX(c->w * 2 / 5, LIST_W), c->w - 4);
    ui_rect    r = {HUSE_MAX(c->w - w - 1, 2), 3, w, rows};
    if (!filter) {
        char *before = huse_xstrndup(s->line.text, HUSE_MIN(names->from, s->line.n));
        r.x = HUSE_MAX(HUSE_MIN(3 + (int)huse_text_width(before), c->w - w - 1), 2);
        free(before);
    }
    ui_canvas_cover(c, (ui_rect){r.x - 2, r.y, r.w + 3, r.h + 1});
    ui_canvas_rule_down(c, r.x - 1, r.y, r.h);
    for (size_t i = 0; i < (size_t)rows && i < names->n; i++)
        draw_name(s, c, (ui_rect){r.x, r.y + (int)i, r.w, 1}, i);
    if (!names->n)
        ui_canvas_text(c, r.x + 1, r.y, r.w - 2, UI_DIM, "no class is called that");
}

/* ---- one result ---- */

char *ui_search_spaced(const char *path)
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

void ui_search_draw_picture(const ui_search *s, ui_canvas *c, const huse_item *item, uint32_t which, ui_rect box, bool top)
{
    if (which >= item->n_pictures) {
        ui_canvas_frame(c, box, "no picture");
        return;
    }
    const huse_picture *p = ui_fill_picture(s->ctx->fill, &s->opened->items->picture[item->picture + which]);
    if (p->state == HUSE_PICTURE_OK && p->has_key)
        ui_canvas_picture(c, box, p->key, top);
    else
        ui_canvas_frame(c, box, ui_fill_instead(p));
}

static bool is_marked(const ui_search *s, const huse_hit *hit)
{
    return hit->item >= 0 && ui_marks_has(s->ctx->marks, (size_t)hit->item);
}

/* The caption, behind a sign if it is marked; its other lines begin where the sign stands. */
static void draw_caption(const ui_search *s, ui_canvas *c, ui_rect r, const huse_hit *hit, bool selected)
{
    const bool marked = is_marked(s, hit);
    huse_buf   b = {0};
    huse_buf_fmt(&b, "%s%s", marked ? "* " : "", ui_search_caption(ui_search_item(s, hit)));
    ui_canvas_wrap(c, r, selected ? UI_BOLD : UI_PLAIN, b.data);
    if (marked)
        ui_canvas_text(c, r.x, r.y, 1, UI_ACCENT | UI_BOLD, "*");
    huse_buf_free(&b);
}

static void draw_tile(const ui_search *s, ui_canvas *c, const ui_search_layout *l, int x, int y, const huse_hit *hit, bool selected)
{
    const huse_item *item = ui_search_item(s, hit);
    const int        w = l->tile_w - 1 - UI_SEARCH_GAP, end = x + 1 + w;
    int              line = y + l->picture_h;
    char             score[16] = "";
    ui_search_draw_picture(s, c, item, 0, (ui_rect){x + 1, y, l->picture_w, l->picture_h}, false);
    if (selected)
        for (int i = 0; i < l->picture_h + l->captions; i++)
            ui_canvas_text(c, x, y + i, 1, UI_ACCENT | UI_BOLD, "▌");
    const int lines = HUSE_MAX(l->captions - 2, 1);
    draw_caption(s, c, (ui_rect){x + 1, line, w, lines}, hit, selected);
    line += lines;
    int taken = s->hits.scored ? ui_canvas_text_right(c, end, line, 5, UI_PLAIN, ui_share(score, (double)hit->score, 2)) + 1 : 0;
    ui_canvas_text(c, x + 1, line++, w - taken, UI_DIM, ui_search_class(hit->class_path));
    if (l->captions > 2 && s->hits.scored)
        ui_canvas_bar(c, x + 1, line, w, selected ? UI_ACCENT : UI_DIM, (double)hit->score);
    if (selected)
        ui_canvas_cursor(c, x + 1, y + l->picture_h);
}

static void draw_line(const ui_search *s, ui_canvas *c, ui_rect grid, int y, size_t rank, const huse_hit *hit, bool selected)
{
    char text[32];
    int  x = grid.x + 1, end = grid.x + grid.w - 1;
    if (selected)
        ui_canvas_text(c, 0, y, 1, UI_ACCENT | UI_BOLD, "▌");
    if (grid.w >= 40) {
        ui_canvas_text_right(c, x + 5, y, 6, UI_DIM, ui_thousands(text, rank + 1));
        x += 7;
    }
    if (s->hits.scored) {
        ui_canvas_text_right(c, x + 4, y, 5, UI_PLAIN, ui_share(text, (double)hit->score, 2));
        x += 6;
    }
    if (selected)
        ui_canvas_cursor(c, x, y);
    if (hit->item < 0) {
        char *path = ui_search_spaced(hit->class_path);
        if (grid.w >= 60 && s->opened->engine)
            end -= ui_canvas_text_right(c, end, y, 10, UI_DIM, ui_thousands(text, ui_search_count(s, hit->class_path))) + 2;
        ui_canvas_name(c, x, y, end - x, selected ? UI_BOLD : UI_PLAIN, path);
        free(path);
        return;
    }
    if (end - x >= 40) {
        const int w = HUSE_MIN((end - x) / 4, 24);
        ui_canvas_text(c, x, y, w, UI_DIM, ui_search_class(hit->class_path));
        x += w + 2;
    }
    draw_caption(s, c, (ui_rect){x, y, end - x, 1}, hit, selected);
}

static void draw_results(const ui_search *s, ui_canvas *c, const ui_search_layout *l)
{
    const bool focus = s->focus == UI_FOCUS_RESULTS || s->focus == UI_FOCUS_DETAILS;
    for (int i = 0; i < l->columns * l->rows; i++) {
        const size_t    rank = s->top + (size_t)i;
        const huse_hit *hit = ui_search_at(s, rank);
        const bool      selected = focus && rank == s->cursor;
        const int       x = l->grid.x + i % l->columns * l->tile_w, y = l->grid.y + i / l->columns * (l->tiles ? l->tile_h : 1);
        if (!hit)
            continue;
        if (l->tiles && hit->item >= 0) {
            draw_tile(s, c, l, x, y, hit, selected);
            ui_canvas_hit(c, (ui_rect){x, y, l->tile_w, l->tile_h - 1}, UI_PICK_RESULT + i);
        } else if (!l->tiles) {
            draw_line(s, c, l->grid, y, rank, hit, selected);
            ui_canvas_hit(c, (ui_rect){x, y, l->grid.w, 1}, UI_PICK_RESULT + i);
        }
    }
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

static void say_nothing_found(const ui_search *s, ui_canvas *c, const ui_search_layout *l)
{
    char        text[256];
    const char *note = s->hits.answer.note;
    const bool  wordless = s->opened && !s->opened->trained && s->opened->items->n_classes < 2 && s->hits.target == HUSE_TARGET_IMAGE;
    const char *more = wordless  ? "Ctrl-U, then Esc: s on a picture finds those like it. Words find pictures after a training with classes."
                       : s->filter ? "c searches in all classes again; / changes the query."
                       : s->hits.target == HUSE_TARGET_IMAGE ? "] finds texts or classes instead; / changes the query."
                                                              : "[ ] find something else; / changes the query.";
    if (!*s->hits.text && s->filter)
        snprintf(text, sizeof text, "Nothing is in %.200s.", s->filter);
    else
        snprintf(text, sizeof text, "Nothing found for “%.200s”.", s->hits.text);
    say(c, l->body, *note ? note : text, more);
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
    if (!s->answered && s->error[0] && s->error_at == SIZE_MAX) {
        say(c, l->body, s->error, "/ changes the query; without one the whole catalogue is shown.");
        return true;
    }
    if (!s->answered || s->hits.answer.total)
        return !s->answered;
    say_nothing_found(s, c, l);
    return true;
}

void ui_search_draw(const void *st, ui_canvas *c)
{
    const ui_search *s = st;
    ui_search_layout l;
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (l.small) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    draw_query(s, c);
    if (l.rule)
        draw_foot(s, c, &l);
    if (!draw_state(s, c, &l)) {
        if (!l.page)
            draw_results(s, c, &l);
        ui_search_draw_panel(s, c, &l);
        if (s->error[0])
            draw_error(s, c);
    } else if (s->error[0] && s->error_at != SIZE_MAX) {
        draw_error(s, c);
    }
    draw_names(s, c);
}
