/* libFuzzer target: addresses and headers that servers and catalogues choose. What is taken as an address is http or https, has a host, no
 * secrets and no control characters, and means the same when it is read again. */
#include <stdlib.h>
#include <string.h>

#include "net/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const huse_net_url *u)
{
    huse_net_url again;
    huse_err     err;
    HUSE_ASSERT(strncmp(u->text, u->https ? "https://" : "http://", u->https ? 8 : 7) == 0);
    HUSE_ASSERT(*u->host && strncmp(u->origin, u->text, 4) == 0);
    for (const char *p = u->text; *p; p++)
        HUSE_ASSERT((unsigned char)*p > 0x20 && *p != 0x7f);
    HUSE_ASSERT(huse_net_url_parse(&again, u->text, &err) == HUSE_OK);
    HUSE_ASSERT(strcmp(again.origin, u->origin) == 0);
    huse_net_url_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char        *s = huse_xstrndup((const char *)data, n);
    huse_net_url base, u;
    huse_err     err;
    int64_t      from, to, total;
    if (huse_net_url_parse(&u, s, &err) == HUSE_OK) {
        check(&u);
        huse_net_url_free(&u);
    }
    HUSE_ASSERT(huse_net_url_parse(&base, "https://shop.example/a/b?c", &err) == HUSE_OK);
    if (huse_net_url_resolve(&u, &base, s, &err) == HUSE_OK) {
        check(&u);
        huse_net_url_free(&u);
    }
    huse_net_url_free(&base);
    free(huse_net_url_shown(s));
    free(huse_net_url_host(s));
    HUSE_ASSERT(huse_net_retry_after(s, 784111777) >= -1);
    if (huse_net_content_range(s, &from, &to, &total))
        HUSE_ASSERT(from >= 0 && from <= to && to < total);
    free(s);
    return 0;
}
