/* Bump allocator with marks: memory of one lifetime in one place. */
#ifndef HUSE_ARENA_H
#define HUSE_ARENA_H

#include "base/base.h"

typedef struct huse_arena huse_arena;

/** A new arena that grows by blocks of at least @block_bytes. Free with huse_arena_free. Not thread-safe. */
huse_arena *huse_arena_new(size_t block_bytes);
void        huse_arena_free(huse_arena *a);

/** @bytes of zeroed memory, 64-byte aligned, valid until the arena is freed or reset past it. Never NULL. */
void *huse_arena_alloc(huse_arena *a, size_t bytes);

/** Marks the present fill; huse_arena_reset gives everything allocated since back (blocks are kept for reuse). */
typedef struct huse_arena_mark {
    void  *block;
    size_t used;
} huse_arena_mark;
huse_arena_mark huse_arena_get_mark(const huse_arena *a);
void            huse_arena_reset(huse_arena *a, huse_arena_mark mark);

/** Bytes obtained from the system so far: constant while a step loop runs. */
size_t huse_arena_bytes(const huse_arena *a);

#endif
