/* The one EXIF tag that changes what is seen: orientation, from JPEG APP1, PNG eXIf and WebP EXIF. */
#include <string.h>

#include "decode/decode.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t tiff16(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

int huse_exif_tiff(const uint8_t *data, size_t n)
{
    if (n >= 6 && memcmp(data, "Exif\0", 6) == 0) {
        data += 6;
        n -= 6;
    }
    if (n < 8 || (memcmp(data, "II*\0", 4) != 0 && memcmp(data, "MM\0*", 4) != 0))
        return 1;
    bool big = data[0] == 'M';
    size_t at = big ? be32(data + 4) : le32(data + 4);
    if (at > n || n - at < 2)
        return 1;
    size_t entries = tiff16(data + at, big);
    at += 2;
    for (size_t i = 0; i < entries && n - at >= 12; i++, at += 12) {
        if (tiff16(data + at, big) != 0x0112)
            continue;
        uint32_t value = tiff16(data + at + 8, big);
        bool is_short = tiff16(data + at + 2, big) == 3;
        return is_short && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int huse_exif_png(const uint8_t *data, size_t n)
{
    size_t at = 8;
    while (at <= n && n - at >= 12) {
        size_t len = be32(data + at);
        if (len > n - at - 12)
            return 1;
        if (memcmp(data + at + 4, "eXIf", 4) == 0)
            return huse_exif_tiff(data + at + 8, len);
        at += 12 + len;
    }
    return 1;
}

int huse_exif_webp(const uint8_t *data, size_t n)
{
    size_t at = 12;
    while (at <= n && n - at >= 8) {
        size_t len = le32(data + at + 4);
        if (len > n - at - 8)
            return 1;
        if (memcmp(data + at, "EXIF", 4) == 0)
            return huse_exif_tiff(data + at + 8, len);
        at += 8 + len + (len & 1);
    }
    return 1;
}
