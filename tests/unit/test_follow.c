/* Reading runs while they are written: the list, the log as columns, events, probes and neighbourhoods. */
#include "data_fixture.h"

#include <math.h>

#include "huse/runs.h"
#include "train/run.h"

#define LINE(step, loss) "{\"step\":" #step ",\"loss\":" #loss ",\"class\":1,\"graph\":2,\"gap\":3,\"instance\":4,\"lr\":0.5,\"items_per_s\":9,\"seconds\":" #step "}\n"
#define CHECK(step, score) "{\"step\":" #step ",\"val_R@1\":[0.1,0.2,0.3,0.4],\"val_HP@10\":[0.5,0.6,0.7,0.8],\"val_accuracy\":[0.9,null,0.7],\"val_score\":" #score "}\n"
#define JUDGED(step, score, best) "{\"step\":" #step ",\"val_score\":" #score ",\"best\":" #best "}\n"
#define START "{\"step\":0,\"event\":\"start\",\"steps\":50,\"time\":1700000000}\n"

static const char *log_path(const fixture *f)
{
    return fx_path(f, "ws/runs/run-1/metrics.jsonl");
}

/* A run as a trainer leaves it, with this log. */
static void write_run(fixture *f, const char *log)
{
    huse_run *run;
    huse_train_params p;
    OK(huse_train_params_init(&p, "default", &f->err));
    OK(huse_run_create(&run, fx_path(f, "ws"), &p, &f->err));
    huse_run_close(run);
    huse_train_params_fini(&p);
    fx_text(f, "ws/runs/run-1/metrics.jsonl", log);
}

static void append(const fixture *f, const char *text)
{
    FILE *out = fopen(log_path(f), "ab");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

static huse_follow *follow(const fixture *f)
{
    return huse_follow_new(fx_path(f, "ws"), "run-1");
}

static bool poll_it(fixture *f, huse_follow *w)
{
    bool changed, any = false, more = true;
    while (more) {
        OK(huse_follow_poll(w, &changed, &more, &f->err));
        any |= changed;
    }
    return any;
}

static void figures_come_as_columns(void **state)
{
    fixture *f = *state;
    write_run(f, START LINE(1, 3.5) LINE(10, 2.5) CHECK(10, 0.25) LINE(20, null) CHECK(20, 0.25) CHECK(30, 0.125));
    huse_follow *w = follow(f);
    assert_true(poll_it(f, w));
    huse_follow_steps s = huse_follow_figures(w);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.steps, 50);
    assert_int_equal(s.step[2], 20);
    assert_true(s.loss[0] >= 3.5 && s.loss[0] <= 3.5 && isnan(s.loss[2]));
    assert_string_equal(s.term_name[2], "gap");
    assert_true(s.term[3][1] >= 4 && s.term[3][1] <= 4);
    huse_follow_validations c = huse_follow_checks(w);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.best, 1); /* of equals the last, as the trainer has it */
    assert_true(isnan(c.accuracy[1][0]) && c.hp10[3][1] > 0.79 && c.hp10[3][1] < 0.81);
    assert_string_equal(c.score_name, "R@1");
    assert_false(poll_it(f, w));
    append(f, LINE(30, 1));
    assert_true(poll_it(f, w));
    assert_int_equal(huse_follow_figures(w).n, 4);
    assert_int_equal(huse_follow_lives(w), 0);
    huse_follow_free(w);
}

static void the_best_validation_is_the_one_that_the_log_names(void **state)
{
    fixture *f = *state;
    write_run(f, START JUDGED(10, 0.5, true) JUDGED(20, 0.4, false) JUDGED(30, 0.3, true) JUDGED(40, 0.2, false));
    huse_follow *w = follow(f);
    assert_true(poll_it(f, w));
    assert_int_equal(huse_follow_checks(w).best, 2);
    huse_follow_free(w);
    huse_runs *r = huse_runs_new(fx_path(f, "ws"));
    OK(huse_runs_refresh(r, NULL, &f->err));
    assert_int_equal(huse_runs_list(r, &(size_t){0})[0].best_step, 30);
    assert_float_equal(huse_runs_list(r, &(size_t){0})[0].best_score, 0.3, 1e-9);
    huse_runs_free(r);
}

static void a_line_that_is_not_whole_waits_for_its_end(void **state)
{
    fixture *f = *state;
    write_run(f, LINE(1, 3) "{\"step\":10,\"lo");
    huse_follow *w = follow(f);
    poll_it(f, w);
    assert_int_equal(huse_follow_figures(w).n, 1);
    append(f, "ss\":2}");
    assert_false(poll_it(f, w));
    append(f, "\n");
    assert_true(poll_it(f, w));
    assert_int_equal(huse_follow_figures(w).n, 2);
    assert_int_equal(huse_follow_damaged(w), 0);
    huse_follow_free(w);
}

static void what_makes_no_sense_is_counted_and_passed_over(void **state)
{
    fixture *f = *state;
    write_run(f, LINE(5, 3) "\n[]\n{\n\xff\xfe\n{\"step\":-1,\"loss\":1}\n{\"step\":4,\"loss\":1}\n{\"step\":\"6\",\"loss\":1}\n"
                 "{\"step\":1e9,\"loss\":1}\n{\"step\":7,\"set\":\"steps\",\"value\":1}\n{\"step\":7,\"event\":\"party\"}\n" LINE(6, 2));
    huse_buf b = {0};
    huse_buf_str(&b, "{\"step\":7,\"loss\":1,\"x\":\"");
    for (int i = 0; i < 70000; i++)
        huse_buf_str(&b, "x");
    huse_buf_str(&b, "\"}\n" LINE(8, 1));
    append(f, b.data);
    huse_buf_free(&b);
    huse_follow *w = follow(f);
    poll_it(f, w);
    huse_follow_steps s = huse_follow_figures(w);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.step[2], 8);
    assert_int_equal(huse_follow_damaged(w), 11);
    huse_runs *r = huse_runs_new(fx_path(f, "ws"));
    OK(huse_runs_refresh(r, NULL, &f->err));
    assert_non_null(strstr(huse_runs_find(r, "run-1")->why, "lines of its log cannot be read"));
    huse_runs_free(r);
    huse_follow_free(w);
}

static void a_log_that_was_cut_back_is_read_anew(void **state)
{
    fixture *f = *state;
    write_run(f, LINE(1, 3) LINE(10, 2) LINE(20, 1));
    huse_follow *w = follow(f);
    poll_it(f, w);
    OK(huse_fs_write_atomic(log_path(f), LINE(1, 3), strlen(LINE(1, 3)), &f->err)); /* as a resumed run does */
    append(f, LINE(10, 7));
    assert_true(poll_it(f, w));
    huse_follow_steps s = huse_follow_figures(w);
    assert_int_equal(s.n, 2);
    assert_true(s.loss[1] > 6);
    assert_int_equal(huse_follow_lives(w), 1);
    fx_text(f, "ws/runs/run-1/metrics.jsonl", LINE(1, 3)); /* in place */
    poll_it(f, w);
    assert_int_equal(huse_follow_figures(w).n, 1);
    append(f, LINE(2, 3) LINE(3, 3));
    poll_it(f, w);
    fx_text(f, "ws/runs/run-1/metrics.jsonl", LINE(1, 5) LINE(2, 5) LINE(3, 5) LINE(4, 5)); /* grown, but not the same */
    poll_it(f, w);
    s = huse_follow_figures(w);
    assert_int_equal(s.n, 4);
    assert_true(s.loss[0] > 4);
    assert_int_equal(unlink(log_path(f)), 0);
    assert_true(poll_it(f, w));
    assert_int_equal(huse_follow_figures(w).n, 0);
    huse_follow_free(w);
}

static void a_log_that_is_no_file_is_refused_at_once(void **state)
{
    fixture *f = *state;
    bool changed;
    write_run(f, "");
    assert_int_equal(unlink(log_path(f)), 0);
    assert_int_equal(mkfifo(log_path(f), 0600), 0);
    huse_follow *w = follow(f);
    assert_int_equal(huse_follow_poll(w, &changed, NULL, &f->err), HUSE_FAILED);
    FX_SAYS(f, "not a file");
    huse_follow_free(w);
    w = huse_follow_new(fx_path(f, "ws"), "run-9");
    assert_int_equal(huse_follow_poll(w, NULL, NULL, &f->err), HUSE_NOT_FOUND);
    huse_follow_free(w);
    w = huse_follow_new(fx_path(f, "ws"), "../runs/run-1");
    assert_int_equal(huse_follow_poll(w, NULL, NULL, &f->err), HUSE_NOT_FOUND);
    huse_follow_free(w);
}

static void events_tell_what_happened(void **state)
{
    fixture *f = *state;
    size_t n;
    write_run(f, START "{\"step\":4,\"event\":\"pause\",\"time\":5}\n{\"step\":4,\"event\":\"go on\",\"time\":6}\n"
                 "{\"step\":5,\"set\":\"lr\",\"value\":0.25}\n{\"step\":9,\"event\":\"diverged\",\"text\":\"loss 99\"}\n"
                 "{\"step\":9,\"published\":\"run-1-step-9\"}\n");
    huse_follow *w = follow(f);
    poll_it(f, w);
    const huse_run_event *e = huse_follow_events(w, &n);
    assert_int_equal(n, 6);
    assert_int_equal(e[0].kind, HUSE_EVENT_START);
    assert_int_equal(e[0].time, 1700000000);
    assert_int_equal(e[1].kind, HUSE_EVENT_PAUSE);
    assert_int_equal(e[2].kind, HUSE_EVENT_GO_ON);
    assert_string_equal(e[3].option, "lr");
    assert_true(e[3].value >= 0.25 && e[3].value <= 0.25);
    assert_string_equal(e[4].text, "loss 99");
    assert_int_equal(e[5].kind, HUSE_EVENT_PUBLISHED);
    assert_string_equal(e[5].text, "run-1-step-9");
    huse_follow_free(w);
}

static void a_long_log_comes_in_pieces(void **state)
{
    fixture *f = *state;
    enum { LINES = 30000 };
    huse_buf b = {0};
    bool changed, more;
    for (int i = 1; i <= LINES; i++)
        huse_buf_fmt(&b, "{\"step\":%d,\"loss\":1,\"x\":\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"}\n", i);
    write_run(f, b.data);
    huse_buf_free(&b);
    huse_follow *w = follow(f);
    OK(huse_follow_poll(w, &changed, &more, &f->err));
    assert_true(changed && more);
    assert_true(huse_follow_figures(w).n > 1000 && huse_follow_figures(w).n < LINES);
    poll_it(f, w);
    assert_int_equal(huse_follow_figures(w).n, LINES);
    huse_follow_free(w);
}

static const huse_run_info *refresh(fixture *f, huse_runs *r)
{
    OK(huse_runs_refresh(r, NULL, &f->err));
    return huse_runs_find(r, "run-1");
}

static void the_list_says_how_each_run_stands(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *log;
        huse_run_state state;
        bool resume;
    } c[] = {
        {START LINE(1, 3), HUSE_RUN_DIED, true},
        {START LINE(1, 3) "{\"step\":4,\"event\":\"pause\"}\n", HUSE_RUN_DIED, true},
        {START LINE(1, 3) "{\"step\":4,\"event\":\"stop\"}\n", HUSE_RUN_STOPPED, true},
        {START LINE(1, 3) "{\"step\":4,\"event\":\"stop\"}\n{\"step\":4,\"event\":\"resume\",\"steps\":50}\n", HUSE_RUN_DIED, true},
        {START LINE(1, 3) "{\"step\":4,\"event\":\"diverged\",\"text\":\"loss 7\"}\n", HUSE_RUN_DIVERGED, true},
        {START LINE(50, 3) "{\"step\":50,\"event\":\"end\"}\n", HUSE_RUN_FINISHED, false},
        {START LINE(40, 3) "{\"step\":40,\"event\":\"early\"}\n", HUSE_RUN_FINISHED, false},
        {START LINE(50, 3) "{\"step\":50,\"event\":\"end\"}\n{\"step\":50,\"published\":\"run-1-step-50\"}\n", HUSE_RUN_PUBLISHED, false},
        {START LINE(30, 3) "{\"step\":30,\"event\":\"stop\"}\n{\"step\":30,\"published\":\"run-1-step-30\"}\n", HUSE_RUN_PUBLISHED, true},
        {LINE(50, 3) "{\"step\":50,\"published\":\"run-1-step-50\"}\n", HUSE_RUN_PUBLISHED, false},
    };
    write_run(f, "");
    huse_runs *r = huse_runs_new(fx_path(f, "ws"));
    for (size_t i = 0; i < HUSE_COUNT(c); i++) {
        OK(huse_fs_write_atomic(log_path(f), c[i].log, strlen(c[i].log), &f->err));
        const huse_run_info *run = refresh(f, r);
        if (run->state != c[i].state)
            fail_msg("case %zu is %s", i, huse_run_state_name(run->state));
        if (run->can_resume != c[i].resume)
            fail_msg("case %zu can%s be resumed", i, run->can_resume ? "" : " not");
    }
    OK(huse_fs_write_atomic(log_path(f), c[4].log, strlen(c[4].log), &f->err));
    assert_string_equal(refresh(f, r)->why, "loss 7");
    fx_text(f, "ws/runs/run-1/config.json", "{");
    huse_runs_free(r);
    r = huse_runs_new(fx_path(f, "ws"));
    assert_int_equal(refresh(f, r)->state, HUSE_RUN_BROKEN);
    assert_non_null(strstr(refresh(f, r)->why, "config.json"));
    huse_runs_free(r);
}

static void a_run_that_a_trainer_has_is_live(void **state)
{
    fixture *f = *state;
    huse_run *run;
    bool changed;
    write_run(f, "");
    OK(huse_run_open(&run, fx_path(f, "ws"), "run-1", &f->err));
    huse_runs *r = huse_runs_new(fx_path(f, "ws"));
    assert_int_equal(refresh(f, r)->state, HUSE_RUN_STARTING);
    append(f, START LINE(1, 3) LINE(11, 3));
    const huse_run_info *info = refresh(f, r);
    assert_int_equal(info->state, HUSE_RUN_RUNNING);
    assert_true(info->seconds_left > 38.9 && info->seconds_left < 39.1); /* a second a step */
    uint64_t version = info->version;
    OK(huse_runs_refresh(r, &changed, &f->err));
    assert_false(changed);
    append(f, "{\"step\":11,\"event\":\"pause\"}\n");
    OK(huse_runs_refresh(r, &changed, &f->err));
    assert_true(changed);
    assert_int_equal(refresh(f, r)->state, HUSE_RUN_PAUSED);
    assert_true(refresh(f, r)->version > version);
    append(f, "{\"step\":11,\"event\":\"go on\"}\n");
    assert_int_equal(refresh(f, r)->state, HUSE_RUN_RUNNING);
    huse_run_close(run);
    assert_int_equal(refresh(f, r)->state, HUSE_RUN_DIED);
    assert_int_equal(refresh(f, r)->steps, 50);
    huse_runs_free(r);
}

static void runs_come_and_go_in_the_order_of_their_numbers(void **state)
{
    fixture *f = *state;
    static const char *const dir[] = {"run-10", "run-2", "run-1", ".tmp-run-3", "other", "run-x"};
    size_t n;
    bool changed;
    huse_runs *r = huse_runs_new(fx_path(f, "ws"));
    OK(huse_runs_refresh(r, &changed, &f->err));
    huse_runs_list(r, &n);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < HUSE_COUNT(dir); i++) {
        char name[64];
        snprintf(name, sizeof name, "ws/runs/%s", dir[i]);
        OK(huse_fs_mkdirs(fx_path(f, name), &f->err));
    }
    OK(huse_runs_refresh(r, &changed, &f->err));
    assert_true(changed);
    const huse_run_info *run = huse_runs_list(r, &n);
    assert_int_equal(n, 3);
    assert_string_equal(run[0].id, "run-1");
    assert_string_equal(run[2].id, "run-10");
    assert_int_equal(run[0].state, HUSE_RUN_BROKEN);
    OK(huse_fs_remove_tree(fx_path(f, "ws/runs/run-2"), &f->err));
    OK(huse_runs_refresh(r, &changed, &f->err));
    huse_runs_list(r, &n);
    assert_true(changed && n == 2);
    assert_null(huse_runs_find(r, "run-2"));
    huse_runs_free(r);
}

static void probes_come_with_their_answers(void **state)
{
    fixture *f = *state;
    size_t n;
    write_run(f, "");
    fx_text(f, "ws/runs/run-1/probes.jsonl",
            "{\"step\":0,\"of\":9,\"probes\":[{\"query\":\"red\",\"hits\":[[\"a\",0.5],[\"b\",0.25]]}]}\n"
            "{\"step\":0,\"of\":9,\"probes\":[]}\n{\"step\":5,\"of\":9,\"probes\":[{\"query\":\"red\",\"hits\":[[\"a\"]]}]}\n"
            "{\"step\":6,\"of\":9,\"probes\":[{\"query\":1,\"hits\":[]}]}\n{\"step\":7,\"of\":-1,\"probes\":[]}\n"
            "{\"step\":8,\"of\":9,\"probes\":[{\"query\":\"red\",\"hits\":[[\"b\",1],[\"b\",1],[\"b\",1],[\"b\",1],[\"b\",1],[\"b\",1],[\"b\",1]]}]}\n");
    huse_follow *w = follow(f);
    poll_it(f, w);
    const huse_probe_moment *p = huse_follow_probes(w, &n);
    assert_int_equal(n, 2);
    assert_int_equal(p[0].of, 9);
    assert_string_equal(p[0].answer[0].hit[1].item, "b");
    assert_int_equal(p[1].step, 8);
    assert_int_equal(p[1].answer[0].n, HUSE_PROBE_HITS);
    huse_follow_free(w);
}

static void neighbours_gained_and_lost_are_told(void **state)
{
    fixture *f = *state;
    huse_drift d;
    uint32_t most[3];
    size_t n;
    write_run(f, "");
    fx_text(f, "ws/runs/run-1/neighbours.jsonl",
            "{\"step\":0,\"classes\":[\"A\",\"B\",\"C\"]}\n{\"step\":0,\"near\":[[1],[0],[]]}\n{\"step\":5,\"near\":[[2,1],[0],[9]]}\n"
            "{\"step\":6,\"near\":[[2],[0]]}\n{\"step\":7,\"near\":[[2],[0],[0,1]]}\n{\"step\":7,\"classes\":[\"D\"]}\n");
    huse_follow *w = follow(f);
    assert_int_equal(huse_follow_drift(w, "A", 0, &d, &f->err), HUSE_NOT_FOUND);
    poll_it(f, w);
    assert_int_equal(huse_follow_drift(w, "D", 0, &d, &f->err), HUSE_NOT_FOUND);
    FX_SAYS(f, "D");
    OK(huse_follow_drift(w, "A", 3, &d, &f->err));
    assert_true(d.since == 0 && d.step == 7);
    assert_true(d.n_now == 1 && d.n_gained == 1 && d.n_lost == 1);
    assert_string_equal(d.gained[0], "C");
    assert_string_equal(d.lost[0], "B");
    OK(huse_follow_drift_most(w, 0, 3, most, &n, &f->err));
    assert_int_equal(n, 2);
    assert_true(most[0] == 2 && most[1] == 0);
    OK(huse_follow_drift(w, "A", 99, &d, &f->err));
    assert_true(d.n_gained == 0 && d.n_lost == 0);
    huse_follow_free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_come_as_columns),
        TEST(the_best_validation_is_the_one_that_the_log_names),
        TEST(a_line_that_is_not_whole_waits_for_its_end),
        TEST(what_makes_no_sense_is_counted_and_passed_over),
        TEST(a_log_that_was_cut_back_is_read_anew),
        TEST(a_log_that_is_no_file_is_refused_at_once),
        TEST(events_tell_what_happened),
        TEST(a_long_log_comes_in_pieces),
        TEST(the_list_says_how_each_run_stands),
        TEST(a_run_that_a_trainer_has_is_live),
        TEST(runs_come_and_go_in_the_order_of_their_numbers),
        TEST(probes_come_with_their_answers),
        TEST(neighbours_gained_and_lost_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
