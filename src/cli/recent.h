/* The workspaces that were open in the interface, newest first. */
#ifndef CLI_RECENT_H
#define CLI_RECENT_H

#include "ui/ui.h"

#define CLI_RECENT_MAX 20

typedef struct cli_recent {
    ui_recent entry[CLI_RECENT_MAX];
    size_t    n;
} cli_recent;

/** A file of what the interface remembers from start to start; that of workspaces is "recent". Fresh memory. */
char *cli_state_file(const char *name);
/** Reads the file at @path; what is no entry is left out. A file that is missing or faulty holds none. */
void cli_recent_read(cli_recent *r, const char *path);
/** Sees which are gone and which have a model, by the presence of their files. */
void cli_recent_look(cli_recent *r);
/** Puts a workspace first in the file. What goes wrong costs only a shortcut. */
void cli_recent_add(const char *path, const char *dir, size_t items);
void cli_recent_free(cli_recent *r);

/** Whether a workspace lies there. */
bool cli_is_workspace(const char *dir);

#endif
