/* What is typed in Search: the query, the class filter, and earlier queries. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pane_search.h"

#define REST_MS 2000 /* a query that stood so long was meant */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- history ---- */

typedef struct history_job {
    ui_job      job;
    char       *file, **line;
    size_t      n;
    huse_status status;
    huse_err    err;
} history_job;

static void run_history(ui_job *job, const ui_tools *t)
{
    history_job *h = (history_job *)job;
    (void)t;
    h->status = ui_history_write(h->file, h->line, h->n, &h->err);
}

static void history_done(void *st, ui_job *job)
{
    ui_search   *s = st;
    history_job *h = (history_job *)job;
    if (h->status == HUSE_OK)
        ui_history_saved(s->history, h->n);
    else
        ui_warn(s->ctx, "the history of queries is not kept: %s", h->err.msg);
}

static void free_history(ui_job *job)
{
    history_job *h = (history_job *)job;
    for (size_t i = 0; i < h->n; i++)
        free(h->line[i]);
    free(h->line);
    free(h->file);
    free(h);
}

void ui_search_keep(ui_search *s)
{
    if (s->error_at != SIZE_MAX) /* what cannot be understood */
        ui_history_rest(s->history);
    else if (ui_history_add(s->history, s->line.text) && s->ctx->history_file) {
        history_job *h = huse_xcalloc(1, sizeof *h);
        h->job = (ui_job){.run = run_history, .done = history_done, .free = free_history, .lane = UI_LANE_BACK, .topic = UI_TOPIC_HISTORY, .lasting = true};
        h->file = huse_xstrdup(s->ctx->history_file);
        h->line = ui_history_unsaved(s->history, &h->n);
        ui_post(s->ctx, s, &h->job);
    }
}

void ui_search_keep_rested(ui_search *s)
{
    if (s->focus == UI_FOCUS_QUERY && s->typed_at && now_ms() - s->typed_at > REST_MS && s->answered && !s->error[0])
        ui_history_add(s->history, s->line.text);
}

/* ---- focus ---- */

void ui_search_type(ui_search *s)
{
    if (s->focus == UI_FOCUS_QUERY)
        return;
    ui_search_close_names(s);
    ui_place_free(&s->begun);
    s->begun = ui_search_place(s);
    s->focus = UI_FOCUS_QUERY;
    s->typed_at = 0;
}

/* The query line is left: it becomes a place, and enters the history. */
static void end_typing(ui_search *s)
{
    if (s->focus != UI_FOCUS_QUERY)
        return;
    if (strcmp(s->begun.text, s->line.text) != 0) {
        ui_search_push(s, s->begun);
        s->begun = (ui_place){0};
        s->begun = ui_search_place(s);
    }
    ui_search_keep(s);
}

void ui_search_choose(ui_search *s)
{
    end_typing(s);
    ui_search_close_names(s);
    ui_line_set(&s->filter_line, s->filter ? s->filter : "");
    s->focus = UI_FOCUS_FILTER;
    ui_search_name_filter(s);
}

void ui_search_results(ui_search *s)
{
    end_typing(s);
    ui_search_close_names(s);
    s->focus = UI_FOCUS_RESULTS;
}

/* ---- keys ---- */

static void changed(ui_search *s)
{
    ui_history_rest(s->history);
    ui_search_ask_anew(s);
    ui_search_name_query(s);
}

static void recall(ui_search *s, const char *line)
{
    if (!line)
        return;
    ui_line_set(&s->line, line);
    ui_search_close_names(s);
    ui_search_ask_anew(s);
}

static bool names_key(ui_search *s, int32_t key)
{
    if (!s->names.open || !s->names.n)
        return false;
    switch (key) {
    case UI_KEY_TAB:
        s->names.at = HUSE_MAX(s->names.at, 0);
        ui_search_take_selected(s, s->names.prefix);
        return true;
    case UI_KEY_UP:
    case UI_KEY_DOWN:
        ui_search_move_name(s, key == UI_KEY_UP ? -1 : 1);
        return true;
    case UI_KEY_ESC:
        ui_search_close_names(s);
        return true;
    default:
        return false;
    }
}

static void query_key(ui_search *s, int32_t key)
{
    const char *newer;
    ui_search_keep_rested(s);
    s->typed_at = now_ms();
    if (names_key(s, key))
        return;
    switch (key) {
    case UI_KEY_ENTER:
    case UI_KEY_ESC:
    case UI_KEY_BACKTAB:
        ui_search_results(s);
        break;
    case UI_KEY_UP:
        recall(s, ui_history_older(s->history, s->line.text));
        break;
    case UI_KEY_DOWN:
        newer = ui_history_newer(s->history);
        recall(s, newer);
        if (!newer)
            ui_search_results(s);
        break;
    case UI_KEY_TAB:
        if (ui_search_name_query(s))
            s->names.take = true;
        else
            ui_search_choose(s);
        break;
    default:
        switch (ui_line_key(&s->line, key)) {
        case UI_LINE_CHANGED:
            changed(s);
            break;
        case UI_LINE_MOVED:
            ui_search_close_names(s);
            break;
        default:
            break;
        }
    }
}

static void filter_key(ui_search *s, int32_t key)
{
    switch (key) {
    case UI_KEY_ENTER:
        ui_search_take_selected(s, s->filter_line.text);
        break;
    case UI_KEY_TAB:
        if (s->names.at < 0 && !s->filter_line.n && !s->filter) /* nothing was chosen */
            ui_search_results(s);
        else
            ui_search_take_selected(s, s->filter_line.text);
        break;
    case UI_KEY_BACKTAB:
        ui_search_type(s);
        break;
    case UI_KEY_ESC:
        ui_search_results(s);
        break;
    case UI_KEY_UP:
    case UI_KEY_DOWN:
        ui_search_move_name(s, key == UI_KEY_UP ? -1 : 1);
        break;
    default:
        if (ui_line_key(&s->filter_line, key) == UI_LINE_CHANGED)
            ui_search_name_filter(s);
    }
}

void ui_search_event(void *st, const ui_event *e)
{
    ui_search *s = st;
    const bool filter = s->focus == UI_FOCUS_FILTER;
    if (e->kind == UI_EVENT_PASTE) {
        ui_line_insert(filter ? &s->filter_line : &s->line, e->text, strlen(e->text));
        if (filter)
            ui_search_name_filter(s);
        else
            changed(s);
    } else if (e->kind == UI_EVENT_KEY) {
        if (filter)
            filter_key(s, e->key);
        else
            query_key(s, e->key);
    }
}
