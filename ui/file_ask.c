#include "file_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

void ui_file_ask_free(ui_file_ask *f)
{
    free(f->file);
    f->file = NULL;
}

static void write_now(void *st)
{
    ui_file_ask *f = st;
    char        *file = f->file;
    f->file = NULL;
    if (file)
        f->write(f->st, file);
    free(file);
}

static void named(void *st, const char *text)
{
    ui_file_ask *f = st;
    const char  *home = getenv("HOME");
    while (*text == ' ')
        text++;
    if (!*text)
        return;
    ui_file_ask_free(f);
    f->file = strncmp(text, "~/", 2) == 0 && home && *home ? huse_fs_join(home, text + 2) : huse_xstrdup(text);
    if (huse_fs_is_dir(f->file)) {
        ui_warn(f->ctx, "%.300s is a folder; a file is needed", text);
    } else if (huse_fs_exists(f->file)) {
        char question[160];
        snprintf(question, sizeof question, "%.120s exists. Replace it?", text);
        ui_confirm(f->ctx, f, question, write_now);
    } else {
        write_now(f);
    }
}

void ui_file_ask_begin(ui_file_ask *f, const ui_ctx *ctx, const char *label, const char *text, const char *hint,
                       void (*write)(void *st, const char *file), void *st)
{
    ui_file_ask_free(f);
    *f = (ui_file_ask){.ctx = ctx, .st = st, .write = write};
    ui_ask_line(ctx, f, &(ui_prompt){.label = label, .text = text, .hint = hint, .done = named});
}
