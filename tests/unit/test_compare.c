/* The comparison: means over seeds, who is best, figures to and from JSON, and what is planned. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/compare_table.h"
#include "train/bench_plan.h"

enum { N = 400, CLASSES = 20 };

/* Items of which a share is answered right, in every figure; a method without accuracies where @classified is not set. */
static huse_eval_items items(double share, bool classified, uint64_t seed)
{
    huse_eval_items x = {.n = N};
    huse_rng        rng;
    double          sum = 0;
    huse_rng_init(&rng, 7, seed);
    x.cls = huse_xcalloc(N, sizeof *x.cls);
    x.right = classified ? huse_xcalloc(N * HUSE_ACCURACIES, sizeof *x.right) : NULL;
    for (int t = 0; t < HUSE_TASKS; t++)
        x.figure[t] = huse_xcalloc(N * HUSE_FIGURES, sizeof *x.figure[t]);
    for (size_t i = 0; i < N; i++) {
        float v = huse_rng_uniform(&rng) < share ? 1 : 0;
        x.cls[i] = (int32_t)(i % CLASSES);
        sum += (double)v;
        for (size_t k = 0; k < HUSE_TASKS * HUSE_FIGURES; k++)
            x.figure[k / HUSE_FIGURES][i * HUSE_FIGURES + k % HUSE_FIGURES] = i == 3 ? NAN : v;
        for (size_t k = 0; x.right && k < HUSE_ACCURACIES; k++)
            x.right[i * HUSE_ACCURACIES + k] = v;
    }
    huse_eval_report *r = &x.report;
    r->split = HUSE_SPLIT_TEST;
    r->items = N;
    r->classes = CLASSES;
    for (int t = 0; t < HUSE_TASKS; t++) {
        r->task[t].present = 1;
        r->task[t].queries = N - 1;
        r->task[t].left_out = 1;
        for (int f = 0; f < HUSE_FIGURES; f++) {
            r->task[t].mean[f] = sum / N + f * 1e-9;
            r->task[t].random[f] = .05;
            r->task[t].lo[f] = r->task[t].hi[f] = (double)NAN;
        }
    }
    r->instance[0] = r->instance[1] = (huse_eval_pair){1, 12.5 + share, .1, .2, .3};
    r->true_pair_distance = r->other_pair_distance = r->spearman_tree = share / 3;
    r->classified = classified;
    r->accuracy_image = r->accuracy_text = r->accuracy_fusion = classified ? sum / N : (double)NAN;
    r->fusion_weight = classified ? .35 : (double)NAN;
    return x;
}

static void figures_come_back_from_json_as_they_were(void **state)
{
    (void)state;
    huse_eval_items x = items(.6, true, 1), y;
    x.figure[HUSE_I2I][7] = 0.1234567f;
    json_t *o = huse_eval_items_json(&x);
    char   *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    o = json_loads(text, 0, NULL);
    free(text);
    assert_int_equal(huse_eval_items_from_json(&y, o, NULL), HUSE_OK);
    assert_int_equal(y.n, N);
    assert_memory_equal(x.cls, y.cls, N * sizeof *x.cls);
    assert_memory_equal(x.right, y.right, N * HUSE_ACCURACIES * sizeof *x.right);
    for (size_t i = 0; i < N * HUSE_FIGURES; i++)
        assert_true(x.figure[HUSE_I2I][i] == y.figure[HUSE_I2I][i] || (isnan(x.figure[HUSE_I2I][i]) && isnan(y.figure[HUSE_I2I][i])));
    assert_memory_equal(x.report.task[2].mean, y.report.task[2].mean, sizeof x.report.task[2].mean);
    assert_true(x.report.instance[1].median_rank == y.report.instance[1].median_rank);
    assert_true(x.report.accuracy_fusion == y.report.accuracy_fusion && y.report.classified);
    json_decref(o);
    huse_eval_items_free(&x);
    huse_eval_items_free(&y);
}

static void json_that_lacks_or_bends_something_is_refused(void **state)
{
    (void)state;
    huse_eval_items x = items(.6, true, 1), y = {0};
    json_t         *whole = huse_eval_items_json(&x);
    const char     *key;
    json_t         *value;
    json_object_foreach(whole, key, value)
    {
        json_t *const bad[] = {NULL, json_true(), json_array(), json_string("x"), json_integer(-1)};
        for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
            json_t  *o = json_copy(whole);
            huse_err err = {0};
            if (bad[i])
                json_object_set_new(o, key, bad[i]);
            else
                json_object_del(o, key);
            if (huse_eval_items_from_json(&y, o, &err) != HUSE_BAD_DATA)
                fail_msg("“%s” bent in way %zu is taken", key, i);
            json_decref(o);
        }
    }
    json_t *deep = json_deep_copy(whole), *row = json_array_get(json_object_get(json_object_get(deep, "figures"), "T2I"), 5);
    json_array_set_new(row, 2, json_integer(10000001)); /* more than 1 */
    assert_int_equal(huse_eval_items_from_json(&y, deep, NULL), HUSE_BAD_DATA);
    json_decref(deep);
    assert_int_equal(huse_eval_items_from_json(&y, NULL, NULL), HUSE_BAD_DATA);
    json_decref(whole);
    huse_eval_items_free(&x);
}

static void the_best_and_what_cannot_be_told_from_it_are_marked(void **state)
{
    (void)state;
    huse_eval_items  a[2] = {items(.80, true, 1), items(.80, true, 2)}, b[2] = {items(.79, true, 3), items(.79, true, 4)},
                    c[2] = {items(.4, false, 5), items(.4, false, 6)};
    huse_compare_row row[3] = {{.label = "A", .seed = a, .n_seeds = 2}, {.label = "B", .seed = b, .n_seeds = 2}, {.label = "C", .seed = c, .n_seeds = 2}};
    huse_pool       *pool = huse_pool_new(2);
    free(c[0].figure[HUSE_I2T]);
    free(c[1].figure[HUSE_I2T]);
    for (int s = 0; s < 2; s++) {
        c[s].figure[HUSE_I2T] = NULL;
        c[s].report.task[HUSE_I2T] = (huse_eval_task){.present = 0};
        for (int f = 0; f < HUSE_FIGURES; f++)
            c[s].report.task[HUSE_I2T].mean[f] = (double)NAN;
    }
    huse_compare(pool, row, 3, 500, 1, NULL);
    size_t best = row[0].mean.task[0].mean[0] > row[1].mean.task[0].mean[0] ? 0 : 1;
    double mean = (a[0].report.task[0].mean[0] + a[1].report.task[0].mean[0]) / 2;
    assert_true(fabs(row[0].mean.task[0].mean[0] - mean) < 1e-15);
    assert_true(row[0].mean.task[0].lo[0] < mean && mean < row[0].mean.task[0].hi[0]);
    assert_int_equal(row[best].mark[HUSE_I2I][HUSE_R1], HUSE_STANDING_BEST);
    assert_int_equal(row[1 - best].mark[HUSE_I2I][HUSE_R1], HUSE_STANDING_LEVEL);
    assert_int_equal(row[2].mark[HUSE_I2I][HUSE_R1], HUSE_STANDING_NONE);
    assert_int_equal(row[2].mark[HUSE_I2T][HUSE_R1], HUSE_STANDING_NONE);
    assert_int_equal(row[2].accuracy_mark[0], HUSE_STANDING_NONE);
    assert_int_equal(row[best].accuracy_mark[2], HUSE_STANDING_BEST);
    char *text = huse_compare_tables(row, 3, HUSE_TABLE_TEXT, &(huse_compare_style){.title = "", .classes = CLASSES});
    assert_non_null(strstr(text, "Table 3"));
    assert_non_null(strstr(text, "–"));
    assert_null(strstr(text, "nan"));
    free(text);
    huse_pool_free(pool);
    for (int s = 0; s < 2; s++) {
        huse_eval_items_free(&a[s]);
        huse_eval_items_free(&b[s]);
        huse_eval_items_free(&c[s]);
    }
}

static double hp(const huse_train_params *p, const char *option)
{
    for (size_t i = 0; i < huse_hp_count(); i++)
        if (strcmp(huse_hp_at(i)->option, option) == 0) {
            char  *text = huse_train_params_text(p, i);
            double v = strtod(text, NULL);
            free(text);
            return v;
        }
    return (double)NAN;
}

static void trials_are_drawn_from_each_methods_own_ranges_and_always_the_same(void **state)
{
    (void)state;
    huse_plan_row  *row;
    size_t          n;
    huse_bench_sets sets, again;
    assert_int_equal(huse_plan_rows(NULL, &row, &n, NULL), HUSE_OK);
    assert_true(n >= huse_method_count());
    for (size_t i = 0; i < n; i++)
        for (long k = 1; k < 50 && huse_plan_trial(&row[i], k, &sets); k++) {
            huse_train_params p;
            huse_plan_trial(&row[i], k, &again);
            assert_memory_equal(&sets, &again, sizeof sets);
            assert_int_equal(huse_plan_params(&row[i], &sets, 10, 1, &p, NULL), HUSE_OK);
            for (const huse_own_weight *w = row[i].method->own; w->option; w++) {
                double v = hp(&p, w->option);
                bool   fixed = row[i].fixed.n && strcmp(row[i].fixed.set[0].option, w->option) == 0;
                assert_true(fixed ? v == 0 : v >= w->low && v <= w->high);
            }
            assert_int_equal(p.patience, 0);
            huse_train_params_fini(&p);
        }
    free(row);
}

static void rows_are_found_by_name_and_kept_in_order(void **state)
{
    (void)state;
    huse_plan_row *row;
    size_t         n;
    huse_err       err = {0};
    assert_int_equal(huse_plan_rows("huse-p,Separate,DeViSE*", &row, &n, NULL), HUSE_OK);
    assert_int_equal(n, 3);
    assert_string_equal(row[0].label, "Separate");
    assert_string_equal(row[2].label, "HUSE-P");
    free(row);
    const char *const wrong[] = {"", ",", "huse-p,", "husep", "huse-p,,cme"};
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        assert_int_equal(huse_plan_rows(wrong[i], &row, &n, &err), HUSE_USAGE);
}

static void huse_of_eq_5_has_nothing_added(void **state)
{
    (void)state;
    huse_plan_row    *row;
    size_t            n;
    huse_train_params p;
    assert_int_equal(huse_plan_rows("huse", &row, &n, NULL), HUSE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(huse_plan_params(&row[0], NULL, 10, 1, &p, NULL), HUSE_OK);
    assert_true(hp(&p, "instance") == 0);
    huse_train_params_fini(&p);
    free(row);
}

static void ablations_change_something_of_what_they_start_from(void **state)
{
    (void)state;
    huse_plan_row     full = huse_plan_full_huse(), *row;
    huse_train_params base;
    size_t            n, many;
    assert_int_equal(huse_plan_params(&full, NULL, 10, 1, &base, NULL), HUSE_OK);
    huse_plan_ablations(&base, 30, &row, &n);
    assert_true(n >= 6);
    for (size_t i = 0; i < n; i++) {
        huse_train_params p;
        bool              same = true;
        assert_int_equal(huse_plan_params(&row[i], NULL, 10, 1, &p, NULL), HUSE_OK);
        for (size_t k = 0; k < huse_hp_count(); k++) {
            char *x = huse_train_params_text(&base, k), *y = huse_train_params_text(&p, k);
            same &= strcmp(x, y) == 0;
            free(x);
            free(y);
        }
        assert_false(same);
        huse_train_params_fini(&p);
    }
    free(row);
    huse_plan_ablations(&base, 100000, &row, &many); /* no matrix of so many classes */
    assert_true(many < n);
    free(row);
    huse_train_params_fini(&base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_come_back_from_json_as_they_were),
        cmocka_unit_test(json_that_lacks_or_bends_something_is_refused),
        cmocka_unit_test(the_best_and_what_cannot_be_told_from_it_are_marked),
        cmocka_unit_test(trials_are_drawn_from_each_methods_own_ranges_and_always_the_same),
        cmocka_unit_test(rows_are_found_by_name_and_kept_in_order),
        cmocka_unit_test(huse_of_eq_5_has_nothing_added),
        cmocka_unit_test(ablations_change_something_of_what_they_start_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
