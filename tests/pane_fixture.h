/* What a pane asks of the loop, recorded instead of done: for tests of panes without a terminal or threads. */
#ifndef PANE_FIXTURE_H
#define PANE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/pane.h"

#define POSTED_MAX 16

typedef struct pane_calls {
    ui_job   *job[POSTED_MAX]; /* waiting; a newer one of a topic replaces the older */
    size_t    n_jobs, posted;  /* how often something was posted */
    char      message[512];
    bool      warning;
    ui_prompt prompt; /* of the last one asked for; text is valid during its call only */
    void (*yes)(void *st);
    void     *asker;  /* what both are called with */
    char      question[160], copied[512], title[128], led[512], opened[512];
    char     *page;
    char      led_how;
    int       led_pane, looked;
    bool      often; /* of the last look asked for */
} pane_calls;

static void fixture_drop(pane_calls *f, size_t i)
{
    f->job[i]->free(f->job[i]);
    f->job[i] = f->job[--f->n_jobs];
}

static inline void fixture_post(void *loop, void *st, ui_job *job)
{
    pane_calls *f = loop;
    job->owner = st;
    f->posted++;
    for (size_t i = 0; job->topic != UI_EACH && i < f->n_jobs; i++)
        if (f->job[i]->topic == job->topic)
            fixture_drop(f, i--);
    if (f->n_jobs == POSTED_MAX)
        abort();
    f->job[f->n_jobs++] = job;
}

static inline ui_job *fixture_job(pane_calls *f, int topic)
{
    for (size_t i = 0; i < f->n_jobs; i++)
        if (f->job[i]->topic == topic)
            return f->job[i];
    return NULL;
}

static inline bool fixture_busy(void *loop, const void *st, int topic)
{
    (void)st;
    return fixture_job(loop, topic) != NULL;
}

/* Gives the answer that the test has put into the job to the pane. */
static inline void fixture_done(pane_calls *f, ui_job *job)
{
    for (size_t i = 0; i < f->n_jobs; i++)
        if (f->job[i] == job) {
            f->job[i] = f->job[--f->n_jobs];
            job->done(job->owner, job);
            job->free(job);
            return;
        }
}

static inline void fixture_say(void *loop, bool warning, const char *message)
{
    pane_calls *f = loop;
    f->warning = warning;
    snprintf(f->message, sizeof f->message, "%s", message);
}

static inline void fixture_prompt(void *loop, void *st, const ui_prompt *p)
{
    pane_calls *f = loop;
    f->prompt = *p;
    f->asker = st;
}

static inline void fixture_confirm(void *loop, void *st, const char *question, void (*yes)(void *st))
{
    pane_calls *f = loop;
    f->asker = st;
    f->yes = yes;
    snprintf(f->question, sizeof f->question, "%s", question);
}

static inline void fixture_copy(void *loop, const char *text)
{
    pane_calls *f = loop;
    snprintf(f->copied, sizeof f->copied, "%s", text);
}

static inline void fixture_page(void *loop, const char *title, char *text)
{
    pane_calls *f = loop;
    snprintf(f->title, sizeof f->title, "%s", title);
    free(f->page);
    f->page = text;
}

static inline void fixture_lead(void *loop, int pane, char how, const char *term)
{
    pane_calls *f = loop;
    f->led_pane = pane;
    f->led_how = how;
    snprintf(f->led, sizeof f->led, "%s", term);
}

static inline void fixture_open(void *loop, const char *dir)
{
    pane_calls *f = loop;
    snprintf(f->opened, sizeof f->opened, "%s", dir);
}

static inline void fixture_look(void *loop, bool often)
{
    pane_calls *f = loop;
    f->looked++;
    f->often = often;
}

static const ui_calls fixture_calls = {fixture_post, fixture_busy, fixture_say, fixture_prompt, fixture_confirm, fixture_copy, fixture_page,
                                       fixture_lead, fixture_open, fixture_look};

static inline void fixture_end(pane_calls *f)
{
    while (f->n_jobs)
        fixture_drop(f, 0);
    free(f->page);
}

/* Whether a screen, which is freed, must hold @what or must not. */
static inline void screen_holds(char *screen, const char *what, bool wanted)
{
    if ((strstr(screen, what) != NULL) != wanted)
        fail_msg("%s “%s” in:\n%s", wanted ? "no" : "there is", what, screen);
    free(screen);
}

#endif
