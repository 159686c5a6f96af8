/* What Search asks for, what comes, and which result is selected. */
#include <stdlib.h>
#include <string.h>

#include "pane_search.h"

huse_target ui_search_shown(const ui_search *s)
{
    return s->answered ? s->hits.target : s->target;
}

size_t ui_search_page(const ui_search *s, huse_target target, size_t *columns)
{
    ui_search_layout l;
    ui_search_arrange(s, target, &l);
    *columns = (size_t)HUSE_MAX(l.columns, 1);
    return *columns * (size_t)HUSE_MAX(l.rows, 1);
}

static void take_hits(void *st, ui_job *job);

/* A page before what is shown, and one behind it: rows scroll in without a wait. */
void ui_search_ask(ui_search *s)
{
    size_t       columns;
    const size_t page = ui_search_page(s, s->target, &columns), skip = s->top > page ? s->top - page : 0;
    ui_hits      q = {
             .text = huse_xstrdup(s->line.text),
             .class_filter = s->filter ? huse_xstrdup(s->filter) : NULL,
             .target = s->target,
             .rerank = s->mix,
             .skip = skip,
             .k = s->top - skip + 2 * page + 1,
             .typed = s->focus == UI_FOCUS_QUERY,
    };
    s->asking = s->opened && s->opened->asks && q.text[strspn(q.text, " ")];
    ui_post(s->ctx, s, &ui_ask_new(q, UI_TOPIC_HITS, take_hits)->job);
}

void ui_search_ask_anew(ui_search *s)
{
    s->cursor = s->top = 0;
    s->follow = -1;
    s->scroll = 0;
    ui_search_ask(s);
}

size_t ui_search_total(const ui_search *s)
{
    const ui_hits *h = &s->hits;
    return h->answer.n < h->k ? HUSE_MIN(h->skip + h->answer.n, h->answer.total) : h->answer.total;
}

/* Whether the ranks are here, as far as there are any. */
static bool here(const ui_search *s, size_t from, size_t to)
{
    to = HUSE_MIN(to, ui_search_total(s));
    return from >= s->hits.skip && to <= s->hits.skip + s->hits.answer.n;
}

void ui_search_settle(ui_search *s)
{
    size_t       columns;
    const size_t page = ui_search_page(s, ui_search_shown(s), &columns), row = s->cursor / columns * columns;
    s->top = s->top / columns * columns;
    if (row < s->top)
        s->top = row;
    else if (row >= s->top + page)
        s->top = row + columns - page;
    if (!here(s, s->top > columns ? s->top - columns : 0, s->top + page + columns))
        ui_search_ask(s);
    ui_search_want_facts(s);
}

static void follow_item(ui_search *s)
{
    for (size_t i = 0; s->follow >= 0 && i < s->hits.answer.n; i++)
        if (s->hits.answer.hit[i].item == s->follow) {
            s->cursor = s->hits.skip + i;
            break;
        }
    s->follow = -1;
}

static void take_hits(void *st, ui_job *job)
{
    ui_search *s = st;
    ui_hits   *h = &((ui_ask *)job)->hits;
    s->error[0] = 0;
    s->error_at = SIZE_MAX;
    s->asking = false;
    if (h->status != HUSE_OK) { /* what was found before stays */
        memcpy(s->error, h->err.msg, sizeof s->error);
        if (h->status == HUSE_USAGE)
            s->error_at = h->answer.error_at;
        if (s->cursor < s->hits.skip) /* the query's change led to the first one */
            s->cursor = s->top = s->hits.skip;
        ui_search_want_facts(s); /* of another one of these, where a way back led to it */
        return;
    }
    ui_hits_free(&s->hits);
    s->hits = *h;
    *h = (ui_hits){.status = HUSE_OK};
    s->answered = true;
    follow_item(s);
    if (s->hits.answer.total)
        s->cursor = HUSE_MIN(s->cursor, HUSE_MAX(ui_search_total(s), 1) - 1);
    else
        s->cursor = s->top = 0;
    ui_search_settle(s);
}

const huse_hit *ui_search_at(const ui_search *s, size_t rank)
{
    const size_t skip = s->hits.skip;
    return s->answered && rank >= skip && rank - skip < s->hits.answer.n ? &s->hits.answer.hit[rank - skip] : NULL;
}

const huse_hit *ui_search_selected(const ui_search *s)
{
    return ui_search_at(s, s->cursor);
}

const huse_item *ui_search_item(const ui_search *s, const huse_hit *hit)
{
    return hit->item >= 0 ? &s->opened->items->item[hit->item] : NULL;
}
