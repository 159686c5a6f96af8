/* The map of Browse: labels, boxes, keys, clicks and answers in, a canvas out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "browse_fixture.h"

/* ---- labels and boxes ---- */

enum { W = 90, H = 30, MANY = 120, BOXES = 2000 };

static size_t random_labels(uint64_t seed, ui_map_label *label, uint8_t *grid)
{
    huse_rng r;
    huse_rng_init(&r, seed, 0);
    memset(grid, 0, W * H);
    const size_t n = 1 + huse_rng_below(&r, MANY);
    for (size_t i = 0; i < n; i++) {
        label[i] = (ui_map_label){.x = (int)huse_rng_below(&r, W), .y = (int)huse_rng_below(&r, H), .w = (int)huse_rng_below(&r, 24), .needed = i < 6};
        grid[label[i].y * W + label[i].x] |= i < 6 ? UI_MAP_NEEDED : UI_MAP_POINT;
    }
    return n;
}

static void labels_never_touch_each_other_nor_hide_what_is_needed(void **state)
{
    (void)state;
    ui_map_label label[MANY];
    uint8_t      grid[W * H], before[W * H];
    size_t       placed = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const size_t n = random_labels(seed, label, grid);
        int          owner[W * H];
        memcpy(before, grid, sizeof grid);
        for (size_t i = 0; i < W * H; i++)
            owner[i] = -1;
        ui_map_place_labels(label, n, grid, W, H);
        for (size_t i = 0; i < n; i++) {
            if (label[i].at_y < 0)
                continue;
            placed++;
            assert_true(label[i].at_x >= 0 && label[i].at_x + label[i].w <= W && label[i].at_y < H);
            for (int x = label[i].at_x; x < label[i].at_x + label[i].w; x++) {
                const int at = label[i].at_y * W + x;
                assert_int_equal(owner[at], -1);
                assert_true(x == 0 || owner[at - 1] == -1 || owner[at - 1] == (int)i); /* a free column between two */
                assert_false(before[at] & UI_MAP_NEEDED);
                assert_true(label[i].needed || !before[at]);
                assert_true(grid[at] & UI_MAP_TEXT);
                owner[at] = (int)i;
            }
        }
    }
    assert_true(placed > 5000);
}

static void the_first_labels_win(void **state)
{
    (void)state;
    uint8_t      grid[20] = {0};
    ui_map_label label[] = {{.x = 4, .y = 0, .w = 8}, {.x = 5, .y = 0, .w = 8}};
    ui_map_place_labels(label, 2, grid, 20, 1);
    assert_int_equal(label[0].at_x, 6);
    assert_int_equal(label[1].at_y, -1);
}

static void boxes_cover_what_is_free_once(void **state)
{
    (void)state;
    ui_map_label label[MANY];
    uint8_t      grid[W * H];
    ui_rect      box[BOXES];
    for (uint64_t seed = 0; seed < 100; seed++) {
        const size_t n = random_labels(seed, label, grid);
        uint8_t      covered[W * H] = {0};
        ui_map_place_labels(label, n, grid, W, H);
        const size_t boxes = ui_map_boxes(grid, W, H, box, BOXES);
        for (size_t i = 0; i < boxes; i++)
            for (int y = box[i].y; y < box[i].y + box[i].h; y++)
                for (int x = box[i].x; x < box[i].x + box[i].w; x++)
                    covered[y * W + x]++;
        for (size_t i = 0; i < W * H; i++)
            assert_int_equal(covered[i], grid[i] & UI_MAP_TEXT ? 0 : 1);
    }
    memset(grid, 0, sizeof grid);
    assert_int_equal(ui_map_boxes(grid, W, H, box, BOXES), 1);
}

/* ---- the pane ---- */

/* Where the shop's classes lie; Footwear is far from all. */
static const huse_map_point shop_point[] = {
    {BACKPACKS, -.8f, .5f}, {HANDBAGS, -.7f, .2f}, {BOW_TIES, -.5f, -.5f}, {JEANS, .5f, -.4f}, {SHIRTS, .6f, .4f}, {TSHIRTS, .8f, .35f}, {FOOTWEAR, .1f, -.9f},
};
enum { SHOP_POINTS = HUSE_COUNT(shop_point) };

static huse_class_map shop_map(huse_map_kind kind)
{
    huse_class_map m = {.kind = kind, .n = SHOP_POINTS, .point = huse_xmalloc(sizeof shop_point), .share = {.5f, .25f}};
    memcpy(m.point, shop_point, sizeof shop_point);
    m.better = kind == HUSE_MAP_PCA;
    return m;
}

static ui_map_job *map_job(fixture *f, int topic)
{
    ui_map_job *j = (ui_map_job *)fixture_job(&f->calls, topic);
    assert_non_null(j);
    return j;
}

static void give_map(fixture *f, huse_map_kind kind)
{
    ui_map_job *j = map_job(f, UI_TOPIC_MAP);
    j->view.here = true;
    j->view.map = shop_map(kind);
    fixture_done(&f->calls, &j->job);
}

static void begin_map(fixture *f, int w, int h, ui_gfx_mode mode)
{
    begin_shop(f, w, h);
    f->gfx.mode = mode;
    ui_pane_browse.resize(f->b, w, h, &f->gfx);
    keys(f, "]");
    give_map(f, HUSE_MAP_TSNE);
}

static void go_to(fixture *f, int32_t node)
{
    ui_tree_select(&f->b->tree, node);
    ui_browse_follow(f->b);
    assert_int_equal(f->b->at.node, node);
}

static void the_view_key_shows_the_map(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    assert_null(fixture_job(&f.calls, UI_TOPIC_MAP));
    hides(&f, "▲");
    keys(&f, "]");
    give_map(&f, HUSE_MAP_TSNE);
    assert_int_equal(f.b->at.area, UI_AREA_MAP);
    shows(&f, "t-SNE of 7");
    shows(&f, "● Accessories");
    shows(&f, "■ Apparel");
    shows(&f, "▲ Footwear");
    shows(&f, "Handbags");
    keys(&f, "[");
    hides(&f, "t-SNE of 7");
    keys(&f, "]"); /* known by now */
    assert_null(fixture_job(&f.calls, UI_TOPIC_MAP));
    shows(&f, "t-SNE of 7");
    end(&f);
}

static void without_a_model_there_is_no_map(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40);
    open_with(&f, shop, HUSE_COUNT(shop), false);
    keys(&f, "]z");
    assert_string_equal(f.calls.message, "] shows the map");
    assert_null(fixture_job(&f.calls, UI_TOPIC_MAP));
    end(&f);
}

static void a_map_that_fails_says_why(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 80, 24);
    keys(&f, "]");
    ui_map_job *j = map_job(&f, UI_TOPIC_MAP);
    j->view.here = true;
    j->view.status = HUSE_BAD_DATA;
    snprintf(j->view.why, sizeof j->view.why, "the vectors are no numbers");
    fixture_done(&f.calls, &j->job);
    shows(&f, "the vectors are no numbers");
    keys(&f, "zZhjkl");
    end(&f);
}

static void the_pca_gives_way_to_the_tsne(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "]");
    give_map(&f, HUSE_MAP_PCA);
    shows(&f, "PCA · t-SNE 0 %");
    ui_map_job *j = map_job(&f, UI_TOPIC_MAP_BETTER);
    j->more = true;
    fixture_done(&f.calls, &j->job); /* goes on */
    j = map_job(&f, UI_TOPIC_MAP_BETTER);
    j->view.map = shop_map(HUSE_MAP_TSNE);
    fixture_done(&f.calls, &j->job);
    assert_null(fixture_job(&f.calls, UI_TOPIC_MAP_BETTER));
    shows(&f, "t-SNE of 7");
    end(&f);
}

static void a_stopped_tsne_is_taken_up_when_the_map_is_shown_again(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 120, 40);
    keys(&f, "]");
    give_map(&f, HUSE_MAP_PCA);
    (void)map_job(&f, UI_TOPIC_MAP_BETTER);
    while (f.calls.n_jobs) /* whatever waits is cancelled */
        fixture_drop(&f.calls, 0);
    keys(&f, "[]");
    (void)map_job(&f, UI_TOPIC_MAP_BETTER);
    end(&f);
}

static void arrows_go_to_the_class_in_that_direction(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, SHIRTS);
    f.b->at.area = UI_AREA_MAP;
    static const struct {
        const char *key;
        int32_t     to;
    } way[] = {{"l", TSHIRTS}, {"h", SHIRTS}, {"j", JEANS}, {"h", BOW_TIES}, {"k", HANDBAGS}, {"k", BACKPACKS}, {"k", BACKPACKS}};
    for (size_t i = 0; i < HUSE_COUNT(way); i++) {
        keys(&f, way[i].key);
        assert_int_equal(f.b->at.node, way[i].to);
        assert_int_equal(ui_tree_selected(&f.b->tree), way[i].to); /* the tree goes along */
        assert_int_equal(f.b->at.area, UI_AREA_MAP);
    }
    end(&f);
}

static void from_an_inner_node_arrows_begin_in_the_middle(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, APPAREL);
    f.b->at.area = UI_AREA_MAP;
    keys(&f, "l");
    assert_true(ui_map_selected(f.b) >= 0);
    end(&f);
}

static void the_selected_class_is_tied_to_its_nearest(void **state)
{
    (void)state;
    fixture       f;
    const int32_t near[] = {TSHIRTS, JEANS, TOPWEAR};
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, SHIRTS);
    hides(&f, "⠒");
    give_near(&f, near, NULL, 3);
    size_t at[UI_MAP_NEAR];
    assert_int_equal(ui_map_near(f.b, at), 2); /* an inner node has no place */
    shows(&f, "Shirts lies among Tshirts, Jeans; far from Bow Ties");
    char *s = screen(&f);
    bool  dots = false;
    for (const char *p = s; *p; p++)
        dots = dots || (memcmp(p, "\xe2\xa0", 2) == 0 || memcmp(p, "\xe2\xa1", 2) == 0 || memcmp(p, "\xe2\xa2", 2) == 0);
    assert_true(dots);
    free(s);
    end(&f);
}

static void pictures_and_labels_do_not_overlap(void **state)
{
    (void)state;
    fixture       f;
    const int32_t near[] = {TSHIRTS, JEANS};
    begin_map(&f, 140, 46, UI_GFX_SIXEL);
    go_to(&f, SHIRTS);
    give_near(&f, near, NULL, 2);
    for (int zoom = 0; zoom < 6; zoom++) {
        free(screen(&f));
        const ui_canvas *c = &f.canvas;
        assert_true(c->n_slots > 0);
        for (size_t i = 0; i < c->n_slots; i++) {
            const ui_rect r = c->slot[i].rect;
            for (size_t k = 0; k < i; k++)
                assert_false(ui_rect_overlap(r, c->slot[k].rect));
            for (int y = r.y; y < r.y + r.h; y++)
                for (int x = r.x; x < r.x + r.w; x++)
                    assert_string_equal(c->cell[(size_t)y * (size_t)c->w + (size_t)x].text, "");
        }
        keys(&f, "z");
    }
    end(&f);
}

static void parts_that_look_alike_have_one_key(void **state)
{
    (void)state;
    ui_drawing *d = ui_drawing_new(100, 40, 0), *e = ui_drawing_new(100, 40, 0);
    uint8_t     a[32], b[32];
    ui_drawing_sign(d, UI_SIGN_DISC, 10, 10, 3, 0xffffff, 255);
    ui_drawing_sign(e, UI_SIGN_DISC, 60, 10, 3, 0xffffff, 255);
    ui_drawing_key(d, (ui_part_of){0, 0, 20, 20}, a);
    ui_drawing_key(e, (ui_part_of){50, 0, 20, 20}, b);
    assert_memory_equal(a, b, 32);
    ui_drawing_key(d, (ui_part_of){50, 0, 20, 20}, b);
    assert_memory_not_equal(a, b, 32);
    ui_drawing_key(e, (ui_part_of){51, 0, 20, 20}, b);
    assert_memory_not_equal(a, b, 32);
    ui_drawing_drop(d);
    ui_drawing_drop(e);
}

static int ink_of(const uint8_t *rgb, int w, int x, int y)
{
    return rgb[3 * (y * w + x)];
}

static void parts_are_pieces_of_the_whole(void **state)
{
    (void)state;
    enum { SIDE = 60 };
    ui_drawing *d = ui_drawing_new(SIDE, SIDE, 0x101010);
    uint8_t     whole[SIDE * SIDE * 3], part[20 * 30 * 3];
    for (int i = 0; i < UI_SIGNS; i++)
        ui_drawing_sign(d, (ui_sign)i, 7.f * (float)i + 4, 20.5f + (float)i, 4, 0xc08040, 200);
    ui_drawing_line(d, 3, 50, 55, 10, 2, 0xffffff, 255);
    ui_drawing_line(d, NAN, 50, 55, 10, 2, 0xffffff, 255);
    ui_drawing_sign(d, UI_SIGN_DISC, INFINITY, 5, 4, 0xffffff, 255);
    ui_drawing_sign(d, UI_SIGN_DISC, 1e9f, -1e9f, 4, 0xffffff, 255);
    assert_int_equal(d->n, UI_SIGNS + 2);
    ui_drawing_paint(d, (ui_part_of){0, 0, SIDE, SIDE}, whole);
    ui_drawing_paint(d, (ui_part_of){30, 15, 20, 30}, part);
    for (int y = 0; y < 30; y++)
        assert_memory_equal(part + y * 20 * 3, whole + ((y + 15) * SIDE + 30) * 3, 20 * 3);
    assert_true(ink_of(whole, SIDE, 4, 20) > 0x90);  /* inside a disc */
    assert_int_equal(ink_of(whole, SIDE, 58, 58), 0x10); /* nothing there */
    assert_int_equal(ink_of(whole, SIDE, 29, 29), 255);  /* on the line */
    ui_drawing_drop(d);
}

static void zooming_keeps_the_selected_class_in_sight(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, TSHIRTS);
    int x, y;
    for (int i = 0; i < 12; i++) {
        keys(&f, "z");
        const ui_map_lens l = ui_map_look(f.b);
        assert_true(ui_map_cell(&l, .8f, .35f, &x, &y));
    }
    shows(&f, "×");
    assert_true(f.b->map.zoom > 100);
    keys(&f, "g");
    assert_true(f.b->map.zoom == 1.0);
    hides(&f, "×");
    keys(&f, "ZZ");
    assert_true(f.b->map.zoom == 1.0);
    end(&f);
}

static void moving_takes_the_view_along(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, TSHIRTS);
    f.b->at.area = UI_AREA_MAP;
    keys(&f, "zzzz");
    int x, y;
    go_to(&f, BACKPACKS);
    const ui_map_lens l = ui_map_look(f.b);
    assert_true(ui_map_cell(&l, -.8f, .5f, &x, &y));
    assert_false(ui_map_cell(&l, .8f, .35f, &x, &y));
    end(&f);
}

static void items_appear_when_there_is_room(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    go_to(&f, FOOTWEAR);
    assert_null(fixture_job(&f.calls, UI_TOPIC_MAP_ITEMS));
    keys(&f, "zzzzzz");
    ui_map_job *j = map_job(&f, UI_TOPIC_MAP_ITEMS);
    assert_int_equal(j->node, FOOTWEAR);
    assert_int_equal(j->view.map.n, SHOP_POINTS);
    j->view.item = huse_xcalloc(2, sizeof *j->view.item);
    j->view.n_items = 2;
    j->view.item[0] = (huse_map_item){6, .1f, -.86f};
    j->view.item[1] = (huse_map_item){13, .1f, -.93f};
    fixture_done(&f.calls, &j->job);
    const ui_map_lens l = ui_map_look(f.b);
    assert_true(ui_map_shows_items(f.b, &l));
    free(screen(&f));
    assert_true(f.canvas.n_slots > 0); /* thumbnails */
    keys(&f, "i");
    shows(&f, "·");
    keys(&f, "ZZZZZZ");
    assert_false(ui_map_shows_items(f.b, &(ui_map_lens){.r = l.r, .dot_w = 2, .dot_h = 4, .sx = 10, .sy = 10}));
    end(&f);
}

static void clicks_select_and_double_clicks_open(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    char *s = screen(&f);
    free(s);
    click_at(&f, "Backpacks", 1, false);
    assert_int_equal(f.b->at.node, BACKPACKS);
    assert_true(f.b->at.map);
    click_at(&f, "Jeans", 1, true); /* which the folded tree does not show */
    assert_int_equal(f.b->at.node, JEANS);
    assert_false(f.b->at.map);
    assert_int_equal(f.b->at.area, UI_AREA_NEAR);
    key(&f, UI_KEY_BACKSPACE);
    assert_true(f.b->at.map);
    assert_int_equal(f.b->at.area, UI_AREA_MAP);
    end(&f);
}

static void the_wheel_zooms_where_it_turns(void **state)
{
    (void)state;
    fixture f;
    int     x, y, x1, y1;
    begin_map(&f, 120, 40, UI_GFX_NONE);
    const ui_map_lens before = ui_map_look(f.b);
    assert_true(ui_map_cell(&before, .5f, -.4f, &x, &y));
    ui_pane_browse.wheel(f.b, UI_HIT_POINT + 3, -1);
    const ui_map_lens after = ui_map_look(f.b);
    assert_true(f.b->map.zoom > 1 && ui_map_cell(&after, .5f, -.4f, &x1, &y1));
    assert_true(abs(x - x1) <= 1 && abs(y - y1) <= 1);
    ui_pane_browse.wheel(f.b, UI_HIT_MAP + 3, 1);
    assert_true(f.b->map.zoom == 1.0);
    ui_pane_browse.wheel(f.b, UI_HIT_POINT + 999, -1);
    ui_pane_browse.pick(f.b, UI_HIT_POINT + 999, false);
    end(&f);
}

static void enter_opens_the_class_and_the_way_back_is_the_map(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 80, 24, UI_GFX_NONE);
    go_to(&f, JEANS);
    f.b->at.area = UI_AREA_MAP;
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.b->at.node, JEANS);
    assert_false(f.b->at.map);
    key(&f, UI_KEY_BACKSPACE);
    assert_true(f.b->at.map && f.b->at.area == UI_AREA_MAP);
    keys(&f, "s");
    assert_string_equal(f.calls.led, "class:Apparel/Bottomwear/Jeans");
    end(&f);
}

static void the_filter_finds_on_the_map(void **state)
{
    (void)state;
    fixture f;
    begin_map(&f, 80, 24, UI_GFX_NONE);
    keys(&f, "/");
    f.calls.prompt.changed(f.b, "shirts");
    assert_int_equal(f.b->at.area, UI_AREA_MAP);
    assert_int_equal(f.b->at.node, SHIRTS);
    f.calls.prompt.done(f.b, "shirts");
    keys(&f, "n");
    assert_int_equal(f.b->at.node, TSHIRTS);
    assert_true(f.b->at.map);
    shows(&f, "Tshirts");
    end(&f);
}

static void any_size_draws(void **state)
{
    (void)state;
    static const ui_gfx_mode mode[] = {UI_GFX_NONE, UI_GFX_ASCII, UI_GFX_SIXEL, UI_GFX_KITTY};
    fixture f;
    for (size_t m = 0; m < HUSE_COUNT(mode); m++) {
        begin_map(&f, 120, 40, mode[m]);
        go_to(&f, SHIRTS);
        f.b->at.area = UI_AREA_MAP;
        for (int w = 1; w < 130; w += 7)
            for (int h = 1; h < 44; h += 3) {
                f.w = w;
                f.h = h;
                ui_pane_browse.resize(f.b, w, h, &f.gfx);
                keys(&f, "zl");
                free(screen(&f));
            }
        end(&f);
    }
}

static void places_that_coincide_are_drawn_and_left(void **state)
{
    (void)state;
    fixture f;
    begin_shop(&f, 100, 30);
    keys(&f, "]");
    ui_map_job *j = map_job(&f, UI_TOPIC_MAP);
    j->view.here = true;
    j->view.map = shop_map(HUSE_MAP_TSNE);
    for (size_t i = 0; i < SHOP_POINTS; i++)
        j->view.map.point[i].x = j->view.map.point[i].y = 0;
    fixture_done(&f.calls, &j->job);
    go_to(&f, SHIRTS);
    f.b->at.area = UI_AREA_MAP;
    keys(&f, "zzhjklZ");
    shows(&f, "Shirts");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_never_touch_each_other_nor_hide_what_is_needed),
        cmocka_unit_test(the_first_labels_win),
        cmocka_unit_test(boxes_cover_what_is_free_once),
        cmocka_unit_test(the_view_key_shows_the_map),
        cmocka_unit_test(without_a_model_there_is_no_map),
        cmocka_unit_test(a_map_that_fails_says_why),
        cmocka_unit_test(the_pca_gives_way_to_the_tsne),
        cmocka_unit_test(a_stopped_tsne_is_taken_up_when_the_map_is_shown_again),
        cmocka_unit_test(arrows_go_to_the_class_in_that_direction),
        cmocka_unit_test(from_an_inner_node_arrows_begin_in_the_middle),
        cmocka_unit_test(the_selected_class_is_tied_to_its_nearest),
        cmocka_unit_test(pictures_and_labels_do_not_overlap),
        cmocka_unit_test(parts_that_look_alike_have_one_key),
        cmocka_unit_test(parts_are_pieces_of_the_whole),
        cmocka_unit_test(zooming_keeps_the_selected_class_in_sight),
        cmocka_unit_test(moving_takes_the_view_along),
        cmocka_unit_test(items_appear_when_there_is_room),
        cmocka_unit_test(clicks_select_and_double_clicks_open),
        cmocka_unit_test(the_wheel_zooms_where_it_turns),
        cmocka_unit_test(enter_opens_the_class_and_the_way_back_is_the_map),
        cmocka_unit_test(the_filter_finds_on_the_map),
        cmocka_unit_test(any_size_draws),
        cmocka_unit_test(places_that_coincide_are_drawn_and_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
