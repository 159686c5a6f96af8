/* What the shells' completions ask for while someone types: names that only this machine knows. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

/** Answers “huse-tui __complete KIND PREFIX [WORD...]”: prints what @argv[1] may become, a line each. KIND: workspaces, runs, models,
 *  classes, items, places (classes and @items), terms (of a query), methods, settings, weights, text-weights, image-weights or commands; the words are those typed before,
 *  of which one may name the workspace. What goes wrong prints nothing. Returns the exit code. */
int cli_complete(int argc, char **argv);

#endif
