/* What may be asked of whom: addresses of the web, addresses of machines, and the headers that the client reads itself. Pure. */
#ifndef HUSE_NET_RULES_H
#define HUSE_NET_RULES_H

#include <sys/socket.h>

#include "base/base.h"

/** An address taken apart. Free with huse_net_url_free. */
typedef struct huse_net_url {
    char *text;   /* normalised; what lies outside of ASCII or is a space is percent-encoded behind the host */
    char *origin; /* "https://host:443", lower case: who gets tokens, and what limits are counted by */
    char *host;   /* lower case, without the port */
    bool  https;
} huse_net_url;

/** Takes @s apart. BAD_DATA: not http or https, control characters, a user or password in it, no host, over 8 KiB. */
huse_status huse_net_url_parse(huse_net_url *u, const char *s, huse_err *err) HUSE_MUST_CHECK;
/** The same of @s as a page at @base means it, which may be relative. */
huse_status huse_net_url_resolve(huse_net_url *u, const huse_net_url *base, const char *s, huse_err *err) HUSE_MUST_CHECK;
void        huse_net_url_free(huse_net_url *u);

/** Scheme, host and path alone, for messages: what follows "?" may be a signature. Fresh memory. */
char *huse_net_url_shown(const char *s);

/** Host and port as @s has them, lower case: by what faults are listed. Any string will do. Fresh memory. */
char *huse_net_url_host(const char *s);

/** Whether only this machine, its networks or nobody has such an address: loopback, private, link-local, unique local, shared
 *  (100.64/10), multicast, reserved, and any of these mapped into IPv6 (::ffff:0/96, ::/96, 64:ff9b::/96, 2002::/16). Anything but
 *  IPv4 and IPv6 counts as private. */
bool huse_net_private(const struct sockaddr *a);

/** Seconds of a Retry-After: a number, or a date of HTTP measured from @now (seconds since 1970); -1: neither. */
int64_t huse_net_retry_after(const char *value, int64_t now);

/** "bytes FROM-TO/TOTAL"; false for anything else, an unknown total and numbers that contradict each other included. */
bool huse_net_content_range(const char *value, int64_t *from, int64_t *to, int64_t *total);

#endif
