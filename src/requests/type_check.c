/* requests/type_check.c: what stops a request type from being published, and what breaks a
 * published one.
 *
 * One pass over the steps collects every problem as a sentence with its place
 * (access-requests.md 3.3, 12.3). The same pass looks at the steps of a version when something
 * outside has changed; there a flow is judged by how its inputs differ from those stored at
 * publishing (the table of schema drift in 3.3). */
#include "requests/type_int.h"

#include <math.h>
#include <stdlib.h>

struct check {
    struct rv_tx *tx;
    struct rv_cx *cx;
    const struct rv_type_scope *scope;
    const json_t *steps, *step; /* step at hand, NULL: the type itself */
    size_t at;
    struct rv_type_problem **tail;
    rv_str team_name, flow_name;
};

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* The sentence names its step; where: pointer below the step, or of the type itself. */
static rv_status say(struct check *c, const char *where, rv_str sentence)
{
    struct rv_type_problem *p = RV_NEW(c->cx, struct rv_type_problem);
    if (p == NULL || sentence.p == NULL)
        return RV_BUSY;
    *p = (struct rv_type_problem){ .pointer = where, .sentence = sentence };
    if (c->step != NULL) {
        rv_str text = rv_json_member_str(c->step, "text");
        p->step_id = rv_json_member_str(c->step, "id");
        p->pointer = rv_z(c->cx, rv_printf(c->cx, "/steps/%zu%s", c->at, where));
        p->sentence = rv_printf(c->cx, "%.*s (step %zu “%.*s”)", RV_FMT(sentence), c->at + 1,
                                RV_FMT(text.n > 0 ? text : p->step_id));
    }
    *c->tail = p;
    c->tail = &p->next;
    return RV_OK;
}
#define SAY(c, where, ...) say((c), (where), rv_printf((c)->cx, __VA_ARGS__))

/* "End date (endDate)", or "endDate" when both are the same. */
static rv_str input_name(struct rv_cx *cx, const json_t *input)
{
    rv_str key = rv_json_member_str(input, "key"), label = rv_json_member_str(input, "label");
    return label.n == 0 || rv_str_eq(label, key)
               ? key
               : rv_printf(cx, "%.*s (%.*s)", RV_FMT(label), RV_FMT(key));
}

static const char *type_name(rv_str type)
{
    static const struct {
        const char *type, *name;
    } names[] = {
        { "text", "text" }, { "number", "number" }, { "datetime", "date & time" }, { "boolean", "true/false" }, { "TEXT", "text" },
        { "LONG_TEXT", "long text" }, { "NUMBER", "number" }, { "BOOLEAN", "true/false" }, { "DATE", "date" }, { "DROPDOWN", "drop-down" }, { "USER", "person" },
    };
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (is(type, names[i].type))
            return names[i].name;
    return "another type";
}

static const char *below(struct check *c, const char *before, rv_str key, const char *after)
{
    return rv_z(c->cx, rv_printf(c->cx, "%s%.*s%s", before,
                                 RV_FMT(rv_type_pointer_part(c->cx, key)), after));
}

/* ---- people, groups, teams ------------------------------------------------------------------- */

static rv_status check_group(struct check *c, rv_str id, const char *where, const char *what)
{
    bool found, pushed;
    rv_str name;
    if (id.n == 0)
        return SAY(c, where, "Choose the group for %s", what);
    RV_TRY(rv_group_name(c->tx, id, &found, &name));
    if (!found)
        return SAY(c, where, "The group chosen for %s does not exist any more", what);
    RV_TRY(rv_group_pushed(c->tx, id, &pushed));
    return pushed ? RV_OK
                  : SAY(c, where, "Group %.*s, chosen for %s, is not visible in Access Requests",
                        RV_FMT(name), what);
}

static rv_status check_team(struct check *c, rv_str id, const char *where, const char *what)
{
    struct rv_team t;
    bool found;
    if (id.n == 0)
        return SAY(c, where, "Choose the team for %s", what);
    RV_TRY(rv_team_load(c->tx, id, &found, &t));
    if (!found || is(t.status, "DELETED"))
        return SAY(c, where, "The team chosen for %s does not exist any more", what);
    return is(t.status, "ACTIVE")
               ? RV_OK
               : SAY(c, where, "Team %.*s, chosen for %s, is closed", RV_FMT(t.name), what);
}

static rv_status find_person(struct check *c, rv_str id, bool *ret_works, rv_str *ret_name)
{
    struct rv_person p;
    bool found;
    RV_TRY(rv_person_find(c->tx, id, &found, &p));
    found = found && rv_str_eq(p.id, id);
    *ret_name = found ? p.name : id;
    *ret_works = found && !is(p.status, "DEPROVISIONED") && !is(p.status, "SUSPENDED");
    return RV_OK;
}

static rv_status check_person(struct check *c, rv_str id, const char *where, const char *what)
{
    bool works;
    rv_str name;
    if (id.n == 0)
        return SAY(c, where, "Choose the person for %s", what);
    RV_TRY(find_person(c, id, &works, &name));
    return works ? RV_OK
                 : SAY(c, where, "%.*s, chosen for %s, left the organisation or is not active",
                       RV_FMT(name), what);
}

static rv_status check_assign(struct check *c)
{
    const json_t *to = json_object_get(c->step, "assignTo");
    rv_str type = rv_json_member_str(to, "type"), id = rv_json_member_str(to, "id");
    size_t at;
    if (is(type, "USER"))
        return check_person(c, id, "/assignTo/id", "this step");
    if (is(type, "GROUP") || is(type, "GROUP_OWNER"))
        return check_group(c, id, "/assignTo/id", "this step");
    if (is(type, "TEAM"))
        return check_team(c, id, "/assignTo/id", "this step");
    if (!is(type, "QUESTION"))
        return RV_OK;
    const json_t *q = rv_type_step(c->steps, rv_json_member_str(to, "stepId"), &at);
    if (q == NULL || at >= c->at)
        return SAY(c, "/assignTo/stepId", "Choose a question above that says who does this");
    return is(rv_json_member_str(q, "inputType"), "USER")
               ? RV_OK
               : SAY(c, "/assignTo/stepId",
                     "Only a question of the type person can say who does this");
}

/* ---- lists ----------------------------------------------------------------------------------- */

static rv_status check_list(struct check *c, rv_str id, const char *where)
{
    bool found, shared;
    rv_str name;
    RV_TRY(rv_list_load(c->tx, id, c->scope->team_id, &found, &shared, &name));
    if (!found)
        return SAY(c, where, "The configuration list does not exist any more");
    if (!shared)
        return SAY(c, where, "Team %.*s has no access to list %.*s", RV_FMT(c->team_name),
                   RV_FMT(name));
    if (c->scope->lost_item.p != NULL && rv_str_eq(c->scope->lost_item_list, id))
        return SAY(c, where, "List %.*s lost its item %.*s", RV_FMT(name),
                   RV_FMT(c->scope->lost_item));
    return RV_OK;
}

static rv_status check_options(struct check *c)
{
    rv_str list = rv_json_member_str(c->step, "configListId");
    const json_t *options = json_object_get(c->step, "options");
    size_t i, k;
    json_t *a;
    if (list.n > 0)
        return check_list(c, list, "/configListId");
    if (json_array_size(options) == 0)
        return SAY(c, list.p != NULL ? "/configListId" : "/options",
                   "Add an option or choose a list");
    json_array_foreach(options, i, a)
    {
        rv_str text = rv_str_trim(rv_json_str(a));
        if (text.n == 0)
            return SAY(c, rv_z(c->cx, rv_printf(c->cx, "/options/%zu", i)), "Option %zu is empty",
                       i + 1);
        for (k = 0; k < i; k++)
            if (rv_str_eq_nocase(text, rv_str_trim(rv_json_str(json_array_get(options, k)))))
                return SAY(c, rv_z(c->cx, rv_printf(c->cx, "/options/%zu", i)),
                           "Option “%.*s” stands there twice", RV_FMT(text));
    }
    return RV_OK;
}

/* ---- logic ----------------------------------------------------------------------------------- */

/* Is v one of the options, or an active item of the list, of a drop-down? */
static rv_status is_choice(struct check *c, const json_t *question, rv_str v, bool *ret)
{
    rv_str list = rv_json_member_str(question, "configListId"), name;
    size_t i;
    json_t *o;
    *ret = false;
    if (list.n > 0)
        return rv_list_item_name(c->tx, list, v, ret, &name);
    json_array_foreach(json_object_get(question, "options"), i, o)
        *ret = *ret || rv_str_eq_nocase(rv_str_trim(rv_json_str(o)), rv_str_trim(v));
    return RV_OK;
}

static bool is_number(const json_t *v, struct rv_cx *cx)
{
    char *end;
    if (json_is_number(v))
        return true;
    const char *z = rv_z(cx, rv_str_trim(rv_json_str(v)));
    double d = strtod(z, &end);
    return z[0] != '\0' && *end == '\0' && isfinite(d) && strspn(z, "+-.0123456789eE") == strlen(z);
}

static rv_status check_value(struct check *c, const json_t *question, rv_str op, const json_t *v,
                             const char *where)
{
    rv_str type = rv_json_member_str(question, "inputType"), text = rv_json_str(v), name;
    int y, m, d;
    bool ok = true;
    if (text.p != NULL && rv_str_trim(text).n == 0)
        return SAY(c, where, "Choose a value");
    if (is(op, "IN_LIST") || is(op, "NOT_IN_LIST"))
        return text.p != NULL ? check_list(c, text, where)
                              : SAY(c, where, "Choose a configuration list");
    if (is(type, "DATE"))
        return rv_date_parse(text, &y, &m, &d)
                   ? RV_OK
                   : SAY(c, where, "A condition on a date needs a date as YYYY-MM-DD");
    if (is(type, "NUMBER"))
        return is_number(v, c->cx) ? RV_OK
                                   : SAY(c, where, "A condition on a number needs a number");
    if (is(type, "BOOLEAN"))
        return json_is_boolean(v) || is(text, "true") || is(text, "false")
                   ? RV_OK
                   : SAY(c, where, "A condition on true/false needs true or false");
    if (is(type, "DROPDOWN"))
        RV_TRY(is_choice(c, question, text, &ok));
    else if (is(type, "USER"))
        RV_TRY(find_person(c, text, &ok, &name));
    if (ok)
        return RV_OK;
    return is(type, "USER")
               ? SAY(c, where, "The person a condition compares with does not exist any more")
               : SAY(c, where,
                     "The value a condition compares with is not among the options of “%.*s”",
                     RV_FMT(rv_json_member_str(question, "text")));
}

static rv_status check_condition(struct check *c, size_t k, const json_t *condition)
{
    rv_str op = rv_json_member_str(condition, "op");
    const json_t *values = json_object_get(condition, "values"),
                 *value = json_object_get(condition, "value"), *target;
    rv_str here = rv_printf(c->cx, "/logic/conditions/%zu", k);
    size_t at, i,
        n = values != NULL                          ? json_array_size(values)
            : value != NULL && !json_is_null(value) ? 1
                                                    : 0;
    target = rv_type_step(c->steps, rv_json_member_str(condition, "stepId"), &at);
    if (target == NULL || at >= c->at)
        return SAY(c, rv_z(c->cx, rv_printf(c->cx, "%.*s/stepId", RV_FMT(here))),
                   "Choose the step that condition %zu looks at", k + 1);
    if (!rv_type_op_has_value(op))
        return RV_OK;
    const char *where =
        rv_z(c->cx, rv_printf(c->cx, "%.*s/%s", RV_FMT(here),
                              values != NULL || is(op, "IS_BETWEEN") ? "values" : "value"));
    if (n == 0)
        return SAY(c, where, "Choose a value for condition %zu", k + 1);
    if (is(op, "IS_BETWEEN") && n != 2)
        return SAY(c, where, "Condition %zu needs two dates, from and to", k + 1);
    for (i = 0; i < n; i++)
        RV_TRY(
            check_value(c, target, op, values != NULL ? json_array_get(values, i) : value, where));
    return RV_OK;
}

static rv_status check_logic(struct check *c)
{
    size_t k;
    json_t *condition;
    json_array_foreach(json_object_get(json_object_get(c->step, "logic"), "conditions"), k,
                       condition) RV_TRY(check_condition(c, k, condition));
    return RV_OK;
}

/* ---- Run a workflow -------------------------------------------------------------------------- */

rv_status rv_type_flow_inputs(struct rv_tx *tx, rv_str flow_id, struct rv_synced_flow *ret_flow,
                              json_t **ret_inputs)
{
    bool found;
    *ret_inputs = NULL;
    RV_TRY(rv_synced_flow_load(tx, flow_id, &found, ret_flow));
    return found ? rv_type_parse(rv_tx_cx(tx), ret_flow->inputs, ret_inputs) : RV_OK;
}

static bool is_passable(rv_str type)
{
    return is(type, "text") || is(type, "number") || is(type, "datetime") || is(type, "boolean");
}

static bool constant_fits(struct check *c, const json_t *v, rv_str type)
{
    static const char *const words[] = { "true", "false", "yes", "no", "1", "0" };
    rv_str text = rv_str_trim(rv_json_str(v));
    int64_t ms;
    if (is(type, "number"))
        return is_number(v, c->cx);
    if (is(type, "datetime"))
        return text.p != NULL && rv_time_parse(text, &ms);
    if (!is(type, "boolean") || json_is_boolean(v))
        return true;
    for (size_t i = 0; i < RV_LEN(words); i++)
        if (text.p != NULL && rv_str_eq_nocase(text, rv_str_of(words[i])))
            return true;
    return json_is_integer(v) && (json_integer_value(v) == 0 || json_integer_value(v) == 1);
}

/* A source that is a step: a question of a type that fits, or an approval. */
static rv_status check_step_source(struct check *c, const json_t *source, const json_t *input,
                                   const char *where)
{
    rv_str id = rv_json_member_str(source, "stepId"), type = rv_json_member_str(input, "type"),
           name = input_name(c->cx, input);
    bool question = is(rv_json_member_str(source, "source"), "QUESTION");
    size_t at;
    const json_t *from = rv_type_step(c->steps, id, &at);
    if (from == NULL || !is(rv_json_member_str(from, "kind"), question ? "QUESTION" : "APPROVAL"))
        return SAY(c, where, "Input %.*s of %.*s takes its value from %s that was deleted",
                   RV_FMT(name), RV_FMT(c->flow_name), question ? "a question" : "an approval");
    rv_str text = rv_json_member_str(from, "text");
    if (at >= c->at)
        return SAY(
            c, where,
            "Input %.*s of %.*s can only take its value from a step above; “%.*s” stands below",
            RV_FMT(name), RV_FMT(c->flow_name), RV_FMT(text));
    if (question ? rv_type_feeds(from, type) : is(type, "text"))
        return RV_OK;
    return SAY(c, where, "Input %.*s of %.*s is a %s and cannot take the %s of “%.*s”",
               RV_FMT(name), RV_FMT(c->flow_name), type_name(type),
               !question ? "approver"
               : json_is_true(json_object_get(from, "multi"))
                   ? "several choices"
                   : type_name(rv_json_member_str(from, "inputType")),
               RV_FMT(text));
}

static rv_status check_source(struct check *c, const json_t *input)
{
    rv_str key = rv_json_member_str(input, "key"), type = rv_json_member_str(input, "type"),
           name = input_name(c->cx, input);
    const json_t *source = json_object_getn(json_object_get(c->step, "inputs"), key.p, key.n);
    rv_str from = rv_json_member_str(source, "source");
    const char *where = below(c, "/inputs/", key, "");
    bool empty = is(from, "CONSTANT") && json_is_string(json_object_get(source, "value")) &&
                 rv_str_trim(rv_json_str(json_object_get(source, "value"))).n == 0;
    if (source == NULL || empty)
        return json_is_true(json_object_get(input, "required"))
                   ? SAY(c, where, "Input %.*s of %.*s needs a value", RV_FMT(name),
                         RV_FMT(c->flow_name))
                   : RV_OK;
    if (is(from, "QUESTION") || is(from, "APPROVER_EMAIL"))
        return check_step_source(c, source, input, where);
    if (is(from, "CONSTANT"))
        return constant_fits(c, json_object_get(source, "value"), type)
                   ? RV_OK
                   : SAY(c, below(c, "/inputs/", key, "/value"),
                         "The fixed value for input %.*s of %.*s is not a %s", RV_FMT(name),
                         RV_FMT(c->flow_name), type_name(type));
    return is(type, "text")
               ? RV_OK
               : SAY(c, where, "Input %.*s of %.*s is a %s and cannot take a text of the request",
                     RV_FMT(name), RV_FMT(c->flow_name), type_name(type));
}

static const json_t *input_by_key(const json_t *inputs, rv_str key)
{
    size_t i;
    json_t *input;
    json_array_foreach(inputs, i, input)
    {
        if (rv_str_eq(rv_json_member_str(input, "key"), key))
            return input;
    }
    return NULL;
}

/* What changed since publishing (3.3): new optional inputs and looser ones are harmless. */
static rv_status check_drift(struct check *c, const json_t *now)
{
    const json_t *then = json_object_get(c->step, "flowInputs");
    size_t i;
    json_t *input;
    json_array_foreach(then, i, input)
    {
        const json_t *same = input_by_key(now, rv_json_member_str(input, "key"));
        rv_str name = input_name(c->cx, input), was = rv_json_member_str(input, "type"),
               type = rv_json_member_str(same, "type");
        if (same == NULL)
            RV_TRY(SAY(c, "/flowId", "Input %.*s of %.*s was removed or renamed", RV_FMT(name),
                       RV_FMT(c->flow_name)));
        else if (!rv_str_eq(was, type))
            RV_TRY(SAY(c, "/flowId", "Input %.*s of %.*s was a %s and is a %s now", RV_FMT(name),
                       RV_FMT(c->flow_name), type_name(was), type_name(type)));
    }
    json_array_foreach(now, i, input)
    {
        const json_t *before = input_by_key(then, rv_json_member_str(input, "key"));
        if (json_is_true(json_object_get(input, "required")) &&
            !json_is_true(json_object_get(before, "required")))
            RV_TRY(SAY(c, "/flowId", "Input %.*s of %.*s is required now",
                       RV_FMT(input_name(c->cx, input)), RV_FMT(c->flow_name)));
    }
    return RV_OK;
}

/* May the team use the action at all (lines 1, 6 and 7 of 3.2)? */
static rv_status check_access(struct check *c, bool *ret_ok)
{
    bool team, on, open;
    *ret_ok = false;
    if (!rv_feature_on(c->cx->env, RV_WORKFLOW_FEATURE))
        return SAY(c, "/action", "The feature Okta Workflows actions in Access Requests is off");
    RV_TRY(rv_integration_allows(c->tx, c->scope->team_id, "RUN_WORKFLOW", &team, &on));
    if (!team)
        return SAY(c, "/action", "Team %.*s is not selected in the Okta integration",
                   RV_FMT(c->team_name));
    if (!on)
        return SAY(c, "/action", "Run a workflow is switched off in the Okta integration");
    RV_TRY(rv_resource_open_to(c->tx, "workflows", c->scope->team_id, &open));
    if (!open)
        return SAY(c, "/action", "Team %.*s has no access to the resource Workflows",
                   RV_FMT(c->team_name));
    *ret_ok = true;
    return RV_OK;
}

static rv_status check_workflow(struct check *c)
{
    rv_str id = rv_json_member_str(c->step, "flowId"),
           live = rv_json_str(json_object_getn(c->scope->live, id.p != NULL ? id.p : "", id.n));
    struct rv_synced_flow flow;
    json_t *inputs, *input;
    size_t i;
    if (id.n == 0)
        return SAY(c, "/flowId", "Choose the workflow to run");
    RV_TRY(rv_type_flow_inputs(c->tx, id, &flow, &inputs));
    rv_str known = rv_json_member_str(c->step, "flowName");
    c->flow_name = inputs != NULL ? flow.name : known.p != NULL ? known : id;
    if (is(live, "OFF"))
        return SAY(c, "/flowId", "The workflow %.*s is off", RV_FMT(c->flow_name));
    if (is(live, "GONE"))
        return SAY(c, "/flowId", "The workflow %.*s was deleted, or Access Requests may not run it",
                   RV_FMT(c->flow_name));
    if (inputs == NULL)
        return live.p != NULL
                   ? SAY(c, "/flowId",
                         "The workflow is not synchronised yet: order Update now under Settings, "
                         "Resources")
                   : SAY(c, "/flowId",
                         "The workflow %.*s is off, was deleted, or Access Requests may not run it",
                         RV_FMT(c->flow_name));
    json_array_foreach(inputs, i, input)
    {
        rv_str type = rv_json_member_str(input, "type");
        if (!is_passable(type))
            return SAY(c, "/flowId",
                       "The workflow %.*s declares input %.*s as %.*s, which cannot be passed",
                       RV_FMT(c->flow_name), RV_FMT(input_name(c->cx, input)), RV_FMT(type));
    }
    if (c->scope->published)
        return check_drift(c, inputs);
    json_array_foreach(inputs, i, input)
        RV_TRY(check_source(c, input));
    return RV_OK;
}

static rv_status check_action(struct check *c)
{
    bool ok;
    RV_TRY(check_access(c, &ok));
    return ok ? check_workflow(c) : RV_OK;
}

static rv_status check_timer(struct check *c)
{
    rv_str until = rv_json_member_str(json_object_get(c->step, "timer"), "untilStepId");
    size_t at;
    if (!RV_REQUESTS_HAVE_TIMERS)
        return SAY(c, "/timer", "Timers cannot be published yet");
    if (until.p == NULL)
        return RV_OK;
    const json_t *q = rv_type_step(c->steps, until, &at);
    if (q == NULL || at >= c->at || !is(rv_json_member_str(q, "inputType"), "DATE"))
        return SAY(c, "/timer/untilStepId", "Choose a date question above that ends this timer");
    return RV_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static rv_status check_step(struct check *c)
{
    rv_str kind = rv_json_member_str(c->step, "kind");
    if (rv_str_trim(rv_json_member_str(c->step, "text")).n == 0)
        RV_TRY(SAY(c, "/text", "Enter a text"));
    RV_TRY(check_assign(c));
    RV_TRY(check_logic(c));
    if (is(rv_json_member_str(c->step, "inputType"), "DROPDOWN"))
        return check_options(c);
    return is(kind, "ACTION") ? check_action(c) : is(kind, "TIMER") ? check_timer(c) : RV_OK;
}

static rv_status check_type(struct check *c)
{
    rv_str audience = rv_json_member_str(c->scope->audience, "type"),
           id = rv_json_member_str(c->scope->audience, "id");
    struct rv_team t;
    bool found;
    RV_TRY(rv_team_load(c->tx, c->scope->team_id, &found, &t));
    c->team_name = found ? t.name : c->scope->team_id;
    if (!found || !is(t.status, "ACTIVE"))
        RV_TRY(SAY(c, "/teamId", "Team %.*s is closed or was deleted", RV_FMT(c->team_name)));
    if (is(audience, "GROUP"))
        RV_TRY(check_group(c, id, "/audience/id", "the audience"));
    if (is(audience, "TEAM"))
        RV_TRY(check_team(c, id, "/audience/id", "the audience"));
    if (json_array_size(c->steps) == 0)
        return SAY(c, "/steps", "Add a step");
    if (c->scope->auto_resolve && !rv_type_has_foreign_step(c->steps))
        return SAY(c, "/autoResolve",
                   "Add a task or question for somebody other than the requester, or switch off "
                   "automatic closing");
    return RV_OK;
}

rv_status rv_type_check(struct rv_tx *tx, const struct rv_type_scope *scope, const json_t *steps,
                        struct rv_type_problem **ret)
{
    struct check c = { .tx = tx, .cx = rv_tx_cx(tx), .scope = scope, .steps = steps, .tail = ret };
    json_t *step;
    *ret = NULL;
    RV_TRY(check_type(&c));
    json_array_foreach(steps, c.at, step)
    {
        c.step = step;
        RV_TRY(check_step(&c));
    }
    return RV_OK;
}

/* ---- hints ----------------------------------------------------------------------------------- */

static void warn(struct rv_jw *w, const json_t *step, rv_str sentence)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "stepId", rv_json_member_str(step, "id"));
    rv_jw_kstr(w, "sentence", sentence);
    rv_jw_obj_end(w);
}

/* Optional inputs that the flow has now and the published version does not know. */
static rv_status warn_of_inputs(struct rv_tx *tx, const json_t *step, const json_t *published,
                                struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_synced_flow flow;
    json_t *inputs, *input;
    size_t at, i;
    const json_t *then = rv_type_step(published, rv_json_member_str(step, "id"), &at);
    rv_str id = rv_json_member_str(step, "flowId");
    if (then == NULL || id.p == NULL || !rv_str_eq(rv_json_member_str(then, "flowId"), id))
        return RV_OK;
    RV_TRY(rv_type_flow_inputs(tx, id, &flow, &inputs));
    json_array_foreach(inputs, i, input)
    {
        rv_str key = rv_json_member_str(input, "key");
        if (input_by_key(json_object_get(then, "flowInputs"), key) == NULL &&
            json_object_getn(json_object_get(step, "inputs"), key.p, key.n) == NULL)
            warn(w, step,
                 rv_printf(cx,
                           "%.*s has a new input %.*s; the published version sends nothing for it",
                           RV_FMT(flow.name), RV_FMT(input_name(cx, input))));
    }
    return RV_OK;
}

static bool is_long(const json_t *timer)
{
    rv_str unit = rv_json_member_str(timer, "unit");
    int64_t n = json_integer_value(json_object_get(timer, "n")),
            minutes = is(unit, "DAYS")    ? n * 1440
                      : is(unit, "HOURS") ? n * 60
                                          : n;
    return minutes > INT64_C(90) * 1440;
}

rv_status rv_type_write_warnings(struct rv_tx *tx, const json_t *steps, const json_t *published,
                                 struct rv_jw *w)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const json_t *approval = NULL;
    size_t i;
    json_t *step;
    rv_jw_arr(w);
    json_array_foreach(steps, i, step)
    {
        rv_str kind = rv_json_member_str(step, "kind");
        if (approval != NULL && !is(kind, "APPROVAL") && json_object_get(step, "logic") == NULL)
            warn(w, step,
                 rv_printf(cx, "This step runs even when “%.*s” is denied",
                           RV_FMT(rv_json_member_str(approval, "text"))));
        if (is(kind, "TIMER") && is_long(json_object_get(step, "timer")))
            warn(w, step, RV_STR("This timer ends after 90 days"));
        if (is(kind, "ACTION"))
            RV_TRY(warn_of_inputs(tx, step, published, w));
        approval = is(kind, "APPROVAL") ? step : approval;
    }
    rv_jw_arr_end(w);
    return RV_OK;
}
