#include "pane_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static size_t per_page(const ui_search *s)
{
    ui_search_layout l;
    ui_search_arrange(s, &l);
    return (size_t)HUSE_MAX(l.columns * l.rows, 1);
}

enum { TOPIC_HITS };

static void take_hits(void *st, ui_job *job);

static void ask(ui_search *s)
{
    const size_t k = per_page(s);
    ui_hits      q = {.text = huse_xstrdup(s->line.text), .target = s->target, .rerank = -1, .k = k, .skip = s->cursor / k * k};
    ui_post(s->ctx, s, &ui_ask_new(q, TOPIC_HITS, take_hits)->job);
}

static void ask_anew(ui_search *s)
{
    s->cursor = 0;
    ask(s);
}

static void search_open(void *st, const ui_ctx *ctx)
{
    ui_search *s = st;
    s->ctx = ctx;
    s->typing = true;
    s->pictures = ctx->fetch_pictures;
    s->error_at = SIZE_MAX;
    ui_line_set(&s->line, ctx->query ? ctx->query : "");
}

static void search_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_search *s = st;
    size_t     before = s->w ? per_page(s) : 0;
    s->w = w;
    s->h = h;
    s->gfx = *gfx;
    if (per_page(s) != before)
        ask(s);
}

static bool search_typing(const void *st)
{
    const ui_search *s = st;
    return s->typing;
}

static void to_results(ui_search *s)
{
    s->typing = false;
}

static void search_event(void *st, const ui_event *e)
{
    ui_search *s = st;
    if (e->kind == UI_EVENT_PASTE) {
        ui_line_insert(&s->line, e->text, strlen(e->text));
        ask_anew(s);
    } else if (e->kind == UI_EVENT_KEY) {
        if (e->key == UI_KEY_ENTER || e->key == UI_KEY_DOWN || e->key == UI_KEY_ESC)
            to_results(s);
        else if (ui_line_key(&s->line, e->key) == UI_LINE_CHANGED)
            ask_anew(s);
    }
}

static void search_opened(void *st, const ui_opened *o)
{
    ui_search *s = st;
    s->opened = o;
}

static void take_hits(void *st, ui_job *job)
{
    ui_search *s = st;
    ui_hits   *h = &((ui_ask *)job)->hits;
    s->error[0] = 0;
    s->error_at = SIZE_MAX;
    if (h->status != HUSE_OK) { /* what was found before stays */
        memcpy(s->error, h->err.msg, sizeof s->error);
        if (h->status == HUSE_USAGE)
            s->error_at = h->answer.error_at;
        return;
    }
    ui_hits_free(&s->hits);
    s->hits = *h;
    *h = (ui_hits){.status = HUSE_OK};
    s->answered = true;
    if (s->hits.answer.total && s->cursor >= s->hits.answer.total)
        s->cursor = s->hits.answer.total - 1;
}

const huse_hit *ui_search_selected(const ui_search *s)
{
    const size_t skip = s->hits.skip;
    return s->answered && s->cursor >= skip && s->cursor - skip < s->hits.answer.n ? &s->hits.answer.hit[s->cursor - skip] : NULL;
}

/* ---- moving ---- */

static void go(ui_search *s, size_t to)
{
    const size_t k = per_page(s), total = s->hits.answer.total;
    if (!total)
        return;
    const size_t page = s->cursor / k;
    s->cursor = HUSE_MIN(to, total - 1);
    if (s->cursor / k != page)
        ask(s);
}

static void go_back(ui_search *s, size_t by)
{
    go(s, s->cursor > by ? s->cursor - by : 0);
}

static void step(ui_search *s, enum ui_action a)
{
    ui_search_layout l;
    ui_search_arrange(s, &l);
    const size_t columns = (size_t)HUSE_MAX(l.columns, 1), k = per_page(s);
    switch (a) {
    case UI_ACT_LEFT:
        go_back(s, 1);
        break;
    case UI_ACT_RIGHT:
        go(s, s->cursor + 1);
        break;
    case UI_ACT_UP:
        if (l.page)
            go_back(s, 1);
        else if (s->cursor < columns)
            s->typing = true;
        else
            go_back(s, columns);
        break;
    case UI_ACT_DOWN:
        go(s, s->cursor + (l.page ? 1 : columns));
        break;
    case UI_ACT_PGUP:
        go_back(s, k);
        break;
    case UI_ACT_PGDN:
        go(s, s->cursor + k);
        break;
    case UI_ACT_FIRST:
        go(s, 0);
        break;
    default:
        go(s, SIZE_MAX);
        break;
    }
}

static void similar(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    huse_buf        b = {0};
    if (!hit)
        return;
    if (hit->item >= 0)
        ui_term(&b, "@", s->opened->items->item[hit->item].id);
    else
        ui_term(&b, "class:", hit->class_path);
    if (b.len <= UI_LINE_MAX) {
        ui_line_set(&s->line, b.data);
        ask_anew(s);
    }
    huse_buf_free(&b);
}

static void turn_view(ui_search *s, int by)
{
    const int views = 3;
    s->target = (huse_target)(((int)s->target + views + by) % views);
    ask_anew(s);
}

static void toggle_details(ui_search *s)
{
    ui_search_layout l;
    size_t           before = per_page(s);
    ui_search_arrange(s, &l);
    s->details = !(l.panel.w || l.page);
    s->details_asked = true;
    if (per_page(s) != before)
        ask(s);
}

static bool search_act(void *st, enum ui_action a)
{
    ui_search       *s = st;
    ui_search_layout l;
    switch (a) {
    case UI_ACT_LEFT:
    case UI_ACT_RIGHT:
    case UI_ACT_UP:
    case UI_ACT_DOWN:
    case UI_ACT_PGUP:
    case UI_ACT_PGDN:
    case UI_ACT_FIRST:
    case UI_ACT_LAST:
        step(s, a);
        return true;
    case UI_ACT_OPEN:
        toggle_details(s);
        return true;
    case UI_ACT_BACK:
        ui_search_arrange(s, &l);
        if (l.page)
            toggle_details(s);
        return true;
    case UI_ACT_SIMILAR:
        similar(s);
        return true;
    case UI_ACT_VIEW:
    case UI_ACT_VIEWBACK:
        turn_view(s, a == UI_ACT_VIEW ? 1 : -1);
        return true;
    case UI_ACT_INPUT:
        s->typing = true;
        return true;
    case UI_ACT_SEARCH:
        s->typing = false;
        return true;
    case UI_ACT_PICTURES:
        s->pictures = !s->pictures && s->ctx->fetch_pictures;
        ask(s);
        return true;
    default:
        return false;
    }
}

static void search_close(void *st)
{
    ui_search *s = st;
    ui_hits_free(&s->hits);
}

const ui_pane_ops ui_pane_search = {
    .name = "Search",
    .state_size = sizeof(ui_search),
    .open = search_open,
    .resize = search_resize,
    .typing = search_typing,
    .event = search_event,
    .act = search_act,
    .opened = search_opened,
    .draw = ui_search_draw,
    .close = search_close,
};
