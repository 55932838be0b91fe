/* requests/team_access.c: what a team may use: resource types, configuration lists, integrations;
 * and the Access tab that shows and sets all of them at once (access-requests.md 5.1).
 *
 * One table of the database per kind, the same five statements each. Who may change access is
 * judged where the object is; here only the tab as a whole. */
#include "requests/requests_int.h"

enum { Q_HAS, Q_ADD, Q_REMOVE, Q_TEAMS, Q_DROP, Q_PER_KIND, Q_N = (int)Q_PER_KIND * (int)RV_ACCESS_N };
#define AT(kind, q) [(int)(kind) * (int)Q_PER_KIND + (int)(q)]
#define ACCESS(kind, table, column)                                                                                                          \
    AT(kind, Q_HAS) = { .name = table "_has", .text = "SELECT team_id FROM " table " WHERE " column " = :id AND team_id = :team_id",        \
                        .in = "id:text team_id:text", .out = "team_id:text" },                                                               \
    AT(kind, Q_ADD) = { .name = table "_add", .text = "INSERT INTO " table " (" column ", team_id) VALUES (:id, :team_id) ON CONFLICT DO NOTHING", \
                        .in = "id:text team_id:text" },                                                                                      \
    AT(kind, Q_REMOVE) = { .name = table "_remove", .text = "DELETE FROM " table " WHERE " column " = :id AND team_id = :team_id",          \
                           .in = "id:text team_id:text" },                                                                                   \
    AT(kind, Q_TEAMS) = { .name = table "_teams",                                                                                            \
                          .text = "SELECT t.id, t.name FROM " table " a JOIN team t ON t.id = a.team_id WHERE a." column " = :id ORDER BY t.name_key", \
                          .in = "id:text", .out = "id:text name:text" },                                                                     \
    AT(kind, Q_DROP) = { .name = table "_drop", .text = "DELETE FROM " table " WHERE team_id = :team_id", .in = "team_id:text" }
static const struct rv_sql team_access_sql[Q_N] = {
    ACCESS(RV_ACCESS_RESOURCE, "resource_type_team", "type"),
    ACCESS(RV_ACCESS_LIST, "config_list_team", "list_id"),
    ACCESS(RV_ACCESS_INTEGRATION, "integration_team", "integration_id"),
};
RV_SQL_MODULE(team_access, team_access_sql);

static const struct rv_sql *statement(enum rv_access kind, int q)
{
    return &team_access_sql[(int)kind * (int)Q_PER_KIND + q];
}

rv_status rv_access_has(struct rv_tx *tx, enum rv_access kind, rv_str id, rv_str team_id, bool *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, statement(kind, Q_HAS), &r, ret, RV_ARGS(id, team_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

rv_status rv_access_set(struct rv_tx *tx, enum rv_access kind, rv_str id, rv_str team_id, bool on,
                        bool *ret_changed)
{
    int64_t n = 0;
    RV_TRY(rv_sql_exec(tx, statement(kind, on ? Q_ADD : Q_REMOVE), &n, RV_ARGS(id, team_id)));
    *ret_changed = n > 0;
    return n > 0 ? rv_team_touch(tx, team_id) : RV_OK;
}

rv_status rv_access_write_teams(struct rv_tx *tx, enum rv_access kind, rv_str id, struct rv_jw *w)
{
    rv_jw_arr(w);
    RV_TRY(rv_named_write(tx, statement(kind, Q_TEAMS), id, w));
    rv_jw_arr_end(w);
    return RV_OK;
}

rv_status rv_access_team_ids(struct rv_tx *tx, enum rv_access kind, rv_str id, rv_str **ret,
                             size_t *ret_n)
{
    struct rv_rows r;
    rv_str *ids = NULL;
    size_t n = 0, size = 0;
    bool full = false;
    RV_TRY(rv_sql_query(tx, statement(kind, Q_TEAMS), &r, RV_ARGS(id)));
    while (!full && rv_rows_next(&r)) {
        if (n == size) {
            rv_str *more = RV_NEW_N(rv_tx_cx(tx), rv_str, size * 2 + 16);
            full = more == NULL;
            if (full)
                continue;
            if (n > 0)
                memcpy(more, ids, n * sizeof *ids);
            ids = more;
            size = size * 2 + 16;
        }
        ids[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    *ret = ids;
    *ret_n = n;
    return full ? RV_BUSY : RV_OK;
}

rv_status rv_access_drop_team(struct rv_tx *tx, rv_str team_id)
{
    for (int kind = 0; kind < (int)RV_ACCESS_N; kind++)
        RV_TRY(rv_sql_exec(tx, statement((enum rv_access)kind, Q_DROP), NULL, RV_ARGS(team_id)));
    return RV_OK;
}

/* ---- the Access tab -------------------------------------------------------------------------- */

struct tab {
    rv_str id;
    struct rv_jw *w;
    const struct rv_team_access_in *in;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    const struct tab *a = arg;
    struct rv_team t;
    RV_TRY(rv_team_require(tx, a->id, &t));
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_TEAM_MANAGE,
                    (struct rv_object){ .id = a->id, .visible = true }));
    rv_jw_obj(a->w);
    rv_jw_kint(a->w, "version", t.version);
    rv_jw_key(a->w, "resourceTypes");
    rv_jw_arr(a->w);
    RV_TRY(rv_resource_write_access(tx, a->id, a->w));
    rv_jw_arr_end(a->w);
    rv_jw_key(a->w, "configLists");
    rv_jw_arr(a->w);
    RV_TRY(rv_list_write_access(tx, a->id, a->w));
    rv_jw_arr_end(a->w);
    rv_jw_key(a->w, "integrations");
    rv_jw_arr(a->w);
    RV_TRY(rv_integration_write_access(tx, a->id, a->w));
    rv_jw_arr_end(a->w);
    rv_jw_obj_end(a->w);
    return RV_OK;
}

rv_status rv_team_access_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct tab a = { .id = id, .w = w };
    return rv_store_read(cx, get_tx, &a);
}

/* What one element of the body may hold; names and action switches are those of the answer, read
 * back unchanged. */
struct element {
    uint64_t seen, nulls;
    rv_str id, name;
    bool allowed;
    json_t *actions;
};
#define ALLOWED { "allowed", RV_K_BOOL, RV_REQUIRED, offsetof(struct element, allowed), 0, 0, NULL, "may the team use it" }
#define NAME { "name", RV_K_TEXT, 0, offsetof(struct element, name), 0, 0, NULL, "read only" }
static const struct rv_shape by_type = {
    "TeamAccessResource", (const struct rv_member[]){ { "type", RV_K_TEXT, RV_REQUIRED, offsetof(struct element, id), 0, 0, NULL, "resource type" }, ALLOWED, NAME, { .name = NULL } }, false,
};
static const struct rv_shape by_id = {
    "TeamAccessObject", (const struct rv_member[]){ { "id", RV_K_TEXT, RV_REQUIRED, offsetof(struct element, id), 0, 0, NULL, "list or integration" }, ALLOWED, NAME,
                                                    { "actions", RV_K_ARRAY, 0, offsetof(struct element, actions), 0, 0, NULL, "read only" }, { .name = NULL } }, false,
};

typedef rv_status set_fn(struct rv_tx *tx, rv_str id, rv_str team_id, bool on);

static rv_status put_each(struct rv_tx *tx, rv_str team_id, const char *member, const json_t *list,
                          const struct rv_shape *shape, set_fn *set)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i;
    json_t *j;
    json_array_foreach(list, i, j)
    {
        struct element e = { 0 };
        const char *at = rv_z(cx, rv_printf(cx, "/%s/%zu", member, i));
        RV_TRY(rv_json_decode(cx, j, shape, at, &e));
        rv_status st = set(tx, e.id, team_id, e.allowed);
        if (st == RV_NOT_FOUND) { /* of the body, not of the path */
            rv_error_clear(cx);
            return rv_fail_field(cx, at, "IDENTIFIER_NOT_FOUND",
                                 "there is nothing with the id %.*s", RV_FMT(e.id));
        }
        RV_TRY(st);
    }
    return RV_OK;
}

static rv_status put_tx(struct rv_tx *tx, void *arg)
{
    const struct tab *a = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_team t;
    RV_TRY(rv_team_require(tx, a->id, &t));
    RV_TRY(rv_authz(cx, tx, RV_A_TEAM_MANAGE, (struct rv_object){ .id = a->id, .visible = true }));
    if (t.version != a->in->version)
        return rv_fail(
            cx, RV_CONFLICT,
            "the team was changed by somebody else; read it again (it is at version %" PRId64 ")",
            t.version);
    RV_TRY(
        put_each(tx, a->id, "resourceTypes", a->in->resource_types, &by_type, rv_resource_open_tx));
    RV_TRY(put_each(tx, a->id, "configLists", a->in->config_lists, &by_id, rv_list_share_tx));
    return put_each(tx, a->id, "integrations", a->in->integrations, &by_id,
                    rv_integration_share_tx);
}

rv_status rv_team_access_put(struct rv_cx *cx, rv_str id, const struct rv_team_access_in *in)
{
    struct tab a = { .id = id, .in = in };
    return rv_store_write(cx, put_tx, &a);
}
