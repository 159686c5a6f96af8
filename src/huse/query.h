/* Asking: search, neighbours, classification. One path for the command line, the interface and programs. */
#ifndef HUSE_QUERY_H
#define HUSE_QUERY_H

#include "huse/encode.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An opened catalogue, model and query encoder, ready to answer. Immutable after opening. */
typedef struct huse_engine huse_engine;

/** Opens what queries need. Without a trained model the engine answers from frozen text features (huse_engine_trained false).
 *  @model: a model id or NULL for CURRENT. The text encoder is loaded on the first query that needs it. */
huse_status huse_engine_open(huse_engine **e, huse_workspace *ws, const huse_host *host, const char *model,
                             huse_err *err) HUSE_MUST_CHECK;
void        huse_engine_close(huse_engine *e);
bool        huse_engine_trained(const huse_engine *e);
/** Whether it tells classes apart: trained, and by a method that learns them. */
bool        huse_engine_classifies(const huse_engine *e);
/** Whose server is asked what words mean; NULL: nobody's, they stay on this machine. Borrowed. Some milliseconds the first time. */
const char *huse_engine_asks(huse_engine *e);
const char *huse_engine_model(const huse_engine *e); /* "run-3 step 1200" or "untrained" */
const huse_items *huse_engine_items(const huse_engine *e);
/** The model's own attribute mix m, which a query's negative `rerank` stands for; 0 where it has none. */
double huse_engine_mix(const huse_engine *e);

/** Reads ahead what the first query in words would otherwise wait for: the text encoder, with all its weights in memory. Thread-safe; a
 *  query asked meanwhile waits for no more than it needs itself. What is missing is told by the query. */
void huse_engine_warm(huse_engine *e);

typedef enum huse_target { HUSE_TARGET_IMAGE, HUSE_TARGET_TEXT, HUSE_TARGET_CLASS } huse_target;
const char *huse_target_name(huse_target t);

typedef struct huse_query {
    const char *text;      /* the grammar of the manual: "2:dress + floral - black", @item, class:Path, ./picture.jpg */
    huse_target target;
    size_t      k, skip;   /* results skip .. skip+k */
    double      min_score; /* below: left out; -2: none */
    const char *class_filter; /* a class path; its subtree counts; NULL: all */
    double      rerank;    /* attribute mix m, 0..1; negative: the model's own */
    const char *home;      /* what ~ in the path of a picture stands for; NULL: nothing */
    volatile const int *stop; /* non-zero: no server is waited for any more; NULL: none */
} huse_query;
#define HUSE_QUERY_DEFAULT { NULL, HUSE_TARGET_IMAGE, 10, 0, -2.0, NULL, -1.0, NULL, NULL }

typedef struct huse_hit {
    int32_t item;  /* index into huse_engine_items, -1 for a class */
    int32_t cls;   /* class index (huse_items) of the item or of the class hit, -1: none */
    float   score; /* what the order is by: (1 - m) * cosine + m * attribute score */
    float   cosine; /* in the shared space (untrained: the score) */
    const char *class_path; /* borrowed from the engine; "" when none. An inner node's path for class hits */
} huse_hit;

typedef struct huse_answer {
    huse_hit *hit;
    size_t    n;       /* hits given */
    size_t    total;   /* candidates after the filter and min_score; above 200,000 rows with a min_score: at least this many */
    size_t    error_at; /* on a grammar error: byte offset in the query text */
    double    ms;
    bool      words_alone;   /* the remote text encoder does not answer: words count, not what they mean; @note says why */
    bool      unknown_words; /* the model knows none of the query's words: only their meaning counts; @note says so */
    char      note[256]; /* "" or one sentence: no item has a picture, the filter leaves 0 of 9,324, … */
} huse_answer;

/** Answers one query. Thread-safe: several threads may ask one engine. Free with huse_answer_free (after a failure there is nothing to
 *  free, but error_at is set). Items that the query names (@item) are never among the hits. An item filter or class: takes a whole path or
 *  a name that only one class has.
 *  USAGE: a grammar error (answer->error_at); NOT_FOUND: no such item or class, with the nearest name; BAD_DATA: a picture that cannot be
 *  decoded, or words where the text encoder that made the features is not here; NETWORK: a remote text encoder does not answer, and the
 *  words alone say nothing; INTERRUPTED: q->stop was set meanwhile. */
huse_status huse_search(huse_engine *e, const huse_query *q, huse_answer *answer, huse_err *err) HUSE_MUST_CHECK;
void        huse_answer_free(huse_answer *a);

typedef struct huse_neighbor {
    const char *path;    /* class path */
    int32_t     cls;     /* class index, -1 for an inner node */
    float       cosine, psi_distance; /* psi_distance NaN for inner nodes without a psi */
    int         tree_distance;        /* edges */
    int         flag;    /* 0, 1 far relative (near here, far in the tree), 2 estranged sibling */
} huse_neighbor;

/** Nearest classes of a class or inner node, among the nodes of @level (0: all classes; n: nodes n edges below the root); what lies above or
 *  below it in the tree is left out unless both are classes. @path: a whole path or a name that only one has. free(*out).
 *  NOT_FOUND: no model yet. */
huse_status huse_class_neighbors(huse_engine *e, const char *path, int level, size_t k, huse_neighbor **out, size_t *n,
                                 huse_err *err) HUSE_MUST_CHECK;

typedef struct huse_disagreement {
    const char *a, *b;
    float       cosine, psi_distance;
    int         tree_distance, rank; /* rank of b among a's neighbours, from 1 */
    int         flag;                /* as above */
} huse_disagreement;
enum { HUSE_DISAGREEMENTS_MAX = 100000 };
/** The @k strongest disagreements of the tree (METHOD 10; at most HUSE_DISAGREEMENTS_MAX), strongest first: the wider the cosine is off the
 *  median of all pairs. *total counts all of them. @path (NULL or "": everywhere): only pairs of which one lies at or below this node, named
 *  as above. free(*out). Some seconds at 10,000 classes. NOT_FOUND: no model yet, or no such class. INTERRUPTED: @stop (NULL: none) was set. */
huse_status huse_disagreements(huse_engine *e, const char *path, size_t k, volatile const int *stop, huse_disagreement **out, size_t *n,
                               size_t *total, huse_err *err) HUSE_MUST_CHECK;

/** A class and its probability. */
typedef struct huse_class_score {
    int32_t     cls;        /* index into huse_items.class_path; -1: a class of the model that no item of the catalogue has any more */
    float       p;
    const char *class_path; /* borrowed from the engine */
} huse_class_score;

/** Classes that the model tells apart. The lists below hold min(k, this) entries. */
size_t huse_engine_classes(const huse_engine *e);

/** What the model makes of one item of the catalogue: probabilities by class, best first. free() each. NULL outputs are skipped; a missing
 *  modality gives NULL. NOT_FOUND: no model yet, or it has no row of this item. */
huse_status huse_classify_item(huse_engine *e, size_t item, size_t k, huse_class_score **image, huse_class_score **text,
                               huse_class_score **fusion, huse_err *err) HUSE_MUST_CHECK;

/** The same for items that are not in the catalogue. */
typedef struct huse_opinion {
    huse_class_score *image, *text, *fusion; /* best first, or NULL where the modality is missing or its picture is unusable */
    size_t            n;                     /* entries of each list */
    char             *why;                   /* why the picture was not used, or NULL */
} huse_opinion;
void huse_opinion_free(huse_opinion *o);
/** @n items into out[n]: text[i] and picture[i] (a path), either may be NULL, and either array. One bad picture costs that picture.
 *  NOT_FOUND: no model yet. BAD_DATA: the encoders that made its features are not here. Free each with huse_opinion_free. */
huse_status huse_classify_new(huse_engine *e, const char *const *text, const char *const *picture, size_t n, size_t k, huse_opinion *out,
                              huse_err *err) HUSE_MUST_CHECK;

/** An item whose label the model doubts. */
typedef struct huse_suspect {
    int32_t     item, cls;  /* its index and its class in the catalogue */
    int32_t     best;       /* the class the model would give, -1: no longer in the catalogue */
    float       p, p_best;  /* fused probabilities of the label and of the best class */
    const char *class_path, *best_path; /* borrowed */
} huse_suspect;
/** Items of @split (HUSE_SPLIT_NONE: of all) for which another class is more probable, the widest gap first; at most @k. *total counts
 *  all of them. free(*out). NOT_FOUND: no model yet. */
huse_status huse_suspects(huse_engine *e, huse_split split, size_t k, huse_suspect **out, size_t *n, size_t *total,
                          huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
