/* The class tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "data/taxonomy.h"
#include "golden_metrics.h"

static void nodes_are_in_pre_order_with_siblings_in_byte_order(void **state)
{
    (void)state;
    const char *path[] = {"B", "A/b c/x", "A/b/y", "A/b", "A-z", "A/B"};
    huse_taxonomy *t = huse_taxonomy_new(path, HUSE_COUNT(path));
    const char *want[] = {"", "A", "A/B", "A/b", "A/b/y", "A/b c", "A/b c/x", "A-z", "B"};
    const char *name[] = {"", "A", "B", "b", "y", "b c", "x", "A-z", "B"};
    const int32_t parent[] = {-1, 0, 1, 1, 3, 1, 5, 0, 0}, height[] = {3, 2, 0, 1, 0, 1, 0, 0, 0};
    const int32_t end[] = {9, 7, 3, 5, 5, 7, 7, 8, 9}, cls[] = {-1, -1, 5, 3, 2, -1, 1, 4, 0};
    assert_int_equal(t->n, HUSE_COUNT(want));
    for (size_t i = 0; i < t->n; i++) {
        assert_string_equal(t->path[i], want[i]);
        assert_string_equal(t->name[i], name[i]);
        assert_int_equal(t->parent[i], parent[i]);
        assert_int_equal(t->height[i], height[i]);
        assert_int_equal(t->end[i], end[i]);
        assert_int_equal(t->cls[i], cls[i]);
        assert_int_equal(huse_taxonomy_find(t, want[i]), i);
        assert_int_equal(t->depth[i], i ? t->depth[t->parent[i]] + 1 : 0);
    }
    for (size_t c = 0; c < HUSE_COUNT(path); c++)
        assert_string_equal(t->path[t->node_of[c]], path[c]);
    assert_int_equal(huse_taxonomy_find(t, "A/"), -1);
    assert_int_equal(huse_taxonomy_find(t, "A/b/z"), -1);
    huse_taxonomy_free(t);
}

static void a_node_is_below_itself_and_its_ancestors_only(void **state)
{
    (void)state;
    const char *path[] = {"A/b/c", "A/b", "A/d", "E"};
    huse_taxonomy *t = huse_taxonomy_new(path, HUSE_COUNT(path));
    for (int32_t i = 0; i < (int32_t)t->n; i++) {
        for (int32_t j = 0; j < (int32_t)t->n; j++) {
            int32_t up = i;
            while (up >= 0 && up != j)
                up = t->parent[up];
            assert_int_equal(huse_taxonomy_below(t, i, j), up == j);
        }
    }
    assert_string_equal(t->path[huse_taxonomy_lca(t, t->node_of[0], t->node_of[2])], "A");
    assert_int_equal(huse_taxonomy_lca(t, t->node_of[0], t->node_of[3]), 0);
    assert_int_equal(huse_taxonomy_distance(t, t->node_of[0], t->node_of[1]), 1);
    assert_int_equal(huse_taxonomy_distance(t, t->node_of[0], t->node_of[3]), 4);
    huse_taxonomy_free(t);
}

static void trees_of_no_class_and_of_odd_paths_are_trees(void **state)
{
    (void)state;
    huse_taxonomy *t = huse_taxonomy_new(NULL, 0);
    assert_int_equal(t->n, 1);
    assert_int_equal(t->height[0], 0);
    huse_taxonomy_free(t);
    const char *odd[] = {"", "/", "//", "a//b", "a/", "/a", "a", "a", "\xff/\x01"};
    t = huse_taxonomy_new(odd, HUSE_COUNT(odd));
    for (size_t i = 1; i < t->n; i++)
        assert_true(t->parent[i] >= 0 && (size_t)t->parent[i] < i);
    assert_int_equal(t->node_of[6], t->node_of[7]);
    assert_int_equal(t->cls[t->node_of[6]], 6);
    huse_taxonomy_free(t);
}

static void a_deep_chain_does_not_recurse_or_overflow(void **state)
{
    (void)state;
    enum { DEEP = 5000 };
    char *path = huse_xcalloc(2 * DEEP, 1);
    memset(path, '/', 2 * DEEP - 1);
    for (size_t i = 0; i < DEEP; i++)
        path[2 * i] = 'a';
    huse_taxonomy *t = huse_taxonomy_new((const char *const *)&path, 1);
    assert_int_equal(t->n, DEEP + 1);
    assert_int_equal(t->height[0], DEEP);
    huse_taxonomy_free(t);
    free(path);
}

static void distances_equal_the_reference(void **state)
{
    (void)state;
    json_t *x = golden_json("metrics/expected.json"), *h = json_object_get(x, "hierarchy");
    if (!h)
        skip();
    json_t *paths = json_object_get(h, "paths"), *distance = json_object_get(h, "distance");
    size_t k = json_array_size(paths);
    const char **path = huse_xcalloc(k, sizeof *path);
    for (size_t i = 0; i < k; i++)
        path[i] = json_string_value(json_array_get(paths, i));
    huse_taxonomy *t = huse_taxonomy_new(path, k);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            json_t *want = json_array_get(json_array_get(distance, i), j);
            assert_int_equal(huse_taxonomy_distance(t, t->node_of[i], t->node_of[j]),
                             json_integer_value(want));
        }
    }
    huse_taxonomy_free(t);
    free(path);
    json_decref(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_in_pre_order_with_siblings_in_byte_order),
        cmocka_unit_test(a_node_is_below_itself_and_its_ancestors_only),
        cmocka_unit_test(trees_of_no_class_and_of_odd_paths_are_trees),
        cmocka_unit_test(a_deep_chain_does_not_recurse_or_overflow),
        cmocka_unit_test(distances_equal_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
