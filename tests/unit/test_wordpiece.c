/* BERT's tokenizer against the reference tokenizer's ids, and against hostile vocabularies and
 * texts. */
#include "text_files.h"

#include "encode/wordpiece.h"

static const huse_wordpiece_options uncased = {true, true, true};

static huse_wordpiece *minilm_words(void)
{
    char *dir = model_dir("minilm-l6");
    size_t n;
    char *data = read_whole(dir, "vocab.txt", &n);
    huse_wordpiece *w = NULL;
    huse_err err;
    if (huse_wordpiece_parse(&w, data, n, "vocab.txt", &uncased, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(data);
    free(dir);
    return w;
}

static size_t wrong_ids(const huse_wordpiece *w, const char *s, size_t n, const json_t *want)
{
    huse_pieces p = {0};
    huse_wordpiece_encode(w, s, n, &p);
    size_t wrong = p.n + 2 != json_array_size(want);
    for (size_t i = 0; !wrong && i < p.n; i++)
        wrong = json_integer_value(json_array_get(want, i + 1)) != p.id[i];
    if (wrong)
        print_error("differs: \"%s\"\n", s);
    huse_pieces_free(&p);
    return wrong;
}

static void catalogue_texts_get_the_reference_ids(void **state)
{
    (void)state;
    json_t *want = golden_json("wordpiece_ids.json"), *items = golden_json("items.json");
    huse_wordpiece *w = minilm_words();
    size_t wrong = 0, i;
    const json_t *item;
    assert_true(json_array_size(items) > 0);
    assert_int_equal(json_array_size(items), json_array_size(want));
    json_array_foreach(items, i, item)
    {
        const char *s = json_string_value(json_object_get(item, "text"));
        wrong += wrong_ids(w, s, strlen(s), json_array_get(want, i));
    }
    assert_int_equal(wrong, 0);
    huse_wordpiece_free(w);
    json_decref(items);
    json_decref(want);
}

static void hard_texts_get_the_reference_ids(void **state)
{
    (void)state;
    json_t *hard = golden_json("wordpiece_hard.json");
    huse_wordpiece *w = minilm_words();
    size_t wrong = 0, i;
    const json_t *item;
    assert_true(json_array_size(hard) > 0);
    json_array_foreach(hard, i, item)
    {
        const json_t *s = json_object_get(item, "text");
        wrong +=
            wrong_ids(w, json_string_value(s), json_string_length(s), json_object_get(item, "ids"));
    }
    assert_int_equal(wrong, 0);
    huse_wordpiece_free(w);
    json_decref(hard);
}

#define SPECIAL "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"

static huse_status parse(huse_wordpiece **w, const char *text, size_t n, const char *needle)
{
    huse_err err = {0};
    huse_status st = huse_wordpiece_parse(w, text, n, "v", &uncased, &err);
    if (needle && !strstr(err.msg, needle))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, needle);
    return st;
}

/* Encodes @s by a small vocabulary and compares with the pieces named in @want. */
static void check_words(const huse_wordpiece_options *opt, const char *s, size_t n,
                        const char *const *want)
{
    static const char text[] =
        SPECIAL "a\nb\n##b\n##c\nab\n[\n]\nsep\n.\né\ni\n##i\n日\nB\n##\xCC\x87\n本\r\n";
    huse_wordpiece *w = NULL;
    huse_pieces p = {0};
    huse_err err;
    assert_int_equal(huse_wordpiece_parse(&w, text, sizeof text - 1, "v", opt, &err), HUSE_OK);
    huse_wordpiece_encode(w, s, n, &p);
    size_t count = 0;
    for (; want[count]; count++) {
        assert_true(count < p.n);
        assert_true(huse_wordpiece_id(w, want[count]) >= 0);
        assert_int_equal(p.id[count], huse_wordpiece_id(w, want[count]));
    }
    assert_int_equal(p.n, count);
    size_t in_words = 0;
    for (size_t i = 0; i < p.words; i++) {
        assert_int_equal(p.word[i].first, in_words);
        in_words += p.word[i].pieces;
        assert_true(p.word[i].at + p.word[i].len <= p.norm.len);
    }
    assert_int_equal(in_words, p.n);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
}

#define WORDS(opt, s, ...)                                                                         \
    check_words(opt, s, sizeof(s) - 1, (const char *const[]){__VA_ARGS__, NULL})

static void the_longest_piece_wins_and_what_has_none_is_unknown(void **state)
{
    (void)state;
    WORDS(&uncased, "abbc ABC", "ab", "##b", "##c", "ab", "##c");
    WORDS(&uncased, "abx b", "[UNK]", "b");
    WORDS(&uncased, "日本a", "日", "本", "a");
}

static void special_tokens_in_a_text_are_ordinary_text(void **state)
{
    (void)state;
    WORDS(&uncased, "[SEP]", "[", "sep", "]");
    WORDS(&uncased, "a[UNK].", "a", "[", "[UNK]", "]", ".");
}

static void bytes_that_are_no_text_vanish(void **state)
{
    (void)state;
    WORDS(&uncased,
          "a\xFF\xC0"
          "b",
          "ab");
    WORDS(&uncased,
          "a\0b\x01 \xED\xA0\x80"
          "a",
          "ab", "a");
    WORDS(&uncased, "a\xE6\x97", "a");
}

static void options_keep_case_accents_and_ideographs(void **state)
{
    (void)state;
    WORDS(&((huse_wordpiece_options){false, false, true}), "B b é", "B", "b", "é");
    WORDS(&((huse_wordpiece_options){true, false, true}), "B É İ", "b", "é", "i", "##\xCC\x87");
    WORDS(&((huse_wordpiece_options){true, true, true}), "é İ", "[UNK]", "i");
    WORDS(&((huse_wordpiece_options){true, true, false}), "日 日本", "日", "[UNK]");
}

static void a_word_of_100_characters_is_cut_and_one_of_101_is_unknown(void **state)
{
    (void)state;
    char long_word[301];
    huse_wordpiece *w = NULL;
    huse_pieces p = {0};
    assert_int_equal(parse(&w, SPECIAL "b\n##b\n", strlen(SPECIAL) + 6, NULL), HUSE_OK);
    memset(long_word, 'b', sizeof long_word);
    huse_wordpiece_encode(w, long_word, 100, &p);
    assert_int_equal(p.n, 100);
    huse_pieces_clear(&p);
    huse_wordpiece_encode(w, long_word, 101, &p);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.id[0], 1);
    huse_pieces_clear(&p);
    huse_wordpiece_encode(w, long_word, 301, &p);
    assert_int_equal(p.n, 1);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
}

static void a_megabyte_of_combining_marks_is_no_work(void **state)
{
    (void)state;
    /* Marks of falling combining class, which canonical order would sort, both dropped ones and
     * ones that stay. */
    static const char marks[] = "\xCC\x80\xCC\xA3\xE3\x80\xAE\xF0\x9D\x85\xA5";
    huse_buf b = {0};
    huse_wordpiece *w = NULL;
    huse_pieces p = {0};
    assert_int_equal(parse(&w, SPECIAL "b\n", strlen(SPECIAL) + 2, NULL), HUSE_OK);
    huse_buf_str(&b, "b b");
    while (b.len < 1 << 20)
        huse_buf_str(&b, marks);
    huse_wordpiece_encode(w, b.data, b.len, &p);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.id[1], 1);
    assert_true(p.norm.len <= 1 + 100 * 4);
    huse_buf_free(&b);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
}

static void a_bad_vocabulary_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *needle;
    } bad[] = {
        {"", "[UNK]"},
        {"[UNK]\n[CLS]\n", "no [SEP]"},
        {"[UNK]\n[SEP]\n", "no [CLS]"},
        {"[CLS]\n[SEP]\na\n", "no [UNK]"},
        {SPECIAL "a\nb\na\n", "line 7 repeats the piece of line 5"},
        {SPECIAL "\na\n", "line 5 is empty"},
        {SPECIAL "a\n\xC3\n", "line 6 is not UTF-8"},
    };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        huse_wordpiece *w = NULL;
        assert_int_equal(parse(&w, bad[i].text, strlen(bad[i].text), bad[i].needle), HUSE_BAD_DATA);
        assert_null(w);
    }
    huse_wordpiece *w = NULL;
    char *big = huse_xcalloc(HUSE_WORDPIECE_MAX_BYTES + 1, 1);
    memset(big, 'a', HUSE_WORDPIECE_MAX_BYTES + 1);
    assert_int_equal(parse(&w, big, HUSE_WORDPIECE_MAX_BYTES + 1, "longer"), HUSE_BAD_DATA);
    memset(big, '\n', HUSE_WORDPIECE_MAX_BYTES);
    assert_int_equal(parse(&w, big, HUSE_WORDPIECE_MAX_BYTES, "lines"), HUSE_BAD_DATA);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_texts_get_the_reference_ids),
        cmocka_unit_test(hard_texts_get_the_reference_ids),
        cmocka_unit_test(the_longest_piece_wins_and_what_has_none_is_unknown),
        cmocka_unit_test(special_tokens_in_a_text_are_ordinary_text),
        cmocka_unit_test(bytes_that_are_no_text_vanish),
        cmocka_unit_test(options_keep_case_accents_and_ideographs),
        cmocka_unit_test(a_word_of_100_characters_is_cut_and_one_of_101_is_unknown),
        cmocka_unit_test(a_megabyte_of_combining_marks_is_no_work),
        cmocka_unit_test(a_bad_vocabulary_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
