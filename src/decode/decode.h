/* The inside of huse-decode: encoded bytes to a feature picture and a thumbnail. No library of the main program is used here. */
#ifndef HUSE_DECODE_H
#define HUSE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode/picture_frames.h"

/** Pixels as the file stores them: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA; 8 bits each, rows without gaps. */
typedef struct huse_pixels {
    uint8_t *data;
    int      w, h, channels;
    int      orientation; /* EXIF, 1–8 */
} huse_pixels;

typedef struct huse_rect {
    int x, y, w, h;
} huse_rect;

/** What huse_decode_render makes; free with huse_rendered_free. */
typedef struct huse_rendered {
    uint8_t *feature, *thumb, *packed;
    int      thumb_w, thumb_h, width, height;
} huse_rendered;

/** Sniffs the format by its first bytes, reads the size, applies the caps and only then decodes.
 *  On a refusal @p holds the size where it was known. Free p->data with huse_pixels_free. */
huse_frame_status huse_decode_load(const uint8_t *data, size_t n, huse_pixels *p);
void              huse_pixels_free(huse_pixels *p);

/** The caps on a size that a header announces. */
huse_frame_status huse_decode_check_size(uint64_t w, uint64_t h, size_t bytes);

huse_frame_status huse_load_jpeg(const uint8_t *data, size_t n, huse_pixels *p);
huse_frame_status huse_load_png(const uint8_t *data, size_t n, huse_pixels *p);
huse_frame_status huse_load_webp(const uint8_t *data, size_t n, huse_pixels *p);

/** Walks the segments of a JPEG: CUT when its end is missing, BROKEN_JPEG when stb_image would follow one out of its tables.
 *  *exif: body of the first EXIF segment, *exif_n bytes, or NULL. */
huse_frame_status huse_jpeg_walk(const uint8_t *data, size_t n, const uint8_t **exif, size_t *exif_n);

/** EXIF orientation of a whole file, 1 when it has none or a bad one. Never reads outside data[0..n). */
int huse_exif_png(const uint8_t *data, size_t n);
int huse_exif_webp(const uint8_t *data, size_t n);
int huse_exif_tiff(const uint8_t *data, size_t n);

/** Scales part @r of @src to w × h RGB: area filter down, Catmull–Rom up, along each axis by itself; alpha over white.
 *  An axis that keeps its length keeps its values. False when memory ran out. */
bool huse_scale(const huse_pixels *src, huse_rect r, int w, int h, uint8_t *out);

/** Turns a w × h RGB picture by an EXIF orientation; @out holds w·h·3 bytes, its sides are swapped for 5–8. */
void huse_orient(const uint8_t *rgb, int w, int h, int orientation, uint8_t *out);

/** Feature picture and thumbnail as a request asks. */
huse_frame_status huse_decode_render(const huse_pixels *p, const huse_frame_request *rq, huse_rendered *out);
void              huse_rendered_free(huse_rendered *r);

/** BC1 blocks of an RGB picture, huse_frame_packed_bytes(w, h) of them. */
void huse_pack(const uint8_t *rgb, int w, int h, uint8_t *out);

/** Closes the process in: limits, no new privileges, system calls. Returns the layers that stand (HUSE_SANDBOX_*).
 *  Under sanitizers, which need more than a decoder, limits on memory and system calls are left out. */
unsigned huse_sandbox_enter(void);
/** Starts the 2 s of CPU time of one picture (then SIGPROF ends the process), or stops the clock. */
void huse_sandbox_clock(bool on);

#endif
