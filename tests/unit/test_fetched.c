/* The store of fetched pictures: what is noted, what is found again, what goes when room is short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/fetched.h"
#include "tmpdir.h"

static huse_key put(huse_fetched *f, const char *address, const char *data, const char *etag)
{
    int                 fd;
    char               *path;
    huse_err            err;
    huse_fetched_answer a = {.key = huse_sha256(data, strlen(data)), .etag = etag, .modified = ""};
    assert_int_equal(huse_fetched_temporary(f, &fd, &path, &err), HUSE_OK);
    assert_true(huse_fs_write_all(fd, data, strlen(data)));
    close(fd);
    if (huse_fetched_put(f, address, &a, path, (int64_t)strlen(data), &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(path);
    return a.key;
}

static huse_fetched *open_store(const char *dir)
{
    huse_fetched *f;
    huse_err      err;
    if (huse_fetched_open(&f, dir, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return f;
}

static void what_is_put_is_found_by_the_next_who_opens(void **state)
{
    char               *dir = tmpdir_make();
    huse_fetched       *f = open_store(dir);
    huse_fetched_answer a;
    huse_err            err;
    char                text[8] = "";
    int                 fd;
    (void)state;
    assert_false(huse_fetched_find(f, "http://h/a", &a));
    huse_key one = put(f, "http://h/a", "one", "\"e\"");
    put(f, "http://h/b", "one", "");
    put(f, "http://h/a", "two", "\"f\"");
    huse_fetched_close(f);
    f = open_store(dir);
    assert_true(huse_fetched_find(f, "http://h/a", &a));
    assert_string_equal(a.etag, "\"f\"");
    assert_int_equal(huse_fetched_read(f, &a.key, &fd, &err), HUSE_OK);
    assert_int_equal(read(fd, text, sizeof text), 3);
    assert_string_equal(text, "two");
    close(fd);
    assert_true(huse_fetched_find(f, "http://h/b", &a));
    assert_true(huse_key_equal(&a.key, &one));
    assert_true(huse_fetched_has(f, &one));
    huse_fetched_remove(f, &one);
    assert_false(huse_fetched_has(f, &one));
    assert_int_equal(huse_fetched_read(f, &one, &fd, &err), HUSE_NOT_FOUND);
    huse_fetched_close(f);
    tmpdir_remove(dir);
}

static void odd_lines_of_the_journal_harm_nothing(void **state)
{
    static const char junk[] = "\n{}\nnull\n[1]\n{\"address\":5}\n{\"address\":\"x\",\"sha256\":\"zz\"}\n{\"address\":\"x\",\"address\":\"y\"}\n"
                               "\xff\xfe\n{\"address\":\"http://h/c\",\"sha2";
    char               *dir = tmpdir_make();
    huse_fetched       *f = open_store(dir);
    huse_fetched_answer a;
    (void)state;
    put(f, "http://h/a", "one", "");
    put(f, "http://h/odd", "odd", "\xff not UTF-8");
    huse_fetched_close(f);
    char *path = huse_format("%s/fetched/journal.jsonl", dir);
    int   fd = open(path, O_WRONLY | O_APPEND);
    assert_true(huse_fs_write_all(fd, junk, sizeof junk - 1));
    close(fd);
    f = open_store(dir);
    put(f, "http://h/c", "three", "");
    huse_fetched_close(f);
    f = open_store(dir);
    assert_true(huse_fetched_find(f, "http://h/a", &a));
    assert_true(huse_fetched_find(f, "http://h/c", &a));
    assert_true(huse_fetched_find(f, "http://h/odd", &a));
    assert_string_equal(a.etag, "");
    assert_false(huse_fetched_find(f, "x", &a));
    huse_fetched_close(f);
    free(path);
    tmpdir_remove(dir);
}

static void a_long_past_is_forgotten_when_nobody_else_looks(void **state)
{
    char               *dir = tmpdir_make(), etag[16], *data;
    huse_fetched       *f = open_store(dir), *other;
    huse_fetched_answer a;
    size_t              long_n, short_n;
    huse_err            err;
    (void)state;
    for (int i = 0; i < 1500; i++) {
        snprintf(etag, sizeof etag, "%d", i);
        put(f, "http://h/a", "same", etag);
    }
    char *path = huse_format("%s/fetched/journal.jsonl", dir);
    other = open_store(dir); /* f still has it open */
    assert_int_equal(huse_fs_read(path, (size_t)1 << 24, &data, &long_n, &err), HUSE_OK);
    free(data);
    huse_fetched_close(other);
    huse_fetched_close(f);
    f = open_store(dir);
    assert_int_equal(huse_fs_read(path, (size_t)1 << 24, &data, &short_n, &err), HUSE_OK);
    free(data);
    assert_true(long_n > 150000);
    assert_true(short_n < 200);
    put(f, "http://h/b", "else", "");
    huse_fetched_close(f);
    f = open_store(dir);
    assert_true(huse_fetched_find(f, "http://h/a", &a));
    assert_string_equal(a.etag, "1499");
    assert_true(huse_fetched_find(f, "http://h/b", &a));
    huse_fetched_close(f);
    free(path);
    tmpdir_remove(dir);
}

static void the_oldest_go_first_and_what_is_held_stays(void **state)
{
    char         *dir = tmpdir_make(), text[32], address[32];
    huse_fetched *f = open_store(dir);
    huse_key      key[16];
    (void)state;
    for (int i = 0; i < 16; i++) {
        snprintf(text, sizeof text, "picture %02d", i); /* 10 bytes */
        snprintf(address, sizeof address, "http://h/%d", i);
        key[i] = put(f, address, text, "");
    }
    huse_fetched_hold(f, &key[0]);
    huse_fetched_hold(f, &key[0]);
    huse_fetched_release(f, &key[0]);
    huse_fetched_trim(f, 160);
    assert_true(huse_fetched_has(f, &key[1]));
    huse_fetched_trim(f, 80); /* and an eighth below it */
    assert_true(huse_fetched_has(f, &key[0]));
    for (int i = 1; i < 10; i++)
        assert_false(huse_fetched_has(f, &key[i]));
    for (int i = 10; i < 16; i++)
        assert_true(huse_fetched_has(f, &key[i]));
    huse_fetched_release(f, &key[0]);
    huse_fetched_trim(f, 0);
    for (int i = 0; i < 16; i++)
        assert_false(huse_fetched_has(f, &key[i]));
    huse_fetched_close(f);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_by_the_next_who_opens),
        cmocka_unit_test(odd_lines_of_the_journal_harm_nothing),
        cmocka_unit_test(a_long_past_is_forgotten_when_nobody_else_looks),
        cmocka_unit_test(the_oldest_go_first_and_what_is_held_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
