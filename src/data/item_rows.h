/* Feature rows of the items of a catalogue. */
#ifndef HUSE_ITEM_ROWS_H
#define HUSE_ITEM_ROWS_H

#include "data/features.h"
#include "huse/workspace.h"

/** Raw picture row of an item, NULL: none. It lies in the store; that of several pictures is their mean and is put into @mean (a row).
 *  @external: the rows came from elsewhere (huse_features_external). Thread-safe while nobody appends. */
const float *huse_item_image_row(const huse_features *f, bool external, const huse_items *items, const huse_item *it, float *mean);
/** Raw row of its text; of rows from elsewhere also where it has none. */
const float *huse_item_text_row(const huse_features *f, bool external, const huse_item *it);

#endif
