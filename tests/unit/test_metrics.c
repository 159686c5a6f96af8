/* Retrieval, instance and space figures: the reference values, and brute force straight from the
 * definitions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/intervals.h"
#include "eval/metrics.h"
#include "eval/scores.h"
#include "golden_metrics.h"

/* A made-up split that owns its arrays. */
struct made {
    huse_eval_set set;
    float *image, *text;
    bool *has_image, *has_text;
    int32_t *cls;
    const char **str;
    huse_taxonomy *tree;
};

static void made_free(struct made *m)
{
    free(m->image);
    free(m->text);
    free(m->has_image);
    free(m->has_text);
    free(m->cls);
    free(m->str);
    huse_taxonomy_free(m->tree);
}

static void made_alloc(struct made *m, size_t n, size_t d)
{
    m->image = huse_xcalloc(n * d + 1, sizeof(float));
    m->text = huse_xcalloc(n * d + 1, sizeof(float));
    m->has_image = huse_xcalloc(n + 1, 1);
    m->has_text = huse_xcalloc(n + 1, 1);
    m->cls = huse_xcalloc(n + 1, sizeof(int32_t));
    m->str = huse_xcalloc(n + 1, sizeof(char *));
    m->set = (huse_eval_set){.n = n,
                             .d = d,
                             .image = m->image,
                             .text = m->text,
                             .has_image = m->has_image,
                             .has_text = m->has_text,
                             .cls = m->cls,
                             .str = m->str};
}

static const char *const tree_paths[] = {"F/A/g",  "F/A/r", "F/B",   "F",    "F/Br",
                                         "T/H",    "T/S/h", "T/S/p", "Y/B",  "Al",
                                         "F/Br/R", "T",     "Y/G/C", "Y/G/G"};
static const char *const words[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};

/* A unit row from few directions, so that many scores tie. */
static void few_directions(huse_rng *rng, float *row, size_t d)
{
    memset(row, 0, d * sizeof *row);
    uint32_t at = huse_rng_below(rng, (uint32_t)d), other = huse_rng_below(rng, (uint32_t)d);
    row[at] += 0.6f;
    row[other] += 0.8f;
    if (at == other)
        row[at] = 1;
}

static struct made make(uint64_t seed, size_t n, size_t d, size_t k, bool missing)
{
    struct made m = {0};
    huse_rng rng;
    huse_rng_init(&rng, seed, 0);
    made_alloc(&m, n, d);
    m.tree = huse_taxonomy_new(tree_paths, k);
    m.set.tree = m.tree;
    for (size_t i = 0; i < n; i++) {
        few_directions(&rng, m.image + i * d, d);
        few_directions(&rng, m.text + i * d, d);
        m.has_image[i] = !missing || huse_rng_below(&rng, 5) > 0;
        m.has_text[i] = !missing || huse_rng_below(&rng, 5) > 0;
        m.cls[i] = (int32_t)huse_rng_below(&rng, (uint32_t)k);
        m.str[i] = words[huse_rng_below(&rng, HUSE_COUNT(words))];
    }
    return m;
}

/* --- brute force: every definition of METHOD 7 read literally, O(n² log n) and worse --- */

static double choose(size_t n, size_t k)
{
    double c = 1;
    for (size_t i = 0; i < k; i++)
        c = n < k ? 0 : c * (double)(n - i) / (double)(i + 1);
    return c;
}

static long rounded(const float *a, const float *b, size_t d)
{
    double s = 0;
    for (size_t i = 0; i < d; i++)
        s += (double)a[i] * (double)b[i];
    return lrint(s * 1e6);
}

static bool in_set(const huse_taxonomy *t, int32_t q, int32_t c, size_t k)
{
    for (int r = 0; r < 100; r++) {
        size_t within = 0;
        for (size_t i = 0; i < t->n_classes; i++)
            within += huse_taxonomy_distance(t, t->node_of[q], t->node_of[i]) <= r;
        if (within >= k)
            return huse_taxonomy_distance(t, t->node_of[q], t->node_of[c]) <= r;
    }
    return true;
}

struct brute {
    size_t n;
    long *score;
    int32_t *cls;
};

/* Of the candidates that stand above, and tie with, candidate c. */
static void place(const struct brute *b, size_t c, size_t *above, size_t *tied)
{
    *above = *tied = 0;
    for (size_t i = 0; i < b->n; i++) {
        *above += b->score[i] > b->score[c];
        *tied += b->score[i] == b->score[c];
    }
}

static void brute_query(const struct made *m, const struct brute *b, int32_t cls, double *fig,
                        double *rnd)
{
    static const size_t recall[3] = {1, 5, 10}, hp[3] = {2, 5, 10};
    size_t relevant = 0;
    for (size_t c = 0; c < b->n; c++)
        relevant += b->cls[c] == cls;
    for (int k = 0; k < 3; k++) {
        double miss = 1, share = 0, set = 0;
        for (size_t c = 0; c < b->n; c++) {
            size_t above, tied, h = 0, first = c;
            place(b, c, &above, &tied);
            for (size_t i = 0; i < b->n; i++) {
                h += b->score[i] == b->score[c] && b->cls[i] == cls;
                if (b->score[i] == b->score[c] && i < first)
                    first = i;
            }
            if (first == c && above < recall[k]) {
                size_t fit = HUSE_MIN(tied, recall[k] - above);
                miss *= choose(tied - h, fit) / choose(tied, fit);
            }
            bool in = in_set(m->tree, cls, b->cls[c], hp[k]);
            set += in;
            if (in && above < hp[k])
                share += HUSE_MIN(1.0, (double)(hp[k] - above) / (double)tied);
        }
        fig[HUSE_R1 + k] = 1 - miss;
        fig[HUSE_HP2 + k] = share / (double)HUSE_MIN(hp[k], b->n);
        size_t fit = HUSE_MIN(recall[k], b->n);
        rnd[HUSE_R1 + k] = 1 - choose(b->n - relevant, fit) / choose(b->n, fit);
        rnd[HUSE_HP2 + k] = set / (double)b->n;
    }
    double ap = 0;
    for (size_t c = 0; c < b->n; c++) {
        size_t above, tied, found = 0;
        if (b->cls[c] != cls)
            continue;
        place(b, c, &above, &tied);
        for (size_t i = 0; i < b->n; i++)
            found += b->cls[i] == cls && b->score[i] >= b->score[c];
        ap += (double)found / (double)(above + tied) / (double)relevant;
    }
    fig[HUSE_MAP] = ap;
}

static void brute_task(const struct made *m, int task, double *fig, double *rnd, size_t *queries,
                       size_t *left)
{
    bool from_text = task == HUSE_T2I || task >= HUSE_T2T,
         to_text = task == HUSE_I2T || task >= HUSE_T2T;
    size_t n = m->set.n, d = m->set.d;
    struct brute b = {0, huse_xcalloc(n + 1, sizeof(long)), huse_xcalloc(n + 1, sizeof(int32_t))};
    double one[HUSE_FIGURES], one_random[HUSE_FIGURES] = {0};
    memset(fig, 0, HUSE_FIGURES * sizeof *fig);
    memset(rnd, 0, HUSE_FIGURES * sizeof *rnd);
    *queries = *left = 0;
    for (size_t q = 0; q < n; q++) {
        if (!(from_text ? m->has_text : m->has_image)[q])
            continue;
        size_t relevant = b.n = 0;
        for (size_t c = 0; c < n; c++) {
            if (!(to_text ? m->has_text : m->has_image)[c] || (from_text == to_text && q == c))
                continue;
            if (task == HUSE_T2T_DISTINCT && strcmp(m->str[q], m->str[c]) == 0)
                continue;
            b.cls[b.n] = m->cls[c];
            b.score[b.n++] = rounded((from_text ? m->text : m->image) + q * d,
                                     (to_text ? m->text : m->image) + c * d, d);
            relevant += m->cls[c] == m->cls[q];
        }
        if (relevant == 0) {
            ++*left;
            continue;
        }
        ++*queries;
        brute_query(m, &b, m->cls[q], one, one_random);
        for (int f = 0; f < HUSE_FIGURES; f++) {
            fig[f] += one[f];
            rnd[f] += one_random[f];
        }
    }
    for (int f = 0; f < HUSE_FIGURES && *queries; f++) {
        fig[f] /= (double)*queries;
        rnd[f] /= (double)*queries;
    }
    free(b.score);
    free(b.cls);
}

static void assert_near(double got, double want, double tolerance, const char *what)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: %.12g, want %.12g", what, got, want);
}

static void assert_brute(const struct made *m, huse_pool *pool)
{
    huse_retrieval_options opt = {0};
    huse_retrieval got[HUSE_TASKS];
    huse_eval_retrieval(pool, &m->set, &opt, got);
    for (int t = 0; t < HUSE_TASKS; t++) {
        double fig[HUSE_FIGURES], rnd[HUSE_FIGURES];
        size_t queries, left;
        brute_task(m, t, fig, rnd, &queries, &left);
        assert_int_equal(got[t].queries, queries);
        assert_int_equal(got[t].left_out, left);
        for (int f = 0; f < HUSE_FIGURES && queries; f++) {
            assert_near(got[t].mean[f], fig[f], 1e-9, huse_figure_name[f]);
            if (f != HUSE_MAP)
                assert_near(got[t].random[f], rnd[f], 1e-9, huse_figure_name[f]);
        }
        for (int f = 0; f < HUSE_FIGURES && !queries; f++)
            assert_true(isnan(got[t].mean[f]) && isnan(got[t].random[f]));
    }
}

static void figures_equal_brute_force_with_ties_and_missing_modalities(void **state)
{
    (void)state;
    huse_pool *pool = huse_pool_new(2);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct made m = make(seed, 20 + 13 * (size_t)seed, 3 + (size_t)seed % 5,
                             3 + (size_t)seed % 12, seed % 2 == 0);
        assert_brute(&m, pool);
        made_free(&m);
    }
    huse_pool_free(pool);
}

static void small_and_degenerate_sets_are_figured_too(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 12; n++) {
        for (size_t k = 1; k <= 3; k++) {
            struct made m = make(100 + n, n, 2, k, n % 3 == 0);
            assert_brute(&m, NULL);
            made_free(&m);
        }
    }
    struct made m = make(7, 40, 3, 5, false); /* everything in one place: all candidates tie */
    for (size_t i = 0; i < 40 * 3; i++)
        m.image[i] = m.text[i] = i % 3 == 0;
    assert_brute(&m, NULL);
    huse_retrieval_options opt = {0};
    huse_retrieval got[HUSE_TASKS];
    huse_eval_retrieval(NULL, &m.set, &opt, got);
    for (int f = HUSE_R1; f < HUSE_MAP; f++) /* and then chance is all there is */
        assert_near(got[HUSE_I2T].mean[f], got[HUSE_I2T].random[f], 1e-9, "collapsed");
    memset(m.has_image, 0, 40);
    huse_eval_retrieval(NULL, &m.set, &opt, got);
    assert_false(got[HUSE_I2I].present || got[HUSE_I2T].present || got[HUSE_T2I].present);
    assert_true(got[HUSE_T2T].present);
    made_free(&m);
}

static void figures_of_one_class_and_of_one_of_each_class(void **state)
{
    (void)state;
    struct made m = make(3, 30, 4, 1, false);
    huse_retrieval_options opt = {.draws = 50, .seed = 1};
    huse_retrieval got[HUSE_TASKS];
    huse_eval_retrieval(NULL, &m.set, &opt, got);
    for (int f = 0; f < HUSE_FIGURES; f++) {
        assert_near(got[HUSE_I2I].mean[f], 1, 1e-12, "one class");
        assert_near(got[HUSE_I2I].random[f], 1, 1e-12, "one class, random");
        assert_near(got[HUSE_I2I].lo[f], 1, 1e-12, "one class, interval");
    }
    assert_true(isnan(huse_eval_spearman_tree(&m.set)));
    made_free(&m);
    m = make(4, 14, 4, 14, false);
    for (int32_t i = 0; i < 14; i++)
        m.cls[i] = i;
    huse_eval_retrieval(NULL, &m.set, &opt, got);
    assert_int_equal(got[HUSE_I2I].queries, 0);
    assert_int_equal(got[HUSE_I2I].left_out, 14);
    assert_true(isnan(got[HUSE_I2I].mean[HUSE_R1]) && isnan(got[HUSE_I2I].lo[HUSE_R1]));
    assert_int_equal(got[HUSE_I2T].queries, 14);
    made_free(&m);
}

static void random_average_precision_equals_the_mean_over_all_orders(void **state)
{
    (void)state;
    /* four images of one class and two of another; a text of each class asks: orders are counted by
     * bit patterns */
    struct made m = make(5, 7, 2, 2, false);
    const int32_t cls[7] = {0, 0, 0, 0, 1, 1, 0};
    memcpy(m.cls, cls, sizeof cls);
    memset(m.has_text, 0, 7);
    m.has_text[6] = true;
    m.has_image[6] = false;
    huse_retrieval_options opt = {0};
    huse_retrieval got[HUSE_TASKS];
    huse_eval_retrieval(NULL, &m.set, &opt, got);
    double sum = 0, orders = 0;
    for (unsigned bits = 0; bits < 64; bits++) {
        if (__builtin_popcount(bits) != 4)
            continue;
        double found = 0, ap = 0;
        for (int i = 0; i < 6; i++) {
            if (bits >> i & 1)
                ap += ++found / (i + 1) / 4;
        }
        sum += ap;
        orders++;
    }
    assert_near(got[HUSE_T2I].random[HUSE_MAP], sum / orders, 1e-12, "random mAP");
    made_free(&m);
}

static void validation_figures_equal_the_full_ones(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct made m = make(seed, 200, 4, 9, seed % 2 == 0);
        huse_retrieval_options full = {0}, quick = {.only_r1 = true};
        huse_retrieval a[HUSE_TASKS], b[HUSE_TASKS];
        huse_eval_retrieval(NULL, &m.set, &full, a);
        huse_eval_retrieval(NULL, &m.set, &quick, b);
        for (int t = 0; t <= HUSE_T2T; t++) {
            for (int f = 0; f < HUSE_MAP; f++)
                assert_true(a[t].mean[f] == b[t].mean[f]);
            assert_true(isnan(b[t].mean[HUSE_MAP]));
        }
        made_free(&m);
    }
}

/* --- order and threads --- */

struct all_figures {
    huse_retrieval retrieval[HUSE_TASKS];
    huse_instance instance[2];
    double true_pair, other_pair, spearman;
};

static struct all_figures everything(huse_pool *pool, const struct made *m)
{
    struct all_figures a;
    memset(&a, 0, sizeof a);
    huse_retrieval_options opt = {.draws = 100, .seed = 9};
    huse_eval_retrieval(pool, &m->set, &opt, a.retrieval);
    huse_eval_instance(pool, &m->set, a.instance);
    huse_eval_gap(pool, &m->set, &a.true_pair, &a.other_pair);
    a.spearman = huse_eval_spearman_tree(&m->set);
    return a;
}

/* Every number bit by bit, NaN included; padding left aside. */
static void assert_same(const struct all_figures *a, const struct all_figures *b)
{
    for (int t = 0; t < HUSE_TASKS; t++) {
        const huse_retrieval *x = &a->retrieval[t], *y = &b->retrieval[t];
        assert_memory_equal(x->mean, y->mean, sizeof x->mean);
        assert_memory_equal(x->random, y->random, sizeof x->random);
        assert_memory_equal(x->lo, y->lo, sizeof x->lo);
        assert_memory_equal(x->hi, y->hi, sizeof x->hi);
        assert_true(x->present && y->present && x->queries == y->queries &&
                    x->left_out == y->left_out);
    }
    for (int i = 0; i < 2; i++)
        assert_memory_equal(&a->instance[i].median_rank, &b->instance[i].median_rank,
                            4 * sizeof(double));
    assert_memory_equal(&a->true_pair, &b->true_pair, 3 * sizeof(double));
}

static struct made shuffled(const struct made *m, uint64_t seed)
{
    struct made s = {0};
    size_t n = m->set.n, d = m->set.d;
    made_alloc(&s, n, d);
    s.tree = huse_taxonomy_new(tree_paths, m->tree->n_classes);
    s.set.tree = s.tree;
    uint32_t *at = huse_xcalloc(n, sizeof *at);
    huse_rng rng;
    huse_rng_init(&rng, seed, 1);
    for (size_t i = 0; i < n; i++)
        at[i] = (uint32_t)i;
    huse_rng_shuffle(&rng, at, n);
    for (size_t i = 0; i < n; i++) {
        memcpy(s.image + i * d, m->image + at[i] * d, d * sizeof(float));
        memcpy(s.text + i * d, m->text + at[i] * d, d * sizeof(float));
        s.has_image[i] = m->has_image[at[i]];
        s.has_text[i] = m->has_text[at[i]];
        s.cls[i] = m->cls[at[i]];
        s.str[i] = m->str[at[i]];
    }
    free(at);
    return s;
}

static void no_figure_depends_on_file_order_or_threads(void **state)
{
    (void)state;
    struct made m = make(21, 700, 24, 14, true);
    huse_rng rng;
    huse_rng_init(&rng, 3, 3);
    for (size_t i = 0; i < 700 * 24; i++) { /* smooth rows beside the tied ones */
        if (i / 24 % 2) {
            m.image[i] = (float)huse_rng_normal(&rng) / 5;
            m.text[i] = (float)huse_rng_normal(&rng) / 5;
        }
    }
    struct all_figures want = everything(NULL, &m);
    huse_pool *pool = huse_pool_new(2);
    struct all_figures got = everything(pool, &m);
    assert_same(&got, &want);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct made s = shuffled(&m, seed);
        got = everything(pool, &s);
        assert_same(&got, &want);
        made_free(&s);
    }
    huse_pool_free(pool);
    made_free(&m);
}

/* --- the reference catalogue --- */

static struct made golden_set(json_t *expected, bool *ok)
{
    struct made m = {0};
    struct golden_csv csv;
    size_t n = 0, d = 0, nt = 0, dt = 0;
    *ok = false;
    float *image = golden_rows("metrics/image.npy", &n, &d),
          *text = golden_rows("metrics/text.npy", &nt, &dt);
    json_t *paths = json_object_get(json_object_get(expected, "hierarchy"), "paths");
    if (!golden_csv_read(&csv, "metrics/catalogue.csv") || !image || !text || !paths) {
        free(image);
        free(text);
        golden_csv_free(&csv);
        return m;
    }
    assert_int_equal(csv.cells / 4, n + 1);
    assert_true(n == nt && d == dt);
    made_alloc(&m, n, d);
    memcpy(m.image, image, n * d * sizeof *image);
    memcpy(m.text, text, n * d * sizeof *text);
    size_t k = json_array_size(paths);
    const char **path = huse_xcalloc(k, sizeof *path);
    for (size_t i = 0; i < k; i++)
        path[i] = json_string_value(json_array_get(paths, i));
    m.set.tree = m.tree = huse_taxonomy_new(path, k);
    for (size_t i = 0; i < n; i++) {
        char **row = csv.cell + 4 * (i + 1);
        int32_t node = huse_taxonomy_find(m.tree, row[2]);
        assert_true(node >= 0 && m.tree->cls[node] >= 0);
        m.cls[i] = m.tree->cls[node];
        m.has_image[i] = m.has_text[i] = true;
        m.str[i] = row[1];
    }
    /* the texts stay alive with the process: a test's worth of strings */
    for (size_t i = 0; i < csv.cells; i++) {
        if (i < 4 || i % 4 != 1)
            free(csv.cell[i]);
    }
    free(csv.cell);
    free(path);
    free(image);
    free(text);
    *ok = true;
    return m;
}

static void golden_free(struct made *m)
{
    for (size_t i = 0; i < m->set.n; i++)
        free((void *)m->str[i]);
    made_free(m);
}

static double number(const json_t *j, const char *key)
{
    json_t *v = json_object_get(j, key);
    assert_true(json_is_number(v));
    return json_number_value(v);
}

static void figures_equal_the_reference(void **state)
{
    (void)state;
    json_t *x = golden_json("metrics/expected.json");
    bool ok;
    struct made m = golden_set(x, &ok);
    if (!x || !ok) {
        json_decref(x);
        skip();
    }
    struct all_figures got = everything(NULL, &m);
    for (int t = 0; t < HUSE_TASKS; t++) {
        json_t *task = json_object_get(json_object_get(x, "retrieval"), huse_task_name[t]);
        json_t *random = json_object_get(task, "random");
        assert_int_equal(got.retrieval[t].queries, number(task, "queries"));
        assert_int_equal(got.retrieval[t].left_out, number(task, "left_out"));
        for (int f = 0; f < HUSE_FIGURES; f++) {
            assert_near(got.retrieval[t].mean[f], number(task, huse_figure_name[f]), 1e-6,
                        huse_figure_name[f]);
            if (json_object_get(random, huse_figure_name[f]))
                assert_near(got.retrieval[t].random[f], number(random, huse_figure_name[f]), 1e-6,
                            "random");
        }
    }
    for (int i = 0; i < 2; i++) {
        json_t *want = json_object_get(json_object_get(x, "instance"), i ? "T2I" : "I2T");
        assert_near(got.instance[i].median_rank, number(want, "median_rank"), 1e-6, "median rank");
        assert_near(got.instance[i].r1, number(want, "R@1"), 1e-6, "instance R@1");
        assert_near(got.instance[i].r5, number(want, "R@5"), 1e-6, "instance R@5");
        assert_near(got.instance[i].r10, number(want, "R@10"), 1e-6, "instance R@10");
    }
    assert_near(got.true_pair, number(x, "true_pair_distance"), 1e-6, "true pairs");
    assert_near(got.other_pair, number(x, "other_pair_distance"), 1e-6, "other pairs");
    assert_near(got.spearman, number(x, "spearman_tree"), 1e-6, "Spearman");
    golden_free(&m);
    json_decref(x);
}

/* --- keys --- */

static void a_key_depends_on_its_two_rows_alone(void **state)
{
    (void)state;
    /* products of exactly an odd 128th are half-way between two keys; terms that cancel make the
     * sum's last bits depend on the order of summing, which depends on a row's place in a product
     */
    enum { ROWS = 40, WIDTH = 61 };
    float *row = huse_xcalloc(ROWS * WIDTH, sizeof *row);
    uint32_t item[ROWS];
    huse_rng rng;
    huse_rng_init(&rng, 8, 0);
    for (size_t k = 0; k < WIDTH / 2; k++) {
        float v = (float)huse_rng_normal(&rng);
        for (size_t i = 0; i < ROWS; i++) {
            float x = i < ROWS / 2 ? v : (float)huse_rng_normal(&rng);
            row[i * WIDTH + k] = x;
            row[i * WIDTH + WIDTH - 2 - k] = i < ROWS / 2 ? -x : x;
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        item[i] = (uint32_t)i;
        row[i * WIDTH + WIDTH - 1] = i < ROWS / 2 ? 1.0f : (float)(2 * i + 1) / 128.0f;
    }
    huse_scores work = {0};
    int32_t keys[ROWS];
    for (size_t first = ROWS / 2; first < ROWS; first++) {
        huse_side q = {row, item, ROWS / 2, WIDTH}, c = {row, item + first, ROWS - first, WIDTH};
        for (size_t i = 0; i < q.n; i++) {
            huse_scores_keys(&work, &q, i, 1, &c, keys);
            for (size_t j = 0; j < c.n; j++)
                assert_int_equal(
                    keys[j], huse_scores_key(row + i * WIDTH, row + (first + j) * WIDTH, WIDTH));
        }
    }
    huse_scores_free(&work);
    free(row);
}

static void products_that_are_no_numbers_come_last(void **state)
{
    (void)state;
    const float row[] = {1, NAN, -1, INFINITY, 0.5f};
    assert_true(huse_scores_key(row, row + 1, 1) < huse_scores_key(row, row + 2, 1));
    assert_true(huse_scores_key(row, row + 3, 1) > huse_scores_key(row, row, 1));
    assert_int_equal(huse_scores_key(row, row + 4, 1), 500000);
}

/* --- instance, gap --- */

static void instance_and_gap_equal_brute_force(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct made m = make(seed, 90, 5, 6, seed % 2 == 0);
        size_t d = 5, n = 90, pairs = 0, others = 0;
        double true_sum = 0, other_sum = 0, true_pair, other_pair, hit[2][3] = {{0}}, rank[2][90];
        for (size_t i = 0; i < n; i++) {
            size_t above[2] = {0}, tied[2] = {0};
            for (size_t j = 0; j < n; j++) {
                if (m.has_image[i] && m.has_text[j]) {
                    double dot = (double)rounded(m.image + i * d, m.text + j * d, d) / 1e6;
                    *(i == j ? &true_sum : &other_sum) += 1 - dot;
                    ++*(i == j ? &pairs : &others);
                }
                long own = rounded(m.image + i * d, m.text + i * d, d);
                long s[2] = {rounded(m.image + i * d, m.text + j * d, d),
                             rounded(m.text + i * d, m.image + j * d, d)};
                bool there[2] = {m.has_text[j], m.has_image[j]};
                for (int k = 0; k < 2; k++) {
                    above[k] += there[k] && s[k] > own;
                    tied[k] += there[k] && s[k] == own;
                }
            }
            if (!m.has_image[i] || !m.has_text[i])
                continue;
            for (int k = 0; k < 2; k++) {
                static const size_t cut[3] = {1, 5, 10};
                rank[k][pairs - 1] = (double)above[k] + ((double)tied[k] + 1) / 2;
                for (int c = 0; c < 3; c++) {
                    double fit = (double)cut[c] - (double)above[k];
                    hit[k][c] += fmax(0, fmin(1, fit / (double)tied[k]));
                }
            }
        }
        huse_instance got[2];
        huse_eval_instance(NULL, &m.set, got);
        huse_eval_gap(NULL, &m.set, &true_pair, &other_pair);
        assert_near(true_pair, true_sum / (double)pairs, 1e-6, "true pairs");
        assert_near(other_pair, other_sum / (double)others, 1e-6, "other pairs");
        for (int k = 0; k < 2; k++) {
            size_t below = 0,
                   upto = 0; /* the median has at most half of the ranks on either side */
            for (size_t i = 0; i < pairs; i++) {
                below += rank[k][i] < got[k].median_rank;
                upto += rank[k][i] <= got[k].median_rank;
            }
            assert_true(2 * below <= pairs && 2 * upto >= pairs);
            assert_near(got[k].r1, hit[k][0] / (double)pairs, 1e-9, "R@1");
            assert_near(got[k].r5, hit[k][1] / (double)pairs, 1e-9, "R@5");
            assert_near(got[k].r10, hit[k][2] / (double)pairs, 1e-9, "R@10");
        }
        made_free(&m);
    }
}

static void figures_without_pairs_are_not_numbers(void **state)
{
    (void)state;
    struct made m = make(2, 10, 3, 2, false);
    for (size_t i = 0; i < 10; i++)
        m.has_text[i] = !(m.has_image[i] = i % 2 == 0);
    huse_instance got[2];
    double a, b;
    huse_eval_instance(NULL, &m.set, got);
    huse_eval_gap(NULL, &m.set, &a, &b);
    assert_false(got[0].present || got[1].present);
    assert_true(isnan(got[0].median_rank) && isnan(got[1].r10) && isnan(a) && isfinite(b));
    made_free(&m);
}

static void the_tree_figure_is_one_when_space_and_tree_agree(void **state)
{
    (void)state;
    struct made m = make(2, 4, 4, 4, false);
    huse_taxonomy_free(m.tree);
    const char *path[] = {"a/x", "a/y", "b/x", "b/y"};
    m.set.tree = m.tree = huse_taxonomy_new(path, 4);
    const float row[16] = {1, 0, 0, 0, .8f, .6f, 0, 0, 0, 0, 1, 0, 0, 0, .8f, .6f};
    memcpy(m.image, row, sizeof row);
    memcpy(m.text, row, sizeof row);
    for (int32_t i = 0; i < 4; i++)
        m.cls[i] = i;
    assert_near(huse_eval_spearman_tree(&m.set), 1, 1e-12, "agreement");
    made_free(&m);
}

/* --- intervals --- */

static void intervals_widen_with_the_spread_between_classes(void **state)
{
    (void)state;
    enum { N = 1000, CLASSES = 10 };
    double x[N], lo, hi, lo2, hi2;
    int32_t cls[N];
    for (size_t i = 0; i < N; i++) {
        cls[i] = (int32_t)(i % CLASSES);
        x[i] = cls[i] < 5; /* all of a class alike: only classes vary */
    }
    huse_intervals(NULL, x, N, 1, cls, 2000, 1, NULL, &lo, &hi);
    assert_true(lo >= 0.1 && lo <= 0.3 && hi >= 0.7 &&
                hi <= 0.9); /* binomial(10, .5) at 2.5 and 97.5 % */
    for (size_t i = 0; i < N; i++)
        x[i] = (double)(i / CLASSES % 2); /* every class half and half: only queries vary */
    huse_intervals(NULL, x, N, 1, cls, 2000, 1, NULL, &lo, &hi);
    assert_near(hi - lo, 2 * 1.96 * 0.5 / sqrt(N), 0.01, "width");
    huse_intervals(NULL, x, N, 1, cls, 2000, 1, NULL, &lo2, &hi2);
    assert_true(lo == lo2 && hi == hi2);
    huse_intervals(NULL, x, N, 1, cls, 2000, 2, NULL, &lo2, &hi2);
    assert_true(lo != lo2 || hi != hi2);
}

static void stopped_intervals_are_unknown(void **state)
{
    (void)state;
    const volatile int stop = 1;
    const double x[4] = {0, 1, 1, 0};
    const int32_t cls[4] = {0, 0, 1, 1};
    double lo = 0, hi = 0;
    huse_intervals(NULL, x, 4, 1, cls, 2000, 1, &stop, &lo, &hi);
    assert_true(isnan(lo) && isnan(hi));
}

static void equal_methods_differ_by_nothing(void **state)
{
    (void)state;
    enum { N = 60 };
    float a[N], b[N];
    int32_t cls[N];
    double lo, hi;
    for (size_t i = 0; i < N; i++) {
        cls[i] = (int32_t)(i % 7);
        a[i] = b[i] = (float)(i % 3);
    }
    huse_eval_paired_interval(NULL, a, b, cls, N, 200, 1, NULL, &lo, &hi);
    assert_true(lo == 0 && hi == 0);
    a[3] = NAN;
    for (size_t i = 0; i < N; i++)
        b[i] -= 0.25f;
    huse_eval_paired_interval(NULL, a, b, cls, N, 200, 1, NULL, &lo, &hi);
    assert_near(lo, 0.25, 1e-6, "lo");
    assert_near(hi, 0.25, 1e-6, "hi");
    huse_eval_paired_interval(NULL, a, b, cls, 0, 200, 1, NULL, &lo, &hi);
    assert_true(isnan(lo) && isnan(hi));
}

/* --- accuracy and fusion --- */

static void the_fusion_weight_is_the_best_and_nearest_the_middle(void **state)
{
    (void)state;
    const float image[] = {.9f, .1f, .2f, .8f, .6f, .4f}, text[] = {.4f, .6f, .6f, .4f, .3f, .7f};
    const int32_t cls[] = {0, 1, 0};
    assert_near(huse_eval_accuracy(image, NULL, cls, 3, 2), 1, 1e-12, "image");
    assert_near(huse_eval_accuracy(text, NULL, cls, 3, 2), 0, 1e-12, "text");
    /* the third item is right from w > 2/3 on, the others sooner */
    assert_near(huse_eval_fusion_weight(image, text, NULL, NULL, cls, 3, 2), 0.7, 1e-12, "w");
    assert_near(huse_eval_fusion_weight(text, image, NULL, NULL, cls, 3, 2), 0.3, 1e-12,
                "mirrored w");
    assert_near(huse_eval_fusion_weight(image, text, NULL, NULL, cls, 0, 2), 0.5, 1e-12, "none");
    const bool has_image[] = {true, true, false}, has_text[] = {true, false, true};
    assert_near(huse_eval_fusion_weight(image, text, has_image, has_text, cls, 3, 2), 0.5, 1e-12,
                "first alone");
    float out[6];
    huse_eval_fuse(image, text, has_image, has_text, 0.25, 3, 2, out);
    assert_near((double)out[0], 0.25 * 0.9 + 0.75 * 0.4, 1e-6, "both");
    assert_near((double)out[2], 0.2, 1e-6, "image alone");
    assert_near((double)out[4], 0.3, 1e-6, "text alone");
    assert_near(huse_eval_accuracy(image, has_image, cls, 3, 2), 1, 1e-12, "present rows");
    const bool none[] = {false, false, false};
    assert_true(isnan(huse_eval_accuracy(image, none, cls, 3, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_equal_the_reference),
        cmocka_unit_test(figures_equal_brute_force_with_ties_and_missing_modalities),
        cmocka_unit_test(small_and_degenerate_sets_are_figured_too),
        cmocka_unit_test(figures_of_one_class_and_of_one_of_each_class),
        cmocka_unit_test(random_average_precision_equals_the_mean_over_all_orders),
        cmocka_unit_test(validation_figures_equal_the_full_ones),
        cmocka_unit_test(no_figure_depends_on_file_order_or_threads),
        cmocka_unit_test(a_key_depends_on_its_two_rows_alone),
        cmocka_unit_test(products_that_are_no_numbers_come_last),
        cmocka_unit_test(instance_and_gap_equal_brute_force),
        cmocka_unit_test(figures_without_pairs_are_not_numbers),
        cmocka_unit_test(the_tree_figure_is_one_when_space_and_tree_agree),
        cmocka_unit_test(intervals_widen_with_the_spread_between_classes),
        cmocka_unit_test(stopped_intervals_are_unknown),
        cmocka_unit_test(equal_methods_differ_by_nothing),
        cmocka_unit_test(the_fusion_weight_is_the_best_and_nearest_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
