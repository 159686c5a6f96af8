/* Attribute search: drawing, relevance, mixing, choosing. Encoders are made up here: a word is a
 * direction. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/attribute.h"
#include "eval/words.h"

enum { CLASSES = 4, COLOURS = 5, MAKERS = 6, N = 240, D = 4, S = 40 };

static const char *const kind[CLASSES] = {"Shirt", "Shoe", "Dress", "Watch"};
static const char *const colour[COLOURS] = {"Red", "Green", "Blue", "Black", "White"};
static const char *const maker[MAKERS] = {"Acme", "Bolt", "Cora", "Dune", "Echo", "Fila"};

static unsigned hash(const char *s, size_t n)
{
    unsigned h = 5381;
    for (size_t i = 0; i < n; i++)
        h = h * 33 + (unsigned)tolower((unsigned char)s[i]);
    return h % S;
}

/* Sum of the words' axes, normalised; and the same as a sparse row. */
static void encode(const char *text, float *out, huse_sparse *words)
{
    double norm = 0;
    memset(out, 0, S * sizeof *out);
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        out[hash(p, n)] += 1;
        p += n + (p[n] == ' ');
    }
    for (size_t i = 0; i < S; i++)
        norm += (double)(out[i] * out[i]);
    *words = (huse_sparse){huse_xcalloc(S, sizeof(uint32_t)), huse_xcalloc(S, sizeof(float)), 0};
    for (size_t i = 0; i < S && norm > 0; i++) {
        out[i] = (float)((double)out[i] / sqrt(norm));
        if (out[i] > 0) {
            words->index[words->n] = (uint32_t)i;
            words->value[words->n++] = out[i];
        }
    }
}

/* The shared space knows classes and nothing else. */
static void embed(void *ctx, const char *const *text, size_t n, float *shared, float *sentence,
                  huse_sparse *words)
{
    size_t *calls = ctx;
    *calls += 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < D; c++)
            shared[i * D + c] = strstr(text[i], kind[c]) ? 1 : 0;
        encode(text[i], sentence + i * S, &words[i]);
    }
}

struct made {
    huse_attribute_set set;
    char *str[N];
    int32_t cls[N];
    bool has_image[N];
    float image[N * D], sentence[N * S], picture[N * S], noise[N * S];
    huse_sparse words[N];
};

static struct made *make(uint64_t seed, const uint32_t *order)
{
    struct made *m = huse_xcalloc(1, sizeof *m);
    huse_rng rng;
    for (size_t at = 0; at < N; at++) {
        size_t i = order ? order[at] : at;
        huse_rng_init(&rng, seed, i);
        uint32_t c = huse_rng_below(&rng, CLASSES), k = huse_rng_below(&rng, COLOURS),
                 b = huse_rng_below(&rng, MAKERS);
        m->str[at] = huse_format("%s %s %s 3xl", maker[b], colour[k], kind[c]);
        m->cls[at] = (int32_t)c;
        m->has_image[at] = i % 7 != 0;
        m->image[at * D + c] = 1;
        encode(m->str[at], m->sentence + at * S, &m->words[at]);
        memcpy(m->picture + at * S, m->sentence + at * S,
               S * sizeof(float)); /* a perfect map from pictures */
        for (size_t j = 0; j < S; j++)
            m->noise[at * S + j] = (float)huse_rng_normal(&rng) / 6;
    }
    m->set = (huse_attribute_set){.n = N,
                                  .D = D,
                                  .S = S,
                                  .str = (const char *const *)m->str,
                                  .cls = m->cls,
                                  .has_image = m->has_image,
                                  .image = m->image,
                                  .sentence = m->sentence,
                                  .words = m->words};
    return m;
}

static void made_free(struct made *m)
{
    for (size_t i = 0; i < N; i++) {
        free(m->str[i]);
        huse_sparse_free(&m->words[i]);
    }
    free(m);
}

static void words_are_split_and_folded_whole(void **state)
{
    (void)state;
    huse_words w;
    huse_words_split(&w, "  T-Shirt's ÉTÉ \xff"
                         "été 3XL Straße_x x1 ab na\xc3\xafve STRASSE, Abc");
    const char *want[] = {"T",  "Shirt",        "s",       "ÉTÉ", "3XL", "Straße_x", "x1",
                          "ab", "na\xc3\xafve", "STRASSE", "Abc"};
    const bool plain[] = {false, true, false, true, false, false, false, false, true, true, true};
    assert_int_equal(w.n, HUSE_COUNT(want));
    for (size_t i = 0; i < w.n; i++) {
        assert_string_equal(w.word[i], want[i]);
        assert_int_equal(w.plain[i], plain[i]);
    }
    huse_words_free(&w);
    huse_words_split(&w, "");
    assert_int_equal(w.n, 0);
    huse_words_free(&w);
}

static void postings_find_the_texts_that_hold_every_word(void **state)
{
    (void)state;
    const char *text[] = {"red dress long", "Red Dressing long", "RED dress, LONG!", NULL,
                          "long red dress", "dress red"};
    const bool use[] = {true, true, true, true, false, true};
    huse_postings *p = huse_postings_new(text, use, HUSE_COUNT(text));
    const char *all[] = {"red", "dress", "long"}, *none[] = {"red", "hat", "long"};
    uint32_t *item;
    assert_int_equal(huse_postings_all(p, all, 3, &item), 2);
    assert_true(item[0] == 0 && item[1] == 2);
    free(item);
    assert_int_equal(huse_postings_all(p, all, 2, &item), 3);
    free(item);
    assert_int_equal(huse_postings_all(p, none, 3, &item), 0);
    free(item);
    huse_postings_free(p);
}

static void queries_are_three_words_in_order_of_items_with_pictures(void **state)
{
    (void)state;
    struct made *m = make(1, NULL);
    size_t calls = 0;
    huse_attribute *a = huse_attribute_new(&m->set, HUSE_ATTRIBUTE_QUERIES, 7, embed, &calls);
    assert_int_equal(huse_attribute_count(a), HUSE_ATTRIBUTE_QUERIES);
    assert_int_equal(calls, 1);
    for (size_t i = 0; i < huse_attribute_count(a); i++) {
        uint32_t item = huse_attribute_item(a, i);
        assert_true(m->has_image[item]);
        /* three fitting words of four: maker, colour and kind, in that order */
        char *want = huse_xstrndup(m->str[item], strlen(m->str[item]) - strlen(" 3xl"));
        assert_string_equal(huse_attribute_text(a, i), want);
        free(want);
    }
    huse_attribute_free(a);
    made_free(m);
}

static void every_subset_of_three_words_is_drawn(void **state)
{
    (void)state;
    const char *text = "one two six ten five";
    const int32_t cls = 0;
    const float image[D] = {1}, sentence[S] = {1};
    huse_sparse words = {0};
    huse_attribute_set set = {.n = 1,
                              .D = D,
                              .S = S,
                              .str = &text,
                              .cls = &cls,
                              .image = image,
                              .sentence = sentence,
                              .words = &words};
    size_t calls = 0, seen = 0;
    huse_attribute *a = huse_attribute_new(&set, 500, 1, embed, &calls);
    const char *word[] = {"one", "two", "six", "ten", "five"};
    for (size_t x = 0; x < 5; x++) {
        for (size_t y = x + 1; y < 5; y++) {
            for (size_t z = y + 1; z < 5; z++) {
                char *want = huse_format("%s %s %s", word[x], word[y], word[z]);
                size_t times = 0;
                for (size_t i = 0; i < 500; i++)
                    times += !strcmp(huse_attribute_text(a, i), want);
                assert_in_range(times, 25, 80); /* 50 expected */
                seen += times;
                free(want);
            }
        }
    }
    assert_int_equal(seen, 500);
    huse_attribute_free(a);
}

static void perfect_attributes_find_what_the_shared_space_forgot(void **state)
{
    (void)state;
    struct made *m = make(2, NULL);
    size_t calls = 0;
    huse_attribute *a = huse_attribute_new(&m->set, 300, 3, embed, &calls);
    const float *picture[] = {m->noise, m->picture, m->noise};
    huse_pool *pool = huse_pool_new(2);
    huse_attribute_choice c = huse_attribute_choose(a, pool, picture, 3);
    assert_true(c.shared.class_share == 1);
    assert_true(c.shared.p10 < 0.3);
    assert_true(c.visible.p10 > 0.999 && c.hidden.p10 > 0.999);
    assert_int_equal(c.picture, 1);
    assert_true(c.visible.class_share >= c.shared.class_share &&
                c.hidden.class_share >= c.shared.class_share);
    assert_true(c.mix_visible > 0 && c.mix_visible < 1 && c.mix_hidden > 0);

    huse_attribute_figure again;
    huse_attribute_measure(a, NULL, m->picture, false, &c.mix_hidden, 1, &again);
    assert_true(again.p10 == c.hidden.p10 && again.class_share == c.hidden.class_share);
    c = huse_attribute_choose(a, pool, NULL, 0);
    assert_true(c.mix_hidden == 0 && c.hidden.p10 == c.shared.p10 && c.visible.p10 > 0.999);
    huse_pool_free(pool);
    huse_attribute_free(a);
    made_free(m);
}

static void a_mix_that_costs_class_share_is_not_chosen(void **state)
{
    (void)state;
    /* item 0 asks and alone is relevant; 1..11 are of another class and look much like it; 12..22
     * are of its class but look unlike. Any weight on looks lifts the other class over its own. */
    enum { M = 23 };
    const char *str[M] = {"red long Shirt"};
    int32_t cls[M];
    float image[M * D] = {0}, sentence[M * S] = {0}, picture[M * S] = {0};
    huse_sparse words[M] = {{0}};
    encode(str[0], sentence, &words[0]);
    for (size_t i = 0; i < M; i++) {
        bool other = i >= 1 && i <= 11;
        cls[i] = other;
        image[i * D] = i == 0 ? 0 : other ? 0.9f : 1;
        for (size_t k = 0; k < S; k++)
            picture[i * S + k] = sentence[k] * (i == 0 ? 1 : other ? 0.9f : 0);
    }
    huse_attribute_set set = {.n = M,
                              .D = D,
                              .S = S,
                              .str = str,
                              .cls = cls,
                              .image = image,
                              .sentence = sentence,
                              .words = words};
    size_t calls = 0;
    const float *maps[] = {picture};
    const double all = 1;
    huse_attribute_figure looks;
    huse_attribute *a = huse_attribute_new(&set, 5, 1, embed, &calls);
    huse_attribute_measure(a, NULL, picture, false, &all, 1, &looks);
    assert_true(looks.p10 == 1 && looks.class_share < 0.2);
    huse_attribute_choice c = huse_attribute_choose(a, NULL, maps, 1);
    assert_true(c.shared.p10 == 0 && c.shared.class_share == 1);
    assert_true(c.mix_hidden == 0 && c.hidden.p10 == 0 && c.hidden.class_share == 1);
    huse_attribute_free(a);
    huse_sparse_free(&words[0]);
}

/* P@10 and class share straight from their definitions, all candidates in one place by expectation.
 */
static void figures_equal_brute_force(void **state)
{
    (void)state;
    struct made *m = make(4, NULL);
    size_t calls = 0;
    for (size_t i = 0; i < N; i += 5) { /* some texts are missing */
        m->str[i][0] = '\0';
        huse_sparse_free(&m->words[i]);
        m->words[i] = (huse_sparse){0};
    }
    huse_attribute *a = huse_attribute_new(&m->set, 60, 5, embed, &calls);
    for (int visible = 0; visible < 2; visible++) {
        for (double mix = 0; mix <= 1; mix += 0.25) {
            double p10 = 0, share = 0;
            for (size_t q = 0; q < 60; q++) {
                const char *text = huse_attribute_text(a, q);
                float shared[D], sentence[S];
                huse_sparse words;
                long key[N];
                embed(&calls, &text, 1, shared, sentence, &words);
                huse_sparse_free(&words);
                double relevant = 0, found = 0, same = 0, candidates = 0;
                for (size_t c = 0; c < N; c++) {
                    double s = 0, t = 0;
                    /* words and sentences are the same vectors here */
                    const float *row =
                        visible && *m->str[c] ? m->sentence + c * S : m->noise + c * S;
                    for (size_t k = 0; k < D; k++)
                        s += (double)(shared[k] * m->image[c * D + k]);
                    for (size_t k = 0; k < S; k++)
                        t += (double)sentence[k] * (double)row[k];
                    key[c] = m->has_image[c] ? lrint(1e6 * ((1 - mix) * s + mix * t)) : -9999999;
                    relevant += m->has_image[c] && !strncmp(m->str[c], text, strlen(text));
                    candidates += m->has_image[c];
                }
                for (size_t c = 0; c < N; c++) {
                    double above = 0, tied = 0;
                    for (size_t o = 0; o < N; o++) {
                        above += key[o] > key[c];
                        tied += key[o] == key[c];
                    }
                    double in = m->has_image[c] ? fmax(0, fmin(1, (10 - above) / tied)) : 0;
                    found += !strncmp(m->str[c], text, strlen(text)) ? in : 0;
                    same += m->cls[c] == m->cls[huse_attribute_item(a, q)] ? in : 0;
                }
                p10 += found / fmin(10, relevant) / 60;
                share += same / fmin(10, candidates) / 60;
            }
            huse_attribute_figure got;
            huse_attribute_measure(a, NULL, m->noise, visible, &mix, 1, &got);
            assert_true(fabs(got.p10 - p10) < 1e-5 && fabs(got.class_share - share) < 1e-5);
        }
    }
    huse_attribute_free(a);
    made_free(m);
}

static void nothing_depends_on_the_order_of_items_or_threads(void **state)
{
    (void)state;
    uint32_t order[N];
    huse_attribute_choice want, got;
    size_t calls = 0;
    huse_pool *pool = huse_pool_new(3);
    memset(&want, 0, sizeof want);
    memset(&got, 0, sizeof got);
    for (uint64_t pass = 0; pass < 3; pass++) {
        huse_rng rng;
        huse_rng_init(&rng, pass, 77);
        for (uint32_t i = 0; i < N; i++)
            order[i] = i;
        if (pass)
            huse_rng_shuffle(&rng, order, N);
        struct made *m = make(6, order);
        huse_attribute *a = huse_attribute_new(&m->set, 200, 11, embed, &calls);
        const float *picture[] = {m->noise};
        got = huse_attribute_choose(a, pass == 2 ? pool : NULL, picture, 1);
        if (pass == 0)
            want = got;
        assert_memory_equal(&want, &got, sizeof got);
        huse_attribute_free(a);
        made_free(m);
    }
    huse_pool_free(pool);
}

static void sets_that_cannot_be_asked_give_no_figures(void **state)
{
    (void)state;
    const char *text[] = {"only two", NULL, "a b c d"};
    const int32_t cls[] = {0, 0, 0};
    const float image[3 * D] = {1}, sentence[3 * S] = {1};
    huse_sparse words[3] = {{0}};
    size_t calls = 0;
    huse_attribute_set set = {.n = 3,
                              .D = D,
                              .S = S,
                              .str = text,
                              .cls = cls,
                              .image = image,
                              .sentence = sentence,
                              .words = words};
    huse_attribute *a = huse_attribute_new(&set, 500, 1, embed, &calls);
    assert_int_equal(huse_attribute_count(a), 0);
    assert_int_equal(calls, 0);
    huse_attribute_choice c = huse_attribute_choose(a, NULL, NULL, 0);
    assert_true(isnan(c.shared.p10) && isnan(c.hidden.class_share) && c.mix_visible == 0);
    huse_attribute_free(a);
    set.n = 0;
    a = huse_attribute_new(&set, 500, 1, embed, &calls);
    assert_int_equal(huse_attribute_count(a), 0);
    huse_attribute_free(a);
    huse_attribute_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_and_folded_whole),
        cmocka_unit_test(postings_find_the_texts_that_hold_every_word),
        cmocka_unit_test(queries_are_three_words_in_order_of_items_with_pictures),
        cmocka_unit_test(every_subset_of_three_words_is_drawn),
        cmocka_unit_test(perfect_attributes_find_what_the_shared_space_forgot),
        cmocka_unit_test(a_mix_that_costs_class_share_is_not_chosen),
        cmocka_unit_test(figures_equal_brute_force),
        cmocka_unit_test(nothing_depends_on_the_order_of_items_or_threads),
        cmocka_unit_test(sets_that_cannot_be_asked_give_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
