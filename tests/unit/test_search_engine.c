/* Search with a real engine behind it: names, facts, filters, the mix, and what is looked for along the ranking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "small_space.h"
#include "search_fixture.h" /* its short names come last */
#include "tmpdir.h"

static small_space *space;
static char        *dir;

static int setup(void **state)
{
    (void)state;
    dir = tmpdir_make();
    space = small_space_new(NULL); /* trained */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    small_space_free(space);
    tmpdir_remove(dir);
    return 0;
}

/* All that waits is done, as the worker would. */
static void settle(fixture *f)
{
    volatile int stop = 0;
    for (int i = 0; f->calls.n_jobs; i++) {
        ui_job *job = f->calls.job[0];
        assert_true(i < 20);
        job->run(job, &(ui_tools){.engine = space->engine, .dir = dir, .stop = &stop});
        fixture_done(&f->calls, job);
    }
}

static void start(fixture *f, int w, int h, const char *query)
{
    begin(f, w, h, query);
    f->opened = (ui_opened){.status = HUSE_OK, .engine = space->engine, .items = huse_engine_items(space->engine), .trained = true, .model = "m"};
    f->ctx.opened = &f->opened;
    f->ctx.marks = ui_marks_new(NULL, f->opened.items, marks_changed, NULL);
    ui_pane_search.opened(f->s, &f->opened);
    settle(f);
}

static void the_encoder_is_read_while_nothing_is_typed_yet(void **state)
{
    (void)state;
    for (int trained = 0; trained < 2; trained++) {
        fixture f;
        begin(&f, 120, 40, "");
        f.opened = (ui_opened){.status = HUSE_OK, .engine = space->engine, .items = huse_engine_items(space->engine), .trained = trained};
        f.ctx.opened = &f.opened;
        f.ctx.marks = ui_marks_new(NULL, f.opened.items, marks_changed, NULL);
        ui_pane_search.opened(f.s, &f.opened);
        const ui_job *job = fixture_job(&f.calls, UI_TOPIC_WARM);
        assert_int_equal(job != NULL, trained);
        if (job)
            assert_int_equal(job->lane, UI_LANE_QUERY);
        settle(&f);
        end(&f);
    }
}

static void what_is_typed_is_answered(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "");
    shows(&f, "80 items");
    type(&f, "red summer dress");
    settle(&f);
    assert_true(f.s->hits.scored);
    shows(&f, " ms · ");
    type(&f, " + ");
    settle(&f);
    shows(&f, "^ ");
    assert_int_not_equal(f.s->error_at, SIZE_MAX);
    type(&f, "@nobody");
    settle(&f);
    assert_true(f.s->error[0]);
    assert_non_null(ui_search_selected(f.s));
    end(&f);
}

static void facts_of_the_selected_one_are_told_and_kept(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "@id-74");
    shows(&f, "image ");
    shows(&f, "text  ");
    shows(&f, "both  ");
    shows(&f, "nearest texts");
    const int32_t first = ui_search_selected(f.s)->item;
    const ui_facts *facts = ui_search_facts(f.s, (size_t)first);
    assert_non_null(facts);
    assert_int_equal(facts->status, HUSE_OK);
    assert_int_equal(facts->n, 3);
    key(&f, UI_KEY_ENTER);
    key(&f, 'l');
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_FACTS));
    settle(&f);
    key(&f, 'h'); /* known already */
    assert_null(fixture_job(&f.calls, UI_TOPIC_FACTS));
    for (int i = 0; i < 30; i++) {
        key(&f, 'l');
        settle(&f);
    }
    assert_null(ui_search_facts(f.s, (size_t)first)); /* only a few are kept */
    end(&f);
}

static void in_its_details_enter_opens_all_of_an_item_as_text(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "@id-74");
    key(&f, UI_KEY_ENTER);
    key(&f, UI_KEY_TAB);
    shows(&f, "Enter larger");
    key(&f, UI_KEY_ENTER);
    assert_null(f.calls.page);
    shows(&f, "Enter all as text");
    key(&f, UI_KEY_ENTER);
    assert_non_null(f.calls.page);
    const ui_facts  *facts = ui_search_facts(f.s, (size_t)ui_search_selected(f.s)->item);
    const char      *text_of = ui_search_item(f.s, ui_search_selected(f.s))->text;
    assert_int_equal(strncmp(f.calls.page, text_of, strlen(text_of)), 0);
    assert_non_null(strstr(f.calls.page, facts->image[2].class_path));
    for (size_t i = 0; i < facts->texts.n; i++)
        assert_non_null(strstr(f.calls.page, f.opened.items->item[facts->texts.hit[i].item].text));
    key(&f, UI_KEY_ESC);
    hides(&f, "Enter all as text");
    end(&f);
}

/* What the details say of the class is a warning where it is another than the catalogue's. */
static void a_different_opinion_has_a_sign(void **state)
{
    (void)state;
    fixture f;
    bool    differs = false;
    for (size_t i = 0; i < SMALL_ITEMS; i += 2)
        space->items.item[i].cls = i % 4 ? -1 : 1;
    start(&f, 120, 40, "");
    key(&f, UI_KEY_ENTER);
    for (int i = 0; i < 60; i++) {
        const int32_t    at = ui_search_selected(f.s)->item, own = f.opened.items->item[at].cls;
        const ui_facts  *facts = ui_search_facts(f.s, (size_t)at);
        const huse_class_score *o[] = {facts->image, facts->text, facts->both};
        int              expected = 0, signs = 0;
        for (size_t k = 0; k < HUSE_COUNT(o); k++)
            expected += o[k] && own >= 0 && o[k][0].cls != own;
        char *s = screen(&f);
        for (char *p = s; (p = strstr(p, " !")); p++)
            signs++;
        free(s);
        assert_int_equal(signs, expected);
        differs = differs || expected;
        key(&f, 'l');
        settle(&f);
    }
    assert_true(differs);
    end(&f);
}

static void the_filter_completes_and_counts_its_subtree(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "red");
    key(&f, UI_KEY_TAB);
    settle(&f);
    shows(&f, "class › ");
    type(&f, "clo");
    settle(&f);
    shows(&f, "Clothes/Dresses");
    shows(&f, "Clothes/Shirts/Shirts");
    key(&f, UI_KEY_ENTER);
    assert_string_equal(f.s->filter, "Clothes");
    assert_int_equal(f.s->focus, UI_FOCUS_RESULTS);
    settle(&f);
    for (size_t i = 0; i < f.s->hits.answer.n; i++)
        assert_int_equal(strncmp(f.s->hits.answer.hit[i].class_path, "Clothes/", 8), 0);
    shows(&f, "Clothes\n");
    hides(&f, "all classes");
    key(&f, UI_KEY_BACKTAB); /* again, by hand and by number of keys down */
    settle(&f);
    assert_string_equal(f.s->filter_line.text, "Clothes");
    key(&f, UI_KEY_DOWN);
    key(&f, UI_KEY_TAB);
    assert_int_equal(strncmp(f.s->filter, "Clothes/", 8), 0);
    settle(&f);
    key(&f, UI_KEY_BACKTAB);
    key(&f, UI_CTRL('u'));
    settle(&f);
    key(&f, UI_KEY_ENTER); /* nothing: all classes */
    settle(&f);
    assert_null(f.s->filter);
    shows(&f, "all classes");
    end(&f);
}

static void a_filter_that_is_no_class_stays_in_its_field(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "red");
    key(&f, UI_KEY_TAB);
    type(&f, "xyzzy");
    settle(&f);
    shows(&f, "no class is called that");
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.s->focus, UI_FOCUS_FILTER);
    assert_true(f.calls.warning);
    key(&f, UI_KEY_ESC);
    assert_int_equal(f.s->focus, UI_FOCUS_RESULTS);
    assert_null(f.s->filter);
    end(&f);
}

static void enter_before_the_names_are_known_waits_for_them(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "");
    key(&f, UI_KEY_TAB);
    settle(&f);
    type(&f, "Toys");
    key(&f, UI_KEY_ENTER);
    assert_null(f.s->filter);
    settle(&f);
    assert_string_equal(f.s->filter, "Toys");
    end(&f);
}

static void tab_completes_a_class_in_the_query(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "");
    type(&f, "red + 2:class:sho");
    settle(&f);
    shows(&f, "Shoes/Sandals");
    key(&f, UI_KEY_DOWN);
    assert_int_equal(f.s->focus, UI_FOCUS_QUERY);
    key(&f, UI_KEY_TAB);
    assert_string_equal(f.s->line.text, "red + 2:class:Shoes/Sandals");
    settle(&f);
    assert_string_equal(f.s->error, "");
    assert_false(f.s->names.open);
    type(&f, " - class:\"toy");
    settle(&f);
    assert_true(f.s->names.open);
    key(&f, UI_KEY_ESC); /* closes the list first */
    assert_int_equal(f.s->focus, UI_FOCUS_QUERY);
    assert_false(f.s->names.open);
    key(&f, UI_KEY_TAB); /* takes the best one once it is known */
    settle(&f);
    assert_string_equal(f.s->line.text, "red + 2:class:Shoes/Sandals - class:Toys");
    key(&f, UI_KEY_TAB); /* complete: nothing more to add */
    settle(&f);
    assert_string_equal(f.s->line.text, "red + 2:class:Shoes/Sandals - class:Toys");
    end(&f);
}

static void tab_completes_an_item_in_the_query(void **state)
{
    (void)state;
    fixture f;
    start(&f, 80, 24, "");
    type(&f, "@id-3");
    settle(&f);
    assert_true(f.s->names.n > 1);
    shows(&f, "id-32");
    char *s = screen(&f);
    assert_non_null(strstr(s, "number")); /* its caption beside it */
    free(s);
    while (strcmp(f.s->names.name[f.s->names.at], "id-32") != 0)
        key(&f, UI_KEY_DOWN);
    key(&f, UI_KEY_TAB);
    assert_string_equal(f.s->line.text, "@id-32");
    end(&f);
}

static void names_are_completed_at_the_end_of_a_term_only(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "");
    type(&f, "\"@id");
    assert_null(fixture_job(&f.calls, UI_TOPIC_NAMES));
    key(&f, UI_CTRL('u'));
    type(&f, "class:\"Toys\"");
    settle(&f);
    assert_false(f.s->names.open);
    key(&f, UI_CTRL('u'));
    type(&f, "words @id");
    settle(&f);
    assert_false(f.s->names.open);
    key(&f, UI_CTRL('u'));
    type(&f, "@id + red");
    settle(&f);
    for (int i = 0; i < 6; i++)
        key(&f, UI_KEY_LEFT);
    type(&f, "-"); /* “@id-| + red” */
    settle(&f);
    assert_true(f.s->names.open);
    key(&f, UI_KEY_TAB);
    assert_non_null(strstr(f.s->line.text, " + red"));
    assert_int_equal(strncmp(f.s->line.text, "@id-", 4), 0);
    end(&f);
}

static void the_mix_turns_and_keeps_the_selected_one(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "red leather sandal");
    key(&f, UI_KEY_ENTER);
    key(&f, 'l');
    key(&f, 'l');
    const int32_t kept = ui_search_selected(f.s)->item;
    static const double     mix[] = {0, .5, 1, -1};
    static const char *const said[] = {"shared space", "mix .5", "words", "ms · "};
    for (size_t i = 0; i < HUSE_COUNT(mix); i++) {
        key(&f, 'R');
        assert_true(fixture_job(&f.calls, UI_TOPIC_HITS) && ((ui_ask *)fixture_job(&f.calls, UI_TOPIC_HITS))->hits.rerank == mix[i]);
        assert_non_null(strstr(f.calls.message, "attribute mix"));
        settle(&f);
        shows(&f, said[i]);
        for (size_t k = 0; k < f.s->hits.answer.n; k++)
            if (f.s->hits.answer.hit[k].item == kept)
                assert_int_equal(f.s->cursor, f.s->hits.skip + k);
    }
    end(&f);
}

static void marked_ones_are_found_at_any_depth(void **state)
{
    (void)state;
    fixture f;
    start(&f, 60, 14, "red dress");
    key(&f, UI_KEY_ENTER);
    key(&f, ']');
    settle(&f);
    key(&f, 'G');
    settle(&f);
    key(&f, ' ');
    const size_t last = f.s->cursor;
    assert_true(last > 60);
    key(&f, 'g');
    settle(&f);
    key(&f, 'n');
    settle(&f);
    assert_int_equal(f.s->cursor, last);
    key(&f, 'n');
    settle(&f);
    assert_non_null(strstr(f.calls.message, "no marked one after this"));
    key(&f, 'g');
    settle(&f);
    key(&f, ' ');
    key(&f, 'G');
    settle(&f);
    key(&f, 'N');
    settle(&f);
    assert_int_equal(f.s->cursor, 0);
    key(&f, 'N');
    settle(&f);
    assert_non_null(strstr(f.calls.message, "no marked one before this"));
    end(&f);
}

static void a_class_tells_its_items(void **state)
{
    (void)state;
    fixture f;
    start(&f, 120, 40, "red dress");
    key(&f, UI_KEY_ENTER);
    key(&f, '[');
    settle(&f);
    shows(&f, "classes");
    shows(&f, " items");
    shows(&f, "Enter shows it in Browse");
    end(&f);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_encoder_is_read_while_nothing_is_typed_yet),
        WITH(what_is_typed_is_answered),
        WITH(facts_of_the_selected_one_are_told_and_kept),
        WITH(in_its_details_enter_opens_all_of_an_item_as_text),
        WITH(a_different_opinion_has_a_sign),
        WITH(the_filter_completes_and_counts_its_subtree),
        WITH(a_filter_that_is_no_class_stays_in_its_field),
        WITH(enter_before_the_names_are_known_waits_for_them),
        WITH(tab_completes_a_class_in_the_query),
        WITH(tab_completes_an_item_in_the_query),
        WITH(names_are_completed_at_the_end_of_a_term_only),
        WITH(the_mix_turns_and_keeps_the_selected_one),
        WITH(marked_ones_are_found_at_any_depth),
        WITH(a_class_tells_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
