/* flows/rules.c: what an author may set on a card: numbers within their ranges, and what happens
 * when it fails (workflows.md 10.3, 11.1, 16). Looked at when a flow is saved, beyond the structure
 * that definition.c checks and because some of it asks the store.
 *
 * What stood in the flow before is not looked at again. Export files come in with whatever they
 * hold (flopack.md 16) and run within the limits, and who changes one card of such a flow need not
 * mend the others. Every problem is a cause with the place, and its sentence names card and field.
 */
#include "flows/flows_int.h"
#include <math.h>

enum { Q_KIND, Q_N };
static const struct rv_sql rules_sql[Q_N] = {
    [Q_KIND] = { .name = "rules_flow_kind",
                 .text = "SELECT kind FROM flow WHERE id = :id",
                 .in = "id:text",
                 .out = "kind:text" },
};
RV_SQL_MODULE(rules, rules_sql);

struct rules {
    struct rv_cx *cx;
    struct rv_tx *tx;
    json_t *before; /* id → card; borrowed cards */
    bool bad;
};
struct place {
    const json_t *card;
    const char *at; /* JSON pointer of the card */
};

static void problem(struct rules *k, const struct place *p, const char *member, rv_str field,
                    const char *reason, const char *rule)
{
    rv_str title = rv_json_member_str(p->card, "title");
    rv_str at = rv_printf(k->cx, "%s/%s", p->at, member);
    if (title.n == 0)
        title = rv_json_member_str(p->card, "card");
    (void)rv_fail_field(k->cx, rv_z(k->cx, at), reason, "The field \"%.*s\" of card \"%.*s\" %s.",
                        RV_FMT(field), RV_FMT(title), rule); /* collected; reported at the end */
    k->bad = true;
}

static bool in_range(const json_t *v, double low, double high)
{
    return json_is_number(v) && json_number_value(v) >= low && json_number_value(v) <= high;
}

/* Also a text that reads as one, as it does when the card runs. */
static bool is_whole(const json_t *v, double low, double high)
{
    double d;
    return rv_value_num(v, &d) && d >= low && d <= high && floor(d) == d;
}

/* ---- when it fails --------------------------------------------------------------------------- */

static void policy_problem(struct rules *k, const struct place *p, const char *name,
                           const char *reason, const char *rule)
{
    rv_str member = rv_printf(k->cx, "policy/%s", name),
           field = rv_printf(k->cx, "policy.%s", name);
    problem(k, p, rv_z(k->cx, member), field, reason, rule);
}

static bool has_handler(const json_t *card)
{
    size_t i;
    json_t *lane;
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        if (rv_str_eq(rv_json_member_str(lane, "name"), RV_STR("handler")))
            return true;
    }
    return false;
}

/* Absent is as good as "finish". */
static void check_type(struct rules *k, const struct place *p, const json_t *policy)
{
    static const char *const types[] = { "finish", "return", "flo", "handler" };
    rv_str type = rv_json_member_str(policy, "type");
    bool known = json_object_get(policy, "type") == NULL;
    for (size_t i = 0; i < RV_LEN(types); i++)
        known = known || rv_str_eq(type, rv_str_of(types[i]));
    if (!known)
        policy_problem(k, p, "type", "ENUM", "must be finish, return or flo");
    else if (rv_str_eq(type, RV_STR("handler")) && !has_handler(p->card))
        policy_problem(k, p, "type", "ENUM", "can be handler only on a card that has such a lane");
}

static void check_retry(struct rules *k, const struct place *p, const json_t *policy)
{
    const json_t *retry = json_object_get(policy, "retry");
    if (retry != NULL && (!json_is_number(retry) || !is_whole(retry, 0, RV_POLICY_RETRY_MAX)))
        policy_problem(k, p, "retry", "RANGE", "must be a whole number from 0 to 5");
}

/* Milliseconds, or two numbers of them to choose between. */
static void check_delay(struct rules *k, const struct place *p, const json_t *policy)
{
    const json_t *delay = json_object_get(policy, "delay"), *low = delay, *high = delay;
    if (json_is_array(delay) && json_array_size(delay) == 2) {
        low = json_array_get(delay, 0);
        high = json_array_get(delay, 1);
    }
    if (delay == NULL ||
        (in_range(low, 0, RV_POLICY_DELAY_MAX_MS) && in_range(high, 0, RV_POLICY_DELAY_MAX_MS) &&
         json_number_value(low) <= json_number_value(high)))
        return;
    policy_problem(k, p, "delay", "RANGE",
                   "must be a number of milliseconds from 0 to 86400000 (a day), or two of them, "
                   "the smaller one first");
}

static void check_condition(struct rules *k, const struct place *p, const json_t *policy)
{
    const json_t *condition = json_object_get(policy, "retryCondition");
    if (condition != NULL && !rv_str_eq(rv_json_str(condition), RV_STR("ratelimits")))
        policy_problem(k, p, "retryCondition", "ENUM", "must be ratelimits, or be left out");
}

/* What any other type has there is a leftover (flopack.md 16). */
static rv_status check_helper(struct rules *k, const struct place *p, const json_t *policy)
{
    rv_str id = rv_json_member_str(policy, "flo");
    struct rv_rows r;
    bool found = false, helps = false;
    if (!rv_str_eq(rv_json_member_str(policy, "type"), RV_STR("flo")))
        return RV_OK;
    if (id.n > 0)
        RV_TRY(rv_sql_first(k->tx, &rules_sql[Q_KIND], &r, &found, RV_ARGS(id)));
    if (found) {
        helps = rv_str_eq(rv_col_str(&r, 0), RV_STR("HELPER"));
        RV_TRY(rv_rows_end(&r));
    }
    if (!helps)
        policy_problem(k, p, "flo", "NOT_FOUND",
                       found ? "must name a flow that starts with a Helper Flow card"
                             : "must name the helper flow that is run; there is none of this id");
    return RV_OK;
}

static rv_status check_policy(struct rules *k, const struct place *p, const json_t *old)
{
    const json_t *policy = json_object_get(p->card, "policy");
    if (policy == NULL || json_equal(policy, json_object_get(old, "policy")))
        return RV_OK;
    check_type(k, p, policy);
    check_retry(k, p, policy);
    check_delay(k, p, policy);
    check_condition(k, p, policy);
    return check_helper(k, p, policy);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static const json_t *pin_of(const json_t *card, rv_str key)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), key) &&
            rv_json_member_str(pin, "group").n == 0)
            return pin;
    }
    return NULL;
}

/* How many calls a list card makes at once. Nothing is as good as 1; a link is read when it runs.
 */
static void check_width(struct rules *k, const struct place *p, size_t no, const json_t *pin,
                        const json_t *old)
{
    const json_t *v = json_object_get(pin, "value");
    rv_str key = rv_json_member_str(pin, "key");
    if (json_object_get(pin, "from") != NULL || rv_value_empty(v) ||
        json_equal(v, json_object_get(pin_of(old, key), "value")) ||
        is_whole(v, RV_WIDTH_MIN, RV_WIDTH_MAX))
        return;
    rv_str member = rv_printf(k->cx, "inputs/%zu/value", no);
    problem(k, p, rv_z(k->cx, member), key, "RANGE", "must be a whole number from 1 to 200");
}

static bool is_width(const struct rv_card *entry, const json_t *pin)
{
    const struct rv_pin *p = entry != NULL ? entry->in : NULL;
    for (; p != NULL && p->key != NULL; p++)
        if ((p->flags & RV_PIN_WIDTH) != 0 && rv_json_member_str(pin, "group").n == 0 &&
            rv_str_eq(rv_json_member_str(pin, "key"), rv_str_of(p->key)))
            return true;
    return false;
}

static void check_fields(struct rules *k, const struct place *p, const json_t *old)
{
    const struct rv_card *entry =
        rv_card_find(rv_engine_of(k->cx), rv_json_member_str(p->card, "card"));
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(p->card, "inputs"), i, pin)
    {
        if (is_width(entry, pin))
            check_width(k, p, i, pin, old);
    }
}

/* ---- all cards ------------------------------------------------------------------------------- */

static rv_status check_cards(struct rules *k, const json_t *cards, const char *at)
{
    size_t i, l;
    json_t *card, *lane;
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
    {
        struct place p = { card, rv_z(k->cx, rv_printf(k->cx, "%s/%zu", at, i)) };
        rv_str id = rv_json_member_str(card, "id");
        const json_t *old = id.p != NULL ? json_object_getn(k->before, id.p, id.n) : NULL;
        RV_TRY(check_policy(k, &p, old));
        check_fields(k, &p, old);
        json_array_foreach(json_object_get(card, "lanes"), l, lane)
            RV_TRY(check_cards(k, json_object_get(lane, "cards"),
                               rv_z(k->cx, rv_printf(k->cx, "%s/lanes/%zu/cards", p.at,
                                                     l)))); /* depth bounded: flow.nesting */
    }
    return RV_OK;
}

static void note(void *arg, json_t *card)
{
    rv_str id = rv_json_member_str(card, "id");
    if (id.p != NULL)
        (void)json_object_setn(arg, id.p, id.n, card); /* a lost one is only looked at again */
}

rv_status rv_rules_check(struct rv_cx *cx, struct rv_tx *tx, const json_t *cards, json_t *before)
{
    struct rules k = { .cx = cx, .tx = tx, .before = json_object() };
    RV_TRY(rv_json_keep(cx, k.before));
    rv_def_walk(before, note, k.before);
    RV_TRY(check_cards(&k, cards, "/cards"));
    return k.bad ? RV_INVALID : RV_OK;
}
