/* Evaluate without a terminal or an engine: keys, clicks and answers in, jobs and a canvas out. */
#include <stddef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "eval/evaluation.h"
#include "pane_fixture.h"
#include "ui/pane_evaluate.h"

enum { ITEMS = 12, CLASSES = 3 };

static huse_item    item[ITEMS];
static huse_picture picture[ITEMS];
static char         id[ITEMS][24], text[ITEMS][40];
static const char  *class_path[] = {"Bags/Backpacks", "Bags/Handbags", "Shoes"};
/* What is loaded is larger than what is public: finding an id keeps an index behind it. */
static union {
    huse_items  public;
    max_align_t room[32];
} loaded = {.public = {.item = item, .n = ITEMS, .picture = picture, .n_pictures = ITEMS, .class_path = class_path, .n_classes = CLASSES}};

typedef struct fixture {
    ui_ctx       ctx;
    ui_evaluate *e;
    pane_calls   calls;
    ui_opened    opened;
    ui_gfx       gfx;
    int          w, h;
    ui_canvas    canvas;
} fixture;

static void begin(fixture *f, int w, int h, bool trained)
{
    *f = (fixture){.w = w, .h = h, .gfx = {.mode = UI_GFX_SIXEL, .cell_w = 8, .cell_h = 16, .colours = 256}};
    f->ctx = (ui_ctx){.workspace = "shop", .dir = "shop", .fetch_pictures = true, .call = &fixture_calls, .loop = &f->calls};
    f->e = huse_xcalloc(1, ui_pane_evaluate.state_size);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(id[i], sizeof id[i], "id-%d", i);
        snprintf(text[i], sizeof text[i], "thing number %d", i);
        item[i] = (huse_item){.rowid = i + 1, .id = id[i], .text = text[i], .cls = i % CLASSES, .split = HUSE_SPLIT_TEST, .picture = (uint32_t)i, .n_pictures = 1};
        picture[i] = (huse_picture){.path = "x.jpg", .root = "/pictures", .state = HUSE_PICTURE_OK, .has_key = true, .key = {(uint8_t)i}};
    }
    ui_pane_evaluate.open(f->e, &f->ctx);
    ui_pane_evaluate.resize(f->e, w, h, &f->gfx);
    f->opened = (ui_opened){.status = HUSE_OK, .items = &loaded.public, .trained = trained, .model = "run-1 step 280"};
    f->ctx.opened = &f->opened;
    ui_pane_evaluate.opened(f->e, &f->opened);
}

static void end(fixture *f)
{
    ui_pane_evaluate.close(f->e);
    free(f->e);
    fixture_end(&f->calls);
    ui_canvas_free(&f->canvas);
}

static void keys(fixture *f, const char *s)
{
    for (; *s; s++)
        ui_pane_evaluate.act(f->e, ui_action_of(*s));
}

static char *screen(fixture *f)
{
    ui_canvas_reset(&f->canvas, f->w, f->h);
    ui_pane_evaluate.draw(f->e, &f->canvas);
    return ui_canvas_dump(&f->canvas);
}

static void shows(fixture *f, const char *what)
{
    char *s = screen(f);
    if (!strstr(s, what))
        fail_msg("no “%s” in:\n%s", what, s);
    free(s);
}

static void hides(fixture *f, const char *what)
{
    char *s = screen(f);
    if (strstr(s, what))
        fail_msg("“%s” in:\n%s", what, s);
    free(s);
}

static void says(fixture *f, const char *what)
{
    if (!strstr(f->calls.message, what))
        fail_msg("no “%s” in “%s”", what, f->calls.message);
}

/* An evaluation of the items, item i taken for the class of item i·i: found by the pane as if it was kept. */
static huse_evaluation *sample(bool fresh)
{
    huse_evaluation       *e = huse_xcalloc(1, sizeof *e);
    huse_evaluation_items *x = huse_xcalloc(1, sizeof *x);
    huse_eval_report      *r = &x->items.report;
    *r = (huse_eval_report){.split = HUSE_SPLIT_TEST, .model = "run-1 step 280", .method = "HUSE", .items = 1852, .classified = 1,
                            .accuracy_image = .8751, .accuracy_text = .9876, .accuracy_fusion = 1, .fusion_weight = .45,
                            .true_pair_distance = .86, .other_pair_distance = .97, .spearman_tree = -.21};
    for (int t = 0; t < HUSE_EVAL_TASKS; t++) {
        r->task[t].present = 1;
        for (int k = 0; k < HUSE_EVAL_FIGURES; k++) {
            r->task[t].mean[k] = .1001 * (t + 1) + .01 * k;
            r->task[t].random[k] = .05;
            r->task[t].lo[k] = r->task[t].mean[k] - .012;
            r->task[t].hi[k] = r->task[t].mean[k] + .012;
        }
    }
    r->instance[0] = (huse_eval_pair){1, 1234.5, .05, .25, .4};
    r->shared = (huse_eval_attribute){1, .1564, .592, 0};
    r->visible = (huse_eval_attribute){1, .969, .676, .8};
    x->items.n = ITEMS;
    x->items.cls = huse_xcalloc(ITEMS, sizeof *x->items.cls);
    x->items.right = huse_xcalloc(ITEMS * 3, sizeof *x->items.right);
    x->id = huse_xcalloc(ITEMS, sizeof *x->id);
    x->taken = huse_xcalloc(ITEMS, sizeof *x->taken);
    x->class_path = huse_xcalloc(CLASSES, sizeof *x->class_path);
    x->n_classes = CLASSES;
    for (int i = 0; i < ITEMS; i++) {
        x->items.cls[i] = i % CLASSES;
        x->taken[i] = i * i % CLASSES; /* items of Shoes for Handbags */
        x->id[i] = huse_xstrdup(id[i]);
        for (int k = 0; k < 3; k++)
            x->items.right[3 * i + k] = (float)(x->taken[i] == x->items.cls[i]);
    }
    for (int k = 0; k < CLASSES; k++)
        x->class_path[k] = huse_xstrdup(class_path[k]);
    e->items = x;
    e->report = *r;
    e->when = (int64_t)time(NULL) - 600;
    e->fresh = fresh;
    snprintf(e->model, sizeof e->model, "run-1-step-280");
    huse_evaluation_count(e);
    return e;
}

static void evaluated(fixture *f, bool fresh)
{
    f->e->ev = sample(fresh);
    f->e->state = (ui_state){.here = true, .asked = true};
    ui_evaluate_fill(f->e);
}

static void add_doubts(fixture *f, size_t n)
{
    ui_doubts *d = &f->e->doubts;
    d->doubt = huse_xcalloc(n, sizeof *d->doubt);
    for (d->n = 0; d->n < n; d->n++)
        d->doubt[d->n] = (ui_doubt){.item = d->n, .rowid = item[d->n].rowid, .label = class_path[d->n % CLASSES],
                                    .best = class_path[(d->n + 1) % CLASSES], .p = .01F, .p_best = .98F};
    f->e->doubts_state = (ui_state){.here = true, .asked = true};
    ui_evaluate_fill_doubts(f->e);
}

static void go(fixture *f, ui_eval_view v)
{
    while (f->e->view != v)
        keys(f, "]");
}

/* ---- states ---- */

static void without_a_model_it_says_so_and_shows_the_papers_figures(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, false);
    shows(&f, "There is no model yet");
    keys(&f, "E");
    says(&f, "no model");
    assert_int_equal(f.calls.n_jobs, 0);
    keys(&f, "]]");
    shows(&f, "UPMC Food-101");
    shows(&f, ".685 .806 .835");
    end(&f);
}

static void what_is_kept_is_looked_for_and_E_evaluates_and_stops(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, true);
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_EVAL_LOAD));
    shows(&f, "Looking for an evaluation");
    f.e->state = (ui_state){.asked = true, .status = HUSE_NOT_FOUND};
    shows(&f, "not evaluated yet");
    keys(&f, "E");
    ui_job *run = fixture_job(&f.calls, UI_TOPIC_EVAL_RUN);
    assert_non_null(run);
    assert_int_equal(run->lane, UI_LANE_BACK);
    void (*const measures)(ui_job *, const ui_tools *) = run->run;
    assert_true(f.calls.often); /* progress is looked at */
    f.e->permille = 420;
    shows(&f, "Evaluating… 42 %");
    keys(&f, "E");
    ui_job *none = fixture_job(&f.calls, UI_TOPIC_EVAL_RUN);
    assert_true(none->run != measures);
    fixture_done(&f.calls, none);
    says(&f, "stopped");
    assert_false(f.e->running);
    assert_false(f.calls.often);
    shows(&f, "not evaluated yet");
    end(&f);
}

static void an_old_evaluation_is_shown_with_a_warning(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40, true);
    evaluated(&f, true);
    shows(&f, "run-1 step 280, 10 min ago");
    huse_evaluation_free(f.e->ev);
    evaluated(&f, false);
    shows(&f, "! the catalogue has changed since");
    end(&f);
}

static void the_tables_hold_the_reports_numbers(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 60, true);
    evaluated(&f, true);
    shows(&f, "Table 1  R@1 / R@5 / R@10, test split, 1,852 queries");
    for (int t = 0; t < 4; t++) { /* rounded from the same doubles */
        char want[64], a[16], b[16], c[16];
        const double *m = f.e->ev->report.task[t].mean;
        snprintf(want, sizeof want, "%s %s %s", ui_share(a, m[0], 3), ui_share(b, m[1], 3), ui_share(c, m[2], 3));
        shows(&f, want);
    }
    shows(&f, "± 95 %  .012");
    shows(&f, "random   .050");
    shows(&f, ".875  .988    1.00");
    shows(&f, "1,234.5");
    keys(&f, "[");
    shows(&f, "texts visible");
    shows(&f, ".969");
    shows(&f, ".156");
    end(&f);
}

static void sheets_scroll(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 16, true);
    evaluated(&f, true);
    hides(&f, "Own other half");
    keys(&f, "G");
    shows(&f, "median rank");
    hides(&f, "Table 1");
    keys(&f, "g");
    shows(&f, "Table 1");
    ui_pane_evaluate.wheel(f.e, -1, 1);
    hides(&f, "Table 1");
    end(&f);
}

/* ---- classes and confusions ---- */

static void classes_sort_and_lead_to_browse(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40, true);
    evaluated(&f, true);
    go(&f, UI_EVAL_CLASSES);
    shows(&f, "▌ Bags/Backpacks");
    keys(&f, "SSSSSSSSSS"); /* by path, items, four directions, three accuracies, missed */
    says(&f, "missed");
    shows(&f, "▌ Bags/Backpacks"); /* still selected */
    keys(&f, "g");
    shows(&f, "▌ Shoes");
    shows(&f, "Bags/Handbags");
    ui_pane_evaluate.act(f.e, UI_ACT_OPEN);
    assert_int_equal(f.calls.led_pane, UI_PANE_BROWSE);
    assert_string_equal(f.calls.led, "Shoes");
    end(&f);
}

static void confusions_show_pictures_of_both_classes(void **state)
{
    for (int wide = 0; wide < 2; wide++) {
        fixture f;
        (void)state;
        begin(&f, wide ? 120 : 80, wide ? 40 : 24, true);
        evaluated(&f, true);
        go(&f, UI_EVAL_CONFUSIONS);
        shows(&f, "▌ Shoes");
        shows(&f, "taken for Bags/Handbags");
        assert_true(f.canvas.n_slots >= 2);
        const int of = f.canvas.slot[0].key[0];
        assert_int_equal(of % CLASSES, 2); /* of the class itself */
        assert_int_equal(f.canvas.slot[f.canvas.n_slots - 1].key[0] % CLASSES, 1); /* of what it is taken for */
        keys(&f, "i");
        free(screen(&f));
        assert_int_equal(f.canvas.n_slots, 0);
        ui_pane_evaluate.act(f.e, UI_ACT_OPEN);
        assert_string_equal(f.calls.led, "Shoes");
        end(&f);
    }
}

/* ---- labels ---- */

static void label_written(fixture *f)
{
    ui_job *job = fixture_job(&f->calls, UI_EACH);
    assert_non_null(job);
    fixture_done(&f->calls, job); /* as if it was written without a fault */
}

static void a_label_is_accepted_and_the_next_one_selected(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, true);
    go(&f, UI_EVAL_SUSPECTS);
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_DOUBTS));
    shows(&f, "Asking the model");
    fixture_drop(&f.calls, f.calls.n_jobs - 1);
    ui_evaluate_refresh(f.e);
    add_doubts(&f, 4);
    shows(&f, "▌ thing number 0");
    shows(&f, "labelled Bags/Backpacks");
    keys(&f, "a");
    shows(&f, "▌ thing number 1");
    assert_int_equal(f.e->doubts.doubt[0].fate, UI_LABEL_WAITS);
    label_written(&f);
    says(&f, "Backpacks");
    assert_int_equal(f.e->doubts.doubt[0].fate, UI_LABEL_KEPT);
    shows(&f, "right");
    end(&f);
}

static void a_label_is_changed_to_the_models_class_or_one_that_is_typed(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, true);
    evaluated(&f, true);
    go(&f, UI_EVAL_SUSPECTS);
    add_doubts(&f, 4);
    keys(&f, "A");
    assert_string_equal(f.calls.prompt.label, "class");
    assert_non_null(f.calls.prompt.complete);
    f.calls.prompt.done(f.calls.asker, "Nothing/Such");
    says(&f, "no class");
    assert_int_equal(f.e->doubts.doubt[0].fate, UI_LABEL_OPEN);
    f.calls.prompt.done(f.calls.asker, "");
    assert_null(fixture_job(&f.calls, UI_EACH));
    f.calls.prompt.done(f.calls.asker, "Shoes");
    label_written(&f);
    assert_int_equal(f.e->doubts.doubt[0].fate, UI_LABEL_CHANGED);
    assert_string_equal(f.e->doubts.doubt[0].now, "Shoes");
    assert_false(f.e->ev->fresh); /* figures are of before */
    shows(&f, "→ Shoes");
    end(&f);
}

static void labels_are_set_in_their_view_alone(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, true);
    evaluated(&f, true);
    keys(&f, "a");
    says(&f, "suspects");
    keys(&f, "A");
    assert_null(f.calls.prompt.done);
    assert_null(fixture_job(&f.calls, UI_EACH));
    end(&f);
}

static void nothing_left_to_doubt_is_said(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, true);
    go(&f, UI_EVAL_SUSPECTS);
    while (f.calls.n_jobs)
        fixture_drop(&f.calls, 0);
    ui_evaluate_refresh(f.e);
    f.e->doubts_state = (ui_state){.here = true, .asked = true};
    shows(&f, "doubts no label");
    f.e->doubts.settled = 1234;
    shows(&f, "1,234 of them");
    f.e->doubts_state = (ui_state){.asked = true};
    shows(&f, "Stopped.");
    f.e->doubts_state = (ui_state){.asked = true, .status = HUSE_BAD_DATA, .why = "learns no classes"};
    shows(&f, "learns no classes");
    end(&f);
}

/* ---- methods, models, files ---- */

static void methods_say_how_to_get_them_and_show_the_best_in_bold(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40, true);
    go(&f, UI_EVAL_METHODS);
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_METHODS));
    shows(&f, "Reading what is finished");
    while (f.calls.n_jobs)
        fixture_drop(&f.calls, 0);
    ui_evaluate_refresh(f.e);
    f.e->methods_state = (ui_state){.asked = true, .status = HUSE_NOT_FOUND};
    shows(&f, "b trains them all");
    keys(&f, "b");
    assert_string_equal(f.calls.prompt.label, "bench");
    end(&f);
}

static void the_papers_best_are_bold(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 80, 24, false);
    keys(&f, "]]");
    free(screen(&f));
    bool bold = false;
    for (int i = 0; i < f.w * f.h; i++) /* the first figure of HUSE */
        if (strcmp(f.canvas.cell[i].text, "6") == 0 && strcmp(f.canvas.cell[i + 1].text, "8") == 0 && strcmp(f.canvas.cell[i + 2].text, "5") == 0)
            bold = f.canvas.cell[i].style & UI_BOLD;
    assert_true(bold);
    end(&f);
}

static void two_models_are_needed_to_compare(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 100, 30, true);
    go(&f, UI_EVAL_COMPARE);
    while (f.calls.n_jobs)
        fixture_drop(&f.calls, 0);
    ui_evaluate_refresh(f.e);
    f.e->versus_state = (ui_state){.here = true, .asked = true};
    shows(&f, "one model only");
    ui_pane_evaluate.act(f.e, UI_ACT_OPEN);
    says(&f, "one model only");
    f.e->model = huse_xcalloc(2, sizeof *f.e->model);
    f.e->model[0] = huse_xstrdup("run-1-step-280");
    f.e->model[1] = huse_xstrdup("run-2-step-40");
    f.e->n_models = 2;
    ui_pane_evaluate.act(f.e, UI_ACT_OPEN);
    char *next = f.calls.prompt.complete(f.calls.asker, "run-1");
    assert_string_equal(next, "run-1-step-280");
    char *after = f.calls.prompt.complete(f.calls.asker, next);
    assert_string_equal(after, "run-2-step-40");
    f.calls.prompt.done(f.calls.asker, "run-7");
    says(&f, "no model");
    f.calls.prompt.done(f.calls.asker, after);
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_VERSUS));
    free(next);
    free(after);
    end(&f);
}

static void a_comparison_of_models_is_shown(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 100, 30, true);
    huse_versus *v = huse_xcalloc(1, sizeof *v);
    v->figure = huse_xcalloc(2, sizeof *v->figure);
    v->figure[0] = (huse_versus_figure){"T2I", "R@1", .5, .6, .05, .15};
    v->figure[1] = (huse_versus_figure){"T2I", "R@5", .7, .69, -.03, .01};
    v->n_figures = 2;
    v->cls = huse_xcalloc(1, sizeof *v->cls);
    v->cls[0] = (huse_versus_class){.path = huse_xstrdup("Bags/Backpacks"), .gained = {huse_xstrdup("Shoes")}, .lost = {huse_xstrdup("Bags/Handbags")},
                                    .n_gained = 1, .n_lost = 1};
    v->n_classes = 1;
    snprintf(v->a, sizeof v->a, "run-1");
    snprintf(v->b, sizeof v->b, "run-2");
    f.e->versus = v;
    ui_evaluate_fill_versus(f.e);
    go(&f, UI_EVAL_COMPARE);
    shows(&f, "run-2, and before that run-1");
    shows(&f, "+.100  +.050 +.150  better");
    shows(&f, "-.010  -.030 +.010");
    shows(&f, "Backpacks  Shoes");
    shows(&f, "Handbags");
    end(&f);
}

static void views_are_written_as_csv_markdown_and_json(void **state)
{
    fixture f;
    char    dir[] = "/tmp/huse-test-XXXXXX", path[64], name[96];
    (void)state;
    assert_non_null(mkdtemp(dir));
    begin(&f, 120, 40, true);
    keys(&f, "e");
    says(&f, "nothing to export");
    evaluated(&f, true);
    for (int v = 0; v < UI_EVAL_VIEWS; v++) {
        static const char *const ending[] = {"csv", "md", "json"};
        if (v == UI_EVAL_METHODS || v == UI_EVAL_SUSPECTS || v == UI_EVAL_COMPARE)
            continue;
        go(&f, (ui_eval_view)v);
        for (int k = 0; k < 3; k++) {
            keys(&f, "e");
            snprintf(name, sizeof name, "%s/%d.%s", dir, v, ending[k]);
            f.calls.prompt.done(f.calls.asker, name);
            says(&f, "written to");
        }
    }
    keys(&f, "e");
    f.calls.prompt.done(f.calls.asker, name); /* there is one */
    assert_non_null(strstr(f.calls.question, "Replace it?"));
    f.calls.message[0] = 0;
    f.calls.yes(f.calls.asker);
    says(&f, "written to");
    f.calls.prompt.done(f.calls.asker, dir);
    says(&f, "is a folder");
    snprintf(path, sizeof path, "rm -r %s", dir);
    assert_int_equal(system(path), 0);
    end(&f);
}

static void it_can_be_drawn_at_any_size_in_any_state(void **state)
{
    (void)state;
    for (int w = 1; w < 140; w += 7)
        for (int h = 1; h < 45; h += 3) {
            fixture f;
            begin(&f, w, h, true);
            evaluated(&f, true);
            add_doubts(&f, 3);
            for (int v = 0; v < UI_EVAL_VIEWS; v++) {
                free(screen(&f));
                keys(&f, "jG]");
                while (f.calls.n_jobs)
                    fixture_drop(&f.calls, 0);
            }
            end(&f);
        }
}

static void clicks_choose_views_and_rows(void **state)
{
    fixture f;
    (void)state;
    begin(&f, 120, 40, true);
    evaluated(&f, true);
    ui_pane_evaluate.pick(f.e, UI_HIT_EVAL_VIEW + UI_EVAL_CLASSES, false);
    assert_int_equal(f.e->view, UI_EVAL_CLASSES);
    ui_pane_evaluate.pick(f.e, UI_HIT_EVAL_ROW + 2, false);
    shows(&f, "▌ Shoes");
    ui_pane_evaluate.pick(f.e, UI_HIT_EVAL_ROW + 1, true);
    assert_string_equal(f.calls.led, "Bags/Handbags");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_model_it_says_so_and_shows_the_papers_figures),
        cmocka_unit_test(what_is_kept_is_looked_for_and_E_evaluates_and_stops),
        cmocka_unit_test(an_old_evaluation_is_shown_with_a_warning),
        cmocka_unit_test(the_tables_hold_the_reports_numbers),
        cmocka_unit_test(sheets_scroll),
        cmocka_unit_test(classes_sort_and_lead_to_browse),
        cmocka_unit_test(confusions_show_pictures_of_both_classes),
        cmocka_unit_test(a_label_is_accepted_and_the_next_one_selected),
        cmocka_unit_test(a_label_is_changed_to_the_models_class_or_one_that_is_typed),
        cmocka_unit_test(labels_are_set_in_their_view_alone),
        cmocka_unit_test(nothing_left_to_doubt_is_said),
        cmocka_unit_test(methods_say_how_to_get_them_and_show_the_best_in_bold),
        cmocka_unit_test(the_papers_best_are_bold),
        cmocka_unit_test(two_models_are_needed_to_compare),
        cmocka_unit_test(a_comparison_of_models_is_shown),
        cmocka_unit_test(views_are_written_as_csv_markdown_and_json),
        cmocka_unit_test(it_can_be_drawn_at_any_size_in_any_state),
        cmocka_unit_test(clicks_choose_views_and_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
