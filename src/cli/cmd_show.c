#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/pictures.h"

enum { IMAGE, TEXT, FUSION, SIDES };
static const char *const side_name[SIDES] = {"image", "text", "fusion"};
static const char *const state_name[] = {"new", "ok", "failed"};

typedef struct opinion {
    huse_class_score *score[SIDES]; /* NULL where the modality is missing */
    size_t            k;
} opinion;

static void print_json(const cli_asking *a, size_t i, const opinion *o)
{
    const huse_item *it = &a->items->item[i];
    json_t          *j = cli_json_head(a, "show"), *item = json_object(), *pictures = json_array();
    cli_json_item(item, a->items, i);
    json_object_set_new(item, "split", it->split ? json_string(huse_split_name(it->split)) : json_null());
    for (uint32_t p = 0; p < it->n_pictures; p++) {
        const huse_picture *picture = &a->items->picture[it->picture + p];
        json_t             *one = json_object();
        char               *path = cli_picture_path(picture);
        out_json_path(one, "path", path);
        json_object_set_new(one, "state", json_string(state_name[picture->state]));
        json_object_set_new(one, "why", out_json_str(picture->why));
        json_array_append_new(pictures, one);
        free(path);
    }
    json_object_set_new(item, "pictures", pictures);
    json_object_set_new(j, "item", item);
    for (int s = 0; s < SIDES; s++) {
        char name[32];
        snprintf(name, sizeof name, "%s_says", side_name[s]);
        json_object_set_new(j, name, cli_json_scores(o->score[s], o->k));
    }
    out_json(j, false);
}

static void print_row(const char *label, const char *text)
{
    out_cell(OUT_DIM, 12, label);
    out_add(OUT_PLAIN, "%s", text);
    out_end();
}

static void print_text(const cli_asking *a, size_t i, const opinion *o)
{
    const huse_item *it = &a->items->item[i];
    print_row("id", it->id);
    print_row("text", it->text ? it->text : "–");
    print_row("class", it->cls >= 0 ? a->items->class_path[it->cls] : "–");
    print_row("split", it->split ? huse_split_name(it->split) : "–");
    for (uint32_t p = 0; p < it->n_pictures; p++) {
        const huse_picture *picture = &a->items->picture[it->picture + p];
        char               *path = cli_picture_path(picture);
        out_cell(OUT_DIM, 12, p ? "" : it->n_pictures > 1 ? "pictures" : "picture");
        out_add(OUT_PLAIN, "%s", path);
        if (picture->state == HUSE_PICTURE_FAILED)
            out_add(OUT_WARN, "  ! %s", picture->why ? picture->why : "failed");
        else if (picture->state == HUSE_PICTURE_NEW)
            out_add(OUT_DIM, "  not embedded yet");
        out_end();
        free(path);
    }
    for (int s = 0; s < SIDES; s++) {
        if (!o->score[s])
            continue;
        char label[32], share[16];
        snprintf(label, sizeof label, "%s says", side_name[s]);
        out_cell(OUT_DIM, 12, s == FUSION ? "both say" : label);
        for (size_t k = 0; k < o->k; k++)
            out_add(k ? OUT_PLAIN : OUT_BOLD, "%s%s %s", k ? ", " : "", cli_class_label(a, o->score[s][k].class_path),
                    cli_share(share, (double)o->score[s][k].p, 2));
        out_end();
    }
}

huse_status cmd_show(cli *c, huse_err *err)
{
    cli_asking a;
    size_t     item = 0;
    opinion    o = {.k = 0};
    HUSE_TRY(cli_asking_open(&a, c, c->arg[0], err));
    huse_status s = cli_find_item(&a, c->arg[1], &item, err);
    if (s == HUSE_OK && huse_engine_classifies(a.engine)) {
        o.k = HUSE_MIN((size_t)cli_int(c, "count"), huse_engine_classes(a.engine));
        s = huse_classify_item(a.engine, item, o.k, &o.score[IMAGE], &o.score[TEXT], &o.score[FUSION], err);
        if (s == HUSE_NOT_FOUND) { /* imported after the model was made: there is no opinion yet */
            out_note("%s; “huse-tui embed %.100s” brings the model up to date", err->msg, c->arg[0]);
            s = HUSE_OK;
        }
    }
    if (s == HUSE_OK && cli_flag(c, "json"))
        print_json(&a, item, &o);
    else if (s == HUSE_OK && (s = cli_print_picture(&a, item, err)) == HUSE_OK)
        print_text(&a, item, &o);
    for (int k = 0; k < SIDES; k++)
        free(o.score[k]);
    cli_asking_close(&a);
    return s;
}
