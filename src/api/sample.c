/* api/sample.c: the sample organisation, made and removed by the product's own API.
 *
 * examples/sample-organisation.json is a list of calls; each is dispatched in-process as the first
 * administrator (or as the sample person it names), and what it makes is marked at once, so that an
 * interrupted start leaves nothing behind that the removal would not find. Removing goes through
 * the marks from the newest to the oldest. */
#include "api/api.h"
#include "requests/requests.h"

#include <time.h>
#include <unistd.h>

extern const char rv_sample_script[], rv_sample_flow[]; /* generated from examples/ */

enum { WAIT_MS = 20, WAIT_TIMES = 1000 };
struct sample {
    struct rv_cx *cx;
    json_t *vars; /* borrowed from cx */
    const struct rv_principal *admin;
};

/* The value at "a.b.0.c", or NULL. */
static const json_t *value_at(const json_t *j, rv_str path)
{
    rv_str part;
    while (j != NULL && rv_str_split(&path, '.', &part)) {
        int64_t i;
        if (json_is_array(j))
            j = rv_str_to_int(part, &i) && i >= 0 ? json_array_get(j, (size_t)i) : NULL;
        else
            j = json_object_getn(j, part.p, part.n);
    }
    return j;
}

static rv_status fill_text(struct sample *s, rv_str text, struct rv_buf *b)
{
    while (text.n > 0) {
        const char *open = memmem(text.p, text.n, "${", 2);
        if (open == NULL) {
            rv_buf_add(b, text);
            return RV_OK;
        }
        rv_str before = { text.p, (size_t)(open - text.p) };
        rv_str rest = rv_str_sub(text, before.n + 2, text.n), name;
        rv_buf_add(b, before);
        if (!rv_str_split(&rest, '}', &name))
            return rv_fail(s->cx, RV_INTERNAL, "sample organisation: '}' is missing in a value");
        const json_t *v = value_at(s->vars, name);
        if (json_is_string(v))
            rv_buf_add(b, rv_json_str(v));
        else if (json_is_integer(v))
            rv_buf_printf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        else
            return rv_fail(s->cx, RV_INTERNAL, "sample organisation: nothing is saved as %.*s",
                           RV_FMT(name));
        text = rest.p != NULL ? rest : (rv_str){ "", 0 };
    }
    return RV_OK;
}

static rv_status fill(struct sample *s, rv_str text, rv_str *ret)
{
    struct rv_buf b;
    rv_str filled;
    rv_buf_init(&b, 1 << 16);
    rv_status st = fill_text(s, text, &b);
    if (st == RV_OK)
        st = rv_buf_str(s->cx, &b, &filled);
    if (st == RV_OK)
        *ret = rv_dup(s->cx, filled);
    rv_buf_done(&b);
    return st;
}

/* A number that stands alone in a text ("${team.version}") becomes a number. */
static rv_status fill_body(struct sample *s, const json_t *body, rv_str *ret)
{
    rv_str text, filled;
    RV_TRY(rv_json_dump(s->cx, body, &text));
    RV_TRY(fill(s, text, &filled));
    struct rv_buf b;
    rv_buf_init(&b, 1 << 16);
    rv_str key = RV_STR("\"version\":\"");
    const char *at = memmem(filled.p, filled.n, key.p, key.n);
    if (at == NULL) {
        *ret = filled;
        rv_buf_done(&b);
        return RV_OK;
    }
    const char *end = memchr(at + key.n, '"', filled.n - (size_t)(at + key.n - filled.p));
    rv_buf_add(&b, (rv_str){ filled.p, (size_t)(at - filled.p) + key.n - 1 });
    rv_buf_add(&b, (rv_str){ at + key.n, (size_t)(end - at) - key.n });
    rv_buf_add(&b, (rv_str){ end + 1, filled.n - (size_t)(end + 1 - filled.p) });
    rv_str out;
    rv_status st = rv_buf_str(s->cx, &b, &out);
    if (st == RV_OK)
        *ret = rv_dup(s->cx, out);
    rv_buf_done(&b);
    return st;
}

/* One call; 2xx gives its body (an empty object when there is none), anything else is an error that
 * names the call. */
static rv_status call(struct sample *s, const struct rv_principal *as, rv_str line, rv_str body,
                      json_t **ret)
{
    rv_str target = line, method;
    struct rv_answer answer;
    if (!rv_str_split(&target, ' ', &method))
        return rv_fail(s->cx, RV_INTERNAL, "sample organisation: a call needs a method and a path");
    struct rv_local_call c = { .as = as, .method = method, .target = target, .body = body };
    RV_TRY(rv_local_call(s->cx, &c, &answer));
    if (answer.status < 200 || answer.status > 299) {
        rv_status st = answer.status == 404   ? RV_NOT_FOUND
                       : answer.status == 409 ? RV_CONFLICT
                                              : RV_INTERNAL;
        return rv_fail(s->cx, st, "sample organisation: %.*s answered %d: %.*s", RV_FMT(line),
                       answer.status, (int)(answer.body.n < 400 ? answer.body.n : 400),
                       answer.body.p != NULL ? answer.body.p : "");
    }
    return rv_json_parse(s->cx, answer.body.n > 0 ? answer.body : RV_STR("{}"),
                         &rv_json_limits_import, ret);
}

static rv_status run_each(struct sample *s, const json_t *each, json_t *items)
{
    size_t i;
    json_t *it, *ignored;
    json_array_foreach(items, i, it)
    {
        rv_str line;
        if (rv_str_eq(rv_json_member_str(it, "status"), rv_json_member_str(each, "unless")))
            continue;
        (void)json_object_set(s->vars, "it", it); /* when memory is out, fill says that nothing is saved */
        RV_TRY(fill(s, rv_json_member_str(each, "call"), &line));
        RV_TRY(call(s, s->admin, line, RV_STR("{}"), &ignored));
    }
    return RV_OK;
}

static rv_status mark(struct sample *s, const json_t *step, const json_t *answer)
{
    rv_str kind = rv_json_member_str(step, "kind"), id = rv_json_member_str(answer, "id"),
           name = RV_NONE_STR;
    static const char *const names[] = { "name", "label", "subject" };
    if (kind.p == NULL)
        return RV_OK;
    for (size_t i = 0; i < RV_LEN(names) && name.p == NULL; i++)
        name = rv_json_member_str(answer, names[i]);
    if (name.p == NULL)
        name = rv_json_str(value_at(answer, RV_STR("profile.login")));
    return rv_sample_mark(s->cx, kind, id, name.p != NULL ? name : id);
}

static rv_status run_step(struct sample *s, const json_t *step)
{
    rv_str line, body = RV_NONE_STR, as_id, save = rv_json_member_str(step, "save");
    const struct rv_principal *as = s->admin;
    json_t *answer = NULL;
    RV_TRY(fill(s, rv_json_member_str(step, "call"), &line));
    if (json_object_get(step, "body") != NULL)
        RV_TRY(fill_body(s, json_object_get(step, "body"), &body));
    else if (rv_json_member_str(step, "file").p != NULL)
        body = rv_str_of(rv_sample_flow);
    if (rv_json_member_str(step, "as").p != NULL) {
        RV_TRY(fill(s, rv_json_member_str(step, "as"), &as_id));
        RV_TRY(rv_principal_of_user(s->cx, as_id, &as));
    }
    rv_str until = rv_json_member_str(step, "until");
    RV_TRY(call(s, as, line, body, &answer));
    for (int i = 0; until.p != NULL && value_at(answer, until) == NULL; i++) {
        if (i == WAIT_TIMES)
            return rv_fail(s->cx, RV_TIMEOUT, "sample organisation: %.*s did not show %.*s in time",
                           RV_FMT(line), RV_FMT(until));
        (void)usleep(WAIT_MS * 1000);
        RV_TRY(call(s, as, line, body, &answer));
    }
    if (save.p != NULL && json_object_setn(s->vars, save.p, save.n, answer) != 0)
        return rv_fail(s->cx, RV_BUSY, "out of memory");
    RV_TRY(mark(s, step, answer));
    return json_object_get(step, "each") != NULL
               ? run_each(s, json_object_get(step, "each"), answer)
               : RV_OK;
}

static rv_status begin(struct rv_cx *cx, struct sample *s)
{
    *s = (struct sample){ .cx = cx, .vars = json_object() };
    RV_TRY(rv_json_keep(cx, s->vars));
    rv_str id;
    RV_TRY(rv_first_administrator(cx, &id));
    return rv_principal_of_user(cx, id, &s->admin);
}

static rv_status give(struct sample *s, const char *name, rv_str value)
{
    return json_object_set_new(s->vars, name, json_stringn(value.p, value.n)) == 0
               ? RV_OK
               : rv_fail(s->cx, RV_BUSY, "out of memory");
}

/* What was made or removed in many calls is told as a whole, too. */
static rv_status tell_tx(struct rv_tx *tx, void *arg)
{
    const char *event = arg;
    return rv_event_add(tx, event, true, RV_NONE_STR, NULL, 0, RV_NONE_STR);
}

rv_status rv_sample_add(struct rv_cx *cx)
{
    struct sample s;
    struct rv_sample_object *there;
    const struct rv_principal *app;
    json_t *script, *step;
    size_t i;
    RV_TRY(rv_sample_list(cx, &there));
    if (there != NULL)
        return rv_fail(
            cx, RV_CONFLICT,
            "the sample organisation is already there; 'reeve sample remove' removes it");
    RV_TRY(begin(cx, &s));
    RV_TRY(rv_principal_access_requests(cx, &app));
    RV_TRY(give(&s, "admin", s.admin->id));
    RV_TRY(give(&s, "adminLogin", s.admin->login));
    RV_TRY(give(&s, "app", app->id));
    RV_TRY(give(&s, "org", rv_org_id(cx->env)));
    RV_TRY(give(&s, "base", rv_base_url(cx)));
    uint8_t secret[24];
    rv_random(secret, sizeof secret);
    RV_TRY(give(&s, "secret", rv_base64url(cx, (rv_str){ (const char *)secret, sizeof secret })));
    RV_TRY(rv_json_parse(cx, rv_str_of(rv_sample_script), &rv_json_limits_import, &script));
    json_array_foreach(json_object_get(script, "steps"), i, step)
        RV_TRY(run_step(&s, step));
    return rv_store_write(cx, tell_tx, (void *)(uintptr_t)"reeve.sample.create"); /* read only */
}

/* How each kind is removed: up to two calls; a first one that finds nothing to do is no failure. */
static const struct {
    const char *kind, *first, *second;
} removals[] = {
    { "requestType", NULL, "DELETE /reeve/api/v1/request-types/" },
    { "team", NULL, "DELETE /reeve/api/v1/teams/" },
    { "configList", NULL, "DELETE /reeve/api/v1/config-lists/" },
    { "flow", "POST /reeve/api/v1/flows/%.*s/deactivate", "DELETE /reeve/api/v1/flows/" },
    { "folder", NULL, "DELETE /reeve/api/v1/folders/" },
    { "connection", NULL, "DELETE /reeve/api/v1/connections/" },
    { "resourceSet", NULL, "DELETE /api/v1/iam/resource-sets/" },
    { "role", NULL, "DELETE /api/v1/iam/roles/" },
    { "person", "POST /api/v1/users/%.*s/lifecycle/deactivate", "DELETE /api/v1/users/" },
};

static rv_status remove_object(struct sample *s, const struct rv_sample_object *o)
{
    json_t *ignored;
    for (size_t i = 0; i < RV_LEN(removals); i++) {
        if (!rv_str_eq(o->kind, rv_str_of(removals[i].kind)))
            continue;
        if (removals[i].first != NULL) {
            rv_str before = rv_str_of(removals[i].first), cut;
            (void)rv_str_split(&before, '%', &cut);
            rv_str line = rv_printf(s->cx, "%.*s%.*s%.*s", RV_FMT(cut), RV_FMT(o->id),
                                    (int)before.n - 3, before.p + 3);
            if (call(s, s->admin, line, RV_STR("{}"), &ignored) != RV_OK)
                rv_error_clear(s->cx); /* it was off already; what is really wrong shows at the next call */
        }
        rv_str line = rv_printf(s->cx, "%s%.*s", removals[i].second, RV_FMT(o->id));
        rv_status st = call(s, s->admin, line, RV_NONE_STR, &ignored);
        if (st == RV_NOT_FOUND) {
            rv_error_clear(s->cx);
            st = RV_OK;
        }
        RV_TRY(st);
    }
    return rv_sample_unmark(s->cx, o->id);
}

rv_status rv_sample_remove(struct rv_cx *cx)
{
    struct sample s;
    struct rv_sample_object *objects;
    RV_TRY(rv_sample_list(cx, &objects));
    if (objects == NULL)
        return rv_fail(cx, RV_NOT_FOUND, "there is no sample organisation");
    RV_TRY(begin(cx, &s));
    for (const struct rv_sample_object *o = objects; o != NULL; o = o->next) {
        if (rv_str_eq(o->kind, RV_STR("requestType")))
            RV_TRY(rv_request_erase_type(cx, o->id)); /* its requests, also those people made to try it */
    }
    for (const struct rv_sample_object *o = objects; o != NULL; o = o->next)
        RV_TRY(remove_object(&s, o));
    return rv_store_write(cx, tell_tx, (void *)(uintptr_t)"reeve.sample.delete"); /* read only */
}

/* ---- routes ---------------------------------------------------------------------------------- */

static rv_status get_sample(struct rv_req *rq)
{
    struct rv_sample_object *objects;
    struct rv_jw *w = rv_reply_json(rq);
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_SAMPLE, RV_NO_OBJECT));
    RV_TRY(rv_sample_list(rv_req_cx(rq), &objects));
    rv_jw_obj(w);
    rv_jw_kbool(w, "present", objects != NULL);
    rv_jw_key(w, "objects");
    rv_jw_arr(w);
    for (const struct rv_sample_object *o = objects; o != NULL; o = o->next) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "kind", o->kind);
        rv_jw_kstr(w, "id", o->id);
        rv_jw_kstr(w, "name", o->name);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return rv_reply(rq, 200);
}

static rv_status delete_sample(struct rv_req *rq)
{
    RV_TRY(rv_authz(rv_req_cx(rq), NULL, RV_A_SAMPLE, RV_NO_OBJECT));
    RV_TRY(rv_sample_remove(rv_req_cx(rq)));
    return rv_reply_none(rq, 204);
}

const struct rv_route rv_routes_sample[] = {
    { "GET", "/reeve/api/v1/sample", "getSample", RV_A_SAMPLE, RV_ENV_NATIVE, 0, NULL, NULL, get_sample, "What belongs to the sample organisation." },
    { "DELETE", "/reeve/api/v1/sample", "deleteSample", RV_A_SAMPLE, RV_ENV_NATIVE, 0, NULL, NULL, delete_sample, "Remove the sample organisation." },
    { .method = NULL },
};
