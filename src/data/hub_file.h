/* One file after another, or side by side, from a hub: whole, resumed where it broke off, and checked. */
#ifndef HUSE_HUB_FILE_H
#define HUSE_HUB_FILE_H

#include "data/hub_listing.h"
#include "net/client.h"
#include "net/rules.h"

/** An answer that is kept in memory. */
typedef struct huse_hub_get {
    huse_client        *net;
    const char         *url, *token, *host, *what; /* @what: the model, for messages */
    uint64_t            most;
    volatile const int *stop;
    huse_buf           *body;
    huse_status         status;
    huse_err            err;
} huse_hub_get;

/** Appends the answer to @body. NOT_FOUND: 404; FAILED: 401 and 403, where a token may help; NETWORK. */
huse_status huse_hub_get_bytes(huse_hub_get *g, huse_err *err) HUSE_MUST_CHECK;

/** Files of one model on their way into @dir. What is not whole is NAME.part there, with the ETag it belongs to in NAME.etag. */
typedef struct huse_hub_job {
    huse_client        *net;
    const char         *host, *dir, *token;
    volatile const int *stop;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total);
    void                 *ctx;
    struct huse_hub_task *task;
    size_t                n;
    uint64_t              fetched; /* bytes that came over the network */
    huse_status           status;  /* of the first file that failed */
    huse_err              err;
} huse_hub_job;

/** A file that is there whole is not asked for. @url and @file are borrowed until the job has run. */
void huse_hub_job_add(huse_hub_job *j, const char *url, const char *name, const huse_hub_file *file);
/** Fetches all; the first fault ends it, and what has come is kept. BAD_DATA: contents other than announced, which are thrown away. */
huse_status huse_hub_job_run(huse_hub_job *j, huse_err *err) HUSE_MUST_CHECK;

/** Bytes of a regular file, -1: there is none. */
int64_t huse_hub_file_size(const char *dir, const char *name);

#endif
