/* requests/action_values.c: what a flow gets from a request: the values of its inputs and the
 * caller object (access-requests.md 3.3, 3.5).
 *
 * A source gives a value with a type of its own; one table says by which function that type becomes
 * the type of the input, and where it has none the pair is not selectable. Values are resolved when
 * the action starts, in that transaction, and kept with the step: every repetition sends the same
 * bytes. A value that does not fit is a sentence, not an error. */
#include "requests/request_int.h"
#include <stdlib.h>

enum from { FROM_TEXT, FROM_DATE, FROM_MANY, FROM_FIXED, FROM_NUMBER, FROM_BOOLEAN, FROM_N };
enum to { TO_TEXT, TO_NUMBER, TO_DATETIME, TO_BOOLEAN, TO_N };
static const char *const to_names[TO_N] = { "text", "number", "datetime", "boolean" };

struct value {
    enum from from;
    rv_str text; /* absent: empty */
    double number;
    bool flag;
};
struct fill {
    struct rv_tx *tx;
    struct rv_cx *cx;
    struct rv_request *q;
    struct rv_step *s;
    struct rv_jw *w;
    rv_str input, problem;
};

static rv_status problem(struct fill *f, rv_str value, const char *what)
{
    f->problem =
        rv_printf(f->cx, "input %.*s: \"%.*s\" is not %s", RV_FMT(f->input), RV_FMT(value), what);
    rv_jw_null(f->w);
    return f->problem.p != NULL ? RV_OK : RV_BUSY;
}

/* ---- conversions: write one value ------------------------------------------------------------ */

static rv_status as_text(struct fill *f, const struct value *v)
{
    rv_jw_str(f->w, v->text);
    return RV_OK;
}

static rv_status text_as_number(struct fill *f, const struct value *v)
{
    rv_str t = rv_str_trim(v->text);
    size_t digits = 0;
    for (size_t i = 0; i < t.n; i++) {
        digits += t.p[i] >= '0' && t.p[i] <= '9';
        if ((t.p[i] < '0' || t.p[i] > '9') && t.p[i] != '.' &&
            !((t.p[i] == '-' || t.p[i] == '+') && i == 0))
            return problem(f, v->text, "a number");
    }
    char *end;
    const char *z = rv_z(f->cx, t);
    double d = strtod(z, &end);
    if (digits == 0 || digits > 300 || *end != '\0')
        return problem(f, v->text, "a number");
    rv_jw_num(f->w, d);
    return RV_OK;
}

static rv_status date_as_instant(struct fill *f, const struct value *v)
{
    int64_t ms;
    RV_TRY(rv_request_day_start(f->tx, f->q, v->text, &ms));
    rv_jw_time(f->w, ms);
    return RV_OK;
}

static rv_status text_as_instant(struct fill *f, const struct value *v)
{
    int y, m, d;
    int64_t ms;
    struct value date = { .text = rv_str_trim(v->text) };
    if (rv_date_parse(date.text, &y, &m, &d))
        return date_as_instant(f, &date);
    if (!rv_time_parse(date.text, &ms))
        return problem(f, v->text, "a date");
    rv_jw_time(f->w, ms);
    return RV_OK;
}

static rv_status text_as_flag(struct fill *f, const struct value *v)
{
    static const struct {
        const char *word;
        bool flag;
    } words[] = { { "true", true },   { "yes", true }, { "1", true },
                  { "false", false }, { "no", false }, { "0", false } };
    for (size_t i = 0; i < RV_LEN(words); i++)
        if (rv_str_eq_nocase(rv_str_trim(v->text), rv_str_of(words[i].word))) {
            rv_jw_bool(f->w, words[i].flag);
            return RV_OK;
        }
    return problem(f, v->text, "true or false");
}

static rv_status number_as_number(struct fill *f, const struct value *v)
{
    rv_jw_num(f->w, v->number);
    return RV_OK;
}

static rv_status flag_as_flag(struct fill *f, const struct value *v)
{
    rv_jw_bool(f->w, v->flag);
    return RV_OK;
}

static rv_status (*const conversions[FROM_N][TO_N])(struct fill *f, const struct value *v) = {
    [FROM_TEXT] = { as_text, text_as_number, text_as_instant, text_as_flag },
    [FROM_DATE] = { as_text, NULL, date_as_instant, NULL },
    [FROM_MANY] = { as_text, NULL, NULL, NULL },
    [FROM_FIXED] = { as_text, NULL, NULL, NULL },
    [FROM_NUMBER] = { as_text, number_as_number, NULL, NULL },
    [FROM_BOOLEAN] = { as_text, NULL, NULL, flag_as_flag },
};

/* ---- sources: give one value ----------------------------------------------------------------- */

static rv_status person(struct fill *f, rv_str id, bool login, struct value *ret)
{
    const struct rv_face *who;
    *ret = (struct value){ .from = FROM_FIXED };
    if (id.n == 0)
        return RV_OK;
    RV_TRY(rv_face_get(f->tx, &f->q->faces, id, &who));
    ret->text = login ? who->p.login : who->p.email;
    return RV_OK;
}

static rv_status requester_email(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    return person(f, f->q->requester_id, false, ret);
}
static rv_status requester_login(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    return person(f, f->q->requester_id, true, ret);
}
static rv_status assignee_email(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    return person(f, f->q->assignee_id, false, ret);
}
static rv_status subject(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    *ret = (struct value){ .from = FROM_FIXED, .text = f->q->subject };
    return RV_OK;
}
static rv_status request_id(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    *ret = (struct value){ .from = FROM_FIXED, .text = f->q->id };
    return RV_OK;
}
static rv_str link_of(struct fill *f)
{
    return rv_printf(f->cx, "%.*s/requests/%" PRId64, RV_FMT(rv_base_url(f->cx)), f->q->number);
}
static rv_status request_url(struct fill *f, const json_t *source, struct value *ret)
{
    (void)source;
    *ret = (struct value){ .from = FROM_FIXED, .text = link_of(f) };
    return RV_OK;
}
static rv_status approver_email(struct fill *f, const json_t *source, struct value *ret)
{
    const struct rv_step *s = rv_step_find(f->q, rv_json_member_str(source, "stepId"));
    return person(f, s != NULL && s->kind == RV_STEP_APPROVAL ? s->ended_by : RV_NONE_STR, false,
                  ret);
}
static rv_status constant(struct fill *f, const json_t *source, struct value *ret)
{
    const json_t *v = json_object_get(source, "value");
    char digits[32];
    (void)f;
    *ret = (struct value){ .from = FROM_TEXT, .text = rv_json_str(v) };
    if (json_is_number(v))
        *ret = (struct value){
            .from = FROM_NUMBER,
            .number = json_number_value(v),
            .text =
                rv_dup(f->cx, (rv_str){ digits, rv_double_format(json_number_value(v), digits) })
        };
    else if (json_is_boolean(v))
        *ret = (struct value){ .from = FROM_BOOLEAN,
                               .flag = json_is_true(v),
                               .text = json_is_true(v) ? RV_STR("true") : RV_STR("false") };
    return RV_OK;
}

/* Answers by the question's type: names of choices, the e-mail of a person, dates as they are. */
static rv_status question(struct fill *f, const json_t *source, struct value *ret)
{
    struct rv_step *s = rv_step_find(f->q, rv_json_member_str(source, "stepId"));
    const json_t *v = NULL;
    *ret = (struct value){ .from = FROM_TEXT };
    if (s == NULL || s->state != RV_STEP_COMPLETED)
        return RV_OK;
    RV_TRY(rv_step_answer(f->cx, s, &v));
    if (v == NULL)
        return RV_OK;
    if (rv_str_eq(s->input_type, RV_STR("USER")))
        return person(f, rv_json_str(v), false, ret);
    *ret = (struct value){ .from = FROM_TEXT, .text = s->answer_text };
    if (json_is_number(v))
        *ret = (struct value){ .from = FROM_NUMBER,
                               .text = s->answer_text,
                               .number = json_number_value(v) };
    else if (json_is_boolean(v))
        *ret = (struct value){ .from = FROM_BOOLEAN,
                               .text = json_is_true(v) ? RV_STR("true") : RV_STR("false"),
                               .flag = json_is_true(v) };
    else if (json_is_array(v))
        ret->from = FROM_MANY;
    else if (rv_str_eq(s->input_type, RV_STR("DATE")))
        ret->from = FROM_DATE;
    return RV_OK;
}

static const struct {
    const char *name;
    rv_status (*get)(struct fill *f, const json_t *source, struct value *ret);
} sources[] = {
    { "REQUESTER_EMAIL", requester_email }, { "REQUEST_SUBJECT", subject }, { "ASSIGNEE_EMAIL", assignee_email }, { "QUESTION", question },
    { "CONSTANT", constant }, { "REQUEST_ID", request_id }, { "REQUEST_URL", request_url }, { "APPROVER_EMAIL", approver_email },
    { "REQUESTER_LOGIN", requester_login },
};

static rv_status write_input(struct fill *f, const json_t *input)
{
    const json_t *source =
        json_object_getn(json_object_get(f->s->def, "inputs"), rv_json_member_str(input, "key").p,
                         rv_json_member_str(input, "key").n);
    rv_str name = rv_json_member_str(source, "source"), type = rv_json_member_str(input, "type");
    struct value v = { .from = FROM_TEXT };
    size_t to = TO_TEXT;
    f->input = rv_json_member_str(input, "label");
    if (f->input.n == 0)
        f->input = rv_json_member_str(input, "key");
    for (size_t i = 0; i < TO_N; i++)
        if (rv_str_eq(type, rv_str_of(to_names[i])))
            to = i;
    for (size_t i = 0; i < RV_LEN(sources); i++)
        if (rv_str_eq(name, rv_str_of(sources[i].name)))
            RV_TRY(sources[i].get(f, source, &v));
    rv_jw_key_str(f->w, rv_json_member_str(input, "key"));
    if (v.text.n == 0) {
        rv_jw_null(f->w);
        return RV_OK;
    }
    if (conversions[v.from][to] == NULL)
        return problem(f, v.text,
                       to == TO_NUMBER    ? "a number"
                       : to == TO_BOOLEAN ? "true or false"
                                          : "a date");
    return conversions[v.from][to](f, &v);
}

static rv_status write_inputs(struct fill *f)
{
    const json_t *inputs = json_object_get(f->s->def, "flowInputs");
    rv_jw_obj(f->w);
    for (size_t i = 0; i < json_array_size(inputs) && f->problem.p == NULL; i++)
        RV_TRY(write_input(f, json_array_get(inputs, i)));
    rv_jw_obj_end(f->w);
    return RV_OK;
}

/* ---- the caller object (3.5) ----------------------------------------------------------------- */

static void write_pair(struct rv_jw *w, const char *key, rv_str id, const char *second, rv_str text)
{
    rv_jw_key(w, key);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kstr(w, second, text);
    rv_jw_obj_end(w);
}

static rv_status write_people(struct fill *f)
{
    const struct rv_face *who;
    struct rv_jw *w = f->w;
    RV_TRY(rv_face_get(f->tx, &f->q->faces, f->q->requester_id, &who));
    rv_jw_key(w, "requester");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", f->q->requester_id);
    rv_jw_kstr(w, "login", who->p.login);
    rv_jw_kstr(w, "email", who->p.email);
    rv_jw_obj_end(w);
    rv_jw_key(w, "creator");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", f->q->creator_id);
    rv_jw_obj_end(w);
    if (f->q->assignee_id.n == 0) {
        rv_jw_key(w, "assignee");
        rv_jw_null(w);
        return RV_OK;
    }
    RV_TRY(rv_face_get(f->tx, &f->q->faces, f->q->assignee_id, &who));
    write_pair(w, "assignee", f->q->assignee_id, "email", who->p.email);
    return RV_OK;
}

static rv_status write_caller(struct fill *f)
{
    struct rv_request *q = f->q;
    struct rv_jw *w = f->w;
    RV_TRY(rv_request_team(f->tx, q));
    rv_jw_obj(w);
    rv_jw_kstr(w, "product", RV_STR("access-requests"));
    rv_jw_kstr(w, "type", RV_STR("request"));
    rv_jw_kint(w, "schemaVersion", 1);
    rv_jw_key(w, "request");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", q->id);
    rv_jw_kint(w, "number", q->number);
    rv_jw_kstr(w, "subject", q->subject);
    rv_jw_kstr(w, "url", link_of(f));
    rv_jw_kstr(w, "kind", RV_STR("REQUEST_TYPE"));
    rv_jw_obj_end(w);
    rv_jw_key(w, "requestType");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", q->type_id);
    rv_jw_kstr(w, "name", q->type_name);
    rv_jw_kint(w, "version", q->type_version);
    rv_jw_obj_end(w);
    rv_jw_key(w, "step");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", f->s->id);
    rv_jw_kstr(w, "text", f->s->text);
    rv_jw_kint(w, "attempt", f->s->attempt);
    rv_jw_obj_end(w);
    write_pair(w, "team", q->team_id, "name", q->team.name);
    RV_TRY(write_people(f));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status take(struct fill *f, struct rv_buf *b, rv_status st, rv_str *ret)
{
    rv_str text;
    RV_TRY(st);
    RV_TRY(rv_buf_str(f->cx, b, &text));
    *ret = rv_dup(f->cx, text);
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_action_values(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                           rv_str *ret_body, rv_str *ret_inputs, rv_str *ret_problem)
{
    struct rv_jw w;
    struct rv_buf b;
    struct fill f = { .tx = tx, .cx = rv_tx_cx(tx), .q = q, .s = s, .w = &w };
    rv_str caller = RV_NONE_STR;
    RV_TRY(rv_request_define(tx, q));
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_status st = take(&f, &b, write_inputs(&f), ret_inputs);
    rv_buf_clear(&b);
    rv_jw_init(&w, &b);
    if (st == RV_OK)
        st = take(&f, &b, write_caller(&f), &caller);
    rv_buf_done(&b);
    RV_TRY(st);
    *ret_body =
        rv_printf(f.cx, "{\"inputs\":%.*s,\"caller\":%.*s}", RV_FMT(*ret_inputs), RV_FMT(caller));
    *ret_problem = f.problem;
    return ret_body->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_request_day_start(struct rv_tx *tx, struct rv_request *q, rv_str date, int64_t *ret_ms)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_civil day = { 0 };
    const struct rv_face *who;
    if (!rv_date_parse(date, &day.year, &day.month, &day.day))
        return rv_fail(cx, RV_INVALID, "%.*s is no date", RV_FMT(date));
    RV_TRY(rv_face_get(tx, &q->faces, q->requester_id, &who));
    rv_str zones[] = { who->p.zone, rv_org_zone(cx), RV_STR("UTC") };
    for (size_t i = 0; i < RV_LEN(zones); i++) {
        if (zones[i].n == 0)
            continue;
        rv_status st = rv_zone_to_utc(cx, zones[i], &day, ret_ms);
        if (st != RV_INVALID)
            return st;
        rv_error_clear(cx); /* a zone that the system does not know: the next one counts */
    }
    return rv_fail(cx, RV_INTERNAL, "the zone UTC is missing");
}
