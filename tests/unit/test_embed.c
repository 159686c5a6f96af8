/* embed over a small catalogue with every kind of bad picture in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>

#include "base/arrays.h"
#include "base/fs.h"
#include "data/encoders.h"
#include "data/features.h"
#include "data/thumbs.h"
#include "huse/encode.h"
#include "pictures.h"

static char program[4096], scratch[64], dir[96];
static size_t warnings;

static void count_warning(void *ctx, const char *msg)
{
    (void)ctx;
    (void)msg;
    warnings++;
}

static const huse_host *host(void)
{
    static huse_host h;
    h = (huse_host){ .decode_path = program, .threads = 2, .warn = count_warning };
    return &h;
}

static char *at(const char *name)
{
    return huse_fs_join(scratch, name);
}

static void put(const char *name, const void *data, size_t n)
{
    huse_err err;
    char *path = at(name);
    assert_int_equal(huse_fs_write_atomic(path, data, n, &err), HUSE_OK);
    free(path);
}

static void put_noise(const char *name, int w, int h, uint32_t seed)
{
    uint8_t *rgb = noise_rgb(w, h, seed);
    huse_buf png = png_of(w, h, 3, 8, rgb, NULL, 0);
    put(name, png.data, png.len);
    huse_buf_free(&png);
    free(rgb);
}

static huse_workspace *workspace(void)
{
    huse_workspace *ws = NULL;
    huse_err err = { 0 };
    if (huse_workspace_open(&ws, dir, HUSE_OPEN_CREATE, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return ws;
}

static void import(huse_workspace *ws, const char *csv, bool prune)
{
    huse_err err = { 0 };
    huse_import_options opt = { .prune = prune };
    huse_import_report rep;
    put("catalogue.csv", csv, strlen(csv));
    char *path = at("catalogue.csv");
    if (huse_import(ws, path, &opt, &rep, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(path);
}

static huse_embed_report embed(huse_workspace *ws, const huse_embed_options *opt)
{
    huse_err err = { 0 };
    huse_embed_report rep = { 0 };
    if (huse_embed(ws, host(), opt, &rep, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return rep;
}

static huse_items *items_of(huse_workspace *ws)
{
    huse_items *items = NULL;
    huse_err err;
    assert_int_equal(huse_items_load(&items, ws, &err), HUSE_OK);
    return items;
}

static const huse_picture *picture_of(const huse_items *items, const char *id)
{
    ptrdiff_t i = huse_items_find(items, id);
    assert_true(i >= 0);
    return &items->picture[items->item[i].picture];
}

static void failed_because(const huse_items *items, const char *id, const char *why)
{
    const huse_picture *p = picture_of(items, id);
    assert_int_equal(p->state, HUSE_PICTURE_FAILED);
    if (p->why == NULL || strstr(p->why, why) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", id, p->why, why);
}

static void bad_pictures_cost_themselves_and_say_why(void **state)
{
    (void)state;
    const uint8_t zero[64] = { 0 };
    huse_buf bomb = png_raw(60000, 60000, 8, 2, zero, sizeof zero, NULL, 0);
    put_noise("good.png", 40, 30, 1);
    put("photo.txt", jpeg_baseline, sizeof jpeg_baseline);
    put("cut.jpg", jpeg_baseline, 300);
    put("empty.jpg", "", 0);
    put("text.jpg", "hello", 5);
    put("bomb.png", bomb.data, bomb.len);
    huse_buf_free(&bomb);
    char *fifo = at("fifo.jpg"), *link = at("zero.jpg"), *sub = at("folder.jpg");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("/dev/zero", link), 0);
    assert_int_equal(mkdir(sub, 0700), 0);
    free(fifo);
    free(link);
    free(sub);
    huse_workspace *ws = workspace();
    import(ws,
           "id,image,text,class,split\n"
           "good,good.png,a red dress,A/B,train\nphoto,photo.txt,a blue dress,A/B,train\ncut,cut.jpg,x y,A/B,train\n"
           "empty,empty.jpg,x y,A/C,train\ntext,text.jpg,x y,A/C,train\nbomb,bomb.png,x y,A/C,train\n"
           "fifo,fifo.jpg,x y,A/C,train\nzero,zero.jpg,x y,A/C,train\nfolder,folder.jpg,x y,A/C,train\n"
           "missing,missing.jpg,x y,A/C,train\npasswd,../../../etc/passwd,x y,A/C,train\n"
           "absolute,/etc/passwd,x y,A/C,train\nnone,,only words,A/C,test\n",
           false);
    warnings = 0;
    huse_embed_report rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(warnings, 2);
    assert_int_equal(rep.pictures_new, 2);
    assert_int_equal(rep.pictures_failed, 10);
    assert_int_equal(rep.texts_new, 13);
    assert_string_equal(rep.image_encoder, "color-hist");
    huse_items *items = items_of(ws);
    failed_because(items, "cut", "cut short");
    failed_because(items, "empty", "an empty file");
    failed_because(items, "text", "not a JPEG, PNG or WebP picture");
    failed_because(items, "bomb", "60000 × 60000 pixels is over the limit");
    failed_because(items, "fifo", "not a regular file");
    failed_because(items, "zero", "");
    failed_because(items, "folder", "directory");
    failed_because(items, "missing", "does not exist");
    failed_because(items, "passwd", "leads out of its folder");
    failed_because(items, "absolute", "leads out of its folder");
    const huse_picture *p = picture_of(items, "good");
    assert_int_equal(p->state, HUSE_PICTURE_OK);
    uint8_t *rgb = NULL;
    int w, h;
    huse_err err;
    huse_thumbs *t = NULL;
    huse_key key;
    memcpy(key.byte, p->key, 32);
    assert_int_equal(huse_thumbs_open(&t, dir, &err), HUSE_OK);
    assert_int_equal(huse_thumbs_find(t, &key, &rgb, &w, &h, &err), HUSE_OK);
    assert_int_equal(w, 40);
    assert_int_equal(h, 30);
    free(rgb);
    huse_thumbs_close(t);
    huse_items_free(items);

    rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_new, 0);
    assert_int_equal(rep.pictures_kept, 2);
    assert_int_equal(rep.pictures_failed, 10);
    assert_int_equal(rep.texts_new, 0);
    assert_int_equal(rep.texts_kept, 13);
    huse_workspace_close(ws);
}

static void only_what_changed_is_done_again(void **state)
{
    (void)state;
    put_noise("a.png", 20, 20, 1);
    put_noise("b.png", 20, 20, 2);
    put("c.jpg", jpeg_baseline, 100);
    huse_workspace *ws = workspace();
    import(ws, "id,image,text,class,split\na,a.png|b.png,one,A,train\nb,b.png,two,A,train\nc,c.jpg,two,B,val\n", false);
    huse_embed_report rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_new + rep.pictures_kept, 3);
    assert_int_equal(rep.pictures_failed, 1);
    put_noise("a.png", 20, 20, 3);
    rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_new, 1);
    assert_int_equal(rep.pictures_kept, 2);
    put("c.jpg", jpeg_baseline, sizeof jpeg_baseline); /* mended: its size has changed */
    rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_new, 1);
    assert_int_equal(rep.pictures_failed, 0);
    import(ws, "id,image,text,class,split\na,a.png,one,A,train\n", true);
    rep = embed(ws, &(huse_embed_options){ .prune = true });
    assert_int_equal(rep.pictures_new, 0);
    assert_int_equal(rep.pruned, 2 * 3 + 1); /* rows and thumbnails of three pictures, one text */
    huse_features *f = NULL;
    huse_err err;
    assert_int_equal(huse_features_open(&f, dir, rep.image_encoder, 0, NULL, &err), HUSE_OK);
    assert_int_equal(huse_features_rows(f), 1);
    huse_features_close(f);
    huse_workspace_close(ws);
}

static void crop_and_pad_keep_their_own_rows(void **state)
{
    (void)state;
    put_noise("a.png", 40, 20, 1);
    huse_workspace *ws = workspace();
    import(ws, "id,image,text,class,split\na,a.png,one,A,train\n", false);
    embed(ws, &(huse_embed_options){ 0 });
    huse_embed_report rep = embed(ws, &(huse_embed_options){ .crop = true });
    assert_string_equal(rep.image_encoder, "color-hist-crop");
    assert_int_equal(rep.pictures_new, 1);
    rep = embed(ws, &(huse_embed_options){ .fit_as_before = true });
    assert_string_equal(rep.image_encoder, "color-hist-crop");
    assert_int_equal(rep.pictures_new, 0);
    rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_new, 0);
    huse_encoder_names names;
    huse_err err;
    assert_int_equal(huse_encoders_current(dir, &names, &err), HUSE_OK);
    assert_string_equal(names.image, "color-hist");
    assert_string_equal(names.text, "word-hash");
    huse_workspace_close(ws);
}

static huse_status give(huse_workspace *ws, const float *x, size_t n, size_t d, const char *ids, huse_embed_report *rep, huse_err *err)
{
    char *npy = at("x.npy"), *list = at("x.txt");
    assert_int_equal(huse_npy_write(npy, x, n, d, err), HUSE_OK);
    put("x.txt", ids, strlen(ids));
    huse_status s = huse_embed(ws, host(), &(huse_embed_options){ .image_features = npy, .ids = list }, rep, err);
    free(npy);
    free(list);
    return s;
}

static void rows_from_elsewhere_are_checked_and_used(void **state)
{
    (void)state;
    put_noise("a.png", 20, 20, 1);
    huse_workspace *ws = workspace();
    import(ws, "id,image,text,class,split\na,a.png,one,A,train\nb,,two,A,train\nc,,three,B,train\n", false);
    float x[6] = { 1, 2, 3, 4, 5, 6 };
    huse_embed_report rep;
    huse_err err;
    assert_int_equal(give(ws, x, 3, 2, "a\nb\n", &rep, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "3 rows"));
    assert_int_equal(give(ws, x, 3, 2, "a\nb\nd\n", &rep, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "line 3"));
    assert_int_equal(give(ws, x, 3, 2, "a\nb\na\n", &rep, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "line 1 already"));
    x[3] = NAN;
    assert_int_equal(give(ws, x, 3, 2, "a\nb\nc\n", &rep, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "row 2, column 2"));
    x[3] = INFINITY;
    assert_int_equal(give(ws, x, 3, 2, "a\nb\nc\n", &rep, &err), HUSE_BAD_DATA);
    huse_encoder_names names;
    assert_int_equal(huse_encoders_current(dir, &names, &err), HUSE_OK);
    assert_string_equal(names.image, ""); /* nothing of it was taken */
    x[3] = 4;
    assert_int_equal(give(ws, x, 3, 2, "c\r\nb\na", &rep, &err), HUSE_OK);
    assert_string_equal(rep.image_encoder, "external-image");
    huse_features *f = NULL;
    assert_int_equal(huse_features_open(&f, dir, "external-image", 0, NULL, &err), HUSE_OK);
    huse_key a = huse_features_item_key("a"), c = huse_features_item_key("c");
    assert_memory_equal(huse_features_find(f, &a), x + 4, 8);
    assert_memory_equal(huse_features_find(f, &c), x, 8);
    huse_features_close(f);
    x[0] = 9; /* given again: replaced, and other widths are fine too */
    assert_int_equal(give(ws, x, 1, 6, "c\n", &rep, &err), HUSE_OK);
    assert_int_equal(huse_features_open(&f, dir, "external-image", 0, NULL, &err), HUSE_OK);
    assert_int_equal(huse_features_rows(f), 1);
    assert_memory_equal(huse_features_find(f, &c), x, 24);
    huse_features_close(f);
    rep = embed(ws, &(huse_embed_options){ 0 }); /* stays in use */
    assert_string_equal(rep.image_encoder, "external-image");
    assert_int_equal(rep.pictures_kept, 1); /* its thumbnail */
    rep = embed(ws, &(huse_embed_options){ .image_features = "" });
    assert_string_equal(rep.image_encoder, "color-hist");
    assert_int_equal(rep.pictures_new, 1);
    huse_workspace_close(ws);
}

static void many_pictures(size_t n)
{
    huse_buf csv = { 0 };
    huse_buf_str(&csv, "id,image,text,class,split\n");
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%zu.png", i);
        put_noise(name, 24, 24, (uint32_t)i + 1);
        huse_buf_fmt(&csv, "p%zu,p%zu.png,text number %zu,A/B,train\n", i, i, i);
    }
    huse_workspace *ws = workspace();
    import(ws, csv.data, false);
    huse_workspace_close(ws);
    huse_buf_free(&csv);
}

static size_t rows_of(const char *encoder)
{
    huse_features *f = NULL;
    huse_err err;
    huse_status s = huse_features_open(&f, dir, encoder, 0, NULL, &err);
    if (s == HUSE_NOT_FOUND)
        return 0;
    assert_int_equal(s, HUSE_OK);
    size_t n = huse_features_rows(f);
    huse_features_close(f);
    return n;
}

static volatile int stop_flag;

static void stop_later(void *ctx, const char *what, size_t done, size_t total)
{
    (void)ctx;
    (void)what;
    (void)total;
    if (done >= 128)
        stop_flag = 1;
}

static void a_stop_keeps_what_was_done(void **state)
{
    (void)state;
    many_pictures(300);
    huse_workspace *ws = workspace();
    huse_embed_report rep;
    huse_err err;
    stop_flag = 0;
    huse_embed_options opt = { .stop = &stop_flag, .progress = stop_later };
    assert_int_equal(huse_embed(ws, host(), &opt, &rep, &err), HUSE_INTERRUPTED);
    assert_int_equal(rows_of("color-hist"), 128);
    rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_kept, 128);
    assert_int_equal(rep.pictures_new, 172);
    assert_int_equal(rows_of("color-hist"), 300);
    huse_workspace_close(ws);
}

/* Pictures that the catalogue calls done; their rows were stored before. */
static size_t pictures_done(huse_workspace *ws)
{
    huse_items *items = items_of(ws);
    size_t n = 0;
    for (size_t i = 0; i < items->n_pictures; i++)
        n += items->picture[i].state == HUSE_PICTURE_OK;
    huse_items_free(items);
    return n;
}

static void killed_at_any_moment_it_goes_on_and_ends_the_same(void **state)
{
    (void)state;
    many_pictures(300);
    uint32_t seed = 1;
    size_t before = 0, finished = 0;
    for (int round = 0; round < 12 && finished == 0; round++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            huse_workspace *ws = NULL;
            huse_err err;
            huse_embed_report rep;
            if (huse_workspace_open(&ws, dir, 0, &err) != HUSE_OK || huse_embed(ws, host(), &(huse_embed_options){ 0 }, &rep, &err))
                _exit(1);
            _exit(0);
        }
        seed = seed * 1664525u + 1013904223u;
        usleep(2000 + (seed >> 8) % 120000);
        kill(pid, SIGKILL);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        finished += WIFEXITED(status);
        size_t rows = rows_of("color-hist");
        assert_true(rows >= before);
        before = rows;
    }
    huse_workspace *ws = workspace();
    const size_t done = pictures_done(ws);
    assert_true(done <= before);
    huse_embed_report rep = embed(ws, &(huse_embed_options){ 0 });
    assert_int_equal(rep.pictures_failed, 0);
    assert_int_equal(rep.pictures_kept, done);
    assert_int_equal(rep.pictures_new, 300 - done);
    assert_int_equal(rows_of("color-hist"), 300);
    assert_int_equal(rows_of("word-hash"), 300);
    huse_thumbs *t = NULL;
    huse_err err;
    assert_int_equal(huse_thumbs_open(&t, dir, &err), HUSE_OK);
    assert_int_equal(huse_thumbs_count(t), 300);
    huse_thumbs_close(t);
    huse_workspace_close(ws);
}

static void without_the_decoder_nothing_is_called_broken(void **state)
{
    (void)state;
    put_noise("a.png", 20, 20, 1);
    huse_workspace *ws = workspace();
    import(ws, "id,image,text,class,split\na,a.png,one,A,train\n", false);
    huse_host h = *host();
    h.decode_path = "/nonexistent/huse-decode";
    huse_embed_report rep;
    huse_err err;
    assert_int_equal(huse_embed(ws, &h, &(huse_embed_options){ 0 }, &rep, &err), HUSE_FAILED);
    assert_non_null(strstr(err.msg, "huse-decode"));
    huse_items *items = items_of(ws);
    assert_int_equal(picture_of(items, "a")->state, HUSE_PICTURE_NEW);
    huse_items_free(items);
    huse_workspace_close(ws);
}

static void damaged_weights_are_an_error(void **state)
{
    (void)state;
    huse_workspace *ws = workspace();
    import(ws, "id,text,class,split\na,one,A,train\n", false);
    huse_host h = *host();
    char *models = at("models");
    h.models_dir = models;
    huse_embed_report rep;
    huse_err err;
    assert_int_equal(huse_fs_mkdirs(models, &err), HUSE_OK);
    char *effnet = huse_fs_join(models, "effnet-lite0");
    assert_int_equal(mkdir(effnet, 0700), 0);
    assert_int_not_equal(huse_embed(ws, &h, &(huse_embed_options){ 0 }, &rep, &err), HUSE_OK);
    put("models/effnet-lite0/model.safetensors", "garbage", 7);
    assert_int_equal(huse_embed(ws, &h, &(huse_embed_options){ 0 }, &rep, &err), HUSE_BAD_DATA);
    free(effnet);
    free(models);
    huse_workspace_close(ws);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/huse-embed-XXXXXX");
    if (mkdtemp(scratch) == NULL)
        return -1;
    snprintf(dir, sizeof dir, "%s/ws", scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    huse_err err;
    return huse_fs_remove_tree(scratch, &err) == HUSE_OK ? 0 : -1;
}

int main(void)
{
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 32);
    if (n <= 0)
        return 1;
    program[n] = 0;
    strcpy(strrchr(program, '/'), "/../huse-decode");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_pictures_cost_themselves_and_say_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_changed_is_done_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(crop_and_pad_keep_their_own_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_from_elsewhere_are_checked_and_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_keeps_what_was_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_at_any_moment_it_goes_on_and_ends_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_the_decoder_nothing_is_called_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_weights_are_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
