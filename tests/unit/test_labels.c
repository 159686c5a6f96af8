/* Labels set by a person: changed, remembered, taken back, in this life of the program and in the next, and through another import. */
#include "data_fixture.h"
#include "huse/labels.h"

static const char catalogue[] = "id,text,class,split\na,one,X/A,train\nb,two,X/A,train\nc,three,Y,test\nd,four,,\n";

static void start(fixture *f)
{
    OK(fx_import(f, "c.csv", catalogue, NULL));
}

static void restart(fixture *f)
{
    char *dir = huse_xstrdup(huse_workspace_dir(f->ws));
    huse_workspace_close(f->ws);
    OK(huse_workspace_open(&f->ws, dir, 0, &f->err));
    free(dir);
}

static const char *class_path(const huse_items *items, const char *id)
{
    ptrdiff_t at = huse_items_find(items, id);
    assert_true(at >= 0);
    return items->item[at].cls >= 0 ? items->class_path[items->item[at].cls] : "";
}

static void assert_class(fixture *f, const char *id, const char *path)
{
    huse_items *items = fx_load(f);
    assert_string_equal(class_path(items, id), path);
    huse_items_free(items);
}

static huse_status set(fixture *f, const char *id, const char *now, const char *path)
{
    huse_items *items = fx_load(f);
    huse_status s = huse_label_set(f->ws, &items->item[huse_items_find(items, id)], now, path, &f->err);
    huse_items_free(items);
    return s;
}

/* Which of a, b, c, d are settled, as "ab"; and that so many can be taken back. */
static void assert_settled(fixture *f, const char *which, size_t undoable)
{
    huse_items *items = fx_load(f);
    bool        settled[4];
    size_t      n, at = 0;
    char        got[5] = "";
    assert_int_equal(items->n, 4);
    OK(huse_labels_settled(f->ws, items, settled, &n, &f->err));
    for (size_t i = 0; i < 4; i++)
        if (settled[i])
            got[at++] = items->item[i].id[0];
    assert_string_equal(got, which);
    assert_int_equal(n, undoable);
    huse_items_free(items);
}

static void undo(fixture *f, const char *id, const char *from, const char *to)
{
    huse_label_undone u;
    OK(huse_label_undo(f->ws, &u, &f->err));
    assert_string_equal(u.id, id);
    assert_string_equal(u.from, from);
    assert_string_equal(u.to ? u.to : "", to);
    huse_label_undone_free(&u);
}

static void assert_nothing_to_undo(fixture *f)
{
    huse_label_undone u;
    assert_int_equal(huse_label_undo(f->ws, &u, &f->err), HUSE_NOT_FOUND);
}

static void a_label_is_changed_and_taken_back_in_the_next_life(void **state)
{
    fixture *f = *state;
    start(f);
    assert_settled(f, "", 0);
    OK(set(f, "a", "X/A", "Y"));
    assert_class(f, "a", "Y");
    assert_settled(f, "a", 1);
    restart(f);
    assert_class(f, "a", "Y");
    assert_settled(f, "a", 1);
    undo(f, "a", "Y", "X/A");
    assert_class(f, "a", "X/A");
    assert_settled(f, "", 0);
    restart(f);
    assert_nothing_to_undo(f);
}

static void an_accepted_label_is_remembered_and_forgotten(void **state)
{
    fixture *f = *state;
    start(f);
    OK(set(f, "b", "X/A", "X/A"));
    assert_settled(f, "b", 1);
    assert_class(f, "b", "X/A");
    undo(f, "b", "X/A", "X/A");
    assert_settled(f, "", 0);
}

static void labels_are_taken_back_one_by_one_the_last_first(void **state)
{
    fixture *f = *state;
    start(f);
    OK(set(f, "a", "X/A", "Y"));
    OK(set(f, "c", "Y", "X/A"));
    OK(set(f, "a", "Y", "X/B"));
    OK(set(f, "d", NULL, "Y"));
    assert_settled(f, "acd", 4);
    undo(f, "d", "Y", "");
    undo(f, "a", "X/B", "Y");
    assert_class(f, "a", "Y");
    undo(f, "c", "X/A", "Y");
    undo(f, "a", "Y", "X/A");
    assert_class(f, "a", "X/A");
    assert_class(f, "c", "Y");
    assert_class(f, "d", "");
    assert_nothing_to_undo(f);
}

static void a_class_that_became_empty_is_made_again(void **state)
{
    fixture *f = *state;
    start(f);
    OK(set(f, "c", "Y", "X/A"));
    huse_items *items = fx_load(f);
    assert_int_equal(items->n_classes, 1);
    huse_items_free(items);
    undo(f, "c", "X/A", "Y");
    assert_class(f, "c", "Y");
}

static void what_was_believed_must_be_so(void **state)
{
    fixture *f = *state;
    start(f);
    assert_int_equal(set(f, "a", "Y", "X/B"), HUSE_FAILED);
    FX_SAYS(f, "X/A");
    assert_int_equal(set(f, "a", NULL, "X/B"), HUSE_FAILED);
    assert_int_equal(set(f, "a", "X/A", "X//B"), HUSE_USAGE);
    assert_int_equal(set(f, "a", "X/A", ""), HUSE_USAGE);
    assert_class(f, "a", "X/A");
    assert_settled(f, "", 0);
    huse_item gone = { .rowid = 99, .id = "z" };
    assert_int_equal(huse_label_set(f->ws, &gone, "X/A", "Y", &f->err), HUSE_NOT_FOUND);
}

static void what_something_else_changed_since_is_left_alone(void **state)
{
    fixture *f = *state;
    huse_label_undone u;
    start(f);
    OK(set(f, "b", "X/A", "Y"));
    OK(set(f, "a", "X/A", "Y"));
    OK(fx_import(f, "c.csv", "id,text,class,split\na,one,Z,train\n", NULL));
    assert_class(f, "a", "Z");
    assert_settled(f, "b", 2);
    assert_int_equal(huse_label_undo(f->ws, &u, &f->err), HUSE_FAILED);
    FX_SAYS(f, "“a”");
    assert_class(f, "a", "Z");
    undo(f, "b", "Y", "X/A");
}

static void an_import_keeps_a_changed_label_while_the_source_says_the_same(void **state)
{
    fixture *f = *state;
    start(f);
    OK(set(f, "a", "X/A", "Y"));
    OK(set(f, "a", "Y", "X/B"));
    OK(set(f, "b", "X/A", "X/A"));
    OK(fx_import(f, "c.csv", catalogue, NULL));
    assert_int_equal(f->report.unchanged, 4);
    assert_class(f, "a", "X/B");
    OK(fx_import(f, "c.csv", "id,text,class,split\na,another text,X/A,train\n", NULL));
    assert_int_equal(f->report.updated, 1);
    assert_class(f, "a", "X/B");
    OK(fx_import(f, "c.csv", "id,text,class,split\na,one,Q,train\nb,two,Y,train\n", NULL));
    assert_class(f, "a", "Q");
    assert_class(f, "b", "Y");
}

static void labels_go_with_their_item(void **state)
{
    fixture *f = *state;
    huse_import_options opt = { .prune = true };
    start(f);
    OK(set(f, "a", "X/A", "Y"));
    OK(fx_import(f, "c.csv", "id,text,class,split\nb,two,X/A,train\n", &opt));
    assert_int_equal(fx_count(f), 1);
    assert_nothing_to_undo(f);
}

static void a_workspace_that_may_only_be_read_says_so(void **state)
{
    fixture *f = *state;
    start(f);
    OK(set(f, "a", "X/A", "Y"));
    char *dir = huse_xstrdup(huse_workspace_dir(f->ws));
    huse_workspace_close(f->ws);
    OK(huse_workspace_open(&f->ws, dir, HUSE_OPEN_READ_ONLY, &f->err));
    assert_settled(f, "a", 1);
    assert_int_equal(set(f, "a", "Y", "X/A"), HUSE_FAILED);
    huse_label_undone u;
    assert_int_equal(huse_label_undo(f->ws, &u, &f->err), HUSE_FAILED);
    free(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_label_is_changed_and_taken_back_in_the_next_life),
        TEST(an_accepted_label_is_remembered_and_forgotten),
        TEST(labels_are_taken_back_one_by_one_the_last_first),
        TEST(a_class_that_became_empty_is_made_again),
        TEST(what_was_believed_must_be_so),
        TEST(what_something_else_changed_since_is_left_alone),
        TEST(an_import_keeps_a_changed_label_while_the_source_says_the_same),
        TEST(labels_go_with_their_item),
        TEST(a_workspace_that_may_only_be_read_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
