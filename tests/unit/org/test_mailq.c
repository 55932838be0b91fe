/* tests/unit/org/test_mailq.c: the life of queued and captured mail, with a mail server of a few
 * lines. */
#include "org_fixture.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct org_fixture fx;
static const int64_t MINUTE = 60000;

/* ---- a mail server that answers RCPT as it is told ------------------------------------------- */

static struct {
    int fd, port;
    const char *rcpt; /* answer to RCPT */
    int mails;
    pthread_t thread;
} server;

static void say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void converse(int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[2000];
    bool data = false;
    say(fd, "220 test\r\n");
    while (fgets(line, sizeof line, in) != NULL) {
        if (data && strcmp(line, ".\r\n") != 0)
            continue;
        if (data) {
            data = false;
            __atomic_add_fetch(&server.mails, 1, __ATOMIC_SEQ_CST);
            say(fd, "250 taken\r\n");
        } else if (strncmp(line, "RCPT", 4) == 0)
            say(fd, __atomic_load_n(&server.rcpt, __ATOMIC_SEQ_CST));
        else if (strncmp(line, "DATA", 4) == 0) {
            data = true;
            say(fd, "354 go on\r\n");
        } else if (strncmp(line, "QUIT", 4) == 0)
            break;
        else
            say(fd, "250 fine\r\n");
    }
    (void)fclose(in);
}

static void *serve(void *arg)
{
    int fd;
    (void)arg;
    while ((fd = accept(server.fd, NULL, NULL)) >= 0)
        converse(fd);
    return NULL;
}

static void open_server(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof a;
    server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(server.fd, 8), 0);
    assert_int_equal(getsockname(server.fd, (struct sockaddr *)&a, &n), 0);
    server.port = ntohs(a.sin_port);
    server.rcpt = "250 fine\r\n";
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static int setup(void **state)
{
    (void)state;
    org_fixture_open(&fx);
    org_fixture_must(&fx, rv_client_new(fx.cx, &fx.s.env.client));
    open_server();
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    rv_client_free(fx.s.env.client);
    fx.s.env.client = NULL;
    (void)shutdown(server.fd, SHUT_RDWR);
    assert_int_equal(pthread_join(server.thread, NULL), 0);
    (void)close(server.fd);
    org_fixture_close(&fx);
    return 0;
}

/* ---- what the tests do ----------------------------------------------------------------------- */

enum { Q_MAIL, Q_JOB, Q_COUNT, Q_N };
static const struct rv_sql mailq_test_sql[Q_N] = {
    [Q_MAIL] = { .name = "test_mail", .text = "SELECT status, attempts, error, request_id, run_id FROM mail WHERE id = :id", .in = "id:text",
                 .out = "status:text attempts:int error:text request_id:text run_id:text" },
    [Q_JOB] = { .name = "test_mail_job", .text = "SELECT id, due_at FROM job WHERE kind = 'mail.send' AND payload = :id", .in = "id:text", .out = "id:int due_at:time" },
    [Q_COUNT] = { .name = "test_mail_count", .text = "SELECT COUNT(*) AS n FROM mail", .out = "n:int" },
};

struct mail_state {
    rv_str id, status, error, request_id, run_id;
    int64_t attempts, job, due_at; /* job 0: none */
    int64_t count;
};

static rv_status state_tx(struct rv_tx *tx, void *arg)
{
    struct mail_state *s = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &mailq_test_sql[Q_MAIL], &r, &found, RV_ARGS(s->id)));
    assert_true(found);
    *s = (struct mail_state){ .id = s->id,
                              .status = rv_col_str(&r, 0),
                              .attempts = rv_col_int(&r, 1),
                              .error = rv_col_str(&r, 2),
                              .request_id = rv_col_str(&r, 3),
                              .run_id = rv_col_str(&r, 4) };
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_sql_first(tx, &mailq_test_sql[Q_JOB], &r, &found, RV_ARGS(s->id)));
    if (found) {
        s->job = rv_col_int(&r, 0);
        s->due_at = rv_col_int(&r, 1);
        RV_TRY(rv_rows_end(&r));
    }
    RV_TRY(rv_sql_first(tx, &mailq_test_sql[Q_COUNT], &r, &found, RV_ARGS()));
    s->count = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

static struct mail_state state_of(rv_str id)
{
    struct mail_state s = { .id = id };
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_store_read(fx.cx, state_tx, &s));
    return s;
}

struct queueing {
    struct rv_mail mail;
    rv_str key, request_id, id;
};

static rv_status queue_tx(struct rv_tx *tx, void *arg)
{
    struct queueing *q = arg;
    return rv_mail_queue_about(tx, &q->mail, q->key, q->request_id, RV_NONE_STR, &q->id);
}

static rv_str queue(const char *to, const char *key)
{
    struct queueing q = {
        .mail = { .to = rv_str_of(to), .subject = RV_STR("Hello"), .text = RV_STR("Text") },
        .key = rv_str_of(key),
        .request_id = RV_STR("5f0000000000000000000001")
    };
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_store_write(fx.cx, queue_tx, &q));
    return q.id;
}

static void set_server(int port)
{
    struct org_writer w;
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_settings_write(fx.cx, org_writer_begin(&w)));
    int64_t version = json_integer_value(json_object_get(org_writer_end(&fx, &w), "version"));
    rv_str body =
        port > 0
            ? rv_printf(fx.cx,
                        "{\"version\":%" PRId64
                        ",\"mailHost\":\"127.0.0.1\",\"mailPort\":%d,\"mailSecurity\":\"PLAIN\"}",
                        version, port)
            : rv_printf(fx.cx, "{\"version\":%" PRId64 ",\"mailHost\":null}", version);
    org_fixture_must(&fx, rv_settings_update(fx.cx, org_fixture_json(&fx, body.p)));
}

/* What a job worker would do now. */
static struct mail_state try_once(rv_str id)
{
    struct mail_state s = state_of(id);
    struct rv_job job = { .id = s.job,
                          .kind = RV_STR("mail.send"),
                          .key = id,
                          .due_at = s.due_at,
                          .attempt = 1,
                          .payload = id };
    assert_true(s.job > 0);
    org_fixture_must(&fx, rv_org_jobs[0].run(fx.cx, &job));
    return state_of(id);
}

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void without_a_server_mail_is_captured_and_has_no_job(void **state)
{
    (void)state;
    struct mail_state s = state_of(queue("a@example.com", NULL));
    assert_true(is(s.status, "CAPTURED"));
    assert_true(is(s.request_id, "5f0000000000000000000001"));
    assert_int_equal(s.job, 0);
}

static void the_same_key_makes_one_mail(void **state)
{
    (void)state;
    rv_str first = queue("a@example.com", "request:1:opened:1");
    int64_t n = state_of(first).count;
    rv_str second = queue("a@example.com", "request:1:opened:1");
    assert_true(rv_str_eq(first, second));
    assert_int_equal(state_of(first).count, n);
    assert_false(rv_str_eq(first, queue("a@example.com", "request:1:opened:2")));
}

static void a_mail_that_is_taken_is_sent_and_its_job_ends(void **state)
{
    (void)state;
    set_server(server.port);
    int before = server.mails;
    rv_str id = queue("a@example.com", NULL);
    assert_true(is(state_of(id).status, "QUEUED"));
    struct mail_state s = try_once(id);
    assert_true(is(s.status, "SENT"));
    assert_int_equal(s.attempts, 1);
    assert_int_equal(s.job, 0);
    assert_int_equal(__atomic_load_n(&server.mails, __ATOMIC_SEQ_CST), before + 1);
}

static void a_refusal_for_good_ends_at_once_with_the_servers_words(void **state)
{
    (void)state;
    set_server(server.port);
    __atomic_store_n(&server.rcpt, "550 no such mailbox\r\n", __ATOMIC_SEQ_CST);
    struct mail_state s = try_once(queue("a@example.com", NULL));
    __atomic_store_n(&server.rcpt, "250 fine\r\n", __ATOMIC_SEQ_CST);
    assert_true(is(s.status, "FAILED"));
    assert_true(is(s.error, "550 no such mailbox"));
    assert_int_equal(s.job, 0);
}

static void a_refusal_for_now_is_tried_after_1_5_15_60_minutes_then_hourly_for_a_day(void **state)
{
    static const int first[] = { 1, 5, 15, 60 };
    (void)state;
    set_server(server.port);
    __atomic_store_n(&server.rcpt, "451 try later\r\n", __ATOMIC_SEQ_CST);
    rv_str id = queue("a@example.com", NULL);
    int64_t begun = fx.s.now_ms;
    struct mail_state s = try_once(id);
    for (int n = 1; is(s.status, "QUEUED"); n++) {
        int64_t minutes = n <= 4 ? first[n - 1] : 60;
        assert_int_equal(s.attempts, n);
        assert_int_equal(s.due_at - fx.s.now_ms, minutes * MINUTE);
        assert_true(is(s.error, "451 try later"));
        assert_true(n < 40);
        fx.s.now_ms = s.due_at;
        s = try_once(id);
    }
    __atomic_store_n(&server.rcpt, "250 fine\r\n", __ATOMIC_SEQ_CST);
    assert_true(is(s.status, "FAILED"));
    assert_int_equal(s.job, 0);
    int64_t lasted = fx.s.now_ms - begun;
    assert_true(lasted >= 23 * 60 * MINUTE && lasted <= 25 * 60 * MINUTE);
}

static void
a_server_that_cannot_be_reached_keeps_mail_waiting_and_new_settings_make_it_due(void **state)
{
    (void)state;
    set_server(9);
    rv_str id = queue("a@example.com", NULL);
    struct mail_state s = try_once(id);
    assert_true(is(s.status, "QUEUED"));
    assert_int_equal(s.due_at - fx.s.now_ms, MINUTE);
    assert_true(s.error.n > 0);
    set_server(server.port);
    assert_int_equal(state_of(id).due_at, fx.s.now_ms);
    s = try_once(id);
    assert_true(is(s.status, "SENT"));
    assert_int_equal(s.attempts, 2);
}

static void taking_the_server_away_captures_what_waits(void **state)
{
    (void)state;
    set_server(9);
    rv_str id = queue("a@example.com", NULL);
    set_server(0);
    struct mail_state s = try_once(id);
    assert_true(is(s.status, "CAPTURED"));
    assert_int_equal(s.job, 0);
}

static void an_address_nobody_can_write_to_does_not_stop_the_change_that_mails_it(void **state)
{
    (void)state;
    set_server(server.port);
    struct mail_state s = state_of(queue("not an address", NULL));
    assert_true(is(s.status, "FAILED"));
    assert_true(s.error.n > 0);
    assert_int_equal(s.job, 0);
    set_server(0);
}

struct delivery {
    struct rv_mail_deliver d;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static void delivered(struct rv_mail_deliver *d)
{
    struct delivery *x = d->arg;
    (void)pthread_mutex_lock(&x->lock);
    x->done = true;
    (void)pthread_cond_signal(&x->cond);
    (void)pthread_mutex_unlock(&x->lock);
}

static struct rv_mail_deliver deliver(const char *to, const char *message_id)
{
    struct delivery x = { .lock = PTHREAD_MUTEX_INITIALIZER,
                          .cond = PTHREAD_COND_INITIALIZER,
                          .d = { .mail = { .to = rv_str_of(to),
                                           .subject = RV_STR("Now"),
                                           .text = RV_STR("Text"),
                                           .message_id = rv_str_of(message_id) },
                                 .done = delivered } };
    org_fixture_root(&fx);
    fx.cx->log_key = "run";
    fx.cx->log_id = RV_STR("0195f3c2-0000-7000-8000-000000000001");
    x.d.cx = fx.cx;
    x.d.arg = &x;
    rv_mail_deliver(&x.d);
    (void)pthread_mutex_lock(&x.lock);
    while (!x.done)
        (void)pthread_cond_wait(&x.cond, &x.lock);
    (void)pthread_mutex_unlock(&x.lock);
    fx.cx->log_key = NULL;
    fx.cx->log_id = RV_NONE_STR;
    return x.d;
}

static void delivering_captures_without_a_server_once_per_message(void **state)
{
    (void)state;
    set_server(0);
    int64_t n = state_of(queue("x@example.com", NULL)).count;
    struct rv_mail_deliver d = deliver("a@example.com", "effect-1@reeve");
    assert_int_equal(d.st, RV_OK);
    assert_true(d.captured);
    assert_true(deliver("a@example.com", "effect-1@reeve").captured);
    struct mail_state s = state_of(queue("x@example.com", NULL));
    assert_int_equal(s.count, n + 2); /* one captured, one more of the question */
}

static void delivering_by_a_server_writes_no_row_and_gives_its_answer(void **state)
{
    (void)state;
    set_server(server.port);
    int64_t n = state_of(queue("x@example.com", "probe")).count;
    int before = server.mails;
    struct rv_store_stats a, b;
    rv_store_stats(fx.s.env.store, &a);
    struct rv_mail_deliver d = deliver("a@example.com", "effect-2@reeve");
    rv_store_stats(fx.s.env.store, &b);
    assert_int_equal(d.st, RV_OK);
    assert_false(d.captured);
    assert_int_equal(a.transactions, b.transactions);
    assert_int_equal(__atomic_load_n(&server.mails, __ATOMIC_SEQ_CST), before + 1);
    __atomic_store_n(&server.rcpt, "550 never\r\n", __ATOMIC_SEQ_CST);
    d = deliver("a@example.com", "effect-3@reeve");
    __atomic_store_n(&server.rcpt, "250 fine\r\n", __ATOMIC_SEQ_CST);
    assert_int_equal(d.st, RV_REFUSED);
    assert_true(is(d.send.reply, "550 never"));
    assert_int_equal(deliver("nonsense", "effect-4@reeve").st, RV_INVALID);
    assert_int_equal(state_of(queue("x@example.com", "probe")).count, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_server_mail_is_captured_and_has_no_job),
        cmocka_unit_test(the_same_key_makes_one_mail),
        cmocka_unit_test(a_mail_that_is_taken_is_sent_and_its_job_ends),
        cmocka_unit_test(a_refusal_for_good_ends_at_once_with_the_servers_words),
        cmocka_unit_test(a_refusal_for_now_is_tried_after_1_5_15_60_minutes_then_hourly_for_a_day),
        cmocka_unit_test(
            a_server_that_cannot_be_reached_keeps_mail_waiting_and_new_settings_make_it_due),
        cmocka_unit_test(taking_the_server_away_captures_what_waits),
        cmocka_unit_test(an_address_nobody_can_write_to_does_not_stop_the_change_that_mails_it),
        cmocka_unit_test(delivering_captures_without_a_server_once_per_message),
        cmocka_unit_test(delivering_by_a_server_writes_no_row_and_gives_its_answer),
    };
    return cmocka_run_group_tests_name("org-mailq", tests, setup, teardown);
}
