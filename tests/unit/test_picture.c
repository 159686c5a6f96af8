/* Pictures through real helpers: every kind, every fault, and processes that misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "encode/picture.h"
#include "encode/picture_frames.h"
#include "pictures.h"

static char program[4096], scratch[] = "/tmp/huse-picture-XXXXXX";

static huse_decoder *decoder(int side, bool crop, int thumb)
{
    huse_decode_options opt = { .feature_side = side, .crop = crop, .thumb_side = thumb, .pack = thumb > 0 };
    huse_decoder *d = NULL;
    huse_err err;
    assert_int_equal(huse_decoder_new(&d, program, 1, &opt, &err), HUSE_OK);
    return d;
}

static huse_decoded good(huse_decoder *d, const void *data, size_t n)
{
    huse_decoded out = { 0 };
    huse_err err = { 0 };
    if (huse_decoder_decode(d, data, n, &out, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return out;
}

static void refused(huse_decoder *d, const void *data, size_t n, const char *why)
{
    huse_decoded out = { 0 };
    huse_err err = { 0 };
    assert_int_equal(huse_decoder_decode(d, data, n, &out, &err), HUSE_BAD_DATA);
    if (strstr(err.msg, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
    assert_null(out.feature);
}

static void near(const uint8_t *p, int r, int g, int b, int tolerance)
{
    if (abs(p[0] - r) > tolerance || abs(p[1] - g) > tolerance || abs(p[2] - b) > tolerance)
        fail_msg("%d %d %d is not %d %d %d", p[0], p[1], p[2], r, g, b);
}

static void a_picture_of_the_asked_size_passes_untouched(void **state)
{
    (void)state;
    uint8_t *rgb = noise_rgb(224, 224, 1);
    huse_buf png = png_of(224, 224, 3, 8, rgb, NULL, 0);
    for (int crop = 0; crop < 2; crop++) {
        huse_decoder *d = decoder(224, crop != 0, 96);
        huse_decoded p = good(d, png.data, png.len);
        assert_memory_equal(p.feature, rgb, 224 * 224 * 3);
        assert_int_equal(p.width, 224);
        assert_int_equal(p.thumb_w, 96);
        assert_int_equal(p.packed_bytes, 24 * 24 * 8);
        huse_decoded_free(&p);
        huse_decoder_free(d);
    }
    huse_buf_free(&png);
    free(rgb);
}

static double overlap(int cell, int cells, int pixel, int pixels)
{
    double lo = fmax((double)cell * pixels / cells, pixel), hi = fmin((cell + 1.0) * pixels / cells, pixel + 1);
    return hi > lo ? (hi - lo) * cells / pixels : 0;
}

/* Mean of the source over an output cell, each pixel by the area that the cell covers of it. */
static double cell_mean(const uint8_t *rgb, int w, int h, int cells_w, int cells_h, int x, int y, int k)
{
    double sum = 0;
    for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++)
            sum += overlap(x, cells_w, i, w) * overlap(y, cells_h, j, h) * rgb[3 * (j * w + i) + k];
    return sum;
}

static void scaling_down_averages_areas(void **state)
{
    (void)state;
    int w = 61, h = 37, side = 24, sw = 24, sh = 15; /* 37·24/61 = 14.56 */
    uint8_t *rgb = noise_rgb(w, h, 2);
    huse_buf png = png_of(w, h, 3, 8, rgb, NULL, 0);
    huse_decoder *d = decoder(side, false, 0);
    huse_decoded p = good(d, png.data, png.len);
    int top = (side - sh) / 2;
    for (int y = 0; y < sh; y++)
        for (int x = 0; x < sw; x++)
            for (int k = 0; k < 3; k++) {
                double want = cell_mean(rgb, w, h, sw, sh, x, y, k);
                assert_true(fabs(p.feature[3 * ((top + y) * side + x) + k] - want) <= .51);
            }
    huse_decoded_free(&p);
    huse_decoder_free(d);
    huse_buf_free(&png);
    free(rgb);
}

static double cubic(double x)
{
    x = fabs(x);
    return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

static void scaling_up_is_catmull_rom(void **state)
{
    (void)state;
    int w = 7, h = 5, side = 21;
    uint8_t *rgb = noise_rgb(w, h, 3);
    huse_buf png = png_of(w, h, 3, 8, rgb, NULL, 0);
    huse_decoder *d = decoder(side, false, 96);
    huse_decoded p = good(d, png.data, png.len);
    for (int y = 0; y < 15; y++)
        for (int x = 0; x < 21; x++) {
            double cx = (x + .5) / 3 - .5, cy = (y + .5) / 3 - .5, sum = 0;
            for (int j = (int)floor(cy) - 1; j <= (int)floor(cy) + 2; j++)
                for (int i = (int)floor(cx) - 1; i <= (int)floor(cx) + 2; i++) {
                    int sx = i < 0 ? 0 : i >= w ? w - 1 : i, sy = j < 0 ? 0 : j >= h ? h - 1 : j;
                    sum += cubic(cx - i) * cubic(cy - j) * rgb[3 * (sy * w + sx)];
                }
            sum = sum < 0 ? 0 : sum > 255 ? 255 : sum;
            assert_true(fabs(p.feature[3 * ((y + 3) * side + x)] - sum) <= .51);
        }
    assert_int_equal(p.thumb_w, w); /* thumbnails are never enlarged */
    assert_memory_equal(p.thumb, rgb, (size_t)(w * h * 3));
    huse_decoded_free(&p);
    huse_decoder_free(d);
    huse_buf_free(&png);
    free(rgb);
}

static void padding_is_the_mean_of_the_border_and_crop_is_the_centre(void **state)
{
    (void)state;
    uint8_t rgb[32 * 16 * 3];
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 32; x++)
            memset(rgb + 3 * (y * 32 + x), y == 0 || y == 15 || x == 0 || x == 31 ? 200 : x < 8 || x >= 24 ? 90 : 10, 3);
    huse_buf png = png_of(32, 16, 3, 8, rgb, NULL, 0);
    huse_decoder *pad = decoder(32, false, 0), *crop = decoder(16, true, 0);
    huse_decoded p = good(pad, png.data, png.len), c = good(crop, png.data, png.len);
    near(p.feature, 200, 200, 200, 0);
    assert_memory_equal(p.feature + 3 * 32 * 8, rgb, sizeof rgb);
    near(p.feature + 3 * (32 * 32 - 1), 200, 200, 200, 0);
    for (int y = 0; y < 16; y++)
        assert_memory_equal(c.feature + 3 * 16 * y, rgb + 3 * (32 * y + 8), 3 * 16);
    huse_decoded_free(&p);
    huse_decoded_free(&c);
    huse_decoder_free(pad);
    huse_decoder_free(crop);
    huse_buf_free(&png);
}

/* Where pixel (x, y) of the picture as seen lies in storage, from the words of the EXIF standard. */
static void stored_at(int o, int w, int h, int x, int y, int *sx, int *sy)
{
    const int row_is_x = o >= 5;
    const int row_from_end = o == 3 || o == 4 || o == 6 || o == 7;
    const int col_from_end = o == 2 || o == 3 || o == 7 || o == 8;
    int row = row_is_x ? x : y, col = row_is_x ? y : x;
    *sy = row_from_end ? h - 1 - row : row;
    *sx = col_from_end ? w - 1 - col : col;
}

static void exif_turns_the_picture_all_eight_ways(void **state)
{
    (void)state;
    enum { W = 30, H = 20 };
    uint8_t *rgb = noise_rgb(W, H, 4);
    huse_decoder *d = decoder(0, false, 255);
    for (int o = 1; o <= 8; o++) {
        uint8_t tiff[26];
        exif_orientation(tiff, o % 2 == 0, (uint8_t)o);
        huse_buf png = png_of(W, H, 3, 8, rgb, tiff, sizeof tiff);
        huse_decoded p = good(d, png.data, png.len);
        int w = o < 5 ? W : H, h = o < 5 ? H : W;
        assert_int_equal(p.width, w);
        assert_int_equal(p.thumb_h, h);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int sx, sy;
                stored_at(o, W, H, x, y, &sx, &sy);
                assert_memory_equal(p.thumb + 3 * (y * w + x), rgb + 3 * (sy * W + sx), 3);
            }
        huse_decoded_free(&p);
        huse_buf_free(&png);
        huse_buf jpeg = jpeg_turned(jpeg_baseline, sizeof jpeg_baseline, o % 2 == 0, (uint8_t)o);
        p = good(d, jpeg.data, jpeg.len);
        assert_int_equal(p.width, o < 5 ? 20 : 12);
        huse_decoded_free(&p);
        huse_buf_free(&jpeg);
    }
    huse_decoder_free(d);
    free(rgb);
}

static void webp_exif_counts_too(void **state)
{
    (void)state;
    uint8_t tiff[26];
    exif_orientation(tiff, true, 6);
    huse_buf b = { 0 };
    huse_buf_add(&b, "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x13\0\0\x0b\0\0", 30);
    huse_buf_add(&b, webp_lossy + 12, sizeof webp_lossy - 12);
    huse_buf_add(&b, "EXIF\x1a\0\0\0", 8);
    huse_buf_add(&b, tiff, 26);
    b.data[4] = (char)((b.len - 8) & 255);
    b.data[5] = (char)((b.len - 8) >> 8);
    huse_decoder *d = decoder(32, false, 0);
    huse_decoded p = good(d, b.data, b.len);
    assert_int_equal(p.width, 12);
    assert_int_equal(p.height, 20);
    huse_decoded_free(&p);
    huse_decoder_free(d);
    huse_buf_free(&b);
}

static void a_square_and_its_turned_copy_give_one_feature_picture(void **state)
{
    (void)state;
    enum { W = 31, H = 20 };
    uint8_t *rgb = noise_rgb(W, H, 5), turned[W * H * 3], tiff[26];
    for (int y = 0; y < W; y++) /* as seen with orientation 6: H wide, W high */
        for (int x = 0; x < H; x++)
            memcpy(turned + 3 * (y * H + x), rgb + 3 * ((H - 1 - x) * W + y), 3);
    exif_orientation(tiff, false, 6);
    huse_buf a = png_of(W, H, 3, 8, rgb, tiff, sizeof tiff), b = png_of(H, W, 3, 8, turned, NULL, 0);
    for (int crop = 0; crop < 2; crop++) {
        huse_decoder *d = decoder(16, crop != 0, 0);
        huse_decoded p = good(d, a.data, a.len), q = good(d, b.data, b.len);
        for (int i = 0; i < 16 * 16 * 3; i++)
            assert_true(abs(p.feature[i] - q.feature[i]) <= 1);
        huse_decoded_free(&p);
        huse_decoded_free(&q);
        huse_decoder_free(d);
    }
    huse_buf_free(&a);
    huse_buf_free(&b);
    free(rgb);
}

static void alpha_goes_over_white_and_every_depth_is_read(void **state)
{
    (void)state;
    huse_decoder *d = decoder(0, false, 64);
    uint8_t rgba[8] = { 255, 0, 0, 128, 10, 20, 30, 0 }, ga[4] = { 0, 255, 100, 51 }, deep[12] = { 1, 2, 3, 4, 5, 6, 0xff, 0, 0x80, 1, 0, 9 };
    huse_buf a = png_of(2, 1, 4, 8, rgba, NULL, 0), b = png_of(2, 1, 2, 8, ga, NULL, 0), c = png_of(2, 1, 6, 16, deep, NULL, 0);
    huse_decoded p = good(d, a.data, a.len), q = good(d, b.data, b.len), r = good(d, c.data, c.len);
    near(p.thumb, 255, 127, 127, 0);
    near(p.thumb + 3, 255, 255, 255, 0);
    near(q.thumb, 0, 0, 0, 0);
    near(q.thumb + 3, 224, 224, 224, 0);
    near(r.thumb, 1, 3, 5, 0);
    near(r.thumb + 3, 255, 128, 0, 0);
    huse_decoded w = good(d, webp_alpha, sizeof webp_alpha);
    near(w.thumb, 255, 127, 127, 1);
    huse_decoded_free(&p);
    huse_decoded_free(&q);
    huse_decoded_free(&r);
    huse_decoded_free(&w);
    huse_buf_free(&a);
    huse_buf_free(&b);
    huse_buf_free(&c);
    huse_decoder_free(d);
}

static void every_format_is_told_by_its_bytes(void **state)
{
    (void)state;
    huse_decoder *d = decoder(32, false, 0);
    struct {
        const uint8_t *data;
        size_t n;
        int top, bottom; /* red of the first row; blue of the last, where the picture has colour */
    } s[] = {
        { jpeg_baseline, sizeof jpeg_baseline, 255, 255 }, { jpeg_progressive, sizeof jpeg_progressive, 255, 255 },
        { jpeg_cmyk, sizeof jpeg_cmyk, 255, 255 },         { webp_lossy, sizeof webp_lossy, 255, 255 },
        { jpeg_grey, sizeof jpeg_grey, -1, -1 },
    };
    for (size_t i = 0; i < HUSE_COUNT(s); i++) {
        huse_decoded p = good(d, s[i].data, s[i].n);
        assert_int_equal(p.width, 20);
        assert_int_equal(p.height, 12);
        const uint8_t *first = p.feature + 3 * (7 * 32 + 30), *last = p.feature + 3 * (24 * 32 + 2);
        if (s[i].top >= 0) {
            assert_true(first[0] > 200 && first[2] < 60);
            assert_true(last[2] > 190 && last[0] < 60);
        } else {
            assert_true(abs(first[0] - first[1]) <= 1 && abs(first[0] - first[2]) <= 1);
        }
        huse_decoded_free(&p);
    }
    refused(d, webp_animated, sizeof webp_animated, "animated");
    huse_decoder_free(d);
}

static void what_is_no_picture_is_named(void **state)
{
    (void)state;
    huse_decoder *d = decoder(224, false, 96);
    refused(d, "", 0, "an empty file");
    refused(d, "hello", 5, "not a JPEG, PNG or WebP picture");
    refused(d, "GIF89a\1\0\1\0\0\0\0", 13, "not a JPEG, PNG or WebP picture");
    refused(d, "\xff\xd8\xff", 3, "cut short");
    refused(d, "\x89PNG\r\n\x1a\n", 8, "cut short");
    refused(d, "RIFF\0\0\0\0WEBP", 12, "WebP");
    huse_decoder_free(d);
}

static void every_cut_is_seen(void **state)
{
    (void)state;
    huse_decoder *d = decoder(32, false, 0);
    uint8_t *rgb = noise_rgb(9, 9, 6);
    huse_buf png = png_of(9, 9, 3, 8, rgb, NULL, 0);
    struct {
        const void *data;
        size_t n;
    } s[] = { { jpeg_baseline, sizeof jpeg_baseline }, { jpeg_progressive, sizeof jpeg_progressive }, { jpeg_cmyk, sizeof jpeg_cmyk },
              { png.data, png.len }, { webp_lossy, sizeof webp_lossy } };
    for (size_t i = 0; i < HUSE_COUNT(s); i++)
        for (size_t n = 12; n + 2 < s[i].n; n += 7)
            refused(d, s[i].data, n, "cut short");
    huse_buf_free(&png);
    free(rgb);
    huse_decoder_free(d);
}

static void damage_never_ends_the_helper_with_a_good_answer_lost(void **state)
{
    (void)state;
    huse_decoder *d = decoder(32, false, 96);
    const struct {
        const uint8_t *data;
        size_t n;
    } s[] = { { jpeg_baseline, sizeof jpeg_baseline }, { jpeg_progressive, sizeof jpeg_progressive }, { jpeg_cmyk, sizeof jpeg_cmyk },
              { webp_lossy, sizeof webp_lossy }, { webp_alpha, sizeof webp_alpha } };
    uint32_t seed = 7;
    for (int round = 0; round < 400; round++) {
        uint8_t bytes[1024];
        size_t i = (size_t)round % HUSE_COUNT(s), n = s[i].n;
        memcpy(bytes, s[i].data, n);
        for (int k = 0; k < 1 + round % 9; k++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[12 + (seed >> 8) % (n - 12)] = (uint8_t)(seed >> 24);
        }
        huse_decoded out = { 0 };
        huse_err err = { 0 };
        huse_status st = huse_decoder_decode(d, bytes, n, &out, &err);
        assert_true(st == HUSE_OK || st == HUSE_BAD_DATA);
        assert_null(strstr(err.msg, "decoder")); /* neither crashed nor ended */
        huse_decoded_free(&out);
    }
    huse_decoded p = good(d, jpeg_baseline, sizeof jpeg_baseline);
    huse_decoded_free(&p);
    huse_decoder_free(d);
}

static void bombs_are_refused_by_their_header(void **state)
{
    (void)state;
    huse_decoder *d = decoder(224, false, 96);
    uint8_t zero[4096] = { 0 };
    struct {
        uint32_t w, h;
        const char *why;
    } s[] = {
        { 60000, 60000, "60000 × 60000 pixels is over the limit of 64 megapixels" },
        { 1, 2000000, "over the limit of" },
        { 8000, 8000, "over the limit of 1,000 pixels per byte" },
        { 65537, 10, "65537 × 10 pixels is over the limit of 65,536" },
        { 70000, 20, "70000 × 20 pixels is over the limit of 65,536" },
        { 0, 5, "broken PNG" },
        { 5, 0, "broken PNG" },
        { 0xffffffffu, 5, "broken PNG" },
    };
    for (size_t i = 0; i < HUSE_COUNT(s); i++) {
        huse_buf png = png_raw(s[i].w, s[i].h, 8, 2, zero, sizeof zero, NULL, 0);
        refused(d, png.data, png.len, s[i].why);
        huse_buf_free(&png);
    }
    uint8_t jpeg[sizeof jpeg_baseline];
    memcpy(jpeg, jpeg_baseline, sizeof jpeg);
    for (size_t i = 0; i + 9 < sizeof jpeg; i++)
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0)
            memcpy(jpeg + i + 5, "\xff\xdc\xff\xdc", 4);
    refused(d, jpeg, sizeof jpeg, "65500 × 65500 pixels is over the limit of 64 megapixels");
    huse_decoder_free(d);
}

static void too_few_rows_a_bad_palette_and_a_bad_checksum_are_broken(void **state)
{
    (void)state;
    huse_decoder *d = decoder(32, false, 0);
    uint8_t rows[40] = { 0 };
    huse_buf few = png_raw(10, 10, 8, 2, rows, sizeof rows, NULL, 0), palette = png_raw(3, 3, 8, 3, rows, 12, NULL, 0);
    refused(d, few.data, few.len, "broken PNG");
    refused(d, palette.data, palette.len, "broken PNG");
    huse_buf sum = png_raw(3, 4, 8, 0, rows, 16, NULL, 0);
    huse_decoded p = good(d, sum.data, sum.len);
    huse_decoded_free(&p);
    sum.data[50] ^= 1;
    refused(d, sum.data, sum.len, "broken PNG");
    huse_buf_free(&few);
    huse_buf_free(&palette);
    huse_buf_free(&sum);
    huse_decoder_free(d);
}

static void extreme_shapes_keep_at_least_one_pixel(void **state)
{
    (void)state;
    huse_decoder *d = decoder(64, false, 96);
    uint8_t *rgb = noise_rgb(1, 60000, 8);
    huse_buf tall = png_of(1, 60000, 3, 8, rgb, NULL, 0), wide = png_of(60000, 1, 3, 8, rgb, NULL, 0);
    huse_decoded p = good(d, tall.data, tall.len), q = good(d, wide.data, wide.len);
    assert_int_equal(p.thumb_w, 1);
    assert_int_equal(p.thumb_h, 96);
    assert_int_equal(q.thumb_w, 96);
    assert_int_equal(q.thumb_h, 1);
    huse_decoded_free(&p);
    huse_decoded_free(&q);
    huse_buf_free(&tall);
    huse_buf_free(&wide);
    huse_decoder_free(d);
    free(rgb);
}

static void hostile_exif_is_no_orientation(void **state)
{
    (void)state;
    huse_decoder *d = decoder(0, false, 64);
    uint8_t *rgb = noise_rgb(4, 3, 9);
    static const uint8_t bad[][26] = {
        { 'I', 'I', 42, 0, 255, 255, 255, 255 },
        { 'I', 'I', 42, 0, 8, 0, 0, 0, 255, 255, 0x12, 1, 3, 0, 1, 0, 0, 0, 99, 0 },
        { 'M', 'M', 0, 42, 0, 0, 0, 25, 0, 1 },
        { 'X', 'X', 42, 0 },
    };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++)
        for (size_t n = 1; n <= 26; n++) {
            huse_buf png = png_of(4, 3, 3, 8, rgb, bad[i], n);
            huse_decoded p = good(d, png.data, png.len);
            assert_memory_equal(p.thumb, rgb, 36);
            huse_decoded_free(&p);
            huse_buf_free(&png);
        }
    huse_decoder_free(d);
    free(rgb);
}

/* Process ids of our children. */
static size_t children(pid_t *pid, size_t max)
{
    char path[64], line[4096] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, line, sizeof line - 1) < 0)
        skip();
    close(fd);
    size_t n = 0;
    for (char *at = line, *end; n < max; at = end) {
        long v = strtol(at, &end, 10);
        if (end == at)
            break;
        pid[n++] = (pid_t)v;
    }
    return n;
}

static void a_helper_killed_between_pictures_costs_none(void **state)
{
    (void)state;
    huse_decoder *d = decoder(32, false, 0);
    for (int i = 0; i < 3; i++) {
        huse_decoded p = good(d, jpeg_baseline, sizeof jpeg_baseline);
        huse_decoded_free(&p);
        pid_t pid[8];
        assert_int_equal(children(pid, 8), 1);
        assert_int_equal(kill(pid[0], SIGKILL), 0);
    }
    huse_decoded p = good(d, webp_lossy, sizeof webp_lossy);
    huse_decoded_free(&p);
    huse_decoder_free(d);
    pid_t left[8];
    assert_int_equal(children(left, 8), 0);
}

static void a_helper_that_ran_out_of_pictures_is_replaced(void **state)
{
    (void)state;
    huse_decoder *d = decoder(0, false, 16);
    pid_t first[2], last[2];
    for (int i = 0; i < 600; i++) {
        huse_decoded p = good(d, jpeg_grey, sizeof jpeg_grey);
        huse_decoded_free(&p);
        if (i == 0)
            children(first, 2);
    }
    assert_int_equal(children(last, 2), 1);
    assert_int_not_equal(first[0], last[0]);
    huse_decoder_free(d);
}

#define HELLO "printf 'ESUH\\001\\000\\000\\000\\000\\000\\000\\000'\n"

static huse_decoder *impostor(const char *body, int deadline_ms)
{
    char path[256];
    snprintf(path, sizeof path, "%s/impostor", scratch);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s", body);
    fclose(f);
    assert_int_equal(chmod(path, 0700), 0);
    huse_decode_options opt = { .feature_side = 32, .deadline_ms = deadline_ms };
    huse_decoder *d = NULL;
    huse_err err;
    assert_int_equal(huse_decoder_new(&d, path, 1, &opt, &err), HUSE_OK);
    return d;
}

static void a_helper_that_hangs_crashes_or_lies_costs_one_picture(void **state)
{
    (void)state;
    struct {
        const char *body, *why;
    } s[] = {
        { HELLO "exec /bin/sleep 60\n", "took over 0.3 s" },
        { HELLO "kill -SEGV $$\n", "the decoder crashed (signal 11)" },
        { HELLO "kill -SYS $$\n", "forbidden system call" },
        { HELLO "kill -PROF $$\n", "took over 2 s of computing" },
        { HELLO "exit 0\n", "without an answer" },
        { HELLO "exec /usr/bin/head -c 100000 /dev/zero\n", "without an answer" },
        /* an answer whose feature picture has 4 GiB, and one of a refusal that does not exist */
        { HELLO "printf 'SNUH\\0\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\377\\377\\377\\377\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0'\nexec /bin/sleep 60\n",
          "without an answer" },
        { HELLO "printf 'SNUH\\143\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0'\nexec /bin/sleep 60\n",
          "without an answer" },
    };
    for (size_t i = 0; i < HUSE_COUNT(s); i++) {
        huse_decoder *d = impostor(s[i].body, 300);
        refused(d, jpeg_baseline, sizeof jpeg_baseline, s[i].why);
        huse_decoder_free(d);
    }
}

static void a_program_that_is_no_decoder_is_a_failure_not_a_bad_picture(void **state)
{
    (void)state;
    huse_decode_options opt = { .feature_side = 32 };
    const char *paths[] = { "/nonexistent/huse-decode", "/bin/true", "/etc/passwd", "/bin" };
    for (size_t i = 0; i < HUSE_COUNT(paths); i++) {
        huse_decoder *d = NULL;
        huse_decoded out = { 0 };
        huse_err err = { 0 };
        assert_int_equal(huse_decoder_new(&d, paths[i], 1, &opt, &err), HUSE_OK);
        assert_int_equal(huse_decoder_decode(d, jpeg_grey, sizeof jpeg_grey, &out, &err), HUSE_FAILED);
        assert_non_null(strstr(err.msg, paths[i]));
        huse_decoder_free(d);
    }
}

static void an_interrupted_helper_is_started_again(void **state)
{
    (void)state;
    char body[5000];
    snprintf(body, sizeof body, "if [ ! -e %s/mark ]; then : > %s/mark; " HELLO "kill -TERM $$; fi\nexec %s\n", scratch, scratch, program);
    huse_decoder *d = impostor(body, 20000);
    huse_decoded p = good(d, jpeg_baseline, sizeof jpeg_baseline);
    huse_decoded_free(&p);
    huse_decoder_free(d);
    char mark[256];
    snprintf(mark, sizeof mark, "%s/mark", scratch);
    unlink(mark);
}

typedef struct crowd {
    huse_decoder *d;
    const uint8_t *want;
    bool bad;
} crowd;

static void *ask_often(void *arg)
{
    crowd *c = arg;
    for (int i = 0; i < 50; i++) {
        huse_decoded p = { 0 };
        huse_err err;
        if (i % 5 == 4)
            c->bad |= huse_decoder_decode(c->d, "junk", 4, &p, &err) != HUSE_BAD_DATA;
        else
            c->bad |= huse_decoder_decode(c->d, jpeg_baseline, sizeof jpeg_baseline, &p, &err) != HUSE_OK ||
                      memcmp(p.feature, c->want, 32 * 32 * 3) != 0;
        huse_decoded_free(&p);
    }
    return NULL;
}

static void more_threads_than_helpers_get_their_own_answers(void **state)
{
    (void)state;
    huse_decode_options opt = { .feature_side = 32 };
    huse_decoder *d = NULL;
    huse_err err;
    assert_int_equal(huse_decoder_new(&d, program, 2, &opt, &err), HUSE_OK);
    huse_decoded p = good(d, jpeg_baseline, sizeof jpeg_baseline);
    crowd c[5];
    pthread_t t[5];
    for (int i = 0; i < 5; i++) {
        c[i] = (crowd){ d, p.feature, false };
        assert_int_equal(pthread_create(&t[i], NULL, ask_often, &c[i]), 0);
    }
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], NULL);
        assert_false(c[i].bad);
    }
    huse_decoded_free(&p);
    huse_decoder_free(d);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void assert_line(const char *file, const char *line)
{
    static char text[1 << 16];
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    assert_true(n > 0);
    text[n] = '\0';
    if (strstr(text, line) == NULL)
        fail_msg("%s lacks \"%s\":\n%s", file, line, text);
}

static void the_sandbox_stands(void **state)
{
    (void)state;
    const char *layers = NULL;
    huse_err err;
    assert_int_equal(huse_decoder_probe(program, &layers, &err), HUSE_OK);
    if (SANITIZED)
        skip();
    assert_string_equal(layers, "limits, no new privileges, system calls");
    int inherited = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */
    huse_decoder *d = decoder(32, false, 0);
    huse_decoded p = good(d, jpeg_grey, sizeof jpeg_grey);
    huse_decoded_free(&p);
    pid_t pid[2];
    assert_int_equal(children(pid, 2), 1);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid[0]);
    assert_line(path, "\nSeccomp:\t2\n");
    assert_line(path, "\nNoNewPrivs:\t1\n");
    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid[0]);
    assert_line(path, "Max address space         536870912            536870912");
    assert_line(path, "Max file size             0                    0");
    assert_line(path, "Max open files            0                    0");
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid[0]);
    DIR *fds = opendir(path);
    assert_non_null(fds);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(fds)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(fds);
    assert_int_equal(n, 3);
    close(inherited);
    huse_decoder_free(d);
}

static void a_picture_that_needs_too_much_memory_is_refused(void **state)
{
    (void)state;
    uint8_t *zero = calloc(1, 70000);
    huse_buf png = png_raw(8000, 8000, 16, 6, zero, 70000, NULL, 0);
    huse_decoder *d = decoder(32, false, 0);
    refused(d, png.data, png.len, SANITIZED ? "broken PNG" : "needs over 512 MiB");
    huse_decoded p = good(d, jpeg_grey, sizeof jpeg_grey);
    huse_decoded_free(&p);
    huse_decoder_free(d);
    huse_buf_free(&png);
    free(zero);
}

/* 8000 × 8000 in seven thousand passes over nothing: each costs the decoder a walk over a million blocks. */
static void a_picture_of_endless_scans_is_given_up(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    huse_buf jpeg = { 0 };
    huse_buf_add(&jpeg, "\xff\xd8\xff\xc2\x00\x0b\x08\x1f\x40\x1f\x40\x01\x01\x11\x00", 15);
    for (int i = 0; i < 7000; i++)
        huse_buf_add(&jpeg, "\xff\xda\x00\x08\x01\x01\x00\x00\x00\x10", 10);
    huse_buf_add(&jpeg, "\xff\xd9", 2);
    huse_decoder *d = decoder(32, false, 0);
    refused(d, jpeg.data, jpeg.len, "took over 2 s of computing");
    huse_decoded p = good(d, jpeg_grey, sizeof jpeg_grey);
    huse_decoded_free(&p);
    huse_decoder_free(d);
    huse_buf_free(&jpeg);
}

static void a_real_photograph_is_read(void **state)
{
    (void)state;
    char path[4096];
    const char *shared = getenv("SHARED");
    snprintf(path, sizeof path, "%s/data/fashion/images/10000.jpg", shared != NULL ? shared : "");
    FILE *f = fopen(path, "re");
    if (f == NULL)
        skip();
    static uint8_t bytes[1 << 20];
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    huse_decoder *d = decoder(224, false, 128);
    huse_decoded p = good(d, bytes, n);
    assert_int_equal(p.width, 224);
    assert_int_equal(p.packed_bytes, 32 * 32 * 8);
    huse_decoded_free(&p);
    for (size_t cut = 1; cut < 100; cut++)
        refused(d, bytes, n * cut / 100, "");
    huse_decoder_free(d);
}

static int set_up(void **state)
{
    (void)state;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 32);
    if (n <= 0 || mkdtemp(scratch) == NULL)
        return -1;
    program[n] = 0;
    strcpy(strrchr(program, '/'), "/../huse-decode");
    return access(program, X_OK);
}

static int tear_down(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/impostor", scratch);
    unlink(path);
    return rmdir(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_of_the_asked_size_passes_untouched),
        cmocka_unit_test(scaling_down_averages_areas),
        cmocka_unit_test(scaling_up_is_catmull_rom),
        cmocka_unit_test(padding_is_the_mean_of_the_border_and_crop_is_the_centre),
        cmocka_unit_test(exif_turns_the_picture_all_eight_ways),
        cmocka_unit_test(webp_exif_counts_too),
        cmocka_unit_test(a_square_and_its_turned_copy_give_one_feature_picture),
        cmocka_unit_test(alpha_goes_over_white_and_every_depth_is_read),
        cmocka_unit_test(every_format_is_told_by_its_bytes),
        cmocka_unit_test(what_is_no_picture_is_named),
        cmocka_unit_test(every_cut_is_seen),
        cmocka_unit_test(damage_never_ends_the_helper_with_a_good_answer_lost),
        cmocka_unit_test(bombs_are_refused_by_their_header),
        cmocka_unit_test(too_few_rows_a_bad_palette_and_a_bad_checksum_are_broken),
        cmocka_unit_test(extreme_shapes_keep_at_least_one_pixel),
        cmocka_unit_test(hostile_exif_is_no_orientation),
        cmocka_unit_test(a_helper_killed_between_pictures_costs_none),
        cmocka_unit_test(a_helper_that_ran_out_of_pictures_is_replaced),
        cmocka_unit_test(a_helper_that_hangs_crashes_or_lies_costs_one_picture),
        cmocka_unit_test(a_program_that_is_no_decoder_is_a_failure_not_a_bad_picture),
        cmocka_unit_test(an_interrupted_helper_is_started_again),
        cmocka_unit_test(more_threads_than_helpers_get_their_own_answers),
        cmocka_unit_test(the_sandbox_stands),
        cmocka_unit_test(a_picture_that_needs_too_much_memory_is_refused),
        cmocka_unit_test(a_picture_of_endless_scans_is_given_up),
        cmocka_unit_test(a_real_photograph_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
