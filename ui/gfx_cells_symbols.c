/* Pictures out of block symbols: libchafa chooses for each cell the symbol and the two colours that come nearest. */
#include "gfx.h"

#ifdef HAVE_CHAFA
#include <chafa.h>
#include <pthread.h>

#include "gfx_cells.h"

/* Every terminal font has halves and quadrants, and their edges meet; eighths leave hairlines, as their heights are rounded. */
#define SYMBOLS (CHAFA_SYMBOL_TAG_SPACE | CHAFA_SYMBOL_TAG_SOLID | CHAFA_SYMBOL_TAG_HALF | CHAFA_SYMBOL_TAG_QUAD)

static ChafaSymbolMap *blocks;

static void make_blocks(void)
{
    chafa_set_n_threads(1); /* our own threads are enough */
    blocks = chafa_symbol_map_new();
    chafa_symbol_map_add_by_tags(blocks, SYMBOLS);
}

bool ui_gfx_has_symbols(void)
{
    return true;
}

static ChafaCanvas *new_canvas(ui_gfx_mode mode, int cols, int rows)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_blocks);
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    chafa_canvas_config_set_geometry(config, cols, rows);
    chafa_canvas_config_set_canvas_mode(config, mode == UI_GFX_TRUE  ? CHAFA_CANVAS_MODE_TRUECOLOR
                                                : mode == UI_GFX_256 ? CHAFA_CANVAS_MODE_INDEXED_240
                                                                     : CHAFA_CANVAS_MODE_INDEXED_16);
    chafa_canvas_config_set_symbol_map(config, blocks);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_config_unref(config);
    return canvas;
}

static void add_char(huse_buf *out, gunichar c)
{
    char text[8];
    huse_buf_add(out, text, (size_t)g_unichar_to_utf8(c, text));
}

void ui_gfx_symbols(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out)
{
    const int    cols = w / UI_SYMBOL_SIDE, rows = h / UI_SYMBOL_SIDE;
    ChafaCanvas *canvas = new_canvas(mode, cols, rows);
    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, rgb, w, h, w * 3);
    for (int y = 0; y < rows; y++) {
        gint last_fore = -2, last_back = -2;
        if (y)
            huse_buf_str(out, "\n");
        for (int x = 0; x < cols; x++) {
            gint     fore, back;
            gunichar c = chafa_canvas_get_char_at(canvas, x, y);
            chafa_canvas_get_raw_colors_at(canvas, x, y, &fore, &back);
            if (fore != last_fore || back != last_back)
                ui_gfx_sgr(mode, fore, back, out);
            add_char(out, c);
            last_fore = fore;
            last_back = back;
        }
        huse_buf_str(out, "\x1b[0m");
    }
    chafa_canvas_unref(canvas);
}
#else
bool ui_gfx_has_symbols(void)
{
    return false;
}

void ui_gfx_symbols(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out)
{
    (void)mode, (void)rgb, (void)w, (void)h, (void)out;
    HUSE_ASSERT(ui_gfx_has_symbols());
}
#endif
