/* api/idempotency.c: Idempotency-Key on POST (security.md 9.1).
 *
 * The key's row is written by the first transaction of the handler, together with its effect, so
 * that a second call finds it even when the server died before it answered; the answer is added
 * when there is one. Answers are sealed: one may show a token. Two calls with one key at the same
 * time: the second is told that the first is still running. */
#include "api/api_int.h"
#include "store/store.h"
#include <stdlib.h>

enum { KEY_MAX = 128 };
static const int64_t kept_ms = 24 * 3600 * (int64_t)1000;

enum { Q_FIND, Q_CLAIM, Q_ANSWER, Q_FORGET, Q_PURGE, Q_SEALED, Q_RESEAL, Q_N };
static const struct rv_sql idempotency_sql[Q_N] = {
    [Q_FIND] = { .name = "idempotency_find",
                 .text = "SELECT body_hash, status, media_type, location, body FROM idempotency_key WHERE id = :id AND created_at > :since",
                 .in = "id:text since:time", .out = "body_hash:text status:int media_type:text location:text body:text" },
    [Q_CLAIM] = { .name = "idempotency_claim",
                  .text = "INSERT INTO idempotency_key(id, body_hash, status, created_at) VALUES(:id, :body_hash, 0, :now) "
                          "ON CONFLICT(id) DO UPDATE SET body_hash = excluded.body_hash, status = 0, created_at = excluded.created_at",
                  .in = "id:text body_hash:text now:time" },
    [Q_ANSWER] = { .name = "idempotency_answer",
                   .text = "INSERT INTO idempotency_key(id, body_hash, status, media_type, location, body, created_at) "
                           "VALUES(:id, :body_hash, :status, :media_type, :location, :body, :now) "
                           "ON CONFLICT(id) DO UPDATE SET body_hash = excluded.body_hash, status = excluded.status, media_type = excluded.media_type, "
                           "location = excluded.location, body = excluded.body, created_at = excluded.created_at",
                   .in = "id:text body_hash:text status:int media_type:text location:text body:text now:time" },
    [Q_FORGET] = { .name = "idempotency_forget", .text = "DELETE FROM idempotency_key WHERE id = :id AND status = 0", .in = "id:text" },
    [Q_PURGE] = { .name = "idempotency_purge", .text = "DELETE FROM idempotency_key WHERE created_at <= :since", .in = "since:time" },
    [Q_SEALED] = { .name = "idempotency_sealed", .text = "SELECT id, id AS holder, body AS sealed FROM idempotency_key WHERE body IS NOT NULL ORDER BY id", .out = RV_SEALED_OUT },
    [Q_RESEAL] = { .name = "idempotency_reseal", .text = "UPDATE idempotency_key SET body = :sealed WHERE id = :id", .in = RV_SEALED_IN },
};
RV_SQL_MODULE(idempotency, idempotency_sql);

struct rv_kept {
    rv_str id, body_hash;
    bool claimed; /* the row was written with the effect */
    struct rv_kept *next; /* running ones */
};
struct rv_kept_keys {
    pthread_mutex_t lock;
    struct rv_kept *running;
};

struct rv_kept_keys *rv_kept_keys_new(void)
{
    struct rv_kept_keys *k = calloc(1, sizeof *k);
    if (k != NULL)
        (void)pthread_mutex_init(&k->lock, NULL);
    return k;
}

void rv_kept_keys_free(struct rv_kept_keys *k)
{
    if (k == NULL)
        return;
    (void)pthread_mutex_destroy(&k->lock);
    free(k);
}

static bool enter(struct rv_kept_keys *keys, struct rv_kept *k)
{
    bool there = false;
    (void)pthread_mutex_lock(&keys->lock);
    for (const struct rv_kept *o = keys->running; o != NULL; o = o->next)
        there = there || rv_str_eq(o->id, k->id);
    if (!there) {
        k->next = keys->running;
        keys->running = k;
    }
    (void)pthread_mutex_unlock(&keys->lock);
    return !there;
}

static void leave(struct rv_kept_keys *keys, const struct rv_kept *k)
{
    (void)pthread_mutex_lock(&keys->lock);
    for (struct rv_kept **at = &keys->running; *at != NULL; at = &(*at)->next) {
        if (*at == k) {
            *at = k->next;
            break;
        }
    }
    (void)pthread_mutex_unlock(&keys->lock);
}

/* ---- looking up ------------------------------------------------------------------------------ */

struct row {
    struct rv_kept *k;
    bool found;
    rv_str body_hash, media_type, location, body;
    int64_t status;
};

static rv_status find_tx(struct rv_tx *tx, void *arg)
{
    struct row *row = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &idempotency_sql[Q_FIND], &r, &row->found,
                        RV_ARGS(row->k->id, rv_tx_now(tx) - kept_ms)));
    if (!row->found)
        return RV_OK;
    row->body_hash = rv_col_str(&r, 0);
    row->status = rv_col_int(&r, 1);
    row->media_type = rv_col_str(&r, 2);
    row->location = rv_col_str(&r, 3);
    row->body = rv_col_str(&r, 4);
    return rv_rows_end(&r);
}

static rv_status claim_tx(struct rv_tx *tx, void *arg)
{
    struct rv_kept *k = arg;
    k->claimed = true;
    return rv_sql_exec(tx, &idempotency_sql[Q_CLAIM], NULL,
                       RV_ARGS(k->id, k->body_hash, rv_tx_now(tx)));
}

static rv_str aad(struct rv_cx *cx, rv_str id)
{
    return rv_printf(cx, "idempotency_key|%.*s|body", RV_FMT(id));
}
const struct rv_sealed rv_sealed_idempotency = { "a kept answer", &idempotency_sql[Q_SEALED], &idempotency_sql[Q_RESEAL], aad };

static rv_status replay(struct rv_hit *h, const struct row *row)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    if (!rv_str_eq(row->body_hash, row->k->body_hash))
        return rv_fail(cx, RV_REUSED_KEY,
                       "Idempotency-Key: this key came before with another body; take a new key "
                       "for a new call.");
    if (row->status == 0)
        return rv_fail(cx, RV_CONFLICT,
                       "Idempotency-Key: the call with this key was carried out, but its answer "
                       "was lost; look at the result itself.");
    if (row->body.p != NULL)
        RV_TRY(rv_unseal(cx, cx->env->keys, aad(cx, row->k->id), row->body, &x->out));
    RV_TRY(rv_common_headers(x, h->rq.route->envelope));
    if (row->media_type.p != NULL)
        RV_TRY(rv_exchange_set_header(x, "Content-Type", row->media_type));
    if (row->location.p != NULL)
        RV_TRY(rv_exchange_set_header(x, "Location", row->location));
    x->status = (int)row->status;
    return rv_exchange_set_header(x, "Idempotency-Replayed", RV_STR("true"));
}

static bool well_formed(rv_str key)
{
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] <= 0x20 || key.p[i] >= 0x7f)
            return false;
    }
    return key.n > 0 && key.n <= KEY_MAX;
}

rv_status rv_req_key(struct rv_req *rq, rv_str *ret)
{
    *ret = rv_exchange_header(rq->x, "idempotency-key");
    if (ret->p == NULL || well_formed(*ret))
        return RV_OK;
    return rv_fail_field(rv_req_cx(rq), "Idempotency-Key", "INVALID_VALUE",
                         "Idempotency-Key must be 1 to %d visible ASCII characters", KEY_MAX);
}

static struct rv_kept *kept_new(struct rv_hit *h, rv_str key)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    uint8_t id[32], body[32];
    struct rv_kept *k = RV_NEW(cx, struct rv_kept);
    rv_str whole = rv_printf(cx, "%.*s|%.*s|%.*s|%.*s|%.*s", RV_FMT(cx->principal->id),
                             RV_FMT(x->method), RV_FMT(x->path), RV_FMT(x->query), RV_FMT(key));
    if (k == NULL || whole.p == NULL)
        return NULL;
    rv_sha256(whole, id);
    rv_sha256(x->body.p != NULL ? x->body : RV_STR(""), body);
    k->id = rv_base64url(cx, (rv_str){ (const char *)id, sizeof id });
    k->body_hash = rv_base64url(cx, (rv_str){ (const char *)body, sizeof body });
    return k->id.p != NULL && k->body_hash.p != NULL ? k : NULL;
}

rv_status rv_kept_begin(struct rv_hit *h, bool *ret_replayed)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    rv_str key;
    *ret_replayed = false;
    if (!rv_str_eq(x->method, RV_STR("POST")) || cx->principal == NULL ||
        (h->rq.route->flags & RV_ROUTE_NO_IDEMPOTENCY) != 0)
        return RV_OK;
    RV_TRY(rv_req_key(&h->rq, &key));
    if (key.p == NULL)
        return RV_OK;
    struct row row = { .k = kept_new(h, key) };
    if (row.k == NULL)
        return RV_BUSY;
    if (!enter(h->router->kept, row.k))
        return rv_fail(cx, RV_CONFLICT,
                       "Idempotency-Key: the call with this key is still running.");
    rv_status st = rv_store_read(cx, find_tx, &row);
    if (st == RV_OK && row.found) {
        *ret_replayed = true;
        st = replay(h, &row);
    }
    if (st != RV_OK || row.found) {
        leave(h->router->kept, row.k);
        return st;
    }
    h->kept = row.k;
    cx->also = claim_tx;
    cx->also_arg = row.k;
    return RV_OK;
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct answer {
    const struct rv_kept *k;
    int status;
    rv_str media_type, location, body;
};

static rv_status answer_tx(struct rv_tx *tx, void *arg)
{
    const struct answer *a = arg;
    int64_t now = rv_tx_now(tx);
    RV_TRY(rv_sql_exec(tx, &idempotency_sql[Q_PURGE], NULL, RV_ARGS(now - kept_ms)));
    return rv_sql_exec(tx, &idempotency_sql[Q_ANSWER], NULL,
                       RV_ARGS(a->k->id, a->k->body_hash, a->status, a->media_type, a->location,
                               a->body, now));
}

static rv_status forget_tx(struct rv_tx *tx, void *arg)
{
    const struct rv_kept *k = arg;
    return rv_sql_exec(tx, &idempotency_sql[Q_FORGET], NULL, RV_ARGS(k->id));
}

static rv_str out_header(const struct rv_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->out_headers_n; i++) {
        if (rv_str_eq_nocase(x->out_headers[i].name, rv_str_of(name)))
            return x->out_headers[i].value;
    }
    return RV_NONE_STR;
}

static rv_status keep(struct rv_hit *h, struct rv_kept *k)
{
    struct rv_exchange *x = h->rq.x;
    struct rv_cx *cx = &x->cx;
    if (x->status < 200 || x->status > 299) {
        struct rv_error kept = cx->err;
        if (k->claimed && rv_store_write(cx, forget_tx, k) != RV_OK)
            rv_log_error(cx, RV_LOG_WARN, "idempotency.forget"); /* the key then says that its answer was lost */
        cx->err = kept;
        return RV_OK;
    }
    struct answer a = { .k = k,
                        .status = x->status,
                        .media_type = out_header(x, "content-type"),
                        .location = out_header(x, "location") };
    if (x->out.p != NULL)
        RV_TRY(rv_seal(cx, cx->env->keys, aad(cx, k->id), x->out, &a.body));
    return rv_store_write(cx, answer_tx, &a);
}

rv_status rv_kept_end(struct rv_hit *h)
{
    struct rv_cx *cx = rv_req_cx(&h->rq);
    struct rv_kept *k = h->kept;
    if (k == NULL)
        return RV_OK;
    cx->also = NULL;
    h->kept = NULL;
    rv_status st = keep(h, k);
    leave(h->router->kept, k);
    return st;
}
