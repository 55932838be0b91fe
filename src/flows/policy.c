/* flows/policy.c: what a card's author wants when it fails (workflows.md 11.1, flopack.md 16).
 *
 * First, for failures that may pass, the card runs again after a wait that survives a restart. Then
 * the flow stops with the error in any case: "return" hands values to the caller, "flo" starts a
 * helper flow with the Error object and does not wait for its end. Imported policies stand in the
 * card as they were exported. */
#include "flows/flows_int.h"

enum { DELAY_DEFAULT_MS = 300000, DELAY_MAX_MS = RV_POLICY_DELAY_MAX_MS };

static rv_str type_of(const struct rv_step *s)
{
    return rv_json_member_str(s->policy, "type");
}

/* ---- once more ------------------------------------------------------------------------------- */

static bool calls_helper(const struct rv_card *card)
{
    for (const struct rv_pin *p = card->in; p != NULL && p->key != NULL; p++)
        if (p->type == RV_T_FLOW)
            return true;
    return false;
}

/* A failure that may be gone later. Rate limits only, where the author said so; a card whose effect
 * must not happen twice runs again only when it was turned away before it had any
 * (security.md 9.6). */
static bool may_pass(const struct rv_step *s, int code, bool once)
{
    static const int codes[] = { 429, 503, 504, 502, 500, 408, 425 };
    bool limits_only =
        rv_str_eq(rv_json_member_str(s->policy, "retryCondition"), RV_STR("ratelimits"));
    size_t n = once ? 2 : RV_LEN(codes);
    if ((s->card->kind != RV_CARD_EFFECT && !calls_helper(s->card)))
        return false; /* it would fail in the same way */
    if (limits_only)
        return code == 429 || (code == 504 && !once);
    for (size_t i = 0; i < n; i++)
        if (code == codes[i])
            return true;
    return false;
}

/* A number of milliseconds, or two to choose between; five minutes when nothing is said. */
static int64_t delay_of(const struct rv_step *s)
{
    const json_t *d = json_object_get(s->policy, "delay");
    double low = DELAY_DEFAULT_MS, high;
    (void)rv_value_num(json_is_array(d) ? json_array_get(d, 0) : d, &low);
    high = low;
    if (json_is_array(d))
        (void)rv_value_num(json_array_get(d, 1), &high);
    low = low < 0 ? 0 : low > DELAY_MAX_MS ? DELAY_MAX_MS : low;
    high = high < low ? low : high > DELAY_MAX_MS ? DELAY_MAX_MS : high;
    uint32_t bits;
    rv_random(&bits, sizeof bits);
    return (int64_t)(low + (high - low) * ((double)bits / (double)UINT32_MAX));
}

bool rv_policy_again(struct rv_call *c, int code, rv_str message)
{
    const struct rv_step *s = c->step;
    struct rv_run *r = c->run;
    json_int_t most = json_integer_value(json_object_get(s->policy, "retry"));
    most = most > RV_POLICY_RETRY_MAX ? RV_POLICY_RETRY_MAX : most;
    if (s->policy == NULL || s->card == NULL || c->fatal || atomic_load(&r->cancel) ||
        (json_int_t)r->attempt >= most ||
        !may_pass(s, code, s->card->once || r->effect == RV_EFFECT_SENDING))
        return false;
    c->act = RV_CALL_RETRY;
    c->delay_ms = delay_of(s);
    c->message = rv_dup(c->cx, rv_printf(c->cx, "attempt %d of %d failed: %.*s",
                                         (int)r->attempt + 1, (int)most + 1, RV_FMT(message)));
    return true;
}

/* ---- values for the caller ------------------------------------------------------------------- */

static bool declared(const struct rv_card *card, rv_str key)
{
    for (const struct rv_pin *p = card != NULL ? card->in : NULL; p != NULL && p->key != NULL; p++)
        if (p->group == NULL && rv_str_eq(key, rv_str_of(p->key)))
            return true;
    return false;
}

json_t *rv_policy_values(const struct rv_call *c)
{
    const struct rv_step *s = c->step;
    json_t *o = json_object();
    for (size_t i = 0; o != NULL && c->in != NULL && i < s->in_n; i++) {
        const struct rv_field *f = &s->in[i].field;
        if (f->group.n > 0 || f->key.p == NULL || declared(s->card, f->key) || c->in[i] == NULL)
            continue;
        if (json_object_setn(o, f->key.p, f->key.n, c->in[i]) != 0) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

bool rv_policy_returns(const struct rv_step *s)
{
    return rv_str_eq(type_of(s), RV_STR("return"));
}

/* ---- another flow ---------------------------------------------------------------------------- */

struct rv_failure {
    rv_status st;
    int code;
    rv_str message, raw;
};

bool rv_policy_calls(const struct rv_call *c)
{
    return c->step->policy != NULL && !c->fatal && c->failure == NULL &&
           !atomic_load(&c->run->cancel) && rv_str_eq(type_of(c->step), RV_STR("flo")) &&
           rv_json_member_str(c->step->policy, "flo").n > 0;
}

json_t *rv_error_object(const struct rv_run *r, const struct rv_step *s, rv_str message, int code)
{
    rv_str flow = r->program->flow_id;
    return json_pack("{s:s%, s:i, s:s%, s:s%, s:s}", "message", message.p != NULL ? message.p : "",
                     message.n, "code", code, "method", s->id.p != NULL ? s->id.p : "", s->id.n,
                     "flo", flow.p != NULL ? flow.p : "", flow.n, "execution", r->id);
}

static json_t *arguments(struct rv_call *c, const struct rv_helpers *h, size_t i)
{
    (void)h;
    (void)i;
    return rv_policy_values(c);
}

static rv_status accepted(struct rv_call *c, const struct rv_helpers *h)
{
    (void)c;
    (void)h;
    return RV_OK;
}

rv_status rv_policy_call(struct rv_call *c, rv_status st, int code)
{
    struct rv_cx *cx = c->cx;
    struct rv_failure *f = RV_NEW(cx, struct rv_failure);
    const char *message = rv_error(cx)->message;
    json_t *error;
    if (f == NULL)
        return st;
    *f = (struct rv_failure){
        .st = st, .code = code, .message = rv_dup(cx, rv_str_of(message)), .raw = rv_dup(cx, c->raw)
    };
    error = rv_error_object(c->run, c->step, f->message, code);
    if (rv_json_keep(cx, error) != RV_OK)
        return st;
    rv_error_clear(cx);
    c->failure = f;
    c->act = RV_CALL_NEXT;
    return rv_call_helpers(c, &(struct rv_helpers){ .flow_id =
                                                        rv_json_member_str(c->step->policy, "flo"),
                                                    .n = 1,
                                                    .width = 1,
                                                    .detached = true,
                                                    .inputs = arguments,
                                                    .finish = accepted,
                                                    .error = error });
}

rv_status rv_policy_back(struct rv_call *c, rv_status st)
{
    struct rv_failure *f = c->failure;
    struct rv_cx *cx = c->cx;
    rv_str more = RV_NONE_STR;
    if (f == NULL)
        return st;
    if (st != RV_OK)
        more = rv_printf(cx, "; the flow that handles the error did not start: %s",
                         rv_error(cx)->message != NULL ? rv_error(cx)->message : "out of memory");
    rv_error_clear(cx);
    c->code = f->code;
    c->raw = f->raw;
    return rv_fail(cx, f->st, "%.*s%.*s", RV_FMT(f->message), RV_FMT(more));
}
