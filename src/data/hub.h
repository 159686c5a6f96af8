/* Models from a hub in the layout of Hugging Face: listed, fetched in parts, checked, installed whole. */
#ifndef HUSE_HUB_H
#define HUSE_HUB_H

#include "data/hub_listing.h"

#define HUSE_HUB_SOURCE "source.json" /* in a model's folder: where it is from */

typedef struct huse_hub_options {
    const char *models_dir; /* made when missing */
    const char *endpoint;   /* "https://hub.example"; https alone */
    const char *token_file; /* goes to @endpoint alone; NULL: none */
    const char *ca_file;    /* as in net/client.h */
    bool        allow_private;
    const char *folder;     /* of one of the models that the program knows: takes its files alone; NULL: the address's own */
    const huse_key *pin;    /* SHA-256 that its weights must have; NULL: any */
    volatile const int *stop;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total); /* bytes */
    void *ctx;
} huse_hub_options;

typedef struct huse_hub_report {
    char     repository[194], revision[41], folder[51];
    uint64_t bytes, fetched; /* of the model; of these, over the network now */
    size_t   files;
    bool     image; /* an image encoder; else a text encoder */
    bool     there; /* this revision was here already: nothing was fetched */
} huse_hub_report;

/** Fetches the model into a folder of models_dir, in place of what was there, with its hashes in SHA256SUMS and where it is from in
 *  source.json. Nothing is seen there before all of it is whole and can be
 *  opened. What a kill or a fault leaves is kept aside, and the next call goes on from there. NOT_FOUND: no such model. BAD_DATA: an
 *  architecture that is not run here, found before its weights are fetched; weights in another form than safetensors; contents that differ
 *  from the announced hash. NETWORK, INTERRUPTED. FAILED: another process is at it, the disk is too small. */
huse_status huse_hub_pull(const huse_hub_options *o, const huse_hub_address *a, huse_hub_report *report, huse_err *err) HUSE_MUST_CHECK;

/** Removes the model, or what a stopped pull left of it, at once. NOT_FOUND: there is neither. */
huse_status huse_hub_remove(const char *models_dir, const char *folder, huse_err *err) HUSE_MUST_CHECK;

/** Where what a stopped pull left of a model waits: ".pull-FOLDER". */
#define HUSE_HUB_ASIDE ".pull-"

#endif
