/* api/sign_in.c: the pages that open a session: sign-in, and the link that sets a first password
 * (security.md 1.2, 1.5). */
#include "api/pages_int.h"

/* ---- session cookie -------------------------------------------------------------------------- */

static rv_status set_session(struct rv_req *rq, rv_str value)
{
    struct rv_exchange *x = rq->x;
    return rv_exchange_set_header(x, "Set-Cookie",
                                  rv_printf(&x->cx, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s",
                                            rv_cookie_name(x), RV_FMT(value),
                                            x->secure ? "; Secure" : ""));
}

/* Plain HTTP beyond this machine: the cookie would travel in the clear. */
static bool may_set_session(const struct rv_exchange *x)
{
    return x->secure || x->loopback;
}

static rv_status refuse_plain_http(struct rv_req *rq)
{
    return rv_fail(rv_req_cx(rq), RV_FORBIDDEN,
                   "Signing in needs HTTPS here: set listen.tls_cert and listen.tls_key, or put "
                   "Reeve behind a proxy that speaks it.");
}

/* ---- parts ----------------------------------------------------------------------------------- */

struct field {
    const char *name, *type, *complete;
    const char *label;
    rv_str value;
    bool focus;
};

static void write_field(struct rv_buf *b, const struct field *f)
{
    rv_buf_printf(b,
                  "<div class=\"field\"><label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" "
                  "type=\"%s\" autocomplete=\"%s\" required%s value=\"",
                  f->name, f->label, f->name, f->name, f->type, f->complete,
                  f->focus ? " autofocus" : "");
    rv_html(b, f->value);
    rv_html_raw(b, "\"></div>\n");
}

static void write_wrong(struct rv_buf *b, const char *sentence)
{
    if (sentence == NULL)
        return;
    rv_html_raw(b, "<p class=\"wrong\" role=\"alert\">");
    rv_html(b, rv_str_of(sentence));
    rv_html_raw(b, "</p>\n");
}

static rv_status write_form_start(struct rv_req *rq, const char *action)
{
    rv_str token;
    RV_TRY(rv_form_token(rq, &token));
    rv_buf_printf(&rq->x->buf, "<form method=\"post\" action=\"%s\">\n", action);
    rv_page_hidden(&rq->x->buf, "csrf", token);
    return RV_OK;
}

static void write_button(struct rv_buf *b, const char *label)
{
    rv_buf_printf(b, "<button class=\"full\" type=\"submit\">%s</button>\n</form>\n", label);
}

/* ---- sign-in --------------------------------------------------------------------------------- */

static rv_status sign_in_page(struct rv_req *rq, int status, rv_str login, rv_str return_to,
                              const char *wrong)
{
    struct rv_exchange *x = rq->x;
    struct rv_buf *b = &x->buf;
    rv_page_begin(x, RV_SAY(x, "Sign in", "Anmelden"), false);
    rv_html_raw(b, RV_SAY(x, "<p class=\"soft\">Reeve at ", "<p class=\"soft\">Reeve bei "));
    rv_html(b, rv_setting_text(x->cx.env, &x->cx, "organisationName"));
    rv_html_raw(b, "</p>\n");
    write_wrong(b, wrong);
    RV_TRY(write_form_start(rq, "/sign-in"));
    rv_page_hidden(b, "return_to", return_to);
    write_field(b, &(struct field){ .name = "login",
                                    .type = "text",
                                    .complete = "username",
                                    .label =
                                        RV_SAY(x, "Email or user name", "E-Mail oder Benutzername"),
                                    .value = login,
                                    .focus = login.n == 0 });
    write_field(b, &(struct field){ .name = "password",
                                    .type = "password",
                                    .complete = "current-password",
                                    .label = RV_SAY(x, "Password", "Kennwort"),
                                    .focus = login.n > 0 });
    write_button(b, RV_SAY(x, "Sign in", "Anmelden"));
    if (return_to.n > 1) {
        rv_html_raw(b, "<p class=\"meta\">");
        rv_html_raw(b, RV_SAY(x, "You came from a link. It opens after you signed in.",
                              "Sie kommen von einem Link. Er öffnet sich nach dem Anmelden."));
        rv_html_raw(b, "</p>\n");
    }
    return rv_page_end(x, status);
}

static rv_status get_sign_in(struct rv_req *rq)
{
    rv_str to = rv_page_return_to(rv_req_query(rq, "return_to"));
    /* again: a command needs a fresh sign-in although there is a session (security.md 1.10) */
    if (rv_req_cx(rq)->principal != NULL && rv_req_query(rq, "again").p == NULL)
        return rv_page_go(rq, to);
    return may_set_session(rq->x) ? sign_in_page(rq, 200, RV_STR(""), to, NULL)
                                  : refuse_plain_http(rq);
}

static rv_status post_sign_in(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    struct rv_cx *cx = &x->cx;
    rv_str login = rv_form(rq, "login"), password = rv_form(rq, "password"),
           to = rv_page_return_to(rv_form(rq, "return_to")), cookie;
    if (!may_set_session(x))
        return refuse_plain_http(rq);
    rv_str old = cx->principal != NULL && cx->principal->method == RV_AUTH_SESSION
                     ? cx->principal->session_id
                     : RV_NONE_STR;
    rv_status st = rv_session_open(cx, login.p != NULL ? login : RV_STR(""),
                                   password.p != NULL ? password : RV_STR(""), x->peer, &cookie);
    if (st == RV_UNAUTHENTICATED || st == RV_RATE) {
        const char *wrong =
            st == RV_RATE
                ? RV_SAY(x, "Too many tries. Wait a while, then try again.",
                         "Zu viele Versuche. Bitte warten und dann noch einmal versuchen.")
                : RV_SAY(x, "That user name and password do not match.",
                         "Benutzername und Kennwort passen nicht zusammen.");
        rv_error_clear(cx);
        return sign_in_page(rq, st == RV_RATE ? 429 : 401, login, to, wrong);
    }
    RV_TRY(st);
    if (old.p != NULL && rv_session_close(cx, old) != RV_OK)
        rv_error_clear(cx); /* it ends by itself soon */
    RV_TRY(set_session(rq, cookie));
    return rv_page_go(rq, to);
}

/* ---- set-up ---------------------------------------------------------------------------------- */

static rv_status setup_page(struct rv_req *rq, int status, const struct rv_person *who,
                            rv_str token, const char *wrong)
{
    struct rv_exchange *x = rq->x;
    struct rv_buf *b = &x->buf;
    rv_page_begin(x, RV_SAY(x, "Choose a password", "Kennwort wählen"), false);
    rv_html_raw(b, "<p class=\"soft\">");
    rv_html_raw(b, RV_SAY(x, "For ", "Für "));
    rv_html(b, who->name.n > 0 ? who->name : who->login);
    rv_html_raw(b, ", ");
    rv_html(b, who->login);
    rv_html_raw(b, RV_SAY(x, ". At least 15 characters; a sentence is good.</p>\n",
                          ". Mindestens 15 Zeichen; ein Satz ist gut.</p>\n"));
    write_wrong(b, wrong);
    RV_TRY(write_form_start(rq, "/setup"));
    rv_page_hidden(b, "token", token);
    rv_html_raw(b, "<input class=\"away\" type=\"text\" name=\"login\" autocomplete=\"username\" "
                   "readonly tabindex=\"-1\" aria-hidden=\"true\" value=\"");
    rv_html(b, who->login); /* for those who keep passwords */
    rv_html_raw(b, "\">\n");
    write_field(b, &(struct field){ .name = "password",
                                    .type = "password",
                                    .complete = "new-password",
                                    .label = RV_SAY(x, "Password", "Kennwort"),
                                    .focus = true });
    write_field(b, &(struct field){ .name = "password2",
                                    .type = "password",
                                    .complete = "new-password",
                                    .label = RV_SAY(x, "Once more", "Noch einmal") });
    write_button(b, RV_SAY(x, "Set password", "Kennwort setzen"));
    return rv_page_end(x, status);
}

static rv_status setup_gone(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    rv_error_clear(&x->cx);
    rv_page_begin(x, RV_SAY(x, "This link is over", "Dieser Link gilt nicht mehr"), false);
    rv_html_raw(&x->buf, "<p class=\"soft\">");
    rv_html_raw(
        &x->buf,
        RV_SAY(
            x,
            "It was used before, or its time is up. <code>reeve setup-link</code> makes a new one "
            "for the first administrator; everybody else asks an administrator.",
            "Er wurde schon benutzt, oder seine Zeit ist um. <code>reeve setup-link</code> macht "
            "einen neuen für den ersten Administrator; alle anderen fragen einen Administrator."));
    rv_html_raw(&x->buf, "</p>\n<p><a href=\"/sign-in\">");
    rv_html_raw(&x->buf, RV_SAY(x, "Sign in", "Anmelden"));
    rv_html_raw(&x->buf, "</a></p>\n");
    return rv_page_end(x, 404);
}

static rv_status get_setup(struct rv_req *rq)
{
    struct rv_person who;
    rv_str token = rv_req_query(rq, "token");
    rv_status st = token.p != NULL ? rv_setup_find(rv_req_cx(rq), token, &who) : RV_NOT_FOUND;
    if (st == RV_NOT_FOUND)
        return setup_gone(rq);
    RV_TRY(st);
    return may_set_session(rq->x) ? setup_page(rq, 200, &who, token, NULL) : refuse_plain_http(rq);
}

/* The first sentence that says what is wrong with the password. */
static const char *reason(const struct rv_cx *cx)
{
    const struct rv_error *e = rv_error(cx);
    return e->causes != NULL ? e->causes->summary : e->message;
}

static rv_status post_setup(struct rv_req *rq)
{
    struct rv_exchange *x = rq->x;
    struct rv_cx *cx = &x->cx;
    struct rv_person who;
    rv_str token = rv_form(rq, "token"), password = rv_form(rq, "password"),
           again = rv_form(rq, "password2"), cookie;
    if (!may_set_session(x))
        return refuse_plain_http(rq);
    rv_status st = token.p != NULL ? rv_setup_find(cx, token, &who) : RV_NOT_FOUND;
    if (st == RV_NOT_FOUND)
        return setup_gone(rq);
    RV_TRY(st);
    if (password.p == NULL || !rv_str_eq(password, again))
        return setup_page(rq, 400, &who, token,
                          RV_SAY(x, "The two passwords differ.",
                                 "Die beiden Kennwörter sind verschieden."));
    st = rv_setup_use(cx, token, password, x->peer, &cookie);
    if (st == RV_INVALID) {
        const char *wrong = reason(cx);
        rv_error_clear(cx);
        return setup_page(rq, 400, &who, token, wrong);
    }
    if (st == RV_NOT_FOUND)
        return setup_gone(rq);
    RV_TRY(st);
    RV_TRY(set_session(rq, cookie));
    return rv_page_go(rq, RV_STR("/"));
}

const struct rv_route rv_routes_sign_in[] = {
    { "GET", "/sign-in", "getSignIn", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_sign_in, "The page that opens a session." },
    { "POST", "/sign-in", "postSignIn", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK | RV_ROUTE_FORM | RV_ROUTE_NO_IDEMPOTENCY, NULL, NULL, post_sign_in, "Open a session with user name and password." },
    { "GET", "/setup", "getSetup", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_setup, "The page of a set-up or activation link." },
    { "POST", "/setup", "postSetup", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK | RV_ROUTE_FORM | RV_ROUTE_NO_IDEMPOTENCY, NULL, NULL, post_setup, "Set the first password and open a session." },
    { .method = NULL },
};
