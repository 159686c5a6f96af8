/* Before any training: answers from frozen features on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/encoders.h"
#include "data/features.h"
#include "pictures.h"
#include "small_space.h"
#include "tmpdir.h"

static small_space *space;
static char *dir;
static huse_err err;

/* Rows of all texts and pictures, as embed leaves them. */
static void embed(bool texts, bool pictures)
{
    huse_encoder_names names = { "", "" };
    huse_image_encoder *image = huse_image_fallback();
    if (texts) {
        huse_features *f;
        float *row = huse_xaligned(space->enc->dim * sizeof *row);
        strcpy(names.text, space->enc->name);
        assert_int_equal(huse_features_open(&f, dir, names.text, space->enc->dim, &space->enc->hash, &err), HUSE_OK);
        for (size_t i = 0; i < SMALL_ITEMS; i++) {
            if (space->items.item[i].text == NULL)
                continue;
            huse_key key = huse_features_text_key(space->text[i]);
            const char *text = space->text[i];
            space->enc->encode(space->enc, NULL, &text, 1, row, NULL, NULL);
            assert_int_equal(huse_features_append(f, &key, row, 1, &err), HUSE_OK);
        }
        huse_features_close(f);
        free(row);
    }
    if (pictures) {
        huse_features *f;
        huse_rng r;
        float *row = huse_xaligned(image->dim * sizeof *row);
        strcpy(names.image, image->name);
        huse_rng_init(&r, 9, 0);
        assert_int_equal(huse_features_open(&f, dir, names.image, image->dim, &image->hash, &err), HUSE_OK);
        for (size_t i = 0; i < space->items.n_pictures; i++) {
            huse_key key;
            memcpy(key.byte, space->items.picture[i].key, sizeof key.byte);
            for (size_t c = 0; c < image->dim; c++)
                row[c] = 1 + .1F * (float)huse_rng_normal(&r);
            assert_int_equal(huse_features_append(f, &key, row, 1, &err), HUSE_OK);
        }
        huse_features_close(f);
        free(row);
    }
    image->free(image);
    assert_int_equal(huse_encoders_set_current(dir, &names, &err), HUSE_OK);
}

static int setup(void **state)
{
    (void)state;
    dir = tmpdir_make();
    space = small_space_new(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    small_space_free(space);
    tmpdir_remove(dir);
    return 0;
}

static huse_answer ask(const char *text, huse_target target)
{
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer a;
    q.text = text;
    q.target = target;
    q.k = 1000;
    huse_status s = huse_search(space->engine, &q, &a, &err);
    if (s != HUSE_OK)
        fail_msg("%s: %s", text, err.msg);
    return a;
}

static void words_find_texts_and_the_items_that_have_pictures(void **state)
{
    (void)state;
    embed(true, true);
    assert_false(huse_engine_trained(space->engine));
    assert_string_equal(huse_engine_model(space->engine), "untrained");
    huse_answer a = ask(space->text[12], HUSE_TARGET_TEXT);
    assert_int_equal(a.hit[0].item, 12);
    assert_true(fabsf(a.hit[0].score - 1) < 1e-5F);
    assert_int_equal(a.n, space->model.n_texts);
    assert_non_null(strstr(a.note, "untrained: texts only"));
    huse_answer_free(&a);
    a = ask(space->text[12], HUSE_TARGET_IMAGE);
    assert_int_equal(a.hit[0].item, 12);
    for (size_t i = 0; i < a.n; i++)
        assert_true(space->items.item[a.hit[i].item].n_pictures > 0 && space->items.item[a.hit[i].item].text != NULL);
    huse_answer_free(&a);
}

static void words_find_class_names(void **state)
{
    (void)state;
    embed(true, false);
    huse_answer a = ask("sandals", HUSE_TARGET_CLASS);
    assert_int_equal(a.n, SMALL_CLASSES);
    assert_string_equal(a.hit[0].class_path, "Shoes/Sandals");
    huse_answer_free(&a);
    a = ask("class:Clothes/Dresses", HUSE_TARGET_TEXT);
    assert_true(a.n > 0);
    huse_answer_free(&a);
}

static void a_folder_of_pictures_alone_is_searched_by_picture(void **state)
{
    (void)state;
    for (size_t i = 0; i < SMALL_ITEMS; i++)
        space->items.item[i].text = NULL;
    embed(false, true);
    huse_answer a = ask("@id-0", HUSE_TARGET_IMAGE);
    assert_int_equal(a.n, space->items.n_pictures - 1);
    assert_non_null(strstr(a.note, "untrained: pictures alone"));
    assert_true(a.hit[0].score > a.hit[a.n - 1].score && a.hit[0].score < 1);
    huse_answer_free(&a);
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer none;
    q.text = "dress";
    assert_int_equal(huse_search(space->engine, &q, &none, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "nothing is embedded yet"));
}

static void a_picture_file_is_compared_with_the_catalogues(void **state)
{
    (void)state;
    char program[4096] = { 0 };
    assert_true(readlink("/proc/self/exe", program, sizeof program - 32) > 0);
    strcpy(strrchr(program, '/'), "/../huse-decode");
    embed(false, true);
    free(space->engine->decode_path);
    space->engine->host.decode_path = space->engine->decode_path = huse_xstrdup(program);
    char *path = huse_fs_join(dir, "query.jpg");
    assert_int_equal(huse_fs_write_atomic(path, jpeg_baseline, sizeof jpeg_baseline, &err), HUSE_OK);
    huse_answer a = ask(path, HUSE_TARGET_IMAGE);
    assert_int_equal(a.n, space->items.n_pictures);
    huse_answer_free(&a);
    assert_int_equal(huse_fs_write_atomic(path, jpeg_baseline, 40, &err), HUSE_OK);
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = path;
    assert_int_equal(huse_search(space->engine, &q, &a, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "query.jpg"));
    free(path);
}

static void texts_and_pictures_are_weighed_together(void **state)
{
    (void)state;
    embed(true, true);
    huse_answer a = ask("@id-0 + number", HUSE_TARGET_IMAGE);
    assert_non_null(strstr(a.note, "apart"));
    assert_int_equal(a.n, space->items.n_pictures - 1);
    huse_answer_free(&a);
}

static void neighbours_of_an_item_are_what_its_query_finds(void **state)
{
    (void)state;
    embed(true, true);
    const char *kept = space->items.item[0].id;
    space->items.item[0].id = "a \"b\\ - c";
    for (int to = 0; to < 3; to++) {
        huse_query q = HUSE_QUERY_DEFAULT;
        huse_answer want, have;
        q.text = "@\"a \\\"b\\\\ - c\"";
        q.target = (huse_target)to;
        huse_status s = huse_search(space->engine, &q, &want, &err);
        assert_int_equal(huse_item_neighbors(space->engine, 0, HUSE_TARGET_IMAGE, q.target, q.k, &have, &err), s);
        assert_true(to == 2 || (s == HUSE_OK && want.n > 0));
        if (s != HUSE_OK)
            continue;
        assert_int_equal(have.n, want.n);
        for (size_t i = 0; i < want.n; i++)
            assert_int_equal(have.hit[i].item, want.hit[i].item);
        huse_answer_free(&want);
        huse_answer_free(&have);
    }
    space->items.item[0].id = kept;
}

static void nothing_embedded_is_said(void **state)
{
    (void)state;
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer a;
    q.text = "dress";
    assert_int_equal(huse_search(space->engine, &q, &a, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "embed"));
    q.text = "@id-0";
    assert_int_equal(huse_search(space->engine, &q, &a, &err), HUSE_NOT_FOUND);
    assert_non_null(strstr(err.msg, "embed"));
    huse_neighbor *nb;
    size_t n;
    assert_int_equal(huse_class_neighbors(space->engine, "Toys", 0, 3, &nb, &n, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_classify_item(space->engine, 0, 3, NULL, NULL, NULL, &err), HUSE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_find_texts_and_the_items_that_have_pictures, setup, teardown),
        cmocka_unit_test_setup_teardown(words_find_class_names, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_of_pictures_alone_is_searched_by_picture, setup, teardown),
        cmocka_unit_test_setup_teardown(a_picture_file_is_compared_with_the_catalogues, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_and_pictures_are_weighed_together, setup, teardown),
        cmocka_unit_test_setup_teardown(neighbours_of_an_item_are_what_its_query_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_embedded_is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
