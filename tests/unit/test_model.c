/* Published models on disk: what is written comes back, and what somebody forged is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fs.h"
#include "reseal.h"
#include "small_space.h"
#include "tmpdir.h"

static small_space *space;
static char *dir, *model_dir, *meta_path;
static huse_err err;

static int setup(void **state)
{
    (void)state;
    dir = tmpdir_make();
    space = small_space_new(NULL);
    space->model.method = "HUSE";
    assert_int_equal(huse_model_publish(&space->model, dir, &err), HUSE_OK);
    model_dir = huse_format("%s/models/%s", dir, space->model.id);
    meta_path = huse_fs_join(model_dir, "meta.json");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    small_space_free(space);
    free(model_dir);
    free(meta_path);
    tmpdir_remove(dir);
    return 0;
}

/* Opens the model and expects a refusal whose message holds @says. */
static void refused(const char *says)
{
    huse_model *m = NULL;
    memset(&err, 0, sizeof err);
    assert_int_equal(huse_model_open(&m, dir, NULL, &err), HUSE_BAD_DATA);
    if (!strstr(err.msg, says))
        fail_msg("“%s” does not speak of “%s”", err.msg, says);
}

/* Sets a member of meta.json, steals @v. */
static void forge(const char *name, json_t *v)
{
    json_t *meta = json_load_file(meta_path, 0, NULL);
    assert_non_null(meta);
    json_object_set_new(meta, name, v);
    assert_int_equal(json_dump_file(meta, meta_path, 0), 0);
    json_decref(meta);
    reseal(meta_path);
}

/* Sets number @at of an array of a file in place; sizes stay, hashes are those of the new content. */
static void forge_number(const char *file, const char *array, size_t at, float x)
{
    char *path = huse_fs_join(model_dir, file), *data;
    huse_safetensors *st;
    size_t n;
    assert_int_equal(huse_fs_read(path, (size_t)1 << 30, &data, &n, &err), HUSE_OK);
    assert_int_equal(huse_safetensors_open_memory(&st, data, n, file, &err), HUSE_OK);
    const huse_array *a = huse_safetensors_find(st, array);
    assert_non_null(a);
    assert_in_range(at, 0, huse_array_count(a) - 1);
    memcpy((char *)(uintptr_t)a->data + at * sizeof x, &x, sizeof x);
    huse_safetensors_close(st);
    assert_int_equal(huse_fs_write_atomic(path, data, n, &err), HUSE_OK);
    char hex[65];
    huse_key key = huse_sha256(data, n);
    huse_key_hex(hex, &key);
    json_t *meta = json_load_file(meta_path, 0, NULL);
    json_object_set_new(json_object_get(json_object_get(meta, "files"), file), "sha256", json_string(hex));
    assert_int_equal(json_dump_file(meta, meta_path, 0), 0);
    json_decref(meta);
    reseal(meta_path);
    free(data);
    free(path);
}

static void a_published_model_comes_back_whole(void **state)
{
    (void)state;
    const huse_model *was = &space->model;
    huse_model *m;
    assert_int_equal(huse_model_open(&m, dir, NULL, &err), HUSE_OK);
    assert_string_equal(m->id, was->id);
    assert_int_equal(m->step, was->step);
    assert_int_equal(m->n_items, was->n_items);
    assert_memory_equal(m->weights.w, was->weights.w, was->weights.params.floats * sizeof(float));
    assert_memory_equal(m->image_row, was->image_row, was->n_images * was->D * sizeof(float));
    assert_memory_equal(m->node_vector, was->node_vector, was->tree->n * was->D * sizeof(float));
    assert_memory_equal(m->word_index, was->word_index, (size_t)was->word_start[was->n_items] * sizeof(uint32_t));
    huse_model_close(m);
}

static void sizes_that_no_array_has_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    forge("hidden", json_integer(65536));
    forge("text_layers", json_integer(12)); /* 200 GB of weights */
    refused("weight");
}

static void numbers_out_of_their_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double value;
    } bad[] = { { "fusion_weight", 1.5 }, { "rerank", -.1 }, { "rerank_hidden", 2 }, { "logit_scale", 0 }, { "logit_scale", 1e300 } };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        json_t *meta = json_load_file(meta_path, 0, NULL);
        json_t *good = json_incref(json_object_get(meta, bad[i].name));
        json_decref(meta);
        forge(bad[i].name, json_real(bad[i].value));
        refused(bad[i].name);
        forge(bad[i].name, good);
    }
    huse_model *m;
    assert_int_equal(huse_model_open(&m, dir, NULL, &err), HUSE_OK);
    huse_model_close(m);
}

static void class_paths_that_no_import_takes_are_refused(void **state)
{
    (void)state;
    char deep[2 * 40], wide[300];
    for (size_t i = 0; i < sizeof deep - 1; i++)
        deep[i] = i % 2 ? '/' : 'a';
    deep[sizeof deep - 1] = '\0';
    memset(wide, 'b', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    const char *const bad[] = { deep, wide, "", "/a", "a/", "a//b" };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        forge("classes", json_pack("[s,s,s,s]", bad[i], "x", "y", "z"));
        refused("classes");
    }
}

static void weights_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    static const char *const array[] = { "image.0.weight", "text.1.bias",        "class.weight", "image.mean",
                                         "text.inv_std",   "class.image_mean", "psi",          "ridge" };
    for (size_t i = 0; i < HUSE_COUNT(array); i++) {
        forge_number("weights.safetensors", array[i], 1, i % 2 ? NAN : INFINITY);
        refused(array[i]);
        forge_number("weights.safetensors", array[i], 1, 0);
    }
}

static void rows_that_are_no_numbers_are_never_answers(void **state)
{
    (void)state;
    for (size_t c = 0; c < SMALL_D; c++)
        forge_number("index.safetensors", "text_rows", 3 * SMALL_D + c, NAN);
    forge_number("index.safetensors", "word_value", 0, NAN);
    huse_model *m;
    assert_int_equal(huse_model_open(&m, dir, NULL, &err), HUSE_OK);
    huse_engine *e = huse_engine_new(&space->items, m, NULL, &space->host);
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer a;
    q.text = "red dress";
    q.target = HUSE_TARGET_TEXT;
    q.k = SMALL_ITEMS;
    assert_int_equal(huse_search(e, &q, &a, &err), HUSE_OK);
    assert_in_range(a.n, m->n_texts - 3, m->n_texts - 1);
    for (size_t i = 0; i < a.n; i++)
        assert_true(isfinite(a.hit[i].score));
    huse_answer_free(&a);
    huse_engine_close(e);
    huse_model_close(m);
}

static void words_beyond_the_vocabulary_count_for_nothing(void **state)
{
    (void)state;
    float huge;
    const int32_t beyond = 0x7fffff00;
    memcpy(&huge, &beyond, sizeof huge);
    forge_number("index.safetensors", "word_index", 0, huge);
    huse_model *m;
    assert_int_equal(huse_model_open(&m, dir, NULL, &err), HUSE_OK);
    huse_engine *e = huse_engine_new(&space->items, m, NULL, &space->host);
    huse_query q = HUSE_QUERY_DEFAULT;
    huse_answer a;
    q.text = "red dress";
    q.target = HUSE_TARGET_TEXT;
    q.k = SMALL_ITEMS;
    assert_int_equal(huse_search(e, &q, &a, &err), HUSE_OK);
    assert_int_equal(a.n, m->n_texts);
    huse_answer_free(&a);
    huse_engine_close(e);
    huse_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_published_model_comes_back_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_that_no_array_has_are_refused_before_memory_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_out_of_their_range_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(class_paths_that_no_import_takes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(weights_that_are_no_numbers_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_that_are_no_numbers_are_never_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(words_beyond_the_vocabulary_count_for_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
