/* Keeps an eye on a workspace's runs, whoever trains them: nothing is done while their files rest, and at most once a second else. */
#ifndef UI_WATCH_H
#define UI_WATCH_H

#include "huse/runs.h"

typedef struct ui_watch ui_watch;

/** @runs, refreshed once, is taken over. Where the system cannot tell of changed files they are looked at while a run is live. */
ui_watch *ui_watch_new(const char *dir, huse_runs *runs);
void      ui_watch_free(ui_watch *w); /* NULL is fine */

/** Becomes readable when files change, and ui_watch_wake is due; -1 while there is nothing to poll. */
int  ui_watch_fd(const ui_watch *w);
void ui_watch_wake(ui_watch *w, int64_t now_ms);
/** When ui_watch_look is to be called next, INT64_MAX: when there is news. */
int64_t ui_watch_due(const ui_watch *w);
/** Looks at the runs. True when something about them differs from before. */
bool ui_watch_look(ui_watch *w, int64_t now_ms);
/** Looks again at once. */
void ui_watch_soon(ui_watch *w);
/** While @often, looks once a second even without news of files. */
void ui_watch_often(ui_watch *w, bool often);
/** Whether another model was published since the last call. */
bool ui_watch_published(ui_watch *w);

/** Whether the catalogue was written to since the last call. */
bool ui_watch_catalogue(ui_watch *w);

const huse_runs *ui_watch_runs(const ui_watch *w);
/** The one that trains; of several the newest; NULL: none. */
const huse_run_info *ui_runs_live(const huse_runs *runs);

#endif
