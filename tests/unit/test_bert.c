/* The BERT encoder: reference values of MiniLM, a plain double-precision BERT beside it, and bad
 * files. */
#include "text_files.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arrays.h"
#include "base/rng.h"
#include "encode/bert.h"
#include "encode/encoder.h"

static huse_text_encoder *open_dir(const char *dir)
{
    huse_text_encoder *e = NULL;
    huse_err err;
    if (huse_bert_open(&e, dir, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    return e;
}

static float *read_rows(const char *name, size_t *n, size_t *d)
{
    char *path = golden_path(name);
    float *x = NULL;
    huse_err err;
    if (huse_npy_read(path, &x, n, d, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(path);
    return x;
}

static double max_difference(const float *a, const float *b, size_t n)
{
    double max = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        max = d > max || d != d ? d : max;
    }
    return max;
}

/* Texts of a golden list; NULs go, as they do in the tokenizer. */
static char **golden_texts(const char *name, size_t n)
{
    json_t *list = golden_json(name);
    char **text = huse_xcalloc(n, sizeof *text);
    assert_true(json_array_size(list) >= n);
    for (size_t i = 0; i < n; i++) {
        const json_t *s = json_object_get(json_array_get(list, i), "text");
        size_t len = json_string_length(s), to = 0;
        text[i] = huse_xcalloc(len + 1, 1);
        for (size_t j = 0; j < len; j++)
            if (json_string_value(s)[j])
                text[i][to++] = json_string_value(s)[j];
    }
    json_decref(list);
    return text;
}

static void free_texts(char **text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(text[i]);
    free(text);
}

#define GOLDEN_TOLERANCE 2e-4

static void check_golden(const char *texts, const char *rows, const char *sentences)
{
    free(golden_path(rows)); /* skips before there is anything to leak */
    char *dir = model_dir("minilm-l6");
    size_t n, d, sn, sd;
    float *want = read_rows(rows, &n, &d), *want_sentence = read_rows(sentences, &sn, &sd);
    char **text = golden_texts(texts, n);
    huse_text_encoder *e = open_dir(dir);
    huse_pool *pool = huse_pool_new(2);
    assert_string_equal(e->name, "minilm-l6");
    assert_int_equal(e->dim, d);
    assert_int_equal(e->sentence_dim, sd);
    assert_int_equal(n, sn);
    float *got = huse_xcalloc(n * d, sizeof *got),
          *sentence = huse_xcalloc(n * sd, sizeof *sentence);
    e->encode(e, pool, (const char *const *)text, n, got, NULL, NULL);
    huse_text_encoder_sentences(e, got, n, sentence);
    double row_error = max_difference(got, want, n * d),
           sentence_error = max_difference(sentence, want_sentence, n * sd);
    print_message("%s: %.2g, sentences %.2g\n", rows, row_error, sentence_error);
    assert_true(row_error <= GOLDEN_TOLERANCE);
    assert_true(sentence_error <= GOLDEN_TOLERANCE);
    huse_pool_free(pool);
    e->free(e);
    free_texts(text, n);
    free(want);
    free(want_sentence);
    free(got);
    free(sentence);
    free(dir);
}

static void catalogue_texts_match_the_reference(void **state)
{
    (void)state;
    check_golden("items.json", "minilm_last4_mean.npy", "minilm_sentence.npy");
}

static void hard_texts_match_the_reference(void **state)
{
    (void)state;
    check_golden("wordpiece_hard.json", "minilm_hard_last4_mean.npy", "minilm_hard_sentence.npy");
}

/* A small BERT of odd sizes, made up from a seed. */
typedef struct toy {
    size_t hidden, heads, inner, layers, vocab, positions;
    const char *act, *prefix, *gain, *bias;
    huse_dtype dtype;
    const char *drop, *reshape,
        *poison; /* an array to leave out, to give a wrong shape, to put a NaN in */
    bool first;  /* sentences are read off the first token */
} toy;

static const toy plain = {.hidden = 20,
                          .heads = 4,
                          .inner = 37,
                          .layers = 5,
                          .vocab = 40,
                          .positions = 30,
                          .act = "gelu",
                          .prefix = "",
                          .gain = "LayerNorm.weight",
                          .bias = "LayerNorm.bias",
                          .dtype = HUSE_F32};

typedef struct toy_file {
    huse_array a[128];
    float *x[128]; /* exact values, whatever the type in the file */
    void *data[128];
    char *name[128];
    size_t n;
} toy_file;

static void add_array(toy_file *f, const toy *t, huse_rng *r, size_t rows, size_t cols,
                      const char *name)
{
    size_t n = (rows ? rows : 1) * cols, i = f->n;
    if (t->drop && strcmp(name, t->drop) == 0)
        return;
    f->x[i] = huse_xcalloc(n, sizeof(float));
    f->data[i] = huse_xcalloc(n, sizeof(float));
    f->name[i] = huse_format("%s%s", t->prefix, name);
    for (size_t j = 0; j < n; j++) {
        /* eighths up to 4: exact in every float type */
        f->x[i][j] = (float)((int)huse_rng_below(r, 17) - 8) / 8.0f;
        uint32_t bits;
        memcpy(&bits, &f->x[i][j], sizeof bits);
        uint32_t exponent = bits >> 23 & 255, half = bits >> 16 & 0x8000;
        if (exponent)
            half |= (exponent - 112) << 10 | (bits >> 13 & 0x3FF);
        if (t->dtype == HUSE_F32)
            ((float *)f->data[i])[j] = f->x[i][j];
        else
            ((uint16_t *)f->data[i])[j] = (uint16_t)(t->dtype == HUSE_BF16 ? bits >> 16 : half);
    }
    if (t->poison && strcmp(name, t->poison) == 0)
        ((float *)f->data[i])[n - 1] = NAN;
    if (t->reshape && strcmp(name, t->reshape) == 0)
        cols--;
    f->a[i] = rows ? huse_array_2d(f->name[i], t->dtype, f->data[i], rows, cols)
                   : huse_array_1d(f->name[i], t->dtype, f->data[i], cols);
    f->n++;
}

static void add_dense(toy_file *f, const toy *t, huse_rng *r, size_t out, size_t in, const char *at)
{
    char *w = huse_format("%s.weight", at), *b = huse_format("%s.bias", at);
    add_array(f, t, r, out, in, w);
    add_array(f, t, r, 0, out, b);
    free(w);
    free(b);
}

static void add_norm(toy_file *f, const toy *t, huse_rng *r, const char *at)
{
    char *g = huse_format("%s.%s", at, t->gain), *b = huse_format("%s.%s", at, t->bias);
    add_array(f, t, r, 0, t->hidden, g);
    add_array(f, t, r, 0, t->hidden, b);
    free(g);
    free(b);
}

/* Arrays in the order in which the reference below takes them. */
static void make_arrays(toy_file *f, const toy *t)
{
    static const char *const dense[] = {"attention.self.query", "attention.self.key",
                                        "attention.self.value", "attention.output.dense",
                                        "intermediate.dense",   "output.dense"};
    huse_rng r;
    *f = (toy_file){0};
    huse_rng_init(&r, 5, 0);
    add_array(f, t, &r, t->vocab, t->hidden, "embeddings.word_embeddings.weight");
    add_array(f, t, &r, t->positions, t->hidden, "embeddings.position_embeddings.weight");
    add_array(f, t, &r, 2, t->hidden, "embeddings.token_type_embeddings.weight");
    add_norm(f, t, &r, "embeddings");
    for (size_t i = 0; i < t->layers; i++) {
        for (size_t j = 0; j < HUSE_COUNT(dense); j++) {
            char *at = huse_format("encoder.layer.%zu.%s", i, dense[j]);
            add_dense(f, t, &r, j == 4 ? t->inner : t->hidden, j == 5 ? t->inner : t->hidden, at);
            free(at);
        }
        for (size_t j = 0; j < 2; j++) {
            char *at = huse_format("encoder.layer.%zu.%s", i, j ? "output" : "attention.output");
            add_norm(f, t, &r, at);
            free(at);
        }
    }
}

static void free_arrays(toy_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->x[i]);
        free(f->data[i]);
        free(f->name[i]);
    }
}

static void write_file(const char *dir, const char *name, const void *data, size_t n)
{
    huse_err err;
    char *path = huse_fs_join(dir, name);
    if (huse_fs_write_atomic(path, data, n, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(path);
}

/* Words "b0" … of a vocabulary of t->vocab pieces. */
static void write_toy(const char *dir, const toy *t)
{
    toy_file f;
    huse_err err;
    huse_buf b = {0};
    make_arrays(&f, t);
    char *path = huse_fs_join(dir, "model.safetensors");
    assert_int_equal(huse_safetensors_write(path, f.a, f.n, &err), HUSE_OK);
    free(path);
    free_arrays(&f);
    huse_buf_str(&b, "[UNK]\n[CLS]\n[SEP]\n");
    for (size_t i = 3; i < t->vocab; i++)
        huse_buf_fmt(&b, "b%zu\n", i);
    write_file(dir, "vocab.txt", b.data, b.len);
    b.len = 0;
    huse_buf_fmt(
        &b,
        "{\"model_type\": \"bert\", \"hidden_size\": %zu, \"num_hidden_layers\": %zu,"
        "\"num_attention_heads\": %zu, \"intermediate_size\": %zu, \"vocab_size\": %zu,"
        "\"max_position_embeddings\": %zu, \"type_vocab_size\": 2, \"hidden_act\": \"%s\"}",
        t->hidden, t->layers, t->heads, t->inner, t->vocab, t->positions, t->act);
    write_file(dir, "config.json", b.data, b.len);
    huse_buf_free(&b);
    if (!t->first)
        return;
    path = huse_fs_join(dir, "1_Pooling");
    assert_int_equal(huse_fs_mkdirs(path, &err), HUSE_OK);
    write_file(path, "config.json", "{\"pooling_mode_cls_token\": true}", 32);
    free(path);
}

static char *make_dir(void)
{
    char *dir = huse_xstrdup("/tmp/huse-test-bert-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static void drop_dir(char *dir)
{
    huse_err err;
    assert_int_equal(huse_fs_remove_tree(dir, &err), HUSE_OK);
    free(dir);
}

static void ref_dense(const float *w, const float *b, size_t out, size_t in, const double *x,
                      double *y)
{
    for (size_t o = 0; o < out; o++) {
        y[o] = (double)b[o];
        for (size_t i = 0; i < in; i++)
            y[o] += (double)w[o * in + i] * x[i];
    }
}

static void ref_norm(const float *g, const float *b, size_t n, double *x)
{
    double mean = 0, var = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        var += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(var + 1e-12) * (double)g[i] + (double)b[i];
}

static double ref_act(const char *act, double x)
{
    if (strcmp(act, "relu") == 0)
        return x > 0 ? x : 0;
    if (strcmp(act, "gelu") == 0)
        return x * 0.5 * (1 + erf(x / sqrt(2)));
    return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
}

#define ROWS 30
#define WIDE 40

static void ref_attention(const toy *t, size_t n, double q[][WIDE], double k[][WIDE],
                          double v[][WIDE], double out[][WIDE])
{
    size_t d = t->hidden / t->heads;
    for (size_t h = 0; h < t->heads; h++)
        for (size_t i = 0; i < n; i++) {
            double p[ROWS], sum = 0;
            for (size_t j = 0; j < n; j++) {
                double s = 0;
                for (size_t c = h * d; c < (h + 1) * d; c++)
                    s += q[i][c] * k[j][c];
                sum += p[j] = exp(s / sqrt((double)d));
            }
            for (size_t c = h * d; c < (h + 1) * d; c++) {
                out[i][c] = 0;
                for (size_t j = 0; j < n; j++)
                    out[i][c] += p[j] / sum * v[j][c];
            }
        }
}

/* The features of one text, as the definition of BERT reads. */
static void ref_encode(const toy *t, const toy_file *f, const int *id, size_t n, double *features)
{
    static double x[ROWS][WIDE], q[ROWS][WIDE], k[ROWS][WIDE], v[ROWS][WIDE], mix[ROWS][WIDE],
        inner[WIDE], y[WIDE];
    const float *const *w = (const float *const *)f->x;
    size_t H = t->hidden;
    memset(features, 0, 4 * H * sizeof *features);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < H; c++)
            x[i][c] =
                (double)w[0][(size_t)id[i] * H + c] + (double)w[1][i * H + c] + (double)w[2][c];
        ref_norm(w[3], w[4], H, x[i]);
    }
    for (size_t l = 0; l < t->layers; l++) {
        w = (const float *const *)f->x + 5 + 16 * l;
        for (size_t i = 0; i < n; i++) {
            ref_dense(w[0], w[1], H, H, x[i], q[i]);
            ref_dense(w[2], w[3], H, H, x[i], k[i]);
            ref_dense(w[4], w[5], H, H, x[i], v[i]);
        }
        ref_attention(t, n, q, k, v, mix);
        for (size_t i = 0; i < n; i++) {
            ref_dense(w[6], w[7], H, H, mix[i], y);
            for (size_t c = 0; c < H; c++)
                x[i][c] += y[c];
            ref_norm(w[12], w[13], H, x[i]);
            ref_dense(w[8], w[9], t->inner, H, x[i], inner);
            for (size_t c = 0; c < t->inner; c++)
                inner[c] = ref_act(t->act, inner[c]);
            ref_dense(w[10], w[11], H, t->inner, inner, y);
            for (size_t c = 0; c < H; c++)
                x[i][c] += y[c];
            ref_norm(w[14], w[15], H, x[i]);
            const bool alone = t->first && l + 1 == t->layers;
            for (size_t c = 0; c < H && l + 4 >= t->layers && !(alone && i > 0); c++)
                features[(l + 4 - t->layers) * H + c] += x[i][c] / (alone ? 1 : (double)n);
        }
    }
}

static void check_toy(const toy *t)
{
    static const char *const text[] = {
        "", "b3", "b7 b9 ? b11 b39",
        "b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13 b14 b15 b16 b17 b18 b19"};
    static const int id[][ROWS] = {
        {1, 2},
        {1, 3, 2},
        {1, 7, 9, 0, 11, 39, 2},
        {1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 2}};
    static const size_t len[] = {2, 3, 7, 19};
    char *dir = make_dir();
    toy_file f;
    float got[4][4 * WIDE];
    double want[4 * WIDE];
    write_toy(dir, t);
    make_arrays(&f, t);
    huse_text_encoder *e = open_dir(dir);
    assert_int_equal(e->dim, 4 * t->hidden);
    assert_int_equal(e->sentence_at, 3 * t->hidden);
    float *rows = huse_xcalloc(4 * e->dim, sizeof *rows);
    e->encode(e, NULL, text, 4, rows, NULL, NULL);
    for (size_t i = 0; i < 4; i++) {
        ref_encode(t, &f, id[i], len[i], want);
        for (size_t c = 0; c < e->dim; c++) {
            got[i][c] = rows[i * e->dim + c];
            if (!(fabs((double)got[i][c] - want[c]) <= 2e-5))
                fail_msg("text %zu, feature %zu: %g, not %g", i, c, (double)got[i][c], want[c]);
        }
    }
    free(rows);
    e->free(e);
    free_arrays(&f);
    drop_dir(dir);
}

static void odd_sizes_match_a_plain_double_precision_bert(void **state)
{
    (void)state;
    toy t = plain;
    check_toy(&t);
    t.hidden = 36;
    t.heads = 2;
    t.inner = 16;
    t.layers = 4;
    check_toy(&t);
}

static void sentences_read_off_the_first_token_match_too(void **state)
{
    (void)state;
    toy t = plain;
    t.first = true;
    check_toy(&t);
}

static void every_activation_matches_its_definition(void **state)
{
    (void)state;
    static const char *const act[] = {"gelu_new", "relu", "gelu_pytorch_tanh"};
    for (size_t i = 0; i < HUSE_COUNT(act); i++) {
        toy t = plain;
        t.act = act[i];
        check_toy(&t);
    }
}

static void half_floats_prefixes_and_old_names_load_the_same(void **state)
{
    (void)state;
    toy t = plain;
    t.dtype = HUSE_F16;
    t.prefix = "bert.";
    check_toy(&t);
    t.dtype = HUSE_BF16;
    t.gain = "LayerNorm.gamma";
    t.bias = "LayerNorm.beta";
    check_toy(&t);
}

/* Rows of @n texts in one call must equal those of one call each, bit for bit. */
static void check_bits(huse_text_encoder *e, const char *const *text, size_t n)
{
    float *one = huse_xcalloc(n * e->dim, sizeof *one),
          *many = huse_xcalloc(n * e->dim, sizeof *many);
    for (size_t i = 0; i < n; i++)
        e->encode(e, NULL, text + i, 1, one + i * e->dim, NULL, NULL);
    for (int threads = 1; threads <= 4; threads++) {
        huse_pool *pool = huse_pool_new(threads);
        memset(many, 0xFF, n * e->dim * sizeof *many);
        e->encode(e, pool, text, n, many, NULL, NULL);
        assert_memory_equal(one, many, n * e->dim * sizeof *many);
        e->encode(e, pool, text, 1, many, NULL, NULL);
        assert_memory_equal(one, many, e->dim * sizeof *many);
        huse_pool_free(pool);
    }
    free(one);
    free(many);
}

static void a_row_has_the_same_bits_alone_in_a_batch_and_on_any_threads(void **state)
{
    (void)state;
    char *dir = make_dir(), *text[150];
    write_toy(dir, &plain);
    for (size_t i = 0; i < HUSE_COUNT(text); i++) {
        huse_buf b = {0};
        for (size_t j = 0; j < i % 25; j++)
            huse_buf_fmt(&b, "b%zu ", 3 + (i * 7 + j * 5) % 37);
        text[i] = huse_xstrdup(b.data ? b.data : "");
        huse_buf_free(&b);
    }
    huse_text_encoder *e = open_dir(dir);
    check_bits(e, (const char *const *)text, HUSE_COUNT(text));
    e->free(e);
    for (size_t i = 0; i < HUSE_COUNT(text); i++)
        free(text[i]);
    drop_dir(dir);
}

static void minilm_rows_have_the_same_bits_alone_and_in_a_batch(void **state)
{
    (void)state;
    char *dir = model_dir("minilm-l6"), *text[24];
    huse_buf b = {0};
    for (size_t i = 0; i < HUSE_COUNT(text); i++) {
        b.len = 0;
        for (size_t j = 0; j < (i == 7 ? 700 : i * i % 40); j++)
            huse_buf_fmt(&b, "%s %zu ", i % 2 ? "summer" : "dress,", j % (i + 1));
        text[i] = huse_xstrndup(b.data ? b.data : "", b.len);
    }
    huse_buf_free(&b);
    huse_text_encoder *e = open_dir(dir);
    check_bits(e, (const char *const *)text, HUSE_COUNT(text));
    e->free(e);
    for (size_t i = 0; i < HUSE_COUNT(text); i++)
        free(text[i]);
    free(dir);
}

static void a_long_text_keeps_its_salient_words(void **state)
{
    (void)state;
    char *dir = make_dir();
    float *row;
    write_toy(dir, &plain);
    huse_text_encoder *e = open_dir(dir);
    huse_buf b = {0};
    /* "b5" is in every sentence and scores nothing; 28 others fill the 30 positions. */
    for (size_t i = 0; i < 28; i++)
        huse_buf_fmt(&b, "b5 b5 b%zu b5. ", 10 + i);
    const char *long_text = b.data, *words;
    huse_buf w = {0};
    for (size_t i = 0; i < 28; i++)
        huse_buf_fmt(&w, "b%zu ", 10 + i);
    words = w.data;
    row = huse_xcalloc(2 * e->dim, sizeof *row);
    e->encode(e, NULL, (const char *const[]){long_text, words}, 2, row, NULL, NULL);
    assert_memory_equal(row, row + e->dim, e->dim * sizeof *row);
    free(row);
    huse_buf_free(&b);
    huse_buf_free(&w);
    e->free(e);
    drop_dir(dir);
}

static void refuse(const char *dir, const char *needle)
{
    huse_text_encoder *e = NULL;
    huse_err err = {0};
    huse_status st = huse_bert_open(&e, dir, &err);
    if ((st != HUSE_BAD_DATA && st != HUSE_NOT_FOUND) || e || !strstr(err.msg, needle))
        fail_msg("status %d, \"%s\" does not say \"%s\"", (int)st, err.msg, needle);
}

static void altered_weights_are_refused_by_name(void **state)
{
    (void)state;
    char *dir = make_dir();
    toy t = plain;
    t.drop = "encoder.layer.3.output.dense.weight";
    write_toy(dir, &t);
    refuse(dir, "encoder.layer.3.output.dense.weight");
    t = plain;
    t.reshape = "encoder.layer.0.attention.self.key.bias";
    write_toy(dir, &t);
    refuse(dir, "encoder.layer.0.attention.self.key.bias");
    t.reshape = "embeddings.word_embeddings.weight";
    write_toy(dir, &t);
    refuse(dir, "shape (40, 20)");
    t = plain;
    t.poison = "embeddings.LayerNorm.weight";
    write_toy(dir, &t);
    refuse(dir, "finite");
    t.poison = "embeddings.word_embeddings.weight";
    write_toy(dir, &t);
    refuse(dir, "finite");
    drop_dir(dir);
}

static void cut_or_missing_files_are_refused(void **state)
{
    (void)state;
    static const char *const name[] = {"config.json", "vocab.txt", "model.safetensors"};
    char *dir = make_dir();
    for (size_t i = 0; i < HUSE_COUNT(name); i++) {
        write_toy(dir, &plain);
        size_t n;
        char *data = read_whole(dir, name[i], &n);
        if (i != 1) /* a vocabulary cut behind its special tokens is still one, of fewer words */
            for (size_t cut = 0; cut < n; cut += 1 + n / 37) {
                write_file(dir, name[i], data, cut);
                refuse(dir, name[i]);
            }
        free(data);
        char *path = huse_fs_join(dir, name[i]);
        assert_int_equal(unlink(path), 0);
        refuse(dir, name[i]);
        free(path);
    }
    drop_dir(dir);
}

static void a_hostile_config_is_refused_in_plain_words(void **state)
{
    (void)state;
#define SIZES                                                                                      \
    "\"hidden_size\":20,\"num_hidden_layers\":5,\"num_attention_heads\":4,\"intermediate_size\":"  \
    "37,"
#define REST "\"vocab_size\":40,\"max_position_embeddings\":30,\"type_vocab_size\":2"
    static const struct {
        const char *text, *needle;
    } bad[] = {
        {"", "config.json"},
        {"[]", "not a JSON object"},
        {"{}", "has no hidden_size"},
        {"{\"model_type\":\"roberta\"," SIZES REST "}", "roberta"},
        {"{\"model_type\":7," SIZES REST "}", "model_type"},
        {"{\"position_embedding_type\":\"relative_key\"," SIZES REST "}", "relative_key"},
        {"{\"hidden_act\":\"silu\"," SIZES REST "}", "silu"},
        {"{\"hidden_act\":1," SIZES REST "}", "hidden_act"},
        {"{\"layer_norm_eps\":-1," SIZES REST "}", "layer_norm_eps"},
        {"{\"layer_norm_eps\":\"x\"," SIZES REST "}", "layer_norm_eps"},
        {"{\"hidden_size\":20,\"num_hidden_layers\":3}", "num_hidden_layers is 3"},
        {"{\"hidden_size\":9223372036854775807}", "hidden_size"},
        {"{\"hidden_size\":-1}", "hidden_size is -1"},
        {"{\"hidden_size\":20.5}", "whole number"},
        {"{\"hidden_size\":20,\"num_hidden_layers\":5,\"num_attention_heads\":3,\"intermediate_"
         "size\":37," REST "}",
         "not a multiple"},
        {"{" SIZES "\"vocab_size\":39,\"max_position_embeddings\":30,\"type_vocab_size\":2}",
         "vocab_size is 39"},
        {"{" SIZES "\"vocab_size\":41,\"max_position_embeddings\":30,\"type_vocab_size\":2}",
         "shape (41, 20)"},
        {"{\"is_decoder\":true," SIZES REST "}", "is_decoder"},
        {"{\"auto_map\":{\"AutoModel\":\"x.y\"}," SIZES REST "}", "auto_map"},
    };
    char *dir = make_dir();
    write_toy(dir, &plain);
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        write_file(dir, "config.json", bad[i].text, strlen(bad[i].text));
        refuse(dir, bad[i].needle);
    }
    write_toy(dir, &plain);
    write_file(dir, "tokenizer_config.json", "{\"do_lower_case\": \"yes\"}", 24);
    refuse(dir, "do_lower_case");
    write_file(dir, "tokenizer_config.json", "{\"tokenizer_class\": \"T5Tokenizer\"}", 34);
    refuse(dir, "T5Tokenizer");
    write_file(dir, "tokenizer_config.json", "{\"do_basic_tokenize\": false}", 28);
    refuse(dir, "do_basic_tokenize");
    write_file(dir, "tokenizer_config.json", "{\"tokenizer_class\": null}", 25);
    huse_text_encoder *e = open_dir(dir);
    e->free(e);
    drop_dir(dir);
}

static void the_hash_follows_every_file(void **state)
{
    (void)state;
    char *dir = make_dir();
    toy t = plain;
    huse_key key[5];
    huse_text_encoder *e;
    for (size_t i = 0; i < 5; i++) {
        if (i == 1)
            t.act = "relu";
        write_toy(dir, &t);
        if (i == 2)
            write_file(dir, "vocab.txt", "[UNK]\n[CLS]\n[SEP]\nb\n", 20);
        if (i == 3)
            write_file(dir, "tokenizer_config.json", "{\"do_lower_case\": false}", 24);
        t.first = i >= 3;
        e = open_dir(dir);
        key[i] = e->hash;
        e->free(e);
        for (size_t j = 0; j < i; j++)
            assert_false(huse_key_equal(&key[i], &key[j]));
    }
    drop_dir(dir);
}

static void kernels_of_every_instruction_set_match_the_definitions(void **state)
{
    (void)state;
    enum { N = 4003, PAD = 4016 };
    const huse_bert_kernels *set[3];
    size_t sets = huse_bert_kernels_all(set);
    static const char *const act[] = {
        [HUSE_ACT_GELU] = "gelu", [HUSE_ACT_GELU_TANH] = "gelu_new", [HUSE_ACT_RELU] = "relu"};
    float *x = huse_xcalloc(PAD, sizeof *x), *y = huse_xcalloc(PAD, sizeof *y), one[PAD] = {0},
          zero[PAD] = {0};
    for (size_t i = 0; i < N; i++)
        x[i] = ((float)i - 2001.0f) / 150.0f;
    for (size_t s = 0; s < sets; s++) {
        memcpy(y, x, N * sizeof *x);
        set[s]->exp(y, N);
        for (size_t i = 0; i < N; i++)
            assert_true(fabs((double)y[i] / exp((double)x[i]) - 1) <= 2e-7);
        for (size_t a = 0; a < HUSE_COUNT(act); a++) {
            memcpy(y, x, N * sizeof *x);
            set[s]->act(y, N, (huse_bert_act)a);
            for (size_t i = 0; i < N; i++)
                assert_true(fabs((double)y[i] - ref_act(act[a], (double)x[i])) <=
                            1e-6 * fmax(1, fabs((double)x[i])));
        }
        double sum = 0, part = 0;
        for (size_t i = 0; i < N; i++)
            sum += exp(0.3 * (double)x[i]);
        memcpy(y, x, N * sizeof *x);
        for (size_t i = N; i < PAD; i++)
            y[i] = HUSE_BERT_NEVER;
        set[s]->softmax(y, PAD, 0.3f);
        for (size_t i = 0; i < N; i++) {
            part += (double)y[i];
            assert_true(fabs((double)y[i] * sum / exp(0.3 * (double)x[i]) - 1) <= 3e-6);
        }
        assert_true(fabs(part - 1) <= 1e-5);
        for (size_t i = 0; i < N; i++)
            one[i] = 1;
        memcpy(y, x, N * sizeof *x);
        set[s]->layer_norm(y, N, one, zero, 1e-12f);
        double mean = 0, square = 0;
        for (size_t i = 0; i < N; i++) {
            mean += (double)y[i] / N;
            square += (double)y[i] * (double)y[i] / N;
        }
        assert_true(fabs(mean) <= 1e-5 && fabs(square - 1) <= 1e-5);
    }
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_of_every_instruction_set_match_the_definitions),
        cmocka_unit_test(odd_sizes_match_a_plain_double_precision_bert),
        cmocka_unit_test(sentences_read_off_the_first_token_match_too),
        cmocka_unit_test(every_activation_matches_its_definition),
        cmocka_unit_test(half_floats_prefixes_and_old_names_load_the_same),
        cmocka_unit_test(a_row_has_the_same_bits_alone_in_a_batch_and_on_any_threads),
        cmocka_unit_test(a_long_text_keeps_its_salient_words),
        cmocka_unit_test(altered_weights_are_refused_by_name),
        cmocka_unit_test(cut_or_missing_files_are_refused),
        cmocka_unit_test(a_hostile_config_is_refused_in_plain_words),
        cmocka_unit_test(the_hash_follows_every_file),
        cmocka_unit_test(catalogue_texts_match_the_reference),
        cmocka_unit_test(hard_texts_match_the_reference),
        cmocka_unit_test(minilm_rows_have_the_same_bits_alone_and_in_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
