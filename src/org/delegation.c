/* org/delegation.c: why an application may run delegated flows, or what is missing for it
 * (access-requests.md 3.2, 6.3).
 *
 * The judge says yes or no; an administrator who looks for the missing piece needs to know which of
 * role, resource set and assignment is not there. This reads those three and decides nothing. */
#include "org/org.h"

enum { Q_FACTS, Q_N };
#define HOLDS "(i.tail = :all_flows OR i.tail = :one_flow OR (:one_flow IS NULL AND i.tail LIKE :all_flows || ':%'))"
static const struct rv_sql delegation_sql[Q_N] = {
    [Q_FACTS] = {
        .name = "delegation_facts",
        .text = "SELECT EXISTS (SELECT 1 FROM admin_role_permission p WHERE p.name = 'okta.workflows.invoke') AS role, "
                "EXISTS (SELECT 1 FROM resource_set_item i WHERE " HOLDS ") AS resources, "
                "EXISTS (SELECT 1 FROM role_member m JOIN admin_role_permission p ON p.role_id = m.role_id AND p.name = 'okta.workflows.invoke' "
                "JOIN resource_set_item i ON i.set_id = m.set_id WHERE m.member_id = :app AND " HOLDS ") AS bound",
        .in = "all_flows:text one_flow:text app:text", .out = "role:bool resources:bool bound:bool",
    },
};
RV_SQL_MODULE(delegation, delegation_sql);

struct query {
    rv_str app_id, flow_id;
    struct rv_delegation *ret;
};

static rv_status facts_tx(struct rv_tx *tx, void *arg)
{
    const struct query *q = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    bool found;
    rv_str all = rv_printf(cx, "workflow:%.*s:flows", RV_FMT(rv_org_id(cx->env)));
    rv_str one = q->flow_id.p != NULL ? rv_printf(cx, "%.*s:%.*s", RV_FMT(all), RV_FMT(q->flow_id))
                                      : RV_NONE_STR;
    RV_TRY(rv_sql_first(tx, &delegation_sql[Q_FACTS], &r, &found, RV_ARGS(all, one, q->app_id)));
    if (!found)
        return RV_OK;
    *q->ret = (struct rv_delegation){ .role = rv_col_bool(&r, 0),
                                      .resources = rv_col_bool(&r, 1),
                                      .bound = rv_col_bool(&r, 2) };
    return rv_rows_end(&r);
}

rv_status rv_delegation_facts(struct rv_cx *cx, rv_str app_id, rv_str flow_id,
                              struct rv_delegation *ret)
{
    struct query q = { app_id, flow_id, ret };
    *ret = (struct rv_delegation){ 0 };
    return rv_store_read(cx, facts_tx, &q);
}
