/* The class tree. Paths sorted with '/' below every other byte are a pre-order walk with siblings
 * in byte order, so one pass over the sorted paths numbers all nodes. */
#include "data/taxonomy.h"

#include <stdlib.h>
#include <string.h>

const char *huse_class_path_fault(const char *path, size_t n)
{
    size_t start = 0, depth = 0;
    if (n > HUSE_CLASS_BYTES)
        return "a class path of more than 4,096 bytes";
    for (size_t i = 0; i <= n; i++) {
        if (i < n && path[i] != '/')
            continue;
        if (i == start)
            return "a class path with an empty part";
        if (i - start > HUSE_CLASS_PART_BYTES)
            return "a class name of more than 255 bytes";
        if (++depth > HUSE_CLASS_DEPTH)
            return "a class path of more than 32 parts";
        start = i + 1;
    }
    return NULL;
}

static unsigned path_rank(char c)
{
    return c == '\0' ? 0u : c == '/' ? 1u : (unsigned)(unsigned char)c + 1u;
}

static int path_compare(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    unsigned x = path_rank(*a), y = path_rank(*b);
    return (x > y) - (x < y);
}

struct class_path {
    const char *path;
    int32_t cls;
};

static int class_compare(const void *a, const void *b)
{
    const struct class_path *x = a, *y = b;
    int c = path_compare(x->path, y->path);
    return c ? c : (x->cls > y->cls) - (x->cls < y->cls);
}

/* Bytes of the longest prefix of both paths that ends at a component's end in both. */
static size_t common_components(const char *a, const char *b)
{
    size_t at = 0, i = 0;
    for (;; i++) {
        bool a_ends = a[i] == '\0' || a[i] == '/', b_ends = b[i] == '\0' || b[i] == '/';
        if (a_ends && b_ends)
            at = i;
        if (a[i] == '\0' || a[i] != b[i])
            return at;
    }
}

static size_t count_components(const char *p)
{
    size_t n = *p != '\0';
    for (; *p; p++)
        n += *p == '/';
    return n;
}

/* Upper bounds of the nodes and of the bytes of their paths. */
static void measure(const struct class_path *c, size_t k, size_t *nodes, size_t *bytes)
{
    *nodes = 1;
    *bytes = 1;
    for (size_t i = 0; i < k; i++) {
        size_t fresh = i ? common_components(c[i - 1].path, c[i].path) : 0;
        size_t len = strlen(c[i].path);
        for (size_t j = fresh + (fresh > 0); len > 0 && j <= len; j++) {
            if (c[i].path[j] == '/' || c[i].path[j] == '\0') {
                *nodes += 1;
                *bytes += j + 1;
            }
        }
    }
}

struct builder {
    huse_taxonomy *t;
    char *text;    /* where the next node's path goes */
    int32_t *open; /* nodes from the root down to the last one made */
    size_t n_open;
};

static int32_t add_node(struct builder *b, const char *path, size_t len)
{
    huse_taxonomy *t = b->t;
    int32_t node = (int32_t)t->n++;
    memcpy(b->text, path, len);
    b->text[len] = '\0';
    const char *slash = memrchr(b->text, '/', len);
    t->path[node] = b->text;
    t->name[node] = slash ? slash + 1 : b->text;
    t->depth[node] = (int32_t)b->n_open;
    t->parent[node] = b->n_open ? b->open[b->n_open - 1] : -1;
    t->cls[node] = -1;
    b->open[b->n_open++] = node;
    b->text += len + 1;
    return node;
}

/* The node of @path, made with all its missing ancestors; @shared bytes of it have nodes on the
 * open branch. */
static int32_t add_path(struct builder *b, const char *path, size_t shared)
{
    size_t keep = 1, len = strlen(path);
    if (shared > 0) {
        keep = 2;
        for (size_t i = 0; i < shared; i++)
            keep += path[i] == '/';
    }
    b->n_open = keep;
    int32_t node = b->open[keep - 1];
    for (size_t j = shared + (shared > 0); len > 0 && j <= len; j++) {
        if (path[j] == '/' || path[j] == '\0')
            node = add_node(b, path, j);
    }
    return node;
}

static void set_heights(huse_taxonomy *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->end[i] = (int32_t)i + 1;
    for (size_t i = t->n; i-- > 1;) {
        int32_t p = t->parent[i];
        t->height[p] = HUSE_MAX(t->height[p], t->height[i] + 1);
        t->end[p] = HUSE_MAX(t->end[p], t->end[i]);
    }
}

huse_taxonomy *huse_taxonomy_new(const char *const *path, size_t k)
{
    struct class_path *c = huse_xcalloc(k + 1, sizeof *c);
    size_t nodes, bytes, deepest = 0;
    for (size_t i = 0; i < k; i++) {
        c[i] = (struct class_path){path[i], (int32_t)i};
        deepest = HUSE_MAX(deepest, count_components(path[i]));
    }
    qsort(c, k, sizeof *c, class_compare);
    measure(c, k, &nodes, &bytes);

    huse_taxonomy *t = huse_xcalloc(1, sizeof *t);
    t->path = huse_xcalloc(nodes, sizeof *t->path);
    t->name = huse_xcalloc(nodes, sizeof *t->name);
    t->parent = huse_xcalloc(nodes, sizeof *t->parent);
    t->depth = huse_xcalloc(nodes, sizeof *t->depth);
    t->height = huse_xcalloc(nodes, sizeof *t->height);
    t->cls = huse_xcalloc(nodes, sizeof *t->cls);
    t->end = huse_xcalloc(nodes, sizeof *t->end);
    t->node_of = huse_xcalloc(k + 1, sizeof *t->node_of);
    t->n_classes = k;

    struct builder b = {t, huse_xmalloc(bytes), huse_xcalloc(deepest + 1, sizeof *b.open), 0};
    add_node(&b, "", 0);
    for (size_t i = 0; i < k; i++) {
        size_t shared = i ? common_components(c[i - 1].path, c[i].path) : 0;
        int32_t node = add_path(&b, c[i].path, shared);
        t->node_of[c[i].cls] = node;
        if (t->cls[node] < 0)
            t->cls[node] = c[i].cls;
    }
    HUSE_ASSERT(t->n == nodes);
    set_heights(t);
    free(b.open);
    free(c);
    return t;
}

void huse_taxonomy_free(huse_taxonomy *t)
{
    if (!t)
        return;
    free((void *)
             t->path[0]); /* the root's path is the start of the one block that holds all paths */
    free(t->path);
    free(t->name);
    free(t->parent);
    free(t->depth);
    free(t->height);
    free(t->cls);
    free(t->end);
    free(t->node_of);
    free(t);
}

int32_t huse_taxonomy_lca(const huse_taxonomy *t, int32_t a, int32_t b)
{
    while (a != b) {
        if (t->depth[a] >= t->depth[b])
            a = t->parent[a];
        else
            b = t->parent[b];
    }
    return a;
}

int huse_taxonomy_distance(const huse_taxonomy *t, int32_t a, int32_t b)
{
    int32_t c = huse_taxonomy_lca(t, a, b);
    return t->depth[a] + t->depth[b] - 2 * t->depth[c];
}

int32_t huse_taxonomy_find(const huse_taxonomy *t, const char *path)
{
    size_t lo = 0, hi = t->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = path_compare(t->path[mid], path);
        if (c == 0)
            return (int32_t)mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

bool huse_taxonomy_below(const huse_taxonomy *t, int32_t node, int32_t ancestor)
{
    return node >= ancestor && node < t->end[ancestor];
}
