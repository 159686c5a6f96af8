/* The segments of a JPEG file, looked at before stb_image sees it: whether the end is there, where
 * the EXIF data are, and whether the Huffman tables fit what stb 2.27 sets aside for them (it does not check: its fault is mended here). */
#include <string.h>

#include "decode/decode.h"

enum { EOI = 0xd9, SOS = 0xda, DHT = 0xc4, APP1 = 0xe1, RST0 = 0xd0, RST7 = 0xd7 };

/* Tables of one DHT segment: at most 256 symbols each, all inside the segment. */
static bool huffman_tables_fit(const uint8_t *p, size_t n)
{
    while (n > 0) {
        if (n < 17)
            return false;
        size_t symbols = 0;
        for (int i = 1; i <= 16; i++)
            symbols += p[i];
        if (symbols > 256 || symbols > n - 17)
            return false;
        p += 17 + symbols;
        n -= 17 + symbols;
    }
    return true;
}

/* The next marker, 0 when there is none; *at moves behind it. Bytes between segments, fill bytes, and in scans stuffed
 * zeros and restarts are passed over. */
static unsigned next_marker(const uint8_t *data, size_t n, size_t *at, bool in_scan)
{
    for (size_t i = *at; n - i >= 2; i++) {
        unsigned m = data[i + 1];
        bool skipped = m == 0 || m == 0xff || (in_scan && m >= RST0 && m <= RST7);
        if (data[i] == 0xff && !skipped) {
            *at = i + 2;
            return m;
        }
    }
    return 0;
}

huse_frame_status huse_jpeg_walk(const uint8_t *data, size_t n, const uint8_t **exif, size_t *exif_n)
{
    bool in_scan = false;
    *exif = NULL;
    for (size_t at = 2; at < n;) {
        unsigned marker = next_marker(data, n, &at, in_scan);
        if (marker == EOI)
            return HUSE_FRAME_OK;
        if (marker == 0 || n - at < 2)
            return HUSE_FRAME_CUT;
        size_t len = (size_t)data[at] << 8 | data[at + 1];
        if (len < 2)
            return HUSE_FRAME_BROKEN_JPEG;
        if (len > n - at)
            return HUSE_FRAME_CUT;
        const uint8_t *body = data + at + 2;
        if (marker == DHT && !huffman_tables_fit(body, len - 2))
            return HUSE_FRAME_BROKEN_JPEG;
        if (marker == APP1 && *exif == NULL && len >= 8 && memcmp(body, "Exif\0", 6) == 0) {
            *exif = body;
            *exif_n = len - 2;
        }
        in_scan = marker == SOS;
        at += len;
    }
    return HUSE_FRAME_CUT;
}
