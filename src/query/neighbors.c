/* Classes near each other in the shared space (METHOD 10). */
#include <stdlib.h>

#include "query/group.h"

static bool related(const huse_taxonomy *t, int32_t a, int32_t b)
{
    return huse_taxonomy_below(t, a, b) || huse_taxonomy_below(t, b, a);
}

/* Everyone of the group by cosine with x, best first; near[i].row: index into the group. */
static huse_near *ranked(const huse_group *g, const float *x)
{
    float *score = huse_xmalloc((g->n + 1) * sizeof *score);
    huse_near *near = huse_xmalloc((g->n + 1) * sizeof *near);
    huse_index_dots(g->vector, g->n, g->m->D, x, score);
    for (size_t i = 0; i < g->n; i++)
        near[i] = (huse_near){ (uint32_t)i, score[i] };
    huse_near_choose(near, g->n, g->n);
    free(score);
    return near;
}

huse_status huse_class_neighbors(huse_engine *e, const char *path, int level, size_t k, huse_neighbor **out, size_t *n, huse_err *err)
{
    int32_t node;
    HUSE_TRY(huse_engine_need_model(e, err));
    const huse_model *m = e->model;
    const huse_taxonomy *t = m->tree;
    HUSE_TRY(huse_engine_find_node(t, path, &node, err));
    const float *x = m->node_vector + (size_t)node * m->D;
    if (!(huse_index_dot(x, x, m->D) > 0))
        return huse_fail(err, HUSE_NOT_FOUND, "the model has seen no item of class “%.100s”", t->path[node]);
    huse_group g;
    level = HUSE_MAX(level, 0);
    huse_group_init(&g, m, level);
    huse_pool *pool = huse_engine_enter(e);
    huse_group_medians(&g, e, pool, level);
    huse_engine_leave(e, pool);
    huse_near *near = ranked(&g, x);
    huse_neighbor *list = huse_xcalloc(HUSE_MIN(k, g.n) + 1, sizeof *list);
    size_t kept = 0;
    for (size_t i = 0; i < g.n && kept < k; i++) {
        int32_t other = g.node[near[i].row];
        if (other == node || (related(t, node, other) && (t->cls[node] < 0 || t->cls[other] < 0)))
            continue;
        huse_neighbor *nb = &list[kept++];
        nb->path = t->path[other];
        nb->cls = t->cls[other] >= 0 ? e->class_of[t->cls[other]] : -1;
        nb->cosine = near[i].score;
        nb->psi_distance = huse_psi_distance(m, node, other);
        nb->tree_distance = huse_taxonomy_distance(t, node, other);
        nb->flag = huse_group_flag(&g, node, other, near[i].score, kept);
    }
    free(near);
    huse_group_fini(&g);
    *out = list;
    *n = kept;
    return HUSE_OK;
}
