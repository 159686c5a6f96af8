/* What a model's meta.json and a run's config.json say, as read by those who will allocate by it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "model/model.h"
#include "model/model_meta.h"
#include "train/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_model(const json_t *o)
{
    huse_err err = {0};
    huse_model *m = huse_xcalloc(1, sizeof *m);
    if (huse_model_read_meta(m, o, &err) == HUSE_OK) {
        HUSE_ASSERT(m->K >= 1 && m->D >= 1 && m->sentence_at + m->sentence_dim <= m->text_dim);
        HUSE_ASSERT(isfinite(m->logit_scale) && isfinite(m->fusion_weight));
        json_t *again = huse_model_meta(m);
        HUSE_ASSERT(json_equal(json_object_get(o, "classes"), json_object_get(again, "classes")));
        json_decref(again);
    } else {
        HUSE_ASSERT(err.status == HUSE_BAD_DATA && err.msg[0]);
    }
    huse_model_close(m);
}

static void read_params(const json_t *o)
{
    huse_err err = {0};
    huse_train_params p;
    HUSE_ASSERT(huse_train_params_init(&p, "default", &err) == HUSE_OK);
    if (huse_train_params_from_json(&p, o, &err) == HUSE_OK)
        for (size_t i = 0; i < huse_hp_count(); i++) {
            char *text = huse_train_params_text(&p, i);
            HUSE_ASSERT(huse_train_params_set(&p, huse_hp_at(i)->option, text, &err) == HUSE_OK);
            free(text);
        }
    huse_train_params_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *o = NULL;
    if (huse_json_parse(&o, (const char *)data, size, "fuzz", NULL) != HUSE_OK)
        return 0;
    read_model(o);
    read_params(o);
    json_decref(o);
    return 0;
}
