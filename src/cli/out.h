/* The only way to standard output and standard error. Whatever passes here is safe for a terminal. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>

#include "base/base.h"

typedef enum out_style { OUT_PLAIN, OUT_BOLD, OUT_DIM, OUT_ACCENT, OUT_WARN } out_style;
typedef enum out_progress_kind { OUT_PROGRESS_AUTO, OUT_PROGRESS_PLAIN, OUT_PROGRESS_JSON, OUT_PROGRESS_NONE } out_progress_kind;
typedef enum out_color { OUT_COLOR_AUTO, OUT_COLOR_ALWAYS, OUT_COLOR_NEVER } out_color;

typedef struct out_options {
    out_color         color;
    out_progress_kind progress;
    bool              json;  /* errors as JSON */
    bool              quiet; /* no notes, no progress */
} out_options;

/** Settles colours (NO_COLOR, CLICOLOR_FORCE, TERM) and whether the terminal takes UTF-8. Call once options are known. */
void out_setup(const out_options *opt);

/** Appends text to the present line of standard output; control characters of any origin, newlines too, are made visible. */
void out_add(out_style style, const char *fmt, ...) HUSE_PRINTF(2, 3);
/** One cell of a table: @text cut or filled to |width| columns; negative width: right-aligned. */
void out_cell(out_style style, int width, const char *text);
/** Ends the line. */
void out_end(void);
/** out_add and out_end. */
void out_line(const char *fmt, ...) HUSE_PRINTF(1, 2);
/** A line of plain fields with tabs between them; tabs inside become spaces. */
void out_fields(const char *const *field, size_t n);
/** Own text of several lines (help), known to hold no outside strings. */
void out_text(const char *text);
/** Whether standard output gets colours. */
bool out_has_color(void);
/** Columns of the terminal, or 80 where there is none. */
int out_columns(void);

/** Writes a JSON value and a newline: UTF-8, but every character that a terminal could act on is escaped. Takes the reference. */
void out_json(json_t *j, bool one_line);
/** The same as a fresh string. */
char *out_json_string(json_t *j, bool one_line);

/* Builders that cannot fail: NaN and infinities become null, bytes that are not UTF-8 are replaced. */
json_t *out_json_str(const char *s); /* NULL gives null */
json_t *out_json_real(double x);
json_t *out_json_count(size_t n);
/** From the root, fresh memory; a web address stays as it is. */
char *out_absolute(const char *path);
/** Sets "@key": @path, made absolute, and, where it is not UTF-8, "@key_bytes": base64. */
void out_json_path(json_t *object, const char *key, const char *path);

/** A line on standard error, "huse-tui: …"; not with --quiet. */
void out_note(const char *fmt, ...) HUSE_PRINTF(1, 2);
/** A bare line on standard error (more lines of an error); not with --quiet. */
void out_note_line(const char *fmt, ...) HUSE_PRINTF(1, 2);
/** The error, with its hint; also with --quiet, and as JSON with --json. */
void out_error(huse_status status, const char *msg, const char *hint);

/** Progress on standard error: one line that is rewritten on a terminal, a plain line each 30 s elsewhere.
 *  @total 0: unknown. @more: a few words on the end, or "". */
void out_progress(const char *what, size_t done, size_t total, const char *more);
/** The same of bytes, which a person reads in megabytes. */
void out_progress_bytes(const char *what, size_t done, size_t total, const char *more);
/** True when out_progress would print now; saves making @more. */
bool out_progress_due(void);
/** Removes the progress line; the next one starts afresh. */
void out_progress_end(void);

/** Writes out what is buffered. False when standard output cannot be written; ends quietly by SIGPIPE when its reader is gone. */
bool out_flush(void);

#endif
