/* Probes and neighbourhoods that a run keeps, what a run would cost, and publishing one that was stopped. */
#include "train_fixture.h"

#include "huse/runs.h"
#include "train/probes.h"

static char *read_text(const fixture *f, const char *name)
{
    char *text;
    size_t n;
    OK(huse_fs_read(fx_path(f, name), 1 << 24, &text, &n, NULL));
    return text;
}

static void same_file(const fixture *f, const char *a, const char *b)
{
    char *x = read_text(f, a), *y = read_text(f, b);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

/* Trains a new run of 40 steps, validated at each fifth. */
static void train(fixture *f, const huse_train_params *p, huse_train_options o, int threads)
{
    huse_host h = host;
    huse_train_report r;
    h.threads = threads;
    o.params = p;
    o.no_publish = 1;
    OK(huse_train(f->ws, &h, &o, &r, &f->err));
}

static huse_follow *followed(fixture *f, const char *run)
{
    huse_follow *w = huse_follow_new(fx_path(f, "ws"), run);
    bool more = true;
    while (more)
        OK(huse_follow_poll(w, NULL, &more, &f->err));
    return w;
}

static void probes_change_no_weight_and_repeat(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    static const char *const ask[] = {"thing of kind 2", "class:Group 1/Class 3", "class:No/Such"};
    heard h = {""};
    fill(f, 240, 5, true);
    small_run(&p);
    train(f, &p, (huse_train_options){.no_probes = 1}, 2);
    train(f, &p, (huse_train_options){.probe = ask, .n_probes = 3, .message = hear, .ctx = &h}, 2);
    train(f, &p, (huse_train_options){.probe = ask, .n_probes = 2}, 1);
    same_file(f, "ws/runs/run-1/step-40/state.safetensors", "ws/runs/run-2/step-40/state.safetensors");
    same_file(f, "ws/runs/run-2/probes.jsonl", "ws/runs/run-3/probes.jsonl");
    same_file(f, "ws/runs/run-2/neighbours.jsonl", "ws/runs/run-3/neighbours.jsonl");
    assert_false(huse_fs_exists(fx_path(f, "ws/runs/run-1/probes.jsonl")));
    assert_non_null(strstr(h.text, "class:No/Such"));
    huse_train_params_fini(&p);
}

static void the_space_is_seen_to_form(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    static const char *const ask[] = {"class:Group 1/Class 3"};
    size_t n, right = 0, n_steps, n_cls;
    fill(f, 240, 5, true);
    small_run(&p);
    OK(huse_train_params_set(&p, "steps", "200", NULL));
    OK(huse_train_params_set(&p, "validate-every", "50", NULL));
    train(f, &p, (huse_train_options){.probe = ask, .n_probes = 1}, 2);
    huse_follow *w = followed(f, "run-1");
    const huse_probe_moment *m = huse_follow_probes(w, &n);
    assert_int_equal(n, 5); /* before training, and at four validations */
    assert_true(m[0].step == 0 && m[4].step == 200 && m[4].of == 240);
    assert_string_equal(m[4].answer[0].text, ask[0]);
    for (size_t i = 0; i < HUSE_PROBE_HITS; i++) {
        right += (size_t)(atoi(m[4].answer[0].hit[i].item + 1) % CLASSES == 3);
        assert_true(m[4].answer[0].hit[i].score <= 1.0001);
        assert_true(i == 0 || m[4].answer[0].hit[i].score <= m[4].answer[0].hit[i - 1].score);
    }
    assert_true(right >= 5);
    huse_follow_drift_steps(w, &n_steps);
    const char *const *cls = huse_follow_drift_classes(w, &n_cls);
    assert_true(n_steps == 5 && n_cls == CLASSES);
    assert_string_equal(cls[0], "Group 0/Class 0");
    huse_drift d;
    OK(huse_follow_drift(w, "Group 1/Class 3", 0, &d, &f->err));
    assert_int_equal(d.n_now, CLASSES - 1);
    for (size_t i = 0; i < d.n_now; i++)
        assert_string_not_equal(d.now[i], "Group 1/Class 3");
    huse_follow_free(w);
    huse_train_params_fini(&p);
}

static void a_resumed_run_keeps_its_probes_and_loses_no_moment(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    static const char *const ask[] = {"thing of kind 2"};
    size_t n;
    fill(f, 240, 5, true);
    small_run(&p);
    train(f, &p, (huse_train_options){.probe = ask, .n_probes = 1}, 2);
    char *whole = read_text(f, "ws/runs/run-1/probes.jsonl"), *near = read_text(f, "ws/runs/run-1/neighbours.jsonl");
    OK(huse_fs_remove_tree(fx_path(f, "ws/runs/run-1/step-40"), &f->err));
    huse_train_options o = {.params = &p, .no_publish = 1, .resume = 1};
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    char *again = read_text(f, "ws/runs/run-1/probes.jsonl"), *near_again = read_text(f, "ws/runs/run-1/neighbours.jsonl");
    assert_string_equal(whole, again);
    assert_string_equal(near, near_again);
    free(again);
    free(near_again);
    for (int s = 5; s <= 40; s += 5) { /* back to the very start */
        char name[64];
        snprintf(name, sizeof name, "ws/runs/run-1/step-%d", s);
        OK(huse_fs_remove_tree(fx_path(f, name), &f->err));
    }
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    again = read_text(f, "ws/runs/run-1/probes.jsonl");
    near_again = read_text(f, "ws/runs/run-1/neighbours.jsonl");
    assert_string_equal(whole, again);
    assert_string_equal(near, near_again);
    huse_follow *w = followed(f, "run-1");
    const huse_run_event *e = huse_follow_events(w, &n);
    assert_true(n >= 3 && e[0].kind == HUSE_EVENT_START && e[n - 2].kind == HUSE_EVENT_RESUME && e[n - 1].kind == HUSE_EVENT_END);
    huse_follow_free(w);
    free(again);
    free(near_again);
    free(whole);
    free(near);
    huse_train_params_fini(&p);
}

/* At the first line of figures another program asks for other probes. */
static void ask_otherwise(void *ctx, const huse_progress *p)
{
    static const char *const ask[] = {"thing", "class:Group 0/Class 0"};
    if (p->step == 10 && !p->validated)
        OK(huse_run_probe(ctx, p->run, ask, 2, NULL));
}

static void other_probes_are_answered_from_the_next_validation_on(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    size_t n;
    fill(f, 240, 5, true);
    small_run(&p);
    OK(huse_train_params_set(&p, "validate-every", "20", NULL));
    char *ws = strdup(fx_path(f, "ws"));
    train(f, &p, (huse_train_options){.progress = ask_otherwise, .ctx = ws}, 2);
    huse_follow *w = followed(f, "run-1");
    const huse_probe_moment *m = huse_follow_probes(w, &n);
    assert_int_equal(n, 3);
    assert_int_equal(m[0].n, 4); /* chosen from the catalogue */
    assert_string_equal(m[0].answer[0].text, "Class 0");
    assert_string_equal(m[0].answer[1].text, "Class 1"); /* not below the parent of the first */
    assert_int_equal(m[1].n, 2);
    assert_string_equal(m[2].answer[0].text, "thing");
    char *kept = read_text(f, "ws/runs/run-1/probes.json");
    assert_non_null(strstr(kept, "class:Group 0/Class 0"));
    free(kept);
    free(ws);
    huse_follow_free(w);
    huse_train_params_fini(&p);
}

static void a_sample_is_even_and_takes_small_groups_whole(void **state)
{
    (void)state;
    enum { N = 1000, GROUPS = 4 };
    int32_t group[N];
    uint32_t out[N];
    size_t count[GROUPS] = {0};
    for (int i = 0; i < N; i++) /* 5 of group 0, 20 of 1, the others of 2, and a hundred of none */
        group[i] = i % 200 == 7 ? 0 : i % 50 == 3 ? 1 : i % 10 == 5 ? -1 : 2;
    size_t n = huse_probes_sample(group, N, GROUPS, 100, out);
    assert_true(n > 95 && n <= 100);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || out[i] > out[i - 1]);
        assert_true(group[out[i]] >= 0);
        count[group[out[i]]]++;
    }
    assert_true(count[0] == 5 && count[1] == 20 && count[2] > 70);
    uint32_t third[3] = {0};
    for (size_t i = 0; i < n; i++)
        if (group[out[i]] == 2)
            third[HUSE_MIN(out[i] * 3 / N, 2u)]++;
    for (int i = 0; i < 3; i++)
        assert_true(third[i] > 20 && third[i] < 30);
    assert_int_equal(huse_probes_sample(group, N, GROUPS, N, out), N);
    assert_int_equal(huse_probes_sample(group, N, GROUPS, 2, out), 2); /* fewer than there are groups */
    assert_int_equal(huse_probes_sample(group, 0, GROUPS, 2, out), 0);
}

static void what_a_run_would_cost_is_measured_without_a_trace(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_cost c;
    volatile int stop = 1;
    small_run(&p);
    assert_int_equal(huse_train_estimate(f->ws, &host, &p, NULL, &c, &f->err), HUSE_BAD_DATA);
    fill(f, 240, 5, true);
    OK(huse_train_estimate(f->ws, &host, &p, NULL, &c, &f->err));
    assert_int_equal(c.steps, 40);
    assert_int_equal(c.items, 192);
    assert_int_equal(c.classes, CLASSES);
    assert_true(c.steps_per_s > 1 && c.items_per_s > 31 * c.steps_per_s && c.items_per_s < 33 * c.steps_per_s);
    assert_true(c.seconds > 40 / c.steps_per_s && c.seconds < 40 / c.steps_per_s + 8.1 * c.seconds_per_validation);
    assert_true(c.bytes > 1e5 && c.bytes < 1e9);
    assert_false(huse_fs_exists(fx_path(f, "ws/runs/run-1")));
    assert_int_equal(huse_train_estimate(f->ws, &host, &p, &stop, &c, &f->err), HUSE_INTERRUPTED);
    huse_train_params_fini(&p);
}

static void stop_at_20(void *ctx, const huse_progress *p)
{
    if (p->step >= 20)
        *(volatile int *)ctx = 15;
}

static void a_stopped_run_is_published_and_can_go_on(void **state)
{
    fixture *f = *state;
    huse_train_params p;
    huse_train_report r;
    volatile int stop = 0;
    char model[64];
    fill(f, 240, 5, true);
    small_run(&p);
    assert_int_equal(huse_run_publish(f->ws, &host, NULL, model, &f->err), HUSE_NOT_FOUND);
    huse_train_options o = {.params = &p, .no_publish = 1, .progress = stop_at_20, .stop = &stop, .ctx = (void *)(uintptr_t)&stop};
    assert_int_equal(huse_train(f->ws, &host, &o, &r, &f->err), HUSE_TERMINATED);
    huse_runs *list = huse_runs_new(fx_path(f, "ws"));
    OK(huse_runs_refresh(list, NULL, &f->err));
    const huse_run_info *run = huse_runs_find(list, "run-1");
    assert_int_equal(run->state, HUSE_RUN_STOPPED);
    assert_true(run->can_resume && run->step == 20 && run->steps == 40 && !run->current);
    char expect[64];
    snprintf(expect, sizeof expect, "run-1-step-%ld", run->best_step);
    OK(huse_run_publish(f->ws, &host, "run-1", model, &f->err));
    assert_string_equal(model, expect);
    OK(huse_runs_refresh(list, NULL, &f->err));
    run = huse_runs_find(list, "run-1");
    assert_int_equal(run->state, HUSE_RUN_PUBLISHED);
    assert_true(run->can_resume && run->current);
    assert_string_equal(run->model, expect);
    o = (huse_train_options){.params = &p, .resume = 1};
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    OK(huse_runs_refresh(list, NULL, &f->err));
    run = huse_runs_find(list, "run-1");
    assert_int_equal(run->state, HUSE_RUN_PUBLISHED);
    assert_true(!run->can_resume && run->step == 40);
    assert_string_equal(run->model, r.model);
    huse_runs_free(list);
    train(f, &p, (huse_train_options){.no_probes = 1}, 2); /* undisturbed: the same weights */
    same_file(f, "ws/runs/run-1/step-40/state.safetensors", "ws/runs/run-2/step-40/state.safetensors");
    huse_train_params_fini(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(probes_change_no_weight_and_repeat),
        TEST(the_space_is_seen_to_form),
        TEST(a_resumed_run_keeps_its_probes_and_loses_no_moment),
        TEST(other_probes_are_answered_from_the_next_validation_on),
        cmocka_unit_test(a_sample_is_even_and_takes_small_groups_whole),
        TEST(what_a_run_would_cost_is_measured_without_a_trace),
        TEST(a_stopped_run_is_published_and_can_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
