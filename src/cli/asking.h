/* What the commands that ask a model share: opening, names, paths, and the common parts of their JSON. */
#ifndef CLI_ASKING_H
#define CLI_ASKING_H

#include <jansson.h>

#include "cli/host.h"
#include "huse/query.h"

typedef struct cli_asking {
    cli              *c;
    cli_host          host;
    huse_workspace   *ws;
    huse_engine      *engine;
    const huse_items *items; /* of the engine */
} cli_asking;

/** Opens workspace @name read-only and the model of --model. */
huse_status cli_asking_open(cli_asking *a, cli *c, const char *name, huse_err *err) HUSE_MUST_CHECK;
/** The same with this model; NULL: the current one. */
huse_status cli_asking_open_model(cli_asking *a, cli *c, const char *name, const char *model, huse_err *err) HUSE_MUST_CHECK;
void        cli_asking_close(cli_asking *a);

/** Last component of a class path. */
const char *cli_class_name(const char *path);
/** The same, but the whole path where two classes share the name: for people. */
const char *cli_class_label(const cli_asking *a, const char *path);
/** Absolute path of a picture. Fresh memory. */
char *cli_picture_path(const huse_picture *p);
/** Absolute path of an item's first picture, or NULL. Fresh memory. */
char *cli_item_path(const huse_items *items, const huse_item *item);
/** Index of item @id (a leading @ is allowed); NOT_FOUND with a hint. */
huse_status cli_find_item(cli_asking *a, const char *id, size_t *item, huse_err *err) HUSE_MUST_CHECK;

/** {"schema": "huse-tui/@schema", "version": 1, "model": …} */
json_t *cli_json_head(const cli_asking *a, const char *schema);
/** Members "id", "text", "path", "class", "class_path" of item @i. */
void cli_json_item(json_t *j, const huse_items *items, size_t i);
/** [{"class", "class_path", "p"}], or null. */
json_t *cli_json_scores(const huse_class_score *s, size_t n);
/** Shares without the leading zero: ".934", "1.00", "–" for NaN. */
const char *cli_share(char out[16], double x, int digits);

/** What --json prints of an answer. */
json_t *cli_json_answer(const cli_asking *a, const huse_query *q, const char *schema, const huse_answer *r);
/** What it prints without: a table. */
void cli_print_hits(const cli_asking *a, const huse_query *q, const huse_answer *r);
/** Runs one query and prints it as --json, --jsonl, --plain or a table. */
huse_status cli_print_search(cli_asking *a, const huse_query *q, const char *schema, huse_err *err) HUSE_MUST_CHECK;

#endif
