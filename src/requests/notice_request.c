/* requests/notice_request.c: the notices of a request (access-requests.md 8.1): who hears what, in
 * which words.
 *
 * What happens is noted while a change goes on and sent when the request is saved, when its version
 * is known: notice, version and step make the key under which a mail exists once. A person who gets
 * another notice of the same change gets no "updated" beside it. The words stand in one table; {…}
 * are filled from the request. */
#include "requests/request_int.h"

enum whom { ASSIGNEE, TEAM, ASSIGNEE_OR_TEAM, STEP, GIVEN, WORKERS, ASKERS, EVERYBODY, TALKERS };
enum link { TO_REQUEST, TO_DECISION };
static const struct {
    const char *kind;
    enum whom whom;
    const char *title, *line, *button;
    enum link link;
    bool answers; /* the mail shows what was answered */
} words[RV_TELL_N] = {
    [RV_TELL_ASSIGNED] = { "N1", ASSIGNEE, "Assigned to you: {subject}", "{requester} asks for \"{type}\". You look after request #{number}.", "Open the request", TO_REQUEST, true },
    [RV_TELL_UNASSIGNED] = { "N1", TEAM, "New request: {subject}", "{requester} asks for \"{type}\". Nobody looks after request #{number} yet.", "Open the request", TO_REQUEST, true },
    [RV_TELL_CHOOSE] = { "N1", ASSIGNEE_OR_TEAM, "Choose somebody: {subject}", "\"{task}\" of request #{number} has no assignee: {text}. Choose who shall act.", "Open the request", TO_REQUEST, false },
    [RV_TELL_TASK] = { "N2", STEP, "Waits for you: {subject}", "{requester} asks for \"{type}\". Your task: {task}.", "Review and act", TO_DECISION, true },
    [RV_TELL_QUESTION] = { "N4", STEP, "Question for you: {subject}", "{requester} asks for \"{type}\". Please answer: {task}", "Answer", TO_REQUEST, false },
    [RV_TELL_ESCALATED] = { "N5", GIVEN, "Escalated to you: {subject}", "\"{task}\" of request #{number} was escalated to you: {text}", "Review and act", TO_DECISION, true },
    [RV_TELL_TAKEN] = { "N3", GIVEN, "No longer yours: {subject}", "\"{task}\" of request #{number} was given to somebody else.", "Open the request", TO_REQUEST, false },
    [RV_TELL_FAILED] = { "N16", ASSIGNEE_OR_TEAM, "Action failed: {subject}", "\"{task}\" of request #{number} failed: {text}", "Run again", TO_REQUEST, false },
    [RV_TELL_CANCELED] = { "N8", WORKERS, "Canceled: {subject}", "Request #{number} of {requester} was canceled. {text}", "Open the request", TO_REQUEST, false },
    [RV_TELL_DONE] = { "N9", ASKERS, "Closed: {subject}", "Request #{number} is closed. {text}", "Open the request", TO_REQUEST, false },
    [RV_TELL_MESSAGE] = { "N3", TALKERS, "Message: {subject}", "{text}", "Open the request", TO_REQUEST, false },
    [RV_TELL_UPDATED] = { "N3", EVERYBODY, "Updated: {subject}", "{text}", "Open the request", TO_REQUEST, false },
};
enum { ANSWERS_SHOWN = 12, ANSWER_BYTES = 300 };

struct rv_told {
    enum rv_tell what;
    const struct rv_step *step;
    rv_str text;
    const rv_str *users; /* of GIVEN */
    size_t users_n;
    struct rv_told *next;
};

rv_status rv_request_tell_users(struct rv_tx *tx, struct rv_request *q, enum rv_tell what,
                                const struct rv_step *s, rv_str text, const rv_str *users, size_t n)
{
    struct rv_told *t = RV_NEW(rv_tx_cx(tx), struct rv_told);
    if (t == NULL)
        return RV_BUSY;
    *t = (struct rv_told){ .what = what, .step = s, .text = text, .users = users, .users_n = n };
    *q->told_tail = t;
    q->told_tail = &t->next;
    return RV_OK;
}

rv_status rv_request_tell(struct rv_tx *tx, struct rv_request *q, enum rv_tell what,
                          const struct rv_step *s, rv_str text)
{
    return rv_request_tell_users(tx, q, what, s, text, NULL, 0);
}

/* ---- who ------------------------------------------------------------------------------------- */

struct people {
    struct rv_cx *cx;
    rv_str *ids;
    size_t n, size;
    bool failed;
};

static bool has(const struct people *p, rv_str id)
{
    for (size_t i = 0; i < p->n; i++)
        if (rv_str_eq(p->ids[i], id))
            return true;
    return false;
}

static void add(struct people *p, rv_str id)
{
    if (id.n == 0 || has(p, id))
        return;
    if (p->n == p->size) {
        size_t size = p->size == 0 ? 8 : p->size * 2;
        rv_str *larger = RV_NEW_N(p->cx, rv_str, size);
        p->failed = p->failed || larger == NULL;
        if (larger == NULL)
            return;
        if (p->n > 0)
            memcpy(larger, p->ids, p->n * sizeof *larger);
        p->ids = larger;
        p->size = size;
    }
    p->ids[p->n++] = id;
}

static void add_all(struct people *p, const rv_str *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(p, ids[i]);
}

static void add_workers(struct people *p, const struct rv_request *q, enum rv_step_state state)
{
    for (size_t i = 0; i < q->steps_n; i++)
        if (q->steps[i].state == state)
            add_all(p, q->steps[i].assignees, q->steps[i].assignees_n);
}

static rv_status add_team(struct rv_tx *tx, struct people *p, const struct rv_request *q)
{
    rv_str *ids;
    size_t n;
    RV_TRY(rv_team_member_ids(tx, q->team_id, &ids, &n));
    add_all(p, ids, n);
    return RV_OK;
}

static rv_status gather(struct rv_tx *tx, const struct rv_request *q, const struct rv_told *t,
                        struct people *p)
{
    enum whom whom = words[t->what].whom;
    if (whom == ASSIGNEE_OR_TEAM)
        whom = q->assignee_id.n > 0 ? ASSIGNEE : TEAM;
    switch (whom) {
    case ASSIGNEE:
        add(p, q->assignee_id);
        break;
    case TEAM:
    case ASSIGNEE_OR_TEAM:
        return add_team(tx, p, q);
    case STEP:
        add_all(p, t->step->assignees, t->step->assignees_n);
        break;
    case GIVEN:
        add_all(p, t->users, t->users_n);
        break;
    case WORKERS:
        add_workers(p, q, RV_STEP_LOCKED);
        add_all(p, q->followers, q->followers_n);
        add(p, q->assignee_id);
        break;
    case ASKERS:
        add(p, q->requester_id);
        add(p, q->creator_id);
        add_all(p, q->followers, q->followers_n);
        break;
    case TALKERS:
        add(p, q->assignee_id);
        __attribute__((fallthrough));
    case EVERYBODY:
        add(p, q->requester_id);
        add_workers(p, q, RV_STEP_OPEN);
        add_workers(p, q, RV_STEP_FAILED);
        add_all(p, q->followers, q->followers_n);
        break;
    }
    return p->failed ? RV_BUSY : RV_OK;
}

/* ---- what ------------------------------------------------------------------------------------ */

static rv_status value_of(struct rv_tx *tx, struct rv_request *q, const struct rv_told *t,
                          rv_str name, rv_str *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    *ret = RV_STR("");
    if (rv_str_eq(name, RV_STR("subject")))
        *ret = q->subject;
    else if (rv_str_eq(name, RV_STR("type")))
        *ret = q->type_name;
    else if (rv_str_eq(name, RV_STR("number")))
        *ret = rv_printf(cx, "%" PRId64, q->number);
    else if (rv_str_eq(name, RV_STR("task")))
        *ret = t->step != NULL ? t->step->text : RV_STR("");
    else if (rv_str_eq(name, RV_STR("text")))
        *ret = t->text;
    else if (rv_str_eq(name, RV_STR("requester")))
        return rv_face_name(tx, &q->faces, q->requester_id, ret);
    return RV_OK;
}

static rv_status fill(struct rv_tx *tx, struct rv_request *q, const struct rv_told *t,
                      const char *pattern, rv_str *ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str rest = rv_str_of(pattern), part, name, value, text;
    struct rv_buf b;
    rv_buf_init(&b, 16384);
    rv_status st = RV_OK;
    while (st == RV_OK && rv_str_split(&rest, '{', &part)) {
        rv_buf_add(&b, part);
        if (rest.p == NULL || !rv_str_split(&rest, '}', &name))
            break;
        st = value_of(tx, q, t, name, &value);
        rv_buf_add(&b, value);
    }
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st;
}

static rv_str cut(rv_str s)
{
    if (s.n <= ANSWER_BYTES)
        return s;
    s.n = ANSWER_BYTES;
    while (s.n > 0 && !rv_utf8_valid(s))
        s.n--;
    return s;
}

/* What was answered, one line per question, as one paragraph. */
static rv_status answers_of(struct rv_cx *cx, const struct rv_request *q, rv_str *ret)
{
    struct rv_buf b;
    rv_str text;
    int n = 0;
    rv_buf_init(&b, 16384);
    for (size_t i = 0; i < q->steps_n && n < ANSWERS_SHOWN; i++) {
        const struct rv_step *s = &q->steps[i];
        if (s->kind != RV_STEP_QUESTION || s->state != RV_STEP_COMPLETED || s->answer_text.n == 0)
            continue;
        rv_str shown = cut(s->answer_text);
        rv_buf_printf(&b, "%s%.*s: %.*s%s", n++ > 0 ? "\n" : "", RV_FMT(s->text), RV_FMT(shown),
                      shown.n < s->answer_text.n ? " …" : "");
    }
    rv_status st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK)
        *ret = rv_dup(cx, text);
    rv_buf_done(&b);
    return st;
}

static rv_status send(struct rv_tx *tx, struct rv_request *q, const struct rv_told *t,
                      const struct people *to)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str lines[3];
    struct rv_notice n = {
        .kind = words[t->what].kind,
        .button = rv_str_of(words[t->what].button),
        .request_id = q->id,
        .lines = lines,
        .lines_n = 1,
        .key =
            rv_printf(cx, "request:%.*s:%s.%d:%" PRId64 ":%d", RV_FMT(q->id), words[t->what].kind,
                      (int)t->what, q->version, t->step != NULL ? t->step->position : -1),
        .href = rv_printf(cx, "/requests/%" PRId64, q->number),
    };
    RV_TRY(fill(tx, q, t, words[t->what].title, &n.title));
    RV_TRY(fill(tx, q, t, words[t->what].line, &lines[0]));
    if (words[t->what].answers) {
        RV_TRY(answers_of(cx, q, &lines[n.lines_n]));
        n.lines_n += lines[n.lines_n].n > 0;
    }
    if (words[t->what].link == TO_DECISION &&
        (t->step->kind == RV_STEP_APPROVAL || t->step->kind == RV_STEP_CUSTOM_TASK))
        n.href = rv_printf(cx, "/decide/%.*s",
                           RV_FMT(rv_decision_token(cx, rv_task_id(cx, q, t->step))));
    if (t->step != NULL && t->step->state == RV_STEP_OPEN && t->step->due_at != RV_NO_TIME) {
        char due[32];
        (void)rv_time_format(t->step->due_at, due);
        lines[n.lines_n++] = rv_printf(cx, "Due %.10s.", due);
    }
    return rv_notice_send_to(tx, &n, &q->faces, to->ids, to->n);
}

rv_status rv_request_send_told(struct rv_tx *tx, struct rv_request *q)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct people told = { .cx = cx };
    for (int weak = 0; weak < 2; weak++)
        for (const struct rv_told *t = q->told; t != NULL; t = t->next) {
            struct people to = { .cx = cx }, rest = { .cx = cx };
            if ((t->what == RV_TELL_UPDATED) != weak)
                continue;
            RV_TRY(gather(tx, q, t, &to));
            for (size_t i = 0; i < to.n; i++)
                if (!weak || !has(&told, to.ids[i]))
                    add(&rest, to.ids[i]);
            add_all(&told, rest.ids, rest.n);
            if (told.failed || rest.failed)
                return RV_BUSY;
            if (rest.n > 0)
                RV_TRY(send(tx, q, t, &rest));
        }
    q->told = NULL;
    q->told_tail = &q->told;
    return RV_OK;
}
