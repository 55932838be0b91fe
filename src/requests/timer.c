/* requests/timer.c: timer steps: an end that is stored, and a job at that instant
 * (access-requests.md 2.8). */
#include "requests/request_int.h"

static const int64_t longest_ms = INT64_C(90) * 86400000;

/* The end of "2 days", or midnight of a date that was answered; without an answer the timer ends at
 * once. */
static rv_status end_of(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                        int64_t *ret)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "MINUTES", 60000 }, { "HOURS", 3600000 }, { "DAYS", 86400000 } };
    const json_t *t = json_object_get(s->def, "timer");
    const struct rv_step *date = rv_step_find(q, rv_json_member_str(t, "untilStepId"));
    int64_t now = rv_tx_now(tx), n = json_integer_value(json_object_get(t, "n"));
    *ret = now;
    if (date != NULL && date->answer_text.p != NULL && date->state == RV_STEP_COMPLETED)
        RV_TRY(rv_request_day_start(tx, q, date->answer_text, ret));
    for (size_t i = 0; i < RV_LEN(units) && date == NULL; i++)
        if (rv_str_eq(rv_json_member_str(t, "unit"), rv_str_of(units[i].unit)))
            *ret = now + (n < 0 ? 0 : n > longest_ms / units[i].ms ? longest_ms : n * units[i].ms);
    if (*ret > now + longest_ms)
        *ret = now + longest_ms;
    return RV_OK;
}

rv_status rv_timer_start(struct rv_tx *tx, struct rv_request *q, struct rv_step *s)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(end_of(tx, q, s, &s->timer_ends_at));
    rv_step_move(s, RV_STEP_START);
    s->opened_at = rv_tx_now(tx);
    if (s->timer_ends_at <= rv_tx_now(tx)) {
        RV_TRY(rv_request_note_system(tx, q, "TIMER_ENDED", s, RV_NONE_STR,
                                      "Timer \"%.*s\" ended at once", RV_FMT(s->text)));
        rv_step_finish(tx, s, RV_NONE_STR);
        return RV_OK;
    }
    RV_TRY(rv_request_note_system(tx, q, "TIMER_STARTED", s, RV_NONE_STR, "Timer \"%.*s\" started",
                                  RV_FMT(s->text)));
    return rv_job_add(tx, RV_STR("request.timer"), rv_task_id(cx, q, s), s->timer_ends_at,
                      RV_NONE_STR, NULL);
}

static rv_status ended_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_job *job = arg;
    struct rv_request q;
    struct rv_step *s;
    rv_status st = rv_task_load(tx, job->key, &q, &s);
    if (st == RV_NOT_FOUND)
        rv_error_clear(rv_tx_cx(tx));
    else
        RV_TRY(st);
    if (st == RV_NOT_FOUND || s->kind != RV_STEP_TIMER || s->state != RV_STEP_RUNNING)
        return rv_job_done(tx, job);
    RV_TRY(rv_request_note_system(tx, &q, "TIMER_ENDED", s, RV_NONE_STR, "Timer \"%.*s\" ended",
                                  RV_FMT(s->text)));
    rv_step_finish(tx, s, RV_NONE_STR);
    RV_TRY(rv_request_settle(tx, &q));
    RV_TRY(rv_request_save(tx, &q));
    return rv_job_done(tx, job);
}

rv_status rv_timer_job(struct rv_cx *cx, const struct rv_job *job)
{
    return rv_store_write(cx, ended_tx, (void *)(uintptr_t)job);
}
