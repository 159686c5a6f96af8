/* The client of the web against a server that breaks every rule, in the clear and over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "net/client.h"
#include "net/rules.h"
#include "net_server.h"

static net_server server;
static char       ca[128];

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What came of one request. */
typedef struct got {
    huse_status status;
    char        why[600];
    int         code, tries;
    huse_client_refusal refused;
    huse_buf    body;
    size_t      most; /* bytes that were ever kept */
    int64_t     from;
    const char *if_range;
    int         begun, done;
} got;

static huse_status on_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    got *g = ctx;
    (void)err;
    g->begun++;
    if (a->code != 206)
        g->body.len = 0;
    return HUSE_OK;
}

static huse_status on_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    got *g = ctx;
    (void)err;
    huse_buf_add(&g->body, p, n);
    g->most = HUSE_MAX(g->most, g->body.len);
    return HUSE_OK;
}

static int64_t where(void *ctx, const char **if_range)
{
    got *g = ctx;
    *if_range = g->if_range;
    return g->from > 0 ? g->from + (int64_t)g->body.len : 0;
}

static void on_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    got *g = ctx;
    g->status = s;
    g->code = a->code;
    g->tries = a->tries;
    g->refused = a->refused;
    g->done++;
    snprintf(g->why, sizeof g->why, "%s", why);
}

static const huse_client_options quick = {.http = true, .allow_private = true, .ca_file = ca, .backoff = 5, .patience = 3000, .connect = 3000,
                                          .slow = 1000, .total = 4000, .max_bytes = 1 << 20};

static void fetch_as(got *g, const huse_client_options *o, const huse_client_request *how, const char *url)
{
    huse_client        *c;
    huse_err            err;
    huse_client_request r = *how;
    r.url = url;
    r.begin = on_begin;
    r.data = on_data;
    r.done = on_done;
    r.ctx = g;
    if (g->from > 0)
        r.from = where;
    assert_int_equal(huse_client_new(&c, o, &err), HUSE_OK);
    huse_client_add(c, &r);
    assert_int_equal(huse_client_run(c, NULL, &err), HUSE_OK);
    huse_client_free(c);
    assert_int_equal(g->done, 1);
}

static void fetch(got *g, const huse_client_options *o, const char *which, const char *path)
{
    char *url = net_server_url(&server, which, path);
    fetch_as(g, o, &(huse_client_request){0}, url);
    free(url);
}

/* ---- the table of misbehaviours ---- */

static const struct misbehaviour {
    const char *path;
    huse_status status;
    const char *says; /* part of the reason */
    int         tries; /* 0: any number */
} table[] = {
    {"good", HUSE_OK, "", 1},
    {"unmeasured", HUSE_OK, "", 1},
    {"chunked", HUSE_OK, "", 1},
    {"disposition", HUSE_OK, "", 1},
    {"cookie", HUSE_OK, "", 1},
    {"continue", HUSE_OK, "", 1},
    {"relative", HUSE_OK, "", 1},
    {"chain-5", HUSE_OK, "", 1},
    {"chain-6", HUSE_NETWORK, "redirected too often", 1},
    {"loop", HUSE_NETWORK, "redirected too often", 1},
    {"to-file", HUSE_NETWORK, "redirect refused: the address is neither http nor https", 1},
    {"to-ftp", HUSE_NETWORK, "redirect refused: the address is neither http nor https", 1},
    {"to-gopher", HUSE_NETWORK, "redirect refused: the address is neither http nor https", 1},
    {"to-script", HUSE_NETWORK, "redirect refused: the address is neither http nor https", 1},
    {"to-empty", HUSE_NETWORK, "redirected to nowhere", 1},
    {"to-secret", HUSE_NETWORK, "redirect refused: the address has a user or a password in it", 1},
    {"to-nowhere", HUSE_NETWORK, "redirected to nowhere", 1},
    {"to-crlf", HUSE_NETWORK, "answers 404", 1},
    {"endless-redirect", HUSE_OK, "", 1},
    {"endless", HUSE_BAD_DATA, "over the limit of bytes", 1},
    {"endless-chunks", HUSE_BAD_DATA, "over the limit of bytes", 1},
    {"giant", HUSE_BAD_DATA, "over the limit of bytes", 1},
    {"wrapping", HUSE_BAD_DATA, "one that is none", 1},
    {"too-long", HUSE_NETWORK, "broke off", 5},
    {"chunk-cut", HUSE_NETWORK, "broke off", 5},
    {"negative", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"no-number", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"two-lengths", HUSE_BAD_DATA, "two different lengths", 1},
    {"chunk-garbage", HUSE_NETWORK, "broke off", 5},
    {"chunk-giant", HUSE_NETWORK, "broke off", 5},
    {"bomb", HUSE_BAD_DATA, "compressed, which was not asked for", 1},
    {"bomb-in-transfer", HUSE_BAD_DATA, "over the limit of bytes", 1},
    {"slow-head", HUSE_NETWORK, "too", 2},
    {"slow-body", HUSE_NETWORK, "too", 2},
    {"stall", HUSE_NETWORK, "too slow", 2},
    {"silent", HUSE_NETWORK, "too slow", 2},
    {"nothing", HUSE_NETWORK, "broke off", 5},
    {"cut-head", HUSE_NETWORK, "broke off", 5},
    {"long-line", HUSE_BAD_DATA, "header that is too long", 1},
    {"endless-line", HUSE_BAD_DATA, "header that is too long", 1},
    {"many-lines", HUSE_OK, "", 1},
    {"endless-head", HUSE_BAD_DATA, "more than 128 KiB of headers", 1},
    {"endless-continue", HUSE_BAD_DATA, "more than 128 KiB of headers", 1},
    {"nul", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"nul-type", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"old", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"no-http", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"version-9", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"code-999", HUSE_NETWORK, "answers 999", 1},
    {"code-0", HUSE_BAD_DATA, "breaks the rules of HTTP", 1},
    {"no-content", HUSE_NETWORK, "answers 204", 1},
    {"part-unasked", HUSE_BAD_DATA, "another part", 1},
    {"same-unasked", HUSE_NETWORK, "answers 304", 1},
    {"not-found", HUSE_NETWORK, "answers 404, not found", 1},
    {"endless-fault", HUSE_NETWORK, "answers 404, not found", 1},
    {"forbidden", HUSE_NETWORK, "answers 403, forbidden", 1},
    {"need-login", HUSE_NETWORK, "answers 401, a login is needed", 1},
    {"gone", HUSE_NETWORK, "answers 410, gone", 1},
    {"teapot", HUSE_NETWORK, "answers 418", 1},
    {"multiple", HUSE_NETWORK, "answers 300", 1},
    {"broken", HUSE_NETWORK, "answers 500", 5},
    {"gateway", HUSE_NETWORK, "answers 502", 5},
    {"timeout", HUSE_NETWORK, "answers 504", 5},
    {"busy", HUSE_OK, "", 2},
    {"busy-odd", HUSE_OK, "", 2},
    {"busy-date", HUSE_OK, "", 2},
    {"busy-long", HUSE_NETWORK, "longer wait", 1},
    {"twice-bad", HUSE_OK, "", 3},
    {"cut-once", HUSE_OK, "", 2},
    {"reset-once", HUSE_OK, "", 0},
    {"empty", HUSE_OK, "", 1},
};

static void play(const char *which, const char *say)
{
    size_t wrong = 0;
    for (size_t i = 0; i < HUSE_COUNT(table); i++) {
        const struct misbehaviour *m = &table[i];
        got    g = {0};
        double begun = seconds();
        fetch(&g, &quick, which, m->path);
        double took = seconds() - begun;
        bool   right = g.status == m->status && strstr(g.why, m->says) && (!m->tries || g.tries == m->tries) && took < 12 && g.most <= 1 << 20;
        if (!right)
            fprintf(stderr, "%s %s: %s “%s” after %d tries, %.1f s, %zu bytes\n", say, m->path, huse_status_name(g.status), g.why, g.tries,
                    took, g.most);
        wrong += !right;
        huse_buf_free(&g.body);
    }
    assert_int_equal(wrong, 0);
}

static void every_misbehaviour_has_its_message_and_its_end(void **state)
{
    (void)state;
    play("http", "http");
}

static void and_the_same_over_tls(void **state)
{
    (void)state;
    got g = {0};
    fetch(&g, &quick, "http", "forget");
    huse_buf_free(&g.body);
    play("https", "https");
}

/* ---- TLS ---- */

static void bad_certificates_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *which, *says;
    } bad[] = {{"expired", "certificate has expired"}, {"elsewhere", "matches target host name"}, {"unknown", "unable to get local issuer"}};
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        got g = {0};
        fetch(&g, &quick, bad[i].which, "good");
        assert_int_equal(g.status, HUSE_NETWORK);
        assert_non_null(strstr(g.why, "the certificate is refused"));
        if (!strstr(g.why, bad[i].says))
            fail_msg("“%s” does not say “%s”", g.why, bad[i].says);
        assert_int_equal(g.begun, 0);
        huse_buf_free(&g.body);
    }
    huse_client_options o = quick;
    got                 g = {0};
    o.ca_file = NULL; /* the system's authorities do not know ours */
    fetch(&g, &o, "https", "good");
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_non_null(strstr(g.why, "the certificate is refused"));
}

static void plain_http_where_tls_should_be_is_no_connection(void **state)
{
    (void)state;
    got   g = {0};
    char *url = huse_format("https://127.0.0.1:%d/good", (int)json_integer_value(json_object_get(server.ports, "http")));
    fetch_as(&g, &quick, &(huse_client_request){0}, url);
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_non_null(strstr(g.why, "TLS"));
    free(url);
}

static void from_https_to_http_is_refused(void **state)
{
    (void)state;
    got   g = {0};
    char *plain = net_server_url(&server, "http", "good"), *path = huse_format("to:%s", plain);
    for (char *p = path + 3; *p; p++)
        *p = *p == '/' ? '|' : *p;
    fetch(&g, &quick, "https", path);
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_string_equal(g.why, "redirect refused: from https to http");
    huse_client_options o = quick;
    o.http = false;
    g = (got){0};
    fetch(&g, &o, "http", "good");
    assert_int_equal(g.status, HUSE_BAD_DATA);
    assert_string_equal(g.why, "the address is not https");
    free(plain);
    free(path);
}

/* ---- who may be asked ---- */

static bool closed_to(const char *text)
{
    struct sockaddr_in  in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return huse_net_private((struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return huse_net_private((struct sockaddr *)&in6);
}

static void addresses_of_this_machine_and_its_networks_are_known(void **state)
{
    (void)state;
    static const char *const closed[] = {
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.9", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
        "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1",
        "2001:db8::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "100::1",
    };
    static const char *const open[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
                                       "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
                                       "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8",
                                       "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"};
    for (size_t i = 0; i < HUSE_COUNT(closed); i++)
        if (!closed_to(closed[i]))
            fail_msg("%s counts as open", closed[i]);
    for (size_t i = 0; i < HUSE_COUNT(open); i++)
        if (closed_to(open[i]))
            fail_msg("%s counts as closed", open[i]);
    assert_true(huse_net_private(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static void private_addresses_are_refused_after_the_name_is_resolved(void **state)
{
    (void)state;
    huse_client_options o = quick;
    o.allow_private = false;
    int port = (int)json_integer_value(json_object_get(server.ports, "http"));
    static const char *const host[] = {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0"};
    for (size_t i = 0; i < HUSE_COUNT(host); i++) {
        got   g = {0};
        char *url = huse_format("http://%s:%d/good", host[i], port);
        fetch_as(&g, &o, &(huse_client_request){0}, url);
        if (g.status != HUSE_NETWORK || g.refused != HUSE_CLIENT_PRIVATE || g.tries > 1 || !strstr(g.why, "of this machine"))
            fail_msg("%s: %s “%s” %d", host[i], huse_status_name(g.status), g.why, g.refused);
        free(url);
    }
}

static void odd_addresses_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "x", "ftp://a/", "file:///etc/passwd", "http://", "http:///x", "http://u:p@h/", "http://u@h/", "http://h\n/",
                                      "http://h/\x01", "https://h:99999/", "https://h:x/", "http://[::1/", "http://a b/", "//h/x", "dict://h/"};
    for (size_t i = 0; i < HUSE_COUNT(odd); i++) {
        huse_net_url u;
        huse_err     err;
        if (huse_net_url_parse(&u, odd[i], &err) != HUSE_BAD_DATA)
            fail_msg("“%s” is taken", odd[i]);
        if (strstr(err.msg, "u:p"))
            fail_msg("a password in “%s”", err.msg);
    }
    huse_net_url u;
    huse_err     err;
    char        *url = huse_format("http://h/%8200s", "x");
    assert_int_equal(huse_net_url_parse(&u, url, &err), HUSE_BAD_DATA);
    free(url);
    assert_int_equal(huse_net_url_parse(&u, "HTTPS://Shop.Example/a b/ü?q=1#f", &err), HUSE_OK);
    assert_string_equal(u.origin, "https://shop.example:443");
    assert_string_equal(u.host, "shop.example");
    assert_non_null(strstr(u.text, "/a%20b/%C3%BC?q=1"));
    huse_net_url_free(&u);
}

static void messages_show_addresses_without_their_secrets(void **state)
{
    (void)state;
    static const char *const pair[][2] = {
        {"https://h/p?sig=secret#x", "https://h/p"}, {"https://u:p@h/p", "https://h/p"}, {"http://h", "http://h"}, {"x?y", "x"}, {"", ""},
        {"https://u:p@q@h/p@2", "https://h/p@2"},
    };
    for (size_t i = 0; i < HUSE_COUNT(pair); i++) {
        char *s = huse_net_url_shown(pair[i][0]);
        assert_string_equal(s, pair[i][1]);
        free(s);
    }
    char *h = huse_net_url_host("http://u:p@Shop.Example:81/x?y");
    assert_string_equal(h, "shop.example:81");
    free(h);
}

static void nobody_there_is_said_soon(void **state)
{
    (void)state;
    got g = {0};
    fetch(&g, &quick, "closed", "good");
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_string_equal(g.why, "the host takes no connections");
    assert_int_equal(g.tries, 2);
    g = (got){0};
    fetch_as(&g, &quick, &(huse_client_request){0}, "http://nobody.invalid/");
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_non_null(strstr(g.why, "DNS"));
}

/* ---- headers ---- */

static void retry_after_is_a_number_or_a_date(void **state)
{
    (void)state;
    const int64_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
    assert_int_equal(huse_net_retry_after("120", now), 120);
    assert_int_equal(huse_net_retry_after(" 0 ", now), 0);
    assert_int_equal(huse_net_retry_after("99999999999999999999", now), 999999999);
    assert_int_equal(huse_net_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), 60);
    assert_int_equal(huse_net_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), 0);
    static const char *const wrong[] = {"", "-1", "1.5", "12 s", "soon", "\x7f", "1e9", "+5"};
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        if (huse_net_retry_after(wrong[i], now) != -1)
            fail_msg("“%s” is taken", wrong[i]);
}

static void content_range_must_agree_with_itself(void **state)
{
    (void)state;
    int64_t f, t, n;
    assert_true(huse_net_content_range("bytes 5-9/10", &f, &t, &n));
    assert_int_equal(f, 5);
    assert_int_equal(t, 9);
    assert_int_equal(n, 10);
    static const char *const wrong[] = {"", "bytes", "bytes */10", "bytes 5-9/*", "bytes 9-5/10", "bytes 5-10/10", "bytes -5-9/10",
                                        "bytes 5-9/10x", "5-9/10", "bytes 5-9", "bytes 5-9/99999999999999999999"};
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        if (huse_net_content_range(wrong[i], &f, &t, &n))
            fail_msg("“%s” is taken", wrong[i]);
}

/* ---- parts ---- */

static void a_part_is_appended_only_when_it_is_the_one_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        huse_status status;
        int         code;
        size_t      bytes; /* in the end, with 1000 there before */
    } expect[] = {
        {"file", HUSE_OK, 206, 300000},         /* goes on */
        {"file-whole", HUSE_OK, 200, 300000},   /* begins anew */
        {"file-changed", HUSE_OK, 200, 300000}, /* If-Range: begins anew */
        {"file-shifted", HUSE_BAD_DATA, 206, 1000},
        {"good", HUSE_OK, 200, 0},
    };
    for (size_t i = 0; i < HUSE_COUNT(expect); i++) {
        got g = {.if_range = "\"one\""};
        for (int k = 0; k < 1000; k++)
            huse_buf_add(&g.body, &(char){(char)(k * k / 7 % 256)}, 1);
        g.from = 1;
        g.body.len = 999; /* from 1 + 999 */
        fetch(&g, &quick, "http", expect[i].path);
        assert_int_equal(g.status, expect[i].status);
        assert_int_equal(g.code, expect[i].code);
        if (expect[i].bytes == 300000)
            assert_int_equal(g.body.len, expect[i].code == 206 ? 299999 : 300000);
        huse_buf_free(&g.body);
    }
    got g = {.from = 300001, .if_range = "\"one\""};
    fetch(&g, &quick, "http", "file");
    assert_int_equal(g.status, HUSE_NETWORK);
    assert_string_equal(g.why, "the server answers 416, no such part");
}

static void a_known_picture_is_not_sent_again(void **state)
{
    (void)state;
    got   g = {0};
    char *url = net_server_url(&server, "http", "picture-3.png");
    fetch_as(&g, &quick, &(huse_client_request){.if_none_match = "\"p3.png\""}, url);
    assert_int_equal(g.status, HUSE_OK);
    assert_int_equal(g.code, 304);
    assert_int_equal(g.begun, 0);
    free(url);
}

/* ---- secrets ---- */

static char *write_token(const char *text, mode_t mode)
{
    char *path = huse_format("%s/token", server.folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void a_token_is_read_from_a_file_of_its_owner_alone(void **state)
{
    (void)state;
    char    *token = NULL, *path = write_token("sesame-1234\n", 0600);
    huse_err err;
    assert_int_equal(huse_client_token_read(&token, path, &err), HUSE_OK);
    assert_string_equal(token, "sesame-1234");
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    huse_client_token_free(token);
    token = NULL;
    free(path);
    static const struct {
        const char *text;
        mode_t      mode;
    } bad[] = {{"sesame", 0644}, {"sesame", 0620}, {"two words", 0600}, {"a\nb", 0600}, {"", 0600}, {"\n\n", 0600}, {"a\x1b[1m", 0600}};
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        path = write_token(bad[i].text, bad[i].mode);
        assert_int_not_equal(huse_client_token_read(&token, path, &err), HUSE_OK);
        assert_null(token);
        assert_null(strstr(err.msg, "sesame"));
        free(path);
    }
    assert_int_not_equal(huse_client_token_read(&token, "/nowhere", &err), HUSE_OK);
    prctl(PR_SET_DUMPABLE, 1);
}

static void a_token_goes_to_its_own_host_over_https_alone(void **state)
{
    (void)state;
    got   g = {0};
    char *url = net_server_url(&server, "https", "token");
    fetch_as(&g, &quick, &(huse_client_request){.token = "sesame-1234"}, url);
    assert_int_equal(g.status, HUSE_OK);
    assert_string_equal(g.body.data, "\"Bearer sesame-1234\"");
    huse_buf_free(&g.body);
    free(url);
    /* another name of the same machine is another host */
    char *to = huse_format("to:https:||localhost:%d|token", (int)json_integer_value(json_object_get(server.ports, "https")));
    url = net_server_url(&server, "https", to);
    g = (got){0};
    fetch_as(&g, &quick, &(huse_client_request){.token = "sesame-1234"}, url);
    assert_int_equal(g.status, HUSE_OK);
    assert_string_equal(g.body.data, "\"\"");
    huse_buf_free(&g.body);
    free(url);
    free(to);
    url = net_server_url(&server, "http", "token");
    g = (got){0};
    fetch_as(&g, &quick, &(huse_client_request){.token = "sesame-1234"}, url);
    assert_int_equal(g.status, HUSE_BAD_DATA);
    assert_string_equal(g.why, "the address is not https");
    free(url);
}

/* ---- many at once ---- */

static void limits_of_a_host_hold_and_all_come(void **state)
{
    (void)state;
    enum { N = 300 };
    static got          g[N];
    huse_client        *c;
    huse_err            err;
    huse_client_options o = quick;
    o.per_host = 8;
    assert_int_equal(huse_client_new(&c, &o, &err), HUSE_OK);
    for (int i = 0; i < N; i++) {
        char  name[32];
        snprintf(name, sizeof name, "picture-%d.png", i);
        char *url = net_server_url(&server, i % 2 ? "http" : "https", name);
        huse_client_add(c, &(huse_client_request){.url = url, .begin = on_begin, .data = on_data, .done = on_done, .ctx = &g[i]});
        free(url);
    }
    assert_int_equal(huse_client_run(c, NULL, &err), HUSE_OK);
    for (int i = 0; i < N; i++) {
        assert_int_equal(g[i].status, HUSE_OK);
        assert_true(g[i].body.len > 60);
        huse_buf_free(&g[i].body);
    }
    huse_client_free(c);
}

static void a_host_that_is_gone_is_given_up_for_all(void **state)
{
    (void)state;
    enum { N = 400 };
    static got   g[N];
    huse_client *c;
    huse_err     err;
    assert_int_equal(huse_client_new(&c, &quick, &err), HUSE_OK);
    char  *url = net_server_url(&server, "closed", "x");
    double begun = seconds();
    for (int i = 0; i < N; i++)
        huse_client_add(c, &(huse_client_request){.url = url, .done = on_done, .ctx = &g[i]});
    assert_int_equal(huse_client_run(c, NULL, &err), HUSE_OK);
    assert_true(seconds() - begun < 5);
    for (int i = 0; i < N; i++)
        assert_string_equal(g[i].why, "the host takes no connections");
    free(url);
    huse_client_free(c);
}

static void a_client_may_be_left_in_the_middle(void **state)
{
    (void)state;
    static const char *const path[] = {"good", "stall", "endless", "silent", "slow-head", "loop", "busy-long", "broken"};
    for (int steps = 0; steps < 6; steps++) {
        huse_client *c;
        huse_err     err;
        got          g[HUSE_COUNT(path)] = {0};
        int          stop = 1;
        assert_int_equal(huse_client_new(&c, &quick, &err), HUSE_OK);
        for (size_t i = 0; i < HUSE_COUNT(path); i++) {
            char *url = net_server_url(&server, steps % 2 ? "https" : "http", path[i]);
            huse_client_add(c, &(huse_client_request){.url = url, .data = on_data, .done = on_done, .ctx = &g[i]});
            free(url);
        }
        for (int k = 0; k < steps; k++)
            huse_client_step(c, 10);
        assert_int_equal(huse_client_run(c, &stop, &err), huse_client_pending(c) ? HUSE_INTERRUPTED : HUSE_OK);
        huse_client_free(c);
        for (size_t i = 0; i < HUSE_COUNT(path); i++)
            huse_buf_free(&g[i].body);
    }
}

static huse_status fail_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    (void)ctx;
    (void)p;
    (void)n;
    return huse_fail(err, HUSE_FAILED, "the disk is full");
}

static void what_the_taker_says_ends_the_request(void **state)
{
    (void)state;
    got          g = {0};
    huse_client *c;
    huse_err     err;
    char        *url = net_server_url(&server, "http", "good");
    assert_int_equal(huse_client_new(&c, &quick, &err), HUSE_OK);
    huse_client_add(c, &(huse_client_request){.url = url, .data = fail_data, .done = on_done, .ctx = &g});
    assert_int_equal(huse_client_run(c, NULL, &err), HUSE_OK);
    assert_int_equal(g.status, HUSE_FAILED);
    assert_string_equal(g.why, "the disk is full");
    huse_client_free(c);
    free(url);
}

static long peak_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void memory_stays_flat_against_what_does_not_end(void **state)
{
    (void)state;
    static const char *const path[] = {"endless", "endless-chunks", "endless-head", "endless-continue", "endless-line", "bomb", "bomb-in-transfer",
                                       "endless-fault", "endless-redirect"};
    huse_client_options o = quick;
    o.max_bytes = (uint64_t)64 << 20;
    o.total = 20000;
    long before = peak_kib();
    for (size_t i = 0; i < HUSE_COUNT(path); i++) {
        huse_client *c;
        huse_err     err;
        got          g = {0};
        char        *url = net_server_url(&server, "http", path[i]);
        assert_int_equal(huse_client_new(&c, &o, &err), HUSE_OK);
        huse_client_add(c, &(huse_client_request){.url = url, .done = on_done, .ctx = &g});
        assert_int_equal(huse_client_run(c, NULL, &err), HUSE_OK);
        huse_client_free(c);
        free(url);
    }
    if (peak_kib() - before > 8192)
        fail_msg("%ld KiB more", peak_kib() - before);
}

static int start(void **state)
{
    (void)state;
    if (!net_server_start(&server, true))
        return -1;
    snprintf(ca, sizeof ca, "%s/ca.pem", server.folder);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    net_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_stays_flat_against_what_does_not_end),
        cmocka_unit_test(every_misbehaviour_has_its_message_and_its_end),
        cmocka_unit_test(bad_certificates_are_refused),
        cmocka_unit_test(plain_http_where_tls_should_be_is_no_connection),
        cmocka_unit_test(from_https_to_http_is_refused),
        cmocka_unit_test(addresses_of_this_machine_and_its_networks_are_known),
        cmocka_unit_test(private_addresses_are_refused_after_the_name_is_resolved),
        cmocka_unit_test(odd_addresses_are_refused_before_anything_is_sent),
        cmocka_unit_test(messages_show_addresses_without_their_secrets),
        cmocka_unit_test(nobody_there_is_said_soon),
        cmocka_unit_test(retry_after_is_a_number_or_a_date),
        cmocka_unit_test(content_range_must_agree_with_itself),
        cmocka_unit_test(a_part_is_appended_only_when_it_is_the_one_asked_for),
        cmocka_unit_test(a_known_picture_is_not_sent_again),
        cmocka_unit_test(a_token_is_read_from_a_file_of_its_owner_alone),
        cmocka_unit_test(a_token_goes_to_its_own_host_over_https_alone),
        cmocka_unit_test(limits_of_a_host_hold_and_all_come),
        cmocka_unit_test(a_host_that_is_gone_is_given_up_for_all),
        cmocka_unit_test(a_client_may_be_left_in_the_middle),
        cmocka_unit_test(what_the_taker_says_ends_the_request),
        cmocka_unit_test(and_the_same_over_tls),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
