/* Files of a hub: whole, resumed where they broke off, and checked. */
#ifndef HUSE_HUB_FILE_H
#define HUSE_HUB_FILE_H

#include "data/hub_listing.h"
#include "net/client.h"

/** Whom everything is asked of. */
typedef struct huse_hub_net {
    huse_client        *client;
    const char         *host, *repository; /* for messages */
    const char         *token;             /* NULL: none */
    bool                gated;
    volatile const int *stop;
} huse_hub_net;

/** Appends an answer of at most @most bytes to @body. NOT_FOUND: 404. NETWORK, INTERRUPTED. */
huse_status huse_hub_get(const huse_hub_net *net, const char *url, uint64_t most, huse_buf *body,
                         huse_err *err) HUSE_MUST_CHECK;

/** Files of one model on their way into @dir. What is not whole is NAME.part there, with the ETag that it
 *  belongs to in NAME.etag. */
typedef struct huse_hub_job {
    const huse_hub_net *net;
    const char         *dir;
    void (*progress)(void *ctx, const char *what, size_t done, size_t total); /* bytes; NULL: none */
    void                 *ctx;
    struct huse_hub_task *task;
    size_t                n;
    uint64_t              fetched; /* bytes that came over the network */
    huse_status           status;  /* of the first file that failed */
    huse_err              err;
} huse_hub_job;

/** Adds NAME, whose size and hash are those of @file; @url is copied, @name and @file are borrowed until the
 *  job has run. */
void huse_hub_job_add(huse_hub_job *j, const char *url, const char *name, const huse_hub_file *file);
/** Fetches all, side by side; those that are there whole are not asked for. The first fault ends it, and what
 *  has come is kept. BAD_DATA: contents other than announced, which are thrown away. Empties @j;
 *  after a failure the client may only be freed. */
huse_status huse_hub_job_run(huse_hub_job *j, huse_err *err) HUSE_MUST_CHECK;

/** Whether the file at @path has the announced size and hash. */
huse_status huse_hub_file_check(const huse_hub_file *f, const char *path, bool *good,
                                huse_err *err) HUSE_MUST_CHECK;

/** Bytes of a regular file, -1: there is none. */
int64_t huse_hub_file_size(const char *dir, const char *name);

#endif
