/* Features: runs the frozen encoders over what is new in a workspace. */
#ifndef HUSE_ENCODE_H
#define HUSE_ENCODE_H

#include "huse/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A server of text encoders that the user named on this machine. A workspace says which one made its rows; whether it is asked, and what
 *  it may be shown, is said here alone. */
typedef struct huse_remote_grant {
    const char *origin;        /* "https://host:443" */
    const char *token_file;    /* goes to this origin alone, over https; NULL: none */
    bool        allow_private; /* it may be of this machine and its networks */
} huse_remote_grant;

/** Who is asked over a network, and how; zero: everything at its default, and no text encoder but those of this machine. */
typedef struct huse_network {
    bool        offline;       /* not at all: what is in the workspace has to do */
    bool        allow_private; /* also from this machine and its networks */
    const char *ca_file;       /* PEM of authorities to trust instead of the system's; NULL: the system's */
    int         per_host;      /* transfers of one host at once; 0: 6 */
    int         pause_ms;      /* between two requests to one host */
    uint64_t    cache_bytes;   /* of fetched pictures that a workspace keeps; 0: 2 GiB */
    const huse_remote_grant *grant; /* must outlive what is opened with this */
    size_t      n_grants;
} huse_network;

/** What runs on this machine: found by the program, given to the library, which reads no environment. */
typedef struct huse_host {
    const char *models_dir;  /* folder with effnet-lite0/, minilm-l6/ and what was pulled; NULL or missing: the fallback encoders */
    const char *decode_path; /* the huse-decode program */
    int         threads;     /* 0: one per core */
    huse_network network;
    void (*warn)(void *ctx, const char *msg); /* said once each; NULL: silent */
    void *ctx;
} huse_host;

typedef struct huse_embed_options {
    bool prune;               /* drop features and thumbnails that no item uses */
    bool retry;               /* try pictures again that failed before */
    bool refresh;             /* ask again for pictures by address, and who a remote text encoder is: both may have changed */
    bool dry_run;             /* nothing is computed, asked or written: the report says what would be */
    /** "https://host/v1#MODEL" (or http where the grant allows it): an OpenAI-compatible /v1/embeddings; "ORG/NAME" or another model of
     *  models_dir: its whole rows; "local": those of the program's own; "sentence": the sentence vectors alone of the one that the last embed
     *  took; NULL: as the last embed. */
    const char *text_encoder;
    const char *image_encoder; /* "local", "ORG/NAME" or another model of models_dir; NULL: as the last embed */
    bool crop;                /* --fit crop instead of pad */
    bool fit_as_before;       /* fit pictures as the last embed did, whatever @crop says */
    /** Rows from elsewhere: .npy files whose row i belongs to the item named in line i of @ids (NULL: X.ids.txt
     *  beside X.npy, or else the i-th of the catalogue); or .jsonl files, whose objects have an id and the row as image_vector,
     *  text_vector or vector. They replace all rows given before and
     *  are what train and query read from then on; "" goes back to the encoders of this program. */
    const char *image_features, *text_features, *ids;
    volatile const int *stop; /* non-zero: finish the batch and return INTERRUPTED */
    void (*progress)(void *ctx, const char *what, size_t done, size_t total);
    void *ctx;
} huse_embed_options;

/** Pictures by address that are not there, of one host and for one reason. */
typedef struct huse_embed_fault {
    char   host[128], why[160];
    size_t n;
    bool   refused; /* not asked for: offline, or a private address; the next embed that may asks */
} huse_embed_fault;

typedef struct huse_embed_report {
    size_t pictures_new, pictures_kept, pictures_failed, texts_new, texts_kept, pruned;
    size_t pictures_waiting;  /* by address and not asked for */
    size_t pictures_fetched;  /* answers that came */
    huse_embed_fault fault[32]; /* the last one holds what does not fit */
    size_t n_faults;
    size_t rows_given; /* from elsewhere, taken now */
    size_t texts_asked, tokens; /* dry run: different texts to encode, and about how many tokens they are */
    char   text_host[256];      /* whose server encodes them; "": this machine */
    char   image_encoder[64], text_encoder[64]; /* whose rows train and query read now */
} huse_embed_report;

/** Computes what is missing or changed: feature rows, thumbnails, picture states. Pictures that are missing, refused or broken are
 *  counted and get a reason in the catalogue; that is no error. Each batch is kept as soon as it is done. BAD_DATA: damaged weights, bad rows
 *  from elsewhere, or another model behind a remote text encoder than the one that made the rows there are. NETWORK: a remote text encoder
 *  does not answer; what it answered before is kept. INTERRUPTED: @stop was set. */
huse_status huse_embed(huse_workspace *ws, const huse_host *host, const huse_embed_options *opt, huse_embed_report *report,
                       huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
