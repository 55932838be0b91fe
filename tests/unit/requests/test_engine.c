/* tests/unit/requests/test_engine.c: steps, calls of the engine and timers of requests, on a real
 * store and organisation with a clock that the test moves and a flow engine that answers as the
 * test says. */
#include "org_fixture.h"
#include "requests/request_int.h"
#include <stdio.h>

/* ---- the engine that is called --------------------------------------------------------------- */

enum { CALLS_MAX = 16 };
static struct {
    int statuses[CALLS_MAX], calls;
    char keys[CALLS_MAX][120], bodies[CALLS_MAX][2000], as[CALLS_MAX][40];
} engine;

static void answer(struct rv_exchange *x, int status, const char *body)
{
    x->status = status;
    x->out = rv_str_of(body);
}

static void dispatch(void *arg, struct rv_exchange *x)
{
    (void)arg;
    if (!rv_str_eq(x->method, RV_STR("POST"))) {
        answer(x, 404, "{}"); /* what the check of preconditions asks */
        return;
    }
    assert_true(rv_str_eq(x->path, RV_STR("/reeve/api/v1/delegated-flows/01FLOW/invoke")));
    assert_true(engine.calls < CALLS_MAX);
    int n = engine.calls++;
    (void)snprintf(engine.keys[n], sizeof engine.keys[n], "%.*s",
                   RV_FMT(rv_exchange_header(x, "idempotency-key")));
    (void)snprintf(engine.bodies[n], sizeof engine.bodies[n], "%.*s", RV_FMT(x->body));
    (void)snprintf(engine.as[n], sizeof engine.as[n], "%.*s", RV_FMT(x->cx.principal->name));
    answer(x, engine.statuses[n],
           engine.statuses[n] == 202
               ? "{\"runId\":\"01a214f9-c296-7e98-96ec-d2b08b9f9425\"}"
               : "{\"errorSummary\":\"Api validation "
                 "failed\",\"errorCauses\":[{\"errorSummary\":\"count is too large\"}]}");
}
static struct rv_local local = { .dispatch = dispatch };

/* ---- the world ------------------------------------------------------------------------------- */

enum { Q_TYPE, Q_VERSION, Q_JOB, Q_N };
static const struct rv_sql engine_sql[Q_N] = {
    [Q_TYPE] = {
        .name = "test_type",
        .text = "INSERT INTO request_type (id, name, description, icon, team_id, audience, auto_resolve, steps, status, published, digest, disabled_reasons, version, "
                "created_at, updated_at) VALUES (:id, 'Type', '', 'badge', :team_id, '{\"type\":\"EVERYONE\"}', 1, :steps, 'ACTIVE', 1, '', '[]', 1, 0, 0)",
        .in = "id:text team_id:text steps:text",
    },
    [Q_VERSION] = {
        .name = "test_version",
        .text = "INSERT INTO request_type_version (type_id, number, published_at, name, description, icon, team_id, audience, auto_resolve, steps) "
                "VALUES (:id, 1, 0, 'Type', '', 'badge', :team_id, '{\"type\":\"EVERYONE\"}', 1, :steps)",
        .in = "id:text team_id:text steps:text",
    },
    [Q_JOB] = {
        .name = "test_job", .text = "SELECT id, key, due_at FROM job WHERE kind = :kind ORDER BY id", .in = "kind:text", .out = "id:int key:text due_at:time",
    },
};

struct world {
    struct org_fixture o;
    rv_str team_id, requester, member;
};

struct insert {
    int q;
    rv_str id, team_id, steps;
};

static rv_status insert_tx(struct rv_tx *tx, void *arg)
{
    const struct insert *i = arg;
    return rv_sql_exec(tx, &engine_sql[i->q], NULL, RV_ARGS(i->id, i->team_id, i->steps));
}

static rv_str add_type(struct world *w, const char *steps)
{
    rv_str id = rv_id_hex24(w->o.cx);
    for (int q = Q_TYPE; q <= Q_VERSION; q++)
        org_fixture_must(&w->o, rv_store_write(w->o.cx, insert_tx,
                                               &(struct insert){ .q = q,
                                                                 .id = id,
                                                                 .team_id = w->team_id,
                                                                 .steps = rv_str_of(steps) }));
    return id;
}

static void open_world(struct world *w)
{
    struct org_writer out;
    memset(&engine, 0, sizeof engine);
    org_fixture_open(&w->o);
    struct rv_cx *cx = w->o.cx;
    w->o.s.env.local = &local;
    w->requester = org_fixture_person(&w->o, "rita@example.com");
    w->member = org_fixture_person(&w->o, "axel@example.com");
    org_fixture_feature(&w->o, "iam.app_role_assignments", true);
    org_fixture_feature(&w->o, "access_requests.workflow_actions", true);
    org_fixture_must(&w->o, rv_requests_open(cx));
    org_fixture_must(&w->o, rv_team_create(cx, &(struct rv_team_in){ .name = RV_STR("Desk") },
                                           &w->team_id));
    org_fixture_must(&w->o, rv_team_put_member(cx, w->team_id, w->member, RV_NONE_STR));
    org_fixture_must(&w->o, rv_resource_open(cx, RV_STR("workflows"), w->team_id, true));
    org_fixture_must(&w->o, rv_integration_list(cx, org_writer_begin(&out)));
    rv_str text = rv_dup(cx, (rv_str){ out.b.p, out.b.n });
    rv_buf_done(&out.b);
    json_t *okta = org_fixture_json(&w->o, rv_z(cx, text));
    rv_str id = rv_json_member_str(okta, "id");
    org_fixture_must(&w->o, rv_integration_share(cx, id, w->team_id, true));
    org_fixture_must(&w->o, rv_integration_get(cx, id, org_writer_begin(&out)));
    int64_t version = json_integer_value(json_object_get(org_writer_end(&w->o, &out), "version"));
    struct rv_integration_in in = { .actions = org_fixture_json(&w->o, "{\"RUN_WORKFLOW\":true}"),
                                    .version = version };
    org_fixture_must(&w->o, rv_integration_update(cx, id, &in));
}

static void close_world(struct world *w)
{
    org_fixture_close(&w->o);
}

/* ---- what a test does ------------------------------------------------------------------------ */

static json_t *submit(struct world *w, rv_str type_id, const char *answers)
{
    struct org_writer out;
    rv_str id;
    struct rv_request_in in = { .type_id = type_id, .answers = org_fixture_json(&w->o, answers) };
    org_fixture_as(&w->o, w->requester);
    org_fixture_must(&w->o, rv_request_create(w->o.cx, &in, org_writer_begin(&out), &id));
    return org_writer_end(&w->o, &out);
}

static json_t *request_of(struct world *w, const json_t *request)
{
    struct org_writer out;
    org_fixture_as(&w->o, w->requester);
    org_fixture_must(&w->o, rv_request_get(w->o.cx, rv_json_member_str(request, "id"),
                                           org_writer_begin(&out)));
    return org_writer_end(&w->o, &out);
}

static json_t *step_of(struct world *w, const json_t *request, const char *id)
{
    json_t *steps = json_object_get(request_of(w, request), "steps"), *s;
    size_t i;
    json_array_foreach(steps, i, s)
        if (rv_str_eq(rv_json_member_str(s, "id"), rv_str_of(id)))
            return s;
    fail_msg("no step %s", id);
    return NULL;
}

static void assert_state(struct world *w, const json_t *request, const char *id, const char *state)
{
    assert_string_equal(json_string_value(json_object_get(step_of(w, request, id), "state")),
                        state);
}

struct job_look {
    const char *kind;
    struct rv_job job;
    bool found;
};

static rv_status job_tx(struct rv_tx *tx, void *arg)
{
    struct job_look *l = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &engine_sql[Q_JOB], &r, &l->found, RV_ARGS(l->kind)));
    if (!l->found)
        return RV_OK;
    l->job = (struct rv_job){ .id = rv_col_int(&r, 0),
                              .kind = rv_str_of(l->kind),
                              .key = rv_col_str(&r, 1),
                              .due_at = rv_col_int(&r, 2),
                              .attempt = 1 };
    return rv_rows_end(&r);
}

static bool find_job(struct world *w, const char *kind, struct rv_job *ret)
{
    struct job_look l = { .kind = kind };
    org_fixture_root(&w->o);
    org_fixture_must(&w->o, rv_store_read(w->o.cx, job_tx, &l));
    *ret = l.job;
    return l.found;
}

/* Runs the one job of the kind, at its time; false when there is none. */
static rv_status nothing_tx(struct rv_tx *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return RV_OK;
}

/* What the job leaves to the writer is over when it comes back: the writer keeps the order. */
static bool run_job(struct world *w, const char *kind,
                    rv_status (*run)(struct rv_cx *cx, const struct rv_job *job))
{
    struct rv_job job;
    if (!find_job(w, kind, &job))
        return false;
    if (w->o.s.now_ms < job.due_at)
        w->o.s.now_ms = job.due_at;
    org_fixture_must(&w->o, run(w->o.cx, &job));
    org_fixture_must(&w->o, rv_store_write(w->o.cx, nothing_tx, NULL));
    return true;
}

static rv_str task_id(struct world *w, const json_t *request, const char *step)
{
    return rv_json_member_str(step_of(w, request, step), "taskId");
}

static void run_again(struct world *w, const json_t *request, bool new_run)
{
    struct org_writer out;
    rv_str id = task_id(w, request, "a1");
    org_fixture_as(&w->o, w->member);
    org_fixture_must(&w->o, rv_task_run(w->o.cx, id, new_run, org_writer_begin(&out)));
    (void)org_writer_end(&w->o, &out);
}

static const char steps_of_action[] =
    "[{\"id\":\"q1\",\"kind\":\"QUESTION\",\"text\":\"How many\",\"inputType\":\"TEXT\",\"required\":true,\"assignTo\":{\"type\":\"REQUESTER\"}},"
    "{\"id\":\"a1\",\"kind\":\"ACTION\",\"text\":\"Do it\",\"action\":\"RUN_WORKFLOW\",\"automatic\":true,\"flowId\":\"01FLOW\",\"flowName\":\"Flow\",\"assignTo\":"
    "{\"type\":\"USER\",\"id\":\"%.*s\"},\"inputs\":{\"count\":{\"source\":\"QUESTION\",\"stepId\":\"q1\"}},"
    "\"flowInputs\":[{\"key\":\"count\",\"label\":\"Count\",\"type\":\"number\",\"required\":true}]}]";

static json_t *submit_action(struct world *w, const char *answers)
{
    char steps[1200];
    (void)snprintf(steps, sizeof steps, steps_of_action, RV_FMT(w->member));
    json_t *made = submit(w, add_type(w, steps), answers);
    return made;
}

/* The action is run by the team's member once it failed: an automatic one stands with the request's
 * assignee. */
static void assign_member(struct world *w, const json_t *request)
{
    struct org_writer out;
    json_t *now = request_of(w, request);
    struct rv_request_patch in = { .version = json_integer_value(json_object_get(now, "version")),
                                   .has_assignee = true,
                                   .assignee_id = w->member };
    org_fixture_as(&w->o, w->member);
    org_fixture_must(&w->o, rv_request_update(w->o.cx, rv_json_member_str(request, "id"), &in,
                                              org_writer_begin(&out)));
    (void)org_writer_end(&w->o, &out);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void a_5xx_is_retried_after_1_5_and_15_minutes_with_the_same_key_and_bytes_ar25(void **state)
{
    struct world w;
    static const int statuses[] = { 503, 429, 500, 202 };
    static const int64_t minutes[] = { 1, 5, 15 };
    struct rv_job job;
    (void)state;
    open_world(&w);
    memcpy(engine.statuses, statuses, sizeof statuses);
    json_t *made = submit_action(&w, "{\"q1\":\"12\"}");
    for (int i = 0; i < 3; i++) {
        int64_t before = w.o.s.now_ms;
        assert_true(run_job(&w, "request.action", rv_action_job));
        assert_state(&w, made, "a1", "RUNNING");
        assert_true(find_job(&w, "request.action", &job));
        assert_int_equal(job.due_at - (i == 0 ? before : w.o.s.now_ms), minutes[i] * 60000);
        assert_non_null(strstr(json_string_value(json_object_get(step_of(&w, made, "a1"), "error")),
                               "tried again"));
    }
    assert_true(run_job(&w, "request.action", rv_action_job));
    assert_false(find_job(&w, "request.action", &job));
    assert_int_equal(engine.calls, 4);
    for (int i = 1; i < 4; i++) {
        assert_string_equal(engine.keys[i], engine.keys[0]);
        assert_string_equal(engine.bodies[i], engine.bodies[0]);
    }
    assert_string_equal(engine.keys[0],
                        rv_z(w.o.cx, rv_printf(w.o.cx, "%.*s:a1:1",
                                               RV_FMT(rv_json_member_str(made, "id")))));
    assert_non_null(
        strstr(engine.bodies[0],
               "{\"inputs\":{\"count\":12},\"caller\":{\"product\":\"access-requests\""));
    assert_state(&w, made, "a1", "COMPLETED");
    assert_string_equal(json_string_value(json_object_get(step_of(&w, made, "a1"), "runId")),
                        "01a214f9-c296-7e98-96ec-d2b08b9f9425");
    assert_string_equal(json_string_value(json_object_get(request_of(&w, made), "status")),
                        "RESOLVED");
    close_world(&w);
}

static void
after_the_last_retry_the_step_fails_and_run_again_repeats_the_call_unless_a_new_run_is_wanted(
    void **state)
{
    struct world w;
    static const int statuses[] = { 503, 503, 503, 503, 503, 202 };
    (void)state;
    open_world(&w);
    memcpy(engine.statuses, statuses, sizeof statuses);
    json_t *made = submit_action(&w, "{\"q1\":\"12\"}");
    assign_member(&w, made);
    for (int i = 0; i < 4; i++)
        assert_true(run_job(&w, "request.action", rv_action_job));
    assert_state(&w, made, "a1", "FAILED");
    assert_non_null(
        strstr(json_string_value(json_object_get(step_of(&w, made, "a1"), "error")), "4 tries"));
    run_again(&w, made, false);
    assert_true(run_job(&w, "request.action", rv_action_job));
    assert_string_equal(engine.keys[4], engine.keys[0]);
    assert_string_equal(engine.bodies[4], engine.bodies[0]);
    assert_state(&w, made, "a1", "RUNNING");
    for (int i = 0; i < 3; i++)
        engine.statuses[5 + i] = 503;
    for (int i = 0; i < 3; i++)
        assert_true(run_job(&w, "request.action", rv_action_job));
    engine.statuses[engine.calls] = 202;
    run_again(&w, made, true);
    assert_true(run_job(&w, "request.action", rv_action_job));
    assert_string_not_equal(engine.keys[engine.calls - 1], engine.keys[0]);
    assert_state(&w, made, "a1", "COMPLETED");
    assert_int_equal(json_integer_value(json_object_get(step_of(&w, made, "a1"), "attempt")), 2);
    close_world(&w);
}

static void
a_refusal_fails_at_once_in_its_own_words_and_the_next_attempt_has_a_key_of_its_own(void **state)
{
    static const struct {
        int status;
        const char *words;
    } cases[] = {
        { 400, "Failed to run task: Do it (API validation failed. count is too large)" },
        { 401, "not allowed to run this workflow" }, { 403, "not allowed to run this workflow" },
        { 404, "no longer allowed to see this workflow, or it was deleted" }, { 409, "The workflow is off" }, { 422, "API validation failed" },
    };
    struct world w;
    (void)state;
    open_world(&w);
    json_t *made = submit_action(&w, "{\"q1\":\"12\"}");
    assign_member(&w, made);
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        engine.statuses[i] = cases[i].status;
        assert_true(run_job(&w, "request.action", rv_action_job));
        assert_state(&w, made, "a1", "FAILED");
        assert_non_null(strstr(json_string_value(json_object_get(step_of(&w, made, "a1"), "error")),
                               cases[i].words));
        assert_string_equal(engine.keys[i],
                            rv_z(w.o.cx, rv_printf(w.o.cx, "%.*s:a1:%zu",
                                                   RV_FMT(rv_json_member_str(made, "id")), i + 1)));
        assert_string_equal(engine.as[i], engine.as[0]);
        run_again(&w, made, false);
    }
    close_world(&w);
}

static void nothing_is_sent_for_a_request_that_was_closed_meanwhile(void **state)
{
    struct world w;
    struct org_writer out;
    struct rv_job job;
    (void)state;
    open_world(&w);
    json_t *made = submit_action(&w, "{\"q1\":\"12\"}");
    org_fixture_as(&w.o, w.requester);
    org_fixture_must(&w.o, rv_request_do(w.o.cx, rv_json_member_str(made, "id"),
                                         RV_REQUEST_DO_CANCEL, org_writer_begin(&out)));
    (void)org_writer_end(&w.o, &out);
    assert_true(run_job(&w, "request.action", rv_action_job));
    assert_int_equal(engine.calls, 0);
    assert_false(find_job(&w, "request.action", &job));
    assert_state(&w, made, "a1", "SKIPPED");
    close_world(&w);
}

static void a_timer_of_one_minute_opens_its_step_after_it_also_across_a_restart_ar75(void **state)
{
    static const char steps[] = "[{\"id\":\"w\",\"kind\":\"TIMER\",\"text\":\"Wait\",\"timer\":{"
                                "\"n\":1,\"unit\":\"MINUTES\"}},"
                                "{\"id\":\"t\",\"kind\":\"CUSTOM_TASK\",\"text\":\"Then\","
                                "\"assignTo\":{\"type\":\"REQUESTER\"},"
                                "\"logic\":{\"match\":\"ALL\",\"conditions\":[{\"stepId\":\"w\","
                                "\"op\":\"IS_COMPLETED\"}]}}]";
    struct world w;
    struct rv_job job;
    (void)state;
    open_world(&w);
    int64_t start = w.o.s.now_ms;
    json_t *made = submit(&w, add_type(&w, steps), "{}");
    assert_string_equal(json_string_value(json_object_get(made, "status")), "PENDING");
    store_fixture_reopen(&w.o.s);
    assert_true(find_job(&w, "request.timer", &job));
    assert_int_equal(job.due_at, start + 60000);
    assert_state(&w, made, "t", "HIDDEN");
    assert_true(run_job(&w, "request.timer", rv_timer_job));
    assert_state(&w, made, "w", "COMPLETED");
    assert_state(&w, made, "t", "OPEN");
    assert_string_equal(json_string_value(json_object_get(request_of(&w, made), "status")), "OPEN");
    assert_false(find_job(&w, "request.timer", &job));
    close_world(&w);
}

static void a_timer_ends_after_ninety_days_at_the_latest(void **state)
{
    static const char steps[] = "[{\"id\":\"w\",\"kind\":\"TIMER\",\"text\":\"Wait\",\"timer\":{"
                                "\"n\":400,\"unit\":\"DAYS\"}}]";
    struct world w;
    struct rv_job job;
    (void)state;
    open_world(&w);
    int64_t start = w.o.s.now_ms;
    json_t *made = submit(&w, add_type(&w, steps), "{}");
    assert_true(find_job(&w, "request.timer", &job));
    assert_int_equal(job.due_at, start + INT64_C(90) * 86400000);
    assert_true(run_job(&w, "request.timer", rv_timer_job));
    assert_string_equal(json_string_value(json_object_get(request_of(&w, made), "status")),
                        "RESOLVED");
    close_world(&w);
}

static void erasing_the_requests_of_a_type_takes_their_jobs_along(void **state)
{
    struct world w;
    struct rv_job job;
    (void)state;
    open_world(&w);
    json_t *made = submit_action(&w, "{\"q1\":\"12\"}");
    rv_str type_id = rv_json_member_str(json_object_get(made, "requestType"), "id");
    org_fixture_root(&w.o);
    org_fixture_must(&w.o, rv_request_erase_type(w.o.cx, type_id));
    assert_false(find_job(&w, "request.action", &job));
    org_fixture_root(&w.o);
    struct org_writer out;
    assert_int_equal(rv_request_get(w.o.cx, rv_json_member_str(made, "id"), org_writer_begin(&out)),
                     RV_NOT_FOUND);
    rv_buf_done(&out.b);
    close_world(&w);
}

/* access-requests.md 2.10: the column "Leaves to", and what re-opening adds. */
static void steps_move_only_as_the_table_of_states_says(void **state)
{
    static const char *const allowed[RV_STEP_STATES] = {
        [RV_STEP_HIDDEN] = "ASSIGNING COMPLETED SKIPPED",
        [RV_STEP_ASSIGNING] = "OPEN RUNNING FAILED SKIPPED",
        [RV_STEP_OPEN] = "COMPLETED RUNNING FAILED LOCKED",
        [RV_STEP_RUNNING] = "COMPLETED FAILED SKIPPED",
        [RV_STEP_FAILED] = "RUNNING COMPLETED FAILED LOCKED",
        [RV_STEP_COMPLETED] = "",
        [RV_STEP_SKIPPED] = "HIDDEN",
        [RV_STEP_LOCKED] = "OPEN FAILED",
    };
    (void)state;
    for (int from = 0; from < RV_STEP_STATES; from++) {
        int ways = 0, words = allowed[from][0] != '\0';
        for (const char *p = allowed[from]; *p != '\0'; p++)
            words += *p == ' ';
        for (int e = 0; e < RV_STEP_EVENTS; e++) {
            struct rv_step s = { .state = (enum rv_step_state)from };
            if (!rv_step_can_move(&s, (enum rv_step_event)e))
                continue;
            rv_step_move(&s, (enum rv_step_event)e);
            ways++;
            assert_true(s.dirty);
            assert_non_null(strstr(allowed[from], rv_step_state_names[s.state]));
        }
        assert_int_equal(ways, words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_move_only_as_the_table_of_states_says),
        cmocka_unit_test(
            a_5xx_is_retried_after_1_5_and_15_minutes_with_the_same_key_and_bytes_ar25),
        cmocka_unit_test(
            after_the_last_retry_the_step_fails_and_run_again_repeats_the_call_unless_a_new_run_is_wanted),
        cmocka_unit_test(
            a_refusal_fails_at_once_in_its_own_words_and_the_next_attempt_has_a_key_of_its_own),
        cmocka_unit_test(nothing_is_sent_for_a_request_that_was_closed_meanwhile),
        cmocka_unit_test(a_timer_of_one_minute_opens_its_step_after_it_also_across_a_restart_ar75),
        cmocka_unit_test(a_timer_ends_after_ninety_days_at_the_latest),
        cmocka_unit_test(erasing_the_requests_of_a_type_takes_their_jobs_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
