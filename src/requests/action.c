/* requests/action.c: the Run a workflow action: start, call, outcome (access-requests.md 3.4).
 *
 * Starting resolves the values, stores the body of the call with the step and leaves a job, all in
 * the transaction of the change that starts it. The job checks the preconditions again and calls
 * the engine through the route table as the Access Requests application; what came of it and how
 * the request goes on are one transaction with the end of the job. No worker waits for the engine
 * or for the flush: the threads that bring these about go on. A try without a clear answer is
 * repeated with the same key and the same bytes, so that at most one run results. */
#include "requests/request_int.h"
#include <pthread.h>
#include <stdlib.h>

enum { RECORD_AGAIN_MS = 5000 /* when the outcome could not be stored */ };
static const int64_t retry_after_ms[] = { 60000, 300000, 900000 }; /* after 1, 5 and 15 minutes */
#define FORBIDDEN_SENTENCE "Access Requests is not allowed to run this workflow"

/* ---- starting -------------------------------------------------------------------------------- */

rv_status rv_action_failed(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                           rv_str sentence, bool uncertain)
{
    rv_step_move(s, RV_STEP_FAIL);
    s->opened_at = s->opened_at == RV_NO_TIME ? rv_tx_now(tx) : s->opened_at;
    s->error = sentence;
    s->marks = uncertain ? s->marks | RV_MARK_UNCERTAIN : s->marks & ~(unsigned)RV_MARK_UNCERTAIN;
    if (!uncertain)
        s->call_body = RV_NONE_STR; /* the next attempt takes fresh values */
    if (s->assignees_n == 0 && q->assignee_id.n > 0) /* it stands with its assignees; an automatic one with the assignee of the request */
        RV_TRY(rv_step_give_to(tx, s, q->assignee_id));
    bool whole = rv_str_starts(sentence, RV_STR("Failed to run task: "));
    RV_TRY(rv_request_note_system(tx, q, "ACTION_FAILED", s, RV_NONE_STR,
                                  whole ? "%s%.*s%.*s" : "%s%.*s (%.*s)",
                                  whole ? "" : "Failed to run task: ",
                                  RV_FMT(whole ? RV_STR("") : s->text), RV_FMT(sentence)));
    RV_TRY(rv_request_tell(tx, q, RV_TELL_FAILED, s, sentence));
    return rv_request_event(tx, q, s, "reeve.action.fail", false, sentence);
}

rv_status rv_action_start(struct rv_tx *tx, struct rv_request *q, struct rv_step *s, bool again)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str problem = RV_NONE_STR;
    if (!again || s->call_body.p == NULL) {
        s->attempt++;
        RV_TRY(rv_action_values(tx, q, s, &s->call_body, &s->inputs, &problem));
    }
    if (problem.p != NULL) {
        s->inputs = RV_NONE_STR;
        return rv_action_failed(tx, q, s,
                                rv_printf(cx, "Failed to run task: %.*s (%.*s)", RV_FMT(s->text),
                                          RV_FMT(problem)),
                                false);
    }
    rv_step_move(s, RV_STEP_START);
    s->opened_at = s->opened_at == RV_NO_TIME ? rv_tx_now(tx) : s->opened_at;
    s->tries = 0;
    s->error = RV_NONE_STR;
    return rv_job_add(tx, RV_STR("request.action"), rv_task_id(cx, q, s), rv_tx_now(tx),
                      RV_NONE_STR, NULL);
}

/* ---- the call -------------------------------------------------------------------------------- */

enum outcome { ACCEPTED, REFUSED, UNKNOWN, DROPPED };
struct call {
    struct rv_cx cx;
    struct rv_job job;
    struct rv_request q;
    struct rv_step *s;
    bool gone, live, allowed; /* allowed: the team still holds resource and switch (lines 6 and 7 of 3.2) */
    bool goes_on; /* result of record_tx: it is tried again */
    int64_t attempt;
    enum outcome outcome;
    rv_str sentence, run_id;
    const struct rv_principal *app; /* who calls; NULL: deleted or not active */
    pthread_t worker; /* the only thread that may wait */
    struct rv_header key;
    struct rv_local_send send;
    struct rv_write write;
};

static rv_status look_tx(struct rv_tx *tx, void *arg)
{
    struct call *c = arg;
    rv_status st = rv_task_load(tx, c->job.key, &c->q, &c->s);
    c->gone = st == RV_NOT_FOUND;
    if (c->gone) {
        rv_error_clear(rv_tx_cx(tx));
        return RV_OK;
    }
    RV_TRY(st);
    c->gone =
        c->s->kind != RV_STEP_ACTION || c->s->state != RV_STEP_RUNNING || c->s->call_body.p == NULL;
    c->live = rv_request_is_live(&c->q);
    c->attempt = c->s->attempt;
    bool in, on, open;
    RV_TRY(rv_integration_allows(tx, c->q.team_id, "RUN_WORKFLOW", &in, &on));
    RV_TRY(rv_resource_open_to(tx, "workflows", c->q.team_id, &open));
    c->allowed = in && on && open && rv_feature_on(rv_tx_cx(tx)->env, RV_FEATURE_WORKFLOWS);
    st = rv_principal_access_requests_in(tx, &c->app);
    if (st != RV_NOT_FOUND && st != RV_FORBIDDEN)
        return st;
    rv_error_clear(rv_tx_cx(tx));
    return RV_OK;
}

static void refuse(struct call *c, rv_str sentence)
{
    c->outcome = REFUSED;
    c->sentence = sentence;
}

/* What the engine's answers mean; the first row whose range holds the status counts. */
static const struct {
    int from, to;
    enum outcome outcome;
    const char *sentence; /* NULL: made of the answer */
} meanings[] = {
    { 200, 299, ACCEPTED, NULL },
    { 401, 401, REFUSED, FORBIDDEN_SENTENCE },
    { 403, 403, REFUSED, FORBIDDEN_SENTENCE },
    { 404, 404, REFUSED, "Access Requests is no longer allowed to see this workflow, or it was deleted" },
    { 409, 409, REFUSED, "The workflow is off" },
    { 429, 429, UNKNOWN, "the workflow engine takes no more calls now" },
    { 500, 599, UNKNOWN, "the workflow engine gave no clear answer" },
    { 0, 999, REFUSED, NULL },
};

static rv_str reason_of(struct rv_cx *cx, const json_t *body)
{
    const json_t *causes = json_object_get(body, "errorCauses");
    rv_str one = rv_json_member_str(json_array_get(causes, 0), "errorSummary");
    return rv_dup(cx, one.n > 0 ? one : rv_json_member_str(body, "errorSummary"));
}

static rv_status judge(struct rv_cx *cx, struct call *c, const struct rv_answer *a)
{
    json_t *body = NULL;
    size_t i = 0;
    while (a->status < meanings[i].from || a->status > meanings[i].to)
        i++;
    c->outcome = meanings[i].outcome;
    c->sentence = rv_str_of(meanings[i].sentence);
    if (c->outcome == UNKNOWN || c->sentence.p != NULL)
        return RV_OK;
    if (a->body.n > 0 && rv_json_parse(cx, a->body, &rv_json_limits_default, &body) != RV_OK)
        rv_error_clear(cx);
    if (c->outcome == ACCEPTED) {
        c->run_id = rv_dup(cx, rv_json_member_str(body, "runId"));
        return RV_OK;
    }
    rv_str reason = reason_of(cx, body);
    c->sentence = rv_printf(cx, "Failed to run task: %.*s (API validation failed.%s%.*s)",
                            RV_FMT(c->s->text), reason.n > 0 ? " " : "", RV_FMT(reason));
    return RV_OK;
}

/* After a refusal: which precondition is missing, in the words of Check this action (3.4.3). */
static rv_status explain(struct rv_cx *cx, struct call *c)
{
    rv_str missing;
    RV_TRY(rv_check_before_run(cx, c->q.team_id, c->s->flow_id, &missing));
    if (missing.p != NULL)
        c->sentence = c->sentence.p != NULL
                          ? rv_printf(cx, "%.*s. %.*s", RV_FMT(c->sentence), RV_FMT(missing))
                          : missing;
    return RV_OK;
}

static void answered(struct rv_local_send *send);

/* Lines 6 and 7 were looked at with the step; the engine itself looks at 2 to 5 in the snapshot in
 * which it accepts, so that nothing runs that is not allowed, and only a refusal costs the full
 * check. *ret_called: answered() goes on, and nobody else may touch c. */
static rv_status invoke(struct rv_cx *cx, struct call *c, bool *ret_called)
{
    if (!c->allowed) {
        refuse(c, RV_NONE_STR);
        RV_TRY(explain(cx, c));
        if (c->sentence.p != NULL)
            return RV_OK; /* else it was mended at this moment */
    }
    if (c->app == NULL) {
        refuse(c, RV_STR(FORBIDDEN_SENTENCE));
        return explain(cx, c);
    }
    c->key = (struct rv_header){ RV_STR("idempotency-key"),
                                 rv_printf(cx, "%.*s:%.*s:%" PRId64, RV_FMT(c->q.id),
                                           RV_FMT(c->s->id), c->attempt) };
    c->send = (struct rv_local_send){
        .cx = cx,
        .done = answered,
        .arg = c,
        .call = { .as = c->app,
                  .method = RV_STR("POST"),
                  .target = rv_printf(cx, "/reeve/api/v1/delegated-flows/%.*s/invoke",
                                      RV_FMT(c->s->flow_id)),
                  .body = c->s->call_body,
                  .headers = &c->key,
                  .headers_n = 1 },
    };
    *ret_called = true;
    rv_local_start(&c->send);
    return RV_OK;
}

/* ---- the outcome ----------------------------------------------------------------------------- */

static rv_status accepted(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                          const struct call *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    s->run_id = c->run_id;
    s->call_body = RV_NONE_STR;
    s->marks &= ~(unsigned)RV_MARK_UNCERTAIN;
    rv_step_finish(tx, s, RV_NONE_STR);
    RV_TRY(
        rv_request_note_system(tx, q, "WORKFLOW_CALLED", s,
                               rv_printf(cx,
                                         "{\"runId\":\"%.*s\",\"flowId\":\"%.*s\",\"inputs\":%.*s}",
                                         RV_FMT(c->run_id), RV_FMT(s->flow_id), RV_FMT(s->inputs)),
                               "Ran workflow \"%.*s\"", RV_FMT(s->flow_name)));
    q->moved = true;
    return rv_request_event(tx, q, s, "reeve.action.run", true, RV_NONE_STR);
}

static rv_status unknown(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                         const struct call *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t try = (size_t)s->tries++;
    s->dirty = true;
    if (try >= RV_LEN(retry_after_ms))
        return rv_action_failed(tx, q, s,
                                rv_printf(cx,
                                          "Failed to run task: %.*s (%.*s, after %" PRId64
                                          " tries)",
                                          RV_FMT(s->text), RV_FMT(c->sentence), s->tries),
                                true);
    s->error = rv_printf(cx, "Try %" PRId64 " of %zu: %.*s; it is tried again in %" PRId64 " min",
                         s->tries, RV_LEN(retry_after_ms) + 1, RV_FMT(c->sentence),
                         retry_after_ms[try] / 60000);
    return rv_job_reschedule(tx, c->job.id, rv_tx_now(tx) + retry_after_ms[try], RV_NONE_STR);
}

static rv_status record_tx(struct rv_tx *tx, void *arg)
{
    struct call *c = arg;
    struct rv_request q;
    struct rv_step *s;
    c->goes_on = false;
    RV_TRY(rv_task_load(tx, c->job.key, &q, &s));
    if (s->state != RV_STEP_RUNNING || s->attempt != c->attempt)
        return rv_job_done(tx, &c->job);
    if (c->outcome == DROPPED)
        rv_step_move(s, RV_STEP_SKIP);
    else if (c->outcome == ACCEPTED)
        RV_TRY(accepted(tx, &q, s, c));
    else if (c->outcome == REFUSED)
        RV_TRY(rv_action_failed(tx, &q, s, c->sentence, false));
    else
        RV_TRY(unknown(tx, &q, s, c));
    RV_TRY(rv_request_settle(tx, &q));
    RV_TRY(rv_request_save(tx, &q));
    c->goes_on = s->state == RV_STEP_RUNNING;
    return c->goes_on ? RV_OK : rv_job_done(tx, &c->job);
}

static void free_call(struct call *c)
{
    rv_cx_done(&c->cx);
    free(c);
}

/* Writer's thread. Who ended the job has freed its number: only a job that goes on may be touched.
 */
static void recorded(struct rv_write *w, rv_status st)
{
    struct call *c = w->arg;
    struct rv_store *store = c->cx.env->store;
    int64_t id = c->job.id;
    bool goes_on = st != RV_OK || c->goes_on;
    if (st != RV_OK)
        rv_log_error(&c->cx, RV_LOG_WARN, "job.outcome");
    free_call(c);
    if (goes_on)
        rv_job_retry(store, id, RECORD_AGAIN_MS);
}

static void record(struct call *c)
{
    rv_error_clear(&c->cx);
    c->write = (struct rv_write){ .cx = &c->cx, .fn = record_tx, .done = recorded, .arg = c };
    rv_store_write_async(c->cx.env->store, &c->write);
}

/* On the worker when the engine refused, on the writer's thread when it took the call. */
static void answered(struct rv_local_send *send)
{
    struct call *c = send->arg;
    rv_status st = send->st;
    if (st == RV_OK)
        st = judge(&c->cx, c, &send->answer);
    if (st == RV_OK && c->outcome == REFUSED && send->answer.status != 400 &&
        pthread_equal(c->worker, pthread_self()))
        st = explain(&c->cx, c);
    if (st != RV_OK) { /* nobody knows what became of it: the same call again finds out */
        c->outcome = UNKNOWN;
        c->sentence = RV_STR("the workflow engine could not be reached");
    }
    record(c);
}

static struct call *new_call(const struct rv_cx *cx, const struct rv_job *job)
{
    struct call *c = calloc(1, sizeof *c);
    if (c == NULL || rv_cx_init(&c->cx, cx->env, 0) != RV_OK) {
        free(c);
        return NULL;
    }
    c->cx.root = cx->root;
    c->cx.log_key = cx->log_key;
    c->cx.log_id = RV_STR("request.action");
    c->job = (struct rv_job){ .id = job->id,
                              .kind = RV_STR("request.action"),
                              .key = rv_dup(&c->cx, job->key),
                              .later = job->later };
    c->worker = pthread_self();
    return c;
}

rv_status rv_action_job(struct rv_cx *cx, const struct rv_job *job)
{
    struct call *c = new_call(cx, job);
    bool called = false;
    if (c == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    rv_status st = rv_store_read(&c->cx, look_tx, c);
    if (st != RV_OK || c->gone) {
        if (st != RV_OK)
            (void)rv_fail(cx, st, "%s", rv_z(cx, rv_str_of(rv_error(&c->cx)->message)));
        free_call(c);
        return st;
    }
    if (job->later != NULL)
        rv_job_later(cx->env->store, &c->job);
    if (!c->live)
        c->outcome = DROPPED; /* the request was closed meanwhile: nothing is sent */
    else if (invoke(&c->cx, c, &called) != RV_OK) {
        c->outcome = UNKNOWN;
        c->sentence = RV_STR("the preconditions could not be looked at");
    }
    if (!called)
        record(c);
    return RV_OK;
}

/* ---- how the run ended ----------------------------------------------------------------------- */

struct ended {
    const struct rv_job *job;
    rv_str run_id, request_id, step_id, status, message, card;
};

static rv_status ended_tx(struct rv_tx *tx, void *arg)
{
    const struct ended *e = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_line l = { .type = "WORKFLOW_FINISHED", .step_id = e->step_id };
    int64_t number;
    rv_str flow;
    bool found;
    RV_TRY(rv_step_run_ended(tx, e->request_id, e->step_id, e->run_id, e->status, &found, &number,
                             &flow));
    if (!found)
        return rv_job_done(tx, e->job); /* the request was erased */
    if (rv_str_eq(e->status, RV_STR("FAILED"))) {
        l.type = "WORKFLOW_FAILED";
        l.text = rv_printf(cx, "Workflow \"%.*s\" failed%s%.*s%s: %.*s", RV_FMT(flow),
                           e->card.n > 0 ? " in card \"" : "", RV_FMT(e->card),
                           e->card.n > 0 ? "\"" : "", RV_FMT(e->message));
    } else if (rv_str_eq(e->status, RV_STR("CANCELED"))) {
        l.type = "WORKFLOW_FAILED";
        l.text = rv_printf(cx, "Workflow \"%.*s\" was canceled", RV_FMT(flow));
    } else
        l.text = rv_printf(cx, "Workflow \"%.*s\" finished", RV_FMT(flow));
    l.detail = rv_printf(cx, "{\"runId\":\"%.*s\",\"status\":\"%.*s\"}", RV_FMT(e->run_id),
                         RV_FMT(e->status));
    RV_TRY(rv_activity_append(tx, number, &l));
    RV_TRY(rv_tx_announce(tx, "request", e->request_id));
    return rv_job_done(tx, e->job);
}

static rv_status read_ended(struct rv_cx *cx, const struct rv_job *job, struct ended *ret)
{
    json_t *p;
    RV_TRY(rv_json_parse(cx, job->payload, &rv_json_limits_default, &p));
    const json_t *error = json_object_get(p, "error");
    *ret = (struct ended){
        .job = job,
        .run_id = rv_json_member_str(p, "runId"),
        .request_id = rv_json_member_str(p, "requestId"),
        .step_id = rv_json_member_str(p, "stepId"),
        .status = rv_json_member_str(p, "status"),
        .message = rv_json_member_str(error, "message"),
        .card = rv_json_member_str(error, "cardTitle"),
    };
    return RV_OK;
}

rv_status rv_run_ended_job(struct rv_cx *cx, const struct rv_job *job)
{
    struct ended e;
    RV_TRY(read_ended(cx, job, &e));
    return rv_store_write(cx, ended_tx, &e);
}

/* The same in the group of transactions that comes next, without a worker. */
struct noting {
    struct rv_cx cx;
    struct rv_job job;
    struct ended e;
    struct rv_write write;
};

static rv_status note_tx(struct rv_tx *tx, void *arg)
{
    struct noting *n = arg;
    return ended_tx(tx, &n->e);
}

static void noted(struct rv_write *w, rv_status st)
{
    struct noting *n = w->arg;
    struct rv_store *store = n->cx.env->store;
    int64_t id = n->job.id;
    if (st != RV_OK)
        rv_log_error(&n->cx, RV_LOG_WARN, "job.outcome");
    rv_cx_done(&n->cx);
    free(n);
    if (st != RV_OK)
        rv_job_retry(store, id, RECORD_AGAIN_MS);
}

bool rv_run_ended_at_once(struct rv_env *env, const struct rv_job *job)
{
    struct noting *n = calloc(1, sizeof *n);
    if (n == NULL || rv_cx_init(&n->cx, env, 0) != RV_OK) {
        free(n);
        return false;
    }
    n->cx.root = true;
    n->cx.log_key = "job";
    n->cx.log_id = RV_STR("request.runEnded");
    n->job = (struct rv_job){ .id = job->id,
                              .kind = RV_STR("request.runEnded"),
                              .payload = rv_dup(&n->cx, job->payload) };
    if (n->job.payload.p == NULL || read_ended(&n->cx, &n->job, &n->e) != RV_OK) {
        rv_cx_done(&n->cx);
        free(n);
        return false;
    }
    n->write = (struct rv_write){ .cx = &n->cx, .fn = note_tx, .done = noted, .arg = n };
    rv_store_write_async(env->store, &n->write);
    return true;
}
