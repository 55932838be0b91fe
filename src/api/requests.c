/* api/requests.c: requests, their activity, conversation and followers (access-requests.md 4).
 *
 * Lists take the filter language of api.md 7 as far as 4.10 needs it: `attribute eq value` joined
 * with `and`; values of one attribute joined with `or`, in parentheses when something else stands
 * beside them. */
#include "api/api.h"
#include "requests/requests.h"

#define ROOT "/reeve/api/v1"
#define ONE ROOT "/requests/{requestId}"

/* ---- bodies ---------------------------------------------------------------------------------- */

struct create_body {
    uint64_t seen, nulls;
    rv_str type_id, subject, requester_id;
    json_t *answers;
};
#define AT(member) offsetof(struct create_body, member)
static const struct rv_member create_members[] = {
    { "requestTypeId", RV_K_TEXT, RV_REQUIRED, AT(type_id), 1, 64, NULL, "A request type of the catalogue." },
    { "subject", RV_K_TEXT, RV_NULLABLE, AT(subject), 0, 0, NULL, "1 to 250 characters; the type's name when absent." },
    { "requesterId", RV_K_TEXT, RV_NULLABLE, AT(requester_id), 1, 64, NULL, "For whom; the caller when absent." },
    { "answers", RV_K_OBJECT, RV_REQUIRED, AT(answers), 0, 0, NULL, "By step id: text, number, true or false, YYYY-MM-DD, item id or option (a list when multi), user id." },
    { .name = NULL },
};
#undef AT
static const struct rv_shape create_shape = { "RequestCreate", create_members, false };

struct patch_body {
    uint64_t seen, nulls;
    int64_t version;
    rv_str subject, team_id, assignee_id;
    json_t *tags;
    bool is_private;
};
enum { M_VERSION, M_SUBJECT, M_TEAM, M_ASSIGNEE, M_TAGS, M_PRIVATE };
#define AT(member) offsetof(struct patch_body, member)
static const struct rv_member patch_members[] = {
    { "version", RV_K_INT, RV_REQUIRED, AT(version), 0, 0, NULL, "Version that the change is made to." },
    { "subject", RV_K_TEXT, 0, AT(subject), 0, 0, NULL, "1 to 250 characters." },
    { "teamId", RV_K_TEXT, 0, AT(team_id), 1, 64, NULL, "The team that takes the request over." },
    { "assigneeId", RV_K_TEXT, RV_NULLABLE, AT(assignee_id), 1, 64, NULL, "A member of the team; null: nobody." },
    { "tags", RV_K_ARRAY, 0, AT(tags), 0, 0, NULL, "Each {\"text\",\"colour\"}." },
    { "private", RV_K_BOOL, 0, AT(is_private), 0, 0, NULL, "Seen only by those who have to do with it." },
    { .name = NULL },
};
#undef AT
static const struct rv_shape patch_shape = { "RequestUpdate", patch_members, false };

struct message_body {
    uint64_t seen, nulls;
    rv_str text;
};
static const struct rv_member message_members[] = {
    { "text", RV_K_TEXT, RV_REQUIRED, offsetof(struct message_body, text), 0, 0, NULL, "1 to 5000 characters." },
    { .name = NULL },
};
static const struct rv_shape message_shape = { "MessageCreate", message_members, false };

/* ---- filters --------------------------------------------------------------------------------- */

static const struct {
    const char *attribute;
    uint16_t offset;
    bool several;
} attributes[] = {
    { "status", offsetof(struct rv_request_query, status), true },
    { "team", offsetof(struct rv_request_query, team_id), false },
    { "requestType", offsetof(struct rv_request_query, request_type_id), false },
    { "assignee", offsetof(struct rv_request_query, assignee_id), false },
    { "requester", offsetof(struct rv_request_query, requester_id), false },
    { "taskAssignee", offsetof(struct rv_request_query, task_assignee_id), false },
    { "follower", offsetof(struct rv_request_query, follower_id), false },
    { "tag", offsetof(struct rv_request_query, tag), false },
};

struct parse {
    struct rv_cx *cx;
    rv_str rest;
    struct rv_request_query *q;
};

static rv_status wrong(struct parse *p, const char *what)
{
    return rv_fail_field(p->cx, "filter", "STRING_FORMAT_INVALID",
                         "%s; write attribute eq \"value\", joined with and", what);
}

static void blanks(struct parse *p)
{
    while (p->rest.n > 0 && p->rest.p[0] == ' ')
        p->rest = rv_str_sub(p->rest, 1, p->rest.n);
}

static bool symbol(struct parse *p, char c)
{
    blanks(p);
    if (p->rest.n == 0 || p->rest.p[0] != c)
        return false;
    p->rest = rv_str_sub(p->rest, 1, p->rest.n);
    return true;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static rv_str word(struct parse *p)
{
    size_t n = 0;
    blanks(p);
    while (n < p->rest.n && letter(p->rest.p[n]))
        n++;
    rv_str w = rv_str_sub(p->rest, 0, n);
    p->rest = rv_str_sub(p->rest, n, p->rest.n);
    return w;
}

static bool next_word(struct parse *p, const char *which)
{
    rv_str before = p->rest;
    if (rv_str_eq_nocase(word(p), rv_str_of(which)))
        return true;
    p->rest = before;
    return false;
}

/* A JSON string, or null for "none". */
static rv_status value(struct parse *p, rv_str *ret)
{
    size_t n = 1;
    json_t *j;
    blanks(p);
    if (next_word(p, "null")) {
        *ret = RV_STR("none");
        return RV_OK;
    }
    if (p->rest.n == 0 || p->rest.p[0] != '"')
        return wrong(p, "a value of the filter is not in quotes");
    while (n < p->rest.n && p->rest.p[n] != '"')
        n += p->rest.p[n] == '\\' ? 2 : 1;
    if (n >= p->rest.n)
        return wrong(p, "a quote of the filter is not closed");
    if (rv_json_parse(p->cx, rv_printf(p->cx, "[%.*s]", RV_FMT(rv_str_sub(p->rest, 0, n + 1))),
                      &rv_json_limits_default, &j) != RV_OK) {
        rv_error_clear(p->cx);
        return wrong(p, "a value of the filter is no text");
    }
    *ret = rv_json_str(json_array_get(j, 0));
    p->rest = rv_str_sub(p->rest, n + 1, p->rest.n);
    return RV_OK;
}

/* One comparison. group: the attribute the values joined with or belong to; -1 before the first. */
static rv_status comparison(struct parse *p, int *group)
{
    rv_str name = word(p), v;
    int i = 0;
    while (i < (int)RV_LEN(attributes) && !rv_str_eq(name, rv_str_of(attributes[i].attribute)))
        i++;
    if (i == (int)RV_LEN(attributes))
        return wrong(p, "the filter names an attribute that requests are not filtered by");
    if (!next_word(p, "eq"))
        return wrong(p, "requests are filtered with eq only");
    RV_TRY(value(p, &v));
    rv_str *to = (rv_str *)(void *)((char *)p->q + attributes[i].offset);
    if (*group >= 0 && *group != i)
        return wrong(p, "or joins values of one attribute only");
    if (*group < 0 && to->p != NULL)
        return wrong(p, "the filter names an attribute twice");
    if (*group == i && !attributes[i].several)
        return wrong(p, "several values are possible for status only");
    *to = *group == i ? rv_printf(p->cx, "%.*s,%.*s", RV_FMT(*to), RV_FMT(v)) : v;
    *group = i;
    return to->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status term(struct parse *p)
{
    int group = -1;
    bool inside = symbol(p, '(');
    do
        RV_TRY(comparison(p, &group));
    while (next_word(p, "or"));
    if (inside && !symbol(p, ')'))
        return wrong(p, "a parenthesis of the filter is not closed");
    return RV_OK;
}

static rv_status filter(struct rv_cx *cx, rv_str text, struct rv_request_query *q)
{
    struct parse p = { .cx = cx, .rest = text, .q = q };
    if (text.p == NULL)
        return RV_OK;
    do
        RV_TRY(term(&p));
    while (next_word(&p, "and"));
    blanks(&p);
    return p.rest.n == 0 ? RV_OK : wrong(&p, "the filter has something behind its end");
}

static rv_status query(struct rv_req *rq, struct rv_request_query *ret)
{
    struct rv_page page;
    rv_str order = rv_req_query(rq, "sortOrder");
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    *ret = (struct rv_request_query){
        .limit = page.limit,
        .after = page.after,
        .q = rv_req_query(rq, "q"),
        .view = rv_req_query(rq, "view"),
        .status = rv_req_query(rq, "status"),
        .team_id = rv_req_query(rq, "teamId"),
        .request_type_id = rv_req_query(rq, "requestTypeId"),
        .assignee_id = rv_req_query(rq, "assigneeId"),
        .requester_id = rv_req_query(rq, "requesterId"),
        .task_assignee_id = rv_req_query(rq, "taskAssigneeId"),
        .tag = rv_req_query(rq, "tag"),
        .follower_id = rv_req_query(rq, "followerId"),
        .sort_by = rv_req_query(rq, "sortBy"),
        .ascending = rv_str_eq(order, RV_STR("asc")),
    };
    if (order.p != NULL && !ret->ascending && !rv_str_eq(order, RV_STR("desc")))
        return rv_fail_field(rv_req_cx(rq), "sortOrder", "INVALID_ENUM_VALUE",
                             "sortOrder is asc or desc");
    RV_TRY(rv_req_query_bool(rq, "overdue", false, &ret->overdue));
    return filter(rv_req_cx(rq), rv_req_query(rq, "filter"), ret);
}

/* ---- handlers -------------------------------------------------------------------------------- */

static rv_status list_requests(struct rv_req *rq)
{
    struct rv_jw *w;
    struct rv_request_query q;
    rv_str next = RV_NONE_STR;
    RV_TRY(query(rq, &q));
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_request_list(rv_req_cx(rq), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status create_request(struct rv_req *rq)
{
    struct create_body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &create_shape, &b));
    const struct rv_request_in in = { .type_id = b.type_id,
                                      .subject = b.subject,
                                      .requester_id = b.requester_id,
                                      .answers = b.answers };
    RV_TRY(rv_request_create(rv_req_cx(rq), &in, rv_reply_json(rq), &id));
    RV_TRY(rv_reply_location(rq, rv_printf(rv_req_cx(rq), ROOT "/requests/%.*s", RV_FMT(id))));
    return rv_reply(rq, 201);
}

static rv_status get_request(struct rv_req *rq)
{
    RV_TRY(rv_request_get(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_request(struct rv_req *rq)
{
    struct patch_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &patch_shape, &b));
    const struct rv_request_patch in = {
        .version = b.version,
        .subject = b.subject,
        .team_id = b.team_id,
        .assignee_id = b.assignee_id,
        .tags = b.tags,
        .has_assignee = RV_SEEN(&b, M_ASSIGNEE),
        .has_private = RV_SEEN(&b, M_PRIVATE),
        .is_private = b.is_private,
    };
    RV_TRY(rv_request_update(rv_req_cx(rq), rv_req_param(rq, 0), &in, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status command(struct rv_req *rq, enum rv_request_verb verb)
{
    RV_TRY(rv_request_do(rv_req_cx(rq), rv_req_param(rq, 0), verb, rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status cancel_request(struct rv_req *rq) { return command(rq, RV_REQUEST_DO_CANCEL); }
static rv_status resolve_request(struct rv_req *rq) { return command(rq, RV_REQUEST_DO_RESOLVE); }
static rv_status reopen_request(struct rv_req *rq) { return command(rq, RV_REQUEST_DO_REOPEN); }
static rv_status hold_request(struct rv_req *rq) { return command(rq, RV_REQUEST_DO_HOLD); }
static rv_status release_request(struct rv_req *rq) { return command(rq, RV_REQUEST_DO_RELEASE); }

static rv_status list_of(struct rv_req *rq, rv_status (*fn)(struct rv_cx *cx, rv_str id,
                                                            const struct rv_request_query *q,
                                                            struct rv_jw *w, rv_str *ret_next))
{
    struct rv_jw *w;
    struct rv_page page;
    rv_str next = RV_NONE_STR;
    RV_TRY(rv_req_page(rq, 20, 200, &page));
    const struct rv_request_query q = { .limit = page.limit, .after = page.after };
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(fn(rv_req_cx(rq), rv_req_param(rq, 0), &q, w, &next));
    return rv_list_end(rq, next);
}

static rv_status list_activities(struct rv_req *rq) { return list_of(rq, rv_request_activities); }
static rv_status list_messages(struct rv_req *rq) { return list_of(rq, rv_request_messages); }

static rv_status create_message(struct rv_req *rq)
{
    struct message_body b = { 0 };
    RV_TRY(rv_req_decode(rq, &message_shape, &b));
    RV_TRY(rv_request_say(rv_req_cx(rq), rv_req_param(rq, 0), b.text, rv_reply_json(rq)));
    return rv_reply(rq, 201);
}

static rv_status put_follower(struct rv_req *rq)
{
    RV_TRY(rv_request_follow(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), true));
    return rv_reply_none(rq, 204);
}

static rv_status delete_follower(struct rv_req *rq)
{
    RV_TRY(rv_request_follow(rv_req_cx(rq), rv_req_param(rq, 0), rv_req_param(rq, 1), false));
    return rv_reply_none(rq, 204);
}

/* clang-format off */
const struct rv_route rv_routes_requests[] = {
    { "GET", ROOT "/requests", "listRequests", RV_A_REQUEST_LIST, RV_ENV_NATIVE, 0, NULL, NULL, list_requests, "Requests the caller may see; view: inbox, mine, sent, team, unassigned, all; filter, q, sortBy." },
    { "POST", ROOT "/requests", "createRequest", RV_A_REQUEST_CREATE, RV_ENV_NATIVE, 0, NULL, &create_shape, create_request, "Submit a request; 400 names each answer that does not fit." },
    { "GET", ONE, "getRequest", RV_A_REQUEST_READ, RV_ENV_NATIVE, 0, NULL, NULL, get_request, "A request by id or number, with its steps and what the caller may do." },
    { "PATCH", ONE, "updateRequest", RV_A_REQUEST_EDIT, RV_ENV_NATIVE, 0, NULL, &patch_shape, update_request, "Change subject, team, assignee, tags or privacy." },
    { "POST", ONE "/cancel", "cancelRequest", RV_A_REQUEST_CANCEL, RV_ENV_NATIVE, 0, NULL, NULL, cancel_request, "Withdraw a request before anybody has acted on it." },
    { "POST", ONE "/resolve", "resolveRequest", RV_A_REQUEST_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, resolve_request, "Mark a request as done; what is open is locked." },
    { "POST", ONE "/reopen", "reopenRequest", RV_A_REQUEST_EDIT, RV_ENV_NATIVE, 0, NULL, NULL, reopen_request, "Open a resolved request again; locked tasks open, completed ones stay." },
    { "POST", ONE "/hold", "holdRequest", RV_A_REQUEST_HOLD, RV_ENV_NATIVE, 0, NULL, NULL, hold_request, "Set an open request to pending." },
    { "POST", ONE "/release", "releaseRequest", RV_A_REQUEST_HOLD, RV_ENV_NATIVE, 0, NULL, NULL, release_request, "Set a request that was put on hold to open." },
    { "GET", ONE "/activities", "listRequestActivities", RV_A_REQUEST_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_activities, "Everything that happened to the request, oldest first." },
    { "GET", ONE "/messages", "listRequestMessages", RV_A_REQUEST_READ, RV_ENV_NATIVE, 0, NULL, NULL, list_messages, "The conversation, oldest first." },
    { "POST", ONE "/messages", "createRequestMessage", RV_A_REQUEST_MESSAGE, RV_ENV_NATIVE, 0, NULL, &message_shape, create_message, "Write into the conversation." },
    { "PUT", ONE "/followers/{userId}", "putRequestFollower", RV_A_REQUEST_READ, RV_ENV_NATIVE, 0, NULL, NULL, put_follower, "Follow the request, or let somebody follow it." },
    { "DELETE", ONE "/followers/{userId}", "deleteRequestFollower", RV_A_REQUEST_READ, RV_ENV_NATIVE, 0, NULL, NULL, delete_follower, "Follow the request no longer." },
    { .method = NULL },
};
