/* Runs from the first step to a published model, over a small catalogue with picture rows from elsewhere. */
#include <math.h>

#include "data/encoders.h"
#include "data/features.h"
#include "huse/eval.h"
#include "huse/query.h"
#include "model/methods.h"
#include "model/model.h"
#include "train/dataset.h"
#include "train/run.h"
#include "train_fixture.h"

static void a_run_whose_validation_measures_nothing_goes_to_its_end(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    fill(f, 120, 20, false); /* 6 items of val: one of each class, with a picture and nothing to be found by it */
    small_run(&p);
    OK(huse_train_params_set(&p, "patience", "2", NULL));
    huse_train_options o = { .params = &p };
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    assert_int_equal(r.steps, 40);
    assert_int_equal(r.best_step, 40);
    huse_train_params_fini(&p);
}

/* The last of the highest scores in the log from step @from on. */
static long best_in_log(fixture *f, const char *run, long from, bool *gave_way)
{
    char  path[128], line[4096];
    snprintf(path, sizeof path, "ws/runs/%s/metrics.jsonl", run);
    FILE  *in = fopen(fx_path(f, path), "r");
    long   step, best = 0, highest_at = 0;
    double score, top = -1, highest = -1;
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        const char *s = strstr(line, "\"val_score\":");
        if (!s || sscanf(line, "{\"step\":%ld", &step) != 1 || sscanf(s, "\"val_score\":%lf", &score) != 1)
            continue;
        if (step >= from && score >= top) {
            top = score;
            best = step;
        }
        if (score >= highest) {
            highest = score;
            highest_at = step;
        }
    }
    assert_int_equal(fclose(in), 0);
    *gave_way |= highest_at < from;
    return best;
}

static void what_leads_while_the_rate_is_high_gives_way(void **state)
{
    fixture *f = *state;
    bool     gave_way = false, other = false;
    fill(f, 120, 5, true);
    for (int seed = 1; seed <= 16; seed++) {
        huse_train_params p;
        huse_train_report r;
        char              n[16];
        small_run(&p);
        snprintf(n, sizeof n, "%d", seed);
        OK(huse_train_params_set(&p, "seed", n, NULL));
        OK(huse_train_params_set(&p, "lr", "0.03", NULL));
        OK(huse_train_params_set(&p, "patience", "0", NULL));
        OK(huse_train_params_set(&p, "decay", seed % 2 ? "1" : "0", NULL));
        huse_train_options o = {.params = &p, .no_publish = 1};
        OK(huse_train(f->ws, &host, &o, &r, &f->err));
        assert_int_equal(r.best_step, best_in_log(f, r.run, seed % 2 ? 27 : 0, seed % 2 ? &gave_way : &other));
        huse_train_params_fini(&p);
    }
    assert_true(gave_way);
}

static void a_resumed_run_needs_only_what_the_caller_speaks_of(void **state)
{
    fixture *f = *state;
    huse_train_params p, other;
    huse_train_report first, again;
    unsigned char *given = huse_xcalloc(huse_hp_count(), sizeof *given);
    fill(f, 120, 5, true);
    small_run(&p);
    OK(huse_train_params_init(&other, "default", NULL));
    huse_train_options o = { .params = &p };
    OK(huse_train(f->ws, &host, &o, &first, &f->err));
    o = (huse_train_options){ .params = &other, .resume = 1, .given = given };
    OK(huse_train(f->ws, &host, &o, &again, &f->err));
    assert_string_equal(again.model, first.model);
    o.given = NULL;
    assert_int_equal(huse_train(f->ws, &host, &o, &again, &f->err), HUSE_USAGE);
    for (size_t i = 0; i < huse_hp_count(); i++)
        given[i] = strcmp(huse_hp_at(i)->option, "hidden") == 0;
    o.given = given;
    assert_int_equal(huse_train(f->ws, &host, &o, &again, &f->err), HUSE_USAGE);
    FX_SAYS(f, "--hidden 24");
    huse_train_params_fini(&p);
    huse_train_params_fini(&other);
    free(given);
}

/* Overwrites a byte in the middle of a file. */
static void damage(const char *path)
{
    FILE *out = fopen(path, "r+b");
    assert_non_null(out);
    assert_int_equal(fseek(out, 2000, SEEK_SET), 0);
    assert_int_not_equal(fputc(0x55, out), EOF);
    assert_int_equal(fclose(out), 0);
}

static void the_last_step_is_published_where_the_best_one_is_damaged(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    heard h = { "" };
    fill(f, 120, 5, true);
    small_run(&p);
    OK(huse_train_params_set(&p, "lr", "0.01", NULL));
    OK(huse_train_params_set(&p, "patience", "3", NULL));
    OK(huse_train_params_set(&p, "steps", "4000", NULL));
    huse_train_options o = { .params = &p, .no_publish = 1, .message = hear, .ctx = &h };
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    assert_true(r.best_step > 0 && r.best_step < r.steps);
    char name[64];
    snprintf(name, sizeof name, "ws/runs/run-1/step-%ld/state.safetensors", r.best_step);
    damage(fx_path(f, name));
    o.no_publish = 0;
    o.resume = 1;
    long best = r.best_step;
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    assert_int_equal(r.best_step, r.steps);
    assert_int_not_equal(r.best_step, best);
    assert_non_null(strstr(h.text, "best step cannot be published"));
    huse_model *m;
    OK(huse_model_open(&m, huse_workspace_dir(f->ws), NULL, &f->err));
    assert_int_equal(m->step, r.steps);
    huse_model_close(m);
    huse_train_params_fini(&p);
}

static void a_successor_replaces_the_successor_before_it(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    char path[4][64];
    fill(f, 120, 5, true);
    small_run(&p);
    huse_train_options o = { .params = &p };
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    for (size_t n = 2; n <= 4; n++) {
        fill(f, 120 + n, 5, true);
        OK(huse_publish_successor(f->ws, &host, &f->err));
        OK(huse_publish_successor(f->ws, &host, &f->err)); /* nothing is new: nothing changes */
        huse_model *m;
        OK(huse_model_open(&m, huse_workspace_dir(f->ws), NULL, &f->err));
        assert_int_equal(m->n_items, 120 + n);
        snprintf(path[n - 1], sizeof path[0], "ws/models/%s", m->id);
        assert_int_equal(m->id[strlen(m->id) - 1], '0' + (int)n);
        if (n == 2)
            snprintf(path[0], sizeof path[0], "ws/models/%.*s", (int)strlen(m->id) - 2, m->id);
        huse_model_close(m);
    }
    assert_true(huse_fs_exists(fx_path(f, path[0]))); /* what was trained stays */
    assert_false(huse_fs_exists(fx_path(f, path[1])));
    assert_false(huse_fs_exists(fx_path(f, path[2])));
    assert_true(huse_fs_exists(fx_path(f, path[3])));
    huse_train_params_fini(&p);
}

static void a_model_gets_no_rows_made_by_other_weights(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    fill(f, 120, 5, true);
    small_run(&p);
    huse_train_options o = { .params = &p };
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    OK(huse_publish_successor(f->ws, &host, &f->err));
    huse_text_encoder *enc = huse_text_fallback();
    huse_features *store;
    huse_key other = huse_sha256("other weights", 13);
    huse_items *items = fx_load(f);
    float *row = huse_xaligned(enc->dim * sizeof *row);
    row[0] = 1;
    OK(huse_features_open(&store, huse_workspace_dir(f->ws), enc->name, enc->dim, &other, &f->err));
    for (size_t i = 0; i < items->n; i++) {
        huse_key key = huse_features_text_key(items->item[i].text);
        OK(huse_features_append(store, &key, row, 1, &f->err));
    }
    huse_features_close(store);
    assert_int_equal(huse_publish_successor(f->ws, &host, &f->err), HUSE_BAD_DATA);
    FX_SAYS(f, "train again");
    huse_items_free(items);
    enc->free(enc);
    free(row);
    huse_train_params_fini(&p);
}

/* ---- the methods of the comparison ---- */

static bool known(double x)
{
    return isfinite(x);
}

static void check_evaluation(fixture *f, const huse_method *m)
{
    huse_eval_report  r;
    huse_eval_options o = { .split = HUSE_SPLIT_VAL, .draws = 50 };
    bool              classes = m->class_by != HUSE_CLASS_NONE;
    OK(huse_evaluate(f->ws, &host, &o, &r, &f->err));
    for (int t = 0; t < 4; t++) {
        bool fills = m->joined || t == 0 || t == 3;
        assert_int_equal(r.task[t].present, fills);
        for (int k = 0; k < HUSE_EVAL_FIGURES; k++)
            assert_true(known(r.task[t].mean[k]) == fills && known(r.task[t].random[k]) == fills && known(r.task[t].lo[k]) == fills);
    }
    double t2i, accuracy;
    OK(huse_eval_figure(&r, "T2I.R@1", &t2i, &f->err));
    OK(huse_eval_figure(&r, "accuracy.fusion", &accuracy, &f->err));
    assert_true(known(t2i) == m->joined && known(accuracy) == classes);
    assert_true(r.instance[0].present == m->joined && known(r.true_pair_distance) == m->joined && known(r.spearman_tree) == m->joined);
    assert_int_equal(r.classified, classes);
    if (classes && (r.accuracy_image < 0.5 || r.accuracy_text < 0.5 || r.accuracy_fusion < 0.5))
        fail_msg("%s: %g %g %g", m->name, r.accuracy_image, r.accuracy_text, r.accuracy_fusion);
    if (r.task[0].mean[0] < 0.25 || (m->joined && r.task[2].mean[0] < 0.4)) /* one in six by chance */
        fail_msg("%s: I2I %g, T2I %g", m->name, r.task[0].mean[0], r.task[2].mean[0]);
}

static void check_questions(fixture *f, const huse_method *m)
{
    huse_engine      *e;
    huse_answer       answer;
    huse_class_score *image, *text, *both;
    huse_query        q = { .text = "@i0007", .k = 3, .rerank = -1, .min_score = -2 };
    bool              classes = m->class_by != HUSE_CLASS_NONE;
    OK(huse_engine_open(&e, f->ws, &host, NULL, &f->err));
    assert_true(huse_engine_trained(e));
    assert_true(huse_engine_classifies(e) == classes);
    OK(huse_search(e, &q, &answer, &f->err));
    assert_int_equal(answer.n, 3);
    assert_true((strstr(answer.note, "does not join") != NULL) == !m->joined);
    huse_answer_free(&answer);
    q.target = HUSE_TARGET_CLASS;
    OK(huse_search(e, &q, &answer, &f->err));
    huse_answer_free(&answer);
    huse_status s = huse_classify_item(e, 7, 2, &image, &text, &both, &f->err);
    if (classes) {
        OK(s);
        assert_true(both[0].p >= both[1].p && both[0].p > 0.2f);
        free(image);
        free(text);
        free(both);
    } else {
        assert_int_equal(s, HUSE_BAD_DATA);
        FX_SAYS(f, "learns no classes");
        FX_SAYS(f, m->name);
    }
    huse_engine_close(e);
}

static void every_method_trains_publishes_and_answers(void **state)
{
    fixture *f = *state;
    fill(f, 240, 5, true);
    for (size_t i = 0; i < huse_method_count(); i++) {
        const huse_method *m = huse_method_at(i);
        huse_train_params  p;
        huse_train_report  r;
        huse_model        *model;
        small_run(&p);
        OK(huse_train_params_set(&p, "method", m->name, &f->err));
        OK(huse_train_params_set(&p, "beta", "1", &f->err));
        OK(huse_train_params_set(&p, "lr", "0.01", &f->err));
        huse_train_options o = { .params = &p };
        OK(huse_train(f->ws, &host, &o, &r, &f->err));
        assert_string_equal(r.score_name, i == 0 ? "accuracy" : "R@1");
        assert_true(r.best_score > 0.3);
        OK(huse_model_open(&model, huse_workspace_dir(f->ws), NULL, &f->err));
        assert_string_equal(model->method, m->name);
        assert_int_equal(model->weights.params.shape.heads, m->heads);
        assert_int_equal(model->D, m->psi_wide ? model->P : 16);
        huse_model_close(model);
        check_evaluation(f, m);
        check_questions(f, m);
        o.resume = 1; /* it is at its end */
        char first[64];
        snprintf(first, sizeof first, "%s", r.model);
        OK(huse_train(f->ws, &host, &o, &r, &f->err));
        assert_string_equal(r.model, first);
        OK(huse_train_params_set(&p, "method", i ? "separate" : "huse", &f->err));
        assert_int_equal(huse_train(f->ws, &host, &o, &r, &f->err), HUSE_USAGE);
        FX_SAYS(f, "--method");
        huse_train_params_fini(&p);
    }
}

static void the_fingerprint_tells_the_splits_apart(void **state)
{
    (void)state;
    huse_item item[3] = { { .id = "a", .cls = 0 }, { .id = "b", .cls = 0 }, { .id = "c", .cls = 0 } };
    const char *path[] = { "A" };
    const float row = 1, *image[3] = { &row, &row, &row }, *text[3] = { NULL };
    huse_items items = { .item = item, .n = 3, .class_path = path, .n_classes = 1 };
    uint32_t train[] = { 0, 1, 2 }, val[] = { 1, 2 };
    huse_dataset d = { .items = &items, .image = image, .text = text };
    d.split[HUSE_SPLIT_TRAIN] = train;
    d.split[HUSE_SPLIT_VAL] = val + 1;
    d.n_split[HUSE_SPLIT_TRAIN] = 2;
    d.n_split[HUSE_SPLIT_VAL] = 1;
    huse_key two = huse_dataset_fingerprint(&d), again = huse_dataset_fingerprint(&d);
    assert_true(huse_key_equal(&two, &again));
    d.split[HUSE_SPLIT_VAL] = val;
    d.n_split[HUSE_SPLIT_TRAIN] = 1;
    d.n_split[HUSE_SPLIT_VAL] = 2;
    huse_key one = huse_dataset_fingerprint(&d);
    assert_false(huse_key_equal(&one, &two));
    image[2] = NULL;
    huse_key without = huse_dataset_fingerprint(&d);
    assert_false(huse_key_equal(&one, &without));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_whose_validation_measures_nothing_goes_to_its_end, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(a_resumed_run_needs_only_what_the_caller_speaks_of, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(what_leads_while_the_rate_is_high_gives_way, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(the_last_step_is_published_where_the_best_one_is_damaged, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(a_successor_replaces_the_successor_before_it, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(a_model_gets_no_rows_made_by_other_weights, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(every_method_trains_publishes_and_answers, fx_setup, fx_teardown),
        cmocka_unit_test(the_fingerprint_tells_the_splits_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
