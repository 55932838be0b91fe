/* Runs every vector of tests/vectors/cards against its card, and sees that each card has at least
 * three. */
#include "flow_fixture.h"
#include "cards/cards.h"
#include <stdio.h>
#include <dirent.h>
#include <stdlib.h>

static struct flow_fixture fx;

static int setup(void **state)
{
    (void)state;
    flow_fixture_open(&fx, false);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    return 0;
}

static json_t *load(const char *name)
{
    char path[512];
    const char *root = getenv("REEVE_SOURCE");
    json_error_t e;
    (void)snprintf(path, sizeof path, "%s/tests/vectors/cards/%s.json", root != NULL ? root : ".",
                   name);
    json_t *j = json_load_file(path, 0, &e);
    if (j == NULL)
        fail_msg("%s: %s, line %d", path, e.text, e.line);
    return j;
}

/* "group/key" or "key"; a declared field keeps its group. */
static json_t *pin(const struct rv_card *card, const struct rv_pin *declared, const char *name,
                   json_t *value)
{
    const char *slash = strchr(name, '/');
    const char *key = slash != NULL ? slash + 1 : name;
    json_t *p = json_pack("{s:s, s:s}", "id", name, "key", key);
    if (slash != NULL)
        json_object_set_new(p, "group", json_stringn(name, (size_t)(slash - name)));
    for (; slash == NULL && declared != NULL && declared->key != NULL; declared++)
        if (strcmp(declared->key, key) == 0 && declared->group != NULL)
            json_object_set_new(p, "group", json_string(declared->group));
    (void)card;
    if (value != NULL)
        json_object_set(p, "value", value);
    return p;
}

/* "types" of a vector: what the author declared fields to be. */
static json_t *typed(json_t *p, const json_t *vector, const char *key)
{
    json_t *type = json_object_get(json_object_get(vector, "types"), key);
    if (type != NULL)
        json_object_set(p, "type", type);
    return p;
}

static json_t *definition(const struct rv_card *card, const json_t *vector)
{
    json_t *inputs = json_array(), *outputs = json_array(), *v;
    const char *key;
    json_object_foreach(json_object_get(vector, "in"), key, v)
        json_array_append_new(inputs, typed(pin(card, card->in, key, v), vector, key));
    json_object_foreach(json_object_get(vector, "out"), key, v)
        json_array_append_new(outputs, typed(pin(card, card->out, key, NULL), vector, key));
    json_t *c = json_pack("{s:s, s:s, s:o, s:o}", "id", "c", "card", card->name, "inputs", inputs,
                          "outputs", outputs);
    if (json_object_get(vector, "options") != NULL)
        json_object_set(c, "options", json_object_get(vector, "options"));
    return json_pack("[o]", c);
}

static const char *act_name(const struct rv_call *c)
{
    static const char *const names[] = { "next",       "branch", "lane",  "stop", "return",
                                         "return raw", "wait",   "retry", "pause" };
    if (c->act == RV_CALL_BRANCH)
        return c->which ? "branch true" : "branch false";
    if (c->act == RV_CALL_LANE) {
        static char lane[64];
        (void)snprintf(lane, sizeof lane, "lane %.*s", RV_FMT(c->lane));
        return lane;
    }
    return names[c->act];
}

/* What is random has a shape ("x" stands for a hexadecimal digit) or lies between two numbers. */
static bool fits(const json_t *vector, rv_str pin, const json_t *got, const json_t *expected)
{
    const char *shape = json_string_value(
                   json_object_getn(json_object_get(vector, "shape"), pin.p, pin.n)),
               *text = json_string_value(got);
    const json_t *between = json_object_getn(json_object_get(vector, "between"), pin.p, pin.n);
    if (between != NULL)
        return json_is_number(got) &&
               json_number_value(got) >= json_number_value(json_array_get(between, 0)) &&
               json_number_value(got) < json_number_value(json_array_get(between, 1));
    if (shape == NULL)
        return json_equal(got, expected) == 1;
    for (size_t i = 0; text != NULL && shape[i] != '\0'; i++)
        if (text[i] == '\0' ||
            (shape[i] == 'x' ? strchr("0123456789abcdef", text[i]) == NULL : text[i] != shape[i]))
            return false;
    return text != NULL && strlen(text) == strlen(shape);
}

/* "linked" of a vector: keys of inputs whose value an earlier card gave. */
static bool is_linked(const json_t *vector, rv_str key)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(vector, "linked"), i, v)
    {
        if (rv_str_eq(rv_json_str(v), key))
            return true;
    }
    return false;
}

static int complaints; /* of the file that is run: all are told before the test fails */
#define complain(...) (complaints++, print_error(__VA_ARGS__), print_error("\n"))

static void check(const struct rv_card *card, const json_t *vector, const char *file, size_t no)
{
    const char *why = json_string_value(json_object_get(vector, "why")),
               *error = json_string_value(json_object_get(vector, "error"));
    const char *act = json_string_value(json_object_get(vector, "act"));
    json_t *cards = definition(card, vector), *inputs = json_object_get(vector, "inputs"),
           *none = json_object();
    struct rv_program *p;
    struct rv_run run = { .magic = RV_MAGIC(RV_RUN_TAG), .e = fx.s.env.engine };
    assert_int_equal(rv_compile(&fx.s.cx, cards, &p), RV_OK);
    const struct rv_step *s = &p->steps[0];
    struct rv_call c = { .magic = RV_MAGIC(RV_CALL_TAG), .run = &run, .step = s, .cx = &fx.s.cx };
    c.start = (struct rv_start){ .run_id = RV_STR("run"),
                                 .principal_id = RV_STR("00uperson0000000000a"),
                                 .inputs = inputs != NULL ? inputs : none,
                                 .caller = none };
    c.start.resumed = json_object_get(vector, "resumed");
    c.in = calloc(s->in_n + 1, sizeof(json_t *));
    c.out = calloc(s->out_n + 1, sizeof(json_t *));
    rv_status st = RV_OK;
    for (size_t i = 0; i < s->in_n; i++) {
        struct rv_prog_in in = s->in[i];
        if (is_linked(vector, in.field.key))
            in.source.slot = 0;
        c.in[i] = json_incref(s->in[i].source.constant);
        if (rv_prog_in_missing(&in, c.in[i]) && st == RV_OK)
            st = rv_fail(&fx.s.cx, RV_INVALID, "required field %.*s is empty",
                         RV_FMT(s->in[i].field.label));
    }
    if (st == RV_OK)
        st = card->run(&c);
    if ((st == RV_OK) != (error == NULL))
        complain("%s %zu (%s, %s): %s", file, no, card->name, why,
                 st == RV_OK ? "no error" : rv_error(&fx.s.cx)->message);
    if (error != NULL && st != RV_OK && strstr(rv_error(&fx.s.cx)->message, error) == NULL)
        complain("%s %zu (%s, %s): %s", file, no, card->name, why, rv_error(&fx.s.cx)->message);
    for (size_t i = 0; i < s->out_n && error == NULL && st == RV_OK; i++) {
        json_t *expected =
                   json_object_getn(json_object_get(vector, "out"), s->out[i].id.p, s->out[i].id.n),
               *null = json_null();
        char *got = json_dumps(c.out[i] != NULL ? c.out[i] : null, JSON_ENCODE_ANY | JSON_COMPACT);
        if (!fits(vector, s->out[i].id, c.out[i] != NULL ? c.out[i] : null, expected))
            complain("%s %zu (%s, %s): %.*s is %s", file, no, card->name, why, RV_FMT(s->out[i].id),
                     got);
        free(got);
    }
    if (act != NULL && strcmp(act, act_name(&c)) != 0)
        complain("%s %zu (%s, %s): %s, not %s", file, no, card->name, why, act_name(&c), act);
    for (size_t i = 0; i < s->in_n; i++)
        json_decref(c.in[i]);
    for (size_t i = 0; i < s->out_n; i++)
        json_decref(c.out[i]);
    json_decref(c.fields);
    free(c.in);
    free(c.out);
    json_decref(run.raw.headers);
    json_decref(run.raw.body);
    rv_program_unref(p);
    json_decref(cards);
    json_decref(none);
    rv_error_clear(&fx.s.cx);
    rv_arena_reset(fx.s.cx.arena);
}

static void run_file(const char *name, const struct rv_card *table)
{
    json_t *vectors = load(name), *v;
    size_t i;
    complaints = 0;
    json_array_foreach(vectors, i, v)
    {
        const struct rv_card *card = rv_card_find(fx.s.env.engine, rv_json_member_str(v, "card"));
        assert_non_null(card);
        check(card, v, name, i + 1);
    }
    for (const struct rv_card *c = table; c->name != NULL; c++) {
        int n = 0;
        json_array_foreach(vectors, i, v)
            n += rv_str_eq(rv_json_member_str(v, "card"), rv_str_of(c->name));
        if (c->run != NULL && n < 3)
            fail_msg("%s has %d vectors; three are due: normal, empty, wrong type", c->name, n);
    }
    json_decref(vectors);
    if (complaints > 0)
        fail_msg("%d vectors of %s do not hold", complaints, name);
}

static void control_cards_do_what_their_vectors_say_wf87(void **state)
{
    (void)state;
    run_file("control", rv_cards_control);
}
static void triggers_and_answers_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("trigger", rv_cards_trigger);
}
static void text_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("text", rv_cards_text);
}
static void cards_about_parts_of_text_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("text_parts", rv_cards_text_parts);
}
static void patterns_do_what_their_vectors_say_wf144(void **state)
{
    (void)state;
    run_file("pattern", rv_cards_pattern);
}
static void date_cards_do_what_their_vectors_say_wf139(void **state)
{
    (void)state;
    run_file("date", rv_cards_date);
}
static void cards_that_calculate_with_dates_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("date_parts", rv_cards_date_parts);
}
static void true_false_cards_do_what_their_vectors_say_wf22(void **state)
{
    (void)state;
    run_file("boolean", rv_cards_boolean);
}
static void number_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("math", rv_cards_math);
}
static void list_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("list", rv_cards_list);
}
static void object_cards_do_what_their_vectors_say_wf24(void **state)
{
    (void)state;
    run_file("object", rv_cards_object);
}
static void encoding_cards_do_what_their_vectors_say_wf140_wf141(void **state)
{
    (void)state;
    run_file("encode", rv_cards_encode);
}
static void formula_does_what_its_vectors_say_wf142(void **state)
{
    (void)state;
    run_file("formula", rv_cards_formula);
}

static void further_text_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("text_more", rv_cards_text_more);
}
static void further_number_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("math_more", rv_cards_math_more);
}
static void further_date_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("date_more", rv_cards_date_more);
}
static void further_list_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("list_more", rv_cards_list_more);
}
static void further_object_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("object_more", rv_cards_object_more);
}
static void url_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("url", rv_cards_url);
}
static void xml_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("xml", rv_cards_xml);
}
static void json_paths_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("query", rv_cards_query);
}
static void csv_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("csv", rv_cards_csv);
}
static void encryption_cards_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("crypto", rv_cards_crypto);
}
static void token_cards_do_what_their_vectors_say_wf143(void **state)
{
    (void)state;
    run_file("jwt", rv_cards_jwt);
}

static void cards_about_files_and_flows_do_what_their_vectors_say(void **state)
{
    (void)state;
    run_file("elements", rv_cards_elements);
}
/* Vectors by card, over all files; those of helpers.json are run by tests/unit/flows/test_cards.c.
 */
static json_t *count_vectors(void)
{
    const char *root = getenv("REEVE_SOURCE");
    char path[512], name[64];
    json_t *counts = json_object(), *v;
    size_t i;
    (void)snprintf(path, sizeof path, "%s/tests/vectors/cards", root != NULL ? root : ".");
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        size_t n = strlen(e->d_name);
        if (n < 6 || n - 5 >= sizeof name || strcmp(e->d_name + n - 5, ".json") != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)(n - 5), e->d_name);
        json_t *vectors = load(name);
        json_array_foreach(vectors, i, v)
        {
            const char *card = json_string_value(json_object_get(v, "card"));
            json_object_set_new(counts, card,
                                json_integer(json_integer_value(json_object_get(counts, card)) +
                                             1));
        }
        json_decref(vectors);
    }
    (void)closedir(dir);
    return counts;
}

static void every_function_card_has_three_vectors(void **state)
{
    json_t *counts = count_vectors();
    (void)state;
    for (size_t i = 0; i < rv_card_count(fx.s.env.engine); i++) {
        const struct rv_card *c = rv_card_at(fx.s.env.engine, i);
        /* Cards of tables need one (tests/vectors/tables.json, test_tables.c), those of connectors
         * a service. */
        bool other = c->connector != NULL || c->run == NULL || strncmp(c->name, "stash:", 6) == 0 ||
                     strcmp(c->category, "Events") == 0;
        json_int_t n = json_integer_value(json_object_get(counts, c->name));
        if (!other && n < 3)
            fail_msg("%s has %d vectors; three are due: normal, empty, wrong type", c->name,
                     (int)n);
    }
    json_decref(counts);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_function_card_has_three_vectors),
        T(control_cards_do_what_their_vectors_say_wf87),
        T(triggers_and_answers_do_what_their_vectors_say),
        T(text_cards_do_what_their_vectors_say),
        T(cards_about_parts_of_text_do_what_their_vectors_say),
        T(patterns_do_what_their_vectors_say_wf144),
        T(date_cards_do_what_their_vectors_say_wf139),
        T(cards_that_calculate_with_dates_do_what_their_vectors_say),
        T(true_false_cards_do_what_their_vectors_say_wf22),
        T(number_cards_do_what_their_vectors_say),
        T(list_cards_do_what_their_vectors_say),
        T(object_cards_do_what_their_vectors_say_wf24),
        T(encoding_cards_do_what_their_vectors_say_wf140_wf141),
        T(formula_does_what_its_vectors_say_wf142),
        T(further_text_cards_do_what_their_vectors_say),
        T(further_number_cards_do_what_their_vectors_say),
        T(further_date_cards_do_what_their_vectors_say),
        T(further_list_cards_do_what_their_vectors_say),
        T(further_object_cards_do_what_their_vectors_say),
        T(url_cards_do_what_their_vectors_say),
        T(xml_cards_do_what_their_vectors_say),
        T(json_paths_do_what_their_vectors_say),
        T(csv_cards_do_what_their_vectors_say),
        T(encryption_cards_do_what_their_vectors_say),
        T(cards_about_files_and_flows_do_what_their_vectors_say),
        T(token_cards_do_what_their_vectors_say_wf143),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
