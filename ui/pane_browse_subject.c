/* What the cursor of Browse stands on, and what is done with it. */
#include <stdlib.h>

#include "marks_export.h"
#include "pane_browse.h"

static ptrdiff_t hit_item(const ui_browse *b, const ui_known *f, int part)
{
    const size_t at = b->at.hit[part];
    return at < f->answer[part].n ? f->answer[part].hit[at].item : -1;
}

static void subject_item(const ui_browse *b, ui_subject *s, ptrdiff_t item)
{
    const huse_items *items = b->opened->items;
    if (item < 0 || (size_t)item >= items->n)
        return;
    s->item = item;
    s->cls = items->item[item].cls >= 0 ? items->class_path[items->item[item].cls] : NULL;
}

ui_subject ui_browse_subject(const ui_browse *b)
{
    ui_subject      s = {.item = -1};
    const ui_spot *at = &b->at;
    const ui_known *f = ui_browse_has_tree(b) ? ui_browse_facts(b) : NULL;
    if (!ui_browse_has_tree(b) || at->ties)
        return s;
    switch (at->area) {
    case UI_AREA_TREE:
    case UI_AREA_MAP:
        s.path = at->node > 0 ? b->tree.node[at->node].path : NULL;
        break;
    case UI_AREA_NEAR:
        s.path = f && at->near.cursor < f->n_near ? f->near[at->near.cursor].path : NULL;
        break;
    case UI_AREA_MEMBERS:
        if (f && at->member[at->group] < f->members[at->group].n)
            subject_item(b, &s, f->members[at->group].member[at->member[at->group]].item);
        break;
    case UI_AREA_ITEM:
        subject_item(b, &s, at->item);
        break;
    case UI_AREA_IMAGES:
    case UI_AREA_TEXTS:
        if (f)
            subject_item(b, &s, hit_item(b, f, at->area == UI_AREA_IMAGES ? UI_IMAGES : UI_TEXTS));
        break;
    case UI_AREA_CLASSES:
        s.path = f && at->hit[UI_CLASSES] < f->answer[UI_CLASSES].n ? f->answer[UI_CLASSES].hit[at->hit[UI_CLASSES]].class_path : NULL;
        break;
    }
    s.cls = s.cls ? s.cls : s.path;
    return s;
}

void ui_browse_lead_out(ui_browse *b, char how)
{
    const ui_subject s = ui_browse_subject(b);
    huse_buf         term = {0};
    if (s.item < 0 && !s.path) {
        ui_say(b->ctx, "this needs a class or an item under the cursor");
        return;
    }
    if (how == 'c')
        huse_buf_str(&term, s.cls ? s.cls : "");
    else if (s.item >= 0)
        ui_term(&term, "@", b->opened->items->item[s.item].id);
    else
        ui_term(&term, "class:", s.path);
    if (how == 'c' && !s.cls)
        ui_say(b->ctx, "this item has no class");
    else
        ui_lead(b->ctx, UI_PANE_SEARCH, how, term.data);
    huse_buf_free(&term);
}

void ui_browse_mark(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    if (s.item < 0 || !b->ctx->marks) {
        ui_say(b->ctx, "only items can be marked: Tab goes to the pictures");
        return;
    }
    ui_marks_set(b->ctx->marks, (size_t)s.item, !ui_marks_has(b->ctx->marks, (size_t)s.item));
}

void ui_browse_copy(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    const huse_items *items = b->opened->items;
    if (s.item >= 0 && items->item[s.item].n_pictures) {
        char *path = ui_picture_path(&items->picture[items->item[s.item].picture]);
        ui_copy(b->ctx, path);
        free(path);
    } else if (s.item >= 0) {
        ui_copy(b->ctx, items->item[s.item].id);
    } else if (s.path) {
        ui_copy(b->ctx, s.path);
    }
}
