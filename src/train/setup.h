/* What a run fixes before its first step: statistics, TF-IDF, class semantics. Kept in runs/ID/setup/ so that a resumed
 * run and the published model use exactly the same. */
#ifndef HUSE_SETUP_H
#define HUSE_SETUP_H

#include "base/bundle.h"
#include "huse/train.h"
#include "model/losses.h"
#include "model/weights.h"
#include "train/dataset.h"

/* Most classes for which the K × K distances are kept, and ψ by tree or blend can be made */
enum { HUSE_MATRIX_CLASSES = 2048 };

typedef struct huse_setup {
    huse_weights weights;   /* statistics and TF-IDF; w is NULL */
    huse_graph   graph;     /* A owned here when K allows a matrix */
    float       *A, *psi;
    huse_key     fingerprint, image_hash, text_hash;
} huse_setup;

/** Learns everything from the train split, whose stand-ins are in place. @enc gives class-name vectors. */
huse_status huse_setup_make(huse_setup *s, const huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc,
                            const huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_setup_write(const huse_setup *s, const char *run_dir, huse_err *err) HUSE_MUST_CHECK;
/** Reads it back; BAD_DATA when the catalogue is no longer the one the run started with. */
huse_status huse_setup_read(huse_setup *s, const char *run_dir, const huse_dataset *d, const huse_train_params *p,
                            huse_err *err) HUSE_MUST_CHECK;
void        huse_setup_fini(huse_setup *s);

/** ψ (K,*P) by the parameter "psi" (METHOD 3), unit rows; free(*psi). */
huse_status huse_setup_psi(float **psi, size_t *P, const huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc,
                           const huse_tfidf *tfidf, const huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;

#endif
