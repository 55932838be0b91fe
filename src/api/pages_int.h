/* api/pages_int.h: what the plain pages share: frame, escaping, the two languages. */
#pragma once
#include "api/api_int.h"

/* Texts of the plain pages; each has an English and a German form (page.c of the browser
 * application has its own). */
struct rv_text {
    const char *en, *de;
};
const char *rv_say(const struct rv_exchange *x, struct rv_text t);
#define RV_SAY(x, en_text, de_text) rv_say((x), (struct rv_text){ (en_text), (de_text) })

void rv_html(struct rv_buf *b, rv_str text); /* escaped for text and quoted attributes */
static inline void rv_html_raw(struct rv_buf *b, const char *html)
{
    rv_buf_add(b, rv_str_of(html));
}
/* Between them the handler writes into x->buf. */
void rv_page_begin(struct rv_exchange *x, const char *title, bool wide);
RV_MUST_CHECK rv_status rv_page_end(struct rv_exchange *x, int status);
void rv_page_hidden(struct rv_buf *b, const char *name, rv_str value);
/* Answers 303 to a path of this server. */
RV_MUST_CHECK rv_status rv_page_go(struct rv_req *rq, rv_str path);
/* A path that begins with one '/' (security.md 1.6), or "/". */
rv_str rv_page_return_to(rv_str path);
