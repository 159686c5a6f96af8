#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "encode/bert.h"
#include "encode/encoder.h"
#include "encode/model_file.h"
#include "encode/salient.h"

/* Texts worked on at once: bounds the memory of a call over a whole catalogue. */
enum { SLICE = 1024 };

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

typedef struct encoder {
    huse_text_encoder base;
    huse_bert_weights weights;
    huse_wordpiece *words;
    huse_safetensors *file;
    int32_t cls, sep;
    char name[HUSE_MODEL_NAME_MAX];
} encoder;

/* One slice of texts on their way to pieces. */
typedef struct slice {
    const encoder *e;
    const char *const *text;
    huse_pieces *piece; /* per text */
    size_t limit;
} slice;

static void cut_task(void *ctx, size_t i, int worker)
{
    const slice *s = ctx;
    size_t n = strlen(s->text[i]);
    (void)worker;
    huse_wordpiece_encode(s->e->words, s->text[i], n, &s->piece[i]);
    if (s->piece[i].n > s->limit)
        huse_salient_encode(s->e->words, s->text[i], n, s->limit, &s->piece[i]);
}

static void encode_slice(const encoder *e, huse_pool *pool, const char *const *text, size_t n,
                         float *out)
{
    slice s = {.e = e, .text = text, .piece = huse_xcalloc(n, sizeof *s.piece)};
    s.limit = HUSE_MIN(HUSE_BERT_MAX_PIECES, e->weights.config.positions) - 2;
    huse_pool_run(pool, n, cut_task, &s);
    size_t *start = huse_xcalloc(n + 1, sizeof *start);
    float **row = huse_xcalloc(n, sizeof *row);
    for (size_t i = 0; i < n; i++) {
        start[i + 1] = start[i] + s.piece[i].n + 2;
        row[i] = out + i * e->base.dim;
    }
    int32_t *id = huse_xcalloc(start[n], sizeof *id), *to = id;
    for (size_t i = 0; i < n; i++) {
        *to++ = e->cls;
        if (s.piece[i].n)
            memcpy(to, s.piece[i].id, s.piece[i].n * sizeof *to);
        to += s.piece[i].n;
        *to++ = e->sep;
        huse_pieces_free(&s.piece[i]);
    }
    huse_bert_batch batch = {.id = id, .start = start, .texts = n, .out = row};
    huse_bert_forward(&e->weights, pool, &batch);
    free(id);
    free(row);
    free(start);
    free(s.piece);
}

static huse_status encode(const huse_text_encoder *self, huse_pool *pool, const char *const *text,
                          size_t n, float *out, volatile const int *stop, huse_err *err)
{
    const encoder *e = (const encoder *)self;
    (void)stop;
    (void)err;
    for (size_t i = 0; i < n; i += SLICE)
        encode_slice(e, pool, text + i, HUSE_MIN((size_t)SLICE, n - i), out + i * self->dim);
    return HUSE_OK;
}

static void encoder_free(huse_text_encoder *self)
{
    encoder *e = (encoder *)self;
    huse_bert_weights_free(&e->weights);
    huse_wordpiece_free(e->words);
    huse_safetensors_close(e->file);
    free(e);
}

/* Reading 90 MB of weights and hashing them take about as long: side by side. */
typedef struct weights_job {
    encoder *e;
    const huse_bert_config *config;
    const char *path;
    huse_key hash;
    huse_status status[2];
    huse_err err[2];
} weights_job;

static void weights_task(void *ctx, size_t i, int worker)
{
    weights_job *j = ctx;
    (void)worker;
    if (i == 0)
        j->status[0] =
            huse_bert_weights_load(&j->e->weights, j->config, j->e->file, j->path, &j->err[0]);
    else
        j->status[1] = huse_sha256_file(&j->hash, j->path, &j->err[1]);
}

/* What a folder holds, in the order of its texts; then the weights. */
enum { CONFIG, TOKENIZER, VOCABULARY, MODULES, POOLING, TEXTS, WEIGHTS = TEXTS, FILES };

typedef struct folder {
    char *path[FILES], *text[TEXTS];
    size_t n[TEXTS];
    huse_bert_config config;
    huse_wordpiece *words;
    bool first;
} folder;

static void open_folder(folder *f, const char *dir)
{
    static const char *const names[FILES] = {"config.json", "tokenizer_config.json", "vocab.txt",
                                             "modules.json", "1_Pooling/config.json",
                                             "model.safetensors"};
    *f = (folder){0};
    for (size_t i = 0; i < FILES; i++)
        f->path[i] = huse_fs_join(dir, names[i]);
}

static void close_folder(folder *f)
{
    for (size_t i = 0; i < FILES; i++)
        free(f->path[i]);
    for (size_t i = 0; i < TEXTS; i++)
        free(f->text[i]);
    huse_wordpiece_free(f->words);
}

static huse_status read_text(folder *f, size_t i, bool needed, huse_err *err)
{
    const size_t most = i == VOCABULARY ? HUSE_WORDPIECE_MAX_BYTES : CONFIG_MAX_BYTES;
    if (!needed && !huse_fs_exists(f->path[i]))
        return HUSE_OK;
    return huse_fs_read(f->path[i], most, &f->text[i], &f->n[i], err);
}

/* Everything but the weights. */
static huse_status read_folder(folder *f, huse_err *err)
{
    huse_wordpiece_options opt;
    HUSE_TRY(read_text(f, CONFIG, true, err));
    HUSE_TRY(huse_bert_config_parse(&f->config, f->text[CONFIG], f->n[CONFIG], f->path[CONFIG], err));
    HUSE_TRY(read_text(f, TOKENIZER, false, err));
    HUSE_TRY(huse_bert_config_tokenizer(&opt, f->text[TOKENIZER], f->n[TOKENIZER],
                                        f->path[TOKENIZER], err));
    HUSE_TRY(read_text(f, MODULES, false, err));
    HUSE_TRY(read_text(f, POOLING, false, err));
    HUSE_TRY(huse_bert_pooling_parse(&f->first, (const char *const *)f->text + MODULES,
                                     f->n + MODULES, (const char *const *)f->path + MODULES, err));
    HUSE_TRY(read_text(f, VOCABULARY, true, err));
    HUSE_TRY(huse_wordpiece_parse(&f->words, f->text[VOCABULARY], f->n[VOCABULARY],
                                  f->path[VOCABULARY], &opt, err));
    if (huse_wordpiece_count(f->words) > f->config.vocab)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s: has %zu pieces, but config.json's vocab_size is %zu",
                         f->path[VOCABULARY], huse_wordpiece_count(f->words), f->config.vocab);
    return HUSE_OK;
}

/* Loads the weights. The features depend on them, on the vocabulary and on the configurations: all
 * go into the hash. */
static huse_status load_weights(encoder *e, const folder *f, huse_err *err)
{
    static const char first[] = "first token";
    weights_job j = {.e = e, .config = &f->config, .path = f->path[WEIGHTS]};
    HUSE_TRY(huse_safetensors_open(&e->file, j.path, err));
    huse_pool *pool = huse_pool_new(2);
    huse_pool_run(pool, 2, weights_task, &j);
    huse_pool_free(pool);
    for (size_t i = 0; i < 2; i++)
        if (j.status[i] != HUSE_OK)
            return huse_fail(err, j.status[i], "%s", j.err[i].msg);
    e->weights.first = f->first;
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_sha256_add(c, &j.hash, sizeof j.hash);
    for (size_t i = CONFIG; i <= VOCABULARY; i++) {
        huse_key k = huse_sha256(f->text[i] ? f->text[i] : "", f->n[i]);
        huse_sha256_add(c, &k, sizeof k);
    }
    if (f->first)
        huse_sha256_add(c, first, sizeof first);
    e->base.hash = huse_sha256_end(c);
    return HUSE_OK;
}

static huse_status open_files(encoder *e, folder *f, huse_err *err)
{
    HUSE_TRY(read_folder(f, err));
    HUSE_TRY(load_weights(e, f, err));
    e->words = f->words;
    f->words = NULL;
    e->cls = huse_wordpiece_id(e->words, "[CLS]");
    e->sep = huse_wordpiece_id(e->words, "[SEP]");
    size_t h = f->config.hidden;
    e->base.dim = 4 * h;
    e->base.sentence_at = 3 * h;
    e->base.sentence_dim = h;
    return HUSE_OK;
}

huse_status huse_bert_check(const char *dir, huse_err *err)
{
    folder f;
    open_folder(&f, dir);
    huse_status st = read_folder(&f, err);
    close_folder(&f);
    return st;
}

huse_status huse_bert_open(huse_text_encoder **out, const char *dir, huse_err *err)
{
    folder f;
    encoder *e = huse_xcalloc(1, sizeof *e);
    e->base = (huse_text_encoder){.encode = encode, .free = encoder_free};
    huse_model_name(e->name, dir);
    e->base.name = e->name;
    open_folder(&f, dir);
    huse_status st = open_files(e, &f, err);
    close_folder(&f);
    if (st == HUSE_OK)
        *out = &e->base;
    else
        encoder_free(&e->base);
    return st;
}
