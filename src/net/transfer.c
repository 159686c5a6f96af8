#include "net/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 128 << 10, FAULT_BODY_MAX = 256 << 10 };

static char *copy(const char *s)
{
    return s ? huse_xstrdup(s) : NULL;
}

transfer *transfer_new(const huse_client_options *o, const huse_client_request *r)
{
    transfer *t = huse_xcalloc(1, sizeof *t);
    t->opt = o;
    t->req = *r;
    t->req.url = copy(r->url);
    t->req.if_none_match = copy(r->if_none_match);
    t->req.if_modified_since = copy(r->if_modified_since);
    t->req.body = copy(r->body);
    t->req.type = copy(r->type);
    if (!t->req.max_bytes)
        t->req.max_bytes = o->max_bytes;
    return t;
}

void transfer_free(transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    huse_net_url_free(&t->url);
    free(t->first_origin);
    free(t->location);
    free((char *)t->req.url);
    free((char *)t->req.if_none_match);
    free((char *)t->req.if_modified_since);
    free((char *)t->req.body);
    free((char *)t->req.type);
    free(t);
}

static void stop(transfer *t, huse_status s, const char *why)
{
    if (t->status == HUSE_OK)
        t->status = huse_fail(&t->why, s, "%s", why);
}

/* ---- what libcurl asks and says ---- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    transfer *t = ctx;
    (void)purpose;
    if (!t->opt->allow_private && huse_net_private(&a->addr)) {
        t->answer.refused = HUSE_CLIENT_PRIVATE;
        return CURL_SOCKET_BAD;
    }
    if (!t->url.https && t->opt->http_private && !huse_net_private(&a->addr)) {
        t->answer.refused = HUSE_CLIENT_PLAIN;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool good(int code)
{
    return code == 200 || code == 206;
}

/* The value of a header line "name: value", without spaces around it; false when it is another. */
static bool header_is(const char *line, size_t n, const char *name, char *value, size_t room)
{
    size_t k = strlen(name);
    if (n <= k || strncasecmp(line, name, k) != 0 || line[k] != ':')
        return false;
    line += k + 1;
    n -= k + 1;
    while (n > 0 && (*line == ' ' || *line == '\t'))
        line++, n--;
    while (n > 0 && strchr(" \t\r\n", line[n - 1]))
        n--;
    if (n >= room || memchr(line, 0, n)) /* what does not fit is worth nothing cut */
        n = 0;
    memcpy(value, line, n);
    value[n] = 0;
    return true;
}

/* A new head begins; those of 1xx and of earlier ones do not count. */
static void new_head(transfer *t)
{
    huse_client_answer *a = &t->answer;
    *a->etag = *a->modified = *a->type = 0;
    a->length = -1;
    t->counted = t->odd_length = t->encoded = t->got_range = t->head_ended = false;
    free(t->location);
    t->location = NULL;
    t->retry_after = -1;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
    transfer        *t = ctx;
    huse_client_answer *a = &t->answer;
    size_t           n = size * count;
    char             v[256], where[8192];
    int64_t          to;
    t->head_bytes += n;
    if (t->head_bytes > HEAD_MAX) {
        stop(t, HUSE_BAD_DATA, "the server sends more than 128 KiB of headers");
        return 0;
    }
    if (n > 5 && strncmp(line, "HTTP/", 5) == 0)
        new_head(t);
    else if (*line == '\r' || *line == '\n')
        t->head_ended = true;
    else if (header_is(line, n, "location", where, sizeof where)) {
        free(t->location);
        t->location = *where ? huse_xstrdup(where) : NULL;
    } else if (header_is(line, n, "content-length", v, sizeof v)) {
        bool    sound = *v && strspn(v, "0123456789") == strlen(v) && strlen(v) < 19;
        int64_t length = sound ? strtoll(v, NULL, 10) : -1;
        t->odd_length |= !sound || (t->counted && length != a->length);
        t->counted = true;
        a->length = length;
    } else if (header_is(line, n, "content-encoding", v, sizeof v))
        t->encoded |= *v && strcasecmp(v, "identity") != 0;
    else if (header_is(line, n, "content-range", v, sizeof v))
        t->got_range = huse_net_content_range(v, &a->range_from, &to, &a->range_total);
    else if (header_is(line, n, "retry-after", v, sizeof v))
        t->retry_after = huse_net_retry_after(v, (int64_t)time(NULL));
    else if (!header_is(line, n, "etag", a->etag, sizeof a->etag) &&
             !header_is(line, n, "last-modified", a->modified, sizeof a->modified))
        header_is(line, n, "content-type", a->type, sizeof a->type);
    return n;
}

/* The first byte of a good answer, or the end of one without any. */
static bool begin(transfer *t)
{
    if (t->begun || t->status != HUSE_OK)
        return t->status == HUSE_OK;
    t->begun = true;
    if (t->odd_length)
        stop(t, HUSE_BAD_DATA, "the server gives two different lengths, or one that is none");
    else if (t->encoded)
        stop(t, HUSE_BAD_DATA, "the answer is compressed, which was not asked for");
    else if (t->answer.length > 0 && (uint64_t)t->answer.length > t->req.max_bytes)
        stop(t, HUSE_BAD_DATA, "the answer is over the limit of bytes");
    else if (t->answer.code == 206 && (t->from == 0 || !t->got_range || t->answer.range_from != t->from))
        stop(t, HUSE_BAD_DATA, "the server sends another part than the one asked for");
    else if (t->req.begin)
        t->status = t->req.begin(t->req.ctx, &t->answer, &t->why);
    return t->status == HUSE_OK;
}

static size_t on_data(char *p, size_t size, size_t count, void *ctx)
{
    transfer *t = ctx;
    size_t    n = size * count;
    long      code = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
    t->answer.code = (int)code;
    if (!good((int)code)) {
        size_t have = strlen(t->fault), room = sizeof t->fault - 1 - have;
        size_t text = strnlen(p, HUSE_MIN(n, room));
        memcpy(t->fault + have, p, text);
        t->answer.bytes += n;
        return t->answer.bytes > FAULT_BODY_MAX ? 0 : n;
    }
    if (!begin(t))
        return 0;
    if (t->answer.bytes + n > t->req.max_bytes) {
        stop(t, HUSE_BAD_DATA, "the answer is over the limit of bytes");
        return 0;
    }
    t->answer.bytes += n;
    if (t->req.data)
        t->status = t->req.data(t->req.ctx, p, n, &t->why);
    return t->status == HUSE_OK ? n : 0;
}

/* ---- a try ---- */

#define SET(option, value) HUSE_ASSERT(curl_easy_setopt(t->easy, option, value) == CURLE_OK)

static void add_header(transfer *t, const char *name, const char *value)
{
    char *line = huse_format("%s: %s", name, value);
    t->headers = curl_slist_append(t->headers, line);
    HUSE_ASSERT(t->headers);
    explicit_bzero(line, strlen(line)); /* it may be the token's */
    free(line);
}

static void set_headers(transfer *t)
{
    const huse_client_request *r = &t->req;
    if (r->token && strcmp(t->first_origin, t->url.origin) == 0) {
        char *bearer = huse_format("Bearer %s", r->token);
        add_header(t, "Authorization", bearer);
        explicit_bzero(bearer, strlen(bearer));
        free(bearer);
    }
    if (r->if_none_match)
        add_header(t, "If-None-Match", r->if_none_match);
    if (r->if_modified_since)
        add_header(t, "If-Modified-Since", r->if_modified_since);
    if (r->body) {
        add_header(t, "Content-Type", r->type);
        add_header(t, "Expect", "");
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
        SET(CURLOPT_POSTFIELDS, r->body);
    }
    const char *if_range = NULL;
    t->from = r->from ? r->from(r->ctx, &if_range) : 0;
    if (t->from > 0) {
        char range[32];
        snprintf(range, sizeof range, "%lld-", (long long)t->from);
        SET(CURLOPT_RANGE, range);
        if (if_range && *if_range)
            add_header(t, "If-Range", if_range);
    }
    SET(CURLOPT_HTTPHEADER, t->headers);
}

static bool takes_http(const huse_client_options *o)
{
    return o->http || o->http_private;
}

static void set_limits(transfer *t)
{
    const huse_client_options *o = t->opt;
    SET(CURLOPT_PROTOCOLS_STR, takes_http(o) ? "http,https" : "https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (o->ca_file) {
        SET(CURLOPT_CAINFO, o->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, (long)t->url.https); /* without TLS, libcurl would hold all back until the first answer has come */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect);
    SET(CURLOPT_TIMEOUT_MS, (long)o->total);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1024L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)HUSE_MAX(o->slow / 1000, 1));
    SET(CURLOPT_USERAGENT, "huse-tui/" HUSE_VERSION);
}

huse_status transfer_begin(transfer *t, huse_err *err)
{
    if (!t->url.text) {
        HUSE_TRY(huse_net_url_parse(&t->url, t->req.url, err));
        t->first_origin = huse_xstrdup(t->url.origin);
    }
    if (!t->url.https && (!takes_http(t->opt) || t->req.token))
        return huse_fail(err, HUSE_BAD_DATA, "the address is not https");
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    t->easy = curl_easy_init();
    HUSE_ASSERT(t->easy);
    t->status = HUSE_OK;
    t->begun = false;
    t->head_bytes = 0;
    memset(t->fault, 0, sizeof t->fault);
    t->curl_says[0] = 0;
    t->answer = (huse_client_answer){.length = -1, .fault = t->fault};
    new_head(t);
    t->answer.tries = ++t->tries;
    t->answer.throttled = t->throttled;
    SET(CURLOPT_URL, t->url.text);
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->curl_says);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_data);
    SET(CURLOPT_WRITEDATA, t);
    set_limits(t);
    set_headers(t);
    return HUSE_OK;
}

/* ---- its end ---- */

static verdict ends(transfer *t, huse_status s, const char *why)
{
    t->status = s == HUSE_OK ? HUSE_OK : huse_fail(&t->why, s, "%s", why);
    return VERDICT_DONE;
}

static verdict again(transfer *t, const char *why)
{
    huse_fail(&t->why, HUSE_NETWORK, "%s", why);
    return VERDICT_AGAIN;
}

static verdict moved(transfer *t)
{
    huse_net_url next;
    huse_err     err;
    if (!t->location)
        return ends(t, HUSE_NETWORK, "redirected to nowhere");
    if (t->req.body)
        return ends(t, HUSE_NETWORK, "redirected, which is refused for what is sent");
    if (t->redirects >= t->opt->redirects)
        return ends(t, HUSE_NETWORK, "redirected too often");
    if (huse_net_url_resolve(&next, &t->url, t->location, &err) != HUSE_OK) {
        huse_fail_prefix(&err, "redirect refused");
        return ends(t, HUSE_NETWORK, err.msg);
    }
    if (!next.https && (t->url.https || !takes_http(t->opt))) {
        huse_net_url_free(&next);
        return ends(t, HUSE_NETWORK, "redirect refused: from https to http");
    }
    huse_net_url_free(&t->url);
    t->url = next;
    t->redirects++;
    t->tries--; /* a redirect is the same try */
    return VERDICT_MOVED;
}

static const char *reason(int code)
{
    static const struct {
        int         code;
        const char *words;
    } known[] = {
        {400, "bad request"}, {401, "a login is needed"}, {403, "forbidden"}, {404, "not found"}, {408, "request timed out"},
        {410, "gone"}, {413, "too much at once"}, {416, "no such part"}, {429, "too many requests"}, {451, "withheld for legal reasons"},
        {500, "fault in the server"}, {502, "bad gateway"}, {503, "not available now"}, {504, "gateway timed out"},
    };
    for (size_t i = 0; i < HUSE_COUNT(known); i++)
        if (known[i].code == code)
            return known[i].words;
    return code < 400 ? "not an answer to this request" : code < 500 ? "refused by the server" : "fault in the server";
}

static verdict judge_code(transfer *t)
{
    int  code = t->answer.code;
    char why[96];
    if (!t->head_ended)
        return again(t, "the transfer broke off");
    if (good(code))
        return begin(t) ? ends(t, HUSE_OK, "") : VERDICT_DONE;
    if (code == 304 && (t->req.if_none_match || t->req.if_modified_since))
        return ends(t, HUSE_OK, "");
    if (code == 301 || code == 302 || code == 303 || code == 307 || code == 308)
        return moved(t);
    snprintf(why, sizeof why, "the server answers %d, %s", code, reason(code));
    t->throttled += code == 429;
    t->answer.throttled = t->throttled;
    if (code == 408 || code == 425 || code == 429 || code == 500 || code == 502 || code == 503 || code == 504)
        return again(t, why);
    return ends(t, HUSE_NETWORK, why);
}

static verdict timed_out(transfer *t, bool *unreachable)
{
    curl_off_t connected = 0;
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    *unreachable = connected == 0;
    if (connected == 0)
        return again(t, "no connection in time");
    return again(t, strstr(t->curl_says, "too slow") ? "too slow: under 1 KB/s for too long" : "took too long");
}

verdict transfer_judge(transfer *t, CURLcode code, bool *unreachable)
{
    long answered = 0;
    *unreachable = false;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answered);
    t->answer.code = (int)answered;
    if (t->status != HUSE_OK)
        return VERDICT_DONE;
    switch (code) {
    case CURLE_OK:
    case CURLE_WRITE_ERROR: /* enough of a faulty answer's body */
        return judge_code(t);
    case CURLE_COULDNT_RESOLVE_HOST:
        *unreachable = true;
        return again(t, "the name of the host is not known (DNS)");
    case CURLE_COULDNT_CONNECT:
        if (t->answer.refused == HUSE_CLIENT_PRIVATE)
            return ends(t, HUSE_NETWORK, "an address of this machine or its networks (--allow-private allows it)");
        if (t->answer.refused == HUSE_CLIENT_PLAIN)
            return ends(t, HUSE_NETWORK, "http is only for this machine and its networks: take https");
        *unreachable = true;
        return again(t, "the host takes no connections");
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(t, unreachable);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return again(t, "the transfer broke off");
    case CURLE_PEER_FAILED_VERIFICATION: {
        char why[CURL_ERROR_SIZE + 40];
        snprintf(why, sizeof why, "the certificate is refused: %s", t->curl_says);
        return ends(t, HUSE_NETWORK, why);
    }
    case CURLE_SSL_CONNECT_ERROR:
        return ends(t, HUSE_NETWORK, "no TLS connection comes about");
    case CURLE_SSL_CACERT_BADFILE:
        return ends(t, HUSE_FAILED, "the file of certificate authorities cannot be used");
    case CURLE_OUT_OF_MEMORY: /* what libcurl says of a line longer than it takes */
        return ends(t, HUSE_BAD_DATA, "the server sends a header that is too long");
    default: {
        char why[CURL_ERROR_SIZE + 40];
        snprintf(why, sizeof why, "the server breaks the rules of HTTP: %s", t->curl_says[0] ? t->curl_says : curl_easy_strerror(code));
        return ends(t, HUSE_BAD_DATA, why);
    }
    }
}
