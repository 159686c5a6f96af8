/* Fields to be filled in, one a line: the likely ones first, the others below a line that folds them. Values are checked as they are typed. */
#ifndef UI_WIDGET_FORM_H
#define UI_WIDGET_FORM_H

#include "widget_line.h"

typedef struct ui_field {
    const char        *label, *help; /* borrowed */
    const char *const *choice;       /* to turn between with Left and Right, NULL ends them; NULL: text */
    ui_line            line;
    char              *usual;        /* what it begins with: another value is emphasised */
    char               error[200];   /* "": the value is fine */
} ui_field;

typedef struct ui_form {
    ui_field *field;
    size_t    n, likely; /* of these the first are always there */
    bool      open;      /* the others are, too */
    size_t    cursor;    /* row: a likely field, the line that folds (number `likely`), another field */
    size_t    top;       /* first line on the screen */
    bool      fresh;     /* the cursor has just come to the field: what is typed first takes the place of its value */
    bool      focus;     /* keys go to it: its cursor is shown */
    /** Whether a field's value will do; else @why, one sentence. */
    bool (*check)(void *ctx, size_t field, const char *value, char *why, size_t size);
    void *ctx;
} ui_form;

void ui_form_init(ui_form *f, size_t n, size_t likely, bool (*check)(void *ctx, size_t field, const char *value, char *why, size_t size),
                  void *ctx);
void ui_form_free(ui_form *f);

/** Sets a value that the field begins with from now on. */
void        ui_form_begin(ui_form *f, size_t field, const char *value);
/** The same while the value stays what it is. */
void        ui_form_keep(ui_form *f, size_t field, const char *usual);
const char *ui_form_value(const ui_form *f, size_t field);
/** Whether it differs from what it began with. */
bool        ui_form_changed(const ui_form *f, size_t field);
/** The first field whose value will not do, or n. */
size_t      ui_form_wrong(const ui_form *f);
/** The field that the cursor is on, or n. */
size_t      ui_form_at(const ui_form *f);

typedef enum ui_form_effect { UI_FORM_IGNORED, UI_FORM_MOVED, UI_FORM_CHANGED, UI_FORM_DONE } ui_form_effect;
/** Tab, Up, Down and the like move; Left and Right turn choices; else the line's keys. Enter folds, or ends the form when every value will do,
 *  or goes to the first one that will not. */
ui_form_effect ui_form_key(ui_form *f, int32_t key);
/** Pasted text goes into the field. */
ui_form_effect ui_form_paste(ui_form *f, const char *text, size_t n);
/** A click on row @row. */
void           ui_form_pick(ui_form *f, size_t row);

#define UI_FORM_HELP_AT 42 /* columns before the help of fields */
/** Brings the cursor into @rows lines. Before drawing whenever something changed. */
void ui_form_settle(ui_form *f, int rows);
/** Answers clicks with @hit + row. */
void ui_form_draw(const ui_form *f, ui_canvas *c, ui_rect r, int hit);

#endif
