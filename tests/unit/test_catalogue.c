/* Workspaces and catalogues: opening, refusing, read-only, damage, states, marks, named values. */
#include "data_fixture.h"

#include <pthread.h>
#include <sqlite3.h>

#include "data/classes.h"
#include "data/strings.h"

static huse_status reopen(fixture *f, const char *name, unsigned flags)
{
    huse_workspace_close(f->ws);
    f->ws = NULL;
    memset(&f->err, 0, sizeof f->err);
    return huse_workspace_open(&f->ws, fx_path(f, name), flags, &f->err);
}

/* Runs SQL on a catalogue behind the workspace's back. */
static void tamper(const fixture *f, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(fx_path(f, "ws/catalogue.db"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static void a_new_workspace_has_its_folders_and_opens_again(void **state)
{
    fixture *f = *state;
    static const char *const folder[] = {"features", "thumbs", "runs", "models"};
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "ws/%s", folder[i]);
        assert_true(huse_fs_is_dir(fx_path(f, name)));
    }
    assert_string_equal(huse_workspace_dir(f->ws), fx_path(f, "ws"));
    OK(reopen(f, "ws", 0));
    OK(reopen(f, "ws", HUSE_OPEN_CREATE));
    assert_int_equal(fx_count(f), 0);
}

static void what_is_no_workspace_is_not_opened(void **state)
{
    fixture *f = *state;
    assert_int_equal(reopen(f, "nowhere", 0), HUSE_NOT_FOUND);
    assert_int_equal(huse_fs_exists(fx_path(f, "nowhere")), 0);
    fx_text(f, "pictures/a.jpg", "x");
    assert_int_equal(reopen(f, "pictures", 0), HUSE_NOT_FOUND);
    assert_int_equal(reopen(f, "pictures", HUSE_OPEN_CREATE), HUSE_FAILED);
    FX_SAYS(f, "holds other files (a.jpg)");
    assert_false(huse_fs_exists(fx_path(f, "pictures/features")));
    assert_int_equal(reopen(f, "pictures/a.jpg", HUSE_OPEN_CREATE), HUSE_NOT_FOUND);
    fx_text(f, "text/catalogue.db",
            "this is no database at all, but long enough to be looked at as one ...............");
    assert_int_equal(reopen(f, "text", HUSE_OPEN_CREATE), HUSE_BAD_DATA);
    assert_int_equal(mkdir(fx_path(f, "pipe"), 0700), 0);
    assert_int_equal(mkfifo(fx_path(f, "pipe/catalogue.db"), 0600), 0);
    assert_int_equal(reopen(f, "pipe", HUSE_OPEN_CREATE), HUSE_BAD_DATA);
    fx_text(f, "cut/catalogue.db", "");
    assert_int_equal(reopen(f, "cut", 0), HUSE_NOT_FOUND);
    OK(reopen(f, "cut", HUSE_OPEN_CREATE));
}

static void another_programs_and_newer_catalogues_are_refused(void **state)
{
    fixture *f = *state;
    tamper(f, "PRAGMA user_version=2");
    assert_int_equal(reopen(f, "ws", 0), HUSE_BAD_DATA);
    FX_SAYS(f, "made by a newer version");
    tamper(f, "PRAGMA user_version=1; PRAGMA application_id=7");
    assert_int_equal(reopen(f, "ws", HUSE_OPEN_CREATE), HUSE_NOT_FOUND);
    FX_SAYS(f, "belongs to another program");
}

static void a_failed_first_import_leaves_nothing_behind(void **state)
{
    fixture *f = *state;
    huse_workspace *ws;
    OK(huse_workspace_open(&ws, fx_path(f, "fresh"), HUSE_OPEN_CREATE, NULL));
    huse_workspace_discard(ws);
    assert_false(huse_fs_exists(fx_path(f, "fresh")));
    assert_int_equal(mkdir(fx_path(f, "empty"), 0700), 0);
    OK(huse_workspace_open(&ws, fx_path(f, "empty"), HUSE_OPEN_CREATE, NULL));
    huse_workspace_discard(ws);
    assert_true(huse_fs_is_dir(fx_path(f, "empty")));
    assert_false(huse_fs_exists(fx_path(f, "empty/catalogue.db")));
    OK(fx_import(f, "c.csv", "id,text\n1,x\n", NULL));
    huse_workspace_discard(f->ws);
    f->ws = NULL;
    OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), 0, &f->err));
    assert_int_equal(fx_count(f), 1);
}

static void read_only_workspaces_answer_and_refuse_writes(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,text\n1,x\n", NULL));
    OK(reopen(f, "ws", HUSE_OPEN_READ_ONLY));
    assert_int_equal(fx_count(f), 1);
    assert_int_equal(fx_import_with(f, "c.csv", NULL), HUSE_FAILED);
    FX_SAYS(f, "read-only");
    assert_int_equal(huse_catalogue_set_meta(f->ws, "a", "b", NULL), HUSE_FAILED);
    huse_picture_update u = {0};
    assert_int_equal(huse_catalogue_set_pictures(f->ws, &u, 1, NULL), HUSE_FAILED);
    assert_int_equal(reopen(f, "no-such", HUSE_OPEN_CREATE | HUSE_OPEN_READ_ONLY), HUSE_NOT_FOUND);
    assert_false(huse_fs_exists(fx_path(f, "no-such")));
    if (geteuid() == 0)
        return; /* root may write anywhere */
    assert_int_equal(chmod(fx_path(f, "ws/catalogue.db"), 0400), 0);
    assert_int_equal(chmod(fx_path(f, "ws"), 0500), 0);
    huse_status s = reopen(f, "ws", 0);
    size_t n = s == HUSE_OK ? fx_count(f) : 0;
    chmod(fx_path(f, "ws"), 0700);
    assert_int_equal(s, HUSE_OK);
    assert_int_equal(n, 1);
}

static void damage_is_told_in_plain_words(void **state)
{
    fixture *f = *state;
    static const char *const damage[] = {
        "PRAGMA writable_schema=1; DELETE FROM sqlite_schema WHERE name='items'",
        "UPDATE classes SET path='A//B' WHERE path='A/B'",
        "UPDATE classes SET path=CAST(x'4100' AS TEXT) WHERE path='A'",
        "UPDATE items SET class=99 WHERE id='1'",
        "PRAGMA ignore_check_constraints=1; UPDATE items SET split=9",
        "UPDATE items SET id=''",
        "UPDATE items SET id=CAST(x'ff' AS TEXT)",
        "UPDATE pictures SET state=7",
        "UPDATE pictures SET item=77",
        "DELETE FROM roots",
    };
    for (size_t i = 0; i < HUSE_COUNT(damage); i++) {
        huse_items *x = NULL;
        OK(fx_import(f, "c.csv", "id,image,text,class\n1,a.jpg,x,A/B\n", NULL));
        tamper(f, damage[i]);
        huse_status s = reopen(f, "ws", 0);
        if (s == HUSE_OK)
            s = huse_items_load(&x, f->ws, &f->err);
        if (s != HUSE_BAD_DATA)
            fail_msg("not noticed: %s", damage[i]);
        assert_null(x);
        FX_SAYS(f, "catalogue.db");
        huse_workspace_close(f->ws);
        f->ws = NULL;
        OK(huse_fs_remove_tree(fx_path(f, "ws"), NULL));
        OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), HUSE_OPEN_CREATE, &f->err));
    }
}

/* Whatever bytes a catalogue consists of, opening and loading it end, with items or with a message.
 */
static void rotten_bytes_never_crash(void **state)
{
    fixture *f = *state;
    huse_buf csv = {0};
    huse_buf_str(&csv, "id,image,text,class\n");
    for (int i = 0; i < 60; i++)
        huse_buf_fmt(&csv, "%d,p%d.jpg,some text %d,A/B%d\n", i, i, i, i % 5);
    OK(fx_import(f, "c.csv", csv.data, NULL));
    huse_workspace_close(f->ws);
    f->ws = NULL;
    char *good = NULL;
    size_t n, opened = 0;
    OK(huse_fs_read(fx_path(f, "ws/catalogue.db"), 1 << 24, &good, &n, NULL));
    uint64_t seed = 1;
    for (int round = 0; round < 300; round++) {
        char *bad = huse_xmalloc(n);
        memcpy(bad, good, n);
        size_t m = round % 10 ? n : n * (size_t)(round % 97) / 97;
        for (int k = 0; k <= round % 7; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            bad[(seed >> 33) % n] ^= (char)(1 << (seed >> 29 & 7));
        }
        fx_write(f, "rot/catalogue.db", bad, m);
        huse_workspace *ws = NULL;
        huse_items *x = NULL;
        if (huse_workspace_open(&ws, fx_path(f, "rot"), 0, &f->err) == HUSE_OK &&
            huse_items_load(&x, ws, &f->err) == HUSE_OK) {
            opened++;
            for (size_t i = 0; i < x->n; i++)
                assert_true(x->item[i].cls < (int32_t)x->n_classes && x->item[i].id &&
                            x->item[i].picture + x->item[i].n_pictures <= x->n_pictures);
        }
        huse_items_free(x);
        huse_workspace_close(ws);
        free(bad);
    }
    assert_in_range(opened, 1, 299);
    free(good);
    huse_buf_free(&csv);
}

static void items_and_classes_are_found(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,text,class\nzeta,x,B/C\nalpha,y,A\nmid,z,B\n10,z,\n9,z,A\n",
                 NULL));
    huse_items *x = fx_load(f);
    static const char *const order[] = {"zeta", "alpha", "mid", "10", "9"};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(x->item[i].id, order[i]);
        assert_int_equal(huse_items_find(x, order[i]), i);
    }
    assert_int_equal(huse_items_find(x, "nobody"), -1);
    assert_int_equal(x->n_classes, 3);
    assert_string_equal(x->class_path[0], "A");
    assert_string_equal(x->class_path[1], "B");
    assert_string_equal(x->class_path[2], "B/C");
    assert_int_equal(huse_items_find_class(x, "B"), 1);
    assert_int_equal(huse_items_find_class(x, "B/"), -1);
    size_t count[16];
    huse_items_count(x, count);
    assert_int_equal(count[HUSE_SPLIT_NONE], 1);
    assert_int_equal(count[4 + HUSE_SPLIT_TRAIN], 2);
    assert_int_equal(count[12 + HUSE_SPLIT_TRAIN], 1);
    huse_items_free(x);
}

static void picture_states_are_kept(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,image\n1,a.jpg\n2,b.jpg\n", NULL));
    huse_items *x = fx_load(f);
    assert_int_equal(x->picture[0].state, HUSE_PICTURE_NEW);
    assert_false(x->picture[0].has_key);
    huse_picture_update u[3] = {
        {.rowid = x->picture[0].rowid,
         .state = HUSE_PICTURE_OK,
         .has_key = true,
         .size = 5,
         .mtime_ns = -6},
        {.rowid = x->picture[1].rowid, .state = HUSE_PICTURE_FAILED, .why = "it is no picture"},
        {.rowid = 12345, .state = HUSE_PICTURE_OK},
    };
    for (size_t i = 0; i < 32; i++)
        u[0].key.byte[i] = (uint8_t)(i * 7);
    OK(huse_catalogue_set_pictures(f->ws, u, 3, &f->err));
    huse_items_free(x);
    OK(reopen(f, "ws", HUSE_OPEN_READ_ONLY));
    x = fx_load(f);
    assert_int_equal(x->picture[0].state, HUSE_PICTURE_OK);
    assert_true(x->picture[0].has_key);
    assert_memory_equal(x->picture[0].key, u[0].key.byte, 32);
    assert_int_equal(x->picture[0].size, 5);
    assert_int_equal(x->picture[0].mtime_ns, -6);
    assert_int_equal(x->picture[1].state, HUSE_PICTURE_FAILED);
    assert_string_equal(x->picture[1].why, "it is no picture");
    assert_int_equal(x->n_pictures, 2);
    huse_items_free(x);
}

static void marks_and_named_values_are_kept(void **state)
{
    fixture *f = *state;
    bool marked[3];
    char *value = (char *)"unset";
    OK(fx_import(f, "c.csv", "id,text\n1,x\n2,y\n3,z\n", NULL));
    huse_items *x = fx_load(f);
    OK(huse_mark(f->ws, &x->item[2], true, &f->err));
    OK(huse_mark(f->ws, &x->item[0], true, &f->err));
    OK(huse_mark(f->ws, &x->item[0], true, &f->err));
    OK(huse_marks(f->ws, x, marked, &f->err));
    assert_true(marked[0] && !marked[1] && marked[2]);
    OK(huse_mark(f->ws, &x->item[0], false, &f->err));
    huse_import_options prune = {.prune = true};
    OK(fx_import(f, "c.csv", "id,text\n1,x\n2,y\n", &prune));
    OK(huse_marks(f->ws, x, marked, &f->err));
    assert_true(!marked[0] && !marked[1] && !marked[2]);
    huse_items_free(x);
    OK(huse_catalogue_get_meta(f->ws, "a", &value, &f->err));
    assert_null(value);
    OK(huse_catalogue_set_meta(f->ws, "a", "1", &f->err));
    OK(huse_catalogue_set_meta(f->ws, "a", "two", &f->err));
    OK(huse_catalogue_get_meta(f->ws, "a", &value, &f->err));
    assert_string_equal(value, "two");
    free(value);
    OK(huse_catalogue_set_meta(f->ws, "a", NULL, &f->err));
    OK(huse_catalogue_get_meta(f->ws, "a", &value, &f->err));
    assert_null(value);
}

static void readers_see_one_moment_while_another_writes(void **state)
{
    fixture *f = *state;
    huse_workspace *other = NULL;
    OK(fx_import(f, "c.csv", "id,text\n1,x\n", NULL));
    OK(huse_workspace_open(&other, fx_path(f, "ws"), 0, &f->err));
    huse_items *before = fx_load(f);
    OK(huse_import(other, fx_path(f, "c.csv"), NULL, NULL, &f->err));
    fx_text(f, "d.csv", "id,text\n2,y\n");
    OK(huse_import(other, fx_path(f, "d.csv"), NULL, NULL, &f->err));
    assert_int_equal(before->n, 1);
    assert_int_equal(fx_count(f), 2);
    huse_items_free(before);
    huse_workspace_close(other);
}

static void class_paths_are_checked(void **state)
{
    (void)state;
    assert_null(huse_class_path_fault("A/B", 3));
    assert_null(huse_class_path_fault("A", 1));
    assert_non_null(huse_class_path_fault("", 0));
    assert_non_null(huse_class_path_fault("/", 1));
    assert_non_null(huse_class_path_fault("A/", 2));
    assert_non_null(huse_class_path_fault("A//B", 4));
}

static void ancestors_get_rows_of_their_own(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,class\n1,A/B/C\n2,A/B\n3,X\n4,A/Bee/C\n", NULL));
    huse_workspace_close(f->ws);
    f->ws = NULL;
    tamper(f,
           "CREATE TABLE wanted AS SELECT 1 FROM classes c JOIN classes p ON c.parent=p.class WHERE"
           " (c.path, p.path) IN "
           "(VALUES('A/B/C','A/B'),('A/B','A'),('A/Bee/C','A/Bee'),('A/Bee','A'));"
           "CREATE TABLE six(n CHECK(n=6)); INSERT INTO six SELECT count(*) FROM classes;"
           "CREATE TABLE four(n CHECK(n=4)); INSERT INTO four SELECT count(*) FROM wanted");
    OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), 0, &f->err));
}

static void the_string_map_finds_what_was_added(void **state)
{
    (void)state;
    huse_strpool pool = {0};
    huse_strmap map = {0};
    char key[32];
    assert_int_equal(huse_strmap_find(&map, "0", 1), HUSE_STRMAP_NONE);
    for (uint32_t i = 0; i < 20000; i++) {
        int n = snprintf(key, sizeof key, "%u", i * 7919u);
        huse_strmap_add(&map, huse_strpool_add(&pool, key, (size_t)n), (size_t)n, i);
    }
    huse_strmap_add(&map, "", 0, 77);
    for (uint32_t i = 0; i < 20000; i++) {
        int n = snprintf(key, sizeof key, "%u", i * 7919u);
        assert_int_equal(huse_strmap_find(&map, key, (size_t)n), i);
    }
    assert_int_equal(huse_strmap_find(&map, "", 0), 77);
    assert_int_equal(huse_strmap_find(&map, "x", 1), HUSE_STRMAP_NONE);
    huse_strmap_free(&map);
    huse_strpool_free(&pool);
}

static void strings_are_trimmed_and_clipped_at_characters(void **state)
{
    (void)state;
    huse_str s = huse_str_trim(HUSE_STR(" \t a b\r\n"));
    assert_true(huse_str_equal(s, HUSE_STR("a b")));
    assert_int_equal(huse_str_trim(HUSE_STR("  ")).n, 0);
    assert_int_equal(huse_str_clip(HUSE_STR("aé"), 2), 1);
    assert_int_equal(huse_str_clip(HUSE_STR("aé"), 3), 3);
    assert_int_equal(huse_str_clip(HUSE_STR("a😀b"), 4), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_workspace_has_its_folders_and_opens_again),
        TEST(what_is_no_workspace_is_not_opened),
        TEST(another_programs_and_newer_catalogues_are_refused),
        TEST(a_failed_first_import_leaves_nothing_behind),
        TEST(read_only_workspaces_answer_and_refuse_writes),
        TEST(damage_is_told_in_plain_words),
        TEST(rotten_bytes_never_crash),
        TEST(items_and_classes_are_found),
        TEST(picture_states_are_kept),
        TEST(marks_and_named_values_are_kept),
        TEST(readers_see_one_moment_while_another_writes),
        TEST(ancestors_get_rows_of_their_own),
        cmocka_unit_test(class_paths_are_checked),
        cmocka_unit_test(the_string_map_finds_what_was_added),
        cmocka_unit_test(strings_are_trimmed_and_clipped_at_characters),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
