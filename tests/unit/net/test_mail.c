/* Sending mail to a scripted peer: kept connections, refusals, silence, TLS that is not offered. */
#include "net_test.h"
#include <semaphore.h>
#include <stdio.h>

#define MESSAGE "From: a@example.org\r\nSubject: x\r\n\r\nHello\r\n.dot\r\n"
#define GREETING { PEER_SAY, NULL, "220 peer\r\n", 0 }
#define EHLO { PEER_LINE, "EHLO ", "250-peer\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n", 0 }
#define MAIL { PEER_LINE, "MAIL FROM:<a@example.org>", "250 ok\r\n", 0 }
#define RCPT { PEER_LINE, "RCPT TO:<b@example.org>", "250 ok\r\n", 0 }
#define DATA { PEER_LINE, "DATA", "354 go\r\n", 0 }
#define TEXT { PEER_DATA, "Hello\r\n..dot\r\n.\r\n", "250 queued as 42\r\n", 0 }
#define PIPELINING { PEER_LINE, "EHLO ", "250-peer\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n", 0 }
/* Says nothing until it has read what may be said at once. */
#define MAIL_AND { PEER_LINE, "MAIL FROM:<a@example.org> SIZE=", NULL, 0 }
#define RCPT_AND { PEER_LINE, "RCPT TO:<", NULL, 0 }
#define QUIT { PEER_LINE, "QUIT", "221 bye\r\n", 0 }
#define ONE_MAIL MAIL, RCPT, DATA, TEXT
#define LAST QUIT, { .kind = PEER_END }

static const rv_str one[] = { RV_STR_INIT("b@example.org") };
static const rv_str two[] = { RV_STR_INIT("b@example.org"), RV_STR_INIT("c@example.org") };

struct sent {
    struct net_env env;
    struct rv_client *client;
    struct peer peer;
    struct rv_mail_send m;
};

static void begin(struct sent *s, const struct step *steps, const char *const *settings)
{
    net_env_init(&s->env, settings);
    peer_start(&s->peer, steps);
    assert_int_equal(rv_client_new(&s->env.cx, &s->client), RV_OK);
    s->m = (struct rv_mail_send){ .cx = &s->env.cx,
                                  .sender = RV_STR("a@example.org"),
                                  .recipients = one,
                                  .recipients_n = 1,
                                  .message = RV_STR(MESSAGE) };
    s->m.server = (struct rv_mail_server){ .host = RV_STR("127.0.0.1"), .port = s->peer.port };
}

/* The client goes first: it says QUIT on kept connections. */
static bool finish(struct sent *s)
{
    rv_client_free(s->client);
    bool ok = peer_stop(&s->peer);
    if (!ok)
        print_error("expected %s, heard:\n%s\n", s->peer.wrong != NULL ? s->peer.wrong : "more",
                    s->peer.heard);
    net_env_done(&s->env);
    return ok;
}

static const char *message_of(const struct sent *s)
{
    const char *m = rv_error(&s->env.cx)->message;
    return m != NULL ? m : "";
}

static void mails_go_one_after_the_other_over_a_kept_connection(void **state)
{
    static const struct step steps[] = { GREETING, EHLO, ONE_MAIL, ONE_MAIL, ONE_MAIL, LAST };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
        assert_true(rv_str_eq(s.m.reply, RV_STR("250 queued as 42")));
    }
    assert_int_equal(s.peer.connections, 1);
    assert_true(finish(&s));
}

static void a_kept_connection_that_was_closed_is_tried_again_on_a_fresh_one(void **state)
{
    static const struct step steps[] = { GREETING,
                                         EHLO,
                                         ONE_MAIL,
                                         { PEER_LINE, "MAIL", NULL, 0 },
                                         { .kind = PEER_CLOSE },
                                         GREETING,
                                         EHLO,
                                         ONE_MAIL,
                                         LAST };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_int_equal(s.peer.connections, 2);
    assert_true(finish(&s));
}

static void what_the_server_says_decides_about_another_try(void **state)
{
    static const struct step s421[] = { { PEER_SAY, NULL, "421 busy\r\n", 0 },
                                        { .kind = PEER_CLOSE },
                                        { .kind = PEER_END } };
    static const struct step s554[] = { { PEER_SAY, NULL, "554 go away\r\n", 0 },
                                        { .kind = PEER_CLOSE },
                                        { .kind = PEER_END } };
    static const struct step from4[] = { GREETING,
                                         EHLO,
                                         { PEER_LINE, "MAIL", "451 later\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step from5[] = { GREETING,
                                         EHLO,
                                         { PEER_LINE, "MAIL", "550 never\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step rcpt4[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         { PEER_LINE, "RCPT", "450 greylisted\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step rcpt5[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         { PEER_LINE, "RCPT", "550 no such user\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step second5[] = { GREETING,
                                           EHLO,
                                           MAIL,
                                           RCPT,
                                           { PEER_LINE, "RCPT TO:<c@", "550 no such user\r\n", 0 },
                                           { .kind = PEER_HANG },
                                           { .kind = PEER_END } };
    static const struct step data5[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         RCPT,
                                         { PEER_LINE, "DATA", "554 no\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step text4[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         RCPT,
                                         DATA,
                                         { PEER_DATA, NULL, "452 full\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step text5[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         RCPT,
                                         DATA,
                                         { PEER_DATA, NULL, "554 spam\r\n", 0 },
                                         { .kind = PEER_HANG },
                                         { .kind = PEER_END } };
    static const struct step gone[] = { GREETING,
                                        EHLO,
                                        MAIL,
                                        RCPT,
                                        DATA,
                                        { PEER_DATA, NULL, NULL, 0 },
                                        { .kind = PEER_CLOSE },
                                        { .kind = PEER_END } };
    static const struct {
        const struct step *steps;
        rv_status st;
        const char *part;
    } cases[] = {
        { s421, RV_UNREACHABLE, "421 busy" }, { s554, RV_REFUSED, "554 go away" }, { from4, RV_UNREACHABLE, "451 later" },
        { from5, RV_REFUSED, "550 never" },   { rcpt4, RV_UNREACHABLE, "450 greylisted" },
        { rcpt5, RV_REFUSED, "no such user" }, { second5, RV_REFUSED, "no such user" }, { data5, RV_REFUSED, "554 no" },
        { text4, RV_UNREACHABLE, "452 full" }, { text5, RV_REFUSED, "554 spam" },   { gone, RV_UNREACHABLE, "broke off" },
    };
    static struct sent s;
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        begin(&s, cases[i].steps, NULL);
        if (cases[i].steps == second5) {
            s.m.recipients = two;
            s.m.recipients_n = 2;
        }
        rv_status st = rv_mail_wait(s.client, &s.m);
        if (st != cases[i].st || strstr(message_of(&s), cases[i].part) == NULL)
            fail_msg("case %zu: status %d, %s", i, (int)st, message_of(&s));
        (void)finish(&s);
    }
}

static void a_silent_server_ends_in_a_timeout(void **state)
{
    static const char *const settings[] = { "mail.timeout", "300ms", NULL };
    static const struct step silent[] = { { .kind = PEER_HANG }, { .kind = PEER_END } };
    static const struct step after_data[] = { GREETING,
                                              EHLO,
                                              MAIL,
                                              RCPT,
                                              DATA,
                                              { PEER_DATA, NULL, NULL, 0 },
                                              { .kind = PEER_HANG },
                                              { .kind = PEER_END } };
    static const struct step *const cases[] = { silent, after_data };
    static struct sent s;
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        begin(&s, cases[i], settings);
        assert_int_equal(rv_mail_wait(s.client, &s.m), RV_TIMEOUT);
        (void)finish(&s);
    }
}

static void starttls_that_is_not_offered_or_refused_sends_nothing(void **state)
{
    static const struct step missing[] = {
        GREETING, EHLO, { .kind = PEER_HANG }, { .kind = PEER_END }
    };
    static const struct step refused[] = { GREETING,
                                           { PEER_LINE, "EHLO", "250-peer\r\n250 STARTTLS\r\n", 0 },
                                           { PEER_LINE, "STARTTLS", "502 no\r\n", 0 },
                                           { .kind = PEER_HANG },
                                           { .kind = PEER_END } };
    /* bytes behind the answer to STARTTLS would be taken for the server's after TLS began */
    static const struct step injected[] = {
        GREETING,
        { PEER_LINE, "EHLO", "250-peer\r\n250 STARTTLS\r\n", 0 },
        { PEER_LINE, "STARTTLS", "220 go\r\n250 injected\r\n", 0 },
        { .kind = PEER_HANG },
        { .kind = PEER_END }
    };
    static const struct step *const cases[] = { missing, refused, injected };
    static struct sent s;
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        begin(&s, cases[i], NULL);
        s.m.server.security = RV_MAIL_STARTTLS;
        assert_int_equal(rv_mail_wait(s.client, &s.m), RV_UNREACHABLE);
        (void)finish(&s);
        assert_null(strstr(s.peer.heard, "MAIL"));
    }
}

static void a_login_is_made_and_its_refusal_is_final(void **state)
{
    static const struct step good[] = { GREETING,
                                        { PEER_LINE, "EHLO", "250-peer\r\n250 AUTH PLAIN\r\n", 0 },
                                        { PEER_LINE, "AUTH PLAIN AHUAcA==", "235 ok\r\n", 0 },
                                        ONE_MAIL,
                                        LAST };
    static const struct step bad[] = { GREETING,
                                       { PEER_LINE, "EHLO", "250-peer\r\n250 AUTH PLAIN\r\n", 0 },
                                       { PEER_LINE, "AUTH PLAIN", "535 wrong password\r\n", 0 },
                                       { .kind = PEER_HANG },
                                       { .kind = PEER_END } };
    static struct sent s;
    (void)state;
    begin(&s, good, NULL);
    s.m.server.user = RV_STR("u");
    s.m.server.password = RV_STR("p");
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_true(finish(&s));
    begin(&s, bad, NULL);
    s.m.server.user = RV_STR("u");
    s.m.server.password = RV_STR("p");
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_REFUSED);
    assert_non_null(strstr(message_of(&s), "535 wrong password"));
    (void)finish(&s);
}

static void addresses_and_server_are_checked_before_anything_is_said(void **state)
{
    static const rv_str smuggled[] = { RV_STR_INIT("b@example.org>\r\nRCPT TO:<c@example.org") };
    static const struct step none[] = { { .kind = PEER_END } };
    static rv_str many[51];
    static struct sent s;
    (void)state;
    begin(&s, none, NULL);
    s.m.recipients = smuggled;
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_INVALID);
    s.m.recipients_n = 0;
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_INVALID);
    for (size_t i = 0; i < RV_LEN(many); i++)
        many[i] = one[0];
    s.m.recipients = many;
    s.m.recipients_n = RV_LEN(many);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_LIMIT);
    s.m.recipients = one;
    s.m.recipients_n = 1;
    s.m.sender = RV_STR("a@example.org> AUTH=<>");
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_INVALID);
    s.m.sender = RV_STR("a@example.org");
    s.m.server.host = RV_STR("host/path");
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_INVALID);
    s.m.server.host = RV_STR("127.0.0.1");
    s.m.server.port = 1; /* nobody listens */
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_UNREACHABLE);
    (void)finish(&s);
}

static void do_nothing(struct rv_mail_send *m)
{
    (void)m;
}

static void mails_that_wait_or_run_end_when_the_client_does(void **state)
{
    static const char *const settings[] = { "mail.connections", "1", NULL };
    static const struct step silent[] = { { .kind = PEER_HANG }, { .kind = PEER_END } };
    static struct sent s;
    struct rv_cx other[3];
    struct rv_mail_send m[3];
    (void)state;
    begin(&s, silent, settings);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rv_cx_init(&other[i], &s.env.env, 0), RV_OK);
        m[i] = s.m;
        m[i].cx = &other[i];
        m[i].st = RV_OK;
        m[i].done = do_nothing; /* the statuses tell */
        rv_mail_start(s.client, &m[i]);
    }
    (void)finish(&s);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(m[i].st, RV_STOPPED);
        rv_cx_done(&other[i]);
    }
}

/* One mail at a time is enough for the tests above; here several are on their way. */
struct several {
    struct rv_cx cx[2];
    struct rv_mail_send m[2];
};

static sem_t arrived;

static void has_arrived(struct rv_mail_send *m)
{
    (void)m;
    sem_post(&arrived);
}

static void send_both(struct sent *s, struct several *two_mails)
{
    sem_init(&arrived, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rv_cx_init(&two_mails->cx[i], &s->env.env, 0), RV_OK);
        two_mails->m[i] = s->m;
        two_mails->m[i].cx = &two_mails->cx[i];
        two_mails->m[i].done = has_arrived;
        rv_mail_start(s->client, &two_mails->m[i]);
    }
    for (size_t i = 0; i < 2; i++)
        while (sem_wait(&arrived) != 0) {
        }
    sem_destroy(&arrived);
}

static void forget_both(struct several *two_mails)
{
    for (size_t i = 0; i < 2; i++)
        rv_cx_done(&two_mails->cx[i]);
}

static const char *const one_connection[] = { "mail.connections", "1", NULL };

static void a_server_that_offers_pipelining_gets_all_commands_at_once(void **state)
{
    static const struct step steps[] = { GREETING,
                                         PIPELINING,
                                         MAIL_AND,
                                         RCPT_AND,
                                         { PEER_ALONE, "DATA", "250 ok\r\n250 ok\r\n354 go\r\n", 0 },
                                         TEXT,
                                         LAST };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_true(finish(&s));
}

static void a_server_that_does_not_gets_one_command_at_a_time(void **state)
{
    static const struct step steps[] = { GREETING,
                                         EHLO,
                                         { PEER_ALONE, "MAIL FROM:<a@example.org> SIZE=", "250 ok\r\n", 0 },
                                         { PEER_ALONE, "RCPT TO:<b@example.org>", "250 ok\r\n", 0 },
                                         { PEER_ALONE, "RCPT TO:<c@example.org>", "250 ok\r\n", 0 },
                                         { PEER_ALONE, "DATA", "354 go\r\n", 0 },
                                         TEXT,
                                         LAST };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    s.m.recipients = two;
    s.m.recipients_n = 2;
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_true(finish(&s));
}

static void the_commands_of_the_next_mail_go_behind_the_text(void **state)
{
    static const struct step steps[] = {
        GREETING,
        PIPELINING,
        MAIL_AND,
        RCPT_AND,
        { PEER_LINE, "DATA", "250 ok\r\n250 ok\r\n354 go\r\n", 0 },
        { PEER_DATA, "Hello\r\n..dot\r\n.\r\n", NULL, 0 },
        MAIL_AND,
        RCPT_AND,
        { PEER_LINE, "DATA", "250 queued as 1\r\n250 ok\r\n250 ok\r\n354 go\r\n", 0 },
        { PEER_DATA, "Hello\r\n..dot\r\n.\r\n", "250 queued as 2\r\n", 0 },
        LAST
    };
    static struct sent s;
    static struct several both;
    (void)state;
    begin(&s, steps, one_connection);
    send_both(&s, &both);
    assert_int_equal(both.m[0].st, RV_OK);
    assert_true(rv_str_eq(both.m[0].reply, RV_STR("250 queued as 1")));
    assert_int_equal(both.m[1].st, RV_OK);
    assert_true(rv_str_eq(both.m[1].reply, RV_STR("250 queued as 2")));
    assert_int_equal(s.peer.connections, 1);
    assert_true(finish(&s));
    forget_both(&both);
}

/* The first may have been delivered: only its sender knows whether it may go again. The second not. */
static void a_connection_that_breaks_takes_only_the_mail_whose_text_has_gone(void **state)
{
    static const struct step steps[] = { GREETING,
                                         PIPELINING,
                                         MAIL_AND,
                                         RCPT_AND,
                                         { PEER_LINE, "DATA", "250 ok\r\n250 ok\r\n354 go\r\n", 0 },
                                         { PEER_DATA, NULL, NULL, 0 },
                                         MAIL_AND,
                                         { .kind = PEER_CLOSE },
                                         GREETING,
                                         EHLO,
                                         ONE_MAIL,
                                         LAST };
    static struct sent s;
    static struct several both;
    (void)state;
    begin(&s, steps, one_connection);
    send_both(&s, &both);
    assert_int_equal(both.m[0].st, RV_UNREACHABLE);
    assert_int_equal(both.m[1].st, RV_OK);
    assert_int_equal(s.peer.connections, 2);
    assert_true(finish(&s));
    forget_both(&both);
}

/* DATA is on its way already, and the server takes it for the recipient that it knows. */
static void a_refused_recipient_leaves_the_text_unsaid(void **state)
{
    static const struct step steps[] = {
        GREETING,
        PIPELINING,
        MAIL_AND,
        RCPT_AND,
        RCPT_AND,
        { PEER_LINE, "DATA", "250 ok\r\n250 ok\r\n550-no\r\n550 no such user\r\n354 go\r\n", 0 },
        { .kind = PEER_HANG },
        { .kind = PEER_END }
    };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    s.m.recipients = two;
    s.m.recipients_n = 2;
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_REFUSED);
    assert_non_null(strstr(message_of(&s), "550 no such user"));
    (void)finish(&s);
    assert_null(strstr(s.peer.heard, "Hello"));
    assert_null(strstr(s.peer.heard, "QUIT")); /* it would be text */
}

static void a_refused_text_does_not_end_the_connection(void **state)
{
    static const struct step steps[] = { GREETING,
                                         EHLO,
                                         MAIL,
                                         RCPT,
                                         DATA,
                                         { PEER_DATA, NULL, "554 spam\r\n", 0 },
                                         ONE_MAIL,
                                         LAST };
    static struct sent s;
    (void)state;
    begin(&s, steps, NULL);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_REFUSED);
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_int_equal(s.peer.connections, 1);
    assert_true(finish(&s));
}

/* Longer than any buffer, with dots at the begin of lines, and without a line's end at the end. */
static void a_long_text_arrives_as_it_is(void **state)
{
    enum { LINES = 9000 };
    static const struct step steps[] = { GREETING, PIPELINING, MAIL_AND, RCPT_AND,
                                         { PEER_LINE, "DATA", "250 ok\r\n250 ok\r\n354 go\r\n", 0 },
                                         { PEER_DATA, NULL, "250 ok\r\n", 0 },
                                         LAST };
    static const char *const parts[] = { "\r\n", ".\r\n", "..x\r\n", "abc.\r\n", "x\r\n" };
    static char text[LINES * 8], stuffed[LINES * 8];
    static struct sent s;
    size_t n = 0, k = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        const char *part = parts[(i * 7 + i / 11) % RV_LEN(parts)];
        if (part[0] == '.')
            stuffed[k++] = '.';
        memcpy(text + n, part, strlen(part));
        memcpy(stuffed + k, part, strlen(part));
        n += strlen(part);
        k += strlen(part);
    }
    text[n++] = stuffed[k++] = 'e';
    memcpy(stuffed + k, "\r\n.\r\n", 6);
    begin(&s, steps, NULL);
    s.m.message = (rv_str){ text, n };
    assert_int_equal(rv_mail_wait(s.client, &s.m), RV_OK);
    assert_true(k < sizeof s.peer.heard);
    assert_non_null(strstr(s.peer.heard, "DATA\r\n"));
    assert_memory_equal(strstr(s.peer.heard, "DATA\r\n") + 6, stuffed, k + 5);
    assert_true(finish(&s));
}

static void answers_that_are_none_end_the_mail(void **state)
{
    static char endless[6000];
    static struct step cases[][6] = {
        { GREETING, EHLO, { PEER_LINE, "MAIL", "hello there\r\n", 0 }, { .kind = PEER_HANG }, { .kind = PEER_END } },
        { GREETING, EHLO, { PEER_LINE, "MAIL", endless, 0 }, { .kind = PEER_HANG }, { .kind = PEER_END } },
        { GREETING, EHLO, { PEER_LINE, "MAIL", "354 go\r\n", 0 }, { .kind = PEER_HANG }, { .kind = PEER_END } },
        { GREETING, EHLO, { PEER_LINE, "MAIL", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n", 0 }, { .kind = PEER_HANG }, { .kind = PEER_END } },
    };
    static struct sent s;
    (void)state;
    memset(endless, '2', sizeof endless - 1);
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        begin(&s, cases[i], NULL);
        if (rv_mail_wait(s.client, &s.m) != RV_UNREACHABLE)
            fail_msg("case %zu: %s", i, message_of(&s));
        (void)finish(&s);
        assert_null(strstr(s.peer.heard, "Hello"));
    }
}

int run_mail_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mails_go_one_after_the_other_over_a_kept_connection),
        cmocka_unit_test(a_kept_connection_that_was_closed_is_tried_again_on_a_fresh_one),
        cmocka_unit_test(what_the_server_says_decides_about_another_try),
        cmocka_unit_test(a_silent_server_ends_in_a_timeout),
        cmocka_unit_test(starttls_that_is_not_offered_or_refused_sends_nothing),
        cmocka_unit_test(a_login_is_made_and_its_refusal_is_final),
        cmocka_unit_test(addresses_and_server_are_checked_before_anything_is_said),
        cmocka_unit_test(mails_that_wait_or_run_end_when_the_client_does),
        cmocka_unit_test(a_server_that_offers_pipelining_gets_all_commands_at_once),
        cmocka_unit_test(a_server_that_does_not_gets_one_command_at_a_time),
        cmocka_unit_test(the_commands_of_the_next_mail_go_behind_the_text),
        cmocka_unit_test(a_connection_that_breaks_takes_only_the_mail_whose_text_has_gone),
        cmocka_unit_test(a_refused_recipient_leaves_the_text_unsaid),
        cmocka_unit_test(a_refused_text_does_not_end_the_connection),
        cmocka_unit_test(a_long_text_arrives_as_it_is),
        cmocka_unit_test(answers_that_are_none_end_the_mail),
    };
    return cmocka_run_group_tests_name("net: sending mail", tests, NULL, NULL);
}
