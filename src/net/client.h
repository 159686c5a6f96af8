/* The one client of the web: transfers side by side with every limit that strangers' servers make needed. Nothing else in the
 * program talks to a network.
 *
 * Redirects are followed here and each target is judged like the first address: never from https to http, never to another scheme,
 * at most so many. Machines' addresses are judged after name resolution, at the socket. No proxies, cookies, .netrc or
 * decompression; certificates are always verified. */
#ifndef HUSE_NET_CLIENT_H
#define HUSE_NET_CLIENT_H

#include "base/base.h"

typedef struct huse_client huse_client;

/** Zero means the value in brackets. Times in milliseconds. */
typedef struct huse_client_options {
    bool        http;          /* http too; else https alone */
    bool        http_private;  /* http too, but only to addresses of this machine and its networks (with allow_private) */
    bool        allow_private; /* also addresses of this machine and its networks */
    const char *ca_file;       /* PEM of authorities to trust instead of the system's; NULL: the system's */
    int         connections;   /* in all [64] */
    int         per_host;      /* of one host [6] */
    int         pause;         /* between two requests to one host [0] */
    int         redirects;     /* [5]; negative: none */
    int         tries;         /* of one request where the fault may pass [5] */
    int         backoff;       /* before the second try, doubled before each further one, with jitter [500], 60 s at most */
    int         patience;      /* the longest Retry-After that is waited for [120 s] */
    int         connect;       /* until connected [15 s] */
    int         slow;          /* a transfer under 1 KB/s for this long ends; whole seconds [30 s] */
    int         total;         /* one try; 0: unlimited */
    uint64_t    max_bytes;     /* of one answer [64 MiB] */
} huse_client_options;

/** What kept a request from being sent at all. */
typedef enum huse_client_refusal { HUSE_CLIENT_SENT, HUSE_CLIENT_PRIVATE, HUSE_CLIENT_PLAIN } huse_client_refusal;

/** What is known about an answer. Strings are "" when the server sent none; borrowed during the callback. */
typedef struct huse_client_answer {
    int              code; /* of HTTP, 0: none came */
    char             etag[256], modified[64], type[128];
    int64_t          length;             /* of this answer's body as announced, -1: unknown */
    int64_t          range_from, range_total; /* of a 206 */
    uint64_t         bytes;              /* of the body that came */
    int              tries;
    int              throttled;          /* of these, ended by a 429 */
    huse_client_refusal refused;
    const char      *fault;              /* the first bytes of the body of an answer that is no success, text or JSON; "" */
} huse_client_answer;

/** One request. Strings are copied; the callbacks come from huse_client_step, in its thread. */
typedef struct huse_client_request {
    const char *url;
    const char *if_none_match, *if_modified_since; /* NULL: none; then 304 counts as success */
    const char *body, *type; /* POST these bytes (NUL-terminated) as this type; NULL: GET */
    const char *token;       /* "Authorization: Bearer …" for the origin of @url alone; borrowed until done */
    uint64_t    max_bytes;   /* 0: the client's */
    /** Asked before each try: the byte to begin at, and the ETag that what is there already belongs to. NULL: from the beginning. */
    int64_t (*from)(void *ctx, const char **if_range);
    /** The head of a good answer is there: everything before it, of an earlier try, is void unless code is 206. NULL: ignored. */
    huse_status (*begin)(void *ctx, const huse_client_answer *a, huse_err *err);
    /** Bytes of the body. A failure ends the request with it. NULL: ignored. */
    huse_status (*data)(void *ctx, const void *p, size_t n, huse_err *err);
    /** Once, at the end. OK: an answer of 200, 206 or 304 came whole. NETWORK, BAD_DATA (what the server sent, the address), or what @begin
     *  or @data failed with; @why holds no address and no secret. Further requests may be added. */
    void (*done)(void *ctx, huse_status s, const huse_client_answer *a, const char *why);
    void *ctx;
} huse_client_request;

/** FAILED: libcurl without what is needed, an unreadable ca_file. One thread at a time per client. */
huse_status huse_client_new(huse_client **c, const huse_client_options *o, huse_err *err) HUSE_MUST_CHECK;
/** Ends what is under way; its done() is not called. NULL is fine. */
void huse_client_free(huse_client *c);

void   huse_client_add(huse_client *c, const huse_client_request *r);
size_t huse_client_pending(const huse_client *c); /* requests that are not done */
/** Goes on with all requests for at most @wait_ms, or until one is done. */
void huse_client_step(huse_client *c, int wait_ms);
/** Ends a huse_client_step early; from any thread. */
void huse_client_wake(huse_client *c);

/** huse_client_step until nothing is pending. INTERRUPTED: @stop was set. */
huse_status huse_client_run(huse_client *c, volatile const int *stop, huse_err *err) HUSE_MUST_CHECK;

/** A token from a file: one line, at most 4 KiB, of printable ASCII. FAILED when others may read the file. Free with
 *  huse_client_token_free, which wipes it. While one is held the process leaves no core dump. */
huse_status huse_client_token_read(char **token, const char *path, huse_err *err) HUSE_MUST_CHECK;
void        huse_client_token_free(char *token); /* NULL is fine */

#endif
