/* flows/call.c: the door's inside: what a card's function reads, writes and decides.
 *
 * Reading applies the lenient rules where the value is read, never where it is passed on
 * (flopack.md 20). Nothing here looks anything up beyond the few fields of the card at hand. */
#include "flows/flows_int.h"
#include <math.h>
#include <stdio.h>

struct rv_cx *rv_call_cx(struct rv_call *c)
{
    RV_CHECK(c, RV_CALL_TAG);
    return c->cx;
}

/* A field without a group comes before one of the same key in a group, whose keys the author may
 * have made. */
static int find_in(const struct rv_call *c, const char *key)
{
    int found = -1;
    for (size_t i = 0; i < c->step->in_n; i++) {
        if (!rv_str_eq(c->step->in[i].field.key, rv_str_of(key)))
            continue;
        if (c->step->in[i].field.group.n == 0)
            return (int)i;
        found = found < 0 ? (int)i : found;
    }
    return found;
}

json_t *rv_in(struct rv_call *c, const char *key)
{
    int i = find_in(c, key);
    return i >= 0 && !json_is_null(c->in[i]) ? c->in[i] : NULL;
}

static rv_status wrong_type(struct rv_call *c, const char *key, const char *expected,
                            const json_t *v)
{
    int i = find_in(c, key);
    rv_str label = i >= 0 ? c->step->in[i].field.label : rv_str_of(key);
    return rv_fail(c->cx, RV_INVALID, "the field \"%.*s\" must be %s, not %s", RV_FMT(label),
                   expected, rv_value_type_name(v));
}

rv_status rv_in_text(struct rv_call *c, const char *key, rv_str *ret)
{
    return rv_value_text(c->cx, rv_in(c, key), ret);
}

rv_status rv_in_num(struct rv_call *c, const char *key, bool *ret_some, double *ret)
{
    const json_t *v = rv_in(c, key);
    *ret_some = !rv_value_empty(v);
    *ret = 0;
    if (*ret_some && !rv_value_num(v, ret))
        return wrong_type(c, key, "a number", v);
    return RV_OK;
}

rv_status rv_in_bool(struct rv_call *c, const char *key, bool *ret)
{
    const json_t *v = rv_in(c, key);
    *ret = false;
    return rv_value_empty(v) || rv_value_bool(v, ret) ? RV_OK
                                                      : wrong_type(c, key, "true or false", v);
}

rv_status rv_in_date(struct rv_call *c, const char *key, int64_t *ret_ms)
{
    const json_t *v = rv_in(c, key);
    *ret_ms = RV_NO_TIME;
    if (rv_value_empty(v))
        return RV_OK;
    if (!rv_value_date(v, ret_ms))
        return wrong_type(c, key, "a date & time", v);
    return RV_OK;
}

rv_status rv_in_list(struct rv_call *c, const char *key, json_t **ret)
{
    return rv_value_list(c->cx, rv_in(c, key), ret);
}

rv_str rv_option(struct rv_call *c, const char *key)
{
    return rv_json_member_str(c->step->options, key);
}

json_t *rv_option_value(struct rv_call *c, const char *key)
{
    return json_object_get(c->step->options, key);
}

size_t rv_in_count(const struct rv_call *c)
{
    return c->step->in_n;
}

json_t *rv_in_at(struct rv_call *c, size_t i, struct rv_field *ret_field)
{
    if (ret_field != NULL)
        *ret_field = c->step->in[i].field;
    return json_is_null(c->in[i]) ? NULL : c->in[i];
}

bool rv_in_declared(const struct rv_call *c, size_t i)
{
    const struct rv_field *f = &c->step->in[i].field;
    const struct rv_pin *p = c->step->card->in;
    if (f->group.n > 0 || f->key.p == NULL)
        return false;
    while (p != NULL && p->key != NULL &&
           (p->group != NULL || !rv_str_eq(f->key, rv_str_of(p->key))))
        p++;
    if (p == NULL || p->key == NULL)
        return false;
    for (size_t k = 0; k < i; k++)
        if (c->step->in[k].field.group.n == 0 && rv_str_eq(c->step->in[k].field.key, f->key))
            return false;
    return true;
}

/* ---- outputs --------------------------------------------------------------------------------- */

rv_status rv_out_at(struct rv_call *c, size_t i, json_t *value)
{
    if (i >= c->step->out_n) {
        json_decref(value);
        return RV_OK;
    }
    json_decref(c->out[i]);
    c->out[i] = value != NULL ? value : json_null();
    return RV_OK;
}

rv_status rv_out(struct rv_call *c, const char *key, json_t *value)
{
    for (size_t i = 0; i < c->step->out_n; i++)
        if (rv_str_eq(c->step->out[i].field.key, rv_str_of(key)))
            return rv_out_at(c, i, value);
    json_decref(value);
    return RV_OK;
}

rv_status rv_out_text(struct rv_call *c, const char *key, rv_str value)
{
    json_t *j = rv_value_of_text(value);
    if (j == NULL)
        return rv_fail(c->cx, RV_INVALID, "the text is too large or not valid Unicode");
    return rv_out(c, key, j);
}

size_t rv_out_count(const struct rv_call *c)
{
    return c->step->out_n;
}

void rv_out_field(const struct rv_call *c, size_t i, struct rv_field *ret)
{
    *ret = c->step->out[i].field;
}

/* ---- the run --------------------------------------------------------------------------------- */

const struct rv_start *rv_call_start(const struct rv_call *c)
{
    return &c->start;
}

const struct rv_card *rv_call_card(const struct rv_call *c)
{
    return c->step->card;
}

rv_str rv_call_effect_id(struct rv_call *c)
{
    static const uint8_t ns[16] = { 0x9c, 0x1d, 0x6b, 0x52, 0x0f, 0x3a, 0x4e, 0x77,
                                    0x8a, 0x41, 0xd2, 0x5e, 0x60, 0xb3, 0x17, 0xc8 };
    return rv_id_uuid5(c->cx, ns, rv_printf(c->cx, "%s/%.*s", c->run->id, RV_FMT(c->step->id)));
}

int rv_call_attempt(const struct rv_call *c)
{
    return (int)c->run->attempt + 1;
}

bool rv_call_has_connection(const struct rv_call *c)
{
    return c->step->connection_id.n > 0;
}

struct lookup {
    rv_str id, flow_id;
    struct rv_connection_row row;
    const struct rv_principal *as;
};

/* Flows move between folders: whether they may use a folder's connection is asked at every call. */
static rv_status check_reach(struct rv_tx *tx, const struct lookup *l)
{
    struct rv_flow_row f;
    if (l->row.folder_id.p == NULL)
        return RV_OK;
    RV_TRY(rv_flow_brief(tx, l->flow_id, &f));
    if (rv_connection_reaches(&l->row, f.folder_path))
        return RV_OK;
    return rv_fail(
        rv_tx_cx(tx), RV_INVALID,
        "the connection \"%.*s\" belongs to another folder; choose another one in the flow",
        RV_FMT(l->row.name));
}

static rv_status lookup_tx(struct rv_tx *tx, void *arg)
{
    struct lookup *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool found;
    RV_TRY(rv_connection_row_get(tx, l->id, &found, &l->row));
    if (!found)
        return rv_fail(cx, RV_INVALID,
                       "the connection of this card was deleted; choose another one in the flow");
    RV_TRY(check_reach(tx, l));
    if (!rv_str_eq(l->row.transport, RV_STR("LOCAL")))
        return RV_OK;
    rv_status st = rv_principal_of_user_in(tx, l->row.principal_id, &l->as);
    return rv_wrap(cx, st, "the connection \"%.*s\" acts as a person who is gone or not active",
                   RV_FMT(l->row.name));
}

rv_status rv_call_connection(struct rv_call *c, struct rv_card_connection *ret)
{
    struct lookup l = { .id = c->step->connection_id, .flow_id = c->run->program->flow_id };
    if (l.id.n == 0)
        return rv_fail(c->cx, RV_INVALID, "this card has no connection; choose one in the flow");
    RV_TRY(rv_store_read(c->cx, lookup_tx, &l));
    *ret = (struct rv_card_connection){ .id = l.row.id,
                                        .name = l.row.name,
                                        .connector = l.row.connector,
                                        .local = l.as != NULL,
                                        .as = l.as };
    return l.as != NULL ? RV_OK : rv_connection_open(c->cx, &l.row, ret);
}

/* ---- control --------------------------------------------------------------------------------- */

rv_status rv_branch(struct rv_call *c, bool which)
{
    c->act = RV_CALL_BRANCH;
    c->which = which;
    return RV_OK;
}

rv_status rv_lane(struct rv_call *c, rv_str name)
{
    c->act = RV_CALL_LANE;
    c->lane = name;
    return RV_OK;
}

rv_status rv_stop(struct rv_call *c, rv_str message)
{
    c->act = RV_CALL_STOP;
    c->message = message;
    return RV_OK;
}

rv_status rv_return(struct rv_call *c)
{
    c->act = RV_CALL_RETURN;
    return RV_OK;
}

static void keep_raw(struct rv_run *r, const struct rv_raw *a)
{
    json_decref(r->raw.headers);
    json_decref(r->raw.body);
    r->raw = a == NULL
                 ? (struct rv_raw){ 0 }
                 : (struct rv_raw){ a->status, json_incref(a->headers), json_incref(a->body) };
}

rv_status rv_return_raw(struct rv_call *c, const struct rv_raw *a)
{
    c->act = RV_CALL_RETURN_RAW;
    keep_raw(c->run, a);
    return RV_OK;
}

rv_status rv_answer(struct rv_call *c, const struct rv_raw *a)
{
    struct rv_engine *e = c->run->e;
    rv_str root = rv_json_member_str(c->run->parent, "root_execution_id"),
           id = root.p != NULL ? root : rv_str_of(c->run->id);
    struct rv_line *line = rv_line_claim(rv_engine_lines(e), id);
    if (line == NULL)
        return RV_OK; /* nobody waits, or no longer */
    rv_engine_note_answer(e, id);
    rv_line_answer(rv_engine_lines(e), line, a);
    return RV_OK;
}

enum { PAUSE_MAX_DAYS = 365 };

rv_status rv_pause(struct rv_call *c, const struct rv_raw *a)
{
    if (c->run->attempt > 0)
        return rv_fail(c->cx, RV_LIMIT, "nobody resumed the run within %d days", PAUSE_MAX_DAYS);
    c->act = RV_CALL_PAUSE;
    c->delay_ms = (int64_t)PAUSE_MAX_DAYS * 86400000;
    c->message = RV_STR("paused until it is resumed");
    keep_raw(c->run, a);
    return RV_OK;
}

rv_status rv_card_error(struct rv_call *c, int code, rv_str raw, const char *format, ...)
{
    char text[RV_ERROR_TEXT_MAX + 8], whole[RV_ERROR_TEXT_MAX + 1];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap); /* cut rather than lost */
    va_end(ap);
    rv_utf8_copy(whole, sizeof whole, rv_str_of(text)); /* not within a letter */
    c->code = code;
    c->raw = raw;
    return rv_fail(c->cx, RV_REFUSED, "%s", whole);
}

void rv_card_error_fields(struct rv_call *c, json_t *fields)
{
    json_decref(c->fields);
    c->fields = json_incref(fields);
}

rv_status rv_wait(struct rv_call *c, rv_status (*then)(struct rv_call *c))
{
    c->act = RV_CALL_WAIT;
    c->then = then;
    return RV_OK;
}

void rv_resume(struct rv_call *c)
{
    RV_CHECK(c, RV_CALL_TAG);
    struct rv_run *r = c->run;
    if (atomic_exchange(&c->phase, RV_PHASE_RESUMED) == RV_PHASE_WAITING)
        rv_engine_enqueue(r->e, r);
}

void rv_call_set(struct rv_call *c, void *state)
{
    c->state = state;
}

void *rv_call_get(const struct rv_call *c)
{
    return c->state;
}

void rv_call_stalled(struct rv_call *c, enum rv_stall why)
{
    c->stall = why;
}

rv_status rv_retry_later(struct rv_call *c, int64_t delay_ms, const char *format, ...)
{
    char text[RV_ERROR_TEXT_MAX + 1];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap); /* cut rather than lost */
    va_end(ap);
    rv_utf8_mend(text, strlen(text));
    c->act = RV_CALL_RETRY;
    c->delay_ms = delay_ms;
    c->message = rv_dup(c->cx, rv_str_of(text));
    return RV_OK;
}
