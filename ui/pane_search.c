#include "pane_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- asking ---- */

huse_target ui_search_shown(const ui_search *s)
{
    return s->answered ? s->hits.target : s->target;
}

static size_t per_page(const ui_search *s, huse_target target, size_t *columns)
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
    const size_t page = per_page(s, s->target, &columns), skip = s->top > page ? s->top - page : 0;
    ui_hits      q = {
             .text = huse_xstrdup(s->line.text),
             .class_filter = s->filter ? huse_xstrdup(s->filter) : NULL,
             .target = s->target,
             .rerank = s->mix,
             .skip = skip,
             .k = s->top - skip + 2 * page + 1,
    };
    ui_post(s->ctx, s, &ui_ask_new(q, UI_TOPIC_HITS, take_hits)->job);
}

void ui_search_ask_anew(ui_search *s)
{
    s->cursor = s->top = 0;
    s->follow = -1;
    s->scroll = 0;
    ui_search_ask(s);
}

/* How many ranks can be had: an answer shorter than asked for is the end. */
static size_t total(const ui_search *s)
{
    const ui_hits *h = &s->hits;
    return h->answer.n < h->k ? HUSE_MIN(h->skip + h->answer.n, h->answer.total) : h->answer.total;
}

/* Whether the ranks are here, as far as there are any. */
static bool here(const ui_search *s, size_t from, size_t to)
{
    to = HUSE_MIN(to, total(s));
    return from >= s->hits.skip && to <= s->hits.skip + s->hits.answer.n;
}

/* Lets the selected one be on the screen, rows standing where a row begins, and gets what is missing around it. */
static void settle(ui_search *s)
{
    size_t       columns;
    const size_t page = per_page(s, ui_search_shown(s), &columns), row = s->cursor / columns * columns;
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
        s->cursor = HUSE_MIN(s->cursor, HUSE_MAX(total(s), 1) - 1);
    else
        s->cursor = s->top = 0;
    settle(s);
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

/* ---- places ---- */

void ui_place_free(ui_place *p)
{
    free(p->text);
    free(p->filter);
    *p = (ui_place){0};
}

ui_place ui_search_place(const ui_search *s)
{
    return (ui_place){huse_xstrdup(s->line.text), s->filter ? huse_xstrdup(s->filter) : NULL, s->target, s->mix, s->cursor, s->top};
}

void ui_search_push(ui_search *s, ui_place p)
{
    if (s->n_places == UI_PLACES_MAX) {
        ui_place_free(&s->place[0]);
        memmove(s->place, s->place + 1, --s->n_places * sizeof *s->place);
    }
    s->place = huse_xrealloc(s->place, (s->n_places + 1) * sizeof *s->place);
    s->place[s->n_places++] = p;
}

void ui_search_leave(ui_search *s)
{
    ui_search_push(s, ui_search_place(s));
}

static void come_back(ui_search *s)
{
    if (!s->n_places) {
        ui_say(s->ctx, "this is where you began");
        return;
    }
    ui_place p = s->place[--s->n_places];
    ui_line_set(&s->line, p.text);
    free(s->filter);
    s->filter = p.filter;
    p.filter = NULL;
    s->target = p.target;
    s->mix = p.mix;
    ui_search_ask_anew(s);
    s->cursor = p.cursor;
    s->top = p.top;
    ui_search_ask(s);
    ui_place_free(&p);
}

void ui_search_set(ui_search *s, const char *query)
{
    if (strlen(query) > UI_LINE_MAX) {
        ui_warn(s->ctx, "that makes the query too long");
        return;
    }
    ui_search_leave(s);
    s->page = false;
    ui_line_set(&s->line, query);
    s->focus = UI_FOCUS_RESULTS;
    ui_search_keep(s);
    ui_search_ask_anew(s);
}

void ui_search_filter(ui_search *s, const char *path)
{
    ui_search_leave(s);
    char *filter = path && *path ? huse_xstrdup(path) : NULL;
    free(s->filter);
    s->filter = filter;
    ui_search_ask_anew(s);
}

/* ---- moving ---- */

void ui_search_go(ui_search *s, size_t to)
{
    const size_t n = total(s);
    if (!n)
        return;
    if (HUSE_MIN(to, n - 1) != s->cursor)
        s->scroll = 0;
    s->cursor = HUSE_MIN(to, n - 1);
    settle(s);
}

static void go_back(ui_search *s, size_t by)
{
    ui_search_go(s, s->cursor > by ? s->cursor - by : 0);
}

static void turn_page(ui_search *s, bool back)
{
    size_t       columns;
    const size_t page = per_page(s, ui_search_shown(s), &columns), n = total(s);
    if (back) {
        s->top = s->top > page ? s->top - page : 0;
        go_back(s, page);
    } else if (s->top + page < n) {
        s->top += page;
        ui_search_go(s, s->cursor + page);
    } else {
        ui_search_go(s, n ? n - 1 : 0);
    }
}

static void scroll_details(ui_search *s, int by)
{
    const int hidden = ui_search_details_hidden(s);
    s->scroll = HUSE_MAX(HUSE_MIN(s->scroll + by, hidden), 0);
}

/* Up and down in the details: their lines. */
static bool step_details(ui_search *s, enum ui_action a)
{
    switch (a) {
    case UI_ACT_UP:
        scroll_details(s, -1);
        return true;
    case UI_ACT_DOWN:
        scroll_details(s, 1);
        return true;
    case UI_ACT_PGUP:
        scroll_details(s, -8);
        return true;
    case UI_ACT_PGDN:
        scroll_details(s, 8);
        return true;
    default:
        return false;
    }
}

static void step(ui_search *s, enum ui_action a)
{
    ui_search_layout l;
    ui_search_arrange(s, ui_search_shown(s), &l);
    const size_t columns = l.page ? 1 : (size_t)HUSE_MAX(l.columns, 1);
    if ((l.page || s->focus == UI_FOCUS_DETAILS) && step_details(s, a))
        return;
    switch (a) {
    case UI_ACT_LEFT:
        go_back(s, 1);
        break;
    case UI_ACT_RIGHT:
        ui_search_go(s, s->cursor + 1);
        break;
    case UI_ACT_UP:
        if (s->cursor < columns)
            ui_search_type(s);
        else
            go_back(s, columns);
        break;
    case UI_ACT_DOWN:
        ui_search_go(s, s->cursor + columns);
        break;
    case UI_ACT_PGUP:
    case UI_ACT_PGDN:
        turn_page(s, a == UI_ACT_PGUP);
        break;
    case UI_ACT_FIRST:
        ui_search_go(s, 0);
        break;
    default:
        ui_search_go(s, SIZE_MAX);
        break;
    }
}

static void turn_view(ui_search *s, int view)
{
    s->target = (huse_target)(view % 3);
    s->page = false;
    ui_search_ask_anew(s);
}

static void show_page(ui_search *s, bool on)
{
    s->page = on;
    s->scroll = 0;
    s->focus = UI_FOCUS_RESULTS;
    settle(s);
}

/* A class leads to Browse, an item to a page of its own. */
static void open_selected(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    if (hit && hit->item < 0)
        ui_lead(s->ctx, UI_PANE_BROWSE, '=', hit->class_path);
    else if (hit || s->page)
        show_page(s, !s->page);
}

static void next_area(ui_search *s, bool back)
{
    ui_search_layout l;
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (s->focus == UI_FOCUS_RESULTS && !back && l.panel.w && !l.page)
        s->focus = UI_FOCUS_DETAILS;
    else if (s->focus == UI_FOCUS_RESULTS && back)
        ui_search_choose(s);
    else if (s->focus == UI_FOCUS_DETAILS && back)
        s->focus = UI_FOCUS_RESULTS;
    else
        ui_search_type(s);
}

/* ---- the selected one in the query ---- */

static void combine(ui_search *s, char how, const char *term)
{
    huse_buf b = {0};
    size_t   n = s->line.n;
    while (n && s->line.text[n - 1] == ' ')
        n--;
    huse_buf_str(&b, "");
    if (how != '=' && n) {
        huse_buf_add(&b, s->line.text, n);
        huse_buf_fmt(&b, " %c ", how);
    } else if (how == '-') {
        huse_buf_str(&b, "- ");
    }
    huse_buf_str(&b, term);
    ui_search_set(s, b.data);
    huse_buf_free(&b);
}

static void use_selected(ui_search *s, char how)
{
    const huse_hit *hit = ui_search_selected(s);
    huse_buf        term = {0};
    if (!hit)
        return;
    if (hit->item >= 0)
        ui_term(&term, "@", ui_search_item(s, hit)->id);
    else
        ui_term(&term, "class:", hit->class_path);
    combine(s, how, term.data);
    huse_buf_free(&term);
}

static void search_lead(void *st, char how, const char *term)
{
    ui_search *s = st;
    ui_search_close_names(s);
    if (how == 'c')
        ui_search_filter(s, term);
    else
        combine(s, how, term);
}

static void toggle_filter(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    if (s->filter)
        ui_search_filter(s, NULL);
    else if (hit && *hit->class_path)
        ui_search_filter(s, hit->class_path);
    else if (hit)
        ui_say(s->ctx, "this item has no class");
}

static void turn_mix(ui_search *s)
{
    char own[16];
    if (!s->opened || !s->opened->trained) {
        ui_say(s->ctx, "there is no model yet, so there is nothing to mix");
        return;
    }
    const huse_hit *hit = ui_search_selected(s);
    s->mix = s->mix < 0 ? 0 : s->mix < .5 ? .5 : s->mix < 1 ? 1 : -1;
    ui_search_ask(s);
    s->follow = hit ? hit->item : -1;
    if (s->mix < 0)
        ui_say(s->ctx, "attribute mix: the model's own, %s", ui_share(own, huse_engine_mix(s->opened->engine), 2));
    else
        ui_say(s->ctx, "attribute mix: %s", s->mix <= 0 ? "0, the shared space alone" : s->mix < 1 ? ".5, half of it words" : "1, words alone");
}

/* ---- the pane ---- */

static void search_open(void *st, const ui_ctx *ctx)
{
    ui_search *s = st;
    s->ctx = ctx;
    s->focus = UI_FOCUS_QUERY;
    s->pictures = ctx->fetch_pictures;
    s->error_at = SIZE_MAX;
    s->mix = -1;
    s->follow = -1;
    s->names.at = -1;
    s->history = ui_history_new(ctx->history_file);
    ui_line_set(&s->line, ctx->query ? ctx->query : "");
    s->begun = ui_search_place(s);
}

static void search_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_search *s = st;
    size_t     columns, before = s->w ? per_page(s, s->target, &columns) : 0;
    s->w = w;
    s->h = h;
    s->gfx = *gfx;
    if (!before)
        ui_search_ask(s);
    else if (s->answered)
        settle(s);
    else if (per_page(s, s->target, &columns) > before)
        ui_search_ask(s);
    scroll_details(s, 0);
}

static bool search_typing(const void *st)
{
    const ui_search *s = st;
    return s->focus == UI_FOCUS_QUERY || s->focus == UI_FOCUS_FILTER;
}

static void run_warm(ui_job *job, const ui_tools *t)
{
    (void)job;
    huse_engine_warm(t->engine);
}

static void warm_done(void *st, ui_job *job)
{
    (void)st;
    (void)job;
}

static void free_warm(ui_job *job)
{
    free(job);
}

static void search_opened(void *st, const ui_opened *o)
{
    ui_search *s = st;
    s->opened = o;
    if (!o->trained || !o->engine)
        return;
    ui_job *job = huse_xcalloc(1, sizeof *job); /* the encoder is read while the first letters are typed, in their lane: they need it first */
    *job = (ui_job){.run = run_warm, .done = warm_done, .free = free_warm, .lane = UI_LANE_QUERY, .topic = UI_TOPIC_WARM};
    ui_post(s->ctx, s, job);
}

static bool act_on_selected(ui_search *s, enum ui_action a)
{
    switch (a) {
    case UI_ACT_SIMILAR:
        use_selected(s, '=');
        return true;
    case UI_ACT_ADD:
        use_selected(s, '+');
        return true;
    case UI_ACT_SUBTRACT:
        use_selected(s, '-');
        return true;
    case UI_ACT_CLASS:
        toggle_filter(s);
        return true;
    case UI_ACT_MARK:
        ui_search_mark(s);
        return true;
    case UI_ACT_EXPORT:
        if (s->opened && s->opened->status == HUSE_OK)
            ui_export_ask(&s->export, s->ctx, s->opened->items, UI_TOPIC_EXPORT);
        return true;
    case UI_ACT_NEXT:
    case UI_ACT_PREVIOUS:
        ui_search_seek(s, a == UI_ACT_PREVIOUS);
        return true;
    case UI_ACT_COPY:
        ui_search_copy(s);
        return true;
    case UI_ACT_MIX:
        turn_mix(s);
        return true;
    default:
        return false;
    }
}

static void go_on(ui_search *s, enum ui_action a)
{
    if (s->focus == UI_FOCUS_DETAILS && a != UI_ACT_OPEN && !s->page)
        s->focus = UI_FOCUS_RESULTS;
    else if (a == UI_ACT_OPEN)
        open_selected(s);
    else if (s->page)
        show_page(s, false);
    else if (a == UI_ACT_RETURN)
        come_back(s);
}

static bool search_act(void *st, enum ui_action a)
{
    ui_search *s = st;
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
    case UI_ACT_BACK:
    case UI_ACT_RETURN:
        go_on(s, a);
        return true;
    case UI_ACT_VIEW:
    case UI_ACT_VIEWBACK:
        turn_view(s, (int)s->target + (a == UI_ACT_VIEW ? 1 : 2));
        return true;
    case UI_ACT_AREA:
    case UI_ACT_AREABACK:
        next_area(s, a == UI_ACT_AREABACK);
        return true;
    case UI_ACT_INPUT:
        ui_search_type(s);
        return true;
    case UI_ACT_SEARCH:
        if (search_typing(s))
            ui_search_results(s);
        return true;
    case UI_ACT_PICTURES:
        s->pictures = !s->pictures && s->ctx->fetch_pictures;
        settle(s);
        return true;
    default:
        return act_on_selected(s, a);
    }
}

/* ---- the mouse ---- */

static void search_pick(void *st, int what, bool twice)
{
    ui_search *s = st;
    if (what >= UI_PICK_VIEW && what < UI_PICK_VIEW + 3) {
        turn_view(s, what - UI_PICK_VIEW);
    } else if (what == UI_PICK_QUERY) {
        ui_search_type(s);
    } else if (what == UI_PICK_FILTER) {
        ui_search_choose(s);
    } else if (what >= UI_PICK_NAME && what < UI_PICK_NAME + UI_NAMES_MAX) {
        ui_search_take_name(s, what - UI_PICK_NAME);
    } else {
        if (search_typing(s))
            ui_search_results(s);
        s->focus = what == UI_PICK_DETAILS ? UI_FOCUS_DETAILS : UI_FOCUS_RESULTS;
        if (what >= UI_PICK_RESULT)
            ui_search_go(s, s->top + (size_t)(what - UI_PICK_RESULT));
        if (what >= UI_PICK_RESULT && twice)
            open_selected(s);
    }
}

static void search_wheel(void *st, int what, int by)
{
    ui_search       *s = st;
    ui_search_layout l;
    size_t           columns;
    const size_t     page = per_page(s, ui_search_shown(s), &columns), n = total(s);
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (what == UI_PICK_DETAILS || l.page) {
        scroll_details(s, by * 3);
        return;
    }
    const size_t rows = l.tiles ? columns : 3;
    if (by > 0 && s->top + page < n)
        s->top += HUSE_MIN(rows, n - s->top - page + columns - 1) / columns * columns;
    else if (by < 0)
        s->top -= HUSE_MIN(rows, s->top);
    else
        return;
    if (s->cursor < s->top)
        s->cursor += (s->top - s->cursor + columns - 1) / columns * columns;
    else if (s->cursor >= s->top + page)
        s->cursor -= (s->cursor - s->top - page) / columns * columns + columns;
    ui_search_go(s, s->cursor);
}

static void search_close(void *st)
{
    ui_search *s = st;
    ui_search_keep_rested(s);
    size_t   n;
    char   **line = ui_history_unsaved(s->history, &n);
    huse_err none; /* the terminal is closed already: a history that cannot be written is lost in silence */
    if (n && s->ctx->history_file)
        (void)!ui_history_write(s->ctx->history_file, line, n, &none);
    for (size_t i = 0; i < n; i++)
        free(line[i]);
    free(line);
    ui_search_close_names(s);
    ui_hits_free(&s->hits);
    for (size_t i = 0; i < UI_FACTS_KEPT; i++)
        if (s->facts[i])
            ui_facts_free(s->facts[i]);
    for (size_t i = 0; i < s->n_places; i++)
        ui_place_free(&s->place[i]);
    ui_place_free(&s->begun);
    free(s->place);
    free(s->filter);
    ui_export_free(&s->export);
    ui_history_free(s->history);
}

const ui_pane_ops ui_pane_search = {
    .name = "Search",
    .state_size = sizeof(ui_search),
    .open = search_open,
    .resize = search_resize,
    .typing = search_typing,
    .event = ui_search_event,
    .act = search_act,
    .opened = search_opened,
    .lead = search_lead,
    .pick = search_pick,
    .wheel = search_wheel,
    .draw = ui_search_draw,
    .close = search_close,
};
