/* Nodes of the model's tree that are compared with each other (METHOD 10). */
#ifndef HUSE_GROUP_H
#define HUSE_GROUP_H

#include "query/engine.h"

enum { HUSE_FAR_RELATIVE = 1, HUSE_ESTRANGED = 2, HUSE_NEAR_RANKS = 5 };

/** Nodes in pre-order, with their vectors packed. */
typedef struct huse_group {
    const huse_model *m;
    int32_t          *node;   /* (n) */
    size_t            n;
    float            *vector; /* (n,D) */
    huse_medians      mid;
} huse_group;

/** All classes (@level 0) or all nodes @level edges below the root, without those that the model has seen no item of. */
void huse_group_init(huse_group *g, const huse_model *m, int level);
void huse_group_fini(huse_group *g);
/** Medians over all pairs of the group, which is that of @level; kept in the engine. */
void huse_group_medians(huse_group *g, huse_engine *e, huse_pool *pool, int level);

/** Where space and tree disagree about a pair; @rank of b among a's neighbours, from 1. Under the virtual root nobody is a sibling, and
 *  where all pairs are equally far in the tree nobody is a far relative. 0: they agree. */
int huse_group_flag(const huse_group *g, int32_t a, int32_t b, float cosine, size_t rank);
/** NAN for inner nodes and without a psi. */
float huse_psi_distance(const huse_model *m, int32_t a, int32_t b);

/** NOT_FOUND: no model yet. */
huse_status huse_engine_need_model(const huse_engine *e, huse_err *err) HUSE_MUST_CHECK;

#endif
