#include "cli/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"

typedef struct watch {
    bool json;
    cli_progress embedding;
    char validation[96]; /* of the last one */
} watch;

static void on_started(void *ctx, const char *run, int resumed)
{
    const watch *w = ctx;
    if (!w->json) {
        out_line("%s", run);
        out_flush();
    }
    if (resumed)
        out_note("going on with %s", run);
}

static void on_embedding(void *ctx, const char *what, size_t done, size_t total)
{
    watch *w = ctx;
    cli_progress_step(&w->embedding, what, done, total);
}

static void on_message(void *ctx, const char *text)
{
    (void)ctx;
    out_note("%s", text);
}

static void validation_text(watch *w, const huse_progress *p)
{
    char s[5][16];
    bool accuracy = strcmp(p->score_name, "accuracy") == 0;
    if (accuracy)
        snprintf(w->validation, sizeof w->validation, "  accuracy %s %s %s, best %s at %ld", cli_share(s[0], p->val_acc[0], 3),
                 cli_share(s[1], p->val_acc[1], 3), cli_share(s[2], p->val_acc[2], 3), cli_share(s[4], p->best_score, 3), p->best_step);
    else
        snprintf(w->validation, sizeof w->validation, "  R@1 %s %s %s %s, best %s at %ld", cli_share(s[0], p->val_r1[0], 3),
                 cli_share(s[1], p->val_r1[1], 3), cli_share(s[2], p->val_r1[2], 3), cli_share(s[3], p->val_r1[3], 3),
                 cli_share(s[4], p->best_score, 3), p->best_step);
}

/* "class .412 graph .013 gap .221": what the method's loss is made of. */
static const char *terms_text(char *out, size_t n, const huse_progress *p)
{
    const double term[4] = {p->l_class, p->l_graph, p->l_gap, p->l_instance};
    size_t       at = 0;
    char         s[16];
    *out = 0;
    for (int i = 0; i < 4; i++)
        if (p->term_name[i] && at < n)
            at += (size_t)snprintf(out + at, n - at, "%s%s %s", at ? " " : "", p->term_name[i], cli_share(s, term[i], 3));
    return out;
}

static void on_progress(void *ctx, const huse_progress *p)
{
    watch *w = ctx;
    char   s[4][16], rate[32], left[32], terms[128], more[384];
    if (p->validated)
        validation_text(w, p);
    if (!out_progress_due())
        return;
    cli_thousands(rate, p->items_per_s > 0 ? (size_t)p->items_per_s : 0);
    cli_duration(left, sizeof left, p->seconds_left);
    snprintf(more, sizeof more, "loss %s (%s)%s  %s items/s  %s left", cli_share(s[0], p->loss, 3), terms_text(terms, sizeof terms, p),
             w->validation, rate, left);
    out_progress("step", (size_t)p->step, (size_t)p->steps, more);
}

huse_status cli_train(huse_workspace *ws, const huse_host *host, const cli_training *t, huse_train_report *report, huse_err *err)
{
    watch              w = {.json = t->json};
    huse_train_options opt = {
        .params = t->params,
        .given = t->given,
        .resume = t->resume,
        .no_publish = t->no_publish,
        .run = t->run,
        .probe = t->probe,
        .n_probes = t->n_probes,
        .no_probes = t->no_probes,
        .stop = cli_stop_catch(),
        .progress = on_progress,
        .embedding = on_embedding,
        .started = on_started,
        .message = on_message,
        .ctx = &w,
    };
    huse_status s = huse_train(ws, host, &opt, report, err);
    out_progress_end();
    return cli_stop_status(s);
}
