/* One path for every query: parse, encode, candidates, scores, the best, and a sentence when there is nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "query/ask.h"

enum { BLOCK = 1024 };

typedef struct search {
    huse_engine      *e;
    const huse_query *q;
    huse_pool        *pool;
    huse_asked        asked;
    float             mix;
    bool             *class_passes; /* (n_classes) by the filter; NULL: no filter */
    int32_t           filter_model; /* the filter's node in the model's tree, -1: not in it, 0: no filter */
    /* candidates, ascending: rows of the index, items of the catalogue (untrained), or nodes or classes */
    uint32_t         *row;
    size_t            n, total, possible; /* possible: before the filter */
    float            *score, *cosine;     /* (n) */
} search;

static bool exists(void *ctx, const char *path)
{
    (void)ctx;
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- candidates ---- */

static huse_status read_filter(search *s, huse_err *err)
{
    const huse_engine *e = s->e;
    const char *path = s->q->class_filter;
    if (path == NULL || *path == '\0')
        return HUSE_OK;
    int32_t node;
    HUSE_TRY(huse_engine_find_node(e->tree, path, &node, err));
    s->class_passes = huse_xcalloc(e->items->n_classes + 1, sizeof *s->class_passes);
    for (int32_t i = node; i < e->tree->end[node]; i++)
        if (e->tree->cls[i] >= 0)
            s->class_passes[e->tree->cls[i]] = true;
    s->filter_model = e->model != NULL ? huse_taxonomy_find(e->model->tree, e->tree->path[node]) : 0;
    return HUSE_OK;
}

static bool named(const search *s, int32_t item)
{
    for (size_t i = 0; i < s->asked.n_named; i++)
        if (s->asked.named[i] == item)
            return true;
    return false;
}

static bool passes(const search *s, int32_t item)
{
    if (s->class_passes == NULL)
        return true;
    int32_t cls = s->e->items->item[item].cls;
    return cls >= 0 && s->class_passes[cls];
}

static int32_t item_of_row(const search *s, size_t row)
{
    const huse_model *m = s->e->model;
    return s->e->item_of[s->q->target == HUSE_TARGET_TEXT ? m->text_item[row] : m->image_item[row]];
}

static void candidate_rows(search *s)
{
    const huse_model *m = s->e->model;
    size_t n = s->q->target == HUSE_TARGET_TEXT ? m->n_texts : m->n_images;
    s->row = huse_xmalloc((n + 1) * sizeof *s->row);
    for (size_t r = 0; r < n; r++) {
        int32_t item = item_of_row(s, r);
        if (item < 0 || named(s, item))
            continue;
        s->possible++;
        if (passes(s, item))
            s->row[s->n++] = (uint32_t)r;
    }
}

/* Classes, and inner nodes where the tree branches; one that has a single child says no more than the child. */
static void candidate_nodes(search *s)
{
    const huse_model *m = s->e->model;
    const huse_taxonomy *t = m->tree;
    s->row = huse_xmalloc((t->n + 1) * sizeof *s->row);
    for (size_t i = 1; i < t->n; i++) {
        const float *x = m->node_vector + i * m->D;
        bool branches = t->end[i] > (int32_t)i + 1 && t->end[i + 1] < t->end[i];
        if ((t->cls[i] < 0 && !branches) || !(huse_index_dot(x, x, m->D) > 0))
            continue;
        s->possible++;
        if (s->filter_model >= 0 && huse_taxonomy_below(t, (int32_t)i, s->filter_model))
            s->row[s->n++] = (uint32_t)i;
    }
}

static void candidate_frozen(search *s)
{
    const huse_items *items = s->e->items;
    const huse_frozen *f = s->e->frozen;
    s->row = huse_xmalloc((items->n + 1) * sizeof *s->row);
    for (size_t i = 0; i < items->n; i++) {
        const huse_item *it = &items->item[i];
        bool words = s->asked.vector[0] != NULL && f->has_text[i];
        bool picture = s->asked.vector[1] != NULL && f->has_picture[i];
        bool shown = s->q->target == HUSE_TARGET_TEXT ? it->text != NULL : it->n_pictures > 0 || picture;
        if (!(words || picture) || !shown || named(s, (int32_t)i))
            continue;
        s->possible++;
        if (passes(s, (int32_t)i))
            s->row[s->n++] = (uint32_t)i;
    }
}

static void candidate_frozen_classes(search *s)
{
    size_t n = s->e->items->n_classes;
    s->row = huse_xmalloc((n + 1) * sizeof *s->row);
    s->possible = n;
    for (size_t k = 0; k < n && s->asked.vector[0] != NULL; k++)
        if (s->class_passes == NULL || s->class_passes[k])
            s->row[s->n++] = (uint32_t)k;
}

/* ---- the short list of a large catalogue ---- */

static huse_index *attribute_index(huse_engine *e, huse_pool *pool)
{
    const huse_model *m = e->model;
    pthread_mutex_lock(&e->lazy);
    bool again = e->attributes != NULL;
    if (!again)
        e->attributes = huse_index_view(m->attribute, m->n_items, m->sentence_dim);
    pthread_mutex_unlock(&e->lazy);
    if (again && m->n_items >= HUSE_INDEX_COPY_VALUES / HUSE_MAX(m->sentence_dim, 1))
        huse_index_quantise(e->attributes, pool);
    return e->attributes;
}

static int by_row(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Adds the best of an index to the list; bits of @allow. */
static size_t best_of(const search *s, huse_index *ix, const float *query, size_t k, const uint8_t *allow, uint32_t *out)
{
    huse_near *near = huse_xmalloc(k * sizeof *near);
    size_t n;
    huse_index_search(ix, s->pool, query, 1, k, allow, near, &n);
    for (size_t i = 0; i < n; i++)
        out[i] = near[i].row;
    free(near);
    return n;
}

static size_t best_by_attribute(const search *s, const uint8_t *allow, size_t k, uint32_t *out)
{
    huse_engine *e = s->e;
    const huse_model *m = e->model;
    int t = s->q->target == HUSE_TARGET_TEXT ? 1 : 0;
    uint8_t *items = huse_xcalloc(m->n_items / 8 + 1, 1);
    size_t rows = t ? m->n_texts : m->n_images;
    for (size_t r = 0; r < rows; r++) {
        int32_t item = t ? m->text_item[r] : m->image_item[r];
        if (allow[r >> 3] >> (r & 7) & 1)
            items[item >> 3] |= (uint8_t)(1U << (item & 7));
    }
    huse_index *ix = attribute_index(e, s->pool);
    size_t n = best_of(s, ix, s->asked.words.sentence, k, items, out), kept = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t row = e->item_of[out[i]] >= 0 ? e->row_of[t][e->item_of[out[i]]] : -1;
        if (row >= 0)
            out[kept++] = (uint32_t)row;
    }
    free(items);
    return kept;
}

static void shorten(search *s)
{
    huse_engine *e = s->e;
    const huse_model *m = e->model;
    int t = s->q->target == HUSE_TARGET_TEXT ? 1 : 0;
    size_t rows = t ? m->n_texts : m->n_images;
    size_t k = HUSE_MAX(e->short_list, HUSE_MIN(rows, s->q->k) + HUSE_MIN(rows, s->q->skip));
    if (k >= s->n)
        return;
    uint8_t *allow = huse_xcalloc(rows / 8 + 1, 1);
    for (size_t i = 0; i < s->n; i++)
        allow[s->row[i] >> 3] |= (uint8_t)(1U << (s->row[i] & 7));
    huse_index *ix = huse_engine_index(e, t, s->pool);
    uint32_t *list = huse_xmalloc(2 * k * sizeof *list);
    size_t n = best_of(s, ix, s->asked.vector[0], k, allow, list);
    if (s->mix > 0 && s->asked.words.sentence != NULL)
        n += best_by_attribute(s, allow, k, list + n);
    qsort(list, n, sizeof *list, by_row);
    s->n = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || list[i] != list[i - 1])
            s->row[s->n++] = list[i];
    free(list);
    free(allow);
}

/* ---- scores ---- */

static void score_row(const search *s, size_t i, const float *classes)
{
    const huse_model *m = s->e->model;
    const huse_asked *a = &s->asked;
    size_t row = s->row[i];
    if (m == NULL) {
        const huse_frozen *f = s->e->frozen;
        float sum = 0;
        const float *words = classes != NULL ? classes : f->sentence;
        if (a->vector[0] != NULL && (classes != NULL || f->has_text[row]))
            sum += huse_index_dot(words + row * a->dim[0], a->vector[0], a->dim[0]);
        if (a->vector[1] != NULL && classes == NULL)
            sum += huse_index_dot(f->picture + row * a->dim[1], a->vector[1], a->dim[1]);
        s->score[i] = s->cosine[i] = sum;
        return;
    }
    const float *rows = s->q->target == HUSE_TARGET_CLASS  ? m->node_vector
                        : s->q->target == HUSE_TARGET_TEXT ? m->text_row
                                                           : m->image_row;
    s->score[i] = s->cosine[i] = huse_index_dot(rows + row * m->D, a->vector[0], m->D);
    if (s->mix > 0) {
        size_t item = (size_t)(s->q->target == HUSE_TARGET_TEXT ? m->text_item[row] : m->image_item[row]);
        s->score[i] = (1 - s->mix) * s->cosine[i] + s->mix * huse_attribute_of(&a->words, m, item);
    }
}

typedef struct score_job {
    const search *s;
    const float  *classes; /* untrained: sentence vectors of the classes; NULL: items are scored */
} score_job;

static void score_block(void *ctx, size_t block, int worker)
{
    (void)worker;
    const score_job *job = ctx;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, job->s->n); i++)
        score_row(job->s, i, job->classes);
}

static huse_hit hit_of(const search *s, const huse_near *near)
{
    const huse_engine *e = s->e;
    size_t row = s->row[near->row];
    huse_hit h = { .item = -1, .cls = -1, .score = near->score, .cosine = s->cosine[near->row], .class_path = "" };
    if (s->q->target != HUSE_TARGET_CLASS) {
        h.item = e->model != NULL ? item_of_row(s, row) : (int32_t)row;
        h.cls = e->items->item[h.item].cls;
        if (h.cls >= 0)
            h.class_path = e->items->class_path[h.cls];
    } else if (e->model != NULL) {
        int32_t k = e->model->tree->cls[row];
        h.cls = k >= 0 ? e->class_of[k] : -1;
        h.class_path = e->model->tree->path[row];
    } else {
        h.cls = (int32_t)row;
        h.class_path = e->items->class_path[row];
    }
    return h;
}

/* The best of the scored; *best: the best score of all, also of those below the minimum. */
static void take_best(search *s, huse_answer *answer, float *best)
{
    huse_near *near = huse_xmalloc((s->n + 1) * sizeof *near);
    size_t n = 0;
    *best = -2;
    for (size_t i = 0; i < s->n; i++) {
        *best = HUSE_MAX(*best, s->score[i]);
        if ((double)s->score[i] >= s->q->min_score)
            near[n++] = (huse_near){ (uint32_t)i, s->score[i] };
    }
    answer->total = s->q->min_score > -1 ? n : s->total;
    size_t want = s->q->k > n ? n : s->q->k, skip = HUSE_MIN(s->q->skip, n);
    size_t got = huse_near_choose(near, n, HUSE_MIN(skip + want, n));
    answer->n = got - HUSE_MIN(skip, got);
    answer->hit = huse_xcalloc(answer->n + 1, sizeof *answer->hit);
    for (size_t i = 0; i < answer->n; i++)
        answer->hit[i] = hit_of(s, &near[skip + i]);
    free(near);
}

/* ---- the note ---- */

/* 9324 → "9,324". */
static const char *thousands(char out[32], size_t n)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%zu", n), at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static bool any_picture(const huse_items *items)
{
    return items->n_pictures > 0;
}

static bool any_text(const huse_items *items)
{
    for (size_t i = 0; i < items->n; i++)
        if (items->item[i].text != NULL)
            return true;
    return false;
}

static void note_nothing(const search *s, huse_answer *a, float best)
{
    const huse_items *items = s->e->items;
    char count[32];
    if (items->n == 0)
        snprintf(a->note, sizeof a->note, "the catalogue holds no items");
    else if (s->q->target == HUSE_TARGET_CLASS && items->n_classes == 0)
        snprintf(a->note, sizeof a->note, "no item has a class");
    else if (s->q->target == HUSE_TARGET_IMAGE && !any_picture(items) && s->possible == 0)
        snprintf(a->note, sizeof a->note, "no item has a picture");
    else if (s->q->target == HUSE_TARGET_TEXT && !any_text(items))
        snprintf(a->note, sizeof a->note, "no item has a text");
    else if (s->e->model == NULL && s->asked.vector[1] == NULL && !any_text(items) && s->q->target == HUSE_TARGET_IMAGE)
        snprintf(a->note, sizeof a->note, "untrained: words find texts only, and no item has one; ask with a picture or @item");
    else if (s->possible == 0 && s->e->model != NULL)
        snprintf(a->note, sizeof a->note, "the model has nothing else of this kind; huse-tui embed adds what is new");
    else if (s->possible == 0 || (s->e->model == NULL && s->asked.vector[0] == NULL && s->q->target == HUSE_TARGET_CLASS))
        snprintf(a->note, sizeof a->note, "%s",
                 s->asked.vector[1] != NULL ? "untrained: pictures find pictures only, and only what huse-tui embed has seen"
                                            : "untrained: words find texts only, and only what huse-tui embed has seen");
    else if (s->n == 0)
        snprintf(a->note, sizeof a->note, "the filter “%.100s” leaves 0 of %s", s->q->class_filter, thousands(count, s->possible));
    else if (a->total == 0)
        snprintf(a->note, sizeof a->note, "no answer reaches %.3f; the best is %.3f", s->q->min_score, (double)best);
    else if (s->q->k > 0)
        snprintf(a->note, sizeof a->note, "there are %s answers, fewer than asked to skip", thousands(count, a->total));
}

static void note_untrained(const search *s, huse_answer *a)
{
    const huse_items *items = s->e->items;
    bool words = s->asked.vector[0] != NULL, pictures = s->asked.vector[1] != NULL;
    const char *note = !pictures ? "texts only" : !words ? "pictures alone are compared" : "texts and pictures are compared apart";
    const char *gain = items->n_classes < 2 ? "training needs items of two classes"
                       : !any_picture(items) ? "training needs pictures"
                       : !pictures ? "training adds pictures and classes"
                       : !words ? "training adds texts and classes"
                                : "training joins them";
    snprintf(a->note, sizeof a->note, "untrained: %s; %s", note, gain);
}

static void note_trained(const search *s, huse_answer *a)
{
    const huse_model           *m = s->e->model;
    const huse_attribute_words *words = &s->asked.words;
    bool asks_words = s->asked.share > 0;
    if (asks_words && s->e->wordless) {
        snprintf(a->note, sizeof a->note, "no text was learnt from: words go by the names of classes");
        return;
    }
    a->unknown_words = words->words != NULL && !words->known;
    a->words_alone = s->asked.unanswered.status != HUSE_OK;
    if (a->words_alone)
        snprintf(a->note, sizeof a->note, "words alone count, not what they mean: %.200s", s->asked.unanswered.msg);
    else if (a->unknown_words)
        snprintf(a->note, sizeof a->note, "no text that the model learnt from has these words: answers go by %s",
                 strcmp(m->text_encoder, "word-hash") == 0 ? "their letters, and mean little" : "meaning alone");
    else if (!huse_model_joined(m))
        snprintf(a->note, sizeof a->note, "%s does not join pictures and texts: cosines of one with the other mean nothing", m->method);
}

/* ---- the whole ---- */

static huse_status gather(search *s, const float **classes, huse_err *err)
{
    huse_engine *e = s->e;
    if (s->q->target == HUSE_TARGET_CLASS) {
        if (e->model != NULL) {
            candidate_nodes(s);
        } else {
            candidate_frozen_classes(s);
            if (s->n > 0)
                HUSE_TRY(huse_engine_frozen_classes(e, s->pool, classes, err));
        }
        s->total = s->n;
        return HUSE_OK;
    }
    if (e->model == NULL) {
        HUSE_TRY(huse_engine_frozen_texts(e, s->pool, err));
        candidate_frozen(s);
        s->total = s->n;
        return HUSE_OK;
    }
    candidate_rows(s);
    s->total = s->n;
    if ((s->asked.words.sentence != NULL || s->asked.words.words != NULL) && e->model->sentence_dim > 0)
        s->mix = (float)((s->q->rerank >= 0 ? HUSE_MIN(s->q->rerank, 1) : (double)e->model->rerank) * s->asked.share);
    if (s->n > e->score_all)
        shorten(s);
    return HUSE_OK;
}

static huse_status answer_terms(search *s, const huse_terms *terms, huse_answer *answer, huse_err *err)
{
    const float *classes = NULL;
    float best;
    HUSE_TRY(huse_ask(&s->asked, s->e, s->pool, terms, s->q->target, s->q->stop, &answer->error_at, err));
    HUSE_TRY(read_filter(s, err));
    HUSE_TRY(gather(s, &classes, err));
    s->score = huse_xmalloc((s->n + 1) * sizeof *s->score);
    s->cosine = huse_xmalloc((s->n + 1) * sizeof *s->cosine);
    score_job job = { s, classes };
    huse_pool_run(s->pool, (s->n + BLOCK - 1) / BLOCK, score_block, &job);
    take_best(s, answer, &best);
    if (answer->n == 0)
        note_nothing(s, answer, best);
    else if (s->e->model == NULL)
        note_untrained(s, answer);
    else
        note_trained(s, answer);
    return HUSE_OK;
}

huse_status huse_search(huse_engine *e, const huse_query *q, huse_answer *answer, huse_err *err)
{
    double start = now_ms();
    huse_terms terms;
    huse_parse_host host = { .home = q->home, .exists = exists };
    *answer = (huse_answer){ .n = 0 };
    HUSE_TRY(huse_query_parse(&terms, q->text, &host, &answer->error_at, err));
    search s = { .e = e, .q = q, .pool = huse_engine_enter(e) };
    huse_status status = answer_terms(&s, &terms, answer, err);
    huse_engine_leave(e, s.pool);
    huse_asked_fini(&s.asked);
    huse_terms_free(&terms);
    free(s.class_passes);
    free(s.row);
    free(s.score);
    free(s.cosine);
    answer->ms = now_ms() - start;
    return status;
}

void huse_answer_free(huse_answer *a)
{
    free(a->hit);
    a->hit = NULL;
    a->n = 0;
}
