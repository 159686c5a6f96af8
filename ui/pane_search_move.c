/* Moving about in the results and in the details, by keys and by the wheel. */
#include "pane_search.h"

void ui_search_go(ui_search *s, size_t to)
{
    const size_t n = ui_search_total(s);
    if (!n)
        return;
    if (HUSE_MIN(to, n - 1) != s->cursor)
        s->scroll = 0;
    s->cursor = HUSE_MIN(to, n - 1);
    ui_search_settle(s);
}

static void go_back(ui_search *s, size_t by)
{
    ui_search_go(s, s->cursor > by ? s->cursor - by : 0);
}

static void turn_page(ui_search *s, bool back)
{
    size_t       columns;
    const size_t page = ui_search_page(s, ui_search_shown(s), &columns), n = ui_search_total(s);
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

void ui_search_scroll(ui_search *s, int by)
{
    const int hidden = ui_search_details_hidden(s);
    s->scroll = HUSE_MAX(HUSE_MIN(s->scroll + by, hidden), 0);
}

/* Up and down in the details: their lines. */
static bool step_details(ui_search *s, enum ui_action a)
{
    switch (a) {
    case UI_ACT_UP:
        ui_search_scroll(s, -1);
        return true;
    case UI_ACT_DOWN:
        ui_search_scroll(s, 1);
        return true;
    case UI_ACT_PGUP:
        ui_search_scroll(s, -8);
        return true;
    case UI_ACT_PGDN:
        ui_search_scroll(s, 8);
        return true;
    default:
        return false;
    }
}

void ui_search_move(ui_search *s, enum ui_action a)
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

void ui_search_wheel(void *st, int what, int by)
{
    ui_search       *s = st;
    ui_search_layout l;
    size_t           columns;
    const size_t     page = ui_search_page(s, ui_search_shown(s), &columns), n = ui_search_total(s);
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (what == UI_PICK_DETAILS || l.page) {
        ui_search_scroll(s, by * 3);
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
