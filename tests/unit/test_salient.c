/* Which words of a long document stay. */
#include "text_files.h"

#include <math.h>

#include "encode/salient.h"

static const huse_wordpiece_options uncased = {true, true, true};

static huse_wordpiece *words(void)
{
    static const char text[] = "[UNK]\n[CLS]\n[SEP]\nx\n##x\na\nb\nc\nd\ne\nf\n.\n,\n!\n";
    huse_wordpiece *w = NULL;
    huse_err err;
    assert_int_equal(huse_wordpiece_parse(&w, text, sizeof text - 1, "v", &uncased, &err), HUSE_OK);
    return w;
}

/* The words kept, joined by spaces, are @want. */
static void check(const char *text, size_t limit, const char *want)
{
    huse_wordpiece *w = words();
    huse_pieces p = {0};
    huse_buf b = {0};
    huse_salient_encode(w, text, strlen(text), limit, &p);
    assert_true(p.n <= limit);
    size_t at = 0;
    for (size_t i = 0; i < p.words; i++) {
        huse_buf_fmt(&b, "%s%.*s", i ? " " : "", (int)p.word[i].len, p.norm.data + p.word[i].at);
        assert_int_equal(p.word[i].first, at);
        at += p.word[i].pieces;
    }
    assert_int_equal(at, p.n);
    assert_string_equal(b.data ? b.data : "", want);
    huse_buf_free(&b);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
}

static void words_of_every_sentence_go_first(void **state)
{
    (void)state;
    check("a b. a c. a d.", 3, "b c d");
    check("a b. a c. a d.", 2, "b c");
    check("a b. a c. a d.", 4, "a b c d");
}

static void a_repeated_word_of_few_sentences_wins(void **state)
{
    (void)state;
    /* b: (1 + ln 3)·ln 4 = 2.9; c, d, e: ln 4 = 1.4; f: (1 + ln 2)·ln 2 = 1.2 */
    check("f c. b b b. f d. e!", 3, "b b b");
    check("f c. b b b. f d. e!", 6, "c b b b d e");
    check("f c. b b b. f d. e!", 7, "f c b b b d e");
}

static void one_sentence_keeps_its_beginning_and_punctuation_comes_last(void **state)
{
    (void)state;
    check("a, b c, d, e", 3, "a b c");
    check("a, b c, d, e", 6, "a , b c d e");
}

static void a_word_whose_pieces_do_not_fit_is_passed_over_whole(void **state)
{
    (void)state;
    check("xxxx a b", 3, "a b");
    check("a xxxx b", 5, "a xxxx");
}

static void a_text_without_words_keeps_what_it_has(void **state)
{
    (void)state;
    check("", 5, "");
    check(" \n ", 5, "");
    check("!!!", 2, "! !");
    check("a b", 0, "");
}

static void sentences_end_where_readers_end_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t first;
    } cases[] = {
        {"One. Two", 5},
        {"3.14 is pi", 10},
        {"Really?! Yes", 9},
        {"\"So.\" He", 6},
        {"line\nnext", 5},
        {"\xE6\x97\xA5\xE3\x80\x82\xE6\x9C\xAC", 6},
        {"\xE6\x97\xA5\xE3\x80\x82\xE3\x80\x8D\xE6\x9C\xAC", 9},
        {"no end", 6},
        {"a.b.c", 5},
        {"\xFF. x", 3},
    };
    for (size_t i = 0; i < HUSE_COUNT(cases); i++)
        assert_int_equal(huse_salient_sentence(cases[i].text, strlen(cases[i].text)),
                         cases[i].first);
}

static void a_huge_document_is_cut_like_a_small_one(void **state)
{
    (void)state;
    huse_wordpiece *w = words();
    huse_pieces p = {0};
    huse_buf b = {0};
    while (b.len < 2 << 20)
        huse_buf_str(&b, b.len % 3 ? "a b c " : "e x. ");
    huse_salient_encode(w, b.data, b.len, 510, &p);
    assert_int_equal(p.n, 510);
    huse_buf_free(&b);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_every_sentence_go_first),
        cmocka_unit_test(a_repeated_word_of_few_sentences_wins),
        cmocka_unit_test(one_sentence_keeps_its_beginning_and_punctuation_comes_last),
        cmocka_unit_test(a_word_whose_pieces_do_not_fit_is_passed_over_whole),
        cmocka_unit_test(a_text_without_words_keeps_what_it_has),
        cmocka_unit_test(sentences_end_where_readers_end_them),
        cmocka_unit_test(a_huge_document_is_cut_like_a_small_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
