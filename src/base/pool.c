#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* A worker spins this long for the next run before it sleeps: training hands out many short runs in a row. */
enum { SPINS = 2000 };

struct huse_pool {
    int             threads;
    pthread_t      *thread;
    pthread_mutex_t lock;
    pthread_cond_t  work, done;
    atomic_ulong    generation; /* of the run; bumped under the lock */
    bool            stop, open; /* open: workers may still join the run */
    atomic_int      busy;       /* workers inside the run */
    atomic_size_t   next;
    size_t          n;
    void (*fn)(void *ctx, size_t i, int worker);
    void *ctx;
};

struct start {
    huse_pool *pool;
    int        worker;
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take_tasks(huse_pool *p, int worker)
{
    for (size_t i; (i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed)) < p->n;)
        p->fn(p->ctx, i, worker);
}

static void *worker_main(void *arg)
{
    struct start  s = *(struct start *)arg;
    huse_pool    *p = s.pool;
    unsigned long seen = 0;
    free(arg);
    for (;;) {
        for (int spin = 0; spin < SPINS && atomic_load_explicit(&p->generation, memory_order_acquire) == seen; spin++)
            relax();
        pthread_mutex_lock(&p->lock);
        while (!p->stop && atomic_load(&p->generation) == seen)
            pthread_cond_wait(&p->work, &p->lock);
        seen = atomic_load(&p->generation);
        bool stop = p->stop, join = p->open;
        if (join)
            atomic_fetch_add(&p->busy, 1);
        pthread_mutex_unlock(&p->lock);
        if (stop)
            return NULL;
        if (!join)
            continue;
        take_tasks(p, s.worker);
        if (atomic_fetch_sub(&p->busy, 1) == 1) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
    }
}

static int available_cores(void)
{
    cpu_set_t set;
    int       n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n;
}

huse_pool *huse_pool_new(int threads)
{
    huse_pool *p = huse_xcalloc(1, sizeof *p);
    p->threads = threads > 0 ? threads : available_cores();
    p->thread = huse_xcalloc((size_t)p->threads, sizeof *p->thread);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    for (int i = 1; i < p->threads; i++) {
        struct start *s = huse_xmalloc(sizeof *s);
        *s = (struct start){p, i};
        if (pthread_create(&p->thread[i], NULL, worker_main, s) != 0) {
            free(s);
            p->threads = i;
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return p;
}

void huse_pool_free(huse_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    atomic_fetch_add(&p->generation, 1);
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->done);
    free(p->thread);
    free(p);
}

int huse_pool_threads(const huse_pool *p)
{
    return p ? p->threads : 1;
}

void huse_pool_run(huse_pool *p, size_t n, void (*fn)(void *ctx, size_t i, int worker), void *ctx)
{
    if (!p || p->threads == 1 || n < 2) {
        for (size_t i = 0; i < n; i++)
            fn(ctx, i, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->fn = fn;
    p->ctx = ctx;
    p->n = n;
    atomic_store(&p->next, 0);
    p->open = true;
    atomic_fetch_add_explicit(&p->generation, 1, memory_order_release);
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    take_tasks(p, 0);
    /* nothing is left: who has not come by now, on a busy machine, is not waited for */
    pthread_mutex_lock(&p->lock);
    p->open = false;
    pthread_mutex_unlock(&p->lock);
    for (int spin = 0; spin < SPINS && atomic_load(&p->busy); spin++)
        relax();
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->busy))
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
