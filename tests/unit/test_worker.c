/* Jobs: lanes, topics that replace each other, stopping, and ending in the middle of work. */
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "data_fixture.h"
#include "ui/worker.h"

#define CATALOGUE "id,text,class\na,red dress,A\nb,blue shirt,A\nc,green shoe,B\n"

/* What jobs share with the test: they hold at a gate, and count what becomes of them. */
typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t  moved;
    bool            open;
    int             begun, ran, freed, done, done_order[2000];
} gate;

typedef struct counting {
    ui_job job;
    gate  *gate;
    int    number;
    bool   holds, until_stop;
} counting;

static void run_counting(ui_job *job, const ui_tools *t)
{
    counting *c = (counting *)job;
    gate     *g = c->gate;
    HUSE_ASSERT(t->engine);
    pthread_mutex_lock(&g->lock);
    g->begun++;
    pthread_cond_broadcast(&g->moved);
    while (c->holds && !g->open)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
    while (c->until_stop && !__atomic_load_n(t->stop, __ATOMIC_RELAXED))
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    pthread_mutex_lock(&g->lock);
    g->ran++;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static void done_counting(void *st, ui_job *job)
{
    counting *c = (counting *)job;
    assert_ptr_equal(st, c->gate);
    c->gate->done_order[c->gate->done++] = c->number;
}

static void free_counting(ui_job *job)
{
    counting *c = (counting *)job;
    pthread_mutex_lock(&c->gate->lock);
    c->gate->freed++;
    pthread_mutex_unlock(&c->gate->lock);
    free(c);
}

static counting *new_job(gate *g, ui_lane lane, int topic, int number)
{
    counting *c = huse_xcalloc(1, sizeof *c);
    c->job = (ui_job){.run = run_counting, .done = done_counting, .free = free_counting, .lane = lane, .topic = topic};
    c->gate = g;
    c->number = number;
    return c;
}

static void post(ui_worker *w, gate *g, ui_lane lane, int topic, int number)
{
    ui_worker_post(w, g, &new_job(g, lane, topic, number)->job);
}

static void post_holding(ui_worker *w, gate *g, ui_lane lane, int topic, int number)
{
    counting *c = new_job(g, lane, topic, number);
    c->holds = true;
    ui_worker_post(w, g, &c->job);
}

static void until_begun(gate *g, int n)
{
    pthread_mutex_lock(&g->lock);
    while (g->begun < n)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static int freed(gate *g)
{
    pthread_mutex_lock(&g->lock);
    const int n = g->freed;
    pthread_mutex_unlock(&g->lock);
    return n;
}

typedef struct run {
    ui_worker *w;
    int        wake[2];
    gate       g;
} run;

static void begin(run *r, const char *dir)
{
    static const huse_host host = {.threads = 1};
    *r = (run){.g = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER}};
    assert_int_equal(pipe2(r->wake, O_NONBLOCK), 0);
    r->w = ui_worker_new(dir, &host, r->wake[1]);
}

static void end(run *r)
{
    assert_true(ui_worker_free(r->w));
    close(r->wake[0]);
    close(r->wake[1]);
}

/* Gives answers to the pane until @n jobs are freed. */
static void until_freed(run *r, int n)
{
    while (freed(&r->g) < n) {
        char          bytes[64];
        ui_job       *job;
        struct pollfd p = {r->wake[0], POLLIN, 0};
        poll(&p, 1, 1000);
        (void)!read(r->wake[0], bytes, sizeof bytes);
        while ((job = ui_worker_take_job(r->w))) {
            job->done(job->owner, job);
            job->free(job);
        }
    }
}

static void jobs_that_each_count_are_answered_in_the_order_of_posting(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    for (int i = 0; i < 1000; i++)
        post(r.w, &r.g, UI_LANE_FACTS, UI_EACH, i);
    until_freed(&r, 1000);
    assert_int_equal(r.g.done, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(r.g.done_order[i], i);
    end(&r);
}

static void a_newer_job_of_a_topic_replaces_the_older_wherever_it_is(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    post_holding(r.w, &r.g, UI_LANE_QUERY, 1, 1);
    until_begun(&r.g, 1);
    post(r.w, &r.g, UI_LANE_QUERY, 1, 2); /* the first runs still: its answer will be dropped */
    post(r.w, &r.g, UI_LANE_QUERY, 1, 3); /* the second waited */
    post(r.w, &r.g, UI_LANE_QUERY, 2, 4); /* another topic */
    assert_int_equal(freed(&r.g), 1);
    assert_true(ui_worker_busy(r.w, &r.g, 1));
    assert_false(ui_worker_busy(r.w, &r, 1));
    open_gate(&r.g);
    pthread_mutex_lock(&r.g.lock);
    while (r.g.ran < 3)
        pthread_cond_wait(&r.g.moved, &r.g.lock);
    pthread_mutex_unlock(&r.g.lock);
    while (ui_worker_busy(r.w, &r.g, 2) && freed(&r.g) < 2)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    until_freed(&r, 4);
    assert_int_equal(r.g.done, 2);
    assert_int_equal(r.g.done_order[0], 3);
    assert_int_equal(r.g.done_order[1], 4);
    assert_false(ui_worker_busy(r.w, &r.g, 1));
    end(&r);
}

static void an_answer_that_was_not_taken_is_replaced_too(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    post(r.w, &r.g, UI_LANE_QUERY, 1, 1);
    post(r.w, &r.g, UI_LANE_QUERY, 2, 2);
    until_begun(&r.g, 2); /* so the first one's answer lies there */
    assert_int_equal(freed(&r.g), 0);
    post(r.w, &r.g, UI_LANE_BACK, 1, 3);
    assert_int_equal(freed(&r.g), 1);
    until_freed(&r, 3);
    for (int i = 0; i < r.g.done; i++)
        assert_int_not_equal(r.g.done_order[i], 1);
    end(&r);
}

static void lanes_do_not_wait_for_each_other(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    post_holding(r.w, &r.g, UI_LANE_BACK, 1, 1);
    until_begun(&r.g, 1);
    post(r.w, &r.g, UI_LANE_QUERY, 2, 2);
    post(r.w, &r.g, UI_LANE_FACTS, 3, 3);
    until_freed(&r, 2);
    assert_int_equal(r.g.done, 2);
    open_gate(&r.g);
    until_freed(&r, 3);
    end(&r);
}

static void what_takes_long_can_be_cancelled(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    assert_false(ui_worker_cancel(r.w));
    counting *c = new_job(&r.g, UI_LANE_BACK, 1, 1);
    c->until_stop = true;
    ui_worker_post(r.w, &r.g, &c->job);
    until_begun(&r.g, 1);
    post(r.w, &r.g, UI_LANE_BACK, 2, 2);
    post(r.w, &r.g, UI_LANE_BACK, UI_EACH, 3);
    assert_true(ui_worker_cancel(r.w));
    until_freed(&r, 3);
    assert_int_equal(r.g.done, 1);
    assert_int_equal(r.g.done_order[0], 3);
    assert_false(ui_worker_busy(r.w, &r.g, 1));
    end(&r);
}

static void it_may_end_while_jobs_run_and_wait(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    for (int i = 0; i < 20; i++) {
        run r;
        begin(&r, fx_path(f, "ws"));
        counting *c = new_job(&r.g, UI_LANE_QUERY, 1, 1);
        c->until_stop = true;
        ui_worker_post(r.w, &r.g, &c->job);
        for (int k = 0; k < 8; k++)
            post(r.w, &r.g, (ui_lane)(k % UI_LANES), k % 2 ? UI_EACH : 5, 2 + k);
        if (i % 2)
            until_begun(&r.g, i % 5);
        end(&r);
        assert_int_equal(r.g.freed, 9);
    }
}

static void what_counts_is_done_even_at_the_end(void **state)
{
    fixture *f = *state;
    run      r;
    OK(fx_import(f, "x.csv", CATALOGUE, NULL));
    begin(&r, fx_path(f, "ws"));
    for (int i = 0; i < 50; i++)
        post(r.w, &r.g, UI_LANE_FACTS, UI_EACH, i);
    until_begun(&r.g, 1);
    end(&r);
    assert_int_equal(r.g.ran, 50);
    assert_int_equal(r.g.freed, 50);
}

static void where_there_is_no_workspace_jobs_are_freed(void **state)
{
    fixture  *f = *state;
    run       r;
    ui_opened o = {.status = HUSE_OK};
    begin(&r, fx_path(f, "nothing"));
    post(r.w, &r.g, UI_LANE_QUERY, 1, 1);
    while (!ui_worker_take_opened(r.w, &o)) {
        char          bytes[8];
        struct pollfd p = {r.wake[0], POLLIN, 0};
        poll(&p, 1, 1000);
        (void)!read(r.wake[0], bytes, sizeof bytes);
    }
    assert_int_equal(o.status, HUSE_NOT_FOUND);
    assert_int_equal(freed(&r.g), 1);
    post(r.w, &r.g, UI_LANE_BACK, 1, 2);
    assert_int_equal(freed(&r.g), 2);
    assert_false(ui_worker_busy(r.w, &r.g, 1));
    assert_int_equal(r.g.ran, 0);
    end(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jobs_that_each_count_are_answered_in_the_order_of_posting),
        TEST(a_newer_job_of_a_topic_replaces_the_older_wherever_it_is),
        TEST(an_answer_that_was_not_taken_is_replaced_too),
        TEST(lanes_do_not_wait_for_each_other),
        TEST(what_takes_long_can_be_cancelled),
        TEST(it_may_end_while_jobs_run_and_wait),
        TEST(what_counts_is_done_even_at_the_end),
        TEST(where_there_is_no_workspace_jobs_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
