/* Names of models, what a hub says of them, and how their sentences are read off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "data/hub_listing.h"
#include "encode/bert_config.h"

static void names_become_folders_and_come_back(void **state)
{
    static const struct {
        const char *name, *repository, *revision, *folder;
    } good[] = {
        {"org/name", "org/name", "main", "org--name"},
        {"sentence-transformers/all-MiniLM-L6-v2@v1.0", "sentence-transformers/all-MiniLM-L6-v2", "v1.0",
         "sentence-transformers--all-MiniLM-L6-v2"},
        {"a/b_c.d@refs/pr/1", "a/b_c.d", "refs/pr/1", "a--b_c.d"},
    };
    huse_hub_address a;
    huse_err         err;
    char             back[194];
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(good); i++) {
        assert_int_equal(huse_hub_address_parse(&a, good[i].name, &err), HUSE_OK);
        assert_string_equal(a.repository, good[i].repository);
        assert_string_equal(a.revision, good[i].revision);
        assert_string_equal(a.folder, good[i].folder);
        assert_true(huse_hub_address_of(back, a.folder));
        assert_string_equal(back, a.repository);
    }
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const bad[] = {"", "/", "a", "a/", "/a", "../a", "a/..", "a/../b", "a/b/c", "a//b", ".a/b", "a/.b", "-a/b", "a/-b", "a--b/c", "a-/b", "a/b.",
                                      "a/b--c", "a/b c", "a/b\n", "a/b@", "a/b@..", "a/b@x/../y", "a/b@-x", "a/b@x y", "a/b@x@y", "a/b?c",
                                      "https://a/b", "a/é", "a\\b/c"};
    huse_hub_address a;
    huse_err         err;
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(bad); i++)
        if (huse_hub_address_parse(&a, bad[i], &err) != HUSE_USAGE)
            fail_msg("“%s” is taken", bad[i]);
}

static void long_names_are_cut_and_stay_apart(void **state)
{
    huse_hub_address a, b;
    huse_err         err;
    char             back[194], one[120], other[120];
    (void)state;
    memset(one, 'n', sizeof one);
    memcpy(one, "an-organisation/", 16);
    one[100] = 0;
    memcpy(other, one, sizeof other);
    other[99] = 'm';
    assert_int_equal(huse_hub_address_parse(&a, one, &err), HUSE_OK);
    assert_int_equal(huse_hub_address_parse(&b, other, &err), HUSE_OK);
    assert_int_equal(strlen(a.folder), sizeof a.folder - 1);
    assert_string_not_equal(a.folder, b.folder);
    assert_false(huse_hub_address_of(back, a.folder));
    memset(one, 'o', sizeof one); /* an organisation that is longer than what is left of it */
    memcpy(one + 60, "/name", 6);
    assert_int_equal(huse_hub_address_parse(&a, one, &err), HUSE_OK);
    assert_int_equal(strlen(a.folder), sizeof a.folder - 1);
    assert_false(huse_hub_address_of(back, a.folder));
}

#define SHA "\"sha\":\"0123456789abcdef0123456789abcdef01234567\""
#define BLOB "\"blobId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
#define LFS "\"lfs\":{\"sha256\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}"

static void a_listing_gives_sizes_and_hashes_of_our_files_alone(void **state)
{
    static const char text[] = "{" SHA ",\"gated\":\"auto\",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":7," BLOB "},"
                               "{\"rfilename\":\"../config.json\",\"size\":-1},{\"rfilename\":\"model.safetensors\",\"size\":900," BLOB "," LFS "},"
                               "{\"rfilename\":\"pytorch_model.bin\"}]}";
    huse_hub_listing l;
    huse_err         err;
    (void)state;
    assert_int_equal(huse_hub_listing_parse(&l, text, sizeof text - 1, &err), HUSE_OK);
    assert_string_equal(l.revision, "0123456789abcdef0123456789abcdef01234567");
    assert_true(l.gated && l.pickle && !l.shards);
    assert_true(l.file[HUSE_HUB_CONFIG].there && !l.file[HUSE_HUB_CONFIG].hashed);
    assert_true(l.file[HUSE_HUB_WEIGHTS].there && l.file[HUSE_HUB_WEIGHTS].hashed);
    assert_int_equal(l.file[HUSE_HUB_WEIGHTS].size, 900);
    assert_false(l.file[HUSE_HUB_VOCABULARY].there);
}

static void a_listing_without_what_makes_it_one_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{" SHA "}", "{\"sha\":\"main\",\"siblings\":[]}", "{" SHA ",\"siblings\":{}}", "{" SHA ",\"siblings\":[{}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"config.json\"," BLOB "}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1.5," BLOB "}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":99999999," BLOB "}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"model.safetensors\",\"size\":1," BLOB ",\"lfs\":{\"sha256\":\"b\"}}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"model.safetensors\",\"size\":99999999999999," LFS "}]}",
        "{" SHA ",\"siblings\":[{\"rfilename\":\"config.json\",\"size\":1," BLOB "},{\"rfilename\":\"config.json\",\"size\":1," BLOB "}]}",
    };
    huse_hub_listing l;
    huse_err         err;
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(bad); i++)
        if (huse_hub_listing_parse(&l, bad[i], strlen(bad[i]), &err) != HUSE_BAD_DATA)
            fail_msg("taken: %s", bad[i]);
}

static huse_status pooling(bool *first, const char *modules, const char *kind)
{
    const char  *text[2] = {modules, kind};
    const size_t n[2] = {modules ? strlen(modules) : 0, kind ? strlen(kind) : 0};
    huse_err     err;
    return huse_bert_pooling_parse(first, text, n, (const char *const[2]){"modules", "pooling"}, &err);
}

#define STEP(path, type) "{\"path\":\"" path "\",\"type\":\"sentence_transformers.models." type "\"}"
#define TWO STEP("", "Transformer") "," STEP("1_Pooling", "Pooling")

static void sentences_are_the_mean_or_the_first_token(void **state)
{
    bool first = true;
    (void)state;
    assert_int_equal(pooling(&first, NULL, NULL), HUSE_OK);
    assert_false(first);
    assert_int_equal(pooling(&first, "[" TWO "]", "{\"pooling_mode\":\"cls\"}"), HUSE_OK);
    assert_true(first);
    assert_int_equal(pooling(&first, "[" TWO "," STEP("2_Normalize", "Normalize") "]", "{\"pooling_mode_mean_tokens\":true}"), HUSE_OK);
    assert_false(first);
    assert_int_equal(pooling(&first, NULL, "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false}"), HUSE_OK);
    assert_true(first);
}

static void other_poolings_and_steps_are_refused(void **state)
{
    static const struct {
        const char *modules, *kind;
    } bad[] = {
        {"[" TWO "]", NULL},
        {"{}", "{\"pooling_mode\":\"mean\"}"},
        {"[]", "{\"pooling_mode\":\"mean\"}"},
        {"[" STEP("", "Transformer") "]", "{\"pooling_mode\":\"mean\"}"},
        {"[" STEP("0_BERT", "Transformer") "," STEP("1_Pooling", "Pooling") "]", "{\"pooling_mode\":\"mean\"}"},
        {"[" STEP("", "Transformer") "," STEP("../1_Pooling", "Pooling") "]", "{\"pooling_mode\":\"mean\"}"},
        {"[" TWO "," STEP("2_Dense", "Dense") "]", "{\"pooling_mode\":\"mean\"}"},
        {"[" TWO "]", "{\"pooling_mode\":\"max\"}"},
        {"[" TWO "]", "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":true}"},
        {"[" TWO "]", "{}"},
        {NULL, "[]"},
    };
    bool first = true;
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(bad); i++)
        if (pooling(&first, bad[i].modules, bad[i].kind) != HUSE_BAD_DATA || !first)
            fail_msg("taken: %s and %s", bad[i].modules, bad[i].kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_folders_and_come_back),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(long_names_are_cut_and_stay_apart),
        cmocka_unit_test(a_listing_gives_sizes_and_hashes_of_our_files_alone),
        cmocka_unit_test(a_listing_without_what_makes_it_one_is_refused),
        cmocka_unit_test(sentences_are_the_mean_or_the_first_token),
        cmocka_unit_test(other_poolings_and_steps_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
