/* The report: JSON shape, tables, figures by name, thresholds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/text.h"
#include "eval/report.h"

struct sample {
    float image[60 * 6], text[60 * 6];
    int32_t cls[60];
    const char *str[60];
    huse_taxonomy *tree;
    huse_eval_report report;
};

static void sample_make(struct sample *s, unsigned draws)
{
    static const char *const path[] = { "a/b", "a/c", "d/e", "d/f" };
    huse_rng rng;
    huse_rng_init(&rng, 1, 0);
    for (size_t i = 0; i < 60; i++) {
        s->cls[i] = (int32_t)(i % 4);
        s->str[i] = i % 3 ? "one" : "two";
        for (size_t k = 0; k < 6; k++) {
            s->image[i * 6 + k] = (float)(0.2 * huse_rng_normal(&rng) + 0.4 * (k == i % 4));
            s->text[i * 6 + k] = (float)(0.2 * huse_rng_normal(&rng) + 0.4 * (k == i % 4));
        }
    }
    s->tree = huse_taxonomy_new(path, 4);
    huse_eval_set set = { .n = 60, .d = 6, .image = s->image, .text = s->text, .cls = s->cls, .str = s->str,
                          .tree = s->tree };
    huse_retrieval_options opt = { .draws = draws, .seed = 1 };
    huse_eval_report_init(&s->report, "test");
    huse_eval_report_space(&s->report, NULL, &set, &opt);
}

static void sample_free(struct sample *s)
{
    huse_eval_report_free(&s->report);
    huse_taxonomy_free(s->tree);
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
#define KEYS(o, ...) assert_keys(o, (const char *const[]){ __VA_ARGS__ }, HUSE_COUNT(((const char *const[]){ __VA_ARGS__ })))

static void the_json_has_exactly_the_agreed_shape(void **state)
{
    (void)state;
    struct sample s;
    sample_make(&s, 20);
    json_t *o = huse_eval_report_json(&s.report), *tasks = json_object_get(o, "retrieval");
    KEYS(o, "schema", "version", "split", "queries", "retrieval", "instance", "accuracy", "true_pair_distance",
         "other_pair_distance", "spearman_tree", "attribute_search");
    KEYS(tasks, "I2I", "I2T", "T2I", "T2T", "T2T_distinct");
    const char *name;
    json_t *task;
    json_object_foreach(tasks, name, task)
    {
        KEYS(task, "R@1", "R@5", "R@10", "HP@2", "HP@5", "HP@10", "mAP", "queries", "left_out", "random", "interval");
        KEYS(json_object_get(task, "random"), "R@1", "R@5", "R@10", "HP@2", "HP@5", "HP@10", "mAP");
        json_t *range = json_object_get(json_object_get(task, "interval"), "R@1");
        assert_int_equal(json_array_size(range), 2);
        double lo = json_number_value(json_array_get(range, 0)), hi = json_number_value(json_array_get(range, 1));
        double mean = json_number_value(json_object_get(task, "R@1"));
        assert_true(lo <= mean && mean <= hi);
    }
    json_t *search = json_object_get(o, "attribute_search");
    KEYS(json_object_get(o, "accuracy"), "image", "text", "fusion", "fusion_weight");
    KEYS(json_object_get(json_object_get(o, "instance"), "T2I"), "median_rank", "R@1", "R@5", "R@10");
    KEYS(search, "shared", "visible", "hidden");
    KEYS(json_object_get(search, "hidden"), "P@10", "class_share", "mix");
    KEYS(json_object_get(search, "shared"), "P@10", "class_share");
    assert_true(json_is_null(json_object_get(json_object_get(o, "accuracy"), "image")));
    assert_string_equal(json_string_value(json_object_get(o, "schema")), "huse-tui/eval");
    char *text = json_dumps(o, 0);
    assert_null(strstr(text, "nan"));
    free(text);
    json_decref(o);
    sample_free(&s);
}

static void figures_are_found_by_their_names(void **state)
{
    (void)state;
    struct sample s;
    double v = -9;
    sample_make(&s, 0);
    s.report.accuracy_image = 0.5;
    s.report.hidden = (huse_attribute_figure){ 0.25, 0.75 };
    assert_true(huse_eval_report_figure(&s.report, "T2I.R@1", &v) && v == s.report.retrieval[HUSE_T2I].mean[HUSE_R1]);
    assert_true(huse_eval_report_figure(&s.report, "retrieval.T2I.R@1", &v));
    assert_true(huse_eval_report_figure(&s.report, "I2I.random.HP@10", &v) &&
                v == s.report.retrieval[HUSE_I2I].random[HUSE_HP10]);
    assert_true(huse_eval_report_figure(&s.report, "accuracy.image", &v) && v == 0.5);
    assert_true(huse_eval_report_figure(&s.report, "instance.I2T.median_rank", &v) &&
                v == s.report.instance[0].median_rank);
    assert_true(huse_eval_report_figure(&s.report, "attribute_search.hidden.class_share", &v) && v == 0.75);
    assert_true(huse_eval_report_figure(&s.report, "spearman_tree", &v));
    v = -9;
    assert_false(huse_eval_report_figure(&s.report, "accuracy.text", &v));
    assert_false(huse_eval_report_figure(&s.report, "T2I", &v));
    assert_false(huse_eval_report_figure(&s.report, "", &v));
    assert_false(huse_eval_report_figure(&s.report, "schema", &v));
    assert_false(huse_eval_report_figure(&s.report, "..T2I..R@1", &v));
    assert_true(v == -9);
    sample_free(&s);
}

static void thresholds_are_judged_and_mistakes_named(void **state)
{
    (void)state;
    struct sample s;
    huse_err err;
    sample_make(&s, 0);
    s.report.accuracy_image = 0.875;
    assert_int_equal(huse_eval_report_check(&s.report, "accuracy.image=.875", &err), HUSE_OK);
    assert_int_equal(huse_eval_report_check(&s.report, "accuracy.image=0.8751", &err), HUSE_THRESHOLD);
    assert_non_null(strstr(err.msg, "0.8750"));
    assert_int_equal(huse_eval_report_check(&s.report, "accuracy.text=0", &err), HUSE_THRESHOLD);
    assert_int_equal(huse_eval_report_check(&s.report, "T2J.R@1=.5", &err), HUSE_USAGE);
    assert_non_null(strstr(err.msg, "T2"));
    const char *const wrong[] = { "", "=", "T2I.R@1", "T2I.R@1=", "T2I.R@1=x", "T2I.R@1=.", "T2I.R@1=1e3", "T2I.R@1=1 ",
                                  "T2I.R@1=0,9", "T2I.R@1=nan", "T2I.R@1=--1", "T2I.R@1=1111111111111111", "schema=1" };
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        assert_int_equal(huse_eval_report_check(&s.report, wrong[i], &err), HUSE_USAGE);
    assert_int_equal(huse_eval_report_check(&s.report, "T2I.R@1=-1", NULL), HUSE_OK);
    sample_free(&s);
}

static void tables_hold_every_row_and_never_a_zero_for_the_unknown(void **state)
{
    (void)state;
    struct sample s;
    huse_eval_report other;
    sample_make(&s, 30);
    s.report.accuracy_image = 1;
    s.report.accuracy_text = 0.98765;
    s.report.fusion_weight = 0.35;
    s.report.shared = s.report.visible = s.report.hidden = (huse_attribute_figure){ 0.1564, 0.592 };
    s.report.mix_hidden = 0.8;
    s.report.queries = 1852;
    huse_eval_report_init(&other, "test");
    huse_eval_row row[] = { { "HUSE", &s.report }, { "Sépare", &other } };
    char *text = huse_eval_report_table(row, 2, "run-3 step 1,200");
    assert_non_null(strstr(text, "Table 1  R@1 / R@5 / R@10, test split, 1,852 queries     run-3 step 1,200\n"));
    assert_non_null(strstr(text, "\nrandom"));
    assert_non_null(strstr(text, "± 95 %"));
    const char *unknown = strstr(text, "\nSépare       –    –    –");
    assert_non_null(unknown);
    assert_true(strcspn(unknown, "0123456789") > strcspn(unknown + 1, "\n"));
    assert_non_null(strstr(text, "HUSE       1.00   .988       –   image weight .350\n"));
    assert_non_null(strstr(text, "texts hidden       .156          .592   mix .800\n"));
    assert_null(strstr(text, "nan"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(huse_text_width(line) <= 100);
    free(text);
    sample_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_json_has_exactly_the_agreed_shape),
        cmocka_unit_test(figures_are_found_by_their_names),
        cmocka_unit_test(thresholds_are_judged_and_mistakes_named),
        cmocka_unit_test(tables_hold_every_row_and_never_a_zero_for_the_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
