/* flows/connection_need.c: cards that still need a connection, over a folder with all below it, and
 * giving them one (workflows.md 16: after an import a person assigns the connections once, not card
 * by card). All flows change in one transaction; each gets a version. */
#include "flows/flows_int.h"

struct need {
    rv_str connector, wanted, flow_id, flow_name, card_id, title; /* wanted: name in the file it came in, or absent */
    struct need *next;
};
struct looking {
    struct rv_tx *tx;
    const struct rv_flow_row *flow;
    const json_t *given; /* connector, or connector:wanted, to id of a connection; or NULL: only look */
    struct need *first, **end;
    bool changed;
    rv_status st;
};

/* Gone, or of another folder: as good as none. */
static rv_status has_connection(struct looking *l, const json_t *card, bool *ret)
{
    struct rv_connection_row row;
    rv_str id = rv_json_member_str(card, "connectionId");
    *ret = false;
    if (id.n == 0)
        return RV_OK;
    RV_TRY(rv_connection_row_get(l->tx, id, ret, &row));
    *ret = *ret && rv_connection_reaches(&row, l->flow->folder_path);
    return RV_OK;
}

static const char *pointer_to(struct rv_cx *cx, const char *key)
{
    return rv_z(cx, rv_printf(cx, "/connections/%s", key));
}

static rv_str wanted_of(const json_t *card)
{
    return rv_json_member_str(json_object_get(json_object_get(card, "origin"), "config"), "name");
}

/* What is given to a card: for the connection its file names before that for all of its connector. */
static rv_str given_to(const struct looking *l, const json_t *card, const char *connector,
                       const char **ret_key)
{
    rv_str wanted = wanted_of(card);
    *ret_key = rv_z(rv_tx_cx(l->tx),
                    rv_printf(rv_tx_cx(l->tx), "%s:%.*s", connector, RV_FMT(wanted)));
    rv_str id = rv_json_member_str(l->given, *ret_key);
    if (id.n > 0)
        return id;
    *ret_key = connector;
    return rv_json_member_str(l->given, connector);
}

static rv_status give(struct looking *l, json_t *card, const char *key, rv_str id)
{
    struct rv_cx *cx = rv_tx_cx(l->tx);
    const char *pointer = pointer_to(cx, key);
    struct rv_connection_row row;
    bool found;
    RV_TRY(rv_connection_row_get(l->tx, id, &found, &row)); /* check_given found it */
    if (!rv_connection_reaches(&row, l->flow->folder_path))
        return rv_fail_field(
            cx, pointer, "OTHER_FOLDER",
            "the connection \"%.*s\" belongs to another folder than the flow \"%.*s\"",
            RV_FMT(row.name), RV_FMT(l->flow->name));
    if (json_object_set_new(card, "connectionId", json_stringn(id.p, id.n)) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory while giving cards a connection");
    l->changed = true;
    return RV_OK;
}

static rv_status note(struct looking *l, const json_t *card, const struct rv_card *type)
{
    struct need *n = RV_NEW(rv_tx_cx(l->tx), struct need);
    rv_str title = rv_json_member_str(card, "title");
    if (n == NULL)
        return RV_BUSY;
    *n = (struct need){ .connector = rv_str_of(type->connector),
                        .wanted = wanted_of(card),
                        .flow_id = l->flow->id,
                        .flow_name = l->flow->name,
                        .card_id = rv_json_member_str(card, "id"),
                        .title = title.n > 0 ? title : rv_str_of(type->label) };
    *l->end = n;
    l->end = &n->next;
    return RV_OK;
}

static void look(void *arg, json_t *card)
{
    struct looking *l = arg;
    const struct rv_card *type =
        rv_card_find(rv_engine_of(rv_tx_cx(l->tx)), rv_json_member_str(card, "card"));
    const char *key;
    bool has;
    if (l->st != RV_OK || type == NULL || type->connector == NULL ||
        (type->connection_optional && wanted_of(card).n == 0))
        return;
    l->st = has_connection(l, card, &has);
    if (l->st != RV_OK || has)
        return;
    rv_str id = given_to(l, card, type->connector, &key);
    l->st = id.n > 0 ? give(l, card, key, id) : note(l, card, type);
}

struct folder_needs {
    rv_str folder_id;
    const json_t *given;
    struct looking l;
};

/* Each connector that is named with a connection of it, whether a card needs it or not; behind a
 * colon may stand the name of the connection in the file. */
static rv_status check_given(struct rv_tx *tx, const json_t *given)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, key, value)
    {
        struct rv_connection_row row;
        bool found;
        rv_str id = rv_json_str(value), rest = rv_str_of(key), connector = RV_STR("");
        (void)rv_str_split(&rest, ':', &connector); /* none: an empty key names no connector */
        if (id.n == 0)
            return rv_fail_field(cx, pointer_to(cx, key), "INVALID",
                                 "connections: each connector names the id of a connection");
        RV_TRY(rv_connection_row_get(tx, id, &found, &row));
        if (!found || !rv_str_eq(row.connector, connector))
            return rv_fail_field(
                cx, pointer_to(cx, key), "NOT_FOUND", "there is no connection %.*s of %.*s",
                RV_FMT(rv_str_sub(id, 0, id.n < 60 ? id.n : 60)),
                RV_FMT(rv_str_sub(connector, 0, connector.n < 60 ? connector.n : 60)));
    }
    return RV_OK;
}

static rv_status needs_tx(struct rv_tx *tx, void *arg)
{
    struct folder_needs *f = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_flow_row *rows;
    rv_str ids, names;
    size_t n;
    json_t *cards;
    f->l = (struct looking){ .tx = tx, .given = f->given };
    f->l.end = &f->l.first;
    RV_TRY(rv_folder_path(tx, f->folder_id, &ids, &names));
    RV_TRY(rv_authz(cx, tx, f->given != NULL ? RV_A_FLOW_EDIT : RV_A_FLOW_READ,
                    (struct rv_object){ .id = f->folder_id, .path = ids }));
    RV_TRY(check_given(tx, f->given));
    RV_TRY(rv_flow_rows_below(tx, ids, &rows, &n));
    for (size_t i = 0; i < n; i++) {
        f->l.flow = &rows[i];
        f->l.changed = false;
        RV_TRY(rv_flow_definition(tx, rows[i].id, rows[i].version_number, &cards));
        rv_def_walk(cards, look, &f->l);
        RV_TRY(f->l.st);
        if (f->l.changed)
            RV_TRY(rv_flow_save_cards(tx, &rows[i], cards, RV_STR("Connections were assigned")));
    }
    return RV_OK;
}

static bool same_need(const struct need *a, const struct need *b)
{
    return rv_str_eq(a->connector, b->connector) && rv_str_eq(a->wanted, b->wanted);
}

/* One row for each connector and name in the file, in the order in which they are met. */
static void write_needs(const struct need *first, struct rv_jw *w)
{
    for (const struct need *n = first; n != NULL; n = n->next) {
        const struct need *before = first;
        while (before != n && !same_need(before, n))
            before = before->next;
        if (before != n)
            continue;
        rv_jw_obj(w);
        rv_jw_kstr(w, "connector", n->connector);
        rv_jw_kstr(w, "wanted", n->wanted);
        rv_jw_key(w, "cards");
        rv_jw_arr(w);
        for (const struct need *c = n; c != NULL; c = c->next) {
            if (!same_need(c, n))
                continue;
            rv_jw_obj(w);
            rv_jw_kstr(w, "flowId", c->flow_id);
            rv_jw_kstr(w, "flowName", c->flow_name);
            rv_jw_kstr(w, "cardId", c->card_id);
            rv_jw_kstr(w, "title", c->title);
            rv_jw_obj_end(w);
        }
        rv_jw_arr_end(w);
        rv_jw_obj_end(w);
    }
}

rv_status rv_connection_needs(struct rv_cx *cx, rv_str folder_id, struct rv_jw *w)
{
    struct folder_needs f = { .folder_id = folder_id };
    RV_TRY(rv_store_read(cx, needs_tx, &f));
    write_needs(f.l.first, w);
    return RV_OK;
}

rv_status rv_connection_assign(struct rv_cx *cx, rv_str folder_id, const json_t *given,
                               struct rv_jw *w)
{
    struct folder_needs f = { .folder_id = folder_id, .given = given };
    RV_TRY(rv_store_write(cx, needs_tx, &f));
    write_needs(f.l.first, w);
    return RV_OK;
}
