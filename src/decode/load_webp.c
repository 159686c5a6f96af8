/* Still WebP pictures through libwebp. */
#include <stdlib.h>
#include <webp/decode.h>

#include "decode/decode.h"

static huse_frame_status status_of(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OK:
        return HUSE_FRAME_OK;
    case VP8_STATUS_OUT_OF_MEMORY:
        return HUSE_FRAME_MEMORY;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return HUSE_FRAME_CUT;
    default:
        return HUSE_FRAME_BROKEN_WEBP;
    }
}

huse_frame_status huse_load_webp(const uint8_t *data, size_t n, huse_pixels *p)
{
    size_t announced = ((size_t)data[7] << 24 | (size_t)data[6] << 16 | (size_t)data[5] << 8 | data[4]) + 8;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return HUSE_FRAME_BROKEN_WEBP;
    huse_frame_status s = status_of(WebPGetFeatures(data, n, &config.input));
    if (s != HUSE_FRAME_OK)
        return announced > n ? HUSE_FRAME_CUT : s;
    p->w = config.input.width;
    p->h = config.input.height;
    s = huse_decode_check_size((uint64_t)p->w, (uint64_t)p->h, n);
    if (s != HUSE_FRAME_OK)
        return s;
    if (config.input.has_animation)
        return HUSE_FRAME_ANIMATED;
    if (announced > n)
        return HUSE_FRAME_CUT;
    p->orientation = huse_exif_webp(data, n);
    p->channels = config.input.has_alpha ? 4 : 3;
    size_t stride = (size_t)p->w * (size_t)p->channels, size = stride * (size_t)p->h;
    p->data = calloc(1, size);
    if (p->data == NULL)
        return HUSE_FRAME_MEMORY;
    config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){ .rgba = p->data, .stride = (int)stride, .size = size };
    s = status_of(WebPDecode(data, n, &config));
    WebPFreeDecBuffer(&config.output);
    if (s != HUSE_FRAME_OK)
        huse_pixels_free(p);
    return s;
}
