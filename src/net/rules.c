#include "net/rules.h"

#include <ctype.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 8192 };

/* Addresses of IPv4 that are nobody's on the open network (RFC 6890 and its successors): prefix, bits. */
static const struct {
    uint32_t prefix;
    int      bits;
} closed4[] = {
    {0x00000000, 8},  /* this network */
    {0x0A000000, 8},  /* private */
    {0x64400000, 10}, /* shared, carriers' NAT */
    {0x7F000000, 8},  /* loopback */
    {0xA9FE0000, 16}, /* link-local, clouds' metadata services */
    {0xAC100000, 12}, /* private */
    {0xC0000000, 24}, /* protocol assignments */
    {0xC0000200, 24}, /* documentation */
    {0xC0A80000, 16}, /* private */
    {0xC6120000, 15}, /* benchmarks */
    {0xC6336400, 24}, /* documentation */
    {0xCB007100, 24}, /* documentation */
    {0xE0000000, 4},  /* multicast */
    {0xF0000000, 4},  /* reserved, broadcast */
};

static bool private4(const uint8_t b[4])
{
    uint32_t a = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    for (size_t i = 0; i < HUSE_COUNT(closed4); i++)
        if ((a ^ closed4[i].prefix) >> (32 - closed4[i].bits) == 0)
            return true;
    return false;
}

static bool private6(const uint8_t b[16])
{
    static const uint8_t zero[16], nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(b, zero, 10) == 0 && ((b[10] == 0xff && b[11] == 0xff) || (b[10] == 0 && b[11] == 0)))
        return memcmp(b, zero, 12) == 0 || private4(b + 12); /* ::, ::1 and all of ::/96; ::ffff:a.b.c.d */
    if (memcmp(b, nat64, 12) == 0)
        return private4(b + 12);
    if (b[0] == 0x20 && b[1] == 0x02)
        return private4(b + 2);
    /* 2000::/3 is what the open network uses; of it, 2001::/32 tunnels to anywhere and 2001:db8::/32 is documentation */
    if ((b[0] & 0xe0) != 0x20)
        return true;
    return b[0] == 0x20 && b[1] == 0x01 && ((b[2] == 0 && b[3] == 0) || (b[2] == 0x0d && b[3] == 0xb8));
}

bool huse_net_private(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        uint8_t            b[4];
        memcpy(&in, a, sizeof in);
        memcpy(b, &in.sin_addr, 4);
        return private4(b);
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof in6);
        return private6(in6.sin6_addr.s6_addr);
    }
    return true;
}

/* Spaces and bytes beyond ASCII behind the host, as a browser would send them. */
static char *encode(const char *s)
{
    const char *host = strstr(s, "://");
    bool        relative = !host && strncmp(s, "//", 2) != 0;
    host = host ? host + 3 : s + (relative ? 0 : strspn(s, "/"));
    const char *rest = relative ? s : host + strcspn(host, "/?#");
    huse_buf    b = {0};
    huse_buf_str(&b, "");
    huse_buf_add(&b, s, (size_t)(rest - s));
    for (; *rest; rest++)
        if ((unsigned char)*rest > 0x20 && (unsigned char)*rest < 0x7f)
            huse_buf_add(&b, rest, 1);
        else
            huse_buf_fmt(&b, "%%%02X", (unsigned)(unsigned char)*rest);
    return b.data;
}

static char *part(CURLU *u, CURLUPart what, unsigned flags)
{
    char *s = NULL, *copy = NULL;
    if (curl_url_get(u, what, &s, flags) == CURLUE_OK && s)
        copy = huse_xstrdup(s);
    curl_free(s);
    return copy;
}

static void lower(char *s)
{
    for (; s && *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

static huse_status check_text(const char *s, huse_err *err)
{
    size_t n = strlen(s);
    if (n > URL_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "the address is longer than %d bytes", URL_MAX);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return huse_fail(err, HUSE_BAD_DATA, "the address has a control character in it");
    if (strncasecmp(s, "http://", 7) != 0 && strncasecmp(s, "https://", 8) != 0)
        return huse_fail(err, HUSE_BAD_DATA, "the address is neither http nor https");
    if (strchr(s, ':')[3] == '/')
        return huse_fail(err, HUSE_BAD_DATA, "the address is malformed");
    return HUSE_OK;
}

huse_status huse_net_url_parse(huse_net_url *out, const char *s, huse_err *err)
{
    HUSE_TRY(check_text(s, err));
    char       *encoded = encode(s);
    CURLU      *u = curl_url();
    huse_status st = HUSE_OK;
    HUSE_ASSERT(u);
    huse_net_url x = {.https = strncasecmp(s, "https://", 8) == 0};
    CURLUcode code = curl_url_set(u, CURLUPART_URL, encoded, 0);
    char *user = code == CURLUE_OK ? part(u, CURLUPART_USER, 0) : NULL, *password = code == CURLUE_OK ? part(u, CURLUPART_PASSWORD, 0) : NULL;
    if (code == CURLUE_OK) {
        x.text = part(u, CURLUPART_URL, 0);
        x.host = part(u, CURLUPART_HOST, 0);
    }
    char *port = code == CURLUE_OK ? part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT) : NULL;
    if (user || password)
        st = huse_fail(err, HUSE_BAD_DATA, "the address has a user or a password in it");
    else if (!x.text || !x.host || !*x.host || !port || strlen(x.host) > 255)
        st = huse_fail(err, HUSE_BAD_DATA, "the address is malformed");
    else {
        lower(x.host);
        x.origin = huse_format("%s://%s:%s", x.https ? "https" : "http", x.host, port);
    }
    free(user);
    free(password);
    free(port);
    free(encoded);
    curl_url_cleanup(u);
    if (st == HUSE_OK)
        *out = x;
    else
        huse_net_url_free(&x);
    return st;
}

huse_status huse_net_url_resolve(huse_net_url *out, const huse_net_url *base, const char *s, huse_err *err)
{
    size_t scheme = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    if (scheme > 0 && s[scheme] == ':')
        return huse_net_url_parse(out, s, err);
    CURLU *u = curl_url();
    char  *path = encode(s), *text = NULL;
    HUSE_ASSERT(u);
    if (curl_url_set(u, CURLUPART_URL, base->text, 0) == CURLUE_OK && curl_url_set(u, CURLUPART_URL, path, 0) == CURLUE_OK)
        text = part(u, CURLUPART_URL, 0);
    huse_status st = text ? huse_net_url_parse(out, text, err) : huse_fail(err, HUSE_BAD_DATA, "the address is malformed");
    curl_url_cleanup(u);
    free(text);
    free(path);
    return st;
}

void huse_net_url_free(huse_net_url *u)
{
    free(u->text);
    free(u->origin);
    free(u->host);
    *u = (huse_net_url){0};
}

char *huse_net_url_shown(const char *s)
{
    const char *host = strstr(s, "://");
    size_t      scheme = host ? (size_t)(host + 3 - s) : 0, end = scheme + strcspn(s + scheme, "?#");
    size_t      name = scheme + strcspn(s + scheme, "/?#");
    for (size_t i = name; i > scheme; i--) /* what stands before an @ is a secret */
        if (s[i - 1] == '@')
            return huse_format("%.*s%.*s", (int)scheme, s, (int)(end - i), s + i);
    return huse_xstrndup(s, end);
}

char *huse_net_url_host(const char *s)
{
    char       *shown = huse_net_url_shown(s);
    const char *from = strstr(shown, "://");
    from = from ? from + 3 : shown;
    char *host = huse_xstrndup(from, strcspn(from, "/"));
    lower(host);
    free(shown);
    return host;
}

int64_t huse_net_retry_after(const char *value, int64_t now)
{
    while (*value == ' ' || *value == '\t')
        value++;
    size_t digits = strspn(value, "0123456789");
    if (digits > 0) {
        if (value[digits + strspn(value + digits, " \t")])
            return -1;
        return digits > 9 ? 999999999 : strtol(value, NULL, 10);
    }
    if (!isalpha((unsigned char)*value) || strlen(value) > 40)
        return -1;
    time_t t = curl_getdate(value, NULL);
    if (t == -1)
        return -1;
    return (int64_t)t > now ? (int64_t)t - now : 0;
}

/* Up to 18 digits. */
static const char *number(const char *s, int64_t *x)
{
    size_t n = strspn(s, "0123456789");
    if (n == 0 || n > 18)
        return NULL;
    *x = strtoll(s, NULL, 10);
    return s + n;
}

bool huse_net_content_range(const char *value, int64_t *from, int64_t *to, int64_t *total)
{
    int64_t     f, t, all;
    const char *p = value + strspn(value, " \t");
    if (strncasecmp(p, "bytes ", 6) != 0)
        return false;
    p = number(p + 6, &f);
    if (!p || *p != '-')
        return false;
    p = number(p + 1, &t);
    if (!p || *p != '/')
        return false;
    p = number(p + 1, &all);
    if (!p || p[strspn(p, " \t\r\n")] || f > t || t >= all)
        return false;
    *from = f;
    *to = t;
    *total = all;
    return true;
}
