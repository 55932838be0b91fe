/* Paths and their words, queries and forms (security.md 3.2). */
#include "unit.h"
#include "api/api_int.h"

static rv_status nothing(struct rv_req *rq)
{
    (void)rq;
    return RV_OK;
}
#define ROUTE(m, p) { m, p, p, RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, nothing, "A route." }
static const struct rv_route routes[] = {
    ROUTE("GET", "/a"), ROUTE("POST", "/a"), ROUTE("GET", "/a/{id}"), ROUTE("GET", "/a/fixed"), ROUTE("GET", "/a/{id}/b"), ROUTE("GET", "/a/{id}/b/{n}/c"),
    ROUTE("GET", "/a/fixed/only"), ROUTE("GET", "/"),
};
static struct rv_node root;

static const char *found(const char *path, rv_str params[RV_PARAMS_MAX])
{
    rv_str words[RV_SEGMENTS_MAX];
    size_t n;
    if (rv_path_split(&unit_cx, rv_str_of(path), words, &n) != RV_OK)
        return "refused";
    const struct rv_node *node = rv_tree_find(&root, words, n, params);
    return node == NULL                     ? "none"
           : node->routes[RV_M_GET] != NULL ? node->routes[RV_M_GET]->path
                                            : "other method";
}

static int setup(void **state)
{
    if (unit_setup(state) != 0)
        return -1;
    root = (struct rv_node){ 0 };
    for (size_t i = 0; i < RV_LEN(routes); i++) {
        if (rv_tree_add(&unit_cx, &root, &routes[i]) != RV_OK)
            return -1;
    }
    return 0;
}

static void a_fixed_word_wins_and_the_parameter_is_tried_when_the_rest_does_not_fit(void **state)
{
    rv_str p[RV_PARAMS_MAX];
    (void)state;
    assert_string_equal(found("/a", p), "/a");
    assert_string_equal(found("/a/", p), "/a");
    assert_string_equal(found("/a/fixed", p), "/a/fixed");
    assert_string_equal(found("/a/fixed/only", p), "/a/fixed/only");
    assert_string_equal(found("/a/fixed/b", p), "/a/{id}/b");
    assert_str(p[0], "fixed");
    assert_string_equal(found("/a/x/b/7/c", p), "/a/{id}/b/{n}/c");
    assert_str(p[0], "x");
    assert_str(p[1], "7");
    assert_string_equal(found("/", p), "/");
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(found(((const char *[]){ "/b", "/a//b", "//a", "/a/x/b/7", "/A" })[i],
                                  p),
                            "none");
}

static void words_are_decoded_once_and_never_split_again(void **state)
{
    static const struct {
        const char *path, *word;
    } good[] = { { "/a/%41", "A" },   { "/a/%2525", "%25" }, { "/a/%c3%bc", "\xc3\xbc" },
                 { "/a/a+b", "a+b" }, { "/a/%3f%23", "?#" }, { "/a/...", "..." } };
    static const char *const bad[] = { "/a/%2f", "/a/%2F", "/a/%5c",    "/a/%00", "/a/%",
                                       "/a/%4",  "/a/%4g", "/a/%ff",    "/a/%c3", "/a/.",
                                       "/a/..",  "/a/%2e", "/a/%2E%2e", "a",      "" };
    rv_str p[RV_PARAMS_MAX];
    (void)state;
    for (size_t i = 0; i < RV_LEN(good); i++) {
        assert_string_equal(found(good[i].path, p), "/a/{id}");
        assert_str(p[0], good[i].word);
    }
    for (size_t i = 0; i < RV_LEN(bad); i++)
        assert_string_equal(found(bad[i], p), "refused");
}

static void too_many_words_are_no_path(void **state)
{
    char path[256] = "";
    rv_str words[RV_SEGMENTS_MAX];
    size_t n;
    (void)state;
    for (size_t i = 0; i < RV_SEGMENTS_MAX; i++)
        memcpy(path + 2 * i, "/x", 3);
    assert_int_equal(rv_path_split(&unit_cx, rv_str_of(path), words, &n), RV_OK);
    assert_int_equal(n, RV_SEGMENTS_MAX);
    memcpy(path + 2 * RV_SEGMENTS_MAX, "/x", 3);
    assert_int_equal(rv_path_split(&unit_cx, rv_str_of(path), words, &n), RV_NO_ROUTE);
}

static void pairs_of_queries_and_forms_are_read(void **state)
{
    struct rv_pairs p;
    (void)state;
    assert_int_equal(rv_pairs_parse(&unit_cx, RV_STR("a=1&b=x+y%2Bz&&c&d=&a=2&=e&f=%C3%BC%26%3D"),
                                    &p),
                     RV_OK);
    assert_str(rv_pairs_get(&p, "a"), "1");
    assert_str(rv_pairs_get(&p, "b"), "x y+z");
    assert_str(rv_pairs_get(&p, "c"), "");
    assert_str(rv_pairs_get(&p, "d"), "");
    assert_str(rv_pairs_get(&p, "f"), "\xc3\xbc&=");
    assert_null(rv_pairs_get(&p, "none").p);
    for (size_t i = 0; i < 4; i++)
        assert_int_not_equal(rv_pairs_parse(&unit_cx,
                                            rv_str_of(((const char *[]){ "a=%", "a=%ff", "%00=1",
                                                                         "a=%4" })[i]),
                                            &p),
                             RV_OK);
}

static void more_than_a_hundred_pairs_are_refused(void **state)
{
    char text[300] = "a";
    struct rv_pairs p;
    (void)state;
    for (size_t i = 0; i < 99; i++)
        memcpy(text + 1 + 2 * i, "&a", 3);
    assert_int_equal(rv_pairs_parse(&unit_cx, rv_str_of(text), &p), RV_OK);
    assert_int_equal(p.n, 100);
    memcpy(text + strlen(text), "&a", 3);
    assert_int_equal(rv_pairs_parse(&unit_cx, rv_str_of(text), &p), RV_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_fixed_word_wins_and_the_parameter_is_tried_when_the_rest_does_not_fit, setup,
            unit_teardown),
        cmocka_unit_test_setup_teardown(words_are_decoded_once_and_never_split_again, setup,
                                        unit_teardown),
        UNIT_TEST(too_many_words_are_no_path),
        UNIT_TEST(pairs_of_queries_and_forms_are_read),
        UNIT_TEST(more_than_a_hundred_pairs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
