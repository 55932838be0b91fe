/* main.c: the wiring: which tables of which folder make up this program, and nothing else. */
#include "cli/cli.h"
#include "requests/requests.h"

static const struct rv_config_key *const config[] = {
    rv_process_config, rv_store_config, rv_net_config, rv_org_config, rv_access_config, rv_flows_config, rv_requests_config, rv_api_config, NULL,
};

/* Statements: org, flows, requests, api. */
#define RV_MODULES(X)                                                                                                       \
    X(organisation) X(principal) X(authz) X(guard) X(member) X(password) X(session) X(setup) X(token)                       \
    X(role) X(resource_set) X(binding) X(grant)                                                                             \
    X(sample) X(subscription) X(preference) X(delegation)                                                                   \
    X(event) X(feature) X(setting) X(person) X(person_list) X(group) X(app) X(app_grant) X(app_secret) X(oauth) X(assignment) X(mailq) X(trust)                                        \
    X(folder) X(flow) X(run) X(run_list) X(connection) X(connection_fields) X(data_table) X(schedule) X(endpoint)                                                        \
    X(data_row) X(table_file) X(commit)                                                                                               \
    X(effect) X(poison) X(retention) X(run_search) X(log_stream) X(rules)                                                                                                     \
    X(offer) X(team) X(team_member) X(team_access) X(config_list) X(config_list_item) X(sync) X(integration)                \
    X(catalogue) X(request_type) X(request_type_version) X(request_type_use)                                                \
    X(request) X(request_list) X(request_view) X(task_list)                                                                 \
    X(idempotency)
#define RV_X(name) extern const struct rv_sql_module rv_sql_##name;
RV_MODULES(RV_X)
#undef RV_X
static const struct rv_sql_module *const modules[] = {
#define RV_X(name) &rv_sql_##name,
    RV_MODULES(RV_X)
#undef RV_X
    NULL,
};

/* Columns of sealed texts. */
#define RV_SEALED(X) X(oauth_key) X(app_secret) X(setting) X(connection_secrets) X(connection_token) X(log_stream) X(idempotency)
#define RV_X(name) extern const struct rv_sealed rv_sealed_##name;
RV_SEALED(RV_X)
#undef RV_X
static const struct rv_sealed *const sealed[] = {
#define RV_X(name) &rv_sealed_##name,
    RV_SEALED(RV_X)
#undef RV_X
    NULL,
};

static const struct rv_job_kind *const jobs[] = { rv_org_jobs, rv_flows_jobs, rv_requests_jobs, NULL };

/* Cards: one table per category of src/cards and src/connectors. */
#define RV_CARDS(X)                                                                                                        \
    X(control) X(trigger) X(boolean) X(text) X(text_parts) X(math) X(date) X(date_parts) X(list) X(object) X(encode) X(helpers) X(formula)                  \
    X(pattern) X(text_more) X(math_more) X(date_more) X(list_more) X(object_more)                                           \
    X(url) X(xml) X(query) X(csv) X(crypto) X(jwt) X(elements)                                                              \
    X(okta) X(okta_events) X(mail) X(tables) X(described)
#define RV_X(name) extern const struct rv_card rv_cards_##name[];
RV_CARDS(RV_X)
#undef RV_X
static const struct rv_card *const cards[] = {
#define RV_X(name) rv_cards_##name,
    RV_CARDS(RV_X)
#undef RV_X
    NULL,
};

extern const struct rv_connector rv_connectors_described[], rv_connectors_okta[];
static const struct rv_connector *const connectors[] = { rv_connectors_described, rv_connectors_okta, NULL };

/* Routes: one table per resource family of src/api. */
#define RV_ROUTES(X)                                                                                                        \
    X(pages) X(sign_in) X(decide) X(probes) X(openapi) X(iam) X(oauth) X(tokens)                                                                       \
    X(session) X(search) X(live) X(settings) X(sample) X(trust)                                                                      \
    X(users) X(groups) X(apps) X(assignments) X(features) X(log)                                                                           \
    X(folders) X(flows) X(schedules) X(endpoints) X(delegated) X(runs) X(connections)                                                                 \
    X(tables)                                                                                                               \
    X(teams) X(lists) X(resources) X(integrations)                                                                           \
    X(request_types) X(catalogue) X(requests) X(tasks)
#define RV_X(name) extern const struct rv_route rv_routes_##name[];
RV_ROUTES(RV_X)
#undef RV_X
static const struct rv_route *const routes[] = {
#define RV_X(name) rv_routes_##name,
    RV_ROUTES(RV_X)
#undef RV_X
    NULL,
};

int main(int argc, char **argv)
{
    static const struct rv_wiring wiring = { .config = config,
                                             .modules = modules,
                                             .sealed = sealed,
                                             .jobs = jobs,
                                             .cards = cards,
                                             .connectors = connectors,
                                             .routes = routes };
    return rv_cli_main(&wiring, argc, argv);
}
