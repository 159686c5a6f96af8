/* Programs that the interface starts: they have no terminal, outlive it, and what they say is kept. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/child.h"

/* This test is the program that is started; main sees by its arguments what it shall do then. */
static ui_child *start(const char *what)
{
    const char *const argv[] = {"huse-tui", what, NULL};
    ui_child *c;
    huse_err err;
    assert_int_equal(ui_child_start(&c, argv, &err), HUSE_OK);
    return c;
}

static int wait_for(ui_child *c)
{
    int code = -1;
    while (!ui_child_ended(c, &code))
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    return code;
}

static void what_it_says_and_how_it_ends_is_known(void **state)
{
    (void)state;
    ui_child *c = start("say");
    assert_int_equal(wait_for(c), 3);
    assert_int_equal(wait_for(c), 3);
    char *out = ui_child_output(c), *err = ui_child_errors(c);
    assert_string_equal(out, "own session, no input, plain signals\n");
    assert_string_equal(err, "wrong\n");
    free(out);
    free(err);
    ui_child_free(c);
}

static void it_is_asked_to_end(void **state)
{
    (void)state;
    ui_child *c = start("wait");
    assert_false(ui_child_ended(c, NULL));
    ui_child_stop(c);
    assert_int_equal(wait_for(c), 128 + SIGTERM);
    ui_child_stop(c);
    ui_child_free(c);
}

static void of_long_output_the_end_is_kept(void **state)
{
    (void)state;
    ui_child *c = start("much");
    assert_int_equal(wait_for(c), 0);
    char *out = ui_child_output(c);
    assert_true(strlen(out) == 65536 && strcmp(out + 65536 - 5, "last\n") == 0);
    free(out);
    ui_child_free(c);
}

static bool holds(char *const *argv, const char *word)
{
    for (; *argv; argv++)
        if (strcmp(*argv, word) == 0)
            return true;
    return false;
}

static void argument_lists_are_whole(void **state)
{
    (void)state;
    const ui_child_set set[] = {{"lr", "0.01"}, {"psi", "name"}};
    const char *const probe[] = {"red, blue"};
    char **argv = ui_child_train("-ws", set, 2, probe, 1);
    assert_string_equal(argv[0], "huse-tui");
    assert_string_equal(argv[1], "train");
    assert_true(holds(argv, "--lr=0.01") && holds(argv, "--psi=name") && holds(argv, "--probe=red  blue"));
    size_t n = 0;
    while (argv[n])
        n++;
    assert_string_equal(argv[n - 2], "--");
    assert_string_equal(argv[n - 1], "-ws");
    free(argv);
    argv = ui_child_resume("ws", "run-3", false);
    assert_true(holds(argv, "--resume") && holds(argv, "--run=run-3"));
    free(argv);
    argv = ui_child_resume("ws", "run-3", true);
    assert_true(holds(argv, "--publish-best") && !holds(argv, "--resume"));
    free(argv);
}

static int be_child(const char *what)
{
    char c;
    sigset_t blocked;
    if (strcmp(what, "wait") == 0)
        return pause();
    if (strcmp(what, "much") == 0) {
        for (int i = 0; i < 20000; i++)
            dprintf(1, "%d\n", i);
        dprintf(1, "last\n");
        return 0;
    }
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    dprintf(1, "%s, %s, %s\n", getsid(0) == getpid() ? "own session" : "a shared session", read(0, &c, 1) == 0 ? "no input" : "input",
            signal(SIGPIPE, SIG_DFL) == SIG_DFL && !sigismember(&blocked, SIGUSR1) ? "plain signals" : "other signals");
    dprintf(2, "wrong\n");
    return 3;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return be_child(argv[1]);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, NULL);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_says_and_how_it_ends_is_known),
        cmocka_unit_test(it_is_asked_to_end),
        cmocka_unit_test(of_long_output_the_end_is_kept),
        cmocka_unit_test(argument_lists_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
