/* The report: JSON shape, figures by name, tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "eval/metrics.h"
#include "eval/report.h"

/* A report with something in every place; task f-th figure t is t/10 + f/100. */
static huse_eval_report sample(void)
{
    huse_eval_report r = {.split = HUSE_SPLIT_TEST,
                          .model = "run-3 step 1200",
                          .items = 1852,
                          .left_out = 2,
                          .classes = 39};
    for (int t = 0; t < HUSE_EVAL_TASKS; t++) {
        r.task[t].present = 1;
        r.task[t].queries = 1850;
        r.task[t].left_out = 2;
        for (int f = 0; f < HUSE_EVAL_FIGURES; f++) {
            r.task[t].mean[f] = 0.3 + 0.1 * t + 0.01 * f;
            r.task[t].random[f] = 0.05;
            r.task[t].lo[f] = r.task[t].mean[f] - 0.012;
            r.task[t].hi[f] = r.task[t].mean[f] + 0.012;
        }
    }
    r.instance[0] = (huse_eval_pair){1, 15, 0.05, 0.25, 0.4};
    r.instance[1] = (huse_eval_pair){1, 1234.5, 0.05, 0.2, 0.4};
    r.true_pair_distance = 0.859;
    r.other_pair_distance = 0.971;
    r.spearman_tree = -0.2071;
    r.classified = 1;
    r.accuracy_image = 1;
    r.accuracy_text = 0.98765;
    r.accuracy_fusion = 0.5;
    r.fusion_weight = 0.35;
    r.shared = (huse_eval_attribute){1, 0.1564, 0.592, 0};
    r.visible = (huse_eval_attribute){1, 0.969, 0.676, 0.8};
    r.hidden = (huse_eval_attribute){1, 0.25, 0.75, 0.8};
    return r;
}

static void assert_keys(const json_t *o, const char *const *key, size_t n)
{
    assert_true(json_is_object(o));
    assert_int_equal(json_object_size(o), n);
    for (size_t i = 0; i < n; i++) {
        if (!json_object_get(o, key[i]))
            fail_msg("no key %s", key[i]);
    }
}
#define KEYS(o, ...)                                                                               \
    assert_keys(o, (const char *const[]){__VA_ARGS__},                                             \
                HUSE_COUNT(((const char *const[]){__VA_ARGS__})))

static void the_json_has_exactly_the_agreed_shape(void **state)
{
    (void)state;
    huse_eval_report full = sample(), empty = {.split = HUSE_SPLIT_VAL};
    full.task[HUSE_I2T].mean[0] = (double)NAN;
    for (int k = 0; k < 2; k++) {
        json_t *o = huse_eval_report_json(k ? &empty : &full),
               *tasks = json_object_get(o, "retrieval");
        KEYS(o, "schema", "version", "model", "split", "queries", "left_out", "classes",
             "retrieval", "instance", "accuracy", "true_pair_distance", "other_pair_distance",
             "spearman_tree", "attribute_search");
        KEYS(tasks, "I2I", "I2T", "T2I", "T2T", "T2T_distinct");
        const char *name;
        json_t *task;
        json_object_foreach(tasks, name, task)
        {
            if (k)
                KEYS(task, "R@1", "R@5", "R@10", "HP@2", "HP@5", "HP@10", "mAP", "queries",
                     "left_out", "random");
            else
                KEYS(task, "R@1", "R@5", "R@10", "HP@2", "HP@5", "HP@10", "mAP", "queries",
                     "left_out", "random", "interval");
            KEYS(json_object_get(task, "random"), "R@1", "R@5", "R@10", "HP@2", "HP@5", "HP@10",
                 "mAP");
            assert_int_equal(json_is_null(json_object_get(task, "mAP")), k);
        }
        KEYS(json_object_get(o, "accuracy"), "image", "text", "fusion", "fusion_weight");
        KEYS(json_object_get(json_object_get(o, "instance"), "T2I"), "median_rank", "R@1", "R@5",
             "R@10");
        json_t *search = json_object_get(o, "attribute_search");
        KEYS(search, "shared", "visible", "hidden");
        KEYS(json_object_get(search, "hidden"), "P@10", "class_share", "mix");
        KEYS(json_object_get(search, "shared"), "P@10", "class_share");
        char *text = json_dumps(o, 0);
        assert_null(strstr(text, "nan"));
        free(text);
        json_decref(o);
    }
    json_t *o = huse_eval_report_json(&full),
           *task = json_object_get(json_object_get(o, "retrieval"), "I2T");
    assert_true(json_is_null(json_object_get(task, "R@1")));
    json_t *range = json_object_get(json_object_get(task, "interval"), "R@5");
    assert_true(json_number_value(json_array_get(range, 0)) == full.task[HUSE_I2T].lo[HUSE_R5]);
    assert_true(json_number_value(json_array_get(range, 1)) == full.task[HUSE_I2T].hi[HUSE_R5]);
    assert_string_equal(json_string_value(json_object_get(o, "schema")), "huse-tui/eval");
    assert_string_equal(json_string_value(json_object_get(o, "split")), "test");
    json_decref(o);
}

static void assert_figure(const huse_eval_report *r, const char *name, double want)
{
    double v = -9;
    assert_int_equal(huse_eval_figure(r, name, &v, NULL), HUSE_OK);
    if (isnan(want) ? !isnan(v) : v != want)
        fail_msg("%s: %g, want %g", name, v, want);
}

static void figures_are_found_by_their_names(void **state)
{
    (void)state;
    huse_eval_report r = sample();
    double v = -9;
    huse_err err;
    r.spearman_tree = (double)NAN;
    assert_figure(&r, "T2I.R@1", r.task[HUSE_T2I].mean[HUSE_R1]);
    assert_figure(&r, "retrieval.T2T_distinct.HP@10", r.task[HUSE_T2T_DISTINCT].mean[HUSE_HP10]);
    assert_figure(&r, "I2I.random.mAP", 0.05);
    assert_figure(&r, "I2I.queries", 1850);
    assert_figure(&r, "accuracy.text", 0.98765);
    assert_figure(&r, "instance.T2I.median_rank", 1234.5);
    assert_figure(&r, "attribute_search.hidden.class_share", 0.75);
    assert_figure(&r, "true_pair_distance", 0.859);
    assert_figure(&r, "spearman_tree", (double)NAN);
    r.classified = 0;
    r.task[HUSE_I2I].present = 0;
    assert_figure(&r, "accuracy.text", (double)NAN);
    assert_figure(&r, "I2I.R@1", (double)NAN);
    const char *const wrong[] = {
        "", ".", "T2I", "T2J.R@1", "schema", "..T2I..R@1", "T2I.R@1.x", "T2I.interval.R@1", "R@1"};
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        assert_int_equal(huse_eval_figure(&r, wrong[i], &v, &err), HUSE_USAGE);
    assert_true(v == -9);
    assert_non_null(strstr(err.msg, "R@1"));
}

static void tables_hold_every_row_and_never_a_zero_for_the_unknown(void **state)
{
    (void)state;
    huse_eval_report r = sample(),
                     other = {.split = HUSE_SPLIT_TEST, .true_pair_distance = (double)NAN};
    huse_eval_row row[] = {{"HUSE", &r}, {"Sépare", &other}};
    char *text = huse_eval_report_table(row, 2);
    assert_non_null(
        strstr(text, "Table 1  R@1 / R@5 / R@10, test split, 1,852 queries   run-3 step 1200\n"));
    assert_non_null(strstr(
        text, "HUSE      .300 .310 .320   .400 .410 .420   .500 .510 .520   .600 .610 .620\n"));
    assert_non_null(strstr(text, "  ± 95 %  .012 .012 .012   "));
    assert_non_null(strstr(text, "\nrandom    .050"));
    assert_non_null(strstr(text, "HUSE      .700 .710 .720   .730 .740 .750   .760\n"));
    assert_non_null(strstr(text, "HUSE       1.00   .988    .500   image weight .350\n"));
    assert_non_null(strstr(text, "1,234.5\n"));
    assert_non_null(strstr(text, "with the tree -.207."));
    assert_non_null(strstr(text, "texts hidden       .250          .750   mix .800\n"));
    const char *unknown = strstr(text, "\nSépare       –    –    –");
    assert_non_null(unknown);
    assert_true(strcspn(unknown, "0123456789") > strcspn(unknown + 1, "\n"));
    assert_null(strstr(text, "nan"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(huse_text_width(line) <= 80);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_json_has_exactly_the_agreed_shape),
        cmocka_unit_test(figures_are_found_by_their_names),
        cmocka_unit_test(tables_hold_every_row_and_never_a_zero_for_the_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
