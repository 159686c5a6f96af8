/* A run's settings, its log and its checkpoints. */
#include "data_fixture.h"

#include <math.h>

#include "reseal.h"
#include "train/checkpoint.h"
#include "train/config.h"

/* ---- hyper-parameters ---- */

static void the_presets_hold_the_values_of_the_table(void **state)
{
    fixture *f = *state;
    huse_train_params p, paper;
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_train_params_init(&paper, "paper", &f->err));
    assert_string_equal(p.optimiser, "adamw");
    assert_string_equal(paper.optimiser, "rmsprop");
    assert_string_equal(paper.psi, "name");
    assert_int_equal(paper.dim, 512);
    assert_int_equal(paper.batch, 1024);
    assert_int_equal(paper.steps, 250000);
    assert_true(fabs(paper.lr - 1.6192e-05) < 1e-20);
    assert_true(paper.instance <= 0 && paper.logit_scale >= 1 && paper.logit_scale <= 1);
    assert_int_equal(huse_train_params_init(&p, "papers", &f->err), HUSE_NOT_FOUND);
    FX_SAYS(f, "papers");
    for (size_t i = 0; i < huse_hp_count(); i++) { /* every default lies in its own range */
        char *text = huse_train_params_text(&p, i);
        OK(huse_train_params_set(&p, huse_hp_at(i)->option, text, &f->err));
        free(text);
    }
    huse_train_params_fini(&p);
    huse_train_params_fini(&paper);
}

static void values_out_of_range_are_usage_errors(void **state)
{
    fixture *f = *state;
    static const char *const wrong[][2] = {
        {"lr", "-1"}, {"lr", "11"}, {"lr", "nan"}, {"lr", "inf"}, {"lr", ""}, {"lr", "1x"}, {"lr", "0,5"},
        {"batch", "1"}, {"batch", "2.5"}, {"batch", "65537"}, {"steps", "1e99"}, {"steps", "-1"}, {"seed", "1.5"},
        {"optimiser", "sgd"}, {"optimiser", ""}, {"psi", "words"}, {"psi", ".npy"}, {"image-dropout", "0.95"}, {"decay", "1.01"},
    };
    huse_train_params p;
    OK(huse_train_params_init(&p, "default", &f->err));
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++) {
        if (huse_train_params_set(&p, wrong[i][0], wrong[i][1], &f->err) != HUSE_USAGE)
            fail_msg("%s %s is accepted", wrong[i][0], wrong[i][1]);
        FX_SAYS(f, wrong[i][0]);
    }
    assert_int_equal(huse_train_params_set(&p, "weight_decay", "0", &f->err), HUSE_USAGE);
    FX_SAYS(f, "did you mean weight-decay?");
    assert_true(p.lr > 0.0009 && p.lr < 0.0011);
    OK(huse_train_params_set(&p, "lr", "2.5e-2", &f->err));
    OK(huse_train_params_set(&p, "psi", "mine.npy", &f->err));
    assert_true(p.lr > 0.0249 && p.lr < 0.0251);
    huse_train_params_fini(&p);
}

static void settings_survive_json_to_the_bit(void **state)
{
    fixture *f = *state;
    huse_train_params p, q;
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_train_params_init(&q, "paper", &f->err));
    p.lr = 0.1 + 0.2;
    p.gamma = 1.0 / 3.0;
    json_t *o = huse_train_params_json(&p);
    char *text = json_dumps(o, 0);
    json_t *read = json_loads(text, 0, NULL);
    OK(huse_train_params_from_json(&q, read, &f->err));
    assert_memory_equal(&p.lr, &q.lr, sizeof p.lr);
    assert_memory_equal(&p.gamma, &q.gamma, sizeof p.gamma);
    assert_string_equal(p.optimiser, q.optimiser);
    assert_int_equal(p.seed, q.seed);
    json_object_set_new(read, "lr", json_real(99));
    assert_int_equal(huse_train_params_from_json(&q, read, &f->err), HUSE_BAD_DATA);
    FX_SAYS(f, "lr is out of range");
    json_object_del(read, "lr");
    assert_int_equal(huse_train_params_from_json(&q, read, &f->err), HUSE_BAD_DATA);
    FX_SAYS(f, "lack lr");
    json_object_set_new(read, "lr", json_string("1"));
    assert_int_equal(huse_train_params_from_json(&q, read, &f->err), HUSE_BAD_DATA);
    double low, high;
    assert_ptr_equal(huse_train_params_live(&p, "lr", &low, &high), &p.lr);
    assert_null(huse_train_params_live(&p, "steps", &low, &high));
    assert_null(huse_train_params_live(&p, "nonsense", &low, &high));
    json_decref(o);
    json_decref(read);
    free(text);
    huse_train_params_fini(&p);
    huse_train_params_fini(&q);
}

/* ---- the log ---- */

static huse_run *new_run(fixture *f)
{
    huse_run *run;
    huse_train_params p;
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_run_create(&run, fx_path(f, "ws"), &p, &f->err));
    huse_train_params_fini(&p);
    return run;
}

static void note(fixture *f, huse_run *run, const char *text)
{
    OK(huse_run_log(run, json_loads(text, 0, NULL), &f->err));
}

static void a_second_trainer_is_refused(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f), *other;
    assert_int_equal(huse_run_open(&other, fx_path(f, "ws"), NULL, &f->err), HUSE_FAILED);
    FX_SAYS(f, "run-1");
    FX_SAYS(f, "in use by another process");
    huse_run *next = new_run(f);
    assert_string_equal(next->id, "run-2");
    huse_run_close(run);
    OK(huse_run_open(&run, fx_path(f, "ws"), "run-1", &f->err));
    huse_run_close(run);
    huse_run_close(next);
    assert_int_equal(huse_run_open(&run, fx_path(f, "ws"), "run-7", &f->err), HUSE_NOT_FOUND);
    assert_int_equal(huse_run_open(&run, fx_path(f, "ws"), "../runs/run-1", &f->err), HUSE_NOT_FOUND);
}

static void rewinding_keeps_figures_up_to_the_step_and_all_settings(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    huse_event *e;
    size_t n, bytes;
    char *text;
    note(f, run, "{\"step\":10,\"loss\":1.5}");
    note(f, run, "{\"step\":15,\"set\":\"lr\",\"value\":0.00012345678901234567}");
    note(f, run, "{\"step\":20,\"loss\":1.25}");
    note(f, run, "{\"step\":25,\"set\":\"beta\",\"value\":3}");
    assert_int_equal(write(run->log, "{\"step\":30,\"lo", 14), 14); /* killed within a line */
    OK(huse_run_rewind(run, 12, &e, &n, &f->err));
    assert_int_equal(n, 2);
    assert_int_equal(e[0].step, 15);
    assert_string_equal(e[0].option, "lr");
    const double lr = 0.00012345678901234567;
    assert_memory_equal(&e[0].value, &lr, sizeof lr);
    assert_int_equal(e[1].step, 25);
    free(e);
    note(f, run, "{\"step\":20,\"loss\":1}"); /* into the new file */
    char *path = huse_fs_join(run->dir, "metrics.jsonl");
    OK(huse_fs_read(path, 4096, &text, &bytes, &f->err));
    text[bytes] = '\0';
    assert_string_equal(text, "{\"step\":10,\"loss\":1.5}\n{\"step\":15,\"set\":\"lr\",\"value\":0.00012345678901234567}\n"
                              "{\"step\":25,\"set\":\"beta\",\"value\":3}\n{\"step\":20,\"loss\":1}\n");
    free(text);
    free(path);
    huse_run_close(run);
}

static void a_setting_of_a_later_life_undoes_those_after_it(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    huse_event *e;
    size_t n;
    note(f, run, "{\"step\":100,\"set\":\"lr\",\"value\":1}");
    note(f, run, "{\"step\":120,\"set\":\"beta\",\"value\":2}");
    note(f, run, "{\"step\":150,\"set\":\"lr\",\"value\":3}");
    note(f, run, "{\"step\":110,\"set\":\"lr\",\"value\":4}"); /* resumed from before 110 */
    OK(huse_run_rewind(run, 90, &e, &n, &f->err));
    assert_int_equal(n, 3);
    assert_int_equal(e[0].step, 100);
    assert_int_equal(e[1].step, 110);
    assert_true(e[1].value > 3.5);
    assert_int_equal(e[2].step, 120);
    free(e);
    assert_false(huse_run_published(run, 150));
    note(f, run, "{\"step\":150,\"published\":\"run-1-step-150\"}");
    assert_true(huse_run_published(run, 150));
    assert_false(huse_run_published(run, 160));
    huse_run_close(run);
}

static void control_is_read_when_it_changes(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    bool old = true;
    char *path = huse_fs_join(run->dir, "control.json");
    assert_null(huse_run_control(run, &old));
    OK(huse_fs_write_atomic(path, "{\"lr\":1}", 8, &f->err));
    json_t *o = huse_run_control(run, &old);
    assert_non_null(o);
    assert_false(old);
    json_decref(o);
    usleep(150000); /* until then it might have been written again in the same tick */
    assert_null(huse_run_control(run, &old));
    huse_run_control_again(run);
    o = huse_run_control(run, &old);
    assert_non_null(o);
    json_decref(o);
    OK(huse_fs_write_atomic(path, "{\"lr\":", 6, &f->err)); /* damaged: not obeyed, no error */
    assert_null(huse_run_control(run, &old));
    OK(huse_fs_write_atomic(path, "{\"lr\":2}", 8, &f->err));
    huse_run_close(run);
    OK(huse_run_open(&run, fx_path(f, "ws"), NULL, &f->err));
    o = huse_run_control(run, &old);
    assert_non_null(o);
    assert_true(old);
    json_decref(o);
    free(path);
    huse_run_close(run);
}

/* ---- checkpoints ---- */

static const huse_shape shape = {.image_in = 5, .text_in = 4, .hidden = 6, .image_layers = 1, .text_layers = 1, .D = 3, .K = 4, .heads = 1};

typedef struct state3 {
    huse_params table;
    float *w, *m, *v;
} state3;

static state3 new_state(fixture *f, float fill)
{
    state3 s;
    OK(huse_params_init(&s.table, &shape, &f->err));
    float **block[] = {&s.w, &s.m, &s.v};
    for (size_t b = 0; b < 3; b++) {
        *block[b] = huse_xaligned(s.table.floats * sizeof(float));
        for (size_t i = 0; i < s.table.n; i++) /* padding between parameters is no part of a checkpoint */
            for (size_t k = 0; k < s.table.param[i].rows * s.table.param[i].cols; k++)
                (*block[b])[s.table.param[i].at + k] = fill + (float)b + (float)k / 8;
    }
    return s;
}

static void free_state(state3 *s)
{
    free(s->w);
    free(s->m);
    free(s->v);
}

static void write_checkpoint(fixture *f, huse_run *run, long step, long best)
{
    huse_train_params p;
    huse_checkpoint c = {.step = step, .best_step = best, .validations_since_best = 2, .best_score = best ? 0.1 : (double)NAN,
                         .seconds = 1.5, .first = {1, 2, 3, 1.0 / 3}};
    state3 s = new_state(f, (float)step);
    OK(huse_train_params_init(&p, "default", &f->err));
    p.lr = 0.001 * (double)step;
    OK(huse_checkpoint_write(run, &c, &p, &s.table, s.w, s.m, s.v, &f->err));
    huse_train_params_fini(&p);
    free_state(&s);
}

static void assert_steps(fixture *f, huse_run *run, const char *want)
{
    long *step;
    size_t n;
    huse_buf b = {0};
    OK(huse_run_checkpoints(run, &step, &n, &f->err));
    for (size_t i = 0; i < n; i++)
        huse_buf_fmt(&b, "%ld ", step[i]);
    assert_string_equal(b.data, want);
    huse_buf_free(&b);
    free(step);
}

static void a_checkpoint_gives_back_every_bit(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    huse_train_params p;
    huse_checkpoint c;
    char skipped[256];
    write_checkpoint(f, run, 7, 3);
    state3 want = new_state(f, 7), got = new_state(f, 0);
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_checkpoint_read_newest(run, &c, &p, &want.table, got.w, got.m, got.v, skipped, &f->err));
    assert_string_equal(skipped, "");
    assert_memory_equal(want.w, got.w, want.table.floats * sizeof(float));
    assert_memory_equal(want.m, got.m, want.table.floats * sizeof(float));
    assert_memory_equal(want.v, got.v, want.table.floats * sizeof(float));
    assert_int_equal(c.step, 7);
    assert_int_equal(c.best_step, 3);
    assert_int_equal(c.validations_since_best, 2);
    const double third = 1.0 / 3, best = 0.1;
    assert_memory_equal(&c.first[3], &third, sizeof third);
    assert_memory_equal(&c.best_score, &best, sizeof best);
    assert_true(fabs(p.lr - 0.007) < 1e-15);
    huse_train_params_fini(&p);
    free_state(&want);
    free_state(&got);
    huse_run_close(run);
}

static void the_newest_three_and_the_best_are_kept(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    for (long s = 10; s <= 100; s += 10)
        write_checkpoint(f, run, s, s < 30 ? 10 : 30);
    assert_steps(f, run, "30 80 90 100 ");
    write_checkpoint(f, run, 110, 110);
    assert_steps(f, run, "90 100 110 ");
    huse_run_close(run);
}

static void a_damaged_newest_checkpoint_is_passed_over(void **state)
{
    fixture *f = *state;
    static const char *const damage[] = {"truncate -s -1 state.safetensors", "printf X | dd of=state.safetensors bs=1 seek=600 conv=notrunc 2>/dev/null",
                                         "rm state.safetensors", "rm meta.json", "sed -i 's/\"seconds\": 1.5/\"seconds\": 1.6/' meta.json",
                                         "echo {} > meta.json", "rm *"};
    for (size_t i = 0; i < HUSE_COUNT(damage); i++) {
        huse_run *run = new_run(f);
        huse_checkpoint c;
        char skipped[256];
        state3 got = new_state(f, 0), want = new_state(f, 20);
        for (long s = 10; s <= 30; s += 10)
            write_checkpoint(f, run, s, 0);
        char *cmd = huse_format("cd %s/step-30 && %s", run->dir, damage[i]);
        assert_int_equal(system(cmd), 0);
        free(cmd);
        OK(huse_checkpoint_read_newest(run, &c, NULL, &got.table, got.w, got.m, got.v, skipped, &f->err));
        assert_int_equal(c.step, 20);
        assert_memory_equal(want.w, got.w, want.table.floats * sizeof(float));
        assert_non_null(strstr(skipped, "step-30 is passed over"));
        free_state(&got);
        free_state(&want);
        huse_run_close(run);
    }
}

static void a_checkpoint_that_lies_about_itself_is_refused(void **state)
{
    fixture *f = *state;
    static const char *const lie[] = {"s/\"step\": 10/\"step\": 11/", "s/\"best_step\": 0/\"best_step\": 12/", "s/\"lr\": 0.01/\"lr\": 1e9/"};
    for (size_t i = 0; i < HUSE_COUNT(lie); i++) {
        huse_run *run = new_run(f);
        huse_checkpoint c;
        huse_train_params p;
        char skipped[256];
        state3 got = new_state(f, 0);
        OK(huse_train_params_init(&p, "default", &f->err));
        write_checkpoint(f, run, 10, 0);
        char *cmd = huse_format("sed -i '%s' %s/step-10/meta.json", lie[i], run->dir);
        char *meta = huse_format("%s/step-10/meta.json", run->dir);
        assert_int_equal(system(cmd), 0);
        reseal(meta);
        assert_int_equal(huse_checkpoint_read_newest(run, &c, &p, &got.table, got.w, got.m, got.v, skipped, &f->err), HUSE_NOT_FOUND);
        assert_non_null(strstr(skipped, "step-10 is passed over"));
        free(cmd);
        free(meta);
        huse_train_params_fini(&p);
        free_state(&got);
        huse_run_close(run);
    }
}

static void a_checkpoint_of_another_shape_is_refused(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    huse_checkpoint c;
    huse_params other;
    huse_shape wider = shape;
    wider.hidden++;
    write_checkpoint(f, run, 10, 0);
    OK(huse_params_init(&other, &wider, &f->err));
    float *w = huse_xaligned(other.floats * sizeof *w);
    assert_int_equal(huse_checkpoint_read(run, 10, &c, NULL, &other, w, NULL, NULL, &f->err), HUSE_BAD_DATA);
    FX_SAYS(f, "step-10");
    free(w);
    huse_run_close(run);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(the_presets_hold_the_values_of_the_table),
        T(values_out_of_range_are_usage_errors),
        T(settings_survive_json_to_the_bit),
        T(a_second_trainer_is_refused),
        T(rewinding_keeps_figures_up_to_the_step_and_all_settings),
        T(a_setting_of_a_later_life_undoes_those_after_it),
        T(control_is_read_when_it_changes),
        T(a_checkpoint_gives_back_every_bit),
        T(the_newest_three_and_the_best_are_kept),
        T(a_damaged_newest_checkpoint_is_passed_over),
        T(a_checkpoint_that_lies_about_itself_is_refused),
        T(a_checkpoint_of_another_shape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
