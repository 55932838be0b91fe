/* tests/unit/org/org_fixture.c: see the header. */
#include "org_fixture.h"
#include <stdio.h>
#include <unistd.h>

#define RV_MODULES(X)                                                                                                      \
    X(sample) X(organisation) X(principal) X(authz) X(guard) X(member) X(password) X(session) X(setup) X(token) X(role)     \
    X(resource_set) X(binding) X(grant) X(event) X(feature) X(setting) X(person) X(group) X(app)
#define RV_X(name) extern const struct rv_sql_module rv_sql_##name;
RV_MODULES(RV_X)
#undef RV_X
enum { Q_GROUP, Q_JOIN, Q_STATUS, Q_N };
static const struct rv_sql fixture_sql[Q_N] = {
    [Q_GROUP] = {
        .name = "fixture_group",
        .text = "INSERT INTO grp (id, name, name_key, type, pushed, created_at, updated_at, members_at, version) "
                "VALUES (:id, :name, :name, 'OKTA_GROUP', 0, 0, 0, 0, 1)",
        .in = "id:text name:text",
    },
    [Q_JOIN] = { .name = "fixture_join", .text = "INSERT INTO grp_member (group_id, person_id) VALUES (:group, :person)", .in = "group:text person:text" },
    [Q_STATUS] = { .name = "fixture_status", .text = "UPDATE person SET status = :status WHERE id = :id", .in = "status:text id:text" },
};
RV_SQL_MODULE(fixture, fixture_sql);
static const struct rv_sql_module *const modules[] = {
    &rv_sql_fixture,
#define RV_X(name) &rv_sql_##name,
    RV_MODULES(RV_X)
#undef RV_X
    NULL,
};
static const struct rv_job_kind *const jobs[] = { rv_org_jobs, NULL };
static const struct rv_config_key *const config[] = { rv_access_config, rv_org_config, rv_store_config, rv_net_config, NULL };

void org_fixture_must(struct org_fixture *fx, rv_status st)
{
    const struct rv_error *e = rv_error(fx->cx);
    if (st != RV_OK)
        fail_msg("%s: %s %s (%s:%d)", rv_status_info(st)->name,
                 e->message != NULL ? e->message : "", e->causes != NULL ? e->causes->summary : "",
                 e->file != NULL ? e->file : "", e->line);
}

void org_fixture_open(struct org_fixture *fx)
{
    char key[96];
    fx->s.again = true;
    store_fixture_open(&fx->s, modules, jobs);
    fx->cx = &fx->s.cx;
    fx->s.env.log = rv_log_new(RV_LOG_ERROR, false);
    (void)snprintf(key, sizeof key, "%s/key", fx->s.dir);
    org_fixture_must(fx, rv_config_new(fx->cx, config, &fx->s.env.config));
    org_fixture_must(fx, rv_keys_open(fx->cx, key, true, &fx->s.env.keys));
    org_fixture_must(fx, rv_org_open(fx->cx, &fx->s.env.org));
}

void org_fixture_close(struct org_fixture *fx)
{
    char key[96];
    (void)snprintf(key, sizeof key, "%s/key", fx->s.dir);
    rv_org_free(fx->s.env.org);
    fx->s.env.org = NULL;
    rv_keys_free(fx->s.env.keys);
    rv_config_free(fx->s.env.config);
    rv_log_free(fx->s.env.log);
    (void)unlink(key);
    store_fixture_close(&fx->s);
}

void org_fixture_root(struct org_fixture *fx)
{
    rv_error_clear(fx->cx);
    fx->cx->principal = NULL;
    fx->cx->root = true;
}

void org_fixture_as(struct org_fixture *fx, rv_str user_id)
{
    const struct rv_principal *p;
    org_fixture_root(fx);
    org_fixture_must(fx, rv_principal_of_user(fx->cx, user_id, &p));
    fx->cx->principal = p;
    fx->cx->root = false;
}

void org_fixture_as_app(struct org_fixture *fx)
{
    const struct rv_principal *p;
    org_fixture_root(fx);
    org_fixture_must(fx, rv_principal_access_requests(fx->cx, &p));
    fx->cx->principal = p;
    fx->cx->root = false;
}

struct change {
    size_t q;
    rv_str a, b;
    const char *text;
    struct rv_person_new person;
    rv_str id, encoded;
};

static rv_status person_tx(struct rv_tx *tx, void *arg)
{
    struct change *c = arg;
    return rv_person_insert(tx, &c->person, &c->id);
}

rv_str org_fixture_person(struct org_fixture *fx, const char *login)
{
    struct change c = { .person = { .login = rv_str_of(login),
                                    .email = rv_str_of(login),
                                    .first_name = rv_str_of("Some"),
                                    .last_name = rv_str_of("Body"),
                                    .status = "ACTIVE" } };
    org_fixture_root(fx);
    org_fixture_must(fx, rv_store_write(fx->cx, person_tx, &c));
    return c.id;
}

static rv_status exec_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    return rv_sql_exec(tx, &fixture_sql[c->q], NULL, RV_ARGS(c->a, c->b));
}

static void exec(struct org_fixture *fx, size_t q, rv_str a, rv_str b)
{
    struct change c = { .q = q, .a = a, .b = b };
    org_fixture_must(fx, rv_store_write(fx->cx, exec_tx, &c));
}

void org_fixture_status(struct org_fixture *fx, rv_str person_id, const char *status)
{
    exec(fx, Q_STATUS, rv_str_of(status), person_id);
}

rv_str org_fixture_group(struct org_fixture *fx, const char *name)
{
    rv_str id = rv_id_prefixed(fx->cx, "00g");
    exec(fx, Q_GROUP, id, rv_str_of(name));
    return id;
}

void org_fixture_join(struct org_fixture *fx, rv_str group_id, rv_str person_id)
{
    exec(fx, Q_JOIN, group_id, person_id);
}

rv_str org_fixture_admin(struct org_fixture *fx)
{
    rv_str id;
    org_fixture_must(fx, rv_first_administrator(fx->cx, &id));
    return id;
}

static rv_status password_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    return rv_password_store(tx, c->a, c->encoded, RV_NONE_STR);
}

void org_fixture_password(struct org_fixture *fx, rv_str person_id, const char *password)
{
    struct change c = { .a = person_id };
    org_fixture_must(fx, rv_password_hash(fx->cx, rv_str_of(password), &c.encoded));
    org_fixture_must(fx, rv_store_write(fx->cx, password_tx, &c));
}

json_t *org_fixture_json(struct org_fixture *fx, const char *text)
{
    json_t *j;
    org_fixture_must(fx, rv_json_parse(fx->cx, rv_str_of(text), &rv_json_limits_default, &j));
    return j;
}

struct rv_jw *org_writer_begin(struct org_writer *o)
{
    rv_buf_init(&o->b, 1 << 20);
    rv_jw_init(&o->w, &o->b);
    return &o->w;
}

json_t *org_writer_end(struct org_fixture *fx, struct org_writer *o)
{
    rv_str text;
    json_t *j;
    org_fixture_must(fx, rv_buf_str(fx->cx, &o->b, &text));
    org_fixture_must(fx, rv_json_parse(fx->cx, rv_dup(fx->cx, text), &rv_json_limits_default, &j));
    rv_buf_done(&o->b);
    return j;
}

rv_str org_fixture_orn(struct org_fixture *fx, const char *service, const char *rest)
{
    return rv_printf(fx->cx, "orn:okta:%s:%.*s:%s", service, RV_FMT(fx->s.env.org->id), rest);
}

void org_fixture_bind(struct org_fixture *fx, const char *label, const char *permission,
                      const char *orn, const char *member_path, rv_str member_id)
{
    struct org_writer w;
    rv_str id, base = rv_base_url(fx->cx);
    json_t *permissions =
        org_fixture_json(fx, rv_z(fx->cx, rv_printf(fx->cx, "[\"%s\"]", permission)));
    json_t *resources = org_fixture_json(fx, rv_z(fx->cx, rv_printf(fx->cx, "[\"%s\"]", orn)));
    json_t *members =
        org_fixture_json(fx, rv_z(fx->cx, rv_printf(fx->cx, "[\"%.*s%s%.*s\"]", RV_FMT(base),
                                                    member_path, RV_FMT(member_id))));
    org_fixture_must(fx, rv_role_create(fx->cx, rv_str_of(label), RV_STR(""), permissions,
                                        org_writer_begin(&w), &id));
    (void)org_writer_end(fx, &w);
    org_fixture_must(fx, rv_resource_set_create(fx->cx, rv_str_of(label), RV_STR(""), resources,
                                                org_writer_begin(&w)));
    (void)org_writer_end(fx, &w);
    org_fixture_must(fx, rv_binding_create(fx->cx, rv_str_of(label), rv_str_of(label), members,
                                           org_writer_begin(&w)));
    (void)org_writer_end(fx, &w);
}

void org_fixture_feature(struct org_fixture *fx, const char *key, bool on)
{
    for (const struct rv_feature *f = rv_feature_registry; f->key != NULL; f++) {
        if (strcmp(f->key, key) == 0)
            org_fixture_must(fx, rv_feature_switch(fx->cx, rv_str_of(f->id), on, true));
    }
    assert_int_equal(rv_feature_on(&fx->s.env, key), on);
}
