/* Files and folders that are written piece by piece and appear only when they are whole. */
#ifndef CLI_WRITER_H
#define CLI_WRITER_H

#include "base/fs.h"

/** Add to @buf, and push now and then. */
typedef struct cli_writer {
    huse_buf    buf;
    huse_fs_new file;
    int         fault; /* errno of the first write that failed */
} cli_writer;
huse_status cli_writer_open(cli_writer *w, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** Writes out what is buffered once that is much. */
void        cli_writer_push(cli_writer *w);
/** Ends it: the file stands when @s is OK and everything could be written, else what was there before. Returns @s or what failed. */
huse_status cli_writer_close(cli_writer *w, huse_status s, huse_err *err) HUSE_MUST_CHECK;

/** A folder that is filled under another name: @tmp. */
typedef struct cli_folder {
    char *path, *tmp;
} cli_folder;
/** A @path that is anything but an empty folder is refused. */
huse_status cli_folder_open(cli_folder *f, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** Ends it, as cli_writer_close does. */
huse_status cli_folder_close(cli_folder *f, huse_status s, huse_err *err) HUSE_MUST_CHECK;

/** Numbers that give the same float32 when they are read. */
void cli_add_row(huse_buf *b, const float *x, size_t d, const char *gap);
/** A cell of tab-separated text, which knows no quoting: tabs and line ends become spaces. */
void cli_add_tsv(huse_buf *b, const char *s);

#endif
