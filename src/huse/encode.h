/* Features: runs the frozen encoders over what is new in a workspace. */
#ifndef HUSE_ENCODE_H
#define HUSE_ENCODE_H

#include "huse/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What runs on this machine: found by the program, given to the library, which reads no environment. */
typedef struct huse_host {
    const char *models_dir;  /* folder with effnet-lite0/ and minilm-l6/; NULL or missing: the fallback encoders */
    const char *decode_path; /* the huse-decode program */
    int         threads;     /* 0: one per core */
    void (*warn)(void *ctx, const char *msg); /* said once each; NULL: silent */
    void *ctx;
} huse_host;

typedef struct huse_embed_options {
    bool prune;               /* drop features and thumbnails that no item uses */
    bool retry;               /* try pictures again that failed before */
    bool crop;                /* --fit crop instead of pad */
    const char *image_features, *text_features, *ids; /* .npy rows from elsewhere with their id file */
    volatile const int *stop; /* non-zero: finish the batch and return INTERRUPTED */
    void (*progress)(void *ctx, const char *what, size_t done, size_t total);
    void *ctx;
} huse_embed_options;

typedef struct huse_embed_report {
    size_t pictures_new, pictures_kept, pictures_failed, texts_new, texts_kept, pruned;
    const char *image_encoder, *text_encoder; /* static or owned by the workspace */
} huse_embed_report;

huse_status huse_embed(huse_workspace *ws, const huse_host *host, const huse_embed_options *opt, huse_embed_report *report,
                       huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
