/* The inside of huse-decode, without its process: any bytes, then the same bytes as each format. */
#include <string.h>

#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    huse_pixels p;
    huse_rendered r = { 0 };
    huse_frame_request rq = { .side = 32, .thumb = 48, .flags = HUSE_FRAME_PACK | (n & 1 ? HUSE_FRAME_CROP : 0u) };
    if (n > 1 << 14)
        return 0;
    huse_frame_status s = huse_decode_load(data, n, &p);
    if (s == HUSE_FRAME_OK && (uint64_t)p.w * (uint64_t)p.h < 1u << 20)
        (void)huse_decode_render(&p, &rq, &r);
    huse_pixels_free(&p);
    huse_rendered_free(&r);
    (void)huse_exif_tiff(data, n);
    return 0;
}
