/* Feature rows: found again by content, through appending, compaction and what may cut it short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "data/features.h"
#include "reseal.h"
#include "tmpdir.h"

#define DIM 3

static char *ws;
static huse_err err;
static huse_key weights, other_weights;

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
    ws = tmpdir_make();
    weights = huse_sha256("w", 1);
    other_weights = huse_sha256("o", 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(ws);
    return 0;
}

static huse_key key_of(unsigned i)
{
    return huse_sha256(&i, sizeof i);
}

static void make_rows(unsigned first, size_t n, huse_key *key, float *rows)
{
    for (size_t i = 0; i < n; i++) {
        unsigned id = first + (unsigned)i;
        key[i] = key_of(id);
        for (unsigned j = 0; j < DIM; j++)
            rows[i * DIM + j] = (float)(id * 10 + j);
    }
}

static huse_status append(huse_features *f, unsigned first, size_t n)
{
    huse_key *key = huse_xcalloc(n, sizeof *key);
    float *rows = huse_xcalloc(n * DIM, sizeof *rows);
    make_rows(first, n, key, rows);
    huse_status s = huse_features_append(f, key, rows, n, &err);
    free(key);
    free(rows);
    return s;
}

static huse_features *open_with(const huse_key *hash, size_t dim)
{
    huse_features *f = NULL;
    huse_status s = huse_features_open(&f, ws, "enc", dim, hash, &err);
    if (s != HUSE_OK)
        fail_msg("%s", err.msg);
    return f;
}

static huse_features *open_features(void)
{
    return open_with(&weights, DIM);
}

static bool holds(const huse_features *f, unsigned id)
{
    huse_key key = key_of(id);
    const float *row = huse_features_find(f, &key);
    if (!row)
        return false;
    for (unsigned j = 0; j < DIM; j++)
        assert_true(row[j] == (float)(id * 10 + j));
    return true;
}

static void assert_holds(const huse_features *f, unsigned first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!holds(f, first + (unsigned)i))
            fail_msg("row %zu is lost", first + i);
}

/* Directory entries without the lock. */
static size_t count_segments(void)
{
    char *dir = huse_fs_join(ws, "features/enc"), **names;
    size_t n, m = 0;
    assert_int_equal(huse_fs_list(dir, &names, &n, &err), HUSE_OK);
    for (size_t i = 0; i < n; i++)
        m += strcmp(names[i], ".lock") != 0;
    huse_fs_free_names(names, n);
    free(dir);
    return m;
}

static char *segment_path(const char *name)
{
    return huse_format("%s/features/enc/%s", ws, name);
}

static void rows_are_found_again_after_reopening(void **state)
{
    (void)state;
    huse_features *f = open_features();
    assert_int_equal(huse_features_rows(f), 0);
    assert_false(holds(f, 0));
    assert_int_equal(append(f, 0, 100), HUSE_OK);
    const float *kept;
    huse_key key = key_of(5);
    kept = huse_features_find(f, &key);
    assert_int_equal(append(f, 100, 1000), HUSE_OK);
    assert_ptr_equal(huse_features_find(f, &key), kept);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(huse_features_rows(f), 1100);
        assert_holds(f, 0, 1100);
        assert_false(holds(f, 1100));
        assert_int_equal(huse_features_dim(f), DIM);
        assert_true(huse_key_equal(huse_features_hash(f), &weights));
        huse_features_close(f);
        f = i ? NULL : open_with(NULL, 0);
    }
    assert_int_equal(count_segments(), 2);
}

static void nothing_there_is_not_found_without_a_dimension(void **state)
{
    (void)state;
    huse_features *f;
    assert_int_equal(huse_features_open(&f, ws, "enc", 0, NULL, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_features_open(&f, "/nonexistent", "enc", 0, NULL, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_features_open(&f, ws, "enc", 0, &weights, &err), HUSE_NOT_FOUND);
}

static void known_keys_are_not_stored_twice(void **state)
{
    (void)state;
    huse_features *f = open_features();
    assert_int_equal(append(f, 0, 10), HUSE_OK);
    assert_int_equal(append(f, 0, 10), HUSE_OK);
    assert_int_equal(count_segments(), 1);
    assert_int_equal(append(f, 5, 10), HUSE_OK);
    assert_int_equal(huse_features_rows(f), 15);
    huse_key key[3];
    float rows[3 * DIM];
    make_rows(20, 3, key, rows);
    key[2] = key[0];
    memcpy(rows + 2 * DIM, rows, DIM * sizeof *rows);
    assert_int_equal(huse_features_append(f, key, rows, 3, &err), HUSE_OK);
    assert_int_equal(huse_features_rows(f), 17);
    assert_int_equal(huse_features_append(f, NULL, NULL, 0, &err), HUSE_OK);
    huse_features_close(f);
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    huse_features *f = open_features();
    huse_key key[2];
    float rows[2 * DIM];
    make_rows(0, 2, key, rows);
    rows[DIM + 1] = NAN;
    assert_int_equal(huse_features_append(f, key, rows, 2, &err), HUSE_BAD_DATA);
    rows[DIM + 1] = INFINITY;
    assert_int_equal(huse_features_append(f, key, rows, 2, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_features_rows(f), 0);
    huse_features_close(f);
}

static void many_rows_make_several_segments(void **state)
{
    (void)state;
    huse_features *f = open_features();
    assert_int_equal(append(f, 0, 65536 + 10), HUSE_OK);
    assert_int_equal(count_segments(), 2);
    assert_int_equal(huse_features_rows(f), 65546);
    assert_holds(f, 0, 65546);
    huse_features_close(f);
}

static void rows_of_other_weights_are_ignored_and_compacted_away(void **state)
{
    (void)state;
    huse_features *f = open_with(&other_weights, DIM);
    assert_int_equal(append(f, 0, 10), HUSE_OK);
    huse_features_close(f);
    f = open_features();
    assert_int_equal(huse_features_rows(f), 0);
    assert_int_equal(append(f, 0, 5), HUSE_OK);
    assert_int_equal(huse_features_rows(f), 5);
    huse_features_close(f);
    f = open_with(NULL, 0);
    assert_true(huse_key_equal(huse_features_hash(f), &weights));
    assert_int_equal(huse_features_rows(f), 5);
    size_t dropped = 9;
    assert_int_equal(huse_features_compact(f, NULL, NULL, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(count_segments(), 1);
    assert_holds(f, 0, 5);
    huse_features_close(f);
    f = open_with(&other_weights, DIM);
    assert_int_equal(huse_features_rows(f), 0);
    huse_features_close(f);
}

struct wanted {
    unsigned first, n;
    size_t asked;
};

static bool is_wanted(void *ctx, const huse_key *key)
{
    struct wanted *w = ctx;
    w->asked++;
    for (unsigned i = w->first; i < w->first + w->n; i++) {
        huse_key k = key_of(i);
        if (huse_key_equal(&k, key))
            return true;
    }
    return false;
}

static void compaction_keeps_what_is_wanted_and_nothing_else(void **state)
{
    (void)state;
    huse_features *f = open_features();
    struct wanted w = {.first = 15, .n = 30};
    size_t dropped;
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(append(f, 10 * i, 10), HUSE_OK);
    assert_int_equal(huse_features_compact(f, is_wanted, &w, &dropped, &err), HUSE_OK);
    assert_int_equal(w.asked, 60);
    assert_int_equal(dropped, 30);
    assert_int_equal(huse_features_rows(f), 30);
    assert_holds(f, 15, 30);
    assert_false(holds(f, 14) || holds(f, 45));
    assert_int_equal(count_segments(), 1);
    assert_int_equal(append(f, 100, 10), HUSE_OK);
    huse_features_close(f);
    f = open_features();
    assert_int_equal(huse_features_rows(f), 40);
    w = (struct wanted){0};
    assert_int_equal(huse_features_compact(f, is_wanted, &w, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 40);
    assert_int_equal(huse_features_rows(f), 0);
    assert_int_equal(count_segments(), 0);
    assert_int_equal(append(f, 7, 1), HUSE_OK);
    assert_true(holds(f, 7));
    huse_features_close(f);
}

static void a_compact_directory_is_left_alone(void **state)
{
    (void)state;
    huse_features *f = open_features();
    size_t dropped = 9;
    assert_int_equal(append(f, 0, 10), HUSE_OK);
    assert_int_equal(huse_features_compact(f, NULL, NULL, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 0);
    char *path = segment_path("000000");
    assert_true(huse_fs_is_dir(path));
    free(path);
    huse_features_close(f);
}

/* A kill after the new segments were written and before, or while, the old ones go leaves both. */
static void rows_that_stand_in_two_segments_do_no_harm(void **state)
{
    (void)state;
    huse_features *f = open_features();
    assert_int_equal(append(f, 0, 10), HUSE_OK);
    huse_features_close(f);
    char *cmd = huse_format("cp -r %s/features/enc/000000 %s/features/enc/000004 && "
                            "mkdir %s/features/enc/.tmp-999999999-000005",
                            ws, ws, ws);
    assert_int_equal(system(cmd), 0);
    free(cmd);
    f = open_features();
    assert_int_equal(huse_features_rows(f), 10);
    assert_int_equal(append(f, 10, 1), HUSE_OK);
    assert_int_equal(count_segments(), 3);
    size_t dropped;
    assert_int_equal(huse_features_compact(f, NULL, NULL, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(huse_features_rows(f), 11);
    assert_holds(f, 0, 11);
    assert_int_equal(count_segments(), 1);
    huse_features_close(f);
}

static void a_killed_compaction_or_append_loses_no_row(void **state)
{
    (void)state;
    unsigned rows = 40;
    huse_features *f = open_features();
    assert_int_equal(append(f, 0, rows), HUSE_OK);
    huse_features_close(f);
    for (useconds_t us = 0; us < 12000 || (rows <= 50 && us < 600000); us += 300) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            die_with_parent();
            f = open_features();
            for (unsigned i = rows;; i++) {
                size_t dropped;
                if (append(f, i, 1) != HUSE_OK ||
                    (i % 3 == 0 && huse_features_compact(f, NULL, NULL, &dropped, &err) != HUSE_OK))
                    _exit(1);
            }
        }
        usleep(us);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        f = open_features();
        assert_true(huse_features_rows(f) >= rows);
        rows = (unsigned)huse_features_rows(f);
        assert_holds(f, 0, rows);
        huse_features_close(f);
    }
    assert_true(rows > 50);
}

/* Another process adds and compacts all the time while this one opens. */
static void a_reader_beside_a_compaction_sees_every_row(void **state)
{
    (void)state;
    huse_features *f = open_features();
    assert_int_equal(append(f, 0, 50), HUSE_OK);
    huse_features_close(f);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_with_parent();
        f = open_features();
        for (unsigned i = 1000;; i++) {
            struct wanted w = {.n = 50};
            size_t dropped;
            if (append(f, i, 1) != HUSE_OK ||
                huse_features_compact(f, is_wanted, &w, &dropped, &err) != HUSE_OK)
                _exit(1);
            usleep(500);
        }
    }
    for (int i = 0; i < 200; i++) {
        f = open_features();
        assert_holds(f, 0, 50);
        huse_features_close(f);
    }
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void two_writers_do_not_replace_each_others_segments(void **state)
{
    (void)state;
    huse_features *a = open_features(), *b = open_features();
    assert_int_equal(append(a, 0, 5), HUSE_OK);
    assert_int_equal(append(b, 10, 5), HUSE_OK);
    assert_int_equal(append(a, 20, 5), HUSE_OK);
    huse_features_close(a);
    huse_features_close(b);
    a = open_features();
    assert_int_equal(huse_features_rows(a), 15);
    assert_holds(a, 0, 5);
    assert_holds(a, 10, 5);
    assert_holds(a, 20, 5);
    huse_features_close(a);
}

static void a_damaged_segment_is_an_error_that_names_it(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "truncate -s -1 rows.safetensors",
        "rm rows.safetensors",
        "rm meta.json",
        "sed -i 's/\"rows\": 10/\"rows\": 11/' meta.json",
        "sed -i 's/\"dim\": 3/\"dim\": 0/' meta.json",
        "sed -i 's/\"encoder_hash\": \"/\"encoder_hash\": \"x/' meta.json",
    };
    for (size_t i = 0; i < HUSE_COUNT(damages); i++) {
        huse_features *f = open_features();
        assert_int_equal(append(f, 0, 5), HUSE_OK);
        assert_int_equal(append(f, 10, 10), HUSE_OK);
        huse_features_close(f);
        char *cmd = huse_format("cd %s/features/enc/000001 && %s", ws, damages[i]);
        assert_int_equal(system(cmd), 0);
        free(cmd);
        char *meta = huse_fs_join(ws, "features/enc/000001/meta.json");
        reseal(meta);
        free(meta);
        if (huse_features_open(&f, ws, "enc", DIM, &weights, &err) != HUSE_BAD_DATA)
            fail_msg("%s goes unnoticed", damages[i]);
        assert_non_null(strstr(err.msg, "features/enc/000001"));
        char *dir = huse_fs_join(ws, "features");
        assert_int_equal(huse_fs_remove_tree(dir, &err), HUSE_OK);
        free(dir);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rows_are_found_again_after_reopening),
        T(nothing_there_is_not_found_without_a_dimension),
        T(known_keys_are_not_stored_twice),
        T(numbers_that_are_not_finite_are_refused),
        T(many_rows_make_several_segments),
        T(rows_of_other_weights_are_ignored_and_compacted_away),
        T(compaction_keeps_what_is_wanted_and_nothing_else),
        T(a_compact_directory_is_left_alone),
        T(rows_that_stand_in_two_segments_do_no_harm),
        T(a_killed_compaction_or_append_loses_no_row),
        T(a_reader_beside_a_compaction_sees_every_row),
        T(two_writers_do_not_replace_each_others_segments),
        T(a_damaged_segment_is_an_error_that_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
