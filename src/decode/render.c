/* The two pictures that are wanted of each file: one for the encoder, one for the eye. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

/* How a stored picture is turned to be seen: axes swapped first, then stored axes run backwards (EXIF 2.32, table 6). */
static const struct turn {
    bool swap, flip_x, flip_y;
} turns[9] = {
    { false, false, false }, { false, false, false }, { false, true, false }, { false, true, true }, { false, false, true },
    { true, false, false },  { true, false, true },   { true, true, true },   { true, true, false },
};

void huse_orient(const uint8_t *rgb, int w, int h, int orientation, uint8_t *out)
{
    struct turn t = turns[orientation];
    int ow = t.swap ? h : w, oh = t.swap ? w : h;
    for (int y = 0; y < oh; y++) {
        for (int x = 0; x < ow; x++, out += 3) {
            int sx = t.swap ? y : x, sy = t.swap ? x : y;
            sx = t.flip_x ? w - 1 - sx : sx;
            sy = t.flip_y ? h - 1 - sy : sy;
            memcpy(out, rgb + 3 * ((size_t)sy * (size_t)w + (size_t)sx), 3);
        }
    }
}

/* Part @r scaled to *w × *h and turned; on return they are the sides as seen. NULL when memory ran out. */
static uint8_t *scaled(const huse_pixels *p, huse_rect r, int *w, int *h)
{
    size_t bytes = 3 * (size_t)*w * (size_t)*h;
    uint8_t *flat = malloc(bytes), *out = malloc(bytes);
    if (flat == NULL || out == NULL || !huse_scale(p, r, *w, *h, flat)) {
        free(flat);
        free(out);
        return NULL;
    }
    huse_orient(flat, *w, *h, p->orientation, out);
    free(flat);
    if (turns[p->orientation].swap) {
        int swap = *w;
        *w = *h;
        *h = swap;
    }
    return out;
}

/* The sides of a w × h picture whose longer one becomes @side, at least 1. */
static void fit(int w, int h, int side, int *fw, int *fh)
{
    long longer = w > h ? w : h;
    long x = (2L * w * side + longer) / (2 * longer), y = (2L * h * side + longer) / (2 * longer);
    *fw = x < 1 ? 1 : (int)x;
    *fh = y < 1 ? 1 : (int)y;
}

static void border_mean(const uint8_t *rgb, int w, int h, uint8_t mean[3])
{
    unsigned long sum[3] = { 0 }, n = 0;
    for (int y = 0; y < h; y++) {
        bool edge = y == 0 || y == h - 1;
        for (int x = 0; x < w; x += edge || w == 1 ? 1 : w - 1, n++)
            for (int k = 0; k < 3; k++)
                sum[k] += rgb[3 * ((size_t)y * (size_t)w + (size_t)x) + (size_t)k];
    }
    for (int k = 0; k < 3; k++)
        mean[k] = (uint8_t)((sum[k] + n / 2) / n);
}

/* In the middle of a side × side picture of its border's mean colour. Takes over @rgb. */
static uint8_t *padded(uint8_t *rgb, int w, int h, int side)
{
    uint8_t *out = rgb == NULL ? NULL : malloc(3 * (size_t)side * (size_t)side);
    if (out != NULL) {
        uint8_t mean[3];
        border_mean(rgb, w, h, mean);
        for (size_t i = 0; i < 3 * (size_t)side * (size_t)side; i++)
            out[i] = mean[i % 3];
        int x = (side - w) / 2, y = (side - h) / 2;
        for (int i = 0; i < h; i++)
            memcpy(out + 3 * ((size_t)(y + i) * (size_t)side + (size_t)x), rgb + 3 * (size_t)i * (size_t)w, 3 * (size_t)w);
    }
    free(rgb);
    return out;
}

/* The centre square; where the margin is odd, the greater half is right or below as the picture is seen. */
static huse_rect centre(const huse_pixels *p)
{
    struct turn t = turns[p->orientation];
    int m = p->w < p->h ? p->w : p->h;
    return (huse_rect){ (p->w - m + (t.flip_x ? 1 : 0)) / 2, (p->h - m + (t.flip_y ? 1 : 0)) / 2, m, m };
}

static uint8_t *feature_picture(const huse_pixels *p, int side, bool crop)
{
    huse_rect whole = { 0, 0, p->w, p->h };
    int w = side, h = side;
    if (!crop)
        fit(p->w, p->h, side, &w, &h);
    uint8_t *rgb = scaled(p, crop ? centre(p) : whole, &w, &h);
    return crop ? rgb : padded(rgb, w, h, side);
}

static bool thumbnail(const huse_pixels *p, int side, bool pack, huse_rendered *out)
{
    huse_rect whole = { 0, 0, p->w, p->h };
    int w = p->w, h = p->h;
    if (w > side || h > side)
        fit(p->w, p->h, side, &w, &h);
    out->thumb = scaled(p, whole, &w, &h);
    out->thumb_w = w;
    out->thumb_h = h;
    if (out->thumb == NULL || !pack)
        return out->thumb != NULL;
    out->packed = malloc(huse_frame_packed_bytes((uint32_t)w, (uint32_t)h));
    if (out->packed != NULL)
        huse_pack(out->thumb, w, h, out->packed);
    return out->packed != NULL;
}

huse_frame_status huse_decode_render(const huse_pixels *p, const huse_frame_request *rq, huse_rendered *out)
{
    *out = (huse_rendered){ 0 };
    bool swap = turns[p->orientation].swap, ok = true;
    out->width = swap ? p->h : p->w;
    out->height = swap ? p->w : p->h;
    if (rq->side > 0) {
        out->feature = feature_picture(p, (int)rq->side, (rq->flags & HUSE_FRAME_CROP) != 0);
        ok = out->feature != NULL;
    }
    if (ok && rq->thumb > 0)
        ok = thumbnail(p, (int)rq->thumb, (rq->flags & HUSE_FRAME_PACK) != 0, out);
    if (!ok)
        huse_rendered_free(out);
    return ok ? HUSE_FRAME_OK : HUSE_FRAME_MEMORY;
}

void huse_rendered_free(huse_rendered *r)
{
    free(r->feature);
    free(r->thumb);
    free(r->packed);
    *r = (huse_rendered){ 0 };
}
