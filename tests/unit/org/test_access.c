/* tests/unit/org/test_access.c: passwords, sessions, set-up links, API tokens. */
#include "org_fixture.h"

static struct org_fixture fx;
static const rv_str peer = RV_STR_INIT("192.0.2.7");
static const char good[] = "correct horse battery staple 7";
enum { MINUTE = 60000 };
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static int setup(void **state)
{
    (void)state;
    org_fixture_open(&fx);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    org_fixture_close(&fx);
    return 0;
}

static void later(int64_t ms)
{
    fx.s.now_ms += ms;
}

/* A request that came with these credentials. */
static void anonymous(void)
{
    org_fixture_root(&fx);
    fx.cx->root = false;
}

static rv_status with_cookie(rv_str cookie)
{
    anonymous();
    return rv_auth_cookie(fx.cx, cookie, peer);
}

static rv_status with_token(const char *scheme, rv_str token)
{
    anonymous();
    return rv_auth_header(fx.cx, rv_printf(fx.cx, "%s %.*s", scheme, RV_FMT(token)), peer);
}

static rv_status sign_in(const char *login, const char *password, rv_str *ret)
{
    anonymous();
    return rv_session_open(fx.cx, rv_str_of(login), rv_str_of(password), peer, ret);
}

static rv_str signed_in(const char *login)
{
    rv_str cookie;
    org_fixture_must(&fx, sign_in(login, good, &cookie));
    return cookie;
}

static rv_str person_with_password(const char *login)
{
    rv_str id = org_fixture_person(&fx, login);
    org_fixture_password(&fx, id, good);
    return id;
}

/* ---- passwords ------------------------------------------------------------------------------- */

struct checking {
    struct rv_person p;
    const char *password;
    bool by_other;
};

static rv_status check_tx(struct rv_tx *tx, void *arg)
{
    const struct checking *c = arg;
    return rv_password_check(tx, &c->p, rv_str_of(c->password), c->by_other, "/password");
}

static rv_status check(const char *password, bool by_other)
{
    struct checking c = { .p = { .login = RV_STR_INIT("mona.lisa@example.com"),
                                 .name = RV_STR_INIT("Mona Lisagherardini") },
                          .password = password,
                          .by_other = by_other };
    rv_error_clear(fx.cx);
    return rv_store_read(fx.cx, check_tx, &c);
}

static void a_password_is_long_and_not_one_that_others_would_try(void **state)
{
    static const char *const refused[] = {
        "",
        "fourteen chars",
        "passwordpassword",
        "PasswordPassword",
        "password password",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "qwertyuiopasdfghjkl",
        "abcdefghijklmnop",
        "               ",
        "my mona.lisa password",
        "i am mona.lisa@example.com",
        "lisagherardini was here",
        "all about reeve here",
        "correcthorsebatterystaple",
    };
    static const char *const taken[] = { "correct horse battery staple 7", "fifteen chars!!",
                                         "ein sehr langer Satz",
                                         ("\xc3\xa4\xc3\xb6\xc3\xbc"
                                          "aou and so on") };
    char longest[130];
    (void)state;
    for (size_t i = 0; i < RV_LEN(refused); i++) {
        if (check(refused[i], false) != RV_INVALID)
            fail_msg("\"%s\" was not refused", refused[i]);
        assert_string_equal(rv_error(fx.cx)->causes->pointer, "/password");
    }
    for (size_t i = 0; i < RV_LEN(taken); i++)
        org_fixture_must(&fx, check(taken[i], false));
    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('a' + (i * i + i / 7) % 26);
    longest[129] = '\0';
    assert_int_equal(check(longest, false), RV_INVALID);
    longest[128] = '\0';
    org_fixture_must(&fx, check(longest, false));
    /* What an administrator or a client sets. */
    org_fixture_must(&fx, check("Abcd1234", true));
    assert_int_equal(check("Abcd123", true), RV_INVALID);
    assert_int_equal(check("x mona.lisa@example.com", true), RV_INVALID);
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void a_session_begins_with_the_right_password_and_ends_when_it_is_closed(void **state)
{
    rv_str cookie;
    (void)state;
    rv_str id = person_with_password("mona@example.com");
    assert_int_equal(sign_in("mona@example.com", "correct horse battery staple 8", &cookie),
                     RV_UNAUTHENTICATED);
    org_fixture_must(&fx, sign_in("MONA@example.com", good, &cookie));
    org_fixture_must(&fx, with_cookie(cookie));
    assert_true(rv_str_eq(fx.cx->principal->id, id));
    assert_int_equal(fx.cx->principal->method, RV_AUTH_SESSION);
    assert_false(fx.cx->principal->administrator);
    assert_true(rv_session_csrf(fx.cx).n >= 32);
    assert_false(rv_str_contains(fx.cx->principal->session_id, cookie)); /* the row does not open the session */
    org_fixture_must(&fx, rv_session_close(fx.cx, fx.cx->principal->session_id));
    assert_int_equal(with_cookie(cookie), RV_NO_SESSION);
}

static void every_failed_sign_in_gives_the_same_answer(void **state)
{
    const char *first;
    rv_str cookie;
    (void)state;
    person_with_password("mona@example.com");
    org_fixture_status(&fx, person_with_password("gone@example.com"), "DEPROVISIONED");
    org_fixture_person(&fx, "new@example.com");
    assert_int_equal(sign_in("mona@example.com", "wrong wrong wrong wrong", &cookie),
                     RV_UNAUTHENTICATED);
    first = rv_error(fx.cx)->message;
    static const char *const logins[] = { "nobody@example.com", "gone@example.com",
                                          "new@example.com", "" };
    for (size_t i = 0; i < RV_LEN(logins); i++) {
        assert_int_equal(sign_in(logins[i], good, &cookie), RV_UNAUTHENTICATED);
        assert_string_equal(rv_error(fx.cx)->message, first);
    }
}

static void a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours(void **state)
{
    (void)state;
    person_with_password("mona@example.com");
    rv_str idle = signed_in("mona@example.com"), busy = signed_in("mona@example.com");
    for (int i = 0; i < 12 * 60 / 25; i++) {
        later(25 * MINUTE);
        org_fixture_must(&fx, with_cookie(busy));
        if (i == 0)
            org_fixture_must(&fx, with_cookie(idle));
    }
    assert_int_equal(with_cookie(idle), RV_NO_SESSION);
    later(25 * MINUTE);
    assert_int_equal(with_cookie(busy), RV_NO_SESSION); /* in use all the time, but 12 hours are over */
}

static void deactivation_and_a_new_password_end_sessions_at_the_next_request(void **state)
{
    (void)state;
    rv_str id = person_with_password("mona@example.com");
    rv_str cookie = signed_in("mona@example.com");
    org_fixture_root(&fx);
    org_fixture_status(&fx, id, "SUSPENDED");
    assert_int_equal(with_cookie(cookie), RV_NO_SESSION);
    org_fixture_root(&fx);
    org_fixture_status(&fx, id, "ACTIVE");
    org_fixture_must(&fx, with_cookie(cookie));
    org_fixture_root(&fx);
    org_fixture_password(&fx, id, "another horse battery staple 8");
    assert_int_equal(with_cookie(cookie), RV_NO_SESSION);
}

static void a_role_counts_from_the_next_request_on(void **state)
{
    struct org_writer w;
    (void)state;
    rv_str id = person_with_password("mona@example.com");
    rv_str cookie = signed_in("mona@example.com");
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_grant_create(fx.cx, RV_MEMBER_USER, id, RV_STR("SUPER_ADMIN"),
                                          RV_NONE_STR, RV_NONE_STR, org_writer_begin(&w)));
    json_t *grant = org_writer_end(&fx, &w);
    rv_str grant_id = rv_dup(fx.cx, rv_json_member_str(grant, "id"));
    org_fixture_must(&fx, with_cookie(cookie));
    assert_true(fx.cx->principal->super_admin);
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_grant_delete(fx.cx, RV_MEMBER_USER, id, grant_id));
    org_fixture_must(&fx, with_cookie(cookie));
    assert_false(fx.cx->principal->super_admin);
}

static void wrong_passwords_make_the_next_try_wait(void **state)
{
    rv_str cookie;
    (void)state;
    person_with_password("mona@example.com");
    for (int i = 0; i < 5; i++)
        assert_int_equal(sign_in("mona@example.com", "wrong wrong wrong wrong", &cookie),
                         RV_UNAUTHENTICATED);
    assert_int_equal(sign_in("mona@example.com", good, &cookie), RV_RATE);
    assert_int_equal(sign_in("Mona@Example.com", good, &cookie), RV_RATE);
    later(2000);
    org_fixture_must(&fx, sign_in("mona@example.com", good, &cookie)); /* never locked out for good */
    assert_int_equal(sign_in("mona@example.com", "wrong wrong wrong wrong", &cookie), RV_UNAUTHENTICATED); /* and counted anew */
}

static void one_address_cannot_try_many_logins(void **state)
{
    rv_str cookie;
    (void)state;
    for (int i = 0; i < 20; i++) {
        rv_str login = rv_printf(fx.cx, "nobody%d@example.com", i);
        assert_int_equal(sign_in(rv_z(fx.cx, login), "wrong wrong wrong wrong", &cookie),
                         RV_UNAUTHENTICATED);
    }
    assert_int_equal(sign_in("somebody@example.com", "wrong wrong wrong wrong", &cookie), RV_RATE);
    later(MINUTE + 1);
    assert_int_equal(sign_in("somebody@example.com", "wrong wrong wrong wrong", &cookie),
                     RV_UNAUTHENTICATED);
}

/* ---- set-up links ---------------------------------------------------------------------------- */

static rv_str setup_link(void)
{
    rv_str token;
    org_fixture_root(&fx);
    org_fixture_must(&fx, rv_setup_link(fx.cx, &token));
    return token;
}

static void the_set_up_link_works_once_and_signs_in(void **state)
{
    struct rv_person p;
    rv_str cookie, token = setup_link();
    (void)state;
    anonymous();
    org_fixture_must(&fx, rv_setup_find(fx.cx, token, &p));
    assert_int_equal(rv_setup_use(fx.cx, token, RV_STR("short"), peer, &cookie), RV_INVALID); /* a refused password uses nothing up */
    anonymous();
    org_fixture_must(&fx, rv_setup_use(fx.cx, token, rv_str_of(good), peer, &cookie));
    org_fixture_must(&fx, with_cookie(cookie));
    assert_true(fx.cx->principal->super_admin);
    assert_true(rv_str_eq(fx.cx->principal->id, p.id));
    anonymous();
    assert_int_equal(rv_setup_use(fx.cx, token, RV_STR("another horse battery staple"), peer,
                                  &cookie),
                     RV_NOT_FOUND);
    assert_int_equal(rv_setup_find(fx.cx, token, &p), RV_NOT_FOUND);
    org_fixture_must(&fx, sign_in(rv_z(fx.cx, p.login), good, &cookie));
}

static void the_set_up_link_lives_fifteen_minutes_and_a_new_one_ends_it(void **state)
{
    struct rv_person p;
    rv_str first = setup_link(), second = setup_link(), cookie, none;
    (void)state;
    assert_int_equal(rv_setup_find(fx.cx, first, &p), RV_NOT_FOUND);
    later(15 * MINUTE - 1);
    org_fixture_must(&fx, rv_setup_find(fx.cx, second, &p));
    later(2);
    assert_int_equal(rv_setup_find(fx.cx, second, &p), RV_NOT_FOUND);
    rv_str third = setup_link();
    org_fixture_must(&fx, rv_setup_use(fx.cx, third, rv_str_of(good), peer, &cookie));
    org_fixture_root(&fx);
    assert_int_equal(rv_setup_link(fx.cx, &none), RV_CONFLICT);
    anonymous();
    assert_int_equal(rv_setup_link(fx.cx, &none), RV_FORBIDDEN); /* only the process itself makes one */
}

/* ---- API tokens ------------------------------------------------------------------------------ */

static rv_str token_of(rv_str admin, rv_str *ret_id)
{
    struct org_writer w;
    org_fixture_as(&fx, admin);
    org_fixture_must(&fx, rv_token_create(fx.cx, RV_STR("for a test"), org_writer_begin(&w)));
    json_t *j = org_writer_end(&fx, &w);
    if (ret_id != NULL)
        *ret_id = rv_json_member_str(j, "id");
    return rv_json_member_str(j, "token");
}

static void a_token_acts_as_its_owner_and_is_shown_once(void **state)
{
    struct org_writer w;
    rv_str id, token = token_of(org_fixture_admin(&fx), &id);
    (void)state;
    assert_int_equal(token.n, 42);
    assert_true(rv_str_starts(token, RV_STR("00")));
    org_fixture_must(&fx, with_token("SSWS", token));
    assert_true(fx.cx->principal->super_admin);
    assert_int_equal(fx.cx->principal->method, RV_AUTH_API_TOKEN);
    org_fixture_must(&fx, rv_token_get(fx.cx, id, org_writer_begin(&w)));
    assert_null(json_object_get(org_writer_end(&fx, &w), "token"));
    assert_int_equal(with_token("SSWS", RV_STR("00wrong")), RV_BAD_TOKEN);
    assert_int_equal(with_token("Bearer", token), RV_BAD_TOKEN);
}

static void
a_token_dies_when_it_is_revoked_or_its_owner_is_not_active_or_after_thirty_idle_days(void **state)
{
    (void)state;
    rv_str admin = org_fixture_admin(&fx), id, token = token_of(admin, &id),
           idle = token_of(admin, NULL);
    org_fixture_root(&fx);
    org_fixture_status(&fx, admin, "SUSPENDED");
    assert_int_equal(with_token("SSWS", token), RV_BAD_TOKEN);
    org_fixture_root(&fx);
    org_fixture_status(&fx, admin, "ACTIVE");
    for (int i = 0; i < 3; i++) { /* each use moves the end */
        later(29 * DAY);
        org_fixture_must(&fx, with_token("SSWS", token));
    }
    assert_int_equal(with_token("SSWS", idle), RV_BAD_TOKEN);
    org_fixture_must(&fx, with_token("SSWS", token));
    org_fixture_must(&fx, rv_token_revoke_current(fx.cx));
    assert_int_equal(with_token("SSWS", token), RV_BAD_TOKEN);
    org_fixture_as(&fx, admin);
    assert_int_equal(rv_token_revoke(fx.cx, id), RV_NOT_FOUND);
}

static void people_without_a_role_make_no_tokens_and_see_none_of_others(void **state)
{
    struct org_writer w;
    rv_str id;
    (void)state;
    (void)token_of(org_fixture_admin(&fx), &id);
    org_fixture_as(&fx, org_fixture_person(&fx, "plain@example.com"));
    assert_int_equal(rv_token_create(fx.cx, RV_STR("x"), org_writer_begin(&w)), RV_FORBIDDEN);
    rv_buf_done(&w.b);
    assert_int_equal(rv_token_get(fx.cx, id, org_writer_begin(&w)), RV_NOT_FOUND);
    assert_true(rv_str_contains(rv_str_of(rv_error(fx.cx)->message), id)); /* says what was asked for, not whose it is */
    rv_buf_done(&w.b);
    assert_int_equal(rv_token_revoke(fx.cx, id), RV_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_is_long_and_not_one_that_others_would_try, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_session_begins_with_the_right_password_and_ends_when_it_is_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(every_failed_sign_in_gives_the_same_answer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(
            deactivation_and_a_new_password_end_sessions_at_the_next_request, setup, teardown),
        cmocka_unit_test_setup_teardown(a_role_counts_from_the_next_request_on, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_passwords_make_the_next_try_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(one_address_cannot_try_many_logins, setup, teardown),
        cmocka_unit_test_setup_teardown(the_set_up_link_works_once_and_signs_in, setup, teardown),
        cmocka_unit_test_setup_teardown(the_set_up_link_lives_fifteen_minutes_and_a_new_one_ends_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_token_acts_as_its_owner_and_is_shown_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_token_dies_when_it_is_revoked_or_its_owner_is_not_active_or_after_thirty_idle_days,
            setup, teardown),
        cmocka_unit_test_setup_teardown(people_without_a_role_make_no_tokens_and_see_none_of_others,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
