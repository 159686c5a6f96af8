/* Marks: shown at once, kept by a worker, read by the next start, honest when they cannot be kept. */
#include <poll.h>

#include "data_fixture.h"
#include "ui/marks.h"

#define CATALOGUE "id,text,class\na,red dress,A\nb,blue shirt,A\nc,green shoe,B\nd,old hat,B\n"

typedef struct run {
    ui_worker *worker;
    ui_marks  *marks;
    ui_opened  opened;
    int        wake[2];
    int        changes;
    char       why[512];
} run;

static void changed(void *ctx, const char *why)
{
    run *r = ctx;
    r->changes++;
    snprintf(r->why, sizeof r->why, "%s", why ? why : "");
}

static void take_news(run *r)
{
    char         bytes[64];
    ui_job      *job;
    struct pollfd p = {r->wake[0], POLLIN, 0};
    assert_int_equal(poll(&p, 1, 10000), 1);
    (void)!read(r->wake[0], bytes, sizeof bytes);
    if (ui_worker_take_opened(r->worker, &r->opened) && r->opened.status == HUSE_OK)
        r->marks = ui_marks_new(r->worker, r->opened.items, changed, r);
    while ((job = ui_worker_take_job(r->worker))) {
        job->done(job->owner, job);
        job->free(job);
    }
}

static void until_changed(run *r, int times)
{
    while (r->changes < times)
        take_news(r);
}

static void begin(run *r, const fixture *f)
{
    static const huse_host host = {.threads = 1};
    *r = (run){.changes = 0};
    assert_int_equal(pipe2(r->wake, O_NONBLOCK), 0);
    r->worker = ui_worker_new(fx_path(f, "ws"), &host, r->wake[1]);
}

/* Until what is kept has been read. */
static void begin_read(run *r, const fixture *f)
{
    begin(r, f);
    until_changed(r, 1);
}

/* On a catalogue of which nothing was ever marked. */
static fixture *begin_new(run *r, void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin_read(r, f);
    return f;
}

static void end(run *r)
{
    assert_true(ui_worker_free(r->worker));
    ui_marks_free(r->marks);
    close(r->wake[0]);
    close(r->wake[1]);
}

static void what_is_marked_is_marked_at_the_next_start(void **state)
{
    run      r;
    fixture *f = begin_new(&r, state);
    assert_int_equal(ui_marks_count(r.marks), 0);
    ui_marks_set(r.marks, 1, true);
    ui_marks_set(r.marks, 3, true);
    ui_marks_set(r.marks, 2, true);
    ui_marks_set(r.marks, 2, false);
    ui_marks_set(r.marks, 99, true);
    assert_int_equal(ui_marks_count(r.marks), 2);
    assert_true(ui_marks_has(r.marks, 1));
    end(&r); /* at once: what was marked must be written all the same */
    begin_read(&r, f);
    assert_int_equal(ui_marks_count(r.marks), 2);
    assert_int_equal(ui_marks_next(r.marks, 0), 1);
    assert_int_equal(ui_marks_next(r.marks, 2), 3);
    assert_true(ui_marks_next(r.marks, 4) == SIZE_MAX);
    ui_marks_clear(r.marks);
    assert_int_equal(ui_marks_count(r.marks), 0);
    end(&r);
    begin_read(&r, f);
    assert_int_equal(ui_marks_count(r.marks), 0);
    end(&r);
}

static void a_change_made_before_they_are_read_wins(void **state)
{
    run      r;
    fixture *f = begin_new(&r, state);
    ui_marks_set(r.marks, 0, true);
    end(&r);
    begin(&r, f);
    while (!r.marks)
        take_news(&r);
    const bool read = r.changes > 0; /* the thread may be quick */
    ui_marks_set(r.marks, 0, !ui_marks_has(r.marks, 0));
    ui_marks_set(r.marks, 0, !ui_marks_has(r.marks, 0));
    until_changed(&r, 1);
    const bool shown = ui_marks_has(r.marks, 0);
    assert_int_equal(shown, read);
    end(&r);
    begin_read(&r, f);
    assert_int_equal(ui_marks_has(r.marks, 0), shown);
    end(&r);
}

static void a_workspace_that_cannot_be_written_says_so_and_shows_what_is_kept(void **state)
{
    run      r;
    fixture *f = begin_new(&r, state);
    ui_marks_set(r.marks, 0, true);
    end(&r);
    begin_read(&r, f);
    assert_true(ui_marks_has(r.marks, 0));
    assert_int_equal(rename(fx_path(f, "ws"), fx_path(f, "away")), 0);
    ui_marks_set(r.marks, 1, true);
    ui_marks_set(r.marks, 1, false);
    ui_marks_set(r.marks, 1, true);
    ui_marks_clear(r.marks);
    assert_int_equal(ui_marks_count(r.marks), 0);
    until_changed(&r, 5);
    assert_true(*r.why);
    assert_int_equal(ui_marks_count(r.marks), 1);
    assert_true(ui_marks_has(r.marks, 0));
    assert_int_equal(rename(fx_path(f, "away"), fx_path(f, "ws")), 0);
    end(&r);
}

static void without_a_worker_they_live_in_memory(void **state)
{
    fixture *f = *state;
    run      r = {.changes = 0};
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    huse_items *items = fx_load(f);
    ui_marks   *m = ui_marks_new(NULL, items, changed, &r);
    ui_marks_set(m, 3, true);
    assert_int_equal(ui_marks_count(m), 1);
    ui_marks_clear(m);
    ui_marks_clear(m);
    assert_int_equal(ui_marks_count(m), 0);
    ui_marks_free(m);
    assert_false(ui_marks_has(NULL, 0));
    assert_int_equal(ui_marks_count(NULL), 0);
    huse_items_free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_marked_is_marked_at_the_next_start, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(a_change_made_before_they_are_read_wins, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(a_workspace_that_cannot_be_written_says_so_and_shows_what_is_kept, fx_setup, fx_teardown),
        cmocka_unit_test_setup_teardown(without_a_worker_they_live_in_memory, fx_setup, fx_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
