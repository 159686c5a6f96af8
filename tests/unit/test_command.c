/* Commands typed after “:”: their words, their names, what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pane_fixture.h"
#include "ui/command.h"

static const ui_command commands[] = {{"eval", true}, {"export", true}, {"help", false}, {"train", true}};

typedef struct fixture {
    pane_calls calls;
    ui_ctx     ctx;
    ui_shell  *shell;
} fixture;

static void begin(fixture *f, const char *history)
{
    *f = (fixture){.shell = ui_shell_new(commands, HUSE_COUNT(commands), history)};
    f->ctx = (ui_ctx){.dir = "/a place", .call = &fixture_calls, .loop = &f->calls};
    ui_shell_ask(f->shell, &f->ctx);
}

static void end(fixture *f)
{
    ui_shell_free(f->shell);
    fixture_end(&f->calls);
}

static void expect_words(const char *line, const char *expected)
{
    char   **word, joined[256] = "";
    size_t   n;
    huse_err err;
    assert_int_equal(ui_shell_words(line, "/a place", &word, &n, &err), HUSE_OK);
    for (size_t i = 0; i < n; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "[%s]", word[i]);
    assert_null(word[n]);
    assert_string_equal(joined, expected);
    free(word);
}

static void words_are_parted_as_a_shell_does(void **state)
{
    (void)state;
    expect_words("eval", "[eval]");
    expect_words("  eval \t --json  ", "[eval][--json]");
    expect_words("search 'red dress' -k 3", "[search][red dress][-k][3]");
    expect_words("search \"a 'b' c\" x\\ y \"q\\\"q\"", "[search][a 'b' c][x y][q\"q]");
    expect_words("show '' ab'c d'e", "[show][][abc de]");
    expect_words("import a.csv -o %", "[import][a.csv][-o][/a place]");
    expect_words("search 50% \\% '%'", "[search][50%][%][%]");
    expect_words("x \\", "[x][\\]");
}

static void faulty_lines_are_refused(void **state)
{
    (void)state;
    char   **word;
    size_t   n;
    huse_err err;
    assert_int_equal(ui_shell_words("search 'red", NULL, &word, &n, &err), HUSE_USAGE);
    assert_int_equal(ui_shell_words("a \"b c", NULL, &word, &n, &err), HUSE_USAGE);
    assert_int_equal(ui_shell_words("", NULL, &word, &n, &err), HUSE_USAGE);
    assert_int_equal(ui_shell_words(" \t ", NULL, &word, &n, &err), HUSE_USAGE);
}

static void expect_completion(fixture *f, const char *text, const char *longer)
{
    char *s = f->calls.prompt.complete(f->shell, text);
    if (longer)
        assert_string_equal(s, longer);
    else
        assert_null(s);
    free(s);
}

static void names_are_completed(void **state)
{
    (void)state;
    fixture f;
    begin(&f, NULL);
    expect_completion(&f, "ev", "eval ");
    expect_completion(&f, "e", "e");
    expect_completion(&f, "x", NULL);
    expect_completion(&f, "eval --j", NULL);
    expect_completion(&f, "", "");
    end(&f);
}

static void earlier_lines_come_back(void **state)
{
    (void)state;
    fixture f;
    begin(&f, NULL);
    f.calls.prompt.done(f.shell, "nothing one");
    f.calls.prompt.done(f.shell, "nothing two");
    char *a = f.calls.prompt.earlier(f.shell, "ev", -1), *b = f.calls.prompt.earlier(f.shell, a, -1);
    assert_string_equal(a, "nothing two");
    assert_string_equal(b, "nothing one");
    assert_null(f.calls.prompt.earlier(f.shell, b, -1));
    free(a);
    free(b);
    b = f.calls.prompt.earlier(f.shell, "", 1);
    a = f.calls.prompt.earlier(f.shell, "", 1);
    assert_string_equal(b, "nothing two");
    assert_string_equal(a, "ev"); /* what was being typed */
    free(a);
    free(b);
    end(&f);
}

static void what_is_no_command_is_not_run(void **state)
{
    (void)state;
    fixture f;
    begin(&f, NULL);
    f.calls.prompt.done(f.shell, "rm -rf %");
    assert_true(f.calls.warning && strstr(f.calls.message, "no command “rm”"));
    assert_true(ui_shell_due(f.shell) == INT64_MAX);
    f.calls.prompt.done(f.shell, "eval 'x");
    assert_non_null(strstr(f.calls.message, "quotation"));
    f.calls.prompt.done(f.shell, ""); /* nothing ran yet */
    assert_null(f.calls.page);
    assert_false(ui_shell_stop(f.shell));
    assert_false(ui_shell_look(f.shell, true, 0));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parted_as_a_shell_does), cmocka_unit_test(faulty_lines_are_refused), cmocka_unit_test(names_are_completed),
        cmocka_unit_test(earlier_lines_come_back),          cmocka_unit_test(what_is_no_command_is_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
