/* flows/compile.c: makes a program of a definition: one row of steps with branches as jumps, every
 * link a slot number.
 *
 * The program borrows its texts and constants from the definition, which it keeps. Cards that the
 * card table does not know become steps that fail when they are reached (flopack.md 22). What must
 * be mended before the flow can be switched on is collected as sentences that name card and field;
 * a link that leads nowhere reads as null. */
#include "flows/flows_int.h"
#include <stdlib.h>

struct compiler {
    struct rv_cx *cx; /* the program's */
    const struct rv_engine *engine;
    struct rv_program *p;
    const struct rv_step **visible; /* cards whose outputs may be read here, innermost last */
    size_t visible_n, visible_from; /* an inline body sees only itself */
    const struct rv_body *body;
    bool body_head; /* the next card is the head of an inline body */
    struct rv_problem **problems_end;
    bool delegated, endpoint;
};

static rv_str label_of(const struct rv_step *s)
{
    return s->title.n > 0 ? s->title : s->name;
}

static void problem(struct compiler *k, const struct rv_step *s, rv_str input_id, rv_str sentence)
{
    struct rv_problem *q = RV_NEW(k->cx, struct rv_problem);
    if (q == NULL || sentence.p == NULL)
        return; /* the out-of-memory error stands in cx */
    *q = (struct rv_problem){ .card_id = s != NULL ? s->id : RV_NONE_STR,
                              .input_id = input_id,
                              .sentence = sentence };
    *k->problems_end = q;
    k->problems_end = &q->next;
}

static enum rv_pin_type type_of(const json_t *pin)
{
    enum rv_pin_type t = RV_T_ANY;
    rv_str name = rv_json_member_str(pin, "type");
    if (name.p != NULL && !rv_pin_type_parse(name, &t))
        t = RV_T_ANY;
    return t;
}

static void read_field(const json_t *pin, struct rv_field *f, rv_str *id)
{
    *f = (struct rv_field){
        .group = rv_json_member_str(pin, "group"),
        .key = rv_json_member_str(pin, "key"),
        .label = rv_json_member_str(pin, "label"),
        .type = type_of(pin),
        .list = json_is_true(json_object_get(pin, "list")),
        .linked = json_object_get(pin, "from") != NULL,
        .shape = json_object_get(pin, "shape"),
    };
    if (f->label.n == 0)
        f->label = f->key;
    *id = rv_json_member_str(pin, "id");
}

/* Resolves a link; the slot of the output is made when the first link asks for it. */
static void read_source(struct compiler *k, const struct rv_step *s, rv_str pin, const json_t *from,
                        json_t *value, struct rv_source *src)
{
    *src = (struct rv_source){ .constant = value, .slot = -1 };
    if (from == NULL)
        return;
    src->constant = NULL;
    rv_str card = rv_json_member_str(from, "card"), output = rv_json_member_str(from, "output");
    rv_str convert = rv_json_member_str(from, "convert");
    for (size_t i = k->visible_n; i-- > k->visible_from;) {
        const struct rv_step *v = k->visible[i];
        if (!rv_str_eq(v->id, card))
            continue;
        for (size_t o = 0; o < v->out_n; o++) {
            if (!rv_str_eq(v->out[o].id, output))
                continue;
            if (v->out[o].slot < 0)
                v->out[o].slot = (int)k->p->slots_n++;
            src->slot = v->out[o].slot;
            src->path = json_object_get(from, "path");
            src->convert = rv_convert_find(convert.p != NULL ? convert : RV_STR(""));
            src->wrap = json_is_true(json_object_get(from, "wrap"));
            return;
        }
    }
    problem(k, s, pin,
            rv_printf(k->cx,
                      "In card \"%.*s\" a field is linked to an output that is no longer there. "
                      "Link it again.",
                      RV_FMT(label_of(s))));
}

static const struct rv_pin *declared_pin(const struct rv_pin *pins, rv_str key)
{
    for (; pins != NULL && pins->key != NULL; pins++)
        if (rv_str_eq(key, rv_str_of(pins->key)))
            return pins;
    return NULL;
}

bool rv_prog_in_missing(const struct rv_prog_in *in, const json_t *v)
{
    bool a_value =
        (in->holds_many && (json_is_object(v) || json_is_array(v))) ||
        (in->takes_nothing && in->source.slot >= 0 && !json_is_object(v) && !json_is_array(v));
    return in->required && rv_value_empty(v) && !a_value;
}

static rv_status read_inputs(struct compiler *k, struct rv_step *s, const json_t *card)
{
    const json_t *pins = json_object_get(card, "inputs");
    s->in_n = json_array_size(pins);
    s->in = RV_NEW_N(k->cx, struct rv_prog_in, s->in_n + 1);
    if (s->in == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s->in_n; i++) {
        const json_t *pin = json_array_get(pins, i);
        struct rv_prog_in *in = &s->in[i];
        read_field(pin, &in->field, &in->id);
        const struct rv_pin *decl =
            s->card != NULL ? declared_pin(s->card->in, in->field.key) : NULL;
        in->required = decl != NULL && (decl->flags & RV_PIN_REQUIRED) != 0;
        in->takes_nothing = decl != NULL && (decl->flags & RV_PIN_TEXT) != 0;
        in->holds_many = decl != NULL && ((decl->flags & RV_PIN_LIST) != 0 ||
                                          decl->type == RV_T_OBJECT || decl->type == RV_T_ANY);
        const json_t *proxy = json_object_get(pin, "proxy");
        in->item = json_is_true(json_object_get(proxy, "dynamic"));
        in->item_path = in->item ? rv_json_member_str(proxy, "path") : RV_NONE_STR;
        read_source(k, s, in->id, json_object_get(pin, "from"), json_object_get(pin, "value"),
                    &in->source);
        if (json_object_get(pin, "from") == NULL && rv_prog_in_missing(in, in->source.constant))
            problem(
                k, s, in->id,
                rv_printf(k->cx,
                          "The field \"%.*s\" of card \"%.*s\" is required. Fill it or link it.",
                          RV_FMT(in->field.label), RV_FMT(label_of(s))));
    }
    return RV_OK;
}

static rv_status read_outputs(struct compiler *k, struct rv_step *s, const json_t *card)
{
    const json_t *pins = json_object_get(card, "outputs");
    s->out_n = json_array_size(pins);
    s->out = RV_NEW_N(k->cx, struct rv_prog_out, s->out_n + 1);
    if (s->out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < s->out_n; i++) {
        read_field(json_array_get(pins, i), &s->out[i].field, &s->out[i].id);
        s->out[i].slot = -1;
    }
    return RV_OK;
}

/* A declared required field that the card does not even have. */
static void check_missing(struct compiler *k, const struct rv_step *s)
{
    const struct rv_pin *pin = s->card != NULL ? s->card->in : NULL;
    for (; pin != NULL && pin->key != NULL; pin++) {
        bool there = (pin->flags & RV_PIN_REQUIRED) == 0 || (pin->flags & RV_PIN_OPTION) != 0;
        for (size_t i = 0; i < s->in_n && !there; i++)
            there = rv_str_eq(s->in[i].field.key, rv_str_of(pin->key));
        if (!there)
            problem(k, s, RV_NONE_STR,
                    rv_printf(k->cx,
                              "The field \"%s\" of card \"%.*s\" is required. Fill it or link it.",
                              pin->label, RV_FMT(label_of(s))));
    }
}

static void check_place(struct compiler *k, const struct rv_step *s, bool head)
{
    bool event = s->card != NULL ? s->card->kind == RV_CARD_EVENT : head;
    if (head && !event)
        problem(k, s, RV_NONE_STR, RV_STR("The first card must be an event that starts the flow."));
    if (head && rv_str_eq(s->name, RV_STR("control:noop")))
        problem(k, s, RV_NONE_STR, RV_STR("Choose the event that starts the flow."));
    if (!head && event)
        problem(k, s, RV_NONE_STR,
                rv_printf(k->cx, "Card \"%.*s\" is an event and can only stand first.",
                          RV_FMT(label_of(s))));
    if ((k->delegated || k->endpoint) && (rv_str_eq(s->name, RV_STR("control:pause")) ||
                                          rv_str_eq(s->name, RV_STR("control:pauseRaw"))))
        problem(
            k, s, RV_NONE_STR,
            k->delegated
                ? RV_STR("Pause cannot be used in a delegated flow. Put it into a helper flow.")
                : RV_STR(
                      "Pause cannot be used in an API endpoint flow. Put it into a helper flow."));
    if (s->card != NULL && s->card->connector != NULL && !s->card->connection_optional &&
        s->connection_id.n == 0)
        problem(k, s, RV_NONE_STR,
                rv_printf(k->cx, "Card \"%.*s\" needs a connection for %s. Choose one.",
                          RV_FMT(label_of(s)), s->card->connector));
}

static void check_schedule(struct compiler *k, const struct rv_step *s, const json_t *card)
{
    struct rv_schedule schedule;
    const json_t *o = json_object_get(card, "schedule");
    if (o == NULL)
        problem(k, s, RV_NONE_STR,
                rv_printf(k->cx, "Card \"%.*s\" has no schedule. Set one.", RV_FMT(label_of(s))));
    else if (rv_schedule_read(k->cx, o, &schedule) != RV_OK)
        problem(k, s, RV_NONE_STR,
                rv_printf(k->cx, "The schedule of card \"%.*s\" cannot be read: %s.",
                          RV_FMT(label_of(s)), rv_error(k->cx)->message));
    rv_error_clear(k->cx);
}

static void check_delegated_fields(struct compiler *k, const struct rv_step *s)
{
    for (size_t i = 0; i < s->out_n; i++) {
        const struct rv_field *f = &s->out[i].field;
        if (!rv_str_eq(f->group, RV_STR("inputs")))
            continue;
        if (f->list || (f->type != RV_T_TEXT && f->type != RV_T_NUM && f->type != RV_T_BOOL &&
                        f->type != RV_T_DATE))
            problem(k, s, s->out[i].id,
                    rv_printf(k->cx,
                              "The field \"%.*s\" of a delegated flow must be text, number, "
                              "true/false or date & time.",
                              RV_FMT(f->label)));
    }
}

static const json_t *lane_named(const json_t *card, const char *name)
{
    size_t i;
    json_t *lane;
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        if (rv_str_eq(rv_json_member_str(lane, "name"), rv_str_of(name)))
            return lane;
    }
    return NULL;
}

static rv_status compile_cards(struct compiler *k, const json_t *cards, int depth, int *no);

/* The results of a lane: one source per output of the container; an output without one reads as
 * null. */
static rv_status compile_results(struct compiler *k, const struct rv_step *container,
                                 const json_t *lane)
{
    struct rv_step *s = &k->p->steps[k->p->steps_n++];
    size_t i;
    json_t *r;
    *s = (struct rv_step){ .op = RV_OP_RESULTS,
                           .container = container,
                           .id = container->id,
                           .name = container->name,
                           .title = container->title };
    s->results = RV_NEW_N(k->cx, struct rv_source, container->out_n + 1);
    if (s->results == NULL)
        return RV_BUSY;
    for (size_t o = 0; o < container->out_n; o++)
        s->results[o].slot = -1;
    json_array_foreach(json_object_get(lane, "results"), i, r)
    {
        for (size_t o = 0; o < container->out_n; o++)
            if (rv_str_eq(container->out[o].id, rv_json_member_str(r, "output")))
                read_source(k, container, container->out[o].id, json_object_get(r, "from"),
                            json_object_get(r, "value"), &s->results[o]);
    }
    return RV_OK;
}

static rv_status compile_if(struct compiler *k, struct rv_step *s, const json_t *card, int depth,
                            int *no)
{
    static const char *const names[2] = { "true", "false" };
    struct rv_step *ends[2];
    s->condition = rv_def_condition(card);
    for (int side = 0; side < 2; side++) {
        const json_t *lane = lane_named(card, names[side]);
        if (side == 1)
            s->target = (int)k->p->steps_n;
        RV_TRY(compile_cards(k, json_object_get(lane, "cards"), depth + 1, no));
        ends[side] = &k->p->steps[k->p->steps_n];
        RV_TRY(compile_results(k, s, lane)); /* the lane's cards stay in sight: null when it did not run */
    }
    ends[0]->target = ends[1]->target = (int)k->p->steps_n;
    return RV_OK;
}

/* Cards of lanes that cannot run are numbered like all others, so that history finds the rest. */
static void count_lanes(const json_t *card, int *no)
{
    size_t i, c;
    json_t *lane, *inner;
    json_array_foreach(json_object_get(card, "lanes"), i, lane)
    {
        json_array_foreach(json_object_get(lane, "cards"), c, inner)
        {
            (*no)++;
            count_lanes(inner, no);
        }
    }
}

/* Values from outside reach an inline body through fields of its head and of its container with the
 * same key. */
static void hand_in(struct rv_step *head)
{
    const struct rv_step *c = head->body->container;
    for (size_t i = 0; i < head->in_n; i++) {
        for (size_t k = 0; k < c->in_n; k++)
            if (rv_str_eq(head->in[i].field.group, RV_STR("context")) &&
                rv_str_eq(c->in[k].field.group, RV_STR("context")) &&
                rv_str_eq(c->in[k].field.key, head->in[i].field.key))
                head->in[i].source = c->in[k].source;
    }
}

static rv_status compile_body(struct compiler *k, struct rv_step *container, const json_t *lane,
                              struct rv_lane *l, struct rv_body *b, int depth, int *no)
{
    const struct rv_body *outer = k->body;
    size_t from = k->visible_from;
    *b = (struct rv_body){ .container = container,
                           .parent = outer,
                           .handler = -1,
                           .is_handler =
                               rv_str_eq(rv_json_member_str(lane, "name"), RV_STR("handler")) };
    *l = (struct rv_lane){ rv_json_member_str(lane, "name"), (int)k->p->steps_n };
    k->visible_from = k->visible_n;
    k->body = b;
    k->body_head = true;
    RV_TRY(compile_cards(k, json_object_get(lane, "cards"), depth + 1, no));
    k->p->steps[k->p->steps_n++] = (struct rv_step){ .op = RV_OP_BODY_END, .body = b };
    k->visible_n = k->visible_from;
    k->visible_from = from;
    k->body = outer;
    k->body_head = false;
    return RV_OK;
}

static rv_status compile_bodies(struct compiler *k, struct rv_step *s, const json_t *card,
                                int depth, int *no)
{
    const json_t *lanes = json_object_get(card, "lanes");
    size_t n = json_array_size(lanes);
    struct rv_body *bodies = RV_NEW_N(k->cx, struct rv_body, n + 1);
    s->lanes = RV_NEW_N(k->cx, struct rv_lane, n + 1);
    if (bodies == NULL || s->lanes == NULL)
        return RV_BUSY;
    s->lanes_n = n;
    for (size_t i = 0; i < n; i++)
        RV_TRY(compile_body(k, s, json_array_get(lanes, i), &s->lanes[i], &bodies[i], depth, no));
    for (size_t i = 0; i < n; i++)
        for (size_t h = 0; h < n; h++)
            if (rv_str_eq(s->lanes[i].name, RV_STR("try")) &&
                rv_str_eq(s->lanes[h].name, RV_STR("handler")))
                bodies[i].handler = s->lanes[h].first;
    s->end = (int)k->p->steps_n;
    return RV_OK;
}

static rv_status compile_card(struct compiler *k, const json_t *card, int depth, int *no)
{
    rv_str name = rv_json_member_str(card, "card");
    const struct rv_card *entry = rv_card_find(k->engine, name);
    int number = (*no)++;
    if (entry != NULL && entry->control == RV_CONTROL_NOTE)
        return RV_OK;
    bool first = k->p->steps_n == 0, head = first || k->body_head;
    k->body_head = false;
    struct rv_step *s = &k->p->steps[k->p->steps_n++];
    *s = (struct rv_step){
        .op = RV_OP_CARD,
        .card = entry,
        .name = name,
        .no = number,
        .id = rv_json_member_str(card, "id"),
        .title = rv_json_member_str(card, "title"),
        .connection_id = rv_json_member_str(card, "connectionId"),
        .options = json_object_get(card, "options"),
        .policy = json_object_get(card, "policy"),
        .body = k->body,
    };
    s->timeout_ms = json_integer_value(json_object_get(card, "timeout"));
    if (s->timeout_ms <= 0)
        s->timeout_ms = entry != NULL && entry->timeout_ms > 0 ? entry->timeout_ms : 90000;
    if (s->title.n == 0 && entry != NULL)
        s->title = rv_str_of(entry->label);
    k->endpoint = k->endpoint || (first && rv_str_eq(name, RV_STR("http:accept")));
    k->delegated = k->delegated || (first && rv_str_eq(name, RV_STR("http:delegated")));
    RV_TRY(read_outputs(k, s, card));
    RV_TRY(read_inputs(k, s, card));
    if (head && k->body != NULL)
        hand_in(s);
    check_missing(k, s);
    check_place(k, s, head);
    if (k->delegated && first)
        check_delegated_fields(k, s);
    if (first && rv_str_eq(name, RV_STR("control:scheduled")))
        check_schedule(k, s, card);
    if (entry != NULL && entry->control == RV_CONTROL_IF)
        RV_TRY(compile_if(k, s, card, depth, no));
    else if (entry != NULL && entry->control == RV_CONTROL_BODIES)
        RV_TRY(compile_bodies(k, s, card, depth, no));
    else
        count_lanes(card, no);
    k->visible[k->visible_n++] = s;
    return RV_OK;
}

static rv_status compile_cards(struct compiler *k, const json_t *cards, int depth, int *no)
{
    size_t i;
    json_t *card;
    if (depth > RV_FLOW_NESTING_MAX)
        return rv_fail(k->cx, RV_LIMIT, "containers nest more than %d deep (limit flow.nesting)",
                       RV_FLOW_NESTING_MAX);
    json_array_foreach((json_t *)(uintptr_t)cards, i, card)
        RV_TRY(compile_card(k, card, depth, no));
    return RV_OK;
}

struct counted {
    size_t cards, lanes;
};

static void count_card(void *arg, json_t *card)
{
    struct counted *n = arg;
    n->cards++;
    n->lanes += json_array_size(json_object_get(card, "lanes"));
}

static rv_status compile_into(struct rv_cx *cx, struct rv_program *p)
{
    struct compiler k = {
        .cx = &p->cx, .engine = rv_engine_of(cx), .p = p, .problems_end = &p->problems
    };
    int no = 0;
    struct counted n = { 0, 0 };
    rv_def_walk(p->cards, count_card, &n);
    p->cards_n = n.cards;
    p->steps = RV_NEW_N(k.cx, struct rv_step, 3 * n.cards + n.lanes + 1); /* a card, two results of an If; one end of each body */
    k.visible = RV_NEW_N(k.cx, const struct rv_step *, p->cards_n + 1);
    if (p->steps == NULL || k.visible == NULL)
        return RV_BUSY;
    RV_TRY(compile_cards(&k, p->cards, 1, &no));
    if (p->steps_n == 0)
        problem(&k, NULL, RV_NONE_STR, RV_STR("Choose the event that starts the flow."));
    p->steps[p->steps_n++] = (struct rv_step){ .op = RV_OP_END };
    return RV_OK;
}

rv_status rv_compile(struct rv_cx *cx, json_t *cards, struct rv_program **ret)
{
    struct rv_program *p = calloc(1, sizeof *p);
    if (p == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory while compiling a flow");
    p->magic = RV_MAGIC(RV_PROGRAM_TAG);
    atomic_init(&p->refs, 1);
    rv_status st = rv_cx_init(&p->cx, cx->env, 0);
    if (st != RV_OK) {
        free(p);
        return rv_fail(cx, RV_BUSY, "out of memory while compiling a flow");
    }
    p->cards = json_incref(cards);
    st = compile_into(cx, p);
    if (st != RV_OK) {
        st = rv_fail(cx, st, "%s",
                     rv_error(&p->cx)->message != NULL ? rv_error(&p->cx)->message
                                                       : "the flow is too large");
        rv_program_unref(p);
        return st;
    }
    *ret = p;
    return RV_OK;
}
