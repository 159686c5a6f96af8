/* Modalities present and equal texts of an evaluated set. */
#include "eval/sets.h"

#include <stdlib.h>
#include <string.h>

huse_side huse_set_side(const huse_eval_set *s, bool text)
{
    const bool *has = text ? s->has_text : s->has_image;
    huse_side side = {.rows = text ? s->text : s->image, .d = s->d};
    uint32_t *item = huse_xcalloc(s->n + 1, sizeof *item);
    HUSE_ASSERT(s->n <= UINT32_MAX);
    for (size_t i = 0; side.rows && i < s->n; i++) {
        if (!has || has[i])
            item[side.n++] = (uint32_t)i;
    }
    side.item = item;
    return side;
}

struct text_item {
    const char *text;
    int32_t cls;
    uint32_t item;
};

static int compare_texts(const void *a, const void *b)
{
    const struct text_item *x = a, *y = b;
    int c = strcmp(x->text, y->text);
    return c ? c : (x->cls > y->cls) - (x->cls < y->cls);
}

void huse_texts_init(huse_texts *t, const huse_eval_set *s, const huse_side *text)
{
    struct text_item *x = huse_xcalloc(text->n + 1, sizeof *x);
    for (size_t i = 0; i < text->n; i++) {
        uint32_t item = text->item[i];
        x[i] = (struct text_item){s->str[item] ? s->str[item] : "", s->cls[item], item};
    }
    qsort(x, text->n, sizeof *x, compare_texts);
    t->id = huse_xcalloc(s->n + 1, sizeof *t->id);
    t->start = huse_xcalloc(text->n + 2, sizeof *t->start);
    t->run = huse_xcalloc(text->n + 1, sizeof *t->run);
    size_t groups = 0, runs = 0;
    for (size_t i = 0; i < text->n; i++) {
        bool same_text = i > 0 && strcmp(x[i].text, x[i - 1].text) == 0;
        if (!same_text)
            t->start[groups++] = runs;
        if (!same_text || x[i].cls != x[i - 1].cls)
            t->run[runs++] = (huse_text_run){x[i].cls, 0};
        t->run[runs - 1].count++;
        t->id[x[i].item] = (uint32_t)(groups - 1);
    }
    t->start[groups] = runs;
    free(x);
}

void huse_texts_free(huse_texts *t)
{
    free(t->id);
    free(t->start);
    free(t->run);
    *t = (huse_texts){0};
}
