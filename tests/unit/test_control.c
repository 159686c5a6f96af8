/* Steering: what several interfaces ask of a run, and what its trainer reads. */
#include "data_fixture.h"

#include <sys/wait.h>

#include "huse/runs.h"
#include "train/run.h"

static huse_run *new_run(fixture *f)
{
    huse_run *run;
    huse_train_params p;
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_run_create(&run, fx_path(f, "ws"), &p, &f->err));
    huse_train_params_fini(&p);
    return run;
}

static double real_of(const json_t *o, const char *name)
{
    assert_true(json_is_number(json_object_get(o, name)));
    return json_number_value(json_object_get(o, name));
}

static json_t *control(const huse_run *run)
{
    json_t *o = huse_run_control_read(run->dir);
    assert_non_null(o);
    return o;
}

static void wishes_are_joined(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    const char *ws = fx_path(f, "ws"), *const probe[] = {"a dress", "shoes"};
    OK(huse_run_set(ws, "run-1", "lr", "0.00012345678901234567", &f->err));
    OK(huse_run_set(ws, "run-1", "beta", "3", &f->err));
    OK(huse_run_pause(ws, "run-1", true, &f->err));
    OK(huse_run_probe(ws, "run-1", probe, 2, &f->err));
    OK(huse_run_set(ws, "run-1", "beta", "4", &f->err));
    json_t *o = control(run);
    const double lr = 0.00012345678901234567, read = real_of(o, "lr");
    assert_memory_equal(&lr, &read, sizeof lr);
    assert_true(real_of(o, "beta") > 3.5);
    assert_true(json_is_true(json_object_get(o, "pause")));
    assert_int_equal(json_array_size(json_object_get(o, "probes")), 2);
    json_decref(o);
    OK(huse_run_pause(ws, "run-1", false, &f->err));
    OK(huse_run_stop(ws, "run-1", &f->err));
    o = control(run);
    assert_true(json_is_false(json_object_get(o, "pause")) && json_is_true(json_object_get(o, "stop")));
    json_decref(o);
    huse_run_close(run);
}

static void what_cannot_be_is_not_written(void **state)
{
    fixture *f = *state;
    static const char *const wrong[][2] = {{"lr", "-1"}, {"lr", "99"}, {"lr", "fast"}, {"lr", ""}, {"steps", "9"}, {"nonsense", "1"}, {"psi", "name"}};
    const char *ws = fx_path(f, "ws"), *const empty[] = {""}, *const bad[] = {"\xff"}, *const seven[] = {"1", "2", "3", "4", "5", "6", "7"};
    char long_text[HUSE_PROBE_TEXT + 2];
    const char *const too_long[] = {long_text};
    huse_run *run = new_run(f);
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (size_t i = 0; i < HUSE_COUNT(wrong); i++)
        if (huse_run_set(ws, "run-1", wrong[i][0], wrong[i][1], &f->err) != HUSE_USAGE)
            fail_msg("%s %s is accepted", wrong[i][0], wrong[i][1]);
    assert_int_equal(huse_run_probe(ws, "run-1", empty, 1, &f->err), HUSE_USAGE);
    assert_int_equal(huse_run_probe(ws, "run-1", bad, 1, &f->err), HUSE_USAGE);
    assert_int_equal(huse_run_probe(ws, "run-1", seven, 7, &f->err), HUSE_USAGE);
    assert_int_equal(huse_run_probe(ws, "run-1", too_long, 1, &f->err), HUSE_USAGE);
    assert_false(huse_fs_exists(fx_path(f, "ws/runs/run-1/control.json")));
    assert_int_equal(huse_run_stop(ws, "run-2", &f->err), HUSE_NOT_FOUND);
    assert_int_equal(huse_run_stop(ws, "../runs/run-1", &f->err), HUSE_NOT_FOUND);
    assert_int_equal(huse_hp_check("batch", "1", &f->err), HUSE_USAGE);
    OK(huse_hp_check("batch", "2", &f->err));
    huse_run_close(run);
}

static void a_damaged_file_is_written_anew(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    bool old;
    fx_text(f, "ws/runs/run-1/control.json", "{\"lr\":");
    assert_null(huse_run_control(run, &old));
    OK(huse_run_set(fx_path(f, "ws"), "run-1", "zeta", "1", &f->err));
    json_t *o = control(run);
    assert_int_equal(json_object_size(o), 1);
    json_decref(o);
    fx_text(f, "ws/runs/run-1/control.json", "[1]");
    OK(huse_run_set(fx_path(f, "ws"), "run-1", "zeta", "1", &f->err));
    o = control(run);
    assert_int_equal(json_object_size(o), 1);
    json_decref(o);
    huse_run_close(run);
}

static void two_interfaces_at_once_lose_nothing(void **state)
{
    fixture *f = *state;
    static const char *const option[] = {"alpha", "beta"};
    huse_run *run = new_run(f);
    pid_t child[2];
    for (int c = 0; c < 2; c++) {
        child[c] = fork();
        if (child[c] == 0) {
            for (int i = 1; i <= 50; i++) {
                char text[16];
                snprintf(text, sizeof text, "%d", i);
                if (huse_run_set(fx_path(f, "ws"), "run-1", option[c], text, NULL) != HUSE_OK)
                    _exit(1);
                json_t *o = huse_run_control_read(run->dir); /* nobody takes back what was just set */
                bool mine = json_number_value(json_object_get(o, option[c])) >= i;
                json_decref(o);
                if (!mine)
                    _exit(2);
            }
            _exit(0);
        }
    }
    for (int c = 0; c < 2; c++) {
        int status;
        assert_int_equal(waitpid(child[c], &status, 0), child[c]);
        assert_int_equal(status, 0);
    }
    json_t *o = control(run);
    assert_true(real_of(o, "alpha") > 49.5 && real_of(o, "beta") > 49.5);
    json_decref(o);
    huse_run_close(run);
}

static void a_trainer_sees_each_change_even_within_one_tick(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    char *path = strdup(fx_path(f, "ws/runs/run-1/control.json")), text[64];
    bool old;
    for (int i = 1; i < 200; i++) {
        snprintf(text, sizeof text, "{\"beta\":%d}", i % 10); /* the same size, and often the same time */
        OK(huse_fs_write_atomic(path, text, strlen(text), &f->err));
        json_t *o = huse_run_control(run, &old);
        if (!o || (int)real_of(o, "beta") != i % 10)
            fail_msg("change %d was not seen", i);
        assert_false(old);
        json_decref(o);
    }
    usleep(150000);
    json_decref(huse_run_control(run, &old));
    assert_null(huse_run_control(run, &old));
    huse_run_control_again(run);
    json_t *o = huse_run_control(run, &old);
    assert_non_null(o);
    json_decref(o);
    free(path);
    huse_run_close(run);
}

static void orders_of_before_count_no_more_for_a_resumed_run(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    const char *ws = fx_path(f, "ws");
    bool old;
    huse_run_close(run);
    OK(huse_run_pause(ws, "run-1", true, &f->err));
    OK(huse_run_stop(ws, "run-1", &f->err));
    OK(huse_run_set(ws, "run-1", "lr", "0.5", &f->err));
    OK(huse_run_open(&run, ws, NULL, &f->err));
    json_t *o = huse_run_control(run, &old);
    assert_true(old);
    assert_null(json_object_get(o, "pause"));
    assert_null(json_object_get(o, "stop"));
    assert_true(real_of(o, "lr") > 0.4);
    json_decref(o);
    OK(huse_run_set(ws, "run-1", "beta", "2", &f->err)); /* and what is joined to them brings them not back */
    o = huse_run_control(run, &old);
    assert_false(old);
    assert_null(json_object_get(o, "pause"));
    json_decref(o);
    huse_run_close(run);
}

static double of_lr(const huse_steering *s, bool wanted)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->live[i].option, "lr") == 0)
            return wanted ? s->live[i].wanted : s->live[i].now;
    fail_msg("lr is not live");
    return 0;
}

static void what_is_in_force_and_what_is_wanted_are_told_apart(void **state)
{
    fixture *f = *state;
    huse_run *run = new_run(f);
    huse_steering s;
    const char *ws = fx_path(f, "ws");
    huse_follow *w = huse_follow_new(ws, "run-1");
    assert_int_equal(huse_follow_steering(w, &s, &f->err), HUSE_BAD_DATA); /* not looked at yet */
    OK(huse_follow_poll(w, NULL, NULL, &f->err));
    OK(huse_run_set(ws, "run-1", "lr", "0.5", &f->err));
    OK(huse_follow_steering(w, &s, &f->err));
    assert_true(of_lr(&s, false) < 0.01 && of_lr(&s, true) > 0.4);
    assert_false(s.pause || s.stop);
    OK(huse_run_log(run, json_loads("{\"step\":8,\"set\":\"lr\",\"value\":0.5}", 0, NULL), &f->err));
    OK(huse_run_log(run, json_loads("{\"step\":10,\"loss\":1}", 0, NULL), &f->err));
    OK(huse_run_log(run, json_loads("{\"step\":12,\"set\":\"lr\",\"value\":0.75}", 0, NULL), &f->err));
    OK(huse_follow_poll(w, NULL, NULL, &f->err));
    OK(huse_follow_steering(w, &s, &f->err));
    assert_true(of_lr(&s, false) > 0.7);
    OK(huse_run_log(run, json_loads("{\"step\":10,\"event\":\"resume\",\"steps\":99}", 0, NULL), &f->err));
    OK(huse_follow_poll(w, NULL, NULL, &f->err)); /* set at step 12 in the earlier life: not there again yet */
    OK(huse_follow_steering(w, &s, &f->err));
    assert_true(of_lr(&s, false) > 0.4 && of_lr(&s, false) < 0.6);
    OK(huse_run_pause(ws, "run-1", true, &f->err));
    fx_text(f, "ws/runs/run-1/control.json", "{\"pause\":true,\"lr\":99}"); /* out of range: not wanted */
    OK(huse_follow_steering(w, &s, &f->err));
    assert_true(s.pause && of_lr(&s, true) < 0.6);
    huse_follow_free(w);
    huse_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wishes_are_joined),
        TEST(what_cannot_be_is_not_written),
        TEST(a_damaged_file_is_written_anew),
        TEST(two_interfaces_at_once_lose_nothing),
        TEST(a_trainer_sees_each_change_even_within_one_tick),
        TEST(orders_of_before_count_no_more_for_a_resumed_run),
        TEST(what_is_in_force_and_what_is_wanted_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
