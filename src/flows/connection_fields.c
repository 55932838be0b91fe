/* flows/connection_fields.c: what a connection knows: fields of its kind of authentication, with
 * sealed secrets, and the token got with them (workflows.md 14.2, security.md 6.2).
 *
 * A connector's table says which fields a kind has. Plain values are kept as JSON text and shown
 * again; secrets are kept as one sealed JSON text that is bound to the connection's row, and are
 * opened only for a call. */
#include "flows/flows_int.h"
#include <stdlib.h>

enum { VALUE_MAX = 16384 };
#define SECRETS_AAD(cx, id) rv_printf((cx), "connection|%.*s|secrets|1", RV_FMT(id))
#define TOKEN_AAD(cx, id) rv_printf((cx), "connection|%.*s|token|1", RV_FMT(id))

enum { Q_TOKEN, Q_SECRETS_SEALED, Q_SECRETS_RESEAL, Q_TOKEN_SEALED, Q_TOKEN_RESEAL, Q_N };
static const struct rv_sql connection_fields_sql[Q_N] = {
    [Q_TOKEN] = { .name = "connection_token", .text = "UPDATE connection SET token = :token WHERE id = :id AND secrets = :secrets", .in = "token:text id:text secrets:text" },
    [Q_SECRETS_SEALED] = { .name = "connection_secrets_sealed", .text = "SELECT id, id AS holder, secrets AS sealed FROM connection WHERE secrets IS NOT NULL ORDER BY id", .out = RV_SEALED_OUT },
    [Q_SECRETS_RESEAL] = { .name = "connection_secrets_reseal", .text = "UPDATE connection SET secrets = :sealed WHERE id = :id", .in = RV_SEALED_IN },
    [Q_TOKEN_SEALED] = { .name = "connection_token_sealed", .text = "SELECT id, id AS holder, token AS sealed FROM connection WHERE token IS NOT NULL ORDER BY id", .out = RV_SEALED_OUT },
    [Q_TOKEN_RESEAL] = { .name = "connection_token_reseal", .text = "UPDATE connection SET token = :sealed WHERE id = :id", .in = RV_SEALED_IN },
};
RV_SQL_MODULE(connection_fields, connection_fields_sql);

static rv_str secrets_aad(struct rv_cx *cx, rv_str id)
{
    return SECRETS_AAD(cx, id);
}
static rv_str token_aad(struct rv_cx *cx, rv_str id)
{
    return TOKEN_AAD(cx, id);
}
const struct rv_sealed rv_sealed_connection_secrets = { "the secrets of the connection", &connection_fields_sql[Q_SECRETS_SEALED], &connection_fields_sql[Q_SECRETS_RESEAL], secrets_aad };
const struct rv_sealed rv_sealed_connection_token = { "the token of the connection", &connection_fields_sql[Q_TOKEN_SEALED], &connection_fields_sql[Q_TOKEN_RESEAL], token_aad };

const struct rv_auth *rv_auth_find(const struct rv_connector *c, rv_str kind)
{
    for (const struct rv_auth *a = c->auths; a->kind != NULL; a++)
        if (kind.p == NULL || rv_str_eq(kind, rv_str_of(a->kind)))
            return a;
    return NULL;
}

static const struct rv_auth_field *find_field(const struct rv_auth *a, const char *key)
{
    for (const struct rv_auth_field *f = a->fields; f != NULL && f->key != NULL; f++)
        if (strcmp(f->key, key) == 0)
            return f;
    return NULL;
}

rv_str rv_connection_field(const struct rv_card_connection *k, const char *key)
{
    rv_str v = rv_json_member_str(k->fields, key);
    return v.n > 0 ? v : RV_NONE_STR;
}

/* ---- taking in ------------------------------------------------------------------------------- */

static bool is_choice(const struct rv_auth_field *f, rv_str v)
{
    for (const struct rv_choice *c = f->choices; c != NULL && c->value != NULL; c++)
        if (rv_str_eq(v, rv_str_of(c->value)))
            return true;
    return f->choices == NULL;
}

static bool has_control(rv_str v)
{
    for (size_t i = 0; i < v.n; i++)
        if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\n' && v.p[i] != '\t') || v.p[i] == 0x7f)
            return true;
    return false;
}

/* One declared field: its value, or the value it has when nothing is given. */
static rv_status read_field(struct rv_cx *cx, const struct rv_auth_field *f, const json_t *given,
                            rv_str *ret)
{
    const json_t *j = json_object_get(given, f->key);
    const char *at = rv_z(cx, rv_printf(cx, "/fields/%s", f->key));
    if (j != NULL && !json_is_null(j) && !json_is_string(j))
        return rv_fail_field(cx, at, "TYPE", "%s is a text", f->label);
    rv_str v = rv_json_str(j);
    if ((f->flags & RV_FIELD_SECRET) == 0)
        v = rv_str_trim(v);
    if (v.n == 0 && f->def != NULL)
        v = rv_str_of(f->def);
    if (v.n == 0 && (f->flags & RV_FIELD_REQUIRED) != 0)
        return rv_fail_field(cx, at, "REQUIRED_PROPERTY_MISSING", "%s is needed", f->label);
    if (v.n > VALUE_MAX)
        return rv_fail_field(cx, at, "LENGTH", "%s is longer than %d characters", f->label,
                             VALUE_MAX);
    if (has_control(v))
        return rv_fail_field(cx, at, "CONTROL", "%s holds a control character", f->label);
    if (v.n > 0 && !is_choice(f, v))
        return rv_fail_field(cx, at, "ENUM", "%s has no choice \"%.*s\"", f->label,
                             RV_FMT(rv_utf8_cut(v, 60)));
    *ret = v;
    return RV_OK;
}

static rv_status refuse_unknown(struct rv_cx *cx, const struct rv_auth *a, const json_t *given)
{
    rv_status st = RV_OK;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)given, key, v)
    {
        (void)v;
        if (find_field(a, key) == NULL)
            st = rv_fail_field(cx, rv_z(cx, rv_printf(cx, "/fields/%s", key)), "UNKNOWN",
                               "%s has no field of this name", a->label);
    }
    return st;
}

static rv_status read_fields(struct rv_cx *cx, const struct rv_auth *a, const json_t *given,
                             json_t *plain, json_t *secret)
{
    rv_status st = refuse_unknown(cx, a, given);
    for (const struct rv_auth_field *f = a->fields; f != NULL && f->key != NULL; f++) {
        rv_str v;
        rv_status one = read_field(cx, f, given, &v);
        if (one != RV_OK)
            st = one;
        else if (v.n > 0 && json_object_set_new((f->flags & RV_FIELD_SECRET) != 0 ? secret : plain,
                                                f->key, rv_value_of_text(v)) != 0)
            return rv_fail(cx, RV_BUSY, "out of memory while reading a connection");
    }
    return st;
}

/* The connector's own look at the whole, as a card would see it. */
static rv_status check_together(struct rv_cx *cx, const struct rv_connector *c,
                                const struct rv_auth *a, json_t *plain, json_t *secret)
{
    json_t *all = json_copy(plain);
    RV_TRY(rv_json_keep(cx, all));
    if (json_object_update(all, secret) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory while reading a connection");
    struct rv_card_connection k = { .connector = rv_str_of(c->name),
                                    .auth = rv_str_of(a->kind),
                                    .fields = all };
    return c->check != NULL ? c->check(cx, &k) : RV_OK;
}

rv_status rv_connection_auth_check(struct rv_cx *cx, rv_str id, const struct rv_connection_in *in,
                                   struct rv_connection_auth *ret)
{
    const struct rv_connector *c = rv_connector_find(cx, in->connector);
    *ret = (struct rv_connection_auth){ 0 };
    bool local = c == NULL || (c->local && in->auth.p == NULL);
    if (local && (in->auth.p != NULL || in->has_fields))
        return rv_fail_field(cx, "/fields", "NOT_ALLOWED",
                             "connections of %.*s to this server have no fields",
                             RV_FMT(in->connector));
    if (local)
        return RV_OK;
    const struct rv_auth *a = rv_auth_find(c, in->auth);
    if (a == NULL)
        return rv_fail_field(cx, "/auth", "ENUM", "%s has no authentication \"%.*s\"", c->label,
                             RV_FMT(rv_utf8_cut(in->auth, 60)));
    json_t *plain = json_object(), *secret = json_object();
    rv_str text;
    RV_TRY(rv_json_keep(cx, plain));
    RV_TRY(rv_json_keep(cx, secret));
    RV_TRY(read_fields(cx, a, in->fields, plain, secret));
    RV_TRY(check_together(cx, c, a, plain, secret));
    ret->kind = rv_str_of(a->kind);
    RV_TRY(rv_json_dump(cx, plain, &ret->fields));
    RV_TRY(rv_json_dump(cx, secret, &text));
    return rv_seal(cx, cx->env->keys, SECRETS_AAD(cx, id), text, &ret->secrets);
}

/* ---- giving out ------------------------------------------------------------------------------ */

rv_status rv_connection_auth_write(struct rv_cx *cx, rv_str connector, rv_str auth, rv_str fields,
                                   struct rv_jw *w)
{
    const struct rv_connector *c = rv_connector_find(cx, connector);
    const struct rv_auth *a = c != NULL && auth.p != NULL ? rv_auth_find(c, auth) : NULL;
    json_t *plain = NULL;
    if (fields.n > 0)
        RV_TRY(rv_json_parse(cx, fields, &rv_json_limits_default, &plain));
    rv_jw_kstr(w, "auth", auth);
    rv_jw_key(w, "fields");
    rv_jw_obj(w);
    for (const struct rv_auth_field *f = a != NULL ? a->fields : NULL; f != NULL && f->key != NULL;
         f++) {
        rv_str v = rv_json_member_str(plain, f->key);
        if ((f->flags & RV_FIELD_SECRET) != 0)
            rv_jw_kstr(w, f->key, RV_STR("********"));
        else if (v.n > 0)
            rv_jw_kstr(w, f->key, v);
    }
    rv_jw_obj_end(w);
    return RV_OK;
}

rv_status rv_connection_open(struct rv_cx *cx, const struct rv_connection_row *row,
                             struct rv_card_connection *ret)
{
    rv_str text = RV_STR("{}");
    json_t *plain, *secret;
    *ret = (struct rv_card_connection){ .id = row->id,
                                        .name = row->name,
                                        .connector = row->connector,
                                        .auth = row->auth,
                                        .version = row->version };
    if (row->fields.p == NULL)
        return rv_fail(cx, RV_INVALID, "the connection \"%.*s\" has no credentials; authorise it",
                       RV_FMT(row->name));
    RV_TRY(rv_json_parse(cx, row->fields, &rv_json_limits_default, &plain));
    if (row->secrets.p != NULL)
        RV_TRY(rv_unseal(cx, cx->env->keys, SECRETS_AAD(cx, row->id), row->secrets, &text));
    RV_TRY(rv_json_parse(cx, text, &rv_json_limits_default, &secret));
    if (json_object_update(plain, secret) != 0)
        return rv_fail(cx, RV_BUSY, "out of memory while opening a connection");
    ret->fields = plain;
    ret->sealed = row->secrets;
    if (row->token.p != NULL &&
        rv_unseal(cx, cx->env->keys, TOKEN_AAD(cx, row->id), row->token, &ret->token) != RV_OK) {
        rv_error_clear(cx); /* another token is got */
        ret->token = RV_NONE_STR;
    }
    return RV_OK;
}

/* ---- the token ------------------------------------------------------------------------------- */

struct keep {
    struct rv_cx cx;
    struct rv_write write;
    rv_str id, sealed, token;
};

static rv_status keep_tx(struct rv_tx *tx, void *arg)
{
    const struct keep *k = arg;
    return rv_sql_exec(tx, &connection_fields_sql[Q_TOKEN], NULL,
                       RV_ARGS(k->token, k->id, k->sealed));
}

static void kept(struct rv_write *w, rv_status st)
{
    struct keep *k = w->arg;
    if (st != RV_OK)
        rv_log_error(&k->cx, RV_LOG_WARN, "connection.token");
    rv_cx_done(&k->cx);
    free(k);
}

void rv_connection_keep_token(struct rv_cx *cx, const struct rv_card_connection *k, rv_str token)
{
    struct keep *w = calloc(1, sizeof *w);
    if (w == NULL || rv_cx_init(&w->cx, cx->env, 1 << 20) != RV_OK) {
        free(w);
        return;
    }
    w->cx.root = true;
    w->id = rv_dup(&w->cx, k->id);
    w->sealed = rv_dup(&w->cx, k->sealed);
    if (w->id.p == NULL || w->sealed.p == NULL ||
        rv_seal(&w->cx, cx->env->keys, TOKEN_AAD(&w->cx, w->id), token, &w->token) != RV_OK) {
        rv_cx_done(&w->cx);
        free(w);
        return;
    }
    w->write = (struct rv_write){ .cx = &w->cx, .fn = keep_tx, .done = kept, .arg = w };
    rv_store_write_async(cx->env->store, &w->write);
}
