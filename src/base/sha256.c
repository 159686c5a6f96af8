#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct huse_sha256_ctx {
    EVP_MD_CTX *md;
};

huse_sha256_ctx *huse_sha256_begin(void)
{
    huse_sha256_ctx *c = huse_xmalloc(sizeof *c);
    c->md = EVP_MD_CTX_new();
    HUSE_ASSERT(c->md && EVP_DigestInit_ex(c->md, EVP_sha256(), NULL) == 1);
    return c;
}

void huse_sha256_add(huse_sha256_ctx *c, const void *data, size_t n)
{
    HUSE_ASSERT(EVP_DigestUpdate(c->md, data, n) == 1);
}

huse_key huse_sha256_end(huse_sha256_ctx *c)
{
    huse_key k;
    HUSE_ASSERT(EVP_DigestFinal_ex(c->md, k.byte, NULL) == 1);
    EVP_MD_CTX_free(c->md);
    free(c);
    return k;
}

huse_key huse_sha256(const void *data, size_t n)
{
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_sha256_add(c, data, n);
    return huse_sha256_end(c);
}

huse_status huse_sha256_file(huse_key *out, const char *path, huse_err *err)
{
    enum { PIECE = 1 << 18 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return huse_fail_errno(err, "%s", path);
    huse_sha256_ctx *c = huse_sha256_begin();
    char            *piece = huse_xmalloc(PIECE);
    ssize_t          got;
    while ((got = read(fd, piece, PIECE)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            huse_sha256_add(c, piece, (size_t)got);
    huse_key    k = huse_sha256_end(c);
    huse_status s = got < 0 ? huse_fail_errno(err, "%s", path) : HUSE_OK;
    if (s == HUSE_OK)
        *out = k;
    free(piece);
    close(fd);
    return s;
}

void huse_key_hex(char out[65], const huse_key *k)
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        out[2 * i] = digit[k->byte[i] >> 4];
        out[2 * i + 1] = digit[k->byte[i] & 15];
    }
    out[64] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool huse_key_parse(huse_key *k, const char *hex)
{
    huse_key got;
    if (strlen(hex) != 64)
        return false;
    for (int i = 0; i < 32; i++) {
        int hi = hex_digit(hex[2 * i]), lo = hex_digit(hex[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        got.byte[i] = (uint8_t)(hi << 4 | lo);
    }
    *k = got;
    return true;
}

bool huse_key_equal(const huse_key *a, const huse_key *b)
{
    return memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}
