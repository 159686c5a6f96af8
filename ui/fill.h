/* Pictures that are not there yet: what an embed, here or elsewhere, made of them since the workspace was opened; and the embed that is
 * started here, a program of its own that ends with the interface. */
#ifndef UI_FILL_H
#define UI_FILL_H

#include "child.h"
#include "worker.h"

typedef struct ui_fill ui_fill;

/** @changed is called in the loop when pictures came, and with what is to be said of an embed that ended (said NULL: nothing). */
ui_fill *ui_fill_new(ui_worker *w, const char *dir, const huse_items *items,
                     void (*changed)(void *ctx, bool warning, const char *said), void *ctx);
void     ui_fill_free(ui_fill *f); /* after the worker; NULL is fine */
/** The catalogue was loaded anew. */
void     ui_fill_follow(ui_fill *f, const huse_items *items);
/** The workspace's files changed: looks what became of the pictures, when some time has passed since the last look. */
void     ui_fill_news(ui_fill *f);
/** When ui_fill_look is to be called next, in milliseconds of ui_now_ms; INT64_MAX: not. NULL is fine. */
int64_t  ui_fill_due(const ui_fill *f);
/** True when something that is shown changed. */
bool     ui_fill_look(ui_fill *f, int64_t now_ms);

/** What the picture is now: of these items' pictures, or another's @p as it is. @f may be NULL. */
const huse_picture *ui_fill_picture(const ui_fill *f, const huse_picture *p);
/** What stands in the place of one that is not OK: why it failed, or that it is not there yet. */
const char *ui_fill_instead(const huse_picture *p);

/** Of @waiting pictures, not asked for so far, @by_address are to be fetched. */
typedef struct ui_fill_counts {
    size_t waiting, by_address, failed;
} ui_fill_counts;
ui_fill_counts ui_fill_count(const ui_fill *f);
/** The commonest reason of failure, "24 from example.org: the server answers 404"; "" for none. */
void ui_fill_reason(const ui_fill *f, char out[256]);

/** Begins to embed, with @retry also what failed before. */
huse_status ui_fill_begin(ui_fill *f, bool retry, huse_err *err) HUSE_MUST_CHECK;
bool        ui_fill_runs(const ui_fill *f);
/** Asks it to end; false: it does not run. NULL is fine. */
bool        ui_fill_stop(ui_fill *f);
/** "fetching 120/400 · 3 failed", or at rest "400 not fetched"; @brief: "120/400". Both "" for nothing to say. NULL is fine. */
void        ui_fill_say(const ui_fill *f, char whole[96], char brief[40]);

#endif
