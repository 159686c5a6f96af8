#include "theme.h"

/* Of three kinds: on a background that is not known, on a dark one, on a light one. */
typedef struct shades {
    int own[3];   /* of 16 */
    int fixed[3]; /* of 256, 0 where the own one will do */
} shades;

static const shades accents[] = {
    [UI_ACCENT_MAGENTA] = {{5, 13, 5}, {0}},    [UI_ACCENT_BLUE] = {{4, 12, 4}, {0, 75, 0}},
    [UI_ACCENT_CYAN] = {{6, 6, 6}, {0, 0, 30}}, [UI_ACCENT_GREEN] = {{2, 2, 2}, {0, 0, 28}},
    [UI_ACCENT_YELLOW] = {{3, 3, 3}, {0, 0, 94}}, [UI_ACCENT_RED] = {{1, 9, 1}, {0}},
    [UI_ACCENT_NONE] = {{-1, -1, -1}, {0}},
};
static const shades warning = {{1, 9, 1}, {0}};
static const shades label = {{-1, -1, -1}, {0, 245, 241}}; /* faint is the terminal's own; xterm's cannot be told from black on white */

/* Apart from each other for most of those who see fewer colours, too: they differ in lightness. */
static const shades hues[UI_HUES] = {{{6, 14, 6}, {0, 80, 31}},  {{3, 11, 3}, {0, 221, 130}}, {{5, 13, 5}, {0, 177, 127}},
                                     {{2, 10, 2}, {0, 114, 28}}, {{4, 12, 4}, {0, 75, 19}},   {{1, 9, 1}, {0, 209, 124}}};

static int pick(const shades *s, int kind, int n_colours)
{
    if (n_colours >= 256 && s->fixed[kind])
        return s->fixed[kind];
    return n_colours < 16 && s->own[kind] >= 8 ? s->own[kind] - 8 : s->own[kind];
}

ui_palette ui_theme_palette(ui_theme theme, ui_accent accent, ui_back back, int n_colours)
{
    if (theme == UI_THEME_MONO || n_colours < 8)
        return (ui_palette){-1, -1, -1, {-1, -1, -1, -1, -1, -1}};
    const int kind = theme == UI_THEME_DARK ? 1 : theme == UI_THEME_LIGHT ? 2 : back == UI_BACK_DARK ? 1 : back == UI_BACK_LIGHT ? 2 : 0;
    ui_palette p = {
        .accent = pick(&accents[accent], kind, n_colours),
        .warn = pick(&warning, kind, n_colours),
        .dim = pick(&label, kind, n_colours),
    };
    for (int i = 0; i < UI_HUES; i++)
        p.hue[i] = pick(&hues[i], kind, n_colours);
    return p;
}
