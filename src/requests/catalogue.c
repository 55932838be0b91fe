/* requests/catalogue.c: what people may ask for: published types by audience, and their form
 * (access-requests.md 4.2).
 *
 * The form holds the questions asked before sending, with the choices of their lists, and who will
 * act later, by name: a requester sees whom the request will reach. Outside the audience a type
 * does not exist. */
#include "requests/type_int.h"

enum { Q_LIST, Q_N };
static const struct rv_sql catalogue_sql[Q_N] = {
    [Q_LIST] = {
        .name = "catalogue_list",
        .text = "SELECT t.id FROM request_type t JOIN request_type_version v ON v.type_id = t.id AND v.number = t.published WHERE t.status = 'ACTIVE' "
                "AND (:after IS NULL OR (LOWER(t.published_name), t.id) > (SELECT LOWER(a.published_name), a.id FROM request_type a WHERE a.id = :after)) "
                "AND (:q IS NULL OR LOWER(v.name) LIKE :q ESCAPE '\\' OR LOWER(v.description) LIKE :q ESCAPE '\\') "
                "AND (:team IS NULL OR v.team_id = :team) ORDER BY LOWER(t.published_name), t.id LIMIT :n",
        .in = "after:text q:text team:text n:int", .out = "id:text",
    },
};
RV_SQL_MODULE(catalogue, catalogue_sql);

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

static rv_str caller(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind == RV_USER ? cx->principal->id : RV_STR("");
}

/* ---- rows ------------------------------------------------------------------------------------ */

static rv_status write_head(struct rv_tx *tx, const struct rv_type_version *v, struct rv_jw *w)
{
    struct rv_team team = { .id = v->team_id, .name = v->team_id };
    int64_t last, typical;
    bool found;
    RV_TRY(rv_team_load(tx, v->team_id, &found, &team));
    if (!found)
        team = (struct rv_team){ .id = v->team_id, .name = v->team_id };
    RV_TRY(rv_type_last_used(tx, v->type_id, caller(rv_tx_cx(tx)), &last));
    RV_TRY(rv_type_typical_ms(tx, v->type_id, &typical));
    rv_jw_kstr(w, "id", v->type_id);
    rv_jw_kstr(w, "name", v->name);
    rv_jw_kstr(w, "description", v->description);
    rv_jw_kstr(w, "icon", v->icon);
    rv_jw_key(w, "team");
    rv_team_write_ref(w, &team);
    rv_jw_ktime(w, "lastUsedAt", last);
    rv_jw_key(w, "typicalMs");
    if (typical == RV_NO_INT)
        rv_jw_null(w);
    else
        rv_jw_int(w, typical);
    return RV_OK;
}

struct list {
    const struct rv_request_query *q;
    struct rv_jw *w;
    rv_str pattern, after, last;
    size_t written;
    bool more;
};

static rv_status fetch(struct rv_tx *tx, struct list *l, rv_str *ids, size_t *ret_n)
{
    struct rv_rows r;
    size_t n = 0, size = (size_t)l->q->limit + 1;
    RV_TRY(rv_sql_query(tx, &catalogue_sql[Q_LIST], &r,
                        RV_ARGS(l->after, l->pattern, l->q->team_id, (int64_t)size)));
    while (n < size && rv_rows_next(&r))
        ids[n++] = rv_col_str(&r, 0);
    *ret_n = n;
    return rv_rows_end(&r);
}

static rv_status list_row(struct rv_tx *tx, struct list *l, rv_str id)
{
    struct rv_type_version v;
    bool found, has = false;
    l->after = id;
    RV_TRY(rv_type_version_load(tx, id, 0, &found, &v));
    if (found)
        RV_TRY(rv_type_audience_has(tx, &v, caller(rv_tx_cx(tx)), &has));
    if (!has)
        return RV_OK;
    if (l->written == (size_t)l->q->limit) {
        l->more = true;
        return RV_OK;
    }
    rv_jw_obj(l->w);
    RV_TRY(write_head(tx, &v, l->w));
    rv_jw_obj_end(l->w);
    l->written++;
    l->last = id;
    return RV_OK;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t size = (size_t)l->q->limit + 1, n = size;
    rv_str *ids = RV_NEW_N(cx, rv_str, size);
    RV_TRY(rv_authz(cx, tx, RV_A_CATALOGUE_LIST, RV_NO_OBJECT));
    if (ids == NULL)
        return RV_BUSY;
    while (n == size && !l->more) {
        RV_TRY(fetch(tx, l, ids, &n));
        for (size_t i = 0; i < n && !l->more; i++)
            RV_TRY(list_row(tx, l, ids[i]));
    }
    return RV_OK;
}

rv_status rv_catalogue_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                            rv_str *ret_next)
{
    struct list l = { .q = q, .w = w, .pattern = rv_type_pattern(cx, q->q), .after = q->after };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? l.last : RV_NONE_STR;
    return RV_OK;
}

/* ---- who will act ---------------------------------------------------------------------------- */

struct decider {
    rv_str name, note; /* absent: none */
};

/* The requester's manager; nobody decides a request of their own, so a manager who is the requester
 * passes it on once (6.5). */
static rv_status find_manager(struct rv_tx *tx, struct decider *ret)
{
    rv_str me = caller(rv_tx_cx(tx));
    struct rv_person p;
    bool found;
    RV_TRY(rv_person_manager(tx, me, &found, &p));
    if (found && !rv_str_eq(p.id, me))
        *ret = (struct decider){ p.name, RV_STR("as your manager") };
    else
        ret->note =
            RV_STR("You have no manager here, so the request’s assignee chooses who decides");
    return RV_OK;
}

static rv_status find_decider(struct rv_tx *tx, const struct rv_type_version *v, const json_t *to,
                              struct decider *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str type = rv_json_member_str(to, "type"), id = rv_json_member_str(to, "id"),
           name = RV_NONE_STR;
    struct rv_person p;
    struct rv_team t;
    bool found = false;
    size_t at;
    *ret = (struct decider){ RV_NONE_STR, RV_NONE_STR };
    if (is(type, "MANAGER"))
        return find_manager(tx, ret);
    if (is(type, "REQUESTER")) {
        *ret = (struct decider){ RV_STR("You"), RV_NONE_STR };
    } else if (is(type, "USER")) {
        RV_TRY(rv_person_find(tx, id, &found, &p));
        ret->name = found ? p.name : RV_NONE_STR;
    } else if (is(type, "GROUP") || is(type, "GROUP_OWNER")) {
        RV_TRY(rv_group_name(tx, id, &found, &name));
        ret->name = found ? name : RV_NONE_STR;
        ret->note = is(type, "GROUP") ? RV_STR("one of the group")
                                      : RV_STR("one of the owners of the group");
    } else if (is(type, "TEAM") || is(type, "REQUEST_ASSIGNEE")) {
        RV_TRY(rv_team_load(tx, is(type, "TEAM") ? id : v->team_id, &found, &t));
        ret->name = found ? t.name : RV_NONE_STR;
        ret->note = is(type, "TEAM") ? RV_STR("one of the team")
                                     : RV_STR("whoever of the team looks after the request");
    } else if (is(type, "QUESTION")) {
        const json_t *q = rv_type_step(v->steps, rv_json_member_str(to, "stepId"), &at);
        ret->note = rv_printf(cx, "whom “%.*s” names", RV_FMT(rv_json_member_str(q, "text")));
    } else {
        ret->note = RV_STR("whom the request’s assignee chooses");
    }
    return RV_OK;
}

static rv_status write_decider(struct rv_tx *tx, const struct rv_type_version *v,
                               const json_t *step, struct rv_jw *w)
{
    rv_str kind = rv_json_member_str(step, "kind");
    const json_t *to = json_object_get(step, "assignTo");
    struct decider d = { RV_NONE_STR, RV_NONE_STR };
    bool by_itself = is(kind, "ACTION") && json_is_true(json_object_get(step, "automatic"));
    if (is(kind, "TIMER") ||
        (is(kind, "QUESTION") && is(rv_json_member_str(to, "type"), "REQUESTER")))
        return RV_OK;
    if (!by_itself)
        RV_TRY(find_decider(tx, v, to, &d));
    rv_jw_obj(w);
    rv_jw_kstr(w, "stepId", rv_json_member_str(step, "id"));
    rv_jw_kstr(w, "text", rv_json_member_str(step, "text"));
    rv_jw_kstr(w, "kind", kind);
    rv_jw_key(w, "names");
    rv_jw_arr(w);
    if (d.name.p != NULL)
        rv_jw_str(w, d.name);
    rv_jw_arr_end(w);
    rv_jw_kstr(w, "note", d.note);
    rv_jw_obj_end(w);
    return RV_OK;
}

/* ---- the form -------------------------------------------------------------------------------- */

/* The question as published, with the choices of its list. */
static rv_status write_question(struct rv_tx *tx, const json_t *step, struct rv_jw *w)
{
    const char *key;
    json_t *value;
    rv_str list = rv_json_member_str(step, "configListId");
    rv_jw_obj(w);
    json_object_foreach((json_t *)(uintptr_t)step, key, value)
    {
        rv_jw_key_str(w, rv_str_of(key));
        rv_jw_json(w, value);
    }
    if (list.n > 0) {
        rv_jw_key(w, "choices");
        rv_jw_arr(w);
        RV_TRY(rv_list_choices(tx, list, w));
        rv_jw_arr_end(w);
    }
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status write_form(struct rv_tx *tx, const struct rv_type_version *v, struct rv_jw *w)
{
    size_t i, form = rv_type_form_length(v->steps), n = json_array_size(v->steps);
    rv_jw_obj(w);
    RV_TRY(write_head(tx, v, w));
    rv_jw_kint(w, "version", v->number);
    rv_jw_key(w, "questions");
    rv_jw_arr(w);
    for (i = 0; i < form; i++)
        RV_TRY(write_question(tx, json_array_get(v->steps, i), w));
    rv_jw_arr_end(w);
    rv_jw_key(w, "deciders");
    rv_jw_arr(w);
    for (i = form; i < n; i++)
        RV_TRY(write_decider(tx, v, json_array_get(v->steps, i), w));
    rv_jw_arr_end(w);
    rv_jw_obj_end(w);
    return RV_OK;
}

struct form {
    rv_str id;
    struct rv_jw *w;
};

static rv_status form_tx(struct rv_tx *tx, void *arg)
{
    const struct form *f = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_type_version v;
    bool found, has = false;
    RV_TRY(rv_type_version_load(tx, f->id, 0, &found, &v));
    if (found)
        RV_TRY(rv_type_audience_has(tx, &v, caller(cx), &has));
    RV_TRY(rv_authz(cx, tx, RV_A_CATALOGUE_READ,
                    (struct rv_object){ .id = f->id, .relations = has ? RV_REL_AUDIENCE : 0 }));
    if (!found)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (RequestType)",
                       RV_FMT(f->id));
    return write_form(tx, &v, f->w);
}

rv_status rv_catalogue_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct form f = { id, w };
    return rv_store_read(cx, form_tx, &f);
}
