/* org/trust.c: the trust store: certificates of authorities that outgoing calls trust beside those
 * of the system (workflows.md 14.1).
 *
 * The client holds them as one text; whoever changes a row gives it the new one after the commit,
 * and a start gives it the first. */
#include "org/org_int.h"

enum { CERTIFICATES_MAX = 50, PEM_MAX = 16384 };
enum { Q_LIST, Q_GET, Q_COUNT, Q_SAME, Q_INSERT, Q_UPDATE, Q_DELETE, Q_PEM, Q_N };
#define COLUMNS "id, name, pem, subject, fingerprint, not_before, not_after, version, created_at, updated_at"
#define OUT "id:text name:text pem:text subject:text fingerprint:text not_before:time not_after:time version:int created_at:time updated_at:time"
static const struct rv_sql trust_sql[Q_N] = {
    [Q_LIST] = { .name = "trust_list", .text = "SELECT " COLUMNS " FROM trusted_certificate ORDER BY name, id", .in = "", .out = OUT },
    [Q_GET] = { .name = "trust_get", .text = "SELECT " COLUMNS " FROM trusted_certificate WHERE id = :id", .in = "id:text", .out = OUT },
    [Q_COUNT] = { .name = "trust_count", .text = "SELECT COUNT(*) AS n FROM trusted_certificate", .in = "", .out = "n:int" },
    [Q_SAME] = {
        .name = "trust_same",
        .text = "SELECT name FROM trusted_certificate WHERE fingerprint = :fingerprint AND id <> :id",
        .in = "fingerprint:text id:text", .out = "name:text",
    },
    [Q_INSERT] = {
        .name = "trust_insert",
        .text = "INSERT INTO trusted_certificate (id, name, pem, subject, fingerprint, not_before, not_after, created_at, updated_at, updated_by) "
                "VALUES (:id, :name, :pem, :subject, :fingerprint, :not_before, :not_after, :now, :now, :by)",
        .in = "id:text name:text pem:text subject:text fingerprint:text not_before:time not_after:time now:time by:text",
    },
    [Q_UPDATE] = {
        .name = "trust_update",
        .text = "UPDATE trusted_certificate SET name = :name, pem = :pem, subject = :subject, fingerprint = :fingerprint, not_before = :not_before, "
                "not_after = :not_after, version = version + 1, updated_at = :now, updated_by = :by WHERE id = :id AND version = :version",
        .in = "name:text pem:text subject:text fingerprint:text not_before:time not_after:time now:time by:text id:text version:int",
    },
    [Q_DELETE] = { .name = "trust_delete", .text = "DELETE FROM trusted_certificate WHERE id = :id", .in = "id:text" },
    [Q_PEM] = { .name = "trust_pem", .text = "SELECT pem FROM trusted_certificate ORDER BY id", .in = "", .out = "pem:text" },
};
RV_SQL_MODULE(trust, trust_sql);

struct row {
    rv_str id, name;
    struct rv_certificate c;
    int64_t version, created_at, updated_at;
};

static void read_row(struct rv_rows *r, struct row *t)
{
    *t = (struct row){ .id = rv_col_str(r, 0),
                       .name = rv_col_str(r, 1),
                       .c = { .pem = rv_col_str(r, 2),
                              .subject = rv_col_str(r, 3),
                              .fingerprint = rv_col_str(r, 4),
                              .not_before = rv_col_int(r, 5),
                              .not_after = rv_col_int(r, 6) },
                       .version = rv_col_int(r, 7),
                       .created_at = rv_col_int(r, 8),
                       .updated_at = rv_col_int(r, 9) };
}

static void write_row(struct rv_cx *cx, const struct row *t, bool pem, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", t->id);
    rv_jw_kstr(w, "name", t->name);
    rv_jw_kstr(w, "subject", t->c.subject);
    rv_jw_kstr(w, "fingerprint", t->c.fingerprint);
    rv_jw_ktime(w, "notBefore", t->c.not_before);
    rv_jw_ktime(w, "notAfter", t->c.not_after);
    rv_jw_kbool(w, "expired", t->c.not_after <= rv_now(cx->env));
    rv_jw_kint(w, "version", t->version);
    rv_jw_ktime(w, "createdAt", t->created_at);
    rv_jw_ktime(w, "updatedAt", t->updated_at);
    if (pem)
        rv_jw_kstr(w, "pem", t->c.pem);
    rv_jw_obj_end(w);
}

static struct rv_target target_of(const struct row *t)
{
    return (struct rv_target){ .type = "TrustedCertificate", .id = t->id, .name = t->name };
}

static rv_status tell(struct rv_tx *tx, const char *event_type, const struct row *t)
{
    struct rv_target target = target_of(t);
    return rv_event_add(tx, event_type, true, RV_NONE_STR, &target, 1, RV_NONE_STR);
}

static rv_status get(struct rv_tx *tx, rv_str id, struct row *ret)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(rv_sql_first(tx, &trust_sql[Q_GET], &r, &found, RV_ARGS(id)));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (TrustedCertificate)", RV_FMT(id));
    read_row(&r, ret);
    return rv_rows_end(&r);
}

/* ---- handing over ---------------------------------------------------------------------------- */

struct bundle {
    rv_str text;
};

static rv_status bundle_tx(struct rv_tx *tx, void *arg)
{
    struct bundle *b = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_query(tx, &trust_sql[Q_PEM], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        rv_str pem = rv_col_ref(&r, 0);
        b->text = rv_printf(rv_tx_cx(tx), "%.*s%.*s\n", RV_FMT(b->text), RV_FMT(pem));
    }
    return rv_rows_end(&r);
}

rv_status rv_trust_apply(struct rv_cx *cx)
{
    struct bundle b = { RV_STR("") };
    if (cx->env->client == NULL)
        return RV_OK;
    RV_TRY(rv_store_read(cx, bundle_tx, &b));
    return rv_client_trust(cx, cx->env->client, b.text);
}

/* ---- reading --------------------------------------------------------------------------------- */

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct rv_rows r;
    struct row t;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(rv_sql_query(tx, &trust_sql[Q_LIST], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        read_row(&r, &t);
        write_row(rv_tx_cx(tx), &t, false, arg);
    }
    return rv_rows_end(&r);
}

rv_status rv_trust_list(struct rv_cx *cx, struct rv_jw *w)
{
    return rv_store_read(cx, list_tx, w);
}

struct one {
    rv_str id;
    struct row t;
};

static rv_status get_tx(struct rv_tx *tx, void *arg)
{
    struct one *o = arg;
    return get(tx, o->id, &o->t);
}

rv_status rv_trust_get(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_row(cx, &o.t, true, w);
    return RV_OK;
}

rv_status rv_trust_view(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct one o = { .id = id };
    RV_TRY(rv_store_read(cx, get_tx, &o));
    write_row(cx, &o.t, true, w);
    rv_event_viewed(cx, "workflows.user.truststore.view", target_of(&o.t));
    return RV_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct change {
    rv_str id, name, pem;
    int64_t version;
    struct rv_certificate c;
};

static rv_status check_pem(struct rv_cx *cx, struct change *c)
{
    if (c->pem.n > PEM_MAX)
        return rv_fail_field(cx, "/pem", "LIMIT", "pem: it may have at most %d bytes", PEM_MAX);
    rv_status st = rv_certificate_read(cx, c->pem, &c->c);
    if (st == RV_INVALID) {
        rv_str why = rv_dup(cx, rv_str_of(rv_error(cx)->message));
        return rv_fail_field(cx, "/pem", "CERTIFICATE", "pem: %.*s", RV_FMT(why));
    }
    RV_TRY(st);
    if (!c->c.authority)
        return rv_fail_field(cx, "/pem", "CERTIFICATE",
                             "pem: This is not the certificate of an authority (CA: TRUE is missing); "
                             "add the one that signed it.");
    if (c->c.not_after <= rv_now(cx->env))
        return rv_fail_field(cx, "/pem", "CERTIFICATE", "pem: The certificate has expired.");
    return RV_OK;
}

static rv_status check_same(struct rv_tx *tx, const struct change *c)
{
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &trust_sql[Q_SAME], &r, &found, RV_ARGS(c->c.fingerprint, c->id)));
    if (!found)
        return RV_OK;
    rv_str name = rv_col_str(&r, 0);
    RV_TRY(rv_rows_end(&r));
    return rv_fail(rv_tx_cx(tx), RV_CONFLICT, "the certificate is here already: \"%.*s\"",
                   RV_FMT(name));
}

static rv_status create_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t n;
    RV_TRY(rv_authz(cx, tx, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(rv_sql_count(tx, &trust_sql[Q_COUNT], &n, RV_ARGS()));
    if (n >= CERTIFICATES_MAX)
        return rv_fail(cx, RV_LIMIT, "the trust store holds at most %d certificates",
                       CERTIFICATES_MAX);
    RV_TRY(check_same(tx, c));
    RV_TRY(rv_sql_exec(tx, &trust_sql[Q_INSERT], NULL,
                       RV_ARGS(c->id, c->name, c->c.pem, c->c.subject, c->c.fingerprint,
                               c->c.not_before, c->c.not_after, rv_tx_now(tx), cx->principal->id)));
    return tell(tx, "workflows.user.truststore.create", &(struct row){ .id = c->id, .name = c->name });
}

rv_status rv_trust_create(struct rv_cx *cx, rv_str name, rv_str pem, rv_str *ret_id)
{
    struct change c = { .id = rv_id_ulid(cx, rv_now(cx->env)), .name = name, .pem = pem };
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(check_pem(cx, &c));
    if (c.id.p == NULL)
        return RV_BUSY;
    RV_TRY(rv_store_write(cx, create_tx, &c));
    *ret_id = c.id;
    return rv_trust_apply(cx);
}

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    struct change *c = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct row t;
    int64_t changed;
    RV_TRY(get(tx, c->id, &t));
    if (c->pem.p == NULL)
        c->c = t.c;
    else
        RV_TRY(check_same(tx, c));
    rv_str name = c->name.p != NULL ? c->name : t.name;
    RV_TRY(rv_sql_exec(tx, &trust_sql[Q_UPDATE], &changed,
                       RV_ARGS(name, c->c.pem, c->c.subject, c->c.fingerprint, c->c.not_before,
                               c->c.not_after, rv_tx_now(tx), cx->principal->id, c->id, c->version)));
    if (changed == 0)
        return rv_fail(cx, RV_CONFLICT,
                       "the certificate was changed by somebody else; read it again");
    t.name = name;
    return tell(tx, "workflows.user.truststore.update", &t);
}

rv_status rv_trust_update(struct rv_cx *cx, rv_str id, rv_str name, rv_str pem, int64_t version)
{
    struct change c = { .id = id, .name = name, .pem = pem, .version = version };
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT));
    if (pem.p != NULL)
        RV_TRY(check_pem(cx, &c));
    RV_TRY(rv_store_write(cx, update_tx, &c));
    return rv_trust_apply(cx);
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    rv_str id = *(const rv_str *)arg;
    struct row t;
    RV_TRY(get(tx, id, &t));
    RV_TRY(rv_sql_exec(tx, &trust_sql[Q_DELETE], NULL, RV_ARGS(id)));
    return tell(tx, "workflows.user.truststore.delete", &t);
}

rv_status rv_trust_delete(struct rv_cx *cx, rv_str id)
{
    RV_TRY(rv_store_write(cx, delete_tx, &id));
    return rv_trust_apply(cx);
}
