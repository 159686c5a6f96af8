#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/host.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/successor.h"

static void print_cost_json(const huse_embed_report *r)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/embed-cost"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "pictures_new", out_json_count(r->pictures_new));
    json_object_set_new(j, "pictures_to_fetch", out_json_count(r->pictures_waiting));
    json_object_set_new(j, "texts_new", out_json_count(r->texts_asked));
    json_object_set_new(j, "texts_kept", out_json_count(r->texts_kept));
    json_object_set_new(j, "tokens", out_json_count(r->tokens));
    json_object_set_new(j, "text_host", *r->text_host ? out_json_str(r->text_host) : json_null());
    out_json(j, false);
}

static void print_cost(const huse_embed_report *r)
{
    char n[32], m[32];
    cli_thousands(n, r->pictures_new);
    cli_thousands(m, r->pictures_waiting);
    out_line("pictures: %s to read, %s of them to fetch first", n, m);
    cli_thousands(n, r->texts_asked);
    cli_thousands(m, r->tokens);
    out_add(OUT_PLAIN, "texts: %s to encode, about %s tokens", n, m);
    if (*r->text_host)
        out_add(OUT_PLAIN, ", all of which go to %s; training then asks it for the class names and up to 1,000 short queries", r->text_host);
    out_end();
}

static void print_json(const huse_embed_report *r)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/embed"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "image_encoder", out_json_str(r->image_encoder));
    json_object_set_new(j, "text_encoder", out_json_str(r->text_encoder));
    json_object_set_new(j, "pictures_new", out_json_count(r->pictures_new));
    json_object_set_new(j, "pictures_kept", out_json_count(r->pictures_kept));
    json_object_set_new(j, "pictures_failed", out_json_count(r->pictures_failed));
    json_object_set_new(j, "pictures_waiting", out_json_count(r->pictures_waiting));
    json_object_set_new(j, "pictures_fetched", out_json_count(r->pictures_fetched));
    json_t *faults = json_array();
    for (size_t i = 0; i < r->n_faults; i++) {
        const huse_embed_fault *f = &r->fault[i];
        json_array_append_new(faults, json_pack("{s:o, s:o, s:o, s:b}", "host", out_json_str(f->host), "why", out_json_str(f->why),
                                                "pictures", out_json_count(f->n), "refused", f->refused));
    }
    json_object_set_new(j, "not_fetched", faults);
    json_object_set_new(j, "rows_given", out_json_count(r->rows_given));
    json_object_set_new(j, "texts_new", out_json_count(r->texts_new));
    json_object_set_new(j, "texts_kept", out_json_count(r->texts_kept));
    json_object_set_new(j, "pruned", out_json_count(r->pruned));
    out_json(j, false);
}

static void print_text(const huse_embed_report *r, const char *name)
{
    out_add(OUT_PLAIN, "pictures: %zu new, %zu kept, %zu failed (%s); texts: %zu new, %zu kept (%s)", r->pictures_new, r->pictures_kept,
            r->pictures_failed, r->image_encoder[0] ? r->image_encoder : "-", r->texts_new, r->texts_kept,
            r->text_encoder[0] ? r->text_encoder : "-");
    if (r->rows_given)
        out_add(OUT_PLAIN, "; %zu rows from elsewhere", r->rows_given);
    if (r->pruned)
        out_add(OUT_PLAIN, "; %zu rows pruned", r->pruned);
    if (r->pictures_waiting)
        out_add(OUT_PLAIN, "; %zu pictures not fetched yet", r->pictures_waiting);
    out_end();
    for (size_t i = 0; i < r->n_faults; i++)
        out_line("  %zu from %s: %s", r->fault[i].n, r->fault[i].host, r->fault[i].why);
    if (r->pictures_failed)
        out_note("%zu picture%s could not be used; “huse-tui doctor %s” says why", r->pictures_failed,
                 r->pictures_failed == 1 ? "" : "s", name);
}

static huse_status report_done(cli *c, huse_workspace *ws, cli_host *host, const huse_embed_report *report, huse_err *err)
{
    const bool json = cli_flag(c, "json");
    if (cli_flag(c, "dry-run")) {
        (json ? print_cost_json : print_cost)(report);
        return HUSE_OK;
    }
    if (json)
        print_json(report);
    else
        print_text(report, c->arg[0]);
    return cli_publish_successor(ws, &host->host, err);
}

huse_status cmd_embed(cli *c, huse_err *err)
{
    huse_workspace *ws = NULL;
    cli_host        host;
    cli_progress    progress = {0};
    const char     *who = cli_str(c, "text-encoder");
    const bool      by_server = who && huse_text_is_address(who);
    if (cli_str(c, "ids") && !cli_str(c, "image-features") && !cli_str(c, "text-features"))
        return huse_fail(err, HUSE_USAGE, "--ids goes with --image-features or --text-features");
    if (cli_str(c, "encoder-token") && !by_server)
        return huse_fail(err, HUSE_USAGE, "--encoder-token goes with the address of a server in --text-encoder");
    HUSE_TRY(cli_workspace_open(c, c->arg[0], 0, &ws, err));
    cli_host_init(&host, c);
    huse_embed_options opt = {
        .prune = cli_flag(c, "prune"),
        .retry = cli_flag(c, "retry"),
        .refresh = cli_flag(c, "refresh"),
        .crop = cli_choice(c, "fit") == 1,
        .image_features = cli_str(c, "image-features"),
        .text_features = cli_str(c, "text-features"),
        .text_encoder = who,
        .image_encoder = cli_str(c, "image-encoder"),
        .dry_run = cli_flag(c, "dry-run"),
        .ids = cli_str(c, "ids"),
        .stop = cli_stop_catch(),
        .progress = cli_progress_step,
        .ctx = &progress,
    };
    huse_embed_report report = {0};
    huse_status       s = HUSE_OK;
    if (by_server)
        s = cli_known_allow(&host.known, who, cli_str(c, "encoder-token"), cli_flag(c, "allow-private"), err);
    cli_host_use_known(&host);
    if (s == HUSE_OK)
        s = huse_embed(ws, &host.host, &opt, &report, err);
    out_progress_end();
    if (by_server && !opt.dry_run && s != HUSE_USAGE) {
        huse_err none;
        if (cli_known_write(&host.known, &none) != HUSE_OK)
            out_note("that %s may be asked cannot be remembered: %s", who, none.msg);
    }
    if (s == HUSE_OK)
        s = report_done(c, ws, &host, &report, err);
    if (s == HUSE_INTERRUPTED || s == HUSE_NETWORK)
        cli_hint(c, s, "What was done is kept; the same command goes on from there.");
    cli_host_free(&host);
    huse_workspace_close(ws);
    return cli_stop_status(s);
}
