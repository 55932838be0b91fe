/* Runs flows of the real exports in ../shared against the results that are known of them; skipped
 * when absent. */
#include "flow_fixture.h"
#include <stdio.h>
#include <stdlib.h>

static struct flow_fixture fx;

static json_t *load(const char *name)
{
    char path[600];
    const char *shared = getenv("REEVE_SHARED");
    (void)snprintf(path, sizeof path, "%s/flopacks/%s", shared != NULL ? shared : "../shared",
                   name);
    return json_load_file(path, 0, NULL);
}

static rv_str exported(rv_str folder)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, name;
    rv_buf_init(&b, 64 << 20);
    rv_jw_init(&w, &b);
    assert_int_equal(rv_folder_export(&fx.s.cx, folder, &w, &name), RV_OK);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    text = rv_dup(&fx.s.cx, text);
    rv_buf_done(&b);
    return text;
}

/* Imports the pack with every flow that can be on switched on, or what an import of it exports;
 * gives the new id of the flow with that name. */
static rv_str import_flow(const char *pack, rv_str name, bool twice)
{
    char file[300];
    struct rv_import_report report = { 0 };
    rv_str text;
    (void)snprintf(file, sizeof file, "%s.flopack", pack);
    json_t *j = load(file);
    assert_non_null(j);
    char *dump = json_dumps(j, JSON_COMPACT);
    text = rv_dup(&fx.s.cx, rv_str_of(dump));
    free(dump);
    json_decref(j);
    for (int trip = twice ? 0 : 1; trip < 2; trip++) {
        rv_str folder = rv_dup(&fx.s.cx, flow_fixture_folder(&fx, pack));
        assert_int_equal(rv_flow_import(&fx.s.cx, folder, RV_NONE_STR, text, true, &report), RV_OK);
        text = trip == 0 ? exported(folder) : text;
    }
    for (size_t i = 0; i < report.flows_n; i++)
        if (rv_str_eq(report.flows[i].name, name))
            return report.flows[i].id;
    fail_msg("%s has no flow %.*s", pack, RV_FMT(name));
    return RV_NONE_STR;
}

static bool same(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return !(json_number_value(a) > json_number_value(b)) &&
               !(json_number_value(a) < json_number_value(b));
    return json_equal(a, b) != 0;
}

static void expect(const json_t *cards, const char *card, const json_t *outputs,
                   const json_t *vector)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)outputs, key, v)
    {
        const json_t *got = flow_fixture_output(cards, card, key);
        if (got == NULL || !same(got, v)) {
            char *a = json_dumps(got, JSON_ENCODE_ANY), *b = json_dumps(v, JSON_ENCODE_ANY);
            fail_msg("%s, %s: %s.%s is %s, not %s",
                     json_string_value(json_object_get(vector, "flow_name")),
                     json_string_value(json_object_get(vector, "why")), card, key,
                     a != NULL ? a : "absent", b);
        }
    }
}

/* The card that ended the flow: what it put out is what the flow returns. */
static const char *last_card(const json_t *cards)
{
    const json_t *data = json_object_get(cards, "data");
    return json_string_value(
        json_object_get(json_array_get(data, json_array_size(data) - 1), "cardId"));
}

static void run_vector(const json_t *vector, bool twice)
{
    json_t *run, *cards, *expected = json_object_get(vector, "expected_outputs"), *outputs;
    const char *card;
    flow_fixture_open(&fx, true);
    rv_str id = import_flow(json_string_value(json_object_get(vector, "pack")),
                            rv_json_member_str(vector, "flow_name"), twice);
    char *inputs = json_dumps(json_object_get(vector, "inputs"), JSON_COMPACT);
    rv_status st = flow_fixture_run(&fx, id, inputs, &run, &cards);
    free(inputs);
    if (st != RV_OK)
        fail_msg("%s: %s", json_string_value(json_object_get(vector, "flow_name")),
                 rv_error(&fx.s.cx)->causes != NULL ? rv_error(&fx.s.cx)->causes->summary
                                                    : rv_error(&fx.s.cx)->message);
    const char *status = json_string_value(json_object_get(run, "status"));
    if (strcmp(status, "SUCCEEDED") != 0)
        fail_msg("%s, %s: %s: %s", json_string_value(json_object_get(vector, "flow_name")),
                 json_string_value(json_object_get(vector, "why")), status,
                 json_string_value(json_object_get(json_object_get(run, "error"), "message")));
    expect(cards, last_card(cards), json_object_get(expected, "return"), vector);
    json_object_foreach(json_object_get(expected, "cards"), card, outputs)
        expect(cards, card, outputs, vector);
    flow_fixture_close(&fx);
}

static void flows_of_real_exports_give_the_results_that_are_known_of_them_also_after_export_and_import(
    void **state)
{
    json_t *vectors = load("vectors.json"), *v;
    size_t i;
    (void)state;
    if (vectors == NULL)
        skip();
    json_array_foreach(vectors, i, v)
    {
        run_vector(v, false);
        run_vector(v, true);
    }
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(
        flows_of_real_exports_give_the_results_that_are_known_of_them_also_after_export_and_import) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
