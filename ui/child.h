/* Trainings that the interface starts: programs in a session of their own, which go on when the interface is quit. */
#ifndef UI_CHILD_H
#define UI_CHILD_H

#include "base/base.h"

typedef struct ui_child ui_child;

/** Starts this very program (/proc/self/exe) with @argv (argv[0] included, NULL-terminated): no terminal, nothing on standard input, what it
 *  prints kept in memory, politely (nice). FAILED: it cannot be started. */
huse_status ui_child_start(ui_child **c, const char *const *argv, huse_err *err) HUSE_MUST_CHECK;
/** Whether it has ended (never waits); then *code (NULL: not wanted) is its exit code, or 128 + the signal. */
bool        ui_child_ended(ui_child *c, int *code);
/** What it has printed so far on standard output, and on standard error, at most 64 KiB of the end; not yet sanitised. free() it. */
char       *ui_child_output(const ui_child *c);
char       *ui_child_errors(const ui_child *c);
/** The last line on standard error that says anything, without what is before a carriage return; "" where there is none. free() it. */
char       *ui_child_last_line(const ui_child *c);
/** How far it is, as it says when it was started with --progress=json. */
typedef struct ui_progress {
    char   what[32], more[64];
    size_t done, total; /* total 0: not known */
} ui_progress;
/** The last that it said; false: nothing yet, and *p is zero. Its lines are left out of ui_child_errors and ui_child_last_line. */
bool        ui_child_progress(const ui_child *c, ui_progress *p);
/** Asks it to end (SIGTERM), which is how to stop a training that has no run yet. */
void        ui_child_stop(ui_child *c);
/** Forgets it; it goes on. NULL is fine. */
void        ui_child_free(ui_child *c);

/** argv for `huse-tui train WORKSPACE`: with the @n_set options of the form (name and value, name without dashes) and probes; free(argv), whose
 *  strings belong to the same block. One core is left for the interface where there are more than two. */
typedef struct ui_child_set {
    const char *option, *value;
} ui_child_set;
char **ui_child_train(const char *workspace, const ui_child_set *set, size_t n_set, const char *const *probe, size_t n_probe);
/** argv for `huse-tui train WORKSPACE --resume --run RUN`, or with @publish for `train WORKSPACE --publish-best --run RUN`; free(argv). */
char **ui_child_resume(const char *workspace, const char *run, bool publish);

#endif
