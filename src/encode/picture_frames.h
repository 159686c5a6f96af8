/* What the program and huse-decode say to each other over one socket pair: fixed headers in host byte order, sizes checked at
 * both ends. Header only: the helper shares nothing else with the library. */
#ifndef HUSE_PICTURE_FRAMES_H
#define HUSE_PICTURE_FRAMES_H

#include <stdint.h>

#define HUSE_FRAME_HELLO 0x48555345u   /* sent once by the helper when its sandbox stands */
#define HUSE_FRAME_REQUEST 0x48555251u /* followed by `bytes` bytes of an encoded picture */
#define HUSE_FRAME_ANSWER 0x48554e53u  /* followed by feature, thumbnail and packed thumbnail */
#define HUSE_FRAME_VERSION 1u

#define HUSE_FRAME_MAX_BYTES (64u << 20)
#define HUSE_FRAME_MAX_PIXELS (64u << 20)
#define HUSE_FRAME_MAX_LENGTH 65536u /* of one side of a picture */
#define HUSE_FRAME_MAX_DENSITY 1000u /* pixels per byte */
#define HUSE_FRAME_MAX_FEATURE 512u  /* side asked for */
#define HUSE_FRAME_MAX_THUMB 255u
#define HUSE_FRAME_CPU_SECONDS 2
#define HUSE_FRAME_MEMORY_MIB 512

/* X(name, reason); the reasons of PIXELS, LENGTH and DENSITY are preceded by the picture's size. */
#define HUSE_FRAME_STATUS_MAP(X)                                                       \
    X(OK, "")                                                                          \
    X(EMPTY, "an empty file")                                                          \
    X(NO_PICTURE, "not a JPEG, PNG or WebP picture")                                   \
    X(CUT, "cut short")                                                                \
    X(BROKEN_JPEG, "broken JPEG data")                                                 \
    X(BROKEN_PNG, "broken PNG data")                                                   \
    X(BROKEN_WEBP, "broken WebP data")                                                 \
    X(KIND_OF_JPEG, "a JPEG of an unsupported kind (arithmetic, lossless or 12 bits)") \
    X(ANIMATED, "an animated WebP, not a still picture")                               \
    X(PIXELS, "is over the limit of 64 megapixels")                                    \
    X(LENGTH, "is over the limit of 65,536 on a side")                                 \
    X(DENSITY, "is over the limit of 1,000 pixels per byte")                           \
    X(MEMORY, "needs over 512 MiB to decode")

typedef enum huse_frame_status {
#define HUSE_FRAME_ENUM(name, text) HUSE_FRAME_##name,
    HUSE_FRAME_STATUS_MAP(HUSE_FRAME_ENUM)
#undef HUSE_FRAME_ENUM
    HUSE_FRAME_STATUS_COUNT
} huse_frame_status;

enum { HUSE_SANDBOX_LIMITS = 1, HUSE_SANDBOX_PRIVS = 2, HUSE_SANDBOX_SECCOMP = 4 };

typedef struct huse_frame_hello {
    uint32_t magic, version;
    uint32_t sandbox; /* layers that stand */
} huse_frame_hello;

enum { HUSE_FRAME_CROP = 1, HUSE_FRAME_PACK = 2 };

typedef struct huse_frame_request {
    uint32_t magic;
    uint32_t side;  /* of the feature picture, 0: none */
    uint32_t thumb; /* longest side of the thumbnail, 0: none */
    uint32_t flags;
    uint32_t bytes;
} huse_frame_request;

typedef struct huse_frame_answer {
    uint32_t magic, status;
    uint32_t width, height;     /* of the picture as it is to be seen */
    uint32_t feature_bytes;     /* side·side·3 or 0 */
    uint32_t thumb_w, thumb_h;  /* thumb_w·thumb_h·3 bytes follow */
    uint32_t packed_bytes;      /* BC1 blocks of the thumbnail, or 0 */
} huse_frame_answer;

/** Bytes of a BC1 picture: 8 for each block of 4 × 4. */
static inline uint32_t huse_frame_packed_bytes(uint32_t w, uint32_t h)
{
    return ((w + 3) / 4) * ((h + 3) / 4) * 8;
}

#endif
