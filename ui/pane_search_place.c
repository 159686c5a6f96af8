/* Queries as places: where one was, and the way back. */
#include <stdlib.h>
#include <string.h>

#include "pane_search.h"

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

void ui_search_come_back(ui_search *s)
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
