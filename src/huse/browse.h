/* Browsing: the class tree of a catalogue, what the model makes of each node, an item's surroundings, completion of names. */
#ifndef HUSE_BROWSE_H
#define HUSE_BROWSE_H

#include "huse/query.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Everything here may be called from several threads at once. Where a call takes @stop (NULL: none), another thread may set it to a
 * non-zero value, and the call returns INTERRUPTED within about a tenth of a second. */

/* ---- the tree ---- */

/** A node of the catalogue's class tree. */
typedef struct huse_node {
    const char *path, *name; /* "Apparel/Topwear", "Topwear"; both "" for the root */
    int32_t     parent;      /* -1 for the root */
    int32_t     end;         /* the nodes below i are (i, end), in pre-order; siblings in byte order */
    int32_t     depth;       /* edges from the root */
    int32_t     cls;         /* index into huse_items.class_path, -1: no item may be of this node itself */
    size_t      items;       /* of this node and all below it; items without a class are in none */
} huse_node;

/** All nodes in pre-order, *n ≥ 1 of them; node 0 is the virtual root that joins all trees. Borrowed, immutable, made when the engine
 *  was opened. The tree is the catalogue's: the model may lack some of its classes and know others. */
const huse_node *huse_engine_tree(const huse_engine *e, size_t *n);
/** Edges between two nodes. */
int huse_tree_distance(const huse_engine *e, int32_t a, int32_t b);
/** Node of a whole path ("": the root), or -1. O(log n). */
int32_t huse_node_find(const huse_engine *e, const char *path);
/** Node of a class of the catalogue; -1 for -1. */
int32_t huse_node_of_class(const huse_engine *e, int32_t cls);

/* ---- figures ---- */

/** What the model achieves for the items below a node. Shares in 0..1, NaN where nothing was asked. */
typedef struct huse_node_figure {
    float    r1;                           /* R@1 (METHOD 7), mean over the directions with queries here */
    float    accuracy_image, accuracy_text; /* top-1 of the picture, of the text (METHOD 9); NaN, too, without a class layer */
    uint32_t queries;        /* items that asked in some direction */
    uint32_t images, texts;  /* that were classified */
} huse_node_figure;

typedef struct huse_figures {
    huse_node_figure *node;   /* (n) as huse_engine_tree */
    size_t       n;
    huse_split   split;  /* that the figures are of: test, else val, when it holds at least 20 items; else NONE: all items, those that
                          * the model was trained on among them */
    size_t       items;  /* of the split, with a class and a row in the model */
    size_t       looked_at; /* of these, whose rows were classified */
    size_t       asked;  /* of these, that were queries */
    bool         sampled; /* fewer than @items of either: an even sample over the tree */
} huse_figures;

/** Figures of all nodes. Each item below a node asks with its image row and with its text row for images and for texts of the whole split
 *  (itself left out of its own modality); a query scores the chance that the best candidate is of its own class, scores being tied to
 *  1e-6. r1 is the mean over I2I, I2T, T2I and T2T of the mean over their queries that have a candidate of their class: at the root,
 *  unless @sampled, the mean of the four R@1 of huse_evaluate on this split.
 *  At most 5,000 items are classified, and as many ask as make half a billion pairs with the candidates (but 256 at least): some
 *  seconds at worst; the candidates are never sampled. NOT_FOUND: no model yet. INTERRUPTED: @stop. Free with huse_figures_free. */
huse_status huse_tree_figures(huse_engine *e, volatile const int *stop, huse_figures *out, huse_err *err) HUSE_MUST_CHECK;
void        huse_figures_free(huse_figures *f);

/* ---- members of a node ---- */

typedef enum huse_member_kind {
    HUSE_MEMBER_TYPICAL,  /* nearest to the node's vector, best first */
    HUSE_MEMBER_CONFUSED, /* taken for a class outside the node by picture and text together, the widest gap first; at the root, outside
                           * of which there is nothing: taken for another class than their own */
    HUSE_MEMBER_FAR,      /* farthest from the vector of their own class, farthest first */
} huse_member_kind;

/** An item below a node. */
typedef struct huse_member {
    int32_t     item, cls; /* its index and class in huse_items */
    float       cosine;    /* TYPICAL: with the node's vector; FAR: with its own class's. Of the image row, or the text row where there
                            * is no image. CONFUSED: NaN */
    int32_t     best;      /* CONFUSED: the class it is taken for, -1: one that the catalogue no longer has; else -1 */
    float       p, p_best; /* CONFUSED: fused probabilities of its own class and of that one; else NaN */
    const char *best_path; /* CONFUSED, borrowed; else NULL */
} huse_member;

/** How many of a node's confused items are taken for one class. */
typedef struct huse_confusion {
    int32_t     cls;  /* -1: no longer in the catalogue */
    size_t      count;
    const char *path; /* borrowed */
} huse_confusion;

enum { HUSE_CONFUSIONS = 8 };

typedef struct huse_members {
    huse_member   *member; /* (n) those skip .. skip+k */
    size_t         n;
    size_t         total;  /* of this kind among those looked at */
    size_t         items;  /* below the node, with a class and a row in the model */
    size_t         looked_at;
    bool           sampled; /* looked_at < items: an even sample */
    huse_confusion confusion[HUSE_CONFUSIONS]; /* CONFUSED: the most frequent classes, most first */
    size_t         n_confusions;
} huse_members;

/** Items below @node of @kind. Node vectors are those of huse_class_neighbors (METHOD 10). Beyond 50,000 items an even sample is looked at;
 *  CONFUSED samples earlier where there are many classes. Free with huse_members_free.
 *  NOT_FOUND: no model yet, or the model has seen no item of the node (TYPICAL). BAD_DATA: the model has no class layer (CONFUSED).
 *  INTERRUPTED: @stop. */
huse_status huse_node_members(huse_engine *e, int32_t node, huse_member_kind kind, size_t k, size_t skip, volatile const int *stop,
                              huse_members *out, huse_err *err) HUSE_MUST_CHECK;
void        huse_members_free(huse_members *m);

/* ---- one item ---- */

/** What is nearest to the @from row of @item (HUSE_TARGET_IMAGE or HUSE_TARGET_TEXT; the other where the item lacks it): images, texts, or
 *  classes (no inner nodes), best @k by cosine, the item itself left out. The answer is as huse_search's: score = cosine, total counts
 *  all candidates. Untrained: what huse_search says to "@id"; @from is not looked at. NOT_FOUND: the model has no row of the item.
 *  Free with huse_answer_free. */
huse_status huse_item_neighbors(huse_engine *e, size_t item, huse_target from, huse_target target, size_t k, huse_answer *answer,
                                huse_err *err) HUSE_MUST_CHECK;

/* ---- completion ---- */

typedef enum huse_complete_kind { HUSE_COMPLETE_CLASS, HUSE_COMPLETE_ITEM } huse_complete_kind;

/** What @prefix may become, best first, at most @k. free(*out); the strings are borrowed from the engine.
 *  CLASS: paths of nodes, case ignored: those that begin with it, then those of which the last part does, then some other part, then
 *  those that contain it; in each of these groups by number of items. ITEM: ids that begin with it, in byte order.
 *  The first call for a kind sorts or folds all names (about .3 s for a million ids); later ones take a millisecond. Cannot fail. */
void huse_complete(huse_engine *e, huse_complete_kind kind, const char *prefix, size_t k, const char ***out, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
