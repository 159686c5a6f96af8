/* Editing a line by what a person sees as characters, and reading keys, pastes and replies from bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/probe.h"
#include "ui/widget_line.h"

/* ---- line ---- */

static void type(ui_line *l, const char *text)
{
    ui_line_insert(l, text, strlen(text));
}

static void a_line_moves_and_deletes_by_grapheme(void **state)
{
    (void)state;
    static const char *const cluster[] = {
        "a", "e\xcc\x81", "\xe0\xa4\xa8\xe0\xa5\x8d", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", "\xe4\xb8\x96",
    };
    ui_line l = {.n = 0};
    char    all[128] = "";
    for (size_t i = 0; i < HUSE_COUNT(cluster); i++) {
        type(&l, cluster[i]);
        strcat(all, cluster[i]);
    }
    assert_string_equal(l.text, all);
    for (size_t i = HUSE_COUNT(cluster); i-- > 0;) {
        assert_int_equal(ui_line_key(&l, UI_KEY_LEFT), UI_LINE_MOVED);
        assert_memory_equal(l.text + l.at, cluster[i], strlen(cluster[i]));
    }
    assert_int_equal(l.at, 0);
    ui_line_key(&l, UI_KEY_LEFT);
    assert_int_equal(l.at, 0);
    for (size_t i = 0; i < HUSE_COUNT(cluster); i++)
        ui_line_key(&l, UI_KEY_RIGHT);
    assert_int_equal(l.at, l.n);
    for (size_t i = HUSE_COUNT(cluster); i-- > 0;) {
        assert_int_equal(ui_line_key(&l, UI_KEY_BACKSPACE), UI_LINE_CHANGED);
        all[strlen(all) - strlen(cluster[i])] = 0;
        assert_string_equal(l.text, all);
    }
    assert_int_equal(ui_line_key(&l, UI_KEY_BACKSPACE), UI_LINE_MOVED);
}

static void a_line_knows_the_readline_keys(void **state)
{
    (void)state;
    ui_line l = {.n = 0};
    ui_line_set(&l, "red summer dress");
    ui_line_key(&l, UI_CTRL('w'));
    assert_string_equal(l.text, "red summer ");
    ui_line_key(&l, UI_CTRL('w'));
    assert_string_equal(l.text, "red ");
    ui_line_key(&l, 'x');
    ui_line_key(&l, UI_KEY_HOME);
    ui_line_key(&l, 0xe9);
    assert_string_equal(l.text, "\xc3\xa9red x");
    ui_line_key(&l, UI_KEY_DELETE);
    assert_string_equal(l.text, "\xc3\xa9" "ed x");
    ui_line_key(&l, UI_CTRL('e'));
    ui_line_key(&l, UI_CTRL('b'));
    ui_line_key(&l, UI_CTRL('k'));
    assert_string_equal(l.text, "\xc3\xa9" "ed ");
    ui_line_key(&l, UI_CTRL('u'));
    assert_string_equal(l.text, "");
    assert_int_equal(ui_line_key(&l, UI_KEY_PGUP), UI_LINE_IGNORED);
    assert_int_equal(ui_line_key(&l, UI_CTRL('x')), UI_LINE_IGNORED);
}

static void a_line_holds_valid_text_of_bounded_length(void **state)
{
    (void)state;
    static ui_line l;
    char          *big = huse_xcalloc(1, 3 * UI_LINE_MAX);
    for (size_t i = 0; i + 3 < 3 * UI_LINE_MAX; i += 3)
        memcpy(big + i, "\xe4\xb8\x96", 3);
    ui_line_set(&l, big);
    assert_true(l.n <= UI_LINE_MAX && l.n % 3 == 0 && strlen(l.text) == l.n);
    for (int i = 0; i < 10; i++)
        ui_line_key(&l, 0x4e16);
    assert_true(l.n <= UI_LINE_MAX && l.n % 3 == 0);
    ui_line_set(&l, "a\xff\xc0\xaf" "b");
    assert_string_equal(l.text, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b");
    free(big);
}

static void a_long_line_shows_the_part_around_its_cursor(void **state)
{
    (void)state;
    ui_line   l = {.n = 0};
    ui_canvas c = {0};
    ui_canvas_reset(&c, 12, 1);
    ui_line_set(&l, "0123456789abcdefghij");
    ui_line_draw(&l, &c, 1, 0, 10, true, "");
    char *s = ui_canvas_dump(&c);
    assert_string_equal(s, " bcdefghij\n");
    assert_int_equal(c.cursor_x, 10);
    free(s);
    ui_line_key(&l, UI_KEY_HOME);
    ui_canvas_reset(&c, 12, 1);
    ui_line_draw(&l, &c, 1, 0, 10, true, "");
    s = ui_canvas_dump(&c);
    assert_string_equal(s, " 012345678…\n");
    assert_int_equal(c.cursor_x, 1);
    free(s);
    ui_canvas_free(&c);
}

/* ---- input ---- */

typedef struct heard {
    char     log[4096];
    ui_probe probe;
} heard;

static void hear(void *ctx, const ui_event *e)
{
    heard *h = ctx;
    size_t n = strlen(h->log);
    if (e->kind == UI_EVENT_KEY)
        snprintf(h->log + n, sizeof h->log - n, "%x ", (unsigned)e->key);
    else if (e->kind == UI_EVENT_PASTE)
        snprintf(h->log + n, sizeof h->log - n, "[%s] ", e->text);
    else
        ui_probe_reply(&h->probe, &e->reply);
}

static void keys_are_read_from_their_sequences(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *want;
    } row[] = {
        {"a", "61 "},
        {"\x1b[A\x1bOB\x1b[1;5C\x1b[D", "110000 110001 110003 110002 "},
        {"\x1b[H\x1bOF\x1b[1~\x1b[8~", "110004 110005 110004 110005 "},
        {"\x1b[5~\x1b[6~\x1b[3~\x1b[Z", "110006 110007 110008 110009 "},
        {"\r\n\x7f\b\t\x03", "d d 7f 7f 9 3 "},
        {"\xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80", "e9 4e16 1f600 "},
        {"\xff\xc0\xaf\x9bx", "78 "},
        {"\x1bq", "1b 71 "},
        {"\x1b[200~two\r\nlines\x1b[31m\x01\x1b[201~x", "[two  lines[31m] 78 "},
        {"\x1b[[A\x1b[?1;2cz", "11000b 7a "},
        {"\x1bOP\x1b[15~\x1b[24~\x1b[2~", "11000b 11000f 110016 11000a "},
        {"\x1b[12\x03x", "3 78 "},
        {"\x1b]11;rgb:0000/0000/0000\x1b\\y\x1b]11;rgb:1/2/3\ay", "79 79 "},
        {"\x1bP>|XTerm(379)\x1b\\k\x1b_Gi=31;OK\x1b\\k", "6b 6b "},
        {"\x1b[<0;3;4Mk", "6b "},
        {"\x1b]abc\x03q", "3 71 "},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++)
        for (size_t cut = 0; cut <= strlen(row[i].bytes); cut++) { /* any two reads */
            heard     h = {.log = ""};
            ui_input *in = ui_input_new(true);
            ui_input_feed(in, row[i].bytes, cut, hear, &h);
            ui_input_feed(in, row[i].bytes + cut, strlen(row[i].bytes) - cut, hear, &h);
            if (strcmp(h.log, row[i].want) != 0)
                fail_msg("row %zu cut at %zu: %s", i, cut, h.log);
            ui_input_free(in);
        }
}

static void a_lone_escape_is_a_key_after_a_pause(void **state)
{
    (void)state;
    heard     h = {.log = ""};
    ui_input *in = ui_input_new(true);
    ui_input_feed(in, "\x1b", 1, hear, &h);
    assert_int_equal(ui_input_pending(in), UI_INPUT_ESC);
    ui_input_flush(in, hear, &h);
    assert_string_equal(h.log, "1b ");
    ui_input_feed(in, "\x1b[12", 4, hear, &h);
    assert_int_equal(ui_input_pending(in), UI_INPUT_SEQUENCE);
    ui_input_flush(in, hear, &h);
    ui_input_feed(in, "a", 1, hear, &h);
    assert_string_equal(h.log, "1b 61 ");
    ui_input_free(in);
}

static void an_endless_paste_and_an_endless_string_end(void **state)
{
    (void)state;
    static char big[200000];
    heard      *h = huse_xcalloc(1, sizeof *h);
    ui_input   *in = ui_input_new(true);
    memset(big, 'x', sizeof big);
    ui_input_feed(in, "\x1bP", 2, hear, h);
    ui_input_feed(in, big, 5000, hear, h);
    assert_int_equal(ui_input_pending(in), UI_INPUT_NOTHING);
    ui_input_free(in);
    in = ui_input_new(true);
    *h->log = 0;
    ui_input_feed(in, "\x1b[200~", 6, hear, h);
    ui_input_feed(in, big, sizeof big, hear, h);
    assert_string_equal(h->log, "");
    ui_input_feed(in, "\x1b[201~", 6, hear, h);
    assert_int_equal(h->log[0], '[');
    *h->log = 0;
    ui_input_feed(in, "q", 1, hear, h);
    assert_string_equal(h->log, "71 ");
    ui_input_free(in);
    free(h);
}

/* ---- replies ---- */

static ui_probe answers(const char *bytes)
{
    heard     h = {.log = ""};
    ui_input *in = ui_input_new(true);
    ui_input_feed(in, bytes, strlen(bytes), hear, &h);
    ui_input_free(in);
    assert_string_equal(h.log, "");
    return h.probe;
}

static void sixel_is_announced_by_exactly_a_4(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        bool        sixel;
    } row[] = {{"\x1b[?63;1;2;4;6;9;15;22c", true}, {"\x1b[?4c", true},   {"\x1b[?62;14;24;42c", false},
               {"\x1b[?1;2c", false},               {"\x1b[?64c", false}, {"\x1b[?62;4;22c", true}};
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        ui_probe p = answers(row[i].reply);
        assert_true(p.done);
        assert_int_equal(p.sixel, row[i].sixel);
    }
}

static void the_cell_size_comes_from_the_best_answer(void **state)
{
    (void)state;
    static const struct {
        const char    *reply;
        ui_screen_size size;
        int            w, h;
    } row[] = {
        /* xterm: the sixel area is the text area; the kernel's pixels hold the border */
        {"\x1b[?1;0;1024S\x1b[?2;0;480;312S\x1b[?2;0;1000;1000S\x1b[?63;4c", {80, 24, 484, 316}, 6, 13},
        /* an area at its maximum says nothing */
        {"\x1b[?2;0;1000;720S\x1b[?2;0;1000;1000S\x1b[?63;4c", {100, 24, 1004, 724}, 10, 30},
        {"\x1b[6;20;10t\x1b[4;600;800t\x1b[?4c", {80, 24, 640, 480}, 10, 20},
        {"\x1b[4;480;800t\x1b[?4c", {80, 24, 0, 0}, 10, 20},
        /* made-up pixels, and none at all */
        {"\x1b[?4c", {93, 31, 640, 480}, 8, 16},
        {"\x1b[?4c", {80, 24, 0, 0}, 8, 16},
        {"\x1b[6;0;0t\x1b[?4c", {80, 24, 720, 432}, 9, 18},
        {"\x1b[6;99999999;99999999t\x1b[?4c", {0, 0, 0, 0}, 8, 16},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        ui_probe p = answers(row[i].reply);
        ui_gfx   g = ui_probe_gfx(&p, UI_WISH_AUTO, &row[i].size);
        if (g.cell_w != row[i].w || g.cell_h != row[i].h || g.mode != UI_GFX_SIXEL)
            fail_msg("row %zu: %d x %d, mode %d", i, g.cell_w, g.cell_h, g.mode);
    }
}

static void the_wish_wins_over_the_answer(void **state)
{
    (void)state;
    const ui_screen_size size = {80, 24, 0, 0};
    ui_probe             yes = answers("\x1b[?1;0;16S\x1b[?63;4c"), no = {.done = false};
    assert_int_equal(ui_probe_gfx(&yes, UI_WISH_AUTO, &size).colours, 16);
    assert_int_equal(ui_probe_gfx(&yes, UI_WISH_NONE, &size).mode, UI_GFX_NONE);
    assert_int_not_equal(ui_probe_gfx(&yes, UI_WISH_CELLS, &size).mode, UI_GFX_SIXEL);
    assert_int_equal(ui_probe_gfx(&no, UI_WISH_SIXEL, &size).mode, UI_GFX_SIXEL);
    assert_int_not_equal(ui_probe_gfx(&no, UI_WISH_AUTO, &size).mode, UI_GFX_SIXEL);
}

static void kitty_backgrounds_and_256_colours_are_told_by_strings(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        bool        kitty, has_256;
        ui_back     back;
    } row[] = {
        {"\x1b_Gi=31;OK\x1b\\\x1b]4;255;rgb:eeee/eeee/eeee\x1b\\\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;4c", true, true, UI_BACK_LIGHT},
        {"\x1b]11;rgb:0000/2b2b/3636\x07\x1b[?62c", false, false, UI_BACK_DARK},
        {"\x1b]11;rgb:fd/f6/e3\x1b\\\x1b[?1c", false, false, UI_BACK_LIGHT},
        {"\x1b]11;rgba:0/0/0/8\x1b\\\x1b[?1c", false, false, UI_BACK_DARK},
        {"\x1b]11;rgb:8080/8080/8080\x1b\\\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?62c", false, false, UI_BACK_UNKNOWN},
        {"\x1b_Gi=30;OK\x1b\\\x1b[?62c", false, false, UI_BACK_UNKNOWN},
        /* not colours */
        {"\x1b]11;rgb:\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;rgb:fffff/ffff/ffff\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;rgb:ffff/ffff\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;rgb:-fff/ffff/ffff\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;rgb:gggg/ffff/ffff\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;white\x07\x1b]4;255\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
        {"\x1b]11;rgb:ffff/ffff/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\x07\x1b[?1c", false, false, UI_BACK_UNKNOWN},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        ui_probe p = answers(row[i].reply);
        if (!p.done || p.kitty != row[i].kitty || p.has_256 != row[i].has_256 || p.back != row[i].back)
            fail_msg("row %zu: kitty %d, 256 %d, background %d", i, p.kitty, p.has_256, p.back);
    }
}

static void kitty_comes_before_sixel_and_sixel_before_cells(void **state)
{
    (void)state;
    const ui_screen_size size = {80, 24, 0, 0};
    ui_probe             both = answers("\x1b_Gi=31;OK\x1b\\\x1b[?62;4c"), sixel = answers("\x1b[?62;4c"), none = answers("\x1b[?62c");
    assert_int_equal(ui_probe_gfx(&both, UI_WISH_AUTO, &size).mode, UI_GFX_KITTY);
    assert_int_equal(ui_probe_gfx(&both, UI_WISH_SIXEL, &size).mode, UI_GFX_SIXEL);
    assert_int_equal(ui_probe_gfx(&sixel, UI_WISH_AUTO, &size).mode, UI_GFX_SIXEL);
    assert_int_equal(ui_probe_gfx(&none, UI_WISH_KITTY, &size).mode, UI_GFX_KITTY);
    assert_true(ui_probe_gfx(&none, UI_WISH_AUTO, &size).mode < UI_GFX_SIXEL);
    assert_false(ui_probe_gfx(&none, UI_WISH_BLOCKS, &size).symbols);
}

static void only_what_takes_them_is_asked_in_strings(void **state)
{
    (void)state;
    static const struct {
        const char *term, *tmux;
        bool        kitty, colours;
    } row[] = {{"xterm-256color", NULL, true, true}, {"xterm-kitty", NULL, true, true},     {"xterm-256color", "/tmp/t,1,0", false, true},
               {"tmux-256color", NULL, false, true}, {"screen.xterm", NULL, false, true}, {"vt100", NULL, false, false}};
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        setenv("TERM", row[i].term, 1);
        unsetenv("TMUX");
        unsetenv("STY");
        if (row[i].tmux)
            setenv("TMUX", row[i].tmux, 1);
        const char *q = ui_probe_questions();
        assert_int_equal(strstr(q, "\x1b_G") != NULL, row[i].kitty);
        assert_int_equal(strstr(q, "\x1b]11;?") != NULL, row[i].colours);
        assert_string_equal(q + strlen(q) - 3, "\x1b[c"); /* which every terminal answers, and last */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_moves_and_deletes_by_grapheme),
        cmocka_unit_test(a_line_knows_the_readline_keys),
        cmocka_unit_test(a_line_holds_valid_text_of_bounded_length),
        cmocka_unit_test(a_long_line_shows_the_part_around_its_cursor),
        cmocka_unit_test(keys_are_read_from_their_sequences),
        cmocka_unit_test(a_lone_escape_is_a_key_after_a_pause),
        cmocka_unit_test(an_endless_paste_and_an_endless_string_end),
        cmocka_unit_test(sixel_is_announced_by_exactly_a_4),
        cmocka_unit_test(the_cell_size_comes_from_the_best_answer),
        cmocka_unit_test(the_wish_wins_over_the_answer),
        cmocka_unit_test(kitty_backgrounds_and_256_colours_are_told_by_strings),
        cmocka_unit_test(kitty_comes_before_sixel_and_sixel_before_cells),
        cmocka_unit_test(only_what_takes_them_is_asked_in_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
