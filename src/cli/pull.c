#include "cli/pull.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/weights.h"
#include "data/hub.h"

#define HUB "https://huggingface.co"

static void print_json(const huse_hub_report *r, const char *name)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/pull"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "name", out_json_str(name));
    json_object_set_new(j, "revision", out_json_str(r->revision));
    json_object_set_new(j, "kind", json_string(r->image ? "image" : "text"));
    json_object_set_new(j, "files", out_json_count(r->files));
    json_object_set_new(j, "bytes", out_json_count((size_t)r->bytes));
    json_object_set_new(j, "fetched", out_json_count((size_t)r->fetched));
    json_object_set_new(j, "already_there", json_boolean(r->there));
    out_json_path(j, "path", r->dir);
    out_json(j, false);
}

static void print_text(const huse_hub_report *r, const char *name, bool usual)
{
    if (r->there) {
        out_line("%s is here already, at revision %.8s: %s", name, r->revision, r->dir);
        return;
    }
    out_line("%s at revision %.8s, %.1f MB: %s", name, r->revision, (double)r->bytes / 1e6, r->dir);
    if (r->reads_first)
        out_note("its authors read a text off the first token; here it is the mean of all, as for every model");
    if (!usual)
        out_note("next: huse-tui embed WS --%s-encoder %s", r->image ? "image" : "text", name);
}

/* Where weights go when nothing else is said, as `make models` does it. */
static char *models_dir(const cli *c, const cli_host *h)
{
    if (h->models)
        return huse_xstrdup(h->models);
    char *data = cli_data_dir(c), *dir = huse_fs_join(data, "models");
    free(data);
    return dir;
}

static void hint(cli *c, huse_status s, const cli_progress *p)
{
    if (p->what[0] && (s == HUSE_INTERRUPTED || s == HUSE_NETWORK))
        cli_hint(c, s, "What came is kept; the same command goes on from there.");
}

huse_status cli_pull(cli *c, const cli_host *h, huse_err *err)
{
    const char      *asked = c->arg[1], *at = strchr(asked, '@'), *endpoint = getenv("HF_ENDPOINT");
    char            *name = huse_xstrndup(asked, at ? (size_t)(at - asked) : strlen(asked)), *repository = NULL, *folder = NULL;
    bool             usual = cli_weights_usual(name, &repository, &folder);
    char            *address = huse_format("%s%s", usual ? repository : name, at ? at : ""), *dir = models_dir(c, h);
    cli_progress     progress = {0};
    huse_hub_address a;
    huse_hub_report  r = {0};
    huse_hub_options o = {
        .models_dir = dir,
        .endpoint = endpoint && *endpoint ? endpoint : HUB,
        .folder = folder,
        .token_file = cli_str(c, "token"),
        .ca_file = h->host.network.ca_file,
        .allow_private = h->host.network.allow_private,
        .stop = cli_stop_catch(),
        .progress = cli_progress_step,
        .ctx = &progress,
    };
    huse_status s = h->host.network.offline ? huse_fail(err, HUSE_NETWORK, "offline: no model is fetched") : HUSE_OK;
    if (s == HUSE_OK)
        s = huse_hub_address_parse(&a, address, err);
    if (s == HUSE_OK)
        s = huse_hub_pull(&o, &a, &r, err);
    out_progress_end();
    if (s == HUSE_OK && cli_flag(c, "json"))
        print_json(&r, a.repository);
    else if (s == HUSE_OK)
        print_text(&r, a.repository, usual);
    hint(c, s, &progress);
    free(dir);
    free(address);
    free(folder);
    free(repository);
    free(name);
    return cli_stop_status(s);
}
