#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/models.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "data/hub.h"

#define HUB "https://huggingface.co"

static const char *variable(const char *name, const char *otherwise)
{
    const char *v = getenv(name);
    return v && *v ? v : otherwise;
}

/* "minilm-l6" is what the manifest says it is, with its weights as they are there; anything else is an address. */
static huse_status resolve(const cli_models *m, huse_hub_options *o, huse_hub_address *a, huse_key *pin, huse_err *err)
{
    const size_t  n = strcspn(m->name, "@");
    char         *name = huse_xstrndup(m->name, n), *full = NULL;
    const json_t *listed = cli_weights_listed(&m->list, name), *hub = json_object_get(listed, "hugging_face"), *f;
    const char   *repository = json_string_value(json_object_get(hub, "repository"));
    size_t        i;
    if (repository) {
        full = huse_format("%s%s", repository, m->name + n);
        o->folder = json_string_value(json_object_get(listed, "name"));
    }
    json_array_foreach(json_object_get(listed, "files"), i, f) {
        const char *file = json_string_value(json_object_get(f, "name")), *hash = json_string_value(json_object_get(f, "sha256"));
        if (json_is_true(json_object_get(hub, "same_bytes")) && file && hash && strcmp(file, huse_hub_path(HUSE_HUB_WEIGHTS)) == 0 &&
            huse_key_parse(pin, hash))
            o->pin = pin;
    }
    huse_status s = huse_hub_address_parse(a, full ? full : m->name, err);
    free(full);
    free(name);
    return s;
}

static void print_json(const huse_hub_report *r, const char *dir)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/pull"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "name", out_json_str(r->repository));
    json_object_set_new(j, "revision", out_json_str(r->revision));
    json_object_set_new(j, "kind", json_string(r->image ? "image" : "text"));
    json_object_set_new(j, "files", out_json_count(r->files));
    json_object_set_new(j, "bytes", out_json_count((size_t)r->bytes));
    json_object_set_new(j, "fetched", out_json_count((size_t)r->fetched));
    json_object_set_new(j, "already_there", json_boolean(r->there));
    out_json_path(j, "path", dir);
    out_json(j, false);
}

static void report(const cli_models *m, const huse_hub_report *r, const char *models, bool usual)
{
    char *dir = huse_format("%s/%s", models, r->folder), size[24], fetched[24];
    cli_megabytes(size, r->bytes);
    cli_megabytes(fetched, r->fetched);
    if (cli_flag(m->c, "json")) {
        print_json(r, dir);
    } else {
        out_line("%s, revision %.12s: %s encoder, %zu files, %s, %s%s", r->repository, r->revision, r->image ? "image" : "text", r->files, size,
                 r->there ? "was here already" : "fetched ", r->there ? "" : fetched);
        out_line("%s", dir);
        if (!usual)
            out_note("next: huse-tui embed WS --%s-encoder %s", r->image ? "image" : "text", r->repository);
    }
    free(dir);
}

/* One of the program's own that is whole, and not from a hub, is left as it is. */
static bool is_here(const cli_models *m, const huse_hub_options *o)
{
    const cli_weights *w = o->folder ? cli_weights_find(&m->list, o->folder) : NULL;
    return w && w->dir && w->state == CLI_WEIGHTS_THERE && !*w->repository && !cli_flag(m->c, "force");
}

static bool is_kept(const char *models, const char *folder)
{
    char *aside = huse_format("%s/" HUSE_HUB_ASIDE "%s", models, folder);
    bool  kept = huse_fs_exists(aside);
    free(aside);
    return kept;
}

static char *folder_of_weights(const cli_models *m)
{
    if (m->host.models)
        return huse_xstrdup(m->host.models);
    char *data = cli_data_dir(m->c), *dir = huse_format("%s/models", data);
    free(data);
    return dir;
}

huse_status cli_models_pull(cli_models *m, huse_err *err)
{
    const huse_network *net = &m->host.host.network;
    const char         *token = cli_str(m->c, "token");
    cli_progress        progress = {0};
    huse_hub_report     r = {0};
    huse_hub_address    a;
    huse_key            pin;
    huse_hub_options    o = {
           .endpoint = variable("HF_ENDPOINT", HUB),
           .token_file = token ? token : variable("HF_TOKEN_PATH", NULL),
           .ca_file = net->ca_file,
           .allow_private = net->allow_private,
           .progress = cli_progress_bytes,
           .ctx = &progress,
    };
    cli_weights_check(&m->list, &m->host, "", false);
    HUSE_TRY(resolve(m, &o, &a, &pin, err));
    if (is_here(m, &o)) {
        out_line("%s is here already: %s", o.folder, cli_weights_find(&m->list, o.folder)->dir);
        return HUSE_OK;
    }
    if (net->offline)
        return huse_fail(err, HUSE_NETWORK, "offline: no hub is asked");
    char *models = folder_of_weights(m);
    o.models_dir = models;
    o.stop = cli_stop_catch();
    huse_status s = huse_hub_pull(&o, &a, &r, err);
    out_progress_end();
    if (s == HUSE_OK)
        report(m, &r, models, o.folder != NULL);
    else if (is_kept(models, o.folder ? o.folder : a.folder))
        cli_hint(m->c, s, "What was fetched is kept; the same command goes on from there.");
    else if (s == HUSE_FAILED && access(models, W_OK) != 0)
        cli_hint(m->c, s, "--models DIR names a folder of weights that you may write.");
    free(models);
    return cli_stop_status(s);
}
