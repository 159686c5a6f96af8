/* Train without a terminal or threads: recorded runs, keys in, a canvas and what is asked for out. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "pane_fixture.h"
#include "tmpdir.h"
#include "ui/pane_train.h"

enum { LINES = 30 };

typedef struct fixture {
    char      *dir;
    ui_ctx     ctx;
    ui_train  *t;
    huse_runs *runs;
    pane_calls calls;
    ui_opened  opened;
    ui_gfx     gfx;
    ui_canvas  canvas;
    int        lock; /* held: a run trains; -1 */
} fixture;

static huse_items no_items;

static double loss_at(int i)
{
    return 8 * exp(-i / 6.) + .5;
}

static void add_line(const char *path, const char *text)
{
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A run of LINES figures and three validations; @word: how it ended, NULL: not at all. */
static void record(const fixture *f, int number, const char *word)
{
    huse_train_params p;
    huse_err          err;
    char              path[512], line[512];
    snprintf(path, sizeof path, "%s/runs/run-%d", f->dir, number);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/runs/run-%d/config.json", f->dir, number);
    assert_int_equal(huse_train_params_init(&p, "default", &err), HUSE_OK);
    add_line(path, "{");
    for (size_t i = 0; i < huse_hp_count(); i++) {
        char      *value = huse_train_params_text(&p, i);
        const bool text = huse_hp_at(i)->kind == HUSE_HP_TEXT;
        snprintf(line, sizeof line, "%s\"%s\": %s%s%s%s", i ? ", " : "", huse_hp_at(i)->option, text ? "\"" : "", value, text ? "\"" : "",
                 huse_hp_at(i)->kind == HUSE_HP_REAL && !strpbrk(value, ".e") ? ".0" : "");
        add_line(path, line);
        free(value);
    }
    add_line(path, "}\n");
    huse_train_params_fini(&p);
    snprintf(path, sizeof path, "%s/runs/run-%d/lock", f->dir, number);
    add_line(path, "");
    snprintf(path, sizeof path, "%s/runs/run-%d/metrics.jsonl", f->dir, number);
    add_line(path, "{\"step\":0,\"event\":\"start\",\"steps\":300,\"time\":1000000000}\n");
    for (int i = 1; i <= LINES; i++) {
        snprintf(line, sizeof line, "{\"step\":%d,\"loss\":%.17g,\"class\":%.17g,\"graph\":0.01,\"gap\":0.02,\"instance\":0.3,\"lr\":0.001,"
                 "\"items_per_s\":2000.0,\"seconds\":%d.0}\n", i * 10, loss_at(i), loss_at(i) / 2, i);
        add_line(path, line);
        if (i % 10)
            continue;
        snprintf(line, sizeof line, "{\"step\":%d,\"val_R@1\":[0.5,0.6,0.7,0.8],\"val_HP@10\":[0.9,0.9,0.9,0.9],\"val_accuracy\":[0.7,0.8,0.9],"
                 "\"val_score\":%.3f}\n", i * 10, i == 20 ? .75 : .65);
        add_line(path, line);
    }
    if (word) {
        snprintf(line, sizeof line, "{\"step\":300,\"event\":\"%s\",\"time\":1000000100}\n", word);
        add_line(path, line);
    }
}

static void look(fixture *f)
{
    huse_err err;
    bool     more = false;
    assert_int_equal(huse_runs_refresh(f->runs, NULL, &err), HUSE_OK);
    (void)ui_pane_train.runs(f->t, &more);
}

static void begin(fixture *f, int w, int h)
{
    char path[512];
    *f = (fixture){.gfx = {.mode = UI_GFX_256, .cell_w = 8, .cell_h = 16}, .lock = -1};
    f->dir = tmpdir_make();
    snprintf(path, sizeof path, "%s/runs", f->dir);
    mkdir(path, 0700);
    f->runs = huse_runs_new(f->dir);
    f->opened = (ui_opened){.status = HUSE_OK, .items = &no_items, .trained = true, .model = "run-1 step 20"};
    f->ctx = (ui_ctx){.workspace = "shop", .dir = f->dir, .call = &fixture_calls, .loop = &f->calls, .opened = &f->opened, .runs = f->runs};
    f->t = huse_xcalloc(1, ui_pane_train.state_size);
    ui_pane_train.open(f->t, &f->ctx);
    f->t->ink = UI_INK_BRAILLE;
    ui_pane_train.resize(f->t, w, h, &f->gfx);
    ui_pane_train.opened(f->t, &f->opened);
    ui_pane_train.shown(f->t);
}

static void end(fixture *f)
{
    ui_pane_train.close(f->t);
    free(f->t);
    huse_runs_free(f->runs);
    fixture_end(&f->calls);
    ui_canvas_free(&f->canvas);
    if (f->lock >= 0)
        close(f->lock);
    tmpdir_remove(f->dir);
}

static char *shown(fixture *f)
{
    ui_canvas_reset(&f->canvas, f->t->w, f->t->h);
    ui_pane_train.draw(f->t, &f->canvas);
    return ui_canvas_dump(&f->canvas);
}

static bool shows(fixture *f, const char *text)
{
    char      *all = shown(f);
    const bool there = strstr(all, text) != NULL;
    free(all);
    return there;
}

static void train(fixture *f, int number)
{
    char path[512];
    snprintf(path, sizeof path, "%s/runs/run-%d/lock", f->dir, number);
    f->lock = open(path, O_RDWR);
    assert_true(f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) == 0);
}

static void the_curves_are_the_log(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40);
    record(&f, 1, "end");
    look(&f);
    ui_train_chart c;
    ui_train_chart_of(f.t, UI_VIEW_LOSS, &c);
    assert_int_equal(c.chart.n, 1);
    assert_int_equal(c.curve[0].n, LINES);
    for (int i = 0; i < LINES; i++) {
        assert_true(c.curve[0].x[i] == (i + 1) * 10);
        assert_true(c.curve[0].y[i] == loss_at(i + 1));
    }
    ui_train_chart_of(f.t, UI_VIEW_TERMS, &c);
    assert_int_equal(c.chart.n, 4);
    for (int i = 0; i < LINES; i++)
        assert_true(c.curve[0].y[i] == loss_at(i + 1) / 2);
    ui_train_chart_of(f.t, UI_VIEW_CHECKS, &c);
    assert_int_equal(c.curve[0].n, 3);
    assert_true(c.chart.best_x == 200 && c.chart.best_y == .75);
    assert_true(shows(&f, "best .750 at 200"));
    end(&f);
}

static void the_cursor_says_the_values_of_its_step(void **state)
{
    fixture f;
    char    want[64], number[24];
    (void)state;
    begin(&f, 80, 24);
    record(&f, 1, "end");
    look(&f);
    for (int i = 0; i < 6; i++)
        ui_pane_train.act(f.t, UI_ACT_LEFT);
    assert_true(f.t->at == 250);
    snprintf(want, sizeof want, "at 250: total %s", ui_number(number, loss_at(25)));
    assert_true(shows(&f, want));
    assert_true(ui_pane_train.act(f.t, UI_ACT_BACK));
    assert_false(shows(&f, "at 250"));
    for (int i = 0; i < 100; i++)
        ui_pane_train.act(f.t, UI_ACT_LEFT);
    assert_true(f.t->at == 10);
    end(&f);
}

static void a_run_says_itself_in_words(void **state)
{
    fixture  f;
    huse_buf b = {0};
    (void)state;
    begin(&f, 80, 24);
    record(&f, 1, "end");
    look(&f);
    ui_train_sentence(ui_train_followed(f.t, "run-1")->follow, &b);
    assert_string_equal(b.data, "loss fell from 7.27 to .554 at step 300; validation R@1 .650 at 300, best .750 at 200");
    huse_buf_free(&b);
    end(&f);
}

static void a_new_line_of_the_log_shows_at_the_next_look(void **state)
{
    fixture f;
    char    path[512];
    bool    more = false;
    (void)state;
    begin(&f, 120, 40);
    record(&f, 1, NULL);
    train(&f, 1);
    look(&f);
    assert_true(shows(&f, "step 300 / 300"));
    assert_false(ui_pane_train.runs(f.t, &more)); /* nothing new: nothing to draw */
    snprintf(path, sizeof path, "%s/runs/run-1/metrics.jsonl", f.dir);
    add_line(path, "{\"step\":310,\"loss\":0.125,\"lr\":0.001,\"items_per_s\":2000.0,\"seconds\":31.0}\n");
    assert_true(ui_pane_train.runs(f.t, &more));
    assert_true(shows(&f, "total .125"));
    end(&f);
}

static void every_end_of_a_run_is_said_with_the_way_on(void **state)
{
    static const char *const word[] = {"stop", "diverged", NULL, "end"};
    static const char *const says[] = {"stopped", "P publishes it", "ended without a word", "finished"};
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(word); i++) {
        fixture f;
        begin(&f, 120, 40);
        record(&f, 1, word[i]);
        look(&f);
        assert_true(shows(&f, says[i]));
        end(&f);
    }
}

static void a_full_disk_is_said_while_a_run_trains(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40);
    record(&f, 1, NULL);
    train(&f, 1);
    look(&f);
    f.t->disk_free = 5e6;
    assert_true(shows(&f, "The disk is nearly full: 5 MB are left."));
    end(&f);
}

static void pause_and_steering_reach_the_run(void **state)
{
    fixture f;
    char    path[512], *data;
    size_t  n;
    (void)state;
    begin(&f, 120, 40);
    record(&f, 1, NULL);
    train(&f, 1);
    look(&f);
    ui_pane_train.act(f.t, UI_ACT_PAUSE);
    assert_non_null(strstr(f.calls.message, "pauses"));
    ui_pane_train.act(f.t, UI_ACT_STEER);
    f.calls.prompt.done(f.t, "β = 25");
    snprintf(path, sizeof path, "%s/runs/run-1/control.json", f.dir);
    assert_int_equal(huse_fs_read(path, 4096, &data, &n, NULL), HUSE_OK);
    assert_non_null(strstr(data, "\"pause\""));
    assert_non_null(strstr(data, "25"));
    free(data);
    f.calls.prompt.done(f.t, "lr 99");
    assert_true(f.calls.warning);
    f.calls.prompt.done(f.t, "lr");
    assert_true(f.calls.warning);
    f.calls.prompt.done(f.t, "nonsense 3");
    assert_true(f.calls.warning);
    end(&f);
}

static void overlaid_runs_are_read_and_drawn(void **state)
{
    fixture        f;
    ui_train_chart c;
    (void)state;
    begin(&f, 120, 40);
    for (int i = 1; i <= 9; i++)
        record(&f, i, "end");
    look(&f);
    for (int i = 0; i < 8; i++) {
        ui_pane_train.act(f.t, UI_ACT_OVERLAY);
        ui_pane_train.act(f.t, UI_ACT_DOWN);
    }
    ui_pane_train.act(f.t, UI_ACT_PIN);
    assert_int_equal(f.t->n_overlaid, UI_OVERLAID_MAX);
    assert_true(f.t->n_followed <= UI_FOLLOWED_MAX);
    ui_train_chart_of(f.t, UI_VIEW_LOSS, &c);
    assert_int_equal(c.chart.n, f.t->n_followed);
    assert_string_equal(c.curve[0].name, f.t->shown);
    end(&f);
}

static void without_a_run_the_form_stands_there_without_taking_keys(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40);
    look(&f);
    assert_true(shows(&f, "Not trained yet"));
    assert_false(ui_pane_train.typing(f.t));
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_COST));
    ui_pane_train.act(f.t, UI_ACT_OPEN);
    assert_true(ui_pane_train.typing(f.t));
    ui_pane_train.event(f.t, &(ui_event){.kind = UI_EVENT_KEY, .key = UI_KEY_ESC});
    assert_false(ui_pane_train.typing(f.t));
    end(&f);
}

static void every_size_and_view_draws_without_harm(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40);
    record(&f, 1, "end");
    record(&f, 2, "diverged");
    look(&f);
    for (int form = 0; form < 2; form++) {
        if (form)
            ui_pane_train.act(f.t, UI_ACT_RUN);
        for (int w = 1; w < 220; w += 9)
            for (int h = 1; h < 70; h += 5) {
                ui_pane_train.resize(f.t, w, h, &f.gfx);
                for (int v = 0; v < (form ? 1 : UI_VIEWS); v++) {
                    f.t->view = (ui_train_view)v;
                    free(shown(&f));
                }
            }
    }
    end(&f);
}

static void keys_at_random_do_no_harm(void **state)
{
    static const enum ui_action acts[] = {UI_ACT_LEFT, UI_ACT_RIGHT, UI_ACT_UP, UI_ACT_DOWN, UI_ACT_PGUP, UI_ACT_PGDN, UI_ACT_FIRST, UI_ACT_LAST,
                                          UI_ACT_OPEN, UI_ACT_RUN, UI_ACT_STOP, UI_ACT_STEER, UI_ACT_OVERLAY, UI_ACT_PIN, UI_ACT_LOGSCALE, UI_ACT_SMOOTH,
                                          UI_ACT_VIEW, UI_ACT_VIEWBACK, UI_ACT_INPUT, UI_ACT_NEXT, UI_ACT_PICTURES, UI_ACT_BACK, UI_ACT_COPY};
    static const int32_t        keys[] = {UI_KEY_UP, UI_KEY_DOWN, UI_KEY_LEFT, UI_KEY_RIGHT, '7', 'x', UI_KEY_BACKSPACE, UI_KEY_ESC, UI_KEY_TAB};
    fixture  f;
    uint32_t r = 7;
    (void)state;
    begin(&f, 80, 24);
    record(&f, 1, "end");
    record(&f, 2, "end");
    record(&f, 3, "end");
    look(&f);
    for (int i = 0; i < 3000; i++) {
        r = r * 1664525 + 1013904223;
        if (ui_pane_train.typing(f.t))
            ui_pane_train.event(f.t, &(ui_event){.kind = UI_EVENT_KEY, .key = keys[(r >> 16) % HUSE_COUNT(keys)]});
        else
            ui_pane_train.act(f.t, acts[(r >> 16) % HUSE_COUNT(acts)]);
        if (i % 20 == 0)
            free(shown(&f));
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curves_are_the_log),
        cmocka_unit_test(the_cursor_says_the_values_of_its_step),
        cmocka_unit_test(a_run_says_itself_in_words),
        cmocka_unit_test(a_new_line_of_the_log_shows_at_the_next_look),
        cmocka_unit_test(every_end_of_a_run_is_said_with_the_way_on),
        cmocka_unit_test(a_full_disk_is_said_while_a_run_trains),
        cmocka_unit_test(pause_and_steering_reach_the_run),
        cmocka_unit_test(overlaid_runs_are_read_and_drawn),
        cmocka_unit_test(without_a_run_the_form_stands_there_without_taking_keys),
        cmocka_unit_test(every_size_and_view_draws_without_harm),
        cmocka_unit_test(keys_at_random_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
