/* Queries against a small trained space: terms, targets, filters, re-ranking, classes, classification. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "trained_space.h"

static huse_answer ask(const huse_query *q)
{
    huse_answer a;
    huse_status s = huse_search(space->engine, q, &a, &err);
    if (s != HUSE_OK)
        fail_msg("%s: %s", q->text, err.msg);
    return a;
}

static huse_status refused(const char *text, huse_target target, const char *filter, size_t at)
{
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer a;
    q.text = text;
    q.target = target;
    q.class_filter = filter;
    huse_status s = huse_search(space->engine, &q, &a, &err);
    assert_int_not_equal(s, HUSE_OK);
    assert_int_equal(a.error_at, at);
    assert_null(a.hit);
    return s;
}

static void a_text_finds_the_item_that_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < SMALL_ITEMS; i += 7) {
        if (space->items.item[i].text == NULL)
            continue;
        huse_query q = HUSE_QUERY_DEFAULT;
        q.text = space->text[i];
        q.target = HUSE_TARGET_TEXT;
        for (int m = 0; m < 2; m++) {
            q.rerank = m;
            huse_answer a = ask(&q);
            assert_int_equal(a.n, 10);
            assert_int_equal(a.total, space->model.n_texts);
            assert_int_equal(a.hit[0].item, i);
            assert_true(fabsf(a.hit[0].score - 1) < 1e-5F);
            assert_string_equal(a.note, "");
            huse_answer_free(&a);
        }
    }
}

/* (1 - m) cosine + m (sentence cosine / 2 + TF-IDF cosine / 2), or the picture's sentence, from first principles. */
static double expected(const char *text, size_t item, double m)
{
    const huse_model *mo = &space->model;
    const huse_text_encoder *enc = space->enc;
    size_t S = mo->sentence_dim;
    float *row = huse_xaligned(enc->dim * sizeof *row), *s = huse_xaligned(3 * S * sizeof *s), e[SMALL_D], x[SMALL_D];
    enc->encode(enc, NULL, &text, 1, row, NULL, NULL);
    huse_text_encoder_sentences(enc, row, 1, s);
    huse_model_embed_texts(mo, NULL, row, &text, 1, e);
    huse_model_embed_images(mo, NULL, space->feature + item * SMALL_IMAGE, 1, x);
    double cosine = 0, attribute = 0;
    for (size_t c = 0; c < SMALL_D; c++)
        cosine += (double)e[c] * (double)x[c];
    const char *own = space->items.item[item].text;
    if (own != NULL) {
        huse_sparse a, b;
        enc->encode(enc, NULL, &own, 1, row, NULL, NULL);
        huse_text_encoder_sentences(enc, row, 1, s + S);
        huse_tfidf_sparse(mo->tfidf, text, &a);
        huse_tfidf_sparse(mo->tfidf, own, &b);
        attribute = (double)huse_sparse_dot(&a, &b);
        huse_sparse_free(&a);
        huse_sparse_free(&b);
    } else {
        huse_model_picture_sentences(mo, NULL, space->feature + item * SMALL_IMAGE, 1, s + S);
    }
    double sentence = 0;
    for (size_t c = 0; c < S; c++)
        sentence += (double)s[c] * (double)s[S + c];
    attribute = own != NULL ? .5 * attribute + .5 * sentence : sentence;
    free(row);
    free(s);
    return (1 - m) * cosine + m * attribute;
}

static void words_re_rank_pictures_by_what_texts_say(void **state)
{
    (void)state;
    const double mix[] = { -1, 0, .3, 1 };
    for (size_t k = 0; k < HUSE_COUNT(mix); k++) {
        huse_query q = HUSE_QUERY_DEFAULT;
        q.text = "green leather sandal";
        q.k = SIZE_MAX;
        q.rerank = mix[k];
        huse_answer a = ask(&q);
        assert_int_equal(a.n, space->items.n_pictures);
        for (size_t i = 0; i < a.n; i++) {
            double want = expected(q.text, (size_t)a.hit[i].item, mix[k] < 0 ? .5 : mix[k]);
            assert_true(fabs(want - (double)a.hit[i].score) < 1e-5);
            assert_true(fabs(expected(q.text, (size_t)a.hit[i].item, 0) - (double)a.hit[i].cosine) < 1e-5);
            assert_true(i == 0 || a.hit[i - 1].score >= a.hit[i].score);
        }
        huse_answer_free(&a);
    }
}

static void the_mix_counts_for_the_share_of_words(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "3:@id-0 + sandal";
    q.rerank = 1;
    q.k = 5;
    huse_answer a = ask(&q);
    huse_attribute_words w = { 0 };
    const char *text = "sandal";
    float *row = huse_xaligned((space->enc->dim + space->enc->sentence_dim) * sizeof *row), *s = row + space->enc->dim;
    space->enc->encode(space->enc, NULL, &text, 1, row, NULL, NULL);
    huse_text_encoder_sentences(space->enc, row, 1, s);
    huse_attribute_words_add(&w, &space->model, s, text, 1);
    huse_attribute_words_finish(&w, &space->model);
    for (size_t i = 0; i < a.n; i++) {
        float attribute = huse_attribute_of(&w, &space->model, (size_t)a.hit[i].item + 1);
        assert_true(fabsf(a.hit[i].score - (.75F * a.hit[i].cosine + .25F * attribute)) < 1e-5F);
    }
    huse_attribute_words_fini(&w);
    free(row);
    huse_answer_free(&a);
}

static void an_item_finds_others_by_its_picture(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "@id-0";
    q.k = SIZE_MAX;
    huse_answer a = ask(&q);
    assert_int_equal(a.n, space->items.n_pictures - 1);
    float own[SMALL_D], other[SMALL_D];
    huse_model_embed_images(&space->model, NULL, space->feature, 1, own);
    for (size_t i = 0; i < a.n; i++) {
        assert_int_not_equal(a.hit[i].item, 0);
        huse_model_embed_images(&space->model, NULL, space->feature + (size_t)a.hit[i].item * SMALL_IMAGE, 1, other);
        assert_true(fabsf(huse_index_dot(own, other, SMALL_D) - a.hit[i].score) < 1e-5F);
        assert_int_equal(a.hit[i].cls, space->items.item[a.hit[i].item].cls);
        assert_string_equal(a.hit[i].class_path, a.hit[i].cls >= 0 ? small_class[a.hit[i].cls] : "");
    }
    huse_answer_free(&a);
    q.target = HUSE_TARGET_TEXT;
    a = ask(&q);
    assert_int_equal(a.n, space->model.n_texts - 1);
    huse_answer_free(&a);
    q.text = "@\"id-0\" - @id-0";
    huse_answer none;
    assert_int_equal(huse_search(space->engine, &q, &none, &err), HUSE_USAGE);
}

static void classes_answer_and_ask(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "class:Shoes/Sandals";
    q.target = HUSE_TARGET_CLASS;
    huse_answer a = ask(&q);
    assert_int_equal(a.n, SMALL_CLASSES + 1); /* and the one inner node that branches */
    assert_string_equal(a.hit[0].class_path, "Shoes/Sandals");
    assert_true(fabsf(a.hit[0].score - 1) < 1e-5F);
    assert_int_equal(a.hit[0].cls, 2);
    assert_int_equal(a.hit[0].item, -1);
    bool inner = false;
    for (size_t i = 0; i < a.n; i++)
        inner = inner || (a.hit[i].cls == -1 && strcmp(a.hit[i].class_path, "Clothes") == 0);
    assert_true(inner);
    huse_answer_free(&a);
    q.text = "class:sandals"; /* by a name that one class has */
    a = ask(&q);
    assert_string_equal(a.hit[0].class_path, "Shoes/Sandals");
    huse_answer_free(&a);
    q.class_filter = "Clothes";
    a = ask(&q);
    assert_int_equal(a.n, 3);
    huse_answer_free(&a);
}

static void the_filter_takes_a_subtree(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "dress";
    q.k = 1000;
    q.class_filter = "Clothes";
    huse_answer a = ask(&q);
    size_t want = 0;
    for (size_t i = 0; i < SMALL_ITEMS; i++)
        want += space->items.item[i].n_pictures > 0 && space->items.item[i].cls >= 0 && space->items.item[i].cls < 2;
    assert_int_equal(a.n, want);
    assert_int_equal(a.total, want);
    for (size_t i = 0; i < a.n; i++)
        assert_true(strncmp(a.hit[i].class_path, "Clothes/", 8) == 0);
    huse_answer_free(&a);
    q.class_filter = "Shirts"; /* Clothes/Shirts/Shirts, not the node that holds it alone */
    a = ask(&q);
    assert_true(a.n > 0);
    huse_answer_free(&a);
}

static void skip_k_and_the_minimum_cut_the_list(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "blue shirt";
    q.k = 30;
    huse_answer all = ask(&q);
    q.k = 10;
    q.skip = 20;
    huse_answer part = ask(&q);
    assert_int_equal(part.n, 10);
    assert_int_equal(part.total, all.total);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(part.hit[i].item, all.hit[20 + i].item);
    huse_answer_free(&part);
    q.skip = 0;
    q.k = 1000;
    q.min_score = (double)all.hit[4].score;
    part = ask(&q);
    assert_int_equal(part.n, 5);
    assert_int_equal(part.total, 5);
    huse_answer_free(&part);
    q.min_score = 2;
    part = ask(&q);
    assert_int_equal(part.n, 0);
    assert_non_null(strstr(part.note, "no answer reaches"));
    huse_answer_free(&part);
    q.min_score = -2;
    q.skip = 5000;
    part = ask(&q);
    assert_int_equal(part.n, 0);
    assert_non_null(strstr(part.note, "skip"));
    huse_answer_free(&part);
    q.skip = 0;
    q.k = 0;
    part = ask(&q);
    assert_int_equal(part.n, 0);
    assert_int_equal(part.total, all.total);
    huse_answer_free(&part);
    huse_answer_free(&all);
}

static void a_term_may_be_subtracted(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.target = HUSE_TARGET_TEXT;
    q.k = 1;
    q.rerank = 0;
    q.text = "class:Toys - class:Shoes/Sandals";
    huse_answer a = ask(&q);
    const float *toys = NULL, *shoes = NULL;
    const huse_taxonomy *t = space->model.tree;
    toys = space->model.node_vector + huse_taxonomy_find(t, "Toys") * SMALL_D;
    shoes = space->model.node_vector + huse_taxonomy_find(t, "Shoes/Sandals") * SMALL_D;
    float x[SMALL_D];
    for (size_t c = 0; c < SMALL_D; c++)
        x[c] = toys[c] - shoes[c];
    huse_unit(x, SMALL_D);
    float best = -2;
    for (size_t r = 0; r < space->model.n_texts; r++)
        best = fmaxf(best, huse_index_dot(space->model.text_row + r * SMALL_D, x, SMALL_D));
    assert_true(fabsf(best - a.hit[0].score) < 1e-5F);
    huse_answer_free(&a);
}

static void what_does_not_exist_is_named_with_its_nearest(void **state)
{
    (void)state;
    assert_int_equal(refused("@id-999", HUSE_TARGET_IMAGE, NULL, 0), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "nearest id is “id-"));
    assert_int_equal(refused("dress + class:Sandel", HUSE_TARGET_IMAGE, NULL, 8), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "Sandals"));
    assert_int_equal(refused("dress", HUSE_TARGET_IMAGE, "Shos/Sandals", 0), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "Shoes/Sandals"));
    assert_int_equal(refused("dress", HUSE_TARGET_IMAGE, "shoe", 0), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "“Shoes”"));
    assert_int_equal(refused("dress", HUSE_TARGET_IMAGE, "xyzzy", 0), HUSE_NOT_FOUND);
    assert_null(strstr(err.msg, "nearest"));
    assert_int_equal(refused("a + ", HUSE_TARGET_IMAGE, NULL, 4), HUSE_USAGE);
    assert_int_equal(refused("@gone", HUSE_TARGET_IMAGE, NULL, 0), HUSE_NOT_FOUND);
}

static void the_encoder_must_be_the_models_own(void **state)
{
    (void)state;
    huse_key kept = space->model.text_encoder_hash;
    space->model.text_encoder_hash.byte[0] ^= 1;
    assert_int_equal(refused("dress", HUSE_TARGET_IMAGE, NULL, 0), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "@item"));
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "@id-0";
    huse_answer a = ask(&q);
    assert_int_equal(a.n, 10);
    huse_answer_free(&a);
    space->model.text_encoder_hash = kept;
}

static void what_the_first_query_needs_can_be_read_ahead(void **state)
{
    (void)state;
    small_space *fresh = small_space_new(NULL);
    assert_null(fresh->engine->text);
    huse_engine_warm(fresh->engine);
    const huse_text_encoder *enc = fresh->engine->text, *same;
    assert_non_null(enc);
    assert_int_equal(huse_engine_text_encoder(fresh->engine, &same, &err), HUSE_OK);
    assert_ptr_equal(enc, same);
    fresh->model.text_encoder_hash.byte[0] ^= 1;
    huse_engine_warm(fresh->engine); /* that it is another one is told by the query */
    small_space_free(fresh);
}

static void a_short_list_gives_the_same_first_answers(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    for (int t = 0; t < 2; t++) {
        q.target = t ? HUSE_TARGET_TEXT : HUSE_TARGET_IMAGE;
        for (int m = 0; m < 2; m++) {
            q.text = "white wooden train";
            q.rerank = m;
            huse_answer all = ask(&q);
            space->engine->score_all = 5;
            space->engine->short_list = 12;
            for (int again = 0; again < 2; again++) {
                huse_answer few = ask(&q);
                assert_int_equal(few.n, all.n);
                assert_int_equal(few.total, all.total);
                for (size_t i = 0; i < few.n; i++) {
                    assert_int_equal(few.hit[i].item, all.hit[i].item);
                    assert_true(fabsf(few.hit[i].score - all.hit[i].score) < 1e-6F);
                }
                huse_answer_free(&few);
            }
            space->engine->score_all = 200000;
            huse_answer_free(&all);
        }
    }
}

static void *ask_often(void *arg)
{
    const huse_answer *want = arg;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "2:black + class:Toys - @id-3";
    for (int i = 0; i < 20; i++) {
        huse_answer a;
        huse_err why;
        if (huse_search(space->engine, &q, &a, &why) != HUSE_OK || a.n != want->n ||
            memcmp(a.hit, want->hit, a.n * sizeof *a.hit) != 0)
            return "the answers differ";
        huse_answer_free(&a);
        huse_neighbor *nb;
        size_t n;
        if (huse_class_neighbors(space->engine, "Toys", 0, 3, &nb, &n, &why) != HUSE_OK || n != 3)
            return "the neighbours differ";
        free(nb);
    }
    return NULL;
}

static void several_threads_may_ask_one_engine(void **state)
{
    (void)state;
    small_space *fresh = small_space_new(NULL), *kept = space;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "2:black + class:Toys - @id-3";
    huse_answer want = ask(&q);
    space = fresh;
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_often, &want), 0);
    for (int i = 0; i < 4; i++) {
        void *fault;
        pthread_join(thread[i], &fault);
        assert_null(fault);
    }
    space = kept;
    small_space_free(fresh);
    huse_answer_free(&want);
}

static void notes_say_why_nothing_is_found(void **state)
{
    (void)state;
    small_space *kept = space;
    space = small_space_new(NULL);
    for (size_t i = 0; i < SMALL_ITEMS; i++)
        if (space->items.item[i].cls == 3)
            space->items.item[i].cls = 2;
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = "dress";
    q.class_filter = "Toys";
    huse_answer a = ask(&q);
    assert_int_equal(a.n, 0);
    assert_non_null(strstr(a.note, "leaves 0 of 6"));
    huse_answer_free(&a);
    small_space_free(space);
    space = kept;
}

/* ---- classes ---- */

static void neighbours_come_by_cosine(void **state)
{
    (void)state;
    huse_neighbor *nb;
    size_t n;
    const huse_model *m = &space->model;
    assert_int_equal(huse_class_neighbors(space->engine, "Toys", 0, 10, &nb, &n, &err), HUSE_OK);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        size_t a = (size_t)huse_taxonomy_find(m->tree, "Toys"), b = (size_t)huse_taxonomy_find(m->tree, nb[i].path);
        assert_true(fabsf(nb[i].cosine - huse_index_dot(m->node_vector + a * SMALL_D, m->node_vector + b * SMALL_D, SMALL_D)) < 1e-6F);
        assert_true(fabsf(nb[i].psi_distance - (1 - huse_index_dot(m->psi + 18, m->psi + nb[i].cls * 6, 6))) < 1e-6F);
        assert_int_equal(nb[i].tree_distance, huse_taxonomy_distance(m->tree, (int32_t)a, (int32_t)b));
        assert_true(i == 0 || nb[i - 1].cosine >= nb[i].cosine);
    }
    free(nb);
    assert_int_equal(huse_class_neighbors(space->engine, "Clothes", 1, 10, &nb, &n, &err), HUSE_OK);
    assert_int_equal(n, 2); /* Shoes, Toys */
    assert_true(isnan(nb[0].psi_distance));
    free(nb);
    assert_int_equal(huse_class_neighbors(space->engine, "Clothes", 0, 10, &nb, &n, &err), HUSE_OK);
    assert_int_equal(n, 2); /* not what lies below it */
    free(nb);
    assert_int_equal(huse_class_neighbors(space->engine, "Cloths", 0, 10, &nb, &n, &err), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "Clothes"));
}

static int down(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Nine classes on a circle, three of each tree; who disagrees is found again from the definition. */
static void disagreements_are_those_of_the_definition(void **state)
{
    (void)state;
    enum { K = 9 };
    static const char *const path[K] = { "A/1", "A/2", "A/3", "B/1", "B/2", "B/3", "C/1", "C/2", "C/3" };
    static const double angle[K] = { 0, .1, 1.5, 1.6, 3, 3.1, .25, 1.75, 4.5 };
    double pair[K * K], cosine[K][K];
    size_t pairs = 0, want_far = 0, want_estranged = 0;
    for (size_t a = 0; a < K; a++)
        for (size_t b = 0; b < K; b++) {
            cosine[a][b] = cos(angle[a] - angle[b]);
            if (a < b)
                pair[pairs++] = cosine[a][b];
        }
    qsort(pair, pairs, sizeof *pair, down);
    double middle = pair[(pairs + 1) / 2 - 1]; /* of 36: the upper of the two */
    for (size_t a = 0; a < K; a++)
        for (size_t b = a + 1; b < K; b++) {
            size_t above[2] = { 1, 1 };
            for (size_t c = 0; c < K; c++) {
                above[0] += c != a && c != b && cosine[a][c] > cosine[a][b];
                above[1] += c != a && c != b && cosine[b][c] > cosine[a][b];
            }
            bool siblings = path[a][0] == path[b][0]; /* 2 edges apart; others 4, which is the median of 36 pairs, 9 of them siblings */
            want_far += !siblings && (above[0] <= 5 || above[1] <= 5);
            want_estranged += siblings && cosine[a][b] < middle;
        }
    huse_taxonomy *t = huse_taxonomy_new(path, K);
    float *node = huse_xcalloc(t->n * 2, sizeof *node);
    for (size_t k = 0; k < K; k++) {
        node[t->node_of[k] * 2] = (float)cos(angle[k]);
        node[t->node_of[k] * 2 + 1] = (float)sin(angle[k]);
    }
    huse_items items = { .class_path = (const char **)(uintptr_t)path, .n_classes = K };
    huse_model m = { .id = "m", .D = 2, .K = K, .class_path = (char **)(uintptr_t)path, .tree = t, .node_vector = node };
    huse_host host = { .threads = 1 };
    huse_engine *e = huse_engine_new(&items, &m, NULL, &host);
    huse_disagreement *d;
    size_t n, total, far = 0, estranged = 0;
    assert_int_equal(huse_disagreements(e, NULL, SIZE_MAX, NULL, &d, &n, &total, &err), HUSE_OK);
    assert_int_equal(total, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(isnan(d[i].psi_distance));
        far += d[i].flag == 1;
        if (d[i].flag == 2) {
            estranged++;
            assert_int_equal(d[i].a[0], d[i].b[0]);
            assert_int_equal(d[i].tree_distance, 2);
        } else {
            assert_int_not_equal(d[i].a[0], d[i].b[0]);
            assert_true(d[i].rank <= 5);
        }
        for (size_t j = 0; j < i; j++)
            assert_false(strcmp(d[i].a, d[j].a) == 0 && strcmp(d[i].b, d[j].b) == 0);
    }
    assert_int_equal(far, want_far);
    assert_int_equal(estranged, want_estranged);
    assert_true(far > 3 && far < 27 && estranged > 0 && estranged < 9);
    huse_neighbor *nb;
    assert_int_equal(huse_class_neighbors(e, "A/3", 0, 1, &nb, &n, &err), HUSE_OK);
    assert_string_equal(nb[0].path, "B/1");
    assert_int_equal(nb[0].flag, 1);
    free(nb);
    free(d);
    huse_engine_close(e);
    free(node);
    huse_taxonomy_free(t);
}

/* ---- classification ---- */

static void an_item_is_classified_by_picture_text_and_both(void **state)
{
    (void)state;
    const huse_model *m = &space->model;
    for (size_t i = 0; i < SMALL_ITEMS; i++) {
        huse_class_score *image, *text, *both;
        if (space->items.item[i].n_pictures == 0 && space->items.item[i].text == NULL) {
            assert_int_equal(huse_classify_item(space->engine, i, 4, &image, &text, &both, &err), HUSE_NOT_FOUND);
            continue;
        }
        assert_int_equal(huse_classify_item(space->engine, i, 4, &image, &text, &both, &err), HUSE_OK);
        assert_int_equal(image != NULL, space->items.item[i].n_pictures > 0);
        assert_int_equal(text != NULL, space->items.item[i].text != NULL);
        float sum = 0;
        for (int k = 0; k < 4; k++) {
            sum += both[k].p;
            assert_true(k == 0 || both[k - 1].p >= both[k].p);
            assert_string_equal(both[k].class_path, small_class[both[k].cls]);
        }
        assert_true(fabsf(sum - 1) < 1e-4F);
        if (image != NULL) {
            float x[SMALL_D], p[4];
            huse_model_embed_images(m, NULL, space->feature + i * SMALL_IMAGE, 1, x);
            huse_model_classify(m, NULL, x, 1, true, p);
            for (int k = 0; k < 4; k++)
                assert_true(fabsf(image[k].p - p[image[k].cls]) < 1e-5F);
        }
        if (image != NULL && text != NULL) {
            float want = 0;
            for (int k = 0; k < 4; k++)
                want += (image[k].cls == both[0].cls ? .25F * image[k].p : 0) + (text[k].cls == both[0].cls ? .75F * text[k].p : 0);
            assert_true(fabsf(want - both[0].p) < 1e-5F);
        }
        free(image);
        free(text);
        free(both);
    }
}

static void new_texts_are_classified_as_those_of_the_catalogue(void **state)
{
    (void)state;
    enum { N = 300 };
    const char *text[N];
    huse_opinion o[N];
    for (size_t i = 0; i < N; i++)
        text[i] = i % 5 == 4 ? NULL : space->text[i % SMALL_ITEMS];
    assert_int_equal(huse_classify_new(space->engine, text, NULL, N, 2, o, &err), HUSE_OK);
    for (size_t i = 0; i < N; i++) {
        huse_class_score *have;
        assert_null(o[i].image);
        assert_int_equal(o[i].text != NULL, text[i] != NULL);
        assert_int_equal(o[i].fusion != NULL, text[i] != NULL);
        assert_int_equal(o[i].n, 2);
        if (text[i] != NULL && space->items.item[i % SMALL_ITEMS].text != NULL) {
            assert_int_equal(huse_classify_item(space->engine, i % SMALL_ITEMS, 2, NULL, &have, NULL, &err), HUSE_OK);
            assert_int_equal(have[0].cls, o[i].fusion[0].cls);
            assert_true(fabsf(have[0].p - o[i].fusion[0].p) < 1e-5F);
            free(have);
        }
        huse_opinion_free(&o[i]);
    }
}

static void suspects_are_ranked_by_the_gap(void **state)
{
    (void)state;
    huse_suspect *list;
    size_t n, total, want = 0;
    assert_int_equal(huse_suspects(space->engine, HUSE_SPLIT_TEST, 1000, &list, &n, &total, &err), HUSE_OK);
    assert_int_equal(n, total);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(space->items.item[list[i].item].split, HUSE_SPLIT_TEST);
        assert_true(list[i].p_best > list[i].p);
        assert_true(i == 0 || list[i - 1].p_best - list[i - 1].p >= list[i].p_best - list[i].p);
        assert_string_equal(list[i].best_path, small_class[list[i].best]);
    }
    free(list);
    for (size_t i = 0; i < SMALL_ITEMS; i++) {
        huse_class_score *both;
        if (huse_classify_item(space->engine, i, 1, NULL, NULL, &both, &err) == HUSE_NOT_FOUND)
            continue;
        want += space->items.item[i].cls >= 0 && both[0].cls != space->items.item[i].cls;
        free(both);
    }
    assert_int_equal(huse_suspects(space->engine, HUSE_SPLIT_NONE, 3, &list, &n, &total, &err), HUSE_OK);
    assert_int_equal(total, want);
    assert_int_equal(n, want < 3 ? want : 3);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_finds_the_item_that_has_it),
        cmocka_unit_test(words_re_rank_pictures_by_what_texts_say),
        cmocka_unit_test(the_mix_counts_for_the_share_of_words),
        cmocka_unit_test(an_item_finds_others_by_its_picture),
        cmocka_unit_test(classes_answer_and_ask),
        cmocka_unit_test(the_filter_takes_a_subtree),
        cmocka_unit_test(skip_k_and_the_minimum_cut_the_list),
        cmocka_unit_test(a_term_may_be_subtracted),
        cmocka_unit_test(what_does_not_exist_is_named_with_its_nearest),
        cmocka_unit_test(what_the_first_query_needs_can_be_read_ahead),
        cmocka_unit_test(the_encoder_must_be_the_models_own),
        cmocka_unit_test(a_short_list_gives_the_same_first_answers),
        cmocka_unit_test(several_threads_may_ask_one_engine),
        cmocka_unit_test(notes_say_why_nothing_is_found),
        cmocka_unit_test(neighbours_come_by_cosine),
        cmocka_unit_test(disagreements_are_those_of_the_definition),
        cmocka_unit_test(an_item_is_classified_by_picture_text_and_both),
        cmocka_unit_test(new_texts_are_classified_as_those_of_the_catalogue),
        cmocka_unit_test(suspects_are_ranked_by_the_gap),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
