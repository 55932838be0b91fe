/* requests/task_list.c: lists of tasks: mine, those of my teams, all I may see
 * (access-requests.md 4.10, 7.7).
 *
 * A task is a step that waits or waited for a person; HIDDEN, SKIPPED and RUNNING steps and timers
 * are none. The caller's open tasks are found by the caller's own rows; the other views walk
 * requests the caller may see. Sorted by due time. */
#include "requests/request_int.h"

#define COLUMNS "r.id AS request_id, r.number, r.version, r.subject, r.status, r.requester_id, s.position, s.id, s.kind, s.text, s.state, s.assignees, s.opened_at, " \
                "s.due_at, s.decision"
#define OUT "request_id:text number:int version:int subject:text status:text requester_id:text position:int id:text kind:text text:text state:text " \
            "assignees:text opened_at:time due_at:time decision:text"
#define IN "me:text teams:text states:text number:int before:time due:int after_number:int after_position:int n:int"
#define DUE "COALESCE(s.due_at, 9007199254740991)"
#define RULES "AND s.opened_at IS NOT NULL AND s.kind <> 'TIMER' AND s.state IN (SELECT value FROM json_each(:states)) AND (:number IS NULL OR r.number = :number) " \
              "AND (:before IS NULL OR s.due_at < :before) AND (" DUE " > :due OR (" DUE " = :due AND (r.number > :after_number OR " \
              "(r.number = :after_number AND s.position > :after_position)))) ORDER BY " DUE ", r.number, s.position LIMIT :n"
enum { Q_MINE_OPEN, Q_MINE, Q_TEAM, Q_ALL, Q_NUMBER, Q_N };
static const struct rv_sql task_list_sql[Q_N] = {
    [Q_MINE_OPEN] = {
        .name = "task_list_mine_open",
        .text = "SELECT " COLUMNS " FROM request_person p JOIN request r ON r.number = p.number JOIN request_step s ON s.number = p.number "
                "WHERE p.user_id = :me AND p.first_task IS NOT NULL AND s.position IN (SELECT value FROM json_each(p.tasks)) AND :teams IS NOT NULL " RULES,
        .in = IN, .out = OUT,
    },
    [Q_MINE] = {
        .name = "task_list_mine",
        .text = "SELECT " COLUMNS " FROM request_person p JOIN request r ON r.number = p.number JOIN request_step s ON s.number = p.number "
                "WHERE p.user_id = :me AND (p.roles & 8) <> 0 AND EXISTS (SELECT 1 FROM json_each(s.assignees) a WHERE a.value = :me) "
                "AND :teams IS NOT NULL " RULES,
        .in = IN, .out = OUT,
    },
    [Q_TEAM] = {
        .name = "task_list_team",
        .text = "SELECT " COLUMNS " FROM request r JOIN request_step s ON s.number = r.number "
                "WHERE r.team_id IN (SELECT value FROM json_each(:teams)) AND :me IS NOT NULL " RULES,
        .in = IN, .out = OUT,
    },
    [Q_ALL] = {
        .name = "task_list_all",
        .text = "SELECT " COLUMNS " FROM request r JOIN request_step s ON s.number = r.number "
                "WHERE (r.private = 0 OR r.team_id IN (SELECT value FROM json_each(:teams)) "
                "OR EXISTS (SELECT 1 FROM request_person p WHERE p.user_id = :me AND p.number = r.number)) " RULES,
        .in = IN, .out = OUT,
    },
    [Q_NUMBER] = { .name = "task_list_request_number", .text = "SELECT number FROM request WHERE id = :id", .in = "id:text", .out = "number:int" },
};
RV_SQL_MODULE(task_list, task_list_sql);

struct list {
    struct rv_cx *cx;
    const struct rv_request_query *q;
    struct rv_jw *w;
    int64_t due, number, position; /* where the page starts, then where it ended */
    rv_str states;
    int statement;
    bool more;
    struct rv_faces faces;
};

static rv_status states_of(struct list *l)
{
    static const char *const names[] = { "OPEN", "FAILED", "COMPLETED", "LOCKED" };
    rv_str text = l->q->status.p != NULL ? l->q->status : RV_STR("OPEN,FAILED"), part, parts[8];
    size_t n = 0;
    while (rv_str_split(&text, ',', &part)) {
        bool known = false;
        for (size_t i = 0; i < RV_LEN(names); i++)
            known = known || rv_str_eq(rv_str_trim(part), rv_str_of(names[i]));
        if (!known || n == RV_LEN(parts))
            return rv_fail_field(l->cx, "status", "INVALID_ENUM_VALUE",
                                 "tasks are OPEN, FAILED, COMPLETED or LOCKED");
        parts[n++] = rv_str_trim(part);
    }
    return rv_ids_json(l->cx, parts, n, &l->states);
}

static rv_status plan(struct list *l)
{
    rv_str view = l->q->view.p != NULL         ? l->q->view
                  : l->q->request_id.p != NULL ? RV_STR("all")
                                               : RV_STR("mine"),
           after = l->q->after, due, number;
    RV_TRY(states_of(l));
    bool only_open = !rv_str_contains(l->states, RV_STR("COMPLETED")) &&
                     !rv_str_contains(l->states, RV_STR("LOCKED"));
    if (rv_str_eq(view, RV_STR("mine")))
        l->statement = only_open ? Q_MINE_OPEN : Q_MINE;
    else if (rv_str_eq(view, RV_STR("team")))
        l->statement = Q_TEAM;
    else if (rv_str_eq(view, RV_STR("all")))
        l->statement = Q_ALL;
    else
        return rv_fail_field(l->cx, "view", "INVALID_ENUM_VALUE",
                             "a view of tasks is mine, team or all");
    l->due = l->number = l->position = -1;
    if (after.p == NULL)
        return RV_OK;
    if (!rv_str_split(&after, '.', &due) || !rv_str_split(&after, '.', &number) ||
        !rv_str_to_int(due, &l->due) || !rv_str_to_int(number, &l->number) ||
        !rv_str_to_int(after, &l->position))
        return rv_fail_field(l->cx, "after", "INVALID", "the cursor is not one of this list");
    return RV_OK;
}

static rv_status write_row(struct rv_tx *tx, struct list *l, struct rv_rows *r)
{
    struct rv_jw *w = l->w;
    rv_str request_id = rv_col_str(r, 0), state = rv_col_str(r, 10), *ids;
    size_t n;
    RV_TRY(rv_ids_parse(l->cx, rv_col_str(r, 11), &ids, &n));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_printf(l->cx, "%.*s%02x", 22, request_id.p, (unsigned)l->position + 1));
    rv_jw_kint(w, "version", rv_col_int(r, 2));
    rv_jw_kstr(w, "stepId", rv_col_str(r, 7));
    rv_jw_kstr(w, "kind", rv_col_str(r, 8));
    rv_jw_kstr(w, "text", rv_col_str(r, 9));
    rv_jw_kstr(w, "state", state);
    rv_jw_key(w, "request");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", request_id);
    rv_jw_kint(w, "number", l->number);
    rv_jw_kstr(w, "subject", rv_col_str(r, 3));
    rv_jw_kstr(w, "status", rv_col_str(r, 4));
    rv_jw_obj_end(w);
    rv_jw_key(w, "requester");
    RV_TRY(rv_face_write(tx, &l->faces, w, rv_col_str(r, 5)));
    rv_jw_key(w, "assignees");
    rv_jw_arr(w);
    for (size_t i = 0; i < n; i++)
        RV_TRY(rv_face_write(tx, &l->faces, w, ids[i]));
    rv_jw_arr_end(w);
    rv_jw_ktime(w, "openedAt", rv_col_int(r, 12));
    rv_jw_ktime(w, "dueAt", rv_col_int(r, 13));
    bool open = rv_str_eq(state, RV_STR("OPEN")) || rv_str_eq(state, RV_STR("FAILED"));
    rv_jw_kbool(w, "overdue",
                open && rv_col_int(r, 13) != RV_NO_TIME && rv_col_int(r, 13) < rv_tx_now(tx));
    rv_jw_kstr(w, "decision", rv_col_str(r, 14));
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status number_of(struct rv_tx *tx, rv_str request, int64_t *ret)
{
    struct rv_rows r;
    bool found;
    *ret = RV_NO_INT;
    if (request.p == NULL || (!rv_id_is_hex24(request) && rv_str_to_int(request, ret)))
        return RV_OK;
    *ret = -1; /* no request has it */
    RV_TRY(rv_sql_first(tx, &task_list_sql[Q_NUMBER], &r, &found, RV_ARGS(request)));
    if (!found)
        return RV_OK;
    *ret = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    struct rv_rows r;
    rv_str me = rv_user_id(l->cx), teams, *ids;
    size_t teams_n;
    int64_t number;
    int n = 0;
    RV_TRY(rv_authz(l->cx, tx, RV_A_TASK_LIST, RV_NO_OBJECT));
    RV_TRY(rv_teams_of(tx, me, &ids, &teams_n));
    RV_TRY(rv_ids_json(l->cx, ids, teams_n, &teams));
    RV_TRY(number_of(tx, l->q->request_id, &number));
    RV_TRY(rv_sql_query(tx, &task_list_sql[l->statement], &r,
                        RV_ARGS(me.p != NULL ? me : RV_STR(""), teams, l->states, number,
                                l->q->overdue ? rv_tx_now(tx) : RV_NO_TIME, l->due, l->number,
                                l->position, l->q->limit + 1)));
    rv_status st = RV_OK;
    while (st == RV_OK && rv_rows_next(&r)) {
        if (n++ == l->q->limit) {
            l->more = true;
            break;
        }
        l->due = rv_col_int(&r, 13) == RV_NO_TIME ? (INT64_C(1) << 53) - 1 : rv_col_int(&r, 13);
        l->number = rv_col_int(&r, 1);
        l->position = rv_col_int(&r, 6);
        st = write_row(tx, l, &r);
    }
    rv_status end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

rv_status rv_task_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                       rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .w = w };
    RV_TRY(plan(&l));
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more
                    ? rv_printf(cx, "%" PRId64 ".%" PRId64 ".%" PRId64, l.due, l.number, l.position)
                    : RV_NONE_STR;
    return RV_OK;
}
