/* flows/schedule.c: flows that start by a calendar (workflows.md 8).
 *
 * A flow that is on has one row with the start that is planned and a job of that instant; both are
 * written with the switch and move on together when the job has run. Instants are absolute: starts
 * that come late are made up for one by one, in order, under the key of their instant, so that a
 * clock that jumps starts nothing twice and leaves nothing out. */
#include "flows/flows_int.h"

enum { LATE_MAX = 100, PREVIEW = 5 };
enum { Q_GET, Q_PUT, Q_MOVE, Q_DROP, Q_BUSY, Q_N };
static const struct rv_sql schedule_sql[Q_N] = {
    [Q_GET] = { .name = "schedule_get", .text = "SELECT schedule, next_at FROM flow_schedule WHERE flow_id = :flow_id", .in = "flow_id:text",
                .out = "schedule:text next_at:time" },
    [Q_PUT] = { .name = "schedule_put", .text = "INSERT INTO flow_schedule (flow_id, schedule, next_at) VALUES (:flow_id, :schedule, :next_at)",
                .in = "flow_id:text schedule:text next_at:time" },
    [Q_MOVE] = { .name = "schedule_move", .text = "UPDATE flow_schedule SET next_at = :next_at WHERE flow_id = :flow_id AND next_at = :was",
                 .in = "next_at:time flow_id:text was:time" },
    [Q_DROP] = { .name = "schedule_drop", .text = "DELETE FROM flow_schedule WHERE flow_id = :flow_id", .in = "flow_id:text" },
    [Q_BUSY] = { .name = "schedule_busy", .text = "SELECT COUNT(*) AS n FROM run WHERE flow_id = :flow_id AND ended_at IS NULL", .in = "flow_id:text",
                 .out = "n:int" },
};
RV_SQL_MODULE(schedule, schedule_sql);

/* ---- reading --------------------------------------------------------------------------------- */

static rv_str text_or(const json_t *o, const char *key, const char *other)
{
    rv_str s = rv_str_trim(rv_json_member_str(o, key));
    return s.n > 0 ? s : rv_str_of(other);
}

/* A bound: an instant, or a day of the schedule's zone, which is all of it. */
static rv_status read_bound(struct rv_cx *cx, const json_t *o, const char *key, rv_str zone,
                            bool end, int64_t *ret)
{
    rv_str text = text_or(o, key, "");
    struct rv_civil day = { .year = 0 };
    *ret = RV_NO_TIME;
    if (text.n == 0)
        return RV_OK;
    if (rv_date_parse(text, &day.year, &day.month, &day.day)) {
        RV_TRY(rv_zone_to_utc(cx, zone, &day, ret));
        *ret += end ? INT64_C(86400000) - 1 : 0;
        return RV_OK;
    }
    if (!rv_time_parse(text, ret))
        return rv_fail(cx, RV_INVALID, "%s \"%.*s\" is no date",
                       end ? "no later than" : "no earlier than", RV_FMT(text));
    return RV_OK;
}

rv_status rv_schedule_read(struct rv_cx *cx, const json_t *schedule, struct rv_schedule *ret)
{
    struct rv_civil now;
    int64_t seconds;
    struct rv_schedule s = { .zone = text_or(schedule, "timeZone", "UTC"),
                             .skip_if_running =
                                 json_is_true(json_object_get(schedule, "skipIfRunning")) };
    const struct rv_cron_text t = { text_or(schedule, "minutes", ""),
                                    text_or(schedule, "hours", ""),
                                    text_or(schedule, "dayOfTheMonth", "*"),
                                    text_or(schedule, "month", "*"),
                                    text_or(schedule, "dayOfTheWeek", "*") };
    if (!json_is_object(schedule) || t.minutes.n == 0 || t.hours.n == 0)
        return rv_fail(cx, RV_INVALID, "it names no time");
    if (!rv_str_to_int(text_or(schedule, "seconds", "0"), &seconds) || seconds < 0 || seconds > 59)
        return rv_fail(cx, RV_INVALID, "seconds are a number from 0 to 59");
    s.seconds_ms = seconds * 1000;
    RV_TRY(rv_zone_to_local(cx, s.zone, 0, &now)); /* is there such a zone? */
    RV_TRY(rv_cron_parse(cx, &t, &s.cron));
    RV_TRY(read_bound(cx, schedule, "startDate", s.zone, false, &s.from));
    RV_TRY(read_bound(cx, schedule, "endDate", s.zone, true, &s.until));
    *ret = s;
    return RV_OK;
}

rv_status rv_schedule_next(struct rv_cx *cx, const struct rv_schedule *s, int64_t after,
                           int64_t *ret)
{
    if (s->from != RV_NO_TIME && after < s->from)
        after = s->from - 1;
    RV_TRY(rv_cron_next(cx, &s->cron, s->zone, after - s->seconds_ms, ret));
    if (*ret != RV_NO_TIME)
        *ret += s->seconds_ms;
    if (*ret != RV_NO_TIME && s->until != RV_NO_TIME && *ret > s->until)
        *ret = RV_NO_TIME;
    return RV_OK;
}

rv_status rv_schedule_preview(struct rv_cx *cx, const json_t *schedule, struct rv_jw *w)
{
    struct rv_schedule s;
    int64_t at = rv_now(cx->env);
    RV_TRY(rv_authz(cx, NULL, RV_A_CARD_READ, RV_NO_OBJECT));
    rv_status st = rv_schedule_read(cx, schedule, &s);
    if (st != RV_OK)
        return rv_fail_field(cx, "/schedule", "SCHEDULE", "%s", rv_error(cx)->message);
    rv_jw_obj(w);
    rv_jw_key(w, "next");
    rv_jw_arr(w);
    for (int i = 0; i < PREVIEW; i++) {
        RV_TRY(rv_schedule_next(cx, &s, at, &at));
        if (at == RV_NO_TIME)
            break;
        rv_jw_time(w, at);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- planning -------------------------------------------------------------------------------- */

static rv_str job_key(struct rv_cx *cx, rv_str flow_id, int64_t at)
{
    return rv_printf(cx, "%.*s:%" PRId64, RV_FMT(flow_id), at);
}

struct plan {
    bool found;
    rv_str schedule;
    int64_t next_at;
};

static rv_status read_plan(struct rv_tx *tx, rv_str flow_id, struct plan *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &schedule_sql[Q_GET], &r, &ret->found, RV_ARGS(flow_id)));
    if (!ret->found)
        return RV_OK;
    ret->schedule = rv_col_str(&r, 0);
    ret->next_at = rv_col_int(&r, 1);
    return rv_rows_end(&r);
}

static rv_status add_job(struct rv_tx *tx, rv_str flow_id, int64_t at)
{
    return at == RV_NO_TIME ? RV_OK
                            : rv_job_add(tx, RV_STR("flow.schedule"),
                                         job_key(rv_tx_cx(tx), flow_id, at), at, flow_id, NULL);
}

rv_status rv_schedule_set(struct rv_tx *tx, rv_str flow_id, bool on, const json_t *cards)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const json_t *head = rv_def_head(cards);
    bool scheduled = on && rv_str_eq(rv_json_member_str(head, "card"), RV_STR("control:scheduled"));
    struct plan p = { .found = false };
    struct rv_schedule s;
    rv_str text = RV_NONE_STR;
    int64_t at;
    RV_TRY(read_plan(tx, flow_id, &p));
    if (scheduled)
        RV_TRY(rv_json_dump(cx, json_object_get(head, "schedule"), &text));
    if (p.found && scheduled && rv_str_eq(p.schedule, text))
        return RV_OK;
    if (p.found) {
        if (p.next_at != RV_NO_TIME)
            RV_TRY(rv_job_cancel(tx, RV_STR("flow.schedule"), job_key(cx, flow_id, p.next_at)));
        RV_TRY(rv_sql_exec(tx, &schedule_sql[Q_DROP], NULL, RV_ARGS(flow_id)));
    }
    if (!scheduled)
        return RV_OK;
    RV_TRY(rv_schedule_read(cx, json_object_get(head, "schedule"), &s));
    RV_TRY(rv_schedule_next(cx, &s, rv_tx_now(tx), &at));
    RV_TRY(rv_sql_exec(tx, &schedule_sql[Q_PUT], NULL, RV_ARGS(flow_id, text, at)));
    return add_job(tx, flow_id, at);
}

/* ---- starting -------------------------------------------------------------------------------- */

struct due {
    rv_str flow_id;
    int64_t planned, next;
    struct plan plan;
    bool busy; /* a run of the flow has not ended */
};

static rv_status due_tx(struct rv_tx *tx, void *arg)
{
    struct due *d = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(read_plan(tx, d->flow_id, &d->plan));
    RV_TRY(rv_sql_first(tx, &schedule_sql[Q_BUSY], &r, &found, RV_ARGS(d->flow_id)));
    if (!found)
        return RV_OK;
    d->busy = rv_col_int(&r, 0) > 0;
    return rv_rows_end(&r);
}

/* Nothing happens when the flow was switched or saved in the meantime: that planned anew. */
static rv_status move_tx(struct rv_tx *tx, void *arg)
{
    const struct due *d = arg;
    int64_t changed;
    RV_TRY(
        rv_sql_exec(tx, &schedule_sql[Q_MOVE], &changed, RV_ARGS(d->next, d->flow_id, d->planned)));
    if (changed == 0)
        return RV_OK;
    RV_TRY(add_job(tx, d->flow_id, d->next));
    return rv_tx_announce(tx, "flow", d->flow_id);
}

static rv_status start_at(struct rv_cx *cx, rv_str flow_id, int64_t at)
{
    json_t *inputs = json_pack("{s:s}", "execution_time", rv_z(cx, rv_time_str(cx, at)));
    RV_TRY(rv_json_keep(cx, inputs));
    struct rv_run_start s = { .cx = cx,
                              .flow_id = flow_id,
                              .inputs = inputs,
                              .via = RV_VIA_SCHEDULE,
                              .key = rv_printf(cx, "schedule:%" PRId64, at) };
    rv_status st = rv_run_start_wait(&s);
    if (st == RV_BUSY || st == RV_FULL || st == RV_STOPPED)
        return st; /* the job comes again; what was started is found by its key */
    if (st != RV_OK && st != RV_NOT_FOUND && st != RV_CONFLICT) /* gone or off: nothing starts */
        rv_log_error(cx, RV_LOG_ERROR, "flow.schedule");
    rv_error_clear(cx);
    return RV_OK;
}

/* Instants from the planned one until now, the last LATE_MAX of them: late[first % LATE_MAX] is the
 * oldest. */
struct late {
    int64_t at[LATE_MAX], n;
};

static rv_status collect(struct rv_cx *cx, const struct rv_schedule *s, int64_t planned,
                         int64_t now, struct late *l, int64_t *ret_next)
{
    int64_t at = planned;
    l->n = 0;
    while (at != RV_NO_TIME && (at <= now || l->n == 0)) {
        l->at[l->n++ % LATE_MAX] = at;
        RV_TRY(rv_schedule_next(cx, s, at, &at));
    }
    *ret_next = at;
    return RV_OK;
}

static rv_status start_all(struct rv_cx *cx, const struct rv_schedule *s, struct due *d)
{
    struct late l;
    RV_TRY(collect(cx, s, d->planned, rv_now(cx->env), &l, &d->next));
    if (s->skip_if_running && d->busy)
        return RV_OK; /* what comes while the last one runs is passed over */
    int64_t first = l.n > LATE_MAX ? l.n - LATE_MAX : 0,
            last = s->skip_if_running && l.n > first + 1 ? first + 1 : l.n;
    if (first > 0)
        rv_log_write(cx, RV_LOG_WARN, "flow.schedule.late",
                     "flow %.*s: %" PRId64 " starts were missed, the last %d are made up for",
                     RV_FMT(d->flow_id), l.n, (int)LATE_MAX);
    for (int64_t i = first; i < last; i++)
        RV_TRY(start_at(cx, d->flow_id, l.at[i % LATE_MAX]));
    return RV_OK;
}

rv_status rv_schedule_start(struct rv_cx *cx, const struct rv_job *job)
{
    struct due d = { .flow_id = job->payload };
    struct rv_schedule s;
    json_t *schedule;
    rv_str rest = job->key, id;
    if (!rv_str_split(&rest, ':', &id) || !rv_str_to_int(rest, &d.planned))
        return RV_OK; /* not ours */
    RV_TRY(rv_store_read(cx, due_tx, &d));
    if (!d.plan.found || d.plan.next_at != d.planned)
        return RV_OK; /* switched off, or planned anew */
    RV_TRY(rv_json_parse(cx, d.plan.schedule, &rv_json_limits_default, &schedule));
    RV_TRY(rv_schedule_read(cx, schedule, &s));
    RV_TRY(start_all(cx, &s, &d));
    return rv_store_write(cx, move_tx, &d);
}
