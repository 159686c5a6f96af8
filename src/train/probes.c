#include "train/probes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "base/text.h"
#include "index/topk.h"
#include "train/follow.h"

enum { BLOCK = 512, PICTURES_MAX = 20000, PICTURES_MIN = 256, CHOSEN = 4, CLASS_TEXTS = 16, CLASSES_BYTES = 1 << 20, FILE_MAX = 1 << 16 };
/* Asking may take this share of the arithmetic of the training between two validations. */
static const double SHARE = 0.02;
static const char PROBES[] = "probes.jsonl", NEIGHBOURS[] = "neighbours.jsonl", CLASS[] = "class:";

typedef struct query {
    char        *text;
    float       *raw; /* (n,text_dim) rows whose mean embedding asks */
    const char **str; /* (n) their words */
    char        *words;
    size_t       n;
} query;

struct huse_probes {
    huse_probes_options o;
    query     q[HUSE_PROBES_MAX];
    size_t    n;
    uint32_t *item; /* (n_items) whose pictures are asked */
    size_t    n_items;
    float    *e;    /* (n_items,D) */
    bool      classes; /* neighbours are kept */
    bool      full[2], unsaid[2];
};

static void say(const huse_probes *p, const char *text)
{
    if (p->o.message)
        p->o.message(p->o.ctx, text);
}

huse_status huse_probes_check(const char *const *text, size_t n, huse_err *err)
{
    if (n > HUSE_PROBES_MAX)
        return huse_fail(err, HUSE_USAGE, "%zu probes: at most %d can be asked", n, HUSE_PROBES_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t bytes = strlen(text[i]);
        if (!bytes || bytes > HUSE_PROBE_TEXT || huse_utf8_check(text[i], bytes) != bytes)
            return huse_fail(err, HUSE_USAGE, "a probe is %s", !bytes ? "empty" : bytes > HUSE_PROBE_TEXT ? "too long" : "no UTF-8 text");
    }
    return HUSE_OK;
}

/* ---- which pictures ---- */

/* Sum of min(count, q). */
static size_t taken(const size_t *count, size_t groups, size_t q)
{
    size_t sum = 0;
    for (size_t k = 0; k < groups; k++)
        sum += HUSE_MIN(count[k], q);
    return sum;
}

static size_t every(size_t n, size_t m, uint32_t *out)
{
    for (size_t i = 0; i < m; i++)
        out[i] = (uint32_t)(i * n / m);
    return m;
}

size_t huse_probes_sample(const int32_t *group, size_t n, size_t groups, size_t m, uint32_t *out)
{
    if (m >= n)
        return every(n, n, out);
    size_t *count = huse_xcalloc(groups + 1, sizeof *count), *seen = huse_xcalloc(groups + 1, sizeof *seen), low = 0, high = m, got = 0;
    for (size_t i = 0; i < n; i++)
        if (group[i] >= 0)
            count[group[i]]++;
    while (low < high) { /* the largest share that fits */
        size_t q = low + (high - low + 1) / 2;
        if (taken(count, groups, q) <= m)
            low = q;
        else
            high = q - 1;
    }
    for (size_t i = 0; i < n && low; i++)
        if (group[i] >= 0) { /* the j-th of c is one of q when it opens a new q-th part */
            size_t c = count[group[i]], j = seen[group[i]]++;
            if (c <= low || j * low / c != (j + 1) * low / c)
                out[got++] = (uint32_t)i;
        }
    free(count);
    free(seen);
    return low ? got : every(n, m, out);
}

/* Weights of a tower: what one item costs it. */
static double tower(const huse_params *table, const char *name)
{
    double sum = 0;
    for (size_t i = 0; i < table->n; i++)
        if (strncmp(table->param[i].name, name, strlen(name)) == 0)
            sum += (double)(table->param[i].rows * table->param[i].cols);
    return sum;
}

static size_t affordable(const huse_probes *p)
{
    const huse_params *table = &p->o.setup->weights.params;
    double image = tower(table, "image."), text = tower(table, "text.");
    double n = SHARE * p->o.items_between * 3 * (image + text) / fmax(image, 1);
    return (size_t)fmin(fmax(n, PICTURES_MIN), PICTURES_MAX);
}

static void choose_pictures(huse_probes *p)
{
    const huse_dataset *d = p->o.data;
    size_t              n = 0;
    uint32_t           *all = huse_xcalloc(d->items->n, sizeof *all);
    int32_t            *cls = huse_xcalloc(d->items->n, sizeof *cls);
    for (size_t i = 0; i < d->items->n; i++)
        if (d->image[i]) {
            all[n] = (uint32_t)i;
            cls[n++] = d->items->item[i].cls;
        }
    p->item = huse_xcalloc(n, sizeof *p->item);
    p->n_items = huse_probes_sample(cls, n, d->items->n_classes, affordable(p), p->item);
    for (size_t i = 0; i < p->n_items; i++)
        p->item[i] = all[p->item[i]];
    free(all);
    free(cls);
}

/* ---- which queries ---- */

static void forget_queries(huse_probes *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->q[i].text);
        free(p->q[i].raw);
        free(p->q[i].words);
        free((void *)(uintptr_t)p->q[i].str);
    }
    p->n = 0;
}

/* Whether words can be turned into rows like those of the texts. */
static bool knows_words(const huse_probes *p)
{
    const huse_dataset *d = p->o.data;
    return strcmp(p->o.enc->name, d->text_encoder) == 0 && p->o.enc->dim == d->text_dim && huse_key_equal(&p->o.enc->hash, &d->text_hash);
}

/* Up to CLASS_TEXTS texts of a class's training items. */
static bool query_class(huse_probes *p, query *q, const char *path)
{
    const huse_dataset *d = p->o.data;
    ptrdiff_t           cls = huse_items_find_class(d->items, path);
    uint32_t            item[CLASS_TEXTS];
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN] && q->n < CLASS_TEXTS; i++) {
        uint32_t it = d->split[HUSE_SPLIT_TRAIN][i];
        if (d->items->item[it].cls == cls && d->text[it])
            item[q->n++] = it;
    }
    if (!q->n)
        return false;
    q->raw = huse_xaligned(q->n * d->text_dim * sizeof *q->raw);
    q->str = huse_xcalloc(q->n, sizeof *q->str);
    huse_dataset_gather_texts(d, item, q->n, q->raw, q->str);
    return true;
}

static bool query_words(huse_probes *p, query *q, huse_err *err)
{
    if (!knows_words(p)) {
        huse_fail(err, HUSE_NOT_FOUND, "the text encoder that made the features is not here");
        return false;
    }
    q->n = 1;
    q->raw = huse_xaligned(p->o.data->text_dim * sizeof *q->raw);
    q->str = huse_xcalloc(1, sizeof *q->str);
    q->str[0] = q->words = huse_xstrdup(q->text);
    if (huse_text_encode(p->o.enc, p->o.pool, q->str, 1, q->raw, NULL, err) == HUSE_OK)
        return true;
    free(q->words);
    free(q->str);
    free(q->raw);
    return false;
}

static void add_query(huse_probes *p, const char *text)
{
    query q = {.text = huse_xstrdup(text)};
    char  why[HUSE_PROBE_TEXT + 640];
    huse_err err;
    bool  is_class = strncmp(text, CLASS, sizeof CLASS - 1) == 0;
    if (is_class ? query_class(p, &q, text + sizeof CLASS - 1) : query_words(p, &q, &err)) {
        p->q[p->n++] = q;
        return;
    }
    free(q.text);
    snprintf(why, sizeof why, "the probe “%s” is left out: %s", text,
             is_class ? "no training item of this class has a text" : err.msg);
    say(p, why);
}

typedef struct common {
    size_t  n;
    int32_t cls;
} common;

static int most_common(const void *a, const void *b)
{
    const common *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->cls > y->cls) - (x->cls < y->cls);
}

/* Bytes of the path before its last name. */
static size_t above(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* "a/face-smiling" as a person would ask for it, or the class itself where words are no use. */
static char *ask_for(const huse_probes *p, const char *path)
{
    if (!knows_words(p))
        return huse_format("%s%s", CLASS, path);
    char *words = huse_xstrdup(above(path) ? path + above(path) + 1 : path);
    for (char *c = words; *c; c++)
        if (*c == '-' || *c == '_')
            *c = ' ';
    return words;
}

static bool sibling_asked(const char *const *asked, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (above(asked[i]) == above(path) && strncmp(asked[i], path, above(path)) == 0)
            return true;
    return false;
}

/* The most frequent classes, of different parents as far as there are. */
static void choose_queries(huse_probes *p)
{
    const huse_dataset *d = p->o.data;
    size_t              K = d->items->n_classes, n = 0;
    common             *c = huse_xcalloc(K, sizeof *c);
    bool               *asked_for = huse_xcalloc(K, sizeof *asked_for);
    const char         *asked[CHOSEN];
    for (size_t k = 0; k < K; k++)
        c[k].cls = (int32_t)k;
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++)
        c[d->items->item[d->split[HUSE_SPLIT_TRAIN][i]].cls].n++;
    qsort(c, K, sizeof *c, most_common);
    for (int round = 0; round < 2; round++)
        for (size_t k = 0; k < K && n < CHOSEN && c[k].n; k++) {
            const char *path = d->items->class_path[c[k].cls];
            if (asked_for[k] || (round == 0 && sibling_asked(asked, n, path)))
                continue;
            asked_for[k] = true;
            asked[n++] = path;
        }
    for (size_t i = 0; i < n; i++) {
        char       *text = ask_for(p, asked[i]);
        const char *one = text;
        if (huse_probes_check(&one, 1, NULL) == HUSE_OK)
            add_query(p, text);
        free(text);
    }
    free(asked_for);
    free(c);
}

/* As huse_probes_check wants them; borrowed from @list. False: it is something else. */
static bool read_list(const json_t *list, const char *text[HUSE_PROBES_MAX], size_t *n)
{
    *n = json_array_size(list);
    if (!json_is_array(list) || *n > HUSE_PROBES_MAX)
        return false;
    for (size_t i = 0; i < *n; i++)
        if (!(text[i] = json_string_value(json_array_get(list, i))))
            return false;
    return huse_probes_check(text, *n, NULL) == HUSE_OK;
}

static char *list_path(const huse_probes *p)
{
    return huse_fs_join(p->o.run->dir, "probes.json");
}

/* The queries the run had before; false: it says none. */
static bool remember(huse_probes *p)
{
    char       *path = list_path(p), *data;
    const char *text[HUSE_PROBES_MAX];
    size_t      bytes, n = 0;
    json_t     *o = NULL;
    if (huse_fs_read(path, FILE_MAX, &data, &bytes, NULL) == HUSE_OK) {
        if (huse_json_parse(&o, data, bytes, path, NULL) != HUSE_OK)
            o = NULL;
        free(data);
    }
    bool known = o && read_list(json_object_get(o, "probes"), text, &n);
    for (size_t i = 0; known && i < n; i++)
        add_query(p, text[i]);
    json_decref(o);
    free(path);
    return known;
}

static void keep_list(huse_probes *p)
{
    json_t *list = json_array(), *o = json_object();
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(list, json_string(p->q[i].text));
    json_object_set_new(o, "probes", list);
    char    *path = list_path(p), *data = json_dumps(o, JSON_INDENT(1));
    huse_err err;
    if (huse_fs_write_atomic(path, data, strlen(data), &err) != HUSE_OK)
        say(p, err.msg);
    free(data);
    free(path);
    json_decref(o);
}

static void set_queries(huse_probes *p, const char *const *text, size_t n)
{
    forget_queries(p);
    for (size_t i = 0; i < n; i++)
        add_query(p, text[i]);
    keep_list(p);
}

void huse_probes_ask(huse_probes *p, const json_t *list)
{
    const char *text[HUSE_PROBES_MAX];
    size_t      n;
    if (!p || !list || !read_list(list, text, &n))
        return;
    bool same = n == p->n;
    for (size_t i = 0; same && i < n; i++)
        same = strcmp(text[i], p->q[i].text) == 0;
    if (!same)
        set_queries(p, text, n);
}

/* ---- the files ---- */

static void write_line(huse_probes *p, int which, json_t *line)
{
    const char *name = which ? NEIGHBOURS : PROBES;
    huse_err    err;
    bool        full;
    if (p->full[which]) {
        json_decref(line);
        return;
    }
    bool good = huse_run_append(p->o.run, name, line, HUSE_MOMENTS_BYTES, &full, &err) == HUSE_OK;
    if (!good && !p->unsaid[which])
        say(p, err.msg);
    p->unsaid[which] = !good;
    if (good && full) {
        char text[96];
        snprintf(text, sizeof text, "%s is as long as it may get: no more is written to it", name);
        say(p, text);
        p->full[which] = true;
    }
}

static void start_files(huse_probes *p)
{
    const huse_items *items = p->o.data->items;
    huse_err          err;
    char             *path = huse_fs_join(p->o.run->dir, NEIGHBOURS);
    size_t            bytes = 0;
    long              last = p->o.step ? p->o.step : -1; /* before the first step all is asked anew */
    if (huse_run_cut(p->o.run, PROBES, last, &err) != HUSE_OK || huse_run_cut(p->o.run, NEIGHBOURS, last, &err) != HUSE_OK)
        say(p, err.msg);
    for (size_t k = 0; k < items->n_classes; k++)
        bytes += strlen(items->class_path[k]);
    p->classes = items->n_classes > 1 && items->n_classes <= HUSE_DRIFT_CLASSES && bytes <= CLASSES_BYTES;
    if (p->classes && (!huse_fs_exists(path) || last < 0)) {
        json_t *classes = json_array(), *line = json_object();
        for (size_t k = 0; k < items->n_classes; k++)
            json_array_append_new(classes, json_string(items->class_path[k]));
        json_object_set_new(line, "step", json_integer(0));
        json_object_set_new(line, "classes", classes);
        write_line(p, 1, line);
    }
    free(path);
}

huse_probes *huse_probes_new(const huse_probes_options *o)
{
    huse_probes *p = huse_xcalloc(1, sizeof *p);
    p->o = *o;
    choose_pictures(p);
    p->e = huse_xaligned(p->n_items * o->setup->weights.params.shape.D * sizeof *p->e);
    start_files(p);
    if (!o->method->joined)
        return p; /* words and pictures have no space in common */
    if (o->text)
        set_queries(p, o->text, o->n);
    else if (!remember(p)) {
        choose_queries(p);
        keep_list(p);
    }
    return p;
}

void huse_probes_free(huse_probes *p)
{
    if (!p)
        return;
    forget_queries(p);
    free(p->item);
    free(p->e);
    free(p);
}

/* ---- asking ---- */

static void embed_pictures(huse_probes *p, const huse_weights *w)
{
    size_t D = w->params.shape.D;
    float *raw = huse_xaligned(BLOCK * w->image_dim * sizeof *raw);
    for (size_t at = 0; at < p->n_items; at += BLOCK) {
        size_t n = HUSE_MIN(p->n_items - at, (size_t)BLOCK);
        huse_dataset_gather_images(p->o.data, p->item + at, n, raw);
        huse_weights_embed_images(w, p->o.pool, raw, n, p->e + at * D);
    }
    free(raw);
}

/* Mean embedding of the query's rows; its length does not change the order. */
static void embed_query(const huse_probes *p, const query *q, const huse_weights *w, float *out)
{
    size_t D = w->params.shape.D;
    float *e = huse_xaligned(q->n * D * sizeof *e);
    double length = 0;
    huse_weights_embed_texts(w, p->o.pool, q->raw, q->str, q->n, e);
    for (size_t i = 1; i < q->n; i++)
        for (size_t c = 0; c < D; c++)
            e[c] += e[i * D + c];
    for (size_t c = 0; c < D; c++)
        length += (double)e[c] * (double)e[c];
    for (size_t c = 0; c < D; c++)
        out[c] = (float)((double)e[c] / fmax(sqrt(length), 1e-12));
    free(e);
}

static json_t *answer_json(const huse_probes *p, const query *q, const huse_near *near, size_t n)
{
    json_t *hits = json_array(), *o = json_object();
    for (size_t i = 0; i < n && isfinite(near[i].score); i++)
        json_array_append_new(hits, json_pack("[s,f]", p->o.data->items->item[p->item[near[i].row]].id, (double)near[i].score));
    json_object_set_new(o, "query", json_string(q->text));
    json_object_set_new(o, "hits", hits);
    return o;
}

static void ask_queries(huse_probes *p, long step, const huse_weights *w)
{
    size_t      D = w->params.shape.D, count[HUSE_PROBES_MAX];
    huse_near   near[HUSE_PROBES_MAX * HUSE_PROBE_HITS];
    float      *q = huse_xaligned(p->n * D * sizeof *q);
    huse_index *ix = huse_index_view(p->e, p->n_items, D);
    json_t     *answers = json_array(), *line = json_object();
    for (size_t i = 0; i < p->n; i++)
        embed_query(p, &p->q[i], w, q + i * D);
    huse_index_search(ix, p->o.pool, q, p->n, HUSE_PROBE_HITS, NULL, near, count);
    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(answers, answer_json(p, &p->q[i], near + i * HUSE_PROBE_HITS, count[i]));
    json_object_set_new(line, "step", json_integer(step));
    json_object_set_new(line, "of", json_integer((json_int_t)p->n_items));
    json_object_set_new(line, "probes", answers);
    write_line(p, 0, line);
    huse_index_free(ix);
    free(q);
}

/* Unit mean embeddings of the classes that have pictures here; returns how many, and which. */
static size_t centroids(const huse_probes *p, size_t D, size_t K, float *mean, uint32_t *cls)
{
    double *sum = huse_xcalloc(K * D, sizeof *sum);
    size_t  n = 0;
    for (size_t i = 0; i < p->n_items; i++) {
        int32_t k = p->o.data->items->item[p->item[i]].cls;
        for (size_t c = 0; k >= 0 && c < D; c++)
            sum[(size_t)k * D + c] += (double)p->e[i * D + c];
    }
    for (size_t k = 0; k < K; k++) {
        double length = 0;
        for (size_t c = 0; c < D; c++)
            length += sum[k * D + c] * sum[k * D + c];
        if (!(length > 0))
            continue;
        for (size_t c = 0; c < D; c++)
            mean[n * D + c] = (float)(sum[k * D + c] / sqrt(length));
        cls[n++] = (uint32_t)k;
    }
    free(sum);
    return n;
}

static void find_neighbours(huse_probes *p, long step, const huse_weights *w)
{
    enum { ASKED = HUSE_DRIFT_NEAR + 1 }; /* itself among them */
    size_t     D = w->params.shape.D, K = p->o.data->items->n_classes;
    float     *mean = huse_xaligned(K * D * sizeof *mean);
    uint32_t  *cls = huse_xcalloc(K, sizeof *cls);
    size_t     n = centroids(p, D, K, mean, cls), *count = huse_xcalloc(K, sizeof *count);
    huse_near *near = huse_xcalloc(K * ASKED, sizeof *near);
    huse_index *ix = huse_index_view(mean, n, D);
    json_t    *rows = json_array(), *line = json_object();
    huse_index_search(ix, p->o.pool, mean, n, ASKED, NULL, near, count);
    for (size_t k = 0, at = 0; k < K; k++) {
        json_t *row = json_array();
        if (at < n && cls[at] == k) {
            for (size_t i = 0; i < count[at] && json_array_size(row) < HUSE_DRIFT_NEAR; i++)
                if (near[at * ASKED + i].row != at && isfinite(near[at * ASKED + i].score))
                    json_array_append_new(row, json_integer(cls[near[at * ASKED + i].row]));
            at++;
        }
        json_array_append_new(rows, row);
    }
    json_object_set_new(line, "step", json_integer(step));
    json_object_set_new(line, "near", rows);
    write_line(p, 1, line);
    huse_index_free(ix);
    free(mean);
    free(cls);
    free(count);
    free(near);
}

void huse_probes_take(huse_probes *p, long step, const huse_weights *w)
{
    if (!p || !p->n_items || (!p->n && !p->classes))
        return;
    embed_pictures(p, w);
    if (p->n)
        ask_queries(p, step, w);
    if (p->classes)
        find_neighbours(p, step, w);
}
