/* What the importers share: rows, where a row's faults go, limits, column names, and a window that
 * moves over a file. */
#ifndef HUSE_SOURCE_H
#define HUSE_SOURCE_H

#include "base/base.h"
#include "data/strings.h"

enum {
    HUSE_FIELD_BYTES = 1 << 20,  /* one field */
    HUSE_RECORD_BYTES = 8 << 20, /* one CSV record, one JSONL line */
    HUSE_COLUMNS_MAX = 4096,
    HUSE_JSON_DEPTH = 32,
    HUSE_TREE_DEPTH = 16,
    HUSE_ID_BYTES = 1024,
    HUSE_PICTURE_BYTES = 8192, /* a picture's path or address */
    HUSE_ITEM_PICTURES = 256   /* pictures of one item */
};

typedef enum huse_field {
    HUSE_FIELD_ROW = -1, /* no field in particular */
    HUSE_FIELD_ID,
    HUSE_FIELD_IMAGE,
    HUSE_FIELD_TEXT,
    HUSE_FIELD_CLASS,
    HUSE_FIELD_SPLIT,
    HUSE_FIELDS
} huse_field;

/** One row of a source: strict UTF-8 without NUL, each field within HUSE_FIELD_BYTES; s NULL or n
 * 0: none. Borrowed. */
typedef struct huse_record {
    huse_str field[HUSE_FIELDS]; /* the image's is not set: */
    const huse_str *picture;
    size_t n_pictures;
    size_t line; /* where the row begins, from 1; 0 in a folder tree */
} huse_record;

/** Where rows and faults go. */
typedef struct huse_sink {
    /** Takes a row. BAD_DATA: the row is bad, *at says which field, @err what; any other failure
     * ends the reading. */
    huse_status (*row)(void *ctx, const huse_record *r, huse_field *at, huse_err *err);
    /** Told of a bad row: what in @err; line and column from 1, 0 unknown. OK: the reading goes on
     * with the next row. */
    huse_status (*bad)(void *ctx, const char *file, size_t line, size_t column, huse_err *err);
    void (*progress)(void *ctx, size_t bytes); /* bytes of the source done; NULL: not told */
    void *ctx;
} huse_sink;

/** Column names as "id=sku,image=photo"; the defaults are the field names themselves. */
typedef struct huse_columns {
    char *name[HUSE_FIELDS];
    bool given[HUSE_FIELDS];
    huse_buf *guess; /* NULL, or where the CSV reader tells which columns it took by other names */
} huse_columns;

/** @spec NULL: all defaults. USAGE: an unknown key, an empty name, a key given twice. Free with
 * huse_columns_free. */
huse_status huse_columns_parse(huse_columns *c, const char *spec, huse_err *err) HUSE_MUST_CHECK;
void huse_columns_free(huse_columns *c);
const char *huse_field_name(huse_field f);

/** A stretch of a file in memory, at @start, of @n bytes, which grows at its end and is given back
 * at its start. */
typedef struct huse_window {
    char *data;
    size_t start, n, cap;
    size_t done;  /* bytes given back so far */
    size_t chunk; /* bytes read at once, at least */
    int fd;       /* -1: memory of the caller's */
    bool eof;     /* nothing follows */
} huse_window;

void huse_window_file(huse_window *w, int fd); /* @fd is borrowed */
void huse_window_memory(huse_window *w, const void *data, size_t n);
/** Reads more: at least one byte, or sets eof. Moves the bytes, so pointers into them change. */
huse_status huse_window_fill(huse_window *w, huse_err *err) HUSE_MUST_CHECK;
/** Gives the first bytes back. */
void huse_window_drop(huse_window *w, size_t bytes);
/** Gives everything back up to and with the next line feed. */
huse_status huse_window_skip_line(huse_window *w, huse_err *err) HUSE_MUST_CHECK;
/** Reads the first bytes and passes over a byte order mark; BAD_DATA when it is UTF-16's. */
huse_status huse_window_begin(huse_window *w, const char *label, huse_err *err) HUSE_MUST_CHECK;
void huse_window_free(huse_window *w);
const char *huse_window_at(const huse_window *w);

/** Pictures of one item, as many as a row names. Zero-initialise, free() @str. */
typedef struct huse_pictures {
    huse_str *str;
    size_t n, cap;
} huse_pictures;
void huse_pictures_add(huse_pictures *p, huse_str s);
/** Adds what "a.jpg|b.jpg" names: the parts between bars, trimmed, empty ones left out. */
void huse_pictures_split(huse_pictures *p, huse_str cell);

/** Line and column (characters, from 1) of byte @at of @text, which begins at the start of line
 * *line. */
void huse_source_position(const char *text, size_t at, size_t *line, size_t *column);

/** Finds what no field may hold in text[0..n): false, with what it is in @err and its place in *at.
 */
bool huse_source_clean(const char *text, size_t n, size_t *at, huse_err *err);

/** The readers. @label names the source in faults. CSV as RFC 4180 with a header line, fields parted
 * by the comma, semicolon or tab that the header has; JSONL one object a line. Faults of the whole file (no id column, a header that names a column twice) fail
 * at once, faults of a row go to @sink. Nothing is kept after the call. */
huse_status huse_csv_read(huse_window *w, const char *label, const huse_columns *c,
                          const huse_sink *sink, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_jsonl_read(huse_window *w, const char *label, const huse_columns *c,
                            const huse_sink *sink, huse_err *err) HUSE_MUST_CHECK;

/** A folder tree Class/Sub/picture.jpg with picture.txt beside it, in byte order of the names: id
 * is the path below @dir without its ending (with it where two pictures of a folder would share an
 * id), class the folders. Links to folders are not followed. The folder
 *  @skip_dev, @skip_ino (the workspace) is passed over. */
huse_status huse_tree_read(const char *dir, uint64_t skip_dev, uint64_t skip_ino,
                           const huse_sink *sink, huse_err *err) HUSE_MUST_CHECK;

#endif
