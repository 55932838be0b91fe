/* api/decide.c: the page a link in a mail opens: what is asked, and a form that approves or denies
 * (access-requests.md 8.2).
 *
 * The link names a task and gives no right: whoever opens it signs in first, and what is sent
 * passes the same check as everywhere. Reading the page never decides. */
#include "api/pages_int.h"
#include "requests/requests.h"

static rv_status ask_to_sign_in(struct rv_req *rq)
{
    rv_str to =
        rv_printf(rv_req_cx(rq), "/sign-in?return_to=/decide/%.*s", RV_FMT(rv_req_param(rq, 0)));
    return rv_page_go(rq, to);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void write_row(struct rv_buf *b, const char *label, rv_str name, rv_str value)
{
    if (value.n == 0)
        return;
    rv_html_raw(b, "<div><dt>");
    rv_html(b, name.p != NULL ? name : rv_str_of(label));
    rv_html_raw(b, "</dt><dd>");
    rv_html(b, value);
    rv_html_raw(b, "</dd></div>\n");
}

static void write_facts(struct rv_exchange *x, const struct rv_decision *d)
{
    struct rv_buf *b = &x->buf;
    rv_html_raw(b, "<dl>\n");
    write_row(b, RV_SAY(x, "Request", "Antrag"), RV_NONE_STR,
              rv_printf(&x->cx, "#%" PRId64, d->number));
    write_row(b, RV_SAY(x, "For", "Für"), RV_NONE_STR, d->requester);
    if (!rv_str_eq(d->creator, d->requester))
        write_row(b, RV_SAY(x, "Asked by", "Gestellt von"), RV_NONE_STR, d->creator);
    write_row(b, RV_SAY(x, "Team", "Team"), RV_NONE_STR, d->team);
    for (size_t i = 0; i < d->answers_n; i++)
        write_row(b, "", d->answers[i].question, d->answers[i].answer);
    rv_html_raw(b, "</dl>\n");
}

/* Who decided what, or why this is no longer open. */
static void write_outcome(struct rv_exchange *x, const struct rv_decision *d)
{
    struct rv_buf *b = &x->buf;
    rv_html_raw(b, "<p>");
    if (rv_str_eq(d->decision, RV_STR("APPROVED")))
        rv_html_raw(b,
                    RV_SAY(x, "<b class=\"good\">Approved</b>", "<b class=\"good\">Genehmigt</b>"));
    else if (rv_str_eq(d->decision, RV_STR("DENIED")))
        rv_html_raw(b, RV_SAY(x, "<b class=\"bad\">Denied</b>", "<b class=\"bad\">Abgelehnt</b>"));
    else if (rv_str_eq(d->state, RV_STR("OPEN")))
        rv_html_raw(b,
                    RV_SAY(x, "This waits for somebody else.", "Das wartet auf jemand anderen."));
    else
        rv_html_raw(b, RV_SAY(x, "This is no longer open.", "Das ist nicht mehr offen."));
    if (d->ended_by.n > 0) {
        rv_html_raw(b, RV_SAY(x, " by ", " von "));
        rv_html(b, d->ended_by);
    }
    rv_html_raw(b, "</p>\n");
    if (d->note.n > 0) {
        rv_html_raw(b, "<p class=\"soft\">");
        rv_html(b, d->note);
        rv_html_raw(b, "</p>\n");
    }
}

static rv_status write_form(struct rv_req *rq, const struct rv_decision *d, rv_str note)
{
    struct rv_exchange *x = rq->x;
    struct rv_buf *b = &x->buf;
    rv_str token;
    bool approval = rv_str_eq(d->kind, RV_STR("APPROVAL"));
    RV_TRY(rv_form_token(rq, &token));
    rv_html_raw(b, "<form method=\"post\" action=\"/decide/");
    rv_html(b, rv_req_param(rq, 0));
    rv_html_raw(b, "\">\n");
    rv_page_hidden(b, "csrf", token);
    rv_html_raw(b, "<div class=\"field\"><label for=\"note\">");
    rv_html_raw(b, approval ? RV_SAY(x, "Reason, needed to deny", "Begründung, nötig zum Ablehnen")
                            : RV_SAY(x, "Note", "Bemerkung"));
    rv_html_raw(b, "</label><textarea id=\"note\" name=\"note\" maxlength=\"1000\">");
    rv_html(b, note);
    rv_html_raw(b, "</textarea></div>\n<div class=\"row\">");
    if (approval)
        rv_buf_printf(
            b,
            "<button type=\"submit\" name=\"value\" value=\"APPROVED\">%s</button><button "
            "class=\"quiet\" type=\"submit\" name=\"value\" value=\"DENIED\">%s</button>",
            RV_SAY(x, "Approve", "Genehmigen"), RV_SAY(x, "Deny", "Ablehnen"));
    else
        rv_buf_printf(b, "<button type=\"submit\" name=\"value\" value=\"DONE\">%s</button>",
                      RV_SAY(x, "Mark as done", "Als erledigt melden"));
    rv_html_raw(b, "</div>\n</form>\n");
    return RV_OK;
}

static rv_status page(struct rv_req *rq, int status, const struct rv_decision *d, rv_str note,
                      const char *wrong)
{
    struct rv_exchange *x = rq->x;
    struct rv_buf *b = &x->buf;
    rv_page_begin(x, rv_z(&x->cx, d->subject), true);
    rv_html_raw(b, "<p class=\"soft\">");
    rv_html(b, d->text);
    rv_html_raw(b, "</p>\n");
    if (wrong != NULL) {
        rv_html_raw(b, "<p class=\"wrong\" role=\"alert\">");
        rv_html(b, rv_str_of(wrong));
        rv_html_raw(b, "</p>\n");
    }
    write_facts(x, d);
    if (d->can_resolve &&
        (rv_str_eq(d->kind, RV_STR("APPROVAL")) || rv_str_eq(d->kind, RV_STR("CUSTOM_TASK"))))
        RV_TRY(write_form(rq, d, note));
    else
        write_outcome(x, d);
    rv_buf_printf(b, "<p class=\"meta\"><a href=\"/requests/%" PRId64 "\">%s</a></p>\n", d->number,
                  RV_SAY(x, "Open the whole request", "Den ganzen Antrag öffnen"));
    return rv_page_end(x, status);
}

/* ---- routes ---------------------------------------------------------------------------------- */

static rv_status get_decide(struct rv_req *rq)
{
    struct rv_decision d;
    if (rv_req_cx(rq)->principal == NULL)
        return ask_to_sign_in(rq);
    RV_TRY(rv_decision_find(rv_req_cx(rq), rv_req_param(rq, 0), &d));
    return page(rq, 200, &d, RV_STR(""), NULL);
}

static rv_status resolve(struct rv_req *rq, const struct rv_decision *d, rv_str value, rv_str note)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_buf b;
    struct rv_jw w;
    json_t *j = NULL;
    if (!rv_str_eq(value, RV_STR("DONE"))) {
        j = json_stringn(value.p, value.n);
        RV_TRY(rv_json_keep(cx, j));
    }
    rv_buf_init(&b, (size_t)1 << 20); /* the task as it is then: not shown */
    rv_jw_init(&w, &b);
    rv_status st = rv_task_resolve(cx, d->task_id, j, note.n > 0 ? note : RV_NONE_STR, &w);
    rv_buf_done(&b);
    return st;
}

static rv_status post_decide(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    struct rv_decision d;
    rv_str value = rv_form(rq, "value"), note = rv_str_trim(rv_form(rq, "note"));
    if (cx->principal == NULL)
        return ask_to_sign_in(rq);
    RV_TRY(rv_decision_find(cx, rv_req_param(rq, 0), &d));
    bool approval = rv_str_eq(d.kind, RV_STR("APPROVAL"));
    bool known = approval
                     ? rv_str_eq(value, RV_STR("APPROVED")) || rv_str_eq(value, RV_STR("DENIED"))
                     : rv_str_eq(value, RV_STR("DONE"));
    if (!known)
        return page(rq, 400, &d, note,
                    RV_SAY(rq->x, "Choose one of the buttons.",
                           "Bitte eine der Schaltflächen wählen."));
    if (d.can_resolve && rv_str_eq(value, RV_STR("DENIED")) && note.n == 0)
        return page(rq, 400, &d, note,
                    RV_SAY(rq->x, "Say why you deny it.", "Bitte begründen, warum Sie ablehnen."));
    rv_status st = resolve(rq, &d, value, note);
    if (st == RV_OK) {
        RV_TRY(rv_decision_find(cx, rv_req_param(rq, 0), &d));
        return page(rq, 200, &d, RV_STR(""), NULL);
    }
    if (st != RV_CONFLICT && st != RV_FORBIDDEN && st != RV_INVALID)
        return st;
    const struct rv_error *e = rv_error(cx);
    const char *wrong = e->causes != NULL ? e->causes->summary : e->message;
    int status = rv_status_info(st)->http;
    rv_error_clear(cx);
    RV_TRY(rv_decision_find(cx, rv_req_param(rq, 0), &d));
    return page(rq, status, &d, note, wrong);
}

const struct rv_route rv_routes_decide[] = {
    { "GET", "/decide/{token}", "getDecide", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_decide, "The page that a link in a mail opens; never decides." },
    { "POST", "/decide/{token}", "postDecide", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK | RV_ROUTE_FORM | RV_ROUTE_NO_IDEMPOTENCY, NULL, NULL, post_decide, "Approve, deny or complete from that page." },
    { .method = NULL },
};
