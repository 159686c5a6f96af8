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
    } else if (hints == UI_HINTS_QUIT) {
        x = hint(c, x, "q", "quit");
    } else {
        for (size_t i = 0; i < HUSE_COUNT(ui_bindings) && x < c->w - 8; i++)
            if (ui_bindings[i].footer)
                x = hint(c, x, ui_bindings[i].label, ui_bindings[i].footer);
    }
}

void ui_chrome_help(ui_canvas *c)
{
    static const char *const typing[][2] = {
        {"↓ Enter Esc", "to the results"},
        {"Ctrl-A E U K W", "start, end, clear, clear behind, clear a word"},
        {"words", "a red dress; \"quoted\"; @item; class:Path; ./picture.jpg"},
        {"2:dress + floral - black", "terms with weights, joined by + and -"},
    };
    const int body = c->h - 5, lines = (int)(HUSE_COUNT(ui_bindings) + HUSE_COUNT(typing)) + 4, label = HUSE_MIN(26, c->w / 3);
    const int end = c->h - 2, x = HUSE_MAX((c->w - 90) / 2, 2);
    int       y = 3 + (body > lines + 2);
    if (c->w < 20 || c->h < 8)
        return;
    ui_canvas_cover(c, (ui_rect){0, 3, c->w, end - 3});
    if (body > lines) {
        ui_canvas_text(c, x, y, c->w - x, UI_BOLD, "In the results");
        y += 2;
    }
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings) && y < end; i++, y++) {
        ui_canvas_text(c, x, y, label, UI_ACCENT, ui_bindings[i].label);
        ui_canvas_text(c, x + label + 1, y, c->w - x - label - 1, UI_PLAIN, ui_bindings[i].help);
    }
    y++;
    if (body > lines && y < end) {
        ui_canvas_text(c, x, y, c->w - x, UI_BOLD, "While typing");
        y += 2;
    }
    for (size_t i = 0; i < HUSE_COUNT(typing) && y < end; i++, y++) {
        ui_canvas_text(c, x, y, label, UI_ACCENT, typing[i][0]);
        ui_canvas_text(c, x + label + 1, y, c->w - x - label - 1, UI_PLAIN, typing[i][1]);
    }
    ui_canvas_cursor(c, -1, -1);
}
