/* Models from a hub in the layout of Hugging Face: listed, fetched in parts, checked, installed whole. */
#ifndef HUSE_HUB_H
#define HUSE_HUB_H

#include "data/hub_listing.h"

typedef struct huse_hub_options {
    const char *models_dir; /* made when missing */
    const char *endpoint;   /* "https://hub.example"; https alone */
    const char *folder;     /* below models_dir; NULL: the address's own */
    const char *token_file; /* goes to @endpoint alone; NULL: none */
    const char *ca_file;    /* as in net/client.h */
    bool        allow_private;
    volatile const int *stop;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total); /* bytes */
    void *ctx;
} huse_hub_options;

typedef struct huse_hub_report {
    char     revision[41];
    char     dir[512];
    uint64_t bytes, fetched; /* of the model; of these, over the network now */
    size_t   files;
    bool     image;    /* an image encoder; else a text encoder */
    bool     there;    /* this revision was here already: nothing was fetched */
    bool     reads_first; /* its authors read a sentence off its first token, not off the mean of all */
} huse_hub_report;

/** Fetches the model into models_dir/FOLDER, in place of what was there, with its hashes in SHA256SUMS and where it is from in source.json.
 *  Nothing is seen there before all of it is whole and can be opened. What a kill or a fault leaves is kept aside, and the next call goes on
 *  from there. NOT_FOUND: no such model. BAD_DATA: an architecture that is not run here, found before its weights are fetched; weights in
 *  another form than safetensors; contents that differ from the announced hash. NETWORK, INTERRUPTED. FAILED: another process is at it. */
huse_status huse_hub_pull(const huse_hub_options *o, const huse_hub_address *a, huse_hub_report *report, huse_err *err) HUSE_MUST_CHECK;

/** Where an installed model is from: "ORG/NAME" and the revision, from source.json in @dir. False: it does not say. */
bool huse_hub_source(const char *dir, char repository[194], char revision[41]);

/** Whether models_dir/@folder can be encoded texts with (it has a vocabulary) or pictures. */
typedef enum huse_hub_kind { HUSE_HUB_NONE, HUSE_HUB_TEXT, HUSE_HUB_IMAGE } huse_hub_kind;
huse_hub_kind huse_hub_kind_of(const char *models_dir, const char *folder);

#endif
