#include "chrome.h"

#include <string.h>

#include "pane.h"

static int hint(ui_canvas *c, int x, const char *key, const char *what)
{
    x += ui_canvas_text(c, x, c->h - 1, c->w - x, UI_BOLD, key) + 1;
    return x + ui_canvas_text(c, x, c->h - 1, c->w - x, UI_DIM, what) + 3;
}

void ui_chrome_footer(ui_canvas *c, bool typing, const char *message)
{
    const int y = c->h - 1;
    int       x = 2;
    if (c->h < 5 || c->w < 20)
        return;
    if (*message) {
        x += ui_canvas_text(c, x, y, 2, UI_WARN | UI_BOLD, "! ");
        ui_canvas_text(c, x, y, c->w - x, UI_PLAIN, message);
    } else if (typing) {
        x = hint(c, x, "↓ Enter Esc", "results");
        x = hint(c, x, "Ctrl-U", "clear");
        x = hint(c, x, "Ctrl-C twice", "quit");
    } else {
        for (size_t i = 0; i < HUSE_COUNT(ui_bindings) && x < c->w - 8; i++)
            if (ui_bindings[i].footer)
                x = hint(c, x, ui_bindings[i].label, ui_bindings[i].footer);
    }
}

void ui_chrome_help(ui_canvas *c)
{
    static const char *const typing[][2] = {
        {"↓ Enter Esc", "To the results"},
        {"Ctrl-A E U K W", "Start, end, clear, clear behind, last word"},
        {"words", "a red dress; \"quoted\"; @item; class:Path; ./picture.jpg"},
        {"2:dress + floral - black", "Terms with weights, joined by + and -"},
    };
    const int n = (int)HUSE_COUNT(ui_bindings), w = HUSE_MIN(72, c->w - 2), h = HUSE_MIN(n + (int)HUSE_COUNT(typing) + 5, c->h - 1);
    const int x = (c->w - w) / 2, bottom = (c->h - h) / 2 + h - 1, label = HUSE_MIN(26, w / 2 - 2);
    int       y = (c->h - h) / 2;
    if (w < 16 || h < 4)
        return;
    ui_canvas_cover(c, (ui_rect){x - 1, y, w + 2, h});
    ui_canvas_frame(c, (ui_rect){x, y, w, h}, "");
    ui_canvas_text(c, x + 2, y++, w - 4, UI_BOLD, " Keys ");
    for (int i = 0; i < n && y < bottom; i++, y++) {
        ui_canvas_text(c, x + 2, y, 9, UI_ACCENT, ui_bindings[i].label);
        ui_canvas_text(c, x + 12, y, w - 14, UI_PLAIN, ui_bindings[i].help);
    }
    if (y + 1 < bottom)
        ui_canvas_text(c, x + 2, ++y, w - 4, UI_BOLD, "While typing");
    y++;
    for (size_t i = 0; i < HUSE_COUNT(typing) && y < bottom; i++, y++) {
        ui_canvas_text(c, x + 2, y, label, UI_ACCENT, typing[i][0]);
        ui_canvas_text(c, x + 3 + label, y, w - label - 5, UI_PLAIN, typing[i][1]);
    }
    ui_canvas_cursor(c, -1, -1);
}
