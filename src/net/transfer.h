/* Inside the client: one request on its way. */
#ifndef HUSE_NET_TRANSFER_H
#define HUSE_NET_TRANSFER_H

#include <curl/curl.h>

#include "net/client.h"
#include "net/rules.h"

typedef struct transfer transfer;
struct transfer {
    const huse_client_options *opt;
    huse_client_request        req; /* its strings are our copies */
    char                   *first_origin; /* who may see the token */
    huse_net_url            url;          /* where it is now */
    CURL                   *easy;
    struct curl_slist      *headers;
    transfer               *next; /* in its host's queue */
    int64_t                 ready; /* ms: not before */
    int                     redirects, tries, throttled;
    size_t                  head_bytes;
    int64_t                 from; /* byte asked for in this try */
    bool                    counted, odd_length, encoded, begun, got_range, head_ended;
    char                   *location;
    huse_status             status; /* why a callback ended it */
    huse_err                why;
    int64_t                 retry_after; /* seconds, -1: not asked for */
    char                    fault[1024], curl_says[CURL_ERROR_SIZE];
    huse_client_answer         answer;
};

/** What becomes of a try that ended. */
typedef enum verdict { VERDICT_DONE, VERDICT_MOVED, VERDICT_AGAIN } verdict;

transfer *transfer_new(const huse_client_options *o, const huse_client_request *r);
void      transfer_free(transfer *t);
/** Makes the handle of the next try. BAD_DATA: cannot be asked at all. */
huse_status transfer_begin(transfer *t, huse_err *err) HUSE_MUST_CHECK;
/** Judges a try: DONE with t->status and t->why set; MOVED with t->url set; AGAIN: the fault may pass, t->why says what it was and
 *  *unreachable whether its host could not be spoken to at all. */
verdict transfer_judge(transfer *t, CURLcode code, bool *unreachable);

#endif
