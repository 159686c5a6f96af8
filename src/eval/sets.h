/* What the figures share: which items have which modality, equal texts, candidates by class. Inside
 * src/eval only. */
#ifndef HUSE_SETS_H
#define HUSE_SETS_H

#include "eval/metrics.h"
#include "eval/scores.h"

/** Rows of one modality of a set; free side.item. */
huse_side huse_set_side(const huse_eval_set *s, bool text);

/** How many items of one class share one text. */
typedef struct huse_text_run {
    int32_t cls;
    uint32_t count;
} huse_text_run;

/** Equal texts: items of a group share id; runs[start[id] .. start[id+1]) are its classes. */
typedef struct huse_texts {
    uint32_t *id; /* (n) by item */
    size_t *start;
    huse_text_run *run;
} huse_texts;
void huse_texts_init(huse_texts *t, const huse_eval_set *s, const huse_side *text);
void huse_texts_free(huse_texts *t);

#endif
