/* The training step: what it may not do (allocate, depend on threads), and which items it sees. */
#include "data_fixture.h"

#include <math.h>
#include <stdatomic.h>

#include "base/rng.h"
#include "data/encoders.h"
#include "encode/encoder.h"
#include "train/trainer.h"

enum { ITEMS = 90, CLASSES = 6, WIDTH = 12 };

/* ---- every allocation of the process is counted: libraries and threads included ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED 0
static atomic_long allocations;
#else
#define COUNTED 1
static atomic_long allocations;
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    *p = __libc_memalign(align, n);
    return *p ? 0 : 12;
}
#endif

/* ---- a workspace with rows from elsewhere ---- */

/* Item i: class i % CLASSES; every 9th has no picture row, every 10th no text row. */
static void make_workspace(fixture *f)
{
    static float image[ITEMS * WIDTH], text[ITEMS * WIDTH];
    huse_buf csv = {0}, image_ids = {0};
    huse_rng r;
    size_t n = 0;
    huse_rng_init(&r, 4, 0);
    huse_buf_str(&csv, "id,text,class,split\n");
    for (size_t i = 0; i < ITEMS; i++) {
        huse_buf_fmt(&csv, "i%02zu,%s,G%zu/C%zu,%s\n", i, i % 10 == 9 ? "" : "some words of kind", i % CLASSES % 2,
                     i % CLASSES, i % 6 == 5 ? "val" : "train");
        for (size_t c = 0; c < WIDTH; c++) {
            float x = (float)huse_rng_normal(&r) + (c == i % CLASSES ? 3.0F : 0.0F);
            text[i * WIDTH + c] = x;
            if (i % 9 != 8)
                image[n * WIDTH + c] = x + (float)huse_rng_normal(&r);
        }
        if (i % 9 != 8) {
            huse_buf_fmt(&image_ids, "i%02zu\n", i);
            n++;
        }
    }
    OK(fx_import(f, "c.csv", csv.data, &(huse_import_options){.progress = NULL}));
    fx_write(f, "image.txt", image_ids.data, image_ids.len);
    OK(huse_npy_write(fx_path(f, "image.npy"), image, n, WIDTH, &f->err));
    OK(huse_npy_write(fx_path(f, "text.npy"), text, ITEMS, WIDTH, &f->err));
    huse_buf_free(&csv);
    huse_buf_free(&image_ids);
    huse_host host = {.threads = 1};
    huse_embed_report report;
    huse_embed_options opt = {.image_features = fx_path(f, "image.npy"), .ids = fx_path(f, "image.txt")};
    OK(huse_embed(f->ws, &host, &opt, &report, &f->err));
}

static void make_trainer(fixture *f, huse_trainer *t, int threads, const char *const (*set)[2], size_t n_set)
{
    huse_text_encoder *enc = huse_text_fallback();
    memset(t, 0, sizeof *t);
    t->pool = huse_pool_new(threads);
    OK(huse_train_params_init(&t->params, "default", &f->err));
    static const char *const small[][2] = {{"batch", "24"}, {"hidden", "32"}, {"dim", "16"}, {"tfidf-dim", "16"},
                                           {"tfidf-terms", "64"}, {"steps", "40"}};
    for (size_t i = 0; i < HUSE_COUNT(small); i++)
        OK(huse_train_params_set(&t->params, small[i][0], small[i][1], &f->err));
    for (size_t i = 0; i < n_set; i++)
        OK(huse_train_params_set(&t->params, set[i][0], set[i][1], &f->err));
    OK(huse_dataset_open(&t->data, f->ws, &f->err));
    OK(huse_setup_make(&t->setup, t->data, t->pool, enc, &t->params, &f->err));
    OK(huse_trainer_prepare(t, &f->err));
    enc->free(enc);
}

static int setup(void **state)
{
    fx_setup(state);
    make_workspace(*state);
    return 0;
}

/* ---- tests ---- */

static void no_step_allocates(void **state)
{
    static const char *const ways[][2] = {{"optimiser", "adamw"}, {"optimiser", "rmsprop"}, {"instance", "0"}, {"zeta", "0.7"},
                                          {"method", "separate"}, {"method", "triplet"}, {"method", "cme"}, {"method", "adamine"},
                                          {"method", "devise"}, {"method", "hie"}, {"method", "huse-p"}};
    if (!COUNTED)
        skip();
    for (size_t i = 0; i < HUSE_COUNT(ways); i++)
        for (int threads = 1; threads <= 4; threads += 3) {
            huse_trainer t;
            make_trainer(*state, &t, threads, &ways[i], 1);
            huse_trainer_step(&t); /* OpenBLAS may take its buffers once */
            long before = atomic_load(&allocations);
            for (int k = 0; k < 30; k++) /* over several epochs */
                huse_trainer_step(&t);
            assert_int_equal(atomic_load(&allocations) - before, 0);
            free(huse_xmalloc(1)); /* the counter does count */
            assert_true(atomic_load(&allocations) > before);
            huse_trainer_fini(&t);
        }
}

static void threads_do_not_change_a_bit(void **state)
{
    huse_trainer one, more;
    make_trainer(*state, &one, 1, NULL, 0);
    for (int threads = 2; threads <= 8; threads *= 2) {
        make_trainer(*state, &more, threads, NULL, 0);
        assert_int_equal(one.net->params.floats, more.net->params.floats);
        while (one.at.step < 12 * threads / 2)
            huse_trainer_step(&one);
        while (more.at.step < one.at.step)
            huse_trainer_step(&more);
        assert_memory_equal(one.net->w, more.net->w, one.net->params.floats * sizeof(float));
        assert_memory_equal(one.v, more.v, one.net->params.floats * sizeof(float));
        huse_trainer_fini(&more);
    }
    huse_trainer_fini(&one);
}

static void looking_ahead_changes_nothing(void **state)
{
    huse_trainer plain, looking;
    make_trainer(*state, &plain, 1, NULL, 0);
    make_trainer(*state, &looking, 1, NULL, 0);
    for (int k = 0; k < 15; k++) {
        double ahead = huse_trainer_loss_ahead(&looking);
        huse_trainer_step(&plain);
        huse_trainer_step(&looking);
        assert_true(ahead >= looking.loss && ahead <= looking.loss);
        assert_memory_equal(plain.net->w, looking.net->w, plain.net->params.floats * sizeof(float));
    }
    looking.net->w[3] = (float)NAN;
    assert_true(isnan(huse_trainer_loss_ahead(&looking)));
    huse_trainer_fini(&plain);
    huse_trainer_fini(&looking);
}

static void an_epoch_shows_every_item_once(void **state)
{
    static const char *const batch[][2] = {{"batch", "25"}, {"balance", "0"}};
    huse_trainer t;
    make_trainer(*state, &t, 1, batch, 2);
    const size_t n = t.data->n_split[HUSE_SPLIT_TRAIN];
    const huse_sampler *s = &t.sampler;
    assert_int_equal(n, 75);
    assert_int_equal(s->per_epoch, 3);
    uint32_t first[75];
    for (long epoch = 0; epoch < 4; epoch++) {
        int seen[ITEMS] = {0}, images = 0, texts = 0;
        for (long k = 1; k <= 3; k++) {
            huse_sampler_load(&t.sampler, t.pool, epoch * 3 + k);
            for (size_t i = 0; i < s->batch.n_image; i++)
                assert_int_equal(s->batch.y[i], t.data->items->item[s->image_item[i]].cls);
            for (size_t i = 0; i < s->batch.n_text; i++)
                seen[s->text_item[i]]++;
            for (size_t i = 0; i < s->batch.n_pair; i++)
                assert_int_equal(s->image_item[s->batch.pair_image[i]], s->text_item[s->batch.pair_text[i]]);
            images += (int)s->batch.n_image;
            texts += (int)s->batch.n_text;
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t item = t.data->split[HUSE_SPLIT_TRAIN][i];
            assert_int_equal(seen[item], t.data->text[item] != NULL);
        }
        for (size_t i = 0; i < n; i++)
            images -= t.data->image[t.data->split[HUSE_SPLIT_TRAIN][i]] != NULL;
        assert_int_equal(images, 0);
        assert_true(texts > 0);
        if (epoch)
            assert_memory_not_equal(first, s->order, sizeof first);
        memcpy(first, s->order, sizeof first);
    }
    huse_sampler_load(&t.sampler, t.pool, 2); /* back in time: the same as then, whatever was loaded between */
    float row[WIDTH];
    memcpy(row, s->batch.image, sizeof row);
    huse_sampler_load(&t.sampler, t.pool, 9);
    huse_sampler_load(&t.sampler, t.pool, 2);
    assert_memory_equal(row, s->batch.image, sizeof row);
    huse_trainer_fini(&t);
}

static void balanced_epochs_show_items_by_a_power_of_the_size_of_their_class(void **state)
{
    enum { EPOCHS = 200 };
    static const char *const set[][2] = {{"batch", "75"}, {"balance", "0.8"}};
    huse_trainer t;
    double       seen[ITEMS] = {0}, size[ITEMS] = {0}, shares = 0;
    make_trainer(*state, &t, 1, set, 2);
    const size_t n = t.data->n_split[HUSE_SPLIT_TRAIN];
    const huse_item *item = t.data->items->item;
    for (size_t i = 0; i < n; i++)
        size[item[t.data->split[HUSE_SPLIT_TRAIN][i]].cls]++;
    for (size_t k = 0; k < t.data->items->n_classes; k++)
        shares += size[k] > 0 ? pow(size[k], 0.2) : 0;
    for (long epoch = 0; epoch < EPOCHS; epoch++) {
        double before[ITEMS];
        memcpy(before, seen, sizeof before);
        huse_sampler_load(&t.sampler, t.pool, epoch + 1);
        for (size_t i = 0; i < n; i++)
            seen[t.sampler.order[i]]++;
        for (size_t i = 0; i < n; i++) { /* one more or less than its share is the most that an epoch may do */
            uint32_t it = t.data->split[HUSE_SPLIT_TRAIN][i];
            assert_true(fabs(seen[it] - before[it] - (double)n * pow(size[item[it].cls], -0.8) / shares) < 1.0 + 1e-9);
        }
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t it = t.data->split[HUSE_SPLIT_TRAIN][i];
        assert_true(fabs(seen[it] / EPOCHS - (double)n * pow(size[item[it].cls], -0.8) / shares) < 0.15);
    }
    huse_trainer_fini(&t);
}

static void a_short_last_batch_is_dropped(void **state)
{
    static const char *const batch[][2] = {{"batch", "40"}};
    static const char *const huge[][2] = {{"batch", "60000"}};
    huse_trainer t;
    make_trainer(*state, &t, 1, batch, 1);
    assert_int_equal(t.sampler.rows, 40);
    assert_int_equal(t.sampler.per_epoch, 1);
    huse_trainer_fini(&t);
    make_trainer(*state, &t, 1, huge, 1);
    assert_int_equal(t.sampler.rows, 75);
    huse_trainer_step(&t);
    huse_trainer_fini(&t);
}

static void the_learning_rate_warms_up_and_falls_as_a_cosine(void **state)
{
    static const char *const set[][2] = {{"steps", "100"}, {"warmup", "0.1"}, {"lr", "0.5"}};
    static const char *const constant[][2] = {{"steps", "100"}, {"warmup", "0"}, {"decay", "0"}, {"lr", "0.25"}};
    huse_trainer t;
    make_trainer(*state, &t, 1, set, 3);
    assert_true(fabs(huse_trainer_lr(&t, 1) - 0.5 / 10) < 1e-12);
    assert_true(huse_trainer_lr(&t, 9) < 0.5 * 0.9 && huse_trainer_lr(&t, 9) > 0.5 * 0.88);
    assert_true(fabs(huse_trainer_lr(&t, 51) - 0.25) < 1e-12);
    assert_true(huse_trainer_lr(&t, 100) > 0 && huse_trainer_lr(&t, 100) < 0.001);
    for (long s = 11; s <= 100; s++)
        assert_true(huse_trainer_lr(&t, s) < huse_trainer_lr(&t, s - 1));
    huse_trainer_fini(&t);
    make_trainer(*state, &t, 1, constant, 4);
    assert_true(fabs(huse_trainer_lr(&t, 1) - 0.25) < 1e-12 && fabs(huse_trainer_lr(&t, 100) - 0.25) < 1e-12);
    huse_trainer_fini(&t);
}

/* What training lowers: the loss; AdaMine's are means of the hinges that are not zero, so there the number of the semantic ones. */
static double mean_of_steps(huse_trainer *t, long n)
{
    double sum = 0;
    for (long i = 0; i < n; i++) {
        huse_trainer_step(t);
        if (!isfinite(t->loss))
            return (double)NAN;
        if (strcmp(t->method->option, "adamine") != 0)
            sum += t->loss;
        else
            for (size_t r = 0; r < t->sampler.batch.n_image + t->sampler.batch.n_text; r++)
                sum += t->scratch.row_count[1][r];
    }
    return sum / (double)n;
}

static void training_lowers_the_loss_of_every_method(void **state)
{
    for (size_t i = 0; i < huse_method_count(); i++) {
        const char *const set[][2] = {{"lr", "0.01"}, {"method", huse_method_at(i)->option}, {"steps", "120"}, {"beta", "1"}, {"balance", "0"}};
        huse_trainer t;
        make_trainer(*state, &t, 2, set, 5);
        double first = mean_of_steps(&t, 3);
        while (t.at.step < 117)
            huse_trainer_step(&t);
        double last = mean_of_steps(&t, 3);
        /* all texts are alike here: what compares items only has little to learn */
        double enough = t.method->class_by == HUSE_CLASS_NONE ? 0.95 : 0.8;
        if (!isfinite(last) || !(last < enough * first))
            fail_msg("%s: from %g to %g", t.method->name, first, last);
        huse_trainer_fini(&t);
    }
}

static void steps_of_a_method_repeat_whatever_came_before(void **state)
{
    static const char *const method[] = {"triplet", "adamine", "cme"};
    for (size_t i = 0; i < HUSE_COUNT(method); i++) {
        const char *const set[][2] = {{"method", method[i]}};
        huse_trainer plain, looking;
        make_trainer(*state, &plain, 1, set, 1);
        make_trainer(*state, &looking, 4, set, 1);
        for (int k = 0; k < 15; k++) {
            double ahead = huse_trainer_loss_ahead(&looking);
            huse_trainer_step(&plain);
            huse_trainer_step(&looking);
            assert_true(ahead >= looking.loss && ahead <= looking.loss);
            assert_memory_equal(plain.net->w, looking.net->w, plain.net->params.floats * sizeof(float));
        }
        huse_trainer_fini(&plain);
        huse_trainer_fini(&looking);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(no_step_allocates),
        T(threads_do_not_change_a_bit),
        T(looking_ahead_changes_nothing),
        T(an_epoch_shows_every_item_once),
        T(balanced_epochs_show_items_by_a_power_of_the_size_of_their_class),
        T(a_short_last_batch_is_dropped),
        T(the_learning_rate_warms_up_and_falls_as_a_cosine),
        T(training_lowers_the_loss_of_every_method),
        T(steps_of_a_method_repeat_whatever_came_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
