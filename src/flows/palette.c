/* flows/palette.c: the card table as JSON, for the palette of the designer and for documentation.
 */
#include "flows/flows_int.h"

static const char *const kinds[] = { "EVENT", "PURE", "EFFECT", "CONTROL" };

static void write_choices(struct rv_jw *w, const struct rv_choice *c)
{
    rv_jw_key(w, "choices");
    rv_jw_arr(w);
    for (; c->value != NULL; c++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "value", rv_str_of(c->value));
        rv_jw_kstr(w, "label", rv_str_of(c->label));
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

/* A new card's field: its id is made of group and key, so that it is the same in every palette. */
static void write_pin(struct rv_cx *cx, struct rv_jw *w, const struct rv_pin *p)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id",
               p->group != NULL ? rv_printf(cx, "%s.%s", p->group, p->key) : rv_str_of(p->key));
    if (p->group != NULL)
        rv_jw_kstr(w, "group", rv_str_of(p->group));
    rv_jw_kstr(w, "key", rv_str_of(p->key));
    rv_jw_kstr(w, "label", rv_str_of(p->label != NULL ? p->label : p->key));
    rv_jw_kstr(w, "type", rv_str_of(rv_pin_type_names[p->type]));
    if ((p->flags & RV_PIN_LIST) != 0)
        rv_jw_kbool(w, "list", true);
    if ((p->flags & RV_PIN_REQUIRED) != 0)
        rv_jw_kbool(w, "required", true);
    if (p->def != NULL)
        rv_jw_kraw(w, "value", rv_str_of(p->def));
    if (p->help != NULL)
        rv_jw_kstr(w, "help", rv_str_of(p->help));
    if ((p->flags & RV_PIN_WIDTH) != 0) {
        rv_jw_kint(w, "min", RV_WIDTH_MIN);
        rv_jw_kint(w, "max", RV_WIDTH_MAX);
    }
    if (p->choices != NULL)
        write_choices(w, p->choices);
    rv_jw_obj_end(w);
}

static void write_pins(struct rv_cx *cx, struct rv_jw *w, const char *key, const struct rv_pin *p)
{
    rv_jw_key(w, key);
    rv_jw_arr(w);
    for (; p != NULL && p->key != NULL; p++)
        if ((p->flags & RV_PIN_OPTION) == 0)
            write_pin(cx, w, p);
    rv_jw_arr_end(w);
}

static void write_options(struct rv_jw *w, const struct rv_pin *p)
{
    rv_jw_key(w, "options");
    rv_jw_arr(w);
    for (; p != NULL && p->key != NULL; p++) {
        if ((p->flags & RV_PIN_OPTION) == 0)
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "key", rv_str_of(p->key));
        rv_jw_kstr(w, "label", rv_str_of(p->label != NULL ? p->label : p->key));
        if (p->choices != NULL)
            write_choices(w, p->choices);
        if (p->def != NULL)
            rv_jw_kraw(w, "default", rv_str_of(p->def));
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

static void write_user_pins(struct rv_jw *w, const struct rv_card *c)
{
    static const char *const names[] = { NULL, "inputs", "outputs", "both" };
    rv_str types = rv_str_of(c->user_types), type;
    if (c->user_pins == RV_USER_NONE)
        return;
    rv_jw_kstr(w, "userPins", rv_str_of(names[c->user_pins]));
    if (c->user_group != NULL)
        rv_jw_kstr(w, "userGroup", rv_str_of(c->user_group));
    if (types.p == NULL)
        return;
    rv_jw_key(w, "userPinTypes");
    rv_jw_arr(w);
    while (rv_str_split(&types, ' ', &type))
        rv_jw_str(w, type);
    rv_jw_arr_end(w);
}

/* A card that streams takes fields of the author for its helper flow, besides those of its own. */
static void write_state_group(struct rv_jw *w, const struct rv_card *c)
{
    for (const struct rv_pin *p = c->in; p != NULL && p->key != NULL; p++)
        if (p->type == RV_T_FLOW && p->group != NULL && strcmp(p->group, RV_STREAMING) == 0)
            rv_jw_kstr(w, "stateGroup", rv_str_of(RV_STREAMING));
}

/* Lanes of a new container. Lanes that are bodies start with a Helper Flow card and end with
 * Return. */
static void write_lanes(struct rv_jw *w, const struct rv_card *c)
{
    static const struct {
        const char *card, *name, *label;
    } lanes[] = {
        { "control:if", "true", "True" },     { "control:if", "false", "False" },
        { "control:branch", "if", "If" },     { "control:branch", "else", "Else" },
        { "control:tryCatch", "try", "Try" }, { "control:tryCatch", "handler", "If Error" }
    };
    if (c->control != RV_CONTROL_IF && c->control != RV_CONTROL_BODIES)
        return;
    rv_jw_key(w, "lanes");
    rv_jw_arr(w);
    for (size_t i = 0; i < RV_LEN(lanes); i++) {
        if (strcmp(lanes[i].card, c->name) != 0)
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "name", rv_str_of(lanes[i].name));
        rv_jw_kstr(w, "label", rv_str_of(lanes[i].label));
        if (c->control == RV_CONTROL_BODIES)
            rv_jw_kbool(w, "inline", true);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

rv_status rv_cards_write(struct rv_cx *cx, struct rv_jw *w)
{
    const struct rv_engine *e = rv_engine_of(cx);
    RV_TRY(rv_authz(cx, NULL, RV_A_CARD_READ, RV_NO_OBJECT));
    for (size_t i = 0; i < rv_card_count(e); i++) {
        const struct rv_card *c = rv_card_at(e, i);
        rv_jw_obj(w);
        rv_jw_kstr(w, "card", rv_str_of(c->name));
        rv_jw_kstr(w, "category", rv_str_of(c->category));
        rv_jw_kstr(w, "label", rv_str_of(c->label));
        rv_jw_kstr(w, "help", rv_str_of(c->help));
        rv_jw_kstr(w, "kind", rv_str_of(kinds[c->kind]));
        write_pins(cx, w, "inputs", c->in);
        write_pins(cx, w, "outputs", c->out);
        write_lanes(w, c);
        write_options(w, c->in);
        write_user_pins(w, c);
        write_state_group(w, c);
        bool chooses =
            c->connector != NULL &&
            (!c->connection_optional || rv_connector_find(cx, rv_str_of(c->connector)) != NULL);
        rv_jw_kstr(w, "connection", chooses ? rv_str_of(c->connector) : RV_NONE_STR);
        rv_jw_kbool(w, "connectionOptional", c->connection_optional);
        rv_jw_obj_end(w);
    }
    return RV_OK;
}

static void write_field(struct rv_jw *w, const struct rv_auth_field *f)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "key", rv_str_of(f->key));
    rv_jw_kstr(w, "label", rv_str_of(f->label));
    rv_jw_kbool(w, "secret", (f->flags & RV_FIELD_SECRET) != 0);
    rv_jw_kbool(w, "required", (f->flags & RV_FIELD_REQUIRED) != 0);
    rv_jw_kbool(w, "long", (f->flags & RV_FIELD_LONG) != 0);
    rv_jw_kstr(w, "default", f->def != NULL ? rv_str_of(f->def) : RV_NONE_STR);
    if (f->choices != NULL)
        write_choices(w, f->choices);
    rv_jw_kstr(w, "help", rv_str_of(f->help));
    rv_jw_obj_end(w);
}

static void write_auths(struct rv_jw *w, const struct rv_connector *c)
{
    rv_jw_key(w, "auths");
    rv_jw_arr(w);
    for (const struct rv_auth *a = c != NULL ? c->auths : NULL; a != NULL && a->kind != NULL; a++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "kind", rv_str_of(a->kind));
        rv_jw_kstr(w, "label", rv_str_of(a->label));
        rv_jw_kstr(w, "help", rv_str_of(a->help));
        rv_jw_key(w, "fields");
        rv_jw_arr(w);
        for (const struct rv_auth_field *f = a->fields; f != NULL && f->key != NULL; f++)
            write_field(w, f);
        rv_jw_arr_end(w);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

static void write_connector(struct rv_jw *w, const char *name, const char *label,
                            const struct rv_connector *c)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "connector", rv_str_of(name));
    rv_jw_kstr(w, "name", rv_str_of(label));
    rv_jw_kstr(w, "help", c != NULL ? rv_str_of(c->help) : RV_NONE_STR);
    rv_jw_key(w, "transports");
    rv_jw_arr(w);
    if (c == NULL || c->local)
        rv_jw_str(w, RV_STR("LOCAL"));
    if (c != NULL)
        rv_jw_str(w, RV_STR("HTTPS"));
    rv_jw_arr_end(w);
    write_auths(w, c);
    rv_jw_obj_end(w);
}

rv_status rv_connectors_write(struct rv_cx *cx, struct rv_jw *w)
{
    const struct rv_engine *e = rv_engine_of(cx);
    const char *last = "";
    RV_TRY(rv_authz(cx, NULL, RV_A_CARD_READ, RV_NO_OBJECT));
    for (size_t i = 0; i < rv_card_count(e); i++) { /* by name: the cards of a connector stand together */
        const struct rv_card *c = rv_card_at(e, i);
        if (c->connector == NULL || strcmp(c->connector, last) == 0)
            continue;
        const struct rv_connector *k = rv_connector_find(cx, rv_str_of(c->connector));
        if (k == NULL && c->connection_optional)
            continue;
        last = c->connector;
        write_connector(w, c->connector, k != NULL ? k->label : c->category, k);
    }
    return RV_OK;
}
