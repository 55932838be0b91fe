/* flows/retention.c: runs that ended longer ago than the organisation keeps them go, with all their
 * values (workflows.md 12.1).
 *
 * Ids of runs are by time, so the oldest are one range of an index. Some go at a time, and others
 * get at the store in between. */
#include "flows/flows_int.h"

enum { BATCH = 500, EVERY_MS = 3600000 };
enum { Q_RUN, Q_N };
static const struct rv_sql retention_sql[Q_N] = {
    [Q_RUN] = {
        .name = "run_old",
        .text = "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE id < :before AND ended_at IS NOT NULL ORDER BY id LIMIT :n)",
        .in = "before:text n:int",
    },
};
RV_SQL_MODULE(retention, retention_sql);

struct pass {
    const struct rv_job *job;
    bool done;
};

static rv_status pass_tx(struct rv_tx *tx, void *arg)
{
    struct pass *p = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t now = rv_tx_now(tx), keep = rv_setting_int(cx->env, "runRetention"), changed;
    uint64_t oldest = now > keep ? (uint64_t)(now - keep) : 0;
    rv_str before = rv_printf(cx, "%08x-%04x", (unsigned)(oldest >> 16), (unsigned)(oldest & 0xffff)); /* how ids of that moment begin */
    RV_TRY(rv_sql_exec(tx, &retention_sql[Q_RUN], &changed, RV_ARGS(before, BATCH)));
    p->done = changed < BATCH;
    return p->done ? rv_job_reschedule(tx, p->job->id, now + EVERY_MS, RV_NONE_STR) : RV_OK;
}

rv_status rv_retention_run(struct rv_cx *cx, const struct rv_job *job)
{
    struct pass p = { .job = job };
    while (!p.done)
        RV_TRY(rv_store_write(cx, pass_tx, &p));
    return RV_OK;
}

static rv_status plan_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("run.retention"), RV_STR("run"), rv_tx_now(tx), RV_NONE_STR, NULL);
}

rv_status rv_retention_plan(struct rv_cx *cx)
{
    return rv_store_write(cx, plan_tx, NULL);
}
