/* Thumbnail packs: stored, found, put together, damaged, left half written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "data/thumbs.h"

static char scratch[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/huse-thumbs-XXXXXX");
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    huse_err err;
    (void)state;
    return huse_fs_remove_tree(scratch, &err) == HUSE_OK ? 0 : -1;
}

/* Thumbnail number @i: sizes 1–255, blocks that depend on i. */
static huse_thumb numbered(int i, uint8_t *blocks)
{
    huse_thumb t = { .w = 1 + i * 37 % 255, .h = 1 + i * 91 % 255, .bc1 = blocks };
    t.key = huse_sha256(&i, sizeof i);
    for (size_t k = 0; k < huse_bc1_bytes(t.w, t.h); k++)
        blocks[k] = (uint8_t)(k * 7 + (size_t)i * 13 + k / 8);
    return t;
}

static void append(huse_thumbs *t, int from, int to)
{
    huse_err err;
    huse_thumb *thumb = calloc((size_t)(to - from), sizeof *thumb);
    uint8_t *blocks = malloc((size_t)(to - from) << 15);
    for (int i = from; i < to; i++)
        thumb[i - from] = numbered(i, blocks + ((size_t)(i - from) << 15));
    assert_int_equal(huse_thumbs_append(t, thumb, (size_t)(to - from), &err), HUSE_OK);
    free(thumb);
    free(blocks);
}

static void is_there(huse_thumbs *t, int i)
{
    static uint8_t blocks[1 << 15], want[255 * 255 * 3];
    huse_thumb thumb = numbered(i, blocks);
    uint8_t *rgb = NULL;
    int w = 0, h = 0;
    huse_err err;
    assert_int_equal(huse_thumbs_find(t, &thumb.key, &rgb, &w, &h, &err), HUSE_OK);
    assert_int_equal(w, thumb.w);
    assert_int_equal(h, thumb.h);
    huse_bc1_unpack(blocks, w, h, want);
    assert_memory_equal(rgb, want, (size_t)(w * h * 3));
    free(rgb);
}

static huse_thumbs *opened(void)
{
    huse_thumbs *t = NULL;
    huse_err err;
    if (huse_thumbs_open(&t, scratch, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return t;
}

static size_t packs(void)
{
    char path[96], **names;
    size_t n = 0, m = 0;
    huse_err err;
    strcat(strcpy(path, scratch), "/thumbs");
    assert_int_equal(huse_fs_list(path, &names, &n, &err), HUSE_OK);
    for (size_t i = 0; i < n; i++)
        m += names[i][0] != '.';
    huse_fs_free_names(names, n);
    return m;
}

static void what_is_stored_is_found_again(void **state)
{
    (void)state;
    huse_thumbs *t = opened();
    uint8_t *rgb;
    int w, h;
    huse_err err;
    huse_key absent = huse_sha256("absent", 6);
    assert_int_equal(huse_thumbs_find(t, &absent, &rgb, &w, &h, &err), HUSE_NOT_FOUND);
    append(t, 0, 100);
    append(t, 50, 130);
    for (int i = 0; i < 130; i++)
        is_there(t, i);
    assert_int_equal(huse_thumbs_count(t), 130);
    assert_false(huse_thumbs_has(t, &absent));
    huse_thumbs_close(t);
    t = opened();
    for (int i = 0; i < 130; i++)
        is_there(t, i);
    assert_int_equal(huse_thumbs_find(t, &absent, &rgb, &w, &h, &err), HUSE_NOT_FOUND);
    huse_thumbs_close(t);
}

static void a_reader_sees_what_another_has_written_since(void **state)
{
    (void)state;
    huse_thumbs *reader = opened(), *writer = opened();
    append(writer, 0, 3);
    is_there(reader, 2);
    append(writer, 3, 6);
    is_there(reader, 5);
    huse_thumbs_close(reader);
    huse_thumbs_close(writer);
}

static bool is_even(void *ctx, const huse_key *key)
{
    (void)ctx;
    for (int i = 0; i < 64; i += 2) {
        huse_key k = huse_sha256(&i, sizeof i);
        if (huse_key_equal(&k, key))
            return true;
    }
    return false;
}

static void compaction_keeps_what_is_wanted_in_one_pack(void **state)
{
    (void)state;
    size_t dropped = 99;
    huse_err err;
    huse_thumbs *t = opened();
    for (int i = 0; i < 64; i += 8)
        append(t, i, i + 8);
    assert_int_equal(packs(), 8);
    assert_int_equal(huse_thumbs_compact(t, NULL, NULL, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(packs(), 1);
    for (int i = 0; i < 64; i++)
        is_there(t, i);
    assert_int_equal(huse_thumbs_compact(t, is_even, NULL, &dropped, &err), HUSE_OK);
    assert_int_equal(dropped, 32);
    assert_int_equal(huse_thumbs_count(t), 32);
    is_there(t, 62);
    int odd = 3;
    huse_key k = huse_sha256(&odd, sizeof odd);
    assert_false(huse_thumbs_has(t, &k));
    huse_thumbs_close(t);
}

static void a_half_written_pack_is_passed_over_and_a_damaged_one_is_named(void **state)
{
    (void)state;
    char path[128];
    huse_err err;
    huse_thumbs *t = opened();
    append(t, 0, 5);
    huse_thumbs_close(t);
    strcat(strcpy(path, scratch), "/thumbs/.tmp-999999-000007");
    assert_int_equal(mkdir(path, 0777), 0);
    t = opened();
    is_there(t, 4);
    append(t, 5, 9);
    is_there(t, 8);
    huse_thumbs_close(t);
    strcat(strcpy(path, scratch), "/thumbs/000000/thumbs.safetensors");
    assert_int_equal(truncate(path, 300), 0);
    assert_int_equal(huse_thumbs_open(&t, scratch, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "000000"));
}

static void blocks_unpack_as_the_format_says(void **state)
{
    (void)state;
    /* red and blue in four-colour mode: 0, 1, 2, 3 along the first row; then with c0 < c1: half and black */
    const uint8_t four[8] = { 0x00, 0xf8, 0x1f, 0x00, 0xe4, 0, 0, 0 }, three[8] = { 0x1f, 0x00, 0x00, 0xf8, 0xe4, 0, 0, 0 };
    const uint8_t want4[12] = { 255, 0, 0, 0, 0, 255, 170, 0, 85, 85, 0, 170 }, want3[12] = { 0, 0, 255, 255, 0, 0, 127, 0, 127, 0, 0, 0 };
    uint8_t rgb[48], one[3];
    huse_bc1_unpack(four, 4, 4, rgb);
    assert_memory_equal(rgb, want4, 12);
    huse_bc1_unpack(three, 4, 4, rgb);
    assert_memory_equal(rgb, want3, 12);
    huse_bc1_unpack(four, 1, 1, one);
    assert_memory_equal(one, want4, 3);
    assert_int_equal(huse_bc1_bytes(5, 4), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_stored_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_sees_what_another_has_written_since, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compaction_keeps_what_is_wanted_in_one_pack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_half_written_pack_is_passed_over_and_a_damaged_one_is_named, set_up, tear_down),
        cmocka_unit_test(blocks_unpack_as_the_format_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
