/* Export files that somebody changed: thousands of mutations of one file with everything in it,
 * from a fixed seed. Each ends in a sentence or in flows that can be read, compiled and exported
 * again; nothing crashes, leaks or goes in by halves. */
#include "flow_fixture.h"
#include <stdio.h>
#include <stdlib.h>

static struct flow_fixture fx;
static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = 20260101;
    flow_fixture_open(&fx, false);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    return 0;
}

static size_t chance(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(seed >> 33) % n;
}

static char *read_pack(size_t *ret_n)
{
    char path[512];
    const char *source = getenv("REEVE_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/vectors/packs/round-trip.flopack",
                   source != NULL ? source : ".");
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *p = malloc(1 << 20);
    assert_non_null(p);
    *ret_n = fread(p, 1, 1 << 20, f);
    (void)fclose(f);
    return p;
}

static rv_status compile_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *id = arg;
    struct rv_flow_row f;
    json_t *cards, *checked;
    struct rv_program *p;
    RV_TRY(rv_flow_row_get(tx, *id, &f));
    RV_TRY(rv_flow_definition(tx, *id, f.version_number, &cards));
    RV_TRY(rv_def_check(rv_tx_cx(tx), cards, &checked));
    RV_TRY(rv_compile(rv_tx_cx(tx), cards, &p));
    rv_program_unref(p);
    return RV_OK;
}

static void export_one(rv_str id, int no)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str name, text;
    rv_buf_init(&b, 64 << 20);
    rv_jw_init(&w, &b);
    if (rv_flow_export(&fx.s.cx, id, &w, &name) != RV_OK ||
        rv_buf_str(&fx.s.cx, &b, &text) != RV_OK)
        fail_msg("mutation %d: export: %s", no, rv_error(&fx.s.cx)->message);
    json_t *j = json_loadb(text.p, text.n, JSON_DECODE_INT_AS_REAL, NULL); /* large whole numbers are written as the numbers they became */
    if (j == NULL)
        fail_msg("mutation %d: what was exported is no JSON", no);
    json_decref(j);
    rv_buf_done(&b);
}

/* 1: it went in. */
static int take(rv_str folder, rv_str text, int no)
{
    struct rv_import_report r;
    rv_status st = rv_flow_import(&fx.s.cx, folder, RV_NONE_STR, text, false, &r);
    if (st != RV_OK) {
        const struct rv_error *e = rv_error(&fx.s.cx);
        if (st != RV_INVALID && st != RV_MALFORMED && st != RV_LIMIT)
            fail_msg("mutation %d: status %d: %s", no, st,
                     e->message != NULL ? e->message : "no sentence");
        if (e->message == NULL && r.errors == NULL)
            fail_msg("mutation %d: refused without a sentence", no);
        for (const struct rv_import_item *i = r.errors; i != NULL; i = i->next)
            if (i->sentence.n == 0 || !rv_utf8_valid(i->sentence))
                fail_msg("mutation %d: an error without a sentence", no);
    }
    for (size_t i = 0; st == RV_OK && i < r.flows_n; i++) {
        if (rv_store_read(&fx.s.cx, compile_tx, &r.flows[i].id) != RV_OK)
            fail_msg("mutation %d: %.*s: %s %s", no, RV_FMT(r.flows[i].name),
                     rv_error(&fx.s.cx)->message,
                     rv_error(&fx.s.cx)->causes != NULL ? rv_error(&fx.s.cx)->causes->pointer : "");
        export_one(r.flows[i].id, no);
    }
    rv_error_clear(&fx.s.cx);
    return st == RV_OK ? 1 : 0;
}

/* ---- mutations of the tree ------------------------------------------------------------------- */

struct place {
    json_t *parent;
    const char *key; /* of an object */
    size_t i; /* of a list */
};

/* The n-th value below j; counts down. */
static bool find(json_t *j, size_t *n, struct place *ret)
{
    const char *key;
    size_t i;
    json_t *v;
    json_object_foreach(j, key, v)
    {
        if ((*n)-- == 0) {
            *ret = (struct place){ j, key, 0 };
            return true;
        }
        if (find(v, n, ret))
            return true;
    }
    json_array_foreach(j, i, v)
    {
        if ((*n)-- == 0) {
            *ret = (struct place){ j, NULL, i };
            return true;
        }
        if (find(v, n, ret))
            return true;
    }
    return false;
}

static size_t count(const json_t *j)
{
    const char *key;
    size_t i, n = 0;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)j, key, v)
        n += 1 + count(v);
    json_array_foreach((json_t *)(uintptr_t)j, i, v)
        n += 1 + count(v);
    return n;
}

static json_t *nested(size_t depth)
{
    json_t *j = json_array();
    for (size_t i = 0; i < depth; i++)
        j = json_pack("{s:o}", "methods", j);
    return j;
}

static json_t *strange(json_t *root, const json_t *old)
{
    static const char *const texts[] = { "",
                                         "head",
                                         "f1",
                                         "f2",
                                         "t1",
                                         "if1",
                                         "root:kernel:control:0.0.1:if",
                                         "root:kernel:control:0.0.1:join",
                                         "root:kernel:object:0.0.1:expand",
                                         "x1",
                                         "\xF0\x9F\x98\x80",
                                         "../..",
                                         "string",
                                         "flo",
                                         "p" };
    struct place p;
    size_t n = chance(count(root));
    switch (chance(9)) {
    case 0: return json_null();
    case 1: return json_integer(chance(2) == 0 ? -1 : INT64_MAX);
    case 2: return json_real(1e308);
    case 3: return json_boolean(chance(2));
    case 4: return json_string(texts[chance(RV_LEN(texts))]);
    case 5: return chance(2) == 0 ? json_array() : json_object();
    case 6: return nested(chance(40));
    case 7: /* a value from elsewhere in the file */
        if (find(root, &n, &p))
            return json_deep_copy(p.key != NULL ? json_object_get(p.parent, p.key)
                                                : json_array_get(p.parent, p.i));
        return json_null();
    default: return json_pack("[O, O]", old, old);
    }
}

static void mutate(json_t *root)
{
    struct place p;
    size_t n = chance(count(root));
    if (!find(root, &n, &p))
        return;
    json_t *old = json_incref(p.key != NULL ? json_object_get(p.parent, p.key)
                                            : json_array_get(p.parent, p.i));
    if (chance(4) == 0) {
        if (p.key != NULL)
            json_object_del(p.parent, p.key);
        else
            json_array_remove(p.parent, p.i);
    } else {
        json_t *v = strange(root, old);
        if (p.key != NULL)
            json_object_set_new(p.parent, p.key, v);
        else
            json_array_set_new(p.parent, p.i, v);
    }
    json_decref(old);
}

static void changed_trees_end_in_a_sentence_or_in_flows_that_can_be_read(void **state)
{
    size_t n;
    char *text = read_pack(&n);
    const char *more = getenv("REEVE_MUTATIONS");
    int runs = more != NULL ? (int)strtol(more, NULL, 10) : 400, good = 0;
    (void)state;
    rv_str folder = rv_dup(&fx.s.cx, flow_fixture_folder(&fx, "Hostile"));
    char id[64];
    (void)snprintf(id, sizeof id, "%.*s", RV_FMT(folder));
    assert_int_equal(take(rv_str_of(id), (rv_str){ text, n }, 0), 1);
    for (int i = 1; i <= runs; i++) {
        json_t *root = json_loadb(text, n, 0, NULL);
        for (size_t k = 1 + chance(3); k > 0; k--)
            mutate(root);
        char *dump = json_dumps(root, JSON_COMPACT);
        good += take(rv_str_of(id), rv_str_of(dump), i);
        free(dump);
        json_decref(root);
        rv_arena_reset(fx.s.cx.arena);
    }
    print_message("%d of %d went in\n", good, runs);
    assert_true(good > runs / 10 && good < runs);
    free(text);
}

static void changed_bytes_end_in_a_sentence(void **state)
{
    size_t n;
    char *text = read_pack(&n), *copy = malloc(n + 1), id[64];
    (void)state;
    rv_str folder = flow_fixture_folder(&fx, "Bytes");
    (void)snprintf(id, sizeof id, "%.*s", RV_FMT(folder));
    for (int i = 0; i < 400; i++) {
        memcpy(copy, text, n);
        size_t length = chance(3) == 0 ? chance(n) : n;
        for (size_t k = chance(4); k > 0; k--)
            copy[chance(n)] = (char)chance(256);
        (void)take(rv_str_of(id), (rv_str){ copy, length }, i);
        rv_arena_reset(fx.s.cx.arena);
    }
    free(copy);
    free(text);
}

static void what_is_refused_leaves_nothing_behind(void **state)
{
    size_t n;
    char *text = read_pack(&n);
    struct rv_flow_query q = { .limit = 200, .enabled = -1 };
    struct rv_buf b;
    struct rv_jw w;
    rv_str next;
    (void)state;
    rv_str folder = flow_fixture_folder(&fx, "Empty"),
           broken = rv_dup(&fx.s.cx, (rv_str){ text, n });
    char *at = strstr((char *)(uintptr_t)broken.p, "\"melt\"");
    assert_null(at);
    at = strstr((char *)(uintptr_t)broken.p, "\"dateTime\"");
    assert_non_null(at);
    memcpy(at, "\"dateTome\"", 10);
    assert_int_equal(take(folder, broken, 0), 0);
    q.folder_id = folder;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    assert_int_equal(rv_flow_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_true(rv_str_eq((rv_str){ b.p, b.n }, RV_STR("[]")));
    rv_buf_clear(&b);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    q.folder_id = RV_NONE_STR;
    assert_int_equal(rv_folder_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_null(memmem(b.p, b.n, "Helpers", 7));
    rv_buf_done(&b);
    free(text);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(changed_trees_end_in_a_sentence_or_in_flows_that_can_be_read),
        T(changed_bytes_end_in_a_sentence),
        T(what_is_refused_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
