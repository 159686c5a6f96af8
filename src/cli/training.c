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

static void on_progress(void *ctx, const huse_progress *p)
{
    watch *w = ctx;
    char   s[6][16], rate[32], left[32], more[256];
    if (p->validated)
        snprintf(w->validation, sizeof w->validation, "  R@1 %s %s %s %s, best %s at %ld", cli_share(s[0], p->val_r1[0], 3),
                 cli_share(s[1], p->val_r1[1], 3), cli_share(s[2], p->val_r1[2], 3), cli_share(s[3], p->val_r1[3], 3),
                 cli_share(s[4], p->best_score, 3), p->best_step);
    if (!out_progress_due())
        return;
    cli_thousands(rate, p->items_per_s > 0 ? (size_t)p->items_per_s : 0);
    cli_duration(left, sizeof left, p->seconds_left);
    snprintf(more, sizeof more, "loss %s (class %s graph %s gap %s)%s  %s items/s  %s left", cli_share(s[0], p->loss, 3),
             cli_share(s[1], p->l_class, 3), cli_share(s[2], p->l_graph, 3), cli_share(s[3], p->l_gap, 3), w->validation, rate, left);
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
