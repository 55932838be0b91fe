/* Runs the cards of tables as flows on a real store, by the vectors of tests/vectors/tables.json:
 * each names a table with its rows, the card's fields, what it puts out or why it fails, and the
 * rows afterwards. */
#include "flow_fixture.h"
#include "connectors/connectors.h"
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

static void must(rv_status st)
{
    const struct rv_error *e = rv_error(&fx.s.cx);
    if (st != RV_OK)
        fail_msg("%s: %s %s", rv_status_info(st)->name, e->message != NULL ? e->message : "",
                 e->causes != NULL ? e->causes->summary : "");
}

static json_t *load(void)
{
    char path[512];
    const char *root = getenv("REEVE_SOURCE");
    json_error_t e;
    (void)snprintf(path, sizeof path, "%s/tests/vectors/tables.json", root != NULL ? root : ".");
    json_t *j = json_load_file(path, 0, &e);
    if (j == NULL)
        fail_msg("%s: %s, line %d", path, e.text, e.line);
    return j;
}

/* "Age number 18" */
static json_t *column(const char *text)
{
    char name[64], type[16], def[64];
    int n = sscanf(text, "%63s %15s %63s", name, type, def);
    json_t *c = json_pack("{s:s, s:s}", "name", name, "type", type);
    if (n == 3)
        json_object_set_new(c, "default", json_string(def));
    return c;
}

static rv_str make_table(rv_str folder, const json_t *columns)
{
    json_t *list = json_array(), *v;
    size_t i;
    rv_str id;
    json_array_foreach((json_t *)(uintptr_t)columns, i, v)
        json_array_append_new(list, column(json_string_value(v)));
    struct rv_table_in in = { .name = RV_STR("Table"), .folder_id = folder, .columns = list };
    must(rv_table_create(&fx.s.cx, &in, &id));
    json_decref(list);
    return id;
}

static rv_str row_ids[16];
static size_t row_ids_n;
static rv_str table_id, foreign_id;

static void make_rows(const json_t *rows)
{
    json_t *r;
    size_t i;
    row_ids_n = 0;
    json_array_foreach((json_t *)(uintptr_t)rows, i, r)
        must(rv_row_create(&fx.s.cx, table_id, r, &row_ids[row_ids_n++]));
}

/* "$2" is the id of the second row, "$table" that of the table. */
static json_t *replaced(const json_t *v)
{
    const char *s = json_string_value(v), *key;
    json_t *m, *out;
    size_t i;
    if (s != NULL && s[0] == '$') {
        size_t no = (size_t)strtoul(s + 1, NULL, 10);
        rv_str id = strcmp(s, "$table") == 0     ? table_id
                    : strcmp(s, "$foreign") == 0 ? foreign_id
                    : no > 0 && no <= row_ids_n  ? row_ids[no - 1]
                                                 : rv_str_of(s);
        return json_stringn(id.p, id.n);
    }
    if (json_is_array(v)) {
        out = json_array();
        json_array_foreach((json_t *)(uintptr_t)v, i, m)
            json_array_append_new(out, replaced(m));
        return out;
    }
    if (json_is_object(v)) {
        out = json_object();
        json_object_foreach((json_t *)(uintptr_t)v, key, m)
            json_object_set_new(out, key, replaced(m));
        return out;
    }
    return json_deep_copy(v);
}

/* "Group/Key" as a field. */
static json_t *pin(const char *name, json_t *value)
{
    const char *slash = strchr(name, '/');
    json_t *p = json_pack("{s:s, s:s%, s:s}", "id", name, "group", name, (size_t)(slash - name),
                          "key", slash + 1);
    if (value != NULL)
        json_object_set_new(p, "value", value);
    return p;
}

static rv_str make_flow(rv_str folder, const json_t *vector)
{
    json_t *inputs = json_array(), *outputs = json_array(),
           *options = json_pack("{s:s%}", "stash", table_id.p, table_id.n), *v;
    const char *key;
    rv_str id;
    json_object_foreach(json_object_get(vector, "in"), key, v)
        json_array_append_new(inputs, pin(key, replaced(v)));
    json_object_foreach(json_object_get(vector, "out"), key, v)
        json_array_append_new(outputs, pin(key, NULL));
    json_object_update(options, json_object_get(vector, "options"));
    json_t *cards = json_pack("[{s:s, s:s, s:[], s:[]}, {s:s, s:O, s:s, s:o, s:o, s:o}]", "id",
                              "start", "card", "control:callable", "inputs", "outputs", "id", "c",
                              "card", json_object_get(vector, "card"), "title", "The card",
                              "inputs", inputs, "outputs", outputs, "options", options);
    assert_non_null(cards);
    struct rv_flow_in in = { .name = RV_STR("Vector"), .folder_id = folder, .cards = cards };
    must(rv_flow_create(&fx.s.cx, &in, &id));
    json_decref(cards);
    return id;
}

/* What does not tell: when a row or file was made, and ids that are made anew. */
static void forget(json_t *v)
{
    static const char *const members[] = { "Created", "Updated", "created", "updated", "id" };
    json_t *m;
    const char *key;
    size_t i;
    for (i = 0; json_is_object(v) && i < RV_LEN(members); i++)
        json_object_del(v, members[i]);
    json_array_foreach(v, i, m)
        forget(m);
    json_object_foreach(v, key, m)
        forget(m);
}

static json_t *rows_now(void)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, next;
    json_t *list = json_array(), *all, *r;
    size_t i;
    struct rv_row_query q = { .limit = 200 };
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    must(rv_row_list(&fx.s.cx, table_id, &q, &w, &next));
    rv_jw_arr_end(&w);
    must(rv_buf_str(&fx.s.cx, &b, &text));
    all = flow_fixture_json(&fx, text);
    json_array_foreach(all, i, r)
    {
        json_array_append(list, json_object_get(r, "values"));
        if (i >= row_ids_n && i < RV_LEN(row_ids)) /* "$1" of a row that the card made */
            row_ids[row_ids_n++] = rv_dup(&fx.s.cx, rv_json_member_str(r, "id"));
    }
    rv_buf_done(&b);
    return list;
}

static void compare(const char *what, const json_t *vector, json_t *got, json_t *expected)
{
    if (json_equal(got, expected))
        return;
    char *g = json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT),
         *e = json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT);
    fail_msg("%s (%s): %s is %s, not %s", json_string_value(json_object_get(vector, "card")),
             json_string_value(json_object_get(vector, "why")), what, g, e);
}

static void check(rv_str folder, const json_t *vector)
{
    const char *error = json_string_value(json_object_get(vector, "error")), *key,
               *why = json_string_value(json_object_get(vector, "why"));
    json_t *run, *cards, *v;
    table_id = make_table(folder, json_object_get(vector, "columns"));
    make_rows(json_object_get(vector, "rows"));
    rv_str flow = make_flow(folder, vector);
    must(flow_fixture_run(&fx, flow, "{}", &run, &cards));
    const char *status = json_string_value(json_object_get(run, "status")),
               *message =
                   json_string_value(json_object_get(json_object_get(run, "error"), "message"));
    if (strcmp(status, error != NULL ? "FAILED" : "SUCCEEDED") != 0 ||
        (error != NULL && strstr(message, error) == NULL))
        fail_msg("%s (%s): %s %s", json_string_value(json_object_get(vector, "card")), why, status,
                 message != NULL ? message : "");
    json_t *now = rows_now();
    json_object_foreach(json_object_get(vector, "out"), key, v)
    {
        if (error != NULL)
            continue;
        json_t *expected = replaced(v),
               *got = json_deep_copy(flow_fixture_output(cards, "c", strchr(key, '/') + 1));
        forget(got);
        forget(expected);
        compare(key, vector, got, expected);
        json_decref(expected);
        json_decref(got);
    }
    if (json_object_get(vector, "after") != NULL)
        compare("the table", vector, now, json_object_get(vector, "after"));
    json_decref(now);
    rv_arena_reset(fx.s.cx.arena);
}

static void
cards_of_tables_do_what_their_vectors_say_wf108_wf109_wf110_wf111_wf112_wf113_wf115(void **state)
{
    json_t *vectors = load(), *v, *one = json_pack("[s]", "A text");
    size_t i;
    (void)state;
    json_array_foreach(vectors, i, v)
    {
        rv_str folder = flow_fixture_folder(&fx, "Vectors");
        foreign_id = make_table(flow_fixture_folder(&fx, "Elsewhere"), one);
        check(folder, v);
    }
    for (const struct rv_card *c = rv_cards_tables; c->name != NULL; c++) {
        int n = 0;
        json_array_foreach(vectors, i, v)
            n += rv_str_eq(rv_json_member_str(v, "card"), rv_str_of(c->name));
        if (n < 3)
            fail_msg("%s has %d vectors; three are due: normal, empty, wrong type", c->name, n);
    }
    json_decref(one);
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            cards_of_tables_do_what_their_vectors_say_wf108_wf109_wf110_wf111_wf112_wf113_wf115,
            setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
