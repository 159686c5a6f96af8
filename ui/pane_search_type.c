/* What is typed in Search: the query, the class filter, names completed in both, and earlier queries. */
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
        h->job = (ui_job){.run = run_history, .done = history_done, .free = free_history, .lane = UI_LANE_BACK, .topic = UI_TOPIC_HISTORY};
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

/* ---- names ---- */

void ui_search_close_names(ui_search *s)
{
    free(s->names.prefix);
    s->names = (ui_names){.at = -1};
}

typedef struct names_job {
    ui_job             job;
    char              *prefix;
    huse_complete_kind kind;
    ui_names           names; /* the answer: name, count, item, n */
} names_job;

static void tell_classes(const huse_engine *e, ui_names *names)
{
    const huse_node *node = huse_engine_tree(e, &(size_t){0});
    for (size_t i = 0; i < names->n; i++) {
        const int32_t at = huse_node_find(e, names->name[i]);
        names->count[i] = at >= 0 ? node[at].items : 0;
    }
}

/* The names are the items' own. */
static void tell_items(const huse_items *items, ui_names *names)
{
    for (size_t at = 0; at < items->n; at++)
        for (size_t i = 0; i < names->n; i++)
            if (items->item[at].id == names->name[i])
                names->item[i] = (int32_t)at;
}

static void run_names(ui_job *job, const ui_tools *t)
{
    names_job   *j = (names_job *)job;
    const char **name;
    huse_complete(t->engine, j->kind, j->prefix, UI_NAMES_MAX, &name, &j->names.n);
    for (size_t i = 0; i < j->names.n; i++) {
        j->names.name[i] = name[i];
        j->names.item[i] = -1;
    }
    free(name);
    if (j->kind == HUSE_COMPLETE_CLASS)
        tell_classes(t->engine, &j->names);
    else
        tell_items(huse_engine_items(t->engine), &j->names);
}

static void free_names(ui_job *job)
{
    names_job *j = (names_job *)job;
    free(j->prefix);
    free(j);
}

static void names_done(void *st, ui_job *job)
{
    ui_search *s = st;
    names_job *j = (names_job *)job;
    ui_names  *names = &s->names;
    if (!names->prefix || strcmp(names->prefix, j->prefix) != 0)
        return;
    const ui_names was = *names;
    *names = j->names;
    names->prefix = was.prefix;
    names->from = was.from;
    names->to = was.to;
    names->open = s->focus == UI_FOCUS_FILTER || !(names->n == 1 && strcmp(names->name[0], names->prefix) == 0);
    names->at = names->n && *names->prefix ? 0 : -1;
    if (was.take)
        ui_search_take_name(s, names->at);
}

/* Asks for what may stand for @prefix (taken over). What is listed stays until the answer is here. */
static void ask_names(ui_search *s, huse_complete_kind kind, char *prefix, size_t from, size_t to)
{
    names_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_names, .done = names_done, .free = free_names, .lane = UI_LANE_FACTS, .topic = UI_TOPIC_NAMES};
    j->prefix = huse_xstrdup(prefix);
    j->kind = kind;
    free(s->names.prefix);
    s->names.prefix = prefix;
    s->names.from = from;
    s->names.to = to;
    ui_post(s->ctx, s, &j->job);
}

/* The term that the cursor stands at the end of. */
typedef struct named_term {
    size_t from, name, to; /* bytes of the whole, of what stands behind @ or class: */
    bool   quoted;
} named_term;

/* Start of the last term before byte @at, and whether a quotation mark is open there. */
static size_t term_start(const char *text, size_t at, bool *quoted)
{
    size_t from = 0;
    *quoted = false;
    for (size_t i = 0; i < at; i++) {
        if (*quoted && text[i] == '\\' && i + 1 < at)
            i++;
        else if (text[i] == '"')
            *quoted = !*quoted;
        else if (!*quoted && (text[i] == '+' || text[i] == '-') && (i == 0 || text[i - 1] == ' ') && i + 1 < at && text[i + 1] == ' ')
            from = i + 1;
    }
    while (text[from] == ' ')
        from++;
    const size_t digits = strspn(text + from, "0123456789.");
    if (digits && text[from + digits] == ':')
        from += digits + 1;
    while (text[from] == ' ')
        from++;
    return from;
}

static bool find_term(const ui_line *l, named_term *t, huse_complete_kind *kind)
{
    const char *rest = l->text + l->at;
    while (*rest == ' ')
        rest++;
    *t = (named_term){.to = l->at};
    t->from = term_start(l->text, l->at, &t->quoted);
    const char *name = l->text + t->from;
    if (t->from >= l->at || (*rest && !((*rest == '+' || *rest == '-') && (rest[1] == ' ' || !rest[1]) && rest > l->text + l->at)))
        return false;
    if (*name == '@')
        name++;
    else if (strncmp(name, "class:", 6) == 0)
        name += 6;
    else
        return false;
    if (*name == '"' && !t->quoted) /* closed already */
        return false;
    *kind = l->text[t->from] == '@' ? HUSE_COMPLETE_ITEM : HUSE_COMPLETE_CLASS;
    t->name = (size_t)(name - l->text) + (*name == '"');
    return t->name <= l->at;
}

/* What a quoted name stands for so far. Fresh memory. */
static char *unquoted(const char *s, size_t n, bool quoted)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (size_t i = 0; i < n; i++) {
        if (quoted && s[i] == '\\' && i + 1 < n && (s[i + 1] == '"' || s[i + 1] == '\\'))
            i++;
        huse_buf_add(&b, s + i, 1);
    }
    return b.data;
}

/* Lists names for what is being typed, if it is one. False: it is none. */
static bool complete_query(ui_search *s)
{
    huse_complete_kind kind;
    named_term         t;
    if (!find_term(&s->line, &t, &kind)) {
        ui_search_close_names(s);
        return false;
    }
    ask_names(s, kind, unquoted(s->line.text + t.name, t.to - t.name, t.quoted), t.from, t.to);
    return true;
}

static void complete_filter(ui_search *s)
{
    ask_names(s, HUSE_COMPLETE_CLASS, huse_xstrdup(s->filter_line.text), 0, 0);
}

static void put_name(ui_search *s, const char *prefix, const char *name)
{
    huse_buf  term = {0};
    ui_line  *l = &s->line;
    const size_t to = s->names.to;
    ui_term(&term, prefix, name);
    if (s->names.from <= to && to <= l->n && l->n - (to - s->names.from) + term.len <= UI_LINE_MAX) {
        char *after = huse_xstrdup(l->text + to);
        l->n = l->at = s->names.from;
        l->text[l->n] = 0;
        ui_line_insert(l, term.data, term.len);
        const size_t at = l->at;
        ui_line_insert(l, after, strlen(after));
        l->at = at;
        free(after);
    }
    huse_buf_free(&term);
}

void ui_search_take_name(ui_search *s, int at)
{
    const char *name = at >= 0 && (size_t)at < s->names.n ? s->names.name[at] : NULL;
    if (s->focus == UI_FOCUS_FILTER) {
        if (!name && s->filter_line.n) {
            ui_warn(s->ctx, "no class is called that");
            return;
        }
        ui_search_results(s);
        ui_search_filter(s, name);
    } else if (name) {
        put_name(s, s->line.text[s->names.from] == '@' ? "@" : "class:", name);
        ui_search_close_names(s);
        ui_search_ask_anew(s);
    }
}

static void move_name(ui_search *s, int by)
{
    ui_names *names = &s->names;
    if (names->n)
        names->at = HUSE_MAX(HUSE_MIN(names->at + by, (int)names->n - 1), 0);
}

/* Takes the selected name, or the best one once it is known. */
static void take_selected(ui_search *s, const char *typed)
{
    const bool known = s->names.prefix && strcmp(s->names.prefix, typed) == 0 && !ui_busy(s->ctx, s, UI_TOPIC_NAMES);
    if (known)
        ui_search_take_name(s, s->names.at);
    else
        s->names.take = true;
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
    complete_filter(s);
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
    complete_query(s);
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
        take_selected(s, s->names.prefix);
        return true;
    case UI_KEY_UP:
    case UI_KEY_DOWN:
        move_name(s, key == UI_KEY_UP ? -1 : 1);
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
        if (complete_query(s))
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
        take_selected(s, s->filter_line.text);
        break;
    case UI_KEY_TAB:
        if (s->names.at < 0 && !s->filter_line.n && !s->filter) /* nothing was chosen */
            ui_search_results(s);
        else
            take_selected(s, s->filter_line.text);
        break;
    case UI_KEY_BACKTAB:
        ui_search_type(s);
        break;
    case UI_KEY_ESC:
        ui_search_results(s);
        break;
    case UI_KEY_UP:
    case UI_KEY_DOWN:
        move_name(s, key == UI_KEY_UP ? -1 : 1);
        break;
    default:
        if (ui_line_key(&s->filter_line, key) == UI_LINE_CHANGED)
            complete_filter(s);
    }
}

void ui_search_event(void *st, const ui_event *e)
{
    ui_search *s = st;
    const bool filter = s->focus == UI_FOCUS_FILTER;
    if (e->kind == UI_EVENT_PASTE) {
        ui_line_insert(filter ? &s->filter_line : &s->line, e->text, strlen(e->text));
        if (filter)
            complete_filter(s);
        else
            changed(s);
    } else if (e->kind == UI_EVENT_KEY) {
        if (filter)
            filter_key(s, e->key);
        else
            query_key(s, e->key);
    }
}
