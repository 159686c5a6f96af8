/* Labels that a person looked at: accepted or changed in the workspace's catalogue, with a journal to take them back, which outlives the
 * program. The source that a catalogue was imported from stays as it is: `export --what items` writes the changed one, and importing the old
 * one again keeps a changed label as long as the source says what it said before. Features, models and their rows do not depend on labels. */
#ifndef HUSE_LABELS_H
#define HUSE_LABELS_H

#include "huse/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Gives an item, which is believed to be of class @now (NULL: of none), the class @path, or, when that is the same, remembers that a person
 *  found it right. One transaction.
 *  FAILED: the workspace cannot be written, or the item's class is another one by now; NOT_FOUND: the item is gone; USAGE: @path is no class path. */
huse_status huse_label_set(huse_workspace *ws, const huse_item *item, const char *now, const char *path, huse_err *err) HUSE_MUST_CHECK;

/** What was taken back. */
typedef struct huse_label_undone {
    int64_t rowid; /* huse_item.rowid */
    char   *id, *from, *to; /* its id; the class that it had, which it has again now; equal where it was accepted only */
} huse_label_undone;
void huse_label_undone_free(huse_label_undone *u);

/** Takes back the last label that was set and not taken back yet, whoever set it. NOT_FOUND: there is none. FAILED: the item's class was changed
 *  by something else since; nothing is changed then, but the next call looks further back. Free with huse_label_undone_free. */
huse_status huse_label_undo(huse_workspace *ws, huse_label_undone *u, huse_err *err) HUSE_MUST_CHECK;

/** Which of the loaded items carry a label that a person accepted or gave: settled[0..items->n). *n (NULL: not wanted): how many can be taken
 *  back. */
huse_status huse_labels_settled(huse_workspace *ws, const huse_items *items, bool *settled, size_t *n, huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
