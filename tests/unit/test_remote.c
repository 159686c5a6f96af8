/* What goes to an OpenAI-compatible /v1/embeddings and what is taken from it; an encoder over a server that breaks the rules. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/bundle.h"
#include "encode/remote.h"
#include "net_server.h"

static net_server server;

static int start(void **state)
{
    (void)state;
    return net_server_start(&server, false) ? 0 : 1;
}

static int stop(void **state)
{
    (void)state;
    net_server_stop(&server);
    return 0;
}

/* ---- places ---- */

static void an_address_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *url, *model, *origin;
    } good[] = {
        {"https://api.example.com/v1#small", "https://api.example.com/v1/embeddings", "small", "https://api.example.com:443"},
        {"http://127.0.0.1:8080/v1/#org/name", "http://127.0.0.1:8080/v1/embeddings", "org/name", "http://127.0.0.1:8080"},
        {"https://host/v1/embeddings#m", "https://host/v1/embeddings", "m", "https://host:443"},
        {"https://host#m", "https://host/embeddings", "m", "https://host:443"},
    };
    for (size_t i = 0; i < HUSE_COUNT(good); i++) {
        huse_remote_place p;
        huse_err          err = {0};
        assert_int_equal(huse_remote_place_parse(&p, good[i].text, &err), HUSE_OK);
        assert_string_equal(p.url, good[i].url);
        assert_string_equal(p.model, good[i].model);
        assert_string_equal(p.origin, good[i].origin);
        huse_remote_place_free(&p);
    }
    static const char *const bad[] = {"https://host/v1", "https://host/v1#", "https://host/v1#a b", "https://host/v1?x=1#m", "ftp://host/v1#m",
                                      "https://user:word@host/v1#m", "#m", "https:///v1#m", "https://host/v1#m\x1b[2J"};
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        huse_remote_place p;
        huse_err          err;
        assert_int_equal(huse_remote_place_parse(&p, bad[i], &err), HUSE_USAGE);
    }
}

static void a_folder_is_named_after_the_model_whatever_it_is_called(void **state)
{
    (void)state;
    char a[64], b[64], name[HUSE_REMOTE_NAME_MAX];
    huse_remote_name(a, "sentence-transformers/all-MiniLM-L6-v2");
    assert_true(strncmp(a, "remote-sentence-transformers_all-MiniLM-L6-v2-", 46) == 0);
    huse_remote_name(b, "sentence-transformers_all-MiniLM-L6-v2");
    assert_string_not_equal(a, b);
    memset(name, '/', sizeof name - 1);
    name[sizeof name - 1] = 0;
    huse_remote_name(a, name);
    assert_true(strlen(a) < 64 && !strchr(a, '/'));
}

/* ---- requests ---- */

static void a_request_holds_any_bytes_as_text(void **state)
{
    (void)state;
    const char  *text[] = {"a \"quoted\" \\ word\n\x01", "Grüße 漢字 😀", "\xff" "a\xc3", "", "cut here"};
    const size_t bytes[] = {strlen(text[0]), strlen(text[1]), 3, 0, 3};
    char        *body = huse_remote_request("a\"model", text, bytes, 5);
    json_t      *root = NULL;
    huse_err     err;
    assert_int_equal(huse_json_parse(&root, body, strlen(body), "body", &err), HUSE_OK);
    assert_string_equal(json_string_value(json_object_get(root, "model")), "a\"model");
    static const char *const want[] = {"a \"quoted\" \\ word\n\x01", "Grüße 漢字 😀", "\xef\xbf\xbd" "a\xef\xbf\xbd", " ", "cut"};
    const json_t *input = json_object_get(root, "input");
    assert_int_equal(json_array_size(input), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(json_string_value(json_array_get(input, i)), want[i]);
    json_decref(root);
    free(body);
}

/* ---- answers ---- */

static huse_status parse(huse_remote_answer *a, const char *json, size_t n, huse_err *err)
{
    *a = (huse_remote_answer){.dim = 0};
    return huse_remote_answer_parse(a, json, strlen(json), n, err);
}

static void vectors_come_in_the_order_of_their_numbers_and_of_length_one(void **state)
{
    (void)state;
    huse_remote_answer a;
    huse_err           err = {0};
    assert_int_equal(parse(&a, "{\"data\":[{\"index\":1,\"embedding\":[0,5]},{\"index\":0,\"embedding\":[3,-4.0]}],\"model\":\"m-2\"}", 2, &err),
                     HUSE_OK);
    assert_int_equal(a.dim, 2);
    assert_string_equal(a.model, "m-2");
    static const float want[] = {.6f, -.8f, 0, 1};
    for (size_t i = 0; i < 4; i++)
        assert_true(fabsf(a.row[i] - want[i]) < 1e-6f);
    free(a.row);
}

static void whatever_else_comes_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } bad[] = {
        {"", "JSON"},
        {"{", "JSON"},
        {" \n<html>", "a page"},
        {"[]", "no vectors"},
        {"{\"data\":{}}", "no vectors"},
        {"{\"error\":{\"message\":\"no quota\"}}", "no quota"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]}]}", "1 vectors for 2"},
        {"{\"data\":[1,2]}", "0 numbers"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}", "each once"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}", "each once"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":-1,\"embedding\":[1]}]}", "each once"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1.0,\"embedding\":[1]}]}", "each once"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"embedding\":[1]}]}", "each once"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1,2]}]}", "all of 1"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":\"AAAA\"}]}", "all of 1"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[null]}]}", "finite"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[true]}]}", "finite"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1e300]}]}", "finite"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[1e999]}]}", "JSON"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[NaN]}]}", "JSON"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":1,\"embedding\":[0]}]}", "zeros"},
        {"{\"data\":[],\"data\":[]}", "JSON"},
    };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        huse_remote_answer a;
        huse_err           err = {0};
        assert_int_equal(parse(&a, bad[i].json, 2, &err), HUSE_BAD_DATA);
        if (!strstr(err.msg, bad[i].says))
            fail_msg("%s: %s", bad[i].json, err.msg);
        assert_null(a.row);
    }
}

static void what_a_fault_says_is_repeated_but_for_the_token(void **state)
{
    (void)state;
    char said[161], longer[400] = "{\"message\":\"";
    huse_remote_answer_fault(said, "{\"error\":{\"message\":\"bad key\"}}", "sesame");
    assert_string_equal(said, "bad key");
    huse_remote_answer_fault(said, "{\"error\":\"plainly\"}", NULL);
    assert_string_equal(said, "plainly");
    huse_remote_answer_fault(said, "{\"error\":{\"message\":\"bad key s\\u0065same!\"}}", "sesame");
    assert_string_equal(said, "");
    huse_remote_answer_fault(said, "<html>", NULL);
    assert_string_equal(said, "");
    for (size_t i = 0; i < 150; i++)
        strcat(longer, "é");
    strcat(longer, "\"}");
    huse_remote_answer_fault(said, longer, NULL);
    assert_int_equal(strlen(said), 160);
}

/* ---- who answers ---- */

static void another_model_is_told_from_the_same_with_rounding_errors(void **state)
{
    (void)state;
    huse_err             err;
    huse_remote_identity a = {.dim = 4, .model = "m", .answers = "m-1", .probe = {.5f, .5f, .5f, .5f}, .n_probe = 4}, b = a;
    b.probe[0] = .501f;
    assert_int_equal(huse_remote_same(&a, &b, true, &err), HUSE_OK);
    b.probe[0] = .6f;
    assert_int_equal(huse_remote_same(&a, &b, true, &err), HUSE_BAD_DATA);
    b = a;
    b.dim = 5;
    assert_int_equal(huse_remote_same(&a, &b, true, &err), HUSE_BAD_DATA);
    b = a;
    strcpy(b.answers, "m-2");
    assert_int_equal(huse_remote_same(&a, &b, true, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_remote_same(&a, &b, false, &err), HUSE_OK);
    strcpy(b.answers, "");
    assert_int_equal(huse_remote_same(&a, &b, true, &err), HUSE_OK);
}

/* ---- an encoder ---- */

static huse_status meet(huse_text_encoder **e, const char *kind, bool patient)
{
    char                *address = net_server_url(&server, "http", kind), *text = huse_format("%s/v1#tiny", address);
    huse_remote_place    place;
    huse_remote_identity id;
    huse_err             err;
    huse_remote_options  o = {.allow_private = true, .patient = patient};
    assert_int_equal(huse_remote_place_parse(&place, text, &err), HUSE_OK);
    huse_status s = huse_remote_ask(&id, &place, &o, NULL, &err);
    if (s == HUSE_OK)
        *e = huse_remote_new(&place, &id, &o);
    huse_remote_place_free(&place);
    free(address);
    free(text);
    return s;
}

static void many_texts_come_in_their_places(void **state)
{
    (void)state;
    enum { N = 700 };
    static const char *const kinds[] = {"embed", "swapped", "too-many", "busy"};
    char     *text[N];
    float    *all = NULL, *first = NULL;
    huse_err  err;
    for (size_t i = 0; i < N; i++)
        text[i] = huse_format("text number %zu of these", i);
    for (size_t k = 0; k < HUSE_COUNT(kinds); k++) {
        huse_text_encoder *e = NULL;
        assert_int_equal(meet(&e, kinds[k], true), HUSE_OK);
        assert_string_equal(e->host, "127.0.0.1");
        assert_true(e->sentence_at == 0 && e->sentence_dim == e->dim);
        all = huse_xaligned(N * e->dim * sizeof *all);
        assert_int_equal(huse_text_encode(e, NULL, (const char *const *)text, N, all, NULL, &err), HUSE_OK);
        if (first)
            assert_memory_equal(all, first, N * e->dim * sizeof *all);
        else
            first = all;
        if (all != first)
            free(all);
        e->free(e);
    }
    free(first);
    for (size_t i = 0; i < N; i++)
        free(text[i]);
}

static void a_server_that_does_not_answer_is_not_asked_again_at_once(void **state)
{
    (void)state;
    const char           *text[] = {"one", "two"};
    float                 row[2];
    huse_err              err, again;
    huse_remote_place     place;
    huse_remote_identity  id = {.dim = 1, .model = "m", .probe = {1}, .n_probe = 1};
    char                 *address = net_server_url(&server, "closed", "v1#m");
    assert_int_equal(huse_remote_place_parse(&place, address, &err), HUSE_OK);
    huse_text_encoder *e = huse_remote_new(&place, &id, &(huse_remote_options){.allow_private = true});
    assert_int_equal(huse_text_encode(e, NULL, text, 1, row, NULL, &err), HUSE_NETWORK);
    assert_non_null(strstr(err.msg, "127.0.0.1"));
    assert_int_equal(huse_text_encode(e, NULL, text + 1, 1, row, NULL, &again), HUSE_NETWORK);
    assert_string_equal(err.msg, again.msg);
    e->free(e);
    huse_remote_place_free(&place);
    free(address);
}

typedef struct waiting {
    huse_text_encoder *e;
    volatile int       stop;
    huse_status        status;
} waiting;

static void *wait_for_it(void *ctx)
{
    waiting    *w = ctx;
    const char *text[] = {"a text"};
    float       row[64];
    huse_err    err;
    w->status = huse_text_encode(w->e, NULL, text, 1, row, &w->stop, &err);
    return NULL;
}

static void a_call_ends_when_it_is_told_to(void **state)
{
    (void)state;
    pthread_t            thread;
    huse_err             err;
    huse_remote_place    place;
    huse_remote_identity id = {.dim = 32, .model = "tiny", .n_probe = 32};
    waiting              w = {.stop = 0};
    char                *address = net_server_url(&server, "http", "stuck/v1#tiny");
    assert_int_equal(huse_remote_place_parse(&place, address, &err), HUSE_OK);
    w.e = huse_remote_new(&place, &id, &(huse_remote_options){.allow_private = true, .patient = true});
    assert_int_equal(pthread_create(&thread, NULL, wait_for_it, &w), 0);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    w.stop = 1;
    pthread_join(thread, NULL);
    assert_int_equal(w.status, HUSE_INTERRUPTED);
    w.e->free(w.e);
    huse_remote_place_free(&place);
    free(address);
}

static void sentence_vectors_stand_alone(void **state)
{
    (void)state;
    const char        *text[] = {"red shoe", "blue dress"};
    huse_text_encoder *whole = huse_text_fallback(), *alone = huse_text_sentences(huse_text_fallback());
    float             *rows = huse_xaligned(2 * whole->dim * sizeof *rows), *want = huse_xaligned(2 * whole->sentence_dim * sizeof *want);
    float             *got = huse_xaligned(2 * alone->dim * sizeof *got);
    assert_string_equal(alone->name, "word-hash" HUSE_SENTENCE_SUFFIX);
    assert_false(huse_key_equal(&whole->hash, &alone->hash));
    assert_int_equal(huse_text_encode(whole, NULL, text, 2, rows, NULL, NULL), HUSE_OK);
    assert_int_equal(huse_text_encode(alone, NULL, text, 2, got, NULL, NULL), HUSE_OK);
    huse_text_encoder_sentences(whole, rows, 2, want);
    assert_int_equal(alone->dim, whole->sentence_dim);
    assert_memory_equal(got, want, 2 * alone->dim * sizeof *got);
    whole->free(whole);
    alone->free(alone);
    free(rows);
    free(want);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_apart),
        cmocka_unit_test(a_folder_is_named_after_the_model_whatever_it_is_called),
        cmocka_unit_test(a_request_holds_any_bytes_as_text),
        cmocka_unit_test(vectors_come_in_the_order_of_their_numbers_and_of_length_one),
        cmocka_unit_test(whatever_else_comes_is_refused_with_its_reason),
        cmocka_unit_test(what_a_fault_says_is_repeated_but_for_the_token),
        cmocka_unit_test(another_model_is_told_from_the_same_with_rounding_errors),
        cmocka_unit_test(many_texts_come_in_their_places),
        cmocka_unit_test(a_server_that_does_not_answer_is_not_asked_again_at_once),
        cmocka_unit_test(a_call_ends_when_it_is_told_to),
        cmocka_unit_test(sentence_vectors_stand_alone),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
