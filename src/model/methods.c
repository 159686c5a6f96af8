#include "model/methods.h"

#include <math.h>
#include <stddef.h>
#include <strings.h>

#define WEIGHT(field) offsetof(huse_objective, field)
#define START_OF_PRESET ((double)NAN)

static const huse_method table[] = {
    {.name = "Separate", .option = "separate", .heads = 2, .by_accuracy = true, .class_by = HUSE_CLASS_SOFTMAX,
     .term = {[HUSE_TERM_CLASS] = {"class", WEIGHT(unit)}}, .loss = huse_method_separate},
    {.name = "Triplet", .option = "triplet", .joined = true,
     .term = {[HUSE_TERM_SEMANTIC] = {"triplet", WEIGHT(unit)}},
     .own = {{"margin", 0.05, 0.02, 0.5, false}}, .loss = huse_method_triplet},
    {.name = "CME", .option = "cme", .heads = 2, .joined = true, .class_by = HUSE_CLASS_SOFTMAX,
     .term = {[HUSE_TERM_CLASS] = {"class", WEIGHT(alpha)},
              [HUSE_TERM_SEMANTIC] = {"hinge", WEIGHT(lambda)},
              [HUSE_TERM_GAP] = {"gap", WEIGHT(unit)}},
     .own = {{"alpha", 1, 0.1, 10, false}, {"lambda", 1, 0.1, 10, false}, {"margin", 0.1, 0.1, 0.1, true}}, .loss = huse_method_cme},
    {.name = "AdaMine", .option = "adamine", .joined = true,
     .term = {[HUSE_TERM_SEMANTIC] = {"semantic", WEIGHT(lambda)}, [HUSE_TERM_INSTANCE] = {"instance", WEIGHT(unit)}},
     .own = {{"lambda", 1, 0.1, 10, false}, {"margin", 0.3, 0.3, 0.3, true}}, .loss = huse_method_adamine},
    {.name = "DeViSE*", .option = "devise", .psi_wide = true, .joined = true, .class_by = HUSE_CLASS_PSI,
     .term = {[HUSE_TERM_SEMANTIC] = {"psi", WEIGHT(unit)}}, .loss = huse_method_devise},
    {.name = "HIE*", .option = "hie", .heads = 2, .psi_wide = true, .joined = true, .class_by = HUSE_CLASS_SOFTMAX,
     .term = {[HUSE_TERM_CLASS] = {"class", WEIGHT(alpha)}, [HUSE_TERM_SEMANTIC] = {"psi", WEIGHT(beta)}},
     .own = {{"alpha", 1, 1, 1, false}, {"beta", 3, 0.1, 30, false}}, .loss = huse_method_hie},
    {.name = "HUSE-P", .option = "huse-p", .heads = 1, .psi_wide = true, .joined = true, .class_by = HUSE_CLASS_SOFTMAX,
     .term = {[HUSE_TERM_CLASS] = {"class", WEIGHT(alpha)},
              [HUSE_TERM_SEMANTIC] = {"psi", WEIGHT(beta)},
              [HUSE_TERM_GAP] = {"gap", WEIGHT(gamma)}},
     .own = {{"alpha", 1, 1, 1, false}, {"beta", 0.3, 0.03, 10, false}, {"gamma", 0.3, 0.03, 3, false}}, .loss = huse_method_husep},
    {.name = "HUSE", .option = "huse", .heads = 1, .joined = true, .class_by = HUSE_CLASS_SOFTMAX,
     .term = {[HUSE_TERM_CLASS] = {"class", WEIGHT(alpha)},
              [HUSE_TERM_SEMANTIC] = {"graph", WEIGHT(beta)},
              [HUSE_TERM_GAP] = {"gap", WEIGHT(gamma)},
              [HUSE_TERM_INSTANCE] = {"instance", WEIGHT(instance)}},
     .own = {{"beta", START_OF_PRESET, 3, 60, false}, {"gamma", START_OF_PRESET, 0.03, 3, false}, {"zeta", START_OF_PRESET, 0.7, 2, true}, {"instance", START_OF_PRESET, 0.03, 1, false}},
     .loss = huse_method_huse},
};

const huse_method *huse_method_at(size_t i)
{
    HUSE_ASSERT(i < HUSE_COUNT(table));
    return &table[i];
}

size_t huse_method_count(void)
{
    return HUSE_COUNT(table);
}

const huse_method *huse_method_find(const char *name)
{
    for (size_t i = 0; i < HUSE_COUNT(table); i++)
        if (strcasecmp(name, table[i].option) == 0 || strcasecmp(name, table[i].name) == 0)
            return &table[i];
    return NULL;
}

const char *huse_method_score(const huse_method *m)
{
    return m->by_accuracy ? "accuracy" : "R@1";
}

double huse_method_total(const huse_method *m, const huse_objective *o, const double term[HUSE_TERMS])
{
    double sum = 0;
    for (size_t i = 0; i < HUSE_TERMS; i++)
        if (m->term[i].name)
            sum += *(const double *)((const char *)o + m->term[i].weight) * term[i];
    return sum;
}
