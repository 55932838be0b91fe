/* Calls of the route table within the process. */
#include "net_test.h"

struct later {
    struct rv_exchange *x;
    pthread_t thread;
    bool started;
};

static void answer(struct rv_exchange *x, int status, rv_str text)
{
    x->status = status;
    x->out = text;
    if (rv_exchange_set_header(x, "X-Test", RV_STR("yes")) != RV_OK)
        x->status = 500;
}

static void *finish_on_a_thread(void *arg)
{
    struct later *l = arg;
    answer(l->x, 202, RV_STR("later"));
    rv_exchange_finish(l->x);
    return NULL;
}

static void dispatch(void *arg, struct rv_exchange *x)
{
    struct later *l = arg;
    struct rv_stream *s;
    if (rv_str_eq(x->path, RV_STR("/later"))) {
        l->x = x;
        rv_exchange_later(x);
        assert_int_equal(rv_thread_start(&l->thread, finish_on_a_thread, l), 0);
        l->started = true;
    } else if (rv_str_eq(x->path, RV_STR("/stream"))) {
        answer(x, rv_exchange_stream(x, &s) == RV_INVALID ? 400 : 200, RV_NONE_STR);
    } else {
        rv_str type = rv_exchange_header(x, "content-type"), own = rv_exchange_header(x, "x-own");
        answer(x, 200,
               rv_printf(&x->cx, "%.*s %.*s?%.*s %.*s %.*s %.*s %d %d", RV_FMT(x->method),
                         RV_FMT(x->path), RV_FMT(x->query), RV_FMT(type), RV_FMT(own),
                         RV_FMT(x->body), x->local, x->cx.principal != NULL));
    }
}

static void a_call_within_the_process_is_answered_at_once(void **state)
{
    struct net_env e;
    struct later l = { 0 };
    struct rv_local local = { .dispatch = dispatch, .arg = &l };
    const struct rv_header h[] = { { RV_STR("X-Own"), RV_STR("mine") } };
    int someone = 0;
    struct rv_local_call call = { .as = (const struct rv_principal *)(const void *)&someone,
                                  .method = RV_STR("POST"),
                                  .target = RV_STR("/a/b?c=d"),
                                  .body = RV_STR("{}"),
                                  .headers = h,
                                  .headers_n = 1 };
    struct rv_answer a;
    (void)state;
    net_env_init(&e, NULL);
    assert_int_equal(rv_local_call(&e.cx, &call, &a), RV_STOPPED);
    e.env.local = &local;
    assert_int_equal(rv_local_call(&e.cx, &call, &a), RV_OK);
    assert_int_equal(a.status, 200);
    assert_true(rv_str_eq(a.body, RV_STR("POST /a/b?c=d application/json mine {} 1 1")));
    assert_int_equal(a.headers_n, 1);
    assert_true(rv_str_eq(a.headers[0].name, RV_STR("x-test")));
    net_env_done(&e);
}

static void a_call_waits_for_a_handler_that_finishes_later(void **state)
{
    struct net_env e;
    struct later l = { 0 };
    struct rv_local local = { .dispatch = dispatch, .arg = &l };
    struct rv_local_call call = { .method = RV_STR("GET"), .target = RV_STR("/later") };
    struct rv_answer a;
    (void)state;
    net_env_init(&e, NULL);
    e.env.local = &local;
    assert_int_equal(rv_local_call(&e.cx, &call, &a), RV_OK);
    assert_int_equal(a.status, 202);
    assert_true(rv_str_eq(a.body, RV_STR("later")));
    assert_true(l.started);
    pthread_join(l.thread, NULL);
    net_env_done(&e);
}

static void note_done(struct rv_local_send *s)
{
    *(int *)s->arg += 1;
}

static void a_started_call_is_told_once_whenever_the_handler_finishes(void **state)
{
    static const rv_str targets[] = { RV_STR("/a?b=c"), RV_STR("/later") };
    struct net_env e;
    struct later l = { 0 };
    struct rv_local local = { .dispatch = dispatch, .arg = &l };
    (void)state;
    net_env_init(&e, NULL);
    for (size_t i = 0; i < RV_LEN(targets); i++) {
        int told = 0;
        struct rv_local_send s = { .cx = &e.cx,
                                   .call = { .method = RV_STR("GET"), .target = targets[i] },
                                   .done = note_done,
                                   .arg = &told };
        e.env.local = NULL;
        i == 0 ? rv_local_post(&s) : rv_local_start(&s);
        assert_int_equal(told, 1);
        assert_int_equal(s.st, RV_STOPPED);
        e.env.local = &local;
        i == 0 ? rv_local_post(&s) : rv_local_start(&s);
        if (l.started)
            pthread_join(l.thread, NULL);
        assert_int_equal(told, 2);
        assert_int_equal(s.st, RV_OK);
        assert_int_equal(s.answer.status, i == 0 ? 200 : 202);
        assert_true(rv_str_starts(s.answer.body, i == 0 ? RV_STR("GET /a?b=c") : RV_STR("later")));
        assert_int_equal(s.answer.headers_n, 1);
    }
    net_env_done(&e);
}

static void a_call_cannot_open_a_stream(void **state)
{
    struct net_env e;
    struct later l = { 0 };
    struct rv_local local = { .dispatch = dispatch, .arg = &l };
    struct rv_local_call call = { .method = RV_STR("GET"), .target = RV_STR("/stream") };
    struct rv_answer a;
    (void)state;
    net_env_init(&e, NULL);
    e.env.local = &local;
    assert_int_equal(rv_local_call(&e.cx, &call, &a), RV_OK);
    assert_int_equal(a.status, 400);
    net_env_done(&e);
}

static void a_header_is_one_line_and_replaces_its_namesake(void **state)
{
    struct net_env e;
    struct rv_exchange x = { .magic = RV_MAGIC('X') };
    (void)state;
    net_env_init(&e, NULL);
    x.cx = e.cx;
    assert_int_equal(rv_exchange_set_header(&x, "A", RV_STR("b\r\nC: d")), RV_INVALID);
    assert_int_equal(rv_exchange_set_header(&x, "A", RV_STR("b\n")), RV_INVALID);
    assert_int_equal(rv_exchange_set_header(&x, "A", (rv_str){ "b\0c", 3 }), RV_INVALID);
    assert_int_equal(x.out_headers_n, 0);
    assert_int_equal(rv_exchange_set_header(&x, "A", RV_STR("1")), RV_OK);
    assert_int_equal(rv_exchange_set_header(&x, "a", RV_STR("2")), RV_OK);
    assert_int_equal(x.out_headers_n, 1);
    assert_true(rv_str_eq(x.out_headers[0].value, RV_STR("2")));
    for (int i = 0; i < 20; i++)
        assert_int_equal(rv_exchange_set_header(&x, "Set-Cookie", RV_STR("c=d")), RV_OK);
    assert_int_equal(x.out_headers_n, 21);
    net_env_done(&e);
}

int run_local_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_within_the_process_is_answered_at_once),
        cmocka_unit_test(a_call_waits_for_a_handler_that_finishes_later),
        cmocka_unit_test(a_started_call_is_told_once_whenever_the_handler_finishes),
        cmocka_unit_test(a_call_cannot_open_a_stream),
        cmocka_unit_test(a_header_is_one_line_and_replaces_its_namesake),
    };
    return cmocka_run_group_tests_name("net: calls within the process", tests, NULL, NULL);
}
