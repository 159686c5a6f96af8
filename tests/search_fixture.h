/* Search without a terminal or a workspace: keys and answers in, requests and a canvas out. */
#ifndef SEARCH_FIXTURE_H
#define SEARCH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "pane_fixture.h"
#include "ui/chrome.h"
#include "ui/pane_search.h"

#define N 60

static huse_item    item[N];
static huse_picture picture[N];
static char         id[N][24], text[N][40];
static const char  *class_path[] = {"Apparel/Dress/Dresses", "Apparel/Topwear/Shirts", "Footwear/Sandals"};
static huse_items   items = {.item = item, .n = N, .picture = picture, .n_pictures = N, .class_path = class_path, .n_classes = 3};

typedef struct fixture {
    ui_ctx     ctx;
    ui_search *s;
    pane_calls calls;
    ui_opened  opened;
    ui_gfx     gfx;
    int        w, h;
    ui_canvas  canvas;
} fixture;

/* The query that waits for its answer, or NULL. */
static inline ui_hits *asked(fixture *f)
{
    ui_job *job = fixture_job(&f->calls, 0);
    return job ? &((ui_ask *)job)->hits : NULL;
}

static inline void begin(fixture *f, int w, int h, const char *query)
{
    *f = (fixture){.w = w, .h = h, .gfx = {UI_GFX_SIXEL, 8, 16, 256}};
    f->ctx = (ui_ctx){.workspace = "shop", .query = query, .fetch_pictures = true, .call = &fixture_calls, .loop = &f->calls};
    f->s = huse_xcalloc(1, ui_pane_search.state_size);
    for (int i = 0; i < N; i++) {
        snprintf(id[i], sizeof id[i], "item %d", i);
        snprintf(text[i], sizeof text[i], "thing number %d", i);
        item[i] = (huse_item){.id = id[i], .text = text[i], .cls = i % 3, .picture = (uint32_t)i, .n_pictures = 1};
        picture[i] = (huse_picture){.path = "x.jpg", .state = HUSE_PICTURE_OK, .has_key = true, .key = {(uint8_t)i}};
    }
    items.n = N;
    ui_pane_search.open(f->s, &f->ctx);
    ui_pane_search.resize(f->s, w, h, &f->gfx);
}

static inline void end(fixture *f)
{
    ui_pane_search.close(f->s);
    free(f->s);
    ui_marks_free(f->ctx.marks);
    fixture_end(&f->calls);
    ui_canvas_free(&f->canvas);
}

static inline void marks_changed(void *ctx, const char *why)
{
    (void)ctx;
    assert_null(why);
}

static inline void opened(fixture *f, bool trained)
{
    f->opened = (ui_opened){.status = HUSE_OK, .items = &items, .trained = trained, .model = "run-1 step 280"};
    f->ctx.opened = &f->opened;
    f->ctx.marks = ui_marks_new(NULL, &items, marks_changed, NULL);
    ui_pane_search.opened(f->s, &f->opened);
}

/* Answers the newest request from @total candidates. */
static inline void reply(fixture *f, size_t total, huse_status status, const char *msg, size_t error_at)
{
    ui_hits *h = asked(f);
    assert_non_null(h);
    h->status = status;
    h->scored = h->text[0] != 0;
    snprintf(h->err.msg, sizeof h->err.msg, "%s", msg);
    h->answer.error_at = error_at;
    if (status == HUSE_OK) {
        snprintf(h->answer.note, sizeof h->answer.note, "%s", msg);
        h->answer.total = total;
        h->answer.ms = 11;
        h->answer.n = h->skip < total ? HUSE_MIN(h->k, total - h->skip) : 0;
        h->answer.hit = huse_xcalloc(h->answer.n, sizeof *h->answer.hit);
        for (size_t i = 0; i < h->answer.n; i++) {
            const int32_t at = (int32_t)((h->skip + i) % N);
            h->answer.hit[i] = (huse_hit){.item = h->target == HUSE_TARGET_CLASS ? -1 : at, .cls = at % 3, .score = .931f - .01f * (float)i,
                                          .cosine = .5f, .class_path = class_path[at % 3]};
        }
    }
    fixture_done(&f->calls, fixture_job(&f->calls, 0));
}

static inline void key(fixture *f, int32_t k)
{
    ui_event e = {.kind = UI_EVENT_KEY, .key = k};
    if (ui_pane_search.typing(f->s))
        ui_pane_search.event(f->s, &e);
    else
        ui_pane_search.act(f->s, ui_action_of(k));
}

static inline void type(fixture *f, const char *s)
{
    for (; *s; s++)
        key(f, *s);
}

/* A query that 50 items were found for. */
static inline void found(fixture *f, int w, int h, const char *query)
{
    begin(f, w, h, query);
    opened(f, true);
    reply(f, 50, HUSE_OK, "", 0);
}

/* And its line is left for them. */
static inline void found_and_left(fixture *f, int w, int h, const char *query)
{
    found(f, w, h, query);
    key(f, UI_KEY_ESC);
}

static inline char *screen(fixture *f)
{
    ui_canvas_reset(&f->canvas, f->w, f->h);
    ui_pane_search.draw(f->s, &f->canvas);
    ui_chrome_header(&f->canvas, &f->ctx, UI_PANE_SEARCH);
    ui_chrome_footer(&f->canvas, UI_PANE_SEARCH, ui_pane_search.hints(f->s), false, "");
    return ui_canvas_dump(&f->canvas);
}

static inline void shows(fixture *f, const char *what)
{
    screen_holds(screen(f), what, true);
}

static inline void hides(fixture *f, const char *what)
{
    screen_holds(screen(f), what, false);
}

/* Lets the job of a topic do its work, and gives its answer. */
static inline void work(fixture *f, int topic)
{
    volatile int stop = 0;
    ui_job      *job = fixture_job(&f->calls, topic);
    assert_non_null(job);
    job->run(job, &(ui_tools){.stop = &stop});
    fixture_done(&f->calls, job);
}

/* A click where @what stands first. */
static inline void click(fixture *f, const char *what, bool twice)
{
    char *s = screen(f), *at = strstr(s, what), *row = s;
    assert_non_null(at);
    int y = 0;
    for (char *p = s; p < at; p++)
        if (*p == '\n') {
            y++;
            row = p + 1;
        }
    *at = 0;
    const ui_hit *hit = ui_canvas_at(&f->canvas, (int)huse_text_width(row), y);
    free(s);
    assert_non_null(hit);
    assert_true(hit->what > 0);
    ui_pane_search.pick(f->s, hit->what, false);
    if (twice)
        ui_pane_search.pick(f->s, hit->what, true);
}

#endif
