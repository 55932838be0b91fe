/* requests/assign.c: who must act on a step (access-requests.md 2.6, 4.6, 6.5, 11).
 *
 * One function per kind of assignment finds people; what follows is the same for all: inactive ones
 * fall away, and an approval never goes to the requester or the creator: that person's manager is
 * taken once instead. Nobody left is no error: the step opens without assignee and says why. */
#include "requests/request_int.h"

enum { NAMES_SHOWN = 3 };
struct found {
    rv_str *ids;
    size_t n, size;
    rv_str group; /* JSON {"id","name"} when they stand for a group or team */
    rv_str cause;
};

static rv_status add(struct rv_cx *cx, struct found *f, rv_str id)
{
    for (size_t i = 0; i < f->n; i++)
        if (rv_str_eq(f->ids[i], id))
            return RV_OK;
    if (f->n == f->size) {
        size_t size = f->size == 0 ? 4 : f->size * 2;
        rv_str *larger = RV_NEW_N(cx, rv_str, size);
        if (larger == NULL)
            return RV_BUSY;
        if (f->n > 0)
            memcpy(larger, f->ids, f->n * sizeof *larger);
        f->ids = larger;
        f->size = size;
    }
    f->ids[f->n++] = id;
    return RV_OK;
}

static rv_status add_active(struct rv_tx *tx, struct rv_request *q, struct found *f, rv_str id,
                            const char *what)
{
    const struct rv_face *who;
    if (id.n == 0)
        return RV_OK;
    RV_TRY(rv_face_get(tx, &q->faces, id, &who));
    if (who->found && rv_str_eq(who->p.status, RV_STR("ACTIVE")))
        return add(rv_tx_cx(tx), f, id);
    f->cause = rv_printf(rv_tx_cx(tx), "%s, %.*s, is not active", what, RV_FMT(who->p.name));
    return RV_OK;
}

static rv_status of_requester(struct rv_tx *tx, struct rv_request *q, const json_t *to,
                              struct found *f)
{
    (void)to;
    return add_active(tx, q, f, q->requester_id, "the requester");
}

static rv_status manager_of(struct rv_tx *tx, struct rv_request *q, rv_str id, struct found *f)
{
    const struct rv_face *who;
    struct rv_person manager;
    bool found;
    RV_TRY(rv_face_get(tx, &q->faces, id, &who));
    RV_TRY(rv_person_manager(tx, id, &found, &manager));
    if (found)
        return add(rv_tx_cx(tx), f, manager.id);
    if (who->p.manager.n == 0)
        f->cause = rv_printf(rv_tx_cx(tx), "%.*s has no manager", RV_FMT(who->p.name));
    else
        f->cause = rv_printf(rv_tx_cx(tx),
                             "the manager of %.*s, \"%.*s\", is no active person's login or e-mail",
                             RV_FMT(who->p.name), RV_FMT(who->p.manager));
    return RV_OK;
}

static rv_status of_manager(struct rv_tx *tx, struct rv_request *q, const json_t *to,
                            struct found *f)
{
    (void)to;
    return manager_of(tx, q, q->requester_id, f);
}

static rv_status of_assignee(struct rv_tx *tx, struct rv_request *q, const json_t *to,
                             struct found *f)
{
    (void)to;
    if (q->assignee_id.n == 0)
        f->cause = RV_STR("the request has no assignee");
    return add_active(tx, q, f, q->assignee_id, "the assignee of the request");
}

static rv_status of_user(struct rv_tx *tx, struct rv_request *q, const json_t *to, struct found *f)
{
    return add_active(tx, q, f, rv_dup(rv_tx_cx(tx), rv_json_member_str(to, "id")),
                      "the person the step is assigned to");
}

static rv_status add_all(struct rv_tx *tx, struct found *f, rv_str id, rv_str name,
                         const rv_str *ids, size_t n)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    for (size_t i = 0; i < n; i++)
        RV_TRY(add(rv_tx_cx(tx), f, ids[i]));
    rv_buf_init(&b, 4096);
    rv_jw_init(&w, &b);
    rv_jw_obj(&w);
    rv_jw_kstr(&w, "id", id);
    rv_jw_kstr(&w, "name", name);
    rv_jw_obj_end(&w);
    rv_status st = rv_buf_str(rv_tx_cx(tx), &b, &text);
    if (st == RV_OK)
        f->group = rv_dup(rv_tx_cx(tx), text);
    rv_buf_done(&b);
    if (n == 0)
        f->cause = rv_printf(rv_tx_cx(tx), "%.*s has no active members", RV_FMT(name));
    return st;
}

static rv_status of_group(struct rv_tx *tx, struct rv_request *q, const json_t *to, struct found *f)
{
    rv_str id = rv_json_member_str(to, "id"), name, *ids;
    size_t n;
    bool found;
    (void)q;
    RV_TRY(rv_group_name(tx, id, &found, &name));
    if (!found) {
        f->cause = RV_STR("the group the step is assigned to was deleted");
        return RV_OK;
    }
    RV_TRY(rv_group_members(tx, id, &ids, &n));
    return add_all(tx, f, id, name, ids, n);
}

static rv_status of_team(struct rv_tx *tx, struct rv_request *q, const json_t *to, struct found *f)
{
    rv_str id = rv_json_member_str(to, "id"), *ids;
    struct rv_team t;
    size_t n;
    bool found;
    (void)q;
    RV_TRY(rv_team_load(tx, id, &found, &t));
    if (!found) {
        f->cause = RV_STR("the team the step is assigned to was deleted");
        return RV_OK;
    }
    RV_TRY(rv_team_member_ids(tx, id, &ids, &n));
    return add_all(tx, f, id, t.name, ids, n);
}

static rv_status of_question(struct rv_tx *tx, struct rv_request *q, const json_t *to,
                             struct found *f)
{
    struct rv_step *s = rv_step_find(q, rv_json_member_str(to, "stepId"));
    const json_t *answer = NULL;
    if (s != NULL)
        RV_TRY(rv_step_answer(rv_tx_cx(tx), s, &answer));
    if (rv_json_str(answer).n == 0)
        f->cause = RV_STR("nobody was chosen in the question the step is assigned by");
    return add_active(tx, q, f, rv_json_str(answer), "the person chosen");
}

static rv_status of_nobody(struct rv_tx *tx, struct rv_request *q, const json_t *to,
                           struct found *f)
{
    (void)tx;
    (void)q;
    (void)to;
    f->cause = RV_STR("the step leaves the choice to the assignee of the request");
    return RV_OK;
}

static rv_status of_owner(struct rv_tx *tx, struct rv_request *q, const json_t *to, struct found *f)
{
    (void)tx;
    (void)q;
    (void)to;
    f->cause = RV_STR("owners of groups are not known to this server yet");
    return RV_OK;
}

static const struct {
    const char *type;
    rv_status (*find)(struct rv_tx *tx, struct rv_request *q, const json_t *to, struct found *f);
} kinds[] = {
    { "REQUESTER", of_requester }, { "MANAGER", of_manager }, { "REQUEST_ASSIGNEE", of_assignee }, { "USER", of_user }, { "GROUP", of_group },
    { "TEAM", of_team }, { "QUESTION", of_question }, { "NONE", of_nobody }, { "GROUP_OWNER", of_owner },
};

/* Self-approval (6.5): the excluded fall away; when nobody is left, the first one's manager is
 * asked, once. */
static rv_status without_excluded(struct rv_tx *tx, struct rv_request *q, struct found *f)
{
    struct found rest = { .group = f->group };
    rv_str first = RV_NONE_STR;
    for (size_t i = 0; i < f->n; i++) {
        if (!rv_request_excludes(q, f->ids[i]))
            RV_TRY(add(rv_tx_cx(tx), &rest, f->ids[i]));
        else if (first.p == NULL)
            first = f->ids[i];
    }
    if (rest.n > 0 || first.p == NULL) {
        rest.cause = f->cause;
        *f = rest;
        return RV_OK;
    }
    rest.group = RV_NONE_STR;
    RV_TRY(manager_of(tx, q, first, &rest));
    if (rest.n > 0 && rv_request_excludes(q, rest.ids[0]))
        rest.n = 0;
    if (rest.n == 0)
        rest.cause = RV_STR(
            "nobody may approve a request of their own, and there is no manager to ask instead");
    *f = rest;
    return RV_OK;
}

rv_status rv_step_assign(struct rv_tx *tx, struct rv_request *q, struct rv_step *s,
                         rv_str *ret_cause)
{
    const json_t *to = json_object_get(s->def, "assignTo");
    rv_str type = rv_json_member_str(to, "type");
    struct found f = { .cause = RV_NONE_STR };
    if (type.p == NULL)
        type = RV_STR("REQUEST_ASSIGNEE"); /* an action that nobody is named for */
    for (size_t i = 0; i < RV_LEN(kinds); i++)
        if (rv_str_eq(type, rv_str_of(kinds[i].type)))
            RV_TRY(kinds[i].find(tx, q, to, &f));
    if (s->kind == RV_STEP_APPROVAL)
        RV_TRY(without_excluded(tx, q, &f));
    s->assignees = f.ids;
    s->assignees_n = f.n;
    s->assign_group = f.n > 0 ? f.group : RV_NONE_STR;
    s->dirty = true;
    *ret_cause = f.n > 0 ? RV_NONE_STR : f.cause;
    return RV_OK;
}

/* A step that is assigned to the request's assignee goes with that role while nobody chose
 * otherwise. */
static bool follows(const struct rv_step *s, rv_str old)
{
    rv_str type = rv_json_member_str(json_object_get(s->def, "assignTo"), "type");
    if ((s->state != RV_STEP_OPEN && s->state != RV_STEP_FAILED) || s->marks & RV_MARK_REASSIGNED)
        return false;
    if (s->kind == RV_STEP_ACTION && (type.p == NULL || s->automatic))
        return true;
    return rv_str_eq(type, RV_STR("REQUEST_ASSIGNEE")) &&
           (s->assignees_n == 0 || rv_step_assigned(s, old) || s->kind == RV_STEP_APPROVAL);
}

rv_status rv_step_give_to(struct rv_tx *tx, struct rv_step *s, rv_str user_id)
{
    rv_str *one = RV_NEW(rv_tx_cx(tx), rv_str); /* of its own: the request may be copied and the step goes along */
    if (one == NULL)
        return RV_BUSY;
    *one = user_id;
    s->assignees = one;
    s->assignees_n = user_id.n > 0 ? 1 : 0;
    s->dirty = true;
    return RV_OK;
}

/* Does somebody else decide an approval that is still to be decided when the team or the assignee
 * of the request changes? */
rv_status rv_request_steers(struct rv_tx *tx, struct rv_request *q, rv_str user_id, bool *ret)
{
    *ret = false;
    if (!rv_request_excludes(q, user_id))
        return RV_OK;
    RV_TRY(rv_request_define(tx, q));
    for (size_t i = 0; i < q->steps_n; i++) {
        const struct rv_step *s = &q->steps[i];
        rv_str type = rv_json_member_str(json_object_get(s->def, "assignTo"), "type");
        bool over =
            s->decision.n > 0 || s->state == RV_STEP_SKIPPED || s->marks & RV_MARK_REASSIGNED;
        *ret = *ret ||
               (s->kind == RV_STEP_APPROVAL && !over &&
                (rv_str_eq(type, RV_STR("REQUEST_ASSIGNEE")) || rv_str_eq(type, RV_STR("TEAM"))));
    }
    return RV_OK;
}

rv_status rv_request_set_assignee(struct rv_tx *tx, struct rv_request *q, rv_str user_id)
{
    rv_str old = q->assignee_id, cause;
    if (rv_str_eq(old, user_id))
        return RV_OK;
    q->assignee_id = user_id;
    RV_TRY(rv_request_define(tx, q));
    for (size_t i = 0; i < q->steps_n; i++) {
        struct rv_step *s = &q->steps[i];
        if (!follows(s, old))
            continue;
        if (s->kind == RV_STEP_ACTION && s->automatic) /* a failed one stands with the assignee of the request */
            RV_TRY(rv_step_give_to(tx, s, user_id));
        else
            RV_TRY(rv_step_assign(tx, q, s, &cause));
        s->marks &= ~(unsigned)RV_MARK_ESCALATED;
        if (s->assignees_n > 0)
            RV_TRY(rv_request_tell(tx, q,
                                   s->kind == RV_STEP_QUESTION ? RV_TELL_QUESTION : RV_TELL_TASK, s,
                                   RV_NONE_STR));
    }
    return RV_OK;
}
