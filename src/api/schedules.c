/* api/schedules.c: what a schedule means, before it is saved. */
#include "api/api.h"
#include "flows/flows.h"

struct preview_body {
    uint64_t seen, nulls;
    json_t *schedule;
};
static const struct rv_member preview_members[] = {
    { "schedule", RV_K_OBJECT, RV_REQUIRED, offsetof(struct preview_body, schedule), 0, 0, NULL, "As a Scheduled Flow card holds it." },
    { .name = NULL },
};
static const struct rv_shape preview_shape = { "SchedulePreview", preview_members, false };

static rv_status preview(struct rv_req *rq)
{
    struct preview_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &preview_shape, &b));
    RV_TRY(rv_schedule_preview(rv_req_cx(rq), b.schedule, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

const struct rv_route rv_routes_schedules[] = {
    { "POST", "/reeve/api/v1/schedules/preview", "previewSchedule", RV_A_CARD_READ, RV_ENV_NATIVE, RV_ROUTE_SMALL | RV_ROUTE_NO_IDEMPOTENCY, NULL, &preview_shape, preview,
      "The next five instants of a schedule that need not be saved." },
    { .method = NULL },
};
