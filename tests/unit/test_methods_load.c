/* What the interface reads of a comparison: its finished part, what it is at, and leaving off. */
#include "train_fixture.h"

#include <math.h>
#include <time.h>

#include "huse/report.h"
#include "train/bench.h"

typedef struct stopping {
    const char    *ws;
    volatile int   stop;
    int            after; /* this many trainings that are begun; 0: never */
    huse_bench_now seen;  /* from outside, by the last word */
    bool           on;
} stopping;

static void on_progress(void *ctx, const huse_bench_progress *p)
{
    stopping *s = ctx;
    if (s->after && p->cell > (size_t)s->after)
        s->stop = 15;
    if (p->cell == 1 && p->steps && !s->on)
        s->on = huse_bench_look(s->ws, &s->seen);
}

static huse_status compare(fixture *f, stopping *s, int after)
{
    huse_bench_result *r = NULL;
    *s = (stopping){.ws = fx_path(f, "ws"), .after = after};
    const huse_bench_options o = {.methods = "huse-p,triplet", .seeds = 1, .steps = 8, .stop = &s->stop, .progress = on_progress, .ctx = s};
    const huse_status status = huse_bench(f->ws, &host, &o, &r, &f->err);
    if (status == HUSE_OK)
        huse_bench_free(r);
    return status;
}

static void compared(fixture *f)
{
    stopping s;
    fill_shape(f, &(shape){.n = 60, .val = 5, .test = 4, .texts = true});
    OK(compare(f, &s, 0));
}

static void without_any_there_is_nothing(void **state)
{
    fixture       *f = *state;
    huse_methods  *m = NULL;
    huse_bench_now now;
    fill_shape(f, &(shape){.n = 60, .val = 5, .test = 4, .texts = true});
    assert_int_equal(huse_methods_load(f->ws, &host, NULL, &m, &f->err), HUSE_NOT_FOUND);
    assert_false(huse_bench_look(fx_path(f, "ws"), &now));
    assert_string_equal(now.folder, "");
    assert_true(isnan(now.seconds_left));
    assert_null(m);
}

static void a_finished_comparison_is_read_whole(void **state)
{
    fixture      *f = *state;
    huse_methods *m = NULL;
    compared(f);
    OK(huse_methods_load(f->ws, &host, NULL, &m, &f->err));
    assert_int_equal(m->n, 2);
    assert_int_equal(m->n_methods, 2);
    assert_int_equal(m->cells, 2);
    assert_int_equal(m->finished, 2);
    assert_int_equal(m->seeds, 1);
    assert_int_equal(m->steps, 8);
    assert_int_equal(m->classes, CLASSES);
    for (size_t i = 0; i < m->n; i++) {
        const huse_eval_task *t = &m->row[i].mean.task[2]; /* T2I */
        assert_int_equal(m->row[i].seeds, 1);
        assert_true(t->mean[0] >= t->lo[0] && t->mean[0] <= t->hi[0]);
    }
    char *text = huse_methods_text(m, HUSE_REPORT_JSON);
    assert_non_null(strstr(text, "\"HUSE-P\""));
    assert_non_null(strstr(text, "\"Triplet\""));
    free(text);
    huse_methods_free(m);
}

static void what_is_finished_of_a_stopped_one_is_read(void **state)
{
    fixture      *f = *state;
    huse_methods *m = NULL;
    stopping      s;
    fill_shape(f, &(shape){.n = 60, .val = 5, .test = 4, .texts = true});
    assert_int_equal(compare(f, &s, 1), HUSE_TERMINATED);
    OK(huse_methods_load(f->ws, &host, NULL, &m, &f->err));
    assert_int_equal(m->cells, 2);
    assert_int_equal(m->finished, 1);
    assert_int_equal(m->n, 1);
    huse_methods_free(m);
}

static void a_catalogue_that_changed_has_none(void **state)
{
    fixture      *f = *state;
    huse_methods *m = NULL;
    huse_embed_report rep;
    compared(f);
    OK(fx_import(f, "more.csv", "id,class,split,text\nzz,Group 1/Class 1,test,something else\n", NULL));
    OK(huse_embed(f->ws, &host, &(huse_embed_options){.fit_as_before = true}, &rep, &f->err));
    assert_int_equal(huse_methods_load(f->ws, &host, NULL, &m, &f->err), HUSE_NOT_FOUND);
}

static void it_leaves_off_when_it_is_stopped(void **state)
{
    fixture         *f = *state;
    huse_methods    *m = NULL;
    const volatile int stop = 1;
    compared(f);
    assert_int_equal(huse_methods_load(f->ws, &host, &stop, &m, &f->err), HUSE_INTERRUPTED);
    assert_null(m);
}

static void others_see_what_one_is_at(void **state)
{
    fixture       *f = *state;
    stopping       s;
    huse_bench_now now;
    fill_shape(f, &(shape){.n = 60, .val = 5, .test = 4, .texts = true});
    OK(compare(f, &s, 0));
    assert_true(s.on);
    assert_string_equal(s.seen.row, "Triplet");
    assert_int_equal(s.seen.cell, 1);
    assert_int_equal(s.seen.cells, 2);
    assert_int_equal(s.seen.seed, 1);
    assert_int_equal(s.seen.seeds, 1);
    assert_false(huse_bench_look(fx_path(f, "ws"), &now)); /* it has ended */
    assert_int_equal(strlen(now.folder), 16);
}

static void a_damaged_word_is_none(void **state)
{
    static const char *const order[] = {"{", "{\"folder\": \"../..\"}", "{\"folder\": 7}", "{\"folder\": \"0123456789abcdef0123456789abcdef0123\"}", ""};
    fixture       *f = *state;
    huse_bench_now now;
    for (size_t i = 0; i < HUSE_COUNT(order); i++) {
        fx_text(f, "ws/bench/last.json", order[i]);
        assert_false(huse_bench_look(fx_path(f, "ws"), &now));
        assert_string_equal(now.folder, "");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_any_there_is_nothing),
        TEST(a_finished_comparison_is_read_whole),
        TEST(what_is_finished_of_a_stopped_one_is_read),
        TEST(a_catalogue_that_changed_has_none),
        TEST(it_leaves_off_when_it_is_stopped),
        TEST(others_see_what_one_is_at),
        TEST(a_damaged_word_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
