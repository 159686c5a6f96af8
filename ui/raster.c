#include "raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

const char *ui_sign_text(ui_sign s)
{
    static const char *const text[UI_SIGNS] = {[UI_SIGN_DISC] = "●", [UI_SIGN_SQUARE] = "■", [UI_SIGN_UP] = "▲",   [UI_SIGN_RING] = "○",
                                               [UI_SIGN_DOWN] = "▼", [UI_SIGN_PLUS] = "+",   [UI_SIGN_CROSS] = "×", [UI_SIGN_RIGHT] = "▶"};
    return text[s];
}

ui_drawing *ui_drawing_new(int w, int h, uint32_t ground)
{
    HUSE_ASSERT(w > 0 && h > 0);
    ui_drawing *d = huse_xcalloc(1, sizeof *d);
    *d = (ui_drawing){.w = w, .h = h, .ground = ground, .holders = 1};
    return d;
}

ui_drawing *ui_drawing_hold(ui_drawing *d)
{
    if (d)
        __atomic_add_fetch(&d->holders, 1, __ATOMIC_RELAXED);
    return d;
}

void ui_drawing_drop(ui_drawing *d)
{
    if (!d || __atomic_sub_fetch(&d->holders, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free(d->shape);
    free(d);
}

static void add(ui_drawing *d, const ui_shape *s)
{
    if (!isfinite(s->x + s->y + s->x1 + s->y1 + s->size) || d->n >= UI_SHAPES_MAX || !s->alpha)
        return;
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 64;
        d->shape = huse_xrealloc(d->shape, d->cap * sizeof *d->shape);
    }
    d->shape[d->n++] = *s;
}

void ui_drawing_sign(ui_drawing *d, ui_sign sign, float x, float y, float radius, uint32_t rgb, uint8_t alpha)
{
    add(d, &(ui_shape){x, y, x, y, radius, rgb, (uint8_t)sign, alpha});
}

void ui_drawing_line(ui_drawing *d, float x, float y, float x1, float y1, float width, uint32_t rgb, uint8_t alpha)
{
    add(d, &(ui_shape){x, y, x1, y1, width / 2, rgb, UI_SIGN_LINE, alpha});
}

/* ---- where a shape can be seen ---- */

typedef struct extent {
    float x0, y0, x1, y1;
} extent;

static extent extent_of(const ui_shape *s)
{
    const float reach = 1.5f * s->size + 1;
    return (extent){fminf(s->x, s->x1) - reach, fminf(s->y, s->y1) - reach, fmaxf(s->x, s->x1) + reach, fmaxf(s->y, s->y1) + reach};
}

static bool is_seen(const ui_shape *s, ui_part_of p)
{
    const extent e = extent_of(s);
    return e.x1 >= (float)p.x && e.x0 <= (float)(p.x + p.w) && e.y1 >= (float)p.y && e.y0 <= (float)(p.y + p.h);
}

void ui_drawing_key(const ui_drawing *d, ui_part_of part, uint8_t key[32])
{
    const uint32_t   head[3] = {(uint32_t)part.w, (uint32_t)part.h, d->ground};
    huse_sha256_ctx *h = huse_sha256_begin();
    huse_sha256_add(h, head, sizeof head);
    for (size_t i = 0; i < d->n; i++) {
        const ui_shape *s = &d->shape[i];
        if (!is_seen(s, part))
            continue;
        const float    at[5] = {s->x - (float)part.x, s->y - (float)part.y, s->x1 - (float)part.x, s->y1 - (float)part.y, s->size};
        const uint32_t look[2] = {s->rgb, (uint32_t)s->sign << 8 | s->alpha};
        huse_sha256_add(h, at, sizeof at);
        huse_sha256_add(h, look, sizeof look);
    }
    const huse_key k = huse_sha256_end(h);
    memcpy(key, k.byte, sizeof k.byte);
}

/* ---- painting ---- */

/* How far (x, y) from its middle lies outside a sign of radius r; inside it is negative. */
static float outside(ui_sign sign, float x, float y, float r)
{
    const float thin = fmaxf(r * .42f, .9f);
    switch (sign) {
    case UI_SIGN_SQUARE:
        return fmaxf(fabsf(x), fabsf(y)) - r * .86f;
    case UI_SIGN_DOWN:
        y = -y;
        /* fall through */
    case UI_SIGN_UP:
        return fmaxf(y - r * .75f, .866f * fabsf(x) - .5f * y - r * .62f);
    case UI_SIGN_RIGHT:
        return fmaxf(-x - r * .75f, .866f * fabsf(y) + .5f * x - r * .62f);
    case UI_SIGN_RING:
        return fabsf(hypotf(x, y) - r * .8f) - thin / 2;
    case UI_SIGN_PLUS:
        return fmaxf(fminf(fabsf(x), fabsf(y)) - thin / 2, fmaxf(fabsf(x), fabsf(y)) - r * 1.05f);
    case UI_SIGN_CROSS:
        return outside(UI_SIGN_PLUS, (x + y) * .7071f, (x - y) * .7071f, r * 1.1f);
    default:
        return hypotf(x, y) - r;
    }
}

static float outside_line(const ui_shape *s, float x, float y)
{
    const float dx = s->x1 - s->x, dy = s->y1 - s->y, len2 = dx * dx + dy * dy;
    const float at = len2 > 0 ? fmaxf(fminf(((x - s->x) * dx + (y - s->y) * dy) / len2, 1), 0) : 0;
    return hypotf(x - s->x - at * dx, y - s->y - at * dy) - s->size;
}

static void blend(uint8_t *px, uint32_t rgb, float share)
{
    for (int i = 0; i < 3; i++) {
        const float c = (float)(rgb >> (16 - 8 * i) & 255);
        px[i] = (uint8_t)(px[i] + (c - px[i]) * share + .5f);
    }
}

static int clamp(float x, int lo, int hi)
{
    return x <= (float)lo ? lo : x >= (float)hi ? hi : (int)x;
}

static void paint_shape(const ui_shape *s, ui_part_of p, uint8_t *rgb)
{
    const extent e = extent_of(s);
    const int    x0 = clamp(e.x0 - (float)p.x, 0, p.w), x1 = clamp(e.x1 - (float)p.x + 1, 0, p.w);
    const int    y0 = clamp(e.y0 - (float)p.y, 0, p.h), y1 = clamp(e.y1 - (float)p.y + 1, 0, p.h);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const float cx = (float)(x + p.x) + .5f, cy = (float)(y + p.y) + .5f;
            const float out = s->sign == UI_SIGN_LINE ? outside_line(s, cx, cy) : outside((ui_sign)s->sign, cx - s->x, cy - s->y, s->size);
            if (out < .5f)
                blend(rgb + ((size_t)y * (size_t)p.w + (size_t)x) * 3, s->rgb, fminf(.5f - out, 1) * (float)s->alpha / 255);
        }
}

void ui_drawing_paint(const ui_drawing *d, ui_part_of part, uint8_t *rgb)
{
    for (size_t i = 0; i < (size_t)part.w * (size_t)part.h; i++)
        for (int k = 0; k < 3; k++)
            rgb[3 * i + (size_t)k] = (uint8_t)(d->ground >> (16 - 8 * k) & 255);
    for (size_t i = 0; i < d->n; i++)
        if (is_seen(&d->shape[i], part))
            paint_shape(&d->shape[i], part, rgb);
}
