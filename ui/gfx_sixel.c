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

/* libsixel counts colours by their five upper bits, which darkens white to 248 of 255: those bits stand for the whole range. */
static void brighten(sixel_dither_t *d)
{
    unsigned char *p = sixel_dither_get_palette(d);
    for (int i = 0; p && i < 3 * sixel_dither_get_num_of_palette_colors(d); i++)
        p[i] = (unsigned char)(p[i] + (p[i] >> 5));
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
    huse_status r = SIXEL_SUCCEEDED(s) ? finish(&raw, out, err)
                                       : huse_fail(err, HUSE_FAILED, "sixel: %s", sixel_helper_format_error(s));
    if (d)
        sixel_dither_unref(d);
    if (o)
        sixel_output_unref(o);
    huse_buf_free(&raw);
    free(copy);
    return r;
}
