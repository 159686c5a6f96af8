/* The map of the classes: their vectors in two dimensions, and the file that keeps them. */
#include "huse/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arrays.h"
#include "base/fs.h"
#include "index/pca.h"
#include "index/tsne.h"
#include "query/group.h"

#define SUFFIX ".map.safetensors"

enum { VERSION = 1, STEPS = 4 }; /* VERSION: of what is kept; a layout made in another way is another version */

/* The classes that have a place, with their vectors packed. */
typedef struct placed {
    huse_group g;
    int32_t   *node; /* (g.n) of the catalogue */
} placed;

static void placed_init(placed *p, const huse_engine *e)
{
    const huse_taxonomy *t = e->model->tree;
    size_t D = e->model->D, kept = 0;
    huse_group_init(&p->g, e->model, 0);
    p->node = huse_xmalloc((p->g.n + 1) * sizeof *p->node);
    for (size_t i = 0; i < p->g.n; i++) {
        int32_t cls = e->class_of[t->cls[p->g.node[i]]];
        if (cls < 0)
            continue;
        memmove(p->g.vector + kept * D, p->g.vector + i * D, D * sizeof(float));
        p->g.node[kept] = p->g.node[i];
        p->node[kept++] = e->tree->node_of[cls];
    }
    p->g.n = kept;
}

static void placed_fini(placed *p)
{
    huse_group_fini(&p->g);
    free(p->node);
}

/* ---- layouts ---- */

/* Mean 0, the farthest at 1. */
static void normalise(float *y, size_t n)
{
    double mean[2] = { 0 }, most = 0;
    for (size_t i = 0; i < 2 * n; i++)
        mean[i % 2] += (double)y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, hypot((double)y[2 * i] - mean[0], (double)y[2 * i + 1] - mean[1]));
    for (size_t i = 0; i < 2 * n; i++)
        y[i] = most > 0 ? (float)(((double)y[i] - mean[i % 2]) / most) : 0;
}

/* A rotation, after a reflection where @sign is −1. */
typedef struct turn {
    double c, s, sign;
} turn;

/* The one that brings the directions @from (n,2) closest to @to (n,2) (orthogonal Procrustes). */
static turn turn_between(const float *from, const float *to, size_t n)
{
    double m[2][2] = { { 0 } };
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < 2; a++)
            for (size_t b = 0; b < 2; b++)
                m[a][b] += (double)from[2 * i + a] * (double)to[2 * i + b];
    const double straight = hypot(m[0][0] + m[1][1], m[0][1] - m[1][0]), mirrored = hypot(m[0][0] - m[1][1], m[0][1] + m[1][0]);
    const double length = fmax(straight, mirrored), sign = mirrored > straight ? -1 : 1;
    if (!(length > 0))
        return (turn){ 1, 0, 1 };
    return (turn){ (m[0][0] + sign * m[1][1]) / length, (m[0][1] - sign * m[1][0]) / length, sign };
}

static void turn_all(float *y, size_t n, turn t)
{
    for (size_t i = 0; i < n; i++) {
        const double a = (double)y[2 * i], b = t.sign * (double)y[2 * i + 1];
        y[2 * i] = (float)(t.c * a - t.s * b);
        y[2 * i + 1] = (float)(t.s * a + t.c * b);
    }
}

static huse_class_map map_of(const placed *p, const float *y, huse_map_kind kind)
{
    huse_class_map m = { .kind = kind, .n = p->g.n, .point = huse_xcalloc(p->g.n + 1, sizeof *m.point) };
    for (size_t i = 0; i < m.n; i++)
        m.point[i] = (huse_map_point){ p->node[i], y[2 * i], y[2 * i + 1] };
    return m;
}

static huse_status pca_of(const placed *p, float *y, float share[2], huse_err *err)
{
    if (huse_pca(p->g.vector, p->g.n, p->g.m->D, 2, y, NULL, share, err) != HUSE_OK)
        return huse_fail(err, HUSE_BAD_DATA, "the model's vectors of classes are no numbers");
    normalise(y, p->g.n);
    return HUSE_OK;
}

/* ---- keeping ---- */

static char *file_of(const huse_engine *e)
{
    return e->workspace != NULL ? huse_format("%s/models/%s" SUFFIX, e->workspace, e->model->id) : NULL;
}

/* What a layout follows from. */
static huse_key key_of(const placed *p)
{
    const uint32_t head[2] = { VERSION, (uint32_t)p->g.n };
    huse_sha256_ctx *h = huse_sha256_begin();
    huse_sha256_add(h, head, sizeof head);
    for (size_t i = 0; i < p->g.n; i++) {
        const char *path = p->g.m->tree->path[p->g.node[i]];
        huse_sha256_add(h, path, strlen(path) + 1);
    }
    huse_sha256_add(h, p->g.vector, p->g.n * p->g.m->D * sizeof(float));
    return huse_sha256_end(h);
}

/* The layout y (n,2) that was kept of just these vectors; false when there is none, or its file is damaged. */
static bool read_kept(const huse_engine *e, const placed *p, float *y)
{
    char *path = file_of(e);
    huse_safetensors *st = NULL;
    const huse_array *key, *at;
    const huse_key want = key_of(p);
    const size_t bytes = sizeof want.byte, shape[2] = { p->g.n, 2 };
    huse_err err;
    bool good = path != NULL && huse_safetensors_open(&st, path, &err) == HUSE_OK &&
                huse_safetensors_get(st, "key", HUSE_U8, 1, &bytes, &key, &err) == HUSE_OK &&
                huse_safetensors_get(st, "place", HUSE_F32, 2, shape, &at, &err) == HUSE_OK && memcmp(key->data, want.byte, bytes) == 0;
    if (good)
        memcpy(y, at->data, 2 * p->g.n * sizeof *y);
    for (size_t i = 0; good && i < 2 * p->g.n; i++)
        good = fabsf(y[i]) <= 1.001F;
    if (st != NULL)
        huse_safetensors_close(st);
    free(path);
    return good;
}

/* Takes away layouts of models that are gone. */
static void remove_orphans(const char *models)
{
    char **name;
    size_t n;
    huse_err err;
    if (huse_fs_list(models, &name, &n, &err) != HUSE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        const char *end = strstr(name[i], SUFFIX);
        if (end == NULL || end[strlen(SUFFIX)] != '\0')
            continue;
        char *model = huse_format("%s/%.*s", models, (int)(end - name[i]), name[i]), *path = huse_fs_join(models, name[i]);
        if (!huse_fs_is_dir(model) && huse_fs_remove_tree(path, &err) != HUSE_OK)
            end = NULL; /* it takes little room */
        free(model);
        free(path);
    }
    huse_fs_free_names(name, n);
}

static void keep(const huse_engine *e, const placed *p, const float *y)
{
    char *path = file_of(e);
    if (path == NULL)
        return;
    const huse_key key = key_of(p);
    const huse_array a[] = { huse_array_2d("place", HUSE_F32, y, p->g.n, 2), huse_array_1d("key", HUSE_U8, key.byte, sizeof key.byte) };
    huse_err err;
    char *models = huse_fs_join(e->workspace, "models");
    if (huse_safetensors_write(path, a, HUSE_COUNT(a), &err) == HUSE_OK) /* else it is made again next time */
        remove_orphans(models);
    free(models);
    free(path);
}

/* ---- the map ---- */

huse_status huse_class_map_open(huse_engine *e, huse_class_map *out, huse_err *err)
{
    placed p;
    float share[2] = { 0 };
    HUSE_TRY(huse_engine_need_model(e, err));
    placed_init(&p, e);
    float *y = huse_xcalloc(2 * p.g.n + 2, sizeof *y);
    const bool large_enough = p.g.n >= HUSE_TSNE_LEAST && p.g.n <= HUSE_MAP_TSNE_MOST, kept = large_enough && read_kept(e, &p, y);
    huse_status s = kept ? HUSE_OK : pca_of(&p, y, share, err);
    if (s == HUSE_OK) {
        *out = map_of(&p, y, kept ? HUSE_MAP_TSNE : HUSE_MAP_PCA);
        memcpy(out->share, share, sizeof share);
        out->better = large_enough && !kept && share[0] > 0;
    }
    free(y);
    placed_fini(&p);
    return s;
}

void huse_class_map_free(huse_class_map *m)
{
    free(m->point);
    *m = (huse_class_map){ .n = 0 };
}

struct huse_map_work {
    huse_engine *e;
    placed       p;
    float       *start; /* (n,2) PCA */
    huse_tsne   *tsne;  /* made by the first step: it takes a while */
};

huse_map_work *huse_map_work_new(huse_engine *e)
{
    huse_map_work *w = huse_xcalloc(1, sizeof *w);
    float share[2];
    huse_err err;
    w->e = e;
    if (huse_engine_need_model(e, &err) != HUSE_OK) {
        free(w);
        return NULL;
    }
    placed_init(&w->p, e);
    w->start = huse_xcalloc(2 * w->p.g.n + 2, sizeof *w->start);
    if (w->p.g.n >= HUSE_TSNE_LEAST && w->p.g.n <= HUSE_MAP_TSNE_MOST && pca_of(&w->p, w->start, share, &err) == HUSE_OK && share[0] > 0)
        return w;
    huse_map_work_free(w);
    return NULL;
}

void huse_map_work_free(huse_map_work *w)
{
    if (w == NULL)
        return;
    huse_tsne_free(w->tsne);
    free(w->start);
    placed_fini(&w->p);
    free(w);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

bool huse_map_work_on(huse_map_work *w, int ms, volatile const int *stop)
{
    const double until = now_ms() + ms;
    huse_pool *pool = huse_engine_enter(w->e);
    if (w->tsne == NULL)
        w->tsne = huse_tsne_new(w->p.g.vector, w->p.g.n, w->p.g.m->D, w->start, pool);
    bool more = true;
    do
        more = huse_tsne_run(w->tsne, STEPS, pool, stop);
    while (more && now_ms() < until && !huse_stopped(stop));
    huse_engine_leave(w->e, pool);
    return more;
}

double huse_map_work_share(const huse_map_work *w)
{
    return w->tsne != NULL ? (double)huse_tsne_steps(w->tsne) / HUSE_TSNE_STEPS : 0;
}

void huse_map_work_take(huse_map_work *w, huse_class_map *out)
{
    const size_t n = w->p.g.n;
    float *y = huse_xcalloc(2 * n, sizeof *y);
    HUSE_ASSERT(w->tsne != NULL && huse_tsne_steps(w->tsne) == HUSE_TSNE_STEPS);
    huse_tsne_layout(w->tsne, y);
    normalise(y, n);
    turn_all(y, n, turn_between(y, w->start, n));
    keep(w->e, &w->p, y);
    *out = map_of(&w->p, y, HUSE_MAP_TSNE);
    free(y);
}

/* ---- the items of one class ---- */

#define DENSITY .6F /* what lies dense is spread: the distance from the middle to this power */

enum { TOWARDS = 6, ITEMS_MOST = 5000 };

/* Rows (*n,D) of an even sample of the class's items, at most @k. */
static float *rows_of(const huse_engine *e, int32_t node, size_t k, huse_map_item *item, size_t *n)
{
    const size_t D = e->model->D, first = e->below_from[node], last = e->below_from[node + 1];
    size_t all = 0, seen = 0;
    for (size_t i = first; i < last; i++)
        all += huse_engine_row(e, e->below[i]) != NULL;
    k = HUSE_MIN(all, k);
    float *rows = huse_xaligned((k + 1) * D * sizeof *rows);
    *n = 0;
    for (size_t i = first; i < last && *n < k; i++) {
        const float *row = huse_engine_row(e, e->below[i]);
        if (row == NULL || ++seen * k / all == *n)
            continue;
        memcpy(rows + *n * D, row, D * sizeof *row);
        item[(*n)++].item = (int32_t)e->below[i];
    }
    return rows;
}

/* Where the classes that are nearest to number @own lie: from it in the plane of @axes (2,D), and on the map. Returns how many. */
static size_t directions(const placed *p, const huse_class_map *map, size_t own, const float *axes, float from[2 * TOWARDS],
                         float to[2 * TOWARDS])
{
    const size_t D = p->g.m->D;
    const float *v = p->g.vector + own * D;
    huse_near *near = huse_xmalloc((p->g.n + 1) * sizeof *near);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < p->g.n; i++)
        if (i != own)
            near[n++] = (huse_near){ (uint32_t)i, huse_index_dot(p->g.vector + i * D, v, D) };
    n = huse_near_choose(near, n, TOWARDS);
    for (; kept < n; kept++) {
        const size_t at = near[kept].row;
        for (size_t k = 0; k < 2; k++) {
            const float *axis = axes + k * D;
            from[2 * kept + k] = huse_index_dot(p->g.vector + at * D, axis, D) - huse_index_dot(v, axis, D);
        }
        to[2 * kept] = map->point[at].x - map->point[own].x;
        to[2 * kept + 1] = map->point[at].y - map->point[own].y;
    }
    free(near);
    return kept;
}

/* Half the way to the nearest class that lies elsewhere. */
static float room_around(const huse_class_map *map, size_t own)
{
    float least = 1;
    for (size_t i = 0; i < map->n; i++) {
        const float far = hypotf(map->point[i].x - map->point[own].x, map->point[i].y - map->point[own].y);
        if (far > 1e-6F)
            least = fminf(least, far);
    }
    return least / 2;
}

static void spread(const huse_class_map *map, size_t own, const float *y, huse_map_item *item, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, hypotf(y[2 * i], y[2 * i + 1]));
    const float room = room_around(map, own);
    for (size_t i = 0; i < n; i++) {
        const float far = hypotf(y[2 * i], y[2 * i + 1]), scale = far > 0 ? room * powf(far / most, DENSITY) / far : 0;
        item[i].x = map->point[own].x + scale * y[2 * i];
        item[i].y = map->point[own].y + scale * y[2 * i + 1];
    }
}

static size_t number_of(const huse_class_map *map, int32_t node)
{
    size_t i = 0;
    while (i < map->n && map->point[i].node != node)
        i++;
    return i;
}

huse_status huse_class_map_items(huse_engine *e, const huse_class_map *map, int32_t node, size_t k, huse_map_item **out, size_t *n,
                                 huse_err *err)
{
    HUSE_TRY(huse_engine_need_model(e, err));
    const size_t own = number_of(map, node), D = e->model->D;
    placed p;
    placed_init(&p, e);
    if (own == map->n || map->n != p.g.n || p.node[own] != node) {
        placed_fini(&p);
        return huse_fail(err, HUSE_NOT_FOUND, "this class is not on the map");
    }
    k = HUSE_MIN(k, (size_t)ITEMS_MOST);
    huse_map_item *item = huse_xcalloc(k + 1, sizeof *item);
    float *rows = rows_of(e, node, k, item, n), *y = huse_xcalloc(2 * *n + 2, sizeof *y), *axes = huse_xaligned(2 * D * sizeof *axes);
    float share[2], from[2 * TOWARDS], to[2 * TOWARDS];
    huse_status s = huse_pca(rows, *n, D, 2, y, axes, share, err);
    if (s == HUSE_OK) {
        const size_t towards = directions(&p, map, own, axes, from, to);
        turn_all(y, *n, turn_between(from, to, towards));
        spread(map, own, y, item, *n);
        *out = item;
    } else {
        free(item);
    }
    free(rows);
    free(y);
    free(axes);
    placed_fini(&p);
    return s;
}
