/* Following a run: what its probes were answered, and the neighbourhoods of its classes. */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "train/follow.h"

enum { PROBE_MOMENTS_MAX = 4096 };

/* ---- probes ---- */

static bool read_hit(const json_t *o, huse_probe_hit *hit)
{
    hit->item = json_string_value(json_array_get(o, 0));
    hit->score = json_number_value(json_array_get(o, 1));
    return hit->item && json_is_number(json_array_get(o, 1));
}

static bool read_answer(const json_t *o, huse_probe_answer *a)
{
    const json_t *hits = json_object_get(o, "hits");
    a->text = json_string_value(json_object_get(o, "query"));
    a->n = HUSE_MIN(json_array_size(hits), (size_t)HUSE_PROBE_HITS);
    bool good = a->text && json_is_array(hits);
    for (size_t i = 0; good && i < a->n; i++)
        good = read_hit(json_array_get(hits, i), &a->hit[i]);
    return good;
}

static bool behind(const long *step, size_t n, long next)
{
    return n == 0 || next > step[n - 1];
}

static bool take_probe(void *ctx, const json_t *o)
{
    huse_follow_moments *m = ctx;
    const json_t        *answers = json_object_get(o, "probes"), *step = json_object_get(o, "step"), *of = json_object_get(o, "of");
    huse_probe_moment    p = {.step = (long)json_integer_value(step), .n = HUSE_MIN(json_array_size(answers), (size_t)HUSE_PROBES_MAX)};
    if (!json_is_integer(step) || p.step < 0 || !json_is_array(answers) || !json_is_integer(of) || json_integer_value(of) < 0 ||
        (m->n_probes && p.step <= m->probe[m->n_probes - 1].step))
        return false;
    if (m->n_probes == PROBE_MOMENTS_MAX)
        return true;
    p.of = (size_t)json_integer_value(of);
    p.answer = huse_xcalloc(p.n, sizeof *p.answer);
    for (size_t i = 0; i < p.n; i++)
        if (!read_answer(json_array_get(answers, i), &p.answer[i])) {
            free(p.answer);
            return false;
        }
    m->probe = huse_xrealloc(m->probe, (m->n_probes + 1) * sizeof *m->probe);
    m->probe_line = huse_xrealloc(m->probe_line, (m->n_probes + 1) * sizeof *m->probe_line);
    m->probe[m->n_probes] = p;
    m->probe_line[m->n_probes++] = json_incref((json_t *)(uintptr_t)o);
    return true;
}

static void begin_probes(void *ctx)
{
    huse_follow_moments *m = ctx;
    for (size_t i = 0; i < m->n_probes; i++) {
        free(m->probe[i].answer);
        json_decref(m->probe_line[i]);
    }
    m->n_probes = 0;
}

/* ---- neighbourhoods ---- */

static bool take_classes(huse_follow_moments *m, const json_t *classes)
{
    size_t n = json_array_size(classes);
    if (m->n_cls || m->n_near || !n || n > HUSE_DRIFT_CLASSES)
        return false;
    for (size_t k = 0; k < n; k++)
        if (!json_is_string(json_array_get(classes, k)))
            return false;
    m->cls = huse_xcalloc(n, sizeof *m->cls);
    for (size_t k = 0; k < n; k++)
        m->cls[k] = huse_xstrdup(json_string_value(json_array_get(classes, k)));
    m->n_cls = n;
    return true;
}

static bool read_near(const json_t *near, size_t n_cls, uint16_t *out)
{
    if (json_array_size(near) != n_cls)
        return false;
    memset(out, 0xFF, n_cls * HUSE_DRIFT_NEAR * sizeof *out);
    for (size_t k = 0; k < n_cls; k++) {
        const json_t *row = json_array_get(near, k);
        if (!json_is_array(row))
            return false;
        for (size_t i = 0; i < HUSE_MIN(json_array_size(row), (size_t)HUSE_DRIFT_NEAR); i++) {
            const json_t *c = json_array_get(row, i);
            if (!json_is_integer(c) || json_integer_value(c) < 0 || json_integer_value(c) >= (json_int_t)n_cls)
                return false;
            out[k * HUSE_DRIFT_NEAR + i] = (uint16_t)json_integer_value(c);
        }
    }
    return true;
}

static bool take_near(void *ctx, const json_t *o)
{
    huse_follow_moments *m = ctx;
    const json_t        *number = json_object_get(o, "step"), *classes = json_object_get(o, "classes");
    long                 step = (long)json_integer_value(number);
    size_t               bytes = m->n_cls * HUSE_DRIFT_NEAR * sizeof(uint16_t);
    if (!json_is_integer(number) || step < 0)
        return false;
    if (classes)
        return take_classes(m, classes);
    if (!m->n_cls || !behind(m->near_step, m->n_near, step))
        return false;
    if (m->bytes + bytes > HUSE_MOMENTS_BYTES)
        return true;
    uint16_t *near = huse_xmalloc(bytes);
    if (!read_near(json_object_get(o, "near"), m->n_cls, near)) {
        free(near);
        return false;
    }
    m->near_step = huse_xrealloc(m->near_step, (m->n_near + 1) * sizeof *m->near_step);
    m->near = huse_xrealloc(m->near, (m->n_near + 1) * sizeof *m->near);
    m->near_step[m->n_near] = step;
    m->near[m->n_near++] = near;
    m->bytes += bytes;
    return true;
}

static void begin_near(void *ctx)
{
    huse_follow_moments *m = ctx;
    for (size_t k = 0; k < m->n_cls; k++)
        free(m->cls[k]);
    free(m->cls);
    m->cls = NULL;
    for (size_t i = 0; i < m->n_near; i++)
        free(m->near[i]);
    m->n_cls = m->n_near = m->bytes = 0;
}

/* ---- both ---- */

void huse_follow_moments_init(huse_follow_moments *m, const char *dir)
{
    m->probe_tail = (huse_tail){.path = huse_fs_join(dir, "probes.jsonl"), .line_max = HUSE_NEAR_LINE};
    m->near_tail = (huse_tail){.path = huse_fs_join(dir, "neighbours.jsonl"), .line_max = HUSE_NEAR_LINE};
}

void huse_follow_moments_fini(huse_follow_moments *m)
{
    begin_probes(m);
    begin_near(m);
    free(m->probe);
    free(m->probe_line);
    free(m->near);
    free(m->near_step);
    huse_tail_fini(&m->probe_tail);
    huse_tail_fini(&m->near_tail);
}

huse_status huse_follow_moments_poll(huse_follow_moments *m, bool *changed, bool *more, huse_err *err)
{
    huse_tail_reader probes = {begin_probes, take_probe, m}, near = {begin_near, take_near, m};
    bool             c, further;
    HUSE_TRY(huse_tail_poll(&m->probe_tail, &probes, changed, more, err));
    huse_status s = huse_tail_poll(&m->near_tail, &near, &c, &further, err);
    *changed |= c;
    *more |= further;
    return s;
}

const huse_probe_moment *huse_follow_probes(const huse_follow *f, size_t *n)
{
    *n = f->moments.n_probes;
    return f->moments.probe;
}

const long *huse_follow_drift_steps(const huse_follow *f, size_t *n)
{
    *n = f->moments.n_near;
    return f->moments.near_step;
}

const char *const *huse_follow_drift_classes(const huse_follow *f, size_t *n)
{
    *n = f->moments.n_cls;
    return (const char *const *)f->moments.cls;
}

/* Indices of the kept moments to compare; false: there is none. */
static bool span(const huse_follow_moments *m, long since, size_t *from, size_t *to)
{
    if (!m->n_near)
        return false;
    *from = 0;
    *to = m->n_near - 1;
    while (*from < *to && m->near_step[*from + 1] <= since)
        ++*from;
    return true;
}

static bool holds(const uint16_t *row, uint16_t cls)
{
    for (size_t i = 0; i < HUSE_DRIFT_NEAR; i++)
        if (row[i] == cls)
            return true;
    return false;
}

/* Classes of @row that are not in @other. */
static size_t only_in(const huse_follow_moments *m, const uint16_t *row, const uint16_t *other, const char **out)
{
    size_t n = 0;
    for (size_t i = 0; i < HUSE_DRIFT_NEAR; i++)
        if (row[i] != UINT16_MAX && !(other && holds(other, row[i]))) {
            if (out)
                out[n] = m->cls[row[i]];
            n++;
        }
    return n;
}

huse_status huse_follow_drift(const huse_follow *f, const char *class_path, long since, huse_drift *d, huse_err *err)
{
    const huse_follow_moments *m = &f->moments;
    size_t                     from, to, k = 0;
    if (!span(m, since, &from, &to))
        return huse_fail(err, HUSE_NOT_FOUND, "%s has kept no neighbourhoods", f->id);
    while (k < m->n_cls && strcmp(m->cls[k], class_path) != 0)
        k++;
    if (k == m->n_cls)
        return huse_fail(err, HUSE_NOT_FOUND, "%s does not know the class %.200s", f->id, class_path);
    const uint16_t *was = m->near[from] + k * HUSE_DRIFT_NEAR, *is = m->near[to] + k * HUSE_DRIFT_NEAR;
    *d = (huse_drift){.since = m->near_step[from], .step = m->near_step[to]};
    d->n_now = only_in(m, is, NULL, d->now);
    d->n_gained = only_in(m, is, was, d->gained);
    d->n_lost = only_in(m, was, is, d->lost);
    return HUSE_OK;
}

typedef struct moved {
    uint32_t cls;
    size_t   gained;
} moved;

static int most_first(const void *a, const void *b)
{
    const moved *x = a, *y = b;
    return x->gained != y->gained ? (x->gained < y->gained) - (x->gained > y->gained) : (x->cls > y->cls) - (x->cls < y->cls);
}

huse_status huse_follow_drift_most(const huse_follow *f, long since, size_t k, uint32_t *cls, size_t *n, huse_err *err)
{
    const huse_follow_moments *m = &f->moments;
    size_t                     from, to;
    if (!span(m, since, &from, &to))
        return huse_fail(err, HUSE_NOT_FOUND, "%s has kept no neighbourhoods", f->id);
    moved *all = huse_xcalloc(m->n_cls, sizeof *all);
    for (size_t c = 0; c < m->n_cls; c++)
        all[c] = (moved){(uint32_t)c, only_in(m, m->near[to] + c * HUSE_DRIFT_NEAR, m->near[from] + c * HUSE_DRIFT_NEAR, NULL)};
    qsort(all, m->n_cls, sizeof *all, most_first);
    *n = 0;
    while (*n < HUSE_MIN(k, m->n_cls) && all[*n].gained) {
        cls[*n] = all[*n].cls;
        ++*n;
    }
    free(all);
    return HUSE_OK;
}
