/* The two threads that do what takes time: one opens the workspace and answers queries, one loads and encodes pictures. Requests replace
 * older ones that have not begun; answers carry the number of their request, so that stale ones can be dropped. */
#ifndef UI_WORKER_H
#define UI_WORKER_H

#include "gfx.h"
#include "huse/query.h"

typedef struct ui_worker ui_worker;

/** Starts both; the workspace at @dir is opened by the first. What the engine warns of becomes news. One byte is written to @wake_fd (not blocking) when there is news. */
ui_worker *ui_worker_new(const char *dir, const huse_host *host, int wake_fd);
/** Waits at most a second for what has begun. False when that was not enough: then nothing is freed, and the process should _exit. */
bool       ui_worker_free(ui_worker *w);

/** The workspace once open. All const parts may be read while the worker lives. */
typedef struct ui_opened {
    huse_status       status;
    huse_err          err;
    huse_engine      *engine; /* for its const calls */
    const huse_items *items;
    bool              trained;
    const char       *model;
} ui_opened;

typedef struct ui_ask {
    uint64_t    number;
    char       *text;   /* "": no query, the catalogue itself in a mixed order; taken over by ui_worker_ask */
    huse_target target;
    size_t      k, skip;
} ui_ask;

typedef struct ui_reply_hits {
    ui_ask      ask;
    huse_status status;
    huse_err    err;
    huse_answer answer;
    bool        scored; /* false for the catalogue itself */
} ui_reply_hits;
void ui_reply_hits_free(ui_reply_hits *r);

void ui_worker_ask(ui_worker *w, ui_ask *ask);

typedef struct ui_want {
    uint8_t key[32];
    int     cols, rows; /* of the box */
    ui_gfx  gfx;
} ui_want;

typedef struct ui_picture {
    ui_want    want;
    ui_gfx_fit fit;
    huse_buf   bytes; /* as ui_gfx_encode gives them; empty: none */
    huse_err   err;   /* why, then */
} ui_picture;

/** These and no others, in this order. */
void ui_worker_want(ui_worker *w, const ui_want *want, size_t n);

/* News, each given once; false when there is none. */
bool ui_worker_take_opened(ui_worker *w, ui_opened *o);
bool ui_worker_take_hits(ui_worker *w, ui_reply_hits *r);
bool ui_worker_take_picture(ui_worker *w, ui_picture *p);
bool ui_worker_take_note(ui_worker *w, char note[256]);

#endif
