/* Search: what the keys and the mouse do. */
#include "pane_search.h"

#include <stdlib.h>
#include <string.h>

/* ---- views and areas ---- */

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
    ui_search_settle(s);
}

/* A class leads to Browse, an item to a page of its own, and the page to its text. */
static void open_selected(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    if (hit && hit->item < 0)
        ui_lead(s->ctx, UI_PANE_BROWSE, '=', hit->class_path);
    else if (hit && s->page)
        ui_search_read(s);
    else
        show_page(s, hit != NULL);
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
    size_t     columns, before = s->w ? ui_search_page(s, s->target, &columns) : 0;
    s->w = w;
    s->h = h;
    s->gfx = *gfx;
    if (!before)
        ui_search_ask(s);
    else if (s->answered)
        ui_search_settle(s);
    else if (ui_search_page(s, s->target, &columns) > before)
        ui_search_ask(s);
    ui_search_scroll(s, 0);
}

static bool search_typing(const void *st)
{
    const ui_search *s = st;
    return s->focus == UI_FOCUS_QUERY || s->focus == UI_FOCUS_FILTER;
}

static ui_hints search_hints(const void *st)
{
    static const ui_hints of[] = {[UI_FOCUS_QUERY] = UI_HINTS_TYPING, [UI_FOCUS_FILTER] = UI_HINTS_FILTER,
                                  [UI_FOCUS_RESULTS] = UI_HINTS_MOVING, [UI_FOCUS_DETAILS] = UI_HINTS_BESIDE};
    const ui_search *s = st;
    return s->page && s->focus == UI_FOCUS_RESULTS ? UI_HINTS_DETAILS : of[s->focus];
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

/* A hit under the number and the name that it has now; false: it is gone. */
static bool move_hit(huse_hit *hit, const ui_opened *now, const huse_items *was)
{
    size_t           n;
    const huse_node *node = huse_engine_tree(now->engine, &n);
    if (hit->item >= 0) {
        hit->item = (int32_t)huse_items_find(now->items, was->item[hit->item].id);
        hit->cls = hit->item >= 0 ? now->items->item[hit->item].cls : -1;
        hit->class_path = hit->cls >= 0 ? now->items->class_path[hit->cls] : "";
        return hit->item >= 0;
    }
    const int32_t at = huse_node_find(now->engine, hit->class_path);
    hit->cls = at >= 0 ? node[at].cls : -1;
    hit->class_path = at >= 0 ? node[at].path : "";
    return at >= 0;
}

/* What is shown stays until the new answer is there, unless some of it is gone. */
static void move_hits(ui_search *s, const huse_items *was)
{
    bool all = s->opened->engine != NULL;
    for (size_t i = 0; i < s->hits.answer.n && all; i++)
        all = move_hit(&s->hits.answer.hit[i], s->opened, was);
    if (all)
        return;
    ui_hits_free(&s->hits);
    s->hits = (ui_hits){.status = HUSE_OK};
    s->answered = false;
}

static void search_renewed(void *st, const ui_opened *was)
{
    ui_search *s = st;
    const bool named = s->names.open;
    ui_search_close_names(s);
    move_hits(s, was->items);
    for (size_t i = 0; i < UI_FACTS_KEPT && s->facts[i]; i++) {
        ui_facts_free(s->facts[i]);
        s->facts[i] = NULL;
    }
    const huse_hit *hit = ui_search_selected(s);
    s->follow = hit ? hit->item : -1;
    search_opened(s, s->opened);
    ui_search_ask(s);
    if (s->focus == UI_FOCUS_FILTER)
        ui_search_name_filter(s);
    else if (named)
        (void)ui_search_name_query(s);
}

static bool act_on_selected(ui_search *s, enum ui_action a)
{
    switch (a) {
    case UI_ACT_SIMILAR:
    case UI_ACT_ADD:
    case UI_ACT_SUBTRACT:
        use_selected(s, ui_action_how(a));
        return true;
    case UI_ACT_CLASS:
        toggle_filter(s);
        return true;
    case UI_ACT_MARK:
        ui_search_mark(s);
        return true;
    case UI_ACT_EXPORT:
        if (s->opened && s->opened->status == HUSE_OK)
            ui_export_ask(&s->export, s->ctx, UI_TOPIC_EXPORT);
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
        ui_search_come_back(s);
}

static bool search_act(void *st, enum ui_action a)
{
    ui_search *s = st;
    if (ui_action_moves(a)) {
        ui_search_move(s, a);
        return true;
    }
    switch (a) {
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
        ui_search_settle(s);
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
        if (twice)
            open_selected(s);
    }
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
    .hints = search_hints,
    .event = ui_search_event,
    .act = search_act,
    .opened = search_opened,
    .renewed = search_renewed,
    .lead = search_lead,
    .pick = search_pick,
    .wheel = ui_search_wheel,
    .draw = ui_search_draw,
    .close = search_close,
};
