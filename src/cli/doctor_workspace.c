#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "cli/asking.h"
#include "cli/doctor.h"
#include "cli/out.h"
#include "data/catalogue.h"
#include "data/encoders.h"
#include "model/model.h"

typedef struct check {
    json_t *damage; /* sentences */
    size_t  bundles, models;
} check;

static void add_damage(check *k, const char *where, const char *why)
{
    char *s = where ? huse_format("%s: %s", where, why) : huse_xstrdup(why);
    json_array_append_new(k->damage, out_json_str(s));
    free(s);
}

/* Any bundle: format and version are its own. */
static void check_bundle(check *k, const char *dir)
{
    char       *path = huse_fs_join(dir, "meta.json"), *data = NULL, *format = NULL;
    size_t      n;
    json_t     *meta = NULL;
    huse_bundle *b = NULL;
    huse_err    err = {0};
    huse_status s = huse_fs_read(path, (size_t)64 << 20, &data, &n, &err);
    if (s == HUSE_OK)
        s = huse_json_parse(&meta, data, n, path, &err);
    if (s == HUSE_OK) {
        const char *f = json_string_value(json_object_get(meta, "format"));
        format = huse_xstrdup(f ? f : "?");
        s = huse_bundle_open(&b, dir, format, (int)json_integer_value(json_object_get(meta, "version")), HUSE_CHECK_HASHES, &err);
    }
    if (s != HUSE_OK)
        add_damage(k, strstr(err.msg, dir) ? NULL : dir, err.msg);
    k->bundles++;
    huse_bundle_close(b);
    json_decref(meta);
    free(format);
    free(data);
    free(path);
}

/* Every folder with a meta.json at most @depth levels below; one at that depth should have it. */
static void walk(check *k, const char *dir, int depth)
{
    char   **names;
    size_t   n;
    huse_err err;
    char    *meta = huse_fs_join(dir, "meta.json");
    bool     bundle = huse_fs_exists(meta);
    free(meta);
    if (bundle || !depth) {
        check_bundle(k, dir);
        return;
    }
    if (!huse_fs_is_dir(dir) || huse_fs_list(dir, &names, &n, &err) != HUSE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        char *sub = huse_fs_join(dir, names[i]);
        if (names[i][0] != '.' && huse_fs_is_dir(sub))
            walk(k, sub, depth - 1);
        free(sub);
    }
    huse_fs_free_names(names, n);
}

/* What is no bundle: the database, the note of the encoders, the settings of runs. */
static void check_files(check *k, huse_workspace *ws, const char *dir)
{
    huse_err           err = {0};
    huse_encoder_names names;
    char              *runs = huse_fs_join(dir, "runs"), **run;
    size_t             n;
    if (huse_catalogue_check(ws, &err) != HUSE_OK)
        add_damage(k, NULL, err.msg);
    if (huse_encoders_current(dir, &names, &err) != HUSE_OK)
        add_damage(k, NULL, err.msg);
    if (huse_fs_is_dir(runs) && huse_fs_list(runs, &run, &n, &err) == HUSE_OK) {
        for (size_t i = 0; i < n; i++) {
            char   *path = huse_format("%s/%s/config.json", runs, run[i]), *text = NULL;
            json_t *o = NULL;
            size_t  bytes;
            if (huse_fs_exists(path) && (huse_fs_read(path, (size_t)1 << 20, &text, &bytes, &err) != HUSE_OK ||
                                         huse_json_parse(&o, text, bytes, path, &err) != HUSE_OK))
                add_damage(k, NULL, err.msg);
            json_decref(o);
            free(text);
            free(path);
        }
        huse_fs_free_names(run, n);
    }
    free(runs);
}

static void report_items(json_t *w, const huse_items *items)
{
    json_t *failed = json_array();
    size_t  waiting = 0;
    for (size_t i = 0; i < items->n; i++)
        for (uint32_t p = 0; p < items->item[i].n_pictures; p++) {
            const huse_picture *picture = &items->picture[items->item[i].picture + p];
            waiting += picture->state == HUSE_PICTURE_NEW;
            if (picture->state != HUSE_PICTURE_FAILED)
                continue;
            json_t *f = json_object();
            char   *path = cli_picture_path(picture);
            json_object_set_new(f, "id", out_json_str(items->item[i].id));
            out_json_path(f, "path", path);
            free(path);
            json_object_set_new(f, "why", out_json_str(picture->why));
            json_array_append_new(failed, f);
        }
    json_object_set_new(w, "items", out_json_count(items->n));
    json_object_set_new(w, "classes", out_json_count(items->n_classes));
    json_object_set_new(w, "pictures", out_json_count(items->n_pictures));
    json_object_set_new(w, "pictures_waiting", out_json_count(waiting));
    json_object_set_new(w, "pictures_failed", failed);
}

/* Rows of the model in use that stand for items which are gone, and items that it has not seen. */
static void report_model(json_t *w, check *k, const char *dir, const huse_items *items)
{
    huse_model *m = NULL;
    huse_err    err = {0};
    huse_status s = huse_model_open(&m, dir, NULL, &err);
    if (s == HUSE_NOT_FOUND) {
        json_object_set_new(w, "model", json_null());
        if (k->models)
            add_damage(k, NULL, "models/CURRENT is missing: “huse-tui train --resume” writes it again");
        return;
    }
    if (s != HUSE_OK) {
        add_damage(k, NULL, err.msg);
        return;
    }
    size_t dangling = 0;
    for (size_t i = 0; i < m->n_items; i++)
        dangling += huse_items_find(items, m->item_id[i]) < 0;
    json_object_set_new(w, "model", out_json_str(m->id));
    json_object_set_new(w, "model_method", out_json_str(m->method));
    json_object_set_new(w, "model_rows_without_item", out_json_count(dangling));
    json_object_set_new(w, "items_not_in_model", out_json_count(items->n - (m->n_items - dangling)));
    huse_model_close(m);
}

huse_status cli_doctor_workspace(json_t *j, huse_workspace *ws, size_t *damaged, huse_err *err)
{
    static const struct {
        const char *folder;
        int         depth;
    } place[] = {{"features", 2}, {"thumbs", 1}, {"models", 1}, {"runs", 2}};
    const char *dir = huse_workspace_dir(ws);
    huse_items *items = NULL;
    HUSE_TRY(huse_items_load(&items, ws, err));
    check   k = {.damage = json_array()};
    json_t *w = json_object();
    out_json_path(w, "folder", dir);
    report_items(w, items);
    for (size_t i = 0; i < HUSE_COUNT(place); i++) {
        char *path = huse_fs_join(dir, place[i].folder);
        size_t before = k.bundles;
        walk(&k, path, place[i].depth);
        if (strcmp(place[i].folder, "models") == 0)
            k.models = k.bundles - before;
        free(path);
    }
    check_files(&k, ws, dir);
    report_model(w, &k, dir, items);
    json_object_set_new(w, "bundles_checked", out_json_count(k.bundles));
    *damaged += json_array_size(k.damage);
    json_object_set_new(w, "damage", k.damage);
    json_object_set_new(j, "workspace", w);
    huse_items_free(items);
    return HUSE_OK;
}
