#include "chrome.h"

#include <string.h>

#include "pane.h"

static int hint(ui_canvas *c, int x, const char *key, const char *what)
{
    x += ui_canvas_text(c, x, c->h - 1, c->w - x, UI_BOLD, key) + 1;
    return x + ui_canvas_text(c, x, c->h - 1, c->w - x, UI_DIM, what) + 3;
}

void ui_chrome_footer(ui_canvas *c, ui_hints hints, const char *message)
{
    const int y = c->h - 1;
    int       x = 2;
    if (c->h < 5 || c->w < 20)
        return;
    if (*message) {
        x += ui_canvas_text(c, x, y, 2, UI_WARN | UI_BOLD, "! ");
        ui_canvas_text(c, x, y, c->w - x, UI_PLAIN, message);
    } else if (hints == UI_HINTS_TYPING) {
        x = hint(c, x, "↓ Enter Esc", "results");
        x = hint(c, x, "Ctrl-U", "clear");
        x = hint(c, x, "Ctrl-C twice", "quit");
    } else if (hints == UI_HINTS_HELP) {
        x = hint(c, x, "Esc", "back");
        x = hint(c, x, "q", "quit");
    } else if (hints == UI_HINTS_QUIT) {
        x = hint(c, x, "q", "quit");
    } else {
        for (size_t i = 0; i < HUSE_COUNT(ui_bindings) && x < c->w - 8; i++)
            if (ui_bindings[i].footer)
                x = hint(c, x, ui_bindings[i].label, ui_bindings[i].footer);
    }
}

/* One line of the page of keys, where there is still room. */
static void key_line(ui_canvas *c, int x, int *y, int label_w, const char *label, const char *help)
{
    if (*y >= c->h - 2)
        return;
    ui_canvas_text(c, x, *y, label_w, UI_ACCENT, label);
    ui_canvas_text(c, x + label_w + 2, *y, c->w - x - label_w - 3, UI_PLAIN, help);
    ++*y;
}

static void heading(ui_canvas *c, int x, int *y, const char *text)
{
    if (*y >= c->h - 2)
        return;
    ui_canvas_text(c, x, *y, c->w - x, UI_BOLD, text);
    ++*y;
}

void ui_chrome_help(ui_canvas *c)
{
    static const char *const typing[][2] = {
        {"↓ Enter Esc", "To the results"},
        {"Ctrl-A E U K W", "Start, end, clear, clear behind, clear a word"},
        {"words", "a red dress, \"quoted\", @item, class:Path, ./picture.jpg"},
        {"2:red + new - old", "Terms with weights, joined by + and -"},
    };
    const int label = HUSE_MIN(17, c->w / 3), x = HUSE_MAX((c->w - 80) / 2, 2);
    int       y = c->h >= 30 ? 5 : 3;
    if (c->w < 20 || c->h < 8)
        return;
    ui_canvas_cover(c, (ui_rect){0, 3, c->w, c->h - 5});
    heading(c, x, &y, "In the results");
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++)
        if (ui_bindings[i].help)
            key_line(c, x, &y, label, ui_bindings[i].label, ui_bindings[i].help);
    y++;
    heading(c, x, &y, "While typing");
    for (size_t i = 0; i < HUSE_COUNT(typing); i++)
        key_line(c, x, &y, label, typing[i][0], typing[i][1]);
    ui_canvas_cursor(c, -1, -1);
}
