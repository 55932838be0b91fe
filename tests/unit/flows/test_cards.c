/* Cards as flows run them: links between them, helper flows, the clock, the store. */
#include "flow_fixture.h"
#include <stdio.h>
#include <stdlib.h>

static struct flow_fixture fx;

static int setup(void **state)
{
    (void)state;
    flow_fixture_open(&fx, true);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    return 0;
}

#define PIN(id, key, rest) "{\"id\":\"" id "\",\"key\":\"" key "\"" rest "}"
#define FROM(card, output) ",\"from\":{\"card\":\"" card "\",\"output\":\"" output "\"}"
#define AS(card, output, how) ",\"from\":{\"card\":\"" card "\",\"output\":\"" output "\",\"convert\":\"" how "\"}"
#define VALUE(json) ",\"value\":" json
#define ITEM(key, path) "{\"id\":\"p-" key "\",\"key\":\"" key "\",\"proxy\":{\"dynamic\":true,\"path\":\"" path "\"}}"
#define HEAD "{\"id\":\"start\",\"card\":\"http:delegated\",\"inputs\":[],\"outputs\":[{\"id\":\"o-a\",\"group\":\"inputs\",\"key\":\"a\",\"type\":\"text\"}]}"
#define HELPER(fields) "{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[" fields "]}"
#define CARD(id, name, inputs, outputs) "{\"id\":\"" id "\",\"card\":\"" name "\",\"title\":\"" id "\",\"inputs\":[" inputs "],\"outputs\":[" outputs "]}"

static rv_str helper_of(const char *cards)
{
    rv_str id = flow_fixture_flow(&fx, cards);
    assert_int_equal(rv_flow_set_enabled(&fx.s.cx, id, true), RV_OK);
    return id;
}

/* A flow of one card that calls; %s stands for the helper's id. */
static rv_str caller_of(const char *card, rv_str helper)
{
    const char *at = strstr(card, "%s");
    return flow_fixture_flow(&fx, rv_z(&fx.s.cx,
                                       rv_printf(&fx.s.cx, "[" HEAD ",%.*s%.*s%s]",
                                                 (int)(at - card), card, RV_FMT(helper), at + 2)));
}

static json_t *run_ok(rv_str flow, const char *inputs)
{
    json_t *run, *cards;
    if (flow_fixture_run(&fx, flow, inputs, &run, &cards) != RV_OK)
        fail_msg("%s", rv_error(&fx.s.cx)->message);
    if (strcmp(json_string_value(json_object_get(run, "status")), "SUCCEEDED") != 0)
        fail_msg("%s: %s", json_string_value(json_object_get(run, "status")),
                 json_string_value(json_object_get(json_object_get(run, "error"), "message")));
    return cards;
}

static const char *failure_of(rv_str flow, const char *inputs)
{
    json_t *run, *cards;
    assert_int_equal(flow_fixture_run(&fx, flow, inputs, &run, &cards), RV_OK);
    assert_string_equal(json_string_value(json_object_get(run, "status")), "FAILED");
    return json_string_value(json_object_get(json_object_get(run, "error"), "message"));
}

static void assert_json(const json_t *cards, const char *card, const char *key,
                        const char *expected)
{
    const json_t *v = flow_fixture_output(cards, card, key);
    char *got = v != NULL ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (got == NULL || strcmp(got, expected) != 0)
        fail_msg("%s.%s is %s, not %s", card, key, got != NULL ? got : "absent", expected);
    free(got);
}

static void every_function_card_of_the_exports_is_known_wf138(void **state)
{
    /* The join of an If/Else and the hidden reader of members are no cards of a program: the
     * compiler takes their place. */
    static const char *const names[] = { "boolean:and",
                                         "boolean:compare",
                                         "boolean:or",
                                         "boolean:xor",
                                         "control:assignIf",
                                         "control:branch",
                                         "control:callable",
                                         "control:comment",
                                         "control:continueIf",
                                         "control:if",
                                         "control:join",
                                         "control:let",
                                         "control:lookup",
                                         "control:noop",
                                         "control:return",
                                         "control:returnRaw",
                                         "control:run",
                                         "control:spawn",
                                         "control:throw",
                                         "control:throwIf",
                                         "control:times",
                                         "control:tryCatch",
                                         "control:until",
                                         "control:wait",
                                         "crypto:hmac",
                                         "date:add",
                                         "date:diff",
                                         "date:epoch",
                                         "date:format",
                                         "date:fromISO",
                                         "date:now",
                                         "date:parse",
                                         "date:subtract",
                                         "date:unix",
                                         "http:accept",
                                         "http:delegated",
                                         "json:parse",
                                         "json:stringify",
                                         "jwt:sign",
                                         "list:asyncEach",
                                         "list:at",
                                         "list:collapse",
                                         "list:construct",
                                         "list:difference",
                                         "list:each",
                                         "list:filter",
                                         "list:filterBy",
                                         "list:findBy",
                                         "list:flatten",
                                         "list:includes",
                                         "list:intersection",
                                         "list:join",
                                         "list:length",
                                         "list:map",
                                         "list:pluck",
                                         "list:pop",
                                         "list:push",
                                         "list:reduce",
                                         "list:sample",
                                         "list:shift",
                                         "list:sortBy",
                                         "list:union",
                                         "list:uniqueBy",
                                         "math:add",
                                         "math:ceil",
                                         "math:divide",
                                         "math:expression",
                                         "math:multiply",
                                         "math:random",
                                         "math:round",
                                         "math:subtract",
                                         "object:clearEmpty",
                                         "object:construct",
                                         "object:expand",
                                         "object:get",
                                         "object:keys",
                                         "object:map",
                                         "object:merge",
                                         "object:pick",
                                         "object:set",
                                         "object:values",
                                         "string:base64",
                                         "string:base64Decode",
                                         "string:compose",
                                         "string:concat",
                                         "string:email",
                                         "string:find",
                                         "string:lastIndexOf",
                                         "string:length",
                                         "string:match",
                                         "string:random",
                                         "string:replace",
                                         "string:replaceAny",
                                         "string:split",
                                         "string:substr",
                                         "string:toLowerCase",
                                         "string:trim",
                                         "url:encodeComponent",
                                         "utility:exportFlo" };
    (void)state;
    assert_int_equal(RV_LEN(names), 99);
    for (size_t i = 0; i < RV_LEN(names); i++) {
        bool compiled =
            strcmp(names[i], "control:join") == 0 || strcmp(names[i], "object:expand") == 0;
        if (!compiled && rv_card_find(fx.s.env.engine, rv_str_of(names[i])) == NULL)
            fail_msg("%s is not known", names[i]);
    }
}

static void every_card_says_what_it_is_for_and_names_each_field_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < rv_card_count(fx.s.env.engine); i++) {
        const struct rv_card *c = rv_card_at(fx.s.env.engine, i);
        for (int side = 0; side < 2; side++)
            for (const struct rv_pin *p = side == 0 ? c->in : c->out; p != NULL && p->key != NULL;
                 p++) {
                if (p->help == NULL || p->help[0] == '\0' || p->label == NULL ||
                    p->label[0] == '\0')
                    fail_msg("%s: the field %s has no label or help", c->name, p->key);
                for (const struct rv_pin *q = p + 1; q->key != NULL; q++)
                    if (strcmp(p->key, q->key) == 0 && (p->group == NULL) == (q->group == NULL) &&
                        (p->group == NULL || strcmp(p->group, q->group) == 0))
                        fail_msg("%s: two fields %s", c->name, p->key);
            }
    }
}

static void cards_run_in_order_and_all_later_ones_see_their_outputs_wf70(void **state)
{
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD
        "," CARD("one", "string:concat",
                 PIN("a", "string1", FROM("start", "o-a")) "," PIN("b", "string2", VALUE("\"1\"")),
                 PIN("o", "output",
                     "")) "," CARD("two", "string:concat",
                                   PIN("a", "string1", FROM("one", "o")) "," PIN("b", "string2",
                                                                                 VALUE("\"2\"")),
                                   PIN("o", "output",
                                       "")) "," CARD("three", "string:concat",
                                                     PIN("a", "string1", FROM("two", "o")) "," PIN(
                                                         "b", "string2",
                                                         FROM("one", "o")) "," PIN("c", "more",
                                                                                   FROM("start",
                                                                                        "o-a")),
                                                     PIN("o", "output", "")) "]");
    json_t *cards = run_ok(flow, "{\"a\":\"x\"}");
    assert_json(cards, "three", "output", "\"x12x1x\"");
    size_t i;
    json_t *e;
    static const char *const order[] = { "start", "one", "two", "three" };
    json_array_foreach(json_object_get(cards, "data"), i, e)
        assert_string_equal(json_string_value(json_object_get(e, "cardId")), order[i]);
    assert_int_equal(i, 4);
}

static void assign_keeps_values_assign_if_chooses_and_lookup_looks_up_wf75(void **state)
{
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD "," CARD(
            "let", "control:let",
            PIN("a", "n", ",\"type\":\"number\",\"value\":\"7\"") "," PIN("b", "l",
                                                                          VALUE("[1,null]")),
            PIN("an", "n", "") "," PIN(
                "bl", "l",
                "")) "," CARD("if", "control:assignIf",
                              PIN("l", "left-operand", FROM("start", "o-a")) "," PIN(
                                  "p", "operator",
                                  VALUE(
                                      "\"==\"")) "," PIN("r", "right-operand",
                                                         VALUE(
                                                             "\"x\"")) "," PIN("t", "valueIfTrue",
                                                                               FROM(
                                                                                   "let",
                                                                                   "bl")) "," PIN("f",
                                                                                                  "valueIfFalse",
                                                                                                  VALUE(
                                                                                                      "null")),
                              PIN("o", "output",
                                  "")) "," CARD("look", "control:lookup",
                                                PIN("k", "key", FROM("start", "o-a")) "," PIN(
                                                    "e", "else",
                                                    VALUE("0")) ",{\"id\":\"x\",\"group\":"
                                                                "\"options\",\"key\":\"x\","
                                                                "\"value\":24}",
                                                PIN("o", "result", "")) "]");
    json_t *cards = run_ok(flow, "{\"a\":\"x\"}");
    assert_json(cards, "let", "n", "\"7\""); /* handed on as it is */
    assert_json(cards, "let", "l", "[1,null]");
    assert_json(cards, "if", "output", "[1,null]");
    assert_json(cards, "look", "result", "24");
    cards = run_ok(flow, "{\"a\":\"y\"}");
    assert_json(cards, "if", "output", "null");
    assert_json(cards, "look", "result", "0");
}

static void nothing_in_an_optional_field_is_empty_and_no_error_wf21(void **state)
{
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD "," CARD(
            "none", "object:get",
            PIN("o", "object", VALUE("{}")) "," PIN("p", "path", VALUE("\"x\"")),
            PIN("v", "output",
                "")) "," CARD("text", "string:concat",
                              PIN("a", "string1",
                                  AS("none", "v", "toString")) "," PIN("b", "string2",
                                                                       VALUE("\"!\"")),
                              PIN("o", "output",
                                  "")) "," CARD("list", "list:length",
                                                PIN("l", "list", AS("none", "v", "wrapArray")),
                                                PIN("o", "length",
                                                    "")) "," CARD("both", "boolean:or",
                                                                  PIN("a", "a",
                                                                      FROM("none",
                                                                           "v")) "," PIN("b", "b",
                                                                                         VALUE(
                                                                                             "tru"
                                                                                             "e")),
                                                                  PIN("o", "output",
                                                                      "")) "," CARD("made",
                                                                                    "list:"
                                                                                    "construct",
                                                                                    PIN("a", "i1", FROM("none", "v")) "," PIN(
                                                                                        "b", "i2",
                                                                                        VALUE("nul"
                                                                                              "l")) "," PIN("c",
                                                                                                            "i3",
                                                                                                            VALUE(
                                                                                                                "1")),
                                                                                    PIN("o", "list",
                                                                                        "")) "]");
    json_t *cards = run_ok(flow, "{}");
    assert_json(cards, "text", "output", "\"!\"");
    assert_json(cards, "list", "length", "0");
    assert_json(cards, "both", "output", "true");
    assert_json(cards, "made", "list", "[null,1]"); /* a linked field is an item, a field that was never filled is none */
}

static void a_token_is_valid_until_its_time_is_over_wf143(void **state)
{
    (void)state;
#define OPTION(id, key, json) "{\"id\":\"" id "\",\"group\":\"options\",\"key\":\"" key "\",\"value\":" json "}"
    rv_str sign =
        flow_fixture_flow(&fx,
                          "[" HEAD "," CARD("sign", "jwt:sign",
                                            PIN("k", "key", VALUE("\"shared\"")) "," OPTION(
                                                "al", "algorithm",
                                                "\"HS256\"") "," OPTION("ex", "expiresIn", "60"),
                                            PIN("t", "token", "")) "]");
    rv_str verify =
        flow_fixture_flow(&fx,
                          "[" HEAD "," CARD("verify", "jwt:verify",
                                            PIN("t", "token", FROM("start", "o-a")) "," PIN(
                                                "k", "key",
                                                VALUE("\"shared\"")) "," OPTION("al", "algorithm",
                                                                                "\"HS256\""),
                                            PIN("d", "decoded", "")) "]");
    const char *token = json_string_value(flow_fixture_output(run_ok(sign, "{}"), "sign", "token"));
    const char *inputs = rv_z(&fx.s.cx, rv_printf(&fx.s.cx, "{\"a\":\"%s\"}", token));
    (void)run_ok(verify, inputs);
    __atomic_store_n(&fx.s.now_ms, fx.s.now_ms + 59999, __ATOMIC_SEQ_CST);
    (void)run_ok(verify, inputs);
    __atomic_store_n(&fx.s.now_ms, fx.s.now_ms + 1, __ATOMIC_SEQ_CST);
    assert_string_equal(failure_of(verify, inputs), "the token has expired");
}

static void what_encrypt_makes_decrypt_reads_and_each_time_it_is_another_text(void **state)
{
    (void)state;
#define KEY PIN("k", "key", VALUE("\"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\""))
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD
        "," CARD("one", "crypto:encrypt", KEY "," PIN("d", "data", FROM("start", "o-a")),
                 PIN("o", "output", "")) "," CARD("two", "crypto:encrypt",
                                                  KEY "," PIN("d", "data", FROM("start", "o-a")),
                                                  PIN("o", "output",
                                                      "")) "," CARD("back", "crypto:decrypt",
                                                                    KEY "," PIN("d", "data",
                                                                                FROM("one", "o")),
                                                                    PIN("o", "output", "")) "]");
    json_t *cards = run_ok(flow, "{\"a\":\"gehe\xC3\xADm\"}");
    assert_json(cards, "back", "output", "\"gehe\xC3\xADm\"");
    assert_int_equal(json_equal(flow_fixture_output(cards, "one", "output"),
                                flow_fixture_output(cards, "two", "output")),
                     0);
}

#define CALL(name, inputs, outputs) CARD("call", name, PIN("f", "flo", ",\"type\":\"flow\",\"value\":\"%s\"") "," inputs, outputs)
#define LIST(json) PIN("li", "list", VALUE(json))
#define OBJECT(json) PIN("ob", "object", VALUE(json))

static void cards_over_objects_call_for_each_key(void **state)
{
    (void)state;
    rv_str text = helper_of("[" HELPER(PIN("k", "k", "") "," PIN("v", "v", "")) "," CARD(
        "t", "string:concat",
        PIN("a", "string1", FROM("start", "k")) "," PIN("b", "string2", FROM("start", "v")),
        PIN("o", "output", "")) "," CARD("r", "control:return", PIN("i", "t", FROM("t", "o")),
                                         PIN("io", "t", "")) "]");
    assert_json(run_ok(caller_of(CALL("object:map",
                                      OBJECT("{\"a\":1,\"b\":2}") "," ITEM("k",
                                                                           "key") "," ITEM("v",
                                                                                           "value"),
                                      PIN("n", "new list", ",\"type\":\"text\",\"list\":true")),
                                 text),
                       "{}"),
                "call", "new list", "[\"a1\",\"b2\"]");
    assert_json(run_ok(caller_of(CALL("object:mapValues",
                                      OBJECT("{\"a\":1,\"b\":2}") "," ITEM("k",
                                                                           "key") "," ITEM("v",
                                                                                           "value"),
                                      PIN("n", "output", "")),
                                 text),
                       "{}"),
                "call", "output", "{\"a\":\"a1\",\"b\":\"b2\"}");
    (void)run_ok(caller_of(CALL("object:each", OBJECT("null") "," ITEM("k", "key"), ""), text),
                 "{}");
    rv_str big = helper_of("[" HELPER(PIN("o", "Object", "")) "," CARD(
        "g", "object:get",
        PIN("ob", "object", FROM("start", "o")) "," PIN("p", "path", VALUE("\"value\"")),
        PIN("v", "output",
            "")) "," CARD("c", "boolean:compare",
                          PIN("a", "left-operand",
                              FROM("g", "v")) "," PIN("b", "operator",
                                                      VALUE("\">\"")) "," PIN("d", "right-operand",
                                                                              VALUE("1")),
                          PIN("o", "result", "")) "]");
    assert_json(run_ok(caller_of(CALL("object:filterCustom",
                                      OBJECT("{\"a\":1,\"b\":2}") "," ITEM("Object", ""),
                                      PIN("n", "output", "")),
                                 big),
                       "{}"),
                "call", "output", "{\"b\":2}");
}

static void cards_with_conditions_of_their_own_find_sort_and_thin_out(void **state)
{
    (void)state;
    rv_str rest = helper_of("[" HELPER(
        PIN("n", "n", "")) "," CARD("m", "math:mod",
                                    PIN("a", "a", FROM("start", "n")) "," PIN("b", "b", VALUE("3")),
                                    PIN("o", "output", "")) "]");
    assert_json(run_ok(caller_of(CALL("list:sortCustom", LIST("[3,4,5,6]") "," ITEM("n", ""),
                                      PIN("n", "sorted list", "")),
                                 rest),
                       "{}"),
                "call", "sorted list", "[3,6,4,5]");
    assert_json(run_ok(caller_of(CALL("list:uniqueCustom", LIST("[1,4,2,3,5]") "," ITEM("n", ""),
                                      PIN("n", "unique list", "")),
                                 rest),
                       "{}"),
                "call", "unique list", "[1,2,3]");
    json_t *cards = run_ok(caller_of(CALL("list:findCustom", LIST("[3,6,7,8]") "," ITEM("n", ""),
                                          PIN("n", "item", "") "," PIN("i", "index", "")),
                                     rest),
                           "{}");
    assert_json(cards, "call", "item", "7");
    assert_json(cards, "call", "index", "2");
    cards = run_ok(caller_of(CALL("list:findCustom", LIST("[]") "," ITEM("n", ""),
                                  PIN("n", "item", "") "," PIN("i", "index", "")),
                             rest),
                   "{}");
    assert_json(cards, "call", "index", "-1");
}

static void while_calls_again_as_long_as_true_comes_back(void **state)
{
    (void)state;
    rv_str helper =
        helper_of("[{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[],\"outputs\":[{"
                  "\"id\":\"ix\",\"group\":\"context\",\"key\":\"index\"}]}," CARD(
                      "c", "boolean:compare",
                      PIN("a", "left-operand",
                          FROM("start", "ix")) "," PIN("b", "operator",
                                                       VALUE("\"<\"")) "," PIN("d", "right-operand",
                                                                               VALUE("3")),
                      PIN("o", "result", "")) "]");
    (void)run_ok(caller_of(CALL("control:while", PIN("x", "x", ""), ""), helper), "{}");
    struct rv_flow_query q = { .limit = 50, .flow_id = helper, .enabled = -1 };
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, next;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    assert_int_equal(rv_run_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    assert_int_equal(json_array_size(flow_fixture_json(&fx, rv_dup(&fx.s.cx, text))), 4); /* three times true, once false */
    rv_buf_done(&b);
}

static void map_takes_an_object_out_of_its_only_key_when_it_is_what_was_declared(void **state)
{
    (void)state;
    rv_str helper = helper_of("[" HELPER(
        PIN("n", "n", "")) "," CARD("o", "object:construct", PIN("a", "id", FROM("start", "n")),
                                    PIN("o", "output", "")) "]");
    const char *declared =
        CALL("list:map", LIST("[1]") "," ITEM("n", ""),
             PIN("n", "new list",
                 ",\"type\":\"object\",\"list\":true,\"shape\":{\"id\":{\"type\":\"number\"}}"));
    assert_json(run_ok(caller_of(declared, helper), "{}"), "call", "new list", "[{\"id\":1}]");
    const char *plain = CALL("list:map", LIST("[1]") "," ITEM("n", ""),
                             PIN("n", "new list", ",\"type\":\"object\",\"list\":true"));
    assert_json(run_ok(caller_of(plain, helper), "{}"), "call", "new list",
                "[{\"output\":{\"id\":1}}]");
}

static void a_required_input_that_is_empty_at_run_time_fails_the_card_by_its_name_wf13(void **state)
{
    (void)state;
    rv_str dated = helper_of(
        "[" HELPER(PIN("n", "n", "")) "," CARD("t", "date:format",
                                               PIN("s", "start",
                                                   FROM("start", "n")) "," PIN("f", "format",
                                                                               VALUE("\"YYYY\"")),
                                               PIN("o", "output", "")) "]");
    assert_string_equal(failure_of(dated, "{}"), "required field start is empty");
    assert_string_equal(failure_of(dated, "{\"n\":\"\"}"), "required field start is empty");
    /* Where an empty text is as good as another one, a link may bring nothing. */
    rv_str text = helper_of("[" HELPER(
        PIN("n", "n", "")) "," CARD("t", "string:trim", PIN("s", "string", FROM("start", "n")),
                                    PIN("o", "output", "")) "]");
    assert_json(run_ok(text, "{}"), "t", "output", "\"\"");
    assert_json(run_ok(text, "{\"n\":\"\"}"), "t", "output", "\"\"");
    assert_string_equal(failure_of(text, "{\"n\":[]}"), "required field string is empty");
}

/* Whether it is tested or called; a value that is there counts, also when it is null. */
static void what_a_caller_leaves_out_is_the_static_value_of_the_head_field(void **state)
{
    (void)state;
    rv_str helper = helper_of("[{\"id\":\"start\",\"card\":\"control:callable\",\"inputs\":[" PIN(
        "in", "n",
        VALUE("\"d\"")) "],\"outputs\":[" PIN("n", "n",
                                              "") "]}," CARD("t", "control:return",
                                                             PIN("r", "r", FROM("start", "n")),
                                                             PIN("ro", "r", "")) "]");
    assert_json(run_ok(helper, "{}"), "t", "r", "\"d\"");
    assert_json(run_ok(helper, "{\"n\":null}"), "t", "r", "null");
    assert_json(run_ok(helper, "{\"n\":\"\"}"), "t", "r", "\"\"");
    assert_json(run_ok(caller_of(CALL("control:spawn", PIN("x", "x", VALUE("1")),
                                      PIN("o", "r", "")),
                                 helper),
                       "{}"),
                "call", "r", "\"d\"");
}

/* ---- vectors --------------------------------------------------------------------------------- */

/* Helper flows that tests/vectors/cards/helpers.json names. */
static rv_str helper_named(const char *name)
{
#define N HELPER(PIN("n", "n", "") "," PIN("m", "memo", ""))
#define OF_N PIN("a", "a", FROM("start", "n"))
    static const struct {
        const char *name, *cards;
    } helpers[] = {
        { "twice", "[" N "," CARD("x", "math:multiply", OF_N "," PIN("b", "b", VALUE("2")), PIN("o", "output", "")) "," CARD("r", "control:return", PIN("i", "n", FROM("x", "o")), PIN("io", "n", "")) "]" },
        { "big", "[" N "," CARD("x", "boolean:compare", PIN("l", "left-operand", FROM("start", "n")) "," PIN("p", "operator", VALUE("\">\"")) "," PIN("r", "right-operand", VALUE("2")), PIN("o", "result", "")) "]" },
        { "fails", "[" N "," CARD("x", "control:throwIf", PIN("l", "left-operand", FROM("start", "n")) "," PIN("p", "operator", VALUE("\"==\"")) "," PIN("r", "right-operand", VALUE("2")) "," PIN("m", "message", VALUE("\"two\"")), "") "]" },
        { "sum", "[" N "," CARD("x", "math:add", OF_N "," PIN("b", "b", FROM("start", "m")), PIN("o", "output", "")) "]" },
        { "pages", "[" N "," CARD("x", "math:add", OF_N "," PIN("b", "b", VALUE("1")), PIN("o", "output", "")) "," CARD("y", "control:assignIf", PIN("l", "left-operand", FROM("x", "o")) "," PIN("p", "operator", VALUE("\"<\"")) "," PIN("r", "right-operand", VALUE("3")) "," PIN("t", "valueIfTrue", VALUE("false")), PIN("o", "output", "")) "," CARD("r", "control:return", PIN("i", "n", FROM("x", "o")) "," PIN("j", "break", FROM("y", "o")), "") "]" },
        { "silent", "[" N "," CARD("x", "control:let", "", "") "]" },
    };
    for (size_t i = 0; i < RV_LEN(helpers); i++)
        if (strcmp(helpers[i].name, name) == 0)
            return helper_of(helpers[i].cards);
    fail_msg("no helper flow is called %s", name);
    return RV_NONE_STR;
}

static json_t *definition_of(const json_t *vector)
{
    json_t *inputs = json_array(), *outputs = json_array(), *v;
    const char *key, *helper = json_string_value(json_object_get(vector, "helper")),
                     *card = json_string_value(json_object_get(vector, "card"));
    if (helper != NULL) {
        rv_str id = helper_named(helper);
        json_array_append_new(inputs, json_pack("{s:s, s:s, s:s, s:s%}", "id", "flo", "key", "flo",
                                                "type", "flow", "value", id.p, id.n));
    } else {
        json_array_append_new(inputs, json_pack("{s:s, s:s, s:s}", "id", "flo", "key", "flo",
                                                "type", "flow"));
    }
    json_object_foreach(json_object_get(vector, "in"), key, v)
        json_array_append_new(inputs,
                              json_pack("{s:s, s:s, s:O}", "id", key, "key", key, "value", v));
    json_object_foreach(json_object_get(vector, "item"), key, v)
        json_array_append_new(inputs, json_pack("{s:s+, s:s, s:{s:b, s:O}}", "id", "item-", key,
                                                "key", key, "proxy", "dynamic", 1, "path", v));
    json_object_foreach(json_object_get(vector, "out"), key, v)
        json_array_append_new(outputs, json_pack("{s:s, s:s}", "id", key, "key", key));
    return json_pack("[o, {s:s, s:s, s:o, s:o}]", json_loads(HEAD, 0, NULL), "id", "c", "card",
                     card, "inputs", inputs, "outputs", outputs);
}

static void check_vector(const json_t *vector, size_t no)
{
    const char *why = json_string_value(json_object_get(vector, "why")),
               *card = json_string_value(json_object_get(vector, "card")),
               *error = json_string_value(json_object_get(vector, "error")), *key;
    json_t *run, *cards, *v, *definition = definition_of(vector);
    char *text = json_dumps(definition, JSON_COMPACT);
    rv_str flow = flow_fixture_flow(&fx, text);
    assert_int_equal(flow_fixture_run(&fx, flow, "{}", &run, &cards), RV_OK);
    free(text);
    json_decref(definition);
    const char *status = json_string_value(json_object_get(run, "status")),
               *message =
                   json_string_value(json_object_get(json_object_get(run, "error"), "message"));
    if ((error == NULL) != (strcmp(status, "SUCCEEDED") == 0) ||
        (error != NULL && (message == NULL || strstr(message, error) == NULL)))
        fail_msg("helpers %zu (%s, %s): %s, %s", no, card, why, status,
                 message != NULL ? message : "no error");
    json_object_foreach(json_object_get(vector, "out"), key, v)
    {
        const json_t *got = flow_fixture_output(cards, "c", key);
        char *dump = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
        if (got == NULL || json_equal(got, v) == 0)
            fail_msg("helpers %zu (%s, %s): %s is %s", no, card, why, key,
                     dump != NULL ? dump : "absent");
        free(dump);
    }
}

static void cards_that_call_helper_flows_do_what_their_vectors_say(void **state)
{
    char path[512];
    const char *root = getenv("REEVE_SOURCE");
    size_t i;
    json_t *v;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/tests/vectors/cards/helpers.json",
                   root != NULL ? root : ".");
    json_t *vectors = json_load_file(path, 0, NULL);
    assert_non_null(vectors);
    json_array_foreach(vectors, i, v)
        check_vector(v, i + 1);
    json_decref(vectors);
}

static void too_many_items_are_refused_by_the_name_of_the_limit_wf94(void **state)
{
    (void)state;
    rv_str helper = helper_of("[" HELPER(PIN("n", "n", "")) "]");
    assert_string_equal(failure_of(caller_of(CALL("control:times",
                                                  PIN("c", "count", VALUE("100001")), ""),
                                             helper),
                                   "{}"),
                        "100001 calls are more than 100000 (limit iteration.items)");
}

/* Opens the engine anew with another value of a configuration key. */
static void with_config(const char *key, const char *value)
{
    flow_fixture_close(&fx);
    flow_fixture_config = (struct flow_fixture_config){ key, value };
    flow_fixture_open(&fx, true);
    flow_fixture_config = (struct flow_fixture_config){ NULL, NULL };
}

static void cards_of_helper_runs_count_for_the_run_that_called_them_wf94(void **state)
{
    (void)state;
    with_config("flows.run_cards", "100");
    rv_str helper = helper_of("[" HELPER(PIN("n", "n", "")) "," CARD("a", "control:let",
                                                                     PIN("v", "v", VALUE("1")),
                                                                     PIN("w", "v", "")) "]");
    (void)run_ok(caller_of(CALL("control:times", PIN("c", "count", VALUE("48")), ""), helper), "{}"); /* 2 and 48 times 2 */
    assert_string_equal(
        failure_of(caller_of(CALL("control:times", PIN("c", "count", VALUE("60")), ""), helper),
                   "{}"),
        "the run and its helper runs executed 101 cards, more than 100 (limit run.cards)");
}

static void values_beyond_the_memory_of_a_run_end_it_with_their_size_wf94(void **state)
{
    (void)state;
    with_config("flows.run_memory", "1048576");
#define BIG(id) CARD(id, "string:repeat", PIN("s", "string", VALUE("\"0123456789\"")) "," PIN("t", "times", VALUE("70000")), PIN("o", "output", ""))
    rv_str flow =
        flow_fixture_flow(&fx, "[" HEAD "," BIG("one") "," BIG(
                                   "two") "," CARD("use", "string:concat",
                                                   PIN("s", "string1",
                                                       FROM("one", "o")) "," PIN("t", "string2",
                                                                                 FROM("two", "o")),
                                                   "") "]");
    const char *message = failure_of(flow, "{}");
    assert_non_null(strstr(message, "bytes of values, more than 1048576 (limit run.memory)"));
    assert_non_null(strstr(message, "the run holds 1400"));
}

static _Atomic int64_t jump_us;
static int64_t (*real_mono)(void *arg);
static int64_t jumping(void *arg)
{
    return real_mono(arg) + atomic_fetch_add(&jump_us, 2000000); /* two seconds pass at each look */
}

static void a_card_that_calculates_for_too_long_fails_with_its_time_wf94(void **state)
{
    (void)state;
    rv_str flow = flow_fixture_flow(
        &fx,
        "[" HEAD ",{\"id\":\"slow\",\"card\":\"string:concat\",\"timeout\":1500,\"inputs\":[" PIN(
            "a", "string1", VALUE("\"x\"")) "],\"outputs\":[" PIN("o", "output", "") "]}]");
    real_mono = fx.s.env.clock.mono_us;
    fx.s.env.clock.mono_us = jumping;
    const char *message = failure_of(flow, "{}");
    fx.s.env.clock.mono_us = real_mono;
    assert_non_null(strstr(message, "the card ran for "));
    assert_non_null(strstr(message, " ms, more than 1500 (limit card.timeout)"));
}

static void export_flow_gives_a_file_of_what_lies_in_the_same_top_folder(void **state)
{
    (void)state;
    rv_str other = flow_fixture_flow(&fx, "[" HEAD "]");
    const char *elsewhere =
        failure_of(caller_of(CARD("call", "utility:exportFlo",
                                  PIN("f", "flo", ",\"type\":\"flow\",\"value\":\"%s\""),
                                  PIN("o", "output", "")),
                             other),
                   "{}");
    assert_string_equal(elsewhere, "a flow can only export what lies in its own top-level folder");
    rv_str folder = flow_fixture_folder(&fx, "Together"), own, mate;
    struct rv_flow_in in = { .name = RV_STR("Mate"),
                             .folder_id = folder,
                             .cards = flow_fixture_json(&fx, RV_STR("[" HEAD "]")),
                             .has_name = true,
                             .has_folder = true };
    assert_int_equal(rv_flow_create(&fx.s.cx, &in, &mate), RV_OK);
    in.name = RV_STR("Own");
    in.cards = flow_fixture_json(
        &fx,
        rv_printf(
            &fx.s.cx,
            "[" HEAD "," CARD(
                "call", "utility:exportFlo",
                PIN("f", "flo", ",\"type\":\"flow\",\"value\":\"%.*s\"") "," PIN(
                    "p", "pretty", VALUE("true")) "," PIN("i", "indent", VALUE("1")),
                PIN("o", "output", "") "," PIN(
                    "n", "Filename",
                    "")) "," CARD("read", "filefunctions:readText",
                                  "{\"id\":\"fi\",\"group\":\"File\",\"key\":\"File Content\"" FROM(
                                      "call", "o") "}",
                                  PIN("t", "Text", "")) "," CARD("say", "string:concat",
                                                                 PIN("a", "string1",
                                                                     FROM("call", "o")),
                                                                 PIN("o", "output", "")) "]",
            RV_FMT(mate)));
    assert_int_equal(rv_flow_create(&fx.s.cx, &in, &own), RV_OK);
    json_t *cards = run_ok(own, "{}");
    assert_json(cards, "call", "Filename", "\"Mate.flow\"");
    assert_json(cards, "say", "output", "\"Mate.flow\""); /* the text form of a file is its name */
    const char *text = json_string_value(flow_fixture_output(cards, "read", "Text"));
    assert_non_null(strstr(text, "\n \"type\": \"flopack\""));
    json_t *pack = flow_fixture_json(&fx, rv_str_of(text));
    assert_int_equal(json_object_size(json_object_get(json_object_get(pack, "data"), "flos")), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_function_card_of_the_exports_is_known_wf138),
        T(every_card_says_what_it_is_for_and_names_each_field_once),
        T(cards_run_in_order_and_all_later_ones_see_their_outputs_wf70),
        T(assign_keeps_values_assign_if_chooses_and_lookup_looks_up_wf75),
        T(nothing_in_an_optional_field_is_empty_and_no_error_wf21),
        T(a_token_is_valid_until_its_time_is_over_wf143),
        T(what_encrypt_makes_decrypt_reads_and_each_time_it_is_another_text),
        T(cards_over_objects_call_for_each_key),
        T(cards_with_conditions_of_their_own_find_sort_and_thin_out),
        T(while_calls_again_as_long_as_true_comes_back),
        T(map_takes_an_object_out_of_its_only_key_when_it_is_what_was_declared),
        T(cards_that_call_helper_flows_do_what_their_vectors_say),
        T(too_many_items_are_refused_by_the_name_of_the_limit_wf94),
        T(a_required_input_that_is_empty_at_run_time_fails_the_card_by_its_name_wf13),
        T(what_a_caller_leaves_out_is_the_static_value_of_the_head_field),
        T(cards_of_helper_runs_count_for_the_run_that_called_them_wf94),
        T(values_beyond_the_memory_of_a_run_end_it_with_their_size_wf94),
        T(a_card_that_calculates_for_too_long_fails_with_its_time_wf94),
        T(export_flow_gives_a_file_of_what_lies_in_the_same_top_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
