#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/models.h"
#include "cli/out.h"
#include "cli/recent.h"
#include "data/encoders.h"
#include "data/hub.h"

typedef struct users {
    const char *folder; /* of the model */
    char      **dir;    /* workspaces that were looked at, links resolved; those that use it come first */
    size_t      n, n_users;
} users;

static bool is_of(const char *features, const char *folder)
{
    const size_t n = strlen(folder);
    return strncmp(features, folder, n) == 0 &&
           (!features[n] || strcmp(features + n, HUSE_SENTENCE_SUFFIX) == 0 || strcmp(features + n, HUSE_CROP_SUFFIX) == 0);
}

static void look(users *u, const char *workspace)
{
    huse_encoder_names names;
    huse_err           none;
    char              *dir = realpath(workspace, NULL);
    for (size_t i = 0; dir && i < u->n; i++)
        if (strcmp(u->dir[i], dir) == 0) {
            free(dir);
            return;
        }
    if (!dir)
        return;
    u->dir = huse_xrealloc(u->dir, (u->n + 1) * sizeof *u->dir);
    u->dir[u->n++] = dir;
    if (huse_encoders_current(dir, &names, &none) == HUSE_OK && (is_of(names.text, u->folder) || is_of(names.image, u->folder))) {
        u->dir[u->n - 1] = u->dir[u->n_users];
        u->dir[u->n_users++] = dir;
    }
}

/* Workspaces that were open before, and those that are known by name. */
static void look_around(users *u, const cli *c)
{
    cli_recent recent;
    huse_err   none;
    char      *file = cli_state_file("recent"), *data = cli_data_dir(c), *catalogues = huse_fs_join(data, "catalogues"), **name = NULL;
    size_t     n = 0;
    cli_recent_read(&recent, file);
    for (size_t i = 0; i < recent.n; i++)
        look(u, recent.entry[i].dir);
    if (huse_fs_list(catalogues, &name, &n, &none) == HUSE_OK)
        for (size_t i = 0; i < n; i++) {
            char *dir = huse_fs_join(catalogues, name[i]);
            look(u, dir);
            free(dir);
        }
    huse_fs_free_names(name, n);
    cli_recent_free(&recent);
    free(catalogues);
    free(data);
    free(file);
}

static huse_status remove_unused(const cli_models *m, const cli_weights *w, huse_err *err)
{
    users       u = {.folder = w->folder};
    huse_status s = HUSE_OK;
    look_around(&u, m->c);
    if (u.n_users > 0 && !cli_flag(m->c, "force")) {
        s = huse_fail(err, HUSE_FAILED, "%zu workspace%s %s it: %.300s%s", u.n_users, u.n_users == 1 ? "" : "s", u.n_users == 1 ? "uses" : "use",
                      u.dir[0], u.n_users == 1 ? "" : " and others");
        cli_hint(m->c, s, "--force removes it all the same; words cannot be asked there then.");
    }
    if (s == HUSE_OK)
        s = huse_hub_remove(m->host.models, w->folder, err);
    for (size_t i = 0; i < u.n; i++)
        free(u.dir[i]);
    free(u.dir);
    return s;
}

huse_status cli_models_rm(cli_models *m, huse_err *err)
{
    cli_weights_check(&m->list, &m->host, "", false);
    const cli_weights *w = cli_models_there(m, err);
    if (!w)
        return HUSE_NOT_FOUND;
    HUSE_TRY(remove_unused(m, w, err));
    if (cli_flag(m->c, "json"))
        out_json(json_pack("{s:s, s:i, s:o}", "schema", "huse-tui/model-rm", "version", 1, "name", out_json_str(w->name)), false);
    else
        out_line("%s is removed", w->name);
    return HUSE_OK;
}
