/* What lies around one item in the shared space. */
#include <stdlib.h>
#include <string.h>

#include "query/engine.h"

/* The rows of the items that the catalogue still has, but for @item: huse_index_search's bitmap. */
static uint8_t *rows_but(const huse_engine *e, int t, size_t item, size_t *candidates)
{
    const huse_model *m = e->model;
    const int32_t *item_of_row = t ? m->text_item : m->image_item;
    size_t rows = t ? m->n_texts : m->n_images;
    uint8_t *allow = huse_xcalloc(rows / 8 + 1, 1);
    *candidates = 0;
    for (size_t r = 0; r < rows; r++) {
        int32_t i = e->item_of[item_of_row[r]];
        if (i < 0 || (size_t)i == item)
            continue;
        allow[r >> 3] |= (uint8_t)(1U << (r & 7));
        ++*candidates;
    }
    return allow;
}

static void near_items(huse_engine *e, int t, const float *x, size_t item, size_t k, huse_answer *a)
{
    const huse_model *m = e->model;
    uint8_t *allow = rows_but(e, t, item, &a->total);
    size_t want = HUSE_MIN(k, a->total);
    huse_near *near = huse_xmalloc((want + 1) * sizeof *near);
    a->hit = huse_xcalloc(want + 1, sizeof *a->hit);
    huse_pool *pool = huse_engine_enter(e);
    if (want > 0)
        huse_index_search(huse_engine_index(e, t, pool), pool, x, 1, want, allow, near, &a->n);
    huse_engine_leave(e, pool);
    for (size_t i = 0; i < a->n; i++) {
        int32_t other = e->item_of[(t ? m->text_item : m->image_item)[near[i].row]], cls = e->items->item[other].cls;
        a->hit[i] = (huse_hit){ other, cls, near[i].score, near[i].score, cls >= 0 ? e->items->class_path[cls] : "" };
    }
    free(near);
    free(allow);
}

static void near_classes(const huse_engine *e, const float *x, size_t k, huse_answer *a)
{
    const huse_model *m = e->model;
    const huse_taxonomy *t = m->tree;
    huse_near *near = huse_xmalloc((t->n + 1) * sizeof *near);
    for (size_t i = 1; i < t->n; i++) {
        const float *v = m->node_vector + i * m->D;
        if (t->cls[i] >= 0 && huse_index_dot(v, v, m->D) > 0)
            near[a->total++] = (huse_near){ (uint32_t)i, huse_index_dot(v, x, m->D) };
    }
    a->n = huse_near_choose(near, a->total, HUSE_MIN(k, a->total));
    a->hit = huse_xcalloc(a->n + 1, sizeof *a->hit);
    for (size_t i = 0; i < a->n; i++) {
        size_t node = near[i].row;
        a->hit[i] = (huse_hit){ -1, e->class_of[t->cls[node]], near[i].score, near[i].score, t->path[node] };
    }
    free(near);
}

/* Untrained: the query "@id", quoted so that any id passes the grammar. */
static huse_status ask_by_id(huse_engine *e, size_t item, huse_target target, size_t k, huse_answer *answer, huse_err *err)
{
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_buf text = { 0 };
    huse_buf_str(&text, "@\"");
    for (const char *c = e->items->item[item].id; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            huse_buf_add(&text, "\\", 1);
        huse_buf_add(&text, c, 1);
    }
    huse_buf_str(&text, "\"");
    q.text = text.data;
    q.target = target;
    q.k = k;
    huse_status s = huse_search(e, &q, answer, err);
    huse_buf_free(&text);
    return s;
}

huse_status huse_item_neighbors(huse_engine *e, size_t item, huse_target from, huse_target target, size_t k, huse_answer *answer,
                                huse_err *err)
{
    HUSE_ASSERT(item < e->items->n && (from == HUSE_TARGET_IMAGE || from == HUSE_TARGET_TEXT));
    const huse_model *m = e->model;
    *answer = (huse_answer){ .n = 0 };
    if (m == NULL)
        return ask_by_id(e, item, target, k, answer, err);
    const float *x = huse_engine_row(e, item);
    if (x == NULL)
        return huse_fail(err, HUSE_NOT_FOUND, "the model has no row of item “%.100s”: huse-tui embed adds what is new",
                         e->items->item[item].id);
    if (from == HUSE_TARGET_TEXT && e->row_of[1][item] >= 0)
        x = m->text_row + (size_t)e->row_of[1][item] * m->D;
    if (target == HUSE_TARGET_CLASS)
        near_classes(e, x, k, answer);
    else
        near_items(e, target == HUSE_TARGET_TEXT ? 1 : 0, x, item, k, answer);
    return HUSE_OK;
}
