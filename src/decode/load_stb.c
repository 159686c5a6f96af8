/* JPEG and PNG through stb_image, compiled here and nowhere else. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

/* Cleared memory: parts of a picture that broken data never fill are the same in every run. */
#define STBI_MALLOC(size) calloc(1, size)
#define STBI_REALLOC(p, size) realloc(p, size)
#define STBI_FREE(p) free(p)
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_MAX_DIMENSIONS 65536
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

/* Decodes what passed the caps; @otherwise is the reason when stb names no better one. */
static huse_frame_status load(const uint8_t *data, size_t n, huse_pixels *p, huse_frame_status otherwise)
{
    int w = 0, h = 0, channels = 0;
    uint8_t *pixels = stbi_load_from_memory(data, (int)n, &w, &h, &channels, 0);
    if (pixels == NULL) {
        const char *why = stbi_failure_reason();
        return why != NULL && strcmp(why, "outofmem") == 0 ? HUSE_FRAME_MEMORY : otherwise;
    }
    huse_frame_status s = huse_decode_check_size((uint64_t)w, (uint64_t)h, n);
    if (s != HUSE_FRAME_OK) {
        free(pixels);
        return s;
    }
    p->data = pixels;
    p->w = w;
    p->h = h;
    p->channels = channels;
    return HUSE_FRAME_OK;
}

static huse_frame_status check_announced(const uint8_t *data, size_t n, huse_pixels *p, huse_frame_status otherwise)
{
    int channels = 0;
    if (!stbi_info_from_memory(data, (int)n, &p->w, &p->h, &channels))
        return otherwise;
    return huse_decode_check_size((uint64_t)p->w, (uint64_t)p->h, n);
}

static bool jpeg_kind_unknown(void)
{
    static const char *const reasons[] = { "only 8-bit", "no SOF", "unknown marker", "bad component count", "no header height" };
    const char *why = stbi_failure_reason();
    for (size_t i = 0; why != NULL && i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(why, reasons[i]) == 0)
            return true;
    return false;
}

huse_frame_status huse_load_jpeg(const uint8_t *data, size_t n, huse_pixels *p)
{
    const uint8_t *exif = NULL;
    size_t exif_n = 0;
    huse_frame_status s = huse_jpeg_walk(data, n, &exif, &exif_n);
    if (s != HUSE_FRAME_OK)
        return s;
    s = check_announced(data, n, p, HUSE_FRAME_BROKEN_JPEG);
    if (s == HUSE_FRAME_BROKEN_JPEG && jpeg_kind_unknown())
        return HUSE_FRAME_KIND_OF_JPEG;
    if (s != HUSE_FRAME_OK)
        return s;
    if (exif != NULL)
        p->orientation = huse_exif_tiff(exif, exif_n);
    return load(data, n, p, HUSE_FRAME_BROKEN_JPEG);
}

/* Walks the chunks to the end: WHOLE, CUT or BROKEN (a critical chunk whose checksum is wrong; stb does not look at it). */
static huse_frame_status png_chunks(const uint8_t *data, size_t n)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        table[i] = c;
    }
    size_t at = 8;
    while (n - at >= 12) {
        const uint8_t *c = data + at;
        size_t len = (size_t)c[0] << 24 | (size_t)c[1] << 16 | (size_t)c[2] << 8 | c[3];
        if (len > n - at - 12)
            return HUSE_FRAME_CUT;
        bool critical = (c[4] & 0x20) == 0;
        if (critical) {
            uint32_t crc = 0xffffffffu;
            for (size_t i = 4; i < 8 + len; i++)
                crc = table[(crc ^ c[i]) & 255] ^ crc >> 8;
            const uint8_t *e = c + 8 + len;
            if ((crc ^ 0xffffffffu) != ((uint32_t)e[0] << 24 | (uint32_t)e[1] << 16 | (uint32_t)e[2] << 8 | e[3]))
                return HUSE_FRAME_BROKEN_PNG;
        }
        if (memcmp(c + 4, "IEND", 4) == 0)
            return HUSE_FRAME_OK;
        at += 12 + len;
    }
    return HUSE_FRAME_CUT;
}

huse_frame_status huse_load_png(const uint8_t *data, size_t n, huse_pixels *p)
{
    if (n < 33)
        return HUSE_FRAME_CUT;
    if (memcmp(data + 12, "IHDR", 4) == 0) {
        /* stb's own look at the header refuses sizes that ought to be named in the message. */
        uint64_t w = (uint64_t)data[16] << 24 | (uint64_t)data[17] << 16 | (uint64_t)data[18] << 8 | data[19];
        uint64_t h = (uint64_t)data[20] << 24 | (uint64_t)data[21] << 16 | (uint64_t)data[22] << 8 | data[23];
        huse_frame_status s = w > INT32_MAX || h > INT32_MAX ? HUSE_FRAME_BROKEN_PNG : huse_decode_check_size(w, h, n);
        if (s != HUSE_FRAME_OK) {
            p->w = w > INT32_MAX ? 0 : (int)w;
            p->h = h > INT32_MAX ? 0 : (int)h;
            return s;
        }
    }
    huse_frame_status s = png_chunks(data, n);
    if (s == HUSE_FRAME_OK)
        s = check_announced(data, n, p, HUSE_FRAME_BROKEN_PNG);
    if (s != HUSE_FRAME_OK)
        return s;
    p->orientation = huse_exif_png(data, n);
    return load(data, n, p, HUSE_FRAME_BROKEN_PNG);
}
