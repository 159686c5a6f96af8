/* Thumbnails as BC1 blocks: half a byte a pixel, decoded by twenty lines anywhere. */
#include <string.h>

#include "decode/decode.h"

#define STB_DXT_STATIC
#define STB_DXT_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_dxt.h>

void huse_pack(const uint8_t *rgb, int w, int h, uint8_t *out)
{
    for (int by = 0; by < h; by += 4) {
        for (int bx = 0; bx < w; bx += 4, out += 8) {
            uint8_t block[64];
            for (int i = 0; i < 16; i++) {
                int x = bx + i % 4 < w ? bx + i % 4 : w - 1, y = by + i / 4 < h ? by + i / 4 : h - 1;
                memcpy(block + 4 * i, rgb + 3 * ((size_t)y * (size_t)w + (size_t)x), 3);
                block[4 * i + 3] = 255;
            }
            stb_compress_dxt_block(out, block, 0, STB_DXT_HIGHQUAL);
        }
    }
}
