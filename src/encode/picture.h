/* Pictures through huse-decode helpers: bytes in, RGB out. A bad picture costs one picture. */
#ifndef HUSE_PICTURE_H
#define HUSE_PICTURE_H

#include "base/pool.h"

typedef struct huse_decoder huse_decoder;

typedef struct huse_decode_options {
    int  feature_side; /* 224; 0: no feature picture */
    bool crop;         /* centre crop instead of padding with the border's mean colour */
    int  thumb_side;   /* longest side of the thumbnail, at most 255; 0: none */
    bool pack;         /* the thumbnail as BC1 blocks too (huse_bc1_unpack) */
    int  deadline_ms;  /* clock time of one picture; 0: 20 s */
} huse_decode_options;

typedef struct huse_decoded {
    uint8_t *feature; /* (side,side,3) or NULL */
    uint8_t *thumb;   /* (thumb_h,thumb_w,3) or NULL */
    int      thumb_w, thumb_h;
    uint8_t *packed;  /* packed_bytes of BC1 blocks or NULL */
    size_t   packed_bytes;
    int      width, height; /* of the picture after EXIF orientation */
} huse_decoded;

/** @helpers processes of program @path, started at first use (posix_spawn), restarted after a crash, a hang (2 s CPU, 20 s clock) or 512 MiB. */
huse_status huse_decoder_new(huse_decoder **d, const char *path, int helpers, const huse_decode_options *opt, huse_err *err) HUSE_MUST_CHECK;
void        huse_decoder_free(huse_decoder *d);
/** Decodes encoded bytes (JPEG, PNG, WebP by their magic). BAD_DATA with a reason for a picture that is refused or broken;
 *  FAILED when no helper can be started. Thread-safe up to @helpers callers at once (others wait). */
huse_status huse_decoder_decode(huse_decoder *d, const void *data, size_t n, huse_decoded *out, huse_err *err) HUSE_MUST_CHECK;
void        huse_decoded_free(huse_decoded *p);
/** Starts and ends one helper. @layers: one sentence on its sandbox, "limits, no new privileges, system calls" when whole. Static. */
huse_status huse_decoder_probe(const char *path, const char **layers, huse_err *err) HUSE_MUST_CHECK;

#define HUSE_PICTURE_MAX_BYTES ((size_t)64 << 20)

#endif
