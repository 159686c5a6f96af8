/* Sixel through libsixel's low-level calls on our own pixels; its file loaders and sixel_encoder_* are never used. */
#include <sixel.h>
#include <stdlib.h>
#include <string.h>

#include "gfx.h"

static int take(char *data, int n, void *ctx)
{
    if (n > 0)
        huse_buf_add(ctx, data, (size_t)n);
    return n;
}

/* libsixel writes its own introducer: parameters are replaced by 0;1;0, so that pixels it leaves out keep what is there. */
static huse_status finish(const huse_buf *raw, huse_buf *out, huse_err *err)
{
    const char *q = raw->len ? memchr(raw->data, 'q', raw->len) : NULL;
    if (!q || raw->len < 4 || memcmp(raw->data + raw->len - 2, "\x1b\\", 2) != 0)
        return huse_fail(err, HUSE_FAILED, "libsixel wrote no sixel picture");
    huse_buf_str(out, "\x1bP0;1;0");
    huse_buf_add(out, q, raw->len - (size_t)(q - raw->data));
    return HUSE_OK;
}

static huse_status finish_with(SIXELSTATUS s, sixel_dither_t *d, sixel_output_t *o, huse_buf *raw, huse_buf *out, huse_err *err)
{
    const huse_status r = SIXEL_SUCCEEDED(s) ? finish(raw, out, err)
                                             : huse_fail(err, HUSE_FAILED, "sixel: %s", sixel_helper_format_error(s));
    if (d)
        sixel_dither_unref(d);
    if (o)
        sixel_output_unref(o);
    huse_buf_free(raw);
    return r;
}

/* libsixel counts colours by their five upper bits, which darkens white to 248 of 255: those bits stand for the whole range. */
static void brighten(sixel_dither_t *d)
{
    unsigned char *p = sixel_dither_get_palette(d);
    for (int i = 0; p && i < 3 * sixel_dither_get_num_of_palette_colors(d); i++)
        p[i] = (unsigned char)(p[i] + (p[i] >> 5));
}

/* Our pixels as numbers of a palette's colours, which are kept exact as long as they are few enough: else ever fewer bits of each count. */
typedef struct flat {
    uint8_t *index; /* (n) */
    uint8_t  palette[3 * SIXEL_PALETTE_MAX];
    int      n_colours;
} flat;

enum { SLOTS = 1024 }; /* a power of two, more than twice the colours */

static bool index_pixels(flat *f, const uint8_t *rgb, size_t n, int most, uint32_t mask)
{
    int32_t  number[SLOTS];
    uint32_t colour[SLOTS];
    memset(number, 0xff, sizeof number);
    f->n_colours = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t c = ((uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2]) & mask;
        size_t         at = (c * 2654435761u) >> 22;
        while (number[at] >= 0 && colour[at] != c)
            at = (at + 1) % SLOTS;
        if (number[at] < 0) {
            if (f->n_colours == most)
                return false;
            colour[at] = c;
            number[at] = f->n_colours;
            memcpy(f->palette + 3 * f->n_colours++, rgb + 3 * i, 3);
        }
        f->index[i] = (uint8_t)number[at];
    }
    return true;
}

/* The number of the ground's colour, -1: none. */
static int find_ground(const flat *f, uint32_t ground)
{
    for (int i = 0; i < f->n_colours; i++)
        if (f->palette[3 * i] == ground >> 16 && f->palette[3 * i + 1] == (ground >> 8 & 255) && f->palette[3 * i + 2] == (ground & 255))
            return i;
    return -1;
}

huse_status ui_gfx_sixel_flat(const uint8_t *rgb, int w, int h, int colours, uint32_t ground, huse_buf *out, huse_err *err)
{
    HUSE_ASSERT(w > 0 && h > 0 && w <= UI_GFX_SIDE && h <= UI_GFX_SIDE && colours >= 2 && colours <= SIXEL_PALETTE_MAX);
    const size_t    n = (size_t)w * (size_t)h;
    sixel_output_t *o = NULL;
    sixel_dither_t *d = NULL;
    huse_buf        raw = {0};
    flat            f = {.index = huse_xmalloc(n)};
    uint32_t        bits = 0xff;
    while (bits && !index_pixels(&f, rgb, n, colours, bits * 0x010101))
        bits = bits << 1 & 0xff;
    SIXELSTATUS s = bits ? sixel_output_new(&o, take, &raw, NULL) : SIXEL_BAD_ARGUMENT;
    if (SIXEL_SUCCEEDED(s))
        s = sixel_dither_new(&d, f.n_colours, NULL);
    if (SIXEL_SUCCEEDED(s)) {
        sixel_dither_set_palette(d, f.palette);
        sixel_dither_set_pixelformat(d, SIXEL_PIXELFORMAT_PAL8);
        sixel_dither_set_transparent(d, find_ground(&f, ground));
        s = sixel_encode(f.index, w, h, 1, d, o);
    }
    const huse_status r = finish_with(s, d, o, &raw, out, err);
    free(f.index);
    return r;
}

huse_status ui_gfx_sixel(const uint8_t *rgb, int w, int h, int colours, huse_buf *out, huse_err *err)
{
    HUSE_ASSERT(w > 0 && h > 0 && w <= 2048 && h <= 2048 && colours >= 2 && colours <= SIXEL_PALETTE_MAX);
    const size_t    bytes = (size_t)w * (size_t)h * 3;
    sixel_output_t *o = NULL;
    sixel_dither_t *d = NULL;
    huse_buf        raw = {0};
    uint8_t        *copy = huse_xmalloc(bytes); /* dithering works in place */
    memcpy(copy, rgb, bytes);
    SIXELSTATUS s = sixel_output_new(&o, take, &raw, NULL);
    if (SIXEL_SUCCEEDED(s))
        s = sixel_dither_new(&d, colours, NULL);
    if (SIXEL_SUCCEEDED(s))
        s = sixel_dither_initialize(d, copy, w, h, SIXEL_PIXELFORMAT_RGB888, SIXEL_LARGE_AUTO, SIXEL_REP_AUTO, SIXEL_QUALITY_HIGH);
    if (SIXEL_SUCCEEDED(s)) {
        brighten(d);
        sixel_dither_set_pixelformat(d, SIXEL_PIXELFORMAT_RGB888);
        s = sixel_encode(copy, w, h, 3, d, o);
    }
    const huse_status r = finish_with(s, d, o, &raw, out, err);
    free(copy);
    return r;
}
