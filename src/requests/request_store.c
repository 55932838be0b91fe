/* requests/request_store.c: a request between its rows and memory.
 *
 * A load reads the request and its steps with two statements; what the steps are (their
 * definitions) is only fetched when somebody needs it. A save writes the rows that changed. The
 * people's rows are derived: the bonds of the request as loaded are compared with those it has now,
 * and only the difference is written. Task ids carry the request's id and the step's place, so that
 * no index is needed to find a task. */
#include "requests/request_int.h"
#include <stdlib.h>

enum { Q_NUMBER, Q_NUMBER_LAST, Q_BY_ID, Q_BY_NUMBER, Q_STEPS, Q_INSERT, Q_UPDATE, Q_STEP_INSERT, Q_STEP_UPDATE, Q_PERSON_PUT, Q_PERSON_DROP, Q_ACTIVITY, Q_MESSAGE,
       Q_RUN_STEP, Q_RUN_ENDED, Q_ACTIVITY_N, Q_NEXT_SEQ, Q_OPEN_OF, Q_TEAM_OPEN, Q_TYPICAL, Q_LAST_USED, Q_OF_TYPE, Q_JOBS_OF, Q_ERASE, Q_N };
#define COLUMNS "number, id, version, type_id, type_version, type_name, type_icon, team_id, subject, status, held, private, auto_resolve, auto_resolved, " \
                "all_done, acted, requester_id, creator_id, assignee_id, followers, tags, channel, due_at, activity_n, created_at, updated_at, active_at, " \
                "resolved_at"
#define OUT "number:int id:text version:int type_id:text type_version:int type_name:text type_icon:text team_id:text subject:text status:text held:bool " \
            "private:bool auto_resolve:bool auto_resolved:bool all_done:bool acted:bool requester_id:text creator_id:text assignee_id:text followers:text " \
            "tags:text channel:text due_at:time activity_n:int created_at:time updated_at:time active_at:time resolved_at:time"
static const struct rv_sql request_sql[Q_N] = {
    [Q_NUMBER] = {
        .name = "request_number",
        .text = "UPDATE request_counter SET last = last + 1 WHERE name = 'request'",
    },
    [Q_NUMBER_LAST] = { .name = "request_number_last", .text = "SELECT last FROM request_counter WHERE name = 'request'", .out = "last:int" },
    [Q_BY_ID] = { .name = "request_by_id", .text = "SELECT " COLUMNS " FROM request WHERE id = :id", .in = "id:text", .out = OUT },
    [Q_BY_NUMBER] = { .name = "request_by_number", .text = "SELECT " COLUMNS " FROM request WHERE number = :number", .in = "number:int", .out = OUT },
    [Q_STEPS] = {
        .name = "request_steps",
        .text = "SELECT position, id, kind, text, required, automatic, input_type, state, assignees, assign_group, opened_at, due_at, ended_at, ended_by, "
                "decision, note, answer, answer_text, marks, attempt, tries, flow_id, flow_name, inputs, call_body, run_id, run_status, error, timer_ends_at "
                "FROM request_step WHERE number = :number ORDER BY position",
        .in = "number:int",
        .out = "position:int id:text kind:text text:text required:bool automatic:bool input_type:text state:text assignees:text assign_group:text "
               "opened_at:time due_at:time ended_at:time ended_by:text decision:text note:text answer:text answer_text:text marks:int attempt:int tries:int "
               "flow_id:text flow_name:text inputs:text call_body:text run_id:text run_status:text error:text timer_ends_at:time",
    },
    [Q_INSERT] = {
        .name = "request_insert",
        .text = "INSERT INTO request (number, id, version, type_id, type_version, type_name, type_icon, team_id, subject, status, held, private, auto_resolve, "
                "auto_resolved, all_done, acted, requester_id, creator_id, assignee_id, followers, tags, channel, due_at, activity_n, created_at, updated_at, "
                "updated_by, active_at, resolved_at) VALUES (:number, :id, 1, :type_id, :type_version, :type_name, :type_icon, :team_id, :subject, :status, 0, "
                ":private, :auto_resolve, :auto_resolved, :all_done, 0, :requester_id, :creator_id, :assignee_id, :followers, '[]', :channel, :due_at, "
                ":activity_n, :now, :now, :by, :now, :resolved_at)",
        .in = "number:int id:text type_id:text type_version:int type_name:text type_icon:text team_id:text subject:text status:text private:bool "
              "auto_resolve:bool auto_resolved:bool all_done:bool requester_id:text creator_id:text assignee_id:text followers:text channel:text due_at:time "
              "activity_n:int now:time by:text resolved_at:time",
    },
    [Q_UPDATE] = {
        .name = "request_update",
        .text = "UPDATE request SET version = version + 1, team_id = :team_id, subject = :subject, status = :status, held = :held, private = :private, "
                "auto_resolve = :auto_resolve, auto_resolved = :auto_resolved, all_done = :all_done, acted = :acted, assignee_id = :assignee_id, followers = :followers, tags = :tags, "
                "due_at = :due_at, activity_n = :activity_n, updated_at = :now, updated_by = :by, active_at = :active_at, resolved_at = :resolved_at "
                "WHERE number = :number AND version = :version",
        .in = "team_id:text subject:text status:text held:bool private:bool auto_resolve:bool auto_resolved:bool all_done:bool acted:bool assignee_id:text followers:text "
              "tags:text due_at:time activity_n:int now:time by:text active_at:time resolved_at:time number:int version:int",
    },
    [Q_STEP_INSERT] = {
        .name = "request_step_insert",
        .text = "INSERT INTO request_step (number, position, id, kind, text, required, automatic, input_type, state, assignees, assign_group, opened_at, due_at, "
                "ended_at, ended_by, answer, answer_text, marks, attempt, tries, flow_id, flow_name, inputs, call_body, error, timer_ends_at) "
                "VALUES (:number, :position, :id, :kind, :text, :required, :automatic, :input_type, :state, :assignees, :assign_group, :opened_at, :due_at, "
                ":ended_at, :ended_by, :answer, :answer_text, 0, :attempt, 0, :flow_id, :flow_name, :inputs, :call_body, :error, :timer_ends_at)",
        .in = "number:int position:int id:text kind:text text:text required:bool automatic:bool input_type:text state:text assignees:text assign_group:text "
              "opened_at:time due_at:time ended_at:time ended_by:text answer:text answer_text:text attempt:int flow_id:text flow_name:text inputs:text "
              "call_body:text error:text timer_ends_at:time",
    },
    [Q_STEP_UPDATE] = {
        .name = "request_step_update",
        .text = "UPDATE request_step SET state = :state, assignees = :assignees, assign_group = :assign_group, opened_at = :opened_at, due_at = :due_at, "
                "ended_at = :ended_at, ended_by = :ended_by, decision = :decision, note = :note, answer = :answer, answer_text = :answer_text, marks = :marks, "
                "attempt = :attempt, tries = :tries, inputs = :inputs, call_body = :call_body, run_id = :run_id, run_status = :run_status, error = :error, "
                "timer_ends_at = :timer_ends_at WHERE number = :number AND position = :position",
        .in = "state:text assignees:text assign_group:text opened_at:time due_at:time ended_at:time ended_by:text decision:text note:text answer:text "
              "answer_text:text marks:int attempt:int tries:int inputs:text call_body:text run_id:text run_status:text error:text timer_ends_at:time number:int "
              "position:int",
    },
    [Q_PERSON_PUT] = {
        .name = "request_person_put",
        .text = "INSERT INTO request_person (user_id, number, roles, tasks, first_task) VALUES (:user_id, :number, :roles, :tasks, :first_task) "
                "ON CONFLICT (user_id, number) DO UPDATE SET roles = excluded.roles, tasks = excluded.tasks, first_task = excluded.first_task",
        .in = "user_id:text number:int roles:int tasks:text first_task:int",
    },
    [Q_PERSON_DROP] = {
        .name = "request_person_drop", .text = "DELETE FROM request_person WHERE user_id = :user_id AND number = :number", .in = "user_id:text number:int",
    },
    [Q_ACTIVITY] = {
        .name = "request_activity_insert",
        .text = "INSERT INTO request_activity (number, seq, at, type, actor_id, step_id, text, detail) "
                "VALUES (:number, :seq, :now, :type, :actor_id, :step_id, :text, :detail)",
        .in = "number:int seq:int now:time type:text actor_id:text step_id:text text:text detail:text",
    },
    [Q_MESSAGE] = {
        .name = "request_message_insert",
        .text = "INSERT INTO request_message (number, seq, id, at, author_id, via_api, text) VALUES (:number, :seq, :id, :now, :author_id, :via_api, :text)",
        .in = "number:int seq:int id:text now:time author_id:text via_api:bool text:text",
    },
    /* Two statements each: RETURNING costs SQLite more than they do. */
    [Q_RUN_STEP] = {
        .name = "request_step_of_run",
        .text = "SELECT s.number, s.position, s.flow_name FROM request r JOIN request_step s ON s.number = r.number WHERE r.id = :request_id AND s.id = :id",
        .in = "request_id:text id:text", .out = "number:int position:int flow_name:text",
    },
    [Q_RUN_ENDED] = {
        .name = "request_step_run_ended",
        .text = "UPDATE request_step SET run_id = :run_id, run_status = :status WHERE number = :number AND position = :position",
        .in = "run_id:text status:text number:int position:int",
    },
    [Q_ACTIVITY_N] = { .name = "request_activity_n", .text = "SELECT activity_n FROM request WHERE number = :number", .in = "number:int", .out = "activity_n:int" },
    [Q_NEXT_SEQ] = {
        .name = "request_next_seq",
        .text = "UPDATE request SET activity_n = :seq WHERE number = :number",
        .in = "seq:int number:int",
    },
    [Q_OPEN_OF] = {
        .name = "request_open_of",
        .text = "SELECT r.id FROM request_person p JOIN request r ON r.number = p.number WHERE p.user_id = :user_id AND r.requester_id = :user_id "
                "AND r.status IN ('OPEN', 'PENDING') ORDER BY r.number",
        .in = "user_id:text", .out = "id:text",
    },
    [Q_TEAM_OPEN] = {
        .name = "request_team_open",
        .text = "SELECT number FROM request WHERE team_id = :team_id AND status IN ('OPEN', 'PENDING') ORDER BY number DESC LIMIT 1",
        .in = "team_id:text", .out = "number:int",
    },
    [Q_TYPICAL] = {
        .name = "request_typical",
        .text = "SELECT resolved_at - created_at AS ms FROM request WHERE type_id = :type_id AND resolved_at IS NOT NULL ORDER BY number DESC LIMIT 51",
        .in = "type_id:text", .out = "ms:int",
    },
    [Q_LAST_USED] = {
        .name = "request_last_used",
        .text = "SELECT r.created_at FROM request_person p JOIN request r ON r.number = p.number WHERE p.user_id = :user_id AND r.type_id = :type_id "
                "AND r.creator_id = :user_id ORDER BY p.number DESC LIMIT 1",
        .in = "user_id:text type_id:text", .out = "created_at:time",
    },
    [Q_OF_TYPE] = { .name = "request_of_type", .text = "SELECT number FROM request WHERE type_id = :type_id ORDER BY number", .in = "type_id:text", .out = "number:int" },
    [Q_JOBS_OF] = {
        .name = "request_steps_at_work",
        .text = "SELECT r.id, s.position, s.kind FROM request r JOIN request_step s ON s.number = r.number WHERE r.type_id = :type_id AND s.state = 'RUNNING' "
                "ORDER BY s.number, s.position",
        .in = "type_id:text", .out = "id:text position:int kind:text",
    },
    [Q_ERASE] = { .name = "request_erase", .text = "DELETE FROM request WHERE type_id = :type_id", .in = "type_id:text" },
};
RV_SQL_MODULE(request, request_sql);

enum { ID_LENGTH = 24, STEPS_MAX = 128, BONDS_MAX = 100000, PLACE_DIGITS = 2 };

rv_status rv_ids_json(struct rv_cx *cx, const rv_str *ids, size_t n, rv_str *ret)
{
    if (n == 0) {
        *ret = RV_STR("[]");
        return RV_OK;
    }
    size_t size = 3;
    for (size_t i = 0; i < n; i++)
        size += ids[i].n + 3;
    char *p = rv_alloc(cx, size), *at = p; /* ids need no escaping */
    if (p == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        *at++ = i == 0 ? '[' : ',';
        *at++ = '"';
        memcpy(at, ids[i].p, ids[i].n);
        at += ids[i].n;
        *at++ = '"';
    }
    *at++ = ']';
    *ret = (rv_str){ p, (size_t)(at - p) };
    return RV_OK;
}

rv_status rv_ids_parse(struct rv_cx *cx, rv_str text, rv_str **ret, size_t *ret_n)
{
    size_t n = 0;
    *ret = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '"';
    if (n == 0)
        return RV_OK;
    rv_str *ids = RV_NEW_N(cx, rv_str, n / 2 + 1), part;
    if (ids == NULL)
        return RV_BUSY;
    for (bool inside = false; rv_str_split(&text, '"', &part); inside = !inside) /* as rv_ids_json wrote them */
        if (inside)
            ids[(*ret_n)++] = part;
    *ret = ids;
    return RV_OK;
}

rv_str rv_task_id(struct rv_cx *cx, const struct rv_request *q, const struct rv_step *s)
{
    static const char digits[] = "0123456789abcdef";
    unsigned place = (unsigned)s->position + 1; /* at most 255: a request has fewer steps */
    char id[ID_LENGTH];
    if (q->id.n != sizeof id)
        return RV_NONE_STR;
    memcpy(id, q->id.p, ID_LENGTH - PLACE_DIGITS);
    id[ID_LENGTH - 2] = digits[place >> 4 & 15];
    id[ID_LENGTH - 1] = digits[place & 15];
    return rv_dup(cx, (rv_str){ id, sizeof id });
}

/* ---- bonds of people ------------------------------------------------------------------------- */

struct bonds {
    struct rv_cx *cx;
    struct rv_bond *b;
    size_t n, size;
    bool failed;
};

static void bond(struct bonds *to, rv_str user_id, unsigned role, int task)
{
    struct rv_bond *b = NULL;
    if (user_id.n == 0)
        return;
    for (size_t i = 0; i < to->n && b == NULL; i++)
        if (rv_str_eq(to->b[i].user_id, user_id))
            b = &to->b[i];
    if (b == NULL && to->n == to->size) {
        size_t size = to->size == 0 ? 8 : to->size * 2;
        struct rv_bond *larger = RV_NEW_N(to->cx, struct rv_bond, size);
        to->failed = to->failed || larger == NULL;
        if (larger == NULL)
            return;
        if (to->n > 0)
            memcpy(larger, to->b, to->n * sizeof *larger);
        to->b = larger;
        to->size = size;
    }
    if (b == NULL) {
        b = &to->b[to->n++];
        *b = (struct rv_bond){ .user_id = user_id };
    }
    b->roles |= role;
    if (task >= 0)
        b->tasks[task / 64] |= UINT64_C(1) << (task % 64);
}

/* Who is bound to the request, as its members and steps say now. */
static rv_status bonds_of(struct rv_cx *cx, const struct rv_request *q, struct bonds *ret)
{
    *ret = (struct bonds){ .cx = cx };
    bond(ret, q->requester_id, RV_REL_REQUESTER, -1);
    bond(ret, q->creator_id, RV_REL_CREATOR, -1);
    bond(ret, q->assignee_id, RV_REL_ASSIGNEE, -1);
    for (size_t i = 0; i < q->followers_n; i++)
        bond(ret, q->followers[i], RV_REL_FOLLOWER, -1);
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        bool open = s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED;
        if (s->opened_at == RV_NO_TIME)
            continue;
        for (size_t k = 0; k < s->assignees_n; k++)
            bond(ret, s->assignees[k], RV_REL_TASK_ASSIGNEE, open ? s->position : -1);
        bond(ret, s->ended_by, RV_REL_TASK_ASSIGNEE, -1);
    }
    return ret->failed ? RV_BUSY : RV_OK;
}

static rv_status bond_put(struct rv_tx *tx, int64_t number, const struct rv_bond *b)
{
    char text[STEPS_MAX * 4 + 3];
    size_t n = 0;
    int64_t first = RV_NO_INT;
    for (int i = 0; i < STEPS_MAX; i++) {
        if (!(b->tasks[i / 64] >> (i % 64) & 1))
            continue;
        first = first == RV_NO_INT ? i : first;
        n += (size_t)snprintf(text + n, sizeof text - n, "%c%d", n == 0 ? '[' : ',', i);
    }
    if (n > 0)
        text[n++] = ']';
    return rv_sql_exec(tx, &request_sql[Q_PERSON_PUT], NULL,
                       RV_ARGS(b->user_id, number, (int64_t)b->roles,
                               n > 0 ? ((rv_str){ text, n }) : RV_NONE_STR, first));
}

static rv_status save_bonds(struct rv_tx *tx, struct rv_request *q)
{
    struct bonds now;
    RV_TRY(bonds_of(rv_tx_cx(tx), q, &now));
    for (size_t i = 0; i < now.n; i++) {
        const struct rv_bond *b = &now.b[i];
        struct rv_bond *was = NULL;
        for (size_t k = 0; k < q->bonds_n && was == NULL; k++)
            if (rv_str_eq(q->bonds[k].user_id, b->user_id))
                was = &q->bonds[k];
        if (was != NULL)
            was->kept = true;
        if (was == NULL || was->roles != b->roles || was->tasks[0] != b->tasks[0] ||
            was->tasks[1] != b->tasks[1])
            RV_TRY(bond_put(tx, q->number, b));
    }
    for (size_t k = 0; k < q->bonds_n; k++)
        if (!q->bonds[k].kept)
            RV_TRY(rv_sql_exec(tx, &request_sql[Q_PERSON_DROP], NULL,
                               RV_ARGS(q->bonds[k].user_id, q->number)));
    return RV_OK;
}

/* ---- loading --------------------------------------------------------------------------------- */

static int named(const char *const *names, int n, rv_str name)
{
    for (int i = 0; i < n; i++)
        if (rv_str_eq(name, rv_str_of(names[i])))
            return i;
    RV_BUG("unknown word %.*s in a row of a request", RV_FMT(name));
}

static rv_status read_step(struct rv_cx *cx, struct rv_rows *r, struct rv_step *s)
{
    *s = (struct rv_step){
        .position = (int)rv_col_int(r, 0),
        .id = rv_col_str(r, 1),
        .kind = (enum rv_step_kind)named(rv_step_kind_names, RV_STEP_KINDS, rv_col_ref(r, 2)),
        .text = rv_col_str(r, 3),
        .required = rv_col_bool(r, 4),
        .automatic = rv_col_bool(r, 5),
        .input_type = rv_col_str(r, 6),
        .state = (enum rv_step_state)named(rv_step_state_names, RV_STEP_STATES, rv_col_ref(r, 7)),
        .assign_group = rv_col_str(r, 9),
        .opened_at = rv_col_int(r, 10),
        .due_at = rv_col_int(r, 11),
        .ended_at = rv_col_int(r, 12),
        .ended_by = rv_col_str(r, 13),
        .decision = rv_col_str(r, 14),
        .note = rv_col_str(r, 15),
        .answer = rv_col_str(r, 16),
        .answer_text = rv_col_str(r, 17),
        .marks = (unsigned)rv_col_int(r, 18),
        .attempt = rv_col_int(r, 19),
        .tries = rv_col_int(r, 20),
        .flow_id = rv_col_str(r, 21),
        .flow_name = rv_col_str(r, 22),
        .inputs = rv_col_str(r, 23),
        .call_body = rv_col_str(r, 24),
        .run_id = rv_col_str(r, 25),
        .run_status = rv_col_str(r, 26),
        .error = rv_col_str(r, 27),
        .timer_ends_at = rv_col_int(r, 28),
    };
    return rv_ids_parse(cx, rv_col_str(r, 8), &s->assignees, &s->assignees_n);
}

static rv_status load_steps(struct rv_tx *tx, struct rv_request *q)
{
    struct rv_rows r;
    struct rv_step *steps = RV_NEW_N(rv_tx_cx(tx), struct rv_step, 8);
    size_t size = 8, n = 0;
    rv_status st = steps != NULL ? RV_OK : RV_BUSY;
    RV_TRY(st);
    RV_TRY(rv_sql_query(tx, &request_sql[Q_STEPS], &r, RV_ARGS(q->number)));
    while (st == RV_OK && rv_rows_next(&r)) {
        if (n == size) {
            struct rv_step *larger = RV_NEW_N(rv_tx_cx(tx), struct rv_step, size * 2);
            if (larger == NULL) {
                st = RV_BUSY;
                break;
            }
            memcpy(larger, steps, n * sizeof *steps);
            steps = larger;
            size *= 2;
        }
        st = read_step(rv_tx_cx(tx), &r, &steps[n++]);
    }
    rv_status end = rv_rows_end(&r);
    q->steps = steps;
    q->steps_n = n;
    return st != RV_OK ? st : end;
}

static void read_request(struct rv_rows *r, struct rv_request *q)
{
    *q = (struct rv_request){
        .number = rv_col_int(r, 0),
        .id = rv_col_str(r, 1),
        .version = rv_col_int(r, 2),
        .type_id = rv_col_str(r, 3),
        .type_version = rv_col_int(r, 4),
        .type_name = rv_col_str(r, 5),
        .type_icon = rv_col_str(r, 6),
        .team_id = rv_col_str(r, 7),
        .subject = rv_col_str(r, 8),
        .status = rv_col_str(r, 9),
        .held = rv_col_bool(r, 10),
        .is_private = rv_col_bool(r, 11),
        .auto_resolve = rv_col_bool(r, 12),
        .auto_resolved = rv_col_bool(r, 13),
        .all_done = rv_col_bool(r, 14),
        .acted = rv_col_bool(r, 15),
        .requester_id = rv_col_str(r, 16),
        .creator_id = rv_col_str(r, 17),
        .assignee_id = rv_col_str(r, 18),
        .tags = rv_col_str(r, 20),
        .channel = rv_col_str(r, 21),
        .due_at = rv_col_int(r, 22),
        .activity_n = rv_col_int(r, 23),
        .created_at = rv_col_int(r, 24),
        .updated_at = rv_col_int(r, 25),
        .active_at = rv_col_int(r, 26),
        .resolved_at = rv_col_int(r, 27),
    };
}

static rv_status load(struct rv_tx *tx, rv_str key, rv_str shown, const char *what,
                      struct rv_request *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct bonds b;
    int64_t number;
    bool found;
    if (rv_id_is_hex24(key))
        RV_TRY(rv_sql_first(tx, &request_sql[Q_BY_ID], &r, &found, RV_ARGS(key)));
    else if (rv_str_to_int(key, &number) && number > 0)
        RV_TRY(rv_sql_first(tx, &request_sql[Q_BY_NUMBER], &r, &found, RV_ARGS(number)));
    else
        found = false;
    if (!found)
        return rv_not_found(cx, shown, what);
    read_request(&r, ret);
    rv_str followers = rv_col_str(&r, 19);
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_ids_parse(cx, followers, &ret->followers, &ret->followers_n));
    RV_TRY(load_steps(tx, ret));
    RV_TRY(bonds_of(cx, ret, &b));
    ret->bonds = b.b;
    ret->bonds_n = b.n;
    ret->lines_tail = &ret->lines;
    ret->told_tail = &ret->told;
    ret->actor = rv_user_id(cx);
    return RV_OK;
}

rv_status rv_request_load(struct rv_tx *tx, rv_str id_or_number, struct rv_request *ret)
{
    return load(tx, id_or_number, id_or_number, "Request", ret);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

rv_status rv_task_load(struct rv_tx *tx, rv_str task_id, struct rv_request *ret,
                       struct rv_step **ret_step)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    if (!rv_id_is_hex24(task_id))
        return rv_not_found(cx, task_id, "Task");
    int high = hex_digit(task_id.p[ID_LENGTH - 2]), low = hex_digit(task_id.p[ID_LENGTH - 1]),
        place = high * 16 + low;
    if (high < 0 || low < 0 || place == 0)
        return rv_not_found(cx, task_id, "Task");
    RV_TRY(load(tx, rv_printf(cx, "%.*s00", ID_LENGTH - PLACE_DIGITS, task_id.p), task_id, "Task",
                ret));
    if ((size_t)place > ret->steps_n || ret->steps[place - 1].opened_at == RV_NO_TIME)
        return rv_not_found(cx, task_id, "Task");
    *ret_step = &ret->steps[place - 1];
    return RV_OK;
}

rv_status rv_request_define(struct rv_tx *tx, struct rv_request *q)
{
    struct rv_type_version v;
    bool found;
    if (q->defined)
        return RV_OK;
    RV_TRY(rv_type_version_load(tx, q->type_id, q->type_version, &found, &v));
    if (!found || json_array_size(v.steps) != q->steps_n)
        return rv_fail(rv_tx_cx(tx), RV_INTERNAL,
                       "version %" PRId64 " of the request's type is missing", q->type_version);
    for (size_t i = 0; i < q->steps_n; i++)
        q->steps[i].def = json_array_get(v.steps, i);
    q->defined = true;
    return RV_OK;
}

rv_status rv_request_number_next(struct rv_tx *tx, int64_t *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_exec(tx, &request_sql[Q_NUMBER], NULL, RV_ARGS())); /* first: other writers wait for this row */
    RV_TRY(rv_sql_first(tx, &request_sql[Q_NUMBER_LAST], &r, &found, RV_ARGS()));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_INTERNAL, "the counter of requests is missing");
    *ret = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

/* ---- saving ---------------------------------------------------------------------------------- */

static rv_status insert_step(struct rv_tx *tx, const struct rv_request *q, const struct rv_step *s,
                             rv_str assignees)
{
    return rv_sql_exec(tx, &request_sql[Q_STEP_INSERT], NULL,
                       RV_ARGS(q->number, s->position, s->id, rv_step_kind_names[s->kind], s->text,
                               s->required, s->automatic, s->input_type,
                               rv_step_state_names[s->state], assignees, s->assign_group,
                               s->opened_at, s->due_at, s->ended_at, s->ended_by, s->answer,
                               s->answer_text, s->attempt, s->flow_id, s->flow_name, s->inputs,
                               s->call_body, s->error, s->timer_ends_at));
}

static rv_status update_step(struct rv_tx *tx, const struct rv_request *q, const struct rv_step *s,
                             rv_str assignees)
{
    return rv_sql_exec(tx, &request_sql[Q_STEP_UPDATE], NULL,
                       RV_ARGS(rv_step_state_names[s->state], assignees, s->assign_group,
                               s->opened_at, s->due_at, s->ended_at, s->ended_by, s->decision,
                               s->note, s->answer, s->answer_text, (int64_t)s->marks, s->attempt,
                               s->tries, s->inputs, s->call_body, s->run_id, s->run_status,
                               s->error, s->timer_ends_at, q->number, s->position));
}

static rv_status save_steps(struct rv_tx *tx, struct rv_request *q, bool is_new)
{
    for (size_t i = 0; i < q->steps_n; i++) {
        struct rv_step *s = &q->steps[i];
        rv_str assignees;
        if (!is_new && !s->dirty)
            continue;
        RV_TRY(rv_ids_json(rv_tx_cx(tx), s->assignees, s->assignees_n, &assignees));
        RV_TRY(is_new ? insert_step(tx, q, s, assignees) : update_step(tx, q, s, assignees));
        if (s->opened_at != RV_NO_TIME)
            RV_TRY(rv_tx_announce(tx, "task", rv_task_id(rv_tx_cx(tx), q, s)));
        s->dirty = false;
    }
    return RV_OK;
}

static rv_status save_row(struct rv_tx *tx, struct rv_request *q, rv_str followers)
{
    int64_t changed;
    if (q->version == 0)
        return rv_sql_exec(tx, &request_sql[Q_INSERT], NULL,
                           RV_ARGS(q->number, q->id, q->type_id, q->type_version, q->type_name,
                                   q->type_icon, q->team_id, q->subject, q->status, q->is_private,
                                   q->auto_resolve, q->auto_resolved, q->all_done, q->requester_id,
                                   q->creator_id, q->assignee_id, followers, q->channel, q->due_at,
                                   q->activity_n, rv_tx_now(tx), q->actor, q->resolved_at));
    RV_TRY(rv_sql_exec(tx, &request_sql[Q_UPDATE], &changed,
                       RV_ARGS(q->team_id, q->subject, q->status, q->held, q->is_private,
                               q->auto_resolve, q->auto_resolved, q->all_done, q->acted,
                               q->assignee_id, followers, q->tags, q->due_at, q->activity_n,
                               rv_tx_now(tx), q->actor, q->active_at, q->resolved_at, q->number,
                               q->version)));
    if (changed == 0)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT,
                       "the request was changed by somebody else at this moment; read it again");
    return RV_OK;
}

rv_status rv_request_save(struct rv_tx *tx, struct rv_request *q)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    bool is_new = q->version == 0;
    int64_t seq = q->activity_n;
    rv_str followers;
    q->due_at = RV_NO_TIME;
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        if (s->due_at != RV_NO_TIME && (s->state == RV_STEP_OPEN || s->state == RV_STEP_FAILED) &&
            (q->due_at == RV_NO_TIME || s->due_at < q->due_at))
            q->due_at = s->due_at;
    }
    for (const struct rv_line *l = q->lines; l != NULL; l = l->next)
        q->activity_n++;
    if (q->moved || is_new)
        q->active_at = rv_tx_now(tx);
    q->updated_at = rv_tx_now(tx);
    q->created_at = is_new ? q->updated_at : q->created_at;
    RV_TRY(rv_ids_json(cx, q->followers, q->followers_n, &followers));
    RV_TRY(save_row(tx, q, followers));
    RV_TRY(save_steps(tx, q, is_new));
    RV_TRY(save_bonds(tx, q));
    for (const struct rv_line *l = q->lines; l != NULL; l = l->next)
        RV_TRY(rv_sql_exec(tx, &request_sql[Q_ACTIVITY], NULL,
                           RV_ARGS(q->number, ++seq, rv_tx_now(tx), l->type, l->actor, l->step_id,
                                   l->text, l->detail)));
    q->version++;
    RV_TRY(rv_request_send_told(tx, q));
    return rv_tx_announce(tx, "request", q->id);
}

rv_status rv_message_insert(struct rv_tx *tx, const struct rv_request *q, int64_t seq, rv_str id,
                            bool via_api, rv_str text)
{
    return rv_sql_exec(tx, &request_sql[Q_MESSAGE], NULL,
                       RV_ARGS(q->number, seq, id, rv_tx_now(tx), q->actor, via_api, text));
}

rv_status rv_step_run_ended(struct rv_tx *tx, rv_str request_id, rv_str step_id, rv_str run_id,
                            rv_str status, bool *ret_found, int64_t *ret_number,
                            rv_str *ret_flow_name)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &request_sql[Q_RUN_STEP], &r, ret_found, RV_ARGS(request_id, step_id)));
    if (!*ret_found)
        return RV_OK;
    int64_t position = rv_col_int(&r, 1);
    *ret_number = rv_col_int(&r, 0);
    *ret_flow_name = rv_col_str(&r, 2);
    RV_TRY(rv_rows_end(&r));
    return rv_sql_exec(tx, &request_sql[Q_RUN_ENDED], NULL,
                       RV_ARGS(run_id, status, *ret_number, position));
}

rv_status rv_activity_append(struct rv_tx *tx, int64_t number, const struct rv_line *l)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &request_sql[Q_ACTIVITY_N], &r, &found, RV_ARGS(number)));
    if (!found)
        return RV_OK;
    int64_t seq = rv_col_int(&r, 0) + 1;
    RV_TRY(rv_rows_end(&r));
    RV_TRY(rv_sql_exec(tx, &request_sql[Q_NEXT_SEQ], NULL, RV_ARGS(seq, number)));
    return rv_sql_exec(tx, &request_sql[Q_ACTIVITY], NULL,
                       RV_ARGS(number, seq, rv_tx_now(tx), l->type, l->actor, l->step_id, l->text,
                               l->detail));
}

/* ---- what others ask ------------------------------------------------------------------------- */

rv_status rv_request_open_of(struct rv_tx *tx, rv_str requester_id, rv_str **ret_ids, size_t *ret_n)
{
    struct rv_rows r;
    size_t size = 16, n = 0;
    rv_str *ids = RV_NEW_N(rv_tx_cx(tx), rv_str, size);
    if (ids == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_query(tx, &request_sql[Q_OPEN_OF], &r, RV_ARGS(requester_id)));
    while (rv_rows_next(&r)) {
        if (n == size) {
            rv_str *larger = RV_NEW_N(rv_tx_cx(tx), rv_str, size * 2);
            if (larger == NULL) {
                rv_status end = rv_rows_end(&r);
                return end != RV_OK ? end : RV_BUSY;
            }
            memcpy(larger, ids, n * sizeof *ids);
            ids = larger;
            size *= 2;
        }
        ids[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    *ret_ids = ids;
    *ret_n = n;
    return RV_OK;
}

rv_status rv_team_has_open_requests(struct rv_tx *tx, rv_str team_id, bool *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &request_sql[Q_TEAM_OPEN], &r, ret, RV_ARGS(team_id)));
    return *ret ? rv_rows_end(&r) : RV_OK;
}

static int order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

rv_status rv_type_typical_ms(struct rv_tx *tx, rv_str type_id, int64_t *ret)
{
    struct rv_rows r;
    int64_t ms[64];
    size_t n = 0;
    RV_TRY(rv_sql_query(tx, &request_sql[Q_TYPICAL], &r, RV_ARGS(type_id)));
    while (rv_rows_next(&r))
        if (n < RV_LEN(ms))
            ms[n++] = rv_col_int(&r, 0);
    RV_TRY(rv_rows_end(&r));
    qsort(ms, n, sizeof ms[0], order);
    *ret = n > 0 ? ms[n / 2] : RV_NO_INT;
    return RV_OK;
}

rv_status rv_type_last_used(struct rv_tx *tx, rv_str type_id, rv_str user_id, int64_t *ret_at)
{
    struct rv_rows r;
    bool found;
    *ret_at = RV_NO_TIME;
    RV_TRY(rv_sql_first(tx, &request_sql[Q_LAST_USED], &r, &found, RV_ARGS(user_id, type_id)));
    if (!found)
        return RV_OK;
    *ret_at = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

struct at_work {
    rv_str task_id;
    bool timer;
    struct at_work *next;
};

/* The jobs of steps at work first: their rows hold the job keys. The rest goes with the request's
 * row. */
rv_status rv_requests_erase_of_type(struct rv_tx *tx, rv_str type_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct at_work *list = NULL;
    RV_TRY(rv_sql_query(tx, &request_sql[Q_JOBS_OF], &r, RV_ARGS(type_id)));
    while (rv_rows_next(&r)) {
        struct at_work *a = RV_NEW(cx, struct at_work);
        if (a == NULL) {
            rv_status end = rv_rows_end(&r);
            return end != RV_OK ? end : RV_BUSY;
        }
        rv_str id = rv_col_str(&r, 0);
        a->task_id = rv_printf(cx, "%.*s%02x", ID_LENGTH - PLACE_DIGITS, id.p,
                               (unsigned)rv_col_int(&r, 1) + 1);
        a->timer = rv_str_eq(rv_col_ref(&r, 2), RV_STR("TIMER"));
        a->next = list;
        list = a;
    }
    RV_TRY(rv_rows_end(&r));
    for (; list != NULL; list = list->next)
        RV_TRY(rv_job_cancel(tx, list->timer ? RV_STR("request.timer") : RV_STR("request.action"),
                             list->task_id));
    return rv_sql_exec(tx, &request_sql[Q_ERASE], NULL, RV_ARGS(type_id));
}
