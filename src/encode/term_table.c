#include "encode/term_table.h"

#include <stdlib.h>
#include <string.h>

void huse_term_table_free(huse_term_table *t)
{
    huse_buf_free(&t->bytes);
    free(t->at);
    free(t->len);
    free(t->slot);
    *t = (huse_term_table){0};
}

static uint64_t hash(const char *s, size_t n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 1099511628211u;
    return h ^ h >> 32;
}

/* The slot that holds the string, or the free one where it belongs. */
static size_t look(const huse_term_table *t, const char *s, size_t n)
{
    size_t i = (size_t)hash(s, n) & (t->slots - 1);
    for (; t->slot[i]; i = (i + 1) & (t->slots - 1)) {
        uint32_t id = t->slot[i] - 1;
        if (t->len[id] == n && memcmp(t->bytes.data + t->at[id], s, n) == 0)
            break;
    }
    return i;
}

uint32_t huse_term_table_find(const huse_term_table *t, const char *s, size_t n)
{
    size_t i = t->slots ? look(t, s, n) : 0;
    return t->slots && t->slot[i] ? t->slot[i] - 1 : UINT32_MAX;
}

static void grow(huse_term_table *t)
{
    t->slots = t->slots ? 2 * t->slots : 1024;
    free(t->slot);
    t->slot = huse_xcalloc(t->slots, sizeof *t->slot);
    for (size_t id = 0; id < t->n; id++)
        t->slot[look(t, t->bytes.data + t->at[id], t->len[id])] = (uint32_t)id + 1;
}

uint32_t huse_term_table_add(huse_term_table *t, const char *s, size_t n, bool *fresh)
{
    if (2 * (t->n + 1) > t->slots)
        grow(t);
    size_t i = look(t, s, n);
    *fresh = !t->slot[i];
    if (!*fresh)
        return t->slot[i] - 1;
    if (t->n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 1024;
        t->at = huse_xrealloc(t->at, t->cap * sizeof *t->at);
        t->len = huse_xrealloc(t->len, t->cap * sizeof *t->len);
    }
    HUSE_ASSERT(t->n < UINT32_MAX - 1);
    t->at[t->n] = t->bytes.len;
    t->len[t->n] = (uint32_t)n;
    huse_buf_add(&t->bytes, s, n);
    huse_buf_add(&t->bytes, "", 1);
    t->slot[i] = (uint32_t)++t->n;
    return (uint32_t)t->n - 1;
}
