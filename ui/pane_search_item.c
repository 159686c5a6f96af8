/* What Search knows of the selected one and does with it: facts, marks, export, clipboard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marks_export.h"
#include "pane_search.h"

enum { CLASSES = 3, NEAREST = 24 /* texts; those that are the same are told once */, SEEK_FIRST = 1000 };

const char *ui_search_class(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *ui_search_caption(const huse_item *item)
{
    return item->text && *item->text ? item->text : item->id;
}

size_t ui_search_count(const ui_search *s, const char *path)
{
    size_t           n;
    const huse_node *node = huse_engine_tree(s->opened->engine, &n);
    const int32_t    at = huse_node_find(s->opened->engine, path);
    return at >= 0 ? node[at].items : 0;
}

/* ---- facts ---- */

typedef struct facts_job {
    ui_job    job;
    ui_facts *facts; /* done() may take it over */
} facts_job;

void ui_facts_free(ui_facts *f)
{
    free(f->image);
    free(f->text);
    free(f->both);
    huse_answer_free(&f->texts);
    free(f);
}

static void run_facts(ui_job *job, const ui_tools *t)
{
    ui_facts *f = ((facts_job *)job)->facts;
    huse_err  none; /* without neighbours there is nothing to tell of them */
    f->n = HUSE_MIN((size_t)CLASSES, huse_engine_classes(t->engine));
    f->status = huse_classify_item(t->engine, f->item, f->n, &f->image, &f->text, &f->both, &f->err);
    if (huse_stopped(t->stop))
        return;
    if (huse_item_neighbors(t->engine, f->item, HUSE_TARGET_IMAGE, HUSE_TARGET_TEXT, NEAREST, &f->texts, &none) != HUSE_OK)
        f->texts = (huse_answer){.n = 0};
}

static void free_facts(ui_job *job)
{
    facts_job *j = (facts_job *)job;
    if (j->facts)
        ui_facts_free(j->facts);
    free(j);
}

static void facts_done(void *st, ui_job *job)
{
    ui_search *s = st;
    facts_job *j = (facts_job *)job;
    if (s->facts[UI_FACTS_KEPT - 1])
        ui_facts_free(s->facts[UI_FACTS_KEPT - 1]);
    memmove(s->facts + 1, s->facts, (UI_FACTS_KEPT - 1) * sizeof *s->facts);
    s->facts[0] = j->facts;
    j->facts = NULL;
    ui_search_want_facts(s); /* those of the selected one may just have made room */
}

const ui_facts *ui_search_facts(const ui_search *s, size_t item)
{
    for (size_t i = 0; i < UI_FACTS_KEPT && s->facts[i]; i++)
        if (s->facts[i]->item == item)
            return s->facts[i];
    return NULL;
}

void ui_search_want_facts(ui_search *s)
{
    ui_search_layout l;
    const huse_hit  *hit = ui_search_selected(s);
    ui_search_arrange(s, ui_search_shown(s), &l);
    if (!hit || hit->item < 0 || !(l.panel.w || l.page) || ui_search_facts(s, (size_t)hit->item))
        return;
    facts_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_facts, .done = facts_done, .free = free_facts, .lane = UI_LANE_FACTS, .topic = UI_TOPIC_FACTS};
    j->facts = huse_xcalloc(1, sizeof *j->facts);
    j->facts->item = (size_t)hit->item;
    ui_post(s->ctx, s, &j->job);
}

/* ---- marks ---- */

void ui_search_mark(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    if (!hit || !s->ctx->marks)
        return;
    if (hit->item < 0) {
        ui_say(s->ctx, "only items can be marked");
        return;
    }
    const size_t item = (size_t)hit->item;
    ui_marks_set(s->ctx->marks, item, !ui_marks_has(s->ctx->marks, item));
}

/* Looks for a marked item along the ranking, in stretches that grow. */
typedef struct seek_job {
    ui_job  job;
    ui_hits q;      /* what is asked; skip, k: set anew for every stretch */
    bool   *marked; /* by item */
    bool    back;
    size_t  from, found; /* rank; SIZE_MAX: none */
} seek_job;

/* In answer ranks [skip, skip + n): the first, or the last, that is marked. */
static bool seek_in(seek_job *j, const huse_answer *a, size_t skip)
{
    for (size_t i = 0; i < a->n; i++) {
        const size_t at = j->back ? a->n - 1 - i : i;
        if (a->hit[at].item >= 0 && j->marked[a->hit[at].item]) {
            j->found = skip + at;
            return true;
        }
    }
    return false;
}

static void run_seek(ui_job *job, const ui_tools *t)
{
    seek_job *j = (seek_job *)job;
    size_t    at = j->from, step = SEEK_FIRST;
    bool      found = false, end = false;
    while (!found && !end && !huse_stopped(t->stop)) {
        j->q.k = j->back ? HUSE_MIN(step, at) : step;
        j->q.skip = j->back ? at - j->q.k : at;
        if (!j->q.k)
            return;
        ui_ask_now(t->engine, &j->q, t->stop);
        if (j->q.status != HUSE_OK)
            return;
        found = seek_in(j, &j->q.answer, j->q.skip);
        end = !j->back && j->q.answer.n < j->q.k;
        at = j->back ? j->q.skip : at + j->q.k;
        step *= 2;
        huse_answer_free(&j->q.answer);
        j->q.answer = (huse_answer){.n = 0};
    }
}

static void free_seek(ui_job *job)
{
    seek_job *j = (seek_job *)job;
    ui_hits_free(&j->q);
    free(j->marked);
    free(j);
}

static void seek_done(void *st, ui_job *job)
{
    ui_search *s = st;
    seek_job  *j = (seek_job *)job;
    if (j->found != SIZE_MAX)
        ui_search_go(s, j->found);
    else
        ui_say(s->ctx, "no marked one %s this", j->back ? "before" : "after");
}

void ui_search_seek(ui_search *s, bool back)
{
    if (!ui_marks_count(s->ctx->marks) || !s->answered || s->hits.target == HUSE_TARGET_CLASS) {
        ui_say(s->ctx, s->answered && s->hits.target == HUSE_TARGET_CLASS ? "only items can be marked" : "nothing is marked; Space marks");
        return;
    }
    seek_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_seek, .done = seek_done, .free = free_seek, .lane = UI_LANE_FACTS, .topic = UI_TOPIC_SEEK};
    j->q = (ui_hits){.text = huse_xstrdup(s->hits.text), .class_filter = s->hits.class_filter ? huse_xstrdup(s->hits.class_filter) : NULL,
                     .target = s->hits.target, .rerank = s->hits.rerank};
    j->marked = huse_xcalloc(s->opened->items->n, sizeof *j->marked);
    for (size_t i = 0; (i = ui_marks_next(s->ctx->marks, i)) != SIZE_MAX; i++)
        j->marked[i] = true;
    j->back = back;
    j->from = back ? s->cursor : s->cursor + 1;
    j->found = SIZE_MAX;
    for (size_t rank = s->cursor; (rank = back ? rank - 1 : rank + 1), ui_search_at(s, rank);) /* most are near */
        if (j->marked[ui_search_at(s, rank)->item]) {
            ui_search_go(s, rank);
            free_seek(&j->job);
            return;
        }
    ui_post(s->ctx, s, &j->job);
}

/* ---- clipboard ---- */

void ui_search_copy(ui_search *s)
{
    const huse_hit *hit = ui_search_selected(s);
    if (!hit)
        return;
    const huse_item *item = ui_search_item(s, hit);
    if (!item) {
        ui_copy(s->ctx, hit->class_path);
    } else if (item->n_pictures) {
        char *path = ui_picture_path(&s->opened->items->picture[item->picture]);
        ui_copy(s->ctx, path);
        free(path);
    } else {
        ui_copy(s->ctx, item->id);
    }
}
