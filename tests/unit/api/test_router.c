/* The router with handlers of this test: who did not ask the judge gets no answer out
 * (security.md 2.1). */
#include "org_fixture.h"
#include "api/api_int.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct org_fixture fx;
static struct rv_router *router;
static struct rv_local local;

/* ---- handlers -------------------------------------------------------------------------------- */

static rv_status say_secret(struct rv_req *rq)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_obj(w);
    rv_jw_kstr(w, "secret", RV_STR("treasure"));
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}
static rv_status asks(struct rv_req *rq)
{
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_SESSION, RV_NO_OBJECT));
    return say_secret(rq);
}
static rv_status asks_for_something_else(struct rv_req *rq)
{
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_LIVE, RV_NO_OBJECT));
    return say_secret(rq);
}
static rv_status asks_aside(struct rv_req *rq)
{
    bool may;
    RV_TRY(rv_authz_may(rv_req_cx(rq), NULL, RV_A_SESSION, RV_NO_OBJECT, &may));
    return say_secret(rq);
}
static rv_status fails_halfway(struct rv_req *rq)
{
    RV_TRY(asks(rq));
    return rv_fail(rv_req_cx(rq), RV_CONFLICT, "This changed meanwhile.");
}
static rv_status breaks(struct rv_req *rq)
{
    RV_TRY(asks(rq));
    return rv_fail(rv_req_cx(rq), RV_INTERNAL, "SELECT secret FROM treasure broke");
}
static rv_status says_nothing(struct rv_req *rq)
{
    return rv_authz(rv_req_cx(rq), NULL, RV_A_SESSION, RV_NO_OBJECT);
}
static void *finish(void *arg)
{
    struct rv_req *rq = arg;
    rv_req_finish(rq, asks(rq));
    return NULL;
}
static rv_status later(struct rv_req *rq)
{
    pthread_t t;
    rv_req_later(rq);
    assert_int_equal(pthread_create(&t, NULL, finish, rq), 0);
    assert_int_equal(pthread_detach(t), 0);
    return RV_OK;
}
static void *finish_unasked(void *arg)
{
    struct rv_req *rq = arg;
    rv_req_finish(rq, say_secret(rq));
    return NULL;
}
static rv_status later_unasked(struct rv_req *rq)
{
    pthread_t t;
    rv_req_later(rq);
    assert_int_equal(pthread_create(&t, NULL, finish_unasked, rq), 0);
    assert_int_equal(pthread_detach(t), 0);
    return RV_OK;
}

#define ROUTE(path, handler) { "GET", path, path, RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, handler, "A route of the test." }
static const struct rv_route table[] = {
    ROUTE("/reeve/asks", asks), ROUTE("/reeve/silent", say_secret), ROUTE("/reeve/else", asks_for_something_else), ROUTE("/reeve/aside", asks_aside),
    ROUTE("/reeve/halfway", fails_halfway), ROUTE("/reeve/breaks", breaks), ROUTE("/reeve/nothing", says_nothing), ROUTE("/reeve/later", later),
    ROUTE("/reeve/later-unasked", later_unasked), { .method = NULL },
};

/* ---- calls ----------------------------------------------------------------------------------- */

static struct rv_answer call(const char *target, bool signed_in)
{
    struct rv_answer a;
    const struct rv_principal *as = NULL;
    org_fixture_root(&fx);
    if (signed_in)
        org_fixture_must(&fx, rv_principal_of_user(fx.cx, org_fixture_admin(&fx), &as));
    struct rv_local_call c = { .as = as, .method = RV_STR("GET"), .target = rv_str_of(target) };
    org_fixture_must(&fx, rv_local_call(fx.cx, &c, &a));
    return a;
}
#define has(answer, text) rv_str_contains((answer).body, RV_STR(text))

static void a_handler_that_asked_for_its_action_is_heard(void **state)
{
    (void)state;
    struct rv_answer a = call("/reeve/asks", true);
    assert_int_equal(a.status, 200);
    assert_true(has(a, "treasure"));
    a = call("/reeve/later", true);
    assert_int_equal(a.status, 200);
    assert_true(has(a, "treasure"));
}

static void
an_answer_of_a_handler_that_did_not_ask_for_its_action_is_replaced_by_a_refusal(void **state)
{
    static const char *const targets[] = { "/reeve/silent", "/reeve/else", "/reeve/aside",
                                           "/reeve/later-unasked" };
    (void)state;
    for (size_t i = 0; i < RV_LEN(targets); i++) {
        struct rv_answer a = call(targets[i], true);
        assert_int_equal(a.status, 403);
        assert_true(has(a, "E0000006"));
        assert_false(has(a, "treasure"));
    }
}

static void without_a_principal_no_handler_runs(void **state)
{
    (void)state;
    struct rv_answer a = call("/reeve/silent", false);
    assert_int_equal(a.status, 403);
    assert_true(has(a, "E0000005"));
}

static void nothing_that_was_written_before_a_failure_gets_out(void **state)
{
    (void)state;
    struct rv_answer a = call("/reeve/halfway", true);
    assert_int_equal(a.status, 409);
    assert_true(has(a, "This changed meanwhile."));
    assert_false(has(a, "treasure"));
}

static void a_defect_shows_an_id_and_nothing_of_the_inside(void **state)
{
    (void)state;
    struct rv_answer a = call("/reeve/breaks", true);
    assert_int_equal(a.status, 500);
    assert_true(has(a, "E0000009") && has(a, "Internal Server Error") &&
                has(a, "\"errorId\":\"oae"));
    assert_false(has(a, "SELECT") || has(a, "treasure"));
    a = call("/reeve/nothing", true);
    assert_int_equal(a.status, 500);
}

/* ---- tables that must not start -------------------------------------------------------------- */

static bool stops(const struct rv_route *bad)
{
    const struct rv_route *const tables[] = { table, bad, NULL };
    struct rv_router *r;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)freopen("/dev/null", "w", stderr);
        (void)signal(SIGABRT, SIG_DFL);
        _exit(rv_router_new(fx.cx, tables, &r) == RV_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

static void
a_table_with_a_route_without_action_or_help_or_with_a_path_twice_does_not_start(void **state)
{
    static const struct rv_route good[] = { ROUTE("/reeve/new", asks), { .method = NULL } };
    static const struct rv_route twice[] = { ROUTE("/reeve/asks", asks), { .method = NULL } };
    static const struct rv_route no_action[] = { { "GET", "/reeve/x", "x", RV_A_NONE, RV_ENV_NATIVE,
                                                   0, NULL, NULL, asks, "A route." },
                                                 { .method = NULL } };
    static const struct rv_route no_help[] = { { "GET", "/reeve/x", "x", RV_A_SESSION,
                                                 RV_ENV_NATIVE, 0, NULL, NULL, asks, "" },
                                               { .method = NULL } };
    static const struct rv_route odd_method[] = {
        { "FETCH", "/reeve/x", "x", RV_A_SESSION, RV_ENV_NATIVE, 0, NULL, NULL, asks, "A route." },
        { .method = NULL }
    };
    (void)state;
    assert_false(stops(good));
    assert_true(stops(twice));
    assert_true(stops(no_action));
    assert_true(stops(no_help));
    assert_true(stops(odd_method));
}

/* ---- group ----------------------------------------------------------------------------------- */

static int open_all(void **state)
{
    static const struct rv_config_key *const config[] = { rv_access_config, rv_org_config,
                                                          rv_store_config,  rv_net_config,
                                                          rv_api_config,    NULL };
    static const struct rv_route *const tables[] = { table, NULL };
    (void)state;
    org_fixture_open(&fx);
    rv_config_free(fx.s.env.config);
    org_fixture_must(&fx, rv_config_new(fx.cx, config, &fx.s.env.config));
    org_fixture_must(&fx, rv_router_new(fx.cx, tables, &router));
    rv_log_free(fx.s.env.log); /* defects are made on purpose here */
    fx.s.env.log = NULL;
    local = rv_router_local(router);
    fx.s.env.local = &local;
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    rv_router_free(router);
    org_fixture_close(&fx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_that_asked_for_its_action_is_heard),
        cmocka_unit_test(
            an_answer_of_a_handler_that_did_not_ask_for_its_action_is_replaced_by_a_refusal),
        cmocka_unit_test(without_a_principal_no_handler_runs),
        cmocka_unit_test(nothing_that_was_written_before_a_failure_gets_out),
        cmocka_unit_test(a_defect_shows_an_id_and_nothing_of_the_inside),
        cmocka_unit_test(
            a_table_with_a_route_without_action_or_help_or_with_a_path_twice_does_not_start),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
