#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Feeds a whole regular file to @md, in pieces. */
static huse_status digest_file(EVP_MD_CTX *md, int fd, const char *path, huse_err *err)
{
    enum { PIECE = 1 << 18 };
    char   *piece = huse_xmalloc(PIECE);
    ssize_t got;
    while ((got = read(fd, piece, PIECE)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            HUSE_ASSERT(EVP_DigestUpdate(md, piece, (size_t)got) == 1);
    huse_status s = got < 0 ? huse_fail_errno(err, "%s", path) : HUSE_OK;
    free(piece);
    return s;
}

huse_status huse_sha256_file(huse_key *out, const char *path, huse_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return huse_fail_errno(err, "%s", path);
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_status      s = digest_file(c->md, fd, path, err);
    huse_key         k = huse_sha256_end(c);
    if (s == HUSE_OK)
        *out = k;
    close(fd);
    return s;
}

huse_status huse_git_blob(char out[41], const char *path, huse_err *err)
{
    struct stat   st;
    unsigned char hash[20];
    char          head[32];
    int           fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        huse_status s = huse_fail_errno(err, "%s", path);
        if (fd >= 0)
            close(fd);
        return s;
    }
    int         n = snprintf(head, sizeof head, "blob %lld", (long long)st.st_size);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    HUSE_ASSERT(md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) == 1 && EVP_DigestUpdate(md, head, (size_t)n + 1) == 1);
    huse_status s = digest_file(md, fd, path, err);
    HUSE_ASSERT(EVP_DigestFinal_ex(md, hash, NULL) == 1);
    EVP_MD_CTX_free(md);
    close(fd);
    for (size_t i = 0; i < sizeof hash && s == HUSE_OK; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
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
