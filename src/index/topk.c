#include "index/topk.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "index/collect.h"
#include "index/quantise.h"
#include "tensor/gemm.h"

struct huse_index {
    const float              *rows;
    size_t                    n, d;
    _Atomic(huse_scan_copy *) copy;
    pthread_mutex_t           making;
};

enum { PRODUCT_CHUNK = 1024, DOT_CHUNK = 2048, RESCORE_BLOCK = 512 };

huse_index *huse_index_view(const float *rows, size_t n, size_t d)
{
    HUSE_ASSERT(n < UINT32_MAX);
    huse_index *ix = huse_xcalloc(1, sizeof *ix);
    ix->rows = rows;
    ix->n = n;
    ix->d = d;
    pthread_mutex_init(&ix->making, NULL);
    huse_blas_init();
    return ix;
}

huse_index *huse_index_new(const float *rows, size_t n, size_t d, huse_pool *pool)
{
    huse_index *ix = huse_index_view(rows, n, d);
    if (d > 0 && n >= HUSE_INDEX_COPY_VALUES / d)
        huse_index_quantise(ix, pool);
    return ix;
}

void huse_index_free(huse_index *ix)
{
    if (ix == NULL)
        return;
    huse_scan_copy_free(atomic_load(&ix->copy));
    pthread_mutex_destroy(&ix->making);
    free(ix);
}

void huse_index_quantise(huse_index *ix, huse_pool *pool)
{
    if (ix->d < 1 || ix->d > HUSE_SCAN_MAX_DIM || ix->n == 0)
        return;
    pthread_mutex_lock(&ix->making);
    if (atomic_load(&ix->copy) == NULL)
        atomic_store(&ix->copy, huse_scan_copy_new(ix->rows, ix->n, ix->d, pool));
    pthread_mutex_unlock(&ix->making);
}

bool huse_index_quantised(const huse_index *ix)
{
    return atomic_load(&ix->copy) != NULL;
}

static const huse_scan_kernel *kernel(void)
{
    size_t n;
    return huse_scan_kernels(&n);
}

const char *huse_index_kernel(void)
{
    return kernel()->name;
}

void huse_index_dots(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    kernel()->dots(rows, n, d, q, out);
}

float huse_index_dot(const float *a, const float *b, size_t d)
{
    float out;
    kernel()->dots(a, 1, d, b, &out);
    return out;
}

/* ---- choosing the best k of scored rows ---- */

static bool better(huse_near a, huse_near b)
{
    return a.score > b.score || (a.score == b.score && a.row < b.row);
}

/* Heap whose top is the worst. */
static void sink(huse_near *heap, size_t n, size_t i)
{
    huse_near v = heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && better(heap[child], heap[child + 1]))
            child++;
        if (!better(v, heap[child]))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = v;
}

size_t huse_near_choose(huse_near *x, size_t n, size_t k)
{
    k = HUSE_MIN(k, n);
    if (k == 0)
        return 0;
    for (size_t i = k / 2; i-- > 0;)
        sink(x, k, i);
    for (size_t i = k; i < n; i++) {
        if (better(x[i], x[0])) {
            x[0] = x[i];
            sink(x, k, 0);
        }
    }
    for (size_t last = k - 1; last > 0; last--) {
        huse_near worst = x[0];
        x[0] = x[last];
        x[last] = worst;
        sink(x, last, 0);
    }
    return k;
}

static float number(float score)
{
    return isnan(score) ? -INFINITY : score;
}

/* ---- one search of at most HUSE_SCAN_BATCH queries ---- */

typedef struct search {
    const huse_index *ix;
    huse_pool        *pool;
    const float      *q; /* (m,d) */
    size_t            m, k;
    const uint8_t    *allow;
    huse_near        *out; /* (m,stride) */
    size_t            stride, *count;
} search;

static bool allowed(const uint8_t *allow, size_t row)
{
    return allow == NULL || (allow[row >> 3] >> (row & 7) & 1);
}

typedef struct direct_job {
    const search *s;
    const float  *q;
    float        *score; /* (n) */
} direct_job;

static void direct_chunk(void *ctx, size_t chunk, int worker)
{
    (void)worker;
    const direct_job *job = ctx;
    const huse_index *ix = job->s->ix;
    size_t first = chunk * DOT_CHUNK, last = HUSE_MIN(first + DOT_CHUNK, ix->n);
    if (job->s->allow == NULL) {
        kernel()->dots(ix->rows + first * ix->d, last - first, ix->d, job->q, job->score + first);
        return;
    }
    for (size_t row = first; row < last; row++)
        if (allowed(job->s->allow, row))
            kernel()->dots(ix->rows + row * ix->d, 1, ix->d, job->q, job->score + row);
}

/* Every allowed row in float32: for few rows, for many results, and for queries that have no integer form. */
static void search_direct(const search *s)
{
    size_t n = s->ix->n;
    float *score = huse_xmalloc(HUSE_MAX(n, 1) * sizeof *score);
    huse_near *near = huse_xmalloc(HUSE_MAX(n, 1) * sizeof *near);
    for (size_t j = 0; j < s->m; j++) {
        direct_job job = { s, s->q + j * s->ix->d, score };
        huse_pool_run(s->pool, (n + DOT_CHUNK - 1) / DOT_CHUNK, direct_chunk, &job);
        size_t kept = 0;
        for (size_t row = 0; row < n; row++)
            if (allowed(s->allow, row))
                near[kept++] = (huse_near){ (uint32_t)row, number(score[row]) };
        s->count[j] = huse_near_choose(near, kept, s->k);
        memcpy(s->out + j * s->stride, near, s->count[j] * sizeof *near);
    }
    free(score);
    free(near);
}

/* Collectors of all workers for one bounded scan. */
typedef struct bounded {
    const search   *s;
    size_t          workers;
    float          *floor;     /* (workers, HUSE_SCAN_BATCH) */
    huse_collector *collector; /* (workers, m) */
    const huse_scan_query *query;
    const huse_scan_copy  *copy;
    float          *product; /* (workers, m, PRODUCT_CHUNK) */
    float          *norm_q;  /* (m) */
} bounded;

static void bounded_init(bounded *b, const search *s)
{
    *b = (bounded){ .s = s, .workers = (size_t)(s->pool != NULL ? huse_pool_threads(s->pool) : 1) };
    b->floor = huse_xaligned(b->workers * HUSE_SCAN_BATCH * sizeof *b->floor);
    b->collector = huse_xmalloc(b->workers * s->m * sizeof *b->collector);
    for (size_t w = 0; w < b->workers; w++)
        for (size_t j = 0; j < s->m; j++)
            huse_collector_init(&b->collector[w * s->m + j], &b->floor[w * HUSE_SCAN_BATCH + j], s->ix->n, s->k, s->allow);
}

static void bounded_fini(bounded *b)
{
    for (size_t i = 0; i < b->workers * b->s->m; i++)
        huse_collector_fini(&b->collector[i]);
    free(b->collector);
    free(b->floor);
    free(b->product);
    free(b->norm_q);
}

static void scan_chunk(void *ctx, size_t chunk, int worker)
{
    bounded *b = ctx;
    size_t w = (size_t)worker, first = chunk * HUSE_SCAN_CHUNK;
    huse_scan scan = { b->copy, b->query, b->collector + w * b->s->m, b->floor + w * HUSE_SCAN_BATCH, b->s->m };
    kernel()->scan(&scan, first, HUSE_MIN(first + HUSE_SCAN_CHUNK, b->copy->groups));
}

/* Largest row norm of a chunk, or infinity where one is too long for bounds in float32. */
static float largest_norm(const float *rows, size_t n, size_t d)
{
    float most = 1e-15F;
    for (size_t r = 0; r < n; r++) {
        float square;
        kernel()->dots(rows + r * d, 1, d, rows + r * d, &square);
        if (!(square <= 1e30F))
            return INFINITY;
        most = fmaxf(most, sqrtf(square) * 1.001F);
    }
    return most;
}

/* One chunk of rows against all queries as one matrix product. Its sums run in another order than huse_index_dot's: each differs from the
 * exact inner product by at most d·2^-24·|x||q| (to first order), which the bounds take twice over. */
static void product_chunk(void *ctx, size_t chunk, int worker)
{
    bounded *b = ctx;
    const search *s = b->s;
    size_t d = s->ix->d, w = (size_t)worker, first = chunk * PRODUCT_CHUNK;
    size_t rows = HUSE_MIN((size_t)PRODUCT_CHUNK, s->ix->n - first);
    const float *x = s->ix->rows + first * d;
    float *c = b->product + w * s->m * PRODUCT_CHUNK;
    huse_gemm_1(false, true, s->m, rows, d, 1, s->q, d, x, d, 0, c, PRODUCT_CHUNK);
    float norm = largest_norm(x, rows, d), per = norm * ((float)(2 * d) + 64) * 0x1p-23F;
    for (size_t j = 0; j < s->m; j++, c += PRODUCT_CHUNK) {
        huse_collector *to = &b->collector[w * s->m + j];
        float bound = per * b->norm_q[j];
        for (size_t r = 0; r < rows; r++) {
            if (!(c[r] + bound < *to->floor) && allowed(s->allow, first + r)) {
                bool known = isfinite(c[r]) && isfinite(bound);
                huse_collector_add(to, first + r, known ? c[r] - bound : -INFINITY, known ? c[r] + bound : INFINITY);
            }
        }
    }
}

/* Survivors of all queries, re-scored in blocks, then chosen from. */
typedef struct rescore_job {
    const search *s;
    huse_near    *near[HUSE_SCAN_BATCH];
    size_t        n[HUSE_SCAN_BATCH], block[HUSE_SCAN_BATCH + 1];
} rescore_job;

static void rescore_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    rescore_job *job = ctx;
    const huse_index *ix = job->s->ix;
    size_t j = 0;
    while (block >= job->block[j + 1])
        j++;
    size_t first = (block - job->block[j]) * RESCORE_BLOCK, last = HUSE_MIN(first + RESCORE_BLOCK, job->n[j]);
    for (size_t i = first; i < last; i++) {
        huse_near *near = &job->near[j][i];
        kernel()->dots(ix->rows + near->row * ix->d, 1, ix->d, job->s->q + j * ix->d, &near->score);
        near->score = number(near->score);
    }
}

static void choose_query(void *ctx, size_t j, int worker)
{
    (void)worker;
    rescore_job *job = ctx;
    const search *s = job->s;
    s->count[j] = huse_near_choose(job->near[j], job->n[j], s->k);
    memcpy(s->out + j * s->stride, job->near[j], s->count[j] * sizeof *job->near[j]);
    free(job->near[j]);
}

/* The rows of query @j whose upper bound reaches the k-th largest lower bound of all workers. */
static void survivors(const bounded *b, size_t j, rescore_job *job)
{
    size_t m = b->s->m, k = b->s->k, lows = 0, most = 0;
    float *low = huse_xmalloc(b->workers * k * sizeof *low);
    for (size_t w = 0; w < b->workers; w++) {
        const huse_collector *c = &b->collector[w * m + j];
        memcpy(low + lows, c->low, c->n_low * sizeof *low);
        lows += c->n_low;
        most += c->n;
    }
    float floor = lows >= k ? huse_select_largest(low, lows, k) : -INFINITY;
    free(low);
    job->near[j] = huse_xmalloc(HUSE_MAX(most, 1) * sizeof *job->near[j]);
    job->n[j] = 0;
    for (size_t w = 0; w < b->workers; w++) {
        const huse_collector *c = &b->collector[w * m + j];
        for (size_t i = 0; i < c->n; i++)
            if (c->candidate[i].upper >= floor)
                job->near[j][job->n[j]++] = (huse_near){ c->candidate[i].row, 0 };
    }
}

static void bounded_answer(const bounded *b)
{
    rescore_job job = { .s = b->s };
    for (size_t j = 0; j < b->s->m; j++) {
        survivors(b, j, &job);
        job.block[j + 1] = job.block[j] + (job.n[j] + RESCORE_BLOCK - 1) / RESCORE_BLOCK;
    }
    huse_pool_run(b->s->pool, job.block[b->s->m], rescore_block, &job);
    huse_pool_run(b->s->pool, b->s->m, choose_query, &job);
}

static bool search_copy(const search *s, const huse_scan_copy *copy)
{
    huse_scan_queries queries;
    if (!huse_scan_queries_init(&queries, s->q, s->m, s->ix->d, s->m == 1 || !kernel()->integer_batch))
        return false;
    bounded b;
    bounded_init(&b, s);
    b.copy = copy;
    b.query = queries.q;
    huse_pool_run(s->pool, (copy->groups + HUSE_SCAN_CHUNK - 1) / HUSE_SCAN_CHUNK, scan_chunk, &b);
    bounded_answer(&b);
    bounded_fini(&b);
    huse_scan_queries_fini(&queries);
    return true;
}

static bool search_product(const search *s)
{
    bounded b;
    bounded_init(&b, s);
    b.norm_q = huse_xmalloc(s->m * sizeof *b.norm_q);
    bool usable = true;
    for (size_t j = 0; j < s->m; j++) {
        b.norm_q[j] = largest_norm(s->q + j * s->ix->d, 1, s->ix->d);
        usable = usable && isfinite(b.norm_q[j]);
    }
    if (usable) {
        b.product = huse_xaligned(b.workers * s->m * PRODUCT_CHUNK * sizeof *b.product);
        huse_pool_run(s->pool, (s->ix->n + PRODUCT_CHUNK - 1) / PRODUCT_CHUNK, product_chunk, &b);
        bounded_answer(&b);
    }
    bounded_fini(&b);
    return usable;
}

static void search_batch(const search *s)
{
    const huse_scan_copy *copy = atomic_load(&s->ix->copy);
    /* when a good part of all rows is asked for, bounds rule out too little */
    bool few = s->k <= s->ix->n / 8;
    if (few && copy != NULL && (s->m == 1 || kernel()->integer_batch) && search_copy(s, copy))
        return;
    if (few && s->m >= 4 && s->ix->d > 0 && search_product(s))
        return;
    search_direct(s);
}

/* True when the filter leaves so little that reading those rows is cheaper than a scan of all. */
static bool narrow(const uint8_t *allow, size_t n)
{
    size_t left = 0;
    for (size_t row = 0; allow != NULL && row < n; row += 8) {
        unsigned bits = allow[row >> 3];
        left += (size_t)__builtin_popcount(n - row >= 8 ? bits : bits & ((1U << (n - row)) - 1));
    }
    return allow != NULL && left <= n / 32;
}

void huse_index_search(const huse_index *ix, huse_pool *pool, const float *q, size_t m, size_t k, const uint8_t *allow,
                       huse_near *out, size_t *count)
{
    search s = { .ix = ix, .pool = pool, .k = HUSE_MIN(k, ix->n), .allow = allow, .stride = k };
    bool direct = narrow(allow, ix->n);
    /* collectors take about 20 k bytes for each query and worker */
    size_t workers = (size_t)(pool != NULL ? huse_pool_threads(pool) : 1);
    size_t batch = HUSE_MIN((size_t)HUSE_SCAN_BATCH, ((size_t)256 << 20) / (workers * (s.k + 256) * 20));
    batch = HUSE_MAX(batch, 1);
    for (size_t j = 0; j < m; j += batch) {
        s.m = HUSE_MIN(batch, m - j);
        s.q = q + j * ix->d;
        s.out = out + j * k;
        s.count = count + j;
        if (s.k == 0)
            memset(s.count, 0, s.m * sizeof *s.count);
        else if (direct)
            search_direct(&s);
        else
            search_batch(&s);
    }
}
