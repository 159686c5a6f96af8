/* Bundles: whole or absent, checked when opened. And the strict JSON they rest on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "reseal.h"
#include "tmpdir.h"

static char *dir;
static huse_err err;
static const float rows[4] = {1, 2, 3, 4};

/* In a child that runs until it is killed: a test that fails must not leave it behind. */
static void die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == 1)
        _exit(1);
}

static int setup(void **state)
{
    (void)state;
    dir = tmpdir_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

static const char *at(const char *name)
{
    static char buf[4][512];
    static unsigned i;
    char *b = buf[i++ % 4];
    snprintf(b, sizeof buf[0], "%s/%s", dir, name);
    return b;
}

/* Writes parent/name with one array file, one text file and the figure @value in its meta.json. */
static huse_status write_bundle(const char *parent, const char *name, int value, size_t text_bytes)
{
    huse_bundle_writer *w;
    const huse_array a = huse_array_2d("rows", HUSE_F32, rows, 2, 2);
    huse_status s = huse_bundle_begin(&w, parent, name, &err);
    if (s != HUSE_OK)
        return s;
    char *text = huse_xcalloc(text_bytes, 1);
    s = huse_bundle_add_arrays(w, "a.safetensors", &a, 1, &err);
    if (s == HUSE_OK)
        s = huse_bundle_add_bytes(w, "notes.txt", text, text_bytes, &err);
    free(text);
    if (s != HUSE_OK) {
        huse_bundle_abort(w);
        return s;
    }
    json_t *meta = json_object();
    json_object_set_new(meta, "value", json_integer(value));
    json_object_set_new(meta, "rate", json_real(0.1));
    s = huse_bundle_commit(w, "test", 2, meta, &err);
    json_decref(meta);
    return s;
}

/* The figure in its meta.json, -1 when it does not open. */
static int read_value(const char *path)
{
    huse_bundle *b;
    if (huse_bundle_open(&b, path, "test", 2, HUSE_CHECK_HASHES, &err) != HUSE_OK)
        return -1;
    int v = (int)json_integer_value(json_object_get(huse_bundle_meta(b), "value"));
    huse_bundle_close(b);
    return v;
}

static size_t count_names(const char *path)
{
    char **names;
    size_t n;
    assert_int_equal(huse_fs_list(path, &names, &n, &err), HUSE_OK);
    huse_fs_free_names(names, n);
    return n;
}

static void a_bundle_comes_back_as_written(void **state)
{
    (void)state;
    huse_bundle *b;
    const huse_safetensors *st, *again;
    const huse_array *a;
    char *data;
    size_t n;
    assert_int_equal(write_bundle(at("p"), "one", 7, 5), HUSE_OK);
    assert_int_equal(huse_bundle_open(&b, at("p/one"), "test", 2, HUSE_CHECK_HASHES, &err),
                     HUSE_OK);
    assert_string_equal(huse_bundle_dir(b), at("p/one"));
    assert_int_equal(huse_bundle_arrays(b, "a.safetensors", &st, &err), HUSE_OK);
    assert_int_equal(huse_bundle_arrays(b, "a.safetensors", &again, &err), HUSE_OK);
    assert_ptr_equal(st, again);
    assert_int_equal(huse_safetensors_get(st, "rows", HUSE_F32, 2, (size_t[]){2, 2}, &a, &err),
                     HUSE_OK);
    assert_memory_equal(a->data, rows, sizeof rows);
    assert_int_equal(huse_bundle_bytes(b, "notes.txt", 5, &data, &n, &err), HUSE_OK);
    assert_int_equal(n, 5);
    free(data);
    assert_int_equal(huse_bundle_bytes(b, "notes.txt", 4, &data, &n, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_bundle_bytes(b, "../one/notes.txt", 9, &data, &n, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_bundle_arrays(b, "none", &st, &err), HUSE_BAD_DATA);
    huse_bundle_close(b);
    assert_int_equal(count_names(at("p")), 1);
}

static void equal_state_gives_equal_bytes(void **state)
{
    (void)state;
    huse_key a, b;
    assert_int_equal(write_bundle(dir, "a", 7, 5), HUSE_OK);
    assert_int_equal(write_bundle(dir, "b", 7, 5), HUSE_OK);
    assert_int_equal(huse_sha256_file(&a, at("a/meta.json"), &err), HUSE_OK);
    assert_int_equal(huse_sha256_file(&b, at("b/meta.json"), &err), HUSE_OK);
    assert_true(huse_key_equal(&a, &b));
}

static void other_formats_and_newer_versions_are_refused(void **state)
{
    (void)state;
    huse_bundle *b;
    assert_int_equal(write_bundle(dir, "a", 7, 5), HUSE_OK);
    assert_int_equal(huse_bundle_open(&b, at("a"), "other", 2, HUSE_CHECK_SIZES, &err),
                     HUSE_BAD_DATA);
    assert_int_equal(huse_bundle_open(&b, at("a"), "test", 1, HUSE_CHECK_SIZES, &err),
                     HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "newer version"));
    assert_int_equal(huse_bundle_open(&b, at("a"), "test", 3, HUSE_CHECK_SIZES, &err), HUSE_OK);
    huse_bundle_close(b);
    assert_int_equal(huse_bundle_open(&b, at("none"), "test", 2, HUSE_CHECK_SIZES, &err),
                     HUSE_NOT_FOUND);
}

static void a_bundle_of_the_same_name_is_replaced_whole(void **state)
{
    (void)state;
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    huse_bundle *old;
    const huse_safetensors *st;
    assert_int_equal(huse_bundle_open(&old, at("a"), "test", 2, HUSE_CHECK_SIZES, &err), HUSE_OK);
    assert_int_equal(huse_bundle_arrays(old, "a.safetensors", &st, &err), HUSE_OK);
    assert_int_equal(write_bundle(dir, "a", 2, 6), HUSE_OK);
    assert_int_equal(read_value(at("a")), 2);
    assert_int_equal(count_names(dir), 1);
    /* readers keep what they have open */
    assert_memory_equal(huse_safetensors_find(st, "rows")->data, rows, sizeof rows);
    huse_bundle_close(old);
}

static void an_abandoned_writer_leaves_nothing(void **state)
{
    (void)state;
    huse_bundle_writer *w;
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    assert_int_equal(huse_bundle_begin(&w, dir, "a", &err), HUSE_OK);
    assert_int_equal(huse_bundle_add_bytes(w, "x", "y", 1, &err), HUSE_OK);
    assert_int_equal(count_names(dir), 2);
    huse_bundle_abort(w);
    huse_bundle_abort(NULL);
    assert_int_equal(count_names(dir), 1);
    assert_int_equal(read_value(at("a")), 1);
}

static void flip(const char *path, long offset)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, offset, SEEK_SET);
    int c = fgetc(f);
    fseek(f, offset, SEEK_SET);
    fputc(c ^ 1, f);
    fclose(f);
}

static void every_damaged_file_is_noticed(void **state)
{
    (void)state;
    huse_bundle *b;
    size_t n;
    char *file;
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    assert_int_equal(huse_fs_read(at("a/a.safetensors"), 4096, &file, &n, &err), HUSE_OK);
    free(file);
    for (size_t i = 0; i < n; i++) {
        flip(at("a/a.safetensors"), (long)i);
        assert_int_equal(read_value(at("a")), -1);
        assert_non_null(strstr(err.msg, "changed content of a.safetensors"));
        flip(at("a/a.safetensors"), (long)i);
    }
    assert_int_equal(read_value(at("a")), 1);
    assert_int_equal(truncate(at("a/notes.txt"), 4), 0);
    assert_int_equal(huse_bundle_open(&b, at("a"), "test", 2, HUSE_CHECK_SIZES, &err),
                     HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "/a is damaged: wrong size of notes.txt"));
    assert_int_equal(unlink(at("a/notes.txt")), 0);
    assert_int_equal(read_value(at("a")), -1);
    assert_non_null(strstr(err.msg, "missing notes.txt"));
    assert_int_equal(symlink("n.txt", at("a/notes.txt")), 0); /* as long as the file was */
    assert_int_equal(huse_bundle_open(&b, at("a"), "test", 2, HUSE_CHECK_SIZES, &err),
                     HUSE_BAD_DATA);
    assert_int_equal(unlink(at("a/meta.json")), 0);
    assert_int_equal(read_value(at("a")), -1);
    assert_non_null(strstr(err.msg, "missing meta.json"));
}

#define HEX0 "0000000000000000000000000000000000000000000000000000000000000000"

static void hostile_meta_files_are_refused(void **state)
{
    (void)state;
    static const char *const metas[] = {
        "",
        "{}",
        "[]",
        "{\"format\":\"test\",\"version\":1}",
        "{\"format\":\"test\",\"version\":0,\"files\":{}}",
        "{\"format\":\"test\",\"version\":1.0,\"files\":{}}",
        "{\"format\":[],\"version\":1,\"files\":{}}",
        "{\"format\":\"test\",\"version\":1,\"files\":[]}",
        "{\"format\":\"test\",\"version\":1,\"version\":1,\"files\":{}}",
        "{\"format\":\"test\",\"version\":1,\"files\":{\"../x\":{\"size\":1,\"sha256\":\"" HEX0
        "\"}}}",
        "{\"format\":\"test\",\"version\":1,\"files\":{\"x\":{\"size\":-1,\"sha256\":\"" HEX0
        "\"}}}",
        "{\"format\":\"test\",\"version\":1,\"files\":{\"x\":{\"size\":1,\"sha256\":\"00\"}}}",
        "{\"format\":\"test\",\"version\":1,\"files\":{\"x\":{\"size\":1}}}",
        "{\"format\":\"test\",\"version\":1,\"files\":{\"x\":7}}",
    };
    assert_int_equal(huse_fs_mkdirs(at("a"), &err), HUSE_OK);
    assert_int_equal(huse_fs_write_atomic(at("a/x"), "x", 1, &err), HUSE_OK);
    assert_int_equal(huse_fs_write_atomic(at("x"), "x", 1, &err), HUSE_OK);
    for (size_t i = 0; i < HUSE_COUNT(metas); i++) {
        assert_int_equal(huse_fs_write_atomic(at("a/meta.json"), metas[i], strlen(metas[i]), &err),
                         HUSE_OK);
        if (!strstr(metas[i], "\"version\":1,\"version\"")) /* written anew, it would be in order */
            reseal(at("a/meta.json"));
        huse_bundle *b;
        if (huse_bundle_open(&b, at("a"), "test", 2, HUSE_CHECK_SIZES, &err) != HUSE_BAD_DATA)
            fail_msg("%s is accepted", metas[i]);
    }
}

static void a_changed_figure_in_the_meta_file_is_noticed(void **state)
{
    (void)state;
    char *text, *at_value;
    size_t n;
    assert_int_equal(write_bundle(dir, "a", 4, 3), HUSE_OK);
    assert_int_equal(huse_fs_read(at("a/meta.json"), 4096, &text, &n, &err), HUSE_OK);
    at_value = strstr(text, "\"value\": 4");
    assert_non_null(at_value);
    at_value[strlen("\"value\": ")] = '5';
    assert_int_equal(huse_fs_write_atomic(at("a/meta.json"), text, n, &err), HUSE_OK);
    assert_int_equal(read_value(at("a")), -1);
    assert_non_null(strstr(err.msg, "changed content of meta.json"));
    reseal(at("a/meta.json"));
    assert_int_equal(read_value(at("a")), 5);
    free(text);
}

/* Kills the writer at a random place, again and again; what stood before must stand or be replaced
 * whole. */
static void a_killed_writer_costs_nothing_but_its_own_work(void **state)
{
    (void)state;
    int value = 1, replaced = 0, kept = 0;
    assert_int_equal(write_bundle(dir, "a", value, 5), HUSE_OK);
    for (useconds_t us = 0; us < 6000 || (!replaced && us < 600000); us += 100) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            die_with_parent();
            for (int v = value + 1;; v++)
                if (write_bundle(dir, "a", v, 20000) != HUSE_OK)
                    _exit(1);
        }
        usleep(us);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        int now = read_value(at("a"));
        if (now < value)
            fail_msg("after %u us: %d instead of at least %d: %s", us, now, value, err.msg);
        replaced += now > value;
        kept += now == value;
        value = now;
    }
    assert_true(replaced > 0 && kept > 0);
    assert_int_equal(write_bundle(dir, "a", value, 5), HUSE_OK);
    assert_int_equal(count_names(dir), 1);
}

/* Between its two renames, on a file system that cannot exchange names, the old bundle waits aside.
 */
static void a_replacement_cut_short_is_found_and_finished(void **state)
{
    (void)state;
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    assert_int_equal(rename(at("a"), at(".old-a")), 0);
    assert_int_equal(read_value(at("a")), 1);
    assert_int_equal(read_value(at("a/")), 1);
    huse_bundle_writer *w;
    assert_int_equal(huse_bundle_begin(&w, dir, "a", &err), HUSE_OK);
    huse_bundle_abort(w);
    assert_int_equal(count_names(dir), 1);
    assert_int_equal(read_value(at("a")), 1);
    assert_int_equal(write_bundle(dir, "old-a", 2, 5), HUSE_OK);
    assert_int_equal(rename(at("old-a"), at(".old-a")), 0);
    assert_int_equal(write_bundle(dir, "a", 3, 5), HUSE_OK);
    assert_int_equal(read_value(at("a")), 3);
    assert_int_equal(count_names(dir), 1);
}

static void leftovers_of_an_earlier_process_of_this_number_are_cleared(void **state)
{
    (void)state;
    char tmp[64];
    snprintf(tmp, sizeof tmp, ".tmp-%ld-a", (long)getpid());
    assert_int_equal(huse_fs_mkdirs(at(tmp), &err), HUSE_OK);
    char *inside = huse_fs_join(at(tmp), "a.safetensors");
    assert_int_equal(huse_fs_write_atomic(inside, "junk", 4, &err), HUSE_OK);
    free(inside);
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    assert_int_equal(read_value(at("a")), 1);
    assert_int_equal(count_names(dir), 1);
}

static void a_file_that_cannot_be_written_whole_leaves_the_old_bundle(void **state)
{
    (void)state;
    assert_int_equal(write_bundle(dir, "a", 1, 5), HUSE_OK);
    for (rlim_t limit = 0; limit < 2000; limit += 40) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
            huse_status s = write_bundle(dir, "a", 2, 1990);
            _exit(s == HUSE_FAILED && strstr(err.msg, "/a/") ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status == 0) {
            assert_int_equal(read_value(at("a")), 1);
            assert_int_equal(count_names(dir), 1);
        } else {
            fail_msg("limit %lu", (unsigned long)limit);
        }
    }
}

/* 0 when all went as it should, 77 where mounting is not allowed, else a number that says what did
 * not. */
static int fill_a_disk(const char *disk)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", disk, "tmpfs", 0, "size=128k") != 0)
        return 77;
    char *path = huse_fs_join(disk, "a");
    if (write_bundle(disk, "a", 1, 5) != HUSE_OK)
        return 1;
    if (write_bundle(disk, "a", 2, 200000) != HUSE_FAILED || !strstr(err.msg, "the disk is full"))
        return 2;
    if (read_value(path) != 1 || count_names(disk) != 1)
        return 3;
    if (write_bundle(disk, "a", 3, 5) != HUSE_OK || read_value(path) != 3)
        return 4;
    free(path);
    return 0;
}

static void a_full_disk_is_named_and_leaves_the_old_bundle(void **state)
{
    (void)state;
    const char *disk = at("disk");
    assert_int_equal(huse_fs_mkdirs(disk, &err), HUSE_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fill_a_disk(disk));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void json_is_parsed_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "{}{}",
        "nul",
        "7",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1e999}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\xff\"}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":1,}",
        "{\"a\":'x'}",
        "// c\n{}",
        "{\"a\":99999999999999999999}",
        "\xef\xbb\xbf{}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };
    json_t *j = NULL;
    for (size_t i = 0; i < HUSE_COUNT(bad); i++)
        if (huse_json_parse(&j, bad[i], strlen(bad[i]), "x.json", &err) != HUSE_BAD_DATA || j)
            fail_msg("%s is accepted", bad[i]);
    assert_int_equal(huse_json_parse(&j, "{\n\"a\":}", 7, "x.json", &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "x.json: line 2, column 5"));
    static const char good[] =
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"\\\"[[{\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    assert_int_equal(huse_json_parse(&j, good, sizeof good - 1, "x.json", &err), HUSE_OK);
    json_decref(j);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_bundle_comes_back_as_written),
        T(equal_state_gives_equal_bytes),
        T(other_formats_and_newer_versions_are_refused),
        T(a_bundle_of_the_same_name_is_replaced_whole),
        T(an_abandoned_writer_leaves_nothing),
        T(every_damaged_file_is_noticed),
        T(hostile_meta_files_are_refused),
        T(a_changed_figure_in_the_meta_file_is_noticed),
        T(a_killed_writer_costs_nothing_but_its_own_work),
        T(a_replacement_cut_short_is_found_and_finished),
        T(leftovers_of_an_earlier_process_of_this_number_are_cleared),
        T(a_file_that_cannot_be_written_whole_leaves_the_old_bundle),
        T(a_full_disk_is_named_and_leaves_the_old_bundle),
        T(json_is_parsed_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
