/* TF-IDF rows against their definition, the projection's geometry, files, and the fallback encoder.
 */
#include "text_files.h"

#include <math.h>

#include "encode/encoder.h"
#include "encode/projection.h"
#include "encode/terms.h"
#include "encode/tfidf.h"

static void list_term(void *ctx, const char *s, size_t n, bool pair)
{
    huse_buf_fmt(ctx, "%s%.*s", pair ? "+" : "|", (int)n, s);
}

static void check_terms(const char *text, const char *want)
{
    huse_buf b = {0};
    huse_terms_each(text, list_term, &b);
    assert_string_equal(b.data ? b.data : "", want);
    huse_buf_free(&b);
}

static void terms_are_lower_case_words_and_pairs(void **state)
{
    (void)state;
    check_terms("Red T-Shirt, 2XL", "|red|t+red t|shirt+t shirt|2xl+shirt 2xl");
    check_terms("", "");
    check_terms(" .,- ", "");
    check_terms("\xC3\x89T\xC3\x89", "|\xC3\xA9t\xC3\xA9");
    check_terms("e\xCC\x81t \xCC\x81x", "|e\xCC\x81t|x+e\xCC\x81t x");
    check_terms("a\xFF"
                "b",
                "|a|b+a b");
    check_terms("\xE6\x97\xA5\xE6\x9C\xAC", "|\xE6\x97\xA5|\xE6\x9C\xAC+\xE6\x97\xA5 \xE6\x9C\xAC");
}

static void a_word_that_is_too_long_is_left_out_and_makes_no_pair(void **state)
{
    (void)state;
    huse_buf text = {0}, want = {0};
    huse_buf_str(&text, "a ");
    for (int i = 0; i < HUSE_TERM_MAX; i++)
        huse_buf_str(&text, "x");
    huse_buf_str(&text, " b ");
    huse_buf_fmt(&want, "|a|%.*s|b", HUSE_TERM_MAX, text.data + 2);
    check_terms(text.data, want.data);
    for (int i = 0; i < HUSE_TERM_MAX + 1; i++)
        huse_buf_str(&text, "y");
    huse_buf_str(&text, " c");
    huse_buf_str(&want, "|c");
    check_terms(text.data, want.data);
    huse_buf_free(&text);
    huse_buf_free(&want);
}

static const char *const corpus[] = {"red dress", "red red shoe", "blue dress", "red hat"};

static huse_tfidf *fit(size_t max_terms)
{
    return huse_tfidf_fit(corpus, HUSE_COUNT(corpus), max_terms, 64, 7);
}

static void rows_follow_the_definition(void **state)
{
    (void)state;
    huse_tfidf *t = fit(100);
    huse_array a[HUSE_TFIDF_ARRAYS];
    huse_sparse row;
    /* by frequency, then bytes: red 3, dress 2, then those of one text */
    static const char terms[] =
        "red\0dress\0blue\0blue dress\0hat\0red dress\0red hat\0red red\0red shoe\0shoe";
    huse_tfidf_arrays(t, a);
    assert_int_equal(huse_array_count(&a[0]), sizeof terms);
    assert_memory_equal(a[0].data, terms, sizeof terms);
    huse_tfidf_sparse(t, "Red shoe! RED unknown", &row);
    double red = (1 + log(2)) * (log(5.0 / 4) + 1), shoe = log(5.0 / 2) + 1, pair = shoe;
    double norm = sqrt(red * red + shoe * shoe + pair * pair);
    assert_int_equal(row.n, 3);
    assert_int_equal(row.index[0], 0);
    assert_int_equal(row.index[1], 8);
    assert_int_equal(row.index[2], 9);
    assert_true(fabs((double)row.value[0] - red / norm) < 1e-6);
    assert_true(fabs((double)row.value[1] - pair / norm) < 1e-6);
    assert_true(fabs((double)row.value[2] - shoe / norm) < 1e-6);
    assert_true(fabs((double)huse_sparse_dot(&row, &row) - 1) < 1e-6);
    huse_sparse_free(&row);
    huse_tfidf_sparse(t, "nothing known", &row);
    assert_int_equal(row.n, 0);
    huse_sparse_free(&row);
    huse_tfidf_free(t);
}

static void the_vocabulary_is_capped_by_document_frequency(void **state)
{
    (void)state;
    huse_tfidf *t = fit(3);
    huse_array a[HUSE_TFIDF_ARRAYS];
    huse_tfidf_arrays(t, a);
    assert_int_equal(huse_tfidf_terms(t), 3);
    assert_memory_equal(a[0].data, "red\0dress\0blue", 15);
    huse_tfidf_free(t);
}

static void a_projection_keeps_inner_products(void **state)
{
    (void)state;
    enum { DIM = 512, COLUMNS = 300 };
    float *x = huse_xcalloc(COLUMNS * DIM, sizeof *x);
    double square = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        huse_projection_add(3, i, 1, DIM, x + i * DIM);
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t k = 0; k < DIM; k++)
                dot += (double)x[i * DIM + k] * (double)x[j * DIM + k];
            if (i == j)
                assert_true(fabs(dot - 1) < 1e-6);
            else
                square += dot * dot;
        }
    /* independent columns: the mean square of a product is 1/DIM; a tenth of that either way is 20
     * deviations and more */
    double mean = square / (COLUMNS * (COLUMNS - 1) / 2);
    assert_true(fabs(mean * DIM - 1) < 0.1);
    for (size_t dim = 1; dim < 20; dim++) {
        float y[21] = {0};
        huse_projection_add(3, 5, 1, dim, y);
        assert_true(y[dim] == 0);
    }
    free(x);
}

static void dense_rows_are_the_projected_sparse_ones_on_any_threads(void **state)
{
    (void)state;
    huse_tfidf *t = fit(100);
    float one[4][64], many[4][64];
    for (size_t i = 0; i < 4; i++) {
        huse_sparse row;
        huse_tfidf_sparse(t, corpus[i], &row);
        huse_tfidf_project(t, &row, one[i]);
        huse_sparse_free(&row);
    }
    for (int threads = 1; threads < 4; threads++) {
        huse_pool *pool = huse_pool_new(threads);
        huse_tfidf_dense(t, pool, corpus, 4, &many[0][0]);
        assert_memory_equal(one, many, sizeof one);
        huse_pool_free(pool);
    }
    assert_true(memcmp(one[0], one[1], sizeof one[0]) != 0);
    huse_tfidf *other = huse_tfidf_fit(corpus, 4, 100, 64, 8);
    huse_tfidf_dense(other, NULL, corpus, 4, &many[0][0]);
    assert_true(memcmp(one, many, sizeof one) != 0);
    huse_tfidf_free(other);
    huse_tfidf_free(t);
}

/* Writes @a to a file and loads it again. */
static huse_status reload(huse_tfidf **t, const huse_array *a, huse_err *err)
{
    char path[] = "/tmp/huse-test-tfidf-XXXXXX/x.safetensors";
    char *slash = strrchr(path, '/');
    *slash = 0;
    assert_non_null(mkdtemp(path));
    char *dir = huse_xstrdup(path);
    *slash = '/';
    huse_safetensors *st = NULL;
    huse_err own = {0};
    if (huse_safetensors_write(path, a, HUSE_TFIDF_ARRAYS, &own) != HUSE_OK ||
        huse_safetensors_open(&st, path, &own) != HUSE_OK)
        fail_msg("%s", own.msg);
    huse_status s = huse_tfidf_load(t, st, err);
    huse_safetensors_close(st);
    assert_int_equal(huse_fs_remove_tree(dir, &own), HUSE_OK);
    free(dir);
    return s;
}

static void a_saved_vocabulary_gives_the_same_bits(void **state)
{
    (void)state;
    static const char *const texts[] = {"red dress hat", ""};
    for (size_t n = 0; n <= 4; n += 4) {
        huse_tfidf *t = huse_tfidf_fit(corpus, n, 100, 64, UINT64_MAX - 3), *again = NULL;
        huse_array a[HUSE_TFIDF_ARRAYS];
        huse_err err = {0};
        float x[2][64], y[2][64];
        huse_tfidf_arrays(t, a);
        if (reload(&again, a, &err) != HUSE_OK)
            fail_msg("%s", err.msg);
        assert_int_equal(huse_tfidf_terms(again), n ? 10 : 0);
        huse_tfidf_dense(t, NULL, texts, 2, &x[0][0]);
        huse_tfidf_dense(again, NULL, texts, 2, &y[0][0]);
        assert_memory_equal(x, y, sizeof x);
        huse_tfidf_free(t);
        huse_tfidf_free(again);
    }
}

static void an_altered_vocabulary_is_refused(void **state)
{
    (void)state;
    static const float idf[] = {1, 2}, bad_idf[] = {1, NAN};
    static const int64_t meta[] = {1, 64, 7, 4}, newer[] = {2, 64, 7, 4},
                         wide[] = {1, INT64_MAX, 7, 4};
    static const struct {
        const char *terms;
        size_t bytes;
        const float *idf;
        size_t n;
        const int64_t *meta;
        const char *needle;
    } bad[] = {
        {"a\0b", 4, bad_idf, 2, meta, "no usable value"},
        {"a\0b", 3, idf, 2, meta, "cut"},
        {"a\0\0b", 5, idf, 2, meta, "empty"},
        {"a\0a", 4, idf, 2, meta, "twice"},
        {"a\0b\0c", 6, idf, 2, meta, "3 terms"},
        {"a", 2, idf, 2, meta, "1 terms"},
        {"a\0b", 4, idf, 2, newer, "newer"},
        {"a\0b", 4, idf, 2, wide, "dimensions"},
    };
    huse_tfidf *t = NULL;
    huse_err err = {0};
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        huse_array a[] = {huse_array_1d("tfidf.terms", HUSE_U8, bad[i].terms, bad[i].bytes),
                          huse_array_1d("tfidf.idf", HUSE_F32, bad[i].idf, bad[i].n),
                          huse_array_1d("tfidf.meta", HUSE_I64, bad[i].meta, 4)};
        assert_int_equal(reload(&t, a, &err), HUSE_BAD_DATA);
        assert_null(t);
        if (!strstr(err.msg, bad[i].needle))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, bad[i].needle);
    }
}

static void the_fallback_puts_related_texts_nearer(void **state)
{
    (void)state;
    static const char *const text[] = {"Red summer dress for women", "red summer dresses",
                                       "Black leather wallet", "", "\xFF\xFE"};
    enum { N = HUSE_COUNT(text) };
    huse_text_encoder *e = huse_text_fallback();
    huse_pool *pool = huse_pool_new(3);
    float x[N][512], y[N][512], s[N][512];
    assert_int_equal(e->dim, 512);
    assert_int_equal(e->sentence_at, 0);
    assert_int_equal(e->sentence_dim, 512);
    e->encode(e, NULL, text, N, &x[0][0], NULL, NULL);
    e->encode(e, pool, text, N, &y[0][0], NULL, NULL);
    assert_memory_equal(x, y, sizeof x);
    huse_text_encoder_sentences(e, &x[0][0], N, &s[0][0]);
    double near = 0, far = 0, norm = 0, empty = 0;
    for (size_t i = 0; i < 512; i++) {
        near += (double)s[0][i] * (double)s[1][i];
        far += (double)s[0][i] * (double)s[2][i];
        norm += (double)x[0][i] * (double)x[0][i];
        empty += fabs((double)x[3][i]) + fabs((double)s[3][i]) + fabs((double)s[4][i]);
    }
    assert_true(fabs(norm - 1) < 1e-6);
    assert_true(near > 0.4);
    assert_true(fabs(far) < 0.15);
    assert_true(empty == 0);
    huse_pool_free(pool);
    e->free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_lower_case_words_and_pairs),
        cmocka_unit_test(a_word_that_is_too_long_is_left_out_and_makes_no_pair),
        cmocka_unit_test(rows_follow_the_definition),
        cmocka_unit_test(the_vocabulary_is_capped_by_document_frequency),
        cmocka_unit_test(a_projection_keeps_inner_products),
        cmocka_unit_test(dense_rows_are_the_projected_sparse_ones_on_any_threads),
        cmocka_unit_test(a_saved_vocabulary_gives_the_same_bits),
        cmocka_unit_test(an_altered_vocabulary_is_refused),
        cmocka_unit_test(the_fallback_puts_related_texts_nearer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
