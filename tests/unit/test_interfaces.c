/* A run that is watched and steered by two interfaces at once while its trainer is killed, stopped and resumed: no step is lost, and its
 * weights are those of an undisturbed run with the same steering. KILLS and SEED (environment) set how often and when. */
#include "run_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "huse/runs.h"

enum { STEPS_EACH = 120, INTERFACES = 2, MOST_STEPS = 30000 };

static long from_environment(const char *name, long value)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : value;
}

static void nap_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static pid_t start_trainer(fixture *f, const huse_train_params *p)
{
    pid_t pid = fork();
    if (pid == 0) {
        huse_workspace *ws;
        huse_train_report r;
        huse_train_options o = {.params = p, .resume = 1, .no_publish = 1};
        huse_status s = huse_workspace_open(&ws, fx_path(f, "ws"), 0, &f->err);
        if (s == HUSE_OK)
            s = huse_train(ws, &host, &o, &r, &f->err);
        if (s != HUSE_OK && s != HUSE_INTERRUPTED)
            fprintf(stderr, "trainer: %s\n", f->err.msg);
        _exit(s);
    }
    return pid;
}

/* Looks and steers without a pause until it is ended; exits 1 at the first thing that is wrong. */
static void be_interface(const char *ws, int which, uint64_t seed)
{
    static const struct {
        const char *option;
        double low, high;
    } mine[INTERFACES] = {{"lr", 1e-4, 2e-3}, {"alpha", 0.5, 2}};
    huse_rng rng;
    huse_runs *list = huse_runs_new(ws);
    huse_follow *f = huse_follow_new(ws, "run-1");
    unsigned life = 0;
    long last = 0;
    huse_rng_init(&rng, seed, (uint64_t)which);
    for (unsigned turn = 0;; turn++) {
        char text[32];
        snprintf(text, sizeof text, "%.17g", mine[which].low + (mine[which].high - mine[which].low) * huse_rng_uniform(&rng));
        if (huse_runs_refresh(list, NULL, NULL) != HUSE_OK || !huse_runs_find(list, "run-1") ||
            huse_follow_poll(f, NULL, NULL, NULL) != HUSE_OK || huse_run_set(ws, "run-1", mine[which].option, text, NULL) != HUSE_OK)
            _exit(1);
        huse_follow_steps s = huse_follow_figures(f);
        long step = s.n ? s.step[s.n - 1] : 0;
        if (huse_follow_lives(f) == life && step < last)
            _exit(2);
        life = huse_follow_lives(f);
        last = step;
        if (turn % 16 == 15 && (huse_run_pause(ws, "run-1", true, NULL) != HUSE_OK || (nap_ms(20), huse_run_pause(ws, "run-1", false, NULL)) != HUSE_OK))
            _exit(3);
        nap_ms(3);
    }
}

static void end_interface(pid_t pid)
{
    int status;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status))
        fail_msg("an interface ended with %d", WEXITSTATUS(status));
}

/* The trainer is killed or asked to stop after a while; false: it was at its end before that. */
static bool disturb(fixture *f, pid_t trainer, huse_rng *rng)
{
    int status;
    bool order = false;
    nap_ms(30 + (long)(huse_rng_uniform(rng) * 250));
    if (huse_rng_uniform(rng) < 0.5)
        kill(trainer, SIGKILL);
    else
        order = true;
    while (waitpid(trainer, &status, WNOHANG) == 0) {
        if (order) /* again, since a trainer that just starts takes an order for one of before */
            OK(huse_run_stop(fx_path(f, "ws"), "run-1", &f->err));
        nap_ms(20);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != HUSE_OK && WEXITSTATUS(status) != HUSE_INTERRUPTED)
        fail_msg("the trainer ended with %d", WEXITSTATUS(status));
    return !(WIFEXITED(status) && WEXITSTATUS(status) == HUSE_OK);
}

static void finish(fixture *f, const huse_train_params *p)
{
    int status;
    pid_t trainer = start_trainer(f, p);
    assert_int_equal(waitpid(trainer, &status, 0), trainer);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == HUSE_OK);
}

static char *last_state(const fixture *f, long steps, size_t *n)
{
    char name[96], *data;
    snprintf(name, sizeof name, "ws/runs/run-1/step-%ld/state.safetensors", steps);
    OK(huse_fs_read(fx_path(f, name), 1 << 26, &data, n, NULL));
    return data;
}

static void remove_checkpoints(const fixture *f)
{
    char **name;
    size_t n;
    OK(huse_fs_list(fx_path(f, "ws/runs/run-1"), &name, &n, NULL));
    for (size_t i = 0; i < n; i++)
        if (strncmp(name[i], "step-", 5) == 0) {
            char path[96];
            snprintf(path, sizeof path, "ws/runs/run-1/%s", name[i]);
            OK(huse_fs_remove_tree(fx_path(f, path), NULL));
        }
    huse_fs_free_names(name, n);
}

static void check_log(fixture *f, long steps)
{
    size_t n, set = 0;
    bool more = true;
    huse_follow *w = huse_follow_new(fx_path(f, "ws"), "run-1");
    while (more)
        OK(huse_follow_poll(w, NULL, &more, &f->err));
    huse_follow_steps s = huse_follow_figures(w);
    assert_int_equal(s.n, steps / 10 + 1); /* 1, 10, 20, … */
    for (size_t i = 1; i < s.n; i++)
        assert_int_equal(s.step[i], 10 * i);
    assert_int_equal(huse_follow_damaged(w), 0);
    const huse_run_event *e = huse_follow_events(w, &n);
    for (size_t i = 0; i < n; i++)
        set += e[i].kind == HUSE_EVENT_SET;
    assert_true(set > 0);
    huse_follow_free(w);
}

static void a_disturbed_run_ends_as_an_undisturbed_one(void **state)
{
    fixture *f = *state;
    const long kills = from_environment("KILLS", 6), steps = HUSE_MIN(kills * STEPS_EACH, (long)MOST_STEPS);
    const uint64_t seed = (uint64_t)from_environment("SEED", (long)time(NULL));
    huse_train_params p;
    huse_rng rng;
    pid_t interface[INTERFACES];
    char text[32];
    size_t n, n_again;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    huse_rng_init(&rng, seed, 9);
    fill(f, 240, 5, true);
    small_run(&p);
    snprintf(text, sizeof text, "%ld", steps);
    OK(huse_train_params_set(&p, "steps", text, NULL));
    OK(huse_train_params_set(&p, "patience", "0", NULL));
    OK(huse_train_params_set(&p, "validate-every", "100", NULL));
    OK(huse_train_params_set(&p, "checkpoint-every", "20", NULL));
    pid_t trainer = start_trainer(f, &p);
    while (!huse_fs_exists(fx_path(f, "ws/runs/run-1/config.json")))
        nap_ms(5);
    for (int i = 0; i < INTERFACES; i++)
        if ((interface[i] = fork()) == 0)
            be_interface(fx_path(f, "ws"), i, seed);
    for (long k = 0; k < kills && disturb(f, trainer, &rng); k++)
        trainer = k + 1 < kills ? start_trainer(f, &p) : 0;
    for (int i = 0; i < INTERFACES; i++)
        end_interface(interface[i]);
    OK(huse_run_pause(fx_path(f, "ws"), "run-1", false, &f->err));
    finish(f, &p);
    check_log(f, steps);
    char *disturbed = last_state(f, steps, &n);
    remove_checkpoints(f);
    assert_int_equal(unlink(fx_path(f, "ws/runs/run-1/control.json")), 0);
    finish(f, &p); /* from its first step, with every change at its step, and nobody at the door */
    char *calm = last_state(f, steps, &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(disturbed, calm, n);
    free(disturbed);
    free(calm);
    huse_train_params_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_disturbed_run_ends_as_an_undisturbed_one, fx_setup, fx_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
