#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

typedef struct block {
    struct block *next;
    size_t        size;
    uint8_t      *data;
} block;

struct huse_arena {
    block *first, *now;
    size_t used; /* of @now */
    size_t block_bytes, total;
};

static block *block_new(huse_arena *a, size_t bytes)
{
    block *b = huse_xmalloc(sizeof *b);
    b->size = HUSE_MAX(bytes, a->block_bytes);
    b->data = huse_xaligned(b->size);
    b->next = NULL;
    a->total += b->size;
    return b;
}

huse_arena *huse_arena_new(size_t block_bytes)
{
    huse_arena *a = huse_xcalloc(1, sizeof *a);
    a->block_bytes = HUSE_MAX(block_bytes, (size_t)4096);
    a->first = a->now = block_new(a, 0);
    return a;
}

void huse_arena_free(huse_arena *a)
{
    if (!a)
        return;
    for (block *b = a->first, *next; b; b = next) {
        next = b->next;
        free(b->data);
        free(b);
    }
    free(a);
}

void *huse_arena_alloc(huse_arena *a, size_t bytes)
{
    size_t need = (bytes + 63) & ~(size_t)63;
    HUSE_ASSERT(need >= bytes);
    while (need > a->now->size - a->used) {
        /* blocks kept by an earlier reset are reused in order; one that is too small is passed over */
        if (!a->now->next)
            a->now->next = block_new(a, need);
        a->now = a->now->next;
        a->used = 0;
    }
    uint8_t *p = a->now->data + a->used;
    a->used += need;
    memset(p, 0, need);
    return p;
}

huse_arena_mark huse_arena_get_mark(const huse_arena *a)
{
    return (huse_arena_mark){a->now, a->used};
}

void huse_arena_reset(huse_arena *a, huse_arena_mark mark)
{
    a->now = mark.block;
    a->used = mark.used;
}

size_t huse_arena_bytes(const huse_arena *a)
{
    return a->total;
}
