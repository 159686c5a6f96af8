#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_STEPS = 400, MIN_EPOCHS = 12, VALIDATIONS = 12 };

long huse_trainer_steps(const huse_train_params *p, size_t n_train)
{
    size_t per_epoch = n_train / HUSE_MAX((size_t)1, HUSE_MIN((size_t)p->batch, n_train));
    return p->steps ? p->steps : HUSE_MAX((long)MIN_STEPS, MIN_EPOCHS * (long)per_epoch);
}

huse_status huse_trainer_prepare(huse_trainer *t, huse_err *err)
{
    const huse_train_params *p = &t->params;
    const huse_shape        *shape = &t->setup.weights.params.shape;
    t->method = huse_method_find(p->method);
    size_t                   n = t->data->n_split[HUSE_SPLIT_TRAIN];
    HUSE_TRY(huse_net_new(&t->net, shape, HUSE_MIN((size_t)p->batch, n), err));
    huse_params_randomise(&t->net->params, (uint64_t)p->seed, t->net->w);
    t->m = huse_arena_alloc(t->net->arena, t->net->params.floats * sizeof *t->m);
    t->v = huse_arena_alloc(t->net->arena, t->net->params.floats * sizeof *t->v);
    huse_sampler_init(&t->sampler, t->net->arena, t->data, &t->setup, (size_t)p->batch, p->balance,
                      (uint64_t)p->seed);
    huse_loss_scratch_init(&t->scratch, t->net->arena, t->net->rows, shape->D, &t->setup.graph);
    huse_loss_scratch_threads(&t->scratch, t->net->arena, huse_pool_threads(t->pool));
    t->tree = huse_taxonomy_new(t->data->items->class_path, t->data->items->n_classes);
    t->steps = huse_trainer_steps(p, n);
    t->validate_every = p->validate_every ? p->validate_every : HUSE_MAX(1L, t->steps / VALIDATIONS);
    t->checkpoint_every = p->checkpoint_every ? p->checkpoint_every : t->validate_every;
    t->at.best_score = (double)NAN;
    return HUSE_OK;
}

void huse_trainer_fini(huse_trainer *t)
{
    if (t->net)
        huse_sampler_fini(&t->sampler);
    huse_probes_free(t->probes);
    huse_net_free(t->net);
    huse_taxonomy_free(t->tree);
    huse_setup_fini(&t->setup);
    huse_dataset_close(t->data);
    huse_run_close(t->run);
    huse_train_params_fini(&t->params);
    huse_pool_free(t->pool);
    free(t->event);
}

double huse_trainer_lr(const huse_trainer *t, long step)
{
    const huse_train_params *p = &t->params;
    double warm = ceil(p->warmup * (double)t->steps), done = (double)(step - 1) / (double)t->steps;
    double rise = warm > 0 && (double)step < warm ? (double)step / warm : 1.0;
    return p->lr * rise * (1.0 - p->decay + p->decay * 0.5 * (1.0 + cos(3.14159265358979323846 * done)));
}

huse_weights huse_trainer_weights(const huse_trainer *t)
{
    huse_weights w = t->setup.weights;
    w.w = t->net->w;
    return w;
}

huse_objective huse_trainer_objective(const huse_trainer *t, long step)
{
    const huse_train_params *p = &t->params;
    return (huse_objective){.graph = &t->setup.graph, .alpha = p->alpha, .beta = p->beta, .gamma = p->gamma, .zeta = p->zeta,
                            .instance = p->instance, .instance_tau = p->instance_tau, .lambda = p->lambda, .margin = p->margin,
                            .logit_scale = p->logit_scale, .unit = 1, .seed = (uint64_t)p->seed, .step = step};
}

/* The method's loss on the loaded batch; gradients into net->g. */
static void loss_and_gradient(huse_trainer *t)
{
    huse_net                *net = t->net;
    const huse_batch        *b = &t->sampler.batch;
    const huse_train_params *p = &t->params;
    const uint64_t           seed = (uint64_t)p->seed, stream = ((uint64_t)3 << 40) + (uint64_t)t->at.step;
    const huse_dropout       drop[2] = {{(float)p->image_dropout, seed, stream}, {(float)p->text_dropout, seed, stream}};
    const huse_objective     o = huse_trainer_objective(t, t->at.step);
    memset(net->g, 0, net->params.floats * sizeof(float));
    memset(net->dE, 0, (b->n_image + b->n_text) * net->params.shape.D * sizeof(float));
    huse_net_forward(net, t->pool, b, drop);
    memset(t->term, 0, sizeof t->term);
    t->method->loss(net, t->pool, b, &o, &t->scratch, t->term);
    t->loss = huse_method_total(t->method, &o, t->term);
    huse_net_backward(net, t->pool, b, drop);
}

double huse_trainer_loss_ahead(huse_trainer *t)
{
    const double loss = t->loss;
    double       term[HUSE_TERMS];
    memcpy(term, t->term, sizeof term);
    for (size_t i = 0; i < t->net->params.floats; i++)
        if (!isfinite(t->net->w[i]))
            return (double)NAN;
    t->at.step++;
    huse_sampler_load(&t->sampler, t->pool, t->at.step);
    loss_and_gradient(t);
    t->at.step--;
    const double ahead = t->loss;
    t->loss = loss;
    memcpy(t->term, term, sizeof term);
    return ahead;
}

void huse_trainer_step(huse_trainer *t)
{
    const huse_train_params *p = &t->params;
    bool                     rms = strcmp(p->optimiser, "rmsprop") == 0;
    huse_optimiser           o = {HUSE_ADAMW, 0, (float)p->weight_decay, 0.9f, 0.999f, 1e-8f};
    if (rms)
        o = (huse_optimiser){HUSE_RMSPROP, 0, 0, 0.9f, 0.9f, 1e-7f};
    t->at.step++;
    o.lr = (float)huse_trainer_lr(t, t->at.step);
    huse_sampler_load(&t->sampler, t->pool, t->at.step);
    loss_and_gradient(t);
    huse_optimiser_step(&o, t->pool, &t->net->params, t->at.step, t->net->w, t->net->g, t->m, t->v);
}
