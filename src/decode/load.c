/* From bytes to pixels: the format by its magic, the size before anything is allocated. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

huse_frame_status huse_decode_check_size(uint64_t w, uint64_t h, size_t bytes)
{
    if (w > UINT32_MAX || h > UINT32_MAX || w * h > HUSE_FRAME_MAX_PIXELS)
        return HUSE_FRAME_PIXELS;
    if (w * h > (uint64_t)bytes * HUSE_FRAME_MAX_DENSITY)
        return HUSE_FRAME_DENSITY;
    if (w > HUSE_FRAME_MAX_LENGTH || h > HUSE_FRAME_MAX_LENGTH)
        return HUSE_FRAME_LENGTH;
    return HUSE_FRAME_OK;
}

huse_frame_status huse_decode_load(const uint8_t *data, size_t n, huse_pixels *p)
{
    *p = (huse_pixels){ .orientation = 1 };
    if (n == 0)
        return HUSE_FRAME_EMPTY;
    if (n >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0)
        return huse_load_jpeg(data, n, p);
    if (n >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0)
        return huse_load_png(data, n, p);
    if (n >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0)
        return huse_load_webp(data, n, p);
    return HUSE_FRAME_NO_PICTURE;
}

void huse_pixels_free(huse_pixels *p)
{
    free(p->data);
    p->data = NULL;
}
