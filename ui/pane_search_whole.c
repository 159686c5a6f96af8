/* All that is told of an item, as text that is paged and searched: nothing of it is cut. */
#include <stdlib.h>
#include <string.h>

#include "marks_export.h"
#include "pane_search.h"

static void add_opinion(huse_buf *b, const char *what, const huse_class_score *o, size_t n)
{
    char share[16];
    huse_buf_fmt(b, "%s", what);
    for (size_t i = 0; o && i < n; i++)
        huse_buf_fmt(b, "  %s %s", o[i].class_path, ui_share(share, (double)o[i].p, 3));
    huse_buf_str(b, o ? "\n" : "  –\n");
}

static void add_classes(huse_buf *b, const ui_search *s, const ui_facts *f)
{
    if (!f || !s->opened->trained)
        return;
    if (f->status != HUSE_OK) {
        huse_buf_fmt(b, "\n%s\n", f->err.msg);
        return;
    }
    huse_buf_str(b, "\n");
    add_opinion(b, "image", f->image, f->n);
    add_opinion(b, "text ", f->text, f->n);
    add_opinion(b, "both ", f->both, f->n);
}

static void add_texts(huse_buf *b, const ui_search *s, const ui_facts *f)
{
    char cosine[16];
    if (!f || !f->texts.n)
        return;
    huse_buf_str(b, "\nnearest texts\n");
    for (size_t i = 0; i < f->texts.n; i++) {
        const huse_hit *hit = &f->texts.hit[i];
        if (hit->item >= 0)
            huse_buf_fmt(b, "%5s  %s  (%s)\n", ui_share(cosine, (double)hit->cosine, 3), ui_search_caption(ui_search_item(s, hit)),
                         ui_search_item(s, hit)->id);
    }
}

static void add_pictures(huse_buf *b, const ui_search *s, const huse_item *item)
{
    if (item->n_pictures)
        huse_buf_str(b, item->n_pictures == 1 ? "\npicture\n" : "\npictures\n");
    for (uint32_t i = 0; i < item->n_pictures; i++) {
        const huse_picture *p = &s->opened->items->picture[item->picture + i];
        char               *path = ui_picture_path(p);
        huse_buf_fmt(b, "  %s%s%s\n", path, p->why ? ": " : "", p->why ? p->why : "");
        free(path);
    }
}

void ui_search_read(ui_search *s)
{
    const huse_hit  *hit = ui_search_selected(s);
    const huse_item *item = hit ? ui_search_item(s, hit) : NULL;
    huse_buf         b = {0};
    if (!item)
        return;
    const ui_facts *f = ui_search_facts(s, (size_t)hit->item);
    char           *path = ui_search_spaced(*hit->class_path ? hit->class_path : "no class");
    huse_buf_fmt(&b, "%s\n\n%s\n", ui_search_caption(item), path);
    add_classes(&b, s, f);
    add_texts(&b, s, f);
    add_pictures(&b, s, item);
    free(path);
    ui_page(s->ctx, item->id, b.data);
}
