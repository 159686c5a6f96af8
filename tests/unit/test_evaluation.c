/* Evaluations that are kept: the same as eval's, counted by class, compared by brute force; and labels that the model doubts. */
#include <jansson.h>
#include <math.h>

#include "eval/evaluation.h"
#include "eval/report.h"
#include "huse/labels.h"
#include "huse/query.h"
#include "index/topk.h"
#include "model/model.h"
#include "train_fixture.h"

enum { ITEMS = 300 };
static const shape usual = { .n = ITEMS, .val = 7, .test = 5, .flip = 23, .texts = true };
static const huse_eval_options how = { .split = HUSE_SPLIT_TEST, .draws = HUSE_EVAL_DRAWS, .seed = HUSE_EVAL_SEED };

static void train_for(fixture *f, const char *steps, const char *seed, char model[64])
{
    huse_train_params p;
    huse_train_report r;
    small_run(&p);
    OK(huse_train_params_set(&p, "seed", seed, NULL));
    OK(huse_train_params_set(&p, "steps", steps, NULL));
    huse_train_options o = { .params = &p };
    OK(huse_train(f->ws, &host, &o, &r, &f->err));
    memcpy(model, r.model, sizeof r.model);
    huse_train_params_fini(&p);
}

static void train(fixture *f, const char *seed, char model[64])
{
    train_for(f, "40", seed, model);
}

static char *json_of(const huse_eval_report *r)
{
    json_t *o = huse_eval_report_json(r);
    char   *text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}

static void assert_same_report(const huse_eval_report *a, const huse_eval_report *b)
{
    char *x = json_of(a), *y = json_of(b);
    assert_string_equal(x, y);
    assert_string_equal(a->method, b->method);
    assert_int_equal(a->images, b->images);
    free(x);
    free(y);
}

static void what_is_kept_is_what_eval_says_to_the_last_bit(void **state)
{
    fixture         *f = *state;
    huse_eval_report r;
    huse_evaluation *made, *kept;
    char             model[64];
    fill_shape(f, &usual);
    assert_int_equal(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &kept, &f->err), HUSE_NOT_FOUND); /* no model */
    train(f, "1", model);
    assert_int_equal(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &kept, &f->err), HUSE_NOT_FOUND); /* not evaluated */
    OK(huse_evaluate(f->ws, &host, &how, &r, &f->err));
    OK(huse_evaluation_run(f->ws, &host, &how, &made, &f->err));
    OK(huse_evaluation_load(f->ws, model, HUSE_SPLIT_TEST, &kept, &f->err));
    assert_same_report(&made->report, &r);
    assert_same_report(&kept->report, &r);
    assert_true(isfinite(kept->report.task[0].lo[0]));
    assert_true(made->fresh && kept->fresh);
    assert_string_equal(kept->model, model);
    char *text = huse_evaluation_text(kept, HUSE_REPORT_JSON), *one = json_of(&r);
    json_t *a = json_loads(text, 0, NULL), *b = json_loads(one, 0, NULL);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    free(text);
    free(one);
    huse_evaluation_free(made);
    huse_evaluation_free(kept);
}

static void a_changed_label_makes_it_old(void **state)
{
    fixture         *f = *state;
    huse_evaluation *ev;
    char             model[64];
    fill_shape(f, &usual);
    train(f, "1", model);
    OK(huse_evaluation_run(f->ws, &host, &how, &ev, &f->err));
    huse_evaluation_free(ev);
    huse_items *items = fx_load(f);
    OK(huse_label_set(f->ws, &items->item[3], items->class_path[items->item[3].cls], "Group 0/Class 4", &f->err));
    huse_items_free(items);
    OK(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err));
    assert_false(ev->fresh);
    huse_evaluation_free(ev);
    huse_label_undone u;
    OK(huse_label_undo(f->ws, &u, &f->err));
    huse_label_undone_free(&u);
    OK(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err));
    assert_true(ev->fresh);
    huse_evaluation_free(ev);
}

static void a_damaged_one_is_refused_and_made_anew(void **state)
{
    fixture         *f = *state;
    huse_evaluation *ev;
    char             model[64], name[160];
    fill_shape(f, &usual);
    train(f, "1", model);
    OK(huse_evaluation_run(f->ws, &host, &how, &ev, &f->err));
    huse_evaluation_free(ev);
    snprintf(name, sizeof name, "ws/evaluations/%s-test.json", model);
    char  *text;
    size_t n;
    OK(huse_fs_read(fx_path(f, name), 1 << 24, &text, &n, &f->err));
    json_t *whole = json_loads(text, 0, NULL), *value;
    const char *key;
    json_object_foreach(whole, key, value)
    {
        if (!strcmp(key, "when") || !strcmp(key, "method") || !strcmp(key, "model_key") || !strcmp(key, "catalogue_key"))
            continue;
        json_t *const bad[] = { NULL, json_true(), json_array(), json_string("x"), json_integer(-7) };
        for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
            json_t *o = json_copy(whole);
            if (bad[i])
                json_object_set_new(o, key, bad[i]);
            else
                json_object_del(o, key);
            char *broken = json_dumps(o, JSON_COMPACT);
            fx_text(f, name, broken);
            if (huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err) != HUSE_BAD_DATA)
                fail_msg("%s, case %zu, was taken", key, i);
            free(broken);
            json_decref(o);
        }
    }
    json_t *taken = json_object_get(whole, "taken");
    json_array_set_new(taken, 2, json_integer(1000)); /* no such class */
    char *broken = json_dumps(whole, JSON_COMPACT);
    fx_text(f, name, broken);
    assert_int_equal(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err), HUSE_BAD_DATA);
    fx_text(f, name, "{");
    assert_int_equal(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err), HUSE_BAD_DATA);
    OK(huse_evaluation_run(f->ws, &host, &how, &ev, &f->err));
    huse_evaluation_free(ev);
    OK(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err));
    huse_evaluation_free(ev);
    free(broken);
    free(text);
    json_decref(whole);
}

static void a_stop_is_obeyed_and_keeps_nothing(void **state)
{
    fixture          *f = *state;
    huse_evaluation  *ev;
    char              model[64];
    volatile int      stop = 1, permille = 0;
    huse_eval_options o = how;
    fill_shape(f, &usual);
    train(f, "1", model);
    o.stop = &stop;
    o.permille = &permille;
    assert_int_equal(huse_evaluation_run(f->ws, &host, &o, &ev, &f->err), HUSE_INTERRUPTED);
    assert_int_equal(huse_evaluation_load(f->ws, NULL, HUSE_SPLIT_TEST, &ev, &f->err), HUSE_NOT_FOUND);
    stop = 0;
    OK(huse_evaluation_run(f->ws, &host, &o, &ev, &f->err));
    assert_int_equal(permille, 1000);
    huse_evaluation_free(ev);
}

/* ---- classes and confusions ---- */

static void classes_and_confusions_are_what_counting_gives(void **state)
{
    fixture         *f = *state;
    huse_evaluation *ev;
    char             model[64];
    fill_shape(f, &usual);
    train(f, "1", model);
    OK(huse_evaluation_run(f->ws, &host, &how, &ev, &f->err));
    const huse_evaluation_items *x = ev->items;
    size_t items = 0, missed = 0, pairs = 0;
    double right = 0;
    assert_int_equal(ev->n_classes, CLASSES);
    for (size_t c = 0; c < ev->n_classes; c++) {
        const huse_class_figure *k = &ev->cls[c];
        double r1 = 0;
        size_t asked = 0, wrong = 0, n = 0;
        for (size_t i = 0; i < x->items.n; i++) {
            if (strcmp(x->class_path[x->items.cls[i]], k->path) != 0)
                continue;
            n++;
            wrong += x->taken[i] != x->items.cls[i];
            if (!isnan(x->items.figure[HUSE_T2I][i * HUSE_FIGURES])) {
                r1 += (double)x->items.figure[HUSE_T2I][i * HUSE_FIGURES];
                asked++;
            }
        }
        assert_int_equal(k->items, n);
        assert_int_equal(k->missed, wrong);
        assert_true(fabs(k->r1[HUSE_T2I] - r1 / (double)asked) < 1e-9);
        assert_true(fabs(k->accuracy[2] - (double)(n - wrong) / (double)n) < 1e-9);
        items += n;
        missed += wrong;
        right += k->accuracy[2] * (double)n;
    }
    assert_int_equal(items, ev->report.items);
    assert_true(fabs(right / (double)items - ev->report.accuracy_fusion) < 1e-9);
    for (size_t i = 0; i < ev->n_pairs; i++) {
        const huse_class_pair *p = &ev->pair[i];
        size_t n = 0;
        for (size_t k = 0; k < x->items.n; k++)
            n += x->taken[k] >= 0 && !strcmp(x->class_path[x->items.cls[k]], p->from) && !strcmp(x->class_path[x->taken[k]], p->to);
        assert_int_equal(p->count, n);
        assert_true(n > 0 && strcmp(p->from, p->to) != 0);
        assert_non_null(p->wrong[0]);
        assert_true(i == 0 || p[-1].count >= p->count);
        pairs += n;
    }
    assert_int_equal(pairs, missed);
    assert_true(missed > 0); /* there are flipped labels */
    huse_evaluation_free(ev);
}

/* ---- doubts ---- */

/* Labels of a tenth are wrong; those of val and test, which the model did not learn, it doubts. */
static void doubted_labels_are_those_that_were_flipped(void **state)
{
    static const shape   many = { .n = 900, .val = 7, .test = 5, .flip = 11, .texts = true };
    static const huse_split unseen[] = { HUSE_SPLIT_VAL, HUSE_SPLIT_TEST };
    fixture      *f = *state;
    huse_engine  *e;
    huse_suspect *s;
    size_t        n, total, flipped = 0, found = 0, first = 0, truly = 0;
    char          model[64];
    fill_shape(f, &many);
    train_for(f, "100", "1", model);
    OK(huse_engine_open(&e, f->ws, &host, NULL, &f->err));
    for (size_t k = 0; k < HUSE_COUNT(unseen); k++) {
        size_t here = 0;
        for (size_t i = 0; i < many.n; i++)
            here += is_flipped(&many, i) && huse_engine_items(e)->item[i].split == unseen[k];
        OK(huse_suspects(e, unseen[k], many.n, &s, &n, &total, &f->err));
        assert_int_equal(n, total);
        for (size_t i = 0; i < n; i++) {
            const size_t own = true_class((size_t)s[i].item);
            const bool   is = is_flipped(&many, (size_t)s[i].item);
            char         want[32];
            snprintf(want, sizeof want, "Group %zu/Class %zu", own % 2, own);
            found += is;
            first += is && i < here;
            truly += is && strcmp(s[i].best_path, want) == 0;
        }
        flipped += here;
        free(s);
    }
    assert_true(flipped >= 20);
    if (found * 10 < flipped * 9 || first * 10 < flipped * 8 || truly * 10 < flipped * 9)
        fail_msg("of %zu flipped labels %zu were found, %zu at the head of the list, %zu for what they are", flipped, found, first, truly);
    huse_engine_close(e);
}

/* ---- two models ---- */

static size_t nearest_by_force(const huse_model *m, size_t k, size_t near[HUSE_VERSUS_NEAR])
{
    size_t n = 0;
    bool   used[CLASSES] = { false };
    for (; n < HUSE_VERSUS_NEAR && n + 1 < m->K; n++) {
        size_t best = SIZE_MAX;
        float  top = 0;
        for (size_t c = 0; c < m->K; c++) {
            float v = huse_index_dot(m->node_vector + (size_t)m->tree->node_of[k] * m->D, m->node_vector + (size_t)m->tree->node_of[c] * m->D, m->D);
            if (c != k && !used[c] && (best == SIZE_MAX || v > top)) {
                best = c;
                top = v;
            }
        }
        used[best] = true;
        near[n] = best;
    }
    return n;
}

static void two_models_differ_as_brute_force_says(void **state)
{
    fixture         *f = *state;
    huse_evaluation *a, *b;
    huse_eval_options o = how;
    huse_versus     *v;
    char             one[64], two[64], **id;
    size_t           n;
    fill_shape(f, &usual);
    train(f, "1", one);
    train(f, "2", two);
    OK(huse_models_published(huse_workspace_dir(f->ws), &id, &n, &f->err));
    assert_int_equal(n, 2);
    huse_fs_free_names(id, n);
    o.model = one;
    OK(huse_evaluation_run(f->ws, &host, &o, &a, &f->err));
    OK(huse_evaluation_run(f->ws, &host, &how, &b, &f->err));
    assert_string_equal(b->model, two);
    OK(huse_versus_make(huse_workspace_dir(f->ws), &host, a, b, NULL, &v, &f->err));
    assert_int_equal(v->items, a->report.items);
    for (size_t i = 0; i < v->n_figures; i++) {
        const huse_versus_figure *x = &v->figure[i];
        char   name[64];
        double want[2];
        if (strcmp(x->task, "accuracy") == 0)
            snprintf(name, sizeof name, "accuracy.%s", x->figure);
        else
            snprintf(name, sizeof name, "%s.%s", x->task, x->figure);
        OK(huse_eval_figure(&a->report, name, &want[0], &f->err));
        OK(huse_eval_figure(&b->report, name, &want[1], &f->err));
        assert_true(fabs(x->a - want[0]) < 1e-6 && fabs(x->b - want[1]) < 1e-6);
        assert_true(x->lo <= x->b - x->a + 1e-6 && x->hi >= x->b - x->a - 1e-6);
    }
    assert_int_equal(v->n_figures, HUSE_TASKS * HUSE_FIGURES + 3);
    huse_model *m[2];
    OK(huse_model_open(&m[0], huse_workspace_dir(f->ws), one, &f->err));
    OK(huse_model_open(&m[1], huse_workspace_dir(f->ws), two, &f->err));
    assert_int_equal(v->n_classes, CLASSES);
    for (size_t i = 0; i < v->n_classes; i++) {
        size_t k = 0, near[2][HUSE_VERSUS_NEAR], gained = 0;
        while (strcmp(m[0]->class_path[k], v->cls[i].path) != 0)
            k++;
        for (int w = 0; w < 2; w++)
            assert_int_equal(nearest_by_force(m[w], k, near[w]), HUSE_VERSUS_NEAR);
        for (size_t x = 0; x < HUSE_VERSUS_NEAR; x++) {
            bool in = false;
            for (size_t y = 0; y < HUSE_VERSUS_NEAR; y++)
                in |= near[0][y] == near[1][x];
            if (!in)
                assert_string_equal(v->cls[i].gained[gained++], m[0]->class_path[near[1][x]]);
        }
        assert_int_equal(v->cls[i].n_gained, gained);
        assert_int_equal(v->cls[i].n_lost, gained);
    }
    huse_versus_free(v);
    OK(huse_versus_make(huse_workspace_dir(f->ws), &host, a, a, NULL, &v, &f->err)); /* with itself: nothing */
    for (size_t i = 0; i < v->n_figures; i++)
        assert_true(v->figure[i].lo == 0 && v->figure[i].hi == 0);
    for (size_t i = 0; i < v->n_classes; i++)
        assert_int_equal(v->cls[i].n_gained + v->cls[i].n_lost, 0);
    huse_versus_free(v);
    huse_model_close(m[0]);
    huse_model_close(m[1]);
    huse_evaluation_free(a);
    huse_evaluation_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_is_what_eval_says_to_the_last_bit),
        TEST(a_changed_label_makes_it_old),
        TEST(a_damaged_one_is_refused_and_made_anew),
        TEST(a_stop_is_obeyed_and_keeps_nothing),
        TEST(classes_and_confusions_are_what_counting_gives),
        TEST(doubted_labels_are_those_that_were_flipped),
        TEST(two_models_differ_as_brute_force_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
