/* The paper's own figures on UPMC Food-101 (arXiv 1911.05978, Tables 1 to 3): shown beside ours, never mixed with them. */
#include <math.h>

#include "eval/compare_table.h"

typedef struct printed {
    const char *label;
    double      r[4][3], hp[4][3], accuracy[3]; /* I2I I2T T2I T2T; image, text, fusion; 0: not given */
} printed;

static const printed table[] = {
    {"Wang", {{0}}, {{0}}, {.402, .820, .851}},
    {"Kiela", {{0}}, {{0}}, {.567, .880, .908}},
    {"Separate", {{0}}, {{0}}, {.724, .872, .919}},
    {"Triplet",
     {{.469, .685, .746}, {.282, .541, .632}, {.171, .410, .539}, {.484, .705, .783}},
     {{.530, .592, .674}, {.383, .493, .604}, {.261, .386, .524}, {.520, .581, .669}}, {0}},
    {"CME",
     {{.660, .790, .821}, {.430, .552, .592}, {.090, .313, .458}, {.802, .880, .901}},
     {{.031, .086, .167}, {.033, .077, .162}, {.034, .079, .166}, {.031, .085, .167}}, {.724, .788, .881}},
    {"AdaMine",
     {{.191, .387, .499}, {.042, .160, .266}, {.038, .134, .221}, {.215, .350, .447}},
     {{.164, .252, .376}, {.096, .214, .350}, {.084, .179, .309}, {.235, .296, .397}}, {0}},
    {"DeViSE*",
     {{.656, .793, .830}, {.537, .698, .748}, {.220, .438, .539}, {.543, .710, .775}},
     {{.667, .709, .759}, {.683, .742, .799}, {.157, .233, .339}, {.350, .412, .503}}, {0}},
    {"HIE*",
     {{.649, .792, .832}, {.590, .712, .751}, {.430, .721, .800}, {.786, .870, .897}},
     {{.682, .718, .768}, {.664, .721, .783}, {.522, .607, .698}, {.800, .820, .854}}, {.735, .802, .885}},
    {"HUSE-P",
     {{.668, .794, .828}, {.328, .579, .666}, {.689, .826, .853}, {.830, .894, .913}},
     {{.689, .722, .768}, {.656, .729, .776}, {.573, .632, .763}, {.825, .836, .871}}, {.731, .839, .896}},
    {"HUSE",
     {{.685, .806, .835}, {.702, .763, .778}, {.803, .889, .903}, {.875, .917, .927}},
     {{.705, .740, .787}, {.741, .784, .831}, {.824, .848, .878}, {.884, .897, .916}}, {.738, .873, .923}},
};

static void set_row(huse_compare_row *row, const printed *p)
{
    huse_eval_report *m = &row->mean;
    row->label = p->label;
    for (int t = 0; t < HUSE_TASKS; t++)
        for (int f = 0; f < HUSE_FIGURES; f++)
            m->task[t].mean[f] = m->task[t].random[f] = m->task[t].lo[f] = m->task[t].hi[f] = (double)NAN;
    for (int t = HUSE_I2I; t <= HUSE_T2T; t++) {
        m->task[t].present = p->r[t][0] > 0;
        for (int k = 0; k < 3; k++) {
            m->task[t].mean[HUSE_R1 + k] = p->r[t][k];
            m->task[t].mean[HUSE_HP2 + k] = p->hp[t][k];
        }
    }
    for (int k = 0; k < HUSE_ACCURACIES; k++)
        row->accuracy_lo[k] = row->accuracy_hi[k] = (double)NAN;
    m->classified = p->accuracy[0] > 0;
    m->accuracy_image = p->accuracy[0];
    m->accuracy_text = p->accuracy[1];
    m->accuracy_fusion = p->accuracy[2];
}

size_t huse_paper_rows(huse_compare_row row[HUSE_PAPER_ROWS])
{
    _Static_assert(HUSE_COUNT(table) == HUSE_PAPER_ROWS, "a row for each of the paper's");
    for (size_t i = 0; i < HUSE_COUNT(table); i++) {
        row[i] = (huse_compare_row){.label = NULL};
        set_row(&row[i], &table[i]);
    }
    return HUSE_COUNT(table);
}

void huse_paper_methods(huse_method_row row[HUSE_PAPER_METHODS])
{
    huse_compare_row own[HUSE_PAPER_ROWS];
    huse_paper_rows(own);
    for (size_t i = 0; i < HUSE_PAPER_ROWS; i++)
        row[i] = huse_compare_public(&own[i]);
}

char *huse_paper_text(huse_report_format format)
{
    huse_compare_row         row[HUSE_PAPER_ROWS];
    const huse_compare_style style = {.name = "paper", .title = "UPMC Food-101", .sparse = true, .paper = true};
    huse_paper_rows(row);
    if (format != HUSE_REPORT_JSON)
        return huse_compare_text(row, HUSE_PAPER_ROWS, format, &style);
    json_t *o = json_object();
    for (size_t i = 0; i < HUSE_PAPER_ROWS; i++)
        json_object_set_new(o, row[i].label, huse_compare_json(&row[i]));
    char *text = json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(o);
    return text;
}
