/* Counts of classes by distance in the tree. For each node: the weight at most j edges below it, j
 * ≤ its height. */
#include "eval/hp.h"

#include <stdlib.h>

struct huse_rings {
    const huse_taxonomy *tree;
    size_t *at;     /* start of each node's counts */
    int64_t *below; /* cumulative over j */
};

huse_rings *huse_rings_new(const huse_taxonomy *t, const int64_t *weight)
{
    huse_rings *r = huse_xcalloc(1, sizeof *r);
    size_t total = 0;
    r->tree = t;
    r->at = huse_xcalloc(t->n, sizeof *r->at);
    for (size_t i = 0; i < t->n; i++) {
        r->at[i] = total;
        total += (size_t)t->height[i] + 1;
    }
    r->below = huse_xcalloc(total, sizeof *r->below);
    for (size_t c = 0; c < t->n_classes; c++)
        r->below[r->at[t->node_of[c]]] += weight ? weight[c] : 1;
    for (size_t i = t->n; i-- > 1;) {
        int64_t *child = r->below + r->at[i], *parent = r->below + r->at[t->parent[i]];
        for (int32_t j = 0; j <= t->height[i]; j++)
            parent[j + 1] += child[j];
    }
    for (size_t i = 0; i < t->n; i++) {
        for (int32_t j = 1; j <= t->height[i]; j++)
            r->below[r->at[i] + (size_t)j] += r->below[r->at[i] + (size_t)j - 1];
    }
    return r;
}

void huse_rings_free(huse_rings *r)
{
    if (!r)
        return;
    free(r->at);
    free(r->below);
    free(r);
}

static int64_t below(const huse_rings *r, int32_t node, int edges)
{
    if (edges < 0)
        return 0;
    return r->below[r->at[node] + (size_t)HUSE_MIN(edges, r->tree->height[node])];
}

int64_t huse_rings_within(const huse_rings *r, int32_t cls, int radius)
{
    int32_t node = r->tree->node_of[cls], child = -1;
    int64_t sum = 0;
    for (int up = 0; up <= radius && node >= 0; up++) {
        sum += below(r, node, radius - up);
        if (child >= 0)
            sum -= below(r, child, radius - up - 1);
        child = node;
        node = r->tree->parent[node];
    }
    return sum;
}

int huse_rings_radius(const huse_rings *r, int32_t cls, int64_t k)
{
    int most = r->tree->depth[r->tree->node_of[cls]] + r->tree->height[0];
    int radius = 0;
    while (radius < most && huse_rings_within(r, cls, radius) < k)
        radius++;
    return radius;
}
