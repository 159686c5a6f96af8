/* BC1 blocks to RGB: two 5:6:5 colours and sixteen 2-bit choices among them and their mixtures. */
#include "data/thumbs.h"

size_t huse_bc1_bytes(int w, int h)
{
    return (size_t)((w + 3) / 4) * (size_t)((h + 3) / 4) * 8;
}

static void palette(const uint8_t *block, uint8_t color[4][3])
{
    unsigned c[2] = { block[0] | (unsigned)block[1] << 8, block[2] | (unsigned)block[3] << 8 };
    for (int i = 0; i < 2; i++) {
        unsigned r = c[i] >> 11, g = c[i] >> 5 & 63, b = c[i] & 31;
        color[i][0] = (uint8_t)(r << 3 | r >> 2);
        color[i][1] = (uint8_t)(g << 2 | g >> 4);
        color[i][2] = (uint8_t)(b << 3 | b >> 2);
    }
    for (int k = 0; k < 3; k++) {
        unsigned a = color[0][k], b = color[1][k];
        bool thirds = c[0] > c[1];
        color[2][k] = (uint8_t)(thirds ? (2 * a + b) / 3 : (a + b) / 2);
        color[3][k] = (uint8_t)(thirds ? (a + 2 * b) / 3 : 0);
    }
}

void huse_bc1_unpack(const uint8_t *blocks, int w, int h, uint8_t *rgb)
{
    for (int by = 0; by < h; by += 4) {
        for (int bx = 0; bx < w; bx += 4, blocks += 8) {
            uint8_t color[4][3];
            palette(blocks, color);
            for (int y = by; y < h && y < by + 4; y++) {
                for (int x = bx; x < w && x < bx + 4; x++) {
                    const uint8_t *c = color[blocks[4 + y - by] >> 2 * (x - bx) & 3];
                    uint8_t *p = rgb + 3 * ((size_t)y * (size_t)w + (size_t)x);
                    p[0] = c[0];
                    p[1] = c[1];
                    p[2] = c[2];
                }
            }
        }
    }
}
