/* The class tree of the catalogue with its items, as the Browse pane walks it. */
#include <stdlib.h>

#include "query/engine.h"

/* The nodes of all classed items, counted and laid out in one pass each. */
void huse_engine_tree_init(huse_engine *e)
{
    const huse_taxonomy *t = e->tree;
    const huse_items *items = e->items;
    size_t *from = huse_xcalloc(t->n + 2, sizeof *from);
    for (size_t i = 0; i < items->n; i++)
        if (items->item[i].cls >= 0)
            from[t->node_of[items->item[i].cls] + 2]++;
    for (size_t i = 2; i < t->n + 2; i++)
        from[i] += from[i - 1];
    e->below = huse_xmalloc((from[t->n + 1] + 1) * sizeof *e->below);
    for (size_t i = 0; i < items->n; i++)
        if (items->item[i].cls >= 0)
            e->below[from[t->node_of[items->item[i].cls] + 1]++] = (uint32_t)i;
    e->below_from = from;
    e->node = huse_xcalloc(t->n, sizeof *e->node);
    for (size_t i = 0; i < t->n; i++)
        e->node[i] = (huse_node){ t->path[i], t->name[i], t->parent[i], t->end[i], t->depth[i], t->cls[i], from[t->end[i]] - from[i] };
}

void huse_engine_tree_fini(huse_engine *e)
{
    free(e->node);
    free(e->below);
    free(e->below_from);
}

const huse_node *huse_engine_tree(const huse_engine *e, size_t *n)
{
    *n = e->tree->n;
    return e->node;
}

int huse_tree_distance(const huse_engine *e, int32_t a, int32_t b)
{
    HUSE_ASSERT(a >= 0 && (size_t)a < e->tree->n && b >= 0 && (size_t)b < e->tree->n);
    return huse_taxonomy_distance(e->tree, a, b);
}

int32_t huse_node_find(const huse_engine *e, const char *path)
{
    return huse_taxonomy_find(e->tree, path);
}

int32_t huse_node_of_class(const huse_engine *e, int32_t cls)
{
    HUSE_ASSERT(cls < 0 || (size_t)cls < e->items->n_classes);
    return cls >= 0 ? e->tree->node_of[cls] : -1;
}

const float *huse_engine_row(const huse_engine *e, size_t item)
{
    const huse_model *m = e->model;
    if (e->row_of[0][item] >= 0)
        return m->image_row + (size_t)e->row_of[0][item] * m->D;
    return e->row_of[1][item] >= 0 ? m->text_row + (size_t)e->row_of[1][item] * m->D : NULL;
}
