/* org/person_list.c: lists of people and one person, as the compatible API shows them (api.md 7,
 * 12).
 *
 * The plain list and the one with q read an index; search and filter walk the table by id and ask
 * the parsed expression of each person, but a comparison that names one login, e-mail or id goes
 * straight to it. Only people that the caller may read are looked at. Sorting (only with search)
 * keeps the matches in memory; its cursor holds the sort value. */
#include "org/filter.h"
#include "org/person_int.h"

#include <stdlib.h>

enum { Q_SCAN, Q_PREFIX, Q_LOGIN, Q_EMAIL, Q_ID, Q_GROUP, Q_N };
#define SCOPE "(:all = 1 OR p.id IN (SELECT value FROM json_each(:ids)))"
static const struct rv_sql person_list_sql[Q_N] = {
    [Q_SCAN] = {
        .name = "person_scan",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.id > :after AND (:gone = 1 OR p.status <> 'DEPROVISIONED') AND " SCOPE " ORDER BY p.id LIMIT :n",
        .in = "after:text gone:bool all:bool ids:text n:int", .out = RV_PERSON_OUT,
    },
    [Q_PREFIX] = {
        .name = "person_prefix",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.status <> 'DEPROVISIONED' AND ((p.first_key >= :from AND p.first_key < :to) "
                "OR (p.last_key >= :from AND p.last_key < :to) OR (p.email_key >= :from AND p.email_key < :to)) AND " SCOPE " ORDER BY p.id LIMIT :n",
        .in = "from:text to:text all:bool ids:text n:int", .out = RV_PERSON_OUT,
    },
    [Q_LOGIN] = {
        .name = "person_list_login",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.login_key = :key AND p.id > :after AND " SCOPE " ORDER BY p.id",
        .in = "key:text after:text all:bool ids:text", .out = RV_PERSON_OUT,
    },
    [Q_EMAIL] = {
        .name = "person_list_email",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.email_key = :key AND p.id > :after AND " SCOPE " ORDER BY p.id",
        .in = "key:text after:text all:bool ids:text", .out = RV_PERSON_OUT,
    },
    [Q_ID] = {
        .name = "person_list_id",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM person p WHERE p.id = :key AND p.id > :after AND " SCOPE " ORDER BY p.id",
        .in = "key:text after:text all:bool ids:text", .out = RV_PERSON_OUT,
    },
    [Q_GROUP] = {
        .name = "person_list_group",
        .text = "SELECT " RV_PERSON_COLUMNS " FROM grp_member m JOIN person p ON p.id = m.person_id WHERE m.group_id = :group_id AND m.person_id > :after "
                "ORDER BY m.person_id LIMIT :n",
        .in = "group_id:text after:text n:int", .out = RV_PERSON_OUT,
    },
};
RV_SQL_MODULE(person_list, person_list_sql);

#define ALL RV_FOP_ALL
static const struct rv_filter_attr filter_attrs[] = {
    { "status", RV_FOP_EQ }, { "id", RV_FOP_EQ }, { "lastUpdated", RV_FOP_EQ | RV_FOP_ORDER }, { "profile.login", RV_FOP_EQ },
    { "profile.email", RV_FOP_EQ }, { "profile.firstName", RV_FOP_EQ }, { "profile.lastName", RV_FOP_EQ }, { NULL, 0 },
};
static const struct rv_filter_attr search_attrs[] = {
    { "status", ALL }, { "id", ALL }, { "created", ALL }, { "activated", ALL }, { "statusChanged", ALL }, { "lastLogin", ALL }, { "lastUpdated", ALL },
    { "passwordChanged", ALL }, { "type.id", ALL }, { "realmId", ALL }, { "credentials.provider.type", ALL }, { "profile.", ALL }, { NULL, 0 },
};

/* ---- one walk over people -------------------------------------------------------------------- */

struct match {
    rv_str text; /* JSON of the person */
    rv_str id;
    const json_t *key; /* sort value */
};
struct walk {
    const struct rv_directory_query *q;
    const struct rv_filter *filter;
    struct rv_jw *w;
    rv_str last, next;
    int shown;
    bool sorted;
    struct match *matches;
    size_t n, size;
};

static rv_status person_text(struct rv_cx *cx, const struct rv_person_row *p, rv_str *ret)
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_status st = rv_person_write(cx, &w, p, RV_LINKS_SELF);
    if (st == RV_OK)
        st = rv_buf_str(cx, &b, &text);
    if (st == RV_OK) {
        *ret = rv_dup(cx, text);
        st = ret->p != NULL ? RV_OK : RV_BUSY;
    }
    rv_buf_done(&b);
    return st;
}

static rv_status keep(struct rv_cx *cx, struct walk *k, const struct match *m)
{
    if (k->n == k->size) {
        struct match *more = RV_NEW_N(cx, struct match, k->size * 2 + 64);
        if (more == NULL)
            return RV_BUSY;
        if (k->n > 0)
            memcpy(more, k->matches, k->n * sizeof *more);
        k->matches = more;
        k->size = k->size * 2 + 64;
    }
    k->matches[k->n++] = *m;
    return RV_OK;
}

/* *ret_full: the page is full and there is more. */
static rv_status offer(struct rv_cx *cx, struct walk *k, const struct rv_person_row *p,
                       bool *ret_full)
{
    struct match m = { .id = p->id };
    json_t *j = NULL;
    bool full = !k->sorted && k->shown == k->q->limit;
    if (full && k->filter == NULL) {
        *ret_full = true;
        return RV_OK;
    }
    if (k->filter == NULL && !k->sorted) {
        k->shown++;
        k->last = p->id;
        return rv_person_write(cx, k->w, p, RV_LINKS_SELF);
    }
    RV_TRY(person_text(cx, p, &m.text));
    RV_TRY(rv_json_parse(cx, m.text, &rv_json_limits_import, &j));
    if (!rv_filter_match(k->filter, j))
        return RV_OK;
    *ret_full = full;
    if (full)
        return RV_OK;
    if (k->sorted) {
        m.key = rv_json_at(j, k->q->sort_by);
        return keep(cx, k, &m);
    }
    k->shown++;
    k->last = p->id;
    rv_jw_raw(k->w, m.text);
    return RV_OK;
}

static rv_status walk_rows(struct rv_tx *tx, struct rv_rows *r, struct walk *k)
{
    rv_status st = RV_OK;
    bool full = false;
    while (st == RV_OK && !full && rv_rows_next(r)) {
        struct rv_person_row p;
        rv_person_read_row(r, &p);
        st = offer(rv_tx_cx(tx), k, &p, &full);
    }
    if (full)
        k->next = k->last;
    rv_status ended = rv_rows_end(r);
    return st != RV_OK ? st : ended;
}

/* ---- sorting --------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const struct match *x = a, *y = b;
    int o = rv_value_order(x->key, y->key);
    return o != 0 ? o : rv_str_cmp(x->id, y->id);
}

static rv_status show_sorted(struct rv_cx *cx, struct walk *k)
{
    size_t from = 0;
    if (k->n > 1)
        qsort(k->matches, k->n, sizeof *k->matches, by_key);
    /* The cursor is the id of the last one shown: the page goes on behind it, wherever it stands
     * now. */
    for (size_t i = 0; k->q->after.p != NULL && i < k->n; i++)
        if (rv_str_eq(k->matches[i].id, k->q->after))
            from = k->q->descending ? k->n - i : i + 1;
    if (k->q->after.p != NULL && from == 0) {
        (void)rv_fail_field(cx, "after", "INVALID_CURSOR",
                            "after: the object that the last page ended with is gone; start again");
        rv_fail_code(cx, "E0000029");
        return RV_INVALID;
    }
    for (size_t i = from; i < k->n; i++) {
        const struct match *m = &k->matches[k->q->descending ? k->n - 1 - i : i];
        if (k->shown == k->q->limit) {
            k->next = k->last;
            break;
        }
        rv_jw_raw(k->w, m->text);
        k->last = m->id;
        k->shown++;
    }
    return RV_OK;
}

/* ---- which index ----------------------------------------------------------------------------- */

static rv_status query(struct rv_tx *tx, const struct walk *k, const struct rv_scope *s,
                       struct rv_rows *r)
{
    static const struct {
        const char *attr;
        int q;
    } direct[] = { { "id", Q_ID }, { "profile.login", Q_LOGIN }, { "profile.email", Q_EMAIL } };
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_directory_query *q = k->q;
    rv_str after = q->after.p != NULL && !k->sorted ? q->after : RV_STR(""), key;
    bool picky = k->filter != NULL;
    int64_t n = picky ? INT64_MAX : q->limit + 1;
    if (q->q.n > 0 && !picky) {
        rv_str from = rv_fold(cx, q->q);
        return rv_sql_query(tx, &person_list_sql[Q_PREFIX], r,
                            RV_ARGS(from, rv_after(cx, from), s->all, s->ids, q->limit));
    }
    for (size_t i = 0; i < RV_LEN(direct); i++)
        if (rv_filter_needs(k->filter, direct[i].attr, &key))
            return rv_sql_query(tx, &person_list_sql[direct[i].q], r,
                                RV_ARGS(direct[i].q == Q_ID ? key : rv_fold(cx, key), after, s->all,
                                        s->ids));
    return rv_sql_query(tx, &person_list_sql[Q_SCAN], r, RV_ARGS(after, picky, s->all, s->ids, n));
}

static rv_status page_tx(struct rv_tx *tx, void *arg)
{
    struct walk *k = arg;
    struct rv_scope scope;
    struct rv_rows r;
    RV_TRY(rv_authz_list(rv_tx_cx(tx), tx, RV_A_USER_READ, &scope));
    RV_TRY(query(tx, k, &scope, &r));
    RV_TRY(walk_rows(tx, &r, k));
    return k->sorted ? show_sorted(rv_tx_cx(tx), k) : RV_OK;
}

rv_status rv_person_page(struct rv_cx *cx, const struct rv_directory_query *q, struct rv_jw *w,
                         rv_str *ret_next)
{
    struct walk k = { .q = q, .w = w, .sorted = q->sort_by.n > 0 && q->search.n > 0 };
    if (q->search.n > 0 && q->filter.n > 0) {
        (void)rv_fail_field(cx, "search", "INVALID_COMBINATION",
                            "search: it cannot be given together with filter");
        cx->err.message =
            "Bad request. Can't specify a search query and filter in the same request.";
        rv_fail_code(cx, "E0000033");
        return RV_INVALID;
    }
    if (q->search.n > 0)
        RV_TRY(rv_filter_parse(cx, q->search, search_attrs, "search", "E0000031", &k.filter));
    else if (q->filter.n > 0)
        RV_TRY(rv_filter_parse(cx, q->filter, filter_attrs, "filter", "E0000001", &k.filter));
    RV_TRY(rv_store_read(cx, page_tx, &k));
    *ret_next = k.next;
    return RV_OK;
}

/* ---- members of a group, one person ---------------------------------------------------------- */

struct members {
    rv_str group_id;
    struct walk k;
};

static rv_status members_tx(struct rv_tx *tx, void *arg)
{
    struct members *m = arg;
    struct rv_rows r;
    rv_str name;
    bool found;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_GROUP_READ, RV_OBJECT(m->group_id)));
    RV_TRY(rv_group_name(tx, m->group_id, &found, &name));
    if (!found)
        return rv_fail(rv_tx_cx(tx), RV_NOT_FOUND,
                       "Not found: Resource not found: %.*s (UserGroup)",
                       (int)(m->group_id.n < 100 ? m->group_id.n : 100), m->group_id.p);
    RV_TRY(rv_sql_query(tx, &person_list_sql[Q_GROUP], &r,
                        RV_ARGS(m->group_id, m->k.q->after.p != NULL ? m->k.q->after : RV_STR(""),
                                m->k.q->limit + 1)));
    return walk_rows(tx, &r, &m->k);
}

rv_status rv_group_member_page(struct rv_cx *cx, rv_str id, const struct rv_directory_query *q,
                               struct rv_jw *w, rv_str *ret_next)
{
    struct members m = { .group_id = id, .k = { .q = q, .w = w } };
    RV_TRY(rv_store_read(cx, members_tx, &m));
    *ret_next = m.k.next;
    return RV_OK;
}

struct showing {
    rv_str who;
    struct rv_person_row p;
};

static rv_status show_tx(struct rv_tx *tx, void *arg)
{
    struct showing *s = arg;
    return rv_person_row_for(tx, s->who, RV_A_USER_READ, &s->p);
}

rv_status rv_person_show(struct rv_cx *cx, rv_str who, bool links, struct rv_jw *w,
                         int64_t *ret_version)
{
    struct showing s = { .who = who };
    RV_TRY(rv_store_read(cx, show_tx, &s));
    *ret_version = s.p.version;
    return rv_person_write(cx, w, &s.p, links ? RV_LINKS_ALL : RV_LINKS_NONE);
}
