#include "cli/pictures.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "ui/gfx.h"

#define RESULT_ROWS 8
#define SINGLE_ROWS 16

/* What one picture borrows. */
typedef struct tile {
    uint8_t *rgb;
    char    *second; /* line of the caption */
    huse_err why;
} tile;

static ui_gfx_wish wish(const cli *c)
{
    return (ui_gfx_wish)cli_choice(c, "graphics");
}

bool cli_wants_pictures(const cli *c)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (strcmp(c->value[i].option->name, "pictures") == 0)
            return c->value[i].number > 0 && ui_gfx_would_print(wish(c));
    return false;
}

static void load(const cli_asking *a, const huse_item *item, tile *t, ui_gfx_item *out)
{
    static const char *const missing = "no picture";
    out->why = missing;
    if (!item->n_pictures)
        return;
    const huse_picture *p = &a->items->picture[item->picture];
    if (p->state == HUSE_PICTURE_OK && p->has_key) {
        if (huse_thumbnail(a->ws, p->key, &t->rgb, &out->w, &out->h, &t->why) != HUSE_OK)
            out->why = t->why.msg;
    } else {
        out->why = p->state == HUSE_PICTURE_NEW ? "not embedded yet" : p->why ? p->why : "broken picture";
    }
    out->rgb = t->rgb;
}

static huse_status print(const cli_asking *a, const ui_gfx_item *item, size_t n, int rows, huse_err *err)
{
    ui_gfx_page page = {.wish = wish(a->c), .rows = rows, .color = out_has_color()};
    out_flush();
    if (ui_gfx_print(item, n, &page) == 0)
        return HUSE_OK;
    if (errno == EPIPE) { /* our reader has seen enough */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return huse_fail_errno(err, "standard output");
}

huse_status cli_print_pictures(cli_asking *a, const huse_answer *r, huse_err *err)
{
    ui_gfx_item *item = huse_xcalloc(r->n, sizeof *item);
    tile        *t = huse_xcalloc(r->n, sizeof *t);
    size_t       n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const huse_hit *hit = &r->hit[i];
        if (hit->item < 0)
            continue;
        const huse_item *it = &a->items->item[hit->item];
        char             share[16];
        load(a, it, &t[n], &item[n]);
        t[n].second = huse_format("%s %s", cli_share(share, (double)hit->score, 2), cli_class_label(a, hit->class_path));
        item[n].caption[0] = it->text && *it->text ? it->text : it->id;
        item[n].caption[1] = t[n].second;
        item[n++].caption[2] = it->id;
    }
    huse_status s = print(a, item, n, RESULT_ROWS, err);
    for (size_t i = 0; i < n; i++) {
        free(t[i].rgb);
        free(t[i].second);
    }
    free(t);
    free(item);
    return s;
}

huse_status cli_print_picture(cli_asking *a, size_t i, huse_err *err)
{
    const huse_item *it = &a->items->item[i];
    ui_gfx_item      item = {.rgb = NULL};
    tile             t = {.rgb = NULL};
    if (!ui_gfx_would_print(wish(a->c)))
        return HUSE_OK;
    load(a, it, &t, &item);
    huse_status s = t.rgb ? print(a, &item, 1, SINGLE_ROWS, err) : HUSE_OK;
    free(t.rgb);
    return s;
}
