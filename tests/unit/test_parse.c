/* The query grammar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/parse.h"

static bool exists(void *ctx, const char *path)
{
    (void)ctx;
    static const char *const file[] = { "./a.jpg",      "../b c.PNG", "/abs/x.webp", "/home/me/p.jpeg",
                                        "dress.jpg",    "pics/e",     "./red - blue.jpg" };
    for (size_t i = 0; i < HUSE_COUNT(file); i++)
        if (strcmp(file[i], path) == 0)
            return true;
    return false;
}

static const huse_parse_host HOST = { .home = "/home/me", .exists = exists };
static huse_terms terms;
static huse_err err;
static size_t at;

static void parse(const char *text, size_t n)
{
    huse_status s = huse_query_parse(&terms, text, &HOST, &at, &err);
    if (s != HUSE_OK)
        fail_msg("%s: %s at %zu", text, err.msg, at);
    assert_int_equal(terms.n, n);
}

static void term(size_t i, huse_term_kind kind, double weight, const char *value)
{
    assert_int_equal(terms.term[i].kind, kind);
    assert_true(terms.term[i].weight == weight);
    assert_string_equal(terms.term[i].value, value);
}

static void refused(const char *text, size_t offset)
{
    assert_int_equal(huse_query_parse(&terms, text, &HOST, &at, &err), HUSE_USAGE);
    assert_int_equal(at, offset);
    assert_int_equal(terms.n, 0);
    assert_true(strlen(err.msg) > 10);
}

static void one(const char *text, huse_term_kind kind, double weight, const char *value)
{
    parse(text, 1);
    term(0, kind, weight, value);
    huse_terms_free(&terms);
}

static void words_are_one_term(void **state)
{
    (void)state;
    one("red summer dress", HUSE_TERM_TEXT, 1, "red summer dress");
    one("  red\tdress \n", HUSE_TERM_TEXT, 1, "red\tdress");
    one("t-shirt", HUSE_TERM_TEXT, 1, "t-shirt");
    one("a +b -c d-", HUSE_TERM_TEXT, 1, "a +b -c d-");
    one("and/or", HUSE_TERM_TEXT, 1, "and/or");
    one("~5 euros", HUSE_TERM_TEXT, 1, "~5 euros");
    one("5\" pipe", HUSE_TERM_TEXT, 1, "5\" pipe");
    one("émoji 🎉", HUSE_TERM_TEXT, 1, "émoji 🎉");
}

static void signs_join_terms(void **state)
{
    (void)state;
    parse("2:dress + floral - black", 3);
    term(0, HUSE_TERM_TEXT, 2, "dress");
    term(1, HUSE_TERM_TEXT, 1, "floral");
    term(2, HUSE_TERM_TEXT, -1, "black");
    assert_int_equal(terms.term[1].at, 10);
    huse_terms_free(&terms);
    one("- black", HUSE_TERM_TEXT, -1, "black");
    one("+ black", HUSE_TERM_TEXT, 1, "black");
    parse("- 2:a  -  .5:b", 2);
    term(0, HUSE_TERM_TEXT, -2, "a");
    term(1, HUSE_TERM_TEXT, -.5, "b");
    huse_terms_free(&terms);
}

static void weights_are_decimal_numbers(void **state)
{
    (void)state;
    one("0.25:a", HUSE_TERM_TEXT, .25, "a");
    one("3.: a", HUSE_TERM_TEXT, 3, "a");
    one("2,5:a", HUSE_TERM_TEXT, 1, "2,5:a");
    one("1e3:a", HUSE_TERM_TEXT, 1, "1e3:a");
    one("2 :a", HUSE_TERM_TEXT, 1, "2 :a");
    one("\"16:9 screen\"", HUSE_TERM_TEXT, 1, "16:9 screen");
    one("2:\"16:9 screen\"", HUSE_TERM_TEXT, 2, "16:9 screen");
    one(":a", HUSE_TERM_TEXT, 1, ":a");
    refused("0:a", 0);
    refused("a + 0.0:b", 4);
    refused("99999999999999999999999999999:b", 0);
}

static void quotes_force_text(void **state)
{
    (void)state;
    one("\"@1 + ./a.jpg - class:B\"", HUSE_TERM_TEXT, 1, "@1 + ./a.jpg - class:B");
    one("\"say \\\"hi\\\" \\\\ \\n\"", HUSE_TERM_TEXT, 1, "say \"hi\" \\ \\n");
    refused("a + \"b", 4);
    refused("\"a\" b", 4);
    refused("\"a\"b", 3);
    refused("\"\"", 1);
    refused("\"a\\\"", 0);
}

static void items_and_classes_are_named(void **state)
{
    (void)state;
    one("@12783", HUSE_TERM_ITEM, 1, "12783");
    one("@id with spaces ", HUSE_TERM_ITEM, 1, "id with spaces");
    one("2:@\"a - b\"", HUSE_TERM_ITEM, 2, "a - b");
    one("class:Footwear/Flip Flops", HUSE_TERM_CLASS, 1, "Footwear/Flip Flops");
    one("class:\"Kids - Girls\"", HUSE_TERM_CLASS, 1, "Kids - Girls");
    parse("@1 - class:A/B + c", 3);
    term(1, HUSE_TERM_CLASS, -1, "A/B");
    huse_terms_free(&terms);
    refused("@", 1);
    refused("@ + a", 1);
    refused("class:", 6);
    refused("a - class: + b", 10);
}

static void pictures_are_files_that_exist(void **state)
{
    (void)state;
    one("./a.jpg", HUSE_TERM_PICTURE, 1, "./a.jpg");
    one("2:../b c.PNG", HUSE_TERM_PICTURE, 2, "../b c.PNG");
    one("/abs/x.webp", HUSE_TERM_PICTURE, 1, "/abs/x.webp");
    one("~/p.jpeg", HUSE_TERM_PICTURE, 1, "/home/me/p.jpeg");
    one("dress.jpg", HUSE_TERM_PICTURE, 1, "dress.jpg");
    one("pics/e", HUSE_TERM_PICTURE, 1, "pics/e");
    one("other.jpg", HUSE_TERM_TEXT, 1, "other.jpg");
    one("\"./a.jpg\"", HUSE_TERM_TEXT, 1, "./a.jpg");
    one("./red - blue.jpg", HUSE_TERM_PICTURE, 1, "./red - blue.jpg");
    parse("./a.jpg - black + dress.jpg", 3);
    term(0, HUSE_TERM_PICTURE, 1, "./a.jpg");
    term(1, HUSE_TERM_TEXT, -1, "black");
    term(2, HUSE_TERM_PICTURE, 1, "dress.jpg");
    huse_terms_free(&terms);
    refused("./none.jpg", 0);
    refused("a + /none", 4);
    refused("../x", 0);
    refused("~/none.png", 0);
    refused("/", 0);
}

static void what_is_missing_is_pointed_at(void **state)
{
    (void)state;
    refused("", 0);
    refused("  \t ", 4);
    refused("-", 1);
    refused("a -", 3);
    refused("a + - b", 4);
    refused("a + 2:", 6);
    refused("2: + a", 3);
    refused("a\xff", 1);
}

static void long_queries_are_refused(void **state)
{
    (void)state;
    char *text = huse_xcalloc(HUSE_QUERY_MAX_BYTES + 2, 1);
    memset(text, 'a', HUSE_QUERY_MAX_BYTES + 1);
    refused(text, HUSE_QUERY_MAX_BYTES);
    text[HUSE_QUERY_MAX_BYTES] = '\0';
    parse(text, 1);
    huse_terms_free(&terms);
    text[0] = '\0';
    for (size_t i = 0; i < HUSE_QUERY_MAX_TERMS; i++)
        strcat(text, i > 0 ? " + a" : "a");
    parse(text, HUSE_QUERY_MAX_TERMS);
    huse_terms_free(&terms);
    strcat(text, " + a");
    refused(text, strlen(text) - 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_one_term),
        cmocka_unit_test(signs_join_terms),
        cmocka_unit_test(weights_are_decimal_numbers),
        cmocka_unit_test(quotes_force_text),
        cmocka_unit_test(items_and_classes_are_named),
        cmocka_unit_test(pictures_are_files_that_exist),
        cmocka_unit_test(what_is_missing_is_pointed_at),
        cmocka_unit_test(long_queries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
