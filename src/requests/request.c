/* requests/request.c: submitting a request and what people do to it as a whole
 * (access-requests.md 4.2 to 4.8).
 *
 * Submitting checks everything in a snapshot on the calling thread (audience, people, answers) and
 * writes in a short transaction: number, assignee, rows, whatever the engine opens. The other
 * commands load, ask the judge, change, settle and save in one transaction each, and refuse what
 * the state does not allow with RV_CONFLICT. */
#include "requests/request_int.h"

enum { SUBJECT_MAX = 250, MESSAGE_MAX = 5000, TAGS_MAX = 20, TAG_MAX = 50, FOLLOWERS_MAX = 200 };

/* ---- submitting ------------------------------------------------------------------------------ */

struct create {
    const struct rv_request_in *in;
    struct rv_type_version v;
    struct rv_request q; /* checked and ready to be written */
    struct rv_request made; /* as it was written */
    size_t form_n;
};

static rv_status new_steps(struct rv_cx *cx, struct create *c)
{
    size_t n = json_array_size(c->v.steps);
    struct rv_step *steps = RV_NEW_N(cx, struct rv_step, n + 1);
    if (steps == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < n; i++) {
        const json_t *d = json_array_get(c->v.steps, i), *required = json_object_get(d, "required");
        rv_str kind = rv_json_member_str(d, "kind");
        int k = 0;
        while (k < RV_STEP_KINDS && !rv_str_eq(kind, rv_str_of(rv_step_kind_names[k])))
            k++;
        if (k == RV_STEP_KINDS)
            return rv_fail(cx, RV_INTERNAL, "a step of an unknown kind is published");
        steps[i] = (struct rv_step){
            .position = (int)i,
            .id = rv_json_member_str(d, "id"),
            .text = rv_json_member_str(d, "text"),
            .input_type = rv_json_member_str(d, "inputType"),
            .kind = (enum rv_step_kind)k,
            .required = required == NULL || json_is_true(required) || k == RV_STEP_ACTION ||
                        k == RV_STEP_TIMER,
            .automatic = json_is_true(json_object_get(d, "automatic")),
            .def = d,
            .opened_at = RV_NO_TIME,
            .due_at = RV_NO_TIME,
            .ended_at = RV_NO_TIME,
            .timer_ends_at = RV_NO_TIME,
            .flow_id = rv_json_member_str(d, "flowId"),
            .flow_name = rv_json_member_str(d, "flowName"),
        };
    }
    c->q.steps = steps;
    c->q.steps_n = n;
    c->q.defined = true;
    return RV_OK;
}

static rv_status shown(struct rv_tx *tx, struct rv_request *q, size_t i, bool *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_logic_step *before = RV_NEW_N(cx, struct rv_logic_step, i + 1);
    enum rv_logic holds;
    if (before == NULL)
        return RV_BUSY;
    for (size_t k = 0; k < i; k++) {
        struct rv_step *b = &q->steps[k];
        before[k] = (struct rv_logic_step){ .id = b->id,
                                            .kind = rv_str_of(rv_step_kind_names[b->kind]),
                                            .state = rv_str_of(rv_step_state_names[b->state]),
                                            .answer_text = b->answer_text };
        RV_TRY(rv_step_answer(cx, b, &before[k].answer));
    }
    RV_TRY(rv_logic_eval(cx, tx, json_object_get(q->steps[i].def, "logic"), before, i, &holds));
    *ret = holds == RV_LOGIC_YES;
    return RV_OK;
}

static rv_status refuse_strangers(struct rv_cx *cx, const struct create *c)
{
    const char *key;
    json_t *value;
    rv_status st = RV_OK;
    json_object_foreach((json_t *)(uintptr_t)c->in->answers, key, value)
    {
        const struct rv_step *s = rv_step_find(&c->q, rv_str_of(key));
        if (s == NULL || (size_t)s->position >= c->form_n)
            st = rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/answers/%.100s", key)), "UNKNOWN",
                               "\"%.100s\" is no question of this form", key);
        else if (s->state == RV_STEP_SKIPPED && !json_is_null(value))
            st = rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/answers/%.100s", key)), "UNKNOWN",
                               "\"%.*s\" is not asked with these answers", RV_FMT(s->text));
    }
    return st;
}

/* The form's questions from the top: what is not shown is skipped, all problems are told at once.
 */
static rv_status take_answers(struct rv_tx *tx, struct create *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_status bad = RV_OK;
    for (size_t i = 0; i < c->form_n; i++) {
        struct rv_step *s = &c->q.steps[i];
        bool visible;
        RV_TRY(shown(tx, &c->q, i, &visible));
        if (!visible) {
            rv_step_move(s, RV_STEP_SKIP);
            continue;
        }
        rv_status st =
            rv_step_take_answer(tx, &c->q, s, json_object_getn(c->in->answers, s->id.p, s->id.n),
                                rv_z(cx, rv_printf(cx, "/answers/%.*s", RV_FMT(s->id))));
        if (st == RV_INVALID)
            bad = st;
        else
            RV_TRY(st);
        rv_step_finish(tx, s, c->q.actor);
    }
    rv_status strange = refuse_strangers(cx, c);
    return strange != RV_OK ? strange : bad;
}

static rv_status outside(struct rv_cx *cx, const char *pointer, const char *who)
{
    rv_error_clear(cx);
    rv_status st =
        rv_fail(cx, RV_FORBIDDEN, "You do not have permission to perform the requested action");
    (void)rv_fail_field(cx, pointer, "REQUEST_TYPE_SETTINGS", "%s must belong to the audience of the request type", who); /* adds the cause */
    return st;
}

/* Creator and requester must both belong to the audience (4.3). */
static rv_status check_people(struct rv_tx *tx, struct create *c)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request *q = &c->q;
    const struct rv_face *requester;
    bool creator_in = false, requester_in;
    if (q->actor.n > 0)
        RV_TRY(rv_type_audience_has(tx, &c->v, q->actor, &creator_in));
    rv_status st = rv_authz(cx, tx, RV_A_REQUEST_CREATE,
                            (struct rv_object){ .id = c->v.type_id,
                                                .visible = true,
                                                .relations = creator_in ? RV_REL_AUDIENCE : 0 });
    if (st == RV_FORBIDDEN)
        return outside(cx, "/requestTypeId", "Whoever submits");
    RV_TRY(st);
    if (c->in->requester_id.p == NULL && q->actor.n == 0)
        return rv_fail_field(cx, "/requesterId", "REQUIRED_PROPERTY_MISSING",
                             "say for whom the request is: an application asks for nothing itself");
    q->creator_id = q->actor;
    q->requester_id = c->in->requester_id.p != NULL ? c->in->requester_id : q->actor;
    RV_TRY(rv_face_get(tx, &q->faces, q->requester_id, &requester));
    if (!requester->found || !rv_str_eq(requester->p.status, RV_STR("ACTIVE")))
        return rv_fail_field(cx, "/requesterId", "IDENTIFIER_NOT_FOUND",
                             "the requester is no active person");
    if (q->creator_id.n == 0)
        q->creator_id = q->requester_id;
    RV_TRY(rv_type_audience_has(tx, &c->v, q->requester_id, &requester_in));
    return requester_in ? RV_OK : outside(cx, "/requesterId", "The requester");
}

static rv_status check_subject(struct rv_cx *cx, rv_str subject)
{
    size_t n = rv_utf8_count(subject);
    if (rv_str_trim(subject).n == 0 || n > SUBJECT_MAX)
        return rv_fail_field(cx, "/subject",
                             n > SUBJECT_MAX ? "INVALID_STRING_LENGTH_OVER_MAX"
                                             : "INVALID_STRING_LENGTH_UNDER_MIN",
                             "a subject has 1 to %d characters", SUBJECT_MAX);
    for (size_t i = 0; i < subject.n; i++)
        if ((unsigned char)subject.p[i] < 0x20 || subject.p[i] == 0x7f)
            return rv_fail_field(cx, "/subject", "STRING_FORMAT_INVALID",
                                 "a subject is one line without control characters");
    return RV_OK;
}

static bool by_api(const struct rv_cx *cx)
{
    return cx->principal == NULL || cx->principal->method != RV_AUTH_SESSION;
}

static rv_status prepare_tx(struct rv_tx *tx, void *arg)
{
    struct create *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request *q = &c->q;
    bool found;
    q->actor = rv_user_id(cx);
    RV_TRY(rv_type_version_load(tx, c->in->type_id, 0, &found, &c->v));
    if (!found) {
        RV_TRY(rv_authz(cx, tx, RV_A_REQUEST_CREATE,
                        (struct rv_object){
                            .id = c->in->type_id, .relations = RV_REL_AUDIENCE, .visible = true }));
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (RequestType)",
                       RV_FMT(c->in->type_id));
    }
    RV_TRY(check_people(tx, c));
    q->type_id = c->v.type_id;
    RV_TRY(rv_request_sample(tx, q));
    q->subject = rv_str_trim(c->in->subject.p != NULL ? c->in->subject : c->v.name);
    RV_TRY(new_steps(cx, c));
    c->form_n = rv_type_form_length(c->v.steps);
    rv_status bad = check_subject(cx, q->subject), st = take_answers(tx, c);
    return bad != RV_OK ? bad : st;
}

static rv_status fill_request(struct rv_cx *cx, struct create *c)
{
    struct rv_request *q = &c->q;
    rv_str id = rv_id_hex24(cx);
    if (id.p == NULL)
        return RV_BUSY;
    q->id = rv_printf(cx, "%.*s00", 22, id.p); /* the last byte counts the tasks */
    q->type_id = c->v.type_id;
    q->type_version = c->v.number;
    q->type_name = c->v.name;
    q->type_icon = c->v.icon;
    q->team_id = c->v.team_id;
    q->auto_resolve = c->v.auto_resolve;
    q->status = RV_STR("OPEN");
    q->tags = RV_STR("[]");
    q->channel = by_api(cx) ? RV_STR("API") : RV_STR("WEB");
    q->due_at = q->resolved_at = RV_NO_TIME;
    if (!rv_str_eq(q->creator_id, q->requester_id)) {
        q->followers = &q->creator_id;
        q->followers_n = 1;
    }
    return q->id.p != NULL ? RV_OK : RV_BUSY;
}

static rv_status note_created(struct rv_tx *tx, struct rv_request *q)
{
    rv_str name;
    if (rv_str_eq(q->creator_id, q->requester_id)) {
        RV_TRY(rv_request_note(tx, q, "CREATED", NULL, RV_NONE_STR, "Submitted the request"));
    } else {
        RV_TRY(rv_face_name(tx, &q->faces, q->requester_id, &name));
        RV_TRY(rv_request_note(tx, q, "CREATED", NULL, RV_NONE_STR,
                               "Submitted the request for %.*s", RV_FMT(name)));
    }
    if (q->assignee_id.n == 0)
        return rv_request_tell(tx, q, RV_TELL_UNASSIGNED, NULL, RV_NONE_STR);
    RV_TRY(rv_face_name(tx, &q->faces, q->assignee_id, &name));
    RV_TRY(rv_request_note_system(tx, q, "ASSIGNED", NULL, RV_NONE_STR,
                                  "Assigned the request to %.*s", RV_FMT(name)));
    return rv_request_tell(tx, q, RV_TELL_ASSIGNED, NULL, RV_NONE_STR);
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    struct create *c = arg;
    struct rv_request q = c->q;
    struct rv_step *steps = RV_NEW_N(rv_tx_cx(tx), struct rv_step, c->q.steps_n + 1); /* the function may run again */
    if (steps == NULL)
        return RV_BUSY;
    memcpy(steps, c->q.steps, c->q.steps_n * sizeof *steps);
    q.steps = steps;
    q.lines_tail = &q.lines;
    q.told_tail = &q.told;
    RV_TRY(rv_request_number_next(tx, &q.number));
    RV_TRY(rv_request_team(tx, &q));
    q.is_private = q.team.private_requests;
    RV_TRY(rv_team_next_assignee(tx, q.team_id, &q.assignee_id));
    RV_TRY(note_created(tx, &q));
    RV_TRY(rv_request_event(tx, &q, NULL, "access.request.create", true, RV_NONE_STR));
    RV_TRY(rv_request_settle(tx, &q));
    RV_TRY(rv_request_save(tx, &q));
    RV_TRY(rv_request_meet(tx, &q, NULL));
    c->made = q;
    return RV_OK;
}

rv_status rv_request_create(struct rv_cx *cx, const struct rv_request_in *in, struct rv_jw *w,
                            rv_str *ret_id)
{
    struct create c = { .in = in };
    RV_TRY(rv_store_read(cx, prepare_tx, &c));
    RV_TRY(fill_request(cx, &c));
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.q.id;
    return rv_request_show(cx, &c.made, w);
}

/* ---- changing -------------------------------------------------------------------------------- */

struct update {
    rv_str id;
    const struct rv_request_patch *in;
    struct rv_request q; /* as the change left it */
};

static rv_status refuse_closed(struct rv_cx *cx, const struct rv_request *q)
{
    if (rv_request_is_live(q))
        return RV_OK;
    return rv_fail(cx, RV_CONFLICT, "the request is closed (%.*s); re-open it first",
                   RV_FMT(q->status));
}

static rv_status set_subject(struct rv_tx *tx, struct rv_request *q, rv_str subject)
{
    RV_TRY(check_subject(rv_tx_cx(tx), subject));
    subject = rv_str_trim(subject);
    if (rv_str_eq(subject, q->subject))
        return RV_OK;
    RV_TRY(rv_request_note(tx, q, "SUBJECT_CHANGED", NULL, RV_NONE_STR,
                           "Changed the subject from \"%.*s\"", RV_FMT(q->subject)));
    q->subject = subject;
    return RV_OK;
}

/* Another team takes the request over; its rule of assignment chooses anew unless the change names
 * somebody. */
static rv_status set_team(struct rv_tx *tx, struct rv_request *q, rv_str team_id, bool choose)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_team t;
    bool found;
    rv_str next;
    if (rv_str_eq(team_id, q->team_id))
        return RV_OK;
    RV_TRY(rv_team_load(tx, team_id, &found, &t));
    if (!found || !rv_str_eq(t.status, RV_STR("ACTIVE")))
        return rv_fail_field(cx, "/teamId", "IDENTIFIER_NOT_FOUND",
                             "there is no active team with this id");
    RV_TRY(rv_request_note(tx, q, "TEAM_CHANGED", NULL, RV_NONE_STR,
                           "Gave the request to the team %.*s", RV_FMT(t.name)));
    q->team_id = team_id;
    q->team = t;
    q->team_known = true;
    q->member_known = false;
    if (!choose)
        return RV_OK;
    RV_TRY(rv_team_next_assignee(tx, team_id, &next));
    RV_TRY(rv_request_set_assignee(tx, q, next));
    return rv_request_tell(tx, q, next.n > 0 ? RV_TELL_ASSIGNED : RV_TELL_UNASSIGNED, NULL,
                           RV_NONE_STR);
}

static rv_status set_assignee(struct rv_tx *tx, struct rv_request *q, rv_str user_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_face *who;
    bool member;
    if (rv_str_eq(user_id, q->assignee_id))
        return RV_OK;
    if (user_id.n == 0) {
        RV_TRY(rv_request_set_assignee(tx, q, RV_NONE_STR));
        return rv_request_note(tx, q, "ASSIGNED", NULL, RV_NONE_STR, "Took the assignee away");
    }
    RV_TRY(rv_face_get(tx, &q->faces, user_id, &who));
    RV_TRY(rv_team_has(tx, q->team_id, user_id, &member));
    if (!who->found || !rv_str_eq(who->p.status, RV_STR("ACTIVE")) || !member)
        return rv_fail_field(
            cx, "/assigneeId", "IDENTIFIER_NOT_FOUND",
            "the assignee must be an active member of the team that owns the request");
    RV_TRY(rv_request_set_assignee(tx, q, user_id));
    RV_TRY(rv_request_note(tx, q, "ASSIGNED", NULL, RV_NONE_STR, "Assigned the request to %.*s",
                           RV_FMT(who->p.name)));
    return rv_request_tell(tx, q, RV_TELL_ASSIGNED, NULL, RV_NONE_STR);
}

static rv_status set_tags(struct rv_tx *tx, struct rv_request *q, const json_t *tags)
{
    static const char *const colours[] = { "blue", "green", "red", "yellow", "orange", "purple" };
    struct rv_cx *cx = rv_tx_cx(tx);
    size_t i;
    json_t *tag;
    rv_str text;
    if (json_array_size(tags) > TAGS_MAX)
        return rv_fail_field(cx, "/tags", "INVALID_ARRAY_LENGTH_OVER_MAX",
                             "a request has at most %d tags", TAGS_MAX);
    json_array_foreach(tags, i, tag)
    {
        rv_str name = rv_json_member_str(tag, "text"), colour = rv_json_member_str(tag, "colour");
        bool known = false;
        for (size_t k = 0; k < RV_LEN(colours); k++)
            known = known || rv_str_eq(colour, rv_str_of(colours[k]));
        if (rv_str_trim(name).n == 0 || rv_utf8_count(name) > TAG_MAX || !known ||
            json_object_size(tag) != 2)
            return rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/tags/%zu", i)), "INVALID",
                                 "a tag has a text of 1 to %d characters and a colour: blue, "
                                 "green, red, yellow, orange or purple",
                                 TAG_MAX);
    }
    RV_TRY(rv_json_dump(cx, tags, &text));
    if (rv_str_eq(text, q->tags))
        return RV_OK;
    q->tags = text;
    return rv_request_note(tx, q, "TAGS_CHANGED", NULL, RV_NONE_STR, "Changed the tags");
}

static rv_status set_private(struct rv_tx *tx, struct rv_request *q, bool is_private)
{
    if (is_private == q->is_private)
        return RV_OK;
    q->is_private = is_private;
    return rv_request_note(tx, q, "PRIVACY_CHANGED", NULL, RV_NONE_STR,
                           is_private ? "Made the request private" : "Made the request public");
}

static void acted(struct rv_request *q)
{
    q->acted = q->acted || (q->actor.n > 0 && !rv_request_excludes(q, q->actor));
}

/* security.md 2.8: who must not decide does not choose who decides either. */
static rv_status refuse_steering(struct rv_tx *tx, struct rv_request *q)
{
    bool steers;
    RV_TRY(rv_request_steers(tx, q, q->actor, &steers));
    return !steers
               ? RV_OK
               : rv_fail(
                     rv_tx_cx(tx), RV_FORBIDDEN,
                     "an approval of this request follows its team and assignee, and nobody "
                     "chooses who decides a request of their own; ask another member of the team");
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct update *u = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request *q = &u->q;
    RV_TRY(rv_request_load(tx, u->id, q));
    RV_TRY(rv_request_authz(tx, q, NULL, RV_A_REQUEST_EDIT, 0));
    if (u->in->version != q->version)
        return rv_fail(
            cx, RV_CONFLICT,
            "the request was changed by somebody else; read it again (it is at version %" PRId64
            ")",
            q->version);
    if (u->in->subject.p != NULL || u->in->team_id.p != NULL || u->in->has_assignee)
        RV_TRY(refuse_closed(cx, q));
    if (u->in->subject.p != NULL)
        RV_TRY(set_subject(tx, q, u->in->subject));
    if (u->in->team_id.p != NULL || u->in->has_assignee)
        RV_TRY(refuse_steering(tx, q));
    if (u->in->team_id.p != NULL)
        RV_TRY(set_team(tx, q, u->in->team_id, !u->in->has_assignee));
    if (u->in->has_assignee)
        RV_TRY(set_assignee(tx, q, u->in->assignee_id));
    if (u->in->tags != NULL)
        RV_TRY(set_tags(tx, q, u->in->tags));
    if (u->in->has_private)
        RV_TRY(set_private(tx, q, u->in->is_private));
    if (q->lines == NULL)
        return RV_OK; /* nothing is different */
    acted(q);
    RV_TRY(rv_request_event_update(tx, q));
    RV_TRY(rv_request_settle(tx, q));
    RV_TRY(rv_request_save(tx, q));
    return rv_request_meet(tx, q, NULL);
}

rv_status rv_request_update(struct rv_cx *cx, rv_str id, const struct rv_request_patch *in,
                            struct rv_jw *w)
{
    struct update u = { .id = id, .in = in };
    RV_TRY(rv_store_write(cx, update_tx, &u));
    return rv_request_show(cx, &u.q, w);
}

/* ---- commands -------------------------------------------------------------------------------- */

static rv_status do_cancel(struct rv_tx *tx, struct rv_request *q)
{
    rv_str name = rv_request_actor_name(rv_tx_cx(tx));
    if (q->acted)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT,
                       "somebody has already acted on the request, so it can no longer be "
                       "withdrawn; ask its assignee to close it");
    RV_TRY(rv_request_close(tx, q, "CANCELED"));
    RV_TRY(rv_request_note(tx, q, "CANCELED", NULL, RV_NONE_STR, "Withdrew the request"));
    RV_TRY(rv_request_tell(tx, q, RV_TELL_CANCELED, NULL,
                           rv_printf(rv_tx_cx(tx), "%.*s withdrew it.", RV_FMT(name))));
    return rv_request_event(tx, q, NULL, "access.request.cancel", true, RV_NONE_STR);
}

static rv_status do_resolve(struct rv_tx *tx, struct rv_request *q)
{
    rv_str name = rv_request_actor_name(rv_tx_cx(tx));
    RV_TRY(rv_request_close(tx, q, "RESOLVED"));
    RV_TRY(rv_request_note(tx, q, "RESOLVED", NULL, RV_NONE_STR, "Marked the request as done"));
    RV_TRY(rv_request_tell(tx, q, RV_TELL_DONE, NULL,
                           rv_printf(rv_tx_cx(tx), "%.*s marked it as done.", RV_FMT(name))));
    acted(q);
    return rv_request_event(tx, q, NULL, "access.request.resolve", true, RV_NONE_STR);
}

static rv_status do_reopen(struct rv_tx *tx, struct rv_request *q)
{
    RV_TRY(rv_request_reopen(tx, q));
    RV_TRY(rv_request_note(tx, q, "REOPENED", NULL, RV_NONE_STR, "Re-opened the request"));
    acted(q);
    q->moved = true;
    return rv_request_tell(tx, q, RV_TELL_UPDATED, NULL,
                           rv_printf(rv_tx_cx(tx), "Request #%" PRId64 " is open again.",
                                     q->number));
}

static rv_status do_hold(struct rv_tx *tx, struct rv_request *q)
{
    q->held = true;
    RV_TRY(rv_request_note(tx, q, "HELD", NULL, RV_NONE_STR, "Set the request to pending"));
    return rv_request_tell(tx, q, RV_TELL_UPDATED, NULL,
                           rv_printf(rv_tx_cx(tx), "Request #%" PRId64 " is pending.", q->number));
}

static rv_status do_release(struct rv_tx *tx, struct rv_request *q)
{
    if (!q->held)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT,
                       "the request is not pending by hand: it waits for a timer or an action and "
                       "goes on by itself");
    q->held = false;
    RV_TRY(rv_request_note(tx, q, "RELEASED", NULL, RV_NONE_STR, "Set the request to open"));
    return rv_request_tell(tx, q, RV_TELL_UPDATED, NULL,
                           rv_printf(rv_tx_cx(tx), "Request #%" PRId64 " is open again.",
                                     q->number));
}

/* From which states each command may start (4.4). */
static const struct {
    enum rv_action action;
    const char *from[3];
    const char *verb;
    rv_status (*run)(struct rv_tx *tx, struct rv_request *q);
} verbs[] = {
    [RV_REQUEST_DO_CANCEL] = { RV_A_REQUEST_CANCEL, { "OPEN", "PENDING" }, "withdrawn", do_cancel },
    [RV_REQUEST_DO_RESOLVE] = { RV_A_REQUEST_EDIT, { "OPEN", "PENDING" }, "marked as done", do_resolve },
    [RV_REQUEST_DO_REOPEN] = { RV_A_REQUEST_EDIT, { "RESOLVED" }, "re-opened", do_reopen },
    [RV_REQUEST_DO_HOLD] = { RV_A_REQUEST_HOLD, { "OPEN" }, "set to pending", do_hold },
    [RV_REQUEST_DO_RELEASE] = { RV_A_REQUEST_HOLD, { "PENDING" }, "set to open", do_release },
};

struct command {
    rv_str id;
    enum rv_request_verb verb;
    struct rv_request q; /* as the command left it */
};

static rv_status command_tx(struct rv_tx *tx, void *arg)
{
    struct command *c = arg;
    struct rv_request *q = &c->q;
    bool may = false;
    RV_TRY(rv_request_load(tx, c->id, q));
    RV_TRY(rv_request_authz(tx, q, NULL, verbs[c->verb].action, 0));
    for (size_t i = 0; i < RV_LEN(verbs[c->verb].from); i++)
        may = may || (verbs[c->verb].from[i] != NULL &&
                      rv_str_eq(q->status, rv_str_of(verbs[c->verb].from[i])));
    if (!may)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT, "the request is %.*s and cannot be %s",
                       RV_FMT(q->status), verbs[c->verb].verb);
    RV_TRY(verbs[c->verb].run(tx, q));
    RV_TRY(rv_request_settle(tx, q));
    RV_TRY(rv_request_save(tx, q));
    return rv_request_meet(tx, q, NULL);
}

rv_status rv_request_do(struct rv_cx *cx, rv_str id, enum rv_request_verb verb, struct rv_jw *w)
{
    struct command c = { .id = id, .verb = verb };
    RV_TRY(rv_store_write(cx, command_tx, &c));
    return rv_request_show(cx, &c.q, w);
}

rv_status rv_requests_requester_gone(struct rv_tx *tx, rv_str user_id)
{
    rv_str *ids;
    size_t n;
    RV_TRY(rv_request_open_of(tx, user_id, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        struct rv_request q;
        RV_TRY(rv_request_load(tx, ids[i], &q));
        RV_TRY(rv_request_close(tx, &q, "CANCELED"));
        RV_TRY(rv_request_note_system(tx, &q, "CANCELED", NULL, RV_NONE_STR,
                                      "Canceled the request: the requester is no longer active"));
        RV_TRY(rv_request_tell(tx, &q, RV_TELL_CANCELED, NULL,
                               RV_STR("The requester is no longer active.")));
        RV_TRY(rv_request_event(tx, &q, NULL, "access.request.cancel", true,
                                RV_STR("The requester is no longer active")));
        RV_TRY(rv_request_save(tx, &q));
    }
    return RV_OK;
}

/* ---- followers ------------------------------------------------------------------------------- */

struct follow {
    rv_str id, user_id;
    bool on;
};

static rv_status follow_tx(struct rv_tx *tx, void *arg)
{
    const struct follow *f = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request q;
    const struct rv_face *who;
    size_t n = 0;
    RV_TRY(rv_request_load(tx, f->id, &q));
    RV_TRY(rv_request_authz(tx, &q, NULL, RV_A_REQUEST_READ, 0));
    if (!rv_str_eq(f->user_id, q.actor))
        RV_TRY(rv_request_authz(tx, &q, NULL, RV_A_REQUEST_EDIT, 0));
    RV_TRY(rv_face_get(tx, &q.faces, f->user_id, &who));
    if (!who->found || (f->on && !rv_str_eq(who->p.status, RV_STR("ACTIVE"))))
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (User)",
                       RV_FMT(f->user_id));
    if (f->on == rv_request_followed_by(&q, f->user_id))
        return RV_OK;
    if (f->on && q.followers_n >= FOLLOWERS_MAX)
        return rv_fail(cx, RV_LIMIT, "a request has at most %d followers (limit request.followers)",
                       FOLLOWERS_MAX);
    rv_str *ids = RV_NEW_N(cx, rv_str, q.followers_n + 1);
    if (ids == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < q.followers_n; i++)
        if (!rv_str_eq(q.followers[i], f->user_id))
            ids[n++] = q.followers[i];
    if (f->on)
        ids[n++] = f->user_id;
    q.followers = ids;
    q.followers_n = n;
    RV_TRY(
        rv_request_note(tx, &q, f->on ? "FOLLOWED" : "UNFOLLOWED", NULL, RV_NONE_STR,
                        f->on ? "%.*s follows the request" : "%.*s no longer follows the request",
                        RV_FMT(who->p.name)));
    return rv_request_save(tx, &q);
}

rv_status rv_request_follow(struct rv_cx *cx, rv_str id, rv_str user_id, bool on)
{
    struct follow f = { .id = id, .user_id = user_id, .on = on };
    return rv_store_write(cx, follow_tx, &f);
}

/* ---- messages -------------------------------------------------------------------------------- */

struct say {
    rv_str id, text, message_id;
    struct rv_jw *w;
    int64_t at;
};

static rv_status say_tx(struct rv_tx *tx, void *arg)
{
    struct say *s = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_request q;
    rv_str name = rv_request_actor_name(cx);
    RV_TRY(rv_request_load(tx, s->id, &q));
    RV_TRY(rv_request_authz(tx, &q, NULL, RV_A_REQUEST_MESSAGE, 0));
    RV_TRY(rv_request_note(tx, &q, "MESSAGE", NULL,
                           rv_printf(cx, "{\"messageId\":\"%.*s\"}", RV_FMT(s->message_id)),
                           "Wrote a message"));
    RV_TRY(rv_message_insert(tx, &q, q.activity_n + 1, s->message_id, by_api(cx), s->text));
    RV_TRY(rv_request_tell(tx, &q, RV_TELL_MESSAGE, NULL,
                           rv_printf(cx, "%.*s writes:\n%.*s", RV_FMT(name), RV_FMT(s->text))));
    q.held = false; /* a message of a person opens it again (4.4) */
    q.moved = true;
    RV_TRY(rv_request_event(tx, &q, NULL, "reeve.request.message", true, RV_NONE_STR));
    RV_TRY(rv_request_settle(tx, &q));
    RV_TRY(rv_request_save(tx, &q));
    s->at = rv_tx_now(tx);
    return RV_OK;
}

static rv_status say_show_tx(struct rv_tx *tx, void *arg)
{
    const struct say *s = arg;
    struct rv_faces faces = { NULL };
    rv_jw_obj(s->w);
    rv_jw_kstr(s->w, "id", s->message_id);
    rv_jw_ktime(s->w, "at", s->at);
    rv_jw_key(s->w, "author");
    RV_TRY(rv_face_write(tx, &faces, s->w, rv_user_id(rv_tx_cx(tx))));
    rv_jw_kbool(s->w, "viaApi", by_api(rv_tx_cx(tx)));
    rv_jw_kstr(s->w, "text", s->text);
    rv_jw_obj_end(s->w);
    return RV_OK;
}

rv_status rv_request_say(struct rv_cx *cx, rv_str id, rv_str text, struct rv_jw *w)
{
    struct say s = { .id = id, .text = text, .message_id = rv_id_hex24(cx), .w = w };
    if (rv_str_trim(text).n == 0 || rv_utf8_count(text) > MESSAGE_MAX)
        return rv_fail_field(cx, "/text",
                             rv_str_trim(text).n == 0 ? "INVALID_STRING_LENGTH_UNDER_MIN"
                                                      : "INVALID_STRING_LENGTH_OVER_MAX",
                             "a message has 1 to %d characters", MESSAGE_MAX);
    if (s.message_id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, say_tx, &s));
    return rv_store_read(cx, say_show_tx, &s);
}
