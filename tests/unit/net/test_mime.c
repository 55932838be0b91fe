/* Messages as text, and mail addresses (security.md 5.4). */
#include "net_test.h"
#include <stdio.h>

static struct net_env env;

static int begin(void **state)
{
    (void)state;
    net_env_init(&env, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    net_env_done(&env);
    return 0;
}

static struct rv_mail usual(void)
{
    return (struct rv_mail){ .from = RV_STR("reeve@example.org"),
                             .to = RV_STR("jo@example.org"),
                             .subject = RV_STR("Hello"),
                             .text = RV_STR("Hi"),
                             .message_id = RV_STR("1@example.org"),
                             .date_ms = 1767225600000 };
}

static const char *format(const struct rv_mail *m)
{
    rv_str s;
    assert_int_equal(rv_mail_format(&env.cx, m, &s), RV_OK);
    return rv_z(&env.cx, s);
}

static void assert_well_formed(const char *s)
{
    size_t column = 0;
    for (size_t i = 0; s[i] != 0; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\n')
            assert_true(i > 0 && s[i - 1] == '\r');
        if (c == '\r')
            assert_int_equal(s[i + 1], '\n');
        assert_true(c < 0x80);
        column = c == '\n' ? 0 : column + 1;
        if (column > 79) /* 78 and the CR */
            fail_msg("long line: %s", s + i - 60);
    }
    assert_int_equal(column, 0);
}

static void a_plain_message_is_written_to_the_letter(void **state)
{
    struct rv_mail m = usual();
    (void)state;
    assert_string_equal(format(&m),
                        "From: reeve@example.org\r\nTo: jo@example.org\r\nSubject: Hello\r\n"
                        "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
                        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n");
}

static void html_comes_second_in_a_multipart(void **state)
{
    struct rv_mail m = usual();
    (void)state;
    m.html = RV_STR("<p class=\"a\">Hi</p>");
    const char *s = format(&m);
    assert_well_formed(s);
    const char *plain = strstr(s, "text/plain"), *html = strstr(s, "text/html");
    assert_true(plain != NULL && html != NULL && plain < html);
    assert_non_null(strstr(s, "boundary=\"=_reeve_alternative\""));
    assert_non_null(strstr(s, "<p class=3D\"a\">Hi</p>\r\n--=_reeve_alternative--\r\n"));
}

static void files_stand_behind_the_text_in_base64(void **state)
{
    const struct rv_mail_file files[] = { { RV_STR("list.csv"), RV_STR("a,b\r\n1,2\r\n") },
                                          { RV_STR("empty"), RV_STR("") } };
    struct rv_mail m = usual();
    (void)state;
    m.html = RV_STR("<b>Hi</b>");
    m.files = files;
    m.files_n = 2;
    const char *s = format(&m);
    assert_well_formed(s);
    const char *body = strstr(s, "MIME-Version");
    assert_non_null(body);
    assert_string_equal(
        body,
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_reeve_mixed\"\r\n\r\n"
        "--=_reeve_mixed\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_reeve_alternative\"\r\n\r\n"
        "--=_reeve_alternative\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n"
        "--=_reeve_alternative\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n<b>Hi</b>\r\n"
        "--=_reeve_alternative--\r\n"
        "--=_reeve_mixed\r\nContent-Type: text/csv; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
        " filename=\"list.csv\"\r\n\r\nYSxiDQoxLDINCg==\r\n"
        "--=_reeve_mixed\r\nContent-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
        " filename=\"empty\"\r\n\r\n"
        "--=_reeve_mixed--\r\n");
}

static void names_of_files_are_written_in_short_pieces(void **state)
{
    static const char long_name[] =
        "\xc3\x9c\x62\x65rsicht der Zug\xc3\xa4nge, \"alle\" Geb\xc3\xa4ude; 2026 %41 und was sonst noch "
        "fehlt im ganzen Haus.TXT";
    const struct rv_mail_file f = { { long_name, sizeof long_name - 1 }, RV_STR("x") };
    struct rv_mail m = usual();
    char name[sizeof long_name * 3], back[sizeof long_name];
    size_t n = 0, k = 0;
    (void)state;
    m.files = &f;
    m.files_n = 1;
    const char *s = format(&m);
    assert_well_formed(s);
    assert_non_null(strstr(s, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64"));
    for (int i = 0;; i++) { /* the pieces, put together and decoded */
        char key[24];
        (void)snprintf(key, sizeof key, " filename*%d*=", i);
        const char *at = strstr(s, key);
        if (at == NULL)
            break;
        for (at += strlen(key); *at != ';' && *at != '\r'; at++)
            name[n++] = *at;
    }
    name[n] = 0;
    assert_memory_equal(name, "UTF-8''", 7);
    for (size_t i = 7; i < n; i++) {
        unsigned c = (unsigned char)name[i];
        if (c == '%') {
            assert_int_equal(sscanf(name + i + 1, "%2x", &c), 1);
            i += 2;
        }
        back[k++] = (char)c;
    }
    back[k] = 0;
    assert_string_equal(back, long_name);
}

static void files_with_bad_names_or_too_much_in_them_are_refused(void **state)
{
    static const char *const bad[] = { "", "a\r\nX: y", "../etc/passwd", "a\\b", "a\x01", "\xff" };
    static char much[RV_MAIL_FILES_MAX + 1];
    struct rv_mail_file f = { .content = RV_STR("x") };
    struct rv_mail m = usual();
    rv_str out;
    (void)state;
    m.files = &f;
    m.files_n = 1;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        f.name = rv_str_of(bad[i]);
        assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    }
    memset(much, 'x', sizeof much);
    f = (struct rv_mail_file){ RV_STR("a.txt"), { much, sizeof much } };
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    assert_non_null(strstr(rv_error(&env.cx)->message, "10 MiB"));
}

static void names_and_subjects_in_other_scripts_are_encoded_words(void **state)
{
    struct rv_mail m = usual();
    (void)state;
    m.from_name = RV_STR("J\xc3\xb6rg");
    m.subject = RV_STR("\xc3\x84nderung");
    m.to =
        RV_STR("\"Doe, \\\"J\\\"\" <jo@example.org>, M\xc3\xbcller <m@example.org>, x@example.org");
    m.cc = RV_STR("Ann Lee <ann@example.org>");
    m.reply_to = RV_STR("r@example.org");
    m.in_reply_to = RV_STR("0@example.org");
    const char *s = format(&m);
    assert_well_formed(s);
    assert_non_null(strstr(s, "From: =?UTF-8?B?SsO2cmc=?= <reeve@example.org>\r\n"));
    assert_non_null(strstr(s, "Subject: =?UTF-8?B?w4RuZGVydW5n?=\r\n"));
    assert_non_null(strstr(s, "To: \"Doe, \\\"J\\\"\" <jo@example.org>,"));
    assert_non_null(strstr(s, "=?UTF-8?B?TcO8bGxlcg==?= <m@example.org>"));
    assert_non_null(strstr(s, "Cc: \"Ann Lee\" <ann@example.org>\r\n"));
    assert_non_null(strstr(s, "Reply-To: r@example.org\r\n"));
    assert_non_null(strstr(s, "In-Reply-To: <0@example.org>\r\nReferences: <0@example.org>\r\n"));
}

static void long_fields_are_folded_and_never_split_a_character(void **state)
{
    static char subject[4000], words[4000], name[600];
    struct rv_mail m = usual();
    (void)state;
    for (size_t i = 0; i + 3 < sizeof subject; i += 3)
        memcpy(subject + i, "\xe2\x82\xac", 4);
    for (size_t i = 0; i + 8 < sizeof words; i += 8)
        memcpy(words + i, "seven   ", 9);
    memset(name, 'n', sizeof name - 1);
    m.subject = rv_str_of(subject);
    m.from_name = rv_str_of(name);
    const char *s = format(&m);
    assert_well_formed(s);
    for (const char *p = s; (p = strstr(p, "?B?")) != NULL; p += 3) { /* each word stands for itself */
        rv_str bytes;
        const char *e = strstr(p, "?=");
        assert_non_null(e);
        assert_true((size_t)(e - p) <= 75 - 9);
        if (rv_base64_decode(&env.cx, (rv_str){ p + 3, (size_t)(e - p) - 3 }, &bytes))
            assert_true(rv_utf8_valid(bytes));
        else
            fail_msg("not base64: %.*s", (int)(e - p), p);
    }
    m.subject = rv_str_of(words);
    assert_well_formed(format(&m));
    m.subject = RV_STR("=?utf-8?q?looks_encoded?=");
    assert_null(strstr(format(&m), "Subject: =?utf-8?q?"));
}

static void no_field_can_add_a_header(void **state)
{
    static const char *const attacks[] = { "a\r\nBcc: x@example.org", "a\nBcc: x@example.org",
                                           "a\rb",
                                           ("a\x01"
                                            "b"),
                                           "\x7f" };
    (void)state;
    for (size_t i = 0; i < RV_LEN(attacks); i++)
        for (int field = 0; field < 9; field++) {
            struct rv_mail m = usual();
            rv_str *at[] = { &m.from,     &m.from_name, &m.to,         &m.cc,         &m.bcc,
                             &m.reply_to, &m.subject,   &m.message_id, &m.in_reply_to };
            rv_str out = RV_STR("untouched");
            *at[field] = rv_str_of(attacks[i]);
            if (rv_mail_format(&env.cx, &m, &out) != RV_INVALID)
                fail_msg("field %d took attack %zu", field, i);
            assert_true(rv_str_eq(out, RV_STR("untouched")));
        }
    struct rv_mail m = usual();
    m.subject = (rv_str){ "a\0b", 3 };
    rv_str out;
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    m = usual();
    m.text = (rv_str){ "a\0b", 3 };
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    m = usual();
    m.text = RV_STR("\xff");
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    m = usual();
    m.message_id = RV_NONE_STR;
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    m = usual();
    m.message_id = RV_STR("a>b");
    assert_int_equal(rv_mail_format(&env.cx, &m, &out), RV_INVALID);
    m = usual();
    m.bcc = RV_STR("secret@example.org");
    m.to = RV_NONE_STR;
    const char *s = format(&m);
    assert_null(strstr(s, "secret"));
    assert_non_null(strstr(s, "To: undisclosed-recipients:;\r\n"));
}

/* Undoes quoted-printable. */
static size_t unquote(const char *s, char *to)
{
    size_t n = 0;
    for (; *s != 0; s++) {
        unsigned v;
        if (s[0] == '=' && s[1] == '\r')
            s += 2;
        else if (s[0] == '=' && sscanf(s + 1, "%2X", &v) == 1) {
            to[n++] = (char)(unsigned char)v;
            s += 2;
        } else
            to[n++] = *s;
    }
    to[n] = 0;
    return n;
}

static void bodies_come_back_as_they_were_with_crlf(void **state)
{
    static const char *const bodies[][2] = {
        { "", "" },
        { "a", "a\r\n" },
        { "a\nb\rc\r\nd\n\n", "a\r\nb\r\nc\r\nd\r\n\r\n" },
        { ".\n..\n.x", ".\r\n..\r\n.x\r\n" },
        { "trailing \nblank\t\n ", "trailing \r\nblank\t\r\n \r\n" },
        { "From here\nFrom there", "From here\r\nFrom there\r\n" },
        { "a=b=3D", "a=b=3D\r\n" },
        { "\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80\r\n" },
        { "\x01\x7f", "\x01\x7f\r\n" },
    };
    static char back[70000], text[20001], want[20003];
    struct rv_mail m = usual();
    (void)state;
    for (size_t i = 0; i < RV_LEN(bodies); i++) {
        m.text = rv_str_of(bodies[i][0]);
        const char *s = format(&m);
        assert_well_formed(s);
        unquote(strstr(s, "\r\n\r\n") + 4, back);
        assert_string_equal(back, bodies[i][1]);
        assert_null(strstr(s, "\r\nFrom here"));
    }
    for (size_t n = 60; n < 90; n++) { /* every length around the line's end, plain and encoded */
        for (int c = 0; c < 2; c++) {
            memset(text, c == 0 ? 'x' : '=', n);
            text[n] = 0;
            m.text = rv_str_of(text);
            const char *s = format(&m);
            assert_well_formed(s);
            unquote(strstr(s, "\r\n\r\n") + 4, back);
            (void)snprintf(want, sizeof want, "%s\r\n", text);
            assert_string_equal(back, want);
        }
    }
}

static void lists_of_addresses_are_split_and_checked(void **state)
{
    static const char *const bad[] = { "a",
                                       "a@",
                                       "@b",
                                       "a@b@c",
                                       "a b@c.de",
                                       "a@b..c",
                                       ".a@b",
                                       "a.@b",
                                       "a..b@c",
                                       "a@-b.c",
                                       "a@b-.c",
                                       "a@b_c",
                                       "\"a b\"@c.de",
                                       "a@[1.2.3.4]",
                                       "<a@b.c",
                                       "a@b.c>",
                                       "a@b.c, x",
                                       "a@b.c;d@e.f",
                                       "a@b.c\r\nRCPT TO:<x@y.z>",
                                       "a@b.c\nx",
                                       "\xc3\xa4@b.c",
                                       "a@\xc3\xa4.de",
                                       "Name a@b.c",
                                       "a@b.c Name",
                                       "<>",
                                       "x <>",
                                       "a(c)@b.c",
                                       "a@b.c." };
    rv_str *list;
    size_t n;
    (void)state;
    assert_int_equal(rv_mail_addresses(&env.cx,
                                       RV_STR("a@b.c, \"D, E\" <d.e+f@g-h.example> ,,x@y, "), &list,
                                       &n),
                     RV_OK);
    assert_int_equal(n, 3);
    assert_true(rv_str_eq(list[0], RV_STR("a@b.c")));
    assert_true(rv_str_eq(list[1], RV_STR("d.e+f@g-h.example")));
    assert_true(rv_str_eq(list[2], RV_STR("x@y")));
    assert_int_equal(rv_mail_addresses(&env.cx, RV_NONE_STR, &list, &n), RV_OK);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < RV_LEN(bad); i++)
        if (rv_mail_addresses(&env.cx, rv_str_of(bad[i]), &list, &n) != RV_INVALID)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(rv_mail_addresses(&env.cx, (rv_str){ "a@b.c\0,x@y", 10 }, &list, &n),
                     RV_INVALID);
}

int run_mime_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_message_is_written_to_the_letter),
        cmocka_unit_test(html_comes_second_in_a_multipart),
        cmocka_unit_test(files_stand_behind_the_text_in_base64),
        cmocka_unit_test(names_of_files_are_written_in_short_pieces),
        cmocka_unit_test(files_with_bad_names_or_too_much_in_them_are_refused),
        cmocka_unit_test(names_and_subjects_in_other_scripts_are_encoded_words),
        cmocka_unit_test(long_fields_are_folded_and_never_split_a_character),
        cmocka_unit_test(no_field_can_add_a_header),
        cmocka_unit_test(bodies_come_back_as_they_were_with_crlf),
        cmocka_unit_test(lists_of_addresses_are_split_and_checked),
    };
    return cmocka_run_group_tests_name("net: messages", tests, begin, end);
}
