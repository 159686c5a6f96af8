/* Curves: what is drawn where equals the values. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/widget_chart.h"

#define N 40
#define assert_near(a, b, e) assert_true(fabs((a) - (b)) <= (e))

static double x[N], y[N];

static ui_chart chart_of(const ui_curve *c, size_t n)
{
    return (ui_chart){.title = "loss", .curve = c, .n = n, .from = (double)NAN, .to = (double)NAN, .low = (double)NAN, .high = (double)NAN,
                      .at = (double)NAN, .best_x = (double)NAN, .best_y = (double)NAN};
}

static ui_curve line_of(double (*f)(double))
{
    for (int i = 0; i < N; i++) {
        x[i] = i * 10;
        y[i] = f(i);
    }
    return (ui_curve){.x = x, .y = y, .n = N, .style = UI_BOLD};
}

static double falling(double i)
{
    return 8 * exp(-i / 8) + 1;
}

static double straight(double i)
{
    return i;
}

/* Code point of a cell; 0: blank. */
static int32_t at(const ui_canvas *c, int cx, int cy)
{
    const char *t = c->cell[cy * c->w + cx].text;
    const unsigned char *u = (const unsigned char *)t;
    return !*t ? 0 : u[0] < 0x80 ? u[0] : (u[0] & 15) << 12 | (u[1] & 63) << 6 | (u[2] & 63);
}

/* Whether the dot of the plot that (px, py) in 0..1 falls on is set, or one beside it: lines are rounded. */
static bool dot_near(const ui_canvas *c, const ui_rect *plot, double px, double py)
{
    static const int bit[2][4] = {{0, 1, 2, 6}, {3, 4, 5, 7}};
    const int        w = plot->w * 2 - 1, h = plot->h * 4 - 1, dx = (int)(px * w + .5), dy = (int)((1 - py) * h + .5);
    for (int j = HUSE_MAX(dy - 1, 0); j <= HUSE_MIN(dy + 1, h); j++) {
        const int32_t cp = at(c, plot->x + dx / 2, plot->y + j / 4);
        if (cp >= 0x2800 && cp <= 0x28ff && (cp - 0x2800) >> bit[dx % 2][j % 4] & 1)
            return true;
    }
    return false;
}

static void every_point_has_its_dot_and_others_do_not(void **state)
{
    (void)state;
    const ui_curve  curve = line_of(falling);
    ui_chart        ch = chart_of(&curve, 1);
    ui_chart_layout l;
    ui_canvas       c = {0};
    ui_canvas_reset(&c, 80, 20);
    ui_chart_arrange(&ch, (ui_rect){1, 0, 70, 20}, &l);
    ui_chart_draw(&ch, &c, (ui_rect){1, 0, 70, 20}, UI_INK_BRAILLE, NULL);
    for (int i = 0; i < N; i++) {
        const double px = ui_chart_place_x(&l, x[i]), py = ui_chart_place_y(&ch, &l, y[i]);
        assert_near(l.x0 + px * (l.x1 - l.x0), x[i], 1e-9);
        assert_near(l.y0 + py * (l.y1 - l.y0), y[i], 1e-9);
        assert_true(dot_near(&c, &l.plot, px, py));
        assert_false(dot_near(&c, &l.plot, px, py > .5 ? py - .4 : py + .4) && i > 12); /* nothing far above or below it */
    }
    ui_canvas_free(&c);
}

static void a_logarithm_makes_decay_straight(void **state)
{
    (void)state;
    ui_curve curve = line_of(straight);
    for (int i = 0; i < N; i++)
        y[i] = pow(10, -i / 10.);
    ui_chart        ch = chart_of(&curve, 1);
    ui_chart_layout l;
    ch.log = true;
    ui_chart_arrange(&ch, (ui_rect){1, 0, 70, 20}, &l);
    for (int i = 1; i + 1 < N; i++)
        assert_near(ui_chart_place_y(&ch, &l, y[i - 1]) - ui_chart_place_y(&ch, &l, y[i]),
                           ui_chart_place_y(&ch, &l, y[i]) - ui_chart_place_y(&ch, &l, y[i + 1]), 1e-9);
    assert_true(isnan(ui_chart_place_y(&ch, &l, 0)));
    assert_true(isnan(ui_chart_place_y(&ch, &l, -1)));
}

static void axes_have_three_to_five_round_labels_in_order(void **state)
{
    (void)state;
    static const double tops[] = {1e-6, .003, .02, .7, 1, 9.99, 12, 480, 3000, 250000, 1e9};
    for (size_t k = 0; k < HUSE_COUNT(tops); k++)
        for (int w = 40; w <= 120; w += 40) {
            const double    xs[] = {0, 3000}, ys[] = {0, tops[k]};
            const ui_curve  curve = {.x = xs, .y = ys, .n = 2};
            const ui_chart  ch = chart_of(&curve, 1);
            ui_chart_layout l;
            ui_chart_arrange(&ch, (ui_rect){1, 0, w, 14}, &l);
            assert_in_range(l.y.n, 3, 6);
            assert_in_range(l.x.n, 2, 6);
            for (int i = 1; i < l.y.n; i++) {
                assert_true(l.y.at[i] > l.y.at[i - 1]);
                assert_string_not_equal(l.y.text[i], l.y.text[i - 1]);
            }
            for (int i = 0; i < l.y.n; i++)
                assert_in_range(strlen(l.y.text[i]), 1, 11);
        }
}

static void what_is_not_finite_breaks_the_curve_and_nothing_else(void **state)
{
    (void)state;
    static const double odd[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 0, 5};
    const double        xs[] = {0, 1, 2, 3, 4, 5, 6};
    ui_canvas           c = {0};
    for (int log = 0; log < 2; log++)
        for (size_t n = 0; n <= HUSE_COUNT(odd); n++)
            for (int ink = UI_INK_BRAILLE; ink <= UI_INK_ASCII; ink++) {
                const ui_curve curve = {.x = xs, .y = odd, .n = n};
                ui_chart       ch = chart_of(&curve, 1);
                ch.log = log;
                ch.smooth = .8;
                ch.at = 2;
                for (int w = 0; w < 40; w += 5) {
                    ui_canvas_reset(&c, 40, 10);
                    ui_chart_draw(&ch, &c, (ui_rect){0, 0, w, w / 4}, (ui_ink)ink, NULL);
                }
            }
    ui_canvas_free(&c);
}

static void only_ascii_is_drawn_in_ascii(void **state)
{
    (void)state;
    const ui_curve curve = line_of(falling);
    const ui_chart ch = chart_of(&curve, 1);
    ui_canvas      c = {0};
    int            drawn = 0;
    ui_canvas_reset(&c, 60, 16);
    ui_chart_draw(&ch, &c, (ui_rect){0, 0, 60, 16}, UI_INK_ASCII, NULL);
    for (int i = 0; i < 60 * 16; i++) {
        assert_true((unsigned char)c.cell[i].text[0] < 0x80);
        drawn += c.cell[i].text[0] != 0;
    }
    assert_true(drawn > 50);
    ui_canvas_free(&c);
}

static void the_uppermost_curve_keeps_its_style_where_they_cross(void **state)
{
    (void)state;
    double         up[N], down[N];
    const ui_curve base = line_of(straight);
    for (int i = 0; i < N; i++) {
        up[i] = i;
        down[i] = N - 1 - i;
    }
    const ui_curve  two[] = {{.name = "a", .x = base.x, .y = up, .n = N, .style = UI_BOLD}, {.name = "b", .x = base.x, .y = down, .n = N, .style = UI_DIM}};
    const ui_chart  ch = chart_of(two, 2);
    ui_chart_layout l;
    ui_canvas       c = {0};
    int             bold = 0, dim = 0;
    ui_canvas_reset(&c, 60, 16);
    ui_chart_arrange(&ch, (ui_rect){1, 0, 58, 16}, &l);
    ui_chart_draw(&ch, &c, (ui_rect){1, 0, 58, 16}, UI_INK_BRAILLE, NULL);
    for (int cy = l.plot.y; cy < l.plot.y + l.plot.h; cy++)
        for (int cx = l.plot.x; cx < l.plot.x + l.plot.w; cx++)
            if (at(&c, cx, cy)) {
                bold += c.cell[cy * 60 + cx].style == UI_BOLD;
                dim += c.cell[cy * 60 + cx].style == UI_DIM;
            }
    assert_true(bold > dim && dim > 10);
    char *shown = ui_canvas_dump(&c);
    assert_non_null(strstr(shown, "● a  ■ b"));
    free(shown);
    ui_canvas_free(&c);
}

static void smoothing_keeps_a_constant_and_its_start(void **state)
{
    (void)state;
    double in[50], out[50];
    for (int i = 0; i < 50; i++)
        in[i] = 3;
    in[7] = (double)NAN;
    ui_chart_smooth(in, out, 50, .95);
    for (int i = 0; i < 50; i++)
        assert_true(i == 7 ? isnan(out[i]) : fabs(out[i] - 3) < 1e-12);
    for (int i = 0; i < 50; i++)
        in[i] = i % 2;
    ui_chart_smooth(in, out, 50, .95);
    assert_near(out[0], 0, 1e-12);
    assert_near(out[1], 1 / 1.95, 1e-12);
    assert_near(out[49], .5, .03);
}

static void the_nearest_point_is_found(void **state)
{
    (void)state;
    const ui_curve curve = line_of(straight);
    assert_int_equal(ui_chart_nearest(&curve, 104), 10);
    assert_int_equal(ui_chart_nearest(&curve, -5), 0);
    assert_int_equal(ui_chart_nearest(&curve, 1e9), N - 1);
    const ui_curve none = {.x = x, .y = y, .n = 0};
    assert_int_equal(ui_chart_nearest(&none, 1), 0);
}

/* In pixels every point is inked, and the ground stays where nothing is. */
static void a_drawing_inks_the_points_and_little_else(void **state)
{
    (void)state;
    enum { W = 300, H = 120 };
    const ui_curve  curve = line_of(falling);
    const ui_chart  ch = chart_of(&curve, 1);
    ui_chart_layout l;
    ui_chart_arrange(&ch, (ui_rect){1, 0, 60, 20}, &l);
    l.y.n = 0; /* without lines at its marks */
    ui_drawing *d = ui_chart_paint(&ch, &l, W, H, 0x000000);
    uint8_t    *rgb = huse_xcalloc(W * H, 3);
    size_t      inked = 0;
    ui_drawing_paint(d, (ui_part_of){0, 0, W, H}, rgb);
    for (int i = 0; i < N; i++) {
        const int px = (int)(ui_chart_place_x(&l, x[i]) * (W - 1)), py = (int)((1 - ui_chart_place_y(&ch, &l, y[i])) * (H - 1));
        bool      ink = false;
        for (int j = HUSE_MAX(py - 2, 0); j <= HUSE_MIN(py + 2, H - 1); j++)
            ink = ink || rgb[3 * (j * W + px)] > 60;
        assert_true(ink);
    }
    for (int i = 0; i < W * H; i++)
        inked += rgb[3 * i] > 0;
    assert_in_range(inked, W, W * H / 10);
    free(rgb);
    ui_drawing_drop(d);
}

static void a_long_curve_is_drawn_by_as_many_lines_as_can_be_seen(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    double *xs = huse_xcalloc(MANY, sizeof *xs), *ys = huse_xcalloc(MANY, sizeof *ys);
    for (int i = 0; i < MANY; i++) {
        xs[i] = i;
        ys[i] = i % 7 + (i == 12345) * 100; /* one peak */
    }
    const ui_curve  curve = {.x = xs, .y = ys, .n = MANY};
    const ui_chart  ch = chart_of(&curve, 1);
    ui_chart_layout l;
    ui_chart_arrange(&ch, (ui_rect){1, 0, 60, 20}, &l);
    ui_drawing *d = ui_chart_paint(&ch, &l, 400, 100, 0);
    assert_in_range(d->n, 400, 400 * 8);
    bool peak = false;
    for (size_t i = 0; i < d->n; i++)
        peak = peak || fminf(d->shape[i].y, d->shape[i].y1) < 6;
    assert_true(peak);
    ui_drawing_drop(d);
    free(xs);
    free(ys);
}

static void numbers_read_well(void **state)
{
    (void)state;
    static const struct {
        double      v;
        const char *text;
    } want[] = {{.482, ".482"}, {1.618, "1.62"}, {12.34, "12.3"}, {480.4, "480"}, {4180, "4,180"}, {8.1e-5, "8.1e-5"}, {-.5, "-.500"}};
    char out[24];
    for (size_t i = 0; i < HUSE_COUNT(want); i++)
        assert_string_equal(ui_number(out, want[i].v), want[i].text);
    assert_string_equal(ui_number(out, (double)NAN), "–");
    assert_string_equal(ui_number(out, 0), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_has_its_dot_and_others_do_not),
        cmocka_unit_test(a_logarithm_makes_decay_straight),
        cmocka_unit_test(axes_have_three_to_five_round_labels_in_order),
        cmocka_unit_test(what_is_not_finite_breaks_the_curve_and_nothing_else),
        cmocka_unit_test(only_ascii_is_drawn_in_ascii),
        cmocka_unit_test(the_uppermost_curve_keeps_its_style_where_they_cross),
        cmocka_unit_test(smoothing_keeps_a_constant_and_its_start),
        cmocka_unit_test(the_nearest_point_is_found),
        cmocka_unit_test(a_drawing_inks_the_points_and_little_else),
        cmocka_unit_test(a_long_curve_is_drawn_by_as_many_lines_as_can_be_seen),
        cmocka_unit_test(numbers_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
