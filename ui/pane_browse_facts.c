/* What Browse asks the engine, in the background, and keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane_browse.h"

/* ---- keeping ---- */

static void free_part(ui_known *f, int part)
{
    if (f->is_item) {
        huse_answer_free(&f->answer[part]);
        f->answer[part] = (huse_answer){0};
        if (part == UI_SAYS) {
            free(f->image);
            free(f->text);
            free(f->fusion);
            f->image = f->text = f->fusion = NULL;
        }
    } else if (part == UI_NEAR) {
        free(f->near);
        f->near = NULL;
        f->n_near = 0;
    } else {
        huse_members_free(&f->members[part]);
        f->members[part] = (huse_members){0};
    }
    f->part[part] = (ui_part){.here = false};
}

static void free_facts(ui_known *f)
{
    for (int i = 0; f->used && i < UI_PARTS; i++)
        free_part(f, i);
    *f = (ui_known){.used = false};
}

void ui_browse_forget(ui_browse *b)
{
    for (size_t i = 0; i < UI_KNOWN_MAX; i++)
        free_facts(&b->facts[i]);
    huse_figures_free(&b->figures);
    free(b->ties.tie);
    free(b->early);
}

static ui_known *find(const ui_browse *b, bool is_item, size_t id)
{
    for (size_t i = 0; i < UI_KNOWN_MAX; i++) {
        const ui_known *f = &b->facts[i];
        if (f->used && f->is_item == is_item && f->id == id)
            return (ui_known *)f;
    }
    return NULL;
}

const ui_known *ui_browse_facts(const ui_browse *b)
{
    return find(b, b->at.item >= 0, (size_t)(b->at.item >= 0 ? b->at.item : b->at.node));
}

/* A place for facts: a free one, else the one that was not looked at for longest. */
static ui_known *keep(ui_browse *b, bool is_item, size_t id)
{
    ui_known *f = find(b, is_item, id), *oldest = &b->facts[0];
    if (f)
        return f;
    for (size_t i = 0; i < UI_KNOWN_MAX; i++) {
        ui_known *g = &b->facts[i];
        if (!g->used || (oldest->used && g->when < oldest->when))
            oldest = g;
    }
    free_facts(oldest);
    *oldest = (ui_known){.used = true, .is_item = is_item, .id = id};
    return oldest;
}

/* ---- jobs for one part ---- */

static void run_near(ui_known *f, const ui_tools *t, huse_err *err)
{
    size_t           n = 0, nodes;
    huse_neighbor   *nb = NULL;
    const huse_node *node = huse_engine_tree(t->engine, &nodes);
    ui_part         *p = &f->part[UI_NEAR];
    p->status = huse_class_neighbors(t->engine, node[f->id].path, f->level, f->near_k, &nb, &n, err);
    if (p->status != HUSE_OK)
        return;
    f->near = huse_xcalloc(HUSE_MAX(n, 1), sizeof *f->near);
    f->n_near = n;
    for (size_t i = 0; i < n; i++)
        f->near[i] = (ui_near){huse_node_find(t->engine, nb[i].path), nb[i].path, nb[i].cosine, nb[i].psi_distance,
                               nb[i].tree_distance, nb[i].flag};
    free(nb);
}

static void run_part(ui_job *job, const ui_tools *t)
{
    static const huse_member_kind kind[] = {[UI_TYPICAL] = HUSE_MEMBER_TYPICAL, [UI_CONFUSED] = HUSE_MEMBER_CONFUSED, [UI_FAR] = HUSE_MEMBER_FAR};
    static const huse_target      target[] = {[UI_IMAGES] = HUSE_TARGET_IMAGE, [UI_TEXTS] = HUSE_TARGET_TEXT, [UI_CLASSES] = HUSE_TARGET_CLASS};
    ui_known_job                    *j = (ui_known_job *)job;
    ui_known                     *f = &j->known;
    huse_err                      err = {0};
    ui_part                      *p = &f->part[j->part];
    if (f->is_item && j->part == UI_SAYS) {
        f->n_says = HUSE_MIN(huse_engine_classes(t->engine), UI_SAYS_MAX);
        p->status = huse_classify_item(t->engine, f->id, UI_SAYS_MAX, &f->image, &f->text, &f->fusion, &err);
    } else if (f->is_item) {
        p->status = huse_item_neighbors(t->engine, f->id, HUSE_TARGET_IMAGE, target[j->part], UI_HITS_MAX, &f->answer[j->part], &err);
        if (p->status != HUSE_OK)
            f->answer[j->part] = (huse_answer){0};
    } else if (j->part == UI_NEAR) {
        run_near(f, t, &err);
    } else {
        p->status = huse_node_members(t->engine, (int32_t)f->id, kind[j->part], UI_MEMBERS_MAX, 0, t->stop, &f->members[j->part], &err);
    }
    p->here = true;
    if (p->status != HUSE_OK)
        snprintf(p->why, sizeof p->why, "%.199s", err.msg);
}

static void free_job(ui_job *job)
{
    free_facts(&((ui_known_job *)job)->known);
    free(job);
}

/* Moves one part of what the job found to where it is kept. */
static void take_part(void *st, ui_job *job)
{
    ui_browse *b = st;
    ui_known_job *j = (ui_known_job *)job;
    ui_known  *from = &j->known, *to = find(b, from->is_item, from->id);
    const int  part = j->part;
    if (!to)
        return;
    free_part(to, part);
    if (from->is_item && part == UI_SAYS) {
        to->image = from->image;
        to->text = from->text;
        to->fusion = from->fusion;
        to->n_says = from->n_says;
        from->image = from->text = from->fusion = NULL;
    } else if (from->is_item) {
        to->answer[part] = from->answer[part];
        from->answer[part] = (huse_answer){0};
    } else if (part == UI_NEAR) {
        to->near = from->near;
        to->n_near = from->n_near;
        to->near_k = from->near_k;
        to->level = from->level;
        from->near = NULL;
    } else {
        to->members[part] = from->members[part];
        from->members[part] = (huse_members){0};
    }
    to->part[part] = from->part[part];
    ui_browse_settle(b);
}

static void ask_part(ui_browse *b, ui_known *f, int part, size_t near_k)
{
    ui_known_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_part, .done = take_part, .free = free_job, .lane = UI_LANE_FACTS, .topic = part};
    j->known = (ui_known){.used = true, .is_item = f->is_item, .id = f->id, .near_k = near_k};
    if (!f->is_item)
        j->known.level = ui_browse_level(b, (int32_t)f->id);
    j->part = part;
    ui_post(b->ctx, b, &j->job);
}

void ui_browse_ask(ui_browse *b)
{
    const ui_spot *at = &b->at;
    const bool      is_item = at->item >= 0;
    if (!ui_browse_has_tree(b) || (!is_item && !b->opened->trained))
        return;
    const size_t near_k = HUSE_MAX(at->near_node >= 0 ? (size_t)HUSE_MAX(at->near_rank, 0) : 0, (size_t)UI_NEAR_MAX);
    ui_known    *f = keep(b, is_item, (size_t)(is_item ? at->item : at->node));
    f->when = ++b->clock;
    if (!is_item && f->part[UI_NEAR].here && (f->level != ui_browse_level(b, at->node) || (f->near_k < near_k && f->n_near == f->near_k)))
        free_part(f, UI_NEAR);
    for (int i = 0; i < UI_PARTS; i++)
        if (!f->part[i].here && (is_item || i != UI_NEAR || at->node > 0))
            ask_part(b, f, i, near_k);
    ui_browse_settle(b);
}

int ui_browse_level(const ui_browse *b, int32_t node)
{
    const huse_node *n = &b->tree.node[node];
    if (b->level >= 0)
        return b->level;
    return n->cls >= 0 || ui_tree_is_leaf(&b->tree, node) ? 0 : n->depth;
}

size_t ui_browse_members(const ui_browse *b, int group)
{
    const ui_known *f = ui_browse_facts(b);
    return f && !f->is_item ? f->members[group].n : 0;
}

size_t ui_browse_hits(const ui_browse *b, int part)
{
    const ui_known *f = ui_browse_facts(b);
    return f && f->is_item ? f->answer[part].n : 0;
}

/* ---- figures and disagreements of the whole tree ---- */

static void free_whole(ui_job *job)
{
    ui_whole_job *j = (ui_whole_job *)job;
    huse_figures_free(&j->figures);
    free(j->ties.tie);
    free(j);
}

static void run_figures(ui_job *job, const ui_tools *t)
{
    ui_whole_job *j = (ui_whole_job *)job;
    huse_err   err;
    if (huse_tree_figures(t->engine, t->stop, &j->figures, &err) != HUSE_OK)
        j->figures = (huse_figures){0};
}

static void take_figures(void *st, ui_job *job)
{
    ui_browse *b = st;
    ui_whole_job *j = (ui_whole_job *)job;
    b->figures = j->figures;
    j->figures = (huse_figures){0};
}

static void run_ties(ui_job *job, const ui_tools *t)
{
    ui_ties *ties = &((ui_whole_job *)job)->ties;
    huse_err err = {0};
    ties->here = true;
    ties->status = huse_disagreements(t->engine, NULL, UI_TIES_MAX, t->stop, &ties->tie, &ties->list.n, &ties->total, &err);
    if (ties->status == HUSE_OK)
        return;
    *ties = (ui_ties){.here = true, .status = ties->status};
    snprintf(ties->why, sizeof ties->why, "%.199s", err.msg);
}

static void take_ties(void *st, ui_job *job)
{
    ui_browse *b = st;
    ui_whole_job *j = (ui_whole_job *)job;
    b->ties = j->ties;
    j->ties = (ui_ties){0};
}

static void ask_whole(ui_browse *b, void (*run)(ui_job *, const ui_tools *), void (*done)(void *, ui_job *), int topic)
{
    ui_whole_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run, .done = done, .free = free_whole, .lane = UI_LANE_BACK, .topic = topic};
    ui_post(b->ctx, b, &j->job);
}

void ui_browse_ask_figures(ui_browse *b)
{
    if (ui_browse_has_tree(b) && b->opened->trained && !b->figures.node && !ui_busy(b->ctx, b, UI_TOPIC_FIGURES))
        ask_whole(b, run_figures, take_figures, UI_TOPIC_FIGURES);
}

void ui_browse_ask_ties(ui_browse *b)
{
    if (!b->ties.here && !ui_busy(b->ctx, b, UI_TOPIC_TIES))
        ask_whole(b, run_ties, take_ties, UI_TOPIC_TIES);
}

/* ---- an item by its id: the first time, all ids are sorted ---- */

static void run_seen(ui_job *job, const ui_tools *t)
{
    ui_seen_job *j = (ui_seen_job *)job;
    j->item = huse_items_find(huse_engine_items(t->engine), j->id);
}

static void take_seen(void *st, ui_job *job)
{
    ui_browse   *b = st;
    ui_seen_job *j = (ui_seen_job *)job;
    if (j->item >= 0)
        ui_browse_go_to_item(b, j->item);
    else
        ui_warn(b->ctx, "there is no item “%.200s”", j->id);
}

static void free_seen(ui_job *job)
{
    free(((ui_seen_job *)job)->id);
    free(job);
}

void ui_browse_ask_item(ui_browse *b, const char *id)
{
    ui_seen_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_seen, .done = take_seen, .free = free_seen, .lane = UI_LANE_QUERY, .topic = UI_TOPIC_SEEN};
    j->id = huse_xstrdup(id);
    ui_post(b->ctx, b, &j->job);
}
