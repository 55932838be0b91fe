/* requests/type_use.c: which request types use a list, an item, a flow, a team, a group, a person.
 *
 * Saving a draft and publishing write one row per object, so that a removal finds the types it
 * touches without opening any definition: to say so beforehand (access-requests.md 5.2), and to
 * check them afterwards (2.2, 3.3). */
#include "requests/type_int.h"

enum { Q_CLEAR, Q_PUT, Q_USING, Q_USING_TEAM, Q_LISTS, Q_N };
static const struct rv_sql use_sql[Q_N] = {
    [Q_CLEAR] = { .name = "request_type_use_clear", .text = "DELETE FROM request_type_use WHERE type_id = :id AND place = :place", .in = "id:text place:text" },
    [Q_PUT] = {
        .name = "request_type_use_put",
        .text = "INSERT INTO request_type_use (type_id, place, kind, object_id) VALUES (:id, :place, :kind, :object) "
                "ON CONFLICT (type_id, place, kind, object_id) DO NOTHING",
        .in = "id:text place:text kind:text object:text",
    },
    [Q_USING] = {
        .name = "request_type_using",
        .text = "SELECT t.id, t.name, MAX(CASE WHEN u.place = 'PUBLISHED' AND t.status = 'ACTIVE' THEN 1 ELSE 0 END) AS active "
                "FROM request_type_use u JOIN request_type t ON t.id = u.type_id WHERE u.kind = :kind AND u.object_id = :object "
                "AND t.status <> 'DELETED' GROUP BY t.id, t.name ORDER BY t.id",
        .in = "kind:text object:text", .out = "id:text name:text active:bool",
    },
    [Q_USING_TEAM] = {
        .name = "request_type_using_team",
        .text = "SELECT t.id, t.name, CASE WHEN t.status = 'ACTIVE' THEN 1 ELSE 0 END AS active FROM request_type t WHERE t.status <> 'DELETED' "
                "AND (t.team_id = :team OR EXISTS (SELECT 1 FROM request_type_use u WHERE u.type_id = t.id AND u.kind = 'TEAM' AND u.object_id = :team)) "
                "ORDER BY t.id",
        .in = "team:text", .out = "id:text name:text active:bool",
    },
    [Q_LISTS] = {
        .name = "request_type_used_lists",
        .text = "SELECT DISTINCT u.object_id FROM request_type_use u JOIN request_type t ON t.id = u.type_id "
                "WHERE u.kind = 'LIST' AND t.status <> 'DELETED' ORDER BY u.object_id",
        .out = "id:text",
    },
};
RV_SQL_MODULE(request_type_use, use_sql);

static const char *const kinds[] = { [RV_USE_LIST] = "LIST", [RV_USE_LIST_ITEM] = "LIST_ITEM", [RV_USE_FLOW] = "FLOW", [RV_USE_TEAM] = "TEAM",
                                     [RV_USE_GROUP] = "GROUP", [RV_USE_PERSON] = "PERSON" };

struct uses {
    struct rv_tx *tx;
    rv_str type_id;
    const char *place;
    const json_t *steps;
};

static bool is(rv_str s, const char *z)
{
    return rv_str_eq(s, rv_str_of(z));
}

static rv_status put(const struct uses *u, enum rv_type_use kind, rv_str object)
{
    if (object.n == 0)
        return RV_OK;
    return rv_sql_exec(u->tx, &use_sql[Q_PUT], NULL,
                       RV_ARGS(u->type_id, u->place, kinds[kind], object));
}

static rv_status put_one_of(const struct uses *u, const json_t *to)
{
    rv_str type = rv_json_member_str(to, "type"), id = rv_json_member_str(to, "id");
    if (is(type, "USER"))
        return put(u, RV_USE_PERSON, id);
    if (is(type, "GROUP") || is(type, "GROUP_OWNER"))
        return put(u, RV_USE_GROUP, id);
    return is(type, "TEAM") ? put(u, RV_USE_TEAM, id) : RV_OK;
}

static rv_status put_value(const struct uses *u, const json_t *condition, const json_t *value)
{
    rv_str op = rv_json_member_str(condition, "op"), v = rv_json_str(value);
    size_t at;
    const json_t *q = rv_type_step(u->steps, rv_json_member_str(condition, "stepId"), &at);
    if (is(op, "IN_LIST") || is(op, "NOT_IN_LIST"))
        return put(u, RV_USE_LIST, v);
    if (is(rv_json_member_str(q, "inputType"), "USER"))
        return put(u, RV_USE_PERSON, v);
    return rv_json_member_str(q, "configListId").n > 0 ? put(u, RV_USE_LIST_ITEM, v) : RV_OK;
}

static rv_status put_step(const struct uses *u, const json_t *step)
{
    size_t k, n;
    json_t *condition, *value;
    RV_TRY(put(u, RV_USE_LIST, rv_json_member_str(step, "configListId")));
    RV_TRY(put(u, RV_USE_FLOW, rv_json_member_str(step, "flowId")));
    RV_TRY(put_one_of(u, json_object_get(step, "assignTo")));
    json_array_foreach(json_object_get(json_object_get(step, "logic"), "conditions"), k, condition)
    {
        RV_TRY(put_value(u, condition, json_object_get(condition, "value")));
        json_array_foreach(json_object_get(condition, "values"), n, value)
            RV_TRY(put_value(u, condition, value));
    }
    return RV_OK;
}

rv_status rv_type_uses_put(struct rv_tx *tx, rv_str type_id, const char *place,
                           const json_t *audience, const json_t *steps)
{
    const struct uses u = { tx, type_id, place, steps };
    size_t i;
    json_t *step;
    RV_TRY(rv_sql_exec(tx, &use_sql[Q_CLEAR], NULL, RV_ARGS(type_id, place)));
    if (steps == NULL)
        return RV_OK;
    RV_TRY(put_one_of(&u, audience));
    json_array_foreach(steps, i, step)
        RV_TRY(put_step(&u, step));
    return RV_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct found {
    struct rv_type_ref *refs;
    size_t n, size;
};

static rv_status add(struct rv_cx *cx, struct found *f, struct rv_type_ref ref)
{
    for (size_t i = 0; i < f->n; i++) {
        if (rv_str_eq(f->refs[i].id, ref.id)) {
            f->refs[i].active = f->refs[i].active || ref.active;
            return RV_OK;
        }
    }
    if (f->n == f->size) {
        struct rv_type_ref *more = RV_NEW_N(cx, struct rv_type_ref, f->size * 2 + 8);
        if (more == NULL)
            return RV_BUSY;
        if (f->n > 0)
            memcpy(more, f->refs, f->n * sizeof *more);
        f->refs = more;
        f->size = f->size * 2 + 8;
    }
    f->refs[f->n++] = ref;
    return RV_OK;
}

static rv_status collect(struct rv_tx *tx, struct rv_rows *r, struct found *f)
{
    rv_status st = RV_OK;
    while (st == RV_OK && rv_rows_next(r))
        st = add(rv_tx_cx(tx), f,
                 (struct rv_type_ref){ .id = rv_col_str(r, 0),
                                       .name = rv_col_str(r, 1),
                                       .active = rv_col_bool(r, 2) });
    RV_TRY(rv_rows_end(r));
    return st;
}

static rv_status collect_kind(struct rv_tx *tx, enum rv_type_use use, rv_str id, struct found *f)
{
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &use_sql[Q_USING], &r, RV_ARGS(kinds[use], id)));
    return collect(tx, &r, f);
}

rv_status rv_type_list_of_item(struct rv_tx *tx, rv_str item_id, rv_str *ret_list, rv_str *ret_name,
                               bool *ret_active)
{
    struct rv_rows r;
    rv_str *lists = NULL;
    size_t n = 0, size = 0;
    *ret_list = RV_NONE_STR;
    RV_TRY(rv_sql_query(tx, &use_sql[Q_LISTS], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        if (n == size) {
            rv_str *more = RV_NEW_N(rv_tx_cx(tx), rv_str, size * 2 + 16);
            if (more == NULL)
                break;
            if (n > 0)
                memcpy(more, lists, n * sizeof *more);
            lists = more;
            size = size * 2 + 16;
        }
        lists[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    for (size_t i = 0; i < n && ret_list->p == NULL; i++) {
        RV_TRY(rv_list_item_name(tx, lists[i], item_id, ret_active, ret_name));
        *ret_list = ret_name->p != NULL ? lists[i] : RV_NONE_STR;
    }
    return RV_OK;
}

rv_status rv_types_using(struct rv_tx *tx, enum rv_type_use use, rv_str id,
                         struct rv_type_ref **ret, size_t *ret_n)
{
    struct found f = { 0 };
    struct rv_rows r;
    rv_str list, name;
    bool active;
    if (use == RV_USE_TEAM) {
        RV_TRY(rv_sql_query(tx, &use_sql[Q_USING_TEAM], &r, RV_ARGS(id)));
        RV_TRY(collect(tx, &r, &f));
    } else {
        RV_TRY(collect_kind(tx, use, id, &f));
    }
    if (use == RV_USE_LIST_ITEM) {
        RV_TRY(rv_type_list_of_item(tx, id, &list, &name, &active));
        if (list.p != NULL)
            RV_TRY(collect_kind(tx, RV_USE_LIST, list, &f));
    }
    *ret = f.refs;
    *ret_n = f.n;
    return RV_OK;
}

struct of_flow {
    rv_str id;
    struct rv_jw *w;
};

static rv_status of_flow_tx(struct rv_tx *tx, void *arg)
{
    const struct of_flow *f = arg;
    struct rv_type_ref *refs;
    size_t n;
    RV_TRY(rv_types_using(tx, RV_USE_FLOW, f->id, &refs, &n));
    for (size_t i = 0; i < n; i++) {
        rv_jw_obj(f->w);
        rv_jw_kstr(f->w, "id", refs[i].id);
        rv_jw_kstr(f->w, "name", refs[i].name);
        rv_jw_obj_end(f->w);
    }
    return RV_OK;
}

rv_status rv_request_types_of_flow(struct rv_cx *cx, rv_str flow_id, struct rv_jw *w)
{
    struct of_flow f = { flow_id, w };
    return rv_store_read(cx, of_flow_tx, &f);
}
