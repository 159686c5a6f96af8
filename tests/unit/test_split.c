/* Splits by hash (METHOD 1): shares, order, equal texts, small classes, and that later items move
 * nothing. */
#include "data_fixture.h"

#include "data/split.h"

static void split_words_are_known_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        huse_split split;
    } row[] = {{"", HUSE_SPLIT_NONE},     {"train", HUSE_SPLIT_TRAIN},    {"Val", HUSE_SPLIT_VAL},
               {"valid", HUSE_SPLIT_VAL}, {"VALIDATION", HUSE_SPLIT_VAL}, {"dev", HUSE_SPLIT_VAL},
               {"test", HUSE_SPLIT_TEST}};
    huse_split split;
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        assert_true(huse_split_parse(row[i].word, strlen(row[i].word), &split));
        assert_int_equal(split, row[i].split);
    }
    assert_false(huse_split_parse("training", 8, &split));
    assert_false(huse_split_parse("tra", 3, &split));
    assert_string_equal(huse_split_name(HUSE_SPLIT_VAL), "val");
    assert_string_equal(huse_split_name(HUSE_SPLIT_NONE), "");
}

static void the_key_is_the_hash_of_the_lower_cased_text(void **state)
{
    (void)state;
    huse_key want, a = huse_split_key("Red SHIRT", "7"), b = huse_split_key(NULL, "Seven");
    /* printf 'red shirt' | sha256sum; printf 'Seven' | sha256sum */
    assert_true(
        huse_key_parse(&want, "02638495fafbed89b2bb70563258850dd4fee0e0f425c020aa7dc37bef20c8cb"));
    assert_true(huse_key_equal(&a, &want));
    assert_true(
        huse_key_parse(&want, "9092f169630f2d453e0e56ea1eec773b7dc3996ea2fcf311e00a26b6bffddc4d"));
    assert_true(huse_key_equal(&b, &want));
}

static huse_split_item keyed(unsigned char first, int64_t rowid)
{
    huse_split_item x = {.rowid = rowid};
    x.key.byte[0] = first;
    return x;
}

static void shares_are_rounded_as_the_method_says(void **state)
{
    (void)state;
    static const size_t row[][3] = {/* n, train, val */ {1, 1, 0},
                                    {2, 2, 0},
                                    {3, 2, 0},
                                    {4, 3, 0},
                                    {5, 4, 0},
                                    {6, 4, 1},
                                    {7, 5, 1},
                                    {8, 6, 0},
                                    {9, 6, 1},
                                    {10, 7, 1},
                                    {15, 11, 1},
                                    {25, 18, 2},
                                    {35, 25, 3},
                                    {45, 31, 5},
                                    {100, 70, 10}};
    for (size_t r = 0; r < HUSE_COUNT(row); r++) {
        huse_split_item x[100];
        size_t count[4] = {0};
        for (size_t i = 0; i < row[r][0]; i++)
            x[i] = keyed((unsigned char)(i * 37 % 101), (int64_t)i);
        huse_split_make(x, row[r][0]);
        for (size_t i = 0; i < row[r][0]; i++) {
            count[x[i].split]++;
            assert_true(i == 0 || x[i].split >= x[i - 1].split);
            assert_true(i == 0 || x[i].key.byte[0] > x[i - 1].key.byte[0]);
        }
        assert_int_equal(count[HUSE_SPLIT_TRAIN], row[r][1]);
        assert_int_equal(count[HUSE_SPLIT_VAL], row[r][2]);
        assert_int_equal(count[HUSE_SPLIT_NONE], 0);
    }
    huse_split_make(NULL, 0);
}

static void equal_texts_stay_with_their_first(void **state)
{
    (void)state;
    huse_split_item x[10];
    for (int i = 0; i < 10; i++)
        x[i] = keyed((unsigned char)(i < 5 ? i : i < 9 ? 6 : 7), i);
    huse_split_make(x, 10); /* 0 1 2 3 4 6 6 6 6 7: places 5 and 6 are train, so 7 and 8 are too */
    for (int i = 0; i < 9; i++)
        assert_int_equal(x[i].split, HUSE_SPLIT_TRAIN);
    assert_int_equal(x[9].split, HUSE_SPLIT_TEST);
}

static void later_items_go_by_their_fraction(void **state)
{
    (void)state;
    huse_key k;
    memset(&k, 0xff, sizeof k);
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_TEST);
    const unsigned char seven[8] = {0xB3, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33};
    memcpy(k.byte, seven, 8);
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_TRAIN);
    k.byte[7] = 0x34;
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_VAL);
    const unsigned char eight[8] = {0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC};
    memcpy(k.byte, eight, 8);
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_VAL);
    k.byte[7] = 0xCD;
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_TEST);
    memset(&k, 0, sizeof k);
    assert_int_equal(huse_split_later(&k), HUSE_SPLIT_TRAIN);
}

static huse_buf rows(int from, int to, const char *class)
{
    huse_buf b = {0};
    huse_buf_str(&b, "id,text,class\n");
    for (int i = from; i < to; i++)
        huse_buf_fmt(&b, "%s%d,Text %d,%s\n", class, i, i, class);
    return b;
}

static void splits_are_made_at_import_and_never_move(void **state)
{
    fixture *f = *state;
    huse_buf first = rows(0, 40, "A"), more = rows(0, 400, "A");
    OK(fx_import(f, "c.csv", first.data, NULL));
    huse_items *x = fx_load(f);
    size_t count[8];
    huse_items_count(x, count);
    assert_int_equal(count[4 + HUSE_SPLIT_TRAIN], 28);
    assert_int_equal(count[4 + HUSE_SPLIT_VAL], 4);
    assert_int_equal(count[4 + HUSE_SPLIT_TEST], 8);
    OK(fx_import(f, "c.csv", more.data, NULL));
    huse_items *y = fx_load(f);
    assert_int_equal(y->n, 400);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(y->item[i].split, x->item[i].split);
    for (size_t i = 40; i < 400; i++) {
        huse_key k = huse_split_key(y->item[i].text, y->item[i].id);
        assert_int_equal(y->item[i].split, huse_split_later(&k));
    }
    huse_items_free(x);
    huse_items_free(y);
    huse_buf_free(&first);
    huse_buf_free(&more);
}

static huse_split split_of(fixture *f, const char *id)
{
    huse_items *x = fx_load(f);
    ptrdiff_t i = huse_items_find(x, id);
    assert_true(i >= 0);
    huse_split s = x->item[i].split;
    huse_items_free(x);
    return s;
}

static void given_splits_win_and_items_without_class_have_none(void **state)
{
    fixture *f = *state;
    OK(fx_import(f, "c.csv", "id,text,class,split\na,x,A,test\nb,y,A,\nc,z,,val\nd,w,,\n", NULL));
    assert_int_equal(split_of(f, "a"), HUSE_SPLIT_TEST);
    assert_int_equal(split_of(f, "b"), HUSE_SPLIT_TRAIN); /* one item to split: n < 3 */
    assert_int_equal(split_of(f, "c"), HUSE_SPLIT_VAL);
    assert_int_equal(split_of(f, "d"), HUSE_SPLIT_NONE);
    OK(fx_import(f, "c.csv", "id,text,class,split\nb,changed,A,\nd,w,A,\n", NULL));
    assert_int_equal(split_of(f, "b"), HUSE_SPLIT_TRAIN); /* made once, kept */
    assert_int_not_equal(split_of(f, "d"), HUSE_SPLIT_NONE);
    OK(fx_import(f, "c.csv", "id,text,class,split\nb,changed,A,test\n", NULL));
    assert_int_equal(split_of(f, "b"), HUSE_SPLIT_TEST);
    OK(fx_import(f, "c.csv", "id,text,class,split\nd,w,,\n", NULL));
    assert_int_equal(split_of(f, "d"), HUSE_SPLIT_NONE);
}

static void a_later_item_joins_the_split_of_its_equal_text(void **state)
{
    fixture *f = *state;
    huse_buf b = rows(0, 40, "A"), twins = {0};
    OK(fx_import(f, "c.csv", b.data, NULL));
    huse_buf_str(&twins, "id,text,class\n");
    for (int i = 0; i < 40; i++)
        huse_buf_fmt(&twins, "twin%d,TEXT %d,A\n", i, i);
    OK(fx_import(f, "d.csv", twins.data, NULL));
    huse_items *x = fx_load(f);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(x->item[40 + i].split, x->item[i].split);
    huse_items_free(x);
    huse_buf_free(&b);
    huse_buf_free(&twins);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_words_are_known_in_any_case),
        cmocka_unit_test(the_key_is_the_hash_of_the_lower_cased_text),
        cmocka_unit_test(shares_are_rounded_as_the_method_says),
        cmocka_unit_test(equal_texts_stay_with_their_first),
        cmocka_unit_test(later_items_go_by_their_fraction),
        TEST(splits_are_made_at_import_and_never_move),
        TEST(given_splits_win_and_items_without_class_have_none),
        TEST(a_later_item_joins_the_split_of_its_equal_text),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
