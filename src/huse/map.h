/* The map of the classes: all of them in two dimensions. */
#ifndef HUSE_MAP_H
#define HUSE_MAP_H

#include "huse/browse.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum huse_map_kind { HUSE_MAP_PCA, HUSE_MAP_TSNE } huse_map_kind;

typedef struct huse_map_point {
    int32_t node; /* of huse_engine_tree */
    float   x, y;
} huse_map_point;

enum { HUSE_MAP_TSNE_MOST = 2000 };

/** The classes of the catalogue that the model has a vector of (METHOD 10), in pre-order; their mean is 0 and none is farther from it than 1
 *  (all at 0 where nothing tells them apart). */
typedef struct huse_class_map {
    huse_map_kind   kind;
    huse_map_point *point; /* (n) */
    size_t          n;
    float           share[2]; /* PCA: of the variance, by axis; else 0 */
    bool            better;   /* PCA: a t-SNE can be made of it, see huse_map_work_new */
} huse_class_map;

/** The t-SNE that was kept beside the model if there is one of just these vectors, else the PCA: some milliseconds at 2,000 classes. Free with
 *  huse_class_map_free. Thread-safe. NOT_FOUND: no model yet. BAD_DATA: the model's vectors are no numbers. */
huse_status huse_class_map_open(huse_engine *e, huse_class_map *out, huse_err *err) HUSE_MUST_CHECK;
void        huse_class_map_free(huse_class_map *m);

/** A t-SNE in the making, which begins at the PCA and always comes out the same. Belongs to one thread at a time; the engine must outlive
 *  it. NULL where map->better is false. */
typedef struct huse_map_work huse_map_work;
huse_map_work *huse_map_work_new(huse_engine *e);
void           huse_map_work_free(huse_map_work *w);
/** Works for about @ms milliseconds, less when @stop (NULL: none) is set; false when it is finished. */
bool   huse_map_work_on(huse_map_work *w, int ms, volatile const int *stop);
double huse_map_work_share(const huse_map_work *w); /* done, 0..1 */
/** The finished map, turned to lie as the PCA does, and kept beside the model (models/ID.map.safetensors, replaced whole) where the
 *  workspace can be written to. */
void huse_map_work_take(huse_map_work *w, huse_class_map *out);

typedef struct huse_map_item {
    int32_t item;
    float   x, y;
} huse_map_item;

/** Up to @k items of a class around its place in @map, an even sample of more, none farther from it than half the way to the nearest other
 *  class: their two main directions of variance, the middle spread, turned and mirrored so that they lie towards the classes which they are nearest to. free(*out).
 *  Items without a row are left out. NOT_FOUND: no model, or the class is not on the map. */
huse_status huse_class_map_items(huse_engine *e, const huse_class_map *map, int32_t node, size_t k, huse_map_item **out, size_t *n,
                                 huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
