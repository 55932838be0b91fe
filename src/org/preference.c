/* org/preference.c: how a person wants the application: language, keys, look, and which notices
 * come by mail.
 *
 * A row exists once somebody changed something; until then the defaults hold, as version 1. A
 * notice that is not named is sent. */
#include "org/org_int.h"

enum { NOTICES_MAX = 64, NOTICE_NAME_MAX = 40 };

enum { Q_GET, Q_PUT, Q_N };
static const struct rv_sql preference_sql[Q_N] = {
    [Q_GET] = { .name = "preference_get",
                .text = "SELECT language, single_keys, theme, notices, version FROM preference WHERE person_id = :id",
                .in = "id:text", .out = "language:text single_keys:bool theme:text notices:text version:int" },
    [Q_PUT] = { .name = "preference_put",
                .text = "INSERT INTO preference(person_id, language, single_keys, theme, notices, version, updated_at) "
                        "VALUES(:id, :language, :single_keys, :theme, :notices, :version, :now) "
                        "ON CONFLICT(person_id) DO UPDATE SET language = excluded.language, single_keys = excluded.single_keys, "
                        "theme = excluded.theme, notices = excluded.notices, version = excluded.version, updated_at = excluded.updated_at",
                .in = "id:text language:text single_keys:bool theme:text notices:text version:int now:time" },
};
RV_SQL_MODULE(preference, preference_sql);

struct preference {
    rv_str language, theme, notices;
    bool single_keys;
    int64_t version;
};

static rv_status get(struct rv_tx *tx, rv_str person_id, struct preference *ret)
{
    struct rv_rows r;
    bool found;
    *ret = (struct preference){
        .theme = RV_STR("system"), .notices = RV_STR("{}"), .single_keys = true, .version = 1
    };
    RV_TRY(rv_sql_first(tx, &preference_sql[Q_GET], &r, &found, RV_ARGS(person_id)));
    if (!found)
        return RV_OK;
    *ret = (struct preference){ .language = rv_col_str(&r, 0),
                                .single_keys = rv_col_bool(&r, 1),
                                .theme = rv_col_str(&r, 2),
                                .notices = rv_col_str(&r, 3),
                                .version = rv_col_int(&r, 4) };
    return rv_rows_end(&r);
}

rv_status rv_preference_notice(struct rv_tx *tx, rv_str person_id, const char *name, bool *ret)
{
    struct preference p;
    json_t *notices;
    *ret = true;
    RV_TRY(get(tx, person_id, &p));
    if (rv_str_eq(p.notices, RV_STR("{}")))
        return RV_OK;
    RV_TRY(rv_json_parse(rv_tx_cx(tx), p.notices, &rv_json_limits_default, &notices));
    *ret = !json_is_false(json_object_get(notices, name));
    return RV_OK;
}

/* ---- of the caller --------------------------------------------------------------------------- */

static rv_status only_people(struct rv_cx *cx)
{
    RV_TRY(rv_authz(cx, NULL, RV_A_SESSION, RV_NO_OBJECT));
    return cx->principal->kind == RV_USER
               ? RV_OK
               : rv_fail(cx, RV_FORBIDDEN, "Only people have preferences.");
}

static void write(const struct preference *p, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kint(w, "version", p->version);
    rv_jw_kstr(w, "language", p->language);
    rv_jw_kbool(w, "singleKeys", p->single_keys);
    rv_jw_kstr(w, "theme", p->theme);
    rv_jw_kraw(w, "notices", p->notices);
    rv_jw_obj_end(w);
}

static rv_status read_tx(struct rv_tx *tx, void *arg)
{
    return get(tx, rv_tx_cx(tx)->principal->id, arg);
}

rv_status rv_preferences_write(struct rv_cx *cx, struct rv_jw *w)
{
    struct preference p;
    RV_TRY(only_people(cx));
    RV_TRY(rv_store_read(cx, read_tx, &p));
    write(&p, w);
    return RV_OK;
}

static rv_status check_notices(struct rv_cx *cx, const json_t *notices)
{
    const char *key;
    json_t *v;
    if (json_object_size(notices) > NOTICES_MAX)
        return rv_fail_field(cx, "/notices", "OUT_OF_RANGE", "notices has more than %d members",
                             NOTICES_MAX);
    json_object_foreach((json_t *)(uintptr_t)notices, key, v)
    {
        if (strlen(key) > NOTICE_NAME_MAX || !json_is_boolean(v))
            return rv_fail_field(cx, "/notices", "INVALID_VALUE",
                                 "notices must have true or false for each notice; %.40s is not so",
                                 key);
    }
    return RV_OK;
}

struct change {
    const struct rv_preferences_in *in;
    rv_str notices; /* as text, absent: unchanged */
};

static rv_status update_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    const struct rv_preferences_in *in = c->in;
    struct rv_cx *cx = rv_tx_cx(tx);
    struct preference p;
    RV_TRY(get(tx, cx->principal->id, &p));
    if (p.version != in->version)
        return rv_fail(cx, RV_CONFLICT,
                       "These preferences were changed meanwhile; load them again.");
    if (in->has_language)
        p.language = in->language;
    if (in->has_single_keys)
        p.single_keys = in->single_keys;
    if (in->theme.p != NULL)
        p.theme = in->theme;
    if (c->notices.p != NULL)
        p.notices = c->notices;
    RV_TRY(rv_sql_exec(tx, &preference_sql[Q_PUT], NULL,
                       RV_ARGS(cx->principal->id, p.language, p.single_keys, p.theme, p.notices,
                               p.version + 1, rv_tx_now(tx))));
    return rv_event_add(tx, "reeve.preferences.update", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "User",
                                     .id = cx->principal->id,
                                     .name = cx->principal->name,
                                     .alternate = rv_z(cx, cx->principal->login) }),
                        RV_NONE_STR);
}

rv_status rv_preferences_update(struct rv_cx *cx, const struct rv_preferences_in *in)
{
    struct change c = { .in = in };
    RV_TRY(only_people(cx));
    if (in->notices != NULL) {
        RV_TRY(check_notices(cx, in->notices));
        RV_TRY(rv_json_dump(cx, in->notices, &c.notices));
    }
    return rv_store_write(cx, update_tx, &c);
}
