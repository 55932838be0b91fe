/* requests/request_list.c: lists of requests and tasks (access-requests.md 4.10).
 *
 * Three ways to walk, each along one index: all requests from the newest number, the rows of one
 * person, the rows of some teams. What the caller may see is one predicate, the same as the judge's
 * for one request (4.8): a bond of the caller, a team of the caller, or a public request. A page
 * continues behind the sort key and number of its last row. */
#include "requests/request_int.h"

/* ---- statements ------------------------------------------------------------------------------ */

#define COLUMNS "r.number, r.id, r.version, r.type_id, r.type_name, r.type_icon, r.team_id, r.subject, r.status, r.requester_id, r.creator_id, " \
                "r.assignee_id, r.created_at, r.updated_at, r.resolved_at, r.due_at, EXISTS (SELECT 1 FROM sample_object z WHERE z.id = r.type_id OR z.id = r.id) " \
                "AS sample, t.position, t.id AS step_id, t.kind AS step_kind, t.text AS step_text"
#define OUT "number:int id:text version:int type_id:text type_name:text type_icon:text team_id:text subject:text status:text requester_id:text creator_id:text " \
            "assignee_id:text created_at:time updated_at:time resolved_at:time due_at:time sample:bool position:int step_id:text step_kind:text step_text:text"
#define IN "me:text teams:text roles:int statuses:text done:bool open_too:bool team:text type:text assignee:text unassigned:bool requester:text worker:text " \
           "follower:text tag:text q:text qn:text before:time key:int number:int n:int"
#define MINE "LEFT JOIN request_person me ON me.user_id = :me AND me.number = r.number "
#define TASK "LEFT JOIN request_step t ON t.number = r.number AND t.position = me.first_task "
#define FROM_ALL " FROM request r " MINE TASK "WHERE (me.user_id IS NOT NULL OR r.private = 0 OR r.team_id IN (SELECT value FROM json_each(:teams))) AND :roles >= 0 "
#define FROM_PERSON " FROM request_person me JOIN request r ON r.number = me.number " TASK "WHERE me.user_id = :me AND (me.roles & :roles) <> 0 AND :teams IS NOT NULL "
#define FROM_TASKS " FROM request_person me JOIN request r ON r.number = me.number " TASK \
                   "WHERE me.user_id = :me AND me.first_task IS NOT NULL AND :roles >= 0 AND :teams IS NOT NULL "
#define FROM_TEAMS " FROM request r " MINE TASK "WHERE r.team_id IN (SELECT value FROM json_each(:teams)) AND :roles >= 0 "
#define RULES "AND (:statuses IS NULL OR r.status IN (SELECT value FROM json_each(:statuses)) OR (:done = 1 AND r.all_done = 1) " \
              "OR (:open_too = 1 AND r.status = 'PENDING' AND me.first_task IS NOT NULL)) " \
              "AND (:team IS NULL OR r.team_id = :team) AND (:type IS NULL OR r.type_id = :type) AND (:assignee IS NULL OR r.assignee_id = :assignee) " \
              "AND (:unassigned = 0 OR r.assignee_id IS NULL) AND (:requester IS NULL OR r.requester_id = :requester) " \
              "AND (:worker IS NULL OR EXISTS (SELECT 1 FROM request_person w WHERE w.user_id = :worker AND w.number = r.number AND w.first_task IS NOT NULL)) " \
              "AND (:follower IS NULL OR EXISTS (SELECT 1 FROM request_person f WHERE f.user_id = :follower AND f.number = r.number AND (f.roles & 32) <> 0)) " \
              "AND (:tag IS NULL OR LOWER(r.tags) LIKE :tag ESCAPE '\\') " \
              "AND (:q IS NULL OR LOWER(r.subject) LIKE :q ESCAPE '\\' OR CAST(r.number AS TEXT) = :qn " \
              "OR EXISTS (SELECT 1 FROM request_message m WHERE m.number = r.number AND LOWER(m.text) LIKE :q ESCAPE '\\')) " \
              "AND (:before IS NULL OR r.due_at < :before) "
#define DUE "COALESCE(r.due_at, 9007199254740991)"
#define BY_NUMBER_DOWN "AND r.number < :number AND :key IS NOT NULL ORDER BY r.number DESC LIMIT :n"
#define BY_NUMBER_UP "AND r.number > :number AND :key IS NOT NULL ORDER BY r.number LIMIT :n"
#define BY_UPDATED_DOWN "AND (r.updated_at < :key OR (r.updated_at = :key AND r.number < :number)) ORDER BY r.updated_at DESC, r.number DESC LIMIT :n"
#define BY_UPDATED_UP "AND (r.updated_at > :key OR (r.updated_at = :key AND r.number > :number)) ORDER BY r.updated_at, r.number LIMIT :n"
#define BY_DUE_UP "AND (" DUE " > :key OR (" DUE " = :key AND r.number > :number)) ORDER BY " DUE ", r.number LIMIT :n"
#define BY_DUE_DOWN "AND (" DUE " < :key OR (" DUE " = :key AND r.number < :number)) ORDER BY " DUE " DESC, r.number DESC LIMIT :n"
#define ONE(name_, from, by) { .name = name_, .text = "SELECT " COLUMNS from RULES by, .in = IN, .out = OUT }
#define ALL_SORTS(name_, from) \
    { ONE("request_list_" name_ "_new", from, BY_NUMBER_DOWN), ONE("request_list_" name_ "_old", from, BY_NUMBER_UP), \
      ONE("request_list_" name_ "_changed", from, BY_UPDATED_DOWN), ONE("request_list_" name_ "_still", from, BY_UPDATED_UP), \
      ONE("request_list_" name_ "_late", from, BY_DUE_DOWN), ONE("request_list_" name_ "_due", from, BY_DUE_UP) }
enum source { ALL, PERSON, TASKS, TEAMS, SOURCES };
enum sort { BY_NUMBER, BY_UPDATED, BY_DUE, SORTS };
static const struct rv_sql request_list_sql[SOURCES][2 * SORTS] = {
    ALL_SORTS("all", FROM_ALL), ALL_SORTS("person", FROM_PERSON), ALL_SORTS("tasks", FROM_TASKS), ALL_SORTS("teams", FROM_TEAMS),
};
const struct rv_sql_module rv_sql_request_list = { "request_list", &request_list_sql[0][0], sizeof request_list_sql / sizeof request_list_sql[0][0] };

/* ---- what is asked for ----------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum source source;
    enum sort sort;
    bool ascending, only_live, unassigned;
    unsigned roles;
} views[] = {
    { "all", ALL, BY_NUMBER, false, false, false, 0 },
    { "inbox", PERSON, BY_NUMBER, false, false, false, RV_REL_REQUESTER | RV_REL_CREATOR | RV_REL_ASSIGNEE | RV_REL_TASK_ASSIGNEE | RV_REL_FOLLOWER },
    { "mine", TASKS, BY_DUE, true, false, false, 0 },
    { "sent", PERSON, BY_NUMBER, false, false, false, RV_REL_REQUESTER | RV_REL_CREATOR },
    { "team", TEAMS, BY_NUMBER, false, false, false, 0 },
    { "unassigned", TEAMS, BY_NUMBER, false, true, true, 0 },
};
static const struct {
    const char *name;
    enum sort sort;
} sorts[] = { { "created", BY_NUMBER }, { "lastUpdated", BY_UPDATED }, { "dueAt", BY_DUE } };
static const char *const statuses[] = { "OPEN", "PENDING", "RESOLVED", "LOCKED", "EXPIRED", "CANCELED", NULL };
enum { NEVER_DUE_BITS = 53 };

struct list {
    struct rv_cx *cx;
    const struct rv_request_query *q;
    struct rv_jw *w;
    size_t view;
    enum source source;
    enum sort sort;
    bool ascending, more;
    int64_t key, number; /* where the page starts, then where it ended */
    rv_str statuses, teams, me;
    struct rv_faces faces;
    struct team {
        struct rv_team t;
        struct team *next;
    } *known;
};

static rv_status one_of(struct rv_cx *cx, rv_str value, const char *const *names,
                        const char *parameter)
{
    for (; *names != NULL; names++)
        if (rv_str_eq(value, rv_str_of(*names)))
            return RV_OK;
    return rv_fail_field(cx, parameter, "INVALID_ENUM_VALUE", "\"%.*s\" is no %s of this list",
                         RV_FMT(value), parameter);
}

/* "OPEN,PENDING" as a JSON array; absent stays absent. */
static rv_status status_set(struct rv_cx *cx, rv_str text, const char *const *names, rv_str *ret)
{
    rv_str part, parts[16];
    size_t n = 0;
    *ret = RV_NONE_STR;
    if (text.p == NULL)
        return RV_OK;
    while (rv_str_split(&text, ',', &part)) {
        RV_TRY(one_of(cx, rv_str_trim(part), names, "status"));
        if (n == RV_LEN(parts))
            return rv_fail_field(cx, "status", "INVALID", "too many values");
        parts[n++] = rv_str_trim(part);
    }
    return rv_ids_json(cx, parts, n, ret);
}

static rv_status cursor(struct rv_cx *cx, rv_str after, int64_t *ret_key, int64_t *ret_number)
{
    rv_str key;
    if (after.p == NULL)
        return RV_OK;
    if (!rv_str_split(&after, '.', &key) || !rv_str_to_int(key, ret_key) ||
        !rv_str_to_int(after, ret_number))
        return rv_fail_field(cx, "after", "INVALID", "the cursor is not one of this list");
    return RV_OK;
}

static rv_status plan(struct list *l)
{
    const struct rv_request_query *q = l->q;
    rv_str view = q->view.p != NULL ? q->view : RV_STR("all");
    while (l->view < RV_LEN(views) && !rv_str_eq(view, rv_str_of(views[l->view].name)))
        l->view++;
    if (l->view == RV_LEN(views))
        return rv_fail_field(l->cx, "view", "INVALID_ENUM_VALUE",
                             "a view is inbox, mine, sent, team, unassigned or all");
    l->source = views[l->view].source;
    l->sort = views[l->view].sort;
    l->ascending = q->sort_by.p != NULL || q->ascending ? q->ascending : views[l->view].ascending;
    if (q->sort_by.p != NULL) {
        size_t i = 0;
        while (i < RV_LEN(sorts) && !rv_str_eq(q->sort_by, rv_str_of(sorts[i].name)))
            i++;
        if (i == RV_LEN(sorts))
            return rv_fail_field(l->cx, "sortBy", "INVALID_ENUM_VALUE",
                                 "requests are sorted by created, lastUpdated or dueAt");
        l->sort = sorts[i].sort;
    }
    RV_TRY(status_set(l->cx,
                      q->status.p != NULL        ? q->status
                      : views[l->view].only_live ? RV_STR("OPEN,PENDING")
                                                 : RV_NONE_STR,
                      statuses, &l->statuses));
    l->key = l->number = l->ascending ? -1 : INT64_MAX;
    return cursor(l->cx, q->after, &l->key, &l->number);
}

static rv_str who(const struct list *l, rv_str id)
{
    return rv_str_eq(id, RV_STR("me")) ? l->me : rv_str_eq(id, RV_STR("none")) ? RV_NONE_STR : id;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static rv_status write_team(struct rv_tx *tx, struct list *l, rv_str id)
{
    struct team *t = l->known;
    bool found;
    while (t != NULL && !rv_str_eq(t->t.id, id))
        t = t->next;
    if (t == NULL) {
        t = RV_NEW(l->cx, struct team);
        if (t == NULL)
            return RV_BUSY;
        RV_TRY(rv_team_load(tx, id, &found, &t->t));
        if (!found)
            t->t = (struct rv_team){
                .id = id, .name = id, .icon = RV_STR("support"), .colour = RV_STR("grey")
            };
        t->next = l->known;
        l->known = t;
    }
    rv_jw_key(l->w, "team");
    rv_team_write_ref(l->w, &t->t);
    return RV_OK;
}

static rv_status write_face(struct rv_tx *tx, struct list *l, const char *key, rv_str id)
{
    rv_jw_key(l->w, key);
    return rv_face_write(tx, &l->faces, l->w, id);
}

static void write_my_task(struct list *l, struct rv_rows *r, rv_str request_id)
{
    int64_t position = rv_col_int(r, 17);
    rv_jw_key(l->w, "myTask");
    if (position == RV_NO_INT) {
        rv_jw_null(l->w);
        return;
    }
    rv_jw_obj(l->w);
    rv_jw_kstr(l->w, "id", rv_printf(l->cx, "%.*s%02x", 22, request_id.p, (unsigned)position + 1));
    rv_jw_kstr(l->w, "stepId", rv_col_str(r, 18));
    rv_jw_kstr(l->w, "kind", rv_col_str(r, 19));
    rv_jw_kstr(l->w, "text", rv_col_str(r, 20));
    rv_jw_obj_end(l->w);
}

static rv_status write_row(struct rv_tx *tx, struct list *l, struct rv_rows *r)
{
    struct rv_jw *w = l->w;
    rv_str id = rv_col_str(r, 1);
    int64_t due = rv_col_int(r, 15);
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kint(w, "number", rv_col_int(r, 0));
    rv_jw_kint(w, "version", rv_col_int(r, 2));
    rv_jw_kstr(w, "subject", rv_col_str(r, 7));
    rv_jw_kstr(w, "status", rv_col_str(r, 8));
    rv_jw_key(w, "requestType");
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", rv_col_str(r, 3));
    rv_jw_kstr(w, "name", rv_col_str(r, 4));
    rv_jw_kstr(w, "icon", rv_col_str(r, 5));
    rv_jw_obj_end(w);
    RV_TRY(write_team(tx, l, rv_col_str(r, 6)));
    RV_TRY(write_face(tx, l, "requester", rv_col_str(r, 9)));
    RV_TRY(write_face(tx, l, "creator", rv_col_str(r, 10)));
    RV_TRY(write_face(tx, l, "assignee", rv_col_str(r, 11)));
    rv_jw_ktime(w, "created", rv_col_int(r, 12));
    rv_jw_ktime(w, "lastUpdated", rv_col_int(r, 13));
    rv_jw_ktime(w, "resolvedAt", rv_col_int(r, 14));
    rv_jw_ktime(w, "dueAt", due);
    rv_jw_kbool(w, "overdue", due != RV_NO_TIME && due < rv_tx_now(tx));
    write_my_task(l, r, id);
    rv_jw_kbool(w, "sample", rv_col_bool(r, 16));
    rv_jw_obj_end(w);
    return RV_OK;
}

static int64_t key_of(const struct list *l, struct rv_rows *r)
{
    int64_t due = rv_col_int(r, 15);
    if (l->sort == BY_UPDATED)
        return rv_col_int(r, 13);
    if (l->sort == BY_DUE)
        return due == RV_NO_TIME ? (INT64_C(1) << NEVER_DUE_BITS) - 1 : due;
    return 0;
}

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct list *l = arg;
    const struct rv_request_query *q = l->q;
    struct rv_rows r;
    bool mine = q->team_id.p != NULL;
    rv_str teams = RV_STR("[]"), *ids;
    size_t teams_n;
    int n = 0;
    RV_TRY(rv_authz(l->cx, tx, RV_A_REQUEST_LIST, RV_NO_OBJECT));
    l->me = rv_user_id(l->cx);
    RV_TRY(rv_teams_of(tx, l->me, &ids, &teams_n));
    RV_TRY(rv_ids_json(l->cx, ids, teams_n, &teams));
    if (mine && l->source == TEAMS) {
        mine = false;
        for (size_t i = 0; i < teams_n; i++)
            mine = mine || rv_str_eq(ids[i], q->team_id);
        if (mine)
            RV_TRY(rv_ids_json(l->cx, &q->team_id, 1, &teams));
        else
            l->source = ALL; /* another team's: what of it the caller may see */
    }
    rv_str quoted = rv_printf(l->cx, "\"text\":\"%.*s\"", RV_FMT(q->tag));
    bool done = rv_str_contains(l->statuses, RV_STR("\"RESOLVED\"")),
         open_too = rv_str_contains(l->statuses, RV_STR("\"OPEN\""));
    RV_TRY(rv_sql_query(
        tx, &request_list_sql[l->source][l->sort * 2 + (l->ascending ? 1 : 0)], &r,
        RV_ARGS(l->me.p != NULL ? l->me : RV_STR(""), teams, (int64_t)views[l->view].roles,
                l->statuses, done, open_too, q->team_id, q->request_type_id, who(l, q->assignee_id),
                views[l->view].unassigned || rv_str_eq(q->assignee_id, RV_STR("none")),
                who(l, q->requester_id), who(l, q->task_assignee_id), who(l, q->follower_id),
                q->tag.p != NULL ? rv_name_pattern(l->cx, quoted) : RV_NONE_STR,
                rv_name_pattern(l->cx, q->q),
                rv_str_starts(q->q, RV_STR("#")) ? rv_str_sub(q->q, 1, q->q.n) : q->q,
                q->overdue ? rv_tx_now(tx) : RV_NO_TIME, l->key, l->number, q->limit + 1)));
    rv_status st = RV_OK;
    while (st == RV_OK && rv_rows_next(&r)) {
        if (n++ == q->limit) {
            l->more = true;
            break;
        }
        l->key = key_of(l, &r);
        l->number = rv_col_int(&r, 0);
        st = write_row(tx, l, &r);
    }
    rv_status end = rv_rows_end(&r);
    return st != RV_OK ? st : end;
}

rv_status rv_request_list(struct rv_cx *cx, const struct rv_request_query *q, struct rv_jw *w,
                          rv_str *ret_next)
{
    struct list l = { .cx = cx, .q = q, .w = w };
    RV_TRY(plan(&l));
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret_next = l.more ? rv_printf(cx, "%" PRId64 ".%" PRId64, l.key, l.number) : RV_NONE_STR;
    return RV_OK;
}
