/* The engine side of browsing, against brute force: tree, figures, members, an item's surroundings, completion, disagreements. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "eval/metrics.h"
#include "huse/browse.h"
#include "plane_space.h"
#include "trained_space.h"

static bool below(const char *path, const char *node)
{
    size_t n = strlen(node);
    return n == 0 || (strncmp(path, node, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

static const huse_split thirds[3] = { HUSE_SPLIT_TRAIN, HUSE_SPLIT_VAL, HUSE_SPLIT_TEST };

/* ---- the tree ---- */

static void the_tree_counts_every_item_in_all_its_ancestors(void **state)
{
    (void)state;
    size_t n;
    const huse_node *node = huse_engine_tree(space->engine, &n);
    assert_int_equal(n, 8); /* root, Clothes, Dresses, Shirts, Shirts/Shirts, Shoes, Sandals, Toys */
    for (size_t i = 0; i < n; i++) {
        size_t items = 0, inside = 0;
        for (size_t k = 0; k < SMALL_ITEMS; k++)
            items += space->items.item[k].cls >= 0 && below(small_class[space->items.item[k].cls], node[i].path);
        for (size_t k = 0; k < n; k++)
            inside += below(node[k].path, node[i].path);
        assert_int_equal(node[i].items, items);
        assert_int_equal(node[i].end, (int32_t)(i + inside));
        assert_int_equal(huse_node_find(space->engine, node[i].path), (int32_t)i);
        if (i > 0) {
            const huse_node *up = &node[node[i].parent];
            assert_true(node[i].parent < (int32_t)i && below(node[i].path, up->path));
            assert_int_equal(node[i].depth, up->depth + 1);
        }
        if (node[i].cls >= 0) {
            assert_string_equal(small_class[node[i].cls], node[i].path);
            assert_int_equal(huse_node_of_class(space->engine, node[i].cls), (int32_t)i);
        }
    }
    assert_string_equal(node[0].path, "");
    assert_int_equal(node[0].items, SMALL_ITEMS - 1);
    assert_int_equal(huse_node_find(space->engine, "Cloth"), -1);
    assert_int_equal(huse_node_of_class(space->engine, -1), -1);
    int32_t shirts = huse_node_find(space->engine, "Clothes/Shirts/Shirts");
    assert_int_equal(huse_tree_distance(space->engine, shirts, huse_node_find(space->engine, "Clothes/Dresses")), 3);
    assert_int_equal(huse_tree_distance(space->engine, shirts, huse_node_find(space->engine, "Toys")), 4);
    assert_int_equal(huse_tree_distance(space->engine, shirts, shirts), 0);
}

/* ---- figures ---- */

static const float *row(const huse_model *m, int t, size_t item)
{
    const int32_t *of = t ? m->text_item : m->image_item;
    for (size_t r = 0; r < (t ? m->n_texts : m->n_images); r++)
        if (of[r] == (int32_t)item)
            return (t ? m->text_row : m->image_row) + r * m->D;
    return NULL;
}

static double product(const float *a, const float *b, size_t d)
{
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += (double)a[c] * (double)b[c];
    return sum;
}

/* What one query scores in one direction, NAN where nothing is relevant; model items are the catalogue's, moved by @shift. */
static double score_of(const huse_model *m, const huse_items *items, size_t shift, huse_split split, size_t query, int from, int to)
{
    const float *q = row(m, from, query + shift);
    long long best = LLONG_MIN;
    double tied = 0, right = 0, relevant = 0;
    if (q == NULL)
        return (double)NAN;
    for (size_t i = 0; i < items->n; i++) {
        const float *c = row(m, to, i + shift);
        if (items->item[i].split != split || items->item[i].cls < 0 || c == NULL || (from == to && i == query))
            continue;
        bool same = items->item[i].cls == items->item[query].cls;
        long long key = llrint(product(q, c, m->D) * 1e6);
        relevant += same;
        if (key > best)
            tied = right = 0;
        best = key > best ? key : best;
        tied += key == best;
        right += key == best && same;
    }
    return relevant > 0 ? right / tied : (double)NAN;
}

static void check_figures(huse_engine *e, const huse_model *m, const huse_items *items, size_t shift, const huse_figures *f)
{
    size_t n;
    const huse_node *node = huse_engine_tree(e, &n);
    double *score = huse_xcalloc(items->n * 4, sizeof *score);
    float *p = huse_xaligned((m->K + 1) * sizeof *p);
    for (size_t i = 0; i < items->n; i++)
        for (int d = 0; d < 4; d++)
            score[i * 4 + (size_t)d] = items->item[i].split == f->split && items->item[i].cls >= 0
                                           ? score_of(m, items, shift, f->split, i, d / 2, d % 2)
                                           : (double)NAN;
    assert_int_equal(f->n, n);
    for (size_t k = 0; k < n; k++) {
        double sum[4] = { 0 }, mean = 0, right[2] = { 0 };
        uint32_t asked[4] = { 0 }, directions = 0, queries = 0, classified[2] = { 0 };
        for (size_t i = 0; i < items->n; i++) {
            const huse_item *it = &items->item[i];
            if (it->cls < 0 || it->split != f->split || !below(items->class_path[it->cls], node[k].path))
                continue;
            bool any = false;
            for (int d = 0; d < 4; d++) {
                double x = score[i * 4 + (size_t)d];
                any = any || !isnan(x);
                sum[d] += isnan(x) ? 0 : x;
                asked[d] += isnan(x) ? 0 : 1;
            }
            queries += any;
            for (int t = 0; t < 2; t++) {
                const float *x = row(m, t, i + shift);
                if (x == NULL)
                    continue;
                size_t best = 0;
                huse_model_classify(m, NULL, x, 1, t == 0, p);
                for (size_t c = 1; c < m->K; c++)
                    best = p[c] > p[best] ? c : best;
                classified[t]++;
                right[t] += strcmp(m->class_path[best], items->class_path[it->cls]) == 0;
            }
        }
        for (int d = 0; d < 4; d++) {
            mean += asked[d] > 0 ? sum[d] / asked[d] : 0;
            directions += asked[d] > 0;
        }
        const huse_node_figure *x = &f->node[k];
        assert_int_equal(x->queries, queries);
        assert_int_equal(x->images, classified[0]);
        assert_int_equal(x->texts, classified[1]);
        assert_int_equal(isnan(x->r1), directions == 0);
        assert_true(directions == 0 || fabs((double)x->r1 - mean / directions) < 1e-6);
        assert_true(classified[0] == 0 ? isnan(x->accuracy_image) : fabs((double)x->accuracy_image - right[0] / classified[0]) < 1e-6);
        assert_true(classified[1] == 0 ? isnan(x->accuracy_text) : fabs((double)x->accuracy_text - right[1] / classified[1]) < 1e-6);
    }
    free(score);
    free(p);
}

/* Mean of the four R@1 as an evaluation has them. */
static double evaluated(const huse_model *m, const huse_items *items, huse_split split)
{
    huse_eval_set s = { .d = m->D, .tree = m->tree };
    float *rows[2];
    bool *has[2];
    int32_t *cls = huse_xcalloc(items->n, sizeof *cls);
    for (int t = 0; t < 2; t++) {
        rows[t] = huse_xaligned(items->n * m->D * sizeof(float));
        has[t] = huse_xcalloc(items->n, sizeof(bool));
    }
    for (size_t i = 0; i < items->n; i++) {
        if (items->item[i].split != split)
            continue;
        cls[s.n] = items->item[i].cls;
        for (int t = 0; t < 2; t++) {
            const float *x = row(m, t, i);
            has[t][s.n] = x != NULL;
            if (x != NULL)
                memcpy(rows[t] + s.n * m->D, x, m->D * sizeof *x);
        }
        s.n++;
    }
    s.image = rows[0];
    s.text = rows[1];
    s.has_image = has[0];
    s.has_text = has[1];
    s.cls = cls;
    huse_retrieval out[HUSE_TASKS];
    huse_retrieval_options opt = { .only_r1 = true };
    double sum = 0;
    huse_eval_retrieval(NULL, &s, &opt, out);
    for (int t = 0; t < 4; t++) {
        sum += out[t].mean[HUSE_R1];
        huse_retrieval_free(&out[t]);
    }
    for (int t = 0; t < 2; t++) {
        free(rows[t]);
        free(has[t]);
    }
    free(cls);
    return sum / 4;
}

static void figures_of_every_node_are_those_of_the_definition(void **state)
{
    (void)state;
    huse_figures f;
    assert_int_equal(huse_tree_figures(space->engine, NULL, &f, &err), HUSE_OK);
    assert_int_equal(f.split, HUSE_SPLIT_TEST);
    assert_false(f.sampled);
    assert_int_equal(f.items, 26); /* of 27; the 69th has neither picture nor text */
    assert_int_equal(f.asked, 26);
    check_figures(space->engine, &space->model, &space->items, 1, &f);
    huse_figures_free(&f);
}

static void ties_count_by_chance_as_in_an_evaluation(void **state)
{
    (void)state;
    plane *s = plane_new(600, 12, 24, thirds);
    huse_figures f;
    assert_int_equal(huse_tree_figures(s->engine, NULL, &f, &err), HUSE_OK);
    check_figures(s->engine, &s->model, &s->items, 0, &f);
    double want = evaluated(&s->model, &s->items, HUSE_SPLIT_TEST);
    assert_true(want > .01 && want < .5);
    assert_true(fabs((double)f.node[0].r1 - want) < 1e-6);
    huse_figures_free(&f);
    plane_free(s);
}

static void figures_fall_back_to_validation_and_to_all(void **state)
{
    (void)state;
    static const huse_split val[3] = { HUSE_SPLIT_TRAIN, HUSE_SPLIT_VAL, HUSE_SPLIT_NONE }, none[3] = { 0 };
    plane *s = plane_new(90, 4, 0, val);
    huse_figures f;
    assert_int_equal(huse_tree_figures(s->engine, NULL, &f, &err), HUSE_OK);
    assert_int_equal(f.split, HUSE_SPLIT_VAL);
    check_figures(s->engine, &s->model, &s->items, 0, &f);
    huse_figures_free(&f);
    plane_free(s);
    s = plane_new(5, 4, 0, none);
    assert_int_equal(huse_tree_figures(s->engine, NULL, &f, &err), HUSE_OK);
    assert_int_equal(f.split, HUSE_SPLIT_NONE);
    check_figures(s->engine, &s->model, &s->items, 0, &f);
    huse_figures_free(&f);
    plane_free(s);
}

static void many_items_are_sampled_evenly(void **state)
{
    (void)state;
    static const huse_split test[3] = { HUSE_SPLIT_TEST, HUSE_SPLIT_TEST, HUSE_SPLIT_TEST };
    plane *s = plane_new(70000, 30, 0, test);
    size_t without = 70000 / 35; /* neither image nor text */
    huse_figures f;
    assert_int_equal(huse_tree_figures(s->engine, NULL, &f, &err), HUSE_OK);
    assert_true(f.sampled);
    assert_int_equal(f.items, 70000 - without);
    assert_true(f.looked_at > 4500 && f.looked_at <= 5000);
    assert_true(f.asked >= 256 && f.asked <= f.looked_at);
    assert_int_equal(f.node[0].queries, f.asked);
    size_t n;
    const huse_node *node = huse_engine_tree(s->engine, &n);
    for (size_t i = 1; i < n; i++) { /* every node is asked by its share */
        double share = (double)node[i].items / 70000 * (double)f.looked_at * 4 / 5;
        assert_true(fabs((double)f.node[i].images - share) < .25 * share + 3);
    }
    huse_figures_free(&f);
    huse_members m;
    for (huse_member_kind kind = HUSE_MEMBER_TYPICAL; kind <= HUSE_MEMBER_FAR; kind++) {
        assert_int_equal(huse_node_members(s->engine, 0, kind, 10, 0, NULL, &m, &err), HUSE_OK);
        assert_true(m.sampled);
        assert_int_equal(m.items, 70000 - without);
        assert_true(m.looked_at > 30000 && m.looked_at <= 50000);
        assert_int_equal(m.n, 10);
        huse_members_free(&m);
    }
    int stop = 1;
    assert_int_equal(huse_tree_figures(s->engine, &stop, &f, &err), HUSE_INTERRUPTED);
    for (huse_member_kind kind = HUSE_MEMBER_TYPICAL; kind <= HUSE_MEMBER_FAR; kind++)
        assert_int_equal(huse_node_members(s->engine, 0, kind, 10, 0, &stop, &m, &err), HUSE_INTERRUPTED);
    plane_free(s);
}

/* ---- members ---- */

static const float *own_row(size_t item)
{
    const float *x = row(&space->model, 0, item + 1);
    return x != NULL ? x : row(&space->model, 1, item + 1);
}

static const float *vector_of(const char *path)
{
    return space->model.node_vector + huse_taxonomy_find(space->model.tree, path) * SMALL_D;
}

static void typical_and_far_members_are_ranked_by_cosine(void **state)
{
    (void)state;
    size_t n;
    const huse_node *node = huse_engine_tree(space->engine, &n);
    for (size_t k = 0; k < n; k++)
        for (int far = 0; far < 2; far++) {
            huse_members m, part;
            huse_member_kind kind = far ? HUSE_MEMBER_FAR : HUSE_MEMBER_TYPICAL;
            assert_int_equal(huse_node_members(space->engine, (int32_t)k, kind, SIZE_MAX, 0, NULL, &m, &err), HUSE_OK);
            size_t want = 0;
            for (size_t i = 0; i < SMALL_ITEMS; i++)
                want += space->items.item[i].cls >= 0 && below(small_class[space->items.item[i].cls], node[k].path) && own_row(i) != NULL;
            assert_int_equal(m.n, want);
            assert_int_equal(m.total, want);
            assert_int_equal(m.items, want);
            assert_int_equal(m.looked_at, want);
            assert_false(m.sampled);
            assert_int_equal(m.n_confusions, 0);
            for (size_t i = 0; i < m.n; i++) {
                const huse_member *x = &m.member[i];
                const float *v = vector_of(far ? small_class[x->cls] : node[k].path);
                assert_int_equal(x->cls, space->items.item[x->item].cls);
                assert_true(below(small_class[x->cls], node[k].path));
                assert_true(fabs((double)x->cosine - product(own_row((size_t)x->item), v, SMALL_D)) < 1e-6);
                assert_true(i == 0 || (far ? m.member[i - 1].cosine <= x->cosine : m.member[i - 1].cosine >= x->cosine));
                for (size_t j = 0; j < i; j++)
                    assert_int_not_equal(m.member[j].item, x->item);
            }
            assert_int_equal(huse_node_members(space->engine, (int32_t)k, kind, 4, 3, NULL, &part, &err), HUSE_OK);
            assert_int_equal(part.n, 4);
            for (size_t i = 0; i < 4; i++)
                assert_int_equal(part.member[i].item, m.member[3 + i].item);
            huse_members_free(&part);
            assert_int_equal(huse_node_members(space->engine, (int32_t)k, kind, 4, 5000, NULL, &part, &err), HUSE_OK);
            assert_int_equal(part.n, 0);
            assert_int_equal(part.total, want);
            huse_members_free(&part);
            huse_members_free(&m);
        }
}

static void confused_members_are_taken_for_a_class_outside(void **state)
{
    (void)state;
    size_t n, all = 0;
    const huse_node *node = huse_engine_tree(space->engine, &n);
    for (size_t k = 0; k < n; k++) {
        huse_members m;
        size_t want = 0, taken[SMALL_CLASSES] = { 0 }, counted = 0;
        assert_int_equal(huse_node_members(space->engine, (int32_t)k, HUSE_MEMBER_CONFUSED, SIZE_MAX, 0, NULL, &m, &err), HUSE_OK);
        for (size_t i = 0; i < SMALL_ITEMS; i++) {
            huse_class_score *both;
            int32_t cls = space->items.item[i].cls;
            if (cls < 0 || !below(small_class[cls], node[k].path) || own_row(i) == NULL)
                continue;
            assert_int_equal(huse_classify_item(space->engine, i, SMALL_CLASSES, NULL, NULL, &both, &err), HUSE_OK);
            bool out = k == 0 ? both[0].cls != cls : !below(both[0].class_path, node[k].path);
            want += out;
            taken[both[0].cls] += out;
            for (size_t j = 0; j < m.n; j++) {
                if (m.member[j].item != (int32_t)i)
                    continue;
                assert_true(out);
                assert_int_equal(m.member[j].best, both[0].cls);
                assert_string_equal(m.member[j].best_path, both[0].class_path);
                assert_true(fabsf(m.member[j].p_best - both[0].p) < 1e-6F);
                for (int c = 0; c < SMALL_CLASSES; c++)
                    assert_true(both[c].cls != cls || fabsf(m.member[j].p - both[c].p) < 1e-6F);
            }
            free(both);
        }
        assert_int_equal(m.n, want);
        all += want;
        for (size_t i = 1; i < m.n; i++)
            assert_true(m.member[i - 1].p_best - m.member[i - 1].p >= m.member[i].p_best - m.member[i].p);
        for (size_t i = 0; i < m.n_confusions; i++) {
            assert_int_equal(m.confusion[i].count, taken[m.confusion[i].cls]);
            assert_string_equal(m.confusion[i].path, small_class[m.confusion[i].cls]);
            assert_true(i == 0 || m.confusion[i - 1].count >= m.confusion[i].count);
            counted += m.confusion[i].count;
        }
        assert_int_equal(counted, want);
        huse_members_free(&m);
    }
    assert_true(all > 0);
}

/* A model that was trained before a class came and another was renamed. */
static void classes_that_the_model_does_not_know_are_confused(void **state)
{
    (void)state;
    static const char *const now[SMALL_CLASSES] = { "Clothes/Dresses", "Clothes/Shirts/Shirts", "Games", "Toys" };
    huse_items items = space->items;
    items.class_path = (const char **)(uintptr_t)now;
    huse_engine *e = huse_engine_new(&items, &space->model, NULL, &space->host);
    int32_t games = huse_node_find(e, "Games");
    size_t n;
    const huse_node *node = huse_engine_tree(e, &n);
    huse_members m;
    assert_int_equal(huse_node_members(e, games, HUSE_MEMBER_TYPICAL, 5, 0, NULL, &m, &err), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "Games"));
    assert_int_equal(huse_node_members(e, games, HUSE_MEMBER_FAR, 5, 0, NULL, &m, &err), HUSE_OK);
    assert_int_equal(m.n, 0);
    huse_members_free(&m);
    assert_int_equal(huse_node_members(e, games, HUSE_MEMBER_CONFUSED, 100, 0, NULL, &m, &err), HUSE_OK);
    assert_int_equal(m.total, m.items);
    assert_true(m.items <= node[games].items && m.items + 2 > node[games].items);
    bool gone = false;
    for (size_t i = 0; i < m.n; i++) {
        assert_true(m.member[i].p == 0);
        gone = gone || (m.member[i].best == -1 && strcmp(m.member[i].best_path, "Shoes/Sandals") == 0);
    }
    assert_true(gone);
    huse_members_free(&m);
    huse_figures f;
    assert_int_equal(huse_tree_figures(e, NULL, &f, &err), HUSE_OK);
    assert_true(f.node[games].accuracy_image <= 0 && f.node[games].images > 0);
    huse_figures_free(&f);
    huse_engine_close(e);
}

/* ---- one item ---- */

static void neighbours_of_an_item_are_those_of_the_chosen_row(void **state)
{
    (void)state;
    const huse_model *m = &space->model;
    for (size_t i = 0; i < SMALL_ITEMS; i++)
        for (int from = 0; from < 2; from++) {
            const float *x = row(m, from, i + 1);
            if (x == NULL)
                x = row(m, !from, i + 1);
            for (int to = 0; to < 3; to++) {
                huse_answer a;
                huse_status s = huse_item_neighbors(space->engine, i, (huse_target)from, (huse_target)to, 1000, &a, &err);
                if (x == NULL) {
                    assert_int_equal(s, HUSE_NOT_FOUND);
                    assert_null(a.hit);
                    continue;
                }
                assert_int_equal(s, HUSE_OK);
                size_t want = to == 2 ? SMALL_CLASSES : (to ? m->n_texts : m->n_images) - (to == 0);
                want -= to < 2 && row(m, to, i + 1) != NULL; /* the item; among the images there is one of an item gone */
                assert_int_equal(a.n, want);
                assert_int_equal(a.total, want);
                for (size_t j = 0; j < a.n; j++) {
                    const float *y = to == 2 ? vector_of(a.hit[j].class_path) : row(m, to, (size_t)a.hit[j].item + 1);
                    assert_true(fabs((double)a.hit[j].score - product(x, y, SMALL_D)) < 1e-6);
                    assert_true(j == 0 || a.hit[j - 1].score >= a.hit[j].score);
                    assert_int_not_equal(a.hit[j].item, (int32_t)i);
                    assert_int_equal(a.hit[j].item == -1, to == 2);
                    assert_string_equal(a.hit[j].class_path, a.hit[j].cls >= 0 ? small_class[a.hit[j].cls] : "");
                }
                huse_answer_free(&a);
            }
        }
}

/* ---- completion ---- */

static void complete(huse_engine *e, huse_complete_kind kind, const char *prefix, size_t k, size_t want, const char *const *text)
{
    const char **out;
    size_t n;
    huse_complete(e, kind, prefix, k, &out, &n);
    assert_int_equal(n, want);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(out[i], text[i]);
    free(out);
}

static void names_are_completed_best_first(void **state)
{
    (void)state;
    static const char *const path[] = { "Apparel/Dress", "Apparel/Shirts/T-shirts", "Pets/Shrimps", "Shoes", "Shoes/Dress Shoes", "Ölbilder/Wäsche" };
    static huse_item item[] = { { .id = "b-2", .cls = 3 }, { .id = "a", .cls = 2 }, { .id = "b-10", .cls = 2 }, { .id = "B", .cls = 1 },
                                { .id = "b", .cls = 0 }, { .id = "\xc3\xa9t", .cls = -1 } };
    huse_items items = { .item = item, .n = HUSE_COUNT(item), .class_path = (const char **)(uintptr_t)path, .n_classes = HUSE_COUNT(path) };
    huse_host host = { .threads = 1 };
    huse_engine *e = huse_engine_new(&items, NULL, NULL, &host);
    /* the whole path; the last part, by items; another part; inside of a part */
    complete(e, HUSE_COMPLETE_CLASS, "sh", 10, 5,
             (const char *const[]){ "Shoes", "Shoes/Dress Shoes", "Pets/Shrimps", "Apparel/Shirts", "Apparel/Shirts/T-shirts" });
    complete(e, HUSE_COMPLETE_CLASS, "hi", 10, 2, (const char *const[]){ "Apparel/Shirts", "Apparel/Shirts/T-shirts" });
    complete(e, HUSE_COMPLETE_CLASS, "SH", 2, 2, (const char *const[]){ "Shoes", "Shoes/Dress Shoes" });
    complete(e, HUSE_COMPLETE_CLASS, "dress", 10, 2, (const char *const[]){ "Apparel/Dress", "Shoes/Dress Shoes" });
    complete(e, HUSE_COMPLETE_CLASS, "apparel/s", 10, 2, (const char *const[]){ "Apparel/Shirts", "Apparel/Shirts/T-shirts" });
    complete(e, HUSE_COMPLETE_CLASS, "shirts/t", 10, 1, (const char *const[]){ "Apparel/Shirts/T-shirts" });
    complete(e, HUSE_COMPLETE_CLASS, "öL", 10, 2, (const char *const[]){ "Ölbilder", "Ölbilder/Wäsche" });
    complete(e, HUSE_COMPLETE_CLASS, "", 3, 3, (const char *const[]){ "Apparel", "Pets", "Pets/Shrimps" });
    complete(e, HUSE_COMPLETE_CLASS, "\xff\xfe", 10, 0, NULL);
    complete(e, HUSE_COMPLETE_CLASS, "zebra", 10, 0, NULL);
    complete(e, HUSE_COMPLETE_ITEM, "b", 10, 3, (const char *const[]){ "b", "b-10", "b-2" });
    complete(e, HUSE_COMPLETE_ITEM, "b-", 1, 1, (const char *const[]){ "b-10" });
    complete(e, HUSE_COMPLETE_ITEM, "", 2, 2, (const char *const[]){ "B", "a" });
    complete(e, HUSE_COMPLETE_ITEM, "\xc3", 10, 1, (const char *const[]){ "\xc3\xa9t" });
    complete(e, HUSE_COMPLETE_ITEM, "\xff", 10, 0, NULL);
    complete(e, HUSE_COMPLETE_ITEM, "b", 0, 0, NULL);
    huse_engine_close(e);
}

static void ids_that_share_their_first_bytes_are_in_order(void **state)
{
    (void)state;
    plane *s = plane_new(3000, 5, 0, thirds);
    const uint32_t *order = huse_engine_by_id(s->engine);
    for (size_t i = 1; i < s->items.n; i++)
        assert_true(strcmp(s->items.item[order[i - 1]].id, s->items.item[order[i]].id) < 0);
    for (size_t i = 0; i < s->items.n; i++)
        assert_int_equal(huse_engine_item(s->engine, s->items.item[i].id), (ptrdiff_t)i);
    plane_free(s);
}

/* ---- disagreements ---- */

static void disagreements_are_the_strongest_of_the_part_asked_for(void **state)
{
    (void)state;
    plane *s = plane_new(10, 120, 0, thirds);
    huse_disagreement *all, *d;
    size_t n, total, some, here = 0;
    int stop = 1;
    assert_int_equal(huse_disagreements(s->engine, NULL, SIZE_MAX, NULL, &all, &n, &total, &err), HUSE_OK);
    assert_int_equal(n, total);
    assert_true(n > 300);
    for (size_t i = 0; i < n; i++) {
        /* rank and cosine, from the vectors */
        int32_t a = huse_taxonomy_find(s->model.tree, all[i].a), b = huse_taxonomy_find(s->model.tree, all[i].b);
        const float *x = s->model.node_vector + a * WIDE;
        int rank = 1;
        assert_true(fabs((double)all[i].cosine - product(x, s->model.node_vector + b * WIDE, WIDE)) < 1e-6);
        for (size_t k = 0; k < s->model.K; k++) {
            int32_t c = s->model.tree->node_of[k];
            rank += c != a && c != b && huse_index_dot(x, s->model.node_vector + c * WIDE, WIDE) > all[i].cosine;
        }
        assert_int_equal(all[i].rank, rank);
        assert_int_equal(all[i].flag == 2, strncmp(all[i].a, all[i].b, 6) == 0);
        here += below(all[i].a, "g00003") || below(all[i].b, "g00003");
    }
    assert_int_equal(huse_disagreements(s->engine, "", 100, NULL, &d, &some, &total, &err), HUSE_OK);
    assert_int_equal(some, 100);
    assert_int_equal(total, n);
    for (size_t i = 0; i < some; i++) {
        assert_string_equal(d[i].a, all[i].a);
        assert_string_equal(d[i].b, all[i].b);
        assert_int_equal(d[i].rank, all[i].rank);
    }
    free(d);
    assert_int_equal(huse_disagreements(s->engine, "g00003", SIZE_MAX, NULL, &d, &some, &total, &err), HUSE_OK);
    assert_int_equal(some, here);
    assert_true(here > 0 && here < n);
    free(d);
    assert_int_equal(huse_disagreements(s->engine, NULL, 0, NULL, &d, &some, &total, &err), HUSE_OK);
    assert_int_equal(some, 0);
    assert_int_equal(total, n);
    free(d);
    free(all);
    assert_int_equal(huse_disagreements(s->engine, "g1", 5, NULL, &d, &some, &total, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_disagreements(s->engine, NULL, 5, &stop, &d, &some, &total, &err), HUSE_INTERRUPTED);
    plane_free(s);
}

/* Medians of more pairs than are held come from a sample that is close to them. */
static void medians_of_many_classes_are_sampled(void **state)
{
    (void)state;
    enum { K = 2000 };
    plane *s = plane_new(10, K, 0, thirds);
    huse_neighbor *nb;
    size_t n, under = 0, pairs = 0;
    assert_int_equal(huse_class_neighbors(s->engine, "g00000/c00000", 0, 5, &nb, &n, &err), HUSE_OK);
    free(nb);
    assert_true(s->engine->medians[0].known);
    assert_int_equal(s->engine->medians[0].distance, 4);
    assert_int_equal(s->engine->medians[0].least_distance, 2);
    for (size_t a = 0; a < K; a += 3)
        for (size_t b = 0; b < a; b += 5, pairs++)
            under += huse_index_dot(s->model.node_vector + s->model.tree->node_of[a] * WIDE,
                                    s->model.node_vector + s->model.tree->node_of[b] * WIDE, WIDE) < s->engine->medians[0].cosine;
    assert_true(fabs((double)under / (double)pairs - .5) < .01);
    plane_free(s);
}

/* ---- threads, and no model ---- */

static void *browse(void *arg)
{
    huse_engine *e = arg;
    for (int i = 0; i < 6; i++) {
        huse_err why;
        huse_figures f;
        huse_members m;
        huse_answer a;
        huse_disagreement *d;
        const char **names;
        size_t n, total;
        if (huse_tree_figures(e, NULL, &f, &why) != HUSE_OK)
            return "no figures";
        bool right = f.items == 26 && f.node[0].queries > 20;
        huse_figures_free(&f);
        for (huse_member_kind kind = HUSE_MEMBER_TYPICAL; kind <= HUSE_MEMBER_FAR; kind++) {
            if (huse_node_members(e, i, kind, 5, 0, NULL, &m, &why) != HUSE_OK)
                return "no members";
            huse_members_free(&m);
        }
        if (huse_item_neighbors(e, (size_t)i, HUSE_TARGET_IMAGE, (huse_target)(i % 3), 5, &a, &why) != HUSE_OK)
            return "no neighbours";
        huse_answer_free(&a);
        if (huse_disagreements(e, NULL, 5, NULL, &d, &n, &total, &why) != HUSE_OK)
            return "no disagreements";
        free(d);
        huse_complete(e, (huse_complete_kind)(i % 2), "i", 5, &names, &n);
        right = right && n == (i % 2 ? 5 : 2); /* five ids; Clothes/Shirts twice */
        free(names);
        if (!right)
            return "the answers differ";
    }
    return NULL;
}

static void several_threads_may_browse(void **state)
{
    (void)state;
    small_space *fresh = small_space_new(NULL);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, browse, fresh->engine), 0);
    for (int i = 0; i < 4; i++) {
        void *fault;
        pthread_join(thread[i], &fault);
        if (fault != NULL)
            fail_msg("%s", (const char *)fault);
    }
    small_space_free(fresh);
}

static void without_a_model_there_is_still_a_tree(void **state)
{
    (void)state;
    huse_engine *e = huse_engine_new(&space->items, NULL, NULL, &space->host);
    size_t n, total;
    huse_figures f;
    huse_members m;
    huse_disagreement *d;
    assert_int_equal(huse_engine_tree(e, &n)[0].items, SMALL_ITEMS - 1);
    assert_int_equal(n, 8);
    assert_int_equal(huse_tree_figures(e, NULL, &f, &err), HUSE_NOT_FOUND);
    for (huse_member_kind kind = HUSE_MEMBER_TYPICAL; kind <= HUSE_MEMBER_FAR; kind++)
        assert_int_equal(huse_node_members(e, 0, kind, 5, 0, NULL, &m, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_disagreements(e, NULL, 5, NULL, &d, &n, &total, &err), HUSE_NOT_FOUND);
    complete(e, HUSE_COMPLETE_CLASS, "toy", 5, 1, (const char *const[]){ "Toys" });
    huse_engine_close(e);
    huse_items nothing = { .n = 0 };
    e = huse_engine_new(&nothing, NULL, NULL, &space->host);
    assert_int_equal(huse_engine_tree(e, &n)[0].items, 0);
    assert_int_equal(n, 1);
    complete(e, HUSE_COMPLETE_CLASS, "", 5, 0, NULL);
    complete(e, HUSE_COMPLETE_ITEM, "", 5, 0, NULL);
    huse_engine_close(e);
}

static void a_model_without_a_class_layer_has_no_accuracies(void **state)
{
    (void)state;
    size_t heads = space->model.weights.params.shape.heads;
    space->model.weights.params.shape.heads = 0;
    huse_figures f;
    huse_members m;
    assert_int_equal(huse_tree_figures(space->engine, NULL, &f, &err), HUSE_OK);
    assert_true(f.node[0].r1 >= 0);
    assert_true(isnan(f.node[0].accuracy_image));
    assert_int_equal(f.node[0].images, 0);
    huse_figures_free(&f);
    assert_int_equal(huse_node_members(space->engine, 1, HUSE_MEMBER_CONFUSED, 5, 0, NULL, &m, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_node_members(space->engine, 1, HUSE_MEMBER_FAR, 5, 0, NULL, &m, &err), HUSE_OK);
    huse_members_free(&m);
    space->model.weights.params.shape.heads = heads;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_counts_every_item_in_all_its_ancestors),
        cmocka_unit_test(figures_of_every_node_are_those_of_the_definition),
        cmocka_unit_test(ties_count_by_chance_as_in_an_evaluation),
        cmocka_unit_test(figures_fall_back_to_validation_and_to_all),
        cmocka_unit_test(many_items_are_sampled_evenly),
        cmocka_unit_test(typical_and_far_members_are_ranked_by_cosine),
        cmocka_unit_test(confused_members_are_taken_for_a_class_outside),
        cmocka_unit_test(classes_that_the_model_does_not_know_are_confused),
        cmocka_unit_test(neighbours_of_an_item_are_those_of_the_chosen_row),
        cmocka_unit_test(names_are_completed_best_first),
        cmocka_unit_test(ids_that_share_their_first_bytes_are_in_order),
        cmocka_unit_test(disagreements_are_the_strongest_of_the_part_asked_for),
        cmocka_unit_test(medians_of_many_classes_are_sampled),
        cmocka_unit_test(several_threads_may_browse),
        cmocka_unit_test(without_a_model_there_is_still_a_tree),
        cmocka_unit_test(a_model_without_a_class_layer_has_no_accuracies),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
