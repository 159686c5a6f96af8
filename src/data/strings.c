#include "data/strings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { POOL_BLOCK = 256 * 1024, MAP_START = 64 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

huse_str huse_str_trim(huse_str s)
{
    while (s.n > 0 && is_space(s.s[0])) {
        s.s++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.s[s.n - 1]))
        s.n--;
    return s;
}

bool huse_str_equal(huse_str a, huse_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

int huse_str_clip(huse_str s, size_t max)
{
    if (s.n <= max)
        return (int)s.n;
    while (max > 0 && ((unsigned char)s.s[max] & 0xC0) == 0x80)
        max--;
    return (int)max;
}

const char *huse_strpool_add(huse_strpool *p, const char *s, size_t n)
{
    if (n >= p->size - p->used) {
        size_t size = HUSE_MAX(n + 1, (size_t)POOL_BLOCK);
        if (p->n_blocks == p->cap_blocks) {
            p->cap_blocks = p->cap_blocks ? p->cap_blocks * 2 : 16;
            p->block = huse_xrealloc(p->block, p->cap_blocks * sizeof *p->block);
        }
        p->block[p->n_blocks++] = huse_xmalloc(size);
        p->used = 0;
        p->size = size;
    }
    char *copy = p->block[p->n_blocks - 1] + p->used;
    if (n > 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    p->used += n + 1;
    return copy;
}

void huse_strpool_free(huse_strpool *p)
{
    for (size_t i = 0; i < p->n_blocks; i++)
        free(p->block[i]);
    free(p->block);
    *p = (huse_strpool){0};
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein 2012). */
static uint64_t hash_of(const huse_strmap *m, const char *s, size_t n)
{
    uint64_t v[4] = {
        m->seed[0] ^ UINT64_C(0x736f6d6570736575), m->seed[1] ^ UINT64_C(0x646f72616e646f6d),
        m->seed[0] ^ UINT64_C(0x6c7967656e657261), m->seed[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)n << 56;
    while (n >= 8) {
        uint64_t w;
        memcpy(&w, s, 8);
        v[3] ^= w;
        sip_round(v);
        v[0] ^= w;
        s += 8;
        n -= 8;
    }
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)(unsigned char)s[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void insert(huse_strmap *m, huse_strmap_slot slot)
{
    size_t i = (size_t)slot.hash & (m->cap - 1);
    while (m->slot[i].key)
        i = (i + 1) & (m->cap - 1);
    m->slot[i] = slot;
}

static void grow(huse_strmap *m)
{
    huse_strmap_slot *old = m->slot;
    size_t n = m->cap;
    if (n == 0 && getrandom(m->seed, sizeof m->seed, GRND_NONBLOCK) != (ssize_t)sizeof m->seed)
        m->seed[0] = (uint64_t)(uintptr_t)m; /* early boot: address randomisation has to do */
    m->cap = n ? n * 2 : MAP_START;
    m->slot = huse_xcalloc(m->cap, sizeof *m->slot);
    for (size_t i = 0; i < n; i++)
        if (old[i].key)
            insert(m, old[i]);
    free(old);
}

int64_t huse_strmap_find(const huse_strmap *m, const char *key, size_t n)
{
    if (m->cap == 0)
        return HUSE_STRMAP_NONE;
    uint64_t hash = hash_of(m, key, n);
    for (size_t i = (size_t)hash & (m->cap - 1); m->slot[i].key; i = (i + 1) & (m->cap - 1)) {
        const huse_strmap_slot *s = &m->slot[i];
        if (s->hash == hash && s->len == n && memcmp(s->key, key, n) == 0)
            return s->value;
    }
    return HUSE_STRMAP_NONE;
}

void huse_strmap_add(huse_strmap *m, const char *key, size_t n, uint32_t value)
{
    HUSE_ASSERT(n <= UINT32_MAX);
    if ((m->n + 1) * 5 > m->cap * 3)
        grow(m);
    insert(m, (huse_strmap_slot){key, (uint32_t)n, value, hash_of(m, key, n)});
    m->n++;
}

void huse_strmap_free(huse_strmap *m)
{
    free(m->slot);
    *m = (huse_strmap){0};
}
