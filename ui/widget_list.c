#include "widget_list.h"

static size_t last_top(const ui_list *l, size_t page)
{
    return l->n > page ? l->n - page : 0;
}

void ui_list_to(ui_list *l, size_t row, size_t page)
{
    page = HUSE_MAX(page, 1);
    l->cursor = l->n ? HUSE_MIN(row, l->n - 1) : 0;
    if (l->cursor < l->top)
        l->top = l->cursor;
    if (l->cursor >= l->top + page)
        l->top = l->cursor - page + 1;
    l->top = HUSE_MIN(l->top, last_top(l, page));
}

void ui_list_resize(ui_list *l, size_t n, size_t page)
{
    l->n = n;
    ui_list_to(l, l->cursor, page);
}

bool ui_list_move(ui_list *l, enum ui_action a, size_t page)
{
    const size_t leap = page > 1 ? page - 1 : 1;
    size_t       to;
    switch (a) {
    case UI_ACT_UP:
        to = l->cursor - (l->cursor > 0);
        break;
    case UI_ACT_DOWN:
        to = l->cursor + 1;
        break;
    case UI_ACT_PGUP:
        to = l->cursor - HUSE_MIN(l->cursor, leap);
        break;
    case UI_ACT_PGDN:
        to = l->cursor + leap;
        break;
    case UI_ACT_FIRST:
        to = 0;
        break;
    case UI_ACT_LAST:
        to = l->n;
        break;
    default:
        return false;
    }
    ui_list_to(l, to, page);
    return true;
}

void ui_list_scroll(ui_list *l, int by, size_t page)
{
    const size_t far = last_top(l, HUSE_MAX(page, 1)), step = (size_t)(by < 0 ? -by : by);
    l->top = by < 0 ? l->top - HUSE_MIN(l->top, step) : HUSE_MIN(l->top + step, far);
}
