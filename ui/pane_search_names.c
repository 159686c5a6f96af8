/* Names that may stand for what is being typed in Search: of classes and of items. */
#include <stdlib.h>
#include <string.h>

#include "pane_search.h"

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

bool ui_search_name_query(ui_search *s)
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

void ui_search_name_filter(ui_search *s)
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

void ui_search_move_name(ui_search *s, int by)
{
    ui_names *names = &s->names;
    if (names->n)
        names->at = HUSE_MAX(HUSE_MIN(names->at + by, (int)names->n - 1), 0);
}

void ui_search_take_selected(ui_search *s, const char *typed)
{
    const bool known = s->names.prefix && strcmp(s->names.prefix, typed) == 0 && !ui_busy(s->ctx, s, UI_TOPIC_NAMES);
    if (known)
        ui_search_take_name(s, s->names.at);
    else
        s->names.take = true;
}
