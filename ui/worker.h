/* The threads that do what takes time. One opens the workspace and answers queries, others find facts, count in the background, and load
 * and encode pictures. Work is a job: it runs in a thread, and its answer is given to the pane that posted it, in the loop's. */
#ifndef UI_WORKER_H
#define UI_WORKER_H

#include "gfx.h"
#include "huse/query.h"
#include "raster.h"

typedef struct ui_worker ui_worker;

/** Starts the threads; the workspace at @dir is opened by the first. What the engine warns of becomes news. One byte is written to
 *  @wake_fd (not blocking) when there is news. */
ui_worker *ui_worker_new(const char *dir, const huse_host *host, int wake_fd);
/** Waits at most a second for what has begun, six where jobs of UI_EACH are left, which are still run. False when that was not enough:
 *  then nothing is freed, and the process should _exit. */
bool       ui_worker_free(ui_worker *w);

/** The workspace once open. All const parts may be read while the worker lives. */
typedef struct ui_opened {
    huse_status       status;
    huse_err          err;
    huse_engine      *engine; /* for its const calls */
    const huse_items *items;
    bool              trained;
    const char       *model;
    const char       *asks;    /* whose server says what words mean; NULL: this machine does */
    bool              renewed; /* another model, perhaps of a changed catalogue, took the place of the one before */
} ui_opened;

/** Opens the model in use anew, when the lane of queries is free; where it is another one, or @anyhow, there is news. It takes the place of the one before
 *  when that news is taken: jobs that were posted before, but for lasting ones, are stopped and dropped then. What is borrowed of the one
 *  before stays valid until the next such news is taken. */
void ui_worker_reload(ui_worker *w, bool anyhow);

/* ---- jobs ---- */

typedef enum ui_lane {
    UI_LANE_QUERY, /* what the person waits for */
    UI_LANE_FACTS, /* what is said of the selected one */
    UI_LANE_BACK,  /* what takes long */
    UI_LANES
} ui_lane;

#define UI_EACH (-1) /* a topic of which every job counts: none is replaced, cancelled or left out at the end */

typedef struct ui_tools {
    huse_engine         *engine; /* may be asked by several threads */
    const char          *dir;    /* of the workspace */
    const huse_host     *host;   /* for what opens a workspace by itself */
    volatile const int  *stop;   /* nobody waits for this any more */
} ui_tools;

/** Embedded as the first member of what a pane posts. */
typedef struct ui_job ui_job;
struct ui_job {
    void (*run)(ui_job *job, const ui_tools *t); /* in the lane's thread; keeps its answer in the job */
    void (*done)(void *st, ui_job *job);         /* in the loop: the answer for the pane whose state is @st */
    void (*free)(ui_job *job);                   /* always called last, whatever became of it */
    ui_lane lane;
    int     topic; /* a newer job of the same pane and topic replaces an older one, whose done() is not called; or UI_EACH */
    bool    lasting; /* its answer counts for another model as well; so do those of UI_EACH */

    /* the worker's */
    unsigned     model; /* the one in use when it was posted */
    void        *owner;
    volatile int stop;
    ui_job      *next;
};

/** Takes @job over. @owner: the state of the pane. Jobs of a lane run in the order of their posting, once the workspace is open; where it
 *  cannot be opened they are freed. */
void ui_worker_post(ui_worker *w, void *owner, ui_job *job);
/** True while a job of @owner and @topic waits, runs, or has an answer that was not taken. */
bool ui_worker_busy(ui_worker *w, const void *owner, int topic);

/** Stops what runs and waits in UI_LANE_BACK, but for jobs of UI_EACH; done() is not called. False when there was nothing. */
bool ui_worker_cancel(ui_worker *w);

/* ---- pictures ---- */

typedef struct ui_want {
    uint8_t key[32];
    int     cols, rows; /* of the box */
    ui_gfx  gfx;
    ui_drawing *drawing; /* what is wanted is this part of it; NULL: a thumbnail of the workspace */
    ui_part_of  part;
} ui_want;

typedef struct ui_picture {
    ui_want    want;
    ui_gfx_fit fit;
    huse_buf   bytes; /* as ui_gfx_encode gives them; empty: none */
    huse_err   err;   /* why, then */
} ui_picture;

/** These and no others, in this order. Holds their drawings as long as it needs them. */
void ui_worker_want(ui_worker *w, const ui_want *want, size_t n);

/* ---- news, each given once; false or NULL when there is none ---- */

bool    ui_worker_take_opened(ui_worker *w, ui_opened *o);
ui_job *ui_worker_take_job(ui_worker *w); /* whose done() is due; free it afterwards */
bool    ui_worker_take_picture(ui_worker *w, ui_picture *p);
bool    ui_worker_take_note(ui_worker *w, char note[256]);

#endif
