/* Unit tests of import, compile and export over the real exports in ../shared, read in place;
 * skipped when absent. */
#include "flow_fixture.h"
#include <dirent.h>
#include <stdio.h>
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

static char *read_text(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "rb");
    char *p = NULL;
    size_t n = 0, got;
    if (f == NULL)
        return NULL;
    do {
        char *more = realloc(p, n + 65536);
        assert_non_null(more);
        p = more;
        got = fread(p + n, 1, 65536, f);
        n += got;
    } while (got > 0);
    (void)fclose(f);
    *ret_n = n;
    return p;
}

static void import_text(rv_str folder, rv_str text, const char *name, struct rv_import_report *r)
{
    rv_status st = rv_flow_import(&fx.s.cx, folder, RV_NONE_STR, text, false, r);
    const struct rv_import_item none = { .flow = RV_STR("-") },
                                *e = r->errors != NULL ? r->errors : &none;
    if (st != RV_OK)
        fail_msg("%s: %s; %.*s %.*s %.*s", name, rv_error(&fx.s.cx)->message, RV_FMT(e->flow),
                 RV_FMT(e->card), RV_FMT(e->sentence));
}

static rv_str exported(rv_str folder)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text, name;
    rv_buf_init(&b, 64 << 20);
    rv_jw_init(&w, &b);
    if (rv_folder_export(&fx.s.cx, folder, &w, &name) != RV_OK)
        fail_msg("export: %s", rv_error(&fx.s.cx)->message);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    text = rv_dup(&fx.s.cx, text);
    rv_buf_done(&b);
    return text;
}

struct check {
    rv_str id;
    int64_t cards;
};

static void count(void *arg, json_t *card)
{
    (void)card;
    ++*(int64_t *)arg;
}

/* The stored definition passes the same check as one from outside, and compiles. */
static rv_status check_tx(struct rv_tx *tx, void *arg)
{
    struct check *c = arg;
    struct rv_flow_row f;
    json_t *cards, *checked;
    struct rv_program *p;
    RV_TRY(rv_flow_row_get(tx, c->id, &f));
    RV_TRY(rv_flow_definition(tx, c->id, f.version_number, &cards));
    rv_def_walk(cards, count, &c->cards);
    RV_TRY(rv_def_check(rv_tx_cx(tx), cards, &checked));
    assert_int_equal(json_equal(cards, checked), 1);
    RV_TRY(rv_compile(rv_tx_cx(tx), cards, &p));
    rv_program_unref(p);
    return RV_OK;
}

static int64_t check_flows(const char *name, const struct rv_import_report *r)
{
    struct check c = { .cards = 0 };
    for (size_t i = 0; i < r->flows_n; i++) {
        c.id = r->flows[i].id;
        if (rv_store_read(&fx.s.cx, check_tx, &c) != RV_OK)
            fail_msg("%s, %.*s: %s %s", name, RV_FMT(r->flows[i].name), rv_error(&fx.s.cx)->message,
                     rv_error(&fx.s.cx)->causes != NULL ? rv_error(&fx.s.cx)->causes->pointer : "");
    }
    return c.cards;
}

/* Ids of objects are new with each import: both packs get the same names for them, by what they are
 * and in which order they came. */
static void rename_ids(json_t *j, const json_t *names)
{
    const char *key;
    size_t i;
    json_t *v;
    void *next;
    json_object_foreach_safe(j, next, key, v)
    {
        const json_t *name = json_object_get(names, key);
        if (json_is_string(v) && json_object_get(names, json_string_value(v)) != NULL)
            json_object_set(j, key, json_object_get(names, json_string_value(v)));
        else
            rename_ids(v, names);
        if (name != NULL) {
            json_object_set(j, json_string_value(name), json_object_get(j, key));
            json_object_del(j, key);
        }
    }
    json_array_foreach(j, i, v)
        rename_ids(v, names);
    json_array_foreach(j, i, v)
        if (json_is_string(v) && json_object_get(names, json_string_value(v)) != NULL)
            json_array_set(j, i, json_object_get(names, json_string_value(v)));
}

static void name_ids(const json_t *objects, const char *kind, json_t *names)
{
    const char *key;
    json_t *o;
    json_object_foreach((json_t *)(uintptr_t)objects, key, o)
    {
        const char *name = json_string_value(json_object_get(o, "name"));
        if (name == NULL)
            name = json_string_value(json_object_get(json_object_get(o, "data"), "name"));
        const char *group = json_string_value(json_object_get(json_object_get(o, "data"), "group_id")); /* tables of one name lie in different folders */
        const json_t *folder = group != NULL ? json_object_get(names, group) : NULL;
        json_object_set_new(names, key,
                            json_sprintf("%s %s %s", kind, name,
                                         folder != NULL ? json_string_value(folder) : ""));
    }
}

/* What was exported comes in and goes out again without a difference. */
static void same_packs(rv_str one, rv_str two, const struct rv_import_report *again,
                       const char *file)
{
    json_t *packs[2] = { json_loadb(one.p, one.n, 0, NULL), json_loadb(two.p, two.n, 0, NULL) };
    json_t *first = json_object_get(json_object_get(packs[0], "data"), "flos"),
           *second = json_object_get(json_object_get(packs[1], "data"), "flos"), *v;
    const char *key;
    for (int k = 0; k < 2; k++) {
        json_t *names = json_object(), *data = json_object_get(packs[k], "data");
        name_ids(json_object_get(data, "groups"), "folder", names);
        name_ids(json_object_get(data, "tables"), "table", names);
        name_ids(json_object_get(data, "configs"), "connection", names);
        size_t i = 0;
        json_object_foreach(k == 0 ? first : second, key, v)
        {
            size_t at = i++;
            for (size_t f = 0; k == 1 && f < again->flows_n; f++)
                if (rv_str_eq(again->flows[f].id, rv_str_of(key)))
                    at = f; /* the report has them in the order of the first pack */
            json_object_set_new(names, key, json_sprintf("flow %d", (int)at));
        }
        json_t *folders = json_object_get(data, "groups");
        void *next;
        json_object_foreach_safe(folders, next, key, v)
        {
            json_object_del(json_object_get(v, "data"), "path"); /* the second pack has the folder it was imported into around all */
            if (strcmp(json_string_value(json_object_get(json_object_get(v, "data"), "name")),
                       "Two") == 0)
                json_object_del(folders, key);
        }
        rename_ids(data, names);
        json_object_del(packs[k], "created");
        json_decref(names);
    }
    const char *part;
    json_object_foreach(json_object_get(packs[0], "data"), part, v)
        if (json_equal(v, json_object_get(json_object_get(packs[1], "data"), part)) != 1)
            fail_msg("%s: %s differ after a second import", file, part);
    assert_int_equal(json_equal(packs[0], packs[1]), 1);
    json_decref(packs[0]);
    json_decref(packs[1]);
}

static void all_shared_exports_import_compile_and_come_back_wf126_wf127_wf128(void **state)
{
    char path[512];
    const char *shared = getenv("REEVE_SHARED");
    struct dirent *d;
    int files = 0;
    int64_t cards = 0;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/flopacks", shared != NULL ? shared : "../shared");
    DIR *dir = opendir(path);
    if (dir == NULL) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    while ((d = readdir(dir)) != NULL) {
        struct rv_import_report r, again;
        size_t n;
        if (!rv_str_ends(rv_str_of(d->d_name), RV_STR(".flopack")))
            continue;
        (void)snprintf(path, sizeof path, "%s/flopacks/%s", shared != NULL ? shared : "../shared",
                       d->d_name);
        char *text = read_text(path, &n);
        rv_str folder = flow_fixture_folder(&fx, "One");
        import_text(folder, (rv_str){ text, n }, d->d_name, &r);
        free(text);
        int64_t here = check_flows(d->d_name, &r);
        rv_str pack = exported(folder), second = flow_fixture_folder(&fx, "Two");
        import_text(second, pack, d->d_name, &again);
        same_packs(pack, exported(second), &again, d->d_name);
        assert_int_equal(again.flows_n, r.flows_n);
        assert_int_equal(check_flows(d->d_name, &again), here);
        cards += here;
        files++;
        rv_arena_reset(fx.s.cx.arena);
    }
    (void)closedir(dir);
    print_message("%d files, %lld cards\n", files, (long long)cards);
    assert_int_equal(files, 73);
}

#define SMALL "{\"type\":\"flopack\",\"version\":\"1.5.0\",\"data\":{\"configs\":{},\"tables\":{},\"groups\":{},\"flos\":{\"f1\":{\"id\":\"f1\"," \
              "\"name\":\"F\",\"data\":{\"uuid\":\"f1\",\"orderings\":%s,\"methods\":[%s]}}}}}"
#define METHOD(uuid, address, key, rest) \
    "{\"uuid\":\"" uuid "\",\"address\":\"" address "\",\"pins\":{},\"joins\":{},\"branches\":{}," rest "\"node\":{\"key\":\"" key "\",\"model\":{\"metadata\":{\"name\":\"" uuid "\"},\"inputs\":{\"data\":{}},\"outputs\":{\"data\":{}}}}}"

static void broken_files_are_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *orderings, *methods, *sentence;
    } rows[] = {
        { "{}", METHOD("a", "root:kernel:control:0.0.1:callable", "callable", "") "," METHOD("a", "root:kernel:control:0.0.1:let", "let", ""), "same uuid" },
        { "{}", METHOD("a", "root:kernel:control:0.0.1:callable", "callable", "") "," METHOD("b", "root:kernel:control:0.0.1:let", "let", ""), "without a predecessor" },
        { "{\"1\":[\"a\",\"b\"],\"2\":[\"b\",\"a\"]}", METHOD("a", "root:kernel:control:0.0.1:callable", "callable", "") "," METHOD("b", "root:kernel:control:0.0.1:let", "let", ""), "circle" },
        { "{\"1\":[\"a\",\"zz\"]}", METHOD("a", "root:kernel:control:0.0.1:callable", "callable", ""), "ordering" },
        { "{}", METHOD("a", "root:kernel:control:0.0.1:let", "let", ""), "not an event" },
        { "{}", METHOD("a", "root:nowhere:0.0.1:x", "x", ""), "bad card address" },
        { "{\"1\":[\"a\",\"b\"]}", METHOD("a", "root:kernel:control:0.0.1:callable", "callable", "") "," METHOD("b", "root:kernel:control:0.0.1:if", "if", ""), "branches" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        char text[8192];
        struct rv_import_report r;
        (void)snprintf(text, sizeof text, SMALL, rows[i].orderings, rows[i].methods);
        rv_str folder = flow_fixture_folder(&fx, "Broken");
        assert_int_equal(rv_flow_import(&fx.s.cx, folder, RV_NONE_STR, rv_str_of(text), false, &r),
                         RV_INVALID);
        assert_non_null(r.errors);
        bool found = false;
        for (const struct rv_import_item *e = r.errors; e != NULL; e = e->next)
            found = found || rv_str_contains(e->sentence, rv_str_of(rows[i].sentence));
        if (!found)
            fail_msg("row %zu: %.*s", i, RV_FMT(r.errors->sentence));
        rv_error_clear(&fx.s.cx);
    }
}

/* A hostile file: each kind of thing has ids of its own. */
static void one_id_for_folder_table_connection_and_flow_names_four_things(void **state)
{
    static const char text[] =
        "{\"type\":\"flopack\",\"version\":\"1.5.0\",\"data\":{\"configs\":{\"x\":{\"id\":\"x\","
        "\"name\":\"C\",\"module\":\"okta\",\"data\":null}},"
        "\"tables\":{\"x\":{\"id\":\"x\",\"name\":\"Tee\",\"data\":{\"class\":\"simple\",\"group_"
        "id\":\"x\",\"structure\":[{\"name\":\"A\",\"type\":\"str\",\"default\":\"\"}]}}},"
        "\"groups\":{\"x\":{\"id\":\"x\",\"data\":{\"name\":\"Gee\",\"path\":\"\"}},\"y\":{\"id\":"
        "\"y\",\"data\":{\"name\":\"Inner\",\"path\":\"x\"}}},"
        "\"flos\":{\"x\":{\"id\":\"x\",\"name\":\"Eff\",\"data\":{\"uuid\":\"x\",\"group\":\"y\","
        "\"orderings\":{},\"methods\":[" METHOD("a", "root:kernel:control:0.0.1:callable",
                                                "callable", "") "]}}}}}";
    struct rv_import_report r;
    (void)state;
    rv_str folder = flow_fixture_folder(&fx, "Same");
    import_text(folder, rv_str_of(text), "one id", &r);
    assert_int_equal(r.flows_n, 1);
    json_t *data = json_object_get(flow_fixture_json(&fx, exported(folder)), "data"), *v,
           *table = NULL, *flow = NULL;
    const char *key, *outer = NULL, *inner = NULL;
    json_object_foreach(json_object_get(data, "groups"), key, v)
    {
        const char *name = json_string_value(json_object_get(json_object_get(v, "data"), "name"));
        outer = strcmp(name, "Gee") == 0 ? key : outer;
        inner = strcmp(name, "Inner") == 0 ? key : inner;
    }
    json_object_foreach(json_object_get(data, "tables"), key, v)
        table = v;
    json_object_foreach(json_object_get(data, "flos"), key, v)
        flow = v;
    assert_true(outer != NULL && inner != NULL && table != NULL && flow != NULL);
    assert_string_equal(json_string_value(
                            json_object_get(json_object_get(table, "data"), "group_id")),
                        outer);
    assert_string_equal(json_string_value(json_object_get(json_object_get(flow, "data"), "group")),
                        inner);
}

static void what_is_no_export_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "[]", "{\"type\":\"other\"}",
        "{\"type\":\"flopack\",\"version\":\"2.0.0\",\"data\":{\"flos\":{\"a\":{}}}}",
        "{\"type\":\"flopack\""
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(texts); i++) {
        struct rv_import_report r;
        rv_status st = rv_flow_import(&fx.s.cx, flow_fixture_folder(&fx, "None"), RV_NONE_STR,
                                      rv_str_of(texts[i]), false, &r);
        assert_true(st == RV_INVALID || st == RV_MALFORMED);
        rv_error_clear(&fx.s.cx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            all_shared_exports_import_compile_and_come_back_wf126_wf127_wf128, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_files_are_refused_with_a_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(
            one_id_for_folder_table_connection_and_flow_names_four_things, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_export_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
