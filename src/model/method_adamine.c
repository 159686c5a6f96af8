/* AdaMine: L_ins + λ L_sem. Each modality asks the other. L_ins: the own pair must be nearer by the margin than every other row; L_sem: one
 * drawn other row of the class nearer than every row of other classes (none in the batch: left out). Each is the sum of its hinges over the
 * number of those that are not zero, both directions pooled (Carvalho et al. 2018). */
#include "base/rng.h"
#include "model/methods.h"

enum { INSTANCE, SEMANTIC, KINDS };

static const uint64_t DRAW_STREAM = (uint64_t)4 << 40;

/* One direction: n rows ask m rows. */
typedef struct job {
    float         *S;        /* (n,m) cosines, which become the gradient's coefficients */
    size_t         n, m;
    const int32_t *y_ask, *y_answer;
    const int32_t *positive[KINDS]; /* (n) of an answer, −1: none */
    float          margin, scale[KINDS];
    double        *sum[KINDS];   /* (n) */
    uint32_t      *count[KINDS]; /* (n) hinges that are not zero */
} job;

static bool opposes(const job *j, size_t row, size_t answer, int kind)
{
    return kind == INSTANCE ? (size_t)j->positive[kind][row] != answer : j->y_ask[row] != j->y_answer[answer];
}

static void count_row(void *ctx, size_t i, int worker)
{
    job         *j = ctx;
    const float *row = j->S + i * j->m;
    (void)worker;
    for (int kind = 0; kind < KINDS; kind++) {
        double   sum = 0;
        uint32_t count = 0;
        for (size_t k = 0; j->positive[kind][i] >= 0 && k < j->m; k++) {
            float h = j->margin - row[j->positive[kind][i]] + row[k];
            if (!opposes(j, i, k, kind) || h <= 0.0f) /* what is no number stays in the sum, so that divergence is seen */
                continue;
            sum += (double)h;
            count++;
        }
        j->sum[kind][i] = sum;
        j->count[kind][i] = count;
    }
}

static void weigh_row(void *ctx, size_t i, int worker)
{
    job   *j = ctx;
    float *row = j->S + i * j->m, near[KINDS];
    (void)worker;
    for (int kind = 0; kind < KINDS; kind++)
        near[kind] = j->positive[kind][i] >= 0 ? row[j->positive[kind][i]] : 0.0f;
    for (size_t k = 0; k < j->m; k++) {
        float s = row[k];
        row[k] = 0.0f;
        for (int kind = 0; kind < KINDS; kind++)
            if (j->positive[kind][i] >= 0 && opposes(j, i, k, kind) && !(j->margin - near[kind] + s <= 0.0f))
                row[k] += j->scale[kind];
    }
    for (int kind = 0; kind < KINDS; kind++)
        if (j->positive[kind][i] >= 0)
            row[j->positive[kind][i]] -= j->scale[kind] * (float)j->count[kind][i];
}

/* Rows of the other modality that belong to the same item, by row; −1: none. */
static void find_own(const huse_batch *b, int32_t *const own[2])
{
    for (size_t i = 0; i < b->n_image; i++)
        own[0][i] = -1;
    for (size_t i = 0; i < b->n_text; i++)
        own[1][i] = -1;
    for (size_t i = 0; i < b->n_pair; i++) {
        own[0][b->pair_image[i]] = (int32_t)b->pair_text[i];
        own[1][b->pair_text[i]] = (int32_t)b->pair_image[i];
    }
}

/* For each row one of the other modality's rows of its class that is not its own, all alike probable. */
static void draw_partners(const job *j, const int32_t *own, huse_rng *r, int32_t *partner)
{
    for (size_t i = 0; i < j->n; i++) {
        uint32_t possible = 0;
        for (size_t k = 0; k < j->m; k++)
            possible += j->y_answer[k] == j->y_ask[i] && (int32_t)k != own[i];
        uint32_t chosen = possible ? huse_rng_below(r, possible) : 0;
        partner[i] = -1;
        for (size_t k = 0; possible && partner[i] < 0; k++)
            if (j->y_answer[k] == j->y_ask[i] && (int32_t)k != own[i] && chosen-- == 0)
                partner[i] = (int32_t)k;
    }
}

/* Sums and numbers of the hinges of both directions. */
static void add_up(const job side[2], double sum[KINDS], double count[KINDS])
{
    for (int kind = 0; kind < KINDS; kind++) {
        sum[kind] = count[kind] = 0;
        for (int t = 0; t < 2; t++)
            for (size_t i = 0; i < side[t].n; i++) {
                sum[kind] += side[t].sum[kind][i];
                count[kind] += (double)side[t].count[kind][i];
            }
        count[kind] = HUSE_MAX(count[kind], 1.0);
    }
}

HUSE_METHOD_LOSS(adamine)
{
    const size_t n[2] = {b->n_image, b->n_text}, D = net->params.shape.D;
    job          side[2];
    double       sum[KINDS], count[KINDS];
    huse_rng     r;
    if (!n[0] || !n[1])
        return;
    find_own(b, scratch->own);
    huse_rng_init(&r, o->seed, DRAW_STREAM + (uint64_t)o->step);
    for (int t = 0; t < 2; t++) { /* images ask texts, then texts ask images */
        const size_t first = t ? n[0] : 0, other = t ? 0 : n[0];
        side[t] = (job){.S = scratch->square + (t ? n[0] * n[1] : 0), .n = n[t], .m = n[!t], .y_ask = b->y + first,
                        .y_answer = b->y + other, .margin = (float)o->margin};
        if (!o->partner)
            draw_partners(&side[t], scratch->own[t], &r, scratch->partner[t]);
        side[t].positive[INSTANCE] = scratch->own[t];
        side[t].positive[SEMANTIC] = o->partner ? o->partner[t] : scratch->partner[t];
        for (int kind = 0; kind < KINDS; kind++) {
            side[t].sum[kind] = scratch->row_sum[kind] + first;
            side[t].count[kind] = scratch->row_count[kind] + first;
        }
        huse_gemm(pool, false, true, n[t], n[!t], D, 1.0f, net->E + first * D, D, net->E + other * D, D, 0.0f, side[t].S, n[!t]);
        huse_pool_run(pool, n[t], count_row, &side[t]);
    }
    add_up(side, sum, count);
    for (int t = 0; t < 2; t++) {
        const size_t first = t ? n[0] : 0, other = t ? 0 : n[0];
        side[t].scale[INSTANCE] = (float)(1.0 / count[INSTANCE]);
        side[t].scale[SEMANTIC] = (float)(o->lambda / count[SEMANTIC]);
        huse_pool_run(pool, n[t], weigh_row, &side[t]);
        huse_gemm(pool, false, false, n[t], D, n[!t], 1.0f, side[t].S, n[!t], net->E + other * D, D, 1.0f, net->dE + first * D, D);
        huse_gemm(pool, true, false, n[!t], D, n[t], 1.0f, side[t].S, n[!t], net->E + first * D, D, 1.0f, net->dE + other * D, D);
    }
    term[HUSE_TERM_INSTANCE] = sum[INSTANCE] / count[INSTANCE];
    term[HUSE_TERM_SEMANTIC] = sum[SEMANTIC] / count[SEMANTIC];
}
