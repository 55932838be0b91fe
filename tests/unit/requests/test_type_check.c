/* Drafts of request types and what stops them from being published: each rule once right and once
 * wrong, with its place. */
#include "unit.h"
#include "requests/type_int.h"

/* ---- in place of the store and the directory ------------------------------------------------- */

static struct world {
    bool feature_off, team_out, action_off, resource_closed, team_closed, list_gone, list_taken, person_gone, group_gone, group_hidden;
    const char *flow_inputs; /* NULL: not synchronised */
} world;
static int any_tx;
#define TX ((struct rv_tx *)(void *)&any_tx)

static const char badge_inputs[] = "[{\"key\":\"to\",\"label\":\"Mail to\",\"type\":\"text\",\"required\":true},"
                                   "{\"key\":\"n\",\"label\":\"n\",\"type\":\"number\",\"required\":false},"
                                   "{\"key\":\"when\",\"label\":\"when\",\"type\":\"datetime\",\"required\":false},"
                                   "{\"key\":\"yes\",\"label\":\"yes\",\"type\":\"boolean\",\"required\":false}]";

struct rv_cx *rv_tx_cx(struct rv_tx *tx)
{
    (void)tx;
    return &unit_cx;
}
rv_status rv_type_parse(struct rv_cx *cx, rv_str text, json_t **ret)
{
    return rv_json_parse(cx, text, &rv_json_limits_default, ret);
}
bool rv_feature_on(struct rv_env *env, const char *name)
{
    (void)env;
    (void)name;
    return !world.feature_off;
}
rv_status rv_team_load(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_team *ret)
{
    (void)tx;
    *ret_found = !rv_str_eq(id, RV_STR("gone"));
    *ret = (struct rv_team){ .id = id,
                             .name = RV_STR("Badge desk"),
                             .status = world.team_closed ? RV_STR("CLOSED") : RV_STR("ACTIVE") };
    return RV_OK;
}
rv_status rv_group_name(struct rv_tx *tx, rv_str group_id, bool *ret_found, rv_str *ret)
{
    (void)tx;
    (void)group_id;
    *ret_found = !world.group_gone;
    *ret = RV_STR("Group");
    return RV_OK;
}
rv_status rv_group_pushed(struct rv_tx *tx, rv_str group_id, bool *ret)
{
    (void)tx;
    (void)group_id;
    *ret = !world.group_hidden;
    return RV_OK;
}
rv_status rv_person_find(struct rv_tx *tx, rv_str id, bool *ret_found, struct rv_person *ret)
{
    (void)tx;
    *ret_found = true;
    *ret = (struct rv_person){ .id = id,
                               .name = RV_STR("Ada"),
                               .status =
                                   world.person_gone ? RV_STR("DEPROVISIONED") : RV_STR("ACTIVE") };
    return RV_OK;
}
rv_status rv_list_load(struct rv_tx *tx, rv_str list_id, rv_str team_id, bool *ret_found,
                       bool *ret_shared, rv_str *ret_name)
{
    (void)tx;
    (void)list_id;
    (void)team_id;
    *ret_found = !world.list_gone;
    *ret_shared = !world.list_taken;
    *ret_name = RV_STR("Buildings");
    return RV_OK;
}
rv_status rv_list_item_name(struct rv_tx *tx, rv_str list_id, rv_str item_id, bool *ret_active,
                            rv_str *ret_name)
{
    (void)tx;
    (void)list_id;
    *ret_active = rv_str_eq(item_id, RV_STR("i1"));
    *ret_name = *ret_active ? RV_STR("Building 1") : RV_NONE_STR;
    return RV_OK;
}
rv_status rv_synced_flow_load(struct rv_tx *tx, rv_str flow_id, bool *ret_found,
                              struct rv_synced_flow *ret)
{
    (void)tx;
    *ret_found = world.flow_inputs != NULL;
    *ret = (struct rv_synced_flow){ .id = flow_id,
                                    .name = RV_STR("Badge mail"),
                                    .inputs = rv_str_of(world.flow_inputs) };
    return RV_OK;
}
rv_status rv_resource_open_to(struct rv_tx *tx, const char *type, rv_str team_id, bool *ret)
{
    (void)tx;
    (void)type;
    (void)team_id;
    *ret = !world.resource_closed;
    return RV_OK;
}
rv_status rv_integration_allows(struct rv_tx *tx, rv_str team_id, const char *action,
                                bool *ret_team, bool *ret_on)
{
    (void)tx;
    (void)team_id;
    (void)action;
    *ret_team = !world.team_out;
    *ret_on = !world.action_off;
    return RV_OK;
}

/* ---- helpers --------------------------------------------------------------------------------- */

static json_t *json(rv_str text)
{
    json_t *j;
    if (rv_json_parse(&unit_cx, text, &rv_json_limits_default, &j) != RV_OK)
        fail_msg("%.*s: %s", RV_FMT(text), rv_error(&unit_cx)->message);
    return j;
}

/* Single quotes stand for double ones. */
static json_t *steps_of(const char *text)
{
    char *copy = (char *)(uintptr_t)rv_dup(&unit_cx, rv_str_of(text)).p; /* a copy of our own */
    for (char *p = copy; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    return json(rv_str_of(copy));
}

static rv_status draft(const char *text, rv_str *ret)
{
    rv_error_clear(&unit_cx);
    return rv_type_draft_steps(&unit_cx, steps_of(text), NULL, ret);
}

static json_t *accepted(const char *text)
{
    rv_str stored;
    if (draft(text, &stored) != RV_OK)
        fail_msg("%s: %s %s", text, rv_error(&unit_cx)->causes->pointer,
                 rv_error(&unit_cx)->causes->summary);
    return json(stored);
}

static void refused(const char *text, const char *pointer)
{
    rv_str stored;
    if (draft(text, &stored) != RV_INVALID)
        fail_msg("accepted: %s", text);
    for (const struct rv_cause *c = rv_error(&unit_cx)->causes; c != NULL; c = c->next)
        if (strcmp(c->pointer, pointer) == 0)
            return;
    fail_msg("%s: nothing at %s, but at %s: %s", text, pointer, rv_error(&unit_cx)->causes->pointer,
             rv_error(&unit_cx)->causes->summary);
}

#define Q(id, type) "{'id':'" id "','kind':'QUESTION','text':'Text of " id "','inputType':'" type "','required':true,'assignTo':{'type':'REQUESTER'}}"
#define T(id) "{'id':'" id "','kind':'APPROVAL','text':'Approval','assignTo':{'type':'MANAGER'}}"
#define LOGIC(conditions) "{'id':'z','kind':'CUSTOM_TASK','text':'Last','assignTo':{'type':'REQUEST_ASSIGNEE'},'logic':{'match':'ALL','conditions':[" conditions "]}}"
#define ACTION(inputs) "{'id':'a','kind':'ACTION','text':'Provisioning','action':'RUN_WORKFLOW','automatic':true,'flowId':'F1','inputs':{" inputs "}}"

static const struct rv_type_problem *problems_of(const json_t *steps, struct rv_type_scope scope)
{
    struct rv_type_problem *ret;
    scope.team_id = RV_STR("t");
    assert_int_equal(rv_type_check(TX, &scope, steps, &ret), RV_OK);
    return ret;
}

static void says(const char *text, const char *pointer, const char *sentence)
{
    const struct rv_type_problem *p = problems_of(accepted(text), (struct rv_type_scope){ 0 });
    for (; p != NULL; p = p->next)
        if (strcmp(p->pointer, pointer) == 0 && rv_str_contains(p->sentence, rv_str_of(sentence)))
            return;
    p = problems_of(accepted(text), (struct rv_type_scope){ 0 });
    fail_msg("%s: expected %s %s, got %s %.*s", text, pointer, sentence,
             p != NULL ? p->pointer : "nothing", RV_FMT(p != NULL ? p->sentence : RV_NONE_STR));
}

static void complete(const char *text)
{
    const struct rv_type_problem *p = problems_of(accepted(text), (struct rv_type_scope){ 0 });
    if (p != NULL)
        fail_msg("%s: %s %.*s", text, p->pointer, RV_FMT(p->sentence));
}

static int fresh(void **state)
{
    world = (struct world){ .flow_inputs = badge_inputs };
    return unit_setup(state);
}

/* ---- drafts ---------------------------------------------------------------------------------- */

static void a_draft_is_refused_at_the_place_of_each_fault(void **state)
{
    (void)state;
    refused("[7]", "/steps/0");
    refused("[{'id':'q1','kind':'RIDDLE','text':'x'}]", "/steps/0/kind");
    refused("[{'kind':'QUESTION','text':'x','inputType':'TEXT'}]", "/steps/0/id");
    refused("[{'id':'a b','kind':'QUESTION','text':'x','inputType':'TEXT'}]", "/steps/0/id");
    refused("[" Q("q1", "TEXT") "," Q("q1", "TEXT") "]", "/steps/1/id");
    refused("[{'id':'q1','kind':'QUESTION','inputType':'TEXT'}]", "/steps/0/text");
    refused("[" Q("q1", "TEXT") ",{'id':'q2','kind':'QUESTION','text':'x','inputType':'SHAPE'}]",
            "/steps/1/inputType");
    refused("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'TEXT','colour':'red'}]",
            "/steps/0/colour");
    refused("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'TEXT','options':['a']}]",
            "/steps/0/options");
    refused("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':[1]}]",
            "/steps/0/options/0");
    refused("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a'],'"
            "configListId':'L'}]",
            "/steps/0/options");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x'}]", "/steps/0/assignTo");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'KING'}}]",
            "/steps/0/assignTo/type");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'USER'}}]",
            "/steps/0/assignTo/id");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'MANAGER','id':'u'}}]",
            "/steps/0/assignTo/id");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'QUESTION'}}]",
            "/steps/0/assignTo/stepId");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'MANAGER'},'due':{'n':0,'"
            "unit':'DAYS'}}]",
            "/steps/0/due/n");
    refused("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'MANAGER'},'due':{'n':1,'"
            "unit':'WEEKS'}}]",
            "/steps/0/due/unit");
    refused("[{'id':'a1','kind':'ACTION','text':'x','action':'DANCE'}]", "/steps/0/action");
    refused("[" ACTION("'to':{'source':'MOON'}") "]", "/steps/0/inputs/to/source");
    refused("[" ACTION("'to':{'source':'QUESTION'}") "]", "/steps/0/inputs/to/stepId");
    refused("[" ACTION("'a/b':{'source':'CONSTANT'}") "]", "/steps/0/inputs/a~1b/value");
    refused("[" ACTION("'to':{'source':'CONSTANT','value':[1]}") "]", "/steps/0/inputs/to/value");
    refused("[" ACTION("'to':{'source':'LIST_ITEM','id':'i'}") "]", "/steps/0/inputs/to");
    refused("[{'id':'w1','kind':'TIMER','text':'x','timer':{'n':'2','unit':'DAYS'}}]",
            "/steps/0/timer/n");
    refused("[" Q("q1",
                  "TEXT") ",{'id':'w1','kind':'TIMER','text':'x','timer':{'untilStepId':'w1'}}]",
            "/steps/1/timer/untilStepId");
}

static void a_draft_may_be_incomplete(void **state)
{
    (void)state;
    accepted("[]");
    accepted("[{'id':'q1','kind':'QUESTION','text':'','inputType':'DROPDOWN','options':['']}]");
    accepted("[{'id':'q1','kind':'QUESTION','text':'','inputType':'DROPDOWN','configListId':''}]");
    accepted("[{'id':'a1','kind':'ACTION','text':'','action':'RUN_WORKFLOW','flowId':null}]");
    accepted("[{'id':'t1','kind':'APPROVAL','text':'','assignTo':{'type':'USER','id':''}}]");
    accepted("[" Q("q1", "DATE") "," LOGIC(
        "{'stepId':'q1','op':'IS_AFTER'},{'stepId':'','op':'IS_COMPLETED'}") "]");
    accepted("[" ACTION("'to':{'source':'QUESTION','stepId':'deleted'}") "]");
}

static void what_the_server_adds_is_taken_back_and_dropped(void **state)
{
    (void)state;
    json_t *steps =
        accepted("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'TEXT','fieldId':'mine'},"
                 "{'id':'a1','kind':'ACTION','text':'x','action':'RUN_WORKFLOW','flowName':'N','"
                 "flowInputs':[]},"
                 "{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'USER','id':'u','name'"
                 ":'Ada'}}]");
    assert_true(rv_id_is_uuid(rv_json_member_str(json_array_get(steps, 0), "fieldId")));
    assert_null(json_object_get(json_array_get(steps, 1), "flowName"));
    assert_null(json_object_get(json_object_get(json_array_get(steps, 2), "assignTo"), "name"));
    assert_true(json_is_true(json_object_get(json_array_get(steps, 0), "required")));
    rv_str again;
    assert_int_equal(rv_type_draft_steps(&unit_cx, steps, steps, &again), RV_OK);
    assert_true(json_equal(steps, json(again)));
}

static void a_condition_on_a_later_step_itself_or_no_step_is_refused_ar72(void **state)
{
    (void)state;
    refused("[" LOGIC("{'stepId':'t1','op':'IS_APPROVED'}") "," T("t1") "]",
            "/steps/0/logic/conditions/0/stepId");
    refused("[" T("t1") "," LOGIC("{'stepId':'z','op':'IS_COMPLETED'}") "]",
            "/steps/1/logic/conditions/0/stepId");
    refused("[" T("t1") "," LOGIC(
                "{'stepId':'t1','op':'IS_APPROVED'},{'stepId':'t9','op':'IS_APPROVED'}") "]",
            "/steps/1/logic/conditions/1/stepId");
    assert_non_null(strstr(rv_error(&unit_cx)->causes->summary, "t9"));
    accepted("[" T("t1") "," LOGIC("{'stepId':'t1','op':'IS_APPROVED'}") "]");
}

/* Which operators each kind of step answers to (2.9). */
static void only_operators_that_suit_the_step_are_taken_ar14(void **state)
{
    static const char *const ops[] = { "IS",          "IS_NOT",    "CONTAINS",   "NOT_CONTAINS",
                                       "IS_AFTER",    "IS_BEFORE", "IS_BETWEEN", "IN_LIST",
                                       "NOT_IN_LIST", "INCLUDES",  "NOT_EMPTY",  "IS_COMPLETED",
                                       "IS_APPROVED", "IS_DENIED" };
    static const struct {
        const char *step, *fits; /* one character per operator above */
    } rows[] = {
        { Q("s", "TEXT"), "yyyynnnnnnynnn" }, { Q("s", "LONG_TEXT"), "yyyynnnnnnynnn" }, { Q("s", "DATE"), "yynnyyynnnynnn" },
        { "{'id':'s','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a']}", "yynnnnnyynynnn" },
        { "{'id':'s','kind':'QUESTION','text':'x','inputType':'DROPDOWN','multi':true,'options':['a']}", "yynnnnnyyyynnn" },
        { Q("s", "NUMBER"), "yynnnnnnnnynnn" }, { Q("s", "BOOLEAN"), "yynnnnnnnnynnn" }, { Q("s", "USER"), "yynnnnnnnnynnn" },
        { T("s"), "nnnnnnnnnnnyyy" }, { "{'id':'s','kind':'CUSTOM_TASK','text':'x','assignTo':{'type':'NONE'}}", "nnnnnnnnnnnynn" },
        { "{'id':'s','kind':'ACTION','text':'x','action':'RUN_WORKFLOW'}", "nnnnnnnnnnnynn" }, { "{'id':'s','kind':'TIMER','text':'x','timer':{'n':1,'unit':'DAYS'}}", "nnnnnnnnnnnynn" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        for (size_t k = 0; k < RV_LEN(ops); k++) {
            rv_str text = rv_printf(&unit_cx, "[%s," LOGIC("{'stepId':'s','op':'%s'}") "]",
                                    rows[i].step, ops[k]);
            if (rows[i].fits[k] == 'y')
                accepted(text.p);
            else
                refused(text.p, "/steps/1/logic/conditions/0/op");
        }
    }
    refused("[" T("s") "," LOGIC("{'stepId':'s','op':'IS_APPROVED','value':'x'}") "]",
            "/steps/1/logic/conditions/0/value");
}

static void the_101st_step_is_refused_ar69(void **state)
{
    json_t *steps = json_array();
    rv_str stored;
    (void)state;
    assert_int_equal(rv_json_keep(&unit_cx, steps), RV_OK);
    for (int i = 1; i <= 101; i++) {
        rv_str text =
            rv_printf(&unit_cx, "{'id':'q%d','kind':'QUESTION','text':'x','inputType':'TEXT'}", i);
        assert_int_equal(json_array_append(steps, steps_of(text.p)), 0);
        assert_int_equal(rv_type_draft_steps(&unit_cx, steps, NULL, &stored),
                         i <= 100 ? RV_OK : RV_INVALID);
    }
    assert_string_equal(rv_error(&unit_cx)->causes->pointer, "/steps");
}

static void limits_of_texts_and_options_are_kept(void **state)
{
    char text[300];
    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    accepted(rv_printf(&unit_cx,
                       "[{'id':'q','kind':'QUESTION','text':'%.100s','inputType':'TEXT'}]", text)
                 .p);
    refused(rv_printf(&unit_cx, "[{'id':'q','kind':'QUESTION','text':'%.101s','inputType':'TEXT'}]",
                      text)
                .p,
            "/steps/0/text");
    accepted(
        rv_printf(
            &unit_cx,
            "[{'id':'q','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['%.280s']}]",
            text)
            .p);
    refused(
        rv_printf(
            &unit_cx,
            "[{'id':'q','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['%.281s']}]",
            text)
            .p,
        "/steps/0/options/0");
    refused(rv_printf(&unit_cx, "[{'id':'%.41s','kind':'QUESTION','text':'x','inputType':'TEXT'}]",
                      text)
                .p,
            "/steps/0/id");
}

/* ---- completeness ---------------------------------------------------------------------------- */

static void publishing_wants_every_step_complete(void **state)
{
    (void)state;
    says("[]", "/steps", "Add a step");
    says("[{'id':'q1','kind':'QUESTION','text':' ','inputType':'TEXT'}]", "/steps/0/text",
         "Enter a text");
    says("[{'id':'q1','kind':'QUESTION','text':'Where','inputType':'DROPDOWN'}]",
         "/steps/0/options", "Add an option or choose a list (step 1 “Where”)");
    says("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a',' ']}]",
         "/steps/0/options/1", "Option 2 is empty");
    says("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a','A']}]",
         "/steps/0/options/1", "twice");
    says("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'USER','id':''}}]",
         "/steps/0/assignTo/id", "Choose the person");
    says("[" Q("q1", "TEXT") ",{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'"
                             "QUESTION','stepId':'q1'}}]",
         "/steps/1/assignTo/stepId", "person");
    says("[" T("t1") "," LOGIC("{'stepId':'','op':'IS_COMPLETED'}") "]",
         "/steps/1/logic/conditions/0/stepId", "Choose the step");
    says("[" Q("q1", "TEXT") "," LOGIC("{'stepId':'q1','op':'IS'}") "]",
         "/steps/1/logic/conditions/0/value", "Choose a value");
    says("[" Q("q1",
               "DATE") "," LOGIC("{'stepId':'q1','op':'IS_BETWEEN','values':['2027-01-01']}") "]",
         "/steps/1/logic/conditions/0/values", "two dates");
    says("[" Q("q1", "DATE") "," LOGIC("{'stepId':'q1','op':'IS_AFTER','value':'soon'}") "]",
         "/steps/1/logic/conditions/0/value", "YYYY-MM-DD");
    says("[" Q("q1", "NUMBER") "," LOGIC("{'stepId':'q1','op':'IS','value':'many'}") "]",
         "/steps/1/logic/conditions/0/value", "number");
    says("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a']}," LOGIC(
             "{'stepId':'q1','op':'IS','value':'b'}") "]",
         "/steps/1/logic/conditions/0/value", "not among the options");
    says("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','configListId':'L'}"
         "," LOGIC("{'stepId':'q1','op':'IS','value':'i7'}") "]",
         "/steps/1/logic/conditions/0/value", "not among the options");
    complete("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','configListId':'L'}"
             "," LOGIC("{'stepId':'q1','op':'IS','value':'i1'}") "]");
    complete("[" Q("q1", "DATE") "," T("t1") "," LOGIC(
        "{'stepId':'q1','op':'IS_BETWEEN','values':['2027-01-01','2027-02-01']},{'stepId':'t1','op'"
        ":'IS_DENIED'}") "]");
}

static void automatic_closing_needs_a_step_of_somebody_else_ar63(void **state)
{
    struct rv_type_scope scope = { .auto_resolve = true };
    (void)state;
    const struct rv_type_problem *p = problems_of(accepted("[" Q("q1", "TEXT") "]"), scope);
    assert_string_equal(p->pointer, "/autoResolve");
    assert_true(
        rv_str_starts(p->sentence,
                      RV_STR("Add a task or question for somebody other than the requester")));
    assert_null(problems_of(accepted("[" Q("q1", "TEXT") "," T("t1") "]"), scope));
}

static void a_required_input_without_source_is_named_with_its_step_ar18(void **state)
{
    (void)state;
    says("[" T("t1") "," ACTION("") "]", "/steps/1/inputs/to",
         "Input Mail to (to) of Badge mail needs a value (step 2 “Provisioning”)");
    says("[" ACTION("'to':{'source':'CONSTANT','value':' '}") "]", "/steps/0/inputs/to",
         "needs a value");
    complete("[" ACTION("'to':{'source':'REQUESTER_EMAIL'}") "]");
}

static void text_sources_feed_text_inputs_only_ar7_ar8_ar9(void **state)
{
    static const char *const sources[] = {
        "REQUESTER_EMAIL", "REQUEST_SUBJECT", "ASSIGNEE_EMAIL",
        "REQUEST_ID",      "REQUEST_URL",     "REQUESTER_LOGIN"
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(sources); i++) {
        complete(rv_printf(&unit_cx, "[" ACTION("'to':{'source':'%s'}") "]", sources[i]).p);
        says(rv_printf(&unit_cx,
                       "[" ACTION("'to':{'source':'REQUESTER_EMAIL'},'n':{'source':'%s'}") "]",
                       sources[i])
                 .p,
             "/steps/0/inputs/n", "Input n of Badge mail is a number");
    }
}

/* Which question feeds which input (3.3): text, number, date & time, true/false. */
static void questions_feed_the_inputs_that_the_table_allows_ar10_ar11(void **state)
{
    static const char *const inputs[] = { "to", "n", "when", "yes" };
    static const struct {
        const char *question, *fits;
    } rows[] = {
        { Q("q", "TEXT"), "yyyy" }, { Q("q", "LONG_TEXT"), "yyyy" }, { Q("q", "DATE"), "ynyn" }, { Q("q", "NUMBER"), "yynn" }, { Q("q", "BOOLEAN"), "ynny" }, { Q("q", "USER"), "ynnn" },
        { "{'id':'q','kind':'QUESTION','text':'x','inputType':'DROPDOWN','options':['a']}", "yyyy" },
        { "{'id':'q','kind':'QUESTION','text':'x','inputType':'DROPDOWN','multi':true,'options':['a']}", "ynnn" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        for (size_t k = 0; k < RV_LEN(inputs); k++) {
            const char *also = k == 0 ? "" : "'to':{'source':'REQUESTER_EMAIL'},";
            rv_str text =
                rv_printf(&unit_cx, "[%s," ACTION("%s'%s':{'source':'QUESTION','stepId':'q'}") "]",
                          rows[i].question, also, inputs[k]);
            rv_str where = rv_printf(&unit_cx, "/steps/1/inputs/%s", inputs[k]);
            if (rows[i].fits[k] == 'y')
                complete(text.p);
            else
                says(text.p, where.p, "cannot take the");
        }
    }
}

static void a_source_must_exist_stand_above_and_fit(void **state)
{
    (void)state;
    says("[" ACTION("'to':{'source':'QUESTION','stepId':'q9'}") "]", "/steps/0/inputs/to",
         "takes its value from a question that was deleted");
    says("[" ACTION("'to':{'source':'QUESTION','stepId':'q1'}") "," Q("q1", "TEXT") "]",
         "/steps/0/inputs/to", "stands below");
    says("[" Q("q1", "TEXT") "," ACTION("'to':{'source':'APPROVER_EMAIL','stepId':'q1'}") "]",
         "/steps/1/inputs/to", "an approval that was deleted");
    complete("[" T("t1") "," ACTION("'to':{'source':'APPROVER_EMAIL','stepId':'t1'}") "]");
    complete("[" ACTION(
        "'to':{'source':'CONSTANT','value':'x'},'n':{'source':'CONSTANT','value':'1.5'},'when':{'"
        "source':'CONSTANT','value':'2027-01-01'},'yes':{'source':'CONSTANT','value':true}") "]");
    says("[" ACTION(
             "'to':{'source':'CONSTANT','value':'x'},'n':{'source':'CONSTANT','value':'many'}") "]",
         "/steps/0/inputs/n/value", "is not a number");
    says("[" ACTION("'to':{'source':'CONSTANT','value':'x'},'when':{'source':'CONSTANT','value':'"
                    "soon'}") "]",
         "/steps/0/inputs/when/value", "is not a date & time");
    says("[" ACTION("'to':{'source':'CONSTANT','value':'x'},'yes':{'source':'CONSTANT','value':'"
                    "maybe'}") "]",
         "/steps/0/inputs/yes/value", "is not a true/false");
}

static void a_flow_with_an_object_input_cannot_be_published_ar11(void **state)
{
    (void)state;
    world.flow_inputs = "[{\"key\":\"o\",\"label\":\"o\",\"type\":\"object\",\"required\":false}]";
    says("[" ACTION("") "]", "/steps/0/flowId", "declares input o as object");
}

static void each_missing_right_has_its_sentence(void **state)
{
    static const char text[] = "[" ACTION("'to':{'source':'REQUESTER_EMAIL'}") "]";
    (void)state;
    world.feature_off = true;
    says(text, "/steps/0/action", "The feature Okta Workflows actions in Access Requests is off");
    world = (struct world){ .flow_inputs = badge_inputs, .team_out = true };
    says(text, "/steps/0/action", "Team Badge desk is not selected in the Okta integration");
    world = (struct world){ .flow_inputs = badge_inputs, .action_off = true };
    says(text, "/steps/0/action", "Run a workflow is switched off");
    world = (struct world){ .flow_inputs = badge_inputs, .resource_closed = true };
    says(text, "/steps/0/action", "has no access to the resource Workflows");
    world = (struct world){ .flow_inputs = NULL };
    says(text, "/steps/0/flowId", "is off, was deleted");
    says("[{'id':'a','kind':'ACTION','text':'x','action':'RUN_WORKFLOW'}]", "/steps/0/flowId",
         "Choose the workflow to run");
    world = (struct world){ .list_taken = true };
    says("[{'id':'q1','kind':'QUESTION','text':'x','inputType':'DROPDOWN','configListId':'L'}]",
         "/steps/0/configListId", "Team Badge desk has no access to list Buildings");
    world = (struct world){ .person_gone = true };
    says("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'USER','id':'u'}}]",
         "/steps/0/assignTo/id", "Ada");
    world = (struct world){ .group_gone = true };
    says("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'GROUP','id':'g'}}]",
         "/steps/0/assignTo/id", "does not exist any more");
    world = (struct world){ .group_hidden = true };
    says("[{'id':'t1','kind':'APPROVAL','text':'x','assignTo':{'type':'GROUP','id':'g'}}]",
         "/steps/0/assignTo/id",
         "Group Group, chosen for this step, is not visible in Access Requests");
}

/* ---- drift ----------------------------------------------------------------------------------- */

static const struct rv_type_problem *drift(const char *now)
{
    json_t *steps = accepted("[" ACTION("'to':{'source':'REQUESTER_EMAIL'}") "]");
    assert_int_equal(json_object_set(json_array_get(steps, 0), "flowInputs",
                                     json(rv_str_of(badge_inputs))),
                     0);
    world.flow_inputs = now;
    return problems_of(steps, (struct rv_type_scope){ .published = true });
}

static void
a_published_type_ends_with_a_removed_changed_or_newly_required_input_only_ar24(void **state)
{
#define INPUT(key, type, required) "{\"key\":\"" key "\",\"label\":\"" key "\",\"type\":\"" type "\",\"required\":" required "}"
#define REST INPUT("when", "datetime", "false") "," INPUT("yes", "boolean", "false")
    static const struct {
        const char *now, *sentence; /* NULL: nothing */
    } rows[] = {
        { badge_inputs, NULL },
        { "[" INPUT("to", "text", "true") "," INPUT("n", "number", "false") "," REST "," INPUT("new", "text", "false") "]", NULL },
        { "[" INPUT("to", "text", "false") "," INPUT("n", "number", "false") "," REST "]", NULL },
        { "[" INPUT("to", "text", "true") "," INPUT("n", "number", "false") "," REST "," INPUT("new", "text", "true") "]", "Input new of Badge mail is required now" },
        { "[" INPUT("to", "text", "true") "," INPUT("n", "number", "true") "," REST "]", "Input n of Badge mail is required now" },
        { "[" INPUT("to2", "text", "false") "," INPUT("n", "number", "false") "," REST "]", "Input Mail to (to) of Badge mail was removed or renamed" },
        { "[" INPUT("to", "text", "true") "," INPUT("n", "text", "false") "," REST "]", "Input n of Badge mail was a number and is a text now" },
        { NULL, "is off, was deleted" },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        const struct rv_type_problem *p = drift(rows[i].now);
        if (rows[i].sentence == NULL && p != NULL)
            fail_msg("row %zu: %.*s", i, RV_FMT(p->sentence));
        if (rows[i].sentence != NULL &&
            (p == NULL || !rv_str_contains(p->sentence, rv_str_of(rows[i].sentence))))
            fail_msg("row %zu: %.*s", i, RV_FMT(p != NULL ? p->sentence : RV_STR("nothing")));
    }
}

#define FRESH(f) cmocka_unit_test_setup_teardown(f, fresh, unit_teardown)
int main(void)
{
    static const struct CMUnitTest tests[] = {
        FRESH(a_draft_is_refused_at_the_place_of_each_fault),
        FRESH(a_draft_may_be_incomplete),
        FRESH(what_the_server_adds_is_taken_back_and_dropped),
        FRESH(a_condition_on_a_later_step_itself_or_no_step_is_refused_ar72),
        FRESH(only_operators_that_suit_the_step_are_taken_ar14),
        FRESH(the_101st_step_is_refused_ar69),
        FRESH(limits_of_texts_and_options_are_kept),
        FRESH(publishing_wants_every_step_complete),
        FRESH(automatic_closing_needs_a_step_of_somebody_else_ar63),
        FRESH(a_required_input_without_source_is_named_with_its_step_ar18),
        FRESH(text_sources_feed_text_inputs_only_ar7_ar8_ar9),
        FRESH(questions_feed_the_inputs_that_the_table_allows_ar10_ar11),
        FRESH(a_source_must_exist_stand_above_and_fit),
        FRESH(a_flow_with_an_object_input_cannot_be_published_ar11),
        FRESH(each_missing_right_has_its_sentence),
        FRESH(a_published_type_ends_with_a_removed_changed_or_newly_required_input_only_ar24),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
