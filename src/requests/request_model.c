/* requests/request_model.c: questions about a request in memory, people by their ids, the judge,
 * and what gets noted.
 *
 * The relations of the caller to a request are worked out here and nowhere else; lists use the same
 * rules in SQL (request_list.c). */
#include "requests/request_int.h"
#include <stdio.h>

/* ---- people ---------------------------------------------------------------------------------- */

rv_status rv_face_get(struct rv_tx *tx, struct rv_faces *f, rv_str id, const struct rv_face **ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    for (struct rv_face *one = f->first; one != NULL; one = one->next)
        if (rv_str_eq(one->p.id, id)) {
            *ret = one;
            return RV_OK;
        }
    struct rv_face *one = RV_NEW(cx, struct rv_face);
    if (one == NULL)
        return RV_BUSY;
    struct rv_error before = cx->err; /* problems may be being collected */
    rv_status st = id.n > 0 ? rv_person_get(tx, id, &one->p) : RV_NOT_FOUND;
    if (st == RV_NOT_FOUND)
        cx->err = before;
    else
        RV_TRY(st);
    one->found = st == RV_OK;
    if (!one->found)
        one->p = (struct rv_person){ .id = id, .name = id };
    one->next = f->first;
    f->first = one;
    *ret = one;
    return RV_OK;
}

rv_status rv_face_name(struct rv_tx *tx, struct rv_faces *f, rv_str id, rv_str *ret)
{
    const struct rv_face *one;
    RV_TRY(rv_face_get(tx, f, id, &one));
    *ret = one->p.name;
    return RV_OK;
}

rv_status rv_face_write(struct rv_tx *tx, struct rv_faces *f, struct rv_jw *w, rv_str id)
{
    const struct rv_face *one;
    if (id.n == 0) {
        rv_jw_null(w);
        return RV_OK;
    }
    RV_TRY(rv_face_get(tx, f, id, &one));
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", id);
    rv_jw_kstr(w, "name", one->p.name);
    rv_jw_kstr(w, "email", one->p.email);
    rv_jw_obj_end(w);
    return RV_OK;
}

static rv_status meet(struct rv_tx *tx, struct rv_request *q, const rv_str *ids, size_t n)
{
    const struct rv_face *one;
    for (size_t i = 0; i < n; i++)
        if (ids[i].n > 0)
            RV_TRY(rv_face_get(tx, &q->faces, ids[i], &one));
    return RV_OK;
}

rv_status rv_request_meet(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s)
{
    const rv_str heads[] = { q->requester_id, q->creator_id, q->assignee_id };
    unsigned relations;
    if (s != NULL) {
        RV_TRY(meet(tx, q, heads, 1));
        return meet(tx, q, s->assignees, s->assignees_n);
    }
    RV_TRY(rv_request_relations(tx, q, &relations));
    RV_TRY(meet(tx, q, heads, RV_LEN(heads)));
    RV_TRY(meet(tx, q, q->followers, q->followers_n));
    for (size_t i = 0; i < q->steps_n; i++) {
        RV_TRY(meet(tx, q, q->steps[i].assignees, q->steps[i].assignees_n));
        RV_TRY(meet(tx, q, &q->steps[i].ended_by, 1));
    }
    return RV_OK;
}

/* ---- questions ------------------------------------------------------------------------------- */

struct rv_step *rv_step_find(const struct rv_request *q, rv_str id)
{
    for (size_t i = 0; i < q->steps_n; i++)
        if (rv_str_eq(q->steps[i].id, id))
            return &q->steps[i];
    return NULL;
}

static bool among(const rv_str *ids, size_t n, rv_str id)
{
    for (size_t i = 0; i < n; i++)
        if (id.n > 0 && rv_str_eq(ids[i], id))
            return true;
    return false;
}

bool rv_step_assigned(const struct rv_step *s, rv_str user_id)
{
    return among(s->assignees, s->assignees_n, user_id);
}

bool rv_request_followed_by(const struct rv_request *q, rv_str user_id)
{
    return among(q->followers, q->followers_n, user_id);
}

rv_str rv_request_actor_name(const struct rv_cx *cx)
{
    return rv_user_id(cx).n > 0 ? cx->principal->name : RV_STR("The system");
}

bool rv_request_is_live(const struct rv_request *q)
{
    return rv_str_eq(q->status, RV_STR("OPEN")) || rv_str_eq(q->status, RV_STR("PENDING"));
}

bool rv_request_excludes(const struct rv_request *q, rv_str user_id)
{
    return rv_str_eq(user_id, q->requester_id) || rv_str_eq(user_id, q->creator_id);
}

rv_status rv_step_answer(struct rv_cx *cx, struct rv_step *s, const json_t **ret)
{
    json_t *wrapped;
    if (s->answer_json == NULL && s->answer.p != NULL) {
        RV_TRY(rv_json_parse(cx, rv_printf(cx, "[%.*s]", RV_FMT(s->answer)), &rv_json_limits_default, &wrapped)); /* a text alone is no document */
        s->answer_json = json_array_get(wrapped, 0);
    }
    *ret = s->answer_json;
    return RV_OK;
}

rv_status rv_request_team(struct rv_tx *tx, struct rv_request *q)
{
    bool found;
    if (q->team_known)
        return RV_OK;
    RV_TRY(rv_team_load(tx, q->team_id, &found, &q->team));
    if (!found)
        q->team = (struct rv_team){ .id = q->team_id,
                                    .name = q->team_id,
                                    .icon = RV_STR("support"),
                                    .colour = RV_STR("grey"),
                                    .status = RV_STR("CLOSED") };
    q->team_known = true;
    return RV_OK;
}

/* ---- the judge ------------------------------------------------------------------------------- */

rv_status rv_request_relations(struct rv_tx *tx, struct rv_request *q, unsigned *ret)
{
    rv_str me = rv_user_id(rv_tx_cx(tx));
    unsigned r = 0;
    *ret = q->relations;
    if (me.n == 0 || q->relations_known)
        return RV_OK;
    r |= rv_str_eq(me, q->requester_id) ? RV_REL_REQUESTER : 0;
    r |= rv_str_eq(me, q->creator_id) ? RV_REL_CREATOR : 0;
    r |= rv_str_eq(me, q->assignee_id) ? RV_REL_ASSIGNEE : 0;
    r |= rv_request_followed_by(q, me) ? RV_REL_FOLLOWER : 0;
    r |= !q->is_private ? RV_REL_SETTING : 0;
    for (size_t i = 0; i < q->steps_n; i++)
        if (q->steps[i].opened_at != RV_NO_TIME &&
            (rv_step_assigned(&q->steps[i], me) || rv_str_eq(q->steps[i].ended_by, me)))
            r |= RV_REL_TASK_ASSIGNEE;
    if (!q->member_known)
        RV_TRY(rv_team_has(tx, q->team_id, me, &q->member));
    q->member_known = true;
    *ret = q->relations = r | (q->member ? RV_REL_MEMBER : 0);
    q->relations_known = true; /* a command asks before it changes anything */
    return RV_OK;
}

rv_status rv_request_authz(struct rv_tx *tx, struct rv_request *q, const struct rv_step *step,
                           enum rv_action action, unsigned more)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_object o = { .id = q->id };
    RV_TRY(rv_request_relations(tx, q, &o.relations));
    RV_TRY(rv_authz_may(cx, tx, RV_A_REQUEST_READ, o, &o.visible));
    o.relations = (o.relations & ~(unsigned)RV_REL_SETTING) | more;
    if (action == RV_A_REQUEST_READ || action == RV_A_REQUEST_MESSAGE ||
        action == RV_A_REQUEST_HOLD || action == RV_A_TASK_READ)
        o.relations |= q->is_private ? 0 : RV_REL_SETTING;
    if (step != NULL && action != RV_A_TASK_READ) {
        o.relations &= ~(unsigned)RV_REL_TASK_ASSIGNEE;
        o.relations |= rv_step_assigned(step, rv_user_id(cx)) ? RV_REL_TASK_ASSIGNEE : 0;
    }
    return rv_authz(cx, tx, action, o);
}

/* ---- the activity log, the system log -------------------------------------------------------- */

static RV_PRINTF(7, 0) rv_status
    note(struct rv_tx *tx, struct rv_request *q, const char *type, const struct rv_step *s,
         rv_str actor, rv_str detail, const char *format, va_list ap)
{
    char text[1200];
    struct rv_line *l = RV_NEW(rv_tx_cx(tx), struct rv_line);
    if (l == NULL)
        return RV_BUSY;
    int n = vsnprintf(text, sizeof text, format, ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    while (len > 0 && !rv_utf8_valid((rv_str){ text, len })) /* cut within a letter */
        len--;
    *l = (struct rv_line){
        .type = type, .actor = actor, .step_id = s != NULL ? s->id : RV_NONE_STR, .detail = detail
    };
    l->text = rv_dup(rv_tx_cx(tx), (rv_str){ text, len });
    if (l->text.p == NULL)
        return RV_BUSY;
    *q->lines_tail = l;
    q->lines_tail = &l->next;
    return RV_OK;
}

rv_status rv_request_note(struct rv_tx *tx, struct rv_request *q, const char *type,
                          const struct rv_step *s, rv_str detail, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    rv_status st = note(tx, q, type, s, q->actor, detail, format, ap);
    va_end(ap);
    return st;
}

rv_status rv_request_note_system(struct rv_tx *tx, struct rv_request *q, const char *type,
                                 const struct rv_step *s, rv_str detail, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    rv_status st = note(tx, q, type, s, RV_NONE_STR, detail, format, ap);
    va_end(ap);
    return st;
}

static rv_status event(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                       const char *type, bool success, rv_str reason, rv_str more)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_target t[3] = { { .type = "AccessRequest",
                                .id = q->id,
                                .name = q->subject,
                                .alternate = rv_z(cx, rv_printf(cx, "%" PRId64, q->number)) } };
    const struct rv_face *who;
    size_t n = 1;
    if (s != NULL) {
        t[n++] = (struct rv_target){ .type = "AccessRequestTask",
                                     .id = rv_task_id(cx, q, s),
                                     .name = s->text };
    } else {
        RV_TRY(rv_face_get(tx, &q->faces, q->requester_id, &who));
        t[n++] = (struct rv_target){ .type = "User",
                                     .id = q->requester_id,
                                     .name = who->p.name,
                                     .alternate =
                                         who->p.login.p != NULL ? rv_z(cx, who->p.login) : NULL };
    }
    return rv_event_add(tx, type, success, reason, t, n,
                        rv_printf(cx,
                                  "{\"requestId\":\"%.*s\",\"number\":\"%" PRId64
                                  "\",\"requestTypeId\":\"%.*s\"%.*s}",
                                  RV_FMT(q->id), q->number, RV_FMT(q->type_id), RV_FMT(more)));
}

rv_status rv_request_event(struct rv_tx *tx, struct rv_request *q, const struct rv_step *s,
                           const char *type, bool success, rv_str reason)
{
    return event(tx, q, s, type, success, reason, RV_STR(""));
}

rv_status rv_request_event_update(struct rv_tx *tx, struct rv_request *q)
{
    rv_str list = RV_STR("");
    for (const struct rv_line *l = q->lines; l != NULL; l = l->next)
        list =
            rv_printf(rv_tx_cx(tx), "%.*s%s\"%s\"", RV_FMT(list), list.n > 0 ? "," : "", l->type);
    return event(tx, q, NULL, "access.request.update", true, RV_NONE_STR,
                 rv_printf(rv_tx_cx(tx), ",\"changes\":[%.*s]", RV_FMT(list)));
}
