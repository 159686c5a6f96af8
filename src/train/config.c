/* Hyper-parameters: presets, and setting them by name. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "huse/train.h"
#include "model/methods.h"
#include "train/config.h"

static const huse_hp table[] = {
#define KIND_INT HUSE_HP_INT
#define KIND_REAL HUSE_HP_REAL
#define KIND_TEXT HUSE_HP_TEXT
#define HP(field, type, option, kind, def, paper, low, high, live, help) \
    {option, help, KIND_##kind, low, high, live},
#include "huse/params.def"
#undef HP
};

/* Where a row's value lies in the struct. */
static const size_t offset[] = {
#define HP(field, type, option, kind, def, paper, low, high, live, help) offsetof(huse_train_params, field),
#include "huse/params.def"
#undef HP
};

static void *field(const huse_train_params *p, size_t i)
{
    return (char *)(uintptr_t)p + offset[i];
}

size_t huse_hp_count(void)
{
    return HUSE_COUNT(table);
}

const huse_hp *huse_hp_at(size_t i)
{
    HUSE_ASSERT(i < HUSE_COUNT(table));
    return &table[i];
}

#define SET_INT(field, value) p->field = (value);
#define SET_REAL(field, value) p->field = (value);
#define SET_TEXT(field, value) p->field = huse_xstrdup(value);

huse_status huse_train_params_init(huse_train_params *p, const char *preset, huse_err *err)
{
    bool paper = strcmp(preset, "paper") == 0;
    if (!paper && strcmp(preset, "default") != 0)
        return huse_fail(err, HUSE_NOT_FOUND, "no preset “%s”: there are default and paper", preset);
#define HP(field, type, option, kind, def, of_paper, low, high, live, help) \
    SET_##kind(field, paper ? (of_paper) : (def))
#include "huse/params.def"
#undef HP
    return HUSE_OK;
}

/* What is NaN stays as the preset has it; so does, with @defined, all but what belongs to the method's definition. */
static void start_own_weights(huse_train_params *p, const huse_method *m, bool defined)
{
    for (const huse_own_weight *w = m->own; w->option; w++)
        for (size_t i = 0; i < HUSE_COUNT(table); i++)
            if (strcmp(w->option, table[i].option) == 0 && isfinite(w->start) && !(defined && w->low < w->high))
                *(double *)field(p, i) = w->start;
}

huse_status huse_train_params_init_method(huse_train_params *p, const char *preset, const char *method, huse_err *err)
{
    HUSE_TRY(huse_train_params_init(p, preset, err));
    huse_status s = huse_train_params_set(p, "method", method, err);
    if (s != HUSE_OK)
        huse_train_params_fini(p);
    else
        start_own_weights(p, huse_method_find(p->method), strcmp(preset, "paper") == 0);
    return s;
}

void huse_train_params_fini(huse_train_params *p)
{
    for (size_t i = 0; i < HUSE_COUNT(table); i++)
        if (table[i].kind == HUSE_HP_TEXT) {
            free(*(char **)field(p, i));
            *(char **)field(p, i) = NULL;
        }
}

/* strtod in the C locale whatever the program's; the whole string must be a finite number. */
static bool parse_real(const char *s, double *out)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char    *end;
    errno = 0;
    double v = strtod_l(s, &end, c);
    freelocale(c);
    *out = v;
    return *s && !*end && !errno && isfinite(v);
}

/* The word that @value stands for, NULL: the option takes no such word. A .npy file stands for itself. */
static const char *known_word(const char *option, const char *value)
{
    static const char *const word[][2] = {{"optimiser", "adamw"}, {"optimiser", "rmsprop"}, {"psi", "name"},
                                          {"psi", "tree"},        {"psi", "blend"},         {"psi", "texts"}};
    size_t n = strlen(value);
    if (strcmp(option, "method") == 0) {
        const huse_method *m = huse_method_find(value);
        return m ? m->option : NULL;
    }
    for (size_t i = 0; i < HUSE_COUNT(word); i++)
        if (strcmp(word[i][0], option) == 0 && strcmp(word[i][1], value) == 0)
            return value;
    return strcmp(option, "psi") == 0 && n > 4 && strcmp(value + n - 4, ".npy") == 0 ? value : NULL;
}

huse_status huse_train_params_set(huse_train_params *p, const char *option, const char *value, huse_err *err)
{
    const char *names[HUSE_COUNT(table)];
    for (size_t i = 0; i < HUSE_COUNT(table); i++) {
        double v;
        names[i] = table[i].option;
        if (strcmp(option, table[i].option) != 0)
            continue;
        if (table[i].kind == HUSE_HP_TEXT) {
            char *word = known_word(option, value) ? huse_xstrdup(known_word(option, value)) : NULL;
            if (!word)
                return huse_fail(err, HUSE_USAGE, "%s: “%s” is unknown; it is %s", option, value, table[i].help);
            free(*(char **)field(p, i));
            *(char **)field(p, i) = word;
            return HUSE_OK;
        }
        if (!parse_real(value, &v) || (table[i].kind == HUSE_HP_INT && v != floor(v)))
            return huse_fail(err, HUSE_USAGE, "%s: “%s” is no %s", option, value,
                             table[i].kind == HUSE_HP_INT ? "whole number" : "number");
        if (v < table[i].low || v > table[i].high)
            return huse_fail(err, HUSE_USAGE, "%s: %s is not between %g and %g", option, value, table[i].low,
                             table[i].high);
        if (table[i].kind == HUSE_HP_INT)
            *(long *)field(p, i) = (long)v;
        else
            *(double *)field(p, i) = v;
        return HUSE_OK;
    }
    const char *near = huse_text_nearest(option, names, HUSE_COUNT(names));
    return huse_fail(err, HUSE_USAGE, "no hyper-parameter “%s”%s%s%s", option, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
}

char *huse_train_params_text(const huse_train_params *p, size_t i)
{
    switch (table[i].kind) {
    case HUSE_HP_INT:
        return huse_format("%ld", *(const long *)field(p, i));
    case HUSE_HP_REAL:
        return huse_format("%.9g", *(const double *)field(p, i));
    default:
        return huse_xstrdup(*(char *const *)field(p, i));
    }
}

json_t *huse_train_params_json(const huse_train_params *p)
{
    json_t *o = json_object();
    for (size_t i = 0; i < HUSE_COUNT(table); i++) {
        json_t *v = table[i].kind == HUSE_HP_INT    ? json_integer(*(const long *)field(p, i))
                    : table[i].kind == HUSE_HP_REAL ? json_real(*(const double *)field(p, i))
                                                    : json_string(*(char *const *)field(p, i));
        json_object_set_new(o, table[i].option, v);
    }
    return o;
}

/* A file without these is of a run of HUSE with one class layer, which has no use for the weights among them, and shows classes as often as
 * they have items. */
static bool may_lack(const huse_hp *hp)
{
    static const char *const option[] = {"method", "lambda", "margin", "class-layers", "balance"};
    for (size_t i = 0; i < HUSE_COUNT(option); i++)
        if (strcmp(hp->option, option[i]) == 0)
            return true;
    return false;
}

static huse_status check_json(const huse_hp *hp, const json_t *v, huse_err *err)
{
    if (!v && may_lack(hp))
        return HUSE_OK;
    bool fits = hp->kind == HUSE_HP_INT    ? json_is_integer(v)
                : hp->kind == HUSE_HP_REAL ? json_is_number(v)
                                           : json_is_string(v);
    if (!fits)
        return huse_fail(err, HUSE_BAD_DATA, "the run's settings lack %s", hp->option);
    double x = json_number_value(v);
    if (hp->kind == HUSE_HP_TEXT ? !known_word(hp->option, json_string_value(v)) : !(x >= hp->low && x <= hp->high))
        return huse_fail(err, HUSE_BAD_DATA, "the run's settings: %s is out of range", hp->option);
    return HUSE_OK;
}

huse_status huse_train_params_from_json(huse_train_params *p, const json_t *o, huse_err *err)
{
    for (size_t i = 0; i < HUSE_COUNT(table); i++)
        HUSE_TRY(check_json(&table[i], json_object_get(o, table[i].option), err));
    p->balance = 0;
    for (size_t i = 0; i < HUSE_COUNT(table); i++) {
        const json_t *v = json_object_get(o, table[i].option);
        if (!v)
            continue;
        if (table[i].kind == HUSE_HP_INT) {
            *(long *)field(p, i) = (long)json_integer_value(v);
        } else if (table[i].kind == HUSE_HP_REAL) {
            *(double *)field(p, i) = json_number_value(v);
        } else {
            free(*(char **)field(p, i));
            *(char **)field(p, i) = huse_xstrdup(json_string_value(v));
        }
    }
    return HUSE_OK;
}

double *huse_train_params_live(huse_train_params *p, const char *option, double *low, double *high)
{
    for (size_t i = 0; i < HUSE_COUNT(table); i++)
        if (table[i].live && strcmp(option, table[i].option) == 0) {
            *low = table[i].low;
            *high = table[i].high;
            return field(p, i);
        }
    return NULL;
}
