/* api/pages.c: the frame of the pages that carry no script, and the page of an error.
 *
 * Text only ever goes in through rv_html. The language is the browser's: German when it asks for
 * that first, else English. */
#include "api/pages_int.h"

extern const char rv_plain_css[]; /* generated from plain.css */

const char *rv_say(const struct rv_exchange *x, struct rv_text t)
{
    rv_str wanted = rv_exchange_header(x, "accept-language");
    return wanted.n >= 2 && rv_str_eq_nocase(rv_str_sub(wanted, 0, 2), RV_STR("de")) ? t.de : t.en;
}

void rv_html(struct rv_buf *b, rv_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&': rv_html_raw(b, "&amp;"); break;
        case '<': rv_html_raw(b, "&lt;"); break;
        case '>': rv_html_raw(b, "&gt;"); break;
        case '"': rv_html_raw(b, "&quot;"); break;
        case '\'': rv_html_raw(b, "&#39;"); break;
        default: rv_buf_char(b, text.p[i]);
        }
    }
}

void rv_page_hidden(struct rv_buf *b, const char *name, rv_str value)
{
    rv_html_raw(b, "<input type=\"hidden\" name=\"");
    rv_html(b, rv_str_of(name));
    rv_html_raw(b, "\" value=\"");
    rv_html(b, value);
    rv_html_raw(b, "\">\n");
}

static const char mark[] =
    "<svg class=\"mark\" viewBox=\"0 0 16 16\" fill=\"currentColor\" aria-hidden=\"true\"><path d=\"M3 1h2.8a.7.7 0 0 1 .7.7v1.5L4.75 4.75 6.5 6.3v8a.7.7 0 0 1-.7.7H3a1 1 0 0 1-1-1V2a1 "
    "1 0 0 1 1-1Z\"/><path d=\"M8.7 1h1.7a3.75 3.75 0 0 1 2.15 6.82l1.8 6.3a.7.7 0 0 1-.67.88h-2.4a.9.9 0 0 1-.85-.6L8.06 9.3A1 1 0 0 1 8 8.96V6.3l1.75-1.55L8 3.2V1.7a.7.7 0 0 1 "
    ".7-.7Z\"/></svg>\n";

void rv_page_begin(struct rv_exchange *x, const char *title, bool wide)
{
    struct rv_buf *b = &x->buf;
    rv_buf_clear(b);
    rv_buf_printf(b,
                  "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
                  "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                  RV_SAY(x, "en", "de"));
    rv_html(b, rv_str_of(title));
    rv_html_raw(
        b, " · Reeve</title>\n<link rel=\"icon\" href=\"/mark.svg\" type=\"image/svg+xml\">\n<link "
           "rel=\"stylesheet\" href=\"/plain.css\">\n</head>\n<body>\n<main");
    rv_html_raw(b, wide ? " class=\"wide\">\n" : ">\n");
    rv_html_raw(b, mark);
    rv_html_raw(b, "<h1>");
    rv_html(b, rv_str_of(title));
    rv_html_raw(b, "</h1>\n");
}

static const char policy[] = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

rv_status rv_page_end(struct rv_exchange *x, int status)
{
    struct rv_cx *cx = &x->cx;
    rv_html_raw(&x->buf, "</main>\n<footer><span>Reeve</span><a "
                         "href=\"/status\">Status</a></footer>\n</body>\n</html>\n");
    RV_TRY(rv_buf_str(cx, &x->buf, &x->out));
    RV_TRY(rv_common_headers(x, RV_ENV_PAGE));
    RV_TRY(rv_exchange_set_header(x, "Content-Type", RV_STR("text/html; charset=utf-8")));
    RV_TRY(rv_exchange_set_header(x, "Content-Security-Policy", rv_str_of(policy)));
    x->status = status;
    return RV_OK;
}

rv_status rv_page_go(struct rv_req *rq, rv_str path)
{
    RV_TRY(rv_exchange_set_header(rq->x, "Location", path));
    return rv_reply_none(rq, 303);
}

rv_str rv_page_return_to(rv_str path)
{
    bool good =
        path.n > 0 && path.p[0] == '/' && (path.n == 1 || (path.p[1] != '/' && path.p[1] != '\\'));
    for (size_t i = 0; i < path.n && good; i++)
        good =
            (unsigned char)path.p[i] > 0x20 && (unsigned char)path.p[i] < 0x7f && path.p[i] != '\\';
    return good ? path : RV_STR("/");
}

static const char *error_title(const struct rv_exchange *x, int status)
{
    switch (status) {
    case 404: return RV_SAY(x, "There is nothing here", "Hier ist nichts");
    case 403: return RV_SAY(x, "Not allowed", "Nicht erlaubt");
    case 405: return RV_SAY(x, "This page cannot do that", "Das kann diese Seite nicht");
    case 429: return RV_SAY(x, "Too many calls", "Zu viele Aufrufe");
    case 503: return RV_SAY(x, "Busy", "Ausgelastet");
    default:
        return status >= 500 ? RV_SAY(x, "Something went wrong", "Etwas ist schiefgegangen")
                             : RV_SAY(x, "This did not work", "Das hat nicht geklappt");
    }
}

bool rv_page_error(struct rv_exchange *x, int status, rv_str sentence, rv_str error_id)
{
    struct rv_buf *b = &x->buf;
    rv_page_begin(x, error_title(x, status), false);
    rv_html_raw(b, "<p class=\"soft\">");
    rv_html(b, sentence);
    rv_html_raw(b, "</p>\n<p class=\"meta\">");
    rv_buf_printf(b, "%d · %s ", status, RV_SAY(x, "Error id", "Fehlernummer"));
    rv_html(b, error_id);
    rv_html_raw(b, "</p>\n<p><a href=\"/\">");
    rv_html_raw(b, RV_SAY(x, "To the start page", "Zur Startseite"));
    rv_html_raw(b, "</a></p>\n");
    return rv_page_end(x, status) == RV_OK;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static rv_status get_css(struct rv_req *rq)
{
    RV_TRY(rv_reply_text(rq, 200, "text/css; charset=utf-8", rv_str_of(rv_plain_css)));
    return rv_exchange_set_header(rq->x, "Cache-Control", RV_STR("max-age=3600"));
}

const struct rv_route rv_routes_pages[] = {
    { "GET", "/plain.css", "getPlainCss", RV_A_PUBLIC, RV_ENV_PAGE, RV_ROUTE_OWN_CHECK, NULL, NULL, get_css, "Style sheet of the plain pages." },
    { .method = NULL },
};
