/* Browse without a terminal or an engine: keys, clicks and answers in, jobs and a canvas out. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "browse_fixture.h"
#include "ui/chrome.h"

/* ---- answers ---- */

/* @n members from item @first on. */
static void give_members(fixture *f, int part, int32_t first, size_t n)
{
    ui_known_job *j = must_be_asked(f, part);
    huse_members *m = &j->known.members[part];
    m->member = huse_xcalloc(HUSE_MAX(n, 1), sizeof *m->member);
    m->n = m->total = n;
    for (size_t i = 0; i < n; i++) {
        const int32_t at = (int32_t)((size_t)first + i) % ITEMS;
        m->member[i] = (huse_member){.item = at, .cls = at % 7, .cosine = .876f, .best = 2, .p = .1f, .p_best = .6f, .best_path = class_path[2]};
    }
    if (part == UI_CONFUSED && n) {
        m->confusion[0] = (huse_confusion){2, n, class_path[2]};
        m->n_confusions = 1;
    }
    give(f, j);
}

static void give_all(fixture *f)
{
    static const int32_t near[] = {HANDBAGS, BOW_TIES, SHIRTS, JEANS, FOOTWEAR};
    static const int     flag[] = {2, 0, 1, 0, 0};
    if (asked(f, UI_NEAR))
        give_near(f, near, flag, HUSE_COUNT(near));
    give_members(f, UI_TYPICAL, 0, 12);
    give_members(f, UI_CONFUSED, 12, 3);
    give_members(f, UI_FAR, 20, 12);
}

static void give_says(fixture *f)
{
    ui_known_job     *j = must_be_asked(f, UI_SAYS);
    huse_class_score *s = huse_xcalloc(2, sizeof *s);
    s[0] = (huse_class_score){0, .97f, class_path[0]};
    s[1] = (huse_class_score){1, .02f, class_path[1]};
    j->known.image = s;
    j->known.n_says = 2;
    give(f, j);
}

static void give_hits(fixture *f, int part, int32_t first, size_t n)
{
    ui_known_job *j = must_be_asked(f, part);
    huse_answer  *a = &j->known.answer[part];
    a->hit = huse_xcalloc(n, sizeof *a->hit);
    a->n = a->total = n;
    for (size_t i = 0; i < n; i++) {
        const int32_t at = (first + (int32_t)i) % (part == UI_CLASSES ? 7 : ITEMS), cls = at % 7;
        a->hit[i] = (huse_hit){part == UI_CLASSES ? -1 : at, cls, .9f, .9f, class_path[cls]};
    }
    give(f, j);
}

static void give_item(fixture *f)
{
    give_says(f);
    give_hits(f, UI_IMAGES, 10, 12);
    give_hits(f, UI_TEXTS, 25, 12);
    give_hits(f, UI_CLASSES, 0, 7);
}

/* The way from Search to an item. */
static void lead_to_item(fixture *f, const char *term, ptrdiff_t at)
{
    ui_pane_browse.lead(f->b, '=', term);
    ui_seen_job *j = (ui_seen_job *)fixture_job(&f->calls, UI_TOPIC_SEEN);
    assert_non_null(j);
    assert_string_equal(j->id, term + 1);
    j->item = at;
    fixture_done(&f->calls, &j->job);
}

/* Of these flags. */
static void give_ties_of(fixture *f, int first, int second)
{
    ui_whole_job *j = (ui_whole_job *)fixture_job(&f->calls, UI_TOPIC_TIES);
    assert_non_null(j);
    j->ties.here = true;
    j->ties.tie = huse_xcalloc(2, sizeof *j->ties.tie);
    j->ties.tie[0] = (huse_disagreement){class_path[0], class_path[4], .7f, .9f, 6, 3, first};
    j->ties.tie[1] = (huse_disagreement){class_path[4], class_path[5], .1f, .2f, 2, 6, second};
    j->ties.list.n = j->ties.total = 2;
    fixture_done(&f->calls, &j->job);
}

static void give_ties(fixture *f)
{
    give_ties_of(f, 1, 2);
}

static void give_figures(fixture *f, huse_split split)
{
    ui_whole_job *j = (ui_whole_job *)fixture_job(&f->calls, UI_TOPIC_FIGURES);
    assert_non_null(j);
    j->figures.node = huse_xcalloc(f->tree.n, sizeof *j->figures.node);
    j->figures.n = f->tree.n;
    j->figures.split = split;
    for (size_t i = 0; i < f->tree.n; i++)
        j->figures.node[i] = (huse_node_figure){.91f, .96f, 1.f, 10, 10, 10};
    j->figures.node[ACCESSORIES].r1 = NAN;
    fixture_done(&f->calls, &j->job);
}

/* ---- the tree ---- */

static void opens_folded_to_its_top_level(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    shows(&f, "All classes");
    shows(&f, "▸ Accessories");
    shows(&f, "▸ Apparel");
    hides(&f, "Bags");
    assert_int_equal(ui_tree_selected(&f.b->tree), 0);
    end(&f);
}

static void unfolds_and_folds_and_goes_to_parents(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "jl");
    shows(&f, "▾ Accessories");
    shows(&f, "▸ Bags");
    keys(&f, "l"); /* into it */
    assert_int_equal(f.b->at.node, BAGS);
    keys(&f, "ll");
    assert_int_equal(f.b->at.node, BACKPACKS);
    keys(&f, "l"); /* a leaf has nothing below it */
    assert_int_equal(f.b->at.node, BACKPACKS);
    keys(&f, "h");
    assert_int_equal(f.b->at.node, BAGS);
    keys(&f, "h");
    shows(&f, "▸ Bags");
    hides(&f, "Backpacks");
    keys(&f, "hhh");
    assert_int_equal(f.b->at.node, 0);
    end(&f);
}

static void figures_have_their_place_before_they_are_known(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    const int before = row_of(&f, "Accessories");
    shows(&f, " 15         –"); /* 3 leaves of 5 */
    shows(&f, "R@1");
    hides(&f, "test R@1");
    shows(&f, "image – · text –");
    give_figures(&f, HUSE_SPLIT_TEST);
    shows(&f, "test R@1");
    shows(&f, ".91");
    shows(&f, "image .96 · text 1.00");
    shows(&f, "–"); /* nothing was asked below Accessories */
    assert_int_equal(row_of(&f, "Accessories"), before);
    end(&f);
    begin_shop(&f, 120, 40);
    give_figures(&f, HUSE_SPLIT_VAL);
    shows(&f, "val R@1");
    end(&f);
    begin_shop(&f, 120, 40);
    give_figures(&f, HUSE_SPLIT_NONE);
    shows(&f, "all R@1");
    end(&f);
}

static void levels_show_the_tree_down_to_them(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, '>');
    shows(&f, "▸ Bags");
    hides(&f, "Backpacks");
    assert_string_equal(f.calls.message, "the tree down to level 2 of 3");
    keys(&f, ">>>");
    shows(&f, "Backpacks");
    assert_string_equal(f.calls.message, "the tree down to level 3 of 3");
    keys(&f, "jjj");
    assert_int_equal(f.b->at.node, BACKPACKS);
    keys(&f, "<<"); /* what hides it is selected instead */
    assert_int_equal(f.b->at.node, ACCESSORIES);
    shows(&f, "Accessories");
    end(&f);
}

static void filter_shows_matches_below_what_is_above_them(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, '/');
    assert_string_equal(f.calls.prompt.label, "filter");
    f.calls.prompt.changed(f.b, "ShIrT");
    shows(&f, "/shirt  2");
    shows(&f, "▾ Topwear");
    shows(&f, "Tshirts");
    hides(&f, "Jeans");
    hides(&f, "Accessories");
    assert_int_equal(f.b->at.node, SHIRTS);
    f.calls.prompt.done(f.b, "ShIrT");
    keys(&f, "n");
    assert_int_equal(f.b->at.node, TSHIRTS);
    keys(&f, "n"); /* around the end */
    assert_int_equal(f.b->at.node, SHIRTS);
    keys(&f, "N");
    assert_int_equal(f.b->at.node, TSHIRTS);
    key(&f, UI_KEY_ESC); /* everything again, still there */
    shows(&f, "Accessories");
    assert_int_equal(f.b->at.node, TSHIRTS);
    shows(&f, "Tshirts");
    end(&f);
}

static void filter_with_a_slash_looks_at_paths(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, '/');
    f.calls.prompt.changed(f.b, "bags/h");
    assert_int_equal(f.b->at.node, HANDBAGS);
    shows(&f, "/bags/h  1");
    end(&f);
}

static void filter_that_is_cancelled_or_matches_nothing_changes_nothing(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "jj");
    key(&f, '/');
    f.calls.prompt.changed(f.b, "jeans");
    assert_int_equal(f.b->at.node, JEANS);
    f.calls.prompt.cancelled(f.b);
    assert_int_equal(f.b->at.node, APPAREL);
    shows(&f, "Footwear");
    key(&f, '/');
    f.calls.prompt.changed(f.b, "xyzzy");
    shows(&f, "/xyzzy  none");
    keys(&f, "jkghl"); /* on nothing */
    f.calls.prompt.done(f.b, "xyzzy");
    assert_true(f.calls.warning);
    assert_int_equal(f.b->at.node, APPAREL);
    shows(&f, "Footwear");
    key(&f, 'n');
    assert_string_equal(f.calls.message, "/ finds classes by name");
    end(&f);
}

/* ---- a node ---- */

static void node_shows_neighbours_and_pictures(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 200, 60);
    keys(&f, ">>jjj");
    const int row = row_of(&f, "typical");
    shows(&f, "nearest in the space");
    hides(&f, "thing number");
    give_all(&f);
    assert_int_equal(row_of(&f, "typical"), row);
    shows(&f, "Backpacks  Accessories › Bags  ");
    shows(&f, "5 items");
    shows(&f, "1  Handbags");
    shows(&f, ".900  .250");
    shows(&f, "! sibling, far here");
    shows(&f, "Bags ↑ Accessories ↓ Ties");
    shows(&f, "! near here, far in the tree");
    shows(&f, "Bags ↑ Accessories ↑ · ↓ Apparel ↓ Topwear");
    shows(&f, "thing number 0");
    shows(&f, ".876");
    shows(&f, "confused  3 → Bow Ties");
    shows(&f, "→ Bow Ties");
    shows(&f, "thing number 20");
    assert_true(f.canvas.n_slots >= 9);
    end(&f);
}

static void narrow_columns_keep_the_disagreement_in_words(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, ">>jjj");
    give_all(&f);
    shows(&f, "! near here, far in the tree");
    shows(&f, "! sibling, far here");
    hides(&f, "Bags ↑ Accessories ↑ · ↓ Apparel ↓ Topwear");
    key(&f, UI_KEY_TAB);
    keys(&f, "jj"); /* the whole way of the selected one stands below the list */
    shows(&f, "Bags ↑ Accessories ↑ · ↓ Apparel ↓ Topwear");
    end(&f);
}

static void root_has_items_but_no_neighbours(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    assert_null(asked(&f, UI_NEAR));
    assert_non_null(asked(&f, UI_TYPICAL));
    give_all(&f);
    hides(&f, "nearest");
    shows(&f, "thing number 0");
    shows(&f, "Backpacks"); /* class of a typical item of an inner node */
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.b->at.area, UI_AREA_MEMBERS);
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.b->at.area, UI_AREA_TREE);
    end(&f);
}

static void newest_selection_replaces_what_was_asked_before(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "jjj");
    assert_int_equal(f.calls.n_jobs, UI_PARTS + 1); /* and the figures */
    assert_int_equal(asked(&f, UI_TYPICAL)->known.id, FOOTWEAR);
    assert_int_equal(asked(&f, UI_TYPICAL)->job.lane, UI_LANE_FACTS);
    assert_int_equal(fixture_job(&f.calls, UI_TOPIC_FIGURES)->lane, UI_LANE_BACK);
    end(&f);
}

static void what_is_known_is_not_asked_again(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    give_all(&f);
    key(&f, 'j');
    give_all(&f);
    const size_t posted = f.calls.posted;
    keys(&f, "kjkj");
    assert_int_equal(f.calls.posted, posted);
    shows(&f, "1  Handbags");
    key(&f, 'j');
    assert_int_equal(f.calls.posted, posted + UI_PARTS);
    hides(&f, "1  Handbags");
    end(&f);
}

static void only_so_many_nodes_are_kept(void **state)
{
    (void)state;
    fixture     f;
    char        name[UI_KNOWN_MAX + 9][8];
    const char *path[UI_KNOWN_MAX + 9];
    for (size_t i = 0; i < HUSE_COUNT(path); i++) {
        snprintf(name[i], sizeof name[i], "c%03zu", i);
        path[i] = name[i];
    }
    begin(&f, 120, 40);
    open_with(&f, path, HUSE_COUNT(path), true);
    for (size_t i = 0; i < HUSE_COUNT(path); i++) {
        key(&f, 'j');
        give_members(&f, UI_TYPICAL, 0, 2);
    }
    key(&f, 'g');
    key(&f, 'j');
    assert_int_equal(asked(&f, UI_TYPICAL)->known.id, 1); /* the oldest are forgotten */
    key(&f, 'G');
    f.calls.posted = 0;
    assert_int_equal(f.b->at.node, HUSE_COUNT(path));
    shows(&f, "thing number 0");
    end(&f);
}

static void late_answers_for_others_do_not_show(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    ui_known_job *late = must_be_asked(&f, UI_TYPICAL);
    for (size_t i = 0; i < f.calls.n_jobs; i++) /* it runs, while others are posted */
        if (f.calls.job[i] == &late->job)
            f.calls.job[i--] = f.calls.job[--f.calls.n_jobs];
    key(&f, 'j');
    late->known.members[UI_TYPICAL] = (huse_members){huse_xcalloc(1, sizeof(huse_member)), .n = 1, .total = 1};
    late->job.done(f.b, &late->job);
    hides(&f, "thing number 0");
    key(&f, 'k'); /* but it is kept for what it belongs to */
    shows(&f, "thing number 0");
    late->job.free(&late->job);
    end(&f);
}

static void failures_are_said_in_their_place(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'j');
    ui_known_job *j = must_be_asked(&f, UI_CONFUSED);
    j->known.part[UI_CONFUSED].status = HUSE_BAD_DATA;
    strcpy(j->known.part[UI_CONFUSED].why, "no class layer");
    give(&f, j);
    give_members(&f, UI_FAR, 0, 0);
    give_near(&f, NULL, NULL, 0);
    shows(&f, "no class layer");
    shows(&f, "none");
    shows(&f, "there is nothing beside it at this level");
    end(&f);
}

static void neighbours_have_levels_of_their_own(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'j');
    assert_int_equal(asked(&f, UI_NEAR)->known.level, 1); /* an inner node beside its peers */
    shows(&f, "nearest at level 1");
    give_all(&f);
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    key(&f, '>');
    assert_int_equal(asked(&f, UI_NEAR)->known.level, 2);
    assert_null(asked(&f, UI_TYPICAL));
    shows(&f, "nearest at level 2");
    keys(&f, ">>");
    assert_int_equal(asked(&f, UI_NEAR)->known.level, 0);
    assert_string_equal(f.calls.message, "neighbours among all classes");
    key(&f, '<');
    assert_int_equal(asked(&f, UI_NEAR)->known.level, 3);
    shows(&f, "▸ Accessories"); /* the tree stayed */
    end(&f);
}

/* ---- going there and back ---- */

static void enter_goes_to_a_neighbour_and_backspace_comes_back(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, ">>jjj");
    keys(&f, "<<"); /* folded again */
    assert_int_equal(f.b->at.node, ACCESSORIES);
    give_all(&f);
    key(&f, UI_KEY_ENTER);
    keys(&f, "jj");
    key(&f, UI_KEY_ENTER); /* Shirts */
    assert_int_equal(f.b->at.node, SHIRTS);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    shows(&f, "▾ Topwear"); /* unfolded to it */
    assert_int_equal(ui_tree_selected(&f.b->tree), SHIRTS);
    give_all(&f);
    key(&f, UI_KEY_ENTER); /* its first: Handbags */
    assert_int_equal(f.b->at.node, HANDBAGS);
    const size_t posted = f.calls.posted;
    key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(f.b->at.node, SHIRTS);
    key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(f.b->at.node, ACCESSORIES);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    assert_int_equal(f.b->at.near.cursor, 2);
    assert_int_equal(f.calls.posted, posted); /* at once, from what is known */
    key(&f, UI_KEY_BACKSPACE); /* nothing more: the tree */
    assert_int_equal(f.b->at.area, UI_AREA_TREE);
    end(&f);
}

static void pictures_are_walked_in_rows_and_groups(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 200, 60);
    keys(&f, "j");
    give_all(&f);
    key(&f, UI_KEY_TAB);
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.b->at.area, UI_AREA_MEMBERS);
    assert_int_equal(ui_browse_subject(f.b).item, 0);
    ui_browse_layout l;
    ui_browse_arrange(f.b, &l);
    assert_int_equal(l.tiles.columns, 2);
    keys(&f, "l");
    assert_int_equal(ui_browse_subject(f.b).item, 1);
    keys(&f, "l"); /* into the next group */
    assert_int_equal(ui_browse_subject(f.b).item, 12);
    keys(&f, "lj"); /* three are there: the last row has one */
    assert_int_equal(ui_browse_subject(f.b).item, 14);
    keys(&f, "l");
    assert_int_equal(f.b->at.group, UI_FAR);
    assert_int_equal(ui_browse_subject(f.b).item, 22);
    keys(&f, "G");
    assert_int_equal(ui_browse_subject(f.b).item, 31);
    assert_true(f.b->at.member_top > 0); /* scrolled */
    shows(&f, "thing number 31");
    keys(&f, "gk");
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    end(&f);
}

static void picture_opens_the_page_of_its_item(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "j");
    give_all(&f);
    key(&f, UI_KEY_TAB);
    key(&f, UI_KEY_TAB);
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.b->at.item, 0);
    assert_int_equal(f.b->at.area, UI_AREA_ITEM);
    assert_int_equal(f.b->at.node, BACKPACKS); /* the tree shows its class */
    shows(&f, "id-0  Accessories › Bags › Backpacks");
    shows(&f, "test split");
    const int row = row_of(&f, "nearest images");
    give_item(&f);
    assert_int_equal(row_of(&f, "nearest images"), row);
    shows(&f, "image says Backpacks .97  Handbags .02");
    hides(&f, "text says");
    shows(&f, "nearest texts");
    shows(&f, "nearest classes");
    shows(&f, "thing number 25");
    keys(&f, "jl"); /* to the images, to the second */
    assert_int_equal(ui_browse_subject(f.b).item, 11);
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.b->at.item, 11);
    key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(f.b->at.item, 0);
    assert_int_equal(f.b->at.area, UI_AREA_IMAGES);
    key(&f, UI_KEY_TAB);
    keys(&f, "lj"); /* texts, classes, the second class */
    assert_string_equal(ui_browse_subject(f.b).path, class_path[1]);
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.b->at.item, -1);
    assert_int_equal(f.b->at.node, HANDBAGS);
    key(&f, UI_KEY_BACKSPACE);
    key(&f, UI_KEY_ESC); /* closes the page */
    assert_int_equal(f.b->at.item, -1);
    assert_int_equal(f.b->at.area, UI_AREA_MEMBERS);
    end(&f);
}

static void areas_turn_both_ways(void **state)
{
    static const ui_area order[] = {UI_AREA_NEAR, UI_AREA_MEMBERS, UI_AREA_TREE};
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'j');
    for (size_t i = 0; i < HUSE_COUNT(order); i++) {
        key(&f, UI_KEY_TAB);
        assert_int_equal(f.b->at.area, order[i]);
    }
    key(&f, UI_KEY_BACKTAB);
    assert_int_equal(f.b->at.area, UI_AREA_MEMBERS);
    key(&f, UI_KEY_ESC);
    assert_int_equal(f.b->at.area, UI_AREA_TREE);
    end(&f);
}

/* ---- what is done with what is selected ---- */

static void classes_and_items_lead_into_search(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 's'); /* the root is no class */
    assert_string_equal(f.calls.led, "");
    assert_string_not_equal(f.calls.message, "");
    keys(&f, ">>jjjjjj"); /* Bow Ties */
    key(&f, 's');
    assert_int_equal(f.calls.led_pane, UI_PANE_SEARCH);
    assert_int_equal(f.calls.led_how, '=');
    assert_string_equal(f.calls.led, "class:\"Accessories/Ties/Bow Ties\"");
    key(&f, 'c');
    assert_int_equal(f.calls.led_how, 'c');
    assert_string_equal(f.calls.led, "Accessories/Ties/Bow Ties");
    give_all(&f);
    key(&f, UI_KEY_TAB);
    key(&f, '-');
    assert_int_equal(f.calls.led_how, '-');
    assert_string_equal(f.calls.led, "class:Accessories/Bags/Handbags");
    key(&f, UI_KEY_TAB);
    keys(&f, "j+");
    assert_int_equal(f.calls.led_how, '+');
    assert_string_equal(f.calls.led, "@id-1");
    key(&f, 'c');
    assert_string_equal(f.calls.led, "Accessories/Bags/Handbags");
    end(&f);
}

static void items_are_marked_and_classes_not(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    give_all(&f);
    key(&f, ' ');
    assert_int_equal(ui_marks_count(f.ctx.marks), 0);
    assert_non_null(strstr(f.calls.message, "only items"));
    key(&f, UI_KEY_TAB);
    key(&f, 'e');
    assert_string_equal(f.calls.message, "nothing is marked; Space marks");
    key(&f, ' ');
    assert_true(ui_marks_has(f.ctx.marks, 0));
    shows(&f, "* thing number 0");
    key(&f, 'e');
    assert_string_equal(f.calls.prompt.label, "export 1 marked to");
    key(&f, ' ');
    assert_false(ui_marks_has(f.ctx.marks, 0));
    end(&f);
}

static void paths_and_pictures_are_copied(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "");
    keys(&f, "jly");
    assert_string_equal(f.calls.copied, "Accessories");
    give_all(&f);
    key(&f, UI_KEY_TAB);
    key(&f, UI_KEY_TAB);
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "/pictures/x.jpg");
    item[0].n_pictures = 0;
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "id-0");
    end(&f);
}

static void pictures_are_turned_off_and_on(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    give_all(&f);
    free(screen(&f));
    const size_t slots = f.canvas.n_slots;
    assert_true(slots > 0);
    key(&f, 'i');
    free(screen(&f));
    assert_int_equal(f.canvas.n_slots, 0);
    shows(&f, "thing number 11"); /* all of them, as lines */
    key(&f, 'i');
    free(screen(&f));
    assert_int_equal(f.canvas.n_slots, slots);
    f.ctx.fetch_pictures = false; /* where there is no way to draw them */
    keys(&f, "ii");
    free(screen(&f));
    assert_int_equal(f.canvas.n_slots, 0);
    end(&f);
}

static void search_leads_to_classes_and_items(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    ui_pane_browse.lead(f.b, '=', "Apparel/Topwear/Shirts");
    assert_int_equal(f.b->at.node, SHIRTS);
    assert_int_equal(ui_tree_selected(&f.b->tree), SHIRTS);
    lead_to_item(&f, "@id-9", 9);
    assert_int_equal(f.b->at.item, 9);
    assert_int_equal(f.b->at.node, BOW_TIES);
    key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(f.b->at.node, SHIRTS);
    ui_pane_browse.lead(f.b, '=', "Apparel/Nothing");
    assert_true(f.calls.warning);
    f.calls.warning = false;
    lead_to_item(&f, "@nobody", -1);
    assert_true(f.calls.warning);
    assert_int_equal(f.b->at.node, SHIRTS);
    end(&f);
    begin(&f, 120, 40); /* before the catalogue is there */
    ui_pane_browse.lead(f.b, '=', "@id-1");
    ui_pane_browse.lead(f.b, '=', "Apparel/Topwear/Shirts");
    open_with(&f, shop, HUSE_COUNT(shop), true);
    assert_int_equal(f.b->at.node, SHIRTS);
    end(&f);
}

/* ---- disagreements ---- */

static void what_all_disagreements_share_is_said_once(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 80, 24);
    key(&f, 'D');
    give_ties_of(&f, 1, 1);
    shows(&f, "2 disagreements: near here, far in the tree  ");
    hides(&f, "!");
    shows(&f, "Backpacks  Acce…s › Bags"); /* the names have its room */
    f.b->ties.total = 5000;
    shows(&f, "the 2 strongest of 5,000: near here, far in the tree  ");
    end(&f);
    begin_shop(&f, 80, 24);
    key(&f, 'D');
    give_ties_of(&f, 1, 2);
    f.b->ties.total = 5000;
    shows(&f, "the 2 strongest of 5,000 disagr");
    shows(&f, "! far in tree");
    shows(&f, "! far here");
    end(&f);
}

static void disagreements_lead_to_their_pairs(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'D');
    assert_int_equal(fixture_job(&f.calls, UI_TOPIC_TIES)->lane, UI_LANE_BACK);
    shows(&f, "Comparing all classes");
    give_ties(&f);
    shows(&f, "2 disagreements, strongest first");
    shows(&f, "! near here, far in the tree");
    shows(&f, "! sibling, far here");
    shows(&f, "Backpacks");
    keys(&f, "j");
    key(&f, UI_KEY_ENTER); /* Shirts, Tshirts */
    assert_int_equal(f.b->at.node, SHIRTS);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    static const int32_t near[] = {HANDBAGS, BOW_TIES, JEANS, FOOTWEAR, BACKPACKS, TSHIRTS};
    give_near(&f, near, NULL, HUSE_COUNT(near));
    assert_int_equal(f.b->at.near.cursor, 5);
    key(&f, 'k'); /* it is selected once only */
    keys(&f, ">");
    keys(&f, "<");
    key(&f, UI_KEY_BACKSPACE); /* to the list again */
    assert_true(f.b->at.ties);
    assert_int_equal(f.b->ties.list.cursor, 1);
    key(&f, UI_KEY_ESC);
    assert_false(f.b->at.ties);
    assert_int_equal(f.b->at.node, 0);
    key(&f, 'D'); /* known */
    assert_null(fixture_job(&f.calls, UI_TOPIC_TIES));
    key(&f, UI_KEY_BACKSPACE);
    assert_false(f.b->at.ties);
    end(&f);
}

static void estranged_sibling_far_down_the_ranking_is_asked_for(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    key(&f, 'D');
    ui_whole_job *j = (ui_whole_job *)fixture_job(&f.calls, UI_TOPIC_TIES);
    j->ties.here = true;
    j->ties.tie = huse_xcalloc(1, sizeof *j->ties.tie);
    j->ties.tie[0] = (huse_disagreement){class_path[4], class_path[5], .1f, .2f, 2, 5000, 2};
    j->ties.list.n = j->ties.total = 1;
    fixture_done(&f.calls, &j->job);
    key(&f, UI_KEY_ENTER);
    assert_int_equal(asked(&f, UI_NEAR)->known.near_k, 5000);
    end(&f);
}

/* ---- sizes ---- */

static void narrow_screens_show_one_side_at_a_time(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 80, 24);
    keys(&f, ">>jjj");
    give_all(&f);
    shows(&f, "All classes");
    hides(&f, "nearest");
    key(&f, UI_KEY_ENTER);
    hides(&f, "All classes");
    shows(&f, "Backpacks  Accessories › Bags  ");
    shows(&f, "1  Handbags");
    shows(&f, "typical");
    free(screen(&f));
    assert_true(f.canvas.n_slots >= 3);
    key(&f, UI_KEY_ESC);
    shows(&f, "All classes");
    key(&f, UI_KEY_TAB);
    hides(&f, "All classes");
    key(&f, UI_KEY_TAB);
    key(&f, UI_KEY_ENTER);
    give_item(&f);
    shows(&f, "image says Backpacks .97");
    shows(&f, "nearest classes");
    end(&f);
}

static void every_size_is_drawn(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, ">>jjj");
    give_all(&f);
    for (int page = 0; page < 3; page++) {
        for (f.w = 1; f.w < 240; f.w += f.w < 24 ? 1 : 13)
            for (f.h = 1; f.h < 90; f.h += f.h < 24 ? 1 : 9) {
                ui_pane_browse.resize(f.b, f.w, f.h, &f.gfx);
                free(screen(&f));
                for (size_t i = 0; i < f.canvas.n_slots; i++) {
                    const ui_rect r = f.canvas.slot[i].rect;
                    assert_true(r.x + r.w <= f.w && r.y + r.h < f.h);
                    for (size_t k = 0; k < i; k++)
                        assert_false(ui_rect_overlap(r, f.canvas.slot[k].rect));
                }
                keys(&f, "jlkh");
            }
        f.w = 120;
        f.h = 40;
        ui_pane_browse.resize(f.b, f.w, f.h, &f.gfx);
        if (page == 0) {
            lead_to_item(&f, "@id-3", 3);
            give_item(&f);
        } else if (page == 1) {
            key(&f, 'D');
            give_ties(&f);
        }
    }
    end(&f);
}

/* ---- states ---- */

static void opening_shows_a_calm_frame_and_takes_keys(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40);
    shows(&f, "Classes");
    hides(&f, "No item");
    keys(&f, "jkhlgGs+-c y/nN<>Di");
    key(&f, UI_KEY_ENTER);
    key(&f, UI_KEY_ESC);
    key(&f, UI_KEY_TAB);
    ui_pane_browse.wheel(f.b, -1, 1);
    ui_pane_browse.pick(f.b, UI_HIT_ROW, true);
    assert_int_equal(f.calls.posted, 0);
    f.opened = (ui_opened){.status = HUSE_BAD_DATA, .err.msg = "catalogue.db is damaged"};
    ui_pane_browse.opened(f.b, &f.opened);
    shows(&f, "catalogue.db is damaged");
    keys(&f, "jkhlgGs+-c y/nN<>Di");
    end(&f);
}

static void untrained_shows_the_tree_and_what_training_gives(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40);
    open_with(&f, shop, HUSE_COUNT(shop), false);
    assert_int_equal(f.calls.posted, 0);
    shows(&f, "There is no model yet");
    shows(&f, "huse-tui train shop");
    shows(&f, "▸ Accessories");
    hides(&f, "image –");
    hides(&f, "R@1");
    keys(&f, "jlD");
    assert_false(f.b->at.ties);
    assert_int_equal(f.calls.posted, 0);
    key(&f, UI_KEY_ENTER); /* there is nothing to select at the right */
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.b->at.area, UI_AREA_TREE);
    keys(&f, "jkhs>");
    f.w = 80;
    ui_pane_browse.resize(f.b, 80, 24, &f.gfx);
    hides(&f, "There is no model yet");
    key(&f, UI_KEY_ENTER); /* where it is a page, it can be read */
    shows(&f, "There is no model yet");
    key(&f, UI_KEY_ESC);
    hides(&f, "There is no model yet");
    lead_to_item(&f, "@id-3", 3); /* near in the features of its text */
    assert_non_null(asked(&f, UI_TEXTS));
    end(&f);
}

static void without_classes_it_says_where_they_come_from(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40);
    open_with(&f, NULL, 0, true);
    shows(&f, "No item of this catalogue has a class");
    keys(&f, "jkhlgGs+-c y/nN<>Di");
    ui_pane_browse.lead(f.b, '=', "Apparel");
    assert_int_equal(f.calls.posted, 0);
    end(&f);
}

static void one_class_is_a_tree_too(void **state)
{
    static const char *const one[] = {"Thing"};
    (void)state;
    fixture f;
    begin(&f, 120, 40);
    open_with(&f, one, 1, true);
    keys(&f, "j");
    give_near(&f, NULL, NULL, 0);
    shows(&f, "Thing");
    shows(&f, "there is nothing beside it");
    keys(&f, ">><<hhll");
    end(&f);
}

static void items_without_pictures_show_their_text(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    for (int i = 0; i < ITEMS; i++)
        item[i].n_pictures = 0;
    picture[12].state = HUSE_PICTURE_FAILED;
    picture[12].why = "broken";
    item[12].n_pictures = 1;
    give_all(&f);
    free(screen(&f));
    assert_int_equal(f.canvas.n_slots, 0);
    shows(&f, "┌");
    shows(&f, "broken");
    end(&f);
}

static void deep_trees_keep_the_selected_name_in_sight(void **state)
{
    (void)state;
    fixture     f;
    static char deep[30][400];
    const char *path[30];
    for (int i = 0; i < 30; i++) {
        snprintf(deep[i], sizeof deep[i], "%s%slevel%02d", i ? deep[i - 1] : "", i ? "/" : "", i);
        path[i] = deep[i];
    }
    begin(&f, 120, 40);
    open_with(&f, path, 30, true);
    for (int i = 0; i < 29; i++)
        key(&f, '>');
    shows(&f, "level00"); /* near the top, rows stand where they do */
    key(&f, 'G');
    assert_int_equal(f.b->at.node, 30);
    shows(&f, " level29 ");
    shows(&f, " level20 ");
    end(&f);
}

static void hostile_and_long_names_stay_in_their_columns(void **state)
{
    (void)state;
    fixture     f;
    static char name[3000];
    memset(name, 'x', sizeof name - 1);
    memcpy(name, "begin", 5);
    memcpy(name + sizeof name - 4, "end", 3);
    const char *path[] = {"\x1b[31mred\x07", name, "\xe4\xb8\xad\xe6\x96\x87\xe7\xb1\xbb"};
    begin(&f, 120, 40);
    open_with(&f, path, 3, true);
    shows(&f, "begin");
    shows(&f, "…");
    hides(&f, "\x1b");
    keys(&f, "jj");
    shows(&f, "end");
    for (size_t i = 0; i < 3; i++) {
        const int32_t near[] = {3, 2, 1};
        give_near(&f, near, NULL, 3);
        free(screen(&f));
        for (int y = 3; y < 38; y++)
            assert_string_equal(f.canvas.cell[y * f.w + 45].text, "│"); /* nothing runs over the rule */
        ui_pane_browse.lead(f.b, '=', path[i ? 0 : 2]);
    }
    end(&f);
}

/* ---- much ---- */

static void ten_thousand_classes_cost_no_more_than_the_screen(void **state)
{
    enum { GROUPS = 100, EACH = 99, ALL = GROUPS * (EACH + 1) };
    (void)state;
    fixture      f;
    char       (*name)[24] = huse_xcalloc(ALL, sizeof *name);
    const char **path = huse_xcalloc(ALL, sizeof *path);
    for (size_t g = 0, n = 0; g < GROUPS; g++) {
        snprintf(name[n++], 24, "group%02zu", g);
        for (size_t i = 0; i < EACH; i++)
            snprintf(name[n++], 24, "group%02zu/class%02zu", g, i);
    }
    for (size_t i = 0; i < ALL; i++)
        path[i] = name[i];
    begin(&f, 120, 40);
    open_with(&f, path, ALL, true);
    key(&f, '>');
    assert_int_equal(f.b->tree.rows.n, ALL + 1);
    const size_t listed = f.b->tree.listed;
    for (int i = 0; i < 500; i++)
        key(&f, 'j');
    key(&f, UI_KEY_PGDN);
    key(&f, 'G');
    assert_int_equal(f.b->at.node, ALL);
    free(screen(&f));
    assert_int_equal(f.b->tree.listed, listed); /* moving and drawing list nothing anew */
    assert_true(f.canvas.n_hits < 4 * 40);      /* and draw rows of the screen only */
    assert_true(f.calls.n_jobs <= UI_PARTS + 1);
    key(&f, 'h');
    key(&f, 'h'); /* folding does, once */
    assert_int_equal(f.b->tree.listed, listed + 1);
    assert_int_equal(f.b->tree.rows.n, ALL + 1 - EACH);
    key(&f, '/');
    f.calls.prompt.changed(f.b, "class42");
    assert_int_equal(f.b->tree.matches, GROUPS);
    assert_int_equal(f.b->tree.rows.n, 2 * GROUPS + 1);
    end(&f);
    free(path);
    free(name);
}

static void way_back_is_bounded(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    for (int i = 0; i < 3 * UI_WAY_MAX; i++)
        ui_pane_browse.lead(f.b, '=', i % 2 ? "Footwear" : "Apparel");
    assert_int_equal(f.b->n_way, UI_WAY_MAX);
    for (int i = 0; i < 4 * UI_WAY_MAX; i++)
        key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(f.b->n_way, 0);
    end(&f);
}

/* ---- mouse ---- */

static void clicks_select_fold_and_open(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    click_at(&f, "▸ Apparel", 3, false);
    assert_int_equal(f.b->at.node, APPAREL);
    hides(&f, "Topwear");
    click_at(&f, "▸ Apparel", 0, false); /* the sign */
    shows(&f, "Topwear");
    click_at(&f, "▸ Accessories", 0, false); /* of another row: the selection stays on its node */
    assert_int_equal(f.b->at.node, APPAREL);
    shows(&f, "▸ Bags");
    give_all(&f);
    click_at(&f, "2  Bow Ties", 4, false);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    assert_int_equal(f.b->at.near.cursor, 1);
    click_at(&f, "2  Bow Ties", 4, true);
    assert_int_equal(f.b->at.node, BOW_TIES);
    give_all(&f);
    click_at(&f, "thing number 20", 2, false);
    assert_int_equal(f.b->at.group, UI_FAR);
    assert_int_equal(ui_browse_subject(f.b).item, 20);
    click_at(&f, "thing number 20", 2, true);
    assert_int_equal(f.b->at.item, 20);
    give_item(&f);
    click_at(&f, "nearest texts", 2, false);
    assert_int_equal(f.b->at.area, UI_AREA_TEXTS);
    click_at(&f, "thing number 26", 2, true);
    assert_int_equal(f.b->at.item, 26);
    end(&f);
}

static void wheel_scrolls_what_lies_under_it(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 15);
    keys(&f, ">>");
    ui_pane_browse.wheel(f.b, UI_HIT_ROW + 1, 1);
    assert_int_equal(f.b->tree.rows.top, 3);
    assert_int_equal(f.b->at.node, 0); /* the selection stays */
    hides(&f, "▾ Accessories");
    ui_pane_browse.wheel(f.b, UI_HIT_ROW + 1, -1);
    assert_int_equal(f.b->tree.rows.top, 0);
    keys(&f, "j");
    give_all(&f);
    ui_pane_browse.wheel(f.b, UI_HIT_NEAR, 1);
    assert_int_equal(f.b->at.near.top, 1);
    ui_pane_browse.wheel(f.b, UI_HIT_MEMBER + (UI_TYPICAL << 20), 1);
    assert_int_equal(f.b->at.member_top, 1);
    ui_pane_browse.wheel(f.b, UI_HIT_MEMBER + (UI_TYPICAL << 20), -1);
    assert_int_equal(f.b->at.member_top, 0);
    ui_pane_browse.wheel(f.b, -1, 1);
    end(&f);
}

static void ways_through_the_tree_are_said_in_words(void **state)
{
    static const struct {
        int32_t     from, to;
        const char *way;
    } c[] = {
        {BACKPACKS, HANDBAGS, "sibling"},
        {BACKPACKS, TIES, "sibling of its parent"},
        {TIES, BACKPACKS, "below its sibling Bags"},
        {BAGS, HANDBAGS, "below it"},
        {HANDBAGS, ACCESSORIES, "above it"},
        {BACKPACKS, BOW_TIES, "Bags ↑ Accessories ↓ Ties"},
        {BACKPACKS, SHIRTS, "Bags ↑ Accessories ↑ · ↓ Apparel ↓ Topwear"},
        {ACCESSORIES, SHIRTS, "· ↓ Apparel ↓ Topwear"},
        {SHIRTS, FOOTWEAR, "Topwear ↑ Apparel ↑ ·"},
        {BACKPACKS, -1, ""},
        {BACKPACKS, BACKPACKS, ""},
    };
    (void)state;
    nodes t = plant(shop, HUSE_COUNT(shop), 1);
    for (size_t i = 0; i < HUSE_COUNT(c); i++) {
        char *way = ui_browse_way(t.node, c[i].from, c[i].to);
        assert_string_equal(way, c[i].way);
        free(way);
    }
    free(t.node);
}

static void ways_are_told_from_their_turn_on_where_there_is_little_room(void **state)
{
    static const struct {
        int32_t     from, to;
        int         columns;
        const char *way;
    } c[] = {
        {BACKPACKS, BOW_TIES, 25, "Bags ↑ Accessories ↓ Ties"},
        {BACKPACKS, BOW_TIES, 24, "↑ Accessories ↓ Ties"},
        {BACKPACKS, BOW_TIES, 20, "↑ Accessories ↓ Ties"},
        {BACKPACKS, BOW_TIES, 19, "↓ Ties"},
        {BACKPACKS, SHIRTS, 41, "↑ · ↓ Apparel ↓ Topwear"},
        {BACKPACKS, SHIRTS, 12, "↓ Topwear"},
        {ACCESSORIES, SHIRTS, 12, "↓ Topwear"},
        {SHIRTS, FOOTWEAR, 12, "↑ ·"},
        {TIES, BACKPACKS, 4, "below its sibling Bags"},
        {BACKPACKS, HANDBAGS, 0, "sibling"},
        {BACKPACKS, -1, 0, ""},
    };
    (void)state;
    nodes t = plant(shop, HUSE_COUNT(shop), 1);
    for (size_t i = 0; i < HUSE_COUNT(c); i++) {
        char *way = ui_browse_way_in(t.node, c[i].from, c[i].to, c[i].columns);
        assert_string_equal(way, c[i].way);
        free(way);
    }
    free(t.node);
}

static void paths_are_found_whole_only(void **state)
{
    (void)state;
    nodes t = plant(shop, HUSE_COUNT(shop), 1);
    for (size_t i = 0; i < t.n; i++)
        assert_int_equal(ui_tree_find(t.node, t.n, t.node[i].path), i);
    assert_int_equal(ui_tree_find(t.node, t.n, "Apparel/Top"), -1);
    assert_int_equal(ui_tree_find(t.node, t.n, "Apparel/"), -1);
    assert_int_equal(ui_tree_find(t.node, t.n, "Shirts"), -1);
    assert_int_equal(ui_tree_find(NULL, 0, "Shirts"), -1);
    free(t.node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_folded_to_its_top_level),
        cmocka_unit_test(unfolds_and_folds_and_goes_to_parents),
        cmocka_unit_test(figures_have_their_place_before_they_are_known),
        cmocka_unit_test(levels_show_the_tree_down_to_them),
        cmocka_unit_test(filter_shows_matches_below_what_is_above_them),
        cmocka_unit_test(filter_with_a_slash_looks_at_paths),
        cmocka_unit_test(filter_that_is_cancelled_or_matches_nothing_changes_nothing),
        cmocka_unit_test(node_shows_neighbours_and_pictures),
        cmocka_unit_test(narrow_columns_keep_the_disagreement_in_words),
        cmocka_unit_test(root_has_items_but_no_neighbours),
        cmocka_unit_test(newest_selection_replaces_what_was_asked_before),
        cmocka_unit_test(what_is_known_is_not_asked_again),
        cmocka_unit_test(only_so_many_nodes_are_kept),
        cmocka_unit_test(late_answers_for_others_do_not_show),
        cmocka_unit_test(failures_are_said_in_their_place),
        cmocka_unit_test(neighbours_have_levels_of_their_own),
        cmocka_unit_test(enter_goes_to_a_neighbour_and_backspace_comes_back),
        cmocka_unit_test(pictures_are_walked_in_rows_and_groups),
        cmocka_unit_test(picture_opens_the_page_of_its_item),
        cmocka_unit_test(areas_turn_both_ways),
        cmocka_unit_test(classes_and_items_lead_into_search),
        cmocka_unit_test(items_are_marked_and_classes_not),
        cmocka_unit_test(paths_and_pictures_are_copied),
        cmocka_unit_test(pictures_are_turned_off_and_on),
        cmocka_unit_test(search_leads_to_classes_and_items),
        cmocka_unit_test(what_all_disagreements_share_is_said_once),
        cmocka_unit_test(disagreements_lead_to_their_pairs),
        cmocka_unit_test(estranged_sibling_far_down_the_ranking_is_asked_for),
        cmocka_unit_test(narrow_screens_show_one_side_at_a_time),
        cmocka_unit_test(every_size_is_drawn),
        cmocka_unit_test(opening_shows_a_calm_frame_and_takes_keys),
        cmocka_unit_test(untrained_shows_the_tree_and_what_training_gives),
        cmocka_unit_test(without_classes_it_says_where_they_come_from),
        cmocka_unit_test(one_class_is_a_tree_too),
        cmocka_unit_test(items_without_pictures_show_their_text),
        cmocka_unit_test(deep_trees_keep_the_selected_name_in_sight),
        cmocka_unit_test(hostile_and_long_names_stay_in_their_columns),
        cmocka_unit_test(ten_thousand_classes_cost_no_more_than_the_screen),
        cmocka_unit_test(way_back_is_bounded),
        cmocka_unit_test(clicks_select_fold_and_open),
        cmocka_unit_test(wheel_scrolls_what_lies_under_it),
        cmocka_unit_test(ways_through_the_tree_are_said_in_words),
        cmocka_unit_test(ways_are_told_from_their_turn_on_where_there_is_little_room),
        cmocka_unit_test(paths_are_found_whole_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
