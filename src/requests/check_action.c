/* requests/check_action.c: "Check this action": the nine preconditions of Run a workflow
 * (access-requests.md 3.2).
 *
 * Each line is looked at now, by itself, so that two missing things are two sentences. What only
 * the flow engine knows is asked over the API, as the Access Requests app and, for "is there such a
 * flow at all", as the system. A name of a flow is told only when the app may see it. */
#include "requests/type_int.h"

enum { FEATURE, FLOW, ROLE, SET, BOUND, INTEGRATION, RESOURCE, LISTS, SYNCED };
_Static_assert(SYNCED + 1 == RV_CHECK_N, "nine lines");

struct checking {
    struct rv_cx *cx;
    rv_str team_id, flow_id, flow_name; /* flow_name: "The flow" when it may not be told */
    const json_t *steps;
    struct rv_check_line *lines;
    bool flow_there, flow_on, app_may;
};

static rv_status line(struct checking *c, int n, bool ok, const char *link, rv_str sentence)
{
    c->lines[n] = (struct rv_check_line){ .ok = ok,
                                          .sentence = sentence,
                                          .link = link != NULL ? rv_dup(c->cx, rv_str_of(link))
                                                               : RV_NONE_STR };
    return sentence.p != NULL ? RV_OK : RV_BUSY;
}
#define LINE(c, n, ok, link, ...) line((c), (n), (ok), (link), rv_printf((c)->cx, __VA_ARGS__))

/* ---- what the flow engine knows -------------------------------------------------------------- */

static bool is_plain(rv_str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'A' && id.p[i] <= 'Z') ||
              (id.p[i] >= 'a' && id.p[i] <= 'z')))
            return false;
    return true;
}

/* GET of one delegated flow, or of the list; *ret is NULL unless it was answered with 200. */
static rv_status ask(struct checking *c, const struct rv_principal *as, json_t **ret)
{
    struct rv_answer answer;
    struct rv_local_call call = { .as = as,
                                  .method = RV_STR("GET"),
                                  .target = RV_STR("/reeve/api/v1/delegated-flows?limit=1") };
    *ret = NULL;
    if (c->flow_id.n > 0 && !is_plain(c->flow_id))
        return RV_OK;
    if (c->flow_id.n > 0)
        call.target = rv_printf(c->cx, "/reeve/api/v1/delegated-flows/%.*s", RV_FMT(c->flow_id));
    RV_TRY(rv_local_call(c->cx, &call, &answer));
    return answer.status == 200 ? rv_json_parse(c->cx, answer.body, &rv_json_limits_default, ret)
                                : RV_OK;
}

static rv_status ask_engine(struct checking *c, const struct rv_principal *app)
{
    json_t *all, *seen = NULL;
    RV_TRY(ask(c, &rv_principal_system, &all));
    if (app != NULL)
        RV_TRY(ask(c, app, &seen));
    if (c->flow_id.n == 0) {
        c->flow_there = c->flow_on = json_array_size(json_object_get(all, "data")) > 0;
        c->app_may = json_is_true(
            json_object_get(json_array_get(json_object_get(seen, "data"), 0), "mayInvoke"));
        return RV_OK;
    }
    c->flow_there = all != NULL;
    c->flow_on = json_is_true(json_object_get(all, "enabled"));
    c->app_may = json_is_true(json_object_get(seen, "mayInvoke"));
    if (seen != NULL)
        c->flow_name = rv_printf(c->cx, "“%.*s”", RV_FMT(rv_json_member_str(seen, "name")));
    return RV_OK;
}

/* ---- lines 1 to 5 ---------------------------------------------------------------------------- */

static rv_status check_feature(struct checking *c)
{
    bool on = rv_feature_on(c->cx->env, RV_WORKFLOW_FEATURE);
    return LINE(c, FEATURE, on, "/settings/features",
                on ? "The feature Okta Workflows actions in Access Requests is on."
                   : "The feature Okta Workflows actions in Access Requests is off. Switch it on "
                     "under Settings, Features.");
}

static rv_status check_flow(struct checking *c)
{
    bool chosen = c->flow_id.n > 0;
    const char *link =
        rv_z(c->cx, chosen && c->flow_there ? rv_printf(c->cx, "/flows/%.*s", RV_FMT(c->flow_id))
                                            : RV_STR("/flows"));
    if (c->flow_there && c->flow_on)
        return chosen
                   ? LINE(c, FLOW, true, link, "%.*s begins with a Delegated Flow card and is on.",
                          RV_FMT(c->flow_name))
                   : LINE(c, FLOW, true, link,
                          "There is a flow that begins with a Delegated Flow card and is on.");
    if (c->flow_there)
        return LINE(c, FLOW, false, link, "%.*s is off. Switch it on.", RV_FMT(c->flow_name));
    return chosen ? LINE(c, FLOW, false, link,
                         "The chosen flow does not exist any more, or does not begin with a "
                         "Delegated Flow card. Choose another one.")
                  : LINE(c, FLOW, false, link,
                         "No flow begins with a Delegated Flow card and is on. Build one, or "
                         "switch one on.");
}

static rv_status check_role(struct checking *c, const struct rv_principal *app)
{
    struct rv_delegation d = { 0 };
    bool chosen = c->flow_id.n > 0;
    RV_TRY(rv_delegation_facts(c->cx, app != NULL ? app->id : RV_STR(""),
                               chosen ? c->flow_id : RV_NONE_STR, &d));
    RV_TRY(LINE(c, ROLE, d.role, "/settings/administrators/roles",
                d.role ? "An administrator role has the permission Run delegated flow."
                       : "No administrator role has the permission Run delegated flow. Create one "
                         "under Administrators, Roles."));
    RV_TRY(LINE(c, SET, d.resources, "/settings/administrators/resource-sets",
                d.resources ? (chosen ? "A resource set contains this flow."
                                      : "A resource set contains delegated flows.")
                : chosen ? "No resource set contains this flow. Add it, or all flows, to one under "
                           "Administrators, Resources."
                         : "No resource set contains delegated flows. Add all flows, or chosen "
                           "ones, under Administrators, Resources."));
    if (app == NULL)
        return LINE(c, BOUND, false, "/settings/applications",
                    "The Access Requests application was deleted or is not active. Activate it "
                    "under Applications.");
    bool bound = d.bound && (c->app_may || !c->flow_there || (!chosen && !c->flow_on));
    return LINE(
        c, BOUND, bound, "/settings/administrators/roles",
        bound ? "The Access Requests application is assigned that role with that resource set."
              : "The Access Requests application is not assigned a role with Run delegated flow "
                "for %s. Add it under Administrators, Edit assignment.",
        chosen ? "this flow" : "delegated flows");
}

/* ---- lines 6 to 9: what a snapshot knows ----------------------------------------------------- */

static rv_status check_access(struct checking *c, struct rv_tx *tx)
{
    struct rv_team team = { .name = c->team_id };
    bool found, in, on, open;
    RV_TRY(rv_team_load(tx, c->team_id, &found, &team));
    rv_str name = found ? team.name : c->team_id;
    RV_TRY(rv_integration_allows(tx, c->team_id, "RUN_WORKFLOW", &in, &on));
    if (in && on)
        RV_TRY(
            LINE(c, INTEGRATION, true, "/settings/integrations",
                 "Team %.*s is selected in the Okta integration, and Run a workflow is on there.",
                 RV_FMT(name)));
    else if (!in)
        RV_TRY(LINE(c, INTEGRATION, false, "/settings/integrations",
                    "Team %.*s is not selected in the Okta integration%s. Edit it under Settings, "
                    "Integrations.",
                    RV_FMT(name), on ? "" : ", and Run a workflow is off there"));
    else
        RV_TRY(LINE(c, INTEGRATION, false, "/settings/integrations",
                    "Run a workflow is off in the Okta integration. Switch it on under Settings, "
                    "Integrations."));
    RV_TRY(rv_resource_open_to(tx, "workflows", c->team_id, &open));
    return open ? LINE(c, RESOURCE, true, "/settings/resources/workflows",
                       "Team %.*s has access to the resource Workflows.", RV_FMT(name))
                : LINE(c, RESOURCE, false, "/settings/resources/workflows",
                       "Team %.*s has no access to the resource Workflows. Give it under Settings, "
                       "Resources, Workflows.",
                       RV_FMT(name));
}

/* The first list of the type that the team may not use. */
static rv_status find_closed_list(struct checking *c, struct rv_tx *tx, rv_str *ret_sentence,
                                  bool *ret_any)
{
    size_t i;
    json_t *step;
    bool found, shared;
    rv_str name;
    json_array_foreach(c->steps, i, step)
    {
        rv_str id = rv_json_member_str(step, "configListId");
        if (id.n == 0)
            continue;
        *ret_any = true;
        RV_TRY(rv_list_load(tx, id, c->team_id, &found, &shared, &name));
        if (found && shared)
            continue;
        rv_str text = rv_json_member_str(step, "text");
        *ret_sentence =
            found ? rv_printf(c->cx,
                              "The team has no access to the list %.*s, which “%.*s” uses. Share "
                              "it under Settings, Configuration lists.",
                              RV_FMT(name), RV_FMT(text))
                  : rv_printf(
                        c->cx,
                        "The list that “%.*s” uses does not exist any more. Choose another one.",
                        RV_FMT(text));
        return RV_OK;
    }
    return RV_OK;
}

static rv_status check_lists(struct checking *c, struct rv_tx *tx)
{
    rv_str sentence = RV_NONE_STR;
    bool any = false;
    RV_TRY(find_closed_list(c, tx, &sentence, &any));
    if (sentence.p != NULL)
        return line(c, LISTS, false, "/settings/lists", sentence);
    return LINE(c, LISTS, true, "/settings/lists",
                any ? "The team has access to every configuration list of this request type."
                    : "This request type uses no configuration list.");
}

static rv_status check_synced(struct checking *c, struct rv_tx *tx)
{
    struct rv_synced_flow flow;
    bool found = false;
    int64_t n = 0;
    if (c->flow_id.n > 0)
        RV_TRY(rv_synced_flow_load(tx, c->flow_id, &found, &flow));
    else
        RV_TRY(rv_synced_flow_count(tx, &n));
    if (found || n > 0)
        return LINE(c, SYNCED, true, "/settings/resources/workflows",
                    found ? "The workflow list was synchronised since this flow appeared."
                          : "The workflow list is synchronised.");
    return LINE(
        c, SYNCED, false, "/settings/resources/workflows",
        "The synchronised workflow list %s. Order Update now under Settings, Resources, Workflows.",
        c->flow_id.n > 0 ? "does not contain this flow" : "is empty");
}

static rv_status snapshot_tx(struct rv_tx *tx, void *arg)
{
    struct checking *c = arg;
    RV_TRY(check_access(c, tx));
    RV_TRY(check_lists(c, tx));
    return check_synced(c, tx);
}

rv_status rv_check_action(struct rv_cx *cx, rv_str team_id, rv_str flow_id, const json_t *steps,
                          struct rv_check_line lines[RV_CHECK_N])
{
    struct checking c = { .cx = cx,
                          .team_id = team_id,
                          .flow_id = flow_id,
                          .flow_name = RV_STR("The chosen flow"),
                          .steps = steps,
                          .lines = lines };
    const struct rv_principal *app = NULL;
    if (rv_principal_access_requests(cx, &app) != RV_OK) {
        rv_error_clear(cx); /* line 5 says it */
        app = NULL;
    }
    RV_TRY(ask_engine(&c, app));
    RV_TRY(check_feature(&c));
    RV_TRY(check_flow(&c));
    RV_TRY(check_role(&c, app));
    return rv_store_read(cx, snapshot_tx, &c);
}

rv_status rv_check_before_run(struct rv_cx *cx, rv_str team_id, rv_str flow_id,
                              rv_str *ret_sentence)
{
    struct rv_check_line lines[RV_CHECK_N];
    *ret_sentence = RV_NONE_STR;
    RV_TRY(rv_check_action(cx, team_id, flow_id, NULL, lines));
    for (int i = FEATURE; i <= RESOURCE && ret_sentence->p == NULL; i++)
        if (!lines[i].ok)
            *ret_sentence = lines[i].sentence;
    return RV_OK;
}

/* ---- of a step ------------------------------------------------------------------------------- */

struct of_step {
    rv_str id, step_id, team_id, flow_id;
    json_t *steps;
};

static rv_status step_tx(struct rv_tx *tx, void *arg)
{
    struct of_step *o = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_row t;
    struct rv_object object;
    size_t at;
    RV_TRY(rv_type_row_get(tx, o->id, &t));
    RV_TRY(rv_type_object(tx, t.id, t.team_id, &object));
    RV_TRY(rv_authz(cx, tx, RV_A_REQUEST_TYPE_EDIT, object));
    RV_TRY(rv_type_parse(cx, t.steps, &o->steps));
    const json_t *step = rv_type_step(o->steps, o->step_id, &at);
    if (step == NULL || !rv_str_eq(rv_json_member_str(step, "kind"), RV_STR("ACTION")))
        return rv_fail_field(cx, "/stepId", "IDENTIFIER_NOT_FOUND",
                             "stepId must be an action of this request type");
    o->team_id = t.team_id;
    o->flow_id = rv_json_member_str(step, "flowId");
    return RV_OK;
}

rv_status rv_request_type_check(struct rv_cx *cx, rv_str id, rv_str step_id, struct rv_jw *w)
{
    struct of_step o = { .id = id, .step_id = step_id };
    struct rv_check_line lines[RV_CHECK_N];
    RV_TRY(rv_store_read(cx, step_tx, &o));
    RV_TRY(rv_check_action(cx, o.team_id, o.flow_id, o.steps, lines));
    rv_jw_obj(w);
    rv_jw_key(w, "lines");
    rv_jw_arr(w);
    for (int i = 0; i < RV_CHECK_N; i++) {
        rv_jw_obj(w);
        rv_jw_kint(w, "n", i + 1);
        rv_jw_kbool(w, "ok", lines[i].ok);
        rv_jw_kstr(w, "sentence", lines[i].sentence);
        rv_jw_kstr(w, "link", lines[i].link);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}
