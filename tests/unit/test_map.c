/* The map of the classes: principal axes, t-SNE, what is kept of it, the items around a class. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "huse/map.h"
#include "index/pca.h"
#include "index/tsne.h"
#include "plane_space.h"
#include "small_space.h"
#include "tmpdir.h"

static huse_err err;
static const huse_split all_train[3] = { HUSE_SPLIT_TRAIN, HUSE_SPLIT_TRAIN, HUSE_SPLIT_TRAIN };

static float *normals(size_t n, size_t d, uint64_t seed)
{
    huse_rng r;
    float *x = huse_xmalloc(n * d * sizeof *x);
    huse_rng_init(&r, seed, 7);
    for (size_t i = 0; i < n * d; i++)
        x[i] = (float)huse_rng_normal(&r);
    return x;
}

static double square(double x)
{
    return x * x;
}

static double distance2(const float *a, const float *b, size_t d)
{
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += square((double)a[c] - (double)b[c]);
    return sum;
}

/* Rank of j among the others by distance from i, from 1; ties by number. */
static size_t rank_of(const float *x, size_t n, size_t d, size_t i, size_t j)
{
    const double own = distance2(x + i * d, x + j * d, d);
    size_t rank = 1;
    for (size_t k = 0; k < n; k++) {
        const double far = distance2(x + i * d, x + k * d, d);
        rank += k != i && k != j && (far < own || (far == own && k < j));
    }
    return rank;
}

/* Venna and Kaski 2001: 1 when all @k neighbours in y are among those in x. */
static double trustworthiness(const float *x, size_t d, const float *y, size_t n, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (j == i || rank_of(y, n, 2, i, j) > k)
                continue;
            const size_t r = rank_of(x, n, d, i, j);
            sum += r > k ? (double)(r - k) : 0;
        }
    return 1 - 2 * sum / ((double)(n * k) * (2.0 * (double)n - 3.0 * (double)k - 1));
}

/* ---- principal axes ---- */

/* The variance along a unit direction, by brute force. */
static double variance_along(const float *x, size_t n, size_t d, const float *axis)
{
    double sum = 0, sum2 = 0;
    for (size_t i = 0; i < n; i++) {
        double at = 0;
        for (size_t c = 0; c < d; c++)
            at += (double)x[i * d + c] * (double)axis[c];
        sum += at;
        sum2 += at * at;
    }
    return sum2 - sum * sum / (double)n;
}

static void axes_are_the_directions_of_most_variance(size_t n, size_t d)
{
    float *x = normals(n, d, n), *y = huse_xmalloc(n * 2 * sizeof *y), *axes = huse_xmalloc(2 * d * sizeof *axes), share[2];
    for (size_t i = 0; i < n; i++) {
        x[i * d] = 3 * x[i * d] + 5;
        x[i * d + 1] *= 2;
    }
    assert_int_equal(huse_pca(x, n, d, 2, y, axes, share, &err), HUSE_OK);
    double total = 0, inner = 0;
    for (size_t c = 0; c < d; c++) {
        float unit[64] = { 0 };
        unit[c] = 1;
        total += variance_along(x, n, d, unit);
        inner += (double)axes[c] * (double)axes[d + c];
    }
    assert_true(fabs(inner) < 1e-6);
    for (size_t a = 0; a < 2; a++) {
        const double v = variance_along(x, n, d, axes + a * d);
        double sum2 = 0, sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)y[2 * i + a];
            sum2 += square((double)y[2 * i + a]);
        }
        assert_true(fabs(sum) < 1e-3);
        assert_true(fabs(sum2 - v) < 1e-4 * v);
        assert_true(fabs((double)share[a] - v / total) < 1e-5);
        huse_rng r; /* no direction at a right angle to the axes before has more */
        huse_rng_init(&r, 5, a);
        for (int tries = 0; tries < 200; tries++) {
            float other[64];
            double along = 0, length = 0;
            for (size_t c = 0; c < d; c++)
                other[c] = axes[a * d + c] + .3F * (float)huse_rng_normal(&r);
            for (size_t c = 0; c < d && a == 1; c++)
                along += (double)other[c] * (double)axes[c];
            for (size_t c = 0; c < d; c++) {
                other[c] -= (float)along * axes[c];
                length += square((double)other[c]);
            }
            for (size_t c = 0; c < d; c++)
                other[c] = (float)((double)other[c] / sqrt(length));
            assert_true(variance_along(x, n, d, other) <= v * (1 + 1e-6));
        }
    }
    free(x);
    free(y);
    free(axes);
}

static void pca_finds_the_axes_of_most_variance(void **state)
{
    (void)state;
    axes_are_the_directions_of_most_variance(200, 12); /* more rows than columns */
    axes_are_the_directions_of_most_variance(20, 40);  /* fewer */
    axes_are_the_directions_of_most_variance(3000, 6); /* more than are summed at a time */
}

static void pca_keeps_the_neighbours_of_a_plane_in_space(void **state)
{
    (void)state;
    enum { N = 300, D = 16 };
    float *flat = normals(N, 2, 3), *turn = normals(2, D, 4), *noise = normals(N, D, 9), *x = huse_xmalloc(N * D * sizeof *x), y[2 * N], share[2];
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < D; c++)
            x[i * D + c] = flat[2 * i] * turn[c] + flat[2 * i + 1] * turn[D + c] + .02F * noise[i * D + c];
    assert_int_equal(huse_pca(x, N, D, 2, y, NULL, share, &err), HUSE_OK);
    assert_true(trustworthiness(x, D, y, N, 10) >= .95);
    assert_true(share[0] + share[1] > .99F);
    float *scrambled = normals(N, 2, 77); /* the measure tells a map from none */
    assert_true(trustworthiness(x, D, scrambled, N, 10) < .7);
    free(flat);
    free(turn);
    free(noise);
    free(scrambled);
    free(x);
}

static void pca_of_little_or_nothing_is_a_point_or_a_line(void **state)
{
    (void)state;
    const float same[9] = { 1, 2, 3, 1, 2, 3, 1, 2, 3 }, two[6] = { 0, 0, 1, 0, 0, 3 };
    float y[6], share[2];
    assert_int_equal(huse_pca(same, 3, 3, 2, y, NULL, share, &err), HUSE_OK);
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(y[i]) < 1e-6F);
    assert_true(share[0] == 0 && share[1] == 0);
    assert_int_equal(huse_pca(two, 2, 3, 2, y, NULL, share, &err), HUSE_OK);
    assert_true(fabsf(fabsf(y[0] - y[2]) - 2) < 1e-6F && y[1] == 0 && y[3] == 0);
    assert_int_equal(huse_pca(two, 1, 3, 2, y, NULL, share, &err), HUSE_OK);
    assert_true(y[0] == 0 && y[1] == 0);
    assert_int_equal(huse_pca(two, 0, 3, 2, y, NULL, share, &err), HUSE_OK);
}

static void pca_refuses_what_is_no_number(void **state)
{
    (void)state;
    float x[6] = { 0, 1, 2, NAN, 4, 5 }, y[4] = { 9, 9, 9, 9 }, share[2] = { 9, 9 };
    assert_int_equal(huse_pca(x, 2, 3, 2, y, NULL, share, &err), HUSE_FAILED);
    x[3] = INFINITY;
    assert_int_equal(huse_pca(x, 2, 3, 2, y, NULL, share, &err), HUSE_FAILED);
    assert_true(y[0] == 9 && share[0] == 9);
}

/* ---- t-SNE ---- */

enum { CLUSTERS = 6, EACH = 15, POINTS = CLUSTERS * EACH, WIDTH = 20 };

/* Clusters far apart in many dimensions, of which two axes cannot show all. */
static float *clusters(void)
{
    float *x = normals(POINTS, WIDTH, 21), *middle = normals(CLUSTERS, WIDTH, 22);
    for (size_t i = 0; i < POINTS; i++)
        for (size_t c = 0; c < WIDTH; c++)
            x[i * WIDTH + c] = .15F * x[i * WIDTH + c] + middle[i % CLUSTERS * WIDTH + c];
    free(middle);
    return x;
}

static void layout_of(const float *x, huse_pool *pool, int slice, float *y)
{
    float start[2 * POINTS], share[2];
    assert_int_equal(huse_pca(x, POINTS, WIDTH, 2, start, NULL, share, &err), HUSE_OK);
    huse_tsne *t = huse_tsne_new(x, POINTS, WIDTH, start, pool);
    while (huse_tsne_run(t, slice, pool, NULL))
        ;
    assert_int_equal(huse_tsne_steps(t), HUSE_TSNE_STEPS);
    huse_tsne_layout(t, y);
    huse_tsne_free(t);
}

static void tsne_separates_clusters(void **state)
{
    (void)state;
    float *x = clusters(), y[2 * POINTS];
    layout_of(x, NULL, 100, y);
    for (size_t i = 0; i < POINTS; i++) {
        size_t own = 0;
        for (size_t j = 0; j < POINTS; j++)
            own += j != i && j % CLUSTERS == i % CLUSTERS && rank_of(y, POINTS, 2, i, j) < EACH;
        assert_true(isfinite(y[2 * i]) && isfinite(y[2 * i + 1]));
        assert_int_equal(own, EACH - 1); /* the nearest of each are those of its cluster, all of them */
    }
    assert_true(trustworthiness(x, WIDTH, y, POINTS, 7) >= .9);
    free(x);
}

static void tsne_comes_out_the_same_however_it_is_made(void **state)
{
    (void)state;
    float *x = clusters(), a[2 * POINTS], b[2 * POINTS];
    huse_pool *pool = huse_pool_new(3);
    layout_of(x, NULL, 1000, a);
    layout_of(x, pool, 7, b);
    assert_memory_equal(a, b, sizeof a);
    huse_pool_free(pool);
    free(x);
}

static void all_instruction_sets_give_the_same_forces(void **state)
{
    (void)state;
    enum { N = 64 };
    if (!__builtin_cpu_supports("avx2"))
        skip();
    float *p = normals(1, N, 1), *x = normals(1, N, 2), *y = normals(1, N, 3);
    for (size_t i = 0; i < N; i++) {
        const huse_tsne_force a = huse_tsne_row_portable(p, x, y, N, i), b = huse_tsne_row_avx2(p, x, y, N, i);
        assert_memory_equal(&a, &b, sizeof a);
    }
    free(p);
    free(x);
    free(y);
}

static void tsne_of_equal_rows_stays_finite(void **state)
{
    (void)state;
    float x[8 * 3], start[16] = { 0 }, y[16];
    for (size_t i = 0; i < 24; i++)
        x[i] = i < 12 ? 1 : (float)(i % 3);
    huse_tsne *t = huse_tsne_new(x, 8, 3, start, NULL);
    assert_false(huse_tsne_run(t, HUSE_TSNE_STEPS, NULL, NULL));
    huse_tsne_layout(t, y);
    for (size_t i = 0; i < 16; i++)
        assert_true(isfinite(y[i]));
    huse_tsne_free(t);
}

static void tsne_stops_when_it_is_told_to(void **state)
{
    (void)state;
    float *x = clusters(), start[2 * POINTS] = { 0 };
    volatile int stop = 1;
    huse_tsne *t = huse_tsne_new(x, POINTS, WIDTH, start, NULL);
    assert_true(huse_tsne_run(t, 10, NULL, &stop));
    assert_int_equal(huse_tsne_steps(t), 0);
    huse_tsne_free(t);
    free(x);
}

/* ---- the map of a model ---- */

static void the_map_holds_every_class_with_a_vector(void **state)
{
    (void)state;
    small_space *s = small_space_new(NULL);
    huse_class_map m;
    assert_int_equal(huse_class_map_open(s->engine, &m, &err), HUSE_OK);
    assert_int_equal(m.kind, HUSE_MAP_PCA);
    assert_int_equal(m.n, SMALL_CLASSES);
    assert_false(m.better); /* too few for a t-SNE */
    assert_null(huse_map_work_new(s->engine));
    double far = 0, mean[2] = { 0 };
    size_t n;
    const huse_node *node = huse_engine_tree(s->engine, &n);
    for (size_t i = 0; i < m.n; i++) {
        assert_true(node[m.point[i].node].cls >= 0);
        assert_true(i == 0 || m.point[i].node > m.point[i - 1].node);
        far = fmax(far, hypot((double)m.point[i].x, (double)m.point[i].y));
        mean[0] += (double)m.point[i].x;
        mean[1] += (double)m.point[i].y;
    }
    assert_true(fabs(far - 1) < 1e-5 && fabs(mean[0]) < 1e-5 && fabs(mean[1]) < 1e-5);
    assert_true(m.share[0] >= m.share[1] && m.share[0] + m.share[1] <= 1.0001F);
    huse_class_map_free(&m);
    small_space_free(s);
}

static void a_map_of_few_classes_or_none_is_a_map(void **state)
{
    (void)state;
    for (size_t K = 1; K <= 3; K++) {
        plane *p = plane_new(40, K, 0, all_train);
        huse_class_map m;
        assert_int_equal(huse_class_map_open(p->engine, &m, &err), HUSE_OK);
        assert_int_equal(m.n, K);
        for (size_t i = 0; i < K; i++)
            assert_true(fabsf(m.point[i].x) <= 1.0001F && fabsf(m.point[i].y) <= 1.0001F);
        huse_map_item *item;
        size_t n;
        assert_int_equal(huse_class_map_items(p->engine, &m, m.point[0].node, 100, &item, &n, &err), HUSE_OK);
        assert_true(n > 0);
        free(item);
        huse_class_map_free(&m);
        plane_free(p);
    }
}

static void classes_without_a_usable_vector_are_left_out(void **state)
{
    (void)state;
    plane *p = plane_new(200, 12, 0, all_train);
    float *v = (float *)(uintptr_t)p->model.node_vector;
    const int32_t a = p->model.tree->node_of[3], b = p->model.tree->node_of[7];
    for (size_t c = 0; c < WIDE; c++) {
        v[(size_t)a * WIDE + c] = 0;
        v[(size_t)b * WIDE + c] = NAN;
    }
    huse_class_map m;
    assert_int_equal(huse_class_map_open(p->engine, &m, &err), HUSE_OK);
    assert_int_equal(m.n, 10);
    huse_class_map_free(&m);
    plane_free(p);
}

static void equal_vectors_lie_on_one_place(void **state)
{
    (void)state;
    plane *p = plane_new(200, 12, 0, all_train);
    float *v = (float *)(uintptr_t)p->model.node_vector;
    for (size_t k = 1; k < 12; k++)
        memcpy(v + (size_t)p->model.tree->node_of[k] * WIDE, v + (size_t)p->model.tree->node_of[0] * WIDE, WIDE * sizeof *v);
    huse_class_map m;
    assert_int_equal(huse_class_map_open(p->engine, &m, &err), HUSE_OK);
    assert_int_equal(m.n, 12);
    assert_false(m.better);
    for (size_t i = 0; i < m.n; i++)
        assert_true(m.point[i].x == 0 && m.point[i].y == 0);
    huse_class_map_free(&m);
    plane_free(p);
}

static void finish(huse_engine *e, huse_class_map *m)
{
    huse_map_work *w = huse_map_work_new(e);
    assert_non_null(w);
    while (huse_map_work_on(w, 50, NULL))
        assert_true(huse_map_work_share(w) < 1);
    huse_map_work_take(w, m);
    huse_map_work_free(w);
}

/* A plane whose engine has a workspace, so that its map is kept. */
typedef struct kept {
    plane *p;
    char  *dir, *file;
    huse_class_map map;
} kept;

static kept make_kept(void)
{
    kept k = { .p = plane_new(300, 30, 0, all_train), .dir = tmpdir_make() };
    char *models = huse_fs_join(k.dir, "models/plane");
    assert_int_equal(huse_fs_mkdirs(models, &err), HUSE_OK);
    free(models);
    free(k.p->engine->workspace);
    k.p->engine->workspace = huse_xstrdup(k.dir);
    k.file = huse_fs_join(k.dir, "models/plane.map.safetensors");
    finish(k.p->engine, &k.map);
    return k;
}

static void free_kept(kept *k)
{
    huse_class_map_free(&k->map);
    plane_free(k->p);
    tmpdir_remove(k->dir);
    free(k->file);
}

static void expect_kept(const kept *k, bool is)
{
    huse_class_map m;
    assert_int_equal(huse_class_map_open(k->p->engine, &m, &err), HUSE_OK);
    assert_int_equal(m.kind, is ? HUSE_MAP_TSNE : HUSE_MAP_PCA);
    assert_int_equal(m.better, !is);
    assert_int_equal(m.n, k->map.n);
    if (is)
        assert_memory_equal(m.point, k->map.point, m.n * sizeof *m.point);
    huse_class_map_free(&m);
}

static void the_tsne_is_kept_beside_the_model(void **state)
{
    (void)state;
    kept k = make_kept();
    assert_true(huse_fs_exists(k.file));
    assert_int_equal(k.map.kind, HUSE_MAP_TSNE);
    expect_kept(&k, true);
    free_kept(&k);
}

static void a_damaged_or_foreign_file_is_not_believed(void **state)
{
    (void)state;
    kept k = make_kept();
    char *data;
    size_t n;
    assert_int_equal(huse_fs_read(k.file, 1 << 20, &data, &n, &err), HUSE_OK);
    for (size_t cut = 0; cut < n; cut += n / 7) {
        assert_int_equal(huse_fs_write_atomic(k.file, data, cut, &err), HUSE_OK);
        expect_kept(&k, false);
    }
    for (size_t i = 0; i < 8; i++) /* a length of the header that reaches far beyond the file */
        data[i] ^= (char)0x5a;
    assert_int_equal(huse_fs_write_atomic(k.file, data, n, &err), HUSE_OK);
    expect_kept(&k, false);
    for (size_t i = 0; i < 8; i++)
        data[i] ^= (char)0x5a;
    assert_int_equal(huse_fs_write_atomic(k.file, data, n, &err), HUSE_OK);
    expect_kept(&k, true);
    free(data);
    float *v = (float *)(uintptr_t)k.p->model.node_vector; /* another model under the same name */
    v[(size_t)k.p->model.tree->node_of[4] * WIDE] += .01F;
    expect_kept(&k, false);
    free_kept(&k);
}

static void places_that_are_no_numbers_are_not_believed(void **state)
{
    (void)state;
    kept k = make_kept();
    huse_safetensors *st;
    assert_int_equal(huse_safetensors_open(&st, k.file, &err), HUSE_OK);
    float place[60];
    uint8_t key[32];
    memcpy(place, huse_safetensors_find(st, "place")->data, sizeof place);
    memcpy(key, huse_safetensors_find(st, "key")->data, sizeof key);
    huse_safetensors_close(st);
    const float bad[] = { NAN, INFINITY, 7 };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        place[11] = bad[i];
        const huse_array a[] = { huse_array_2d("place", HUSE_F32, place, 30, 2), huse_array_1d("key", HUSE_U8, key, sizeof key) };
        assert_int_equal(huse_safetensors_write(k.file, a, 2, &err), HUSE_OK);
        expect_kept(&k, false);
    }
    free_kept(&k);
}

static void maps_of_models_that_are_gone_are_removed(void **state)
{
    (void)state;
    kept k = make_kept();
    char *orphan = huse_fs_join(k.dir, "models/gone.map.safetensors"), *other = huse_fs_join(k.dir, "models/notes.txt");
    assert_int_equal(huse_fs_write_atomic(orphan, "x", 1, &err), HUSE_OK);
    assert_int_equal(huse_fs_write_atomic(other, "x", 1, &err), HUSE_OK);
    huse_class_map m;
    finish(k.p->engine, &m);
    assert_false(huse_fs_exists(orphan));
    assert_true(huse_fs_exists(other) && huse_fs_exists(k.file));
    huse_class_map_free(&m);
    free(orphan);
    free(other);
    free_kept(&k);
}

static void a_map_that_cannot_be_kept_is_shown_all_the_same(void **state)
{
    (void)state;
    kept k = make_kept();
    huse_class_map m;
    free(k.p->engine->workspace);
    k.p->engine->workspace = huse_xstrdup("/dev/null/nowhere");
    finish(k.p->engine, &m);
    assert_int_equal(m.n, 30);
    assert_memory_equal(m.point, k.map.point, m.n * sizeof *m.point);
    huse_class_map_free(&m);
    free_kept(&k);
}

static void items_lie_around_their_class(void **state)
{
    (void)state;
    plane *p = plane_new(3000, 30, 0, all_train);
    huse_class_map m;
    assert_int_equal(huse_class_map_open(p->engine, &m, &err), HUSE_OK);
    for (size_t at = 0; at < m.n; at += 7) {
        huse_map_item *item;
        size_t n, nodes;
        double room = 2;
        const huse_node *node = huse_engine_tree(p->engine, &nodes);
        assert_int_equal(huse_class_map_items(p->engine, &m, m.point[at].node, 20, &item, &n, &err), HUSE_OK);
        assert_int_equal(n, 20);
        for (size_t i = 0; i < m.n; i++)
            if (i != at)
                room = fmin(room, hypot((double)(m.point[i].x - m.point[at].x), (double)(m.point[i].y - m.point[at].y)));
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p->items.item[item[i].item].cls, node[m.point[at].node].cls);
            assert_true(i == 0 || item[i].item > item[i - 1].item);
            assert_true(hypot((double)(item[i].x - m.point[at].x), (double)(item[i].y - m.point[at].y)) <= room / 2 + 1e-5);
        }
        free(item);
    }
    huse_map_item *none;
    size_t n;
    assert_int_equal(huse_class_map_items(p->engine, &m, 0, 20, &none, &n, &err), HUSE_NOT_FOUND);
    huse_class_map_free(&m);
    plane_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pca_finds_the_axes_of_most_variance),
        cmocka_unit_test(pca_keeps_the_neighbours_of_a_plane_in_space),
        cmocka_unit_test(pca_of_little_or_nothing_is_a_point_or_a_line),
        cmocka_unit_test(pca_refuses_what_is_no_number),
        cmocka_unit_test(tsne_separates_clusters),
        cmocka_unit_test(tsne_comes_out_the_same_however_it_is_made),
        cmocka_unit_test(all_instruction_sets_give_the_same_forces),
        cmocka_unit_test(tsne_of_equal_rows_stays_finite),
        cmocka_unit_test(tsne_stops_when_it_is_told_to),
        cmocka_unit_test(the_map_holds_every_class_with_a_vector),
        cmocka_unit_test(a_map_of_few_classes_or_none_is_a_map),
        cmocka_unit_test(classes_without_a_usable_vector_are_left_out),
        cmocka_unit_test(equal_vectors_lie_on_one_place),
        cmocka_unit_test(the_tsne_is_kept_beside_the_model),
        cmocka_unit_test(a_damaged_or_foreign_file_is_not_believed),
        cmocka_unit_test(places_that_are_no_numbers_are_not_believed),
        cmocka_unit_test(maps_of_models_that_are_gone_are_removed),
        cmocka_unit_test(a_map_that_cannot_be_kept_is_shown_all_the_same),
        cmocka_unit_test(items_lie_around_their_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
