/* api/log.c: the system log, in the compatible wire format (api.md 16). */
#include "api/api.h"

enum { PAGE = 100, PAGE_MAX = 1000 };

static rv_status order(struct rv_req *rq, bool *ret_descending)
{
    rv_str v = rv_req_query(rq, "sortOrder");
    *ret_descending =
        rv_str_eq_nocase(v, RV_STR("DESCENDING")) || rv_str_eq_nocase(v, RV_STR("desc"));
    if (v.n == 0 || *ret_descending || rv_str_eq_nocase(v, RV_STR("ASCENDING")) ||
        rv_str_eq_nocase(v, RV_STR("asc")) || rv_str_eq(v, RV_STR("0")))
        return RV_OK;
    return rv_fail_field(rv_req_cx(rq), "sortOrder", "INVALID_VALUE",
                         "sortOrder: It must be ASCENDING or DESCENDING");
}

static rv_status list_events(struct rv_req *rq)
{
    struct rv_page page = { .limit = 0 };
    struct rv_jw *w;
    rv_str next;
    bool none = rv_str_eq(rv_req_query(rq, "limit"), RV_STR("0"));
    if (!none)
        RV_TRY(rv_req_page(rq, PAGE, PAGE_MAX, &page));
    struct rv_event_query q = { .since = rv_req_query(rq, "since"),
                                .until = rv_req_query(rq, "until"),
                                .filter = rv_req_query(rq, "filter"),
                                .q = rv_req_query(rq, "q"),
                                .limit = page.limit,
                                .after = page.after };
    RV_TRY(order(rq, &q.descending));
    RV_TRY(rv_array_begin(rq, &w));
    RV_TRY(rv_event_page(rv_req_cx(rq), &q, w, &next));
    return rv_array_end(rq, page.limit, next);
}

/* clang-format off */
const struct rv_route rv_routes_log[] = {
    { "GET", "/api/v1/logs", "listLogEvents", RV_A_LOG_READ, RV_ENV_MANAGEMENT, 0, "okta.logs.read", NULL, list_events, "What happened: a stretch of time, or everything from a cursor on." },
    { .method = NULL },
};
/* clang-format on */
