/* The form that starts a run, and what the run would cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane_train.h"

static const char *const likely[] = {"method", "steps", "batch", "lr", "alpha", "beta", "gamma"};
static const char *const presets[] = {"default", "paper", NULL};
static const char *const methods[] = {"huse", "separate", "triplet", "cme", "adamine", "devise", "hie", "huse-p", NULL};
static const char *const optimisers[] = {"adamw", "rmsprop", NULL};

/* ---- fields ---- */

static bool is_likely(const char *option)
{
    for (size_t i = 0; i < HUSE_COUNT(likely); i++)
        if (strcmp(likely[i], option) == 0)
            return true;
    return false;
}

static size_t row_named(const char *option)
{
    size_t i = 0;
    while (i < huse_hp_count() && strcmp(huse_hp_at(i)->option, option) != 0)
        i++;
    return i;
}

static size_t field_of_row(const ui_train_form *f, size_t row)
{
    size_t i = 0;
    while (i < f->form.n && f->row[i] != row)
        i++;
    return i;
}

size_t ui_train_split_probes(const char *text, const char *probe[HUSE_PROBES_MAX + 1], char **copy)
{
    size_t n = 0;
    char  *rest = *copy = huse_xstrdup(text), *part;
    while ((part = strsep(&rest, ";")) && n <= HUSE_PROBES_MAX) {
        part += strspn(part, " ");
        size_t len = strlen(part);
        while (len && part[len - 1] == ' ')
            part[--len] = 0;
        if (len)
            probe[n++] = part;
    }
    return n;
}

static bool check_probes(const char *value, char *why, size_t size)
{
    const char  *probe[HUSE_PROBES_MAX + 1];
    char        *copy;
    const size_t n = ui_train_split_probes(value, probe, &copy);
    bool         fine = n <= HUSE_PROBES_MAX;
    if (!fine)
        snprintf(why, size, "at most %d queries", HUSE_PROBES_MAX);
    for (size_t i = 0; fine && i < n; i++)
        if (strlen(probe[i]) > HUSE_PROBE_TEXT) {
            snprintf(why, size, "a query of more than %d bytes", HUSE_PROBE_TEXT);
            fine = false;
        }
    free(copy);
    return fine;
}

static bool check_field(void *ctx, size_t field, const char *value, char *why, size_t size)
{
    const ui_train_form *f = ctx;
    huse_err             err;
    if (f->row[field] == UI_FIELD_PRESET)
        return true;
    if (f->row[field] == UI_FIELD_PROBES)
        return check_probes(value, why, size);
    if (huse_hp_check(huse_hp_at(f->row[field])->option, value, &err) == HUSE_OK)
        return true;
    snprintf(why, size, "%.*s", (int)size - 1, err.msg);
    return false;
}

static void name_fields(ui_train_form *f)
{
    size_t n = 0;
    f->row[n++] = UI_FIELD_PRESET;
    for (size_t i = 0; i < HUSE_COUNT(likely); i++)
        f->row[n++] = row_named(likely[i]);
    f->row[n++] = UI_FIELD_PROBES;
    for (size_t i = 0; i < huse_hp_count(); i++)
        if (!is_likely(huse_hp_at(i)->option))
            f->row[n++] = i;
    for (size_t i = 0; i < f->form.n; i++) {
        ui_field *field = &f->form.field[i];
        if (f->row[i] == UI_FIELD_PRESET)
            *field = (ui_field){.label = "preset", .help = "the program's own settings, or the paper's", .choice = presets};
        else if (f->row[i] == UI_FIELD_PROBES)
            *field = (ui_field){.label = "probes", .help = "queries with ; between them, asked of every validation; empty: chosen"};
        else
            *field = (ui_field){.label = huse_hp_at(f->row[i])->option, .help = huse_hp_at(f->row[i])->help};
        if (field->label && strcmp(field->label, "method") == 0)
            field->choice = methods;
        if (field->label && strcmp(field->label, "optimiser") == 0)
            field->choice = optimisers;
    }
}

static const char *preset_of(const ui_train_form *f)
{
    return ui_form_value(&f->form, 0);
}

static const char *method_of(const ui_train_form *f)
{
    return ui_form_value(&f->form, field_of_row(f, row_named("method")));
}

/* The values of the preset and method, but for those that were changed by hand. */
static void fill(ui_train_form *f, bool first)
{
    huse_train_params p;
    huse_err          err;
    if (huse_train_params_init_method(&p, first ? presets[0] : preset_of(f), first ? methods[0] : method_of(f), &err) != HUSE_OK)
        return;
    for (size_t i = 0; i < f->form.n; i++) {
        const size_t row = f->row[i];
        if (row == UI_FIELD_PRESET || row == UI_FIELD_PROBES) {
            if (first)
                ui_form_begin(&f->form, i, row == UI_FIELD_PRESET ? presets[0] : "");
            continue;
        }
        if (!first && f->form.field[i].choice == methods)
            continue;
        char *mine = !first && ui_form_changed(&f->form, i) ? huse_xstrdup(ui_form_value(&f->form, i)) : NULL;
        char *value = huse_train_params_text(&p, row);
        if (mine)
            ui_form_keep(&f->form, i, value);
        else
            ui_form_begin(&f->form, i, value);
        free(value);
        free(mine);
    }
    huse_train_params_fini(&p);
}

/* ---- what it costs ---- */

typedef struct cost_job {
    ui_job            job;
    huse_train_params params;
    huse_status       status;
    huse_err          err;
    huse_train_cost   cost;
} cost_job;

static void run_cost(ui_job *job, const ui_tools *t)
{
    cost_job       *j = (cost_job *)job;
    huse_workspace *ws = NULL;
    j->status = huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &j->err);
    if (j->status == HUSE_OK)
        j->status = huse_train_estimate(ws, t->host, &j->params, t->stop, &j->cost, &j->err);
    huse_workspace_close(ws);
}

static void free_cost(ui_job *job)
{
    huse_train_params_fini(&((cost_job *)job)->params);
    free(job);
}

static void cost_done(void *st, ui_job *job)
{
    ui_train_form  *f = &((ui_train *)st)->form;
    const cost_job *j = (const cost_job *)job;
    f->known = true;
    f->waiting = false;
    f->status = j->status;
    f->err = j->err;
    f->cost = j->cost;
}

/* Every field's value into @p. */
static huse_status take_values(const ui_train_form *f, huse_train_params *p, huse_err *err)
{
    HUSE_TRY(huse_train_params_init_method(p, preset_of(f), method_of(f), err));
    for (size_t i = 0; i < f->form.n; i++) {
        const size_t row = f->row[i];
        if (row == UI_FIELD_PRESET || row == UI_FIELD_PROBES || !ui_form_changed(&f->form, i))
            continue;
        const huse_status s = huse_train_params_set(p, huse_hp_at(row)->option, ui_form_value(&f->form, i), err);
        if (s != HUSE_OK) {
            huse_train_params_fini(p);
            return s;
        }
    }
    return HUSE_OK;
}

static void ask_cost(ui_train *t)
{
    huse_err err;
    if (ui_form_wrong(&t->form.form) < t->form.form.n || !t->opened || t->opened->status != HUSE_OK)
        return;
    cost_job *j = huse_xcalloc(1, sizeof *j);
    if (take_values(&t->form, &j->params, &err) != HUSE_OK) {
        free(j);
        return;
    }
    j->job = (ui_job){.run = run_cost, .done = cost_done, .free = free_cost, .lane = UI_LANE_BACK, .topic = UI_TOPIC_COST, .lasting = true};
    t->form.waiting = true;
    ui_post(t->ctx, t, &j->job);
}

/* ---- opening and starting ---- */

void ui_train_settle_form(ui_train *t)
{
    if (t->form.shown)
        ui_form_settle(&t->form.form, HUSE_MAX(t->h - 5 - UI_FORM_FRAME, 1));
}

void ui_train_open_form(ui_train *t, bool focus)
{
    ui_train_form *f = &t->form;
    if (!f->shown) {
        const size_t n = huse_hp_count() + 2;
        *f = (ui_train_form){.shown = true, .row = huse_xcalloc(n, sizeof *f->row)};
        ui_form_init(&f->form, n, HUSE_COUNT(likely) + 2, check_field, f);
        name_fields(f);
        fill(f, true);
        ask_cost(t);
    }
    f->form.focus = focus;
    ui_train_settle_form(t);
}

void ui_train_close_form(ui_train *t)
{
    ui_form_free(&t->form.form);
    free(t->form.row);
    t->form = (ui_train_form){.shown = false};
}

static void start(ui_train *t)
{
    const ui_train_form *f = &t->form;
    ui_child_set        *set = huse_xcalloc(f->form.n, sizeof *set);
    const char          *probe[HUSE_PROBES_MAX + 1];
    char                *copy = NULL;
    size_t               n = 0, n_probes = 0;
    if (strcmp(preset_of(f), presets[0]) != 0)
        set[n++] = (ui_child_set){"preset", preset_of(f)};
    for (size_t i = 0; i < f->form.n; i++) {
        if (f->row[i] == UI_FIELD_PROBES)
            n_probes = ui_train_split_probes(ui_form_value(&f->form, i), probe, &copy);
        else if (f->row[i] != UI_FIELD_PRESET && ui_form_changed(&f->form, i))
            set[n++] = (ui_child_set){huse_hp_at(f->row[i])->option, ui_form_value(&f->form, i)};
    }
    char **argv = ui_child_train(t->ctx->dir, set, n, probe, n_probes);
    free(copy);
    free(set);
    ui_train_close_form(t);
    t->pick_new = true;
    ui_train_start(t, argv, UI_CHILD_START, "");
}

static void took(ui_train *t, ui_form_effect e)
{
    ui_train_form *f = &t->form;
    const size_t   i = ui_form_at(&f->form);
    if (e == UI_FORM_DONE) {
        start(t);
        return;
    }
    if (e == UI_FORM_CHANGED) {
        if (i < f->form.n && (f->row[i] == UI_FIELD_PRESET || f->form.field[i].choice == methods))
            fill(f, false);
        if (i == f->form.n || f->row[i] != UI_FIELD_PROBES)
            ask_cost(t);
    }
    ui_train_settle_form(t);
}

void ui_train_form_event(ui_train *t, const ui_event *e)
{
    if (e->kind == UI_EVENT_PASTE) {
        took(t, ui_form_paste(&t->form.form, e->text, strlen(e->text)));
    } else if (e->key != UI_KEY_ESC) {
        took(t, ui_form_key(&t->form.form, e->key));
    } else if (t->list.n) {
        ui_train_close_form(t);
    } else {
        t->form.form.focus = false;
    }
}

void ui_train_form_pick(ui_train *t, size_t row, bool twice)
{
    if (!t->form.shown)
        return;
    t->form.form.focus = true;
    if (!twice)
        ui_form_pick(&t->form.form, row);
    ui_train_settle_form(t);
}

/* ---- drawing ---- */

static void describe_cost(const ui_train_form *f, char *out, size_t size)
{
    const huse_train_cost *k = &f->cost;
    char                   time[32], steps[32], items[32], classes[32], speed[24], pictures[32], first[80] = "";
    if (!f->known) {
        snprintf(out, size, f->waiting ? "Measuring what it takes: two seconds of training, of which nothing is kept…" : " ");
        return;
    }
    if (f->status != HUSE_OK) {
        snprintf(out, size, "%s", f->err.msg);
        return;
    }
    ui_duration(time, k->seconds);
    if (k->pictures_new)
        snprintf(first, sizeof first, " %s %s embedded first.", ui_thousands(pictures, k->pictures_new),
                 k->pictures_new == 1 ? "picture is" : "pictures are");
    snprintf(out, size, "%s on this machine as it is now%s: %s steps at %s a second. %.0f MB of memory. Learns from %s items in %s classes.%s", time,
             f->waiting ? " (measuring again…)" : "", ui_thousands(steps, (size_t)HUSE_MAX(k->steps, 0)), ui_number(speed, k->steps_per_s),
             k->bytes / 1e6, ui_thousands(items, k->items), ui_thousands(classes, k->classes), first);
}

void ui_train_draw_form(const ui_train *t, ui_canvas *c, ui_rect r)
{
    const ui_train_form *f = &t->form;
    char                 cost[512];
    int                  x = r.x + ui_canvas_text(c, r.x, r.y, r.w, UI_BOLD, t->list.n ? "New run" : "Not trained yet") + 2;
    ui_canvas_text(c, x, r.y, r.x + r.w - x, UI_DIM,
                   t->list.n ? "goes on when the interface is quit, and shows here" : "a run learns one space for pictures, texts and classes");
    const ui_rect fields = {r.x, r.y + 2, r.w, HUSE_MAX(r.h - UI_FORM_FRAME, 1)};
    ui_form_draw(&f->form, c, fields, UI_HIT_FIELD);
    const size_t at_field = ui_form_at(&f->form);
    const char  *help = f->form.focus && at_field < f->form.n ? f->form.field[at_field].help : NULL;
    if (help && (int)strlen(help) > r.w - UI_FORM_HELP_AT) /* it was cut beside its field */
        ui_canvas_text(c, r.x, r.y + r.h - 3, r.w, UI_DIM, help);
    describe_cost(f, cost, sizeof cost);
    const bool wrong = ui_form_wrong(&f->form) < f->form.n || (f->known && f->status != HUSE_OK);
    int        at = r.x;
    if (wrong)
        at += ui_canvas_text(c, at, r.y + r.h - 2, 2, UI_WARN | UI_BOLD, "! ");
    ui_canvas_wrap(c, (ui_rect){at, r.y + r.h - 2, r.w - (at - r.x), 2}, wrong ? UI_PLAIN : UI_DIM,
                   ui_form_wrong(&f->form) < f->form.n ? "A value will not do." : cost);
}
