/* Another model takes the place of the one in use: of the same catalogue, and of a changed one. */
#include "train_fixture.h"

#include <poll.h>
#include <time.h>

#include "huse/labels.h"
#include "ui/marks.h"

typedef struct run {
    ui_worker *w;
    ui_opened  o;
    int        wake[2], done, freed, changes;
    ui_marks  *marks;
} run;

typedef struct small_job {
    ui_job job;
    run   *r;
    bool   until_stop;
    size_t items;
} small_job;

static void run_small(ui_job *job, const ui_tools *t)
{
    small_job *j = (small_job *)job;
    j->items = huse_engine_items(t->engine)->n;
    while (j->until_stop && !huse_stopped(t->stop))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void done_small(void *st, ui_job *job)
{
    (void)job;
    ((run *)st)->done++;
}

static void free_small(ui_job *job)
{
    __atomic_add_fetch(&((small_job *)job)->r->freed, 1, __ATOMIC_SEQ_CST);
    free(job);
}

static void post(run *r, ui_lane lane, int topic, bool lasting, bool until_stop)
{
    small_job *j = huse_xcalloc(1, sizeof *j);
    *j = (small_job){.job = {.run = run_small, .done = done_small, .free = free_small, .lane = lane, .topic = topic, .lasting = lasting},
                     .r = r, .until_stop = until_stop};
    ui_worker_post(r->w, r, &j->job);
}

static void changed(void *ctx, const char *why)
{
    assert_null(why);
    ((run *)ctx)->changes++;
}

static void train(fixture *f, const char *seed)
{
    huse_train_params  p;
    huse_train_report  rep;
    huse_train_options o = {.params = &p};
    small_run(&p);
    OK(huse_train_params_set(&p, "seed", seed, NULL));
    OK(huse_train_params_set(&p, "steps", "10", NULL));
    OK(huse_train(f->ws, &host, &o, &rep, &f->err));
    huse_train_params_fini(&p);
}

static void wait_byte(run *r)
{
    char          bytes[64];
    struct pollfd p = {r->wake[0], POLLIN, 0};
    assert_int_equal(poll(&p, 1, 60000), 1);
    (void)!read(r->wake[0], bytes, sizeof bytes);
}

static void take_answers(run *r)
{
    ui_job *job;
    while ((job = ui_worker_take_job(r->w))) {
        job->done(job->owner, job);
        job->free(job);
    }
}

static void begin(run *r, const fixture *f)
{
    *r = (run){.done = 0};
    assert_int_equal(pipe2(r->wake, O_NONBLOCK), 0);
    r->w = ui_worker_new(fx_path(f, "ws"), &host, r->wake[1]);
    wait_byte(r);
    assert_true(ui_worker_take_opened(r->w, &r->o));
    OK(r->o.status);
}

/* The news is not taken yet. */
static void reload(run *r)
{
    ui_worker_reload(r->w, false);
    wait_byte(r);
}

static void end(run *r)
{
    assert_true(ui_worker_free(r->w));
    ui_marks_free(r->marks);
    close(r->wake[0]);
    close(r->wake[1]);
}

static void a_model_of_relabelled_items_is_taken(void **state)
{
    fixture *f = *state;
    run      r;
    fill(f, 60, 5, true);
    train(f, "1");
    begin(&r, f);
    const ui_opened was = r.o;
    const huse_item item = was.items->item[7];
    OK(huse_label_set(f->ws, &item, was.items->class_path[item.cls], "Group 9/Another", &f->err));
    train(f, "2");
    reload(&r);
    assert_true(ui_worker_take_opened(r.w, &r.o));
    OK(r.o.status);
    assert_true(r.o.renewed);
    assert_string_not_equal(r.o.model, was.model); /* which is still there to be read */
    assert_int_equal(r.o.items->n_classes, was.items->n_classes + 1);
    assert_string_equal(r.o.items->class_path[r.o.items->item[7].cls], "Group 9/Another");
    assert_string_equal(was.items->item[7].id, "i0007");
    assert_false(ui_worker_take_opened(r.w, &r.o));
    end(&r);
}

static void nothing_is_news_where_the_model_is_the_same(void **state)
{
    fixture *f = *state;
    run      r;
    fill(f, 60, 5, true);
    train(f, "1");
    begin(&r, f);
    reload(&r);
    assert_false(ui_worker_take_opened(r.w, &r.o));
    end(&r);
}

static void only_lasting_jobs_are_answered_after_it(void **state)
{
    fixture *f = *state;
    run      r;
    fill(f, 60, 5, true);
    train(f, "1");
    begin(&r, f);
    train(f, "2");
    reload(&r);
    post(&r, UI_LANE_BACK, 1, false, true); /* runs until it is stopped */
    post(&r, UI_LANE_BACK, 2, false, false);
    post(&r, UI_LANE_BACK, 3, true, false);
    post(&r, UI_LANE_BACK, UI_EACH, false, false);
    assert_true(ui_worker_take_opened(r.w, &r.o));
    post(&r, UI_LANE_BACK, 1, false, false); /* of the new one */
    while (__atomic_load_n(&r.freed, __ATOMIC_SEQ_CST) < 5) {
        wait_byte(&r);
        take_answers(&r);
    }
    assert_int_equal(r.done, 3);
    end(&r);
}

static void marks_follow_their_items(void **state)
{
    fixture *f = *state;
    run      r;
    fill(f, 60, 5, true);
    train(f, "1");
    begin(&r, f);
    r.marks = ui_marks_new(r.w, r.o.items, changed, &r);
    while (!r.changes) {
        wait_byte(&r);
        take_answers(&r);
    }
    ui_marks_set(r.marks, 3, true);
    ui_marks_set(r.marks, 40, true);
    OK(fx_import(f, "less.csv", "id,class,split,text\ni0040,Group 1/Class 1,train,thing\ni0041,Group 1/Class 1,train,thing\n"
                                "i0042,Group 0/Class 0,train,thing\ni0043,Group 0/Class 0,val,thing\n",
                 &(huse_import_options){.prune = true}));
    train(f, "2");
    reload(&r);
    while (!ui_worker_take_opened(r.w, &r.o))
        wait_byte(&r);
    ui_marks_follow(r.marks, r.o.items);
    assert_int_equal(r.o.items->n, 4);
    assert_int_equal(ui_marks_count(r.marks), 1);
    assert_true(ui_marks_has(r.marks, (size_t)huse_items_find(r.o.items, "i0040")));
    while (r.changes < 2) { /* read anew */
        wait_byte(&r);
        take_answers(&r);
    }
    assert_int_equal(ui_marks_count(r.marks), 1);
    end(&r);
}

static void many_models_one_after_the_other(void **state)
{
    static const char *const seed[] = {"2", "3", "4"};
    fixture *f = *state;
    run      r;
    fill(f, 60, 5, true);
    train(f, "1");
    begin(&r, f);
    for (size_t i = 0; i < HUSE_COUNT(seed); i++) {
        train(f, seed[i]);
        reload(&r);
        if (i == 1) /* not looked at: the next one takes its place */
            continue;
        assert_true(ui_worker_take_opened(r.w, &r.o));
        assert_int_equal(huse_engine_items(r.o.engine)->n, 60);
    }
    end(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_model_of_relabelled_items_is_taken),
        TEST(nothing_is_news_where_the_model_is_the_same),
        TEST(only_lasting_jobs_are_answered_after_it),
        TEST(marks_follow_their_items),
        TEST(many_models_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
